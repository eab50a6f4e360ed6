"""The search for the maximum of the likelihood, by lifelines."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.parametric.hazards import Baseline
from workforce_metrics.survival.parametric.likelihood import log_likelihood_and_scores
from workforce_metrics.survival.parametric.sample import SpellRows

__all__ = ["Maximum", "find_maximum"]

Floats = npt.NDArray[np.float64]
TIGHT = {"ftol": 1e-14, "maxiter": 2000}
"""On the mean log-likelihood of a spell; lifelines stops at 1e-6 to 1e-10, with few digits of the estimates right."""
SETTLED = 1e-9
"""In standard errors."""
MOST_STEPS = 20
SHAPE_NOT_SCALE = ("weibull", "log-logistic")
"""lifelines' second parameter is the logarithm of the shape, minus that of the scale."""


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is highest, in the units of the search.

    Parameters
    ----------
    parameters : ndarray of float64, shape (k,)
    covariance : ndarray of float64, shape (k, k)
        The inverse of the observed information.
    log_likelihood : float
    scores : ndarray of float64, shape (n_rows, k)
        Of one spell of each row.
    """

    parameters: Floats
    covariance: Floats
    log_likelihood: float
    scores: Floats


def find_maximum(rows: SpellRows, baseline: Baseline, described: list[str]) -> Maximum:
    """Return the maximum that lifelines finds, with its last digits put right by our own scores.

    Parameters
    ----------
    rows : SpellRows
        At least two.
    baseline : Baseline
    described : list of str
        What to call each column after the constant.

    Returns
    -------
    Maximum

    Raises
    ------
    InvalidDataError
        If there is no maximum, or none is found; names the column whose coefficient grew most where one did.

    Notes
    -----
    lifelines' optimiser stops where the likelihood no longer changes, which leaves half the digits of the estimates
    open. Steps ``V U`` with its covariance V and our score U settle them; V is then taken again there. Its warnings
    say what is judged here (or that weights may be sampling weights, for which there is `cluster`), so they are not
    passed on.
    """
    parameters, covariance = _by_lifelines(rows, baseline, None)
    start = _settled(parameters, covariance, rows, baseline, described)
    parameters, covariance = _by_lifelines(rows, baseline, start)
    settled = _settled(parameters, covariance, rows, baseline, described)
    log_likelihood, scores = log_likelihood_and_scores(settled, rows, baseline)
    return Maximum(settled, covariance, log_likelihood, scores)


def _settled(
    parameters: Floats, covariance: Floats, rows: SpellRows, baseline: Baseline, described: list[str]
) -> Floats:
    """Return where the score is 0, from nearby; refuse where it is not reached or the likelihood does not bend down."""
    first, variance = parameters, np.diagonal(covariance)
    steps = MOST_STEPS if np.isfinite(covariance).all() and (variance > 0).all() else 0
    for _ in range(steps):
        with np.errstate(all="ignore"):  # what overflows does not settle
            _, scores = log_likelihood_and_scores(parameters, rows, baseline)
            step = covariance @ (rows.weight @ scores)
            size = np.abs(step / np.sqrt(variance)).max()
        parameters = parameters + step
        if size < SETTLED:
            return parameters
        if not size < 1:
            break
    raise _not_finite(f"estimates that do not settle, most of all that of {_most_grown(first, described)}")


def _most_grown(parameters: Floats, described: list[str]) -> str:
    """Return the column whose coefficient is largest for its spread, unless a parameter of the shape is larger."""
    size = np.abs(parameters[1:])
    at = int(np.argmax(size)) if len(size) else len(described)
    return described[at] if at < len(described) else "the shape"


def _not_finite(got: str) -> InvalidDataError:
    return InvalidDataError(
        "formula",
        "a finite estimate for every parameter",
        got,
        "look for values at which nobody leaves, merge or leave out, or use cox or discrete_hazard",
    )


def _by_lifelines(rows: SpellRows, baseline: Baseline, start: Floats | None) -> tuple[Floats, Floats]:
    """Return the parameters and covariance that lifelines finds."""
    n_columns = rows.columns.shape[1]
    names = [f"x{j:06}" for j in range(1, n_columns)]  # lifelines sorts them
    frame = pd.DataFrame(rows.columns[:, 1:], columns=names).assign(
        time=np.exp(rows.log_time), entry=np.exp(rows.log_entry), event=rows.event, weight=rows.weight
    )
    fitter, asked = _fitter(baseline, names)
    n_shapes = len(baseline.shapes)
    theirs = np.concatenate((np.arange(1, n_columns), [0], n_columns + np.arange(n_shapes)))  # the constant last
    sign = np.ones(n_columns + n_shapes)
    if baseline.distribution in SHAPE_NOT_SCALE:
        sign[-1] = -1.0
    if start is not None:
        spread = np.concatenate(([1.0], rows.columns[:, 1:].std(axis=0, ddof=1), np.ones(n_shapes)))
        asked["initial_point"] = (sign * spread * start)[theirs]
    roles = {"duration_col": "time", "entry_col": "entry", "event_col": "event", "weights_col": "weight"}
    failed = False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fitter.fit(frame, **roles, **asked, fit_options=TIGHT)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            failed = True
    if failed:
        raise _not_finite("a search that does not converge")
    ours = np.argsort(theirs)
    covariance = fitter.variance_matrix_.to_numpy()[np.ix_(ours, ours)]
    return sign * fitter.params_.to_numpy()[ours], sign[:, None] * covariance * sign


def _fitter(baseline: Baseline, names: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return lifelines' fitter of a distribution, and what else its `fit` takes."""
    import lifelines

    if baseline.distribution == "spline":
        from workforce_metrics.survival.parametric.spline_fitter import SplineFitter

        fitter = SplineFitter(baseline.knots)
        return fitter, {"regressors": fitter.regressors_of(names)}
    if baseline.distribution == "exponential":
        return lifelines.PiecewiseExponentialRegressionFitter(breakpoints=[]), {"regressors": {"lambda_0_": names}}
    fitter = {
        "weibull": lifelines.WeibullAFTFitter,
        "log-normal": lifelines.LogNormalAFTFitter,
        "log-logistic": lifelines.LogLogisticAFTFitter,
    }[baseline.distribution]()
    fitter._scipy_fit_method = "SLSQP"  # noqa: SLF001 - what lifelines itself advises; BFGS stops short of TIGHT
    return fitter, {}
