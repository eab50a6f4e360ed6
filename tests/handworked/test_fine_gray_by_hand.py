"""A Fine and Gray model of seven people, two of them entering late, with every intermediate.

        in  out           x
    A    0    2  other    1
    B    0    3  stayed   0
    C    0    3  stayed   1
    D    0    4  cause    0
    E    2    6  cause    1
    F    0    7  stayed   0
    G    5    8  other    0

A leaves by another cause at 2 and counts on. Censoring: at 3 two of five (B to F). Entering: at 2 one of five (B to F
are there just after), at 5 one of three (E, F, G). So A counts at 4 for (3/5) / (4/5) = 3/4, and at 6 for
(3/5) / ((4/5) (2/3)) = 9/8. With r = exp(b), at 4 D leaves from S0 = 2 + r + 3r/4 (D, F; E; A), and at 6 E leaves from
S0 = 2 + r + 9r/8 (F, G; E; A).
"""

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.survival.fine_gray import FineGrayModel, fine_gray

STAFF = pd.DataFrame(
    {
        "entry": [0, 0, 0, 0, 2, 0, 5],
        "exit": [2, 3, 3, 4, 6, 7, 8],
        "left": [True, False, False, True, True, False, True],
        "reason": ["other", None, None, "cause", "cause", None, "other"],
        "x": [1, 0, 1, 0, 1, 0, 0],
    }
)
# score 1 - 7r/(8 + 7r) - 17r/(16 + 17r) = 0 where 128 = 119 r^2
R = sqrt(128 / 119)
INFORMATION = 56 * R / (8 + 7 * R) ** 2 + 272 * R / (16 + 17 * R) ** 2
MEAN_4, MEAN_6 = 7 * R / (8 + 7 * R), 17 * R / (16 + 17 * R)
HAZARD_4, HAZARD_6 = 4 / (8 + 7 * R), 8 / (16 + 17 * R)
# what A takes from the score at 4 and at 6
PULL_4, PULL_6 = 3 / 4 * R * (1 - MEAN_4) * HAZARD_4, 9 / 8 * R * (1 - MEAN_6) * HAZARD_6
ETA = np.array(
    [
        -PULL_4 - PULL_6,
        0,
        0,
        -MEAN_4 + MEAN_4 * HAZARD_4,
        (1 - MEAN_6) - R * (1 - MEAN_4) * HAZARD_4 - R * (1 - MEAN_6) * HAZARD_6,
        MEAN_4 * HAZARD_4 + MEAN_6 * HAZARD_6,
        MEAN_6 * HAZARD_6,
    ]
)
# Censoring at 3, two of five: what crosses it is PULL_4 + PULL_6; so it is at the entry at 2, one of five.
# The entry at 5, one of three, is crossed by PULL_6 alone. The censoring at 7 is crossed by nothing.
CENSORED_3 = np.array([0, 3, 3, -2, -2, -2, 0]) / 25
ENTERED_2 = np.array([0, 1, 1, 1, -4, 1, 0]) / 25
ENTERED_5 = np.array([0, 0, 0, 0, 1, 1, -2]) / 9
PSI = (PULL_4 + PULL_6) * (CENSORED_3 + ENTERED_2) + PULL_6 * ENTERED_5


def model_of(variance: str) -> FineGrayModel:
    cohort = wm.Cohort.from_frame(
        STAFF, duration="exit", event="left", cause="reason", entry="entry", time_unit="months"
    )
    return fine_gray(cohort, "x", cause="cause", variance=variance)  # type: ignore[arg-type]


def test_weights() -> None:
    sample = model_of("full").sample

    assert sample.at_risk.time.tolist() == [4, 6]
    np.testing.assert_allclose(sample.tail.share * sample.chance[0], [3 / 4, 9 / 8], rtol=1e-15)
    assert sample.tail.order.tolist() == [0]


def test_estimate_and_likelihood() -> None:
    model = model_of("full")

    assert model.frame["estimate"][0] == pytest.approx(log(R), abs=1e-12)
    assert model.log_likelihood == pytest.approx(log(R) - log(2 + 7 * R / 4) - log(2 + 17 * R / 8), abs=1e-12)
    assert model.null_log_likelihood == pytest.approx(-log(15 / 4) - log(33 / 8), abs=1e-12)
    assert model.fit.model_variance[0, 0] == pytest.approx(1 / INFORMATION, rel=1e-12)


def test_variances() -> None:
    assert pytest.approx(0, abs=1e-15) == ETA.sum()
    assert pytest.approx(0, abs=1e-15) == PSI.sum()

    known, estimated = model_of("fixed_weights"), model_of("full")

    assert known.frame["std_error"][0] == pytest.approx(sqrt((ETA**2).sum()) / INFORMATION, rel=1e-12)
    assert estimated.frame["std_error"][0] == pytest.approx(sqrt(((ETA + PSI) ** 2).sum()) / INFORMATION, rel=1e-12)


def test_score_test() -> None:
    # at b = 0 the means are 7/15 and 17/33, the hazards 4/15 and 8/33
    score = 1 - 7 / 15 - 17 / 33
    first, second = 4 / 15, 8 / 33
    eta = np.array(
        [
            -3 / 4 * 8 / 15 * first - 9 / 8 * 16 / 33 * second,
            0,
            0,
            -7 / 15 + 7 / 15 * first,
            16 / 33 - 8 / 15 * first - 16 / 33 * second,
            7 / 15 * first + 17 / 33 * second,
            17 / 33 * second,
        ]
    )

    tests = model_of("fixed_weights").tests().set_index("term")

    assert tests.loc["score", "statistic"] == pytest.approx(score**2 / (eta**2).sum(), rel=1e-10)
    assert tests.loc["wald", "statistic"] == pytest.approx((log(R) * INFORMATION) ** 2 / (ETA**2).sum(), rel=1e-9)


def test_predicted_incidence_and_its_error() -> None:
    people = pd.DataFrame({"x": [0, 1]})
    # what each person adds to the hazard at 4: A counts for 3/4 r, and crosses the censoring at 3 and the entry at 2
    pull = 3 / 4 * R * HAZARD_4**2
    own = np.array([-pull, 0, 0, HAZARD_4 - HAZARD_4**2, -R * HAZARD_4**2, -(HAZARD_4**2), 0])
    own = own + pull * (CENSORED_3 + ENTERED_2)
    coefficient = (ETA + PSI) / INFORMATION
    error = [
        sqrt(((own - MEAN_4 * HAZARD_4 * coefficient) ** 2).sum()),
        R * sqrt(((own + (1 - MEAN_4) * HAZARD_4 * coefficient) ** 2).sum()),
    ]

    found = model_of("full").predict_incidence(people, at=[5, 6])

    hazard = [HAZARD_4, HAZARD_4 + HAZARD_6]
    expected = [1 - exp(-h * ratio) for ratio in (1, R) for h in hazard]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-12)
    at_5 = found[found["time"] == 5]
    np.testing.assert_allclose(
        at_5["std_error"], [exp(-HAZARD_4) * error[0], exp(-R * HAZARD_4) * error[1]], rtol=1e-10
    )
