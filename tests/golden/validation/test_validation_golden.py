"""validate against R: the risk at the horizon, Brier score, AUC, both concordances, of any cause and of one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.validation import validate

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "validate",
    against="R survival survfit, concordance; formulas in R",
    data="lung, veteran, gbsg",
)
CASES = sorted(path.name.removesuffix("_golden.csv") for path in HERE.glob("*_golden.csv"))
BY_CAUSE = [case for case in CASES if case.startswith("by_cause_")]
TOLERANCE = 1e-10
BY_DIFFERENCES = 1e-6
"""Score's standard error of the Brier score follows ours to some 2e-7."""


@pytest.mark.parametrize("case", [case for case in CASES if case not in BY_CAUSE])
def test_equals_r(case: str) -> None:
    rows, golden = pd.read_csv(HERE / f"{case}.csv"), pd.read_csv(HERE / f"{case}_golden.csv").set_index("term")
    cohort = wm.Cohort.from_frame(rows, duration="time", event="left", weight="weight", time_unit="days")

    found = validate(cohort, rows["risk"], at=float(golden["at"].iloc[0])).frame.set_index("term").loc[golden.index]

    agree(found["estimate"], golden["estimate"], rtol=TOLERANCE, what="estimate")
    said = golden["std_error"].notna()
    agree(found["std_error"][said], golden["std_error"][said], rtol=TOLERANCE, what="std_error")


@pytest.mark.validates("validate", against="R survival, riskRegression Score, pec cindex", data="mgus2, by cause")
@pytest.mark.parametrize("case", BY_CAUSE)
def test_by_cause_equals_r(case: str) -> None:
    rows, golden = pd.read_csv(HERE / f"{case}.csv"), pd.read_csv(HERE / f"{case}_golden.csv").set_index("term")
    rows = rows.assign(left=rows["status"] > 0, cause=rows["status"].map({1: "asked", 2: "other"}))
    cohort = wm.Cohort.from_frame(rows, duration="time", event="left", cause="cause", time_unit="months")

    found = validate(cohort, rows["risk"], at=float(golden["at"].iloc[0]), cause="asked").frame
    found = found.set_index("term").loc[golden.index]

    said = golden["estimate"].notna()
    agree(found["estimate"][said], golden["estimate"][said], rtol=TOLERANCE, what="estimate")
    exact = ["observed", "concordance_harrell"]
    agree(found.loc[exact, "std_error"], golden.loc[exact, "std_error"], rtol=TOLERANCE, what="std_error")
    by_sample_variance = golden["std_error"].drop(exact).dropna() * np.sqrt((len(rows) - 1) / len(rows))
    agree(
        found["std_error"][by_sample_variance.index],
        by_sample_variance,
        rtol=BY_DIFFERENCES,
        what="std_error of Brier and AUC",
    )


def test_every_case_of_the_scripts_is_tested() -> None:
    assert len(CASES) == 9
    assert len(BY_CAUSE) == 4
