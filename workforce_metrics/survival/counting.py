"""The kernel under the risk table: how many are at risk, enter, leave and are censored at each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import observed_pairs

__all__ = ["CellCounts", "RiskCounts", "count_at_risk", "counts_of_cells", "in_exact_parts"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CellCounts = tuple[npt.NDArray[Any], npt.NDArray[Any]]
"""Exits by outcome and cell, entries by cell."""
DENSE_CELLS_PER_ROW = 4
DENSE_CELLS_ALWAYS = 1_000_000
PEOPLE_PER_BLOCK = 1 << 18
MOST_PARTS = 8
"""Of weights: those of one size take two, 1e-12 and 1e12 together four."""


@dataclass(frozen=True)
class RiskCounts:
    """Counts per group and time, in the order of group, then time.

    Parameters
    ----------
    group : ndarray of int64, shape (n_cells,)
    time : ndarray, shape (n_cells,)
        In ticks; the times at which somebody in the group enters, leaves or is censored.
    n_risk, n_censor, n_entry : ndarray of float64, shape (n_cells,)
        Weighted counts. At risk at t: ``entry < t <= duration``. `n_entry` enter at t and are at risk after it.
    n_event : ndarray of float64, shape (n_cells, n_causes)
    n_people : ndarray of int64, shape (n_cells,)
        People at risk, each counted once whatever the weight.
    group_people : ndarray of int64, shape (n_groups,)
        People who were ever at risk.
    """

    group: Ints
    time: npt.NDArray[Any]
    n_risk: Floats
    n_event: Floats
    n_censor: Floats
    n_entry: Floats
    n_people: Ints
    group_people: Ints


def count_at_risk(
    duration: npt.NDArray[Any],
    cause: Ints,
    *,
    n_causes: int,
    group: Ints,
    n_groups: int,
    entry: npt.NDArray[Any] | None = None,
    weight: Floats | None = None,
) -> RiskCounts:
    """Count in one pass over the people.

    Parameters
    ----------
    duration : ndarray, shape (n,)
        Whole ticks (int64) or numbers (float64), ties already exact.
    cause : ndarray of int64, shape (n,)
        0 = censored, 1..n_causes.
    n_causes, n_groups : int
    group : ndarray of int64, shape (n,)
        0..n_groups - 1.
    entry : ndarray, shape (n,), optional
        Of the same kind as `duration`.
    weight : ndarray of float64, shape (n,), optional

    Returns
    -------
    RiskCounts

    Notes
    -----
    People fall into cells (group, time, outcome); counts are `numpy.bincount` over cells and numbers at risk are
    sums of cells from the last time of a group backwards. Cells are a full grid of whole ticks, or, where that would
    outnumber people (many groups of few, or times that are not whole numbers), the pairs of group and time that occur.
    Numbers at risk are differences of sums, so weights are added in parts whose sums are exact: a small risk set beside
    large ones keeps its digits, and the order of rows does not matter.

    References
    ----------
    Rump SM, Ogita T, Oishi S (2008). Accurate floating-point summation part I: faithful rounding. SIAM J Sci Comput
    31:189-224. doi:10.1137/050645671
    """
    cells = _cells(duration, entry, group, n_groups)
    people = _counted_by_cell(cells, cause, n_causes)
    parts = None
    if weight is not None:
        parts = [_counted_by_cell(cells, cause, n_causes, part) for part in in_exact_parts(weight)]
    return counts_of_cells(cells.group, cells.time, cells.start, people, parts)


def counts_of_cells(
    group: Ints, time: npt.NDArray[Any], start: Ints, people: CellCounts, weights: Sequence[CellCounts] | None
) -> RiskCounts:
    """Return the counts at risk of people who are counted already, by cell of group and time.

    Parameters
    ----------
    group, time : ndarray, shape (n_cells,)
        Group by group in the order of time.
    start : ndarray of int64, shape (n_groups + 1,)
        The first cell of each group, and the number of cells.
    people : (ndarray of int64, ndarray of int64)
        How many exit, shape (n_causes + 1, n_cells), censored first; how many enter, shape (n_cells,).
    weights : sequence of (ndarray of float64, ndarray of float64), optional
        The same in weights, in parts whose sums are exact; see `in_exact_parts`.

    Returns
    -------
    RiskCounts
        Of the cells in which somebody exits or enters.
    """
    leaving, entering = people[0].sum(axis=0), people[1]
    n_people = _at_risk(leaving, entering, start)
    (exits, entries), risk = people, n_people
    if weights is not None:
        exits, entries = np.sum([out for out, _ in weights], axis=0), np.sum([into for _, into in weights], axis=0)
        weighted = np.sum([_at_risk(out.sum(axis=0), into, start) for out, into in weights], axis=0)
        risk = np.where(n_people > 0, np.maximum(weighted, exits.sum(axis=0)), 0.0)
    some = (leaving > 0) | (entering > 0)
    where: Any = slice(None) if some.all() else np.flatnonzero(some)
    return RiskCounts(
        group=group[where],
        time=time[where],
        n_risk=risk[where].astype(np.float64),
        n_event=np.ascontiguousarray(exits[1:, where].T, dtype=np.float64),
        n_censor=exits[0, where].astype(np.float64),
        n_entry=entries[where].astype(np.float64),
        n_people=n_people[where].astype(np.int64, copy=False),
        group_people=np.diff(np.append(0, leaving.cumsum())[start]).astype(np.int64),
    )


@dataclass(frozen=True)
class _Cells:
    """Cells of group and time, group by group in the order of time.

    Parameters
    ----------
    group, time : ndarray, shape (n_cells,)
    start : ndarray of int64, shape (n_groups + 1,)
        The first cell of each group, and the number of cells.
    sizes : tuple of int
        A full grid's (n_groups, n_ticks), else (n_cells,).
    exits, entries : tuple of ndarray, each of shape (n,)
        Each person's place along each of `sizes` at the end and at the start; no `entries` without delayed entry.
    """

    group: Ints
    time: npt.NDArray[Any]
    start: Ints
    sizes: tuple[int, ...]
    exits: tuple[Ints, ...]
    entries: tuple[Ints, ...] | None


def _cells(duration: npt.NDArray[Any], entry: npt.NDArray[Any] | None, group: Ints, n_groups: int) -> _Cells:
    n_ticks = int(duration.max()) + 1 if duration.dtype.kind == "i" else 0
    if n_ticks and n_ticks * n_groups <= max(DENSE_CELLS_ALWAYS, DENSE_CELLS_PER_ROW * len(duration)):
        return _Cells(
            group=np.repeat(np.arange(n_groups), n_ticks),
            time=np.tile(np.arange(n_ticks), n_groups),
            start=np.arange(n_groups + 1) * n_ticks,
            sizes=(n_groups, n_ticks),
            exits=(group, duration),
            entries=None if entry is None else (group, entry),
        )
    both = duration if entry is None else np.concatenate((duration, entry))
    if n_ticks:
        rank, _, ticks = observed_pairs(np.zeros(len(both), dtype=np.int64), both, n_ticks)
    else:
        ticks, rank = np.unique(both, return_inverse=True)
    cell, cell_group, cell_tick = observed_pairs(np.resize(group, len(both)), rank, len(ticks))
    return _Cells(
        group=cell_group,
        time=ticks[cell_tick],
        start=np.searchsorted(cell_group, np.arange(n_groups + 1)),
        sizes=(len(cell_group),),
        exits=(cell[: len(duration)],),
        entries=None if entry is None else (cell[len(duration) :],),
    )


def _counted_by_cell(cells: _Cells, cause: Ints, n_causes: int, weight: Floats | None = None) -> CellCounts:
    """Return exits of shape (n_causes + 1, n_cells) and entries of shape (n_cells,)."""
    exits = _counted((n_causes + 1, *cells.sizes), (cause, *cells.exits), weight).reshape(n_causes + 1, -1)
    if cells.entries is None:
        return exits, np.zeros(exits.shape[1], dtype=exits.dtype)
    return exits, _counted(cells.sizes, cells.entries, weight)


def _counted(sizes: tuple[int, ...], codes: tuple[Ints, ...], weight: Floats | None = None) -> npt.NDArray[Any]:
    """Return how many, or how much weight, fall into each cell of an array of `sizes`, flat.

    Block by block, so that the cell numbers of a block stay in the processor's cache.
    """
    total: npt.NDArray[Any] = np.zeros(math.prod(sizes), dtype=np.int64 if weight is None else np.float64)
    cell = np.empty(min(PEOPLE_PER_BLOCK, len(codes[0])), dtype=np.int64)
    for start in range(0, len(codes[0]), PEOPLE_PER_BLOCK):
        rows = slice(start, min(start + PEOPLE_PER_BLOCK, len(codes[0])))
        block = cell[: rows.stop - rows.start]
        np.multiply(codes[0][rows], math.prod(sizes[1:]), out=block)
        for axis in range(1, len(sizes) - 1):
            block += codes[axis][rows] * math.prod(sizes[axis + 1 :])
        if len(sizes) > 1:
            block += codes[-1][rows]
        total += np.bincount(block, weights=None if weight is None else weight[rows], minlength=len(total))
    return total


def in_exact_parts(values: Floats) -> list[Floats]:
    """Return parts that add up to the values, each so coarse beside its largest that sums of it are exact.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)

    Returns
    -------
    list of ndarray, each of shape (n,)
        Without parts that are 0 throughout, but for the first.
    """
    parts: list[Floats] = []
    rest = values
    while not parts or (rest.any() and len(parts) < MOST_PARTS):
        largest = float(np.abs(rest).max(initial=0.0))
        above_any_sum = math.ldexp(1.0, math.frexp(largest)[1] + math.frexp(len(values))[1])
        parts.append((above_any_sum + rest) - above_any_sum)
        rest = rest - parts[-1]
    return parts


def _at_risk(exits: npt.NDArray[Any], entries: npt.NDArray[Any], start: Ints) -> npt.NDArray[Any]:
    """Return how many of a cell's group exit in it or later less how many enter in it or later, shape (n_cells,)."""
    left: npt.NDArray[Any] = exits - entries
    later = np.empty_like(left)
    for first, stop in pairwise(start):
        np.cumsum(left[first:stop][::-1], out=later[first:stop][::-1])
    return later
