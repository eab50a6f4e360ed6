"""The report: what is in it for which inputs, and that page, workbook and text tell the numbers of the library."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingFileError
from workforce_metrics.extracts import Register, StaffSurvey
from workforce_metrics.reporting.content import Figure, Picture, Section, Table, figure_text, printable
from workforce_metrics.reporting.document import Report

COLUMNS = {"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"}
INDICATORS = {"burnout": "Less burnout", "share:burnout_burnt_out": "Burnt out", "morale": "Morale"}
NASTY = "<script>alert('x')</script> | =1+1"


def read_register(seed: int = 3, n: int = 2500, **window: str) -> Register:
    made = wm.simulate_register(n, seed=seed)
    dates = {"observed_from": "2015-04-01", "observed_to": "2025-03-31", **window}
    return wm.read_register(
        made.extract, columns=COLUMNS, date_formats=["%Y-%m-%d"], definition="left (simulated)", **dates
    )


def read_survey(edition: int = 2024, seed: int = 3, n: int = 900) -> StaffSurvey:
    made = wm.simulate_staff_survey(n, seed=seed, n_organisations=4, edition=edition)
    return wm.read_staff_survey(made.extract, edition=edition, weight="weight")


def causes() -> dict[str, str]:
    return dict(wm.simulate_register(10, seed=1).truth["causes"])


def sheet(*rows: list[object]) -> pd.DataFrame:
    return pd.DataFrame([["org_id", "org_name", "q12b_2024", "q12b_n_2024", "theme_morale_2024"], *rows])


PUBLISHED = wm.read_published_survey(
    {"Acute": sheet(["R1", "One", 0.31, 900, 5.9], ["R2", "Two", 0.99, 800, 6.0], ["R3", "Three", 0.40, 700, 6.4])}
)
DESIGN = wm.SurveyDesign(weight="weight", cluster="team")


@pytest.fixture(scope="module")
def survey() -> StaffSurvey:
    return read_survey()


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register()


@pytest.fixture(scope="module")
def full(survey: StaffSurvey, register: Register) -> Report:
    return wm.report(
        survey=survey, earlier_survey=read_survey(2023, seed=4), indicators=INDICATORS, by="org_name", design=DESIGN,
        benchmark=PUBLISHED, register=register, leaving_by={"route": "Route of entry"}, causes=causes(),
        people="nurses", title="Staying", organisation=NASTY, date="June 2025", notes=["Nobody exists.", "=cmd()"],
    )  # fmt: skip


class Cells(HTMLParser):
    """The texts of table cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's own signature
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def tables_of(report: Report) -> list[Table]:
    return [table for section in report.sections for table in section.tables]


def table_named(report: Report, caption: str) -> Table:
    return next(table for table in tables_of(report) if table.caption == caption)


def keys(report: Report) -> list[str]:
    return [section.key for section in report.sections]


def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workforce_metrics.plotting.embedding.svg_of", lambda _: '<svg width="1pt" height="1pt"/>')


def test_a_full_report_has_every_section_in_order(full: Report) -> None:
    assert keys(full) == [
        "joining", "causes", "groups", "change", "survey", "survey-groups", "trend", "quality", "definitions", "limits",
    ]  # fmt: skip


def test_sections_follow_the_inputs(survey: StaffSurvey, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)
    closing = ["quality", "definitions", "limits"]

    assert keys(wm.report(survey=survey)) == ["survey", *closing]
    assert keys(wm.report(survey=survey, by="org_name")) == ["survey", "survey-groups", *closing]
    assert keys(wm.report(register=register)) == ["joining", "change", *closing]
    assert keys(wm.report(register=register, causes=causes())) == ["joining", "causes", "change", *closing]


def test_a_short_window_has_no_change_and_no_joining_year(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)
    short = read_register(observed_from="2024-06-01", observed_to="2025-03-31")

    made = wm.report(register=short)

    assert keys(made)[:2] == ["joining", "quality"]
    assert "Nobody joined in a year that was observed from its start" in made.markdown


def test_usual_indicators_are_those_that_the_extract_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)
    few = wm.read_staff_survey(pd.DataFrame({"q12b": [1, 2, 3, 4, 5] * 9, "q26a": [1, 5, 2, 4, 3] * 9}), edition=2024)

    labels = [row[0] for row in table_named(wm.report(survey=few), "Indicators of all who answered").rows]

    assert labels == ["Burnt out (often or always)", "Thinking about leaving"]


def test_survey_numbers_are_those_of_estimate(full: Report, survey: StaffSurvey) -> None:
    told = wm.estimate(survey, list(INDICATORS), design=DESIGN).frame

    rows = table_named(full, "Indicators of all who answered").rows

    assert [row[0] for row in rows] == list(INDICATORS.values())
    for row, (_, own) in zip(rows, told.iterrows(), strict=True):
        figure, n = row[1], row[-1]
        assert isinstance(figure, Figure)
        assert isinstance(n, Figure)
        assert (figure.value, figure.low, figure.high) == (own["estimate"], own["conf_low"], own["conf_high"])
        assert n.value == own["n"]


def test_benchmark_is_the_median_organisation_with_lowest_and_highest(full: Report) -> None:
    rows = {row[0]: row for row in table_named(full, "Indicators of all who answered").rows}

    assert rows["Burnt out"][2:5] == (Figure(0.40, "share"), Figure(0.31, "share"), Figure(0.99, "share"))
    assert rows["Morale"][2:5] == (Figure(6.0, "score"), Figure(5.9, "score"), Figure(6.4, "score"))
    assert rows["Less burnout"][2:6] == ("no figure",) * 4
    assert rows["Burnt out"][5] == "lower (better)"


def test_another_survey_may_be_the_benchmark(survey: StaffSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)
    other = read_survey(seed=8)
    own = wm.estimate(other, "burnout", design=DESIGN).frame.iloc[0]

    made = wm.report(
        survey=survey, indicators="burnout", benchmark=other, benchmark_name="all England", design=DESIGN
    )  # fmt: skip

    table = table_named(made, "Indicators of all who answered")
    assert table.headings == ("Indicator", "Result", "All England", "Beside it", "Answered")
    assert table.rows[0][2] == Figure(own["estimate"], "score", own["conf_low"], own["conf_high"])
    assert "benchmark" in made.results


def test_leaving_numbers_are_those_of_the_library(full: Report, register: Register) -> None:
    cohort = wm.build_cohort(register, causes=causes())
    by_route = wm.leaving_within(cohort, by="route").frame.set_index("route")
    years = wm.joining_years(register, first_month=4).frame.query("time == 5").set_index("joining_year")

    routes = table_named(full, "Share who leave within five years, by route of entry").rows
    joined = table_named(full, "Share who leave within five years, by year of joining").rows

    assert {row[0]: row[1].value for row in routes if isinstance(row[1], Figure)} == by_route["estimate"].to_dict()
    assert {row[0]: row[1].value for row in joined if isinstance(row[1], Figure)} == years["estimate"].to_dict()
    assert {row[0]: row[2] for row in joined} == years["term"].to_dict()


def test_reasons_add_up_to_any_cause(full: Report) -> None:
    *parts, whole = table_named(full, "Share who leave within five years, by reason").rows

    values = [row[1].value for row in parts if isinstance(row[1], Figure)]
    assert whole[0] == "any cause"
    assert isinstance(whole[1], Figure)
    assert sum(values) == pytest.approx(whole[1].value, abs=1e-12)
    assert values == sorted(values, reverse=True)


def test_change_in_leavers_is_that_of_the_two_last_years(full: Report, register: Register) -> None:
    spells = register.spells
    first = spells["left"].between("2023-04-01", "2024-03-31")
    second = spells["left"].between("2024-04-01", "2025-03-31")
    early = spells["left"] <= spells["joined"] + pd.DateOffset(years=5)

    *_, before, people, mix, risk, after = [
        row[1] for row in table_named(full, "Leavers within five years of joining, 2023/24 to 2024/25").rows
    ]
    values = [cell.value for cell in (before, people, mix, risk, after) if isinstance(cell, Figure)]

    assert values[0] == pytest.approx((first & early).sum(), abs=1e-9)
    assert values[4] == pytest.approx((second & early).sum(), abs=1e-9)
    assert sum(values[:4]) == pytest.approx(values[4], abs=1e-9)


def test_periods_may_be_named(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)

    made = wm.report(register=register, periods=[2020, 2022])

    assert "Leavers within five years of joining, 2020 to 2022" in [table.caption for table in tables_of(made)]


def test_what_changed_carries_the_adjusted_verdict(full: Report, survey: StaffSurvey) -> None:
    tested = wm.trend_test(
        [read_survey(2023, seed=4), survey], list(INDICATORS), design=DESIGN, adjust="holm"
    ).frame.query("term == 'difference'")  # fmt: skip

    rows = table_named(full, "Change from 2023 to 2024").rows

    for row, (_, own) in zip(rows, tested.iterrows(), strict=True):
        change = row[3]
        assert isinstance(change, Figure)
        assert (change.value, change.low, change.high) == (own["estimate"], own["conf_low"], own["conf_high"])
        assert (row[4] == "no clear change") == (own["p_adjusted"] >= 0.05)


def test_a_break_between_editions_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)

    made = wm.report(
        survey=read_survey(2025), earlier_survey=read_survey(2024), indicators="share:fair_career_progression"
    )  # fmt: skip

    (row,) = table_named(made, "Change from 2024 to 2025").rows
    assert row[3] == "–"
    assert row[4] == "cannot be compared: fair_career_progression: reworded"


def test_headlines_are_sentences_with_intervals(full: Report) -> None:
    first, change, shares, *_ = full.headlines

    assert re.fullmatch(r"Of 100 nurses who join, about \d+ \(\d+ to \d+\) leave within five years\.", first.sentence)
    assert first.figure == re.search(r"about (\d+)", first.sentence)[1] + " in 100"  # type: ignore[index]
    assert re.fullmatch(r"[+−]?\d+", change.figure)
    assert re.fullmatch(r"Of 100 who answered, about \d+ \(\d+ to \d+\)\.", shares.sentence)


def test_page_text_and_workbook_tell_the_same_numbers(full: Report, tmp_path: Path) -> None:
    page = Cells()
    page.feed(full.html)
    lines = [line for line in full.markdown.splitlines() if line.startswith("| ") and "---" not in line]
    book = load_workbook(full.write(tmp_path / "board.xlsx"))
    sheets = [sheet for sheet in book.worksheets if sheet.title != "Report"]

    expected = [
        [cell if isinstance(cell, str) else figure_text(cell) for cell in row]
        for table in tables_of(full)
        for row in (table.headings, *table.rows)
    ]

    assert [[text.strip() for text in row] for row in page.rows] == expected
    assert [len(line.split(" | ")) for line in lines] == [len(row) for row in expected]
    for line, row in zip(lines, expected, strict=True):
        for text in row:
            assert text in line or "\\" in line
    assert len(sheets) == len(tables_of(full))
    for one, table in zip(sheets, tables_of(full), strict=True):
        for number, row in enumerate(table.rows, start=3):
            stored = [cell.value for cell in one[number] if isinstance(cell.value, int | float)]
            figures = [cell for cell in row if isinstance(cell, Figure)]
            numbers = [x for cell in figures for x in (cell.value, cell.low, cell.high) if np.isfinite(x)]
            assert stored == pytest.approx(numbers, rel=1e-15)  # 16 digits are stored


def test_names_and_notes_cannot_become_markup_or_formulas(full: Report, tmp_path: Path) -> None:
    book = load_workbook(full.write(tmp_path / "board.xlsx"))
    texts = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value]

    assert "<script" not in full.html
    assert "&lt;script&gt;alert(" in full.html
    assert "<script" not in full.markdown
    assert "&lt;/script&gt; \\| =1+1" in full.markdown
    assert "'=cmd()" in texts
    assert not [text for text in texts if isinstance(text, str) and text.startswith(("=", "+", "-", "@"))]
    assert all(cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    "name", [NASTY, "=cmd|' /C calc'!A0", "a\nb [x](http://y) `z` *w*", "+44", '"quoted" & more', "a\x00b\x1bc\ud800"]
)
def test_group_names_are_escaped_everywhere(
    name: str, survey: StaffSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pictures(monkeypatch)
    table = survey.table.assign(org_name=survey.table["org_name"].astype(str))
    table.loc[table["org_name"] == table["org_name"].iloc[0], "org_name"] = name
    renamed = replace(survey, table=table)

    made = wm.report(survey=renamed, indicators={"burnout": name}, by={"org_name": name}, title=name, notes=name)
    page = Cells()
    page.feed(made.html)
    book = load_workbook(made.write(tmp_path / "names.xlsx"))

    assert "<script" not in made.html + made.markdown
    assert printable(name) in {row[0] for row in page.rows}
    for block in re.findall(r"(?:^\|.*\n)+", made.markdown, flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    assert all(cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def test_a_workbook_is_the_same_bytes_whenever_it_is_written(full: Report, tmp_path: Path) -> None:
    first, second = full.write(tmp_path / "a.xlsx"), full.write(tmp_path / "b.xlsx")

    assert first.read_bytes() == second.read_bytes()


def test_the_order_of_respondents_changes_no_character_and_no_line_of_a_picture(survey: StaffSurvey) -> None:
    order = np.random.default_rng(1).permutation(len(survey))
    shuffled = replace(survey, table=survey.table.iloc[order].reset_index(drop=True))

    one, other = (wm.report(survey=data, indicators="burnout", design=DESIGN) for data in (survey, shuffled))

    assert one.html == other.html
    assert one.markdown == other.markdown


def test_the_order_of_spells_changes_no_character(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)
    order = np.random.default_rng(1).permutation(len(register))
    shuffled = replace(register, table=register.table.iloc[order].reset_index(drop=True))

    one, other = (wm.report(register=data, leaving_by="route", causes=causes()) for data in (register, shuffled))

    assert one.html == other.html


def test_every_picture_is_a_picture_and_tells_its_numbers(full: Report) -> None:
    pictures = [block for section in full.sections for block in section.blocks if isinstance(block, Picture)]

    assert len(pictures) == 7
    for picture in pictures:
        assert ET.fromstring(picture.svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
        assert re.search(r"\d", picture.alt)
        assert picture.caption
    assert len(full.html) < 3_000_000


def test_a_long_table_is_cut_on_the_page_and_whole_in_the_workbook(tmp_path: Path) -> None:
    table = Table("Teams", ("Team", "n"), tuple((f"team {i:04d}", Figure(i, "count")) for i in range(1000)), "A note.")
    made = Report("Long", sections=(Section("teams", "Teams", blocks=(table,)),))
    sheet = load_workbook(made.write(tmp_path / "long.xlsx"))["Teams"]

    for text in (made.html, made.markdown):
        assert "team 0399" in text
        assert "team 0400" not in text
        assert "600 more rows are in the workbook. A note." in text
    assert [cell.value for cell in sheet["A"][2:1002]] == [row[0] for row in table.rows]


def test_a_period_of_too_few_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pictures(monkeypatch)

    on = pd.date_range("2021-06-01", periods=200, freq="5D")
    off = np.where(np.arange(200) % 4 == 0, "2024-02-01", None)
    rows = pd.DataFrame({"id": [f"p{i}" for i in range(200)], "on": on.strftime("%Y-%m-%d"), "off": off})
    rows["off"] = rows["off"].where(on < "2024-01-01", None)
    young = wm.read_register(
        rows, columns={"person_id": "id", "joined": "on", "left": "off"}, observed_from=None,
        observed_to="2024-12-31", date_formats=["%Y-%m-%d"], definition="left",
    )  # fmt: skip

    made = wm.report(register=young)

    (change,) = [section for section in made.sections if section.key == "change"]
    assert change.paragraphs == (
        "The number of leavers cannot be split: too few left, or in some year since joining nobody was at risk.",
        "At the rates of 2023: too few to say.",
        "At the rates of 2024: too few to say.",
    )
    assert made.headlines == ()
    assert "How many people leave within five years: too few to say." in made.markdown


def test_repr_in_a_notebook_stands_in_a_frame_of_its_own(full: Report) -> None:
    shown = full._repr_html_()

    assert shown.startswith('<iframe title="Staying" sandbox srcdoc="&lt;!DOCTYPE html&gt;')
    assert "<script" not in shown
    assert repr(full).startswith("<Report Staying: Leaving, by year of joining, ")


@pytest.mark.parametrize("name", ["board.html", "board.md", "board.xlsx"])
def test_written_files_are_whole(full: Report, tmp_path: Path, name: str) -> None:
    written = full.write(tmp_path / name)

    assert written == tmp_path / name
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name == "board.html":
        assert written.read_text(encoding="utf-8") == full.html


def test_what_cannot_be_written_is_refused(full: Report, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"a name that ends in \.html, \.md, \.xlsx"):
        full.write(tmp_path / "board.docx")
    with pytest.raises(MissingFileError, match="a folder that is there"):
        full.write(tmp_path / "nowhere" / "board.html")


def test_arguments_that_lack_their_data_are_refused(survey: StaffSurvey, register: Register) -> None:
    with pytest.raises(InvalidArgumentError, match="a survey, a register or both"):
        wm.report()
    with pytest.raises(InvalidArgumentError, match="leaving_by: expected a register too"):
        wm.report(survey=survey, leaving_by="route")
    with pytest.raises(InvalidArgumentError, match="by: expected a survey too"):
        wm.report(register=register, by="org_name")
    with pytest.raises(InvalidArgumentError, match="survey: expected a StaffSurvey, got DataFrame"):
        wm.report(survey=survey.responses)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="periods: expected two periods, got 1"):
        wm.report(register=register, periods=[2023])
    with pytest.raises(InvalidArgumentError, match="years: expected whole years from 1"):
        wm.report(register=register, years=2.5)  # type: ignore[arg-type]
    with pytest.raises(InvalidDataError, match="benchmark: expected figures of the indicators in edition 2024"):
        wm.report(survey=survey, indicators="team_working", benchmark=PUBLISHED)
    with pytest.raises(InvalidArgumentError, match="benchmark: expected published figures, or another survey, got a s"):
        wm.report(survey=survey, benchmark="England")  # type: ignore[arg-type]


def test_only_suppressed_results_enter_a_report(survey: StaffSurvey) -> None:
    with pytest.raises(InvalidArgumentError, match="results that went through suppress, got 'burnout', which did not"):
        Report("Careless", sections=(Section("a", "A"),), results={"burnout": wm.estimate(survey, "burnout")})
