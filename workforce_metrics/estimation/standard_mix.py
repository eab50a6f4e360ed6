"""The cells of a staff mix, which respondent is in which, and the share of each in the standard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.groups import group_codes
from workforce_metrics.results import as_floats

__all__ = ["SHARE", "MixCells", "mix_cells"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

SHARE = "share"
"""The column of a standard that holds the shares."""


@dataclass(frozen=True, eq=False)
class MixCells:
    """A mix laid over respondents.

    Parameters
    ----------
    codes : numpy.ndarray of int64, shape (n_rows,)
        Each respondent's cell, -1 where it is not known.
    share : numpy.ndarray of float64, shape (n_cells,)
        The standard's share of each cell; they add up to 1.
    """

    codes: Codes
    share: FloatArray


def mix_cells(
    table: pd.DataFrame, mix: tuple[str, ...], weight: FloatArray, group: Codes, standard: IntoFrame | None
) -> MixCells:
    """Return the cells that the columns `mix` make, with the shares of the standard.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n_rows, ...)
    mix : tuple of str
    weight : numpy.ndarray of float64, shape (n_rows,)
    group : numpy.ndarray of int64, shape (n_rows,)
        Group codes, -1 for rows in no group: those need no row of a standard that is given.
    standard : data frame or None
        Columns `mix` and `share`; None for the weighted mix of all rows whose cell is known.

    Returns
    -------
    MixCells

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If no row has a known cell, or the standard contradicts itself or lacks a cell.

    Examples
    --------
    >>> staff = pd.DataFrame({"grade": ["n", "d", "n", None]})
    >>> cells = mix_cells(staff, ("grade",), np.ones(4), np.zeros(4, int), None)
    >>> cells.codes.tolist(), cells.share.round(3).tolist()
    ([1, 0, 1, -1], [0.333, 0.667])
    """
    if standard is not None:
        return _given(table, mix, weight, group, standard)
    cells = group_codes(table, mix, missing="no group")
    known = cells.codes >= 0
    mass = np.bincount(cells.codes[known], weight[known], len(cells))
    if not mass.sum() > 0:
        raise InvalidDataError("mix", "respondents whose cell is known", "none", "check the columns of mix")
    return MixCells(cells.codes, mass / mass.sum())


def _given(
    table: pd.DataFrame, mix: tuple[str, ...], weight: FloatArray, group: Codes, standard: IntoFrame
) -> MixCells:
    rows = columns_as_pandas(collected(standard, (*mix, SHARE)), (*mix, SHARE))
    share = _checked(rows)
    both = pd.DataFrame({
        name: pd.concat([table[name].astype(object), rows[name].astype(object)], ignore_index=True) for name in mix
    })  # fmt: skip
    cells = group_codes(both, mix, missing="no group")
    codes, of_standard = cells.codes[: len(table)], cells.codes[len(table) :]
    if (of_standard < 0).any():
        raise InvalidDataError("standard", "a known cell in every row", "missing values", "leave those rows out")
    if len(np.unique(of_standard)) < len(of_standard):
        raise InvalidDataError("standard", "one row a cell", "two rows for one", "add up its shares")
    has_row = np.zeros(len(cells), dtype=bool)
    has_row[of_standard] = True
    there = np.unique(codes[(codes >= 0) & (group >= 0) & (weight > 0)])
    lacking = int((~has_row[there]).sum())
    if lacking:
        raise InvalidDataError(
            "standard",
            "a row for every cell that occurs",
            f"none for {lacking:,} of {len(there):,} cells",
            "add them, written as in the data; a share of 0 leaves a cell out",
        )
    shares = np.zeros(len(cells))
    shares[of_standard] = share / share.sum()
    return MixCells(codes, shares)


def _checked(rows: pd.DataFrame) -> FloatArray:
    share = as_floats(rows[SHARE], "standard")
    if not np.isfinite(share).all() or (share < 0).any() or not share.sum() > 0:
        raise InvalidDataError(
            "standard", "shares of 0 or more that are not all 0", "others", "give shares or numbers of staff"
        )
    return share
