"""What parametric models accept, refuse, warn of and draw."""

import re
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.parametric import ParametricModel, parametric

DISTRIBUTIONS = ["exponential", "weibull", "log-normal", "log-logistic", "spline"]


def staff(**change: object) -> pd.DataFrame:
    length = np.tile([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 3)
    frame = pd.DataFrame(
        {
            "year": length,
            "left": np.arange(36) % 5 != 0,
            "route": np.where(np.arange(36) % 3 == 0, "home", "abroad"),
            "age": 30.0 + np.arange(36) % 7,
            "team": np.arange(36) % 6,
        }
    )
    return frame.assign(**change)


def cohort_of(frame: pd.DataFrame, **roles: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="year", event="left", time_unit="years", **roles)


def fitted(frame: pd.DataFrame | None = None, formula: str = "route + age", **asked: Any) -> ParametricModel:
    return parametric(cohort_of(staff() if frame is None else frame), formula, **asked)


def test_lifelines_is_loaded_only_by_a_fit() -> None:
    code = (
        "import sys, workforce_metrics.survival.parametric as p; before = 'lifelines' in sys.modules;"
        "import pandas as pd; from workforce_metrics import Cohort;"
        "frame = pd.DataFrame({'t': [1, 2], 'e': [True, True]});"
        "p.parametric(Cohort.from_frame(frame, duration='t', event='e', time_unit='years'));"
        "print(before, 'lifelines' in sys.modules)"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert found.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_terms_and_columns(distribution: str) -> None:
    frame = fitted(distribution=distribution).frame

    shapes = {"exponential": [], "spline": ["gamma1", "gamma2", "gamma3"]}.get(distribution, ["log(scale)"])
    assert frame["term"].tolist() == ["Intercept", "route[T.home]", "age", *shapes]
    assert list(frame) == [
        "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n", "n_event",
    ]  # fmt: skip
    np.testing.assert_allclose(frame["statistic"], frame["estimate"] / frame["std_error"])
    np.testing.assert_allclose(frame["conf_high"] - frame["conf_low"], 2 * 1.959963984540054 * frame["std_error"])


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_huge_numbers_and_tiny_times_change_nothing(distribution: str) -> None:
    plain = fitted(distribution=distribution)
    large = fitted(staff(age=1e6 * staff()["age"] + 1e8), distribution=distribution)
    quick = fitted(staff(year=staff()["year"] * 1e-3), distribution=distribution)

    assert large.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(large.table["statistic"][1:], plain.table["statistic"][1:], rtol=1e-6)
    np.testing.assert_allclose(quick.table["statistic"][1:3], plain.table["statistic"][1:3], rtol=1e-6)


def test_a_cohort_of_a_register_is_modelled_in_years_up_to_its_horizon() -> None:
    rng = np.random.default_rng(4)
    joined = pd.Timestamp("2012-01-01") + pd.to_timedelta(rng.integers(0, 4000, 600), unit="D")
    left = joined + pd.to_timedelta(np.ceil(rng.lognormal(7.5, 0.8, 600)), unit="D")
    people = pd.DataFrame({"id": np.arange(600), "on": joined, "off": left.where(left <= pd.Timestamp("2025-01-01"))})
    register = wm.read_register(
        people[people["off"].isna() | (people["off"] > pd.Timestamp("2015-01-01"))],
        columns={"person_id": "id", "joined": "on", "left": "off"},
        observed_from="2015-01-01",
        observed_to="2025-01-01",
        definition="left",
    )
    cohort = wm.build_cohort(register, horizon_years=5)

    model = parametric(cohort, distribution="log-normal")

    assert model.followed == 5.0
    assert model.time_unit == "years"
    assert model.table["n"][0] == len(cohort)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        at_horizon = model.predict_risk(cohort.covariates.head(1), at=5)["estimate"].item()
    assert at_horizon == pytest.approx(wm.leaving_within(cohort).frame["estimate"].item(), abs=0.03)


def test_risks_beyond_follow_up_are_said_to_be_extrapolated() -> None:
    model = fitted()

    with pytest.warns(RiskSetWarning, match="beyond 12 years: later risks rest on the weibull"):
        risk = model.predict_risk(staff().head(2), at=[12, 20])

    assert risk.index.tolist() == [0, 0, 1, 1]
    assert (np.diff(risk["estimate"].to_numpy().reshape(2, 2), axis=1) > 0).all()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_surviving_in_steps_multiplies(distribution: str) -> None:
    model, people = fitted(distribution=distribution), staff().head(3)

    whole = model.predict_risk(people, at=10)["estimate"]
    first = model.predict_risk(people, at=4)["estimate"]
    second = model.predict_risk(people, at=10, given=4)["estimate"]

    np.testing.assert_allclose(1 - whole, (1 - first) * (1 - second), rtol=1e-12)


def test_risk_at_joining_is_zero_and_polars_will_do() -> None:
    polars = pytest.importorskip("polars")
    people = polars.DataFrame({"route": ["home", "abroad"], "age": [31.0, 35.0]})

    risk = fitted().predict_risk(people, at=[0, 5])

    assert risk["estimate"].tolist()[::2] == [0.0, 0.0]
    assert (risk["estimate"].to_numpy()[1::2] > 0).all()


def test_ratios_and_what_they_are_called() -> None:
    weibull, spline = fitted(), fitted(distribution="spline")

    assert weibull.time_ratios["term"].tolist() == ["route[T.home]", "age"]
    np.testing.assert_allclose(weibull.time_ratios["estimate"], np.exp(weibull.table["estimate"][1:3]))
    np.testing.assert_allclose(spline.hazard_ratios["conf_low"], np.exp(spline.table["conf_low"][1:3]))
    assert spline.provenance["df"] == 3
    with pytest.raises(InvalidArgumentError, match="hazard_ratios"):
        _ = spline.time_ratios
    with pytest.raises(InvalidArgumentError, match="time_ratios"):
        _ = weibull.hazard_ratios


def test_spells_are_accounted_for() -> None:
    frame = staff(w=np.where(np.arange(36) == 4, 0.0, 1.0))
    frame.loc[0, ["year", "left"]] = [0.0, False]
    frame.loc[1, "age"] = np.nan
    cohort = cohort_of(frame, weight="w")

    made = parametric(cohort, "age", missing="drop", cluster="team").provenance

    assert {name: made[name] for name in ("n", "n_never_at_risk", "n_missing", "n_clusters")} == {
        "n": 33, "n_never_at_risk": 1, "n_missing": 1, "n_clusters": 6,
    }  # fmt: skip


def test_weights_that_are_not_whole_numbers_raise_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        weighted = parametric(cohort_of(staff(w=0.5), weight="w"), "age")

    np.testing.assert_allclose(weighted.table["std_error"], np.sqrt(2) * fitted(formula="age").table["std_error"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"distribution": "gamma"}, "distribution: expected one of exponential, weibull"),
        ({"missing": "ignore"}, "missing: expected 'refuse' or 'drop'"),
        ({"df": 3}, "df: expected None but for the spline"),
        ({"knots": [1, 2, 3]}, "knots: expected None but for the spline"),
        ({"distribution": "spline", "df": 1}, "df: expected a whole number from 2"),
        ({"distribution": "spline", "df": 2, "knots": [1, 2, 3]}, "knots: expected knots or df"),
        ({"distribution": "spline", "knots": [0, 2, 3]}, "knots: expected at least three ascending times after 0"),
        ({"distribution": "spline", "knots": [1, 3]}, "distribution='weibull'"),
        ({"conf_level": 95}, "conf_level"),
    ],
)
def test_arguments_that_are_none(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        fitted(**asked)


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        ({"left": False}, {}, "somebody who left, got nobody"),
        ({"left": lambda f: f["left"] & (f["route"] == "home")}, {}, "nobody leaving at route, the level that"),
        ({"left": lambda f: f["left"] & (f["route"] != "home")}, {}, "nobody leaving at route, level home"),
        ({"year": 5.0}, {}, "leavings at different times, got all at one time"),
        ({"year": lambda f: f["year"] - 1}, {}, "leavings after time 0"),
        ({"age": np.nan}, {}, "age: expected a value in every row"),
        ({"age": 40.0}, {}, "is the same in every row: age"),
        ({"age": lambda f: np.where(f["left"], 0.0, 1 + f["age"])}, {}, "most of all that of age"),
        ({"year": lambda f: np.ceil(f["year"] / 6)}, {"distribution": "spline"}, "knots that coincide"),
        ({"team": 1}, {"cluster": "team"}, "at least two clusters"),
    ],
)
def test_data_without_an_estimate(change: dict[str, Any], asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDataError, match=re.escape(message)):
        fitted(staff(**change), **asked)


def test_columns_that_are_not_there() -> None:
    with pytest.raises(MissingColumnError, match="pay"):
        fitted(formula="pay")
    with pytest.raises(MissingColumnError, match="did you mean 'team'"):
        fitted(cluster="teams")
    with pytest.raises(MissingColumnError, match="age"):
        fitted().predict_risk(pd.DataFrame({"route": ["home"]}), at=2)


def test_people_without_a_prediction() -> None:
    model = fitted()
    with pytest.raises(InvalidDataError, match="no rows"):
        model.predict_risk(staff().head(0), at=2)
    with pytest.raises(InvalidDataError, match="level 'sea'"):
        model.predict_risk(staff(route="sea"), at=2)
    with pytest.raises(InvalidArgumentError, match="at: expected times from 3"):
        model.predict_risk(staff(), at=2, given=3)


def test_a_spline_whose_hazard_would_be_negative_is_refused() -> None:
    early, late = np.linspace(0.5, 1.0, 40), np.linspace(9.0, 10.0, 40)
    stay = np.full(200, 12.0)
    frame = pd.DataFrame({"year": np.concatenate((early, late, stay)), "left": np.arange(280) < 80})

    with pytest.raises(InvalidDataError, match=r"df: expected a hazard that is positive throughout"):
        fitted(frame, "1", distribution="spline", df=4)


@pytest.mark.parametrize(("distribution", "label"), [("weibull", "Time ratio"), ("spline", "Hazard ratio")])
def test_plot_shows_the_ratios(distribution: str, label: str) -> None:
    ax = fitted(distribution=distribution).plot()

    assert ax.get_xlabel() == label
    assert [text.get_text() for text in ax.get_yticklabels()] == ["route[T.home]", "age"]
    plt.close("all")


def test_plot_without_covariates_says_what_to_draw() -> None:
    with pytest.raises(InvalidArgumentError, match="plot predict_risk"):
        fitted(formula="1").plot()


def test_repr_is_one_line() -> None:
    assert repr(fitted()).startswith("<Parametric model: 4 rows; time_unit=years") or "distribution=weibull" in repr(
        fitted()
    )
