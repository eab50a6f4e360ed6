"""Wellbeing at work: health, safety, negative experiences, and work that fits a life."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.score_functions import item_score_function, part_score_function
from workforce_metrics.indicators.scoring import score

__all__ = [
    "flexible_work",
    "flexible_working",
    "health_and_safety_climate",
    "negative_experiences",
    "safe_and_healthy",
    "support_for_work_life_balance",
]

health_and_safety_climate = item_score_function("health_and_safety_climate", module=__name__)
flexible_work = part_score_function("flexible_work", module=__name__)
support_for_work_life_balance = item_score_function("support_for_work_life_balance", module=__name__)
flexible_working = item_score_function("flexible_working", module=__name__)


def negative_experiences(
    survey: StaffSurvey, *, min_answered: int | None = None, msk_problems: bool | None = None
) -> pd.Series[float]:
    """Return the score "Negative experiences" (PP4_3) of every respondent, 0 to 10; higher is better.

    The sub-score of the NHS Staff Survey, by the rules of the survey's own codebook. Its items are turned round, so a
    higher score is fewer negative experiences.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept; every item below that counts must be a column of it.
    min_answered : int, optional
        How many of the 9 items (8 without ``msk_problems``) must be answered; with fewer the score is missing.
        Default 6 (status: inferred).
    msk_problems : bool, optional
        Whether the item on musculoskeletal problems counts. Default: by each respondent's edition, up to 2024 yes,
        from 2025 no (status: inferred; the item was reworded in 2025, and the trust scores published for 2025 fit the
        score without it).

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, 0 to 10, named "negative_experiences", NaN where missing; the index of
        ``survey.table``.

    Raises
    ------
    MissingColumnError
        If the extract lacks an item: a score is never taken over fewer items than it has.
    CodebookError
        If the survey's codebook has no score of this name.
    InvalidArgumentError
        If a minimum is out of range.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    The mean of the values of the answered items, each 0 to 10 with the favourable end at 10: no to a yes-no question,
    never to a count of incidents. That every other count scores 0 is inferred.

    An item that was not answered or not asked counts as not answered. Items, with their number in 2024:

    - msk_problems (q11b; turned round)
    - unwell_work_stress (q11c; turned round)
    - work_despite_unwell (q11d; turned round)
    - violence_public (q13a; turned round; values of the scale: inferred)
    - violence_managers (q13b; turned round; values of the scale: inferred)
    - violence_colleagues (q13c; turned round; values of the scale: inferred)
    - hba_public (q14a; turned round; values of the scale: inferred)
    - hba_managers (q14b; turned round; values of the scale: inferred)
    - hba_colleagues (q14c; turned round; values of the scale: inferred)

    References
    ----------
    .. [1] NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> counts = {column: [1, 1] for column in ("q13a", "q13b", "q13c", "q14a", "q14b", "q14c")}
    >>> answers = pd.DataFrame({"q11b": [1, 2], "q11c": [2, 2], "q11d": [2, 2], **counts})
    >>> survey = wm.read_staff_survey(answers, edition=2024)
    >>> wm.indicators.negative_experiences(survey).round(3).tolist()
    [8.889, 10.0]
    >>> wm.indicators.negative_experiences(survey, msk_problems=False).tolist()
    [10.0, 10.0]
    """
    return score(survey, "negative_experiences", min_answered=min_answered, leave_out=msk_left_out(msk_problems))


def safe_and_healthy(
    survey: StaffSurvey,
    *,
    min_answered: int | None = None,
    part_min_answered: Mapping[str, int] | None = None,
    msk_problems: bool | None = None,
) -> pd.Series[float]:
    """Return the score "We are safe and healthy" (PP4) of every respondent, 0 to 10; higher is better.

    The element of the NHS Staff Survey, by the rules of the survey's own codebook.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept; every item below that counts must be a column of it.
    min_answered : int, optional
        How many of the 3 parts must be there; with fewer the score is missing. Default 2 (status: inferred).
    part_min_answered : mapping of str to int, optional
        Minimum of answered items of a part, by the part's name. Default: each part's own.
    msk_problems : bool, optional
        Whether the item on musculoskeletal problems counts in ``negative_experiences``. Default: by each respondent's
        edition, up to 2024 yes, from 2025 no (status: inferred).

    Returns
    -------
    pandas.Series
        Shape (n_respondents,), float64, 0 to 10, named "safe_and_healthy", NaN where missing; the index of
        ``survey.table``.

    Raises
    ------
    MissingColumnError
        If the extract lacks an item: a score is never taken over fewer items than it has.
    CodebookError
        If the survey's codebook has no score of this name.
    InvalidArgumentError
        If a minimum is out of range.
    InvalidDataError
        If an item holds a code outside its scale.

    Notes
    -----
    The mean of its parts (health_and_safety_climate, burnout, negative_experiences), not of their items: it
    reproduces the published values of 149 trusts to 0.018.

    An item that was not answered, not asked, or answered "don't know" or "not applicable" counts as not answered.
    Items, with their number in 2024:

    - health_and_safety_climate: meet_conflicting_demands (q3g), adequate_materials (q3h), enough_staff (q3i),
      unrealistic_time_pressures (q5a; turned round), org_action_wellbeing (q11a), violence_reported (q13d) and
      hba_reported (q14d), the last two with values of the scale that are unverified
    - burnout, all turned round: burnout_emotionally_exhausting (q12a), burnout_burnt_out (q12b), burnout_frustrated
      (q12c), burnout_exhausted_thought (q12d), burnout_worn_out (q12e), burnout_every_hour_tiring (q12f),
      burnout_no_energy_family (q12g)
    - negative_experiences, all turned round: msk_problems (q11b), unwell_work_stress (q11c), work_despite_unwell
      (q11d), violence_public (q13a), violence_managers (q13b), violence_colleagues (q13c), hba_public (q14a),
      hba_managers (q14b), hba_colleagues (q14c), the last six with values of the scale that are inferred

    References
    ----------
    .. [1] NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> best = dict.fromkeys(["q3g", "q3h", "q3i", "q11a"], 5) | dict.fromkeys(["q11b", "q11c", "q11d"], 2)
    >>> best |= dict.fromkeys(["q5a", "q12a", "q12b", "q12c", "q12d", "q12e", "q12f", "q12g"], 1)
    >>> best |= dict.fromkeys(["q13a", "q13b", "q13c", "q13d", "q14a", "q14b", "q14c", "q14d"], 1)
    >>> survey = wm.read_staff_survey(pd.DataFrame([best]), edition=2024)
    >>> wm.indicators.safe_and_healthy(survey).tolist()
    [10.0]
    """
    return score(
        survey,
        "safe_and_healthy",
        min_answered=min_answered,
        part_min_answered=part_min_answered,
        leave_out=msk_left_out(msk_problems),
    )


def msk_left_out(msk_problems: bool | None) -> Collection[str] | None:  # noqa: FBT001 - the value of an argument
    """Return the items to leave out: by edition (None), none of them (True), or ``msk_problems`` (False)."""
    if msk_problems is None:
        return None
    return () if msk_problems else ("msk_problems",)
