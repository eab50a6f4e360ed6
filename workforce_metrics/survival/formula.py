"""Formulas in the language of formulaic: read, asked for the covariates they need, evaluated."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.survival.column_summary import row_blocks

__all__ = ["evaluate_formula", "formula_variables", "parse_formula", "plain_category"]

QUOTED = re.compile(r"`([^`]*)`")
CATEGORY = re.compile(r"C\(\s*(`[^`]+`|\w+)\s*[,)].*|(`[^`]+`|\w+)")


def parse_formula(formula: str) -> Any:
    """Return the formula as a `formulaic.SimpleFormula` that has a constant term.

    Raises
    ------
    InvalidArgumentError
        If it cannot be read, or has two sides.

    Examples
    --------
    >>> parse_formula("0 + age + route")
    1 + age + route
    """
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    fix = "write the covariates only, such as 'age_band + route'"
    if not isinstance(formula, str):
        raise InvalidArgumentError("formula", "text", type(formula).__name__, fix)
    try:
        parsed = Formula(formula)
    except FormulaicError as error:
        raise InvalidArgumentError("formula", "one that formulaic reads", repr(formula), fix) from error
    if not isinstance(parsed, SimpleFormula):
        raise InvalidArgumentError("formula", "one side without ~ or |", repr(formula), fix)
    return parsed if "1" in parsed else Formula(["1", *parsed])


def formula_variables(parsed: Any, covariates: pd.DataFrame) -> tuple[str, ...]:
    """Return the names in a formula that are not formulaic's or NumPy's own, sorted.

    Notes
    -----
    `formulaic` itself leaves out those inside transformations that keep a state, such as ``bs(age, df=4)``.

    Examples
    --------
    >>> formula_variables(parse_formula("bs(age, df=4) + C(route)"), pd.DataFrame({"age": [1.0]}))
    ('age', 'route')
    """
    from formulaic.transforms import TRANSFORMS

    factors = [factor for term in parsed for factor in term.factors]
    names = {factor.expr for factor in factors if factor.eval_method.value == "lookup"}
    names = names.union(*(_names_in(factor.expr) for factor in factors if factor.eval_method.value == "python"))
    return tuple(sorted(n for n in names if n in covariates.columns or n not in {*TRANSFORMS, "np"}))


def _names_in(expression: str) -> set[str]:
    """Return the names that a term reads: those in backquotes, and those of Python that are not called."""
    quoted = set(QUOTED.findall(expression))
    try:
        nodes = list(ast.walk(ast.parse(QUOTED.sub("0", expression), mode="eval")))
    except SyntaxError:
        return quoted or {expression}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return quoted | {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}


def plain_category(factor: str) -> str:
    """Return the covariate that a factor of a formula takes as it stands, "" where it transforms one.

    Examples
    --------
    >>> plain_category("route"), plain_category("C(route, contr.sum)"), plain_category("C(np.floor(age))")
    ('route', 'route', '')
    """
    found = CATEGORY.fullmatch(factor)
    return "" if found is None else (found[1] or found[2]).strip("`")


def evaluate_formula(
    coding: Any, rows: pd.DataFrame, formula: str, *, constant: bool
) -> tuple[npt.NDArray[np.float64], Any]:
    """Return the columns of a formula and the coding with which to make them again.

    Parameters
    ----------
    coding : formulaic.SimpleFormula or formulaic.ModelSpec
        With a constant.
    rows : pandas.DataFrame
    formula : str
        For messages.
    constant : bool
        Whether to keep the constant column, which is the first.

    Returns
    -------
    values : ndarray of float64, shape (n, n_columns)
        Row by row in memory.
    coding : formulaic.ModelSpec

    Raises
    ------
    InvalidDataError
        If a term cannot be evaluated. The message holds no value of the rows.
    """
    from formulaic import ModelSpec
    from formulaic.errors import DataMismatchWarning, FormulaicError

    spec = coding if isinstance(coding, ModelSpec) else ModelSpec(formula=coding, output="pandas")
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", DataMismatchWarning)
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            matrix = spec.get_model_matrix(_in_plain_types(rows), context={"np": np}, na_action="ignore")
            values = _side_by_side(matrix.iloc[:, int(not constant) :])
    except (FormulaicError, DataMismatchWarning, np.exceptions.ComplexWarning, ValueError, TypeError) as error:
        raise InvalidDataError(
            "formula",
            "terms that can be evaluated for every row",
            f"{type(error).__name__} in {formula!r}",
            "check its functions, that values lie where they can be evaluated (a spline: within its knots), and levels",
        ) from None
    return values, matrix.model_spec


def _side_by_side(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the columns of a table as one array, written a block of rows at a time."""
    values = np.empty(table.shape)
    columns = [table.iloc[:, j].to_numpy(dtype=np.float64, na_value=np.nan) for j in range(table.shape[1])]
    for rows in row_blocks(values):
        for j, column in enumerate(columns):
            values[rows, j] = column[rows]
    return values


def _in_plain_types(rows: pd.DataFrame) -> pd.DataFrame:
    """Return nullable numbers, booleans and text in NumPy's types, which formulaic knows, and no unused levels."""
    plain: dict[str, Any] = {}
    for name in rows.columns:
        column = rows[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            plain[name] = column.cat.remove_unused_categories()
        elif not isinstance(column.dtype, ExtensionDtype):
            continue
        elif pd.api.types.is_bool_dtype(column.dtype):
            plain[name] = column.astype(bool)
        elif pd.api.types.is_numeric_dtype(column.dtype):
            plain[name] = column.astype(np.float64)
        elif pd.api.types.is_string_dtype(column.dtype):
            plain[name] = column.astype(object)
    return rows.assign(**plain) if plain else rows
