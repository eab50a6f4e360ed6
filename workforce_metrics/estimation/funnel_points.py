"""One indicator's groups against their target: z-scores, effective sizes and the shape of the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.compared_groups import Panel
from workforce_metrics.estimation.funnel_limits import (
    binomial_limits,
    effective_size,
    normal_limits,
    overdispersion_of,
)
from workforce_metrics.estimation.group_comparison import refuse_too_few
from workforce_metrics.results import is_finite_number

__all__ = ["Funnel", "FunnelPoints", "Overdispersion", "funnel_points"]

FloatArray = npt.NDArray[np.float64]
Overdispersion = Literal["none", "additive", "multiplicative"]


@dataclass(frozen=True)
class Funnel:
    """One indicator's funnel.

    Parameters
    ----------
    target : float
    scale : float
        Variance of an estimate from one effective answer: ``scale / size`` is an estimate's variance at the target.
    phi, tau2 : float
        Overdispersion as a factor and as an added variance, as estimated.
    inflation : tuple of two float
        The factor and the added variance that the limits take in.
    is_exact : bool
        Whether the limits are those of the binomial distribution.
    is_share : bool
    """

    target: float
    scale: float
    phi: float
    tau2: float
    inflation: tuple[float, float]
    is_exact: bool
    is_share: bool

    def limits(self, size: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the limits at effective sizes, within 0 and 1 for a share."""
        if self.is_exact:
            return binomial_limits(self.target, size, level)
        phi, tau2 = self.inflation
        low, high = normal_limits(self.target, np.sqrt(self.scale / size), level, phi=phi, tau2=tau2)
        return (np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)) if self.is_share else (low, high)


@dataclass(frozen=True)
class FunnelPoints:
    """The groups of one indicator; every array has shape (n_groups,), NaN where a group cannot be compared.

    Parameters
    ----------
    estimate, std_error, target, statistic, size : numpy.ndarray of float64
        `std_error` and `size` are those at the target; `statistic` is the z-score after overdispersion.
    usable : numpy.ndarray of bool
        Which groups can be compared.
    funnel : Funnel
    """

    estimate: FloatArray
    std_error: FloatArray
    target: FloatArray
    statistic: FloatArray
    size: FloatArray
    usable: npt.NDArray[np.bool_]
    funnel: Funnel

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the limits of each group."""
        low, high = np.full(len(self.size), np.nan), np.full(len(self.size), np.nan)
        low[self.usable], high[self.usable] = self.funnel.limits(self.size[self.usable], level)
        return low, high


def funnel_points(
    panel: Panel,
    numbers: Mapping[str, FloatArray],
    *,
    target: float | Mapping[str, float] | None,
    overdispersion: Overdispersion,
    winsorise: float,
    exact: bool,
) -> FunnelPoints:
    """Set the groups of one indicator against its target.

    Parameters
    ----------
    panel : Panel
    numbers : mapping of str to numpy.ndarray of float64, shape (n_groups,)
        `estimate`, `std_error`, `n`, `n_effective`.
    target, overdispersion, winsorise
        See `funnel`.
    exact : bool
        Whether limits of a share are those of the binomial distribution where there is no overdispersion.

    Returns
    -------
    FunnelPoints

    Raises
    ------
    InvalidArgumentError
        If the target is none.
    InvalidDataError
        If fewer than two groups can be compared, or a share is outside 0 to 1.
    """
    y, size, scale = _sizes(panel, numbers)
    usable = np.isfinite(y) & np.isfinite(size) & (size > 0)
    refuse_too_few(panel, int(usable.sum()), 2)
    aim = _target(target, panel, y[usable], size[usable])
    scale = aim * (1 - aim) if panel.is_share else scale
    size = np.where(usable, size, np.nan)
    error = np.sqrt(scale / size)
    z = (y - aim) / error
    phi, tau2 = overdispersion_of(z[usable], error[usable], winsorise=winsorise)
    inflation = _inflation(overdispersion, phi, tau2)
    is_exact = panel.is_share and exact and overdispersion == "none"
    shape = Funnel(aim, scale, phi, tau2, inflation, is_exact, panel.is_share)
    statistic = (y - aim) / np.sqrt(inflation[0] * error**2 + inflation[1])
    return FunnelPoints(y, error, np.where(usable, aim, np.nan), statistic, size, usable, shape)


def _sizes(panel: Panel, numbers: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, float]:
    """Return estimates, effective sizes, and for means the variance of one answer (precision where n is unknown)."""
    y, error, n = numbers["estimate"], numbers["std_error"], numbers["n"]
    if panel.is_share:
        if ((y < 0) | (y > 1)).any():
            raise InvalidDataError(panel.name or "estimate", "shares from 0 to 1", "others", "give proportions, not %")
        return y, effective_size(y, error, n, numbers["n_effective"]), np.nan
    there = np.isfinite(error) & (error > 0) & np.isfinite(y)
    known = there & (n > 0)
    scale = (
        float((n[known] ** 2 * error[known] ** 2).sum() / n[known].sum()) if known[there].all() and known.any() else 1.0
    )
    return y, np.divide(scale, error**2, out=np.full(len(y), np.nan), where=there), scale


def _target(target: float | Mapping[str, float] | None, panel: Panel, estimate: FloatArray, size: FloatArray) -> float:
    if isinstance(target, Mapping):
        if panel.name not in target:
            raise InvalidArgumentError(
                "target",
                f"a target for {panel.name or 'the estimates'}",
                "none",
                "name every indicator, or leave it out",
            )
        target = target[panel.name]
    if target is None:
        found = float(size @ estimate / size.sum())
    elif is_finite_number(target):
        found = float(target)
    else:
        raise InvalidArgumentError("target", "a number", repr(target), "write target=0.3")
    if panel.is_share and not 0 < found < 1:
        raise InvalidArgumentError("target", "a share above 0 and below 1", f"{found:g}", "give another target")
    return found


def _inflation(overdispersion: Overdispersion, phi: float, tau2: float) -> tuple[float, float]:
    if overdispersion == "multiplicative":
        return max(1.0, phi), 0.0
    return 1.0, tau2 if overdispersion == "additive" else 0.0
