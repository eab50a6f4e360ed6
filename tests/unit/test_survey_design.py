"""A design is checked against the data it is said of, and says what is wrong and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.design import SurveyDesign


def _staff(**columns: list[object]) -> pd.DataFrame:
    base = {"weight": [1.0, 2.0, 3.0, 4.0], "site": ["x", "x", "y", "y"], "team": ["t1", "t2", "t1", "t2"]}
    return pd.DataFrame({**base, **columns})


def test_only_what_is_given_is_shown() -> None:
    assert repr(SurveyDesign()) == "SurveyDesign()"
    assert repr(SurveyDesign(cluster="team", lonely_cluster="adjust")) == (
        "SurveyDesign(cluster='team', lonely_cluster='adjust')"
    )


def test_columns_come_once() -> None:
    assert SurveyDesign(weight="a", stratum="b", cluster="b").columns == ("a", "b")


def test_a_column_is_given_by_name_not_by_value() -> None:
    with pytest.raises(InvalidArgumentError, match="the name of a column, got a list"):
        SurveyDesign(weight=[1.0, 2.0])


def test_an_unknown_lonely_rule_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'fail' or 'certainty' or 'adjust'"):
        SurveyDesign(lonely_cluster="remove")


@pytest.mark.parametrize("argument", ["weight", "stratum", "cluster", "population_size"])
def test_a_column_that_is_not_there_is_named(argument: str) -> None:
    with pytest.raises(MissingColumnError) as error:
        SurveyDesign(**{argument: "wieght"}).on(_staff())
    assert error.value.argument == "wieght"


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, None, None, 2.0], "missing or infinite weights in 2 of 4 rows"),
        ([1.0, np.inf, 1.0, 2.0], "missing or infinite weights in 1 of 4 rows"),
        ([1.0, -7.5, 1.0, 2.0], "negative weights in 1 of 4 rows"),
        ([0.0, 0.0, 0.0, 0.0], "expected a weight above 0, got only zeros"),
        (["1", "2", "3", "4"], "expected a column of numbers"),
        ([True, True, False, True], "expected a column of numbers, got one of bool"),
    ],
)
def test_impossible_weights_are_counted_and_not_shown(weights: list[object], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message) as error:
        SurveyDesign(weight="weight").on(_staff(weight=weights))
    assert "7.5" not in str(error.value)


def test_nullable_weights_are_numbers() -> None:
    weight = pd.array([1, 2, 3, 4], dtype="Int64")

    arrays = SurveyDesign(weight="weight").on(_staff(weight=weight))

    assert arrays.weight.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("argument", ["stratum", "cluster"])
def test_a_missing_stratum_or_cluster_is_refused(argument: str) -> None:
    with pytest.raises(InvalidDataError, match="missing values in 1 of 4 rows"):
        SurveyDesign(**{argument: "unit"}).on(_staff(unit=["a", "a", None, "b"]))


def test_a_cluster_name_in_two_strata_is_two_clusters() -> None:
    arrays = SurveyDesign(stratum="site", cluster="team").on(_staff())

    assert arrays.n_clusters.tolist() == [2, 2]
    assert len(set(arrays.cluster.tolist())) == 4


def test_population_size_brings_correction_and_weight() -> None:
    staff = _staff(staff=[8, 8, 2, 2])

    arrays = SurveyDesign(stratum="site", population_size="staff").on(staff)

    assert arrays.weight.tolist() == [8 / 2, 8 / 2, 2 / 2, 2 / 2]
    assert arrays.scale.tolist() == [(1 - 2 / 8) * 2 / 1, 0.0]


def test_a_given_weight_is_kept_beside_a_population_size() -> None:
    arrays = SurveyDesign(weight="weight", population_size="staff").on(_staff(staff=[8, 8, 8, 8]))

    assert arrays.weight.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([8, None, 2, 2], "missing or infinite sizes in 1 of 4 rows"),
        ([8, 9, 2, 2], "sizes unlike their stratum's in 1 of 4 rows"),
        ([1, 1, 2, 2], "fewer in 1 of 2 strata"),
        ([0.5, 0.5, 0.25, 0.25], "not a fraction"),
    ],
)
def test_impossible_population_sizes_are_refused(sizes: list[object], message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        SurveyDesign(stratum="site", population_size="staff").on(_staff(staff=sizes))


def test_population_size_counts_clusters_where_there_are_clusters() -> None:
    staff = _staff(teams=[2, 2, 2, 2], team=["t1", "t1", "t2", "t2"])

    arrays = SurveyDesign(cluster="team", population_size="teams").on(staff)

    assert arrays.scale.tolist() == [0.0]
    assert arrays.weight.tolist() == [1.0] * 4


def test_a_lonely_cluster_is_refused_by_default_with_the_count() -> None:
    lonely = _staff(site=["x", "x", "x", "y"])

    with pytest.raises(InvalidDataError, match="one in 1 of 2 strata") as error:
        SurveyDesign(stratum="site").on(lonely)
    assert "lonely_cluster='certainty'" in error.value.fix


@pytest.mark.parametrize(("rule", "scale", "centre"), [("certainty", 0.0, 1.0), ("adjust", 1.0, 0.0)])
def test_a_lonely_cluster_adds_nothing_or_is_measured_from_the_mean(rule: str, scale: float, centre: float) -> None:
    lonely = _staff(site=["x", "x", "x", "y"])

    arrays = SurveyDesign(stratum="site", lonely_cluster=rule).on(lonely)

    assert arrays.scale.tolist() == [3 / 2, scale]
    assert arrays.centre.tolist() == [1 / 3, centre]


def test_a_lonely_cluster_that_is_its_whole_stratum_needs_no_rule() -> None:
    whole = _staff(site=["x", "x", "x", "y"], staff=[9, 9, 9, 1])

    arrays = SurveyDesign(stratum="site", population_size="staff").on(whole)

    assert arrays.scale.tolist() == [(1 - 3 / 9) * 3 / 2, 0.0]


def test_one_respondent_without_strata_is_not_refused() -> None:
    assert SurveyDesign().on(_staff().head(1)).n_clusters.tolist() == [1]


def test_a_rule_for_groups_needs_a_rule_for_strata_that_it_can_extend() -> None:
    with pytest.raises(InvalidArgumentError, match="lonely_in_group") as error:
        SurveyDesign(stratum="site", lonely_cluster="certainty", lonely_in_group=True)
    assert "'adjust' or 'average'" in error.value.fix


def test_an_averaged_stratum_is_known_to_be_unknown() -> None:
    arrays = SurveyDesign(stratum="site", lonely_cluster="average").on(_staff(site=["x", "x", "x", "y"]))

    known, centred = arrays.measured_in(np.array([0, 1]), np.array([1, 1]))

    assert known.tolist() == [True, False]
    assert centred.tolist() == [True, True]


@pytest.mark.parametrize(
    ("rule", "known", "centred"), [("adjust", [True, True], [False, True]), ("average", [False, True], [True, True])]
)
def test_a_group_with_one_of_several_clusters_is_lonely_where_that_is_asked(
    rule: str, known: list[bool], centred: list[bool]
) -> None:
    arrays = SurveyDesign(stratum="site", lonely_cluster=rule, lonely_in_group=True).on(_staff())

    found = arrays.measured_in(np.array([0, 1]), np.array([1, 2]))

    assert [array.tolist() for array in found] == [known, centred]
