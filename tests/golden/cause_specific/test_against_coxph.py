"""Cause-specific models against R's multi-state coxph: coefficients, standard errors and the incidences implied."""

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.cause_specific import cause_specific

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "cause_specific",
    against="R survival coxph, product integrals in R",
    data="mgus2, transplant",
)
CASES = sorted(path.name.removesuffix("_fit.csv") for path in HERE.glob("*_fit.csv"))
FORMULA = {
    "mgus2_efron": "age + sex + mspike",
    "mgus2_breslow_strata": "age + mspike",
    "mgus2_age_weights": "mspike + sex",
    "transplant_ties": "age + mspike",
}
TOLERANCE = 1e-8


@pytest.mark.parametrize("case", CASES)
def test_equals_coxph(case: str) -> None:
    rows, golden = pd.read_csv(HERE / f"{case}.csv"), pd.read_csv(HERE / f"{case}_fit.csv")
    people, incidence = pd.read_csv(HERE / f"{case}_people.csv"), pd.read_csv(HERE / f"{case}_incidence.csv")
    rows["left"] = rows["cause"] != "censored"
    cohort = wm.Cohort.from_frame(
        rows,
        duration="stop",
        event="left",
        cause="cause",
        weight="w",
        entry="start" if "start" in rows else None,
        time_unit="years",
    )

    model = cause_specific(
        cohort,
        FORMULA[case],
        ties="efron" if case in {"mgus2_efron", "transplant_ties"} else "breslow",
        strata="sex" if case == "mgus2_breslow_strata" else None,
        robust=True,
    )
    found = model.predict_incidence(people, at=sorted(incidence["time"].unique()))

    assert model.frame["cause"].tolist() == golden["cause"].tolist()
    for name in ("estimate", "std_error", "model_std_error"):
        agree(model.frame[name], golden[name], rtol=TOLERANCE, what=name)
    assert found["cause"].tolist() == incidence["cause"].tolist()
    assert found["time"].tolist() == incidence["time"].tolist()
    assert found.index.tolist() == incidence["person"].tolist()
    agree(found["estimate"], incidence["estimate"], rtol=TOLERANCE, what="incidence")


def test_every_case_of_the_script_is_tested() -> None:
    assert sorted(FORMULA) == CASES
