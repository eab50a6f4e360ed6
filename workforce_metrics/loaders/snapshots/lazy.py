"""Spells from snapshots in any lazy frame: the words of the streamed engine as expressions that run where it is."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.definitions import KEY_OF, NOT_ACTIVE
from workforce_metrics.loaders.snapshots.lazy_endings import IN_REGISTER, with_endings
from workforce_metrics.loaders.snapshots.lazy_periods import LazyPeriods, periods_of
from workforce_metrics.loaders.snapshots.lazy_rows import ACTIVE, PreparedRows, prepared_rows
from workforce_metrics.loaders.snapshots.lazy_steps import collected
from workforce_metrics.loaders.snapshots.lazy_windows import KEY, PERSON, one_row_a_period, spells_of
from workforce_metrics.loaders.tables import read_source

__all__ = ["LazySnapshots", "as_lazy", "lazy_snapshots", "lazy_spell_table"]

_NO_KEY = "_wm_no_key"


@dataclass(frozen=True)
class LazySnapshots:
    """Snapshots in a lazy frame, of which the periods are known.

    Parameters
    ----------
    rows : PreparedRows
    periods : LazyPeriods
    settings : Settings
    """

    rows: PreparedRows
    periods: LazyPeriods
    settings: Settings

    def spells(self, definition: str) -> nw.LazyFrame:
        """Return every spell, also those that are not in the register, with `KEY` where there is one, in no order."""
        rows, units = self.rows.under(definition, self.settings.posts)
        frame = self.periods.kept(rows.frame)
        frame = one_row_a_period(frame, units, order=rows.order, n_periods=len(self.periods.days))
        if definition == NOT_ACTIVE:
            frame = frame.filter(nw.col(ACTIVE))
        spells = spells_of(frame, units, gap_periods=self.settings.gap_periods)
        return with_endings(
            spells,
            periods=self.periods.days,
            definition=definition,
            gap_periods=self.settings.gap_periods,
            dated_at=self.settings.dated_at,
        )

    def register_columns(self) -> list[nw.Expr]:
        """Return the columns of a register, in its order."""
        plain = [nw.col(name) for name in ("joined", "left", "reason")]
        carried = [nw.col(short).alias(name) for name, short in self.rows.carried.items()]
        seen = [nw.col(name) for name in ("seen_from", "last_seen", "first_missing")]
        return [nw.col(PERSON).alias("person_id"), *plain, *carried, *seen]


def lazy_snapshots(source: object, settings: Settings) -> LazySnapshots:
    """Take a frame and find its snapshots: one pass over it.

    Raises
    ------
    InvalidArgumentError
        If the source is no frame.
    MissingColumnError, InvalidDataError
        If a column is not there or cannot hold what was declared, or there are too few snapshots.
    """
    rows = prepared_rows(as_lazy(source), settings)
    periods = periods_of(rows, settings)
    needed = settings.gap_periods + 2
    if len(periods.days) < needed:
        raise InvalidDataError(
            "source",
            f"at least {needed} snapshots with gap_periods={settings.gap_periods}",
            f"{len(periods.days)}",
            "read more periods, or allow a shorter gap",
        )
    return LazySnapshots(rows, periods, settings)


def as_lazy(source: object) -> nw.LazyFrame:
    """Return any frame as a lazy one; a frame in memory goes through Arrow.

    Raises
    ------
    InvalidArgumentError
        If it is no frame.
    """
    try:
        frame = nw.from_native(source)  # type: ignore[call-overload]
    except TypeError as error:
        raise InvalidArgumentError(
            "source", "a lazy frame", type(source).__name__, "pass a frame that Narwhals reads"
        ) from error
    if isinstance(frame, nw.LazyFrame):
        return frame
    if frame.implementation.is_polars():
        return frame.lazy()
    table = pa.table(dict(read_source(source).columns))
    plain = [
        column.cast(kind.value_type) if pa.types.is_dictionary(kind := column.type) else column
        for column in table.columns
    ]
    table = pa.Table.from_arrays(plain, names=table.column_names)
    return nw.from_native(table.to_pandas(types_mapper=pd.ArrowDtype)).lazy()


def lazy_spell_table(snapshots: LazySnapshots, definition: str) -> pa.Table:
    """Collect the spells of the register, in its order: the only rows that come to the driver."""
    spells = snapshots.spells(definition).filter(nw.col(IN_REGISTER))
    key = [nw.col(KEY)] if KEY_OF[definition] else []
    table = collected(spells.select(*snapshots.register_columns(), *key))
    by = [("person_id", "ascending"), ("seen_from", "ascending")]
    if key:  # the missing key, which is "", comes last
        table = table.append_column(_NO_KEY, pc.equal(table[KEY], ""))
        by += [(_NO_KEY, "ascending"), (KEY, "ascending")]
    return table.sort_by(by).drop_columns([name for name in (KEY, _NO_KEY) if name in table.column_names])
