"""Moves that change no sum: four hidden cells at the corners of two rows and two columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import Codes

__all__ = ["moved_by_rings"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

LARGEST = 4_000_000
"""Rows times columns up to which rings are looked for."""


def moved_by_rings(
    equation: Codes, unknown: Codes, sign: FloatArray, *, start: FloatArray, high: FloatArray, enough: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return values that each unknown can take, other sums unchanged: at least that far it can be moved.

    Parameters
    ----------
    equation, unknown : numpy.ndarray of int64, shape (n_terms,)
        Which unknown stands in which equation.
    sign : numpy.ndarray of float64, shape (n_terms,)
    start : numpy.ndarray of float64, shape (n_unknowns,)
        Values of 0 and more that satisfy the equations.
    high : numpy.ndarray of float64, shape (n_unknowns,)
        The largest value each may have.
    enough : numpy.ndarray of float64, shape (n_unknowns,)
        How far apart the two values need be.

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n_unknowns,)
        `start` where no ring was found.

    Notes
    -----
    Of cells (i, j), (i, l), (k, j), (k, l) the first and the last go up and the two others down by the same, or the
    other way round; one cell can be moved by several such rings at once, as long as those that go down have people left
    and those that go up have room for all that is asked. Only unknowns of exactly two equations, added in both, are
    moved.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 2, 3, 0, 2, 1, 3]), np.ones(8)
    >>> [found.tolist() for found in moved_by_rings(
    ...     *square, start=np.array([2.0, 10, 18, 22]), high=np.full(4, np.inf), enough=np.full(4, 11.0))]
    [[0.0, 0.0, 8.0, 20.0], [11.0, 11.0, 19.0, 31.0]]
    """
    low, top = start.copy(), start.copy()
    n_terms = np.bincount(unknown, minlength=len(start))
    added = np.bincount(unknown, sign, minlength=len(start))
    movable = np.flatnonzero((n_terms == 2) & (added == 2))
    order = np.lexsort((equation, unknown))
    pairs = equation[order][np.isin(unknown[order], movable)].reshape(-1, 2)
    rows, row = np.unique(pairs[:, 0], return_inverse=True)
    columns, column = np.unique(pairs[:, 1], return_inverse=True)
    if not len(movable) or len(np.intersect1d(rows, columns)) or len(rows) * len(columns) > LARGEST:
        return low, top
    down = np.full((len(rows), len(columns)), -1.0)  # -1 where there is nothing to move
    down[row, column] = start[movable]
    up = np.full_like(down, -1.0)
    up[row, column] = high[movable] - start[movable]
    for cell, i, j in zip(movable.tolist(), row.tolist(), column.tolist(), strict=True):
        asked = enough[cell]
        others = np.flatnonzero((down[:, j] >= 0) & (np.arange(len(rows)) != i))
        beside = np.flatnonzero((down[i] >= 0) & (np.arange(len(columns)) != j))
        if not len(others) or not len(beside) or asked <= 0:
            continue
        falls = min(asked, down[i, j])
        corners = down[np.ix_(others[up[others, j] >= falls], beside[up[i, beside] >= falls])]
        low[cell] -= min(falls, float(np.maximum(corners, 0.0).sum()))
        rises = min(up[i, j], asked - (start[cell] - low[cell]))
        has_room = up[np.ix_(others, beside)] >= rises
        if len(others) < len(beside):
            top[cell] += _risen(down[i, beside], down[others, j], has_room.T, rises)
        else:
            top[cell] += _risen(down[others, j], down[i, beside], has_room, rises)
    return low, top


def _risen(of_column: FloatArray, of_row: FloatArray, has_room: BoolArray, asked: float) -> float:
    """Return how far a cell rises, up to `asked`, as the others of its column and its row fall by as much in pairs."""
    left, risen = of_column.copy(), 0.0
    for place in np.argsort(-of_row):
        if risen >= asked:
            break
        free = np.where(has_room[:, place], left, 0.0)
        taken = np.diff(np.minimum(np.cumsum(free), min(of_row[place], asked - risen)), prepend=0.0)
        left -= taken
        risen += float(taken.sum())
    return risen
