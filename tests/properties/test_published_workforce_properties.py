"""Published workforce files: what is written is read; what was changed is found; damage is accounted for."""

# ruff: noqa: S311 - damage need not be unpredictable, only the same every time

from __future__ import annotations

import csv
import io
import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import DataQualityWarning, WorkforceMetricsError
from workforce_metrics.figures import PublishedWorkforce

CANARY = "ZZ-7731"
BANDS = ["Band 5", "Band 6", "Band 7"]
MARKS = st.sampled_from(["*", "-", "..", "[c]", ""])
COUNTS = st.lists(st.tuples(st.integers(0, 10**6) | MARKS, st.floats(0, 1e6) | MARKS), min_size=1, max_size=6)
SPAN = "202303 to 202403"
HEAD = [
    "Org code",
    "Period",
    "Type",
    "Leaver",
    "Denominator at start of period",
    "Denominator at end of period",
    "Leaver rate (%)",
    "AfC band",
]


@given(
    COUNTS,
    st.sampled_from([",", ";"]),
    st.sampled_from(["utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from([[], [["A title, of invented figures"], []]]),
)
@settings(max_examples=15, deadline=None)
def test_every_figure_is_read_as_written(
    rows: list[tuple[object, object]], delimiter: str, encoding: str, titles: list[list[str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows(titles)
    writer.writerow(["Date", "Org Code", "Org Name", "Staff Group", "Data Type", "Total"])
    for number, (heads, fte) in enumerate(rows):
        for basis, cell in (("HC", f"{heads:,}" if isinstance(heads, int) else heads), ("FTE", cell_of(fte))):
            writer.writerow(["31/03/2025", f"R{number}", "Café", "Nurses", basis, cell])
    writer.writerow(["Footnote: none"])
    data = text.getvalue().encode(encoding)
    path = NAMES.path
    path.write_bytes(data)

    published = wm.read_published_workforce(path)

    found = published.frame["estimate"].tolist()
    expected = [float(cell) if isinstance(cell, (int, float)) else np.nan for row in rows for cell in row]
    assert np.array_equal(found, expected, equal_nan=True)
    assert (published.frame["suppressed"] == np.isnan(expected)).all()
    assert set(published.frame["organisation_name"]) == {"Café"}


def cell_of(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


@pytest.fixture(autouse=True, scope="module")
def _names(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    NAMES.path = folder / "figures.csv"


class _Names:
    path = Path("figures.csv")


NAMES = _Names()


def workbook(leavers: list[int], start: list[int], end: list[int], decimals: int) -> list[list[object]]:
    """Return a sheet of bands and their total, every rate worked out from its parts."""
    columns = [[*column, sum(column)] for column in (leavers, start, end)]
    return [
        HEAD,
        *(
            ["RX1", SPAN, "HC", n, a, b, round(100 * n / ((a + b) / 2), decimals), level]
            for n, a, b, level in zip(*columns, [*BANDS, "All AfC bands"], strict=True)
        ),
    ]


def read(rows: list[list[object]]) -> PublishedWorkforce:
    return wm.read_published_workforce({"Grade": pd.DataFrame(rows, dtype=object)})


PARTS = st.tuples(
    *(st.lists(st.integers(*ends), min_size=3, max_size=3) for ends in ((20, 90), (100, 900), (100, 900)))
)


@given(PARTS, st.integers(0, 6))
@settings(max_examples=15, deadline=None)
def test_a_file_worked_out_from_its_parts_adds_up(parts: tuple[list[int], ...], decimals: int) -> None:
    checked = wm.reconcile(read(workbook(*parts, decimals)))

    assert len(checked.frame) == 4 + 3
    assert set(checked.frame["explained_by"]) == {"agrees"}


@given(PARTS, st.integers(0, 3), st.sampled_from([-1, 1]))
@settings(max_examples=15, deadline=None)
def test_exactly_the_planted_error_is_found(parts: tuple[list[int], ...], which: int, sign: int) -> None:
    rows = workbook(*parts, 2)
    rows[1 + which][6] = round(rows[1 + which][6] * (1 + sign * 0.2), 2)  # type: ignore[operator]

    checked = wm.reconcile(read(rows)).frame

    wrong = checked[checked["explained_by"] != "agrees"]
    assert len(wrong) == 1
    assert wrong["row"].tolist() == [2 + which]
    assert wrong["explained_by"].isin(["not explained", "another denominator"]).all()


@given(st.lists(st.floats(0.001, 500), min_size=2, max_size=8), st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_rounded_parts_of_a_rounded_total_are_never_called_wrong(parts: list[float], decimals: int) -> None:
    rows = [["31/03/2025", "RX1", f"Group {n}", "FTE", f"{part:.{decimals}f}"] for n, part in enumerate(parts)]
    rows.append(["31/03/2025", "RX1", "All staff groups", "FTE", f"{sum(parts):.{decimals}f}"])
    frame = pd.DataFrame(rows, columns=["Date", "Org Code", "Staff Group", "Data Type", "Total"])

    checked = wm.reconcile(wm.read_published_workforce(frame)).frame

    # a coarser step seen by chance only widens the bounds
    assert checked["explained_by"].isin(["agrees", "rounding"]).all()


LAYOUTS: dict[str, list[list[object]]] = {
    "turnover": [
        HEAD,
        ["RX1", SPAN, "HC", 10, 100, 120, 9.09, "Band 5"],
        [CANARY, SPAN, "HC", "*", 100, 120, "*", "Band 6"],
        ["1. A note", *[None] * 7],
    ],
    "staff in post": [
        ["Date", "Org Code", "Staff Group", "Data Type", "Total"],
        ["31/03/2025", "RX1", "Nurses", "HC", "1,200"],
        ["31/03/2025", CANARY, "All staff groups", "FTE", 10.5],
    ],
    "sickness absence": [
        ["DATE", "ORG_CODE", "FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE", "SA Rate (%)"],
        ["30/04/2024", CANARY, 5, 100, 5.0],
        ["2024-05-31", "RX1", "-", 100, ".."],
    ],
    "reasons for leaving": [
        [None, "2011-12", None, None],
        [None, "Q1", "Q2", "Q3"],
        [CANARY, 1, "-", 3],
        ["Total", 1, 2, 3],
    ],
}
CELLS = (
    None,
    "",
    " ",
    "*",
    "[c]",
    0,
    -1,
    0.5,
    1e308,
    10**400,
    float("nan"),
    float("inf"),
    True,
    "45%",
    "1,234",
    "12,34",
    "9" * 400,
    "٣",
    "²",
    "Date",
    "Period",
    "Type",
    "Leaver",
    "Total",
    "FTE",
    "HC",
    "2011-12",
    "Q1",
    "31/02/2025",
    "0000-00",
    "9999-12",
    "202313",
    "a to b",
    "\x00",
    "\ud800",
    pd.Timestamp("2024-03-31"),
    b"x",
    [1],
    {"a": 1},
    pd.NA,
    pd.NaT,
    object(),
    np.int64(7),
)


def damaged(rows: list[list[object]], chance: random.Random) -> list[list[object]]:
    rows = [list(row) for row in rows]
    for _ in range(chance.choice([1, 2, 5, 12])):
        at, column = chance.randrange(len(rows)), chance.randrange(len(rows[0]))
        match chance.randrange(7):
            case 0:
                rows.insert(at, list(rows[chance.randrange(len(rows))]))
            case 1 if len(rows) > 1:
                del rows[at]
            case 2:
                for row in rows:
                    row.insert(column, row[chance.randrange(len(row))])
            case 3 if len(rows[0]) > 1:
                for row in rows:
                    del row[column]
            case _:
                rows[at][column] = chance.choice(CELLS)
    return rows


def check(source: object) -> PublishedWorkforce | None:
    """Read and reconcile, and hold to the promise: an account that adds up, or an error without a cell."""
    message = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        try:
            published = wm.read_published_workforce(source, rates="percent")
            wm.reconcile(published)
        except WorkforceMetricsError as error:
            message = str(error)
    assert CANARY not in message
    if message and "rates or totals to work out again" not in message:
        return None
    frame, report = published.frame, published.report
    assert report.n_read == report.n_kept + report.n_set_aside
    places = frame[["sheet", "row", "column"]]
    assert not places.duplicated().any()
    assert not places.merge(report.cells.drop_duplicates(), on=["sheet", "row", "column"]).size
    assert (frame["estimate"].isna() == frame["suppressed"]).all()
    assert (frame["estimate"].dropna() >= 0).all()
    return published


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damaged_cells_are_accounted_for(layout: str) -> None:
    chance, n_read = random.Random(layout), 0
    assert check({"A": pd.DataFrame(LAYOUTS[layout], dtype=object)}) is not None
    for _ in range(15):
        n_read += check({"A": pd.DataFrame(damaged(LAYOUTS[layout], chance), dtype=object)}) is not None
    assert n_read


def test_damaged_text_gives_an_error_of_the_library(tmp_path: Path) -> None:
    path, chance = tmp_path / "a.csv", random.Random(1)
    whole = (
        "\n".join(",".join(str(cell) for cell in row) for row in LAYOUTS["staff in post"])
        .replace("1,200", '"1,200"')
        .encode()
    )
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(3):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data[: chance.randrange(1, len(data))] if chance.random() < 0.3 else data)
        check(path)
