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
    EVERY_SETTING,
    as_rows,
    as_table,
    many_posts,
    settings_of,
    some_posts,
)
from snapshots_by_the_words import Post, spells_by_the_words

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.loaders.snapshots.lazy import lazy_snapshots, lazy_spell_table


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
    snapshots = lazy_snapshots(frame, settings_of(**asked))
    table = lazy_spell_table(snapshots, str(asked.get("definition", "left the extract")))
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


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
