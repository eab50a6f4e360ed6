"""Standardised means and shares, their errors and limits equal those of R survey on its own samples."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.standardised_estimate import standardised_estimate

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "standardised_estimate",
    against="R survey svystandardize, svyby",
    data="api samples: 7 designs",
)
TOLERANCE = 1e-9  # relative; R sums in another order, and gets the variance from calibrated weights

DESIGNS = {
    "none": None,
    "weight": SurveyDesign(weight="w"),
    "strata": SurveyDesign(weight="w", stratum="stype"),
    "strata_fpc": SurveyDesign(weight="pw", stratum="stype", population_size="fpc"),
    "cluster": SurveyDesign(weight="w", cluster="dnum"),
    "cluster_fpc": SurveyDesign(weight="w", cluster="dnum", population_size="fpc"),
    "nested": SurveyDesign(weight="w", stratum="stype", cluster="dnum"),
}
KEYS = ["case", "sample", "by", "mix", "standard", "indicator"]
EXPECTED = pd.read_csv(HERE / "expected.csv")


@pytest.mark.parametrize("key", list(EXPECTED[KEYS].drop_duplicates().itertuples(index=False, name=None)), ids="-".join)
def test_equal_to_r_survey(key: tuple[str, ...]) -> None:
    case, _, by, mix, standard, indicator = key
    data = pd.read_csv(HERE / "api.csv").query("sample == @key[1]")
    expected = EXPECTED.loc[(EXPECTED[KEYS] == list(key)).all(axis=1)]

    frame = standardised_estimate(
        data,
        "share:grown" if indicator == "grown" else indicator,
        by=by,
        mix=mix.split("+"),
        standard=pd.read_csv(HERE / "standard.csv") if standard == "given" else None,
        uncovered="renormalise",
        design=DESIGNS[case],
    ).frame

    assert frame[by].tolist() == expected["group"].tolist()
    for column in ("estimate", "df", "n"):
        agree(frame[column], expected[column], rtol=TOLERANCE, what=column)
    agree(frame["std_error"], expected["std_error"], rtol=TOLERANCE, atol=1e-15, what="std_error")
    all_alike = (expected["std_error"] < 1e-15).to_numpy()  # a share of 0 or 1, whose limits are not from the logit
    for column in ("conf_low", "conf_high"):
        agree(frame[column][~all_alike], expected[column][~all_alike], rtol=TOLERANCE, what=column)
    agree(frame["not_covered"], expected["not_covered"], rtol=TOLERANCE, atol=1e-15, what="not_covered")


def test_some_cases_lack_a_cell() -> None:
    lacking = EXPECTED[EXPECTED["not_covered"] > 0]

    assert len(lacking) > 20
    assert lacking["not_covered"].max() > 0.01
