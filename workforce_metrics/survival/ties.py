"""Times that differ only in their last bits are one time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["TIE_TOLERANCE", "fix_ties", "tolerance_of"]

TIE_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
"""1.49e-8: the default tolerance of R's ``survival::aeqSurv``."""


LAST_BITS = 8
"""Times in a narrower type than double precision are one time where they differ by as many units of its last place."""


def tolerance_of(*dtypes: Any) -> float:
    """Return the tolerance that suits times stored in some types of column, the coarsest of them.

    Examples
    --------
    >>> tolerance_of(np.dtype("float64"), np.dtype("int64")) == TIE_TOLERANCE, tolerance_of(np.dtype("float32"))
    (True, 9.5367431640625e-07)
    """
    narrow = [np.dtype(f"f{dtype.itemsize}") for dtype in dtypes if dtype.kind == "f" and dtype.itemsize < 8]
    return max([TIE_TOLERANCE, *(LAST_BITS * float(np.finfo(dtype).eps) for dtype in narrow)])


def fix_ties(*times: npt.NDArray[np.float64], tolerance: float = TIE_TOLERANCE) -> tuple[npt.NDArray[np.float64], ...]:
    """Give equal values to times that are equal to within rounding.

    Neighbouring distinct times (over all arrays together) no further apart than `tolerance`, absolutely or relative to
    the mean time, become the smallest of them.

    Parameters
    ----------
    *times : ndarray of float64, each of shape (n,)
        Such as entries and durations, so that an entry and an exit can tie too.
    tolerance : float

    Returns
    -------
    tuple of ndarray
        Of the same shapes. Arrays without such near-ties come back as they are.

    References
    ----------
    Therneau T. Roundoff error and tied times; vignette of the R package survival (2024).

    Examples
    --------
    >>> import numpy as np
    >>> fix_ties(np.array([0.3, 0.1 + 0.2, 1.0]))[0].tolist()
    [0.3, 0.3, 1.0]
    """
    distinct = np.unique(np.concatenate(times))
    if len(distinct) < 2:
        return times
    gap = np.diff(distinct)
    mean = np.abs(distinct).mean()
    tied = (gap <= tolerance) | (gap <= tolerance * mean)
    if not tied.any():
        return times
    first = distinct[np.concatenate(([True], ~tied))]
    return tuple(first[np.searchsorted(first, values, side="right") - 1] for values in times)
