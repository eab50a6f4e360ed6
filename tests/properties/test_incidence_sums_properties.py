"""Sums of incidences by causes: against one person at a time, and against derivatives taken numerically."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
from hypothesis import given, settings

from workforce_metrics.survival.cause_specific import sums
from workforce_metrics.survival.cause_specific.incidence import implied_incidence
from workforce_metrics.survival.cause_specific.sums import incidence_sums

Floats = npt.NDArray[np.float64]


def rows(seed: int) -> dict[str, Any]:
    """Return hazards of up to three causes at up to nine steps, some of them 0, and people with times served."""
    rng = np.random.default_rng(seed)
    n_steps, n_causes, n_patterns, n = rng.integers([0, 1, 1, 1], [10, 4, 6, 30])
    given_at = rng.integers(0, n_steps + 1, n)
    return {
        "hazard": rng.exponential(0.2, (n_steps, n_causes)) * (rng.random((n_steps, n_causes)) < 0.7),
        "x": rng.normal(0, 1, (n_patterns, 2)),
        "beta": rng.normal(0, 1, (n_causes, 2)),
        "pattern": rng.integers(0, n_patterns, n),
        "weight": rng.exponential(1, n),
        "given": given_at,
        "to": rng.integers(given_at, n_steps + 1),
    }


def made(case: dict[str, Any], **changed: Floats) -> Any:
    now = {**case, **changed}
    ratio = np.exp(now["x"] @ now["beta"].T)
    spans = {name: now[name] for name in ("weight", "given", "to")}
    return incidence_sums(now["hazard"], ratio, now["x"], now["pattern"], **spans)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_chances_and_slopes_are_those_of_one_person_at_a_time(seed: int) -> None:
    case = rows(seed)
    found, hazard = made(case), case["hazard"]
    n_causes = hazard.shape[1]
    by_step, along = np.zeros_like(found.by_step), np.zeros_like(found.along)

    for i, pattern in enumerate(case["pattern"]):
        own, some = case["x"][pattern], slice(case["given"][i], case["to"][i])
        ratio = np.exp(case["beta"] @ own)
        one = implied_incidence((ratio * hazard[some])[None])
        reached = one.incidence[0, -1] if some.stop > some.start else np.zeros(n_causes)
        np.testing.assert_allclose(found.chance[:, i], reached, rtol=1e-11, atol=1e-15)
        slope = case["weight"][i] * ratio * (one.slope[0] - reached[:, None])
        by_step[:, :, some] += slope.transpose(1, 2, 0)
        along += np.einsum("skc,sc->kc", slope, hazard[some])[..., None] * own
    np.testing.assert_allclose(found.by_step, by_step, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.along, along, rtol=1e-9, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_slopes_are_derivatives_of_the_sums(seed: int) -> None:
    case, h = rows(seed), 1e-6
    found = made(case)

    def total(**changed: Floats) -> Floats:
        return np.asarray(made(case, **changed).chance @ case["weight"])

    for name, slope in (("hazard", found.by_step.transpose(2, 1, 0)), ("beta", found.along.transpose(1, 2, 0))):
        for at in np.ndindex(case[name].shape):
            up, down = case[name].copy(), case[name].copy()
            up[at] += h
            down[at] = down[at] - h if name == "beta" else down[at]
            step = 2 * h if name == "beta" else h
            expected = (total(**{name: up}) - total(**{name: down})) / step
            size = 1 + np.abs(case["weight"]).sum() * np.exp(np.abs(case["x"] @ case["beta"].T).max()) ** 2
            np.testing.assert_allclose(slope[at], expected, rtol=1e-4, atol=1e-5 * size)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_blocks_and_row_order_do_not_matter(seed: int) -> None:
    case = rows(seed)
    order = np.random.default_rng(seed).permutation(len(case["pattern"]))
    shuffled = {name: case[name][order] for name in ("pattern", "weight", "given", "to")}
    whole, cells = made(case), sums.CELLS
    try:
        sums.CELLS = 1
        by_pattern = made(case, **shuffled)
    finally:
        sums.CELLS = cells

    np.testing.assert_allclose(by_pattern.chance, whole.chance[:, order], rtol=1e-13)
    np.testing.assert_allclose(by_pattern.by_step, whole.by_step, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(by_pattern.along, whole.along, rtol=1e-11, atol=1e-13)


def test_people_of_one_pattern_far_apart_in_hazard() -> None:
    """Of those who served two steps there is one in exp(1500): chances are conditional, and still numbers."""
    case = {
        "hazard": np.array([[1.0, 0.5], [0.5, 1.0], [1e-3, 2e-3], [1e-3, 0.0]]),
        "x": np.array([[1.0]]),
        "beta": np.full((2, 1), np.log(500.0)),
        "pattern": np.array([0, 0]),
        "weight": np.ones(2),
        "given": np.array([0, 2]),
        "to": np.array([1, 4]),
    }
    found = made(case)

    np.testing.assert_allclose(found.chance[:, 0], [2 / 3, 1 / 3], rtol=1e-12)
    late = implied_incidence(np.array([[[0.5, 1.0], [0.5, 0.0]]]))
    np.testing.assert_allclose(found.chance[:, 1], late.incidence[0, -1], rtol=1e-12)
    slope = 500 * (late.slope[0] - late.incidence[0, -1][:, None])
    np.testing.assert_allclose(found.by_step[:, :, 2:], slope.transpose(1, 2, 0), rtol=1e-10)


def test_hazards_without_bound_are_still_numbers() -> None:
    case = rows(7)
    ratio = np.exp(np.linspace(-300, 300, len(case["x"])))[:, None] * np.ones(case["hazard"].shape[1])
    spans = {name: case[name] for name in ("weight", "given", "to")}
    found = incidence_sums(case["hazard"], ratio, case["x"], case["pattern"], **spans)

    assert ((found.chance >= 0) & (found.chance <= 1)).all()
    assert np.isfinite(found.by_step).all()
    assert np.isfinite(found.along).all()
