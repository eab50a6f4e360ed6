"""What each row adds to the score and to the cumulated hazard, through its own risk and through everybody's weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.likelihood import PartialLikelihood, at_risk_factor
from workforce_metrics.survival.cox.residuals import score_residuals
from workforce_metrics.survival.cox.risk_sets import so_far
from workforce_metrics.survival.fine_gray.likelihood import tail_risk, upcoming
from workforce_metrics.survival.fine_gray.observation import from_the_start
from workforce_metrics.survival.fine_gray.sample import FineGraySample, tail_sums

__all__ = ["hazard_influence", "score_influence"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Pull:
    """What somebody of the tail with ``A(t) r = 1`` takes from a quantity at each event time: ``x on_x + fixed``.

    Parameters
    ----------
    on_x : ndarray of float64, shape (n_times,), or None
    fixed : ndarray of float64, shape (n_times, k)
    """

    on_x: Floats | None
    fixed: Floats


def score_influence(sample: FineGraySample, at: PartialLikelihood, *, estimated_weights: bool) -> Floats:
    """Return what each row adds to the score of the standardised columns.

    Parameters
    ----------
    sample : FineGraySample
    at : PartialLikelihood
    estimated_weights : bool
        Whether to count what a row does to the weights of those who left by another cause.

    Returns
    -------
    ndarray of float64, shape (n_input, p)

    Notes
    -----
    Without the weights' part: the integral of ``(x - mean(t)) w(t) dM(t)``, M the martingale of the subdistribution
    (eta of Fine and Gray); with it, psi is added. With ``q(u)`` the sum of ``w(t) r (x - mean(t)) dL(t)`` over the
    leavers by another cause up to u and the event times after u, and ``Y(u)`` those who can be censored at u, psi is
    the integral of ``q(u) / Y(u) dM(u)``, M the martingale of being censored. Entry acts in the same way on the
    reversed clock with the opposite sign.

    References
    ----------
    Fine JP, Gray RJ (1999). J Am Stat Assoc 94:496-509. doi:10.1080/01621459.1999.10474144
    Zhang X, Zhang M-J, Fine J (2011). Stat Med 30:1933-1951. doi:10.1002/sim.4264
    """
    sums, rows = at.sums, sample.at_risk
    drift = sums.drift
    pull = _Pull(sums.hazard, -drift)
    influence = _through_tail(sample, tail_risk(sample, at.coefficients), pull, estimated_weights=estimated_weights)
    influence[rows.order] += rows.weight[:, None] * score_residuals(rows, at)
    return influence


def hazard_influence(
    sample: FineGraySample, at: PartialLikelihood, counted: Floats, *, estimated_weights: bool
) -> Floats:
    """Return what each row adds to sums of the baseline hazard, the coefficients known.

    Parameters
    ----------
    sample : FineGraySample
    at : PartialLikelihood
    counted : ndarray of float64, shape (n_times, k)
        How often each event time counts in each sum.
    estimated_weights : bool
        As of `score_influence`.

    Returns
    -------
    ndarray of float64, shape (n_input, k)
    """
    sums, rows = at.sums, sample.at_risk
    pull = _Pull(None, counted * sums.square[:, None])
    influence = _through_tail(sample, tail_risk(sample, at.coefficients), pull, estimated_weights=estimated_weights)
    per_leaver = counted * (sums.hazard / rows.event_weight)[:, None]
    own = np.where(rows.event, rows.weight, 0.0)[:, None] * per_leaver[rows.last]
    factor = at_risk_factor(rows, pull.fixed, counted * sums.square_tied[:, None])
    influence[rows.order] += own - at.risk[:, None] * factor
    return influence


def _through_tail(sample: FineGraySample, risk: Floats, pull: _Pull, *, estimated_weights: bool) -> Floats:
    """Return what rows do as members of the tail and, where asked, to its weights, shape (n_input, k)."""
    tail = sample.tail
    by_row = upcoming(sample, pull.fixed)
    if pull.on_x is not None:
        by_row += tail.columns * upcoming(sample, pull.on_x)[:, None]
    by_row *= risk[:, None]
    influence = np.zeros((len(sample.group), by_row.shape[1]))
    influence[tail.order] = -by_row
    if estimated_weights and len(tail.order):
        influence += _through_weights(sample, _crossing(sample, risk, pull, by_row))
    return influence


def _crossing(sample: FineGraySample, risk: Floats, pull: _Pull, by_row: Floats) -> Floats:
    """Return the pulls of those who left up to each cell's time, at event times after it, shape (n_cells, k).

    They are all pulls of those who left so far, less those at event times so far.
    """
    tail, seen, chance = sample.tail, sample.observation, sample.chance
    by_time = pull.fixed * tail_sums(sample, None, risk)[..., None]
    if pull.on_x is not None:
        by_time += pull.on_x[:, None] * tail_sums(sample, tail.columns, risk)
    by_time *= chance[..., None]
    change = _binned(sample.before_exit[tail.order], by_row, len(seen.group))
    for group in range(len(chance)):
        cells = seen.cells_before(sample.at_risk.time, np.full(chance.shape[1], group))
        change -= _binned(
            np.where(cells < seen.start[group + 1], cells, len(seen.group)), by_time[group], len(seen.group)
        )
    return from_the_start(change, seen.start[:-1])


def _through_weights(sample: FineGraySample, crossing: Floats) -> Floats:
    """Return what being censored or not, and entering or not, does to the pulls that cross it, shape (n_input, k)."""
    seen, gone, came = sample.observation, sample.before_exit, sample.before_entry
    censored = np.flatnonzero(sample.censored)
    per_one, cumulated = _rates(crossing, seen.n_censor, seen.censor_risk)
    change = cumulated[seen.start[sample.group] if came is None else came + 1] - cumulated[gone + sample.censored]
    change[censored] += per_one[gone[censored]]
    if came is not None:
        per_one, cumulated = _rates(crossing, seen.n_entry, seen.entry_risk)
        change += cumulated[gone] - cumulated[came] - per_one[came]
    return change if sample.weight is None else change * sample.weight[:, None]


def _rates(crossing: Floats, n: Floats, n_risk: Floats) -> tuple[Floats, Floats]:
    """Return ``q / Y`` where something happens, shape (n_cells, k), and sums of ``q / Y dN / Y`` before each cell."""
    at_risk = np.where(n > 0, n_risk, 1.0)
    per_one = np.where(n > 0, 1 / at_risk, 0.0)[:, None] * crossing
    return per_one, so_far(per_one * (n / at_risk)[:, None])


def _binned(position: Ints, values: Floats, n: int) -> Floats:
    """Return the sums of the rows of `values` at each position below n, shape (n, k)."""
    return np.stack([np.bincount(position, column, n + 1)[:n] for column in values.T], axis=1)
