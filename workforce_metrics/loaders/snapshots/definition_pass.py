"""One definition's way through the snapshots: which rows count for it, of which unit, under which key."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.cells import Labels
from workforce_metrics.loaders.snapshots.change_log import ChangeLog, content_codes
from workforce_metrics.loaders.snapshots.definitions import KEY_OF, NOT_ACTIVE
from workforce_metrics.loaders.snapshots.key_index import KeyIndex
from workforce_metrics.loaders.snapshots.period_rows import LABELLED, PeriodReader, PeriodRows
from workforce_metrics.loaders.snapshots.posts import Chosen, choose_rows
from workforce_metrics.loaders.snapshots.spell_log import RawSpells, SpellLog

__all__ = ["JOINED", "DefinitionPass", "choose_posts"]

Ints = npt.NDArray[np.int64]

JOINED = "__joined__"
"""The column of a spell's cells that holds the day of joining stated in its first row."""


def choose_posts(
    rows: PeriodRows, reader: PeriodReader, unit: Ints, n_units: int, *, by_fte: bool, at: Ints | None = None
) -> Chosen:
    """Choose among the rows at some positions (None: among all) one for each unit.

    Parameters
    ----------
    rows : PeriodRows
    reader : PeriodReader
    unit : ndarray of int64, shape (n_selected,)
    n_units : int
    by_fte : bool
        Whether the largest FTE goes first.
    at : ndarray of int64 or None, shape (n_selected,)
    """
    return choose_rows(unit, n_units, lambda some: reader.ranks(rows, some if at is None else at[some], by_fte=by_fte))


class DefinitionPass:
    """The spells under one definition, while the snapshots pass.

    One of the objects that change while a source is read.

    Parameters
    ----------
    definition : str
    settings : Settings
    reader : PeriodReader
    """

    def __init__(self, definition: str, settings: Settings, reader: PeriodReader) -> None:
        self._role = KEY_OF[definition]
        self._only_active = definition == NOT_ACTIVE
        self._settings = settings
        self._reader = reader
        self._log = SpellLog(gap_periods=settings.gap_periods)
        self._units = KeyIndex(1) if settings.posts == "all" and self._role is not None else None
        self._by_fte = settings.posts == "largest_fte" or (settings.posts == "all" and "fte" in settings.columns)
        self.n_unreadable = 0
        watched = [*reader.labels, *settings.covariates]
        self._changes = ChangeLog(len(watched)) if settings.changes else None
        self._texts = {name: Labels() for name in settings.covariates}

    def see(self, t: int, rows: PeriodRows, one_a_person: Chosen) -> None:
        """Take in snapshot `t`.

        Parameters
        ----------
        t : int
            Its index.
        rows : PeriodRows
        one_a_person : Chosen
            The row that counts for each person among all.
        """
        person = rows.person
        if self._only_active:
            assert rows.active is not None  # noqa: S101 - the definition needs the column
            self._log.see_not_active(t, person[~rows.active])
            at = np.flatnonzero(rows.active)
            chosen = choose_posts(rows, self._reader, person[at], len(self._reader.people), by_fte=self._by_fte, at=at)
            self._take(t, rows, person, at if chosen.rows is None else at[chosen.rows])
        elif self._units is None:
            self._take(t, rows, person, one_a_person.rows)
        else:
            assert self._role is not None  # noqa: S101 - units are of persons and keys
            key = rows.labels[self._role]
            words = (person << 32) | (key.astype(np.int64) + 1)
            unit = self._units.positions(words.view(np.uint64).reshape(-1, 1)).astype(np.int64)
            chosen = choose_posts(rows, self._reader, unit, len(self._units), by_fte=self._by_fte)
            self._take(t, rows, unit, chosen.rows)

    def spells(self) -> RawSpells:
        """Return the spells seen; of units of persons and keys the reasons are to be told from one another."""
        spells = self._log.spells()
        if self._units is None:
            return spells
        return RawSpells(spells.person, spells.key, spells.first, spells.last, None, spells.cells)

    def _take(self, t: int, rows: PeriodRows, unit: Ints, at: Ints | None) -> None:
        """Hand on the rows at some positions; None: all."""
        person, key = rows.person, None if self._role is None else rows.labels[self._role]
        if at is not None:
            unit, person, key = unit[at], person[at], None if key is None else key[at]

        def chosen(some: Ints) -> Ints:
            return some if at is None else at[some]

        self._log.see(t, unit, person, key, lambda some: self._at_joining(t, rows, chosen(some)))
        if self._changes is not None:
            codes = [labels.astype(np.int64) for labels in rows.labels.values()]
            codes += [content_codes(rows.table[name], texts) for name, texts in self._texts.items()]
            codes = codes if at is None else [column[at] for column in codes]
            self._changes.see(
                t, self._log.running(unit), codes, lambda some: pa.table(self._watched(rows, chosen(some)))
            )

    def changes(self) -> tuple[Ints, Ints, pa.Table] | None:
        """Return the spell, the snapshot's index and the cells of each row that said something new; None: not asked."""
        return None if self._changes is None else self._changes.changes()

    def _at_joining(self, t: int, rows: PeriodRows, at: Ints) -> pa.Table:
        """Return what the rows at some positions say that the register will show of spells beginning there."""
        cells = self._watched(rows, at)
        joined = self._settings.columns.get("joined")
        if joined:
            selected = rows.table.select([joined]).take(pa.array(at))
            days, n_unreadable = self._reader.days(selected, "joined", is_whole=t == 0)
            self.n_unreadable += n_unreadable
            cells[JOINED] = pa.array(days)
        return pa.table(cells) if cells else pa.table({JOINED: pa.nulls(len(at))})

    def _watched(self, rows: PeriodRows, at: Ints) -> dict[str, Any]:
        """Return what the rows at some positions say in the columns that may change during a spell."""
        carried = rows.table.select(self._settings.covariates).take(pa.array(at))
        cells: dict[str, Any] = {name: carried[name] for name in self._settings.covariates}
        return cells | {role: pa.array(rows.labels[role][at]) for role in LABELLED if role in rows.labels}
