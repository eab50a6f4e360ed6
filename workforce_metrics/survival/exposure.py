"""Person-years and leavings in each year since joining, from a risk table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.groups import group_codes
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["exposure_by_year"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def exposure_by_year(risk: RiskTable, years: int, *, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return exposure and leavers by cause in each whole year since joining.

    Parameters
    ----------
    risk : RiskTable
    years : int
        How many years; what lies beyond is left out.
    by : tuple of str
        Grouping columns of the table to keep; its groups are taken together over the others.

    Returns
    -------
    pandas.DataFrame
        Columns `by`, `band` ("0-1", "1-2", ...), `cause`, `exposure` (person-years, the same for every cause) and
        `n_event`, in that order of rows. A group with nobody at risk in a year has exposure 0 there.

    Raises
    ------
    InvalidDataError
        If in some year nobody of any group was at risk.
    MissingColumnError
        If the table is not grouped by one of `by`.

    Notes
    -----
    The number at risk holds between two times of the table, so exposure is the sum of its steps, cut at whole years.
    Who left on the anniversary left within the year that it ends; who left at time 0 left within the first.

    Examples
    --------
    >>> import pandas as pd
    >>> life = pd.DataFrame({"time": [1.0, 1.5, 2.0], "n_risk": [10, 8, 6], "n_event": [2, 1, 1]})
    >>> exposure_by_year(RiskTable.from_counts(life), 2)
      band cause  exposure  n_event
    0  0-1  left      10.0      2.0
    1  1-2  left       7.0      2.0
    """
    groups = group_codes(risk.groups, by, missing="a group")
    code = groups.codes[risk.counts.group]
    exposure, n_event = _person_years(risk, code, len(groups), years), _leavers(risk, code, len(groups), years)
    empty = np.flatnonzero(exposure.sum(axis=0) <= 0)
    if len(empty):
        raise InvalidDataError(
            "risk table", "people at risk in every year", f"none in year {empty[0] + 1}", "ask for fewer years"
        )
    group, band, cause = (indices.ravel() for indices in np.indices(n_event.shape))
    rows = groups.labels.take(group).reset_index(drop=True)
    rows["band"] = np.array([f"{year}-{year + 1}" for year in range(years)])[band]
    rows["cause"] = pd.Categorical.from_codes(cause, categories=pd.Index(list(risk.causes)))
    return rows.assign(exposure=exposure[group, band], n_event=n_event.ravel())


def _person_years(risk: RiskTable, code: Ints, n_groups: int, years: int) -> Floats:
    """Return the exposure of each group and year, shape (n_groups, years): each step's part in each year."""
    end = risk.counts.time / units_per_year(risk.time_unit)
    is_first = np.diff(risk.counts.group, prepend=-1) != 0
    start = np.where(is_first, 0.0, np.roll(end, 1))
    found = np.empty((n_groups, years))
    for year in range(years):
        inside = np.clip(end, year, year + 1) - np.clip(start, year, year + 1)
        found[:, year] = np.bincount(code, weights=inside * risk.counts.n_risk, minlength=n_groups)
    return found


def _leavers(risk: RiskTable, code: Ints, n_groups: int, years: int) -> Floats:
    """Return the leavers of each group, year and cause, shape (n_groups, years, n_causes)."""
    time = risk.counts.time / units_per_year(risk.time_unit)
    band = np.maximum(np.ceil(time * (1 - TIE_TOLERANCE)).astype(np.int64) - 1, 0)
    inside = band < years
    cell = code[inside] * years + band[inside]
    counts = [np.bincount(cell, weights=n, minlength=n_groups * years) for n in risk.counts.n_event[inside].T]
    return np.stack(counts, axis=-1).reshape(n_groups, years, len(counts)).astype(np.float64)
