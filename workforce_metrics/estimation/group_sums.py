"""Sums by group of arrays with codes, and ratios that are missing where they cannot be had."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["counts_by", "ratio_of", "sums_by"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def sums_by(code: Codes, amounts: FloatArray | Codes, size: int) -> FloatArray:
    """Return what the amounts of each code from 0 to `size` - 1 add up to.

    Examples
    --------
    >>> import numpy as np
    >>> sums_by(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [4.0, 0.0, 2.0]
    """
    return np.bincount(code, amounts, minlength=size).astype(np.float64, copy=False)


def counts_by(code: Codes, numbers: Codes, size: int) -> Codes:
    """Return the same of whole numbers, as whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> counts_by(np.array([0, 2, 0]), np.array([1, 2, 3]), 3).tolist()
    [4, 0, 2]
    """
    return np.bincount(code, numbers, minlength=size).astype(np.int64)


def ratio_of(above: FloatArray, below: FloatArray | Codes) -> FloatArray:
    """Return ``above / below``, missing where `below` is 0.

    Examples
    --------
    >>> import numpy as np
    >>> ratio_of(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below != 0)
    return ratio
