"""The pieces of a source in order of time: one whole snapshot after another, each row read once."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.accounting import MALFORMED
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.identifiers import read_identifiers
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.chunks import Chunk, PeriodTable
from workforce_metrics.loaders.snapshots.periods import NamePattern, period_days
from workforce_metrics.loaders.snapshots.pieces import Loaded, Piece
from workforce_metrics.loaders.snapshots.read_ahead import ReadAhead
from workforce_metrics.loaders.snapshots.sources import SourceFile
from workforce_metrics.loaders.snapshots.spill import PeriodStore

__all__ = ["sweep"]

Ints = npt.NDArray[np.int64]

SHARE_THAT_WAITS = 4  # of the memory limit, the part for rows whose snapshot is not complete yet
TIMES_ITS_SIZE = 3  # a snapshot takes about this much while it is worked on
SECONDS_IN_SILENCE = 3.0


def sweep(
    pieces: Sequence[Piece], files: Sequence[SourceFile], settings: Settings, account: SnapshotAccount, *, n_rows: int
) -> Generator[PeriodTable]:
    """Yield the snapshots of a source, ascending.

    Parameters
    ----------
    pieces : sequence of Piece
    files : sequence of SourceFile
        Empty for a data frame.
    settings : Settings
    account : SnapshotAccount
        Where rows are counted, and those without a period set aside.
    n_rows : int
        How many rows there will be, for the progress bar; 0 = not known.

    Raises
    ------
    InvalidDataError, InvalidArgumentError, StorageError, FileFormatError
        If a piece cannot be read, a snapshot is too large for the memory limit, or the disk is full.

    Notes
    -----
    A snapshot is complete once every piece has been read that could hold rows of it. Rows of later snapshots met on
    the way wait, in memory or on disk. So files of one period each are read one by one, a sorted file row group by
    row group, and an unsorted one is parted on disk first: one way for all.
    """
    from tqdm import tqdm

    waiting = sorted(pieces, key=lambda piece: (piece.low, piece.file))
    folder, limit = settings.spill_folder, settings.memory_limit // SHARE_THAT_WAITS
    bar = tqdm(
        total=n_rows or None,
        unit="rows",
        unit_scale=True,
        desc="snapshots",
        delay=SECONDS_IN_SILENCE,
        disable=not settings.progress,
    )
    before = NO_DATE
    with bar, ReadAhead(waiting) as ahead, PeriodStore(budget=limit, folder=folder) as store:
        while True:
            day = min([low for low in (ahead.low, *store.days()) if low is not None], default=None)
            if day is None:
                return
            chunks: list[Chunk] = []
            while ahead.low is not None and ahead.low <= day:
                piece, parts = ahead.take()
                for loaded in parts:
                    chunk = loaded.chunk
                    account.n_read += chunk.table.num_rows + len(loaded.malformed)
                    bar.update(chunk.table.num_rows)
                    _set_aside_malformed(loaded, account)
                    if piece.day != NO_DATE and not _has_period(chunk, settings):
                        chunks.append(chunk)
                        continue
                    stated = files[piece.file].day if files else NO_DATE
                    for part_day, part in _by_day(chunk, stated, files, settings, account):
                        store.add(part_day, part)
            chunks = [*store.taken(day), *chunks]
            if not chunks:
                continue
            if day <= before:
                fix = "declare period_format, or write the periods as dates"
                raise InvalidDataError("period", "cells in one format", "several", fix)
            before = day
            period = PeriodTable(day, tuple(chunks))
            _check_size(period, settings)
            yield period


def _has_period(chunk: Chunk, settings: Settings) -> bool:
    return settings.columns.get("period") in chunk.table.column_names


def _set_aside_malformed(loaded: Loaded, account: SnapshotAccount) -> None:
    numbers = np.array(loaded.malformed, dtype=np.int64)
    account.set_aside_records(np.full(len(numbers), loaded.chunk.file), numbers, MALFORMED)


def _by_day(
    chunk: Chunk, stated: int, files: Sequence[SourceFile], settings: Settings, account: SnapshotAccount
) -> Iterator[tuple[int, Chunk]]:
    """Yield the rows of a chunk by the day of their period, after setting aside those without one."""
    column = settings.columns["period"]
    name = files[chunk.file].name if files else ""
    shown = f"{column} in {name}" if name else column
    form, month_day = settings.period_format, settings.month_day
    days = period_days(chunk.table[column], period_format=form, month_day=month_day, name=shown)
    table = chunk.table if column in settings.needed else chunk.table.drop_columns([column])
    readable = days != NO_DATE
    if stated != NO_DATE:
        _refuse_contradiction(days[readable], stated, name, settings)
        days = np.where(readable, stated, NO_DATE)
    if not readable.all():
        _set_aside_bad(chunk, np.flatnonzero(~readable), settings, account)
    found = np.unique(days)
    if len(found) == 1:
        if found[0] != NO_DATE:
            yield int(found[0]), Chunk(table, chunk.file, chunk.rows)
        return
    order = np.argsort(days, kind="stable")
    sorted_days = days[order]
    starts = np.searchsorted(sorted_days, found)
    ends = np.append(starts[1:], len(order))
    is_sorted = bool((order == np.arange(len(order))).all())
    table = table if is_sorted else table.take(pa.array(order))
    numbers = chunk.numbers(order)
    for day, start, end in zip(found.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if day != NO_DATE:
            yield day, Chunk(table.slice(start, end - start), chunk.file, numbers[start:end])


def _set_aside_bad(chunk: Chunk, at: Ints, settings: Settings, account: SnapshotAccount) -> None:
    """Set aside rows without a period, under the rule about their identifier where that comes first."""
    name = settings.columns["person_id"]
    ids = read_identifiers(chunk.table[name].take(pa.array(at)), name=name)
    rows = PeriodTable(NO_DATE, (chunk,))
    account.set_aside(rows, at[ids.missing], "person_id missing")
    account.set_aside(rows, at[ids.lost_digits], "person_id lost digits")
    account.set_aside(rows, at[~(ids.missing | ids.lost_digits)], "period missing or unreadable")


def _refuse_contradiction(days: Ints, stated: int, name: str, settings: Settings) -> None:
    """Refuse a file whose column of periods says another period than its name."""
    pattern = settings.period_from
    by_month = pattern is not None and not NamePattern(pattern, settings.month_day).has_day
    unit = "datetime64[M]" if by_month else "datetime64[D]"
    said = days.astype("datetime64[D]").astype(unit)
    if (said != np.datetime64(stated, "D").astype(unit)).any():
        expected, got = "the period that the file's name or folder says", "another one in its column"
        raise InvalidDataError(name, expected, got, "rename the file, or leave out period_from")


def _check_size(period: PeriodTable, settings: Settings) -> None:
    size = sum(chunk.table.nbytes for chunk in period.chunks)
    if size * TIMES_ITS_SIZE > settings.memory_limit:
        least = -(-size * TIMES_ITS_SIZE // 1_000_000)
        got = f"{settings.memory_limit // 1_000_000:,} MB, with a snapshot of {len(period):,} rows"
        fix = "raise it, or map fewer columns"
        raise InvalidArgumentError("memory_limit", f"at least {least:,} MB", got, fix)
