"""The kernel of the log-rank tests: observed and expected leavings of each group, and their covariance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.aalen_johansen import untied
from workforce_metrics.survival.counting import RiskCounts

__all__ = ["LogrankCounts", "logrank_counts", "quadratic_form", "trend_form"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CELLS_PER_BLOCK = 2_000_000
"""How many numbers at risk (times x groups) are held at once: 16 MB."""

ALL_LEFT = 1e-12
"""A share of those at risk so small that it is rounding: everyone has left."""


@dataclass(frozen=True)
class LogrankCounts:
    """Sums over the times at which somebody leaves, and over strata.

    Parameters
    ----------
    observed, expected : ndarray of float64, shape (n_groups,)
        Leavings times the weights of the test.
    variance : ndarray of float64, shape (n_groups, n_groups)
        Of observed minus expected; every row adds up to 0.
    n_event : ndarray of float64, shape (n_groups,)
        Leavings.
    """

    observed: Floats
    expected: Floats
    variance: Floats
    n_event: Floats


def logrank_counts(
    counts: RiskCounts, group: Ints, stratum: Ints, *, n_groups: int, rho: float, gamma: float
) -> LogrankCounts:
    """Compare groups within strata and add the strata up.

    Parameters
    ----------
    counts : RiskCounts
        With one cause, by group within stratum.
    group, stratum : ndarray of int64, shape (n_table_groups,)
        What each group of `counts` is: the group compared, -1 = none, and its stratum.
    n_groups : int
    rho, gamma : float
        Weights ``S(t-)^rho (1 - S(t-))^gamma``.

    Returns
    -------
    LogrankCounts

    Notes
    -----
    Between two of its times a group has the number at risk of the later one, after its last nobody.
    """
    total = LogrankCounts(np.zeros(n_groups), np.zeros(n_groups), np.zeros((n_groups, n_groups)), np.zeros(n_groups))
    edges = np.searchsorted(counts.group, np.arange(len(group) + 1))
    compared = np.flatnonzero(group >= 0)
    for code in np.unique(stratum[compared]):
        members = compared[stratum[compared] == code]
        tables = [_steps(counts, slice(edges[member], edges[member + 1])) for member in members]
        _add_stratum(total, tables, group[members], rho, gamma)
    return total


def quadratic_form(counts: LogrankCounts) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom; missing and 0 where no two groups could be compared.

    Groups that were at risk together, directly or through others, form a set; each set has one degree of freedom less
    than groups.
    """
    from scipy.sparse.csgraph import connected_components

    n_sets, linked = connected_components(counts.variance < 0, directed=False)
    statistic, df, apart = 0.0, 0, counts.observed - counts.expected
    for code in range(n_sets):
        members = np.flatnonzero(linked == code)
        if len(members) > 1:
            kept = np.delete(members, np.diag(counts.variance)[members].argmax())
            scale = 1 / np.sqrt(np.diag(counts.variance)[kept])
            variance = counts.variance[np.ix_(kept, kept)] * np.outer(scale, scale)
            statistic += float(apart[kept] * scale @ np.linalg.solve(variance, apart[kept] * scale))
            df += len(kept)
    return (statistic, df) if df else (float("nan"), 0)


def trend_form(counts: LogrankCounts, scores: Floats) -> tuple[float, int]:
    """Return the statistic of a trend with the scores, shape (n_groups,), and 1; missing and 0 without variance.

    The variance ``c' V c`` is summed over pairs, ``-V_gh (c_g - c_h)^2``, since the rows of V add up to 0.
    """
    between = (scores[:, None] - scores[None, :]) ** 2
    variance = -float((np.triu(counts.variance, 1) * between).sum())
    if not variance > 0:
        return float("nan"), 0
    return float((scores - scores.mean()) @ (counts.observed - counts.expected)) ** 2 / variance, 1


@dataclass(frozen=True)
class _Steps:
    """Times, numbers at risk and leavings of one group, each of shape (n,), the last followed by nobody."""

    time: Floats
    n_risk: Floats
    n_event: Floats

    def at(self, times: Floats) -> tuple[Floats, Floats]:
        """Return the number at risk and the leavings at each of `times`."""
        position = np.searchsorted(self.time, times, side="left")
        here = np.append(self.time, np.inf)[position] == times
        return self.n_risk[position], np.where(here, self.n_event[position], 0.0)


def _steps(counts: RiskCounts, rows: slice) -> _Steps:
    n_event = counts.n_event[rows].sum(axis=1)
    return _Steps(counts.time[rows].astype(float), np.append(counts.n_risk[rows], 0.0), np.append(n_event, 0.0))


def _add_stratum(total: LogrankCounts, tables: list[_Steps], group: Ints, rho: float, gamma: float) -> None:
    """Add one stratum's sums to `total`, block of times by block."""
    events = [table.time[table.n_event[:-1] > 0] for table in tables]
    times = np.unique(np.concatenate(events))
    n, d = np.zeros(len(times)), np.zeros(len(times))
    for table in tables:
        at_risk, left = table.at(times)
        n, d = n + at_risk, d + left
    weight = _test_weights(n, d, rho, gamma)
    stay = np.where(n - d > n * ALL_LEFT, n - d, 0.0)
    spread = np.where(stay > 0, weight**2 * untied(d, n) / n, 0.0)
    for block in _blocks(len(times), len(tables)):
        both = [table.at(times[block]) for table in tables]
        at_risk, left = (np.column_stack(columns) for columns in zip(*both, strict=True))
        total.observed[group] += weight[block] @ left
        total.expected[group] += (weight * d / n)[block] @ at_risk
        total.n_event[group] += left.sum(axis=0)
        variance = -(at_risk.T * (spread / n)[block]) @ at_risk
        others = np.maximum(n[block, None] - at_risk, 0.0)
        np.fill_diagonal(variance, ((at_risk * others).T * (spread / n)[block]).sum(axis=1))
        total.variance[np.ix_(group, group)] += variance


def _test_weights(n: Floats, d: Floats, rho: float, gamma: float) -> Floats:
    """Return ``S(t-)^rho (1 - S(t-))^gamma`` of all together, shape (n_times,)."""
    before = np.append(1.0, np.cumprod(np.maximum(1 - d / n, 0.0)))[: len(n)]
    return np.asarray(before**rho * (1 - before) ** gamma)


def _blocks(n_times: int, n_groups: int) -> Iterator[slice]:
    step = max(CELLS_PER_BLOCK // max(n_groups, 1), 1)
    edges = [*range(0, n_times, step), n_times]
    return (slice(start, stop) for start, stop in pairwise(edges))
