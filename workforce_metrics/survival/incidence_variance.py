"""Which variance a cumulative incidence gets, and what of its people that needs."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.groups import group_codes
from workforce_metrics.survival.aalen_johansen import AalenJohansen, counted_variance
from workforce_metrics.survival.cluster_jackknife import incidence_variance_by_cluster
from workforce_metrics.survival.clusters import cluster_counts, unknown_where_alone
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counting import RiskCounts, count_at_risk
from workforce_metrics.survival.incidence_jackknife import JackknifeCounts, LateEntrants, jackknife_variance
from workforce_metrics.survival.risk_table import RiskTable, times_in_units

__all__ = ["IncidenceVariance", "incidence_variance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
IncidenceVariance = Literal["jackknife", "greenwood", "aalen", "gray"]

DENSE_CELLS = 4_000_000
"""Up to this many numbers are looked up in a table (32 MB), beyond it by bisection."""


def incidence_variance(
    data: Cohort | RiskTable,
    risk: RiskTable,
    estimate: AalenJohansen,
    variance: IncidenceVariance | None,
    cluster: str | None = None,
) -> tuple[IncidenceVariance, Floats]:
    """Return the name and the values, shape (n_causes, n_cells), of the variance asked for.

    Parameters
    ----------
    data : Cohort or RiskTable
    risk : RiskTable
        Of `data`.
    estimate : AalenJohansen
        Of `risk`.
    variance : {"jackknife", "greenwood", "aalen", "gray"} or None
        None = "jackknife" of a cohort, "greenwood" of a risk table.
    cluster : str, optional
        A covariate of the cohort: the jackknife by clusters.

    Raises
    ------
    InvalidArgumentError
        If `variance` is none of these, or the jackknife is asked of a risk table whose counts do not determine it, or
        `cluster` goes with another variance.

    Notes
    -----
    Where all entered before the first leaving, without weights, the jackknife is Greenwood's variance.
    """
    if cluster is not None:
        return "jackknife", _by_cluster(data, risk, estimate, variance, cluster)
    if variance is None:
        variance = "jackknife" if isinstance(data, Cohort) else "greenwood"
    if variance not in get_args(IncidenceVariance):
        raise InvalidArgumentError(
            "variance", f"one of {', '.join(get_args(IncidenceVariance))}", repr(variance), "choose one"
        )
    counts = risk.counts
    n_event = np.ascontiguousarray(counts.n_event.T)
    if variance != "jackknife":
        return variance, counted_variance(estimate, counts.n_risk, n_event, variance)
    if not risk.is_weighted and not estimate.incidence[:, counts.n_entry > 0].any():
        return variance, counted_variance(estimate, counts.n_risk, n_event, "greenwood")
    if not isinstance(data, Cohort):
        raise InvalidArgumentError(
            "variance",
            "'greenwood', 'aalen' or 'gray' of a risk table with delayed entry or weights",
            "'jackknife'",
            "pass the cohort, or variance='greenwood'",
        )
    group = group_codes(data.covariates, risk.by, missing="a group").codes
    squares = counts if data.weight is None else _squared(data, group, len(risk.groups), data.weight)
    sums = JackknifeCounts(counts.n_risk, squares.n_risk, np.ascontiguousarray(squares.n_event.T), squares.n_entry)
    return variance, jackknife_variance(estimate, sums, _late_entrants(data, counts, group))


def _by_cluster(
    data: Cohort | RiskTable,
    risk: RiskTable,
    estimate: AalenJohansen,
    variance: IncidenceVariance | None,
    cluster: str,
) -> Floats:
    if variance not in {None, "jackknife"}:
        raise InvalidArgumentError(
            "variance", "'jackknife' where there is a cluster", repr(variance), "leave variance or cluster out"
        )
    clusters = cluster_counts(data, risk, cluster)
    return unknown_where_alone(clusters, incidence_variance_by_cluster(estimate, clusters, risk.counts.n_risk))


def _squared(cohort: Cohort, group: Ints, n_groups: int, weight: Floats) -> RiskCounts:
    """Count again with squared weights; the rows are the same."""
    return count_at_risk(
        cohort.duration,
        cohort.cause,
        n_causes=len(cohort.causes),
        group=group,
        n_groups=n_groups,
        entry=cohort.entry,
        weight=weight**2,
    )


def _late_entrants(cohort: Cohort, counts: RiskCounts, group: Ints) -> LateEntrants:
    """Return who entered later than the first of all: the others were charged for all that came before."""
    if cohort.entry is None:
        nobody = np.empty(0, dtype=np.int64)
        return LateEntrants(nobody, nobody, nobody, None)
    late = np.flatnonzero(cohort.entry > cohort.entry.min())
    entry_row, exit_row = _rows(cohort, counts, group[late], (cohort.entry[late], cohort.duration[late]))
    square = None if cohort.weight is None else cohort.weight[late] ** 2
    return LateEntrants(entry_row, exit_row, cohort.cause[late], square)


def _rows(
    cohort: Cohort, counts: RiskCounts, group: Ints, moments: tuple[npt.NDArray[Any], npt.NDArray[Any]]
) -> tuple[Ints, Ints]:
    """Return the rows of the risk table at people's groups and ticks, from a table of whole ticks or by bisection."""
    n_ticks = int(cohort.duration.max()) + 1
    if cohort.duration.dtype.kind == "i" and n_ticks * len(counts.group_people) <= DENSE_CELLS:
        tick = np.searchsorted(times_in_units(np.arange(n_ticks), cohort), counts.time)
        row = np.zeros(n_ticks * len(counts.group_people), dtype=np.int64)
        row[counts.group * n_ticks + tick] = np.arange(len(tick))
        first = group * n_ticks
        return row[first + moments[0]], row[first + moments[1]]
    times = np.unique(counts.time)
    cell, first = counts.group * len(times) + np.searchsorted(times, counts.time), group * len(times)
    entry, exit_ = (np.searchsorted(cell, first + np.searchsorted(times, times_in_units(m, cohort))) for m in moments)
    return entry, exit_
