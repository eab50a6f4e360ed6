"""Standardised means and shares, their errors and limits equal those of R survey on its own samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.standardised_estimate import standardised_estimate

HERE = Path(__file__).parent
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
        np.testing.assert_allclose(frame[column], expected[column], rtol=TOLERANCE, err_msg=column)
    np.testing.assert_allclose(frame["std_error"], expected["std_error"], rtol=TOLERANCE, atol=1e-15)
    all_alike = (expected["std_error"] < 1e-15).to_numpy()  # a share of 0 or 1, whose limits are not from the logit
    for column in ("conf_low", "conf_high"):
        np.testing.assert_allclose(
            frame[column][~all_alike], expected[column][~all_alike], rtol=TOLERANCE, err_msg=column
        )
    np.testing.assert_allclose(frame["not_covered"], expected["not_covered"], rtol=TOLERANCE, atol=1e-15)


def test_some_cases_lack_a_cell() -> None:
    lacking = EXPECTED[EXPECTED["not_covered"] > 0]

    assert len(lacking) > 20
    assert lacking["not_covered"].max() > 0.01
