"""Kaplan-Meier curves of staying, from a cohort or a risk table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.survival.cluster_jackknife import log_survival_variance
from workforce_metrics.survival.clusters import cluster_counts, unknown_where_alone
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.curve import Curve
from workforce_metrics.survival.intervals import ConfType, survival_interval
from workforce_metrics.survival.product_limit import ProductLimit, product_limit
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table
from workforce_metrics.survival.still_there import still_there
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["KaplanMeier", "kaplan_meier"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class KaplanMeier(Curve):
    """Probability of staying beyond each time, by group; `kaplan_meier` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `time`, `estimate` (probability of staying), `std_error`, `conf_low`, `conf_high`,
        `n_risk`, `n_event`, `n_censor` (sums of weights in a weighted cohort) and `n` people at risk.
        One row for each time at which somebody leaves or is censored.
    by, provenance
        See `Result`.
    risk, row_group
        See `Curve`.
    """

    _title: ClassVar[str] = "Kaplan-Meier"
    _at_start: ClassVar[tuple[float, float, float, float]] = (1.0, 0.0, 1.0, 1.0)

    def _is_final(self, last: Floats) -> bool:
        return bool(last[0] <= 0)

    def median(self) -> pd.DataFrame:
        """Return the median time to leaving by group, with the interval at which the limits cross one half.

        Returns
        -------
        pandas.DataFrame
            Columns: the groups, `estimate`, `conf_low`, `conf_high`, as of `quantile` at 0.5.

        Examples
        --------
        >>> import workforce_metrics as wm
        >>> wm.kaplan_meier(wm.RiskTable.from_counts(wm.load_special_educators())).median()
           estimate  conf_low  conf_high
        0       7.0       7.0        8.0
        """
        return self.quantile(0.5).drop(columns="probability")

    def quantile(self, probabilities: float | Sequence[float]) -> pd.DataFrame:
        """Return the times by which shares of each group have left, with the intervals at which the limits do.

        Parameters
        ----------
        probabilities : float or sequence of float
            Shares that have left, above 0 and up to 1.

        Returns
        -------
        pandas.DataFrame
            One row a group and share. Columns: the groups, `probability`, `estimate`, `conf_low`, `conf_high`: times
            since joining in the unit of the curve, missing where the curve or its limit never falls so far. With
            `given` the shares are of those still there at `given`; the times are still times since joining, so that
            the time still to serve is a time less `given`.

        Raises
        ------
        InvalidArgumentError
            If a probability is not above 0 and up to 1.

        Notes
        -----
        The first time at which the curve is at or below ``1 - p``; where it rests there exactly, the middle of that
        time, which ends with the curve at the latest. The same of the limits. As R's ``quantile.survfit``, but for
        limits that rise again after a small first risk set: R takes their values in order of size, and its interval
        may then lie beyond the estimate.

        References
        ----------
        Brookmeyer R, Crowley J (1982). Biometrics 38:29-41. doi:10.2307/2530286

        Examples
        --------
        >>> import workforce_metrics as wm
        >>> wm.kaplan_meier(wm.RiskTable.from_counts(wm.load_special_educators())).quantile([0.1, 0.25])
           probability  estimate  conf_low  conf_high
        0         0.10       1.0       1.0        1.0
        1         0.25       3.0       3.0        3.0
        """
        asked = np.atleast_1d(np.asarray(probabilities, dtype=float))
        if asked.ndim > 1 or not len(asked) or not ((asked > 0) & (asked <= 1)).all():
            raise InvalidArgumentError(
                "probabilities", "shares above 0 and up to 1", repr(probabilities), "write 0.5 for the median"
            )
        names, n_groups = ["estimate", "conf_low", "conf_high"], len(self.risk.groups)
        parts = [self.table[self.row_group == code] for code in range(n_groups)]
        rows = [
            [_time_of_share(part["time"].to_numpy(), part[name].to_numpy(), share) for name in names]
            for part in parts
            for share in asked
        ]
        groups = self.risk.groups.take(np.repeat(np.arange(n_groups), len(asked))).reset_index(drop=True)
        times = pd.DataFrame(rows, columns=names)
        return pd.concat([groups, pd.DataFrame({"probability": np.tile(asked, n_groups)}), times], axis=1)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the curves with their intervals, and the numbers at risk beneath."""
        title = f"Still there, by time since joining{self._of_whom}"
        return self._drawn(ax, by=self.by, start=1.0, ylabel="Still there", title=title)


def kaplan_meier(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str] | None = None,
    given: float = 0.0,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
    cluster: str | None = None,
) -> KaplanMeier:
    """Estimate the probability of staying beyond each time.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any. Causes are taken together.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    given : float, default 0
        Time already served, in the unit of the curve: the probability of staying beyond t of those still there after
        `given`, for ``t > given``. 0 = from joining. Groups of which nobody was at risk later are not in the result.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval.
    conf_level : float
        In (0, 1).
    cluster : str, optional
        Covariate whose rows are not independent, such as the organisation, or the person who has several spells.

    Returns
    -------
    KaplanMeier

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If an argument is not what it must be, a column is not there, or `cluster` is asked of a risk table.
    InvalidDataError
        If nobody was at risk after `given`, or a cluster is missing.

    Warns
    -----
    RiskSetWarning
        If everyone at risk left while others had still to enter: the estimate stays 0 from then on. If a group is one
        cluster: its standard error is missing.

    Notes
    -----
    Product-limit estimate and Greenwood standard error, as R's ``survfit(robust = FALSE)``; with weights, counts are
    sums of weights. At risk at t: ``entry < t <= duration``. Where the estimate is 0 its standard error and interval
    are missing.

    With `cluster` the standard error is the infinitesimal jackknife: the square root of the summed squares of what the
    rows of each cluster do to the estimate together, as R's ``survfit(cluster = )``, at a cost linear in rows.

    With `given`, people are at risk after it only; the estimate is S(t) / S(given).

    References
    ----------
    Kaplan EL, Meier P (1958). J Am Stat Assoc 53:457-481. doi:10.1080/01621459.1958.10501452

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8, 12, 12], "left": [True, True, False, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> wm.kaplan_meier(cohort).frame[["time", "estimate", "n_risk"]].to_dict("list")
    {'time': [3.0, 8.0, 12.0], 'estimate': [0.75, 0.5, 0.5], 'n_risk': [4.0, 3.0, 2.0]}
    >>> wm.kaplan_meier(cohort, given=6).frame[["time", "estimate", "n_risk"]].round(4).to_dict("list")
    {'time': [8.0, 12.0], 'estimate': [0.6667, 0.6667], 'n_risk': [3.0, 2.0]}
    """
    data = still_there(data, given)
    risk = as_risk_table(data, by)
    counts = risk.counts
    n_event = counts.n_event.sum(axis=1)
    estimate = product_limit(counts.group, counts.n_risk, n_event)
    if cluster is not None:
        estimate = clustered(data, risk, estimate, cluster)
    low, high = survival_interval(estimate.survival, estimate.log_std_error, conf_type=conf_type, conf_level=conf_level)
    warn_of_early_end(counts, estimate, np.ones(len(counts.time), dtype=bool))
    columns = pd.DataFrame(
        {
            "time": counts.time.astype(float),
            "estimate": estimate.survival,
            "std_error": natural_std_error(estimate),
            "conf_low": low,
            "conf_high": high,
            "n_risk": counts.n_risk,
            "n_event": n_event,
            "n_censor": counts.n_censor,
            "n": counts.n_people,
        }
    )
    table = pd.concat([risk.groups.take(counts.group).reset_index(drop=True), columns], axis=1)
    exits = (n_event > 0) | (counts.n_censor > 0)
    made = {**risk.provenance, "given": float(given) or None, "cluster": cluster}
    made |= {"conf_type": conf_type, "conf_level": conf_level}
    return KaplanMeier(
        table[exits].reset_index(drop=True), risk.by, made, risk=risk, row_group=counts.group[exits], given=float(given)
    )


def clustered(data: Cohort | RiskTable, risk: RiskTable, estimate: ProductLimit, cluster: str) -> ProductLimit:
    """Return the estimate with its standard error by clusters."""
    together = risk.all_causes()
    clusters = cluster_counts(data, together, cluster)
    variance = log_survival_variance(clusters, together.counts.n_risk, together.counts.n_event.T)
    return replace(estimate, log_std_error=np.sqrt(unknown_where_alone(clusters, variance)))


def natural_std_error(estimate: ProductLimit) -> Floats:
    """Return the standard error of survival itself, missing where survival is 0."""
    finite = np.isfinite(estimate.log_std_error)
    return np.where(finite, estimate.survival * np.where(finite, estimate.log_std_error, 0.0), np.nan)


def warn_of_early_end(counts: RiskCounts, estimate: ProductLimit, rows: npt.NDArray[np.bool_]) -> None:
    """Warn where, among `rows`, a risk set emptied by leavings although more people entered later."""
    more = (counts.n_entry > 0) | (counts.n_risk > counts.n_event.sum(axis=1))
    groups = np.unique(counts.group[rows & (estimate.survival <= 0) & more])
    if len(groups):
        warnings.warn(
            f"in {len(groups):,} group(s) everyone at risk had left while others had still to enter, so the estimate"
            " is 0 from there on; start the clock later or merge small groups",
            RiskSetWarning,
            stacklevel=3,
        )


def _time_of_share(time: Floats, survival: Floats, share: float) -> float:
    """Return when a step function falls to ``1 - share``: the middle of the time it spends there, if it does."""
    reached = np.flatnonzero(survival <= 1 - share + TIE_TOLERANCE)
    if not len(reached):
        return float("nan")
    below = np.flatnonzero(survival < 1 - share - TIE_TOLERANCE)
    return float(time[reached[0]] + time[below[0] if len(below) else -1]) / 2
