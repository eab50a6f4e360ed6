"""Time Fine and Gray regressions with sandwich variance against R's `crr` and PyPI's `comprisk`, in one run.

Ours: formula and cohort to table; Fine and Gray's full variance, and with delayed entry and 200 clusters. `crr`, where
it is asked for, takes more than a minute at 20,000 spells and grows with their square: for more spells its time is
scaled linearly, which is to its favour. `comprisk`, where it is installed, is run with its robust standard errors,
which take the weights as known, after a small fit that compiles it.

    python tests/benchmarks/fine_gray.py [--spells 20000 100000 800000] [--columns 8] [--rounds 3] [--r]
"""

from __future__ import annotations

import argparse
import importlib
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import workforce_metrics as wm

FOR_R = 20_000
R_SCRIPT = """
suppressMessages(library(cmprsk)); d <- read.csv(commandArgs(TRUE)[1])
x <- as.matrix(d[grep("^x", names(d))]); status <- match(d$kind, c("stayed", "resigned", "retired")) - 1
cat(system.time(fit <- crr(d$duration, status, x))[["elapsed"]], "\\n")
"""


def simulated_spells(n: int, columns: int, seed: int) -> pd.DataFrame:
    """Whole days up to five years, two causes, a quarter of the spells running already when observation began."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns))
    x[:, columns // 2 :] = x[:, columns // 2 :] > 0.5
    rate = np.column_stack((3e-4 * np.exp(x @ np.linspace(-0.4, 0.4, columns)), np.full(n, 3e-4)))
    left = rng.exponential(1 / rate.sum(axis=1))
    end = np.minimum(rng.uniform(0, 3000, n), 1826)
    duration = np.ceil(np.minimum(left, end)).astype(np.int64)
    resigned = rng.random(n) < rate[:, 0] / rate.sum(axis=1)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(columns)])
    frame["entry"], frame["duration"] = np.minimum(entry, duration - 1), duration
    kind = np.where(left < end, np.where(resigned, "resigned", "retired"), "stayed")
    return frame.assign(kind=kind, left=kind != "stayed", cluster=rng.integers(0, 200, n))


def timed(rounds: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def ours(spells: pd.DataFrame, rounds: int) -> dict[str, float]:
    formula = " + ".join(name for name in spells if name.startswith("x"))
    plain = wm.Cohort.from_frame(
        spells.drop(columns="entry"), duration="duration", event="left", cause="kind", time_unit="days"
    )
    late = wm.Cohort.from_frame(
        spells, duration="duration", event="left", cause="kind", entry="entry", time_unit="days"
    )

    def fit(cohort: wm.Cohort, cluster: str | None = None) -> Callable[[], object]:
        return lambda: wm.fine_gray(cohort, formula, cause="resigned", cluster=cluster).frame

    return {
        "plain": timed(rounds, fit(plain)),
        "late entry, cluster-robust": timed(rounds, fit(late, "cluster")),
    }


def comprisk(spells: pd.DataFrame, rounds: int) -> float | None:
    try:
        model = importlib.import_module("comprisk").FineGrayRegression
    except ImportError:
        return None
    x = spells.filter(regex="^x").to_numpy()
    when, kind = spells["duration"].to_numpy(float), spells["kind"].map({"stayed": 0, "resigned": 1, "retired": 2})

    def fit(n: int) -> Callable[[], object]:
        return lambda: model(robust_se=True).fit(x[:n], time=when[:n], event=kind.to_numpy()[:n])

    fit(2000)()
    return timed(rounds, fit(len(x)))


def r_crr(spells: pd.DataFrame) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "spells.csv", Path(folder) / "crr.R"
        spells.to_csv(file, index=False)
        script.write_text(R_SCRIPT)
        done = subprocess.run(["Rscript", str(script), str(file)], capture_output=True, text=True, check=True)  # noqa: S603, S607 - our own script
    return float(done.stdout)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, nargs="+", default=[20_000, 100_000, 800_000])
    arguments.add_argument("--columns", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--r", action="store_true")
    asked = arguments.parse_args()
    spells = simulated_spells(max(asked.spells), asked.columns, seed=1)
    crr = r_crr(spells.iloc[:FOR_R]) if asked.r else None
    if crr is not None:
        print(f"R crr, {FOR_R:,} spells x {asked.columns}: {crr:.3f} seconds")
    for n in asked.spells:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = ours(spells.iloc[:n], asked.rounds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{n:,} spells x {asked.columns}: seconds (peak memory grown by {(peak - before) / 1024:,.0f} MB)")
        for name, value in seconds.items():
            print(f"  {name:28s} {value:9.3f}")
        if crr is not None and n >= FOR_R:
            print(f"  {'R crr, scaled linearly':28s} {crr * n / FOR_R:9.3f} {crr * n / FOR_R / seconds['plain']:8.1f}x")
        peer = comprisk(spells.iloc[:n], asked.rounds)
        shown = "not installed" if peer is None else f"{peer:9.3f} {peer / seconds['plain']:8.1f}x"
        print(f"  {'comprisk':28s} {shown}")


if __name__ == "__main__":
    main()
