"""Person-years and leavings in each year since joining, from a risk table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["exposure_by_year"]


def exposure_by_year(risk: RiskTable, years: int) -> pd.DataFrame:
    """Return exposure and leavings by whole year since joining, groups and causes taken together.

    Parameters
    ----------
    risk : RiskTable
    years : int
        How many years; what lies beyond is left out.

    Returns
    -------
    pandas.DataFrame
        Columns `band` ("0-1", "1-2", ...), `exposure` (person-years) and `n_event`.

    Raises
    ------
    InvalidDataError
        If in some year nobody was at risk.

    Notes
    -----
    The number at risk holds between two times of the table, so exposure is the sum of its steps, cut at whole years.
    Who left on the anniversary left within the year that it ends; who left at time 0 left within the first.
    """
    unit = units_per_year(risk.time_unit)
    edges = np.arange(years + 1, dtype=float)
    exposure, n_event = np.zeros(years), np.zeros(years)
    for code in range(len(risk.groups)):
        rows = slice(*np.searchsorted(risk.counts.group, [code, code + 1]))
        time = risk.counts.time[rows] / unit
        person_years = np.cumsum(np.diff(time, prepend=0.0) * risk.counts.n_risk[rows])
        up_to = np.interp(edges, np.append(0.0, time), np.append(0.0, person_years))
        exposure += np.diff(up_to)
        band = np.maximum(np.ceil(time * (1 - TIE_TOLERANCE)).astype(int) - 1, 0)
        inside = band < years
        n_event += np.bincount(band[inside], weights=risk.counts.n_event[rows].sum(axis=1)[inside], minlength=years)
    if (exposure <= 0).any():
        year = int(np.flatnonzero(exposure <= 0)[0])
        raise InvalidDataError(
            "risk table", "people at risk in every year", f"none in year {year + 1}", "ask for fewer years"
        )
    bands = [f"{year}-{year + 1}" for year in range(years)]
    return pd.DataFrame({"band": bands, "exposure": exposure, "n_event": n_event})
