"""Cells to option codes: numbers and labels as they stand in the wild, missing marks, and what is neither."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import MISSING_CODE
from workforce_metrics.loaders.arguments import listed

__all__ = [
    "CODE_OUTSIDE",
    "LABEL_OUTSIDE",
    "Answers",
    "Distinct",
    "distinct_values",
    "missing_marks",
    "read_answers",
    "refuse_other_types",
]

CODE_OUTSIDE = "code outside the item's scale"
LABEL_OUTSIDE = "label not on the item's scale"

_CODE_OUTSIDE, _LABEL_OUTSIDE = -2, -3
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII)
_LARGEST_WHOLE = 2**53


@dataclass(frozen=True)
class Distinct:
    """A column as its distinct values and where they stand.

    Parameters
    ----------
    cells : tuple
        Shape (n_distinct,).
    positions : ndarray of int
        Shape (n_rows,): position in `cells`, -1 where the cell is missing.
    """

    cells: tuple[object, ...]
    positions: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Answers:
    """The cells of one item as option codes.

    Parameters
    ----------
    codes : ndarray of int8, or int16 where a code exceeds 127
        Shape (n_rows,); `MISSING_CODE` where there is no answer on the scale.
    code_outside, label_outside : ndarray of int64
        Rows whose cell was a number, or a text, that is no answer of the item.
    """

    codes: npt.NDArray[np.int8 | np.int16]
    code_outside: npt.NDArray[np.int64]
    label_outside: npt.NDArray[np.int64]


def distinct_values(column: pa.ChunkedArray) -> Distinct:
    """Return the distinct values of a column and each row's position among them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> distinct_values(pa.chunked_array([["a", None, "b", "a"]]))
    Distinct(cells=('a', 'b'), positions=array([ 0, -1,  1,  0], dtype=int32))
    """
    if pa.types.is_null(column.type):
        return Distinct((), np.full(len(column), -1, dtype=np.int32))
    encoded = column if pa.types.is_dictionary(column.type) else compute.dictionary_encode(column)
    chunks = encoded.unify_dictionaries().chunks
    if not chunks:
        return Distinct((), np.empty(0, dtype=np.int32))
    positions = np.concatenate([compute.fill_null(chunk.indices.cast(pa.int32()), -1).to_numpy() for chunk in chunks])
    return Distinct(tuple(chunks[0].dictionary.to_pylist()), positions)


def missing_marks(declared: Collection[str | int] | None) -> frozenset[str]:
    """Return the marks that a caller declared as no answer, as cells are compared.

    Raises
    ------
    InvalidArgumentError
        If `declared` is one text instead of a collection, or holds what is neither text nor whole number.

    Examples
    --------
    >>> sorted(missing_marks(["Not  Stated", -9]))
    ['-9', 'not stated']
    """
    if isinstance(declared, (str, int)):
        raise InvalidArgumentError(
            "missing", "a collection of marks", "one mark", "put it in a list, as in missing=['not answered']"
        )
    marks = listed(declared, "missing", expected="a collection of marks", fix="for example missing=['not answered']")
    if not all(isinstance(mark, (str, int)) and not isinstance(mark, bool) for mark in marks):
        raise InvalidArgumentError(
            "missing", "texts or whole numbers", "another type", "write each mark as it stands in the cells"
        )
    return frozenset(_as_compared(str(mark)) for mark in marks)


def read_answers(column: Distinct, item: Item, marks: frozenset[str]) -> Answers:
    """Read the cells of one item.

    Parameters
    ----------
    column : Distinct
        The item's column.
    item : Item
        What may be answered.
    marks : frozenset of str
        What stands for no answer: the codebook's marks and those of `missing_marks`.

    Returns
    -------
    Answers

    Raises
    ------
    CodebookError
        If a label of the item reads as the code of another of its options.

    Notes
    -----
    In this order: a blank cell is missing; a whole number (3, 3.0, ``"3"``, ``" 3.0 "``) that is a code of the item
    is that code; a text that is a label of the item, whatever its case, spacing, quotation marks and dashes, is that
    label's code; a missing mark is missing; any other number is a code outside the scale and any other text a
    label not on it, both missing. So a mark such as 99 yields to an item that has it as an answer.
    """
    labels = item.scale.code_of_label
    codes = {str(code): code for code in item.scale.codes}
    _refuse_ambiguous_labels(item, labels, codes)
    readings = np.array(
        [*(_reading(cell, codes, labels, marks) for cell in column.cells), MISSING_CODE], dtype=np.int16
    )
    read = readings[column.positions]  # position -1, a missing cell, takes the last reading
    kind = np.int8 if max(item.scale.codes) <= np.iinfo(np.int8).max else np.int16
    return Answers(
        codes=np.maximum(read, np.int16(MISSING_CODE)).astype(kind),
        code_outside=np.flatnonzero(read == _CODE_OUTSIDE),
        label_outside=np.flatnonzero(read == _LABEL_OUTSIDE),
    )


def _reading(value: object, codes: dict[str, int], labels: dict[str, int], marks: frozenset[str]) -> int:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING_CODE
    text = _as_compared(str(value))
    if not text:
        return MISSING_CODE
    if text in codes:
        return codes[text]
    if text in labels:
        return labels[text]
    if text in marks:
        return MISSING_CODE
    return _CODE_OUTSIDE if _NUMBER.fullmatch(text) or text in {"inf", "-inf"} else _LABEL_OUTSIDE


def _as_compared(text: str) -> str:
    """Return a cell's text normalised, a whole number without its decimal point."""
    text = normalise_label(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if abs(number) < _LARGEST_WHOLE and number.is_integer():
            return str(int(number))
    return text


def _refuse_ambiguous_labels(item: Item, labels: dict[str, int], codes: dict[str, int]) -> None:
    for label, code in labels.items():
        if codes.get(label, code) != code:
            raise CodebookError(
                f"item {item.concept!r}",
                "labels that are not the codes of other options",
                f"a label that reads as {label}",
                "give that option the code its label reads as, or leave the labels out",
            )


def refuse_other_types(column: pa.ChunkedArray, name: str, expected: str) -> None:
    """Refuse a column that holds neither numbers nor text: nothing says what its values mean here."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    tests = (
        pa.types.is_null,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
    )
    if not any(test(kind) for test in tests):
        raise InvalidDataError(name, expected, f"values of type {kind}", "convert the column to numbers or text first")
