"""Life tables that are already counted: checked, completed, turned into the kernel's record."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError
from workforce_metrics.groups import group_codes
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.ties import fix_ties

__all__ = ["counts_from_frame"]

Floats = npt.NDArray[np.float64]


def counts_from_frame(
    frame: pd.DataFrame, by: tuple[str, ...], causes: tuple[str, ...] | None
) -> tuple[RiskCounts, pd.DataFrame]:
    """Return the counts of a life table and its groups; `RiskTable.from_counts` says what is accepted."""
    event_columns = list(causes or ("n_event",))
    for name in ["time", "n_risk", *event_columns]:
        if name not in frame.columns:
            raise MissingColumnError(name, "a column of the life table", "none of that name", "rename or add it")
    groups = group_codes(frame, by, missing="a group")
    order = np.argsort(groups.codes, kind="stable")
    table, codes = frame.iloc[order], groups.codes[order]
    (time,), n_risk = fix_ties(_numbers(table, "time")), _numbers(table, "n_risk")
    n_event = np.column_stack([_numbers(table, name) for name in event_columns])
    last = np.append(codes[1:] != codes[:-1], True)
    _refuse_disorder(time, n_risk, n_event.sum(axis=1), last)
    n_entry = _numbers(table, "n_entry") if "n_entry" in table else np.zeros(len(table))
    n_censor = _censored(table, n_risk, n_event.sum(axis=1), n_entry, last)
    first = np.flatnonzero(np.append(True, last[:-1]))
    people = np.rint(n_risk).astype(np.int64)
    entered = np.add.reduceat(n_entry, first)
    counts = RiskCounts(
        codes, time, n_risk, n_event, n_censor, n_entry, people, np.rint(n_risk[first] + entered).astype(np.int64)
    )
    return counts, groups.labels


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        raise InvalidDataError(name, "numbers from 0", f"{int(bad.sum()):,} that are not", "correct those rows")
    return values


def _refuse_disorder(time: Floats, n_risk: Floats, n_event: Floats, last: npt.NDArray[np.bool_]) -> None:
    if not len(time):
        raise InvalidDataError("frame", "at least one row", "none", "check the table")
    if ((np.diff(time) <= 0) & ~last[:-1]).any():
        raise InvalidDataError(
            "time", "ascending times, each once in a group", "others", "sort the rows by group and time"
        )
    too_many = n_event > n_risk
    if too_many.any():
        raise InvalidDataError(
            "n_event", "at most n_risk", f"more at time {time[too_many][0]:g}", "correct the counts of that row"
        )


def _censored(
    table: pd.DataFrame, n_risk: Floats, n_event: Floats, n_entry: Floats, last: npt.NDArray[np.bool_]
) -> Floats:
    following = np.where(last, n_entry, np.append(n_risk[1:], 0.0))
    left_over = n_risk - n_event + n_entry - following
    if "n_censor" not in table:
        if (left_over < 0).any():
            n = int((left_over < 0).sum())
            raise InvalidDataError(
                "n_risk", "numbers that fall unless n_entry says", f"{n:,} that rise", "give n_entry"
            )
        return left_over
    n_censor = _numbers(table, "n_censor")
    still_there = last & (n_censor < left_over)
    off = ~np.isclose(n_censor, left_over, rtol=1e-9, atol=1e-6) & ~still_there
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise InvalidDataError(
            "n_censor", "n_risk - n_event - n_censor + n_entry = the next n_risk",
            f"another number after time {table['time'].iloc[row]:g}", "correct it, or leave n_censor out",
        )  # fmt: skip
    return np.where(still_there, left_over, n_censor)
