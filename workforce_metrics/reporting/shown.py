"""Rows of suppressed results as figures: what is shown of them, and what is said of those that are not."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

from workforce_metrics.reporting.content import NOT_KNOWN, Figure, Unit
from workforce_metrics.reporting.sentences import counted, natural_frequency
from workforce_metrics.results import Result

__all__ = [
    "MOST_DRAWN",
    "figure_of",
    "hidden_note",
    "in_hundred",
    "number_of",
    "rows_of",
    "without_hidden",
]

R = TypeVar("R", bound=Result)

MOST_DRAWN = 40
"""So many groups a picture holds; more are in the table alone."""


def without_hidden(result: R) -> R:
    """Return a suppressed result without its hidden rows, for drawing and listing: not even their names are left."""
    table = result.table
    return result.with_table(table[~table["suppressed"].astype(bool)].reset_index(drop=True))


def hidden_note(result: Result, noun: str = "group") -> str:
    """Return how many groups are hidden whole, and why; nothing where none is."""
    names = list(result.by)
    is_hidden = result.table.groupby(names, observed=True, dropna=False)["suppressed"].all()
    n = int(is_hidden.sum())
    if not n:
        return ""
    return (
        f"{counted(n, noun)} {'is' if n == 1 else 'are'} not shown: too few people, or another group's number could be"
        " had from theirs by subtraction."
    )


def rows_of(frame: pd.DataFrame) -> list[pd.Series]:
    """Return the rows of a table of figures, which is short."""
    return [row for _, row in frame.iterrows()]


def number_of(row: pd.Series, name: str) -> float:
    """Return a number of a row; NaN where it is missing."""
    return float("nan") if pd.isna(row[name]) else float(row[name])


def figure_of(row: pd.Series, unit: Unit = "share") -> Figure:
    """Return a row's estimate with its limits."""
    return Figure(number_of(row, "estimate"), unit, number_of(row, "conf_low"), number_of(row, "conf_high"))


def in_hundred(row: pd.Series) -> str:
    """Return a row's share as so many in 100, or in a larger round number."""
    base, many = natural_frequency(figure_of(row))
    return many if many == NOT_KNOWN else f"{many} in {base}"
