"""The design's variance of a difference of influences, without visiting for each group what only its comparator has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.contrast_cells import ContrastCells, Side
from workforce_metrics.estimation.side_answers import SideAnswers, looked_up, sums

__all__ = ["ComparatorProducts", "Influence", "comparator_products", "contrast_variance"]

FloatArray = npt.NDArray[np.float64]

ROUNDING = 1e-13
"""A variance this small beside the parts that it is the difference of is what rounding leaves of nought."""


@dataclass(frozen=True, eq=False)
class Influence:
    """What each cluster adds to a comparison: ``own`` less ``k (u - shift b)`` of the comparator.

    Parameters
    ----------
    own : numpy.ndarray of float64, shape (n_units of groups,)
    k, shift : numpy.ndarray of float64, shape (n_groups,)
    """

    own: FloatArray
    k: FloatArray
    shift: FloatArray


@dataclass(frozen=True, eq=False)
class ComparatorProducts:
    """Totals of the comparators by cluster, ``u = sum w (y - m)`` and ``b = sum w``, and their products.

    Parameters
    ----------
    u, b : numpy.ndarray of float64, shape (n_units of comparators,)
    u_cell, b_cell : numpy.ndarray of float64, shape (n_cells of comparators,)
        Their sums within strata.
    uu, ub, bb : numpy.ndarray of float64, shape (n_comparators,)
        Their products in the design: over strata, ``scale (sum x y - centre sum x sum y)``.
    """

    u: FloatArray
    b: FloatArray
    u_cell: FloatArray
    b_cell: FloatArray
    uu: FloatArray
    ub: FloatArray
    bb: FloatArray


def comparator_products(whole: SideAnswers, cells: ContrastCells) -> ComparatorProducts:
    """Return the comparators' totals and products, once for difference and ratio.

    Parameters
    ----------
    whole : SideAnswers
        The answers on the side of the comparators.
    cells : ContrastCells
    """
    side = cells.comparator
    u = sums(whole.unit, whole.weight * (whole.y - whole.mean[whole.domain]), len(side.cell))
    b = sums(whole.unit, whole.weight, len(side.cell))
    u_cell, b_cell = (sums(side.cell, x, len(side.stratum_of_cell)) for x in (u, b))
    uu = _product(side, cells, u * u, u_cell * u_cell)
    ub = _product(side, cells, u * b, u_cell * b_cell)
    bb = _product(side, cells, b * b, b_cell * b_cell)
    return ComparatorProducts(u, b, u_cell, b_cell, uu, ub, bb)


def contrast_variance(influence: Influence, theirs: ComparatorProducts, cells: ContrastCells) -> FloatArray:
    """Return the variance of each group's comparison, shape (n_groups,); NaN where there is none.

    Parameters
    ----------
    influence : Influence
    theirs : ComparatorProducts
    cells : ContrastCells
    """
    side, own, k, shift = cells.group, influence.own, influence.k, influence.shift
    own_cell = sums(side.cell, own, len(side.stratum_of_cell))
    own_own = _product(side, cells, own * own, own_cell**2)
    own_u, own_b = (
        _product(
            side, cells,
            own * looked_up(x, cells.unit_in_target, 0.0), own_cell * looked_up(x_cell, cells.cell_in_target, 0.0),
        )
        for x, x_cell in ((theirs.u, theirs.u_cell), (theirs.b, theirs.b_cell))
    )  # fmt: skip
    uu, ub, bb = (looked_up(x, cells.target) for x in (theirs.uu, theirs.ub, theirs.bb))
    variance = own_own - 2 * k * (own_u - shift * own_b) + k**2 * (uu - 2 * shift * ub + shift**2 * bb)
    parts = own_own + k**2 * (uu + shift**2 * bb)
    return np.where(variance <= ROUNDING * parts, 0.0, variance)


def _product(side: Side, cells: ContrastCells, by_unit: FloatArray, of_sums: FloatArray) -> FloatArray:
    """Return ``scale (sum x y - centre sum x sum y)`` of each domain from products by unit and of sums by cell."""
    stratum, design = side.stratum_of_cell, cells.design
    squares = sums(side.cell, by_unit, len(stratum)) - design.centre[stratum] * of_sums
    return sums(side.domain_of_cell, design.scale[stratum] * squares, side.size)
