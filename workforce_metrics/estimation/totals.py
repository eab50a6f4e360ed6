"""The one pass of sums under every estimate: weighted means of groups and their linearised variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.design import DesignArrays
from workforce_metrics.estimation.group_sums import ratio_of, sums_by
from workforce_metrics.groups import observed_pairs

__all__ = ["DomainCells", "DomainTotals", "domain_cells", "domain_totals"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DomainCells:
    """Groups laid over a design: everything about the sums that does not depend on the answers.

    Only (group, stratum) and (group, cluster) cells that occur are held, so thousands of groups by thousands of
    strata cost no more than their members.

    Parameters
    ----------
    n_domains : int
        Number of groups.
    rows : numpy.ndarray of int64, shape (n_used,)
        Rows that belong to a group and have a weight above 0.
    domain : numpy.ndarray of int64, shape (n_used,)
        Their group.
    weight : numpy.ndarray of float64, shape (n_used,)
        Their weight.
    unit : numpy.ndarray of int64, shape (n_used,), or None
        Their (group, cluster) unit; None where every row is its own.
    cell : numpy.ndarray of int64, shape (n_units,)
        Each unit's (group, stratum) cell.
    domain_of_cell, stratum_of_cell : numpy.ndarray of int64, shape (n_cells,)
        What each cell is made of.
    design : DesignArrays
        The design on all rows.
    """

    n_domains: int
    rows: Codes
    domain: Codes
    weight: FloatArray
    unit: Codes | None
    cell: Codes
    domain_of_cell: Codes
    stratum_of_cell: Codes
    design: DesignArrays


@dataclass(frozen=True)
class DomainTotals:
    """What the answers of each group add up to; every array has shape (n_domains,).

    Parameters
    ----------
    n, n_missing : numpy.ndarray of int64
        Respondents of weight above 0 who answered, and who did not.
    weight_sum : numpy.ndarray of float64
        Weights of those who answered.
    n_effective : numpy.ndarray of float64
        Kish's effective number of those who answered, missing where nobody did.
    mean : numpy.ndarray of float64
        Weighted mean, missing where nobody answered.
    variance : numpy.ndarray of float64
        Linearised variance of the mean, missing where fewer than two clusters answered.
    df : numpy.ndarray of int64
        Clusters less strata, of those who answered.
    """

    n: Codes
    n_missing: Codes
    weight_sum: FloatArray
    n_effective: FloatArray
    mean: FloatArray
    variance: FloatArray
    df: Codes


def domain_cells(domain: Codes, n_domains: int, design: DesignArrays) -> DomainCells:
    """Lay groups over a design, once for any number of indicators.

    Parameters
    ----------
    domain : numpy.ndarray of int64, shape (n_rows,)
        Group codes from 0, -1 for rows in no group.
    n_domains : int
        Number of groups.
    design : DesignArrays
        The design on the same rows.

    Returns
    -------
    DomainCells

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign(stratum="site").on(pd.DataFrame({"site": ["x", "x", "y", "y"]}))
    >>> cells = domain_cells(np.array([0, 1, 1, -1]), 2, design)
    >>> cells.domain_of_cell.tolist(), cells.stratum_of_cell.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    rows = np.flatnonzero((domain >= 0) & (design.weight > 0)).astype(np.int64)
    own, stratum = domain[rows], design.stratum[rows]
    unit, domain_of_unit, stratum_of_unit = None, own, stratum
    if design.cluster is not None:
        n_all = int(design.n_clusters.sum())
        unit, domain_of_unit, cluster_of_unit = observed_pairs(own, design.cluster[rows], n_all)
        stratum_of_cluster = np.zeros(n_all, dtype=np.int64)
        stratum_of_cluster[design.cluster] = design.stratum
        stratum_of_unit = stratum_of_cluster[cluster_of_unit]
    cell, domain_of_cell, stratum_of_cell = observed_pairs(domain_of_unit, stratum_of_unit, len(design.n_clusters))
    return DomainCells(n_domains, rows, own, design.weight[rows], unit, cell, domain_of_cell, stratum_of_cell, design)


def domain_totals(values: FloatArray, cells: DomainCells) -> DomainTotals:
    """Return weighted means of groups with the variance that the whole design gives them.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (n_rows,)
        One indicator, NaN where not answered.
    cells : DomainCells
        Groups over the design of the same rows.

    Returns
    -------
    DomainTotals

    Notes
    -----
    With ``z_i = sum of w (y - mean) / W`` over the members of a group in cluster `i`, the variance is the sum over
    strata of ``(1 - n_h / N_h) n_h / (n_h - 1) * sum (z_i - z_mean_h)^2``, where `n_h` counts every cluster of the
    stratum, those without a member of the group (``z_i = 0``) included: the group is a domain of the design, not a
    sample of its own. Answers are centred before they are squared, so a large common value costs no digits.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> design = SurveyDesign().on(pd.DataFrame(index=range(4)))
    >>> totals = domain_totals(np.array([1.0, 3.0, np.nan, 2.0]), domain_cells(np.array([0, 0, 0, 1]), 2, design))
    >>> totals.mean.tolist(), totals.n_missing.tolist(), totals.df.tolist()
    ([2.0, 2.0], [1, 0], [1, 0])
    """
    size = cells.n_domains
    y = values[cells.rows]
    answered = ~np.isnan(y)
    y, domain, weight = y[answered], cells.domain[answered], cells.weight[answered]

    n = np.bincount(domain, minlength=size)
    weight_sum = sums_by(domain, weight, size)
    some_answer = np.zeros(size)
    some_answer[domain] = y  # any member's own: answers that are all alike then have that mean exactly
    shift = sums_by(domain, weight * (y - some_answer[domain]), size)
    mean = np.where(n > 0, some_answer + ratio_of(shift, weight_sum), np.nan)
    n_effective = ratio_of(weight_sum**2, sums_by(domain, weight * weight, size))

    scores = weight * (y - mean[domain]) / weight_sum[domain]
    variance, n_units, n_strata = _variance(scores, answered, cells)
    return DomainTotals(
        n=n,
        n_missing=np.bincount(cells.domain, minlength=size) - n,
        weight_sum=weight_sum,
        n_effective=n_effective,
        mean=mean,
        variance=np.where(n_units > 1, variance, np.nan),
        df=n_units - n_strata,
    )


def _variance(
    scores: FloatArray, answered: npt.NDArray[np.bool_], cells: DomainCells
) -> tuple[FloatArray, Codes, Codes]:
    """Return variance, clusters and strata of each group; `scores` has shape (n_answered,)."""
    if cells.unit is None:
        z, cell = scores, cells.cell[answered]
    else:
        unit = cells.unit[answered]
        occurs = np.bincount(unit, minlength=len(cells.cell)) > 0
        z, cell = sums_by(unit, scores, len(cells.cell))[occurs], cells.cell[occurs]
    n_cells, stratum, design = len(cells.domain_of_cell), cells.stratum_of_cell, cells.design
    n_units = np.bincount(cell, minlength=n_cells)
    known, centred = design.measured_in(stratum, n_units)
    centre = np.where(centred, sums_by(cell, z, n_cells) / design.n_clusters[stratum], 0.0)
    squares = sums_by(cell, (z - centre[cell]) ** 2, n_cells)
    squares += (design.n_clusters[stratum] - n_units) * centre**2

    variance = sums_by(cells.domain_of_cell, np.where(known, design.scale[stratum] * squares, 0.0), cells.n_domains)
    in_domain = sums_by(cells.domain_of_cell, n_units, cells.n_domains)
    n_strata = np.bincount(cells.domain_of_cell[n_units > 0], minlength=cells.n_domains)
    n_known = np.bincount(cells.domain_of_cell[(n_units > 0) & known], minlength=cells.n_domains)
    variance *= np.where(n_known == n_strata, 1.0, ratio_of(n_strata.astype(np.float64), n_known))
    return variance, in_domain.astype(np.int64), n_strata
