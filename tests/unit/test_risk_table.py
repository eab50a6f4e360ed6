"""The risk table: published counts, addition, groups, weights."""

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError

LIFE_TABLE = pd.DataFrame({"time": [1, 2, 3], "n_risk": [100, 80, 70], "n_event": [10, 5, 7]})


def simulated(n: int, seed: int, *, groups: int = 3, whole: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 5, n) * (rng.random(n) < 0.5)
    duration = entry + rng.integers(1, 9, n)
    frame = pd.DataFrame(
        {
            "entry": entry,
            "duration": duration,
            "left": rng.random(n) < 0.6,
            "why": rng.choice(["a", "b"], n),
            "w": rng.integers(1, 4, n).astype(float),
            "group": rng.integers(0, groups, n),
        }
    )
    return frame if whole else frame.assign(entry=frame["entry"] / 3, duration=frame["duration"] / 3)


def table_of(frame: pd.DataFrame, *, by: str | None = "group", weight: str | None = None) -> wm.RiskTable:
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", cause="why", weight=weight, time_unit="months"
    )
    return wm.risk_table(cohort, by=by)


def test_censored_are_what_is_left_over_between_published_rows() -> None:
    table = wm.RiskTable.from_counts(LIFE_TABLE).frame

    assert table["n_censor"].tolist() == [100 - 10 - 80, 80 - 5 - 70, 70 - 7]


def test_causes_in_columns_of_their_own() -> None:
    counts = LIFE_TABLE.rename(columns={"n_event": "retired"}).assign(moved=[1, 2, 3])

    table = wm.RiskTable.from_counts(counts, causes=["retired", "moved"])

    assert table.frame.loc[:1, ["cause", "n_event"]].to_numpy().tolist() == [["retired", 10.0], ["moved", 1.0]]
    assert table.all_causes().frame["n_event"].tolist() == [11, 7, 10]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_event": [110, 5, 7]}, "more at time 1"),
        ({"n_risk": [100, 95, 70]}, "1 that rise"),
        ({"time": [1, 1, 3]}, "ascending"),
        ({"n_event": [-1, 5, 7]}, "1 that are not"),
        ({"n_censor": [10, 6, 63]}, "after time 2"),
        ({"n_risk": ["many", 80, 70]}, "1 that are not"),
    ],
)
def test_contradictory_life_tables_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        wm.RiskTable.from_counts(LIFE_TABLE.assign(**change))


def test_absent_columns_are_named() -> None:
    with pytest.raises(MissingColumnError, match="n_event"):
        wm.RiskTable.from_counts(LIFE_TABLE.drop(columns="n_event"))


@pytest.mark.parametrize("weight", [None, "w"])
def test_tables_of_two_halves_add_up_to_the_table_of_the_whole(weight: str | None) -> None:
    frame = simulated(400, seed=5)
    first, second = frame[frame.index % 2 == 0], frame[frame.index % 2 == 1]

    added = table_of(first, weight=weight) + table_of(second, weight=weight)

    pd.testing.assert_frame_equal(added.frame, table_of(frame, weight=weight).frame, check_dtype=False)


def test_tables_of_different_groups_add_up() -> None:
    frame = simulated(300, seed=6)

    added = table_of(frame[frame["group"] == 2]) + table_of(frame[frame["group"] != 2])

    pd.testing.assert_frame_equal(added.frame, table_of(frame).frame, check_dtype=False)


def test_tables_that_mean_different_things_do_not_add_up() -> None:
    register = wm.RiskTable.from_counts(LIFE_TABLE, definition="left the register")
    payroll = wm.RiskTable.from_counts(LIFE_TABLE, definition="left the organisation")

    with pytest.raises(DefinitionMismatchError, match="definition"):
        register + payroll
    with pytest.raises(DefinitionMismatchError, match="time_unit"):
        register + wm.RiskTable.from_counts(LIFE_TABLE, definition="left the register", time_unit="months")


def test_ranked_and_whole_times_count_alike() -> None:
    """Many groups of few people take the path that ranks times first."""
    frame = simulated(60, seed=7, groups=50).assign(duration=lambda f: f["duration"] + 40_000)

    counted = table_of(frame).frame

    thirds = table_of(frame.assign(entry=frame["entry"] / 3, duration=frame["duration"] / 3)).frame
    pd.testing.assert_frame_equal(counted.drop(columns="time"), thirds.drop(columns="time"))
    np.testing.assert_allclose(counted["time"], thirds["time"] * 3, rtol=1e-12)


@pytest.mark.validates(
    "risk_table",
    against="a count of every person at every time",
    data="200 simulated spells with weights and late entry",
)
def test_counts_by_brute_force() -> None:
    frame = simulated(200, seed=8)

    for row in table_of(frame, weight="w").frame.to_dict("records"):
        own = frame[frame["group"] == row["group"]]
        at_risk = own[(own["entry"] < row["time"]) & (row["time"] <= own["duration"])]
        now = own[own["duration"] == row["time"]]
        leavers = now.loc[now["left"] & (now["why"] == row["cause"]), "w"].sum()
        agree([row["n_risk"], row["n"]], [at_risk["w"].sum(), len(at_risk)], what="n_risk, n")
        agree(row["n_event"], leavers, what="n_event")
        agree(row["n_censor"], now.loc[~now["left"], "w"].sum(), what="n_censor")
        agree(row["n_entry"], own.loc[own["entry"] == row["time"], "w"].sum(), what="n_entry")


def test_a_missing_group_is_a_group_of_its_own() -> None:
    frame = simulated(30, seed=9).assign(group=["x"] * 20 + [None] * 10)

    table = table_of(frame)

    assert table.groups["group"].isna().tolist() == [False, True]
    assert table.counts.group_people.tolist() == [20, 10]


def test_groups_come_in_the_order_of_their_categories() -> None:
    frame = simulated(90, seed=10)
    bands = pd.Categorical(
        np.array(["under 30", "30 to 50", "over 50"])[frame["group"]], ["under 30", "30 to 50", "over 50"]
    )

    assert table_of(frame.assign(group=bands)).groups["group"].tolist() == ["under 30", "30 to 50", "over 50"]


def test_an_unknown_unit_is_refused_and_one_cause_may_be_a_name() -> None:
    with pytest.raises(InvalidArgumentError, match="time_unit"):
        wm.RiskTable.from_counts(LIFE_TABLE, time_unit="fortnights")

    table = wm.RiskTable.from_counts(LIFE_TABLE.rename(columns={"n_event": "retired"}), causes="retired")

    assert table.causes == ("retired",)


def test_a_group_named_as_a_result_column_is_refused() -> None:
    frame = simulated(30, seed=11).rename(columns={"group": "n_risk"})

    with pytest.raises(InvalidArgumentError, match="rename the column"):
        table_of(frame, by="n_risk")


def test_many_tables_are_added_at_the_cost_of_their_rows() -> None:
    """200 organisations, each a group of its own: one by one the sum would be built anew 200 times."""
    tables = [
        table_of(simulated(40, seed=seed).assign(group=f"organisation {seed:03d}"), weight="w") for seed in range(200)
    ]

    pooled = wm.RiskTable.pooled(tables)

    assert sum(len(table.frame) for table in tables) == len(pooled.frame)
    pd.testing.assert_frame_equal(
        pooled.frame, pd.concat([table.frame for table in tables], ignore_index=True), check_dtype=False
    )
    pd.testing.assert_frame_equal(sum(tables[:3]).frame, wm.RiskTable.pooled(tables[:3]).frame)


def test_numbers_of_spells_left_out_are_added_and_windows_may_differ() -> None:
    from dataclasses import replace

    first = replace(wm.RiskTable.from_counts(LIFE_TABLE), provenance={"observed_to": "2024", "n_out": 2, "horizon": 5})
    other = replace(first, provenance={"observed_to": "2025", "n_out": 3, "horizon": 5})

    assert wm.RiskTable.pooled([first, other, other]).provenance == {"n_out": 8, "horizon": 5}


def test_only_risk_tables_are_pooled() -> None:
    for wrong in ([], [1], [wm.RiskTable.from_counts(LIFE_TABLE), None]):
        with pytest.raises(InvalidArgumentError, match="tables"):
            wm.RiskTable.pooled(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        wm.RiskTable.from_counts(LIFE_TABLE) + 1  # type: ignore[operator]
