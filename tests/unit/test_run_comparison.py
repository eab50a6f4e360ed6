"""A run against an earlier one: rows matched, what differs named, nothing told that either run hides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.run_changes import CANNOT_MOVE, changes_between
from workforce_metrics.estimation.run_comparison import RunComparison
from workforce_metrics.provenance import made_from
from workforce_metrics.results import Result

WORDS = "made up, nobody is real"
SPELLS = pd.DataFrame({
    "PIN": [f"p{i}" for i in range(60)], "on": ["2019-05-01", "2020-05-01", "2021-05-01"] * 20,
    "off": (["2021-01-10", "2022-03-01"] + [None] * 4) * 10, "route": ["UK", "EU"] * 30,
})  # fmt: skip


def _staff(**teams: int) -> pd.DataFrame:
    names = np.repeat(list(teams), list(teams.values()))
    return pd.DataFrame({"team": names, "hours": [30.0, 37.5, 41.0] * (len(names) // 3) + [30.0] * (len(names) % 3)})


def _result(estimates: Mapping[str, float], **provenance: object) -> Result:
    table = pd.DataFrame({"team": list(estimates), "estimate": list(estimates.values()), "n": 40})
    return Result(table, ("team",), provenance)


def _why(compared: RunComparison) -> list[str]:
    return compared.frame["explained_by"].tolist()


def _leaving(spells: pd.DataFrame = SPELLS, **changed: object) -> Result:
    asked = {"definition": "left", "observed_from": "2018-04-01", "observed_to": "2025-03-31"} | changed
    register = wm.read_register(
        spells, columns={"person_id": "PIN", "joined": "on", "left": "off"}, date_formats=["%Y-%m-%d"], **asked
    )
    return wm.leaving_within(wm.build_cohort(register, horizon_years=3), by="route")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_run_and_its_own_file_do_not_differ(tmp_path: Path, kind: str) -> None:
    safe = wm.suppress(wm.estimate(_staff(a=30, b=40, c=5, d=12), "hours", by="team"))
    saved = wm.read_result(wm.write_result(safe, tmp_path / f"hours.{kind}"))

    for current, earlier in ((safe, safe), (safe, saved), (saved, safe)):
        compared = wm.compare_runs(current, earlier)
        assert _why(compared) == ["no difference", "no difference", "suppressed", "suppressed"]
        assert compared.changes.empty
        assert not compared.frame["too_close"].any()
        assert compared.summary.startswith("Of 4 rows 2 show no difference, 0 differ within rounding and 0 by more")
        assert "say nothing in which they differ" in compared.summary


def test_another_level_accounts_for_limits_alone() -> None:
    staff = _staff(a=30, b=40)

    compared = wm.compare_runs(
        wm.estimate(staff, "hours", by="team", conf_level=0.9), wm.estimate(staff, "hours", by="team")
    )

    assert set(_why(compared)) == {"other options: conf_level 0.95 -> 0.9"}
    assert set(compared.frame["differs"]) == {"conf_low, conf_high"}
    assert compared.frame["difference"].tolist() == [0.0, 0.0]
    assert compared.changes[["kind", "item", "earlier", "current"]].to_numpy().tolist() == [
        ["options", "conf_level", "0.95", "0.9"]
    ]


def test_what_no_change_can_move_stays_unexplained() -> None:
    before = _result({"a": 0.5, "b": 0.4}, conf_level=0.95)

    same = wm.compare_runs(_result({"a": 0.5, "b": 0.41}, conf_level=0.95), before)
    level = wm.compare_runs(_result({"a": 0.5, "b": 0.41}, conf_level=0.9), before)

    assert _why(same) == ["no difference", "unexplained"]
    assert _why(level) == ["no difference", "unexplained"]
    assert same.frame["difference"].round(12).tolist() == [0.0, 0.01]
    assert "(0 accounted for, 1 not)" in same.summary


def test_columns_that_only_some_changes_can_move_are_named() -> None:
    table = pd.DataFrame({"estimate": [1.0], "conf_low": [0.5], "conf_high": [1.5]})
    before = Result(table, provenance={"conf_level": 0.95})
    now = Result(table.assign(estimate=2.0, conf_low=0.6), provenance={"conf_level": 0.9})

    assert _why(wm.compare_runs(now, before)) == ["other options: conf_level 0.95 -> 0.9; unexplained (estimate)"]


def test_several_changes_are_all_listed_definition_first() -> None:
    compared = wm.compare_runs(
        _leaving(SPELLS.head(54), definition="left the trust", observed_to="2024-03-31", rejoin_within_days=30),
        _leaving(),
    )

    expected = [
        "other definition: left -> left the trust",
        "other window: observed_to 2025-03-31 -> 2024-03-31",
        "other reading of data frame: rejoin_within_days 0 -> 30",
        "fewer rows in data frame: n 60 -> 54",
    ]
    assert compared.changes["said"].tolist() == expected
    assert set(_why(compared)) == {"; ".join(expected)}


def _two(before: dict[str, object], now: dict[str, object]) -> list[str]:
    return [change.said for change in changes_between(before, now)]


def test_inputs_are_told_apart_by_name_and_rows() -> None:
    a, b = made_from("a.csv", 10, 9), made_from("b.csv", 20)
    both = {**a, "inputs": a["inputs"] + b["inputs"]}

    assert _two(a, made_from("a.csv", 12, 9)) == ["more rows in a.csv: n 10 -> 12"]
    assert _two(a, made_from("a.csv", 10, 8)) == ["fewer rows in a.csv kept: n 9 -> 8"]
    assert _two(a, b) == ["another input: a.csv (10 rows) -> b.csv (20 rows)"]
    assert _two(a, both) == ["input not there before: b.csv (20 rows)"]
    assert _two(both, a) == ["input no longer there: b.csv (20 rows)"]
    assert _two(made_from("x.xlsx", 5, unit="cells"), made_from("x.xlsx", 7, unit="cells")) == [
        "more cells in x.xlsx: n 5 -> 7"
    ]
    assert _two({}, a) == []


def test_several_frames_of_one_name_are_paired_in_order() -> None:
    frames = [made_from("data frame", n)["inputs"] for n in (10, 20)]
    before, now = {"inputs": frames[0] + frames[1]}, {"inputs": frames[0]}

    assert _two(before, now) == ["input no longer there: data frame (20 rows)"]
    assert _two(before, before) == []


def test_another_version_may_explain_anything() -> None:
    compared = wm.compare_runs(_result({"a": 0.5}, version="0.2.0"), _result({"a": 0.4}, version="0.1.0"))

    assert _why(compared) == ["other package version: 0.1.0 -> 0.2.0"]


def test_the_intervals_of_a_discrete_hazard_may_move_anything() -> None:
    before, now = _result({"a": 0.5}, interval="year"), _result({"a": 0.4}, interval=[1, 2])

    assert _why(wm.compare_runs(now, before)) == ["other options: interval year -> [1, 2]"]
    assert _why(wm.compare_runs(before, _result({"a": 0.4}, interval=None))) == ["other options: interval none -> year"]


def test_what_was_found_is_no_reason() -> None:
    before = _result({"a": 0.4}, n_respondents=10, n=10, verdict="differences within noise: a", lacking="x in 2022")
    now = _result({"a": 0.5}, n_respondents=12, n=12, verdict="differences beyond noise: a", lacking=None)

    assert _why(wm.compare_runs(now, before)) == ["unexplained"]


def test_rows_that_came_and_went_stand_last_without_numbers() -> None:
    compared = wm.compare_runs(_result({"b": 0.5, "c": 0.2}), _result({"a": 0.1, "b": 0.5}))

    assert compared.frame["team"].tolist() == ["b", "c", "a"]
    assert _why(compared) == ["no difference", "row not there before", "row not there now"]
    assert compared.frame[["estimate", "earlier", "n"]].isna().all(axis=1).tolist() == [False, True, True]


def test_no_number_of_a_row_that_either_run_hides_is_anywhere_in_the_comparison() -> None:
    wide = wm.estimate(_staff(a=33, b=41, c=23, d=29), "hours", by="team")
    strict, loose = wm.suppress(wide, min_n=25), wm.suppress(wide)

    hidden_now, shown_now = wm.compare_runs(strict, loose), wm.compare_runs(loose, strict)

    assert strict.frame["suppressed"].tolist() == [False, False, True, True]
    control = "other disclosure control: min_n 11 -> 25"
    assert _why(hidden_now) == ["no difference", "no difference", *[f"suppressed now, not before; {control}"] * 2]
    assert _why(shown_now)[2].startswith("suppressed before, not now; other disclosure control: min_n 25 -> 11")
    told = [f"{value:.6f}" for value in loose.frame.loc[2:, "estimate"]] + ["23", "29"]
    for compared in (hidden_now, shown_now):
        assert compared.frame["too_close"].tolist() == [False, False, True, True]
        assert compared.frame.loc[2:, ["estimate", "earlier", "difference", "n", "earlier_n"]].isna().all(axis=None)
        text = repr(compared) + compared._repr_html_() + compared.frame.to_csv() + compared.summary
        assert not any(number in text for number in told)
        assert "2 of them tell of few people" in compared.summary


def test_numbers_of_people_that_hardly_differ_are_marked_where_a_run_was_published() -> None:
    before = wm.estimate(_staff(a=30, b=40), "hours", by="team")
    now = wm.estimate(_staff(a=31, b=60), "hours", by="team")

    published = wm.compare_runs(now, wm.suppress(before))
    private = wm.compare_runs(now, before)

    assert published.frame["n_difference"].tolist() == [1, 20]
    assert published.frame["too_close"].tolist() == [True, False]
    assert private.frame["too_close"].tolist() == [False, False]
    assert wm.compare_runs(now, wm.suppress(before, min_n=21)).frame["too_close"].tolist() == [True, True]


def test_one_run_alone_suppressed_is_one_change() -> None:
    plain = wm.estimate(_staff(a=30, b=5, c=40), "hours", by="team")

    compared = wm.compare_runs(plain, wm.suppress(plain))

    assert compared.changes["said"].tolist() == ["other disclosure control: suppressed -> not suppressed"]
    assert _why(compared)[1] == "suppressed before, not now; other disclosure control: suppressed -> not suppressed"


def test_hidden_rows_take_numbers_of_inputs_along_so_other_people_are_all_that_can_be_said() -> None:
    """Disclosure control took the inputs' rows out: that they grew cannot be told, that n did can."""
    before = wm.suppress(wm.estimate(_staff(a=30, b=5, c=40, d=35), "hours", by="team"))
    now = wm.suppress(wm.estimate(_staff(a=30, b=5, c=52, d=35), "hours", by="team"))

    assert _why(wm.compare_runs(now, before))[2] == "other people in the row"


def test_other_people_explain_nothing_where_the_inputs_have_the_same_rows() -> None:
    """The same rows, moved from one team to the other: that is what has to be explained."""
    before, now = _staff(a=30, b=42), _staff(a=33, b=39)

    found = wm.compare_runs(wm.estimate(now, "hours", by="team"), wm.estimate(before, "hours", by="team"))

    assert _why(found) == ["unexplained", "unexplained"]


def test_rounding_is_half_a_step_and_no_more() -> None:
    saved = pd.DataFrame({"team": ["a", "b", "c"], "estimate": [0.3, 0.3, 0.3], "n": 40})

    compared = wm.compare_runs(_result({"a": 0.3, "b": 0.3049, "c": 0.3051}), saved, rounded_to=0.01)

    assert _why(compared) == ["no difference", "within rounding of the saved figures", "unexplained"]
    assert compared.frame["differs"].tolist() == ["", "estimate", "estimate"]


def test_a_rounded_table_agrees_with_the_one_it_was_rounded_from() -> None:
    table = wm.estimate(_staff(a=33, b=41, c=58), "hours", by="team")
    rounded = wm.suppress(table, round_to=5)

    compared = wm.compare_runs(table, rounded)

    assert _why(compared) == ["within rounding of the saved figures"] * 3  # n at least
    assert set(compared.frame["differs"]) <= {"n", "estimate, n"}
    assert not compared.frame["too_close"].any()
    assert _why(wm.compare_runs(rounded, rounded)) == ["no difference"] * 3


def test_two_figures_of_one_step_differ_by_more_than_rounding() -> None:
    before, now = (
        _result({"a": value}).with_table(
            pd.DataFrame({"team": ["a"], "estimate": [value], "n": [40], "rounded_to": [0.1]})
        )
        for value in (0.3, 0.4)
    )

    assert _why(wm.compare_runs(now, before)) == ["unexplained"]


def _published(release: int, shares: list[object]) -> wm.figures.PublishedSurvey:
    names = ["org_id", "q12b_2024", "q12b_n_2024"]
    sheet = pd.DataFrame([names, *([f"R{i}", share, 100] for i, share in enumerate(shares))])
    return wm.read_published_survey({"Acute": sheet}, edition=2024, release=release)


def test_two_releases_of_published_figures() -> None:
    compared = wm.compare_runs(_published(2025, [0.31, 0.4, 0.5]), _published(2024, [0.31, 0.42, "*"]))

    assert _why(compared) == [
        "no difference",
        "other release: 2024 -> 2025",
        "suppressed before, not now",
    ]
    assert compared.frame["too_close"].tolist() == [False, False, True]


def test_a_frame_of_published_figures_is_matched_by_what_its_cells_say() -> None:
    """Codes as numbers and as text are the same; a column of the frame's own does no harm."""
    table = pd.DataFrame({"site": pd.Categorical([7, 12]), "indicator": "hours", "estimate": [35.2, 36.0], "n": 50})
    now = Result(table, ("site",))
    saved = pd.DataFrame(
        {"site": ["12", "7"], "indicator": "hours", "estimate": [36.0, 35.0], "n": 50, "note": ["checked", "-"]}
    )

    compared = wm.compare_runs(now, saved)

    assert _why(compared) == ["unexplained", "no difference"]
    assert _why(wm.compare_runs(now, pl.from_pandas(saved))) == ["unexplained", "no difference"]
    assert wm.compare_runs(now, saved.assign(n=51)).frame["explained_by"].tolist() == ["other people in the row"] * 2


def test_times_that_differ_in_their_last_bits_are_one() -> None:
    before, now = (Result(pd.DataFrame({"time": [time], "estimate": [0.5], "n": [40]})) for time in (0.1 + 0.2, 0.3))

    assert _why(wm.compare_runs(now, before)) == ["no difference"]


def test_risk_tables_side_by_side_by_their_leavings() -> None:
    table = wm.RiskTable.from_counts(wm.load_special_educators())

    compared = wm.compare_runs(table + table, table, column="n_event")

    assert compared.frame["difference"].equals(table.frame["n_event"].rename("difference"))
    assert set(_why(compared)) == {"input not there before: data frame (12 rows)"}


def _refused(call: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_runs_that_cannot_be_compared_are_refused() -> None:
    one, frame = _result({"a": 0.5}), pd.DataFrame({"team": ["a"], "estimate": [0.5]})
    twice = pd.DataFrame({"team": ["a", "a"], "estimate": [0.5, 0.5]})

    _refused(lambda: wm.compare_runs(frame, frame), InvalidArgumentError, "the columns that group")
    _refused(lambda: wm.compare_runs(one, twice), InvalidArgumentError, "some twice")
    _refused(lambda: wm.compare_runs(one, [0.5]), InvalidArgumentError, "a list")
    _refused(lambda: wm.compare_runs(one, frame.head(0)), InvalidDataError, "at least one row")
    _refused(lambda: wm.compare_runs(one, _result({"b": 0.5})), InvalidDataError, "about the same groups")
    _refused(lambda: wm.compare_runs(one, Result(frame, ())), InvalidArgumentError, "rows by team")
    _refused(lambda: wm.compare_runs(one, _published(2024, [0.3])), InvalidArgumentError, "with back_test")
    _refused(lambda: wm.compare_runs(one, frame.assign(time=1.0)), InvalidArgumentError, "told apart by team")
    _refused(lambda: wm.compare_runs(one, frame.rename(columns={"team": "Team"})), MissingColumnError, "'team'")
    _refused(lambda: wm.compare_runs(one, frame, column="risk"), MissingColumnError, "a column of numbers")
    _refused(lambda: wm.compare_runs(one, frame, column="team"), MissingColumnError, "a column of numbers")
    _refused(lambda: wm.compare_runs(one, frame, rounded_to=0), InvalidArgumentError, "above 0")
    assert _why(wm.compare_runs(frame, frame, by="team")) == ["no difference"]


def test_a_comparison_is_not_for_publishing(tmp_path: Path) -> None:
    compared = wm.compare_runs(_result({"a": 0.5}), _result({"a": 0.4}))

    _refused(lambda: wm.suppress(compared), InvalidArgumentError, "only a table")
    _refused(lambda: wm.write_result(compared, tmp_path / "x.csv"), InvalidArgumentError, "went through suppress")
    assert wm.read_result(wm.write_result(compared, tmp_path / "x.csv", unsuppressed=WORDS)).kind == "RunComparison"


def test_counts_and_summary_add_up() -> None:
    compared = wm.compare_runs(_result({"a": 0.5, "b": 0.2, "c": 0.1}), _result({"a": 0.5, "b": 0.3, "d": 0.1}))

    assert compared.counts["n"].sum() == 4
    assert compared.summary.startswith("Of 4 rows 1 show no difference, 0 differ within rounding and 1 by more")
    assert "2 cannot be compared" in compared.summary
    assert repr(compared) == "<RunComparison: 4 rows by team; column=estimate>"


def _changed_options() -> dict[str, tuple[Result, Result]]:
    random = np.random.default_rng(2)
    staff = pd.DataFrame({
        "team": random.choice(["a", "b"], 400), "ward": random.integers(0, 20, 400), "tired": random.random(400) < 0.4,
        "weight": random.uniform(0.5, 2, 400), "month": random.integers(1, 30, 400), "left": random.random(400) < 0.5,
        "age": random.normal(40, 9, 400),
    })  # fmt: skip
    staff["why"] = np.where(staff["left"], random.choice(["moved", "retired"], 400), None)
    cohort = wm.Cohort.from_frame(
        staff.astype({"ward": str}), duration="month", event="left", cause="why", time_unit="months"
    )
    tired, table = ("share:tired",), wm.risk_table(cohort, by="team")
    asked = {"by": "team", "design": wm.SurveyDesign(weight="weight")}
    lives = [pd.DataFrame({"band": ["0-1", "1-5"], "exposure": [100, 300], "n_event": n}) for n in ([10, 6], [20, 6])]
    three = staff.assign(team=random.choice(["a", "b", "c"], 400))
    return {
        "conf_level": tuple(wm.estimate(staff, tired, conf_level=level, **asked) for level in (0.95, 0.9)),
        "interval": tuple(wm.estimate(staff, tired, interval=name, **asked) for name in ("logit", "wilson")),
        "deff": tuple(wm.estimate(staff, tired, deff=f"with{name}_replacement", **asked) for name in ("", "out")),
        "conf_type": tuple(wm.kaplan_meier(table.all_causes(), conf_type=name) for name in ("log-log", "log")),
        "cluster": tuple(wm.cox(cohort, "age", cluster=name) for name in (None, "ward")),
        "robust": tuple(wm.cox(cohort, "age", robust=is_robust) for is_robust in (False, True)),
        "variance": tuple(wm.decompose_leavers(*lives, variance=name) for name in ("poisson", "binomial")),
        "adjust": tuple(wm.compare(three, "tired", by="team", adjust=name) for name in ("none", "holm")),
    }  # fmt: skip


@pytest.fixture(scope="module")
def changed_options() -> dict[str, tuple[Result, Result]]:
    return _changed_options()


@pytest.mark.parametrize("option", CANNOT_MOVE)
def test_an_option_said_to_leave_columns_alone_leaves_them_alone_and_moves_others(
    option: str, changed_options: dict[str, tuple[Result, Result]]
) -> None:
    before, now = changed_options[option]

    compared = wm.compare_runs(now, before)

    moved = {name for names in compared.frame["differs"] for name in names.split(", ") if name}
    assert moved
    assert not moved & CANNOT_MOVE[option]
    assert any(f"other options: {option} " in why for why in _why(compared))
    assert not any("unexplained" in why for why in _why(compared))


def test_the_picture_has_a_dot_and_a_ring_a_row() -> None:
    names = [f"team {i:02d}" for i in range(60)]
    now, before = _result(dict.fromkeys(names, 0.5)), _result({name: 0.5 + i / 100 for i, name in enumerate(names)})

    compared = wm.compare_runs(now, before)
    axes = compared.plot()

    (dots,) = [line for line in axes.lines if line.get_gid() == "dot"]
    (rings,) = [line for line in axes.lines if line.get_gid() == "ring"]
    assert len(dots.get_xdata()) == len(rings.get_xdata()) == 40
    assert sorted(np.round(rings.get_xdata(), 9)) == pytest.approx([0.5 + i / 100 for i in range(20, 60)])
    assert set(dots.get_xdata()) == {0.5}
    plt.close(axes.figure)


def test_one_row_of_no_group_has_a_picture_too() -> None:
    now, before = (Result(pd.DataFrame({"estimate": [value], "n": [40]})) for value in (0.4, 0.5))

    axes = wm.compare_runs(now, before).plot()

    assert [line.get_xdata().tolist() for line in axes.lines if line.get_gid() == "dot"] == [[0.4]]
    plt.close(axes.figure)


def test_there_is_no_picture_of_rows_that_are_not_in_both() -> None:
    hidden = _result({"a": 0.5}).with_table(
        pd.DataFrame({"team": ["a"], "estimate": [np.nan], "n": [np.nan], "suppressed": [True]})
    )

    _refused(wm.compare_runs(hidden, _result({"a": 0.4})).plot, InvalidDataError, "a row that both show")
