"""Equations that variance by level, ICC, agreement and reliability hold for any data."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.estimation.levels.anova import anova_sums, components
from workforce_metrics.estimation.levels.nested_sums import nest_levels, nested_sums
from workforce_metrics.estimation.levels.reml import reml_deviance

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])  # a profile takes a fraction of a second
LEVELS = ["site", "team"]
VALUES = ["estimate", "std_error", "conf_low", "conf_high"]


@st.composite
def staff(draw: st.DrawFn) -> pd.DataFrame:
    """Thirty to eighty people in two to four sites of two to four teams, all of which occur."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, sites, teams = (draw(st.integers(*bounds)) for bounds in ((30, 80), (2, 4), (2, 4)))
    site, team = rng.integers(0, sites, n), rng.integers(0, teams, n)
    every = np.indices((sites, teams)).reshape(2, -1)
    site[: every.shape[1]], team[: every.shape[1]] = every
    spread = draw(st.sampled_from([0.0, 1.0]))
    y = (
        rng.normal(0, 1, n)
        + spread * rng.normal(size=sites)[site]
        + spread * rng.normal(size=(sites, teams))[site, team]
    )
    return pd.DataFrame({"site": site, "team": team, "y": np.where(rng.random(n) < 0.1, np.nan, y)})


def _sums(data: pd.DataFrame) -> object:
    return nested_sums(data["y"].to_numpy(), nest_levels(data, tuple(LEVELS)))


@FEW
@given(staff())
def test_the_sums_of_squares_have_the_expectations_of_matrices(data: pd.DataFrame) -> None:
    data = data.dropna()
    team = data["site"] * 10 + data["team"]
    assume(len(team.unique()) > len(data["site"].unique()) > 1)
    n = len(data)
    designs = [np.ones((n, 1)), *(pd.get_dummies(codes).to_numpy(float) for codes in (data["site"], team)), np.eye(n)]
    hats = [z @ np.linalg.pinv(z) for z in designs]
    y = data["y"].to_numpy()
    squares = np.array([y @ (hats[i + 1] - hats[i]) @ y for i in range(3)])
    expected = np.array([[np.trace(z.T @ (hats[i + 1] - hats[i]) @ z) for z in designs[1:]] for i in range(3)])

    found = components(anova_sums(_sums(data)))

    np.testing.assert_allclose(found, np.linalg.solve(expected, squares), rtol=1e-9, atol=1e-10)


@FEW
@given(staff(), st.tuples(*[st.floats(0.01, 3.0)] * 3))
def test_the_deviance_is_that_of_the_whole_covariance_matrix(data: pd.DataFrame, variances: tuple[float, ...]) -> None:
    data = data.dropna()
    site, team = data["site"].to_numpy(), (data["site"] * 10 + data["team"]).to_numpy()
    y, one = data["y"].to_numpy(), np.ones(len(data))

    def dense(v: np.ndarray) -> float:
        matrix = v[0] * np.equal.outer(site, site) + v[1] * np.equal.outer(team, team) + v[2] * np.eye(len(y))
        inverse = np.linalg.inv(matrix)
        of_mean = one @ inverse @ one
        rest = y @ inverse @ y - (one @ inverse @ y) ** 2 / of_mean
        return float(np.linalg.slogdet(matrix)[1] + np.log(of_mean) + rest)

    at, other = np.array(variances), np.array([0.5, 0.7, 1.3])
    height, gradient = reml_deviance(at, _sums(data))

    # both leave out a constant of their own, which the difference of two places has not
    assert np.isclose(height - reml_deviance(other, _sums(data))[0], dense(at) - dense(other), rtol=1e-9, atol=1e-8)
    for i in range(3):
        h = np.eye(3)[i] * 1e-5 * at[i]
        assert np.isclose(gradient[i], (dense(at + h) - dense(at - h)) / (2 * h[i]), rtol=1e-4, atol=1e-4)


@SOME
@given(staff(), st.sampled_from(["reml", "anova"]), st.integers(0, 2**32 - 1))
def test_row_order_names_and_a_constant_change_nothing(data: pd.DataFrame, method: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    other = data.sample(frac=1, random_state=seed).assign(y=lambda d: d["y"] + 100)
    other["site"] = rng.permutation(10)[other["site"]].astype(str)
    other["team"] = pd.Categorical(rng.permutation(10)[other["team"]])

    plain = wm.variance_by_level(data, "y", levels=LEVELS, method=method).frame
    same = wm.variance_by_level(other, "y", levels=LEVELS, method=method).frame

    # the search for limits ends within 1e-6 of the logarithm; second derivatives are differences
    np.testing.assert_allclose(same["estimate"], plain["estimate"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(same[VALUES], plain[VALUES], rtol=1e-4, atol=1e-6)


@SOME
@given(staff(), st.sampled_from(["reml", "anova"]))
def test_a_change_of_unit_changes_variances_by_its_square_and_no_share(data: pd.DataFrame, method: str) -> None:
    plain = wm.variance_by_level(data, "y", levels=LEVELS, method=method).frame
    scaled = wm.variance_by_level(data.assign(y=-4 * data["y"]), "y", levels=LEVELS, method=method).frame

    unit = np.where(plain["measure"] == "variance", 16, 1)[:, None]
    np.testing.assert_allclose(scaled[VALUES], plain[VALUES] * unit, rtol=1e-4, atol=1e-5)
    shares = plain[plain["measure"] == "share of variance"]
    assert np.isclose(shares["estimate"].sum(), 1)
    limited = plain.dropna(subset="conf_low")
    if method == "reml":
        assert len(limited) == len(plain)
        assert (limited["conf_low"] <= limited["estimate"] + 1e-9).all()
        assert (limited["estimate"] <= limited["conf_high"] + 1e-9).all()


@FEW
@given(staff())
def test_one_level_has_the_icc_of_the_analysis_of_variance(data: pd.DataFrame) -> None:
    icc = wm.intraclass_correlation(data, "y", group="site").frame["estimate"][0]
    share = wm.variance_by_level(data, "y", levels="site", method="anova").frame["estimate"][0]

    assert np.isclose(max(icc, 0), share, rtol=1e-10, atol=1e-12)


@FEW
@given(staff(), st.floats(-50, 50), st.sampled_from([-2.0, 0.1]))
def test_icc_knows_neither_unit_nor_origin_nor_order(data: pd.DataFrame, shift: float, factor: float) -> None:
    columns = ["estimate", "conf_low", "conf_high", "statistic", "p_value"]
    plain = wm.intraclass_correlation(data, "y", group=LEVELS).frame[columns]
    other = wm.intraclass_correlation(data.iloc[::-1].assign(y=shift + factor * data["y"]), "y", group=LEVELS).frame

    np.testing.assert_allclose(other[columns], plain, rtol=1e-8, atol=1e-9)


@st.composite
def answers(draw: st.DrawFn) -> pd.DataFrame:
    """Twelve to sixty people's answers from 1 to 5 to three to six items, each of which varies."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, k = draw(st.integers(12, 60)), draw(st.integers(3, 6))
    values = np.clip(np.round(3 + 0.8 * rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)
    values[0], values[1] = 1, 5
    return pd.DataFrame(values, columns=list("abcdef")[:k]).assign(team=rng.integers(0, 4, n))


@FEW
@given(answers(), st.sampled_from(["feldt", "bonett", "distribution_free"]), st.integers(0, 2**32 - 1))
def test_reliability_knows_neither_origin_nor_order(data: pd.DataFrame, interval: str, seed: int) -> None:
    items = [name for name in data.columns if name != "team"]
    other = data.sample(frac=1, random_state=seed).assign(a=lambda d: 9 - d["a"], b=lambda d: d["b"] + 7)

    plain = wm.reliability(data, items, interval=interval).frame
    same = wm.reliability(other, items[::-1], reverse="a", interval=interval).frame

    np.testing.assert_allclose(same[VALUES][:2], plain[VALUES][:2], rtol=1e-7, atol=1e-9)
    keys = ["term", "measure"]
    joined = plain.merge(same, on=keys, validate="one_to_one")
    assert len(joined) == len(plain)
    np.testing.assert_allclose(joined["estimate_x"], joined["estimate_y"], rtol=1e-7)


@FEW
@given(st.integers(3, 8), st.floats(0.05, 0.9))
def test_parallel_items_have_alpha_and_omega_of_spearman_and_brown(k: int, r: float) -> None:
    # orthogonal columns in the square root of the matrix of equal correlations have exactly those correlations
    base = np.linalg.qr(np.column_stack([np.ones(32), np.random.default_rng(k).normal(size=(32, k))]))[0][:, 1:]
    root = np.linalg.cholesky(np.full((k, k), r) + (1 - r) * np.eye(k))
    data = pd.DataFrame(base @ root.T, columns=[f"item_{i}" for i in range(k)])

    alpha, omega = wm.reliability(data, list(data.columns)).frame["estimate"][:2]

    assert np.isclose(alpha, k * r / (1 + (k - 1) * r), rtol=1e-10)
    assert np.isclose(omega, k * r / (1 + (k - 1) * r), rtol=1e-8)


@FEW
@given(answers())
def test_agreement_by_the_words(data: pd.DataFrame) -> None:
    items = [name for name in data.columns if name != "team"]
    found = wm.group_agreement(data, items, group="team", options=[1, 2, 3, 4, 5]).frame

    for team, members in data.groupby("team"):
        own = found.set_index("team").loc[team]
        assert own["n"] == len(members)
        if len(members) > 1:
            left = min((members[items].var() / 2).mean(), 1)
            expected = len(items) * (1 - left) / (len(items) * (1 - left) + left)
            assert np.isclose(own["estimate"], expected, atol=1e-12)


@FEW
@given(answers(), st.floats(0.3, 1.0))
def test_straight_lines_by_the_words(data: pd.DataFrame, at_least: float) -> None:
    items = [name for name in data.columns if name != "team"]
    data = data.mask(np.random.default_rng(1).random(data.shape) < 0.15)

    found = wm.straight_lining(data, items, at_least=at_least)

    for row, flag in zip(data[items].to_numpy(), found, strict=True):
        given_answers = [code for code in row if not np.isnan(code)]
        if len(given_answers) < 3:
            assert flag is pd.NA
            continue
        text, runs = given_answers, [1]
        for before, after in pairwise(text):
            runs.append(runs[-1] + 1 if before == after else 1)
        assert flag == (max(runs) / len(text) >= at_least - 1e-12)
