"""The pass over the rows: what the answers to one indicator add up to in every fine cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.group_sums import ratio_of, sums_by

__all__ = ["FineSums", "Weights", "share_answers", "sums_of_ratio", "sums_of_share", "sums_of_values"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

MISSING = 2
"""Where a share is neither 0 nor 1."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of the rows that are added up.

    Parameters
    ----------
    each : numpy.ndarray of float64, shape (n_used,)
        Above 0.
    squares : numpy.ndarray of float64, shape (n_used,)
        The same, squared: made once for all indicators.
    """

    each: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, each: FloatArray) -> Weights:
        """Return weights with their squares."""
        return cls(each, each * each)


@dataclass(frozen=True, eq=False)
class FineSums:
    """Sums over those who answered, of the numerator `y` and the denominator `x` of an estimate ``sum w y / sum w x``.

    A mean has ``x = 1``. Each array has shape (n_cells,). With ``r = y - centre x``, so that sums of squares about any
    other value follow without losing digits:

    Parameters
    ----------
    n : numpy.ndarray of int64
        How many answered.
    weight_sum, weight_squares : numpy.ndarray of float64
        Sums of ``w`` and ``w^2``.
    base, base_squares : numpy.ndarray of float64
        Sums of ``w x`` and ``(w x)^2``.
    centre : numpy.ndarray of float64
        The cell's own estimate, or any value where there is none.
    residual : numpy.ndarray of float64
        Sums of ``w r``: 0 but for rounding where `centre` is the cell's estimate.
    cross, squares : numpy.ndarray of float64
        Sums of ``w^2 r x`` and ``(w r)^2``.
    spread, base_cross, base_spread : numpy.ndarray of float64
        Sums of ``w r^2``, ``w r x`` and ``w x^2``; without `with_spread`, `spread` is None.
    """

    n: Codes
    weight_sum: FloatArray
    weight_squares: FloatArray
    base: FloatArray
    base_squares: FloatArray
    centre: FloatArray
    residual: FloatArray
    cross: FloatArray
    squares: FloatArray
    spread: FloatArray | None
    base_cross: FloatArray
    base_spread: FloatArray


def sums_of_values(
    values: FloatArray, weights: Weights, code: Codes, n_cells: int, *, with_spread: bool = False
) -> FineSums:
    """Return the sums of a mean.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_used,)
        NaN where not answered.
    weights : Weights
        Of the same rows.
    code : numpy.ndarray of int64, shape (n_used,)
        Cells from 0.
    n_cells : int
        Number of cells.
    with_spread : bool
        Whether the sums for a design effect are wanted too.

    Returns
    -------
    FineSums

    Examples
    --------
    >>> import numpy as np
    >>> sums = sums_of_values(np.array([1.0, 3.0, np.nan]), Weights.of(np.ones(3)), np.array([0, 0, 1]), 2)
    >>> sums.n.tolist(), sums.centre.tolist(), sums.squares.tolist()
    ([2, 0], [2.0, 0.0], [2.0, 0.0])
    """
    at = np.where(np.isnan(values), n_cells, code)  # those who did not answer share one cell, cut off below
    one_answer = np.zeros(n_cells + 1)
    one_answer[at] = values  # any member's own: answers that are all alike then have that mean exactly
    one_answer[n_cells] = 0.0
    n = np.bincount(at, minlength=n_cells + 1)
    weight_sum = sums_by(at, weights.each, n_cells + 1)
    residual = values - one_answer[at]
    shift = np.nan_to_num(ratio_of(sums_by(at, weights.each * residual, n_cells + 1), weight_sum))
    residual -= shift[at]
    weighted = weights.each * residual
    squares = sums_by(at, weights.squares, n_cells + 1)
    nothing = np.zeros(n_cells)
    return FineSums(
        n=n[:n_cells],
        weight_sum=weight_sum[:n_cells],
        weight_squares=squares[:n_cells],
        base=weight_sum[:n_cells],
        base_squares=squares[:n_cells],
        centre=(one_answer + shift)[:n_cells],
        residual=nothing,
        cross=sums_by(at, weights.each * weighted, n_cells + 1)[:n_cells],
        squares=sums_by(at, weighted * weighted, n_cells + 1)[:n_cells],
        spread=sums_by(at, weighted * residual, n_cells + 1)[:n_cells] if with_spread else None,
        base_cross=nothing,
        base_spread=weight_sum[:n_cells],
    )


def share_answers(values: FloatArray) -> Codes:
    """Return 0 and 1 as whole numbers, and 2 where there is no answer: what `sums_of_share` counts.

    Examples
    --------
    >>> import numpy as np
    >>> share_answers(np.array([1.0, 0.0, np.nan])).tolist()
    [1, 0, 2]
    """
    return np.where(np.isnan(values), MISSING, values).astype(np.int64)


def sums_of_share(
    answers: Codes, weights: Weights, code: Codes, n_cells: int, *, with_spread: bool = False
) -> FineSums:
    """Return the sums of a share, from how many answered what; other arguments as `sums_of_values`.

    Parameters
    ----------
    answers : numpy.ndarray of int64, shape (n_used,)
        What `share_answers` returned.

    Examples
    --------
    >>> import numpy as np
    >>> answers = share_answers(np.array([1.0, 0.0, np.nan, 1.0]))
    >>> sums = sums_of_share(answers, Weights.of(np.ones(4)), np.array([0, 0, 1, 1]), 2)
    >>> sums.n.tolist(), sums.centre.tolist(), sums.squares.tolist()
    ([2, 1], [0.5, 1.0], [0.5, 0.0])
    """
    at = 3 * code
    at += answers
    n = np.bincount(at, minlength=3 * n_cells).reshape(n_cells, 3)
    sums = sums_by(at, weights.each, 3 * n_cells).reshape(n_cells, 3)
    squares = sums_by(at, weights.squares, 3 * n_cells).reshape(n_cells, 3)
    weight_sum, weight_squares = sums[:, 0] + sums[:, 1], squares[:, 0] + squares[:, 1]
    share = np.nan_to_num(ratio_of(sums[:, 1], weight_sum))
    of_no, of_yes = -share, 1 - share
    nothing = np.zeros(n_cells)
    return FineSums(
        n=n[:, 0] + n[:, 1],
        weight_sum=weight_sum,
        weight_squares=weight_squares,
        base=weight_sum,
        base_squares=weight_squares,
        centre=share,
        residual=nothing,
        cross=squares[:, 0] * of_no + squares[:, 1] * of_yes,
        squares=squares[:, 0] * of_no**2 + squares[:, 1] * of_yes**2,
        spread=sums[:, 0] * of_no**2 + sums[:, 1] * of_yes**2 if with_spread else None,
        base_cross=nothing,
        base_spread=weight_sum,
    )


def sums_of_ratio(
    numerator: FloatArray, denominator: FloatArray, weights: Weights, code: Codes, n_cells: int
) -> FineSums:
    """Return the sums of a ratio, over those who have both; other arguments as `sums_of_values`.

    Examples
    --------
    >>> import numpy as np
    >>> sums = sums_of_ratio(np.array([2.0, 6.0]), np.array([1.0, 3.0]), Weights.of(np.ones(2)), np.array([0, 0]), 1)
    >>> sums.base.tolist(), sums.centre.tolist(), sums.squares.tolist()
    ([4.0], [2.0], [0.0])
    """
    there = ~(np.isnan(numerator) | np.isnan(denominator))
    y, x, w, at = numerator[there], denominator[there], weights.each[there], code[there]
    base = sums_by(at, w * x, n_cells)
    centre = np.nan_to_num(ratio_of(sums_by(at, w * y, n_cells), base))
    r = y - centre[at] * x
    weighted, weighted_x = w * r, w * x
    return FineSums(
        n=np.bincount(at, minlength=n_cells),
        weight_sum=sums_by(at, w, n_cells),
        weight_squares=sums_by(at, w * w, n_cells),
        base=base,
        base_squares=sums_by(at, weighted_x * weighted_x, n_cells),
        centre=centre,
        residual=sums_by(at, weighted, n_cells),
        cross=sums_by(at, weighted * weighted_x, n_cells),
        squares=sums_by(at, weighted * weighted, n_cells),
        spread=sums_by(at, weighted * r, n_cells),
        base_cross=sums_by(at, weighted * x, n_cells),
        base_spread=sums_by(at, weighted_x * x, n_cells),
    )
