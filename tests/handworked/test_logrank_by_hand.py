"""Seven people in two groups, one joining late, every intermediate of the log-rank test by hand."""

from math import erfc, sqrt

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.logrank import logrank_test

# group  a  a  a  b  b  b  b
# entry  0  0  2  0  0  0  0
# last   1  4  4  2  3  4  6
# left   y  y  y  n  y  n  y
STAFF = pd.DataFrame(
    {
        "group": list("aaabbbb"),
        "entry": [0, 0, 2, 0, 0, 0, 0],
        "years": [1, 4, 4, 2, 3, 4, 6],
        "left": [True, True, True, False, True, False, True],
    }
)
# leavings at 1, 3, 4 and 6; the late one is at risk from 2 on
AT_RISK_A, AT_RISK = [2, 2, 2, 0], [6, 5, 4, 1]
LEFT_A, LEFT = [1, 0, 2, 0], [1, 1, 2, 1]
EXPECTED_A = 1 * 2 / 6 + 1 * 2 / 5 + 2 * 2 / 4 + 0
VARIANCE = [1 * 2 / 6 * 4 / 6, 1 * 2 / 5 * 3 / 5, 2 * (4 - 2) / (4 - 1) * 2 / 4 * 2 / 4, 0]
STAY_BEFORE = [1, 5 / 6, 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 2 / 4]


@pytest.fixture(scope="module")
def cohort() -> wm.Cohort:
    return wm.Cohort.from_frame(STAFF, duration="years", event="left", entry="entry", time_unit="years")


def test_numbers_at_risk_and_leaving(cohort: wm.Cohort) -> None:
    table = wm.risk_table(cohort, by="group").frame
    of_a = table[table["group"] == "a"].set_index("time")

    assert of_a.loc[[1, 4], "n_risk"].tolist() == [AT_RISK_A[0], AT_RISK_A[2]]
    assert of_a.loc[[1, 4], "n_event"].tolist() == [LEFT_A[0], LEFT_A[2]]


def test_observed_and_expected(cohort: wm.Cohort) -> None:
    groups = logrank_test(cohort, by="group").groups

    assert groups["n"].tolist() == [3, 4]
    assert groups["observed"].tolist() == [3, 2]
    assert groups["expected"].tolist() == pytest.approx([EXPECTED_A, 5 - EXPECTED_A], abs=1e-15)


def test_statistic_and_p_value(cohort: wm.Cohort) -> None:
    found = logrank_test(cohort, by="group").frame.iloc[0]

    statistic = (3 - EXPECTED_A) ** 2 / sum(VARIANCE)
    assert found["statistic"] == pytest.approx(statistic, abs=1e-14)
    assert (found["df"], found["n"], found["n_event"]) == (1, 7, 5)
    assert found["p_value"] == pytest.approx(erfc(sqrt(statistic / 2)), abs=1e-14)


@pytest.mark.parametrize(("rho", "gamma"), [(1.0, 0.0), (0.0, 1.0), (0.5, 2.0)])
def test_fleming_and_harringtons_weights(cohort: wm.Cohort, rho: float, gamma: float) -> None:
    test = logrank_test(cohort, by="group", rho=rho, gamma=gamma)

    weight = [stay**rho * (1 - stay) ** gamma for stay in STAY_BEFORE]
    observed = sum(w * d for w, d in zip(weight, LEFT_A, strict=True))
    expected = sum(w * d * y / n for w, d, y, n in zip(weight, LEFT, AT_RISK_A, AT_RISK, strict=True))
    variance = sum(w**2 * v for w, v in zip(weight, VARIANCE, strict=True))
    assert test.groups.loc[0, ["observed", "expected"]].tolist() == pytest.approx([observed, expected], abs=1e-15)
    assert test.frame["statistic"].item() == pytest.approx((observed - expected) ** 2 / variance, abs=1e-13)
