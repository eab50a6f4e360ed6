"""Six people in two teams: staying given a year served, and its variance by team, every intermediate by hand."""

from math import exp, log, sqrt

import pandas as pd
import pytest

import workforce_metrics as wm

# person   1  2  3  4  5  6
STAFF = pd.DataFrame(
    {
        "entry": [0, 0, 0, 2, 0, 0],
        "years": [1, 2, 3, 4, 5, 5],
        "left": [True, True, False, True, True, False],
        "team": ["north", "south", "north", "south", "north", "south"],
    }
)
COHORT = wm.Cohort.from_frame(STAFF, duration="years", event="left", entry="entry", time_unit="years")

# Given one year: person 1 has left; 2, 3, 5, 6 are at risk from year 1, person 4 from year 2.
# At 2: at risk 2,3,5,6, person 2 leaves; at 3: 3,4,5,6, 3 is censored; at 4: 4,5,6, 4 leaves; at 5: 5,6, 5 leaves.
GIVEN_AT_RISK = [4, 4, 3, 2]
GIVEN_STAY = [3 / 4, 3 / 4, 3 / 4 * 2 / 3, 3 / 4 * 2 / 3 * 1 / 2]
GIVEN_GREENWOOD = [1 / (4 * 3), 1 / (4 * 3), 1 / (4 * 3) + 1 / (3 * 2), 1 / (4 * 3) + 1 / (3 * 2) + 1 / (2 * 1)]


def test_staying_given_a_year_served() -> None:
    curve = wm.kaplan_meier(COHORT, given=1).frame

    assert curve["time"].tolist() == [2, 3, 4, 5]
    assert curve["n_risk"].tolist() == GIVEN_AT_RISK
    assert curve["n_event"].tolist() == [1, 0, 1, 1]
    assert curve["estimate"].tolist() == pytest.approx(GIVEN_STAY, abs=1e-15)
    expected = [stay * sqrt(v) for stay, v in zip(GIVEN_STAY, GIVEN_GREENWOOD, strict=True)]
    assert curve["std_error"].tolist() == pytest.approx(expected, abs=1e-15)


def test_it_is_the_ratio_to_staying_a_year() -> None:
    stay_a_year = 1 - 1 / 5  # persons 1, 2, 3, 5, 6 were at risk

    whole = wm.kaplan_meier(COHORT).frame

    assert whole["estimate"].tolist() == pytest.approx(
        [stay_a_year, *(stay_a_year * stay for stay in GIVEN_STAY)], abs=1e-15
    )


def test_looked_up_and_its_median() -> None:
    curve = wm.kaplan_meier(COHORT, given=1)

    found = curve.at([1, 1.5, 2, 4.5])

    assert found["estimate"].tolist() == pytest.approx([1, 1, 3 / 4, 1 / 2], abs=1e-15)
    assert found["n_risk"].tolist() == [4, 4, 4, 2]  # at 1 just after it
    assert found["n_event"].tolist() == [0, 0, 1, 2]
    assert curve.median()["estimate"].tolist() == [(4 + 5) / 2]  # rests at one half from 4 to 5 since joining


# Teams, from joining. At risk at 1: 1,2,3,5,6 (north 3, south 2); at 2: 2,3,5,6 (2, 2); at 4: 4,5,6 (1, 2).
# What a team adds to log S at a time: -(its leavers - share who leave * its people at risk) / (at risk - leavers).
NORTH = [-(1 - 1 / 5 * 3) / 4, -(0 - 1 / 4 * 2) / 3, -(0 - 1 / 3 * 1) / 2, -(1 - 1 / 2 * 1) / 1]
SOUTH = [-(0 - 1 / 5 * 2) / 4, -(1 - 1 / 4 * 2) / 3, -(1 - 1 / 3 * 2) / 2, -(0 - 1 / 2 * 1) / 1]
STAY = [4 / 5, 4 / 5 * 3 / 4, 4 / 5 * 3 / 4 * 2 / 3, 4 / 5 * 3 / 4 * 2 / 3 * 1 / 2]


def test_what_teams_add_cancels_out() -> None:
    assert [north + south for north, south in zip(NORTH, SOUTH, strict=True)] == pytest.approx([0] * 4, abs=1e-15)


def test_standard_error_and_interval_by_team() -> None:
    curve = wm.kaplan_meier(COHORT, cluster="team").frame

    assert curve["time"].tolist() == [1, 2, 3, 4, 5]
    for row, until in ((0, 1), (1, 2), (2, 2), (3, 3), (4, 4)):
        relative = sqrt(sum(NORTH[:until]) ** 2 + sum(SOUTH[:until]) ** 2)
        stay = STAY[until - 1]
        assert curve.loc[row, "estimate"] == pytest.approx(stay, abs=1e-15)
        assert curve.loc[row, "std_error"] == pytest.approx(stay * relative, abs=1e-15)
        width = 1.959963984540054 * relative / abs(log(stay))
        limits = [exp(log(stay) * exp(width)), exp(log(stay) * exp(-width))]
        assert curve.loc[row, ["conf_low", "conf_high"]].tolist() == pytest.approx(limits, abs=1e-14)


def test_cumulative_hazard_by_team() -> None:
    # the same with at risk instead of at risk less leavers beneath
    north = [(1 - 1 / 5 * 3) / 5, (0 - 1 / 4 * 2) / 4, (0 - 1 / 3 * 1) / 3, (1 - 1 / 2 * 1) / 2]
    south = [(0 - 1 / 5 * 2) / 5, (1 - 1 / 4 * 2) / 4, (1 - 1 / 3 * 2) / 3, (0 - 1 / 2 * 1) / 2]

    found = wm.nelson_aalen(COHORT, cluster="team").frame

    assert found["estimate"].iloc[-1] == pytest.approx(1 / 5 + 1 / 4 + 1 / 3 + 1 / 2, abs=1e-15)
    for row, until in ((0, 1), (1, 2), (2, 2), (3, 3), (4, 4)):
        expected = sqrt(sum(north[:until]) ** 2 + sum(south[:until]) ** 2)
        assert found["std_error"].iloc[row] == pytest.approx(expected, abs=1e-15)
