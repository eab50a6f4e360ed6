"""Columns from formulas: coding, missing values, and columns that follow from others."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.survival.design_matrix import design_matrix
from workforce_metrics.survival.formula import formula_variables, parse_formula

STAFF = pd.DataFrame(
    {
        "age": [22.0, 35.0, 41.0, 58.0, 29.0, 47.0],
        "route": pd.Categorical(list("xyzxyz"), categories=list("zyxw")),
        "site": ["north", "south", "north", "south", "south", "north"],
        "part time": [True, False, False, True, True, False],
        "ph.scale": [1, 2, 3, 1, 3, 2],
    }
)


def test_names_terms_and_levels() -> None:
    design = design_matrix(STAFF, "route + site:age + `part time`")

    assert design.names[:2] == ("route[T.y]", "route[T.x]")
    assert design.terms == ("route", "route", "part time", "site:age", "site:age")
    assert design.levels == ("y", "x", "", "north", "south")
    assert design.describe(1) == "route, level x"
    assert design.describe(2) == "part time"


def test_levels_that_do_not_occur_are_left_out() -> None:
    design = design_matrix(STAFF[STAFF["route"] != "z"], "route")

    assert design.names == ("route[T.x]",)


@pytest.mark.parametrize("formula", ["0 + route", "route - 1", "1 + route", "route"])
def test_levels_are_coded_against_a_reference_with_or_without_a_constant(formula: str) -> None:
    without, with_constant = design_matrix(STAFF, formula), design_matrix(STAFF, formula, intercept=True)

    assert without.names == ("route[T.y]", "route[T.x]")
    assert with_constant.names == ("Intercept", "route[T.y]", "route[T.x]")
    assert with_constant.of(STAFF)[:, 0].tolist() == [1.0] * 6


@pytest.mark.parametrize("formula", ["bs(age, df=4)", "poly(age, 2)", "np.log(age) + C(site)", "center(age) * site"])
def test_other_rows_are_coded_with_what_was_found_at_first(formula: str) -> None:
    design = design_matrix(STAFF, formula)

    np.testing.assert_allclose(design.of(STAFF.iloc[[3, 1]]), design.columns[[3, 1]], rtol=1e-12, atol=1e-12)


def test_any_frame_is_read() -> None:
    design = design_matrix(STAFF, "age + site")

    found = design.of(pl.DataFrame({"site": ["south"], "age": [30.0]}))

    assert found.tolist() == [[30.0, 1.0]]


def test_missing_values_are_refused_or_dropped_and_counted() -> None:
    frame = STAFF.assign(age=STAFF["age"].where(STAFF["age"] < 50), site=[None, *STAFF["site"][1:]])

    with pytest.raises(InvalidDataError, match=r"age: expected a value in every row, got 1 missing"):
        design_matrix(frame, "age + site")
    design = design_matrix(frame, "age + site", missing="drop")

    assert design.kept.tolist() == [False, True, True, False, True, True]
    assert design.n_missing == 2
    assert len(design.columns) == 4
    with pytest.raises(InvalidDataError, match="age"):
        design.of(frame)


@pytest.mark.parametrize("formula", ["route", "C(route)", "C(route, contr.treatment('y'))", "route * age"])
def test_a_level_never_seen_is_named(formula: str) -> None:
    design = design_matrix(pd.concat([STAFF, STAFF.assign(age=STAFF["age"] ** 1.1)]), formula)

    with pytest.raises(InvalidDataError, match=r"route: .*the level 'agency'"):
        design.of(pd.DataFrame({"route": ["agency", "x"], "age": [30.0, 31.0]}))


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("age + I(age * 2)", r"I\(age \* 2\)"),
        ("age + I(age + 3) ", r"I\(age \+ 3\)"),
        ("route + C(route)", r"C\(route\), level y"),
        ("age + I(age * 0)", r"the same in every row: I\(age \* 0\)"),
        ("age + ph.scale + bs(age, df=5)", r"bs\(age, df=5\), level"),
    ],
)
def test_a_column_that_follows_from_others_is_named(formula: str, named: str) -> None:
    with pytest.raises(InvalidDataError, match=named):
        design_matrix(STAFF, formula)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, 1e12])
def test_scale_does_not_make_columns_dependent(scale: float) -> None:
    frame = STAFF.assign(pay=STAFF["age"] ** 2 * scale + 1e3 * scale)

    assert design_matrix(frame, "age + pay").columns.shape == (6, 2)


@pytest.mark.parametrize("formula", ["age +", "left ~ age", "age | site", 3])
def test_formulas_that_cannot_be_read(formula: str) -> None:
    with pytest.raises(InvalidArgumentError, match="formula"):
        design_matrix(STAFF, formula)


def test_names_that_are_not_there() -> None:
    with pytest.raises(MissingColumnError, match="tenure"):
        design_matrix(STAFF, "age + bs(tenure, df=3)")


@pytest.mark.parametrize("formula", ["log(age - 22)", "unknown_function(age)", "bs(site)"])
def test_terms_that_cannot_be_evaluated_show_no_value(formula: str) -> None:
    with pytest.raises(InvalidDataError) as raised:
        design_matrix(STAFF, formula)

    assert "north" not in str(raised.value)


def test_a_spline_beyond_its_knots_is_refused() -> None:
    design = design_matrix(STAFF, "bs(age, df=3)")

    with pytest.raises(InvalidDataError, match="spline"):
        design.of(pd.DataFrame({"age": [90.0]}))


def test_which_covariates_a_formula_reads() -> None:
    parsed = parse_formula("bs(age, df=4) + C(route, contr.sum):`part time` + np.log(ph) + ph.scale")

    assert formula_variables(parsed, STAFF) == ("age", "part time", "ph", "ph.scale", "route")


def test_neither_refuse_nor_drop() -> None:
    with pytest.raises(InvalidArgumentError, match="missing"):
        design_matrix(STAFF, "age", missing="ignore")  # type: ignore[arg-type]
