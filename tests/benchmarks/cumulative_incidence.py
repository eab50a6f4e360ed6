"""Time cumulative incidences with variance of 1,000,000 spells, three causes, 20 groups, with delayed entry.

Ours (cohort to `cumulative_incidence` table, infinitesimal-jackknife variance) against the least that could be done
(bare `numpy.bincount` of the same arrays: exits by cause once, entries once), in one run. statsmodels and R's cmprsk
and survfit (with ``--r N``, on N spells) have no delayed entry; they and ours are then timed without it.
Prints the median of several rounds and the ratios.

    python tests/benchmarks/cumulative_incidence.py [--spells 1000000] [--groups 20] [--rounds 7] [--r 20000]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import CumIncidenceRight

import workforce_metrics as wm
from workforce_metrics.survival.cumulative_incidence import cumulative_incidence
from workforce_metrics.survival.gray import gray_test

CAUSES = np.array(["none", "moved", "resigned", "retired"])
DAYS = 1828
R_SCRIPT = """
rows <- read.csv("{path}")
seconds <- function(work) system.time(work)[["elapsed"]]
cat("cuminc", seconds(with(rows, cmprsk::cuminc(duration, cause, group, cencode = 0))), "\\n")
library(survival)
rows$state <- factor(rows$cause, 0:3)
cat("survfit", seconds(survfit(Surv(duration, state) ~ group, data = rows)), "\\n")
"""


def simulated_spells(n: int, groups: int, seed: int) -> pd.DataFrame:
    """Whole days from joining, a quarter of them running already when observation began."""
    rng = np.random.default_rng(seed)
    duration = np.minimum(np.ceil(rng.weibull(0.8, n) * 3000), DAYS - 1).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    left = (duration < DAYS - 1) & (rng.random(n) < 0.7)
    codes = np.where(left, rng.integers(1, len(CAUSES), size=n), 0)
    return pd.DataFrame(
        {
            "entry": np.minimum(entry, duration - 1),
            "duration": duration,
            "left": left,
            "cause": pd.Categorical.from_codes(codes, CAUSES.tolist()),
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


def cohort_of(spells: pd.DataFrame, entry: str | None) -> wm.Cohort:
    return wm.Cohort.from_frame(spells, duration="duration", event="left", cause="cause", entry=entry, time_unit="days")


def bare_counts(spells: pd.DataFrame, n_groups: int) -> Callable[[], object]:
    """Count exits by group, day and cause, and entries by group and day: two passes and nothing else."""
    group = spells["group"].cat.codes.to_numpy().astype(np.int64)
    cause, duration = spells["cause"].cat.codes.to_numpy().astype(np.int64), spells["duration"].to_numpy()
    entry = spells["entry"].to_numpy()

    def work() -> object:
        exits = np.bincount((group * DAYS + duration) * len(CAUSES) + cause, minlength=n_groups * DAYS * len(CAUSES))
        return exits, np.bincount(group * DAYS + entry, minlength=n_groups * DAYS)

    return work


def statsmodels_incidence(spells: pd.DataFrame) -> object:
    found = {}
    for name, rows in spells.groupby("group", observed=True):
        fitted = CumIncidenceRight(rows["duration"].to_numpy(), rows["cause"].cat.codes.to_numpy())
        found[name] = fitted.cinc, fitted.cinc_se
    return found


def r_seconds(spells: pd.DataFrame) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spells.csv"
        spells.assign(cause=spells["cause"].cat.codes).to_csv(path, index=False)
        said = subprocess.run(  # noqa: S603 - our own script
            ["Rscript", "-e", R_SCRIPT.format(path=path.as_posix())],  # noqa: S607 - R, wherever it is
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    return {line.split()[0]: float(line.split()[1]) for line in said.splitlines()}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--groups", type=int, default=20)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--r", type=int, default=0)
    asked = arguments.parse_args()
    spells = simulated_spells(asked.spells, asked.groups, seed=1)
    delayed, together = cohort_of(spells, "entry"), cohort_of(spells, None)
    seconds = {
        "ours, delayed entry": timed(asked.rounds, lambda: cumulative_incidence(delayed, by="group").frame),
        "ours, Greenwood's variance": timed(
            asked.rounds, lambda: cumulative_incidence(delayed, by="group", variance="greenwood").frame
        ),
        "ours, Gray's test": timed(asked.rounds, lambda: gray_test(delayed, by="group").frame),
        "bare bincount": timed(asked.rounds, bare_counts(spells, asked.groups)),
        "ours, no delayed entry": timed(asked.rounds, lambda: cumulative_incidence(together, by="group").frame),
        "statsmodels, no delayed entry": timed(1, lambda: statsmodels_incidence(spells)),
    }
    print(f"{asked.spells:,} spells, 3 causes, {asked.groups} groups; seconds (median)")
    for name, value in seconds.items():
        print(f"{name:32s} {value:9.4f}")
    print(f"ours / bare bincount: {seconds['ours, delayed entry'] / seconds['bare bincount']:.2f}")
    ours = seconds["ours, no delayed entry"]
    print(f"statsmodels / ours:   {seconds['statsmodels, no delayed entry'] / ours:.2f}")
    if asked.r:
        few = spells.iloc[: asked.r]
        own = timed(asked.rounds, lambda: cumulative_incidence(cohort_of(few, None), by="group").frame)
        for name, value in r_seconds(few).items():
            print(f"R {name} on {asked.r:,} spells {value:.3f} s; ours, cohort included, {own:.4f} s")
            print(f"R {name} / ours: {value / own:.1f}")


if __name__ == "__main__":
    main()
