"""Percent positive: of a group, the share of favourable answers to each item, averaged over the items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workforce_metrics.codebooks.instruments import instrument
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import group_codes
from workforce_metrics.indicators.instruments.answers import answer_columns, collected, frame_of, item_codes
from workforce_metrics.indicators.instruments.composites import composite
from workforce_metrics.indicators.instruments.rules import chosen_scores, item_columns, resolve_rules, resolve_unscored
from workforce_metrics.indicators.instruments.scoring import lookups_of, refuse_other_codes
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from narwhals.typing import IntoFrame

__all__ = ["PercentPositive", "positive_answers", "sops_hospital"]

SOPS = "SOPS-Hospital-2.0"


@dataclass(frozen=True, repr=False, eq=False)
class PercentPositive(Result):
    """Composites of groups: `indicator, estimate, std_error, conf_low, conf_high, n, n_missing` after the groups.

    Examples
    --------
    >>> import pandas as pd
    >>> PercentPositive(pd.DataFrame({"estimate": [0.5]}))
    <PercentPositive: 1 row>
    """

    _title: ClassVar[str] = "PercentPositive"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a dot and its interval for each group."""
        from workforce_metrics.plotting.dots import draw_estimates

        return draw_estimates(self.table, by=self.by, ax=ax, percent=True, caption=self.caption)


def positive_answers(
    data: StaffSurvey | IntoFrame,
    *,
    scores: Sequence[str] | None = None,
    items: Mapping[str, str] | None = None,
    codes: Mapping[int, int] | None = None,
    not_scored: Collection[int] | None = None,
) -> pd.DataFrame:
    """Return for every respondent and item of the SOPS Hospital Survey 2.0 whether the answer is favourable.

    Parameters
    ----------
    data, items, codes
        As `score_instrument` takes them; items go by the codes of the questionnaire, "A1" to "F6".
    scores : sequence of str, optional
        The composites wanted, such as ["sops_teamwork"]. Default: all ten.
    not_scored : collection of int, optional
        Codes that count as not answered. Default: 9, does not apply or don't know (status: documented).

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, n_items), float64, one column an item: 1 favourable, 0 not, NaN not answered; the index
        of a pandas frame. A column is a share for `estimate`, ``"share:A1"``.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        As `score_instrument`.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"A1": [4, 9], "A8": [3, 5], "A9": [2, 4]})  # A9 is worded negatively
    >>> positive_answers(answers, scores=["sops_teamwork"]).to_numpy().tolist()
    [[1.0, 0.0, 1.0], [nan, 1.0, 0.0]]
    """
    one = instrument(SOPS)
    rules = resolve_rules(chosen_scores(one, scores), codes=codes)
    columns = item_columns(one, [rule.score for rule in rules], items)
    unscored = resolve_unscored(rules, not_scored)
    table = answer_columns(data, columns)
    answers = {item: item_codes(table[item].rename(columns[item]), unscored) for item in columns}
    favourable = {}
    for rule in rules:
        refuse_other_codes(rule, answers, columns)
        lookups = lookups_of(rule)
        for item in rule.score.items:
            is_positive = lookups[item].value[answers[item]] >= rule.codes[-2]
            favourable[item] = np.where(lookups[item].answered[answers[item]], is_positive.astype(np.float64), np.nan)
    return pd.DataFrame(favourable, index=table.index)


def sops_hospital(
    data: StaffSurvey | IntoFrame,
    *,
    by: str | Sequence[str] | None = None,
    scores: Sequence[str] | None = None,
    items: Mapping[str, str] | None = None,
    codes: Mapping[int, int] | None = None,
    not_scored: Collection[int] | None = None,
    conf_level: float = 0.95,
) -> PercentPositive:
    """Return the composites of the SOPS Hospital Survey 2.0 for groups of respondents, such as units.

    Parameters
    ----------
    data, scores, items, codes, not_scored
        As `positive_answers` takes them.
    by : str or sequence of str, optional
        Columns that make the groups. Respondents whose group is missing are in no row. Default: one row for all.
    conf_level : float, default 0.95
        Level of the intervals, in (0, 1).

    Returns
    -------
    PercentPositive
        One row a group and composite: `indicator`, `estimate` (a share, 0 to 1), `std_error`, `conf_low`, `conf_high`,
        `n` (respondents of the group with at least one of the items answered), `n_missing` (the others). Publish it
        through `suppress`, which hides small groups; a composite of exactly 0 or 1 tells the answers of every member
        and is yours to withhold.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        As `score_instrument`, or if a column of `by` is not there.

    Notes
    -----
    Of each item, the share of favourable answers (codes 4 and 5; 1 and 2 where it is worded negatively) among its
    valid answers in the group; a composite is their unweighted mean, missing where an item has no valid answer. That
    differs from the mean of the respondents' own shares as soon as answers are missing, which is why this instrument
    has no score of a respondent. The standard error is linearised over respondents drawn independently, with the
    factor N / (N - 1) for all N of them, as `estimate` has it; the interval is symmetric on the logit scale with the
    t quantile of n - 1 degrees of freedom, and missing for a share of exactly 0 or 1. For other designs estimate the
    items: ``estimate(positive_answers(data), ["share:A1"], design=...)``.

    References
    ----------
    .. [1] Agency for Healthcare Research and Quality. SOPS Hospital Survey 2.0,
       https://www.ahrq.gov/sops/surveys/hospital/index.html

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"unit": ["A", "A", "B"], "C1": [5, 4, 2], "C2": [4, 9, 3], "C3": [1, 5, 4]})
    >>> sops_hospital(answers, by="unit", scores=["sops_communication_about_error"]).frame[["unit", "estimate", "n"]]
      unit  estimate  n
    0    A  0.833333  2
    1    B  0.333333  1
    """
    check_conf_level(conf_level)
    groups_by = grouping_columns(by)
    held = collected(data)
    positive = positive_answers(held, scores=scores, items=items, codes=codes, not_scored=not_scored)
    groups = group_codes(frame_of(held, groups_by), groups_by, missing="no group")
    parts = []
    for score in chosen_scores(instrument(SOPS), scores):
        found = composite(positive[list(score.items)].to_numpy(), groups.codes, len(groups), conf_level=conf_level)
        parts.append(groups.labels.reset_index(drop=True).assign(indicator=score.name, **found))
    table = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    provenance = {
        **provenance_of(held, len(positive)),
        "instrument": SOPS,
        "n_respondents": len(positive),
        "n_without_group": groups.n_without_group,
        "conf_level": conf_level,
    }
    return PercentPositive(table, groups_by, provenance)
