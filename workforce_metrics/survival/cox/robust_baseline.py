"""The variance of a Cox model's cumulated hazards where rows, or clusters of them, are all that is independent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.likelihood import PartialLikelihood, at_risk_factor
from workforce_metrics.survival.cox.residuals import score_residuals
from workforce_metrics.survival.cox.risk_sets import CoxSample

__all__ = ["RobustParts", "added_to_hazards", "robust_hazard_variance", "robust_parts"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RobustParts:
    """What is independent, and what each part of it adds to the coefficients.

    Parameters
    ----------
    sample : CoxSample
    at : PartialLikelihood
        At the coefficients.
    unit : ndarray of int64, shape (n,)
        The cluster of each row of the sample, or its own number.
    dfbeta : ndarray of float64, shape (n_units, p)
        Of the standardised columns.
    """

    sample: CoxSample
    at: PartialLikelihood
    unit: Ints
    dfbeta: Floats


def robust_parts(sample: CoxSample, fit: CoxFit, cluster: Ints | None) -> RobustParts:
    """Take from a fitted model what a robust variance of its hazards needs; `cluster` has a code a row of the input."""
    unit = np.arange(len(sample.order)) if cluster is None else cluster[sample.order]
    by_row = sample.weight[:, None] * score_residuals(sample, fit.at)
    by_row = by_row @ (fit.model_variance * np.outer(sample.scale, sample.scale))
    dfbeta = np.array([_by_unit(unit, column) for column in by_row.T]).T
    return RobustParts(sample, fit.at, unit, dfbeta)


def robust_hazard_variance(
    parts: RobustParts, since: Ints, to: Ints, *, hazard: Floats, drift: Floats, x: Floats
) -> Floats:
    """Return the variance of the cumulated hazard at ``exp(x b) = 1`` by the infinitesimal jackknife.

    Parameters
    ----------
    parts : RobustParts
    since, to : ndarray of int64, shape (m,)
        The event times that count are ``since <= g < to``.
    hazard, drift, x
        As of `hazard_variance`.

    Returns
    -------
    ndarray of float64, shape (m,)

    Notes
    -----
    The summed squares of what each row, or cluster, adds: weight times the derivative of the hazard by it, through the
    leavings and the risk sets with the coefficients as they are, and through the coefficients, along ``x H - drift``.
    The latter and the former are correlated. One pass over the rows for each distinct pair of `since` and `to`.

    References
    ----------
    Reid N, Crepeau H (1985). Biometrika 72:1-9. doi:10.1093/biomet/72.1.1
    """
    along, variance = x * hazard[:, None] - drift, np.empty(len(x))
    gram = parts.dfbeta.T @ parts.dfbeta
    pairs, which = np.unique(np.stack((since, to)), axis=1, return_inverse=True)
    for pair, (first, end) in enumerate(pairs.T):
        rows = np.flatnonzero(which.ravel() == pair)
        counts = np.zeros(len(parts.sample.time))
        counts[first:end] = 1.0
        adds = added_to_hazards(parts, counts)
        by_coefficients = ((along[rows] @ gram) * along[rows]).sum(axis=1)
        variance[rows] = adds @ adds + 2 * along[rows] @ (adds @ parts.dfbeta) + by_coefficients
    return variance


def added_to_hazards(parts: RobustParts, factor: Floats) -> Floats:
    """Return what each unit adds to a sum of baseline hazards, coefficients as they are.

    Parameters
    ----------
    parts : RobustParts
    factor : ndarray of float64, shape (n_times,)
        How often the hazard of each event time counts.

    Returns
    -------
    ndarray of float64, shape (n_units,)
    """
    sample, sums = parts.sample, parts.at.sums
    own = np.where(sample.event, sample.weight, 0.0) * (factor * sums.hazard / sample.event_weight)[sample.last]
    expected = at_risk_factor(sample, factor * sums.square, factor * sums.square_tied)
    return _by_unit(parts.unit, own - parts.at.risk * expected)


def _by_unit(unit: Ints, values: Floats) -> Floats:
    return np.bincount(unit, weights=values).astype(np.float64, copy=False)
