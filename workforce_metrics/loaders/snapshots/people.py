"""Who each row is about: identifiers of any type to dense positions, the same person in every snapshot."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.loaders.columns import is_text
from workforce_metrics.loaders.identifiers import read_identifiers
from workforce_metrics.loaders.snapshots.identifier_words import order_as_text, words_of_numbers, words_of_texts
from workforce_metrics.loaders.snapshots.key_index import KeyIndex, Positions, grown

__all__ = ["LOST_DIGITS", "MISSING", "People"]

Ints = npt.NDArray[np.int64]

MISSING, LOST_DIGITS = -1, -2
"""What stands for a row without an identifier, and for one whose identifier was rounded on its way."""

AT_ONCE = 1 << 18  # texts to which the rules are applied at once: they are copied several times on the way
_SPARSE = 8  # a table by value may have this many places for each row before identifiers are hashed instead


class People:
    """The people met so far, by identifier.

    One of the objects that change while a source is read. Whole numbers are looked up in a table by value where they
    lie close enough, else by hashing; texts by hashing of what stands in the cell, and the rules of
    `read_identifiers` are applied once to each different text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> people = People()
    >>> first = people.positions(pa.chunked_array([["b", None, "a", "1.2E+11"]]), "id").tolist()
    >>> second = people.positions(pa.chunked_array([[" a", "c"]]), "id").tolist()
    >>> second[0] == first[2], first[1], first[3], sorted(people.names().to_pylist())
    (True, -1, -2, ['a', 'b', 'c'])
    """

    def __init__(self) -> None:
        self._numbers: _Numbers | None = None
        self._texts: _Texts | None = None
        self.decimal = 0
        self.of_both_kinds = False

    def __len__(self) -> int:
        return len(self._texts) if self._texts is not None else len(self._numbers) if self._numbers is not None else 0

    def positions(self, column: pa.ChunkedArray, name: str) -> Positions:
        """Return the position of each row's person, shape (n_rows,), or `MISSING` or `LOST_DIGITS`.

        Parameters
        ----------
        column : pyarrow.ChunkedArray, shape (n_rows,)
        name : str
            What errors call it.

        Raises
        ------
        InvalidDataError
            If the column is of a type that identifies nobody.
        """
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_null(column.type):
            return np.full(len(column), MISSING, dtype=np.int32)
        if is_text(column):
            return self._of_text(column, name)
        if _is_whole(column.type):
            return self._of_numbers(column.cast(pa.int64()))
        if pa.types.is_floating(column.type):
            return self._of_decimals(column)
        ids = read_identifiers(column, name=name)  # refuses what identifies nobody
        return self._of_text(pa.chunked_array([ids.values.take(pa.array(ids.codes, mask=ids.codes < 0))]), name)

    def names(self) -> pa.Array:
        """Return the identifiers as text by position, shape (n_people,)."""
        if self._texts is not None:
            return self._texts.names()
        numbers = np.empty(0, np.int64) if self._numbers is None else self._numbers.values()
        return pa.array(numbers).cast(pa.large_string())

    def order(self) -> Ints:
        """Return the rank of each person among all in the code-point order of the identifiers, shape (n_people,)."""
        if self._texts is None and self._numbers is not None:
            order = order_as_text(self._numbers.values())
        else:
            order = pc.sort_indices(self.names()).to_numpy().astype(np.int64)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank

    def _of_numbers(self, column: pa.ChunkedArray) -> Positions:
        if self._texts is not None:
            self.of_both_kinds = True
            return self._of_text(column.cast(pa.large_string()), "person_id")
        if self._numbers is None:
            self._numbers = _Numbers()
        if not column.null_count:
            return self._numbers.positions(column.to_numpy())
        there = column.is_valid().to_numpy()
        found: Positions = np.full(len(column), MISSING, dtype=np.int32)
        found[there] = self._numbers.positions(column.drop_null().to_numpy())
        return found

    def _of_decimals(self, column: pa.ChunkedArray) -> Positions:
        numbers = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
        exact_below = {16: 2.0**11, 32: 2.0**24, 64: 2.0**53}[column.type.bit_width]
        with np.errstate(invalid="ignore"):
            whole = (np.abs(numbers) < exact_below) & (np.trunc(numbers) == numbers)
        self.decimal += int(whole.sum())
        found = self._of_numbers(
            pa.chunked_array([pa.array(np.where(whole, numbers, 0).astype(np.int64), mask=~whole)])
        )
        found[~whole & ~np.isnan(numbers)] = LOST_DIGITS
        return found

    def _of_text(self, column: pa.ChunkedArray, name: str) -> Positions:
        if self._texts is None:
            self._texts = _Texts()
            if self._numbers is not None:
                self.of_both_kinds = True
                self._texts.adopt(pa.array(self._numbers.values()).cast(pa.large_string()))
                self._numbers = None
        column = column.cast(pa.large_string())
        parts = [self._texts.positions(chunk, name) for chunk in column.chunks]
        self.decimal += self._texts.taken_decimals()
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)


class _Numbers:
    """People known by a whole number."""

    def __init__(self) -> None:
        self._values: Ints = np.empty(0, dtype=np.int64)
        self._n = 0
        self._low = 0
        self._table: Positions | None = np.empty(0, dtype=np.int32)
        self._hashed: KeyIndex | None = None

    def __len__(self) -> int:
        return self._n if self._hashed is None else len(self._hashed)

    def values(self) -> Ints:
        return self._values[: self._n] if self._hashed is None else self._hashed.keys[:, 0].view(np.int64)

    def positions(self, numbers: Ints) -> Positions:
        if not len(numbers):
            return np.empty(0, dtype=np.int32)
        if self._hashed is None and not self._covers(int(numbers.min()), int(numbers.max()), len(numbers)):
            self._hashed = KeyIndex(1)
            self._hashed.positions(words_of_numbers(self._values[: self._n]))
            self._table = None
        if self._table is None or self._hashed is not None:
            assert self._hashed is not None  # noqa: S101 - one of the two is there
            return self._hashed.positions(words_of_numbers(numbers))
        place = numbers - self._low
        found = self._table[place]
        new = np.flatnonzero(found < 0)
        if len(new):
            self._add(place[new])
            found[new] = self._table[place[new]]
        return found

    def _add(self, place: Ints) -> None:
        assert self._table is not None  # noqa: S101
        rows = np.arange(len(place), dtype=np.int32)
        self._table[place] = rows
        first = self._table[place] == rows  # of rows of one person the last to be written
        people = place[first]
        self._table[people] = np.arange(self._n, self._n + len(people), dtype=np.int32)
        self._values = grown(self._values, self._n + len(people))
        self._values[self._n : self._n + len(people)] = people + self._low
        self._n += len(people)

    def _covers(self, low: int, high: int, n_rows: int) -> bool:
        """Make the table hold the values from `low` to `high`; False if it would be too sparse."""
        assert self._table is not None  # noqa: S101
        if len(self._table):
            low, high = min(low, self._low), max(high, self._low + len(self._table) - 1)
        if high - low >= _SPARSE * (self._n + n_rows) + (1 << 16):
            return False
        if high - low + 1 > len(self._table):
            table = np.full(high - low + 1, -1, dtype=np.int32)
            table[self._low - low : self._low - low + len(self._table)] = self._table
            self._low, self._table = low, table
        return True


class _Texts:
    """People known by a text; each different cell is read once."""

    def __init__(self) -> None:
        self._cells = KeyIndex(1)
        self._person_of_cell: Positions = np.empty(0, dtype=np.int32)
        self._is_decimal: npt.NDArray[np.bool_] = np.empty(0, dtype=bool)
        self._people = KeyIndex(1)
        self._names: list[pa.Array] = []
        self._n_decimals = 0

    def __len__(self) -> int:
        return len(self._people)

    def names(self) -> pa.Array:
        return pa.concat_arrays(self._names) if self._names else pa.array([], pa.large_string())

    def adopt(self, names: pa.Array) -> None:
        """Take over people known already, each under its position; nobody else may be known yet."""
        words = words_of_texts(names, "person_id")
        self._cells.positions(words)
        self._person_of_cell = self._people.positions(words)
        self._is_decimal = np.zeros(len(names), dtype=bool)
        self._names = [names]

    def taken_decimals(self) -> int:
        n, self._n_decimals = self._n_decimals, 0
        return n

    def positions(self, text: pa.Array, name: str) -> Positions:
        known = len(self._cells)
        cells = self._cells.positions(words_of_texts(text, name))
        if len(self._cells) > known:
            rows = np.empty(len(self._cells) - known, dtype=np.int64)
            new = np.flatnonzero(cells >= known)
            rows[cells[new] - known] = new
            for start in range(0, len(rows), AT_ONCE):
                self._read(text.take(pa.array(rows[start : start + AT_ONCE])), name)
        if self._is_decimal.any():
            self._n_decimals += int(self._is_decimal[cells].sum())
        found = self._person_of_cell[cells]
        if text.null_count:
            found[text.is_null().to_numpy(zero_copy_only=False)] = MISSING
        return found

    def _read(self, cells: pa.Array, name: str) -> None:
        """Apply the rules of identifiers to cells never met before."""
        ids = read_identifiers(pa.chunked_array([cells]), name=name)
        known = len(self._people)
        person = self._people.positions(words_of_texts(ids.values, name))
        new = np.flatnonzero(person >= known)
        self._names.append(ids.values.take(pa.array(new[np.argsort(person[new])])))
        of_cell = np.append(person, np.int32(MISSING))[ids.codes]
        of_cell[ids.lost_digits] = LOST_DIGITS
        self._person_of_cell = np.concatenate([self._person_of_cell, of_cell])
        self._is_decimal = np.concatenate([self._is_decimal, ids.decimal])


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind)) and kind != pa.uint64()
