"""Alpha, omega total, their errors and the items' figures equal those of R psych and lavaan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import agree

import workforce_metrics as wm

HERE = Path(__file__).parent
pytestmark = pytest.mark.validates(
    "reliability",
    against="R psych, lavaan",
    data="bfi, 5 scales",
)
EXACT = {"rtol": 1e-8}
OPTIMISED = {"rtol": 1e-6}  # lavaan's optimiser stops a few units of the eighth digit from the best fit
SCALES = {
    "agreeable": ["A1", "A2", "A3", "A4", "A5"],
    "conscientious": ["C1", "C2", "C3", "C4", "C5"],
    "neurotic": ["N1", "N2", "N3", "N4", "N5"],
    "three": ["N1", "N2", "N4"],
    "two": ["N1", "N2"],
}
REVERSE = ["A1", "C4", "C5"]


def _expected(name: str) -> pd.Series:
    return pd.read_csv(HERE / "scale.csv").set_index("scale").loc[name]


def _found(name: str, interval: str = "feldt") -> pd.DataFrame:
    reverse = [item for item in REVERSE if item in SCALES[name]]
    data = pd.read_csv(HERE / "bfi.csv")
    return wm.reliability(data, {name: SCALES[name]}, reverse=reverse, interval=interval).frame


@pytest.mark.parametrize("name", SCALES)
def test_alpha_and_feldts_interval(name: str) -> None:
    row, expected = _found(name).iloc[0], _expected(name)

    found = row[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(float)
    agree(
        found,
        expected[["alpha", "ase", "feldt_low", "feldt_high"]].to_numpy(float),
        **EXACT,
        what="alpha and its interval",
    )
    assert row["n"] == expected["n"]


@pytest.mark.parametrize("name", SCALES)
def test_bonetts_and_the_distribution_free_interval(name: str) -> None:
    bonett, free, expected = _found(name, "bonett").iloc[0], _found(name, "distribution_free").iloc[0], _expected(name)

    agree(bonett["conf_low"], expected["bonett_low"], **EXACT, what="conf_low")
    agree(bonett["conf_high"], expected["bonett_high"], **EXACT, what="conf_high")
    agree(free["std_error"], expected["free_error"], **EXACT, what="std_error")


@pytest.mark.parametrize("name", SCALES)
def test_omega_and_both_its_errors(name: str) -> None:
    normal, free, expected = _found(name).iloc[1], _found(name, "distribution_free").iloc[1], _expected(name)

    agree(normal["estimate"], expected["omega"], **EXACT, what="omega")
    agree(normal["std_error"], expected["omega_error"], **OPTIMISED, what="omega std_error")
    agree(free["std_error"], expected["omega_free_error"], **OPTIMISED, what="omega std_error")
    assert np.isnan(normal["estimate"]) == (name == "two")


@pytest.mark.parametrize("name", [name for name in SCALES if name != "two"])
def test_the_figures_of_the_items(name: str) -> None:
    rows = _found(name).iloc[2:].pivot_table(index="term", columns="measure", values="estimate")
    expected = pd.read_csv(HERE / "items.csv").query("scale == @name").set_index("item")

    assert list(rows.index) == list(expected.index)
    agree(rows["item-rest correlation"], expected["item_rest"], **EXACT, what="item-rest correlation")
    agree(rows["alpha without the item"], expected["without"], **EXACT, what="alpha without the item")


def test_every_scale_is_compared() -> None:
    assert set(pd.read_csv(HERE / "scale.csv")["scale"]) == set(SCALES)
