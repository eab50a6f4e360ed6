"""From a formula and covariates to columns of numbers that a regression can use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.column_summary import (
    ColumnSummary,
    check_columns,
    refuse_extremes,
    summarise_columns,
)
from workforce_metrics.survival.formula import evaluate_formula, formula_variables, parse_formula, plain_category
from workforce_metrics.survival.frames import pandas_frame

__all__ = ["DesignMatrix", "design_matrix"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """The columns that a formula makes of covariates; `design_matrix` makes it.

    Parameters
    ----------
    columns : ndarray of float64, shape (n_kept, n_columns)
    summary : ColumnSummary
        Of the columns in the rows that the coding was made from.
    names : tuple of str
        Names of the columns, such as ``route[T.overseas]``.
    terms : tuple of str
        For each column the term of the formula that it comes from, such as ``route``.
    levels : tuple of str
        For each column the level it stands for, "" where it is a number.
    kept : ndarray of bool, shape (n,)
        The rows of the covariates that have no missing value.
    formula : str
    variables : tuple of str
        The covariates that the formula reads.
    has_intercept : bool
        Whether the first column is the constant 1.
    spec : object
        The coding itself, a `formulaic.ModelSpec`: levels, knots and means as they were found.
    """

    columns: Floats
    summary: ColumnSummary
    names: tuple[str, ...]
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    kept: npt.NDArray[np.bool_]
    formula: str
    variables: tuple[str, ...]
    has_intercept: bool
    spec: Any = field(repr=False)

    @property
    def n_missing(self) -> int:
        """Number of rows left out because a covariate is missing."""
        return int((~self.kept).sum())

    def describe(self, column: int) -> str:
        """Return a column's name for a message, with the level it stands for."""
        level = self.levels[column]
        return f"{self.terms[column]}, level {level}" if level else self.names[column]

    def of(self, frame: Any) -> Floats:
        """Return the same columns of other rows, coded in the same way.

        Parameters
        ----------
        frame : data frame
            With the covariates of the formula; any frame that Narwhals reads.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)

        Raises
        ------
        MissingColumnError, InvalidDataError
            If a covariate is not there or missing in some row, or has a level that the model has never seen.
        """
        people = pandas_frame(frame, "people").reset_index(drop=True)
        people = _read(people, self.variables)
        _refuse_missing(people)
        self._refuse_unseen(people)
        columns = evaluate_formula(self.spec, people, self.formula, constant=self.has_intercept)[0]
        refuse_extremes(columns, summarise_columns(columns), self.names)
        return columns

    def _refuse_unseen(self, people: pd.DataFrame) -> None:
        for factor, (_, state) in self.spec.encoder_state.items():
            name = plain_category(str(factor))
            if "categories" not in state or name not in people:
                continue
            levels = people[name].unique()
            unseen = [str(level) for level in levels if level not in set(state["categories"])]
            if unseen:
                raise InvalidDataError(
                    name,
                    "levels that the model was fitted on",
                    f"the level {sorted(unseen)[0]!r}" + (f" and {len(unseen) - 1:,} more" if unseen[1:] else ""),
                    "merge the level with one of those before fitting, or leave its rows out",
                )


def design_matrix(
    covariates: pd.DataFrame,
    formula: str,
    *,
    missing: Literal["refuse", "drop"] = "refuse",
    intercept: bool = False,
) -> DesignMatrix:
    """Make the columns of a regression from covariates.

    Parameters
    ----------
    covariates : pandas.DataFrame, shape (n, ...)
    formula : str
        The right-hand side in the language of `formulaic`: ``"age_band + route"``, ``"bs(age, df=4) * route"``.
    missing : {"refuse", "drop"}
        What to do with rows in which a covariate is missing; those dropped are counted in `n_missing`.
    intercept : bool
        Whether to keep the constant column. Levels are coded against a reference level in either case.

    Returns
    -------
    DesignMatrix

    Raises
    ------
    InvalidArgumentError
        If the formula cannot be read or evaluated.
    MissingColumnError
        If it names a covariate that is not there.
    InvalidDataError
        If a covariate is missing in some row (and `missing` is "refuse"), a column is not finite, or a column is
        determined by the others; the message names the column and the level.

    Notes
    -----
    Text and categories are compared with their first level, numbers and booleans stand as they are. Levels of a
    category that do not occur are left out. Formulas see the covariates, NumPy as ``np`` and formulaic's own
    transformations, nothing of the caller's.

    Examples
    --------
    >>> import pandas as pd
    >>> staff = pd.DataFrame({"age": [25.0, 31.0, 44.0, 52.0], "route": ["home", "abroad", "home", "abroad"]})
    >>> design = design_matrix(staff, "age + route")
    >>> design.names, design.columns.tolist()
    (('age', 'route[T.home]'), [[25.0, 1.0], [31.0, 0.0], [44.0, 1.0], [52.0, 0.0]])
    >>> design.of(pd.DataFrame({"age": [30.0], "route": ["abroad"]})).tolist()
    [[30.0, 0.0]]
    """
    if missing not in {"refuse", "drop"}:
        raise InvalidArgumentError("missing", "'refuse' or 'drop'", repr(missing), "pass one of the two")
    parsed = parse_formula(formula)
    rows = _read(covariates, formula_variables(parsed, covariates))
    kept: npt.NDArray[np.bool_] = np.asarray(~rows.isna().to_numpy().any(axis=1))
    if missing == "refuse":
        _refuse_missing(rows)
    rows = rows if kept.all() else rows.iloc[np.flatnonzero(kept)]
    if not len(rows):
        raise InvalidDataError("formula", "rows without missing covariates", "none", "name other covariates")
    columns, spec = evaluate_formula(parsed, rows, formula, constant=intercept)
    terms = tuple(str(term) for term, columns in spec.term_indices.items() for _ in columns)
    levels = tuple(_level(name, term) for name, term in zip(spec.column_names, terms, strict=True))
    first = 0 if intercept else 1
    made = DesignMatrix(
        columns=columns,
        summary=summarise_columns(columns),
        names=tuple(spec.column_names[first:]),
        terms=terms[first:],
        levels=levels[first:],
        kept=kept,
        formula=formula,
        variables=tuple(rows.columns),
        has_intercept=intercept,
        spec=spec,
    )
    described = [made.describe(column) for column in range(len(made.names))]
    check_columns(made.columns, made.summary, described, has_constant=intercept)
    return made


def _read(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    for name in names:
        if name not in frame.columns:
            raise MissingColumnError(name, "a covariate of that name", "none", "check the names in the formula")
    return pd.DataFrame({name: frame[name] for name in names}, index=frame.index, copy=False)  # columns not copied


def _refuse_missing(rows: pd.DataFrame) -> None:
    for name in rows.columns:
        n = int(rows[name].isna().sum())
        if n:
            raise InvalidDataError(
                str(name),
                "a value in every row",
                f"{n:,} missing",
                "make missing a level of its own, fill it in, or leave those rows out (missing='drop' where fitting)",
            )


def _level(name: str, term: str) -> str:
    """Return the level or levels in a column's name: "overseas" in ``route[T.overseas]``."""
    parts = [re.escape(factor) + r"(?:\[(?:T\.)?(.*)\])?" for factor in term.split(":")]
    found = re.fullmatch(":".join(parts), name)
    return ", ".join(level for level in found.groups() if level) if found else ""
