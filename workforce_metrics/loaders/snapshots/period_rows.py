"""The rows of one snapshot: whose each is, the rules that rows meet, and the order that settles several posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.cells import Labels, days_of, flags_of, missing_last, numbers_of
from workforce_metrics.loaders.snapshots.chunks import PeriodTable
from workforce_metrics.loaders.snapshots.key_index import Positions
from workforce_metrics.loaders.snapshots.people import LOST_DIGITS, MISSING, People

__all__ = ["PeriodReader", "PeriodRows"]

Ints = npt.NDArray[np.int64]
LABELLED = ("organisation", "staff_group")


@dataclass(frozen=True)
class PeriodRows:
    """The rows of one snapshot that are kept.

    Parameters
    ----------
    person : ndarray of int64, shape (n_rows,)
    labels : mapping of str to ndarray of int32, each of shape (n_rows,)
        Codes of organisation and staff group, where mapped; -1 for none.
    fte : ndarray of float64 or None, shape (n_rows,)
    active : ndarray of bool or None, shape (n_rows,)
    table : pyarrow.Table of n_rows rows
        The columns as they stand in the source, for what only some rows need.
    """

    person: Ints
    labels: dict[str, Positions]
    fte: npt.NDArray[np.float64] | None
    active: npt.NDArray[np.bool_] | None
    table: pa.Table

    def __len__(self) -> int:
        return len(self.person)


class PeriodReader:
    """Reads snapshot after snapshot with one numbering of people and labels.

    One of the objects that change while a source is read.

    Parameters
    ----------
    settings : Settings
    account : SnapshotAccount
        Where rows are set aside and cells counted.
    """

    def __init__(self, settings: Settings, account: SnapshotAccount) -> None:
        self._settings = settings
        self._account = account
        self.people = People()
        self.labels = {role: Labels() for role in LABELLED if role in settings.columns}

    def rows(self, period: PeriodTable) -> PeriodRows:
        """Return the rows of a snapshot, after setting aside those of nobody."""
        table, columns = period.table, self._settings.columns
        person = self.people.positions(table[columns["person_id"]], columns["person_id"])
        if len(person) and person.min() < 0:
            self._account.set_aside(period, np.flatnonzero(person == MISSING), "person_id missing")
            self._account.set_aside(period, np.flatnonzero(person == LOST_DIGITS), "person_id lost digits")
            kept = person >= 0
            table, person = table.filter(pa.array(kept)), person[kept]
        labels = {role: names.codes(table[columns[role]]) for role, names in self.labels.items()}
        # 64 bits, with which NumPy gathers and scatters without converting first
        return PeriodRows(person.astype(np.int64), labels, self._fte(table), self._active(table), table)

    @property
    def has_births(self) -> bool:
        """Whether dates of birth are there to be compared."""
        return "birth_date" in self._settings.columns

    def births(self, rows: PeriodRows, *, is_whole: bool) -> Ints:
        """Return the date of birth that each row states, `NO_DATE` for none."""
        name = self._settings.columns["birth_date"]
        days, n_unreadable = self.days(rows.table, "birth_date", is_whole=is_whole)
        self._account.cells_set_missing(n_unreadable, "birth_date unreadable", column=name)
        return days

    def _fte(self, table: pa.Table) -> npt.NDArray[np.float64] | None:
        name = self._settings.columns.get("fte")
        if name is None:
            return None
        fte, n_unreadable, n_out = numbers_of(table[name], largest=self._settings.fte_max)
        self._account.cells_set_missing(n_unreadable, "fte unreadable", column=name)
        self._account.cells_set_missing(n_out, "fte out of range", column=name)
        return fte

    def _active(self, table: pa.Table) -> npt.NDArray[np.bool_] | None:
        name = self._settings.columns.get("active")
        if name is None:
            return None
        active, n_missing = flags_of(table[name], values=self._settings.active_values, name=name)
        self._account.rows_changed(n_missing, "active missing read as not active", column=name)
        return active

    def days(self, table: pa.Table, role: str, *, is_whole: bool = False) -> tuple[Ints, int]:
        """Return the days of `joined` or `birth_date` of some rows, and how many cells were unreadable.

        Parameters
        ----------
        table : pyarrow.Table
            Rows of the source.
        role : str
        is_whole : bool
            Whether these are enough rows to refuse the column if none of its cells can be read.
        """
        name, formats = self._settings.columns[role], self._settings.date_formats
        sentinels = self._settings.sentinels
        return days_of(table[name], formats=formats, sentinels=sentinels, name=name, is_whole=is_whole)

    def ranks(self, rows: PeriodRows, at: Ints, *, by_fte: bool) -> Sequence[npt.NDArray[np.generic]]:
        """Return what puts the rows at some positions in order, the most important first."""
        columns, selected = self._settings.columns, rows.table.take(pa.array(at))
        fte = None if rows.fte is None else np.where(np.isnan(rows.fte[at]), np.inf, -rows.fte[at])
        ranks: list[npt.NDArray[np.generic]] = [] if fte is None or not by_fte else [fte]
        if "post" in columns:
            ranks.append(missing_last(selected[columns["post"]]))
        ranks += [self.labels[role].ranks()[codes[at]] for role, codes in rows.labels.items()]
        if rows.active is not None:
            ranks.append(~rows.active[at])
        if "joined" in columns:
            joined, _ = self.days(selected, "joined")
            ranks.append(np.where(joined == NO_DATE, np.iinfo(np.int64).max, joined))
        ranks += [missing_last(selected[name]) for name in self._settings.covariates]
        # these settle nothing: they tell a repeated row from another one
        ranks += [] if fte is None or by_fte else [fte]
        ranks += [missing_last(selected[columns["birth_date"]])] if "birth_date" in columns else []
        return ranks
