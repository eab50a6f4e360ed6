"""Parts of a source that can be loaded on their own, and between which days their rows lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.chunks import Chunk

__all__ = ["Loaded", "Piece"]


@dataclass(frozen=True)
class Loaded:
    """Rows of a piece as they were read.

    Parameters
    ----------
    chunk : Chunk
        With the column of periods where the piece holds several.
    malformed : tuple of int
        Record numbers that had another number of fields than the header.
    """

    chunk: Chunk
    malformed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A part of a file.

    Parameters
    ----------
    file : int
        Position of the file among those of the source.
    load : function
        Reads its rows, in parts that fit into memory.
    low : int
        No row is of an earlier day; `NO_DATE`, which is before all, where that is not known.
    day : int
        The day of all its rows; `NO_DATE` where they are of several or it is not known.
    n_rows : int
        How many rows it has; 0 where that is not known.
    """

    file: int
    load: Callable[[], Iterator[Loaded]]
    low: int = NO_DATE
    day: int = NO_DATE
    n_rows: int = 0
