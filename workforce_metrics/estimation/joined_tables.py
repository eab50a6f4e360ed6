"""Results that are published together as one set of rows: the same group is one cell in all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, MissingColumnError
from workforce_metrics.estimation.hidden_rows import TableRows
from workforce_metrics.estimation.table_lines import TOTAL, Lines, table_lines
from workforce_metrics.groups import Codes
from workforce_metrics.results import Result

__all__ = ["LABELS", "JoinedTables", "joined_tables"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

LABELS = ("term", "indicator", "measure", "outcome", "side", "cause", "time", "edition", "against")
"""Result columns that say what was asked, not what was found."""


@dataclass(frozen=True)
class JoinedTables:
    """The rows of several results, one after the other.

    Parameters
    ----------
    rows : TableRows
    lines : Lines
        What adds up to what, over all tables.
    names : tuple of str
        The grouping columns of all tables.
    columns : numpy.ndarray of int64, shape (n_cells, n_names)
        Each cell's code in them, -1 where it is a total over the column.
    levels : tuple of pandas.Index
        What the codes of each column mean.
    indicators : tuple of str
        What the codes of the indicators mean.
    first_row : numpy.ndarray of int64, shape (n_results + 1,)
        Where the rows of each result start.
    """

    rows: TableRows
    lines: Lines
    names: tuple[str, ...]
    columns: Codes
    levels: tuple[pd.Index, ...]
    indicators: tuple[str, ...]
    first_row: Codes


def joined_tables(
    results: Sequence[Result], frames: Sequence[pd.DataFrame], *, total: Hashable, counted: bool
) -> JoinedTables:
    """Return results as cells, lines and rows.

    Parameters
    ----------
    results : sequence of Result
    frames : sequence of pandas.DataFrame
        Their tables.
    total : hashable
        The value in a grouping column that marks a total over it; None where there is none.
    counted : bool
        Whether to look at how many are counted.

    Returns
    -------
    JoinedTables

    Raises
    ------
    MissingColumnError
        If a table has no `n`.
    InvalidArgumentError
        If two rows are about the same group, indicator, outcome, cause and time.
    """
    for result, frame in zip(results, frames, strict=True):
        if "n" not in frame:
            raise MissingColumnError(
                "n",
                "a result with numbers of people",
                f"a {type(result).__name__} without",
                "suppress a table that has n",
            )
    names = tuple(dict.fromkeys(name for result in results for name in result.by))
    codes, levels = [], []
    for name in names:
        code, found = _column_codes(results, frames, name, total)
        codes.append(code)
        levels.append(found)
    n_rows = np.array([len(frame) for frame in frames])
    by_row = np.column_stack(codes) if codes else np.zeros((int(n_rows.sum()), 0), dtype=np.int64)
    columns, cell = _cells(by_row)
    asked = [_asked(result, frame) for result, frame in zip(results, frames, strict=True)]
    indicator, indicators = pd.factorize(np.concatenate(asked) if asked else np.zeros(0, dtype=object))
    rows = TableRows(
        cell,
        indicator.astype(np.int64),
        np.concatenate([column_of(frame, "n") for frame in frames]),
        np.concatenate([column_of(frame, "n") + column_of(frame, "n_missing") for frame in frames]),
        np.concatenate(
            [
                result.n_counted() if counted else np.full(len(frame), np.nan)
                for result, frame in zip(results, frames, strict=True)
            ]
        ),
        np.concatenate([column_of(frame, "weight_sum" if "weight_sum" in frame else "n") for frame in frames]),
    )
    _refuse_rows_twice(frames, rows)
    first_row = np.concatenate([[0], np.cumsum(n_rows)])
    names_of = tuple(str(found) for found in indicators)
    return JoinedTables(rows, table_lines(columns), names, columns, tuple(levels), names_of, first_row)


def column_of(frame: pd.DataFrame, name: str) -> FloatArray:
    """Return a column as floats; NaN where missing, or without such a column."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return np.asarray(frame[name].to_numpy(dtype=np.float64, na_value=np.nan))


def _column_codes(
    results: Sequence[Result], frames: Sequence[pd.DataFrame], name: str, total: Hashable
) -> tuple[Codes, pd.Index]:
    """Return each row's code in one grouping column: its value's, or that of a total."""
    values = [
        frame[name].astype(object) if name in result.by else pd.Series([None] * len(frame), dtype=object)
        for result, frame in zip(results, frames, strict=True)
    ]
    is_total = np.concatenate(
        [
            (value == total).to_numpy(dtype=bool, na_value=False) & (total is not None)
            if name in result.by
            else np.ones(len(value), dtype=bool)
            for result, value in zip(results, values, strict=True)
        ]
    )
    joined = pd.concat(values, ignore_index=True)
    codes = np.full(len(joined), TOTAL, dtype=np.int64)
    codes[~is_total], levels = pd.factorize(joined[~is_total], use_na_sentinel=False)
    return codes, pd.Index(levels)


def _cells(by_row: Codes) -> tuple[Codes, Codes]:
    """Return the different rows of codes in order of appearance, and which each row is."""
    if not by_row.shape[1]:
        return np.zeros((min(len(by_row), 1), 0), dtype=np.int64), np.zeros(len(by_row), dtype=np.int64)
    keys, first, cell = np.unique(by_row, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return keys[order], place[cell.reshape(-1)]


def _asked(result: Result, frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return what each row is an indicator of: its own, or the kind of result."""
    if "indicator" in frame:
        return np.asarray(frame["indicator"].astype(str), dtype=object)
    return np.full(len(frame), type(result).__name__, dtype=object)


def _refuse_rows_twice(frames: Sequence[pd.DataFrame], rows: TableRows) -> None:
    labels = pd.concat([frame.reindex(columns=LABELS).astype(object) for frame in frames], ignore_index=True)
    if labels.assign(cell=rows.cell, kind=rows.indicator).duplicated().any():
        raise InvalidArgumentError(
            "results", "one row a group and indicator, outcome, cause and time", "some twice",
            "leave one out, or put what tells them apart (the year) into by",
        )  # fmt: skip
