"""Ratios, design effects, intervals of shares and rules for lonely clusters equal those of R survey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.ratio import Ratio

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "estimate",
    against="R survey svymean, svyby, svyciprop, svyratio",
    data="apisrs, apistrat, apiclus1; an invented design",
)
TOLERANCE = 1e-9  # relative; R sums rows in another order and gets quantiles by other algorithms (1e-12 apart)
API, OWN = pd.read_csv(HERE / "api.csv"), pd.read_csv(HERE / "own.csv")
EXPECTED = pd.read_csv(HERE / "options.csv", dtype={"by": str, "group": str}).fillna({"by": "", "group": ""})
INTERVALS = ("plain", "beta", "logit", "wilson")
RULES = {"remove": "certainty", "certainty": "certainty", "adjust": "adjust", "average": "average"}

DESIGNS = {
    "srs_fpc": (API.query("sample == 'srs'"), SurveyDesign(weight="pw", population_size="fpc")),
    "strata_fpc": (API.query("sample == 'strat'"), SurveyDesign(weight="pw", stratum="stype", population_size="fpc")),
    "cluster_fpc": (API.query("sample == 'clus'"), SurveyDesign(weight="pw", cluster="dnum", population_size="fpc")),
    "own_strata": (OWN.query("site != 'E'"), SurveyDesign(weight="weight", stratum="site")),
    "own_teams": (OWN.query("site != 'E'"), SurveyDesign(weight="weight", stratum="site", cluster="team")),
    "own_fpc": (
        OWN.query("site != 'E'"),
        SurveyDesign(weight="weight", stratum="site", cluster="team", population_size="teams"),
    ),
}


def _data_and_design(case: str) -> tuple[pd.DataFrame, SurveyDesign]:
    if case in DESIGNS:
        return DESIGNS[case]
    kind, rule, *in_domain = case.split("_")
    asked = {"lonely_cluster": RULES[rule], "lonely_in_group": bool(in_domain) and rule in {"adjust", "average"}}
    if kind == "rows":
        return API.query("sample == 'strat'"), SurveyDesign(weight="pw", stratum="lonely", **asked)
    size = "teams" if kind == "fpc" else None
    data = OWN.assign(few=np.where((OWN["team"] == 1) | ((OWN["site"] == "A") & (OWN["team"] <= 3)), "few", "others"))
    return data, SurveyDesign(weight="weight", stratum="site", cluster="team", population_size=size, **asked)


def _asked(indicator: str, kind: str) -> str | Ratio:
    return Ratio(*indicator.split(" / ")) if kind == "ratio" else f"share:{indicator}" if kind == "share" else indicator


CASES = list(EXPECTED[["case", "by"]].drop_duplicates().itertuples(index=False, name=None))


@pytest.mark.parametrize(("case", "by"), CASES)
def test_equal_to_r_survey(case: str, by: str) -> None:
    data, design = _data_and_design(case)
    expected = EXPECTED.query("case == @case and by == @by")
    names = expected[["indicator", "kind"]].drop_duplicates().itertuples(index=False, name=None)
    asked = [_asked(*pair) for pair in names]

    tables = {
        interval: estimate(data, asked, by=by or None, design=design, interval=interval, deff="with_replacement").frame
        for interval in INTERVALS
    }
    fixed = estimate(data, asked, by=by or None, design=design, deff="without_replacement").frame

    for interval, table in tables.items():
        frame = table.assign(deff_fixed=fixed["deff"], name=table["indicator"].str.removeprefix("share:"))
        labels = "" if not by else frame[by].map("{:g}".format if frame[by].dtype.kind == "f" else str)
        keys = pd.MultiIndex.from_frame(expected[["group", "indicator"]])
        frame = frame.assign(group=labels).set_index(["group", "name"]).loc[keys]
        for ours, theirs in (("estimate", "estimate"), ("std_error", "std_error"), ("df", "df"), ("n", "n")):
            agree(frame[ours], expected[theirs], rtol=TOLERANCE, atol=1e-14, what=ours)
        for ours, theirs in (("deff", "deff_replace"), ("deff_fixed", "deff")):
            known = expected[theirs].notna().to_numpy()
            agree(frame[ours][known], expected[theirs][known], rtol=TOLERANCE, atol=1e-14, what=ours)
        shares = (expected["kind"] == "share").to_numpy() & expected["beta_low"].notna().to_numpy()
        for ours, theirs in (("conf_low", f"{interval}_low"), ("conf_high", f"{interval}_high")):
            agree(frame[ours][shares], expected[theirs][shares], rtol=TOLERANCE, what=ours)
            means = (expected["kind"] != "share").to_numpy()
            plain = f"plain_{theirs.removeprefix(interval)[1:]}"
            agree(frame[ours][means], expected[plain][means], rtol=TOLERANCE, what=ours)


def test_the_rules_differ_where_they_are_compared() -> None:
    def errors(case: str, by: str = "few") -> np.ndarray:
        return EXPECTED.query("case == @case and by == @by and group != 'others'")["std_error"].to_numpy(float)

    assert not np.isclose(errors("teams_adjust"), errors("teams_adjust_domain"), rtol=1e-3).any()
    assert not np.isclose(errors("teams_average"), errors("teams_average_domain"), rtol=1e-3).any()
    assert not np.isclose(errors("teams_certainty"), errors("teams_average"), rtol=1e-3).any()
    assert np.array_equal(errors("teams_certainty"), errors("teams_remove"))
