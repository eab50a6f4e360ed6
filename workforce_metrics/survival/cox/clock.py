"""What a Cox model must remember of its cohort to speak of time and strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["CoxClock", "in_units", "passed_by"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoxClock:
    """Times of the rows used, units of time and strata.

    Parameters
    ----------
    duration : ndarray, shape (n_input,)
    entry : ndarray, shape (n_input,), or None
    event : ndarray of bool, shape (n_input,)
    position : ndarray of int64, shape (n_input,)
        The row of the cohort that each is.
    time_unit : str
    ticks_per_unit : float
    horizon_years : int or None
        The horizon of the cohort, in which its common last day is counted.
    strata : pandas.DataFrame
        One row a stratum under the user's column names; no columns where there are none.
    followed : ndarray of float64, shape (n_strata,)
        The last time at which anybody of the stratum was at risk, in `time_unit`.
    offset : str or None
        The column of the offset.
    reference : ndarray of float64, shape (p,)
        What the baseline stands for: 0 where a column holds only -1, 0 and 1, else its weighted mean over all rows.
    reference_offset : float
        The mean of the offset over all rows.
    """

    duration: npt.NDArray[Any]
    entry: npt.NDArray[Any] | None
    event: npt.NDArray[np.bool_]
    position: npt.NDArray[np.int64]
    time_unit: str
    ticks_per_unit: float
    horizon_years: int | None
    strata: pd.DataFrame
    followed: Floats
    offset: str | None
    reference: Floats
    reference_offset: float

    def in_units(self, ticks: npt.NDArray[Any]) -> Floats:
        """Return times in `time_unit`; the common last day of all who reached the horizon is the horizon itself."""
        return in_units(ticks, self.ticks_per_unit, self.horizon_years)


def passed_by(given: npt.ArrayLike) -> Floats:
    """Return the time up to which leavings are behind somebody who has served `given`: none, time 0 included, at 0."""
    served = np.asarray(given, dtype=np.float64)
    return np.where(served > 0, served, -np.inf)


def in_units(ticks: npt.NDArray[Any], ticks_per_unit: float, horizon_years: int | None) -> Floats:
    """Return ticks in the unit of a cohort, none beyond its horizon."""
    times = np.asarray(ticks / ticks_per_unit, dtype=np.float64)
    return times if horizon_years is None else np.minimum(times, float(horizon_years))
