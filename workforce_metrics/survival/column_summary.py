"""The columns of a regression seen in one pass: their means and products, and what makes them unfit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError

__all__ = ["ColumnSummary", "check_columns", "refuse_extremes", "row_blocks", "summarise_columns"]

Floats = npt.NDArray[np.float64]
DEPENDENT = 1e-7
"""A column is taken as determined by those before it where less than this share of its length is its own (R's lm)."""
CLEARLY_INDEPENDENT = 1e-4
WIDEST = 1e100
"""Sums of squares of larger numbers, and their inverses, are no numbers."""
NUMBERS_PER_BLOCK = 1 << 16
"""Half a megabyte: a block of rows stays in the processor's cache."""


@dataclass(frozen=True)
class ColumnSummary:
    """What is known of columns of n rows after one pass.

    Parameters
    ----------
    n : int
    mean : ndarray of float64, shape (p,)
    products : ndarray of float64, shape (p, p)
        Sums of products of the columns less their means; not finite where a column is not.
    is_sign : ndarray of bool, shape (p,)
        Whether a column holds only -1, 0 and 1, as the codes of levels do.
    """

    n: int
    mean: Floats
    products: Floats
    is_sign: npt.NDArray[np.bool_]

    @property
    def spread(self) -> Floats:
        """The standard deviation of each column, 1 where it does not vary, shape (p,)."""
        spread = np.sqrt(np.maximum(np.diagonal(self.products), 0.0) / max(self.n, 1))
        return np.where(spread > 0, spread, 1.0)

    @property
    def size(self) -> Floats:
        """The root of each column's mean square, shape (p,)."""
        with np.errstate(all="ignore"):
            deviation = np.sqrt(np.maximum(np.diagonal(self.products), 0.0) / max(self.n, 1))
            return np.asarray(np.hypot(self.mean, deviation))

    def of(self, columns: slice) -> ColumnSummary:
        """Return the summary of some of the columns."""
        return ColumnSummary(self.n, self.mean[columns], self.products[columns, columns], self.is_sign[columns])


def row_blocks(values: Floats) -> list[slice]:
    """Return slices of rows, each block small enough for the processor's cache.

    Examples
    --------
    >>> row_blocks(np.zeros((70_000, 1)))
    [slice(0, 65536, None), slice(65536, 70000, None)]
    """
    height = max(NUMBERS_PER_BLOCK // max(values.shape[1], 1), 256)
    return [slice(start, min(start + height, len(values))) for start in range(0, len(values), height)]


def summarise_columns(values: Floats) -> ColumnSummary:
    """Add up the columns in one pass over blocks of rows.

    Parameters
    ----------
    values : ndarray of float64, shape (n, p)

    Returns
    -------
    ColumnSummary

    Notes
    -----
    Sums are of the columns less their means in the first block, so that a large common part costs no digits.

    Examples
    --------
    >>> import numpy as np
    >>> found = summarise_columns(np.array([[1e9, 0.0], [1e9 + 2, 1.0]]))
    >>> found.mean.tolist(), found.products.tolist(), found.is_sign.tolist()
    ([1000000001.0, 0.5], [[2.0, 1.0], [1.0, 0.5]], [False, True])
    """
    n, p = values.shape
    blocks = row_blocks(values)
    total, products = np.zeros(p), np.zeros((p, p))
    signs = np.arange(p)
    with np.errstate(all="ignore"):
        shift = values[blocks[0]].mean(axis=0) if n else np.zeros(p)
        for rows in blocks:
            part = values[rows] - shift
            total += np.ones(len(part)) @ part
            products += part.T @ part
            size = np.abs(values[rows][:, signs])
            signs = signs[((size == 0) | (size == 1)).all(axis=0)]
        off = total / max(n, 1)
        products -= n * np.outer(off, off)
    return ColumnSummary(n, shift + off, products, np.isin(np.arange(p), signs))


def check_columns(
    values: Floats, summary: ColumnSummary, described: Sequence[str], *, has_constant: bool = False
) -> None:
    """Refuse columns that are not finite, are constant, or are determined by the columns before them.

    Parameters
    ----------
    values : ndarray of float64, shape (n, p)
    summary : ColumnSummary
        Of `values`.
    described : sequence of str
        What to call each column.
    has_constant : bool
        Whether the first column is the constant 1, against which the others are judged in either case.

    Raises
    ------
    InvalidDataError
        Naming the column.

    Notes
    -----
    The diagonal of R in a QR decomposition of the centred columns, each scaled to length 1, says how much of each is
    its own. It is also that of the Cholesky root of their correlation matrix, which is cheaper and has half the digits;
    the decomposition is made, block by block, where those are not enough.
    """
    refuse_extremes(values, summary, described)
    own = slice(int(has_constant), None)
    values, summary, described = values[:, own], summary.of(own), described[own]
    length = np.sqrt(np.maximum(np.diagonal(summary.products), 0.0))
    constant = length <= 1e-12 * np.sqrt(summary.n) * np.abs(summary.mean)
    unit = np.where(constant, 1.0, length)
    if not constant.any() and _clearly_independent(summary.products / np.outer(unit, unit)):
        return
    triangle: Floats = np.zeros((0, values.shape[1]))
    for rows in row_blocks(values):
        triangle = np.asarray(np.linalg.qr(np.vstack((triangle, (values[rows] - summary.mean) / unit)), mode="r"))
    share = np.zeros(values.shape[1])
    share[: len(triangle)] = np.abs(np.diagonal(triangle))
    for column in np.flatnonzero(constant | (share < DEPENDENT)):
        got = "is the same in every row" if constant[column] else "is determined by the columns before it"
        raise InvalidDataError(
            "formula",
            "columns of which none follows from the others",
            f"one that {got}: {described[int(column)]}",
            "leave it out of the formula, or merge the level with another",
        )


def _clearly_independent(correlation: Floats) -> bool:
    try:
        return bool(np.diagonal(np.linalg.cholesky(correlation)).min(initial=1.0) > CLEARLY_INDEPENDENT)
    except np.linalg.LinAlgError:
        return False


def refuse_extremes(values: Floats, summary: ColumnSummary, described: Sequence[str]) -> None:
    """Refuse columns with numbers that are not finite, or of a size whose square is no number."""
    size = summary.size
    for column in map(int, np.flatnonzero(~np.isfinite(size) | (size > WIDEST) | ((size > 0) & (size < 1 / WIDEST)))):
        n = int((~np.isfinite(values[:, column])).sum())
        if n:
            raise InvalidDataError(
                described[column], "finite numbers", f"{n:,} that are not", "correct those rows or transform otherwise"
            )
        raise InvalidDataError(
            described[column],
            f"numbers of a size between {1 / WIDEST:g} and {WIDEST:g}",
            "a column beyond",
            "give the covariate in another unit",
        )
