"""Which types of a column are one kind, so that a column may be stored otherwise in another file."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.columns import refuse_nested

__all__ = ["ANY", "kind_of", "normalised", "refuse_other_kind", "stacked"]

ANY = "empty"
"""Kind of a column without a cell, which goes with every other one."""


def kind_of(column_type: pa.DataType) -> str:
    """Return what a column of a type holds, in words.

    Examples
    --------
    >>> import pyarrow as pa
    >>> kind_of(pa.dictionary(pa.int32(), pa.string())), kind_of(pa.int16())
    ('text', 'numbers')
    """
    kind = column_type.value_type if pa.types.is_dictionary(column_type) else column_type
    if pa.types.is_null(kind):
        return ANY
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numbers"
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return "dates"
    if pa.types.is_timestamp(kind):
        return f"times of the zone {kind.tz}"
    return "booleans" if pa.types.is_boolean(kind) else str(kind)


def refuse_other_kind(name: str, kind: str, file: str, *, first_kind: str, first_file: str) -> None:
    """Refuse a column that holds one thing in one file and another in the next.

    Raises
    ------
    InvalidDataError
        Naming the column and both files.
    """
    if kind != first_kind:
        raise InvalidDataError(
            name, "one kind of cell in all files", f"{kind} in {file}, {first_kind} in {first_file}", "write one again"
        )


def normalised(table: pa.Table, *, plain: Collection[str]) -> pa.Table:
    """Return a table with its texts and times in one type each, so that parts of several files go together.

    Texts become large strings in `plain` columns, else dictionaries of them; times are in microseconds.

    Parameters
    ----------
    table : pyarrow.Table
    plain : collection of str
        Columns of which most texts differ: identifiers of people and posts.

    Raises
    ------
    InvalidDataError, pyarrow.ArrowInvalid
        If a column holds what cannot be read as cells, or text that is no UTF-8.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = normalised(pa.table({"id": ["a"], "org": ["x"]}), plain=["id"])
    >>> [str(field.type) for field in table.schema]
    ['large_string', 'dictionary<values=large_string, indices=int32, ordered=0>']
    """
    refuse_nested(dict(zip(table.column_names, table.columns, strict=True)))
    arrays = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if kind_of(column.type) != "text":
            plain_column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            is_time = pa.types.is_timestamp(plain_column.type)
            arrays.append(plain_column.cast(_time(plain_column.type), safe=False) if is_time else plain_column)
        elif name in plain:
            arrays.append(_sound(column.cast(pa.large_string())))
        else:
            arrays.append(_as_dictionary(column))
    return pa.table(arrays, names=table.column_names)


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables of the same columns one below the other, whole numbers and decimals together as decimals."""
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="permissive")


_CODED = pa.dictionary(pa.int32(), pa.large_string())


def _sound(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return texts as they are; an ArrowInvalid where they are not UTF-8."""
    texts.validate(full=True)
    return texts


def _time(kind: pa.TimestampType) -> pa.DataType:
    return pa.timestamp("us", kind.tz)


def _as_dictionary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.large_string()).dictionary_encode()
    for chunk in column.chunks:
        _sound(chunk.dictionary)
    if column.type == _CODED:
        return column
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int32()), chunk.dictionary.cast(pa.large_string()))
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, type=_CODED)
