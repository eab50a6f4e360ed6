"""What the members of each domain of one side of a comparison answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.contrast_cells import Side

__all__ = ["SideAnswers", "looked_up", "quotient", "side_answers", "sums"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SideAnswers:
    """One indicator on one side.

    Parameters
    ----------
    y, weight : numpy.ndarray of float64, shape (n_answered,)
        Answers and weights of the members who answered.
    domain, unit : numpy.ndarray of int64, shape (n_answered,)
        What they belong to.
    n, n_missing : numpy.ndarray of int64, shape (n_domains,)
        Members who answered and who did not.
    weight_sum, mean : numpy.ndarray of float64, shape (n_domains,)
        Weights of those who answered and their weighted mean, missing where nobody did.
    n_in_unit : numpy.ndarray of int64, shape (n_units,)
        How many answered of each (domain, cluster) unit.
    """

    y: FloatArray
    weight: FloatArray
    domain: Codes
    unit: Codes
    n: Codes
    n_missing: Codes
    weight_sum: FloatArray
    mean: FloatArray
    n_in_unit: Codes


def side_answers(values: FloatArray, side: Side, weight: FloatArray) -> SideAnswers:
    """Return sums and means of one indicator by domain.

    Parameters
    ----------
    values, weight : numpy.ndarray of float64, shape (n_rows,)
        The indicator, NaN where not answered, and the design's weights.
    side : Side

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.contrast_cells import contrast_cells
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign().on(pd.DataFrame(index=range(3)))
    >>> cells = contrast_cells(np.array([0, 0, 1]), 2, np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64), design)
    >>> side_answers(np.array([1.0, 3.0, np.nan]), cells.group, design.weight).mean.tolist()
    [2.0, nan]
    """
    y = values[side.rows]
    answered = ~np.isnan(y)
    y, w, domain, unit = y[answered], weight[side.rows[answered]], side.domain[answered], side.unit[answered]
    n = np.bincount(domain, minlength=side.size)
    weight_sum = sums(domain, w, side.size)
    some_answer = np.zeros(side.size)
    some_answer[domain] = y  # any member's own: answers that are all alike then have that mean exactly
    mean = some_answer + quotient(sums(domain, w * (y - some_answer[domain]), side.size), weight_sum)
    n_missing = np.bincount(side.domain, minlength=side.size) - n
    n_in_unit = np.bincount(unit, minlength=len(side.cell))
    return SideAnswers(y, w, domain, unit, n, n_missing, weight_sum, mean, n_in_unit)


def sums(codes: Codes, amounts: FloatArray, size: int) -> FloatArray:
    """Return the sum of the amounts of each code, shape (size,)."""
    return np.bincount(codes, amounts, minlength=size).astype(np.float64, copy=False)


def quotient(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return `above` over `below`, NaN where there is nothing below.

    Examples
    --------
    >>> quotient(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    ratio = np.full(len(above), np.nan)
    np.divide(above, below, out=ratio, where=(below != 0) & ~np.isnan(below))
    return ratio


def looked_up(found: FloatArray, place: Codes, fill: float = np.nan) -> FloatArray:
    """Return ``found[place]``, and `fill` where the place is -1.

    Examples
    --------
    >>> looked_up(np.array([5.0, 6.0]), np.array([1, -1]), 0.0).tolist()
    [6.0, 0.0]
    """
    if not len(found):
        return np.full(len(place), fill)
    return np.where(place >= 0, found[np.maximum(place, 0)], fill)
