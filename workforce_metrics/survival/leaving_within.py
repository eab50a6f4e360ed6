"""The figure that is asked for first: the risk of leaving within so many years, with its interval."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.results import Result, check_conf_level
from workforce_metrics.survival.build_cohort import check_whole_years, cut_at_anniversary
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.intervals import ConfType, survival_interval
from workforce_metrics.survival.kaplan_meier import natural_std_error, warn_of_early_end
from workforce_metrics.survival.product_limit import ProductLimit, product_limit
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table, refuse_other_kinds
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LeavingWithin", "leaving_within"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class LeavingWithin(Result):
    """Risk of leaving within some years of joining, by group; `leaving_within` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `time` (the horizon in years), `estimate` (risk, 0 to 1), `std_error`, `conf_low`,
        `conf_high`, `n` (people who were ever at risk), `n_event` and `n_censor` within the horizon, `n_risk` still at
        risk at it.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Leaving within"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each group's risk with its interval."""
        from workforce_metrics.plotting.dots import draw_estimates

        return draw_estimates(
            self.frame.assign(indicator="left"),
            by=self.by,
            ax=ax,
            percent=True,
            title=f"Leaving within {self.provenance['years']:g} years of joining",
            caption=self.caption,
        )


def leaving_within(
    data: Cohort | RiskTable,
    *,
    years: float | None = None,
    by: str | Sequence[str] | None = None,
    conf_type: ConfType = "log-log",
    conf_level: float = 0.95,
) -> LeavingWithin:
    """Estimate the risk of leaving within `years` of joining: one minus the Kaplan-Meier estimate there.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any. Causes are taken together.
    years : float, optional
        How far ahead; the cohort's own horizon where it has one, else 5. A register's cohort takes whole years up to
        its horizon and goes by calendar anniversaries.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval.
    conf_level : float
        In (0, 1).

    Returns
    -------
    LeavingWithin
        One row a group.

    Raises
    ------
    InvalidArgumentError, InvalidDataError, MissingColumnError
        If `years` lies beyond the cohort's horizon or is not whole, nobody is at risk by then, or a grouping column
        is not there.

    Warns
    -----
    RiskSetWarning
        If nobody of a group was followed to the horizon (its estimate is missing), or a risk set emptied early.

    Notes
    -----
    Where nobody left, Greenwood's interval has no width; the upper limit is then ``1 - (alpha / 2) ** (1 / n)``
    with n people at risk at the horizon, the limit of Fay, Brittain and Proschan in that case.

    References
    ----------
    Fay MP, Brittain EH, Proschan MA (2013). Biostatistics 14:723-736. doi:10.1093/biostatistics/kxt016

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> wm.leaving_within(table, years=5).frame[["estimate", "conf_low", "conf_high"]].round(3).to_dict("records")
    [{'estimate': 0.434, 'conf_low': 0.419, 'conf_high': 0.45}]
    """
    refuse_other_kinds(data)
    years = _years_asked(data, years)
    if isinstance(data, Cohort) and data.horizon_years is not None and years < data.horizon_years:
        data = _followed_for(data, int(years))
    risk = as_risk_table(data, by).all_causes()
    horizon = years * units_per_year(risk.time_unit)
    within = risk.counts.time <= horizon * (1 + TIE_TOLERANCE)
    counts, n_groups = risk.counts, len(risk.groups)
    n_event = np.where(within, counts.n_event[:, 0], 0.0)
    steps = product_limit(counts.group, counts.n_risk, n_event)
    warn_of_early_end(counts, steps, within)
    last = np.searchsorted(counts.group, np.arange(n_groups), side="right") - 1
    end = ProductLimit(steps.survival[last], steps.log_std_error[last])
    n_risk, people = _at_risk_at(risk, horizon)
    low, high = survival_interval(end.survival, end.log_std_error, conf_type=conf_type, conf_level=conf_level)
    nobody_left = end.survival >= 1
    low = np.where(nobody_left, ((1 - check_conf_level(conf_level)) / 2) ** (1 / np.maximum(people, 1)), low)
    high = np.where(nobody_left, 1.0, high)
    unknown = _not_followed(n_risk, end.survival)
    columns = {
        "estimate": 1 - end.survival,
        "std_error": natural_std_error(end),
        "conf_low": 1 - high,
        "conf_high": 1 - low,
    }
    n_censor = np.where(within, counts.n_censor, 0.0)
    table = risk.groups.assign(
        time=float(years),
        **_missing_where(unknown, columns),
        n=counts.group_people,
        n_event=np.bincount(counts.group, weights=n_event, minlength=n_groups),
        n_censor=np.bincount(counts.group, weights=n_censor, minlength=n_groups),
        n_risk=n_risk,
    )
    made = {**risk.provenance, "years": years, "conf_type": conf_type, "conf_level": conf_level}
    return LeavingWithin(table, risk.by, made)


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


def _followed_for(cohort: Cohort, years: int) -> Cohort:
    """Return a register's cohort cut at an earlier anniversary; spells not yet at risk by then go."""
    joined = np.asarray(cohort.joined)
    start, end = (joined + np.asarray(days).astype("timedelta64[D]") for days in (cohort.entry, cohort.duration))
    entry, _ = cut_at_anniversary(joined, start, years)
    duration, past = cut_at_anniversary(joined, end, years)
    keep = entry < duration
    if not keep.any():
        raise InvalidDataError(
            "years", "spells at risk within so many years of joining", f"none of {len(cohort):,}", "ask for more years"
        )
    return replace(
        cohort,
        duration=duration[keep],
        cause=np.where(past, 0, cohort.cause)[keep],
        entry=entry[keep],
        weight=None if cohort.weight is None else cohort.weight[keep],
        covariates=cohort.covariates.loc[keep].reset_index(drop=True),
        horizon_years=years,
        joined=joined[keep],
    )


def _at_risk_at(risk: RiskTable, horizon: float) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the weighted number and the people at risk at the horizon, each of shape (n_groups,)."""
    counts, n_groups = risk.counts, len(risk.groups)
    n_risk, people = np.zeros(n_groups), np.zeros(n_groups, dtype=np.int64)
    later = np.flatnonzero(counts.time >= horizon * (1 - TIE_TOLERANCE))
    first = later[np.diff(counts.group[later], prepend=-1) > 0]
    n_risk[counts.group[first]] = counts.n_risk[first]
    people[counts.group[first]] = counts.n_people[first]
    return n_risk, people


def _not_followed(n_risk: Floats, survival: Floats) -> npt.NDArray[np.bool_]:
    unknown: npt.NDArray[np.bool_] = (n_risk <= 0) & (survival > 0)
    if unknown.any():
        warnings.warn(
            f"in {int(unknown.sum()):,} group(s) nobody was followed to the horizon, so the risk there is not known and"
            " is missing; ask for fewer years or merge groups",
            RiskSetWarning,
            stacklevel=3,
        )
    return unknown


def _missing_where(unknown: npt.NDArray[np.bool_], columns: dict[str, Floats]) -> dict[str, Floats]:
    return {name: np.where(unknown, np.nan, values) for name, values in columns.items()}
