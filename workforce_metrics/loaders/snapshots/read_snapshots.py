"""Read staff-in-post snapshots: who left, inferred from who is in which extract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from workforce_metrics.extracts import Register
from workforce_metrics.loaders.snapshots.arguments import checked_settings
from workforce_metrics.loaders.snapshots.lazy_registers import read_lazy
from workforce_metrics.loaders.snapshots.lazy_sources import runs_lazily
from workforce_metrics.loaders.snapshots.stream import read_stream

__all__ = ["read_snapshots", "read_snapshots_by_definition"]

SENTINEL_DATES = ("1900-01-01", "9999-12-31")


def read_snapshots(
    source: object,
    *,
    columns: Mapping[str, str],
    definition: str = "left the extract",
    posts: str = "largest_fte",
    gap_periods: int = 0,
    dated_at: Literal["middle", "end"] = "middle",
    covariates: Sequence[str] | str = (),
    changes: bool = False,
    period_format: str | None = None,
    period_from: str | None = None,
    month_day: Literal["last", "first"] = "last",
    date_formats: str | Sequence[str] = "%Y-%m-%d",
    sentinel_dates: Sequence[str | date] = SENTINEL_DATES,
    active_values: Sequence[object] | None = None,
    fte_max: float = 2.0,
    min_recurring: float = 0.5,
    memory_limit: str | int = "1GB",
    spill_folder: str | Path | None = None,
    engine: Literal["auto", "stream", "lazy", "spark"] = "auto",
    progress: bool = True,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Register:
    """Read staff-in-post snapshots as spells: who joined, who left and why, as far as being in an extract can tell.

    Parameters
    ----------
    source : path, pattern, sequence of paths or data frame
        Parquet or CSV: a folder with everything under it, a pattern such as ``"staff/*.parquet"``, files in a list, one
        file, sorted or not; or any data frame that Narwhals reads. A snapshot may be split over files.
    columns : mapping of str to str
        Role to column name. Needed: `person_id`, and `period` unless `period_from` says it. Where there are any:
        `organisation`, `staff_group`, `active`, `fte`, `joined`, `birth_date` (compared only), `post` (an assignment
        number that settles ties). A column may also be the key of folders such as ``period=2025-03-31``.
    definition : str
        "left the extract", "left the organisation", "left the staff group" or "became not active".
    posts : {"largest_fte", "first", "all"}
        Which of several posts of a person in a snapshot counts: the one with the largest FTE; the first by `post`,
        organisation, staff group and so on; or each organisation (staff group) for itself.
    gap_periods : int
        From how many snapshots in a row a person may be missing without having left. Leaving can then only be told up
        to as many snapshots before the last, and `observed_to` says so.
    dated_at : {"middle", "end"}
        The day that stands for the interval in which somebody left (joined): its middle, or its last day.
    covariates : sequence of str
        Columns to carry, as they stand in the first row of a spell.
    changes : bool
        Whether to note what changes while spells run, in ``register.changes``; `build_cohort` with
        ``covariates="at_change"`` puts it on the clock.
    period_format : str, optional
        Of periods that are text or numbers, in the notation of `datetime.datetime.strptime`; "%Y%m" is a month. Not
        needed for dates and ISO text ("2025-03-31", "2025-03").
    period_from : str, optional
        Pattern of the files' names that holds the period: ``"staff_*_%Y-%m.csv"``; ``*`` stands for any text. With
        their folders where it has a slash: ``"year=%Y/month=%m/*.parquet"``.
    month_day : {"last", "first"}
        Which day stands for a period that is a month.
    date_formats : str or sequence of str
        Of `joined` and `birth_date` where they are text.
    sentinel_dates : sequence of str or date
        Dates of joining that stand for none.
    active_values : sequence, optional
        What in `active` means active, if it is not boolean; everything else, a missing cell too, means not active.
    fte_max : float
        An FTE above this, or below 0, is set missing.
    min_recurring : float
        The least share of identifiers that two snapshots in a row must have in common, of the smaller; 0 accepts any.
    memory_limit : str or int
        How much memory to take, as "1GB" or in bytes. Rows that must wait for their snapshot's turn go to the disk when
        they are more than a quarter of it; a single snapshot must fit into a third.
    spill_folder : path, optional
        Where they go, into a folder that is removed at the end; the system's place for temporary files if not said.
    engine : {"auto", "stream", "lazy", "spark"}
        "stream": in process, snapshot by snapshot. "lazy": as a query where the frame is (DuckDB, Polars, Spark), of
        which only counts and spells come here. "spark": a query on the active Spark session, which also reads files.
        By default lazy frames stay where they are and all else is streamed. Every engine finds the same spells.
    progress : bool
        Whether a bar is shown if it takes more than a few seconds.
    encoding, delimiter : str, optional
        Of text files; detected and noted where not declared.

    Returns
    -------
    Register
        One row a spell, sorted by person and first snapshot: `person_id`, `joined`, `left`, `reason`, `organisation`
        and `staff_group` where mapped, the covariates, and the snapshots between which it is known: `seen_from`,
        `last_seen`, `first_missing`. `report` is a `SnapshotReport`.

    Raises
    ------
    MissingFileError, FileFormatError, MissingColumnError
        If a file is not there, is damaged, is of no known kind or lacks a column; the file is named.
    InvalidArgumentError, InvalidDataError
        If an argument does not fit, a column cannot hold what was declared, or there are too few snapshots.
    IdentifierError
        If too few identifiers recur from one snapshot to the next: they do not follow people.
    StorageError
        If rows that wait cannot be written.

    Warns
    -----
    DataQualityWarning
        If a snapshot after the first has far fewer rows than those around it and no gap is tolerated.

    Notes
    -----
    The rules are told in full in docs/explanation/snapshots.md. In short: rows without a person or a period are set
    aside; a person's posts in a snapshot become one row; a spell runs while the person (in the same organisation,
    staff group) is there, missing from at most `gap_periods` snapshots in a row; it ended after `last_seen` and by
    `first_missing`; the `reason` tells who is still in the extract, with another organisation, say, from who is in none
    of the snapshots that settle it. A date of joining is taken from its column if it lies between the person's previous
    stay and `seen_from`; else joining is known to the interval before `seen_from`, and not at all in the first
    snapshot.

    A spell is at risk only from `seen_from` (`build_cohort` reads it): whoever came and went between two snapshots is
    not in the data, so nobody may count as having survived that time.

    One pass, snapshot by snapshot, into a few numbers a person; never the whole source in memory. Each row is read
    once, and written to disk and read again once if the source is not sorted by period.

    As a query, rows set aside are counted by rule and have no numbers; the frame is passed over twice for the report
    and once for each definition.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> january, february, march = pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"])
    >>> staff = pd.DataFrame({
    ...     "pin": ["a", "b", "a", "c", "c"], "month": [january, january, february, february, march],
    ...     "start": ["2020-05-04", "2021-01-01", "2020-05-04", "2024-02-12", "2024-02-12"],
    ... })
    >>> register = wm.read_snapshots(
    ...     staff, columns={"person_id": "pin", "period": "month", "joined": "start"}, posts="first", min_recurring=0,
    ... )
    >>> register.spells[["person_id", "joined", "left", "reason", "last_seen"]]
      person_id     joined       left            reason  last_seen
    0         a 2020-05-04 2024-03-16  left the extract 2024-02-29
    1         b 2021-01-01 2024-02-15  left the extract 2024-01-31
    2         c 2024-02-12        NaT               NaN 2024-03-31
    >>> register
    <Register left the extract: 3 spells, 2 left, observed 2024-01-31 to 2024-03-31>
    """
    return read_snapshots_by_definition(
        source,
        definitions=[definition],
        columns=columns,
        posts=posts,
        gap_periods=gap_periods,
        dated_at=dated_at,
        covariates=covariates,
        changes=changes,
        period_format=period_format,
        period_from=period_from,
        month_day=month_day,
        date_formats=date_formats,
        sentinel_dates=sentinel_dates,
        active_values=active_values,
        fte_max=fte_max,
        min_recurring=min_recurring,
        memory_limit=memory_limit,
        spill_folder=spill_folder,
        engine=engine,
        progress=progress,
        encoding=encoding,
        delimiter=delimiter,
    )[definition]


def read_snapshots_by_definition(
    source: object,
    *,
    columns: Mapping[str, str],
    definitions: Sequence[str],
    posts: str = "largest_fte",
    gap_periods: int = 0,
    dated_at: Literal["middle", "end"] = "middle",
    covariates: Sequence[str] | str = (),
    changes: bool = False,
    period_format: str | None = None,
    period_from: str | None = None,
    month_day: Literal["last", "first"] = "last",
    date_formats: str | Sequence[str] = "%Y-%m-%d",
    sentinel_dates: Sequence[str | date] = SENTINEL_DATES,
    active_values: Sequence[object] | None = None,
    fte_max: float = 2.0,
    min_recurring: float = 0.5,
    memory_limit: str | int = "1GB",
    spill_folder: str | Path | None = None,
    engine: Literal["auto", "stream", "lazy", "spark"] = "auto",
    progress: bool = True,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> dict[str, Register]:
    """Read snapshots under several definitions of leaving in one pass over the source.

    Parameters
    ----------
    source : path, pattern, sequence of paths or data frame
        As in `read_snapshots`.
    columns : mapping of str to str
        Role to column name; what any of the definitions needs.
    definitions : sequence of str
        Among "left the extract", "left the organisation", "left the staff group", "became not active".
    posts, gap_periods, dated_at, covariates, changes, period_format, period_from, month_day : various
        As in `read_snapshots`.
    date_formats, sentinel_dates, active_values, fte_max, min_recurring, memory_limit, spill_folder : various
        As in `read_snapshots`.
    engine, progress, encoding, delimiter : various
        As in `read_snapshots`.

    Returns
    -------
    dict of str to Register
        By definition, in the order asked for: each as `read_snapshots` returns it.

    Raises
    ------
    WorkforceMetricsError
        As `read_snapshots` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> january, february, march = pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"])
    >>> staff = pd.DataFrame({"pin": ["a", "b", "a", "b", "a"], "site": list("NNSNS"),
    ...                       "month": [january, january, february, february, march]})
    >>> registers = wm.read_snapshots_by_definition(
    ...     staff, columns={"person_id": "pin", "period": "month", "organisation": "site"}, posts="first",
    ...     definitions=["left the extract", "left the organisation"], gap_periods=0,
    ... )
    >>> [(len(register), int(register.spells["left"].notna().sum())) for register in registers.values()]
    [(2, 1), (3, 2)]
    """
    settings = checked_settings(
        columns=columns,
        definitions=definitions,
        posts=posts,
        gap_periods=gap_periods,
        dated_at=dated_at,
        covariates=covariates,
        changes=changes,
        period_format=period_format,
        period_from=period_from,
        month_day=month_day,
        date_formats=date_formats,
        sentinel_dates=sentinel_dates,
        active_values=active_values,
        fte_max=fte_max,
        min_recurring=min_recurring,
        memory_limit=memory_limit,
        spill_folder=spill_folder,
        progress=progress,
        encoding=encoding,
        delimiter=delimiter,
    )
    if runs_lazily(source, engine):
        return read_lazy(source, settings, engine=engine)
    return read_stream(source, settings)
