"""Delimited text that is no plain table: titles above its header, blank lines, footnotes below; as a grid of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import FileFormatError
from workforce_metrics.loaders.arguments import check_optional_text
from workforce_metrics.loaders.delimited import DELIMITERS, as_utf8, check_delimiter
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["TextGrid", "read_text_grid"]

LINES_TRIED = 60
"""How many lines are parsed to find the delimiter by the header that it yields."""

Rows = list[list[str]]


@dataclass(frozen=True, eq=False)
class TextGrid:
    """The records of a text file as a sheet.

    Parameters
    ----------
    sheet : Sheet
        Every cell as text; None where it is blank. A line break inside quotation marks stays in its cell, so that a
        row of the sheet is a record, not always a line.
    n_fields : ndarray of int64, shape (n_rows,)
        Fields of each record.
    notes : tuple of str
        What was detected.
    """

    sheet: Sheet
    n_fields: npt.NDArray[np.int64]
    notes: tuple[str, ...]


def read_text_grid(
    data: bytes,
    name: str,
    *,
    encoding: str | None,
    delimiter: str | None,
    has_header: Callable[[Sequence[Sequence[str]]], bool],
) -> TextGrid:
    r"""Read the bytes of a text file record by record, whatever their number of fields.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What errors call it, and the sheet.
    encoding, delimiter : str or None
        Declared, or: encoding as in `parse_delimited`; the first delimiter of comma, semicolon, tab and bar under
        which `has_header` finds a header, the comma where none does.
    has_header : callable
        Whether these records hold the header of a known layout.

    Raises
    ------
    InvalidArgumentError
        If `delimiter` is not one ASCII character that can stand between fields.
    FileFormatError
        If the file is empty, is a spreadsheet, holds NUL bytes, is not of the declared encoding, or has quotation
        marks that do not pair.

    Examples
    --------
    >>> grid = read_text_grid(b"A title\n\na;b\n1;2\n", "x.csv", encoding=None, delimiter=None,
    ...                       has_header=lambda rows: ["a", "b"] in rows)
    >>> grid.sheet.cells.tolist(), grid.n_fields.tolist()
    ([['A title', None], [None, None], ['a', 'b'], ['1', '2']], [1, 0, 2, 2])
    """
    check_delimiter(delimiter)
    check_optional_text(encoding, "encoding", expected="the name of an encoding", fix="for example 'cp1252'")
    raw, notes = as_utf8(data, name, encoding)
    text = raw.decode("utf-8")
    if not text.strip():
        raise FileFormatError(name, "a header and records", "an empty file", "check the export")
    if delimiter is None:
        head = "\n".join(text[: 1 << 20].splitlines()[:LINES_TRIED])
        delimiter = next((mark for mark in DELIMITERS if has_header(_tried(head, mark))), DELIMITERS[0])
        notes = (*notes, f"delimiter detected: {delimiter!r}")
    rows = _records(text, delimiter, name)
    n_broken = sum("\n" in cell or "\r" in cell for row in rows for cell in row)
    if n_broken:
        notes = (*notes, f"line breaks inside quotation marks in {n_broken:,} cells")
    width = max(map(len, rows), default=0)
    cells = np.full((len(rows), width), None, dtype=object)
    for number, row in enumerate(rows):
        cells[number, : len(row)] = [cell if cell.strip() else None for cell in row]
    n_fields = np.array([len(row) for row in rows], dtype=np.int64)
    return TextGrid(Sheet(name, cells), n_fields, notes)


def _tried(head: str, delimiter: str) -> Rows:
    """Return the first records under a delimiter, none where it does not parse."""
    try:
        return list(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    except csv.Error:
        return []


def _records(text: str, delimiter: str, name: str) -> Rows:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileFormatError(
            name, "delimited records with quotation marks in pairs", "a record that does not parse",
            "repair its quotation marks",
        ) from error  # fmt: skip
