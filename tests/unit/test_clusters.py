"""Clusters: what is refused, what is not known, large clusters beside small, and cost that is linear."""

import time

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, RiskSetWarning
from workforce_metrics.survival.clusters import cluster_counts

CURVES = [wm.kaplan_meier, wm.cumulative_incidence, wm.nelson_aalen, wm.leaving_within]


def staff(n: int, *, clusters: int, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    last = np.minimum(np.ceil(rng.weibull(0.8, n) * 90), 60).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * last).astype(np.int64), 0)
    return pd.DataFrame(
        {
            "entry": entry,
            "month": last,
            "left": (last < 60) & (rng.random(n) < 0.7),
            "why": rng.choice(["moved", "retired"], n),
            "team": rng.integers(0, clusters, n),
            "site": rng.choice(["A", "B"], n),
            "w": rng.uniform(0.5, 2.0, n),
        }
    )


def cohort_of(frame: pd.DataFrame, *, weight: str | None = None) -> wm.Cohort:
    return wm.Cohort.from_frame(
        frame, duration="month", event="left", entry="entry", cause="why", weight=weight, time_unit="months"
    )


@pytest.mark.parametrize("curve", CURVES)
def test_a_risk_table_holds_no_clusters(curve: object) -> None:
    table = wm.risk_table(cohort_of(staff(40, clusters=5)))

    with pytest.raises(InvalidArgumentError, match="a risk table, which holds no person"):
        curve(table, cluster="team")  # type: ignore[operator]


@pytest.mark.parametrize("curve", CURVES)
def test_a_cluster_is_a_column_without_gaps_of_two_values_or_more(curve: object) -> None:
    frame = staff(40, clusters=5)

    with pytest.raises(MissingColumnError, match="trust"):
        curve(cohort_of(frame), cluster="trust")  # type: ignore[operator]
    with pytest.raises(InvalidDataError, match="a cluster in every row, got 3 missing"):
        curve(cohort_of(frame.assign(team=frame["team"].where(frame.index > 2))), cluster="team")  # type: ignore[operator]
    with pytest.raises(InvalidDataError, match="two clusters or more"):
        curve(cohort_of(frame.assign(team="one")), cluster="team")  # type: ignore[operator]


@pytest.mark.parametrize("curve", CURVES)
def test_a_group_of_one_cluster_has_no_standard_error(curve: object) -> None:
    frame = staff(400, clusters=6)
    frame.loc[frame["site"] == "A", "team"] = 0

    with pytest.warns(RiskSetWarning, match="in 1 group.s. everybody belongs to one cluster"):
        found = curve(cohort_of(frame), by="site", cluster="team").frame  # type: ignore[operator]

    missing = found.groupby("site")["std_error"].agg(lambda values: values.isna().mean())
    assert missing.to_dict() == {"A": 1.0, "B": 0.0}
    assert found["estimate"].notna().all()


def test_clusters_have_a_jackknife_and_no_other_variance() -> None:
    cohort = cohort_of(staff(40, clusters=5))

    with pytest.raises(InvalidArgumentError, match="'jackknife' where there is a cluster"):
        wm.cumulative_incidence(cohort, variance="aalen", cluster="team")
    assert wm.cumulative_incidence(cohort, variance="jackknife", cluster="team").provenance["cluster"] == "team"


def dense_variance(cohort: wm.Cohort, cluster: str) -> pd.Series:
    """The variance of staying from a table of clusters by times: no cleverness, nothing cancels."""
    table = wm.risk_table(cohort).all_causes().counts
    n, d = table.n_risk, table.n_event[:, 0]
    total = np.zeros(len(n))
    weight = np.ones(len(cohort)) if cohort.weight is None else cohort.weight
    for rows in cohort.covariates.groupby(cluster).indices.values():
        exits = np.searchsorted(table.time, cohort.duration[rows])
        entries = np.searchsorted(table.time, np.asarray(cohort.entry)[rows])
        left = np.bincount(exits, weight[rows] * cohort.event[rows], len(n))
        there = np.bincount(entries + 1, weight[rows], len(n) + 1) - np.bincount(exits + 1, weight[rows], len(n) + 1)
        surprise = left - np.cumsum(there)[: len(n)] * d / np.maximum(n, 1e-9)
        step = np.divide(surprise, n - d, out=np.zeros(len(n)), where=d > 0)
        total += np.cumsum(step) ** 2
    return pd.Series(total, index=table.time)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("clusters", [3, 40])
def test_large_clusters_lose_no_digits(clusters: int, weight: str | None) -> None:
    cohort = cohort_of(staff(60_000, clusters=clusters), weight=weight)

    curve = wm.kaplan_meier(cohort, cluster="team").frame

    expected = dense_variance(cohort, "team").loc[curve["time"]].to_numpy()
    np.testing.assert_allclose((curve["std_error"] / curve["estimate"]) ** 2, expected, rtol=1e-9)


def test_clusters_at_risk_are_the_limit_where_nobody_left() -> None:
    frame = pd.DataFrame({"month": [60] * 7 + [30], "left": False, "team": list("aabbccdd")})
    cohort = wm.Cohort.from_frame(frame, duration="month", event="left", time_unit="months")

    found = wm.leaving_within(cohort, years=5, cluster="team").frame
    by_person = wm.leaving_within(cohort, years=5).frame
    later = wm.leaving_within(cohort, years=5, given=3, cluster="team").frame  # nobody of d but one is there

    assert found["conf_high"].item() == pytest.approx(1 - 0.025 ** (1 / 4), abs=1e-15)
    assert later["conf_high"].item() == pytest.approx(1 - 0.025 ** (1 / 4), abs=1e-15)
    assert by_person["conf_high"].item() == pytest.approx(1 - 0.025 ** (1 / 7), abs=1e-15)


def test_a_cluster_is_counted_in_every_group_that_it_has_people_in() -> None:
    cohort = cohort_of(staff(300, clusters=4))
    table = wm.risk_table(cohort, by="site")

    counts = cluster_counts(cohort, table, "team")

    assert len(counts.start) - 1 == 8
    at_end = np.bincount(counts.row, counts.left.sum(axis=0), len(table.counts.time))
    np.testing.assert_array_equal(at_end, table.counts.n_event.sum(axis=1))


def test_cost_does_not_grow_with_people_times_clusters() -> None:
    def seconds(n: int) -> float:
        cohort = cohort_of(staff(n, clusters=n))
        wm.kaplan_meier(cohort, cluster="team")
        return min(_timed(cohort) for _ in range(3))

    def _timed(cohort: wm.Cohort) -> float:
        start = time.perf_counter()
        wm.kaplan_meier(cohort, cluster="team")
        return time.perf_counter() - start

    assert seconds(80_000) < 40 * seconds(10_000)  # eight times, were it exact; 64 times, were it people x clusters


def test_intervals_by_cluster_cover_the_truth_and_others_do_not() -> None:
    """People of a team share how readily they leave (gamma, variance 1), so that staying is ``1 / (1 + rate t)``."""
    rng, trials, teams, size = np.random.default_rng(12), 1000, 80, 6
    trial, team = np.repeat(np.arange(trials), teams * size), np.repeat(np.arange(trials * teams), size)
    leaves = rng.exponential(size=len(team)) / np.repeat(rng.exponential(size=trials * teams), size) / 0.15
    seen = rng.uniform(2, 12, len(team))
    month = np.ceil(np.minimum(leaves, seen) * 12)  # whole months: ties
    frame = pd.DataFrame({"month": month, "left": leaves <= seen, "trial": trial, "team": team})
    frame = frame.assign(why=np.where(rng.random(len(team)) < 0.3, "retired", "moved"))
    cohort = wm.Cohort.from_frame(frame, duration="month", event="left", cause="why", time_unit="months")

    def covered(truth: float, **asked: object) -> float:
        found = wm.leaving_within(cohort, years=5, by="trial", **asked).frame  # type: ignore[arg-type]
        if "cause" in found:
            found = found[found["cause"] == "retired"]
        return float(((found["conf_low"] <= truth) & (truth <= found["conf_high"])).mean())

    left = 1 - 1 / (1 + 0.15 * 5)
    left_of_those_there = 1 - (1 - left) * (1 + 0.15 * 2)
    assert 0.935 <= covered(left, cluster="team") <= 0.965
    assert 0.935 <= covered(left_of_those_there, given=2, cluster="team") <= 0.965
    assert 0.935 <= covered(0.3 * left, cluster="team", causes="apart") <= 0.965
    assert covered(left) < 0.90
