"""Five respondents, every intermediate written out."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from agreement import agree
from scipy.special import stdtrit

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate

STAFF = pd.DataFrame({
    "site": ["A", "A", "A", "B", "B"],
    "weight": [1.0, 3.0, 2.0, 2.0, 2.0],
    "score": [2.0, 4.0, 6.0, 1.0, 5.0],
    "staff": [6, 6, 6, 4, 4],
    "team": ["r", "r", "s", "t", "u"],
    "group": ["g", "h", "g", "g", "h"],
    "tired": [1, 0, 0, 1, 0],
})  # fmt: skip
EXACT = {"rtol": 1e-13}  # sums of five numbers
pytestmark = pytest.mark.validates("estimate", against="arithmetic by hand", data="five respondents")


def _row(**settings: object) -> pd.Series:
    return estimate(STAFF, "score", **settings).frame.iloc[0]


def test_without_a_design() -> None:
    # from the mean 3.6 the scores lie at -1.6, 0.4, 2.4, -2.6 and 1.4
    squares = 1.6**2 + 0.4**2 + 2.4**2 + 2.6**2 + 1.4**2
    std_error = math.sqrt(5 / 4 * squares / 5**2)

    row = _row()

    agree(row["estimate"], 18 / 5, **EXACT, what="estimate")
    agree(row["std_error"], std_error, **EXACT, what="std_error")
    assert row["df"] == 5 - 1
    agree(row["conf_high"], 18 / 5 + 2.7764451051977934 * std_error, **EXACT, what="conf_high")  # t(4) at 97.5 %


def test_weights_strata_and_finite_populations() -> None:
    # W = 10, mean = (2 + 12 + 12 + 2 + 10) / 10 = 3.8; z = w (y - 3.8) / 10
    in_a, in_b = [1 * -1.8 / 10, 3 * 0.2 / 10, 2 * 2.2 / 10], [2 * -2.8 / 10, 2 * 1.2 / 10]
    spread_a = sum((z - sum(in_a) / 3) ** 2 for z in in_a)
    spread_b = sum((z - sum(in_b) / 2) ** 2 for z in in_b)
    variance = (1 - 3 / 6) * 3 / 2 * spread_a + (1 - 2 / 4) * 2 / 1 * spread_b

    row = _row(design=SurveyDesign(weight="weight", stratum="site", population_size="staff"))

    agree(row["estimate"], 3.8, **EXACT, what="estimate")
    agree(row["std_error"], math.sqrt(variance), **EXACT, what="std_error")
    assert row["df"] == 5 - 2
    agree(row["n_effective"], 10**2 / (1 + 9 + 4 + 4 + 4), **EXACT, what="n_effective")
    assert row["weight_sum"] == 10


def test_clusters_within_strata() -> None:
    # team totals of z: r = -0.18 + 0.06, s = 0.44 in A; t = -0.56, u = 0.24 in B
    variance = 2 / 1 * (2 * ((-0.12 - 0.44) / 2) ** 2) + 2 / 1 * (2 * ((-0.56 - 0.24) / 2) ** 2)

    row = _row(design=SurveyDesign(weight="weight", stratum="site", cluster="team"))

    agree(row["std_error"], math.sqrt(variance), **EXACT, what="std_error")
    assert row["df"] == 4 - 2


def test_a_group_is_a_domain_of_the_whole_design() -> None:
    # group h: 4 (weight 3, site A) and 5 (weight 2, site B): mean = 22 / 5
    z_a, z_b = 3 * (4 - 4.4) / 5, 2 * (5 - 4.4) / 5
    # site A has three respondents, two of them not in the group: z = 0; site B has two, one of them
    variance = 3 / 2 * ((z_a - z_a / 3) ** 2 + 2 * (z_a / 3) ** 2) + 2 / 1 * ((z_b - z_b / 2) ** 2 + (z_b / 2) ** 2)

    frame = estimate(STAFF, "score", by="group", design=SurveyDesign(weight="weight", stratum="site")).frame

    row = frame.set_index("group").loc["h"]
    agree(row["estimate"], 22 / 5, **EXACT, what="estimate")
    agree(row["std_error"], math.sqrt(variance), **EXACT, what="std_error")
    assert row["df"] == 2 - 2
    assert math.isnan(row["conf_low"])  # two strata, one respondent in each: no degree of freedom


def test_a_share_has_logit_limits() -> None:
    # p = 2 / 5; deviations 0.6 twice, -0.4 three times
    std_error = math.sqrt(5 / 4 * (2 * 0.6**2 + 3 * 0.4**2) / 25)
    logit, half = math.log(0.4 / 0.6), stdtrit(4, 0.95) * std_error / (0.4 * 0.6)

    row = estimate(STAFF, "share:tired", conf_level=0.9).frame.iloc[0]

    agree(row["estimate"], 2 / 5, **EXACT, what="estimate")
    agree(row["std_error"], std_error, **EXACT, what="std_error")
    agree(row["conf_low"], 1 / (1 + math.exp(-(logit - half))), **EXACT, what="conf_low")
    agree(row["conf_high"], 1 / (1 + math.exp(-(logit + half))), **EXACT, what="conf_high")
