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
    EVERY_SETTING,
    ROLES,
    as_files_hold_them,
    as_rows,
    as_table,
    many_posts,
    settings_of,
    some_posts,
)
from snapshots_by_the_words import Post, spells_by_the_words

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.lazy import lazy_snapshots
from workforce_metrics.loaders.snapshots.lazy_endings import IN_REGISTER
from workforce_metrics.loaders.snapshots.lazy_registers import read_lazy, spell_table
from workforce_metrics.loaders.snapshots.lazy_sources import as_lazy
from workforce_metrics.loaders.snapshots.stream import read_stream
from workforce_metrics.simulation import simulate_snapshots

REGISTER_COLUMNS = (
    *("person_id", "joined", "left", "reason", "organisation", "staff_group"),
    *COVARIATES,
    *("seen_from", "last_seen", "first_missing"),
)


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


def found(frame: object, **asked: object) -> list[tuple[object, ...]]:
    snapshots = lazy_snapshots(as_lazy(frame, settings_of(**asked)), settings_of(**asked))
    table = spell_table(snapshots, str(asked["definition"]))
    table = table.filter(table[IN_REGISTER])
    return list(zip(*(table[name].to_pylist() for name in REGISTER_COLUMNS), strict=True))


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
    for asked in EVERY_SETTING if frame_of is of_polars else A_DOZEN:
        assert found(frame, **asked) == as_rows(spells_by_the_words(rows, **asked))


EVERY_DEFINITION = ["left the extract", "left the organisation", "left the staff group", "became not active"]


def check_registers(frame: object, source: object, settings_of_both: Settings) -> None:
    """Compare everything that the two engines say of one source, but for row numbers."""
    streamed, lazy = read_stream(source, settings_of_both), read_lazy(frame, settings_of_both)
    assert list(lazy) == list(streamed)
    for definition, expected in streamed.items():
        register = lazy[definition]
        pd.testing.assert_frame_equal(register.spells, expected.spells)
        assert register.observed_from == expected.observed_from
        assert register.observed_to == expected.observed_to
        assert register.provenance == expected.provenance
        report, by = register.report, ["action", "rule", "column"]
        pd.testing.assert_frame_equal(report.periods, expected.report.periods)
        pd.testing.assert_frame_equal(report.organisations, expected.report.organisations)
        pd.testing.assert_frame_equal(
            report.frame.sort_values(by, ignore_index=True), expected.report.frame.sort_values(by, ignore_index=True)
        )
        assert report.missing_periods == expected.report.missing_periods
        assert (report.n_read, report.n_kept) == (expected.report.n_read, expected.report.n_kept)
        assert report.n_set_aside == len(expected.report.rows)


@each_frame
@pytest.mark.parametrize("ids", ["string", "integer"])
def test_registers_and_reports_are_those_of_the_streamed_engine(frame_of: FrameOf, ids: str):
    extract = simulate_snapshots(300, seed=3, n_periods=30, ids=ids, warts=True).extract
    roles = (*ROLES, "birth_date")
    asked = settings_of(
        columns={role: role for role in roles}, definition=EVERY_DEFINITION, covariates=["route"], gap_periods=1,
        min_recurring=0.5,
    )  # fmt: skip

    check_registers(frame_of(pl.from_pandas(extract).to_arrow()), extract, asked)


@each_frame
@pytest.mark.parametrize("seed", [1, 2])
def test_cells_as_files_hold_them_are_read_as_by_the_streamed_engine(frame_of: FrameOf, seed: int):
    table = as_files_hold_them(seed)
    asked = settings_of(
        columns={**{role: role for role in ROLES}, "birth_date": "birth_date"}, definition=EVERY_DEFINITION,
        covariates=["fte", "grade"], active_values=["On duty"], date_formats=["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"],
        gap_periods=seed - 1,
    )  # fmt: skip

    check_registers(frame_of(table), table, asked)
