"""Text files of delimited records: encoding, delimiter, and the records that do not fit the header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from workforce_metrics.errors import FileFormatError, InvalidArgumentError
from workforce_metrics.loaders.arguments import check_optional_text, shown

__all__ = ["DELIMITERS", "Parsed", "as_utf8", "check_delimiter", "parse_delimited"]

DELIMITERS = ",;\t|"
"""What may stand between fields where nothing is declared."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MEBIBYTE = 1 << 20
_SEP_LINE = re.compile(rb'\s*sep=([^"\r\n\x80-\xff])[ \t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_LARGEST_BLOCK = 2**31 - 1


@dataclass(frozen=True)
class Parsed:
    """Records of a text file.

    Parameters
    ----------
    table : pyarrow.Table
        Every column as text, in the order of the file; blank cells are empty strings.
    malformed : ndarray of int64
        Record numbers (1 = first below the header) that had another number of fields than the header.
    notes : tuple of str
        What was detected.
    """

    table: pa.Table
    malformed: npt.NDArray[np.int64]
    notes: tuple[str, ...]


def parse_delimited(data: bytes, name: str, *, encoding: str | None, delimiter: str | None) -> Parsed:
    """Parse the bytes of a delimited text file.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What errors call it.
    encoding : str or None
        Declared, or: a byte-order mark decides; else UTF-8 if the bytes are valid UTF-8; else Windows-1252 (noted).
    delimiter : str or None
        Declared, or: a first line ``sep=;`` decides; else the one of comma, semicolon, tab and bar that
        occurs most often in the header outside quotation marks.

    Returns
    -------
    Parsed

    Raises
    ------
    InvalidArgumentError
        If `delimiter` is not one ASCII character that can stand between fields.
    FileFormatError
        If the file is empty, is a spreadsheet, holds NUL bytes, is not of the declared encoding, has a quotation mark
        that is never closed, or no record that fits its header.

    Notes
    -----
    Fields may be quoted with ``"`` and then hold delimiters, doubled quotation marks and line breaks. Blank
    lines are not records.
    """
    check_delimiter(delimiter)
    check_optional_text(encoding, "encoding", expected="the name of an encoding", fix="for example 'cp1252'")
    text, notes = as_utf8(data, name, encoding)
    stated = _SEP_LINE.match(text[:_MEBIBYTE])
    if stated:
        delimiter, text = delimiter or stated[1].decode(), text[stated.end() :]
    if not text.strip():
        raise FileFormatError(name, "a header and records", "an empty file", "check the export")
    if delimiter is None:
        delimiter = _detected_delimiter(text, name)
        notes = (*notes, f"delimiter detected: {delimiter!r}")
    table, bad = _parse(text, name, delimiter)
    malformed = [row.number - 1 for row in bad]
    notes = (*notes, *_line_breaks_noted(text, table, bad))
    table = _without_blank_columns(table)
    if not table.num_rows:
        n = len(malformed)
        got = f"{n:,} records, none with as many fields as the header" if n else "a header alone"
        raise FileFormatError(name, "records that fit the header", got, "declare delimiter= or repair the header")
    return Parsed(table, np.array(malformed, dtype=np.int64), notes)


def check_delimiter(delimiter: str | None) -> None:
    """Refuse what is neither None nor one ASCII character that can stand between fields."""
    expected, fix = "one ASCII character", "for example ';' or '\\t'"
    check_optional_text(delimiter, "delimiter", expected=expected, fix=fix)
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\x00'):
        raise InvalidArgumentError("delimiter", expected, shown(delimiter), fix)


def as_utf8(data: bytes, name: str, encoding: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the text of a file as UTF-8 without a byte-order mark, and what was detected of its encoding."""
    if data.startswith(_SPREADSHEETS):
        raise FileFormatError(name, "a text file", "a spreadsheet or archive", "save the sheet as CSV")
    bom = next(((mark, found) for mark, found in _BOMS if data.startswith(mark)), None)
    if encoding is None:
        encoding = bom[1] if bom else ("utf-8" if _is_utf8(data) else "cp1252")
        notes: tuple[str, ...] = (f"encoding detected: {encoding}",)
    else:
        notes = ()
    try:
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        text = data if is_utf8 else data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise _not_in(encoding, name) from error
    except (LookupError, ValueError) as error:
        raise FileFormatError(name, "a known encoding", shown(encoding), "for example utf-8, cp1252, utf-16") from error
    if is_utf8 and not _is_utf8(text):
        raise _not_in(encoding, name)
    if text.startswith(codecs.BOM_UTF8.decode("cp1252").encode()):
        raise FileFormatError(name, f"text in {encoding}", "the byte-order mark of UTF-8", "declare encoding='utf-8'")
    while text.startswith(codecs.BOM_UTF8):
        text = text.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in text:
        raise FileFormatError(
            name, "text", "NUL bytes", "declare encoding='utf-16-le' if it is UTF-16, else export it again as text"
        )
    return text, notes


def _not_in(encoding: str, name: str) -> FileFormatError:
    return FileFormatError(
        name, f"text in {encoding}", "bytes that are not", "declare encoding= as it is, often 'cp1252'"
    )


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), 16 * _MEBIBYTE):
            decoder.decode(data[start : start + 16 * _MEBIBYTE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _detected_delimiter(text: bytes, name: str) -> str:
    header = text.lstrip(b"\r\n")[:_MEBIBYTE].splitlines()[0].decode("utf-8", errors="ignore")
    outside = "".join(part for position, part in enumerate(header.split('"')) if position % 2 == 0)
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    most = max(counts.values())
    found = [delimiter for delimiter, count in counts.items() if count == most]
    if most and len(found) > 1:
        raise FileFormatError(
            name, "one delimiter in the header", f"{' and '.join(map(repr, found))} equally often", "declare delimiter="
        )
    return found[0]


def _parse(text: bytes, name: str, delimiter: str) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    """Return the records as text columns, and those that do not fit the header.

    Read with threads; where a record does not fit, read again on one, which alone knows record numbers.
    """
    header = _header(text, delimiter, name)
    bad: list[arrow_csv.InvalidRow] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    types = arrow_csv.ConvertOptions(column_types={f"f{i}": pa.string() for i in range(len(header))})
    parse = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside)
    block, use_threads = 8 * _MEBIBYTE, True
    while True:
        bad.clear()
        read = arrow_csv.ReadOptions(use_threads=use_threads, block_size=block, autogenerate_column_names=True)
        try:
            table = arrow_csv.read_csv(io.BytesIO(text), read, parse, types)
        except (pa.ArrowInvalid, ValueError) as error:
            if block > len(text) or block == _LARGEST_BLOCK:
                raise _not_parsed(name) from error
            block = min(len(text) + 1, _LARGEST_BLOCK)  # a record longer than two blocks
            continue
        if not bad or not use_threads:
            break
        use_threads = False
    if table.num_columns != len(header):
        raise _not_parsed(name)
    _refuse_unclosed_quotation(text, table, bad, name)
    return table.slice(1).rename_columns(header), bad


def _not_parsed(name: str) -> FileFormatError:
    return FileFormatError(
        name, "a header and delimited records", "something that cannot be parsed", "open it in a text editor"
    )


def _header(text: bytes, delimiter: str, name: str) -> list[str]:
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    try:
        return next(record for record in csv.reader(lines, delimiter=delimiter) if record)
    except csv.Error as error:
        raise FileFormatError(
            name, "a header in its first record", "a first record that does not end", "repair its quotation marks"
        ) from error


def _line_breaks_noted(text: bytes, table: pa.Table, bad: list[arrow_csv.InvalidRow]) -> tuple[str, ...]:
    """Note line breaks inside cells: right in free text, elsewhere the mark of a quotation left open."""
    if b'"' not in text or max(text.count(b"\n"), text.count(b"\r")) <= table.num_rows:
        return ()
    n_bad = sum(_breaks_line(row.text) for row in bad)
    set_aside = (f"line breaks inside quotation marks in {n_bad:,} of the records set aside",) if n_bad else ()
    with_break = [
        compute.any(compute.match_substring_regex(column, r"[\r\n]")).as_py() is True for column in table.columns
    ]
    named = [name for name, found in zip(table.column_names, with_break, strict=True) if found]
    return (*((f"line breaks inside quotation marks in: {', '.join(named)}",) if named else ()), *set_aside)


def _breaks_line(text: str) -> bool:
    text = text.rstrip("\r\n")
    return "\n" in text or "\r" in text


def _refuse_unclosed_quotation(text: bytes, table: pa.Table, bad: list[arrow_csv.InvalidRow], name: str) -> None:
    """Refuse an opening quotation mark without its end: it swallows the rest of the file into one field."""
    for row in bad:
        if row.text.count('"') % 2 and _breaks_line(row.text):
            got = f"one opened in record {row.number - 1} that is never closed"
            raise FileFormatError(name, "quotation marks in pairs", got, "repair that record")
    last = table.slice(max(table.num_rows - 1, 0)).to_pylist()
    closed = text[-64:].rstrip().endswith(b'"')
    if last and not closed and text.count(b'"') % 2 and any(map(_breaks_line, filter(None, last[0].values()))):
        got = f"one opened in record {table.num_rows + len(bad) - 1} that is never closed"
        raise FileFormatError(name, "quotation marks in pairs", got, "repair that record")


def _without_blank_columns(table: pa.Table) -> pa.Table:
    """Drop nameless columns that hold nothing: what trailing delimiters in a spreadsheet export leave behind."""
    blank = [
        position
        for position, column in enumerate(table.column_names)
        if not column.strip() and not any(value.strip() for value in table.column(position).unique().to_pylist())
    ]
    for position in reversed(blank):
        table = table.remove_column(position)
    return table
