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
Ints = npt.NDArray[np.int64]


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
    ``a = w / G``, and G the probability of not having been lost from sight (`weights_for_the_lost`). By cause, y = 1
    for those who left by it; of who left by another, y = 0 is known from then on.

    References
    ----------
    Graf E, Schmoor C, Sauerbrei W, Schumacher M (1999). Stat Med 18:2529-2545.
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5
    Schoop R, Beyersmann J, Schumacher M, Binder H (2011). Biom J 53:88-112. doi:10.1002/bimj.201000073
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
    ``1 - B / (q (1 - q))`` with q the Kaplan-Meier risk at the horizon, or the Aalen-Johansen incidence of the cause.

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
    """Return how often somebody who left by the horizon had a higher predicted risk than somebody who did not.

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
    ``a = w / G(T-)``, ``b = w / G(t-)``: the cumulative, dynamic area. By cause, i left by it, and j are all others
    whose state is known: still there, or left by another cause, with ``b = w / G(T-)``. That is the second definition
    of a control of Blanche and others; in their first, who left by another cause is no control. Time ``O(n log n)``.

    References
    ----------
    Uno H, Cai T, Tian L, Wei LJ (2007). J Am Stat Assoc 102:527-537. doi:10.1198/016214507000000149
    Blanche P, Dartigues JF, Jacqmin-Gadda H (2013). Stat Med 32:5381-5397. doi:10.1002/sim.5958
    """
    weight = sample.weight * known.inverse
    case, control = np.where(sample.left, weight, 0.0), np.where(sample.left, 0.0, weight)
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

    By cause, the first, i, left by it, and who left by another cause stays comparable from then on: where
    ``T_j <= T_i`` the weight is ``w_i w_j / (G(T_i-) G(T_j-))``. Those are the pairs and weights of Wolbers and others.

    References
    ----------
    Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ (2011). Stat Med 30:1105-1117. doi:10.1002/sim.4154
    Wolbers M, Blanche P, Koller MT, Witteman JCM, Gerds TA (2014). Biostatistics 15:526-539.
    doi:10.1093/biostatistics/kxt059
    """
    who, inverse = np.flatnonzero(sample.left & (sample.weight > 0)), known.inverse
    times = np.unique(sample.duration[who])
    before, until = (np.searchsorted(times, sample.duration, side=side) for side in ("left", "right"))
    rank, key = score_ranks(sample.predicted), before[who]
    weight, mine = sample.weight, sample.weight[who]
    end = np.where(sample.gone, before, until)
    longer = _compared(rank, who, mine * inverse[who] ** 2, weight, keys=(2 * end, 2 * key + 1))
    pairs = [longer]
    if sample.other is not None:
        partner, n = np.where(sample.other, weight * inverse, 0.0), len(times)
        keys = 2 * (n - before), 2 * (n - key) - 1
        pairs.append(_compared(rank, who, mine * inverse[who], partner, keys=keys))
    total = sum(float(found.first @ found.own_pairs) for found in pairs)
    if not total > 0:
        return Measure(np.nan, np.full(len(rank), np.nan))
    estimate = sum(float(found.first @ found.own) for found in pairs) / total
    as_first = [found.as_first(estimate, who) / total for found in pairs]
    as_other = [found.as_other(estimate) / total for found in pairs]
    through = np.sum([2 * as_first[0], *as_first[1:], *as_other[1:]], axis=0)
    return Measure(estimate, known.influence(np.sum(as_first + as_other, axis=0), through, weight))


@dataclass(frozen=True)
class _Compared:
    """Pairs of a leaver and a partner.

    Parameters
    ----------
    first : ndarray of float64, shape (n_leavers,)
        Weight as the leaver of a pair.
    partner : ndarray of float64, shape (n,)
        Weight as the other.
    own, own_pairs : ndarray of float64, shape (n_leavers,)
        Weight of a leaver's partners who had the lower prediction, those with the same counting one half; of all.
    other, other_pairs : ndarray of float64, shape (n,)
        Weight of a partner's leavers who had the higher prediction; of all.
    """

    first: Floats
    partner: Floats
    own: Floats
    own_pairs: Floats
    other: Floats
    other_pairs: Floats

    def as_first(self, estimate: float, who: Ints) -> Floats:
        """Return what rows add as leavers to the sum of concordant pairs less the estimate times all, shape (n,)."""
        adds = np.zeros(len(self.partner))
        adds[who] = self.first * (self.own - estimate * self.own_pairs)
        return adds

    def as_other(self, estimate: float) -> Floats:
        """Return what they add as partners, shape (n,)."""
        return np.asarray(self.partner * (self.other - estimate * self.other_pairs))


def _compared(rank: Ints, who: Ints, first: Floats, partner: Floats, *, keys: tuple[Ints, Ints]) -> _Compared:
    """Compare leavers, `who`, with partners of a larger key; `keys` are those of the partners and of the leavers."""
    n = len(rank)
    lower, same, higher = pairs_in_order(
        np.concatenate(keys),
        np.concatenate((rank, rank[who])),
        np.concatenate((partner, np.zeros(len(who)))),
        np.concatenate((np.zeros(n), first)),
    )
    pairs = lower + same + higher
    return _Compared(first, partner, lower[n:] + same[n:] / 2, pairs[n:], higher[:n] + same[:n] / 2, pairs[:n])


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
