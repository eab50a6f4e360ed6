"""The rules that each row of a register extract meets on its own, in their fixed order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.columns import MISSING_MARKS, as_text, is_text, ranked
from workforce_metrics.loaders.dates import Dates, read_dates
from workforce_metrics.loaders.identifiers import check_recurrence, read_identifiers, recurrence
from workforce_metrics.loaders.spells import OPEN

__all__ = ["Change", "RegisterRows", "rows_of"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SORTS_BY_TIME = (
    r"^[0-9]{4}$",
    r"^[0-9]{4}[-/. ]?[Qq][1-4]$",
    r"^[0-9]{4}[-/.]?(0[1-9]|1[0-2])$",
    r"^[0-9]{4}[-/.]?(0[1-9]|1[0-2])[-/.]?(0[1-9]|[12][0-9]|3[01])$",
)
"""Forms of a snapshot's name that sort by time: year, quarter, month, date."""


@dataclass(frozen=True)
class Change:
    """Rows that stay with something of them read otherwise than it stood.

    Parameters
    ----------
    rows : ndarray of bool, shape (n_rows,)
        Which, whether set aside later or not.
    rule, column : str
        How they were read, and the column of the source.
    """

    rows: Flags
    rule: str
    column: str


@dataclass(frozen=True)
class RegisterRows:
    """What each row of a register extract says; without meaning where the row was set aside.

    Parameters
    ----------
    person : ndarray of int64, shape (n_rows,)
        Position in `people`.
    people : pyarrow.Array of large_string
        Distinct identifiers, sorted.
    joined, left : ndarray of int64, shape (n_rows,)
        Days since 1970-01-01; `left` is `OPEN` where the person was still there at the end of observation.
    reason : ndarray of int64, shape (n_rows,)
        Position in `reasons`, -1 for none or where nobody left.
    reasons : pyarrow.Array of large_string
        Distinct reasons, sorted.
    snapshot : ndarray of int64, shape (n_rows,)
        Rank of the snapshot, 0 for all where none is named.
    as_read : tuple of ndarray of int64, each of shape (n_rows,)
        Snapshot, day of leaving and reason before the rules changed any: what tells a duplicate.
    changes : tuple of Change
        What the rules changed.
    """

    person: Ints
    people: pa.Array
    joined: Ints
    left: Ints
    reason: Ints
    reasons: pa.Array
    snapshot: Ints
    as_read: tuple[Ints, Ints, Ints]
    changes: tuple[Change, ...]


def rows_of(
    source: Mapping[str, pa.ChunkedArray],
    roles: Mapping[str, str],
    account: RowAccount,
    *,
    formats: Sequence[str],
    sentinels: Collection[int],
    observed_to: int,
    one_day: bool,
    min_recurring: float,
) -> RegisterRows:
    """Read every row and set aside, in `account`, those that say nothing usable.

    Parameters
    ----------
    source : mapping of str to pyarrow.ChunkedArray, each of shape (n_rows,)
    roles : mapping of str to str
        Role to column.
    account : RowAccount
        Where rows are set aside.
    formats : sequence of str
        Declared formats of dates.
    sentinels : collection of int
        Days that stand for no date.
    observed_to : int
        Last day of observation.
    one_day : bool
        Whether a spell of no length is kept as one day; else it is set aside.
    min_recurring : float
        The least share of identifiers that must recur between snapshots.

    Returns
    -------
    RegisterRows

    Raises
    ------
    IdentifierError, InvalidDataError, InvalidArgumentError
        If a column cannot be what its role says.
    """
    changes: list[Change] = []
    id_column, joined_column, left_column = roles["person_id"], roles["joined"], roles.get("left", "")
    ids = read_identifiers(source[id_column], name=id_column)
    account.set_aside(ids.missing, "person_id missing", column=id_column)
    account.set_aside(ids.lost_digits, "person_id lost digits", column=id_column)
    changes.append(Change(ids.decimal, "person_id read as a whole number", id_column))
    snapshot = _snapshots(source, roles, account, ids.codes, formats=formats, min_recurring=min_recurring)

    dates = {
        role: read_dates(source[roles[role]], formats=formats, sentinels=sentinels, name=roles[role])
        for role in ("joined", "left")
        if role in roles
    }
    _note_formats(account, formats, dates.values())
    joined, left = dates["joined"], dates.get("left")
    account.set_aside(joined.blank | joined.sentinel, "joined missing", column=joined_column)
    _set_aside_bad(account, joined, "joined", joined_column)
    changes.append(Change(joined.timed, "time of day dropped", joined_column))
    left_days = np.full(len(joined.days), OPEN, dtype=np.int64)
    if left is None:
        account.note("no leaving date declared: every spell is still running")
    else:
        _set_aside_bad(account, left, "left", left_column)
        changes += [
            Change(left.timed, "time of day dropped", left_column),
            Change(left.mark, "mark for no date read as still there", left_column),
            Change(left.sentinel, "sentinel date read as still there", left_column),
        ]
        left_days = np.where(left.blank | left.sentinel, OPEN, left.days)

    reason, reasons = _reasons(source, roles, changes, len(left_days))
    as_read = (snapshot, left_days, reason)
    account.set_aside(left_days < joined.days, "leaving before joining", column=left_column)
    account.set_aside(joined.days > observed_to, "joined after observed_to", column=joined_column)
    no_length = left_days == joined.days
    if one_day:
        left_days = left_days + no_length
        changes.append(Change(no_length, "zero-length spell read as one day", left_column))
    else:
        account.set_aside(no_length, "zero-length spell", column=left_column)
    later = (left_days > observed_to) & (left_days < OPEN)
    stray = (left_days == OPEN) & (reason >= 0)
    changes += [
        Change(later, "left after observed_to read as still there", left_column),
        Change(stray, "reason without a leaving date cleared", roles.get("reason", "")),
    ]
    left_days = np.where(later, OPEN, left_days)
    reason = np.where(left_days == OPEN, -1, reason)
    return RegisterRows(
        ids.codes, ids.values, joined.days, left_days, reason, reasons, snapshot, as_read, tuple(changes)
    )


def _set_aside_bad(account: RowAccount, dates: Dates, role: str, column: str) -> None:
    account.set_aside(dates.unreadable, f"{role} unreadable", column=column)
    account.set_aside(dates.ambiguous, "date ambiguous under the declared formats", column=column)


def _note_formats(account: RowAccount, formats: Sequence[str], dates: Collection[Dates]) -> None:
    matched = frozenset[str]().union(*(column.matched for column in dates))
    for form in formats:
        if form not in matched:
            account.note(f"format that no date has: {form}")
        elif "%y" in form:
            account.note(f"two-digit years read as 1969-2068: {form}")


def _reasons(
    source: Mapping[str, pa.ChunkedArray], roles: Mapping[str, str], changes: list[Change], n_rows: int
) -> tuple[Ints, pa.Array]:
    if "reason" not in roles:
        return np.full(n_rows, -1, dtype=np.int64), pa.array([], pa.large_string())
    text = as_text(source[roles["reason"]])
    marks = pc.is_in(pc.utf8_lower(text), pa.array(sorted(MISSING_MARKS), pa.large_string()))
    changes.append(
        Change(marks.to_numpy(zero_copy_only=False).astype(bool), "mark for no reason read as none", roles["reason"])
    )
    return ranked(pc.if_else(marks, pa.scalar(None, pa.large_string()), text))


def _snapshots(
    source: Mapping[str, pa.ChunkedArray],
    roles: Mapping[str, str],
    account: RowAccount,
    person: Ints,
    *,
    formats: Sequence[str],
    min_recurring: float,
) -> Ints:
    """Return the rank of each row's snapshot, and refuse an identifier that does not recur between them."""
    if "snapshot" not in roles:
        return np.zeros(len(person), dtype=np.int64)
    name = roles["snapshot"]
    rank = _rank_by_time(source[name], name, formats)
    usable = account.kept & (rank >= 0)
    account.set_aside(rank < 0, "snapshot missing or unreadable", column=name)
    table = recurrence(person[usable], rank[usable])
    if len(table):
        check_recurrence(table, min_recurring=min_recurring, name=roles["person_id"])
        lowest = table["estimate"].min()
        account.note(f"at least {lowest:.0%} of the identifiers of a snapshot recur in the next", column=name)
    else:
        account.note("one snapshot: whether identifiers recur cannot be seen", column=name)
    return rank


def _rank_by_time(column: pa.ChunkedArray, name: str, formats: Sequence[str]) -> Ints:
    """Return the rank of each row's snapshot in time, shape (n_rows,); -1 where it is missing or unreadable."""
    if is_text(column) or pa.types.is_integer(column.type):
        codes, values = ranked(as_text(column))
        if any(pc.all(pc.match_substring_regex(values, form)).as_py() for form in _SORTS_BY_TIME):
            rank, _ = ranked(pc.replace_substring_regex(values, "[-/. ]", ""))
            return np.append(rank, -1)[codes]
    dates = read_dates(column, formats=formats, name=name)
    readable = ~(dates.blank | dates.unreadable | dates.ambiguous)
    rank = np.full(len(readable), -1, dtype=np.int64)
    rank[readable] = np.unique(dates.days[readable], return_inverse=True)[1]
    return rank
