"""Bounds of a pooled risk: every order of what happens inside the spans, and every hidden person, gone through."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.survival.pooled_bounds import SpanTotals, bounds_of_staying

House = tuple[int, int, int, int]
"""At risk now; leavings, censorings and entries still to come in the span."""


def extremes(spans: list[list[tuple[int, int, int]]], at_risk: tuple[int, ...], hidden: int) -> tuple[float, float]:
    """The least and greatest product of 1 - 1 / r over all orders, by going through them.

    `spans` holds (leavings, censorings, entries) by span and house. Leavings at one time are leavings one after the other,
    censorings at that time come after them, entries after that: every table is one of these orders. A hidden person may
    be there from the start or enter at any time, leave, be censored or stay.
    """

    @cache
    def best(span: int, houses: tuple[House, ...], away: int, there: int) -> tuple[float, float]:
        total = sum(house[0] for house in houses) + there
        found: list[tuple[float, float]] = []

        def moved(factor: float, span: int, houses: tuple[House, ...], away: int, there: int) -> None:
            low, high = best(span, houses, away, there)
            found.append((factor * low, factor * high))

        if not any(sum(house[1:]) for house in houses):
            if span + 1 == len(spans):
                found.append((1.0, 1.0))
            else:
                pairs = zip(houses, spans[span + 1], strict=True)
                moved(1.0, span + 1, tuple((house[0], *coming) for house, coming in pairs), away, there)
        for place, (risk, leave, censor, enter) in enumerate(houses):
            def put(house: House, place: int = place) -> tuple[House, ...]:
                return (*houses[:place], house, *houses[place + 1 :])

            if risk and leave:
                moved(1 - 1 / total, span, put((risk - 1, leave - 1, censor, enter)), away, there)
            if risk and censor:
                moved(1.0, span, put((risk - 1, leave, censor - 1, enter)), away, there)
            if enter:
                moved(1.0, span, put((risk + 1, leave, censor, enter - 1)), away, there)
        if away:
            moved(1.0, span, houses, away - 1, there + 1)
        if there:
            moved(1 - 1 / total, span, houses, away, there - 1)
            moved(1.0, span, houses, away, there - 1)
        lows, highs = zip(*found, strict=True) if found else ((np.inf,), (-np.inf,))
        return min(lows), max(highs)

    start = tuple((risk, *coming) for risk, coming in zip(at_risk, spans[0], strict=True))
    results = [best(0, start, hidden - there, there) for there in range(hidden + 1)]
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

    most = max(int(table.counts.group_people.max()) for table in tables)
    found = wm.pooled_risk_bounds(shared, years=4, hidden_at_most=most).frame
    truth = wm.leaving_within(wm.RiskTable.pooled(tables), years=4).frame

    assert (found["possible_low"] <= truth["estimate"] + 1e-12).all()
    assert (truth["estimate"] <= found["possible_high"] + 1e-12).all()
    some = found[found["n"] > 0]
    assert ((some["possible_low"] <= some["estimate"]) & (some["estimate"] <= some["possible_high"])).all()
    assert found.loc[found["n"] == 0, ["possible_low", "possible_high"]].isin([0.0, 1.0]).all().all()
    assert (found["n"] + found["n_missing"] >= truth["n"]).all()
