"""How much of the differences between groups is more than sampling: variance between them, homogeneity, reliability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["BETWEEN", "BetweenGroups", "BetweenMethod", "between_groups", "between_variance"]

FloatArray = npt.NDArray[np.float64]
BetweenMethod = Literal["reml", "paule-mandel", "dersimonian-laird"]
BETWEEN = ("reml", "paule-mandel", "dersimonian-laird")

GRID = 120
"""Points at which the sign of the restricted score is looked at, from 1e-12 of the highest possible variance on."""


@dataclass(frozen=True)
class BetweenGroups:
    """What the estimates of groups say about the differences between them.

    Parameters
    ----------
    groups : int
        How many were compared.
    mean, mean_error : float
        Mean of the groups, weighted by ``1 / (variance + between)``, and its standard error.
    between : float
        Variance between groups of what is estimated.
    q : float
        Cochran's statistic of homogeneity.
    df : int
        Its degrees of freedom, groups less one.
    p_value : float
        Of the hypothesis that there are no differences.
    i_squared : float
        ``max(0, 1 - df / q)``.
    reliability : float
        Mean over groups of ``between / (between + variance)``.
    """

    groups: int
    mean: float
    mean_error: float
    between: float
    q: float
    df: int
    p_value: float
    i_squared: float
    reliability: float


def between_groups(estimate: FloatArray, variance: FloatArray, *, method: BetweenMethod) -> BetweenGroups:
    """Return the mean of groups, the variance between them, and whether they differ at all.

    Parameters
    ----------
    estimate, variance : numpy.ndarray of float64, shape (n_groups,)
        Independent estimates and their variances, above 0; two groups or more.
    method : {"reml", "paule-mandel", "dersimonian-laird"}
        How the variance between groups is estimated.

    Returns
    -------
    BetweenGroups

    Notes
    -----
    ``Q = sum (y - m)^2 / v`` with the mean m weighted by ``1 / v`` is chi-squared with ``k - 1`` degrees of freedom
    where all k groups have the same mean, to the extent that the variances are known.

    References
    ----------
    Cochran WG (1954). The combination of estimates from different experiments. Biometrics 10, 101-129.
    https://doi.org/10.2307/3001666

    Higgins JPT, Thompson SG (2002). Quantifying heterogeneity in a meta-analysis. Statistics in Medicine 21,
    1539-1558. https://doi.org/10.1002/sim.1186

    Examples
    --------
    >>> import numpy as np
    >>> found = between_groups(np.array([1.0, 2.0, 3.0]), np.full(3, 0.5), method="dersimonian-laird")
    >>> found.mean, found.q, found.between, found.i_squared, found.reliability
    (2.0, 4.0, 0.5, 0.5, 0.5)
    """
    from scipy.special import chdtrc

    q, df = _q(0.0, estimate, variance), len(estimate) - 1
    between = between_variance(estimate, variance, method=method)
    weight = 1 / (between + variance)
    return BetweenGroups(
        groups=len(estimate),
        mean=_mean(weight, estimate),
        mean_error=float(weight.sum() ** -0.5),
        between=between,
        q=q,
        df=df,
        p_value=float(chdtrc(df, q)),
        i_squared=max(0.0, 1 - df / q) if q > 0 else 0.0,
        reliability=float((between * weight).mean()),
    )


def between_variance(estimate: FloatArray, variance: FloatArray, *, method: BetweenMethod) -> float:
    """Return the variance between groups, 0 or more.

    Parameters
    ----------
    estimate, variance : numpy.ndarray of float64, shape (n_groups,)
        Two groups or more; variances above 0.
    method : {"reml", "paule-mandel", "dersimonian-laird"}

    Returns
    -------
    float

    Notes
    -----
    With ``w = 1 / (A + v)`` and the mean m weighted by w: restricted maximum likelihood is the highest point in A of
    ``-1/2 (sum log(A + v) + log sum w + sum w (y - m)^2)``, looked for among all zeros of its derivative; Paule and
    Mandel's A solves ``sum w (y - m)^2 = k - 1``; DerSimonian and Laird's is ``(Q - (k - 1)) / (sum 1/v -
    sum 1/v^2 / sum 1/v)``.

    References
    ----------
    Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
    Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> import numpy as np
    >>> round(between_variance(np.array([1.0, 2.0, 6.0]), np.full(3, 1.0), method="paule-mandel"), 9)  # 7 - 1
    6.0
    """
    if method == "dersimonian-laird":
        w = 1 / variance
        excess = _q(0.0, estimate, variance) - (len(estimate) - 1)
        return max(0.0, float(excess / (w.sum() - (w**2).sum() / w.sum())))
    highest = 10 * float(np.ptp(estimate)) ** 2 + float(variance.max())
    if method == "paule-mandel":
        return _paule_mandel(estimate, variance, highest)
    return _reml(estimate, variance, highest)


def _mean(weight: FloatArray, estimate: FloatArray) -> float:
    return float(estimate[0] + weight @ (estimate - estimate[0]) / weight.sum())


def _q(between: float, estimate: FloatArray, variance: FloatArray) -> float:
    weight = 1 / (between + variance)
    return float(weight @ (estimate - _mean(weight, estimate)) ** 2)


def _paule_mandel(estimate: FloatArray, variance: FloatArray, highest: float) -> float:
    from scipy.optimize import brentq

    df = len(estimate) - 1
    if _q(0.0, estimate, variance) <= df:
        return 0.0
    excess = lambda between: _q(between, estimate, variance) - df  # noqa: E731 - one line that brentq calls
    return float(brentq(excess, 0.0, highest, xtol=1e-15 * highest, rtol=1e-14))


def _reml(estimate: FloatArray, variance: FloatArray, highest: float) -> float:
    """Return the highest of the restricted likelihood's maxima; at `highest` its derivative is below 0."""
    from scipy.optimize import brentq

    def slope(between: float) -> float:
        weight = 1 / (between + variance)
        residual = estimate - _mean(weight, estimate)
        squares = weight**2
        return float(squares @ residual**2 + squares.sum() / weight.sum() - weight.sum())

    def log_likelihood(between: float) -> float:
        weight = 1 / (between + variance)
        return -0.5 * float(-np.log(weight).sum() + np.log(weight.sum()) + _q(between, estimate, variance))

    grid = np.concatenate([[0.0], highest * np.logspace(-12, 0, GRID)])
    slopes = np.array([slope(between) for between in grid])
    peaks = [0.0] if slopes[0] <= 0 else []
    for at in np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0)):
        peaks.append(float(brentq(slope, grid[at], grid[at + 1], xtol=1e-15 * highest, rtol=1e-14)))  # noqa: PERF401
    return max(peaks, key=log_likelihood)
