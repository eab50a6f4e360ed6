"""Simulated snapshots: the true spells are what the rows show; the true risks are what a large sample finds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.simulation import Simulated, simulate_register, simulate_snapshots
from workforce_metrics.simulation.careers import draw_spells
from workforce_metrics.simulation.people import draw_people
from workforce_metrics.simulation.simulated import random_streams
from workforce_metrics.simulation.snapshot_careers import draw_careers
from workforce_metrics.simulation.snapshot_rows import true_spells
from workforce_metrics.simulation.snapshot_warts import SNAPSHOT_WARTS
from workforce_metrics.simulation.timelines import draw_changes, timeline

KEYS = {"left the organisation": "organisation", "left the staff group": "staff_group"}


@pytest.fixture(scope="module")
def snapshots() -> Simulated:
    return simulate_snapshots(3_000, seed=4, n_periods=48, n_organisations=5)


def main_posts(extract: pd.DataFrame) -> pd.DataFrame:
    return extract[extract["post"] % 10 == 1]


def test_periods_are_the_last_days_of_consecutive_months():
    extract = simulate_snapshots(400, seed=1, n_periods=4, first_period="2023-12").extract

    assert extract["period"].drop_duplicates().astype(str).tolist() == [
        "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31",
    ]  # fmt: skip


def test_nobody_has_two_main_posts_and_rows_are_sorted(snapshots: Simulated):
    extract = snapshots.extract

    assert not extract.duplicated(["person_id", "period", "post"]).any()
    assert extract.equals(extract.sort_values(["period", "person_id", "post"], ignore_index=True))
    assert 0.02 < (extract["post"] % 10 == 2).mean() < 0.06


def test_people_and_their_stays_are_those_of_the_register_of_the_same_seed(snapshots: Simulated):
    register = simulate_register(3_000, seed=4, n_organisations=5, observed_from="2020-04-30", observed_to="2024-03-31")

    spells = snapshots.truth["spells"].query("definition == 'left the extract'").reset_index(drop=True)
    for name in ("person_id", "joined", "left"):
        assert spells[name].equals(register.truth["spells"][name])


@pytest.mark.parametrize("definition", ["left the extract", "left the organisation", "left the staff group"])
def test_true_spells_are_what_the_main_posts_show(snapshots: Simulated, definition: str):
    spells = snapshots.truth["spells"].query("definition == @definition")
    periods = np.sort(snapshots.extract["period"].unique())

    # every spell against every snapshot, by the words: there where joined <= p < left
    there = spells.merge(pd.DataFrame({"period": periods}), how="cross")
    there = there[(there["joined"] <= there["period"]) & ~(there["left"] <= there["period"])]
    keys = [KEYS[definition]] if definition in KEYS else []
    expected = there[["period", "person_id", *keys]].sort_values(["period", "person_id"], ignore_index=True)

    shown = main_posts(snapshots.extract)[["period", "person_id", *keys]].reset_index(drop=True)
    pd.testing.assert_frame_equal(shown, expected)
    assert spells["n_seen"].sum() == len(shown)


def test_who_is_not_active_is_in_no_active_spell(snapshots: Simulated):
    spells = snapshots.truth["spells"].query("definition == 'became not active'")

    extract = main_posts(snapshots.extract)
    assert 0 < (~extract["active"]).sum() == len(extract) - spells["n_seen"].sum()
    both = extract.merge(spells, on="person_id", suffixes=("", "_spell"))
    both = both[(both["joined_spell"] <= both["period"]) & ~(both["left"] <= both["period"])]
    assert both["active"].all()
    assert len(both) == extract["active"].sum()


def test_reasons_tell_what_happened_next(snapshots: Simulated):
    spells = snapshots.truth["spells"]
    for definition, reason in (("left the organisation", "moved organisation"), ("became not active", "not active")):
        mine = spells[spells["definition"] == definition]
        career_ends = spells.loc[spells["definition"] == "left the extract", ["person_id", "left"]].assign(ends=True)
        matched = mine[mine["left"].notna()].merge(career_ends, on=["person_id", "left"], how="left")
        assert (matched["reason"] == np.where(matched["ends"].isna(), reason, "left the extract")).all()
        assert set(matched["reason"]) == {reason, "left the extract"}
        assert mine.loc[mine["left"].isna(), "reason"].isna().all()


def test_the_second_post_is_never_the_larger(snapshots: Simulated):
    extract = snapshots.extract
    posts = extract.assign(number=extract["post"] % 10).pivot_table(
        index=["person_id", "period"], columns="number", values="fte", observed=True
    )
    both = posts.dropna()
    assert len(both) > 500
    assert (both[1] >= both[2]).all()
    assert (both[1] == both[2]).any()


def test_true_risks_under_each_definition_are_those_of_a_large_sample():
    # Everybody who joins during a long window, followed to its end: Kaplan-Meier by hand at 1 and 3 years. The 120
    # snapshots themselves are not needed: the careers behind them are drawn as simulate_snapshots draws them.
    simulated = simulate_snapshots(40_000, seed=9, n_periods=1, first_period="2025-03")
    truth = simulated.truth["risk_overall"].set_index(["definition", "time"])["estimate"]
    start, end = pd.Timestamp("2015-04-30"), pd.Timestamp("2025-03-31")
    streams = random_streams(9)
    people = draw_people(streams["people"], n_people=40_000, n_organisations=20)
    window = np.array([start, end], dtype="datetime64[D]")
    stays = draw_spells(streams["register"], people, window[1])
    careers = draw_careers(streams["snapshots"], stays, people, window[1])
    every = true_spells(careers, people, window.astype(np.int64), integers=True)
    for definition, spells in every.groupby("definition", sort=False):
        first = spells.sort_values("joined").drop_duplicates("person_id")
        first = first[first["joined"] > start]
        duration = (first["left"].fillna(end) - first["joined"]).dt.days.to_numpy()
        event = first["left"].notna().to_numpy()
        for years in (1, 3):
            until = np.arange(1, years * 365 + 1)
            n_event = np.bincount(duration[event], minlength=6_000)[until]
            n_risk = len(duration) - np.cumsum(np.bincount(duration, minlength=6_000))[until - 1]
            survival = np.prod(1 - n_event / n_risk)
            error = survival * np.sqrt((n_event / (n_risk * (n_risk - n_event))).sum())
            assert abs(1 - survival - truth[definition, years]) < 4 * error + 1e-4  # days of a year are not 365.25


def test_warts_are_counted_and_each_can_be_had_alone():
    plain = simulate_snapshots(2_000, seed=2, n_periods=24)
    every = simulate_snapshots(2_000, seed=2, n_periods=24, warts=True)

    assert list(every.truth["warts"].index) == list(SNAPSHOT_WARTS)
    assert (every.truth["warts"] >= 2).all()
    assert plain.truth["warts"].empty
    pd.testing.assert_frame_equal(plain.truth["spells"], every.truth["spells"])
    for rule in SNAPSHOT_WARTS:
        alone = simulate_snapshots(2_000, seed=2, n_periods=24, warts=[rule])
        assert alone.truth["warts"].index.tolist() == [rule]
        assert not alone.extract.equals(plain.extract)


def test_each_wart_does_what_it_says():
    plain = simulate_snapshots(2_000, seed=2, n_periods=24).extract
    dirty = {rule: simulate_snapshots(2_000, seed=2, n_periods=24, warts=[rule]) for rule in SNAPSHOT_WARTS}
    count = {rule: int(simulated.truth["warts"].item()) for rule, simulated in dirty.items()}
    extract = {rule: simulated.extract for rule, simulated in dirty.items()}

    def seen(frame: pd.DataFrame) -> pd.MultiIndex:
        return pd.MultiIndex.from_frame(frame[["person_id", "period"]].drop_duplicates())

    rule = "missing from one snapshot"
    gone = seen(plain).difference(seen(extract[rule]))
    assert len(gone) == count[rule]
    assert gone.get_level_values("person_id").is_unique
    for shift in (-1, 1):
        near = gone.to_frame(index=False)
        near["period"] = near["period"] + pd.offsets.MonthEnd(shift)
        assert pd.MultiIndex.from_frame(near).isin(seen(extract[rule])).all()

    rule = "recorded late"
    gone = seen(plain).difference(seen(extract[rule])).to_frame(index=False)
    first = extract[rule].groupby("person_id")["period"].min()
    assert gone["person_id"].nunique() == count[rule]
    assert gone.groupby("person_id").size().between(1, 2).all()
    assert (gone["period"] < gone["person_id"].map(first)).mean() > 0.9  # the others had been there before

    rule = "an organisation missing from one snapshot"
    assert len(plain) - len(extract[rule]) == count[rule]
    rule = "FTE out of range"
    assert (~extract[rule]["fte"].between(0, 2)).sum() == count[rule]
    rule = "birth date changed"
    assert (extract[rule].groupby("person_id")["birth_date"].nunique() == 2).sum() == count[rule]
    rule = "no date of joining"
    assert extract[rule].loc[extract[rule]["joined"].isna(), "person_id"].nunique() == count[rule]
    rule = "a repeated row"
    assert extract[rule].duplicated().sum() == count[rule]
    rule = "no id"
    assert extract[rule]["person_id"].isna().sum() == count[rule]
    rule = "an id in scientific notation"
    assert (extract[rule]["person_id"] == "1.23457E+11").sum() == count[rule]


def test_ids_may_be_whole_numbers():
    text = simulate_snapshots(300, seed=1, n_periods=3).extract
    whole = simulate_snapshots(300, seed=1, n_periods=3, ids="integer")

    assert whole.extract["person_id"].dtype == "int64"
    assert (whole.extract["person_id"].map("SIM{:06d}".format) == text["person_id"]).all()
    assert whole.truth["spells"]["person_id"].dtype == "int64"
    dirty = simulate_snapshots(300, seed=1, n_periods=3, ids="integer", warts=True)
    assert dirty.extract["person_id"].isna().sum() == dirty.truth["warts"]["no id"] == 2
    assert dirty.truth["warts"]["an id in scientific notation"] == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"n_people": 0}, "n_people"),
        ({"n_periods": 0}, "n_periods"),
        ({"n_periods": 2.5}, "n_periods"),
        ({"first_period": "spring"}, "first_period"),
        ({"ids": "uuid"}, "ids"),
        ({"warts": ["lateness"]}, "warts"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, object], named: str):
    with pytest.raises(InvalidArgumentError) as error:
        simulate_snapshots(**{"n_people": 10, "seed": 1, **arguments})
    assert error.value.argument == named


def test_one_period_and_one_organisation_are_enough():
    simulated = simulate_snapshots(50, seed=1, n_periods=1, n_organisations=1, warts=True)

    assert simulated.extract["period"].astype(str).drop_duplicates().tolist() == ["2020-04-30"]
    assert (simulated.truth["spells"]["reason"] == "moved organisation").sum() == 0


def test_a_timeline_holds_each_value_from_its_day_on():
    joined = np.array([10, 20])
    line = timeline(joined, np.array([5, 7]), np.array([0, 0, 1]), np.array([12, 15, 30]), np.array([6, 6, 8]))

    assert (line.career.tolist(), line.since.tolist(), line.value.tolist()) == (
        [0, 0, 1, 1],
        [10, 12, 20, 30],
        [5, 6, 7, 8],
    )
    assert line.at(np.array([0, 0, 0, 1, 1]), np.array([10, 11, 12, 29, 30])).tolist() == [5, 5, 6, 7, 8]
    until, last = line.until(np.array([100, 200]))
    assert (until.tolist(), last.tolist()) == ([12, 100, 30, 200], [False, True, False, True])


def test_changes_come_at_their_rate_within_the_career():
    joined = np.zeros(40_000, dtype=np.int64)
    career, day = draw_changes(np.random.default_rng(1), joined, joined + 3_652, per_year=0.1)

    assert len(day) / 40_000 == pytest.approx(0.1 * 3_652 / 365.25, abs=4 * np.sqrt(1 / 40_000))
    assert day.min() >= 1
    assert day.max() < 3_652
    assert not pd.DataFrame({"career": career, "day": day}).duplicated().any()
    assert day.mean() == pytest.approx(3_652 / 2, abs=4 * 3_652 / np.sqrt(12 * 40_000))
