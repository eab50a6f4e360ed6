"""Log-rank tests against R's survdiff; with delayed entry against the score test of coxph with exact ties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.logrank import logrank_test

HERE = Path(__file__).parent
TESTS, GROUPS, PAIRS = (pd.read_csv(HERE / f"{name}.csv") for name in ("tests", "groups", "pairs"))
TOLERANCE = 1e-8


def cohort_of(case: str) -> wm.Cohort:
    rows = pd.read_csv(HERE / f"{case}.csv")
    rows["event"] = rows["event"] == 1
    entry = "start" if "start" in rows else None
    return wm.Cohort.from_frame(rows, duration="stop", event="event", entry=entry, time_unit="days")


@pytest.mark.parametrize("row", list(TESTS.itertuples()), ids=lambda row: f"{row.case}-{row.rho}-{row.stratified}")
def test_statistic_and_p_value(row: pd.Series) -> None:
    strata = "stratum" if row.stratified else None

    test = logrank_test(cohort_of(row.case), by="group", rho=row.rho, strata=strata)

    found = test.frame.iloc[0]
    assert found["df"] == row.df
    assert found["statistic"] == pytest.approx(row.statistic, rel=TOLERANCE, abs=TOLERANCE)
    assert found["p_value"] == pytest.approx(row.p_value, rel=1e-7)
    golden = GROUPS.query("case == @row.case and rho == @row.rho and stratified == @row.stratified")
    if len(golden):
        assert test.groups["group"].tolist() == golden["group"].tolist()
        for name in ("n", "observed", "expected"):
            np.testing.assert_allclose(test.groups[name], golden[name], rtol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("adjustment", ["none", "holm", "bonferroni"])
@pytest.mark.parametrize("case", PAIRS["case"].unique())
def test_pairs(case: str, adjustment: str) -> None:
    golden = PAIRS[PAIRS["case"] == case]

    found = logrank_test(cohort_of(case), by="group", pairwise=adjustment).frame.iloc[1:]  # type: ignore[arg-type]

    assert found["term"].tolist() == golden["term"].tolist()
    np.testing.assert_allclose(found["statistic"], golden["statistic"], rtol=TOLERANCE)
    np.testing.assert_allclose(found["p_value"], golden[adjustment], rtol=1e-7)


def test_a_risk_table_gives_the_same() -> None:
    cohort = cohort_of("lung")
    table = wm.risk_table(cohort, by=["stratum", "group"])

    from_cohort = logrank_test(cohort, by="group", strata="stratum").frame

    pd.testing.assert_frame_equal(logrank_test(table, by="group", strata="stratum").frame, from_cohort)


def test_every_case_of_the_script_is_tested() -> None:
    files = {path.stem for path in HERE.glob("*.csv")} - {"tests", "groups", "pairs"}
    assert files == set(TESTS["case"])
