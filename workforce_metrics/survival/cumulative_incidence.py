"""Cumulative incidences of leaving by cause, from a cohort or a risk table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.results import check_conf_level
from workforce_metrics.survival.aalen_johansen import ALL_LEFT, AalenJohansen, aalen_johansen
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.curve import Curve
from workforce_metrics.survival.incidence_variance import IncidenceVariance, incidence_variance
from workforce_metrics.survival.intervals import ConfType, survival_interval
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table
from workforce_metrics.survival.still_there import still_there

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CumulativeIncidence", "cumulative_incidence"]

Floats = npt.NDArray[np.float64]
VALUES = ("estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, repr=False, eq=False)
class CumulativeIncidence(Curve):
    """Probability of having left by each cause up to each time, by group; `cumulative_incidence` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `time`, `cause`, `estimate` (probability of having left by the cause), `std_error`,
        `conf_low`, `conf_high`, `n_risk`, `n_event` by the cause, `n_censor` (sums of weights in a weighted cohort) and
        `n` people at risk. One row for each time at which somebody leaves or is censored, and cause.
    by, provenance
        See `Result`; `provenance["variance"]` names the variance.
    risk, row_group
        See `Curve`.
    """

    _title: ClassVar[str] = "Cumulative incidence"
    _at_start: ClassVar[tuple[float, float, float, float]] = (0.0, 0.0, np.nan, np.nan)

    def _is_final(self, last: Floats) -> bool:
        return bool(1 - last.sum() <= ALL_LEFT)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the causes, of one group stacked, of several as curves with intervals; beneath, the numbers at risk."""
        title = f"Left, by cause and time since joining{self._of_whom}"
        frame = self.frame
        happened = frame.groupby("cause", observed=True)["n_event"].transform("sum") > 0
        if happened.any():
            frame = frame[happened]
        if len(self.risk.groups) > 1:
            return self._drawn(ax, by=("cause", *self.by), start=0.0, ylabel="Left", title=title, frame=frame)
        from workforce_metrics.plotting.stacked import draw_stacked

        without_intervals = {name: value for name, value in self.provenance.items() if name != "conf_level"}
        return draw_stacked(
            frame,
            risk=self.risk.all_causes().frame,
            start_time=self.given,
            ax=ax,
            time_unit=self.risk.time_unit,
            risk_label="At risk (weighted)" if self.risk.is_weighted else "At risk",
            ylabel="Left",
            title=title,
            caption=replace(self, provenance=without_intervals).caption,
        )


def cumulative_incidence(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str] | None = None,
    given: float = 0.0,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
    variance: IncidenceVariance | None = None,
    cluster: str | None = None,
) -> CumulativeIncidence:
    """Estimate the probability of having left by each cause up to each time, the other causes being at work too.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    given : float, default 0
        Time already served, in the unit of the curve: the probability of having left by t of those still there after
        `given`, for ``t > given``. 0 = from joining. Groups of which nobody was at risk later are not in the result.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval; R's default is "log".
    conf_level : float
        In (0, 1).
    variance : {"jackknife", "greenwood", "aalen", "gray"}, optional
        By default "jackknife" of a cohort, and "greenwood" of a risk table, which holds no person.
    cluster : str, optional
        Covariate whose rows are not independent, such as the organisation, or the person who has several spells: the
        jackknife by clusters.

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If an argument is not what it must be, a column is not there, or the jackknife is asked of a risk table with
        delayed entry or weights, or by clusters of any, or clusters are asked of another variance.
    InvalidDataError
        If nobody was at risk after `given`, or a cluster is missing.

    Warns
    -----
    RiskSetWarning
        If everyone at risk left while others had still to enter: the estimates stay as they are from then on. If
        a group is one cluster: its standard errors are missing.

    Notes
    -----
    Aalen and Johansen's estimate ``F_c(t) = sum S(s-) d_c(s) / n(s)``, as R's ``survfit(Surv(time, factor))``. The
    incidences of all causes and the Kaplan-Meier estimate add up to 1. At risk at t: ``entry < t <= duration``.

    Variances: "jackknife", the infinitesimal jackknife of R's ``survfit``, robust to weights (those of sampling, too);
    "greenwood", by multinomial counts, equal to it where all entered together without weights, as R's ``etm``;
    "aalen", by the martingales of counting processes; "gray", as R's ``cmprsk::cuminc``, which differs from Aalen's
    where causes tie. The last three take weights for numbers of people.
    The interval is missing where the estimate is 0, and on the scales where 1 lies at infinity, where it is 1.

    References
    ----------
    Aalen OO, Johansen S (1978). Scand J Stat 5:141-150. https://www.jstor.org/stable/4615704.
    Aalen O (1978). Ann Stat 6:534-545. doi:10.1214/aos/1176344198.
    Allignol A, Schumacher M, Beyersmann J (2010). Biom J 52:126-137. doi:10.1002/bimj.200900039

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8, 8, 12], "left": [True, True, True, False],
    ...                       "reason": ["resigned", "retired", "resigned", None]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="reason", time_unit="months")
    >>> cumulative_incidence(cohort).frame[["time", "cause", "estimate", "std_error"]].round(4).to_dict("list")
    {'time': [3.0, 3.0, 8.0, 8.0, 12.0, 12.0],
     'cause': ['resigned', 'retired', 'resigned', 'retired', 'resigned', 'retired'],
     'estimate': [0.25, 0.0, 0.5, 0.25, 0.5, 0.25],
     'std_error': [0.2165, 0.0, 0.25, 0.2165, 0.25, 0.2165]}
    """
    check_conf_level(conf_level)
    data = still_there(data, given)
    risk = as_risk_table(data, by)
    counts, n_causes = risk.counts, len(risk.causes)
    estimate = aalen_johansen(counts.group, counts.n_risk, np.ascontiguousarray(counts.n_event.T))
    used, squared = incidence_variance(data, risk, estimate, variance, cluster)
    std_error = np.sqrt(squared)
    low, high = incidence_interval(estimate.incidence, std_error, conf_type=conf_type, conf_level=conf_level)
    _warn_of_early_end(counts, estimate)
    rows = np.flatnonzero((counts.n_event > 0).any(axis=1) | (counts.n_censor > 0))
    each = np.repeat(rows, n_causes)
    columns: dict[str, object] = {name: risk.groups[name].take(counts.group[each]).array for name in risk.by}
    columns |= {"time": counts.time[each].astype(float), "cause": _causes(risk, len(rows))}
    for name, values in zip(VALUES, (estimate.incidence, std_error, low, high), strict=True):
        columns[name] = values[:, rows].T.ravel()
    columns |= {"n_risk": counts.n_risk[each], "n_event": counts.n_event[rows].ravel()}
    columns |= {"n_censor": counts.n_censor[each], "n": counts.n_people[each]}
    table = pd.DataFrame(columns, copy=False)
    made = {**risk.provenance, "given": float(given) or None, "variance": used, "cluster": cluster}
    made |= {"conf_type": conf_type, "conf_level": conf_level}
    return CumulativeIncidence(table, risk.by, made, risk=risk, row_group=counts.group[each], given=float(given))


def _causes(risk: RiskTable, n_times: int) -> pd.Categorical[str]:
    codes = np.tile(np.arange(len(risk.causes)), n_times)
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(risk.causes)))


def incidence_interval(
    incidence: Floats, std_error: Floats, *, conf_type: ConfType, conf_level: float
) -> tuple[Floats, Floats]:
    """Return the limits of a probability that is not one of staying, on the same scales."""
    inner = np.where(incidence < 1 - ALL_LEFT, incidence, 1.0)
    relative = std_error / np.where(inner > 0, inner, 1.0)
    return survival_interval(inner, relative, conf_type=conf_type, conf_level=conf_level)


def _warn_of_early_end(counts: RiskCounts, estimate: AalenJohansen) -> None:
    emptied = (estimate.before <= 0) & (counts.n_risk > 0)
    n_groups = len(np.unique(counts.group[emptied]))
    if n_groups:
        warnings.warn(
            f"in {n_groups:,} group(s) everyone at risk had left while others had still to enter, so the estimates stay"
            " as they are from there on; start the clock later or merge small groups",
            RiskSetWarning,
            stacklevel=3,
        )
