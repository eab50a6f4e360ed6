"""Kaplan-Meier against R's survfit: estimate, standard error, five intervals, quantiles, clusters, time served."""

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.kaplan_meier import KaplanMeier

HERE = Path(__file__).parent
CLUSTERED = "lung, heart, rats, retinopathy, cgd"
pytestmark = pytest.mark.validates(
    "kaplan_meier", against="R survival survfit, quantile.survfit", data="lung, heart, mgus, transplant, aml"
)
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
    "rests": False,
}
ROBUST = sorted(path.name.removesuffix("_robust.csv") for path in HERE.glob("*_robust.csv"))
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
        agree(curve[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, what=name)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        agree(curve[name], golden[name], atol=TOLERANCE, what=name)


@pytest.mark.parametrize("case", CASES)
def test_median_equals_quantile_of_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_median.csv")

    median = wm.kaplan_meier(cohort_of(case, delayed=CASES[case]), by="group").median()

    assert median["group"].tolist() == golden["group"].tolist()
    for name in ("estimate", "conf_low", "conf_high"):
        agree(median[name], golden[name], rtol=TOLERANCE, what=f"median {name}")


def assert_equal_quantiles(curve: KaplanMeier, golden: pd.DataFrame) -> None:
    """Equal to R; but where a limit rises again R sorts it by value, and may give an interval without the estimate."""
    found = curve.quantile(golden["probability"].unique())
    assert found["group"].tolist() == golden["group"].tolist()
    agree(found["estimate"], golden["estimate"], rtol=TOLERANCE, what="quantile estimate")
    for name in ("conf_low", "conf_high"):
        limits = curve.frame.dropna(subset=name).groupby("group")[name]
        falls = limits.apply(lambda limit: limit.diff().max() <= TOLERANCE)
        of_falling = golden["group"].map(falls).to_numpy(dtype=bool)
        assert (found[name] > golden[name]).sum() == 0
        expected = golden[name].where(of_falling, found[name])
        agree(found[name], expected, rtol=TOLERANCE, what=f"quantile {name}")
    assert not (found["conf_low"] > found["estimate"]).any()
    assert not (found["conf_high"] < found["estimate"]).any()


@pytest.mark.parametrize("case", CASES)
def test_quantiles_equal_quantile_of_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_quantile.csv")

    curve = wm.kaplan_meier(cohort_of(case, delayed=CASES[case]), by="group")

    assert_equal_quantiles(curve, golden)


def robust_case(case: str) -> tuple[wm.Cohort, dict[str, object]]:
    """Return the cohort of a case with clusters or time served, and what is asked of it."""
    rows = pd.read_csv(HERE / f"{case}_rows.csv").drop(columns="given")
    asked: dict[str, object] = {"given": float(pd.read_csv(HERE / f"{case}_rows.csv")["given"].iloc[0])}
    cohort = wm.Cohort.from_frame(
        rows.assign(event=rows["event"] == 1),
        duration="stop",
        event="event",
        entry="start" if "delayed" in case else None,
        weight="weight" if "weights" in case else None,
        time_unit="days",
    )
    without_clusters = case in {"lung_given", "heart_given_delayed_weights"}
    return cohort, asked if without_clusters else {**asked, "cluster": "cluster"}


@pytest.mark.validates("nelson_aalen", against="R survival survfit(cluster=, start.time=)", data=CLUSTERED)
@pytest.mark.validates("kaplan_meier", against="R survival survfit(cluster=, start.time=)", data=CLUSTERED)
@pytest.mark.parametrize("case", ROBUST)
def test_clusters_and_time_served_equal_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_robust.csv")
    cohort, asked = robust_case(case)

    curve = wm.kaplan_meier(cohort, by="group", **asked)  # type: ignore[arg-type]
    hazard = wm.nelson_aalen(cohort, by="group", **asked).frame  # type: ignore[arg-type]

    assert curve.frame["group"].tolist() == golden["group"].tolist()
    for name in ("time", "n_risk", "estimate"):
        agree(curve.frame[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, what=name)
    some = golden["estimate"] > 0  # R gives 0 with an error of 0, we give no error
    assert curve.frame["std_error"].isna().equals(~some)
    for name in ("std_error", "conf_low", "conf_high"):
        agree(curve.frame[name][some], golden[name][some], atol=TOLERANCE, what=name)
    agree(hazard["estimate"], golden["hazard"], rtol=TOLERANCE, atol=TOLERANCE, what="estimate", of="nelson_aalen")
    agree(hazard["std_error"], golden["hazard_std_error"], atol=TOLERANCE, what="std_error", of="nelson_aalen")
    assert_equal_quantiles(curve, pd.read_csv(HERE / f"{case}_robust_quantile.csv"))


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_curve.csv") for path in HERE.glob("*_curve.csv")} == set(CASES)
    assert len(ROBUST) == 13
