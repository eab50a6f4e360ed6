"""The truths that simulated cohorts are held against: each formula by another route."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from workforce_metrics.survival.decomposition import change_by_leaver

SIMULATIONS = Path(__file__).parents[1] / "simulations"
sys.path.append(str(SIMULATIONS))

import designs  # noqa: E402
import parametric_studies  # noqa: E402
import register_studies  # noqa: E402
import truths  # noqa: E402
from study import Finding  # noqa: E402

MANY = 40_000
HOME = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 1.0]])


def within_four_errors(share: np.ndarray, truth: np.ndarray, n: int = MANY) -> bool:
    return bool((np.abs(share - truth) <= 4 * np.sqrt(truth * (1 - truth) / n)).all())


def test_incidence_equals_adaptive_quadrature() -> None:
    law = designs.THREE_CAUSES
    found = law.incidence([0.5, 5.0], HOME)
    for person, x in enumerate(HOME):
        ratio = np.exp(x @ law.effect)
        for cause in range(3):
            for place, end in enumerate((0.5, 5.0)):

                def density(t: float, cause: int = cause, ratio: np.ndarray = ratio) -> float:
                    hazard = law.rate[cause] * ratio[cause] * law.shape[cause] * t ** (law.shape[cause] - 1)
                    return float(hazard * np.exp(-(law.rate * ratio * t**law.shape).sum()))

                expected, _ = quad(density, 0, end, epsabs=1e-13, epsrel=1e-12)
                assert found[person, cause, place] == pytest.approx(expected, abs=1e-10)


def test_incidence_of_one_shape_is_a_fixed_share_of_the_risk() -> None:
    law = designs.SAME_SHAPE
    x = np.array([[0.0], [1.0]])
    weight = law.rate * np.exp(x @ law.effect)
    expected = (weight / weight.sum(axis=1, keepdims=True))[:, :, None] * law.risk([1, 5], x)[:, None, :]
    assert law.incidence([1, 5], x) == pytest.approx(expected, abs=1e-13)


def test_incidences_and_staying_add_up_to_one() -> None:
    law = designs.THREE_CAUSES
    assert law.incidence([1, 3, 8], HOME).sum(axis=1) == pytest.approx(law.risk([1, 3, 8], HOME), abs=1e-13)


@pytest.mark.parametrize("served", [0.0, 2.0])
def test_drawn_times_have_the_incidences(served: float) -> None:
    law, rng = designs.THREE_CAUSES, np.random.default_rng(1)
    time, cause = law.draw(rng, np.tile(HOME[1], (MANY, 1)), served=served)
    share = np.array([((cause == k) & (time <= 5)).mean() for k in (1, 2, 3)])
    earlier = law.incidence([served, 5], HOME[1:])[0]
    truth = (earlier[:, 1] - earlier[:, 0]) / (1 - earlier[:, 0].sum())
    assert time.min() >= served
    assert within_four_errors(share, truth)


def test_positive_stable_frailty_has_its_transform() -> None:
    drawn = truths.positive_stable(np.random.default_rng(2), 0.8, 5 * MANY)
    for s in (0.3, 1.0, 4.0):
        value = np.exp(-s * drawn)
        assert value.mean() == pytest.approx(np.exp(-(s**0.8)), abs=4 * value.std() / np.sqrt(len(value)))


def test_marginal_hazards_are_those_of_drawn_clusters() -> None:
    law, rng = designs.ONE_CAUSE, np.random.default_rng(3)
    x = np.tile(HOME[1], (MANY, 1))
    time, _ = law.draw_with(rng, x, truths.positive_stable(rng, 0.8, MANY))
    share = np.array([(time <= t).mean() for t in (1, 5)])
    assert within_four_errors(share, law.seen_marginally(0.8).risk([1, 5], HOME[1:])[0])


def test_incidences_in_clusters_are_those_of_drawn_clusters() -> None:
    law, rng = designs.SAME_SHAPE, np.random.default_rng(7)
    time, cause = law.draw_with(rng, np.ones((MANY, 1)), truths.positive_stable(rng, 0.8, MANY))
    share = np.array([((cause == k) & (time <= 5)).mean() for k in (1, 2, 3)])
    found = law.incidence_seen([5], [[1.0]], 0.8)[0, :, 0]
    assert within_four_errors(share, found)
    level = law.rate @ np.exp(law.effect[0])
    assert found.sum() == pytest.approx(-np.expm1(-((level * 5**0.8) ** 0.8)), abs=1e-15)
    assert law.incidence_seen([2, 5], [[1.0]], 1.0) == pytest.approx(law.incidence([2, 5], [[1.0]]), abs=1e-12)


@pytest.mark.parametrize("index", [1.0, 0.8])
def test_drawn_times_have_the_proportional_incidence(index: float) -> None:
    law, rng = truths.Subdistribution(share=0.4, rate=0.3, other=0.2, effect=np.array([0.7])), np.random.default_rng(8)
    frailty = 1.0 if index == 1 else truths.positive_stable(rng, index, MANY)
    time, cause = law.draw(rng, np.ones((MANY, 1)), frailty)
    share = np.array([((cause == 1) & (time <= t)).mean() for t in (1, 5, np.inf)])
    assert within_four_errors(share, law.incidence([1, 5, np.inf], [[1.0]], index=index)[0])
    others = time[cause == 2]
    assert within_four_errors(np.array([(others <= 4).mean()]), np.array([1 - np.exp(-0.8)]), len(others))
    by_hand = 1 - (1 - 0.4 * (1 - np.exp(-0.3 * 5))) ** np.exp(0.7)
    assert law.incidence(5, [[1.0]])[0, 0] == pytest.approx(by_hand, abs=1e-15)


def test_weibull_laws_as_accelerated_times() -> None:
    law = designs.ONE_CAUSE
    centre, *slopes, log_scale = parametric_studies.accelerated(law)
    standard = (np.log(5 * designs.DAYS) - centre - HOME @ slopes) / np.exp(log_scale)
    assert -np.expm1(-np.exp(standard)) == pytest.approx(law.risk(5, HOME)[:, 0], abs=1e-14)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_interval_hazards_multiply_up(link: str) -> None:
    law = truths.IntervalHazards(np.array([[-2.0, -1.5], [-1.0, -2.5], [-1.2, -2.0]]), np.array([[0.4, -0.3]]), link)
    inverse = {"cloglog": lambda v: 1 - np.exp(-np.exp(v)), "logit": lambda v: 1 / (1 + np.exp(-v))}[link]
    a, b = (inverse(law.intercept[:, cause] + law.effect[0, cause]) for cause in (0, 1))
    first, second = 1 - a[0] - b[0], 1 - a[1] - b[1]
    by_hand = a[0] + first * a[1] + first * second * a[2]
    assert law.incidence([[1.0]])[0, 2, 0] == pytest.approx(by_hand, abs=1e-15)
    assert law.incidence([[1.0]], given=1)[0, 2, 0] == pytest.approx(a[1] + second * a[2], abs=1e-15)
    where, cause = law.draw(np.random.default_rng(4), np.ones((MANY, 1)), served=1)
    share = np.array([((cause == k) & (where <= 3)).mean() for k in (1, 2)])
    assert where.min() == 2
    assert set(where[cause == 0]) == {4}
    assert within_four_errors(share, law.incidence([[1.0]], given=1)[0, 2])


def test_hazards_in_steps_and_years_lost() -> None:
    chance = np.array([[0.1, 0.2], [0.05, 0.1]])
    staying = 1 - chance.sum(axis=0)
    incidence = np.zeros((2, 3))
    incidence[:, 1] = chance[:, 0]
    incidence[:, 2] = chance[:, 0] + staying[0] * chance[:, 1]
    assert truths.cumulated_in_steps(incidence) == pytest.approx(chance.cumsum(axis=1), abs=1e-15)
    leaving = np.diff(incidence, axis=1)
    assert truths.years_lost(incidence, 12.0) == pytest.approx(leaving @ [1, 0] / 12, abs=1e-15)


def test_measures_of_kinds_by_every_pair() -> None:
    left = np.array([[0.0, 0.1, 0.3], [0.0, 0.4, 0.5], [0.0, 0.2, 0.2]])
    share, score, at_risk = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.6, 0.3]), np.array([1.0, 0.5])
    kinds = truths.Levels(share, left, score)
    won = total = 0.0
    for i in range(3):
        for j in range(3):
            for t in range(2):
                pair = share[i] * share[j] * (left[i, t + 1] - left[i, t]) * (1 - left[j, t + 1]) * at_risk[t] ** 2
                won, total = won + pair * ((score[i] > score[j]) + 0.5 * (score[i] == score[j])), total + pair
    assert kinds.concordance(at_risk) == pytest.approx(won / total, abs=1e-15)
    cases, controls = share * left[:, 2], share * (1 - left[:, 2])
    higher = (score[:, None] > score) + 0.5 * (score[:, None] == score)
    assert kinds.auc(2) == pytest.approx(cases @ higher @ controls / (cases.sum() * controls.sum()), abs=1e-15)
    squares = left[:, 2] * (1 - score) ** 2 + (1 - left[:, 2]) * score**2
    assert kinds.brier(2) == pytest.approx(share @ squares, abs=1e-15)
    assert kinds.risk(2) == pytest.approx(0.5 * 0.3 + 0.3 * 0.5 + 0.2 * 0.2, abs=1e-15)


def test_share_under_observation() -> None:
    rng = np.random.default_rng(5)
    never = np.full(MANY, 100.0)
    spells = designs.followed(rng, never, np.ones(MANY, dtype=int), pd.DataFrame(index=range(MANY)))
    month = np.array([1, 10, 36, 37, 60, 96])
    there = [((spells["entry"] < k) & (spells["duration"] >= k)).mean() for k in month]
    assert within_four_errors(np.array(there), designs.observed_share(12.0, 96)[month - 1])


def test_a_register_loses_people_at_the_rates_it_says() -> None:
    rng = np.random.default_rng(6)
    spells = register_studies.register(rng, 20_000, factor=1.4).table
    late = spells[spells["joined"] > register_studies.OPENS]
    joined = late["joined"].to_numpy(dtype="datetime64[D]")
    days = (register_studies.CLOSES - joined).astype(float)
    chance = register_studies.left_by(days, joined, 1.4)
    spread = np.sqrt((chance * (1 - chance)).sum())
    assert late["left"].notna().sum() == pytest.approx(chance.sum(), abs=4 * spread)


def test_split_by_orders_is_the_symmetric_split() -> None:
    exposure = np.array([[100.0, 300.0], [200.0, 300.0]])
    rates = np.array([[0.1, 0.02], [0.12, 0.01]])
    assert register_studies.split(exposure, rates) == pytest.approx(
        (change_by_leaver(exposure[:, None], by_groups=False)[:, :, 0] * exposure * rates).sum(axis=(1, 2)), abs=1e-12
    )


def test_split_of_cells_by_orders_is_the_symmetric_split() -> None:
    exposure = np.array([[[100.0, 300.0], [50.0, 20.0]], [[200.0, 300.0], [40.0, 60.0]]])
    rates = (
        np.array([[[[0.1, 0.03], [0.02, 0.01]], [[0.3, 0.1], [0.2, 0.2]]]]) * np.array([1.0, 1.2])[:, None, None, None]
    )
    leavers = exposure[..., None] * rates
    factors = change_by_leaver(exposure, by_groups=True)
    expected = (factors[..., None] * leavers).sum(axis=(1, 3))
    assert register_studies.split_cells(exposure, rates) == pytest.approx(expected, abs=1e-12)


def script() -> ModuleType:
    """Load the script under a name that is not that of the package `coverage`."""
    spec = spec_from_file_location("coverage_script", SIMULATIONS / "coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_cohort_depends_on_its_number_alone() -> None:
    run = script()
    place = run.chosen(["kaplan_meier: late entry, months, 100 people"])[0]
    _, together = run.cohorts_of((place, 1, 0, 3))
    _, alone = run.cohorts_of((place, 1, 2, 3))
    assert together[2] == alone[0]
    assert together[1] != alone[0]


def test_shares_count_misses_on_their_side() -> None:
    page = sys.modules["coverage_page"]
    limits = [(0.0, 2.0), (1.5, 2.0), (0.0, 0.5), (np.nan, np.nan)]
    part = pd.DataFrame([Finding("a", 1.0, 1.0 + k, 1.0, low, high) for k, (low, high) in enumerate(limits)])
    found = page.shares(part, cohorts=5)
    assert found["rate"] == pytest.approx(1 / 3)
    assert found["above"] == pytest.approx(1 / 3)
    assert found["below"] == pytest.approx(1 / 3)
    assert found["none"] == pytest.approx(2 / 5)
    assert found["bias"] == pytest.approx(1.5 / np.std([0, 1, 2, 3], ddof=1))
