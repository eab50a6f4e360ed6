"""Do groups leave by a cause in different numbers? Gray's test of equal cumulative incidences."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.groups import Groups, group_codes
from workforce_metrics.results import Result, column_list, is_finite_number
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.gray_score import (
    GrayScore,
    StratumCounts,
    gray_score,
    quadratic_form,
    stratum_counts,
)
from workforce_metrics.survival.risk_table import RiskTable, grouped_by

__all__ = ["GrayTest", "gray_test"]


@dataclass(frozen=True, repr=False, eq=False)
class GrayTest(Result):
    """Tests of equal cumulative incidences, one a cause; `gray_test` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `cause`, `statistic` (chi-squared), `df`, `p_value`, `n` people and `n_event` leavings by the cause (a
        sum of weights in a weighted cohort).
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Gray's test"


def gray_test(
    data: Cohort | RiskTable,
    *,
    by: str | Sequence[str],
    rho: float = 0.0,
    strata: str | Sequence[str] | None = None,
) -> GrayTest:
    """Test, cause by cause, whether groups have the same cumulative incidence of leaving.

    Where `logrank_test` compares the rates at which those still there leave, this compares how many have left by the
    cause in the end, the other causes being at work too.

    Parameters
    ----------
    data : Cohort or RiskTable
        With delayed entry and weights where there are any; a risk table must be grouped by `by` and `strata`.
    by : str or sequence of str
        Covariates whose groups are compared. A missing value is a group of its own.
    rho : float
        Weights ``(1 - F(t-))^rho``, F the incidence of all groups together: 0 = all times alike, above 0 more weight to
        early leaving, below 0 to late.
    strata : str or sequence of str, optional
        Covariates within which groups are compared; the strata's scores are added up.

    Returns
    -------
    GrayTest
        One row a cause.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, DefinitionMismatchError
        If an argument is not what it must be, a column is not there, a risk table is grouped by other columns, or
        there are fewer than two groups.
    InvalidDataError
        If in some group everyone at risk left before others entered: it has no incidence from there on.

    Warns
    -----
    RiskSetWarning
        If nobody left at all, or by some cause never while groups were at risk together: its statistic is missing and
        `df` is 0. So they are, without a warning, for a cause by which nobody left.

    Notes
    -----
    Equal to R's ``cmprsk::cuminc``, which has no delayed entry. With it, at risk at t are those with
    ``entry < t <= duration``, here as everywhere: in each group the number at risk of the cause is
    ``Y(t) (1 - F(t-)) / S(t-)``, with Y people at risk, S the Kaplan-Meier estimate of all causes and F the incidence,
    all three from these risk sets. Gray's variance holds for these, too, because it comes from the martingales of
    leaving, which delayed entry leaves as they are. With one cause and `rho` 0 the score is that of the log-rank test.
    Weights count people: a weight of 2 is two people. They are no sampling weights.

    References
    ----------
    Gray RJ (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk. Ann Stat
    16:1141-1154. doi:10.1214/aos/1176350951. Geskus RB (2011). Biometrics 67:39-49 (the risk sets with delayed entry).
    doi:10.1111/j.1541-0420.2010.01420.x

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 5, 8, 9, 4, 12, 7, 10], "left": [True] * 6 + [False] * 2,
    ...                       "reason": ["resigned"] * 2 + ["retired", "resigned"] * 2 + [None] * 2,
    ...                       "route": ["a"] * 4 + ["b"] * 4})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="reason", time_unit="months")
    >>> gray_test(cohort, by="route").frame[["cause", "statistic", "df", "p_value"]].round(4).to_dict("list")
    {'cause': ['resigned', 'retired'], 'statistic': [3.3447, 0.053], 'df': [1, 1], 'p_value': [0.0674, 0.8178]}
    """
    if not is_finite_number(rho):
        raise InvalidArgumentError("rho", "a number", repr(rho), "write 0 for Gray's own test")
    table = grouped_by(data, column_list(by), column_list(strata))
    groups, stratum = (group_codes(table.groups, column_list(keys), missing="a group") for keys in (by, strata))
    if len(groups) < 2:
        raise InvalidArgumentError("by", "two groups or more", f"{len(groups)}", "group by what parts the people")
    counts = list(_strata(table, groups, stratum))
    tests = [quadratic_form(_total(counts, cause, rho)) for cause in range(len(table.causes))]
    found = pd.DataFrame(
        {
            "cause": pd.Categorical(list(table.causes), list(table.causes)),
            "statistic": [statistic for statistic, _ in tests],
            "df": [df for _, df in tests],
            "p_value": _p_values(tests),
            "n": int(table.counts.group_people.sum()),
            "n_event": table.counts.n_event.sum(axis=0),
        }
    )
    _warn_of_no_comparison(found)
    made = {**table.provenance, "rho": float(rho), "strata": strata}
    return GrayTest(found, column_list(by), made)


def _strata(table: RiskTable, groups: Groups, stratum: Groups) -> list[StratumCounts]:
    found = []
    for code in range(len(stratum)):
        members = np.flatnonzero(stratum.codes == code)
        counts = stratum_counts(table.counts, members, groups.codes[members], len(groups))
        n_emptied = int(counts.emptied.sum())
        if n_emptied:
            raise InvalidDataError(
                "data", "groups in which somebody stays until the last entry",
                f"{n_emptied:,} in which everyone at risk had left while others had still to enter",
                "start the clock later or merge small groups",
            )  # fmt: skip
        found.append(counts)
    return found


def _total(counts: list[StratumCounts], cause: int, rho: float) -> GrayScore:
    scores = [gray_score(stratum, cause, rho=rho) for stratum in counts]
    return GrayScore(np.sum([s.score for s in scores], axis=0), np.sum([s.covariance for s in scores], axis=0))


def _p_values(tests: list[tuple[float, int]]) -> npt.NDArray[np.float64]:
    from scipy.special import chdtrc

    statistic, df = np.array(tests, dtype=float).T
    return np.asarray(chdtrc(np.maximum(df, 1.0), statistic))


def _warn_of_no_comparison(tests: pd.DataFrame) -> None:
    expected = (tests["n_event"] > 0) | (tests["n_event"].sum() == 0)  # a cause of nobody has nothing to compare
    n = int((tests["statistic"].isna() & expected).sum())
    if n:
        warnings.warn(
            f"for {n:,} cause(s) nobody left, or groups were never at risk together when somebody did, so the statistic"
            " is missing; merge small groups or causes",
            RiskSetWarning,
            stacklevel=3,
        )
