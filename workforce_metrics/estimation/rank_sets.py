"""Between which ranks a group may stand: from all differences at once, or from draws of what is estimated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["drawn_ranks", "observed_ranks", "range_quantile", "simultaneous_ranks"]

FloatArray = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]

NODES, REACH = 2000, 9.0
CELLS_AT_ONCE = 4_000_000
"""How many differences or draws are held at a time: 32 MB."""


def range_quantile(groups: int, level: float) -> float:
    """Return the quantile of the range of that many independent standard normal variables.

    Parameters
    ----------
    groups : int
        2 or more.
    level : float
        In (0, 1).

    Returns
    -------
    float

    Notes
    -----
    ``P(range <= q) = k int phi(z) (Phi(z) - Phi(z - q))^(k - 1) dz``, by the trapezoidal rule from -9 to 9, whose
    error vanishes with all derivatives at the ends.

    Examples
    --------
    >>> round(range_quantile(2, 0.95) / 2**0.5, 6)  # two: the normal quantile of a difference
    1.959964
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    z = np.linspace(-REACH, REACH, NODES)
    density = groups * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    below = ndtr(z)
    excess = lambda q: float(density @ (below - ndtr(z - q)) ** (groups - 1)) - level  # noqa: E731 - brentq calls it
    return float(brentq(excess, 1e-9, 2 * REACH, xtol=1e-13, rtol=1e-14))


def observed_ranks(estimate: FloatArray) -> Ranks:
    """Return one more than how many are larger: 1 is the largest, equal ones share a rank.

    Examples
    --------
    >>> observed_ranks(np.array([3.0, 5.0, 3.0])).tolist()
    [2, 1, 2]
    """
    return (1 + len(estimate) - np.searchsorted(np.sort(estimate), estimate, side="right")).astype(np.int64)


def simultaneous_ranks(estimate: FloatArray, std_error: FloatArray, *, conf_level: float) -> tuple[Ranks, Ranks]:
    """Return sets of ranks that hold the ranks of all groups together.

    Parameters
    ----------
    estimate, std_error : numpy.ndarray of float64, shape (n_groups,)
        Independent estimates; standard errors above 0.
    conf_level : float

    Returns
    -------
    low, high : numpy.ndarray of int64, shape (n_groups,)

    Notes
    -----
    A group cannot stand above those whose estimate is larger by more than ``q / sqrt(2)`` standard errors of the
    difference, q being the quantile of the range; nor below those whose estimate is smaller by more.

    Examples
    --------
    >>> low, high = simultaneous_ranks(np.array([1.0, 2.0, 9.0]), np.ones(3), conf_level=0.95)
    >>> low.tolist(), high.tolist()
    ([2, 2, 1], [3, 3, 1])
    """
    k = len(estimate)
    reach = range_quantile(k, conf_level) / np.sqrt(2)
    low, high = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.int64)
    step = max(1, CELLS_AT_ONCE // k)
    for start in range(0, k, step):
        part = slice(start, start + step)
        gap = estimate[None, :] - estimate[part, None]
        margin = reach * np.hypot(std_error[None, :], std_error[part, None])
        low[part] = 1 + (gap > margin).sum(axis=1)
        high[part] = k - (-gap > margin).sum(axis=1)
    return low, high


def drawn_ranks(
    mean: FloatArray, deviation: FloatArray, *, draws: int, seed: int, conf_level: float
) -> tuple[FloatArray, Ranks, Ranks]:
    """Return mean and interval of each group's rank over draws of independent normal variables.

    Parameters
    ----------
    mean, deviation : numpy.ndarray of float64, shape (n_groups,)
    draws, seed : int
    conf_level : float

    Returns
    -------
    expected : numpy.ndarray of float64, shape (n_groups,)
    low, high : numpy.ndarray of int64, shape (n_groups,)

    Examples
    --------
    >>> expected, low, high = drawn_ranks(np.array([0.0, 9.0]), np.ones(2), draws=100, seed=1, conf_level=0.9)
    >>> expected.tolist(), low.tolist(), high.tolist()
    ([2.0, 1.0], [2, 1], [2, 1])
    """
    k, random = len(mean), np.random.default_rng(seed)
    ranks = np.empty((draws, k), dtype=np.int32)
    step = max(1, CELLS_AT_ONCE // k)
    for start in range(0, draws, step):
        drawn = mean + deviation * random.standard_normal((min(step, draws - start), k))
        order = np.argsort(-drawn, axis=1)
        np.put_along_axis(ranks[start : start + step], order, np.arange(1, k + 1, dtype=np.int32)[None, :], axis=1)
    tail = (1 - conf_level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    return ranks.mean(axis=0), low.astype(np.int64), high.astype(np.int64)
