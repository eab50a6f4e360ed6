"""Variance between groups, shrinkage and the range equal those of R: metafor, and formulas written out there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from agreement import agree

from workforce_metrics.estimation.between_groups import between_groups
from workforce_metrics.estimation.rank_sets import range_quantile
from workforce_metrics.estimation.shrinkage import shrink

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "shrink",
    against="R metafor and formulas in R",
    data="5 sets of groups, 3 methods",
)
METHODS = {"REML": "reml", "PM": "paule-mandel", "DL": "dersimonian-laird"}
CLOSED = 1e-12  # relative, of sums of at most 150 numbers
SOLVED = 1e-8  # relative, of what R solves for: its roots are good to that

GROUPS = pd.read_csv(HERE / "groups.csv")
EXPECTED = pd.read_csv(HERE / "expected.csv")
SHRUNK = pd.read_csv(HERE / "shrunk.csv")
RANGES = pd.read_csv(HERE / "ranges.csv")


@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.set}-{row.method}")
def test_between_groups(row: object) -> None:
    groups = GROUPS[GROUPS["set"] == row.set]

    found = between_groups(
        groups["estimate"].to_numpy(), groups["std_error"].to_numpy() ** 2, method=METHODS[row.method]
    )

    assert found.groups == row.groups
    for name in ("q", "p_value"):
        agree(getattr(found, name), getattr(row, name), rtol=1e-10, atol=1e-300, what=name)
    agree(found.i_squared, row.i_squared, rtol=CLOSED, atol=1e-14, what="i_squared")
    tolerance = CLOSED if row.method == "DL" else SOLVED
    for name in ("between", "mean", "mean_error", "reliability"):
        agree(getattr(found, name), getattr(row, name), rtol=tolerance, what=name)


@pytest.mark.parametrize("method", METHODS)
def test_shrunken(method: str) -> None:
    for name in GROUPS["set"].unique():
        expected = SHRUNK[(SHRUNK["set"] == name) & (SHRUNK["method"] == method)]

        frame = shrink(GROUPS[GROUPS["set"] == name].drop(columns="set"), by="group", method=METHODS[method]).frame

        tolerance = CLOSED if method == "DL" else SOLVED
        for column in ("estimate", "std_error", "reliability"):
            agree(frame[column], expected[column], rtol=tolerance, what=column)
        z = 1.959963984540054  # qnorm(0.975)
        agree(frame["conf_low"], frame["estimate"] - z * frame["std_error"], rtol=1e-12, what="conf_low")
        agree(frame["conf_high"], frame["estimate"] + z * frame["std_error"], rtol=1e-12, what="conf_high")


@pytest.mark.validates("rank_intervals", against="R integrate", data="2 to 1,000 groups")
@pytest.mark.parametrize(("groups", "quantile", "below"), list(RANGES.itertuples(index=False, name=None)))
def test_range(groups: int, quantile: float, below: float) -> None:
    agree(range_quantile(int(groups), below), quantile, rtol=1e-9, what="quantile of the range")
