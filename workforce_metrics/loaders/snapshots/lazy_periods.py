"""Which snapshots a lazy frame holds: its different periods, counted where they are and read on the driver."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import REPORT_COLUMNS, SET_ASIDE
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.lazy_rows import COUNTED, ID_LOST, ID_MISSING, ORGANISATION, RAW, PreparedRows
from workforce_metrics.loaders.snapshots.lazy_steps import Frame, Raw, collected, position_of
from workforce_metrics.loaders.snapshots.lazy_windows import INDEX, PERSON
from workforce_metrics.loaders.snapshots.periods import period_days

__all__ = ["LazyPeriods", "periods_of"]

Ints = npt.NDArray[np.int64]

MOST_PERIODS, MOST_CELLS = 5_000, 1_000_000
"""Of different periods, and of periods times organisations: a column with more is not one of those."""

_USABLE = "_wm_usable"


@dataclass(frozen=True)
class LazyPeriods:
    """The snapshots of a source and what was counted while they were found.

    Parameters
    ----------
    values : tuple
        The different cells of the period's column that are of a snapshot, ascending.
    positions : tuple of int
        Which snapshot each is of.
    days : ndarray of int64, shape (n_periods,)
        Days since 1970-01-01, ascending: the snapshots, each with at least one row that is kept.
    n_read : int
        Rows of the source.
    counts : pandas.DataFrame
        One row a rule: action, rule, column, n.
    organisations : tuple of str
        Those that are met, in code-point order.
    by_organisation : ndarray of int64, shape (n_periods, n_organisations)
        Rows that are kept.
    """

    values: tuple[Raw, ...]
    positions: tuple[int, ...]
    days: Ints
    n_read: int
    counts: pd.DataFrame
    organisations: tuple[str, ...]
    by_organisation: Ints

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The snapshots, ascending."""
        return tuple(self.days.astype("datetime64[D]").tolist())

    def kept(self, rows: Frame) -> Frame:
        """Return the rows of somebody in a snapshot, with `INDEX`."""
        rows = rows.filter(~nw.col(PERSON).is_null() & nw.col(RAW).is_in(self.values))
        position = position_of(nw.col(RAW), self.values, self.positions).cast(nw.Int64)
        return rows.with_columns(position.alias(INDEX)).drop(RAW)


def periods_of(rows: PreparedRows, settings: Settings) -> LazyPeriods:
    """Find the snapshots in one pass over the frame; one row a different period and organisation comes to the driver.

    Raises
    ------
    InvalidDataError
        If there are more different periods than there can be snapshots.
    """
    there = rows.frame.collect_schema().names()
    flags = [flag for flag in COUNTED if flag in there]
    by = [RAW, *([ORGANISATION] if ORGANISATION in there else [])]
    usable = 1 - nw.col(ID_MISSING) - nw.col(ID_LOST)
    counted = rows.frame.select(
        *(nw.col(name) for name in (*by, ID_MISSING, ID_LOST)),
        usable.alias(_USABLE),
        *((nw.col(flag) * usable).alias(flag) for flag in flags),
    )
    sums = [nw.col(name).sum() for name in (ID_MISSING, ID_LOST, _USABLE, *flags)]
    table = collected(counted.group_by(by).agg(*sums).head(MOST_CELLS + 1))
    values = pc.unique(table[RAW]).drop_null()
    name = settings.columns["period"]
    if len(values) > MOST_PERIODS or len(table) > MOST_CELLS:
        got = f"{len(values):,} different ones"
        raise InvalidDataError(name, "periods of snapshots", got, "check which column is mapped as the period")
    form, month_day = settings.period_format, settings.month_day
    days = period_days(table[RAW], period_format=form, month_day=month_day, name=name)
    n = {flag: _whole(table[flag]) for flag in (ID_MISSING, ID_LOST, _USABLE, *flags)}
    snapshots = np.unique(days[(days != NO_DATE) & (n[_USABLE] > 0)])
    in_one = np.isin(days, snapshots)
    snapshot_of = dict(zip(table[RAW].to_pylist(), np.searchsorted(snapshots, days).tolist(), strict=True))
    cells = sorted(set(table[RAW].filter(pa.array(in_one)).to_pylist()))
    organisations, by_organisation = _organisations(table, days, snapshots, n[_USABLE])
    return LazyPeriods(
        values=tuple(cells),
        positions=tuple(snapshot_of[cell] for cell in cells),
        days=snapshots,
        n_read=int(sum(n[flag].sum() for flag in (ID_MISSING, ID_LOST, _USABLE))),
        counts=_counts(n, days, in_one, settings),
        organisations=organisations,
        by_organisation=by_organisation,
    )


def _counts(n: dict[str, Ints], days: Ints, in_one: npt.NDArray[np.bool_], settings: Settings) -> pd.DataFrame:
    bad = days == NO_DATE
    counts: list[tuple[str, str, str | None, int]] = [
        (SET_ASIDE, "person_id missing", None, n[ID_MISSING].sum()),
        (SET_ASIDE, "person_id lost digits", None, n[ID_LOST].sum()),
        (SET_ASIDE, "period missing or unreadable", None, n[_USABLE][bad].sum()),
    ]
    n_rows = n[ID_MISSING] + n[ID_LOST]
    for day in np.unique(days[~bad & ~in_one]):
        rule = f"no usable row, so no snapshot: {day.astype('datetime64[D]')}"
        counts.append(("note", rule, None, n_rows[days == day].sum()))
    for flag, (action, rule, role) in COUNTED.items():
        if flag in n:
            counts.append((action, rule, settings.columns[role] if role else None, n[flag][in_one].sum()))
    listed = [(*what, int(count)) for *what, count in counts if count]
    return pd.DataFrame(listed, columns=REPORT_COLUMNS, dtype=object).astype({"n": "int64"})


def _organisations(table: pa.Table, days: Ints, snapshots: Ints, n_rows: Ints) -> tuple[tuple[str, ...], Ints]:
    """Return the organisations and their rows by snapshot; none where the column is not mapped."""
    if ORGANISATION not in table.column_names:
        return (), np.zeros((len(snapshots), 0), dtype=np.int64)
    names = table[ORGANISATION].to_pylist()
    distinct = sorted({name for name in names if name is not None})
    place = {name: at for at, name in enumerate(distinct)}
    n = np.zeros((len(snapshots), len(distinct) + 1), dtype=np.int64)
    column = np.array([place.get(name, len(distinct)) for name in names], dtype=np.int64)
    kept = np.isin(days, snapshots)
    np.add.at(n, (np.searchsorted(snapshots, days[kept]), column[kept]), n_rows[kept])
    return tuple(distinct), n[:, :-1]


def _whole(column: pa.ChunkedArray) -> Ints:
    """Return counts as whole numbers; some engines sum into decimals."""
    return np.array(column.to_pylist(), dtype=np.int64)
