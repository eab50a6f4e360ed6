"""Variance components of nested groups by restricted maximum likelihood, from the sums of the smallest groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.levels.nested_sums import NestedSums

__all__ = ["LEAST", "RemlFit", "curvature", "minimum", "reml_deviance", "reml_fit"]

FloatArray = npt.NDArray[np.float64]
Function = Callable[[FloatArray], tuple[float, FloatArray]]

MAX_STEPS = 100
LEAST = 1e-4
"""What a component starts from at least, as a part of the variance of persons."""
LONGEST_STEP = 10.0
"""In units of the largest component."""
CLOSE = 1e-9
"""How closely the components are fitted, in standard errors."""


@dataclass(frozen=True)
class RemlFit:
    """The components that are most likely.

    Parameters
    ----------
    variances : numpy.ndarray of float64, shape (n_levels + 1,)
        The largest groups first, persons last; none below 0.
    deviance : float
        What `reml_deviance` is there.
    covariance : numpy.ndarray of float64, shape (n_levels + 1, n_levels + 1)
        Of the variances, from the observed information; missing for a component of 0.
    """

    variances: FloatArray
    deviance: float
    covariance: FloatArray


def reml_deviance(variances: FloatArray, sums: NestedSums) -> tuple[float, FloatArray]:
    """Return minus twice the restricted log likelihood, but for a constant, and its gradient.

    Parameters
    ----------
    variances : numpy.ndarray of float64, shape (n_levels + 1,)
        The largest groups first, persons last.
    sums : NestedSums

    Returns
    -------
    deviance : float
        Infinity where persons do not differ.
    gradient : numpy.ndarray of float64, shape (n_levels + 1,)

    Notes
    -----
    Nested groups need no matrix. The mean of a group is known with variance ``v`` given what its level adds to it
    (``sigma_e^2 / n`` in the smallest), so with variance ``u = sigma^2 + v`` given the group above. With weights
    ``w = 1 / u``, the groups of one parent contribute ``sum log u + log sum w + sum w (mean - m)^2``, ``m`` being
    their weighted mean, and hand on ``m`` with variance ``1 / sum w``. On top the mean of all is integrated out, which
    makes the likelihood the restricted one. The gradient runs down the same steps.
    """
    error, spare = float(variances[-1]), sums.n.sum() - len(sums.n)
    if error <= 0:
        return np.inf, np.zeros(len(variances))
    within = float(sums.within.sum())
    value = spare * np.log(error) + within / error
    mean, variance, steps = sums.mean, error / sums.n, []
    for level in range(len(sums.parents) - 1, -1, -1):
        parent = sums.parents[level]
        n_above = len(sums.parents[level - 1]) if level else 1
        u = variances[level] + variance
        w = 1 / u
        weight = np.bincount(parent, w, n_above)
        mean_above = np.bincount(parent, w * mean, n_above) / weight
        off = mean - mean_above[parent]
        value += np.log(u).sum() + np.log(weight).sum() + w @ off**2
        steps.append((parent, w, weight, off))
        mean, variance = mean_above, 1 / weight

    gradient = np.zeros(len(variances))
    by_mean, by_variance = np.zeros(1), np.zeros(1)
    for level, (parent, w, weight, off) in enumerate(reversed(steps)):
        per_weight = 1 / weight[parent]
        by_mean_above, by_variance_above = by_mean[parent], by_variance[parent]
        by_w = (1 + by_mean_above * off - by_variance_above * per_weight) * per_weight + off**2 - 1 / w
        by_variance = -(w**2) * by_w
        by_mean = w * (2 * off + by_mean_above * per_weight)
        gradient[level] = by_variance.sum()
    gradient[-1] = by_variance @ (1 / sums.n) + spare / error - within / error**2
    return float(value), gradient


def reml_fit(sums: NestedSums, start: FloatArray) -> RemlFit:
    """Return the components of the greatest restricted likelihood.

    Parameters
    ----------
    sums : NestedSums
    start : numpy.ndarray of float64, shape (n_levels + 1,)
        Components to start from, such as those of the analysis of variance.

    Returns
    -------
    RemlFit
    """

    def deviance(variances: FloatArray) -> tuple[float, FloatArray]:
        return reml_deviance(variances, sums)

    floor = LEAST * start[-1]
    variances, value = minimum(deviance, np.maximum(start, floor))
    free = np.flatnonzero(variances > 0)
    second = curvature(deviance, variances, None, unit=np.maximum(variances, floor))[np.ix_(free, free)]
    covariance = np.full((len(variances), len(variances)), np.nan)
    covariance[np.ix_(free, free)] = 2 * np.linalg.inv(second)
    return RemlFit(variances, value, covariance)


def minimum(function: Function, start: FloatArray, *, close: float = CLOSE) -> tuple[FloatArray, float]:
    """Return where a smooth function of numbers of 0 or more is smallest, and how small it is.

    Parameters
    ----------
    function : callable
        Takes an array of shape (n,), returns the value and the gradient of shape (n,).
    start : numpy.ndarray of float64, shape (n,)
        Above 0.
    close : float
        The search ends where a step of Newton's changes every number by less, in standard errors.

    Returns
    -------
    where : numpy.ndarray of float64, shape (n,)
    value : float

    Notes
    -----
    Newton's method with differences of the gradient for second derivatives, made positive definite where they are not,
    steps halved until the value falls; a number that would fall below 0 stays there while the function rises with it.

    Examples
    --------
    >>> import numpy as np
    >>> best = np.array([1.0, -1.0])
    >>> where, value = minimum(lambda x: (float((x - best) @ (x - best)), 2 * (x - best)), np.array([3.0, 2.0]))
    >>> where.round(9).tolist(), round(value, 9)
    ([1.0, 0.0], 1.0)
    """
    x = start.copy()
    value, gradient = function(x)
    for _ in range(MAX_STEPS):
        free = np.flatnonzero((x > 0) | (gradient < 0))
        if not len(free):
            break
        step, size = _newton(function, x, gradient, free, start)
        x, value, gradient = _downhill(function, x, value, step)
        if np.abs(step[free] * size).max() < close:
            break
    return x, value


def curvature(function: Function, x: FloatArray, gradient: FloatArray | None, *, unit: FloatArray) -> FloatArray:
    """Return second derivatives of shape (n, n) from differences of the gradient.

    To both sides where `x` is well above 0; from `x` upwards only, where the `gradient` there is given: half the work.
    `unit` is the size that each number may be expected to have.
    """
    found = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        above, below = x.copy(), x.copy()
        reach = max(1e-4 * x[i], 1e-7 * unit[i])
        above[i] += reach
        if gradient is None and x[i] > reach:
            below[i] -= reach
        from_below = gradient if gradient is not None else function(below)[1]
        found[i] = (function(above)[1] - from_below) / (above[i] - below[i])
    return np.asarray((found + found.T) / 2)


def _newton(
    function: Function, x: FloatArray, gradient: FloatArray, free: npt.NDArray[np.intp], unit: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the step, 0 where a number is held, and one over the standard errors of those that are free."""
    second = curvature(function, x, gradient, unit=unit)[np.ix_(free, free)]
    flat = np.abs(gradient[free]) / (LONGEST_STEP * max(unit.max(), x.max())) + np.finfo(np.float64).tiny
    scale = np.sqrt(np.maximum(np.abs(np.diag(second)), flat))
    values, vectors = np.linalg.eigh(second / np.outer(scale, scale))
    inverse = (vectors / np.maximum(np.abs(values), 1e-8)) @ vectors.T
    step = np.zeros(len(x))
    step[free] = -(inverse @ (gradient[free] / scale)) / scale
    return step, scale


def _downhill(
    function: Function, x: FloatArray, value: float, step: FloatArray
) -> tuple[FloatArray, float, FloatArray]:
    slack = 1e-12 * abs(value)
    for _ in range(40):
        moved = np.maximum(x + step, 0.0)
        new, gradient = function(moved)
        if new <= value + slack:
            return moved, new, gradient
        step = step / 2
    new, gradient = function(x)
    return x, new, gradient
