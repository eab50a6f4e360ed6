"""Whose rows are not independent: a cohort's clusters as the cluster jackknife reads them."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.survival.cluster_jackknife import ClusterCounts
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counting import count_at_risk
from workforce_metrics.survival.risk_table import RiskTable, times_in_units

__all__ = ["cluster_counts", "unknown_where_alone"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def cluster_counts(data: Cohort | RiskTable, risk: RiskTable, cluster: str) -> ClusterCounts:
    """Count each cluster's people, group by group.

    Parameters
    ----------
    data : Cohort or RiskTable
        A risk table is refused: it holds no person.
    risk : RiskTable
        Of `data`, with its causes.
    cluster : str
        A covariate of the cohort.

    Returns
    -------
    ClusterCounts
        With the causes of `risk`: one, where it takes them together.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If `data` is a risk table, the column is not there or has missing values, or there is one cluster.
    """
    if not isinstance(data, Cohort):
        raise InvalidArgumentError(
            "cluster", "a cohort, whose rows belong to clusters", "a risk table, which holds no person",
            "pass the cohort, or leave cluster out",
        )  # fmt: skip
    clusters = group_codes(data.covariates, (cluster,), missing="no group")
    if clusters.n_without_group:
        raise InvalidDataError(
            cluster, "a cluster in every row", f"{clusters.n_without_group:,} missing", "fill in or leave those out"
        )
    if len(clusters) < 2:
        raise InvalidDataError("cluster", "two clusters or more", "one", "leave cluster out")
    group = group_codes(data.covariates, risk.by, missing="a group").codes
    series, group_of, _ = observed_pairs(group, clusters.codes, len(clusters))
    n_causes = len(risk.causes)
    found = count_at_risk(
        data.duration,
        data.cause if n_causes == len(data.causes) else (data.cause > 0).astype(np.int64),
        n_causes=n_causes,
        group=series,
        n_groups=len(group_of),
        entry=data.entry,
        weight=data.weight,
    )
    counts, time = risk.counts, times_in_units(found.time, data)
    times = np.unique(counts.time)
    cell = counts.group * len(times) + np.searchsorted(times, counts.time)
    return ClusterCounts(
        edges=np.searchsorted(counts.group, np.arange(len(risk.groups) + 1)),
        row=np.searchsorted(cell, group_of[found.group] * len(times) + np.searchsorted(times, time)),
        start=np.searchsorted(found.group, np.arange(len(group_of) + 1)),
        at_risk=found.n_risk,
        left=np.ascontiguousarray(found.n_event.T),
    )


def unknown_where_alone(clusters: ClusterCounts, variance: Floats) -> Floats:
    """Return a variance, shape (..., n_cells), missing in groups of one cluster, with a warning if there are any."""
    group_of = np.searchsorted(clusters.edges, clusters.row[clusters.start[:-1]], side="right") - 1
    alone = np.bincount(group_of, minlength=len(clusters.edges) - 1) < 2
    if not alone.any():
        return variance
    warnings.warn(
        f"in {int(alone.sum()):,} group(s) everybody belongs to one cluster, so the standard error is not known and is"
        " missing; take smaller clusters or larger groups",
        RiskSetWarning,
        stacklevel=4,
    )
    return np.where(np.repeat(alone, np.diff(clusters.edges)), np.nan, variance)
