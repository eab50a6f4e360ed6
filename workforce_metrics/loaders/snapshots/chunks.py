"""Parts of a source, each with where its rows stand in which file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.loaders.snapshots.kinds import stacked

__all__ = ["Chunk", "PeriodTable"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Some rows of one file.

    Parameters
    ----------
    table : pyarrow.Table of n_rows rows
    file : int
        Position of the file among those of the source.
    rows : ndarray of int64, shape (n_rows,), or int
        Record number of each row, 1 = first; or that of the first of consecutive ones.
    """

    table: pa.Table
    file: int
    rows: Ints | int

    def numbers(self, at: Ints) -> Ints:
        """Return the record numbers of the rows at some positions."""
        return at + self.rows if isinstance(self.rows, int) else self.rows[at]


@dataclass(frozen=True)
class PeriodTable:
    """All rows of one snapshot.

    Parameters
    ----------
    day : int
        Its period, days since 1970-01-01.
    chunks : tuple of Chunk
    """

    day: int
    chunks: tuple[Chunk, ...]

    def __len__(self) -> int:
        return sum(chunk.table.num_rows for chunk in self.chunks)

    @cached_property
    def table(self) -> pa.Table:
        """The rows of all chunks, one after another."""
        return stacked([chunk.table for chunk in self.chunks])

    def origin(self, at: Ints) -> tuple[Ints, Ints]:
        """Return the file and the record number of the rows at some ascending positions, each of shape (n,)."""
        ends = np.cumsum([chunk.table.num_rows for chunk in self.chunks])
        which = np.searchsorted(ends, at, side="right")
        files = np.array([chunk.file for chunk in self.chunks], dtype=np.int64)[which]
        numbers = [
            chunk.numbers(at[which == place] - (ends[place] - chunk.table.num_rows))
            for place, chunk in enumerate(self.chunks)
        ]
        return files, np.concatenate(numbers)
