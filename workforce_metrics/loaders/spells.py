"""Rows of a register to spells: which rows are one stay of one person. Kernels on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "OPEN", "MergedSpells", "content_order", "merge_spells"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

OPEN = 4_000_000
"""The day of leaving of those who are still there: later than the last day of the year 9999."""

KINDS = (
    "starts a spell",
    "overlapping spells joined",
    "same-day transfer joined",
    "re-joined within tolerance",
    "seen again in a later snapshot",
)
"""How a row stands to the rows before it; all but the first are merged into their spell."""

_SPAN = 2 * OPEN
_NO_REASON = np.iinfo(np.int64).max


@dataclass(frozen=True)
class MergedSpells:
    """Spells made of sorted rows.

    Parameters
    ----------
    spell : ndarray of int64, shape (n_rows,)
        The spell of each row, counted from 0.
    kind : ndarray of int64, shape (n_rows,)
        Position in `KINDS`.
    first : ndarray of int64, shape (n_spells,)
        The row that each spell begins with.
    end : ndarray of int64, shape (n_spells,)
        Day of leaving, `OPEN` where still there.
    reason : ndarray of int64, shape (n_spells,)
        Code of the reason of the row that ends last; -1 for none.
    reasons_differ : ndarray of bool, shape (n_spells,)
        Several rows end last and give different reasons; the smallest code is taken.
    """

    spell: Ints
    kind: Ints
    first: Ints
    end: Ints
    reason: Ints
    reasons_differ: Flags


def content_order(
    group: Ints, joined: Ints, ties: tuple[Ints, ...], content: Callable[[Ints], Ints]
) -> tuple[Ints, Flags]:
    """Return the order of the rows by what they say, never by where they stand, and which repeat the one before.

    Parameters
    ----------
    group : ndarray of int64, shape (n_rows,)
        Whose spell it is, 0 or more.
    joined : ndarray of int64, shape (n_rows,)
        Days since 1970-01-01.
    ties : tuple of ndarray of int64, each of shape (n_rows,)
        What decides among rows of the same group and day of joining, most important first.
    content : callable
        Given positions of rows, returns the rank of all else in them; asked only for rows that need it.

    Returns
    -------
    order : ndarray of int64, shape (n_rows,)
        Positions of the rows by group, joined, ties, content.
    repeated : ndarray of bool, shape (n_rows,)
        Along `order`: the row is equal in all of these to the one before it.

    Examples
    --------
    >>> import numpy as np
    >>> order, repeated = content_order(
    ...     np.array([1, 0, 1]), np.array([5, 9, 5]), (np.array([8, 9, 8]),), lambda rows: np.zeros(len(rows), int)
    ... )
    >>> order.tolist(), repeated.tolist()
    ([1, 0, 2], [False, False, True])
    """
    key = group * _SPAN + (joined + OPEN // 2)
    order = np.argsort(key, kind="stable").astype(np.int64)
    repeated = np.zeros(len(order), dtype=bool)
    like_previous = np.append(False, np.diff(key[order]) == 0)[: len(order)]
    shared = np.flatnonzero(like_previous | np.append(like_previous[1:], False)[: len(order)])
    if len(shared):
        rows = order[shared]
        keys = np.array([content(rows), *(tie[rows] for tie in reversed(ties)), key[rows]])
        within = np.lexsort(keys)
        order[shared] = rows[within]
        repeated[shared[1:]] = (np.diff(keys[:, within], axis=1) == 0).all(axis=0)
    return order, repeated


def merge_spells(
    group: Ints, joined: Ints, left: Ints, *, reason: Ints, snapshot: Ints, rejoin_within_days: int = 0
) -> MergedSpells:
    """Merge rows that overlap, meet, or follow within a tolerance into spells.

    Parameters
    ----------
    group : ndarray of int64, shape (n_rows,)
        Whose spell it is: 0 or more, ascending.
    joined : ndarray of int64, shape (n_rows,)
        Days since 1970-01-01, ascending within a group.
    left : ndarray of int64, shape (n_rows,)
        Days likewise, after `joined`; `OPEN` where still there.
    reason : ndarray of int64, shape (n_rows,)
        Code of the reason, -1 for none.
    snapshot : ndarray of int64, shape (n_rows,)
        Rank of the snapshot that the row was seen in, ascending within a day of joining; all 0 where there is one.
    rejoin_within_days : int
        The longest gap, in days, that does not end a spell.

    Returns
    -------
    MergedSpells

    Notes
    -----
    A row begins a spell if it joins more than `rejoin_within_days` after every earlier row of its group has left, that
    is, after the running maximum of `left`. The maximum runs over all rows at once, on days offset by group. Of rows of
    the same group and day of joining only those of the latest snapshot say when and why the person left.

    Examples
    --------
    >>> import numpy as np
    >>> rows = merge_spells(
    ...     np.array([0, 0, 0]), np.array([10, 20, 90]), np.array([20, 30, OPEN]),
    ...     reason=np.array([0, 1, -1]), snapshot=np.zeros(3, int), rejoin_within_days=30,
    ... )
    >>> rows.spell.tolist(), rows.end.tolist(), [KINDS[kind] for kind in rows.kind]
    ([0, 0, 1], [30, 4000000], ['starts a spell', 'same-day transfer joined', 'starts a spell'])
    """
    if not len(group):
        none = np.empty(0, dtype=np.int64)
        return MergedSpells(none, none, none, none, none, none.astype(bool))
    same_group = np.append(False, np.diff(group) == 0)
    same_day = same_group & np.append(False, np.diff(joined) == 0)
    again = same_day & np.append(False, np.diff(snapshot) > 0)
    superseded = _superseded(same_day, snapshot)
    # a superseded row reaches no further than its own day of joining, which its successor shares
    left = np.where(superseded, joined, left)
    offset = group * _SPAN
    latest = np.maximum.accumulate(left + offset) - offset
    gap = np.where(same_group, joined - np.append(0, latest[:-1]), _SPAN)
    gap = np.where(same_day, -1, gap)
    starts = ~same_group | (gap > rejoin_within_days)
    kind = np.select([starts, again, gap < 0, gap == 0], [0, 4, 1, 2], default=3).astype(np.int64)
    first = np.flatnonzero(starts)
    spell = np.cumsum(starts) - 1
    end = np.maximum.reduceat(left, first)
    ends_last = (left == end[spell]) & ~superseded & (reason >= 0)
    lowest = np.minimum.reduceat(np.where(ends_last, reason, _NO_REASON), first)
    highest = np.maximum.reduceat(np.where(ends_last, reason, -1), first)
    return MergedSpells(spell, kind, first, end, np.where(lowest == _NO_REASON, -1, lowest), highest > lowest)


def _superseded(same_day: Flags, snapshot: Ints) -> Flags:
    """Return which rows have one of the same group and day of joining in a later snapshot."""
    block = np.cumsum(~same_day) - 1
    last_of_block = np.append(np.flatnonzero(~same_day)[1:] - 1, len(snapshot) - 1)
    superseded: Flags = snapshot < snapshot[last_of_block][block]
    return superseded
