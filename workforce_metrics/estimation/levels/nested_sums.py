"""Groups within groups, and what the answers in the smallest of them add up to: all that the estimates need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.groups import group_codes, observed_pairs

__all__ = ["Nest", "NestedSums", "nest_levels", "nested_sums"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Nest:
    """Groups within groups on the rows of one table, level 0 the largest groups.

    Parameters
    ----------
    rows : numpy.ndarray of int64, shape (n_used,)
        Rows that have a group at every level.
    group : numpy.ndarray of int64, shape (n_used,)
        Their group of the last level, codes from 0.
    parents : tuple of numpy.ndarray of int64
        For each level, shape (n_groups of the level,): the group of the level above that each lies in; 0 for the
        groups of level 0.
    """

    rows: Codes
    group: Codes
    parents: tuple[Codes, ...]


@dataclass(frozen=True)
class NestedSums:
    """What one indicator adds up to in the groups of the last level where anybody answered.

    Parameters
    ----------
    n : numpy.ndarray of float64, shape (n_groups,)
        Respondents who answered.
    mean : numpy.ndarray of float64, shape (n_groups,)
        Their mean, measured from the mean of all.
    within : numpy.ndarray of float64, shape (n_groups,)
        Sum of squares about that mean.
    parents : tuple of numpy.ndarray of int64
        As in `Nest`, of the groups where anybody answered.
    centre : float
        The mean of all.
    """

    n: FloatArray
    mean: FloatArray
    within: FloatArray
    parents: tuple[Codes, ...]
    centre: float

    @property
    def n_answered(self) -> int:
        """How many answered."""
        return int(self.n.sum())

    @property
    def n_groups(self) -> tuple[int, ...]:
        """Number of groups of each level."""
        return tuple(len(parent) for parent in self.parents)


def nest_levels(table: pd.DataFrame, levels: tuple[str, ...]) -> Nest:
    """Return the groups that the columns `levels` make, each within its group of the column before.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n_rows, ...)
    levels : tuple of str
        Columns from the largest groups to the smallest. A name used in two groups of the level above is two groups.

    Returns
    -------
    Nest
        Rows with a missing value at any level are in none.

    Raises
    ------
    MissingColumnError, InvalidDataError
        As `workforce_metrics.groups.group_codes`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"site": ["x", "x", "y", "y"], "team": ["1", "2", "1", None]})
    >>> nest = nest_levels(table, ("site", "team"))
    >>> nest.rows.tolist(), nest.group.tolist(), [parent.tolist() for parent in nest.parents]
    ([0, 1, 2], [0, 1, 2], [[0, 0], [0, 0, 1]])
    """
    each = [group_codes(table, (name,), missing="no group").codes for name in levels]
    rows = np.flatnonzero(np.logical_and.reduce([codes >= 0 for codes in each])).astype(np.int64)
    group, parents = np.zeros(len(rows), dtype=np.int64), []
    for codes in each:
        own = codes[rows]
        group, parent, _ = observed_pairs(group, own, int(own.max(initial=-1)) + 1)
        parents.append(parent)
    return Nest(rows, group, tuple(parents))


def nested_sums(values: FloatArray, nest: Nest) -> NestedSums:
    """Return what the answers add up to in each group of the last level.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_rows,)
        One indicator, NaN where not answered.
    nest : Nest
        Groups of the same rows.

    Returns
    -------
    NestedSums

    Notes
    -----
    Answers are measured from their mean before they are squared, so a large common value costs no digits.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> nest = nest_levels(pd.DataFrame({"team": ["a", "a", "b", "c"]}), ("team",))
    >>> sums = nested_sums(np.array([1.0, 3.0, 5.0, np.nan]), nest)
    >>> sums.n.tolist(), sums.mean.tolist(), sums.within.tolist(), sums.centre
    ([2.0, 1.0], [-1.0, 2.0], [2.0, 0.0], 3.0)
    """
    y = values[nest.rows]
    answered = ~np.isnan(y)
    y, group = y[answered], nest.group[answered]
    centre = float(y.mean()) if len(y) else 0.0
    y = y - centre
    n, parents, group = _occurring(np.bincount(group, minlength=len(nest.parents[-1])), nest.parents, group)
    mean = np.bincount(group, y, minlength=len(n)) / n
    within = np.bincount(group, (y - mean[group]) ** 2, minlength=len(n)).astype(np.float64, copy=False)
    return NestedSums(n, mean, within, parents, centre)


def _occurring(n: Codes, parents: tuple[Codes, ...], group: Codes) -> tuple[FloatArray, tuple[Codes, ...], Codes]:
    """Leave out the groups, at every level, in which nobody answered."""
    there = n > 0
    size = n[there].astype(np.float64)
    if not there.all():
        group = (np.cumsum(there) - 1)[group]
    kept = []
    for level in range(len(parents) - 1, -1, -1):
        parent = parents[level][there]
        n_above = len(parents[level - 1]) if level else 1
        there = np.bincount(parent, minlength=n_above) > 0
        kept.append((np.cumsum(there) - 1)[parent])
    return size, tuple(reversed(kept)), group
