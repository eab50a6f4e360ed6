"""Culture: compassion, fairness, recognition, and a voice that counts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.score_functions import item_score_function, part_score_function
from workforce_metrics.indicators.scoring import score

__all__ = [
    "autonomy_and_control",
    "compassionate_and_inclusive",
    "compassionate_culture",
    "diversity_and_equality",
    "raising_concerns",
    "recognised_and_rewarded",
    "voice_that_counts",
]

compassionate_culture = item_score_function("compassionate_culture", module=__name__)
recognised_and_rewarded = item_score_function("recognised_and_rewarded", module=__name__)
voice_that_counts = part_score_function("voice_that_counts", module=__name__)
autonomy_and_control = item_score_function("autonomy_and_control", module=__name__)
raising_concerns = item_score_function("raising_concerns", module=__name__)

DONT_KNOW = 9


def diversity_and_equality(
    survey: StaffSurvey, *, min_answered: int | None = None, dont_know: float | None = None
) -> pd.Series[float]:
    """Return the score "Diversity and equality" (PP1_3) of every respondent, 0 to 10; higher is better.

    The sub-score of the NHS Staff Survey, by the rules of the survey's own codebook.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept; every item below must be a column of it.
    min_answered : int, optional
        How many of the 4 items must be answered; with fewer the score is missing. Default 3 (status: inferred).
    dont_know : float, optional
        Value of "don't know" (code 9) on fair_career_progression, 0 to 10. Default: it carries no value and counts
        as not answered (status: unknown).

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, 0 to 10, named "diversity_and_equality", NaN where missing; the index of
        ``survey.table``.

    Raises
    ------
    MissingColumnError
        If the extract lacks an item: a score is never taken over fewer items than it has.
    CodebookError
        If the survey's codebook has no score of this name.
    InvalidArgumentError
        If the minimum or `dont_know` is out of range.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    The mean of the values of the answered items, each 0 to 10 with the favourable end at 10. An item that was not
    answered counts as not answered. Items, with their number in 2024:

    - fair_career_progression (q15; values of the scale: unknown; reworded in 2025)
    - discrimination_public (q16a; turned round)
    - discrimination_internal (q16b; turned round)
    - org_respects_differences (q21)

    References
    ----------
    .. [1] NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> answers = pd.DataFrame({"q15": [9], "q16a": [2], "q16b": [2], "q21": [5]})
    >>> survey = wm.read_staff_survey(answers, edition=2024)
    >>> wm.indicators.diversity_and_equality(survey).tolist()
    [10.0]
    >>> wm.indicators.diversity_and_equality(survey, dont_know=5.0).tolist()
    [8.75]
    """
    return score(survey, "diversity_and_equality", min_answered=min_answered, item_values=dont_know_value(dont_know))


def compassionate_and_inclusive(
    survey: StaffSurvey,
    *,
    min_answered: int | None = None,
    part_min_answered: Mapping[str, int] | None = None,
    dont_know: float | None = None,
) -> pd.Series[float]:
    """Return the score "We are compassionate and inclusive" (PP1) of every respondent, 0 to 10; higher is better.

    The element of the NHS Staff Survey, by the rules of the survey's own codebook.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept; every item below must be a column of it.
    min_answered : int, optional
        How many of the 4 parts must be there; with fewer the score is missing. Default 3 (status: inferred).
    part_min_answered : mapping of str to int, optional
        Minimum of answered items of a part, by the part's name. Default: each part's own.
    dont_know : float, optional
        Value of "don't know" (code 9) on fair_career_progression, 0 to 10. Default: it carries no value and counts
        as not answered (status: unknown).

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, 0 to 10, named "compassionate_and_inclusive", NaN where missing; the index
        of ``survey.table``.

    Raises
    ------
    MissingColumnError
        If the extract lacks an item: a score is never taken over fewer items than it has.
    CodebookError
        If the survey's codebook has no score of this name.
    InvalidArgumentError
        If a minimum or `dont_know` is out of range.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    The mean of its parts (compassionate_culture, compassionate_leadership, diversity_and_equality, inclusion), not of
    their items; that parts weigh the same was checked on published values of PP4 and is assumed here.

    An item that was not answered, or answered "not applicable", counts as not answered. Items, with their number in
    2024:

    - compassionate_culture: role_makes_difference (q6a), care_top_priority (q25a), org_acts_patient_concerns (q25b),
      recommend_place_to_work (q25c), happy_standard_of_care (q25d)
    - compassionate_leadership: mgr_understands_problems (q9f), mgr_listens (q9g), mgr_cares (q9h),
      mgr_effective_action (q9i)
    - diversity_and_equality: fair_career_progression (q15; values of the scale: unknown), discrimination_public
      (q16a; turned round), discrimination_internal (q16b; turned round), org_respects_differences (q21)
    - inclusion: valued_by_team (q7h), attachment_to_team (q7i), people_kind (q8b), people_polite_respect (q8c)

    References
    ----------
    .. [1] NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> columns = "q6a q25a q25b q25c q25d q9f q9g q9h q9i q21 q7h q7i q8b q8c".split()
    >>> answers = pd.DataFrame([dict.fromkeys(columns, 5) | {"q15": 9, "q16a": 2, "q16b": 2}])
    >>> survey = wm.read_staff_survey(answers, edition=2024)
    >>> wm.indicators.compassionate_and_inclusive(survey).tolist()
    [10.0]
    >>> wm.indicators.compassionate_and_inclusive(survey, dont_know=0.0).tolist()
    [9.375]
    """
    return score(
        survey,
        "compassionate_and_inclusive",
        min_answered=min_answered,
        part_min_answered=part_min_answered,
        item_values=dont_know_value(dont_know),
    )


def dont_know_value(value: float | None) -> dict[str, dict[int, float]] | None:
    """Return the value of "don't know" as `score` takes it, None where it carries none."""
    return None if value is None else {"fair_career_progression": {DONT_KNOW: value}}
