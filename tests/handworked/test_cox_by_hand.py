"""The tiny data sets on which Therneau and Grambsch (Modeling Survival Data, 2000, appendix E) check Cox programs.

The arithmetic below is worked anew: with r = exp(b) for people with x = 1 and 1 for the others, every sum over a risk
set is a small polynomial in r.
"""

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.cox import CoxModel, cox
from workforce_metrics.survival.cox.likelihood import PartialLikelihood, partial_likelihood
from workforce_metrics.survival.cox.risk_sets import cox_sample

# Time      1  1  6  6  8  9
# left      y  n  y  y  n  y
# x         1  1  1  0  0  0
FIRST = pd.DataFrame(
    {"time": [1, 1, 6, 6, 8, 9], "left": [True, False, True, True, False, True], "x": [1, 1, 1, 0, 0, 0]}
)
# Rows A to J, each at risk in (entry, exit]
SECOND = pd.DataFrame(
    {
        "entry": [1, 2, 5, 2, 1, 7, 3, 4, 8, 8],
        "exit": [2, 3, 6, 7, 8, 9, 9, 9, 14, 17],
        "left": [True, True, True, True, True, True, True, False, False, False],
        "x": [1, 0, 0, 1, 0, 1, 1, 1, 0, 0],
    }
)
THIRD = pd.DataFrame(
    {
        "time": [1, 1, 2, 2, 2, 2, 3, 4, 5],
        "left": [True, False, True, True, True, False, False, True, False],
        "x": [2, 0, 1, 1, 0, 1, 0, 1, 0],
        "w": [1, 2, 3, 4, 3, 2, 1, 2, 1],
    }
)


def model_of(frame: pd.DataFrame, ties: str, *, robust: bool = False) -> CoxModel:
    delayed = "entry" in frame
    cohort = wm.Cohort.from_frame(
        frame,
        duration="exit" if delayed else "time",
        event="left",
        entry="entry" if delayed else None,
        time_unit="months",
    )
    return cox(cohort, "x", ties=ties, robust=robust)  # type: ignore[arg-type]


def root(derivative: object, low: float = -5.0, high: float = 5.0) -> float:
    """Find where a falling function is 0, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if derivative(middle) > 0 else (low, middle)  # type: ignore[operator]
    return (low + high) / 2


# ------------------------------------------------------------------- first data set, Breslow
# At 1 six are at risk: S0 = 3r + 3; at 6 four: S0 = r + 3, two leave; at 9 one: S0 = 1.


def test_first_set_breslow_at_the_solution() -> None:
    # log L = 2b - log(3r + 3) - 2 log(r + 3), score 2 - r/(r + 1) - 2r/(r + 3) = (6 + 3r - r^2) / ((r + 1)(r + 3))
    b = root(lambda b: 2 - exp(b) / (exp(b) + 1) - 2 * exp(b) / (exp(b) + 3))
    r = exp(b)
    assert r == pytest.approx((3 + sqrt(33)) / 2, abs=1e-12)

    model = model_of(FIRST, "breslow")

    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    assert model.frame["estimate"][0] == pytest.approx(log((3 + sqrt(33)) / 2), abs=1e-12)
    assert model.frame["std_error"][0] == pytest.approx(1 / sqrt(information), abs=1e-12)
    assert model.log_likelihood == pytest.approx(2 * b - log(3 * r + 3) - 2 * log(r + 3), abs=1e-12)
    assert model.null_log_likelihood == pytest.approx(-log(6) - 2 * log(4), abs=1e-12)


def test_first_set_breslow_score_test() -> None:
    # b = 0: score 2 - 1/2 - 2/4 = 1, information 1/4 + 2 * 3/16 = 5/8
    score = model_of(FIRST, "breslow").tests().set_index("term").loc["score", "statistic"]

    assert score == pytest.approx(1 / (5 / 8), abs=1e-12)


def test_first_set_breslow_martingale_residuals_and_hazard() -> None:
    model = model_of(FIRST, "breslow")
    r = (3 + sqrt(33)) / 2
    steps = [1 / (3 * r + 3), 2 / (r + 3), 1]  # hazard of x = 0 at 1, 6 and 9

    martingale = model.residuals("martingale")["estimate"].tolist()
    expected = [
        1 - r * steps[0],
        -r * steps[0],
        1 - r * (steps[0] + steps[1]),
        1 - (steps[0] + steps[1]),
        -(steps[0] + steps[1]),
        1 - sum(steps),
    ]

    assert martingale == pytest.approx(expected, abs=1e-12)
    assert sum(martingale) == pytest.approx(0, abs=1e-12)
    assert model.baseline_hazard()["estimate"].tolist() == pytest.approx(np.cumsum(steps).tolist(), abs=1e-12)


def test_first_set_breslow_schoenfeld_score_and_robust_variance() -> None:
    r = (3 + sqrt(33)) / 2
    steps, mean = [1 / (3 * r + 3), 2 / (r + 3), 1.0], [r / (r + 1), r / (r + 3), 0.0]
    model = model_of(FIRST, "breslow", robust=True)

    schoenfeld = model.residuals("schoenfeld")["x"].tolist()
    score = model.residuals("score")["x"].tolist()

    assert schoenfeld == pytest.approx([1 - mean[0], 1 - mean[1], 0 - mean[1], 0], abs=1e-12)
    drift = [(0 - m) * h for m, h in zip(mean, steps, strict=True)]  # of somebody with x = 0
    rise = [(1 - m) * h * r for m, h in zip(mean, steps, strict=True)]  # of somebody with x = 1
    expected = [
        (1 - mean[0]) - rise[0],
        -rise[0],
        (1 - mean[1]) - rise[0] - rise[1],
        (0 - mean[1]) - drift[0] - drift[1],
        -drift[0] - drift[1],
        0 - drift[0] - drift[1] - drift[2],
    ]
    assert score == pytest.approx(expected, abs=1e-12)
    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    assert model.frame["std_error"][0] == pytest.approx(sqrt(sum(s**2 for s in expected)) / information, abs=1e-12)


# ------------------------------------------------------------------- first data set, Efron
# The two who leave at 6 have r and 1: the second of them leaves from (r + 3) - (r + 1) / 2 = r / 2 + 5 / 2.


def efron_score(b: float) -> float:
    r = exp(b)
    return 2 - r / (r + 1) - r / (r + 3) - (r / 2) / (r / 2 + 5 / 2)


def test_first_set_efron_at_the_solution() -> None:
    b = root(efron_score)
    r = exp(b)

    model = model_of(FIRST, "efron")

    information = r / (r + 1) ** 2 + 3 * r / (r + 3) ** 2 + 5 * r / (r + 5) ** 2
    assert model.frame["estimate"][0] == pytest.approx(b, abs=1e-12)
    assert model.frame["std_error"][0] == pytest.approx(1 / sqrt(information), abs=1e-12)
    assert model.log_likelihood == pytest.approx(2 * b - log(3 * r + 3) - log(r + 3) - log(r / 2 + 5 / 2), abs=1e-12)


def test_first_set_efron_score_test() -> None:
    # b = 0: score 2 - 1/2 - 1/4 - 1/6 = 13/12, information 1/4 + 3/16 + 5/36 = 83/144
    score = model_of(FIRST, "efron").tests().set_index("term").loc["score", "statistic"]

    assert score == pytest.approx((13 / 12) ** 2 / (83 / 144), abs=1e-12)


def test_first_set_efron_martingale_and_schoenfeld_residuals() -> None:
    r = exp(root(efron_score))
    first, whole, half = 1 / (3 * r + 3), 1 / (r + 3), 1 / (r / 2 + 5 / 2)
    model = model_of(FIRST, "efron")

    martingale = model.residuals("martingale")["estimate"].tolist()
    schoenfeld = model.residuals("schoenfeld")["x"].tolist()

    leaving_at_6, staying_at_6 = (
        first + whole + half / 2,
        first + whole + half,
    )  # the tied count for half the second time
    expected = [1 - r * first, -r * first, 1 - r * leaving_at_6, 1 - leaving_at_6, -staying_at_6, 1 - staying_at_6 - 1]
    assert martingale == pytest.approx(expected, abs=1e-12)
    mean = (r / (r + 3) + r / (r + 5)) / 2
    assert schoenfeld == pytest.approx([1 - r / (r + 1), 1 - mean, -mean, 0], abs=1e-12)


# ------------------------------------------------------------------- second data set: late entry
# Time, those at risk with x = 1 and with x = 0, and the x of those who leave.
#   2: A; E              A leaves
#   3: D; B E            B leaves (G enters at 3 and is not yet at risk)
#   6: D G H; C E        C leaves
#   7: D G H; E          D leaves
#   8: F G H; E          E leaves
#   9: F G H; I J        F and G leave
RISK_SETS = [(1, 1, [1]), (1, 2, [0]), (3, 2, [0]), (3, 1, [1]), (3, 1, [0]), (3, 2, [1, 1])]


def sums_of_second(b: float, ties: str) -> tuple[float, float, float]:
    """Return the log-likelihood, score and information."""
    value = score = information = 0.0
    for ones, noughts, leavers in RISK_SETS:
        for place, x in enumerate(leavers):
            tied = place / len(leavers) if ties == "efron" else 0.0
            one = (ones - tied * sum(leavers)) * exp(b)
            value += x * b - log(one + noughts)
            score += x - one / (one + noughts)
            information += one * noughts / (one + noughts) ** 2
    return value, score, information


def test_second_set_at_nought() -> None:
    value, score, _ = sums_of_second(0.0, "breslow")
    at_nought = partial_likelihood(model_of(SECOND, "breslow").sample, np.zeros(1), "breslow")

    assert score == pytest.approx(4 - (1 / 2 + 1 / 3 + 3 / 5 + 3 / 4 + 3 / 4 + 2 * 3 / 5), abs=1e-15)
    assert score == pytest.approx(-2 / 15, abs=1e-15)
    assert at_nought.sums.total.tolist() == [2, 3, 5, 4, 4, 5]
    assert at_nought.log_likelihood == pytest.approx(-log(2 * 3 * 5 * 4 * 4 * 5**2), abs=1e-12)
    assert value == pytest.approx(-log(2 * 3 * 5 * 4 * 4 * 5**2), abs=1e-12)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_second_set_at_the_solution(ties: str) -> None:
    b = root(lambda b: sums_of_second(b, ties)[1])
    value, _, information = sums_of_second(b, ties)
    _, null_score, null_information = sums_of_second(0.0, ties)

    model = model_of(SECOND, ties)

    assert model.frame["estimate"][0] == pytest.approx(b, abs=1e-12)
    assert model.frame["std_error"][0] == pytest.approx(1 / sqrt(information), abs=1e-12)
    assert model.log_likelihood == pytest.approx(value, abs=1e-12)
    assert model.tests()["statistic"][2] == pytest.approx(null_score**2 / null_information, abs=1e-12)


# ------------------------------------------------------------------- third data set: case weights
# All rows weigh 19, with a sum of w x of 13. At 2 rows of weight 3, 4, 3 with x = 1, 1, 0 leave; a weight of 16 is at
# risk, with 11. At 4 a row of weight 2 with x = 1 leaves; a weight of 3 is at risk, with 2.


def at_nought(ties: str) -> PartialLikelihood:
    sample = cox_sample(
        THIRD[["x"]].to_numpy(dtype=float),
        THIRD["time"].to_numpy(),
        THIRD["left"].to_numpy(),
        weight=THIRD["w"].to_numpy(dtype=float),
    )
    found = partial_likelihood(sample, np.zeros(1), ties)  # type: ignore[arg-type]
    return replace(found, score=found.score * sample.scale)


def test_third_set_breslow_at_nought() -> None:
    found = at_nought("breslow")

    assert found.log_likelihood == pytest.approx(-log(19) - 10 * log(16) - 2 * log(3), abs=1e-12)
    assert found.score[0] == pytest.approx(2 + 3 + 4 + 2 - (13 / 19 + 10 * 11 / 16 + 2 * 2 / 3), abs=1e-12)


def test_third_set_efron_at_nought() -> None:
    # The three at 2 share their mean weight 10/3; the second leaves from 16 - 10/3 = 38/3 with 11 - 7/3 = 26/3, the
    # third from 16 - 20/3 = 28/3 with 11 - 14/3 = 19/3
    found = at_nought("efron")

    logs = log(16) + log(38 / 3) + log(28 / 3)
    means = 11 / 16 + 26 / 38 + 19 / 28
    assert found.log_likelihood == pytest.approx(-log(19) - 10 / 3 * logs - 2 * log(3), abs=1e-12)
    assert found.score[0] == pytest.approx(11 - (13 / 19 + 10 / 3 * means + 2 * 2 / 3), abs=1e-12)


def test_concordance_pair_by_pair() -> None:
    # The first row leaves at 1 and meets all others: tied with two, higher than three. Rows three and four leave
    # together at 6 and meet the last two: one is higher than both, one tied with both. The last row meets nobody.
    found = model_of(FIRST, "efron").concordance

    assert (found.concordant, found.discordant, found.tied) == (5, 0, 4)
    assert found.estimate == pytest.approx((5 + 4 / 2) / 9)
