"""Discrete-time hazards on cells against person-periods written out, and equations that hold for every cohort."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.discrete_hazard import DiscreteHazard, discrete_hazard
from workforce_metrics.survival.leaving_within import leaving_within

Floats = npt.NDArray[np.float64]
Spell = tuple[float, float, str, str, int, int]
ENDS = [1.0, 2.5, 4.0]
ANCHORS: list[Spell] = [  # somebody leaves and somebody stays by each cause in each interval and group
    *[(0.0, end, cause, route, 1, 0) for end in ENDS for cause in ("pay", "retired") for route in "ab"],
    *[(0.0, 5.0, "", route, 1, 1) for route in "ab"],
    (0.0, 5.0, "", "b", 1, 1),
]
QUARTER = st.integers(0, 20).map(lambda n: n / 4)
SPELL = st.tuples(
    QUARTER,
    QUARTER,
    st.sampled_from(["", "pay", "retired"]),
    st.sampled_from("ab"),
    st.integers(1, 3),
    st.integers(0, 4),
)
SPELLS = st.lists(SPELL, max_size=25)
LINKS = st.sampled_from(["cloglog", "logit"])


def frame_of(spells: list[Spell]) -> pd.DataFrame:
    frame = pd.DataFrame(spells + ANCHORS, columns=["entry", "length", "cause", "route", "w", "team"])
    frame["duration"] = frame["entry"] + frame["length"].clip(lower=0.25)
    return frame.assign(left=frame["cause"] != "", age=np.arange(len(frame)) % 3).drop(columns="length")


def cohort_of(frame: pd.DataFrame, *, cause: bool = True, weight: str | None = "w", unit: str = "years") -> Cohort:
    asked = {"cause": "cause"} if cause else {}
    return Cohort.from_frame(
        frame, duration="duration", event="left", entry="entry", weight=weight, time_unit=unit, **asked
    )


class PersonPeriods(NamedTuple):
    """One row a person and interval: design, weight, who left by which cause, team."""

    z: Floats
    weight: Floats
    left: dict[str, Floats]
    team: npt.NDArray[np.int64]


def person_periods(frame: pd.DataFrame) -> PersonPeriods:
    """Write every person out, interval by interval."""
    rows = []
    starts = [0.0, *ENDS[:-1]]
    for person in frame.to_dict("records"):
        for k, (start, end) in enumerate(zip(starts, ENDS, strict=True)):
            if person["entry"] <= start < person["duration"]:
                here = person["left"] and person["duration"] <= end
                cut = not person["left"] and person["duration"] < end
                z = [float(k == j) for j in range(3)] + [float(person["route"] == "b"), float(person["age"])]
                rows.append((z, person["w"] * (0.5 if cut else 1.0), person["cause"] if here else "", person["team"]))
    z, weight, cause, team = zip(*rows, strict=True)
    left = {name: np.array([float(c == name) for c in cause]) for name in ("pay", "retired")}
    return PersonPeriods(np.array(z), np.array(weight), left, np.array(team))


def hazard(eta: Floats, link: str) -> tuple[Floats, Floats]:
    if link == "logit":
        h = 1 / (1 + np.exp(-eta))
        return h, h * (1 - h)
    return 1 - np.exp(-np.exp(eta)), np.exp(eta - np.exp(eta))


@given(SPELLS, LINKS)
@settings(deadline=None, max_examples=40)
def test_cells_give_the_fit_of_person_periods(spells: list[Spell], link: str) -> None:
    frame = frame_of(spells)
    rows = person_periods(frame)

    plain = discrete_hazard(cohort_of(frame), "route + age", interval=ENDS, link=link)  # type: ignore[arg-type]
    robust = discrete_hazard(cohort_of(frame), "route + age", interval=ENDS, link=link, cluster="team")  # type: ignore[arg-type]

    value, scores, ratios, bread = 0.0, [], [], np.zeros((10, 10))
    for c, (theta, left) in enumerate(zip(plain.model.parameters, rows.left.values(), strict=True)):
        h, slope = hazard(rows.z @ theta, link)
        value += float(rows.weight @ np.where(left > 0, np.log(h), np.log(1 - h)))
        scores.append(rows.z * (rows.weight * slope * (left - h) / (h * (1 - h)))[:, None])
        ratios.append(slope / (1 - h))
        information = rows.z.T @ ((rows.weight * slope**2 / (h * (1 - h)))[:, None] * rows.z)
        bread[5 * c : 5 * c + 5, 5 * c : 5 * c + 5] = np.linalg.inv(information)
    score = np.hstack(scores)
    step = bread @ score.sum(axis=0) / np.sqrt(np.diagonal(bread))
    np.testing.assert_allclose(step, 0, atol=1e-8)
    assert plain.log_likelihood == pytest.approx(value, rel=1e-10)

    meat = np.linalg.inv(bread)
    meat[:5, 5:] = -rows.z.T @ ((rows.weight * ratios[0] * ratios[1])[:, None] * rows.z)
    meat[5:, :5] = meat[:5, 5:].T
    np.testing.assert_allclose(plain.model.covariance, bread @ meat @ bread, rtol=1e-8, atol=1e-10)

    by_team = pd.DataFrame(score).groupby(rows.team).sum().to_numpy()
    np.testing.assert_allclose(robust.model.covariance, bread @ by_team.T @ by_team @ bread, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(robust.frame["model_std_error"], plain.frame["std_error"], rtol=1e-12)


def incidence_by_loop(model: DiscreteHazard, theta: Floats, z: Floats, span: tuple[float, float]) -> Floats:
    """Return what is predicted for each cause, interval by interval, from parameters of all causes in a row."""
    stay, total = 1.0, np.zeros(2)
    for k, (start, end) in enumerate(zip([0.0, *ENDS[:-1]], ENDS, strict=True)):
        share = max(0.0, min(end, span[1]) - max(start, span[0])) / (end - start)
        row = np.array([float(k == j) for j in range(3)] + list(z))
        h = np.array([hazard(row @ part, model.model.link)[0] for part in (theta[:5], theta[5:])])
        staying = (1 - h.sum()) ** share
        total += stay * h / h.sum() * (1 - staying)
        stay *= staying
    return total


@given(SPELLS, LINKS, st.tuples(QUARTER, QUARTER).map(sorted).filter(lambda span: span[0] < span[1] <= 4))
@settings(deadline=None, max_examples=12)
def test_predictions_and_their_errors(spells: list[Spell], link: str, span: list[float]) -> None:
    model = discrete_hazard(cohort_of(frame_of(spells)), "route + age", interval=ENDS, link=link)  # type: ignore[arg-type]
    person, z = pd.DataFrame({"route": ["b"], "age": [2], "served": [span[0]]}), np.array([1.0, 2.0])
    theta, asked = model.model.parameters.ravel(), (span[0], span[1])

    incidence = model.predict_incidence(person, at=span[1], given="served")
    risk = model.predict_risk(person, at=span[1], given=span[0])

    np.testing.assert_allclose(incidence["estimate"], incidence_by_loop(model, theta, z, asked), rtol=1e-9)
    assert risk["estimate"].item() == pytest.approx(incidence["estimate"].sum(), rel=1e-9)
    steps = 1e-5 * np.eye(10)
    slopes = [
        incidence_by_loop(model, theta + h, z, asked) - incidence_by_loop(model, theta - h, z, asked) for h in steps
    ]
    gradient = np.array(slopes) / 2e-5
    variance = gradient.T @ model.model.covariance @ gradient
    np.testing.assert_allclose(incidence["std_error"], np.sqrt(np.diagonal(variance)), rtol=1e-6)
    assert risk["std_error"].item() == pytest.approx(np.sqrt(variance.sum()), rel=1e-6)


@given(SPELLS, st.integers(0, 999))
@settings(deadline=None, max_examples=12)
def test_row_order_changes_nothing_and_weights_are_repeated_rows(spells: list[Spell], seed: int) -> None:
    frame = frame_of(spells)
    shuffled = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)

    fits = [
        discrete_hazard(cohort_of(rows, weight=weight), "route + age", interval=ENDS).frame.drop(columns="n")
        for rows, weight in ((frame, "w"), (shuffled, "w"), (repeated, None))
    ]

    pd.testing.assert_frame_equal(fits[0], fits[1], check_exact=False, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(fits[0], fits[2], check_exact=False, rtol=1e-9, atol=1e-9)


@given(SPELLS, LINKS)
@settings(deadline=None, max_examples=12)
def test_another_unit_rescales_only_time(spells: list[Spell], link: str) -> None:
    frame = frame_of(spells)
    months = frame.assign(duration=frame["duration"] * 12, entry=frame["entry"] * 12)

    years = discrete_hazard(cohort_of(frame), "route", interval=ENDS, link=link).frame  # type: ignore[arg-type]
    rescaled = discrete_hazard(
        cohort_of(months, unit="months"),
        "route",
        interval=[12 * end for end in ENDS],
        link=link,  # type: ignore[arg-type]
    ).frame

    pd.testing.assert_frame_equal(years.assign(time=years["time"] * 12), rescaled)


@given(SPELLS, LINKS)
@settings(deadline=None, max_examples=12)
def test_without_covariates_and_censored_at_ends_it_is_kaplan_meier(spells: list[Spell], link: str) -> None:
    frame = frame_of(spells)
    ends = np.array([0.0, *ENDS, 5.0])
    to_end = ends[np.searchsorted(ends, frame["duration"].clip(upper=5.0))]
    frame = frame.assign(duration=to_end, entry=0.0)
    cohort = cohort_of(frame, cause=False)

    model = discrete_hazard(cohort, "1", interval=ENDS, link=link)  # type: ignore[arg-type]
    risk, km = model.predict_risk(frame.head(1), at=4), leaving_within(cohort, years=4).frame

    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert risk[name].item() == pytest.approx(km[name].item(), rel=1e-8), name
