"""Cox regression: its arguments, errors, predictions and pictures."""

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
from workforce_metrics.plotting.schoenfeld import draw_schoenfeld, local_line
from workforce_metrics.survival.cox import concordance, cox

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def staff(n: int = 300, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "route": rng.choice(["abroad", "home", "return"], n)})
    frame["months"] = rng.integers(1, 30, n)
    return frame.assign(left=rng.random(n) < 0.6, trust=rng.integers(0, 20, n), w=rng.integers(1, 4, n))


def cohort_of(frame: pd.DataFrame, **asked: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="months", event="left", time_unit="months", **asked)  # type: ignore[arg-type]


def test_the_table_is_tidy() -> None:
    table = cox(cohort_of(staff()), "age + route").frame

    assert table.columns.tolist() == [
        "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n", "n_event",
    ]  # fmt: skip
    assert table["term"].tolist() == ["age", "route[T.home]", "route[T.return]"]
    np.testing.assert_allclose(table["statistic"], table["estimate"] / table["std_error"])
    np.testing.assert_allclose((table["conf_low"] + table["conf_high"]) / 2, table["estimate"])


def test_the_robust_error_stands_first_and_the_models_beside_it() -> None:
    plain = cox(cohort_of(staff()), "age + route").frame
    robust = cox(cohort_of(staff()), "age + route", cluster="trust").frame
    not_asked = cox(cohort_of(staff()), "age + route", cluster="trust", robust=False).frame

    assert robust["model_std_error"].tolist() == plain["std_error"].tolist()
    assert not np.allclose(robust["std_error"], plain["std_error"])
    assert not_asked["std_error"].tolist() == plain["std_error"].tolist()


def test_what_was_asked_stands_in_the_provenance() -> None:
    frame = staff().assign(age=lambda f: f["age"].where(f["age"] > 25))
    missing = int(frame["age"].isna().sum())

    with pytest.raises(InvalidDataError, match=f"{missing} missing"):
        cox(cohort_of(frame), "age")
    model = cox(cohort_of(frame), "age", strata="route", missing="drop", ties="breslow")

    assert model.provenance["n_missing"] == missing
    assert model.provenance["n"] == len(frame) - missing
    assert model.provenance["strata"] == "route"
    assert model.provenance["ties"] == "breslow"
    assert model.residuals("martingale").index.tolist() == np.flatnonzero(frame["age"].notna()).tolist()
    assert "Cox model" in repr(model)


def test_hazard_ratios_and_covariance() -> None:
    model = cox(cohort_of(staff()), "age + route")

    np.testing.assert_allclose(np.log(model.hazard_ratios["conf_low"]), model.frame["conf_low"])
    np.testing.assert_allclose(np.sqrt(np.diag(model.covariance)), model.frame["std_error"])


def test_causes_are_taken_together() -> None:
    frame = staff().assign(reason=lambda f: np.where(f["age"] > 40, "retired", "moved"))

    one, other = cox(cohort_of(frame), "route"), cox(cohort_of(frame, cause="reason"), "route")

    pd.testing.assert_frame_equal(one.frame, other.frame)


# ---------------------------------------------------------------- what cannot be fitted


SEPARATED = staff().assign(left=lambda f: f["left"] & (f["route"] != "home"))
BAD: dict[str, tuple[pd.DataFrame, str, dict[str, object], str]] = {
    "a level whose people all stay": (SEPARATED, "age + route", {}, "route, level home"),
    "everyone stays": (staff().assign(left=False), "age", {}, "somebody who left"),
    "one person": (staff().iloc[:1], "age", {}, "the same in every row: age"),
    "constant within strata": (staff(), "age + route", {"strata": "route"}, "route, level home; route, level return"),
    "duplicated": (staff().assign(years=lambda f: f["age"] * 12), "age + years", {}, "years"),
    "one cluster": (staff().assign(trust="one"), "age", {"cluster": "trust"}, "two clusters"),
    "a missing stratum": (staff().assign(trust=None), "age", {"strata": "trust"}, "300 rows with missing"),
    "an offset that is no logarithm": (
        staff().assign(o=lambda f: f["age"] * 100),
        "age",
        {"offset": "o"},
        "logarithms",
    ),
    "an offset in words": (staff(), "age", {"offset": "route"}, "a finite number"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_fitted_says_why(name: str) -> None:
    frame, formula, asked, told = BAD[name]

    with pytest.raises(InvalidDataError, match=told):
        cox(cohort_of(frame), formula, **asked)  # type: ignore[arg-type]


def test_arguments_are_checked() -> None:
    cohort = cohort_of(staff())

    with pytest.raises(InvalidArgumentError, match="ties"):
        cox(cohort, "age", ties="exact")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="conf_level"):
        cox(cohort, "age", conf_level=95)
    with pytest.raises(InvalidArgumentError, match="at least one covariate"):
        cox(cohort, "1")
    with pytest.raises(MissingColumnError, match="ward"):
        cox(cohort, "age", cluster="ward")


def test_too_few_clusters_warn() -> None:
    frame = staff().assign(trust=lambda f: f["trust"] % 2)

    with pytest.warns(WorkforceMetricsWarning, match="2 clusters are too few"):
        cox(cohort_of(frame), "age + route", cluster="trust")


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_a_covariate_changes_nothing_else(scale: float) -> None:
    one = cox(cohort_of(staff()), "age + route").frame
    other = cox(cohort_of(staff().assign(age=lambda f: f["age"] * scale + 1e3 * scale)), "age + route").frame

    np.testing.assert_allclose(other["statistic"], one["statistic"], rtol=1e-9)


def test_near_duplicates_have_an_answer_or_an_error() -> None:
    rng = np.random.default_rng(3)
    near = staff().assign(again=lambda f: f["age"] + 1e-3 * rng.normal(size=len(f)))
    same = staff().assign(again=lambda f: f["age"] + 1e-9 * rng.normal(size=len(f)))

    assert np.isfinite(cox(cohort_of(near), "age + again").frame["std_error"]).all()
    with pytest.raises(InvalidDataError, match="again"):
        cox(cohort_of(same), "age + again")


def test_one_leaving_is_enough_for_one_covariate() -> None:
    frame = staff().assign(left=lambda f: f.index == f["months"].idxmin())

    assert np.isfinite(cox(cohort_of(frame), "age").frame["std_error"]).all()


def test_rows_of_weight_nought_count_for_nothing() -> None:
    frame = staff().assign(w=lambda f: np.where(f["route"] == "home", 0, f["w"]))
    own = frame[frame["w"] > 0]

    one = cox(cohort_of(frame, weight="w"), "age").frame
    other = cox(cohort_of(own, weight="w"), "age").frame

    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-9)


# ---------------------------------------------------------------- predictions


def test_risk_rises_with_time_and_keeps_the_people_apart() -> None:
    model = cox(cohort_of(staff()), "age + route")
    people = pd.DataFrame({"age": [30.0, 50.0], "route": ["home", "abroad"]}, index=["x", "y"])

    found = model.predict_risk(people, at=[6, 12])

    assert found.index.tolist() == ["x", "x", "y", "y"]
    assert found["time"].tolist() == [6, 12, 6, 12]
    assert (found["conf_low"] < found["estimate"]).all()
    assert (found["estimate"] < found["conf_high"]).all()
    assert found.loc["x", "estimate"].is_monotonic_increasing
    alone = model.predict_risk(pl.DataFrame({"age": [50.0], "route": ["abroad"]}), at=12)
    assert alone["estimate"].iloc[0] == pytest.approx(found["estimate"].iloc[3], rel=1e-14)


def test_risk_given_time_served() -> None:
    model, people = cox(cohort_of(staff()), "age"), pd.DataFrame({"age": [33.0]})
    to_6, to_12 = model.predict_risk(people, at=[6, 12])["estimate"]

    after_6 = model.predict_risk(people, at=12, given=6)["estimate"].iloc[0]

    assert 1 - after_6 == pytest.approx((1 - to_12) / (1 - to_6), rel=1e-12)


def late_staff() -> pd.DataFrame:
    """Sixty spells, entered late or not, with ties, weights, two strata and clusters of five."""
    frame = staff(60, seed=3).drop(columns="route").assign(since=0, site=np.arange(60) % 2, team=np.arange(60) // 5)
    frame.loc[::4, "since"] = frame.loc[::4, "months"] // 3
    return frame.assign(w=frame["w"].astype(float))


def risk_of(frame: pd.DataFrame, people: pd.DataFrame, ties: str, given: float) -> np.ndarray:
    cohort = cohort_of(frame, entry="since", weight="w")
    model = cox(cohort, "age", strata="site", ties=ties)  # type: ignore[arg-type]
    return model.predict_risk(people, at=[8, 20], given=given)["estimate"].to_numpy()


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("given", [0, 4])
def test_robust_errors_of_risks_are_what_each_weight_moves(ties: str, given: int) -> None:
    frame, people = late_staff(), pd.DataFrame({"age": [30.0, 55.0, 40.0], "site": [0, 1, 1]})
    moved, step = [], 1e-4
    for row in range(len(frame)):
        weight = frame["w"].to_numpy()
        one = np.arange(len(frame)) == row
        up, down = (risk_of(frame.assign(w=weight * (1 + s * one)), people, ties, given) for s in (step, -step))
        moved.append((up - down) / (2 * step))
    by_team = np.array(moved).reshape(12, 5, -1).sum(axis=1)
    cohort = cohort_of(frame, entry="since", weight="w")

    for asked, expected in (({"cluster": "team"}, by_team), ({"robust": True}, np.array(moved))):
        model = cox(cohort, "age", strata="site", ties=ties, **asked)  # type: ignore[arg-type]
        found = model.predict_risk(people, at=[8, 20], given=given)
        np.testing.assert_allclose(found["std_error"], np.sqrt((expected**2).sum(axis=0)), rtol=1e-6)


def test_robust_errors_of_risks_repeat_those_of_the_rows_where_clusters_are_copies() -> None:
    frame, person = staff(), pd.DataFrame({"age": [30.0]})
    copies = pd.concat([frame.assign(id=np.arange(300))] * 4, ignore_index=True)

    once = cox(cohort_of(frame), "age", robust=True, ties="breslow").predict_risk(person, at=12)
    four_times = cox(cohort_of(copies), "age", cluster="id", ties="breslow").predict_risk(person, at=12)

    pd.testing.assert_frame_equal(four_times, once, rtol=1e-8)


def test_risk_at_the_reference_is_that_of_the_baseline() -> None:
    model = cox(cohort_of(staff()), "age + route", strata="trust")
    last = model.baseline_hazard().query("trust == 3").iloc[-1]
    reference = pd.DataFrame({"age": [staff()["age"].mean()], "route": ["abroad"], "trust": [3]})

    risk = model.predict_risk(reference, at=last["time"]).iloc[0]

    assert risk["estimate"] == pytest.approx(1 - np.exp(-last["estimate"]), rel=1e-10)
    assert risk["std_error"] == pytest.approx(np.exp(-last["estimate"]) * last["std_error"], rel=1e-10)


def test_a_register_is_spoken_of_in_years_up_to_its_horizon() -> None:
    joined = pd.to_datetime(["2015-04-01", "2016-02-29", "2017-05-01", "2018-01-01", "2016-06-01", "2015-09-01"] * 5)
    stay = pd.to_timedelta(np.arange(30) * 70 + 40, unit="D")
    frame = pd.DataFrame({"id": np.arange(30), "on": joined, "off": joined + stay, "route": ["home", "abroad"] * 15})
    register = wm.read_register(
        frame,
        columns={"person_id": "id", "joined": "on", "left": "off"},
        definition="left",
        observed_from=None,
        observed_to="2025-01-01",
    )
    model = cox(wm.build_cohort(register, horizon_years=5), "route")

    risk = model.predict_risk(pd.DataFrame({"route": ["home"]}), at=[1, 5])["estimate"]

    assert model.baseline_hazard()["time"].max() <= 5
    assert 0 < risk.iloc[0] < risk.iloc[1] < 1


def test_beyond_the_follow_up_the_risk_is_missing_and_says_so() -> None:
    model = cox(cohort_of(staff()), "age")

    with pytest.warns(RiskSetWarning, match="lie beyond"):
        found = model.predict_risk(pd.DataFrame({"age": [33.0]}), at=[12, 60])

    assert found["estimate"].isna().tolist() == [False, True]
    assert found["conf_low"].isna().tolist() == [False, True]


def test_people_whom_the_model_cannot_place() -> None:
    model = cox(cohort_of(staff()), "age + route", strata="trust")
    person = pd.DataFrame({"age": [33.0], "route": ["home"], "trust": [3]})

    with pytest.raises(InvalidDataError, match="trust: expected strata"):
        model.predict_risk(person.assign(trust=99), at=5)
    with pytest.raises(MissingColumnError, match="trust"):
        model.predict_risk(person.drop(columns="trust"), at=5)
    with pytest.raises(InvalidDataError, match="'agency'"):
        model.predict_risk(person.assign(route="agency"), at=5)
    with pytest.raises(InvalidArgumentError, match="at"):
        model.predict_risk(person, at=[2, 5], given=3)


# ---------------------------------------------------------------- diagnostics


def test_residuals_are_known_by_name() -> None:
    model = cox(cohort_of(staff()), "age + route")

    with pytest.raises(InvalidArgumentError, match="kind"):
        model.residuals("pearson")  # type: ignore[arg-type]
    assert model.residuals("dfbeta").columns.tolist() == ["age", "route[T.home]", "route[T.return]"]
    assert len(model.residuals("schoenfeld")) == staff()["left"].sum()


def test_dfbeta_is_about_what_leaving_a_row_out_changes() -> None:
    frame = staff()
    model = cox(cohort_of(frame), "age + route")
    without = cox(cohort_of(frame.drop(index=7)), "age + route").frame["estimate"]

    change = model.frame["estimate"] - without

    np.testing.assert_allclose(model.residuals("dfbeta").loc[7], change, rtol=0.15, atol=2e-4)


def test_a_hazard_ratio_that_changes_is_found() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 2, 2000)
    early, late = rng.exponential(np.where(x == 1, 5, 20)), rng.exponential(np.where(x == 1, 60, 20))
    months = np.ceil(np.where(early < 8, early, 8 + late))
    frame = pd.DataFrame({"months": months, "left": months < 60, "x": x, "z": rng.normal(size=2000)})

    test = cox(cohort_of(frame.assign(months=frame["months"].clip(upper=60))), "x + z").proportional_hazards_test()

    p_value = test.frame.set_index("term")["p_value"]
    assert p_value["x"] < 1e-6
    assert p_value["all terms"] < 1e-6
    assert p_value["z"] > 1e-3


def test_a_transform_that_there_is_not() -> None:
    model = cox(cohort_of(staff()), "age")

    with pytest.raises(InvalidArgumentError, match="transform"):
        model.proportional_hazards_test(transform="sqrt")  # type: ignore[arg-type]


def test_concordance_of_any_score() -> None:
    cohort = cohort_of(staff())
    model = cox(cohort, "age + route")
    risk = model.predict_risk(cohort.covariates, at=12)["estimate"].to_numpy()

    assert concordance(cohort, risk).estimate == pytest.approx(model.concordance.estimate, abs=1e-12)
    assert concordance(cohort, -risk).estimate == pytest.approx(1 - model.concordance.estimate, abs=1e-12)
    assert concordance(cohort, np.ones(len(cohort))).frame["estimate"].tolist() == [0.5]


def test_scores_that_cannot_be_compared() -> None:
    cohort = cohort_of(staff())

    with pytest.raises(InvalidArgumentError, match="300 finite numbers"):
        concordance(cohort, [1.0, 2.0])
    with pytest.raises(InvalidArgumentError, match="1 not finite"):
        concordance(cohort, [np.nan, *range(299)])
    with pytest.raises(InvalidDataError, match="nobody"):
        concordance(cohort_of(staff().assign(left=False)), range(300))
    with pytest.raises(InvalidDataError, match="two people"):
        concordance(cohort_of(staff().assign(months=5, left=True)), range(300))


# ---------------------------------------------------------------- pictures


def test_the_forest_has_a_row_a_term_and_the_ratio_one() -> None:
    ax = cox(cohort_of(staff()), "age + route").plot()

    assert [text.get_text() for text in ax.get_yticklabels()] == ["age", "route[T.home]", "route[T.return]"]
    assert ax.get_xscale() == "log"
    assert len([line for line in ax.lines if line.get_gid() == "no difference"]) == 1
    assert len([text for text in ax.texts if text.get_gid() == "value"]) == 3


def test_schoenfeld_residuals_are_drawn_with_their_smooth() -> None:
    test = cox(cohort_of(staff()), "age + route").proportional_hazards_test()
    _, own = plt.subplots()

    ax = test.plot(own, term="route[T.home]")

    assert ax is own
    assert "route[T.home]" in ax.get_ylabel()
    assert {"residual", "smooth", "mean"} <= {str(line.get_gid()) for line in ax.lines}
    with pytest.raises(InvalidArgumentError, match="term"):
        test.plot(term="route")


def test_one_time_of_leaving_is_drawn_too() -> None:
    assert draw_schoenfeld(np.full(5, 3.0), np.arange(5.0)).get_ylabel() == ""
    assert local_line(np.full(5, 3.0), np.arange(5.0), np.array([3.0]))[0].tolist() == [2.0]
    with pytest.raises(InvalidDataError, match="residual"):
        draw_schoenfeld(np.array([]), np.array([]))
