"""Columns of dates in a lazy frame, also those that are text: read in stages, each column worked out once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.snapshots.lazy_cells import is_mark
from workforce_metrics.loaders.snapshots.lazy_steps import Frame

__all__ = ["unreadable", "with_dates"]

_FORMAT = re.compile(r"%([dmY])([^0-9A-Za-z%]?)%([dmY])([^0-9A-Za-z%]?)%([dmY])")
_ZEROS = r"^[0 /.:-]*$"
_EXISTS = (
    r"^(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)$"
)
"""ISO text of a day that there is; 29 February in leap years only."""


@dataclass(frozen=True)
class _Shape:
    """A format of four-digit year, month and day as numbers.

    Parameters
    ----------
    parts : tuple of str
        "d", "m" and "Y" in the format's order.
    between : tuple of str
        What stands after each part; nothing after the last.
    """

    parts: tuple[str, ...]
    between: tuple[str, ...]

    def pattern(self, place: int) -> str:
        """Return what matches the first `place` parts in full width."""
        return "^" + "".join(f"[0-9]{{{self.width(at)}}}{re.escape(self.between[at])}" for at in range(place))

    def width(self, place: int) -> int:
        return 4 if self.parts[place] == "Y" else 2

    def start(self, place: int) -> int:
        return sum(self.width(at) + len(self.between[at]) for at in range(place))

    def padded(self, text: nw.Expr, place: int) -> nw.Expr:
        """Write a day or month of one digit with two, as `strptime` reads it where something stands between."""
        if self.parts[place] == "Y" or not (self.between[0] and self.between[1]):
            return text
        one_digit = self.pattern(place) + "[0-9]" + (re.escape(self.between[place]) if place < 2 else "$")
        start = self.start(place)
        longer = nw.concat_str([text.str.slice(0, start), nw.lit("0"), text.str.slice(start)])
        return nw.when(text.str.contains(one_digit).fill_null(value=False)).then(longer).otherwise(text)

    def iso(self, text: nw.Expr) -> nw.Expr:
        """Return text in full width as year-month-day; null where it is in another format."""
        slices = {part: text.str.slice(self.start(at), self.width(at)) for at, part in enumerate(self.parts)}
        dashed = nw.concat_str([slices["Y"], nw.lit("-"), slices["m"], nw.lit("-"), slices["d"]])
        return nw.when(text.str.contains(self.pattern(3) + "$").fill_null(value=False)).then(dashed)


def unreadable(column: str) -> str:
    """Return the name of the column that says 1 where `with_dates` found something that is no date."""
    return f"{column}_unreadable"


def with_dates(frame: Frame, column: str, kind: nw.dtypes.DType, *, formats: Sequence[str], name: str) -> Frame:
    """Turn a column into dates, null where there is none, and add the column `unreadable`.

    Parameters
    ----------
    frame : LazyFrame
    column : str
        Dates; or text without surrounding space, or whole numbers, that are a date where all the formats that read
        them read the same one.
    kind : DType
        Of the column.
    formats : sequence of str
    name : str
        What errors call the column.

    Raises
    ------
    InvalidArgumentError
        If the column is text and no format is declared, or one that an expression cannot read.
    InvalidDataError
        If the column holds something else.
    """
    if kind == nw.Date or isinstance(kind, nw.Datetime):
        date = nw.col(column) if kind == nw.Date else nw.col(column).dt.date()
        return frame.with_columns(date.alias(column), nw.lit(0).cast(nw.Int64).alias(unreadable(column)))
    if kind != nw.String and not kind.is_integer():
        raise InvalidDataError(name, "dates", f"a column of type {kind}", "name another column")
    if not formats:
        raise InvalidArgumentError("date_formats", f"the formats of {name!r}", "none", "for example ['%d/%m/%Y']")
    shapes = [_shape(form) for form in formats]
    parts = [f"{column}_{place}" for place in range(len(shapes))]
    frame = frame.with_columns(nw.col(column).cast(nw.String))
    frame = frame.with_columns(nw.col(column).alias(part) for part in parts)
    for place in range(3):
        frame = frame.with_columns(
            shape.padded(nw.col(part), place).alias(part) for part, shape in zip(parts, shapes, strict=True)
        )
    frame = frame.with_columns(shape.iso(nw.col(part)).alias(part) for part, shape in zip(parts, shapes, strict=True))
    frame = frame.with_columns(_existing(nw.col(part)).alias(part) for part in parts)
    earliest, latest = nw.min_horizontal(*parts), nw.max_horizontal(*parts)
    text = nw.col(column)
    nothing = is_mark(text) | text.str.contains(_ZEROS).fill_null(value=True)
    frame = frame.with_columns(nw.when(earliest == latest).then(earliest).alias(parts[0]))
    frame = frame.with_columns((~nothing & nw.col(parts[0]).is_null()).cast(nw.Int64).alias(unreadable(column)))
    return frame.with_columns(nw.col(parts[0]).alias(column)).drop(parts)


def _existing(iso: nw.Expr) -> nw.Expr:
    exists = iso.str.contains(_EXISTS) & (iso >= nw.lit("0001"))
    return nw.when(exists.fill_null(value=False)).then(iso).str.to_date(format="%Y-%m-%d")


def _shape(form: str) -> _Shape:
    found = _FORMAT.fullmatch(form)
    if found is None or {found[1], found[3], found[5]} != {"d", "m", "Y"}:
        expected = "formats of %d, %m and %Y for text in a lazy frame"
        raise InvalidArgumentError("date_formats", expected, repr(form), "make it a column of dates in the frame first")
    return _Shape((found[1], found[3], found[5]), (found[2], found[4], ""))
