"""Differences, ratios, their errors, limits and tests equal those of R survey on its own samples."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.estimation.compare import compare
from workforce_metrics.estimation.comparison import Comparison
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.edition_designs import Pairing
from workforce_metrics.estimation.trend_test import trend_test
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.multiplicity import adjusted_p_values

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "compare",
    against="R survey svyglm, svycontrast",
    data="apisrs, apistrat, apiclus1: 10 designs",
)
TOLERANCE = 1e-9  # relative; R sums rows in another order and gets quantiles of t by another algorithm
COLUMNS = ["estimate", "std_error", "df", "conf_low", "conf_high", "statistic", "p_value"]

DESIGNS = {
    "none": None,
    "weight_fpc": SurveyDesign(weight="pw", population_size="fpc"),
    "strata": SurveyDesign(weight="pw", stratum="stype"),
    "strata_fpc": SurveyDesign(weight="pw", stratum="stype", population_size="fpc"),
    "zero_weight": SurveyDesign(weight="dropped", stratum="stype"),
    "cluster": SurveyDesign(weight="pw", cluster="dnum"),
    "cluster_fpc": SurveyDesign(weight="pw", cluster="dnum", population_size="fpc"),
    "district_strata": SurveyDesign(weight="pw", stratum="dnum", lonely_cluster="certainty"),
    "lonely_certainty": SurveyDesign(weight="pw", stratum="lonely", lonely_cluster="certainty"),
    "lonely_adjust": SurveyDesign(weight="pw", stratum="lonely", lonely_cluster="adjust"),
}
INDICATORS = ["api00", "target", "share:both", "share:awards"]


def _expected() -> pd.DataFrame:
    return pd.read_csv(HERE / "expected.csv", dtype={"group": str, "against": str}, keep_default_na=False)


def _compared(table: Comparison) -> pd.DataFrame:
    frame = table.frame
    return frame.assign(indicator=frame["indicator"].str.removeprefix("share:")).set_index(
        [*table.by, *(["edition"] if "edition" in frame else []), "indicator", "term"]
    )


def _same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    # a difference, statistic or limit near 0 is the difference of numbers of size 1000 (scores) or 1 (shares)
    of_shares = (expected["estimate"].abs() < 2).to_numpy()
    for size, rows in ((1.0, of_shares), (1000.0, ~of_shares)):
        for column in COLUMNS:
            scale = size if column in {"estimate", "conf_low", "conf_high"} else 1.0
            absolute = 1e-13 * scale + (1e-12 if column in {"statistic", "p_value"} else 0.0)
            ours, theirs = (frame[column].to_numpy(float)[rows] for frame in (found, expected))
            agree(ours, theirs, rtol=TOLERANCE, atol=absolute, what=column)


@pytest.mark.parametrize("against", ["rest", "all", "H"])
@pytest.mark.parametrize("case", DESIGNS)
def test_equal_to_r_survey(case: str, against: str) -> None:
    expected = _expected().query("case == @case and against == @against")
    data = pd.read_csv(HERE.parent / "survey" / "api.csv").query("sample == @expected['sample'].iloc[0]")
    how = {"reference": "H"} if against == "H" else {"against": against}

    found = _compared(compare(data, INDICATORS, by="stype", design=DESIGNS[case], **how))

    there = pd.MultiIndex.from_frame(expected[["group", "indicator", "term"]])
    _same(found.loc[there], expected)
    assert (found.loc[there, "against"] == against).all()
    missing = found.drop(index=there)  # what R was not asked: too few answers, or a share of 0
    assert missing["p_value"].isna().all()


def _edition(rows: pd.DataFrame) -> StaffSurvey:
    """Return one year of schools as a survey of that edition: `score` and `high` are columns of its own."""
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    report = LoadReport("api", len(rows), counts, pd.DataFrame({"row": [], "rule": []}))
    year = int(rows["edition"].iloc[0])
    item = Item("pupils", ("pupils",), Scale("count", (Option(1, "one"),)))
    return StaffSurvey(rows.drop(columns="edition"), Codebook("schools", {"pupils": item}, edition=year), report)


@pytest.mark.validates("trend_test", against="R survey svyglm, svycontrast", data="api samples of two years")
@pytest.mark.parametrize("by", [None, "stype"])
@pytest.mark.parametrize("pairing", ["clusters", "independent"])
def test_change_between_editions_is_that_of_r_survey(pairing: Pairing, by: str | None) -> None:
    expected = _expected().query("case == @pairing").query("group != ''" if by else "group == ''")
    data = pd.read_csv(HERE / "editions.csv").query("kind == @pairing")
    clusters = pairing == "clusters"
    design = SurveyDesign(weight="pw", cluster="dnum") if clusters else SurveyDesign(weight="pw", stratum="stype")
    surveys = [_edition(rows) for _, rows in data.groupby("edition")]

    found = _compared(trend_test(surveys, ["score", "share:high"], by=by, design=design, pairing=pairing))

    keys = [expected[name] for name in (["group"] if by else [])]
    there = pd.MultiIndex.from_arrays([*keys, [2000] * len(expected), expected["indicator"], expected["term"]])
    _same(found.loc[there], expected)
    assert set(found["against"]) == {"1999"}


@pytest.mark.validates("compare", against="R p.adjust", data="invented p-values")
@pytest.mark.parametrize("adjust", ["bonferroni", "holm", "bh"])
def test_adjusted_p_values_are_those_of_r(adjust: str) -> None:
    expected = pd.read_csv(HERE / "adjusted.csv")

    agree(
        adjusted_p_values(expected["p"].to_numpy(), adjust), expected[adjust], rtol=1e-13, what=f"p_adjusted ({adjust})"
    )
