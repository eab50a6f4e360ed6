"""The arithmetic of every score and share: answers looked up in tables, and means with a minimum answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.extracts import MISSING_CODE

__all__ = ["Lookup", "Means", "lookup", "mean_of_items", "mean_of_parts"]

N_CODES = 65_536
"""A place for every int16, so that no code is out of bounds; `MISSING_CODE` = -1 stands in the last."""


@dataclass(frozen=True, eq=False)
class Lookup:
    """What each code of one item is worth.

    Parameters
    ----------
    value : numpy.ndarray
        Shape (65536,), float64: the code's value; 0 where it is no answer or an answer without a value; infinity
        where the item has no such code.
    answered : numpy.ndarray
        Shape (65536,), int8: 1 where the code carries a value.
    """

    value: npt.NDArray[np.float64]
    answered: npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Means:
    """One mean a respondent.

    Parameters
    ----------
    mean : numpy.ndarray
        Shape (n_respondents,), float64: the mean, NaN where fewer than the minimum were there.
    n_answered : numpy.ndarray
        Shape (n_respondents,), int16: how many items (or parts) were there.
    n_off_scale : int
        How many respondents have a code that its item does not have; their means are not to be used.
    """

    mean: npt.NDArray[np.float64]
    n_answered: npt.NDArray[np.int16]
    n_off_scale: int = 0


def lookup(values: Mapping[int, float], codes: Collection[int]) -> Lookup:
    """Return the look-up table of one item.

    Parameters
    ----------
    values : mapping of int to float
        Code to value, for the codes that carry one.
    codes : collection of int
        Every code of the item; a code without a value is an answer that counts as not answered.

    Examples
    --------
    >>> table = lookup({1: 10.0, 2: 0.0}, {1, 2, 9})
    >>> table.value[[1, 2, 9, 3, -1]].tolist(), table.answered[[1, 2, 9, 3, -1]].tolist()
    ([10.0, 0.0, 0.0, inf, 0.0], [1, 1, 0, 0, 0])
    """
    value = np.full(N_CODES, np.inf)
    answered = np.zeros(N_CODES, dtype=np.int8)
    value[[*codes, MISSING_CODE]] = 0.0
    value[list(values)] = list(values.values())
    answered[list(values)] = 1
    return Lookup(value, answered)


def mean_of_items(codes: Sequence[npt.NDArray[np.int16]], lookups: Sequence[Lookup], *, min_answered: int) -> Means:
    """Return each respondent's mean of the items that were answered.

    Parameters
    ----------
    codes : sequence of numpy.ndarray
        One array an item, each of shape (n_respondents,), int16, `MISSING_CODE` for no answer.
    lookups : sequence of Lookup
        One table an item, in the same order.
    min_answered : int
        With fewer items answered the mean is NaN.

    Returns
    -------
    Means
        Mean, number answered, and how many respondents have a code outside an item's scale.

    Examples
    --------
    >>> import numpy as np
    >>> yes_no = lookup({1: 10.0, 2: 0.0}, {1, 2})
    >>> answers = [np.array([1, 1, -1], dtype=np.int16), np.array([2, -1, -1], dtype=np.int16)]
    >>> mean_of_items(answers, [yes_no, yes_no], min_answered=1).mean.tolist()
    [5.0, 10.0, nan]
    """
    total = np.zeros(len(codes[0]))
    n_answered = np.zeros(len(codes[0]), dtype=np.int16)
    for item, table in zip(codes, lookups, strict=True):
        total += table.value[item]
        n_answered += table.answered[item]
    return Means(_divide(total, n_answered, min_answered), n_answered, int(np.isinf(total).sum()))


def mean_of_parts(parts: Sequence[npt.NDArray[np.float64]], *, min_answered: int) -> Means:
    """Return each respondent's mean of the scores that are not NaN.

    Parameters
    ----------
    parts : sequence of numpy.ndarray
        One array a score, each of shape (n_respondents,), float64, NaN where missing.
    min_answered : int
        With fewer scores the mean is NaN.

    Returns
    -------
    Means
        Mean and number of scores that were there.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [np.array([4.0, 4.0]), np.array([7.0, np.nan])]
    >>> mean_of_parts(parts, min_answered=1).mean.tolist(), mean_of_parts(parts, min_answered=2).mean.tolist()
    ([5.5, 4.0], [5.5, nan])
    """
    total = np.zeros(len(parts[0]))
    n_there = np.zeros(len(parts[0]), dtype=np.int16)
    for part in parts:
        there = ~np.isnan(part)
        total += np.where(there, part, 0.0)
        n_there += there
    return Means(_divide(total, n_there, min_answered), n_there)


def _divide(
    total: npt.NDArray[np.float64], n_answered: npt.NDArray[np.int16], min_answered: int
) -> npt.NDArray[np.float64]:
    mean = np.full(len(total), np.nan)
    np.divide(total, n_answered, out=mean, where=n_answered >= min_answered)
    return mean
