"""The kernel of Gray's test: scores of the groups for one cause, and their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.aalen_johansen import ALL_LEFT, untied
from workforce_metrics.survival.counting import RiskCounts

__all__ = ["GrayScore", "StratumCounts", "gray_score", "quadratic_form", "stratum_counts"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SINGULAR = 1e-11
"""A variance so small beside the others', each divided by its group's own scale, that it is rounding."""


@dataclass(frozen=True)
class StratumCounts:
    """The groups of one stratum side by side, at the times at which somebody of the stratum leaves.

    Parameters
    ----------
    n_risk : ndarray of float64, shape (n_times, n_groups)
    n_event : ndarray of float64, shape (n_causes, n_times, n_groups)
    """

    n_risk: Floats
    n_event: Floats

    @property
    def emptied(self) -> npt.NDArray[np.bool_]:
        """Whether everyone at risk in a group had left before others were at risk there, shape (n_groups,)."""
        before, _ = _staying(self.n_risk, self.n_event.sum(axis=0))
        return np.asarray(((before <= 0) & (self.n_risk > 0)).any(axis=0))


@dataclass(frozen=True)
class GrayScore:
    """Scores of one cause; those of several strata add up.

    Parameters
    ----------
    score : ndarray of float64, shape (n_groups,)
        Weighted leavings by the cause, less those expected if all groups had one cumulative incidence.
    covariance : ndarray of float64, shape (n_groups, n_groups)
    """

    score: Floats
    covariance: Floats


def stratum_counts(counts: RiskCounts, members: Ints, group: Ints, n_groups: int) -> StratumCounts:
    """Put the counts of the groups of one stratum side by side.

    Parameters
    ----------
    counts : RiskCounts
    members : ndarray of int64, shape (n_members,)
        The groups of `counts` that make the stratum.
    group : ndarray of int64, shape (n_members,)
        Which of the groups compared each of them is.
    n_groups : int

    Notes
    -----
    Between two of its times a group has the number at risk of the later one, after its last nobody.
    """
    edges = np.searchsorted(counts.group, np.column_stack([members, members + 1]))
    rows = [start + np.flatnonzero(counts.n_event[start:stop].any(axis=1)) for start, stop in edges]
    times = np.unique(counts.time[np.concatenate(rows)])
    n_risk = np.zeros((len(times), n_groups))
    n_event = np.zeros((counts.n_event.shape[1], len(times), n_groups))
    for (start, stop), events, code in zip(edges, rows, group, strict=True):
        at = np.searchsorted(counts.time[start:stop], times, side="left")
        n_risk[:, code] = np.append(counts.n_risk[start:stop], 0.0)[at]
        n_event[:, np.searchsorted(times, counts.time[events]), code] = counts.n_event[events].T
    return StratumCounts(n_risk, n_event)


def gray_score(counts: StratumCounts, cause: int, *, rho: float) -> GrayScore:
    """Return the scores of one cause in one stratum.

    Parameters
    ----------
    counts : StratumCounts
    cause : int
        Which of its causes.
    rho : float
        Power of one minus the incidence of all groups together, in the weights.

    Notes
    -----
    Group g counts for ``R_g(t) = Y_g(t) (1 - F_g(t-)) / S_g(t-)`` people at risk of the cause, those who left by
    another included as far as they would still be under observation; ``Y_g`` are at risk, ``S_g`` stay, ``F_g`` is the
    incidence of the cause. The score is ``sum w(t) (d_g(t) - d(t) R_g(t) / R(t))``. Its covariance is that of the
    martingales of both kinds of leaving, the incidence taken for one in all groups: with ``h_g = Y_g / S_g(t-)``,
    ``a_ij = w h_i (1{i = j} - h_j / h)``, ``A_ij(t)`` the integral of ``a_ij dF / (1 - F)`` after t, and
    ``q_g = (1 - F) / S_g``, leaving of group j moves score i by ``a_ij + (1 - q_j) A_ij`` if by the cause, and by
    ``-q_j A_ij`` if by another.

    References
    ----------
    Gray RJ (1988). Ann Stat 16:1141-1154. doi:10.1214/aos/1176350951
    """
    n, of_cause = counts.n_risk, counts.n_event[cause]
    of_others = counts.n_event.sum(axis=0) - of_cause
    before, after = _staying(n, of_cause + of_others)
    at_risk = np.where(n > 0, n, 1.0)
    h = n / np.where(before > 0, before, 1.0)
    all_h, left = h.sum(axis=1, keepdims=True), of_cause.sum(axis=1, keepdims=True)
    pooled_before = _before(left / all_h)
    not_yet = np.maximum(1 - pooled_before, ALL_LEFT)
    weight = not_yet**rho
    of_subdistribution = h * (1 - _before(before * of_cause / at_risk))
    share = of_subdistribution / of_subdistribution.sum(axis=1, keepdims=True)
    ratio = np.where(after > 0, (1 - pooled_before - left / all_h) / np.where(after > 0, after, 1.0), 0.0)
    steps = _Steps(
        h=h,
        weight=weight,
        hazard=left / (all_h * not_yet),
        ratio=ratio,
        of_cause=untied(left, before * all_h) * before / (all_h * at_risk) * (n > 0),
        of_others=np.where(after > 0, (before / at_risk) ** 2 * untied(of_others, n), 0.0),
    )
    return GrayScore((weight * (of_cause - left * share)).sum(axis=0), _covariance(steps))


def quadratic_form(total: GrayScore) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom; missing and 0 where no two groups could be compared.

    The rows of the covariance add up to 0, so one group is left out; which one changes nothing.
    """
    spread = np.diag(total.covariance)
    kept = np.delete(np.arange(len(spread)), spread.argmax())
    kept = kept[spread[kept] > spread.max(initial=0.0) * SINGULAR]
    if not len(kept):
        return float("nan"), 0
    scale = 1 / np.sqrt(spread[kept])
    values, vectors = np.linalg.eigh(total.covariance[np.ix_(kept, kept)] * np.outer(scale, scale))
    there = values > values.max() * SINGULAR
    along = (total.score[kept] * scale) @ vectors[:, there]
    return float((along**2 / values[there]).sum()), int(there.sum())


@dataclass(frozen=True)
class _Steps:
    """What happens at each time: per group (n_times, n_groups), of all together (n_times, 1).

    Parameters
    ----------
    h, ratio : ndarray, shape (n_times, n_groups)
        ``Y / S(t-)`` and ``(1 - F) / S``.
    weight, hazard : ndarray, shape (n_times, 1)
        Of the test, and of the subdistribution of the cause.
    of_cause, of_others : ndarray, shape (n_times, n_groups)
        Variances of the steps of both kinds of leaving.
    """

    h: Floats
    weight: Floats
    hazard: Floats
    ratio: Floats
    of_cause: Floats
    of_others: Floats


def _covariance(steps: _Steps) -> Floats:
    """Return what the leavings of each group in turn add to the covariance, shape (n_groups, n_groups)."""
    n_groups = steps.h.shape[1]
    share = steps.h / steps.h.sum(axis=1, keepdims=True)
    covariance = np.zeros((n_groups, n_groups))
    for j in range(n_groups):
        now = -steps.weight * steps.h * share[:, [j]]
        now[:, j] = steps.weight[:, 0] * steps.h[:, j] * (1 - share[:, j])
        later = _before((now * steps.hazard)[::-1])[::-1]
        ratio = steps.ratio[:, [j]]
        by_cause, by_others = now + (1 - ratio) * later, ratio * later
        covariance += (by_cause.T * steps.of_cause[:, j]) @ by_cause
        covariance += (by_others.T * steps.of_others[:, j]) @ by_others
    return covariance


def _staying(n_risk: Floats, n_event: Floats) -> tuple[Floats, Floats]:
    """Return the Kaplan-Meier estimates of the groups just before and just after each time."""
    factor = np.where(n_risk > 0, 1 - n_event / np.where(n_risk > 0, n_risk, 1.0), 1.0)
    after = np.cumprod(np.where(factor > ALL_LEFT, factor, 0.0), axis=0)
    return np.vstack([np.ones((1, n_risk.shape[1])), after])[:-1], np.asarray(after)


def _before(steps: Floats) -> Floats:
    """Return the sums of the rows above each row, of the shape of `steps`."""
    return np.vstack([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])[:-1]
