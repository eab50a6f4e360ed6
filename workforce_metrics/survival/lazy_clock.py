"""The clock as expressions: dates to days since joining by whole-number arithmetic, on whatever engine holds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from workforce_metrics.survival.spell_times import last_tick

__all__ = ["LazyTimes", "Moment", "days_in_month", "lazy_times", "least", "moment_at"]

MONTHS_PER_YEAR = 12
DAYS_TO_1970 = 719_468
"""From 1 March of the year 0."""
PARTS = ("months", "day", "number")
JOINED, LEFT, SEEN, START, END = "clock: joined", "clock: left", "clock: seen", "clock: start", "clock: end"
TARGET, LAST_DAY, GONE = "clock: target", "clock: last day", "clock: gone"
"""Columns of the clock; no column of a user's is called so."""


@dataclass(frozen=True)
class Moment:
    """A date as whole numbers.

    Parameters
    ----------
    months : narwhals.Expr
        ``12 * year + month - 1``.
    day : narwhals.Expr
        Of the month.
    number : narwhals.Expr
        Days since 1970-01-01.
    """

    months: nw.Expr
    day: nw.Expr
    number: nw.Expr


@dataclass(frozen=True)
class LazyTimes:
    """Spells on the clock, as `SpellTimes`, in columns of a frame.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        With the columns that the expressions read.
    entry, duration : narwhals.Expr
        Days since joining.
    left : narwhals.Expr
        Whether the spell ended in leaving, on or before the last anniversary.
    seen_leaving : narwhals.Expr
        Whether there is a date of leaving at all, however late.
    known : narwhals.Expr
        Whether the day of joining is known.
    joined, start, end : Moment
        The dates behind `entry` and `duration`.
    """

    frame: Any
    entry: nw.Expr
    duration: nw.Expr
    left: nw.Expr
    seen_leaving: nw.Expr
    known: nw.Expr
    joined: Moment
    start: Moment
    end: Moment


def moment_at(day: str) -> Moment:
    """Return an ISO date as whole numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"row": [1]}))
    >>> frame.select(day=moment_at("1970-01-02").number)["day"].to_list()
    [1]
    """
    date = np.datetime64(day, "D")
    months = int(date.astype("datetime64[M]").astype(np.int64)) + 1970 * MONTHS_PER_YEAR
    of_month = int((date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)) + 1
    return Moment(*(nw.lit(value, nw.Int64) for value in (months, of_month, int(date.astype(np.int64)))))


def days_in_month(months: nw.Expr) -> nw.Expr:
    """Return how many days a month has, February by the Gregorian rule.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"month": [2016 * 12 + 1, 2100 * 12 + 1, 2016 * 12 + 3]}))
    >>> frame.select(days=days_in_month(nw.col("month")))["days"].to_list()
    [29, 28, 30]
    """
    year, month = months // MONTHS_PER_YEAR, months % MONTHS_PER_YEAR
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    short = (month == 3) | (month == 5) | (month == 8) | (month == 10)
    february = nw.when(leap).then(nw.lit(29, nw.Int64)).otherwise(nw.lit(28, nw.Int64))
    others = nw.when(short).then(nw.lit(30, nw.Int64)).otherwise(nw.lit(31, nw.Int64))
    return nw.when(month == 1).then(february).otherwise(others)


def lazy_times(
    frame: Any,
    *,
    joined: str,
    left: str,
    seen_from: str | None,
    observed_from: str | None,
    observed_to: str,
    years: int,
) -> LazyTimes:
    """Put dates on the clock that starts at each joining; `spell_times` says how.

    Parameters
    ----------
    frame : narwhals.LazyFrame
    joined, left, seen_from : str
        Columns of dates; `seen_from` or None.
    observed_from, observed_to : str
        ISO dates; `observed_from` or None.
    years : int

    Returns
    -------
    LazyTimes

    Notes
    -----
    Step by step in columns of their own: as one expression it would hold the same parts hundreds of times, and not
    every engine finds that out.
    """
    dates = {JOINED: joined, LEFT: left} | ({} if seen_from is None else {SEEN: seen_from})
    frame = frame.with_columns(
        *(nw.col(name).dt.day().alias(f"{own} day") for own, name in dates.items()),
        *(_months_of(name).alias(f"{own} months") for own, name in dates.items()),
    )
    target = nw.col(f"{JOINED} months") + MONTHS_PER_YEAR * years
    frame = frame.with_columns(
        *(_number(nw.col(f"{own} months"), nw.col(f"{own} day")).alias(f"{own} number") for own in dates),
        target.alias(TARGET),
        least(nw.col(f"{JOINED} day"), days_in_month(target)).alias(LAST_DAY),
    )
    frame = frame.with_columns(_number(nw.col(TARGET), nw.col(LAST_DAY)).alias(LAST_DAY))
    moments = {own: Moment(*(nw.col(f"{own} {part}") for part in PARTS)) for own in dates}
    starts = [moments[JOINED], *([] if observed_from is None else [moment_at(observed_from)])]
    starts += [moments[SEEN]] if seen_from is not None else []
    last = moment_at(observed_to)
    frame, start = _with_latest(frame, starts)
    is_gone = (moments[LEFT].number <= last.number).fill_null(value=False)
    frame = frame.with_columns(is_gone.alias(GONE))
    end = _chosen(nw.col(GONE), moments[LEFT], last)
    frame = frame.with_columns(end.number.alias(f"{END} number"))
    end = replace(end, number=nw.col(f"{END} number"))
    return LazyTimes(
        frame=frame,
        entry=_cut(start, moments[JOINED], years),
        duration=_cut(end, moments[JOINED], years),
        left=nw.col(GONE) & (end.number <= nw.col(LAST_DAY)).fill_null(value=False),
        seen_leaving=~nw.col(left).is_null(),
        known=~nw.col(joined).is_null(),
        joined=moments[JOINED],
        start=start,
        end=end,
    )


def _with_latest(frame: Any, moments: list[Moment]) -> tuple[Any, Moment]:
    """Return the frame with the latest of some dates in columns; one that is missing is not looked at."""
    latest = moments[0]
    for place, other in enumerate(moments[1:]):
        is_later = (other.number > latest.number).fill_null(value=False)
        chosen = _chosen(is_later, other, latest)
        names = [f"{START} {place} {part}" for part in PARTS]
        frame = frame.with_columns(*(getattr(chosen, p).alias(n) for p, n in zip(PARTS, names, strict=True)))
        latest = Moment(*map(nw.col, names))
    return frame, latest


def _months_of(name: str) -> nw.Expr:
    return nw.col(name).dt.year() * MONTHS_PER_YEAR + nw.col(name).dt.month() - 1


def _cut(moment: Moment, joined: Moment, years: int) -> nw.Expr:
    reached = moment.number >= nw.col(LAST_DAY)
    return nw.when(reached).then(nw.lit(last_tick(years), nw.Int64)).otherwise(moment.number - joined.number)


def _number(months: nw.Expr, day: nw.Expr) -> nw.Expr:
    """Return days since 1970-01-01: years counted from March, so that a leap day is the last of its year."""
    shifted = months - 2
    year, month = shifted // MONTHS_PER_YEAR, shifted % MONTHS_PER_YEAR
    before = 365 * year + year // 4 - year // 100 + year // 400
    return before + (153 * month + 2) // 5 + day - 1 - DAYS_TO_1970


def least(first: nw.Expr, second: nw.Expr) -> nw.Expr:
    """Return the smaller of two numbers, row by row."""
    return nw.when(first <= second).then(first).otherwise(second)


def _chosen(condition: nw.Expr, first: Moment, second: Moment) -> Moment:
    pairs = ((getattr(first, name), getattr(second, name)) for name in PARTS)
    return Moment(*(nw.when(condition).then(one).otherwise(other) for one, other in pairs))
