"""Parquet files of snapshots: checked by their footers before a row is read, then read by row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from workforce_metrics.errors import FileFormatError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.chunks import Chunk
from workforce_metrics.loaders.snapshots.kinds import ANY, kind_of, normalised, refuse_other_kind
from workforce_metrics.loaders.snapshots.periods import period_days
from workforce_metrics.loaders.snapshots.pieces import Loaded, Piece
from workforce_metrics.loaders.snapshots.sources import SourceFile

__all__ = ["parquet_pieces", "reading"]

BATCH_ROWS = 1 << 19
BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class _Group:
    """A row group: where it is, its first record number, and the least and the only day of its rows."""

    place: int
    first_row: int
    n_rows: int
    low: int
    day: int


def parquet_pieces(
    files: Sequence[SourceFile], settings: Settings, account: SnapshotAccount
) -> tuple[list[Piece], int]:
    """Return the pieces of Parquet files and how many rows they hold.

    Raises
    ------
    FileFormatError, MissingColumnError, InvalidDataError
        Naming the first file that is damaged, lacks a column or has it of another kind.
    """
    pieces: list[Piece] = []
    kinds: dict[str, tuple[str, str]] = {}
    n_rows = 0
    for position, file in enumerate(files):
        with reading(file.name), parquet.ParquetFile(file.path) as opened:
            schema, footer = opened.schema_arrow, opened.metadata
        period = _period_column(file, schema, settings)
        _check_columns(file, schema, settings, period, kinds)
        n_rows += footer.num_rows
        if not footer.num_rows:
            account.note(f"file without a row: {file.name}", n=1)
        groups = _groups(file, footer, schema, settings, period)
        for (day, _), run in groupby(groups, key=lambda group: (group.day, group.day == NO_DATE and group.place)):
            together = tuple(run)
            load = partial(_load, file, position, settings, together, None if day != NO_DATE else period)
            size = sum(group.n_rows for group in together)
            pieces.append(Piece(position, load, together[0].low, day, size))
    if not n_rows:
        raise FileFormatError("source", "at least one row", "no rows", "check the extract")
    return pieces, n_rows


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say of whatever cannot be read in which file it is."""
    try:
        yield
    except PermissionError as error:
        fix = "check its permissions"
        raise FileFormatError(name, "a file that can be read", "no permission to", fix) from error
    except (pa.ArrowException, OSError) as error:
        expected, got = "a whole Parquet file", "something else, or one that is cut short or damaged"
        raise FileFormatError(name, expected, got, "write the file again, or leave it out") from error


def _period_column(file: SourceFile, schema: pa.Schema, settings: Settings) -> str | None:
    """Return the column of periods to read; None where the folder says the period and no column could gainsay it."""
    name = settings.columns.get("period")
    return None if name is None or (file.day != NO_DATE and name not in schema.names) else name


def _check_columns(
    file: SourceFile, schema: pa.Schema, settings: Settings, period: str | None, kinds: dict[str, tuple[str, str]]
) -> None:
    for name in (*settings.needed, *([period] if period else [])):
        if name not in schema.names and name in file.keys:
            continue
        if schema.names.count(name) != 1:
            got = f"{name!r}, not there" if name not in schema.names else f"{name!r} more than once"
            fix = close_names(name, schema.names, otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError(file.name, "a column of each file", got, fix)
        kind = kind_of(schema.field(name).type)
        if kind == ANY or name == settings.columns["person_id"]:  # whole numbers and text can name the same person
            continue
        first = kinds.setdefault(name, (kind, file.name))
        refuse_other_kind(name, kind, file.name, first_kind=first[0], first_file=first[1])


def _groups(
    file: SourceFile, footer: parquet.FileMetaData, schema: pa.Schema, settings: Settings, period: str | None
) -> list[_Group]:
    sizes = [footer.row_group(place).num_rows for place in range(footer.num_row_groups)]
    starts = (np.cumsum([0, *sizes]) + 1).tolist()
    groups = []
    for place, size in enumerate(sizes):
        low, day = (
            (file.day, file.day) if period is None else _days_in(footer.row_group(place), period, schema, settings)
        )
        if file.day != NO_DATE and period is not None:
            low, day = file.day, (file.day if day == file.day else NO_DATE)
        if size:
            groups.append(_Group(place, starts[place], size, low, day))
    return groups


def _days_in(group: parquet.RowGroupMetaData, period: str, schema: pa.Schema, settings: Settings) -> tuple[int, int]:
    """Return the least day of a row group and its only one, from the footer; `NO_DATE` for what it does not say."""
    place = next(at for at in range(group.num_columns) if group.column(at).path_in_schema == period)
    said = group.column(place).statistics
    if said is None or not said.has_min_max:
        return NO_DATE, NO_DATE
    kind = schema.field(period).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    try:
        ends = pa.chunked_array([pa.array([said.min, said.max]).cast(kind)])
        days = period_days(ends, period_format=settings.period_format, month_day=settings.month_day, name=period)
    except (pa.ArrowException, InvalidDataError):
        return NO_DATE, NO_DATE
    by_value = (
        pa.types.is_date(kind)
        or pa.types.is_timestamp(kind)
        or settings.period_format in {None, "%Y%m", "%Y%m%d", "%Y-%m-%d", "%Y-%m"}
    )
    if (days == NO_DATE).any() or not (by_value or days[0] == days[1]):
        return NO_DATE, NO_DATE
    sure = days[0] == days[1] and said.has_null_count and said.null_count == 0 and said.min == said.max
    return int(days[0]), int(days[0]) if sure else NO_DATE


def _load(
    file: SourceFile, position: int, settings: Settings, groups: tuple[_Group, ...], period: str | None
) -> Iterator[Loaded]:
    """Yield the rows of row groups: at once where they are of one period, else in batches with their period."""
    columns = [*settings.needed, *([period] if period and period not in settings.needed else [])]
    places = [group.place for group in groups]
    with reading(file.name):
        with parquet.ParquetFile(file.path) as unread:
            schema = unread.schema_arrow
        columns = [name for name in columns if name in schema.names]
        coded = _texts(schema, columns, settings)
        buffer = 0 if period is None else BUFFER_BYTES
        opened = parquet.ParquetFile(
            file.path, read_dictionary=coded, buffer_size=buffer, page_checksum_verification=True
        )
    with opened:
        if period is None:
            with reading(file.name):
                table = file.completed(opened.read_row_groups(places, columns=columns), settings.needed)
                table = normalised(table, plain=settings.plain)
            yield Loaded(Chunk(table, position, groups[0].first_row))
            return
        row = groups[0].first_row
        batches = opened.iter_batches(batch_size=BATCH_ROWS, row_groups=places, columns=columns)
        while True:
            with reading(file.name):
                batch = next(batches, None)
                if batch is None:
                    return
                table = file.completed(pa.Table.from_batches([batch]), settings.needed)
                table = normalised(table, plain=settings.plain)
            yield Loaded(Chunk(table, position, row))
            row += batch.num_rows


def _texts(schema: pa.Schema, columns: Sequence[str], settings: Settings) -> list[str]:
    """Return the columns whose texts repeat, which are read as codes."""
    return [name for name in columns if name not in settings.plain and kind_of(schema.field(name).type) == "text"]
