"""Text files of snapshots: read whole where they are small, else in blocks of whole records."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from io import BufferedReader

import numpy as np
import pyarrow as pa

from workforce_metrics.errors import FileFormatError, MissingColumnError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.delimited import parse_delimited
from workforce_metrics.loaders.snapshots.account import SnapshotAccount
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.chunks import Chunk
from workforce_metrics.loaders.snapshots.kinds import normalised
from workforce_metrics.loaders.snapshots.pieces import Loaded, Piece
from workforce_metrics.loaders.snapshots.sources import SourceFile

__all__ = ["text_pieces"]

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SHARE_OF_MEMORY = 16  # a block of text takes several times its size while it is parsed
LEAST_BLOCK = _MEBIBYTE = 1 << 20
_SEP_LINE = re.compile(rb'\s*sep=[^"\r\n\x80-\xff][ \t]*(?:\r\n|\n)', re.IGNORECASE)


def text_pieces(files: Sequence[SourceFile], settings: Settings, account: SnapshotAccount) -> list[Piece]:
    """Return the pieces of text files: each is one, of which nothing is known but what its name says.

    The columns of the header of each are checked when it is read; what is detected is noted in `account`.

    Raises
    ------
    FileFormatError, MissingColumnError
        Naming the first file that cannot be read or lacks a column.
    """
    for file in files:
        _check_header(file, settings)
    return [
        Piece(position, partial(_load, file, position, settings, account), file.day, file.day)
        for position, file in enumerate(files)
    ]


def _check_header(file: SourceFile, settings: Settings) -> None:
    """Refuse a file without a header that has the columns, before any file is read."""
    try:
        with _opened(file) as stream:
            beginning = stream.read(_MEBIBYTE)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, error) from error
    if beginning.startswith(_WIDE) or b"\n" not in beginning:
        return
    cut = beginning[: _end_of_records(beginning) or len(beginning)]
    try:
        parsed = parse_delimited(cut, file.name, encoding=settings.encoding, delimiter=settings.delimiter)
    except FileFormatError as error:
        if "a header alone" in error.got:
            raise FileFormatError(file.name, "at least one row", "a header alone", "leave the file out") from error
        raise
    _needed(parsed.table, file, settings)


def _load(file: SourceFile, position: int, settings: Settings, account: SnapshotAccount) -> Iterator[Loaded]:
    encoding = _encoding(file, settings)
    row = 1
    for place, block in enumerate(_blocks(file, max(settings.memory_limit // SHARE_OF_MEMORY, LEAST_BLOCK))):
        parsed = parse_delimited(block, file.name, encoding=encoding, delimiter=settings.delimiter)
        if place == 0:
            detected = (f"encoding detected: {encoding}",) if settings.encoding is None and encoding else ()
            for note in (*detected, *parsed.notes):
                account.note(note, n=1)
        n_records = parsed.table.num_rows + len(parsed.malformed)
        numbers = np.delete(np.arange(row, row + n_records), parsed.malformed - 1)
        table = normalised(_needed(parsed.table, file, settings), plain=settings.plain)
        yield Loaded(Chunk(table, position, numbers), tuple((parsed.malformed + row - 1).tolist()))
        row += n_records


def _needed(table: pa.Table, file: SourceFile, settings: Settings) -> pa.Table:
    names = [name.strip() for name in table.column_names]
    period = settings.columns.get("period")
    wanted = list(settings.needed)
    if period is not None and period not in wanted and (file.day == NO_DATE or period in names):
        wanted.append(period)
    folders = [name for name in wanted if name not in names and name in file.keys]
    wanted = [name for name in wanted if name not in folders]
    for name in wanted:
        if names.count(name) != 1:
            got = f"{name!r}, not there" if name not in names else f"{name!r} more than once"
            fix = close_names(name, names, otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError(file.name, "a column of each file", got, fix)
    found = pa.table([table.column(names.index(name)) for name in wanted], names=wanted)
    return file.completed(found, folders)


def _opened(file: SourceFile) -> gzip.GzipFile | BufferedReader:
    try:
        return gzip.open(file.path) if file.path.suffix.lower() == ".gz" else file.path.open("rb")
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: SourceFile, error: Exception) -> FileFormatError:
    return FileFormatError(file.name, "a readable file", type(error).__name__, "check the file and its permissions")


def _encoding(file: SourceFile, settings: Settings) -> str | None:
    """Return the encoding declared, or that of the whole file, which a block alone does not tell."""
    if settings.encoding is not None:
        return settings.encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _opened(file) as stream:
        beginning = stream.read(4)
        if beginning.startswith((*_WIDE, codecs.BOM_UTF8)):
            return None  # the mark decides
        try:
            decoder.decode(beginning)
            while part := stream.read(_MEBIBYTE):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(file, error) from error
    return "utf-8"


def _blocks(file: SourceFile, size: int) -> Iterator[bytes]:
    """Yield a file in blocks of whole records, each under the file's own header."""
    try:
        with _opened(file) as stream:
            block = stream.read(size)
            if len(block) < size or block.startswith(_WIDE):
                yield block + stream.read()
                return
            header = _header(block)
            while True:
                end = _end_of_records(block)
                more = stream.read(size)
                if more and end <= len(header):
                    block += more
                    continue
                yield block[:end] if more else block
                if not more:
                    return
                block = header + block[end:] + more
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, error) from error


def _header(block: bytes) -> bytes:
    stated = _SEP_LINE.match(block)
    start = stated.end() if stated else 0
    at = start
    while True:
        at = block.find(b"\n", at) + 1
        if not at or block.count(b'"', start, at) % 2 == 0:
            return block[:at]


def _end_of_records(block: bytes) -> int:
    """Return where the last record ends that ends in this block; 0 if none does."""
    cells = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(cells == ord("\n"))
    n_quotes = np.searchsorted(np.flatnonzero(cells == ord('"')), ends)
    closed = ends[n_quotes % 2 == 0]
    return int(closed[-1]) + 1 if len(closed) else 0
