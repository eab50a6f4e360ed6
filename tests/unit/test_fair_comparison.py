"""What standardisation, shrinkage, funnels and ranks return, draw and refuse."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.axes import Axes

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.results import Result

mpl.use("Agg")

RNG = np.random.default_rng(5)
N = 600
STAFF = pd.DataFrame({
    "organisation": RNG.choice(list("ABCDEF"), N),
    "staff_group": RNG.choice(["nurse", "doctor"], N),
    "age_band": pd.Categorical(RNG.choice(["young", "old"], N), ["young", "old"], ordered=True),
    "score": RNG.uniform(0, 10, N),
    "tired": RNG.random(N) < 0.4,
})  # fmt: skip
MIX = ["staff_group", "age_band"]
TEAMS = pd.DataFrame({
    "team": list("fedcba"), "estimate": [5.0, 5.4, 6.1, 6.3, 7.7, 9.0], "std_error": [0.4, 0.5, 0.3, 0.6, 0.2, 0.5],
    "n": [40, 30, 70, 25, 90, 30],
})  # fmt: skip
COMPARISONS: dict[str, Callable[..., Result]] = {
    "shrink": wm.shrink,
    "funnel": wm.funnel,
    "rank_intervals": wm.rank_intervals,
}


def _texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


# Standardisation


def test_what_standardised_estimate_returns() -> None:
    found = wm.standardised_estimate(STAFF, ["score", "tired"], mix=MIX)

    assert found.frame.columns.tolist() == [
        "organisation", "indicator", "estimate", "std_error", "conf_low", "conf_high", "n", "n_missing", "n_effective",
        "weight_sum", "df", "not_covered",
    ]  # fmt: skip
    crude = wm.estimate(STAFF, ["score", "tired"], by="organisation")
    assert found.frame[["organisation", "indicator"]].equals(crude.frame[["organisation", "indicator"]])
    assert found.frame["n"].tolist() == crude.frame["n"].tolist()
    assert found.kinds == {"score": "column", "tired": "share"}
    assert found.provenance["mix"] == ("staff_group", "age_band")
    assert (found.provenance["standard"], found.provenance["mix_cells"]) == ("all respondents", 4)
    assert "Standardised estimates: 12 rows by organisation" in repr(found)
    assert "<table" in found._repr_html_()


def test_standardisation_takes_the_mix_out() -> None:
    """Two organisations in which each grade feels the same and that employ different shares of them."""
    people = pd.DataFrame({
        "organisation": ["A"] * 10 + ["B"] * 10,
        "grade": ["n"] * 8 + ["d"] * 2 + ["n"] * 2 + ["d"] * 8,
        "score": [4.0, 6.0] * 4 + [7.0, 9.0] + [4.0, 6.0] + [7.0, 9.0] * 4,
    })  # fmt: skip

    crude = wm.estimate(people, "score", by="organisation").frame
    frame = wm.standardised_estimate(people, "score", mix="grade").frame

    assert crude["estimate"].tolist() == pytest.approx([5.6, 7.4])
    assert frame["estimate"].tolist() == pytest.approx([6.5, 6.5])


def test_a_cell_that_a_group_lacks_is_never_silent() -> None:
    people = STAFF[~((STAFF["organisation"] == "B") & (STAFF["staff_group"] == "doctor"))]
    share = (people["staff_group"] == "doctor").mean()

    with pytest.raises(InvalidDataError, match=r"cells without one in 1 of 6 rows, up to \d+\.\d% of the standard"):
        wm.standardised_estimate(people, "score", mix="staff_group")
    missing = wm.standardised_estimate(people, "score", mix="staff_group", uncovered="missing").frame
    over = wm.standardised_estimate(people, "score", mix="staff_group", uncovered="renormalise").frame
    row = missing.set_index("organisation").loc["B"]
    assert row[["estimate", "std_error", "conf_low", "conf_high"]].isna().all()
    assert row["not_covered"] == pytest.approx(share)
    assert missing["estimate"].isna().sum() == 1
    nurses = people.query("organisation == 'B'")["score"].mean()
    assert over.set_index("organisation").loc["B", "estimate"] == pytest.approx(nurses)
    assert over["not_covered"].tolist() == missing["not_covered"].tolist()


def test_respondents_of_unknown_cell_are_counted() -> None:
    people = STAFF.assign(staff_group=STAFF["staff_group"].mask(STAFF.index % 10 == 0))

    found = wm.standardised_estimate(people, "score", mix="staff_group")

    assert found.provenance["n_without_cell"] == 60
    assert found.frame["n_missing"].sum() == 60
    assert (found.frame["n"] + found.frame["n_missing"]).tolist() == STAFF.groupby("organisation").size().tolist()


def test_a_group_of_one_in_each_cell_has_no_standard_error() -> None:
    people = pd.DataFrame({"organisation": list("AABBBB"), "grade": list("ndnndd"), "tired": [1.0, 3, 4, 6, 2, 8]})

    found = wm.standardised_estimate(people, "tired", mix="grade")

    row = found.frame.iloc[0]
    assert row["estimate"] == pytest.approx(2)
    assert row[["std_error", "conf_low", "conf_high"]].isna().all()
    assert found.provenance["n_single"] == 2


def test_all_alike_have_the_interval_of_a_share_of_one() -> None:
    people = STAFF.assign(tired=STAFF["organisation"] != "A")

    row = wm.standardised_estimate(people, "tired", mix=MIX).frame.iloc[1]

    assert (row["estimate"], row["std_error"], row["conf_high"]) == (1, 0, 1)
    assert row["conf_low"] < 1


@pytest.mark.parametrize("frame", [pl.from_pandas(STAFF), pl.from_pandas(STAFF).lazy(), STAFF.convert_dtypes()])
def test_standardised_of_any_frame(frame: object) -> None:
    expected = wm.standardised_estimate(STAFF, "score", mix=MIX).frame

    found = wm.standardised_estimate(frame, "score", mix=MIX).frame

    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], expected["std_error"], rtol=1e-12)


def test_a_standard_of_polars_and_of_more_cells() -> None:
    standard = pl.DataFrame({"staff_group": ["nurse", "doctor", "other"], "share": [3, 1, 0]})

    frame = wm.standardised_estimate(STAFF, "score", mix="staff_group", standard=standard).frame

    means = STAFF.pivot_table(index="organisation", columns="staff_group", values="score")
    np.testing.assert_allclose(frame["estimate"], (3 * means["nurse"] + means["doctor"]) / 4, rtol=1e-12)
    assert (frame["not_covered"] == 0).all()


@pytest.mark.parametrize(
    ("standard", "message"),
    [
        ({"staff_group": ["nurse"], "share": [1.0]}, "none for 1 of 2 cells"),
        ({"staff_group": ["nurse", "doctor", "nurse"], "share": [1.0, 1, 1]}, "two rows for one"),
        ({"staff_group": ["nurse", "doctor"], "share": [1.0, -1]}, "shares of 0 or more"),
        ({"staff_group": ["nurse", "doctor"], "share": [0, 0]}, "not all 0"),
        ({"staff_group": ["nurse", "doctor"], "share": [1.0, None]}, "shares of 0 or more"),
        ({"staff_group": ["nurse", None, "doctor"], "share": [1.0, 1, 1]}, "a known cell in every row"),
        ({"staff_group": [1, 2], "share": [1.0, 1]}, "none for 2 of 2 cells.*written as in the data"),
        ({"group": ["nurse"], "share": [1.0]}, "staff_group"),
        ({"staff_group": ["nurse", "doctor"]}, "share"),
    ],
)
def test_standards_that_are_refused(standard: dict[str, list[object]], message: str) -> None:
    with pytest.raises((InvalidDataError, MissingColumnError), match=message):
        wm.standardised_estimate(STAFF, "score", mix="staff_group", standard=pd.DataFrame(standard))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mix": []}, "one or more columns"),
        ({"mix": ["staff_group", "organisation"]}, "columns that are not in by"),
        ({"mix": "grade"}, "none of that name"),
        ({"mix": "staff_group", "uncovered": "drop"}, "'refuse' or 'missing' or 'renormalise'"),
        ({"mix": "staff_group", "design": "weight"}, "a SurveyDesign"),
        ({"mix": "staff_group", "conf_level": 95}, "conf_level"),
    ],
)
def test_standardisations_that_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises((InvalidArgumentError, MissingColumnError), match=message):
        wm.standardised_estimate(STAFF, "score", **settings)


def test_standardised_table_is_suppressed_like_any_other() -> None:
    people = STAFF[(STAFF["organisation"] != "B") | (STAFF.index % 12 == 0)]
    shown = wm.suppress(wm.standardised_estimate(people, "score", mix="staff_group", uncovered="renormalise"))

    hidden = shown.frame[shown.frame["suppressed"]]
    assert "B" in hidden["organisation"].tolist()
    assert hidden.drop(columns=["organisation", "indicator", "suppressed"]).isna().all(axis=None)


def test_the_mean_of_two_cells_does_not_stand_beside_its_standardised_one() -> None:
    """With both, and a public standard, the answer of the only doctor is the solution of two equations."""
    people = pd.DataFrame({"organisation": ["A"] * 12, "grade": ["n"] * 11 + ["d"], "score": [*range(11), 9.0]})
    standard = pd.DataFrame({"grade": ["n", "d"], "share": [0.5, 0.5]})

    shown = wm.suppress(wm.standardised_estimate(people, "score", mix="grade", standard=standard)).frame

    observed = people["score"].mean()
    assert shown["n"].item() == 12
    assert not np.isclose(shown.select_dtypes("number").to_numpy(float), observed).any()
    doctor = (shown["estimate"].item() - 12 / 11 * 0.5 * observed) / (0.5 - 0.5 / 11)
    assert doctor == pytest.approx(9)  # what the table must not allow


def test_standardised_plot() -> None:
    ax = wm.standardised_estimate(STAFF, "score", mix=MIX).plot()

    assert "same mix of staff_group, age_band" in " ".join(_texts(ax)).replace("\n", " ")


# What the three comparisons share


@pytest.mark.parametrize("name", COMPARISONS)
def test_groups_come_out_sorted_and_the_verdict_is_told(name: str) -> None:
    found = COMPARISONS[name](TEAMS, by="team")

    assert found.frame["team"].is_monotonic_increasing
    assert found.provenance["verdict"] == "differences beyond noise: estimates"
    assert not found.signal["within_noise"].item()
    assert "differences beyond noise" in found.caption
    copy = found.signal
    copy["mean"] = 0.0
    assert found.signal["mean"].item() != 0


@pytest.mark.parametrize("name", COMPARISONS)
def test_noise_is_called_noise(name: str) -> None:
    found = COMPARISONS[name](TEAMS.assign(std_error=3.0), by="team")

    assert found.signal["within_noise"].item()
    assert found.provenance["verdict"] == "differences within noise: estimates"


@pytest.mark.parametrize("name", COMPARISONS)
def test_indicators_are_compared_apart(name: str) -> None:
    table = wm.estimate(STAFF, ["score", "tired"], by="organisation")

    both = COMPARISONS[name](table)

    for indicator in ("score", "tired"):
        alone = COMPARISONS[name](wm.estimate(STAFF, indicator, by="organisation"))
        pd.testing.assert_frame_equal(both.frame.query("indicator == @indicator").reset_index(drop=True), alone.frame)
    assert both.signal["indicator"].tolist() == ["score", "tired"]
    assert len(both.plot().child_axes) == 2


@pytest.mark.parametrize("name", COMPARISONS)
def test_hidden_groups_stay_hidden(name: str) -> None:
    table = wm.suppress(wm.estimate(STAFF, ["score", "tired"], by="organisation"), min_n=95)
    hidden = table.frame.query("suppressed")["organisation"].unique()
    assert 0 < len(hidden) < 3

    found = COMPARISONS[name](table)

    rows = found.frame[found.frame["organisation"].isin(hidden)]
    assert rows["suppressed"].all()
    assert (
        rows.drop(columns=["organisation", "indicator", "limit", "suppressed"], errors="ignore").isna().all(axis=None)
    )
    assert (found.signal["groups"] == 6 - len(hidden)).all()
    assert found.provenance["min_n"] == 95
    assert found.provenance["n_respondents"] is None


@pytest.mark.parametrize("name", COMPARISONS)
def test_what_holds_a_mean_of_all_cannot_be_suppressed_afterwards(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="a result that is only a table"):
        wm.suppress(COMPARISONS[name](TEAMS, by="team"))


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("frame", [pl.from_pandas(TEAMS), pl.from_pandas(TEAMS).lazy(), TEAMS.convert_dtypes()])
def test_comparisons_of_any_frame(name: str, frame: object) -> None:
    expected = COMPARISONS[name](TEAMS, by="team").frame

    found = COMPARISONS[name](frame, by="team").frame

    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_group_without_error_is_there_without_a_number(name: str) -> None:
    table = TEAMS.assign(std_error=TEAMS["std_error"].where(TEAMS["team"] != "c", 0.0))
    table.loc[0, "estimate"] = np.nan  # team f

    found = COMPARISONS[name](table, by="team")

    named = {"shrink": "estimate", "funnel": "limit_low", "rank_intervals": "rank"}[name]
    assert set(found.frame.loc[found.frame[named].isna(), "team"]) == {"c", "f"}
    assert found.signal["groups"].item() == 4
    found.plot()


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize(
    ("table", "settings", "message"),
    [
        (TEAMS, {}, "the groups that are compared"),
        (TEAMS.drop(columns="estimate"), {"by": "team"}, "estimate"),
        (TEAMS.iloc[:0], {"by": "team"}, "at least one row"),
        (TEAMS.iloc[:1], {"by": "team"}, "groups with an estimate and a standard error above 0"),
        (pd.concat([TEAMS, TEAMS]), {"by": "team"}, "one row a group and indicator"),
        (TEAMS.assign(std_error=-1.0), {"by": "team"}, "standard errors of 0 or more"),
        (TEAMS.assign(estimate="high"), {"by": "team"}, "numbers"),
        (TEAMS, {"by": "ward"}, "a column to group by"),
        ([1, 2], {"by": "team"}, "a table of estimates or a data frame"),
        (Result(TEAMS, ("team",)), {"by": "team"}, "a result, which knows its groups"),
        (Result(TEAMS[["estimate", "std_error"]]), {}, "the groups that are compared"),
    ],
)
def test_tables_that_are_refused(name: str, table: object, settings: dict[str, object], message: str) -> None:
    with pytest.raises((InvalidArgumentError, InvalidDataError, MissingColumnError), match=message):
        COMPARISONS[name](table, **settings)


@pytest.mark.parametrize(("name", "column"), [("shrink", "observed"), ("funnel", "size"), ("rank_intervals", "rank")])
def test_names_of_their_own_columns_are_refused_as_groups(name: str, column: str) -> None:
    with pytest.raises(InvalidArgumentError, match="rename the column in the table"):
        COMPARISONS[name](TEAMS.rename(columns={"team": column}), by=column)


@pytest.mark.parametrize("name", COMPARISONS)
def test_risks_of_leaving_can_be_compared(name: str) -> None:
    people = pd.DataFrame({
        "year": RNG.integers(1, 9, 800), "left": RNG.random(800) < 0.5, "organisation": RNG.choice(list("ABCDEF"), 800)
    })  # fmt: skip
    cohort = wm.Cohort.from_frame(people, duration="year", event="left", time_unit="years")

    risks = COMPARISONS[name](wm.leaving_within(cohort, years=5, by="organisation"))
    staying = COMPARISONS[name](wm.kaplan_meier(cohort, by="organisation").at([2, 5]), by="organisation")

    assert risks.signal["time"].tolist() == [5]
    assert staying.signal["time"].tolist() == [2, 5]
    assert staying.signal["q"].iloc[1] == pytest.approx(risks.signal["q"].item())
    assert len(staying.plot().child_axes) == 2


# Each of its own


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"method": "ml"}, "'reml' or 'paule-mandel'"), ({"conf_level": 1}, "conf_level")],
)
def test_shrinkages_that_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        wm.shrink(TEAMS, by="team", **settings)


def test_three_groups_are_too_few_to_shrink() -> None:
    with pytest.raises(InvalidDataError, match="at least 4 groups"):
        wm.shrink(TEAMS.iloc[:3], by="team")


def test_shrunk_plot() -> None:
    ax = wm.shrink(TEAMS, by="team").plot()

    assert [text.get_text() for text in ax.get_yticklabels()] == list("abcdef")  # the largest on top
    assert {"ring", "dot", "all"} <= {line.get_gid() for line in ax.lines}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"limits": []}, "levels in"),
        ({"limits": (95, 99.8)}, "levels in"),
        ({"limits": ("0.95",)}, "levels in"),
        ({"overdispersion": "some"}, "'none' or 'additive' or 'multiplicative'"),
        ({"share_limits": "wilson"}, "'exact' or 'normal'"),
        ({"winsorise": 0.5}, "a share in"),
        ({"winsorise": True}, "a share in"),
        ({"target": "mean"}, "a number"),
        ({"target": {"score": 1.0}}, "a target for the estimates"),
        ({"shares": True}, "shares from 0 to 1"),
    ],
)
def test_funnels_that_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises((InvalidArgumentError, InvalidDataError), match=message):
        wm.funnel(TEAMS, by="team", **settings)


def test_target_of_a_share_is_inside_0_and_1() -> None:
    with pytest.raises(InvalidArgumentError, match="above 0 and below 1"):
        wm.funnel(TEAMS.assign(estimate=0.0), by="team", shares=True)


def test_targets_by_indicator() -> None:
    table = wm.estimate(STAFF, ["score", "tired"], by="organisation")

    found = wm.funnel(table, target={"score": 5.0, "tired": 0.4}, limits=[0.95])

    assert found.signal["target"].tolist() == [5.0, 0.4]
    assert found.frame["target"].tolist() == [5.0, 0.4] * 6


def test_size_of_a_share_is_n_without_weights_and_less_with_them() -> None:
    people = STAFF.assign(weight=RNG.uniform(0.2, 3, N))
    plain = wm.funnel(wm.estimate(people, "tired", by="organisation"), limits=[0.95]).frame
    weighted = wm.funnel(
        wm.estimate(people, "tired", by="organisation", design=wm.SurveyDesign(weight="weight")), limits=[0.95]
    ).frame

    # the standard error has the factor of the whole design, 600 / 599, and the design effect that of the group
    np.testing.assert_allclose(plain["size"], plain["n"], rtol=0.02)
    assert (weighted["size"] < 0.95 * weighted["n"]).all()


def test_sizes_where_no_standard_error_helps() -> None:
    table = pd.DataFrame({
        "site": list("abc"), "estimate": [0.0, 0.4, 0.5], "std_error": [0.0, np.nan, 0.05], "n": [30, 40, 101],
        "n_effective": [25.0, np.nan, 90.0],
    })  # fmt: skip

    frame = wm.funnel(table, by="site", shares=True, limits=[0.95]).frame

    # Kish's, n, and 101 by the design effect 0.05^2 / (0.25 / 100) = 1
    assert frame["size"].tolist() == pytest.approx([25, 40, 101])


def test_curves_pass_through_the_limits_of_the_groups() -> None:
    found = wm.funnel(wm.estimate(STAFF, ["score", "tired"], by="organisation"), overdispersion="additive")

    curves = found.curves()
    for _, line in curves.groupby(["indicator", "limit"]):
        rows = found.frame.merge(line[["indicator", "limit"]].drop_duplicates())
        for side in ("limit_low", "limit_high"):
            np.testing.assert_allclose(np.interp(rows["size"], line["size"], line[side]), rows[side], rtol=1e-3)


def test_funnel_plot_draws_what_is_shown_and_names_what_is_beyond() -> None:
    sites = pd.DataFrame({
        "site": [f"s{i:02d}" for i in range(20)],
        "estimate": [0.9, 0.05] + [0.4 + 0.01 * (i % 5) for i in range(18)],
        "n": [200, 150] + [60 + 20 * i for i in range(18)],
    })  # fmt: skip
    shown = wm.suppress(Result(sites, ("site",)), min_n=100, complementary=False)

    ax = wm.funnel(shown, shares=True).plot()

    dots = {line.get_gid(): len(line.get_xdata()) for line in ax.lines}
    assert dots["within"] + dots["beyond"] == 18  # of 60, 80 and 100 answers two are hidden
    assert {text.get_text() for text in ax.texts if text.get_gid() == "outlier"} == {"s00", "s01"}
    assert len([line for line in ax.lines if line.get_gid() == "limit"]) == 4
    assert "withheld groups are not drawn" in " ".join(_texts(ax)).replace("\n", " ")


def test_funnel_plot_on_given_axes() -> None:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()

    assert wm.funnel(TEAMS, by="team").plot(ax) is ax
    assert ax.get_xlabel() == "Effective number of respondents"
    assert wm.funnel(TEAMS.drop(columns="n"), by="team").plot().get_xlabel() == "Precision (1 / variance)"
    plt.close("all")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "bootstrap"}, "'simultaneous' or 'simulation'"),
        ({"first": "best"}, "'largest' or 'smallest'"),
        ({"method": "simulation"}, "seed: expected a whole number of 0 or more, got None"),
        ({"method": "simulation", "seed": 1, "draws": 0}, "draws: expected a whole number of 1"),
        ({"method": "simulation", "seed": 1.5}, "seed"),
    ],
)
def test_ranks_that_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        wm.rank_intervals(TEAMS, by="team", **settings)


def test_simulated_ranks_are_had_again_with_the_same_seed() -> None:
    first, again, other = (
        wm.rank_intervals(TEAMS, by="team", method="simulation", draws=300, seed=seed).frame for seed in (7, 7, 8)
    )

    pd.testing.assert_frame_equal(first, again)
    assert first["expected_rank"].tolist() != other["expected_rank"].tolist()
    assert first["rank"].tolist() == [1, 2, 3, 4, 5, 6]


def test_equal_estimates_share_a_rank() -> None:
    frame = wm.rank_intervals(TEAMS.assign(estimate=[5.0, 6, 6, 6, 7, 8]), by="team").frame

    assert frame["rank"].tolist() == [1, 2, 3, 3, 3, 6]


def test_ranks_plot_has_the_first_on_top() -> None:
    ax = wm.rank_intervals(TEAMS, by="team", first="smallest").plot()

    assert [text.get_text() for text in ax.get_yticklabels()] == list("fedcba")
