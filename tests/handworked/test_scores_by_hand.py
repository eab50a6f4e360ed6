"""Scores and shares worked by hand, every intermediate written out, and the real option counts of one question."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from agreement import agree

from workforce_metrics import indicators
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.extracts import LoadReport, StaffSurvey

BOOK = nhs_staff_survey(2024)
NAN = np.nan
NA = None
Q12B = "q12b, England, 2021 and 2022: 1.2 million published answers"
pytestmark = pytest.mark.validates(
    "indicators.score", against="arithmetic by hand", data="invented respondents with missing and unscored answers"
)


def survey_of(answers: Mapping[str, Sequence[int | None]]) -> StaffSurvey:
    table = pd.DataFrame({concept: pd.array(list(codes), dtype="Int8") for concept, codes in answers.items()})
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    return StaffSurvey(table, BOOK, LoadReport("test", len(table), counts, pd.DataFrame({"row": [], "rule": []})))


def answers_to(name: str, *respondents: Sequence[int | None]) -> dict[str, list[int | None]]:
    """Return the answers of each respondent, in the order of the score's items, as columns."""
    items = BOOK.scores[name].items
    return {concept: [respondent[i] for respondent in respondents] for i, concept in enumerate(items)}


def test_burnout() -> None:
    survey = survey_of(
        answers_to(
            "burnout",
            [1, 2, NA, 4, 5, 3, 3],  # six answered
            [1, 1, 1, 1, 1, 1, 1],  # never
            [5, 5, 5, 5, 5, 5, 5],  # always
            [4, 4, 4, 4, 4, NA, NA],  # five answered
            [4, 4, 4, 4, NA, NA, NA],  # four: missing
            [NA] * 7,
        )
    )

    expected = [(10 + 7.5 + 2.5 + 0 + 5 + 5) / 6, 10, 0, 2.5, NAN, NAN]

    agree(indicators.burnout(survey), expected, what="score")
    agree(indicators.burnout(survey, min_answered=7), [NAN, 10, 0, NAN, NAN, NAN], what="score")
    agree(indicators.burnout(survey, min_answered=4), [5, 10, 0, 2.5, 2.5, NAN], what="score")


def test_team_working() -> None:
    survey = survey_of(
        answers_to("team_working", [5, 4, 3, 2, 1, 5, 4, 4], [5, NA, 3, NA, 1, 5, 4, 4], [5, 4, 3] + [NA] * 5)
    )

    expected = [(10 + 7.5 + 5 + 2.5 + 0 + 10 + 7.5 + 7.5) / 8, (10 + 5 + 0 + 10 + 7.5 + 7.5) / 6, NAN]

    agree(indicators.team_working(survey), expected, rtol=1e-15, what="score")


def test_stressors_turns_round_only_the_negative_items() -> None:
    # know_responsibilities, involved_in_changes, unrealistic_time_pressures (-), choice_how_to_work,
    # relationships_strained (-), respect_from_colleagues, mgr_encourages
    survey = survey_of(answers_to("stressors", [5, 5, 5, 5, 5, 5, 5]))

    assert indicators.stressors(survey).item() == pytest.approx((10 + 10 + 0 + 10 + 0 + 10 + 10) / 7, rel=1e-15)


def test_negative_experiences() -> None:
    # msk_problems, unwell_work_stress, work_despite_unwell: 1 yes, 2 no; three counts of violence, three of harassment
    survey = survey_of(answers_to("negative_experiences", [1, 2, 2, 1, 1, 2, 5, 1, NA], [2, 2, 2, 1, 1, 1, NA, NA, NA]))

    expected = [(0 + 10 + 10 + 10 + 10 + 0 + 0 + 10) / 8, 10]

    agree(indicators.negative_experiences(survey), expected, what="score")


def test_health_and_safety_climate_leaves_dont_know_and_not_applicable_out() -> None:
    # q3g, q3h, q3i, q5a (-), q11a, then whether violence and harassment were reported: 4 don't know, 9 not applicable
    survey = survey_of(answers_to("health_and_safety_climate", [4, 4, 2, 4, 3, 4, 9], [4, 4, 2, 4, 3, 6, 3]))

    expected = [(7.5 + 7.5 + 2.5 + 2.5 + 5) / 5, (7.5 + 7.5 + 2.5 + 2.5 + 5 + 10 + 0) / 7]

    agree(indicators.health_and_safety_climate(survey), expected, rtol=1e-15, what="score")


def test_safe_and_healthy_is_the_mean_of_its_sub_scores_not_of_its_items() -> None:
    climate = answers_to("health_and_safety_climate", [5, 5, 5, 1, 5, 1, 1], [NA] * 7, [NA] * 7)
    burnout = answers_to("burnout", [5] * 7, [3] * 7, [3] * 7)
    negative = answers_to("negative_experiences", [2, 2, 2, 1, 1, 1, 1, 1, 2], [2] * 3 + [1] * 6, [NA] * 9)

    scores = indicators.safe_and_healthy(survey_of(climate | burnout | negative))

    by_parts = (10 + 0 + 80 / 9) / 3
    by_items = (7 * 10 + 7 * 0 + 80) / 23
    assert by_parts != pytest.approx(by_items, abs=0.1)
    agree(scores, [by_parts, (5 + 10) / 2, NAN], rtol=1e-15, what="score")


def test_recognised_and_rewarded_is_an_element_of_items() -> None:
    survey = survey_of(answers_to("recognised_and_rewarded", [4, 3, 1, 5, 4], [4, 3, NA, NA, 4], [4, 3] + [NA] * 3))

    expected = [(7.5 + 5 + 0 + 10 + 7.5) / 5, (7.5 + 5 + 7.5) / 3, NAN]

    agree(indicators.recognised_and_rewarded(survey), [expected[0], NAN, NAN], what="score")
    agree(indicators.recognised_and_rewarded(survey, min_answered=3), expected, rtol=1e-15, what="score")


def test_staff_engagement() -> None:
    motivation = answers_to("motivation", [4, 4, 5], [4, 4, 5])
    involvement = answers_to("involvement", [3, 4, 2], [NA, NA, 2])
    advocacy = answers_to("advocacy", [5, 4, 4], [NA, NA, NA])

    scores = indicators.staff_engagement(survey_of(motivation | involvement | advocacy))

    expected = ((7.5 + 7.5 + 10) / 3 + (5 + 7.5 + 2.5) / 3 + (10 + 7.5 + 7.5) / 3) / 3
    agree(scores, [expected, NAN], rtol=1e-15, what="score")


@pytest.mark.validates("indicators.share", against="counts by hand; the published %", data=Q12B)
@pytest.mark.validates("indicators.item_score", against="counts by hand; the published mean", data=Q12B)
@pytest.mark.parametrize(
    ("counts", "published_share", "published_mean"),  # never, rarely, sometimes, often, always
    [
        ((42_145, 129_913, 233_113, 166_191, 43_936), 34.15, 4.838),  # 2021
        ((43_548, 130_688, 229_936, 160_462, 44_611), 33.66, 4.869),  # 2022
    ],
)
def test_real_option_counts_of_feeling_burnt_out(
    counts: tuple[int, ...], published_share: float, published_mean: float
) -> None:
    survey = survey_of({"burnout_burnt_out": np.repeat([1, 2, 3, 4, 5], counts)})

    share = indicators.share(survey, "burnout_burnt_out").mean()
    mean = indicators.item_score(survey, "burnout_burnt_out").mean()

    never, rarely, sometimes, often, always = counts
    by_hand = (10 * never + 7.5 * rarely + 5 * sometimes + 2.5 * often) / sum(counts)
    agree(share, (often + always) / sum(counts), rtol=1e-12, what="share", of="indicators.share")
    agree(mean, by_hand, rtol=1e-12, what="item score", of="indicators.item_score")
    agree(round(100 * share, 2), published_share, what="published %, two decimals", of="indicators.share")
    agree(round(mean, 3), published_mean, what="published mean, three decimals", of="indicators.item_score")
