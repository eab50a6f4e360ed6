"""Variance between groups, shrinkage and the range equal those of R: metafor, and formulas written out there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.estimation.between_groups import between_groups
from workforce_metrics.estimation.rank_sets import range_quantile
from workforce_metrics.estimation.shrinkage import shrink

HERE = Path(__file__).parent
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
        np.testing.assert_allclose(getattr(found, name), getattr(row, name), rtol=1e-10, atol=1e-300, err_msg=name)
    np.testing.assert_allclose(found.i_squared, row.i_squared, rtol=CLOSED, atol=1e-14)
    tolerance = CLOSED if row.method == "DL" else SOLVED
    for name in ("between", "mean", "mean_error", "reliability"):
        np.testing.assert_allclose(getattr(found, name), getattr(row, name), rtol=tolerance, err_msg=name)


@pytest.mark.parametrize("method", METHODS)
def test_shrunken(method: str) -> None:
    for name in GROUPS["set"].unique():
        expected = SHRUNK[(SHRUNK["set"] == name) & (SHRUNK["method"] == method)]

        frame = shrink(GROUPS[GROUPS["set"] == name].drop(columns="set"), by="group", method=METHODS[method]).frame

        tolerance = CLOSED if method == "DL" else SOLVED
        for column in ("estimate", "std_error", "reliability"):
            np.testing.assert_allclose(frame[column], expected[column], rtol=tolerance, err_msg=f"{name} {column}")
        z = 1.959963984540054  # qnorm(0.975)
        np.testing.assert_allclose(frame["conf_low"], frame["estimate"] - z * frame["std_error"], rtol=1e-12)
        np.testing.assert_allclose(frame["conf_high"], frame["estimate"] + z * frame["std_error"], rtol=1e-12)


@pytest.mark.parametrize(("groups", "quantile", "below"), list(RANGES.itertuples(index=False, name=None)))
def test_range(groups: int, quantile: float, below: float) -> None:
    assert range_quantile(int(groups), below) == pytest.approx(quantile, rel=1e-9)
