"""Snapshots in lazy frames: column types, text dates, what is refused, and what comes back."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    DataQualityWarning,
    IdentifierError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingDependencyError,
)
from workforce_metrics.loaders.dates import NO_DATE, read_dates
from workforce_metrics.loaders.snapshots.lazy_dates import unreadable, with_dates
from workforce_metrics.loaders.snapshots.lazy_steps import date_at, position_of
from workforce_metrics.snapshot_report import CountedReport

COLUMNS = {"person_id": "id", "period": "month"}
JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2024, month, day) for month, day in ((1, 31), (2, 29), (3, 31), (4, 30)))


def staff(**more: object) -> pl.DataFrame:
    """Two people over three months: a leaves after January, b stays."""
    return pl.DataFrame({"id": ["a", "b", "b", "b"], "month": [JANUARY, JANUARY, FEBRUARY, MARCH], **more})


def read(frame: object, **asked: Any) -> wm.SnapshotReport | Any:
    asked = {"columns": COLUMNS, "posts": "first", "min_recurring": 0, **asked}
    asked["columns"] = {**COLUMNS, **asked["columns"]}
    return wm.read_snapshots(frame, **asked)


def rows(register: Any) -> list[tuple[object, ...]]:
    return list(register.spells[["person_id", "seen_from", "last_seen"]].itertuples(index=False, name=None))


EXPECTED = [
    ("a", pd.Timestamp(JANUARY), pd.Timestamp(JANUARY)),
    ("b", pd.Timestamp(JANUARY), pd.Timestamp(MARCH)),
]


def test_a_lazy_frame_stays_where_it_is_and_anything_else_is_streamed():
    assert type(read(staff().lazy()).report) is CountedReport
    assert type(read(staff()).report) is not CountedReport
    assert type(read(staff().to_pandas(), engine="lazy").report) is CountedReport
    assert type(read(staff().lazy(), engine="stream").report) is not CountedReport
    assert rows(read(staff().lazy())) == EXPECTED == rows(read(staff().to_arrow(), engine="lazy"))


def test_rows_set_aside_are_counted_by_rule_and_have_no_numbers():
    frame = pl.concat([staff(), pl.DataFrame({"id": [None, "1.5E+10", "c"], "month": [JANUARY, JANUARY, None]})])

    report = read(frame.lazy()).report

    assert (report.n_read, report.n_kept, report.n_set_aside, len(report.rows)) == (7, 4, 3, 0)
    assert repr(report) == (
        "<SnapshotReport data frame: 7 rows read = 4 kept + 3 set aside"
        " (1 person_id missing, 1 person_id lost digits, 1 period missing or unreadable)>"
    )


@pytest.mark.parametrize(
    ("month", "asked"),
    [
        (pl.Series([JANUARY, JANUARY, FEBRUARY, MARCH], dtype=pl.Datetime) + pl.Series([dt.timedelta(hours=12)]), {}),
        (pl.Series([202401, 202401, 202402, 202403]), {"period_format": "%Y%m"}),
        (pl.Series(["2024-01", " 2024-01-31", "2024-02", "2024-03"]), {}),
        (pl.Series(["2024-01", "2024-01", "2024-02", "2024-03"], dtype=pl.Categorical), {}),
        (pl.Series(["31/01/2024", "31/01/2024", "29/02/2024", "31/03/2024"]), {"period_format": "%d/%m/%Y"}),
    ],
    ids=["datetimes", "whole numbers", "ISO text", "categories", "text in a format"],
)  # fmt: skip
def test_periods_of_every_type(month: pl.Series, asked: dict[str, str]):
    frame = staff().with_columns(month.alias("month"))

    assert rows(read(frame.lazy(), **asked)) == EXPECTED


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (pl.Series([1, 2, 2, 2], dtype=pl.UInt16), ["1", "2"]),
        (pl.Series([1.0, 2.0, 2.0, 2.0]), ["1", "2"]),
        (pl.Series([1.0, 2.0, 2.0, 2.0], dtype=pl.Float32), ["1", "2"]),
        (pl.Series(["a", "b", "b", "b"], dtype=pl.Enum(["b", "a"])), ["a", "b"]),
        (pl.Series(["1.0", "2", "2.00", "2"]), ["1", "2"]),
    ],
    ids=["whole numbers", "decimals", "short decimals", "categories", "text"],
)
def test_identifiers_of_every_type(ids: pl.Series, names: list[str]):
    frame = staff().with_columns(ids.alias("id"))

    assert read(frame.lazy()).spells["person_id"].tolist() == names


def test_a_decimal_that_is_no_whole_number_or_too_large_identifies_nobody():
    numbers = pl.Series([1.0, 2.0, 2.0, 2.0, 1.5, 2.0**53, float("inf"), float("nan")])
    frame = pl.DataFrame({"id": numbers, "month": [JANUARY, JANUARY, FEBRUARY, MARCH] + [MARCH] * 4})

    report = read(frame.lazy()).report

    assert (report.count("person_id lost digits"), report.count("person_id missing")) == (3, 1)


def test_active_may_be_boolean_words_or_numbers():
    columns = {"active": "active"}
    asked = {"columns": columns, "definition": "became not active"}
    flags = staff(active=[True, True, False, None])
    words = staff(active=["In post", " In post", "Break", ""])
    numbers = staff(active=[1, 1, 0, None])

    expected = [("a", JANUARY), ("b", JANUARY)]
    for frame, values in ((flags, None), (flags, ["true"]), (words, ["In post"]), (numbers, [1])):
        register = read(frame.lazy(), **asked, active_values=values)
        found = register.spells[["person_id", "last_seen"]].itertuples(index=False, name=None)
        assert [(person, last.date()) for person, last in found] == expected
        assert register.report.count("active missing read as not active") == 1


def test_covariates_keep_their_types():
    frame = staff(
        grade=[5, 6, 7, 7], band=pl.Series(["x", "y ", "y", "y"], dtype=pl.Categorical), pay=[1.5, None, 2.0, 2.0]
    )

    streamed, lazy = (read(one, covariates=["grade", "band", "pay"]) for one in (frame, frame.lazy()))

    pd.testing.assert_frame_equal(lazy.spells, streamed.spells)
    assert lazy.spells["grade"].tolist() == [5, 6]
    assert lazy.spells["band"].tolist() == ["x", "y"]


def dates_by_expression(texts: list[str], formats: list[str]) -> tuple[list[dt.date | None], list[int]]:
    frame = nw.from_native(pl.LazyFrame({"date": texts}))
    read_frame = with_dates(frame, "date", nw.String(), formats=formats, name="date").collect(backend="pyarrow")
    return read_frame["date"].to_list(), read_frame[unreadable("date")].to_list()


@pytest.mark.parametrize(
    "formats", [["%d/%m/%Y"], ["%Y-%m-%d"], ["%m.%d.%Y"], ["%Y%m%d"], ["%d%m%Y"], ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]]
)
def test_text_dates_are_those_of_strptime(formats: list[str]):
    numbers = [0, 1, 2, 9, 10, 12, 13, 28, 29, 30, 31, 32]
    years = ["1899", "1900", "2000", "2023", "2024", "2100", "9999"]
    texts = [
        "",
        "n/a",
        "00/00/0000",
        "x",
        "2024-02-01 00:00:00",
        "1/2/",
        "1/2/24",
        "12/12/20240",
        "//",
        "2024-1-2",
        "2024-1-02",
        "2024-01-2",
    ]
    for form in formats:
        for day, month, year, padded in itertools.product(numbers, numbers, years, (True, False)):
            parts = {
                "%d": f"{day:02d}" if padded else str(day),
                "%m": f"{month:02d}" if padded else str(month),
                "%Y": year,
            }
            text = form
            for directive, part in parts.items():
                text = text.replace(directive, part)
            texts.append(text)
    texts = [text for text in texts if text and not text.startswith("0")]
    texts += ["01/02/2023", "1/02/2023", "01.02.2023", "01022023", "0001-01-01", "0000-01-01", "01/01/0000"]

    found, bad = dates_by_expression(texts, formats)

    expected = read_dates(pa.chunked_array([texts]), formats=formats)
    days = [None if day == NO_DATE else dt.date(1970, 1, 1) + dt.timedelta(days=int(day)) for day in expected.days]
    assert found == days
    assert bad == (expected.unreadable | expected.ambiguous).astype(int).tolist()
    assert 100 < sum(day is not None for day in days) < len(days)


def test_steps_are_looked_up_exactly():
    cells = ["a", "b", "\u00e9", "\U0001f600"]
    dates = [JANUARY, None, FEBRUARY, FEBRUARY, MARCH]
    frame = nw.from_native(pl.LazyFrame({"cell": [*cells, "a"], "at": [0, 1, 2, 3, 4]}))

    found = frame.select(
        position_of(nw.col("cell"), cells, [0, 1, 0, 2]).alias("position"), date_at(nw.col("at"), dates).alias("date")
    ).collect()

    assert found["position"].to_list() == [0, 1, 0, 2, 0]
    assert found["date"].to_list() == [JANUARY, None, FEBRUARY, FEBRUARY, MARCH]


def test_a_snapshot_in_which_nobody_is_usable_is_none():
    frame = pl.DataFrame({"id": ["a", None, "a", "a"], "month": [JANUARY, FEBRUARY, MARCH, APRIL]})

    register = read(frame.lazy())

    assert len(register) == 1
    assert register.report.count("no usable row, so no snapshot: 2024-02-29") == 1
    assert register.report.missing_periods == (pd.Timestamp(FEBRUARY),)


def test_a_partial_snapshot_is_warned_of_as_by_the_streamed_engine():
    there = {JANUARY: 100, FEBRUARY: 30, MARCH: 100}
    people = [(f"p{number}", month) for month, n in there.items() for number in range(n)]
    frame = pl.DataFrame(people, schema=["id", "month"], orient="row")

    for one in (frame, frame.lazy()):
        with pytest.warns(DataQualityWarning, match="far fewer rows .* 2024-02-29"):
            read(one)


@pytest.mark.parametrize(
    ("frame", "asked", "error", "named"),
    [
        (staff().lazy(), {"engine": "dask"}, InvalidArgumentError, "engine"),
        (staff().lazy(), {"period_from": "staff_%Y-%m.csv"}, InvalidArgumentError, "period_from"),
        ("staff.parquet", {"engine": "lazy"}, InvalidArgumentError, "source"),
        ({"id": [1]}, {"engine": "lazy"}, InvalidArgumentError, "source"),
        (staff().lazy(), {"columns": {"fte": "wte"}}, MissingColumnError, "columns['fte']"),
        (staff().lazy(), {"covariates": ["grade"]}, MissingColumnError, "covariates"),
        (staff().lazy(), {"gap_periods": 2}, InvalidDataError, "source"),
        (staff(fte=[True] * 4).lazy(), {"columns": {"fte": "fte"}}, InvalidDataError, "fte"),
        (staff(active=["yes"] * 4).lazy(), {"columns": {"active": "active"}}, InvalidDataError, "active"),
        (staff(start=[1.5] * 4).lazy(), {"columns": {"joined": "start"}}, InvalidDataError, "start"),
        (staff(start=["?"] * 4).lazy(), {"columns": {"joined": "start"}}, InvalidDataError, "start"),
        (staff(start=["1 May 20"] * 4).lazy(), {"columns": {"joined": "start"}, "date_formats": "%d %b %y"},
         InvalidArgumentError, "date_formats"),
        (staff(start=["2020-01-01"] * 4).lazy(), {"columns": {"joined": "start"}, "date_formats": ()},
         InvalidArgumentError, "date_formats"),
        (staff().with_columns(pl.col("month").alias("id")).lazy(), {}, InvalidDataError, "id"),
        (staff().with_columns(month=pl.Series([1.5] * 4)).lazy(), {}, InvalidDataError, "month"),
        (staff(active=[False] * 4).lazy(), {"columns": {"active": "active"}, "definition": "became not active"},
         InvalidDataError, "active"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(frame: object, asked: dict[str, Any], error: type[Exception], named: str):
    with pytest.raises(error) as caught:
        read(frame, **asked)
    assert caught.value.argument == named  # type: ignore[attr-defined]


def test_a_column_that_is_no_period_is_refused():
    days = [JANUARY + dt.timedelta(days=number) for number in range(6_000)]
    frame = pl.DataFrame({"id": ["a"] * 6_000, "month": days})

    with pytest.raises(InvalidDataError, match="check which column is mapped as the period"):
        read(frame.lazy())


def test_an_identifier_that_does_not_recur_is_refused():
    frame = pl.DataFrame({"id": [str(number) for number in range(20)], "month": [JANUARY] * 10 + [FEBRUARY] * 10})

    for one in (frame, frame.lazy()):
        with pytest.raises(IdentifierError, match=r"only 0 of 10 \(0%\) that recur"):
            read(one, min_recurring=0.5)
    with pytest.raises(IdentifierError):
        wm.spells_from_snapshots(frame.lazy(), columns=COLUMNS, posts="first")
    assert (
        wm.spells_from_snapshots(frame.lazy(), columns=COLUMNS, posts="first", min_recurring=0).collect().height == 20
    )


def test_spells_come_back_as_a_frame_of_the_same_library():
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install duckdb")
    table = staff().to_arrow()
    expected = read(table).spells

    for frame in (staff().lazy(), duckdb.connect().from_arrow(table)):
        spells = wm.spells_from_snapshots(frame, columns=COLUMNS, posts="first")
        assert type(spells) is type(frame)
        collected = nw.from_native(spells).lazy().sort("person_id").collect(backend="pyarrow")
        assert list(collected.columns) == list(expected.columns)
        assert collected["left"].to_list() == [dt.date(2024, 2, 15), None]
    assert isinstance(wm.spells_from_snapshots(table.to_pandas(), columns=COLUMNS, posts="first"), pd.DataFrame)


def test_without_pyspark_the_engine_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)

    with pytest.raises(MissingDependencyError, match=r"workforce-metrics\[spark\]"):
        read(staff(), engine="spark")


def test_the_order_of_the_rows_changes_nothing():
    extract = wm.simulate_snapshots(60, seed=2, n_periods=12).extract
    asked = {
        "columns": {role: role for role in ("person_id", "period", "organisation", "fte", "active", "joined", "post")},
        "definition": "left the organisation",
        "posts": "all",
        "covariates": ["route"],
    }
    shuffled = extract.iloc[np.random.default_rng(1).permutation(len(extract))]

    first, second = (wm.read_snapshots(pl.from_pandas(one).lazy(), **asked) for one in (extract, shuffled))

    pd.testing.assert_frame_equal(first.spells, second.spells)
