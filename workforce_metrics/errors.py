"""Every exception and warning of the library.

An error names the argument, what was expected, what was found and what to do about it, and carries
the four as attributes. It never carries a person's identifier or the value of a cell.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "CodebookError",
    "DataQualityWarning",
    "DefinitionMismatchError",
    "FileFormatError",
    "IdentifierError",
    "InvalidArgumentError",
    "InvalidDataError",
    "MissingColumnError",
    "MissingDependencyError",
    "MissingFileError",
    "RiskSetWarning",
    "StorageError",
    "WorkforceMetricsError",
    "WorkforceMetricsWarning",
    "close_names",
]

LISTED_NAMES = 12
"""Where no name is close, up to this many are all listed."""


class WorkforceMetricsError(Exception):
    """Base of every error that this library raises on purpose.

    Parameters
    ----------
    argument : str
        The argument, column or file that is at fault.
    expected : str
        What would have been accepted.
    got : str
        What was found, described without any person's identifier or value.
    fix : str
        What the caller can do about it.

    Examples
    --------
    >>> from workforce_metrics.errors import InvalidArgumentError
    >>> raise InvalidArgumentError("conf_level", "a number in (0, 1)", "95", "write 0.95")
    Traceback (most recent call last):
    ...
    workforce_metrics.errors.InvalidArgumentError: conf_level: expected a number in (0, 1), got 95. Fix: write 0.95.
    """

    def __init__(self, argument: str, expected: str, got: str, fix: str) -> None:
        self.argument = argument
        self.expected = expected
        self.got = got
        self.fix = fix
        stop = "" if fix.endswith(("?", ".")) else "."
        super().__init__(f"{argument}: expected {expected}, got {got}. Fix: {fix}{stop}")

    __str__ = Exception.__str__  # KeyError would show the message in quotation marks

    def __reduce__(self) -> tuple[type[WorkforceMetricsError], tuple[str, str, str, str]]:
        return type(self), (self.argument, self.expected, self.got, self.fix)


class InvalidArgumentError(WorkforceMetricsError, ValueError):
    """An argument whose value is not one that the function accepts."""


class InvalidDataError(WorkforceMetricsError, ValueError):
    """Data whose contents contradict what was declared about them."""


class MissingColumnError(WorkforceMetricsError, KeyError):
    """A column that was named or is needed and is not there."""


class MissingFileError(WorkforceMetricsError, FileNotFoundError):
    """A file that is not where the caller said it was."""


class FileFormatError(WorkforceMetricsError, ValueError):
    """A file that cannot be read as what it was said to be."""


class StorageError(WorkforceMetricsError, OSError):
    """A disk that has no room, or a folder that cannot be written."""


class CodebookError(WorkforceMetricsError, ValueError):
    """A codebook that contradicts itself, or an item or score it does not hold."""


class IdentifierError(WorkforceMetricsError, ValueError):
    """An identifier that cannot follow people over time."""


class DefinitionMismatchError(WorkforceMetricsError, ValueError):
    """Two results that cannot be combined because they do not mean the same thing."""


class MissingDependencyError(WorkforceMetricsError, ImportError):
    """An optional package that this call needs and that is not installed."""


class WorkforceMetricsWarning(UserWarning):
    """Base of every warning of this library."""


class DataQualityWarning(WorkforceMetricsWarning):
    """Data that were read as declared but look as if the declaration were wrong."""


class RiskSetWarning(WorkforceMetricsWarning):
    """A risk set too small or too short for the figure that was asked for."""


def close_names(name: str, there: Iterable[object], *, otherwise: str | None = None) -> str:
    """Return the fix for a name that is not among those there.

    Parameters
    ----------
    name : str
        The name asked for.
    there : iterable of object
        The names there are, in any order; never the values of a column.
    otherwise : str, optional
        The fix where none is close, in place of a list of all: in a file without a header, names may be a person's
        cells.

    Returns
    -------
    str
        The closest names, without regard to case; all names where none is close and they are few.

    Examples
    --------
    >>> close_names("Weigth", ["team", "weight"])
    "did you mean 'weight'?"
    >>> close_names("ward", ["weight", "team"])
    "check the name; there are 'team', 'weight'"
    >>> close_names("ward", ["weight", "team"], otherwise="give the name as it stands in the header")
    'give the name as it stands in the header'
    """
    names = sorted({str(found) for found in there})
    folded = {found.casefold(): found for found in names}
    close = [folded[found] for found in difflib.get_close_matches(str(name).casefold(), folded, n=3)]
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    if otherwise is not None:
        return otherwise
    if 0 < len(names) <= LISTED_NAMES:
        return f"check the name; there are {', '.join(map(repr, names))}"
    return "check the name"
