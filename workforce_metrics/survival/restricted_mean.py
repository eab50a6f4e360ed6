"""Mean years still there within a horizon, years lost by cause, and how groups compare."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.results import Result, check_conf_level, is_finite_number, normal_quantile
from workforce_metrics.survival.areas import Areas, areas_to
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.kaplan_meier import warn_of_early_end
from workforce_metrics.survival.product_limit import product_limit
from workforce_metrics.survival.risk_table import RiskTable, as_risk_table
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RestrictedMean", "restricted_mean"]

Floats = npt.NDArray[np.float64]
MEAN, DIFFERENCE, RATIO = "mean", "difference", "ratio"
STAY, LOST = "years still there", "years lost"
VALUES = ["estimate", "std_error", "conf_low", "conf_high"]


@dataclass(frozen=True, repr=False, eq=False)
class RestrictedMean(Result):
    """Mean years within a horizon, by group; `restricted_mean` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns: the groups, `term` ("mean"; with a reference also "difference" and "ratio" to it), `outcome` ("years
        still there", "years lost"), `cause` (where there are several; missing for the years still there), `time` (the
        horizon in years), `estimate`, `std_error`, `conf_low`, `conf_high`, `n` people ever at risk, `n_event` leavings
        within the horizon (sums of weights).
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Restricted mean"

    def with_table(self, table: pd.DataFrame, **provenance: object) -> Self:
        """Return the same over another table; without comparisons where it hides a row, which they would give away."""
        if "suppressed" in table and bool(table["suppressed"].any()):
            table = table[table["term"] == MEAN].reset_index(drop=True)
        return super().with_table(table, **provenance)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each group's mean years still there, and lost by cause, with their intervals."""
        from workforce_metrics.plotting.dots import draw_estimates

        means = self.frame[self.table["term"] == MEAN]
        if "cause" in means:
            by_cause = "years lost: " + means["cause"].astype("object").astype(str)
            means = means.assign(outcome=means["outcome"].where(means["outcome"] != LOST, by_cause))
        years = float(str(self.provenance["horizon_years"]))
        title = f"Mean years within {years:g} year{'' if years == 1 else 's'} of joining"
        drawn = means.rename(columns={"outcome": "indicator"})
        return draw_estimates(drawn, by=self.by, ax=ax, title=title, caption=self.caption)


def restricted_mean(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str] | None = None,
    horizon_years: float = 5,
    reference: object = None,
    conf_level: float = 0.95,
) -> RestrictedMean:
    """Estimate how many of the next `horizon_years` years people stay, and how many are lost by each cause.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry, weights and causes where there are any.
    by : str or sequence of str, optional
        Covariates to group by; a risk table is grouped already.
    horizon_years : float
        The years from joining that are counted, at most the cohort's own horizon.
    reference : object, optional
        The group that others are compared with: its value, or a tuple of values where there are several grouping
        columns. Adds differences and ratios.
    conf_level : float
        In (0, 1).

    Returns
    -------
    RestrictedMean

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If an argument is not what it must be, `reference` is no group, or a grouping column is not there.

    Warns
    -----
    RiskSetWarning
        If nobody of a group was followed to the horizon (its rows are missing), if a risk set emptied early, or if a
        comparison has no interval because nobody left (by that cause) in one of its groups.

    Notes
    -----
    Years still there are the area under the Kaplan-Meier curve up to the horizon; years lost by a cause the area under
    its Aalen-Johansen curve. They add up to the horizon. Standard errors are of the sampling kind, by Greenwood's
    terms: ``sum A(t)^2 d / (n (n - d))`` with A(t) the area from t to the horizon, as R's ``print(survfit, rmean=)``;
    by cause the multinomial extension of it (`areas_to`). Weighted counts stand in them as they are.

    Intervals of means and differences are normal (means within 0 and the horizon), those of ratios normal on the log
    scale; groups are independent. Where nobody left (by that cause) the limit is that of `leaving_within`: no
    more than a share ``1 - (alpha / 2) ** (1 / n)`` of the horizon lost, n people being at risk at it.

    References
    ----------
    Royston P, Parmar MKB (2013). BMC Med Res Methodol 13:152. doi:10.1186/1471-2288-13-152. Andersen PK (2013).
    Decomposition of number of life years lost according to causes of death. Stat Med 32:5278-5285. doi:10.1002/sim.5903

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> restricted_mean(table, horizon_years=5).frame[["outcome", "estimate", "std_error"]].round(3).to_dict("records")
    [{'outcome': 'years still there', 'estimate': 3.988, 'std_error': 0.023}]
    """
    risk = as_risk_table(data, by)
    z, years = normal_quantile(conf_level), _checked_horizon(horizon_years, risk)
    counts, time = risk.counts, risk.counts.time / units_per_year(risk.time_unit)
    time = np.where(np.abs(time - years) <= years * TIE_TOLERANCE, years, time)
    n_event = np.where((time <= years)[:, None], counts.n_event, 0.0)
    steps = product_limit(counts.group, counts.n_risk, n_event.sum(axis=1))
    warn_of_early_end(counts, steps, time <= years)
    areas = areas_to(years, counts.group, time, n_risk=counts.n_risk, n_event=n_event, survival=steps.survival)
    last = np.searchsorted(counts.group, np.arange(len(risk.groups)), side="right") - 1
    people = _people_at(years, counts.group, time, counts.n_people, len(risk.groups))
    share = (1 - check_conf_level(conf_level)) / 2
    limit = years * (1 - share ** (1 / np.maximum(people, 1)))
    leavings = _leavings(counts.group, n_event, len(risk.groups))
    table = _with_limits(_means(areas, leavings, risk, years), z, years, limit)
    table = _without_unknown(table, (people == 0) & (steps.survival[last] > 0))
    if reference is not None:
        table = pd.concat([table, *_comparisons(table, risk, reference, z)], ignore_index=True)
    made = {**risk.provenance, "horizon_years": years, "reference": reference, "conf_level": conf_level}
    return RestrictedMean(table, risk.by, made)


def _checked_horizon(years: float, risk: RiskTable) -> float:
    if not is_finite_number(years) or years <= 0:
        raise InvalidArgumentError("horizon_years", "a positive number", repr(years), "write horizon_years=5")
    followed = risk.provenance.get("horizon_years")
    if isinstance(followed, int) and years > followed:
        raise InvalidArgumentError(
            "horizon_years", f"at most the horizon of the cohort, {followed}", repr(years),
            "build the cohort with a longer one",
        )  # fmt: skip
    return float(years)


def _people_at(
    years: float, group: npt.NDArray[np.int64], time: Floats, n_people: npt.NDArray[np.int64], n_groups: int
) -> npt.NDArray[np.int64]:
    """Return how many are at risk at the horizon, shape (n_groups,)."""
    people = np.zeros(n_groups, dtype=np.int64)
    later = np.flatnonzero(time >= years)
    first = later[np.diff(group[later], prepend=-1) > 0]
    people[group[first]] = n_people[first]
    return people


def _means(areas: Areas, leavings: Floats, risk: RiskTable, years: float) -> pd.DataFrame:
    """Return a row a group for the years still there and, with several causes, a row for the years lost by each."""
    n_causes = len(risk.causes)
    per_group = 1 + n_causes if n_causes > 1 else 1
    table = risk.groups.take(np.repeat(np.arange(len(risk.groups)), per_group)).reset_index(drop=True)
    table["term"] = MEAN
    table["outcome"] = np.tile([STAY, *([LOST] * n_causes)][:per_group], len(risk.groups))
    if n_causes > 1:
        table["cause"] = pd.Categorical([None, *risk.causes] * len(risk.groups), list(risk.causes))
    table["time"] = years
    table["estimate"] = np.column_stack([areas.stay, areas.lost])[:, :per_group].ravel()
    table["std_error"] = np.sqrt(np.column_stack([areas.stay_variance, areas.lost_variance])[:, :per_group]).ravel()
    table["conf_low"] = table["conf_high"] = np.nan
    table["n"] = np.repeat(risk.counts.group_people, per_group)
    table["n_event"] = leavings[:, :per_group].ravel()
    return table


def _leavings(group: npt.NDArray[np.int64], n_event: Floats, n_groups: int) -> Floats:
    """Return leavings of each group, all in all and by cause, shape (n_groups, 1 + n_causes)."""
    columns = np.column_stack([n_event.sum(axis=1), n_event])
    return np.column_stack([np.bincount(group, weights=column, minlength=n_groups) for column in columns.T])


def _with_limits(table: pd.DataFrame, z: float, years: float, limit: Floats) -> pd.DataFrame:
    """Add normal limits, and where nobody left those of the group's `limit`, years lost at the most."""
    limit = np.repeat(limit, len(table) // len(limit))
    estimate, half = table["estimate"].to_numpy(), z * table["std_error"].to_numpy()
    none, is_stay = table["n_event"].to_numpy() == 0, (table["outcome"] == STAY).to_numpy()
    low = np.where(none & is_stay, years - limit, estimate - half)
    high = np.where(none & ~is_stay, limit, estimate + half)
    return table.assign(conf_low=np.maximum(low, 0.0), conf_high=np.minimum(high, years))


def _without_unknown(table: pd.DataFrame, unknown: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Take away the values of groups of whom nobody was followed to the horizon, with a warning."""
    if not unknown.any():
        return table
    warnings.warn(
        f"in {int(unknown.sum()):,} group(s) nobody was followed to the horizon, so the mean up to it is not known and"
        " is missing; ask for fewer years or merge groups",
        RiskSetWarning,
        stacklevel=3,
    )
    shown = ~np.repeat(unknown, len(table) // len(unknown))
    return table.assign(**{name: table[name].where(shown) for name in VALUES})


def _comparisons(means: pd.DataFrame, risk: RiskTable, reference: object, z: float) -> list[pd.DataFrame]:
    """Return the differences from the reference group and the ratios to it, of every other group."""
    keys = list(risk.groups.itertuples(index=False, name=None))
    asked = reference if isinstance(reference, tuple) else (reference,)
    if asked not in keys or not risk.by:
        raise InvalidArgumentError("reference", "a group of `by`", repr(reference), "name one of its values")
    place, per_group = keys.index(asked), len(means) // len(keys)
    rows = np.arange(len(means)).reshape(len(keys), per_group)
    own = means.loc[np.delete(rows, place, axis=0).ravel()].reset_index(drop=True)
    base = means.loc[np.tile(rows[place], len(keys) - 1)].reset_index(drop=True)
    spread, base_spread = own["std_error"] ** 2, base["std_error"] ** 2
    fixed = (own["std_error"] == 0) | (base["std_error"] == 0)
    if fixed.any():
        warnings.warn(
            f"{int(fixed.sum()):,} comparison(s) with a group in which nobody left (by that cause) have no standard"
            " error and no interval; ask for more years or merge groups",
            RiskSetWarning,
            stacklevel=3,
        )
    difference, error = own["estimate"] - base["estimate"], ((spread + base_spread) ** 0.5).mask(fixed)
    ratio = own["estimate"] / base["estimate"].where(base["estimate"] > 0)
    log_error = ((spread / own["estimate"] ** 2 + base_spread / base["estimate"] ** 2) ** 0.5).mask(fixed)
    with np.errstate(over="ignore"):  # an upper limit beyond all numbers is infinite
        low, high = ratio * np.exp(-z * log_error), ratio * np.exp(z * log_error)
    both = (
        (DIFFERENCE, difference, error, difference - z * error, difference + z * error),
        (RATIO, ratio, ratio * log_error, low, high),
    )
    names = ["term", *VALUES]
    return [own.assign(**dict(zip(names, values, strict=True))) for values in both]
