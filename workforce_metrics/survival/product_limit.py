"""The kernel of Kaplan and Meier: a product over the rows of each group of a risk table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["ProductLimit", "product_limit"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ProductLimit:
    """Survival just after each row of a risk table.

    Parameters
    ----------
    survival : ndarray of float64, shape (n_cells,)
    log_std_error : ndarray of float64, shape (n_cells,)
        Standard error of log survival, Greenwood's or another; infinite once survival is 0.
    """

    survival: Floats
    log_std_error: Floats


def product_limit(group: npt.NDArray[np.int64], n_risk: Floats, n_event: Floats) -> ProductLimit:
    """Return the product-limit estimate with Greenwood's variance.

    Parameters
    ----------
    group : ndarray of int64, shape (n_cells,)
        Ascending.
    n_risk, n_event : ndarray of float64, shape (n_cells,)
        In order of time within each group.

    Returns
    -------
    ProductLimit

    Notes
    -----
    ``S(t) = prod (1 - d / n)`` and ``var log S(t) = sum d / (n (n - d))`` over times up to t.

    References
    ----------
    Kaplan EL, Meier P (1958). J Am Stat Assoc 53:457-481. doi:10.1080/01621459.1958.10501452
    """
    happens = n_event > 0
    n = np.where(happens, n_risk, 1.0)
    remain = np.where(happens, np.maximum(n - n_event, 0.0), 1.0)
    all_left = happens & (remain <= n * 1e-12)
    factor = np.where(all_left, 0.0, np.where(happens, remain / n, 1.0))
    with np.errstate(divide="ignore"):
        term = np.where(happens, n_event / (n * np.where(all_left, 0.0, remain)), 0.0)
    survival, variance = np.empty_like(n), np.empty_like(n)
    for start, stop in pairwise(np.flatnonzero(np.diff(group, prepend=-1, append=-1))):
        np.cumprod(factor[start:stop], out=survival[start:stop])
        np.cumsum(term[start:stop], out=variance[start:stop])
    return ProductLimit(survival, np.sqrt(variance))
