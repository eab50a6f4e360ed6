"""Residuals of a Cox model: what each row adds to the likelihood, the score and the coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.survival.column_summary import row_blocks
from workforce_metrics.survival.cox.likelihood import PartialLikelihood
from workforce_metrics.survival.cox.risk_sets import CoxSample, Segments, so_far

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
Ints = npt.NDArray[np.int64]
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
    parts, residuals = _score_parts(sample, at), np.empty_like(sample.columns)
    for rows in row_blocks(residuals):
        residuals[rows] = _score_rows(sample, parts, rows)
    return residuals


def score_sums(sample: CoxSample, at: PartialLikelihood, clusters: Segments) -> Floats:
    """Return the weighted score residuals added up within clusters, shape (n_clusters, p), of standardised columns.

    Block by block in the order of the clusters: never are the residuals of all rows in memory.
    """
    parts, sums = _score_parts(sample, at), np.zeros((clusters.n_cells, sample.columns.shape[1]))
    cell = np.repeat(clusters.cell, np.diff(np.append(clusters.start, len(clusters.rows))))
    for some in row_blocks(sample.columns):
        rows, own = clusters.rows[some], cell[some]
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        weighted = _score_rows(sample, parts, rows) * sample.weight[rows, None]
        sums[own[starts]] += np.add.reduceat(weighted, starts, axis=0)
    return sums


@dataclass(frozen=True)
class _ScoreParts:
    """What score residuals are made of.

    Parameters
    ----------
    martingale, factor : ndarray of float64, shape (n,)
        The martingale residual and ``exp(x b)`` of each row.
    leaver_mean : ndarray of float64, shape (n_times, p)
        Mean of the columns over the risk set of each event time.
    total : ndarray of float64, shape (n_times + 1, p)
        The same times the hazard, cumulated so far.
    tied : ndarray of float64, shape (n_times, p)
        The part of it that Efron's ties take from those who leave.
    """

    martingale: Floats
    factor: Floats
    leaver_mean: Floats
    total: Floats
    tied: Floats


def _score_parts(sample: CoxSample, at: PartialLikelihood) -> _ScoreParts:
    sums = at.sums
    tied = sums.square_tied[:, None] * sums.total_x - sums.square_tied2[:, None] * sums.leaving_x
    martingale, factor = martingale_residuals(sample, at), at.risk / sample.weight
    return _ScoreParts(martingale, factor, mean_at_leaving(sample, at), so_far(sums.drift), tied)


def _score_rows(sample: CoxSample, parts: _ScoreParts, rows: slice | Ints) -> Floats:
    """Return the score residuals of some rows, shape (n_rows, p)."""
    own, last = sample.event[rows, None], sample.last[rows]
    residuals = sample.columns[rows] * parts.martingale[rows, None] - own * parts.leaver_mean[last]
    cumulated = parts.total[last + 1] - parts.total[sample.first[rows]] - own * parts.tied[last]
    return np.asarray(residuals + parts.factor[rows, None] * cumulated)


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
