"""Time Cox regressions of many spells against lifelines, R's coxph and PyPI's `survival`, in one run.

Ours: formula and cohort to table, Efron's ties, whole days; plain, then with delayed entry and cluster-robust variance
(also in whole months), and the concordance of a score with delayed entry. lifelines takes all rows plain, and the first
100,000 with late entry and clusters. R runs where it is asked for, `survival` where it is installed.

    python tests/benchmarks/cox.py [--spells 1000000] [--columns 12] [--lifelines 100000] [--rounds 3] [--r]
"""

from __future__ import annotations

import argparse
import importlib.util

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index
from timing import peak_mb, print_ratios, r_seconds, seconds

import workforce_metrics as wm

DAYS_PER_MONTH = 30.4375
R_SCRIPT = """
library(survival); d <- read.csv(commandArgs(TRUE)[1]); f <- paste(grep("^x", names(d), value = TRUE), collapse = " + ")
seconds <- function(name, work) cat(name, system.time(work)[["elapsed"]], "\\n")
seconds("plain", coxph(as.formula(paste("Surv(duration, left) ~", f)), d))
late <- as.formula(paste("Surv(entry, duration, left) ~", f))
seconds("late, days", coxph(late, d, cluster = cluster))
d$entry <- d$entry_month; d$duration <- d$month
seconds("late, months", coxph(late, d, cluster = cluster))
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


def in_months(spells: pd.DataFrame) -> pd.DataFrame:
    """The same spells in whole months begun; entries in the month of leaving go to the month before."""
    month = np.ceil(spells["duration"] / DAYS_PER_MONTH).astype(np.int64)
    entry = np.minimum(np.ceil(spells["entry"] / DAYS_PER_MONTH).astype(np.int64), month - 1)
    return spells.assign(duration=month, entry=entry)


def cohort_of(spells: pd.DataFrame, *, late: bool) -> wm.Cohort:
    rows = spells if late else spells.drop(columns="entry")
    return wm.Cohort.from_frame(
        rows, duration="duration", event="left", entry="entry" if late else None, time_unit="days"
    )


def formula_of(spells: pd.DataFrame) -> str:
    return " + ".join(name for name in spells if name.startswith("x"))


def ours(spells: pd.DataFrame, rounds: int) -> dict[str, float]:
    formula, cohort = formula_of(spells), cohort_of(spells, late=False)
    plain = seconds(lambda: wm.cox(cohort, formula).frame, rounds=rounds, warm=True)
    print(f"peak memory of the process after the plain fit, data and packages included: {peak_mb():,.0f} MB")
    late, months = cohort_of(spells, late=True), cohort_of(in_months(spells), late=True)
    score = (spells["x0"] - spells["x1"]).to_numpy()
    return {
        "plain": plain,
        "late, days": seconds(lambda: wm.cox(late, formula, cluster="cluster").frame, rounds=rounds, warm=True),
        "late, months": seconds(lambda: wm.cox(months, formula, cluster="cluster").frame, rounds=rounds, warm=True),
        "concordance": seconds(lambda: wm.concordance(late, score).estimate, rounds=rounds),
    }


def pypi_survival(spells: pd.DataFrame) -> dict[str, float]:
    if importlib.util.find_spec("survival") is None:
        return {}
    import survival

    formula = formula_of(spells)
    return {
        "plain": seconds(lambda: survival.coxph(f"Surv(duration, left) ~ {formula}", spells)),
        "late, days": seconds(
            lambda: survival.coxph(f"Surv(entry, duration, left) ~ {formula} + cluster(cluster)", spells)
        ),
    }


def lifelines_plain(spells: pd.DataFrame) -> float:
    rows = spells.drop(columns=["entry", "cluster"])
    return seconds(lambda: CoxPHFitter().fit(rows, "duration", "left"))


def lifelines_late(spells: pd.DataFrame) -> float:
    return seconds(lambda: CoxPHFitter().fit(spells, "duration", "left", entry_col="entry", cluster_col="cluster"))


def lifelines_concordance(spells: pd.DataFrame) -> float:
    score = (spells["x1"] - spells["x0"]).to_numpy()
    return seconds(lambda: concordance_index(spells["duration"], score, spells["left"]))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--spells", type=int, default=1_000_000)
    arguments.add_argument("--columns", type=int, default=12)
    arguments.add_argument("--lifelines", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--r", action="store_true")
    asked = arguments.parse_args()
    spells = simulated_spells(asked.spells, asked.columns, seed=1)
    few = spells.iloc[: asked.lifelines]
    whole = ours(spells, asked.rounds)
    fewer, rust = ours(few, asked.rounds), pypi_survival(spells)
    months = in_months(spells)[["entry", "duration"]].set_axis(["entry_month", "month"], axis=1)
    r = r_seconds(R_SCRIPT, spells.join(months).assign(left=spells["left"].astype(int))) if asked.r else {}
    print(f"{asked.spells:,} spells x {asked.columns} columns")
    for name in ("plain", "late, days", "late, months"):
        others = {"R coxph": r.get(name), "PyPI survival": rust.get(name)}
        if name == "plain":
            others["lifelines"] = lifelines_plain(spells)
        print_ratios(name, whole[name], others)
    print(f"late entry and clusters cost {whole['late, days'] / whole['plain']:.2f} times the plain fit")
    print_ratios(
        "concordance with late entry", whole["concordance"], {"lifelines, no late entry": lifelines_concordance(spells)}
    )
    print(f"{len(few):,} spells")
    print_ratios("late, days", fewer["late, days"], {"lifelines": lifelines_late(few)})


if __name__ == "__main__":
    main()
