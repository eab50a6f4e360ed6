"""What the two written forms of a codebook share: how a declaration is checked and how a fault is placed."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from workforce_metrics.codebooks.nhs_staff_survey import minimum_answered
from workforce_metrics.errors import CodebookError

__all__ = [
    "FAVOURABLE",
    "TWO_THIRDS",
    "check_choice",
    "check_columns",
    "check_finite",
    "check_minimum",
    "check_names",
    "check_once",
    "placed",
    "read_routes",
]

FAVOURABLE = ("higher", "lower", "n/a")
"""Which way a larger percentage can point."""

TWO_THIRDS = "two thirds"
"""What a codebook writes for `min_answered` to take two thirds of the items, rounded up."""

_ROUTE = re.compile(r"\s*(\w+)\s*=\s*([0-9]{1,9})\s*")


@contextmanager
def placed(where: str) -> Iterator[None]:
    """Add where in the file a `CodebookError` arose to what it says is at fault.

    Examples
    --------
    >>> with placed("book.csv, line 3"):
    ...     check_choice("favourable", "highest", FAVOURABLE)
    Traceback (most recent call last):
    ...
    workforce_metrics.errors.CodebookError: book.csv, line 3: favourable: expected one of higher, lower, n/a,
    got 'highest'. Fix: write 'higher'.
    """
    try:
        yield
    except CodebookError as error:
        raise CodebookError(f"{where}: {error.argument}", error.expected, error.got, error.fix) from error.__cause__


def check_names(names: Iterable[str], *, required: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuse a key or column that is not known, and the lack of one that is needed."""
    given, allowed = list(names), list(allowed)
    for name in given:
        if name not in allowed:
            fix = _suggestion(name, allowed, "remove it or correct its name")
            raise CodebookError(repr(name), f"one of {', '.join(allowed)}", "an unknown name", fix)
    for name in required:
        if name not in given:
            raise CodebookError(name, "a declaration", "none", f"declare {name}: nothing is guessed")


def check_choice(where: str, choice: str, there: Iterable[str]) -> str:
    """Return `choice` if it is among those there are, else refuse it with the nearest."""
    there = list(there)
    if choice not in there:
        fix = _suggestion(choice, there, "write one of those that there are")
        raise CodebookError(where, f"one of {', '.join(there)}", repr(choice) if choice else "nothing", fix)
    return choice


def check_once(where: str, names: Iterable[str]) -> None:
    """Refuse a name that is listed twice."""
    names = list(names)
    for name in names:
        if names.count(name) > 1:
            raise CodebookError(where, "each once", f"{name!r} twice", "remove one of the two")


def check_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the names of an item's column, each once, none blank."""
    columns = tuple(columns)
    if not all(column.strip() for column in columns):
        raise CodebookError("column", "the name of a column", "a blank one", "say which column of the file holds it")
    check_once("column", columns)
    return columns


def check_finite(where: str, number: float) -> float:
    """Return `number` if it is finite, else refuse it: an answer without a score has no value."""
    if not math.isfinite(number):
        raise CodebookError(where, "a finite number", str(number), "give an answer that is not scored no value")
    return number


def check_minimum(where: str, minimum: object, n_members: int) -> int:
    """Return how many of `n_members` must be answered: the number declared, or two thirds where that is written.

    Examples
    --------
    >>> check_minimum("scores.burnout.min_answered", "two thirds", 7), check_minimum("min_answered", 4, 7)
    (5, 4)
    """
    if minimum == TWO_THIRDS:
        return minimum_answered(n_members)
    if not isinstance(minimum, int) or isinstance(minimum, bool) or not 1 <= minimum <= n_members:
        got = "nothing" if minimum is None else repr(minimum)
        two_thirds = minimum_answered(n_members)
        raise CodebookError(
            where,
            f'a whole number from 1 to {n_members}, or "{TWO_THIRDS}"',
            got,
            f'declare how many must be answered; "{TWO_THIRDS}" of {n_members} is {two_thirds}',
        )
    return minimum


def read_routes(where: str, text: str) -> Mapping[str, frozenset[int]]:
    """Read ``a=1|a=2|b=1``: concepts and answers of theirs, any of which leads to the question.

    Examples
    --------
    >>> read_routes("routed_from", "unwell=1 | injured=1")
    {'unwell': frozenset({1}), 'injured': frozenset({1})}
    """
    routes: dict[str, frozenset[int]] = {}
    for route in text.split("|") if text.strip() else []:
        match = _ROUTE.fullmatch(route)
        if match is None:
            raise CodebookError(where, "concept=code, several joined by |", repr(text), "write, say, work_unwell=1")
        concept, code = match[1], int(match[2])
        routes[concept] = routes.get(concept, frozenset()) | {code}
    return routes


def _suggestion(name: str, there: Iterable[str], otherwise: str) -> str:
    """Return the fix "write ..." where something there is like `name`, else `otherwise`."""
    close = difflib.get_close_matches(name.casefold(), list(there), n=1)
    return f"write {close[0]!r}" if close else otherwise
