"""Spells from snapshots as a lazy frame, for those that do not fit on the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import narwhals as nw

from workforce_metrics.loaders.snapshots.arguments import checked_settings
from workforce_metrics.loaders.snapshots.lazy import lazy_snapshots
from workforce_metrics.loaders.snapshots.lazy_endings import IN_REGISTER
from workforce_metrics.loaders.snapshots.lazy_presence import presence_of
from workforce_metrics.loaders.snapshots.lazy_sources import as_lazy

__all__ = ["spells_from_snapshots"]


def spells_from_snapshots(
    frame: object,
    *,
    columns: Mapping[str, str],
    definition: str = "left the extract",
    posts: Literal["largest_fte", "first", "all"] = "largest_fte",
    gap_periods: int = 0,
    dated_at: Literal["middle", "end"] = "middle",
    covariates: Sequence[str] | str = (),
    period_format: str | None = None,
    month_day: Literal["last", "first"] = "last",
    date_formats: str | Sequence[str] = "%Y-%m-%d",
    sentinel_dates: Sequence[str | date] = ("1900-01-01", "9999-12-31"),
    active_values: Sequence[object] | None = None,
    fte_max: float = 2.0,
    min_recurring: float = 0.5,
) -> Any:
    """Return the spells that snapshots show as a lazy frame that stays where the snapshots are.

    For a register of more spells than fit in the memory of one machine; `read_snapshots` takes the same frames and
    returns a `Register`.

    Parameters
    ----------
    frame : lazy frame
        Of Spark, DuckDB, Polars or another library that Narwhals reads, one row a post and period.
    columns : mapping of str to str
        Role to column, as in `read_snapshots`, which describes this and the following arguments.
    definition, posts, dated_at : str
        What leaving means; which of several posts counts; which day stands for an interval.
    gap_periods : int
        From how many snapshots somebody may be missing within a spell.
    covariates : str or sequence of str
        Further columns, as they are in a spell's first row.
    period_format, month_day : str
        How to read periods that are text or numbers.
    date_formats : str or sequence of str
        Of dates that are text: made of ``%Y``, ``%m`` and ``%d`` here.
    sentinel_dates : sequence of str or date
        Dates that stand for none.
    active_values : sequence, optional
        Which values of the column of `active` mean so.
    fte_max : float
        A larger full-time equivalent is set missing.
    min_recurring : float
        As of `read_snapshots`; 0 accepts any identifier and saves one pass over the frame.

    Returns
    -------
    lazy frame
        Of the same library, in no order: person_id, joined, left, reason, organisation and staff_group where mapped,
        the covariates, seen_from, last_seen, first_missing. A frame in memory comes back as pandas, or Polars.

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If an argument does not fit, or names a column that is not there.
    IdentifierError
        If identifiers do not recur from snapshot to snapshot.
    InvalidDataError
        If a column cannot hold what was declared, or there are too few snapshots.

    Notes
    -----
    The frame is passed over once to find its periods and once for `min_recurring`; of both only counts by period come
    to the driver. The spells are then a plan that runs when the result is used: it parts the rows by person and sorts
    them by period once.

    Examples
    --------
    >>> import polars as pl
    >>> from workforce_metrics.loaders.snapshots.spells_from_snapshots import spells_from_snapshots
    >>> snapshots = pl.LazyFrame({
    ...     "id": ["a", "b", "a", "b", "b", "a", "b"],
    ...     "month": ["2024-01", "2024-01", "2024-02", "2024-02", "2024-03", "2024-04", "2024-04"],
    ... })
    >>> spells = spells_from_snapshots(snapshots, columns={"person_id": "id", "period": "month"}, posts="first")
    >>> spells.select("person_id", "left", "seen_from", "last_seen").sort("person_id", "seen_from").collect().rows()
    [('a', datetime.date(2024, 3, 16), datetime.date(2024, 1, 31), datetime.date(2024, 2, 29)),
     ('a', None, datetime.date(2024, 4, 30), datetime.date(2024, 4, 30)),
     ('b', None, datetime.date(2024, 1, 31), datetime.date(2024, 4, 30))]
    """
    settings = checked_settings(
        columns=columns,
        definitions=[definition],
        posts=posts,
        gap_periods=gap_periods,
        dated_at=dated_at,
        covariates=covariates,
        period_format=period_format,
        period_from=None,
        month_day=month_day,
        date_formats=date_formats,
        sentinel_dates=sentinel_dates,
        active_values=active_values,
        fte_max=fte_max,
        min_recurring=min_recurring,
        memory_limit="1GB",
        spill_folder=None,
        progress=False,
        encoding=None,
        delimiter=None,
    )
    snapshots = lazy_snapshots(as_lazy(frame, settings), settings)
    if settings.min_recurring > 0:
        presence_of(snapshots.rows, snapshots.periods, settings)
    spells = snapshots.spells(definition).filter(nw.col(IN_REGISTER))
    return spells.select(*snapshots.register_columns()).to_native()
