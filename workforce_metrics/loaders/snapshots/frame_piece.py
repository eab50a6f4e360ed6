"""A data frame as a source of snapshots."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from workforce_metrics.errors import MissingColumnError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.chunks import Chunk
from workforce_metrics.loaders.snapshots.kinds import normalised
from workforce_metrics.loaders.snapshots.pieces import Loaded, Piece
from workforce_metrics.loaders.tables import read_source

__all__ = ["frame_piece"]


def frame_piece(source: object, settings: Settings) -> Piece:
    """Return a data frame as one piece of several periods.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        If it is no data frame or lacks a column.
    """
    read = read_source(source)
    names = tuple(dict.fromkeys([*settings.needed, settings.columns["period"]]))
    for name in names:
        if name not in read.columns:
            fix = close_names(name, read.columns, otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError("columns", "a column of the source", f"{name!r}, not there", fix)
    table = normalised(pa.table([read.columns[name] for name in names], names=list(names)), plain=settings.plain)

    def load() -> Iterator[Loaded]:
        yield Loaded(Chunk(table, 0, 1))

    return Piece(0, load, n_rows=table.num_rows)
