"""Scores, shares and columns estimated by group, with the standard errors and intervals of the survey's design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.breakdowns import ALL, BREAKDOWN_COLUMNS, breakdown_columns, group_tables
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate_rows import estimate_columns, tidy_rows
from workforce_metrics.estimation.fine_totals import REPLACEMENT, Replacement
from workforce_metrics.estimation.indicator_totals import Kind, indicator_totals, indicators_asked, parts_of
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.estimation.intervals import SHARE_METHODS, ShareMethod
from workforce_metrics.estimation.ratio import Ratio
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workforce_metrics.plotting.dot_panels import Order

__all__ = ["EstimateTable", "check_design", "estimate"]


@dataclass(frozen=True, repr=False, eq=False)
class EstimateTable(Result):
    """Estimates by group and indicator, as `estimate` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group and indicator: the grouping columns, `indicator`, `estimate`, `std_error`, `conf_low`,
        `conf_high`, `n`, `n_missing`, `n_effective`, `deff` where asked for, `weight_sum`, `df`; after `suppress`
        also `suppressed`.
    by : tuple of str
        Names of the grouping columns; with breakdowns `breakdown` and `level` are the last.
    provenance : mapping
        Data, design, level and number of respondents, those in no group included.
    kinds : mapping of str to str
        What each indicator is: "score" and "column" are means, "share" is a proportion from 0 to 1, "ratio" one sum
        over another.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)

    _title: ClassVar[str] = "EstimateTable"
    publishable: ClassVar[frozenset[str]] = Result.publishable | {"kinds"}

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    def apart(self) -> tuple[EstimateTable, ...]:
        """Return the groups taken whole and each breakdown as tables of their own, by the breakdown's own name.

        Returns
        -------
        tuple of EstimateTable
            Without breakdowns, the table itself. Levels are text; a breakdown without a row is left out.

        Examples
        --------
        >>> import pandas as pd
        >>> import workforce_metrics as wm
        >>> staff = pd.DataFrame({"team": ["a", "a", "b"], "sex": ["F", "M", "F"], "tired": [2.0, 4.0, 7.0]})
        >>> whole, by_sex = wm.estimate(staff, "tired", by="team", breakdowns="sex").apart()
        >>> whole.by, by_sex.by, by_sex.frame["sex"].tolist()
        (('team',), ('team', 'sex'), ['F', 'M', 'F'])
        """
        breakdown, level = BREAKDOWN_COLUMNS
        if breakdown not in self.by:
            return (self,)
        groups, tables = self.by[: -len(BREAKDOWN_COLUMNS)], []
        for name in self.table[breakdown].unique():
            rows = self.table[self.table[breakdown] == name].drop(columns=breakdown).reset_index(drop=True)
            whole = name == ALL
            rows = rows.drop(columns=level) if whole else rows.rename(columns={level: name})
            tables.append(replace(self, table=rows, by=groups if whole else (*groups, name)))
        return tuple(tables)

    def is_share(self) -> npt.NDArray[np.bool_]:
        """Return which rows are of indicators of the kind "share"."""
        shares = [name for name, kind in self.kinds.items() if kind == "share"]
        return np.asarray(self.table["indicator"].isin(shares), dtype=bool)

    def n_counted(self) -> npt.NDArray[np.float64]:
        """Return the estimate times `n` in rows of shares: who is counted, or with weights about as many."""
        estimate, n = (self.table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("estimate", "n"))
        return np.where(self.is_share(), np.round(estimate * n, 6), np.nan)

    def plot(self, ax: Axes | None = None, *, kind: Literal["dots", "heatmap"] = "dots") -> Axes:
        """Draw a dot and an interval for each group and indicator, or a heat map of groups by indicators.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.
        kind : {"dots", "heatmap"}, default "dots"
            A heat map holds many groups and indicators, but no intervals.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidArgumentError
            If `kind` is another word.
        """
        shares = [name for name, what in self.kinds.items() if what == "share"]
        if kind == "heatmap":
            from workforce_metrics.plotting.heat_map import draw_heat_map

            return draw_heat_map(
                self.frame, by=self.by, ax=ax, percent=shares, caption=str(self.provenance.get("data", ""))
            )
        if kind != "dots":
            raise InvalidArgumentError("kind", "'dots' or 'heatmap'", repr(kind), "pass one of the two")
        from workforce_metrics.plotting.dots import draw_estimates

        caption = self.caption + ("; scores: higher is better" if "score" in self.kinds.values() else "")
        order: Order = "group" if BREAKDOWN_COLUMNS[0] in self.by else "estimate"
        return draw_estimates(self.frame, by=self.by, ax=ax, percent=shares, order=order, caption=caption)


def estimate(
    data: StaffSurvey | IntoFrame,
    indicators: str | Ratio | Sequence[str | Ratio],
    *,
    by: str | Sequence[str] | None = None,
    breakdowns: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    interval: ShareMethod = "logit",
    deff: Replacement | None = None,
    conf_level: float = 0.95,
) -> EstimateTable:
    """Estimate means, shares and ratios by group, weighted, with standard errors and intervals.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    indicators : str, Ratio, or sequence of them
        Names of scores ("burnout"), published percentages ("share:burnout_burnt_out"), single items on their scale
        ("item:burnout_burnt_out") or numeric or boolean columns; or a `Ratio` of two of them.
    by : str or sequence of str, optional
        Columns whose combinations are the groups; with none, all respondents are one.
    breakdowns : str or sequence of str, optional
        Columns each of which divides every group by its levels: staff group, sex, age band. All are had from one pass
        over the answers, so many breakdowns of many groups and indicators cost little more than one.
    design : SurveyDesign, optional
        How respondents were selected and weighted; without it each counts once and was drawn independently.
    interval : {"logit", "wilson", "beta", "plain"}, default "logit"
        The interval of shares; see `workforce_metrics.estimation.intervals.share_interval`.
    deff : {"with_replacement", "without_replacement"}, optional
        Adds the design effect, column `deff`: the variance over the one that as many answers would have had, drawn
        at random with or without replacement from as many people as the weights add up to.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    EstimateTable
        One row for each group that occurs and each indicator, groups in category order or sorted by value,
        indicators as asked. With `breakdowns` the columns `breakdown` and `level` say which part of the group a row
        is about: first the groups whole ("all" in both), then breakdown after breakdown as asked, in each the groups
        and their levels in order, the level as text. `estimate`, `std_error` and limits are in the unit of the
        indicator, shares from 0 to 1; `n` and `n_missing` count respondents of weight above 0 who answered and who did
        not; `n_effective` is Kish's ``(sum w)^2 / sum w^2`` and `weight_sum` the sum of weights, both of those who
        answered; `df` is clusters less strata of those who answered.

    Raises
    ------
    MissingColumnError
        If a column of `by` or of the design is not there.
    InvalidArgumentError
        If an indicator or grouping column is given twice, a grouping column has the name of a result column, a
        breakdown is a grouping column too, or `interval` or `deff` is another word.
    InvalidDataError
        If there is no respondent, a column is not numeric, or the design contradicts the data.

    Notes
    -----
    The estimate is ``sum w y / sum w`` over those who answered. Its standard error is the linearised one of a domain
    of the design (see `workforce_metrics.estimation.fine_totals.table_totals`): a group is part of the whole sample, so
    clusters without a member of it count. Means have the interval ``estimate -+ t * std_error``, shares the logit
    one or that of `interval`, with `df` degrees of freedom; a share of exactly 0 or 1 has that of Korn and Graubard
    (see `workforce_metrics.estimation.intervals.share_interval`). Where one respondent or one cluster answered there is
    no standard error, and below one degree of freedom no interval. Answers that are all alike have the standard
    error 0.

    Answers that are missing are left out and counted in `n_missing`. Respondents with a missing value in a grouping
    column are in no row but remain in the design; their number is `n_without_group` in the provenance. Respondents
    of weight 0 are in no row either: `n_zero_weight` counts those in a group. A respondent without a level is in no
    row of that breakdown and in all others; `n_without_level` counts them by breakdown.

    The design effect is that of R's ``svymean(deff="replace")`` and ``svymean(deff=TRUE)``: the random variance is
    ``s^2 / n`` or ``s^2 / n * (1 - n / sum w)`` with ``s^2 = sum w (y - estimate)^2 / sum w * n / (n - 1)``. Without
    replacement it needs weights that add up to the population, and is missing where they do not exceed `n`.

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
    >>> staff["sex"] = ["F", "M", "F", "M"]
    >>> wm.estimate(staff, "tired", by="team", breakdowns="sex").frame[["team", "breakdown", "level", "estimate"]]
      team breakdown level  estimate
    0    a       all   all       3.0
    1    b       all   all       7.0
    2    a       sex     F       2.0
    3    a       sex     M       4.0
    4    b       sex     F       7.0
    5    b       sex     M       NaN
    """
    conf_level = check_conf_level(conf_level)
    design = check_design(design)
    _check_word("interval", interval, SHARE_METHODS)
    _check_word("deff", deff, (None, *REPLACEMENT))
    asked = indicators_asked(indicators)
    groups_by = grouping_columns(by)
    divided_by = breakdown_columns(breakdowns, groups_by)
    needed = tuple(dict.fromkeys([*groups_by, *divided_by, *design.columns]))
    names = tuple(dict.fromkeys(name for indicator in asked for name in parts_of(indicator)))
    source = collected(data, (*needed, *(name.removeprefix(SHARE_PREFIX) for name in names)))
    table = columns_as_pandas(source, needed)
    if not len(table):
        raise InvalidDataError("data", "at least one respondent", "none", "pass the rows that were kept")

    groups = group_tables(table, groups_by, divided_by, design.on(table))
    kinds, columns = {}, []
    for label, kind, totals in indicator_totals(source, asked, groups, with_spread=deff is not None):
        kinds[label] = kind
        columns.append(
            estimate_columns(totals, is_share=kind == "share", interval=interval, deff=deff, conf_level=conf_level)
        )
    frame = tidy_rows(groups.labels, list(kinds), columns)
    provenance = {
        **provenance_of(data, len(table)),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "design": design if design.columns else None,
        "interval": interval if "share" in kinds.values() and interval != "logit" else None,
        "deff": deff,
        "conf_level": conf_level,
        "n_respondents": len(table),
        "n_without_group": groups.n_without_group if groups_by else None,
        "n_without_level": groups.n_without_level or None,
        "n_zero_weight": groups.n_zero_weight or None,
    }
    return EstimateTable(frame, (*groups_by, *(BREAKDOWN_COLUMNS if divided_by else ())), provenance, kinds)


def check_design(design: SurveyDesign | None) -> SurveyDesign:
    """Return the design, one without columns where none is given; refuse anything else."""
    design = SurveyDesign() if design is None else design
    if not isinstance(design, SurveyDesign):
        raise InvalidArgumentError(
            "design", "a SurveyDesign", f"a {type(design).__name__}", "write design=wm.SurveyDesign(weight='...')"
        )
    return design


def _check_word(argument: str, word: str | None, words: tuple[str | None, ...]) -> None:
    if word not in words:
        raise InvalidArgumentError(argument, " or ".join(map(repr, words)), repr(word), "write one of them")
