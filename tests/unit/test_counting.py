"""The kernel of risk sets: digits kept under weights, memory kept with many groups."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.counting import RiskCounts, count_at_risk


def spells(n: int, *, seed: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    duration = rng.integers(2, last, n)
    return duration, np.minimum((duration * rng.random(n)).astype(np.int64), duration - 1), rng.integers(0, 2, n)


def counted(duration: np.ndarray, entry: np.ndarray, cause: np.ndarray, **asked: object) -> RiskCounts:
    asked = {"group": np.zeros(len(duration), dtype=np.int64), "n_groups": 1, **asked}
    return count_at_risk(duration, cause, n_causes=1, entry=entry, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_weights_from_a_billionth_to_a_billion_keep_their_digits(seed: int) -> None:
    duration, entry, cause = spells(60, seed=seed, last=12)
    weight = 10.0 ** np.random.default_rng(seed).uniform(-9, 9, 60)

    counts = counted(duration, entry, cause, weight=weight)

    for time, n_risk in zip(counts.time, counts.n_risk, strict=True):
        exact = sum(
            (Fraction(w) for w, a, b in zip(weight, entry, duration, strict=True) if a < time <= b), Fraction(0)
        )
        assert n_risk == pytest.approx(float(exact), rel=1e-14, abs=0)


def test_who_is_at_risk_alone_at_first_and_leaves_takes_the_estimate_to_nothing() -> None:
    """Beside 20,000 later entrants the first weight is the difference of two large sums."""
    duration, entry, cause = spells(20_000, seed=1, last=3000)
    frame = pd.DataFrame(
        {
            "entry": np.append(entry + 10, 0),
            "duration": np.append(duration + 10, 3),
            "left": np.append(cause > 0, True),
            "w": np.append(np.random.default_rng(2).uniform(0.5, 5, 20_000), 0.3),
        }
    )

    with pytest.warns(RiskSetWarning, match="had still to enter"):
        curve = wm.kaplan_meier(
            wm.Cohort.from_frame(frame, duration="duration", event="left", entry="entry", weight="w", time_unit="days")
        ).frame

    assert curve.loc[0, ["time", "n_risk", "n_event", "estimate"]].tolist() == [3, 0.3, 0.3, 0]
    assert (curve["estimate"] == 0).all()


def test_row_order_changes_no_digit_under_weights() -> None:
    duration, entry, cause = spells(5000, seed=3, last=400)
    weight = np.random.default_rng(4).uniform(0.1, 5, 5000)
    other = np.random.default_rng(5).permutation(5000)

    one = counted(duration, entry, cause, weight=weight)
    shuffled = counted(duration[other], entry[other], cause[other], weight=weight[other])

    for name in ("n_risk", "n_event", "n_censor", "n_entry"):
        np.testing.assert_allclose(getattr(one, name), getattr(shuffled, name), rtol=1e-14, atol=0)


@pytest.mark.parametrize("scale", [1, 0.37])
def test_forty_years_of_days_in_five_thousand_groups_take_the_memory_of_their_people(scale: float) -> None:
    n, n_groups = 20_000, 5_000
    duration, entry, cause = spells(n, seed=6, last=14_610)
    group = np.random.default_rng(7).permutation(np.arange(n) % n_groups)
    times = (duration, entry) if scale == 1 else (duration * scale, entry * scale)

    tracemalloc.start()
    counts = counted(*times, cause, group=group, n_groups=n_groups)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 50e6  # a full grid of 5,000 groups by 14,610 days would take 584 MB an array
    for code in (0, 17, n_groups - 1):
        own = group == code
        alone = counted(times[0][own], times[1][own], cause[own])
        rows = counts.group == code
        for name in ("time", "n_risk", "n_event", "n_censor", "n_entry", "n_people"):
            np.testing.assert_array_equal(getattr(counts, name)[rows], getattr(alone, name))
        assert counts.group_people[code] == own.sum()
