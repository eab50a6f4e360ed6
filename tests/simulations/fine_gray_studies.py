"""Fine and Gray: subdistribution hazard ratios, and the incidences they imply."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from designs import (
    A_CLUSTER,
    DAYS,
    FEW_CLUSTERS,
    FORMULA,
    KINDS,
    STABLE,
    between_and_within,
    cohort_of,
    followed,
    kinds,
    labelled,
)
from model_studies import PEOPLE, TERM_OF, coefficients, predictions
from study import Finding, found, study
from truths import Subdistribution, positive_stable

import workforce_metrics as wm

LAW = Subdistribution(share=0.4, rate=0.3, other=0.2, effect=np.array([0.5, -0.3, 0.4]))
IN_CLUSTERS = Subdistribution(share=0.4, rate=0.3, other=0.2, effect=np.array([0.5, -0.4]))


@study("fine_gray", "late entry, days", n=1000, small=200)
def fine_gray(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients and the incidences of two people, the weights estimated."""
    kind = kinds(rng, n)
    spells = followed(rng, *LAW.draw(rng, KINDS[kind]), labelled(kind), unit=DAYS)
    model = wm.fine_gray(cohort_of(spells, unit=DAYS, cause="why"), FORMULA, cause="moved")
    yield from coefficients(model.frame, LAW.effect)
    yield from predictions(
        model.predict_incidence(PEOPLE, at=[365, 1826]), LAW.incidence([1, 5], KINDS[[0, 5]]).ravel(),
        "predict_incidence, {who}, day {time:g}",
    )  # fmt: skip


@study("fine_gray", "cluster-robust, clusters of ten, late entry, days", n=2000, small=300, note=FEW_CLUSTERS)
def fine_gray_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Under a shared positive stable frailty subdistribution hazards stay proportional, effects times its index."""
    x, cluster = between_and_within(rng, n), np.arange(n) // A_CLUSTER
    time, cause = IN_CLUSTERS.draw(rng, x, positive_stable(rng, STABLE, n // A_CLUSTER)[cluster])
    spells = followed(rng, time, cause, pd.DataFrame({"cluster": cluster, "x": x[:, 0], "z": x[:, 1]}), unit=DAYS)
    model = wm.fine_gray(cohort_of(spells, unit=DAYS, cause="why"), "x + z", cause="moved", cluster="cluster")
    yield from found(model.frame.replace({"term": TERM_OF}), "{term}", STABLE * IN_CLUSTERS.effect)
    incidence = model.predict_incidence(pd.DataFrame({"x": [0, 1], "z": [0, 1]}), at=1826)
    truth = IN_CLUSTERS.incidence(5, [[0, 0], [1, 1]], index=STABLE)[:, 0]
    yield from found(incidence.assign(who=["x = z = 0", "x = z = 1"]), "predict_incidence, {who}, five years", truth)
