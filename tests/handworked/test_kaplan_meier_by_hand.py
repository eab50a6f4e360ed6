"""Six people, two of them joining late, every intermediate by hand."""

from math import exp, log, sqrt

import pandas as pd
import pytest

import workforce_metrics as wm

# entry   0  0  1  2  0  0
# last    1  2  3  4  5  5
# left    y  y  n  y  y  y
STAFF = pd.DataFrame(
    {
        "entry": [0, 0, 1, 2, 0, 0],
        "years": [1, 2, 3, 4, 5, 5],
        "left": [True, True, False, True, True, True],
    }
)
AT_RISK = [4, 4, 4, 3, 2]  # who entered before and has not gone: 1,2,5,6 / 2,3,5,6 / 3,4,5,6 / 4,5,6 / 5,6
STAY = [3 / 4, 3 / 4 * 3 / 4, 3 / 4 * 3 / 4, 3 / 4 * 3 / 4 * 2 / 3, 0]
GREENWOOD = [1 / (4 * 3), 2 / (4 * 3), 2 / (4 * 3), 2 / (4 * 3) + 1 / (3 * 2)]


@pytest.fixture(scope="module")
def curve() -> pd.DataFrame:
    cohort = wm.Cohort.from_frame(STAFF, duration="years", event="left", entry="entry", time_unit="years")
    return wm.kaplan_meier(cohort).frame


def test_numbers_at_risk_leaving_and_censored(curve: pd.DataFrame) -> None:
    assert curve["time"].tolist() == [1, 2, 3, 4, 5]
    assert curve["n_risk"].tolist() == AT_RISK
    assert curve["n_event"].tolist() == [1, 1, 0, 1, 2]
    assert curve["n_censor"].tolist() == [0, 0, 1, 0, 0]


def test_probability_of_staying(curve: pd.DataFrame) -> None:
    assert curve["estimate"].tolist() == pytest.approx(STAY, abs=1e-15)


def test_greenwood_standard_error(curve: pd.DataFrame) -> None:
    expected = [stay * sqrt(v) for stay, v in zip(STAY[:4], GREENWOOD, strict=True)]
    assert curve["std_error"].tolist()[:4] == pytest.approx(expected, abs=1e-15)
    assert pd.isna(curve["std_error"].iloc[4])


def test_log_log_interval(curve: pd.DataFrame) -> None:
    z = 1.959963984540054
    for row in range(4):
        width = z * sqrt(GREENWOOD[row]) / abs(log(STAY[row]))
        low, high = exp(log(STAY[row]) * exp(width)), exp(log(STAY[row]) * exp(-width))
        assert curve.loc[row, ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high], abs=1e-14)


def test_looked_up_between_and_after_its_times() -> None:
    cohort = wm.Cohort.from_frame(STAFF.iloc[:4], duration="years", event="left", entry="entry", time_unit="years")

    found = wm.kaplan_meier(cohort).at([0, 0.5, 1, 2.5, 9])

    assert found["n_risk"].tolist() == [0, 2, 2, 2, 0]
    assert found["n_event"].tolist() == [0, 0, 1, 2, 3]
    assert found["estimate"].tolist() == pytest.approx([1, 1, 1 / 2, 1 / 2 * 1 / 2, 0])


def test_median_is_where_the_curve_falls_to_one_half() -> None:
    cohort = wm.Cohort.from_frame(STAFF, duration="years", event="left", entry="entry", time_unit="years")

    median = wm.kaplan_meier(cohort).median()

    assert median["estimate"].tolist() == [4]
