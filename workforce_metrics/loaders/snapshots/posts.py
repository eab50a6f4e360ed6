"""Several posts of one person in a period: which row counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Chosen", "choose_rows"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """The rows that count, one a unit.

    Parameters
    ----------
    rows : ndarray of int64 or None
        Their positions, ascending; None where every row counts.
    n_several : int
        Units with more than one row.
    n_repeated : int
        Rows whose content an earlier row of the same unit has too.
    """

    rows: Ints | None
    n_several: int
    n_repeated: int


def choose_rows(unit: Ints, n_units: int, ranks_of: Callable[[Ints], Sequence[npt.NDArray[np.generic]]]) -> Chosen:
    """Choose one row for each unit: the first in the order of `ranks_of`, wherever it stands.

    Parameters
    ----------
    unit : ndarray of int64, shape (n_rows,)
        Whose row each is, 0 to `n_units` - 1.
    n_units : int
    ranks_of : function
        From positions of rows to arrays of shape (n_selected,), the most important first, that put the rows in
        order. Called only for units with several rows.

    Returns
    -------
    Chosen

    Examples
    --------
    >>> import numpy as np
    >>> fte = np.array([0.4, 1.0, 0.6])
    >>> choose_rows(np.array([5, 2, 5]), 6, lambda rows: [-fte[rows]])
    Chosen(rows=array([1, 2]), n_several=1, n_repeated=0)
    """
    n_rows = len(unit)
    row = np.arange(n_rows, dtype=np.int32)
    last_row = np.empty(n_units, dtype=np.int32)
    last_row[unit] = row
    earlier = np.flatnonzero(last_row[unit] != row)
    if not len(earlier):
        return Chosen(None, 0, 0)
    is_one_of_several = np.zeros(n_rows, dtype=bool)
    is_one_of_several[earlier] = True
    is_one_of_several[last_row[unit[earlier]]] = True
    several = np.flatnonzero(is_one_of_several)
    ranks = ranks_of(several)
    order = np.lexsort((*reversed(ranks), unit[several]))
    whose = unit[several][order]
    starts = np.concatenate([[True], whose[1:] != whose[:-1]])
    repeated = ~starts[1:]
    for rank in ranks:
        repeated &= rank[order][1:] == rank[order][:-1]
    keep = ~is_one_of_several
    keep[several[order[starts]]] = True
    return Chosen(np.flatnonzero(keep), int(starts.sum()), int(repeated.sum()))
