"""Identifiers as 64-bit words that can be compared in bulk, and whole numbers in the order of their text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidDataError

__all__ = ["LONGEST", "order_as_text", "words_of_numbers", "words_of_texts"]

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

LONGEST = 128
"""Bytes of the longest identifier."""

_WORD = 8
_KEEP = np.array([(1 << (8 * n)) - 1 for n in range(_WORD + 1)], dtype=np.uint64)
"""Which bits of a word belong to a text of which 0 to 8 bytes are left."""


def words_of_numbers(numbers: Ints) -> Words:
    """Return whole numbers as words, shape (n, 1)."""
    return np.ascontiguousarray(numbers).view(np.uint64).reshape(-1, 1)


def words_of_texts(text: pa.Array, name: str) -> Words:
    """Return the bytes of each text as words, shape (n, n_words), ending in zeros; zeros for null.

    Parameters
    ----------
    text : pyarrow.Array of large_string, shape (n,)
    name : str
        The column's name, for errors.

    Raises
    ------
    InvalidDataError
        If a text is longer than any identifier.

    Examples
    --------
    >>> import pyarrow as pa
    >>> words = words_of_texts(pa.array(["E7", "E123456789"], pa.large_string()), "id")
    >>> words.shape, words.tobytes()[:2]
    ((2, 2), b'E7')
    """
    n = len(text)
    if not n:
        return np.empty((0, 1), dtype=np.uint64)
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)[text.offset : text.offset + n + 1]
    starts, lengths = offsets[:-1], np.diff(offsets)
    longest = int(lengths.max(initial=0))
    if longest > LONGEST:
        raise InvalidDataError(
            name, f"identifiers of at most {LONGEST} bytes", f"one of {longest:,}", "check which column is mapped"
        )
    low, high = int(offsets[0]), int(offsets[-1])
    data = np.zeros(high - low + 2 * _WORD, dtype=np.uint8)
    if high > low:
        data[: high - low] = np.frombuffer(text.buffers()[2], dtype=np.uint8)[low:high]
    # one 64-bit number that begins at each byte: overlapping, so that a cell may begin anywhere
    overlapping = np.ndarray(shape=(len(data) - _WORD + 1,), dtype="<u8", buffer=data.data, strides=(1,))
    n_words = max(-(-longest // _WORD), 1)
    words = np.empty((n, n_words), dtype=np.uint64)
    for column in range(n_words):
        left = np.clip(lengths - column * _WORD, 0, _WORD)
        at = np.minimum(starts - low + column * _WORD, len(overlapping) - 1)
        words[:, column] = overlapping[at] & _KEEP[left]
    return words


def order_as_text(numbers: Ints) -> Ints:
    """Return the positions of whole numbers in the code-point order of their decimal text.

    Examples
    --------
    >>> import numpy as np
    >>> order_as_text(np.array([9, 10, -1, 1])).tolist()
    [2, 3, 1, 0]
    """
    size = np.abs(numbers.astype(object)) if (numbers == np.iinfo(np.int64).min).any() else np.abs(numbers)
    if isinstance(size, np.ndarray) and size.dtype == object:
        order: Ints = pc.sort_indices(pa.array(numbers).cast(pa.large_string())).to_numpy().astype(np.int64)
        return order
    tens = 10 ** np.arange(19, dtype=np.int64)
    digits = np.maximum(np.searchsorted(tens, size, side="right"), 1)
    # 7 -> 7.0e18, 70 -> 7.0e18 too: the shorter one first
    padded = size.astype(np.uint64) * (10 ** (19 - digits).astype(np.uint64))
    return np.lexsort((digits, padded, numbers >= 0))
