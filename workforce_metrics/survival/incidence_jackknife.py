"""The infinitesimal jackknife of a cumulative incidence: what each person's weight does to it, squared and summed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.aalen_johansen import (
    ALL_LEFT,
    AalenJohansen,
    SquaredSteps,
    none_when_all_left,
    running_sum,
    total_variance,
)

__all__ = ["JackknifeCounts", "LateEntrants", "jackknife_variance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LateEntrants:
    """People who entered later than the first.

    Parameters
    ----------
    entry_row, exit_row : ndarray of int64, shape (n_late,)
        The rows of the risk table at which they entered, and left or were censored.
    cause : ndarray of int64, shape (n_late,)
        0 = censored, 1..n_causes.
    square : ndarray of float64 or None, shape (n_late,)
        Squared weights; None = 1 each.
    """

    entry_row: Ints
    exit_row: Ints
    cause: Ints
    square: Floats | None


@dataclass(frozen=True)
class JackknifeCounts:
    """Sums of weights and of squared weights at each row of a risk table; without weights, counts.

    Parameters
    ----------
    n_risk : ndarray of float64, shape (n_cells,)
        Weights at risk.
    square_risk, square_entry : ndarray of float64, shape (n_cells,)
        Squared weights at risk, and entering.
    square_event : ndarray of float64, shape (n_causes, n_cells)
    """

    n_risk: Floats
    square_risk: Floats
    square_event: Floats
    square_entry: Floats


def jackknife_variance(estimate: AalenJohansen, counts: JackknifeCounts, late: LateEntrants) -> Floats:
    """Return the infinitesimal-jackknife variance of each incidence, shape (n_causes, n_cells).

    Parameters
    ----------
    estimate : AalenJohansen
    counts : JackknifeCounts
    late : LateEntrants

    Notes
    -----
    ``sum_i (w_i dF_c(t) / dw_i)^2``, where, with ``dM_i(s)`` = 1 if person i leaves at s, less the hazard if at risk,
    ``dF_c(t) / dw_i = sum S(s-) dM_ic(s) / n(s) - (F_c(t) - F_c(s)) dM_i(s) / (n(s) - d(s))`` over s up to t. Squared
    and summed over people, the products of steps at one time need only the counts there. Those of steps at two times
    need, among who leaves and who is at risk at the later, what each was charged since entering: one sum a cause over
    the late entrants.
    """
    hazard, any_hazard, away = estimate.hazard, estimate.any_hazard, estimate.away
    n = np.where(any_hazard > 0, counts.n_risk, 1.0)
    stay = 1 - any_hazard > ALL_LEFT  # after a time at which all leave nothing is to come
    per_any = np.where(stay, 1 / (n * np.where(stay, 1 - any_hazard, 1.0)), 0.0)
    per_cause = estimate.before / n
    away_any = away * per_any
    same = _same_time(estimate, counts)

    exit_cell = late.cause * len(n) + late.exit_row
    earlier_any, of_any = _earlier(estimate, counts, late, exit_cell, per_any * any_hazard)
    earlier_cause, of_cause = np.empty_like(hazard), np.empty_like(hazard)
    for cause, charge in enumerate(per_cause * hazard + away_any * any_hazard):
        earlier_cause[cause], by_cause = _earlier(estimate, counts, late, exit_cell, charge)
        of_cause[cause] = by_cause[cause]
    steps = SquaredSteps(
        of_cause=per_cause * (per_cause * same.of_cause + 2 * (away_any * same.product + of_cause))
        + away_any * (away_any * same.of_any + 2 * earlier_cause),
        product=per_cause * (per_any * same.product + of_any)
        + per_any * (away_any * same.of_any + earlier_cause)
        + away_any * earlier_any,
        of_any=per_any * (per_any * same.of_any + 2 * earlier_any),
    )
    return none_when_all_left(estimate, total_variance(estimate, steps))


def _same_time(estimate: AalenJohansen, counts: JackknifeCounts) -> SquaredSteps:
    """Return the sums over people of ``w^2 dM_c^2``, ``w^2 dM_c dM`` and ``w^2 dM^2`` at each row."""
    hazard, any_hazard, at_risk, left = estimate.hazard, estimate.any_hazard, counts.square_risk, counts.square_event
    any_left = left.sum(axis=0)
    return SquaredSteps(
        of_cause=left * (1 - 2 * hazard) + at_risk * hazard**2,
        product=left * (1 - any_hazard) + hazard * (at_risk * any_hazard - any_left),
        of_any=any_left * (1 - 2 * any_hazard) + at_risk * any_hazard**2,
    )


def _earlier(
    estimate: AalenJohansen, counts: JackknifeCounts, late: LateEntrants, exit_cell: Ints, charge: Floats
) -> tuple[Floats, Floats]:
    """Return ``sum_i w_i^2 X_i(s-) dM_i(s)``, shape (n_cells,), and the same with ``dM_ic``, shape (n_causes, n_cells).

    ``X_i(s-)``, not above 0, is what person i was charged from entering to just before s; a row charges `charge`, shape
    (n_cells,), to everyone at risk there. `exit_cell` numbers the cells of cause, 0 first, and row.
    """
    n_causes, n_cells = estimate.hazard.shape
    edges = estimate.edges
    total = running_sum(edges, charge)
    before = total - charge
    at_entry = total[late.entry_row]
    if late.square is not None:
        at_entry *= late.square
    at_exit = np.bincount(exit_cell, weights=at_entry, minlength=n_cells * (n_causes + 1)).reshape(-1, n_cells)
    leaves = at_exit[1:] - before * counts.square_event
    still_in = at_exit.sum(axis=0) - counts.square_entry * total
    at_risk = running_sum(n_cells - edges[::-1], still_in[::-1])[::-1] - before * counts.square_risk
    return leaves.sum(axis=0) - estimate.any_hazard * at_risk, leaves - estimate.hazard * at_risk
