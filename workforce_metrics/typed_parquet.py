"""Frames in Parquet files that come back as they were: types, order of categories, and facts beside the rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from workforce_metrics.errors import FileFormatError, InvalidDataError, MissingFileError
from workforce_metrics.whole_files import refuse_no_folder, write_whole

__all__ = [
    "Facts",
    "facts_of",
    "frame_as_text",
    "frame_of_text",
    "read_typed",
    "typed_frame",
    "typed_table",
    "write_typed",
]

KEY = b"workforce_metrics"
VERSION = 1
NEWER_TEXT = "str"
"""What pandas 3 makes of text."""
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
    columns: Mapping[str, Mapping[str, Any]]
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
    refuse_no_folder(path)
    table, columns = typed_table(frame)
    head = {"kind": kind, "version": VERSION, "columns": columns, "said": _plain(said)}
    table = table.replace_schema_metadata({KEY: json.dumps(head, ensure_ascii=False)})
    write_whole(
        path, lambda part: parquet.write_table(table, part, row_group_size=ROWS_PER_GROUP, write_page_checksum=True)
    )
    return path


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
    return typed_frame(table, facts), facts


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
        facts = Facts(found, head["columns"], {key: _frozen(value) for key, value in head["said"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileFormatError(name, "the facts of the file beside its rows", "others", "write it again") from None
    if version > VERSION:
        raise FileFormatError(
            name, f"version {VERSION} of the format or an earlier one", f"version {version}", "update the package"
        )
    if found != kind:
        raise FileFormatError(name, f"a {kind}", f"a {found}", "name the right file")
    return facts


def typed_table(frame: pd.DataFrame) -> tuple[pa.Table, dict[str, dict[str, Any]]]:
    """Return a frame as an Arrow table, and how each column was kept; `typed_frame` makes the frame again."""
    names = [str(name) for name in frame.columns]
    pairs = [_stored(frame.iloc[:, position], name) for position, name in enumerate(names)]
    table = pa.Table.from_arrays([array for array, _ in pairs], names=names)
    return table, dict(zip(names, [how for _, how in pairs], strict=True))


def typed_frame(table: pa.Table, facts: Facts | None) -> pd.DataFrame:
    """Return an Arrow table as a frame, each column as it was kept before it was written.

    Columns that the facts do not speak of become what pandas makes of them, unordered dictionaries text.
    """
    kept = {} if facts is None else facts.columns
    columns = {name: _as_kept(table[name], kept.get(name)) for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def frame_as_text(frame: pd.DataFrame) -> dict[str, object]:
    """Return a small frame as JSON holds it; `frame_of_text` makes it again, types and all.

    Examples
    --------
    >>> small = pd.DataFrame({"band": pd.Categorical(["old"], ["young", "old"], ordered=True)})
    >>> frame_of_text(frame_as_text(small))["band"].cat.categories.tolist()
    ['young', 'old']
    """
    table, columns = typed_table(frame)
    return {"rows": _as_base64(table), "n": len(frame), "columns": columns}


def frame_of_text(text: Mapping[str, Any]) -> pd.DataFrame:
    """Return the frame that `frame_as_text` wrote."""
    made = typed_frame(_of_base64(text["rows"]), Facts("frame", text["columns"], {}))
    return made if len(made.columns) else pd.DataFrame(index=pd.RangeIndex(text["n"]))


def _stored(column: pd.Series[Any], name: str) -> tuple[pa.Array, dict[str, Any]]:
    """Return a column as Arrow, and how it was kept."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _stored_category(column, name)
    if isinstance(kind, np.dtype) and kind.kind == "M":
        days = column.to_numpy().astype("datetime64[D]")
        if (days.astype(kind) == column.to_numpy()).sum() == (~np.isnat(days)).sum():
            return pa.array(days), {"type": str(kind)}
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        raise InvalidDataError(name, "values of one kind", "values of several", "make the column text") from None
    return array, {"type": _type_name(kind)}


def _stored_category(column: pd.Series[Any], name: str) -> tuple[pa.Array, dict[str, Any]]:
    levels = column.cat.categories
    texts = [str(level) for level in levels]
    if len(set(texts)) < len(texts):
        raise InvalidDataError(name, "categories of different names", "two of one name", "rename one")
    codes = column.cat.codes.to_numpy()
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    array = pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))
    as_levels = _as_base64(pa.table({"level": pa.array(levels, from_pandas=True)}))
    own = {"type": "category", "levels": as_levels, "kind": _type_name(levels.dtype)}
    return array, {**own, "ordered": bool(column.cat.ordered)}


def _as_kept(column: pa.ChunkedArray, kept: Mapping[str, Any] | None) -> Any:
    if kept is None:
        if pa.types.is_dictionary(column.type) and not column.type.ordered:
            column = column.cast(column.type.value_type)
        return column.to_pandas().array
    if kept["type"] == "category":
        return _category(column, kept)
    if kept["type"] == "object":
        return pd.Series(_as_objects(column), dtype=object)
    if kept["type"] == NEWER_TEXT:
        return pd.array(column.to_pandas(), dtype=pd.StringDtype(na_value=np.nan))
    kind = pd.api.types.pandas_dtype(kept["type"])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if isinstance(kind, pd.api.extensions.ExtensionDtype) and hasattr(kind, "__from_arrow__"):
        return kind.__from_arrow__(column)
    found = column.to_pandas(date_as_object=False)
    return found.to_numpy() if found.dtype == kind else found.to_numpy().astype(kind)


def _as_objects(column: pa.ChunkedArray) -> Any:
    """Return cells as Python's objects, missing ones None, whatever pandas makes of text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.to_numpy(zero_copy_only=False)
    cells = np.empty(len(column), dtype=object)
    cells[:] = column.to_pylist()
    return cells


def _category(column: pa.ChunkedArray, kept: Mapping[str, Any]) -> pd.Categorical:
    own_kind = object if kept["kind"] == "object" else None
    levels = pd.Index(_as_kept(_of_base64(kept["levels"])["level"], {"type": kept["kind"]}), dtype=own_kind)
    texts = pa.array([str(level) for level in levels], pa.string())
    encoded = (column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).unify_dictionaries()
    if not encoded.num_chunks:
        return pd.Categorical.from_codes([], levels, ordered=kept["ordered"])
    whole = encoded.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    own = np.append(pa.compute.index_in(whole.dictionary.cast(pa.string()), texts).fill_null(-1).to_numpy(), -1)
    codes = own[whole.indices.fill_null(len(own) - 1).to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, levels, ordered=kept["ordered"])


def _type_name(kind: Any) -> str:
    if isinstance(kind, pd.StringDtype):
        return f"string[{kind.storage}]" if kind.na_value is pd.NA else NEWER_TEXT
    return str(kind)


def _as_base64(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _of_base64(text: str) -> pa.Table:
    with pa.ipc.open_stream(base64.b64decode(text)) as reader:
        return reader.read_all()


def _plain(value: object) -> object:
    """Return a value as JSON holds it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _frozen(value: object) -> object:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
