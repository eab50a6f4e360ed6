"""Cells of snapshots as expressions that any engine runs: text, identifiers, numbers, flags.

But for `tidy` itself, all are of columns that `tidy` has made: of text the kind is then `narwhals.String`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.columns import MISSING_MARKS

__all__ = ["Identifier", "Number", "flag_of", "identifier_of", "is_mark", "is_text", "number_of", "tidy"]

_WHITESPACE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
_TEXTS = (nw.String, nw.Categorical, nw.Enum)
_DECIMAL = r"^-?[0-9]+\.0+$"
_SCIENTIFIC = r"^-?[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+$"
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
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


def tidy(name: str, kind: nw.dtypes.DType) -> nw.Expr:
    """Return a column as it is carried and compared: text without surrounding space; blank text and NaN null."""
    column = nw.col(name)
    if is_text(kind):
        text = column.cast(nw.String).str.strip_chars(_WHITESPACE)
        return nw.when(text != "").then(text)
    return nw.when(~column.is_nan()).then(column) if kind.is_float() else column


def is_mark(text: nw.Expr) -> nw.Expr:
    """Return whether tidy text is nothing, or stands for nothing."""
    return text.is_null() | text.str.to_lowercase().is_in(sorted(MISSING_MARKS)).fill_null(value=True)


def identifier_of(column: str, kind: nw.dtypes.DType, *, name: str) -> Identifier:
    """Return who each row is about.

    Raises
    ------
    InvalidDataError
        If the column is of a type that identifies nobody.
    """
    if kind.is_integer():
        text, none = nw.col(column).cast(nw.String), nw.lit(value=False)
        return Identifier(text, nw.col(column).is_null(), none, none)
    if kind.is_float():
        return _of_floats(column, kind)
    if not is_text(kind) and not kind.is_decimal():
        raise InvalidDataError(name, "text or whole numbers", f"a column of type {kind}", "name another column")
    text = nw.col(column).cast(nw.String)
    missing = is_mark(text)
    decimal = text.str.contains(_DECIMAL).fill_null(value=False)
    whole = text.str.replace_all(r"\.0+$", "")
    size = nw.when(decimal).then(whole).otherwise(nw.lit("0")).cast(nw.Float64)
    lost = text.str.contains(_SCIENTIFIC).fill_null(value=False) | (size.abs() >= _LARGEST_EXACT)
    person = nw.when(~missing & ~lost).then(nw.when(decimal).then(whole).otherwise(text))
    return Identifier(person, missing, lost, decimal & ~lost)


def _of_floats(column: str, kind: nw.dtypes.DType) -> Identifier:
    number = nw.col(column)
    exact = (number.abs() < (2.0**24 if kind == nw.Float32 else _LARGEST_EXACT)).fill_null(value=False)
    guarded = nw.when(exact).then(number).otherwise(nw.lit(0.0))
    whole = exact & (guarded == guarded.cast(nw.Int64))
    person = nw.when(whole).then(guarded.cast(nw.Int64).cast(nw.String))
    return Identifier(person, number.is_null(), ~whole & ~number.is_null(), whole)


def number_of(column: str, kind: nw.dtypes.DType, *, largest: float) -> Number:
    """Return a column of numbers between 0 and `largest`.

    Raises
    ------
    InvalidDataError
        If the column holds something else.
    """
    if is_text(kind):
        text = nw.col(column).cast(nw.String)
        marked = is_mark(text)
        readable = ~marked & text.str.contains(_NUMBER).fill_null(value=False)
        number: nw.Expr = nw.when(readable).then(text).cast(nw.Float64)
        unreadable = ~marked & ~readable
    elif kind.is_numeric():
        number = nw.col(column).cast(nw.Float64)
        unreadable = nw.lit(value=False)
    else:
        raise InvalidDataError("fte", "a column of numbers", f"one of type {kind}", "map another column")
    fits = ((number >= 0) & (number <= largest)).fill_null(value=False)
    return Number(nw.when(fits).then(number), unreadable, ~fits & ~number.is_null())


def flag_of(column: str, kind: nw.dtypes.DType, *, values: Collection[str] | None, name: str) -> nw.Expr:
    """Return whether a column says that a person is active; null where it says nothing.

    Raises
    ------
    InvalidDataError
        If the column does not hold booleans and no values are declared.
    """
    if values is not None:
        if kind.is_boolean():
            return _of_boolean(column, values)
        return nw.col(column).cast(nw.String).is_in(sorted(values))
    if not kind.is_boolean():
        fix = "declare which values mean active in active_values"
        raise InvalidDataError(name, "booleans", f"a column of type {kind}", fix)
    return nw.col(column)


def _of_boolean(column: str, values: Collection[str]) -> nw.Expr:
    """Booleans are the texts "true" and "false", as Arrow writes them."""
    meant = nw.when(nw.col(column)).then(nw.lit("true" in values)).otherwise(nw.lit("false" in values))
    return nw.when(~nw.col(column).is_null()).then(meant)
