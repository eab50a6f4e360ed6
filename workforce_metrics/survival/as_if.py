"""People as if all were at one level of a covariate, level by level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.formula import formula_variables, plain_category
from workforce_metrics.survival.risk_predictor import Predictor, coded
from workforce_metrics.survival.risk_sums import Coded

__all__ = ["coded_as_if"]

Ints = npt.NDArray[np.int64]


def coded_as_if(predictor: Predictor, rows: pd.DataFrame, over: str, levels: pd.Series[Any]) -> Iterator[Coded]:
    """Yield people as a model reads them, as if all were at each level in turn.

    Parameters
    ----------
    predictor : Predictor
    rows : pandas.DataFrame
        One row a pattern, with a fresh index.
    over : str
        The covariate that is set.
    levels : pandas.Series
        Its levels.

    Yields
    ------
    Coded

    Notes
    -----
    Where the formula takes `over` as it stands and with no other covariate, its columns alone are changed from level to
    level, in place: what was yielded before is then no longer true.
    """
    columns = None if over == predictor.offset else _own_columns(predictor.design, over, rows)
    if columns is None:
        for level in range(len(levels)):
            yield coded(predictor, _at(rows, over, levels, np.full(len(rows), level)))
        return
    one_each = np.zeros(len(levels), dtype=np.int64)
    x_of_levels = predictor.covariates(_at(rows.take(one_each), over, levels, np.arange(len(levels))))[:, columns]
    x = predictor.covariates(_at(rows, over, levels, np.zeros(len(rows), dtype=np.int64)))
    for level in range(len(levels)):
        x[:, columns] = x_of_levels[level]
        stratum = predictor.strata(_at(rows, over, levels, np.full(len(rows), level)))
        yield Coded(x, stratum, predictor.last(stratum))


def _at(rows: pd.DataFrame, over: str, levels: pd.Series[Any], codes: Ints) -> pd.DataFrame:
    return rows.reset_index(drop=True).assign(**{over: levels.take(codes).reset_index(drop=True)})


def _own_columns(design: DesignMatrix, over: str, rows: pd.DataFrame) -> Ints | None:
    """Return the columns that stand for levels of `over` alone; None where others depend on it too."""
    columns: list[int] = []
    for term, of_term in design.spec.term_indices.items():
        if over not in formula_variables([term], rows):
            continue
        if [plain_category(factor.expr) for factor in term.factors] != [over]:
            return None
        columns += of_term
    return np.array(columns, dtype=np.int64) - (0 if design.has_intercept else 1)
