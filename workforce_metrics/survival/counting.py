"""The kernel under the risk table: how many are at risk, enter, leave and are censored at each time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["RiskCounts", "count_at_risk"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DENSE_CELLS_PER_ROW = 4
DENSE_CELLS_ALWAYS = 1_000_000
PEOPLE_PER_BLOCK = 1 << 18


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
    sums of cells from the last time backwards. Where cells would outnumber people (many groups of few, or times
    that are not whole numbers) times are first ranked.
    """
    ticks, exit_tick, entry_tick = _ticks(duration, entry, n_groups)
    n_ticks, outcomes = len(ticks), n_causes + 1
    sizes = (outcomes, n_groups, n_ticks)
    exits = _counted(sizes, (cause, group, exit_tick))
    entries = np.zeros((n_groups, n_ticks)) if entry_tick is None else _counted(sizes[1:], (group, entry_tick))
    leaving = exits.sum(axis=0)
    people, group_people = _at_risk(leaving, entries), leaving.sum(axis=1)
    where = np.flatnonzero((leaving > 0) | (entries > 0))
    risk = people
    if weight is not None:
        exits = _counted(sizes, (cause, group, exit_tick), weight)
        entries = entries if entry_tick is None else _counted(sizes[1:], (group, entry_tick), weight)
        risk = np.where(people > 0, _at_risk(exits.sum(axis=0), entries), 0.0)
    happened = exits.reshape(outcomes, -1)[:, where].astype(np.float64)
    return RiskCounts(
        group=where // n_ticks,
        time=ticks[where % n_ticks],
        n_risk=risk.ravel()[where].astype(np.float64),
        n_event=np.ascontiguousarray(happened[1:].T),
        n_censor=happened[0],
        n_entry=entries.ravel()[where].astype(np.float64),
        n_people=people.ravel()[where].astype(np.int64),
        group_people=group_people.astype(np.int64),
    )


def _counted(sizes: tuple[int, ...], codes: tuple[Ints, ...], weight: Floats | None = None) -> npt.NDArray[Any]:
    """Return how many, or how much weight, fall into each cell of an array of `sizes`.

    Block by block, so that the cell numbers of a block stay in the processor's cache.
    """
    total: npt.NDArray[Any] = np.zeros(math.prod(sizes), dtype=np.int64 if weight is None else np.float64)
    cell = np.empty(min(PEOPLE_PER_BLOCK, len(codes[0])), dtype=np.int64)
    for start in range(0, len(codes[0]), PEOPLE_PER_BLOCK):
        rows = slice(start, min(start + PEOPLE_PER_BLOCK, len(codes[0])))
        block = cell[: rows.stop - rows.start]
        block[:] = codes[0][rows]
        for size, code in zip(sizes[1:], codes[1:], strict=True):
            block *= size
            block += code[rows]
        total += np.bincount(block, weights=None if weight is None else weight[rows], minlength=len(total))
    return total.reshape(sizes)


def _ticks(
    duration: npt.NDArray[Any], entry: npt.NDArray[Any] | None, n_groups: int
) -> tuple[npt.NDArray[Any], Ints, Ints | None]:
    """Return the times, and where each duration and entry stands among them."""
    if duration.dtype.kind == "i":
        n_ticks = int(duration.max()) + 1
        if n_ticks * n_groups <= max(DENSE_CELLS_ALWAYS, DENSE_CELLS_PER_ROW * len(duration)):
            return np.arange(n_ticks), duration, entry
    both = duration if entry is None else np.concatenate((duration, entry))
    ticks, rank = np.unique(both, return_inverse=True)
    return ticks, rank[: len(duration)], None if entry is None else rank[len(duration) :]


def _at_risk(exits: npt.NDArray[Any], entries: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return how many exit at or after each time less how many enter at or after it, shape (n_groups, n_ticks)."""
    return np.asarray((exits - entries)[:, ::-1].cumsum(axis=1)[:, ::-1])
