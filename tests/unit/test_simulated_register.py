"""Simulated register: its truth is what a large sample finds; its warts read back as the true spells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce_metrics.loaders.register import read_register
from workforce_metrics.simulation import Simulated, simulate_register
from workforce_metrics.simulation.leaving_model import (
    BASELINE,
    CAUSES,
    draw_leaving,
    incidence,
    relative_hazards,
    true_incidence,
)
from workforce_metrics.simulation.people import AGE_SHARE
from workforce_metrics.simulation.service_dates import anniversary, avoid_leap_day, draw_joining, leaving_date

DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def register() -> Simulated:
    return simulate_register(200_000, seed=7)


def test_incidence_is_the_integral_of_hazard_times_survival():
    relative = np.array([[1.0, 2.0, 0.5, 1.5]])
    found = incidence(relative, np.array([0.5, 2.0, 6.5]))[0]
    steps, width = 65_000, 1e-4
    middle = (np.arange(steps) + 0.5) * width
    hazard = relative[0][:, None] * BASELINE[:, middle.astype(int)]
    total = hazard.sum(axis=0) * width
    survival = np.exp(-(np.cumsum(total) - total / 2))
    each = np.cumsum(hazard * survival * width, axis=1)
    expected = each[:, [4_999, 19_999, 64_999]]
    assert found == pytest.approx(expected, abs=1e-9)  # midpoint rule: of the order of width squared


def test_drawn_leaving_agrees_with_incidence_by_cause():
    n = 200_000
    relative = np.tile([[1.2, 3.0, 4.0, 0.8]], (n, 1))
    years, cause = draw_leaving(np.random.default_rng(3), relative)
    expected = incidence(relative[:1], np.array([1.0, 5.0, 5.5, 30.0]))[0]
    for position in range(len(CAUSES)):
        for time_position, until in enumerate((1.0, 5.0, 5.5, 30.0)):
            found = np.mean((cause == position) & (years <= until))
            error = np.sqrt(expected[position, time_position] / n)
            assert abs(found - expected[position, time_position]) < 4 * error


def test_quadrature_over_burnout_agrees_with_a_fine_sum():
    grid = np.linspace(-10, 10, 20_001)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    fine = np.zeros((4, 5))
    for age_band, share in enumerate(AGE_SHARE[3]):
        relative = relative_hazards(
            route=np.full(len(grid), 3),
            age_band=np.full(len(grid), age_band),
            climate=np.full(len(grid), 0.7),
            burnout=grid,
        )
        fine += share * np.einsum("nct,n->ct", incidence(relative, np.arange(1.0, 6.0)), density)
    every = true_incidence(np.array([0.7]), np.array([1.0]), route_share=np.array([0.0, 0.0, 0.0, 1.0]))
    overall = every.query("group == 'overall'")["estimate"].to_numpy().reshape(4, 5)
    assert overall == pytest.approx(fine, abs=1e-9)


@given(
    st.floats(1e-6, 40),
    st.integers(1, 40),
    st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2030-12-31").date()),
)
def test_a_stay_ends_by_an_anniversary_exactly_if_it_is_no_longer(years, whole, day):
    joined = avoid_leap_day(np.array([day], dtype="datetime64[D]"))
    left = leaving_date(joined, np.array([years]))
    assert left[0] > joined[0]
    assert (left[0] <= anniversary(joined, np.array([whole]))[0]) == (years <= whole)


def test_joining_grows_to_twice_its_start_over_twelve_years():
    end = np.datetime64("2025-03-31")
    joined = draw_joining(np.random.default_rng(1), 200_000, end)
    first = np.datetime64("2013-03-31")
    assert joined.min() >= first
    assert joined.max() < end
    assert "02-29" not in {str(day)[5:] for day in np.unique(joined)}
    place = (joined - first) / (end - first)
    # density (2 / 3) (1 + x): mean 5 / 9, variance below the 1 / 12 of an even one; dates are whole days of 4,383
    assert place.mean() == pytest.approx(5 / 9, abs=5 * np.sqrt(1 / 12 / 200_000) + 1 / 4383)


def aalen_johansen(
    spells: pd.DataFrame, start: str, end: str, days: int
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Incidence by cause and risk, each with its standard error, by `days`; every day counted by hand."""
    joined, left = spells["joined"].to_numpy("datetime64[D]"), spells["left"].to_numpy("datetime64[D]")
    until = np.where(np.isnat(left), np.datetime64(end), left)
    entry = np.maximum((np.datetime64(start) - joined) / DAY, 0).astype(int)
    duration = ((until - joined) / DAY).astype(int)
    size = duration.max() + 2
    entered, ended = (np.cumsum(np.bincount(day, minlength=size)) for day in (entry, duration))
    at_risk = entered[:days] - ended[:days]  # entry < t <= duration, t = 1 to days
    events = np.array(
        [np.bincount(duration[spells["cause"] == cause], minlength=size)[1 : days + 1] for cause in CAUSES]
    )
    total = events.sum(axis=0)
    survival = np.cumprod(1 - total / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    by_cause = (before * events / at_risk).sum(axis=1)
    by_cause_error = np.sqrt((before**2 * events / at_risk**2).sum(axis=1))  # what other causes add is left out
    greenwood = (total / (at_risk * (at_risk - total))).sum()
    return by_cause, by_cause_error, 1 - survival[-1], float(survival[-1] * np.sqrt(greenwood))


def test_risk_by_route_estimated_with_delayed_entry_lies_about_the_truth(register: Simulated):
    route = register.extract.drop_duplicates("PIN").set_index("PIN")["route"].astype(str)
    spells = register.truth["spells"]
    of_spell = spells["person_id"].map(route)
    for (name, years), true_risk in register.truth["risk"].set_index(["route", "time"])["estimate"].items():
        _, _, risk, error = aalen_johansen(
            spells[of_spell == name], "2018-04-01", "2025-03-31", int(np.floor(years * 365.25))
        )
        assert abs(risk - true_risk) < 4 * error, (name, years)


def test_incidence_by_cause_estimated_with_delayed_entry_lies_about_the_truth(register: Simulated):
    route = register.extract.drop_duplicates("PIN").set_index("PIN")["route"].astype(str)
    spells = register.truth["spells"]
    mine = spells[spells["person_id"].map(route) == "UK degree"]
    truth = register.truth["incidence"].query("route == 'UK degree' and time == 5").set_index("cause")["estimate"]

    by_cause, error, _, _ = aalen_johansen(mine, "2018-04-01", "2025-03-31", 1826)

    assert (np.abs(by_cause - truth.loc[list(CAUSES)]) < 4 * error).all()
    assert truth.sum() == pytest.approx(
        register.truth["risk"].query("route == 'UK degree' and time == 5")["estimate"].item(), abs=1e-12
    )


def test_ignoring_delayed_entry_misses_the_truth(register: Simulated):
    truth = register.truth["risk_overall"].query("time == 5")["estimate"].item()
    _, _, right, error = aalen_johansen(register.truth["spells"], "2018-04-01", "2025-03-31", 1826)
    _, _, wrong, _ = aalen_johansen(register.truth["spells"], "1900-01-01", "2025-03-31", 1826)
    assert abs(right - truth) < 4 * error
    assert wrong < truth - 10 * error


def test_overall_risk_is_the_mix_of_organisations(register: Simulated):
    by_organisation = register.truth["risk_by_organisation"].query("time == 5").set_index("org_name")["estimate"]
    share = register.truth["organisations"].set_index("org_name")["population_share"]
    overall = register.truth["risk_overall"].query("time == 5")["estimate"].item()
    assert (by_organisation * share).sum() == pytest.approx(overall, abs=1e-12)


def test_the_extract_holds_nobody_who_had_left_before_the_window(register: Simulated):
    spells = register.truth["spells"]
    assert (spells["left"].isna() | (spells["left"] > "2018-04-01")).all()
    assert (spells["left"].isna() | (spells["left"] <= "2025-03-31")).all()
    assert (spells["joined"] < "2018-04-01").mean() > 0.2
    assert register.extract["PIN"].nunique() < 200_000


def test_rows_joined_over_gaps_of_183_days_are_the_true_spells(register: Simulated):
    rows = register.extract.assign(
        joined=pd.to_datetime(register.extract["First registration"]), left=pd.to_datetime(register.extract["Lapsed"])
    )
    gap = (rows["joined"] - rows.groupby("PIN")["left"].shift()).dt.days
    assert gap.dropna().min() >= 7
    assert not gap.between(151, 200).any()  # lapses are shorter than the tolerance, returns longer
    assert (gap > 200).mean() > 0.01
    starts = ~gap.le(183)
    assert starts.sum() == len(register.truth["spells"]) == len(rows) - gap.le(183).sum()
    first = rows.groupby(starts.cumsum())["joined"].first()
    assert (first.to_numpy() == register.truth["spells"]["joined"].to_numpy()).all()


def test_the_burnt_out_leave_more(register: Simulated):
    people = register.truth["people"].set_index("person_id")["burnout"]
    spells = register.truth["spells"].drop_duplicates("person_id")
    by_cause = people.loc[spells["person_id"]].groupby(spells["cause"].to_numpy()).mean()
    assert by_cause["ill_health"] > by_cause["voluntary"] > 0.2
    assert abs(by_cause["end_of_contract"]) < 0.1


@pytest.mark.parametrize(("seed", "observed_from"), [(1, "2018-04-01"), (2, "2010-01-01"), (3, "2024-02-29")])
def test_a_register_with_warts_reads_back_as_the_true_spells(seed, observed_from, tmp_path):
    dirty = simulate_register(5000, seed=seed, observed_from=observed_from, warts=True)
    path = tmp_path / "register.csv"
    dirty.extract.to_csv(path, index=False)

    register = read_register(
        path,
        columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
        observed_from=observed_from,
        observed_to="2025-03-31",
        date_formats=["%Y-%m-%d", "%d/%m/%Y"],
        rejoin_within_days=183,
        definition="left the register",
    )

    found = register.spells[["person_id", "joined", "left"]].astype({"person_id": "object"})
    found["cause"] = register.spells["reason"].astype("object").map(dirty.truth["causes"])
    found = found.sort_values(["person_id", "joined"], ignore_index=True)
    wanted = dirty.truth["spells"].sort_values(["person_id", "joined"], ignore_index=True)
    assert (found[["person_id", "joined"]] == wanted[["person_id", "joined"]]).all(axis=None)
    assert found["left"].equals(wanted["left"])
    assert (found["cause"].fillna("none") == wanted["cause"].fillna("none")).all()
    warts = dirty.truth["warts"]
    set_aside = ["a repeated row", *warts.loc["no date of joining":].index]
    assert register.report.n_set_aside == warts.loc[set_aside].sum()


def test_dates_written_day_first_fit_no_other_order_and_are_counted():
    dirty = simulate_register(3000, seed=2, warts=True)
    dates = pd.concat([dirty.extract["First registration"], dirty.extract["Lapsed"]]).dropna()
    day_first = dates[dates.str.fullmatch(r"\d\d/\d\d/\d{4}") & (dates != "31/02/2021")]
    assert len(day_first) == dirty.truth["warts"]["a date as day/month/year"] > 100
    assert (day_first.str[:2].astype(int) > 12).all()
