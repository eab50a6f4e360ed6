"""A back test of eight respondents, every intermediate written out.

Burnt out (q12b, freq5): 1 Never, 2 Rarely, 3 Sometimes, 4 Often, 5 Always, with weights

    answer  5    4    4    2    1    3    1    -
    weight  2    1    1    1    1    1    1    2

Seven answered. Often + Always: 3 of 7 unweighted; weighted (2 + 1 + 1) / (2 + 6 * 1) = 4 / 8 = 0.5.
Never + Rarely: 3 of 7 unweighted; weighted (1 + 1 + 1) / 8 = 0.375.
"""

from __future__ import annotations

import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm

ANSWERS = pd.DataFrame({"q12b": [5, 4, 4, 2, 1, 3, 1, None], "q12a": [1, 1, 1, 1, 1, 1, 1, 1],
                        "weight": [2.0, 1, 1, 1, 1, 1, 1, 2]})  # fmt: skip


def compare(value: object, n: int | None, *, weighted: bool = True) -> pd.Series:
    sheet = pd.DataFrame([["org_id", "q12b_2024", "q12b_n_2024"], ["R1", value, n]], dtype=object)
    design = wm.SurveyDesign(weight="weight") if weighted else None
    survey = wm.read_staff_survey(ANSWERS, edition=2024, weight="weight")
    return wm.back_test(survey, wm.read_published_survey({"Acute": sheet}), design=design).frame.iloc[0]


def test_agrees() -> None:
    row = compare(0.5, 7)

    assert (row["estimate"], row["n"], row["difference"], row["explained_by"]) == (0.5, 7, 0.0, "agrees")


@pytest.mark.validates("back_test", against="arithmetic by hand", data="eight respondents")
def test_rounding() -> None:
    """0.43 stands for anything from 0.425 to 0.435, and 3 / 7 = 0.4286."""
    row = compare(0.43, 7, weighted=False)

    assert row["rounding"] == 0.005
    agree(row["difference"], 0.43 - 3 / 7, atol=1e-15, what="difference")
    assert row["explained_by"] == "rounding"


@pytest.mark.validates("back_test", against="arithmetic by hand", data="eight respondents")
def test_weights() -> None:
    """0.4286 is 3 / 7: every respondent once. Leaving the weights out moves the figure by 3 / 7 - 1 / 2 = -1 / 14."""
    row = compare(0.4286, 7)

    agree(row["weights"], -1 / 14, atol=1e-15, what="weights")
    assert row["explained_by"] == "weights"


def test_definition() -> None:
    """0.375 counts Never + Rarely: (1 + 1 + 1) / 8."""
    row = compare(0.375, 7)

    assert (row["explained_by"], row["definition"]) == ("definition", "counts Never + Rarely")


@pytest.mark.validates("back_test", against="arithmetic by hand", data="eight respondents")
def test_base() -> None:
    """Ten published, seven here: three more answers could make (3 + 0) / 10 = 0.3 to (3 + 3) / 10 = 0.6."""
    row = compare(0.6, 10, weighted=False)

    agree(
        row[["possible_low", "possible_high", "n_difference"]].astype(float),
        [0.3, 0.6, 3],
        what="possible_low, possible_high, n_difference",
    )
    assert row["explained_by"] == "base"
    assert compare(0.61, 10, weighted=False)["explained_by"] == "not explained"


def test_suppression() -> None:
    row = compare("*", None)

    assert pd.isna(row["published"])
    assert row["explained_by"] == "suppression"
