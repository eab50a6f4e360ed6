"""Time standardised five-year risks of many organisations with intervals, and a forecast of those in post.

Of discrete-time hazards, a Cox model and cause-specific Cox models, each with organisation among its covariates, and
of Cox models with organisations as strata. Ours against averaging `predict_risk` over everybody for a few organisations
(no intervals; its seconds scaled up to all), in one run. Aim: 200 organisations and a million people within 20 seconds.

    python tests/benchmarks/standardisation.py [--people 1000000] [--organisations 200] [--only NAME]
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.cause_specific import cause_specific
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cox.fit import cox
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.forecast import forecast_leaving
from workforce_metrics.survival.standardisation import standardised_risk

FORMULA = "organisation + age_band + route + sex"
DIRECT = 2
"""Organisations for which everybody's risk is averaged directly."""


def of_codes(codes: np.ndarray, labels: list[str]) -> pd.Categorical:
    return pd.Categorical(np.array(labels)[codes], labels)


def simulated_staff(n: int, n_organisations: int, seed: int) -> pd.DataFrame:
    """Return people who leave by three causes, with delayed entry, durations in whole months."""
    rng = np.random.default_rng(seed)
    organisation, band = rng.integers(0, n_organisations, n), rng.integers(0, 6, n)
    effect = rng.normal(0, 0.3, n_organisations)
    leaves = np.ceil(rng.exponential(110 * np.exp(effect[organisation] - 0.1 * band)))
    entry = np.where(rng.random(n) < 0.3, rng.integers(0, 24, n), 0)
    ends = rng.integers(61, 121, n)
    frame = pd.DataFrame(
        {
            "organisation": of_codes(organisation, [f"R{k:03d}" for k in range(n_organisations)]),
            "age_band": of_codes(band, [f"band {k}" for k in range(6)]),
            "route": of_codes(rng.integers(0, 4, n), ["home", "eu", "world", "other"]),
            "sex": of_codes(rng.integers(0, 2, n), ["f", "m"]),
            "team": rng.integers(0, 10 * n_organisations, n),
            "why": rng.choice(["resigned", "retired", "moved"], n),
            "duration": np.minimum(leaves, ends),
            "left": leaves <= ends,
            "entry": entry,
        }
    )
    return frame[frame["duration"] > frame["entry"]].reset_index(drop=True)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--organisations", type=int, default=200)
    arguments.add_argument("--only", default="", help="the models in whose names this occurs")
    asked = arguments.parse_args()
    warnings.simplefilter("ignore", RiskSetWarning)
    staff = simulated_staff(asked.people, asked.organisations, seed=1)
    roles = {"duration": "duration", "event": "left", "entry": "entry", "time_unit": "months"}
    cohort = Cohort.from_frame(staff, cause="why", **roles)
    in_post = staff.assign(served=np.random.default_rng(2).integers(0, 60, len(staff)))
    stratified = FORMULA.removeprefix("organisation + ")
    fits: dict[str, Callable[[], Any]] = {
        "discrete-time hazards of three causes, by year": lambda: discrete_hazard(cohort, FORMULA, interval="year"),
        "Cox model, organisations as strata": lambda: cox(cohort, stratified, strata="organisation"),
        "Cox models of three causes, organisations as strata": lambda: cause_specific(
            cohort, stratified, strata="organisation"
        ),
        "Cox model, organisation a covariate": lambda: cox(cohort, FORMULA),
        "Cox models of three causes, organisation a covariate": lambda: cause_specific(cohort, FORMULA),
        "the same, robust by team": lambda: cause_specific(cohort, FORMULA, cluster="team"),
    }
    print(f"{'processor seconds':60s} {'fit':>8s} {'standardise':>12s} {'forecast':>9s}")
    results = {}
    for name in (name for name in fits if asked.only in name):
        fit, model = timed(fits[name])
        standardise, found = timed(lambda model=model: standardised_risk(model, cohort, at=60, reference="R000"))  # type: ignore[misc]
        forecast, _ = timed(
            lambda model=model: forecast_leaving(model, in_post, served="served", by="organisation")  # type: ignore[misc]
        )
        results.setdefault("first", (model, found, standardise))
        print(f"{name:60s} {fit:8.2f} {standardise:12.2f} {forecast:9.2f}", flush=True)
        print(f"{'':60s} peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
        del model
    model, found, ours = results["first"]
    print(f"{len(staff):,} people, {asked.organisations} organisations, {found.provenance['n_patterns']} patterns")
    if not hasattr(model, "predict_risk"):
        return
    risk = found.frame.query("term == 'risk'").groupby("organisation", observed=True)["estimate"].last()  # any cause
    direct, seconds = [], 0.0
    for level in risk.index[:DIRECT]:
        as_if = staff.assign(organisation=pd.Categorical([level] * len(staff), risk.index))
        taken, one = timed(lambda as_if=as_if: model.predict_risk(as_if, at=60)["estimate"].mean())  # type: ignore[misc]
        direct.append(one)
        seconds += taken
    whole = seconds / DIRECT * len(risk)
    print(f"averaging predict_risk over everybody, scaled to all: {whole:.1f}, {whole / ours:.1f} x ours")
    print(f"largest difference from direct averaging {np.abs(risk.to_numpy()[:DIRECT] - direct).max():.1e}")


if __name__ == "__main__":
    main()
