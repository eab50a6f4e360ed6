"""Simulated staff survey: its truth is what a large sample finds; its warts read back as the clean answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.loaders.staff_survey import read_staff_survey
from workforce_metrics.simulation import Simulated, simulate_staff_survey
from workforce_metrics.simulation.marginals import option_shares
from workforce_metrics.simulation.people import (
    POPULATION_SHARE,
    RESPONSE_RATE,
    STAFF_GROUPS,
    draw_people,
)
from workforce_metrics.simulation.survey_model import draw_effects, questions_of, true_shares


@pytest.fixture(scope="module")
def survey() -> Simulated:
    return simulate_staff_survey(40_000, seed=7)


def item_values(extract: pd.DataFrame, edition: int, concept: str) -> np.ndarray:
    item = nhs_staff_survey(edition).item(concept)
    return extract[item.columns[0]].astype("float64").map(item.values).to_numpy()


def score_values(extract: pd.DataFrame, edition: int, name: str) -> np.ndarray:
    score = nhs_staff_survey(edition).score(name)
    values = np.column_stack([item_values(extract, edition, concept) for concept in score.items])
    enough = (~np.isnan(values)).sum(axis=1) >= score.min_answered
    return np.where(enough, np.nanmean(np.where(enough[:, None], values, 0.0), axis=1), np.nan)


def weighted_mean(values: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """Weighted mean of the answered, and its standard error over clusters (linearised, with replacement)."""
    answered = ~np.isnan(values)
    values, weight, cluster = values[answered], weight[answered], cluster[answered]
    mean = float(weight @ values / weight.sum())
    total = np.bincount(cluster, weight * (values - mean))
    n = len(np.unique(cluster))
    return mean, float(np.sqrt(n / (n - 1) * (total @ total)) / weight.sum())


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_item_with_labelled_codes_is_simulated_with_shares_that_sum_to_one(edition):
    book = nhs_staff_survey(edition)
    for concept, item in book.items.items():
        shares = option_shares(item, edition)
        labelled = all(option.label for option in item.scale.options)
        assert bool(shares) == labelled, concept
        if labelled:
            assert set(shares) <= item.scale.codes, concept
            assert sum(shares.values()) == pytest.approx(1, abs=1e-12), concept


@pytest.mark.parametrize(
    ("edition", "counts"),
    [
        (2021, (42145, 129913, 233113, 166191, 43936)),
        (2022, (43548, 130688, 229936, 160462, 44611)),
        (2023, (54657, 156963, 260868, 161349, 41957)),
        (2024, (58780, 172050, 289296, 175934, 47190)),
    ],
)
@pytest.mark.parametrize("n_organisations", [1, 30])
def test_true_shares_over_the_workforce_are_the_published_counts(edition, counts, n_organisations):
    rng = np.random.default_rng(2)
    people = draw_people(rng, n_people=100, n_organisations=n_organisations)
    effects = draw_effects(rng, people)
    question = next(q for q in questions_of(nhs_staff_survey(edition), edition) if q.item.columns == ("q12b",))

    shares = effects.organisation_share @ true_shares(question, effects)

    assert dict(zip(question.codes.tolist(), shares, strict=True)) == pytest.approx(
        {code: n / sum(counts) for code, n in enumerate(counts, start=1)}, abs=1e-12
    )  # Newton's method ends at rounding error


def test_truth_of_published_questions_is_the_published_share():
    truth = simulate_staff_survey(10, seed=1, edition=2023).truth["overall"].set_index("indicator")["estimate"]
    assert truth["share:teams_work_well_together"] == pytest.approx(0.54, abs=1e-12)
    assert truth["share:team_disagreements_constructive"] == pytest.approx(0.57, abs=1e-12)
    assert truth["share:fair_career_progression"] == pytest.approx(0.564, abs=1e-12)
    assert truth["share:role_makes_difference"] == pytest.approx(0.8776, abs=1e-12)


def test_true_burnout_score_is_the_mean_of_its_items_and_an_element_the_mean_of_its_parts(survey: Simulated):
    truth = survey.truth["overall"].set_index("indicator")["estimate"]
    counts = np.array([58780, 172050, 289296, 175934, 47190])
    burnt_out = counts @ np.array([10, 7.5, 5, 2.5, 0]) / counts.sum()
    assert burnt_out == pytest.approx(5.065, abs=5e-4)  # the published derivation, to its three decimals
    assert truth["we_are_a_team"] == pytest.approx((truth["team_working"] + truth["line_management"]) / 2)
    assert "diversity_and_equality" not in truth  # "don't know" scores nothing: no closed form
    assert "compassionate_and_inclusive" not in truth


@pytest.mark.parametrize("name", ["burnout", "team_working", "thinking_about_leaving", "appraisals"])
def test_weighted_scores_of_organisations_lie_about_their_truth(survey: Simulated, name):
    extract = survey.extract
    values, weight = score_values(extract, 2024, name), extract["weight"].to_numpy()
    cluster = extract["team"].cat.codes.to_numpy()
    truth = survey.truth["by_organisation"].query("indicator == @name").set_index("org_name")["estimate"]

    deviation = []
    for org_name, true_value in truth.items():
        mine = (extract["org_name"] == org_name).to_numpy()
        mean, error = weighted_mean(values[mine], weight[mine], cluster[mine])
        deviation.append((mean - true_value) / error)

    assert np.max(np.abs(deviation)) < 4
    assert 0.5 < np.std(deviation) < 1.6  # 20 values of standard deviation 1: chance of leaving this range < 1e-3


@pytest.mark.parametrize(
    "concept",
    [
        "burnout_burnt_out", "unwell_work_stress", "violence_public", "think_about_leaving", "role_makes_difference",
        "fair_career_progression", "pressure_from_manager_to_work", "violence_reported", "unrealistic_time_pressures",
        "reasonable_adjustments", "discrimination_ground_age",
    ],
)  # fmt: skip
def test_weighted_shares_lie_about_their_truth(survey: Simulated, concept):
    item = nhs_staff_survey(2024).item(concept)
    answers = survey.extract[item.columns[0]].astype("float64")
    counted = np.where(answers.isin(item.base), answers.isin(item.counted).astype(float), np.nan)
    truth = survey.truth["overall"].set_index("indicator")["estimate"][f"share:{concept}"]

    mean, error = weighted_mean(
        counted, survey.extract["weight"].to_numpy(), survey.extract["team"].cat.codes.to_numpy()
    )

    assert abs(mean - truth) < 4 * error


def test_weights_restore_the_staff_groups_of_the_workforce(survey: Simulated):
    by_group = survey.extract.groupby("staff_group", observed=False)["weight"].agg(["size", "sum"])
    responding = POPULATION_SHARE * RESPONSE_RATE / (POPULATION_SHARE @ RESPONSE_RATE)
    n = len(survey.extract)
    assert by_group.index.tolist() == list(STAFF_GROUPS)
    assert by_group["size"].to_numpy() / n == pytest.approx(responding, abs=5 * np.sqrt(0.25 / n))
    assert by_group["sum"].to_numpy() / n == pytest.approx(POPULATION_SHARE, abs=5 * np.sqrt(0.25 / n))


def test_burnout_score_follows_latent_burnout_and_leaving_intention_too(survey: Simulated):
    latent = survey.truth["people"]["burnout"].to_numpy()
    for name, strongest, weakest in (("burnout", -0.95, -0.75), ("thinking_about_leaving", -0.7, -0.3)):
        score = score_values(survey.extract, 2024, name)
        there = ~np.isnan(score)
        assert strongest < np.corrcoef(score[there], latent[there])[0, 1] < weakest


@pytest.mark.parametrize("edition", EDITIONS)
def test_nobody_answers_a_question_they_were_not_led_to(edition):
    extract = simulate_staff_survey(3000, seed=2, edition=edition).extract
    book = nhs_staff_survey(edition)
    routed = [item for item in book.items.values() if item.routes]
    assert routed
    for item in routed:
        filters = {concept: extract[book.item(concept).columns[0]] for concept in item.routes}
        led = np.logical_or.reduce(
            [answers.isin(item.routes[name]) | answers.isna() for name, answers in filters.items()]
        )
        answered = extract[item.columns[0]].notna()
        assert not (answered & ~led).any()
        assert answered.any()


def test_reporting_an_incident_is_not_applicable_exactly_where_there_was_none():
    extract = simulate_staff_survey(5000, seed=1).extract
    complete = extract[["q13a", "q13b", "q13c", "q13d"]].dropna()
    never = (complete[["q13a", "q13b", "q13c"]] == 1).all(axis=1)
    assert ((complete["q13d"] == 9) == never).all()


def test_questions_late_in_the_questionnaire_are_skipped_more(survey: Simulated):
    missing = survey.extract[["q2a", "q12b", "q25c", "q34a"]].isna().mean().to_numpy()
    # skipped, or stopped at the end of an earlier section
    expected = 1 - (1 - np.array([0.010, 0.015, 0.020, 0.040])) * (1 - np.array([0, 0.015, 0.025, 0.035]))
    assert missing == pytest.approx(expected, abs=5 * np.sqrt(0.07 / len(survey.extract)))


@pytest.mark.parametrize("edition", [2021, 2022, 2024, 2025])
def test_a_survey_with_warts_reads_back_as_the_clean_one(edition, tmp_path):
    clean = simulate_staff_survey(3000, seed=4, edition=edition)
    dirty = simulate_staff_survey(3000, seed=4, edition=edition, warts=True)
    path = tmp_path / "extract.csv"
    dirty.extract.to_csv(path, index=False)

    read = read_staff_survey(path, edition=edition, respondent_id="respondent_id", weight="weight")
    expected = read_staff_survey(clean.extract, edition=edition, respondent_id="respondent_id", weight="weight")

    warts = dirty.truth["warts"]
    row_warts = warts.loc["a repeated row":]
    assert read.report.n_set_aside == row_warts.sum() == len(dirty.extract) - len(clean.extract)
    assert read.concepts == expected.concepts
    answers = read.responses.sort_values("respondent_id", ignore_index=True)[list(read.concepts)]
    wanted = expected.responses.sort_values("respondent_id", ignore_index=True)[list(read.concepts)]
    pd.testing.assert_frame_equal(answers, wanted)
    cells = read.report.frame.query("action == 'cell set missing'")["n"].sum()
    assert (
        cells
        == warts.loc[
            ["a code outside the scale", "text that is no answer of the scale", "an answer to a question not asked"]
        ].sum()
    )


def test_labels_stand_in_as_many_cells_as_counted():
    clean = simulate_staff_survey(2000, seed=4).extract.set_index("respondent_id")
    dirty = simulate_staff_survey(2000, seed=4, warts=True)
    rows = dirty.extract.dropna(subset=["respondent_id", "weight"]).drop_duplicates("respondent_id")
    rows = rows.set_index("respondent_id").loc[clean.index]
    labelled = sum(
        rows[column].str.contains("[A-Za-z–]", na=False).sum() for column in ("q12b", "q8a", "q4c", "q13a", "q26a")
    )
    stray = dirty.truth["warts"]["text that is no answer of the scale"]
    assert 0 <= labelled - dirty.truth["warts"]["a label instead of a code"] <= stray
