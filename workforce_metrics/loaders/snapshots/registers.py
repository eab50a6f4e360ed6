"""What one pass has seen, as registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import REPORT_COLUMNS, Register
from workforce_metrics.loaders.columns import LARGEST_CATEGORY, carried
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.cells import Labels
from workforce_metrics.loaders.snapshots.definition_pass import JOINED, DefinitionPass
from workforce_metrics.loaders.snapshots.definitions import KEY_OF
from workforce_metrics.loaders.snapshots.endings import Endings, as_dates, endings_of, reason_column
from workforce_metrics.loaders.snapshots.kinds import kind_of, stacked
from workforce_metrics.loaders.snapshots.period_rows import PeriodReader
from workforce_metrics.loaders.snapshots.presence import PresenceCounts
from workforce_metrics.loaders.snapshots.quality import missing_days, notes_of, organisation_oddities, period_table
from workforce_metrics.loaders.snapshots.spell_log import RawSpells
from workforce_metrics.provenance import made_from
from workforce_metrics.snapshot_report import SnapshotReport

__all__ = ["Seen", "register_of"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """What a pass has seen that holds under every definition.

    Parameters
    ----------
    name : str
        Of the source.
    days : ndarray of int64, shape (n_periods,)
        The snapshots, days since 1970-01-01.
    reader : PeriodReader
        With the people and labels met.
    presence : PresenceCounts
    by_organisation : tuple of ndarray of int64
        For each snapshot the rows of each organisation, as far as it was known by then; empty where none is mapped.
    account : SnapshotAccount
    """

    name: str
    days: Ints
    reader: PeriodReader
    presence: PresenceCounts
    by_organisation: tuple[Ints, ...]
    account: SnapshotAccount


def register_of(definition: str, one: DefinitionPass, seen: Seen, settings: Settings) -> Register:
    """Return the register under one definition.

    Raises
    ------
    InvalidDataError
        If nobody has a spell under it.
    """
    spells = one.spells()
    if not len(spells.person):
        raise InvalidDataError("active", "people who are active", "nobody", "check active_values")
    role = KEY_OF[definition]
    key_rank = seen.reader.labels[role].ranks() if role else np.zeros(1, dtype=np.int64)
    stated = spells.cells[JOINED].to_numpy() if "joined" in settings.columns else np.full(len(spells.person), NO_DATE)
    endings = endings_of(
        spells,
        rank=seen.reader.people.order(),
        key_rank=key_rank,
        stated=stated,
        periods=seen.days,
        gap_periods=settings.gap_periods,
        dated_at=settings.dated_at,
    )
    table = _table(definition, spells, endings, reader=seen.reader, covariates=settings.covariates)
    changes = _changes(one, spells, endings, table, seen=seen, covariates=settings.covariates)
    report = _report(seen, endings, one.n_unreadable)
    made = made_from(report.source, report.n_read, report.n_kept, options=settings.options())
    observed = as_dates(seen.days[[0, len(seen.days) - 1 - settings.gap_periods]])
    return Register(table, definition, pd.Timestamp(observed[0]), pd.Timestamp(observed[1]), report, made, changes)


def _table(
    definition: str, spells: RawSpells, endings: Endings, *, reader: PeriodReader, covariates: Sequence[str]
) -> pd.DataFrame:
    cells, people = spells.cells, reader.people.names().take(pa.array(spells.person[endings.spell]))
    columns: dict[str, object] = {
        "person_id": pd.array(people, dtype=pd.StringDtype("pyarrow")),
        "joined": as_dates(endings.joined),
        "left": as_dates(endings.left),
        "reason": reason_column(endings.reason, definition),
    }
    for role, labels in reader.labels.items():
        columns[role] = _labelled(cells[role].to_numpy()[endings.spell], labels)
    for name in covariates:
        columns[name] = _carried(cells[name], endings.spell)
    for name in ("seen_from", "last_seen", "first_missing"):
        columns[name] = as_dates(getattr(endings, name))
    return pd.DataFrame(columns, copy=False)


def _changes(
    one: DefinitionPass,
    spells: RawSpells,
    endings: Endings,
    table: pd.DataFrame,
    *,
    seen: Seen,
    covariates: Sequence[str],
) -> pd.DataFrame | None:
    """Return what each spell of the register said first, and whatever it said that was new, in order of time."""
    found = one.changes()
    if found is None:
        return None
    place = np.full(len(spells.person), -1, dtype=np.int64)
    place[endings.spell] = np.arange(len(endings.spell))
    cells = stacked([spells.cells, found[2]]) if len(found[0]) else spells.cells
    spell = np.concatenate([place, place[found[0]]])
    when = np.concatenate([spells.first.astype(np.int64), found[1]])
    order = np.lexsort((when, spell))
    order = order[spell[order] >= 0]
    says = {role: _labelled(cells[role].to_numpy()[order], labels) for role, labels in seen.reader.labels.items()}
    says |= {name: _carried(cells[name], order) for name in covariates}
    own = table[["person_id", "seen_from"]].take(spell[order]).reset_index(drop=True)
    return own.assign(spell=spell[order], valid_from=as_dates(seen.days[when[order]]), **says)


def _carried(column: pa.ChunkedArray, rows: Ints) -> pd.Series:
    """Return cells as `carried` does, text as text however it was stored."""
    return carried(column.cast(pa.large_string()) if kind_of(column.type) == "text" else column, rows)


def _labelled(codes: npt.NDArray[np.int32], labels: Labels) -> pd.Series:
    """Return labels as `carried` returns text: the categories that occur in code-point order, strings if too many."""
    rank = labels.ranks()[:-1]
    present = np.flatnonzero(np.bincount(codes + 1, minlength=len(rank) + 1)[1:])
    present = present[np.argsort(rank[present])]
    names = labels.names().take(pa.array(present))
    if len(present) > LARGEST_CATEGORY:
        text = labels.names().take(pa.array(codes, mask=codes < 0))
        return pd.Series(pd.array(text, dtype=pd.StringDtype("pyarrow")))
    place = np.full(len(rank) + 1, -1, dtype=np.int32)
    place[present] = np.arange(len(present))
    return pd.Series(pd.Categorical.from_codes(place[codes], pd.Index(names.to_pylist())))


def _report(seen: Seen, endings: Endings, n_unreadable: int) -> SnapshotReport:
    account, presence, people = seen.account, seen.presence, seen.reader.people
    notes = {
        "people in one snapshot only, before the last": presence.n_seen_once,
        "people with different dates of birth": presence.n_birth_dates_changed,
        "person_id read as a whole number": people.decimal,
        "person_id is numbers in some files and text in others": int(people.of_both_kinds),
        "joined unreadable": n_unreadable,
        **endings.counts,
    }
    periods, missing = period_table(seen.days, presence), missing_days(seen.days)
    notes |= notes_of(periods, missing)
    listed = [("note", rule, None, n) for rule, n in notes.items() if n]
    counts = pd.concat(
        [account.counts(), pd.DataFrame(listed, columns=REPORT_COLUMNS, dtype=object).astype({"n": "int64"})],
        ignore_index=True,
    )
    n_organisations = len(seen.reader.labels["organisation"]) if seen.by_organisation else 0
    n_rows = np.zeros((len(seen.days), n_organisations), dtype=np.int64)
    for period, n in enumerate(seen.by_organisation):
        n_rows[period, : len(n)] = n
    names = seen.reader.labels["organisation"].names().to_pylist() if n_organisations else []
    return SnapshotReport(
        seen.name,
        account.n_read,
        counts,
        account.rows(),
        periods=periods,
        organisations=organisation_oddities(seen.days, names, n_rows),
        missing_periods=tuple(pd.Timestamp(day) for day in as_dates(missing)),
    )
