"""Time served: who is still there, on which clock, and what is refused."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import Register

mpl.use("Agg")
CURVES = [wm.kaplan_meier, wm.cumulative_incidence, wm.nelson_aalen]


def months(**columns: list[object]) -> wm.Cohort:
    frame = pd.DataFrame({"month": [6, 12, 24, 24, 30, 60], "left": [True, True, True, False, True, False]})
    return wm.Cohort.from_frame(frame.assign(**columns), duration="month", event="left", time_unit="months")


def register(rows: list[tuple[str, str | None]], *, opens: str | None = None) -> Register:
    frame = pd.DataFrame(rows, columns=["on", "off"]).assign(PIN=[str(i) for i in range(len(rows))])
    return wm.read_register(
        frame, columns={"person_id": "PIN", "joined": "on", "left": "off"}, observed_from=opens,
        observed_to="2030-12-31", date_formats=["%Y-%m-%d"], definition="left the register",
    )  # fmt: skip


@pytest.mark.parametrize("curve", CURVES)
def test_who_left_at_the_time_served_is_gone(curve: object) -> None:
    found = curve(months(), given=12).frame  # type: ignore[operator]

    assert found["time"].tolist() == [24, 30, 60]
    assert found["n_risk"].tolist() == [4, 2, 1]


def test_between_whole_times_and_at_times_of_rounding() -> None:
    assert wm.kaplan_meier(months(), given=11.5).frame["n_risk"].tolist() == [5, 4, 2, 1]
    thirds = pd.DataFrame({"year": [0.1 + 0.2, 0.5, 1.0], "left": True})
    cohort = wm.Cohort.from_frame(thirds, duration="year", event="left", time_unit="years")
    assert wm.kaplan_meier(cohort, given=0.3).frame["n_risk"].tolist() == [2, 1]


def test_zero_is_everybody_and_those_who_left_at_once() -> None:
    frame = pd.DataFrame({"month": [0, 3, 5], "left": [True, True, False]})
    cohort = wm.Cohort.from_frame(frame, duration="month", event="left", time_unit="months")

    assert wm.kaplan_meier(cohort, given=0).frame["n_risk"].tolist() == [3, 2, 1]
    assert wm.kaplan_meier(cohort, given=1e-6).frame["n_risk"].tolist() == [2, 1]


@pytest.mark.parametrize("given", [-1, np.nan, np.inf, "2", None, True])
@pytest.mark.parametrize("curve", [*CURVES, wm.leaving_within])
def test_time_served_is_a_number_from_zero(curve: object, given: object) -> None:
    with pytest.raises(InvalidArgumentError, match="given: expected a time from 0"):
        curve(months(), given=given)  # type: ignore[operator]


def test_nobody_later_is_refused() -> None:
    for data in (months(), wm.risk_table(months())):
        with pytest.raises(InvalidDataError, match="spells at risk then"):
            wm.kaplan_meier(data, given=60)


def test_earlier_times_than_the_time_served_are_refused() -> None:
    curve = wm.kaplan_meier(months(), given=12)

    with pytest.raises(InvalidArgumentError, match="times from 12, the time served"):
        curve.at([6, 24])
    assert curve.at(12)["estimate"].tolist() == [1]


def test_groups_of_which_nobody_is_left_are_not_there() -> None:
    cohort = months(team=list("aabbcc"))

    for data in (cohort, wm.risk_table(cohort, by="team")):
        curve = wm.kaplan_meier(data, by="team", given=24)
        assert curve.frame["team"].tolist() == ["c", "c"]
        assert curve.median()["team"].tolist() == ["c"]


def test_a_weighted_table_with_late_entries_counts_people_at_least() -> None:
    frame = pd.DataFrame({"entry": [0, 0, 3, 3], "month": [2, 9, 5, 9], "left": True, "w": [1.0, 2.0, 3.0, 4.0]})
    cohort = wm.Cohort.from_frame(frame, duration="month", event="left", entry="entry", weight="w", time_unit="months")

    of_cohort = wm.leaving_within(cohort, years=0.5, given=1 / 12).frame
    of_table = wm.leaving_within(wm.risk_table(cohort), years=0.5, given=1 / 12).frame

    pd.testing.assert_frame_equal(of_cohort, of_table)
    assert of_table["n"].item() == 4


@pytest.mark.parametrize("share", [0, -0.1, 1.01, np.nan, []])
def test_shares_lie_above_zero_and_up_to_one(share: object) -> None:
    with pytest.raises(InvalidArgumentError, match="probabilities"):
        wm.kaplan_meier(months()).quantile(share)  # type: ignore[arg-type]


def test_time_served_on_a_registers_clock_is_below_its_horizon() -> None:
    cohort = wm.build_cohort(register([("2016-01-01", None), ("2017-01-01", "2020-01-01")]), horizon_years=5)

    with pytest.raises(InvalidArgumentError, match="below the horizon, 5"):
        wm.kaplan_meier(cohort, given=5)
    with pytest.raises(InvalidArgumentError, match="below the horizon, 5"):
        wm.kaplan_meier(wm.risk_table(cohort), given=5)
    with pytest.raises(InvalidArgumentError, match="whole years"):
        wm.leaving_within(cohort, given=1.5)
    with pytest.raises(InvalidArgumentError, match="below the 3 years"):
        wm.leaving_within(cohort, years=3, given=3)


def test_years_served_end_on_anniversaries() -> None:
    # two years are 731 days for who joined in 2015 and 730 for who joined in 2017
    rows = [
        ("2015-06-01", "2017-06-01"),  # on the second anniversary: had not served more
        ("2015-06-01", "2017-06-02"),  # the day after
        ("2017-06-01", "2019-06-01"),
        ("2017-06-01", "2019-06-02"),
        ("2017-06-01", "2020-06-01"),  # on the third anniversary
        ("2016-02-29", "2018-02-28"),  # on the second anniversary
        ("2016-02-29", "2018-03-01"),
        ("2015-06-01", None),
        ("2017-06-01", None),
        ("2016-02-29", "2019-03-01"),  # the day after the third
    ]
    cohort = wm.build_cohort(register(rows), horizon_years=5)

    within_three = wm.leaving_within(cohort, years=3, given=2).frame
    within_five = wm.leaving_within(cohort, years=5, given=2).frame

    assert within_three[["n", "n_event"]].to_numpy().tolist() == [[7, 4]]
    assert within_three["estimate"].item() == pytest.approx(4 / 7, abs=1e-15)
    assert within_five["estimate"].item() == pytest.approx(5 / 7, abs=1e-15)


def test_the_first_over_the_anniversary_are_not_alone_at_risk() -> None:
    # who joined in 2017 is over two years a day sooner than who joined in 2015, and leaves that day
    rows = [("2017-06-01", "2019-06-02"), *[("2015-06-01", None)] * 9]

    found = wm.leaving_within(wm.build_cohort(register(rows)), given=2).frame

    assert found["estimate"].item() == pytest.approx(1 / 10, abs=1e-15)


def test_who_was_first_observed_after_the_anniversary_is_at_risk_from_then_on() -> None:
    rows = [("2014-01-01", None), ("2015-01-01", "2018-06-01"), ("2016-01-01", "2018-03-01"), ("2016-06-01", None)]
    cohort = wm.build_cohort(register(rows, opens="2017-06-30"), horizon_years=5)

    found = wm.leaving_within(cohort, years=5, given=2).frame

    # at 2.2 years those who joined in 2016; at 3.4 those of 2015, at risk from 2.5, and of June 2016; 2014's from 3.5
    assert found["n"].item() == 4
    assert found["estimate"].item() == pytest.approx(1 - 1 / 2 * 1 / 2, abs=1e-15)


def test_leaving_given_time_served_follows_from_leaving() -> None:
    rng = np.random.default_rng(2)
    joined = np.datetime64("2012-01-01") + rng.integers(0, 1500, 400)
    left = joined + rng.integers(1, 2400, 400)
    rows = [
        (str(on), str(off) if gone else None) for on, off, gone in zip(joined, left, rng.random(400) < 0.8, strict=True)
    ]
    cohort = wm.build_cohort(register(rows), horizon_years=5)

    risk = {years: wm.leaving_within(cohort, years=years).frame["estimate"].item() for years in (2, 5)}
    found = wm.leaving_within(cohort, years=5, given=2).frame["estimate"].item()

    assert found == pytest.approx(1 - (1 - risk[5]) / (1 - risk[2]), abs=1e-12)  # nobody is censored before


def test_the_picture_begins_at_the_time_served() -> None:
    cohort = months(team=list("ababab"), why=["moved", "retired"] * 3)

    for curve in CURVES:
        for by in (None, "team"):
            ax = curve(cohort, by=by, given=10).plot()
            assert ax.get_xlim() == (10, 60)
            assert min(line.get_xdata()[0] for line in ax.lines if line.get_gid() == "curve") == 10
            assert "still there after 10 months" in ax.get_title(loc="left") + ax.get_title()
    plt.close("all")
