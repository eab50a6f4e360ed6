"""Prediction intervals for a count of people, each with a chance of their own that is itself estimated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import check_conf_level

__all__ = ["count_interval"]

Floats = npt.NDArray[np.float64]
NODES = np.linspace(-5.0, 5.0, 101)
NORMAL_FROM = 1000.0
"""A count whose variance is this large is taken as normal where its chance is known."""


def count_interval(mean: Floats, spread: Floats, error: Floats, *, conf_level: float) -> tuple[Floats, Floats]:
    """Return the smallest and the largest count that are to be expected.

    Parameters
    ----------
    mean : ndarray of float64, shape (n,)
        Sum of the chances p.
    spread : ndarray of float64, shape (n,)
        Sum of ``p (1 - p)``.
    error : ndarray of float64, shape (n,)
        Standard error of `mean`.
    conf_level : float

    Returns
    -------
    low, high : ndarray of float64, shape (n,)
        Whole numbers; missing where `mean` is.

    Notes
    -----
    The count of people with unequal chances (Poisson-binomial) is taken as binomial with the same mean and variance,
    exact where chances are equal. Its chance varies with a normal error on the logit scale, over which the
    distribution is averaged at 101 points. Limits are the quantiles of that mixture: no draws, so no seed.

    References
    ----------
    Ehm W (1991). Stat Probab Lett 11:7-16. doi:10.1016/0167-7152(91)90170-V

    Examples
    --------
    >>> low, high = count_interval(np.array([5.0]), np.array([2.5]), np.array([0.0]), conf_level=0.95)
    >>> low.tolist(), high.tolist()  # ten people, chances of a half
    ([2.0], [8.0])
    """
    alpha = 1 - check_conf_level(conf_level)
    low, high = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
    nobody = mean <= 0
    low[nobody], high[nobody] = 0.0, 0.0
    for large in (False, True):
        some = np.flatnonzero((mean > 0) & ((spread >= NORMAL_FROM) == large))
        if len(some):
            size, chance = _binomial(mean[some], spread[some], error[some])
            low[some] = _quantile(size, chance, alpha / 2, normal=large)
            high[some] = _quantile(size, chance, 1 - alpha / 2, normal=large)
    return low, high


def _binomial(mean: Floats, spread: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Return the binomial's size, shape (n, 1), and its chances, shape (n, n_nodes)."""
    chance = np.clip(1 - spread / mean, 1e-10, 1 - 1e-10)
    size = mean / chance
    wide = error / (size * chance * (1 - chance))
    logit = np.log(chance / (1 - chance))[:, None] + wide[:, None] * NODES
    return size[:, None], np.asarray(1 / (1 + np.exp(-np.clip(logit, -700, 700))))


def _quantile(size: Floats, chance: Floats, level: float, *, normal: bool) -> Floats:
    """Return the smallest count with at least `level` at or below it, by halving, shape (n,)."""
    weight = np.exp(-(NODES**2) / 2)
    weight /= weight.sum()
    below, reached = np.full(len(size), -1.0), np.ceil(size[:, 0] - 1e-9)
    most = size[:, 0] * chance[:, -1] + 8 * np.sqrt(size[:, 0]) + 8
    reached = np.minimum(reached, np.ceil(most))
    while (reached - below > 1).any():
        middle = np.floor((below + reached) / 2)
        enough = _distribution(middle[:, None], size, chance, normal=normal) @ weight >= level * (1 - 1e-12)
        reached, below = np.where(enough, middle, reached), np.where(enough, below, middle)
    return np.asarray(reached)


def _distribution(count: Floats, size: Floats, chance: Floats, *, normal: bool) -> Floats:
    from scipy.special import betainc, ndtr

    if normal:
        return np.asarray(ndtr((count + 0.5 - size * chance) / np.sqrt(np.maximum(size * chance * (1 - chance), 1e-9))))
    left = np.maximum(size - count, 1e-12)
    return np.where(
        (count >= size) | (count < 0), (count >= 0) * 1.0, betainc(left, np.maximum(count, 0) + 1, 1 - chance)
    )
