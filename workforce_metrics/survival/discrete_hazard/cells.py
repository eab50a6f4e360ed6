"""Counts at risk and leaving by covariate pattern and interval: all that a discrete-time hazard needs of the people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cell_sums import cells_added
from workforce_metrics.survival.discrete_hazard.grid import Periods

__all__ = [
    "CELLS_PER_BLOCK",
    "Block",
    "Cells",
    "Tally",
    "blocks_of",
    "count_cells",
    "in_patterns",
    "period_totals",
    "up_to",
]

CELLS_PER_BLOCK = 1 << 17
"""About 1 MB an array: a block's few arrays stay in the processor's cache."""
DENSE_CELLS = 1 << 23
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """A sparse table of pattern by column: the amounts of its cells that are not empty.

    Parameters
    ----------
    cell : ndarray of int64, shape (n_filled,)
        ``pattern * width + column``, ascending.
    amount : ndarray of float64, shape (n_filled,)
    width : int
        Number of columns.
    """

    cell: Ints
    amount: Floats
    width: int


@dataclass(frozen=True)
class Cells:
    """Who is at risk and leaves in each interval, by covariate pattern.

    Parameters
    ----------
    n_patterns, n_periods : int
    change : Tally
        By how much the number at risk changes when an interval begins: width n_periods + 1; its running sum along a
        pattern is the number at risk.
    event : tuple of Tally
        Leavings by pattern and interval, one tally a cause; width n_periods.
    """

    n_patterns: int
    n_periods: int
    change: Tally
    event: tuple[Tally, ...]


@dataclass(frozen=True)
class Block:
    """The cells of some neighbouring patterns.

    Parameters
    ----------
    rows : slice
        Which patterns.
    n_risk : ndarray of float64, shape (n_rows, n_periods)
    n_event : ndarray of float64, shape (n_rows, n_periods)
        Leavings by the cause asked for.
    """

    rows: slice
    n_risk: Floats
    n_event: Floats


def count_cells(
    pattern: Ints,
    n_patterns: int,
    periods: Periods,
    *,
    cause: Ints,
    n_causes: int,
    weight: Floats | None = None,
) -> Cells:
    """Count in one pass over the people; nobody is expanded into person-periods.

    Parameters
    ----------
    pattern : ndarray of int64, shape (n,)
        0..n_patterns - 1.
    n_patterns : int
    periods : Periods
        With ``first <= last`` for every spell.
    cause : ndarray of int64, shape (n,)
        1..n_causes; looked at where ``periods.left``.
    n_causes : int
    weight : ndarray of float64, shape (n,), optional

    Returns
    -------
    Cells

    Examples
    --------
    >>> import numpy as np
    >>> no = np.zeros(2, dtype=bool)
    >>> two = Periods(np.array([1.0, 2.0]), np.array([0, 1]), np.array([1, 1]), ~no, no)
    >>> cells = count_cells(np.array([0, 0]), 1, two, cause=np.array([1, 1]), n_causes=1)
    >>> block = next(blocks_of(cells, 0))
    >>> block.n_risk.tolist(), block.n_event.tolist()
    ([[1.0, 2.0]], [[0.0, 2.0]])
    """
    n_periods = len(periods.ends)
    amount = np.ones(len(pattern)) if weight is None else weight
    width = n_periods + 1
    begin, end = pattern * width + periods.first, pattern * width + periods.last
    whole, halved = ~periods.half, np.flatnonzero(periods.half)
    change = _tally(
        (begin, end[whole] + 1, end[halved], end[halved] + 1),
        (amount, -amount[whole], -amount[halved] / 2, -amount[halved] / 2),
        n_patterns,
        width,
    )
    event = []
    for code in range(1, n_causes + 1):
        who = np.flatnonzero(periods.left & (cause == code))
        event.append(_tally((pattern[who] * n_periods + periods.last[who],), (amount[who],), n_patterns, n_periods))
    return Cells(n_patterns, n_periods, change, tuple(event))


def blocks_of(cells: Cells, cause: int) -> Iterator[Block]:
    """Yield the cells block by block of patterns, filled out to full rows.

    Parameters
    ----------
    cells : Cells
    cause : int
        From 0: whose leavings.

    Yields
    ------
    Block
    """
    height = max(CELLS_PER_BLOCK // cells.n_periods, 1)
    for start in range(0, cells.n_patterns, height):
        rows = slice(start, min(start + height, cells.n_patterns))
        n_risk = np.cumsum(_filled(cells.change, rows), axis=1)[:, :-1]
        yield Block(rows, np.maximum(n_risk, 0.0), _filled(cells.event[cause], rows))


def period_totals(cells: Cells) -> tuple[Floats, Floats]:
    """Return the number at risk, shape (n_periods,), and leavings by cause, shape (n_causes, n_periods)."""
    change = cells.change
    n_risk = np.bincount(change.cell % change.width, weights=change.amount, minlength=change.width).cumsum()[:-1]
    n_event = np.zeros((len(cells.event), cells.n_periods))
    for code, tally in enumerate(cells.event):
        n_event[code] += np.bincount(tally.cell % tally.width, weights=tally.amount, minlength=tally.width)
    return np.where(n_risk > 1e-9 * n_risk.max(initial=0.0), n_risk, 0.0), n_event


def in_patterns(cells: Cells, code: Ints, n_patterns: int) -> Cells:
    """Return the cells of fewer, coarser patterns.

    Parameters
    ----------
    cells : Cells
    code : ndarray of int64, shape (cells.n_patterns,)
        The coarser pattern of each; -1 for those left out.
    n_patterns : int
        How many coarser ones there are.
    """

    def added(tally: Tally) -> Tally:
        pattern, column = np.divmod(tally.cell, tally.width)
        kept = code[pattern] >= 0
        sums = cells_added((code[pattern] * tally.width + column)[kept], tally.amount[kept])
        return Tally(*sums, tally.width)

    return Cells(n_patterns, cells.n_periods, added(cells.change), tuple(map(added, cells.event)))


def up_to(cells: Cells, n_periods: int) -> Cells:
    """Return the cells of the first intervals only."""

    def cut(tally: Tally, width: int) -> Tally:
        pattern, column = np.divmod(tally.cell, tally.width)
        kept = column < n_periods
        return Tally((pattern * width + column)[kept], tally.amount[kept], width)

    if n_periods == cells.n_periods:
        return cells
    events = tuple(cut(tally, n_periods) for tally in cells.event)
    return Cells(cells.n_patterns, n_periods, cut(cells.change, n_periods + 1), events)


def _tally(cells: tuple[Ints, ...], amounts: tuple[Floats, ...], height: int, width: int) -> Tally:
    """Add up the amounts by cell: in a table of all cells where that is small, else over the cells that occur."""
    if height * width <= max(DENSE_CELLS, sum(map(len, cells))):
        total = np.zeros(height * width)
        for cell, amount in zip(cells, amounts, strict=True):
            total += np.bincount(cell, weights=amount, minlength=height * width)
        filled = np.flatnonzero(total)
        return Tally(filled, total[filled], width)
    filled, position = np.unique(np.concatenate(cells), return_inverse=True)
    sums = np.zeros(len(filled))
    sums += np.bincount(position, weights=np.concatenate(amounts), minlength=len(filled))
    return Tally(filled, sums, width)


def _filled(tally: Tally, rows: slice) -> Floats:
    """Return the table's rows with their empty cells, shape (n_rows, width)."""
    low, high = np.searchsorted(tally.cell, [rows.start * tally.width, rows.stop * tally.width])
    table = np.zeros((rows.stop - rows.start) * tally.width)
    table[tally.cell[low:high] - rows.start * tally.width] = tally.amount[low:high]
    return table.reshape(-1, tally.width)
