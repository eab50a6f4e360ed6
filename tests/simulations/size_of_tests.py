"""Tests of hypotheses that are true: how often p is below 5 %."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from designs import DAYS, FORMULA, ONE_CAUSE, THREE_CAUSES, cohort_of, followed, kinds, labelled, staff
from study import Finding, p_values, study
from truths import Hazards

import workforce_metrics as wm

NO_EFFECT = Hazards(ONE_CAUSE.rate, ONE_CAUSE.shape, np.zeros((3, 1)))
ONLY_AGE = Hazards(THREE_CAUSES.rate, THREE_CAUSES.shape, THREE_CAUSES.effect * [[0.0], [1.0], [1.0]])


@study("logrank_test", "three groups alike, late entry, months", n=600, small=90)
def logrank(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Plain and weighted, with trend and pairs."""
    cohort = cohort_of(staff(rng, n, NO_EFFECT))
    table = wm.logrank_test(cohort, by="age_band", trend=[1, 2, 3], pairwise="none").frame
    yield from p_values(table, "{term}")
    for rho, gamma in ((1, 0), (0, 1)):
        weighted = wm.logrank_test(cohort, by="age_band", rho=rho, gamma=gamma).frame
        yield from p_values(weighted, f"rho = {rho}, gamma = {gamma}")


@study("logrank_test", "stratified, by cause, late entry, months", n=1000)
def logrank_strata(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Age bands differ, those trained abroad do not within them; all causes and one."""
    cohort = cohort_of(staff(rng, n, ONLY_AGE), cause="why")
    yield from p_values(wm.logrank_test(cohort, by="abroad", strata="age_band").frame, "strata, all causes")
    yield from p_values(
        wm.logrank_test(cohort, by="abroad", strata="age_band", cause="resigned").frame, "strata, resigned"
    )


@study("gray_test", "groups alike, late entry, months", n=1000, small=200)
def gray(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Each cause, with strata and without."""
    cohort = cohort_of(staff(rng, n, ONLY_AGE), cause="why")
    yield from p_values(wm.gray_test(cohort, by="abroad").frame, "{cause}")
    yield from p_values(wm.gray_test(cohort, by="abroad", rho=1).frame, "rho = 1, {cause}")
    yield from p_values(wm.gray_test(cohort, by="abroad", strata="age_band").frame, "strata, {cause}")


@study("cox, tests of all coefficients", "no effects, late entry, days", n=600, small=150)
def cox_tests(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Likelihood ratio, Wald and score."""
    yield from p_values(wm.cox(cohort_of(staff(rng, n, NO_EFFECT, unit=DAYS), unit=DAYS), FORMULA).tests(), "{term}")


@study("proportional_hazards_test", "proportional hazards, late entry, days", n=1000, small=200)
def proportional_hazards(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Each coefficient and all, by four functions of time."""
    model = wm.cox(cohort_of(staff(rng, n, ONE_CAUSE, unit=DAYS), unit=DAYS), FORMULA)
    for transform in ("km", "rank", "identity", "log"):
        table = model.proportional_hazards_test(transform=transform).frame  # type: ignore[arg-type]
        terms = table["term"].str.replace(r"age_band\[T\.(.*)\]", r"\1", regex=True)
        yield from p_values(table.assign(term=terms), transform + ", {term}")


@study("proportional_hazards_test", "three strata, late entry, days", n=1000)
def proportional_hazards_strata(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Baselines of other shapes."""
    kind = kinds(rng, n)
    site = rng.integers(0, 3, n)
    time = rng.exponential(size=n) ** (1 / (1.3 - 0.25 * site)) * 8 * np.exp(-0.5 * (kind // 3) / (1.3 - 0.25 * site))
    spells = followed(rng, time, np.ones(n, dtype=int), labelled(kind).assign(site=site), unit=DAYS)
    model = wm.cox(cohort_of(spells, unit=DAYS), "abroad", strata="site")
    yield from p_values(model.proportional_hazards_test().frame, "km, {term}")
