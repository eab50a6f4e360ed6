"""Several tables over one set of fine cells: rows are added up once, tables are added up from cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.design import DesignArrays
from workforce_metrics.estimation.fine_sums import Weights
from workforce_metrics.estimation.group_sums import counts_by
from workforce_metrics.groups import observed_pairs

__all__ = ["CellTable", "FineCells", "FinePass", "fine_pass"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Array = TypeVar("Array", FloatArray, Codes)

ROWS_PER_CELL = 24
"""Breakdowns share a pass over the rows while it has at least this many rows for each cell, so that cells are cheap."""


@dataclass(frozen=True, eq=False)
class CellTable:
    """How fine cells make the groups of one table.

    Parameters
    ----------
    n_domains : int
        Number of groups.
    labels : tuple of numpy.ndarray of int64, each of shape (n_domains,)
        The codes that make each group: that of `by`, and that of the level where the table is a breakdown. Groups are
        in the order of these codes.
    n_members : numpy.ndarray of int64, shape (n_domains,)
        Rows of each group that have a weight above 0.
    kept : numpy.ndarray of int64, shape (n_kept,)
        The fine cells that belong to a group.
    domain : numpy.ndarray of int64, shape (n_kept,)
        Their group.
    unit : numpy.ndarray of int64, shape (n_kept,), or None
        Their (group, cluster) unit; None where every row is a cluster.
    cell : numpy.ndarray of int64, shape (n_units,), or (n_kept,) where every row is a cluster
        Each unit's, or fine cell's, (group, stratum) cell.
    domain_of_cell, stratum_of_cell : numpy.ndarray of int64, shape (n_cells,)
        What each (group, stratum) cell is made of.
    """

    n_domains: int
    labels: tuple[Codes, ...]
    n_members: Codes
    kept: Codes
    domain: Codes
    unit: Codes | None
    cell: Codes
    domain_of_cell: Codes
    stratum_of_cell: Codes


@dataclass(frozen=True, eq=False)
class FineCells:
    """The cells of one pass over the rows, and the tables that are added up from them.

    Parameters
    ----------
    code : numpy.ndarray of int64, shape (n_used,)
        Each row's cell.
    n_cells : int
        Number of cells.
    tables : sequence of (int, CellTable)
        Which table, 0 without a breakdown and `i` for the `i`-th breakdown, and how it is added up.
    """

    code: Codes
    n_cells: int
    tables: tuple[tuple[int, CellTable], ...]


@dataclass(frozen=True, eq=False)
class FinePass:
    """All that does not depend on the answers, laid out once for any number of indicators.

    Parameters
    ----------
    rows : numpy.ndarray of int64, shape (n_used,), or None
        Rows that belong to a group and have a weight above 0; None where all do.
    weights : Weights
        Their weights, shape (n_used,).
    packs : tuple of FineCells
        The passes over the rows that are needed, each for one or several breakdowns.
    design : DesignArrays
        The design on all rows.
    """

    rows: Codes | None
    weights: Weights
    packs: tuple[FineCells, ...]
    design: DesignArrays

    def used(self, values: FloatArray) -> FloatArray:
        """Return the values of the rows that are used, shape (n_used,)."""
        return values if self.rows is None else values[self.rows]


def fine_pass(
    group: Codes,
    breakdowns: Sequence[tuple[Codes, int]],
    design: DesignArrays,
    *,
    rows_per_cell: float = ROWS_PER_CELL,
) -> FinePass:
    """Lay groups and breakdowns over a design.

    Parameters
    ----------
    group : numpy.ndarray of int64, shape (n_rows,)
        Group codes from 0, -1 for rows in no group.
    breakdowns : sequence of (numpy.ndarray of int64, int)
        Level codes of the same rows, -1 for rows without a level, and the number of levels.
    design : DesignArrays
        The design on the same rows.
    rows_per_cell : float
        Breakdowns are taken together while there are at least so many rows for each possible cell.

    Returns
    -------
    FinePass

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign().on(pd.DataFrame(index=range(4)))
    >>> laid = fine_pass(np.array([0, 0, 1, 1]), [(np.array([0, 1, 1, -1]), 2)], design)
    >>> [(which, table.n_domains) for which, table in laid.packs[0].tables]
    [(0, 2), (1, 3)]
    """
    in_group = None if (group >= 0).all() else np.flatnonzero(group >= 0)
    weight = _of(design.weight, in_group)
    positive = None if (weight > 0).all() else np.flatnonzero(weight > 0)
    # what variance is measured between: clusters, or rows within strata
    between, n_between = design.stratum, len(design.n_clusters)
    if design.cluster is not None:
        between, n_between = design.cluster, int(design.n_clusters.sum())
    start = _Crossing.of(_of(group, in_group), _of(between, in_group), n_between)
    levels = [_level_codes(_of(codes, in_group), n) for codes, n in breakdowns]

    packs, crossing, members = [], start, [0]
    limit = len(weight) / rows_per_cell
    for which, (codes, width, _) in enumerate(levels, start=1):
        if crossing is not start and crossing.n_cells * width > limit:
            packs.append(_cells(crossing, members, levels, positive, design))
            crossing, members = start, []
        crossing = crossing.by(codes, width)
        members.append(which)
    packs.append(_cells(crossing, members, levels, positive, design))
    rows = _of(in_group, positive) if in_group is not None else positive
    return FinePass(rows, Weights.of(_of(weight, positive)), tuple(packs), design)


@dataclass(frozen=True, eq=False)
class _Crossing:
    """Rows crossed by one column after the other: each row's cell, and each cell's code in every column."""

    code: Codes
    columns: tuple[Codes, ...]

    @classmethod
    def of(cls, group: Codes, between: Codes, n_between: int) -> _Crossing:
        code, group_of_cell, between_of_cell = observed_pairs(group, between, n_between)
        return cls(code, (group_of_cell, between_of_cell))

    @property
    def n_cells(self) -> int:
        return len(self.columns[0])

    def by(self, codes: Codes, width: int) -> _Crossing:
        code, before, level = observed_pairs(self.code, codes, width)
        return _Crossing(code, (*(column[before] for column in self.columns), level))


def _level_codes(codes: Codes, n_levels: int) -> tuple[Codes, int, int]:
    """Return codes in which a missing level is one more, how many there are with it, and without."""
    lacks = codes < 0
    return (np.where(lacks, n_levels, codes), n_levels + 1, n_levels) if lacks.any() else (codes, n_levels, n_levels)


def _cells(
    crossing: _Crossing,
    members: list[int],
    levels: list[tuple[Codes, int, int]],
    positive: Codes | None,
    design: DesignArrays,
) -> FineCells:
    group, between, *at_level = crossing.columns
    by_member = dict(zip([which for which in members if which], at_level, strict=True))
    code = _of(crossing.code, positive)
    n_members = np.bincount(code, minlength=crossing.n_cells)
    tables = []
    for which in members:
        if which:
            level, (_, width, n_levels) = by_member[which], levels[which - 1]
            kept = np.flatnonzero(level < n_levels)
            domain, *labels = observed_pairs(group[kept], level[kept], width)
        else:  # the groups whole
            kept, domain, labels = np.arange(crossing.n_cells), group, [np.arange(int(group.max(initial=-1)) + 1)]
        table = _table(
            kept, domain, labels=tuple(labels), between=between[kept], n_members=n_members[kept], design=design
        )
        tables.append((which, table))
    return FineCells(code, crossing.n_cells, tuple(tables))


def _table(
    kept: Codes,
    domain: Codes,
    *,
    labels: tuple[Codes, ...],
    between: Codes,
    n_members: Codes,
    design: DesignArrays,
) -> CellTable:
    """Return how the cells `kept` make groups; `domain`, `between` and `n_members` have their shape."""
    unit, domain_of_unit, stratum_of_unit = None, domain, between
    if design.cluster is not None:
        n_clusters = int(design.n_clusters.sum())
        unit, domain_of_unit, cluster_of_unit = observed_pairs(domain, between, n_clusters)
        stratum_of_cluster = np.zeros(n_clusters, dtype=np.int64)
        stratum_of_cluster[design.cluster] = design.stratum
        stratum_of_unit = stratum_of_cluster[cluster_of_unit]
    cell, domain_of_cell, stratum_of_cell = observed_pairs(domain_of_unit, stratum_of_unit, len(design.n_clusters))
    n_domains = len(labels[0])
    return CellTable(
        n_domains=n_domains,
        labels=labels,
        n_members=counts_by(domain, n_members, n_domains),
        kept=kept,
        domain=domain,
        unit=unit,
        cell=cell,
        domain_of_cell=domain_of_cell,
        stratum_of_cell=stratum_of_cell,
    )


def _of(values: Array, rows: Codes | None) -> Array:
    return values if rows is None else values[rows]
