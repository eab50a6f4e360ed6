"""Equations that hold for every cohort."""

import warnings

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import RiskSetWarning

SPELL = st.tuples(st.integers(0, 6), st.integers(1, 8), st.booleans(), st.sampled_from("ab"), st.integers(1, 3))
SPELLS = st.lists(SPELL, min_size=1, max_size=25)


def frame_of(spells: list[tuple[int, int, bool, str, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(spells, columns=["entry", "length", "left", "group", "w"])
    return frame.assign(duration=frame["entry"] + frame["length"]).drop(columns="length")


def cohort_of(frame: pd.DataFrame, *, weight: str | None = None, time_unit: str = "years") -> wm.Cohort:
    return wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight=weight, time_unit=time_unit
    )


def curve_of(frame: pd.DataFrame, **asked: object) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        return wm.kaplan_meier(cohort_of(frame, **asked), by="group").frame  # type: ignore[arg-type]


@given(SPELLS)
def test_brute_force_gives_the_same_curve(spells: list[tuple[int, int, bool, str, int]]) -> None:
    frame = frame_of(spells)

    for row in curve_of(frame).to_dict("records"):
        own, stay = frame[frame["group"] == row["group"]], 1.0
        for time in sorted(set(own.loc[own["left"] & (own["duration"] <= row["time"]), "duration"])):
            at_risk = ((own["entry"] < time) & (time <= own["duration"])).sum()
            stay *= 1 - (own["left"] & (own["duration"] == time)).sum() / at_risk
        assert abs(row["estimate"] - stay) < 1e-12


@given(SPELLS, st.randoms())
def test_row_order_changes_nothing(spells: list[tuple[int, int, bool, str, int]], random: object) -> None:
    frame = frame_of(spells)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)  # type: ignore[attr-defined]

    pd.testing.assert_frame_equal(curve_of(frame), curve_of(shuffled))


@given(SPELLS)
def test_an_integer_weight_equals_repeated_rows(spells: list[tuple[int, int, bool, str, int]]) -> None:
    frame = frame_of(spells)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    names = ["group", "time", "estimate", "std_error", "conf_low", "conf_high", "n_risk", "n_event", "n_censor"]

    pd.testing.assert_frame_equal(
        curve_of(frame, weight="w")[names], curve_of(repeated)[names], check_exact=False, rtol=1e-12, atol=1e-12
    )


@given(SPELLS)
def test_another_unit_rescales_only_time(spells: list[tuple[int, int, bool, str, int]]) -> None:
    frame = frame_of(spells)
    months = frame.assign(duration=frame["duration"] * 12, entry=frame["entry"] * 12)

    in_years, in_months = curve_of(frame), curve_of(months, time_unit="months")

    pd.testing.assert_frame_equal(in_years.assign(time=in_years["time"] * 12), in_months)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_without_censoring_and_delay_staying_is_the_share_still_there(durations: list[int]) -> None:
    frame = pd.DataFrame({"duration": durations, "left": True})
    curve = wm.kaplan_meier(wm.Cohort.from_frame(frame, duration="duration", event="left", time_unit="years")).frame

    still_there = [np.mean(np.array(durations) > time) for time in curve["time"]]

    np.testing.assert_allclose(curve["estimate"], still_there, atol=1e-12)


@given(SPELLS, SPELLS)
@settings(deadline=None)
def test_the_decomposition_adds_up_and_turns_round(
    first: list[tuple[int, int, bool, str, int]], second: list[tuple[int, int, bool, str, int]]
) -> None:
    whole = [(0, 20, False, "a", 1)]
    before, after = (wm.risk_table(cohort_of(frame_of(spells + whole))) for spells in (first, second))

    there = wm.decompose_leavers(before, after, years=8).frame["estimate"].to_numpy()
    back = wm.decompose_leavers(after, before, years=8).frame["estimate"].to_numpy()

    assert abs(there[0] + there[1:4].sum() - there[4]) < 1e-9
    np.testing.assert_allclose(back[1:4], -there[1:4], atol=1e-9)


@given(SPELLS, SPELLS)
def test_tables_of_two_houses_add_up(
    first: list[tuple[int, int, bool, str, int]], second: list[tuple[int, int, bool, str, int]]
) -> None:
    one, other = frame_of(first), frame_of(second)

    added = wm.risk_table(cohort_of(one), by="group") + wm.risk_table(cohort_of(other), by="group")

    both = pd.concat([one, other], ignore_index=True)
    pd.testing.assert_frame_equal(added.frame, wm.risk_table(cohort_of(both), by="group").frame, check_dtype=False)
