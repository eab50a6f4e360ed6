"""Which snapshots a lazy frame holds: its different periods, counted on the cluster and read on the driver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.lazy_rows import COUNTED, ID_LOST, ID_MISSING, RAW, PreparedRows
from workforce_metrics.loaders.snapshots.lazy_steps import Raw, collected, position_of
from workforce_metrics.loaders.snapshots.lazy_windows import INDEX, PERSON
from workforce_metrics.loaders.snapshots.periods import period_days

__all__ = ["LazyPeriods", "periods_of"]

LARGEST_NUMBER = 5_000
"""Of different periods; a column with more is not one of periods."""

_N = "_wm_n"


@dataclass(frozen=True)
class LazyPeriods:
    """The snapshots of a source and what was counted while they were found.

    Parameters
    ----------
    values : tuple
        The different cells of the period's column, ascending.
    positions : tuple of int or None
        Which snapshot each is of; None where it is none.
    days : tuple of date
        The snapshots' days, ascending: those with at least one row that is kept.
    n_read : int
        Rows of the source.
    counts : DataFrame
        action, rule, column, n.
    """

    values: tuple[Raw, ...]
    positions: tuple[int | None, ...]
    days: tuple[dt.date, ...]
    n_read: int
    counts: pd.DataFrame

    def kept(self, rows: nw.LazyFrame) -> nw.LazyFrame:
        """Return the rows of somebody in a snapshot, with `INDEX`."""
        rows = rows.filter(~nw.col(PERSON).is_null() & ~nw.col(RAW).is_null())
        rows = rows.with_columns(position_of(nw.col(RAW), self.values, self.positions).alias(INDEX)).drop(RAW)
        return rows.filter(~nw.col(INDEX).is_null()).with_columns(nw.col(INDEX).cast(nw.Int64))


def periods_of(rows: PreparedRows, settings: Settings) -> LazyPeriods:
    """Find the snapshots in one pass over the frame; only one row a different period comes to the driver.

    Raises
    ------
    InvalidDataError
        If there are more different periods than there can be snapshots, or no usable row.
    """
    there = [name for name in COUNTED if name in rows.frame.collect_schema().names()]
    usable = 1 - nw.col(ID_MISSING) - nw.col(ID_LOST)
    flags = rows.frame.select(
        nw.col(RAW),
        nw.col(ID_MISSING),
        nw.col(ID_LOST),
        usable.alias(_N),
        *((nw.col(f) * usable).alias(f) for f in there),
    )
    sums = [nw.col(name).sum() for name in (ID_MISSING, ID_LOST, _N, *there)]
    table = collected(flags.group_by(RAW).agg(*sums).head(LARGEST_NUMBER + 1))
    name = settings.columns["period"]
    if len(table) > LARGEST_NUMBER:
        got = f"more than {LARGEST_NUMBER:,} different ones"
        raise InvalidDataError(name, "periods of snapshots", got, "check which column is mapped as the period")
    n = {column: np.array(table[column].to_pylist(), dtype=np.int64) for column in table.column_names if column != RAW}
    days = period_days(table[RAW], period_format=settings.period_format, month_day=settings.month_day, name=name)
    snapshots = np.unique(days[(days != NO_DATE) & (n[_N] > 0)])
    in_one = np.isin(days, snapshots)
    place = np.searchsorted(snapshots, days)
    cells = table[RAW].to_pylist()
    order = sorted((at for at, cell in enumerate(cells) if cell is not None), key=lambda at: cells[at])
    set_aside = {
        "person_id missing": n[ID_MISSING].sum(),
        "person_id lost digits": n[ID_LOST].sum(),
        "period missing or unreadable": n[_N][~in_one].sum(),
    }
    counts = [("row set aside", rule, None, int(count)) for rule, count in set_aside.items()]
    for flag in there:
        action, rule, role = COUNTED[flag]
        counts.append((action, rule, settings.columns[role], int(n[flag][in_one].sum())))
    listed = [row for row in counts if row[-1]]
    return LazyPeriods(
        values=tuple(cells[at] for at in order),
        positions=tuple(int(place[at]) if in_one[at] else None for at in order),
        days=_as_dates(snapshots),
        n_read=int(n[ID_MISSING].sum() + n[ID_LOST].sum() + n[_N].sum()),
        counts=pd.DataFrame(listed, columns=["action", "rule", "column", "n"], dtype=object).astype({"n": "int64"}),
    )


def _as_dates(days: Sequence[int] | np.ndarray) -> tuple[dt.date, ...]:
    return tuple(np.asarray(days).astype("datetime64[D]").tolist())
