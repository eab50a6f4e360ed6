"""Parametric models against R: survreg, and likelihoods with late entry and splines maximised by optim and Newton."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.parametric import ParametricModel, parametric

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "parametric",
    against="R survival survreg; likelihoods maximised in R (optim, numDeriv)",
    data="veteran, lung, colon, mgus, heart, aml",
)


class Case(NamedTuple):
    formula: str
    time_unit: str = "days"


CASES = {
    "veteran": Case("karno + celltype"),
    "lung_weights_clusters": Case("age * sex"),
    "lung_scaled": Case("age + sex"),
    "colon_clusters": Case("rx + nodes", "years"),
    "mgus_late_weights_clusters": Case("sex + mspike", "months"),
    "heart_start_stop": Case("transplant + age"),
    "aml_none": Case("1", "weeks"),
}
FITS = pd.read_csv(HERE / "fits.csv")
FITTED = list(zip(FITS["case"], FITS["distribution"], strict=True))
TOLERANCE = 1e-8  # relative, estimates in standard errors; survreg agrees to 1e-12, numerical derivatives to 2e-9


def rows_of(case: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"{case}.csv", float_precision="round_trip", true_values=["TRUE"], false_values=["FALSE"])


@cache
def fitted(case: str, distribution: str, *, cluster: bool) -> ParametricModel:
    rows = rows_of(case)
    cohort = Cohort.from_frame(
        rows,
        duration="duration",
        event="event",
        entry="entry" if rows["entry"].any() else None,
        weight=None if (rows["weight"] == 1).all() else "weight",
        time_unit=CASES[case].time_unit,
    )
    return parametric(
        cohort,
        CASES[case].formula,
        distribution=distribution,  # type: ignore[arg-type]
        cluster="cluster" if cluster else None,
    )


def golden_of(case: str, distribution: str, kind: str) -> pd.DataFrame:
    golden = pd.read_csv(HERE / f"{case}_{kind}.csv", float_precision="round_trip")
    return golden[golden["distribution"] == distribution].reset_index(drop=True)


@pytest.mark.parametrize(("case", "distribution"), FITTED)
def test_parameters_and_standard_errors(case: str, distribution: str) -> None:
    golden = golden_of(case, distribution, "fit")

    plain, robust = fitted(case, distribution, cluster=False).frame, fitted(case, distribution, cluster=True).frame

    error = golden["std_error"].to_numpy()
    assert len(plain) == len(golden)
    agree(plain["estimate"] / error, golden["estimate"] / error, rtol=TOLERANCE, atol=TOLERANCE, what="estimate")
    agree(plain["std_error"], error, rtol=TOLERANCE, what="std_error")
    agree(robust["model_std_error"], error, rtol=TOLERANCE, what="model_std_error")
    agree(robust["std_error"], golden["robust"], rtol=TOLERANCE, what="std_error")


@pytest.mark.parametrize(("case", "distribution"), FITTED)
def test_log_likelihood_and_criterion(case: str, distribution: str) -> None:
    golden = FITS[(FITS["case"] == case) & (FITS["distribution"] == distribution)].iloc[0]

    model = fitted(case, distribution, cluster=False)

    agree(model.log_likelihood, golden["log_likelihood"], rtol=1e-11, what="log_likelihood")
    agree(model.aic, golden["aic"], rtol=1e-11, what="aic")
    if distribution == "spline":
        agree(model.knots, [float(knot) for knot in golden["knots"].split()], rtol=1e-12, what="knots")


@pytest.mark.parametrize(("case", "distribution"), FITTED)
def test_predicted_risk(case: str, distribution: str) -> None:
    golden = golden_of(case, distribution, "risk").sort_values(["row", "time"])
    model = fitted(case, distribution, cluster=True)

    risk = model.predict_risk(rows_of(case).head(5), at=sorted(set(golden["time"])), given=golden["given"].iloc[0])

    assert risk.index.tolist() == golden["row"].tolist()
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        agree(risk[name], golden[name], rtol=TOLERANCE, what=f"risk {name}")


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_fit.csv") for path in HERE.glob("*_fit.csv")} == set(CASES)
