"""Responses to scores, for any codebook: a score by its name, an item by its concept."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from workforce_metrics.errors import CodebookError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.checks import check_survey, refuse_off_scale, refuse_others, require_items
from workforce_metrics.indicators.item_means import lookup, mean_of_items
from workforce_metrics.indicators.score_arrays import ItemValues, score_arrays

__all__ = ["item_score", "score"]


def score(
    survey: StaffSurvey,
    name: str,
    *,
    min_answered: int | None = None,
    part_min_answered: Mapping[str, int] | None = None,
    item_values: ItemValues | None = None,
    leave_out: Collection[str] | None = None,
) -> pd.Series[float]:
    """Return one score of every respondent, by the rules of the survey's codebook.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept, with the codebook that scores them.
    name : str
        A score of the codebook, such as "burnout".
    min_answered : int, optional
        How many items must be answered (for a score of parts: how many parts must be there); with fewer the score is
        missing. Default: the codebook's own minimum, whose status stands in `catalogue`.
    part_min_answered : mapping of str to int, optional
        For a score of parts: the minimum of items of a part, by the part's name. Default: each part's own.
    item_values : mapping of str to mapping of int to float, optional
        Values that replace or add to those of the codebook, by concept and code, within the scale's range: the way to
        try another value for a constant whose status is "inferred", "unverified" or "unknown". The direction has been
        applied: these are values of the item, the favourable end high.
    leave_out : collection of str, optional
        Concepts that do not count. Default: by the respondent's edition, which for the NHS Staff Survey leaves
        ``msk_problems`` out of ``negative_experiences`` from 2025 (inferred). ``()`` leaves nothing out.

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, named `name`, NaN where missing; the index of ``survey.table``.

    Raises
    ------
    CodebookError
        If the codebook has no such score.
    MissingColumnError
        If the extract lacks an item of the score: a score is never taken over fewer items than it has.
    InvalidArgumentError
        If a minimum is out of range, or an option names an item, part or code that the score does not have.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    The mean of the values of the answered items; of a score of parts, the mean of its parts, not of their items. An
    item that was not answered, not asked, or answered in a way that carries no value ("don't know") counts as not
    answered.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.extracts import LoadReport, StaffSurvey
    >>> from workforce_metrics.indicators.scoring import score
    >>> answers = pd.DataFrame({"look_forward_to_work": [4, 5], "enthusiastic_job": [5, None],
    ...                         "time_passes_quickly": [3, None]}, dtype="Int8")
    >>> report = LoadReport("example", 2, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    >>> survey = StaffSurvey(answers, wm.nhs_staff_survey(2024), report)
    >>> score(survey, "motivation").tolist(), score(survey, "motivation", min_answered=1).tolist()
    ([7.5, nan], [7.5, 10.0])
    """
    wanted = check_survey(survey).codebook.score(name)
    minima = dict(part_min_answered or {})
    refuse_others("part_min_answered", minima, wanted.parts, "parts of the score")
    if min_answered is not None:
        minima[name] = min_answered
    values = score_arrays(survey, [name], min_answered=minima, item_values=item_values, leave_out=leave_out)[name]
    return pd.Series(values, index=survey.table.index, name=name)


def item_score(survey: StaffSurvey, concept: str) -> pd.Series[float]:
    """Return the value of one item for every respondent: 0 to 10 in the NHS Staff Survey, higher is better.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept.
    concept : str
        An item whose scale has values and which has a direction, such as "burnout_burnt_out".

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, named `concept`, NaN where it was not answered, not asked, or answered in a
        way that carries no value; the index of ``survey.table``.

    Raises
    ------
    CodebookError
        If the codebook has no such item, or the item carries no values.
    MissingColumnError
        If the extract lacks the item.
    InvalidDataError
        If the item holds a code outside its scale.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> from workforce_metrics.extracts import LoadReport, StaffSurvey
    >>> from workforce_metrics.indicators.scoring import item_score
    >>> answers = pd.DataFrame({"burnout_burnt_out": [1, 4, None]}, dtype="Int8")
    >>> report = LoadReport("example", 3, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    >>> item_score(StaffSurvey(answers, wm.nhs_staff_survey(2024), report), "burnout_burnt_out").tolist()
    [10.0, 2.5, nan]
    """
    item = check_survey(survey).codebook.item(concept)
    if not item.scale.is_scored or item.direction not in {"positive", "negative"}:
        raise CodebookError(
            f"item {concept!r}", "an item with values and a direction", f"a {item.direction} item", "take its share"
        )
    require_items(survey, [concept], f"item {concept!r}")
    means = mean_of_items(
        [survey.codes(concept)], [lookup(item.scale.values(item.direction), item.scale.codes)], min_answered=1
    )
    refuse_off_scale(means.n_off_scale, f"item {concept!r}")
    return pd.Series(means.mean, index=survey.table.index, name=concept)
