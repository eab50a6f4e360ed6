"""The arithmetic of funnel plots: limits around a target, overdispersion, effective numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import normal_quantile

__all__ = ["binomial_limits", "effective_size", "normal_limits", "overdispersion_of", "winsorised"]

FloatArray = npt.NDArray[np.float64]


def normal_limits(
    target: float, null_error: FloatArray, level: float, *, phi: float = 1.0, tau2: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return ``target -+ z sqrt(phi null_error^2 + tau2)``.

    Parameters
    ----------
    target : float
    null_error : numpy.ndarray of float64, shape (n,)
        Standard errors under the target.
    level : float
        The share between the limits if all groups are at the target, in (0, 1).
    phi, tau2 : float
        Overdispersion by a factor, or by an added variance.

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n,)

    Examples
    --------
    >>> low, high = normal_limits(0.5, np.array([0.1]), 0.95)
    >>> [round(float(limit[0]), 3) for limit in (low, high)]
    [0.304, 0.696]
    """
    half = normal_quantile(level) * np.sqrt(phi * null_error**2 + tau2)
    return target - half, target + half


def binomial_limits(target: float, size: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return exact limits of a share, interpolated between counts so that the tails have their probability.

    Parameters
    ----------
    target : float
        In (0, 1).
    size : numpy.ndarray of float64, shape (n,)
        Numbers of answers above 0; they need not be whole.
    level : float
        In (0, 1).

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n,)
        In [0, 1].

    Notes
    -----
    The lower limit with p below it is ``(r - a) / size`` with the smallest count r for which ``F(r) > p`` and
    ``a = (F(r) - p) / (F(r) - F(r - 1))``, F being the binomial distribution function at the target, continued to
    sizes between whole numbers by the incomplete beta function. The upper limit is one less the lower one of who is
    not counted, so that a share and its complement have the same funnel; the paper's one formula for both puts it
    ``1 / size`` lower. At the target no more than p lie beyond either limit.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24,
    1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> low, high = binomial_limits(0.5, np.array([3.0]), 0.5)  # F is 1/8, 1/2, 7/8, 1: r = 1, a = 2/3
    >>> round(float(low[0]), 12) == round(1 / 9, 12), round(float(high[0]), 12) == round(8 / 9, 12)
    (True, True)
    """
    tail = (1 - level) / 2
    low, mirrored = (_binomial_quantile(aim, size, tail) for aim in (target, 1 - target))
    return np.clip(low, 0.0, 1.0), np.clip(1 - mirrored, 0.0, 1.0)


def _binomial_quantile(target: float, size: FloatArray, tail: float) -> FloatArray:
    """Return the interpolated quantile as a share; counts are found by halving."""
    below, count = np.full(len(size), -1.0), np.ceil(size)
    while (count - below > 1).any():
        middle = np.floor((below + count) / 2)
        beyond = _distribution(middle, size, target) > tail
        count, below = np.where(beyond, middle, count), np.where(beyond, below, middle)
    at, before = _distribution(count, size, target), _distribution(count - 1, size, target)
    return np.asarray((count - (at - tail) / (at - before)) / size, dtype=np.float64)


def _distribution(count: FloatArray, size: FloatArray, target: float) -> FloatArray:
    from scipy.special import betainc

    inside = (count >= 0) & (count < size)
    safe = np.where(inside, count, 0.0)
    value = betainc(np.where(inside, size - safe, 1.0), safe + 1, 1 - target)
    return np.where(inside, value, np.where(count < 0, 0.0, 1.0))


def winsorised(z: FloatArray, share: float) -> FloatArray:
    """Return z-scores with the share of lowest, and of highest, set to the next one inwards.

    Parameters
    ----------
    z : numpy.ndarray of float64, shape (n,)
    share : float
        In [0, 0.5); of n values the ``floor(share n)`` lowest and as many highest are changed.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)

    Examples
    --------
    >>> winsorised(np.array([-9.0, 0.0, 1.0, 2.0, 7.0]), 0.2).tolist()
    [0.0, 0.0, 1.0, 2.0, 2.0]
    """
    n_each = int(np.floor(share * len(z) + 1e-9))
    inner = np.sort(z)[n_each : len(z) - n_each]
    return np.clip(z, inner[0], inner[-1])


def overdispersion_of(z: FloatArray, null_error: FloatArray, *, winsorise: float) -> tuple[float, float]:
    """Return by how much groups differ from the target beyond chance: as a factor, and as an added variance.

    Parameters
    ----------
    z, null_error : numpy.ndarray of float64, shape (n_groups,)
        Two groups or more.
    winsorise : float
        Share of extreme z-scores at either end that is drawn in first.

    Returns
    -------
    phi, tau2 : float

    Notes
    -----
    With the winsorised z of I groups, ``phi = sum z^2 / I`` and ``tau2 = (I phi - (I - 1)) / (sum w - sum w^2 /
    sum w)`` with ``w = 1 / null_error^2``, 0 where that is below 0.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24,
    1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> overdispersion_of(np.array([-2.0, 0.0, 2.0, 4.0]), np.ones(4), winsorise=0.0)  # 24 / 4; (24 - 3) / (4 - 1)
    (6.0, 7.0)
    """
    total = float((winsorised(z, winsorise) ** 2).sum())
    w = null_error**-2.0
    return total / len(z), max(0.0, float((total - (len(z) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def effective_size(share: FloatArray, std_error: FloatArray, n: FloatArray, n_effective: FloatArray) -> FloatArray:
    """Return of how many independent answers a share is worth under its design.

    Parameters
    ----------
    share, std_error, n, n_effective : numpy.ndarray of float64, shape (n_groups,)
        NaN where missing.

    Returns
    -------
    numpy.ndarray of float64, shape (n_groups,)

    Notes
    -----
    ``n`` by the design effect ``std_error^2 / (p (1 - p) / (n - 1))``; ``p (1 - p) / std_error^2`` where n is not
    known. Where there is no standard error, or the share is 0 or 1, whose standard error says nothing: Kish's
    `n_effective`, or n.

    Examples
    --------
    >>> nan = np.full(2, np.nan)
    >>> effective_size(np.array([0.5, 0.0]), np.array([0.1, 0.0]), np.array([26.0, 8.0]), nan).round(9).tolist()
    [26.0, 8.0]
    """
    spread = np.where((share > 0) & (share < 1) & (std_error > 0), share * (1 - share), np.nan)
    by_design = np.divide(spread, std_error**2, out=np.full(len(share), np.nan), where=std_error > 0)
    factor = np.divide(n, n - 1, out=np.where(np.isnan(n), 1.0, np.nan), where=n > 1)
    size: FloatArray = by_design * factor
    for fallback in (n_effective, n):
        size = np.where(np.isnan(size), fallback, size)
    return size
