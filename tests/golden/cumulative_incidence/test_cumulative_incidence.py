"""Cumulative incidences against R's survfit, cmprsk and etm: estimates, variances, intervals, clusters, time served."""

import warnings
from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.cumulative_incidence import CumulativeIncidence, cumulative_incidence

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "cumulative_incidence",
    against="R survival survfit (multi-state)",
    data="mgus2, Melanoma, pbc, transplant",
)
CASES = sorted(path.name.removesuffix("_survfit.csv") for path in HERE.glob("*_survfit.csv"))
ROBUST = sorted(path.name.removesuffix("_robust.csv") for path in HERE.glob("*_robust.csv"))
CONF_TYPES = {"log-log": "log-log", "log": "log", "plain": "plain", "logit": "logit", "arcsine": "arcsin"}
TOLERANCE = 1e-10  # absolute, of probabilities and their standard errors


def incidence_of(case: str, **asked: object) -> CumulativeIncidence:
    rows = pd.read_csv(HERE / f"{case}.csv")
    rows["left"] = rows["cause"] != "censored"
    cohort = wm.Cohort.from_frame(
        rows,
        duration="stop",
        event="left",
        cause="cause",
        entry="start" if rows["start"].any() else None,
        weight=None if (rows["weight"] == 1).all() else "weight",
        time_unit="days",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        return cumulative_incidence(cohort, by="group", **asked)  # type: ignore[arg-type]


def joined(ours: pd.DataFrame, golden: pd.DataFrame) -> pd.DataFrame:
    """Put the golden numbers beside ours at the same group, cause and time."""
    ours, golden = (frame.astype({"cause": str, "time": float}) for frame in (ours, golden))
    return pd.merge_asof(
        golden.sort_values("time"), ours.sort_values("time"), on="time", by=["group", "cause"],
        suffixes=("_golden", ""), tolerance=1e-6, direction="nearest",
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_estimate_and_standard_error_equal_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_survfit.csv")

    curve = incidence_of(case).frame

    assert curve["group"].tolist() == golden["group"].tolist()
    assert curve["cause"].tolist() == golden["cause"].tolist()
    agree(curve["time"], golden["time"], rtol=TOLERANCE, what="time")
    if "weights" not in case:  # of several causes, survfit 3.5 counts people, not weights
        agree(curve["n_event"], golden["n_event"], rtol=TOLERANCE, what="n_event")
    agree(curve["estimate"], golden["estimate"], atol=TOLERANCE, what="estimate")
    agree(curve["std_error"], golden["std_error"], atol=TOLERANCE, what="std_error")


@pytest.mark.parametrize("case", CASES)
def test_intervals_equal_survfit(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_survfit.csv")
    kept = [ours for ours, theirs in CONF_TYPES.items() if f"{theirs}_low" in golden]
    assert {"log-log", "log"} <= set(kept)

    for conf_type in kept:
        curve = incidence_of(case, conf_type=conf_type).frame

        inner = (golden["estimate"] > 0) & ((golden["estimate"] < 1 - TOLERANCE) | (conf_type in {"plain", "log"}))
        for ours, theirs in (("conf_low", "low"), ("conf_high", "high")):
            expected = golden[f"{CONF_TYPES[conf_type]}_{theirs}"]
            agree(curve[ours][inner], expected[inner], atol=TOLERANCE, what=ours)
        assert curve.loc[golden["estimate"] == 0, ["conf_low", "conf_high"]].isna().all(axis=None)


@pytest.mark.validates("cumulative_incidence", against="R cmprsk cuminc", data="mgus2, Melanoma, transplant")
@pytest.mark.parametrize("case", [c for c in CASES if (HERE / f"{c}_cuminc.csv").exists()])
def test_gray_variance_equals_cuminc(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_cuminc.csv")

    both = joined(incidence_of(case, variance="gray").frame, golden)

    assert len(both) == len(golden) > 0
    agree(both["estimate"], both["estimate_golden"], atol=TOLERANCE, what="estimate")
    agree(both["std_error"] ** 2, both["variance"], atol=TOLERANCE, what="variance")


@pytest.mark.validates("cumulative_incidence", against="R etm", data="mgus2, Melanoma, pbc")
@pytest.mark.parametrize("case", [c for c in CASES if (HERE / f"{c}_etm.csv").exists()])
def test_greenwood_variance_equals_etm(case: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_etm.csv")

    both = joined(incidence_of(case, variance="greenwood").frame, golden).dropna(subset="estimate")

    assert len(both) > 0.5 * len(golden)
    agree(both["estimate"], both["estimate_golden"], atol=TOLERANCE, what="estimate")
    agree(both["std_error"] ** 2, both["variance"], atol=TOLERANCE, what="variance")


@pytest.mark.parametrize("case", ROBUST)
def test_clusters_and_time_served_equal_survfit(case: str) -> None:
    golden, rows = pd.read_csv(HERE / f"{case}_robust.csv"), pd.read_csv(HERE / f"{case}_rows.csv")
    cohort = wm.Cohort.from_frame(
        rows.drop(columns="given").assign(left=rows["cause"] != "censored"),
        duration="stop",
        event="left",
        cause="cause",
        entry="start" if rows["start"].any() else None,
        weight="weight" if "weights" in case else None,
        time_unit="days",
    )

    curve = cumulative_incidence(
        cohort, by="group", given=rows["given"].iloc[0], cluster="cluster" if "clusters" in case else None
    ).frame

    assert curve["group"].tolist() == golden["group"].astype(str).tolist()
    assert curve["cause"].tolist() == golden["cause"].tolist()
    agree(curve["time"], golden["time"], rtol=TOLERANCE, what="time")
    for name in ("estimate", "std_error"):
        agree(curve[name], golden[name], atol=TOLERANCE, what=name)
    inner = (golden["estimate"] > 0) & (golden["estimate"] < 1 - TOLERANCE)
    for name in ("conf_low", "conf_high"):
        agree(curve[name][inner], golden[name][inner], atol=TOLERANCE, what=name)


def test_every_case_of_the_script_is_tested() -> None:
    assert len(CASES) == 11
    assert len(ROBUST) == 8
