"""Standard errors and limits of variance components and their shares from the restricted likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.levels.nested_sums import NestedSums
from workforce_metrics.estimation.levels.reml import LEAST, RemlFit, minimum, reml_deviance
from workforce_metrics.estimation.levels.spread import Spread
from workforce_metrics.results import normal_quantile

__all__ = ["profile_spread"]

FloatArray = npt.NDArray[np.float64]

MAX_STEPS = 60
CLOSE = 1e-4
"""How closely the other components are fitted, in standard errors: the deviance is then right to 1e-8."""
ACCURACY = 1e-6
"""To which part of themselves limits are found."""
SMALL = 1e-6
"""From where the upper limit of a component of 0 is searched, as a part of the variance of persons."""


@dataclass(frozen=True)
class _Profile:
    """The restricted deviance of one component, the others as good as they can be.

    Parameters
    ----------
    sums : NestedSums
    fit : RemlFit
        The fit to them.
    at : int
        Which component.
    as_ratio : bool
        Whether a value is the component, or its ratio to the sum of the others.
    """

    sums: NestedSums
    fit: RemlFit
    at: int
    as_ratio: bool

    @property
    def others(self) -> FloatArray:
        return np.delete(self.fit.variances, self.at)

    @property
    def is_person(self) -> bool:
        return self.at == len(self.fit.variances) - 1

    def value(self, variance: float, rest: float) -> float:
        """Return the value of a component beside others of that sum."""
        return variance / max(rest, SMALL * variance) if self.as_ratio else variance

    def root(self, value: float, start: FloatArray) -> tuple[float, FloatArray]:
        """Return the square root of the rise of the deviance at `value`, and where the others are best."""

        def deviance(others: FloatArray) -> tuple[float, FloatArray]:
            own = value * others.sum() if self.as_ratio else value
            height, slope = reml_deviance(np.insert(others, self.at, own), self.sums)
            return height, np.delete(slope, self.at) + (value * slope[self.at] if self.as_ratio else 0.0)

        where, height = minimum(deviance, np.maximum(start, LEAST * self.fit.variances[-1]), close=CLOSE)
        return self._rise(height), where

    def root_without_groups(self) -> float:
        """Return the square root of the rise of the deviance where only persons differ."""
        n, mean = self.sums.n, self.sums.mean
        squares = self.sums.within.sum() + n @ (mean - (n @ mean) / n.sum()) ** 2
        alone = np.append(np.zeros(len(self.sums.parents)), squares / (n.sum() - 1))
        return self._rise(reml_deviance(alone, self.sums)[0])

    def _rise(self, height: float) -> float:
        return float(np.sqrt(max(height - self.fit.deviance, 0.0)))


def profile_spread(sums: NestedSums, fit: RemlFit, *, conf_level: float) -> tuple[Spread, Spread]:
    """Return the spread of the components and of their shares of the total.

    Parameters
    ----------
    sums : NestedSums
    fit : RemlFit
        The fit to the same sums.
    conf_level : float
        In (0, 1).

    Returns
    -------
    of_variances, of_shares : Spread
        Standard errors from the observed information (of shares by the delta method), missing for a component of 0.

    Notes
    -----
    A limit is the value at which the restricted deviance, made as small as it can be over all other components, lies
    the chi-squared quantile with one degree of freedom above its minimum. The lower limit is 0 where 0 is not that
    far. A share is profiled as the ratio ``r`` of its component to the sum of the others: it is ``r / (1 + r)``.
    """
    x, reach = fit.variances, normal_quantile(conf_level)
    of_variance, of_share = _errors(fit)
    variance_limits, ratio_limits = np.zeros((2, len(x))), np.zeros((2, len(x)))
    for at, share in enumerate(x / x.sum()):
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = of_variance[at] / x[at], of_share[at] / (share * (1 - share))
        variance_limits[:, at] = _limits(_Profile(sums, fit, at, as_ratio=False), reach, relative[0])
        ratio_limits[:, at] = _limits(_Profile(sums, fit, at, as_ratio=True), reach, relative[1])
    return Spread(of_variance, *variance_limits), Spread(of_share, *(1 - 1 / (1 + ratio_limits)))


def _errors(fit: RemlFit) -> tuple[FloatArray, FloatArray]:
    """Return the standard errors of the components and of their shares."""
    total = fit.variances.sum()
    slope = (np.eye(len(fit.variances)) - (fit.variances / total)[:, None]) / total
    of_variance = np.sqrt(np.diag(fit.covariance))
    of_share = np.sqrt(np.diag(slope @ np.nan_to_num(fit.covariance) @ slope.T))
    return of_variance, np.where(np.isnan(of_variance), np.nan, of_share)


def _limits(profile: _Profile, reach: float, relative: float) -> tuple[float, float]:
    """Return the values at which the root of the rise is `reach`; 0 or infinity where it is less there.

    `relative` is the standard error of the value as a part of it.
    """
    step = reach * float(np.clip(np.nan_to_num(relative, nan=1.0), 1e-9, 1.0))
    own = float(profile.fit.variances[profile.at])
    rest = float(profile.others.sum())
    start = profile.value(own or SMALL * profile.fit.variances[-1], rest)
    if profile.is_person and profile.as_ratio and profile.root_without_groups() <= reach:
        high = np.inf
    else:
        high = _crossing(profile, start, reach, step)
    if not profile.is_person and (not own or profile.root(0.0, profile.others)[0] <= reach):
        return 0.0, high
    return _crossing(profile, start, reach, -step), high


def _crossing(profile: _Profile, inside: float, reach: float, step: float) -> float:
    """Return where the root of the rise is `reach`, outward from `inside` by steps of its logarithm."""
    from scipy.optimize import brentq

    at, warm = float(np.log(inside)), profile.others
    known = {at: -reach}

    def over(log_value: float) -> float:
        nonlocal warm
        if log_value not in known:
            root, warm = profile.root(float(np.exp(log_value)), warm)
            known[log_value] = root - reach
        return known[log_value]

    for _ in range(MAX_STEPS):
        outside = at + step
        if over(outside) > 0:
            return float(np.exp(brentq(over, min(at, outside), max(at, outside), xtol=ACCURACY)))
        at, step = outside, 1.5 * step
    return np.nan
