"""Discrete-time hazards on cells against R's glm on person-periods: parameters, standard errors, likelihood, risk."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.discrete_hazard import DiscreteHazard, discrete_hazard

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "discrete_hazard",
    against="R glm on person-periods",
    data="lung, heart, colon, mgus, nwtco",
)


class Case(NamedTuple):
    formula: str
    ends: list[float]
    time_unit: str
    delayed: bool = False
    incomplete: str = "half"


def every(step: float, n: int) -> list[float]:
    return [step * k for k in range(1, n + 1)]


CASES = {
    "lung_days_in_quarters": Case("age + sex", every(91, 8), "days"),
    "lung_censored_count_full": Case("age + sex", every(91, 8), "days", incomplete="full"),
    "lung_weights": Case("age * sex", [100, 200, 400, 700], "days"),
    "lung_scaled": Case("age + sex", every(91, 8), "days"),
    "heart_start_stop": Case("transplant + age + surgery", [15, 30, 60, 120, 400], "days", delayed=True),
    "colon_months_clusters": Case("rx + nodes + adhere", every(12, 7), "months"),
    "mgus_causes": Case("sex + mspike + age", every(24, 9), "months"),
    "mgus_causes_late_weights": Case("sex + mspike", every(24, 9), "months", delayed=True),
    "nwtco_years": Case("stage + histol + age", every(12, 4), "months"),
}
TOLERANCE = 1e-8  # relative, parameters in standard errors; R's glm is iterated until its coefficients settle


def rows_of(case: str) -> pd.DataFrame:
    rows = pd.read_csv(HERE / f"{case}.csv")
    return rows.assign(event=rows["cause"] > 0, cause=rows["cause"].astype(str))


@cache
def fitted(case: str, link: str, *, cluster: bool) -> DiscreteHazard:
    asked, rows = CASES[case], rows_of(case)
    several = (rows["cause"] == "2").any()
    cohort = Cohort.from_frame(
        rows,
        duration="duration",
        event="event",
        entry="entry" if asked.delayed else None,
        cause="cause" if several else None,
        weight=None if (rows["weight"] == 1).all() else "weight",
        time_unit=asked.time_unit,
    )
    return discrete_hazard(
        cohort,
        asked.formula,
        interval=asked.ends,
        link=link,  # type: ignore[arg-type]
        cluster="cluster" if cluster else None,
        incomplete=asked.incomplete,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("case", CASES)
def test_parameters_and_standard_errors_equal_glm(case: str, link: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_fit.csv").query("link == @link")

    plain, robust = fitted(case, link, cluster=False).frame, fitted(case, link, cluster=True).frame

    error = golden["std_error"].to_numpy()
    agree(plain["estimate"] / error, golden["estimate"] / error, rtol=TOLERANCE, atol=TOLERANCE, what="estimate")
    agree(plain["std_error"], error, rtol=TOLERANCE, what="std_error")
    agree(robust["model_std_error"], error, rtol=TOLERANCE, what="model_std_error")
    agree(robust["std_error"], golden["robust"], rtol=TOLERANCE, what="std_error")


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("case", CASES)
def test_log_likelihood_equals_glm(case: str, link: str) -> None:
    golden = pd.read_csv(HERE / "fits.csv").query("case == @case and link == @link")["log_likelihood"].sum()

    agree(fitted(case, link, cluster=False).log_likelihood, golden, rtol=1e-12, what="log_likelihood")


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("case", [case for case in CASES if (HERE / f"{case}_risk.csv").exists()])
def test_predicted_risk_equals_product_of_fitted_hazards(case: str, link: str) -> None:
    golden = pd.read_csv(HERE / f"{case}_risk.csv").query("link == @link").sort_values(["row", "time"])

    risk = fitted(case, link, cluster=False).predict_risk(rows_of(case).head(10), at=sorted(set(golden["time"])))

    assert risk.index.tolist() == golden["row"].tolist()
    agree(risk["estimate"], golden["estimate"], rtol=1e-9, what="risk")
    agree(risk["std_error"], golden["std_error"], rtol=1e-7, what="risk std_error")  # R's from numerical derivatives


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_fit.csv") for path in HERE.glob("*_fit.csv")} == set(CASES)
