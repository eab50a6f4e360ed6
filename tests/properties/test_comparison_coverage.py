"""Where the truth is known, intervals of comparisons hold it as often as they say, and tests keep their size."""

from __future__ import annotations

from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from workforce_metrics.estimation.contrast_cells import contrast_cells
from workforce_metrics.estimation.contrasts import domain_contrasts
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.edition_designs import Pairing, design_of_editions
from workforce_metrics.estimation.intervals import mean_interval

N_RUNS = 1000
LEVEL = 0.95


def _binomial_limits(n: int, p: float, chance: float = 1e-4) -> tuple[int, int]:
    """The counts outside which a binomial falls with less than that chance on either side."""
    mass = np.array([float(comb(n, k)) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
    below = np.cumsum(mass)
    return int(np.searchsorted(below, chance)), int(np.searchsorted(below, 1 - chance))


def _covered(values: npt.NDArray[np.float64], cells: object, truth: float, *, without_own: bool) -> int:
    """How many of the runs, a row each, hold the truth in the interval of the first group."""
    count = 0
    for run in values:
        found = domain_contrasts(run, cells, without_own=without_own, ratio=False)
        low, high = mean_interval(found.mean - found.mean_against, np.sqrt(found.variance), found.df, conf_level=LEVEL)
        count += int(low[0] <= truth <= high[0])
    return count


@pytest.mark.parametrize("against", ["rest", "all"])
def test_a_group_against_rest_and_all_of_unequally_weighted_strata(against: str) -> None:
    rng = np.random.default_rng(11)
    n, n_own = 240, 60
    group = (np.arange(n) >= n_own).astype(np.int64)
    stratum = np.arange(n) % 3
    weight = np.array([1.0, 2.0, 4.0])[stratum]
    table = pd.DataFrame({"stratum": stratum, "weight": weight})
    cells = contrast_cells(
        group, 2, np.zeros(n, dtype=np.int64), np.zeros(2, dtype=np.int64),
        SurveyDesign(weight="weight", stratum="stratum").on(table),
    )  # fmt: skip
    shift = np.where(group == 0, 0.5, 0.0)
    values = shift + stratum + rng.normal(size=(N_RUNS, n))  # every group has the strata in one proportion
    truth = 0.5 if against == "rest" else 0.5 * (1 - n_own / n)

    low, high = _binomial_limits(N_RUNS, LEVEL)
    assert low <= _covered(values, cells, truth, without_own=against == "rest") <= high


@pytest.mark.parametrize(("pairing", "covers"), [("clusters", True), ("independent", False)])
def test_the_same_organisations_again_need_pairing(pairing: Pairing, *, covers: bool) -> None:
    """Lasting differences between organisations cancel: pairing keeps 95 %, two samples of them nearly 100 %."""
    rng = np.random.default_rng(12)
    n_org, size = 60, 4
    org = np.repeat(np.arange(n_org), size)
    year = pd.DataFrame({"org": org})
    design = design_of_editions(SurveyDesign(cluster="org"), [year, year], pairing)
    edition = np.repeat([1, 0], n_org * size)  # the first group is the later edition
    cells = contrast_cells(edition, 2, edition, np.array([1, -1]), design)
    lasting = rng.normal(size=(N_RUNS, n_org))[:, org]
    ours, theirs = (lasting + rng.normal(size=(N_RUNS, n_org * size)) for _ in range(2))
    values = np.concatenate([theirs, ours + 0.3], axis=1)

    covered = _covered(values, cells, 0.3, without_own=False)

    low, high = _binomial_limits(N_RUNS, LEVEL)
    assert (low <= covered <= high) if covers else covered > high
