"""Which further cells of a table must be hidden so that no hidden one follows from the totals of its lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import Codes, observed_pairs

__all__ = ["bridges", "hide_partners"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


def hide_partners(
    columns: Codes,
    n: FloatArray,
    size: FloatArray,
    hidden: BoolArray,
    *,
    min_n: int,
    unknown_is_safe: bool,
    some: tuple[BoolArray, BoolArray] | None = None,
) -> BoolArray:
    """Return `hidden` with the partners that protect it.

    Parameters
    ----------
    columns : numpy.ndarray of int64, shape (n_cells, n_columns)
        Each cell's code in each grouping column.
    n : numpy.ndarray of float64, shape (n_cells,)
        People in the cell; NaN where not known.
    size : numpy.ndarray of float64, shape (n_cells,)
        What decides who is hidden next, among those that cross a line with a hidden cell and else: the smallest, then
        the first.
    hidden : numpy.ndarray of bool, shape (n_cells,)
        Cells hidden for their own sake.
    min_n : int
        What the hidden cells of a line must hold together.
    unknown_is_safe : bool
        Whether two hidden cells of unknown `n` in a line are known to hold `min_n` together.
    some : tuple of two numpy.ndarray of bool, each of shape (n_cells,), optional
        Of a share: whether somebody in the cell is counted, and whether somebody is not. The hidden cells of a line
        then hold some of either together: a total of nobody, or of everybody, would tell each member's answer.

    Returns
    -------
    numpy.ndarray of bool, shape (n_cells,)
        A fixed point: with it as `hidden` nothing more is hidden.

    Notes
    -----
    A line is what adds up to a total: the cells that differ in one column only. A line with a visible and a hidden
    cell has at least two hidden ones. In a table of two columns the hidden cells are edges between rows and columns,
    and a cell follows from the line totals exactly when its edge is a bridge, on no cycle; one visible cell of its
    lines is then hidden too. With more columns only the lines are looked at.

    Examples
    --------
    >>> import numpy as np
    >>> people = np.array([3.0, 30.0, 20.0])
    >>> hide_partners(np.array([[0], [1], [2]]), people, people, people < 11, min_n=11, unknown_is_safe=False)
    array([ True, False,  True])
    """
    hidden = hidden.copy()
    lines = _lines(columns)
    known, unknown = np.nan_to_num(n), np.isnan(n)
    alone = np.logical_or.reduce([np.bincount(line)[line] == 1 for line in lines])
    while True:
        before = int(hidden.sum())
        for line in lines:
            n_lines = int(line.max(initial=-1)) + 1
            n_hidden = np.bincount(line[hidden], minlength=n_lines)
            enough = np.bincount(line[hidden], known[hidden], minlength=n_lines) >= min_n
            if unknown_is_safe:
                enough |= np.bincount(line[hidden & unknown], minlength=n_lines) >= 2
            of_both = [np.bincount(line[hidden & has], minlength=n_lines) > 0 for has in some or ()]
            in_need = (n_hidden > 0) & ~np.logical_and.reduce([n_hidden >= 2, enough, *of_both])
            hidden[_next_of(line, in_need, size, hidden, beside=_crossed(lines, hidden & ~alone, than=line))] = True
        if int(hidden.sum()) == before and columns.shape[1] == 2:
            _hide_beside_bridges(columns, lines, size, hidden, alone)
        if int(hidden.sum()) == before:
            return hidden


def bridges(first: Codes, second: Codes) -> BoolArray:
    """Return which edges of a two-sided graph lie on no cycle.

    Parameters
    ----------
    first, second : numpy.ndarray of int64, shape (n_edges,)
        The ends of each edge, codes from 0 on either side; no edge twice.

    Returns
    -------
    numpy.ndarray of bool, shape (n_edges,)

    Notes
    -----
    Depth-first search with low points.

    References
    ----------
    Tarjan RE (1974). A note on finding the bridges of a graph. Information Processing Letters 2, 160-161.
    https://doi.org/10.1016/0020-0190(74)90003-9

    Examples
    --------
    >>> import numpy as np
    >>> bridges(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1]))  # a square with a tail
    array([False, False, False, False,  True])
    """
    n_first = int(first.max(initial=-1)) + 1
    ends = list(zip(first.tolist(), (second + n_first).tolist(), strict=True))
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for edge, (one, other) in enumerate(ends):
        neighbours.setdefault(one, []).append((other, edge))
        neighbours.setdefault(other, []).append((one, edge))
    is_bridge = np.zeros(len(ends), dtype=bool)
    found: dict[int, int] = {}
    low: dict[int, int] = {}
    for root, beside in neighbours.items():
        if root in found:
            continue
        found[root] = low[root] = len(found)
        path = [(root, -1, iter(beside))]
        while path:
            node, arrived_by, rest = path[-1]
            for other, edge in rest:
                if other not in found:
                    found[other] = low[other] = len(found)
                    path.append((other, edge, iter(neighbours[other])))
                    break
                if edge != arrived_by:
                    low[node] = min(low[node], found[other])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    low[parent] = min(low[parent], low[node])
                    is_bridge[arrived_by] = low[node] > found[parent]
    return is_bridge


def _lines(columns: Codes) -> list[Codes]:
    """Return, for each column, the line of each cell: the combination of its other columns."""
    lines = []
    for left_out in range(columns.shape[1]):
        line = np.zeros(len(columns), dtype=np.int64)
        for column in np.delete(columns, left_out, axis=1).T:
            line = observed_pairs(line, column, int(column.max(initial=-1)) + 1)[0]
        lines.append(line)
    return lines


def _crossed(lines: list[Codes], hidden: BoolArray, *, than: Codes) -> BoolArray:
    """Return which cells stand in another line, other `than` this one, that holds a hidden cell already."""
    others = [line for line in lines if line is not than]
    held = [np.bincount(line[hidden], minlength=int(line.max(initial=-1)) + 1)[line] > 0 for line in others]
    return np.logical_or.reduce(held) if held else np.zeros(len(hidden), dtype=bool)


def _next_of(line: Codes, in_need: BoolArray, size: FloatArray, hidden: BoolArray, *, beside: BoolArray) -> Codes:
    """Return the next visible cell of each line in need that has one: `beside` hidden ones first, then the smallest.

    A cell that crosses a line with a hidden cell may close a cycle, and spares a further one.
    """
    candidates = np.flatnonzero(~hidden & in_need[line])
    keys = (candidates, size[candidates], ~beside[candidates], line[candidates])
    in_order = candidates[np.lexsort(keys)]
    _, first = np.unique(line[in_order], return_index=True)
    return in_order[first]


def _hide_beside_bridges(
    columns: Codes, lines: list[Codes], size: FloatArray, hidden: BoolArray, alone: BoolArray
) -> None:
    """Hide, in place, the smallest visible cell in the lines of each hidden cell that follows from the totals.

    A cell alone in one of its lines is that line's total: nothing hidden beside it could protect it, so nothing is.
    """
    at = np.flatnonzero(hidden)
    for cell in at[bridges(columns[at, 0], columns[at, 1]) & ~alone[at]]:
        beside = np.flatnonzero(~hidden & np.logical_or.reduce([line == line[cell] for line in lines]))
        if len(beside):
            hidden[beside[np.lexsort((beside, size[beside]))[0]]] = True
