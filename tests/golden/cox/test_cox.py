"""Cox regression against R's coxph, concordance, cox.zph, basehaz, survfit and residuals."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.cox import CoxModel, cox

HERE = Path(__file__).parent
DATA = "22 cases from 18 data sets of R survival"
pytestmark = pytest.mark.validates("cox", against="R survival coxph, cox.zph, survfit", data=DATA)
CASES = pd.read_csv(HERE / "cases.csv").set_index("case")
TIES = ["efron", "breslow"]
TRANSFORMS = ["km", "rank", "identity", "log"]
TOLERANCE = 1e-8  # relative: both sides stop their iterations, R's at a relative change of the log-likelihood of 1e-13
HAS_RESIDUALS = [case for case in CASES.index if (HERE / f"{case}_residuals.csv").exists()]


@cache
def rows_of(case: str) -> pd.DataFrame:
    rows = pd.read_csv(HERE / f"{case}.csv")
    return rows.assign(event=rows["event"] == 1)


@cache
def fitted(case: str, ties: str, *, robust: bool = False) -> CoxModel:
    has = CASES.loc[case]
    cohort = wm.Cohort.from_frame(
        rows_of(case),
        duration="stop",
        event="event",
        entry="start" if has["delayed"] else None,
        weight="weight" if has["weighted"] else None,
        time_unit="days",
    )
    return cox(
        cohort,
        has["formula"],
        ties=ties,  # type: ignore[arg-type]
        strata="stratum" if has["stratified"] else None,
        cluster="cluster" if robust else None,
        offset="shift" if has["offset"] else None,
    )


def golden(case: str, part: str, ties: str) -> pd.DataFrame:
    frame = pd.read_csv(HERE / f"{case}_{part}.csv")
    return frame[frame["ties"] == ties].reset_index(drop=True)


def assert_close(found: object, expected: object, *, tolerance: float = TOLERANCE, name: str = "") -> None:
    """Relative to the size of the column, so that values near nought are judged by their neighbours."""
    expected = np.asarray(expected, dtype=float)
    agree(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max(), what=name)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_coefficients_and_standard_errors(case: str, ties: str) -> None:
    expected = golden(case, "fit", ties)

    plain, robust = fitted(case, ties).frame, fitted(case, ties, robust=True).frame

    agree(plain["estimate"], expected["estimate"], rtol=TOLERANCE, atol=1e-10, what="estimate")
    agree(plain["std_error"], expected["model_std_error"], rtol=TOLERANCE, what="std_error")
    agree(robust["model_std_error"], expected["model_std_error"], rtol=TOLERANCE, what="model_std_error")
    agree(robust["std_error"], expected["std_error"], rtol=TOLERANCE, what="std_error")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_likelihoods_and_tests(case: str, ties: str) -> None:
    expected = golden(case, "tests", ties).iloc[0]

    plain, robust = fitted(case, ties), fitted(case, ties, robust=True)

    tests = plain.tests().set_index("term")["statistic"]
    agree(plain.log_likelihood, expected["log_likelihood"], rtol=TOLERANCE, what="log_likelihood")
    agree(plain.null_log_likelihood, expected["null_log_likelihood"], rtol=TOLERANCE, what="null_log_likelihood")
    agree(tests["score"], expected["score"], rtol=TOLERANCE, what="score")
    agree(tests["wald"], expected["wald"], rtol=TOLERANCE, what="wald")
    agree(robust.tests()["statistic"].iloc[1], expected["robust_wald"], rtol=TOLERANCE, what="robust wald")
    assert plain.frame["n"].iloc[0] == expected["n"]
    assert plain.frame["n_event"].iloc[0] == expected["n_event"]


@pytest.mark.validates("concordance", against="R survival concordance", data=DATA)
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_concordance(case: str, ties: str) -> None:
    expected = golden(case, "tests", ties).iloc[0]

    plain, clustered = fitted(case, ties).concordance, fitted(case, ties, robust=True).concordance

    agree(plain.estimate, expected["concordance"], rtol=TOLERANCE, what="estimate", of="concordance")
    agree(plain.std_error, expected["concordance_std_error"], rtol=TOLERANCE, what="std_error", of="concordance")
    agree(clustered.std_error, expected["clustered_std_error"], rtol=TOLERANCE, what="std_error", of="concordance")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", HAS_RESIDUALS)
def test_residuals_by_row(case: str, ties: str) -> None:
    expected, model = golden(case, "residuals", ties), fitted(case, ties)

    for kind in ("martingale", "deviance"):
        assert_close(model.residuals(kind)["estimate"], expected[kind], name=f"{kind} residuals")  # type: ignore[arg-type]
    for kind in ("score", "dfbeta"):
        found = model.residuals(kind)  # type: ignore[arg-type]
        for column, name in enumerate(found, start=1):
            assert_close(found[name], expected[f"{kind}{column}"], name=f"{kind} residuals")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", HAS_RESIDUALS)
def test_schoenfeld_residuals(case: str, ties: str) -> None:
    expected, model = golden(case, "schoenfeld", ties), fitted(case, ties)

    for kind, part in (("schoenfeld", "schoenfeld"), ("scaled_schoenfeld", "scaled")):
        found = model.residuals(kind).drop(columns="time")  # type: ignore[arg-type]
        for column, name in enumerate(found, start=1):
            assert_close(
                np.sort(found[name]), np.sort(expected[f"{part}{column}"]), name=f"{kind.replace('_', ' ')} residuals"
            )


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_proportional_hazards(case: str, ties: str, transform: str) -> None:
    expected = golden(case, "zph", ties)
    expected = expected[expected["transform"] == transform]
    if expected.empty:
        pytest.skip("R has no answer: a leaving at time 0 on the scale of logarithms")

    found = fitted(case, ties).proportional_hazards_test(transform=transform).frame  # type: ignore[arg-type]

    assert found["df"].tolist() == expected["df"].tolist()
    agree(found["statistic"], expected["statistic"], rtol=1e-6, what="proportional hazards statistic")
    agree(found["p_value"], expected["p_value"], rtol=1e-6, what="proportional hazards p_value")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_baseline_hazard(case: str, ties: str) -> None:
    expected = golden(case, "baseline", ties)
    found = fitted(case, ties).baseline_hazard()
    found = found.assign(stratum=found.get("stratum", "all")).astype({"stratum": str})

    for stratum, rows in expected.astype({"stratum": str}).groupby("stratum"):
        own = found[found["stratum"] == stratum]
        steps = np.append(0.0, own["estimate"])[np.searchsorted(own["time"], rows["time"] * (1 + 1e-12))]
        agree(steps, rows["estimate"], rtol=TOLERANCE, atol=1e-12, what="baseline hazard")


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("case", CASES.index)
def test_predicted_risk(case: str, ties: str) -> None:
    expected, model = golden(case, "risk", ties), fitted(case, ties)

    for time, rows in expected.groupby("time"):
        found = model.predict_risk(rows_of(case).iloc[rows["person"]], at=time).reset_index(drop=True)
        happened = (rows["estimate"] > 0).to_numpy()
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            one, other = found.loc[happened, name], rows.loc[happened, name]
            agree(one, other, rtol=TOLERANCE, atol=1e-11, what=f"risk {name}")


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_fit.csv") for path in HERE.glob("*_fit.csv")} == set(CASES.index)
