"""Log-likelihood of spells, each row's score, and the cluster-robust variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import observed_pairs
from workforce_metrics.survival.parametric.hazards import Baseline, cumulative_hazard, hazards_at
from workforce_metrics.survival.parametric.sample import SpellRows, SpellSample

__all__ = ["log_likelihood_and_scores", "sandwich_covariance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def log_likelihood_and_scores(parameters: Floats, rows: SpellRows, baseline: Baseline) -> tuple[float, Floats]:
    """Return the log-likelihood and the score of one spell of each row.

    Parameters
    ----------
    parameters : ndarray of float64, shape (1 + p + n_shapes,)
        Coefficients of the columns, then the shape.
    rows : SpellRows
    baseline : Baseline

    Returns
    -------
    log_likelihood : float
        Weighted sum over the rows, in the units of the search.
    scores : ndarray of float64, shape (n_rows, 1 + p + n_shapes)

    Notes
    -----
    ``event * log h(t) - H(t) + H(entry)``: who enters late has stayed until then for certain.
    """
    n_columns = rows.columns.shape[1]
    predictor, shape = rows.columns @ parameters[:n_columns], parameters[n_columns:]
    cumulative, log_hazard = hazards_at(rows.log_time, predictor, shape, baseline)
    before = cumulative_hazard(rows.log_entry, predictor, shape, baseline)
    each = np.where(rows.event, log_hazard.value, 0.0) - cumulative.value + before.value
    slope = np.where(rows.event[:, None], log_hazard.slope, 0.0) - cumulative.slope + before.slope
    return float(rows.weight @ each), np.hstack((slope[:, :1] * rows.columns, slope[:, 1:]))


def sandwich_covariance(covariance: Floats, scores: Floats, sample: SpellSample, cluster: Ints) -> Floats:
    """Return the cluster-robust covariance.

    Parameters
    ----------
    covariance : ndarray of float64, shape (k, k)
        The inverse information.
    scores : ndarray of float64, shape (n_rows, k)
    sample : SpellSample
    cluster : ndarray of int64, shape (n_used,)

    Notes
    -----
    ``V M V`` with ``M = sum U_g U_g'``, where U_g adds up the weighted scores of cluster g. No small-sample
    factor. R's ``survreg(cluster = )`` is the same without weights; with weights it leaves them out of the scores
    (survival 3.5), where ``coxph`` and the package survey, like this, take them in.

    References
    ----------
    Huber PJ (1967). Proc Fifth Berkeley Symp 1:221-233.
    """
    pair, of_cluster, of_row = observed_pairs(cluster, sample.row, len(scores))
    weight = np.bincount(pair, weights=sample.weight)
    starts = np.flatnonzero(np.diff(of_cluster, prepend=-1))
    sums = np.add.reduceat(weight[:, None] * scores[of_row], starts, axis=0) @ covariance
    return np.asarray(sums.T @ sums)
