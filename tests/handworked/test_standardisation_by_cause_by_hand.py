"""Standardised risks and a forecast from cause-specific Cox models, worked by hand.

Two routes of five people each, with the same fate: after 1 year one resigns, after 2 one retires, after 3 one resigns,
two are still there after 4. So the coefficients are 0, and with Breslow's ties the hazards of everybody are

    resigned: 2/10 at 1, 2/6 at 3       retired: 2/8 at 2

with the variances 2/10**2, 2/6**2 and 2/8**2. Half of those at risk are of each route at every leaving: coded 0 and 1
the information is d/4 a leaving time, so the coefficients have the variances 4/4 (four resign) and 4/2 (two retire),
and a route lies half a unit from the mean.
"""

import math

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.survival.cause_specific import cause_specific
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.forecast import forecast_leaving
from workforce_metrics.survival.standardisation import standardised_risk

STAFF = pd.DataFrame(
    {
        "year": [1, 2, 3, 4, 4] * 2,
        "left": [True, True, True, False, False] * 2,
        "why": ["resigned", "retired", "resigned", None, None] * 2,
        "route": ["home"] * 5 + ["abroad"] * 5,
    }
)
MODEL = cause_specific(
    Cohort.from_frame(STAFF, duration="year", event="left", cause="why", time_unit="years"), "route", ties="breslow"
)
H1, H2, H3 = 2 / 10, 2 / 8, 2 / 6
FIRST, SECOND, THIRD = 1 - math.exp(-H1), math.exp(-H1) * (1 - math.exp(-H2)), math.exp(-H1 - H2) * (1 - math.exp(-H3))
STAYING = math.exp(-H1 - H2 - H3)


@pytest.mark.validates("standardised_risk", against="arithmetic by hand", data="ten people, two causes")
def test_incidences_are_those_of_the_three_leaving_times() -> None:
    found = standardised_risk(MODEL, STAFF, over="route", at=3).frame

    assert found["cause"].tolist() == ["resigned", "retired", "any cause"] * 2
    agree(found["estimate"], [FIRST + THIRD, SECOND, 1 - STAYING] * 2, rtol=1e-9, what="risk")


@pytest.mark.validates("standardised_risk", against="arithmetic by hand", data="ten people, two causes")
def test_standard_errors_join_baselines_and_coefficients() -> None:
    by_h1 = math.exp(-H1) - THIRD  # more resign at 1; fewer are there to resign at 3
    by_h2 = -THIRD
    by_h3 = STAYING
    own = by_h1**2 * 2 / 10**2 + by_h2**2 * 2 / 8**2 + by_h3**2 * 2 / 6**2
    coefficients = (0.5 * (by_h1 * H1 + by_h3 * H3)) ** 2 * 4 / 4 + (0.5 * by_h2 * H2) ** 2 * 4 / 2
    found = standardised_risk(MODEL, STAFF, over="route", at=3).frame

    agree(found["std_error"][0], math.sqrt(own + coefficients), rtol=1e-9, what="risk std_error")


@pytest.mark.validates("standardised_risk", against="arithmetic by hand", data="ten people, two causes")
def test_the_error_of_any_cause_and_of_a_difference() -> None:
    """Staying is exp(-H): its derivative by every hazard is minus itself. Baselines drop out of a difference."""
    own = STAYING**2 * (2 / 10**2 + 2 / 8**2 + 2 / 6**2)
    by_route = [STAYING * (H1 + H3), STAYING * H2]  # by one unit of each cause's coefficient
    found = standardised_risk(MODEL, STAFF, over="route", at=3, reference="abroad").frame
    found = found[found["cause"] == "any cause"].set_index(["route", "term"])["std_error"]

    halves = (0.5 * by_route[0]) ** 2 * 4 / 4 + (0.5 * by_route[1]) ** 2 * 4 / 2
    agree(found["home", "risk"], math.sqrt(own + halves), rtol=1e-9, what="risk std_error")
    difference = math.sqrt(by_route[0] ** 2 + 2 * by_route[1] ** 2)
    agree(found["home", "risk difference"], difference, rtol=1e-9, what="risk difference std_error")


def test_a_forecast_starts_from_the_time_served() -> None:
    """Three have served none and two have served one year, who are past the first leavings."""
    in_post = pd.DataFrame({"served": [0, 0, 0, 1, 1], "route": ["home", "home", "abroad", "home", "abroad"]})
    found = forecast_leaving(MODEL, in_post, served="served", years=2).frame.set_index(["time", "cause", "term"])
    number, there = found["estimate"], math.exp(-H1)

    assert number[1, "resigned", "in the year"] == pytest.approx(3 * FIRST, rel=1e-9)
    assert number[1, "retired", "in the year"] == pytest.approx(2 * SECOND / there, rel=1e-9)
    assert number[2, "resigned", "in the year"] == pytest.approx(2 * THIRD / there, rel=1e-9)
    assert number[2, "retired", "in the year"] == pytest.approx(3 * SECOND, rel=1e-9)
    assert number[2, "any cause", "by its end"] == pytest.approx(
        3 * (FIRST + SECOND) + 2 * (SECOND + THIRD) / there, rel=1e-9
    )
