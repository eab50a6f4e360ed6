"""Adding risk tables: a pooled table needs no person-level row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.groups import group_codes
from workforce_metrics.provenance import INPUTS, united_inputs
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.ties import fix_ties

__all__ = ["add_counts", "added_provenance", "causes_together", "under_causes"]


def causes_together(
    first: tuple[RiskCounts, tuple[str, ...]], second: tuple[RiskCounts, tuple[str, ...]], unnamed: str
) -> tuple[str, ...] | None:
    """Return the causes of both tables together, in order; None where one's leavings have no names and the other's do.

    A cause that one table does not name had no leavings there. Names in alphabetical order stay so.

    Parameters
    ----------
    first, second : (RiskCounts, tuple of str)
        Counts and the names of their causes.
    unnamed : str
        The one cause of a table that has no names for them.
    """
    (counts, causes), (other_counts, others) = first, second
    if causes == others:
        return causes
    if not counts.n_event.any() and causes == (unnamed,):
        return others
    if not other_counts.n_event.any() and others == (unnamed,):
        return causes
    if unnamed in (*causes, *others):
        return None
    together = (*causes, *(name for name in others if name not in causes))
    in_order = list(causes) == sorted(causes) and list(others) == sorted(others)
    return tuple(sorted(together)) if in_order else together


def under_causes(counts: RiskCounts, names: tuple[str, ...], causes: tuple[str, ...]) -> RiskCounts:
    """Return counts with a column of leavings for each of `causes`, of 0 for those not among `names`."""
    n_event = np.zeros((len(counts.time), len(causes)))
    for column, name in enumerate(names):
        if name in causes:
            n_event[:, causes.index(name)] = counts.n_event[:, column]
    return replace(counts, n_event=n_event)


def add_counts(
    first: RiskCounts, first_groups: pd.DataFrame, second: RiskCounts, second_groups: pd.DataFrame
) -> tuple[RiskCounts, pd.DataFrame]:
    """Return the counts of both tables together, over the union of their groups and times.

    Numbers at risk are step functions: between two of its times a table has the number at risk of the
    later one, before its first time that of the first, after its last time nobody. Times that differ in their last bits
    are one.

    Returns
    -------
    counts : RiskCounts
    groups : pandas.DataFrame
    """
    groups = group_codes(
        pd.concat([first_groups, second_groups], ignore_index=True), tuple(first_groups.columns), missing="a group"
    )
    codes = groups.codes
    first, second = _on_one_clock(first, second)
    parts = []
    for code in range(len(groups)):
        members = [
            _rows_of(table, int(position))
            for table, own in ((first, codes[: len(first_groups)]), (second, codes[len(first_groups) :]))
            for position in np.flatnonzero(own == code)
        ]
        parts.append(_summed(members, code))
    return _joined(parts, np.array([part.group_people[0] for part in parts])), groups.labels


def added_provenance(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Return the provenance of both together: all inputs, the sums of numbers of spells, and what is the same in both.

    Examples
    --------
    >>> added_provenance({"definition": "left", "n_past": 2, "window": 1}, {"definition": "left", "n_past": 3})
    {'definition': 'left', 'n_past': 5}
    """
    made = united_inputs((first, second))
    for name in (*first, *(name for name in second if name not in first)):
        one, other = first.get(name), second.get(name)
        if name.startswith("n_"):
            made[name] = int(str(one or 0)) + int(str(other or 0))
        elif name != INPUTS and name in first and name in second and one == other:
            made[name] = one
    return made


def _on_one_clock(first: RiskCounts, second: RiskCounts) -> tuple[RiskCounts, RiskCounts]:
    one, other = fix_ties(first.time.astype(np.float64), second.time.astype(np.float64))
    return replace(first, time=one), replace(second, time=other)


def _rows_of(table: RiskCounts, group: int) -> RiskCounts:
    at = slice(*np.searchsorted(table.group, [group, group + 1]))
    return RiskCounts(
        table.group[at], table.time[at], table.n_risk[at], table.n_event[at], table.n_censor[at],
        table.n_entry[at], table.n_people[at], table.group_people[group : group + 1],
    )  # fmt: skip


def _summed(members: list[RiskCounts], code: int) -> RiskCounts:
    times = np.unique(np.concatenate([member.time for member in members]))
    n_causes = members[0].n_event.shape[1]
    n_risk, n_censor, n_entry = np.zeros(len(times)), np.zeros(len(times)), np.zeros(len(times))
    n_event, n_people = np.zeros((len(times), n_causes)), np.zeros(len(times), dtype=np.int64)
    for member in members:
        own = np.searchsorted(times, member.time)
        n_risk += _step(member.n_risk, member.time, times)
        n_people += _step(member.n_people, member.time, times)
        np.add.at(n_event, own, member.n_event)
        np.add.at(n_censor, own, member.n_censor)
        np.add.at(n_entry, own, member.n_entry)
    people = np.array([sum(int(member.group_people[0]) for member in members)])
    return RiskCounts(
        np.full(len(times), code, dtype=np.int64), times, n_risk, n_event, n_censor, n_entry, n_people, people
    )


def _step(values: npt.NDArray[Any], at: npt.NDArray[np.float64], times: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return np.append(values, values.dtype.type(0))[np.searchsorted(at, times, side="left")]


def _joined(parts: list[RiskCounts], group_people: npt.NDArray[np.int64]) -> RiskCounts:
    return RiskCounts(
        np.concatenate([part.group for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.n_risk for part in parts]),
        np.concatenate([part.n_event for part in parts]),
        np.concatenate([part.n_censor for part in parts]),
        np.concatenate([part.n_entry for part in parts]),
        np.concatenate([part.n_people for part in parts]),
        group_people,
    )
