"""Time curves with variances by cluster: 1,000,000 spells with delayed entry, of 200 organisations or 900,000 people.

Kaplan-Meier, Nelson-Aalen and Aalen-Johansen (three causes), without clusters and with either, against the plain table
of clusters by times where that fits. Prints seconds, medians of several rounds. For R's ``survfit(cluster = )`` on the
rows that `--rows` writes, run the line that is printed.

    python tests/benchmarks/clusters.py [--spells 1000000] [--rounds 3] [--rows clusters.csv]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import numpy.typing as npt
import pandas as pd

import workforce_metrics as wm

R = (
    'Rscript -e \'library(survival); d <- read.csv("{rows}"); '
    'print(system.time(survfit(Surv(entry, duration, left == "True") ~ 1, d, cluster = organisation)))\''
)


def simulated_spells(n: int, seed: int) -> pd.DataFrame:
    """Whole days from joining, a quarter of them running already when observation began."""
    rng = np.random.default_rng(seed)
    duration = np.minimum(np.ceil(rng.weibull(0.8, n) * 3000), 1827).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    return pd.DataFrame(
        {
            "entry": np.minimum(entry, duration - 1),
            "duration": duration,
            "left": (duration < 1827) & (rng.random(n) < 0.7),
            "cause": rng.choice(["moved", "other", "retired"], n),
            "organisation": rng.integers(200, size=n),
            "person": rng.integers(int(0.9 * n), size=n),
        }
    )


def plain_table(cohort: wm.Cohort, cluster: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The variance of log survival from arrays of clusters by days."""
    n_days, n_clusters = int(cohort.duration.max()) + 1, int(cluster.max()) + 1
    shape, size = (n_clusters, n_days), n_clusters * n_days
    exits = np.bincount(cluster * n_days + cohort.duration, minlength=size).reshape(shape)
    left = np.bincount(cluster * n_days + cohort.duration, cohort.event, size).reshape(shape)
    entries = np.bincount(cluster * n_days + np.asarray(cohort.entry), minlength=size).reshape(shape)
    there = (exits - entries)[:, ::-1].cumsum(axis=1)[:, ::-1]
    n, d = there.sum(axis=0), left.sum(axis=0)
    steps = (left - there * (d / np.maximum(n, 1))) / np.maximum(n - d, 1)
    return np.asarray((steps.cumsum(axis=1) ** 2).sum(axis=0))


def timed(rounds: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--rows")
    asked = arguments.parse_args()
    spells = simulated_spells(asked.spells, seed=1)
    if asked.rows:
        spells.to_csv(asked.rows, index=False)
        print(R.format(rows=asked.rows))
    cohort = wm.Cohort.from_frame(
        spells, duration="duration", event="left", entry="entry", cause="cause", time_unit="days"
    )
    print(f"{asked.spells:,} spells, delayed entry; seconds (median)")
    print(f"{'':24s} {'no cluster':>12s} {'organisation':>12s} {'person':>12s}")
    for curve in (wm.kaplan_meier, wm.nelson_aalen, wm.cumulative_incidence):
        seconds = [
            timed(asked.rounds, lambda c=curve, k=cluster: c(cohort, cluster=k))
            for cluster in (None, "organisation", "person")
        ]
        print(f"{curve.__name__:24s} " + " ".join(f"{value:12.3f}" for value in seconds))
    organisation = spells["organisation"].to_numpy()
    plain = timed(asked.rounds, lambda: plain_table(cohort, organisation))
    print(f"{'plain table, survival':24s} {'':12s} {plain:12.3f}")


if __name__ == "__main__":
    main()
