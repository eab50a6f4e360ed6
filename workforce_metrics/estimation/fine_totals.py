"""From the sums of fine cells to the estimates of a table's groups and their linearised variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.design import DesignArrays
from workforce_metrics.estimation.fine_cells import CellTable
from workforce_metrics.estimation.fine_sums import FineSums
from workforce_metrics.estimation.group_sums import counts_by, ratio_of, sums_by

__all__ = ["REPLACEMENT", "Replacement", "TableTotals", "table_totals"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Replacement = Literal["with_replacement", "without_replacement"]
REPLACEMENT: tuple[Replacement, ...] = ("with_replacement", "without_replacement")

ROUNDING = 1e-12
"""A sum of squares about a centre that is this small a part of the sum about the estimate is rounding, and is 0."""


@dataclass(frozen=True, eq=False)
class TableTotals:
    """Estimates of the groups of one table; every array has shape (n_domains,).

    Parameters
    ----------
    n, n_missing : numpy.ndarray of int64
        Respondents of weight above 0 who answered, and who did not.
    weight_sum : numpy.ndarray of float64
        Weights of those who answered.
    n_effective : numpy.ndarray of float64
        Kish's effective number of those who answered, missing where nobody did.
    mean : numpy.ndarray of float64
        ``sum w y / sum w x``, missing where nobody answered.
    variance : numpy.ndarray of float64
        Its linearised variance, missing where fewer than two clusters answered.
    df : numpy.ndarray of int64
        Clusters less strata, of those who answered.
    random_variance : numpy.ndarray of float64
        The variance that the estimate of as many answers would have, were they drawn one by one with replacement and
        not weighted; missing below two answers, or where the sums have no spread.
    """

    n: Codes
    n_missing: Codes
    weight_sum: FloatArray
    n_effective: FloatArray
    mean: FloatArray
    variance: FloatArray
    df: Codes
    random_variance: FloatArray

    def design_effect(self, replacement: Replacement) -> FloatArray:
        """Return the variance over the one of as many answers drawn at random, missing where that is 0 or unknown."""
        if replacement == "with_replacement":
            return ratio_of(self.variance, self.random_variance)
        beyond = np.maximum(self.weight_sum - self.n, 0.0)
        return ratio_of(self.variance * self.weight_sum, self.random_variance * beyond)


def table_totals(sums: FineSums, table: CellTable, design: DesignArrays) -> TableTotals:
    """Add fine cells up to the groups of a table.

    Parameters
    ----------
    sums : FineSums
        Of one indicator, shape (n_cells,) each.
    table : CellTable
        How cells make groups.
    design : DesignArrays
        The design on all rows.

    Returns
    -------
    TableTotals

    Notes
    -----
    With ``z_i = sum of w (y - R x) / sum w x`` over the members of a group in cluster `i`, the variance is the sum over
    strata of ``(1 - n_h / N_h) n_h / (n_h - 1) * sum (z_i - z_mean_h)^2``, where `n_h` counts every cluster of the
    stratum, those without a member of the group (``z_i = 0``) included: the group is a domain of the design, not a
    sample of its own.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> from workforce_metrics.estimation.fine_cells import fine_pass
    >>> from workforce_metrics.estimation.fine_sums import sums_of_values
    >>> laid = fine_pass(np.array([0, 0, 0, 1]), [], SurveyDesign().on(pd.DataFrame(index=range(4))))
    >>> cells, (_, table) = laid.packs[0], laid.packs[0].tables[0]
    >>> sums = sums_of_values(np.array([1.0, 3.0, np.nan, 2.0]), laid.weights, cells.code, cells.n_cells)
    >>> totals = table_totals(sums, table, laid.design)
    >>> totals.mean.tolist(), totals.n_missing.tolist(), totals.df.tolist()
    ([2.0, 2.0], [1, 0], [1, 0])
    """
    domain, size = table.domain, table.n_domains
    kept = slice(None) if len(table.kept) == len(sums.n) else table.kept
    n_of_cell, base_of_cell, centre = sums.n[kept], sums.base[kept], sums.centre[kept]
    n = counts_by(domain, n_of_cell, size)
    base = weight_sum = sums_by(domain, sums.weight_sum[kept], size)
    if sums.base is not sums.weight_sum:
        base = sums_by(domain, base_of_cell, size)
    start = np.zeros(size)
    answered = n_of_cell > 0
    start[domain[answered]] = centre[answered]  # any cell's own: cells that are all alike have that estimate exactly
    shift = sums_by(domain, sums.residual[kept] + (centre - start[domain]) * base_of_cell, size)
    mean = np.where(n > 0, start + ratio_of(shift, base), np.nan)

    off = np.where(answered, centre - mean[domain], 0.0)
    z = sums.residual[kept] + off * base_of_cell
    if table.unit is None:
        of_units, n_units = off * (2 * sums.cross[kept] + off * sums.base_squares[kept]), n_of_cell
        of_units += sums.squares[kept]
    else:
        z = sums_by(table.unit, z, len(table.cell))
        of_units, n_units = z**2, counts_by(table.unit, n_of_cell, len(table.cell)).clip(max=1)
    variance, n_clusters, n_strata = _variance(z, of_units, n_units, table, design)

    per_base = ratio_of(np.ones(size), base)
    random = np.full(size, np.nan)
    if sums.spread is not None:
        spread = sums.spread[kept] + off * (2 * sums.base_cross[kept] + off * sums.base_spread[kept])
        random = ratio_of(sums_by(domain, spread, size) * weight_sum * per_base**2, n - 1)
    return TableTotals(
        n=n,
        n_missing=table.n_members - n,
        weight_sum=weight_sum,
        n_effective=ratio_of(weight_sum**2, sums_by(domain, sums.weight_squares[kept], size)),
        mean=mean,
        variance=np.where(n_clusters > 1, variance * per_base**2, np.nan),
        df=n_clusters - n_strata,
        random_variance=random,
    )


def _variance(
    z: FloatArray, z_squares: FloatArray, n_units: Codes, table: CellTable, design: DesignArrays
) -> tuple[FloatArray, Codes, Codes]:
    """Return variance, clusters and strata of each group, from sums over units that are not yet divided by the base."""
    stratum, n_cells = table.stratum_of_cell, len(table.domain_of_cell)
    total, squares = sums_by(table.cell, z, n_cells), sums_by(table.cell, z_squares, n_cells)
    n_of_cell = counts_by(table.cell, n_units, n_cells)
    known, centred = design.measured_in(stratum, n_of_cell)
    centre = np.where(centred, total / design.n_clusters[stratum], 0.0)
    about = squares - centre * (2 * total - design.n_clusters[stratum] * centre)
    about[about <= ROUNDING * squares] = 0.0

    of_cell = np.where(known, design.scale[stratum] * about, 0.0)
    variance = sums_by(table.domain_of_cell, of_cell, table.n_domains)
    there = n_of_cell > 0
    n_strata = counts_by(table.domain_of_cell, there.astype(np.int64), table.n_domains)
    n_known = counts_by(table.domain_of_cell, (there & known).astype(np.int64), table.n_domains)
    share = np.where(n_known == n_strata, 1.0, ratio_of(n_strata.astype(np.float64), n_known))
    return variance * share, counts_by(table.domain_of_cell, n_of_cell, table.n_domains), n_strata
