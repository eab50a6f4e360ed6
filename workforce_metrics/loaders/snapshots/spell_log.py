"""Spells under one definition, as the snapshots pass: who has one running, and where each began and was last seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.loaders.snapshots.key_index import Positions, grown

__all__ = ["NEVER", "RawSpells", "SpellLog"]

Index = npt.NDArray[np.int16]
Ints = npt.NDArray[np.int64]
CellsOf = Callable[[Ints], pa.Table]

NEVER = np.iinfo(np.int16).max
"""What stands for no snapshot among their indices; more snapshots than this cannot be read."""


@dataclass(frozen=True)
class RawSpells:
    """Spells as they were seen, in no order that means anything.

    Parameters
    ----------
    person : ndarray of int, shape (n_spells,)
        Whose spell; any numbering.
    key : ndarray of int, shape (n_spells,)
        Organisation or staff group of the unit, -1 for none; any numbering.
    first, last : ndarray of int, shape (n_spells,)
        Index of the first and of the last snapshot in which the spell was seen.
    next_seen : ndarray of int or None, shape (n_spells,)
        Index of the first snapshot after `last` in which the person stands in the extract at all; `NEVER` for none.
        None: to be told from the person's other spells.
    cells : pyarrow.Table of n_spells rows
        What the row that counts said in the spell's first snapshot.
    """

    person: npt.NDArray[np.integer]
    key: npt.NDArray[np.integer]
    first: npt.NDArray[np.integer]
    last: npt.NDArray[np.integer]
    next_seen: npt.NDArray[np.integer] | None
    cells: pa.Table


class SpellLog:
    """The running spell of each unit, updated snapshot by snapshot, and the list of all spells begun.

    One of the objects that change while a source is read. A unit has at most one running spell, so the state is a few
    arrays by unit; what the first row of a spell said is put on the list once, when it begins.

    Parameters
    ----------
    gap_periods : int
        From how many snapshots in a row a unit may be missing within a spell.

    Examples
    --------
    >>> import numpy as np, pyarrow as pa
    >>> log = SpellLog(gap_periods=0)
    >>> for t, key in enumerate([0, 0, 1]):
    ...     unit = np.array([0])
    ...     log.see(t, unit, unit, np.array([key], dtype=np.int32), lambda rows: pa.table({"org": ["AAB"[t]]}))
    >>> spells = log.spells()
    >>> spells.first.tolist(), spells.last.tolist(), spells.next_seen.tolist(), spells.cells["org"].to_pylist()
    ([0, 2], [1, 2], [2, 32767], ['A', 'B'])
    """

    def __init__(self, *, gap_periods: int) -> None:
        self._reach = gap_periods + 1
        self._last: Index = np.empty(0, dtype=np.int16)
        self._key: Positions = np.empty(0, dtype=np.int32)
        self._spell: Positions = np.empty(0, dtype=np.int32)
        self._next: Index = np.empty(0, dtype=np.int16)  # not active: seen so after the last active snapshot
        self._tells_active = False
        self._n = 0
        self._begun: list[tuple[Ints, Positions, int, pa.Table]] = []
        self._ended_last: Index = np.empty(0, dtype=np.int16)
        self._ended_next: Index = np.empty(0, dtype=np.int16)

    def see(self, t: int, unit: Ints, person: Ints, key: Positions | None, cells_of: CellsOf) -> None:
        """Take in the units of snapshot `t`.

        Parameters
        ----------
        t : int
            Index of the snapshot; ascending from call to call.
        unit, person : ndarray of int64, shape (n,)
            The units there, each once, and who they are.
        key : ndarray of int32 or None, shape (n,)
            A change of it ends a spell; None: there is no key.
        cells_of : function
            From positions among the n to the table of what these rows say; called for those that begin a spell.
        """
        if not len(unit):
            return
        self._make_room(int(unit.max()) + 1)
        last = self._last[unit]
        begins = last < t - self._reach  # never seen is far below
        if key is not None:
            begins |= self._key[unit] != key
        rows = np.flatnonzero(begins)
        if len(rows):
            who = unit[rows]
            again = np.flatnonzero(last[rows] >= 0)
            self._end(who[again], t)
            self._spell[who] = np.arange(self._n, self._n + len(rows), dtype=np.int32)
            own_key = np.full(len(rows), -1, dtype=np.int32) if key is None else key[rows]
            if key is not None:
                self._key[who] = own_key
            self._begun.append((person[rows], own_key, t, cells_of(rows)))
            self._n += len(rows)
        self._last[unit] = t
        if self._tells_active:
            self._next[unit] = NEVER

    def see_not_active(self, t: int, unit: Ints) -> None:
        """Remember that these units stand in snapshot `t` without being active; each may come more than once."""
        if len(unit):
            self._tells_active = True
            self._make_room(int(unit.max()) + 1)
            waiting = unit[self._next[unit] == NEVER]
            self._next[waiting] = t

    def running(self, unit: Ints) -> Ints:
        """Return the number of the running spell of each unit, in the order in which spells began."""
        return self._spell[unit].astype(np.int64)

    def spells(self) -> RawSpells:
        """Return all spells begun; those still running were last seen when their unit was."""
        running = np.flatnonzero(self._last >= 0)
        self._end(running, NEVER)
        none = np.empty(0, dtype=np.int32)
        people, keys, firsts, cells = zip(*self._begun, strict=True) if self._begun else ((none,), (none,), (0,), ())
        return RawSpells(
            person=np.concatenate(people),
            key=np.concatenate(keys),
            first=np.repeat(np.array(firsts, dtype=np.int16), [len(part) for part in people]),
            last=self._ended_last[: self._n],
            next_seen=self._ended_next[: self._n],
            cells=pa.concat_tables(cells, promote_options="permissive") if cells else pa.table({}),
        )

    def _end(self, unit: Ints, t: int) -> None:
        """Write down when the units' running spells were last seen, and that their people are seen again at `t`."""
        spell = self._spell[unit]
        self._ended_last = grown(self._ended_last, self._n)
        self._ended_next = grown(self._ended_next, self._n)
        self._ended_last[spell] = self._last[unit]
        self._ended_next[spell] = np.minimum(self._next[unit], t)

    def _make_room(self, n_units: int) -> None:
        self._last = grown(self._last, n_units, fill=-NEVER)
        self._key = grown(self._key, n_units, fill=-2)
        self._spell = grown(self._spell, n_units)
        self._next = grown(self._next, n_units, fill=NEVER)
