"""Cause-specific models: their variances against derivatives taken numerically, and equations that must hold."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.survival.cause_specific import CauseSpecificModel, cause_specific
from workforce_metrics.survival.cause_specific.incidence import implied_incidence
from workforce_metrics.survival.cox import cox

Floats = npt.NDArray[np.float64]
PEOPLE = pd.DataFrame({"age": [0.3, -1.2], "route": ["home", "away"], "site": ["a", "b"]})
AT = [4, 9, 14]


def staff(seed: int, n: int = 60) -> wm.Cohort:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(0, 1, n), "route": rng.choice(["home", "away"], n)})
    frame["site"], frame["trust"] = rng.choice(["a", "b"], n), rng.integers(0, 12, n)
    frame["start"] = rng.integers(0, 4, n)
    frame["stop"] = frame["start"] + rng.integers(1, 16, n)
    frame["left"], frame["reason"] = rng.random(n) < 0.8, rng.choice(["retired", "resigned"], n)
    frame["w"] = rng.integers(1, 4, n)
    return wm.Cohort.from_frame(
        frame, duration="stop", event="left", cause="reason", entry="start", weight="w", time_unit="months"
    )


def incidence_of(model: CauseSpecificModel) -> Floats:
    """Return the incidences, then the risks of any cause."""
    by_cause, of_any = model.predict_incidence(PEOPLE, at=AT), model.predict_risk(PEOPLE, at=AT)
    return np.concatenate((by_cause["estimate"], of_any["estimate"]))


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("strata", [None, "site"])
def test_robust_variance_is_the_infinitesimal_jackknife(ties: str, strata: str | None) -> None:
    cohort = staff(1, n=32)
    asked = {"ties": ties, "strata": strata}
    influence = np.empty((len(cohort), len(PEOPLE) * len(AT) * 3))
    for row in range(len(cohort)):
        moved = []
        for change in (1e-4, -1e-4):
            weight = cohort.weight.copy()  # type: ignore[union-attr]
            weight[row] *= 1 + change
            moved.append(incidence_of(cause_specific(replace(cohort, weight=weight), "age + route", **asked)))  # type: ignore[arg-type]
        influence[row] = (moved[0] - moved[1]) / 2e-4
    trust = cohort.covariates["trust"].to_numpy()
    clustered = np.array([influence[trust == code].sum(axis=0) for code in np.unique(trust)])

    by_row = cause_specific(cohort, "age + route", robust=True, **asked)  # type: ignore[arg-type]
    by_trust = cause_specific(cohort, "age + route", cluster="trust", **asked)  # type: ignore[arg-type]

    for model, expected in ((by_row, influence), (by_trust, clustered)):
        by_cause, of_any = model.predict_incidence(PEOPLE, at=AT), model.predict_risk(PEOPLE, at=AT)
        found = np.concatenate((by_cause["std_error"], of_any["std_error"]))
        np.testing.assert_allclose(found, np.sqrt((expected**2).sum(axis=0)), rtol=1e-5)


def test_model_variance_is_the_delta_method_over_hazards_and_coefficients() -> None:
    cohort = replace(staff(2), entry=None, weight=None)
    model = cause_specific(cohort, "age + route", ties="breslow")
    x = np.array([[0.3, 1.0], [-1.2, 0.0]])
    codes = np.column_stack((cohort.covariates["age"], cohort.covariates["route"] == "home")).astype(float)
    times = np.unique(cohort.duration[cohort.event])
    beta = [model.models[cause].fit.coefficients for cause in cohort.causes]
    at_risk = cohort.duration >= times[:, None]
    n_event = [((cohort.duration == times[:, None]) & (cohort.cause == k + 1)).sum(axis=1) for k in range(2)]

    def incidence(coefficients: list[Floats], noise: list[Floats], until: int) -> Floats:
        hazard = np.zeros((2, len(times), 2))
        for k in range(2):
            base = n_event[k] / (at_risk @ np.exp(codes @ coefficients[k])) + noise[k]
            hazard[:, :, k] = np.exp(x @ coefficients[k])[:, None] * base
        return implied_incidence(hazard).incidence[:, (times <= until).sum() - 1]

    def slope(k: int, of: str, j: int, until: int) -> Floats:
        moved = []
        for change in (1e-5, -1e-5):
            coefficients, noise = [b.copy() for b in beta], [np.zeros(len(times)) for _ in range(2)]
            (coefficients if of == "coefficient" else noise)[k][j] += change
            moved.append(incidence(coefficients, noise, until))
        return (moved[0] - moved[1]) / 2e-5

    found = model.predict_incidence(PEOPLE, at=AT)["std_error"].to_numpy().reshape(2, len(AT), 2)
    of_any = model.predict_risk(PEOPLE, at=AT)["std_error"].to_numpy().reshape(2, len(AT))
    for position, until in enumerate(AT):
        variance, together = np.zeros((2, 2)), np.zeros(2)
        for k, cause in enumerate(cohort.causes):
            own = n_event[k] / (at_risk @ np.exp(codes @ beta[k])) ** 2
            steps = np.flatnonzero(times <= until)
            by_hazard = np.array([slope(k, "hazard", int(s), until) for s in steps])
            variance += np.einsum("spc,s->pc", by_hazard**2, own[steps])
            together += np.einsum("sp,s->p", by_hazard.sum(axis=2) ** 2, own[steps])
            slopes = np.array([slope(k, "coefficient", j, until) for j in range(2)])
            variance += np.einsum("jpc,jl,lpc->pc", slopes, model.models[cause].fit.variance, slopes)
            any_slopes = slopes.sum(axis=2)
            together += np.einsum("jp,jl,lp->p", any_slopes, model.models[cause].fit.variance, any_slopes)
        np.testing.assert_allclose(found[:, position], np.sqrt(variance), rtol=1e-6)
        np.testing.assert_allclose(of_any[:, position], np.sqrt(together), rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_equations(seed: int) -> None:
    cohort = staff(seed, n=120)
    any_cause = replace(cohort, cause=np.minimum(cohort.cause, 1), causes=("left",))
    order = np.random.default_rng(seed).permutation(len(cohort))
    shuffled = wm.Cohort.from_frame(
        cohort.frame.iloc[order],
        duration="duration", event="event", cause="cause", entry="entry", weight="weight", time_unit="months",
    )  # fmt: skip

    model = cause_specific(cohort, "age + route")
    found, risk = model.predict_incidence(PEOPLE, at=AT), cox(any_cause, "age + route").predict_risk(PEOPLE, at=AT)
    alone = cause_specific(any_cause, "age + route").predict_incidence(PEOPLE, at=AT)
    again = cause_specific(shuffled, "age + route").predict_incidence(PEOPLE, at=AT)
    by_time = found["estimate"].to_numpy().reshape(2, len(AT), 2)

    names = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(alone[["estimate", "std_error"]], risk[["estimate", "std_error"]], rtol=1e-9)
    np.testing.assert_allclose(again[names], found[names], rtol=1e-8)
    assert (np.diff(by_time, axis=1) >= 0).all()
    assert (by_time.sum(axis=2) < 1).all()
    assert ((found["conf_low"] < found["estimate"]) & (found["estimate"] < found["conf_high"])).all()
    served = model.predict_incidence(PEOPLE, at=14, given=4)["estimate"].to_numpy().reshape(2, 2)
    staying = 1 - by_time[:, 0].sum(axis=1)
    np.testing.assert_allclose(by_time[:, 0] + staying[:, None] * served, by_time[:, 2], rtol=1e-9)
