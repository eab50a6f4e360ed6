"""What `estimate` returns with breakdowns, ratios, design effects and other intervals, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.fine_cells import fine_pass
from workforce_metrics.estimation.intervals import share_interval


def _staff() -> pd.DataFrame:
    return pd.DataFrame({
        "trust": ["b", "a", "b", "b", "a", "a", None, "b"],
        "sex": pd.Categorical(["M", "F", "M", "F", "F", "M", "F", None], categories=["M", "F", "X"]),
        "age": [3.0, 1.0, 2.0, 2.0, np.nan, 1.0, 1.0, 3.0],
        "tired": [4.0, 6.0, 8.0, 2.0, np.nan, 5.0, 1.0, 7.0],
        "left": [True, False, True, False, True, True, False, True],
        "sick": [4.0, 0.0, 8.0, 1.0, 2.0, np.nan, 3.0, 5.0],
        "days": [100, 200, 100, 200, 100, 100, 50, 250],
    })  # fmt: skip


def test_whole_groups_come_first_then_breakdown_by_breakdown_in_the_order_of_groups_and_levels() -> None:
    table = wm.estimate(_staff(), "tired", by="trust", breakdowns=["sex", "age"])

    rows = table.frame[["trust", "breakdown", "level"]].itertuples(index=False, name=None)
    assert list(rows) == [
        ("a", "all", "all"), ("b", "all", "all"),
        ("a", "sex", "M"), ("a", "sex", "F"), ("b", "sex", "M"), ("b", "sex", "F"),
        ("a", "age", "1"), ("b", "age", "2"), ("b", "age", "3"),
    ]  # fmt: skip
    assert table.by == ("trust", "breakdown", "level")
    assert table.frame["estimate"].tolist() == [
        (6 + 5) / 2, (4 + 8 + 2 + 7) / 4, 5, 6, (4 + 8) / 2, 2, (6 + 5) / 2, (8 + 2) / 2, (4 + 7) / 2,
    ]  # fmt: skip


def test_without_groups_the_whole_is_one_row() -> None:
    frame = wm.estimate(_staff(), ["tired", "left"], breakdowns="sex").frame

    assert frame[["breakdown", "level", "indicator"]].to_numpy().tolist() == [
        ["all", "all", "tired"], ["all", "all", "left"], ["sex", "M", "tired"], ["sex", "M", "left"],
        ["sex", "F", "tired"], ["sex", "F", "left"],
    ]  # fmt: skip


def test_those_without_a_level_are_in_other_rows_and_counted() -> None:
    table = wm.estimate(_staff(), "left", by="trust", breakdowns=["sex", "age"])

    frame = table.frame
    assert frame.groupby("breakdown")["n"].sum().to_dict() == {"all": 7, "sex": 6, "age": 6}
    assert table.provenance["n_without_level"] == {"sex": 1, "age": 1}
    assert table.provenance["n_without_group"] == 1
    assert wm.estimate(_staff(), "left", by="trust", breakdowns="days").provenance["n_without_level"] is None


def test_nobody_in_a_group_gives_an_empty_table() -> None:
    frame = wm.estimate(_staff().assign(trust=None), "left", by="trust", breakdowns="sex").frame

    assert not len(frame)


@pytest.mark.parametrize("frame", [pl.DataFrame, lambda data: pl.DataFrame(data).lazy()])
def test_any_frame_gives_the_same_table(frame: object) -> None:
    staff = _staff().astype({"sex": object})
    asked = {"by": "trust", "breakdowns": ["sex"]}
    indicators = ["tired", wm.Ratio("sick", "days")]

    other = wm.estimate(frame(staff), indicators, **asked).frame

    pd.testing.assert_frame_equal(other, wm.estimate(staff, indicators, **asked).frame, check_dtype=False)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"breakdowns": "trust", "by": "trust"}, InvalidArgumentError, "a column of by"),
        ({"breakdowns": ["sex", "sex"]}, InvalidArgumentError, "'sex' more than once"),
        ({"breakdowns": "level"}, InvalidArgumentError, "rename the column"),
        ({"breakdowns": "all"}, InvalidArgumentError, "stands for a group taken whole"),
        ({"breakdowns": "band"}, MissingColumnError, "band"),
        ({"breakdowns": "mixed"}, InvalidDataError, "two that read the same"),
        ({"interval": "wald"}, InvalidArgumentError, "'logit' or 'wilson'"),
        ({"deff": True}, InvalidArgumentError, "with_replacement"),
        ({"indicators": ["tired", wm.Ratio("sick", "days", name="tired")]}, InvalidArgumentError, "more than once"),
        ({"indicators": [3]}, InvalidArgumentError, "not text"),
        ({"indicators": wm.Ratio("sick", "hours")}, MissingColumnError, "hours"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    mixed = pd.Categorical([1, "1"] * 4, categories=[1, "1"])
    with pytest.raises(error, match=message):
        wm.estimate(_staff().assign(mixed=mixed), **{"indicators": "tired", **arguments})


def test_a_ratio_is_named_by_its_columns_and_taken_over_those_who_have_both() -> None:
    table = wm.estimate(_staff(), [wm.Ratio("sick", "days"), "left"], by="trust", breakdowns="sex")

    frame = table.frame.query("breakdown == 'all' and indicator == 'sick / days'")
    assert frame["estimate"].tolist() == pytest.approx([(0 + 2) / 300, (4 + 8 + 1 + 5) / 650], rel=1e-15)
    assert frame[["n", "n_missing"]].to_numpy().tolist() == [[2, 1], [4, 0]]
    assert dict(table.kinds) == {"sick / days": "ratio", "left": "share"}


def test_what_is_in_proportion_has_a_ratio_without_error() -> None:
    staff = _staff().assign(sick=lambda data: 0.1 * data["days"])

    row = wm.estimate(staff, wm.Ratio("sick", "days")).frame.iloc[0]

    assert row["estimate"] == pytest.approx(0.1, rel=1e-15)
    assert row["std_error"] == pytest.approx(0.0, abs=1e-16)


def test_a_denominator_of_zero_has_no_ratio() -> None:
    row = wm.estimate(_staff().assign(days=0), wm.Ratio("sick", "days")).frame.iloc[0]

    assert row[["estimate", "std_error", "conf_low", "conf_high"]].isna().all()


def test_a_ratio_is_made_of_names() -> None:
    with pytest.raises(InvalidArgumentError, match="denominator: expected a name"):
        wm.Ratio("sick", 3)


def test_the_design_effect_of_a_random_sample_is_one() -> None:
    staff = _staff().assign(population=80)
    design = wm.SurveyDesign(population_size="population")

    with_, without = (
        wm.estimate(staff, ["tired", "left"], design=plan, deff=kind).frame
        for plan, kind in ((None, "with_replacement"), (design, "without_replacement"))
    )

    assert list(with_.columns).index("deff") == list(with_.columns).index("n_effective") + 1
    # one of eight did not answer "tired": those who did are a domain of 8, not a sample of 7
    for frame in (with_, without):
        np.testing.assert_allclose(frame["deff"], [(8 / 7) / (7 / 6), 1.0], rtol=1e-14)


def test_a_design_effect_without_replacement_needs_a_population() -> None:
    assert wm.estimate(_staff(), "tired", deff="without_replacement").frame["deff"].isna().all()


def test_wilson_and_beta_limits_are_those_of_the_textbook() -> None:
    share, n = np.array([0.2]), np.array([51])
    se = np.sqrt(share * (1 - share) / 50)  # as many as 50 drawn at random

    wilson = share_interval(share, se, n - 1, n, n.astype(float), conf_level=0.95, method="wilson")
    beta = share_interval(share, se, n - 1, n, n.astype(float), conf_level=0.95, method="beta")

    # Wilson's interval of 10 in 50: 11.24 % to 33.04 %; Clopper and Pearson's: 10.03 % to 33.72 %
    np.testing.assert_allclose(np.ravel(wilson), [0.1124, 0.3304], atol=5e-5)
    np.testing.assert_allclose(np.ravel(beta), [0.1003, 0.3372], atol=5e-5)


@pytest.mark.parametrize("answer", [0, 1])
def test_a_unanimous_share_has_wilsons_own_limits(answer: int) -> None:
    row = wm.estimate(pd.DataFrame({"y": [answer] * 8}), "share:y", interval="wilson").frame.iloc[0]

    z = 1.959963984540054
    expected = [0, z**2 / (8 + z**2)] if not answer else [8 / (8 + z**2), 1]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(expected, rel=1e-12)


def test_a_plain_interval_is_that_of_a_mean() -> None:
    staff = _staff().assign(number=lambda data: data["left"].astype(float))
    columns = ["estimate", "std_error", "conf_low", "conf_high"]

    share = wm.estimate(staff, "left", by="trust", interval="plain")
    mean = wm.estimate(staff, "number", by="trust")

    pd.testing.assert_frame_equal(share.frame[columns], mean.frame[columns])
    assert share.provenance["interval"] == "plain"
    assert mean.provenance["interval"] is None


def test_a_share_that_was_drawn_whole_has_an_interval_of_no_width() -> None:
    people = pd.DataFrame({"y": [True, False], "size": [2, 2]})

    for interval in ("logit", "wilson", "beta"):
        row = wm.estimate(people, "y", design=wm.SurveyDesign(population_size="size"), interval=interval).frame.iloc[0]
        assert [row["conf_low"], row["conf_high"]] == [0.5, 0.5]


def test_broken_down_tables_are_not_suppressed_as_if_they_were_one() -> None:
    with pytest.raises(InvalidArgumentError, match=r"pass the tables of \.apart\(\)"):
        wm.suppress(wm.estimate(_staff(), "tired", by="trust", breakdowns="sex"))


@pytest.mark.parametrize(("times", "hidden"), [(6, [True] * 4), (12, [False] * 4)])
def test_a_table_apart_is_suppressed_like_any_other(times: int, hidden: list[bool]) -> None:
    staff = pd.concat([_staff()] * times)  # one M and one F in a, two and one in b

    frame = wm.suppress(wm.estimate(staff, "tired", by="trust", breakdowns="sex").apart()[1]).frame

    assert frame["suppressed"].tolist() == hidden
    assert frame["estimate"].isna().tolist() == hidden


def test_all_tables_apart_are_suppressed_together() -> None:
    staff = pd.concat([_staff()] * 12)  # 12 M and 12 F in a, 24 and 12 in b
    tables = wm.estimate(staff, "tired", by="trust", breakdowns=["sex", "age"]).apart()

    safe = wm.suppress(tables)

    assert [table.by for table in safe] == [table.by for table in tables]
    assert all("suppressed" in table.frame for table in safe)


def test_tables_apart_are_those_estimated_one_by_one() -> None:
    whole, sex, age = wm.estimate(_staff(), ["tired", "left"], by="trust", breakdowns=["sex", "age"]).apart()

    alone = wm.estimate(_staff(), ["tired", "left"], by="trust")
    pd.testing.assert_frame_equal(whole.frame, alone.frame)
    assert alone.apart() == (alone,)
    for table, name in ((sex, "sex"), (age, "age")):
        expected = wm.estimate(_staff(), ["tired", "left"], by=["trust", name])
        pd.testing.assert_frame_equal(table.frame.drop(columns=name), expected.frame.drop(columns=name))
        assert table.by == expected.by
        assert dict(table.kinds) == dict(expected.kinds)


def test_plot_draws_on_the_given_axes() -> None:
    axes = Figure().subplots()

    table = wm.estimate(_staff(), ["left", wm.Ratio("sick", "days")], by="trust", breakdowns="sex")

    assert table.plot(axes) is axes


def test_scores_asked_for_together_are_those_asked_for_alone() -> None:
    survey = wm.read_staff_survey(
        wm.simulation.simulate_staff_survey(300, seed=3, n_organisations=3).extract, edition=2024
    )
    names = ["morale", "burnout", "staff_engagement", "negative_experiences"]

    together = wm.estimate(survey, names, breakdowns="staff_group").frame

    for name in names:
        alone = wm.estimate(survey, name, breakdowns="staff_group").frame
        pd.testing.assert_frame_equal(together[together["indicator"] == name].reset_index(drop=True), alone)


def test_breakdowns_share_a_pass_only_while_their_cells_are_few() -> None:
    n = 600
    design = wm.SurveyDesign().on(pd.DataFrame(index=range(n)))
    levels = [(np.arange(n) // step % width, width) for step, width in ((1, 4), (4, 5), (20, 6), (120, 5))]

    def members(rows_per_cell: float) -> list[list[int]]:
        laid = fine_pass(np.zeros(n, dtype=np.int64), levels, design, rows_per_cell=rows_per_cell)
        return [[which for which, _ in pack.tables] for pack in laid.packs]

    assert members(1.0) == [[0, 1, 2, 3, 4]]  # 4 x 5 x 6 x 5 = 600 cells
    assert members(20.0) == [[0, 1, 2], [3, 4]]  # up to 30 cells: 4 x 5, 6 x 5
    assert members(600.0) == [[0, 1], [2], [3], [4]]  # each has a pass, however many cells it has
