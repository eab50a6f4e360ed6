"""Four people in two groups, one joining late, an exponential model by hand: every intermediate."""

from math import exp, log, sqrt

import pandas as pd
import pytest

import workforce_metrics as wm

# route      a  a  b  b
# entry      0  1  0  0
# last       2  5  4  8
# left       y  y  n  y
# weight     1  2  1  1
STAFF = pd.DataFrame(
    {
        "route": list("aabb"),
        "from": [0.0, 1.0, 0.0, 0.0],
        "year": [2.0, 5.0, 4.0, 8.0],
        "left": [True, True, False, True],
        "w": [1.0, 2.0, 1.0, 1.0],
        "team": ["x", "y", "x", "y"],
    }
)
EVENTS_A, EXPOSURE_A = 1 + 2, 1 * 2 + 2 * (5 - 1)
EVENTS_B, EXPOSURE_B = 0 + 1, 4 + 8
MEAN_A, MEAN_B = EXPOSURE_A / EVENTS_A, EXPOSURE_B / EVENTS_B  # 10/3 and 12


@pytest.fixture(scope="module")
def model() -> wm.survival.parametric.ParametricModel:
    cohort = wm.Cohort.from_frame(STAFF, duration="year", event="left", entry="from", weight="w", time_unit="years")
    return wm.parametric(cohort, "route", distribution="exponential", cluster="team")


def test_estimates_are_logarithms_of_exposure_by_leavings(model: wm.survival.parametric.ParametricModel) -> None:
    assert model.frame["term"].tolist() == ["Intercept", "route[T.b]"]
    assert model.frame["estimate"].tolist() == pytest.approx([log(MEAN_A), log(MEAN_B) - log(MEAN_A)], rel=1e-10)
    assert model.frame[["n", "n_event"]].drop_duplicates().values.tolist() == [[4, 3]]


def test_the_variance_of_a_logarithm_is_one_by_leavings(model: wm.survival.parametric.ParametricModel) -> None:
    expected = [sqrt(1 / EVENTS_A), sqrt(1 / EVENTS_A + 1 / EVENTS_B)]

    assert model.frame["model_std_error"].tolist() == pytest.approx(expected, rel=1e-8)


def test_robust_variance_from_the_scores_of_teams(model: wm.survival.parametric.ParametricModel) -> None:
    # score of log(mean): weight * (exposure / mean - event), as (Intercept in a, in b) = (a, b); each divided by events
    x = [1 * (2 / MEAN_A - 1) / EVENTS_A, 1 * (4 / MEAN_B - 0) / EVENTS_B]
    y = [2 * (4 / MEAN_A - 1) / EVENTS_A, 1 * (8 / MEAN_B - 1) / EVENTS_B]
    var_a, var_b, cov = x[0] ** 2 + y[0] ** 2, x[1] ** 2 + y[1] ** 2, x[0] * x[1] + y[0] * y[1]

    found = model.covariance.to_numpy()

    assert found[0, 0] == pytest.approx(var_a, rel=1e-8)
    assert found[1, 1] == pytest.approx(var_a + var_b - 2 * cov, rel=1e-8)
    assert found[0, 1] == pytest.approx(cov - var_a, rel=1e-8)


def test_log_likelihood_and_criteria(model: wm.survival.parametric.ParametricModel) -> None:
    value = -EVENTS_A * log(MEAN_A) - EXPOSURE_A / MEAN_A - EVENTS_B * log(MEAN_B) - EXPOSURE_B / MEAN_B

    assert model.log_likelihood == pytest.approx(value, rel=1e-12)
    assert model.aic == pytest.approx(2 * 2 - 2 * value, rel=1e-12)
    assert model.bic == pytest.approx(2 * log(1 + 2 + 1 + 1) - 2 * value, rel=1e-12)


def test_risk_of_who_has_served_a_year(model: wm.survival.parametric.ParametricModel) -> None:
    hazard = (6 - 1) / MEAN_A
    relative = sqrt(model.covariance.to_numpy()[0, 0])  # standard error of log hazard: that of log(MEAN_A)

    risk = model.predict_risk(pd.DataFrame({"route": ["a"]}), at=6, given=1).iloc[0]

    assert risk["estimate"] == pytest.approx(1 - exp(-hazard), rel=1e-10)
    assert risk["std_error"] == pytest.approx(exp(-hazard) * hazard * relative, rel=1e-8)
    assert risk["conf_low"] == pytest.approx(1 - exp(-hazard * exp(-1.959963984540054 * relative)), rel=1e-8)
    assert risk["conf_high"] == pytest.approx(1 - exp(-hazard * exp(1.959963984540054 * relative)), rel=1e-8)


def test_time_ratio_is_the_ratio_of_means(model: wm.survival.parametric.ParametricModel) -> None:
    assert model.time_ratios["estimate"].tolist() == pytest.approx([MEAN_B / MEAN_A], rel=1e-10)
