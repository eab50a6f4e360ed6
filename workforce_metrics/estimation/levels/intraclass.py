"""How alike the members of a group are, and how well a group's mean is known: ICC(1) and ICC(2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.levels.level_data import level_data
from workforce_metrics.estimation.levels.nested_sums import NestedSums
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, grouping_columns

__all__ = ["GroupSize", "IntraclassCorrelation", "OneWay", "intraclass_correlation", "one_way", "variance_ratio_limits"]

FloatArray = npt.NDArray[np.float64]
GroupSize = Literal["expected", "mean"]

COLUMNS = (
    "indicator", "measure", "term", "estimate", "statistic", "p_value", "conf_low", "conf_high", "n", "n_missing",
    "n_groups", "df",
)  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class IntraclassCorrelation(Result):
    """ICC(1) and ICC(2) of one score or several, as `intraclass_correlation` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        Two rows an `indicator`, `measure` "ICC(1)" and "ICC(2)": `term` (the groups), `estimate`, `statistic` (F),
        `p_value`, `conf_low`, `conf_high`, `n`, `n_missing`, `n_groups`, `df`.
    by : tuple of str
        Empty.
    provenance : mapping
        Data, size of the groups, level of the intervals and numbers of respondents.
    """

    _title: ClassVar[str] = "IntraclassCorrelation"


@dataclass(frozen=True)
class OneWay:
    """The analysis of variance of one grouping.

    Parameters
    ----------
    statistic : float
        F, the mean square between groups over that within.
    df, df_within : int
        Its degrees of freedom.
    within : float
        The mean square within groups.
    expected_size, mean_size : float
        The size of group in the expectation of F, and the mean one; equal where all groups are.
    """

    statistic: float
    df: int
    df_within: int
    within: float
    expected_size: float
    mean_size: float


def intraclass_correlation(
    data: StaffSurvey | IntoFrame,
    indicators: str | Sequence[str],
    *,
    group: str | Sequence[str],
    group_size: GroupSize = "expected",
    conf_level: float = 0.95,
) -> IntraclassCorrelation:
    """Return how alike the members of a group answer, and how reliable the groups' means are.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    indicators : str or sequence of str
        Scores, "item:...", "share:..." or numeric columns, as `estimate` takes them.
    group : str or sequence of str
        The column of the groups; with several, each combination is a group.
    group_size : {"expected", "mean"}, default "expected"
        Which size stands for unequal groups: the one in the expectation of F, ``(N - sum n^2 / N) / (G - 1)``, with
        which the analysis of variance is unbiased; or the mean, as R's ``multilevel`` has it.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    IntraclassCorrelation

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidArgumentError
        If no group is named, or `group_size` is another word.
    InvalidDataError
        If there are fewer than two groups, or answers do not differ within any.

    Notes
    -----
    With F of the one-way analysis of variance and k respondents in a group, ``ICC(1) = (F - 1) / (F - 1 + k)`` is the
    correlation of two members of one group: the share of variance between groups. ``ICC(2) = 1 - 1 / F`` is the
    reliability of the mean of a group of that size. Either may be below 0: members less alike than by chance;
    ICC(2) is minus infinity where the means of all groups are equal.

    Limits are Wald's, exact for normal answers and for groups of any sizes: the ratio of variances for which the
    weighted mean square between groups is a quantile of F; with equal groups they are those of F itself. `p_value` is
    of no difference between groups. Survey weights have no place here; see `variance_by_level`.

    References
    ----------
    Bliese PD (2000). Within-group agreement, non-independence, and reliability. In: Klein KJ, Kozlowski SWJ (eds).
    Multilevel Theory, Research, and Methods in Organizations. Jossey-Bass, 349-381.

    Shrout PE, Fleiss JL (1979). Intraclass correlations: uses in assessing rater reliability. Psychological Bulletin
    86, 420-428. https://doi.org/10.1037/0033-2909.86.2.420

    Wald A (1940). A note on the analysis of variance with unequal class frequencies. Annals of Mathematical
    Statistics 11, 96-100. https://doi.org/10.1214/aoms/1177731946

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a", "a", "b", "b", "c", "c"], "tired": [1.0, 3.0, 5.0, 7.0, 4.0, 4.0]})
    >>> found = wm.intraclass_correlation(staff, "tired", group="team")
    >>> found.frame[["measure", "estimate", "statistic", "df"]].round(4)
      measure  estimate  statistic  df
    0  ICC(1)    0.7143        6.0   2
    1  ICC(2)    0.8333        6.0   2
    """
    conf_level = check_conf_level(conf_level)
    if group_size not in {"expected", "mean"}:
        raise InvalidArgumentError("group_size", "'expected' or 'mean'", repr(group_size), "write one of them")
    columns = grouping_columns(group, "group")
    if not columns:
        raise InvalidArgumentError("group", "a column of groups", "none", "write group='team'")
    found = level_data(data, indicators, columns)
    rows = []
    for name, sums in found.sums.items():
        label = {"indicator": name, "term": ", ".join(columns), "n_missing": found.n_grouped - sums.n_answered}
        rows += [{**label, **row} for row in _rows(sums, columns, group_size=group_size, conf_level=conf_level)]
    provenance = {
        **provenance_of(data, found.n_respondents),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "group_size": group_size,
        "conf_level": conf_level,
        "n_respondents": found.n_respondents,
        "n_without_group": found.n_respondents - found.n_grouped,
    }
    return IntraclassCorrelation(pd.DataFrame(rows)[list(COLUMNS)], (), provenance)


def one_way(sums: NestedSums) -> OneWay:
    """Return the analysis of variance of the smallest groups.

    Parameters
    ----------
    sums : NestedSums
        Two groups or more, with answers that differ within one.

    Returns
    -------
    OneWay
    """
    n, total = sums.n, float(sums.n.sum())
    df, df_within = len(n) - 1, int(total) - len(n)
    between = float(n @ sums.mean**2 - (n @ sums.mean) ** 2 / total) / df
    within = float(sums.within.sum()) / df_within
    return OneWay(between / within, df, df_within, within, (total - float(n @ n) / total) / df, total / len(n))


def variance_ratio_limits(sums: NestedSums, table: OneWay, *, conf_level: float) -> tuple[float, float]:
    """Return Wald's exact limits of the variance between groups over that within.

    Parameters
    ----------
    sums : NestedSums
    table : OneWay
    conf_level : float
        In (0, 1).

    Returns
    -------
    low, high : float
        Not below minus one over the largest group, where the likelihood ends.
    """
    from scipy.optimize import brentq
    from scipy.special import fdtri

    least = -1 / float(sums.n.max())

    def weighted_f(above_least: float) -> float:
        weight = 1 / (above_least + (least + 1 / sums.n))
        off = sums.mean - (weight @ sums.mean) / weight.sum()
        return float(weight @ off**2) / table.df / table.within

    found = []
    for tail in ((1 + conf_level) / 2, (1 - conf_level) / 2):
        quantile = float(fdtri(table.df, table.df_within, tail))
        low, high = -least * 1e-9, 1.0
        while weighted_f(high) > quantile:
            high *= 4
        if weighted_f(low) <= quantile:
            found.append(least)
            continue
        root = brentq(lambda log, q=quantile: weighted_f(np.exp(log)) - q, np.log(low), np.log(high), xtol=1e-13)
        found.append(float(np.exp(root)) + least)
    return found[0], found[1]


def _rows(
    sums: NestedSums, columns: tuple[str, ...], *, group_size: GroupSize, conf_level: float
) -> list[dict[str, object]]:
    from scipy.special import fdtrc

    if len(sums.n) < 2:
        raise InvalidDataError(", ".join(columns), "two groups or more that answered", "one", "name other groups")
    table = one_way(sums)
    size = table.expected_size if group_size == "expected" else table.mean_size
    limits = np.array(variance_ratio_limits(sums, table, conf_level=conf_level))
    excess = table.statistic - 1
    shared = {
        "statistic": table.statistic,
        "p_value": float(fdtrc(table.df, table.df_within, table.statistic)),
        "n": sums.n_answered,
        "n_groups": len(sums.n),
        "df": table.df,
    }
    with np.errstate(divide="ignore"):  # groups whose means are all alike have an ICC(2) of minus infinity
        figures = {
            "ICC(1)": (excess / (excess + size), limits / (1 + limits)),
            "ICC(2)": (1 - 1 / np.float64(table.statistic), 1 - 1 / (1 + size * limits)),
        }
    return [
        {"measure": measure, "estimate": estimate, "conf_low": low, "conf_high": high, **shared}
        for measure, (estimate, (low, high)) in figures.items()
    ]
