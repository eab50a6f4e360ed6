"""Rows that wait for their snapshot's turn: in memory while they are few, else on disk by period."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
import pyarrow as pa

from workforce_metrics.errors import StorageError
from workforce_metrics.loaders.snapshots.chunks import Chunk

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such locks
    fcntl = None  # type: ignore[assignment]

_HAS_LOCKS = fcntl is not None

__all__ = ["PeriodStore"]

PREFIX = "workforce_metrics_spill_"
_ROW = "__row__"
_LOCK = "in_use"


class PeriodStore:
    """Chunks by the day of their period, on disk as far as they are more than `budget` bytes.

    One of the objects that change while a source is read. Used in a ``with`` block, at whose end, whatever ended it,
    its folder is removed.

    Parameters
    ----------
    budget : int
        Bytes that may wait in memory.
    folder : Path or None
        Where the folder for what does not fit is made; None = where the system keeps temporary files.

    Notes
    -----
    A process that is killed outright leaves its folder behind. The folder holds a lock that dies with the process; the
    next store in the same place removes folders whose lock nobody holds.

    Examples
    --------
    >>> import pyarrow as pa
    >>> with PeriodStore(budget=0, folder=None) as store:
    ...     store.add(18000, Chunk(pa.table({"id": [5, 6]}), file=0, rows=1))
    ...     [chunk.numbers(np.array([1])).tolist() for chunk in store.taken(18000)]
    [[2]]
    """

    def __init__(self, *, budget: int, folder: Path | None) -> None:
        self._budget = budget
        self._parent = folder
        self._folder: Path | None = None
        self._lock: IO[bytes] | None = None
        self._waiting: dict[int, list[Chunk]] = defaultdict(list)
        self._n_bytes = 0
        self._written: dict[int, list[tuple[Path, list[int]]]] = defaultdict(list)
        self._n_parts = 0
        self.n_rows_written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    def days(self) -> set[int]:
        """Return the days of which rows wait."""
        return {*self._waiting, *self._written}

    def add(self, day: int, chunk: Chunk) -> None:
        """Let rows of a day wait."""
        self._waiting[day].append(chunk)
        self._n_bytes += chunk.table.nbytes + 8 * chunk.table.num_rows
        if self._n_bytes > self._budget:
            self._write()

    def taken(self, day: int) -> Iterator[Chunk]:
        """Yield the rows that wait for a day, and forget them."""
        for path, files in self._written.pop(day, []):
            yield from _read(path, files)
            path.unlink(missing_ok=True)
        for chunk in self._waiting.pop(day, []):
            self._n_bytes -= chunk.table.nbytes + 8 * chunk.table.num_rows
            yield chunk

    def _write(self) -> None:
        with _writing():
            folder = self._folder or self._make_folder()
            for day, chunks in sorted(self._waiting.items()):
                path = folder / f"{day}_{self._n_parts}.arrows"
                files = write_chunks(path, chunks)
                self._written[day].append((path, files))
                self._n_parts += 1
                self.n_rows_written += sum(chunk.table.num_rows for chunk in chunks)
        self._waiting.clear()
        self._n_bytes = 0

    def _make_folder(self) -> Path:
        _remove_abandoned(self._parent or Path(tempfile.gettempdir()))
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._parent))
        self._lock = (self._folder / _LOCK).open("wb")
        if _HAS_LOCKS:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self._folder


def write_chunks(path: Path, chunks: list[Chunk]) -> list[int]:
    """Write chunks one below the other, and return the file that each of the batches comes from."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    files: list[int] = []
    tables = [_with_numbers(chunk) for chunk in chunks]
    runs = [[0]]
    for place in range(1, len(tables)):
        same = tables[place].schema.equals(tables[place - 1].schema) and chunks[place].file == chunks[place - 1].file
        runs[-1].append(place) if same else runs.append([place])
    with path.open("wb") as sink:
        for run in runs:
            table = pa.concat_tables([tables[place] for place in run]).unify_dictionaries().combine_chunks()
            with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
                writer.write_table(table)
            files.append(chunks[run[0]].file)
    return files


def _with_numbers(chunk: Chunk) -> pa.Table:
    numbers = chunk.numbers(np.arange(chunk.table.num_rows, dtype=np.int64))
    return chunk.table.append_column(_ROW, pa.array(numbers))


def _read(path: Path, files: list[int]) -> Iterator[Chunk]:
    with pa.OSFile(str(path)) as stream:
        for file in files:
            table = pa.ipc.open_stream(stream).read_all()
            yield Chunk(table.drop_columns([_ROW]), file, table[_ROW].to_numpy())


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        expected = "a folder for temporary files that can be written, with room for the rows that wait"
        got = {errno.ENOSPC: "a full disk", errno.EDQUOT: "a full disk", errno.EACCES: "no permission to write"}
        got |= {errno.ENOENT: "no such folder", errno.EROFS: "a disk that cannot be written"}
        fix = "name another spill_folder, raise memory_limit, or sort the source by period"
        raise StorageError("spill_folder", expected, got.get(error.errno or 0, type(error).__name__), fix) from error


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders that killed processes of this user left here."""
    if not _HAS_LOCKS:
        return
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / _LOCK).open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
