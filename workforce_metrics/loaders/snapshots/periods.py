"""Which day a snapshot is of: from a column's cells, a folder's name or a file's name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.arguments import shown
from workforce_metrics.loaders.columns import as_text
from workforce_metrics.loaders.dates import NO_DATE, check_formats, read_dates
from workforce_metrics.loaders.snapshots.kinds import kind_of

__all__ = ["NamePattern", "check_period_format", "period_days"]

Ints = npt.NDArray[np.int64]

ISO_DAY, ISO_MONTH = "%Y-%m-%d", "%Y-%m"
_DAY_IN_FORMAT = re.compile(r"%[djuwaA]")
_DIGITS = {"%Y": "[0-9]{4}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%y": "[0-9]{2}", "%j": "[0-9]{3}"}
_RUN_TOGETHER = {"%m": "[0-9]{2}", "%d": "[0-9]{2}"}
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"


def check_period_format(form: str | None) -> None:
    """Refuse a format of periods without a month and a year.

    Raises
    ------
    InvalidArgumentError
        Naming the argument.
    """
    if form is None:
        return
    try:
        check_formats(_complete(form))
    except InvalidArgumentError as error:
        fix = "write for example '%Y%m' or '%d/%m/%Y'"
        raise InvalidArgumentError("period_format", "a format with a month and a year", shown(form), fix) from error


def period_days(column: pa.ChunkedArray, *, period_format: str | None, month_day: str, name: str) -> Ints:
    """Return the day of each row's period, days since 1970-01-01, `NO_DATE` where it is missing or unreadable.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Dates, taken as they are; text or whole numbers in `period_format`, or ISO text ("2025-03-31", "2025-03").
    period_format : str or None
        In the notation of `datetime.datetime.strptime`; without a day it is a month.
    month_day : {"last", "first"}
        Which day stands for a month.
    name : str
        The column's name, for errors.

    Raises
    ------
    InvalidDataError, InvalidArgumentError
        If there are cells of which not one can be read, or the column's type holds no period.

    Examples
    --------
    >>> import numpy as np, pyarrow as pa
    >>> cells = pa.chunked_array([["2024-02", "2024-02-05"]])
    >>> days = period_days(cells, period_format=None, month_day="last", name="x")
    >>> days.astype("datetime64[D]").tolist()
    [datetime.date(2024, 2, 29), datetime.date(2024, 2, 5)]
    """
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        dates = read_dates(column, formats=())
        return np.where(dates.unreadable, NO_DATE, dates.days)
    if kind_of(column.type) == "numbers" and period_format is None:
        fix = "declare period_format, for example '%Y%m'"
        raise InvalidArgumentError("period_format", f"the format of {name!r}, which holds numbers", "none", fix)
    encoded = column.dictionary_encode() if not pa.types.is_dictionary(column.type) else column
    parts = []
    for chunk in encoded.unify_dictionaries().chunks:
        values = np.append(_days_of_values(chunk.dictionary, period_format, month_day, name), NO_DATE)
        parts.append(values[chunk.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _days_of_values(values: pa.Array, period_format: str | None, month_day: str, name: str) -> Ints:
    text = pc.replace_substring_regex(as_text(pa.chunked_array([values])), _MIDNIGHT, "")
    if pc.all(pc.is_null(text)).as_py():
        return np.full(len(text), NO_DATE, dtype=np.int64)
    if period_format is None:
        is_month = pc.fill_null(pc.match_substring_regex(text, r"^[0-9]{4}-[0-9]{2}$"), False)  # noqa: FBT003
        months = _days(
            pc.if_else(is_month, text, pa.scalar(None, pa.large_string())), ISO_MONTH, month_day, name, is_whole=False
        )
        days = _days(
            pc.if_else(is_month, pa.scalar(None, pa.large_string()), text), ISO_DAY, month_day, name, is_whole=False
        )
        days = np.where(is_month.to_numpy(zero_copy_only=False), months, days)
        if (days == NO_DATE).all():
            fix = "declare period_format, for example '%d/%m/%Y'"
            raise InvalidDataError(name, "periods such as '2025-03-31' or '2025-03'", "none that can be read so", fix)
        return days
    return _days(text, period_format, month_day, name, is_whole=True)


def _days(text: pa.Array, form: str, month_day: str, name: str, *, is_whole: bool) -> Ints:
    has_day = bool(_DAY_IN_FORMAT.search(form))
    if not has_day:
        text = pc.binary_join_element_wise(text, *(pa.scalar(part, pa.large_string()) for part in ("01", " ")))
    dates = read_dates(pa.chunked_array([text]), formats=[_complete(form)], name=name, is_whole=is_whole)
    days = np.where(dates.unreadable | dates.ambiguous, NO_DATE, dates.days)
    return days if has_day else _day_of_month(days, month_day)


def _complete(form: str) -> str:
    return form if _DAY_IN_FORMAT.search(form) else f"{form} %d"


def _day_of_month(first: Ints, month_day: str) -> Ints:
    """Return the day that stands for each month, given its first; `NO_DATE` stays."""
    if month_day == "first":
        return first
    after = (first.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64) - 1
    return np.where(first == NO_DATE, NO_DATE, after)


class NamePattern:
    """The date in a file's name.

    Parameters
    ----------
    pattern : str
        The whole name with a date in the notation of `strptime`; ``*`` stands for any text. With folders before it
        where it has a slash: "year=%Y/month=%m/*.parquet".
    month_day : {"last", "first"}
        Which day stands for a month.

    Examples
    --------
    >>> import numpy as np
    >>> day = NamePattern("staff_*_%Y-%m.csv", "last").day("staff_v2_2024-02.csv")
    >>> str(np.datetime64(day, "D"))
    '2024-02-29'
    """

    def __init__(self, pattern: str, month_day: str) -> None:
        self._form = " ".join(re.findall(r"%[A-Za-z]", pattern))
        check_period_format(self._form)
        self._month_day = month_day
        self.has_day = bool(_DAY_IN_FORMAT.search(self._form))
        parts = [part for part in re.split(r"(%[A-Za-z]|\*)", pattern) if part]
        around = zip(["", *parts], parts, [*parts[1:], ""], strict=False)
        written = "".join(_as_regex(part, alone="%" not in {before[:1], after[:1]}) for before, part, after in around)
        self._regex = re.compile(written, re.IGNORECASE)
        self._n_parts = pattern.count("/") + 1

    def day(self, path: str | Path) -> int:
        """Return the day that a file's name says, `NO_DATE` if it says none."""
        found = self._regex.fullmatch("/".join(Path(path).parts[-self._n_parts :]))
        if found is None:
            return NO_DATE
        text = pa.array([" ".join(found.groups())], pa.large_string())
        return int(_days(text, self._form, self._month_day, "period_from", is_whole=False)[0])


def _as_regex(part: str, *, alone: bool) -> str:
    if part == "*":
        return ".*?"
    if part.startswith("%") and len(part) == 2:
        digits = _DIGITS if alone else {**_DIGITS, **_RUN_TOGETHER}
        return f"({digits.get(part, '[A-Za-z]+')})"
    return re.escape(part)
