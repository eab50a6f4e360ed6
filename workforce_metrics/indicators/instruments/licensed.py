"""The Maslach inventory, by the licensee's own key: none is shipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from workforce_metrics.codebooks.instrument_records import InstrumentScore
from workforce_metrics.codebooks.scale import LARGEST_CODE
from workforce_metrics.errors import InvalidArgumentError, MissingColumnError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.instruments.rules import resolve_rules, resolve_unscored
from workforce_metrics.indicators.instruments.scoring import score_by_rules

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["KEY_COLUMNS", "maslach"]

KEY_COLUMNS = ("item", "subscale", "reversed", "low", "high")
"""The columns of a key."""


def maslach(
    data: StaffSurvey | IntoFrame,
    *,
    key: pd.DataFrame,
    statistic: Literal["mean", "sum"],
    min_answered: int | Mapping[str, int],
    not_scored: Collection[int] = (),
) -> pd.DataFrame:
    """Return the subscales of the Maslach Burnout Inventory by the key of your licence.

    The inventory is proprietary (Mind Garden): no use in whole or part without a licence. This library holds neither
    its items nor its key. The function scores any instrument whose key you may use and may not publish.

    Parameters
    ----------
    data : data frame or StaffSurvey
        The answers, one row a respondent: whole codes, missing where not answered.
    key : pandas.DataFrame
        One row an item: ``item`` (the column of `data`), ``subscale`` (the column of the result), ``reversed`` (True
        or False), ``low`` and ``high`` (the first and last code of an answer, alike within a subscale).
    statistic : {"mean", "sum"}
        Of the answered items, or of all: with a missing item the mean of the person's others stands for it.
    min_answered : int or mapping of str to int
        How many items of a subscale must be answered, by your manual; with fewer the score is missing.
    not_scored : collection of int, optional
        Codes that count as not answered.

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, n_subscales), float64, one column a subscale in the key's order, NaN where missing; the
        index of a pandas frame. There is no total over subscales.

    Raises
    ------
    InvalidArgumentError
        If the key lacks a column, lists an item twice, or its ranges contradict each other; or a minimum is out of
        range.
    MissingColumnError
        If an item of the key is not in `data`.
    InvalidDataError
        If an item holds text, or a code outside its range that is not in `not_scored`.

    Notes
    -----
    No cut-offs are shipped: the publisher's manual has had none since its fourth edition (status: unverified).

    Examples
    --------
    >>> import pandas as pd
    >>> key = pd.DataFrame({"item": ["x1", "x2"], "subscale": "strain", "reversed": [False, True], "low": 0, "high": 6})
    >>> answers = pd.DataFrame({"x1": [6, 2], "x2": [0, None]})
    >>> maslach(answers, key=key, statistic="sum", min_answered=1)["strain"].tolist()
    [12.0, 4.0]
    """
    if statistic not in {"mean", "sum"}:
        raise InvalidArgumentError("statistic", "'mean' or 'sum'", repr(statistic), "say which your manual asks for")
    rules = resolve_rules(_scores(_checked(key), statistic), min_answered=min_answered)
    columns = {item: item for rule in rules for item in rule.score.items}
    return score_by_rules(data, rules, columns, resolve_unscored(rules, not_scored))


def _checked(key: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(key, pd.DataFrame):
        raise InvalidArgumentError("key", "a data frame", type(key).__name__, f"columns {', '.join(KEY_COLUMNS)}")
    absent = [column for column in KEY_COLUMNS if column not in key.columns]
    if absent:
        raise MissingColumnError("key", f"columns {', '.join(KEY_COLUMNS)}", f"no {', '.join(absent)}", "add them")
    if not len(key) or key[list(KEY_COLUMNS)].isna().any(axis=None) or key["item"].duplicated().any():
        raise InvalidArgumentError("key", "one full row an item", "none, blanks or an item twice", "complete the key")
    if not pd.api.types.is_bool_dtype(key["reversed"]):
        raise InvalidArgumentError("key", "reversed True or False", f"{key['reversed'].dtype}", "write True or False")
    ends = key[["low", "high"]]
    are_whole = all(pd.api.types.is_integer_dtype(ends[column]) for column in ends)
    if not are_whole or not ((ends["low"] >= 0) & (ends["low"] < ends["high"]) & (ends["high"] <= LARGEST_CODE)).all():
        raise InvalidArgumentError("key", "whole low below whole high, from 0", "others", "correct low and high")
    if key[["subscale", "low", "high"]].drop_duplicates()["subscale"].duplicated().any():
        raise InvalidArgumentError("key", "one range within a subscale", "several", "correct low and high")
    return key


def _scores(key: pd.DataFrame, statistic: str) -> list[InstrumentScore]:
    return [
        InstrumentScore(
            name=str(subscale),
            instrument="the licensee's own key",
            label=str(subscale),
            items=tuple(rows["item"]),
            reversed_items=frozenset(rows.loc[rows["reversed"], "item"]),
            codes=tuple(range(int(rows["low"].iloc[0]), int(rows["high"].iloc[0]) + 1)),
            statistics=(statistic,),
            min_answered=len(rows),
        )
        for subscale, rows in key.groupby("subscale", sort=False)
    ]
