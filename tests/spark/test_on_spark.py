"""The spells that Spark finds are those by the words, and those of the streamed engine, row for row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from snapshot_histories import (
    A_DOZEN,
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
from snapshots_by_the_words import Post, spells_by_the_words

import workforce_metrics as wm

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",  # sockets between Python and Java, closed by the garbage collector
    "ignore:far fewer rows:workforce_metrics.errors.DataQualityWarning",  # so few rows go up and down by chance
)


def hypothesis_histories(n: int) -> list[Post]:
    """Many of the small histories that the other engines are tried on, as people of one source."""
    histories: list[list[Post]] = []

    @settings(max_examples=n, phases=[Phase.generate], database=None, derandomize=True)
    @given(some_posts())
    def collect(rows: list[Post]) -> None:
        histories.append(rows)

    collect()
    return [
        row if row.person is None else replace(row, person=f"{place:03d} {row.person}")
        for place, rows in enumerate(histories)
        for row in rows
    ]


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return [*many_posts(seed=5, n_people=150), *hypothesis_histories(80)]


@pytest.fixture(scope="module")
def frame(spark: Any, posts: list[Post]) -> Any:
    return spark.createDataFrame(as_table(posts)).cache()


@pytest.mark.parametrize("asked", [A_DOZEN[place] for place in (0, 4, 8, 9)], ids=lambda asked: asked["definition"])
def test_spells_on_spark_are_those_by_the_words(frame: Any, posts: list[Post], asked: dict[str, object]):
    assert found(frame, **asked) == as_rows(spells_by_the_words(posts, **asked))


def test_registers_and_reports_are_those_of_the_streamed_engine(spark: Any):
    extract = wm.simulate_snapshots(300, seed=3, n_periods=16, warts=True).extract
    asked = settings_of(
        columns={role: role for role in (*ROLES, "birth_date")},
        definition="left the organisation",
        covariates=["route"],
        gap_periods=1,
        min_recurring=0.5,
        changes=True,
    )

    check_registers(spark.createDataFrame(pl.from_pandas(extract).to_arrow()), extract, asked)


def test_cells_as_files_hold_them_are_read_as_by_the_streamed_engine(spark: Any):
    table = as_files_hold_them(seed=2)

    check_registers(spark.createDataFrame(table), table, settings_for_files(definition="left the organisation"))


def test_files_are_read_on_the_active_session(spark: Any, tmp_path: Path):
    extract = wm.simulate_snapshots(120, seed=6, n_periods=6).extract
    for month, rows in extract.groupby("period"):
        rows.to_parquet(tmp_path / f"staff_{month:%Y-%m}.parquet", index=False)
    asked = {"columns": {role: role for role in ("person_id", "period", "fte", "organisation", "post")}}

    streamed = wm.read_snapshots(str(tmp_path), **asked, progress=False)
    on_spark = wm.read_snapshots(str(tmp_path), **asked, engine="spark")
    in_memory = wm.read_snapshots(extract, **asked, engine="spark")

    pd.testing.assert_frame_equal(on_spark.spells, streamed.spells)
    pd.testing.assert_frame_equal(in_memory.spells, streamed.spells)


def test_spells_stay_on_the_cluster(spark: Any):
    extract = wm.simulate_snapshots(120, seed=6, n_periods=6).extract
    source = spark.createDataFrame(pl.from_pandas(extract).to_arrow())
    columns = {role: role for role in ("person_id", "period", "fte", "organisation", "post")}

    spells = wm.spells_from_snapshots(source, columns=columns, definition="left the organisation")

    expected = wm.read_snapshots(extract, columns=columns, definition="left the organisation", progress=False)
    assert type(spells) is type(source)
    assert spells.columns == list(expected.spells.columns)
    assert spells.count() == len(expected)
    assert spells.where("left is not null").count() == expected.spells["left"].notna().sum()


def test_the_how_to_page_runs(spark: Any, tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "howto" / "use_it_on_spark.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in page.split("```python\n")[1:]]
    shared: dict[str, Any] = {}

    for block in blocks:
        for name in ("staff_in_post.parquet", "spells.parquet"):
            block = block.replace(f'"{name}"', f'"{tmp_path / name}"')  # noqa: PLW2901 - written into the test's folder
        exec(compile(block, "use_it_on_spark.md", "exec"), shared)  # noqa: S102 - our own page

    assert len(shared["register"]) == shared["spells"].count() > 100
    assert set(shared["risk"].frame.columns) >= {"estimate", "conf_low", "conf_high"}
