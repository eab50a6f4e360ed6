"""Who is at risk at which leaving: the people of a Cox model in an order in which risk sets are cumulative sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.column_summary import ColumnSummary, row_blocks, summarise_columns

__all__ = ["CoxSample", "Segments", "add_up", "cluster_segments", "cox_sample", "from_the_end", "so_far"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
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
    event_sum : ndarray of float64, shape (p,)
        Weighted sum of the columns over all leavers.
    event_offset : float
        Weighted sum of the offset over all leavers.
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
    event_sum: Floats
    event_offset: float
    exits: Segments
    entries: Segments

    @property
    def leaver_weight(self) -> float:
        """The mean weight of a leaver."""
        return float(self.event_weight.sum() / self.n_event.sum())


def cox_sample(
    columns: Floats,
    duration: npt.NDArray[Any],
    event: npt.NDArray[np.bool_],
    *,
    entry: npt.NDArray[Any] | None = None,
    weight: Floats | None = None,
    offset: Floats | None = None,
    stratum: Ints | None = None,
    summary: ColumnSummary | None = None,
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
    summary : ColumnSummary, optional
        Of `columns`, where it is known already.

    Returns
    -------
    CoxSample

    Notes
    -----
    At risk at t: ``entry < t <= duration``, in the row's own stratum.
    """
    n, codes = len(duration), np.zeros(len(duration), dtype=np.int64) if stratum is None else stratum
    counts = event if weight is None else event & (weight > 0)
    rank_of, time, key = _event_times(duration[counts], codes[counts])
    starts = np.searchsorted(key[0], np.arange(int(codes.max(initial=0)) + 1))
    past, base = rank_of(duration, codes), starts[codes]
    first = base if entry is None else np.maximum(rank_of(entry, codes), base)
    used = np.flatnonzero(first < past if weight is None else (first < past) & (weight > 0))
    cell = 2 * (past[used] - 1) + ~event[used]
    used = used[_stable_order(cell, 2 * len(time))]
    case = np.ones(len(used)) if weight is None else weight[used]
    shift = np.zeros(len(used)) if offset is None else offset[used]
    offset_mean = float(shift.mean())
    shift -= offset_mean
    known = summarise_columns(columns) if summary is None else summary
    standard = _standardised(columns, used, known)
    last, event = past[used] - 1, event[used]
    leaver, leaving = np.flatnonzero(event), np.where(event, case, 0.0)
    return CoxSample(
        columns=standard,
        offset=shift,
        weight=case,
        event=event,
        first=first[used],
        last=last,
        order=used,
        n_input=n,
        centre=known.mean,
        scale=known.spread,
        offset_mean=offset_mean,
        time=time,
        stratum=key[0],
        stratum_start=np.flatnonzero(np.diff(key[0], prepend=-1)),
        n_event=np.bincount(last[leaver], minlength=len(time)),
        event_weight=np.bincount(last[leaver], case[leaver], len(time)).astype(np.float64, copy=False),
        event_sum=leaving @ standard,
        event_offset=float(leaving @ shift),
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


def _standardised(columns: Floats, used: Ints, summary: ColumnSummary) -> Floats:
    """Return the rows `used` less the mean of all rows and over their standard deviation."""
    values = np.empty((len(used), columns.shape[1]))
    slices = row_blocks(values)
    height = slices[0].stop if slices else 0
    mean, per_spread = np.tile(summary.mean, height), np.tile(1 / summary.spread, height)
    for rows in slices:
        np.take(columns, used[rows], axis=0, out=values[rows], mode="clip")  # "clip": straight into place
        flat = values[rows].reshape(-1)
        flat -= mean[: len(flat)]
        flat *= per_spread[: len(flat)]
    return values


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
    table = csr_array((ordered, segments.rows, edges), shape=(len(segments.start), len(columns)))
    total[segments.cell] = table @ columns
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
