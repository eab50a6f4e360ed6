"""Differences, ratios and changes worked by hand, every intermediate written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import workforce_metrics as wm
from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.extracts import LoadReport, StaffSurvey

TEAMS = pd.DataFrame({"team": list("aabbbb"), "score": [2.0, 4.0, 5.0, 6.0, 7.0, 8.0]})


@pytest.mark.parametrize("how", [{"against": "rest"}, {"reference": "b"}])
def test_two_teams(how: dict[str, str]) -> None:
    """Means (2 + 4) / 2 and (5 + 6 + 7 + 8) / 4; squared deviations 1 + 1 and 2.25 + 0.25 + 0.25 + 2.25."""
    row = wm.compare(TEAMS, "score", by="team", **how).frame.iloc[0]

    # influences (y - mean) / n of each team add up to nought, so the one stratum of 6 people needs no centring
    variance = 6 / 5 * (2 / 2**2 + 5 / 4**2)
    assert row["estimate"] == pytest.approx(3 - 6.5)
    assert row["std_error"] == pytest.approx(variance**0.5)
    assert row["df"] == 6 - 1 - 1
    assert row["statistic"] == pytest.approx(-3.5 / variance**0.5)
    assert row["p_value"] == pytest.approx(2 * student.sf(3.5 / variance**0.5, 4))
    assert row["conf_high"] == pytest.approx(-3.5 + student.ppf(0.975, 4) * variance**0.5)


def test_a_team_against_all_is_in_both() -> None:
    """The mean of all is 32 / 6; in the team the influence is (y - 3) / 2 - (y - 32/6) / 6, outside -(y - 32/6) / 6."""
    row = wm.compare(TEAMS, "score", by="team", against="all").frame.iloc[0]

    m = 32 / 6
    influence = [(2 - 3) / 2 - (2 - m) / 6, (4 - 3) / 2 - (4 - m) / 6, *(-(y - m) / 6 for y in (5, 6, 7, 8))]
    assert row["estimate"] == pytest.approx(3 - m)
    assert row["std_error"] == pytest.approx((6 / 5 * sum(z**2 for z in influence)) ** 0.5)
    assert (row["n"], row["n_against"]) == (2, 6)


def test_a_ratio_of_shares() -> None:
    """1 of 2 against 1 of 4: ratio 2; the variance of its logarithm is 6/5 of the sum of (z / p)^2."""
    staff = pd.DataFrame({"team": list("aabbbb"), "left": [True, False, True, False, False, False]})
    row = wm.compare(staff, "left", by="team", reference="b").frame.iloc[1]

    of_a = 2 * (0.5 / 2) ** 2 / 0.5**2
    of_b = ((0.75 / 4) ** 2 + 3 * (0.25 / 4) ** 2) / 0.25**2
    error = (6 / 5 * (of_a + of_b)) ** 0.5
    assert (row["term"], row["estimate"]) == ("ratio", pytest.approx(2.0))
    assert row["std_error"] == pytest.approx(2.0 * error)
    assert row["conf_low"] == pytest.approx(2.0 * np.exp(-student.ppf(0.975, 4) * error))


def test_weighted_strata_of_clusters() -> None:
    """North has wards A and B, South C and D; women against men, who stand in the same wards."""
    staff = pd.DataFrame({
        "site": list("NNNNSSSS"), "ward": list("AABBCCDD"), "sex": list("fmfmfmfm"),
        "weight": [1, 1, 1, 1, 3, 3, 1, 1], "score": [4.0, 2.0, 6.0, 5.0, 8.0, 7.0, 2.0, 1.0],
    })  # fmt: skip
    design = wm.SurveyDesign(weight="weight", stratum="site", cluster="ward")
    row = wm.compare(staff, "score", by="sex", reference="m", design=design).frame.iloc[0]

    women, men = (4 + 6 + 3 * 8 + 2) / 6, (2 + 5 + 3 * 7 + 1) / 6  # 6 and 29/6
    z = {
        "A": (1 * (4 - women) - 1 * (2 - men)) / 6,
        "B": (1 * (6 - women) - 1 * (5 - men)) / 6,
        "C": (3 * (8 - women) - 3 * (7 - men)) / 6,
        "D": (1 * (2 - women) - 1 * (1 - men)) / 6,
    }
    variance = 2 * sum((z[a] - (z[a] + z[b]) / 2) ** 2 + (z[b] - (z[a] + z[b]) / 2) ** 2 for a, b in ("AB", "CD"))
    assert row["estimate"] == pytest.approx(women - men)
    assert row["std_error"] == pytest.approx(variance**0.5)
    assert row["df"] == 4 - 2 - 1


def _edition(year: int, score: list[float]) -> StaffSurvey:
    table = pd.DataFrame({"org": list("xxyyzz")[: len(score)], "score": score})
    item = Item("asked", ("Q1",), Scale("yes", (Option(1, "Yes"),)))
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("own", len(table), counts, pd.DataFrame({"row": [], "rule": []}))
    return StaffSurvey(table, Codebook("own", {"asked": item}, edition=year), report)


def test_a_change_with_the_same_organisations_and_with_others() -> None:
    """Means of x, y, z: 2, 5, 8 and then 3, 6, 10. Of six answers each: 5, then 38 / 6."""
    years = [_edition(2025, [1, 3, 4, 6, 7, 9]), _edition(2026, [2, 4, 5, 7, 9, 11])]
    design = wm.SurveyDesign(cluster="org")
    paired, alone = (
        wm.trend_test(years, "score", design=design, pairing=pairing).frame.iloc[0]
        for pairing in ("clusters", "independent")
    )

    before = {org: 2 * (mean - 5) / 6 for org, mean in zip("xyz", (2, 5, 8), strict=True)}
    after = {org: 2 * (mean - 38 / 6) / 6 for org, mean in zip("xyz", (3, 6, 10), strict=True)}
    assert paired["estimate"] == alone["estimate"] == pytest.approx(38 / 6 - 5)
    assert paired["std_error"] == pytest.approx((3 / 2 * sum((after[o] - before[o]) ** 2 for o in "xyz")) ** 0.5)
    assert alone["std_error"] == pytest.approx((3 / 2 * sum(after[o] ** 2 + before[o] ** 2 for o in "xyz")) ** 0.5)
    assert paired["df"] == 3 - 1 - 1  # three organisations in one stratum
    assert alone["df"] == 6 - 2 - 1  # three in each of two
