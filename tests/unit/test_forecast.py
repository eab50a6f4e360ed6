"""Forecasts of leavers: intervals that hold what they say, people beyond the model, what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.count_interval import count_interval
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.forecast import forecast_leaving


def joiners(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return people of two routes with yearly hazards of .1 and .3, followed for six years."""
    route = np.where(rng.random(n) < 0.5, "home", "abroad")
    t = rng.geometric(np.where(route == "home", 0.1, 0.3))
    return pd.DataFrame({"route": route, "t": np.minimum(t, 6), "left": t <= 6, "leaves": t})


def cohort_of(frame: pd.DataFrame) -> Cohort:
    return Cohort.from_frame(frame, duration="t", event="left", time_unit="years")


def in_post(n: int, rng: np.random.Generator) -> pd.DataFrame:
    served = rng.integers(0, 4, n)
    return pd.DataFrame({"route": rng.choice(["home", "abroad"], n), "served": served})


@pytest.fixture(scope="module")
def model() -> Any:
    return discrete_hazard(cohort_of(joiners(400, np.random.default_rng(1))), "route")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return in_post(60, np.random.default_rng(2))


def test_prediction_intervals_hold_the_number_who_leave() -> None:
    """Sixty joiners teach the model, fifty people are forecast: both kinds of uncertainty matter."""
    rng, held, narrow, n = np.random.default_rng(3), 0, 0, 100
    for _ in range(n):
        model = discrete_hazard(cohort_of(joiners(60, rng)), "route", baseline="time")
        people = in_post(50, rng).assign(served=0)
        leaves = rng.random(50) < np.where(people["route"] == "home", 0.1, 0.3)
        found = forecast_leaving(model, people, served="served", years=1, conf_level=0.9).frame.iloc[0]
        low, high = found[["conf_low", "conf_high"]]
        held += low <= leaves.sum() <= high
        p = found["estimate"] / 50
        low, high = count_interval(np.array([50 * p]), np.array([50 * p * (1 - p)]), np.zeros(1), conf_level=0.9)
        narrow += low[0] <= leaves.sum() <= high[0]
    assert 0.85 <= held / n <= 0.99  # counts are whole, so a little more than .9; over 2,000 forecasts 92 %
    assert narrow < held


def test_the_interval_is_that_of_draws() -> None:
    rng, chances = np.random.default_rng(4), np.linspace(0.02, 0.6, 80)
    drawn = (rng.random((100_000, 80)) < chances).sum(axis=1)
    low, high = count_interval(
        np.array([chances.sum()]), np.array([(chances * (1 - chances)).sum()]), np.zeros(1), conf_level=0.95
    )
    assert (low[0], high[0]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=1)


def test_large_counts_join_the_two_variances() -> None:
    mean, spread, error = np.array([50_000.0]), np.array([40_000.0]), np.array([600.0])
    low, high = count_interval(mean, spread, error, conf_level=0.95)
    half = 1.959964 * np.sqrt(40_000 + 600**2)
    assert (high - low)[0] / 2 == pytest.approx(half, rel=0.01)


def test_row_order_and_units_of_time_do_not_matter(model: Any, people: pd.DataFrame) -> None:
    found = forecast_leaving(model, people, served="served", years=3, by="route").frame
    again = forecast_leaving(model, people.iloc[::-1], served="served", years=3, by="route").frame
    months = joiners(400, np.random.default_rng(1)).assign(t=lambda rows: rows["t"] * 12)
    cohort = Cohort.from_frame(months, duration="t", event="left", time_unit="months")
    in_months = forecast_leaving(
        discrete_hazard(cohort, "route"),
        people.assign(served=people["served"] * 12),
        served="served",
        years=3,
        by="route",
    )

    pd.testing.assert_frame_equal(found, again, rtol=1e-12)
    pd.testing.assert_frame_equal(found, in_months.frame, rtol=1e-9)


def test_people_without_a_group_are_a_group(model: Any, people: pd.DataFrame) -> None:
    teams = people.assign(team=pd.Series(["x"] * 40 + [None] * 20, dtype=object))
    found = forecast_leaving(model, teams, served="served", years=1, by="team").frame

    assert found["n"].tolist() == [40, 40, 20, 20]
    assert found["team"].isna().tolist() == [False, False, True, True]


def test_beyond_the_model_the_figures_of_a_group_are_missing(model: Any, people: pd.DataFrame) -> None:
    rows = people.assign(served=np.where(people["route"] == "home", 3, 1))
    n_home = int((people["route"] == "home").sum())
    with pytest.warns(RiskSetWarning, match=f"{n_home} people"):
        found = forecast_leaving(model, rows, served="served", years=4, by="route").frame

    last = found[(found["time"] == 4) & (found["term"] == "in the year")].set_index("route")
    assert last["n_missing"].to_dict() == {"abroad": 0, "home": n_home}
    assert last["conf_high"].notna().to_dict() == {"abroad": True, "home": False}
    assert last.loc["home", ["estimate", "std_error", "conf_low", "conf_high"]].isna().all()
    assert found[found["time"] == 3]["estimate"].notna().all()


def test_a_cox_model_knows_how_long_each_stratum_was_followed(people: pd.DataFrame) -> None:
    rows = joiners(300, np.random.default_rng(5)).assign(age=np.arange(300) % 3)
    rows = rows[(rows["route"] == "abroad") | (rows["t"] <= 3)]
    model = cox(cohort_of(rows), "age", strata="route")
    with pytest.warns(RiskSetWarning):
        found = forecast_leaving(model, people.assign(age=1, served=2), served="served", years=2, by="route").frame

    assert found["estimate"].isna().tolist() == [False, False, False, False, False, False, True, True]


def test_what_is_refused(model: Any, people: pd.DataFrame) -> None:
    with pytest.raises(InvalidArgumentError, match="years: expected a whole number from 1 to 50"):
        forecast_leaving(model, people, served="served", years=0)
    with pytest.raises(MissingColumnError, match="tenure"):
        forecast_leaving(model, people, served="tenure")
    with pytest.raises(InvalidDataError, match="served: expected times served, from 0, got 60 others"):
        forecast_leaving(model, people.assign(served=-1.0), served="served")
    with pytest.raises(InvalidDataError, match="times served as numbers"):
        forecast_leaving(model, people.assign(served=pd.Timestamp("2020-01-01")), served="served")
    with pytest.raises(InvalidDataError, match="somebody"):
        forecast_leaving(model, people[:0], served="served")
    with pytest.raises(InvalidDataError, match="levels that the model was fitted on"):
        forecast_leaving(model, people.assign(route="moon"), served="served")


def test_the_picture_shows_the_years(model: Any, people: pd.DataFrame) -> None:
    ax = forecast_leaving(model, people, served="served", years=2).plot()
    assert {"year 1", "year 2"} <= {label.get_text() for label in ax.get_yticklabels()}
