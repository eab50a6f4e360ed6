"""Validation against a reference written for clarity, and what must hold whatever the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workforce_metrics.survival.validation.calibration import observed_risk, risk_groups
from workforce_metrics.survival.validation.horizon import HorizonSample
from workforce_metrics.survival.validation.influence import curve_until, moved_by_curve, weights_for_the_lost
from workforce_metrics.survival.validation.measures import MEASURES

END = 6


@st.composite
def samples(draw: st.DrawFn) -> HorizonSample:
    """Return small samples with many ties in time and in predictions, leavers, lost and stayers."""
    n = draw(st.integers(4, 14))
    many = lambda values: np.array(draw(st.lists(values, min_size=n, max_size=n)))  # noqa: E731 - one line each
    duration, left = many(st.integers(1, END)), many(st.booleans())
    duration[0], left[0] = END, False
    left[1], duration[1] = True, min(int(duration[1]), END)
    return HorizonSample(
        duration=duration,
        left=left,
        reached=(duration == END) & ~left,
        entry=None,
        weight=many(st.sampled_from([0.5, 1.0, 2.0, 3.0])),
        predicted=many(st.sampled_from([0.1, 0.2, 0.2, 0.4, 0.7, 0.9])),
    )


def not_lost_before(sample: HorizonSample, time: int) -> float:
    """Return G(time-), one time after another; leavings come before losses."""
    g = 1.0
    for t in range(1, time):
        lost = (sample.duration == t) & ~sample.left & ~sample.reached
        there = (sample.duration > t) | ((sample.duration == t) & ~sample.left)
        if lost.any():
            g *= 1 - sample.weight[lost].sum() / sample.weight[there].sum()
    return g


def by_the_words(sample: HorizonSample) -> dict[str, float]:
    """Return every measure by loops over people and pairs."""
    n = range(len(sample.duration))
    g = [not_lost_before(sample, int(sample.duration[i])) for i in n]
    a = [sample.weight[i] / g[i] if sample.left[i] or sample.reached[i] else 0.0 for i in n]
    p, y, t = sample.predicted, sample.left, sample.duration
    beats = lambda i, j: float(p[i] > p[j]) + 0.5 * float(p[i] == p[j])  # noqa: E731 - said once
    total = sample.weight.sum()
    brier, q = sum(a[i] * (y[i] - p[i]) ** 2 for i in n) / total, sum(a[i] * y[i] for i in n) / total
    pairs = [(a[i] * a[j], beats(i, j)) for i in n for j in n if y[i] and sample.reached[j]]
    first = [
        (sample.weight[i] * sample.weight[j] / g[i] ** 2, beats(i, j))
        for i in n
        for j in n
        if y[i] and (t[i] < t[j] or (t[i] == t[j] and not y[j]))
    ]
    share = lambda found: sum(w * b for w, b in found) / sum(w for w, _ in found)  # noqa: E731 - said once
    return {
        "brier": brier,
        "scaled_brier": 1 - brier / (q * (1 - q)),
        "auc": share(pairs),
        "concordance_uno": share(first),
    }


def measured(sample: HorizonSample) -> dict[str, float]:
    known = weights_for_the_lost(sample.duration, sample.left, sample.reached, sample.weight)
    return {name: measure(sample, known).estimate for name, measure in MEASURES.items()}


@settings(max_examples=400, deadline=None)
@given(samples())
def test_measures_are_what_the_words_say(sample: HorizonSample) -> None:
    found, expected = measured(sample), by_the_words(sample)

    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(samples())
def test_known_people_stand_for_all_and_their_share_is_kaplan_meier(sample: HorizonSample) -> None:
    known = weights_for_the_lost(sample.duration, sample.left, sample.reached, sample.weight)
    weight = sample.weight * known.inverse

    np.testing.assert_allclose(weight.sum(), sample.weight.sum())
    np.testing.assert_allclose(weight @ sample.left / weight.sum(), observed_risk(sample).estimate, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(samples())
def test_influence_is_the_derivative_by_weight(sample: HorizonSample) -> None:
    known = weights_for_the_lost(sample.duration, sample.left, sample.reached, sample.weight)
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
