"""Curves and risks: Kaplan-Meier, Nelson-Aalen, Aalen-Johansen, restricted means, leaving within some years."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import get_args

import numpy as np
import numpy.typing as npt
from designs import (
    DAYS,
    FEW_CLUSTERS,
    KINDS,
    MONTHS,
    SAME_SHAPE,
    STABLE,
    THREE_CAUSES,
    between_and_within,
    clustered,
    cohort_of,
    of_all,
    staff,
)
from study import Finding, found, study
from truths import Hazards, cumulated_in_steps, years_lost

import workforce_metrics as wm
from workforce_metrics.survival.intervals import ConfType

Floats = npt.NDArray[np.float64]

YEARS = (1, 3, 5)
MONTH_ENDS = np.arange(61) / MONTHS
EARLY = (
    "One in twenty is at risk from joining, so that the first months rest on a few dozen people whoever comes later."
)
NORMAL = (
    "Limits are normal; years lost by a cause by which few of a small group leave are skewed, and missed from below."
)
FEW = (
    "By then fewer than ten of a thousand have left by retirement; with more people it comes right. While nobody has"
    " left, plain intervals of `nelson_aalen` have no width."
)
CONF_TYPES = get_args(ConfType)
SAMPLED = np.array([0.2, 0.5, 0.8])
"""The chance of being in a sample, by age band."""
NEAR_0 = (
    "Where few have left, the estimate is skewed: intervals symmetric on the plain or log scale miss on one side."
    " log-log, the default, does not; more people bring the others right."
)
FASTER = Hazards(THREE_CAUSES.rate * 2, THREE_CAUSES.shape, THREE_CAUSES.effect)
"""Half have left after less than three years."""


@cache
def stayed(years: tuple[float, ...] = YEARS) -> Floats:
    """Return the share of all still there."""
    return np.asarray(1 - of_all(THREE_CAUSES.risk(years, KINDS)))


@study("kaplan_meier", "late entry, months", n=1000, small=100, large=5000, note=NEAR_0)
def kaplan_meier(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Five scales of the interval at three times."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES))
    for conf_type in CONF_TYPES:
        curve = wm.kaplan_meier(cohort, conf_type=conf_type).at([12 * year for year in YEARS])
        yield from found(curve, conf_type + ", month {time:g}", stayed())


@study("kaplan_meier", "late entry, months, frequency weights", n=1000)
def kaplan_meier_of_counts(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Equal spells counted once, with how many there are as the case weight."""
    spells = staff(rng, n, THREE_CAUSES)[["entry", "duration", "left"]]
    counted = spells.value_counts().rename("people").reset_index()
    curve = wm.kaplan_meier(cohort_of(counted, weight="people")).at([12 * year for year in YEARS])
    yield from found(curve, "log-log, month {time:g}", stayed())


@study("kaplan_meier", "of those there after two years, late entry, months", n=1000, small=200)
def kaplan_meier_given(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Staying until the third and the fifth anniversary."""
    curve = wm.kaplan_meier(cohort_of(staff(rng, n, THREE_CAUSES)), given=24).at([36, 60])
    yield from found(curve, "log-log, month {time:g}", stayed((3, 5)) / stayed((2,)))


@study("kaplan_meier", "first quarter and median, late entry, days", n=1000, small=100)
def quantiles(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The first day by which so many have left; an upper limit never reached is infinite."""
    cohort = cohort_of(staff(rng, n, FASTER, unit=DAYS), unit=DAYS)
    days = np.arange(1, 1827)
    left = of_all(FASTER.risk(days / DAYS, KINDS))
    truth = [days[left >= share][0] for share in (0.25, 0.5)]
    for conf_type in CONF_TYPES:
        rows = wm.kaplan_meier(cohort, conf_type=conf_type).quantile([0.25, 0.5])
        yield from found(rows.fillna({"conf_high": np.inf}), conf_type + ", {probability:.0%} have left", truth)


@cache
def seen_in_clusters() -> Floats:
    """Return the incidences of all at five years in clusters that share a frailty, by cause."""
    return np.asarray(SAME_SHAPE.incidence_seen(5, [[0.0], [1.0]], STABLE).mean(axis=0)[:, 0])


def three_causes_in_clusters(rng: np.random.Generator, n: int) -> wm.Cohort:
    """Draw clusters of ten that share a frailty and a covariate."""
    spells = clustered(rng, n, SAME_SHAPE, between_and_within(rng, n)[:, :1])
    return cohort_of(spells, unit=DAYS, cause="why")


@study("kaplan_meier", "clusters of ten, late entry, days", n=2000, small=300, note=FEW_CLUSTERS)
def kaplan_meier_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The jackknife by clusters."""
    cohort = three_causes_in_clusters(rng, n)
    staying = 1 - seen_in_clusters().sum()
    yield from found(wm.kaplan_meier(cohort, cluster="cluster").at(1826), "log-log, five years", staying)


@cache
def incidence_by_month(abroad: int | None = None) -> Floats:
    """Return the incidences of all, or of those trained at home (0) or abroad (1), at each month of five years."""
    return of_all(THREE_CAUSES.incidence(MONTH_ENDS, KINDS), abroad=abroad)


@study("nelson_aalen", "by cause, late entry, months", n=1000, small=100, large=5000, note=FEW)
def nelson_aalen(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Cumulated hazards of the causes after one and five years; in steps of months, as leaving is known."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES), cause="why")
    truth = cumulated_in_steps(incidence_by_month())
    for conf_type in ("log", "plain"):
        curve = wm.nelson_aalen(cohort, conf_type=conf_type).at([12, 60])  # type: ignore[arg-type]
        yield from found(curve, conf_type + ", {cause}, month {time:g}", truth[:, [11, 59]].T.ravel())


@study("cumulative_incidence", "three causes, late entry, months", n=1000, small=100, large=5000, note=FEW)
def cumulative_incidence(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Four variances."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES), cause="why")
    truth = incidence_by_month()[:, [12, 60]].T
    for variance in ("jackknife", "greenwood", "aalen", "gray"):
        curve = wm.cumulative_incidence(cohort, variance=variance).at([12, 60])  # type: ignore[arg-type]
        yield from found(curve, variance + ", {cause}, month {time:g}", truth)


@study("cumulative_incidence", "three causes, five scales, late entry, months", n=1000)
def incidence_scales(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Five scales of the interval, with the default variance."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES), cause="why")
    truth = incidence_by_month()[:, 60]
    for conf_type in CONF_TYPES:
        yield from found(wm.cumulative_incidence(cohort, conf_type=conf_type).at(60), conf_type + ", {cause}", truth)


@study("cumulative_incidence", "sampling weights, late entry, months", n=3000)
def weighted_incidence(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Age bands sampled at different rates, weighted back; half of the people are in the sample."""
    spells = staff(rng, n, THREE_CAUSES)
    chance = SAMPLED[spells["age_band"].cat.codes]
    sample = spells.assign(weight=1 / chance)[rng.random(len(spells)) < chance]
    curve = wm.cumulative_incidence(cohort_of(sample, cause="why", weight="weight")).at([12, 60])
    yield from found(curve, "jackknife, {cause}, month {time:g}", incidence_by_month()[:, [12, 60]].T)


@study("cumulative_incidence", "clusters of ten, late entry, days", n=2000, small=300, note=FEW_CLUSTERS)
def incidence_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The jackknife by clusters."""
    curve = wm.cumulative_incidence(three_causes_in_clusters(rng, n), cluster="cluster").at(1826)
    yield from found(curve, "log-log, {cause}, five years", seen_in_clusters())


@study("leaving_within", "by group, late entry, months", n=1000, small=100)
def leaving_within(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Five scales of the interval, those trained at home and abroad."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES))
    truth = [of_all(THREE_CAUSES.risk(5, KINDS), abroad=abroad)[0] for abroad in (0, 1)]
    for conf_type in CONF_TYPES:
        found_risk = wm.leaving_within(cohort, years=5, by="abroad", conf_type=conf_type).frame
        yield from found(found_risk, conf_type + ", abroad = {abroad}", truth)


@study("leaving_within", "of those there after two years, late entry, months", n=1000)
def leaving_within_given(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Those trained at home and abroad."""
    table = wm.leaving_within(cohort_of(staff(rng, n, THREE_CAUSES)), years=5, given=2, by="abroad").frame
    risk = [of_all(THREE_CAUSES.risk((2, 5), KINDS), abroad=abroad) for abroad in (0, 1)]
    yield from found(table, "log-log, abroad = {abroad}", [1 - (1 - after) / (1 - before) for before, after in risk])


@study("leaving_within", "three causes apart, late entry, months", n=1000, small=200)
def leaving_by_cause(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Within five years of joining, and between two and five of those still there after two."""
    cohort, left = cohort_of(staff(rng, n, THREE_CAUSES), cause="why"), incidence_by_month()
    for given, what in ((0, ""), (2, " of those there after two")):
        table = wm.leaving_within(cohort, years=5, given=given, causes="apart").frame
        risk = (left[:, 60] - left[:, 12 * given]) / (1 - left[:, 12 * given].sum())
        yield from found(table, "log-log, {cause}" + what, [*risk, risk.sum()])


@study("leaving_within", "clusters of ten, late entry, days", n=2000, small=300, note=FEW_CLUSTERS)
def leaving_within_clusters(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Causes together, and apart."""
    cohort, risk = three_causes_in_clusters(rng, n), seen_in_clusters()
    for causes in ("together", "apart"):
        table = wm.leaving_within(cohort, years=5, cluster="cluster", causes=causes).frame
        if causes == "together":
            table = table.assign(cause="any cause")
        own = [*risk, risk.sum()][-len(table) :]
        yield from found(table, f"log-log, causes {causes}, " + "{cause}", own)


@study("leaving_within", "hardly anybody leaves, months", n=2000, small=200)
def rarely_leaving(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """A risk of 1 % in a year: often nobody has left, and the interval is that of no event."""
    cohort = cohort_of(staff(rng, n, Hazards(np.array([0.01]), np.array([1.0]), np.zeros((3, 1)))))
    yield from found(wm.leaving_within(cohort, years=1).frame, "log-log, one year", -np.expm1(-0.01))


@study("leaving_within", "nearly everybody enters late, months", n=1000, small=200, large=5000, note=EARLY)
def late_entrants(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """One in twenty is there from joining: the first risk sets are a twentieth of the later ones."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES, late=0.95))
    for place, years in enumerate(YEARS):
        yield from found(wm.leaving_within(cohort, years=years).frame, "log-log, {time:g} years", 1 - stayed()[place])


@study("restricted_mean", "by group and cause, late entry, months", n=1000, small=200, large=5000, note=NORMAL)
def restricted_mean(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Years still there and lost by cause within five, differences and ratios of two groups."""
    cohort = cohort_of(staff(rng, n, THREE_CAUSES), cause="why")
    table = wm.restricted_mean(cohort, by="abroad", reference=0).frame
    lost = [years_lost(incidence_by_month(abroad), MONTHS) for abroad in (0, 1)]
    means = np.array([[5 - own.sum(), *own] for own in lost])
    truth = np.concatenate([means.ravel(), means[1] - means[0], means[1] / means[0]])
    named = table.assign(cause=table["cause"].astype("object").fillna("there"))
    yield from found(named, "{term}, {cause}, abroad = {abroad}", truth)
