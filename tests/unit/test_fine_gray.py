"""Fine and Gray's model: arguments, errors, edge cases, predictions, pictures, and known truth."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    RiskSetWarning,
    WorkforceMetricsWarning,
)
from workforce_metrics.results import RESULT_COLUMNS
from workforce_metrics.survival.cox import cox
from workforce_metrics.survival.fine_gray import FineGrayModel, fine_gray

mpl.use("Agg")
SHOWN = ["estimate", "std_error", "conf_low", "conf_high"]


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def staff(n: int = 300, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "route": rng.choice(["abroad", "home"], n)})
    frame["start"] = rng.integers(0, 4, n)
    frame["months"], frame["left"] = frame["start"] + rng.integers(1, 30, n), rng.random(n) < 0.6
    frame["reason"] = rng.choice(["resigned", "retired"], n)
    return frame.assign(trust=rng.integers(0, 20, n), site=rng.choice(["a", "b"], n))


def cohort_of(frame: pd.DataFrame, **columns: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="months", event="left", cause="reason", time_unit="months", **columns)


def test_table() -> None:
    model = fine_gray(cohort_of(staff()), "age + route", cause="resigned", cluster="trust")

    assert isinstance(model, FineGrayModel)
    assert set(model.frame.columns) <= set(RESULT_COLUMNS)
    assert model.frame[["cause", "term"]].to_numpy().tolist() == [["resigned", "age"], ["resigned", "route[T.home]"]]
    assert (model.frame["n"] == 300).all()
    assert (model.frame["n_event"] == (staff()["left"] & (staff()["reason"] == "resigned")).sum()).all()
    np.testing.assert_allclose(model.subdistribution_hazard_ratios["conf_low"], np.exp(model.frame["conf_low"]))
    np.testing.assert_allclose(np.sqrt(np.diagonal(model.covariance)), model.frame["std_error"])
    assert model.provenance["cluster"] == "trust"
    assert model.provenance["variance"] == "full"
    assert repr(model).startswith("<Fine and Gray model: 2 rows; formula=age + route; cause=resigned")


def test_without_other_causes_it_is_coxs_model() -> None:
    frame = staff().assign(reason="left")
    for columns in ({}, {"entry": "start"}):
        cohort = cohort_of(frame, **columns)
        for strata in (None, "site"):
            model = fine_gray(cohort, "age + route", cause="left", strata=strata, cluster="trust")
            plain = cox(cohort, "age + route", strata=strata, cluster="trust")

            np.testing.assert_allclose(model.frame[SHOWN], plain.frame[SHOWN], rtol=1e-10)
            assert model.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-14)


def test_without_censoring_leavers_by_other_causes_stay_for_good() -> None:
    frame = staff().assign(left=True)
    ever = frame.assign(
        months=np.where(frame["reason"] == "resigned", frame["months"], 1000), left=frame["reason"] == "resigned"
    )

    model = fine_gray(cohort_of(frame), "age + route", cause="resigned")
    plain = cox(cohort_of(ever), "age + route", robust=True)

    np.testing.assert_allclose(model.frame[SHOWN], plain.frame[SHOWN], rtol=1e-10)


def test_one_group_of_censoring_is_none() -> None:
    cohort = cohort_of(staff().assign(everybody="here"), entry="start")

    model = fine_gray(cohort, "age + route", cause="retired")
    grouped = fine_gray(cohort, "age + route", cause="retired", censoring_by="everybody")

    assert grouped.frame[SHOWN].equals(model.frame[SHOWN])


def test_groups_whose_censoring_is_alike_change_little_and_others_much() -> None:
    frame = staff(4000, seed=5)
    frame["left"] &= ~((frame["site"] == "b") & (frame["months"] > 6))
    model = fine_gray(cohort_of(frame), "age + site", cause="resigned")
    grouped = fine_gray(cohort_of(frame), "age + site", cause="resigned", censoring_by="site")

    assert abs(grouped.frame["estimate"][0] - model.frame["estimate"][0]) < 0.1 * model.frame["std_error"][0]
    assert abs(grouped.frame["estimate"][1] - model.frame["estimate"][1]) > 0.1 * model.frame["std_error"][1]


def test_prediction_keeps_the_order_and_index_of_people() -> None:
    model = fine_gray(cohort_of(staff(), entry="start"), "age", cause="resigned", strata="site")
    people = pd.DataFrame({"age": [30.0, 60.0, 30.0], "site": ["b", "a", "a"]}, index=["x", "y", "z"])

    found = model.predict_incidence(people, at=[6, 12])
    single = pd.concat([model.predict_incidence(people.loc[[name]], at=[6, 12]) for name in people.index])

    assert found.index.tolist() == ["x", "x", "y", "y", "z", "z"]
    assert found["time"].tolist() == [6.0, 12.0] * 3
    np.testing.assert_allclose(found[SHOWN], single[SHOWN], rtol=1e-12)
    polars = model.predict_incidence(pl.from_pandas(people), at=[6, 12])
    np.testing.assert_allclose(polars[SHOWN], found[SHOWN], rtol=1e-12)


def test_level_of_predictions_is_the_models_unless_said() -> None:
    model = fine_gray(cohort_of(staff()), "age", cause="resigned", conf_level=0.8)
    people = staff().head(3)

    assert model.predict_incidence(people, at=9).equals(model.predict_incidence(people, at=9, conf_level=0.8))
    wider = model.predict_incidence(people, at=9, conf_level=0.95)
    assert (wider["conf_low"] < model.predict_incidence(people, at=9)["conf_low"]).all()


def test_offset_is_a_coefficient_of_one() -> None:
    frame = staff()
    fitted = fine_gray(cohort_of(frame, entry="start"), "age + route", cause="resigned")
    own = fitted.frame["estimate"][0]

    fixed = fine_gray(
        cohort_of(frame.assign(shift=own * frame["age"]), entry="start"), "route", cause="resigned", offset="shift"
    )

    assert fixed.frame["estimate"][0] == pytest.approx(fitted.frame["estimate"][1], rel=1e-9)
    assert fixed.log_likelihood == pytest.approx(fitted.log_likelihood, rel=1e-12)
    people = frame.head(4).assign(shift=own * frame["age"].head(4))
    np.testing.assert_allclose(
        fixed.predict_incidence(people, at=12)["estimate"],
        fitted.predict_incidence(people, at=12)["estimate"],
        rtol=1e-9,
    )


def test_units_of_a_covariate_change_its_coefficient_alone() -> None:
    frame = staff()
    model = fine_gray(cohort_of(frame, entry="start"), "age + route", cause="resigned")
    scaled = fine_gray(
        cohort_of(frame.assign(age=frame["age"] * 1e6 + 1e9), entry="start"), "age + route", cause="resigned"
    )

    np.testing.assert_allclose(scaled.frame["p_value"], model.frame["p_value"], rtol=1e-7)
    assert scaled.frame["estimate"][0] == pytest.approx(model.frame["estimate"][0] / 1e6, rel=1e-7)
    people = frame.head(5)
    found = scaled.predict_incidence(people.assign(age=people["age"] * 1e6 + 1e9), at=9)
    np.testing.assert_allclose(found[SHOWN], model.predict_incidence(people, at=9)[SHOWN], rtol=1e-7)


def test_times_that_differ_in_the_last_bit_are_one_time() -> None:
    frame = staff()
    shaken = frame.assign(
        months=frame["months"] * (1 + np.random.default_rng(2).choice([0, 1e-15, -1e-15], len(frame))),
        start=frame["start"].astype(float),
    )

    model = fine_gray(cohort_of(frame, entry="start"), "age", cause="resigned")
    near = fine_gray(cohort_of(shaken, entry="start"), "age", cause="resigned")

    np.testing.assert_allclose(near.frame[SHOWN], model.frame[SHOWN], rtol=1e-12)


def test_leavings_on_the_first_day_count() -> None:
    frame = staff()
    model = fine_gray(cohort_of(frame), "age", cause="resigned")
    earlier = fine_gray(
        cohort_of(frame.assign(months=frame["months"] - frame["months"].min())), "age", cause="resigned"
    )

    np.testing.assert_allclose(earlier.frame[SHOWN], model.frame[SHOWN], rtol=1e-12)
    people, first = frame.head(3), float(frame["months"].min())
    np.testing.assert_allclose(
        earlier.predict_incidence(people, at=0)[SHOWN], model.predict_incidence(people, at=first)[SHOWN], rtol=1e-10
    )
    assert (earlier.predict_incidence(people, at=0)["estimate"] > 0).all()


def test_rows_of_weight_nought_count_nowhere() -> None:
    frame = staff().assign(w=[1.0] * 250 + [0.0] * 50)

    model = fine_gray(cohort_of(frame, entry="start", weight="w"), "age + route", cause="resigned")
    fewer = fine_gray(cohort_of(frame.head(250), entry="start", weight="w"), "age + route", cause="resigned")

    np.testing.assert_allclose(model.frame[SHOWN], fewer.frame[SHOWN], rtol=1e-10)


def test_careers_of_forty_years_in_days() -> None:
    frame = staff()
    days = frame.assign(months=frame["months"] * 487, start=frame["start"] * 487)

    model = fine_gray(cohort_of(frame, entry="start"), "age", cause="resigned")
    longer = fine_gray(cohort_of(days, entry="start"), "age", cause="resigned")

    np.testing.assert_allclose(longer.frame[SHOWN], model.frame[SHOWN], rtol=1e-12)


def test_a_cause_with_one_leaving() -> None:
    frame = staff()
    frame["reason"] = "resigned"
    frame.loc[frame.index[frame["left"] & (frame["months"] > 10)][3], "reason"] = "died"

    model = fine_gray(cohort_of(frame), "age", cause="died")

    assert np.isfinite(model.frame[SHOWN]).all(axis=None)
    assert np.isfinite(model.predict_incidence(frame.head(3), at=25)[SHOWN]).all(axis=None)


def test_nobody_left_by_the_cause() -> None:
    frame = staff()
    with pytest.raises(InvalidDataError, match="nobody"):
        fine_gray(cohort_of(frame.assign(w=np.where(frame["reason"] == "retired", 0.0, 1.0)), weight="w"), "age",
                  cause="retired")  # fmt: skip
    frame.loc[frame["reason"] == "retired", "age"] = np.nan
    with pytest.raises(InvalidDataError, match="somebody who left by retired"):
        fine_gray(cohort_of(frame), "age", cause="retired", missing="drop")
    with pytest.raises(InvalidArgumentError, match="cause"):
        fine_gray(cohort_of(staff().assign(left=False)), "age", cause="resigned")


def test_refusals_name_what_is_wrong() -> None:
    frame = staff()
    cohort = cohort_of(frame.assign(twice=2 * frame["age"]))
    with pytest.raises(MissingColumnError):
        fine_gray(cohort, "grade", cause="resigned")
    with pytest.raises(MissingColumnError, match="ward"):
        fine_gray(cohort, "age", cause="resigned", censoring_by="ward")
    with pytest.raises(InvalidArgumentError, match="resigned, retired"):
        fine_gray(cohort, "age", cause="died")
    with pytest.raises(InvalidArgumentError, match="ties"):
        fine_gray(cohort, "age", cause="resigned", ties="exact")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="variance"):
        fine_gray(cohort, "age", cause="resigned", variance="model")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="conf_level"):
        fine_gray(cohort, "age", cause="resigned", conf_level=95)
    with pytest.raises(InvalidArgumentError, match="formula"):
        fine_gray(cohort, "1", cause="resigned")
    with pytest.raises(InvalidDataError, match="twice"):
        fine_gray(cohort, "age + twice", cause="resigned")
    with pytest.raises(InvalidDataError, match="two clusters"):
        fine_gray(cohort_of(frame.assign(trust=1)), "age", cause="resigned", cluster="trust")
    with pytest.raises(InvalidDataError, match="site"):
        fine_gray(cohort, "site", cause="resigned", strata="site")


def test_separation_names_the_level() -> None:
    frame = staff()
    frame.loc[frame["route"] == "home", "reason"] = "resigned"

    with pytest.raises(InvalidDataError, match=r"route, level home"):
        fine_gray(cohort_of(frame), "age + route", cause="retired")


def test_few_clusters_are_warned_of() -> None:
    frame = staff().assign(trust=lambda rows: rows["age"] > 40)

    with pytest.warns(WorkforceMetricsWarning, match="clusters are too few"):
        fine_gray(cohort_of(frame), "age + route", cause="resigned", cluster="trust")


def test_a_risk_set_that_ran_empty_is_refused_only_where_it_matters() -> None:
    frame = staff().assign(start=lambda rows: rows["start"] + 2, months=lambda rows: rows["months"] + 2)
    early = pd.DataFrame(
        {"age": [30.0, 50.0], "route": ["home", "abroad"], "start": 0, "months": 1, "left": True, "reason": "retired"}
    ).assign(trust=0, site="a")

    with pytest.raises(InvalidDataError, match="1 time"):
        fine_gray(cohort_of(pd.concat([early, frame]), entry="start"), "age", cause="resigned")
    harmless = pd.concat([early.assign(reason="resigned"), frame])
    model = fine_gray(cohort_of(harmless, entry="start"), "age", cause="resigned")
    assert np.isfinite(model.frame[SHOWN]).all(axis=None)


def test_before_the_first_leaving_and_after_the_last_follow_up() -> None:
    frame = staff()
    frame["months"] += 2
    model = fine_gray(cohort_of(frame), "age", cause="resigned")
    people = frame.head(2)

    assert (model.predict_incidence(people, at=1)[["estimate", "std_error"]] == 0).all(axis=None)
    with pytest.warns(RiskSetWarning, match="beyond"):
        beyond = model.predict_incidence(people, at=[5, 500])
    assert beyond["estimate"].isna().tolist() == [False, True] * 2
    with pytest.raises(InvalidArgumentError, match="at"):
        model.predict_incidence(people, at=-1)
    with pytest.raises(MissingColumnError):
        model.predict_incidence(people[["route"]], at=5)


def test_missing_values_are_refused_or_counted() -> None:
    frame = staff()
    frame.loc[:9, "age"] = np.nan
    frame["ward"] = frame["site"].where(frame.index > 19)

    with pytest.raises(InvalidDataError, match="age"):
        fine_gray(cohort_of(frame), "age", cause="resigned")
    with pytest.raises(InvalidDataError, match="ward"):
        fine_gray(cohort_of(frame), "route", cause="resigned", censoring_by="ward")
    found = fine_gray(cohort_of(frame), "age", cause="resigned", censoring_by="ward", missing="drop")
    assert found.provenance["n_missing"] == 20


def test_the_picture() -> None:
    axes = fine_gray(cohort_of(staff()), "age + route", cause="resigned").plot()

    assert [label.get_text() for label in axes.get_yticklabels()] == ["age", "route[T.home]"]
    assert axes.get_xlabel() == "Subdistribution hazard ratio"


# ---------------------------------------------------------------- known truth

SHARE, EFFECT = 0.5, np.array([0.5, -0.7])


def simulated(n: int, seed: int, *, late: bool) -> pd.DataFrame:
    """Draw from Fine and Gray's model: P(left by the cause by t) = 1 - (1 - SHARE (1 - exp(-t)))^exp(x b).

    Those who leave by another cause do so at a rate that depends on x; the end of observation does not.
    """
    rng = np.random.default_rng(seed)
    size = 3 * n if late else n
    frame = pd.DataFrame({"age": rng.normal(0, 1, size), "home": (rng.random(size) < 0.5).astype(float)})
    ratio = np.exp(frame.to_numpy() @ EFFECT)
    drawn = rng.random(size)
    ever = 1 - (1 - SHARE) ** ratio
    own = -np.log1p(-(1 - (1 - np.minimum(drawn, ever * (1 - 1e-12))) ** (1 / ratio)) / SHARE)
    other = rng.exponential(1 / np.exp(0.3 * frame["age"] - 0.4))
    leaves = np.where(drawn < ever, own, other)
    entry, end = rng.uniform(0, 0.8, size) * (rng.random(size) < 0.7), rng.uniform(0.8, 3, size)
    frame["entry"], frame["time"] = entry, np.minimum(leaves, end)
    frame["left"], frame["reason"] = leaves < end, np.where(drawn < ever, "cause", "other")
    return frame[frame["time"] > frame["entry"]].head(n) if late else frame


def fitted(frame: pd.DataFrame, *, late: bool) -> FineGrayModel:
    cohort = wm.Cohort.from_frame(
        frame if late else frame.drop(columns="entry"),
        duration="time",
        event="left",
        cause="reason",
        entry="entry" if late else None,
        time_unit="years",
    )
    return fine_gray(cohort, "age + home", cause="cause")


@pytest.mark.parametrize("late", [False, True])
def test_estimates_and_predictions_are_near_the_truth(*, late: bool) -> None:
    people = pd.DataFrame({"age": [-1.0, 0.0, 1.5], "home": [1.0, 0.0, 0.0]})

    model = fitted(simulated(30_000, 7, late=late), late=late)
    found = model.predict_incidence(people, at=[0.5, 2])

    assert (np.abs(model.frame["estimate"] - EFFECT) < 3.5 * model.frame["std_error"]).all()
    assert (model.frame["std_error"] < 0.025).all()
    grown = SHARE * (1 - np.exp(-np.array([0.5, 2.0])))
    truth = 1 - (1 - grown) ** np.exp(people.to_numpy() @ EFFECT)[:, None]
    assert (np.abs(found["estimate"] - truth.ravel()) < 3.5 * found["std_error"]).all()


@pytest.mark.parametrize("late", [False, True])
def test_standard_errors_are_the_spread_of_estimates(*, late: bool) -> None:
    people = pd.DataFrame({"age": [0.5], "home": [0.0]})
    truth = 1 - (1 - SHARE * (1 - np.exp(-1.0))) ** np.exp(0.5 * EFFECT[0])
    estimates, errors, covered = [], [], []
    for seed in range(250):
        model = fitted(simulated(300, 1000 + seed, late=late), late=late)
        risk = model.predict_incidence(people, at=1)
        estimates.append([*model.frame["estimate"], risk["estimate"].item()])
        errors.append([*model.frame["std_error"], risk["std_error"].item()])
        table = pd.concat([model.frame, risk])
        covered.append(table["conf_low"].lt([*EFFECT, truth]) & table["conf_high"].gt([*EFFECT, truth]))

    # the spread of 250 estimates has a standard error of 4.5 %, their coverage one of 1.4 points
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.14)
    assert (np.mean(covered, axis=0) > 0.95 - 3 * 0.014).all()
