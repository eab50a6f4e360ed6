"""Spells as counts by group, day and outcome, from wherever they were counted, and the risk sets that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.survival.counting import CellCounts, RiskCounts, counts_of_cells
from workforce_metrics.survival.spell_times import SpellTimes

__all__ = ["Asked", "LeftOut", "MarginCounts", "SpellCounts", "risk_counts_of"]

Ints = npt.NDArray[np.int64]
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
    group, tick : ndarray of int64, shape (n_cells,)
    outcome : ndarray of int64, shape (n_cells,)
        0 = censored, k = left by cause k; 0 for beginnings.
    people : ndarray of int64, shape (n_cells,)
    weights : tuple of ndarray of float64, each of shape (n_cells,)
        Sums of weights in parts that add up; none without weights.
    """

    group: Ints
    tick: Ints
    outcome: Ints
    people: Ints
    weights: tuple[npt.NDArray[np.float64], ...] = ()


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
    group = np.concatenate([code[found.exits.group], code[found.entries.group]])
    tick = np.concatenate([found.exits.tick, found.entries.tick])
    cell, cell_group, cell_tick = observed_pairs(group, tick, int(tick.max(initial=0)) + 1)
    start = np.searchsorted(cell_group, np.arange(len(groups) + 1))
    exit_cell, entry_cell = cell[: len(found.exits.group)], cell[len(found.exits.group) :]
    n_cells, n_outcomes = len(cell_group), len(found.causes) + 1

    def in_cells(exits: Numbers, entries: Numbers) -> CellCounts:
        shape = (n_outcomes, n_cells)
        out, into = np.zeros(shape, dtype=exits.dtype), np.zeros(n_cells, dtype=exits.dtype)
        np.add.at(out, (found.exits.outcome, exit_cell), exits)
        np.add.at(into, entry_cell, entries)
        return out, into

    weights = [in_cells(*pair) for pair in zip(found.exits.weights, found.entries.weights, strict=True)]
    people = in_cells(found.exits.people, found.entries.people)
    return counts_of_cells(cell_group, cell_tick, start, people, weights or None), groups.labels
