"""A change in leavers split by hand: two groups, two bands, two causes.

Exposure 1,000 -> 2,000. Group a: 100 + 300 of 1,000 -> 200 + 800 of 2,000, so its share p goes .4 -> .5 and its bands
q from (1/4, 3/4) to (.2, .8). Group b: 200 + 400 -> 500 + 500, p .6 -> .5, q (1/3, 2/3) -> (.5, .5).
"""

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm

CELLS = [("a", "0-1"), ("a", "1-5"), ("b", "0-1"), ("b", "1-5")]
EXPOSURE = ([100, 300, 200, 400], [200, 800, 500, 500])
RESIGNED = ([10, 6, 10, 4], [16, 16, 30, 10])  # risks .1, .02, .05, .01 -> .08, .02, .06, .02
RETIRED = ([5, 3, 4, 12], [10, 12, 10, 15])  # risks .05, .01, .02, .03 -> .05, .015, .02, .03
TERMS = ["before", "people at risk", "groups", "mix", "risk", "after"]


def counts(side: int) -> pd.DataFrame:
    parts = [
        pd.DataFrame(CELLS, columns=["team", "band"]).assign(cause=cause, exposure=EXPOSURE[side], n_event=left[side])
        for cause, left in (("resigned", RESIGNED), ("retired", RETIRED))
    ]
    return pd.concat(parts, ignore_index=True)


def four(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> float:
    """Average the product of three factors over the sets of them that have changed: 1/4, 1/12, 1/12, 1/4."""
    one = x[1] * y[0] * z[0] + x[0] * y[1] * z[0] + x[0] * y[0] * z[1]
    two = x[1] * y[1] * z[0] + x[1] * y[0] * z[1] + x[0] * y[1] * z[1]
    return (x[0] * y[0] * z[0] + x[1] * y[1] * z[1]) / 4 + (one + two) / 12


def by_cell(left: tuple[list[int], list[int]]) -> np.ndarray:
    """Effects of N, p, q, r in each of the four cells, written out."""
    n = (1000, 2000)
    share = {"a": (0.4, 0.5), "b": (0.6, 0.5)}
    mix = [(1 / 4, 0.2), (3 / 4, 0.8), (1 / 3, 0.5), (2 / 3, 0.5)]
    found = []
    for i, (team, _) in enumerate(CELLS):
        p, q, r = share[team], mix[i], (left[0][i] / EXPOSURE[0][i], left[1][i] / EXPOSURE[1][i])
        found.append(
            [
                (n[1] - n[0]) * four(p, q, r), (p[1] - p[0]) * four(n, q, r),
                (q[1] - q[0]) * four(n, p, r), (r[1] - r[0]) * four(n, p, q),
            ]
        )  # fmt: skip
    return np.array(found)


def test_one_cell_step_by_step() -> None:
    """Resignations in a's first year: N 1,000 -> 2,000, p .4 -> .5, q .25 -> .2, r .1 -> .08: 10 -> 16 leavers."""
    people = 1000 * ((0.010 + 0.008) / 4 + (0.0125 + 0.008 + 0.008 + 0.0100 + 0.0100 + 0.0064) / 12)
    groups = 0.1 * ((25.0 + 32.0) / 4 + (50.0 + 20.0 + 20.0 + 40.0 + 40.0 + 16.0) / 12)
    mix = -0.05 * ((40.0 + 80.0) / 4 + (80.0 + 50.0 + 32.0 + 100.0 + 64.0 + 40.0) / 12)
    risk = -0.02 * ((100.0 + 200.0) / 4 + (200.0 + 125.0 + 80.0 + 250.0 + 160.0 + 100.0) / 12)

    assert (people, groups, mix, risk) == pytest.approx((9.075, 2.975, -3.025, -3.025))
    assert by_cell(RESIGNED)[0] == pytest.approx([people, groups, mix, risk])
    assert 10 + people + groups + mix + risk == pytest.approx(16)


@pytest.mark.validates("decompose_leavers", against="arithmetic by hand", data="two groups, two bands, two causes")
def test_effects_of_groups_and_causes_are_sums_of_cells() -> None:
    result = wm.decompose_leavers(counts(0), counts(1), by="team", causes="apart")
    found = result.frame.pivot_table(index=["team", "cause"], columns="term", values="estimate", observed=True)[TERMS]

    resigned, retired = by_cell(RESIGNED), by_cell(RETIRED)
    expected = {
        ("a", "resigned"): [16, *resigned[:2].sum(axis=0), 32],
        ("a", "retired"): [8, *retired[:2].sum(axis=0), 22],
        ("a", "any cause"): [24, *(resigned + retired)[:2].sum(axis=0), 54],
        ("b", "resigned"): [14, *resigned[2:].sum(axis=0), 40],
        ("b", "retired"): [16, *retired[2:].sum(axis=0), 25],
        ("b", "any cause"): [30, *(resigned + retired)[2:].sum(axis=0), 65],
    }
    assert found.index.tolist() == list(expected)
    agree(found.to_numpy(), list(expected.values()), atol=1e-12, what="terms by group and cause")
    total = result.total.frame.pivot_table(index="cause", columns="term", values="estimate", observed=True)[TERMS]
    agree(total.loc["any cause"], [54, *(resigned + retired).sum(axis=0), 119], atol=1e-12, what="totals")


@pytest.mark.validates("decompose_leavers", against="arithmetic by hand", data="two groups, two bands, two causes")
def test_standard_errors_of_the_risk_term() -> None:
    poisson = wm.decompose_leavers(counts(0), counts(1), by="team", causes="apart")
    binomial = wm.decompose_leavers(counts(0), counts(1), by="team", causes="apart", variance="binomial")
    # what the risk's change counts for in the two cells of a: N p q, averaged
    first = ((100 + 200) / 4 + (200 + 125 + 80 + 250 + 160 + 100) / 12) ** 2
    second = ((300 + 800) / 4 + (600 + 375 + 320 + 750 + 640 + 400) / 12) ** 2

    resigned = first * (10 / 100**2 + 16 / 200**2) + second * (6 / 300**2 + 16 / 800**2)
    retired = first * (5 / 100**2 + 10 / 200**2) + second * (3 / 300**2 + 12 / 800**2)
    errors = [std_error(poisson, cause) for cause in ("resigned", "retired", "any cause")]
    agree(errors, np.sqrt([resigned, retired, resigned + retired]), rtol=1e-12, what="std_error (Poisson)")

    own = first * (0.1 * 0.9 / 100 + 0.08 * 0.92 / 200) + second * (0.02 * 0.98 / 300 + 0.02 * 0.98 / 800)
    other = first * (0.05 * 0.95 / 100 + 0.05 * 0.95 / 200) + second * (0.01 * 0.99 / 300 + 0.015 * 0.985 / 800)
    shared = first * (-0.1 * 0.05 / 100 - 0.08 * 0.05 / 200) + second * (-0.02 * 0.01 / 300 - 0.02 * 0.015 / 800)
    errors = [std_error(binomial, cause) for cause in ("resigned", "any cause")]
    agree(errors, np.sqrt([own, own + other + 2 * shared]), rtol=1e-12, what="std_error (binomial)")


def std_error(result: object, cause: str) -> float:
    rows = result.frame.query("team == 'a' and term == 'risk'").set_index("cause")  # type: ignore[attr-defined]
    return float(rows.loc[cause, "std_error"])
