"""From spells as seen to a register's columns: joined, left, reason. Every engine's spells come through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.definitions import LEFT, MOVED
from workforce_metrics.loaders.snapshots.spell_log import NEVER, RawSpells

__all__ = ["Endings", "as_dates", "endings_of", "key_ranks", "moved_told_by_spells", "reason_column"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

JOINED_COUNTS = (
    "joined taken from its column",
    "joined missing: joining known to an interval",
    "joined after the first snapshot that shows it: joining known to an interval",
    "joined before the last stay ended: joining known to an interval",
)
NOT_KNOWN = "joining not known: in the first snapshot without a date that fits"
TOO_LATE = "spells first seen after the last settled snapshot, not in the register"


@dataclass(frozen=True)
class Endings:
    """The columns of a register that follow from when spells were seen.

    Parameters
    ----------
    spell : ndarray of int64, shape (n_kept,)
        Positions of the spells that are in the register, in the register's order.
    joined, left, seen_from, last_seen, first_missing : ndarray of int64, shape (n_kept,)
        Days since 1970-01-01; `NO_DATE` for none.
    reason : ndarray of int64, shape (n_kept,)
        0: left the extract, 1: moved, -1: still running.
    counts : mapping of str to int
        How often joining was known in which way, and spells that are not in the register.
    """

    spell: Ints
    joined: Ints
    left: Ints
    seen_from: Ints
    last_seen: Ints
    first_missing: Ints
    reason: Ints
    counts: Mapping[str, int]


def endings_of(
    spells: RawSpells,
    *,
    rank: Ints,
    key_rank: Ints,
    stated: Ints,
    periods: Ints,
    gap_periods: int,
    dated_at: str,
) -> Endings:
    """Say of each spell when it began and ended and why.

    Parameters
    ----------
    spells : RawSpells
    rank : ndarray of int64, shape (n_people,)
        Place of each person among all, in the order of their identifiers.
    key_rank : ndarray of int64, shape (n_keys + 1,)
        Place of each key in their order; the last is the place of the missing key.
    stated : ndarray of int64, shape (n_spells,)
        Day of joining as the spell's first row states it; `NO_DATE` for none.
    periods : ndarray of int64, shape (n_periods,)
        The snapshots' days, ascending.
    gap_periods : int
    dated_at : str
        "middle" or "end": the day that stands for an interval.

    Returns
    -------
    Endings

    Notes
    -----
    The words are in docs/explanation/snapshots.md, rules 5 to 9.
    """
    settled = len(periods) - 1 - gap_periods
    person = rank[spells.person]
    order = _in_order(person, spells.first, key_rank[spells.key], n_keys=len(key_rank))
    kept = order[spells.first[order] <= settled]
    n_late = len(order) - len(kept)
    del order  # there may be millions of spells
    stays = _ends_of_last_stays(person, spells, kept, periods)
    joined, counts = _joined(spells.first[kept], stated[kept], stays, periods, dated_at)
    if n_late:
        counts[TOO_LATE] = n_late
    last = spells.last[kept].astype(np.int64)
    ended = last + 1 + gap_periods <= len(periods) - 1
    after = periods[np.minimum(last + 1, len(periods) - 1)]
    told = spells.next_seen is None
    moved = moved_told_by_spells(spells, gap_periods)[kept] if told else _seen_soon(spells, kept, last, gap_periods)
    return Endings(
        spell=kept,
        joined=joined,
        left=np.where(ended, _day_within(periods[last], after, dated_at), NO_DATE),
        seen_from=periods[spells.first[kept]],
        last_seen=periods[last],
        first_missing=np.where(ended, after, NO_DATE),
        reason=np.where(ended, moved, -1),
        counts=counts,
    )


def _in_order(rank: Ints, first: npt.NDArray[np.integer], key_rank: Ints, *, n_keys: int) -> Ints:
    """Return the positions of spells by person, first snapshot and key: no two are alike in all three."""
    step = int(NEVER) + 1
    if (int(rank.max(initial=0)) + 1) * step * n_keys >= 2**63:
        return np.lexsort((key_rank, first, rank))
    return np.argsort((rank * step + first) * n_keys + key_rank)


def reason_column(reason: Ints, definition: str) -> pd.Categorical:
    """Return the reasons as words, the categories in code-point order, only those that occur."""
    words = {0: LEFT, 1: MOVED[definition]}
    labels = sorted({words[code] for code in np.unique(reason).tolist() if code >= 0})
    place = np.array([*(labels.index(words[code]) if words[code] in labels else -1 for code in (0, 1)), -1])
    return pd.Categorical.from_codes(place[reason], pd.Index(labels, dtype=object))


def moved_told_by_spells(spells: RawSpells, gap_periods: int) -> Flags:
    """Return whether another spell of the same person is seen in the snapshots that settle the end of each.

    Parameters
    ----------
    spells : RawSpells
        All spells of the people in it.
    gap_periods : int

    Returns
    -------
    ndarray of bool, shape (n_spells,)

    Notes
    -----
    Spells of the person that began by the last of those snapshots, less those that were over before the first of them.
    """
    step = np.int64(NEVER) + 2
    base = spells.person.astype(np.int64) * step
    begun, over = np.sort(base + spells.first), np.sort(base + spells.last)
    n_begun = np.searchsorted(
        begun, base + np.minimum(spells.last.astype(np.int64) + 1 + gap_periods, step - 1), "right"
    )
    n_over = np.searchsorted(over, base + spells.last, "right")
    return n_begun > n_over


def _seen_soon(spells: RawSpells, kept: Ints, last: Ints, gap_periods: int) -> Flags:
    return np.asarray(spells.next_seen)[kept] <= last + 1 + gap_periods


def _joined(
    first: npt.NDArray[np.integer], stated: Ints, stays: Ints, periods: Ints, dated_at: str
) -> tuple[Ints, dict[str, int]]:
    """Return the day of joining of spells, `NO_DATE` where it is not known, and how often it came from where."""
    seen_from = periods[first]
    blank = stated == NO_DATE
    late = ~blank & (stated > seen_from)
    early = ~blank & ~late & (stated <= stays)
    taken = ~(blank | late | early)
    not_known = ~taken & (first == 0)
    groups = [taken, *(flags & ~not_known for flags in (blank, late, early)), not_known]
    counts = {
        rule: n for rule, flags in zip((*JOINED_COUNTS, NOT_KNOWN), groups, strict=True) if (n := int(flags.sum()))
    }
    before = periods[np.maximum(first - 1, 0)]
    told = np.where(first > 0, _day_within(before, seen_from, dated_at), NO_DATE)
    return np.where(taken, stated, told), counts


def _ends_of_last_stays(person: Ints, spells: RawSpells, kept: Ints, periods: Ints) -> Ints:
    """Return the day of the person's latest last snapshot before each spell kept was first seen; `NO_DATE` for none."""
    base = person * (int(NEVER) + 1)
    over = np.sort(base + spells.last)
    base = base[kept]
    place = np.searchsorted(over, base + spells.first[kept], "left") - 1
    found = over[np.maximum(place, 0)]
    same = (place >= 0) & (found >= base)
    return np.where(same, periods[np.where(same, found - base, 0)], NO_DATE)


def _day_within(before: Ints, after: Ints, dated_at: str) -> Ints:
    """Return the day that stands for an interval open at `before` and closed at `after`."""
    return after if dated_at == "end" else before + (after - before + 1) // 2


def as_dates(days: Ints) -> npt.NDArray[np.datetime64]:
    """Return days since 1970-01-01 as dates to the second; `NO_DATE` is missing."""
    return days.astype("datetime64[D]").astype("datetime64[s]")


def key_ranks(labels: pa.Array) -> Ints:
    """Return the place of each label in code-point order, with the place of the missing one, the last, at the end."""
    rank = np.empty(len(labels) + 1, dtype=np.int64)
    rank[pc.sort_indices(labels).to_numpy()] = np.arange(len(labels))
    rank[-1] = len(labels)
    return rank
