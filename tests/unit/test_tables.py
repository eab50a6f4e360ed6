"""read_source: any kind of source to columns with record numbers."""

from __future__ import annotations

import datetime as dt
import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest

from workforce_metrics.errors import FileFormatError, InvalidArgumentError, MissingDependencyError, MissingFileError
from workforce_metrics.loaders.tables import SourceTable, read_source

FRAME = pd.DataFrame({"n": [1, 2], "says": ["a", None]})


def contents(table: SourceTable) -> dict[str, list[object]]:
    return {name: column.to_pylist() for name, column in table.columns.items()}


@pytest.mark.parametrize("name", ["x.csv", "x.txt", "X.TSV", "x.csv.gz", "X.CSV.GZ"])
def test_a_text_file_is_known_by_its_ending(name: str, tmp_path: Path) -> None:
    data = b"n,says\n1,a\n2,\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.lower().endswith("gz") else data)

    table = read_source(str(tmp_path / name))

    assert contents(table) == {"n": ["1", "2"], "says": ["a", ""]}
    assert table.name == name


@pytest.mark.parametrize(
    "make",
    [
        lambda: FRAME,
        lambda: pl.from_pandas(FRAME),
        lambda: pl.from_pandas(FRAME).lazy(),
        lambda: pa.Table.from_pandas(FRAME, preserve_index=False),
    ],
)
def test_a_frame_keeps_its_types(make: object) -> None:
    table = read_source(make())  # type: ignore[operator] - one of the makers above

    assert contents(table) == {"n": [1, 2], "says": ["a", None]}
    assert table.name == "data frame"
    assert table.row_numbers.tolist() == [1, 2]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    days = pd.DataFrame({"day": [dt.date(2024, 2, 29)], "band": pd.Categorical(["5"])})
    days.to_parquet(tmp_path / "x.parquet")

    table = read_source(tmp_path / "x.parquet")

    assert contents(table) == {"day": [dt.date(2024, 2, 29)], "band": ["5"]}


def test_mixed_cells_of_a_pandas_column_become_text() -> None:
    mixed = pd.DataFrame({"x": [1, "b", None, 2.5]})

    assert contents(read_source(mixed)) == {"x": ["1", "b", None, "2.5"]}


def test_record_numbers_leave_out_those_that_do_not_fit(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3\n4,5\n")

    table = read_source(tmp_path / "x.csv")

    assert table.row_numbers.tolist() == [1, 3]
    assert table.malformed.tolist() == [2]


def test_spss_gives_declared_missing_values_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    extract = pd.DataFrame({"q": [1.0, 9.0, np.nan, -5.0], "why": ["a", "dk", "", "b"], "n": [1.0, 2.0, 3.0, 4.0]})
    pyreadstat.write_sav(extract, path, missing_ranges={"q": [{"lo": -9, "hi": -1}, 9], "why": ["dk"]})

    table = read_source(path)

    assert contents(table)["q"] == [1.0, None, None, None]
    assert contents(table)["why"] == ["a", None, "", "b"]
    assert {name: column.to_pylist() for name, column in table.as_stored.items()} == {
        "q": [1.0, 9.0, None, -5.0],
        "why": ["a", "dk", "", "b"],
    }


def test_spss_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.sav").write_bytes(b"$FL2")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)

    with pytest.raises(MissingDependencyError, match=r"workforce-metrics\[spss\]"):
        read_source(tmp_path / "x.sav")


def test_names_lose_surrounding_space_and_must_differ(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(" a ,b\n1,2\n")
    (tmp_path / "twice.csv").write_text(" a,a \n1,2\n")

    assert list(read_source(tmp_path / "x.csv").columns) == ["a", "b"]
    with pytest.raises(FileFormatError, match="each column name once"):
        read_source(tmp_path / "twice.csv")
    with pytest.raises(FileFormatError, match="a name for every column"):
        read_source(pd.DataFrame({" ": [1]}))
    with pytest.raises(FileFormatError, match="columns"):
        read_source(pd.DataFrame(index=[0, 1]))


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nothing of that name") as caught:
        read_source(tmp_path / "none.csv")
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(InvalidArgumentError, match="got list"):
        read_source([1, 2])
    with pytest.raises(InvalidArgumentError, match="got Series"):
        read_source(FRAME["n"])
