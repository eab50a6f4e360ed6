"""Read staff-in-post snapshots: who left, inferred from who is in which extract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from workforce_metrics.extracts import Register
from workforce_metrics.loaders.snapshots.arguments import checked_settings
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
    progress: bool = True,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Register:
    """Read snapshots."""
    return read_snapshots_by_definition(
        source,
        definitions=[definition],
        columns=columns,
        posts=posts,
        gap_periods=gap_periods,
        dated_at=dated_at,
        covariates=covariates,
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
    progress: bool = True,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> dict[str, Register]:
    """Read snapshots under several definitions."""
    settings = checked_settings(
        columns=columns,
        definitions=definitions,
        posts=posts,
        gap_periods=gap_periods,
        dated_at=dated_at,
        covariates=covariates,
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
    return read_stream(source, settings)
