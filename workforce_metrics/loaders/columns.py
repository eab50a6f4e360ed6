"""Columns of a source: as tidy text, as ranks of their content, and as they are carried into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidDataError

__all__ = ["MISSING_MARKS", "as_text", "carried", "content_rank", "is_text", "ranked", "refuse_nested"]

MISSING_MARKS = frozenset({"", "-", ".", "null", "none", "na", "n/a", "nan", "nat", "#n/a"})
"""What stands for nothing in an identifier, a date or a reason, in any case, beside a blank cell."""

LARGEST_CATEGORY = 1_000
"""Text with at most this many different values is carried as a categorical, with more as strings."""


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as text without surrounding space; blank cells and nulls are null.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Of any plain type, or a dictionary of one.

    Returns
    -------
    pyarrow.Array of large_string, shape (n_rows,)

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_text(pa.chunked_array([["  a ", " ", None]])).to_pylist()
    ['a', None, None]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        text = column.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        text = pa.chunked_array([[None if v is None else str(v) for v in column.to_pylist()]], type=pa.large_string())
    trimmed = pc.utf8_trim_whitespace(text.combine_chunks())
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)


def ranked(text: pa.Array) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Return the rank of each text among the distinct ones, -1 for null, and the distinct ones in order.

    Parameters
    ----------
    text : pyarrow.Array of large_string, shape (n_rows,)

    Returns
    -------
    codes : ndarray of int64, shape (n_rows,)
    values : pyarrow.Array of large_string, shape (n_distinct,)
        In code-point order, so that neither depends on the order of the rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> codes, values = ranked(pa.array(["b", None, "a"], pa.large_string()))
    >>> codes.tolist(), values.to_pylist()
    ([1, -1, 0], ['a', 'b'])
    """
    encoded = text.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(len(order)), -1
    codes: npt.NDArray[np.int64] = rank[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return codes, encoded.dictionary.take(pa.array(order))


def content_rank(columns: Sequence[pa.ChunkedArray], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rank of each row's content over several columns: equal ranks for equal rows.

    Parameters
    ----------
    columns : sequence of pyarrow.ChunkedArray
        Each of shape (n_rows,).
    rows : ndarray of int64, shape (n_selected,)
        Positions of the rows to rank.

    Returns
    -------
    ndarray of int64, shape (n_selected,)
        0 for all where there are no columns.

    Examples
    --------
    >>> import numpy as np, pyarrow as pa
    >>> content_rank([pa.chunked_array([["b", "a", "b"]])], np.array([0, 1, 2])).tolist()
    [1, 0, 1]
    """
    rank = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        codes, _ = ranked(as_text(column.take(pa.array(rows))))
        rank = np.unique(rank * (codes.max(initial=0) + 2) + codes + 1, return_inverse=True)[1]
    return rank


def is_text(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds text, also as a dictionary of texts."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def carried(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> pd.Series:
    """Return the cells of some rows as a pandas column.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
    rows : ndarray of int64, shape (n_selected,)
        Positions of the rows to take.

    Returns
    -------
    pandas.Series of shape (n_selected,)
        Text loses surrounding space, a blank cell is missing; with at most `LARGEST_CATEGORY` different values it
        is a categorical in code-point order. A categorical keeps its categories and their order. Whole
        numbers and booleans with missing cells are nullable, dates are datetimes, all else keeps its type.

    Examples
    --------
    >>> import numpy as np, pyarrow as pa
    >>> carried(pa.chunked_array([["north", " south", ""]]), np.array([2, 1])).tolist()
    [nan, 'south']
    """
    taken = column.take(pa.array(rows))
    if pa.types.is_dictionary(column.type):
        return pd.Series(taken.unify_dictionaries().combine_chunks().to_pandas())
    if is_text(column):
        text = as_text(taken)
        codes, values = ranked(text)
        if len(values) <= LARGEST_CATEGORY:
            return pd.Series(pd.Categorical.from_codes(codes, pd.Index(values.to_pylist())))
        return pd.Series(pd.array(text, dtype=pd.StringDtype("pyarrow")))
    if pa.types.is_time64(column.type) and column.type.unit == "ns":
        taken = taken.cast(pa.large_string())  # Python's time of day has no nanoseconds
    return pd.Series(taken.to_pandas(date_as_object=False, types_mapper=_nullable(taken)))


def _nullable(column: pa.ChunkedArray) -> object:
    if not column.null_count:
        return None
    if pa.types.is_boolean(column.type):
        return {column.type: pd.BooleanDtype()}.get
    return {column.type: pd.Int64Dtype()}.get if pa.types.is_integer(column.type) else None


def refuse_nested(columns: Mapping[str, pa.ChunkedArray]) -> None:
    """Refuse columns whose cells are lists, records, of a library's own type, or of a time zone that nobody knows.

    Raises
    ------
    InvalidDataError
        Naming the first such column.
    """
    for name, column in columns.items():
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
            raise InvalidDataError(name, "a column of plain values", str(column.type), "convert or remove the column")
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            _refuse_unknown_zone(name, kind)


def _refuse_unknown_zone(name: str, kind: pa.TimestampType) -> None:
    try:
        pc.local_timestamp(pa.array([0], kind))
        pa.chunked_array([pa.array([0], kind)]).to_pandas()
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise InvalidDataError(name, "a known time zone", repr(kind.tz), "convert to plain dates") from error
