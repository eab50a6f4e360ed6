"""Dates in declared formats: one column may hold several, and the order of day and month is never guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.arguments import listed, shown
from workforce_metrics.loaders.columns import MISSING_MARKS, as_text, is_text, ranked

__all__ = ["Dates", "check_formats", "read_dates"]

Days = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NO_DATE = np.iinfo(np.int64).min
"""What stands for no date among days since 1970-01-01."""

# "00/00/0000", "0000-00-00 00:00:00", "  /  /    ", "..": nothing but zeros and punctuation
_MARK_OF_ZEROS = re.compile(r"[0\s/.:\-]*")
_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = dt.date.min.toordinal() - _EPOCH, dt.date.max.toordinal() - _EPOCH
_COMPLETE = tuple(map(frozenset, ("Ymd", "Ybd", "YBd", "ymd", "ybd", "yBd", "Yj", "yj", "GVu", "GVa", "GVA")))
_RUNS_TOGETHER = re.compile(r"%[dmyYjHIMSf]%[dmyYjHIMSf]")
_PROBE = dt.datetime(2019, 11, 23, 21, 45, 38, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Dates:
    """What a column of dates says.

    Parameters
    ----------
    days : ndarray of int64, shape (n_rows,)
        Days since 1970-01-01; `NO_DATE` where a row has none.
    blank : ndarray of bool, shape (n_rows,)
        Nothing in the cell, or a mark for nothing.
    mark : ndarray of bool, shape (n_rows,)
        A mark for nothing ("NULL", "00/00/0000").
    sentinel : ndarray of bool, shape (n_rows,)
        A date that stands for no date.
    unreadable, ambiguous : ndarray of bool, shape (n_rows,)
        In none of the formats; read as different dates by two of them.
    timed : ndarray of bool, shape (n_rows,)
        A time of day other than midnight, which was dropped.
    matched : frozenset of str
        The formats that read at least one cell.
    """

    days: Days
    blank: Flags
    mark: Flags
    sentinel: Flags
    unreadable: Flags
    ambiguous: Flags
    timed: Flags
    matched: frozenset[str] = frozenset()


def check_formats(date_formats: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the declared formats, each of which must name a day, a month and a year.

    Parameters
    ----------
    date_formats : str, sequence of str or None
        In the notation of `datetime.datetime.strptime`.

    Returns
    -------
    tuple of str

    Raises
    ------
    InvalidArgumentError
        If one is not a format, or leaves open the day, the month or the year.

    Examples
    --------
    >>> check_formats("%d/%m/%Y")
    ('%d/%m/%Y',)
    """
    expected, fix = "formats with a day, a month and a year", "write for example '%d/%m/%Y'"
    formats: list[str] = []
    for form in listed(date_formats, "date_formats", expected=expected, fix=fix):
        if not isinstance(form, str) or not _is_complete(form):
            raise InvalidArgumentError("date_formats", expected, shown(form), fix)
        formats.append(form)
    return tuple(formats)


def _is_complete(form: str) -> bool:
    directives = set(re.findall(r"%(.)", form.replace("%%", "")))
    if not any(needed <= directives for needed in _COMPLETE):
        return False
    try:
        return _read(_PROBE.strftime(form), form) is not None
    except (re.error, UnicodeError):  # a directive twice; text that no locale writes
        return False


def read_dates(
    column: pa.ChunkedArray,
    *,
    formats: Sequence[str],
    sentinels: Collection[int] = (),
    name: str = "date",
    is_whole: bool = True,
) -> Dates:
    """Read a column of dates.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Dates or timestamps, taken as they are (a time zone's own day, time of day dropped); or text or whole numbers
        (20240131) in the declared formats.
    formats : sequence of str
        As `check_formats` returns them; all are tried on every value.
    sentinels : collection of int
        Days since 1970-01-01 that stand for no date.
    name : str
        The column's name, for errors.
    is_whole : bool
        False where these are a few cells of a column: then it is not refused if none of them can be read.

    Returns
    -------
    Dates

    Raises
    ------
    InvalidArgumentError
        If the column is text and no format is declared.
    InvalidDataError
        If the column is of a type that holds no dates, or has cells of which not one can be read.

    Notes
    -----
    Text is parsed once per distinct value. A value is a date if every format that reads it reads the same one. Where a
    format has parts without anything between them ("%Y%m%d"), each part must have its full width. Two-digit years
    follow Python's pivot: 69-99 are 1969-1999, 00-68 are 2000-2068.

    Examples
    --------
    >>> import pyarrow as pa
    >>> column = pa.chunked_array([["02/01/1970", "1970-01-02", "31/02/1970", " ", "n/a"]])
    >>> dates = read_dates(column, formats=["%d/%m/%Y", "%Y-%m-%d"])
    >>> dates.days[:2].tolist(), dates.unreadable.tolist(), dates.blank.tolist()
    ([1, 1], [False, False, True, False, False], [False, False, False, True, True])
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        dates = _of_timestamps(column, sentinels, name)
    elif is_text(column) or pa.types.is_null(column.type) or pa.types.is_integer(column.type):
        dates = _of_text(as_text(column), formats, sentinels, name)
    elif pa.types.is_floating(column.type):
        dates = _of_text(_whole_as_text(column), formats, sentinels, name)
    else:
        raise InvalidDataError(name, "dates", f"a column of type {column.type}", "name another column")
    n_bad = int((dates.unreadable | dates.ambiguous).sum())
    if is_whole and n_bad and n_bad == int((~dates.blank).sum()):
        declared = ", ".join(map(repr, formats)) or "no format"
        raise InvalidDataError(
            name,
            "dates that exactly one of the declared formats reads",
            f"{n_bad:,} cells, none of them under {declared}",
            "declare the formats that the column has in date_formats, '%Y-%m-%d %H:%M:%S' where there is a time of day;"
            " turn a spreadsheet's day numbers (43831) into dates first",
        )
    return dates


def _of_timestamps(column: pa.ChunkedArray, sentinels: Collection[int], name: str) -> Dates:
    blank: Flags = column.is_null().combine_chunks().to_numpy(zero_copy_only=False)
    timed = np.zeros(len(blank), dtype=bool)
    if pa.types.is_timestamp(column.type):
        try:
            column = pc.local_timestamp(column) if column.type.tz else column
        except pa.ArrowInvalid as error:
            raise InvalidDataError(name, "a known time zone", repr(column.type.tz), "convert to plain dates") from error
        per_day = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[column.type.unit]
        ticks = column.cast(pa.int64()).fill_null(0).to_numpy()
        days, timed = ticks // per_day, (ticks % per_day != 0) & ~blank
    else:
        whole = column.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(column.type) else column.cast(pa.int64())
        days = whole.fill_null(0).to_numpy() // (1 if pa.types.is_date32(column.type) else 86_400_000)
    beyond = ((days < _FIRST_DAY) | (days > _LAST_DAY)) & ~blank
    none = np.zeros(len(blank), dtype=bool)
    days = np.where(blank | beyond, NO_DATE, days)
    sentinel = _is_in(days, sentinels)
    return Dates(
        days=np.where(sentinel, NO_DATE, days),
        blank=blank,
        mark=none,
        sentinel=sentinel,
        unreadable=beyond,
        ambiguous=none,
        timed=timed & ~sentinel & ~beyond,
    )


def _of_text(text: pa.Array, formats: Sequence[str], sentinels: Collection[int], name: str) -> Dates:
    codes, values = ranked(text)
    if not formats and len(values):
        raise InvalidArgumentError(
            "date_formats", f"the formats of {name!r}, which is not of a date type", "none", "for example ['%d/%m/%Y']"
        )
    # by distinct value, with one more at the end for the null that code -1 points at
    read = [_read_all(value, formats) for value in values.to_pylist()]
    days = np.array([r[0] for r in read] + [NO_DATE], dtype=np.int64)
    kind = np.array([r[1] for r in read] + ["blank"])
    timed = np.array([r[2] for r in read] + [False], dtype=bool)
    sentinel = _is_in(days, sentinels)
    return Dates(
        days=np.where(sentinel, NO_DATE, days)[codes],
        blank=np.isin(kind, ["mark", "blank"])[codes],
        mark=(kind == "mark")[codes],
        sentinel=sentinel[codes],
        unreadable=(kind == "unreadable")[codes],
        ambiguous=(kind == "ambiguous")[codes],
        timed=(timed & ~sentinel)[codes],
        matched=frozenset(form for r in read for form in r[3]),
    )


def _is_in(days: Days, sentinels: Collection[int]) -> Flags:
    return np.isin(days, np.array(sorted(sentinels), dtype=np.int64))


def _whole_as_text(column: pa.ChunkedArray) -> pa.Array:
    """Return decimals as the whole numbers they are, and as a mark that no format reads where they are not."""
    numbers = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    whole = np.isfinite(numbers) & (np.abs(numbers) < 2**53) & (np.trunc(numbers) == numbers)
    text = pa.array(np.where(whole, numbers, 0).astype(np.int64)).cast(pa.large_string())
    text = pc.if_else(pa.array(whole), text, pa.scalar("?", pa.large_string()))
    return pc.if_else(pa.array(np.isnan(numbers)), pa.scalar(None, pa.large_string()), text)


def _read_all(value: str, formats: Sequence[str]) -> tuple[int, str, bool, tuple[str, ...]]:
    """Return the day of one value, what kind of value it is, whether it has a time of day, and its formats."""
    if value.casefold() in MISSING_MARKS or _MARK_OF_ZEROS.fullmatch(value):
        return NO_DATE, "mark", False, ()
    found = {form: moment for form in formats if (moment := _read(value, form)) is not None}
    if not found:
        return NO_DATE, "unreadable", False, ()
    days = {moment.toordinal() - _EPOCH for moment in found.values()}
    if len(days) > 1:
        return NO_DATE, "ambiguous", False, tuple(found)
    return days.pop(), "date", any(moment.time() != dt.time() for moment in found.values()), tuple(found)


def _read(value: str, form: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.strptime(value, form)
    except ValueError:
        return None
    if _RUNS_TOGETHER.search(form) and _n_digits(moment.strftime(form)) != _n_digits(value):
        return None
    return moment


def _n_digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
