"""Scores: rules, options, refusals, and the thirty functions with their docstrings."""

import doctest
import inspect
import pickle
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from agreement import agree

from workforce_metrics import indicators
from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.indicators.item_means import lookup, mean_of_items
from workforce_metrics.indicators.scoring import item_score, score

BOOK = nhs_staff_survey(2024)
NAMES = list(BOOK.scores)
SECTIONS = ["Parameters", "Returns", "Raises", "Notes", "References", "Examples"]
BURNOUT = BOOK.scores["burnout"].items


def survey_of(
    answers: Mapping[str, Sequence[int | None]],
    codebook: Codebook = BOOK,
    index: Sequence[object] | None = None,
    editions: Sequence[int] | None = None,
) -> StaffSurvey:
    table = pd.DataFrame({concept: pd.array(list(codes), dtype="Int8") for concept, codes in answers.items()})
    if editions is not None:
        table["edition"] = editions
    if index is not None:
        table.index = pd.Index(index)
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("test", len(table), counts, pd.DataFrame({"row": [], "rule": []}))
    return StaffSurvey(table, codebook, report, None if editions is None else "edition")


def random_survey(n: int = 400, seed: int = 1) -> StaffSurvey:
    rng = np.random.default_rng(seed)
    concepts = dict.fromkeys(concept for score in BOOK.scores.values() for concept in BOOK.concepts_of(score))
    answers = {}
    for concept in concepts:
        codes = rng.choice(sorted(BOOK.items[concept].scale.codes), n)
        answers[concept] = [
            None if missing else int(code) for code, missing in zip(codes, rng.random(n) < 0.25, strict=True)
        ]
    return survey_of(answers)


def best_answers(name: str, n: int = 1) -> dict[str, list[int | None]]:
    items = [BOOK.items[concept] for concept in BOOK.concepts_of(BOOK.scores[name])]
    return {item.concept: [max(item.values, key=item.values.__getitem__)] * n for item in items}


@pytest.mark.validates("indicators.people_promise", against="the score's own function", data="random answers")
@pytest.mark.parametrize("name", NAMES)
def test_function_score_and_people_promise_give_the_same(name: str) -> None:
    survey = random_survey()

    by_function = getattr(indicators, name)(survey)

    pd.testing.assert_series_equal(by_function, score(survey, name), check_exact=True)
    agree(indicators.people_promise(survey)[name], by_function, what="the 30 scores")
    assert 0 < by_function.isna().sum() < len(survey)


def test_people_promise_holds_the_thirty_scores_in_the_codebook_order() -> None:
    scores = indicators.people_promise(random_survey(n=5))

    assert list(scores.columns) == NAMES
    assert len(NAMES) == 30
    assert set(scores.dtypes) == {np.dtype("float64")}


def test_score_keeps_the_index_and_is_named() -> None:
    survey = survey_of(best_answers("burnout", 2), index=["b", "a"])

    burnout = indicators.burnout(survey)

    assert burnout.index.tolist() == ["b", "a"]
    assert (burnout.name, burnout.dtype) == ("burnout", np.dtype("float64"))
    assert burnout.tolist() == [10.0, 10.0]


def test_score_leaves_the_survey_as_it_was() -> None:
    survey = random_survey(n=20)
    before = survey.table.copy(deep=True)

    indicators.people_promise(survey, dont_know=5, msk_problems=False)

    pd.testing.assert_frame_equal(survey.table, before)


def test_score_of_no_respondents_is_empty() -> None:
    assert len(indicators.staff_engagement(survey_of(best_answers("staff_engagement", 0)))) == 0


def test_kernel_and_public_function_give_the_same() -> None:
    survey = random_survey()
    items = [BOOK.items[concept] for concept in BURNOUT]

    means = mean_of_items(
        [survey.codes(item.concept) for item in items],
        [lookup(item.values, item.scale.codes) for item in items],
        min_answered=5,
    )

    np.testing.assert_array_equal(means.mean, indicators.burnout(survey).to_numpy())
    np.testing.assert_array_equal(means.n_answered, survey.table[list(BURNOUT)].notna().sum(axis=1))


@pytest.mark.parametrize(("n_answered", "expected"), [(5, 10.0), (4, np.nan)])
def test_burnout_needs_five_of_seven(n_answered: int, expected: float) -> None:
    answers = {concept: [1 if i < n_answered else None] for i, concept in enumerate(BURNOUT)}

    np.testing.assert_equal(indicators.burnout(survey_of(answers)).item(), expected)


def test_min_answered_of_a_score_of_parts_counts_parts() -> None:
    answers = best_answers("morale") | {concept: [None] for concept in BOOK.scores["stressors"].items}
    survey = survey_of(answers | {"think_about_leaving": [5]})
    thinking_about_leaving = (0 + 10 + 10) / 3

    assert indicators.morale(survey).item() == pytest.approx((thinking_about_leaving + 10) / 2, rel=1e-15)
    assert np.isnan(indicators.morale(survey, min_answered=3).item())


def test_part_min_answered_goes_to_the_part() -> None:
    answers = best_answers("flexible_work") | {"achieve_wlb": [None], "flexible_working_opportunities": [1]}
    survey = survey_of(answers)

    assert indicators.flexible_work(survey).item() == (10 + 0) / 2
    strict = {"support_for_work_life_balance": 3}
    assert np.isnan(indicators.flexible_work(survey, part_min_answered=strict).item())
    assert indicators.flexible_work(survey, part_min_answered=strict, min_answered=1).item() == 0


@pytest.mark.parametrize("minimum", [0, 8, -1, 2.5, True, "5"])
def test_min_answered_out_of_range_is_refused(minimum: object) -> None:
    with pytest.raises(InvalidArgumentError, match="whole number from 1 to 7") as caught:
        indicators.burnout(survey_of(best_answers("burnout")), min_answered=minimum)

    assert caught.value.argument == "min_answered"


def test_part_min_answered_names_parts_only() -> None:
    with pytest.raises(InvalidArgumentError, match="'burnout'"):
        score(survey_of(best_answers("morale")), "morale", part_min_answered={"burnout": 5})


def test_absent_item_is_refused_with_concept_and_question_number() -> None:
    answers = best_answers("burnout")
    del answers["burnout_burnt_out"]

    with pytest.raises(MissingColumnError, match=r"burnout_burnt_out \(q12b\)"):
        indicators.burnout(survey_of(answers))


def test_people_promise_names_every_absent_item_at_once() -> None:
    with pytest.raises(MissingColumnError, match="the 30 scores") as caught:
        indicators.people_promise(survey_of(best_answers("burnout")))

    assert "think_about_leaving (q26a)" in caught.value.got
    assert "q12" not in caught.value.got


def test_unknown_score_suggests_a_known_one() -> None:
    with pytest.raises(CodebookError, match="did you mean 'burnout'"):
        score(survey_of(best_answers("burnout")), "burn_out")


def test_a_frame_is_no_survey() -> None:
    with pytest.raises(InvalidArgumentError, match="read_staff_survey"):
        indicators.burnout(pd.DataFrame({"q12a": [1]}))


@pytest.mark.parametrize("code", [0, 6, 99, -2])
def test_code_outside_the_scale_is_refused_even_where_the_score_would_be_missing(code: int) -> None:
    answers: dict[str, list[int | None]] = {concept: [None, 1] for concept in BURNOUT}

    with pytest.raises(InvalidDataError, match="another code in 1 rows"):
        indicators.burnout(survey_of(answers | {"burnout_worn_out": [code, 1]}))


# ---- constants that are not documented


def test_dont_know_carries_no_value_unless_given_one() -> None:
    answers = best_answers("diversity_and_equality") | {"fair_career_progression": [9], "org_respects_differences": [3]}
    survey = survey_of(answers)

    assert indicators.diversity_and_equality(survey).item() == pytest.approx((10 + 10 + 5) / 3, rel=1e-15)
    assert indicators.diversity_and_equality(survey, dont_know=0).item() == (0 + 10 + 10 + 5) / 4
    assert np.isnan(indicators.diversity_and_equality(survey, min_answered=4).item())


def test_dont_know_reaches_the_element_and_the_whole_table() -> None:
    survey = survey_of(best_answers("compassionate_and_inclusive") | {"fair_career_progression": [9]})

    element = indicators.compassionate_and_inclusive(survey, dont_know=0)

    assert element.item() == (10 + 10 + 7.5 + 10) / 4
    whole = indicators.people_promise(random_survey(), dont_know=0)
    pd.testing.assert_series_equal(
        whole["compassionate_and_inclusive"], indicators.compassionate_and_inclusive(random_survey(), dont_know=0)
    )


@pytest.mark.parametrize("value", [-0.1, 10.1, np.nan, np.inf])
def test_dont_know_outside_the_scale_is_refused(value: float) -> None:
    with pytest.raises(InvalidArgumentError, match="values from 0 to 10"):
        indicators.diversity_and_equality(survey_of(best_answers("diversity_and_equality")), dont_know=value)


def test_msk_problems_counts_up_to_2024_by_each_respondents_edition() -> None:
    answers = best_answers("negative_experiences", 3) | {"msk_problems": [1, 1, 1]}
    survey = survey_of(answers, nhs_staff_survey(2025), editions=[2023, 2024, 2025])
    with_item, without = 8 * 10 / 9, 10.0

    assert indicators.negative_experiences(survey).tolist() == pytest.approx([with_item, with_item, without])
    assert indicators.negative_experiences(survey, msk_problems=True).tolist() == pytest.approx([with_item] * 3)
    assert indicators.negative_experiences(survey, msk_problems=False).tolist() == [without] * 3
    assert indicators.safe_and_healthy(
        survey_of(best_answers("safe_and_healthy") | {"msk_problems": [1]}), msk_problems=False
    ).tolist() == [10.0]


def test_2025_extract_needs_no_msk_problems_and_2024_does() -> None:
    answers = best_answers("negative_experiences")
    del answers["msk_problems"]

    assert indicators.negative_experiences(survey_of(answers, nhs_staff_survey(2025))).item() == 10
    with pytest.raises(MissingColumnError, match="q11b"):
        indicators.negative_experiences(survey_of(answers))


def test_item_values_replace_an_unverified_constant() -> None:
    survey = survey_of({"appraisal_improved_job": [2], "appraisal_clear_objectives": [1], "appraisal_felt_valued": [1]})
    changed = {"appraisal_improved_job": {2: 10.0}}

    assert score(survey, "appraisals").item() == pytest.approx((5 + 10 + 10) / 3, rel=1e-15)
    assert score(survey, "appraisals", item_values=changed).item() == 10


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"item_values": {"burnout_burnt_out": {9: 5.0}}}, "code 9"),
        ({"item_values": {"burnout_burnt_out": {1: 11.0}}}, "from 0 to 10"),
        ({"item_values": {"trusted_to_do_job": {1: 1.0}}}, "items of the score"),
        ({"leave_out": ["trusted_to_do_job"]}, "items of the score"),
        ({"leave_out": "burnout_burnt_out"}, "write"),
        ({"leave_out": BURNOUT[:3]}, "from 1 to 4"),
        ({"leave_out": BURNOUT, "min_answered": 1}, "from 1 to 0"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, object], match: str) -> None:
    with pytest.raises(InvalidArgumentError, match=match):
        score(survey_of(best_answers("burnout")), "burnout", **options)


def test_leave_out_takes_the_mean_of_the_rest() -> None:
    survey = survey_of(best_answers("burnout") | {"burnout_burnt_out": [5]})

    assert score(survey, "burnout", leave_out=["burnout_burnt_out"]).item() == 10


# ---- any codebook


def test_scores_of_another_survey_follow_its_own_codebook() -> None:
    seven = Scale("seven", tuple(Option(code, value=float(code)) for code in range(1, 8)))
    items = {"calm": Item("calm", ("c1",), seven), "tense": Item("tense", ("c2",), seven, direction="negative")}
    book = Codebook("Pulse", items, {"burnout": Score("burnout", "Burnout", ("calm", "tense"), 1)})

    scores = indicators.burnout(survey_of({"calm": [7, 2, None], "tense": [1, 3, None]}, book))

    np.testing.assert_array_equal(scores, [(7 + 7) / 2, (2 + 5) / 2, np.nan])
    with pytest.raises(CodebookError, match="score of Pulse"):
        indicators.morale(survey_of({"calm": [7]}, book))


def test_item_score_is_the_value_that_enters_the_score() -> None:
    survey = survey_of({"burnout_burnt_out": [1, 5, None], "role_makes_difference": [9, 4, 5]})

    np.testing.assert_array_equal(item_score(survey, "burnout_burnt_out"), [10, 0, np.nan])
    np.testing.assert_array_equal(item_score(survey, "role_makes_difference"), [np.nan, 7.5, 10])


@pytest.mark.parametrize("concept", ["age_band", "contracted_hours", "burnt_out"])
def test_item_score_needs_an_item_with_values_and_direction(concept: str) -> None:
    with pytest.raises(CodebookError):
        item_score(survey_of({"age_band": [1], "contracted_hours": [1]}), concept)


# ---- the functions and their docstrings


@pytest.mark.parametrize("name", NAMES)
def test_function_is_a_function_of_its_module(name: str) -> None:
    function = getattr(indicators, name)

    assert inspect.isfunction(function)
    assert (function.__name__, function.__qualname__) == (name, name)
    assert getattr(inspect.getmodule(function), name) is function
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own bytes
    assert list(inspect.signature(function).parameters)[:2] == ["survey", "min_answered"]


@pytest.mark.parametrize("name", NAMES)
def test_docstring_is_complete(name: str) -> None:
    text = inspect.getdoc(getattr(indicators, name)) or ""
    wanted, lines = BOOK.scores[name], text.splitlines()

    assert "0 to 10; higher is better" in lines[0]
    assert [line for line in lines if line in SECTIONS] == SECTIONS
    assert max(map(len, lines)) <= 116
    joined = " ".join(text.split())
    for concept in BOOK.concepts_of(wanted):
        assert f"{concept} ({BOOK.items[concept].columns[0]}" in joined
    assert f"Default {wanted.min_answered} (status: {wanted.min_answered_status})" in joined
    for name_of_parameter in list(inspect.signature(getattr(indicators, name)).parameters)[1:]:
        assert f"\n{name_of_parameter} : " in text


@pytest.mark.parametrize("name", [*NAMES, "people_promise"])
def test_docstring_example_runs(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(indicators, name), name, globs={})

    result = doctest.DocTestRunner(optionflags=flags).run(example, out=lambda _: None)

    assert result.attempted > 3
    assert result.failed == 0
