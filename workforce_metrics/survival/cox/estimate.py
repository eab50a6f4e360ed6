"""From the highest partial likelihood to coefficients and their variances in the units of the covariates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError, WorkforceMetricsWarning
from workforce_metrics.survival.cox.likelihood import PartialLikelihood, Ties, partial_likelihood
from workforce_metrics.survival.cox.newton import maximise
from workforce_metrics.survival.cox.residuals import score_residuals, score_sums
from workforce_metrics.survival.cox.risk_sets import CoxSample, cluster_segments

__all__ = ["CoxFit", "check_clusters", "fit_cox", "inverse"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CoxFit:
    """Coefficients of the columns as they were given, and what is known of them.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (p,)
        Log hazard ratios.
    variance : ndarray of float64, shape (p, p)
        The robust one where it was asked for, else the model's.
    model_variance : ndarray of float64, shape (p, p)
        The inverse of the information.
    log_likelihood, null_log_likelihood : float
        At the coefficients, and with all of them 0.
    wald, score, likelihood_ratio : float
        Statistics of the three tests that all coefficients are 0; `wald` takes `variance`.
    iterations : int
    at : PartialLikelihood
        At the coefficients, on the standardised columns.
    """

    coefficients: Floats
    variance: Floats
    model_variance: Floats
    log_likelihood: float
    null_log_likelihood: float
    wald: float
    score: float
    likelihood_ratio: float
    iterations: int
    at: PartialLikelihood


def fit_cox(
    sample: CoxSample, ties: Ties, described: Sequence[str], *, robust: bool, cluster: Ints | None = None
) -> CoxFit:
    """Fit Cox's model.

    Parameters
    ----------
    sample : CoxSample
    ties : {"efron", "breslow"}
    described : sequence of str
        What to call each column in a message.
    robust : bool
        Whether the variance is the sandwich of the score residuals.
    cluster : ndarray of int64, shape (n_input,), optional
        Codes from 0; rows of one cluster count as one. None = each row is its own.

    Returns
    -------
    CoxFit

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
    Robust variance: ``V U' U V`` with V the model's and U the weighted score residuals added up within clusters.

    References
    ----------
    Lin DY, Wei LJ (1989). J Am Stat Assoc 84:1074-1078. doi:10.1080/01621459.1989.10478874
    """
    found = maximise(
        lambda at: partial_likelihood(sample, at, ties), sample.columns, described, unit=sample.leaver_weight
    )
    model = inverse(found.at.information)
    variance = model
    if robust:
        if cluster is None:
            influence = score_residuals(sample, found.at) * sample.weight[:, None] @ model
        else:
            segments = cluster_segments(cluster[sample.order])
            check_clusters(len(segments.start), len(described))
            influence = score_sums(sample, found.at, segments) @ model
        variance = influence.T @ influence
    coefficients = found.at.coefficients
    rescale = np.outer(sample.scale, sample.scale)
    return CoxFit(
        coefficients=coefficients / sample.scale,
        variance=variance / rescale,
        model_variance=model / rescale,
        log_likelihood=found.at.log_likelihood,
        null_log_likelihood=found.null.log_likelihood,
        wald=float(coefficients @ np.linalg.pinv(variance, hermitian=True) @ coefficients),
        score=float(found.null.score @ inverse(found.null.information) @ found.null.score),
        likelihood_ratio=2 * (found.at.log_likelihood - found.null.log_likelihood),
        iterations=found.iterations,
        at=found.at,
    )


def check_clusters(n_clusters: int, n_columns: int) -> None:
    """Refuse a single cluster, and warn of so few that the variance is not to be trusted."""
    if n_clusters < 2:
        raise InvalidDataError("cluster", "two clusters or more", "one", "leave cluster out")
    if n_clusters <= n_columns:
        warnings.warn(
            f"{n_clusters:,} clusters are too few for the variances of {n_columns:,} coefficients: robust standard"
            " errors are not to be trusted, nor is the Wald test; take fewer covariates or smaller clusters",
            WorkforceMetricsWarning,
            stacklevel=4,
        )


def inverse(information: Floats) -> Floats:
    """Return the inverse of a positive matrix, by way of its correlation form."""
    size = np.sqrt(np.diagonal(information))
    inverted = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    return np.asarray((inverted + inverted.T) / 2)
