"""The shipped codebook of the NHS Staff Survey: numbers, scales, routes, scores and breaks of every edition."""

from __future__ import annotations

import pytest

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, minimum_answered, nhs_staff_survey
from workforce_metrics.errors import CodebookError

SUB_SCORES = {  # publisher's code: its questions in 2021, 2022, and 2023 to 2025 where the numbers moved
    "PP1_1": ("q6a q21a q21b q21c q21d", "q6a q23a q23b q23c q23d", "q6a q25a q25b q25c q25d"),
    "PP1_2": ("q9f q9g q9h q9i",),
    "PP1_3": ("q15 q16a q16b q18", "q15 q16a q16b q20", "q15 q16a q16b q21"),
    "PP1_4": ("q7h q7i q8b q8c",),
    "PP2": ("q4a q4b q4c q8d q9e",),
    "PP3_1": ("q3a q3b q3c q3d q3e q3f q5b",),
    "PP3_2": ("q17a q17b q21e q21f", "q19a q19b q23e q23f", "q20a q20b q25e q25f"),
    "PP4_1": ("q3g q3h q3i q5a q11a q13d q14d",),
    "PP4_2": ("q12a q12b q12c q12d q12e q12f q12g",),
    "PP4_3": ("q11b q11c q11d q13a q13b q13c q14a q14b q14c",),
    "PP5_1": ("q20a q20b q20c q20d q20e", "q22a q22b q22c q22d q22e", "q24a q24b q24c q24d q24e"),
    "PP5_2": ("q19b q19c q19d", "q21b q21c q21d", "q23b q23c q23d"),
    "PP6_1": ("q6b q6c q6d",),
    "PP6_2": ("q4d",),
    "PP7_1": ("q7a q7b q7c q7d q7e q7f q7g q8a",),
    "PP7_2": ("q9a q9b q9c q9d",),
    "E_1": ("q2a q2b q2c",),
    "E_2": ("q3c q3d q3f",),
    "E_3": ("q21a q21c q21d", "q23a q23c q23d", "q25a q25c q25d"),
    "M_1": ("q22a q22b q22c", "q24a q24b q24c", "q26a q26b q26c"),
    "M_2": ("q3g q3h q3i",),
    "M_3": ("q3a q3e q5a q5b q5c q7c q9a",),
}
PARTS = {"PP1": 4, "PP3": 2, "PP4": 3, "PP5": 2, "PP6": 2, "PP7": 2, "E": 3, "M": 3}
REVERSED_FIVE_POINT = {"q5a", "q5c", "q12a", "q12b", "q12c", "q12d", "q12e", "q12f", "q12g"}


@pytest.fixture(params=EDITIONS)
def book(request: pytest.FixtureRequest) -> Codebook:
    edition: int = request.param
    return nhs_staff_survey(edition)


def by_number(book: Codebook) -> dict[str, Item]:
    return {item.columns[0]: item for item in book.items.values()}


def test_every_edition_has_its_items(book: Codebook) -> None:
    expected = {2021: 117, 2022: 122, 2023: 123, 2024: 124, 2025: 127}

    assert book.edition in expected
    assert len(book.items) == expected[book.edition]


def test_every_edition_has_7_elements_2_themes_and_21_sub_scores(book: Codebook) -> None:
    levels = [score.level for score in book.scores.values()]

    assert {level: levels.count(level) for level in set(levels)} == {"element": 7, "theme": 2, "sub-score": 21}
    assert len({score.code for score in book.scores.values()}) == 30


def test_scores_rest_on_the_published_questions(book: Codebook) -> None:
    assert book.edition is not None
    scores = {score.code: score for score in book.scores.values()}

    for code, by_edition in SUB_SCORES.items():
        expected = by_edition[min(book.edition - 2021, len(by_edition) - 1)]
        assert " ".join(book.items[concept].columns[0] for concept in scores[code].items) == expected, code


def test_elements_and_themes_are_means_of_their_own_sub_scores(book: Codebook) -> None:
    scores = {score.code: score for score in book.scores.values()}

    assert {code: len(score.parts) for code, score in scores.items() if score.parts} == PARTS
    for code in PARTS:
        assert all(book.scores[part].code.startswith(f"{code}_") for part in scores[code].parts)


def test_minimum_answered_is_documented_for_burnout_only(book: Codebook) -> None:
    documented = {name for name, score in book.scores.items() if score.min_answered_status == "documented"}

    assert documented == {"burnout"}
    assert book.scores["burnout"].min_answered == 5
    for score in book.scores.values():
        assert score.min_answered == minimum_answered(len(score.items or score.parts))


@pytest.mark.parametrize(
    ("concept", "numbers"),
    [
        ("burnout_burnt_out", ("q12b",) * 5),
        ("fair_career_progression", ("q15",) * 5),
        ("secure_raising_concerns", ("q17a", "q19a", "q20a", "q20a", "q20a")),
        ("org_respects_differences", ("q18", "q20", "q21", "q21", "q21")),
        ("had_appraisal", ("q19a", "q21a", "q23a", "q23a", "q23a")),
        ("challenging_work", ("q20a", "q22a", "q24a", "q24a", "q24a")),
        ("recommend_place_to_work", ("q21c", "q23c", "q25c", "q25c", "q25c")),
        ("think_about_leaving", ("q22a", "q24a", "q26a", "q26a", "q26a")),
        ("long_term_condition", ("q28a", "q30a", "q31a", "q31a", "q31a")),
        ("sexual_behaviour_staff", (None, None, "q17b", "q17b", "q17b")),
        ("access_clinical_supervision", (None, None, None, "q24f", "q24f")),
        ("covid_ward", ("q23a", "q25a", None, None, None)),
    ],
)
def test_numbers_follow_the_concept_through_the_editions(concept: str, numbers: tuple[str | None, ...]) -> None:
    for edition, number in zip(EDITIONS, numbers, strict=True):
        item = nhs_staff_survey(edition).items.get(concept)
        assert (item.columns[0] if item else None) == number, edition


def test_an_old_number_is_another_question() -> None:
    old, new = by_number(nhs_staff_survey(2021)), by_number(nhs_staff_survey(2024))

    assert old["q21c"].concept == "recommend_place_to_work"
    assert "q21c" not in new
    assert (old["q20a"].concept, new["q20a"].concept) == ("challenging_work", "secure_raising_concerns")


def test_the_data_files_of_2025_have_other_names_for_three_columns() -> None:
    items = nhs_staff_survey(2025).items

    assert items["work_from_home"].columns == ("q33", "q38")
    assert items["years_in_organisation"].columns == ("q34a", "q39a")
    assert items["recruited_outside_uk"].columns == ("q34b", "q39b")


def test_five_point_items_score_in_steps_of_two_and_a_half(book: Codebook) -> None:
    upwards = {code: 2.5 * (code - 1) for code in range(1, 6)}
    downwards = {code: 10 - value for code, value in upwards.items()}
    members = {concept for score in book.scores.values() for concept in score.items}
    leaving = {"think_about_leaving", "look_for_new_job_12m", "leave_as_soon_as"}

    for concept in members:
        item = book.items[concept]
        if item.scale.name.split("+")[0] not in {"agree5", "freq5", "satis5"}:
            continue
        reversed_ = concept in leaving or item.columns[0] in REVERSED_FIVE_POINT
        assert item.values == (downwards if reversed_ else upwards), concept


@pytest.mark.parametrize(
    ("concept", "values"),
    [
        ("unwell_work_stress", {1: 0, 2: 10}),
        ("violence_public", {1: 10, 2: 0, 3: 0, 4: 0, 5: 0}),
        ("violence_reported", {1: 10, 2: 10, 3: 0, 6: 10}),
        ("fair_career_progression", {1: 10, 2: 0}),
        ("appraisal_felt_valued", {1: 10, 2: 5, 3: 0}),
        ("role_makes_difference", {1: 0, 2: 2.5, 3: 5, 4: 7.5, 5: 10}),
        ("leaving_destination", {}),
        ("age_band", {}),
    ],
)
def test_values_of_the_other_scales(book: Codebook, concept: str, values: dict[int, float]) -> None:
    assert book.items[concept].values == values


def test_nine_is_an_answer_where_the_item_offers_it_and_nowhere_else(book: Codebook) -> None:
    def labels(concept: str) -> str | None:
        return next((option.label for option in book.items[concept].scale.options if option.code == 9), None)

    assert labels("role_makes_difference") == "Not applicable"
    assert labels("fair_career_progression") == "Don't know"
    assert labels("leaving_destination") == "I am not considering leaving my current job"
    assert labels("burnout_burnt_out") is None
    for item in book.items.values():
        assert 9 not in item.values


def test_statuses_are_those_of_the_facts(book: Codebook) -> None:
    status = {item.scale.name.split("+")[0]: item.scale.status for item in book.items.values()}

    assert {name for name, known in status.items() if known != "documented"} == {
        "count5", "reported", "extent3", "yesno_dk",
    }  # fmt: skip
    assert (status["count5"], status["reported"], status["yesno_dk"]) == ("inferred", "unverified", "unknown")


def test_routed_items_are_those_not_put_to_all(book: Codebook) -> None:
    routed = {concept: dict(item.routes) for concept, item in book.items.items() if item.routes}
    grounds = {concept for concept in routed if concept.startswith("discrimination_ground_")}

    assert set(routed) - grounds == {
        "pressure_from_manager_to_work", "appraisal_improved_job", "appraisal_clear_objectives",
        "appraisal_felt_valued", "reasonable_adjustments",
    }  # fmt: skip
    assert routed["pressure_from_manager_to_work"] == {"work_despite_unwell": {1}}
    assert routed["appraisal_felt_valued"] == {"had_appraisal": {1}}
    assert routed["reasonable_adjustments"] == {"long_term_condition": {1}}
    assert len(grounds) == (10 if book.edition == 2025 else 7)
    assert all(routed[ground] == {"discrimination_public": {1}, "discrimination_internal": {1}} for ground in grounds)


def test_tick_boxes_of_the_grounds_changed_meaning_in_2025() -> None:
    old, new = by_number(nhs_staff_survey(2024)), by_number(nhs_staff_survey(2025))

    assert old["q16c_1"].concept == "discrimination_ground_ethnic_background"
    assert new["q16c_1"].concept == "discrimination_ground_age"
    assert old["q16c_1"].break_at == new["q16c_1"].break_at == 2025


def test_breaks_in_a_series_are_flagged(book: Codebook) -> None:
    breaks = {
        concept: item.break_at
        for concept, item in book.items.items()
        if item.break_at and not concept.startswith("discrimination_ground_")
    }

    assert breaks == {
        "org_action_wellbeing": 2021, "msk_problems": 2025, "fair_career_progression": 2025, "ethnic_group": 2025,
        "occupational_group": 2023,
    }  # fmt: skip


def test_code_lists_that_grew_are_the_edition_s() -> None:
    sizes = {
        edition: [len(nhs_staff_survey(edition).items[c].scale.codes) for c in ("ethnic_group", "occupational_group")]
        for edition in EDITIONS
    }

    assert sizes == {2021: [18, 40], 2022: [18, 40], 2023: [18, 42], 2024: [18, 42], 2025: [19, 42]}


@pytest.mark.parametrize(
    ("concept", "counted", "base", "favourable"),
    [
        ("burnout_burnt_out", {4, 5}, {1, 2, 3, 4, 5}, "lower"),  # Often and Always, not the favourable end
        ("unrealistic_time_pressures", {1, 2}, {1, 2, 3, 4, 5}, "higher"),  # Never and Rarely
        ("teams_work_well_together", {4, 5}, {1, 2, 3, 4, 5}, "higher"),
        ("role_makes_difference", {4, 5}, {1, 2, 3, 4, 5}, "higher"),  # without Not applicable
        ("fair_career_progression", {1}, {1, 2, 9}, "higher"),  # Don't know stays in the base
        ("violence_public", {2, 3, 4, 5}, {1, 2, 3, 4, 5}, "lower"),
        ("hba_reported", {1, 2, 6}, {1, 2, 3, 6}, "higher"),  # without Don't know and Not applicable
        ("appraisal_improved_job", {1}, {1, 2, 3}, "higher"),  # Yes, definitely only
        ("reasonable_adjustments", {1}, {1, 2}, "higher"),  # without No adjustment required
        ("additional_unpaid_hours", {2, 3, 4}, {1, 2, 3, 4}, "lower"),
        ("leaving_destination", set(), set(), "n/a"),
    ],
)
def test_published_percentages_count_what_the_publisher_counts(
    book: Codebook, concept: str, counted: set[int], base: set[int], favourable: str
) -> None:
    item = book.items[concept]

    assert (item.counted, item.base, item.favourable) == (counted, base, favourable)


def test_bases_that_nobody_states_are_marked_unknown(book: Codebook) -> None:
    unknown = {concept for concept, item in book.items.items() if item.base_status == "unknown"}
    errors = {"errors_treated_fairly", "errors_encouraged_report", "errors_action_taken", "errors_feedback"}

    assert unknown == (errors | {"access_clinical_supervision"}) & set(book.items)


@pytest.mark.parametrize("edition", [2020, 2026])
def test_an_edition_that_is_not_shipped_is_refused(edition: int) -> None:
    with pytest.raises(CodebookError, match="a year from 2021 to 2025"):
        nhs_staff_survey(edition)


def test_an_unknown_concept_or_score_is_refused_with_its_nearest() -> None:
    book = nhs_staff_survey(2024)

    with pytest.raises(CodebookError, match="did you mean 'burnout_burnt_out'"):
        book.item("burnout_burntout")
    with pytest.raises(CodebookError, match="did you mean 'team_working'"):
        book.score("teamworking")
