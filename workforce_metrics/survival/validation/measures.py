"""The kernels of accuracy and discrimination: Brier score, AUC at a horizon, Uno's concordance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.pairs import pairs_in_order, score_ranks
from workforce_metrics.survival.validation.horizon import HorizonSample
from workforce_metrics.survival.validation.influence import LostWeights

__all__ = ["Measure", "area_under_curve", "brier_score", "scaled_brier_score", "uno_concordance"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """An estimate and what each person adds to it.

    Parameters
    ----------
    estimate : float
        Missing where it is not defined.
    influence : ndarray of float64, shape (n,)
        Weight times the derivative of the estimate by the weight; the root of their summed squares is the standard
        error.
    """

    estimate: float
    influence: Floats


def brier_score(sample: HorizonSample, known: LostWeights) -> Measure:
    """Return the mean squared distance of predicted risk and outcome.

    Parameters
    ----------
    sample : HorizonSample
    known : LostWeights

    Returns
    -------
    Measure

    Notes
    -----
    ``sum a (y - p)^2 / sum a`` over those whose state at the horizon is known, with y = 1 for those who left,
    ``a = w / G``, and G the probability of not having been lost from sight (`weights_for_the_lost`).

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999). Stat Med 18:2529-2545.
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5
    """
    return _mean(sample, known, (sample.left - sample.predicted) ** 2)


def scaled_brier_score(sample: HorizonSample, known: LostWeights) -> Measure:
    """Return how far the Brier score falls below that of one risk for all: 1 is perfect, 0 no better.

    Parameters
    ----------
    sample : HorizonSample
    known : LostWeights

    Returns
    -------
    Measure

    Notes
    -----
    ``1 - B / (q (1 - q))`` with q the Kaplan-Meier risk at the horizon.

    References
    ----------
    Kattan MW, Gerds TA (2018). Diagn Progn Res 2:7. doi:10.1186/s41512-018-0029-2
    """
    score, share = brier_score(sample, known), _mean(sample, known, sample.left.astype(np.float64))
    null = share.estimate * (1 - share.estimate)
    if not null > 1e-12:
        return Measure(np.nan, np.full_like(sample.predicted, np.nan))
    by_share = score.estimate * (1 - 2 * share.estimate) / null**2
    return Measure(1 - score.estimate / null, by_share * share.influence - score.influence / null)


def area_under_curve(sample: HorizonSample, known: LostWeights) -> Measure:
    """Return how often somebody who left by the horizon had a higher predicted risk than somebody still there.

    Parameters
    ----------
    sample : HorizonSample
    known : LostWeights

    Returns
    -------
    Measure

    Notes
    -----
    ``sum_ij a_i b_j (1[p_i > p_j] + 1[p_i = p_j] / 2) / (sum a sum b)`` with i who left, j who are still there, and
    ``a = w / G(T-)``, ``b = w / G(t-)``: the cumulative, dynamic area. Time ``O(n log n)``.

    References
    ----------
    Uno H, Cai T, Tian L, Wei LJ (2007). J Am Stat Assoc 102:527-537. doi:10.1198/016214507000000149
    Blanche P, Dartigues JF, Jacqmin-Gadda H (2013). Stat Med 32:5381-5397. doi:10.1002/sim.5958
    """
    weight = sample.weight * known.inverse
    case, control = np.where(sample.left, weight, 0.0), np.where(sample.reached, weight, 0.0)
    if not (case.sum() > 0 and control.sum() > 0):
        return Measure(np.nan, np.full_like(weight, np.nan))
    rank = score_ranks(sample.predicted)
    cases, controls = case / case.sum(), control / control.sum()
    case_at, control_at = np.bincount(rank, weights=cases), np.bincount(rank, weights=controls)
    outdone = (np.cumsum(control_at) - control_at / 2)[rank]
    outdoing = (np.cumsum(case_at[::-1])[::-1] - case_at / 2)[rank]
    area = float(cases @ outdone)
    adds = cases * (outdone - area) + controls * (outdoing - area)
    return Measure(area, known.influence(adds, adds, sample.weight))


def uno_concordance(sample: HorizonSample, known: LostWeights) -> Measure:
    """Return how often the higher predicted risk leaves first, free of who was lost from sight when.

    Parameters
    ----------
    sample : HorizonSample
        Without delayed entry.
    known : LostWeights

    Returns
    -------
    Measure

    Notes
    -----
    Pairs are those of Harrell's concordance in which the first leaving comes by the horizon, each with the weight
    ``w_i w_j / G(T_i-)^2``. As R's ``concordance(timewt = "n/G2", ymax = horizon)``; the standard error, unlike R's,
    holds that G is estimated.

    References
    ----------
    Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ (2011). Stat Med 30:1105-1117. doi:10.1002/sim.4154
    """
    leaver = sample.left & (sample.weight > 0)
    first = np.where(leaver, sample.weight * known.inverse**2, 0.0)
    n, who = len(first), np.flatnonzero(leaver)
    times = np.unique(sample.duration[who])
    end = np.where(
        leaver,
        np.searchsorted(times, sample.duration, side="left"),
        np.searchsorted(times, sample.duration, side="right"),
    )
    key = np.concatenate((2 * end, 2 * end[who] + 1))
    rank = score_ranks(sample.predicted)
    bound = np.concatenate((sample.weight, np.zeros(len(who))))
    leaves = np.concatenate((np.zeros(n), first[who]))
    lower, same, higher = pairs_in_order(key, np.concatenate((rank, rank[who])), bound, leaves)
    own, own_pairs = lower[n:] + same[n:] / 2, lower[n:] + same[n:] + higher[n:]
    other, other_pairs = higher[:n] + same[:n] / 2, lower[:n] + same[:n] + higher[:n]
    total = float(first[who] @ own_pairs)
    if not total > 0:
        return Measure(np.nan, np.full(n, np.nan))
    estimate = float(first[who] @ own) / total
    as_first = np.zeros(n)
    as_first[who] = first[who] * (own - estimate * own_pairs) / total
    as_other = sample.weight * (other - estimate * other_pairs) / total
    return Measure(estimate, known.influence(as_first + as_other, 2 * as_first, sample.weight))


def _mean(sample: HorizonSample, known: LostWeights, value: Floats) -> Measure:
    share = sample.weight * known.inverse
    share /= share.sum()
    mean = float(share @ value)
    adds = share * (value - mean)
    return Measure(mean, known.influence(adds, adds, sample.weight))


MEASURES: dict[str, Callable[[HorizonSample, LostWeights], Measure]] = {
    "brier": brier_score,
    "scaled_brier": scaled_brier_score,
    "auc": area_under_curve,
    "concordance_uno": uno_concordance,
}
"""Those that weigh for who was lost from sight, by the name of their row."""
