"""Hazards of each distribution and how they move with the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.parametric.spline import spline_basis

__all__ = ["Baseline", "Distribution", "Hazards", "cumulative_hazard", "hazards_at"]

Floats = npt.NDArray[np.float64]
Distribution = Literal["exponential", "weibull", "log-normal", "log-logistic", "spline"]
LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Baseline:
    """A distribution of time to leaving.

    Parameters
    ----------
    distribution : {"exponential", "weibull", "log-normal", "log-logistic", "spline"}
    knots : ndarray of float64, shape (df + 1,)
        Logarithms of times, ascending; empty but for the spline.
    """

    distribution: Distribution
    knots: Floats

    @property
    def shapes(self) -> tuple[str, ...]:
        """Names of the parameters beside those of the linear predictor."""
        if self.distribution == "spline":
            return tuple(f"gamma{j}" for j in range(1, len(self.knots)))
        return () if self.distribution == "exponential" else ("log(scale)",)


@dataclass(frozen=True)
class Hazards:
    """A quantity of each row and its derivatives.

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
    slope : ndarray of float64, shape (n, 1 + n_shapes)
        By the linear predictor, then by each parameter of the shape.
    """

    value: Floats
    slope: Floats


def cumulative_hazard(log_time: Floats, predictor: Floats, shape: Floats, baseline: Baseline) -> Hazards:
    """Return the cumulative hazard up to each time, 0 at time 0.

    Parameters
    ----------
    log_time : ndarray of float64, shape (n,)
        Minus infinity at time 0.
    predictor : ndarray of float64, shape (n,)
    shape : ndarray of float64, shape (n_shapes,)
    baseline : Baseline

    Returns
    -------
    Hazards

    Examples
    --------
    >>> weibull = Baseline("weibull", np.empty(0))
    >>> cumulative_hazard(np.log([3.0]), np.log([2.0]), np.log([0.5]), weibull).value.round(4).tolist()
    [2.25]
    """
    started = np.isfinite(log_time)
    if not started.all():
        own = cumulative_hazard(log_time[started], predictor[started], shape, baseline)
        value, slope = np.zeros(len(log_time)), np.zeros((len(log_time), 1 + len(shape)))
        value[started], slope[started] = own.value, own.slope
        return Hazards(value, slope)
    if baseline.distribution == "spline":
        columns, _ = spline_basis(log_time, baseline.knots)
        value = np.exp(predictor + columns @ shape)
        return Hazards(value, value[:, None] * np.column_stack((np.ones(len(value)), columns)))
    scale, z = _standardised(log_time, predictor, shape)
    value, hazard, _ = _of_standard(z, baseline.distribution)
    return Hazards(value, _by_parameters(hazard, z, scale, len(shape)))


def hazards_at(log_time: Floats, predictor: Floats, shape: Floats, baseline: Baseline) -> tuple[Hazards, Hazards]:
    """Return the cumulative hazard up to each time and the logarithm of the hazard at it.

    Parameters
    ----------
    log_time, predictor, shape, baseline
        As in `cumulative_hazard`, with all times after 0.

    Returns
    -------
    cumulative, log_hazard : Hazards

    Notes
    -----
    Weibull, log-normal and log-logistic times have ``log T = x b + scale W`` with W of the smallest extreme value,
    normal or logistic distribution; exponential times are Weibull's with the scale 1. With ``z = (log t - x b) /
    scale`` the cumulative hazards are ``exp(z)``, ``-log(1 - Phi(z))``, ``log(1 + exp(z))``. Spline:
    ``log H = x b + gamma_1 v_1(log t) + ... `` with restricted cubic v (see `spline_basis`).
    """
    cumulative = cumulative_hazard(log_time, predictor, shape, baseline)
    if baseline.distribution == "spline":
        columns, derivative = spline_basis(log_time, baseline.knots)
        rise = np.maximum(derivative @ shape, np.finfo(np.float64).tiny)
        slope = np.column_stack((np.ones(len(rise)), columns + derivative / rise[:, None]))
        return cumulative, Hazards(predictor + columns @ shape + np.log(rise) - log_time, slope)
    scale, z = _standardised(log_time, predictor, shape)
    _, hazard, relative = _of_standard(z, baseline.distribution)
    slope = _by_parameters(relative, z, scale, len(shape))
    slope[:, 1:] -= 1.0
    return cumulative, Hazards(np.log(hazard) - np.log(scale) - log_time, slope)


def _standardised(log_time: Floats, predictor: Floats, shape: Floats) -> tuple[float, Floats]:
    scale = float(np.exp(shape[0])) if len(shape) else 1.0
    return scale, np.asarray((log_time - predictor) / scale)


def _of_standard(z: Floats, distribution: Distribution) -> tuple[Floats, Floats, Floats]:
    """Return the cumulative hazard of the standard distribution, the hazard, and the derivative of its logarithm."""
    from scipy.special import expit, log_ndtr

    if distribution == "log-normal":
        log_stay = log_ndtr(-z)
        hazard = np.exp(-z * z / 2 - LOG_ROOT_TWO_PI - log_stay)
        return -log_stay, hazard, hazard - z
    if distribution == "log-logistic":
        return np.logaddexp(0.0, z), expit(z), expit(-z)
    value = np.exp(z)
    return value, value, np.ones_like(z)


def _by_parameters(by_z: Floats, z: Floats, scale: float, n_shapes: int) -> Floats:
    """Return derivatives by the linear predictor and log(scale) from one by z."""
    return np.column_stack((-by_z / scale, -by_z * z))[:, : 1 + n_shapes]
