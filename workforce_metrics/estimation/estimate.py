"""Scores, shares and columns estimated by group, with the standard errors and intervals of the survey's design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.estimation.intervals import mean_interval, share_interval
from workforce_metrics.estimation.totals import DomainCells, domain_cells, domain_totals
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import group_codes
from workforce_metrics.indicators.by_name import SHARE_PREFIX, indicator_values
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["EstimateTable", "estimate"]

Kind = Literal["score", "share", "column"]


@dataclass(frozen=True, repr=False, eq=False)
class EstimateTable(Result):
    """Estimates by group and indicator, as `estimate` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group and indicator: the grouping columns, `indicator`, `estimate`, `std_error`, `conf_low`,
        `conf_high`, `n`, `n_missing`, `n_effective`, `weight_sum`, `df`; after `suppress` also `suppressed`.
    by : tuple of str
        Names of the grouping columns.
    provenance : mapping
        Data, design, level and number of respondents, those in no group included.
    kinds : mapping of str to str
        What each indicator is: "score" and "column" are means, "share" is a proportion from 0 to 1.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)

    _title: ClassVar[str] = "EstimateTable"
    publishable: ClassVar[frozenset[str]] = Result.publishable | {"kinds"}

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    def is_share(self) -> npt.NDArray[np.bool_]:
        """Return which rows are of indicators of the kind "share"."""
        shares = [name for name, kind in self.kinds.items() if kind == "share"]
        return np.asarray(self.table["indicator"].isin(shares), dtype=bool)

    def n_counted(self) -> npt.NDArray[np.float64]:
        """Return the estimate times `n` in rows of shares: who is counted, or with weights about as many."""
        estimate, n = (self.table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("estimate", "n"))
        return np.where(self.is_share(), np.round(estimate * n, 6), np.nan)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a dot and an interval for each group and indicator.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from workforce_metrics.plotting.dots import draw_estimates

        shares = [name for name, kind in self.kinds.items() if kind == "share"]
        caption = self.caption + ("; scores: higher is better" if "score" in self.kinds.values() else "")
        return draw_estimates(self.frame, by=self.by, ax=ax, percent=shares, caption=caption)


def estimate(
    data: StaffSurvey | IntoFrame,
    indicators: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    conf_level: float = 0.95,
) -> EstimateTable:
    """Estimate means and shares by group, weighted, with standard errors and intervals.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    indicators : str or sequence of str
        Names of scores ("burnout"), published percentages ("share:burnout_burnt_out"), single items on their scale
        ("item:burnout_burnt_out") or numeric or boolean columns.
    by : str or sequence of str, optional
        Columns whose combinations are the groups; with none, all respondents are one.
    design : SurveyDesign, optional
        How respondents were selected and weighted; without it each counts once and was drawn independently.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    EstimateTable
        One row for each group that occurs and each indicator, groups in category order or sorted by value,
        indicators as asked. `estimate`, `std_error` and limits are in the unit of the indicator, shares from 0 to 1;
        `n` and `n_missing` count respondents of weight above 0 who answered and who did not; `n_effective` is
        Kish's ``(sum w)^2 / sum w^2`` and `weight_sum` the sum of weights, both of those who answered; `df` is
        clusters less strata of those who answered.

    Raises
    ------
    MissingColumnError
        If a column of `by` or of the design is not there.
    InvalidArgumentError
        If an indicator or grouping column is given twice or a grouping column has the name of a result column.
    InvalidDataError
        If there is no respondent, a column is not numeric, or the design contradicts the data.

    Notes
    -----
    The estimate is ``sum w y / sum w`` over those who answered. Its standard error is the linearised one of a domain
    of the design (see `workforce_metrics.estimation.totals.domain_totals`): a group is part of the whole sample, so
    clusters without a member of it count. Means have the interval ``estimate -+ t * std_error``, shares the logit
    one, with `df` degrees of freedom; a share of exactly 0 or 1 has that of Korn and Graubard (see
    `workforce_metrics.estimation.intervals.share_interval`). Where one respondent or one cluster answered there is
    no standard error, and below one degree of freedom no interval. Answers that are all alike have the standard
    error 0.

    Answers that are missing are left out and counted in `n_missing`. Respondents with a missing value in a grouping
    column are in no row but remain in the design; their number is `n_without_group` in the provenance. Respondents
    of weight 0 are in no row either: `n_zero_weight` counts those in a group.

    References
    ----------
    Lumley T (2004). Analysis of complex survey samples. Journal of Statistical Software 9(8).
    https://doi.org/10.18637/jss.v009.i08

    Binder DA (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review 51, 279-292. https://doi.org/10.2307/1402588

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a", "a", "b", "b"], "tired": [2.0, 4.0, 7.0, None], "weight": [1, 3, 1, 1]})
    >>> table = wm.estimate(staff, "tired", by="team", design=wm.SurveyDesign(weight="weight"))
    >>> table.frame[["team", "estimate", "n", "n_missing", "n_effective"]]
      team  estimate  n  n_missing  n_effective
    0    a       3.5  2          0          1.6
    1    b       7.0  1          1          1.0
    """
    conf_level = check_conf_level(conf_level)
    design = SurveyDesign() if design is None else design
    if not isinstance(design, SurveyDesign):
        raise InvalidArgumentError(
            "design", "a SurveyDesign", f"a {type(design).__name__}", "write design=wm.SurveyDesign(weight='...')"
        )
    names = _indicator_names(indicators)
    groups_by = grouping_columns(by)
    needed = tuple(dict.fromkeys([*groups_by, *design.columns]))
    source = collected(data, (*needed, *(name.removeprefix(SHARE_PREFIX) for name in names)))
    table = columns_as_pandas(source, needed)
    if not len(table):
        raise InvalidDataError("data", "at least one respondent", "none", "pass the rows that were kept")

    groups = group_codes(table, groups_by, missing="no group")
    arrays = design.on(table)
    cells = domain_cells(groups.codes, len(groups), arrays)
    kinds: dict[str, Kind] = {}
    columns = []
    for name in names:
        indicator = indicator_values(source, name)
        kinds[name] = indicator.kind
        columns.append(_estimates(indicator.values, cells, is_share=indicator.kind == "share", conf_level=conf_level))
    frame = _tidy(groups.labels, names, columns)
    provenance = {
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "design": design if design.columns else None,
        "conf_level": conf_level,
        "n_respondents": len(table),
        "n_without_group": groups.n_without_group if groups_by else None,
        "n_zero_weight": int(((arrays.weight == 0) & (groups.codes >= 0)).sum()) or None,
    }
    return EstimateTable(frame, groups_by, provenance, kinds)


def _indicator_names(indicators: str | Sequence[str]) -> tuple[str, ...]:
    names = (indicators,) if isinstance(indicators, str) else tuple(indicators)
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidArgumentError("indicators", "one or more names", "none, or not text", "see indicators.catalogue()")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InvalidArgumentError("indicators", "each name once", f"{twice[0]!r} more than once", "leave one out")
    return names


def _estimates(
    values: npt.NDArray[np.float64], cells: DomainCells, *, is_share: bool, conf_level: float
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the result columns of one indicator, each of shape (n_groups,)."""
    totals = domain_totals(values, cells)
    std_error = np.sqrt(totals.variance)
    if is_share:
        low, high = share_interval(
            totals.mean, std_error, totals.df, totals.n, totals.n_effective, conf_level=conf_level
        )
    else:
        low, high = mean_interval(totals.mean, std_error, totals.df, conf_level=conf_level)
    return {
        "estimate": totals.mean,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "n": totals.n,
        "n_missing": totals.n_missing,
        "n_effective": totals.n_effective,
        "weight_sum": totals.weight_sum,
        "df": totals.df,
    }


def _tidy(
    labels: pd.DataFrame, names: tuple[str, ...], columns: list[dict[str, npt.NDArray[np.generic]]]
) -> pd.DataFrame:
    """Interleave the indicators: group by group, within a group in the order asked."""
    n_groups = len(labels)
    frame = labels.take(np.repeat(np.arange(n_groups), len(names))).reset_index(drop=True)
    frame["indicator"] = list(names) * n_groups
    for column in columns[0]:
        frame[column] = np.column_stack([indicator[column] for indicator in columns]).ravel()
    return frame
