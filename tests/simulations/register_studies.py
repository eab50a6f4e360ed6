"""From dates to risks: calendar anniversaries, periods, joining years, and the split of a change in leavers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

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


def split_cells(exposure: Floats, rates: Floats) -> Floats:
    """Return leavers before, the effects of people, groups, mix and risk, and leavers after, by Das Gupta's averages.

    Written out over the 24 orders in which the four factors may change.

    Parameters
    ----------
    exposure : ndarray, shape (2, n_groups, n_bands)
    rates : ndarray, shape (2, n_groups, n_bands, n_causes)

    Returns
    -------
    ndarray, shape (6, n_groups, n_causes)
    """
    group = exposure.sum(axis=2, keepdims=True)[..., None]
    size = group.sum(axis=1, keepdims=True)
    factors = (size, group / size, exposure[..., None] / group, rates)

    def leavers(sides: list[int]) -> Floats:
        size, group, mix, risk = (factor[side] for factor, side in zip(factors, sides, strict=True))
        return np.asarray((size * group * mix * risk).sum(axis=1))

    effects = np.zeros((4, *rates.shape[1::2]))
    for order in permutations(range(4)):
        state = [0, 0, 0, 0]
        for factor in order:
            before = leavers(state)
            state[factor] = 1
            effects[factor] += (leavers(state) - before) / 24
    return np.stack([leavers([0] * 4), *effects, leavers([1] * 4)])


def split(exposure: Floats, rates: Floats) -> Floats:
    """Return the same of one group and cause, where groups cannot change: five terms."""
    return np.delete(split_cells(exposure[:, None], rates[:, None, :, None])[:, 0, 0], 2)


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


BY_CELL = np.array([[[0.07, 0.05], [0.05, 0.04], [0.04, 0.05]], [[0.12, 0.03], [0.09, 0.02], [0.05, 0.04]]])
"""Rates before by group, year since joining and cause; after, the first cause is more frequent, the other less."""
BY_CELL_SIDES = (BY_CELL, BY_CELL * [1.3, 0.9])
GROUP_SIZES = ((0.6, 0.4), (0.6, 0.7))
"""Of the people of a study: before, then after."""


@study("decompose_leavers", "by group and cause, risk tables, late entry, days", n=2000)
def decompose_cells(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Two groups of which one grows, two causes; truth given the person-years lived."""
    tables = []
    for sizes, rates in zip(GROUP_SIZES, BY_CELL_SIDES, strict=True):
        spells = [
            years_by_cause(rng, int(n * size), own).assign(team=g)
            for g, (size, own) in enumerate(zip(sizes, rates, strict=True))
        ]
        cohort = cohort_of(pd.concat(spells, ignore_index=True), unit=DAYS, cause="why")
        tables.append(wm.risk_table(cohort, by="team"))
    result = wm.decompose_leavers(*tables, years=3, by="team", causes="apart")
    bands = result.bands[result.bands["cause"] == "moved"]
    exposure = bands[["exposure_before", "exposure_after"]].to_numpy().T.reshape(2, 2, 3)
    cells = split_cells(exposure, np.array(BY_CELL_SIDES))
    for table, truth, what in (
        (result.frame, cells.transpose(1, 2, 0), "team {team}, {cause}, {term}"),
        (result.total.frame, cells.sum(axis=(1, 2)), "both teams, {cause}, {term}"),
    ):
        of_one = table["cause"] != "any cause"
        own = table[of_one if "team" in table else ~of_one]
        effect = ~own["term"].isin(["before", "after"])
        yield from found(own[effect], "poisson, " + what, truth.ravel()[effect])


def years_by_cause(rng: np.random.Generator, size: int, rates: Floats) -> pd.DataFrame:
    """Return spells of people whose rates by cause hold through each of three years, shape (years, causes)."""
    total, clock = rates.sum(axis=1), rng.exponential(size=size)
    time = np.interp(clock, np.append(0, np.cumsum(total)), np.arange(4))
    time = np.where(clock > total.sum(), 9.0, time)
    own = rates[np.minimum(time.astype(int), 2)]
    cause = 1 + (rng.random(size) * own.sum(axis=1) > own[:, 0])
    return followed(rng, time, cause, pd.DataFrame(index=range(size)), unit=DAYS)
