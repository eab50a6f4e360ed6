"""A forecast worked by hand: two causes, two years of service, people who have served none or one year.

Of 100 joiners 20 leave in year one (15 resign, 5 retire); of the 80 left 40 leave in year two (10 and 30); 40 stay.
So the hazards are .15 and .05 in year one, .125 and .375 in year two.
"""

import math

import numpy as np
import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.count_interval import count_interval
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.forecast import forecast_leaving

STAFF = pd.DataFrame(
    {
        "year": [1] * 20 + [2] * 80,
        "left": [True] * 60 + [False] * 40,
        "why": ["resigned"] * 15 + ["retired"] * 5 + ["resigned"] * 10 + ["retired"] * 30 + [None] * 40,
    }
)
COHORT = Cohort.from_frame(STAFF, duration="year", event="left", cause="why", time_unit="years")
IN_POST = pd.DataFrame({"served": [0] * 10 + [1] * 6, "team": ["new"] * 10 + ["old"] * 6})


@pytest.mark.validates(
    "forecast_leaving", against="arithmetic by hand", data="two causes, two years, 16 people in post"
)
def test_expected_leavers_by_year_and_cause() -> None:
    model = discrete_hazard(COHORT, "1", interval="year")
    found = forecast_leaving(model, IN_POST, served="served", years=1).frame.query("term == 'in the year'")

    resigned, retired = 10 * 0.15 + 6 * 0.125, 10 * 0.05 + 6 * 0.375
    agree(found["estimate"], [resigned, retired, resigned + retired], rtol=1e-9, what="leavers")
    assert found["n"].tolist() == [16, 16, 16]


def test_the_second_year_counts_who_stays_through_the_first() -> None:
    model = discrete_hazard(COHORT, "1", interval="year")
    new = IN_POST[IN_POST["served"] == 0]
    found = forecast_leaving(model, new, served="served", years=2).frame.set_index(["time", "cause", "term"])[
        "estimate"
    ]

    assert found[2, "resigned", "in the year"] == pytest.approx(10 * 0.8 * 0.125)
    assert found[2, "retired", "in the year"] == pytest.approx(10 * 0.8 * 0.375)
    assert found[2, "retired", "by its end"] == pytest.approx(10 * (0.05 + 0.8 * 0.375))
    assert found[2, "any cause", "by its end"] == pytest.approx(10 * 0.6)


@pytest.mark.validates(
    "forecast_leaving", against="arithmetic by hand", data="two causes, two years, 16 people in post"
)
def test_the_standard_error_is_that_of_two_binomial_shares() -> None:
    """Shares of leavers in the two years are independent: .2 of 100 and .5 of 80."""
    model = discrete_hazard(COHORT, "1", interval="year")
    found = forecast_leaving(model, IN_POST, served="served", years=1).frame.query("cause == 'any cause'").iloc[0]

    assert found["estimate"] == pytest.approx(10 * 0.2 + 6 * 0.5)
    by_hand = math.sqrt(10**2 * 0.2 * 0.8 / 100 + 6**2 * 0.5 * 0.5 / 80)
    agree(found["std_error"], by_hand, rtol=1e-6, what="std_error")


@pytest.mark.validates("forecast_leaving", against="sums of predict_risk, one by one", data="16 people in post")
def test_a_cox_model_forecasts_what_its_predictions_say() -> None:
    """Who has served a year leaves in the next with 1 - S(2 | x) / S(1 | x)."""
    staff = STAFF.assign(age=np.arange(100) % 7)
    model = cox(Cohort.from_frame(staff, duration="year", event="left", time_unit="years"), "age")
    in_post = IN_POST.assign(age=np.arange(16) % 5)
    found = forecast_leaving(model, in_post, served="served", years=1, by="team").frame.query("term == 'in the year'")

    new = model.predict_risk(in_post[:10], at=1)["estimate"].sum()
    old = model.predict_risk(in_post[10:], at=2, given=1)["estimate"].sum()
    agree(found["estimate"], [new, old], rtol=1e-12, what="leavers")
    one = forecast_leaving(model, in_post[10:11], served="served", years=1).frame.iloc[0]
    predicted = model.predict_risk(in_post[10:11], at=2, given=1).iloc[0]
    agree(one["std_error"], predicted["std_error"], rtol=1e-9, what="std_error")


@pytest.mark.validates(
    "forecast_leaving", against="arithmetic by hand", data="two causes, two years, 16 people in post"
)
def test_equal_known_chances_give_the_binomial_quantiles() -> None:
    """Of 4 people with chances of a half: P(N = 0) = 1/16, P(N <= 1) = 5/16, P(N <= 2) = 11/16, P(N <= 3) = 15/16."""
    low, high = count_interval(np.array([2.0]), np.array([1.0]), np.array([0.0]), conf_level=0.9)
    agree([*low, *high], [0, 4], what="limits")  # 1/16 > .05, and 15/16 < .95
    low, high = count_interval(np.array([2.0]), np.array([1.0]), np.array([0.0]), conf_level=0.8)
    assert (low.tolist(), high.tolist()) == ([1], [3])  # 1/16 < .1, and 15/16 > .9


def test_nobody_can_leave_and_not_known() -> None:
    low, high = count_interval(np.array([0.0, np.nan]), np.array([0.0, np.nan]), np.zeros(2), conf_level=0.9)
    np.testing.assert_array_equal(low, [0, np.nan])
    np.testing.assert_array_equal(high, [0, np.nan])
