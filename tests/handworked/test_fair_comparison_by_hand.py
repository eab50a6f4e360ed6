"""Standardisation, shrinkage, funnels and ranks of a handful of groups, every intermediate written out."""

from __future__ import annotations

import math
from math import comb

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm
from workforce_metrics.estimation.funnel_limits import binomial_limits

EXACT = {"rel": 1e-12}  # sums of at most ten numbers
Z95, Z998 = 1.959963984540054, 3.090232306167813  # normal quantiles at 0.975 and 0.999

STAFF = pd.DataFrame({
    "organisation": ["A", "A", "A", "A", "B", "B", "B", "B"],
    "grade": ["n", "n", "n", "d", "n", "d", "d", "d"],
    "weight": [1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0],
    "score": [6.0, 3.0, 6.0, 9.0, 5.0, 8.0, 4.0, 7.0],
})  # fmt: skip


def test_standardised_estimate() -> None:
    # weights: doctors 2 + 1 + 1 + 2 = 6 and nurses 1 + 2 + 1 + 2 = 6 of 12, so the standard is half and half
    # A: nurses (6 + 2 * 3 + 6) / 4 = 4.5, doctor 9;   B: nurse 5, doctors (8 + 4 + 2 * 7) / 4 = 6.5
    mean_a, mean_b = 0.5 * 4.5 + 0.5 * 9, 0.5 * 5 + 0.5 * 6.5
    # linearised: s w (y - mean of the cell) / W of the cell; the cells of one person add nothing
    z_a = [0.5 * 1 * 1.5 / 4, 0.5 * 2 * -1.5 / 4, 0.5 * 1 * 1.5 / 4]
    z_b = [0.5 * 1 * 1.5 / 4, 0.5 * 1 * -2.5 / 4, 0.5 * 2 * 0.5 / 4]
    # all 8 respondents are units of the design; the values of each organisation add up to 0
    error_a = math.sqrt(8 / 7 * sum(z * z for z in z_a))
    error_b = math.sqrt(8 / 7 * sum(z * z for z in z_b))
    # weights of the mix: A 1/8, 2/8, 1/8 of the nurses' half and the doctor's half
    effective_a = 1 / ((1 / 8) ** 2 + (2 / 8) ** 2 + (1 / 8) ** 2 + (1 / 2) ** 2)

    a, b = (
        row
        for _, row in wm.standardised_estimate(
            STAFF, "score", mix="grade", design=wm.SurveyDesign(weight="weight")
        ).frame.iterrows()
    )

    assert (a["estimate"], b["estimate"]) == (pytest.approx(mean_a, **EXACT), pytest.approx(mean_b, **EXACT))
    assert (a["std_error"], b["std_error"]) == (pytest.approx(error_a, **EXACT), pytest.approx(error_b, **EXACT))
    assert a["n_effective"] == pytest.approx(effective_a, **EXACT)
    assert (a["n"], a["n_missing"], a["df"], a["weight_sum"]) == (4, 0, 3, 6)
    assert a["not_covered"] == 0
    t = 3.182446305283708  # t(3) at 97.5 %
    assert a["conf_high"] == pytest.approx(mean_a + t * error_a, **EXACT)


def test_standardised_to_a_given_mix() -> None:
    standard = pd.DataFrame({"grade": ["d", "n"], "share": [30, 10]})  # numbers of staff

    frame = wm.standardised_estimate(STAFF, "score", mix="grade", standard=standard).frame

    # unweighted: A nurses 5, doctor 9; B nurse 5, doctors 19 / 3
    assert frame["estimate"].tolist() == pytest.approx([0.75 * 9 + 0.25 * 5, 0.75 * 19 / 3 + 0.25 * 5], **EXACT)


def test_shrunken_estimates_of_equal_precision() -> None:
    # y from 0 to 4 around 2, variance of the five 10 / 4 = 2.5; sampling variance 1, so between 1.5
    y = [0.0, 1.0, 2.0, 3.0, 4.0]
    shrunk = (5 - 3) / (5 - 1) * 1 / 2.5
    variance = [1 - 4 / 5 * shrunk + 2 / (5 - 3) * shrunk**2 * (v - 2) ** 2 for v in y]  # Morris (1983), section 1

    frame = wm.shrink(pd.DataFrame({"team": list("abcde"), "estimate": y, "std_error": 1.0}), by="team").frame

    assert shrunk == pytest.approx(0.2)
    assert frame["estimate"].tolist() == pytest.approx([2 + 0.8 * (v - 2) for v in y], rel=1e-9)
    assert frame["std_error"].tolist() == pytest.approx([math.sqrt(v) for v in variance], rel=1e-9)
    assert frame["conf_low"].iloc[0] == pytest.approx(0.4 - Z95 * math.sqrt(1 - 0.16 + 0.04 * 4), rel=1e-9)
    assert frame["reliability"].tolist() == pytest.approx([0.8] * 5, rel=1e-9)


def test_signal_of_equal_precision() -> None:
    table = pd.DataFrame({"team": list("abcde"), "estimate": [0.0, 1.0, 2.0, 3.0, 4.0], "std_error": 1.0})

    signal = wm.shrink(table, by="team").signal.iloc[0]

    # Q = 4 + 1 + 0 + 1 + 4 on 4 degrees; the tail of chi-squared with 4 is exp(-q / 2) (1 + q / 2)
    assert (signal["groups"], signal["df"]) == (5, 4)
    assert signal["q"] == pytest.approx(10, **EXACT)
    assert signal["p_value"] == pytest.approx(math.exp(-5) * (1 + 5), **EXACT)
    assert signal["i_squared"] == pytest.approx(1 - 4 / 10, **EXACT)
    assert signal["between"] == pytest.approx(1.5, rel=1e-9)
    assert signal["reliability"] == pytest.approx(1.5 / 2.5, rel=1e-9)
    assert signal["mean_error"] == pytest.approx(math.sqrt(2.5 / 5), rel=1e-9)
    assert not signal["within_noise"]


TRUSTS = pd.DataFrame({"organisation": list("ABCDE"), "n": [100, 400, 900, 400, 100]}).assign(
    estimate=[0.30, 0.16, 0.20, 0.24, 0.16]
)


def _trusts(**settings: object) -> pd.DataFrame:
    return wm.funnel(TRUSTS, by="organisation", shares=True, target=0.2, share_limits="normal", **settings).frame


@pytest.mark.validates(
    "funnel", against="Spiegelhalter's formulas and the binomial distribution by hand", data="five trusts; ten answers"
)
def test_funnel_of_shares() -> None:
    # the root of 0.16 / n is 0.04 for 100 answers, 0.02 for 400 and 0.04 / 3 for 900
    frame = _trusts().query("limit == 0.998")

    agree(frame["std_error"], [0.04, 0.02, 0.04 / 3, 0.02, 0.04], rtol=1e-12, what="std_error")
    agree(frame["statistic"], [2.5, -2, 0, 2, -1], rtol=1e-9, atol=1e-12, what="statistic")
    agree(frame["limit_high"], [0.2 + Z998 * s for s in frame["std_error"]], rtol=1e-12, what="limit_high")
    assert _trusts().query("limit == 0.95")["outside"].tolist() == ["above", "below", "within", "above", "within"]
    assert set(frame["outside"]) == {"within"}


@pytest.mark.validates(
    "funnel", against="Spiegelhalter's formulas and the binomial distribution by hand", data="five trusts; ten answers"
)
def test_overdispersion_of_the_funnel() -> None:
    # one of five z-scores at either end drawn in: 2.5 becomes 2 and -2 becomes -1
    phi = (2**2 + 1 + 0 + 2**2 + 1) / 5
    w = [1 / s**2 for s in (0.04, 0.02, 0.04 / 3, 0.02, 0.04)]  # 625, 2500, 5625, 2500, 625
    tau2 = (5 * phi - 4) / (sum(w) - sum(v * v for v in w) / sum(w))
    result = wm.funnel(TRUSTS, by="organisation", shares=True, target=0.2, overdispersion="additive", winsorise=0.2)

    agree(result.signal[["phi", "tau2"]].iloc[0].tolist(), [phi, tau2], rtol=1e-9, what="phi, tau2")
    additive = result.frame.query("limit == 0.95").iloc[0]
    assert additive["limit_low"] == pytest.approx(0.2 - Z95 * math.sqrt(0.04**2 + tau2), rel=1e-9)
    assert additive["statistic"] == pytest.approx(0.1 / math.sqrt(0.04**2 + tau2), rel=1e-9)
    times = _trusts(overdispersion="multiplicative", winsorise=0.2).query("limit == 0.95").iloc[0]
    assert times["limit_low"] == pytest.approx(0.2 - Z95 * math.sqrt(phi) * 0.04, rel=1e-9)
    assert times["statistic"] == pytest.approx(2.5 / math.sqrt(phi), rel=1e-9)


def test_no_overdispersion_never_narrows_the_limits() -> None:
    calm = TRUSTS.assign(estimate=[0.21, 0.20, 0.20, 0.20, 0.19])
    plain, *others = (
        wm.funnel(calm, by="organisation", shares=True, target=0.2, share_limits="normal", overdispersion=how)
        for how in ("none", "additive", "multiplicative")
    )

    assert plain.signal["phi"].item() < 1
    for other in others:
        pd.testing.assert_frame_equal(other.frame, plain.frame)


def test_target_is_the_mean_by_size() -> None:
    found = wm.funnel(TRUSTS, by="organisation", shares=True)

    assert found.signal["target"].item() == pytest.approx((30 + 64 + 180 + 96 + 16) / 1900, **EXACT)


@pytest.mark.validates(
    "funnel", against="Spiegelhalter's formulas and the binomial distribution by hand", data="five trusts; ten answers"
)
def test_exact_limits_by_counting() -> None:
    # ten answers at 0.3: F(0) = .0282, so for 0.025 r = 0 and a = (F(0) - .025) / F(0): the limit is below 0, cut there
    # for 0.1 (limits of 0.8): F(1) = .1493 is the first above, a = (F(1) - .1) / (F(1) - F(0))
    f = np.cumsum([comb(10, k) * 0.3**k * 0.7 ** (10 - k) for k in range(11)])
    low = (1 - (f[1] - 0.1) / (f[1] - f[0])) / 10
    # above, counting from the other end at 0.7: G(4) = .0473, G(5) = .1503 is the first above 0.1
    g = np.cumsum([comb(10, k) * 0.7**k * 0.3 ** (10 - k) for k in range(11)])
    high = 1 - (5 - (g[5] - 0.1) / (g[5] - g[4])) / 10

    found = binomial_limits(0.3, np.array([10.0]), 0.8)

    agree([float(limit[0]) for limit in found], [low, high], rtol=1e-12, what="exact limits")
    assert float(binomial_limits(0.3, np.array([10.0]), 0.95)[0][0]) == 0


def test_funnel_of_means() -> None:
    # a standard error of 0.5 from 40 answers and 0.25 from 120: variance of one answer (40^2 / 4 + 120^2 / 16) / 160
    table = pd.DataFrame({"site": ["a", "b"], "estimate": [5.0, 7.0], "std_error": [0.5, 0.25], "n": [40, 120]})
    one_answer = (40**2 * 0.25 + 120**2 * 0.0625) / 160

    found = wm.funnel(table, by="site", limits=[0.95])

    sizes = [one_answer / 0.25, one_answer / 0.0625]
    target = (sizes[0] * 5 + sizes[1] * 7) / sum(sizes)
    assert found.frame["size"].tolist() == pytest.approx(sizes, **EXACT)
    assert found.frame["std_error"].tolist() == pytest.approx([0.5, 0.25], **EXACT)
    assert found.frame["target"].tolist() == pytest.approx([target] * 2, **EXACT)
    assert found.frame["limit_low"].tolist() == pytest.approx([target - Z95 * 0.5, target - Z95 * 0.25], **EXACT)
    assert target == pytest.approx(6.6)  # weights 4 and 16


@pytest.mark.validates("rank_intervals", against="arithmetic by hand", data="two groups")
def test_ranks() -> None:
    # two groups: the range of two is that of a difference, so apart where |d| > 1.96 sqrt(v1 + v2)
    def limits(gap: float) -> list[list[int]]:
        table = pd.DataFrame({"team": ["a", "b"], "estimate": [5.0, 5.0 + gap], "std_error": [0.3, 0.4]})
        frame = wm.rank_intervals(table, by="team").frame
        return frame[["rank", "rank_low", "rank_high"]].to_numpy().tolist()

    agree(limits(1.959 * 0.5), [[2, 1, 2], [1, 1, 2]], what="rank, rank_low, rank_high")
    agree(limits(1.961 * 0.5), [[2, 2, 2], [1, 1, 1]], what="rank, rank_low, rank_high")
