"""Anniversaries and units of time: where dates become numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError

__all__ = ["DAYS_PER_YEAR", "UNITS_PER_YEAR", "anniversary", "units_per_year"]

DAYS_PER_YEAR = 365.25
FEW = 1_000
UNITS_PER_YEAR = {"days": DAYS_PER_YEAR, "weeks": DAYS_PER_YEAR / 7, "months": 12.0, "quarters": 4.0, "years": 1.0}
"""How many of each unit make a year; a duration given as a number keeps its unit."""


def anniversary(joined: npt.NDArray[np.datetime64], years: int) -> npt.NDArray[np.datetime64]:
    """Return the date `years` whole years after each joining.

    The corresponding date rule: the same day of the same month, and the last day of that month where there
    is no such day. Who joined on 29 February has anniversaries on 28 February except in leap years.

    Parameters
    ----------
    joined : ndarray of datetime64[D], shape (n,)
    years : int

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> anniversary(np.array(["2016-02-29", "2015-04-01"], dtype="datetime64[D]"), 5).astype(str).tolist()
    ['2021-02-28', '2020-04-01']
    """
    if len(joined) <= FEW:
        return _anniversary(joined, years)
    number = joined.astype("datetime64[D]").astype(np.int64)
    first, last = int(number.min()), int(number.max())
    if last - first >= len(joined):
        return _anniversary(joined, years)
    of_day = _anniversary(np.arange(first, last + 1).astype("datetime64[D]"), years)  # fewer days than people
    return np.asarray(of_day[number - first])


def _anniversary(joined: npt.NDArray[np.datetime64], years: int) -> npt.NDArray[np.datetime64]:
    month = joined.astype("datetime64[M]")
    day = joined.astype("datetime64[D]") - month.astype("datetime64[D]")
    target = month + np.timedelta64(12 * years, "M")
    first = target.astype("datetime64[D]")
    last_day = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - first - np.timedelta64(1, "D")
    return np.asarray(first + np.minimum(day, last_day))


def units_per_year(time_unit: str) -> float:
    """Return how many of `time_unit` make a year.

    Examples
    --------
    >>> units_per_year("months")
    12.0
    """
    if time_unit not in UNITS_PER_YEAR:
        raise InvalidArgumentError(
            "time_unit", f"one of {', '.join(UNITS_PER_YEAR)}", repr(time_unit), "say what the durations count"
        )
    return UNITS_PER_YEAR[time_unit]
