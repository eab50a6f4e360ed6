"""Time a Cox regression on start-stop rows, three of each person, against R's coxph in one run.

Ours: cohort and formula to table, whole days, eight covariates that change from row to row; plain and with the person
as cluster. R runs the plain fit where it is asked for.

    python tests/benchmarks/start_stop.py [--people 1000000] [--rounds 3] [--r]
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from timing import peak_mb, print_ratios, r_seconds, seconds

import workforce_metrics as wm

COLUMNS, ROWS = 8, 3
R_SCRIPT = """
library(survival); d <- read.csv(commandArgs(TRUE)[1]); f <- paste(grep("^x", names(d), value = TRUE), collapse = " + ")
cat("plain", system.time(coxph(as.formula(paste("Surv(start, stop, left) ~", f)), d))[["elapsed"]], "\\n")
"""


def simulated_rows(people: int, seed: int) -> pd.DataFrame:
    """Follow-up of up to five years in whole days, cut twice at random days."""
    rng = np.random.default_rng(seed)
    end = np.clip(np.ceil(rng.weibull(0.8, people) * 3000), ROWS, 1827).astype(np.int64)
    first = 1 + (rng.random(people) * (end - 2)).astype(np.int64)
    second = first + 1 + (rng.random(people) * (end - first - 1)).astype(np.int64)
    edges = np.stack([np.zeros_like(end), first, second, end], axis=1)
    left = np.zeros((people, ROWS), dtype=bool)
    left[:, -1] = (end < 1827) & (rng.random(people) < 0.7)
    x = rng.normal(size=(people * ROWS, COLUMNS))
    x[:, COLUMNS // 2 :] = x[:, COLUMNS // 2 :] > 0.5
    rows = pd.DataFrame(x, columns=[f"x{j}" for j in range(COLUMNS)])
    return rows.assign(
        start=edges[:, :-1].ravel(), stop=edges[:, 1:].ravel(), left=left.ravel(),
        person=np.repeat(np.arange(people), ROWS),
    )  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--r", action="store_true")
    asked = arguments.parse_args()
    rows = simulated_rows(asked.people, seed=1)
    formula = " + ".join(name for name in rows if name.startswith("x"))
    cohort = wm.Cohort.from_frame(rows, duration="stop", event="left", entry="start", time_unit="days")
    plain = seconds(lambda: wm.cox(cohort, formula).frame, rounds=asked.rounds, warm=True)
    print(f"{len(rows):,} rows of {asked.people:,} people, {COLUMNS} columns")
    print(f"peak memory of the process, data and packages included: {peak_mb():,.0f} MB")
    clustered = seconds(lambda: wm.cox(cohort, formula, cluster="person").frame, rounds=asked.rounds)
    r = r_seconds(R_SCRIPT, rows.assign(left=rows["left"].astype(int))) if asked.r else {}
    print_ratios("plain", plain, {"R coxph": r.get("plain")})
    print_ratios("with the person as cluster", clustered, {})


if __name__ == "__main__":
    main()
