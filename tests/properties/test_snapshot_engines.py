"""Every engine finds the spells that the words say, row for row, whatever the frame."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))

from snapshot_histories import (
    A_DOZEN,
    COVARIATES,
    EVERY_DEFINITION,
    EVERY_SETTING,
    ROLES,
    as_files_hold_them,
    as_rows,
    as_table,
    check_registers,
    found,
    many_posts,
    settings_for_files,
    settings_of,
    some_posts,
)
from snapshots_by_the_words import Post, changes_by_the_words, spells_by_the_words

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.snapshots.lazy_registers import read_lazy
from workforce_metrics.simulation import simulate_snapshots


def of_polars(table: pa.Table) -> object:
    return pl.from_arrow(table).lazy()


def of_pandas(table: pa.Table) -> object:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def of_duckdb(table: pa.Table) -> object:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")
    return duckdb.connect().from_arrow(table)


FRAMES = [of_polars, of_pandas, of_duckdb]
each_frame = pytest.mark.parametrize("frame_of", FRAMES, ids=lambda function: function.__name__)
FrameOf = Callable[[pa.Table], object]


def check_a_few(frame_of: FrameOf, rows: list[Post], asked: dict[str, object]) -> None:
    try:
        expected = as_rows(spells_by_the_words(rows, **asked))
    except ValueError:  # too few snapshots
        with pytest.raises(InvalidDataError):
            found(frame_of(as_table(rows)), **asked)
        return
    assert found(frame_of(as_table(rows)), **asked) == expected


@settings(max_examples=80)
@given(rows=some_posts(), asked=st.sampled_from(EVERY_SETTING))
def test_spells_of_a_few_people_are_those_by_the_words(rows: list[Post], asked: dict[str, object]):
    check_a_few(of_polars, rows, asked)


@pytest.mark.parametrize("frame_of", [of_pandas, of_duckdb], ids=lambda function: function.__name__)
@settings(max_examples=8)
@given(rows=some_posts(), asked=st.sampled_from(EVERY_SETTING))
def test_on_other_frames_too(frame_of: FrameOf, rows: list[Post], asked: dict[str, object]):
    check_a_few(frame_of, rows, asked)


@each_frame
def test_spells_of_many_people_are_those_by_the_words_whatever_is_asked(frame_of: FrameOf):
    rows = many_posts(seed=1, n_people=60)
    frame = frame_of(as_table(rows))
    for asked in EVERY_SETTING[::2] if frame_of is of_polars else A_DOZEN:
        assert found(frame, **asked) == as_rows(spells_by_the_words(rows, **asked))


def test_changes_are_those_by_the_words():
    rows = many_posts(seed=3, n_people=60)
    frame = of_polars(as_table(rows))
    for asked in A_DOZEN:
        register = read_lazy(frame, settings_of(**asked, changes=True))[str(asked["definition"])]
        changes = register.changes.astype(object).where(register.changes.notna(), None)
        said = ["organisation", "staff_group", *COVARIATES]
        dates = [[moment.date() for moment in changes[name]] for name in ("seen_from", "valid_from")]
        found_changes = list(zip(changes["person_id"], *dates, *(changes[name] for name in said), strict=True))
        assert found_changes == changes_by_the_words(rows, **asked)
        spell = register.spells.iloc[register.changes["spell"]]
        assert (spell["person_id"].to_numpy() == register.changes["person_id"].to_numpy()).all()


partial_snapshots = pytest.mark.filterwarnings("ignore:far fewer rows:workforce_metrics.errors.DataQualityWarning")
"""Of the few rows of a test there may be far fewer in one snapshot than in the next."""


@pytest.mark.parametrize(
    ("frame_of", "ids"), [(of_polars, "string"), (of_polars, "integer"), (of_pandas, "integer"), (of_duckdb, "string")]
)
def test_registers_and_reports_are_those_of_the_streamed_engine(frame_of: FrameOf, ids: str):
    extract = simulate_snapshots(200, seed=3, n_periods=20, ids=ids, warts=True).extract
    asked = settings_of(
        columns={role: role for role in (*ROLES, "birth_date")},
        definition=EVERY_DEFINITION,
        covariates=["route"],
        gap_periods=1,
        min_recurring=0.5,
        changes=True,
    )

    check_registers(frame_of(pl.from_pandas(extract).to_arrow()), extract, asked)


@partial_snapshots
@pytest.mark.parametrize(
    ("frame_of", "seed", "definition"),
    [
        (of_polars, 1, EVERY_DEFINITION),
        (of_polars, 2, EVERY_DEFINITION),
        (of_pandas, 3, "left the organisation"),
        (of_duckdb, 4, "became not active"),
    ],
)
def test_cells_as_files_hold_them_are_read_as_by_the_streamed_engine(
    frame_of: FrameOf, seed: int, definition: str | list[str]
):
    table = as_files_hold_them(seed)

    check_registers(frame_of(table), table, settings_for_files(definition=definition, gap_periods=seed % 2))
