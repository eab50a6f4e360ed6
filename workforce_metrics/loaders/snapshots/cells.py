"""Columns of snapshots as arrays: labels numbered alike in every file, numbers, flags, dates, ranks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.columns import MISSING_MARKS, as_text, is_text, ranked
from workforce_metrics.loaders.dates import NO_DATE, read_dates
from workforce_metrics.loaders.snapshots.key_index import Positions

__all__ = ["Labels", "days_of", "flags_of", "missing_last", "numbers_of"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


class Labels:
    """Names of organisations or staff groups, numbered in the order in which they were first met.

    One of the objects that change while a source is read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> labels = Labels()
    >>> labels.codes(pa.chunked_array([["north ", None, "south"]])).tolist()
    [0, -1, 1]
    >>> labels.codes(pa.chunked_array([["south", ""]])).tolist(), labels.names().to_pylist()
    ([1, -1], ['north', 'south'])
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def names(self) -> pa.Array:
        """Return the labels by code, shape (n_labels,)."""
        return pa.array(list(self._codes), pa.large_string())

    def codes(self, column: pa.ChunkedArray) -> Positions:
        """Return the code of each row's label, shape (n_rows,), -1 for none; labels never met get the next ones."""
        return _by_value(column, np.int32(-1), self._code)

    def ranks(self) -> Ints:
        """Return the place of each label in code-point order, and at the end that of none, the last."""
        rank = np.full(len(self) + 1, len(self), dtype=np.int64)
        rank[pc.sort_indices(self.names()).to_numpy()] = np.arange(len(self))
        return rank

    def _code(self, text: str) -> np.int32:
        return np.int32(self._codes.setdefault(text, len(self._codes)))


def _by_value(column: pa.ChunkedArray, missing: Scalar, value_of: Callable[[str], Scalar]) -> npt.NDArray[Scalar]:
    """Return what `value_of` makes of each cell's text, worked out once for each different text."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    parts: list[npt.NDArray[Scalar]] = []
    for chunk in column.unify_dictionaries().chunks:
        texts = as_text(pa.chunked_array([chunk.dictionary])).to_pylist()
        used = set(pc.unique(chunk.indices).to_pylist())
        values = [missing if text is None or at not in used else value_of(text) for at, text in enumerate(texts)]
        table = np.array([*values, missing])
        indices = chunk.indices.fill_null(len(texts)) if chunk.null_count else chunk.indices
        parts.append(table[indices.to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.empty(0, dtype=missing.dtype)


def numbers_of(column: pa.ChunkedArray, *, largest: float) -> tuple[Floats, int, int]:
    """Return a column of numbers, NaN where there is none, and how many were unreadable and out of range.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Numbers, or text that holds them with a decimal point.
    largest : float
        Numbers below 0 or above this are out of range.

    Returns
    -------
    numbers : ndarray of float64, shape (n_rows,)
    n_unreadable, n_out_of_range : int

    Examples
    --------
    >>> import pyarrow as pa
    >>> numbers_of(pa.chunked_array([["0.6", "-", "half", "37.5"]]), largest=2)
    (array([0.6, nan, nan, nan]), 1, 1)
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    n_unreadable = 0
    if is_text(column):
        numbers: Floats = _by_value(column, np.float64(np.nan), _number)
        unreadable = np.isposinf(numbers)
        n_unreadable = int(unreadable.sum())
        numbers[unreadable] = np.nan
    elif pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        column = column.cast(kind) if pa.types.is_dictionary(column.type) else column
        column = column.cast(pa.float64(), safe=False)
        numbers = (column.fill_null(np.nan) if column.null_count else column).to_numpy()
    else:
        raise InvalidDataError("fte", "a column of numbers", f"one of type {kind}", "map another column")
    with np.errstate(invalid="ignore"):
        out = (numbers < 0) | (numbers > largest)
    n_out = int(out.sum())
    return (np.where(out, np.nan, numbers) if n_out else numbers), n_unreadable, n_out


def _number(text: str) -> np.float64:
    """Return the number a text holds, NaN for a mark of none, infinity for what holds none."""
    if text.casefold() in MISSING_MARKS:
        return np.float64(np.nan)
    try:
        number = np.float64(text)
    except ValueError:
        return np.float64(np.inf)
    return number if np.isfinite(number) else np.float64(np.inf)


def flags_of(column: pa.ChunkedArray, *, values: Collection[str] | None, name: str) -> tuple[Flags, int]:
    """Return where a column says that a person is active, and how many cells say nothing.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Booleans, or with `values` anything.
    values : collection of str or None
        The texts that mean active; every other text means not active.
    name : str
        The column's name, for errors.

    Raises
    ------
    InvalidDataError
        If the column does not hold booleans and no values are declared.

    Examples
    --------
    >>> import pyarrow as pa
    >>> flags_of(pa.chunked_array([["On duty", "Career break", None]]), values=["On duty"], name="status")
    (array([ True, False, False]), 1)
    """
    if values is not None:
        codes = _by_value(column, np.int8(-1), lambda text: np.int8(text in values))
        return codes == 1, int((codes == -1).sum())
    if not pa.types.is_boolean(column.type):
        raise InvalidDataError(
            name, "booleans", f"a column of type {column.type}", "declare which values mean active in active_values"
        )
    return column.fill_null(False).to_numpy().astype(bool), column.null_count  # noqa: FBT003 - an Arrow scalar


def days_of(
    column: pa.ChunkedArray, *, formats: Sequence[str], sentinels: Collection[int], name: str, is_whole: bool
) -> tuple[Ints, int]:
    """Return a column of dates as days since 1970-01-01, `NO_DATE` for none, and how many cells were unreadable.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
    formats, sentinels, name
        As `read_dates` takes them.
    is_whole : bool
        Whether these are enough cells to refuse the column if none of them can be read.

    Examples
    --------
    >>> import pyarrow as pa
    >>> days_of(pa.chunked_array([["1970-01-03", "?"]]), formats=["%Y-%m-%d"], sentinels=[], name="x", is_whole=True)[1]
    1
    """
    dates = read_dates(column, formats=formats, sentinels=sentinels, name=name, is_whole=is_whole)
    bad = dates.unreadable | dates.ambiguous
    return np.where(bad, NO_DATE, dates.days), int(bad.sum())


def missing_last(column: pa.ChunkedArray) -> Ints:
    """Return the rank of each cell by value, equal cells alike, missing cells after all others.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Of any plain type; text in code-point order.

    Examples
    --------
    >>> import pyarrow as pa
    >>> missing_last(pa.chunked_array([["b", None, " a", "b"]])).tolist()
    [1, 2, 0, 1]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_text(column):
        values = as_text(column)
    elif pa.types.is_boolean(column.type):
        values = column.cast(pa.int8()).combine_chunks()
    elif pa.types.is_floating(column.type):
        values = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column).combine_chunks()
    elif pa.types.is_null(column.type):
        return np.zeros(len(column), dtype=np.int64)
    else:
        values = column.combine_chunks()
    codes, distinct = ranked(values)
    return np.where(codes < 0, len(distinct), codes)
