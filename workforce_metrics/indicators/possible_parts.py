"""Between which values published figures can lie, given the digits they are written with: arithmetic of bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["EPS", "Bounds", "average_of", "bounds_of", "half_steps", "one_minus", "ratio_of", "sums_of"]

Floats = npt.NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Bounds:
    """Figures and the values they can stand for; every array has shape (n_rows,).

    Parameters
    ----------
    value : ndarray of float64
        The figure as published or worked out from published ones; NaN where a part is hidden or not there.
    low, high : ndarray of float64
        The least and the largest value that rounds to what was published; NaN where nothing is known.
    """

    value: Floats
    low: Floats
    high: Floats


def half_steps(figures: pd.DataFrame) -> Floats:
    """Return how far each published figure may be from what it was rounded from, shape (n_rows,).

    Parameters
    ----------
    figures : pandas.DataFrame
        With `unit`, `basis` and `rounded_to`.

    Notes
    -----
    People are whole: a head count written to 1 is exact. Full-time equivalents written to 1 are within a half.

    Examples
    --------
    >>> rows = {"unit": ["count"] * 3, "basis": ["headcount", "headcount", "fte"], "rounded_to": [1.0, 5.0, 1.0]}
    >>> half_steps(pd.DataFrame(rows)).tolist()
    [0.0, 2.5, 0.5]
    """
    step = figures["rounded_to"].to_numpy(dtype=np.float64)
    people = ((figures["unit"] == "count") & (figures["basis"] != "fte")).to_numpy()
    return np.where(people & (step <= 1), 0.0, step / 2)


def bounds_of(value: Floats, half: Floats, hidden: npt.NDArray[np.bool_], hidden_below: float) -> Bounds:
    """Return the bounds of published figures that are not negative.

    Parameters
    ----------
    value, half : ndarray of float64, shape (n_rows,)
        The figure, NaN where there is none, and how far it may be from what it was rounded from.
    hidden : ndarray of bool, shape (n_rows,)
        Whether a figure is there but withheld: anything from 0 to below `hidden_below`.
    hidden_below : float
        May be infinite.

    Examples
    --------
    >>> bounds = bounds_of(np.array([10.0, np.nan]), np.array([2.5, 2.5]), np.array([False, True]), 5.0)
    >>> bounds.low.tolist(), bounds.high.tolist()
    ([7.5, 0.0], [12.5, 5.0])
    """
    low = np.maximum(value - half, 0.0)
    return Bounds(value, np.where(hidden, 0.0, low), np.where(hidden, hidden_below, value + half))


def ratio_of(part: Bounds, whole: Bounds) -> Bounds:
    """Return the bounds of part over whole; without an upper one where the whole can be 0.

    Examples
    --------
    >>> one, ten = (Bounds(*np.array([[n], [n - 0.5], [n + 0.5]])) for n in (1.0, 10.0))
    >>> ratio = ratio_of(one, ten)
    >>> ratio.value.tolist(), ratio.low.round(4).tolist(), ratio.high.round(4).tolist()
    ([0.1], [0.0476], [0.1579])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(whole.value > 0, part.value / whole.value, np.nan)
        low = np.where(np.isinf(whole.high), 0.0, part.low / whole.high)
        high = np.where(whole.low > 0, part.high / whole.low, np.where(np.isnan(whole.low), np.nan, np.inf))
    return Bounds(value, low * (1 - 4 * EPS), high * (1 + 4 * EPS))


def average_of(first: Bounds, second: Bounds) -> Bounds:
    """Return the bounds of the mean of two figures.

    Examples
    --------
    >>> two, four = (Bounds(*np.full((3, 1), n)) for n in (2.0, 4.0))
    >>> average_of(two, four).value.tolist()
    [3.0]
    """
    pairs = zip((first.value, first.low, first.high), (second.value, second.low, second.high), strict=True)
    return Bounds(*((one + other) / 2 for one, other in pairs))


def one_minus(share: Bounds) -> Bounds:
    """Return the bounds of 1 minus a share.

    Examples
    --------
    >>> rest = one_minus(Bounds(*np.array([[0.25], [0.2], [0.3]])))
    >>> rest.low.round(6).tolist(), rest.high.round(6).tolist()
    ([0.7], [0.8])
    """
    return Bounds(1 - share.value, 1 - share.high - 2 * EPS, 1 - share.low + 2 * EPS)


def sums_of(parts: Bounds, group: npt.NDArray[np.int64], n_groups: int) -> Bounds:
    """Return the bounds of the sum of the parts of each group, shape (n_groups,).

    Parameters
    ----------
    parts : Bounds
        The parts, shape (n_parts,).
    group : ndarray of int64, shape (n_parts,)
        The group of each, 0 to ``n_groups - 1``.
    n_groups : int
        Number of groups.

    Examples
    --------
    >>> parts = bounds_of(np.array([1.2, 2.3]), np.array([0.05, 0.05]), np.zeros(2, dtype=bool), np.inf)
    >>> total = sums_of(parts, np.zeros(2, dtype=np.int64), 1)
    >>> total.value.tolist(), total.low.round(6).tolist(), total.high.round(6).tolist()
    ([3.5], [3.4], [3.6])
    """
    sums = [
        np.bincount(group, weights, n_groups).astype(np.float64) for weights in (parts.value, parts.low, parts.high)
    ]
    slack = np.bincount(group, minlength=n_groups) * EPS * np.abs(sums[1])  # what adding in another order may change
    return Bounds(sums[0], sums[1] - slack, sums[2] + slack)
