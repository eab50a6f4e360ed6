"""Time the leaving engine at growing numbers of people: cost should grow no faster than they do.

Whole days, late entry, six covariates, three causes. Prints seconds, and seconds per million people, for each size.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/scaling.py [--people 100000 1000000 5000000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import cox as cox_benchmark
import numpy as np
import pandas as pd
from timing import peak_mb, seconds

import workforce_metrics as wm

COLUMNS = 6
CAUSES = ("moved", "resigned", "retired")


def spells_of(people: int) -> pd.DataFrame:
    """Return the spells of the Cox benchmark with causes and ten groups."""
    rng = np.random.default_rng(2)
    spells = cox_benchmark.simulated_spells(people, COLUMNS, seed=1)
    cause = pd.Categorical.from_codes(rng.integers(len(CAUSES), size=people), list(CAUSES))
    return spells.assign(why=cause, group=pd.Categorical.from_codes(spells["cluster"] % 10, list("abcdefghij")))


def works(spells: pd.DataFrame) -> dict[str, Callable[[], object]]:
    cohort = wm.Cohort.from_frame(
        spells, duration="duration", event="left", entry="entry", cause="why", time_unit="days"
    )
    formula, quarters = " + ".join(f"x{j}" for j in range(COLUMNS)), [365.25 * k / 4 for k in range(1, 21)]
    return {
        "leaving_within": lambda: wm.leaving_within(cohort, by="group").frame,
        "cumulative_incidence": lambda: wm.cumulative_incidence(cohort, by="group").frame,
        "cox": lambda: wm.cox(cohort, formula).frame,
        "cox, 200 clusters": lambda: wm.cox(cohort, formula, cluster="cluster").frame,
        "fine_gray": lambda: wm.fine_gray(cohort, formula, cause="moved").frame,
        "discrete_hazard": lambda: wm.discrete_hazard(cohort, "group", interval=quarters).frame,
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, nargs="+", default=[100_000, 1_000_000, 5_000_000])
    asked = arguments.parse_args()
    table = {}
    for people in asked.people:
        found = {name: seconds(work, rounds=2, warm=True) for name, work in works(spells_of(people)).items()}
        table[f"{people:,}"] = found
        table[f"per million at {people:,}"] = {name: taken / people * 1e6 for name, taken in found.items()}
    print(pd.DataFrame(table).round(3).to_string())
    print(f"peak memory of the process: {peak_mb():,.0f} MB")


if __name__ == "__main__":
    main()
