"""Bounds of a pooled risk: every order of what happens inside the spans, and every hidden person, gone through."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.survival.pooled_bounds import SpanTotals, bounds_of_staying

House = tuple[int, int, int, int]
"""At risk now; leavings, censorings and entries still to come in the span."""


@dataclass(frozen=True)
class State:
    """Where a history stands."""

    span: int
    houses: tuple[House, ...]
    away: int
    there: int
    """Hidden people who may still come, and who are at risk."""

    def with_house(self, place: int, house: House) -> "State":
        return replace(self, houses=(*self.houses[:place], house, *self.houses[place + 1 :]))


def moves(state: State) -> Iterator[tuple[float, State]]:
    """Everything that may happen next in the span, with the factor by which the estimate changes."""
    leaving = 1 - 1 / max(sum(house[0] for house in state.houses) + state.there, 1)
    for place, (risk, leave, censor, enter) in enumerate(state.houses):
        if risk and leave:
            yield leaving, state.with_house(place, (risk - 1, leave - 1, censor, enter))
        if risk and censor:
            yield 1.0, state.with_house(place, (risk - 1, leave, censor - 1, enter))
        if enter:
            yield 1.0, state.with_house(place, (risk + 1, leave, censor, enter - 1))
    if state.away:
        yield 1.0, replace(state, away=state.away - 1, there=state.there + 1)
    if state.there:
        yield leaving, replace(state, there=state.there - 1)
        yield 1.0, replace(state, there=state.there - 1)


def extremes(spans: list[list[tuple[int, int, int]]], at_risk: tuple[int, ...], hidden: int) -> tuple[float, float]:
    """The least and greatest product of 1 - 1 / r over all orders, by going through them.

    `spans` holds (leavings, censorings, entries) by span and house. Leavings at one time are leavings one after the
    other, censorings at that time come after them, entries after that: every table is one of these orders. A hidden
    person may be there from the start or enter at any time, leave, be censored or stay.
    """

    @cache
    def best(state: State) -> tuple[float, float]:
        found = [tuple(factor * bound for bound in best(after)) for factor, after in moves(state)]
        if not any(sum(house[1:]) for house in state.houses):
            if state.span + 1 == len(spans):
                found.append((1.0, 1.0))
            else:
                coming = zip(state.houses, spans[state.span + 1], strict=True)
                houses = tuple((house[0], *counts) for house, counts in coming)
                found.append(best(replace(state, span=state.span + 1, houses=houses)))
        return min(low for low, _ in found), max(high for _, high in found)

    start = tuple((risk, *counts) for risk, counts in zip(at_risk, spans[0], strict=True))
    results = [best(State(0, start, hidden - there, there)) for there in range(hidden + 1)]
    return min(low for low, _ in results), max(high for _, high in results)


def totals(spans: list[list[tuple[int, int, int]]], at_risk: tuple[int, ...]) -> SpanTotals | None:
    """The counts by house and span; None where more would leave than there are."""
    risk, rows = np.array(at_risk, dtype=float), []
    for span in spans:
        leave, censor, enter = np.array(span, dtype=float).T
        rows.append((risk, leave, censor, enter))
        risk = risk - leave - censor + enter
        if (risk < 0).any():
            return None
    return SpanTotals(*(np.array(part).T for part in zip(*rows, strict=True)))


FEW = st.integers(0, 2)
SPANS = st.lists(st.lists(st.tuples(FEW, FEW, FEW), min_size=2, max_size=2), min_size=1, max_size=2)


@settings(max_examples=120)
@given(spans=SPANS, at_risk=st.tuples(st.integers(0, 4), st.integers(0, 4)), hidden=st.integers(0, 2))
def test_no_order_and_no_hidden_person_goes_beyond_the_bounds(
    spans: list[list[tuple[int, int, int]]], at_risk: tuple[int, int], hidden: int
) -> None:
    shown = totals(spans, at_risk)
    assume(shown is not None)
    assert shown is not None

    low, high = bounds_of_staying(shown, hidden)
    least, greatest = extremes(spans, at_risk, hidden)

    assert high == pytest.approx(greatest, rel=1e-12, abs=1e-15)  # the lower bound of the risk is always attained
    assert low <= least + 1e-12
    if (shown.n_risk - shown.n_censor >= shown.n_event).all():
        assert low == pytest.approx(least, rel=1e-12, abs=1e-15)


def cohort_of(rng: np.random.Generator, n: int) -> wm.Cohort:
    entry = np.where(rng.random(n) < 0.3, rng.integers(0, 900, n), 0)
    duration = np.minimum(entry + np.ceil(rng.weibull(0.8, n) * 3000).astype(int) + 1, 1826)
    frame = pd.DataFrame(
        {"entry": np.minimum(entry, duration - 1), "day": duration, "left": (rng.random(n) < 0.8) & (duration < 1826),
         "group": rng.choice(["nurse", "midwife"], n, p=[0.8, 0.2])}
    )  # fmt: skip
    return wm.Cohort.from_frame(frame, duration="day", event="left", entry="entry", time_unit="days", definition="left")


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), by=st.sampled_from([None, "group"]))
def test_the_pooled_estimate_lies_within_the_bounds(seed: int, by: str | None) -> None:
    rng = np.random.default_rng(seed)
    tables = [wm.risk_table(cohort_of(rng, n), by=by) for n in (900, 250, 40)]
    years = [365.25 * year for year in (1, 2, 3, 4)]
    shared = [wm.suppress(table, times=years) for table in tables]

    if any(table.frame["time"].max() < years[-1] for table in shared):  # so few that the last span is not shown
        with pytest.raises(InvalidArgumentError, match="in every table"):
            wm.pooled_risk_bounds(shared, years=4, hidden_at_most=1)
        return
    most = max(int(table.counts.group_people.max()) for table in tables)
    found = wm.pooled_risk_bounds(shared, years=4, hidden_at_most=most).frame
    truth = wm.leaving_within(wm.RiskTable.pooled(tables), years=4).frame

    assert (found["possible_low"] <= truth["estimate"] + 1e-12).all()
    assert (truth["estimate"] <= found["possible_high"] + 1e-12).all()
    some = found[found["n"] > 0]
    assert ((some["possible_low"] <= some["estimate"]) & (some["estimate"] <= some["possible_high"])).all()
    assert found.loc[found["n"] == 0, ["possible_low", "possible_high"]].isin([0.0, 1.0]).all().all()
    assert (found["n"] + found["n_missing"] >= truth["n"]).all()
