"""Period risks and joining years against counts made day by day from the register's dates."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from agreement import agree
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError, RiskSetWarning

START, END = dt.date(2019, 1, 1), dt.date(2023, 12, 31)
SPELL = st.tuples(st.integers(0, 1800), st.sampled_from([1, 30, 200, 364, 365, 366, 367, 500, 730, 731, 900, None]))
SPELLS = st.lists(SPELL, min_size=1, max_size=14)
Spell = tuple[dt.date, dt.date | None]


def dated(spells: list[tuple[int, int | None]]) -> list[Spell]:
    """Return joining and leaving dates; who leaves after the window is still there."""
    found = []
    for joined, days in spells:
        first = START + dt.timedelta(days=joined)
        left = None if days is None else first + dt.timedelta(days=days)
        found.append((first, left if left is not None and left <= END else None))
    return found


def register_of(spells: list[Spell]) -> wm.Register:  # type: ignore[name-defined]
    rows = pd.DataFrame(
        {
            "PIN": [f"p{row}" for row in range(len(spells))],
            "on": [str(joined) for joined, _ in spells],
            "off": [None if left is None else str(left) for _, left in spells],
        }
    )
    return wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "on", "left": "off"}, observed_from=None, observed_to=str(END),
        date_formats=["%Y-%m-%d"], definition="left the register",
    )  # fmt: skip


def anniversary(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def risk_by_days(spells: list[Spell], first: dt.date, last: dt.date, years: int) -> tuple[float | None, int]:
    """Return the risk within `years` at the rates of a period, and the leavings in it; None where nobody got so far.

    Everybody is asked on each of their days since joining whether it lies in the period, and whether they left on it;
    the day of the anniversary is the same day for all.
    """
    final = int(np.ceil(365.25 * years))
    at_risk, left_on = np.zeros(final + 1), np.zeros(final + 1)
    for joined, left in spells:
        whole, day = anniversary(joined, years), joined
        while day < whole and (left is None or day < left) and day < last:
            day += dt.timedelta(days=1)
            number = final if day == whole else (day - joined).days
            at_risk[number] += day >= first
            left_on[number] += day >= first and day == left
            if day == whole:  # the days that others' years are longer by
                at_risk[(whole - joined).days : final] += day >= first
    stay = np.prod([1 - d / n for n, d in zip(at_risk, left_on, strict=True) if n])
    known = at_risk[final] > 0 or stay == 0
    return (float(1 - stay) if known else None), int(left_on.sum())


@pytest.mark.validates("period_risk", against="a count of every person's days", data="150 random registers")
@given(SPELLS, st.integers(0, 1700), st.integers(30, 700), st.integers(1, 2))
@settings(max_examples=150, deadline=None)
def test_period_risk_is_that_of_days_in_the_period(
    drawn: list[tuple[int, int | None]], opens: int, length: int, years: int
) -> None:
    spells = dated(drawn)
    first = START + dt.timedelta(days=opens)
    last = min(first + dt.timedelta(days=length), END)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        try:
            found = wm.period_risk(register_of(spells), periods=[(str(first), str(last))], horizon_years=years).frame
        except InvalidDataError:  # nobody was at risk in the period
            assert risk_by_days(spells, first, last, years) == (None, 0)
            return

    risk, n_event = risk_by_days(spells, first, last, years)
    assert found["n_event"][0] == n_event
    assert np.isnan(found["estimate"][0]) == (risk is None)
    if risk is not None:
        agree(found["estimate"][0], risk, atol=1e-12, what="estimate")


@pytest.mark.validates("joining_years", against="shares counted from the dates", data="60 random registers")
@given(SPELLS)
@settings(max_examples=60, deadline=None)
def test_what_joining_years_observed_is_the_share_that_left(drawn: list[tuple[int, int | None]]) -> None:
    spells = dated(drawn)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        table = wm.joining_years(register_of(spells), horizon_years=3).frame

    for row in table.to_dict("records"):
        own = [(joined, left) for joined, left in spells if str(joined.year) == row["joining_year"]]
        ends = [anniversary(joined, int(row["time"])) for joined, _ in own]
        assert (row["term"] == "observed") == (max(ends) <= END)
        if row["term"] == "observed":
            gone = [left is not None and left <= end for (_, left), end in zip(own, ends, strict=True)]
            agree(row["estimate"], np.mean(gone), atol=1e-12, what="estimate observed")
            assert row["n_event"] == sum(gone)
