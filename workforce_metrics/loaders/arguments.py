"""Arguments of the loaders: of the kind they must be, and never shown in a message where they could hold data."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import SupportsFloat, TypeGuard

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError

__all__ = [
    "AS_IN_THE_HEADER",
    "as_day",
    "check_mapping",
    "check_optional_text",
    "is_share",
    "listed",
    "refuse_two_roles",
    "shown",
]

AS_IN_THE_HEADER = "give the name as it stands in the header"
"""The fix where no column is like the one asked for; the others are not listed, a file may lack its header."""

_EPOCH = dt.date(1970, 1, 1).toordinal()


def shown(value: object) -> str:
    """Return how a message names an argument: text and numbers as they are, anything else by its type.

    Examples
    --------
    >>> shown("left"), shown(3), shown(["P7731"])
    ("'left'", '3', 'list')
    """
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:60]}...")
    return repr(value) if value is None or isinstance(value, (bool, float)) else _of_other(value)


def _of_other(value: object) -> str:
    return repr(value) if isinstance(value, int) and abs(value) < 10**12 else type(value).__name__


def check_optional_text(value: object, argument: str, *, expected: str, fix: str) -> None:
    """Refuse an argument that is neither None nor text.

    Raises
    ------
    InvalidArgumentError
        Naming the argument.
    """
    if value is not None and not isinstance(value, str):
        raise InvalidArgumentError(argument, expected, shown(value), fix)


def refuse_two_roles(roles: Mapping[str, str]) -> None:
    """Refuse one column for two roles.

    Raises
    ------
    InvalidArgumentError
        Naming the column and its roles.
    """
    names = list(roles.values())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        held = " and ".join(role for role, name in roles.items() if name == twice)
        raise InvalidArgumentError("columns", "a column for each role", f"{twice!r} as {held}", "name another column")


def check_mapping(value: object, argument: str, *, expected: str, fix: str) -> None:
    """Refuse what is no mapping of text to text.

    Raises
    ------
    InvalidArgumentError
        Naming the argument.
    """
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(argument, expected, shown(value), fix)
    for part in (*value, *value.values()):
        if not isinstance(part, str):
            raise InvalidArgumentError(argument, expected, f"{shown(part)} in it", fix)


def listed(value: object, argument: str, *, expected: str, fix: str) -> tuple[object, ...]:
    """Return what one text or a collection lists; None lists nothing.

    Raises
    ------
    InvalidArgumentError
        If it is neither.

    Examples
    --------
    >>> listed("organisation", "within", expected="columns", fix="name them")
    ('organisation',)
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable) or isinstance(value, (bytes, Mapping)):
        raise InvalidArgumentError(argument, expected, shown(value), fix)
    return tuple(value)


def is_share(value: object) -> TypeGuard[float]:
    """Return whether `value` is a number from 0 to 1."""
    if isinstance(value, (bool, np.ndarray, pd.Series)) or not isinstance(value, SupportsFloat):
        return False
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return math.isfinite(number) and 0 <= number <= 1


def as_day(value: object, argument: str) -> int:
    """Return a date given as an argument as days since 1970-01-01.

    Parameters
    ----------
    value : str, date or datetime
        Text in ISO order, such as "2025-03-31"; a datetime must be at midnight.
    argument : str
        Its name, for the error.

    Raises
    ------
    InvalidArgumentError
        If it is not a date.

    Examples
    --------
    >>> as_day("1970-02-01", "observed_to")
    31
    """
    moment: object = _of_numpy(value) if isinstance(value, np.datetime64) else value
    if isinstance(moment, str):
        try:
            moment = dt.date.fromisoformat(moment.strip())
        except ValueError:
            moment = None
    if not isinstance(moment, dt.date) or pd.isna(moment):
        raise InvalidArgumentError(argument, "a date", shown(value), "write it as '2025-03-31'")
    if isinstance(moment, dt.datetime) and moment.time() != dt.time():
        raise InvalidArgumentError(argument, "a date", "a time of day", "write it as '2025-03-31'")
    return moment.toordinal() - _EPOCH


def _of_numpy(value: np.datetime64) -> object:
    """Return the date, or None where there is a time of day or no such day."""
    try:
        day = value.astype("datetime64[D]")
        return day.item() if day.astype(value.dtype) == value else None
    except OverflowError:
        return None
