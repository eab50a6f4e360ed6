"""Intervals, ranks and limits keep their level in samples of known truth; seeds are fixed, bounds are Monte Carlo's."""

from __future__ import annotations

import numpy as np
import pandas as pd

import workforce_metrics as wm
from workforce_metrics.estimation.between_groups import between_groups
from workforce_metrics.estimation.rank_sets import simultaneous_ranks
from workforce_metrics.estimation.shrinkage import shrunken

Z95 = 1.959963984540054


def test_morris_intervals_cover_on_average_where_plain_ones_do_not() -> None:
    """Fifteen groups of unlike precision, 600 times: 9,000 intervals, whose coverage has an error of about 0.004."""
    rng = np.random.default_rng(11)
    error = np.linspace(0.2, 0.6, 15)
    held, plain_held = [], []
    for _ in range(600):
        truth = 5 + 0.35 * rng.standard_normal(15)
        y = truth + error * rng.standard_normal(15)
        between = between_groups(y, error**2, method="reml")
        new = shrunken(y, error**2, between)
        held.append(np.abs(new.estimate - truth) <= Z95 * new.std_error)
        weight = between.between / (between.between + error**2)  # as if between and mean were known
        plain = between.mean + weight * (y - between.mean)
        plain_held.append(np.abs(plain - truth) <= Z95 * error * np.sqrt(weight))

    assert 0.94 < np.mean(held) < 0.97
    assert np.mean(plain_held) < 0.92


def test_shrunken_estimates_are_nearer_the_truth() -> None:
    rng = np.random.default_rng(12)
    error = rng.uniform(0.2, 0.8, 200)
    truth = 5 + 0.3 * rng.standard_normal(200)
    y = truth + error * rng.standard_normal(200)

    frame = wm.shrink(pd.DataFrame({"team": np.arange(200), "estimate": y, "std_error": error}), by="team").frame

    assert ((frame["estimate"] - truth) ** 2).mean() < 0.5 * ((y - truth) ** 2).mean()


def test_rank_sets_hold_all_ranks_together() -> None:
    """Ten groups a hair apart, 800 times: two are told apart by chance in 5 % where errors are equal, else less."""
    rng = np.random.default_rng(13)
    truth = 1e-6 * np.arange(10)
    true_rank = 10 - np.arange(10)
    for error, most in ((np.full(10, 0.5), 0.973), (np.geomspace(0.05, 2, 10), 1.0)):
        held, none_apart = [], []
        for _ in range(800):
            low, high = simultaneous_ranks(truth + error * rng.standard_normal(10), error, conf_level=0.95)
            held.append(bool(((low <= true_rank) & (true_rank <= high)).all()))
            none_apart.append(bool(((low == 1) & (high == 10)).all()))
        assert 0.927 < np.mean(none_apart) < most  # three errors of 0.0077 to either side
        assert np.mean(held) >= np.mean(none_apart)


def test_exact_limits_flag_no_more_than_their_tails() -> None:
    rng = np.random.default_rng(14)
    n = rng.integers(20, 400, 4000)
    table = pd.DataFrame({"site": np.arange(4000), "estimate": rng.binomial(n, 0.3) / n, "n": n})

    frame = wm.funnel(table, by="site", shares=True, target=0.3, limits=[0.95]).frame

    for side in ("above", "below"):
        assert 0.015 < (frame["outside"] == side).mean() < 0.025 + 3 * np.sqrt(0.025 / 4000)


def test_overdispersed_groups_are_flagged_by_plain_limits_only() -> None:
    """Groups that differ by 0.3 beyond sampling: additive limits hold 95 % of them, plain ones far fewer."""
    rng = np.random.default_rng(15)
    error = rng.uniform(0.1, 0.4, 3000)
    y = 5 + 0.3 * rng.standard_normal(3000) + error * rng.standard_normal(3000)
    table = pd.DataFrame({"site": np.arange(3000), "estimate": y, "std_error": error})

    def flagged(overdispersion: str, winsorise: float) -> float:
        found = wm.funnel(
            table, by="site", target=5.0, limits=[0.95], overdispersion=overdispersion, winsorise=winsorise
        )
        return float((found.frame["outside"] != "within").mean())

    assert 0.035 < flagged("additive", 0.0) < 0.065
    assert flagged("none", 0.0) > 0.2
    assert flagged("additive", 0.1) > flagged("additive", 0.0)  # drawn-in z-scores make narrower limits


def test_standardised_intervals_cover() -> None:
    """A weighted sample of 900 in six cells, 300 times, against the means of the cells over a given mix."""
    rng = np.random.default_rng(16)
    cell_mean = np.array([3.0, 5.0, 8.0])
    standard = pd.DataFrame({"grade": [0, 1, 2], "share": [0.2, 0.5, 0.3]})
    truth = float(standard["share"] @ cell_mean)
    design = wm.SurveyDesign(weight="weight")
    rows = []
    for _ in range(300):
        grade = rng.choice(3, 900, p=[0.6, 0.3, 0.1])
        people = pd.DataFrame({
            "organisation": rng.choice(["A", "B"], 900), "grade": grade, "weight": rng.uniform(0.5, 2, 900),
            "score": cell_mean[grade] + rng.standard_normal(900) * (1 + grade),
        })  # fmt: skip
        rows.append(
            wm.standardised_estimate(people, "score", mix="grade", standard=standard, design=design).frame.iloc[0]
        )
    found = pd.DataFrame(rows)

    covered = ((found["conf_low"] <= truth) & (truth <= found["conf_high"])).mean()
    assert 0.91 < covered < 0.985  # three errors of 0.0126 to either side
    assert 0.88 < found["std_error"].mean() / found["estimate"].std() < 1.12  # three errors of 0.041
    assert abs(found["estimate"].mean() - truth) < 4 * found["estimate"].std() / np.sqrt(300)
