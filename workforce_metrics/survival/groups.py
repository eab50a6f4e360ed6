"""The groups of a frame, in their own order, as integer codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import MissingColumnError

__all__ = ["group_codes"]


def group_codes(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Return each row's group and the groups themselves.

    Parameters
    ----------
    frame : pandas.DataFrame
    by : tuple of str
        Grouping columns; none = one group. A missing value is a group of its own, the last.

    Returns
    -------
    codes : ndarray of int64, shape (n_rows,)
    groups : pandas.DataFrame
        One row a group that occurs, columns `by`, sorted (categories in their order).

    Raises
    ------
    MissingColumnError
        If a column is not there.
    """
    for name in by:
        if name not in frame.columns:
            raise MissingColumnError(name, "a column to group by", "none of that name", "check the name")
    codes = np.zeros(len(frame), dtype=np.int64)
    levels: list[pd.Index] = []
    for name in by:
        column_codes, values = _column_codes(frame[name])
        codes = codes * len(values) + column_codes if levels else column_codes
        levels.append(values)
    n_cells = int(np.prod([len(values) for values in levels])) if levels else 1
    occurs = (
        np.flatnonzero(np.bincount(codes, minlength=n_cells)) if n_cells <= 4 * len(codes) + 1000 else np.unique(codes)
    )
    if len(occurs) < n_cells:
        codes = np.searchsorted(occurs, codes)
    at = np.unravel_index(occurs, [len(values) for values in levels]) if levels else ()
    groups = {name: values.take(position) for name, values, position in zip(by, levels, at, strict=True)}
    return codes, pd.DataFrame(groups, index=pd.RangeIndex(len(occurs)))


def _column_codes(column: pd.Series) -> tuple[npt.NDArray[np.int64], pd.Index]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        values: pd.Index = pd.CategoricalIndex(column.cat.categories, column.cat.categories, column.dtype.ordered)
    else:
        codes, values = pd.factorize(column, sort=True)
        codes = codes.astype(np.int64)
    if (codes < 0).any():
        codes = np.where(codes < 0, len(values), codes)
        values = values.append(pd.Index([None], dtype=values.dtype if values.dtype.kind in "mMf" else object))
    return codes, values
