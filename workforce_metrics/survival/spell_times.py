"""A spell's dates as days since joining: from when it is at risk, when it ends, and whether in leaving."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.survival.calendar import DAYS_PER_YEAR, anniversary
from workforce_metrics.survival.cohort_columns import ONE_CAUSE

__all__ = ["ReasonCodes", "SpellTimes", "cut_at_anniversary", "last_tick", "reason_codes", "spell_times"]

UNKNOWN_CAUSE = "unknown"
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class SpellTimes:
    """Spells on the clock.

    Parameters
    ----------
    entry, duration : ndarray of int64, shape (n,)
        Days since joining; at risk at t means ``entry < t <= duration``. No meaning where `known` is False.
    left : ndarray of bool, shape (n,)
        Whether the spell ended in leaving, on or before the last anniversary.
    known : ndarray of bool, shape (n,)
        Whether the day of joining is known.
    """

    entry: Ints
    duration: Ints
    left: Flags
    known: Flags

    @property
    def at_risk(self) -> Flags:
        """Whether each spell was ever at risk, shape (n,)."""
        return self.known & (self.entry < self.duration)


@dataclass(frozen=True)
class ReasonCodes:
    """Causes of leaving behind some reasons.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_reasons + 1,)
        0 = not a leaving, k = `names[k - 1]`; the last is for a missing reason.
    is_listed : ndarray of bool, shape (n_reasons + 1,)
    names : tuple of str
    """

    codes: Ints
    is_listed: Flags
    names: tuple[str, ...]


def spell_times(
    joined: Dates, left: Dates, *, seen_from: Dates | None, observed_from: str | None, observed_to: str, years: int
) -> SpellTimes:
    """Put dates on the clock that starts at each joining.

    Parameters
    ----------
    joined, left : ndarray of datetime64[D], shape (n,)
        `left` is missing where the spell was still running at `observed_to`; later dates are not looked at.
    seen_from : ndarray of datetime64[D], shape (n,), optional
        From when each spell was seen, where it was not from joining.
    observed_from : str or None
        ISO date, as `observed_to`.
    observed_to : str
    years : int
        How many whole years each spell is followed.

    Returns
    -------
    SpellTimes

    Notes
    -----
    At risk only after the latest of `joined`, `observed_from` and `seen_from`, and up to the earliest of `left` (else
    `observed_to`) and the anniversary; all who reach the anniversary share one last day.

    Examples
    --------
    >>> import numpy as np
    >>> day = lambda *text: np.array(text, dtype="datetime64[D]")
    >>> found = spell_times(day("2014-06-01", "2018-09-03"), day("2019-06-01", "NaT"), seen_from=None,
    ...                     observed_from="2015-03-31", observed_to="2025-03-31", years=5)
    >>> found.entry.tolist(), found.duration.tolist(), found.left.tolist()
    ([303, 0], [1827, 1827], [True, False])
    """
    last = np.datetime64(observed_to, "D")
    known, gone = ~np.isnat(joined), left <= last
    joined = joined if known.all() else np.where(known, joined, last)
    start = joined if observed_from is None else np.maximum(joined, np.datetime64(observed_from, "D"))
    if seen_from is not None:
        start = np.fmax(start, seen_from)
    end, last_day = np.where(gone, left, last), anniversary(joined, years)
    entry, duration = (_days_until(day, joined, last_day, years) for day in (start, end))
    return SpellTimes(entry, duration, gone & (end <= last_day), known)


def cut_at_anniversary(joined: Dates, end: Dates, years: int) -> tuple[Ints, Flags]:
    """Return days from joining to `end` or the anniversary, and whether `end` lies past the anniversary.

    All who reached the anniversary have one same number of days.

    Parameters
    ----------
    joined, end : ndarray of datetime64[D], shape (n,)
    years : int

    Returns
    -------
    duration : ndarray of int64, shape (n,)
    past : ndarray of bool, shape (n,)
    """
    last_day = anniversary(joined, years)
    return _days_until(end, joined, last_day, years), end > last_day


def _days_until(day: Dates, joined: Dates, last_day: Dates, years: int) -> Ints:
    return np.where(day >= last_day, last_tick(years), (day - joined).astype(np.int64))


def last_tick(years: int) -> int:
    """Return the day that all who reach the anniversary share.

    Examples
    --------
    >>> last_tick(5)
    1827
    """
    return math.ceil(DAYS_PER_YEAR * years)


def reason_codes(reasons: Sequence[object], causes: Mapping[str, str | None] | None) -> ReasonCodes:
    """Return the cause of each reason; `build_cohort` says what `causes` are.

    Parameters
    ----------
    reasons : sequence of object
        Each different reason once, none missing.
    causes : mapping of str to (str or None), optional

    Returns
    -------
    ReasonCodes

    Examples
    --------
    >>> found = reason_codes(["Retired", "End of contract"], {"retired": "retirement"})
    >>> found.codes.tolist(), found.names
    ([1, 2, 2], ('retirement', 'unknown'))
    """
    n = len(reasons) + 1
    if causes is None:
        return ReasonCodes(np.ones(n, dtype=np.int64), np.ones(n, dtype=bool), (ONE_CAUSE,))
    listed = {normalise_label(reason): cause for reason, cause in causes.items()}
    known = sorted({cause for cause in listed.values() if cause is not None} - {UNKNOWN_CAUSE})
    names = (*known, UNKNOWN_CAUSE)
    code_of: dict[str | None, int] = {None: 0, **{cause: code for code, cause in enumerate(names, start=1)}}
    labels = [normalise_label(str(reason)) for reason in reasons]
    codes = [*(code_of[listed.get(label, UNKNOWN_CAUSE)] for label in labels), code_of[UNKNOWN_CAUSE]]
    return ReasonCodes(np.array(codes), np.array([*(label in listed for label in labels), False]), names)
