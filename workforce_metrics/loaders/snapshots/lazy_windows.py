"""Rows to spells by windows over each person's rows in order of period: nothing but looking one row back or ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.loaders.snapshots.lazy_steps import Frame

__all__ = [
    "INDEX", "KEY", "LAST", "NEXT", "PERSON", "PREVIOUS", "STARTED", "STARTS", "Units",
    "changes_of", "one_row_a_period", "spells_of", "with_starts",
]  # fmt: skip

PERSON, INDEX, KEY = "_wm_person", "_wm_index", "_wm_key"
"""Who; position of the period, 0 for the first; the key as text that is never missing."""

NEXT, LAST, PREVIOUS = "_wm_next", "_wm_last", "_wm_previous"
"""Position of the person's next presence in the extract; of a spell's last snapshot; of the last one of the person's
spells that were over before this one began, -1 for none."""

STARTS, STARTED = "_wm_starts", "_wm_started"
"""1 where a spell begins; position of the first snapshot of a row's spell."""

_FAR = 1_000_000
_BEFORE, _ENDS, _OVER = "_wm_before", "_wm_ends", "_wm_over"


@dataclass(frozen=True)
class Units:
    """What a spell is a spell of.

    Parameters
    ----------
    by_key : bool
        Whether each key of a person is a unit of its own, or the person is one and a change of key ends a spell.
    has_key : bool
        Whether there is a key at all.
    """

    by_key: bool
    has_key: bool

    @property
    def partition(self) -> tuple[str, ...]:
        """The columns within which rows are one unit's."""
        return (PERSON, KEY) if self.by_key else (PERSON,)

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that put a person's rows in order, one a unit and period."""
        return (INDEX, KEY) if self.by_key else (INDEX,)


def one_row_a_period(rows: Frame, units: Units, *, order: Sequence[str], n_periods: int) -> Frame:
    """Keep the row that counts for each unit and period, with the person's next presence in the extract.

    Parameters
    ----------
    rows : LazyFrame
        One row a post and period.
    units : Units
    order : sequence of str
        The columns whose smallest values make a row count.
    n_periods : int
        What stands for no next presence.
    """
    before = nw.col(INDEX).shift(1).over(*units.partition, order_by=[INDEX, *order])
    rows = rows.with_columns(before.fill_null(-_FAR).alias(_BEFORE))
    rows = rows.filter(nw.col(_BEFORE) != nw.col(INDEX)).drop(_BEFORE)
    rows = rows.with_columns(
        nw.col(INDEX).shift(-1).over(PERSON, order_by=units.order).fill_null(n_periods).alias(NEXT)
    )
    if units.by_key:  # the last of the person's rows in a period sees the next period
        rows = rows.with_columns(nw.col(NEXT).max().over(PERSON, INDEX))
    return rows


def with_starts(rows: Frame, units: Units, *, gap_periods: int) -> Frame:
    """Add `STARTS`: 1 in the row of a spell's first period, else 0.

    Parameters
    ----------
    rows : LazyFrame
        One row a unit and period in which it is present.
    units : Units
    gap_periods : int
        The most periods between two of a spell.
    """
    within, by = units.partition, (INDEX,)
    rows = rows.with_columns(nw.col(INDEX).shift(1).over(*within, order_by=by).fill_null(-_FAR).alias(_BEFORE))
    starts = nw.col(INDEX) - nw.col(_BEFORE) > gap_periods + 1
    if units.has_key and not units.by_key:
        rows = rows.with_columns(nw.col(KEY).shift(1).over(*within, order_by=by).fill_null("").alias(_OVER))
        starts = starts | (nw.col(KEY) != nw.col(_OVER))
    return rows.with_columns(starts.cast(nw.Int64).alias(STARTS))


def spells_of(rows: Frame, units: Units) -> Frame:
    """Return one row a spell: the row of its first period, with `LAST`, `NEXT` of its last row, and `PREVIOUS`.

    Parameters
    ----------
    rows : LazyFrame
        As `with_starts` returns them.
    units : Units
    """
    within, by = units.partition, (INDEX,)
    rows = rows.with_columns(nw.col(STARTS).shift(-1).over(*within, order_by=by).fill_null(1).alias(_ENDS))

    # the first and the last row of each spell are enough, and may be one
    rows = rows.filter((nw.col(STARTS) == 1) | (nw.col(_ENDS) == 1))
    ends = nw.col(_ENDS) == 1
    over = nw.when(ends).then(nw.col(INDEX)).otherwise(nw.lit(-1))
    rows = rows.with_columns(
        nw.col(INDEX).shift(-1).over(*within, order_by=by).fill_null(-1).alias(LAST),
        nw.col(NEXT).shift(-1).over(*within, order_by=by).fill_null(-1).alias(_BEFORE),
        over.cast(nw.Int64).alias(_OVER),
    )
    rows = rows.with_columns(
        nw.when(ends).then(nw.col(INDEX)).otherwise(nw.col(LAST)).alias(LAST),
        nw.when(ends).then(nw.col(NEXT)).otherwise(nw.col(_BEFORE)).alias(NEXT),
        nw.col(_OVER).cum_max().over(PERSON, order_by=units.order),
    )
    rows = rows.with_columns(nw.col(_OVER).shift(1).over(PERSON, order_by=units.order).fill_null(-1).alias(PREVIOUS))
    if units.by_key:  # of a person's rows in one period only the first sees just what was over before it
        rows = rows.with_columns(nw.col(PREVIOUS).min().over(PERSON, INDEX))
    return rows.filter(nw.col(STARTS) == 1).drop(_BEFORE, STARTS, _ENDS, _OVER)


def changes_of(rows: Frame, units: Units, *, watched: Sequence[str]) -> Frame:
    """Return the rows that begin a spell, or say something else than the row before, with `STARTED`.

    Parameters
    ----------
    rows : LazyFrame
        As `with_starts` returns them.
    units : Units
    watched : sequence of str
        The columns that are compared.
    """
    within, by = units.partition, (INDEX,)
    started = nw.when(nw.col(STARTS) == 1).then(nw.col(INDEX)).otherwise(nw.lit(-1)).cast(nw.Int64)
    earlier = {name: f"{name}_before" for name in watched}
    rows = rows.with_columns(
        started.alias(STARTED),
        *(nw.col(name).shift(1).over(*within, order_by=by).alias(before) for name, before in earlier.items()),
    )
    rows = rows.with_columns(nw.col(STARTED).cum_max().over(*within, order_by=by))
    changed = nw.col(STARTS) == 1
    for name, before in earlier.items():
        differs = (nw.col(name) != nw.col(before)).fill_null(value=False)
        changed = changed | differs | (nw.col(name).is_null() != nw.col(before).is_null())
    return rows.filter(changed)
