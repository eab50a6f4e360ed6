"""Time the five-year risk table of 1,000,000 spells with delayed entry in 20 groups.

Ours (cohort to `leaving_within` table) against the least that could be done (bare `numpy.bincount` of the same arrays:
exits and outcomes once, entries once) and against lifelines' `KaplanMeierFitter` group by group, in one run.
Prints the median of several rounds and the ratios.

    python tests/benchmarks/leaving_within.py [--spells 1000000] [--groups 20] [--rounds 7]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

import workforce_metrics as wm


def simulated_spells(n: int, groups: int, seed: int) -> pd.DataFrame:
    """Whole days from joining, a quarter of them running already when observation began."""
    rng = np.random.default_rng(seed)
    duration = np.minimum(np.ceil(rng.weibull(0.8, n) * 3000), 1827).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    return pd.DataFrame(
        {
            "entry": np.minimum(entry, duration - 1),
            "duration": duration,
            "left": (duration < 1827) & (rng.random(n) < 0.7),
            "group": pd.Categorical.from_codes(rng.integers(groups, size=n), [f"group {g:03d}" for g in range(groups)]),
        }
    )


def timed(rounds: int, work: Callable[[], object]) -> float:
    work()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--groups", type=int, default=20)
    arguments.add_argument("--rounds", type=int, default=7)
    asked = arguments.parse_args()
    spells = simulated_spells(asked.spells, asked.groups, seed=1)
    cohort = wm.Cohort.from_frame(spells, duration="duration", event="left", entry="entry", time_unit="days")
    codes = spells["group"].cat.codes.to_numpy().astype(np.int64)
    event, n_times = cohort.event.astype(np.int64), 1828

    def ours() -> object:
        return wm.leaving_within(cohort, years=5, by="group").frame

    def bare() -> object:
        exits = np.bincount((codes * n_times + cohort.duration) * 2 + event, minlength=asked.groups * n_times * 2)
        return exits, np.bincount(codes * n_times + cohort.entry, minlength=asked.groups * n_times)

    exit_cell, entry_cell = (codes * n_times + cohort.duration) * 2 + event, codes * n_times + cohort.entry

    def bare_on_ready_cells() -> object:
        return np.bincount(exit_cell), np.bincount(entry_cell)

    def lifelines() -> object:
        risks = {}
        for name, rows in spells.groupby("group", observed=True):
            fitter = KaplanMeierFitter().fit(rows["duration"], rows["left"], entry=rows["entry"])
            risks[name] = 1 - fitter.predict(1826.25), fitter.confidence_interval_survival_function_.iloc[-1]
        return risks

    seconds = {
        "leaving_within": timed(asked.rounds, ours),
        "bincount, cells computed": timed(asked.rounds, bare),
        "bincount, cells ready": timed(asked.rounds, bare_on_ready_cells),
        "lifelines per group": timed(1, lifelines),
    }
    print(f"{asked.spells:,} spells, {asked.groups} groups, delayed entry; seconds (median) and ratio to ours")
    for name, value in seconds.items():
        print(f"{name:26s} {value:9.4f} {value / seconds['leaving_within']:9.2f}")
    print(f"ours / bincount with cells computed: {seconds['leaving_within'] / seconds['bincount, cells computed']:.2f}")
    print(f"ours / bincount on ready cells:      {seconds['leaving_within'] / seconds['bincount, cells ready']:.2f}")


if __name__ == "__main__":
    main()
