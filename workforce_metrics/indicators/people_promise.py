"""Every score of the NHS Staff Survey at once: seven elements, two themes, twenty-one sub-scores."""

from __future__ import annotations

import pandas as pd

from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.checks import check_survey
from workforce_metrics.indicators.culture import dont_know_value
from workforce_metrics.indicators.score_arrays import score_arrays
from workforce_metrics.indicators.wellbeing import msk_left_out

__all__ = ["people_promise"]


def people_promise(
    survey: StaffSurvey, *, dont_know: float | None = None, msk_problems: bool | None = None
) -> pd.DataFrame:
    """Return all 30 scores of every respondent; each sub-score is computed once.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept to a whole questionnaire of the NHS Staff Survey.
    dont_know : float, optional
        Value of "don't know" on fair_career_progression, 0 to 10. Default: it carries none (status: unknown).
    msk_problems : bool, optional
        Whether the item on musculoskeletal problems counts in ``negative_experiences``. Default: by each respondent's
        edition, up to 2024 yes, from 2025 no (status: inferred).

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, 30), float64, one column a score: elements, themes, sub-scores; NaN where missing; the
        index of ``survey.table``. Each column equals what the function of its name returns.

    Raises
    ------
    MissingColumnError
        If the extract lacks an item of any score; for the scores that can be had take their own functions.
    CodebookError
        If the survey's codebook is not that of the NHS Staff Survey.
    InvalidArgumentError
        If `dont_know` is not a value from 0 to 10.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    All scores are 0 to 10 and higher is better, burnout included: a higher burnout score is less burnout. The least
    number of answers is each score's own; `catalogue` says which and how that is known.

    References
    ----------
    .. [1] NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> codebook = wm.nhs_staff_survey(2024)
    >>> concepts = {concept for score in codebook.scores.values() for concept in codebook.concepts_of(score)}
    >>> items = [codebook.items[concept] for concept in concepts]
    >>> answers = pd.DataFrame({item.columns[0]: [max(item.values, key=item.values.get)] for item in items})
    >>> survey = wm.read_staff_survey(answers.assign(q23a=1), edition=2024)
    >>> scores = wm.indicators.people_promise(survey)
    >>> scores.shape, bool((scores == 10).all(axis=None))
    ((1, 30), True)
    """
    names = list(nhs_staff_survey(EDITIONS[-1]).scores)
    arrays = score_arrays(
        check_survey(survey), names, item_values=dont_know_value(dont_know), leave_out=msk_left_out(msk_problems)
    )
    return pd.DataFrame({name: arrays[name] for name in names}, index=survey.table.index)
