"""Groups as integer codes: one array says who belongs where, one small frame says what the codes mean."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError, close_names

__all__ = ["Groups", "group_codes", "observed_pairs"]

Codes = npt.NDArray[np.int64]

DENSE_CELLS = 4_000_000
"""Up to this many possible combinations are marked in a table (32 MB); beyond it the observed ones are sorted out."""


ROWS_LOOKED_AT = 20_000
"""Where all possible groups occur among this many first rows, the others need no look."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group each row belongs to.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_rows,)
        The group's row in `labels`; -1 where a row belongs to none.
    labels : pandas.DataFrame, shape (n_groups, n_columns)
        The groups that occur, under the user's column names, sorted by category order or value.
    """

    codes: Codes
    labels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_without_group(self) -> int:
        """Number of rows that belong to no group."""
        return int((self.codes < 0).sum())


def group_codes(table: pd.DataFrame, by: tuple[str, ...], *, missing: Literal["a group", "no group"]) -> Groups:
    """Return the groups that the columns `by` make of the rows of `table`.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n_rows, ...)
    by : tuple of str
        Grouping columns; with none, all rows are one group.
    missing : {"a group", "no group"}
        Whether a missing value is a group of its own, the last, or its row belongs to none.

    Returns
    -------
    Groups

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the values of a column cannot be put in order.

    Examples
    --------
    >>> import pandas as pd
    >>> teams = pd.DataFrame({"team": ["b", "a", None, "b"]})
    >>> group_codes(teams, ("team",), missing="no group").codes.tolist()
    [1, 0, -1, 1]
    >>> group_codes(teams, ("team",), missing="a group").labels["team"].isna().tolist()
    [False, False, True]
    """
    for name in by:
        if not isinstance(name, Hashable) or name not in table.columns:
            raise MissingColumnError(
                str(name), "a column to group by", "none of that name", close_names(str(name), table)
            )
    columns = [_levels(table[name], missing) for name in by]
    lacking = [codes < 0 for codes, _ in columns if codes.min(initial=0) < 0]
    there = np.flatnonzero(~np.logical_or.reduce(lacking)) if lacking else slice(None)
    at, codes = _combined([(codes[there], len(levels)) for codes, levels in columns], len(table))
    if lacking:
        found, codes = codes, np.full(len(table), -1, dtype=np.int64)
        codes[there] = found
    labels = {name: levels.take(rows) for name, (_, levels), rows in zip(by, columns, at, strict=True)}
    n_groups = len(at[0]) if at else min(len(table), 1)
    return Groups(codes, pd.DataFrame(labels, index=pd.RangeIndex(n_groups)))


def observed_pairs(first: Codes, second: Codes, n_second: int) -> tuple[Codes, Codes, Codes]:
    """Return a code for each pair that occurs, in the order of (`first`, `second`).

    Parameters
    ----------
    first, second : ndarray of int64, shape (n_rows,)
        Codes from 0; those of `second` are below `n_second`.
    n_second : int
        How many values `second` can take.

    Returns
    -------
    pair : ndarray of int64, shape (n_rows,)
        Each row's pair.
    first_of_pair, second_of_pair : ndarray of int64, shape (n_pairs,)
        What each pair is made of.

    Examples
    --------
    >>> import numpy as np
    >>> pair, first, second = observed_pairs(np.array([2, 0, 2]), np.array([1, 1, 0]), 2)
    >>> pair.tolist(), first.tolist(), second.tolist()
    ([2, 0, 1], [0, 2, 2], [1, 0, 1])
    """
    width = max(n_second, 1)
    pairs, pair = _observed(first * width + second, (int(first.max(initial=-1)) + 1) * width)
    return pair, pairs // width, pairs % width


def _combined(columns: list[tuple[Codes, int]], n_rows: int) -> tuple[list[Codes], Codes]:
    """Return what each combination that occurs is made of, column by column, and each row's combination.

    Column by column, so that however many combinations are possible, their numbers stay whole numbers of 64 bits.
    """
    if not columns:
        return [], np.zeros(n_rows, dtype=np.int64)
    first, found = _observed(columns[0][0], max(columns[0][1], 1))
    at = [first]
    for codes, n_levels in columns[1:]:
        found, before, last = observed_pairs(found, codes, n_levels)
        at = [*(level[before] for level in at), last]
    return at, found


def _observed(key: Codes, n_cells: int) -> tuple[Codes, Codes]:
    """Return the keys that occur, ascending, and where each row's key stands among them."""
    if n_cells > max(DENSE_CELLS, 2 * len(key)):
        occurs, position = np.unique(key, return_inverse=True)
        return occurs, position
    if len(key) > ROWS_LOOKED_AT and np.bincount(key[:ROWS_LOOKED_AT], minlength=n_cells).all():
        return np.arange(n_cells), key
    mark = np.bincount(key, minlength=n_cells) > 0
    occurs = np.flatnonzero(mark)
    return occurs, key if len(occurs) == n_cells else (np.cumsum(mark, dtype=np.int64) - 1)[key]


def _levels(column: pd.Series, missing: Literal["a group", "no group"]) -> tuple[Codes, pd.Index]:
    """Return each row's level, -1 for none, and the levels in their own order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        levels: pd.Index = pd.CategoricalIndex(column.cat.categories, column.cat.categories, column.dtype.ordered)
    else:
        try:
            codes, values = pd.factorize(column, sort=True)
        except TypeError:
            raise InvalidDataError(
                str(column.name), "values that can be sorted", "values of several kinds", "make it text or a category"
            ) from None
        codes, levels = codes.astype(np.int64), pd.Index(values)
    if missing == "a group" and codes.min(initial=0) < 0:
        codes = np.where(codes < 0, len(levels), codes)
        keeps_type = levels.dtype.kind in "mMf" or isinstance(levels.dtype, pd.CategoricalDtype)
        levels = levels.append(pd.Index([None], dtype=levels.dtype if keeps_type else object))
    return codes, levels
