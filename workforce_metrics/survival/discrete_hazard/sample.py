"""Which spells a discrete-time hazard is fitted to, and how many are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.discrete_hazard.grid import Incomplete, Periods, periods_at_risk
from workforce_metrics.survival.discrete_hazard.patterns import covariates_in, rows_complete

__all__ = ["Used", "spells_used"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Used:
    """The spells that were at risk in a whole interval.

    Parameters
    ----------
    covariates : pandas.DataFrame, shape (n, ...)
    periods : Periods
    cause : ndarray of int64, shape (n,)
    weight : ndarray of float64 or None, shape (n,)
    counts : dict of str to int
        How many spells were used and how many left out, why.
    """

    covariates: pd.DataFrame
    periods: Periods
    cause: Ints
    weight: Floats | None
    counts: dict[str, int]


def spells_used(
    cohort: Cohort,
    formula: str,
    interval: str | Sequence[float],
    *,
    incomplete: Incomplete,
    missing: str,
    cluster: str | None,
) -> Used:
    """Return the spells that were at risk in a whole interval and have every covariate.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        If a covariate or the cluster is not there or missing in some row, the grid is none, or no spell is left.

    Examples
    --------
    >>> staff = pd.DataFrame({"from": [0, 5, 1], "month": [30, 24, 9], "left": [True, False, True]})
    >>> cohort = Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")
    >>> spells_used(cohort, "1", "year", incomplete="half", missing="refuse", cluster=None).counts
    {'n': 2, 'n_never_at_risk': 1}
    """
    periods = periods_at_risk(cohort, interval, incomplete=incomplete)
    if cluster is not None and cluster not in cohort.covariates.columns:
        raise MissingColumnError(cluster, "a covariate that says who belongs together", "none", "check the name")
    complete = rows_complete(cohort.covariates, covariates_in(formula, cohort.covariates), missing=missing)
    if cluster is not None:
        complete &= rows_complete(cohort.covariates, [cluster], missing=missing)
    at_risk = periods.first <= periods.last
    positive = np.ones(len(cohort), dtype=bool) if cohort.weight is None else cohort.weight > 0
    keep = complete & at_risk & positive
    if not keep.any():
        raise InvalidDataError(
            "cohort", "spells at risk in a whole interval", "none", "take shorter intervals, or check the covariates"
        )
    counts: dict[str, int] = {"n": int(keep.sum())}
    for name, out in (("n_never_at_risk", ~at_risk), ("n_missing", ~complete)):
        if out.any():
            counts[name] = int(out.sum())
    if keep.all():
        return Used(cohort.covariates, periods, cohort.cause, cohort.weight, counts)
    some = {name: getattr(periods, name)[keep] for name in ("first", "last", "left", "half")}
    weight = None if cohort.weight is None else cohort.weight[keep]
    covariates = cohort.covariates.loc[keep].reset_index(drop=True)
    return Used(covariates, replace(periods, **some), cohort.cause[keep], weight, counts)
