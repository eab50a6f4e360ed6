"""Which further cells of tables must be hidden so that no hidden one can be had from what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.spread import Amounts, Spreads, spreads
from workforce_metrics.estimation.table_lines import Lines
from workforce_metrics.groups import Codes

__all__ = ["Cells", "hide_partners"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

FEW = 100
"""Up to so many hidden cells, one cell more is hidden at a time; of more, one in each line of those too close."""


@dataclass(frozen=True)
class Cells:
    """What is known of the cells of one indicator.

    Parameters
    ----------
    amounts : Amounts
        What adds up in them.
    present : numpy.ndarray of bool, shape (n_cells,)
        Which cells the indicator has.
    size : numpy.ndarray of float64, shape (n_cells,)
        What decides who is hidden next: the smallest, then the first.
    some : tuple of two numpy.ndarray of bool, each of shape (n_cells,)
        Whether somebody in the cell is counted, and whether somebody is not; both true where that is not asked.
    """

    amounts: Amounts
    present: BoolArray
    size: FloatArray
    some: tuple[BoolArray, BoolArray]


def hide_partners(lines: Lines, cells: Cells, hidden: BoolArray, *, min_n: int) -> BoolArray:
    """Return `hidden` with the partners that protect it.

    Parameters
    ----------
    lines : Lines
        What adds up to what.
    cells : Cells
    hidden : numpy.ndarray of bool, shape (n_cells,)
        Cells hidden for their own sake.
    min_n : int
        What the hidden cells of a line must hold together, and how many numbers of people each must leave possible.

    Returns
    -------
    numpy.ndarray of bool, shape (n_cells,)
        A fixed point: with it as `hidden` nothing more is hidden.

    Notes
    -----
    First line by line. A line with a shown total, or one that no table has, has no hidden cell or at least two, which
    hold `min_n` together; where its total is hidden, one of its cells is too. Then all lines together: where a hidden
    cell can still be placed more closely than `workforce_metrics.estimation.spread.Spreads` allows, the smallest cell
    beside it is hidden as well, until none can or nothing beside it is left. By the totals that no table has, a cell
    may be placed as closely as hiding every cell would leave it.

    Examples
    --------
    >>> import numpy as np
    >>> from workforce_metrics.estimation.table_lines import table_lines
    >>> people = np.array([3.0, 30.0, 20.0])
    >>> every = np.ones(3, dtype=bool)
    >>> cells = Cells(Amounts(people, None, np.full(3, np.inf)), every, people, (every, every))
    >>> hide_partners(table_lines(np.array([[0], [1], [2]])), cells, people < 11, min_n=11)
    array([ True, False,  True])
    """
    hidden = hidden & cells.present
    allowed: Spreads | None = None
    while True:
        _line_by_line(lines, cells, hidden, min_n=min_n)
        close, allowed = _too_close(lines, cells, hidden, min_n=min_n, allowed=allowed)
        grown = _beside(lines, cells, hidden, close)
        if not len(grown):
            return hidden
        hidden[grown] = True


def _too_close(
    lines: Lines, cells: Cells, hidden: BoolArray, *, min_n: int, allowed: Spreads | None
) -> tuple[BoolArray, Spreads | None]:
    """Return which hidden cells can be placed too closely, and what hiding every cell reaches, once that is needed."""
    amounts, present = cells.amounts, cells.present
    published = spreads(lines, amounts, present, hidden, min_n=min_n, any_total=False)
    close = hidden & published.short_of(min_n)
    found = spreads(lines, amounts, present, hidden, min_n=min_n, any_total=True)
    close_by_totals = hidden & found.short_of(min_n)
    if close_by_totals.any() and allowed is None:
        allowed = spreads(lines, amounts, present, present, min_n=min_n, any_total=True)
    return close | (close_by_totals & found.short_of(min_n, reach=allowed)), allowed


def _line_by_line(lines: Lines, cells: Cells, hidden: BoolArray, *, min_n: int) -> None:
    """Hide in place what single lines need."""
    here = cells.present[lines.part]
    part, line = lines.part[here], lines.line[here]
    n_parts = np.bincount(line, minlength=lines.n_lines)
    has_total = (lines.total >= 0) & cells.present[lines.total]
    alone = np.zeros(len(hidden), dtype=bool)
    alone[part[((n_parts == 1) & ~has_total)[line]]] = True
    known = cells.amounts.n
    while True:
        before = int(hidden.sum())
        total_hidden = has_total & hidden[lines.total]
        covered = np.zeros(lines.n_lines, dtype=bool)
        covered[lines.cover_line[hidden[lines.cover] & cells.present[lines.cover]]] = True
        covered &= ~has_total
        at = hidden[part]
        n_hidden = np.bincount(line[at], minlength=lines.n_lines)
        enough = np.bincount(line[at], known[part[at]], minlength=lines.n_lines) >= min_n
        of_both = [np.bincount(line[at & some[part]], minlength=lines.n_lines) > 0 for some in cells.some]
        is_safe = (n_hidden == 0) | np.logical_and.reduce([n_hidden >= 2, enough, *of_both])
        in_need = (n_parts > 0) & ~covered & np.where(total_hidden, n_hidden == 0, ~is_safe)
        in_need &= has_total | (n_parts > 1)
        beside = _crossing(part, line, hidden & ~alone, cells.present, lines.n_lines)
        chosen = _next_of(part, line, in_need, size=cells.size, hidden=hidden, beside=beside)
        hidden[chosen] = True
        whole = in_need & has_total & ~total_hidden & (n_hidden == n_parts) & ((n_parts == 1) | ~enough)
        hidden[lines.total[whole]] = True
        if int(hidden.sum()) == before:
            return


def _crossing(part: Codes, line: Codes, hidden: BoolArray, present: BoolArray, n_lines: int) -> BoolArray:
    """Return, for each link, whether its cell stands in another line too that holds a hidden cell."""
    holds = np.bincount(line[hidden[part]], minlength=n_lines) > 0
    n_held = np.bincount(part[holds[line]], minlength=len(present))
    return n_held[part] - holds[line] > 0


def _next_of(
    part: Codes, line: Codes, in_need: BoolArray, *, size: FloatArray, hidden: BoolArray, beside: BoolArray
) -> Codes:
    """Return the next visible cell of each line in need that has one: beside hidden ones, then the smallest.

    A cell that crosses a line with a hidden cell may close a ring, and spares a further one.
    """
    links = np.flatnonzero(~hidden[part] & in_need[line])
    in_order = links[np.lexsort((part[links], size[part[links]], ~beside[links], line[links]))]
    _, first = np.unique(line[in_order], return_index=True)
    return part[in_order[first]]


def _beside(lines: Lines, cells: Cells, hidden: BoolArray, close: BoolArray) -> Codes:
    """Return the smallest visible cell in the lines of the cells that are too `close`; failing that, of their rings.

    Where many cells are hidden it is the smallest of each of the lines.
    """
    here = cells.present[lines.part]
    totals = np.flatnonzero((lines.total >= 0) & cells.present[lines.total])
    cell = np.concatenate([lines.part[here], lines.total[totals]])
    line = np.concatenate([lines.line[here], totals])
    reached = close
    while True:
        reached_lines = np.zeros(lines.n_lines, dtype=bool)
        reached_lines[line[reached[cell]]] = True
        links = np.flatnonzero(reached_lines[line] & ~hidden[cell])
        if len(links):
            in_order = links[np.lexsort((cell[links], cells.size[cell[links]]))]
            if int(hidden.sum()) <= FEW:
                return cell[in_order[:1]]
            _, first = np.unique(line[in_order], return_index=True)
            return np.unique(cell[in_order[first]])
        further = np.zeros(len(hidden), dtype=bool)
        further[cell[reached_lines[line]]] = True
        if (further <= reached).all():
            return np.zeros(0, dtype=np.int64)
        reached = reached | further
