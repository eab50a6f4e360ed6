"""Time discrete-time hazards by three causes: people x months, 76 parameters a cause, delayed entry.

Ours (cohort to result, then with cluster-robust errors) against statsmodels on person-periods at a reduced number of
people (its seconds scaled up linearly), and against glum on the same cells where it is installed, in one run.
`--continuous` adds a covariate by which nearly everybody is a pattern of their own.

    python tests/benchmarks/discrete_hazard.py [--people 150000] [--months 60] [--peer 5000] [--continuous]
    python tests/benchmarks/discrete_hazard.py --people 1500000 --peer 20000

On a machine that does other work set OPENBLAS_NUM_THREADS=1: threads that wait for one another cost more than they do.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.discrete_hazard import DiscreteHazard, discrete_hazard
from workforce_metrics.survival.discrete_hazard.cells import blocks_of, count_cells
from workforce_metrics.survival.discrete_hazard.patterns import covariates_in, find_patterns, pattern_columns
from workforce_metrics.survival.discrete_hazard.sample import spells_used

FORMULA = "age_band + route + region + part_time"
CAUSES = ("pay", "retired", "moved")


def simulated_staff(n: int, months: int, seed: int) -> pd.DataFrame:
    """Return whole months from joining; covariates of 6, 4, 8 and 2 levels: 16 parameters beside the months'."""
    rng = np.random.default_rng(seed)
    sizes = {"age_band": 6, "route": 4, "region": 8, "part_time": 2}
    codes = {name: rng.integers(size, size=n) for name, size in sizes.items()}
    rate = 0.012 * np.exp(0.08 * codes["age_band"] - 0.1 * codes["route"] + 0.05 * codes["region"])
    duration = np.minimum(np.ceil(rng.exponential(1 / rate)), rng.integers(months // 2, 2 * months, n)).astype(np.int64)
    entry = np.where(rng.random(n) < 0.25, (rng.random(n) * duration).astype(np.int64), 0)
    frame = pd.DataFrame(
        {name: pd.Categorical.from_codes(c, [f"{name} {k}" for k in range(sizes[name])]) for name, c in codes.items()}
    )
    return frame.assign(
        duration=np.minimum(duration, months),
        entry=np.minimum(entry, np.minimum(duration, months) - 1),
        left=(rng.random(n) < 0.8) & (duration <= months),
        why=pd.Categorical.from_codes(rng.integers(3, size=n), list(CAUSES)),
        organisation=rng.integers(200, size=n),
        age=rng.normal(40, 10, n),
    )


def cohort_of(staff: pd.DataFrame) -> Cohort:
    return Cohort.from_frame(staff, duration="duration", event="left", entry="entry", cause="why", time_unit="months")


def timed(work: Callable[[], object]) -> tuple[float, Any]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def person_periods(staff: pd.DataFrame) -> pd.DataFrame:
    """Return one row a person and month at risk."""
    length = (staff["duration"] - staff["entry"]).to_numpy()
    long = staff.loc[staff.index.repeat(length)].reset_index(drop=True)
    month = np.arange(len(long)) - np.repeat(np.cumsum(length) - length, length) + 1 + long["entry"]
    leaves = long["left"] & (month == long["duration"])
    return long.assign(month=month, here=np.where(leaves, long["why"].astype(str), ""))


def by_statsmodels(staff: pd.DataFrame, formula: str, months: int) -> list[np.ndarray]:
    import statsmodels.api as sm
    from formulaic import model_matrix

    long = person_periods(staff)
    columns = np.asarray(model_matrix(formula, long))[:, 1:]
    z = np.hstack((np.eye(months)[long["month"] - 1], columns))
    family = sm.families.Binomial(sm.families.links.CLogLog())
    return [sm.GLM((long["here"] == cause).astype(float), z, family=family).fit().params for cause in CAUSES]


def cells_of(staff: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the design, the numbers at risk and the leavings by cause of the cells that are not empty."""
    used = spells_used(cohort_of(staff), FORMULA, "month", incomplete="half", missing="refuse", cluster=None)
    patterns = find_patterns(used.covariates, covariates_in(FORMULA, used.covariates))
    design = pattern_columns(used.covariates, covariates_in(FORMULA, used.covariates), patterns, FORMULA)
    cells = count_cells(patterns.codes, len(patterns.rows), used.periods, cause=used.cause, n_causes=len(CAUSES))
    blocks = [list(blocks_of(cells, cause)) for cause in range(len(CAUSES))]
    n_risk = np.vstack([block.n_risk for block in blocks[0]])
    n_event = np.array([np.vstack([block.n_event for block in own]).ravel() for own in blocks])
    pattern, month = np.indices(n_risk.shape)
    filled = n_risk.ravel() > 0
    z = np.hstack((np.eye(n_risk.shape[1])[month.ravel()[filled]], design.columns[pattern.ravel()[filled]]))
    return z, n_risk.ravel()[filled], n_event[:, filled]


def by_glum(z: np.ndarray, n_risk: np.ndarray, n_event: np.ndarray) -> list[np.ndarray]:
    from glum import GeneralizedLinearRegressor
    from glum._link import CloglogLink

    asked = {"family": "binomial", "link": CloglogLink(), "alpha": 0, "fit_intercept": False, "gradient_tol": 1e-9}
    return [GeneralizedLinearRegressor(**asked).fit(z, y / n_risk, sample_weight=n_risk).coef_ for y in n_event]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=150_000)
    arguments.add_argument("--months", type=int, default=60)
    arguments.add_argument("--peer", type=int, default=5_000, help="people that statsmodels is given")
    arguments.add_argument("--continuous", action="store_true")
    asked = arguments.parse_args()
    formula = FORMULA + (" + age" if asked.continuous else "")
    staff = simulated_staff(asked.people, asked.months, seed=1)
    cohort = cohort_of(staff)
    discrete_hazard(cohort_of(staff.head(50_000)), "route", interval=[12, 24])  # imports and caches
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours, model = timed(lambda: discrete_hazard(cohort, formula, interval="month"))
    robust, _ = timed(lambda: discrete_hazard(cohort, formula, interval="month", cluster="organisation"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert isinstance(model, DiscreteHazard)
    few = staff.head(asked.peer)
    theirs, _ = timed(lambda: by_statsmodels(few, formula, asked.months))
    lines = {
        "ours": ours,
        "ours, cluster-robust": robust,
        f"statsmodels, person-periods of {asked.peer:,} people": theirs,
        "statsmodels, scaled to all people": theirs * asked.people / asked.peer,
    }
    if importlib.util.find_spec("glum") and not asked.continuous:
        cells = cells_of(staff)
        lines["glum on our cells (without counting them)"], theirs_on_cells = timed(lambda: by_glum(*cells))
        furthest = np.abs(model.model.parameters - np.array(theirs_on_cells)).max()
        print(f"glum: largest difference of a parameter {furthest:.1e}")
    of = f"{model.provenance['n_patterns']:,} patterns, {len(model.frame):,} parameters"
    print(f"{asked.people:,} people, {asked.months} months, {len(CAUSES)} causes; {of}; seconds of processor time")
    for name, seconds in lines.items():
        print(f"{name:50s} {seconds:10.2f} {seconds / ours:12.1f} x ours")
    print(f"peak memory {peak / 1e6:.2f} GB, of which {before / 1e6:.2f} before fitting")


if __name__ == "__main__":
    main()
