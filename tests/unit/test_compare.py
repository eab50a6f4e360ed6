"""What `compare` returns, refuses, hides and draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError

mpl.use("Agg")

COLUMNS = [
    "indicator", "term", "against", "estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value",
    "p_adjusted", "group_estimate", "against_estimate", "n", "n_missing", "n_against",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def _staff() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    ward = np.repeat(["Ash", "Elm", "Fir", "Oak"], [20, 30, 40, 50])
    return pd.DataFrame({
        "ward": ward,
        "site": np.where(np.isin(ward, ["Ash", "Elm"]), "North", "South"),
        "sex": rng.choice(["f", "m"], 140),
        "hours": rng.normal(35, 4, 140).round(1),
        "tired": rng.random(140) < np.where(ward == "Oak", 0.6, 0.3),
    })  # fmt: skip


def test_one_row_for_each_group_indicator_and_term_in_order() -> None:
    frame = wm.compare(_staff(), ["hours", "tired"], by="ward").frame

    assert list(frame.columns) == ["ward", *COLUMNS]
    rows = list(zip(frame["indicator"], frame["term"], strict=True))
    assert rows == [("hours", "difference"), ("tired", "difference"), ("tired", "ratio")] * 4
    assert frame["ward"].tolist() == [ward for ward in ("Ash", "Elm", "Fir", "Oak") for _ in range(3)]
    assert set(frame["against"]) == {"rest"}
    assert (frame["n"] + frame["n_against"] == 140).all()


def test_within_takes_the_comparator_from_the_same_benchmark_group() -> None:
    staff = _staff()
    inside = wm.compare(staff, "hours", by="ward", within="site", against="all").frame
    north = wm.compare(staff[staff["site"] == "North"], "hours", by="ward", against="all").frame
    means = staff.groupby("site")["hours"].mean()

    np.testing.assert_allclose(inside["against_estimate"], inside["site"].map(means))
    np.testing.assert_allclose(inside["estimate"].head(2), north["estimate"])
    assert inside["n_against"].tolist() == [50, 50, 90, 90]


def test_a_reference_is_looked_for_in_each_part() -> None:
    staff = _staff()
    staff = staff[~((staff["ward"] == "Ash") & (staff["sex"] == "m"))]
    frame = wm.compare(staff, "hours", by="sex", within="ward", reference="m").frame

    assert frame[["ward", "sex"]].to_numpy().tolist() == [["Elm", "f"], ["Fir", "f"], ["Oak", "f"]]  # no men in Ash
    means = staff.groupby(["ward", "sex"])["hours"].mean()
    np.testing.assert_allclose(frame["against_estimate"], [means[ward, "m"] for ward in frame["ward"]])


def test_several_columns_take_a_tuple() -> None:
    frame = wm.compare(_staff(), "hours", by=["site", "sex"], reference=("North", "f")).frame

    assert set(frame["against"]) == {"North, f"}
    assert len(frame) == 3


def test_answers_that_are_all_alike_differ_by_nothing_known() -> None:
    staff = pd.DataFrame({"team": list("aabb"), "score": [2.0, 2.0, 5.0, 5.0]})
    row = wm.compare(staff, "score", by="team").frame.iloc[0]

    assert (row["estimate"], row["std_error"]) == (-3.0, 0.0)
    assert np.isnan(row["p_value"])


@pytest.mark.parametrize("seed", range(12))
def test_what_rounding_leaves_of_no_variance_is_none(seed: int) -> None:
    """Unlike means of answers that are alike within groups: sums that cancel must not pass for a tiny error."""
    rng = np.random.default_rng(seed)
    team = rng.integers(0, 3, 60)
    staff = pd.DataFrame({"team": team, "score": np.array([0.1, 0.7, 0.3])[team], "weight": rng.uniform(0.2, 3, 60)})
    two = staff[staff["team"] < 2]
    frame = wm.compare(two, "score", by="team", design=wm.SurveyDesign(weight="weight")).frame

    assert frame["std_error"].tolist() == [0.0, 0.0]
    assert frame["p_value"].isna().all()


def test_one_respondent_or_one_cluster_on_a_side_has_no_error() -> None:
    staff = pd.DataFrame({"team": list("abbb"), "site": list("xyzz"), "score": [2.0, 5.0, 6.0, 7.0]})
    frame = wm.compare(staff, "score", by="team", design=wm.SurveyDesign(cluster="site")).frame

    assert frame["estimate"].tolist() == pytest.approx([-4.0, 4.0])
    assert frame[["std_error", "conf_low", "p_value", "p_adjusted"]].isna().all(axis=None)


def test_adjustment_is_named_and_over_all_rows_of_a_term() -> None:
    plain, holm = (wm.compare(_staff(), ["hours", "tired"], by="ward", adjust=rule) for rule in ("none", "bonferroni"))

    assert (plain.provenance["adjust"], holm.provenance["adjust"]) == ("none", "bonferroni")
    pd.testing.assert_series_equal(plain.frame["p_value"], plain.frame["p_adjusted"], check_names=False)
    counts = holm.frame["term"].map({"difference": 8, "ratio": 4})
    np.testing.assert_allclose(holm.frame["p_adjusted"], np.minimum(holm.frame["p_value"] * counts, 1.0))


def test_a_polars_frame_gives_the_same_numbers() -> None:
    pd.testing.assert_frame_equal(
        wm.compare(pl.from_pandas(_staff()), "hours", by="ward").frame, wm.compare(_staff(), "hours", by="ward").frame
    )


def test_what_cannot_be_compared_is_refused() -> None:
    staff = _staff()
    with pytest.raises(InvalidArgumentError, match="a table does not hold how rows vary together"):
        wm.compare(wm.estimate(staff, "hours", by="ward"), "hours", by="ward")
    with pytest.raises(InvalidArgumentError, match="either against or reference"):
        wm.compare(staff, "hours", by="ward", against="all", reference="Ash")
    with pytest.raises(InvalidArgumentError, match="write reference= for a group"):
        wm.compare(staff, "hours", by="ward", against="Ash")
    with pytest.raises(InvalidArgumentError, match="a group of ward"):
        wm.compare(staff, "hours", by="ward", reference="Yew")
    with pytest.raises(InvalidArgumentError, match="2 values, one of each column"):
        wm.compare(staff, "hours", by=["ward", "sex"], reference=("Ash",))
    with pytest.raises(InvalidArgumentError, match="at least two groups"):
        wm.compare(staff.assign(one=1), "hours", by="one")
    with pytest.raises(InvalidArgumentError, match="adjust"):
        wm.compare(staff, "hours", by="ward", adjust="sidak")
    with pytest.raises(InvalidArgumentError, match="not named as a column of the result"):
        wm.compare(staff.assign(against=1), "hours", by="against")
    with pytest.raises(MissingColumnError):
        wm.compare(staff, "hours", by="team")
    with pytest.raises(InvalidDataError, match="at least one respondent"):
        wm.compare(staff.head(0), "hours", by="ward")


def test_a_small_side_hides_the_row_and_leaves_nothing() -> None:
    staff = _staff().iloc[10:]  # Ash has 10
    against_small = wm.suppress(wm.compare(staff, "hours", by="ward", reference="Ash"), complementary=False).frame
    of_rest = wm.suppress(wm.compare(staff, ["hours", "tired"], by="ward")).frame

    assert against_small["suppressed"].all()
    assert against_small["against"].tolist() == ["Ash"] * 3  # what was asked stays
    hidden = of_rest[of_rest["suppressed"]]
    assert set(hidden["ward"]) == {"Ash", "Elm"}
    assert hidden.drop(columns=["ward", "indicator", "term", "against", "suppressed"]).isna().all(axis=None)


def test_a_share_of_everybody_is_hidden_on_either_side() -> None:
    staff = pd.DataFrame({"team": ["a"] * 20 + ["b"] * 20 + ["c"] * 20, "left": [True] * 20 + [True, False] * 20})
    table = wm.compare(staff, "left", by="team", reference="a")

    assert wm.suppress(table).frame["suppressed"].all()
    assert not wm.suppress(table, hide_unanimous=False).frame["suppressed"].any()


def test_a_picture_has_a_line_at_no_difference() -> None:
    table = wm.compare(_staff(), "tired", by="ward")
    for term, nought in (("difference", 0.0), ("ratio", 1.0)):
        ax = table.plot(term=term)
        (line,) = [line for line in ax.lines if line.get_gid() == "all"]
        assert set(line.get_xdata()) == {nought}
        assert "no difference" in [text.get_text() for text in ax.texts]
    with pytest.raises(InvalidArgumentError, match="only shares have ratios"):
        wm.compare(_staff(), "hours", by="ward").plot(term="ratio")


@pytest.mark.parametrize("rule", [{"lonely_cluster": "average"}, {"lonely_in_group": True}])
def test_rules_for_lonely_clusters_that_comparisons_do_not_know_are_refused(rule: dict[str, Any]) -> None:
    staff = pd.DataFrame({"site": ["x", "x", "y", "y"], "team": ["a", "b", "a", "b"], "tired": [1.0, 2.0, 3.0, 5.0]})

    with pytest.raises(InvalidArgumentError, match="lonely clusters"):
        wm.compare(staff, "tired", by="team", against="rest", design=wm.SurveyDesign(stratum="site", **rule))
