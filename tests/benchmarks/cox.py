"""Time Cox regressions of many spells in whole days against lifelines, and R where it is asked for, in one run.

Ours: formula and cohort to table, Efron's ties; plain, with delayed entry and cluster-robust variance, and the
concordance of a score. lifelines: `CoxPHFitter` on the first rows, as many as said (with late entry and clusters it
takes minutes at 100,000). R: `coxph` on the same file, through Rscript.

    python tests/benchmarks/cox.py [--spells 1000000] [--columns 12] [--lifelines 100000] [--rounds 3] [--r]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

import workforce_metrics as wm
from workforce_metrics.survival.cox import concordance, cox

R_SCRIPT = """
library(survival); d <- read.csv(commandArgs(TRUE)[1]); f <- paste(grep("^x", names(d), value = TRUE), collapse = " + ")
seconds <- function(work) system.time(work)[["elapsed"]]
plain <- seconds(coxph(as.formula(paste("Surv(duration, left) ~", f)), d))
late <- seconds(coxph(as.formula(paste("Surv(entry, duration, left) ~", f)), d, cluster = cluster))
cat(plain, late, "\\n")
"""


def simulated_spells(n: int, columns: int, seed: int) -> pd.DataFrame:
    """Whole days up to five years, a quarter of the spells running already when observation began, 200 clusters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns))
    x[:, columns // 2 :] = x[:, columns // 2 :] > 0.5
    effect = np.linspace(-0.4, 0.4, columns)
    duration = np.minimum(np.ceil(rng.weibull(0.8, n) * 3000 * np.exp(-x @ effect / 0.8)), 1827).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(columns)])
    frame["entry"], frame["duration"] = np.minimum(entry, duration - 1), duration
    return frame.assign(left=(duration < 1827) & (rng.random(n) < 0.7), cluster=rng.integers(0, 200, n))


def timed(rounds: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def ours(spells: pd.DataFrame, rounds: int) -> dict[str, float]:
    formula = " + ".join(name for name in spells if name.startswith("x"))
    plain = wm.Cohort.from_frame(spells.drop(columns="entry"), duration="duration", event="left", time_unit="days")
    late = wm.Cohort.from_frame(spells, duration="duration", event="left", entry="entry", time_unit="days")
    score = spells["x0"].to_numpy() - spells["x1"].to_numpy()
    return {
        "plain": timed(rounds, lambda: cox(plain, formula).frame),
        "late entry, cluster-robust": timed(rounds, lambda: cox(late, formula, cluster="cluster").frame),
        "concordance, late entry": timed(1, lambda: concordance(late, score).estimate),
    }


def lifelines(spells: pd.DataFrame) -> dict[str, float]:
    own = spells.drop(columns=["entry", "cluster"])
    late = spells

    def plain_fit() -> object:
        return CoxPHFitter().fit(own, "duration", "left")

    def late_fit() -> object:
        return CoxPHFitter().fit(late, "duration", "left", entry_col="entry", cluster_col="cluster")

    return {"plain": timed(1, plain_fit), "late entry, cluster-robust": timed(1, late_fit)}


def r_coxph(spells: pd.DataFrame) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "spells.csv", Path(folder) / "cox.R"
        spells.assign(left=spells["left"].astype(int)).to_csv(file, index=False)
        script.write_text(R_SCRIPT)
        done = subprocess.run(["Rscript", str(script), str(file)], capture_output=True, text=True, check=True)  # noqa: S603, S607 - our own script
    plain, late = done.stdout.split()
    return {"plain": float(plain), "late entry, cluster-robust": float(late)}


def show(title: str, seconds: dict[str, float], peer: dict[str, float]) -> None:
    print(title)
    for name, value in seconds.items():
        ratio = f"{peer[name]:9.3f} {peer[name] / value:8.1f}x" if name in peer else ""
        print(f"  {name:28s} {value:9.3f} {ratio}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--columns", type=int, default=12)
    arguments.add_argument("--lifelines", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--r", action="store_true")
    asked = arguments.parse_args()
    spells = simulated_spells(asked.spells, asked.columns, seed=1)
    fewer = spells.iloc[: asked.lifelines]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole = ours(spells, asked.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory over the data: {(peak - before) / 1024:,.0f} MB")
    show(f"{asked.spells:,} spells x {asked.columns}: seconds, R's, ratio", whole, r_coxph(spells) if asked.r else {})
    show(f"{len(fewer):,} spells: seconds, lifelines', ratio", ours(fewer, asked.rounds), lifelines(fewer))


if __name__ == "__main__":
    main()
