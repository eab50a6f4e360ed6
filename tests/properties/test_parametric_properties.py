"""Parametric models against likelihoods written out person by person with SciPy's distributions, and equations."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.parametric import ParametricModel, parametric
from workforce_metrics.survival.parametric.hazards import Distribution
from workforce_metrics.survival.parametric.sample import spell_sample
from workforce_metrics.survival.parametric.search import find_maximum

Floats = npt.NDArray[np.float64]
Spell = tuple[int, int, bool, str, int, int]
ANCHORS: list[Spell] = [  # leavers and stayers of both routes, over many times, so that every shape has an estimate
    (0, length, length % 4 != 3, "ab"[length % 2], 1, length % 3) for length in (1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 15)
] * 2
SPELL = st.tuples(
    st.integers(0, 8), st.integers(1, 12), st.booleans(), st.sampled_from("ab"), st.integers(1, 3), st.integers(0, 4)
)
SPELLS = st.lists(SPELL, max_size=25)
DISTRIBUTIONS = st.sampled_from(["exponential", "weibull", "log-normal", "log-logistic", "spline"])
FEW = settings(deadline=None, max_examples=5)
KNOTS = [1.0, 5.0, 10.0, 15.0]


def frame_of(spells: list[Spell]) -> pd.DataFrame:
    frame = pd.DataFrame(spells + ANCHORS, columns=["entry", "length", "left", "route", "w", "team"])
    frame["duration"] = (frame["entry"] + frame["length"]).astype(float)
    return frame.assign(age=25 + np.arange(len(frame)) % 4)


def fitted(frame: pd.DataFrame, distribution: Distribution, **change: Any) -> ParametricModel:
    asked = {"weight": "w", "time_unit": "months", "formula": "route + age", "cluster": None, "unit": 1.0, **change}
    cohort = Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight=asked["weight"], time_unit=asked["time_unit"]
    )
    knots = [asked["unit"] * knot for knot in KNOTS] if distribution == "spline" else None
    return parametric(cohort, asked["formula"], distribution=distribution, knots=knots, cluster=asked["cluster"])


def hazards_by_scipy(theta: Floats, x: Floats, t: Floats, distribution: str) -> tuple[Floats, Floats]:
    """Return the cumulative hazard at t > 0 and the logarithm of the hazard, from SciPy or the spline written out."""
    eta = x @ theta[: x.shape[1]]
    shape = theta[x.shape[1] :]
    if distribution == "spline":
        k, u = np.log(KNOTS), np.log(t)
        value, slope = eta + shape[0] * u, np.full(len(t), shape[0])
        for gamma, knot in zip(shape[1:], k[1:-1], strict=True):
            share = (k[-1] - knot) / (k[-1] - k[0])
            for sign, at in ((1.0, knot), (-share, k[0]), (share - 1, k[-1])):
                value = value + gamma * sign * np.maximum(u - at, 0) ** 3
                slope = slope + gamma * sign * 3 * np.maximum(u - at, 0) ** 2
        return np.exp(value), value + np.log(slope) - u
    scale = np.exp(shape[0]) if len(shape) else 1.0
    law = {
        "exponential": lambda: stats.expon(scale=np.exp(eta)),
        "weibull": lambda: stats.weibull_min(1 / scale, scale=np.exp(eta)),
        "log-normal": lambda: stats.lognorm(scale, scale=np.exp(eta)),
        "log-logistic": lambda: stats.fisk(1 / scale, scale=np.exp(eta)),
    }[distribution]()
    return -law.logsf(t), law.logpdf(t) - law.logsf(t)


def each_log_likelihood(theta: Floats, frame: pd.DataFrame, distribution: str) -> Floats:
    x = np.column_stack((np.ones(len(frame)), frame["route"] == "b", frame["age"])).astype(float)
    t, entry = frame["duration"].to_numpy(dtype=float), frame["entry"].to_numpy(dtype=float)
    cumulative, log_hazard = hazards_by_scipy(theta, x, t, distribution)
    before, _ = hazards_by_scipy(theta, x, np.maximum(entry, 1e-3), distribution)
    return np.where(frame["left"], log_hazard, 0.0) - cumulative + np.where(entry > 0, before, 0.0)


def scores_by_differences(theta: Floats, frame: pd.DataFrame, distribution: str, step: Floats) -> Floats:
    columns = []
    for j in range(len(theta)):
        h = np.zeros_like(theta)
        h[j] = step[j]
        up, down = (each_log_likelihood(theta + sign * h, frame, distribution) for sign in (1, -1))
        columns.append((up - down) / (2 * step[j]))
    return np.column_stack(columns)


@given(SPELLS, DISTRIBUTIONS)
@settings(deadline=None, max_examples=10)
def test_the_likelihood_person_by_person(spells: list[Spell], distribution: Distribution) -> None:
    frame = frame_of(spells)

    model = fitted(frame, distribution, cluster="team")

    theta, error = model.frame["estimate"].to_numpy(), model.frame["model_std_error"].to_numpy()
    weight = frame["w"].to_numpy(dtype=float)
    each = each_log_likelihood(theta, frame, distribution)
    assert model.log_likelihood == pytest.approx(float(weight @ each), rel=1e-9)
    scores = scores_by_differences(theta, frame, distribution, 1e-4 * error)
    np.testing.assert_allclose(error * (weight @ scores), 0, atol=1e-4)  # differences of 1e-4 leave 6 digits
    _, turn = model.model.in_user_units()
    by_model = turn @ model.model.model_covariance @ turn.T
    bend = np.column_stack(
        [
            weight @ scores_by_differences(theta + h, frame, distribution, 1e-3 * error)
            - weight @ scores_by_differences(theta - h, frame, distribution, 1e-3 * error)
            for h in np.diag(1e-3 * error)
        ]
    ) / (2e-3 * error)
    in_errors = np.outer(error, error)
    information = np.linalg.inv(by_model / in_errors)
    np.testing.assert_allclose(-bend * in_errors, information, rtol=1e-3, atol=1e-3 * np.abs(information).max())
    team = pd.DataFrame(weight[:, None] * scores).groupby(frame["team"]).sum().to_numpy()
    robust = np.sqrt(np.diagonal(by_model @ team.T @ team @ by_model))
    np.testing.assert_allclose(model.frame["std_error"], robust, rtol=1e-4)


@given(SPELLS, DISTRIBUTIONS)
@FEW
def test_one_row_a_distinct_spell_gives_the_fit_of_all_rows(spells: list[Spell], distribution: Distribution) -> None:
    frame = frame_of(spells)
    cohort = Cohort.from_frame(frame, duration="duration", event="left", entry="entry", weight="w", time_unit="months")
    model = fitted(frame, distribution)
    sample = spell_sample(cohort, "route + age", cluster=None, missing="refuse")

    alone = {name: getattr(sample.rows, name)[sample.row] for name in ("columns", "log_time", "log_entry", "event")}
    rows = type(sample.rows)(**alone, weight=frame["w"].to_numpy(dtype=float))
    everybody = find_maximum(rows, model.model.baseline, ["route", "age"])

    assert len(sample.rows.weight) < len(rows.weight)
    error = np.sqrt(np.diagonal(everybody.covariance))
    np.testing.assert_allclose((model.model.parameters - everybody.parameters) / error, 0, atol=1e-8)
    np.testing.assert_allclose(
        model.model.covariance / np.outer(error, error), everybody.covariance / np.outer(error, error), atol=1e-8
    )


@given(SPELLS, DISTRIBUTIONS, st.integers(0, 999))
@FEW
def test_row_order_changes_nothing_and_weights_are_repeated_rows(
    spells: list[Spell], distribution: Distribution, seed: int
) -> None:
    frame = frame_of(spells)
    shuffled = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)

    models = [
        fitted(rows, distribution, weight=weight, cluster="team")
        for rows, weight in ((frame, "w"), (shuffled, "w"), (repeated, None))
    ]

    one, two, three = (model.frame.drop(columns=["n", "n_event"]) for model in models)
    pd.testing.assert_frame_equal(one, two, check_exact=False, rtol=1e-8, atol=1e-8)
    pd.testing.assert_frame_equal(one, three, check_exact=False, rtol=1e-8, atol=1e-8)
    assert models[0].bic == pytest.approx(models[2].bic, rel=1e-12)


@given(SPELLS, DISTRIBUTIONS)
@FEW
def test_another_unit_of_time_moves_only_the_constant(spells: list[Spell], distribution: Distribution) -> None:
    frame = frame_of(spells)
    in_days = frame.assign(duration=frame["duration"] * 30, entry=frame["entry"] * 30)

    months = fitted(frame, distribution)
    days = fitted(in_days, distribution, time_unit="days", unit=30.0)

    moved = days.frame["estimate"] - months.frame["estimate"]
    slope = months.frame.set_index("term")["estimate"].get("gamma1", -1.0)
    np.testing.assert_allclose(moved[0], -slope * np.log(30), rtol=1e-7)
    np.testing.assert_allclose(moved[1:], 0, atol=1e-8)
    np.testing.assert_allclose(days.frame["std_error"][1:], months.frame["std_error"][1:], rtol=1e-7)
    left = float((frame["w"] * frame["left"]).sum())
    assert days.log_likelihood == pytest.approx(months.log_likelihood - left * np.log(30), rel=1e-10)
    people = frame.head(3)
    pd.testing.assert_frame_equal(
        days.predict_risk(people, at=[90, 240], given=60).drop(columns="time"),
        months.predict_risk(people, at=[3, 8], given=2).drop(columns="time"),
        rtol=1e-7,
    )


@given(SPELLS, DISTRIBUTIONS)
@FEW
def test_a_spell_in_two_pieces_is_one_spell(spells: list[Spell], distribution: Distribution) -> None:
    frame = frame_of(spells)
    cut = frame[frame["length"] > 1]
    middle = cut["entry"] + 1.0
    pieces = [frame[frame["length"] <= 1], cut.assign(duration=middle, left=False), cut.assign(entry=middle)]
    in_two = pd.concat(pieces, ignore_index=True)

    whole, split = (fitted(rows, distribution, cluster="team") for rows in (frame, in_two))

    assert split.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-10)
    columns = ["estimate", "std_error", "model_std_error"]
    np.testing.assert_allclose(split.frame[columns], whole.frame[columns], rtol=1e-6, atol=1e-7)


@given(SPELLS, DISTRIBUTIONS)
@FEW
def test_other_units_of_a_covariate_change_no_risk(spells: list[Spell], distribution: Distribution) -> None:
    frame = frame_of(spells)
    recoded = frame.assign(age=1000 * frame["age"] - 7)

    one, other = (fitted(rows, distribution).predict_risk(rows.head(4), at=[3, 9]) for rows in (frame, recoded))

    pd.testing.assert_frame_equal(one, other, rtol=1e-8)


@given(SPELLS, DISTRIBUTIONS, st.tuples(st.integers(0, 6), st.integers(7, 14)))
@FEW
def test_predicted_risk_and_its_error(spells: list[Spell], distribution: Distribution, span: tuple[int, int]) -> None:
    model = fitted(frame_of(spells), distribution)
    theta, covariance = model.frame["estimate"].to_numpy(), model.covariance.to_numpy()

    risk = model.predict_risk(pd.DataFrame({"route": ["b"], "age": [27]}), at=span[1], given=span[0]).iloc[0]

    def of(parameters: Floats) -> float:
        x = np.array([[1.0, 1.0, 27.0]] * 2)
        given_at = np.array([max(float(span[0]), 1e-9), float(span[1])])
        hazard, _ = hazards_by_scipy(parameters, x, given_at, distribution)
        return float(1 - np.exp(hazard[0] * (span[0] > 0) - hazard[1]))

    step = 1e-4 * np.sqrt(np.diagonal(covariance))
    gradient = np.array([(of(theta + h) - of(theta - h)) for h in np.diag(step)]) / (2 * step)
    assert risk["estimate"] == pytest.approx(of(theta), rel=1e-9)
    assert risk["std_error"] == pytest.approx(np.sqrt(gradient @ covariance @ gradient), rel=1e-5)
    assert risk["conf_low"] < risk["estimate"] < risk["conf_high"]
