"""Gray's test against R's cmprsk: statistic, degrees of freedom and p-value, by weight, with and without strata."""

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.gray import gray_test

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "gray_test",
    against="R cmprsk cuminc",
    data="mgus, mgus2, Melanoma, pbc, transplant",
)
CASES = sorted(path.name.removesuffix("_tests.csv") for path in HERE.glob("*_tests.csv"))
TOLERANCE = 1e-8


@pytest.mark.parametrize("case", CASES)
def test_equals_cuminc(case: str) -> None:
    rows, golden = pd.read_csv(HERE / f"{case}.csv"), pd.read_csv(HERE / f"{case}_tests.csv")
    rows["left"] = rows["cause"] != "censored"
    cohort = wm.Cohort.from_frame(rows, duration="stop", event="left", cause="cause", time_unit="days")

    for (rho, stratified), expected in golden.groupby(["rho", "stratified"]):
        found = gray_test(cohort, by="group", rho=rho, strata="stratum" if stratified else None).frame

        assert found["cause"].tolist() == expected["cause"].tolist()
        said = (
            expected["statistic"].to_numpy() >= 0
        )  # -1 where cuminc cannot invert: a group has nobody left to compare
        assert (found["df"].to_numpy() == expected["df"].to_numpy())[said].all()
        assert (found["df"].to_numpy() < expected["df"].to_numpy())[~said].all()
        agree(found["statistic"][said], expected["statistic"][said], rtol=TOLERANCE, what="statistic")
        agree(found["p_value"][said], expected["p_value"][said], rtol=TOLERANCE, atol=1e-13, what="p_value")


def test_every_case_of_the_script_is_tested() -> None:
    assert len(CASES) == 6
