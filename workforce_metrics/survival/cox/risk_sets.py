"""Who is at risk at which leaving: the people of a Cox model in an order in which risk sets are cumulative sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CoxSample", "Segments", "add_up", "blocks", "cluster_segments", "cox_sample", "from_the_end", "so_far"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ROWS_PER_BLOCK = 1 << 14
"""Rows worked on at a time: with their columns they stay in the processor's cache."""
TICKS_PER_ROW, TICKS_ALWAYS = 4, 1_000_000
"""Whole ticks are looked up in a table no longer than this."""


@dataclass(frozen=True)
class Segments:
    """Runs of rows that belong to the same cell.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_rows,)
        Positions in the sample, cell by cell.
    start : ndarray of int64, shape (n_filled,)
        Where each cell that has rows begins in `rows`.
    cell : ndarray of int64, shape (n_filled,)
        Which cell it is, ascending.
    n_cells : int
    """

    rows: Ints
    start: Ints
    cell: Ints
    n_cells: int


@dataclass(frozen=True)
class CoxSample:
    """Rows that are at risk at some leaving, in the order of the last leaving they see, leavers first.

    Leavings are grouped by stratum and distinct time; "event time g" is the g-th of these.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, p)
        Standardised: ``(x - centre) / scale``.
    offset, weight : ndarray of float64, shape (n,)
        The offset centred at its mean.
    event : ndarray of bool, shape (n,)
    first, last : ndarray of int64, shape (n,)
        The first and the last event time at which the row is at risk; leavers leave at their last.
    order : ndarray of int64, shape (n,)
        Where each row stood in the input.
    n_input : int
        Rows of the input, with those that are in no risk set.
    centre, scale : ndarray of float64, shape (p,)
    offset_mean : float
    time : ndarray, shape (n_times,)
        In ticks, ascending within strata.
    stratum : ndarray of int64, shape (n_times,)
    stratum_start : ndarray of int64, shape (n_strata_with_events,)
        The first event time of each stratum.
    n_event : ndarray of int64, shape (n_times,)
        Leavers.
    event_weight : ndarray of float64, shape (n_times,)
        Their weight.
    exits : Segments
        Rows by the cell ``2 * last + (0 if event else 1)``.
    entries : Segments
        Rows that are not at risk from their stratum's first event time on, by the cell ``first - 1``.
    """

    columns: Floats
    offset: Floats
    weight: Floats
    event: npt.NDArray[np.bool_]
    first: Ints
    last: Ints
    order: Ints
    n_input: int
    centre: Floats
    scale: Floats
    offset_mean: float
    time: npt.NDArray[Any]
    stratum: Ints
    stratum_start: Ints
    n_event: Ints
    event_weight: Floats
    exits: Segments
    entries: Segments


def cox_sample(
    columns: Floats,
    duration: npt.NDArray[Any],
    event: npt.NDArray[np.bool_],
    *,
    entry: npt.NDArray[Any] | None = None,
    weight: Floats | None = None,
    offset: Floats | None = None,
    stratum: Ints | None = None,
) -> CoxSample:
    """Put rows into the order in which risk sets are cumulative sums.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, p)
    duration : ndarray, shape (n,)
        Ties already exact.
    event : ndarray of bool, shape (n,)
        With at least one True of positive weight.
    entry : ndarray, shape (n,), optional
    weight : ndarray of float64, shape (n,), optional
        Rows of weight 0 are in no risk set.
    offset : ndarray of float64, shape (n,), optional
    stratum : ndarray of int64, shape (n,), optional
        Codes from 0.

    Returns
    -------
    CoxSample

    Notes
    -----
    At risk at t: ``entry < t <= duration``, in the row's own stratum.
    """
    n = len(duration)
    case = np.ones(n) if weight is None else weight
    counts = event & (case > 0)
    codes = np.zeros(n, dtype=np.int64) if stratum is None else stratum
    rank_of, time, key = _event_times(duration[counts], codes[counts])
    past, base = rank_of(duration, codes), np.searchsorted(key[0], codes, side="left")
    first = base if entry is None else np.maximum(rank_of(entry, codes), base)
    used = np.flatnonzero((first < past) & (case > 0))
    cell = 2 * (past[used] - 1) + ~event[used]
    used = used[_stable_order(cell, 2 * len(time))]
    off = np.zeros(n) if offset is None else offset
    standard, centre, scale = _standardised(columns, used)
    last, starts, event = past[used] - 1, np.flatnonzero(np.diff(key[0], prepend=-1)), event[used]
    leaver = np.flatnonzero(event)
    return CoxSample(
        columns=standard,
        offset=off[used] - off[used].mean(),
        weight=case[used],
        event=event,
        first=first[used],
        last=last,
        order=used,
        n_input=n,
        centre=centre,
        scale=scale,
        offset_mean=float(off[used].mean()),
        time=time,
        stratum=key[0],
        stratum_start=starts,
        n_event=np.bincount(last[leaver], minlength=len(time)),
        event_weight=np.bincount(last[leaver], case[used[leaver]], len(time)).astype(np.float64, copy=False),
        exits=_segments(np.arange(len(used)), 2 * last + ~event, 2 * len(time)),
        entries=_entries(first[used], base[used], len(time)),
    )


def _event_times(time: npt.NDArray[Any], stratum: Ints) -> tuple[Any, npt.NDArray[Any], tuple[Ints, Ints]]:
    """Return how to count the event times of a stratum and those before it up to a time, and the event times."""
    distinct, up_to = _distinct(time)
    width = len(distinct) + 1
    if not stratum.any():
        return lambda when, _: up_to(when), distinct, (np.zeros(width - 1, dtype=np.int64), np.arange(1, width))
    key = np.unique(stratum * width + up_to(time))

    def rank_of(when: npt.NDArray[Any], codes: Ints) -> Ints:
        return np.asarray(np.searchsorted(key, codes * width + up_to(when), side="right"))

    return rank_of, distinct[key % width - 1], (key // width, key % width)


def _distinct(time: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Callable[[npt.NDArray[Any]], Ints]]:
    """Return the distinct times, and how to count those up to a time; whole ticks are looked up in a table."""
    if time.dtype.kind == "i" and int(time.max()) <= TICKS_PER_ROW * len(time) + TICKS_ALWAYS:
        mark = np.bincount(time) > 0
        table = np.cumsum(mark)
        return np.flatnonzero(mark), lambda when: table[np.minimum(when, len(table) - 1)]
    distinct = np.unique(time)
    return distinct, lambda when: np.asarray(np.searchsorted(distinct, when, side="right"))


def _stable_order(cell: Ints, n_cells: int) -> Ints:
    """Return the order of cells; NumPy sorts short integers by counting."""
    return np.argsort(cell.astype(np.uint16) if n_cells <= 1 << 16 else cell, kind="stable")


def _standardised(columns: Floats, used: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the rows `used` less the mean of all and over their standard deviation, the mean and the deviation."""
    centre, scale = columns.mean(axis=0), np.zeros(columns.shape[1])
    for rows in blocks(len(columns)):
        scale += ((columns[rows] - centre) ** 2).sum(axis=0)
    scale = np.sqrt(scale / len(columns))
    scale[scale <= 0] = 1.0
    values = np.empty((len(used), columns.shape[1]))
    for rows in blocks(len(used)):
        np.divide(columns[used[rows]] - centre, scale, out=values[rows])
    return values, centre, scale


def _segments(rows: Ints, cell: Ints, n_cells: int) -> Segments:
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    return Segments(rows, start, cell[start], n_cells)


def _entries(first: Ints, base: Ints, n_times: int) -> Segments:
    late = np.flatnonzero(first > base)
    late = late[_stable_order(first[late], n_times)]
    return _segments(late, first[late] - 1, n_times)


def cluster_segments(cluster: Ints) -> Segments:
    """Return the rows of each cluster, from the codes of the sample's rows."""
    n_clusters = int(cluster.max(initial=-1)) + 1
    rows = _stable_order(cluster, n_clusters)
    return _segments(rows, cluster[rows], n_clusters)


def blocks(n: int) -> list[slice]:
    """Return the slices that cut n rows into blocks."""
    return [slice(start, min(start + ROWS_PER_BLOCK, n)) for start in range(0, n, ROWS_PER_BLOCK)]


def add_up(segments: Segments, columns: Floats | None, factor: Floats) -> Floats:
    """Return the sum of ``factor * columns`` over the rows of each cell.

    Parameters
    ----------
    segments : Segments
    columns : ndarray of float64, shape (n, p), or None
        None = the sum of the factors alone.
    factor : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n_cells, p) or (n_cells,)
    """
    from scipy.sparse import csr_array

    total = np.zeros(segments.n_cells if columns is None else (segments.n_cells, columns.shape[1]))
    if not len(segments.rows):
        return total
    ordered = factor[segments.rows]
    if columns is None:
        total[segments.cell] = np.add.reduceat(ordered, segments.start)
        return total
    edges = np.append(segments.start, len(segments.rows))
    total[segments.cell] = (
        csr_array((ordered, segments.rows, edges), shape=(len(segments.start), len(factor))) @ columns
    )
    return total


def from_the_end(values: Floats, stratum_start: Ints) -> Floats:
    """Return the sums of `values` from each event time to the end of its stratum, shape as `values`.

    Each stratum is added up by itself: a small one beside large ones keeps its digits.
    """
    total = np.empty_like(values)
    for start, stop in pairwise([*stratum_start, len(values)]):
        np.cumsum(values[start:stop][::-1], axis=0, out=total[start:stop][::-1])
    return total


def so_far(values: Floats) -> Floats:
    """Return the sums of `values` before each event time, and of all, shape (n_times + 1, ...)."""
    return np.concatenate((np.zeros_like(values[:1]), values.cumsum(axis=0)))
