"""Simulated extracts: the people in them, what is refused, and how long it takes."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import CodebookError, InvalidArgumentError
from workforce_metrics.simulation import simulate_register, simulate_staff_survey
from workforce_metrics.simulation.people import (
    AGE_SHARE,
    POPULATION_SHARE,
    ROUTE_SHARE,
    draw_rows,
    standardised,
)


def test_survey_and_register_of_one_seed_hold_the_same_people():
    survey = simulate_staff_survey(500, seed=3, n_organisations=4)
    register = simulate_register(500, seed=3, n_organisations=4)

    pd.testing.assert_frame_equal(survey.truth["people"], register.truth["people"])
    both = survey.extract.merge(register.extract, left_on="respondent_id", right_on="PIN", suffixes=("", "_register"))
    first = both.drop_duplicates("PIN")
    in_window = register.truth["spells"]["person_id"].nunique()
    assert len(first) == in_window > 400
    assert (first["staff_group"].astype(str) == first["staff_group_register"].astype(str)).all()


def test_the_same_arguments_give_the_same_extract_and_another_seed_another():
    once, again, other = (simulate_staff_survey(200, seed=seed, warts=True).extract for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(other)
    once, again, other = (simulate_register(200, seed=seed, warts=True).extract for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(other)


def test_simulating_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the very state that must not change
    simulate_register(50, seed=1)
    simulate_staff_survey(50, seed=1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_every_share_table_sums_to_one():
    for shares in (POPULATION_SHARE[None], ROUTE_SHARE, AGE_SHARE):
        assert shares.sum(axis=1) == pytest.approx(np.ones(len(shares)), abs=1e-12)


def test_draw_rows_draws_from_the_row_of_each_person():
    row = np.repeat([0, 1], 50_000)
    shares = np.array([[0.2, 0.8, 0.0], [0.0, 0.5, 0.5]])
    drawn = draw_rows(np.random.default_rng(1), shares, row)
    found = np.array([np.bincount(drawn[row == r], minlength=3) / 50_000 for r in (0, 1)])
    assert found == pytest.approx(shares, abs=5 * np.sqrt(0.25 / 50_000))
    assert (found[shares == 0] == 0).all()


def test_standardised_effects_have_mean_zero_and_variance_one_over_the_workforce():
    share = np.array([0.5, 0.3, 0.2])
    effects = standardised(np.array([[1.0, 4.0], [2.0, -1.0], [7.0, 0.5]]), share)
    assert share @ effects == pytest.approx([0, 0], abs=1e-12)
    assert share @ effects**2 == pytest.approx([1, 1], abs=1e-12)
    assert (standardised(np.array([[3.0]]), np.array([1.0])) == 0).all()


def test_repr_says_that_everybody_is_invented():
    survey = simulate_staff_survey(40, seed=1)
    assert repr(survey).startswith("<Simulated staff survey extract: 40 rows, ")
    assert "every person is invented" in repr(survey)
    assert "every person is invented" in survey._repr_html_()
    with pytest.raises(TypeError):
        survey.truth["overall"] = None


@pytest.mark.parametrize("simulate", [simulate_staff_survey, simulate_register])
@pytest.mark.parametrize(
    ("arguments", "at_fault"),
    [
        ({"n_people": 0, "seed": 1}, "n_people"),
        ({"n_people": 2.5, "seed": 1}, "n_people"),
        ({"n_people": True, "seed": 1}, "n_people"),
        ({"n_people": 10, "seed": -1}, "seed"),
        ({"n_people": 10, "seed": "1"}, "seed"),
        ({"n_people": 10, "seed": 1, "n_organisations": 0}, "n_organisations"),
    ],
)
def test_a_size_or_seed_that_is_none_is_refused(simulate, arguments, at_fault):
    with pytest.raises(InvalidArgumentError) as caught:
        simulate(**arguments)
    assert caught.value.argument == at_fault


@pytest.mark.parametrize(
    "window",
    [
        {"observed_from": "2025-01-01", "observed_to": "2024-01-01"},
        {"observed_from": "1 April 2018"},
        {"observed_from": "NaT"},
    ],
)
def test_a_window_that_is_none_is_refused(window):
    with pytest.raises(InvalidArgumentError, match="observed_from"):
        simulate_register(10, seed=1, **window)


def test_an_edition_that_is_not_shipped_is_refused():
    with pytest.raises(CodebookError, match="edition"):
        simulate_staff_survey(10, seed=1, edition=2019)


@pytest.mark.parametrize("warts", [False, True])
@pytest.mark.parametrize("n_people", [1, 2, 7])
def test_very_few_people_are_no_trouble(n_people, warts):
    for seed in range(4):
        assert len(simulate_staff_survey(n_people, seed=seed, warts=warts).extract) >= n_people
        simulate_register(n_people, seed=seed, warts=warts)


def test_a_clean_extract_counts_no_wart():
    assert simulate_staff_survey(50, seed=1).truth["warts"].empty
    assert simulate_register(50, seed=1).truth["warts"].empty


def test_a_hundred_thousand_people_take_seconds():
    start = time.perf_counter()
    simulate_register(100_000, seed=1)
    simulate_staff_survey(100_000, seed=1)
    assert time.perf_counter() - start < 15  # about 1.5 s on an idle core; a loop over people would take minutes
