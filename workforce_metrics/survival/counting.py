"""The kernel under the risk table: how many are at risk, enter, leave and are censored at each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["RiskCounts", "count_at_risk"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DENSE_CELLS_PER_ROW = 4
DENSE_CELLS_ALWAYS = 1_000_000


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
    cell = group * n_ticks
    exit_cell = cell + exit_tick
    exit_cell *= outcomes
    exit_cell += cause
    shape = (n_groups, n_ticks, outcomes)
    exit_people = np.bincount(exit_cell, minlength=n_groups * n_ticks * outcomes).reshape(shape)
    entry_people = None
    if entry_tick is not None:
        cell += entry_tick
        entry_people = np.bincount(cell, minlength=n_groups * n_ticks).reshape(shape[:2])
    people = _at_risk(exit_people.sum(axis=2), entry_people)
    exits: npt.NDArray[Any]
    if weight is None:
        exits = exit_people.astype(np.float64)
        entries = None if entry_people is None else entry_people.astype(np.float64)
        risk = people.astype(np.float64)
    else:
        exits = np.bincount(exit_cell, weights=weight, minlength=exit_people.size).reshape(shape)
        entries = (
            None
            if entry_people is None
            else np.bincount(cell, weights=weight, minlength=entry_people.size).reshape(shape[:2])
        )
        risk = np.where(people > 0, _at_risk(exits.sum(axis=2), entries), 0.0)
    happens = exit_people.any(axis=2)
    if entry_people is not None:
        happens |= entry_people > 0
    where = np.nonzero(happens)
    return RiskCounts(
        group=where[0].astype(np.int64),
        time=ticks[where[1]],
        n_risk=risk[where],
        n_event=exits[..., 1:][where],
        n_censor=exits[..., 0][where],
        n_entry=np.zeros(len(where[0])) if entries is None else entries[where],
        n_people=people[where].astype(np.int64),
        group_people=exit_people.sum(axis=(1, 2)).astype(np.int64),
    )


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


def _at_risk(exits: npt.NDArray[Any], entries: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """Return how many exit at or after each time less how many enter at or after it, shape (n_groups, n_ticks)."""
    at_or_after = exits[:, ::-1].cumsum(axis=1)[:, ::-1]
    if entries is None:
        return at_or_after
    return np.asarray(at_or_after - entries[:, ::-1].cumsum(axis=1)[:, ::-1])
