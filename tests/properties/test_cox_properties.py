"""Cox regression and concordance against references written for clarity, and equations that hold for every cohort."""

from contextlib import suppress
from itertools import product
from math import exp, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cox import CoxModel, concordance, cox
from workforce_metrics.survival.cox.likelihood import partial_likelihood
from workforce_metrics.survival.cox.residuals import score_residuals
from workforce_metrics.survival.cox.risk_sets import cox_sample

ROW = st.tuples(
    st.integers(0, 5),
    st.integers(1, 6),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(0, 3),
    st.sampled_from([1, 2, 5]),
)
ROWS = st.lists(ROW, min_size=2, max_size=14)
Row = tuple[int, int, bool, int, int, int]


def frame_of(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["entry", "length", "left", "a", "b", "w"])
    frame["duration"] = frame["entry"] + frame["length"]
    return frame.assign(stratum=np.arange(len(frame)) % 2, team=np.arange(len(frame)) % 5)


def brute_force(
    frame: pd.DataFrame, coefficients: list[float], ties: str, *, by_stratum: bool
) -> tuple[float, list[float]]:
    """Return the weighted log partial likelihood and its score, person by person."""
    value, score = 0.0, np.zeros(2)
    people = frame.to_dict("records")
    for person in people:
        person["x"] = np.array([person["a"], person["b"]], dtype=float)
        person["r"] = person["w"] * exp(float(person["x"] @ coefficients))
    for stratum, time in product((0, 1) if by_stratum else (None,), sorted(set(frame["duration"]))):
        own = [p for p in people if stratum is None or p["stratum"] == stratum]
        at_risk = [p for p in own if p["entry"] < time <= p["duration"]]
        leavers = [p for p in at_risk if p["left"] and p["duration"] == time]
        for place, leaver in enumerate(leavers):
            share = place / len(leavers) if ties == "efron" else 0.0
            total = sum(p["r"] for p in at_risk) - share * sum(p["r"] for p in leavers)
            mean = (sum(p["r"] * p["x"] for p in at_risk) - share * sum(p["r"] * p["x"] for p in leavers)) / total
            weight = sum(p["w"] for p in leavers) / len(leavers)
            value += leaver["w"] * float(leaver["x"] @ coefficients) - weight * log(total)
            score += leaver["w"] * leaver["x"] - weight * mean
    return value, score.tolist()


@given(
    ROWS, st.sampled_from(["efron", "breslow"]), st.sampled_from([None, "stratum"]), st.floats(-1, 1), st.floats(-1, 1)
)
@settings(max_examples=200, deadline=None)
def test_brute_force_gives_the_same_likelihood_and_score(
    rows: list[Row], ties: str, strata: str | None, first: float, second: float
) -> None:
    frame = frame_of(rows)
    assume(frame["left"].any())
    sample = cox_sample(
        frame[["a", "b"]].to_numpy(dtype=float),
        frame["duration"].to_numpy(),
        frame["left"].to_numpy(),
        entry=frame["entry"].to_numpy(),
        weight=frame["w"].to_numpy(dtype=float),
        stratum=frame[strata].to_numpy() if strata else None,
    )

    found = partial_likelihood(sample, np.array([first, second]) * sample.scale, ties)  # type: ignore[arg-type]
    value, score = brute_force(frame, [first, second], ties, by_stratum=strata is not None)

    assert found.log_likelihood == pytest.approx(value, abs=1e-9)
    np.testing.assert_allclose(found.score * sample.scale, score, atol=1e-9)
    np.testing.assert_allclose(sample.weight @ score_residuals(sample, found), found.score, atol=1e-9)


@given(ROWS, st.sampled_from(["efron", "breslow"]))
@settings(max_examples=100, deadline=None)
def test_information_is_the_slope_of_the_score(rows: list[Row], ties: str) -> None:
    frame, step = frame_of(rows), 1e-5
    assume(frame["left"].any())
    sample = cox_sample(
        frame[["a", "b"]].to_numpy(dtype=float), frame["duration"].to_numpy(), frame["left"].to_numpy(),
        entry=frame["entry"].to_numpy(), weight=frame["w"].to_numpy(dtype=float),
    )  # fmt: skip

    for column in range(2):
        moved = np.eye(2)[column] * step
        up, down = (partial_likelihood(sample, sign * moved, ties).score for sign in (1, -1))  # type: ignore[arg-type]
        here = partial_likelihood(sample, np.zeros(2), ties).information[column]  # type: ignore[arg-type]
        np.testing.assert_allclose(here, (down - up) / (2 * step), atol=1e-5)


@given(ROWS, st.sampled_from([None, "stratum"]), st.integers(0, 1))
@settings(max_examples=100, deadline=None)
def test_concordance_pair_by_pair(rows: list[Row], strata: str | None, seed: int) -> None:
    frame = frame_of(rows)
    score = frame["a"].to_numpy(dtype=float) + seed * frame["b"].to_numpy() / 10
    concordant = discordant = tied = 0.0
    own = np.zeros((len(frame), 3))
    people = list(enumerate(frame.to_dict("records")))
    for (i, one), (j, other) in product(people, people):
        comparable = (
            one["left"]
            and other["entry"] < one["duration"]
            and (one["duration"] < other["duration"] or (one["duration"] == other["duration"] and not other["left"]))
        )
        if i == j or not comparable or (strata and one["stratum"] != other["stratum"]):
            continue
        kind = 2 if score[i] == score[j] else int(score[i] < score[j])
        own[i, kind] += other["w"]
        own[j, kind] += one["w"]
        counts = np.eye(3)[kind] * one["w"] * other["w"]
        concordant, discordant, tied = concordant + counts[0], discordant + counts[1], tied + counts[2]
    pairs = concordant + discordant + tied
    assume(pairs > 0)
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight="w", time_unit="months"
    )

    found = concordance(cohort, score, strata=strata)

    assert (found.concordant, found.discordant, found.tied) == pytest.approx((concordant, discordant, tied))
    somers = (concordant - discordant) / pairs
    adds = frame["w"].to_numpy() * (own[:, 0] - own[:, 1] - somers * own.sum(axis=1)) / (2 * pairs)
    assert found.std_error == pytest.approx(float(np.sqrt((adds**2).sum())), abs=1e-12)


def simulated(seed: int, n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"a": rng.normal(size=n), "b": rng.choice(["no", "yes", "may"], n), "w": rng.integers(1, 4, n)}
    )
    frame["entry"] = rng.integers(0, 4, n)
    frame["duration"] = frame["entry"] + 1 + rng.integers(0, 12, n)
    return frame.assign(left=rng.random(n) < 0.7, team=rng.integers(0, 15, n), site=rng.choice(["n", "s"], n))


def fitted(frame: pd.DataFrame, formula: str = "a + b", *, weight: str | None = None, **asked: object) -> CoxModel:
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight=weight, time_unit="months"
    )
    return cox(cohort, formula, **asked)  # type: ignore[arg-type]


SEEDS = st.integers(0, 10_000)
ASKED = st.fixed_dictionaries(
    {
        "ties": st.sampled_from(["efron", "breslow"]),
        "strata": st.sampled_from([None, "site"]),
        "cluster": st.sampled_from([None, "team"]),
    }
)


@given(SEEDS, ASKED)
@settings(max_examples=25, deadline=None)
def test_row_order_and_labels_change_nothing(seed: int, asked: dict[str, str | None]) -> None:
    frame = simulated(seed)
    shuffled = frame.sample(frac=1, random_state=seed).assign(team=lambda f: "team " + f["team"].astype(str))

    one, other = fitted(frame, **asked), fitted(shuffled, **asked)

    pd.testing.assert_frame_equal(one.frame, other.frame, rtol=1e-10, atol=1e-12)
    assert one.concordance.estimate == pytest.approx(other.concordance.estimate, rel=1e-12)


@given(SEEDS, st.sampled_from(["site", None]))
@settings(max_examples=25, deadline=None)
def test_an_integer_weight_equals_repeated_rows_with_breslow(seed: int, strata: str | None) -> None:
    frame = simulated(seed)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    names = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]

    weighted = fitted(frame, weight="w", ties="breslow", strata=strata)
    rows = fitted(repeated, ties="breslow", strata=strata)

    pd.testing.assert_frame_equal(weighted.frame[names], rows.frame[names], rtol=1e-9, atol=1e-11)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_without_ties_efron_is_breslow(seed: int) -> None:
    frame = simulated(seed)
    frame["duration"] = frame["duration"] + np.linspace(0, 0.9, len(frame))

    efron, breslow = fitted(frame, ties="efron"), fitted(frame, ties="breslow")

    pd.testing.assert_frame_equal(efron.frame, breslow.frame, rtol=1e-10)


@given(SEEDS, ASKED, st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
@settings(max_examples=25, deadline=None)
def test_units_of_time_and_covariates_rescale_only_themselves(
    seed: int, asked: dict[str, str | None], unit: float, shift: float
) -> None:
    frame = simulated(seed)
    moved = frame.assign(a=(frame["a"] + shift) * unit, entry=frame["entry"] * 30, duration=frame["duration"] * 30)

    one, other = fitted(frame, **asked).frame, fitted(moved, **asked).frame

    column = one["term"] == "a"
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(one[name], np.where(column, other[name] * unit, other[name]), rtol=1e-6, atol=1e-9)


@given(SEEDS, st.sampled_from(["efron", "breslow"]))
@settings(max_examples=25, deadline=None)
def test_cutting_a_spell_in_two_changes_nothing(seed: int, ties: str) -> None:
    frame = simulated(seed).assign(person=lambda f: f.index)
    cut = (frame["entry"] + frame["duration"]) // 2
    long = frame["duration"] - frame["entry"] > 1
    before = frame[long].assign(duration=cut[long], left=False)
    after = frame.assign(entry=np.where(long, cut, frame["entry"]))
    pieces = pd.concat([before, after], ignore_index=True)

    whole, parts = (fitted(f, ties=ties, cluster="person").frame for f in (frame, pieces))

    names = ["estimate", "std_error", "model_std_error"]
    np.testing.assert_allclose(whole[names], parts[names], rtol=1e-9, atol=1e-11)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_strata_add_up(seed: int) -> None:
    frame = simulated(seed, 80)
    likelihoods = []
    for site in ("n", "s"):
        own = frame[frame["site"] == site]
        sample = cox_sample(
            own[["a"]].to_numpy(), own["duration"].to_numpy(), own["left"].to_numpy(), entry=own["entry"].to_numpy()
        )
        likelihoods.append(partial_likelihood(sample, 0.3 * sample.scale, "efron").log_likelihood)
    sample = cox_sample(
        frame[["a"]].to_numpy(), frame["duration"].to_numpy(), frame["left"].to_numpy(),
        entry=frame["entry"].to_numpy(), stratum=(frame["site"] == "s").to_numpy().astype(np.int64),
    )  # fmt: skip

    both = partial_likelihood(sample, 0.3 * sample.scale, "efron").log_likelihood

    assert both == pytest.approx(sum(likelihoods), abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1)), min_size=2, max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_small_binary_data_have_an_answer_or_a_clear_error(rows: list[tuple[int, bool, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["t", "left", "x"])
    cohort = wm.Cohort.from_frame(frame, duration="t", event="left", time_unit="months")

    with suppress(InvalidDataError):
        table = cox(cohort, "x").frame
        assert np.isfinite(table.drop(columns="term").to_numpy(dtype=float)).all()
        assert abs(table["estimate"][0]) < 10
