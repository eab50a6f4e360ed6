"""Equations that reading any register must keep."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workforce_metrics.extracts import Register
from workforce_metrics.loaders.register import read_register

START = dt.date(2020, 1, 1)
LAST = 60
PERSON = st.sampled_from(["a", "b", "c"])
DAY = st.integers(0, LAST)
ROW = st.tuples(PERSON, DAY, st.one_of(st.none(), st.integers(0, LAST + 10)), st.sampled_from(["x", "y", None]))
ROWS = st.lists(st.tuples(ROW, st.sampled_from(["UK", "EU"])), min_size=1, max_size=12)
GAP = st.integers(0, 8)


def on(day: int | None) -> dt.date | None:
    return None if day is None else START + dt.timedelta(days=day)


def source(rows: list[tuple[tuple[str, int, int | None, str | None], str]]) -> pd.DataFrame:
    # one good row of somebody else's, so that there is always one to keep
    full = [*rows, (("z", 0, None, None), "UK")]
    data = [(who, on(joined), on(left), why, route) for (who, joined, left, why), route in full]
    frame = pd.DataFrame(data, columns=["person_id", "joined", "left", "reason", "route"])
    return frame.assign(joined=pd.to_datetime(frame["joined"]), left=pd.to_datetime(frame["left"]))


def read(frame: pd.DataFrame, gap: int, observed_from: dt.date | None = None) -> Register:
    roles = {role: role for role in ("person_id", "joined", "left", "reason")}
    return read_register(
        frame,
        columns=roles,
        definition="left",
        observed_from=observed_from,
        observed_to=on(LAST),
        rejoin_within_days=gap,
    )


def plain(register: Register) -> list[tuple[object, ...]]:
    table = register.spells.astype(object)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in table.itertuples(index=False)]


def days(table: pd.DataFrame, person: str) -> set[int]:
    """Return the days, counted from START, on which a person was there, up to the last observed if still there."""
    present: set[int] = set()
    for row in table[table["person_id"] == person].itertuples():
        first = (row.joined.date() - START).days
        present |= set(range(first, LAST + 1 if pd.isna(row.left) else (row.left.date() - START).days))
    return present


@given(ROWS, GAP, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(rows, gap, random) -> None:
    frame = source(rows)
    shuffled = frame.sample(frac=1, random_state=random.randrange(2**32)).reset_index(drop=True)

    first, second = read(frame, gap), read(shuffled, gap)

    assert plain(first) == plain(second)
    pd.testing.assert_frame_equal(first.report.frame, second.report.frame)


@given(ROWS, GAP, DAY)
@settings(max_examples=60, deadline=None)
def test_rows_read_are_rows_kept_and_rows_set_aside(rows, gap, start) -> None:
    frame = source(rows)
    register = read(frame, gap, None if start == LAST else on(start))
    report = register.report

    aside = report.frame.loc[report.frame["action"] == "row set aside", "n"].sum()

    assert report.n_read == len(frame) == report.n_kept + aside
    merged = sum(
        map(report.count, ("overlapping spells joined", "same-day transfer joined", "re-joined within tolerance"))
    )
    assert len(register) == report.n_kept - merged


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_merging_keeps_every_day_of_presence_and_adds_none(rows) -> None:
    frame = source(rows)
    left = frame["left"].where(frame["left"] <= pd.Timestamp(on(LAST)))
    usable = frame.assign(left=left)[frame["left"].isna() | (frame["left"] > frame["joined"])]

    table = read(frame, 0).spells

    for person in ("a", "b", "c"):
        assert days(table, person) == days(usable, person)


@given(ROWS, GAP)
@settings(max_examples=60, deadline=None)
def test_spells_of_a_person_lie_further_apart_than_the_tolerance(rows, gap) -> None:
    table = read(source(rows), gap).spells

    for _, spells in table.groupby("person_id", observed=True):
        assert spells["left"].iloc[:-1].notna().all()
        apart = spells["joined"].iloc[1:].reset_index(drop=True) - spells["left"].iloc[:-1].reset_index(drop=True)
        assert (apart > dt.timedelta(days=gap)).all()


@given(ROWS, GAP)
@settings(max_examples=60, deadline=None)
def test_reading_the_spells_again_gives_the_spells(rows, gap) -> None:
    once = read(source(rows), gap)

    twice = read(once.spells, gap)

    assert plain(twice) == plain(once)
    assert twice.report.n_set_aside == 0


@given(ROWS, GAP, st.data())
@settings(max_examples=60, deadline=None)
def test_a_spell_cut_in_two_on_a_day_is_the_same_spell(rows, gap, data) -> None:
    whole = read(source(rows), gap)
    table = whole.spells
    position = data.draw(st.integers(0, len(table) - 1))
    joined, left = table["joined"].iloc[position], table["left"].iloc[position]
    length = ((pd.Timestamp(on(LAST)) if pd.isna(left) else left) - joined).days
    if length < 2:
        return
    middle = joined + dt.timedelta(days=data.draw(st.integers(1, length - 1)))
    head, tail = (
        table.iloc[[position]].assign(left=middle, reason="moved"),
        table.iloc[[position]].assign(joined=middle),
    )
    rest = table.drop(index=table.index[position])

    cut = read(pd.concat([rest, head, tail]).astype({"reason": object, "route": object}), gap)

    assert plain(cut) == plain(whole)
    assert cut.report.count("same-day transfer joined") == 1
