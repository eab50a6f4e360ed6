"""The figure that is asked for first: the risk of leaving within so many years, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import Result
from workforce_metrics.survival.build_cohort import check_whole_years
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.horizon import AtHorizon, at_horizon, warn_of_unfollowed
from workforce_metrics.survival.intervals import ConfType
from workforce_metrics.survival.kaplan_meier import clustered, warn_of_early_end
from workforce_metrics.survival.product_limit import product_limit
from workforce_metrics.survival.risk_by_cause import Risks, followed_to, risk_of_any, risks_by_cause
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table, refuse_other_kinds
from workforce_metrics.survival.still_there import (
    check_given,
    followed_for,
    still_there,
    still_there_at_anniversary,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CauseRows", "LeavingWithin", "leaving_within"]

CauseRows = Literal["together", "apart"]


@dataclass(frozen=True, repr=False, eq=False)
class LeavingWithin(Result):
    """Risk of leaving within some years of joining, by group; `leaving_within` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `time` (the horizon in years since joining), `cause` (where causes are apart; "any cause"
        last), `estimate` (risk, 0 to 1), `std_error`, `conf_low`, `conf_high`, `n` (people who were ever at risk),
        `n_event` and `n_censor` within the horizon, `n_risk` still at risk at it.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Leaving within"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each group's risk with its interval; where causes are apart, one panel each, any cause first."""
        from workforce_metrics.plotting.dots import draw_estimates

        frame, years, given = self.frame.assign(indicator="left"), self.provenance["years"], self.provenance["given"]
        if "cause" in frame:
            not_none = frame["n_event"].fillna(1).ne(0)  # what is withheld may be some
            happened = not_none.groupby(frame["cause"], observed=True).transform("any") | frame["cause"].eq(ANY_CAUSE)
            frame = frame[happened].assign(indicator=frame["cause"].astype(str))
            frame = frame.sort_values("indicator", key=lambda cause: cause != ANY_CAUSE, kind="stable")
        title = f"Leaving within {years:g} {_years(years)} of joining"
        return draw_estimates(
            frame,
            by=self.by,
            ax=ax,
            percent=True,
            title=title if given is None else f"{title}, of those still there after {given:g} {_years(given)}",
            caption=self.caption,
        )


def leaving_within(
    data: Cohort | RiskTable,
    *,
    years: float | None = None,
    by: str | Sequence[str] | None = None,
    given: float = 0.0,
    causes: CauseRows = "together",
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
    cluster: str | None = None,
) -> LeavingWithin:
    """Estimate the risk of leaving within `years` of joining, by any cause or by each.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any.
    years : float, optional
        How far ahead; the cohort's own horizon where it has one, else 5. A register's cohort takes whole years up to
        its horizon and goes by calendar anniversaries.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    given : float, default 0
        Years already served, below `years`: the risk of leaving between the two of those still there after `given`.
        Whole years for a register's cohort, by calendar anniversaries as well.
    causes : {"together", "apart"}
        "apart" gives a row for each cause, and a last one for any: causes add up to it.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval.
    conf_level : float
        In (0, 1).
    cluster : str, optional
        Covariate whose rows are not independent, such as the organisation, or the person who has several spells.

    Returns
    -------
    LeavingWithin
        One row a group, or a group and cause. Groups of which nobody was at risk after `given` are not in it.

    Raises
    ------
    InvalidArgumentError, InvalidDataError, MissingColumnError
        If `years` lies beyond the cohort's horizon or is not whole, or `given` is, nobody is at risk by then, a column
        is not there, or `cluster` is asked of a risk table.

    Warns
    -----
    RiskSetWarning
        If nobody of a group was followed to the horizon (its estimate is missing), a risk set emptied early, or a group
        is one cluster (its standard error is missing).

    Notes
    -----
    Causes together: one minus the Kaplan-Meier estimate at the horizon, with Greenwood's variance, or that of the
    jackknife by clusters; the interval is that of staying. Causes apart: the incidences of Aalen and Johansen there,
    with the default variance and the intervals of `cumulative_incidence`; the row of any cause has the same variance,
    which is Greenwood's unless there are weights or late entries.

    Where nobody left (by a cause) these intervals have no width; the upper limit is ``1 - (alpha / 2) ** (1 / n)`` then
    with n people at risk at the horizon, the limit of Fay, Brittain and Proschan in that case; with `cluster`, n
    clusters with somebody at risk there, since people of one may all do the same.

    References
    ----------
    Fay MP, Brittain EH, Proschan MA (2013). Biostatistics 14:723-736. doi:10.1093/biostatistics/kxt016

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> wm.leaving_within(table, years=5).frame[["estimate", "conf_low", "conf_high"]].round(3).to_dict("records")
    [{'estimate': 0.434, 'conf_low': 0.419, 'conf_high': 0.45}]

    Of those who had taught two years:

    >>> wm.leaving_within(table, years=5, given=2).frame[["estimate", "n", "n_event"]].round(3).to_dict("records")
    [{'estimate': 0.281, 'n': 3101, 'n_event': 872.0}]

    By cause:

    >>> import pandas as pd
    >>> staff = pd.DataFrame({"month": [8, 20, 40, 70], "left": [True, True, True, False],
    ...                       "why": ["moved", "retired", "moved", None]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")
    >>> wm.leaving_within(cohort, causes="apart").frame[["cause", "estimate", "std_error", "n_event"]].round(3)
           cause  estimate  std_error  n_event
    0      moved      0.50      0.250      2.0
    1    retired      0.25      0.217      1.0
    2  any cause      0.75      0.217      3.0
    """
    refuse_other_kinds(data)
    if causes not in get_args(CauseRows):
        raise InvalidArgumentError("causes", "'together' or 'apart'", repr(causes), "choose one")
    years, given = _years_asked(data, years), check_given(given)
    if given >= years:
        raise InvalidArgumentError("given", f"below the {years:g} years asked for", repr(given), "ask for more years")
    data = _followed_between(data, given, years)
    risk = as_risk_table(data, by)
    at = at_horizon(risk, years * units_per_year(risk.time_unit))
    steps = product_limit(risk.counts.group, risk.counts.n_risk, risk.counts.n_event.sum(axis=1))
    warn_of_early_end(risk.counts, steps, at.within)
    unknown = (at.n_risk <= 0) & (at.reached(steps.survival, 1.0) > 0)
    warn_of_unfollowed(unknown)
    followed = followed_to(data, risk, at, cluster)
    if causes == "apart":
        risks = risks_by_cause(
            data, risk, steps, at, followed, conf_type=conf_type, conf_level=conf_level, cluster=cluster
        )
    else:
        used = steps if cluster is None else clustered(data, risk, steps, cluster)
        risks = risk_of_any(used, at, followed, conf_type=conf_type, conf_level=conf_level)
    outcomes = (*risk.causes, ANY_CAUSE)[-len(risks.estimate) :] if causes == "apart" else None
    table = _table(risk, at, risks.where_known(~unknown), years, outcomes)
    made = {**risk.provenance, "years": years, "given": given or None, "cluster": cluster}
    return LeavingWithin(table, risk.by, {**made, "conf_type": conf_type, "conf_level": conf_level})


def _table(
    risk: RiskTable, at: AtHorizon, risks: Risks, years: float, outcomes: tuple[str, ...] | None
) -> pd.DataFrame:
    """Return one row a group and outcome; without outcomes one row a group."""
    n_outcomes, n_groups = risks.estimate.shape
    each = np.repeat(np.arange(n_groups), n_outcomes)
    columns: dict[str, object] = {"time": np.full(len(each), years)}
    if outcomes is not None:
        columns["cause"] = pd.Categorical(list(outcomes) * n_groups, list(outcomes))
    columns |= {name: values.T.ravel() for name, values in vars(risks).items()}
    n_event = np.column_stack((at.n_event, at.n_event.sum(axis=1)))[:, -n_outcomes:]
    columns |= {"n": risk.counts.group_people[each], "n_event": n_event.ravel()}
    columns |= {"n_censor": at.n_censor[each], "n_risk": at.n_risk[each]}
    return pd.concat([risk.groups.take(each).reset_index(drop=True), pd.DataFrame(columns)], axis=1)


def _years_asked(data: Cohort | RiskTable, years: float | None) -> float:
    horizon = data.horizon_years if isinstance(data, Cohort) else data.provenance.get("horizon_years")
    if years is None:
        return float(horizon) if isinstance(horizon, int) else 5.0
    if isinstance(years, bool | str) or not np.isfinite(years) or years <= 0:
        raise InvalidArgumentError("years", "a positive number", repr(years), "write years=5")
    if isinstance(horizon, int):
        check_whole_years(years, "years")
        if years > horizon:
            raise InvalidArgumentError(
                "years",
                f"at most the horizon of the cohort, {horizon}",
                repr(years),
                "build the cohort with a longer one",
            )
    return float(years)


def _years(n: object) -> str:
    return "year" if n == 1 else "years"


def _followed_between(data: Cohort | RiskTable, given: float, years: float) -> Cohort | RiskTable:
    """Return who was still there after `given` years, followed up to `years` where the data go further."""
    if not isinstance(data, Cohort) or data.horizon_years is None:
        return still_there(data, given * units_per_year(data.time_unit))
    cut = followed_for(data, int(years)) if years < data.horizon_years else data
    return still_there_at_anniversary(cut, given) if given else cut
