"""Small random histories against the words, row for row, however the snapshots are stored."""

# ruff: noqa: S311 - the files need not be unpredictable, only the same every time

from __future__ import annotations

import datetime as dt
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

sys.path.append(str(Path(__file__).parent))

from snapshots_by_the_words import KEY_OF, Post, Spell, changes_by_the_words, spells_by_the_words

import workforce_metrics as wm
from workforce_metrics.extracts import Register

DAYS = [dt.date(2020, 1, 31), dt.date(2020, 2, 29), dt.date(2020, 3, 31), dt.date(2020, 6, 30), dt.date(2020, 7, 31)]
COLUMNS = {
    "person_id": "pid",
    "period": "period",
    "organisation": "org",
    "staff_group": "group",
    "active": "active",
    "fte": "fte",
    "joined": "on",
    "post": "post",
}
LAYOUTS = ["frame", "files", "one unsorted file", "spilled", "text"]


@st.composite
def posts(draw: st.DrawFn) -> Post:
    period = draw(st.sampled_from([*DAYS, *DAYS, None] if draw(st.booleans()) else DAYS))
    near = [dt.date(1900, 1, 1), dt.date(2019, 5, 5), None]
    if period is not None:
        near += [period + dt.timedelta(days=days) for days in (-70, -20, -1, 0, 3)]
    return Post(
        person=draw(st.sampled_from(["a", "b", "9", "10", None])),
        period=period,
        organisation=draw(st.sampled_from(["A", "B", None])),
        staff_group=draw(st.sampled_from(["x", "y", None])),
        active=draw(st.sampled_from([True, True, False, None])),
        fte=draw(st.sampled_from([None, 0.5, 1.0, 3.0, -0.1])),
        joined=draw(st.sampled_from(near)),
        post=draw(st.sampled_from(["p", "q", None])),
        covariates=(draw(st.sampled_from(["u", "v", None])),),
    )


def frame_of(rows: Sequence[Post]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [
            (r.person, r.period, r.organisation, r.staff_group, r.active, r.fte, r.joined, r.post, *r.covariates)
            for r in rows
        ],
        columns=[*COLUMNS.values(), "grade"],
    )
    return frame.astype({"active": "boolean", "fte": "float64"})


def table_of(rows: Sequence[Post]) -> pa.Table:
    frame = frame_of(rows)
    types = {"fte": pa.float64(), "active": pa.bool_(), "period": pa.date32(), "on": pa.date32()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in frame.columns])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def stored(rows: list[Post], layout: str, folder: Path) -> object:
    """Return a source that holds the rows in another order, in one of the ways in which snapshots are kept."""
    order = random.Random(len(rows))
    rows = order.sample(rows, len(rows))
    if layout == "frame":
        return frame_of(rows)
    for old in folder.iterdir():
        old.unlink()
    if layout == "text":
        frame_of(rows).astype({"active": object}).to_csv(folder / "all.csv", index=False)
    elif layout == "files":
        for day in {row.period for row in rows}:
            here = [row for row in rows if row.period == day]
            for part in range(2):  # a period may be split over files
                if here[part::2]:
                    parquet.write_table(table_of(here[part::2]), folder / f"{day}_{part}.parquet", row_group_size=3)
    else:
        parquet.write_table(table_of(rows), folder / "all.parquet", row_group_size=4)
    return folder


def plain(value: object) -> object:
    return None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value


def changes_in(register: Register) -> list[tuple[object, ...]]:
    names = ["person_id", "seen_from", "valid_from", "organisation", "staff_group", "grade"]
    changes = register.changes
    assert (register.spells["person_id"].to_numpy()[changes["spell"]] == changes["person_id"]).all()
    return [tuple(map(plain, row)) for row in changes[names].itertuples(index=False)]


def spells_in(register: Register) -> list[Spell]:
    return [
        Spell(*(plain(cell) for cell in row[1:7]), (plain(row.grade),), *(plain(cell) for cell in row[8:11]))
        for row in register.spells.itertuples()
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(posts(), min_size=4, max_size=30),
    policy=st.tuples(st.sampled_from(["largest_fte", "first", "all"]), st.sampled_from([0, 0, 1, 2]), st.booleans()),
)
def test_small_histories_equal_those_made_by_the_words(
    rows: list[Post], policy: tuple[str, int, bool], layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = {"posts": policy[0], "gap_periods": policy[1], "dated_at": "end" if policy[2] else "middle"}
    kept = [row for row in rows if row.person is not None and row.period is not None]
    assume(len({row.period for row in kept}) >= policy[1] + 2 and any(row.active for row in kept))
    expected = {name: spells_by_the_words(rows, definition=name, **how) for name in KEY_OF}
    if layout == "spilled":
        monkeypatch.setattr("workforce_metrics.loaders.snapshots.sweep.SHARE_THAT_WAITS", 10**12)

    registers = wm.read_snapshots_by_definition(
        stored(rows, layout, tmp_path),
        columns=COLUMNS,
        definitions=list(KEY_OF),
        covariates=["grade"],
        changes=True,
        active_values=["True"] if layout == "text" else None,
        min_recurring=0,
        **how,
    )

    for definition, register in registers.items():
        assert spells_in(register) == expected[definition], definition
        assert changes_in(register) == changes_by_the_words(rows, definition=definition, **how), definition
        assert (register.report.n_read, register.report.n_kept) == (len(rows), len(kept))
