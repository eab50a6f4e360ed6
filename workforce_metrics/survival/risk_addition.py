"""Adding risk tables: a pooled table needs no person-level row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import DefinitionMismatchError
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.provenance import INPUTS, united_inputs
from workforce_metrics.survival.counting import RiskCounts, in_exact_parts
from workforce_metrics.survival.ties import fix_ties

__all__ = ["add_counts", "causes_together", "pooled_provenance", "refuse_differences", "under_causes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def causes_together(tables: Sequence[tuple[RiskCounts, tuple[str, ...]]], unnamed: str) -> tuple[str, ...] | None:
    """Return the causes of all tables together, in order; None where one's leavings have no names and another's do.

    A cause that one table does not name had no leavings there. Names in alphabetical order stay so.

    Parameters
    ----------
    tables : sequence of (RiskCounts, tuple of str)
        Counts and the names of their causes.
    unnamed : str
        The one cause of a table that has no names for them.
    """
    named = [causes for counts, causes in tables if counts.n_event.any() or causes != (unnamed,)]
    lists = list(dict.fromkeys(named)) or [(unnamed,)]
    if len(lists) == 1:
        return lists[0]
    if any(unnamed in causes for causes in lists):
        return None
    together = tuple(dict.fromkeys(name for causes in lists for name in causes))
    return tuple(sorted(together)) if all(list(causes) == sorted(causes) for causes in lists) else together


def under_causes(counts: RiskCounts, names: tuple[str, ...], causes: tuple[str, ...]) -> RiskCounts:
    """Return counts with a column of leavings for each of `causes`, of 0 for those not among `names`."""
    n_event = np.zeros((len(counts.time), len(causes)))
    for column, name in enumerate(names):
        if name in causes:
            n_event[:, causes.index(name)] = counts.n_event[:, column]
    return replace(counts, n_event=n_event)


def add_counts(tables: Sequence[tuple[RiskCounts, pd.DataFrame]]) -> tuple[RiskCounts, pd.DataFrame]:
    """Return the counts of all tables together, over the union of their groups and times.

    Parameters
    ----------
    tables : sequence of (RiskCounts, pandas.DataFrame)
        Counts and their groups; the same columns of groups, and of causes.

    Returns
    -------
    counts : RiskCounts
    groups : pandas.DataFrame

    Notes
    -----
    Numbers at risk are step functions: between two of its times a table has the number at risk of the later one, before
    its first time that of the first, after its last time nobody. So each row puts its number at risk in at its own time
    and takes it out at the row before; sums of these from the last time backwards are the numbers at risk together, and
    the cost is that of all rows, however many tables there are. Times that differ in their last bits are one.
    """
    by = tuple(tables[0][1].columns)
    frames = [groups for _, groups in tables]
    groups = group_codes(pd.concat(frames, ignore_index=True), by, missing="a group")
    first_group = np.append(0, np.cumsum([len(frame) for frame in frames]))
    n_rows = [len(counts.time) for counts, _ in tables]
    local = np.concatenate([counts.group for counts, _ in tables]) + np.repeat(first_group[:-1], n_rows)
    (time,) = fix_ties(np.concatenate([counts.time.astype(np.float64) for counts, _ in tables]))
    ticks, tick = np.unique(time, return_inverse=True)
    cell, group, cell_tick = observed_pairs(groups.codes[local], tick, len(ticks))
    start = np.searchsorted(group, np.arange(len(groups) + 1))
    is_first = np.append(True, local[1:] != local[:-1])[: len(local)]
    before = np.where(is_first, -1, np.append(0, cell[:-1])[: len(cell)])

    def column(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(counts, name) for counts, _ in tables])

    def summed(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.bincount(cell, values, len(group))

    n_event = column("n_event")
    people = np.concatenate([counts.group_people for counts, _ in tables])
    return RiskCounts(
        group=group,
        time=ticks[cell_tick],
        n_risk=_at_risk(column("n_risk"), cell, before, start),
        n_event=np.column_stack([summed(n_event[:, cause]) for cause in range(n_event.shape[1])]),
        n_censor=summed(column("n_censor")),
        n_entry=summed(column("n_entry")),
        n_people=np.rint(_at_risk(column("n_people").astype(np.float64), cell, before, start)).astype(np.int64),
        group_people=np.bincount(groups.codes, people, len(groups)).astype(np.int64),
    ), groups.labels


def _at_risk(n_risk: Floats, cell: Ints, before: Ints, start: Ints) -> Floats:
    """Return the sum of step functions at each cell, shape (n_cells,), each row's number reaching back to `before`."""
    n_cells = int(start[-1])
    later = np.flatnonzero(before >= 0)
    total = np.zeros(n_cells)
    for part in in_exact_parts(np.concatenate([n_risk, -n_risk[later]])):
        change = np.bincount(np.concatenate([cell, before[later]]), part, n_cells)
        for first, stop in pairwise(start):
            change[first:stop] = np.cumsum(change[first:stop][::-1])[::-1]
        total += change
    return np.maximum(total, 0.0)


def refuse_differences(provenances: Sequence[Mapping[str, object]], names: Sequence[str]) -> None:
    """Refuse tables that do not mean the same.

    Raises
    ------
    DefinitionMismatchError
    """
    for name in names:
        first = provenances[0].get(name)
        if any(made.get(name) != first for made in provenances[1:]):
            raise DefinitionMismatchError(
                "risk tables", f"the same {name}", "different ones", "add tables that mean the same"
            )


def pooled_provenance(provenances: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the provenance of several together: all inputs, the sums of numbers of spells, what is the same in all.

    Examples
    --------
    >>> pooled_provenance([{"definition": "left", "n_past": 2, "observed_to": "2024"}, {"definition": "left"}])
    {'definition': 'left', 'n_past': 2}
    """
    made = united_inputs(provenances)
    for name in dict.fromkeys(name for one in provenances for name in one if name != INPUTS):
        values = [one.get(name) for one in provenances]
        if name.startswith("n_") and all(isinstance(value, int | None) for value in values):
            made[name] = sum(value for value in values if isinstance(value, int))
        elif all(name in one and one[name] == values[0] for one in provenances):
            made[name] = values[0]
    return made
