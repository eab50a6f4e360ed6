"""No item text is shipped, and the reference page says what the catalogue says."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from workforce_metrics.indicators.instruments import catalogue

ROOT = Path(__file__).parents[2]
DATA = ROOT / "workforce_metrics" / "codebooks" / "data"
PAGE = ROOT / "docs" / "reference" / "instruments.md"
SECTIONS = {
    "Burnout": ("CBI", "GMC_NTS_burnout", "OLBI", "PWLS", "BAT-23", "BAT-12", "PFI", "SMBM-14", "ProQOL-5",
                "Mini-Z-2.0"),
    "Teamwork and safety": ("SAQ-SF", "SOPS-Hospital-2.0", "T-TPQ", "TCI-14", "PS-7", "RC"),
    "Wellbeing, engagement and working conditions": (
        "WHO-5", "ONS4", "WEMWBS-14", "SWEMWBS-7", "UWES-9", "UWES-3", "HSE-MSIT-35", "PSC-12", "JS-1",
    ),
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_items_are_codes() -> None:
    codes = {item for row in rows("instrument_scores.csv") for item in f"{row['items']} {row['reversed']}".split()}

    assert len(codes) > 250
    assert [
        code for code in codes if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,7}(_[a-z]{2,12})?|[a-z_]{5,17}", code)
    ] == []


def test_labels_are_short_and_nothing_speaks_to_a_respondent() -> None:
    labels = [row["label"] for row in rows("instrument_scores.csv")] + [
        row["band"] for row in rows("instrument_bands.csv")
    ]
    texts = [
        cell
        for path in DATA.glob("instrument*.csv")
        for row in rows(path.name)
        for name, cell in row.items()
        if name != "source"
    ]

    assert [label for label in labels if len(label) > 40 or len(label.split()) > 6] == []
    assert [
        text for text in texts if re.search(r"\b(I|my|me|we|our|myself|do you|have you|how often)\b|\?", text)
    ] == []


def test_nothing_of_the_licensed_inventory_is_shipped() -> None:
    of_instrument = {row["instrument"] for row in rows("instrument_scores.csv")}

    assert "MBI" not in of_instrument
    assert [row["function"] for row in rows("instruments.csv") if row["instrument"] == "MBI"] == ["maslach"]


def table_of(scores: pd.DataFrame) -> list[str]:
    """Return the reference table of some scores, one line a score."""
    lines = ["| score | what | items | statistic, range | better | at least | bands |", "|---|---|---|---|---|---|---|"]
    for row in scores.itertuples():
        turned = f"; reversed {row.reversed}" if row.reversed else ""
        least = f"{row.min_answered} of {len(row.items.split())} ({row.min_answered_status})"
        band = f"{row.bands} ({row.bands_status})" if row.bands else ""
        what = row.label if row.status == "documented" else f"{row.label} ({row.status})"
        cells = (f"`{row.score}`", what, row.items + turned, f"{row.statistic}, {row.range}", row.direction.split()[0])
        lines.append(f"| {' | '.join((*cells, least, band))} |")
    return lines


def page_of(table: pd.DataFrame) -> list[str]:
    """Return the generated part of the reference page."""
    lines = []
    for section, names in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in names:
            scores = table[table["instrument"] == name]
            one = scores.iloc[0]
            codes = f"Codes {one['codes']}{': ' if one['answers'] else ''}{one['answers']}."
            others = scores[scores["other_codes"] != ""]
            if len(others):
                which = ", ".join(f"`{score}`" for score in others["score"])
                codes += f" In another edition {others.iloc[0]['other_codes']} ({which})."
            if one["not_scored"]:
                codes += f" Not an answer: {one['not_scored']} ({one['not_scored_status']})."
            lines += [f"### {one['title']}", "", f'`{one["function"]}`, `"{name}"`. {codes}', ""]
            lines += [*table_of(scores), ""]
            notes = list(dict.fromkeys(note for note in scores["note"] if note))
            lines += [f"{'. '.join(notes)}.", ""] if notes else []
            lines += [f"*Licence:* {one['licence']}.", "", f"*Source:* {one['source']}", ""]
    return lines


def test_the_reference_page_is_the_catalogue() -> None:
    table = catalogue()
    lines = PAGE.read_text(encoding="utf-8").split("<!-- instruments -->\n")[1].splitlines()

    assert lines == ["", *page_of(table)]
    named = {name for names in SECTIONS.values() for name in names}
    assert named == set(table.loc[table["score"] != "", "instrument"])


@pytest.mark.parametrize("function", ["maslach", "real_team"])
def test_the_page_names_what_has_no_row(function: str) -> None:
    head = PAGE.read_text(encoding="utf-8").split("<!-- instruments -->\n")[0]

    assert f"`{function}`" in head


if __name__ == "__main__":  # remakes the generated part of the page
    head = PAGE.read_text(encoding="utf-8").split("<!-- instruments -->\n")[0]
    PAGE.write_text("\n".join([head + "<!-- instruments -->", "", *page_of(catalogue())]) + "\n", encoding="utf-8")
