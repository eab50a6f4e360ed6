"""The infinitesimal jackknife by clusters: what a cluster's people do to an estimate together, squared and summed."""

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
from workforce_metrics.survival.counting import in_exact_parts

__all__ = [
    "ClusterCounts",
    "clusters_at_risk",
    "cumulative_hazard_variance",
    "incidence_variance_by_cluster",
    "log_survival_variance",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClusterCounts:
    """The moments at which people of a cluster enter, leave or are censored: one series a group and cluster.

    Parameters
    ----------
    edges : ndarray of int64, shape (n_groups + 1,)
        The cells of group g of the risk table are those from ``edges[g]`` to before ``edges[g + 1]``.
    row : ndarray of int64, shape (n_moments,)
        The cell of each moment; ascending within a series.
    start : ndarray of int64, shape (n_series + 1,)
        The first moment of each series, and the number of moments.
    at_risk : ndarray of float64, shape (n_moments,)
        Weight of the cluster at risk at the moment.
    left : ndarray of float64, shape (n_causes, n_moments)
        Weight that leaves then, by cause.
    """

    edges: Ints
    row: Ints
    start: Ints
    at_risk: Floats
    left: Floats

    @property
    def afterwards(self) -> Floats:
        """Weight at risk just after each moment, shape (n_moments,): at the next, and none after the last."""
        after = np.append(self.at_risk[1:], 0.0)
        after[self.start[1:] - 1] = 0.0
        return after


@dataclass(frozen=True)
class _Process:
    """A sum over time of what each cluster's leavers are credited less what its people at risk are charged.

    Parameters
    ----------
    charge : ndarray of float64, shape (n_cells,)
        For each unit of weight at risk.
    credited, before : ndarray of float64, shape (n_moments,)
        What leavers are credited at each moment; the cluster's sum just before it, less what it is charged then.
    with_risk : ndarray of float64, shape (n_cells,)
        The sums just before times the weights at risk, added up over clusters.
    """

    charge: Floats
    credited: Floats
    before: Floats
    with_risk: Floats


def log_survival_variance(clusters: ClusterCounts, n_risk: Floats, n_event: Floats) -> Floats:
    """Return the variance of log survival by clusters, shape (n_cells,); infinite once survival is 0.

    Parameters
    ----------
    clusters : ClusterCounts
    n_risk : ndarray of float64, shape (n_cells,)
    n_event : ndarray of float64, shape (n_causes, n_cells)

    Notes
    -----
    ``sum_C (sum_{i in C} w_i d log S(t) / dw_i)^2`` with ``d log S(t) / dw_i = -sum dM_i(s) / (n(s) - d(s))`` over s up
    to t, where ``dM_i(s)`` = 1 if person i leaves at s, less the hazard ``d(s) / n(s)`` if at risk.

    A cluster's sum changes by its own people at its own moments, and between them by the charge to all at risk times
    its weight at risk. Squares are therefore added up at moments only, and the rest is one running sum over the rows
    of the risk table: the cost is linear in people and rows, however many clusters there are.

    References
    ----------
    Therneau T, Crowson C, Atkinson E (2024). Multi-state models and competing risks; vignette of the R package
    survival. Jaeckel L (1972). The infinitesimal jackknife. Bell Laboratories MM 72-1215-11.
    """
    left = n_event.sum(axis=0)
    n = np.where(left > 0, n_risk, 1.0)
    stays = n - left > n * ALL_LEFT
    per_any = np.where((left > 0) & stays, 1 / np.where(stays, n - left, 1.0), 0.0)
    square = _square_at_risk(clusters, len(n))
    process = _process(clusters, np.tile(per_any, (len(n_event), 1)), n_event / n, square)
    variance = np.maximum(running_sum(clusters.edges, _steps(clusters, process, process, square)), 0.0)
    return np.where(running_sum(clusters.edges, ~stays * 1.0) > 0, np.inf, variance)


def cumulative_hazard_variance(clusters: ClusterCounts, n_risk: Floats, n_event: Floats) -> Floats:
    """Return the variance of each cause's cumulative hazard by clusters, shape (n_causes, n_cells).

    Parameters
    ----------
    clusters : ClusterCounts
    n_risk : ndarray of float64, shape (n_cells,)
    n_event : ndarray of float64, shape (n_causes, n_cells)

    Notes
    -----
    As `log_survival_variance`, with ``dH_c(t) / dw_i = sum dM_ic(s) / n(s)``.
    """
    n = np.where(n_event.any(axis=0), n_risk, 1.0)
    square = _square_at_risk(clusters, len(n))
    variance = np.empty_like(n_event)
    for cause in range(len(n_event)):
        process = _process(clusters, _only(cause, 1 / n, len(n_event)), n_event / n, square)
        variance[cause] = running_sum(clusters.edges, _steps(clusters, process, process, square))
    return np.maximum(variance, 0.0)


def incidence_variance_by_cluster(estimate: AalenJohansen, clusters: ClusterCounts, n_risk: Floats) -> Floats:
    """Return the variance of each cumulative incidence by clusters, shape (n_causes, n_cells).

    Parameters
    ----------
    estimate : AalenJohansen
    clusters : ClusterCounts
    n_risk : ndarray of float64, shape (n_cells,)

    Notes
    -----
    As `log_survival_variance`, with the derivative that `jackknife_variance` gives.
    """
    hazard, any_hazard, away = estimate.hazard, estimate.any_hazard, estimate.away
    n_causes, n = len(hazard), np.where(any_hazard > 0, n_risk, 1.0)
    stays = 1 - any_hazard > ALL_LEFT  # after a time at which all leave nothing is to come
    per_any = np.where(stays, 1 / (n * np.where(stays, 1 - any_hazard, 1.0)), 0.0)
    square = _square_at_risk(clusters, len(n))
    by_any = _process(clusters, np.tile(per_any, (n_causes, 1)), hazard, square)
    of_any = _steps(clusters, by_any, by_any, square)
    of_cause, product = np.empty_like(hazard), np.empty_like(hazard)
    for cause in range(n_causes):
        credit = _only(cause, estimate.before / n, n_causes) + away[cause] * per_any
        by_cause = _process(clusters, credit, hazard, square)
        of_cause[cause] = _steps(clusters, by_cause, by_cause, square)
        product[cause] = _steps(clusters, by_cause, by_any, square)
    return none_when_all_left(estimate, total_variance(estimate, SquaredSteps(of_cause, product, of_any)))


def clusters_at_risk(clusters: ClusterCounts, n_cells: int) -> Floats:
    """Return how many clusters have anybody at risk in each cell, shape (n_cells,)."""
    return _at_risk_sum(
        clusters, (clusters.at_risk > 0).astype(float), (clusters.afterwards > 0).astype(float), n_cells
    )


def _only(cause: int, credit: Floats, n_causes: int) -> Floats:
    """Return what leavers by one cause are credited, and those by others not, shape (n_causes, n_cells)."""
    return np.where(np.arange(n_causes)[:, None] == cause, credit, 0.0)


def _process(clusters: ClusterCounts, credit: Floats, hazard: Floats, square: Floats) -> _Process:
    """Return the process in which leavers are credited `credit`, and those at risk charged their expected credit.

    Both `credit` and `hazard` are of shape (n_causes, n_cells), `square` of shape (n_cells,).
    """
    row, at_risk, after = clusters.row, clusters.at_risk, clusters.afterwards
    charge = (credit * hazard).sum(axis=0)
    total = running_sum(clusters.edges, charge)
    credited = (credit[:, row] * clusters.left).sum(axis=0)
    charged_before = np.append(0.0, total[row[:-1]])
    charged_before[clusters.start[:-1]] = 0.0
    sums = _sums_in_series(credited - at_risk * (total[row] - charged_before), clusters.start)
    moved = np.bincount(row, at_risk * credited + (after - at_risk) * sums, len(charge)) - charge * square
    return _Process(charge, credited, sums - credited, running_sum(clusters.edges, moved) - moved)


def _sums_in_series(values: Floats, start: Ints) -> Floats:
    """Return the sums of the values of each series so far, shape (n_moments,); exact parts, so that none lends bits."""
    total = np.zeros(len(values))
    for part in in_exact_parts(values):
        so_far = np.append(0.0, np.cumsum(part))
        total += so_far[1:] - np.repeat(so_far[start[:-1]], np.diff(start))
    return total


def _square_at_risk(clusters: ClusterCounts, n_cells: int) -> Floats:
    """Return the sum over clusters of their squared weights at risk in each cell, shape (n_cells,)."""
    return _at_risk_sum(clusters, clusters.at_risk**2, clusters.afterwards**2, n_cells)


def _at_risk_sum(clusters: ClusterCounts, at: Floats, after: Floats, n_cells: int) -> Floats:
    """Return the sum over clusters of what they are at, and after, each of their moments, in each cell."""
    total = np.zeros(n_cells)
    for part in in_exact_parts(np.concatenate((at, -after))):
        falls = np.bincount(np.tile(clusters.row, 2), part, n_cells).astype(float, copy=False)
        total += running_sum(n_cells - clusters.edges[::-1], falls[::-1])[::-1]
    return np.maximum(total, 0.0)


def _steps(clusters: ClusterCounts, x: _Process, y: _Process, square: Floats) -> Floats:
    """Return what each cell adds to the sum over clusters of the product of two processes, shape (n_cells,)."""
    own = x.credited * (y.before + y.credited) + y.credited * x.before
    at_moments = np.bincount(clusters.row, own, len(square))
    return at_moments - x.charge * y.with_risk - y.charge * x.with_risk + x.charge * y.charge * square
