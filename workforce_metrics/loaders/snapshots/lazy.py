"""Spells from snapshots in any lazy frame: the words of the streamed engine as expressions that run where it is."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import SET_ASIDE
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.definitions import NOT_ACTIVE
from workforce_metrics.loaders.snapshots.lazy_endings import with_endings
from workforce_metrics.loaders.snapshots.lazy_periods import LazyPeriods, periods_of
from workforce_metrics.loaders.snapshots.lazy_rows import ACTIVE, PreparedRows, prepared_rows
from workforce_metrics.loaders.snapshots.lazy_steps import Frame
from workforce_metrics.loaders.snapshots.lazy_windows import (
    PERSON,
    Units,
    changes_of,
    one_row_a_period,
    spells_of,
    with_starts,
)

__all__ = ["LazySnapshots", "lazy_snapshots"]


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

    def spells(self, definition: str) -> Frame:
        """Return every spell, also those that are not in the register, with `KEY` where there is one, in no order."""
        rows, units = self._rows_with_starts(definition)
        return with_endings(
            spells_of(rows, units),
            periods=self.periods.dates,
            definition=definition,
            gap_periods=self.settings.gap_periods,
            dated_at=self.settings.dated_at,
        )

    def changes(self, definition: str) -> Frame:
        """Return what the first row of every spell says, and each later row of it that says something new."""
        rows, units = self._rows_with_starts(definition)
        return changes_of(rows, units, watched=list(self.rows.carried.values()))

    def _rows_with_starts(self, definition: str) -> tuple[Frame, Units]:
        rows, units = self.rows.under(definition, self.settings.posts)
        frame = self.periods.kept(rows.frame)
        frame = one_row_a_period(frame, units, order=rows.order, n_periods=len(self.periods.days))
        if definition == NOT_ACTIVE:
            frame = frame.filter(nw.col(ACTIVE))
        return with_starts(frame, units, gap_periods=self.settings.gap_periods), units

    def register_columns(self) -> list[nw.Expr]:
        """Return the columns of a register, in its order."""
        plain = [nw.col(name) for name in ("joined", "left", "reason")]
        carried = [nw.col(short).alias(name) for name, short in self.rows.carried.items()]
        seen = [nw.col(name) for name in ("seen_from", "last_seen", "first_missing")]
        return [nw.col(PERSON).alias("person_id"), *plain, *carried, *seen]


def lazy_snapshots(frame: Frame, settings: Settings) -> LazySnapshots:
    """Take a frame and find its snapshots: one pass over it.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        If a column is not there or cannot hold what was declared, or there are too few snapshots.
    """
    rows = prepared_rows(frame, settings)
    periods = periods_of(rows, settings)
    least = settings.gap_periods + 2
    if len(periods.days) < least:
        set_aside = periods.counts[periods.counts["action"] == SET_ASIDE]
        why = "".join(f", {n:,} rows {rule}" for n, rule in set_aside[["n", "rule"]].itertuples(index=False))
        raise InvalidDataError(
            "source",
            f"at least {least} snapshots with gap_periods={settings.gap_periods}",
            f"{len(periods.days)} of {periods.n_read:,} rows{why}",
            "give more snapshots, or check the column of periods",
        )
    return LazySnapshots(rows, periods, settings)
