"""Bridges: what other packages get, and what they must not get."""

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.survival.bridges import to_lifelines, to_scikit_survival, to_start_stop
from workforce_metrics.survival.cox import cox


def staff() -> pd.DataFrame:
    random = np.random.default_rng(3)
    month = random.integers(1, 40, 200)
    return pd.DataFrame(
        {
            "month": month,
            "left": random.random(200) < 0.5,
            "from": np.minimum(random.integers(0, 10, 200), month - 1),
            "reason": random.choice(["moved", "retired"], 200),
            "weight_of": random.integers(1, 4, 200),
            "age": random.normal(40, 10, 200),
        }
    )


def cohort(**roles: str) -> wm.Cohort:
    used = ["month", "left", "age", *roles.values()]
    return wm.Cohort.from_frame(staff()[used], duration="month", event="left", time_unit="months", **roles)


def test_lifelines_fits_the_same_model_as_ours() -> None:
    from lifelines import CoxPHFitter

    ours = cohort(entry="from")

    theirs = CoxPHFitter().fit(
        to_lifelines(ours), duration_col="duration", event_col="event", entry_col="entry", formula="age"
    )

    assert theirs.params_["age"] == pytest.approx(cox(ours, "age").frame["estimate"].iloc[0], abs=1e-6)


def test_lifelines_columns_by_what_the_cohort_has() -> None:
    assert list(to_lifelines(cohort())) == ["duration", "event", "age"]
    full = to_lifelines(cohort(entry="from", cause="reason", weight="weight_of"))

    assert list(full) == ["duration", "event", "entry", "weight", "cause", "age"]
    assert ((full["cause"] > 0) == (full["event"] == 1)).all()


def test_scikit_survival_takes_outcomes_and_refuses_what_it_does_not_know() -> None:
    covariates, outcome = to_scikit_survival(cohort(cause="reason"))

    assert outcome.dtype.names == ("event", "time")
    assert outcome["event"].tolist() == staff()["left"].tolist()
    assert outcome["time"].tolist() == staff()["month"].tolist()
    assert list(covariates) == ["age"]
    with pytest.raises(InvalidDataError, match="enter late"):
        to_scikit_survival(cohort(entry="from"))
    with pytest.raises(InvalidDataError, match="weight"):
        to_scikit_survival(cohort(weight="weight_of"))


def test_start_stop_comes_back_as_the_same_cohort() -> None:
    ours = cohort(entry="from", cause="reason", weight="weight_of")

    rows = to_start_stop(ours)
    back = wm.Cohort.from_frame(
        rows, duration="stop", event="event", entry="start", cause="cause", weight="weight", time_unit="months"
    )

    pd.testing.assert_frame_equal(back.frame, ours.frame, check_dtype=False)


def test_bridges_refuse_taken_names_empty_spells_and_other_things() -> None:
    taken = wm.Cohort.from_frame(
        staff().assign(event=1)[["month", "left", "event"]], duration="month", event="left", time_unit="months"
    )
    empty = wm.Cohort.from_frame(
        pd.DataFrame({"month": [0, 2], "left": [True, False]}), duration="month", event="left", time_unit="months"
    )

    with pytest.raises(InvalidDataError, match="rename"):
        to_lifelines(taken)
    with pytest.raises(InvalidDataError, match="no length"):
        to_start_stop(empty)
    for bridge in (to_lifelines, to_scikit_survival, to_start_stop):
        with pytest.raises(InvalidArgumentError, match="Cohort"):
            bridge(staff())


def test_what_a_bridge_gives_is_a_copy() -> None:
    ours = cohort()

    for table in (to_lifelines(ours), to_start_stop(ours), to_scikit_survival(ours)[0]):
        table["age"] = 0.0

    assert ours.covariates["age"].to_numpy().any()
