"""What models say of a population: standardised risks, forecasts, and how good predictions are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from designs import (
    DAYS,
    FORMULA,
    KINDS,
    MONTHS,
    ONE_CAUSE,
    SAME_SHAPE,
    SHARES,
    STABLE,
    THREE_CAUSES,
    TWO,
    between_and_within,
    clustered,
    cohort_of,
    followed,
    kinds,
    labelled,
    observed_share,
    staff,
)
from model_studies import BY_YEAR, yearly
from study import Finding, found, study
from truths import Hazards, IntervalHazards, Levels

import workforce_metrics as wm
from workforce_metrics.survival.cause_specific.result import CauseSpecificModel
from workforce_metrics.survival.cox.result import CoxModel
from workforce_metrics.survival.discrete_hazard import DiscreteHazard

Floats = npt.NDArray[np.float64]

SITES = ("east", "north", "west")
SITE_EFFECT = np.array([0.0, 0.35, -0.3])
WHOLE = (
    "Counts are whole numbers: an interval holds at least its share and, where few leave, a good deal more. It comes"
    " right with more people."
)
PAIRS = "Intervals of these measures are normal; with few people the estimates are skewed."


def at_sites(effect: Floats) -> Floats:
    """Return effects of the covariates, and of the second and third site, the same for every cause."""
    return np.vstack([effect, *(np.full(effect.shape[1], value) for value in SITE_EFFECT[1:])])


AT_SITES = Hazards(THREE_CAUSES.rate, THREE_CAUSES.shape, at_sites(THREE_CAUSES.effect))
"""The three causes at the three sites."""
SAME_SHAPE_TWO = Hazards(SAME_SHAPE.rate, SAME_SHAPE.shape, np.vstack([SAME_SHAPE.effect, [[-0.4, 0.3, 0.5]]]))
"""Causes of one shape, with a covariate of clusters and one of people."""


def site_columns(site: npt.NDArray[np.int64]) -> Floats:
    """Return the columns of the second and third site."""
    return (site[:, None] == [1, 2]) * 1.0


def settled(rng: np.random.Generator, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw who people are and where they work; sites differ in whom they employ."""
    kind = kinds(rng, n)
    abroad = KINDS[kind, 0]
    site = (
        rng.random(n)[:, None] > np.cumsum(np.where(abroad[:, None], [0.2, 0.3, 0.5], [0.4, 0.35, 0.25])[:, :2], axis=1)
    ).sum(axis=1)
    return kind, site


def named(kind: npt.NDArray[np.int64], site: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return covariates as a user has them."""
    return labelled(kind).assign(site=pd.Categorical.from_codes(site, list(SITES)))


def compared(risk: Floats) -> Floats:
    """Return risk, difference and ratio to the first level, shape (n_levels, n_outcomes, 3), in the table's order."""
    return np.stack([risk, risk - risk[0], risk / risk[0]], axis=2)


def without_reference(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows are not a comparison of the reference with itself."""
    return np.asarray((table["term"] == "risk") | (table["site"] != SITES[0]))


@study("standardised_risk", "Cox, late entry, days", n=1500, small=300)
def standardised_cox(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Sites in the formula, then sites as strata; truth over the people of the cohort."""
    law = Hazards(ONE_CAUSE.rate, ONE_CAUSE.shape, at_sites(ONE_CAUSE.effect))
    kind, site = settled(rng, n)
    time, cause = law.draw(rng, np.hstack([KINDS[kind], site_columns(site)]))
    spells = followed(rng, time, cause, named(kind, site), unit=DAYS)
    risk = np.array([mix_of(spells) @ law.risk(5, at_site(row)) for row in site_columns(np.arange(3))])
    cohort = cohort_of(spells, unit=DAYS)
    for what, formula, strata in (("", FORMULA + " + site", None), ("strata, ", FORMULA, "site")):
        model = wm.cox(cohort, formula, strata=strata)
        table = wm.standardised_risk(model, cohort, over="site", at=1826, reference=SITES[0]).frame
        shown = without_reference(table)
        yield from found(table[shown], what + "{term}, {site}", compared(risk).ravel()[shown])


@study("standardised_risk", "Cox, cluster-robust, clusters of ten, late entry, days", n=2000)
def standardised_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Two kinds of clusters that share a frailty, over the people seen."""
    law = TWO.seen_marginally(STABLE)
    spells = clustered(rng, n, TWO, between_and_within(rng, n))
    model = wm.cox(cohort_of(spells, unit=DAYS), "x + z", cluster="cluster")
    table = wm.standardised_risk(model, spells[["x", "z"]], over="x", at=1826, reference=0).frame
    mix = np.array([(spells["z"] == z).mean() for z in (0, 1)])
    risk = np.array([mix @ law.risk(5, [[x, 0], [x, 1]]) for x in (0, 1)])
    shown = np.asarray((table["term"] == "risk") | (table["x"] == 1))
    yield from found(table[shown], "{term}, x = {x:g}", compared(risk).ravel()[shown])


@study("standardised_risk", "discrete hazards of three causes, late entry, years", n=2000)
def standardised_hazards(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """By cause."""
    law, (kind, site) = IntervalHazards(BY_YEAR, at_sites(THREE_CAUSES.effect), "cloglog"), settled(rng, n)
    spells, _ = in_years(rng, law, kind, site)
    risk = np.array([mix_of(spells) @ law.incidence(at_site(row))[:, 4] for row in site_columns(np.arange(3))])
    risk = np.hstack([risk, risk.sum(axis=1, keepdims=True)])
    cohort = yearly(spells, cause="why")
    model = wm.discrete_hazard(cohort, FORMULA + " + site")
    table = wm.standardised_risk(model, cohort, over="site", at=5, reference=SITES[0]).frame
    shown = without_reference(table)
    yield from found(table[shown], "{term}, {cause}, {site}", compared(risk).ravel()[shown])


@study("standardised_risk", "cause-specific, three causes, late entry, days", n=2000, small=600)
def standardised_causes(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """By cause, and by any; truth over the people of the cohort."""
    kind, site = settled(rng, n)
    time, cause = AT_SITES.draw(rng, np.hstack([KINDS[kind], site_columns(site)]))
    spells = followed(rng, time, cause, named(kind, site), unit=DAYS)
    cohort = cohort_of(spells, unit=DAYS, cause="why")
    model = wm.cause_specific(cohort, FORMULA + " + site")
    table = wm.standardised_risk(model, cohort, over="site", at=1826, reference=SITES[0]).frame
    risk = np.tensordot(incidence_at_sites(), mix_of(spells), axes=([1], [0]))
    shown = without_reference(table)
    truth = compared(np.hstack([risk, risk.sum(axis=1, keepdims=True)]))
    yield from found(table[shown], "{term}, {cause}, {site}", truth.ravel()[shown])


@cache
def incidence_at_sites() -> Floats:
    """Return the five-year incidences of the six kinds as if all were at each site, shape (sites, kinds, causes)."""
    return np.stack([AT_SITES.incidence(5, at_site(row))[:, :, 0] for row in site_columns(np.arange(3))])


@study("standardised_risk", "cause-specific, cluster-robust, clusters of ten, late entry, days", n=2000)
def standardised_causes_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Two kinds of clusters that share a frailty; with an interaction the formula leaves nothing out."""
    spells = clustered(rng, n, SAME_SHAPE_TWO, between_and_within(rng, n))
    model = wm.cause_specific(cohort_of(spells, unit=DAYS, cause="why"), "x * z", cluster="cluster")
    table = wm.standardised_risk(model, spells[["x", "z"]], over="x", at=1826, reference=0).frame
    mix = np.array([(spells["z"] == z).mean() for z in (0, 1)])
    risk = np.array([mix @ SAME_SHAPE_TWO.incidence_seen(5, [[x, 0], [x, 1]], STABLE)[:, :, 0] for x in (0, 1)])
    shown = np.asarray((table["term"] == "risk") | (table["x"] == 1))
    truth = compared(np.hstack([risk, risk.sum(axis=1, keepdims=True)]))
    yield from found(table[shown], "{term}, {cause}, x = {x:g}", truth.ravel()[shown])


def mix_of(spells: pd.DataFrame) -> Floats:
    """Return the shares of the six kinds among those seen."""
    return np.asarray(np.bincount(spells["abroad"] * 3 + spells["age_band"].cat.codes, minlength=6) / len(spells))


def at_site(row: Floats) -> Floats:
    """Return the columns of the six kinds as if all were at one site."""
    return np.hstack([KINDS, np.tile(row, (6, 1))])


def in_years(
    rng: np.random.Generator, law: IntervalHazards, kind: npt.NDArray[np.int64], site: npt.NDArray[np.int64]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return spells in whole years, and those still there at the end with when and why they leave later."""
    n, n_intervals = len(kind), len(law.intercept)
    where, cause = law.draw(rng, np.hstack([KINDS[kind], site_columns(site)]))
    entry = np.where(rng.random(n) < 0.3, rng.integers(1, 3, n), 0)
    end = np.maximum(rng.integers(1, n_intervals + 1, n), entry + 1)
    spells = named(kind, site).assign(
        entry=entry, duration=np.minimum(where, end), left=(cause > 0) & (where <= end), where=where, cause=cause,
        why=np.array(["moved", "resigned", "retired"])[cause - 1],
    )[where > entry]  # fmt: skip
    return spells.drop(columns=["where", "cause"]).reset_index(drop=True), spells[~spells["left"]]


@study("forecast_leaving", "Cox, people of the cohort still there, months", n=2000, small=200, large=8000, note=WHOLE)
def forecast_cox(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """How many of those still there leave in each of two years: the number itself lies in the interval."""
    kind = kinds(rng, n)
    time, cause = ONE_CAUSE.draw(rng, KINDS[kind])
    spells = followed(rng, time, cause, labelled(kind).assign(time=time), seen=(1.0, 6.0), late=0.0)
    model = wm.cox(cohort_of(spells), FORMULA)
    in_post = spells[~spells["left"] & (spells["duration"] <= 36)]
    ahead = np.ceil(in_post["time"] * MONTHS) - in_post["duration"]
    counts = [((ahead > 12 * k) & (ahead <= 12 * (k + 1))).sum() for k in range(2)]
    truth = np.array([[counts[0], counts[0]], [counts[1], sum(counts)]])
    yield from forecasts(model, in_post, truth, "{term} {time}", levels=(0.9, 0.95))


@study("forecast_leaving", "discrete hazards of three causes, years", n=3000, small=1200, note=WHOLE)
def forecast_hazards(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """By cause, and by any."""
    law = IntervalHazards(BY_YEAR, at_sites(THREE_CAUSES.effect), "cloglog")
    spells, there = in_years(rng, law, *settled(rng, n))
    model = wm.discrete_hazard(yearly(spells, cause="why"), FORMULA + " + site")
    in_post = there[there["duration"] <= 3]
    truth = np.zeros((2, 4, 2))
    for k in (1, 2):
        leaves = (in_post["where"] - in_post["duration"] == k) & (in_post["cause"] > 0)
        own = np.bincount(in_post["cause"][leaves], minlength=4)[1:]
        truth[k - 1, :, 0] = [*own, own.sum()]
    truth[:, :, 1] = truth[:, :, 0].cumsum(axis=0)
    yield from forecasts(model, in_post, truth, "{cause}, {term} {time}", levels=(0.95,))


@study("forecast_leaving", "cause-specific, three causes, sites, months", n=3000, small=600, note=WHOLE)
def forecast_causes(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """By cause, and by any, of those still there."""
    kind, site = settled(rng, n)
    time, cause = AT_SITES.draw(rng, np.hstack([KINDS[kind], site_columns(site)]))
    people = named(kind, site).assign(time=time, cause=cause)
    spells = followed(rng, time, cause, people, seen=(1.0, 6.0))
    model = wm.cause_specific(cohort_of(spells, cause="why"), FORMULA + " + site")
    in_post = spells[~spells["left"] & (spells["duration"] <= 36)]
    ahead = np.ceil(in_post["time"] * MONTHS) - in_post["duration"]
    truth = np.zeros((2, 4, 2))
    for k in range(2):
        leaves = (ahead > 12 * k) & (ahead <= 12 * (k + 1))
        own = np.bincount(in_post["cause"][leaves], minlength=4)[1:]
        truth[k, :, 0] = [*own, own.sum()]
    truth[:, :, 1] = truth[:, :, 0].cumsum(axis=0)
    yield from forecasts(model, in_post, truth, "{cause}, {term} {time}", levels=(0.9, 0.95))


def forecasts(
    model: CoxModel | CauseSpecificModel | DiscreteHazard,
    in_post: pd.DataFrame,
    truth: Floats,
    what: str,
    *,
    levels: tuple[float, ...],
) -> Iterator[Finding]:
    """Yield prediction intervals of two years; the first year "by its end" is the year itself and left out."""
    for level in levels:
        table = wm.forecast_leaving(model, in_post, served="duration", years=2, conf_level=level).frame
        shown = (table["term"] == "in the year") | (table["time"] > 1)
        drawn = table[shown].drop(columns="std_error")
        yield from found(drawn, f"{level:.0%} interval, {what}", np.ravel(truth)[shown], level=level)


PREDICTED = np.clip(ONE_CAUSE.risk(5, KINDS)[:, 0] * 0.8 + 0.05, 0, 1)
"""Predictions for the six kinds that are somewhat off."""


@cache
def levels() -> Levels:
    """Return the six kinds month by month, scored by `PREDICTED`."""
    return Levels(SHARES, ONE_CAUSE.risk(np.arange(97) / MONTHS, KINDS), PREDICTED)


@study("concordance", "a score of six values, late entry, months", n=1000, small=150, note=PAIRS)
def concordance(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Harrell's; truth is its limit under this observation, ties counting one half."""
    spells = staff(rng, n, ONE_CAUSE)
    score = PREDICTED[spells["abroad"] * 3 + spells["age_band"].cat.codes]
    yield from found(
        wm.concordance(cohort_of(spells), score).frame, "Harrell", levels().concordance(observed_share(MONTHS, 96))
    )


@study("validate", "predictions of six values, months", n=1000, small=150, note=PAIRS)
def validate(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """All measures at five years without late entry, and the calibration of the predictions' thirds."""
    spells, true = staff(rng, n, ONE_CAUSE, late=0.0, seen=(2.0, 8.0)), levels()
    code = spells["abroad"] * 3 + spells["age_band"].cat.codes
    cohort = wm.Cohort.from_frame(spells, duration="duration", event="left", time_unit="months")
    result = wm.validate(cohort, PREDICTED[code], at=60)
    risk, all_time = true.risk(60), true.concordance(observed_share(MONTHS, 96, late=0.0, seen=(2.0, 8.0)))
    up_to = true.concordance((np.arange(1, 97) <= 60) * 1.0)
    truth = {
        "observed": risk, "observed_expected": risk / (SHARES @ PREDICTED), "brier": true.brier(60),
        "scaled_brier": 1 - true.brier(60) / (risk * (1 - risk)), "auc": true.auc(60), "concordance_harrell": all_time,
        "concordance_uno": up_to,
    }  # fmt: skip
    table = result.frame[result.frame["term"].isin(list(truth))]
    yield from found(table, "{term}", [truth[term] for term in table["term"]])


@study("validate", "predictions of resigning beside two other causes, months", n=1500, small=300, note=PAIRS)
def validate_by_cause(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Measures at five years without late entry: who left in another way has not resigned, and so are the truths."""
    spells, predicted = staff(rng, n, THREE_CAUSES, late=0.0, seen=(2.0, 8.0)), resigning().score
    code = spells["abroad"] * 3 + spells["age_band"].cat.codes
    cohort = wm.Cohort.from_frame(spells, duration="duration", event="left", cause="why", time_unit="months")
    result, true = wm.validate(cohort, predicted[code], at=60, cause="resigned"), resigning()
    risk = true.risk(60)
    truth = {
        "observed": risk, "observed_expected": risk / (SHARES @ predicted), "brier": true.brier(60),
        "scaled_brier": 1 - true.brier(60) / (risk * (1 - risk)), "auc": true.auc(60),
        "concordance_uno": true.concordance((np.arange(1, 97) <= 60) * 1.0),
    }  # fmt: skip
    table = result.frame[result.frame["term"].isin(list(truth))]
    yield from found(table, "{term}", [truth[term] for term in table["term"]])


@cache
def resigning() -> Levels:
    """Return the six kinds' resignations month by month, scored by predictions that are somewhat off."""
    by_month = THREE_CAUSES.incidence(np.arange(97) / MONTHS, KINDS)[:, 1]
    return Levels(SHARES, by_month, np.clip(by_month[:, 60] * 0.8 + 0.05, 0, 1))


@study("validate", "calibration of one covariate's predictions, late entry, months", n=1500)
def calibration(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Three predictions, one an age band: observed risks of each, and their mean over those seen."""
    law = Hazards(ONE_CAUSE.rate, ONE_CAUSE.shape, ONE_CAUSE.effect * [[0], [1], [1]])
    spells = staff(rng, n, law)
    band = spells["age_band"].cat.codes.to_numpy()
    risk = law.risk(5, KINDS[:3])[:, 0]
    result = wm.validate(cohort_of(spells), (0.9 * risk)[band], at=60, groups=3)
    by_prediction = np.sort(risk)
    if len(result.calibration) == 3:
        yield from found(result.calibration, "calibration, {term}", by_prediction)
    observed = result.frame[result.frame["term"].isin(["observed", "observed_expected"])]
    mean = risk[band].mean()
    yield from found(observed, "{term}, of those seen", [mean, mean / (0.9 * mean)])


@study("validate", "the smoothed curve of true predictions, months", n=1000)
def smoothed(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """A covariate without steps, predicted rightly: the curve is the diagonal."""
    law = Hazards(np.array([0.13]), np.array([0.8]), np.array([[0.5]]))
    x = rng.normal(size=(n, 1))
    time, cause = law.draw(rng, x)
    spells = followed(rng, time, cause, pd.DataFrame({"x": x[:, 0]}), late=0.0, seen=(2.0, 8.0))
    cohort = wm.Cohort.from_frame(spells, duration="duration", event="left", time_unit="months")
    curve = wm.validate(cohort, law.risk(5, spells[["x"]].to_numpy())[:, 0], at=60, measures=["observed"]).smoothed
    shown = curve.iloc[[0, len(curve) // 4, len(curve) // 2, 3 * len(curve) // 4, len(curve) - 1]]
    shown = shown.assign(where=["first", "quarter", "middle", "three quarters", "last"])
    yield from found(shown, "smoothed, {where} of the curve", shown["expected"])
