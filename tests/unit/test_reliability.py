"""What reliability and straight-lining return, refuse and account for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.reliability.omega import omega_total, one_factor
from workforce_metrics.estimation.reliability.scale_items import item_names
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.results import RESULT_COLUMNS
from workforce_metrics.simulation import simulate_staff_survey

ITEMS = ["a", "b", "c", "d"]


def answers(n: int = 60, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = np.clip(np.round(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))), 1, 5)
    return pd.DataFrame(values, columns=ITEMS)


def survey(edition: int = 2024, n: int = 800) -> StaffSurvey:
    return wm.read_staff_survey(simulate_staff_survey(n, seed=2, edition=edition).extract, edition=edition)


def test_rows_of_the_scale_then_of_the_items() -> None:
    data = answers()
    data.loc[0, "a"] = np.nan

    found = wm.reliability(data, {"first": ITEMS, "second": ["a", "b"]})

    frame = found.frame
    assert set(frame.columns) <= set(RESULT_COLUMNS)
    assert frame["indicator"].tolist() == ["first"] * 10 + ["second"] * 6
    assert frame["term"][:4].tolist() == ["all items", "all items", "a", "a"]
    assert frame["measure"][:4].tolist() == ["alpha", "omega total", "item-rest correlation", "alpha without the item"]
    assert frame["n"].unique().tolist() == [59]
    assert frame["n_missing"].unique().tolist() == [1]
    two = frame[frame["indicator"] == "second"].set_index("measure")["estimate"]
    assert np.isnan(two["omega total"])  # one factor needs three items
    assert two["alpha without the item"].isna().all()
    assert repr(found) == ("<Reliability: 16 rows; data=data frame; interval=feldt; conf_level=0.95; n_respondents=60>")


def test_a_score_is_taken_by_its_items_and_their_direction() -> None:
    data = survey()
    items = data.codebook.scores["burnout"].items
    codes = pd.DataFrame({item: data.table[item].astype("Float64").astype(float) for item in items})

    found = wm.reliability(data, "burnout").frame
    by_code = wm.reliability(codes, items).frame

    assert found["indicator"].unique().tolist() == ["burnout"]
    np.testing.assert_allclose(found["estimate"], by_code["estimate"], rtol=1e-8)
    mixed = wm.reliability(data, "health_and_safety_climate").frame["estimate"]  # holds a reversed item
    assert (mixed.dropna() > 0).all()


def test_a_score_of_parts_is_taken_by_the_items_of_its_parts() -> None:
    data = survey()

    frame = wm.reliability(data, "staff_engagement").frame

    parts = data.codebook.scores["staff_engagement"].parts
    items = [item for part in parts for item in data.codebook.scores[part].items]
    assert frame["term"].tolist() == ["all items"] * 2 + list(np.repeat(items, 2))


@pytest.mark.parametrize(("edition", "left_out"), [(2024, set()), (2025, {"msk_problems"})])
def test_an_item_that_no_longer_counts_in_a_score_is_left_out(edition: int, left_out: set[str]) -> None:
    data = survey(edition, n=50)

    named = item_names(data, "negative_experiences")["negative_experiences"]

    assert set(data.codebook.scores["negative_experiences"].items) - set(named) == left_out


@pytest.mark.parametrize(
    ("items", "settings", "error", "text"),
    [
        (["a"], {}, InvalidArgumentError, "two items or more"),
        ([], {}, InvalidArgumentError, "the names of items"),
        ({}, {}, InvalidArgumentError, "the names of items"),
        (["a", "a"], {}, InvalidArgumentError, "one twice"),
        (["a", "z"], {}, MissingColumnError, "z"),
        (ITEMS, {"reverse": "z"}, InvalidArgumentError, "reverse"),
        (ITEMS, {"interval": "bootstrap"}, InvalidArgumentError, "interval"),
        (ITEMS, {"conf_level": 1}, InvalidArgumentError, "conf_level"),
        ([*ITEMS, "same"], {}, InvalidDataError, "same: expected answers that differ"),
        ([*ITEMS, "rare"], {}, InvalidDataError, "three respondents"),
    ],
)
def test_what_is_refused(items: object, settings: dict[str, object], error: type[Exception], text: str) -> None:
    data = answers().assign(same=3.0, rare=lambda d: d["a"].where(d.index < 2))

    with pytest.raises(error, match=text):
        wm.reliability(data, items, **settings)


def test_a_survey_refuses_reverse_and_items_without_values() -> None:
    data = survey()

    with pytest.raises(InvalidArgumentError, match="declare the direction"):
        wm.reliability(data, "burnout", reverse="burnout_burnt_out")
    with pytest.raises(CodebookError, match="score"):
        wm.reliability(data, "burnt")
    with pytest.raises(CodebookError):
        wm.reliability(data, ["patient_contact", "burnout_burnt_out"])


@pytest.mark.parametrize("frame", [pl.DataFrame, lambda data: pl.DataFrame(data).lazy()])
def test_any_frame_gives_the_same(frame: object) -> None:
    data = answers()

    pd.testing.assert_frame_equal(
        wm.reliability(frame(data), ITEMS, reverse=["d"]).frame, wm.reliability(data, ITEMS, reverse=["d"]).frame
    )
    pd.testing.assert_series_equal(wm.straight_lining(frame(data), ITEMS), wm.straight_lining(data, ITEMS))


def test_an_item_that_is_the_factor_leaves_omega_without_an_error() -> None:
    # the correlations 0.8, 0.8 and 0.5 ask for a loading of sqrt(0.8 * 0.8 / 0.5) > 1
    r = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    base = np.linalg.qr(np.column_stack([np.ones(40), np.random.default_rng(1).normal(size=(40, 3))]))[0][:, 1:]

    fit = one_factor(r)
    estimate, normal, free = omega_total(base @ np.linalg.cholesky(r).T)

    assert not fit.is_proper
    assert fit.unique[0] == pytest.approx(0.005)
    assert 0.8 < estimate < 1
    assert np.isnan([normal, free]).all()


def test_small_samples_are_hidden() -> None:
    hidden = wm.suppress(wm.reliability(answers(8), ITEMS)).frame

    assert hidden["estimate"].isna().all()
    assert hidden["measure"].notna().all()


@pytest.mark.validates("straight_lining", against="by hand", data="four respondents")
def test_straight_lines_keep_the_index_and_count_only_answers() -> None:
    data = pd.DataFrame(
        {"a": [2, 2, None, 1], "b": [2, 2, None, 2], "c": [2, None, 2, 3], "d": [2, 2, 2, 4]}, index=[7, 8, 9, 7]
    )

    found = wm.straight_lining(data, ITEMS)

    assert found.index.tolist() == [7, 8, 9, 7]
    assert found.name == "straight_lining"
    assert found.tolist() == [True, True, pd.NA, False]
    agree(found.astype("Float64").to_numpy(float, na_value=np.nan), [1, 1, np.nan, 0], what="straight line or not")
    assert wm.straight_lining(data.assign(e=4), [*ITEMS, "e"], at_least=0.4).tolist() == [True, True, True, True]


def test_straight_lines_of_a_survey_are_of_codes_as_ticked() -> None:
    book = wm.nhs_staff_survey(2024)
    items = book.scores["health_and_safety_climate"].items[:4]  # the fourth is reversed
    directions = [book.items[item].direction for item in items]
    table = pd.DataFrame(
        {item: pd.array([4, code, None], dtype="Int8") for item, code in zip(items, [4, 4, 4, 2], strict=True)}
    )
    report = LoadReport("test", 3, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))

    found = wm.straight_lining(StaffSurvey(table, book, report), items)

    assert directions == ["positive"] * 3 + ["negative"]
    assert found.tolist() == [True, False, pd.NA]


@pytest.mark.parametrize(
    ("items", "settings", "text"),
    [
        (ITEMS, {"at_least": 0}, "at_least"),
        (ITEMS, {"at_least": 80}, "at_least"),
        (ITEMS, {"min_answered": 5}, "min_answered"),
        (["a", "b"], {}, "min_answered"),
        ({"x": ["a", "b", "c"], "y": ["a", "b", "d"]}, {}, "one scale"),
    ],
)
def test_straight_lining_refuses(items: object, settings: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=text):
        wm.straight_lining(answers(), items, **settings)
