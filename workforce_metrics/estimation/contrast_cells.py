"""Groups and what each is compared with, laid over a design: who is in both, cluster by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.design import DesignArrays
from workforce_metrics.groups import observed_pairs

__all__ = ["ContrastCells", "Side", "contrast_cells"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Side:
    """The domains of one side of the comparisons, and the (domain, cluster) units and (domain, stratum) cells of each.

    Parameters
    ----------
    size : int
        Number of domains.
    rows : numpy.ndarray of int64, shape (n_members,)
        Rows of the table that belong to a domain and have a weight above 0.
    domain : numpy.ndarray of int64, shape (n_members,)
        Their domain.
    unit : numpy.ndarray of int64, shape (n_members,)
        Their (domain, cluster) unit; a row is its own cluster where the design names none.
    domain_of_unit, cluster_of_unit, cell : numpy.ndarray of int64, shape (n_units,)
        What each unit is made of, and its (domain, stratum) cell.
    domain_of_cell, stratum_of_cell : numpy.ndarray of int64, shape (n_cells,)
        What each cell is made of, ascending in (domain, stratum).
    """

    size: int
    rows: Codes
    domain: Codes
    unit: Codes
    domain_of_unit: Codes
    cluster_of_unit: Codes
    cell: Codes
    domain_of_cell: Codes
    stratum_of_cell: Codes


@dataclass(frozen=True, eq=False)
class ContrastCells:
    """Everything about comparisons that does not depend on the answers.

    Parameters
    ----------
    group, comparator : Side
        The groups, and the sets of respondents that they are compared with or taken out of.
    target : numpy.ndarray of int64, shape (n_groups,)
        The comparator of each group, -1 where it is compared with nothing.
    unit_in_target : numpy.ndarray of int64, shape (n_units of groups,)
        The comparator's unit of the same cluster, -1 where it has none.
    cell_in_target : numpy.ndarray of int64, shape (n_cells of groups,)
        The comparator's cell of the same stratum, -1 where it has none.
    design : DesignArrays
        The design on all rows.
    """

    group: Side
    comparator: Side
    target: Codes
    unit_in_target: Codes
    cell_in_target: Codes
    design: DesignArrays


def contrast_cells(
    group: Codes, n_groups: int, comparator: Codes, target: Codes, design: DesignArrays
) -> ContrastCells:
    """Lay groups and their comparators over a design, once for any number of indicators.

    Parameters
    ----------
    group : numpy.ndarray of int64, shape (n_rows,)
        Group codes from 0, -1 for rows in none.
    n_groups : int
        Number of groups.
    comparator : numpy.ndarray of int64, shape (n_rows,)
        Codes from 0 of the comparators, -1 for rows in none. A row is in one group and one comparator at most.
    target : numpy.ndarray of int64, shape (n_groups,)
        The comparator of each group, -1 where there is none.
    design : DesignArrays
        The design on the same rows.

    Returns
    -------
    ContrastCells

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign(cluster="team").on(pd.DataFrame({"team": ["x", "x", "y", "z"]}))
    >>> everybody = np.zeros(4, dtype=np.int64)
    >>> cells = contrast_cells(np.array([0, 1, 1, 1]), 2, everybody, np.array([0, 0]), design)
    >>> cells.group.domain_of_unit.tolist(), cells.unit_in_target.tolist()
    ([0, 1, 1, 1], [0, 0, 1, 2])
    """
    used = design.weight > 0
    n_comparators = int(comparator.max(initial=-1)) + 1
    sides = [(np.where(used, group, -1), n_groups), (np.where(used, comparator, -1), n_comparators)]
    if design.cluster is None:
        groups, comparators = (_side_of_rows(codes, size, design) for codes, size in sides)
        unit_in_target = _same_row(groups, comparators, target, len(group))
    else:
        groups, comparators = (_side_of_clusters(codes, size, design.cluster, design) for codes, size in sides)
        unit_in_target = _found(
            (target[groups.domain_of_unit], groups.cluster_of_unit),
            (comparators.domain_of_unit, comparators.cluster_of_unit), int(design.n_clusters.sum()),
        )  # fmt: skip
    cell_in_target = _found(
        (target[groups.domain_of_cell], groups.stratum_of_cell),
        (comparators.domain_of_cell, comparators.stratum_of_cell), len(design.n_clusters),
    )  # fmt: skip
    return ContrastCells(groups, comparators, target, unit_in_target, cell_in_target, design)


def _side_of_rows(domain: Codes, size: int, design: DesignArrays) -> Side:
    """Return a side where every row is its own cluster: units are members, in the order of the table."""
    rows = np.flatnonzero(domain >= 0).astype(np.int64)
    own = domain[rows]
    cell, domain_of_cell, stratum_of_cell = observed_pairs(own, design.stratum[rows], len(design.n_clusters))
    unit = np.arange(len(rows), dtype=np.int64)
    return Side(size, rows, own, unit, own, rows, cell, domain_of_cell, stratum_of_cell)


def _side_of_clusters(domain: Codes, size: int, cluster: Codes, design: DesignArrays) -> Side:
    rows = np.flatnonzero(domain >= 0).astype(np.int64)
    own, n_all = domain[rows], int(design.n_clusters.sum())
    stratum_of_cluster = np.zeros(n_all, dtype=np.int64)
    stratum_of_cluster[cluster] = design.stratum
    unit, domain_of_unit, cluster_of_unit = observed_pairs(own, cluster[rows], n_all)
    stratum = stratum_of_cluster[cluster_of_unit]
    cell, domain_of_cell, stratum_of_cell = observed_pairs(domain_of_unit, stratum, len(design.n_clusters))
    return Side(size, rows, own, unit, domain_of_unit, cluster_of_unit, cell, domain_of_cell, stratum_of_cell)


def _same_row(groups: Side, comparators: Side, target: Codes, n_rows: int) -> Codes:
    """Return where each member of a group stands among its comparator's members, -1 where it is none of them."""
    place, whose = np.full((2, n_rows), -1, dtype=np.int64)
    place[comparators.rows], whose[comparators.rows] = comparators.unit, comparators.domain
    wanted = target[groups.domain]
    return np.where((wanted >= 0) & (whose[groups.rows] == wanted), place[groups.rows], -1)


def _found(sought: tuple[Codes, Codes], there: tuple[Codes, Codes], n_second: int) -> Codes:
    """Return where each pair stands among the ascending pairs that are there, -1 where it does not."""
    keys, key = there[0] * n_second + there[1], sought[0] * n_second + sought[1]
    if not len(keys):
        return np.full(len(key), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    return np.where((sought[0] >= 0) & (keys[place] == key), place, -1)
