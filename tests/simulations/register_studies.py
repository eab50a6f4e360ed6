"""From dates to risks: calendar anniversaries, periods, joining years, and the split of a change in leavers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from designs import DAYS, cohort_of, followed
from study import Finding, found, study
from truths import Hazards

import workforce_metrics as wm
from workforce_metrics.survival.calendar import anniversary

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

LAW = Hazards(np.array([0.16]), np.array([0.8]), np.zeros((0, 1)))
OPENS, CLOSES = np.datetime64("2015-12-31"), np.datetime64("2024-12-31")
FIRST, LAST = np.datetime64("2013-01-01"), CLOSES
SWITCH, FACTOR = np.datetime64("2022-01-01"), 1.4
"""From that day on everybody's hazard is so many times what it was."""
FEW_BEFORE, RATES_BEFORE, RATES_AFTER = (
    0.6,
    np.array([0.12, 0.09, 0.08, 0.07, 0.06]),
    np.array([0.15, 0.1, 0.08, 0.08, 0.05]),
)


def hazard_by(days: Floats, joined: Days, factor: float) -> Floats:
    """Return the hazard cumulated so many days after joining, the factor working from `SWITCH` on."""
    before = np.maximum((SWITCH - joined).astype(float) - 1, 0.0)
    total, early = (LAW.cumulated(np.ravel(t) / DAYS, np.zeros((1, 0)))[0, 0] for t in (days, np.minimum(days, before)))
    return np.asarray(early + factor * (total - early))


def left_by(days: Floats, joined: Days, factor: float) -> Floats:
    """Return each person's probability of having left so many days after joining."""
    return np.asarray(-np.expm1(-hazard_by(days, joined, factor)))


def register(rng: np.random.Generator, n: int, factor: float) -> wm.Register:
    """Return a register of n people who joined evenly over twelve years, as far as it saw them."""
    joined = FIRST + rng.integers(0, int((LAST - FIRST).astype(int)), n).astype("timedelta64[D]")
    before = np.maximum((SWITCH - joined).astype(float) - 1, 0.0)
    clock, until = rng.exponential(size=n), hazard_by(before, joined, factor)
    base = np.where(clock <= until, clock, until + (clock - until) / factor)
    served = np.maximum(np.ceil((base / LAW.rate[0]) ** (1 / LAW.shape[0]) * DAYS - 1e-9), 1)
    left = joined + served.astype("timedelta64[D]")
    rows = pd.DataFrame({"person": np.arange(n).astype(str), "joined": joined, "left": left})[left > OPENS]
    rows["left"] = rows["left"].where(rows["left"] <= CLOSES)
    return wm.read_register(
        rows, columns={"person_id": "person", "joined": "joined", "left": "left"}, observed_from=str(OPENS),
        observed_to=str(CLOSES), definition="left the register",
    )  # fmt: skip


def within(joined: Days, years: int) -> Floats:
    """Return days from each joining to an anniversary."""
    return (anniversary(joined, years) - joined).astype(float)


@study("leaving_within", "a register, calendar anniversaries, delayed entry", n=2000)
def leaving_within_dates(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """From dates to the risk within three and five years."""
    cohort = wm.build_cohort(register(rng, n, factor=1.0), horizon_years=5)
    joined = np.asarray(cohort.joined)
    for years in (3, 5):
        truth = left_by(within(joined, years), joined, factor=1.0).mean()
        yield from found(wm.leaving_within(cohort, years=years).frame, "log-log, {time:g} years", truth)


@study("period_risk", "a register whose rates rose in 2022", n=3000, small=600)
def period_risk(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The risk within five years if the rates of 2021, and of 2023, held."""
    table = wm.period_risk(register(rng, n, FACTOR), periods=[2021, 2023]).frame
    five = LAW.cumulated(1826.25 / DAYS, np.zeros((1, 0)))[0, 0, 0]
    yield from found(table, "{period}", -np.expm1(-five * np.array([1.0, FACTOR])))


@study("joining_years", "a register whose rates rose in 2022", n=4000, small=1200)
def joining_years(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Observed shares, and projections that complete them with the rates of 2024; truth given who joined when."""
    extract = register(rng, n, FACTOR)
    table = wm.joining_years(extract).frame
    shown = table[table["joining_year"].isin(["2017", "2021", "2023"]) & table["time"].isin([1, 3, 5])]
    joined = extract.table["joined"].to_numpy(dtype="datetime64[D]")
    truth = [
        risk_of_year(joined[joined.astype("datetime64[Y]") == np.datetime64(row.joining_year)], int(row.time), row.term)
        for row in shown.itertuples()
    ]
    yield from found(shown, "{joining_year}, {time:g} years, {term}", truth)


def risk_of_year(joined: Days, years: int, term: str) -> float:
    """Return the mean risk of who joined in a year: as they lived it, then at the rates of after the rise."""
    if term == "observed":
        return float(left_by(within(joined, years), joined, FACTOR).mean())
    followed_for = int(2024 - joined[0].astype("datetime64[Y]").astype(int) - 1970)
    seen = 1 - left_by(within(joined, followed_for), joined, FACTOR).mean() if followed_for else 1.0
    ahead = np.diff(LAW.cumulated(np.array([followed_for, years]), np.zeros((1, 0)))[0, 0])[0]
    return float(1 - seen * np.exp(-FACTOR * ahead))


def split(exposure: Floats, rates: Floats) -> Floats:
    """Return leavers before, the effects of people, mix and risk, and leavers after, by Das Gupta's averages.

    Written out over the six orders in which the three factors may change.
    """
    size, share = exposure.sum(axis=1), exposure / exposure.sum(axis=1, keepdims=True)

    def leavers(people: int, mix: int, risk: int) -> float:
        return float(size[people] * share[mix] @ rates[risk])

    effects = np.zeros(3)
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        state = [0, 0, 0]
        for factor in order:
            before = leavers(*state)
            state[factor] = 1
            effects[factor] += (leavers(*state) - before) / 6
    return np.array([leavers(0, 0, 0), *effects, leavers(1, 1, 1)])


@study("decompose_leavers", "published counts in three bands", n=4000, small=400)
def decompose_counts(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Poisson leavers of person-years, and binomial ones of people; truth given the exposures."""
    exposure = np.array([[0.2, 0.3, 0.5], [0.35, 0.3, 0.55]]) * n
    rates = np.array([[0.12, 0.06, 0.04], [0.14, 0.07, 0.035]])
    for variance, drawn in (
        ("poisson", rng.poisson(exposure * rates)), ("binomial", rng.binomial(exposure.round().astype(int), rates))
    ):  # fmt: skip
        sides = [
            pd.DataFrame({"band": list("abc"), "exposure": exposure[side], "n_event": drawn[side]}) for side in (0, 1)
        ]
        table = wm.decompose_leavers(*sides, variance=variance).frame  # type: ignore[arg-type]
        yield from found(table, variance + ", {term}", split(exposure, rates))


@study("decompose_leavers", "risk tables of two cohorts, late entry, months", n=1500)
def decompose_tables(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Rates that hold through each year since joining; truth given the person-years lived."""
    tables, sides = [], (RATES_BEFORE, RATES_AFTER)
    for size, rates in zip((n, int(1.3 * n)), sides, strict=True):
        clock = rng.exponential(size=size)
        time = np.interp(clock, np.append(0, np.cumsum(rates)), np.arange(6))
        time = np.where(clock > rates.sum(), 9.0, time)
        spells = followed(rng, time, np.ones(size, dtype=int), pd.DataFrame(index=range(size)), unit=DAYS)
        tables.append(wm.risk_table(cohort_of(spells, unit=DAYS)))
    result = wm.decompose_leavers(*tables, years=5)
    exposure = result.bands[["exposure_before", "exposure_after"]].to_numpy().T
    yield from found(result.frame, "poisson, {term}", split(exposure, np.array(sides)))
