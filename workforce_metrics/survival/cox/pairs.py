"""Counting concordant pairs: for every row, how many lower and higher scores it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.risk_sets import CoxSample

__all__ = ["PairCounts", "count_pairs", "pairs_in_order", "score_ranks"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SAME_SCORE = 1e-12


@dataclass(frozen=True)
class PairCounts:
    """Weight of the pairs in which each row stands, as the one who leaves first or as the other.

    Parameters
    ----------
    concordant, discordant, tied : ndarray of float64, shape (n,)
        Pairs in which the one who leaves first has the higher score, the lower, or the same; the weight is that of the
        other row.
    totals : ndarray of float64, shape (3,)
        The three over all pairs, each counted once with the product of the weights.
    """

    concordant: Floats
    discordant: Floats
    tied: Floats
    totals: Floats


def score_ranks(score: Floats) -> Ints:
    """Return ranks from 0 in which scores equal to within rounding share one, shape (n,)."""
    order = np.argsort(score, kind="stable")
    gap = np.diff(score[order], prepend=score[order[:1]])
    rank = np.empty(len(score), dtype=np.int64)
    rank[order] = np.cumsum(gap > SAME_SCORE * (1 + float(np.abs(score).max(initial=0.0))))
    return rank


def count_pairs(sample: CoxSample, score: Floats) -> PairCounts:
    """Count the pairs of somebody who leaves and each who is at risk then and stays longer.

    Parameters
    ----------
    sample : CoxSample
        A censoring at the time of a leaving comes after it; two who leave at one time are not compared.
    score : ndarray of float64, shape (n,)
        In the order of the sample; the higher, the earlier a leaving is foretold.

    Returns
    -------
    PairCounts

    Notes
    -----
    Row j is compared with who leaves at event time g if ``first <= g < end``, where `end` is its own event time or the
    one after its last. With g as ``2 g + 1`` and the bounds as ``2 first`` and ``2 end`` that is a difference of
    two counts of pairs of numbers in order. They are counted bit by bit: two numbers are in order by the highest bit in
    which they differ, so among rows sorted by score and grouped by the bits above it, a cumulative sum counts them.
    Time ``O(n log(number of event times))`` after sorting.
    """
    rank, n = score_ranks(score), len(score)
    late, leavers = np.flatnonzero(sample.first > 0), np.flatnonzero(sample.event)
    row = np.concatenate((np.arange(n), late, leavers))
    end = sample.last + 1 - sample.event
    key = np.concatenate((2 * end, 2 * sample.first[late], 2 * sample.last[leavers] + 1))
    bound = np.concatenate((sample.weight, -sample.weight[late], np.zeros(len(leavers))))
    leaves = np.concatenate((np.zeros(n + len(late)), sample.weight[leavers]))
    lower, same, higher = pairs_in_order(key, rank[row], bound, leaves)
    sign, first_bounds = np.sign(bound), n + len(late)
    foretold = [np.bincount(row[:first_bounds], (sign * c)[:first_bounds], n) for c in (higher, lower, same)]
    own = [np.bincount(row[first_bounds:], c[first_bounds:], n) for c in (lower, higher, same)]
    counts = [np.asarray(one + other, dtype=np.float64) for one, other in zip(own, foretold, strict=True)]
    return PairCounts(counts[0], counts[1], counts[2], np.array([part @ sample.weight for part in own]))


def pairs_in_order(key: Ints, rank: Ints, bound: Floats, leaves: Floats) -> tuple[Floats, Floats, Floats]:
    """Return for each item the weight of its partners with lower, same and higher rank.

    A leaving's partners are the bounds with a larger key; a bound's are the leavings with a smaller key.
    """
    order = np.argsort(rank, kind="stable")
    key, rank, bound, leaves = key[order].astype(np.int32), rank[order].astype(np.int32), bound[order], leaves[order]
    found = np.zeros((3, len(key)))
    place = order
    for level in range(int(key.max(initial=1)).bit_length() - 1, -1, -1):
        high = (key >> level) & 1 == 1
        group = key >> (level + 1)
        new_group = np.diff(group, prepend=-1) != 0
        runs = _Runs(new_group, new_group | (np.diff(rank, prepend=-1) != 0))
        runs.add_partners(found, place, of=bound * high, to=np.flatnonzero(~high & (leaves > 0)))
        runs.add_partners(found, place, of=leaves * ~high, to=np.flatnonzero(high & (bound != 0)))
        split = np.concatenate((np.flatnonzero(~high), np.flatnonzero(high)))
        key, rank, bound, leaves, place = key[split], rank[split], bound[split], leaves[split], place[split]
    return found[0], found[1], found[2]


class _Runs:
    """Runs of items of one group, and within them of one rank, in the order of both."""

    def __init__(self, new_group: npt.NDArray[np.bool_], new_tie: npt.NDArray[np.bool_]) -> None:
        self.group, self.tie = np.cumsum(new_group) - 1, np.cumsum(new_tie) - 1
        self.group_edge = np.append(np.flatnonzero(new_group), len(new_group))
        self.tie_edge = np.append(np.flatnonzero(new_tie), len(new_tie))

    def add_partners(self, found: Floats, place: Ints, *, of: Floats, to: Ints) -> None:
        """Add to `found`, at the places of the items `to`, the weights `of` in their group, by rank."""
        total = np.concatenate(([0.0], np.cumsum(of)))
        at_group, at_tie = total[self.group_edge], total[self.tie_edge]
        group, tie, into = self.group[to], self.tie[to], place[to]
        found[0, into] += at_tie[tie] - at_group[group]
        found[1, into] += at_tie[tie + 1] - at_tie[tie]
        found[2, into] += at_group[group + 1] - at_tie[tie + 1]
