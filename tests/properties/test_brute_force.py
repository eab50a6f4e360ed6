"""Our answers against references written for clarity: loops over people and times, from the definitions alone.

A thousand small data sets each, with ties, late entry and weights.
"""

from __future__ import annotations

import warnings
from itertools import product
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from agreement import agree
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError, RiskSetWarning
from workforce_metrics.survival.aalen_johansen import aalen_johansen, counted_variance
from workforce_metrics.survival.areas import areas_to
from workforce_metrics.survival.counting import RiskCounts, count_at_risk
from workforce_metrics.survival.cox.concordance import concordance_of_sample
from workforce_metrics.survival.cox.estimate import fit_cox
from workforce_metrics.survival.cox.likelihood import partial_likelihood
from workforce_metrics.survival.cox.residuals import martingale_residuals, score_residuals
from workforce_metrics.survival.cox.risk_sets import CoxSample, cox_sample
from workforce_metrics.survival.logrank_counts import logrank_counts, quadratic_form, trend_form
from workforce_metrics.survival.nelson_aalen import cumulative_hazard
from workforce_metrics.survival.product_limit import product_limit

# entry, time at risk, cause (0 = still there), weight, group, stratum, covariate
PERSON = st.tuples(
    st.integers(0, 5),
    st.integers(1, 6),
    st.sampled_from([0, 0, 1, 1, 2]),
    st.sampled_from([1, 1, 2, 3]),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(-2, 2),
)
PEOPLE = st.lists(PERSON, min_size=1, max_size=12)
THOUSAND = settings(max_examples=1000, deadline=None)
Person = tuple[int, int, int, int, int, int, int]


class Someone:
    """One person, by name."""

    def __init__(self, person: Person) -> None:
        self.entry, length, self.cause, self.weight, self.group, self.stratum, self.x = person
        self.end = self.entry + length

    def at_risk(self, time: int) -> bool:
        return self.entry < time <= self.end

    def leaves(self, time: int, cause: int | None = None) -> bool:
        return self.end == time and (self.cause > 0 if cause is None else self.cause == cause)


def named(people: list[Person]) -> list[Someone]:
    return [Someone(person) for person in people]


def times_of(people: list[Someone]) -> list[int]:
    return sorted({p.end for p in people if p.cause})


def weight_of(people: list[Someone]) -> int:
    return sum(p.weight for p in people)


def columns(people: list[Person]) -> dict[str, np.ndarray]:
    table = np.array(people, dtype=np.int64)
    entry, length, cause, weight, group, stratum, x = table.T
    return {
        "entry": entry, "duration": entry + length, "cause": cause, "weight": weight.astype(float),
        "group": group, "stratum": stratum, "x": x.astype(float),
    }  # fmt: skip


def counted(people: list[Person], *, groups: bool = False) -> RiskCounts:
    of = columns(people)
    cell = of["group"] + 3 * of["stratum"] if groups else np.zeros_like(of["group"])
    return count_at_risk(
        of["duration"], of["cause"], n_causes=2, group=cell, n_groups=6 if groups else 1,
        entry=of["entry"], weight=of["weight"],
    )  # fmt: skip


# ------------------------------------------------------------------- curves


@pytest.mark.validates(
    "nelson_aalen",
    against="brute force over people and times",
    data="1,000 random data sets with ties, late entry, weights",
)
@pytest.mark.validates(
    "kaplan_meier",
    against="brute force over people and times",
    data="1,000 random data sets with ties, late entry, weights",
)
@given(PEOPLE)
@THOUSAND
def test_kaplan_meier_and_nelson_aalen_with_their_variances(people: list[Person]) -> None:
    everybody, counts = named(people), counted(people)

    km = product_limit(counts.group, counts.n_risk, counts.n_event.sum(axis=1))
    hazard = cumulative_hazard(counts.group, counts.n_risk, counts.n_event)

    for cell, until in enumerate(counts.time.tolist()):
        stay, greenwood, sums, squares = 1.0, 0.0, [0.0, 0.0], [0.0, 0.0]
        for time in (t for t in times_of(everybody) if t <= until):
            n = weight_of([p for p in everybody if p.at_risk(time)])
            d = weight_of([p for p in everybody if p.leaves(time)])
            stay *= (n - d) / n
            greenwood += d / (n * (n - d)) if n > d else float("inf")
            for cause in (1, 2):
                by_cause = weight_of([p for p in everybody if p.leaves(time, cause)])
                sums[cause - 1] += by_cause / n
                squares[cause - 1] += by_cause / n**2
        at_risk = [p for p in everybody if p.at_risk(until)]
        assert (counts.n_risk[cell], counts.n_people[cell]) == (weight_of(at_risk), len(at_risk))
        agree(km.survival[cell], stay, atol=1e-14, what="estimate", of="kaplan_meier")
        agree(
            km.log_std_error[cell],
            sqrt(greenwood),
            rtol=1e-12,
            atol=1e-15,
            what="std_error of its logarithm",
            of="kaplan_meier",
        )
        agree(hazard.hazard[cell], sums, atol=1e-13, what="estimate", of="nelson_aalen")
        agree(hazard.std_error[cell] ** 2, squares, atol=1e-13, what="variance", of="nelson_aalen")


def incidence_and_variances(people: list[Someone], cause: int, until: int) -> tuple[float, dict[str, float]]:
    """Return F(t) and its variances: the formulas of Greenwood, Aalen and Gray as sums over the times of leaving.

    Aalen's may be below 0 where the causes tie among very few (n = 4, two and one leaving); it is then taken as 0.
    """
    steps, stay, found = [], 1.0, 0.0
    for time in (t for t in times_of(people) if t <= until):
        n = weight_of([p for p in people if p.at_risk(time)])
        d = weight_of([p for p in people if p.leaves(time)])
        own = weight_of([p for p in people if p.leaves(time, cause)])
        found += stay * own / n
        steps.append((n, d, own, stay, found))
        stay *= (n - d) / n
    total = dict.fromkeys(("greenwood", "aalen", "gray"), 0.0)
    for n, d, own, before, so_far in steps:
        far, other = found - so_far, d - own
        untied = lambda k, n=n: k if k <= 1 or n <= 1 else k * (n - k) / (n - 1)  # noqa: E731 - said once
        last = n == d  # nobody stays, and nothing is to come
        parts = {
            "greenwood": (0 if last else d / (n * (n - d)), own / n**2, own * (n - own) / n**3),
            "aalen": (
                0 if last else d / (max(n - 1, 1) * (n - d)), 0 if last else untied(own) / (n * (n - d)),
                untied(own) / n**2,
            ),
            "gray": (
                0 if last else (untied(own) + untied(other)) / (n - d) ** 2,
                0 if last else untied(own) / (n * (n - d)), untied(own) / n**2,
            ),
        }  # fmt: skip
        for name, (a, b, v) in parts.items():
            total[name] += far**2 * a - 2 * far * before * b + before**2 * v
    return found, {name: max(value, 0.0) for name, value in total.items()}


@pytest.mark.validates(
    "cumulative_incidence",
    against="brute force over people and times",
    data="1,000 random data sets with ties, late entry, weights",
)
@given(PEOPLE)
@THOUSAND
def test_aalen_johansen_with_the_three_variances_by_counts(people: list[Person]) -> None:
    everybody, counts = named(people), counted(people)
    n_event = np.ascontiguousarray(counts.n_event.T)

    estimate = aalen_johansen(counts.group, counts.n_risk, n_event)
    found = {
        name: counted_variance(estimate, counts.n_risk, n_event, name)  # type: ignore[arg-type]
        for name in ("greenwood", "aalen", "gray")
    }

    for (cell, until), cause in product(enumerate(counts.time.tolist()), (1, 2)):
        incidence, variances = incidence_and_variances(everybody, cause, until)
        agree(estimate.incidence[cause - 1, cell], incidence, atol=1e-14, what="estimate")
        for name, variance in variances.items():
            is_whole = name == "greenwood" and incidence > 1 - 1e-12
            agree(found[name][cause - 1, cell], 0.0 if is_whole else variance, atol=1e-12, what=f"{name} variance")


@pytest.mark.validates(
    "restricted_mean",
    against="areas and numerical derivatives, by brute force",
    data="random data sets with late entry",
)
@given(PEOPLE, st.integers(1, 14))
@settings(max_examples=300, deadline=None)
def test_restricted_means_and_their_multinomial_variance(people: list[Person], horizon: int) -> None:
    everybody, counts = named(people), counted(people)
    times = [t for t in times_of(everybody) if t <= horizon]
    at_risk = [weight_of([p for p in everybody if p.at_risk(t)]) for t in times]
    hazards = np.array(
        [[weight_of([p for p in everybody if p.leaves(t, c)]) / n for c in (1, 2)]
         for t, n in zip(times, at_risk, strict=True)]
    ).reshape(-1, 2)  # fmt: skip
    assume(bool((hazards.sum(axis=1) < 1).all()))  # a derivative from both sides

    def means(h: np.ndarray) -> np.ndarray:
        """Return time still there, and time lost by each cause, by the areas of rectangles."""
        stay, lost = 1.0, np.zeros(2)
        for t, step in zip(times, h, strict=True):
            lost += stay * step * (horizon - t)
            stay *= 1 - step.sum()
        return np.array([horizon - lost.sum(), *lost])

    variance = np.zeros(3)
    for row, n in enumerate(at_risk):
        slope = np.zeros((2, 3))
        for cause in (0, 1):
            moved = np.zeros_like(hazards)
            moved[row, cause] = 1e-6
            slope[cause] = (means(hazards + moved) - means(hazards - moved)) / 2e-6
        h = hazards[row]
        variance += np.einsum("ij,ik,jk->i", slope.T, slope.T, (np.diag(h) - np.outer(h, h)) / n)

    n_event = np.where((counts.time <= horizon)[:, None], counts.n_event, 0.0)
    survival = product_limit(counts.group, counts.n_risk, n_event.sum(axis=1)).survival
    found = areas_to(
        float(horizon), counts.group, counts.time.astype(float), n_risk=counts.n_risk, n_event=n_event,
        survival=survival,
    )  # fmt: skip

    agree([found.stay[0], *found.lost[0]], means(hazards), atol=1e-12, what="estimate")
    agree(
        [found.stay_variance[0], *found.lost_variance[0]],
        variance,
        atol=1e-6,
        what="variance, by numerical derivatives",
    )


# ------------------------------------------------------------------- the log-rank tests


def apart_and_variance(people: list[Someone], rho: float, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """Return observed less expected leavings of three groups and their covariance, in one stratum."""
    apart, variance, stay = np.zeros(3), np.zeros((3, 3)), 1.0
    for time in times_of(people):
        at_risk = [p for p in people if p.at_risk(time)]
        left = [p for p in at_risk if p.leaves(time)]
        n, d, w = weight_of(at_risk), weight_of(left), stay**rho * (1 - stay) ** gamma
        share = np.array([weight_of([p for p in at_risk if p.group == g]) / n for g in range(3)])
        apart += w * np.array([weight_of([p for p in left if p.group == g]) - d * share[g] for g in range(3)])
        if n > 1:
            variance += w**2 * d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
        stay *= (n - d) / n
    return apart, variance


@pytest.mark.validates(
    "logrank_test",
    against="brute force over people and times",
    data="1,000 random data sets with ties, late entry, weights",
)
@given(PEOPLE, st.sampled_from([0.0, 0.5, 1.0, 2.0]), st.sampled_from([0.0, 0.5, 1.0]))
@THOUSAND
def test_logrank_with_weights_strata_and_trend(people: list[Person], rho: float, gamma: float) -> None:
    parts = [apart_and_variance([p for p in named(people) if p.stratum == s], rho, gamma) for s in (0, 1)]
    apart, variance = parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]
    counts = counted(people, groups=True)
    both = RiskCounts(**{**counts.__dict__, "n_event": counts.n_event.sum(axis=1, keepdims=True)})
    cells = np.arange(6)

    found = logrank_counts(both, cells % 3, cells // 3, n_groups=3, rho=rho, gamma=gamma)

    agree(found.observed - found.expected, apart, atol=1e-12, what="observed - expected")
    agree(found.variance, variance, atol=1e-12, what="variance")
    statistic, df = quadratic_form(found)
    assert df == np.linalg.matrix_rank(variance, tol=1e-9)
    if df:
        assert statistic == pytest.approx(apart @ np.linalg.pinv(variance, rcond=1e-9) @ apart, rel=1e-8, abs=1e-10)
    scores = np.array([1.0, 2.0, 4.0])
    of_trend, df = trend_form(found, scores)
    if df:
        assert of_trend == pytest.approx((scores @ apart) ** 2 / (scores @ variance @ scores), rel=1e-8, abs=1e-10)


# ------------------------------------------------------------------- Cox: hazards and residuals, one leaver at a time


def sample_of(of: dict[str, np.ndarray]) -> CoxSample:
    return cox_sample(
        of["x"][:, None], of["duration"], of["cause"] > 0, entry=of["entry"], weight=of["weight"],
        stratum=of["stratum"],
    )  # fmt: skip


@pytest.mark.validates(
    "cox", against="brute force over people and times", data="1,000 random data sets with ties, late entry, weights"
)
@given(PEOPLE, st.sampled_from(["efron", "breslow"]), st.floats(-1.5, 1.5))
@THOUSAND
def test_cox_likelihood_information_and_residuals(people: list[Person], ties: str, b: float) -> None:
    everybody, of = named(people), columns(people)
    assume(any(p.cause for p in everybody))
    value = score = information = 0.0
    martingale = [float(p.cause > 0) for p in everybody]
    residual = [0.0] * len(everybody)
    for stratum in (0, 1):
        own = [i for i, p in enumerate(everybody) if p.stratum == stratum]
        for time in sorted({everybody[i].end for i in own if everybody[i].cause}):
            at_risk = [i for i in own if everybody[i].at_risk(time)]
            tied = [i for i in at_risk if everybody[i].leaves(time)]
            mean_weight = weight_of([everybody[i] for i in tied]) / len(tied)
            for place in range(len(tied)):
                # Efron: with `place` of the tied gone, each of them is at risk with the rest of its share
                share = {i: 1 - place / len(tied) if ties == "efron" and i in tied else 1.0 for i in at_risk}
                r = {i: share[i] * everybody[i].weight * exp(b * everybody[i].x) for i in at_risk}
                total = sum(r.values())
                mean = sum(r[i] * everybody[i].x for i in at_risk) / total
                spread = sum(r[i] * everybody[i].x ** 2 for i in at_risk) / total - mean**2
                value -= mean_weight * log(total)
                information += mean_weight * spread
                for i in at_risk:
                    hazard = share[i] * exp(b * everybody[i].x) * mean_weight / total
                    martingale[i] -= hazard
                    residual[i] -= (everybody[i].x - mean) * hazard
                    residual[i] += (i in tied) * (everybody[i].x - mean) / len(tied)
            value += sum(everybody[i].weight * b * everybody[i].x for i in tied)
    score = sum(p.weight * u for p, u in zip(everybody, residual, strict=True))

    sample = sample_of(of)
    found = partial_likelihood(sample, b * sample.scale, ties)  # type: ignore[arg-type]

    agree(found.log_likelihood, value, atol=1e-10, what="log_likelihood")
    agree(found.score[0] * sample.scale[0], score, atol=1e-10, what="score")
    agree(found.information[0, 0] * sample.scale[0] ** 2, information, atol=1e-9, what="information")
    ours = np.zeros((2, len(people)))
    ours[0, sample.order] = martingale_residuals(sample, found)
    ours[1, sample.order] = score_residuals(sample, found)[:, 0] * sample.scale[0]
    agree(ours, [martingale, residual], atol=1e-10, what="martingale and score residuals")


ALMOST_NO_INFORMATION = [
    (0, 1, 0, 1, 0, 0, -1), (0, 1, 0, 3, 0, 1, 0), (0, 1, 1, 1, 0, 0, 0), (0, 1, 1, 2, 0, 1, 2), (0, 2, 1, 1, 0, 0, -1),
]  # fmt: skip
"""The search passes where the information is below nought by rounding."""


@pytest.mark.validates(
    "cox", against="brute force over people and times", data="1,000 random data sets with ties, late entry, weights"
)
@given(PEOPLE, st.sampled_from(["efron", "breslow"]), st.integers(0, 3))
@example(ALMOST_NO_INFORMATION, "efron", 0)
@settings(max_examples=200, deadline=None)
def test_cox_robust_variance_is_that_of_the_summed_residuals(people: list[Person], ties: str, n_clusters: int) -> None:
    of = columns(people)
    assume((of["cause"] > 0).any())
    cluster = np.arange(len(people)) % (n_clusters + 2)
    sample = sample_of(of)
    try:
        fit = fit_cox(sample, ties, ["x"], robust=True, cluster=cluster)  # type: ignore[arg-type]
    except InvalidDataError:
        return
    residual = np.zeros(len(people))
    residual[sample.order] = score_residuals(sample, fit.at)[:, 0] * sample.scale[0]

    sums = [sum(w * u for w, u, c in zip(of["weight"], residual, cluster, strict=True) if c == k) for k in set(cluster)]
    information = fit.at.information[0, 0] * sample.scale[0] ** 2

    agree(fit.model_variance[0, 0], 1 / information, rtol=1e-9, what="model variance")
    agree(fit.variance[0, 0], sum(u**2 for u in sums) / information**2, rtol=1e-8, atol=1e-12, what="robust variance")


@pytest.mark.validates(
    "cox", against="product integrals and derivatives, by brute force", data="random data sets with late entry"
)
@given(PEOPLE, st.sampled_from(["efron", "breslow"]), st.integers(-3, 3), st.integers(1, 11), st.sampled_from([0, 2]))
@settings(max_examples=150, deadline=None)
def test_cox_predicted_risk_and_its_variance(people: list[Person], ties: str, x: int, at: int, served: int) -> None:
    # The hazard cumulated over leavers one at a time, each with his share of the denominators; its variance is that of
    # the leavings given b, and the square of its slope in b times the variance of b
    assume(at >= served)
    frame = pd.DataFrame(columns(people))
    frame["left"] = frame["cause"] > 0
    cohort = wm.Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight="weight", time_unit="years"
    )
    try:
        model = wm.cox(cohort, "x", ties=ties)  # type: ignore[arg-type]
    except InvalidDataError:
        return
    everybody = named(people)

    def hazard(b: float) -> tuple[float, float]:
        total = own = 0.0
        for time in (t for t in times_of(everybody) if served < t <= at):
            at_risk = [p for p in everybody if p.at_risk(time)]
            tied = [p for p in at_risk if p.leaves(time)]
            for place in range(len(tied)):
                gone = place / len(tied) if ties == "efron" else 0.0
                r = sum(p.weight * exp(b * p.x) * (1 - gone * (p in tied)) for p in at_risk)
                total += exp(b * x) * weight_of(tied) / len(tied) / r
                own += exp(b * x) ** 2 * weight_of(tied) / len(tied) / r**2
        return total, own

    b, variance = model.frame["estimate"][0], model.covariance.iloc[0, 0]
    slope = (hazard(b + 1e-6)[0] - hazard(b - 1e-6)[0]) / 2e-6
    total, own = hazard(b)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        risk = model.predict_risk(pd.DataFrame({"x": [x]}), at=at, given=served).iloc[0]

    if at > frame["duration"].max():
        assert np.isnan(risk["estimate"])
        return
    agree(risk["estimate"], 1 - exp(-total), atol=1e-9, what="risk")
    agree(risk["std_error"], exp(-total) * sqrt(own + variance * slope**2), rtol=1e-5, atol=1e-7, what="risk std_error")


@pytest.mark.validates(
    "concordance", against="every pair of people", data="1,000 random data sets with ties, late entry, weights"
)
@given(PEOPLE, st.booleans())
@THOUSAND
def test_concordance_and_its_jackknife(people: list[Person], clustered: bool) -> None:  # noqa: FBT001 - Hypothesis passes it by position
    everybody, of = named(people), columns(people)
    assume(any(p.cause for p in everybody))
    sums, own = np.zeros(3), np.zeros((len(people), 3))
    for (i, one), (j, other) in product(enumerate(everybody), enumerate(everybody)):
        later = one.end < other.end or (one.end == other.end and not other.cause)
        if i == j or not one.cause or one.stratum != other.stratum or other.entry >= one.end or not later:
            continue
        kind = 0 if one.x > other.x else 1 if one.x < other.x else 2
        sums[kind] += one.weight * other.weight
        own[i, kind] += other.weight
        own[j, kind] += one.weight
    assume(sums.sum() > 0)
    somers = (sums[0] - sums[1]) / sums.sum()
    adds = of["weight"] * (own[:, 0] - own[:, 1] - somers * own.sum(axis=1)) / (2 * sums.sum())
    cluster = np.arange(len(people)) % 3 if clustered else np.arange(len(people))

    sample = sample_of(of)
    found = concordance_of_sample(sample, of["x"][sample.order], cluster if clustered else None)

    agree([found.concordant, found.discordant, found.tied], sums, rtol=1e-12, atol=1e-12, what="pairs")
    agree(found.estimate, (somers + 1) / 2, rtol=1e-12, what="estimate")
    agree(found.std_error, sqrt((np.bincount(cluster, adds) ** 2).sum()), atol=1e-12, what="std_error")
