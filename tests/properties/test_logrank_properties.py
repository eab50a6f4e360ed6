"""Equations that hold for every log-rank test."""

import warnings

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.logrank import LogrankTest, logrank_test

SPELL = st.tuples(
    st.integers(0, 5),
    st.integers(1, 8),
    st.booleans(),
    st.sampled_from("abc"),
    st.sampled_from("xy"),
    st.integers(1, 3),
)
Spells = list[tuple[int, int, bool, str, str, int]]
SPELLS = st.lists(SPELL, min_size=2, max_size=30)
POWERS = st.sampled_from([0.0, 0.5, 1.0, 2.0])


def frame_of(spells: Spells) -> pd.DataFrame:
    frame = pd.DataFrame(spells, columns=["entry", "length", "left", "group", "site", "w"])
    both = pd.DataFrame({"entry": 0, "length": [7, 8], "left": [True, False], "group": ["a", "b"], "site": "x", "w": 1})
    frame = pd.concat([frame, both], ignore_index=True)
    return frame.assign(duration=frame["entry"] + frame["length"]).drop(columns="length")


def logrank_of(frame: pd.DataFrame, *, weight: str | None = None, **asked: object) -> LogrankTest:
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight=weight, time_unit="years"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        return logrank_test(cohort, by="group", **asked)  # type: ignore[arg-type]


def brute_force(frame: pd.DataFrame, rho: float, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """Observed minus expected and its covariance, person by person within one stratum."""
    names = sorted(frame["group"].unique())
    apart, variance, stay = np.zeros(len(names)), np.zeros((len(names), len(names))), 1.0
    for time in sorted(frame.loc[frame["left"], "duration"].unique()):
        at_risk = frame[(frame["entry"] < time) & (time <= frame["duration"])]
        left = at_risk[at_risk["left"] & (at_risk["duration"] == time)]
        n, d, weight = len(at_risk), len(left), stay**rho * (1 - stay) ** gamma
        share = np.array([(at_risk["group"] == name).mean() for name in names])
        apart += weight * (np.array([(left["group"] == name).sum() for name in names]) - d * share)
        if n > 1:
            spread = weight**2 * d * (n - d) / (n - 1)
            variance += spread * (np.diag(share) - np.outer(share, share))
        stay *= 1 - d / n
    return apart, variance


@given(SPELLS, POWERS, POWERS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_brute_force_gives_the_same_statistic(spells: Spells, rho: float, gamma: float, stratified: bool) -> None:  # noqa: FBT001 - Hypothesis passes it by position
    frame = frame_of(spells)
    names = sorted(frame["group"].unique())
    apart, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for _, part in frame.groupby(frame["site"] if stratified else np.zeros(len(frame))):
        own = [names.index(name) for name in sorted(part["group"].unique())]
        part_apart, part_variance = brute_force(part, rho, gamma)
        apart[own] += part_apart
        variance[np.ix_(own, own)] += part_variance

    test = logrank_of(frame, rho=rho, gamma=gamma, strata="site" if stratified else None)

    found = test.frame.iloc[0]
    np.testing.assert_allclose(test.groups["observed"] - test.groups["expected"], apart, atol=1e-10)
    assert found["df"] == np.linalg.matrix_rank(variance, tol=1e-9)
    if found["df"]:
        expected = apart @ np.linalg.pinv(variance, rcond=1e-9) @ apart
        assert abs(found["statistic"] - expected) < 1e-8 * max(1, expected)


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_an_integer_weight_equals_repeated_rows(spells: Spells) -> None:
    frame = frame_of(spells)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    names = ["statistic", "df", "p_value", "n_event"]

    weighted = logrank_of(frame, weight="w", rho=1, pairwise="none").frame[names]

    pd.testing.assert_frame_equal(
        weighted, logrank_of(repeated, rho=1, pairwise="none").frame[names], rtol=1e-9, atol=1e-9
    )


@given(SPELLS, st.randoms())
@settings(deadline=None, max_examples=25)
def test_row_order_and_names_change_nothing(spells: Spells, random: object) -> None:
    frame = frame_of(spells)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)  # type: ignore[attr-defined]
    renamed = frame.assign(group=frame["group"].map({"a": "z", "b": "y", "c": "x"}))

    test = logrank_of(frame, strata="site").frame

    pd.testing.assert_frame_equal(test, logrank_of(shuffled, strata="site").frame)
    pd.testing.assert_frame_equal(test, logrank_of(renamed, strata="site").frame, rtol=1e-9, atol=1e-9)


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_one_stratum_is_no_stratum(spells: Spells) -> None:
    frame = frame_of(spells).assign(site="x")

    pd.testing.assert_frame_equal(logrank_of(frame, strata="site").frame, logrank_of(frame).frame)
