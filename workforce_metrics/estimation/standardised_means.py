"""Weighted means of groups over one mix of cells, and the values whose variance is that of such a mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import observed_pairs

__all__ = ["StandardisedMeans", "standardised_means"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class StandardisedMeans:
    """Means of groups over one mix.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_rows,)
        Linearised values: their weighted mean in a group is the group's standardised mean, and so is its variance.
        NaN where an answer is not used.
    mean : numpy.ndarray of float64, shape (n_groups,)
        Standardised means, NaN where no answer is used.
    n_effective : numpy.ndarray of float64, shape (n_groups,)
        Kish's effective number under the weights that the mix gives.
    not_covered : numpy.ndarray of float64, shape (n_groups,)
        Share of the mix in cells of which the group has no answer.
    n_single : int
        How many cells of groups have one answer.
    has_error : numpy.ndarray of bool, shape (n_groups,)
        Whether some cell has two answers or more, so that there is anything to estimate an error from.
    """

    values: FloatArray
    mean: FloatArray
    n_effective: FloatArray
    not_covered: FloatArray
    n_single: int
    has_error: npt.NDArray[np.bool_]


def standardised_means(
    values: FloatArray, group: Codes, cell: Codes, weight: FloatArray, share: FloatArray, *, n_groups: int
) -> StandardisedMeans:
    """Average the weighted means of cells over the shares of one mix, group by group.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_rows,)
        One indicator, NaN where not answered.
    group, cell : numpy.ndarray of int64, shape (n_rows,)
        Codes from 0, -1 for rows in no group or cell.
    weight : numpy.ndarray of float64, shape (n_rows,)
        0 or more.
    share : numpy.ndarray of float64, shape (n_cells,)
        The mix, which adds up to 1.
    n_groups : int

    Returns
    -------
    StandardisedMeans

    Notes
    -----
    With the shares ``s_c`` divided by their sum over the cells that a group covers, the mean is
    ``sum_c s_c mean_gc`` and the linearised value of a member ``mean_g + s_c W_g / W_gc (y - mean_gc)``, where ``W``
    are sums of weights. The shares are taken as known.

    Examples
    --------
    >>> import numpy as np
    >>> y, one = np.array([1.0, 3.0, 8.0]), np.ones(3)
    >>> found = standardised_means(y, np.zeros(3, int), np.array([0, 0, 1]), one, np.array([0.5, 0.5]), n_groups=1)
    >>> found.mean.tolist(), found.values.tolist(), found.n_single
    ([5.0], [4.25, 5.75, 5.0], 1)
    """
    used = np.flatnonzero((group >= 0) & (cell >= 0) & (weight > 0) & ~np.isnan(values))
    used = used[share[cell[used]] > 0]
    y, w, own = values[used], weight[used], group[used]
    pair, group_of_pair, cell_of_pair = observed_pairs(own, cell[used], len(share))
    cell_mean, cell_sum = _means(pair, y, w, len(group_of_pair))
    part = share[cell_of_pair]
    covered = _sums(group_of_pair, part, n_groups)
    mean, _ = _means(group_of_pair, cell_mean, part, n_groups)
    factor = part / covered[group_of_pair] / cell_sum
    mix_weight = w * factor[pair]

    spread = np.full(len(values), np.nan)
    group_sum = _sums(own, w, n_groups)
    spread[used] = mean[own] + group_sum[own] * factor[pair] * (y - cell_mean[pair])
    n_in_cell = np.bincount(pair, minlength=len(part))
    squares = _sums(own, mix_weight**2, n_groups)
    return StandardisedMeans(
        values=spread,
        mean=mean,
        n_effective=np.divide(1.0, squares, out=np.full(n_groups, np.nan), where=squares > 0),
        not_covered=_left_of_one(group_of_pair, part, share, n_groups),
        n_single=int((n_in_cell == 1).sum()),
        has_error=np.bincount(group_of_pair, n_in_cell > 1, n_groups) > 0,
    )


def _means(codes: Codes, values: FloatArray, weight: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Return weighted means by code, exact where values are all alike, and the sums of weights."""
    some = np.full(size, np.nan)
    some[codes] = values
    weight_sum = _sums(codes, weight, size)
    shift = _sums(codes, weight * (values - some[codes]), size)
    return some + np.divide(shift, weight_sum, out=np.zeros(size), where=weight_sum > 0), weight_sum


def _left_of_one(group_of_pair: Codes, part: FloatArray, share: FloatArray, n_groups: int) -> FloatArray:
    """Return what of the mix a group lacks: exactly 0 where it has every cell."""
    n_there = np.bincount(group_of_pair, minlength=n_groups)
    lacking = 1.0 - _sums(group_of_pair, part, n_groups)
    return np.where(n_there == np.count_nonzero(share > 0), 0.0, np.clip(lacking, 0.0, 1.0))


def _sums(codes: Codes, amounts: FloatArray, size: int) -> FloatArray:
    return np.bincount(codes, amounts, minlength=size).astype(np.float64, copy=False)
