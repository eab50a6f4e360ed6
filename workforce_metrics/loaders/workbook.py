"""Spreadsheets as grids of cells: Excel and OpenDocument files, or data frames in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    MissingDependencyError,
    MissingFileError,
)
from workforce_metrics.loaders.arguments import shown

__all__ = ["SPREADSHEETS", "Sheet", "column_letters", "is_spreadsheet", "read_workbook", "sheets_of_frames"]

SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
Cells = npt.NDArray[np.object_]

_is_filled = np.frompyfunc(lambda cell: cell is not None, 1, 1)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet as it stands.

    Parameters
    ----------
    name : str
        Its name.
    cells : ndarray of object, shape (n_rows, n_columns)
        Numbers, text, dates and booleans; None where a cell is blank. Of merged cells the first holds the content.
    """

    name: str
    cells: Cells

    @property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Which cells hold anything, shape (n_rows, n_columns)."""
        filled: npt.NDArray[np.bool_] = _is_filled(self.cells).astype(bool)
        return filled

    def text(self, row: int, column: int) -> str:
        """Return a cell as text without surrounding space, empty where it is blank."""
        value = self.cells[row, column]
        return "" if value is None else str(value).strip()


def column_letters(column: int) -> str:
    """Return the letters a spreadsheet gives a column, 0 = the first.

    Examples
    --------
    >>> column_letters(0), column_letters(28), column_letters(702)
    ('A', 'AC', 'AAA')
    """
    letters, left = "", column + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def is_spreadsheet(source: object) -> bool:
    """Return whether `source` is the path of a file that `read_workbook` reads, by its ending.

    Examples
    --------
    >>> is_spreadsheet("benchmark.XLSX"), is_spreadsheet("export.csv"), is_spreadsheet(3)
    (True, False, False)
    """
    return isinstance(source, (str, Path)) and Path(source).suffix.lower() in SPREADSHEETS


def read_workbook(path: Path) -> list[Sheet]:
    """Read every sheet of a spreadsheet file, in its order, hidden ones included.

    Parameters
    ----------
    path : Path
        A file ending in one of `SPREADSHEETS`.

    Returns
    -------
    list of Sheet
        Charts and empty sheets have no cells.

    Raises
    ------
    MissingFileError
        If there is no such file.
    MissingDependencyError
        If python-calamine is not installed.
    FileFormatError
        If the file is none of those, damaged, or locked with a password.

    Notes
    -----
    A cell that holds an error of the spreadsheet (``#N/A``) comes back blank.
    """
    try:
        import python_calamine
    except ImportError as error:
        raise MissingDependencyError(
            path.name, "the package python-calamine", "none", "pip install 'workforce-metrics[excel]'"
        ) from error
    if not path.is_file():
        raise MissingFileError(path.name[:60], "a file", "nothing of that name", "check the path")
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            return [
                Sheet(name, _grid(book.get_sheet_by_name(name).to_python(skip_empty_area=False)))
                for name in book.sheet_names
            ]
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise FileFormatError(
            path.name, "a spreadsheet", "something else, damaged or locked", "open and save it again as .xlsx"
        ) from error


def sheets_of_frames(frames: Mapping[Any, object]) -> list[Sheet]:
    """Return data frames as sheets, each cell of the frame a cell of the sheet and its column names left out.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Sheet name to its cells, as ``pandas.read_excel(path, sheet_name=None, header=None)`` gives them.

    Raises
    ------
    InvalidArgumentError
        If it holds anything else.
    """
    expected, fix = "sheet names and their data frames", "pandas.read_excel(path, sheet_name=None, header=None)"
    sheets = []
    for name, frame in frames.items():
        if not isinstance(name, str) or not isinstance(frame, pd.DataFrame):
            raise InvalidArgumentError("source", expected, f"{shown(name)} and a {type(frame).__name__}", fix)
        cells = frame.astype(object).to_numpy(dtype=object)
        sheets.append(Sheet(name, _grid(cells.tolist(), cells.shape[1])))
    return sheets


def _grid(rows: list[list[Any]], width: int | None = None) -> Cells:
    wide = max(map(len, rows), default=0) if width is None else width
    cells = np.full((len(rows), wide), None, dtype=object)
    for number, row in enumerate(rows):
        cells[number, : len(row)] = [None if _is_blank(value) else value for value in row]
    return cells


def _is_blank(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return not value.strip() if isinstance(value, str) else isinstance(value, float) and value != value  # noqa: PLR0124
