"""The columns of a cohort, read and checked one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError

__all__ = ["ANY_CAUSE", "ONE_CAUSE", "causes_of", "checked_weights", "events_of", "times_of"]

ANY_CAUSE = "any cause"
"""What the row is called that takes the causes of a table together."""
ONE_CAUSE = "left"
"""The one cause of a cohort that was given none."""

WIDEST_WEIGHT = 1e100
"""Sums of squares of larger weights, and their inverses, are no numbers."""

Array = npt.NDArray[Any]


def times_of(column: pd.Series[Any], name: str) -> Array:
    """Return a column of times, whole or not; refuse what is no number, missing or negative."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise InvalidDataError(
            name,
            "numbers",
            f"a column of type {column.dtype}",
            "give durations as numbers; dates go through read_register",
        )
    if column.isna().any() or not np.isfinite(column.to_numpy(dtype=float, na_value=np.nan)).all():
        n = int((~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))).sum())
        raise InvalidDataError(
            name, "a time in every row", f"{n:,} rows without", "leave those rows out and say how many"
        )
    if (column < 0).any():
        n = int((column < 0).sum())
        raise InvalidDataError(name, "times from 0", f"{n:,} negative", "leave those rows out or correct them")
    kind = "int64" if pd.api.types.is_integer_dtype(column) else "float64"
    return column.to_numpy(dtype=kind)


def events_of(column: pd.Series[Any], name: str) -> npt.NDArray[np.bool_]:
    """Return who left, from a boolean column; refuse any other and missing values."""
    n_missing = int(column.isna().sum())
    if n_missing and pd.api.types.is_bool_dtype(column.dropna().infer_objects()):
        raise InvalidDataError(
            name,
            "True (left) or False (still there) in every row",
            f"missing values in {n_missing:,} rows",
            "find out who left, or leave those rows out and say how many",
        )
    if not pd.api.types.is_bool_dtype(column) or n_missing:
        got = f"a column of type {column.dtype}"
        raise InvalidDataError(
            name,
            "True (left) or False (still there) in every row",
            got,
            f"say which code means left, e.g. frame[{name!r}] == 1",
        )
    return column.to_numpy(dtype=bool)


def checked_weights(column: pd.Series[Any], name: str) -> npt.NDArray[np.float64]:
    """Return a column of case weights as numbers; refuse missing and negative ones, and sizes that have no square."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        raise InvalidDataError(
            name, "weights from 0", f"{int(bad.sum()):,} missing or negative", "correct or leave out"
        )
    extreme = int(((values > WIDEST_WEIGHT) | ((values > 0) & (values < 1 / WIDEST_WEIGHT))).sum())
    if extreme:
        raise InvalidDataError(
            name,
            f"weights of 0 or between {1 / WIDEST_WEIGHT:g} and {WIDEST_WEIGHT:g}",
            f"{extreme:,} beyond",
            "divide all weights by their mean",
        )
    return values


def causes_of(
    column: pd.Series[Any] | None, left: npt.NDArray[np.bool_], name: str | None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return 0 or the number of each cause from 1, and the names of the causes in order."""
    if column is None:
        return left.astype(np.int64), (ONE_CAUSE,)
    missing = int((column.isna().to_numpy() & left).sum())
    if missing:
        raise InvalidArgumentError(
            name or "cause", "a cause for every leaving", f"{missing:,} without", "name them, e.g. 'unknown'"
        )
    if not left.any():
        return left.astype(np.int64), (ONE_CAUSE,)
    try:
        codes, labels = pd.factorize(column.where(pd.Series(left, index=column.index)), sort=True)
    except TypeError:
        labels = pd.Index([0, 0])
    names = tuple(str(label) for label in labels)
    if len(set(names)) < len(names):
        raise InvalidDataError(
            name or "cause", "causes of one kind", "values of several kinds", "make the column text or a category"
        )
    return np.asarray(codes, dtype=np.int64) + 1, names
