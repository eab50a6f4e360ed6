"""validate against R's survival: the risk at the horizon, Brier score, AUC, both concordances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.validation import validate

HERE = Path(__file__).parent
CASES = sorted(path.name.removesuffix("_golden.csv") for path in HERE.glob("*_golden.csv"))
TOLERANCE = 1e-10


@pytest.mark.parametrize("case", CASES)
def test_equals_r(case: str) -> None:
    rows, golden = pd.read_csv(HERE / f"{case}.csv"), pd.read_csv(HERE / f"{case}_golden.csv").set_index("term")
    cohort = wm.Cohort.from_frame(rows, duration="time", event="left", weight="weight", time_unit="days")

    found = validate(cohort, rows["risk"], at=float(golden["at"].iloc[0])).frame.set_index("term").loc[golden.index]

    np.testing.assert_allclose(found["estimate"], golden["estimate"], rtol=TOLERANCE)
    said = golden["std_error"].notna()
    np.testing.assert_allclose(found["std_error"][said], golden["std_error"][said], rtol=TOLERANCE)


def test_every_case_of_the_script_is_tested() -> None:
    assert len(CASES) == 5
