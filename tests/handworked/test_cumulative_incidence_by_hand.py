"""Six people, two causes, two people joining late: every intermediate by hand."""

from math import exp, log, sqrt

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.cumulative_incidence import CumulativeIncidence, cumulative_incidence

# entry   0  0  1  2  0  0
# last    1  2  3  4  5  5
# cause   a  b  -  a  b  a
STAFF = pd.DataFrame(
    {
        "entry": [0, 0, 1, 2, 0, 0],
        "years": [1, 2, 3, 4, 5, 5],
        "left": [True, True, False, True, True, True],
        "cause": ["a", "b", None, "a", "b", "a"],
    }
)
AT_RISK = [4, 4, 4, 3, 2]  # who entered before and has not gone: 1,2,5,6 / 2,3,5,6 / 3,4,5,6 / 4,5,6 / 5,6
STAYED = [1, 3 / 4, 9 / 16, 9 / 16, 3 / 8]  # until just before
BY_A = [1 / 4, 1 / 4, 1 / 4, 1 / 4 + 9 / 16 / 3, 1 / 4 + 9 / 16 / 3 + 3 / 8 / 2]
BY_B = [0, 3 / 4 / 4, 3 / 4 / 4, 3 / 4 / 4, 3 / 4 / 4 + 3 / 8 / 2]


def incidence(variance: str | None = None) -> CumulativeIncidence:
    cohort = wm.Cohort.from_frame(
        STAFF, duration="years", event="left", entry="entry", cause="cause", time_unit="years"
    )
    return cumulative_incidence(cohort, variance=variance)  # type: ignore[arg-type]


def std_error_by_a(variance: str, row: int) -> float:
    curve = incidence(variance).frame
    return float(curve[curve["cause"] == "a"]["std_error"].iloc[row])


def test_numbers_at_risk_leaving_and_censored() -> None:
    curve = incidence().frame

    assert curve["time"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert curve["cause"].tolist() == ["a", "b"] * 5
    assert curve["n_risk"].tolist()[::2] == AT_RISK
    assert curve["n_event"].tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 1, 1]
    assert curve["n_censor"].tolist()[::2] == [0, 0, 1, 0, 0]


def test_probability_of_having_left_by_each_cause() -> None:
    curve = incidence().frame

    assert curve.loc[curve["cause"] == "a", "estimate"].tolist() == pytest.approx(BY_A, abs=1e-15)
    assert curve.loc[curve["cause"] == "b", "estimate"].tolist() == pytest.approx(BY_B, abs=1e-15)
    assert BY_A[-1] + BY_B[-1] == 1  # in the end everybody has left


def test_jackknife_standard_error_is_what_each_person_does_to_the_estimate() -> None:
    # at 1: person 1 leaves by a, (1 - 1/4) / 4; persons 2, 5, 6 are at risk, -1/4 / 4
    first = [3 / 16, -1 / 16, 0, 0, -1 / 16, -1 / 16]
    # at 4: of each step the own part, less what is still to come, 3/16 at 1 and 2, shared among the 3 who stayed
    at_1 = [3 / 16 - 3 / 4 * 3 / 16 / 3, -1 / 16 + 1 / 4 * 3 / 16 / 3]
    at_2 = [-3 / 4 * 3 / 16 / 3, 1 / 4 * 3 / 16 / 3]
    at_4 = [2 / 3 * 9 / 16 / 3, -1 / 3 * 9 / 16 / 3]
    fourth = [at_1[0], at_1[1] + at_2[0], at_2[1], at_4[0], at_1[1] + at_2[1] + at_4[1], at_1[1] + at_2[1] + at_4[1]]

    assert sum(fourth) == pytest.approx(0, abs=1e-16)
    assert [64 * x for x in fourth] == pytest.approx([9, -6, 1, 8, -6, -6])
    assert std_error_by_a("jackknife", 0) == pytest.approx(sqrt(sum(x**2 for x in first)), abs=1e-15)
    assert std_error_by_a("jackknife", 3) == pytest.approx(sqrt((81 + 36 + 1 + 64 + 36 + 36) / 64**2), abs=1e-15)


def test_greenwood_standard_error_at_4() -> None:
    at_1 = (3 / 16) ** 2 / (4 * 3) - 2 * 3 / 16 / 4**2 + 1 * 3 / 4**3  # leaves by a: all three terms
    at_2 = (3 / 16) ** 2 / (4 * 3)  # leaves by b: only the first
    at_4 = (9 / 16) ** 2 * 1 * 2 / 3**3  # nothing to come: only the last

    assert std_error_by_a("greenwood", 3) == pytest.approx(sqrt(at_1 + at_2 + at_4), abs=1e-15)


@pytest.mark.parametrize("variance", ["aalen", "gray"])  # alike where no two causes tie
def test_aalen_standard_error_at_4(variance: str) -> None:
    at_1 = (3 / 16) ** 2 / (3 * 3) - 2 * 3 / 16 / (4 * 3) + 1 / 4**2
    at_2 = (3 / 16) ** 2 / (3 * 3)
    at_4 = (9 / 16) ** 2 / 3**2

    assert std_error_by_a(variance, 3) == pytest.approx(sqrt(at_1 + at_2 + at_4), abs=1e-15)


def test_aalen_and_gray_differ_where_causes_tie() -> None:
    # four people: two leave at 1, by a and by b; one at 2 by a; one stays. F_a: 1/4, then 1/4 + 1/2 * 1/2 = 1/2
    staff = pd.DataFrame({"t": [1, 1, 2, 3], "left": [True, True, True, False], "cause": ["a", "b", "a", None]})
    cohort = wm.Cohort.from_frame(staff, duration="t", event="left", cause="cause", time_unit="years")

    found = {
        name: cumulative_incidence(cohort, variance=name).at(2)["std_error"].iloc[0]  # type: ignore[arg-type]
        for name in ("aalen", "gray")
    }

    shared = -2 * 1 / 4 / (4 * 2) + 1 / 4**2 + (1 / 2) ** 2 / 2**2
    assert found["aalen"] == pytest.approx(sqrt((1 / 4) ** 2 * 2 / (3 * 2) + shared), abs=1e-15)
    assert found["gray"] == pytest.approx(sqrt((1 / 4) ** 2 * (1 + 1) / 2**2 + shared), abs=1e-15)


def test_log_log_interval() -> None:
    curve = incidence().frame
    z = 1.959963984540054

    low, high = curve.loc[6, ["conf_low", "conf_high"]]

    width = z * (sqrt(254) / 64) / BY_A[3] / abs(log(BY_A[3]))
    assert low == pytest.approx(exp(log(BY_A[3]) * exp(width)), abs=1e-14)
    assert high == pytest.approx(exp(log(BY_A[3]) * exp(-width)), abs=1e-14)


def test_looked_up_before_between_and_after_its_times() -> None:
    found = incidence().at([0, 0.5, 1, 4.5, 9])

    assert found["estimate"].tolist()[::2] == pytest.approx([0, 0, BY_A[0], BY_A[3], BY_A[4]])
    assert found["n_risk"].tolist()[::2] == [0, 4, 4, 2, 0]
    assert found["n_event"].tolist()[::2] == [0, 0, 1, 2, 3]
    assert found["n_censor"].tolist()[::2] == [0, 0, 0, 1, 1]
