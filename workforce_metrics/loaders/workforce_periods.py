"""Periods of published workforce figures: months, days and spans as they are written, without guessing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Literal

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.loaders.arguments import listed, shown

__all__ = ["PeriodKind", "Quarter", "Span", "check_period_formats", "financial_quarter", "read_period"]

PeriodKind = Literal["day", "month", "span"]
Span = tuple[dt.date | None, dt.date]
"""Start, None for staff in post on one day, and end: counted is what happened after the start up to and on the end."""

Quarter = tuple[dt.date, dt.date]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = {
    name: number
    for number, (short, long) in enumerate(
        zip(_MONTHS, ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                      "november", "december"), strict=True), start=1)
    for name in (short, long)
} | {"sept": 9}  # fmt: skip
_YEAR, _NAME = r"(?P<y>(?:19|20)\d\d)", r"(?P<name>[a-z]{3,9})"
_DAYS = tuple(re.compile(form) for form in (
    rf"{_YEAR}-(?P<m>\d\d)-(?P<d>\d\d)(?:[ t]00:00(?::00(?:\.0+)?)?)?",
    rf"(?P<d>\d\d?)[-/. ]{_NAME}[-/. ]{_YEAR}",
    rf"(?P<d>\d\d?)(?P<sep>[-/.])(?P<m>\d\d?)(?P=sep){_YEAR}",
))  # fmt: skip
_WHOLE_MONTHS = tuple(re.compile(form) for form in (
    rf"{_YEAR}[-/.]?(?P<m>\d\d)", rf"{_NAME}[-/. ]{_YEAR}", rf"{_YEAR}[-/. ]{_NAME}",
))  # fmt: skip
_SPAN = re.compile(r"(?P<first>.+?)\s+(?:to|-|–)\s+(?P<last>.+)")
_FINANCIAL_YEAR = re.compile(r"((?:19|20)\d\d)[-/](\d\d(?:\d\d)?)")
_QUARTER = re.compile(r"q([1-4])")
_YEARS = range(1900, 2100)
_DIRECTIVES = re.compile(r"%(.)")


def check_period_formats(formats: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the declared formats, each of which must name a month and a year.

    Raises
    ------
    InvalidArgumentError
        If one does not.

    Examples
    --------
    >>> check_period_formats("%b-%y")
    ('%b-%y',)
    """
    expected, fix = "formats with a month and a year", "for example '%d/%m/%Y' or '%b-%y'"
    found: list[str] = []
    for form in listed(formats, "date_formats", expected=expected, fix=fix):
        has = set(_DIRECTIVES.findall(form)) if isinstance(form, str) else set()
        if not isinstance(form, str) or not has & set("mbB") or not has & set("yY"):
            raise InvalidArgumentError("date_formats", expected, shown(form), fix)
        found.append(form)
    return tuple(found)


def read_period(text: str, kind: PeriodKind, formats: Sequence[str] = ()) -> Span | None:
    """Return the period that a cell names, None where it names none or more than one.

    Parameters
    ----------
    text : str
        The cell.
    kind : {"day", "month", "span"}
        What the figures of the layout are about: staff in post on a day, a whole month, or what happened between two
        days ("202203 to 202303").
    formats : sequence of str
        As `check_period_formats` returns them; where there are any, they alone say how a day or a month is written.

    Notes
    -----
    Read without declaration are days in ISO order ("2025-03-31"), with the month's name ("31-Mar-2025") or where day
    and month cannot be mistaken for each other ("31/03/2025"), and months ("202503", "2025-03", "March 2025",
    "2014-NOV") of four-digit years. A month stands for its last day.

    Examples
    --------
    >>> read_period("2025-FEB", "month")
    (datetime.date(2025, 1, 31), datetime.date(2025, 2, 28))
    >>> read_period("202203 to 202303", "span")
    (datetime.date(2022, 3, 31), datetime.date(2023, 3, 31))
    >>> read_period("31/03/2025", "day"), read_period("03/04/2025", "day")
    ((None, datetime.date(2025, 3, 31)), None)
    """
    if kind == "span":
        parts = _SPAN.fullmatch(text.strip())
        ends = [_day(part, formats) for part in parts.group("first", "last")] if parts else []
        first, last = ends or (None, None)
        return (first, last) if first is not None and last is not None and first < last else None
    end = _day(text, formats)
    if end is None:
        return None
    return (None, end) if kind == "day" else (end.replace(day=1) - dt.timedelta(1), _last_of(end.year, end.month))


def financial_quarter(year: str, quarter: str) -> Quarter | None:
    """Return a quarter of a financial year from April to March, None where the labels are none.

    Examples
    --------
    >>> financial_quarter("2011-12", "Q4")
    (datetime.date(2011, 12, 31), datetime.date(2012, 3, 31))
    """
    years, number = _FINANCIAL_YEAR.fullmatch(year.strip()), _QUARTER.fullmatch(quarter.strip().casefold())
    if not years or not number or (int(years[1]) + 1) % 100 != int(years[2]) % 100:
        return None
    first, last = (_after(int(years[1]), 3 + 3 * (int(number[1]) + step)) for step in (-1, 0))
    return first, last


def _after(year: int, months: int) -> dt.date:
    """Return the last day of the month that many months into a year."""
    return _last_of(year + (months - 1) // 12, (months - 1) % 12 + 1)


def _last_of(year: int, month: int) -> dt.date:
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(1)


def _day(text: str, formats: Sequence[str]) -> dt.date | None:
    text = " ".join(text.split())
    if formats:
        found = {day for form in formats if (day := _declared(text, form)) is not None}
        return found.pop() if len(found) == 1 else None
    text = text.casefold()
    for form in _DAYS:
        match = form.fullmatch(text)
        if match:
            return _unmistakable(match)
    match = next(filter(None, (form.fullmatch(text) for form in _WHOLE_MONTHS)), None)
    month = _month(match) if match else 0
    return _last_of(int(match["y"]), month) if match and month else None


def _unmistakable(match: re.Match[str]) -> dt.date | None:
    parts, month = match.groupdict(), _month(match)
    day = int(parts["d"])
    if not month or ("sep" in parts and day <= 12 and day != month):
        return None
    try:
        return dt.date(int(parts["y"]), month, day)
    except ValueError:
        return None


def _month(match: re.Match[str]) -> int:
    """Return the month, 0 where it is none."""
    parts = match.groupdict()
    month = int(parts["m"]) if parts.get("m") else _NAMES.get(parts.get("name") or "", 0)
    return month if month <= 12 else 0


def _declared(text: str, form: str) -> dt.date | None:
    try:
        day = dt.datetime.strptime(text, form).date()
    except (ValueError, re.error):
        return None
    if day.year not in _YEARS:
        return None
    return day if "%d" in form or "%j" in form else _last_of(day.year, day.month)
