"""Cumulative hazards against R's survfit: estimate, standard error, both intervals."""

from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.nelson_aalen import nelson_aalen

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "nelson_aalen",
    against="R survival survfit",
    data="lung, heart, mgus2",
)
CASES = ["lung", "lung_weights", "heart_delayed", "mgus2_causes", "mgus2_causes_delayed_weights"]
TOLERANCE = 1e-10


def cohort_of(case: str) -> wm.Cohort:
    rows = pd.read_csv(HERE / f"{case}.csv", dtype={"cause": str})
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


@pytest.mark.parametrize("conf_type", ["log", "plain"])
@pytest.mark.parametrize("case", CASES)
def test_hazard_equals_survfit(case: str, conf_type: Literal["log", "plain"]) -> None:
    golden = pd.read_csv(HERE / f"{case}_hazard.csv").sort_values(["group", "time", "cause"], ignore_index=True)

    found = nelson_aalen(cohort_of(case), by="group", conf_type=conf_type).frame

    assert found["group"].tolist() == golden["group"].tolist()
    if "cause" in found:
        assert found["cause"].tolist() == golden["cause"].tolist()
    for name in ("time", "n_risk", "n_event", "estimate", "std_error"):
        agree(found[name], golden[name], rtol=TOLERANCE, atol=TOLERANCE, what=name)
    for name in ("low", "high"):
        golden_limit = golden[f"{conf_type}_{name}"].where((golden["estimate"] > 0) | (conf_type == "plain"))
        agree(found[f"conf_{name}"], golden_limit, rtol=TOLERANCE, what=f"conf_{name}")


def test_every_case_of_the_script_is_tested() -> None:
    assert {path.name.removesuffix("_hazard.csv") for path in HERE.glob("*_hazard.csv")} == set(CASES)
