"""Validation against a reference written for clarity, and what must hold whatever the data."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.survival.validation.calibration import observed_risk, risk_groups
from workforce_metrics.survival.validation.horizon import HorizonSample
from workforce_metrics.survival.validation.influence import (
    LostWeights,
    curve_until,
    incidence_of,
    moved_by_curve,
    weights_for_the_lost,
)
from workforce_metrics.survival.validation.measures import MEASURES

END = 6
RISKS = [0.1, 0.2, 0.2, 0.4, 0.7, 0.9]
WEIGHTS = [0.5, 1.0, 2.0, 3.0]


@st.composite
def samples(draw: st.DrawFn) -> HorizonSample:
    """Return small samples with many ties in time and in predictions, leavers by one cause or two, lost and stayers."""
    n, by_cause = draw(st.integers(4, 14)), draw(st.booleans())
    many = lambda values: np.array(draw(st.lists(values, min_size=n, max_size=n)))  # noqa: E731 - one line each
    duration, how = many(st.integers(1, END)), many(st.integers(0, 2 if by_cause else 1))
    duration[0], how[0] = END, 0
    how[1], duration[1] = 1, min(int(duration[1]), END)
    return HorizonSample(
        duration=duration,
        left=how == 1,
        reached=(duration == END) & (how == 0),
        entry=None,
        weight=many(st.sampled_from(WEIGHTS)),
        predicted=many(st.sampled_from(RISKS)),
        other=how == 2 if by_cause else None,
    )


def not_lost_before(sample: HorizonSample, time: int) -> float:
    """Return G(time-), one time after another; leavings come before losses."""
    g = 1.0
    for t in range(1, time):
        lost = (sample.duration == t) & ~sample.gone & ~sample.reached
        there = (sample.duration > t) | ((sample.duration == t) & ~sample.gone)
        if lost.any():
            g *= 1 - sample.weight[lost].sum() / sample.weight[there].sum()
    return g


def by_the_words(sample: HorizonSample) -> dict[str, float]:
    """Return every measure by loops over people and pairs."""
    n = range(len(sample.duration))
    g = [not_lost_before(sample, int(sample.duration[i])) for i in n]
    a = [sample.weight[i] / g[i] if sample.gone[i] or sample.reached[i] else 0.0 for i in n]
    p, y, t, gone = sample.predicted, sample.left, sample.duration, sample.gone
    beats = lambda i, j: float(p[i] > p[j]) + 0.5 * float(p[i] == p[j])  # noqa: E731 - said once
    total = sample.weight.sum()
    brier, q = sum(a[i] * (y[i] - p[i]) ** 2 for i in n) / total, sum(a[i] * y[i] for i in n) / total
    pairs = [(a[i] * a[j], beats(i, j)) for i in n for j in n if y[i] and not y[j] and a[j] > 0]
    first = [
        (sample.weight[i] * sample.weight[j] / g[i] ** 2, beats(i, j))
        for i in n
        for j in n
        if y[i] and (t[i] < t[j] or (t[i] == t[j] and not gone[j]))
    ]
    first += [
        (sample.weight[i] * sample.weight[j] / (g[i] * g[j]), beats(i, j))
        for i in n
        for j in n
        if y[i] and gone[j] and not y[j] and t[j] <= t[i]
    ]
    share = lambda found: sum(w * b for w, b in found) / sum(w for w, _ in found)  # noqa: E731 - said once
    return {
        "brier": brier,
        "scaled_brier": 1 - brier / (q * (1 - q)),
        "auc": share(pairs),
        "concordance_uno": share(first),
    }


def known_of(sample: HorizonSample) -> LostWeights:
    return weights_for_the_lost(sample.duration, sample.gone, sample.reached, sample.weight)


def measured(sample: HorizonSample) -> dict[str, float]:
    known = known_of(sample)
    return {name: measure(sample, known).estimate for name, measure in MEASURES.items()}


@settings(max_examples=400, deadline=None)
@given(samples())
def test_measures_are_what_the_words_say(sample: HorizonSample) -> None:
    found, expected = measured(sample), by_the_words(sample)

    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(samples())
def test_known_people_stand_for_all_and_their_share_is_the_observed_risk(sample: HorizonSample) -> None:
    known = known_of(sample)
    weight = sample.weight * known.inverse

    np.testing.assert_allclose(weight.sum(), sample.weight.sum())
    np.testing.assert_allclose(weight @ sample.left / weight.sum(), observed_risk(sample).estimate, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(samples())
def test_influence_is_the_derivative_by_weight(sample: HorizonSample) -> None:
    known = known_of(sample)
    step = 1e-5

    for name, measure in MEASURES.items():
        influence = measure(sample, known).influence
        for person in range(len(sample.weight)):
            ends = []
            for sign in (-1, 1):
                weight = sample.weight.copy()
                weight[person] += sign * step
                ends.append(measured(replace(sample, weight=weight))[name])
            slope = (ends[1] - ends[0]) / (2 * step)
            np.testing.assert_allclose(influence[person], sample.weight[person] * slope, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(influence.sum(), 0, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(samples(), st.data())
def test_curve_with_delayed_entry_and_its_derivative(sample: HorizonSample, data: st.DataObject) -> None:
    entry = np.array([data.draw(st.integers(0, int(t) - 1)) for t in sample.duration])
    step, w = 1e-5, sample.weight

    def log_staying(weight: np.ndarray) -> float:
        total = 0.0
        for t in np.unique(sample.duration[sample.left]):
            at_risk, gone = (entry < t) & (t <= sample.duration), (sample.duration == t) & sample.left
            total += np.log(1 - weight[gone].sum() / weight[at_risk].sum())
        return total

    with np.errstate(divide="ignore"):
        assume(np.isfinite(log_staying(w)))
    curve = curve_until(sample.duration, sample.left, w, entry=entry)
    moved = moved_by_curve(curve, np.ones_like(curve.factor))

    np.testing.assert_allclose(np.log(curve.survival[-1]), log_staying(w), rtol=1e-9, atol=1e-12)
    for person in range(len(w)):
        up, down = w.copy(), w.copy()
        up[person], down[person] = up[person] + step, down[person] - step
        slope = (log_staying(up) - log_staying(down)) / (2 * step)
        np.testing.assert_allclose(moved[person], slope, rtol=1e-5, atol=1e-7)


@settings(max_examples=300, deadline=None)
@given(samples(), st.data())
def test_incidence_with_delayed_entry_and_its_derivative(sample: HorizonSample, data: st.DataObject) -> None:
    entry = np.array([data.draw(st.integers(0, int(t) - 1)) for t in sample.duration])
    step, w = 1e-5, sample.weight

    def incidence(weight: np.ndarray) -> float:
        staying, total = 1.0, 0.0
        for t in np.unique(sample.duration[sample.gone]):
            at_risk, gone = weight[(entry < t) & (t <= sample.duration)].sum(), sample.duration == t
            total += staying * weight[gone & sample.left].sum() / at_risk
            staying *= max(1 - weight[gone & sample.gone].sum() / at_risk, 0.0)
            staying = staying if staying > 1e-9 else 0.0
        return total

    curve = curve_until(sample.duration, sample.gone, w, entry=entry)
    found, moved = incidence_of(curve, sample.left, w)

    np.testing.assert_allclose(found, incidence(w), rtol=1e-9, atol=1e-12)
    for person in range(len(w)):
        up, down = w.copy(), w.copy()
        up[person], down[person] = up[person] + step, down[person] - step
        slope = (incidence(up) - incidence(down)) / (2 * step)
        np.testing.assert_allclose(moved[person], slope, rtol=1e-5, atol=1e-7)


@st.composite
def registers(draw: st.DrawFn, *, late: bool) -> pd.DataFrame:
    """Return rows of people who leave by one of two causes, are lost, or are there beyond `END`."""
    n = draw(st.integers(6, 16))
    many = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731 - one line each
    frame = pd.DataFrame({"month": many(st.integers(1, END + 2)), "why": many(st.sampled_from(["a", "b", None]))})
    frame["weight"], frame["risk"] = many(st.sampled_from(WEIGHTS)), many(st.sampled_from(RISKS))
    frame.loc[:4, "month"], frame.loc[:4, "why"] = [1, 2, 3, END, END + 1], ["a", "b", "a", "b", None]
    frame["start"] = [draw(st.integers(0, month - 1 if late else 0)) for month in frame["month"]]
    frame.loc[:4, "start"] = 0
    return frame.assign(left=frame["why"].notna())


def cohort_of(frame: pd.DataFrame, **roles: str) -> wm.Cohort:
    return wm.Cohort.from_frame(
        frame, duration="month", event="left", weight="weight", time_unit="months", **{"cause": "why", **roles}
    )


@settings(max_examples=300, deadline=None)
@given(registers(late=False))
def test_by_cause_every_term_is_what_the_words_say(frame: pd.DataFrame) -> None:
    """From rows to results: the horizon cuts, and Harrell's pairs as Wolbers and others have them."""
    there = frame["month"] > END
    left, other = ((frame["why"] == why) & ~there for why in "ab")
    sample = HorizonSample(
        duration=frame["month"].clip(upper=END).to_numpy(),
        left=left.to_numpy(),
        reached=(there | ((frame["month"] == END) & ~frame["left"])).to_numpy(),
        entry=None,
        weight=frame["weight"].to_numpy(),
        predicted=frame["risk"].to_numpy(),
        other=other.to_numpy(),
    )
    p, w, t = sample.predicted, sample.weight, sample.duration
    harrell = [
        (w[i] * w[j], (p[i] > p[j]) + (p[i] == p[j]) / 2)
        for i in range(len(frame))
        for j in range(len(frame))
        if left[i] and ((other[j] or t[j] > t[i]) or (t[j] == t[i] and not left[j]))
    ]
    expected = by_the_words(sample)
    expected["concordance_harrell"] = sum(a * b for a, b in harrell) / sum(a for a, _ in harrell)
    expected["expected"] = w @ p / w.sum()

    found = wm.validate(cohort_of(frame), frame["risk"], at=END, cause="a", groups=2).frame.set_index("term")

    for name, value in expected.items():
        np.testing.assert_allclose(found.loc[name, "estimate"], value, rtol=1e-9, atol=1e-12)
    assert found["n_event"].unique() == [w[left].sum()]


@settings(max_examples=200, deadline=None)
@given(registers(late=True))
def test_by_cause_the_observed_risk_is_the_cumulative_incidence(frame: pd.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wm.errors.RiskSetWarning)
        found = wm.validate(cohort_of(frame, entry="start"), np.full(len(frame), 0.5), at=END, cause="a", groups=1)
        curve = wm.cumulative_incidence(cohort_of(frame, entry="start")).at(END).query("cause == 'a'")

    shown = ["estimate", "std_error", "conf_low", "conf_high"]
    for table in (found.frame.query("term == 'observed'"), found.calibration):
        np.testing.assert_allclose(table[shown], curve[shown], rtol=1e-8, atol=1e-10)


@settings(max_examples=12, deadline=None)
@given(registers(late=False))
def test_standard_errors_by_cause_are_the_jackknife_of_the_whole(frame: pd.DataFrame) -> None:
    """Each row's weight is moved and everything is computed anew, by row and by cluster."""
    frame["team"] = np.arange(len(frame)) % 4
    step = 1e-5

    def moved(row: int, sign: int) -> pd.Series:
        weight = frame["weight"].to_numpy().copy()
        weight[row] *= 1 + sign * step
        return validated(frame.assign(weight=weight))["estimate"]

    def validated(rows: pd.DataFrame, cluster: str | None = None) -> pd.DataFrame:
        found = wm.validate(cohort_of(rows), rows["risk"], at=END, cause="a", groups=1, cluster=cluster)
        return found.frame.set_index("term").drop(index=["expected", "observed_expected"])

    influence = pd.DataFrame([(moved(row, 1) - moved(row, -1)) / (2 * step) for row in range(len(frame))])
    by_team = influence.groupby(frame["team"].to_numpy()).sum()

    for cluster, adds in ((None, influence), ("team", by_team)):
        expected = np.sqrt((adds**2).sum())
        np.testing.assert_allclose(validated(frame, cluster)["std_error"], expected, rtol=1e-5, atol=1e-7)


@settings(max_examples=100, deadline=None)
@given(registers(late=True))
def test_naming_the_only_cause_changes_nothing(frame: pd.DataFrame) -> None:
    together = cohort_of(frame.assign(why="a"), entry="start")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wm.errors.RiskSetWarning)
        named = wm.validate(together, frame["risk"], at=END, cause="a", groups=2)
        found = wm.validate(cohort_of(frame, entry="start"), frame["risk"], at=END, groups=2)

    for table in ("frame", "calibration", "smoothed"):
        pd.testing.assert_frame_equal(getattr(named, table), getattr(found, table), rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter_and_a_weight_is_so_many_rows(sample: HorizonSample, random: object) -> None:
    order = np.arange(len(sample.weight))
    random.shuffle(order)  # type: ignore[attr-defined] - a random.Random, which strategies do not say
    whole = replace(sample, weight=np.ceil(sample.weight))
    rows = np.repeat(order, whole.weight[order].astype(int))
    repeated = replace(whole.part(rows), weight=np.ones(len(rows)))

    first, shuffled, long = measured(whole), measured(whole.part(order)), measured(repeated)

    for name, value in first.items():
        np.testing.assert_allclose([shuffled[name], long[name]], value, rtol=1e-9, atol=1e-12)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=1, max_size=30), st.integers(1, 12))
def test_risk_groups_keep_equal_predictions_together_and_in_order(values: list[float], n_groups: int) -> None:
    risks = np.array(values)
    groups = pd.Series(risk_groups(risks, np.ones(len(risks)), n_groups))

    assert (groups.groupby(risks).min() == groups.groupby(risks).max()).all()
    assert groups.iloc[np.argsort(risks, kind="stable")].is_monotonic_increasing
    assert groups.max() == groups.nunique() - 1 < n_groups
