"""Cumulative hazards of leaving (Nelson and Aalen), all in all or by cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import normal_quantile
from workforce_metrics.survival.cluster_jackknife import cumulative_hazard_variance
from workforce_metrics.survival.clusters import cluster_counts, unknown_where_alone
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.curve import Curve
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table
from workforce_metrics.survival.still_there import still_there

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CumulativeHazard", "HazardConfType", "NelsonAalen", "cumulative_hazard", "nelson_aalen"]

Floats = npt.NDArray[np.float64]
HazardConfType = Literal["log", "plain"]
VALUES = ("estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, repr=False, eq=False)
class NelsonAalen(Curve):
    """Cumulative hazard of leaving up to each time, by group and cause; `nelson_aalen` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `time`, `cause` (where there are several), `estimate` (cumulative hazard), `std_error`,
        `conf_low`, `conf_high`, `n_risk`, `n_event`, `n_censor` (sums of weights in a weighted cohort) and `n`
        people at risk. One row for each time at which somebody leaves or is censored, and cause.
    by, provenance
        See `Result`.
    risk, row_group
        See `Curve`.
    """

    _title: ClassVar[str] = "Nelson-Aalen"
    _at_start: ClassVar[tuple[float, float, float, float]] = (0.0, 0.0, 0.0, 0.0)
    _is_probability: ClassVar[bool] = False

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the cumulative hazards with their intervals, and the numbers at risk beneath."""
        return self._drawn(
            ax,
            by=(*self.by, "cause") if len(self.risk.causes) > 1 else self.by,
            start=0.0,
            ylabel="Cumulative hazard of leaving",
            title=f"Cumulative hazard of leaving, by time since joining{self._of_whom}",
            percent=False,
        )


@dataclass(frozen=True)
class CumulativeHazard:
    """Cumulative hazards just after each row of a risk table.

    Parameters
    ----------
    hazard, std_error : ndarray of float64, shape (n_cells, n_causes)
    """

    hazard: Floats
    std_error: Floats


def nelson_aalen(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str] | None = None,
    given: float = 0.0,
    conf_type: HazardConfType = "log",
    conf_level: float = 0.95,
    cluster: str | None = None,
) -> NelsonAalen:
    """Estimate the cumulative hazard of leaving up to each time, cause by cause.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any. Each cause has its own hazard: leaving by another cause
        counts as censoring. ``risk_table(cohort).all_causes()`` takes them together.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    given : float, default 0
        Time already served, in the unit of the curve: the hazard cumulated from then on. 0 = from joining.
    conf_type : {"log", "plain"}
        The scale of the interval.
    conf_level : float
        In (0, 1).
    cluster : str, optional
        Covariate whose rows are not independent, such as the organisation, or the person who has several spells.

    Returns
    -------
    NelsonAalen

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If an argument is not what it must be, a column is not there, or `cluster` is asked of a risk table.
    InvalidDataError
        If nobody was at risk after `given`, or a cluster is missing.

    Warns
    -----
    RiskSetWarning
        If a group is one cluster: its standard error is missing.

    Notes
    -----
    ``H_c(t) = sum d_c / n`` and ``var H_c(t) = sum d_c / n ** 2`` over times up to t, as ``cumhaz`` and ``std.chaz`` of
    R's ``survfit(robust = FALSE)``; with weights, counts are sums of weights. At risk at t: ``entry < t <= duration``.
    With `cluster` the variance is the infinitesimal jackknife by clusters, as R's ``survfit(cluster = )``.
    Intervals: "log" ``H exp(-+ z se / H)``, missing as long as H is 0, infinite above where that is beyond all numbers;
    "plain" ``H -+ z se``, not below 0.

    References
    ----------
    Aalen O (1978). Nonparametric inference for a family of counting processes. Ann Stat 6:701-726.
    doi:10.1214/aos/1176344247

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8, 12, 12], "left": [True, True, False, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> nelson_aalen(cohort).frame[["time", "estimate", "n_risk"]].round(4).to_dict("list")
    {'time': [3.0, 8.0, 12.0], 'estimate': [0.25, 0.5833, 0.5833], 'n_risk': [4.0, 3.0, 2.0]}
    """
    data = still_there(data, given)
    risk = as_risk_table(data, by)
    counts, n_causes = risk.counts, len(risk.causes)
    found = cumulative_hazard(counts.group, counts.n_risk, counts.n_event)
    if cluster is not None:
        clusters = cluster_counts(data, risk, cluster)
        variance = cumulative_hazard_variance(clusters, counts.n_risk, counts.n_event.T)
        found = replace(found, std_error=np.sqrt(unknown_where_alone(clusters, variance)).T)
    low, high = hazard_interval(found.hazard, found.std_error, conf_type=conf_type, conf_level=conf_level)
    rows = np.flatnonzero((counts.n_event > 0).any(axis=1) | (counts.n_censor > 0))
    each = np.repeat(rows, n_causes)
    columns: dict[str, object] = {"time": counts.time[each].astype(float)}
    if n_causes > 1:
        columns["cause"] = pd.Categorical(list(risk.causes) * len(rows), list(risk.causes))
    for name, values in zip(VALUES, (found.hazard, found.std_error, low, high), strict=True):
        columns[name] = values[rows].ravel()
    columns |= {"n_risk": counts.n_risk[each], "n_event": counts.n_event[rows].ravel()}
    columns |= {"n_censor": counts.n_censor[each], "n": counts.n_people[each]}
    table = pd.concat([risk.groups.take(counts.group[each]).reset_index(drop=True), pd.DataFrame(columns)], axis=1)
    made = {**risk.provenance, "given": float(given) or None, "cluster": cluster}
    made |= {"conf_type": conf_type, "conf_level": conf_level}
    return NelsonAalen(table, risk.by, made, risk=risk, row_group=counts.group[each], given=float(given))


def cumulative_hazard(group: npt.NDArray[np.int64], n_risk: Floats, n_event: Floats) -> CumulativeHazard:
    """Return Nelson and Aalen's estimate with its standard error.

    Parameters
    ----------
    group : ndarray of int64, shape (n_cells,)
        Ascending.
    n_risk : ndarray of float64, shape (n_cells,)
        In order of time within each group.
    n_event : ndarray of float64, shape (n_cells, n_causes)

    Returns
    -------
    CumulativeHazard
    """
    n = np.where(n_event.any(axis=1), n_risk, 1.0)[:, None]
    hazard, variance = np.empty_like(n_event), np.empty_like(n_event)
    for start, stop in pairwise(np.flatnonzero(np.diff(group, prepend=-1, append=-1))):
        rows = slice(start, stop)
        np.cumsum(n_event[rows] / n[rows], axis=0, out=hazard[rows])
        np.cumsum(n_event[rows] / n[rows] ** 2, axis=0, out=variance[rows])
    return CumulativeHazard(hazard, np.sqrt(variance))


def hazard_interval(
    hazard: Floats, std_error: Floats, *, conf_type: HazardConfType, conf_level: float
) -> tuple[Floats, Floats]:
    """Return lower and upper limits of cumulative hazards, of their shape; missing on the log scale where 0.

    An upper limit beyond all numbers is infinite.
    """
    if conf_type not in get_args(HazardConfType):
        raise InvalidArgumentError("conf_type", "'log' or 'plain'", repr(conf_type), "choose one")
    half = normal_quantile(conf_level) * std_error
    if conf_type == "plain":
        return np.maximum(hazard - half, 0.0), hazard + half
    finite = np.where(hazard > 0, hazard, np.nan)
    with np.errstate(over="ignore"):
        return finite * np.exp(-half / finite), finite * np.exp(half / finite)
