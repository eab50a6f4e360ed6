"""Residuals of a Cox model: what each row adds to the likelihood, the score and the coefficients."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.survival.column_summary import row_blocks
from workforce_metrics.survival.cox.likelihood import PartialLikelihood
from workforce_metrics.survival.cox.risk_sets import CoxSample, Segments, add_up, so_far

__all__ = [
    "ResidualKind",
    "check_kind",
    "deviance_residuals",
    "martingale_residuals",
    "mean_at_leaving",
    "schoenfeld_residuals",
    "score_residuals",
    "score_sums",
]

Floats = npt.NDArray[np.float64]
ResidualKind = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"]


def check_kind(kind: str) -> None:
    """Refuse a kind of residual that there is not."""
    if kind not in get_args(ResidualKind):
        raise InvalidArgumentError("kind", f"one of {', '.join(get_args(ResidualKind))}", repr(kind), "choose one")


def martingale_residuals(sample: CoxSample, at: PartialLikelihood) -> Floats:
    """Return leavings seen less leavings expected, shape (n,), in the order of the sample.

    References
    ----------
    Therneau TM, Grambsch PM, Fleming TR (1990). Biometrika 77:147-160. doi:10.1093/biomet/77.1.147
    """
    return np.asarray(sample.event - at.expected / sample.weight)


def deviance_residuals(event: npt.NDArray[np.bool_], martingale: Floats) -> Floats:
    """Return martingale residuals made more symmetric: ``sign(m) sqrt(-2 (m + d log(d - m)))``, shape (n,)."""
    expected = np.where(event, np.maximum(event - martingale, np.finfo(float).tiny), 1.0)
    inner = martingale + np.where(event, np.log(expected), 0.0)
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(-2 * inner, 0.0)))


def score_residuals(sample: CoxSample, at: PartialLikelihood) -> Floats:
    """Return what each row of weight 1 adds to the score, shape (n, p), of the standardised columns.

    Parameters
    ----------
    sample : CoxSample
    at : PartialLikelihood
        At the coefficients of interest.

    Returns
    -------
    ndarray of float64, shape (n, p)
        In the order of the sample. Weighted by ``sample.weight`` they add up to the score.

    Notes
    -----
    ``(x - mean(t)) dN - sum_t (x - mean(t)) exp(x b) dH(t)`` over the times at which a row is at risk: ``x`` times its
    martingale residual, less the mean at its leaving, plus ``exp(x b)`` times the cumulated ``mean(t) dH(t)``.

    References
    ----------
    Lin DY, Wei LJ (1989). J Am Stat Assoc 84:1074-1078. doi:10.1080/01621459.1989.10478874
    """
    leaver_mean, (total, tied) = mean_at_leaving(sample, at), _drift(at)
    martingale, factor = martingale_residuals(sample, at), at.risk / sample.weight
    residuals = np.empty_like(sample.columns)
    for rows in row_blocks(residuals):
        own, last = sample.event[rows, None], sample.last[rows]
        cumulated = total[last + 1] - total[sample.first[rows]] - own * tied[last]
        residuals[rows] = sample.columns[rows] * martingale[rows, None] - own * leaver_mean[last]
        residuals[rows] += factor[rows, None] * cumulated
    return residuals


def score_sums(sample: CoxSample, at: PartialLikelihood, clusters: Segments) -> Floats:
    """Return the weighted score residuals added up within clusters, shape (n_clusters, p), of standardised columns.

    The residuals themselves are never made: each of their parts is a row of the columns, or of a table of event times.
    """
    leaver_mean, (total, tied) = mean_at_leaving(sample, at), _drift(at)
    own = np.where(sample.event, sample.weight, 0.0)
    sums = add_up(clusters, sample.columns, own - at.expected)
    sums += add_up(clusters, total, at.risk, at=sample.last + 1)
    sums -= add_up(clusters, total, at.risk, at=sample.first)
    sums -= add_up(clusters, tied, np.where(sample.event, at.risk, 0.0), at=sample.last)
    return sums - add_up(clusters, leaver_mean, own, at=sample.last)


def _drift(at: PartialLikelihood) -> tuple[Floats, Floats]:
    """Return the mean of the columns times the hazard, cumulated so far, and the part of it that Efron's ties take."""
    sums = at.sums
    drift = sums.square[:, None] * sums.total_x - sums.square_tied[:, None] * sums.leaving_x
    tied = sums.square_tied[:, None] * sums.total_x - sums.square_tied2[:, None] * sums.leaving_x
    return so_far(drift), tied


def mean_at_leaving(sample: CoxSample, at: PartialLikelihood) -> Floats:
    """Return the mean of the columns over the risk set of each event time, shape (n_times, p)."""
    sums = at.sums
    mean = sums.hazard[:, None] * sums.total_x - sums.hazard_tied[:, None] * sums.leaving_x
    return np.asarray(mean / sample.event_weight[:, None])


def schoenfeld_residuals(sample: CoxSample, at: PartialLikelihood) -> Floats:
    """Return each leaver's columns less their mean over the risk set, shape (n_leavers, p), standardised.

    In the order of strata, event times, and rows of the sample.

    References
    ----------
    Schoenfeld D (1982). Biometrika 69:239-241. doi:10.1093/biomet/69.1.239
    """
    leavers = np.flatnonzero(sample.event)
    return np.asarray(sample.columns[leavers] - mean_at_leaving(sample, at)[sample.last[leavers]])
