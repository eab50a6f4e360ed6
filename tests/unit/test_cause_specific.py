"""Cause-specific models: arguments, errors, predictions and pictures."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.results import RESULT_COLUMNS
from workforce_metrics.survival.cause_specific import CauseSpecificModel, cause_specific
from workforce_metrics.survival.cause_specific.incidence import implied_incidence

mpl.use("Agg")
SHOWN = ["estimate", "std_error", "conf_low", "conf_high"]


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def staff(n: int = 300, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "route": rng.choice(["abroad", "home"], n)})
    frame["months"], frame["left"] = rng.integers(1, 30, n), rng.random(n) < 0.6
    frame["reason"] = rng.choice(["resigned", "retired"], n)
    return frame.assign(trust=rng.integers(0, 20, n), site=rng.choice(["a", "b"], n))


def cohort_of(frame: pd.DataFrame) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="months", event="left", cause="reason", time_unit="months")


def test_hazards_at_one_time_by_hand() -> None:
    hazard = np.array([[[0.2, 0.3], [0.0, 0.1]]])

    found = implied_incidence(hazard)

    first = np.array([0.2, 0.3]) / 0.5 * (1 - np.exp(-0.5))
    second = np.array([0.0, np.exp(-0.5) * (1 - np.exp(-0.1))])
    np.testing.assert_allclose(found.incidence[0], [first, first + second], rtol=1e-15)
    np.testing.assert_allclose(1 - found.incidence[0, -1].sum(), np.exp(-0.6), rtol=1e-14)


def test_hazards_of_nought_and_without_bound() -> None:
    found = implied_incidence(np.array([[[0.0, 0.0], [1e300, 1e300], [1.0, 2.0]]]))

    assert np.isfinite(found.slope).all()
    np.testing.assert_allclose(found.incidence[0, :, 0], [0.0, 0.5, 0.5])


def test_table_and_models() -> None:
    model = cause_specific(cohort_of(staff()), "age + route", cluster="trust")

    assert isinstance(model, CauseSpecificModel)
    assert set(model.frame.columns) <= set(RESULT_COLUMNS)
    assert model.frame[["cause", "term"]].to_numpy().tolist() == [
        ["resigned", "age"], ["resigned", "route[T.home]"], ["retired", "age"], ["retired", "route[T.home]"],
    ]  # fmt: skip
    assert (model.frame["n"] == 300).all()
    assert model.models["retired"].frame["estimate"].tolist() == model.frame["estimate"].tolist()[2:]
    np.testing.assert_allclose(model.hazard_ratios["estimate"], np.exp(model.frame["estimate"]))
    assert model.provenance["cluster"] == "trust"


def test_prediction_keeps_the_order_and_index_of_people() -> None:
    model = cause_specific(cohort_of(staff()), "age", strata="site")
    people = pd.DataFrame({"age": [30.0, 60.0, 30.0], "site": ["b", "a", "a"]}, index=["x", "y", "z"])

    found = model.predict_incidence(people, at=[6, 12])
    single = pd.concat([model.predict_incidence(people.loc[[name]], at=[6, 12]) for name in people.index])

    assert found.index.tolist() == [name for name in "xyz" for _ in range(4)]
    assert found["time"].tolist() == [6.0, 6.0, 12.0, 12.0] * 3
    assert found["cause"].tolist() == ["resigned", "retired"] * 6
    np.testing.assert_allclose(found[SHOWN], single[SHOWN], rtol=1e-12)
    polars = model.predict_incidence(pl.from_pandas(people), at=[6, 12])
    np.testing.assert_allclose(polars[SHOWN], found[SHOWN], rtol=1e-12)


@pytest.mark.parametrize("asked", [{}, {"strata": "site", "robust": True}, {"cluster": "trust", "ties": "breslow"}])
def test_the_risk_is_the_sum_of_the_incidences(asked: dict[str, object]) -> None:
    model = cause_specific(cohort_of(staff()), "age + route", **asked)  # type: ignore[arg-type] - of several kinds
    people = staff(seed=2).head(6).set_index(pd.Index(list("uvwxyz")))

    for given in (0, 5):
        found = model.predict_risk(people, at=[6, 12, 24], given=given, conf_level=0.9)
        by_cause = model.predict_incidence(people, at=[6, 12, 24], given=given)["estimate"].to_numpy().reshape(-1, 2)
        np.testing.assert_allclose(found["estimate"], by_cause.sum(axis=1), rtol=1e-12)
    assert found.index.tolist() == [name for name in "uvwxyz" for _ in range(3)]
    assert found["time"].tolist() == [6.0, 12.0, 24.0] * 6
    wider = model.predict_risk(people, at=[6, 12, 24], given=5)
    assert (wider["conf_low"] < found["conf_low"]).all()
    assert (found["conf_low"] < found["estimate"]).all()


def test_of_one_cause_the_risk_is_that_of_its_cox_model() -> None:
    frame = staff().assign(reason="left")
    people = frame.tail(4).assign(age=[30, 40, 50, 1e4])

    for asked in ({"robust": True}, {"strata": "site"}):
        by_cause = cause_specific(cohort_of(frame), "age + route", **asked)  # type: ignore[arg-type] - of several kinds
        alone = wm.cox(cohort_of(frame), "age + route", **asked)  # type: ignore[arg-type]
        for at, given in (([0, 6, 24], 0), ([9], 4)):
            found = by_cause.predict_risk(people, at=at, given=given)
            pd.testing.assert_frame_equal(found, alone.predict_risk(people, at=at, given=given), rtol=1e-9)


def test_many_people_are_predicted_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = staff()
    for robust in (False, True):
        model = cause_specific(cohort_of(frame), "age + route", robust=robust)
        at_once = model.predict_incidence(frame.head(20), at=9)
        with monkeypatch.context() as patch:
            patch.setattr("workforce_metrics.survival.cause_specific.prediction.CELLS", 1)
            by_person = model.predict_incidence(frame.head(20), at=9)

        np.testing.assert_allclose(by_person[SHOWN], at_once[SHOWN], rtol=1e-12)


def test_robust_and_model_errors_agree_where_the_model_is_true() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"age": rng.normal(0, 1, 4000)})
    resigned, retired = rng.exponential(10 / np.exp(0.5 * frame["age"])), rng.exponential(20, 4000)
    frame["months"] = np.minimum(np.minimum(resigned, retired), 12)
    frame["left"], frame["reason"] = frame["months"] < 12, np.where(resigned < retired, "resigned", "retired")
    people = pd.DataFrame({"age": [-1.0, 0.0, 1.5]})

    model = cause_specific(cohort_of(frame), "age").predict_incidence(people, at=[3, 10])
    robust = cause_specific(cohort_of(frame), "age", robust=True).predict_incidence(people, at=[3, 10])

    assert robust["estimate"].tolist() == model["estimate"].tolist()
    np.testing.assert_allclose(robust["std_error"], model["std_error"], rtol=0.1)
    total = 0.1 * np.exp(0.5 * np.array([-1.0, 0.0, 1.5])) + 0.05
    truth = 0.05 / total * (1 - np.exp(-10 * total))
    retired_by_ten = model[(model["cause"] == "retired") & (model["time"] == 10)]
    assert (np.abs(retired_by_ten["estimate"] - truth) < 3 * retired_by_ten["std_error"]).all()


def test_units_of_a_covariate_change_its_coefficient_alone() -> None:
    frame = staff()
    model = cause_specific(cohort_of(frame), "age + route")
    scaled = cause_specific(cohort_of(frame.assign(age=frame["age"] * 1e6)), "age + route")

    assert scaled.frame["p_value"].tolist() == pytest.approx(model.frame["p_value"].tolist(), rel=1e-8)
    people = frame.head(5)
    found = scaled.predict_incidence(people.assign(age=people["age"] * 1e6), at=9)
    np.testing.assert_allclose(found[SHOWN], model.predict_incidence(people, at=9)[SHOWN], rtol=1e-8)


def test_a_person_far_outside_the_data_gets_a_probability() -> None:
    model = cause_specific(cohort_of(staff()), "age")

    found = model.predict_incidence(pd.DataFrame({"age": [1e7, -1e7]}), at=20)

    assert found["estimate"].between(0, 1).all()
    assert np.isfinite(found["std_error"]).all()


def test_before_the_first_leaving_and_after_the_last_follow_up() -> None:
    frame = staff()
    frame["months"] += 2
    model = cause_specific(cohort_of(frame), "age")
    people = frame.head(2)

    assert (model.predict_incidence(people, at=1)[["estimate", "std_error"]] == 0).all(axis=None)
    with pytest.warns(RiskSetWarning, match="beyond"):
        beyond = model.predict_incidence(people, at=[5, 500])
    assert beyond["estimate"].isna().tolist() == [False, False, True, True] * 2
    assert (model.predict_risk(people, at=1)[["estimate", "std_error"]] == 0).all(axis=None)
    with pytest.warns(RiskSetWarning, match="beyond") as caught:
        beyond = model.predict_risk(people, at=[5, 500])
    assert beyond["estimate"].isna().tolist() == [False, True] * 2
    assert caught[0].filename == __file__


def test_a_cause_with_one_leaving() -> None:
    frame = staff()
    frame["reason"] = "resigned"
    frame.loc[frame.index[frame["left"]][3], "reason"] = "died"

    found = cause_specific(cohort_of(frame), "age").predict_incidence(frame.head(3), at=20)

    assert np.isfinite(found[["estimate", "std_error"]]).all(axis=None)


def test_errors_name_the_cause() -> None:
    frame = staff()
    frame.loc[frame["route"] == "home", "reason"] = "resigned"

    with pytest.raises(InvalidDataError, match=r"cause retired.*route, level home"):
        cause_specific(cohort_of(frame), "route")


def test_refusals() -> None:
    frame = staff()
    cohort = cohort_of(frame)
    with pytest.raises(MissingColumnError):
        cause_specific(cohort, "grade")
    with pytest.raises(InvalidArgumentError, match="ties"):
        cause_specific(cohort, "age", ties="exact")  # type: ignore[arg-type]
    with pytest.raises(InvalidDataError, match="nobody"):
        cause_specific(cohort_of(frame.assign(left=False)), "age")
    model = cause_specific(cohort, "age", strata="site")
    with pytest.raises(InvalidArgumentError, match="at"):
        model.predict_incidence(frame, at=3, given=6)
    with pytest.raises(InvalidArgumentError, match="given"):
        model.predict_incidence(frame, at=3, given=-1)
    with pytest.raises(InvalidDataError, match="strata"):
        model.predict_incidence(frame.assign(site="c"), at=3)


def test_missing_covariates_are_refused_or_counted() -> None:
    frame = staff()
    frame.loc[:9, "age"] = np.nan

    with pytest.raises(InvalidDataError, match="age"):
        cause_specific(cohort_of(frame), "age")
    assert cause_specific(cohort_of(frame), "age", missing="drop").provenance["n_missing"] == 10


def test_the_picture_has_a_row_a_cause_and_term() -> None:
    axes = cause_specific(cohort_of(staff()), "age + route").plot()

    assert axes.get_yticklabels()[0].get_text() == "resigned: age"
    assert len(axes.get_yticklabels()) == 4
