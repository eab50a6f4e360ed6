"""Log-rank tests against R's survdiff; with delayed entry against the score test of coxph with exact ties."""

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.survival.logrank import logrank_test

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "logrank_test",
    against="R survival survdiff; with late entry the score test of coxph",
    data="lung, colon, veteran, mgus, ovarian, aml, kidney, heart",
)
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
    agree(found["statistic"], row.statistic, rtol=TOLERANCE, atol=TOLERANCE, what="statistic")
    agree(found["p_value"], row.p_value, rtol=1e-7, what="p_value")
    golden = GROUPS.query("case == @row.case and rho == @row.rho and stratified == @row.stratified")
    if len(golden):
        assert test.groups["group"].tolist() == golden["group"].tolist()
        for name in ("n", "observed", "expected"):
            agree(test.groups[name], golden[name], rtol=TOLERANCE, what=name)


@pytest.mark.validates("logrank_test", against="R survival survdiff by pairs, p.adjust", data="lung, colon, veteran")
@pytest.mark.parametrize("adjustment", ["none", "holm", "bonferroni"])
@pytest.mark.parametrize("case", PAIRS["case"].unique())
def test_pairs(case: str, adjustment: str) -> None:
    golden = PAIRS[PAIRS["case"] == case]

    found = logrank_test(cohort_of(case), by="group", pairwise=adjustment).frame.iloc[1:]  # type: ignore[arg-type]

    assert found["term"].tolist() == golden["term"].tolist()
    agree(found["statistic"], golden["statistic"], rtol=TOLERANCE, what="statistic")
    agree(found["p_value"], golden[adjustment], rtol=1e-7, what="p_value")


def test_a_risk_table_gives_the_same() -> None:
    cohort = cohort_of("lung")
    table = wm.risk_table(cohort, by=["stratum", "group"])

    from_cohort = logrank_test(cohort, by="group", strata="stratum").frame

    pd.testing.assert_frame_equal(logrank_test(table, by="group", strata="stratum").frame, from_cohort)


def test_every_case_of_the_script_is_tested() -> None:
    files = {path.stem for path in HERE.glob("*.csv")} - {"tests", "groups", "pairs"}
    assert files == set(TESTS["case"])
