"""The arithmetic of turnover: who was in post and who left, by group, and intervals of a proportion and of a rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import normal_quantile

__all__ = ["PeriodCounts", "period_counts", "poisson_interval", "wilson_interval"]

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PeriodCounts:
    """Spells of each group in a period; every array has shape (n_groups,), int64.

    Parameters
    ----------
    in_post_start, in_post_end : numpy.ndarray
        In post at the first and at the last day.
    left : numpy.ndarray
        Spells that ended after the first day and on or before the last.
    start_left : numpy.ndarray
        Of those in post at the first day, how many ended by the last.
    """

    in_post_start: Counts
    in_post_end: Counts
    left: Counts
    start_left: Counts


def period_counts(
    joined: npt.NDArray[np.datetime64],
    left: npt.NDArray[np.datetime64],
    group: npt.NDArray[np.integer],
    *,
    n_groups: int,
    start: np.datetime64,
    end: np.datetime64,
) -> PeriodCounts:
    """Count spells in post and spells that ended, by group.

    Parameters
    ----------
    joined, left : numpy.ndarray
        Shape (n_spells,), datetime64; `left` is NaT where the spell was still running, `joined` where all that is
        known is that it began before the window.
    group : numpy.ndarray
        Shape (n_spells,): the group of each spell, 0 to ``n_groups - 1``.
    n_groups : int
        Number of groups.
    start, end : numpy.datetime64
        The first and the last day.

    Notes
    -----
    In post at d: neither ``joined > d`` nor ``left <= d``. Left in the period: ``start < left <= end``.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2020-01-01", "2020-01-01"], dtype="datetime64[D]")
    >>> left = np.array(["2024-06-30", "NaT"], dtype="datetime64[D]")
    >>> counts = period_counts(days, left, np.zeros(2, dtype=int), n_groups=1,
    ...                        start=np.datetime64("2024-01-01"), end=np.datetime64("2024-12-31"))
    >>> counts.in_post_start.tolist(), counts.in_post_end.tolist(), counts.left.tolist()
    ([2], [1], [1])
    """
    at_start = ~(joined > start) & ~(left <= start)
    at_end = ~(joined > end) & ~(left <= end)
    ended = (left > start) & (left <= end)

    def count(which: npt.NDArray[np.bool_]) -> Counts:
        return np.bincount(group[which], minlength=n_groups).astype(np.int64)

    return PeriodCounts(count(at_start), count(at_end), count(ended), count(at_start & ended))


def wilson_interval(n_event: Counts, n: Counts | Floats, *, conf_level: float) -> Floats:
    """Return proportion, standard error, and Wilson's score limits: shape (4, n_groups), NaN where `n` is 0.

    Parameters
    ----------
    n_event, n : numpy.ndarray
        Shape (n_groups,): the count and the number that it is over.
    conf_level : float
        Level of the interval, in (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> wilson_interval(np.array([1]), np.array([4]), conf_level=0.95).round(3).ravel().tolist()
    [0.25, 0.217, 0.046, 0.699]
    """
    size = np.where(n > 0, n, np.nan)
    p, z = n_event / size, normal_quantile(conf_level)
    shrink = 1 + z**2 / size
    middle = (p + z**2 / (2 * size)) / shrink
    half = z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2)) / shrink
    low, high = np.where(n_event == 0, 0.0, middle - half), np.where(n_event == n, 1.0, middle + half)
    missing = np.where(n > 0, 0.0, np.nan)
    return np.stack([p, np.sqrt(p * (1 - p) / size), low + missing, high + missing])


def poisson_interval(n_event: Counts, n: Counts | Floats, *, conf_level: float) -> Floats:
    """Return rate, standard error, and exact Poisson limits: shape (4, n_groups), NaN where `n` is 0.

    Parameters
    ----------
    n_event, n : numpy.ndarray
        Shape (n_groups,): the count and the number that it is over.
    conf_level : float
        Level of the interval, in (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> poisson_interval(np.array([1]), np.array([4.0]), conf_level=0.95).round(3).ravel().tolist()
    [0.25, 0.25, 0.006, 1.393]
    """
    size = np.where(n > 0, n, np.nan)
    tail = (1 - conf_level) / 2
    from scipy.special import gammaincinv

    low = np.where(n_event > 0, gammaincinv(np.maximum(n_event, 1), tail), 0.0)
    high = gammaincinv(n_event + 1, 1 - tail)
    return np.stack([n_event / size, np.sqrt(n_event) / size, low / size, high / size])
