"""Sums of people's predicted risks, with how they move as the parameters of the model do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.baseline import Baseline
from workforce_metrics.survival.cox.prediction import hazard_ratios
from workforce_metrics.survival.cox.robust_baseline import RobustParts, added_to_hazards
from workforce_metrics.survival.discrete_hazard.cells import CELLS_PER_BLOCK
from workforce_metrics.survival.discrete_hazard.prediction import (
    HIGHEST_HAZARD,
    HazardModel,
    hazards_of,
    incidence_of_cause,
)

__all__ = ["Coded", "RiskSums", "Spans", "covariance_root", "cox_risk_sums", "hazard_risk_sums"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Coded:
    """Patterns of covariates as a model reads them.

    Parameters
    ----------
    x : ndarray of float64, shape (n_patterns, n_covariates)
        For Cox models the standardised columns; for one model with the centred offset last.
    stratum : ndarray of int64, shape (n_patterns,)
    last : ndarray of float64, shape (n_patterns,)
        The time up to which the risk of each is known.
    """

    x: Floats
    stratum: Ints
    last: Floats

    def take(self, rows: Ints) -> Coded:
        """Return some of the patterns."""
        return Coded(self.x[rows], self.stratum[rows], self.last[rows])


@dataclass(frozen=True, eq=False)
class Spans:
    """Rows of people and the span of time in which each is watched for leaving.

    Parameters
    ----------
    pattern : ndarray of int64, shape (n,)
        Which pattern of `Coded` a row has.
    weight : ndarray of float64, shape (n,)
        How many people a row stands for.
    given, to : ndarray of float64, shape (n,)
        Still there at `given`; leaving is that by `to`, where ``given <= to``.
    """

    pattern: Ints
    weight: Floats
    given: Floats
    to: Floats


@dataclass(frozen=True)
class RiskSums:
    """Each row's probability of leaving, and how their weighted sum moves with the model.

    Parameters
    ----------
    chance : ndarray of float64, shape (n_outcomes, n)
        Of each cause in turn and at the end of any cause; with one cause of that alone.
    effect : ndarray of float64, shape (n_outcomes, n_directions)
        How far the weighted sum of `chance` moves with each of several independent standard normal errors of the model,
        so that ``effect @ effect.T`` is its covariance.
    """

    chance: Floats
    effect: Floats


def covariance_root(covariance: Floats) -> Floats:
    """Return L with ``L L' = covariance``, shape (n, n); directions without variance are columns of 0.

    Examples
    --------
    >>> root = covariance_root(np.array([[4.0, 2.0], [2.0, 1.0]]))
    >>> (root @ root.T).round(6).tolist()
    [[4.0, 2.0], [2.0, 1.0]]
    """
    size = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    safe = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(safe, safe))
    return np.asarray(size[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))


def hazard_risk_sums(model: HazardModel, root: Floats, x: Floats, spans: Spans) -> RiskSums:
    """Add up what discrete-time hazards predict.

    Parameters
    ----------
    model : HazardModel
    root : ndarray of float64, shape (n_causes * n_parameters, n_directions)
        Of the covariance of the model.
    x : ndarray of float64, shape (n_patterns, n_covariates)
    spans : Spans
        None beyond the end of the last interval.

    Returns
    -------
    RiskSums

    Notes
    -----
    A row's probability is the cumulative incidence at `to` of who is there at `given`; the gradient of the sum is taken
    through the linear predictors of all causes and intervals, as `predicted_incidence` takes it.
    """
    n_causes = len(model.parameters)
    n_outcomes = n_causes + 1 if n_causes > 1 else 1
    chance, gradient = np.zeros((n_outcomes, len(spans.pattern))), np.zeros((n_outcomes, model.parameters.size))
    height, order = max(CELLS_PER_BLOCK // len(model.ends), 1), np.argsort(spans.pattern, kind="stable")
    for start in range(0, len(order), height):
        rows = order[start : start + height]
        patterns, own = np.unique(spans.pattern[rows], return_inverse=True)
        weight, share = spans.weight[rows], _shares(model.ends, spans.given[rows], spans.to[rows])
        hazards, slopes = ([of[own] for of in made] for made in hazards_of(model, x[patterns]))
        for outcome in range(n_outcomes):
            chance[outcome, rows], moved = _incidence(outcome, hazards, slopes, share)
            by_pattern = [np.bincount(own, weight * m.sum(axis=1), len(patterns)) @ x[patterns] for m in moved]
            parts = [
                part for m, of in zip(moved, by_pattern, strict=True) for part in (weight @ m @ model.baseline, of)
            ]
            gradient[outcome] += np.concatenate(parts)
    return RiskSums(chance, gradient @ root)


def cox_risk_sums(
    base: Baseline,
    root: Floats,
    coefficients: Floats,
    x: Floats,
    spans: Spans,
    *,
    reached: Ints,
    robust: RobustParts | None = None,
) -> RiskSums:
    """Add up what a Cox model predicts.

    Parameters
    ----------
    base : Baseline
    root : ndarray of float64, shape (p, n_directions)
        Of the covariance of the coefficients of the standardised columns.
    coefficients : ndarray of float64, shape (p + 1,)
        Those, and 1 for the offset.
    x : ndarray of float64, shape (n_patterns, p + 1)
        The standardised columns and the centred offset.
    spans : Spans
    reached : ndarray of int64, shape (2, n)
        How many event times there are up to `given` and `to` of each row.
    robust : RobustParts, optional
        Of a robust model: directions are then what each row, or cluster, adds.

    Returns
    -------
    RiskSums

    Notes
    -----
    A row's risk is ``1 - exp(-r H)`` with ``r = exp(x b)`` and H the baseline hazard cumulated from `given`. It moves
    by ``exp(-r H) r`` times ``N + (x H - D) e``: e the error of the coefficients, D the cumulated mean of the columns
    times the hazard, N the error of the baseline, independent from one event time to the next.
    """
    ratio = hazard_ratios(x @ coefficients)[spans.pattern]
    (given, to), n_steps = reached, len(base.hazard)
    hazard = base.hazard[to] - base.hazard[given]
    moved = spans.weight * np.exp(-ratio * hazard) * ratio
    by_time = np.bincount(to, moved, n_steps) - np.bincount(given, moved, n_steps)
    slope = np.bincount(spans.pattern, moved * hazard, len(x)) @ x[:, :-1] - by_time @ base.drift
    steps = -np.cumsum(by_time)[:-1]
    if robust is not None:
        effect = added_to_hazards(robust, steps) + robust.dfbeta @ slope
        return RiskSums(-np.expm1(-ratio * hazard)[None, :], effect[None, :])
    by_step = steps * np.sqrt(np.maximum(np.diff(base.own), 0.0))
    return RiskSums(-np.expm1(-ratio * hazard)[None, :], np.concatenate((by_step, slope @ root))[None, :])


def _shares(ends: Floats, given: Floats, to: Floats) -> Floats:
    """Return what share of each interval lies between `given` and `to`, shape (n, n_periods)."""
    starts = np.concatenate(([0.0], ends[:-1]))
    covered = np.minimum(ends, to[:, None]) - np.maximum(starts, given[:, None])
    return np.asarray(np.clip(covered / (ends - starts), 0.0, 1.0))


def _incidence(outcome: int, hazards: list[Floats], slopes: list[Floats], share: Floats) -> tuple[Floats, list[Floats]]:
    """Return the incidence of a cause, or of all after the last, and its derivatives by the linear predictors."""
    total = np.minimum(np.sum(hazards, axis=0), HIGHEST_HAZARD)
    log_stay = np.cumsum(share * np.log1p(-total), axis=1)
    stay = np.exp(log_stay)
    if outcome < len(hazards) and len(hazards) > 1:
        return incidence_of_cause(outcome, hazards, slopes, stay, share)
    fall = stay[:, -1:] * share / (1 - total)
    return -np.expm1(log_stay[:, -1]), [fall * slope for slope in slopes]
