"""The tiny data sets on which Therneau and Grambsch (Modeling Survival Data, 2000, appendix E) check Cox programs.

The arithmetic below is worked anew: with r = exp(b) for people with x = 1 and 1 for the others, every sum over a risk
set is a small polynomial in r.
"""

from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.cox import CoxModel, cox
from workforce_metrics.survival.cox.likelihood import PartialLikelihood, partial_likelihood
from workforce_metrics.survival.cox.residuals import martingale_residuals, schoenfeld_residuals, score_residuals
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


# ------------------------------------------------------------------- every intermediate, at nought and at the solution
# What the book tabulates for each data set: the sums over risk sets with r = exp(b), then the likelihood with its
# derivatives, the residuals of each row and the hazard. A leaving is one step, or as many as leave together with
# Efron's ties: the first from all at risk, each next with the tied for a smaller share.


@dataclass(frozen=True)
class Step:
    """One denominator: its sums of w r, w r x and w r x^2, the weight of the leaving, and the share of the tied."""

    time: int
    s0: float
    s1: float
    s2: float
    weight: float = 1.0
    tied: float = 1.0

    @property
    def hazard(self) -> float:
        return self.weight / self.s0

    @property
    def mean(self) -> float:
        return self.s1 / self.s0

    @property
    def spread(self) -> float:
        return self.s2 / self.s0 - self.mean**2


def steps_of(data: str, ties: str, r: float) -> list[Step]:
    """Return the steps by the arithmetic of the appendix."""
    efron = ties == "efron"
    if data == "first":
        at_6 = [Step(6, r + 3, r, r, 2)]
        if efron:  # one with r and one with 1 leave: the second time half of both is gone
            at_6 = [Step(6, r + 3, r, r), Step(6, r / 2 + 5 / 2, r / 2, r / 2, tied=1 / 2)]
        return [Step(1, 3 * r + 3, 3 * r, 3 * r), *at_6, Step(9, 1, 0, 0)]
    if data == "second":
        at_9 = [Step(9, 3 * r + 2, 3 * r, 3 * r, 2)]
        if efron:  # two with r leave: the second time one r of the three is gone
            at_9 = [Step(9, 3 * r + 2, 3 * r, 3 * r), Step(9, 2 * r + 2, 2 * r, 2 * r, tied=1 / 2)]
        ones = [(2, 1, 1), (3, 1, 2), (6, 3, 2), (7, 3, 1), (8, 3, 1)]
        return [*(Step(time, n * r + m, n * r, n * r) for time, n, m in ones), *at_9]
    at_2 = [Step(2, 11 * r + 5, 11 * r, 11 * r, 10)]
    if efron:  # 3 r + 4 r + 3 leave: a third of them is gone the second time, two thirds the third
        at_2 = [
            Step(2, (33 - 7 * gone) / 3 * r + 5 - gone, (33 - 7 * gone) / 3 * r, (33 - 7 * gone) / 3 * r, 10 / 3,
                 tied=1 - gone / 3)
            for gone in (0, 1, 2)
        ]  # fmt: skip
    first = Step(1, r**2 + 11 * r + 7, 2 * r**2 + 11 * r, 4 * r**2 + 11 * r)
    return [first, *at_2, Step(4, 2 * r + 1, 2 * r, 2 * r, 2)]


DATA = {"first": FIRST, "second": SECOND, "third": THIRD}
GAINED = {"first": 2, "second": 1 + 1 + 2, "third": 2 + 3 + 4 + 2}  # the sum of w x of those who leave
SOLUTIONS = {  # coefficient, log-likelihood at 0 and at it, as printed in the book and its vignette
    ("first", "breslow"): (1.475285, -4.564348, -3.824750),
    ("first", "efron"): (1.676857, -4.276666, -3.358975),
    ("second", "breslow"): (-0.084526, -9.392662, -9.387015),
    ("second", "efron"): (-0.021105, -9.169518, -9.169166),
    ("third", "breslow"): (0.859557, -32.867551, -32.021046),
    ("third", "efron"): (0.872604, -30.292180, -29.416785),
}
EACH = pytest.mark.parametrize(("data", "ties"), list(SOLUTIONS))


def score_by_hand(data: str, ties: str, b: float) -> float:
    return GAINED[data] - sum(step.weight * step.mean for step in steps_of(data, ties, exp(b)))


def solution(data: str, ties: str) -> float:
    return root(lambda b: score_by_hand(data, ties, b))


def log_likelihood_by_hand(data: str, ties: str, b: float) -> float:
    return GAINED[data] * b - sum(step.weight * log(step.s0) for step in steps_of(data, ties, exp(b)))


def rows_by_hand(data: str, ties: str, b: float) -> list[tuple[float, float]]:
    """Return each row's martingale and score residual, step by step."""
    found = []
    for row in DATA[data].rename(columns={"exit": "time"}).to_dict("records"):
        martingale = score = 0.0
        steps = [s for s in steps_of(data, ties, exp(b)) if row.get("entry", 0) < s.time <= row["time"]]
        own = [s for s in steps if row["left"] and s.time == row["time"]]
        for step in steps:
            share = step.tied if step in own else 1.0
            hazard = share * exp(b * row["x"]) * step.hazard
            martingale -= hazard
            score -= (row["x"] - step.mean) * hazard
        for step in own:
            martingale += 1 / len(own)
            score += (row["x"] - step.mean) / len(own)
        found.append((martingale, score))
    return found


def fitted(data: str, ties: str, *, robust: bool = False) -> CoxModel:
    frame = DATA[data].rename(columns={"exit": "time"})
    roles = {"entry": "entry" if "entry" in frame else None, "weight": "w" if "w" in frame else None}
    cohort = wm.Cohort.from_frame(frame, duration="time", event="left", time_unit="months", **roles)
    return cox(cohort, "x", ties=ties, robust=robust)  # type: ignore[arg-type]


@EACH
def test_the_book_prints_these_solutions(data: str, ties: str) -> None:
    model = fitted(data, ties)

    found = model.frame["estimate"][0], model.null_log_likelihood, model.log_likelihood

    assert found == pytest.approx(SOLUTIONS[data, ties], abs=6e-7)
    assert found[0] == pytest.approx(solution(data, ties), abs=1e-11)


@EACH
@pytest.mark.parametrize("at_solution", [False, True])
def test_likelihood_score_and_information(data: str, ties: str, at_solution: bool) -> None:  # noqa: FBT001
    b = solution(data, ties) if at_solution else 0.0
    sample = fitted(data, ties).sample

    found = partial_likelihood(sample, b * sample.scale, ties)  # type: ignore[arg-type]

    information = sum(step.weight * step.spread for step in steps_of(data, ties, exp(b)))
    assert found.log_likelihood == pytest.approx(log_likelihood_by_hand(data, ties, b), abs=1e-12)
    assert found.score[0] * sample.scale[0] == pytest.approx(score_by_hand(data, ties, b), abs=1e-12)
    assert found.information[0, 0] * sample.scale[0] ** 2 == pytest.approx(information, abs=1e-12)


def test_informations_at_nought_as_fractions() -> None:
    fractions = {
        ("first", "breslow"): 1 / 4 + 2 * 3 / 16,
        ("first", "efron"): 1 / 4 + 3 / 16 + 5 / 36,
        ("second", "breslow"): 1 / 4 + 2 / 9 + 6 / 25 + 3 / 16 + 3 / 16 + 2 * 6 / 25,
        ("second", "efron"): 1 / 4 + 2 / 9 + 6 / 25 + 3 / 16 + 3 / 16 + 6 / 25 + 1 / 4,
        ("third", "breslow"): 15 / 19 - (13 / 19) ** 2 + 10 * 11 * 5 / 16**2 + 2 * 2 / 9,
        ("third", "efron"): 15 / 19
        - (13 / 19) ** 2
        + 10 / 3 * (11 * 5 / 16**2 + 26 * 12 / 38**2 + 19 * 9 / 28**2)
        + 2 * 2 / 9,
    }

    for (data, ties), expected in fractions.items():
        sample = fitted(data, ties).sample
        found = partial_likelihood(sample, np.zeros(1), ties).information[0, 0]  # type: ignore[arg-type]
        assert found * sample.scale[0] ** 2 == pytest.approx(expected, abs=1e-12)


@EACH
@pytest.mark.parametrize("at_solution", [False, True])
def test_martingale_score_and_schoenfeld_residuals(data: str, ties: str, at_solution: bool) -> None:  # noqa: FBT001
    b = solution(data, ties) if at_solution else 0.0
    sample = fitted(data, ties).sample
    at = partial_likelihood(sample, b * sample.scale, ties)  # type: ignore[arg-type]

    rows = np.zeros((len(DATA[data]), 2))
    rows[sample.order, 0] = martingale_residuals(sample, at)
    rows[sample.order, 1] = score_residuals(sample, at)[:, 0] * sample.scale[0]
    schoenfeld = schoenfeld_residuals(sample, at)[:, 0] * sample.scale[0]

    np.testing.assert_allclose(rows, rows_by_hand(data, ties, b), atol=1e-12)
    means: dict[int, list[float]] = {}
    for step in steps_of(data, ties, exp(b)):
        means.setdefault(step.time, []).append(step.mean)
    leavers = DATA[data].rename(columns={"exit": "time"}).query("left").sort_values("time", kind="stable")
    expected = [x - np.mean(means[time]) for time, x in zip(leavers["time"], leavers["x"], strict=True)]
    np.testing.assert_allclose(schoenfeld, expected, atol=1e-12)


@EACH
def test_baseline_hazard_with_its_error(data: str, ties: str) -> None:
    # Of x = 0 where x is 0 or 1; of the weighted mean 13 / 19 in the third set, where x goes up to 2
    model, b = fitted(data, ties), solution(data, ties)
    x = 13 / 19 if data == "third" else 0.0
    steps = steps_of(data, ties, exp(b))
    variance = 1 / sum(step.weight * step.spread for step in steps)

    table = model.baseline_hazard()

    for time, estimate, error in table[["time", "estimate", "std_error"]].to_numpy():
        upto = [step for step in steps if step.time <= time]
        own = sum(step.weight / step.s0**2 for step in upto)
        drift = sum((x - step.mean) * step.hazard for step in upto)
        assert estimate == pytest.approx(exp(b * x) * sum(step.hazard for step in upto), abs=1e-11)
        assert error == pytest.approx(exp(b * x) * sqrt(own + variance * drift**2), abs=1e-11)


@EACH
def test_robust_variance_of_weighted_rows(data: str, ties: str) -> None:
    b = solution(data, ties)
    weight = DATA[data]["w"] if data == "third" else np.ones(len(DATA[data]))
    information = sum(step.weight * step.spread for step in steps_of(data, ties, exp(b)))

    error = fitted(data, ties, robust=True).frame["std_error"][0]

    scores = [w * score for w, (_, score) in zip(weight, rows_by_hand(data, ties, b), strict=True)]
    assert sum(scores) == pytest.approx(0, abs=1e-11)
    assert error == pytest.approx(sqrt(sum(score**2 for score in scores)) / information, abs=1e-11)
