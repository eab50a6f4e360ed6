"""The groups of a tidy frame as a picture needs them: checked, in order, each with its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError

__all__ = ["Group", "group_text", "groups_of", "numbers", "plain_words", "require_columns", "suppressed_rows"]


@dataclass(frozen=True)
class Group:
    """The rows of one group.

    Parameters
    ----------
    key : tuple of str
        The group's values as text, one a grouping column; empty where there is no grouping.
    rows : pandas.DataFrame
        Its rows, in the frame's order.
    """

    key: tuple[str, ...]
    rows: pd.DataFrame

    @property
    def label(self) -> str:
        """What stands beside its line or dot."""
        return ", ".join(self.key) or "all"


def require_columns(argument: str, frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a frame that lacks one of the columns, or has no rows."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise MissingColumnError(
            argument, f"columns {', '.join(map(repr, missing))}", "a frame without", "pass the frame of a result"
        )
    if frame.empty:
        raise InvalidDataError(argument, "at least one row", "an empty frame", "draw a result that has rows")


def group_text(value: object) -> str:
    """Return a group's value as a reader expects it: no ``.0`` after a year, a name for what is missing.

    Examples
    --------
    >>> group_text(2024.0), group_text(float("nan")), group_text("nurse")
    ('2024', 'not stated', 'nurse')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return "not stated"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return "not stated" if np.isnan(number) else f"{number:.10g}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat(" ")
    return str(value)


def plain_words(name: str) -> str:
    """Return the name of an indicator or a term as words.

    Examples
    --------
    >>> plain_words("share:burnout_burnt_out")
    'burnout burnt out (share)'
    """
    words = name.removeprefix("share:").replace("_", " ")
    return f"{words} (share)" if name.startswith("share:") else words


def groups_of(frame: pd.DataFrame, by: tuple[str, ...]) -> list[Group]:
    """Return the groups in their own order: categorical order or value, the missing one last."""
    if not by:
        return [Group((), frame)]
    parts = frame.groupby(list(by), observed=True, sort=True, dropna=False)
    return [Group(tuple(group_text(value) for value in key), rows) for key, rows in parts]


def numbers(rows: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Return a column as floats, NaN where missing or where there is no such column."""
    if column not in rows.columns:
        return np.full(len(rows), np.nan)
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)


def suppressed_rows(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows disclosure control has hidden; none where the frame has no such column."""
    if "suppressed" not in rows.columns:
        return np.zeros(len(rows), dtype=np.bool_)
    return rows["suppressed"].to_numpy(dtype=np.bool_, na_value=False)
