"""Do groups leave at different rates? Log-rank tests and their weighted, stratified, trend and pairwise kin."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.groups import group_codes
from workforce_metrics.multiplicity import adjusted_p_values
from workforce_metrics.results import Result, as_floats, column_list, is_finite_number
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.logrank_counts import logrank_counts, quadratic_form, trend_form
from workforce_metrics.survival.risk_table import RiskTable, grouped_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Adjustment", "LogrankTest", "logrank_test"]

Floats = npt.NDArray[np.float64]
Adjustment = Literal["holm", "bonferroni", "none"]
ANY_DIFFERENCE, TREND = "any difference", "trend"
COLUMNS = ["term", "statistic", "df", "p_value", "n", "n_event"]


@dataclass(frozen=True, repr=False, eq=False)
class LogrankTest(Result):
    """Tests of equal hazards of leaving; `logrank_test` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `term` ("any difference", "trend", then pairs such as "A vs B"), `statistic` (chi-squared), `df`,
        `p_value` (of pairs adjusted as `provenance` says), `n` people and `n_event` leavings (sums of weights).
    by, provenance
        See `Result`.
    groups : pandas.DataFrame
        One row a group: the grouping columns, `n` people, `observed` and `expected` leavings, both multiplied by the
        weights of the test.
    """

    groups: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "Log-rank test"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each group's observed leavings as a multiple of the expected."""
        from workforce_metrics.plotting.dots import draw_estimates

        drawn = self.groups.assign(
            estimate=self.groups["observed"] / self.groups["expected"].where(self.groups["expected"] > 0),
            conf_low=np.nan,
            conf_high=np.nan,
            indicator="observed / expected",
        )
        title = "Leavings observed, as a multiple of those expected"
        reference = {"observed / expected": 1.0}
        return draw_estimates(drawn, by=self.by, ax=ax, reference=reference, title=title, caption=self.caption)


def logrank_test(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str],
    rho: float = 0.0,
    gamma: float = 0.0,
    strata: str | Sequence[str] | None = None,
    trend: Mapping[object, float] | Sequence[float] | None = None,
    pairwise: Adjustment | None = None,
    cause: str | None = None,
) -> LogrankTest:
    """Test whether groups have the same hazard of leaving.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any; a risk table must be grouped by `by` and `strata`.
    by : str or sequence of str
        Covariates whose groups are compared. A missing value is a group of its own.
    rho, gamma : float
        Fleming and Harrington's weights ``S(t-)^rho (1 - S(t-))^gamma``, from 0: (0, 0) log-rank, (1, 0) more weight
        to early leaving (Peto and Peto's), (0, 1) to late. S is the Kaplan-Meier estimate of all groups together,
        within each stratum.
    strata : str or sequence of str, optional
        Covariates within which groups are compared; the strata's tests are added up.
    trend : mapping of group to float, or sequence of float, optional
        A score for each group (a sequence: in the groups' own order); adds the test, on 1 degree of freedom, of a
        hazard that rises or falls with the score.
    pairwise : {"holm", "bonferroni", "none"}, optional
        Adds a test of each pair of groups among themselves, p-values adjusted so for the number of pairs.
    cause : str, optional
        Compare the hazards of this cause, others counting as censorings. Default: all causes taken together.

    Returns
    -------
    LogrankTest

    Raises
    ------
    InvalidArgumentError, MissingColumnError, DefinitionMismatchError
        If an argument is not what it must be, a column is not there, a risk table is grouped by other columns, or
        there are fewer than two groups.

    Warns
    -----
    RiskSetWarning
        If groups were never at risk together when somebody left: the statistic is missing and `df` is 0.

    Notes
    -----
    At each time with d leavings among n at risk, ``w d n_g / n`` are expected of group g's ``n_g``; the covariances
    are hypergeometric, ``w^2 d (n - d) / (n - 1) (n_g / n) (1{g = h} - n_h / n)``. The statistic is the quadratic form
    of observed minus expected in the inverse of their sum; `df` is the number of groups that could be compared, less
    one for each set of groups that no risk set links. At risk at t: ``entry < t <= duration``, so that with delayed
    entry it is the score test of the Cox model with exact ties. Case weights count people: a weight of 2 is two
    people, and an integer weight equals repeated rows. They are no sampling weights: of those, test with `cox`.
    Where everyone at risk left before others entered, S stays 0, and with `rho` above 0 what follows has no weight.

    References
    ----------
    Mantel N (1966). Cancer Chemother Rep 50:163-170. Harrington DP, Fleming TR (1982). Biometrika 69:553-566.
    doi:10.1093/biomet/69.3.553. Holm S (1979). Scand J Stat 6:65-70. https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 5, 8, 9, 9, 12], "left": [True, True, True, True, False, False],
    ...                       "route": ["a", "a", "b", "a", "b", "b"]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
    >>> test = logrank_test(cohort, by="route")
    >>> test.frame[["term", "statistic", "df", "p_value"]].round(4).to_dict("records")
    [{'term': 'any difference', 'statistic': 2.5567, 'df': 1, 'p_value': 0.1098}]
    >>> test.groups.round(4).to_dict("list")
    {'route': ['a', 'b'], 'n': [3, 3], 'observed': [3.0, 1.0], 'expected': [1.4833, 2.5167]}
    """
    _check(rho, gamma, pairwise)
    table = _all_or_one_cause(grouped_by(data, column_list(by), column_list(strata)), cause)
    groups, stratum = (group_codes(table.groups, column_list(keys), missing="a group") for keys in (by, strata))
    if len(groups) < 2:
        raise InvalidArgumentError("by", "two groups or more", f"{len(groups)}", "group by what parts the people")
    settings = {"rho": float(rho), "gamma": float(gamma)}
    counts = logrank_counts(table.counts, groups.codes, stratum.codes, n_groups=len(groups), **settings)
    people = np.bincount(groups.codes, weights=table.counts.group_people, minlength=len(groups)).astype(np.int64)
    rows = [(ANY_DIFFERENCE, *quadratic_form(counts), people.sum(), counts.n_event.sum())]
    if trend is not None:
        scores = _scores(trend, groups.labels)
        rows.append((TREND, *trend_form(counts, scores), people.sum(), counts.n_event.sum()))
    found = _with_p_values(pd.DataFrame(rows, columns=[c for c in COLUMNS if c != "p_value"]))
    if pairwise is not None:
        pairs = pd.DataFrame(
            list(_pairs(table, groups.codes, stratum.codes, groups.labels, people=people, settings=settings))
        )
        found = pd.concat([found, _adjusted(_with_p_values(pairs), pairwise)], ignore_index=True)
    _warn_of_no_comparison(found)
    own = pd.DataFrame({"n": people, "observed": counts.observed, "expected": counts.expected})
    made = {**table.provenance, **settings, "strata": strata, "cause": cause, "pairwise": pairwise}
    return LogrankTest(found, column_list(by), made, groups=pd.concat([groups.labels, own], axis=1))


def _check(rho: float, gamma: float, pairwise: Adjustment | None) -> None:
    for name, value in (("rho", rho), ("gamma", gamma)):
        if not is_finite_number(value) or value < 0:
            raise InvalidArgumentError(name, "a number from 0", repr(value), "write 0 for the log-rank test")
    if pairwise is not None and pairwise not in get_args(Adjustment):
        raise InvalidArgumentError("pairwise", "'holm', 'bonferroni' or 'none'", repr(pairwise), "choose one")


def _all_or_one_cause(table: RiskTable, cause: str | None) -> RiskTable:
    if cause is None:
        return table.all_causes()
    if cause not in table.causes:
        raise InvalidArgumentError("cause", f"one of {', '.join(table.causes)}", repr(cause), "choose one")
    own = table.counts.n_event[:, [table.causes.index(cause)]]
    return replace(table, counts=replace(table.counts, n_event=own), causes=(cause,))


def _scores(trend: Mapping[object, float] | Sequence[float], labels: pd.DataFrame) -> Floats:
    """Return a score a group, in the order of the groups."""
    if isinstance(trend, Mapping):
        names = labels.iloc[:, 0].tolist()
        if labels.shape[1] > 1 or set(trend) != set(names):
            raise InvalidArgumentError("trend", "a score for each group", "others", "name every group and no other")
        trend = [trend[name] for name in names]
    scores = as_floats(trend, "trend")
    if scores.shape != (len(labels),) or not np.isfinite(scores).all() or np.ptp(scores) == 0:
        raise InvalidArgumentError(
            "trend", f"{len(labels)} numbers that differ, one a group", "others", "give each group a score"
        )
    return scores


def _pairs(
    table: RiskTable,
    group: npt.NDArray[np.int64],
    stratum: npt.NDArray[np.int64],
    labels: pd.DataFrame,
    *,
    people: npt.NDArray[np.int64],
    settings: dict[str, float],
) -> Iterator[dict[str, object]]:
    """Test each pair of groups with only these two at risk."""
    from workforce_metrics.plotting.groups import group_text

    names = [", ".join(map(group_text, row)) for row in labels.itertuples(index=False)]
    for first, second in combinations(range(len(labels)), 2):
        own = np.where(group == first, 0, np.where(group == second, 1, -1))
        counts = logrank_counts(table.counts, own, stratum, n_groups=2, **settings)
        statistic, df = quadratic_form(counts)
        yield {
            "term": f"{names[first]} vs {names[second]}", "statistic": statistic, "df": df,
            "n": people[first] + people[second], "n_event": counts.n_event.sum(),
        }  # fmt: skip


def _with_p_values(tests: pd.DataFrame) -> pd.DataFrame:
    from scipy.special import chdtrc

    p_value = chdtrc(np.maximum(tests["df"].to_numpy(float), 1.0), tests["statistic"].to_numpy(float))
    return tests.assign(p_value=p_value)[COLUMNS]


def _adjusted(pairs: pd.DataFrame, method: Adjustment) -> pd.DataFrame:
    """Return the pairs with p-values adjusted for how many there are; those that are missing count for none."""
    return pairs.assign(p_value=adjusted_p_values(pairs["p_value"].to_numpy(dtype=np.float64), method))


def _warn_of_no_comparison(tests: pd.DataFrame) -> None:
    n = int(tests["statistic"].isna().sum())
    if n:
        warnings.warn(
            f"in {n:,} test(s) the groups were never at risk together when somebody left, or nobody stayed to compare"
            " with, so the statistic is missing; merge small groups or compare fewer",
            RiskSetWarning,
            stacklevel=3,
        )
