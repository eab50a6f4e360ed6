"""Estimates, standard errors and limits equal those of R survey on its own samples."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "estimate",
    against="R survey svymean, svyby, svyciprop",
    data="apisrs, apistrat, apiclus1: 12 designs",
)
TOLERANCE = 1e-9  # relative; R sums rows in another order and gets quantiles of t by another algorithm (1e-12 apart)

DESIGNS = {
    "none": None,
    "weight": SurveyDesign(weight="pw"),
    "weight_fpc": SurveyDesign(weight="pw", population_size="fpc"),
    "zero_weight": SurveyDesign(weight="dropped", stratum="stype"),
    "strata": SurveyDesign(weight="pw", stratum="stype"),
    "strata_fpc": SurveyDesign(weight="pw", stratum="stype", population_size="fpc"),
    "fpc_is_weight": SurveyDesign(stratum="stype", population_size="fpc"),
    "cluster": SurveyDesign(weight="pw", cluster="dnum"),
    "cluster_fpc": SurveyDesign(weight="pw", cluster="dnum", population_size="fpc"),
    "nested": SurveyDesign(weight="pw", stratum="stype", cluster="dnum"),
    "lonely_certainty": SurveyDesign(weight="pw", stratum="lonely", lonely_cluster="certainty"),
    "lonely_adjust": SurveyDesign(weight="pw", stratum="lonely", lonely_cluster="adjust"),
}


def _expected() -> pd.DataFrame:
    return pd.read_csv(HERE / "expected.csv", dtype={"by": str, "group": str}, keep_default_na=False, na_values=[""])


def _cases() -> list[tuple[str, str, str, str, float]]:
    keys = ["case", "sample", "by", "indicator", "conf_level"]
    return list(_expected().fillna({"by": ""})[keys].drop_duplicates().itertuples(index=False, name=None))


@pytest.mark.parametrize(("case", "sample", "by", "indicator", "conf_level"), _cases())
def test_equal_to_r_survey(case: str, sample: str, by: str, indicator: str, conf_level: float) -> None:
    data = pd.read_csv(HERE / "api.csv").query("sample == @sample")
    every = _expected().fillna({"by": "", "group": ""})
    expected = every.query("case == @case and sample == @sample and by == @by and indicator == @indicator")
    name = f"share:{indicator}" if expected["share"].iloc[0] else indicator

    frame = estimate(data, name, by=by or None, design=DESIGNS[case], conf_level=conf_level).frame

    frame = frame[frame["n"] > 0]
    if by:
        labels = frame[by].map("{:g}".format if frame[by].dtype.kind == "f" else str)
        frame = frame.assign(group=labels).set_index("group").loc[expected["group"]]
    has_error = (expected["df"] > 0).to_numpy()
    has_limits = has_error & ~(expected["share"] & expected["estimate"].isin([0.0, 1.0])).to_numpy()
    for column in ("estimate", "df", "n", "weight_sum"):
        agree(frame[column], expected[column], rtol=TOLERANCE, what=column)
    agree(frame["std_error"][has_error], expected["std_error"][has_error], rtol=TOLERANCE, atol=1e-15, what="std_error")
    for column in ("conf_low", "conf_high"):
        agree(frame[column][has_limits], expected[column][has_limits], rtol=TOLERANCE, what=column)
        assert frame[column][~has_error].isna().all()


def test_every_design_is_compared() -> None:
    assert set(_expected()["case"]) == set(DESIGNS)
