"""However a published file is damaged, every cell is accounted for, or an error of the library says why not."""

# ruff: noqa: S311 - damage need not be unpredictable, only the same every time

from __future__ import annotations

import datetime as dt
import math
import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

import workforce_metrics as wm
from workforce_metrics.errors import DataQualityWarning, WorkforceMetricsError
from workforce_metrics.figures import FIGURE_COLUMNS, PublishedSurvey

CANARY = "ZZ-7731"
BASE = "Base (number of responses)"
FREQUENCY = ["% Never", "% Rarely", "% Sometimes", "% Often", "% Always"]
BENCHMARK = [
    ["org_id", "org_name", "q12b_2023", "q12b_n_2023", "q12b_2024", "q12b_n_2024", "q12b_sig", "PP4_2_2024"],
    ["R1", "One", 0.31, 2047, 0.304, 2100, 1, 4.96],
    ["R2", "Two", 0.29, 950, "*", "<10", 0, 5.02],
    [CANARY, "Three", 0.25, 80, 0.26, 85, 0, 5.5],
    [None, "1. A note", None, None, None, None, None, None],
]
DETAILED = [
    [None, None, "Q12b - x", *[None] * 7],
    *[[None] * 10 for _ in range(3)],
    ["ODS code", "Weighting", *FREQUENCY, BASE, "PP4_2 - score", BASE],
    ["R1", "None", 10, 20, 40, 20, 10, 1000, 5.5, 990],
    [CANARY, "None", 20, 20, 20, 20, 20, "1,200", 4.5, 990],
]
OPTIONS = [
    ["Year", "QuestionNumber", "QuestionText", "OptionCode", "OptionText", "DimName", "DimValue", "%"],
    [2024, "q11c", CANARY, 1, "Yes", None, "Organisation", 40],
    [2024, "q11c", CANARY, 2, "No", None, "Organisation", 60],
    [2023, "q11c", CANARY, 1, "Yes", "Age", "21-30", 41],
    [2023, "q11c", CANARY, 2, "No", "Age", "21-30", 59],
]
LAYOUTS = {
    "benchmark": (BENCHMARK, {}),
    "detailed": (DETAILED, {"edition": 2024}),
    "contractor options": (OPTIONS, {"edition": 2024, "shares": "percent", "organisation": "R1"}),
}
CELLS = (
    None, "", " ", "*", "-", "[c]", "..", "<10", 0, -1, 1, 0.5, 45.3, 100, 1e308, 10**400, float("nan"), float("inf"),
    True, "45%", "1,234", "12,34", "1e5", "1e999", "9" * 400, "٣", "²", "Q12b", "Q12b - y", "q12a_2024", "q12b_n_2024",
    "org_id", "ODS code", "Base", BASE, "Breakdown", "% Often", "% ", "%", "Year", "PP4_2 - score", " - score",
    "_n_2024", "_2024", "q12b_2019", "q" * 5000, "\x00", "\ud800", dt.date(2024, 2, 1), dt.datetime(2024, 2, 1, 3),
    dt.timedelta(1), b"x", [1], {"a": 1}, ("x",), np.float32(0.3), np.int64(7), pd.NA, pd.NaT, np.array([1, 2]),
    object(),
)  # fmt: skip


def damaged(rows: list[list[object]], chance: random.Random) -> list[list[object]]:
    rows = [list(row) for row in rows]
    for _ in range(chance.choice([1, 1, 2, 5, 12])):
        at, column = chance.randrange(len(rows)), chance.randrange(len(rows[0]))
        match chance.randrange(8):
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


def check(source: object, kind: str, options: dict[str, object]) -> PublishedSurvey | None:
    """Read, and hold to the promise: an account that adds up, or an error of the library without a cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        try:
            published = wm.read_published_survey(source, kind=kind, **options)  # type: ignore[arg-type]
        except WorkforceMetricsError as error:
            message = str(error)
            published = None
    if published is None:
        assert CANARY not in message
        return None
    frame, report = published.frame, published.report
    assert report.n_read == report.n_kept + report.n_set_aside
    assert list(frame.columns) == list(FIGURE_COLUMNS)
    places = frame[["sheet", "row", "column"]]
    assert not places.duplicated().any()
    assert not places.merge(report.cells.drop_duplicates(), on=["sheet", "row", "column"]).size
    shares, scores = (frame.loc[frame["unit"] == unit, "estimate"].dropna() for unit in ("share", "score 0-10"))
    assert len(shares) + len(scores) == frame["estimate"].notna().sum()
    assert shares.between(0, 1).all()
    assert scores.between(0, 10).all()
    assert (frame["estimate"].isna() == frame["suppressed"]).all()
    assert ((frame["mark"] != "") == frame["suppressed"]).all()
    return published


def counted(rows: list[list[object]], header_rows: int) -> int:
    """Count the cells below the header that hold anything, without the library."""

    def holds(cell: object) -> bool:
        if isinstance(cell, str):
            return bool(cell.strip())
        return not (cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell)))

    return sum(holds(cell) for row in rows[header_rows:] for cell in row)


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("seed", range(4))
def test_damaged_cells_are_accounted_for(kind: str, seed: int) -> None:
    rows, options = LAYOUTS[kind]
    chance, n_read = random.Random(f"{kind} {seed}"), 0
    for _ in range(25):
        cells = damaged(rows, chance)
        published = check({"Sheet": pd.DataFrame(cells, dtype=object)}, kind, options)
        if published is None:
            continue
        n_read += 1
        header_rows = 5 if kind == "detailed" else 1
        report = published.report
        blanks = report.n_read - counted(cells, header_rows)
        assert 0 <= blanks <= (len(cells) - header_rows) * len(cells[0])
        held = {*zip(report.cells["row"], report.cells["column"], strict=True)}
        assert len(held) == report.n_set_aside
    assert n_read


@pytest.mark.parametrize("kind", LAYOUTS)
def test_undamaged_files_are_read_whole(kind: str) -> None:
    rows, options = LAYOUTS[kind]
    published = check({"Sheet": pd.DataFrame(rows, dtype=object)}, kind, options)

    assert published is not None
    assert published.report.n_read == counted(rows, 5 if kind == "detailed" else 1)
    assert len(published) == {"benchmark": 9, "detailed": 12, "contractor options": 4}[kind]


def test_damaged_files_give_an_error_of_the_library(tmp_path: Path) -> None:
    path, chance, n_refused = tmp_path / "b.xlsx", random.Random(1), 0
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("A")
        for number, row in enumerate(BENCHMARK):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    whole = path.read_bytes()
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(3):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data[: chance.randrange(1, len(data))] if chance.random() < 0.3 else data)
        n_refused += check(path, "benchmark", {}) is None
    assert n_refused > 10
