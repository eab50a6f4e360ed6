"""Kaplan-Meier against R's survfit: estimate, standard error, five intervals, numbers at risk."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm

HERE = Path(__file__).parent
CASES = {
    "lung_ties": False,
    "lung_weights": False,
    "heart_delayed": True,
    "heart_delayed_weights": True,
    "heart_all": True,
    "mgus_age_scale": True,
    "lung_near_ties": False,
    "transplant_time_zero": False,
    "aml_ends_at_zero": False,
}
TOLERANCE = 1e-10  # absolute on probabilities, relative on counts


def cohort_of(case: str, *, delayed: bool) -> wm.Cohort:
    rows = pd.read_csv(HERE / f"{case}.csv")
    rows["event"] = rows["event"] == 1
    return wm.Cohort.from_frame(
        rows,
        duration="stop",
        event="event",
        entry="start" if delayed else None,
        weight=None if (rows["weight"] == 1).all() else "weight",
        time_unit="days",
    )


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain", "logit", "arcsine"])
@pytest.mark.parametrize("case", CASES)
def test_curve_equals_survfit(case: str, conf_type: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_curve.csv")
    golden = golden[golden["conf_type"] == {"arcsine": "arcsin"}.get(conf_type, conf_type)].reset_index(drop=True)

    curve = wm.kaplan_meier(cohort_of(case, delayed=CASES[case]), by="group", conf_type=conf_type).frame

    assert curve["group"].tolist() == golden["group"].tolist()
    for name in ("time", "n_risk", "n_event", "n_censor"):
        np.testing.assert_allclose(curve[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(curve[name], golden[name], rtol=0, atol=TOLERANCE, equal_nan=True, err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_median_equals_quantile_of_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_median.csv")

    median = wm.kaplan_meier(cohort_of(case, delayed=CASES[case]), by="group").median()

    assert median["group"].tolist() == golden["group"].tolist()
    for name in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_allclose(median[name], golden[name], rtol=TOLERANCE, equal_nan=True, err_msg=name)


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_curve.csv") for path in HERE.glob("*_curve.csv")} == set(CASES)
