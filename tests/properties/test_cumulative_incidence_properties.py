"""Equations that hold for every cohort with causes, and brute-force references for what has no equation."""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError, RiskSetWarning
from workforce_metrics.survival.cumulative_incidence import cumulative_incidence
from workforce_metrics.survival.gray import gray_test

Floats = npt.NDArray[np.float64]
SPELL = st.tuples(
    st.integers(0, 6), st.integers(1, 8), st.sampled_from(["", "a", "b"]), st.sampled_from("xyz"), st.integers(1, 3)
)
SPELLS = st.lists(SPELL, min_size=1, max_size=25)
Spells = list[tuple[int, int, str, str, int]]
NAMES = ["group", "time", "cause", "estimate", "std_error", "conf_low", "conf_high", "n_risk", "n_event", "n_censor"]


def frame_of(spells: Spells) -> pd.DataFrame:
    frame = pd.DataFrame(spells, columns=["entry", "length", "why", "group", "w"])
    return frame.assign(duration=frame["entry"] + frame["length"], left=frame["why"] != "").drop(columns="length")


def cohort_of(frame: pd.DataFrame, *, entry: str | None = "entry", weight: str | None = None) -> wm.Cohort:
    named = pd.concat([frame, anchors(frame)], ignore_index=True)
    return wm.Cohort.from_frame(
        named, duration="duration", event="left", entry=entry, cause="why", weight=weight, time_unit="years"
    )


def anchors(frame: pd.DataFrame) -> pd.DataFrame:
    """Leavers by both causes in a group of their own, so that there always are both."""
    own = {"entry": 0, "duration": 1, "left": True, "group": "~", "w": 1}
    return pd.DataFrame([{**own, "why": "a"}, {**own, "why": "b"}])


def curve_of(cohort: wm.Cohort, **asked: object) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        curve = cumulative_incidence(cohort, by="group", **asked).frame  # type: ignore[arg-type]
    return curve[curve["group"] != "~"].reset_index(drop=True)


def incidence_by_hand(own: pd.DataFrame, cause: str, until: float) -> tuple[float, Floats]:
    """Return the incidence at a time and what each person's weight does to it, from the definitions, step by step."""
    entry, last, why, w = (own[name].to_numpy() for name in ("entry", "duration", "why", "w"))
    stay, found = 1.0, 0.0
    of_stay, of_found = np.zeros(len(own)), np.zeros(len(own))
    for time in np.unique(last[(why != "") & (last <= until)]):
        at_risk = (entry < time) & (time <= last)
        n = (w * at_risk).sum()
        any_left, by_cause = at_risk & (last == time) & (why != ""), at_risk & (last == time) & (why == cause)
        hazard, all_hazard = (w * by_cause).sum() / n, (w * any_left).sum() / n
        of_hazard = (by_cause - at_risk * hazard) / n
        of_all_hazard = (any_left - at_risk * all_hazard) / n
        of_found = of_found + of_stay * hazard + stay * of_hazard
        of_stay = of_stay * (1 - all_hazard) - stay * of_all_hazard
        found, stay = found + stay * hazard, stay * (1 - all_hazard)
    return found, of_found


def many_small_data_sets(n: int, seed: int) -> pd.DataFrame:
    """Return n groups of up to twelve people, with ties, late entry and weights."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 13, n)
    rows = int(size.sum())
    entry = np.where(rng.random(rows) < 0.5, 0, rng.integers(0, 6, rows))
    why = rng.choice(["", "a", "b"], rows, p=[0.4, 0.35, 0.25])
    frame = pd.DataFrame({"group": np.repeat(np.arange(n), size), "entry": entry, "why": why, "left": why != ""})
    return frame.assign(duration=entry + rng.integers(1, 8, rows), w=rng.integers(1, 9, rows) / 4)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("entry", [None, "entry"])
def test_brute_force_gives_the_same_estimate_and_jackknife(entry: str | None, weight: str | None) -> None:
    frame = many_small_data_sets(400, seed=5)
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry=entry, cause="why", weight=weight, time_unit="years"
    )
    if entry is None:
        frame = frame.assign(entry=-1)
    if weight is None:
        frame = frame.assign(w=1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        curve = cumulative_incidence(cohort, by="group")

    found = curve.frame.groupby(["group", "cause"], observed=True).nth([0, 2, -1])
    people = dict(tuple(frame.groupby("group")))
    for row in found.to_dict("records"):
        own = people[row["group"]]
        estimate, moved = incidence_by_hand(own, row["cause"], row["time"])
        assert abs(row["estimate"] - estimate) < 1e-12
        assert abs(row["std_error"] ** 2 - ((own["w"] * moved) ** 2).sum()) < 1e-12


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_causes_and_staying_add_up_to_one(spells: Spells) -> None:
    cohort = cohort_of(frame_of(spells), weight="w")

    left = curve_of(cohort).groupby(["group", "time"])["estimate"].sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        stay = wm.kaplan_meier(cohort, by="group").frame.set_index(["group", "time"])["estimate"].drop("~")

    np.testing.assert_allclose(left + stay, 1, atol=1e-12)


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_one_cause_is_one_minus_kaplan_meier_with_greenwoods_error(spells: Spells) -> None:
    cohort = cohort_of(frame_of(spells))
    table = wm.risk_table(cohort, by="group").all_causes()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        left = cumulative_incidence(table, variance="greenwood").frame
        stay = wm.kaplan_meier(table).frame

    np.testing.assert_allclose(left["estimate"], 1 - stay["estimate"], atol=1e-12)
    some = stay["estimate"] > 0
    np.testing.assert_allclose(left["std_error"][some], stay["std_error"][some], atol=1e-12)


@given(SPELLS, st.randoms(), st.sampled_from(["jackknife", "greenwood", "aalen", "gray"]))
@settings(deadline=None, max_examples=25)
def test_row_order_changes_nothing(spells: Spells, random: object, variance: str) -> None:
    frame = frame_of(spells)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)  # type: ignore[attr-defined]

    straight, turned = (curve_of(cohort_of(f, weight="w"), variance=variance) for f in (frame, shuffled))

    pd.testing.assert_frame_equal(straight, turned, check_exact=False, rtol=1e-12, atol=1e-12)


@given(SPELLS, st.sampled_from(["greenwood", "aalen", "gray"]))
@settings(deadline=None, max_examples=25)
def test_an_integer_weight_equals_repeated_rows(spells: Spells, variance: str) -> None:
    frame = frame_of(spells)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)

    weighted = curve_of(cohort_of(frame, weight="w"), variance=variance)
    rows = curve_of(cohort_of(repeated), variance=variance)

    pd.testing.assert_frame_equal(weighted[NAMES], rows[NAMES], check_exact=False, rtol=1e-10, atol=1e-10)


@given(SPELLS, st.floats(1e-6, 1e6))
@settings(deadline=None, max_examples=25)
def test_the_jackknife_does_not_depend_on_the_unit_of_weights(spells: Spells, unit: float) -> None:
    frame = frame_of(spells)

    once = curve_of(cohort_of(frame, weight="w"))
    scaled = curve_of(cohort_of(frame.assign(w=frame["w"] * unit), weight="w"))

    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(once[name], scaled[name], rtol=1e-9, atol=1e-9)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("ab")), min_size=1, max_size=30))
def test_without_censoring_and_delay_it_is_the_share_that_left(spells: list[tuple[int, str]]) -> None:
    frame = pd.DataFrame(spells, columns=["duration", "why"]).assign(left=True)
    cohort = wm.Cohort.from_frame(frame, duration="duration", event="left", cause="why", time_unit="years")

    for row in cumulative_incidence(cohort).frame.to_dict("records"):
        share = ((frame["duration"] <= row["time"]) & (frame["why"] == row["cause"])).mean()
        assert abs(row["estimate"] - share) < 1e-12
        assert abs(row["std_error"] ** 2 - share * (1 - share) / len(frame)) < 1e-12


def gray_by_hand(frame: pd.DataFrame, cause: str, rho: float) -> tuple[Floats, Floats]:
    """Return scores and their covariance with loops over times, groups and pairs; both as Gray (1988) defines them."""
    groups = sorted(frame["group"].unique())
    times = sorted(frame.loc[frame["left"], "duration"].unique())
    k = range(len(groups))
    stay, by_cause, pooled = [1.0] * len(groups), [0.0] * len(groups), 0.0
    steps = []
    score = np.zeros(len(groups))
    for time in times:
        at_risk = frame[(frame["entry"] < time) & (time <= frame["duration"])]
        now = at_risk[(at_risk["duration"] == time) & at_risk["left"]]
        n = [float((at_risk["group"] == g).sum()) for g in groups]
        d1 = [float(((now["group"] == g) & (now["why"] == cause)).sum()) for g in groups]
        d2 = [float(((now["group"] == g) & (now["why"] != cause)).sum()) for g in groups]
        h = [n[i] / stay[i] if n[i] else 0.0 for i in k]
        subdistribution = [h[i] * (1 - by_cause[i]) for i in k]
        weight, left = (1 - pooled) ** rho, sum(d1)
        for i in k:
            score[i] += weight * (d1[i] - left * subdistribution[i] / sum(subdistribution))
        a = [[weight * h[i] * ((i == j) - h[j] / sum(h)) for j in k] for i in k]
        own, other = [0.0] * len(groups), [0.0] * len(groups)
        hazard, pooled = left / sum(h) / (1 - pooled), pooled + left / sum(h)
        before, q = list(stay), [0.0] * len(groups)
        for j in k:
            if n[j]:
                stay[j] *= (n[j] - d1[j] - d2[j]) / n[j]
                by_cause[j] += before[j] * d1[j] / n[j]
                expected = before[j] * sum(h)
                tied = (expected - left) / (expected - 1) if left > 1 else 1.0
                own[j] = tied * before[j] * left / (sum(h) * n[j])
                if stay[j] > 0:
                    tied = (n[j] - d2[j]) / (n[j] - 1) if d2[j] > 1 else 1.0
                    other[j] = tied * before[j] ** 2 * d2[j] / n[j] ** 2
            q[j] = (1 - pooled) / stay[j] if stay[j] > 0 else 0.0
        steps.append((a, hazard, q, own, other))
    covariance = np.zeros((len(groups), len(groups)))
    for s, (a, _, q, own, other) in enumerate(steps):
        for j in k:
            later = [sum(b[i][j] * step for b, step, *_ in steps[s + 1 :]) for i in k]
            first = np.array([a[i][j] + (1 - q[j]) * later[i] for i in k])
            second = np.array([q[j] * later[i] for i in k])
            covariance += own[j] * np.outer(first, first) + other[j] * np.outer(second, second)
    return score, covariance


@given(SPELLS, st.sampled_from([0.0, 1.0, -0.5]))
@settings(deadline=None, max_examples=100)
def test_brute_force_gives_the_same_gray_test(spells: Spells, rho: float) -> None:
    frame = frame_of(spells).assign(entry=lambda f: f["entry"] // 2)
    stayers = pd.DataFrame({"entry": 0, "duration": 20, "why": "", "group": list("xyzxyz"), "w": 1, "left": False})
    leavers = stayers.assign(duration=[3, 5, 2, 4, 6, 4], why=list("abbaab"), left=True)
    frame = pd.concat([frame, stayers, leavers], ignore_index=True)
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", cause="why", time_unit="years"
    )

    tests = gray_test(cohort, by="group", rho=rho).frame

    for cause, statistic in zip(tests["cause"], tests["statistic"], strict=True):
        score, covariance = gray_by_hand(frame, str(cause), rho)
        expected = score[:2] @ np.linalg.solve(covariance[:2, :2], score[:2])
        assert statistic == pytest.approx(expected, rel=1e-8, abs=1e-10)


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_with_one_cause_the_score_is_that_of_the_log_rank_test(spells: Spells) -> None:
    from workforce_metrics.survival.gray_score import gray_score, stratum_counts

    frame = frame_of(spells).assign(left=True)
    counts = wm.risk_table(cohort_of(frame.assign(why="a")), by="group").all_causes().counts
    members = np.arange(len(counts.group_people) - 1)
    side_by_side = stratum_counts(counts, members, members, len(members))
    if side_by_side.emptied.any():
        return

    observed_less_expected = gray_score(side_by_side, 0, rho=0.0).score

    n, d = side_by_side.n_risk, side_by_side.n_event[0]
    expected = d.sum(axis=1, keepdims=True) * n / n.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(observed_less_expected, (d - expected).sum(axis=0), atol=1e-10)


@given(SPELLS)
@settings(deadline=None, max_examples=25)
def test_gray_does_not_depend_on_what_groups_are_called(spells: Spells) -> None:
    frame = frame_of(spells).assign(entry=0)
    stayers = pd.DataFrame({"entry": 0, "duration": 20, "why": "", "group": list("xyz"), "w": 1, "left": False})
    frame = pd.concat([frame, stayers, stayers.assign(duration=3, left=True, why=list("aba"))], ignore_index=True)

    tests = []
    for names in ({"x": "x", "y": "y", "z": "z"}, {"x": "3", "y": "1", "z": "2"}):
        cohort = cohort_of(frame.assign(group=frame["group"].map(names)))
        table = wm.risk_table(cohort, by="group")
        try:
            tests.append(gray_test(table, by="group").frame["statistic"])
        except InvalidDataError:
            return

    np.testing.assert_allclose(*tests, rtol=1e-8, atol=1e-10)
