"""The grid of intervals, and which of them each spell was at risk in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import as_floats
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["INTERVALS_PER_YEAR", "Incomplete", "Periods", "interval_ends", "periods_at_risk"]

INTERVALS_PER_YEAR = {"year": 1, "quarter": 4, "month": 12}
MONTHS_PER_YEAR = 12
MOST_INTERVALS = 5_000

Incomplete = Literal["half", "full", "leave_out"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Periods:
    """The intervals in which each spell was at risk.

    Parameters
    ----------
    ends : ndarray of float64, shape (n_periods,)
        Where each interval ends, in the cohort's unit; the first starts at 0. Closed at the end.
    first, last : ndarray of int64, shape (n,)
        First and last interval at risk, from 0; ``last < first`` where a spell was at risk in no whole interval.
    left : ndarray of bool, shape (n,)
        Whether the spell ended in leaving in its last interval.
    half : ndarray of bool, shape (n,)
        Whether the spell was censored inside its last interval and counts half there.
    """

    ends: Floats
    first: Ints
    last: Ints
    left: npt.NDArray[np.bool_]
    half: npt.NDArray[np.bool_]


def periods_at_risk(cohort: Cohort, interval: str | Sequence[float], *, incomplete: Incomplete = "half") -> Periods:
    """Put a cohort's spells on a grid of intervals.

    Parameters
    ----------
    cohort : Cohort
    interval : {"year", "quarter", "month"} or sequence of float
        Intervals of equal length as far as anybody was followed, or where each ends, in the cohort's unit.
    incomplete : {"half", "full", "leave_out"}
        How a spell counts in the interval inside which it was censored.

    Returns
    -------
    Periods

    Raises
    ------
    InvalidArgumentError
        If the grid or `incomplete` is not one of those, or intervals cannot be left out for want of a window.

    Notes
    -----
    A spell that enters inside an interval is at risk from the next one. A register's intervals end on calendar
    anniversaries of joining: the same day of the month, or the month's last where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"from": [0, 5, 12], "month": [30, 24, 40], "left": [True, False, False]})
    >>> cohort = Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")
    >>> periods = periods_at_risk(cohort, "year")
    >>> periods.first.tolist(), periods.last.tolist(), periods.half.tolist()
    ([0, 1, 1], [2, 1, 3], [False, False, True])
    """
    if incomplete not in get_args(Incomplete):
        raise InvalidArgumentError("incomplete", "'half', 'full' or 'leave_out'", repr(incomplete), "choose one")
    ends = interval_ends(cohort, interval)
    last, inside = _position(cohort, cohort.duration, ends)
    first = np.zeros(len(cohort), dtype=np.int64) if cohort.entry is None else _position(cohort, cohort.entry, ends)[0]
    if cohort.entry is None:
        last = np.maximum(last, 1)  # time 0 belongs to the first interval
    left, last = cohort.event & (last <= len(ends)), np.minimum(last, len(ends))
    half = ~cohort.event & (inside | (cohort.duration == 0))
    if incomplete == "leave_out":
        whole = _whole_intervals(cohort, ends)
        left, half = left & (last <= whole), half & (last <= whole)
        last = np.minimum(last, whole)
    return Periods(ends, first, last - 1, left, half & (incomplete != "full"))


def interval_ends(cohort: Cohort, interval: str | Sequence[float]) -> Floats:
    """Return where each interval ends, in the cohort's unit, shape (n_periods,).

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"month": [30, 24], "left": [True, False]})
    >>> interval_ends(Cohort.from_frame(staff, duration="month", event="left", time_unit="months"), "year")
    array([12., 24., 36.])
    """
    if isinstance(interval, str):
        return _equal_intervals(cohort, interval)
    ends = np.atleast_1d(as_floats(interval, "interval"))
    if not len(ends) or not np.isfinite(ends).all() or ends[0] <= 0 or (np.diff(ends) <= 0).any():
        raise InvalidArgumentError(
            "interval",
            "the ends of the intervals, above 0 and ascending; the first starts at 0",
            "other numbers",
            "write for instance interval=[1, 2, 5]",
        )
    if cohort.joined is None:
        return ends
    if np.abs(ends * MONTHS_PER_YEAR - np.rint(ends * MONTHS_PER_YEAR)).max() > 1e-6:
        raise InvalidArgumentError(
            "interval", "ends that are whole months", "others", "a register's intervals end on calendar anniversaries"
        )
    if cohort.horizon_years is not None and ends[-1] > cohort.horizon_years * (1 + TIE_TOLERANCE):
        raise InvalidArgumentError(
            "interval",
            f"ends up to the horizon of the cohort, {cohort.horizon_years}",
            f"{ends[-1]:g}",
            "build the cohort with a longer horizon",
        )
    return ends


def _equal_intervals(cohort: Cohort, interval: str) -> Floats:
    if interval not in INTERVALS_PER_YEAR:
        raise InvalidArgumentError(
            "interval", "'year', 'quarter', 'month' or the ends of the intervals", repr(interval), "choose one"
        )
    step = units_per_year(cohort.time_unit) / INTERVALS_PER_YEAR[interval]
    longest = float(cohort.duration.max(initial=0)) / cohort.ticks_per_unit
    n_periods = max(int(np.ceil(longest / step * (1 - TIE_TOLERANCE))), 1)
    if cohort.horizon_years is not None:
        n_periods = min(n_periods, cohort.horizon_years * INTERVALS_PER_YEAR[interval])
    if n_periods > MOST_INTERVALS:
        raise InvalidArgumentError(
            "interval", f"at most {MOST_INTERVALS:,} intervals", f"{n_periods:,}", "take longer ones, or cut points"
        )
    return np.asarray(np.arange(1, n_periods + 1) * step, dtype=np.float64)


def _position(cohort: Cohort, ticks: npt.NDArray[Any], ends: Floats) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return how many intervals have begun before each time, and whether it lies inside the last of them.

    A time on an interval's end belongs to that interval; past the last end the number is n_periods + 1.
    """
    if cohort.joined is not None:
        months = np.rint(ends * MONTHS_PER_YEAR).astype(np.int64)
        begun, exact = _months_begun(cohort.joined, cohort.joined + ticks.astype("timedelta64[D]"))
        if cohort.horizon_years is not None:  # all who reached the horizon carry the same last day
            reached = ticks >= math.ceil(cohort.horizon_years * cohort.ticks_per_unit)
            exact |= reached
            begun = np.where(reached, cohort.horizon_years * MONTHS_PER_YEAR, begun)
        position = np.searchsorted(months, begun, side="left")
        on_end = exact & (np.append(months, -1)[position] == begun)
        return np.where(ticks > 0, position + 1, 0), ~on_end & (ticks > 0) & (position < len(ends))
    cuts = ends * cohort.ticks_per_unit
    position = np.searchsorted(cuts * (1 + TIE_TOLERANCE), ticks, side="left")
    inside = ticks < np.append(cuts, np.inf)[position] * (1 - TIE_TOLERANCE)
    return np.where(ticks > 0, position + 1, 0), inside & (ticks > 0) & (position < len(ends))


def _months_begun(start: Dates, end: Dates) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return how many months from each start have begun by each end, and whether the end is on an anniversary.

    The day on which a month is complete belongs to it. Anniversaries by the corresponding date rule.
    """
    month = start.astype("datetime64[M]")
    n_months = (end.astype("datetime64[M]") - month).astype(np.int64)
    target = end.astype("datetime64[M]")
    last_day = (
        (target + np.timedelta64(1, "M")).astype("datetime64[D]")
        - target.astype("datetime64[D]")
        - np.timedelta64(1, "D")
    )
    day = np.minimum(start.astype("datetime64[D]") - month.astype("datetime64[D]"), last_day)
    gap = (end.astype("datetime64[D]") - target.astype("datetime64[D]") - day).astype(np.int64)
    return n_months + (gap > 0), gap == 0


def _whole_intervals(cohort: Cohort, ends: Floats) -> Ints:
    """Return how many intervals of each spell had ended when observation did."""
    seen_to = cohort.provenance.get("observed_to")
    if cohort.joined is None or not isinstance(seen_to, str):
        raise InvalidArgumentError(
            "incomplete", "'half' or 'full'", "'leave_out'", "only a register's cohort knows when observation ended"
        )
    seen = np.full(len(cohort), np.datetime64(seen_to, "D"))
    begun, exact = _months_begun(cohort.joined, seen)
    return np.searchsorted(np.rint(ends * MONTHS_PER_YEAR), begun - ~exact, side="right").astype(np.int64)
