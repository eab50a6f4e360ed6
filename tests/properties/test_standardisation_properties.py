"""Standardised risks and forecasts on random small data: equations that always hold."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import assume, given, settings

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.discrete_hazard import discrete_hazard
from workforce_metrics.survival.forecast import forecast_leaving
from workforce_metrics.survival.standardisation import standardised_risk


def fitted(seed: int) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 80))
    people = pd.DataFrame(
        {"unit": rng.choice(["a", "b"], n), "age": rng.integers(0, 3, n), "why": rng.choice(["x", "y"], n)}
    )
    people = people.assign(t=rng.integers(1, 5, n), left=rng.random(n) < 0.5, served=rng.integers(0, 3, n))
    people = people.assign(entry=np.minimum(rng.integers(0, 2, n), people["t"] - 1))
    cohort = Cohort.from_frame(people, duration="t", event="left", entry="entry", cause="why", time_unit="years")
    try:
        return people, discrete_hazard(cohort, "unit + age", interval=[1, 2, 4])
    except InvalidDataError:  # separation
        assume(False)
        raise


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_causes_add_up_and_equal_the_average_of_predictions(seed: int) -> None:
    people, model = fitted(seed)
    try:
        found = standardised_risk(model, people, over="unit", at=3).frame
    except InvalidDataError:  # hazards by the causes add up to 1 or more
        assume(False)
    wide = found.pivot_table(index="unit", columns="cause", values="estimate", observed=False)

    np.testing.assert_allclose(wide["x"] + wide["y"], wide["any cause"], rtol=1e-9)
    for unit in ("a", "b"):
        direct = model.predict_risk(people.assign(unit=unit), at=3)["estimate"].mean()
        np.testing.assert_allclose(wide["any cause"][unit], direct, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_forecasts_add_up_over_years_causes_and_groups(seed: int) -> None:
    people, model = fitted(seed)
    try:
        found = forecast_leaving(model, people, served="served", years=2, by="unit").frame
        whole = forecast_leaving(model, people, served="served", years=2).frame
    except InvalidDataError:
        assume(False)
    sums = found.pivot_table(index=["unit", "time"], columns=["term", "cause"], values="estimate", observed=False)
    in_year, by_end = sums["in the year"], sums["by its end"]
    keys = ["time", "cause", "term"]

    np.testing.assert_allclose(in_year["x"] + in_year["y"], in_year["any cause"], rtol=1e-9)
    np.testing.assert_allclose(in_year.groupby("unit").cumsum(), by_end, rtol=1e-9)
    total = found.groupby(keys, observed=False)["estimate"].sum()
    np.testing.assert_allclose(total, whole.set_index(keys)["estimate"].loc[total.index], rtol=1e-9)
    assert (found["conf_low"] <= found["estimate"] + 1).all()
    assert (found["conf_high"] >= found["estimate"] - 1).all()
    assert (found["conf_high"] <= found["n"]).all()
