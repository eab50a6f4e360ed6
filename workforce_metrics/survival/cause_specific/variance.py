"""The variance of implied incidences: what the hazards and the coefficients of every cause add to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.likelihood import at_risk_factor
from workforce_metrics.survival.cox.residuals import score_residuals
from workforce_metrics.survival.cox.risk_sets import CoxSample, add_up, cluster_segments

__all__ = ["CauseTerms", "cause_terms", "model_variance", "robust_influence", "robust_variance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CauseTerms:
    """What one cause's model says about the times at which people leave by it.

    Parameters
    ----------
    sample : CoxSample
    risk : ndarray of float64, shape (n,)
        ``weight * exp(x b)`` of the rows of the sample.
    coefficients : ndarray of float64, shape (p,)
        Of the standardised columns.
    hazard, own, tied : ndarray of float64, shape (n_times,)
        Of somebody whose standardised columns are 0: the hazard; its variance with the coefficients known; the part of
        that variance that Efron's ties take from those who leave.
    per_leaver : ndarray of float64, shape (n_times,)
        What one leaver of weight 1 adds to the hazard.
    drift : ndarray of float64, shape (n_times, p)
        The mean of the columns times the hazard.
    covariance : ndarray of float64, shape (p, p)
        Of the coefficients, by the model.
    dfbeta : ndarray of float64, shape (n, p), or None
        What each row of the sample adds to the coefficients; where the variance is robust.
    """

    sample: CoxSample
    risk: Floats
    coefficients: Floats
    hazard: Floats
    own: Floats
    tied: Floats
    per_leaver: Floats
    drift: Floats
    covariance: Floats
    dfbeta: Floats | None


def cause_terms(sample: CoxSample, fit: CoxFit, *, robust: bool) -> CauseTerms:
    """Take from a fitted model what incidences need."""
    sums = fit.at.sums
    covariance = fit.model_variance * np.outer(sample.scale, sample.scale)
    dfbeta = sample.weight[:, None] * score_residuals(sample, fit.at) @ covariance if robust else None
    return CauseTerms(
        sample=sample,
        risk=fit.at.risk,
        coefficients=fit.at.coefficients,
        hazard=sums.hazard,
        own=sums.square,
        tied=sums.square_tied,
        per_leaver=sums.hazard / sample.event_weight,
        drift=sums.drift,
        covariance=covariance,
        dfbeta=dfbeta,
    )


def model_variance(terms: Sequence[CauseTerms], rows: Sequence[Ints], gradients: Sequence[Floats], x: Floats) -> Floats:
    """Return variances that suppose independent people and true models.

    Parameters
    ----------
    terms : sequence of CauseTerms
        One a cause.
    rows : sequence of ndarray of int64, shape (m_c,)
        The event times of each cause that count.
    gradients : sequence of ndarray of float64, shape (n, m_c)
        Derivatives of each person's incidence with respect to the baseline hazards at those times.
    x : ndarray of float64, shape (n, p)
        The standardised columns of the people.

    Returns
    -------
    ndarray of float64, shape (n,)

    Notes
    -----
    The sum over causes of ``sum_s g(s)^2 own(s) + D' V D`` with ``D = sum_s g(s) (x h(s) - drift(s))``, V the variance
    of the cause's coefficients, which are uncorrelated with those of the other causes.
    """
    total = np.zeros(len(x))
    for term, at, gradient in zip(terms, rows, gradients, strict=True):
        direction = _direction(term, at, gradient, x)
        total += gradient**2 @ term.own[at] + ((direction @ term.covariance) * direction).sum(axis=1)
    return total


def robust_variance(
    terms: Sequence[CauseTerms], rows: Sequence[Ints], gradients: Sequence[Floats], x: Floats, cluster: Ints | None
) -> Floats:
    """Return variances by the infinitesimal jackknife: the summed squares of what each row, or cluster, adds.

    Parameters
    ----------
    terms, rows, gradients, x
        As of `model_variance`.
    cluster : ndarray of int64, shape (n_input,), or None
        Codes from 0; rows of one cluster count as one. None = each row is its own.

    Returns
    -------
    ndarray of float64, shape (n,)

    Notes
    -----
    What a row of weight w adds is w times the derivative of the incidence with respect to w: through every hazard
    of the times at which it is at risk, and through the coefficients of every cause. Causes may be correlated.

    References
    ----------
    Reid N, Crepeau H (1985). Biometrika 72:1-9. doi:10.1093/biomet/72.1.1
    """
    slopes = [np.zeros((len(x), len(term.sample.time))) for term in terms]
    for slope, at, gradient in zip(slopes, rows, gradients, strict=True):
        slope[:, at] = gradient
    directions = [_direction(term, at, gradient, x) for term, at, gradient in zip(terms, rows, gradients, strict=True)]
    return np.asarray((robust_influence(terms, slopes, directions, cluster) ** 2).sum(axis=0))


def robust_influence(
    terms: Sequence[CauseTerms], slopes: Sequence[Floats], directions: Sequence[Floats], cluster: Ints | None
) -> Floats:
    """Return what each row, or cluster, adds to some quantities: its weight times their derivatives by it.

    Parameters
    ----------
    terms : sequence of CauseTerms
        One a cause.
    slopes : sequence of ndarray of float64, shape (n, n_times_c)
        Derivatives of each quantity by the baseline hazards of each cause.
    directions : sequence of ndarray of float64, shape (n, p)
        By the coefficients, the baselines moving with them.
    cluster : ndarray of int64, shape (n_input,), or None

    Returns
    -------
    ndarray of float64, shape (n_input or n_clusters, n)
    """
    influence = np.zeros((terms[0].sample.n_input, len(slopes[0])))
    for term, slope, direction in zip(terms, slopes, directions, strict=True):
        sample, by_time = term.sample, slope.T
        expected = at_risk_factor(sample, by_time * term.own[:, None], by_time * term.tied[:, None])
        adds = np.where(sample.event, sample.weight, 0.0)[:, None] * (by_time * term.per_leaver[:, None])[sample.last]
        adds -= term.risk[:, None] * expected
        if term.dfbeta is not None:
            adds += term.dfbeta @ direction.T
        influence[sample.order] += adds
    if cluster is not None:
        influence = add_up(cluster_segments(cluster), influence, np.ones(len(influence)))
    return influence


def _direction(term: CauseTerms, at: Ints, gradient: Floats, x: Floats) -> Floats:
    """Return the derivatives of the incidences with respect to the cause's coefficients, shape (n, p)."""
    return np.asarray((gradient @ term.hazard[at])[:, None] * x - gradient @ term.drift[at])
