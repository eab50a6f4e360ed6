"""The risk of leaving that a Cox model predicts for people, with intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.results import is_finite_number, numbers_asked
from workforce_metrics.survival.cox.baseline import baseline, hazard_variance
from workforce_metrics.survival.cox.clock import CoxClock, passed_by
from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.risk_sets import CoxSample
from workforce_metrics.survival.cox.robust_baseline import RobustParts, robust_hazard_variance
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.intervals import survival_interval
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = [
    "hazard_ratios",
    "offset_of",
    "predicted_risk",
    "risk_with_interval",
    "steps_up_to",
    "stratum_codes",
    "times_asked",
    "warn_of_unknown",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WIDEST_LINEAR = 300.0


def predicted_risk(
    sample: CoxSample,
    fit: CoxFit,
    design: DesignMatrix,
    clock: CoxClock,
    people: Any,
    *,
    at: float | Sequence[float],
    given: float,
    conf_level: float,
    robust: RobustParts | None = None,
) -> pd.DataFrame:
    """Return the table that `CoxModel.predict_risk` describes."""
    times = times_asked(at, given)
    own = pandas_frame(people, "people")
    frame = own.reset_index(drop=True)
    x = (design.of(frame) - sample.centre) / sample.scale
    linear = x @ fit.at.coefficients + offset_of(frame, clock.offset) - sample.offset_mean
    codes = stratum_codes(frame, clock.strata)
    steps = [steps_up_to(sample, clock, codes, time) for time in (float(passed_by(given)), *times)]
    ratio = hazard_ratios(linear)
    sums, parts = baseline(fit), []
    variance = fit.variance * np.outer(sample.scale, sample.scale)
    for time, to in zip(times, steps[1:], strict=True):
        since = steps[0]
        hazard = sums.hazard[to] - sums.hazard[since]
        own_variance, drift = sums.own[to] - sums.own[since], sums.drift[to] - sums.drift[since]
        if robust is None:
            error = np.sqrt(hazard_variance(variance, hazard, own_variance, drift, x))
        else:
            error = np.sqrt(robust_hazard_variance(robust, since, to, hazard=hazard, drift=drift, x=x))
        unknown = time > clock.followed[codes] * (1 + TIE_TOLERANCE)
        parts.append(risk_with_interval(np.where(unknown, np.nan, ratio * hazard), ratio * error, time, conf_level))
    table = pd.concat(parts, ignore_index=True)
    warn_of_unknown(table)
    by_person = np.arange(len(table)).reshape(len(times), len(frame)).T.ravel()
    return table.take(by_person).set_axis(own.index.repeat(len(times)), axis=0)


def hazard_ratios(linear: Floats) -> Floats:
    """Return the exponential; of predictors cut where everybody leaves at once, or nobody does."""
    return np.asarray(np.exp(np.clip(linear, -WIDEST_LINEAR, WIDEST_LINEAR)))


def risk_with_interval(hazard: Floats, error: Floats, time: float | Floats, conf_level: float) -> pd.DataFrame:
    """Return the table of the risks that cumulated hazards and their standard errors, each of shape (n,), make.

    `time` is one for all, or one a row.
    """
    staying = np.exp(-hazard)
    low, high = survival_interval(staying, error, conf_type="log-log", conf_level=conf_level)
    return pd.DataFrame(
        {
            "time": np.full(len(hazard), time),
            "estimate": -np.expm1(-hazard),
            "std_error": staying * error,
            "conf_low": 1 - high,
            "conf_high": 1 - low,
        }
    )


def times_asked(at: float | Sequence[float], given: float) -> Floats:
    """Return the times of a prediction, none before the time already served."""
    times = numbers_asked(at, "at")
    if not (is_finite_number(given) and given >= 0):
        raise InvalidArgumentError("given", "a time from 0", repr(given), "write the time already served")
    if not (times >= given).all():
        raise InvalidArgumentError("at", f"times from {given:g}", repr(at), "write at=5, or a list of times")
    return times


def offset_of(frame: pd.DataFrame, name: str | None) -> Floats:
    """Return the offset of each row, 0 where the model has none, shape (n_rows,)."""
    if name is None:
        return np.zeros(len(frame))
    if name not in frame:
        raise MissingColumnError(name, "the offset of the model", "no such column", "add the column")
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        raise InvalidDataError(name, "a number in every row", "missing ones", "fill them in or leave those rows out")
    return values


def stratum_codes(frame: pd.DataFrame, strata: pd.DataFrame) -> Ints:
    """Return the row of `strata` to which each row of `frame` belongs, shape (n_rows,).

    Raises
    ------
    MissingColumnError, InvalidDataError
        If a column is not there, or a row belongs to no stratum of the model.
    """
    if not strata.shape[1]:
        return np.zeros(len(frame), dtype=np.int64)
    names = [str(name) for name in strata.columns]
    for name in names:
        if name not in frame:
            raise MissingColumnError(name, "a stratum of the model", "no such column", "add the column")
    if strata.shape[1] == 1:
        codes = pd.Index(strata[names[0]].astype(object)).get_indexer(frame[names[0]].astype(object))
    else:
        known = pd.MultiIndex.from_frame(strata[names].astype(object))
        codes = known.get_indexer(pd.MultiIndex.from_frame(frame[names].astype(object)))
    if (codes < 0).any():
        raise InvalidDataError(
            ", ".join(names),
            "strata that the model was fitted on",
            f"{int((codes < 0).sum()):,} rows of others",
            "leave those rows out, or take the column as a covariate instead",
        )
    return np.asarray(codes, dtype=np.int64)


def steps_up_to(sample: CoxSample, clock: CoxClock, codes: Ints, time: float) -> Ints:
    """Return how many event times of earlier strata, and of a row's own up to `time`, there are, shape (n_rows,)."""
    n_strata, when = len(clock.strata), clock.in_units(sample.time)
    ends = np.searchsorted(sample.stratum, np.arange(n_strata + 1))
    reached = np.bincount(sample.stratum[when <= time * (1 + TIE_TOLERANCE)], minlength=n_strata)
    return np.asarray((ends[:-1] + reached)[codes])


def warn_of_unknown(table: pd.DataFrame) -> None:
    """Warn of the rows of a prediction that are missing."""
    n = int(table["estimate"].isna().sum())
    if n:
        warnings.warn(
            f"{n:,} risk(s) lie beyond the time to which anybody of the stratum was followed and are missing;"
            " ask for earlier times",
            RiskSetWarning,
            stacklevel=4,
        )
