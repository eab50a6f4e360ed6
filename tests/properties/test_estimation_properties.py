"""Equations that estimates and suppression hold for any data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.results import Result

VALUES = ["estimate", "std_error", "conf_low", "conf_high", "n_effective", "weight_sum"]
ROUNDING = {"rtol": 1e-9, "atol": 1e-12}  # sums of at most 40 numbers of size 10, squared, in another order
FULL = SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="adjust")
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def staff(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 40 respondents in few sites, teams and groups, some of whom did not answer."""
    n = draw(st.integers(2, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 11, n).astype(float)
    score[rng.random(n) < 0.2] = np.nan
    return pd.DataFrame({
        "score": score,
        "yes": np.where(np.isnan(score), np.nan, (score > 5).astype(float)),
        "weight": rng.integers(1, 5, n),
        "site": rng.integers(0, draw(st.integers(1, 4)), n),
        "team": rng.integers(0, draw(st.integers(1, 6)), n),
        "group": rng.integers(0, draw(st.integers(1, 4)), n),
    })  # fmt: skip


def _equal(left: pd.DataFrame, right: pd.DataFrame, columns: list[str] = VALUES) -> None:
    np.testing.assert_allclose(left[columns].to_numpy(float), right[columns].to_numpy(float), **ROUNDING)


@FEW
@given(staff())
def test_equal_to_the_textbook_formula_group_by_group(data: pd.DataFrame) -> None:
    frame = estimate(data, "score", by="group", design=FULL).frame.set_index("group")

    for group, row in frame.iterrows():
        member = ((data["group"] == group) & data["score"].notna()).to_numpy()
        w, y = data["weight"].to_numpy(float) * member, data["score"].fillna(0).to_numpy()
        if not member.any():
            continue
        z = w * (y - (w @ y) / w.sum()) / w.sum()
        variance, clusters, strata = 0.0, 0, 0
        for _, site in data.assign(z=z, member=member).groupby("site"):
            totals = site.groupby("team")["z"].sum()
            n_h = len(totals)
            centre = totals.mean() if n_h > 1 else 0.0
            variance += (n_h / (n_h - 1) if n_h > 1 else 1.0) * ((totals - centre) ** 2).sum()
            clusters += site.loc[site["member"], "team"].nunique()
            strata += int(site["member"].any())
        assert np.isclose(row["estimate"], (w @ y) / w.sum(), **ROUNDING)
        assert row["df"] == clusters - strata
        if clusters > 1:
            assert np.isclose(row["std_error"] ** 2, variance, **ROUNDING)


@FEW
@given(staff(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(data: pd.DataFrame, random: object) -> None:
    order = list(range(len(data)))
    random.shuffle(order)

    shuffled = estimate(data.iloc[order], ["score", "share:yes"], by="group", design=FULL).frame

    _equal(shuffled, estimate(data, ["score", "share:yes"], by="group", design=FULL).frame)


@FEW
@given(staff(), st.sampled_from([0.25, 3.0, 1e6]))
def test_the_scale_of_weights_changes_only_their_sum(data: pd.DataFrame, factor: float) -> None:
    plain = estimate(data, ["score", "share:yes"], by="group", design=FULL).frame
    scaled = estimate(
        data.assign(weight=data["weight"] * factor), ["score", "share:yes"], by="group", design=FULL
    ).frame

    _equal(scaled.assign(weight_sum=scaled["weight_sum"] / factor), plain)


@FEW
@given(staff())
def test_a_whole_weight_estimates_as_repeated_rows(data: pd.DataFrame) -> None:
    weighted = estimate(data, "score", by="group", design=SurveyDesign(weight="weight")).frame
    repeated = estimate(data.loc[data.index.repeat(data["weight"])], "score", by="group").frame

    _equal(weighted, repeated, ["estimate", "weight_sum"])


@FEW
@given(staff(), st.floats(-100, 100), st.sampled_from([-3.0, 0.5, 10.0]))
def test_a_change_of_unit_carries_through(data: pd.DataFrame, shift: float, factor: float) -> None:
    plain = estimate(data, "score", by="group", design=FULL).frame
    moved = estimate(data.assign(score=shift + factor * data["score"]), "score", by="group", design=FULL).frame

    ends = ["conf_low", "conf_high"] if factor > 0 else ["conf_high", "conf_low"]
    tolerance = {"rtol": 1e-9, "atol": 1e-10}  # numbers of size 200 here
    for column, source in zip(["estimate", "conf_low", "conf_high"], ["estimate", *ends], strict=True):
        np.testing.assert_allclose(moved[column], shift + factor * plain[source], **tolerance)
    np.testing.assert_allclose(moved["std_error"], abs(factor) * plain["std_error"], **tolerance)


@FEW
@given(staff())
def test_the_share_of_no_mirrors_the_share_of_yes(data: pd.DataFrame) -> None:
    yes = estimate(data, "share:yes", by="group", design=FULL).frame
    no = estimate(data.assign(yes=1 - data["yes"]), "share:yes", by="group", design=FULL).frame

    mirrored = yes.assign(estimate=1 - yes["estimate"], conf_low=1 - yes["conf_high"], conf_high=1 - yes["conf_low"])
    _equal(no, mirrored)


@FEW
@given(staff())
def test_groups_add_up_to_the_whole(data: pd.DataFrame) -> None:
    groups = estimate(data, "score", by=["group", "team"], design=FULL).frame
    whole = estimate(data, "score", design=FULL).frame.iloc[0]

    assert groups["n"].sum() == whole["n"]
    assert groups["n_missing"].sum() == whole["n_missing"]
    np.testing.assert_allclose(
        (groups["estimate"] * groups["weight_sum"]).sum(),
        np.nan_to_num(whole["estimate"]) * whole["weight_sum"],
        **ROUNDING,
    )


@FEW
@given(staff())
def test_clusters_of_one_are_no_clusters_and_one_stratum_is_none(data: pd.DataFrame) -> None:
    data = data.assign(each=np.arange(len(data)), all="all")

    plain = estimate(data, ["score", "share:yes"], by="group", design=SurveyDesign(weight="weight")).frame
    spelt = estimate(
        data, ["score", "share:yes"], by="group", design=SurveyDesign(weight="weight", stratum="all", cluster="each")
    ).frame

    _equal(spelt, plain)


@FEW
@given(staff())
def test_limits_hold_the_estimate_and_shares_stay_between_zero_and_one(data: pd.DataFrame) -> None:
    frame = estimate(data, ["score", "share:yes"], by="group", design=FULL).frame.dropna(subset="conf_low")

    assert (frame["conf_low"] <= frame["estimate"] + 1e-12).all()
    assert (frame["estimate"] <= frame["conf_high"] + 1e-12).all()
    shares = frame[frame["indicator"] == "share:yes"]
    assert (shares["conf_low"] >= 0).all()
    assert (shares["conf_high"] <= 1).all()


@st.composite
def tables(draw: st.DrawFn) -> tuple[Result, tuple[int, ...]]:
    """Complete tables of one to three grouping columns and two indicators, many cells small."""
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    n = draw(
        arrays(np.int64, (2, *shape), elements=st.one_of(st.integers(0, 15), st.integers(11, 60)), fill=st.just(60))
    )
    names = [f"by{i}" for i in range(len(shape))]
    keys = pd.MultiIndex.from_product([["x", "y"], *map(range, shape)], names=["indicator", *names])
    frame = keys.to_frame(index=False).assign(estimate=np.arange(n.size) + 0.5, n=n.ravel())
    return Result(frame[[*names, "indicator", "estimate", "n"]], tuple(names)), shape


@FEW
@given(tables())
def test_no_line_has_one_hidden_cell_or_a_hidden_sum_below_the_minimum(case: tuple[Result, tuple[int, ...]]) -> None:
    table, shape = case

    hidden = suppress(table).frame["suppressed"].to_numpy().reshape(2, *shape)
    n = table.frame["n"].to_numpy().reshape(2, *shape)

    assert hidden[n < 11].all()
    for axis in range(1, len(shape) + 1):
        n_hidden, sum_hidden = hidden.sum(axis=axis), (n * hidden).sum(axis=axis)
        partly = (n_hidden > 0) & (n_hidden < shape[axis - 1])
        assert (n_hidden[partly] >= 2).all()
        assert (sum_hidden[partly] >= 11).all()


@FEW
@given(st.tuples(st.integers(2, 7), st.integers(2, 7)), st.integers(0, 2**32 - 1))
def test_no_hidden_cell_of_a_two_way_table_follows_from_its_totals(shape: tuple[int, int], seed: int) -> None:
    small = np.random.default_rng(seed).random((2, *shape)) < 0.35
    keys = pd.MultiIndex.from_product([["x", "y"], *map(range, shape)], names=["indicator", "row", "column"])
    table = Result(keys.to_frame(index=False).assign(n=np.where(small, 9, 60).ravel()), ("row", "column"))

    every = suppress(table).frame["suppressed"].to_numpy().reshape(2, -1)

    lines = np.vstack([np.kron(np.eye(shape[0]), np.ones(shape[1])), np.kron(np.ones(shape[0]), np.eye(shape[1]))])
    for hidden in every:
        known = lines[:, hidden]
        if not hidden.any():
            continue
        projection = np.linalg.pinv(known) @ known  # a cell is determined where its own direction is in the row space
        assert (np.diag(projection) < 1 - 1e-9).all()


@FEW
@given(tables())
def test_suppressing_twice_is_suppressing_once(case: tuple[Result, tuple[int, ...]]) -> None:
    once = suppress(case[0])
    twice = suppress(once)

    pd.testing.assert_frame_equal(twice.frame, once.frame)
    assert dict(twice.provenance) == dict(once.provenance)


@FEW
@given(tables())
def test_what_is_shown_is_unchanged_and_what_is_hidden_is_gone(case: tuple[Result, tuple[int, ...]]) -> None:
    table, _ = case
    before, after = table.frame, suppress(table).frame

    shown = ~after["suppressed"]
    assert (after.loc[shown, ["estimate", "n"]] == before.loc[shown, ["estimate", "n"]]).all(axis=None)
    assert after.loc[~shown, ["estimate", "n"]].isna().all(axis=None)


@FEW
@given(tables(), st.integers(1, 30))
def test_hidden_small_cells_grow_with_the_minimum(case: tuple[Result, tuple[int, ...]], min_n: int) -> None:
    low = suppress(case[0], min_n=min_n, complementary=False).frame["suppressed"]
    high = suppress(case[0], min_n=min_n + 5, complementary=False).frame["suppressed"]

    assert (high | ~low).all()
