"""Spells as counts by group, day and outcome, from wherever they were counted, and the risk sets that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.survival.counting import CellCounts, RiskCounts, counts_of_cells
from workforce_metrics.survival.spell_times import SpellTimes

__all__ = ["Asked", "LeftOut", "MarginCounts", "SpellCounts", "risk_counts_of"]

CELLS_AT_ONCE = 1 << 18
Ints = npt.NDArray[np.int64]
Whole = npt.NDArray[np.integer[Any]]
"""Of few bytes where cells are many."""
Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Asked:
    """What is asked of spells.

    Parameters
    ----------
    by : tuple of str
        Grouping columns, or covariates.
    years : int
        How many whole years each spell is followed.
    causes : mapping or None
        Reason to cause, as in `build_cohort`.
    weight : str or None
        Column of case weights.
    """

    by: tuple[str, ...]
    years: int
    causes: Mapping[str, str | None] | None = None
    weight: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """How many spells there were, and which were never at risk.

    Parameters
    ----------
    n_spells : int
    n_never : int
        Past the horizon before they could be seen.
    n_unknown : int
        Of unknown joining.
    n_unlisted : int
        Leavings without a listed reason.
    """

    n_spells: int = 0
    n_never: int = 0
    n_unknown: int = 0
    n_unlisted: int = 0

    def with_batch(self, times: SpellTimes, n_unlisted: int) -> LeftOut:
        """Return the numbers with those of some more spells."""
        known = times.known
        return LeftOut(
            self.n_spells + len(known),
            self.n_never + int((known & ~times.at_risk).sum()),
            self.n_unknown + int((~known).sum()),
            self.n_unlisted + n_unlisted,
        )

    def refuse_nobody(self) -> None:
        """Refuse spells of which none was ever at risk.

        Raises
        ------
        InvalidDataError
        """
        if self.n_spells == self.n_never + self.n_unknown:
            got = f"none of {self.n_spells:,}"
            raise InvalidDataError(
                "source", "spells at risk within the window", got, "check the window and the horizon"
            )


@dataclass(frozen=True)
class MarginCounts:
    """How many spells end, or begin, in each group on each day.

    Parameters
    ----------
    group, tick : ndarray of whole numbers, shape (n_cells,)
    outcome : ndarray of whole numbers, shape (n_cells,)
        0 = censored, k = left by cause k; 0 for beginnings.
    people : ndarray of int64, shape (n_cells,)
    weights : tuple of ndarray of float64, each of shape (n_cells,)
        Sums of weights in parts that add up; none without weights.
    """

    group: Whole
    tick: Whole
    outcome: Whole
    people: Ints
    weights: tuple[npt.NDArray[np.float64], ...] = ()

    def take(self, rows: Ints, group: Ints) -> MarginCounts:
        """Return some of the cells, under other groups."""
        weights = tuple(part[rows] for part in self.weights)
        return MarginCounts(group, self.tick[rows], self.outcome[rows], self.people[rows], weights)


@dataclass(frozen=True)
class SpellCounts:
    """All that a risk table needs of the spells.

    Parameters
    ----------
    exits, entries : MarginCounts
        Of the spells that were ever at risk.
    groups : pandas.DataFrame
        One row a code of the margins' groups, in any order; several rows may say the same.
    causes : tuple of str
    out : LeftOut
    """

    exits: MarginCounts
    entries: MarginCounts
    groups: pd.DataFrame
    causes: tuple[str, ...]
    out: LeftOut


def risk_counts_of(found: SpellCounts, by: tuple[str, ...]) -> tuple[RiskCounts, pd.DataFrame]:
    """Return the counts at risk, times in days, and the groups that occur, in their own order.

    Examples
    --------
    >>> one = MarginCounts(*(np.array([value]) for value in (0, 3, 1, 2)))
    >>> start = MarginCounts(*(np.array([value]) for value in (0, 0, 0, 2)))
    >>> counts, _ = risk_counts_of(SpellCounts(one, start, pd.DataFrame(index=[0]), ("left",), LeftOut(2)), ())
    >>> counts.time.tolist(), counts.n_risk.tolist(), counts.n_event.tolist()
    ([0, 3], [0.0, 2.0], [[0.0], [2.0]])
    """
    occurring = np.unique(found.exits.group)
    groups = group_codes(found.groups.iloc[occurring].reset_index(drop=True), by, missing="a group")
    code = np.full(len(found.groups), -1, dtype=np.int64)
    code[occurring] = groups.codes
    margins = [_by_group(margin, code) for margin in (found.exits, found.entries)]
    n_by_group = sum(np.bincount(group, minlength=len(groups)) for group, _ in margins)
    edges = _edges_of_blocks(np.asarray(n_by_group))
    rows = [np.searchsorted(group, edges, sorter=order) for group, order in margins]
    n_causes = len(found.causes)
    columns = _empty_columns(len(found.exits.group) + len(found.entries.group), n_causes)
    people, end = np.zeros(len(groups), dtype=np.int64), 0
    for block, (first, last) in enumerate(pairwise(edges.tolist())):
        own = [order[cut[block] : cut[block + 1]] for (_, order), cut in zip(margins, rows, strict=True)]
        members = [group[places] - first for (group, _), places in zip(margins, own, strict=True)]
        exits, entries = found.exits.take(own[0], members[0]), found.entries.take(own[1], members[1])
        counts = _counts_of_block(exits, entries, last - first, n_causes + 1)
        people[first:last] = counts.group_people
        start, end = end, end + len(counts.time)
        for name, column in columns.items():
            column[start:end] = getattr(counts, name)
        columns["group"][start:end] += first
    filled = {name: column[:end] for name, column in columns.items()}
    return RiskCounts(**filled, group_people=people), groups.labels


def _empty_columns(most: int, n_causes: int) -> dict[str, Numbers]:
    """Return arrays that blocks are written into: kept block by block, they would leave holes between them."""
    whole = {name: np.empty(most, dtype=np.int64) for name in ("group", "time", "n_people")}
    counted = {name: np.empty(most) for name in ("n_risk", "n_censor", "n_entry")}
    return {**whole, **counted, "n_event": np.empty((most, n_causes))}


def _by_group(margin: MarginCounts, code: Ints) -> tuple[Ints, Ints]:
    """Return each cell's group by its new code, and the order of the cells by it."""
    group = code[margin.group]
    return group, np.argsort(group, kind="stable")


def _edges_of_blocks(n_by_group: Ints) -> Ints:
    """Return where blocks of neighbouring groups begin and end, each of so few cells that it needs little memory."""
    block = (np.cumsum(n_by_group) - n_by_group) // CELLS_AT_ONCE
    return np.append(np.flatnonzero(np.diff(block, prepend=-1)), len(n_by_group))


def _counts_of_block(exits: MarginCounts, entries: MarginCounts, n_groups: int, n_outcomes: int) -> RiskCounts:
    group = np.concatenate([exits.group, entries.group]).astype(np.int64)
    tick = np.concatenate([exits.tick, entries.tick]).astype(np.int64)
    cell, cell_group, cell_tick = observed_pairs(group, tick, int(tick.max(initial=0)) + 1)
    start = np.searchsorted(cell_group, np.arange(n_groups + 1))
    exit_cell, entry_cell = cell[: len(exits.group)], cell[len(exits.group) :]

    def in_cells(leaving: Numbers, entering: Numbers) -> CellCounts:
        shape = (n_outcomes, len(cell_group))
        out, into = np.zeros(shape, dtype=leaving.dtype), np.zeros(shape[1], dtype=leaving.dtype)
        np.add.at(out, (exits.outcome, exit_cell), leaving)
        np.add.at(into, entry_cell, entering)
        return out, into

    weights = [in_cells(*pair) for pair in zip(exits.weights, entries.weights, strict=True)]
    return counts_of_cells(cell_group, cell_tick, start, in_cells(exits.people, entries.people), weights or None)
