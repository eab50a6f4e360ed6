"""validate by cause on six people, every weight and pair by hand."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm

STAFF = pd.DataFrame(
    {
        "month": [2, 4, 4, 6, 8, 9],
        "left": [True, True, False, True, True, False],
        "why": ["resigned", "retired", None, "resigned", "resigned", None],
        "risk": [0.5, 0.2, 0.4, 0.2, 0.3, 0.1],
    }
)
"""Of leaving by resigning within 6 months. The third was lost at 4, after the retirement there; two were there at 6."""


@pytest.fixture
def measured() -> pd.DataFrame:
    cohort = wm.Cohort.from_frame(STAFF, duration="month", event="left", cause="why", time_unit="months")
    return wm.validate(cohort, STAFF["risk"], at=6, cause="resigned", groups=1).frame.set_index("term")


LOST = 1 / 4
"""Of the four still there after the retirement at 4 one was lost."""
G = 1 - LOST
WEIGHT = np.array([1, 1, 0, 1 / G, 1 / G, 1 / G])
"""The one who resigned at 2 and the one who retired at 4 count once, those who were there later for one lost, too."""


def test_observed_is_the_incidence(measured: pd.DataFrame) -> None:
    staying = 5 / 6 * 4 / 5  # to after 4
    incidence = 1 / 6 + staying * 1 / 3

    assert incidence == pytest.approx(7 / 18)
    assert measured.loc["observed", "estimate"] == pytest.approx(incidence, abs=1e-14)
    assert np.dot(WEIGHT, [1, 0, 0, 1, 0, 0]) / 6 == pytest.approx(incidence)


def test_expected_and_their_ratio(measured: pd.DataFrame) -> None:
    expected = (0.5 + 0.2 + 0.4 + 0.2 + 0.3 + 0.1) / 6

    assert measured.loc["expected", "estimate"] == pytest.approx(expected, abs=1e-14)
    assert measured.loc["observed_expected", "estimate"] == pytest.approx(7 / 18 / expected, abs=1e-14)


def test_brier_score_takes_the_retired_as_known_not_to_resign(measured: pd.DataFrame) -> None:
    squares = np.array([(1 - 0.5) ** 2, 0.2**2, 0, (1 - 0.2) ** 2, 0.3**2, 0.1**2])
    score = WEIGHT @ squares / 6
    share = 7 / 18

    assert measured.loc["brier", "estimate"] == pytest.approx(score, abs=1e-14)
    assert measured.loc["scaled_brier", "estimate"] == pytest.approx(1 - score / (share * (1 - share)), abs=1e-14)


def test_the_retired_is_a_control(measured: pd.DataFrame) -> None:
    """Cases: the first (0.5) and the fourth (0.2). Controls: the retired (0.2), those of 0.3 and 0.1 who stayed."""
    first = 1 * (1 * 1 + 1 / G * 1 + 1 / G * 1)
    fourth = 1 / G * (1 * 1 / 2 + 1 / G * 0 + 1 / G * 1)
    pairs = (1 + 1 / G) * (1 + 1 / G + 1 / G)

    assert measured.loc["auc", "estimate"] == pytest.approx((first + fourth) / pairs, abs=1e-14)


def test_the_retired_stays_comparable(measured: pd.DataFrame) -> None:
    """The first against all five, who were there at 2; the fourth against two who stayed, and the retired before."""
    plain = (5 + (1 / 2 + 0 + 1)) / (5 + 3)
    first, first_pairs = 5, 5  # nobody was lost before 2
    fourth = 1 / 2 * (1 / G * 1) + (0 + 1) / G**2  # the retired was seen to leave at 4, before the loss
    fourth_pairs = 1 / G * 1 + 2 / G**2

    assert measured.loc["concordance_harrell", "estimate"] == pytest.approx(plain, abs=1e-14)
    weighted = (first + fourth) / (first_pairs + fourth_pairs)
    assert measured.loc["concordance_uno", "estimate"] == pytest.approx(weighted, abs=1e-14)


def test_error_of_the_incidence(measured: pd.DataFrame) -> None:
    """Greenwood's by multinomial counts, without weights the jackknife: what each of six people adds.

    A unit of weight of somebody at risk moves a hazard h = d / n by (1[leaves] - h) / n.
    """
    after_2, after_4 = 5 / 6, 5 / 6 * 4 / 5
    rest = after_4 * 1 / 3  # of the incidence that is still to come after 2, and after 4
    at_2, at_4, at_6 = ((np.array(own) - h) / n for own, h, n in (
        ([1, 0, 0, 0, 0, 0], 1 / 6, 6),
        ([1 / 5, 1, 0, 0, 0, 0], 1 / 5, 5),  # the first is no more at risk: their own is the hazard, so they add 0
        ([1 / 3, 1 / 3, 1 / 3, 1, 0, 0], 1 / 3, 3),
    ))  # fmt: skip
    adds = at_2 * 1 - at_2 * rest / (1 - 1 / 6) - at_4 * rest / (1 - 1 / 5) + after_4 * at_6

    assert after_2 * 4 / 5 == after_4
    assert measured.loc["observed", "std_error"] == pytest.approx(np.sqrt((adds**2).sum()), abs=1e-14)
