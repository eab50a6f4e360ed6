"""Cells of snapshots as expressions that any engine runs: text, identifiers, numbers, flags, dates."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.columns import MISSING_MARKS

__all__ = [
    "Dated",
    "Identifier",
    "Number",
    "date_of",
    "flag_of",
    "identifier_of",
    "is_text",
    "number_of",
    "ordered",
    "text_of",
]

_WHITESPACE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
_TEXTS = (nw.String, nw.Categorical, nw.Enum)
_DECIMAL = r"^-?[0-9]+\.0+$"
_SCIENTIFIC = r"^-?[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+$"
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_ZEROS = r"^[0 /.:-]*$"
_LARGEST_EXACT = 2.0**53


@dataclass(frozen=True)
class Identifier:
    """Expressions about who each row is about, by the rules of `loaders.identifiers`.

    Parameters
    ----------
    person : Expr
        The identifier as text; null where there is none that can be used.
    missing, lost_digits, decimal : Expr
        Blank or a mark for missing; rounded on its way; a whole number that had become a decimal.
    """

    person: nw.Expr
    missing: nw.Expr
    lost_digits: nw.Expr
    decimal: nw.Expr


@dataclass(frozen=True)
class Dated:
    """Expressions about a column of dates.

    Parameters
    ----------
    value : Expr
        The date; null where there is none.
    unreadable : Expr
        Something is there that is no date.
    """

    value: nw.Expr
    unreadable: nw.Expr


@dataclass(frozen=True)
class Number:
    """Expressions about a column of numbers.

    Parameters
    ----------
    value : Expr
        The number; null where there is none, or none in range.
    unreadable, out_of_range : Expr
    """

    value: nw.Expr
    unreadable: nw.Expr
    out_of_range: nw.Expr


def is_text(kind: nw.dtypes.DType) -> bool:
    """Return whether a column holds text, also as categories."""
    return isinstance(kind, _TEXTS)


def text_of(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Return a column as text without surrounding space; blank cells are null."""
    text = nw.col(name).cast(nw.String)
    if is_text(kind):
        text = text.str.strip_chars(_WHITESPACE)
    return nw.when(text != "").then(text)


def ordered(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Return a column as it is carried and compared: text tidy, a number that is none null."""
    if is_text(kind):
        return text_of(name, kind)
    column = nw.col(name)
    return nw.when(~column.is_nan()).then(column) if kind.is_float() else column


def identifier_of(name: str, kind: nw.dtypes.DType) -> Identifier:
    """Return who each row is about.

    Raises
    ------
    InvalidDataError
        If the column is of a type that identifies nobody.
    """
    if kind.is_integer():
        text, none = nw.col(name).cast(nw.String), nw.lit(value=False)
        return Identifier(text, nw.col(name).is_null(), none, none)
    if kind.is_float():
        return _of_floats(name, kind)
    if not is_text(kind) and not kind.is_decimal():
        raise InvalidDataError(name, "text or whole numbers", f"a column of type {kind}", "name another column")
    text = text_of(name, kind)
    missing = _is_mark(text)
    decimal = text.str.contains(_DECIMAL).fill_null(value=False)
    whole = text.str.replace_all(r"\.0+$", "")
    size = nw.when(decimal).then(whole).otherwise(nw.lit("0")).cast(nw.Float64)
    lost = text.str.contains(_SCIENTIFIC).fill_null(value=False) | (size.abs() >= _LARGEST_EXACT)
    person = nw.when(~missing & ~lost).then(nw.when(decimal).then(whole).otherwise(text))
    return Identifier(person, missing, lost, decimal & ~lost)


def _of_floats(name: str, kind: nw.dtypes.DType) -> Identifier:
    number = nw.when(~nw.col(name).is_nan()).then(nw.col(name))
    exact = (number.abs() < (2.0**24 if kind == nw.Float32 else _LARGEST_EXACT)).fill_null(value=False)
    guarded = nw.when(exact).then(number).otherwise(nw.lit(0.0))
    whole = exact & (guarded == guarded.cast(nw.Int64))
    person = nw.when(whole).then(guarded.cast(nw.Int64).cast(nw.String))
    return Identifier(person, number.is_null(), ~whole & ~number.is_null(), whole)


def number_of(name: str, kind: nw.dtypes.DType, *, largest: float) -> Number:
    """Return a column of numbers between 0 and `largest`.

    Raises
    ------
    InvalidDataError
        If the column holds something else.
    """
    if is_text(kind):
        text = text_of(name, kind)
        marked = _is_mark(text)
        readable = ~marked & text.str.contains(_NUMBER).fill_null(value=False)
        number: nw.Expr = nw.when(readable).then(text).cast(nw.Float64)
        unreadable = ~marked & ~readable
    elif kind.is_numeric():
        stored = nw.col(name).cast(nw.Float64)
        number = nw.when(~stored.is_nan()).then(stored)
        unreadable = nw.lit(value=False)
    else:
        raise InvalidDataError("fte", "a column of numbers", f"one of type {kind}", "map another column")
    fits = ((number >= 0) & (number <= largest)).fill_null(value=False)
    return Number(nw.when(fits).then(number), unreadable, ~fits & ~number.is_null())


def flag_of(name: str, kind: nw.dtypes.DType, *, values: Collection[str] | None) -> nw.Expr:
    """Return whether a column says that a person is active; null where it says nothing.

    Raises
    ------
    InvalidDataError
        If the column does not hold booleans and no values are declared.
    """
    if values is not None:
        return text_of(name, kind).is_in(sorted(values)) if not kind.is_boolean() else _of_boolean(name, values)
    if not kind.is_boolean():
        fix = "declare which values mean active in active_values"
        raise InvalidDataError(name, "booleans", f"a column of type {kind}", fix)
    return nw.col(name)


def _of_boolean(name: str, values: Collection[str]) -> nw.Expr:
    """Booleans are the texts "true" and "false", as Arrow writes them."""
    return nw.when(nw.col(name)).then(nw.lit("true" in values)).otherwise(~nw.col(name) & nw.lit("false" in values))


def date_of(name: str, kind: nw.dtypes.DType, *, formats: Sequence[str]) -> Dated:
    """Return a column of dates; text is read as a date where all formats that read it read the same one.

    Raises
    ------
    InvalidArgumentError
        If the column is text and no format is declared, or one that an expression cannot read.
    InvalidDataError
        If the column holds something else.
    """
    if kind == nw.Date or isinstance(kind, nw.Datetime):
        return Dated(nw.col(name) if kind == nw.Date else nw.col(name).dt.date(), nw.lit(value=False))
    if not is_text(kind) and not kind.is_integer():
        raise InvalidDataError(name, "dates", f"a column of type {kind}", "name another column")
    if not formats:
        raise InvalidArgumentError("date_formats", f"the formats of {name!r}", "none", "for example ['%d/%m/%Y']")
    text = text_of(name, kind)
    read = [_parsed(text, form) for form in formats]
    value = read[0]
    if len(read) > 1:
        earliest, latest = nw.min_horizontal(*read), nw.max_horizontal(*read)
        value = nw.when(earliest == latest).then(earliest)
    return Dated(value, ~_is_mark(text) & ~text.str.contains(_ZEROS).fill_null(value=True) & value.is_null())


def _is_mark(text: nw.Expr) -> nw.Expr:
    return text.is_null() | text.str.to_lowercase().is_in(sorted(MISSING_MARKS)).fill_null(value=True)


def _parsed(text: nw.Expr, form: str) -> nw.Expr:
    """Return the dates that text holds in a format of four-digit year, month and day as numbers."""
    shape = re.fullmatch(r"%([dmY])([^0-9A-Za-z%]?)%([dmY])([^0-9A-Za-z%]?)%([dmY])", form)
    if shape is None or {shape[1], shape[3], shape[5]} != {"d", "m", "Y"}:
        raise InvalidArgumentError(
            "date_formats",
            "formats of %d, %m and %Y for text in a lazy frame",
            repr(form),
            "make the column one of dates in the frame first",
        )
    text = _padded(text, shape)
    widths = [4 if part == "Y" else 2 for part in (shape[1], shape[3], shape[5])]
    pattern = (
        f"^[0-9]{{{widths[0]}}}{re.escape(shape[2])}[0-9]{{{widths[1]}}}{re.escape(shape[4])}[0-9]{{{widths[2]}}}$"
    )
    fits = text.str.contains(pattern).fill_null(value=False)
    starts = [0, widths[0] + len(shape[2]), widths[0] + widths[1] + len(shape[2]) + len(shape[4])]
    place = dict(zip((shape[1], shape[3], shape[5]), zip(starts, widths, strict=True), strict=True))
    year, month, day = (_digits(text, fits, *place[part]) for part in "Ymd")
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = nw.when(leap).then(nw.lit(29)).otherwise(nw.lit(28))
    short = nw.when(month.is_in([4, 6, 9, 11])).then(nw.lit(30)).otherwise(nw.lit(31))
    longest = nw.when(month == 2).then(february).otherwise(short)
    exists = fits & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    parts = [text.str.slice(*place[part]) for part in "Ymd"]
    iso = nw.concat_str([parts[0], nw.lit("-"), parts[1], nw.lit("-"), parts[2]])
    return nw.when(exists).then(iso).str.to_date(format="%Y-%m-%d")


def _digits(text: nw.Expr, fits: nw.Expr, start: int, width: int) -> nw.Expr:
    return nw.when(fits).then(text.str.slice(start, width)).otherwise(nw.lit("0")).cast(nw.Int64)


def _padded(text: nw.Expr, shape: re.Match[str]) -> nw.Expr:
    """Return text with two digits for every day and month, as `strptime` reads one where something stands between."""
    if not (shape[2] and shape[4]):
        return text
    zero, done = nw.lit("0"), ""
    start = 0
    for part, after in ((shape[1], shape[2]), (shape[3], shape[4]), (shape[5], "")):
        if part != "Y":
            single = f"^{done}[0-9]" + (re.escape(after) if after else "$")
            fits = text.str.contains(single).fill_null(value=False)
            longer = nw.concat_str([text.str.slice(0, start), zero, text.str.slice(start)])
            text = nw.when(fits).then(longer).otherwise(text)
        width = 4 if part == "Y" else 2
        done += f"[0-9]{{{width}}}" + re.escape(after)
        start += width + len(after)
    return text
