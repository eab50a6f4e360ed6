"""Fine and Gray's model against its definition, written with loops over people, and equations that must hold."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cox import cox
from workforce_metrics.survival.fine_gray import FineGrayModel, fine_gray
from workforce_metrics.survival.fine_gray import observation as kernel
from workforce_metrics.survival.fine_gray.influence import hazard_influence, score_influence
from workforce_metrics.survival.fine_gray.likelihood import subdistribution_likelihood
from workforce_metrics.survival.fine_gray.sample import FineGraySample, fine_gray_sample
from workforce_metrics.survival.product_limit import ProductLimit

Floats = npt.NDArray[np.float64]
CENSORED, CAUSE, OTHER = 0, 1, 2
PEOPLE = pd.DataFrame({"age": [0.3, -1.2], "route": ["home", "away"], "site": ["a", "b"]})
AT = [5, 9, 14]


# ---------------------------------------------------------------- the definition, person by person


class Definition:
    """Rows of a data set with the weights, likelihood and influences as the papers write them."""

    def __init__(self, rows: pd.DataFrame, *, late: bool) -> None:
        self.rows = list(rows.itertuples())
        self.entry = [row.start if late else -1 for row in self.rows]
        self.times = sorted({(row.stratum, row.stop) for row in self.rows if row.kind == CAUSE})
        self.emptied = any(
            other.kind == OTHER and other.stop <= self.entry[i] < self.times_end() and self.just_in(i, row.group)
            for i, row in enumerate(self.rows)
            for other in self.rows
            if other.group == row.group and self.entry[i] >= 0
        )

    def times_end(self) -> float:
        return max(stop for _, stop in self.times)

    def just_in(self, i: int, group: int) -> bool:
        """Say whether all who are at risk just after the entry of row i have entered then."""
        s = self.entry[i]
        there = [k for k, row in enumerate(self.rows) if row.group == group and self.entry[k] <= s < row.stop]
        return all(self.entry[k] == s for k in there)

    def weight(self, i: int, t: float) -> float:
        """Return the weight with which row i counts in the risk set at t."""
        row = self.rows[i]
        if self.entry[i] < t <= row.stop:
            return 1.0
        last = max(other.stop for other in self.rows if other.group == row.group)
        if row.kind != OTHER or row.stop >= t or t > last:
            return 0.0
        return self.stays(row.group, row.stop, t) / self.entered(row.group, row.stop, t)

    def stays(self, group: int, since: float, until: float) -> float:
        product = 1.0
        for u in sorted({row.stop for row in self.rows if since <= row.stop < until}):
            ending, there = self.censored_at(group, u), self.can_be_censored(group, u)
            product *= 1 - sum(self.rows[k].w for k in ending) / max(sum(self.rows[k].w for k in there), 1e-300)
        return product

    def entered(self, group: int, since: float, until: float) -> float:
        product = 1.0
        for s in sorted({s for s in self.entry if since <= s < until}):
            coming, there = self.entering_at(group, s), self.could_have_entered(group, s)
            if coming:
                product *= 1 - sum(self.rows[k].w for k in coming) / sum(self.rows[k].w for k in there)
        return product

    def censored_at(self, group: int, u: float) -> list[int]:
        return [k for k in self.can_be_censored(group, u) if self.rows[k].stop == u and self.rows[k].kind == CENSORED]

    def can_be_censored(self, group: int, u: float) -> list[int]:
        """Return who is at risk at u and does not leave then."""
        return [
            k
            for k, row in enumerate(self.rows)
            if row.group == group and self.entry[k] < u <= row.stop and not (row.stop == u and row.kind != CENSORED)
        ]

    def entering_at(self, group: int, s: float) -> list[int]:
        return [k for k in self.could_have_entered(group, s) if self.entry[k] == s]

    def could_have_entered(self, group: int, s: float) -> list[int]:
        return [k for k, row in enumerate(self.rows) if row.group == group and self.entry[k] <= s < row.stop]

    def risk_set(self, stratum: int, t: float, b: Floats) -> list[tuple[int, float]]:
        """Return who counts at t, with the case weight, the weight of those who left, and the risk multiplied."""
        return [
            (i, row.w * self.weight(i, t) * np.exp(self.x(i) @ b))
            for i, row in enumerate(self.rows)
            if row.stratum == stratum and self.weight(i, t) > 0
        ]

    def x(self, i: int) -> Floats:
        return np.array([self.rows[i].age, self.rows[i].home], dtype=float)

    def leavers(self, stratum: int, t: float) -> list[int]:
        return [i for i, row in enumerate(self.rows) if (row.stratum, row.stop, row.kind) == (stratum, t, CAUSE)]

    def likelihood(self, b: Floats, ties: str) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, the score and the information."""
        value, score, information = 0.0, np.zeros(2), np.zeros((2, 2))
        for stratum, t in self.times:
            leavers, risk = self.leavers(stratum, t), self.risk_set(stratum, t, b)
            mean_weight = sum(self.rows[i].w for i in leavers) / len(leavers)
            value += sum(self.rows[i].w * self.x(i) @ b for i in leavers)
            score += sum(self.rows[i].w * self.x(i) for i in leavers)
            for j in range(len(leavers)):
                share = j / len(leavers) if ties == "efron" else 0.0
                counted = [(self.x(i), r * (1 - share if i in leavers else 1.0)) for i, r in risk]
                s0, s1 = sum(r for _, r in counted), sum(r * x for x, r in counted)
                s2 = sum(r * np.outer(x, x) for x, r in counted)
                value -= mean_weight * np.log(s0)
                score -= mean_weight * s1 / s0
                information += mean_weight * (s2 / s0 - np.outer(s1, s1) / s0**2)
        return value, score, information

    def influence(self, b: Floats) -> Floats:
        """Return eta + psi of every row times its case weight, with Breslow's ties."""
        eta = np.zeros((len(self.rows), 2))
        pulls: list[tuple[int, float, Floats]] = []
        for stratum, t in self.times:
            risk, leavers = self.risk_set(stratum, t, b), self.leavers(stratum, t)
            s0 = sum(r for _, r in risk)
            mean, hazard = sum(r * self.x(i) for i, r in risk) / s0, sum(self.rows[i].w for i in leavers) / s0
            for i in leavers:
                eta[i] += self.rows[i].w * (self.x(i) - mean)
            for i, r in risk:
                eta[i] -= (self.x(i) - mean) * r * hazard
                if self.rows[i].stop < t:
                    pulls.append((i, t, (self.x(i) - mean) * r * hazard))
        return eta + self.psi(pulls)

    def psi(self, pulls: list[tuple[int, float, Floats]]) -> Floats:
        psi = np.zeros((len(self.rows), 2))
        for group in {row.group for row in self.rows}:
            mine = [pull for pull in pulls if self.rows[pull[0]].group == group]
            moments = [(u, 1, self.censored_at(group, u), self.can_be_censored(group, u)) for u in self.stops()]
            moments += [(s, -1, self.entering_at(group, s), self.could_have_entered(group, s)) for s in self.starts()]
            for when, sign, happens, there in moments:
                if not happens:
                    continue
                total = sum(self.rows[k].w for k in there)
                rate = sum(self.rows[k].w for k in happens) / total
                crossing = sum((pull for i, t, pull in mine if self.rows[i].stop <= when < t), np.zeros(2))
                for k in there:
                    psi[k] += sign * self.rows[k].w * crossing / total * ((k in happens) - rate)
        return psi

    def stops(self) -> set[float]:
        return {row.stop for row in self.rows}

    def starts(self) -> set[float]:
        return {s for s in self.entry if s >= 0}


ROW = st.tuples(
    st.integers(0, 5),
    st.integers(1, 6),
    st.sampled_from([CENSORED, CAUSE, CAUSE, OTHER, OTHER]),
    st.sampled_from([0.5, 1.0, 1.0, 2.0, 3.25]),
    st.sampled_from([-1.0, 0.0, 0.5, 2.0]),
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 1),
    st.integers(0, 1),
)
NAMES = ["start", "length", "kind", "w", "age", "home", "group", "stratum"]


@st.composite
def data_sets(draw: st.DrawFn) -> pd.DataFrame:
    rows = pd.DataFrame(draw(st.lists(ROW, min_size=3, max_size=10)), columns=NAMES)
    if draw(st.booleans()):
        rows["group"] = 0
    if draw(st.booleans()):
        rows["stratum"] = 0
    if draw(st.booleans()):
        rows["w"] = 1.0
    assume((rows["kind"] == CAUSE).any())
    for name in ("group", "stratum"):
        rows[name] = np.unique(rows[name], return_inverse=True)[1]
    return rows.assign(stop=rows["start"] + rows["length"])


def sample_of(rows: pd.DataFrame, *, late: bool) -> FineGraySample:
    return fine_gray_sample(
        rows[["age", "home"]].to_numpy(),
        rows["stop"].to_numpy(),
        rows["kind"].to_numpy(),
        entry=rows["start"].to_numpy() if late else None,
        weight=rows["w"].to_numpy(),
        stratum=rows["stratum"].to_numpy(),
        group=rows["group"].to_numpy(),
    )


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(rows=data_sets(), late=st.booleans(), first=st.floats(-1, 1), second=st.floats(-1, 1))
def test_likelihood_and_influence_are_those_of_the_definition(
    *, rows: pd.DataFrame, late: bool, first: float, second: float
) -> None:
    defined, b = Definition(rows, late=late), np.array([first, second])
    if defined.emptied:
        with pytest.raises(InvalidDataError, match="before others entered"):
            sample_of(rows, late=late)
        return

    sample = sample_of(rows, late=late)

    scale, centre = sample.at_risk.scale, sample.at_risk.centre
    shift = b @ centre
    total_weight = rows.loc[rows["kind"] == CAUSE, "w"].sum()
    for ties in ("efron", "breslow"):
        at = subdistribution_likelihood(sample, b * scale, ties)  # type: ignore[arg-type]
        value, score, information = defined.likelihood(b, ties)
        size = 1 + abs(value) + total_weight * (1 + abs(shift))
        assert at.log_likelihood == pytest.approx(value, abs=1e-12 * size)
        np.testing.assert_allclose(at.score * scale, score, atol=1e-11 * size)
        np.testing.assert_allclose(at.information * np.outer(scale, scale), information, atol=1e-11 * size)
        if ties == "breslow":
            found = score_influence(sample, at, estimated_weights=True) * scale
            np.testing.assert_allclose(found, defined.influence(b), atol=1e-10 * size)
            np.testing.assert_allclose(found.sum(axis=0), score, atol=1e-10 * size)


# ---------------------------------------------------------------- derivatives and equations


def staff(seed: int, n: int = 60) -> wm.Cohort:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(0, 1, n), "route": rng.choice(["home", "away"], n)})
    frame["site"], frame["trust"] = rng.choice(["a", "b"], n), rng.integers(0, 12, n)
    frame["start"] = rng.integers(0, 4, n)
    frame["stop"] = frame["start"] + rng.integers(1, 16, n)
    frame["left"], frame["reason"] = rng.random(n) < 0.75, rng.choice(["retired", "resigned"], n)
    frame["w"] = rng.integers(1, 4, n)
    return wm.Cohort.from_frame(
        frame, duration="stop", event="left", cause="reason", entry="start", weight="w", time_unit="months"
    )


def by_cumulated_hazards(group: npt.NDArray[np.int64], n_risk: Floats, n_event: Floats) -> ProductLimit:
    """Return exp(-cumulated hazard), of which Fine and Gray's psi is the exact derivative."""
    hazard = np.where(n_event > 0, n_event / np.where(n_risk > 0, n_risk, 1.0), 0.0)
    total = np.concatenate([np.cumsum(hazard[group == code]) for code in np.unique(group)])
    return ProductLimit(np.exp(-total), total)


def estimates(model: FineGrayModel) -> Floats:
    predicted = model.predict_incidence(PEOPLE, at=AT)["estimate"]
    return np.concatenate((model.fit.coefficients, predicted))


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("asked", [{}, {"censoring_by": "site"}, {"strata": "site", "censoring_by": "route"}])
def test_variance_is_the_infinitesimal_jackknife(
    *, monkeypatch: pytest.MonkeyPatch, ties: str, late: bool, asked: dict[str, str]
) -> None:
    monkeypatch.setattr(kernel, "product_limit", by_cumulated_hazards)
    cohort = staff(1, n=40)
    cohort = cohort if late else replace(cohort, entry=None)
    chosen = {"cause": "resigned", "ties": ties, **asked}
    influence = np.empty((len(cohort), 2 + len(PEOPLE) * len(AT)))
    for row in range(len(cohort)):
        moved = []
        for change in (1e-4, -1e-4):
            weight = cohort.weight.copy()  # type: ignore[union-attr]
            weight[row] *= 1 + change
            moved.append(estimates(fine_gray(replace(cohort, weight=weight), "age + route", **chosen)))  # type: ignore[arg-type]
        influence[row] = (moved[0] - moved[1]) / 2e-4
    trust = cohort.covariates["trust"].to_numpy()
    clustered = np.array([influence[trust == code].sum(axis=0) for code in np.unique(trust)])

    for cluster, expected in ((None, influence), ("trust", clustered)):
        model = fine_gray(cohort, "age + route", cluster=cluster, **chosen)  # type: ignore[arg-type]
        predicted = model.predict_incidence(PEOPLE, at=AT)["std_error"]
        found = np.concatenate((model.frame["std_error"], predicted))
        np.testing.assert_allclose(found, np.sqrt((expected**2).sum(axis=0)), rtol=1e-6)


def test_known_weights_are_held_when_rows_move() -> None:
    cohort = staff(3, n=40)
    model = fine_gray(cohort, "age + route", cause="resigned", variance="fixed_weights")
    sample, at = model.sample, model.fit.at
    everything = np.ones((len(sample.at_risk.time), 1))

    known = hazard_influence(sample, at, everything, estimated_weights=False)
    estimated = hazard_influence(sample, at, everything, estimated_weights=True)

    rows, tail = sample.at_risk, sample.tail
    for row in range(0, len(cohort), 7):
        total = []
        for change in (1e-5, -1e-5):
            heavier = np.ones(len(cohort))
            heavier[row] += change
            moved = replace(
                sample,
                at_risk=replace(
                    rows,
                    weight=rows.weight * heavier[rows.order],
                    event_weight=np.bincount(
                        rows.last[rows.event], (rows.weight * heavier[rows.order])[rows.event], len(rows.time)
                    ),
                ),
                tail=replace(tail, share=tail.share * heavier[tail.order]),
            )
            total.append(subdistribution_likelihood(moved, at.coefficients, "efron").sums.hazard.sum())
        assert known[row, 0] == pytest.approx((total[0] - total[1]) / 2e-5, rel=1e-6, abs=1e-9)
    assert not np.allclose(known, estimated, rtol=1e-3)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), late=st.booleans(), ties=st.sampled_from(["efron", "breslow"]))
def test_equations(*, seed: int, late: bool, ties: str) -> None:
    cohort = staff(seed, n=150)
    cohort = cohort if late else replace(cohort, entry=None)
    order = np.random.default_rng(seed).permutation(len(cohort))
    mixed = replace(
        cohort,
        duration=cohort.duration[order],
        cause=cohort.cause[order],
        entry=None if cohort.entry is None else cohort.entry[order],
        weight=cohort.weight[order],  # type: ignore[index]
        covariates=cohort.covariates.iloc[order].reset_index(drop=True),
    )
    single = replace(cohort, cause=np.minimum(cohort.cause, 1), causes=("left",))
    asked = {"cause": "resigned", "ties": ties}

    model = fine_gray(cohort, "age + route", **asked)  # type: ignore[arg-type]
    again = fine_gray(mixed, "age + route", **asked)  # type: ignore[arg-type]
    alone = fine_gray(single, "age + route", cause="left", ties=ties)  # type: ignore[arg-type]
    plain = cox(single, "age + route", ties=ties, robust=True)  # type: ignore[arg-type]

    shown = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(again.frame[shown], model.frame[shown], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(alone.frame[shown], plain.frame[shown], rtol=1e-9, atol=1e-11)
    predicted = model.predict_incidence(PEOPLE, at=AT)
    np.testing.assert_allclose(again.predict_incidence(PEOPLE, at=AT)[shown], predicted[shown], rtol=1e-8, atol=1e-11)
    assert (np.diff(predicted["estimate"].to_numpy().reshape(2, -1), axis=1) >= 0).all()
    assert ((predicted["conf_low"] < predicted["estimate"]) & (predicted["estimate"] < predicted["conf_high"])).all()


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), late=st.booleans())
def test_a_whole_weight_is_so_many_rows(*, seed: int, late: bool) -> None:
    cohort = staff(seed, n=80)
    cohort = cohort if late else replace(cohort, entry=None)
    times = cohort.weight.astype(int)  # type: ignore[union-attr]
    repeated = replace(
        cohort,
        duration=cohort.duration.repeat(times),
        cause=cohort.cause.repeat(times),
        entry=None if cohort.entry is None else cohort.entry.repeat(times),
        weight=None,
        covariates=cohort.covariates.assign(person=np.arange(len(cohort))).loc[lambda frame: frame.index.repeat(times)],
    )

    weighted = fine_gray(cohort, "age + route", cause="retired", ties="breslow")
    rows = fine_gray(repeated, "age + route", cause="retired", ties="breslow", cluster="person")

    shown = ["estimate", "std_error"]
    np.testing.assert_allclose(rows.frame[shown], weighted.frame[shown], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(
        rows.predict_incidence(PEOPLE, at=AT)[shown], weighted.predict_incidence(PEOPLE, at=AT)[shown], rtol=1e-9
    )
    assert rows.log_likelihood == pytest.approx(weighted.log_likelihood, rel=1e-12)
