"""Parametric models: Weibull, log-normal and spline, and the risks they imply.

The laws are continuous, so leaving is known to the hour here. Rounded up to whole days, the logarithm of a Weibull
scale is a tenth of a standard error of a thousand people too small, since many leave within their first days.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from designs import (
    DAYS,
    FEW_CLUSTERS,
    FORMULA,
    KINDS,
    ONE_CAUSE,
    STABLE,
    TWO,
    between_and_within,
    clustered,
    cohort_of,
    followed,
    kinds,
    labelled,
    staff,
)
from model_studies import PEOPLE, TERM_OF, coefficients, predictions
from scipy.stats import norm
from study import Finding, found, study
from truths import Hazards

import workforce_metrics as wm

Floats = npt.NDArray[np.float64]

CENTRE, SPREAD, SLOPES = 1.7, 1.2, np.array([-0.5, 0.3, -0.4])
"""Of the logarithm of log-normal years: where the covariates are 0, and around what they say."""
HOURS = 24 * DAYS
"""A year."""


def to_the_hour(spells: pd.DataFrame) -> wm.Cohort:
    """Return the cohort of spells in hours, in days."""
    return cohort_of(spells.assign(entry=spells["entry"] / 24, duration=spells["duration"] / 24), unit=DAYS)


def accelerated(law: Hazards) -> Floats:
    """Return intercept, coefficients and log(scale) of a Weibull law, time in days."""
    shape = law.shape[0]
    centre = np.log(DAYS) - np.log(law.rate[0]) / shape
    return np.array([centre, *(-law.effect[:, 0] / shape), -np.log(shape)])


@study("parametric", "Weibull, late entry, days to the hour", n=1000, small=150)
def weibull(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients, predicted risks, conditional ones too."""
    model = wm.parametric(to_the_hour(staff(rng, n, ONE_CAUSE, unit=HOURS)), FORMULA)
    yield from coefficients(model.frame, accelerated(ONE_CAUSE))
    after, before = ONE_CAUSE.risk([5, 2], KINDS[[0, 5]]).T
    yield from predictions(model.predict_risk(PEOPLE, at=1826), after, "predict_risk, {who}, five years")
    later = model.predict_risk(PEOPLE, at=1826, given=730)
    yield from predictions(later, 1 - (1 - after) / (1 - before), "predict_risk given two years, {who}")


@study("parametric", "spline, late entry, days to the hour", n=1000)
def spline(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """A Weibull law is a spline that does not bend."""
    model = wm.parametric(to_the_hour(staff(rng, n, ONE_CAUSE, unit=HOURS)), FORMULA, distribution="spline")
    shown = model.frame["term"].str.contains("abroad|age_band")
    yield from coefficients(model.frame[shown], ONE_CAUSE.effect[:, 0])
    risk = model.predict_risk(PEOPLE, at=[365, 1826])
    yield from predictions(risk, ONE_CAUSE.risk([1, 5], KINDS[[0, 5]]).ravel(), "predict_risk, {who}, day {time:g}")


@study("parametric", "log-normal, late entry, days to the hour", n=1000)
def log_normal(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients and predicted risks."""
    kind = kinds(rng, n)
    time = np.exp(CENTRE + KINDS[kind] @ SLOPES + SPREAD * rng.normal(size=n))
    spells = followed(rng, time, np.ones(n, dtype=int), labelled(kind), unit=HOURS)
    model = wm.parametric(to_the_hour(spells), FORMULA, distribution="log-normal")
    yield from coefficients(model.frame, [CENTRE + np.log(DAYS), *SLOPES, np.log(SPREAD)])
    risk = norm.cdf((np.log(5) - CENTRE - KINDS[[0, 5]] @ SLOPES) / SPREAD)
    yield from predictions(model.predict_risk(PEOPLE, at=1826), risk, "predict_risk, {who}, five years")


@study(
    "parametric",
    "Weibull, cluster-robust, clusters of ten, late entry, days to the hour",
    n=2000,
    small=300,
    note=FEW_CLUSTERS,
)
def weibull_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """With a shared positive stable frailty averaged out, a Weibull law is one still."""
    law, spells = TWO.seen_marginally(STABLE), clustered(rng, n, TWO, between_and_within(rng, n), unit=HOURS)
    model = wm.parametric(to_the_hour(spells), "x + z", cluster="cluster")
    yield from found(model.frame.replace({"term": TERM_OF}), "{term}", accelerated(law))
    risk = model.predict_risk(pd.DataFrame({"x": [0, 1], "z": [0, 1]}), at=1826)
    truth = law.risk(5, [[0, 0], [1, 1]])[:, 0]
    yield from found(risk.assign(who=["x = z = 0", "x = z = 1"]), "predict_risk, {who}, five years", truth)
