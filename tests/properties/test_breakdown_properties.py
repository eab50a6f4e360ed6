"""Tables of one pass equal tables made one by one, row by row, and by the textbook."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workforce_metrics.estimation.breakdowns import ALL
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.fine_cells import fine_pass
from workforce_metrics.estimation.fine_sums import FineSums, share_answers, sums_of_share, sums_of_values
from workforce_metrics.estimation.fine_totals import table_totals
from workforce_metrics.estimation.ratio import Ratio
from workforce_metrics.estimation.totals import domain_cells, domain_totals

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROUNDING = {"rtol": 1e-12, "atol": 1e-12}  # sums of at most 60 numbers of size 10, in another order
INDICATORS = ["score", "share:yes", Ratio("score", "hours")]
DESIGNS = st.sampled_from([
    None,
    SurveyDesign(weight="weight"),
    SurveyDesign(weight="weight", stratum="site", lonely_cluster="adjust"),
    SurveyDesign(weight="weight", stratum="age", lonely_cluster="average", lonely_in_group=True),
    SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="certainty"),
    SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="adjust", lonely_in_group=True),
    SurveyDesign(weight="weight", cluster="team", stratum="site", lonely_cluster="average"),
])  # fmt: skip


@st.composite
def staff(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 60 respondents; answers, groups and levels are missing here and there, and some weigh nothing."""
    n = draw(st.integers(2, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    score = rng.integers(0, draw(st.integers(1, 11)), n).astype(float)
    score[rng.random(n) < 0.2] = np.nan
    weight = rng.choice([0.0, 1.0, 2.0, 2.5], n, p=[0.1, 0.4, 0.3, 0.2])
    weight[0] = 1.0
    group = rng.choice([None, "a", "b", "c"], n, p=[0.1, 0.4, 0.4, 0.1])
    return pd.DataFrame({
        "score": score,
        "yes": np.where(rng.random(n) < 0.1, np.nan, rng.random(n) < 0.4),
        "hours": rng.integers(1, 5, n).astype(float),
        "weight": weight,
        "site": rng.integers(0, draw(st.integers(1, 4)), n),
        "team": rng.integers(0, draw(st.integers(1, 6)), n),
        "group": pd.Series(group, dtype=object).where(np.arange(n) > 0, "a"),
        "sex": rng.choice([None, "F", "M"], n, p=[0.1, 0.5, 0.4]),
        "age": rng.integers(1, 4, n),
    })  # fmt: skip


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    return frame.drop(columns=["indicator", "group", "sex", "age", "breakdown", "level"], errors="ignore").to_numpy(
        float
    )


def _sums_of_share(values: np.ndarray, *rest: object) -> FineSums:
    return sums_of_share(share_answers(values), *rest)


@FEW
@given(staff(), DESIGNS)
def test_a_breakdown_equals_the_table_by_group_and_level(data: pd.DataFrame, design: SurveyDesign | None) -> None:
    every = estimate(
        data, INDICATORS, by="group", breakdowns=["sex", "age"], design=design, deff="with_replacement"
    ).frame

    whole = estimate(data, INDICATORS, by="group", design=design, deff="with_replacement").frame
    np.testing.assert_allclose(_numbers(every[every["breakdown"] == ALL]), _numbers(whole), **ROUNDING)
    for name in ("sex", "age"):
        rows = every[every["breakdown"] == name]
        alone = estimate(data, INDICATORS, by=["group", name], design=design, deff="with_replacement").frame
        assert rows[["group", "level", "indicator"]].to_numpy().tolist() == (
            alone[["group", name, "indicator"]].astype(str).to_numpy().tolist()
        )
        np.testing.assert_allclose(_numbers(rows), _numbers(alone), **ROUNDING)


@FEW
@given(staff(), DESIGNS, st.sampled_from([0.01, 1.0, np.inf]))
def test_taking_breakdowns_together_or_apart_is_the_same_as_row_by_row(
    data: pd.DataFrame, design: SurveyDesign | None, rows_per_cell: float
) -> None:
    arrays = (design or SurveyDesign()).on(data)
    group = pd.factorize(data["group"])[0].astype(np.int64)
    levels = [(pd.factorize(data[name])[0].astype(np.int64), data[name].nunique()) for name in ("sex", "age")]
    laid = fine_pass(group, levels, arrays, rows_per_cell=rows_per_cell)

    for name, sums_of in (("score", sums_of_values), ("yes", _sums_of_share)):
        values = data[name].to_numpy(float)
        for pack in laid.packs:
            sums = sums_of(laid.used(values), laid.weights, pack.code, pack.n_cells)
            for which, table in pack.tables:
                found = table_totals(sums, table, arrays)
                domain, n_domains = group, int(group.max()) + 1
                if which:
                    codes, width = levels[which - 1]
                    has = (codes >= 0) & (group >= 0)
                    occurs, position = np.unique((group * width + codes)[has], return_inverse=True)
                    domain, n_domains = np.full(len(data), -1, dtype=np.int64), len(occurs)
                    domain[has] = position
                expected = domain_totals(values, domain_cells(domain, n_domains, arrays))
                for column in ("n", "n_missing", "weight_sum", "n_effective", "mean", "df"):
                    np.testing.assert_allclose(
                        getattr(found, column), getattr(expected, column), err_msg=column, **ROUNDING
                    )
                np.testing.assert_allclose(np.sqrt(found.variance), np.sqrt(expected.variance), **ROUNDING)


@FEW
@given(staff(), DESIGNS, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(data: pd.DataFrame, design: SurveyDesign | None, random: object) -> None:
    order = list(range(len(data)))
    random.shuffle(order)
    asked = {"by": "group", "breakdowns": ["sex", "age"], "design": design}

    shuffled = estimate(data.iloc[order], INDICATORS, **asked).frame

    np.testing.assert_allclose(_numbers(shuffled), _numbers(estimate(data, INDICATORS, **asked).frame), **ROUNDING)


@FEW
@given(staff())
def test_a_whole_weight_estimates_as_repeated_rows(data: pd.DataFrame) -> None:
    data = data.assign(weight=(2 * data["weight"]).astype(int))
    asked = {"by": "group", "breakdowns": ["sex", "age"]}

    weighted = estimate(data, INDICATORS, design=SurveyDesign(weight="weight"), **asked).frame
    repeated = estimate(data.loc[data.index.repeat(data["weight"])], INDICATORS, **asked).frame

    keys = ["group", "breakdown", "level", "indicator"]
    both = weighted.merge(repeated, on=keys, how="left")  # a level of weight 0 only is not among repeated rows
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], **ROUNDING)
    np.testing.assert_allclose(both["weight_sum_x"], both["weight_sum_y"].fillna(0), **ROUNDING)


@FEW
@given(staff())
def test_a_ratio_equals_the_textbook_formula(data: pd.DataFrame) -> None:
    design = SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="adjust")

    frame = estimate(data, Ratio("score", "hours"), by="group", design=design).frame.set_index("group")

    for group, row in frame.iterrows():
        member = ((data["group"] == group) & data["score"].notna() & (data["weight"] > 0)).to_numpy()
        if not member.any():
            continue
        w, y, x = data["weight"].to_numpy() * member, data["score"].fillna(0).to_numpy(), data["hours"].to_numpy()
        ratio = (w @ y) / (w @ x)
        variance = 0.0
        for _, site in data.assign(z=w * (y - ratio * x) / (w @ x)).groupby("site"):
            totals = site.groupby("team")["z"].sum()
            n_h = len(totals)
            centre = totals.mean() if n_h > 1 else 0.0
            variance += (n_h / (n_h - 1) if n_h > 1 else 1.0) * ((totals - centre) ** 2).sum()
        assert np.isclose(row["estimate"], ratio, **ROUNDING)
        if data.loc[member, ["site", "team"]].drop_duplicates().shape[0] > 1:
            assert np.isclose(row["std_error"] ** 2, variance, rtol=1e-9, atol=1e-12)


@FEW
@given(staff(), st.sampled_from([3.0, 0.5]))
def test_a_ratio_to_a_constant_is_a_mean(data: pd.DataFrame, constant: float) -> None:
    design = SurveyDesign(weight="weight", stratum="site", lonely_cluster="certainty")
    data = data.assign(constant=constant)

    ratio = estimate(data, Ratio("score", "constant"), by="group", design=design, deff="with_replacement").frame
    mean = estimate(data, "score", by="group", design=design, deff="with_replacement").frame

    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(ratio[column] * constant, mean[column], rtol=1e-11, atol=1e-11, err_msg=column)
    np.testing.assert_allclose(ratio["deff"], mean["deff"], rtol=1e-9, atol=1e-9)


@FEW
@given(staff(), DESIGNS, st.sampled_from(["logit", "wilson", "beta"]))
def test_intervals_of_shares_hold_the_estimate_and_stay_between_zero_and_one(
    data: pd.DataFrame, design: SurveyDesign | None, interval: str
) -> None:
    yes = estimate(data, "share:yes", by="group", breakdowns="sex", design=design, interval=interval).frame
    no = estimate(
        data.assign(yes=1 - data["yes"]), "share:yes", by="group", breakdowns="sex", design=design, interval=interval
    ).frame

    there = yes["conf_low"].notna()
    assert (there == (yes["df"] >= 1)).all()
    assert (yes["conf_low"][there] >= 0).all()
    assert (yes["conf_low"][there] <= yes["estimate"][there] + 1e-12).all()
    assert (yes["estimate"][there] <= yes["conf_high"][there] + 1e-12).all()
    assert (yes["conf_high"][there] <= 1).all()
    np.testing.assert_allclose(no["conf_low"], 1 - yes["conf_high"], rtol=1e-9, atol=1e-9)  # quantiles by iteration
