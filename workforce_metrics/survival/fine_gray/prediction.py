"""The incidence of leaving by the cause that a Fine and Gray model predicts for people, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.cox.baseline import baseline
from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.cox.prediction import (
    offset_of,
    risk_with_interval,
    steps_up_to,
    stratum_codes,
    times_asked,
    warn_of_unknown,
)
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.fine_gray.estimate import FineGrayFit, within_clusters
from workforce_metrics.survival.fine_gray.influence import hazard_influence, score_influence
from workforce_metrics.survival.fine_gray.sample import FineGraySample
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["predicted_incidence"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A fit with what each row, or cluster, adds to the coefficients of the standardised columns: `adds`, (n, p)."""

    sample: FineGraySample
    fit: FineGrayFit
    cluster: Ints | None
    adds: Floats


def predicted_incidence(
    sample: FineGraySample,
    fit: FineGrayFit,
    people: Any,
    *,
    design: DesignMatrix,
    clock: CoxClock,
    cluster: Ints | None,
    at: float | Sequence[float],
    conf_level: float,
) -> pd.DataFrame:
    """Return the table that `FineGrayModel.predict_incidence` describes."""
    times, at_risk = times_asked(at, 0.0), sample.at_risk
    own = nw.from_native(people, eager_only=True).to_pandas()
    frame = own.reset_index(drop=True)
    x = (design.of(frame) - at_risk.centre) / at_risk.scale
    ratio = np.exp(x @ fit.at.coefficients + offset_of(frame, clock.offset) - at_risk.offset_mean)
    codes, fitted, parts = stratum_codes(frame, clock.strata), _fitted(sample, fit, cluster), []
    since = steps_up_to(at_risk, clock, codes, -1.0)
    for time in times:
        hazard, variance = _hazard_and_variance(fitted, since, steps_up_to(at_risk, clock, codes, time), x)
        unknown = time > clock.followed[codes] * (1 + TIE_TOLERANCE)
        parts.append(
            risk_with_interval(np.where(unknown, np.nan, ratio * hazard), ratio * np.sqrt(variance), time, conf_level)
        )
    table = pd.concat(parts, ignore_index=True)
    warn_of_unknown(table)
    by_person = np.arange(len(table)).reshape(len(times), len(frame)).T.ravel()
    return table.take(by_person).set_axis(own.index.repeat(len(times)), axis=0)


def _fitted(sample: FineGraySample, fit: FineGrayFit, cluster: Ints | None) -> _Fitted:
    influence = score_influence(sample, fit.at, estimated_weights=fit.estimated_weights)
    variance = fit.model_variance * np.outer(sample.at_risk.scale, sample.at_risk.scale)
    return _Fitted(sample, fit, cluster, within_clusters(influence, cluster) @ variance)


def _hazard_and_variance(fitted: _Fitted, since: Ints, to: Ints, x: Floats) -> tuple[Floats, Floats]:
    """Return the cumulated baseline hazard of each person, and its variance at ``exp(x b) = 1``, each of shape (n,).

    Parameters
    ----------
    fitted : _Fitted
    since, to : ndarray of int64, shape (n,)
        The event times from `since` on and before `to` are counted.
    x : ndarray of float64, shape (n, p)
        Standardised columns.

    Notes
    -----
    What a row adds is ``b + (x L - D)' a``: b with the coefficients known, a its influence on these, L the cumulated
    hazard, D the mean of the columns cumulated with it. Squares and products of a and b are summed once a stratum.
    """
    fit, adds, sums = fitted.fit, fitted.adds, baseline(fitted.fit)
    hazard = sums.hazard[to] - sums.hazard[since]
    apart = x * hazard[:, None] - (sums.drift[to] - sums.drift[since])
    variance = ((apart @ (adds.T @ adds)) * apart).sum(axis=1)
    step = np.arange(len(fitted.sample.at_risk.time))
    for start, stop in np.unique(np.column_stack((since, to)), axis=0):
        counted = ((step >= start) & (step < stop)).astype(np.float64)[:, None]
        influence = hazard_influence(fitted.sample, fit.at, counted, estimated_weights=fit.estimated_weights)
        own = within_clusters(influence, fitted.cluster)[:, 0]
        mine = (since == start) & (to == stop)
        variance[mine] += own @ own + 2 * apart[mine] @ (own @ adds)
    return hazard, np.maximum(variance, 0.0)
