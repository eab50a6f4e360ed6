"""Sums by cell, added up batch by batch: a full table where cells are few, the cells that occur where they are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CellSums", "cells_added"]

MOST_DENSE = 1 << 23
"""A table of 64 MB."""
MOST_PENDING = 1 << 22
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]


class CellSums:
    """How many, or how much weight, fell into each cell; it changes while batches are added.

    Parameters
    ----------
    dtype : type
        ``numpy.int64`` for people, ``numpy.float64`` for weights.

    Examples
    --------
    >>> sums = CellSums(np.int64)
    >>> sums.add(np.array([3, 1, 3]), 4)
    >>> sums.add(np.array([5]), 6)
    >>> [part.tolist() for part in sums.filled()]
    [[1, 3, 5], [1, 2, 1]]
    """

    def __init__(self, dtype: type) -> None:
        self._table: Numbers = np.zeros(0, dtype=dtype)
        self._cells: list[Ints] = []
        self._amounts: list[Numbers] = []

    def add(self, cells: Ints, n_cells: int, amounts: Numbers | None = None) -> None:
        """Add a batch.

        Parameters
        ----------
        cells : ndarray of int64, shape (n,)
        n_cells : int
            How many cells there are so far; later batches may have more.
        amounts : ndarray, shape (n,), optional
            1 each if not given.
        """
        if n_cells <= MOST_DENSE:
            if n_cells > len(self._table):
                grown = np.zeros(min(MOST_DENSE, max(n_cells, 2 * len(self._table))), dtype=self._table.dtype)
                grown[: len(self._table)] = self._table
                self._table = grown
            if n_cells > len(cells):
                np.add.at(self._table, cells, 1 if amounts is None else amounts)
            else:
                counted = np.bincount(cells, amounts, n_cells)
                self._table[:n_cells] += counted.astype(self._table.dtype, copy=False)
            return
        some, summed = cells_added(cells, np.ones(len(cells), dtype=self._table.dtype) if amounts is None else amounts)
        self._cells.append(some)
        self._amounts.append(summed)
        if sum(map(len, self._cells)) > MOST_PENDING:
            self._cells, self._amounts = ([part] for part in self.filled())
            self._table = self._table[:0]

    def filled(self) -> tuple[Ints, Numbers]:
        """Return the cells into which anything fell, ascending, and their sums."""
        dense = np.flatnonzero(self._table)
        cells, amounts = [dense, *self._cells], [self._table[dense], *self._amounts]
        return cells_added(np.concatenate(cells), np.concatenate(amounts)) if self._cells else (dense, amounts[0])


def cells_added(cells: Ints, amounts: Numbers) -> tuple[Ints, Numbers]:
    """Return the cells that occur, ascending, and the sum of the amounts of each.

    Examples
    --------
    >>> [part.tolist() for part in cells_added(np.array([7, 2, 7]), np.array([1, 1, 3]))]
    [[2, 7], [1, 4]]
    """
    order = np.argsort(cells, kind="stable")
    cells, amounts = cells[order], amounts[order]
    first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])[: len(cells)])
    return cells[first], np.add.reduceat(amounts, first) if len(first) else amounts
