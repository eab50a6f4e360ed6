"""The likelihood of a binary hazard on cells: blocked sums, one Gram matrix an evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.discrete_hazard.cells import Block

__all__ = ["GramSum", "Link", "Scored", "hazard_and_slope", "scored_at", "scores_and_weights"]

Floats = npt.NDArray[np.float64]
Link = Literal["cloglog", "logit"]
HIGHEST = {"cloglog": 5.0, "logit": 35.0}
"""Linear predictors at which the hazard is 1 to the last bit."""
SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Scored:
    """The log-likelihood at one value of the parameters, its gradient and its information.

    Parameters
    ----------
    log_likelihood : float
    score : ndarray of float64, shape (n_parameters,)
        Baseline parameters first, then covariates.
    information : ndarray of float64, shape (n_parameters, n_parameters)
    """

    log_likelihood: float
    score: Floats
    information: Floats


def hazard_and_slope(eta: Floats, link: Link) -> tuple[Floats, Floats]:
    """Return the hazard at each linear predictor, and its derivative.

    Examples
    --------
    >>> import numpy as np
    >>> hazard_and_slope(np.array([0.0]), "logit")
    (array([0.5]), array([0.25]))
    """
    odds = np.exp(np.minimum(eta, HIGHEST[link]))
    if link == "logit":
        hazard = odds / (1 + odds)
        return hazard, hazard / (1 + odds)
    return -np.expm1(-odds), odds * np.exp(-odds)


def scores_and_weights(
    block: Block, eta: Floats, link: Link, *, observed: bool = False
) -> tuple[float, Floats, Floats]:
    """Return a block's log-likelihood, and per cell the score and the information of the linear predictor.

    Parameters
    ----------
    block : Block
    eta : ndarray of float64, shape (n_rows, n_periods)
    link : {"cloglog", "logit"}
    observed : bool
        The observed information, which Newton's steps take, or the expected one, which variances do.

    Returns
    -------
    log_likelihood : float
    score, weight : ndarray of float64, shape (n_rows, n_periods)

    Notes
    -----
    With n at risk, y leaving and hazard h: ``y log h + (n - y) log(1 - h)``. Logit: score ``y - n h``, information
    ``n h (1 - h)`` of both kinds. Complementary log-log, with ``m = exp(eta)`` and ``r = m / h``: score ``y r - n m``,
    information expected ``n m r (1 - h)``, observed ``n m - y r (1 - r (1 - h))``.
    """
    n, y = block.n_risk, block.n_event
    at = np.nonzero(y)
    rate, left = np.exp(np.minimum(eta, HIGHEST[link])), y[at]
    if link == "logit":
        hazard = rate / (1 + rate)
        score = -n * hazard
        weight = score * (hazard - 1)
        score[at] += left
        return float(left @ np.log(rate[at]) - (n * np.log1p(rate)).sum()), score, weight
    exposure = n * rate
    hazard_there = -np.expm1(-rate[at])
    ratio = rate[at] / np.maximum(hazard_there, SMALLEST)
    log_likelihood = float(left @ (np.log(np.maximum(hazard_there, SMALLEST)) + rate[at]) - exposure.sum())
    score = -exposure
    score[at] += left * ratio
    if observed:
        exposure[at] -= left * ratio * (1 - ratio * (1 - hazard_there))
        return log_likelihood, score, exposure
    hazard = np.maximum(-np.expm1(-rate), SMALLEST)
    return log_likelihood, score, exposure * (rate / hazard) * np.exp(-rate)


class GramSum:
    """Add up ``Z' diag(W) Z`` over blocks of cells, where a cell's row of Z is ``(B_k, x_p)``.

    Parameters
    ----------
    baseline : ndarray of float64, shape (n_periods, n_baseline)
        B.
    n_covariates : int

    Notes
    -----
    The matrix is made of the row sums of W (between covariates), its column sums (between baseline parameters) and
    ``W' X`` (between the two): cells are never multiplied out into rows of Z.
    """

    def __init__(self, baseline: Floats, n_covariates: int) -> None:
        self._baseline = baseline
        self._within = np.zeros((n_covariates, n_covariates))
        self._between = np.zeros((len(baseline), n_covariates))
        self._period = np.zeros(len(baseline))

    def add(self, weight: Floats, own: Floats) -> None:
        """Add cells of weight (n_rows, n_periods) whose patterns have covariates `own` (n_rows, n_covariates)."""
        self._period += weight.sum(axis=0)
        self._between += weight.T @ own
        self._within += own.T @ (weight.sum(axis=1)[:, None] * own)

    def matrix(self) -> Floats:
        """Return the sum so far, shape (n_parameters, n_parameters)."""
        corner = self._baseline.T @ self._between
        return np.block(
            [[self._baseline.T @ (self._period[:, None] * self._baseline), corner], [corner.T, self._within]]
        )


def scored_at(
    parameters: Floats, coordinates: tuple[Floats, Floats], blocks: Iterable[Block], link: Link, *, observed: bool
) -> Scored:
    """Add the blocks' contributions up.

    Parameters
    ----------
    parameters : ndarray of float64, shape (n_baseline + n_covariates,)
        Those of the baseline first.
    coordinates : tuple of ndarray of float64
        Columns of the baseline, shape (n_periods, n_baseline), and of the covariates, (n_patterns, n_covariates).
    blocks : iterable of Block
    link : {"cloglog", "logit"}
    observed : bool
        Which information to add up.

    Returns
    -------
    Scored
    """
    baseline, patterns = coordinates
    n_baseline = baseline.shape[1]
    by_period, by_covariate = baseline @ parameters[:n_baseline], parameters[n_baseline:]
    log_likelihood, information = 0.0, GramSum(baseline, patterns.shape[1])
    period_score, score = np.zeros(len(baseline)), np.zeros(patterns.shape[1])
    for block in blocks:
        own = patterns[block.rows]
        eta = (own @ by_covariate)[:, None] + by_period
        value, residual, weight = scores_and_weights(block, eta, link, observed=observed)
        log_likelihood += value
        period_score += residual.sum(axis=0)
        score += own.T @ residual.sum(axis=1)
        information.add(weight, own)
    return Scored(log_likelihood, np.concatenate((baseline.T @ period_score, score)), information.matrix())
