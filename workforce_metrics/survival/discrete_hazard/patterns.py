"""Distinct rows of the covariates of a formula, found once, and their columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.survival.design_matrix import DesignMatrix, design_matrix
from workforce_metrics.survival.formula import formula_variables, parse_formula

__all__ = [
    "Patterns",
    "baseline_columns",
    "covariates_in",
    "design_of_patterns",
    "find_patterns",
    "pattern_columns",
    "refuse_missing",
    "rows_complete",
]

A_PARAMETER_A_PERIOD = "period"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Patterns:
    """Which covariate pattern each row has.

    Parameters
    ----------
    codes : ndarray of int64, shape (n,)
        0..n_patterns - 1, in the order of the values.
    rows : ndarray of int64, shape (n_patterns,)
        A row of each pattern.
    """

    codes: Ints
    rows: Ints


def covariates_in(formula: str, frame: pd.DataFrame) -> list[str]:
    """Return the covariates that the formula reads; refuse one that is not a column of `frame`.

    Examples
    --------
    >>> covariates_in("bs(age, df=4) + `pay band`", pd.DataFrame(columns=["age", "pay band", "pay"]))
    ['age', 'pay band']
    """
    names = formula_variables(parse_formula(formula), frame)
    for name in names:
        if name not in frame.columns:
            raise MissingColumnError(name, "a covariate of that name", "none", "check the names in the formula")
    return list(names)


def rows_complete(frame: pd.DataFrame, names: list[str], *, missing: str) -> npt.NDArray[np.bool_]:
    """Return which rows have a value in every column; refuse others unless they are to be dropped."""
    complete = np.ones(len(frame), dtype=bool)
    for name in names:
        absent = frame[name].isna().to_numpy()
        refuse_missing(name, int(absent.sum()), missing)
        complete &= ~absent
    return complete


def refuse_missing(name: str, n: int, missing: str) -> None:
    """Refuse `n` missing values of a column, unless their rows are to be dropped."""
    if n and missing != "drop":
        raise InvalidDataError(
            name,
            "a value in every row",
            f"{n:,} missing",
            "make missing a level of its own, or leave the rows out with missing='drop'",
        )


def find_patterns(frame: pd.DataFrame, names: list[str]) -> Patterns:
    """Find the distinct rows of some columns without missing values.

    Examples
    --------
    >>> people = pd.DataFrame({"route": ["b", "a", "b"], "age": [30, 30, 30]})
    >>> find_patterns(people, ["route", "age"])
    Patterns(codes=array([1, 0, 1]), rows=array([1, 0]))
    """
    codes, n_patterns = np.zeros(len(frame), dtype=np.int64), 1
    for name in names:
        groups = group_codes(frame, (name,), missing="no group")
        codes, first, _ = observed_pairs(codes, groups.codes, len(groups))
        n_patterns = len(first)
    rows = np.empty(n_patterns, dtype=np.int64)
    rows[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return Patterns(codes, rows)


def pattern_columns(frame: pd.DataFrame, names: list[str], patterns: Patterns, formula: str) -> DesignMatrix:
    """Return the columns of the formula, one row a pattern.

    Transformations that learn from the data (knots of splines, means) learn from all rows, as many as there are of
    each pattern; other formulas are evaluated on the patterns only.
    """
    distinct = frame.loc[:, names].iloc[patterns.rows].reset_index(drop=True)
    design = design_matrix(distinct, formula)
    if any(design.spec.transform_state.values()):
        whole = design_matrix(frame.loc[:, names].reset_index(drop=True), formula)
        design = replace(whole, columns=whole.of(distinct))
    return design


def design_of_patterns(distinct: pd.DataFrame, n_rows: Ints, formula: str) -> DesignMatrix:
    """Return the columns of the formula, one row a pattern, from patterns of which there are so many rows each.

    As `pattern_columns`: where a transformation learns from the data, rows are made of the patterns for it.
    """
    design = design_matrix(distinct, formula)
    if any(design.spec.transform_state.values()):
        whole = design_matrix(distinct.loc[distinct.index.repeat(n_rows)].reset_index(drop=True), formula)
        design = replace(whole, columns=whole.of(distinct))
    return design


def baseline_columns(ends: Floats, baseline: str) -> tuple[Floats, tuple[str, ...]]:
    """Return the columns of the baseline, one row an interval, and their names.

    Examples
    --------
    >>> import numpy as np
    >>> baseline_columns(np.array([1.0, 2.0]), "time")
    (array([[1., 1.],
           [1., 2.]]), ('Intercept', 'time'))
    """
    if baseline == A_PARAMETER_A_PERIOD:
        return np.eye(len(ends)), (A_PARAMETER_A_PERIOD,) * len(ends)
    made = design_matrix(pd.DataFrame({"time": ends}), baseline, intercept=True)
    return made.columns, made.names
