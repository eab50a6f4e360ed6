"""Distinct keys to dense positions, in bulk: open addressing on arrays, exact, no loop over keys."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["KeyIndex", "grown"]

Positions = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Scalar = TypeVar("Scalar", bound=np.generic)

_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(29)
_LEAST_SLOTS = 1 << 12
_LOAD = 3  # slots for each key at least


class KeyIndex:
    """Positions 0, 1, ... of keys in the order in which they were first met.

    One of the objects that change while a source is read.

    Parameters
    ----------
    width : int
        How many 64-bit words a key has.

    Notes
    -----
    A key's slot follows from its mixed words; a slot that another key holds sends it to the next one. Keys are compared
    in full, so that two of them never become one.

    Examples
    --------
    >>> import numpy as np
    >>> index = KeyIndex(1)
    >>> found = index.positions(np.array([[7], [9], [7]], dtype=np.uint64))
    >>> index.keys[found].ravel().tolist(), len(index)
    ([7, 9, 7], 2)
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._keys: Words = np.empty((0, width), dtype=np.uint64)
        self._n = 0
        self._table: Positions = np.full(_LEAST_SLOTS, -1, dtype=np.int32)

    def __len__(self) -> int:
        return self._n

    @property
    def keys(self) -> Words:
        """The keys by position, shape (n_keys, width)."""
        return self._keys[: self._n]

    def positions(self, words: Words) -> Positions:
        """Return the position of each key, shape (n,); keys never met get the next ones, in their order.

        Parameters
        ----------
        words : ndarray of uint64, shape (n, width)
            Wider than the keys so far: those are taken to end in words of 0.
        """
        words = self._as_wide(words)
        slot = self._slots(words)
        found = self._table[slot]
        match = self._matches(found, words)
        pending = np.flatnonzero(~match)
        absent = []
        at = slot[pending]
        while len(pending):
            here = self._table[at]
            match = self._matches(here, words[pending])
            found[pending[match]] = here[match]
            empty = here < 0
            absent.append(pending[empty])
            more = ~(match | empty)
            pending, at = pending[more], (at[more] + 1) & (len(self._table) - 1)
        new = np.concatenate(absent) if absent else pending
        if len(new):
            new.sort()
            found[new] = self._added(words[new])
        return found

    def _matches(self, position: Positions, words: Words) -> npt.NDArray[np.bool_]:
        if not self._n:
            return np.zeros(len(position), dtype=bool)
        known = np.maximum(position, 0)
        match: npt.NDArray[np.bool_] = position >= 0
        for column in range(self._width):
            match &= self._keys[:, column][known] == words[:, column]
        return match

    def _added(self, words: Words) -> Positions:
        """Return the positions of keys that are not in the table, some of which may be equal."""
        self._make_room(self._n + len(words))
        found: Positions = np.full(len(words), -1, dtype=np.int32)
        pending, at = np.arange(len(words)), self._slots(words)
        known, slots = self._n, []
        while len(pending):
            empty = self._table[at] < 0
            # of several that want a slot the last to be written has it; the others look at it again
            self._table[at[empty]] = -2 - pending[empty]
            won = empty & (self._table[at] == -2 - pending)
            rows = pending[won]
            position = np.arange(self._n, self._n + len(rows), dtype=np.int32)
            self._keys[self._n : self._n + len(rows)] = words[rows]
            self._n += len(rows)
            self._table[at[won]] = position
            slots.append(at[won])
            found[rows] = position
            pending, at = pending[~won], at[~won]
            here = self._table[at]
            match = self._matches(here, words[pending])
            found[pending[match]] = here[match]
            pending, at = pending[~match], (at[~match] + 1) & (len(self._table) - 1)
        return self._in_order(found, known, np.concatenate(slots))

    def _in_order(self, found: Positions, known: int, slots: npt.NDArray[np.int64]) -> Positions:
        """Renumber the keys added from `known` on, whose slots these are, by the first of the rows that hold each."""
        first = np.empty(self._n - known, dtype=np.int64)
        first[found[::-1] - known] = np.arange(len(found))[::-1]
        order = np.argsort(first)
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(known, self._n)
        self._keys[known : self._n] = self._keys[known : self._n][order]
        self._table[slots] = place
        return place[found - known]

    def _make_room(self, n: int) -> None:
        self._keys = grown(self._keys, n)
        if n * _LOAD <= len(self._table):
            return
        self._table = np.full(1 << int(n * _LOAD - 1).bit_length(), -1, dtype=np.int32)
        pending, at = np.arange(self._n), self._slots(self.keys)
        while len(pending):
            empty = self._table[at] < 0
            self._table[at[empty]] = pending[empty]
            placed = self._table[at] == pending
            pending, at = pending[~placed], (at[~placed] + 1) & (len(self._table) - 1)

    def _as_wide(self, words: Words) -> Words:
        short = words.shape[1] - self._width
        if short > 0:
            self._keys = np.pad(self._keys, ((0, 0), (0, short)))
            self._width = words.shape[1]  # trailing words of 0 do not move a key's slot
        elif short < 0:
            words = np.pad(words, ((0, 0), (0, -short)))
        return words

    def _slots(self, words: Words) -> npt.NDArray[np.int64]:
        mixed = words[:, 0] * _MIX
        for column in range(1, self._width):
            word = words[:, column]
            mixed += (word ^ (word >> _FOLD)) * (_MIX + np.uint64(2 * column))
        mixed ^= mixed >> _FOLD
        mixed *= _MIX
        shift = np.uint64(64 - (len(self._table).bit_length() - 1))
        return (mixed >> shift).astype(np.int64)


def grown(array: npt.NDArray[Scalar], n: int, *, fill: int | None = None) -> npt.NDArray[Scalar]:
    """Return an array of at least `n` rows that begins with those of `array`, by doubling.

    Examples
    --------
    >>> import numpy as np
    >>> grown(np.array([1, 2]), 3, fill=-1).tolist()
    [1, 2, -1, -1]
    """
    if n <= len(array):
        return array
    rest = max(n, 2 * len(array)) - len(array)
    shape = (rest, *array.shape[1:])
    more = np.empty(shape, dtype=array.dtype) if fill is None else np.full(shape, fill, dtype=array.dtype)
    return np.concatenate([array, more])
