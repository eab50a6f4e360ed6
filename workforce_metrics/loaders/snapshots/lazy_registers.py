"""Spells that an engine found where the rows are, as registers on the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import REPORT_COLUMNS, Register
from workforce_metrics.loaders.columns import carried
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.definitions import KEY_OF
from workforce_metrics.loaders.snapshots.endings import JOINED_COUNTS, NOT_KNOWN, TOO_LATE, as_dates
from workforce_metrics.loaders.snapshots.lazy import LazySnapshots, lazy_snapshots
from workforce_metrics.loaders.snapshots.lazy_endings import HOW_JOINED, IN_REGISTER, STATED
from workforce_metrics.loaders.snapshots.lazy_presence import LazyPresence, presence_of
from workforce_metrics.loaders.snapshots.lazy_rows import UNREADABLE
from workforce_metrics.loaders.snapshots.lazy_sources import as_lazy
from workforce_metrics.loaders.snapshots.lazy_steps import collected
from workforce_metrics.loaders.snapshots.lazy_windows import INDEX, KEY, PERSON, STARTED
from workforce_metrics.loaders.snapshots.quality import (
    missing_days,
    notes_of,
    organisation_oddities,
    period_table,
    warn_of_partial,
)
from workforce_metrics.provenance import DATA_FRAME, made_from
from workforce_metrics.snapshot_report import CountedReport

__all__ = ["read_lazy", "spell_table"]

_NO_KEY = "_wm_no_key"
_DATES = frozenset({"joined", "left", "seen_from", "last_seen", "first_missing"})


def read_lazy(source: object, settings: Settings, *, engine: str = "lazy") -> dict[str, Register]:
    """Read snapshots in a lazy frame into a register for each definition.

    Parameters
    ----------
    source, settings, engine
        As of `as_lazy`.

    Returns
    -------
    dict of str to Register
        By definition, in the order asked for.

    Notes
    -----
    The frame is passed over twice for the report and once for each definition; counts and spells come to the driver.
    """
    snapshots = lazy_snapshots(as_lazy(source, settings, engine=engine), settings)
    presence = presence_of(snapshots.rows, snapshots.periods, settings)
    warn_of_partial(snapshots.periods.days, presence.counts.n_rows, settings.gap_periods)
    return {definition: _register(definition, snapshots, presence) for definition in settings.definitions}


def _register(definition: str, snapshots: LazySnapshots, presence: LazyPresence) -> Register:
    settings, days = snapshots.settings, snapshots.periods.days
    spells = spell_table(snapshots, definition)
    if not len(spells):
        raise InvalidDataError("active", "people who are active", "nobody", "check active_values")
    _refuse_unreadable(spells, settings)
    periods, missing = period_table(days, presence.counts), missing_days(days)
    counts = _counts(spells, snapshots, presence, notes_of(periods, missing))
    report = CountedReport(
        DATA_FRAME,
        snapshots.periods.n_read,
        counts,
        pd.DataFrame({"file": [], "row": np.empty(0, np.int64), "rule": []}),
        periods=periods,
        organisations=organisation_oddities(days, snapshots.periods.organisations, snapshots.periods.by_organisation),
        missing_periods=tuple(pd.Timestamp(day) for day in as_dates(missing)),
    )
    observed = as_dates(days[[0, len(days) - 1 - settings.gap_periods]])
    made = made_from(report.source, report.n_read, report.n_kept, options=settings.options())
    table = _as_frame(spells.filter(spells[IN_REGISTER]))
    changes = _changes(snapshots, definition, table) if settings.changes else None
    return Register(table, definition, pd.Timestamp(observed[0]), pd.Timestamp(observed[1]), report, made, changes)


def spell_table(snapshots: LazySnapshots, definition: str) -> pa.Table:
    """Collect every spell, in the register's order, with what is counted of them."""
    key = [KEY] if KEY_OF[definition] else []
    stated = [STATED, UNREADABLE] if "joined" in snapshots.settings.columns else []
    table = collected(
        snapshots.spells(definition).select(*snapshots.register_columns(), *key, *stated, HOW_JOINED, IN_REGISTER)
    )
    return _sorted_as_the_register(table, "seen_from")


def _sorted_as_the_register(table: pa.Table, first: str, *then: str) -> pa.Table:
    """Sort by person, the column of the first snapshot, key with the missing one last, and what else is named."""
    key = []
    if KEY in table.column_names:  # the missing key is ""
        table = table.append_column(_NO_KEY, pc.equal(table[KEY], ""))
        key = [_NO_KEY, KEY]
    return table.sort_by([(name, "ascending") for name in ("person_id", first, *key, *then)])


def _changes(snapshots: LazySnapshots, definition: str, spells: pd.DataFrame) -> pd.DataFrame:
    """Collect what each spell of the register said first, and whatever it said that was new, in order of time."""
    settled = len(snapshots.periods.days) - 1 - snapshots.settings.gap_periods
    key = [KEY] if KEY_OF[definition] else []
    carried_columns = [nw.col(short).alias(name) for name, short in snapshots.rows.carried.items()]
    found = collected(
        snapshots.changes(definition)
        .filter(nw.col(STARTED) <= settled)
        .select(nw.col(PERSON).alias("person_id"), STARTED, INDEX, *key, *carried_columns)
    )
    found = _sorted_as_the_register(found, STARTED, INDEX)
    started, when = found[STARTED].to_numpy(), found[INDEX].to_numpy()
    spell = np.cumsum(started == when) - 1
    own = spells[["person_id", "seen_from"]].take(spell).reset_index(drop=True)
    rows = np.arange(len(spell))
    says = {name: carried(found[name], rows) for name in snapshots.rows.carried}
    return own.assign(spell=spell, valid_from=as_dates(snapshots.periods.days[when]), **says)


def _refuse_unreadable(spells: pa.Table, settings: Settings) -> None:
    """Refuse a column of dates of joining of which not one can be read."""
    if "joined" not in settings.columns:
        return
    n_bad = pc.sum(spells[UNREADABLE]).as_py()
    if n_bad and spells[STATED].null_count == len(spells):
        raise InvalidDataError(
            settings.columns["joined"],
            "dates that exactly one of the declared formats reads",
            f"{n_bad:,} cells, none of them under {', '.join(map(repr, settings.date_formats))}",
            "declare the formats that the column has in date_formats",
        )


def _counts(
    spells: pa.Table, snapshots: LazySnapshots, presence: LazyPresence, quality: Mapping[str, int]
) -> pd.DataFrame:
    in_register = spells[IN_REGISTER].to_numpy().astype(bool)
    how = np.bincount(spells[HOW_JOINED].to_numpy()[in_register], minlength=len(JOINED_COUNTS) + 1)
    unreadable = spells[UNREADABLE].to_numpy() if UNREADABLE in spells.column_names else np.zeros(0)
    notes = {
        "people with several posts in a snapshot": presence.n_several,
        "posts that repeat another of the same person and snapshot": presence.n_repeated,
        "people in one snapshot only, before the last": presence.counts.n_seen_once,
        "people with different dates of birth": presence.counts.n_birth_dates_changed,
        "joined unreadable": int(unreadable.sum()),
        **dict(zip((*JOINED_COUNTS, NOT_KNOWN), how.tolist(), strict=True)),
        TOO_LATE: int((~in_register).sum()),
        **quality,
    }
    listed = [("note", rule, None, n) for rule, n in notes.items() if n]
    more = pd.DataFrame(listed, columns=REPORT_COLUMNS, dtype=object).astype({"n": "int64"})
    return pd.concat([snapshots.periods.counts, more], ignore_index=True)


def _as_frame(spells: pa.Table) -> pd.DataFrame:
    rows = np.arange(len(spells))
    columns: dict[str, object] = {}
    for name in spells.column_names:
        if name in {STATED, HOW_JOINED, IN_REGISTER, UNREADABLE, KEY, _NO_KEY}:
            continue
        as_column = _AS_COLUMN.get(name, _as_date if name in _DATES else None)
        columns[name] = as_column(spells[name]) if as_column else carried(spells[name], rows)
    return pd.DataFrame(columns)


def _as_date(column: pa.ChunkedArray) -> object:
    days = column.cast(pa.date32()).cast(pa.timestamp("s"))
    return days.to_numpy()


def _as_id(column: pa.ChunkedArray) -> object:
    return pd.array(column.cast(pa.large_string()).combine_chunks(), dtype=pd.StringDtype("pyarrow"))


def _as_reason(column: pa.ChunkedArray) -> object:
    """Return the reasons as words, the categories in code-point order, only those that occur."""
    labels = sorted(value for value in pc.unique(column).to_pylist() if value is not None)
    return pd.Categorical(column.to_pandas(), categories=pd.Index(labels, dtype=object))


_AS_COLUMN: dict[str, Callable[[pa.ChunkedArray], object]] = {"person_id": _as_id, "reason": _as_reason}
