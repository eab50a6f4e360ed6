"""Spells that need not be in memory: a file, a folder or a dataset of Parquet, or a frame, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import (
    DefinitionMismatchError,
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
    close_names,
)
from workforce_metrics.register_file import SpellFacts, spell_facts
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.typed_columns import Kept, typed_table

__all__ = ["SpellPart", "Window", "as_days", "meaning_of", "parts_of"]

ROWS_PER_BATCH = 1 << 16
BATCHES_AHEAD = 4
ENDINGS = (".parquet", ".pq")
DATA_FRAME = "data frame"
Window = tuple[Any, Any]
"""`observed_from` (or None) and `observed_to`."""


@dataclass(frozen=True)
class SpellPart:
    """Spells of one file or frame, under one definition and one window.

    Parameters
    ----------
    name : str
        Of the file, without its folder.
    rows : pyarrow.Table or pyarrow.dataset.Fragment
    schema : pyarrow.Schema
        With columns that only the names of folders hold.
    kept : mapping
        How columns were kept before they were written.
    means : SpellFacts
    """

    name: str
    rows: Any
    schema: pa.Schema
    kept: Mapping[str, Kept]
    means: SpellFacts

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield some columns, batch by batch.

        Raises
        ------
        MissingColumnError, FileFormatError
            If a column is not there, or the file is damaged; it is named.
        """
        for name in columns:
            if name not in self.schema.names:
                raise MissingColumnError(
                    name, f"a column of {self.name}", "none of that name", close_names(name, self.schema.names)
                )
        if isinstance(self.rows, pa.Table):
            yield from self.rows.select(columns).to_batches(max_chunksize=ROWS_PER_BATCH)
            return
        try:
            yield from self.rows.to_batches(
                schema=self.schema, columns=columns, batch_size=ROWS_PER_BATCH, batch_readahead=BATCHES_AHEAD
            )
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.name) from error


def parts_of(source: object, *, definition: str | None, window: Window | None) -> list[SpellPart]:
    """Return the parts of a source, each with what its spells mean.

    Parameters
    ----------
    source : path, pyarrow.dataset.Dataset or data frame in memory
    definition, window : optional
        Where the source itself says nothing; see `risk_table`.

    Raises
    ------
    MissingFileError, FileFormatError, InvalidArgumentError, DefinitionMismatchError
        If nothing is there, a file is not Parquet, a definition or window is missing, or differs from that beside the
        spells.
    """
    from pyarrow import dataset as arrow_dataset

    if isinstance(source, str | Path):
        source = _dataset_of(Path(source))
    if isinstance(source, arrow_dataset.Dataset):
        return [_part_of(fragment, source, definition, window) for fragment in _fragments_of(source)]
    frame = pandas_frame(source, "source")
    table, columns = typed_table(frame)
    means = meaning_of(None, definition, window)
    return [SpellPart(DATA_FRAME, table, table.schema, columns, means)]


def meaning_of(found: SpellFacts | None, definition: str | None, window: Window | None) -> SpellFacts:
    """Return what spells mean: what stands beside them, or what the caller says.

    Examples
    --------
    >>> meaning_of(None, "left the register", ("2015-03-31", "2025-03-31")).observed_to
    '2025-03-31'
    """
    said = None if window is None else _checked_window(window)
    if found is None:
        if not definition or said is None:
            raise InvalidArgumentError(
                "definition and window", "what leaving means and when it was observed", "spells that do not say it",
                "give definition='left the register', window=('2015-03-31', '2025-03-31')",
            )  # fmt: skip
        return SpellFacts(definition, *said, provenance={})
    own = (found.definition, (found.observed_from, found.observed_to))
    for name, given, there in (("definition", definition, own[0]), ("window", said, own[1])):
        if given is not None and given != there:
            raise DefinitionMismatchError(name, "that which stands beside the spells", "another", f"leave {name} out")
    return found


def as_days(column: pa.Array, name: str) -> npt.NDArray[np.datetime64]:
    """Return a column of dates as days, missing ones as NaT; refuse what holds no dates."""
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.datetime64("NaT", "D"))
    if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)) or getattr(kind, "tz", None) is not None:
        raise InvalidDataError(name, "dates without a time zone", f"a column of type {kind}", "make dates of them")
    found: npt.NDArray[np.datetime64] = column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return found


def _dataset_of(path: Path) -> Any:
    from pyarrow import dataset as arrow_dataset

    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file() and not _is_hidden(one.relative_to(path)))
    elif path.is_file():
        files = [path]
    else:
        raise MissingFileError(path.name[:60], "a file or folder", "nothing of that name", "check the path")
    stray = [one.name for one in files if one.suffix.lower() not in ENDINGS]
    if stray or not files:
        got = f"{stray[0]!r}" if stray else "an empty folder"
        raise FileFormatError(
            path.name, f"files that end in {' or '.join(ENDINGS)}", got, "name a folder of these only"
        )
    base = path if path.is_dir() else path.parent
    try:
        return arrow_dataset.dataset(
            [str(one) for one in files],
            format=arrow_dataset.ParquetFileFormat(
                default_fragment_scan_options=arrow_dataset.ParquetFragmentScanOptions(
                    page_checksum_verification=True, pre_buffer=False
                )
            ),
            partitioning=arrow_dataset.partitioning(flavor="hive"),
            partition_base_dir=str(base),
        )
    except (pa.ArrowException, OSError) as error:
        raise _damaged(files[0].name) from error


def _fragments_of(source: Any) -> list[Any]:
    try:
        return list(source.get_fragments())
    except (ValueError, NotImplementedError):
        raise InvalidArgumentError(
            "source",
            "a dataset of files",
            "one that was filtered or joined",
            "pass source.to_table(), or write it first",
        ) from None


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _part_of(fragment: Any, whole: Any, definition: str | None, window: Window | None) -> SpellPart:
    name = Path(getattr(fragment, "path", "") or "dataset").name
    try:
        own = fragment.physical_schema
    except (pa.ArrowException, OSError) as error:
        raise _damaged(name) from error
    found = spell_facts(own, name)
    of_folders = [whole.schema.field(one) for one in whole.schema.names if one not in own.names]
    schema = pa.schema([*own, *of_folders])
    kept, means = ({}, None) if found is None else (found[0].columns, found[1])
    return SpellPart(name, fragment, schema, kept, meaning_of(means, definition, window))


def _checked_window(window: Window) -> tuple[str | None, str]:
    fix = "write window=('2015-03-31', '2025-03-31'), or (None, '2025-03-31') if every leaving was seen"
    if not isinstance(window, tuple | list) or len(window) != 2:
        raise InvalidArgumentError("window", "observed_from and observed_to", repr(window), fix)
    try:
        days = [None if day is None else str(pd.Timestamp(day).date()) for day in window]
    except (ValueError, TypeError):
        days = [None, None]
    start, end = days
    if end is None or end == "NaT" or (start is not None and start >= end):
        raise InvalidArgumentError("window", "two dates, the first before the second", repr(window), fix)
    return None if start == "NaT" else start, end


def _damaged(name: str) -> FileFormatError:
    return FileFormatError(name, "a Parquet file of spells", "something else or damaged", "write the file again")
