"""Read a register or payroll extract, one row a spell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import Register
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.arguments import as_day, listed
from workforce_metrics.loaders.columns import as_text, carried, content_rank, ranked, refuse_nested
from workforce_metrics.loaders.dates import NO_DATE, check_formats
from workforce_metrics.loaders.register_arguments import carried_columns, check_policy, roles_of, within_columns
from workforce_metrics.loaders.register_rows import RegisterRows, rows_of
from workforce_metrics.loaders.spells import KINDS, OPEN, MergedSpells, content_order, merge_spells
from workforce_metrics.loaders.tables import read_source
from workforce_metrics.provenance import made_from

__all__ = ["read_register"]

Ints = npt.NDArray[np.int64]
Columns = Mapping[str, pa.ChunkedArray]
BEFORE_THE_WINDOW = "left on or before observed_from"


def read_register(
    source: str | Path | object,
    *,
    columns: Mapping[str, str],
    definition: str,
    observed_from: str | date | None,
    observed_to: str | date,
    date_formats: str | Sequence[str] | None = None,
    rejoin_within_days: int = 0,
    within: str | Sequence[str] | None = None,
    sentinel_dates: Sequence[str | date] = ("1900-01-01", "9999-12-31"),
    zero_length: Literal["set_aside", "one_day"] = "set_aside",
    min_recurring: float = 0.5,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Register:
    """Read a register or payroll extract with one row a spell, accounting for every row.

    Parameters
    ----------
    source : path or data frame
        CSV, Parquet or SPSS file, or any data frame that Narwhals reads.
    columns : mapping of str to str
        Role to column name: `person_id` and `joined` are needed; `left`, `reason` and `snapshot` (which of several
        stacked extracts a row comes from) where there are any. Every other column is carried under its own name.
    definition : str
        What leaving means here, in words, such as "left the register"; it stands in every result.
    observed_from : str, date or None
        A leaving is seen if ``observed_from < left <= observed_to``. None says that every leaving since the first
        joining would have been seen.
    observed_to : str or date
        Last day of observation. Text is in ISO order ("2025-03-31").
    date_formats : str or sequence of str, optional
        Formats of the dates, in the notation of `datetime.datetime.strptime`. Several may stand in one column.
        Needed unless the dates are of a date type.
    rejoin_within_days : int
        The longest gap that does not end a spell, in days.
    within : str or sequence of str, optional
        Columns within which a person's spells are merged: with "organisation", a move to another one is leaving.
        By default a person's spells anywhere are one presence.
    sentinel_dates : sequence of str or date
        Dates that stand for none: still there in `left`, unknown in `joined`.
    zero_length : {"set_aside", "one_day"}
        What becomes of a spell that ends on the day it began.
    min_recurring : float
        With `snapshot`: the least share of identifiers that must recur between two snapshots; 0 accepts any.
    encoding, delimiter : str, optional
        Of a text file; detected and noted where not declared.

    Returns
    -------
    Register
        Spells sorted by person and day of joining; `report` says what became of every row.

    Raises
    ------
    MissingFileError, FileFormatError
        If the source cannot be read.
    MissingColumnError, InvalidArgumentError
        If an argument does not fit, or names a column that is not there.
    IdentifierError
        If identifiers do not recur between snapshots.
    InvalidDataError
        If a column cannot hold what was declared, or no row is left.

    Notes
    -----
    A row is set aside by the first of these that it meets: another number of fields than the header; person_id
    missing; person_id lost digits; snapshot missing or unreadable; joined missing, unreadable, ambiguous; left
    unreadable, ambiguous; leaving before joining; joined after observed_to; zero-length spell; exact duplicate (all
    but one); left on or before observed_from.

    Then the rows of a person (`within` ...) that overlap, meet on a day or follow within the tolerance become one
    spell: it joins when the first does, with the carried columns of that row; it ends when the last does, with
    that row's reason; still there beats any date. Of several last reasons the first in code-point order is taken,
    with a note. Where a joining is seen in several snapshots, the latest says when and why it ended. Rows are merged
    before the window is applied, so that a person back within the tolerance across `observed_from` has one running
    spell. Merged rows count as kept.

    Columns of a CSV file are carried as text: numbers keep their type in Parquet and data frames.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.loaders.register import read_register
    >>> extract = pd.DataFrame({
    ...     "PIN": ["a", "a", "b"], "from": ["2018-02-01", "2019-06-15", "2020-01-01"],
    ...     "to": ["2019-06-01", "31/12/2021", ""], "route": ["UK", "UK", "EU"],
    ... })
    >>> register = read_register(
    ...     extract, columns={"person_id": "PIN", "joined": "from", "left": "to"}, definition="left the register",
    ...     observed_from=None, observed_to="2025-03-31", date_formats=["%Y-%m-%d", "%d/%m/%Y"], rejoin_within_days=30,
    ... )
    >>> register.spells[["person_id", "joined", "left", "route"]]
      person_id     joined       left route
    0         a 2018-02-01 2021-12-31    UK
    1         b 2020-01-01        NaT    EU
    >>> register.report.count("re-joined within tolerance"), register.report
    (1, <LoadReport data frame: 3 rows read = 3 kept + 0 set aside>)
    """
    check_policy(definition, rejoin_within_days, zero_length, min_recurring)
    last = as_day(observed_to, "observed_to")
    first = NO_DATE if observed_from is None else as_day(observed_from, "observed_from")
    if first >= last:
        raise InvalidArgumentError("observed_from", "a day before observed_to", "a later one", "swap the two")
    formats = check_formats(date_formats)
    asked = listed(sentinel_dates, "sentinel_dates", expected="dates", fix="for example ['1900-01-01']")
    sentinels = {as_day(day, "sentinel_dates") for day in asked}

    table = read_source(source, encoding=encoding, delimiter=delimiter)
    refuse_nested(table.columns)
    roles = roles_of(columns, table.columns)
    others = carried_columns(table.columns, roles)
    group_by = within_columns(within, table.columns, roles)

    account = RowAccount(table.name, table.row_numbers, table.malformed)
    for text in table.notes:
        account.note(text)
    rows = rows_of(
        table.columns,
        roles,
        account,
        formats=formats,
        sentinels=sentinels,
        observed_to=last,
        one_day=zero_length == "one_day",
        min_recurring=min_recurring,
    )
    _refuse_empty(account)
    group = _groups(rows, [table.columns[name] for name in group_by])
    order = _without_duplicates(rows, group, list(others.values()), account)
    merged = merge_spells(
        group[order],
        rows.joined[order],
        rows.left[order],
        reason=rows.reason[order],
        snapshot=rows.snapshot[order],
        rejoin_within_days=int(rejoin_within_days),
    )
    over = merged.end <= first
    account.set_aside(_at(order[over[merged.spell]], len(group)), BEFORE_THE_WINDOW, column=roles.get("left"))
    _refuse_empty(account)
    _count_changes(rows, merged, order, account, roles)
    if others:
        account.note(f"columns carried: {', '.join(others)}", n=len(others))
    spells = _spells(rows, merged, order, group, kept=np.flatnonzero(~over), others=others)
    report = account.report()
    read_as = {
        "columns": roles,
        "date_formats": formats,
        "sentinel_dates": sorted(str(_timestamp(day).date()) for day in sentinels),
        "rejoin_within_days": int(rejoin_within_days),
        "within": group_by or None,
        "zero_length": zero_length,
    }
    made = made_from(report.source, report.n_read, report.n_kept, options=read_as)
    return Register(spells, definition.strip(), _timestamp(first), _timestamp(last), report, made)


def _refuse_empty(account: RowAccount) -> None:
    if not account.kept.any():
        report = account.report()
        why = ", ".join(f"{n:,} {rule}" for rule, n in report.rows["rule"].value_counts(sort=False).items())
        raise InvalidDataError(
            "source",
            "at least one usable row",
            f"{report.n_read:,}, all set aside: {why}",
            "check columns, date_formats and the window",
        )


def _groups(rows: RegisterRows, within: Sequence[pa.ChunkedArray]) -> Ints:
    """Return whose spell each row is, shape (n_rows,): persons, or persons in an organisation, in sorted order."""
    group = rows.person
    for column in within:
        codes, values = ranked(as_text(column))
        group = np.unique(group * (len(values) + 1) + codes + 1, return_inverse=True)[1]
    return group


def _without_duplicates(
    rows: RegisterRows, group: Ints, others: Sequence[pa.ChunkedArray], account: RowAccount
) -> Ints:
    """Return the positions of the rows still in, sorted by content, after setting aside exact duplicates."""
    kept = np.flatnonzero(account.kept)
    order, repeated = content_order(
        group[kept],
        rows.joined[kept],
        tuple(array[kept] for array in rows.as_read),
        lambda selected: content_rank(others, kept[selected]),
    )
    account.set_aside(_at(kept[order[repeated]], len(group)), "exact duplicate")
    return kept[order[~repeated]]


def _count_changes(
    rows: RegisterRows, merged: MergedSpells, order: Ints, account: RowAccount, roles: Mapping[str, str]
) -> None:
    for change in rows.changes:
        account.rows_changed(int((change.rows & account.kept).sum()), change.rule, column=change.column or None)
    n_of_kind = np.bincount(merged.kind[account.kept[order]], minlength=len(KINDS))
    for n, rule in list(zip(n_of_kind, KINDS, strict=True))[1:]:
        account.rows_changed(int(n), rule)
    n_differ = int(merged.reasons_differ[np.unique(merged.spell[account.kept[order]])].sum())
    if n_differ:
        account.note("spells with several last reasons, the first taken", column=roles.get("reason"), n=n_differ)


def _spells(
    rows: RegisterRows, merged: MergedSpells, order: Ints, group: Ints, *, kept: Ints, others: Columns
) -> pd.DataFrame:
    """Return the table of the spells at `kept`, each with the carried cells of its first row."""
    first = order[merged.first[kept]]
    sequence = np.lexsort((group[first], rows.joined[first], rows.person[first]))
    first, kept = first[sequence], kept[sequence]
    present, reason = np.unique(merged.reason[kept], return_inverse=True)
    none = int(present[0] == -1)
    labels = rows.reasons.take(pa.array(present[none:])).to_pylist()
    people = rows.people.take(pa.array(rows.person[first]))
    return pd.DataFrame(
        {
            "person_id": pd.array(people, dtype=pd.StringDtype("pyarrow")),
            "joined": _dates(rows.joined[first]),
            "left": _dates(merged.end[kept]),
            "reason": pd.Categorical.from_codes(reason - none, pd.Index(labels, dtype=object)),
            **{name: carried(column, first) for name, column in others.items()},
        }
    )


def _at(positions: Ints, n_rows: int) -> npt.NDArray[np.bool_]:
    flags = np.zeros(n_rows, dtype=bool)
    flags[positions] = True
    return flags


def _dates(days: Ints) -> npt.NDArray[np.datetime64]:
    """Return days since 1970-01-01 as dates to the second, which hold every year up to 9999; `OPEN` is missing."""
    return np.where(days == OPEN, NO_DATE, days).astype("datetime64[D]").astype("datetime64[s]")


def _timestamp(day: int) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(day, "D"))
