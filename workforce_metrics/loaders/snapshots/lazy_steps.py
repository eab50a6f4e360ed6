"""Between a driver and a cluster: few values there as an expression, without a join, and rows from there as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeAlias

import narwhals as nw
import pyarrow as pa

__all__ = ["Frame", "Raw", "collected", "date_at", "position_of"]

Frame: TypeAlias = "nw.LazyFrame[Any]"
Raw = str | int | dt.date


def position_of(column: nw.Expr, values: Sequence[Raw], positions: Sequence[int]) -> nw.Expr:
    """Return the position that goes with each cell.

    Parameters
    ----------
    column : Expr
        Of cells each of which is one of `values`.
    values : sequence
        Ascending, as the engine sorts them.
    positions : sequence of int
        Of the same length.
    """
    if len(set(positions)) == 1:
        return nw.lit(positions[0])
    middle = len(values) // 2
    return (
        nw.when(column < nw.lit(values[middle]))
        .then(position_of(column, values[:middle], positions[:middle]))
        .otherwise(position_of(column, values[middle:], positions[middle:]))
    )


def date_at(position: nw.Expr, dates: Sequence[dt.date | None], *, start: int = 0) -> nw.Expr:
    """Return the date at each position, 0 for the first; null where it is None.

    Parameters
    ----------
    position : Expr
        Whole numbers, none of them null; those beyond the ends have the date at the end.
    dates : sequence of date or None
    start : int
        Position of the first of `dates`.
    """
    if len(set(dates)) == 1:
        return nw.lit(dates[0], nw.Date)
    middle = len(dates) // 2
    return (
        nw.when(position < start + middle)
        .then(date_at(position, dates[:middle], start=start))
        .otherwise(date_at(position, dates[middle:], start=start + middle))
    )


def collected(frame: Frame) -> pa.Table:
    """Bring a frame's rows to the driver; nothing comes with them, such as the index of pandas."""
    names = frame.collect_schema().names()
    table: pa.Table = frame.collect(backend="pyarrow").to_native().select(names)
    return table
