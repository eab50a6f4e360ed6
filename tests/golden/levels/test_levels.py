"""Variance by level, ICC and agreement equal those of R lme4, nlme and multilevel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm

HERE = Path(__file__).parent
NESTED = "invented uneven three levels, Pastes, lq2002"
EXACT = {"rtol": 1e-8}
FITTED = {"rtol": 1e-6}  # the search for the best fit in R ends there
LIMITS = {"rtol": 2e-6}  # so does the search for limits, here and there to 1e-6 of the logarithm
DIFFERENCED = {"rtol": 2e-6}  # second derivatives from differences of the gradient
LEVELS = {
    "uneven": ["top", "middle", "low"],
    "uneven_two": ["middle", "low"],
    "pastes": ["middle", "low"],
    "companies": ["top"],
}
ITEMS = [f"LEAD0{i}" for i in range(1, 6)]


def _companies() -> pd.DataFrame:
    return pd.read_csv(HERE / "companies.csv")


def _found(case: str, method: str) -> pd.DataFrame:
    if case == "companies":
        data = _companies().rename(columns={"COMPID": "top", "LEAD01": "y"})
    else:
        data = pd.read_csv(HERE / "nested.csv").query("case == @case.removesuffix('_two')")
    frame = wm.variance_by_level(data, "y", levels=LEVELS[case], method=method).frame
    return frame.set_index(["term", "measure"])


@pytest.mark.validates("variance_by_level", against="R lme4 and its profile, nlme", data=NESTED)
@pytest.mark.parametrize("case", LEVELS)
def test_reml_equals_lme4_and_its_profile(case: str) -> None:
    expected = pd.read_csv(HERE / "components.csv").query("case == @case").set_index(["term", "measure"])
    found = _found(case, "reml").loc[expected.index]

    agree(found["estimate"], expected["estimate"], **FITTED, what="estimate")
    agree(found["std_error"], expected["std_error"], **DIFFERENCED, what="std_error")
    agree(found["conf_low"], expected["conf_low"], **LIMITS, what="conf_low")
    agree(found["conf_high"], expected["conf_high"], **LIMITS, what="conf_high")


@pytest.mark.validates("variance_by_level", against="traces of projection matrices in R", data=NESTED)
@pytest.mark.parametrize("case", ["uneven", "uneven_two", "pastes"])
def test_anova_and_its_jackknife_equal_those_of_matrices(case: str) -> None:
    expected = pd.read_csv(HERE / "anova.csv").query("case == @case").set_index(["term", "measure"])
    found = _found(case, "anova").loc[expected.index]

    assert not found["truncated"].any()
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        agree(found[column], expected[column], **EXACT, what=column)


@pytest.mark.validates("intraclass_correlation", against="R multilevel, uniroot", data="lq2002, 24 companies")
@pytest.mark.parametrize("item", ITEMS)
def test_icc_equals_multilevel_and_walds_limits(item: str) -> None:
    expected = pd.read_csv(HERE / "icc.csv").set_index("item").loc[item]
    first, second = (row for _, row in wm.intraclass_correlation(_companies(), item, group="COMPID").frame.iterrows())
    mean = wm.intraclass_correlation(_companies(), item, group="COMPID", group_size="mean").frame["estimate"]

    agree(mean, expected[["mean_1", "icc_2"]].to_numpy(float), **EXACT, what="estimate")
    agree(first["estimate"], expected["expected_1"], **EXACT, what="estimate")
    for row, names in ((first, ["low_1", "high_1"]), (second, ["low_2", "high_2"])):
        agree(
            row[["conf_low", "conf_high"]].to_numpy(float),
            expected[names].to_numpy(float),
            **EXACT,
            what="conf_low, conf_high",
        )
    agree(first["statistic"], expected["statistic"], **EXACT, what="statistic")
    agree(first["p_value"], expected["p_value"], **EXACT, what="p_value")
    assert first["n"] == expected["n"]


@pytest.mark.validates("group_agreement", against="R multilevel", data="lq2002, 24 companies")
@pytest.mark.parametrize(
    ("name", "null", "settings"),
    [
        ("rwg", 2.0, {"items": "LEAD01", "options": [1, 2, 3, 4, 5]}),
        ("rwg", 0.9, {"items": "LEAD01", "null": 0.9}),
        ("rwg(j)", 2.0, {"items": ITEMS, "options": [1, 2, 3, 4, 5]}),
        ("rwg(j)", 0.9, {"items": ITEMS, "null": 0.9}),
        ("a_wg", 2.0, {"items": ITEMS, "measure": "awg", "options": [1, 2, 3, 4, 5]}),
        ("a_wg one", 2.0, {"items": "LEAD01", "measure": "awg", "options": [1, 2, 3, 4, 5]}),
    ],
)
def test_agreement_equals_multilevel(name: str, null: float, settings: dict[str, object]) -> None:
    every = pd.read_csv(HERE / "agreement.csv")
    expected = every.query("measure == @name and null == @null").set_index("group")["estimate"]
    data = pd.concat([_companies(), pd.DataFrame([[99, 1, 2, 3, 4, 5]], columns=_companies().columns)])

    found = wm.group_agreement(data, group="COMPID", **settings).frame.set_index("COMPID")

    agree(found["estimate"], expected.loc[found.index], atol=1e-14, **EXACT, what="estimate")
    assert np.isnan(found.loc[99, "estimate"])
