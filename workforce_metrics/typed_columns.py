"""Frames as Arrow tables and back, each column of the type that it had, categories in their order."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import FileFormatError, InvalidDataError

__all__ = ["Kept", "frame_as_text", "frame_of_text", "kept_alike", "typed_frame", "typed_table"]

Kept = Mapping[str, Any]
"""How a column was kept before it was written, as JSON holds it."""
NEWER_TEXT = "str"
"""What pandas 3 makes of text."""


def typed_table(frame: pd.DataFrame) -> tuple[pa.Table, dict[str, Kept]]:
    """Return a frame as an Arrow table, and how each column was kept; `typed_frame` makes the frame again."""
    names = [str(name) for name in frame.columns]
    pairs = [_stored(frame.iloc[:, position], name) for position, name in enumerate(names)]
    table = pa.Table.from_arrays([array for array, _ in pairs], names=names)
    return table, dict(zip(names, [how for _, how in pairs], strict=True))


def typed_frame(table: pa.Table, kept: Mapping[str, Kept]) -> pd.DataFrame:
    """Return an Arrow table as a frame, each column as it was kept before.

    Columns of which nothing is known become what pandas makes of them, unordered dictionaries text.
    """
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
    made = typed_frame(_of_base64(text["rows"]), text["columns"])
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
    return array, _how_levels(levels, ordered=bool(column.cat.ordered))


def _how_levels(levels: pd.Index, *, ordered: bool) -> dict[str, Any]:
    as_levels = _as_base64(pa.table({"level": pa.array(levels, from_pandas=True)}))
    return {"type": "category", "levels": as_levels, "kind": _type_name(levels.dtype), "ordered": ordered}


def _as_kept(column: pa.ChunkedArray, kept: Kept | None) -> Any:
    if kept is None:
        if pa.types.is_dictionary(column.type) and not column.type.ordered:
            column = column.cast(column.type.value_type)
        return column.to_pandas().array
    if kept["type"] == "category":
        found = _category(column, kept)
        return pd.Series(found).astype(found.categories.dtype) if kept.get("as_values") else found
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


def _category(column: pa.ChunkedArray, kept: Kept) -> pd.Categorical:
    levels = _levels_of(kept)
    texts = pa.array([str(level) for level in levels], pa.string())
    encoded = (column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).unify_dictionaries()
    if not encoded.num_chunks:
        return pd.Categorical.from_codes([], levels, ordered=kept["ordered"])
    whole = encoded.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    own = np.append(pa.compute.index_in(whole.dictionary.cast(pa.string()), texts).fill_null(-1).to_numpy(), -1)
    codes = own[whole.indices.fill_null(len(own) - 1).to_numpy(zero_copy_only=False)]
    if (codes < 0).sum() > whole.null_count:
        raise FileFormatError("categories", "values among those the file names", "others", "write the file again")
    return pd.Categorical.from_codes(codes, levels, ordered=kept["ordered"])


def _levels_of(kept: Kept) -> pd.Index:
    own_kind = object if kept["kind"] == "object" else None
    levels: pd.Index = pd.Index(_as_kept(_of_base64(kept["levels"])["level"], {"type": kept["kind"]}), dtype=own_kind)
    return levels


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


def kept_alike(several: Sequence[Mapping[str, Kept]]) -> dict[str, Kept]:
    """Return how columns were kept in several tables alike; nothing of a column of which one does not say it.

    Where categories differ between files, they are values like others, in their own order: those of two files together
    have none.
    """
    columns: dict[str, Kept] = {}
    for name, first in several[0].items():
        kept = [one[name] for one in several if name in one]
        if len(kept) < len(several):
            continue
        if all(one == first for one in kept):
            columns[name] = first
        elif all(one["type"] == "category" and one["kind"] == first["kind"] for one in kept):
            levels = pd.concat([pd.Series(_levels_of(one)) for one in kept]).drop_duplicates()
            columns[name] = {**_how_levels(pd.Index(levels), ordered=False), "as_values": True}
    return columns
