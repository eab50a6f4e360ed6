"""Comparisons equal the textbook's sums cluster by cluster, and hold the equations that they must for any data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workforce_metrics.estimation.compare import compare
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.multiplicity import adjusted_p_values

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FULL = SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="adjust")
DESIGNS = (
    FULL,
    SurveyDesign(weight="weight", cluster="team"),
    SurveyDesign(weight="weight", stratum="site", lonely_cluster="certainty"),
    SurveyDesign(stratum="site", cluster="team", population_size="size", lonely_cluster="certainty"),
)
Floats = npt.NDArray[np.float64]


@st.composite
def staff(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 40 respondents in few sites, teams and groups, some of whom did not answer or have no weight."""
    n = draw(st.integers(3, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    score = rng.integers(0, 11, n).astype(float)
    score[rng.random(n) < 0.2] = np.nan
    weight = rng.integers(0, 5, n)
    weight[0] = 1
    group = rng.integers(0, draw(st.integers(2, 4)), n).astype(float)
    group[:2] = [0, 1]
    group[2:][rng.random(n - 2) < 0.1] = np.nan
    return pd.DataFrame({
        "score": score,
        "yes": np.where(np.isnan(score), np.nan, (score > 4).astype(float)),
        "weight": weight,
        "site": rng.integers(0, draw(st.integers(1, 4)), n),
        "team": rng.integers(0, draw(st.integers(1, 6)), n),
        "group": group,
        "half": np.where(np.nan_to_num(group) < 2, "low", "high"),
        "size": 40,
    })  # fmt: skip


def _mean_and_influence(y: Floats, w: Floats, member: npt.NDArray[np.bool_]) -> tuple[float, Floats]:
    w = np.where(member & ~np.isnan(y), w, 0.0)
    y = np.nan_to_num(y)
    mean = (w @ y) / w.sum()
    return mean, w * (y - mean) / w.sum()


def _variance(influence: Floats, data: pd.DataFrame, design: SurveyDesign) -> float:
    """The sum over strata of centred squares of cluster totals, one cluster after another."""
    total = 0.0
    site = data[design.stratum] if design.stratum else pd.Series(0, index=data.index)
    team = data[design.cluster] if design.cluster else pd.Series(range(len(data)), index=data.index)
    for _, rows in data.assign(z=influence, _site=site, _team=team).groupby("_site"):
        totals = rows.groupby("_team")["z"].sum()
        n = len(totals)
        sampled = n / rows["size"].iloc[0] if design.population_size else 0.0
        if n > 1:
            total += (1 - sampled) * n / (n - 1) * ((totals - totals.mean()) ** 2).sum()
        elif design.lonely_cluster == "adjust":
            total += float(totals.iloc[0] ** 2)
        elif design.stratum is None:
            return np.nan
    return total


def _n_clusters(there: npt.NDArray[np.bool_], data: pd.DataFrame, design: SurveyDesign) -> tuple[int, int]:
    site = data[design.stratum] if design.stratum else pd.Series(0, index=data.index)
    team = data[design.cluster] if design.cluster else pd.Series(range(len(data)), index=data.index)
    return len(set(zip(site[there], team[there], strict=True))), site[there].nunique()


@FEW
@given(staff(), st.sampled_from(DESIGNS), st.sampled_from(["rest", "all", "reference"]), st.sampled_from(["", "half"]))
def test_equal_to_differences_of_influences(data: pd.DataFrame, design: SurveyDesign, how: str, within: str) -> None:
    asked = {"reference": 0.0} if how == "reference" else {"against": how}
    found = compare(data, ["score", "share:yes"], by="group", within=within or None, design=design, **asked).frame

    weight = design.on(data).weight
    used = (weight > 0) & data["group"].notna().to_numpy()
    for _, row in found.iterrows():
        y = data[row["indicator"].removeprefix("share:")].to_numpy(float)
        inside = used & (data["half"] == row["half"]).to_numpy() if within else used
        own = inside & (data["group"] == row["group"]).to_numpy()
        other = {"rest": inside & ~own, "all": inside, "reference": inside & (data["group"] == 0.0).to_numpy()}[how]
        answered = ~np.isnan(y)
        assert (row["n"], row["n_against"]) == ((own & answered).sum(), (other & answered).sum())
        if not (own & answered).any() or not (other & answered).any():
            assert np.isnan(row["estimate"])
            continue
        mean, z = _mean_and_influence(y, weight, own)
        mean_other, z_other = _mean_and_influence(y, weight, other)
        assert np.isclose(row["group_estimate"], mean, rtol=1e-12)
        assert np.isclose(row["against_estimate"], mean_other, rtol=1e-10, atol=1e-12)
        clusters, strata = _n_clusters((own | other) & answered, data, design)
        assert row["df"] == clusters - strata - 1
        if min(_n_clusters(side & answered, data, design)[0] for side in (own, other)) < 2:
            assert np.isnan(row["std_error"])
        elif row["term"] == "difference":
            assert np.isclose(row["estimate"], mean - mean_other, rtol=1e-10, atol=1e-12)
            # the variance is a sum of terms of size score^2 that may cancel
            assert np.isclose(row["std_error"] ** 2, _variance(z - z_other, data, design), rtol=1e-9, atol=1e-11)
        elif mean > 0 and mean_other > 0:
            assert np.isclose(row["estimate"], mean / mean_other, rtol=1e-10)
            variance = _variance(z / mean - z_other / mean_other, data, design)
            assert np.isclose((row["std_error"] / row["estimate"]) ** 2, variance, rtol=1e-9, atol=1e-11)


@FEW
@given(staff(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(data: pd.DataFrame, random: object) -> None:
    order = list(range(len(data)))
    random.shuffle(order)
    columns = ["estimate", "std_error", "conf_low", "conf_high"]

    shuffled, plain = (compare(d, "score", by="group", design=FULL).frame for d in (data.iloc[order], data))

    np.testing.assert_allclose(shuffled[columns], plain[columns], rtol=1e-7, atol=1e-7)  # roots of sums that cancel


@FEW
@given(staff())
def test_a_difference_has_the_same_error_seen_from_either_side(data: pd.DataFrame) -> None:
    two = data[data["group"].isin([0.0, 1.0])]
    of_one = compare(two, "score", by="group", reference=0.0, design=FULL).frame.iloc[0]
    of_nought = compare(two, "score", by="group", reference=1.0, design=FULL).frame.iloc[0]
    rest = compare(two, "score", by="group", against="rest", design=FULL).frame.set_index("group").loc[1.0]

    np.testing.assert_allclose(of_one["estimate"], -of_nought["estimate"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(of_one["std_error"] ** 2, of_nought["std_error"] ** 2, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(rest["std_error"] ** 2, of_one["std_error"] ** 2, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(rest["estimate"], of_one["estimate"], rtol=1e-9, atol=1e-12)


@FEW
@given(staff(), st.integers(2, 8), st.sampled_from(["rest", "all"]))
def test_suppressing_twice_is_once_and_leaves_nothing_of_a_small_side(data: pd.DataFrame, min_n: int, how: str) -> None:
    table = compare(data, ["score", "share:yes"], by="group", against=how)
    once = suppress(table, min_n=min_n)
    frame, plain = once.frame, table.frame

    pd.testing.assert_frame_equal(frame, suppress(once, min_n=min_n).frame)
    small = plain[["n", "n_against"]].min(axis=1) < min_n
    told = (plain["indicator"] == "share:yes") & plain[["group_estimate", "against_estimate"]].isin([0.0, 1.0]).any(
        axis=1
    )
    assert frame.loc[small | told, "suppressed"].all()
    found = [name for name in frame.columns if name not in {"group", "indicator", "term", "against", "suppressed"}]
    assert frame.loc[frame["suppressed"], found].isna().all(axis=None)
    shown = ~frame["suppressed"]
    np.testing.assert_array_equal(frame.loc[shown, found].to_numpy(float), plain.loc[shown, found].to_numpy(float))


@FEW
@given(st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=12))
def test_adjustment_keeps_order_and_never_helps(values: list[float]) -> None:
    p = np.array(values, dtype=float)
    bonferroni, holm, bh = (adjusted_p_values(p, rule) for rule in ("bonferroni", "holm", "bh"))

    tested = ~np.isnan(p)
    assert np.array_equal(np.isnan(holm), ~tested)
    assert (p[tested] <= bh[tested] * (1 + 1e-15)).all()
    assert (bh[tested] <= holm[tested] * (1 + 1e-15)).all()
    assert (holm[tested] <= bonferroni[tested]).all()
    order = np.argsort(p[tested], kind="stable")
    assert (np.diff(holm[tested][order]) >= 0).all()
