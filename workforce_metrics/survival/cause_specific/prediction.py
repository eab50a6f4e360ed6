"""The risks that the models of all causes predict for people, by each or by any, with intervals."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.cause_specific.incidence import implied_incidence
from workforce_metrics.survival.cause_specific.steps import hazard_steps, ratios_by_cause
from workforce_metrics.survival.cause_specific.variance import (
    CauseTerms,
    cause_terms,
    model_variance,
    robust_variance,
)
from workforce_metrics.survival.cox.clock import passed_by
from workforce_metrics.survival.cox.prediction import risk_with_interval, stratum_codes, times_asked
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.intervals import survival_interval
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["predicted_incidence", "predicted_risk_of_any"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CELLS = 1 << 20
"""People are predicted so many at a time that no array has many more numbers than this."""


@dataclass(frozen=True, eq=False)
class _Predicted:
    """Estimates of people at times, of shape (n, n_at, n_outcomes), with the people's index and the times."""

    index: pd.Index[Any]
    times: Floats
    estimate: Floats
    std_error: Floats


@dataclass(frozen=True, eq=False)
class _Causes:
    """The models of all causes: `terms` in their order, `times` of the leavings by each, and what is robust."""

    terms: list[CauseTerms]
    times: list[Floats]
    robust: bool
    cluster: Ints | None


def predicted_incidence(
    models: Mapping[str, CoxModel], people: Any, *, at: float | Sequence[float], given: float, conf_level: float
) -> pd.DataFrame:
    """Return the table that `CauseSpecificModel.predict_incidence` describes."""
    made = _predicted(models, people, at=at, given=given, together=False)
    return _with_causes(made, tuple(models), conf_level)


def predicted_risk_of_any(
    models: Mapping[str, CoxModel], people: Any, *, at: float | Sequence[float], given: float, conf_level: float
) -> pd.DataFrame:
    """Return the table that `CauseSpecificModel.predict_risk` describes."""
    made = _predicted(models, people, at=at, given=given, together=True)
    times = np.tile(made.times, len(made.index))
    table = risk_with_interval(made.estimate.ravel(), made.std_error.ravel(), times, conf_level)
    return table.set_axis(made.index.repeat(len(made.times)), axis=0)


def _predicted(
    models: Mapping[str, CoxModel], people: Any, *, at: float | Sequence[float], given: float, together: bool
) -> _Predicted:
    """Return the probability of leaving by each cause or, `together`, the cumulated hazard of all."""
    times = times_asked(at, given)
    first = next(iter(models.values()))
    own = pandas_frame(people, "people")
    frame = own.reset_index(drop=True)
    columns, codes = first.design.of(frame), stratum_codes(frame, first.clock.strata)
    robust = bool(first.provenance["robust"])
    causes = _Causes(
        terms=[cause_terms(model.sample, model.fit, robust=robust) for model in models.values()],
        times=[model.clock.in_units(model.sample.time) for model in models.values()],
        robust=robust,
        cluster=first.cluster,
    )
    estimate = np.zeros((len(frame), len(times), 1 if together else len(models)))
    variance = np.zeros_like(estimate)
    for stratum in np.unique(codes):
        mine = np.flatnonzero(codes == stratum)
        n_steps = sum(int((term.sample.stratum == stratum).sum()) for term in causes.terms) * len(models)
        n_rows = first.sample.n_input if robust else 0
        size = max(1, CELLS // max(n_steps, n_rows, 1))
        for start in range(0, len(mine), size):
            some = mine[start : start + size]
            estimate[some], variance[some] = _of_stratum(
                causes, columns[some], int(stratum), times, given, together=together
            )
    beyond = times > first.clock.followed[codes][:, None] * (1 + TIE_TOLERANCE)
    estimate[beyond] = variance[beyond] = np.nan
    _warn_of_unknown(int(beyond.sum()))
    return _Predicted(own.index, times, estimate, np.sqrt(variance))


def _of_stratum(
    causes: _Causes, columns: Floats, stratum: int, times: Floats, given: float, *, together: bool
) -> tuple[Floats, Floats]:
    """Return estimates, as `_predicted`, and their variances for people of one stratum: shape (n, n_at, n_outcomes)."""
    sample = causes.terms[0].sample
    x = (columns - sample.centre) / sample.scale
    ratio = ratios_by_cause(causes.terms, x)
    when = hazard_steps(causes.terms, causes.times, stratum, after=float(passed_by(given)))
    rows, steps = when.rows, when.steps
    hazard = ratio[:, None, :] * when.hazard
    implied = None if together else implied_incidence(hazard)
    cumulated = np.cumsum(hazard.sum(axis=2), axis=1)
    estimate, variance = np.zeros((2, len(columns), len(times), 1 if together else len(rows)))
    for position, until in enumerate(when.until(times)):
        n_steps = [int(np.searchsorted(own, until)) for own in steps]
        used = [at[:n] for at, n in zip(rows, n_steps, strict=True)]
        for k in range(estimate.shape[2] if until else 0):
            reached = cumulated[:, until - 1] if implied is None else implied.incidence[:, until - 1, k]
            gradients = [
                ratio[:, c, None]
                * (np.ones((1, n)) if implied is None else implied.slope[:, steps[c][:n], k, c] - reached[:, None])
                for c, n in enumerate(n_steps)
            ]
            estimate[:, position, k] = reached
            variance[:, position, k] = (
                robust_variance(causes.terms, used, gradients, x, causes.cluster)
                if causes.robust
                else model_variance(causes.terms, used, gradients, x)
            )
    return estimate, variance


def _with_causes(made: _Predicted, causes: tuple[str, ...], conf_level: float) -> pd.DataFrame:
    known = np.where(made.estimate > 0, made.estimate, 1.0)
    low, high = survival_interval(
        np.minimum(made.estimate, 1.0).ravel(), (made.std_error / known).ravel(), conf_type="log-log",
        conf_level=conf_level,
    )  # fmt: skip
    n_people, n_times = made.estimate.shape[:2]
    codes = np.tile(np.arange(len(causes)), n_people * n_times)
    return pd.DataFrame(
        {
            "time": np.tile(np.repeat(made.times, len(causes)), n_people),
            "cause": pd.Categorical.from_codes(codes, categories=pd.Index(list(causes))),
            "estimate": made.estimate.ravel(),
            "std_error": made.std_error.ravel(),
            "conf_low": low,
            "conf_high": high,
        },
        index=made.index.repeat(n_times * len(causes)),
    )


def _warn_of_unknown(n: int) -> None:
    if n:
        warnings.warn(
            f"{n:,} time(s) lie beyond those to which anybody of the stratum was followed, and the risks are missing;"
            " ask for earlier times",
            RiskSetWarning,
            stacklevel=5,
        )
