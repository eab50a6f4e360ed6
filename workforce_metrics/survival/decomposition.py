"""Why the number of early leavers changed: more people at risk, another mix of them, another risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError
from workforce_metrics.provenance import DATA_FRAME, made_from, united_inputs
from workforce_metrics.results import Result, grouping_columns, normal_quantile
from workforce_metrics.survival.change_cells import ChangeCells, change_cells
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.product_split import split_product
from workforce_metrics.survival.risk_table import RiskTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Decomposition", "decompose_leavers"]

Floats = npt.NDArray[np.float64]
TERMS = ("before", "people at risk", "mix", "risk", "after")
GROUP_TERMS = ("before", "people at risk", "groups", "mix", "risk", "after")


@dataclass(frozen=True, repr=False, eq=False)
class Decomposition(Result):
    """A change in the number of leavers, split; `decompose_leavers` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        The grouping columns; `cause` where causes are kept apart, with a last "any cause"; `term`: "before", "people
        at risk", "groups" (only by groups), "mix", "risk", "after". `estimate` is a number of leavers: a level in the
        first and last of these rows, a change in the others; before + the changes = after. `std_error`, `conf_low`,
        `conf_high` go with it.
    by, provenance
        See `Result`.
    bands : pandas.DataFrame
        One row a group, band of years since joining and cause: exposure and leavers, before and after.
    """

    bands: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "Change in leavers"

    @property
    def risk_ratio(self) -> float:
        """Overall leavers per exposure after, divided by the same before."""
        after = self.bands["n_event_after"].sum() / self.bands["exposure_after"].sum()
        return float(after / (self.bands["n_event_before"].sum() / self.bands["exposure_before"].sum()))

    @property
    def total(self) -> Decomposition:
        """The same change over all groups together: each term the sum of its groups' terms.

        A result of its own and not rows of this one, where a label such as "all" could be a group of the user's. It
        has the term "groups" and so is not the split of a call without `by`, which sees people of all groups as one.
        """
        conf_level = float(str(self.provenance["conf_level"]))
        return replace(self, table=summed_over_groups(self.table, self.by, conf_level), by=())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the change as a waterfall from before to after; by groups or causes, a panel of bars a term."""
        rows = (*self.by, "cause") if "cause" in self.table else self.by
        title = "Change in the number of early leavers"
        if rows:
            from workforce_metrics.plotting.changes import draw_changes

            return draw_changes(self.frame, by=rows, ax=ax, title=title, caption=self.caption)
        from workforce_metrics.plotting.waterfall import draw_waterfall

        return draw_waterfall(self.frame, ax=ax, title=title, caption=self.caption)


def decompose_leavers(
    before: RiskTable | pd.DataFrame,
    after: RiskTable | pd.DataFrame,
    *,
    years: int = 5,
    by: str | Sequence[str] | None = None,
    causes: Literal["together", "apart"] = "together",
    variance: Literal["poisson", "binomial"] = "poisson",
    conf_level: float = 0.95,
) -> Decomposition:
    """Split the change in the number of leavers exactly into people at risk, their mix, and their risk.

    Parameters
    ----------
    before, after : RiskTable or pandas.DataFrame
        A risk table is cut into years since joining, with person-years as the exposure. A data frame of published
        counts has columns `n_event` (leavers), `exposure` (person-years or people) and, where they tell rows apart,
        `band` (years since joining), `cause` and the columns of `by`; every cause has the exposure of all who were
        at risk. The bands and causes are the same in both, and in every group that is there.
    years : int
        Of a risk table: leavers within so many years of joining.
    by : str or sequence of str, optional
        Grouping columns of both. Groups that are not named are taken together. A group may be in one of them only.
    causes : {"together", "apart"}
        Whether leavings by each cause are split too, with "any cause" last.
    variance : {"poisson", "binomial"}
        How leavers vary given the exposure: "poisson" where it is person-years, "binomial" where it is people (over
        causes kept apart multinomial).
    conf_level : float
        In (0, 1).

    Returns
    -------
    Decomposition
        One row a group, cause and term. Over groups, over causes and over both, each term adds up to that of all of
        them; `Decomposition.total` holds the sums over groups.

    Raises
    ------
    DefinitionMismatchError, MissingColumnError, InvalidDataError, InvalidArgumentError
        If the two do not mean the same, lack a column, differ in bands or causes, have a band with nobody at risk, or
        hold more leavers than people at risk.

    Notes
    -----
    Leavers are ``N * sum_gac p_g q_ga r_gac``: exposure N, share p_g of group g, share q_ga of band a in the group,
    risk r_gac of leaving by cause c. Without `by` there is one group and no p. Das Gupta's symmetric split gives each
    factor the average of what its change does over all orders in which the factors may change, so that the effects
    add up to the change without a remainder. It is made in each cell (group, band, cause); effects of groups and
    causes are sums of cells. With three factors and ``Q(q, r) = sum_a q_a r_a`` the effect of N is
    ``(N2 - N1) * ((Q(q1, r1) + Q(q2, r2)) / 3 + (Q(q1, r2) + Q(q2, r1)) / 6)``; likewise the others. With four the
    weights are 1/4, 1/12, 1/12, 1/4 as none, one, two or three other factors have changed.

    In a group's rows "people at risk" is what growth or decline of all groups together did there, and "groups" what
    the change of the group's own share did: both at once are the change of its exposure.

    Where nobody was at risk on one side, a risk does not exist there; that of the other side is taken, and for a group
    the bands' shares too. A group that comes or goes thus changes only "people at risk" and "groups"; a band that comes
    or goes in a group changes its "mix" as well, and no "risk".

    Standard errors take exposures as known and leavers in each cell as Poisson, binomial or, over causes, multinomial.
    The terms are then sums of leavers times constants, so their variances are exact; the leavers observed stand for
    those expected, and intervals are normal. With one band the mix cannot change.

    Few leavers in a small group can tell of persons: `suppress` refuses this result, since its terms add up in too
    many ways. Take small groups together before the split.

    References
    ----------
    Das Gupta P (1993). Standardization and decomposition of rates: a user's manual. US Bureau of the Census, Current
    Population Reports P23-186.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> first = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [100, 300], "n_event": [10, 6]})
    >>> second = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [200, 300], "n_event": [20, 6]})
    >>> wm.decompose_leavers(first, second).frame[["term", "estimate"]].round(2).to_dict("list")
    {'term': ['before', 'people at risk', 'mix', 'risk', 'after'], 'estimate': [16.0, 4.6, 5.4, 0.0, 26.0]}

    By group:

    >>> first = pd.DataFrame({"team": ["a", "b"], "exposure": [100, 100], "n_event": [10, 20]})
    >>> second = pd.DataFrame({"team": ["a", "b"], "exposure": [100, 300], "n_event": [10, 60]})
    >>> split = wm.decompose_leavers(first, second, by="team")
    >>> split.frame.pivot(index="team", columns="term", values="estimate")[list(split.total.frame["term"])].round(1)
    term  before  people at risk  groups  mix  risk  after
    team
    a       10.0             7.5    -7.5  0.0   0.0   10.0
    b       20.0            25.0    15.0  0.0   0.0   60.0
    """
    if variance not in {"poisson", "binomial"}:
        raise InvalidArgumentError("variance", "'poisson' or 'binomial'", repr(variance), "'poisson' for person-years")
    if causes not in {"together", "apart"}:
        raise InvalidArgumentError("causes", "'together' or 'apart'", repr(causes), "'apart' for a row a cause")
    z, keys = normal_quantile(conf_level), grouping_columns(by)
    definition = _common_definition(before, after)
    cells = change_cells(before, after, by=keys, apart=causes == "apart", years=years)
    if variance == "binomial" and (cells.n_event.sum(axis=-1) > cells.exposure).any():
        raise InvalidDataError(
            "n_event", "at most the people at risk", "more", "use variance='poisson' for person-years"
        )
    table = _tidy(cells, by_groups=bool(keys), binomial=variance == "binomial")
    sides = (before, after)
    made = united_inputs(
        data.provenance if isinstance(data, RiskTable) else made_from(DATA_FRAME, len(data)) for data in sides
    )
    made |= {"definition": definition, "variance": variance, "conf_level": conf_level}
    return Decomposition(_with_limits(table, z), keys, made, bands=cells.frame)


def change_by_leaver(exposure: Floats, *, by_groups: bool) -> Floats:
    """Return what one leaver more adds to each term: a term is the sum of all leavers times these.

    Parameters
    ----------
    exposure : ndarray of float64, shape (2, n_groups, n_bands)
        Before and after; 0 where nobody was at risk.
    by_groups : bool
        Whether the groups' shares are a factor of their own, or there is one group.

    Returns
    -------
    ndarray of float64, shape (n_terms, 2, n_groups, n_bands)
        The same for every cause. Leavers before; the effects of people at risk, groups if asked for, mix and risk;
        leavers after. Where nobody was at risk on one side, the risk of the other moves both.
    """
    of_group = exposure.sum(axis=2, keepdims=True)
    n = of_group.sum(axis=1, keepdims=True)
    mix = _shares(exposure, of_group)
    mix = np.where(of_group > 0, mix, mix[::-1])
    factors = [n, of_group / n, mix] if by_groups else [n, mix]
    before, after = ([factor[side] for factor in factors] for side in (0, 1))
    none, one = np.zeros(exposure.shape[1:]), np.ones(exposure.shape[1:])
    by_risk = [split_product([*before, one], [*after, none]), split_product([*before, none], [*after, one])]
    levels = np.stack([np.stack([exposure[0], none]), np.stack([none, exposure[1]])])
    found = np.concatenate([levels[:1], np.stack(by_risk, axis=1), levels[1:]])
    return _shares(found + np.where(exposure[::-1] == 0, found[:, ::-1], 0.0), exposure)


def summed_over_groups(table: pd.DataFrame, by: tuple[str, ...], conf_level: float) -> pd.DataFrame:
    """Return the sums over groups of a decomposition's table; leavers of different groups are independent."""
    keys = [column for column in ("cause", "term") if column in table]
    squared = table.drop(columns=list(by)).assign(std_error=table["std_error"] ** 2)
    sums = squared.groupby(keys, sort=False, observed=True)[["estimate", "std_error"]].sum().reset_index()
    return _with_limits(sums.assign(std_error=np.sqrt(sums["std_error"])), normal_quantile(conf_level))


def _shares(part: Floats, whole: Floats) -> Floats:
    """Return parts of a whole, 0 where there is nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def _tidy(cells: ChangeCells, *, by_groups: bool, binomial: bool) -> pd.DataFrame:
    """Return the table without limits: one row a group, cause and term, in that order."""
    weight = change_by_leaver(cells.exposure, by_groups=by_groups)
    n_event, outcomes = cells.n_event, cells.causes
    if len(outcomes) > 1:
        n_event = np.concatenate([n_event, n_event.sum(axis=-1, keepdims=True)], axis=-1)
        outcomes = (*outcomes, ANY_CAUSE)
    spread = n_event * (1 - _shares(n_event, cells.exposure[..., None])) if binomial else n_event
    estimate = np.einsum("tiga,igac->gct", weight, n_event)
    variance = np.einsum("tiga,igac->gct", weight**2, spread)
    group, outcome, term = (indices.ravel() for indices in np.indices(estimate.shape))
    table = cells.groups.take(group).reset_index(drop=True)
    if len(outcomes) > 1:
        table["cause"] = pd.Categorical.from_codes(outcome, categories=pd.Index(list(outcomes)))
    table["term"] = np.array(GROUP_TERMS if by_groups else TERMS)[term]
    return table.assign(estimate=estimate.ravel(), std_error=np.sqrt(variance.ravel()))


def _with_limits(table: pd.DataFrame, z: float) -> pd.DataFrame:
    reach = z * table["std_error"]
    return table.assign(conf_low=table["estimate"] - reach, conf_high=table["estimate"] + reach)


def _common_definition(before: RiskTable | pd.DataFrame, after: RiskTable | pd.DataFrame) -> object:
    definitions = [data.provenance.get("definition") for data in (before, after) if isinstance(data, RiskTable)]
    if len(definitions) == 2 and definitions[0] != definitions[1]:
        raise DefinitionMismatchError(
            "after", "the definition of leaving that `before` has", "another", "load both under one definition"
        )
    return definitions[0] if definitions else None
