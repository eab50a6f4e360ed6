"""Respondents who gave one answer all down the page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.reliability.scale_items import ItemNames, collected_items, item_names
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import indicator_values
from workforce_metrics.results import is_finite_number

__all__ = ["longest_runs", "straight_lining"]

FloatArray = npt.NDArray[np.float64]

LEAST_ITEMS = 3
"""Fewer answers than this are no line."""


def straight_lining(
    data: StaffSurvey | IntoFrame, items: ItemNames, *, at_least: float = 1.0, min_answered: int = LEAST_ITEMS
) -> pd.Series[bool]:
    """Return who gave the same answer to item after item, in the codes of the questionnaire.

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent.
    items : str, sequence of str, or mapping of str to sequence of str
        As `reliability` takes them, of one scale, in the order of the questionnaire; with both directions among them.
    at_least : float, default 1
        The share of a respondent's answers in the longest run of one code from which on it is a line, in (0, 1]: 1 is
        every answer alike.
    min_answered : int, default 3
        With fewer answers it is missing.

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), nullable boolean, named "straight_lining"; the index of a pandas frame or of
        ``survey.table``.

    Raises
    ------
    MissingColumnError, InvalidDataError
        If an item is not there or does not hold numbers.
    InvalidArgumentError
        If more than one scale is asked for, `at_least` is not in (0, 1], or `min_answered` is not from 3 to the
        number of items.

    Notes
    -----
    Codes are compared as ticked, before items are reversed: "agree" to "I am worn out" and to "I have energy left" is
    one line. Where all items point one way, equal answers may be an honest opinion: read the flag only for items of
    both directions. Items that were not answered are passed over; they neither end a run nor count.

    References
    ----------
    Johnson JA (2005). Ascertaining the validity of individual protocols from web-based personality inventories.
    Journal of Research in Personality 39, 103-129. https://doi.org/10.1016/j.jrp.2004.09.009

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> answers = pd.DataFrame({"a": [3, 4, 3, None], "b": [3, 4, 2, 5], "c": [3, 4, 4, None], "d": [3, 1, 5, 5]})
    >>> wm.straight_lining(answers, ["a", "b", "c", "d"]).tolist()
    [True, False, False, <NA>]
    >>> wm.straight_lining(answers, ["a", "b", "c", "d"], at_least=0.75).tolist()
    [True, True, False, <NA>]
    """
    named = item_names(data, items)
    if len(named) > 1:
        raise InvalidArgumentError("items", "the items of one scale", f"{len(named)} scales", "ask for each apart")
    (members,) = named.values()
    if not is_finite_number(at_least) or not 0 < at_least <= 1:
        raise InvalidArgumentError("at_least", "a share in (0, 1]", repr(at_least), "write 1 for every answer alike")
    is_whole = isinstance(min_answered, (int, np.integer)) and not isinstance(min_answered, bool)
    if not is_whole or not LEAST_ITEMS <= min_answered <= len(members):
        raise InvalidArgumentError(
            "min_answered", f"a whole number from {LEAST_ITEMS} to the number of items, {len(members)}",
            repr(min_answered), "name more items, or a smaller number",
        )  # fmt: skip
    codes = _codes(collected_items(data, named), members)
    share, n_answered = longest_runs(codes)
    flag = pd.array(share >= at_least - 1e-12, dtype="boolean")
    flag[n_answered < min_answered] = pd.NA
    native = data.table if isinstance(data, StaffSurvey) else data
    index = native.index if isinstance(native, pd.DataFrame) else None
    return pd.Series(flag, index=index, name="straight_lining")


def longest_runs(codes: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the longest run of one code as a share of the answers given, and how many were given.

    Parameters
    ----------
    codes : numpy.ndarray of float64, shape (n_respondents, n_items)
        NaN where not answered.

    Returns
    -------
    share : numpy.ndarray of float64, shape (n_respondents,)
        NaN where nothing was answered.
    n_answered : numpy.ndarray of int64, shape (n_respondents,)

    Examples
    --------
    >>> import numpy as np
    >>> longest_runs(np.array([[1.0, 1.0, np.nan, 1.0, 2.0]]))
    (array([0.75]), array([4]))
    """
    last = np.full(len(codes), np.nan)
    run, longest = np.zeros(len(codes)), np.zeros(len(codes))
    for code in codes.T:
        answered = ~np.isnan(code)
        run = np.where(answered, np.where(code == last, run + 1, 1.0), run)
        last = np.where(answered, code, last)
        longest = np.maximum(longest, run)
    n_answered = (~np.isnan(codes)).sum(axis=1)
    share = np.full(len(codes), np.nan)
    np.divide(longest, n_answered, out=share, where=n_answered > 0)
    return share, n_answered


def _codes(data: StaffSurvey | IntoFrame, items: tuple[str, ...]) -> FloatArray:
    """Return the codes as ticked; of a codebook's item only those that carry a value are answers."""
    columns = []
    for item in items:
        if isinstance(data, StaffSurvey):
            codes, scored = data.codes(item), list(data.codebook.item(item).scale.values("positive"))
            columns.append(np.where(np.isin(codes, scored), codes, np.nan))
        else:
            indicator = indicator_values(data, item)
            columns.append(indicator.values)
    return np.column_stack(columns)
