"""Cells of published figures as numbers: marks of suppression, percent signs, thousands separators, rounding."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.codebooks.scale import normalise_label

__all__ = ["SUPPRESSION_MARKS", "Read", "read_cells", "rounding_step"]

SUPPRESSION_MARKS = frozenset({"-", "*", "<10", "<11", "na", "n/a", ".", "..", "[c]", "[z]"})
"""What stands for a figure that is withheld or not available, in any case, beside a blank cell."""

BLANK = "blank"
NUMBER, MARK, NEITHER = 0, 1, 2
LARGEST = 1e300  # beyond it a whole number has no float
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?(e[+-]?\d+)?|[+-]?\.\d+", re.ASCII | re.IGNORECASE)
_MOST_DECIMALS = 8


@dataclass(frozen=True, eq=False)
class Read:
    """Cells read one by one.

    Parameters
    ----------
    numbers : ndarray of float64, shape (n_cells,)
        The number, missing where there is none; that of a cell with a percent sign is divided by 100.
    kind : ndarray of int8, shape (n_cells,)
        `NUMBER`, `MARK` (suppressed) or `NEITHER`.
    marks : ndarray of object, shape (n_cells,)
        The mark as it stands, "blank" for a blank cell, empty for a number.
    percent : ndarray of bool, shape (n_cells,)
        Whether the cell carries a percent sign, and so says its own unit.
    """

    numbers: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int8]
    marks: npt.NDArray[np.object_]
    percent: npt.NDArray[np.bool_]


def read_cells(cells: npt.NDArray[np.object_], marks: Collection[str] = SUPPRESSION_MARKS) -> Read:
    """Read cells that should hold a number or a mark.

    Parameters
    ----------
    cells : ndarray of object, shape (n_cells,)
        Numbers or text, None where blank.
    marks : collection of str
        Suppression marks, normalised as labels are.

    Returns
    -------
    Read

    Notes
    -----
    Text is a number with a point for decimals and commas, if any, between thousands ("1,234.5"), and with or without a
    percent sign. A footnote beside a number ("45.3 [1]"), a decimal comma ("45,3"), a date and a boolean are none.

    Examples
    --------
    >>> import numpy as np
    >>> read = read_cells(np.array([45.5, "1,234", "45%", "*", None, "45,3", True], dtype=object))
    >>> read.numbers.tolist(), read.kind.tolist()
    ([45.5, 1234.0, 0.45, nan, nan, nan, nan], [0, 0, 0, 1, 1, 2, 2])
    """
    known: dict[tuple[type, object], tuple[float, int, str, bool]] = {}
    read = [_cached(cell, marks, known) for cell in cells]
    values, kind, found, percent = zip(*read, strict=True) if read else ((), (), (), ())
    return Read(
        np.array(values, dtype=np.float64),
        np.array(kind, dtype=np.int8),
        np.array(found, dtype=object),
        np.array(percent, dtype=bool),
    )


def _cached(
    cell: object, marks: Collection[str], known: dict[tuple[type, object], tuple[float, int, str, bool]]
) -> tuple[float, int, str, bool]:
    if not isinstance(cell, str):
        return _read(cell, marks)
    key = (str, cell)
    if key not in known:
        known[key] = _read(cell, marks)
    return known[key]


def _read(cell: object, marks: Collection[str]) -> tuple[float, int, str, bool]:
    if cell is None:
        return math.nan, MARK, BLANK, False
    if isinstance(cell, str):
        return _read_text(cell, marks)
    if isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, bool):
        return _finite(float(cell) if -LARGEST < cell < LARGEST else math.inf)
    return math.nan, NEITHER, "", False


def _read_text(cell: str, marks: Collection[str]) -> tuple[float, int, str, bool]:
    text = normalise_label(cell)
    if text in marks:
        return math.nan, MARK, cell.strip(), False
    number, percent = text.removesuffix("%").rstrip(), text.endswith("%")
    if not _NUMBER.fullmatch(number):
        return math.nan, NEITHER, "", False
    value = float(number.replace(",", ""))
    return _finite(value / 100 if percent else value, percent=percent)


def _finite(value: float, *, percent: bool = False) -> tuple[float, int, str, bool]:
    return (value, NUMBER, "", percent) if math.isfinite(value) else (math.nan, NEITHER, "", False)


def rounding_step(values: npt.NDArray[np.float64], *, coarsest: int = 0) -> float:
    """Return the step to which numbers are rounded: 1, 0.1, ..., 1e-08, or 0 where they are not.

    Parameters
    ----------
    values : ndarray of float64
        As they are written; missing ones do not count.
    coarsest : int, default 0
        The fewest decimals that such numbers are written with.

    Notes
    -----
    With few numbers a coarser step than the true one may fit by chance; 0 means more than eight decimals.

    Examples
    --------
    >>> rounding_step(np.array([45.0, 30.2, np.nan])), rounding_step(np.array([45 + 1 / 7]))
    (0.1, 0.0)
    >>> rounding_step(np.array([5.0]), coarsest=1)
    0.1
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0
    for decimals in range(coarsest, _MOST_DECIMALS + 1):
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=1e-11):
            return float(10.0**-decimals)
    return 0.0
