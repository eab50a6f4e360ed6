"""Pieces read one ahead: the next one is read and unpacked while the one before is worked on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.pieces import Loaded, Piece

__all__ = ["ReadAhead"]


class ReadAhead:
    """Pieces in their order, each loaded once.

    One of the objects that change while a source is read. Only pieces of one known period are read ahead: they are
    worked on as a whole anyway, so two of them in memory are what a pass takes. An error is raised when its piece's
    turn comes.

    Parameters
    ----------
    pieces : sequence of Piece

    Examples
    --------
    >>> with ReadAhead([Piece(0, lambda: iter([]), low=18000, day=18000, n_rows=1)]) as pieces:
    ...     pieces.low, list(pieces.take()[1]), pieces.low
    (18000, [], None)
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._place = 0
        self._pool = ThreadPoolExecutor(1)
        self._next: Future[list[Loaded]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def low(self) -> int | None:
        """The day before which the next piece has no row; None after the last piece."""
        return self._pieces[self._place].low if self._place < len(self._pieces) else None

    def take(self) -> tuple[Piece, Iterable[Loaded]]:
        """Return the next piece with its rows, and begin to read the one after it."""
        piece, read = self._pieces[self._place], self._next
        loaded: Iterable[Loaded] = piece.load() if read is None else read.result()
        self._place += 1
        self._next = None
        if self._place < len(self._pieces) and _is_whole(self._pieces[self._place]):
            self._next = self._pool.submit(_load_whole, self._pieces[self._place])
        return piece, loaded


def _is_whole(piece: Piece) -> bool:
    return piece.day != NO_DATE and piece.n_rows > 0


def _load_whole(piece: Piece) -> list[Loaded]:
    return list(piece.load())
