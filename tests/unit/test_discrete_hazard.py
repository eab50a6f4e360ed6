"""Discrete-time hazards: the grid, what is refused and how, hard numbers, predictions."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.discrete_hazard import cells, discrete_hazard
from workforce_metrics.survival.discrete_hazard.grid import periods_at_risk


def cohort_of(frame: pd.DataFrame, *, unit: str = "months", **roles: str) -> wm.Cohort:
    return wm.Cohort.from_frame(frame, duration="t", event="left", time_unit=unit, **roles)


def spells(*rows: tuple[float, float, bool]) -> wm.Cohort:
    return cohort_of(pd.DataFrame(rows, columns=["entry", "t", "left"]), entry="entry")


def staff(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return people of two routes whose yearly hazards are about 0.2 and 0.3, censored at ends of years."""
    rng = np.random.default_rng(seed)
    route = np.where(rng.random(n) < 0.5, "home", "abroad")
    t = rng.geometric(np.where(route == "home", 0.2, 0.3)) * 12
    why = np.where(rng.random(n) < 0.6, "pay", "retired")
    age = rng.integers(20, 60, n)
    frame = pd.DataFrame({"t": np.minimum(t, 36), "left": t <= 36, "route": route, "why": why, "age": age})
    return frame.assign(team=np.arange(n) % 20)


# the grid


def test_who_enters_inside_an_interval_is_at_risk_from_the_next() -> None:
    periods = periods_at_risk(spells((0, 30, True), (12, 30, True), (13, 30, True), (1, 12, True)), "year")

    assert periods.ends.tolist() == [12, 24, 36]
    assert periods.first.tolist() == [0, 1, 2, 1]
    assert periods.last.tolist() == [2, 2, 2, 0]


@pytest.mark.parametrize(("incomplete", "half"), [("half", [True, False, False]), ("full", [False, False, False])])
def test_who_is_censored_inside_an_interval_counts_half_there(incomplete: str, half: list[bool]) -> None:
    periods = periods_at_risk(spells((0, 30, False), (0, 24, False), (0, 30, True)), "year", incomplete=incomplete)  # type: ignore[arg-type]

    assert periods.half.tolist() == half
    assert periods.last.tolist() == [2, 1, 2]
    assert periods.left.tolist() == [False, False, True]


def test_follow_up_ends_with_the_last_interval() -> None:
    periods = periods_at_risk(spells((0, 60, True), (0, 24, True), (0, 30, False), (30, 60, True)), [12, 24])

    assert periods.last.tolist() == [1, 1, 1, 1]
    assert periods.left.tolist() == [False, True, False, False]
    assert not periods.half.any()
    assert (periods.first > 1).tolist() == [False, False, False, True]  # never at risk on this grid


def test_time_zero_belongs_to_the_first_interval() -> None:
    frame = pd.DataFrame({"t": [0, 5], "left": [True, True]})

    periods = periods_at_risk(cohort_of(frame), [6])

    assert (periods.first.tolist(), periods.last.tolist()) == ([0, 0], [0, 0])


def test_months_of_a_cohort_in_years_fall_on_their_ends_despite_rounding() -> None:
    frame = pd.DataFrame({"t": [7 / 12, 0.1 + 0.2, 1.0], "left": True})

    periods = periods_at_risk(cohort_of(frame, unit="years"), "month")

    assert (periods.last + 1).tolist() == [7, 4, 12]
    assert len(periods.ends) == 12


def register(rows: list[tuple[str, str | None]], observed_to: str = "2025-03-31", **asked: str) -> wm.Cohort:
    frame = pd.DataFrame(rows, columns=["on", "off"]).assign(id=[f"p{i}" for i in range(len(rows))])
    made = wm.read_register(
        frame,
        columns={"person_id": "id", "joined": "on", "left": "off"},
        observed_from=asked.get("observed_from"),
        observed_to=observed_to,
        date_formats=["%Y-%m-%d"],
        definition="left",
    )
    return wm.build_cohort(made, horizon_years=5)


def test_a_registers_intervals_end_on_calendar_anniversaries() -> None:
    cohort = register(
        [
            ("2016-02-29", "2017-02-28"),  # on the first anniversary
            ("2016-02-29", "2017-03-01"),
            ("2015-01-31", "2015-02-28"),  # on the first monthly anniversary
            ("2015-01-31", "2020-01-31"),  # on the fifth anniversary
            ("2015-01-31", "2020-01-30"),
            ("2015-01-31", "2020-02-01"),  # stayed five years
        ]
    )

    years, months = periods_at_risk(cohort, "year"), periods_at_risk(cohort, "month")

    assert (years.last + 1).tolist() == [1, 2, 1, 5, 5, 5]
    assert (months.last + 1).tolist() == [12, 13, 1, 60, 60, 60]
    assert years.left.tolist() == [True, True, True, True, True, False]
    assert not years.half.any()


def test_a_registers_delayed_entry_on_an_anniversary_is_exact() -> None:
    cohort = register([("2014-04-01", None), ("2014-04-02", None), ("2014-03-31", None)], observed_from="2016-04-01")

    assert periods_at_risk(cohort, "year").first.tolist() == [2, 2, 3]


def test_leaving_out_intervals_that_had_not_ended_is_right_where_half_is_nearly() -> None:
    """Joiners of every day, yearly hazard 0.2, observed to a date: the person-period file is far too low."""
    rng = np.random.default_rng(7)
    joined = np.datetime64("2020-03-31") + rng.integers(0, 1826, 40_000)
    left = joined + np.ceil(rng.exponential(1 / -np.log(0.8), 40_000) * 365.25).astype(int)
    off = np.where(left <= np.datetime64("2025-03-31"), left.astype(str), None)
    cohort = register(list(zip(joined.astype(str), off, strict=True)))

    first_year = {
        way: discrete_hazard(cohort, "1", interval=[1, 2], incomplete=way).predict_risk(pd.DataFrame(index=[0]), at=1)
        for way in ("leave_out", "half", "full")
    }

    assert first_year["leave_out"]["estimate"].item() == pytest.approx(0.2, abs=0.006)
    assert first_year["half"]["estimate"].item() == pytest.approx(0.2, abs=0.006)
    assert first_year["full"]["estimate"].item() < 0.19


def test_a_register_followed_to_the_end_gives_the_risk_by_anniversaries() -> None:
    ends = ("2016-01-31", "2016-02-01", "2018-01-31", "2019-06-01", "2020-02-01")
    cohort = register([("2015-01-31", end) for end in ends])

    risk = discrete_hazard(cohort, "1", interval=[1, 3, 5]).predict_risk(pd.DataFrame(index=[0]), at=[1, 3, 5])

    for years, own in zip((1, 3, 5), risk["estimate"], strict=True):
        assert own == pytest.approx(wm.leaving_within(cohort, years=years).frame["estimate"].item(), rel=1e-9)


# what is refused


def fitting(formula: str, frame: pd.DataFrame | None = None, **asked: object) -> Callable[[], object]:
    cohort = cohort_of(staff() if frame is None else frame)
    return lambda: discrete_hazard(cohort, formula, **asked)  # type: ignore[arg-type]


STAFF = staff()
STAYERS, LEAVERS = np.where(STAFF["left"], "a", "b"), np.where(STAFF["left"], "b", "a")
TELLS = STAFF["left"] * 100.0 + 50.0
REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "no such interval": (fitting("route", interval="week"), InvalidArgumentError, "month"),
    "intervals from 0": (fitting("route", interval=[0, 12]), InvalidArgumentError, "first starts at 0"),
    "too many intervals": (
        fitting("route", STAFF.assign(t=STAFF["t"] * 1000), interval="month"),
        InvalidArgumentError,
        "longer ones",
    ),
    "no such link": (fitting("route", link="probit"), InvalidArgumentError, "cloglog"),
    "no such rule": (fitting("route", incomplete="third"), InvalidArgumentError, "leave_out"),
    "no such rule for missing": (fitting("route", missing="fill"), InvalidArgumentError, "drop"),
    "no window": (fitting("route", incomplete="leave_out"), InvalidArgumentError, "register"),
    "no level of confidence": (fitting("route", conf_level=95), InvalidArgumentError, "0.95"),
    "no such covariate": (fitting("grade"), MissingColumnError, "grade"),
    "no such cluster": (fitting("route", cluster="site"), MissingColumnError, "site"),
    "one cluster": (fitting("route", STAFF.assign(team=1), cluster="team"), InvalidDataError, "two clusters"),
    "silent intervals": (fitting("route", interval="month"), InvalidDataError, "33 intervals, ending at 1, 2, 3"),
    "level without leavings": (
        fitting("route + grade", STAFF.assign(grade=STAYERS)),
        InvalidDataError,
        "nobody leaving at grade, level b",
    ),
    "reference level without leavings": (
        fitting("route + grade", STAFF.assign(grade=LEAVERS)),
        InvalidDataError,
        "nobody leaving at grade, the level that the others are compared with",
    ),
    "numbers that tell who leaves": (
        fitting("route + pay", STAFF.assign(pay=TELLS)),
        InvalidDataError,
        "most of all that of pay",
    ),
    "twice the same": (fitting("age + twin", STAFF.assign(twin=2 * STAFF["age"])), InvalidDataError, "twin"),
    "nobody left": (fitting("route", STAFF.assign(left=False)), InvalidDataError, "leavings by every cause"),
    "never at risk": (
        lambda: discrete_hazard(spells((1, 11, True), (2, 9, False)), "1"),
        InvalidDataError,
        "whole interval",
    ),
    "missing covariate": (
        fitting("age", STAFF.assign(age=STAFF["age"].where(STAFF["age"] < 59))),
        InvalidDataError,
        "missing='drop'",
    ),
}


@pytest.mark.parametrize(("call", "error", "told"), REFUSED.values(), ids=REFUSED)
def test_refused(call: Callable[[], object], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        call()


def test_one_person_who_leaves_has_no_finite_hazard() -> None:
    with pytest.raises(InvalidDataError, match="everybody at risk leaving"):
        discrete_hazard(spells((0, 12, True)), "1")


# hard numbers


def test_one_leaving_among_many() -> None:
    frame = pd.DataFrame({"t": [12] * 1000, "left": [True] + [False] * 999})

    model = discrete_hazard(cohort_of(frame), "1", link="logit")

    assert model.frame["estimate"].item() == pytest.approx(np.log(1 / 999), rel=1e-10)
    assert model.frame["std_error"].item() == pytest.approx(np.sqrt(1 + 1 / 999), rel=1e-10)


def test_missing_covariates_may_be_dropped_and_are_counted() -> None:
    frame = staff()
    holed = frame.assign(age=frame["age"].where(frame["age"] < 59))

    dropped = discrete_hazard(cohort_of(holed), "age", missing="drop")

    n = int(holed["age"].isna().sum())
    assert (dropped.provenance["n"], dropped.provenance["n_missing"]) == (400 - n, n)
    left_out = discrete_hazard(cohort_of(holed.dropna(subset="age").reset_index(drop=True)), "age")
    pd.testing.assert_frame_equal(dropped.frame, left_out.frame)


@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_units_of_covariates_change_only_their_own_parameters(factor: float) -> None:
    frame = staff()

    plain = discrete_hazard(cohort_of(frame), "age + route").frame
    scaled = discrete_hazard(cohort_of(frame.assign(age=frame["age"] * factor)), "age + route").frame

    unit = np.where(plain["term"] == "age", factor, 1.0)
    np.testing.assert_allclose(scaled["estimate"] * unit, plain["estimate"], rtol=1e-9)
    np.testing.assert_allclose(scaled["std_error"] * unit, plain["std_error"], rtol=1e-9)


def test_columns_that_differ_in_the_sixth_digit_keep_their_sum() -> None:
    frame = staff().assign(twin=lambda f: f["age"] + 1e-5 * np.sin(np.arange(len(f))))

    model = discrete_hazard(cohort_of(frame), "age + twin")

    alone = discrete_hazard(cohort_of(frame), "twin").frame.iloc[-1]
    assert np.isfinite(model.frame[["estimate", "std_error"]].to_numpy()).all()
    both = model.covariance.iloc[-2:, -2:].to_numpy()
    assert np.sqrt(both.sum()) == pytest.approx(alone["std_error"], rel=0.05)


def test_blocks_and_sparse_counts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = cohort_of(staff().assign(cause=lambda f: f["why"]), cause="cause")
    whole = discrete_hazard(cohort, "route + age", cluster="team")

    monkeypatch.setattr(cells, "CELLS_PER_BLOCK", 10)
    monkeypatch.setattr(cells, "DENSE_CELLS", 0)

    blocks = discrete_hazard(cohort, "route + age", cluster="team")
    pd.testing.assert_frame_equal(whole.frame, blocks.frame, check_exact=False, rtol=1e-9)


def test_knots_are_learned_from_people_not_from_patterns() -> None:
    frame = staff().assign(age=lambda f: np.where(np.arange(len(f)) < 300, 25, f["age"]))

    learned = discrete_hazard(cohort_of(frame), "center(age)").frame
    by_hand = discrete_hazard(cohort_of(frame.assign(age=frame["age"] - frame["age"].mean())), "age").frame

    np.testing.assert_allclose(learned["estimate"], by_hand["estimate"], rtol=1e-10)


def test_a_smooth_baseline_of_full_rank_is_a_parameter_an_interval() -> None:
    cohort = cohort_of(staff())

    free = discrete_hazard(cohort, "route", link="logit")
    smooth = discrete_hazard(cohort, "route", link="logit", baseline="poly(time, 2)")

    assert smooth.frame["term"].tolist()[0] == "Intercept"
    assert smooth.log_likelihood == pytest.approx(free.log_likelihood, rel=1e-12)
    people = pd.DataFrame({"route": ["home", "abroad"]})
    pd.testing.assert_frame_equal(
        free.predict_risk(people, at=[12, 36]), smooth.predict_risk(people, at=[12, 36]), check_exact=False, rtol=1e-9
    )


def test_a_smooth_baseline_bears_intervals_without_leavings() -> None:
    model = discrete_hazard(cohort_of(staff()), "route", interval="month", baseline="time")

    assert np.isfinite(model.frame[["estimate", "std_error"]].to_numpy()).all()
    assert model.frame["time"].isna().all()


def test_hazard_ratio_of_routes_is_found() -> None:
    model = discrete_hazard(cohort_of(staff(20_000)), "route")

    ratio = model.ratios.set_index("term").loc["route[T.home]"]
    assert ratio["conf_low"] < np.log(0.8) / np.log(0.7) < ratio["conf_high"]


# predictions


def test_risks_come_in_the_order_of_people_under_their_index() -> None:
    model = discrete_hazard(cohort_of(staff()), "route")
    people = pd.DataFrame({"route": ["home", "abroad", "home"]}, index=["x", "y", "z"])

    risk = model.predict_risk(people, at=[12, 36])

    assert risk.index.tolist() == ["x", "x", "y", "y", "z", "z"]
    assert risk["time"].tolist() == [12.0, 36.0] * 3
    assert risk.loc["x"].to_numpy().tolist() == risk.loc["z"].to_numpy().tolist()
    assert (risk.loc["y", "estimate"].to_numpy() > risk.loc["x", "estimate"].to_numpy()).all()
    assert ((risk["conf_low"] < risk["estimate"]) & (risk["estimate"] < risk["conf_high"])).all()


def test_risk_given_time_served_is_what_is_left_of_it() -> None:
    model = discrete_hazard(cohort_of(staff()), "route")
    people = pd.DataFrame({"route": ["home"], "served": [18.0]})

    by_18, by_36 = model.predict_risk(people, at=[18, 36])["estimate"]

    left = model.predict_risk(people, at=36, given="served")["estimate"].item()
    assert 1 - by_36 == pytest.approx((1 - by_18) * (1 - left), rel=1e-12)


def test_people_may_be_any_frame() -> None:
    polars = pytest.importorskip("polars")
    model = discrete_hazard(cohort_of(staff()), "route")

    risk = model.predict_risk(polars.DataFrame({"route": ["home"]}), at=36)

    assert risk["estimate"].item() == model.predict_risk(pd.DataFrame({"route": ["home"]}), at=36)["estimate"].item()


def test_predictions_refuse_what_they_cannot_know() -> None:
    model = discrete_hazard(cohort_of(staff()), "route")
    home = pd.DataFrame({"route": ["home"]})

    with pytest.raises(InvalidArgumentError, match="36 months"):
        model.predict_risk(home, at=37)
    with pytest.raises(InvalidArgumentError, match="times served"):
        model.predict_risk(home, at=12, given=13)
    with pytest.raises(InvalidDataError, match="route"):
        model.predict_risk(pd.DataFrame({"route": ["moon"]}), at=12)
    with pytest.raises(InvalidDataError, match="missing"):
        model.predict_risk(pd.DataFrame({"route": [None]}), at=12)
    with pytest.raises(MissingColumnError, match="route"):
        model.predict_risk(pd.DataFrame({"age": [1]}), at=12)


def test_hazards_of_causes_that_add_up_to_more_than_one_are_refused() -> None:
    low, high = ["a", "b", *[""] * 8], [*["a"] * 4, *["b"] * 4, "", ""]
    frame = pd.DataFrame({"t": 1, "why": [*low, *high], "x": [0.0] * 10 + [1.0] * 10})
    model = discrete_hazard(cohort_of(frame.assign(left=frame["why"] != ""), unit="years", cause="why"), "x")

    inside = model.predict_risk(pd.DataFrame({"x": [1.0]}), at=1)["estimate"].item()

    assert inside == pytest.approx(0.8, rel=1e-9)
    with pytest.raises(InvalidDataError, match="together"):
        model.predict_risk(pd.DataFrame({"x": [3.0]}), at=1)


def test_repr_tells_what_was_asked_and_used() -> None:
    shown = repr(discrete_hazard(cohort_of(staff()), "route", cluster="team"))

    assert shown.startswith("<Discrete-time hazard: 4 rows; formula=route; interval=year; link=cloglog")
    assert "n=400" in shown
    assert "n_clusters=20" in shown


def test_the_plot_has_a_row_a_covariate_and_cause() -> None:
    frame = staff()
    one, two = cohort_of(frame), cohort_of(frame.assign(cause=frame["why"]), cause="cause")

    hazards = discrete_hazard(one, "route + age").plot()
    odds = discrete_hazard(two, "route", link="logit").plot()

    assert [text.get_text() for text in hazards.get_yticklabels()] == ["route[T.home]", "age"]
    assert [text.get_text() for text in odds.get_yticklabels()] == ["route[T.home], pay", "route[T.home], retired"]
    assert (hazards.get_xlabel(), odds.get_xlabel()) == ("Hazard ratio", "Odds ratio")
    with pytest.raises(InvalidArgumentError, match="covariates"):
        discrete_hazard(one, "1").plot()
