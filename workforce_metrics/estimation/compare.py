"""Groups compared: with the rest, with all, with a reference, or with their benchmark group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.comparison import Comparison, comparison_design, comparison_frame
from workforce_metrics.estimation.contrast_cells import contrast_cells
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.indicator_totals import indicator_names
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import Groups, group_codes
from workforce_metrics.indicators.by_name import SHARE_PREFIX, indicator_values
from workforce_metrics.multiplicity import Adjustment, check_adjustment
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, check_conf_level, grouping_columns

__all__ = ["Against", "compare"]

Against = Literal["rest", "all"]
Codes = npt.NDArray[np.int64]


def compare(
    data: StaffSurvey | IntoFrame,
    indicators: str | Sequence[str],
    *,
    by: str | Sequence[str],
    against: Against | None = None,
    reference: object = None,
    within: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    adjust: Adjustment = "none",
    conf_level: float = 0.95,
) -> Comparison:
    """Compare each group with the rest, with all, or with a reference group, with the covariance of one survey.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once). A table of
        estimates does not do: it does not hold how its rows vary together.
    indicators : str or sequence of str
        Names as `estimate` takes them.
    by : str or sequence of str
        Columns whose combinations are the groups.
    against : {"rest", "all"}, optional
        "rest": all respondents who are in some group and not in this one, the default; "all": those in any group, this
        one included, as a national average is published.
    reference : object, optional
        A group, in place of `against`: the value of `by`, or a tuple of values where `by` names several columns.
    within : str or sequence of str, optional
        Columns within which to compare: ``within="benchmark_group"`` takes rest, all or reference from the group's own
        benchmark group; ``by="sex", within="organisation", reference="male"`` compares the sexes in each organisation.
    design : SurveyDesign, optional
        How respondents were selected and weighted; without it each counts once and was drawn independently.
    adjust : {"none", "bonferroni", "holm", "bh"}, default "none"
        How `p_adjusted` allows for all tests of the call.
    conf_level : float, default 0.95
        In (0, 1); of each interval by itself.

    Returns
    -------
    Comparison
        One row for each group that is compared, each indicator, and each term: "difference" (group less comparator,
        in the unit of the indicator) and, for shares, "ratio". `group_estimate` and `against_estimate` are the two
        levels, `n` and `n_against` who answered in each; `df` is clusters less strata of those who answered in either,
        less 1. A reference group has no row.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidArgumentError
        If `against` and `reference` are both given, the reference does not occur, there is one group only, or a
        table of estimates is passed.
    InvalidDataError
        If there is no respondent, or the design contradicts the data.

    Notes
    -----
    Group and comparator are parts of one sample. The standard error is that of the difference of their linearised
    influences (see `workforce_metrics.estimation.contrasts.domain_contrasts`), never the root of two sums of squares:
    people in both, clusters with members in both and strata count. For groups drawn independently the two agree.

    The difference has the interval ``estimate -+ t(df) * std_error``; for two groups the test is that of the
    coefficient in R's ``svyglm(y ~ group)``. The ratio has its interval and test on the logarithmic scale, and is
    missing where a share is 0. Where either side rests on fewer than two clusters there is no standard error; where
    all answers are alike it is 0 and there is no test.

    `p_adjusted` takes every row of a term as one family, over groups and indicators; call once an indicator for
    families of one indicator. `adjust="none"` says that nothing was allowed for.

    References
    ----------
    Lumley T (2010). Complex Surveys: A Guide to Analysis Using R. Wiley, chapter 5.
    https://doi.org/10.1002/9780470580066

    Binder DA (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review 51, 279-292. https://doi.org/10.2307/1402588

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": list("aabbbb"), "tired": [2.0, 4.0, 5.0, 6.0, 7.0, 8.0]})
    >>> compared = wm.compare(staff, "tired", by="team", reference="b").frame
    >>> compared[["team", "against", "estimate", "group_estimate", "against_estimate", "df"]]
      team against  estimate  group_estimate  against_estimate  df
    0    a       b      -3.5             3.0               6.5   4
    """
    conf_level, adjust = check_conf_level(conf_level), check_adjustment(adjust)
    design, names = comparison_design(design), indicator_names(indicators)
    against = _check_against(data, against, reference)
    inside, groups_by = grouping_columns(within, "within"), grouping_columns(by)
    every = grouping_columns((*inside, *groups_by))
    needed = tuple(dict.fromkeys([*every, *design.columns]))
    source = collected(data, (*needed, *(name.removeprefix(SHARE_PREFIX) for name in names)))
    table = columns_as_pandas(source, needed)
    if not len(table):
        raise InvalidDataError("data", "at least one respondent", "none", "pass the rows that were kept")

    groups = group_codes(table, every, missing="no group")
    plan = _plan(groups, inside, groups_by, against, reference)
    arrays = design.on(table)
    cells = contrast_cells(groups.codes, len(groups), plan.comparator, plan.target, arrays)
    frame, kinds = comparison_frame(
        groups.labels, [plan.name] * len(groups), (indicator_values(source, name) for name in names), cells,
        without_own=against == "rest", tested=plan.target >= 0, adjust=adjust, conf_level=conf_level,
    )  # fmt: skip
    provenance = {
        **provenance_of(data, len(table)),
        "data": data.codebook.name if isinstance(data, StaffSurvey) else DATA_FRAME,
        "against": plan.name,
        "within": ", ".join(inside) or None,
        "design": design if design.columns else None,
        "adjust": adjust,
        "conf_level": conf_level,
        "n_respondents": len(table),
        "n_without_group": groups.n_without_group,
        "n_zero_weight": int(((arrays.weight == 0) & (groups.codes >= 0)).sum()) or None,
    }
    return Comparison(frame, every, provenance, kinds)


@dataclass(frozen=True, eq=False)
class _Plan:
    """The comparator of each row and of each group, and what it is called."""

    comparator: Codes
    target: Codes
    name: str


def _check_against(data: object, against: Against | None, reference: object) -> Against | None:
    """Return "rest" or "all", or None where a reference is given."""
    if isinstance(data, Result):
        raise InvalidArgumentError(
            "data",
            "respondents",
            "a table of estimates",
            "pass the survey: a table does not hold how rows vary together",
        )
    if reference is not None and against is not None:
        raise InvalidArgumentError("against", "either against or reference", "both", "leave one out")
    if against not in {None, "rest", "all"}:
        raise InvalidArgumentError(
            "against", "'rest' or 'all'", repr(against), "write reference= for a group, within= for a benchmark group"
        )
    return "rest" if against is None and reference is None else against


def _plan(
    groups: Groups, within: tuple[str, ...], by: tuple[str, ...], against: Against | None, reference: object
) -> _Plan:
    inside = group_codes(groups.labels, within, missing="no group").codes
    if len(groups) < 2:
        raise InvalidArgumentError("by", "at least two groups", f"{len(groups)}", "name a column with several values")
    belongs = groups.codes >= 0
    if against is not None:
        comparator = np.where(belongs, inside[np.maximum(groups.codes, 0)], -1)
        return _Plan(comparator, inside.copy(), against)
    is_reference = _is_reference(groups.labels, by, reference)
    comparator_of_group = np.where(is_reference, inside, -1)
    has_one = np.isin(inside, inside[is_reference])
    comparator = np.where(belongs, comparator_of_group[np.maximum(groups.codes, 0)], -1)
    name = ", ".join(map(str, _values(reference, by)))
    return _Plan(comparator, np.where(has_one & ~is_reference, inside, -1), name)


def _values(reference: object, by: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(reference) if isinstance(reference, (tuple, list)) and len(by) > 1 else (reference,)


def _is_reference(labels: pd.DataFrame, by: tuple[str, ...], reference: object) -> npt.NDArray[np.bool_]:
    values = _values(reference, by)
    if len(values) != len(by):
        raise InvalidArgumentError(
            "reference", f"{len(by)} values, one of each column of by", f"{len(values)}", "give a tuple in their order"
        )
    found = np.ones(len(labels), dtype=bool)
    for name, value in zip(by, values, strict=True):
        found &= (labels[name].astype(object) == value).to_numpy(dtype=bool)
    if not found.any():
        raise InvalidArgumentError(
            "reference",
            f"a group of {', '.join(by)}",
            repr(reference),
            "give a value that occurs, of the column's type",
        )
    return found
