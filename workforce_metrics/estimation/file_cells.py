"""Cells of written tables: texts that no spreadsheet runs, the kind of every column, and both read back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingDependencyError

__all__ = ["as_cell", "as_text", "as_written", "harmless", "kinds_of_columns", "new_workbook", "typed"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet takes a text for a formula."""

WHOLE, NUMBER, TRUTH, DATE, TEXT = "whole number", "number", "true or false", "date", "text"
TRUTHS = {"True": True, "False": False, True: True, False: False}


def new_workbook(*, instead: str) -> Any:
    """Return an empty workbook of openpyxl.

    Raises
    ------
    MissingDependencyError
        If openpyxl is not installed; `instead` says what can be written without.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise MissingDependencyError(
            "path", "openpyxl, which writes .xlsx", "no such package",
            f"pip install 'workforce-metrics[excel]', or write {instead}",
        ) from None  # fmt: skip
    return Workbook()


def as_text(value: object) -> object:
    """Return a text with an apostrophe before it where a spreadsheet would take it for a formula.

    Examples
    --------
    >>> as_text("=1+1"), as_text("one"), as_text(5)
    ("'=1+1", 'one', 5)
    """
    return f"'{value}" if isinstance(value, str) and _may_run(value) else value


def as_written(value: object) -> object:
    """Return the text of which `as_text` made a harmless one.

    Examples
    --------
    >>> as_written("'=1+1"), as_written("'tis")
    ('=1+1', "'tis")
    """
    return value[1:] if isinstance(value, str) and value.startswith("'") and _may_run(value) else value


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, names of columns too, no spreadsheet takes for formulas."""
    made = frame.copy()
    for name, kind in kinds_of_columns(frame).items():
        if kind == TEXT:
            made[name] = made[name].astype(object).map(as_text, na_action="ignore")
    return made.rename(columns=as_text)


def as_cell(value: object) -> object:
    """Return a value as Excel stores it: what is missing as an empty cell."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | pd.Timestamp) else str(value)


def kinds_of_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Return what each column holds, in words: a file has no types of its own.

    Examples
    --------
    >>> kinds_of_columns(pd.DataFrame({"team": ["01"], "estimate": [0.5], "n": [5], "suppressed": [False]}))
    {'team': 'text', 'estimate': 'number', 'n': 'whole number', 'suppressed': 'true or false'}
    """
    tests = {
        TRUTH: pd.api.types.is_bool_dtype, WHOLE: pd.api.types.is_integer_dtype, NUMBER: pd.api.types.is_float_dtype,
        DATE: pd.api.types.is_datetime64_any_dtype,
    }  # fmt: skip
    return {
        str(name): next((kind for kind, holds in tests.items() if holds(frame[name].dtype)), TEXT) for name in frame
    }


def typed(cells: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return the table that cells were written from, each column of the kind it had.

    Parameters
    ----------
    cells : pandas.DataFrame
        Texts, or values as a spreadsheet holds them; missing where a cell is empty.
    kinds : dict of str to str
        What `kinds_of_columns` said of the table.

    Raises
    ------
    InvalidDataError
        If the columns are others, or hold something else.
    """
    found = cells.rename(columns=as_written)
    if list(found.columns) != list(kinds):
        raise InvalidDataError("path", "the columns that were written", "others", "write the result again")
    try:
        return pd.DataFrame({name: _typed(found[name], kind) for name, kind in kinds.items()})
    except (ValueError, TypeError):
        raise InvalidDataError(
            "path", "cells of the kind that was written", "others", "write the result again"
        ) from None


def _may_run(value: str) -> bool:
    return value.lstrip("'").startswith(FORMULA_STARTS)


def _typed(column: pd.Series, kind: str) -> pd.Series:
    if kind == TEXT:
        return column.map(as_written, na_action="ignore")
    if kind == TRUTH:
        made = column.map(TRUTHS).astype("boolean")
        return made if made.isna().any() else made.astype(bool)
    if kind == DATE:
        return pd.to_datetime(column)
    if kind == WHOLE:
        whole = pd.to_numeric(column).astype("Int64")
        return whole if whole.isna().any() else whole.astype("int64")
    return column.astype("float64")
