"""The decomposition of a change in leavers: exact, symmetric, with intervals."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.decomposition import change_by_leaver

BEFORE = pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [100.0, 300.0], "n_event": [10.0, 6.0]})
AFTER = pd.DataFrame({"band": ["1-5", "0-1"], "exposure": [400.0, 250.0], "n_event": [12.0, 20.0]})


def effects(result: object) -> pd.Series:
    return result.frame.set_index("term")["estimate"]  # type: ignore[attr-defined, no-any-return]


def test_by_hand() -> None:
    """N 400 -> 650, mix (1/4, 3/4) -> (5/13, 8/13), risk (.1, .02) -> (.08, .03)."""
    n, s, r = (400, 650), ((1 / 4, 3 / 4), (5 / 13, 8 / 13)), ((0.1, 0.02), (0.08, 0.03))

    def q(i: int, j: int) -> float:
        return sum(a * b for a, b in zip(s[i], r[j], strict=True))

    people = (n[1] - n[0]) * ((q(0, 0) + q(1, 1)) / 3 + (q(0, 1) + q(1, 0)) / 6)
    mix = sum(
        (s[1][a] - s[0][a]) * ((n[0] * r[0][a] + n[1] * r[1][a]) / 3 + (n[0] * r[1][a] + n[1] * r[0][a]) / 6)
        for a in (0, 1)
    )
    risk = sum(
        (r[1][a] - r[0][a]) * ((n[0] * s[0][a] + n[1] * s[1][a]) / 3 + (n[0] * s[1][a] + n[1] * s[0][a]) / 6)
        for a in (0, 1)
    )

    found = effects(wm.decompose_leavers(BEFORE, AFTER))

    assert found.tolist() == pytest.approx([16, people, mix, risk, 32], abs=1e-12)
    assert people + mix + risk == pytest.approx(16, abs=1e-12)


def test_standard_errors_are_those_of_simulated_leavers() -> None:
    """Poisson leavers around given risks, 5,000 times: the spread of the terms within 4 % (its own error is 1 %)."""
    rng = np.random.default_rng(12)
    exposure = np.array([[4000.0, 12000.0], [5000.0, 16000.0]])
    expected = np.array([[400.0, 240.0], [500.0, 360.0]])
    weight = change_by_leaver(exposure[:, None], by_groups=False)[:, :, 0]
    draws = [(weight * rng.poisson(expected)).sum(axis=(1, 2)) for _ in range(5000)]
    before, after = (
        pd.DataFrame({"band": ["0-1", "1-5"], "exposure": exposure[i], "n_event": expected[i]}) for i in (0, 1)
    )

    stated = wm.decompose_leavers(before, after).frame["std_error"].to_numpy()

    np.testing.assert_allclose(stated, np.std(draws, axis=0), rtol=0.04)


def test_one_band_has_no_mix_and_the_published_headline_is_split() -> None:
    """2,401 to 3,001 leavers on about 190,700 and 218,800 person-years: the risk rose 9 %, not 25 %."""
    before = pd.DataFrame({"exposure": [190_700], "n_event": [2401]})
    after = pd.DataFrame({"exposure": [218_800], "n_event": [3001]})

    result = wm.decompose_leavers(before, after)

    assert effects(result)["mix"] == 0
    assert effects(result)[["people at risk", "risk"]].sum() == pytest.approx(600, abs=1e-9)
    assert round(result.risk_ratio, 2) == 1.09


def test_a_risk_table_is_cut_into_person_years() -> None:
    staff = pd.DataFrame({"entry": [0, 6, 0], "months": [18, 30, 60], "left": [True, True, False]})
    cohort = wm.Cohort.from_frame(staff, duration="months", event="left", entry="entry", time_unit="months")

    bands = wm.decompose_leavers(wm.risk_table(cohort), wm.risk_table(cohort)).bands

    assert bands["exposure_before"].tolist() == pytest.approx([1 + 0.5 + 1, 0.5 + 1 + 1, 0.5 + 1, 1, 1])
    assert bands["n_event_before"].tolist() == [0, 1, 1, 0, 0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DefinitionMismatchError, match="bands"):
        wm.decompose_leavers(BEFORE, AFTER.assign(band=["1-5", "0-2"]))
    with pytest.raises(MissingColumnError, match="exposure"):
        wm.decompose_leavers(BEFORE, AFTER.drop(columns="exposure"))
    with pytest.raises(MissingColumnError, match="band"):
        wm.decompose_leavers(BEFORE.drop(columns="band"), AFTER)
    with pytest.raises(InvalidDataError, match="exposure above 0"):
        wm.decompose_leavers(BEFORE, AFTER.assign(exposure=[0.0, 1.0]))
    with pytest.raises(InvalidDataError, match="people at risk"):
        wm.decompose_leavers(BEFORE.assign(n_event=[101.0, 6.0]), AFTER, variance="binomial")
    life = pd.DataFrame({"time": [1, 2], "n_risk": [10, 8], "n_event": [1, 1]})
    with pytest.raises(DefinitionMismatchError, match="definition"):
        wm.decompose_leavers(
            wm.RiskTable.from_counts(life, definition="a"), wm.RiskTable.from_counts(life, definition="b"), years=2
        )


def test_who_leaves_on_the_first_day_is_among_the_leavers() -> None:
    spells = pd.DataFrame({"month": [0, 6, 24, 24], "left": [True, True, False, False]})
    table = wm.risk_table(wm.Cohort.from_frame(spells, duration="month", event="left", time_unit="months"))

    result = wm.decompose_leavers(table, table + table, years=2)

    assert effects(result)[["before", "after"]].tolist() == [2, 4]
    assert result.bands["exposure_before"].tolist() == [2.5, 2.0]


def test_weighted_risk_tables_are_refused() -> None:
    staff = pd.DataFrame({"t": [1, 2], "left": [True, False], "w": [0.5, 2.0]})
    table = wm.risk_table(wm.Cohort.from_frame(staff, duration="t", event="left", weight="w", time_unit="years"))

    with pytest.raises(InvalidArgumentError, match="counts people"):
        wm.decompose_leavers(table, table, years=1)


# ---------------------------------------------------------------- by group and cause


def counts(side: int) -> pd.DataFrame:
    """Two teams, two bands, two causes."""
    exposure = [[4000.0, 12000.0, 3000.0, 6000.0], [5000.0, 16000.0, 2500.0, 9000.0]][side]
    resigned = [[400.0, 240.0, 200.0, 150.0], [500.0, 360.0, 150.0, 300.0]][side]
    retired = [[100.0, 400.0, 30.0, 300.0], [90.0, 500.0, 40.0, 400.0]][side]
    cells = pd.DataFrame({"team": ["a", "a", "b", "b"], "band": ["0-1", "1-5"] * 2, "exposure": exposure})
    return pd.concat(
        [cells.assign(cause="resigned", n_event=resigned), cells.assign(cause="retired", n_event=retired)],
        ignore_index=True,
    )


@pytest.mark.parametrize("variance", ["poisson", "binomial"])
def test_standard_errors_by_group_and_cause_are_those_of_simulated_leavers(variance: str) -> None:
    """5,000 draws around given risks: the spread of every term within 5 % (its own error is 1 %), totals too."""
    rng = np.random.default_rng(21)
    expected, exposure = [], []
    for side in (0, 1):
        wide = counts(side).pivot_table(index=["team", "band"], columns="cause", values="n_event", observed=True)
        expected.append(wide.to_numpy().reshape(2, 2, 2))
        exposure.append(counts(side)["exposure"].to_numpy()[:4].reshape(2, 2))
    mean, at_risk = np.array(expected), np.array(exposure)
    weight = change_by_leaver(at_risk, by_groups=True)
    if variance == "poisson":
        drawn = rng.poisson(mean, (5000, *mean.shape)).astype(float)
    else:
        stay = at_risk - mean.sum(axis=-1)
        share = np.concatenate([mean, stay[..., None]], axis=-1) / at_risk[..., None]
        drawn = rng.multinomial(at_risk.astype(int), share, (5000, 2, 2, 2))[..., :2].astype(float)
    terms = np.einsum("tiga,sigac->sgct", weight, drawn)
    terms = np.concatenate([terms, terms.sum(axis=2, keepdims=True)], axis=2)

    result = wm.decompose_leavers(counts(0), counts(1), by="team", causes="apart", variance=variance)  # type: ignore[arg-type]

    np.testing.assert_allclose(result.frame["std_error"], terms.std(axis=0).ravel(), rtol=0.05)
    np.testing.assert_allclose(result.total.frame["std_error"], terms.sum(axis=1).std(axis=0).ravel(), rtol=0.05)


def test_the_table_is_tidy_and_the_totals_are_a_result_of_their_own() -> None:
    result = wm.decompose_leavers(counts(0), counts(1), by="team", causes="apart", conf_level=0.9)
    columns = ["term", "estimate", "std_error", "conf_low", "conf_high"]

    assert result.frame.columns.tolist() == ["team", "cause", *columns]
    assert result.frame["cause"].cat.categories.tolist() == ["resigned", "retired", "any cause"]
    assert result.frame["term"].tolist()[:6] == ["before", "people at risk", "groups", "mix", "risk", "after"]
    assert (result.by, result.total.by) == (("team",), ())
    assert result.total.frame.columns.tolist() == ["cause", *columns]
    pd.testing.assert_frame_equal(result.total.total.frame, result.total.frame)
    row = result.total.frame.iloc[0]
    assert (row["conf_high"] - row["conf_low"]) / row["std_error"] == pytest.approx(2 * 1.6448536, rel=1e-6)
    assert result.bands.columns.tolist() == [
        "team", "band", "cause", "exposure_before", "n_event_before", "exposure_after", "n_event_after"
    ]  # fmt: skip
    assert result.risk_ratio == pytest.approx((2340 / 32500) / (1820 / 25000))
    assert result.total.risk_ratio == result.risk_ratio


def test_a_group_that_comes_changes_only_who_is_at_risk() -> None:
    """Its risks and bands are those of the other side: what they would be were one in a million of it there before."""
    before = counts(0).query("team == 'a'")
    almost = counts(1).query("team == 'b'")
    almost = almost.assign(exposure=almost["exposure"] * 1e-6, n_event=almost["n_event"] * 1e-6)

    found = wm.decompose_leavers(before, counts(1), by="team").frame.set_index(["team", "term"])
    limit = wm.decompose_leavers(pd.concat([before, almost]), counts(1), by="team").frame.set_index(["team", "term"])

    new = found.loc["b", "estimate"]
    assert new["before"] == new["mix"] == 0
    assert new["risk"] == pytest.approx(0, abs=1e-12)
    assert new[["people at risk", "groups"]].sum() == pytest.approx(890, abs=1e-9)
    np.testing.assert_allclose(found["estimate"], limit["estimate"], rtol=1e-4, atol=1e-2)
    gone = wm.decompose_leavers(counts(1), before, by="team").frame.set_index(["team", "term"])
    np.testing.assert_allclose(gone.loc["b", "estimate"].iloc[1:5], -new.iloc[1:5], atol=1e-9)
    assert gone.loc["b", "std_error"]["groups"] == pytest.approx(found.loc["b", "std_error"]["groups"])


def test_a_band_that_comes_in_a_group_changes_no_risk() -> None:
    empty = (counts(0)["team"] == "b") & (counts(0)["band"] == "0-1")
    before = counts(0).assign(
        exposure=counts(0)["exposure"].where(~empty, 0.0), n_event=counts(0)["n_event"].where(~empty, 0.0)
    )
    same_risk = before.assign(n_event=[400, 240, 0, 6000 * 300 / 9000, 100, 400, 0, 6000 * 400 / 9000])

    found = wm.decompose_leavers(same_risk, counts(1), by="team").frame.set_index(["team", "term"])["estimate"]

    exposed = (6000 + 11500) / 3 + (22000 * 11500 / 32500 + 32500 * 6000 / 22000) / 6  # N p in all orders
    assert found["b", "risk"] == pytest.approx(0, abs=1e-10)
    assert found["b", "mix"] == pytest.approx(2500 / 11500 * (190 / 2500 - 700 / 9000) * exposed)
    assert found["b"][["people at risk", "groups", "mix"]].sum() == pytest.approx(890 - 1400 / 3)


def test_growth_alike_everywhere_is_people_at_risk_and_nothing_else() -> None:
    doubled = counts(0).assign(exposure=counts(0)["exposure"] * 2, n_event=counts(0)["n_event"] * 2)

    found = wm.decompose_leavers(counts(0), doubled, by="team", causes="apart").frame

    wide = found.pivot_table(index=["team", "cause"], columns="term", values="estimate", observed=True)
    np.testing.assert_allclose(wide["people at risk"], wide["before"], rtol=1e-12)
    np.testing.assert_allclose(wide[["groups", "mix", "risk"]], 0, atol=1e-9)


def test_risk_tables_keep_the_groups_and_causes_asked_for() -> None:
    rng = np.random.default_rng(5)
    sides = []
    for n in (200, 300):
        staff = pd.DataFrame({"site": rng.choice(["north", "south"], n), "route": rng.choice(["a", "b"], n)})
        staff = staff.assign(t=rng.integers(1, 60, n), left=rng.random(n) < 0.5, why=rng.choice(["x", "y"], n))
        cohort = wm.Cohort.from_frame(staff, duration="t", event="left", cause="why", time_unit="months")
        sides.append(cohort)
    before, after = (wm.risk_table(cohort, by=["site", "route"]) for cohort in sides)
    by_site = [wm.risk_table(cohort, by="site") for cohort in sides]

    whole = wm.decompose_leavers(before, after, by=["route", "site"], causes="apart", years=4)
    some = wm.decompose_leavers(before, after, by="site", causes="apart", years=4)
    none = wm.decompose_leavers(before, after, years=4)

    assert whole.by == ("route", "site")
    expected = wm.decompose_leavers(*by_site, by="site", causes="apart", years=4).frame
    pd.testing.assert_frame_equal(some.frame, expected, rtol=1e-10)
    plain = wm.decompose_leavers(*(wm.risk_table(cohort) for cohort in sides), years=4).frame
    pd.testing.assert_frame_equal(none.frame, plain, rtol=1e-10)
    levels = whole.total.frame.query("cause == 'any cause' and term in ['before', 'after']")["estimate"]
    assert levels.tolist() == none.frame["estimate"].iloc[[0, 4]].tolist()
    frames = [
        some.bands.rename(columns={f"exposure_{side}": "exposure", f"n_event_{side}": "n_event"})
        for side in ("before", "after")
    ]
    pd.testing.assert_frame_equal(
        wm.decompose_leavers(*frames, by="site", causes="apart").frame, some.frame, rtol=1e-12, check_dtype=False
    )


def test_causes_taken_together_need_not_be_told_apart_on_both_sides() -> None:
    life = pd.DataFrame({"time": [1.0, 2.0], "n_risk": [100, 80], "n_event": [10, 8]})
    table = wm.RiskTable.from_counts(life)
    typed_in = pd.DataFrame({"band": ["0-1", "1-2"], "exposure": [100, 80], "n_event": [10, 8]})
    by_cause = pd.concat([typed_in.assign(cause=cause, n_event=n) for cause, n in (("x", [4, 3]), (None, [6, 5]))])

    for before in (table, typed_in, by_cause):
        for after in (table, typed_in, by_cause):
            terms = effects(wm.decompose_leavers(before, after, years=2))
            assert terms.tolist() == pytest.approx([18, 0, 0, 0, 18], abs=1e-12)


def test_a_missing_group_is_a_group_and_categories_keep_their_order() -> None:
    sides = [counts(side).assign(team=counts(side)["team"].where(counts(side)["team"] == "a")) for side in (0, 1)]
    frame = wm.decompose_leavers(*sides, by="team").frame
    assert frame["team"].isna().tolist() == [False] * 6 + [True] * 6

    kind = pd.CategoricalDtype(["b", "a"], ordered=True)
    sides = [counts(side).astype({"team": kind}) for side in (0, 1)]
    assert wm.decompose_leavers(*sides, by="team").frame["team"].tolist() == ["b"] * 6 + ["a"] * 6


def test_groups_and_causes_that_cannot_be_compared_are_refused() -> None:
    first, second = counts(0), counts(1)
    with pytest.raises(InvalidArgumentError, match="'together' or 'apart'"):
        wm.decompose_leavers(first, second, causes="by cause")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="other than band and exposure"):
        wm.decompose_leavers(first, second, by="band")
    with pytest.raises(MissingColumnError, match="site"):
        wm.decompose_leavers(first, second, by="site")
    with pytest.raises(MissingColumnError, match="cause"):
        wm.decompose_leavers(BEFORE, AFTER, causes="apart")
    with pytest.raises(InvalidDataError, match="each group, band and cause once"):
        wm.decompose_leavers(first, second, causes="apart")  # two teams, and no by
    with pytest.raises(InvalidDataError, match="every cause in every group and band"):
        wm.decompose_leavers(first.iloc[1:], second, by="team")
    with pytest.raises(DefinitionMismatchError, match="same bands and causes"):
        wm.decompose_leavers(first[first.index % 4 > 0], second, by="team")  # no first year of team a
    with pytest.raises(DefinitionMismatchError, match="same bands and causes"):
        wm.decompose_leavers(first.replace("retired", "died"), second, by="team", causes="apart")
    with pytest.raises(InvalidDataError, match="the same for every cause"):
        wm.decompose_leavers(first.assign(exposure=range(1, 9)), second, by="team", causes="apart")
    with pytest.raises(InvalidDataError, match="or both 0"):
        wm.decompose_leavers(first.assign(exposure=0), second, by="team")
    with pytest.raises(InvalidDataError, match="before: expected people at risk in every band, got none in 2"):
        wm.decompose_leavers(first.assign(exposure=0, n_event=0), second, by="team")
    with pytest.raises(InvalidDataError, match="'any cause'"):
        wm.decompose_leavers(first.replace("retired", "any cause"), second, by="team", causes="apart")
    with pytest.raises(InvalidDataError, match="a cause other than"):
        wm.decompose_leavers(first.replace("retired", None), second, by="team", causes="apart")
    with pytest.raises(InvalidDataError, match="before: expected one row or more"):
        wm.decompose_leavers(BEFORE.iloc[:0], AFTER.iloc[:0])


def test_disclosure_control_refuses_it_and_says_what_to_do() -> None:
    """Terms add up over groups and causes and from before to after: a hidden cell could be had in many ways."""
    for result in (wm.decompose_leavers(counts(0), counts(1), by="team"), wm.decompose_leavers(BEFORE, AFTER)):
        with pytest.raises(InvalidArgumentError, match=r"Decomposition\. Fix: take small groups together before"):
            wm.suppress(result)
