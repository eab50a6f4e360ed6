"""What adds up in tables that are published together: cells as parts of lines, lines with their totals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import Codes

__all__ = ["TOTAL", "Lines", "table_lines"]

BoolArray = npt.NDArray[np.bool_]
TOTAL = -1
"""The code of a cell in a column over which it is a total."""

NONE = -1


@dataclass(frozen=True)
class Lines:
    """Which cells add up to which.

    Parameters
    ----------
    part, line : numpy.ndarray of int64, shape (n_links,)
        A cell that is a part, and the line that it is part of.
    total : numpy.ndarray of int64, shape (n_lines,)
        The cell that the parts of the line add up to; -1 where no table has it.
    cover_line, cover : numpy.ndarray of int64, shape (n_covers,)
        A line without such a cell, and a cell of a table that its total would be a part of.
    n_cells : int
    """

    part: Codes
    line: Codes
    total: Codes
    cover_line: Codes
    cover: Codes
    n_cells: int

    @property
    def n_lines(self) -> int:
        """How many lines there are."""
        return len(self.total)


def table_lines(columns: Codes) -> Lines:
    """Return the lines of cells, given each cell's code in each grouping column.

    Parameters
    ----------
    columns : numpy.ndarray of int64, shape (n_cells, n_columns)
        Codes from 0; -1 where a cell is a total over the column. No cell twice.

    Returns
    -------
    Lines

    Notes
    -----
    The parts of a line differ in one column; its total is a total over that column. A total that stands in a table
    whose other columns are several (the total of all, beside a table by two columns) is the total of all those cells
    too, unless a table between the two says so already.

    Examples
    --------
    >>> import numpy as np
    >>> two_ways = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0, -1]])  # and the total of the first row
    >>> lines = table_lines(two_ways)
    >>> lines.part.tolist(), lines.line.tolist(), lines.total.tolist()
    ([0, 1, 2, 3, 0, 1, 2, 3, 4], [0, 1, 0, 1, 2, 2, 3, 3, 4], [-1, -1, 4, -1, -1])
    """
    where = {tuple(codes): cell for cell, codes in enumerate(columns.tolist())}
    levels = sorted({tuple(level) for level in (columns != TOTAL).tolist()}, key=lambda level: (-sum(level), level))
    parts, lines, totals = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [0]
    keys: list[Codes] = []
    n_lines = 0
    for level in levels:
        cells = np.flatnonzero(((columns != TOTAL) == np.array(level, dtype=bool)).all(axis=1))
        for over in _sums_over(level, levels):
            key = columns[cells].copy()
            key[:, over] = TOTAL
            kinds, of_cell = np.unique(key, axis=0, return_inverse=True)
            parts.append(cells)
            lines.append(n_lines + of_cell.reshape(-1))
            keys.append(kinds)
            n_lines += len(kinds)
    key = np.concatenate(keys) if keys else np.zeros((0, columns.shape[1]), dtype=np.int64)
    totals = [where.get(tuple(codes), NONE) for codes in key.tolist()]
    cover_line, cover = _covers(key, totals, levels, where)
    return Lines(
        np.concatenate(parts), np.concatenate(lines), np.array(totals, dtype=np.int64), cover_line, cover, len(columns)
    )


def _sums_over(level: tuple[bool, ...], levels: list[tuple[bool, ...]]) -> list[list[int]]:
    """Return the sets of columns over which the cells of a level are summed: each one, and those to a table far off."""
    own = [column for column, grouped in enumerate(level) if grouped]
    found = [[column] for column in own]
    below = [
        other
        for other in levels
        if other != level and all(mine or not its for mine, its in zip(level, other, strict=True))
    ]
    for other in below:
        between = any(
            third not in (level, other) and all(a >= b >= c for a, b, c in zip(level, third, other, strict=True))
            for third in below
        )
        over = [column for column in own if not other[column]]
        if len(over) > 1 and not between:
            found.append(over)
    return found


def _covers(
    key: Codes, totals: list[int], levels: list[tuple[bool, ...]], where: dict[tuple[int, ...], int]
) -> tuple[Codes, Codes]:
    """Return, for lines without a total in a table, the cells of coarser tables that it would be a part of."""
    lines, cells = [], []
    for line, total in enumerate(totals):
        if total != NONE:
            continue
        grouped = [column for column, code in enumerate(key[line].tolist()) if code != TOTAL]
        for size in range(len(grouped)):
            for kept in combinations(grouped, size):
                if tuple(column in kept for column in range(key.shape[1])) not in levels:
                    continue
                codes = tuple(code if column in kept else TOTAL for column, code in enumerate(key[line].tolist()))
                if codes in where:
                    lines.append(line)
                    cells.append(where[codes])
    return np.array(lines, dtype=np.int64), np.array(cells, dtype=np.int64)
