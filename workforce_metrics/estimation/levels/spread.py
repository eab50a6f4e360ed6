"""Standard errors and limits of the variances of all levels, or of their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Spread"]


@dataclass(frozen=True)
class Spread:
    """How uncertain the figures of the levels are: the largest groups first, persons last.

    Parameters
    ----------
    std_error, low, high : numpy.ndarray of float64, shape (n_levels + 1,)
        Missing where there is none.
    """

    std_error: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
