"""Variance by level, ICC, alpha and omega: invented staff in groups of unequal size, and answers with one factor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from study import Finding, found, study

import workforce_metrics as wm

Floats = npt.NDArray[np.float64]

VARIANCES = np.array([0.15, 0.25, 0.6, 4.0])
"""Of regions, organisations, teams and persons."""
SHARES = VARIANCES / VARIANCES.sum()
LEVELS = ["region", "organisation", "team"]
LOADINGS, UNIQUE = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([0.5, 0.6, 0.5, 0.8, 0.7])
CUTS = np.array([0.2, 0.9, 1.5, 2.2])
"""Where a normal answer becomes the next of five options: most people take the first."""


def normal(rng: np.random.Generator, size: int) -> Floats:
    return rng.normal(size=size)


def skewed(rng: np.random.Generator, size: int) -> Floats:
    """Draw from the exponential distribution, with mean 0 and variance 1."""
    return rng.exponential(size=size) - 1


def people(rng: np.random.Generator, n: int, *, regions: int, effect: object = normal) -> pd.DataFrame:
    """Draw n people, a tenth of them in the largest organisation of six in each region, five teams in each."""
    region = rng.integers(0, regions, n)
    organisation = region * 6 + rng.choice(6, n, p=[0.3, 0.25, 0.2, 0.12, 0.08, 0.05])
    team = organisation * 5 + rng.integers(0, 5, n)
    draws = [effect(rng, int(codes.max()) + 1)[codes] for codes in (region, organisation, team)] + [effect(rng, n)]
    y = sum(np.sqrt(variance) * draw for variance, draw in zip(VARIANCES, draws, strict=True))
    return pd.DataFrame({"region": region, "organisation": organisation, "team": team, "y": y})


def by_level(data: pd.DataFrame, method: str) -> Iterator[Finding]:
    frame = wm.variance_by_level(data, "y", levels=LEVELS, method=method).frame
    return found(frame, "{measure}, {term}", np.concatenate([SHARES, VARIANCES]))


@study("variance_by_level", "REML, eight regions", n=2000, small=500)
def reml(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Shares and variances with the limits of the profile."""
    yield from by_level(people(rng, n, regions=8), "reml")


@study("variance_by_level", "REML, 30 regions, skewed effects", n=3000, note="The limits assume normal effects.")
def reml_skewed(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Effects of every level exponential, which the likelihood takes for normal."""
    yield from by_level(people(rng, n, regions=30, effect=skewed), "reml")


@study("variance_by_level", "analysis of variance, 30 regions", n=3000)
def anova(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Shares and variances with the limits of the jackknife."""
    yield from by_level(people(rng, n, regions=30), "anova")


@study("variance_by_level", "analysis of variance, eight regions", n=2000, note="Too few regions for a jackknife.")
def anova_few(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The same with few regions."""
    yield from by_level(people(rng, n, regions=8), "anova")


@study("variance_by_level", "analysis of variance, 30 regions, skewed effects", n=3000)
def anova_skewed(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The same with exponential effects."""
    yield from by_level(people(rng, n, regions=30, effect=skewed), "anova")


@study("intraclass_correlation", "unequal groups", n=400, small=100)
def icc(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """ICC(1) and ICC(2) of 15 groups, the largest ten times the smallest."""
    size = np.linspace(1, 10, 15)
    group = rng.choice(15, n, p=size / size.sum())
    y = np.sqrt(0.2) * rng.normal(size=15)[group] + rng.normal(size=n)
    frame = wm.intraclass_correlation(pd.DataFrame({"g": group, "y": y}), "y", group="g").frame
    n_g = np.bincount(group)[np.bincount(group) > 0]
    k = (n - (n_g**2).sum() / n) / (len(n_g) - 1)
    yield from found(frame, "{measure}", [0.2 / 1.2, k * 0.2 / (1 + k * 0.2)])


def answers(rng: np.random.Generator, n: int, loadings: Floats, unique: Floats) -> Floats:
    return rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, len(unique))) * np.sqrt(unique)


def of_scale(values: Floats, interval: str, truth: list[float]) -> Iterator[Finding]:
    data = pd.DataFrame(values, columns=[f"item_{i}" for i in range(values.shape[1])])
    return found(wm.reliability(data, list(data.columns), interval=interval).frame.head(2), "{measure}", truth)


@study("reliability", "parallel items, Feldt", n=300, small=60)
def parallel(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """Alpha and omega of five normal items that measure alike: both 25 / 30."""
    yield from of_scale(answers(rng, n, np.ones(5), np.ones(5)), "feldt", [25 / 30, 25 / 30])


@cache
def truth_of_skewed_answers() -> tuple[float, float]:
    """Return alpha and omega of five options, as two million invented respondents have them."""
    values = np.digitize(answers(np.random.default_rng(0), 2_000_000, LOADINGS, UNIQUE), CUTS).astype(float)
    data = pd.DataFrame(values, columns=list("abcde"))
    alpha, omega = wm.reliability(data, list("abcde")).frame["estimate"].head(2)
    return alpha, omega


@study("reliability", "skewed answers of five options, Feldt", n=400, note="Feldt's limits assume normal answers.")
def skewed_feldt(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """What the usual interval does where its assumption fails."""
    values = np.digitize(answers(rng, n, LOADINGS, UNIQUE), CUTS).astype(float)
    yield from of_scale(values, "feldt", list(truth_of_skewed_answers()))


@study("reliability", "skewed answers of five options, distribution-free", n=400, small=100)
def skewed_free(rng: np.random.Generator, n: int) -> Iterator[Finding]:
    """The interval that assumes no distribution."""
    values = np.digitize(answers(rng, n, LOADINGS, UNIQUE), CUTS).astype(float)
    yield from of_scale(values, "distribution_free", list(truth_of_skewed_answers()))
