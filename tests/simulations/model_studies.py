"""Regressions: Cox, cause-specific Cox, discrete-time hazards; coefficients and what they predict."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from designs import (
    CAUSES,
    DAYS,
    FEW_CLUSTERS,
    FORMULA,
    KINDS,
    ONE_CAUSE,
    SAME_SHAPE,
    STABLE,
    THREE_CAUSES,
    TWO,
    between_and_within,
    clustered,
    cohort_of,
    followed,
    kinds,
    labelled,
    staff,
)
from study import Finding, found, study, with_limits
from truths import Hazards, IntervalHazards

import workforce_metrics as wm

Floats = npt.NDArray[np.float64]

PEOPLE = labelled(np.array([0, 5]))
"""Two people to predict for: home and under 35, abroad and 55 or over."""
WHO = ("home, under 35", "abroad, 55 and over")


def coefficients(table: pd.DataFrame, truth: npt.ArrayLike, what: str = "{term}") -> Iterator[Finding]:
    """Yield coefficients under short names."""
    named = table.assign(term=table["term"].str.replace(r"age_band\[T\.(.*)\]", r"\1", regex=True))
    return found(named, what, truth)


def predictions(table: pd.DataFrame, truth: npt.ArrayLike, what: str) -> Iterator[Finding]:
    """Yield predictions for `PEOPLE`, whose order their index tells."""
    return found(table.assign(who=np.array(WHO)[table.index]), what, truth)


@study("cox", "Efron, late entry, days", n=1000, small=150, large=4000)
def cox(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients, predicted risks, conditional ones too, and the baseline hazard with limits of our own."""
    model = wm.cox(cohort_of(staff(rng, n, ONE_CAUSE, unit=DAYS), unit=DAYS), FORMULA)
    yield from coefficients(model.frame, ONE_CAUSE.effect[:, 0])
    who = KINDS[[0, 5]]
    risk = ONE_CAUSE.risk([1, 3, 5], who)
    yield from predictions(
        model.predict_risk(PEOPLE, at=[365, 1096, 1826]), risk.ravel(), "predict_risk, {who}, day {time:g}"
    )
    later = 1 - (1 - risk[:, 2]) / (1 - ONE_CAUSE.risk(2, who)[:, 0])
    yield from predictions(model.predict_risk(PEOPLE, at=1826, given=730), later, "predict_risk given two years, {who}")
    baseline = model.baseline_hazard()
    at = baseline[baseline["time"] <= 1826].iloc[[-1]]
    yield from found(
        with_limits(at), "baseline hazard, five years (limits on the log scale)", ONE_CAUSE.cumulated(5, KINDS[0])
    )


@study("cox", "Efron, heavy ties, late entry, months", n=1000)
def cox_ties(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients and predictions where many leave at the same time, and Breslow's coefficients beside them."""
    cohort = cohort_of(staff(rng, n, ONE_CAUSE))
    for ties in ("efron", "breslow"):
        model = wm.cox(cohort, FORMULA, ties=ties)  # type: ignore[arg-type]
        yield from coefficients(model.frame, ONE_CAUSE.effect[:, 0], ties + ", {term}")
        if ties == "efron":
            risk = model.predict_risk(PEOPLE, at=60)
            yield from predictions(risk, ONE_CAUSE.risk(5, KINDS[[0, 5]]), "efron, predict_risk, {who}, month 60")


@study("cox", "robust variance, late entry, days", n=1000)
def cox_robust(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The sandwich where the model is true and people are independent."""
    model = wm.cox(cohort_of(staff(rng, n, ONE_CAUSE, unit=DAYS), unit=DAYS), FORMULA, robust=True)
    yield from coefficients(model.frame, ONE_CAUSE.effect[:, 0])


@study("cox", "five strata, late entry, days", n=1000)
def cox_strata(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Sites whose baselines differ in level and shape."""
    kind, site = kinds(rng, n), rng.integers(0, 5, n)
    time = np.empty(n)
    for code in range(5):
        law = site_law(code)
        time[site == code], _ = law.draw(rng, KINDS[kind[site == code]])
    spells = followed(rng, time, np.ones(n, dtype=int), labelled(kind).assign(site=site), unit=DAYS)
    model = wm.cox(cohort_of(spells, unit=DAYS), FORMULA, strata="site")
    yield from coefficients(model.frame, ONE_CAUSE.effect[:, 0])
    risk = model.predict_risk(PEOPLE.assign(site=2), at=1826)
    yield from predictions(risk, site_law(2).risk(5, KINDS[[0, 5]]).ravel(), "predict_risk, {who}, third site")


def site_law(code: int) -> Hazards:
    """Return the hazards at one of five sites."""
    return Hazards(np.array([0.06 + 0.03 * code]), np.array([1.3 - 0.15 * code]), ONE_CAUSE.effect)


@study("cox", "sampling weights, leavers oversampled, late entry, days", n=3000)
def cox_weights(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """All who left and a third of the others, weighted back, with the sandwich."""
    spells = staff(rng, n, ONE_CAUSE, unit=DAYS)
    chance = np.where(spells["left"], 0.9, 0.3)
    sample = spells.assign(weight=1 / chance)[rng.random(len(spells)) < chance]
    model = wm.cox(cohort_of(sample, unit=DAYS, weight="weight"), FORMULA, robust=True)
    yield from coefficients(model.frame, ONE_CAUSE.effect[:, 0])
    risk = model.predict_risk(PEOPLE, at=1826)
    yield from predictions(risk, ONE_CAUSE.risk(5, KINDS[[0, 5]]).ravel(), "predict_risk, {who}, five years")


@study("cox", "start-stop rows, a covariate that changes, days", n=1000)
def cox_start_stop(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """A training that some begin within three years raises the hazard from then on; two rows for who began."""
    effect, start = -0.5, rng.uniform(0, 3, n)
    passed = start * 0.12
    clock = rng.exponential(size=n)
    time = np.where(clock <= passed, clock / 0.12, start + (clock - passed) / (0.12 * np.exp(effect)))
    leaves, begins = np.ceil(time * DAYS), np.ceil(start * DAYS)
    end = np.minimum(leaves, rng.integers(int(3 * DAYS), int(8 * DAYS), n))
    first = pd.DataFrame({"entry": 0.0, "duration": np.minimum(begins, end), "trained": 0, "person": np.arange(n)})
    second = pd.DataFrame({"entry": begins, "duration": end, "trained": 1, "person": np.arange(n)})[begins < end]
    rows = pd.concat([first, second], ignore_index=True)
    left = (rows["duration"] == leaves[rows["person"]]) & (rows["duration"] == end[rows["person"]])
    cohort = cohort_of(rows.assign(left=left), unit=DAYS)
    yield from found(wm.cox(cohort, "trained").frame, "{term}", effect)
    yield from found(wm.cox(cohort, "trained", cluster="person").frame, "{term}, cluster = person", effect)


TERM_OF = {"x": "of clusters", "z": "of people"}


@study("cox", "cluster-robust, clusters of ten, late entry, days", n=2000, small=300, large=6000, note=FEW_CLUSTERS)
def cox_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """A shared positive stable frailty leaves hazards proportional: the truth is marginal, in closed form."""
    law, cohort = TWO.seen_marginally(STABLE), cohort_of(clustered(rng, n, TWO, between_and_within(rng, n)), unit=DAYS)
    model = wm.cox(cohort, "x + z", cluster="cluster")
    yield from found(model.frame.replace({"term": TERM_OF}), "{term}", law.effect[:, 0])
    risk = model.predict_risk(pd.DataFrame({"x": [0, 1], "z": [0, 1]}), at=1826)
    yield from found(
        risk.assign(who=["x = z = 0", "x = z = 1"]),
        "predict_risk, {who}, five years",
        law.risk(5, [[0, 0], [1, 1]])[:, 0],
    )


@cache
def incidence_of_people(years: tuple[float, ...]) -> Floats:
    """Return the incidences of `PEOPLE`, in the order person, time, cause."""
    return np.asarray(THREE_CAUSES.incidence(years, KINDS[[0, 5]]).transpose(0, 2, 1).ravel())


@study("cause_specific", "three causes, late entry, days", n=1500, small=400)
def cause_specific(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Coefficients of each cause and the incidences they imply."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES, unit=DAYS), unit=DAYS, cause="why")
    model = wm.cause_specific(cohort, FORMULA)
    yield from coefficients(model.frame, THREE_CAUSES.effect.T.ravel(), "{cause}, {term}")
    yield from predictions(
        model.predict_incidence(PEOPLE, at=[365, 1826]), incidence_of_people((1, 5)),
        "predict_incidence, {cause}, {who}, day {time:g}",
    )  # fmt: skip


@study("cause_specific", "cluster-robust, clusters of ten, late entry, days", n=2000)
def cause_specific_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Causes of one shape and one covariate stay proportional under the frailty: ``rate_c L(x)**(index - 1)``."""
    x = between_and_within(rng, n)[:, :1]
    model = wm.cause_specific(
        cohort_of(clustered(rng, n, SAME_SHAPE, x), unit=DAYS, cause="why"), "x", cluster="cluster"
    )
    ratio = np.exp(SAME_SHAPE.effect[0])
    level = np.array([SAME_SHAPE.rate.sum(), (SAME_SHAPE.rate * ratio).sum()])
    yield from found(model.frame, "{cause}, of clusters", np.log(ratio) + (STABLE - 1) * np.log(level[1] / level[0]))
    found_incidence = model.predict_incidence(pd.DataFrame({"x": [0, 1]}), at=1826)
    yield from found(
        found_incidence.assign(x=found_incidence.index),
        "predict_incidence, {cause}, x = {x}",
        SAME_SHAPE.incidence_seen(5, [[0.0], [1.0]], STABLE),
    )


BY_YEAR = np.log(
    np.array([[0.05, 0.07, 0.01], [0.05, 0.05, 0.015], [0.045, 0.045, 0.02], [0.04, 0.04, 0.03], [0.04, 0.035, 0.04]])
)
LINKS = ("cloglog", "logit")


def spells_by_interval(
    rng: np.random.Generator, law: IntervalHazards, kind: npt.NDArray[np.int64], *, late: float = 0.3
) -> pd.DataFrame:
    """Return spells in whole intervals: entered after none, one or two, observed until one of the last three."""
    n, n_intervals = len(kind), len(law.intercept)
    where, cause = law.draw(rng, KINDS[kind])
    entry = np.where(rng.random(n) < late, rng.integers(1, 3, n), 0)
    end = rng.integers(n_intervals - 2, n_intervals + 1, n)
    frame = labelled(kind).assign(
        entry=entry, duration=np.minimum(where, end), left=(cause > 0) & (where <= end), why=np.array(CAUSES)[cause - 1]
    )
    return frame[where > entry].reset_index(drop=True)


def yearly(spells: pd.DataFrame, **roles: str) -> wm.Cohort:
    """Return a cohort whose durations are years."""
    return wm.Cohort.from_frame(spells, duration="duration", event="left", entry="entry", time_unit="years", **roles)


@study("discrete_hazard", "three causes, years, late entry", n=1500, small=800)
def discrete_hazard(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Both links: baseline and covariates of each cause, predicted risks and incidences, some given two years."""
    for link in LINKS:
        law = IntervalHazards(BY_YEAR, THREE_CAUSES.effect, link)  # type: ignore[arg-type]
        cohort = yearly(spells_by_interval(rng, law, kinds(rng, n)), cause="why")
        model = wm.discrete_hazard(cohort, FORMULA, link=link)  # type: ignore[arg-type]
        yield from parameters(model.frame, np.concatenate([law.intercept, law.effect]).T, link + ", {cause}, {term}")
        incidence = law.incidence(KINDS[[0, 5]])[:, 4]
        risk = model.predict_risk(PEOPLE, at=5)
        yield from predictions(risk, incidence.sum(axis=1), link + ", predict_risk, {who}, five years")
        by_cause = model.predict_incidence(PEOPLE[1:], at=5)
        yield from predictions(by_cause, incidence[1], link + ", predict_incidence, {cause}, {who}, five years")
        later = model.predict_incidence(PEOPLE[1:], at=5, given=2)
        given = law.incidence(KINDS[5], given=2)[0, 4]
        yield from predictions(later, given, link + ", predict_incidence given two years, {cause}, {who}")


def parameters(table: pd.DataFrame, truth: Floats, what: str) -> Iterator[Finding]:
    """Yield the covariates' rows, and those of the first and the last period."""
    period = table["time"].isin([table["time"].min(), table["time"].max()])
    names = table["term"].where(~period, "year " + table["time"].map("{:g}".format))
    shown = period | table["time"].isna()
    return coefficients(table.assign(term=names)[shown], truth.ravel()[shown], what)


@study("discrete_hazard", "a baseline that is a line, months", n=1000)
def discrete_hazard_months(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Sixty months, whose hazards fall with the logarithm of time."""
    month = np.arange(1, 61)
    law = IntervalHazards((-4.2 - 0.2 * np.log(month))[:, None], ONE_CAUSE.effect, "cloglog")
    spells = spells_by_interval(rng, law, kinds(rng, n))
    cohort = wm.Cohort.from_frame(spells, duration="duration", event="left", entry="entry", time_unit="months")
    model = wm.discrete_hazard(cohort, FORMULA, interval="month", baseline="np.log(time)")
    yield from coefficients(model.frame, np.concatenate([[-4.2, -0.2], law.effect[:, 0]]))
    risk = law.incidence(KINDS[[0, 5]])[:, 59, 0]
    yield from predictions(model.predict_risk(PEOPLE, at=60), risk, "predict_risk, {who}, month 60")


@study("discrete_hazard", "cluster-robust, clusters of ten, years, late entry", n=2000, small=300, note=FEW_CLUSTERS)
def discrete_hazard_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Marginally proportional hazards under a shared stable frailty, seen in years: cloglog to the letter."""
    law = TWO.seen_marginally(STABLE)
    spells = clustered(rng, n, TWO, between_and_within(rng, n), unit=1.0)
    model = wm.discrete_hazard(yearly(spells), "x + z", interval=[1, 2, 3, 4, 5], cluster="cluster")
    table = model.frame[model.frame["time"].isna()]
    yield from found(table.replace({"term": TERM_OF}), "{term}", law.effect[:, 0])
    risk = model.predict_risk(pd.DataFrame({"x": [0, 1], "z": [0, 1]}), at=5)
    yield from found(
        risk.assign(who=["x = z = 0", "x = z = 1"]),
        "predict_risk, {who}, five years",
        law.risk(5, [[0, 0], [1, 1]])[:, 0],
    )


@study("discrete_hazard", "sampling weights, leavers oversampled, years", n=3000)
def discrete_hazard_weights(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """All kinds weighted back; each person a cluster makes the variance robust."""
    law = IntervalHazards(np.log(np.exp(BY_YEAR).sum(axis=1, keepdims=True)), ONE_CAUSE.effect, "cloglog")
    spells = spells_by_interval(rng, law, kinds(rng, n))
    chance = np.where(spells["left"], 0.9, 0.3)
    sample = spells.assign(weight=1 / chance, person=np.arange(len(spells)))[rng.random(len(spells)) < chance]
    model = wm.discrete_hazard(yearly(sample, weight="weight"), FORMULA, cluster="person")
    table = model.frame[model.frame["time"].isna()]
    yield from coefficients(table, law.effect[:, 0])
