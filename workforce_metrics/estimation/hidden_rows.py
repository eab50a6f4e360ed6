"""Which rows of a table of several indicators are hidden: each indicator's partners, and those of what none shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.hidden_cells import hide_partners
from workforce_metrics.groups import Codes

__all__ = ["TableRows", "hidden_rows"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TableRows:
    """The rows of a table as the groups and indicators that they are about.

    Parameters
    ----------
    cell, indicator : numpy.ndarray of int64, shape (n_rows,)
        The group and the indicator of each row.
    columns : numpy.ndarray of int64, shape (n_cells, n_columns)
        Each group's code in each grouping column.
    n, people : numpy.ndarray of float64, shape (n_rows,)
        Who answered, and they and who did not; NaN where not known.
    size : numpy.ndarray of float64, shape (n_cells,)
        The largest `n` over all indicators: who is hidden next.
    some : tuple of two numpy.ndarray of bool, each of shape (n_rows,)
        Whether somebody is counted and somebody not; both true of what is not a share.
    """

    cell: Codes
    indicator: Codes
    columns: Codes
    n: FloatArray
    people: FloatArray
    size: FloatArray
    some: tuple[BoolArray, BoolArray]


def hidden_rows(rows: TableRows, own: BoolArray, *, min_n: int, complementary: bool, was_safe: bool) -> BoolArray:
    """Return the rows to hide, given those that must be for their own sake.

    Parameters
    ----------
    rows : TableRows
    own : numpy.ndarray of bool, shape (n_rows,)
    min_n : int
        What the hidden groups of a line must hold together.
    complementary : bool
        Whether to hide partners.
    was_safe : bool
        Whether two hidden groups of unknown `n` in a line are known to hold `min_n` together.

    Returns
    -------
    numpy.ndarray of bool, shape (n_rows,)

    Notes
    -----
    Each indicator hides partners of its own. How many belong to a group is known from any indicator that shows it, so
    the groups that none shows are then looked at as one more table, and what that needs is hidden in all, until
    nothing changes.
    """
    hidden = own
    while True:
        kinds = [np.flatnonzero(rows.indicator == code) for code in range(int(rows.indicator.max(initial=-1)) + 1)]
        by_kind = [
            _hidden_groups(rows, of_it, hidden, min_n=min_n, complementary=complementary, was_safe=was_safe)
            for of_it in kinds
        ]
        hidden = np.zeros(len(own), dtype=bool)
        for of_it, groups in zip(kinds, by_kind, strict=True):
            hidden[of_it] = groups[rows.cell[of_it]]
        nowhere_shown = np.logical_and.reduce(by_kind) if by_kind else np.zeros(0, dtype=bool)
        if not complementary or len(kinds) < 2:
            return hidden
        people = np.full(len(rows.columns), np.nan)
        np.fmax.at(people, rows.cell, rows.people)
        grown = hide_partners(rows.columns, people, rows.size, nowhere_shown, min_n=min_n, unknown_is_safe=was_safe)
        if not (grown & ~nowhere_shown).any():
            return hidden
        hidden = hidden | grown[rows.cell]


def _hidden_groups(
    rows: TableRows, of_it: Codes, own: BoolArray, *, min_n: int, complementary: bool, was_safe: bool
) -> BoolArray:
    """Return the groups to hide in one indicator, whose rows are `of_it`: shape (n_cells,)."""
    n_cells, cell = len(rows.columns), rows.cell[of_it]
    hidden = np.zeros(n_cells, dtype=bool)
    hidden[cell[own[of_it]]] = True
    if not complementary:
        return hidden
    present = np.unique(cell)
    smallest = np.full(n_cells, np.inf)
    np.minimum.at(smallest, cell, np.nan_to_num(rows.n[of_it], nan=-np.inf))
    smallest[np.isneginf(smallest)] = np.nan
    some = [np.zeros(n_cells, dtype=bool) for _ in rows.some]
    for of_cell, of_row in zip(some, rows.some, strict=True):
        of_cell[cell[of_row[of_it]]] = True
    hidden[present] = hide_partners(
        rows.columns[present], smallest[present], rows.size[present], hidden[present],
        min_n=min_n, unknown_is_safe=was_safe, some=(some[0][present], some[1][present]),
    )  # fmt: skip
    return hidden
