"""Risk and incidence that hazards imply for a person, with delta-method standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.discrete_hazard.cells import CELLS_PER_BLOCK
from workforce_metrics.survival.discrete_hazard.scoring import Link, hazard_and_slope

__all__ = [
    "HazardModel",
    "Incidence",
    "hazards_of",
    "incidence_of_cause",
    "predicted_incidence",
    "shares_of_intervals",
]

HIGHEST_HAZARD = 1 - 1e-15
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HazardModel:
    """The numbers of fitted hazards.

    Parameters
    ----------
    parameters : ndarray of float64, shape (n_causes, n_parameters)
        Those of the baseline first.
    covariance : ndarray of float64, shape (n_causes * n_parameters, n_causes * n_parameters)
    baseline : ndarray of float64, shape (n_periods, n_baseline)
    ends : ndarray of float64, shape (n_periods,)
        Where each interval ends; the first starts at 0.
    link : {"cloglog", "logit"}
    """

    parameters: Floats
    covariance: Floats
    baseline: Floats
    ends: Floats
    link: Link


@dataclass(frozen=True)
class Incidence:
    """What is predicted for each person.

    Parameters
    ----------
    risk, risk_std_error : ndarray of float64, shape (n,)
        Of leaving by any cause.
    incidence, std_error : ndarray of float64, shape (n, n_causes)
        Of leaving by each cause; they add up to `risk`.
    impossible : int
        Number of people whose hazards by the causes add up to 1 or more in an interval of several causes.
    """

    risk: Floats
    risk_std_error: Floats
    incidence: Floats
    std_error: Floats
    impossible: int


def shares_of_intervals(ends: Floats, given: Floats, at: float) -> Floats:
    """Return what share of each interval lies between `given` and `at`, shape (n, n_periods).

    Examples
    --------
    >>> import numpy as np
    >>> shares_of_intervals(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.5]), 3.0).tolist()
    [[1.0, 1.0, 0.5], [0.0, 0.5, 0.5]]
    """
    starts = np.concatenate(([0.0], ends[:-1]))
    covered = np.minimum(ends, at) - np.maximum(starts, given[:, None])
    return np.asarray(np.clip(covered / (ends - starts), 0.0, 1.0))


def predicted_incidence(model: HazardModel, covariates: Floats, given: Floats, at: float) -> Incidence:
    """Predict leaving between `given` and `at` for people still there at `given`.

    Parameters
    ----------
    model : HazardModel
    covariates : ndarray of float64, shape (n, n_covariates)
    given : ndarray of float64, shape (n,)
    at : float

    Returns
    -------
    Incidence

    Notes
    -----
    With hazards ``h_ck`` of cause c and ``H_k`` of all, staying is ``S = prod (1 - H_k)`` and the incidence of a cause
    ``sum_k S_(k-1) h_ck``. Inside an interval the logarithm of staying is taken as linear in time and the causes'
    shares as constant: over a share f of it, ``1 - H`` becomes ``(1 - H)^f``. Standard errors by the delta method from
    the covariance of all causes' parameters.
    """
    n_causes = len(model.parameters)
    risk, risk_error = np.empty(len(covariates)), np.empty(len(covariates))
    incidence, error, impossible = np.empty((len(covariates), n_causes)), np.empty((len(covariates), n_causes)), 0
    height = max(CELLS_PER_BLOCK // len(model.ends), 1)
    for start in range(0, len(covariates), height):
        rows = slice(start, start + height)
        own, share = covariates[rows], shares_of_intervals(model.ends, given[rows], at)
        hazards, slopes = hazards_of(model, own)
        total = np.sum(hazards, axis=0)
        impossible += int(((total >= 1) & (share > 0)).any(axis=1).sum()) if n_causes > 1 else 0
        total = np.minimum(total, HIGHEST_HAZARD)
        log_stay = np.cumsum(share * np.log1p(-total), axis=1)
        stay, fall = np.exp(log_stay), share / (1 - total)
        risk[rows] = -np.expm1(log_stay[:, -1])
        weights = [stay[:, -1:] * fall * slope for slope in slopes]
        risk_error[rows] = _std_error(model, own, weights)
        for c in range(n_causes):
            incidence[rows, c], weights = incidence_of_cause(c, hazards, slopes, stay, share)
            error[rows, c] = _std_error(model, own, weights)
    return Incidence(risk, risk_error, incidence, error, impossible)


def hazards_of(model: HazardModel, own: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return hazards and their slopes, one array of shape (n, n_periods) a cause."""
    n_baseline = model.baseline.shape[1]
    pairs = [
        hazard_and_slope((own @ theta[n_baseline:])[:, None] + model.baseline @ theta[:n_baseline], model.link)
        for theta in model.parameters
    ]
    return [hazard for hazard, _ in pairs], [slope for _, slope in pairs]


def incidence_of_cause(
    c: int, hazards: list[Floats], slopes: list[Floats], stay: Floats, share: Floats
) -> tuple[Floats, list[Floats]]:
    """Return a cause's incidence, and its derivative by the linear predictor of every cause and interval.

    A hazard enters twice: through its own interval's leavings, and through who is still there in later intervals.
    """
    total = np.minimum(np.sum(hazards, axis=0), HIGHEST_HAZARD)
    before, fall = np.hstack((np.ones((len(stay), 1)), stay[:, :-1])), share / (1 - total)
    safe = np.maximum(total, 1e-300)
    part = -np.expm1(share * np.log1p(-total)) / safe
    bend = (fall * (1 - total) ** share - part) / safe
    leaving = before * hazards[c] * part
    reached = np.cumsum(leaving, axis=1)
    later = reached[:, -1:] - reached
    through_total = before * hazards[c] * bend - fall * later
    weights = [slope * (through_total + (before * part if d == c else 0.0)) for d, slope in enumerate(slopes)]
    return reached[:, -1], weights


def _std_error(model: HazardModel, own: Floats, weights: list[Floats]) -> Floats:
    """Return the standard error of a quantity from its derivatives by the cells' linear predictors."""
    parts = [part for w in weights for part in (w @ model.baseline, w.sum(axis=1)[:, None] * own)]
    gradient = np.hstack(parts)
    variance = np.einsum("ij,ij->i", gradient @ model.covariance, gradient)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
