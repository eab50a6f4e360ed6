"""Dates of the simulated register: joining, anniversaries, leaving."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["anniversary", "avoid_leap_day", "draw_joining", "leaving_date"]

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]

JOINING_YEARS = 12
LONGEST_YEARS = 100.0
ONE_DAY = np.timedelta64(1, "D")


def draw_joining(rng: np.random.Generator, n: int, observed_to: np.datetime64) -> Days:
    """Draw joining dates over the twelve years before `observed_to`; joining grows evenly to twice its start.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        Before `observed_to`, never 29 February.
    """
    first = anniversary(np.array([observed_to]), np.array([-JOINING_YEARS]))[0]
    n_days = (observed_to - first).astype(np.int64)
    place = np.sqrt(1 + 3 * rng.random(n)) - 1  # inverse of the distribution function (2x + x^2) / 3
    return avoid_leap_day(first + np.floor(place * n_days).astype(np.int64) * ONE_DAY)


def avoid_leap_day(dates: Days) -> Days:
    """Move 29 February to the day before, so that no convention about its anniversary bears on the truth."""
    is_leap_day = (dates - dates.astype("datetime64[M]")).astype(np.int64) == 28
    is_leap_day &= dates.astype("datetime64[M]").astype(np.int64) % 12 == 1
    moved: Days = dates - is_leap_day * ONE_DAY
    return moved


def anniversary(dates: Days, years: npt.NDArray[np.int64]) -> Days:
    """Return each date `years` years on: same day, same month; the day must not be 29 February.

    Examples
    --------
    >>> anniversary(np.array(["2019-03-01"], dtype="datetime64[D]"), np.array([1])).astype(str).tolist()
    ['2020-03-01']
    """
    month = dates.astype("datetime64[M]")
    day = dates - month.astype("datetime64[D]")
    later: Days = (month + 12 * years.astype("timedelta64[M]")).astype("datetime64[D]") + day
    return later


def leaving_date(joined: Days, years: Floats) -> Days:
    """Return the date on which a stay of so many years ends, at least a day after joining.

    Notes
    -----
    Whole years go by anniversaries, the rest in proportion to the days of that year of service, rounded up. A stay of
    at most k years therefore ends on or before the k-th anniversary, and only such a stay does.
    """
    years = np.minimum(years, LONGEST_YEARS)
    whole = np.ceil(years).astype(np.int64) - 1
    start, end = anniversary(joined, whole), anniversary(joined, whole + 1)
    days = np.ceil((years - whole) * (end - start).astype(np.int64)).astype(np.int64)
    return start + np.maximum(days, 1) * ONE_DAY
