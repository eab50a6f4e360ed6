"""Variance by level, ICC, agreement and alpha of a few respondents, every intermediate written out."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import workforce_metrics as wm

EXACT = {"rel": 1e-12}

STAFF = pd.DataFrame({
    "site": ["x", "x", "x", "x", "y", "y", "y"],
    "team": ["1", "1", "2", "2", "1", "1", "2"],
    "score": [2.0, 4.0, 5.0, 7.0, 8.0, 6.0, 3.0],
})  # fmt: skip
"""Teams: x1 has 2 and 4, x2 has 5 and 7, y1 has 8 and 6, y2 has 3."""


def test_the_analysis_of_variance_of_two_levels() -> None:
    # totals: all 35 of 7; sites 18 of 4 and 17 of 3; teams 6, 12, 14 of 2 each and 3 of 1; squares add up to 203
    t_all, t_sites, t_teams, t_persons = 35**2 / 7, 18**2 / 4 + 17**2 / 3, (36 + 144 + 196) / 2 + 9, 203
    # how often a component stands in the expectation: sites 7 times once they are told apart, (16 + 9) / 7 before
    site_before, team_in_all, team_in_sites = (16 + 9) / 7, (4 + 4 + 4 + 1) / 7, (4 + 4) / 4 + (4 + 1) / 3
    person = (t_persons - t_teams) / (7 - 4)
    team = (t_teams - t_sites - (4 - 2) * person) / (7 - team_in_sites)
    site = (t_sites - t_all - (team_in_sites - team_in_all) * team - (2 - 1) * person) / (7 - site_before)
    assert person == pytest.approx(2, **EXACT)
    assert site < 0 < team

    frame = wm.variance_by_level(STAFF, "score", levels=["site", "team"], method="anova").frame
    shares, variances = frame["estimate"][:3].tolist(), frame["estimate"][3:].tolist()

    assert variances == pytest.approx([0, team, person], **EXACT)
    assert shares == pytest.approx([0, team / (team + person), person / (team + person)], **EXACT)
    assert frame["truncated"].tolist() == [True, False, False] * 2
    assert frame["n_groups"][:3].tolist() == [2, 4, 7]


def test_equal_groups_have_the_restricted_likelihood_of_the_mean_squares() -> None:
    # three teams of two: means 2, 6, 4 about 4, within squares 2, 2, 0
    between, within = 2 * (4 + 4 + 0) / (3 - 1), (2 + 2 + 0) / (6 - 3)
    staff = pd.DataFrame({"team": ["a", "a", "b", "b", "c", "c"], "score": [1.0, 3.0, 5.0, 7.0, 4.0, 4.0]})

    frame = wm.variance_by_level(staff, "score", levels="team").frame

    team, person = (between - within) / 2, within
    assert frame["estimate"].tolist() == pytest.approx(
        [team / (team + person), person / (team + person), team, person], rel=1e-9
    )
    # chi-squared mean squares: the variance of one of d degrees of freedom is 2 m^2 / d
    error_person = math.sqrt(2 * within**2 / 3)
    error_team = math.sqrt((2 * between**2 / 2 + 2 * within**2 / 3) / 4)
    assert frame["std_error"][2:].tolist() == pytest.approx([error_team, error_person], rel=1e-5)


def test_icc_and_its_exact_limits_of_equal_groups() -> None:
    staff = pd.DataFrame({"team": ["a", "a", "b", "b", "c", "c"], "score": [1.0, 3.0, 5.0, 7.0, 4.0, 4.0]})
    f = 8 / (4 / 3)
    # quantiles of F with 2 and 3 degrees of freedom: at 97.5 % 16.0441, at 2.5 % 1 / 39.1655
    low, high = (f / 16.044106429 - 1) / 2, (f * 39.165494563 - 1) / 2

    first, second = (row for _, row in wm.intraclass_correlation(staff, "score", group="team").frame.iterrows())

    assert first["estimate"] == pytest.approx((f - 1) / (f - 1 + 2), **EXACT)
    assert second["estimate"] == pytest.approx(1 - 1 / f, **EXACT)
    assert [first["conf_low"], first["conf_high"]] == pytest.approx([low / (1 + low), high / (1 + high)], rel=1e-8)
    assert second["conf_high"] == pytest.approx(2 * high / (1 + 2 * high), rel=1e-8)
    assert first["p_value"] == pytest.approx((1 + 2 * f / 3) ** -1.5, **EXACT)  # F with 2 and 3 has this tail


def test_agreement_of_a_team_of_three() -> None:
    # answers 2, 3, 4 (mean 3, variance 1) and 2, 2, 5 (variance 3); five options at random have the variance 2
    staff = pd.DataFrame({"team": ["a"] * 3, "safe": [2, 3, 4], "heard": [2, 2, 5]})
    left = (1 / 2 + 3 / 2) / 2

    options = {"group": "team", "options": [1, 2, 3, 4, 5]}
    one = wm.group_agreement(staff, "safe", **options).frame["estimate"].item()
    both = wm.group_agreement(staff, ["safe", "heard"], **options).frame["estimate"].item()
    skewed = wm.group_agreement(staff, ["safe", "heard"], group="team", null=4).frame["estimate"].item()
    at_most = wm.group_agreement(staff, "safe", measure="awg", **options).frame["estimate"].item()

    assert one == pytest.approx(1 - 1 / 2, **EXACT)
    assert both == pytest.approx(2 * (1 - left) / (2 * (1 - left) + left), abs=1e-15)
    assert skewed == pytest.approx(2 * 0.5 / (2 * 0.5 + 0.5), **EXACT)
    assert at_most == pytest.approx(1 - 2 * 1 / (((5 + 1) * 3 - 3**2 - 5 * 1) * 3 / 2), **EXACT)


def test_alpha_of_three_items() -> None:
    # deviations of a: -1 0 1 0; of b: -1 1 0 0; of c: -2 0 2 0
    answers = pd.DataFrame({"a": [1.0, 2, 3, 2], "b": [2.0, 4, 3, 3], "c": [1.0, 3, 5, 3]})
    aa, bb, cc, ab, ac, bc = 2 / 3, 2 / 3, 8 / 3, 1 / 3, 4 / 3, 2 / 3
    trace, total = aa + bb + cc, aa + bb + cc + 2 * (ab + ac + bc)

    frame = wm.reliability(answers, ["a", "b", "c"]).frame.set_index(["term", "measure"])["estimate"]

    assert frame["all items", "alpha"] == pytest.approx(3 / 2 * (1 - trace / total), **EXACT)
    assert frame["b", "item-rest correlation"] == pytest.approx((ab + bc) / math.sqrt(bb * (aa + cc + 2 * ac)), **EXACT)
    assert frame["b", "alpha without the item"] == pytest.approx(2 * (1 - (aa + cc) / (aa + cc + 2 * ac)), **EXACT)


def test_omega_of_three_items_is_had_from_their_covariances() -> None:
    # three items have as many covariances as loadings: l_a^2 = ab ac / bc, and so on
    answers = pd.DataFrame({"a": [1, 2, 3, 2, 5, 1], "b": [2, 2, 3, 1, 4, 2], "c": [1, 3, 5, 2, 4, 2]}, dtype=float)
    c = answers.cov()
    ab, ac, bc = c.loc["a", "b"], c.loc["a", "c"], c.loc["b", "c"]
    loadings = [math.sqrt(ab * ac / bc), math.sqrt(ab * bc / ac), math.sqrt(ac * bc / ab)]
    own = sum(c.loc[item, item] - loading**2 for item, loading in zip("abc", loadings, strict=True))

    frame = wm.reliability(answers, ["a", "b", "c"]).frame

    assert frame["estimate"][1] == pytest.approx(sum(loadings) ** 2 / (sum(loadings) ** 2 + own), rel=1e-9)
