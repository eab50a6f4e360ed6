"""Cumulative incidence: which variance, what is refused, hard data, the picture."""

import warnings
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.plotting.stacked import draw_stacked
from workforce_metrics.survival.cumulative_incidence import cumulative_incidence

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def cohort(rows: list[tuple[int, float, str | None]], **columns: object) -> wm.Cohort:
    frame = pd.DataFrame(rows, columns=["entry", "month", "cause"]).assign(**columns)
    frame["left"] = frame["cause"].notna()
    weight = "w" if "w" in columns else None
    return wm.Cohort.from_frame(
        frame, duration="month", event="left", entry="entry", cause="cause", weight=weight, time_unit="months"
    )


TOGETHER: list[tuple[int, float, str | None]] = [
    (0, 3, "retired"), (0, 5, "resigned"), (0, 5, "retired"), (0, 7, None), (0, 9, "resigned"), (0, 12, None)
]  # fmt: skip
LATE = [*TOGETHER, (4, 8, "retired"), (6, 10, None)]


def test_a_cohort_gets_the_jackknife_and_a_risk_table_greenwood_and_both_say_so() -> None:
    of_people = cumulative_incidence(cohort(TOGETHER))
    of_counts = cumulative_incidence(wm.risk_table(cohort(TOGETHER)))

    assert of_people.provenance["variance"] == "jackknife"
    assert of_counts.provenance["variance"] == "greenwood"
    pd.testing.assert_frame_equal(of_people.frame, of_counts.frame)


def test_with_delayed_entry_the_jackknife_differs_and_needs_people() -> None:
    table = wm.risk_table(cohort(LATE))

    jackknife, greenwood = (cumulative_incidence(cohort(LATE), variance=v).frame for v in ("jackknife", "greenwood"))

    assert (jackknife["estimate"] == greenwood["estimate"]).all()
    assert (jackknife["std_error"] - greenwood["std_error"]).abs().max() > 1e-3
    with pytest.raises(InvalidArgumentError, match="pass the cohort"):
        cumulative_incidence(table, variance="jackknife")


def test_the_jackknife_of_a_risk_table_without_delay_is_greenwoods() -> None:
    table = wm.risk_table(cohort(TOGETHER))

    pd.testing.assert_frame_equal(
        cumulative_incidence(table, variance="jackknife").frame, cumulative_incidence(table).frame
    )


@pytest.mark.parametrize(
    ("asked", "name"),
    [({"variance": "delta"}, "variance"), ({"conf_type": "peto"}, "conf_type"), ({"conf_level": 95}, "conf_level")],
)
def test_unknown_choices_are_refused(asked: dict[str, object], name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        cumulative_incidence(cohort(TOGETHER), **asked)  # type: ignore[arg-type]


def test_an_emptied_risk_set_is_said() -> None:
    data = cohort([(0, 3, "retired"), (6, 9, "resigned"), (6, 12, None)])

    with pytest.warns(RiskSetWarning, match="everyone at risk had left"):
        curve = cumulative_incidence(data).frame

    assert curve["estimate"].tolist() == [0, 1] * 3
    assert (curve["std_error"] == 0).all()


def test_nobody_left() -> None:
    frame = pd.DataFrame({"month": [3, 5], "left": [False, False]})
    data = wm.Cohort.from_frame(frame, duration="month", event="left", time_unit="months")

    curve = cumulative_incidence(data).frame

    assert curve["estimate"].tolist() == [0, 0]
    assert curve["std_error"].tolist() == [0, 0]
    assert curve[["conf_low", "conf_high"]].isna().all(axis=None)


def test_one_person() -> None:
    curve = cumulative_incidence(cohort([(0, 3, "retired")])).frame

    assert curve[["estimate", "std_error"]].to_numpy().tolist() == [[1, 0]]


def test_a_group_without_one_of_the_causes() -> None:
    data = cohort(LATE, route=["a", "b", "b", "a", "a", "b", "b", "a"])

    curve = cumulative_incidence(data, by="route").frame

    assert set(zip(curve["route"], curve["cause"], strict=True)) == {
        (route, cause) for route in "ab" for cause in ("resigned", "retired")
    }
    assert curve[["estimate", "std_error"]].notna().all(axis=None)


def test_people_of_weight_zero_change_nothing_but_how_many_there_are() -> None:
    weighted = cumulative_incidence(cohort([*LATE, (0, 4, "retired"), (2, 6, None)], w=[1.0] * 8 + [0.0] * 2))

    plain = cumulative_incidence(cohort(LATE))

    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(weighted.at([5, 9, 12])[name], plain.at([5, 9, 12])[name], atol=1e-14)


def test_times_in_days_and_in_parts_of_months_give_the_same_jackknife() -> None:
    days = [(30 * entry, 30 * month, cause) for entry, month, cause in LATE]
    parts = [(entry, month + 1e-12, cause) for entry, month, cause in LATE]

    errors = [cumulative_incidence(cohort(rows)).frame["std_error"] for rows in (LATE, days, parts)]

    np.testing.assert_allclose(errors[1], errors[0], atol=1e-14)
    np.testing.assert_allclose(errors[2], errors[0], atol=1e-14)


def test_a_registers_cohort_has_the_jackknife_of_its_days() -> None:
    rows = wm.simulate_register(3000, seed=4).extract
    register = wm.read_register(
        rows,
        columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
        observed_from="2018-04-01", observed_to="2025-03-31", date_formats=["%Y-%m-%d"], definition="lapsed",
    )  # fmt: skip
    built = wm.build_cohort(register, horizon_years=5, causes=wm.leaving_causes())
    days = built.frame.assign(cause=built.frame["cause"].astype(object))
    plain = wm.Cohort.from_frame(
        days, duration="duration", event="event", entry="entry", cause="cause", time_unit="days"
    )

    of_register, of_days = (
        cumulative_incidence(data)
        .frame.astype({"cause": str})
        .sort_values(["time", "cause"])[lambda f: f["cause"].isin(plain.causes)]
        for data in (built, plain)
    )

    assert of_register["time"].max() == 5
    np.testing.assert_allclose(of_register["std_error"], of_days["std_error"], rtol=0, atol=1e-14)


def test_jackknife_and_greenwood_say_how_far_estimates_of_samples_differ() -> None:
    rng = np.random.default_rng(3)
    n, samples = 400, 400
    leave, entry = rng.exponential(10, n * samples), rng.uniform(-6, 6, n * samples).clip(0)
    end = np.minimum(leave, rng.uniform(4, 12, n * samples))
    rows = pd.DataFrame({"entry": entry, "t": end, "left": leave <= end, "why": rng.choice(["a", "b"], n * samples)})
    rows = rows.assign(sample=np.repeat(np.arange(samples), n)).query("entry < t")
    data = wm.Cohort.from_frame(
        rows.round(3).query("entry < t"), duration="t", event="left", entry="entry", cause="why", time_unit="years"
    )

    jackknife, greenwood = (
        cumulative_incidence(data, by="sample", variance=v).at(5).query("cause == 'a'")
        for v in ("jackknife", "greenwood")
    )

    spread = jackknife["estimate"].std()
    assert jackknife["estimate"].mean() == pytest.approx((1 - np.exp(-0.5)) / 2, abs=0.005)
    assert jackknife["std_error"].mean() == pytest.approx(spread, rel=0.11)  # three standard errors of such a spread
    assert greenwood["std_error"].mean() == pytest.approx(spread, rel=0.11)
    inside = (jackknife["conf_low"] < (1 - np.exp(-0.5)) / 2) & ((1 - np.exp(-0.5)) / 2 < jackknife["conf_high"])
    assert inside.mean() == pytest.approx(0.95, abs=0.033)


def test_a_curve_is_not_suppressed_by_replacing_its_table() -> None:
    result = cumulative_incidence(cohort(TOGETHER))

    with pytest.raises(InvalidArgumentError, match="single people"):
        result.with_table(result.frame)


def test_looking_up_changes_nothing_and_is_missing_after_the_last_time() -> None:
    result = cumulative_incidence(cohort(LATE), conf_type="log")

    found = result.at([12, 13])

    assert found["cause"].astype(str).tolist() == ["resigned", "retired"] * 2
    np.testing.assert_array_equal(found["estimate"][:2], result.frame["estimate"].iloc[-2:])
    assert found.loc[2:, ["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_one_group_is_drawn_stacked() -> None:
    result = cumulative_incidence(cohort(LATE))

    ax = result.plot()

    tops = [line.get_ydata()[-1] for line in ax.lines if line.get_gid() == "curve"]
    last = result.frame["estimate"].iloc[-2:]
    assert tops == pytest.approx([last.iloc[0], last.sum()])
    assert sum(area.get_gid() == "part" for area in ax.collections) == 2
    assert [text.get_text() for text in ax.texts if text.get_gid() == "curve name"] == ["resigned", "retired"]
    assert not any("confidence" in text.get_text() for text in ax.texts)


def test_several_groups_are_drawn_as_curves_with_intervals() -> None:
    result = cumulative_incidence(cohort(LATE, route=["a", "b"] * 4), by="route")

    ax = result.plot()

    assert sum(line.get_gid() == "curve" for line in ax.lines) == 4
    names = [text.get_text() for text in ax.texts if text.get_gid() == "curve name"]
    assert names == ["resigned, a", "resigned, b", "retired, a", "retired, b"]


def test_parts_with_other_times_are_not_stacked() -> None:
    frame = pd.DataFrame({"time": [1.0, 2.0, 1.0], "cause": ["a", "a", "b"], "estimate": [0.1, 0.2, 0.1]})

    with pytest.raises(InvalidDataError, match="same times"):
        draw_stacked(frame, risk=pd.DataFrame({"time": [1.0], "n_risk": [3]}))
    with pytest.raises(InvalidDataError, match="missing ones"):
        draw_stacked(frame[:2].assign(estimate=np.nan), risk=pd.DataFrame({"time": [1.0], "n_risk": [3]}))


def test_no_warning_where_there_is_nothing_to_warn_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cumulative_incidence(cohort(LATE))
