"""Frames in Parquet files that come back as they were: types, order of categories, and facts beside the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from workforce_metrics.errors import FileFormatError, MissingFileError
from workforce_metrics.provenance import frozen, plain
from workforce_metrics.typed_columns import Kept, typed_frame, typed_table
from workforce_metrics.whole_files import refuse_no_folder, write_all_whole

__all__ = ["Facts", "facts_of", "read_typed", "write_all_typed", "write_typed"]

KEY = b"workforce_metrics"
VERSION = 1
ROWS_PER_GROUP = 1 << 18
"""What a reader must hold at once."""


@dataclass(frozen=True)
class Facts:
    """What a file says beside its rows.

    Parameters
    ----------
    kind : str
        What the file holds: "register", "risk table".
    columns : mapping of str to mapping
        How each column was kept before it was written.
    said : mapping of str to object
        What JSON holds; lists come back as tuples.
    """

    kind: str
    columns: Mapping[str, Kept]
    said: Mapping[str, Any]


def write_typed(frame: pd.DataFrame, path: Path, *, kind: str, said: Mapping[str, object]) -> Path:
    """Write a frame with facts beside it, whole or not at all.

    Dates at midnight are written as dates and categories as text, so that any reader of Parquet sees them.

    Parameters
    ----------
    frame : pandas.DataFrame
    path : pathlib.Path
    kind : str
        What the file holds.
    said : mapping of str to object
        Text, numbers, booleans, None, and lists and mappings of those.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    MissingFileError, PermissionError, InvalidDataError
        If the folder is not there or cannot be written into, or a column holds what Parquet cannot.
    """
    write_all_typed({path: (frame, kind, said)})
    return path


def write_all_typed(files: Mapping[Path, tuple[pd.DataFrame, str, Mapping[str, object]]]) -> None:
    """Write frames that belong together, each with its kind and facts, as `write_typed` writes one: all or none."""
    for path in files:
        refuse_no_folder(path)
    write_all_whole({path: _writer(*what) for path, what in files.items()})


def _writer(frame: pd.DataFrame, kind: str, said: Mapping[str, object]) -> Callable[[Path], None]:
    table, columns = typed_table(frame)
    head = {"kind": kind, "version": VERSION, "columns": columns, "said": plain(said)}
    table = table.replace_schema_metadata({KEY: json.dumps(head, ensure_ascii=False)})
    return lambda part: parquet.write_table(table, part, row_group_size=ROWS_PER_GROUP, write_page_checksum=True)


def read_typed(path: Path, *, kind: str) -> tuple[pd.DataFrame, Facts]:
    """Return the frame that `write_typed` wrote, and the facts beside it.

    Raises
    ------
    MissingFileError, FileFormatError
        If the file is not there, damaged, not one that this library wrote, of another kind or of a later version.
    """
    if not path.is_file():
        raise MissingFileError(path.name[:60], "a file", "nothing of that name", "check the path")
    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            facts = facts_of(file.schema_arrow, path.name, kind=kind)
            table = file.read()
    except FileFormatError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileFormatError(
            path.name, "a Parquet file", "something else or damaged", "write the file again"
        ) from error
    if facts is None:
        raise FileFormatError(
            path.name, f"a {kind} that this library wrote", "another Parquet file", "write it with to_parquet"
        )
    return typed_frame(table, facts.columns), facts


def facts_of(schema: pa.Schema, name: str, *, kind: str) -> Facts | None:
    """Return the facts in the schema of a file, None where another program wrote it.

    Raises
    ------
    FileFormatError
        If the file is of another kind or of a later version.
    """
    text = (schema.metadata or {}).get(KEY)
    if text is None:
        return None
    try:
        head = json.loads(text)
        version, found = int(head["version"]), str(head["kind"])
        facts = Facts(found, head["columns"], frozen(head["said"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileFormatError(name, "the facts of the file beside its rows", "others", "write it again") from None
    if version > VERSION:
        raise FileFormatError(
            name, f"version {VERSION} of the format or an earlier one", f"version {version}", "update the package"
        )
    if found != kind:
        raise FileFormatError(name, f"a {kind}", f"a {found}", "name the right file")
    return facts
