"""Gray's test: what it accepts and refuses, and what it does when groups are alike and when they are not."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    DefinitionMismatchError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    RiskSetWarning,
)
from workforce_metrics.survival.gray import gray_test
from workforce_metrics.survival.gray_score import gray_score, quadratic_form, stratum_counts


def simulated(rng: np.random.Generator, n: int, *, resigning: float = 0.5, samples: int = 1) -> pd.DataFrame:
    """Return people of three groups who leave alike, but that those of "c" have another share of resigning.

    Half of them are seen from a later time on, which says nothing about when they leave.
    """
    sample, n = np.repeat(np.arange(samples), n), samples * n
    leave, entry = rng.exponential(8, n), np.where(rng.random(n) < 0.5, 0, rng.uniform(0, 5, n))
    end = np.minimum(leave, rng.uniform(3, 15, n))
    group = rng.choice(["a", "b", "c"], n, p=[0.2, 0.5, 0.3])
    resigned = rng.random(n) < np.where(group == "c", resigning, 0.5)
    rows = pd.DataFrame({"entry": entry, "t": end, "left": leave <= end, "group": group, "sample": sample})
    rows["why"] = np.where(resigned, "resigned", "retired")
    stay = {"entry": 0.0, "t": 20.0, "left": False, "why": "none", "sample": np.repeat(np.arange(samples), 3)}
    early = pd.DataFrame({**stay, "group": ["a", "b", "c"] * samples})
    return pd.concat([rows[rows["entry"] < rows["t"]], early], ignore_index=True)


def cohort_of(rows: pd.DataFrame) -> wm.Cohort:
    return wm.Cohort.from_frame(rows, duration="t", event="left", entry="entry", cause="why", time_unit="years")


def test_with_delayed_entry_groups_that_are_alike_differ_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(17)
    samples = simulated(rng, 400, samples=400)
    table = wm.risk_table(cohort_of(samples.round(3).query("entry < t")), by=["sample", "group"])

    tests = []
    for sample in range(400):
        members = np.flatnonzero(table.groups["sample"] == sample)
        counts = stratum_counts(table.counts, members, np.arange(3), 3)
        tests.append([quadratic_form(gray_score(counts, cause, rho=0.0)) for cause in range(2)])
    statistic, df = np.moveaxis(np.array(tests), 2, 0)

    assert (df == 2).all()
    np.testing.assert_allclose(statistic.mean(axis=0), 2, atol=0.3)  # three standard errors of a mean of 400
    np.testing.assert_allclose((statistic > -2 * np.log(0.05)).mean(axis=0), 0.05, atol=0.033)


def test_a_difference_is_found_in_the_cause_that_has_it() -> None:
    rows = simulated(np.random.default_rng(2), 4000, resigning=0.7)

    p_value = gray_test(cohort_of(rows), by="group").frame["p_value"]

    assert (p_value < 1e-6).all()  # who does not resign retires


def test_a_risk_table_gives_the_same_test() -> None:
    cohort = cohort_of(simulated(np.random.default_rng(3), 300).assign(site=lambda f: np.arange(len(f)) % 2))
    table = wm.risk_table(cohort, by=["site", "group"])

    of_people, of_counts = (gray_test(data, by="group", strata="site").frame for data in (cohort, table))

    pd.testing.assert_frame_equal(of_people, of_counts)
    with pytest.raises(DefinitionMismatchError, match="by and strata"):
        gray_test(table, by="group")


def test_doubling_everyone_is_a_weight_of_two() -> None:
    rows = simulated(np.random.default_rng(4), 200)
    twice = cohort_of(pd.concat([rows, rows], ignore_index=True))
    weighted = wm.Cohort.from_frame(
        rows.assign(w=2.0), duration="t", event="left", entry="entry", cause="why", weight="w", time_unit="years"
    )

    np.testing.assert_allclose(
        gray_test(twice, by="group").frame["statistic"], gray_test(weighted, by="group").frame["statistic"], rtol=1e-10
    )


def test_one_stratum_is_none() -> None:
    cohort = cohort_of(simulated(np.random.default_rng(5), 200).assign(site="one"))

    pd.testing.assert_frame_equal(
        gray_test(cohort, by="group", strata="site").frame, gray_test(cohort, by="group").frame
    )


def test_what_is_refused() -> None:
    cohort = cohort_of(simulated(np.random.default_rng(6), 50).assign(all="one"))

    with pytest.raises(InvalidArgumentError, match="two groups"):
        gray_test(cohort, by="all")
    with pytest.raises(InvalidArgumentError, match="rho"):
        gray_test(cohort, by="group", rho=float("nan"))
    with pytest.raises(InvalidArgumentError, match="not strata"):
        gray_test(cohort, by="group", strata="group")
    with pytest.raises(MissingColumnError, match="route"):
        gray_test(cohort, by="route")


def test_a_group_that_empties_before_others_enter_is_refused() -> None:
    rows = pd.DataFrame(
        {"entry": [0, 3, 0, 0], "t": [2, 5, 4, 6], "left": [True, True, True, False], "group": list("aabb"), "why": "x"}
    )

    with pytest.raises(InvalidDataError, match="start the clock later"):
        gray_test(cohort_of(rows), by="group")


def test_nobody_to_compare_is_said() -> None:
    rows = pd.DataFrame(
        {
            "entry": [0, 0, 5, 5],
            "t": [2, 3, 7, 9],
            "left": [True, False, True, False],
            "group": list("aabb"),
            "why": "x",
        }
    )

    with pytest.warns(RiskSetWarning, match="statistic is missing"):
        test = gray_test(cohort_of(rows), by="group").frame

    assert test[["statistic", "p_value"]].isna().all(axis=None)
    assert test["df"].tolist() == [0]


def test_a_cause_that_nobody_left_by_is_not_warned_of() -> None:
    rows = pd.DataFrame({"time": [1, 1], "n_risk": [9, 8], "x": [3, 1], "unknown": [0, 0], "group": ["a", "b"]})

    test = gray_test(wm.RiskTable.from_counts(rows, by="group", causes=["x", "unknown"]), by="group").frame

    assert test.set_index("cause")["statistic"].notna().to_dict() == {"x": True, "unknown": False}


def test_a_group_nobody_leaves_is_compared_too() -> None:
    rows = pd.DataFrame(
        {"entry": 0, "t": [2, 3, 4, 6, 7, 8], "left": [True] * 3 + [False] * 3, "group": list("aaabbb")}
    )
    cohort = wm.Cohort.from_frame(rows, duration="t", event="left", entry="entry", time_unit="years")

    test = gray_test(cohort, by="group").frame

    assert test["df"].tolist() == [1]
    assert test["p_value"].item() < 0.05
