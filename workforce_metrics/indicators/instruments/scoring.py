"""Answers to the scores of a documented instrument: one engine for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.instruments import instrument as instrument_named
from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.instruments.answers import answer_columns, item_codes
from workforce_metrics.indicators.instruments.rules import (
    CodeRange,
    Rule,
    chosen_scores,
    item_columns,
    no_score_of_a_respondent,
    resolve_rules,
    resolve_unscored,
)
from workforce_metrics.indicators.instruments.statistics import score_values
from workforce_metrics.indicators.item_means import Lookup, lookup, mean_of_items

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["lookups_of", "refuse_other_codes", "score_by_rules", "score_instrument"]


def score_instrument(
    data: StaffSurvey | IntoFrame,
    instrument: str,
    *,
    scores: Sequence[str] | None = None,
    items: Mapping[str, str] | None = None,
    codes: Mapping[int, int] | None = None,
    not_scored: Collection[int] | None = None,
    min_answered: int | Mapping[str, int] | None = None,
    statistic: str | None = None,
    code_range: CodeRange | None = None,
) -> pd.DataFrame:
    """Return the scores of a documented instrument for every respondent.

    Parameters
    ----------
    data : data frame or StaffSurvey
        The answers, one row a respondent, one column an item: whole codes, missing where not answered. Any frame
        that Narwhals reads.
    instrument : str
        Its short name, such as "CBI"; see `catalogue`.
    scores : sequence of str, optional
        The scores wanted, such as ["cbi_work"]. Default: all, so every item is needed.
    items : mapping of str to str, optional
        Item code to the name of its column, such as ``{"WB1": "q12a"}``. An item that is not named is looked for under
        its own code.
    codes : mapping of int to int, optional
        The file's codes to the instrument's, for all items alike, such as ``{1: 100, 2: 75, 3: 50, 4: 25, 5: 0}``.
        Default: the file holds the instrument's codes.
    not_scored : collection of int, optional
        Codes that count as not answered ("not applicable"). Default: the instrument's, with the status that
        `catalogue` gives.
    min_answered : int or mapping of str to int, optional
        How many items must be answered, for all scores or by a score's name; with fewer the score is missing. Default:
        the instrument's rule, whose status stands in `catalogue`; where none is published, mostly every item.
    statistic : {"mean", "sum", "percent", "converted"}, optional
        Another statistic that is published for the scores; its name then stands behind the score's. Default: the usual
        one.
    code_range : (int, int) or mapping of str to (int, int), optional
        The first and last code in another known edition, for all scores or by a score's name.

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, n_scores), float64, one column a score, NaN where missing; the index of a pandas frame.

    Raises
    ------
    CodebookError
        If there is no such instrument, or it has no scores of respondents by a shipped key.
    MissingColumnError
        If the column of an item is not there: a score is never taken over fewer items than it has.
    InvalidArgumentError
        If an option names what the instrument does not have, or is out of range.
    InvalidDataError
        If an item holds text, or a code that is neither an answer nor in `not_scored`.

    Notes
    -----
    The values of the answered items (reversed where the key says so, about the middle of the scale) are averaged and
    put into the units of the statistic: "sum" is the mean times the number of items, so with a missing item the mean
    of the person's others stands for it; "percent" puts the ends of the scale at 0 and 100; "converted" looks the sum
    up in the published table. `bands` puts a score in words.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.indicators.instruments import score_instrument
    >>> answers = pd.DataFrame({f"WHO{i}": [3, 1, None] for i in range(1, 6)}, index=["a", "b", "c"])
    >>> score_instrument(answers, "WHO-5")
       who5
    a  60.0
    b  20.0
    c   NaN
    >>> wm.estimate(score_instrument(answers, "WHO-5"), ["who5"]).frame[["indicator", "estimate", "n"]]
      indicator  estimate  n
    0      who5      40.0  2
    """
    one = instrument_named(instrument)
    wanted = chosen_scores(one, scores)
    if not wanted or any(score.statistics[0] == "positive" for score in wanted):
        raise no_score_of_a_respondent(one)
    rules = resolve_rules(wanted, codes=codes, min_answered=min_answered, statistic=statistic, code_range=code_range)
    return score_by_rules(data, rules, item_columns(one, wanted, items), resolve_unscored(rules, not_scored))


def score_by_rules(
    data: StaffSurvey | IntoFrame, rules: Sequence[Rule], columns: Mapping[str, str], not_scored: Collection[int]
) -> pd.DataFrame:
    """Return one column a rule; each item is read once.

    Parameters
    ----------
    data : StaffSurvey or data frame
        The answers.
    rules : sequence of Rule
        How each score is taken.
    columns : mapping of str to str
        Item to column.
    not_scored : collection of int
        Codes that count as not answered.

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, n_rules), float64.
    """
    table = answer_columns(data, columns)
    answers = {item: item_codes(table[item].rename(columns[item]), not_scored) for item in columns}
    return pd.DataFrame({rule.column: _values(rule, answers, columns) for rule in rules}, index=table.index)


def _values(
    rule: Rule, answers: Mapping[str, npt.NDArray[np.int16]], columns: Mapping[str, str]
) -> npt.NDArray[np.float64]:
    score = rule.score
    lookups = lookups_of(rule)
    means = mean_of_items(
        [answers[item] for item in score.items],
        [lookups[item] for item in score.items],
        min_answered=rule.min_answered,
    )
    if means.n_off_scale:
        refuse_other_codes(rule, answers, columns)
    return score_values(
        means,
        rule.statistic,
        n_items=len(score.items),
        low=rule.codes[0],
        high=rule.codes[-1],
        conversion=score.conversion,
    )


def lookups_of(rule: Rule) -> dict[str, Lookup]:
    """Return item to look-up table: one table for the items as they stand, one for the reversed."""
    tables: dict[bool, Lookup] = {}
    for item in rule.score.items:
        is_reversed = item in rule.score.reversed_items
        if is_reversed not in tables:
            values = rule.values(item)
            tables[is_reversed] = lookup(values, values.keys())
    return {item: tables[item in rule.score.reversed_items] for item in rule.score.items}


def refuse_other_codes(rule: Rule, answers: Mapping[str, npt.NDArray[np.int16]], columns: Mapping[str, str]) -> None:
    """Refuse codes that are no answers, naming the items and counting the cells; never the codes themselves."""
    lookups = lookups_of(rule)
    counts = {item: int(np.isinf(lookups[item].value[answers[item]]).sum()) for item in rule.score.items}
    found = {item: n for item, n in counts.items() if n}
    if not found:
        return
    named = ", ".join(item if item == columns[item] else f"{item} ({columns[item]})" for item in found)
    known = sorted(rule.recode or rule.codes)
    raise InvalidDataError(
        named,
        f"codes {', '.join(map(str, known))} of {rule.score.name}",
        f"another code in {sum(found.values()):,} cells",
        "map the file's codes with codes=, and name those that are no answer in not_scored=",
    )
