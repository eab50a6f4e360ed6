"""From the highest partial likelihood to coefficients of the subdistribution hazard and their sandwich variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.estimate import CoxFit, check_clusters, inverse
from workforce_metrics.survival.cox.likelihood import Ties
from workforce_metrics.survival.cox.newton import maximise
from workforce_metrics.survival.cox.risk_sets import add_up, cluster_segments
from workforce_metrics.survival.fine_gray.influence import score_influence
from workforce_metrics.survival.fine_gray.likelihood import subdistribution_likelihood
from workforce_metrics.survival.fine_gray.sample import FineGraySample

__all__ = ["FineGrayFit", "fit_fine_gray", "within_clusters"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FineGrayFit(CoxFit):
    """A `CoxFit` of the subdistribution hazard.

    Its coefficients are log ratios of subdistribution hazards, `variance` is the sandwich, `wald` and `score` are
    tests with it. `model_variance`, the inverse of the information, is no variance here.

    Parameters
    ----------
    estimated_weights : bool
        Whether the variance takes in that the weights are estimated.
    """

    estimated_weights: bool


def fit_fine_gray(
    sample: FineGraySample,
    ties: Ties,
    described: Sequence[str],
    *,
    estimated_weights: bool,
    cluster: Ints | None = None,
) -> FineGrayFit:
    """Fit Fine and Gray's model.

    Parameters
    ----------
    sample : FineGraySample
    ties : {"efron", "breslow"}
    described : sequence of str
        What to call each column in a message.
    estimated_weights : bool
        Whether the variance takes in that the weights are estimated.
    cluster : ndarray of int64, shape (n_input,), optional
        Codes from 0; rows of one cluster count as one. None = each row is its own.

    Returns
    -------
    FineGrayFit

    Raises
    ------
    InvalidDataError
        If the coefficients cannot be found, or there is one cluster.

    Warns
    -----
    WorkforceMetricsWarning
        If there are no more clusters than coefficients.

    Notes
    -----
    ``V U' U V`` with V the inverse of the information and U the influences on the score added up within clusters.
    """
    found = maximise(
        lambda at: subdistribution_likelihood(sample, at, ties),
        sample.at_risk.columns,
        described,
        unit=sample.at_risk.leaver_weight,
    )
    if cluster is not None:
        check_clusters(len(np.unique(cluster)), len(described))
    model, scale = inverse(found.at.information), sample.at_risk.scale
    adds = within_clusters(score_influence(sample, found.at, estimated_weights=estimated_weights), cluster) @ model
    at_null = within_clusters(score_influence(sample, found.null, estimated_weights=estimated_weights), cluster)
    variance, coefficients, rescale = adds.T @ adds, found.at.coefficients, np.outer(scale, scale)
    return FineGrayFit(
        coefficients=coefficients / scale,
        variance=variance / rescale,
        model_variance=model / rescale,
        log_likelihood=found.at.log_likelihood,
        null_log_likelihood=found.null.log_likelihood,
        wald=_quadratic_form(coefficients, variance),
        score=_quadratic_form(found.null.score, at_null.T @ at_null),
        likelihood_ratio=2 * (found.at.log_likelihood - found.null.log_likelihood),
        iterations=found.iterations,
        at=found.at,
        estimated_weights=estimated_weights,
    )


def within_clusters(influence: Floats, cluster: Ints | None) -> Floats:
    """Return the sums of the rows of each cluster, shape (n_clusters, k); without clusters the rows as they are."""
    if cluster is None:
        return influence
    return add_up(cluster_segments(cluster), influence, np.ones(len(influence)))


def _quadratic_form(values: Floats, variance: Floats) -> float:
    return float(values @ np.linalg.pinv(variance, hermitian=True) @ values)
