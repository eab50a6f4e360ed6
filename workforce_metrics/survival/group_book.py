"""Groups found batch by batch: the same code for the same values, whichever batch they stand in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.groups import observed_pairs
from workforce_metrics.typed_columns import Kept, typed_frame

__all__ = ["GroupBook", "encoded"]

Ints = npt.NDArray[np.int64]


class GroupBook:
    """Combinations of the values of some columns, numbered as they are met.

    It changes while it is used, as an account does; `frame` says what the codes mean.

    Parameters
    ----------
    names : tuple of str
        The columns.

    Examples
    --------
    >>> book = GroupBook(("team",))
    >>> book.codes_of([pa.array(["b", "a", "b"])], 3).tolist(), book.codes_of([pa.array(["a", None])], 2).tolist()
    ([0, 1, 0], [1, 2])
    >>> book.frame({})["team"].tolist()
    ['b', 'a', None]
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._values: list[pa.Array | None] = [None] * len(names)
        self._pairs: list[dict[tuple[int, int], int]] = [{} for _ in names]

    def __len__(self) -> int:
        return len(self._pairs[-1]) if self._names else 1

    def codes_of(self, columns: list[pa.Array], n_rows: int) -> Ints:
        """Return the code of each row, shape (n_rows,); new combinations get new ones."""
        codes = np.zeros(n_rows, dtype=np.int64)
        for position, column in enumerate(columns):
            own = self._value_codes(column, position)
            width = len(self._values[position] or ())
            pair, first, second = observed_pairs(codes, own, width)
            known = self._pairs[position]
            of_pair = [known.setdefault(key, len(known)) for key in zip(first.tolist(), second.tolist(), strict=True)]
            codes = np.array(of_pair, dtype=np.int64)[pair]
        return codes

    def frame(self, kept: Mapping[str, Kept]) -> pd.DataFrame:
        """Return one row a code, with the columns' types as they were kept before they were written."""
        n = len(self)
        before, columns = np.arange(n), {}
        for position in range(len(self._names) - 1, -1, -1):
            keys = np.array(list(self._pairs[position]), dtype=np.int64).reshape(-1, 2)[before]
            values = self._values[position]
            columns[self._names[position]] = pa.nulls(0) if values is None else values.take(pa.array(keys[:, 1]))
            before = keys[:, 0]
        if not columns:
            return pd.DataFrame(index=pd.RangeIndex(n))
        return typed_frame(pa.table({name: columns[name] for name in self._names}), kept)

    def _value_codes(self, column: pa.Array, position: int) -> Ints:
        dictionary, indices = encoded(column)
        known = self._values[position]
        if known is None:
            known = dictionary.slice(0, 0)
        elif dictionary.type != known.type:
            dictionary = _cast(dictionary, known.type, self._names[position])
        found = compute.index_in(dictionary, value_set=known)
        new = dictionary.filter(found.is_null())
        if len(new):
            known = pa.concat_arrays([known, new])
            found = compute.index_in(dictionary, value_set=known)
        self._values[position] = known
        codes: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
        return codes[indices]


def encoded(column: pa.Array) -> tuple[pa.Array, Ints]:
    """Return the different values of a column, a missing one among them where there is any, and each row's place.

    Examples
    --------
    >>> values, place = encoded(pa.array(["b", None, "b"]))
    >>> values.to_pylist(), place.tolist()
    (['b', None], [0, 1, 0])
    """
    if not pa.types.is_dictionary(column.type):
        if pa.types.is_floating(column.type):
            column = compute.if_else(compute.is_nan(column), None, column)
        column = column.dictionary_encode()
    values, indices = column.dictionary, column.indices
    if indices.null_count:
        values = pa.concat_arrays([values, pa.nulls(1, values.type)])
        indices = indices.fill_null(len(values) - 1)
    places = indices.to_numpy(zero_copy_only=False).astype(np.int64)
    used = np.bincount(places, minlength=len(values)) > 0
    if used.all():
        return values, places
    return values.filter(pa.array(used)), (np.cumsum(used) - 1)[places]


def _cast(values: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    try:
        return values.cast(kind)
    except pa.ArrowException:
        raise InvalidDataError(
            name, "values of one kind in every file", f"{kind} in one and {values.type} in another", "write them alike"
        ) from None
