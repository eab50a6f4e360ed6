"""How often 95 % intervals of parametric models hold the truth, over simulated cohorts with late entry.

Each cohort: 500 people who join up to 4 years before a window of 5 years opens or during it, so that some enter late
and those who left earlier are never seen; two routes, a number, one distribution of the time to leaving. With each
person a cluster of their own the robust variance must do as well as the model's.

    python tests/benchmarks/parametric_coverage.py [--cohorts 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

import workforce_metrics as wm
from workforce_metrics.results import normal_quantile
from workforce_metrics.survival.parametric import ParametricModel

PEOPLE, SCALE, ROUTE, NUMBER = 500, 0.7, 0.5, -0.2
STANDARD = {"weibull": stats.gumbel_l, "log-normal": stats.norm, "log-logistic": stats.logistic}
PERSON = pd.DataFrame({"route": ["b"], "x": [1.0]})
GIVEN, AT, Z = 1.0, 5.0, normal_quantile(0.95)


def cohort_of(rng: np.random.Generator, distribution: str) -> pd.DataFrame:
    route, x = rng.random(PEOPLE) < 0.5, rng.normal(size=PEOPLE)
    time = np.exp(1.3 + ROUTE * route + NUMBER * x + SCALE * STANDARD[distribution].rvs(size=PEOPLE, random_state=rng))
    opened = rng.uniform(-5, 4, PEOPLE)  # years from joining to the opening of the window
    end = np.minimum(time, opened + 5)
    frame = pd.DataFrame(
        {"entry": np.maximum(opened, 0), "end": end, "left": time <= end, "route": np.where(route, "b", "a"), "x": x}
    )
    return frame[frame["end"] > frame["entry"]].assign(person=lambda seen: np.arange(len(seen)))


def risk(distribution: str) -> float:
    """Return the true risk of `PERSON` of leaving after `GIVEN` and by `AT`."""
    z = (np.log([GIVEN, AT]) - 1.3 - ROUTE - NUMBER) / SCALE
    stay = STANDARD[distribution].sf(z)
    return float(1 - stay[1] / stay[0])


def held(model: ParametricModel, truths: dict[str, float], true_risk: float) -> list[list[bool | None]]:
    """Return whether the intervals hold the truths, with the model's standard errors and with the robust ones."""
    table = model.frame.set_index("term").loc[list(truths)]
    off = np.abs(table["estimate"] - list(truths.values()))
    rows = [(off <= Z * table[name]).tolist() for name in ("model_std_error", "std_error")]
    predicted = model.predict_risk(PERSON, at=AT, given=GIVEN).iloc[0]
    rows[1].append(bool(predicted["conf_low"] <= true_risk <= predicted["conf_high"]))
    return [[*rows[0], None], rows[1]]


def run(distribution: str, fitted: str, rng: np.random.Generator, cohorts: int) -> pd.DataFrame:
    rows = []
    truths = {"Intercept": 1.3, "route[T.b]": ROUTE, "x": NUMBER, "log(scale)": np.log(SCALE)}
    if fitted == "spline":  # a Weibull is proportional hazards too
        truths = {"route[T.b]": -ROUTE / SCALE, "x": -NUMBER / SCALE}
    asked = {"duration": "end", "event": "left", "entry": "entry", "time_unit": "years"}
    for _ in tqdm(range(cohorts), desc=f"{distribution}, {fitted}", leave=False, mininterval=10):
        cohort = wm.Cohort.from_frame(cohort_of(rng, distribution), **asked)
        model = wm.parametric(cohort, "route + x", distribution=fitted, cluster="person")
        both = held(model, truths, risk(distribution))
        rows += [(kind, *inside) for kind, inside in zip(("model", "robust"), both, strict=True)]
    found = (
        pd.DataFrame(rows, columns=["std_error", *truths, "risk"]).astype({"risk": float}).groupby("std_error").mean()
    )
    return found.assign(truth=distribution, fitted=fitted).reset_index()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cohorts", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    rng = np.random.default_rng(asked.seed)
    pairs = [*((name, name) for name in STANDARD), ("weibull", "spline")]
    tables = [run(truth, fitted, rng, asked.cohorts) for truth, fitted in pairs]
    print(pd.concat(tables, ignore_index=True).set_index(["truth", "fitted", "std_error"]).round(4).to_string())


if __name__ == "__main__":
    main()
