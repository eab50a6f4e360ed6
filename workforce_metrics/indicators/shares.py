"""Responses to shares: who is counted in the published percentage of one item."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.checks import check_survey, refuse_off_scale, require_items
from workforce_metrics.indicators.item_means import lookup, mean_of_items

__all__ = ["share"]


def share(
    survey: StaffSurvey, concept: str, *, counted: Collection[int] | None = None, base: Collection[int] | None = None
) -> pd.Series[float]:
    """Return who is counted in the percentage of one item: 1, 0, or missing where not in its base.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept.
    concept : str
        An item of the codebook, such as "burnout_burnt_out".
    counted : collection of int, optional
        The codes in the numerator. Default: those of the published percentage; an item without one needs them.
    base : collection of int, optional
        The codes in the denominator. Default: those of the published percentage, or, where none is published, every
        answer that the item offers. For ``errors_treated_fairly``, ``errors_encouraged_report``,
        ``errors_action_taken``, ``errors_feedback`` and ``access_clinical_supervision`` it is unknown whether the
        published base holds code 9 ("don't know", "not applicable"): the default leaves it out (status "unknown");
        ``base=[1, 2, 3, 4, 5, 9]`` takes it in.

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, named `concept`: 1.0 counted, 0.0 in the base and not counted, NaN not in the
        base, not answered or not asked; the index of ``survey.table``.

    Raises
    ------
    CodebookError
        If the codebook has no such item.
    MissingColumnError
        If the extract lacks the item.
    InvalidArgumentError
        If no percentage is published and `counted` is not given, or the codes are not answers of the item.
    InvalidDataError
        If the item holds a code outside its scale.

    Notes
    -----
    The mean of the result over respondents is the share ``n(counted) / n(base)``. Which way a larger share points
    differs by item: see `catalogue`.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.extracts import LoadReport, StaffSurvey
    >>> from workforce_metrics.indicators.shares import share
    >>> answers = pd.DataFrame({"burnout_burnt_out": [1, 4, 5, None]}, dtype="Int8")
    >>> report = LoadReport("example", 4, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    >>> survey = StaffSurvey(answers, wm.nhs_staff_survey(2024), report)
    >>> share(survey, "burnout_burnt_out").tolist()
    [0.0, 1.0, 1.0, nan]
    """
    item = check_survey(survey).codebook.item(concept)
    numerator, denominator = _counted_and_base(item, counted, base)
    require_items(survey, [concept], f"share {concept!r}")
    table = lookup({code: float(code in numerator) for code in denominator}, item.scale.codes)
    means = mean_of_items([survey.codes(concept)], [table], min_answered=1)
    refuse_off_scale(means.n_off_scale, f"item {concept!r}")
    return pd.Series(means.mean, index=survey.table.index, name=concept)


def _counted_and_base(
    item: Item, counted: Collection[int] | None, base: Collection[int] | None
) -> tuple[frozenset[int], frozenset[int]]:
    numerator = item.counted if counted is None else _codes("counted", counted, item)
    denominator = (item.base or item.scale.codes) if base is None else _codes("base", base, item)
    if not numerator:
        raise InvalidArgumentError(
            "counted",
            f"the codes to count, as no percentage of {item.concept!r} is published",
            "none",
            f"write counted=[...] with some of {_listed(item.scale.codes)}",
        )
    if not numerator <= denominator:
        raise InvalidArgumentError(
            "base",
            f"every counted code of {item.concept!r} in the base",
            f"counted {_listed(numerator)} and base {_listed(denominator)}",
            "add the counted codes to base",
        )
    return numerator, denominator


def _codes(argument: str, codes: Collection[int], item: Item) -> frozenset[int]:
    are_whole = all(isinstance(code, (int, np.integer)) and not isinstance(code, bool) for code in codes)
    if not are_whole or not codes or not frozenset(codes) <= item.scale.codes:
        raise InvalidArgumentError(
            argument,
            f"codes of {item.concept!r} ({_listed(item.scale.codes)})",
            repr(codes),
            "name codes of the item, such as [4, 5]",
        )
    return frozenset(int(code) for code in codes)


def _listed(codes: Collection[int]) -> str:
    return ", ".join(map(str, sorted(codes)))
