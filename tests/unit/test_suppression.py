"""What is hidden, what is hidden with it, and that nothing of it is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError, MissingColumnError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import EstimateTable, estimate
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.results import Result


def _one_way(n: list[object], **columns: object) -> Result:
    teams = [f"t{i}" for i in range(len(n))]
    return Result(pd.DataFrame({"team": teams, "estimate": np.arange(len(n)) + 0.123, "n": n, **columns}), ("team",))


def _two_way(n: list[list[int]]) -> Result:
    rows = [(f"r{i}", f"c{j}", value) for i, line in enumerate(n) for j, value in enumerate(line)]
    frame = pd.DataFrame(rows, columns=["site", "grade", "n"]).assign(estimate=0.5)
    return Result(frame, ("site", "grade"))


def _hidden(result: Result, **settings: object) -> list[bool]:
    return suppress(result, **settings).frame["suppressed"].tolist()


def _grid(result: Result, n_columns: int) -> list[list[int]]:
    return np.reshape(_hidden(result), (-1, n_columns)).astype(int).tolist()


def test_eleven_is_shown_and_ten_is_not() -> None:
    assert _hidden(_one_way([11, 10, 10, 12])) == [False, True, True, False]


def test_a_missing_n_is_hidden() -> None:
    assert _hidden(_one_way([50, None, 12, 12])) == [False, True, True, False]
    assert _hidden(_one_way([50, None, 10, 12])) == [False, True, True, True]  # nobody and 10 are too few together


def test_the_smallest_other_group_is_hidden_with_one_alone() -> None:
    assert _hidden(_one_way([40, 3, 30, 35])) == [False, True, True, False]


def test_of_two_equal_partners_the_first_is_hidden() -> None:
    assert _hidden(_one_way([40, 3, 30, 30])) == [False, True, True, False]


def test_two_hidden_groups_that_are_small_together_get_a_third() -> None:
    assert _hidden(_one_way([4, 40, 6, 30])) == [True, False, True, True]
    assert _hidden(_one_way([5, 40, 6, 30])) == [True, False, True, False]


def test_without_complementary_only_small_groups_are_hidden() -> None:
    assert _hidden(_one_way([40, 3, 30, 35]), complementary=False) == [False, True, False, False]


def test_nothing_is_hidden_where_every_group_is_large_enough() -> None:
    table = _one_way([11, 12])

    shown = suppress(table)

    assert shown.frame["suppressed"].tolist() == [False, False]
    assert shown.frame["suppressed"].dtype == bool
    pd.testing.assert_frame_equal(shown.frame[["team", "estimate"]], table.frame[["team", "estimate"]])
    assert shown.provenance["suppressed_rows"] == 0


def test_every_row_and_column_of_a_two_way_table_is_protected() -> None:
    # 2 in the corner: its row hides 20, its column hides 21, and the two partners hide 33 to close the square
    assert _grid(_two_way([[2, 20, 40], [21, 33, 50], [60, 61, 62]]), 3) == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_a_cell_between_two_closed_squares_does_not_follow_from_the_totals() -> None:
    # every row and column has no hidden cell or two and more, 11 people and more; but the cell of r1 and c2 joins two
    # squares: the totals of r0, r1, c0 and c1 would give it
    table = _two_way([
        [9, 9, 90, 90],
        [9, 9, 9, 90],
        [90, 90, 9, 9],
        [90, 90, 9, 9],
        [99, 99, 99, 99],
    ])  # fmt: skip

    hidden = np.array(_hidden(table)).reshape(5, 4)

    assert hidden.sum() > 9
    lines = np.vstack([np.kron(np.eye(5), np.ones(4)), np.kron(np.ones(5), np.eye(4))])[:, hidden.ravel()]
    rank = np.linalg.matrix_rank(lines)
    without = [np.linalg.matrix_rank(np.delete(lines, i, axis=1)) for i in range(lines.shape[1])]
    assert without == [rank] * lines.shape[1]  # no column of its own direction: no cell is determined


def test_three_grouping_columns_are_protected_along_each() -> None:
    keys = pd.MultiIndex.from_product([range(3)] * 3, names=["a", "b", "c"]).to_frame(index=False)
    n = np.arange(27) + 50
    n[13] = 1  # the middle of the cube

    hidden = np.array(_hidden(Result(keys.assign(n=n), ("a", "b", "c")))).reshape(3, 3, 3)

    for axis in range(3):
        assert set(hidden.sum(axis=axis).ravel()) <= {0, 2, 3}
    assert hidden[1, 1, 1]
    assert hidden.sum() == 2**3


def test_a_group_alone_in_its_line_is_hidden_alone() -> None:
    assert _hidden(_one_way([3])) == [True]


def test_each_indicator_is_protected_with_the_same_partner() -> None:
    # t0 is small in both; by its own n "pay" would hide t2 with it, but t1 is smaller over both indicators
    table = Result(
        pd.DataFrame({
            "team": ["t0", "t1", "t2"] * 2,
            "indicator": ["burnout"] * 3 + ["pay"] * 3,
            "n": [5, 20, 30, 4, 19, 18],
            "estimate": 1.0,
        }),
        ("team",),
    )  # fmt: skip

    assert _hidden(table) == [True, True, False, True, True, False]


def test_a_group_is_hidden_only_in_the_indicators_where_it_is_small() -> None:
    table = Result(
        pd.DataFrame({"team": list("abab"), "indicator": ["x", "x", "y", "y"], "n": [5, 20, 15, 20]}), ("team",)
    )

    assert _hidden(table) == [True, True, False, False]


def test_causes_and_times_of_a_group_are_hidden_together() -> None:
    keys = pd.MultiIndex.from_product([list("abc"), ["retired", "moved"], [1, 5]], names=["team", "cause", "time"])
    n = [40] * 4 + [12, 12, 12, 9] + [30] * 4
    table = Result(keys.to_frame(index=False).assign(n=n, n_event=3), ("team",))

    hidden = _hidden(table)

    assert hidden == [False] * 4 + [True] * 8


def test_times_of_the_hidden_people_are_refused() -> None:
    own = pd.DataFrame({"team": list("aabb"), "time": [1.5, 2.5, 1.0, 3.0], "n": [9, 9, 50, 50]})

    with pytest.raises(InvalidArgumentError, match="the same times in every group"):
        suppress(Result(own, ("team",)))
    with pytest.raises(InvalidArgumentError, match="the same times in every group"):
        suppress(Result(own.query("team == 'a'")))
    assert _hidden(Result(own, ("team",)), min_n=9) == [False] * 4


def test_unanimous_shares_are_hidden_unless_asked_for() -> None:
    people = pd.DataFrame({
        "team": np.repeat(["a", "b", "c"], 20), "left": [1] * 20 + [0, 1] * 20, "pay": np.arange(60.0)
    })  # fmt: skip
    table = estimate(people, ["share:left", "pay"], by="team")

    hidden = suppress(table).frame
    shown = suppress(table, hide_unanimous=False).frame

    assert hidden["suppressed"].tolist() == [True, False, True, False, False, False]
    assert not shown["suppressed"].any()


def test_a_mean_of_zero_is_not_a_unanimous_share() -> None:
    people = pd.DataFrame({"team": np.repeat(["a", "b"], 20), "change": [-1.0, 1.0] * 10 + [3.0] * 20})

    assert not suppress(estimate(people, "change", by="team")).frame["suppressed"].any()


def test_nothing_of_a_hidden_group_is_left() -> None:
    people = pd.DataFrame({
        "team": ["a"] * 7 + ["b"] * 31 + ["c"] * 43, "score": [9.87654321] * 7 + [4.5, 5.5] * 37, "w": [1.375] * 81
    })  # fmt: skip

    result = suppress(estimate(people, "score", by="team", design=SurveyDesign(weight="w")))

    assert isinstance(result, EstimateTable)
    hidden = result.frame[result.frame["suppressed"]]
    assert hidden["team"].tolist() == ["a", "b"]
    assert hidden.drop(columns=["team", "indicator", "suppressed"]).isna().all(axis=None)
    text = repr(result) + result._repr_html_() + str(dict(result.provenance)) + result.frame.to_csv()
    for value in ("9.87", "9.88", f"{7 * 1.375}", f"{31 * 1.375}", "n_respondents=81"):
        assert value not in text
    assert result.provenance["n_respondents"] is None  # with the visible n it would give the hidden sum
    assert result.provenance["min_n"] == 11


def test_columns_the_library_does_not_know_are_hidden_too() -> None:
    other = pd.Categorical(["secret", "plain", "plain"])

    frame = suppress(_one_way([3, 40, 30], model_std_error=[0.1, 0.2, 0.3], remark=other)).frame

    assert frame["model_std_error"].isna().tolist() == [True, False, True]
    assert frame["remark"].isna().tolist() == [True, False, True]
    assert frame["remark"].dtype == object  # a category would keep its level


def test_integers_stay_integers() -> None:
    for n in ([3, 40, 30], [30, 40, 50]):
        frame = suppress(_one_way(n, df=[1, 2, 3])).frame
        assert [str(frame[column].dtype) for column in ("n", "df")] == ["Int64", "Int64"]


def test_all_hidden_is_said() -> None:
    assert "suppressed_rows=all" in repr(suppress(_one_way([3, 4])))


def test_a_stricter_second_pass_hides_more() -> None:
    table = _one_way([3, 15, 18, 40, 50])

    again = suppress(suppress(table), min_n=20).frame

    assert again["suppressed"].tolist() == [True, True, True, True, False]  # hidden numbers count as none
    pd.testing.assert_series_equal(
        suppress(table, min_n=20).frame["suppressed"], pd.Series([True] * 3 + [False] * 2, name="suppressed")
    )


def test_suppressing_after_an_unprotected_pass_protects() -> None:
    once = suppress(_one_way([3, 15, 18, 40, 50]), complementary=False)

    assert _hidden(once) == [True, True, False, False, False]


@pytest.mark.parametrize("min_n", [0, -1, 10.5, True, "11"])
def test_min_n_is_a_whole_number(min_n: object) -> None:
    with pytest.raises(InvalidArgumentError, match="a whole number of 1 or more"):
        suppress(_one_way([3, 4]), min_n=min_n)


def test_a_table_without_numbers_is_refused() -> None:
    with pytest.raises(MissingColumnError, match="numbers of people"):
        suppress(Result(pd.DataFrame({"estimate": [1.0]})))


def test_a_result_that_carries_more_than_its_table_is_refused() -> None:
    @dataclass(frozen=True, repr=False, eq=False)
    class WithPeople(Result):
        people: tuple[str, ...] = ()

    with pytest.raises(InvalidArgumentError, match="only a table, got WithPeople"):
        suppress(WithPeople(pd.DataFrame({"n": [3]})))


def test_the_result_given_is_not_changed() -> None:
    table = _one_way([3, 40, 30])
    before = table.frame

    suppress(table)

    pd.testing.assert_frame_equal(table.frame, before)


def _staff(**teams: tuple[int, dict[str, int]]) -> pd.DataFrame:
    """Each team: how many, and of each item how many say yes; the others say no."""
    pieces = []
    for team, (size, yes) in teams.items():
        answers = {item: np.arange(size) < count for item, count in yes.items()}
        pieces.append(pd.DataFrame({"team": team, **answers}))
    return pd.concat(pieces, ignore_index=True).astype(dict.fromkeys(next(iter(teams.values()))[1], float))


def test_hidden_teams_in_which_nobody_is_counted_have_a_partner_in_which_somebody_is() -> None:
    """Of a (4) and b (12) nobody: were the two hidden alone, the total would say so of each of the 16."""
    staff = _staff(a=(4, {"ill": 0}), b=(12, {"ill": 0}), c=(20, {"ill": 5}), d=(30, {"ill": 9}))

    table = estimate(staff, "share:ill", by="team")

    assert _hidden(table) == [True, True, True, False]
    assert _hidden(table, hide_unanimous=False) == [True, True, False, False]
    assert suppress(suppress(table)).frame["suppressed"].tolist() == [True, True, True, False]


def test_hidden_teams_that_are_all_counted_have_one_too() -> None:
    staff = _staff(a=(4, {"ill": 4}), b=(12, {"ill": 12}), c=(20, {"ill": 5}), d=(30, {"ill": 9}))

    assert _hidden(estimate(staff, "share:ill", by="team")) == [True, True, True, False]


def test_a_team_hidden_in_every_indicator_is_not_alone_in_that() -> None:
    """`tired` hides a and b, `ill` hides a and c: how many b and c are is seen, so the total would give a."""
    staff = _staff(
        a=(4, {"tired": 1, "ill": 2}),
        b=(12, {"tired": 6, "ill": 3}),
        c=(30, {"tired": 9, "ill": 0}),
        d=(40, {"tired": 9, "ill": 9}),
    )

    frame = suppress(estimate(staff, ["share:tired", "share:ill"], by="team")).frame
    shown = frame.groupby("team")["suppressed"].agg(lambda hidden: not hidden.all())

    assert frame.loc[frame["indicator"] == "share:tired", "suppressed"].tolist() == [True, True, False, False]
    assert shown.tolist() == [False, False, True, True]


def test_one_person_alone_in_a_line_hides_one_ring_and_no_more() -> None:
    """Four organisations by four bands of 40 and more, and one person in an organisation of their own."""
    cells = [(org, band, 40 + i) for i, (org, band) in enumerate((o, b) for o in "ABCD" for b in "1234")]
    rows = [(org, band) for org, band, n in [*cells, ("Z", "1", 1)] for _ in range(n)]
    people = pd.DataFrame(rows, columns=["org", "band"]).assign(x=lambda f: np.arange(len(f)) % 7.0)

    table = suppress(estimate(people, "x", by=["org", "band"])).frame

    assert table["suppressed"].sum() == 5


def _with_weights(staff: pd.DataFrame) -> pd.DataFrame:
    """Weights that no two teams share, so that weighted shares times people do not add up, only in weights."""
    return staff.assign(w=staff["team"].map({"a": 0.4, "b": 1.7, "c": 2.6, "d": 0.9}) * (1 + np.arange(len(staff)) % 3))


def test_a_weighted_total_and_its_groups_are_suppressed_together() -> None:
    staff = _with_weights(_staff(a=(14, {"ill": 9}), b=(22, {"ill": 2}), c=(20, {"ill": 19}), d=(30, {"ill": 3})))
    tables = [estimate(staff, "share:ill", by=by, design=SurveyDesign(weight="w")) for by in (None, "team")]

    assert [table.frame["suppressed"].tolist() for table in suppress(tables)] == [[False], [False] * 4]


@pytest.mark.parametrize("seed", range(20))
def test_equal_weights_hide_what_no_weights_hide(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 30, 4)
    staff = _staff(
        **{team: (int(n), {"ill": int(rng.integers(0, n + 1))}) for team, n in zip("abcd", size, strict=True)}
    )

    def hidden(design: SurveyDesign | None) -> list[list[bool]]:
        tables = [estimate(staff.assign(w=2.5), "share:ill", by=by, design=design) for by in (None, "team")]
        return [table.frame["suppressed"].tolist() for table in suppress(tables)]

    assert hidden(SurveyDesign(weight="w")) == hidden(None)
