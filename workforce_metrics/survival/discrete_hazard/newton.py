"""Newton's method in columns made independent of one another, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.discrete_hazard.cells import Cells, blocks_of, period_totals
from workforce_metrics.survival.discrete_hazard.scoring import Link, Scored, scored_at

__all__ = ["Coordinates", "HazardFit", "fit_hazard", "independent_columns"]

MOST_ITERATIONS = 30
MOST_HALVINGS = 12
STEP_IN_STD_ERRORS = 1e-8
LARGEST_STD_ERROR = 1e3
"""Of parameters per spread of their columns, about 1 with a single leaving: beyond this the data say nothing."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Coordinates:
    """Columns with mean 0 and orthogonal to one another, and the way back to those asked for.

    Parameters
    ----------
    baseline : ndarray of float64, shape (n_periods, n_baseline)
    patterns : ndarray of float64, shape (n_patterns, n_covariates)
    back : ndarray of float64, shape (n_parameters, n_parameters)
        ``back @ parameters`` are the parameters of the columns asked for.
    """

    baseline: Floats
    patterns: Floats
    back: Floats


@dataclass(frozen=True)
class HazardFit:
    """Maximum-likelihood estimates of one cause's hazard, in the coordinates of `Coordinates`.

    Parameters
    ----------
    parameters : ndarray of float64, shape (n_parameters,)
    inverse_information : ndarray of float64, shape (n_parameters, n_parameters)
    log_likelihood : float
    n_iterations : int
    converged : bool
    """

    parameters: Floats
    inverse_information: Floats
    log_likelihood: float
    n_iterations: int
    converged: bool


def independent_columns(baseline: Floats, patterns: Floats) -> Coordinates:
    """Return columns in which a Gram matrix is well conditioned, whatever the covariates' units.

    Parameters
    ----------
    baseline : ndarray of float64, shape (n_periods, n_baseline)
        The identity, or columns of which the first is constant 1.
    patterns : ndarray of float64, shape (n_patterns, n_covariates)

    Returns
    -------
    Coordinates

    Examples
    --------
    >>> import numpy as np
    >>> made = independent_columns(np.eye(2), np.array([[0.0], [2e6]]))
    >>> made.patterns.round(3).tolist()
    [[-1.0], [1.0]]
    """
    n_baseline, size = baseline.shape[1], baseline.shape[1] + patterns.shape[1]
    mean = patterns.mean(axis=0)
    centred = patterns - mean
    spread = np.sqrt((centred**2).mean(axis=0))
    centred /= np.where(spread > 0, spread, 1.0)
    to_unit = _orthogonal(centred, np.sqrt(len(patterns)))
    back = np.zeros((size, size))
    back[n_baseline:, n_baseline:] = to_unit / np.where(spread > 0, spread, 1.0)[:, None]
    is_identity = np.array_equal(baseline, np.eye(len(baseline)))
    to_baseline = np.eye(n_baseline) if is_identity else _orthogonal(baseline, 1.0)
    back[:n_baseline, :n_baseline] = to_baseline
    constant = np.ones(n_baseline) if is_identity else np.eye(n_baseline)[0]
    back[:n_baseline, n_baseline:] = -np.outer(constant, mean @ back[n_baseline:, n_baseline:])
    return Coordinates(baseline @ to_baseline, centred @ to_unit, back)


def fit_hazard(cells: Cells, cause: int, coordinates: Coordinates, link: Link) -> HazardFit:
    """Maximise the likelihood by Newton's method with step halving.

    Parameters
    ----------
    cells : Cells
    cause : int
        From 0; leavings by the other causes count as at risk and not leaving by this one.
    coordinates : Coordinates
    link : {"cloglog", "logit"}

    Returns
    -------
    HazardFit
        With ``converged`` False where the step does not become small, as where a parameter has no finite estimate.

    Notes
    -----
    Each iteration solves ``I step = U`` with the observed information I: the likelihood is concave under both links,
    and steps shrink quadratically where the scoring of generalised linear models can be slow (hazards near 1). It
    ends after a step below 1e-8 standard errors. The inverse information returned is that of the expected one, the
    variance of a generalised linear model.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, 2nd ed., section 2.5. doi:10.1007/978-1-4899-3242-6
    """
    columns = (coordinates.baseline, coordinates.patterns)
    parameters = _start(cells, cause, coordinates, link)

    def evaluated(at: Floats, *, observed: bool = True) -> Scored:
        return scored_at(at, columns, blocks_of(cells, cause), link, observed=observed)

    now, inverse = evaluated(parameters), np.zeros((0, 0))
    for iteration in range(1, MOST_ITERATIONS + 1):
        inverse = _inverted(now.information)
        if not np.isfinite(inverse).all():
            return HazardFit(parameters, inverse, now.log_likelihood, iteration, converged=False)
        step = inverse @ now.score
        small = float(now.score @ step) <= STEP_IN_STD_ERRORS**2
        tried = evaluated(parameters + step)
        for _ in range(MOST_HALVINGS):
            if tried.log_likelihood >= now.log_likelihood - 1e-10 * abs(now.log_likelihood):
                break
            step = step / 2
            tried = evaluated(parameters + step)
        parameters, now = parameters + step, tried
        if small:
            now = evaluated(parameters, observed=False)
            inverse = _inverted(now.information)
            told = bool(np.diagonal(inverse).max() < LARGEST_STD_ERROR**2)  # not so where somebody's hazard runs off
            return HazardFit(parameters, inverse, now.log_likelihood, iteration, converged=told)
    return HazardFit(parameters, inverse, now.log_likelihood, MOST_ITERATIONS, converged=False)


def _start(cells: Cells, cause: int, coordinates: Coordinates, link: Link) -> Floats:
    """Return parameters that give everybody the interval's crude hazard."""
    n_risk, n_event = period_totals(cells)
    overall = n_event[cause].sum() / max(n_risk.sum(), 1.0)
    crude = np.clip((n_event[cause] + overall) / (n_risk + 1.0), 1e-12, 1 - 1e-6)
    eta = np.log(-np.log1p(-crude)) if link == "cloglog" else np.log(crude / (1 - crude))
    square_root = np.sqrt(n_risk * crude + 1e-12)
    baseline = coordinates.baseline
    start = np.linalg.lstsq(square_root[:, None] * baseline, square_root * eta, rcond=None)[0]
    return np.concatenate((start, np.zeros(coordinates.patterns.shape[1])))


def _orthogonal(columns: Floats, length: float) -> Floats:
    """Return the matrix that makes the columns orthogonal, each of the length given."""
    if not columns.shape[1]:
        return np.zeros((0, 0))
    triangle = np.linalg.qr(columns, mode="r")
    sign = np.where(np.diagonal(triangle) < 0, -1.0, 1.0)
    return np.linalg.solve(triangle, np.diag(sign * length))


def _inverted(information: Floats) -> Floats:
    """Return the inverse of a symmetric matrix; not finite where it is singular."""
    scale = np.sqrt(np.maximum(np.diagonal(information), 0.0))
    if not np.isfinite(scale).all() or (scale == 0).any():
        return np.full_like(information, np.nan)
    try:
        root = np.linalg.inv(np.linalg.cholesky(information / np.outer(scale, scale)))
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    return np.asarray((root.T @ root) / np.outer(scale, scale))
