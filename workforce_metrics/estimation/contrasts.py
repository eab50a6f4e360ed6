"""Differences and ratios of means between groups of one design, with the covariance that the design gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.contrast_cells import ContrastCells, Side
from workforce_metrics.estimation.contrast_variance import Influence, comparator_products, contrast_variance
from workforce_metrics.estimation.side_answers import SideAnswers, looked_up, quotient, side_answers, sums

__all__ = ["Contrasts", "domain_contrasts"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Contrasts:
    """One indicator compared; every array has shape (n_groups,).

    Parameters
    ----------
    n, n_missing, n_against : numpy.ndarray of int64
        Members of weight above 0 who answered and who did not, and who answered in the comparator.
    mean, mean_against : numpy.ndarray of float64
        Weighted means, missing where nobody answered.
    variance : numpy.ndarray of float64
        Linearised variance of ``mean - mean_against``, missing where either rests on fewer than two clusters.
    log_ratio_variance : numpy.ndarray of float64
        The same of ``log(mean / mean_against)``; missing also where either is 0, or where it was not asked for.
    df : numpy.ndarray of int64
        Clusters less strata of those who answered in either, less 1 for the difference.
    """

    n: Codes
    n_missing: Codes
    n_against: Codes
    mean: FloatArray
    mean_against: FloatArray
    variance: FloatArray
    log_ratio_variance: FloatArray
    df: Codes


@dataclass(frozen=True, eq=False)
class _Against:
    """What each group is compared with: people, weights, mean, and how far the mean is from the whole comparator's."""

    n: FloatArray
    weight_sum: FloatArray
    mean: FloatArray
    shift: FloatArray


def domain_contrasts(values: FloatArray, cells: ContrastCells, *, without_own: bool, ratio: bool) -> Contrasts:
    """Return how each group's mean differs from its comparator's.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_rows,)
        One indicator, NaN where not answered.
    cells : ContrastCells
        Groups and comparators over the design of the same rows.
    without_own : bool
        Whether a group is part of its comparator and is compared with the rest of it.
    ratio : bool
        Whether the variance of the ratio is wanted too.

    Returns
    -------
    Contrasts

    Notes
    -----
    A mean's influence in cluster `i` is ``z_i = sum of w (y - mean) / W`` over its members there. Both means come from
    one design, so the variance is that of the difference of influences, ``z_i - z'_i``, over all clusters: members in
    common, clusters in common and strata in common all count. For a ratio the influences are divided by their means
    first.

    The clusters that only the comparator has are not visited for each group. The variance is a quadratic form in the
    group's influence and two totals of the comparator by cluster, ``u = sum w (y - m)`` and ``b = sum w``: the rest has
    the influence ``(u - u_g - shift (b - b_g)) / W_rest`` with ``shift = m_rest - m``. Their products are summed once,
    so that thousands of groups cost one pass over the members.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.contrast_cells import contrast_cells
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign().on(pd.DataFrame(index=range(5)))
    >>> team, everybody = np.array([0, 0, 1, 1, 1]), np.zeros(5, dtype=np.int64)
    >>> cells = contrast_cells(team, 2, everybody, np.array([0, 0]), design)
    >>> found = domain_contrasts(np.array([1.0, 3.0, 4.0, 6.0, 8.0]), cells, without_own=True, ratio=False)
    >>> found.mean.tolist(), found.mean_against.round(12).tolist(), found.df.tolist()
    ([2.0, 6.0], [6.0, 2.0], [3, 3])
    >>> found.variance.round(12).tolist()  # 5/4 (2/4 + 8/9)
    [1.736111111111, 1.736111111111]
    """
    group = side_answers(values, cells.group, cells.design.weight)
    whole = side_answers(values, cells.comparator, cells.design.weight)
    against = _against(group, whole, cells.target, without_own=without_own)
    own = _influence_of_own(group, group.mean, group.weight_sum, cells.group)
    k = quotient(np.ones(len(cells.target)), against.weight_sum)
    taken_out = np.zeros(len(own))
    if without_own:
        taken_out = _influence_of_own(group, against.mean, against.weight_sum, cells.group)
    theirs = comparator_products(whole, cells)
    known, df = _known_and_df(cells, group, whole, without_own=without_own)
    variance = contrast_variance(Influence(own + taken_out, k, against.shift), theirs, cells)
    log_variance = np.full(len(k), np.nan)
    if ratio:
        of_unit = cells.group.domain_of_unit
        per_own, per_against = (quotient(np.ones(len(k)), mean) for mean in (group.mean, against.mean))
        log_own = own * per_own[of_unit] + taken_out * per_against[of_unit]
        log_variance = contrast_variance(Influence(log_own, k * per_against, against.shift), theirs, cells)
    return Contrasts(
        n=group.n,
        n_missing=group.n_missing,
        n_against=against.n.astype(np.int64),
        mean=group.mean,
        mean_against=against.mean,
        variance=np.where(known, variance, np.nan),
        log_ratio_variance=np.where(known, log_variance, np.nan),
        df=df,
    )


def _against(group: SideAnswers, whole: SideAnswers, target: Codes, *, without_own: bool) -> _Against:
    n, weight_sum = looked_up(whole.n.astype(np.float64), target, 0.0), looked_up(whole.weight_sum, target, 0.0)
    mean = looked_up(whole.mean, target)
    if not without_own:
        return _Against(n, weight_sum, mean, np.zeros(len(target)))
    n_rest = n - group.n
    rest = np.where(n_rest > 0, weight_sum - group.weight_sum, 0.0)  # the difference of equal sums may not be nought
    apart = np.where(group.n > 0, group.weight_sum * (mean - group.mean), 0.0)
    shift = quotient(apart, rest)
    return _Against(n_rest, rest, mean + shift, shift)


def _influence_of_own(group: SideAnswers, mean: FloatArray, weight_sum: FloatArray, side: Side) -> FloatArray:
    """Return ``sum w (y - mean) / weight_sum`` of the members of each group in each cluster, shape (n_units,)."""
    deviations = sums(group.unit, group.weight * (group.y - mean[group.domain]), len(side.cell))
    return deviations * quotient(np.ones(len(weight_sum)), weight_sum)[side.domain_of_unit]


def _known_and_df(
    cells: ContrastCells, group: SideAnswers, whole: SideAnswers, *, without_own: bool
) -> tuple[BoolArray, Codes]:
    """Return whether both means rest on two clusters or more, and clusters less strata of both together, less 1."""
    size, target = cells.group.size, cells.target
    units, strata = _occurring(cells.group, group)
    their_units, their_strata = _occurring(cells.comparator, whole)
    shared_units = units & (looked_up(their_units.astype(np.float64), cells.unit_in_target, 0.0) > 0)
    shared_strata = strata & (looked_up(their_strata.astype(np.float64), cells.cell_in_target, 0.0) > 0)
    n_units, n_shared = (_count(cells.group.domain_of_unit[x], size) for x in (units, shared_units))
    n_strata, n_shared_strata = (_count(cells.group.domain_of_cell[x], size) for x in (strata, shared_strata))
    n_theirs = looked_up(_count(cells.comparator.domain_of_unit[their_units], cells.comparator.size), target, 0.0)
    n_their_strata = looked_up(
        _count(cells.comparator.domain_of_cell[their_strata], cells.comparator.size), target, 0.0
    )
    df = (n_units + n_theirs - n_shared) - (n_strata + n_their_strata - n_shared_strata) - 1
    n_against = n_theirs
    if without_own:
        of_whole = looked_up(whole.n_in_unit.astype(np.float64), cells.unit_in_target, 0.0)
        n_against = n_theirs - _count(cells.group.domain_of_unit[units & (of_whole == group.n_in_unit)], size)
    return (target >= 0) & (n_units > 1) & (n_against > 1), df.astype(np.int64)


def _occurring(side: Side, answers: SideAnswers) -> tuple[BoolArray, BoolArray]:
    """Return which units and which cells of a side hold somebody who answered."""
    units = answers.n_in_unit > 0
    return units, np.bincount(side.cell[units], minlength=len(side.stratum_of_cell)) > 0


def _count(codes: Codes, size: int) -> FloatArray:
    return np.bincount(codes, minlength=size).astype(np.float64)
