"""Restricted means and years lost by cause against R's survfit: estimate and standard error."""

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.restricted_mean import restricted_mean

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "restricted_mean",
    against="R survival survfit (rmean, influence)",
    data="lung, heart, aml, mgus2, transplant",
)
MEANS = pd.read_csv(HERE / "means.csv")
CASES = MEANS[["case", "horizon"]].drop_duplicates().to_numpy().tolist()
DAYS = 365.25
TOLERANCE = 1e-10


def cohort_of(case: str) -> wm.Cohort:
    rows = pd.read_csv(HERE / f"{case}.csv", dtype={"group": str})
    rows["event"] = rows["cause"] != "none"
    return wm.Cohort.from_frame(
        rows,
        duration="stop",
        event="event",
        entry="start" if (rows["start"] > 0).any() else None,
        cause="cause" if rows["cause"].nunique() > 2 else None,
        weight=None if (rows["weight"] == 1).all() else "weight",
        time_unit="days",
    )


@pytest.mark.parametrize(("case", "horizon"), CASES)
def test_means_equal_survfit(case: str, horizon: float) -> None:
    golden = MEANS.query("case == @case and horizon == @horizon").set_index(["group", "cause"])

    found = restricted_mean(cohort_of(case), by="group", horizon_years=horizon / DAYS).frame

    cause = found["cause"].astype(object).fillna("all") if "cause" in found else pd.Series("all", found.index)
    found = found.set_index([found["group"], cause.rename("cause")])
    found = found[found["estimate"].notna()]
    assert set(found.index) <= set(golden.index)
    for name in ("estimate", "std_error"):
        agree(found[name] * DAYS, golden.loc[found.index, name], rtol=TOLERANCE, what=name)


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.stem for path in HERE.glob("*.csv")} - {"means"} == set(MEANS["case"])
