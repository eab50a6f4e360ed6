"""Equations that standardisation, shrinkage, funnels and ranks hold for any data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from agreement import agree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import workforce_metrics as wm
from workforce_metrics.estimation.between_groups import between_variance
from workforce_metrics.estimation.funnel_limits import binomial_limits, overdispersion_of, winsorised
from workforce_metrics.estimation.rank_sets import range_quantile
from workforce_metrics.results import Result

ROUNDING = {"rtol": 1e-9, "atol": 1e-12}  # sums of at most 80 numbers of size 10, squared, in another order
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEWER = settings(FEW, max_examples=8)  # several results an example
FULL = wm.SurveyDesign(weight="weight", stratum="site", cluster="team", lonely_cluster="adjust")
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "n_effective", "not_covered"]


@st.composite
def staff(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 80 respondents of two or three organisations, some of whom did not answer or hide their grade."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(12, 80))
    score = rng.integers(0, 11, n).astype(float)
    score[rng.random(n) < 0.15] = np.nan
    grade = rng.choice(["n", "d", "a"], n).astype(object)
    grade[rng.random(n) < 0.1] = None
    return pd.DataFrame({
        "organisation": rng.integers(0, draw(st.integers(1, 3)), n),
        "grade": grade,
        "score": score,
        "yes": np.where(np.isnan(score), np.nan, (score > 5).astype(float)),
        "weight": rng.integers(0, 5, n) + (np.arange(n) == 0),
        "site": rng.integers(0, draw(st.integers(1, 3)), n),
        "team": rng.integers(0, draw(st.integers(2, 6)), n),
    })  # fmt: skip


def _standardised(data: pd.DataFrame, name: str = "score", **settings: object) -> pd.DataFrame:
    return wm.standardised_estimate(
        data, name, mix="grade", uncovered="renormalise", **{"design": FULL, **settings}
    ).frame


@FEW
@given(staff())
def test_standardised_by_brute_force(data: pd.DataFrame) -> None:
    frame = _standardised(data).set_index("organisation")
    known = data[data["grade"].notna()]
    mix = known.groupby("grade")["weight"].sum() / known["weight"].sum()
    if not known["weight"].sum():
        return

    for group, row in frame.iterrows():
        used = data[
            (data["organisation"] == group) & data["grade"].notna() & data["score"].notna() & (data["weight"] > 0)
        ]
        covered = sum(mix[grade] for grade in used["grade"].unique())
        z = pd.Series(0.0, index=data.index)
        mean = 0.0
        for grade, cell in used.groupby("grade"):
            share, total = mix[grade] / covered, cell["weight"].sum()
            own = (cell["weight"] * cell["score"]).sum() / total
            mean += share * own
            z[cell.index] = share * cell["weight"] * (cell["score"] - own) / total
        variance = 0.0
        for _, site in data.assign(z=z).groupby("site"):
            totals = site.groupby("team")["z"].sum()
            n_h = len(totals)
            centre = totals.mean() if n_h > 1 else 0.0
            variance += (n_h / (n_h - 1) if n_h > 1 else 1.0) * ((totals - centre) ** 2).sum()
        if used.empty:
            assert np.isnan(row["estimate"])
            continue
        np.testing.assert_allclose(row["estimate"], mean, **ROUNDING)
        np.testing.assert_allclose(row["not_covered"], 1 - covered, **ROUNDING)
        assert row["n"] == len(used)
        assert row["n"] + row["n_missing"] == ((data["organisation"] == group) & (data["weight"] > 0)).sum()
        if np.isfinite(row["std_error"]):
            np.testing.assert_allclose(row["std_error"] ** 2, variance, **ROUNDING)
        else:
            in_cell = used.groupby("grade").size()
            assert (in_cell == 1).all() or used.drop_duplicates(["site", "team"]).shape[0] == 1


@FEW
@given(staff(), st.randoms(use_true_random=False))
def test_standardised_numbers_do_not_depend_on_row_order(data: pd.DataFrame, random: object) -> None:
    order = list(range(len(data)))
    random.shuffle(order)

    left, right = _standardised(data), _standardised(data.iloc[order])

    np.testing.assert_allclose(left[NUMBERS].to_numpy(float), right[NUMBERS].to_numpy(float), **ROUNDING)


@FEW
@given(staff())
def test_a_share_and_its_complement(data: pd.DataFrame) -> None:
    yes, no = (_standardised(data.assign(yes=values), "share:yes") for values in (data["yes"], 1 - data["yes"]))

    np.testing.assert_allclose(yes["estimate"], 1 - no["estimate"], **ROUNDING)
    np.testing.assert_allclose(yes["std_error"], no["std_error"], **ROUNDING)
    np.testing.assert_allclose(yes["conf_low"], 1 - no["conf_high"], **ROUNDING)


@FEW
@given(staff())
def test_standardised_to_its_own_mix_is_as_observed(data: pd.DataFrame) -> None:
    """Over the mix of those who answered, the mean is the group's own."""
    own = data[(data["organisation"] == 0) & data["score"].notna() & data["grade"].notna() & (data["weight"] > 0)]
    if own.empty:
        return
    standard = own.groupby("grade", as_index=False)["weight"].sum().rename(columns={"weight": "share"})

    design = wm.SurveyDesign(weight="weight")

    frame = _standardised(own, standard=standard, design=design)

    observed = wm.estimate(own, "score", by="organisation", design=design).frame
    np.testing.assert_allclose(frame["estimate"], observed["estimate"], **ROUNDING)
    assert (frame["not_covered"] == 0).all()


@FEW
@given(staff(), st.integers(2, 4))
def test_repeated_rows_are_whole_weights(data: pd.DataFrame, times: int) -> None:
    """A weight of k gives the estimate of k rows (its error is another: k people were not asked)."""
    data = data.assign(weight=data["weight"].clip(lower=1))
    rows = data.loc[data.index.repeat(data["weight"])].assign(weight=1)

    weighted, repeated = (_standardised(frame, design=wm.SurveyDesign(weight="weight")) for frame in (data, rows))

    np.testing.assert_allclose(weighted["estimate"], repeated["estimate"], **ROUNDING)
    scaled = _standardised(data.assign(weight=times * data["weight"]), design=wm.SurveyDesign(weight="weight"))
    np.testing.assert_allclose(scaled[NUMBERS].to_numpy(float), weighted[NUMBERS].to_numpy(float), **ROUNDING)


@st.composite
def league(draw: st.DrawFn) -> pd.DataFrame:
    """Five to thirty teams with estimates of unlike precision."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k = draw(st.integers(5, 30))
    error = rng.uniform(0.05, 1.0, k)
    between = draw(st.sampled_from([0.0, 0.1, 1.0]))
    estimate = 5 + between * rng.standard_normal(k) + error * rng.standard_normal(k)
    return pd.DataFrame(
        {"team": rng.permutation(k), "estimate": estimate, "std_error": error, "n": rng.integers(5, 90, k)}
    )


@FEW
@given(league(), st.sampled_from(["reml", "paule-mandel", "dersimonian-laird"]))
def test_shrinkage_is_between_the_estimate_and_the_mean(table: pd.DataFrame, method: str) -> None:
    result = wm.shrink(table, by="team", method=method)

    frame, mean = result.frame, result.signal["mean"].item()
    towards = (frame["estimate"] - mean) / (frame["observed"] - mean)
    np.testing.assert_allclose(towards, frame["reliability"], rtol=1e-7)
    assert frame["reliability"].between(0, 1).all()
    assert frame["team"].is_monotonic_increasing
    by_precision = frame.merge(table[["team", "std_error"]], on="team", suffixes=("", "_before")).sort_values(
        "std_error_before"
    )
    assert (np.diff(by_precision["reliability"]) <= 1e-12).all()


@FEWER
@given(league(), st.floats(0.1, 10), st.floats(-50, 50))
def test_units_do_not_matter(table: pd.DataFrame, scale: float, shift: float) -> None:
    other = table.assign(estimate=shift + scale * table["estimate"], std_error=scale * table["std_error"])

    left, right = wm.shrink(table, by="team"), wm.shrink(other, by="team")

    for name in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_allclose(right.frame[name], shift + scale * left.frame[name], rtol=1e-5, atol=1e-5 * scale)
    for name in ("q", "p_value", "i_squared", "reliability"):
        np.testing.assert_allclose(right.signal[name], left.signal[name], rtol=1e-5, atol=1e-7)
    ranks = [wm.rank_intervals(one, by="team").frame.filter(like="rank") for one in (table, other)]
    pd.testing.assert_frame_equal(*ranks)


@FEWER
@given(league(), st.randoms(use_true_random=False))
def test_row_order_changes_no_number(table: pd.DataFrame, random: object) -> None:
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order]

    for call in (
        lambda one: wm.shrink(one, by="team"),
        lambda one: wm.funnel(one, by="team", overdispersion="additive"),
        lambda one: wm.rank_intervals(one, by="team"),
        lambda one: wm.rank_intervals(one, by="team", method="simulation", draws=50, seed=3),
    ):
        pd.testing.assert_frame_equal(call(table).frame, call(mixed).frame)
        pd.testing.assert_frame_equal(call(table).signal, call(mixed).signal)


@FEW
@given(league())
def test_restricted_likelihood_has_no_higher_point(table: pd.DataFrame) -> None:
    y, v = table["estimate"].to_numpy(), table["std_error"].to_numpy() ** 2

    def log_likelihood(a: float) -> float:
        w = 1 / (a + v)
        m = (w * y).sum() / w.sum()
        return -0.5 * (np.log(a + v).sum() + np.log(w.sum()) + (w * (y - m) ** 2).sum())

    found = between_variance(y, v, method="reml")

    highest = max(log_likelihood(a) for a in np.concatenate([[0.0], np.geomspace(1e-6, 50, 400)]))
    assert log_likelihood(found) >= highest - 1e-9
    pm = between_variance(y, v, method="paule-mandel")
    w = 1 / (pm + v)
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    assert q == pytest.approx(len(y) - 1, rel=1e-9) if pm > 0 else q <= len(y) - 1


@pytest.mark.validates("rank_intervals", against="every pair, with scipy studentized_range", data="random tables")
@FEW
@given(league(), st.sampled_from([0.5, 0.9, 0.99]))
def test_ranks_by_looking_at_every_pair(table: pd.DataFrame, level: float) -> None:
    frame = wm.rank_intervals(table, by="team", conf_level=level).frame
    down = wm.rank_intervals(table, by="team", conf_level=level, first="smallest").frame
    k, q = len(frame), float(stats.studentized_range.ppf(level, len(frame), np.inf))

    for one in frame.itertuples():
        apart = [
            (other.estimate - one.estimate) / np.hypot(one.std_error, other.std_error) for other in frame.itertuples()
        ]
        above = 1 + sum(other > one.estimate for other in frame["estimate"])
        low, high = 1 + sum(gap > q / np.sqrt(2) for gap in apart), k - sum(gap < -q / np.sqrt(2) for gap in apart)
        agree([one.rank, one.rank_low, one.rank_high], [above, low, high], what="rank, rank_low, rank_high")
        assert one.rank_low <= one.rank <= one.rank_high
    assert (down["rank_low"] == k + 1 - frame["rank_high"]).all()
    assert (down["rank"] == k + 1 - frame["rank"]).all()


@FEWER
@given(league())
def test_expected_ranks_are_sums_of_probabilities(table: pd.DataFrame) -> None:
    """One more than the chances that each of the others is larger; the draws get it to five of their errors."""
    draws = 2000
    shrunk = wm.shrink(table, by="team").frame
    gap = shrunk["estimate"].to_numpy()[None, :] - shrunk["estimate"].to_numpy()[:, None]
    error = np.hypot(*np.meshgrid(shrunk["std_error"], shrunk["std_error"]))
    expected = 0.5 + stats.norm.cdf(gap / error).sum(axis=1)  # half for the group itself

    frame = wm.rank_intervals(table, by="team", method="simulation", draws=draws, seed=1).frame

    np.testing.assert_allclose(frame["expected_rank"], expected, atol=5 * len(frame) / 2 / np.sqrt(draws))
    assert frame["expected_rank"].sum() == pytest.approx(len(frame) * (len(frame) + 1) / 2)
    wider = wm.rank_intervals(table, by="team", method="simulation", draws=draws, seed=1, conf_level=0.99).frame
    assert (wider["rank_low"] <= frame["rank_low"]).all()
    assert (wider["rank_high"] >= frame["rank_high"]).all()


@given(st.integers(2, 500), st.floats(0.05, 0.999))
@settings(max_examples=20)
def test_range_quantile_by_quadrature(groups: int, level: float) -> None:
    q = range_quantile(groups, level)

    below, _ = integrate.quad(
        lambda z: groups * stats.norm.pdf(z) * (stats.norm.cdf(z) - stats.norm.cdf(z - q)) ** (groups - 1),
        -9, 9, epsabs=1e-12, limit=400, points=[0, 2, 4],
    )  # fmt: skip
    assert below == pytest.approx(level, abs=1e-9)


@given(st.floats(0.01, 0.99), st.integers(1, 3000), st.sampled_from([0.5, 0.8, 0.95, 0.998]))
def test_exact_limits_are_those_of_the_binomial_distribution(target: float, size: int, level: float) -> None:
    tail = (1 - level) / 2
    low, high = (float(limit[0]) for limit in binomial_limits(target, np.array([float(size)]), level))
    counts = stats.binom(size, target)

    r = int(counts.ppf(tail * (1 + 1e-12)))
    expected = (r - (counts.cdf(r) - tail) / counts.pmf(r)) / size
    assert low == pytest.approx(max(0.0, expected), abs=1e-9)
    # nobody at the target is flagged more often than the tails allow
    assert counts.cdf(np.ceil(low * size - 1e-9) - 1) <= tail + 1e-9
    assert counts.sf(np.floor(high * size + 1e-9)) <= tail + 1e-9
    mirrored = binomial_limits(1 - target, np.array([float(size)]), level)
    assert 1 - float(mirrored[0][0]) == pytest.approx(high, abs=1e-9)


@given(st.floats(0.02, 0.98), st.floats(1.0, 2000.0), st.sampled_from([0.8, 0.95, 0.998]))
def test_exact_limits_go_over_smoothly_between_whole_sizes(target: float, size: float, level: float) -> None:
    near = binomial_limits(target, np.array([size, size * (1 + 1e-9)]), level)

    for limit in near:
        assert limit[0] == pytest.approx(limit[1], abs=1e-5)


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=60), st.floats(0, 0.49))
def test_winsorising(values: list[float], share: float) -> None:
    z = np.array(values)
    found, k = winsorised(z, share), int(np.floor(share * len(z) + 1e-9))

    inner = np.sort(z)[k : len(z) - k]
    np.testing.assert_array_equal(np.sort(found), np.concatenate([[inner[0]] * k, inner, [inner[-1]] * k]))
    assert overdispersion_of(z, np.ones(len(z)), winsorise=share)[0] == pytest.approx((found**2).mean(), abs=1e-12)


@FEWER
@given(league(), st.integers(0, 2**32 - 1))
def test_what_is_hidden_is_in_no_number(table: pd.DataFrame, seed: int) -> None:
    """Hidden rows hold other values or none: the results are the same to the last digit, and empty where hidden."""
    table = table.sort_values("team").assign(team=np.arange(len(table)))
    suppressed = wm.suppress(Result(table, ("team",)), min_n=20, complementary=False)
    hidden = suppressed.frame["suppressed"].to_numpy()
    if (~hidden).sum() < 4:
        return
    rng = np.random.default_rng(seed)
    leaky = table.assign(suppressed=hidden)  # a careless table: flagged, and the values still there
    for name in ("estimate", "std_error"):
        leaky.loc[hidden, name] = rng.uniform(0.1, 9, hidden.sum())

    for call in (
        wm.shrink,
        lambda one, **by: wm.funnel(one, overdispersion="additive", **by),
        wm.rank_intervals,
        lambda one, **by: wm.rank_intervals(one, method="simulation", draws=40, seed=1, **by),
    ):
        safe, careless = call(suppressed), call(leaky, by="team")
        pd.testing.assert_frame_equal(safe.frame, careless.frame, check_dtype=False)
        pd.testing.assert_frame_equal(safe.signal, careless.signal)
        rows = safe.frame[safe.frame["suppressed"]].drop(columns=["team", "suppressed", "limit"], errors="ignore")
        assert rows.isna().all(axis=None)
