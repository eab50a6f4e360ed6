"""The split of a change in leavers on random small tables: equations that always hold."""

from itertools import permutations, product
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import assume, given, settings

import workforce_metrics as wm
from workforce_metrics.survival.exposure import exposure_by_year
from workforce_metrics.survival.product_split import split_product

SEEDS = st.integers(0, 10**6)
KEYS = ["team", "cause", "term"]
VALUES = ["estimate", "std_error", "conf_low", "conf_high"]
TERMS = ["people at risk", "groups", "mix", "risk"]


def tables(seed: int, *, gaps: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts of people before and after; with gaps a team may be on one side only, a band of a team empty."""
    rng = np.random.default_rng(seed)
    n_teams, n_bands, n_causes = rng.integers([2, 1, 2], [5, 4, 4])
    sides = []
    for side in (0, 1):
        team, band, cause = (x.ravel() for x in np.indices((n_teams, n_bands, n_causes)))
        exposure = rng.integers(1, 200, (n_teams, n_bands))
        if gaps:
            exposure[rng.random((n_teams, n_bands)) < 0.2] = 0
        exposure = exposure[team, band]
        n_event = np.floor(rng.random(len(exposure)) * exposure / n_causes)
        rows = pd.DataFrame({"team": team, "band": band, "cause": cause, "exposure": exposure, "n_event": n_event})
        rows = rows.assign(team=np.array(list("abcd"))[team], cause=np.array(["x", "y", "z"])[cause])
        if gaps and rng.random() < 0.5:
            rows = rows[rows["team"] != "ab"[side]]
        sides.append(rows.reset_index(drop=True))
    before, after = sides
    for table in sides:
        assume((table.groupby("band")["exposure"].sum().reindex(range(n_bands), fill_value=0) > 0).all())
    return before, after


def split(before: pd.DataFrame, after: pd.DataFrame, **asked: Any) -> pd.DataFrame:
    return wm.decompose_leavers(before, after, **{"by": "team", "causes": "apart", **asked}).frame


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.pivot_table(index=["team", "cause"], columns="term", values="estimate", observed=True)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_everything_adds_up_in_every_direction(seed: int) -> None:
    before, after = tables(seed)
    result = wm.decompose_leavers(before, after, by="team", causes="apart")
    found = wide(result.frame)
    total = result.total.frame.pivot_table(index="cause", columns="term", values="estimate", observed=True)

    for table in (found, total):
        np.testing.assert_allclose(table["before"] + table[TERMS].sum(axis=1), table["after"], atol=1e-9)
    np.testing.assert_allclose(
        found.drop("any cause", level="cause").groupby("team").sum(), found.xs("any cause", level="cause"), atol=1e-9
    )
    np.testing.assert_allclose(found.groupby("cause", observed=True).sum()[total.columns], total, atol=1e-9)
    assert total.loc["any cause", "before"] == before["n_event"].sum()
    assert total.loc["any cause", "after"] == after["n_event"].sum()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_there_and_back_differ_in_sign_only(seed: int) -> None:
    before, after = tables(seed)
    there, back = split(before, after), split(after, before)
    level = {"before": "after", "after": "before"}
    back = there[KEYS].assign(term=there["term"].replace(level)).merge(back, on=KEYS, validate="one_to_one")
    sign = np.where(there["term"].isin(level), 1.0, -1.0)

    np.testing.assert_allclose(back["estimate"], sign * there["estimate"], atol=1e-9)
    np.testing.assert_allclose(back["std_error"], there["std_error"], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_order_and_names_change_nothing(seed: int) -> None:
    before, after = tables(seed)
    names = {"a": "zeta", "b": "alpha", "c": "mu", "d": "beta"}
    other = [
        table.assign(team=table["team"].map(names), band=table["band"].map(lambda band: f"band {9 - band}")).sample(
            frac=1, random_state=seed
        )
        for table in (before, after)
    ]

    plain, renamed = split(before, after), split(other[0], other[1])
    renamed = plain.assign(team=plain["team"].map(names))[KEYS].merge(renamed, on=KEYS, validate="one_to_one")

    assert split(before, after)["team"].is_monotonic_increasing
    np.testing.assert_allclose(plain[VALUES], renamed[VALUES], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from(["poisson", "binomial"]))
def test_one_group_is_no_group_and_one_cause_all_together(seed: int, variance: str) -> None:
    before, after = (
        table.groupby(["band", "cause"], as_index=False)[["exposure", "n_event"]].sum().assign(team="a")
        for table in tables(seed)
    )
    grouped = split(before, after, variance=variance)
    plain = split(before, after, by=None, variance=variance)
    together = [
        t.groupby(["band", "exposure"], as_index=False)["n_event"].sum().assign(cause="x") for t in (before, after)
    ]
    one_cause = split(*together, by=None, variance=variance)

    assert (grouped.loc[grouped["term"] == "groups", "estimate"] == 0).all()
    kept = grouped[grouped["term"] != "groups"].drop(columns="team").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, plain, rtol=1e-10, atol=1e-10)
    pd.testing.assert_frame_equal(one_cause, split(before, after, by=None, causes="together", variance=variance))
    any_cause = plain[plain["cause"] == "any cause"].drop(columns="cause").reset_index(drop=True)
    pd.testing.assert_frame_equal(any_cause, one_cause, rtol=1e-10, atol=1e-10)


def factors(table: pd.DataFrame, teams: list[str], bands: list[int]) -> tuple[Any, ...]:
    """N, p by team, q by team and band, r by team, band and cause, as plain dictionaries; None where there are none."""
    exposure = table.drop_duplicates(["team", "band"]).set_index(["team", "band"])["exposure"].to_dict()
    left = table.set_index(["team", "band", "cause"])["n_event"].to_dict()
    of = {team: sum(exposure.get((team, band), 0) for band in bands) for team in teams}
    n = sum(of.values())
    mix = {(t, a): exposure.get((t, a), 0) / of[t] if of[t] else None for t in teams for a in bands}
    risk = {
        (t, a, c): left[t, a, c] / exposure[t, a] if exposure.get((t, a)) else None
        for t, a, c in product(teams, bands, "xyz")
        if (t, a, c) in left or not exposure.get((t, a))
    }
    return n, {team: of[team] / n for team in teams}, mix, risk


def completed(own: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, float]:
    """Take from the other side what does not exist on this one; 0 where it exists on neither."""
    return {key: next((x for x in (own.get(key), other.get(key)) if x is not None), 0.0) for key in {**own, **other}}


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_all_orders_of_changing_one_factor_at_a_time(seed: int) -> None:
    before, after = tables(seed)
    teams = sorted({*before["team"], *after["team"]})
    bands = sorted(set(before["band"]))
    first, second = factors(before, teams, bands), factors(after, teams, bands)
    sides = [
        (*own[:2], completed(own[2], other[2]), completed(own[3], other[3]))
        for own, other in ((first, second), (second, first))
    ]
    found = wide(split(before, after))

    for team, cause in product(teams, sorted(set(before["cause"]))):

        def leavers(chosen: tuple[int, ...], team: str = team, cause: str = cause) -> float:
            n, p, q, r = (sides[side][i] for i, side in enumerate(chosen))
            return sum(n * p[team] * q[team, band] * r[team, band, cause] for band in bands)

        effect = np.zeros(4)
        for order in permutations(range(4)):
            state = [0, 0, 0, 0]
            for factor in order:
                old = leavers(tuple(state))
                state[factor] = 1
                effect[factor] += (leavers(tuple(state)) - old) / 24
        np.testing.assert_allclose(found.loc[(team, cause), TERMS].astype(float), effect, atol=1e-9)


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.sampled_from(["poisson", "binomial"]))
def test_standard_errors_by_one_leaver_more_in_each_cell(seed: int, variance: str) -> None:
    """Terms are linear in the leavers, so a difference of one is a derivative; covariance of causes written out."""
    before, after = tables(seed)
    result = wm.decompose_leavers(before, after, by="team", causes="apart", variance=variance)  # type: ignore[arg-type]
    base, base_total = result.frame, result.total.frame
    squares, total_squares = np.zeros(len(base)), np.zeros(len(base_total))
    for side, table in enumerate((before, after)):
        for _, rows in table[table["exposure"] > 0].groupby(["team", "band"]):
            moved = []
            for row in rows.index:
                more = table.assign(n_event=table["n_event"] + (table.index == row))
                pair = (more, after) if side == 0 else (before, more)
                other = wm.decompose_leavers(*pair, by="team", causes="apart")
                moved.append([other.frame["estimate"] - base["estimate"], other.total.frame["estimate"]])
            n = rows["n_event"].to_numpy()
            covariance = np.diag(n)
            if variance == "binomial":
                covariance = covariance - np.outer(n, n) / rows["exposure"].iloc[0]
            own = np.array([move[0] for move in moved])
            whole = np.array([move[1] - base_total["estimate"] for move in moved])
            squares += np.einsum("ir,ij,jr->r", own, covariance, own)
            total_squares += np.einsum("ir,ij,jr->r", whole, covariance, whole)

    np.testing.assert_allclose(base["std_error"], np.sqrt(np.maximum(squares, 0)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(base_total["std_error"], np.sqrt(np.maximum(total_squares, 0)), rtol=1e-6, atol=1e-6)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 6))
def test_the_kernel_averages_all_orders_for_any_number_of_factors(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, k))
    expected = np.zeros(k)
    orders = list(permutations(range(k)))
    for order in orders:
        now = values[0].copy()
        for factor in order:
            old = now.prod()
            now[factor] = values[1, factor]
            expected[factor] += (now.prod() - old) / len(orders)

    np.testing.assert_allclose(split_product(list(values[0]), list(values[1])), expected, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_person_years_and_leavers_by_group_and_cause_person_by_person(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, years = int(rng.integers(5, 40)), 3
    people = pd.DataFrame({"team": rng.choice(["a", "b", "c"], n), "why": rng.choice(["x", "y"], n)})
    people["entry"] = rng.integers(0, 20, n)
    people["t"] = people["entry"] + rng.integers(1, 30, n)
    people["left"] = rng.random(n) < 0.6
    people.loc[len(people)] = ["a", "x", 0, 50, True]
    people.loc[len(people)] = ["b", "y", 0, 50, True]
    cohort = wm.Cohort.from_frame(people, duration="t", event="left", entry="entry", cause="why", time_unit="months")
    found = exposure_by_year(wm.risk_table(cohort, by="team"), years, by=("team",)).set_index(["team", "band", "cause"])

    for team, year, cause in product(sorted(set(people["team"])), range(years), "xy"):
        own = people[people["team"] == team]
        low, high = 12 * year, 12 * (year + 1)
        spent = (own["t"].clip(low, high) - own["entry"].clip(low, high)).sum() / 12
        left = (own["left"] & (own["why"] == cause) & (own["t"] > low) & (own["t"] <= high)).sum()
        row = found.loc[(team, f"{year}-{year + 1}", cause)]
        assert abs(row["exposure"] - spent) < 1e-9
        assert row["n_event"] == left
