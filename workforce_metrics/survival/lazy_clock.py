"""The clock as expressions: dates to days since joining by whole-number arithmetic, on whatever engine holds them."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np

from workforce_metrics.survival.spell_times import last_tick

__all__ = ["LazyTimes", "Moment", "days_in_month", "later", "lazy_times", "moment_at", "moment_of"]

MONTHS_PER_YEAR = 12
DAYS_TO_1970 = 719_468
"""From 1 March of the year 0."""


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
    """Spells on the clock, as `SpellTimes`.

    Parameters
    ----------
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

    entry: nw.Expr
    duration: nw.Expr
    left: nw.Expr
    seen_leaving: nw.Expr
    known: nw.Expr
    joined: Moment
    start: Moment
    end: Moment


def moment_of(name: str) -> Moment:
    """Return a column of dates as whole numbers; missing where it is."""
    date = nw.col(name).dt
    months, day = date.year() * MONTHS_PER_YEAR + date.month() - 1, date.day()
    return Moment(months, day, _number(months, day))


def moment_at(day: str) -> Moment:
    """Return an ISO date as whole numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"row": [1]}))
    >>> frame.select(moment_at("1970-01-02").number).to_native().iloc[0, 0].item()
    1
    """
    date = np.datetime64(day, "D")
    months = int(date.astype("datetime64[M]").astype(np.int64)) + 1970 * MONTHS_PER_YEAR
    of_month = int((date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)) + 1
    return Moment(*(nw.lit(value, nw.Int64) for value in (months, of_month, int(date.astype(np.int64)))))


def later(first: Moment, second: Moment) -> Moment:
    """Return the later of two dates; the first where the second is missing."""
    is_later = (second.number > first.number).fill_null(value=False)
    return _chosen(is_later, second, first)


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
    *, joined: str, left: str, seen_from: str | None, observed_from: str | None, observed_to: str, years: int
) -> LazyTimes:
    """Put dates on the clock that starts at each joining; `spell_times` says how.

    Parameters
    ----------
    joined, left, seen_from : str
        Columns of dates; `seen_from` or None.
    observed_from, observed_to : str
        ISO dates; `observed_from` or None.
    years : int

    Returns
    -------
    LazyTimes
    """
    start_of, gone, last = moment_of(joined), moment_of(left), moment_at(observed_to)
    is_gone = (gone.number <= last.number).fill_null(value=False)
    end = _chosen(is_gone, gone, last)
    start = start_of if observed_from is None else later(start_of, moment_at(observed_from))
    if seen_from is not None:
        start = later(start, moment_of(seen_from))
    target = start_of.months + MONTHS_PER_YEAR * years
    last_day = _number(target, _least(start_of.day, days_in_month(target)))
    return LazyTimes(
        entry=_cut(start, start_of, last_day, years),
        duration=_cut(end, start_of, last_day, years),
        left=is_gone & (gone.number <= last_day).fill_null(value=False),
        seen_leaving=~nw.col(left).is_null(),
        known=~nw.col(joined).is_null(),
        joined=start_of,
        start=start,
        end=end,
    )


def _cut(moment: Moment, joined: Moment, last_day: nw.Expr, years: int) -> nw.Expr:
    reached = moment.number >= last_day
    return nw.when(reached).then(nw.lit(last_tick(years), nw.Int64)).otherwise(moment.number - joined.number)


def _number(months: nw.Expr, day: nw.Expr) -> nw.Expr:
    """Return days since 1970-01-01: years counted from March, so that a leap day is the last of its year."""
    shifted = months - 2
    year, month = shifted // MONTHS_PER_YEAR, shifted % MONTHS_PER_YEAR
    before = 365 * year + year // 4 - year // 100 + year // 400
    return before + (153 * month + 2) // 5 + day - 1 - DAYS_TO_1970


def _least(first: nw.Expr, second: nw.Expr) -> nw.Expr:
    return nw.when(first <= second).then(first).otherwise(second)


def _chosen(condition: nw.Expr, first: Moment, second: Moment) -> Moment:
    pairs = ((getattr(first, name), getattr(second, name)) for name in ("months", "day", "number"))
    return Moment(*(nw.when(condition).then(one).otherwise(other) for one, other in pairs))
