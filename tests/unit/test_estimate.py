"""What `estimate` returns, refuses and accounts for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.extracts import LoadReport, StaffSurvey

COLUMNS = [
    "indicator", "estimate", "std_error", "conf_low", "conf_high", "n", "n_missing", "n_effective", "weight_sum", "df",
]  # fmt: skip


def _staff() -> pd.DataFrame:
    return pd.DataFrame({
        "team": ["b", "a", "b", None, "a", "b"],
        "site": ["y", "x", "y", "x", "x", "x"],
        "hours": [30.0, 37.5, None, 20.0, 37.5, 36.0],
        "tired": [True, False, True, True, False, False],
        "weight": [1.0, 2.0, 1.0, 1.0, 0.0, 3.0],
    })  # fmt: skip


def _survey() -> StaffSurvey:
    book = nhs_staff_survey(2024)
    items = book.scores["burnout"].items
    table = pd.DataFrame({item: pd.array([1, 5, 3, None], dtype="Int8") for item in items})
    table["org"] = pd.Categorical(["South", "North", "South", "North"], categories=["South", "North", "West"])
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    return StaffSurvey(table, book, LoadReport("test", 4, counts, pd.DataFrame({"row": [], "rule": []})))


def test_one_row_for_each_group_and_indicator_in_order() -> None:
    frame = estimate(_staff(), ["hours", "tired"], by=["team", "site"]).frame

    assert list(frame.columns) == ["team", "site", *COLUMNS]
    assert list(zip(frame["team"], frame["site"], frame["indicator"], strict=True)) == [
        ("a", "x", "hours"), ("a", "x", "tired"), ("b", "x", "hours"), ("b", "x", "tired"), ("b", "y", "hours"),
        ("b", "y", "tired"),
    ]  # fmt: skip


def test_a_survey_is_scored_and_grouped_by_category_order() -> None:
    table = estimate(_survey(), ["burnout", "share:burnout_burnt_out"], by="org")

    frame = table.frame
    assert list(frame["org"]) == ["South", "South", "North", "North"]  # West has no respondent
    # answers 1, 5, 3 score 10, 0, 5 (reversed); South 1 and 3, North 5 and one who did not answer
    assert frame["estimate"].tolist() == [(10 + 5) / 2, 0.0, 0.0, 1.0]
    assert frame["n"].tolist() == [2, 2, 1, 1]
    assert frame["n_missing"].tolist() == [0, 0, 1, 1]
    assert dict(table.kinds) == {"burnout": "score", "share:burnout_burnt_out": "share"}
    assert table.provenance["data"] == "NHS Staff Survey 2024"


def test_respondents_without_a_group_or_a_weight_are_accounted_for_once() -> None:
    neither = estimate(
        _staff().assign(weight=[1, 1, 1, 0, 1, 0]), "hours", by="team", design=SurveyDesign(weight="weight")
    )
    table = estimate(_staff(), "hours", by="team", design=SurveyDesign(weight="weight"))

    assert (neither.provenance["n_without_group"], neither.provenance["n_zero_weight"]) == (1, 1)
    in_rows = int(table.frame[["n", "n_missing"]].to_numpy().sum())
    assert table.provenance["n_respondents"] == in_rows + 1 + 1
    assert table.provenance["n_without_group"] == 1
    assert table.provenance["n_zero_weight"] == 1
    assert repr(table) == (
        "<EstimateTable: 2 rows by team; data=data frame; design=SurveyDesign(weight='weight'); conf_level=0.95;"
        " n_respondents=6; n_without_group=1; n_zero_weight=1>"
    )


def test_respondents_without_a_group_remain_in_the_design() -> None:
    score = [1.0, 2.0, 4.0, 7.0]

    grouped = estimate(pd.DataFrame({"y": score, "g": ["a", "a", "a", None]}), "y", by="g").frame

    # three of four: n / (n - 1) is 4 / 3, not 3 / 2
    spread = sum((y - 7 / 3) ** 2 for y in score[:3])
    assert grouped["std_error"][0] == pytest.approx(np.sqrt(4 / 3 * spread) / 3, rel=1e-14)


def test_a_group_where_nobody_answered_has_a_row_without_an_estimate() -> None:
    frame = estimate(pd.DataFrame({"g": ["a", "a", "b"], "y": [1.0, 3.0, None]}), "y", by="g").frame

    row = frame.iloc[1]
    assert (row["n"], row["n_missing"], row["weight_sum"]) == (0, 1, 0.0)
    assert row[["estimate", "std_error", "conf_low", "conf_high", "n_effective"]].isna().all()


def test_one_respondent_has_no_interval() -> None:
    people = pd.DataFrame({"g": ["a", "b", "b"], "y": [1.0, 2.0, 3.0], "s": [True, True, False]})

    frame = estimate(people, ["y", "s"], by="g").frame.query("g == 'a'")

    assert frame["estimate"].tolist() == [1.0, 1.0]
    assert frame[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_one_cluster_has_no_standard_error() -> None:
    people = pd.DataFrame({"g": ["a", "a", "b"], "t": [1, 1, 2], "y": [1.0, 2.0, 3.0]})

    frame = estimate(people, "y", by="g", design=SurveyDesign(cluster="t")).frame

    assert frame["std_error"].isna().all()
    assert frame["df"].tolist() == [0, 0]


def test_answers_all_alike_have_the_standard_error_zero_exactly() -> None:
    people = pd.DataFrame({"y": [0.1] * 7, "w": [0.3, 0.7, 1.1, 0.1, 0.9, 0.2, 0.6]})

    row = estimate(people, "y", design=SurveyDesign(weight="w")).frame.iloc[0]

    assert (row["estimate"], row["std_error"], row["conf_low"], row["conf_high"]) == (0.1, 0.0, 0.1, 0.1)


@pytest.mark.parametrize(("answer", "low", "high"), [(0, 0.0, 1 - 0.025 ** (1 / 8)), (1, 0.025 ** (1 / 8), 1.0)])
def test_a_unanimous_share_has_the_exact_binomial_interval(answer: int, low: float, high: float) -> None:
    row = estimate(pd.DataFrame({"y": [answer] * 8}), "share:y").frame.iloc[0]

    assert row["std_error"] == 0
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([low, high], rel=1e-14)


def test_a_unanimous_share_is_less_certain_under_weights_and_clusters() -> None:
    people = pd.DataFrame({"y": [False] * 8, "w": [1, 1, 1, 1, 1, 1, 1, 5], "t": [1, 1, 2, 2, 3, 3, 4, 4]})

    plain, weighted, clustered = (
        estimate(people, "y", design=design).frame["conf_high"][0]
        for design in (SurveyDesign(), SurveyDesign(weight="w"), SurveyDesign(cluster="t"))
    )

    assert weighted == pytest.approx(1 - 0.025 ** (1 / (12**2 / (7 + 25))), rel=1e-14)
    assert plain < clustered < 1


@pytest.mark.parametrize("frame", [pl.DataFrame, pa.Table.from_pandas, lambda data: pl.DataFrame(data).lazy()])
def test_any_frame_gives_the_same_table(frame: object) -> None:
    design = SurveyDesign(weight="weight", stratum="site")
    expected = estimate(_staff(), ["hours", "share:tired"], by="team", design=design).frame

    other = estimate(frame(_staff()), ["hours", "share:tired"], by="team", design=design).frame

    pd.testing.assert_frame_equal(other, expected, check_dtype=False)


def test_the_index_of_a_frame_means_nothing() -> None:
    shifted = _staff().set_index(pd.Index([3, 3, 1, 0, 0, 9]))

    pd.testing.assert_frame_equal(
        estimate(shifted, "hours", by="team").frame, estimate(_staff(), "hours", by="team").frame
    )


def test_a_large_common_value_costs_no_digits() -> None:
    y = np.array([1.0, 2.0, 4.0, 7.0])

    near, far = (estimate(pd.DataFrame({"y": y + shift}), "y").frame["std_error"][0] for shift in (0.0, 2.0**40))

    assert far == near  # the shift is exact in binary, so nothing is lost


def test_thousands_of_groups_by_thousands_of_strata_stay_small() -> None:
    n = 40_000
    people = pd.DataFrame({"g": np.arange(n) % 9_973, "h": np.arange(n) // 4, "y": np.arange(n) % 11 / 10})

    frame = estimate(people, "y", by="g", design=SurveyDesign(stratum="h")).frame  # dense would be 100 million cells

    assert len(frame) == 9_973
    assert frame["n"].sum() == n


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"indicators": []}, InvalidArgumentError, "one or more names"),
        ({"indicators": ["hours", "hours"]}, InvalidArgumentError, "'hours' more than once"),
        ({"indicators": "hours", "by": ["team", "team"]}, InvalidArgumentError, "'team' more than once"),
        ({"indicators": "hours", "by": "n"}, InvalidArgumentError, "rename the column"),
        ({"indicators": "hours", "by": "ward"}, MissingColumnError, "ward"),
        ({"indicators": "houres"}, MissingColumnError, "did you mean 'hours'"),
        ({"indicators": "site"}, InvalidDataError, "numeric or boolean"),
        ({"indicators": "hours", "conf_level": 95}, InvalidArgumentError, "write 0.95"),
        ({"indicators": "hours", "design": SurveyDesign(weight="w")}, MissingColumnError, "w:"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        estimate(_staff(), **arguments)


def test_no_respondent_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="at least one respondent"):
        estimate(_staff().head(0), "hours")


def test_what_is_not_a_frame_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="a StaffSurvey or a data frame, got list"):
        estimate([1, 2, 3], "hours")


def test_a_lazy_frame_that_lacks_a_column_is_refused_before_it_is_collected() -> None:
    with pytest.raises(MissingColumnError, match="ward"):
        estimate(pl.DataFrame({"y": [1.0]}).lazy(), "y", by="ward")


def test_groups_that_cannot_be_sorted_are_refused() -> None:
    mixed = pd.DataFrame({"y": [1.0, 2.0, 3.0], "g": [(1, 2), "a", 3]})

    with pytest.raises(InvalidDataError, match="values of several kinds"):
        estimate(mixed, "y", by="g")


def test_nothing_of_the_input_is_changed() -> None:
    staff = _staff()

    table = estimate(staff, "hours", by="team")
    frame = table.frame
    frame.loc[0, "estimate"] = -1.0

    pd.testing.assert_frame_equal(staff, _staff())
    assert table.frame["estimate"][0] == 37.5


def test_plot_draws_on_the_given_axes() -> None:
    pytest.importorskip("workforce_metrics.plotting.dots")
    axes = Figure().subplots()

    assert estimate(_staff(), "hours", by="site").plot(axes) is axes
