"""From a formula and covariates to columns of numbers that a regression can use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.formula import evaluate_formula, formula_variables, parse_formula, plain_category
from workforce_metrics.survival.frames import pandas_frame

__all__ = ["DesignMatrix", "check_independent", "design_matrix"]

Floats = npt.NDArray[np.float64]
DEPENDENT = 1e-7
"""A column is taken as determined by those before it where less than this share of its length is its own (R's lm)."""
CLEARLY_INDEPENDENT = 1e-4
ROWS_PER_BLOCK = 1 << 14
WIDEST = 1e100
"""Sums of squares of larger numbers, and their inverses, are no numbers."""


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """The columns that a formula makes of covariates; `design_matrix` makes it.

    Parameters
    ----------
    columns : ndarray of float64, shape (n_kept, n_columns)
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
        values, _ = evaluate_formula(self.spec, people, self.formula)
        columns = values if self.has_intercept else values[:, 1:]
        _refuse_extremes(columns, self.names)
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
    values, spec = evaluate_formula(parsed, rows, formula)
    terms = tuple(str(term) for term, columns in spec.term_indices.items() for _ in columns)
    levels = tuple(_level(name, term) for name, term in zip(spec.column_names, terms, strict=True))
    first = 0 if intercept else 1
    made = DesignMatrix(
        columns=values[:, first:],
        names=tuple(spec.column_names[first:]),
        terms=terms[first:],
        levels=levels[first:],
        kept=kept,
        formula=formula,
        variables=tuple(rows.columns),
        has_intercept=intercept,
        spec=spec,
    )
    _refuse_extremes(made.columns, made.names)
    check_independent(made.columns[:, 1 - first :], [made.describe(j) for j in range(1 - first, len(made.names))])
    return made


def check_independent(values: Floats, described: Sequence[str]) -> None:
    """Refuse columns that are constant or determined by the columns before them.

    Parameters
    ----------
    values : ndarray of float64, shape (n, n_columns)
        Without the constant column, against which they are judged too.
    described : sequence of str
        What to call each column.

    Raises
    ------
    InvalidDataError
        Naming the column.

    Notes
    -----
    The diagonal of R in a QR decomposition of the centred columns, each scaled to length 1, says how much of each is
    its own. It is also that of the Cholesky root of their correlation matrix, which is cheaper and has half the digits;
    the decomposition is made, block by block, where those are not enough.
    """
    mean = values.mean(axis=0)
    products = np.zeros((values.shape[1], values.shape[1]))
    for block in _blocks(values):
        centred = block - mean
        products += centred.T @ centred
    length = np.sqrt(np.diagonal(products))
    constant = length <= 1e-12 * np.sqrt(len(values)) * np.abs(mean)
    unit = np.where(constant, 1.0, length)
    if not constant.any() and _clearly_independent(products / np.outer(unit, unit)):
        return
    triangle: Floats = np.zeros((0, values.shape[1]))
    for block in _blocks(values):
        triangle = np.asarray(np.linalg.qr(np.vstack((triangle, (block - mean) / unit)), mode="r"))
    own = np.zeros(values.shape[1])
    own[: len(triangle)] = np.abs(np.diagonal(triangle))
    for column in np.flatnonzero(constant | (own < DEPENDENT)):
        got = "is the same in every row" if constant[column] else "is determined by the columns before it"
        raise InvalidDataError(
            "formula",
            "columns of which none follows from the others",
            f"one that {got}: {described[int(column)]}",
            "leave it out of the formula, or merge the level with another",
        )


def _clearly_independent(correlation: Floats) -> bool:
    try:
        return bool(np.diagonal(np.linalg.cholesky(correlation)).min(initial=1.0) > CLEARLY_INDEPENDENT)
    except np.linalg.LinAlgError:
        return False


def _blocks(values: Floats) -> list[Floats]:
    return [values[start : start + ROWS_PER_BLOCK] for start in range(0, len(values), ROWS_PER_BLOCK)]


def _read(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    for name in names:
        if name not in frame.columns:
            raise MissingColumnError(name, "a covariate of that name", "none", "check the names in the formula")
    return frame.loc[:, list(names)]


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


def _refuse_extremes(columns: Floats, names: Sequence[str]) -> None:
    """Refuse columns with numbers that are not finite, or of a size whose square is no number."""
    if not len(columns):
        return
    size = np.maximum(columns.max(axis=0), -columns.min(axis=0))
    for column in map(int, np.flatnonzero(~np.isfinite(size))):
        n = int((~np.isfinite(columns[:, column])).sum())
        raise InvalidDataError(
            names[column], "finite numbers", f"{n:,} that are not", "correct those rows or transform otherwise"
        )
    for column in map(int, np.flatnonzero((size > WIDEST) | ((size > 0) & (size < 1 / WIDEST)))):
        raise InvalidDataError(
            names[column],
            f"numbers of a size between {1 / WIDEST:g} and {WIDEST:g}",
            "a column beyond",
            "give the covariate in another unit",
        )


def _level(name: str, term: str) -> str:
    """Return the level or levels in a column's name: "overseas" in ``route[T.overseas]``."""
    parts = [re.escape(factor) + r"(?:\[(?:T\.)?(.*)\])?" for factor in term.split(":")]
    found = re.fullmatch(":".join(parts), name)
    return ", ".join(level for level in found.groups() if level) if found else ""
