"""A product-limit curve, the incidence of one of its events, and how much each person moves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.aalen_johansen import aalen_johansen

__all__ = [
    "LimitCurve",
    "clustered_std_error",
    "curve_until",
    "incidence_of",
    "moved_by_curve",
    "weights_for_the_lost",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LimitCurve:
    """A product-limit curve at the distinct times of its events.

    Parameters
    ----------
    factor : ndarray of float64, shape (n_times,)
        ``1 - d / m`` at each time.
    n_risk, n_event : ndarray of float64, shape (n_times,)
        Weight at risk, m, and of those whose event it is, d.
    first, last : ndarray of int64, shape (n,)
        Each row is at risk at the times ``first <= k < last``.
    own : ndarray of int64, shape (n,)
        The time at which the row has the event; -1 for none.
    """

    factor: Floats
    n_risk: Floats
    n_event: Floats
    first: Ints
    last: Ints
    own: Ints

    @property
    def survival(self) -> Floats:
        """The curve just after 0, 1, ... of its times, shape (n_times + 1,)."""
        return np.concatenate(([1.0], np.cumprod(self.factor)))


def curve_until(
    duration: npt.NDArray[Any],
    event: Bools,
    weight: Floats,
    *,
    entry: npt.NDArray[Any] | None = None,
    gone_before: Bools | None = None,
) -> LimitCurve:
    """Return the product-limit curve of `event`.

    Parameters
    ----------
    duration : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)
    weight : ndarray of float64, shape (n,)
    entry : ndarray, shape (n,), optional
        At risk from after it on.
    gone_before : ndarray of bool, shape (n,), optional
        Rows no longer at risk at their own `duration`: in the curve of censoring, those who left.

    Returns
    -------
    LimitCurve
    """
    times = np.unique(duration[event & (weight > 0)])
    last = np.searchsorted(times, duration, side="right")
    if gone_before is not None:
        last = np.where(gone_before, np.searchsorted(times, duration, side="left"), last)
    first = np.zeros(len(last), dtype=np.int64) if entry is None else np.searchsorted(times, entry, side="right")
    n_times = len(times)
    leave = np.bincount(last, weights=weight, minlength=n_times + 1)
    come = np.bincount(first, weights=weight, minlength=n_times + 1)
    n_risk = (leave - come)[::-1].cumsum()[::-1][1:]
    own = np.where(event & (weight > 0), last - 1, -1)
    n_event = np.bincount(own[own >= 0], weights=weight[own >= 0], minlength=n_times).astype(np.float64)
    n_risk = np.maximum(n_risk, n_event)  # a difference of sums may fall short by rounding
    rest = n_risk - n_event
    factor = np.where(rest > 1e-12 * n_risk, rest / n_risk, 0.0)
    return LimitCurve(factor, n_risk, n_event, first, last, own)


def moved_by_curve(curve: LimitCurve, pull: Floats) -> Floats:
    """Return how a unit of each row's weight moves ``sum_k pull_k log(1 - d_k / m_k)``.

    Parameters
    ----------
    curve : LimitCurve
    pull : ndarray of float64, shape (n_times,)
        0 at a time when all at risk have the event.

    Returns
    -------
    ndarray of float64, shape (n,)

    Notes
    -----
    The derivative of ``log(1 - d / m)`` by the weight of who is at risk is ``d / (m (m - d))``, less ``1 / (m - d)``
    where the event is their own.
    """
    rest = np.where(curve.factor > 0, curve.n_risk - curve.n_event, np.inf)
    at_risk = np.concatenate(([0.0], np.cumsum(pull * curve.n_event / (curve.n_risk * rest))))
    moved = at_risk[curve.last] - at_risk[np.minimum(curve.first, curve.last)]
    mine = np.append(pull / rest, 0.0)[curve.own]
    return np.asarray(moved - mine)


def incidence_of(curve: LimitCurve, left: Bools, weight: Floats) -> tuple[float, Floats]:
    """Return the probability of having left by one cause at the end of the curve, and what moves it.

    Parameters
    ----------
    curve : LimitCurve
        Of leaving by any cause.
    left : ndarray of bool, shape (n,)
        Who left by the cause, of those whose event the curve is of.
    weight : ndarray of float64, shape (n,)

    Returns
    -------
    incidence : float
    moved : ndarray of float64, shape (n,)
        How a unit of each row's weight moves it.

    Notes
    -----
    Aalen and Johansen's ``F = sum_k S_k- h_k``, h the share of those at risk who leave by the cause. With ``F_k`` what
    F is just after the k-th time, its derivative by a weight is ``sum_k S_k- dh_k + (F - F_k) dlog(1 - d_k / m_k)``.
    """
    if not len(curve.factor):
        return 0.0, np.zeros(len(weight))
    mine = left & (curve.own >= 0)
    by_cause = np.bincount(curve.own[mine], weights=weight[mine], minlength=len(curve.factor)).astype(np.float64)
    both: Floats = np.vstack((by_cause, curve.n_event - by_cause))
    made = aalen_johansen(np.zeros(len(by_cause), dtype=np.int64), curve.n_risk, both)
    step = made.before / curve.n_risk
    charge = np.concatenate(([0.0], np.cumsum(step * made.hazard[0])))
    moved = moved_by_curve(curve, -made.away[0]) - charge[curve.last] + charge[np.minimum(curve.first, curve.last)]
    return float(made.incidence[0, -1]), moved + np.where(mine, step[curve.own], 0.0)


def clustered_std_error(influence: Floats, cluster: Ints | None) -> float:
    """Return the infinitesimal jackknife: the root of the summed squares of what each row, or cluster, adds.

    Examples
    --------
    >>> import numpy as np
    >>> clustered_std_error(np.array([3.0, 1.0]), None), clustered_std_error(np.array([3.0, 1.0]), np.array([0, 0]))
    (3.1622776601683795, 4.0)
    """
    adds = influence if cluster is None else np.bincount(cluster, weights=influence)
    return float(np.sqrt((adds**2).sum()))


@dataclass(frozen=True)
class LostWeights:
    """What each person whose state is known stands for, with those lost from sight.

    Parameters
    ----------
    inverse : ndarray of float64, shape (n,)
        ``1 / G(T-)`` for those who left by whatever cause, ``1 / G(t-)`` for those who reached the horizon, 0 for those
        lost before.
    curve : LimitCurve
        Of being lost from sight.
    steps : ndarray of int64, shape (n,)
        How many times of `curve` lie before the row's own.
    """

    inverse: Floats
    curve: LimitCurve
    steps: Ints

    def influence(self, direct: Floats, through: Floats, weight: Floats) -> Floats:
        """Return what each row adds to a measure, shape (n,).

        Parameters
        ----------
        direct : ndarray of float64, shape (n,)
            A row's weight times the derivative of the measure by it, the curve of the lost held fixed.
        through : ndarray of float64, shape (n,)
            The derivative of the measure by the logarithm of the row's `inverse`.
        weight : ndarray of float64, shape (n,)
        """
        total = np.bincount(self.steps, weights=through, minlength=len(self.curve.factor) + 1)
        beyond = total[::-1].cumsum()[::-1][1:]
        pull = np.where(self.curve.factor > 0, -beyond, 0.0)
        return np.asarray(direct + weight * moved_by_curve(self.curve, pull))


def weights_for_the_lost(duration: npt.NDArray[Any], gone: Bools, reached: Bools, weight: Floats) -> LostWeights:
    """Return the inverse probability of not being lost from sight before one's own time.

    Parameters
    ----------
    duration : ndarray, shape (n,)
        Cut at the horizon.
    gone, reached : ndarray of bool, shape (n,)
        Who left, by whatever cause, and who reached the horizon.
    weight : ndarray of float64, shape (n,)

    Returns
    -------
    LostWeights

    Notes
    -----
    ``G(u-)`` is the product over times before u of ``1 - c / m`` with c lost among the m still there after that time's
    leavings. The weights of those known add up to the weights of all, and their share of leavers is one minus the
    Kaplan-Meier estimate, by each cause the Aalen-Johansen one.

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999). Stat Med 18:2529-2545.
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5
    """
    lost = ~gone & ~reached
    curve = curve_until(duration, lost, weight, gone_before=gone)
    steps = np.where(lost, 0, curve.last)
    known = ~lost & (weight > 0)
    probability = np.where(known, curve.survival[steps], 1.0)
    return LostWeights(np.where(known, 1 / probability, 0.0), curve, steps)
