"""Snapshots of arbitrary cells: read with every row accounted for, or refused by an error of this library."""

# ruff: noqa: S311 - the frames need not be unpredictable, only the same every time

from __future__ import annotations

import datetime as dt
import decimal
import random

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import WorkforceMetricsError

DAYS = [dt.date(2020, 1, 31), dt.date(2020, 2, 29), dt.date(2020, 3, 31), dt.date(2020, 4, 30)]
CELLS = [
    None, "", " ", "a", "é\u2028", "1", "01", "1.0", "1e5", "1E+11", 1, 2, -3, 2**62, 2**70, 1.5, float("nan"),
    float("inf"), True, False, *DAYS, dt.datetime(2020, 3, 31, 5), pd.Timestamp("2020-04-30"), pd.NaT, pd.NA,
    decimal.Decimal("1.5"), b"x", (1, 2), "2020-05-31", "2020-06", "31/01/2020", "9999-12-31", dt.date(1, 1, 1),
    dt.date(9999, 12, 31), "\x00", "N/A", "-",
]  # fmt: skip
COLUMNS = {
    "person_id": "pid", "period": "month", "organisation": "org", "staff_group": "group", "active": "on",
    "fte": "fte", "joined": "since", "birth_date": "born", "post": "post",
}  # fmt: skip
SENSIBLE = {
    "pid": ["a", "b", "c", None],
    "month": DAYS,
    "since": ["2020-01-01", None],
    "born": [None],
    "fte": [1, 0.5, None],
    "on": ["1", "0"],
}


def frame_of(chance: random.Random) -> pd.DataFrame:
    n = chance.randrange(2, 14)
    cells = {}
    for name in [*COLUMNS.values(), "grade"]:
        pool = chance.sample(CELLS, chance.randrange(1, 5))
        pool = SENSIBLE[name] if name in SENSIBLE and chance.random() < 0.85 else pool
        cells[name] = [chance.choice(pool) for _ in range(n)]
    return pd.DataFrame(cells, dtype=object)


@pytest.mark.filterwarnings("ignore:far fewer rows")
@pytest.mark.parametrize("part", range(4))
def test_arbitrary_cells_are_accounted_for_or_refused(part: int) -> None:
    n_read = 0
    for seed in range(part * 30, part * 30 + 30):
        chance = random.Random(seed)
        frame = frame_of(chance)
        try:
            registers = wm.read_snapshots_by_definition(
                frame,
                columns=COLUMNS,
                definitions=["left the extract", "left the organisation", "became not active"],
                covariates=["grade", "fte"],
                active_values=["1"],
                posts=chance.choice(["largest_fte", "first", "all"]),
                gap_periods=chance.choice([0, 1]),
                changes=True,
                min_recurring=0,
            )
        except WorkforceMetricsError:
            continue
        n_read += 1
        for register in registers.values():
            report = register.report
            assert report.n_read == len(frame) == report.n_kept + report.n_set_aside
            ended = register.spells["left"].notna()
            assert (register.spells["left"] > register.spells["last_seen"])[ended].all()
            assert not (register.spells["joined"] > register.spells["seen_from"]).any()
            assert not (register.spells["left"] <= register.spells["joined"]).any()
    assert n_read > 2
