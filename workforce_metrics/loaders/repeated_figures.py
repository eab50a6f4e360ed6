"""Figures of a published file that stand there twice: kept once where they agree, not at all where they differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workforce_metrics.loaders.cell_account import CellAccount

__all__ = ["REPEATED", "without_twins"]

REPEATED = "figure repeated"


def without_twins(
    table: pd.DataFrame,
    account: CellAccount,
    *,
    who: Sequence[str | pd.Series],
    what: Sequence[str],
    content: Sequence[str],
    conflicting: str,
) -> pd.DataFrame:
    """Set aside rows of the same people that differ, then figures that stand there twice.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a figure, with the place it was read from: `sheet`, `row`, `column`.
    account : CellAccount
        Where figures are set aside.
    who, what : sequence of str or pandas.Series
        What says whom a figure describes, and which of their figures it is.
    content : sequence of str
        The columns in which two figures may differ.
    conflicting : str
        The rule under which figures that differ are set aside.

    Returns
    -------
    pandas.DataFrame
        The rows left.

    Notes
    -----
    Where one figure stands twice in a sheet and differs, every figure of those people in that sheet is set aside: which
    of the rows is theirs cannot be told. Where it differs between sheets, that figure is set aside in both.
    """
    figure = table.groupby([*who, *what], sort=False, dropna=False).ngroup().to_numpy()
    inside = table.groupby(list(content), sort=False, dropna=False).ngroup().to_numpy()
    first = pd.Series(inside).groupby(figure).transform("first").to_numpy()
    differs = pd.Series(inside != first).groupby(figure).transform("any").to_numpy()
    sheets = table.groupby([*who, "sheet"], sort=False, dropna=False).ngroup()
    pairs = pd.DataFrame({"figure": figure, "sheet": sheets.to_numpy()})
    within = differs & pairs.duplicated(keep=False).to_numpy()
    conflict = differs | pd.Series(within).groupby(sheets.to_numpy()).transform("any").to_numpy()
    _set_aside(table[conflict], account, conflicting)
    repeated = ~conflict & pd.Series(figure).where(~conflict, -1 - np.arange(len(figure))).duplicated().to_numpy()
    _set_aside(table[repeated], account, REPEATED)
    left: pd.DataFrame = table[~conflict & ~repeated]
    return left


def _set_aside(figures: pd.DataFrame, account: CellAccount, rule: str) -> None:
    for sheet, part in figures.groupby("sheet", sort=False):
        account.set_aside(str(sheet), part["row"].to_numpy(), part["column"].to_numpy(), rule)
