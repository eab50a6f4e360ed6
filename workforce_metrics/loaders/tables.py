"""Any source to a table of columns with row numbers: CSV, Parquet, SPSS, or a data frame."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingFileError,
    WorkforceMetricsError,
)
from workforce_metrics.loaders.delimited import parse_delimited
from workforce_metrics.loaders.spss import read_spss

__all__ = ["TEXT_FILES", "SourceTable", "read_source", "suffix_of", "text_bytes"]

TEXT_FILES = frozenset({"csv", "txt", "tsv"})
"""Endings of files of delimited text."""


@dataclass(frozen=True)
class SourceTable:
    """The columns of a source as they stand in it, before any rule.

    Parameters
    ----------
    name : str
        Name of the file without its folder, or "data frame".
    columns : mapping of str to pyarrow.ChunkedArray
        Each of shape (n_rows,). Every column of a CSV file is text; other sources keep their types.
    row_numbers : ndarray of int64, shape (n_rows,)
        Record number of each row, 1 = first.
    malformed : ndarray of int64
        Record numbers of the CSV records that had another number of fields than the header.
    notes : tuple of str
        What was detected rather than declared: encoding, delimiter.
    as_stored : mapping of str to pyarrow.ChunkedArray
        Columns of which the file itself declares some values missing, with those values; in `columns` they are null.
    """

    name: str
    columns: Mapping[str, pa.ChunkedArray]
    row_numbers: npt.NDArray[np.int64]
    malformed: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    notes: tuple[str, ...] = ()
    as_stored: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)


def read_source(source: object, *, encoding: str | None = None, delimiter: str | None = None) -> SourceTable:
    """Read a file or take a data frame, whole, as columns.

    Parameters
    ----------
    source : path or data frame
        ``.csv``, ``.txt``, ``.tsv`` (also ``.gz``), ``.parquet``, ``.sav``/``.zsav``, or any frame that Narwhals reads.
    encoding, delimiter : str, optional
        Of a text file; detected by the rules of `parse_delimited` where not declared.

    Returns
    -------
    SourceTable

    Raises
    ------
    MissingFileError, FileFormatError, InvalidArgumentError, MissingDependencyError
        If the source is not there, is not what its name says, or needs a package that is not installed.
    """
    if not isinstance(source, (str, Path)):
        return _from_frame(source)
    path = Path(source)
    suffix = suffix_of(path)
    if suffix in TEXT_FILES:
        return _from_text(path, encoding, delimiter)
    if suffix in {"parquet", "pq"}:
        return _from_parquet(path)
    if suffix in {"sav", "zsav"}:
        return _from_spss(path)
    raise FileFormatError(
        path.name,
        "a .csv, .txt, .tsv, .parquet or .sav file",
        f"a .{suffix} file" if suffix else "a name without an ending",
        "save it as CSV or pass a data frame",
    )


def suffix_of(path: Path) -> str:
    """Return the ending of a file's name, in small letters and without the ".gz" after it.

    Raises
    ------
    MissingFileError, FileFormatError
        If there is no such file, or a folder in its place.
    """
    if not _exists(path):
        raise MissingFileError(path.name[:60], "a file", "nothing of that name", "check the path")
    if path.is_dir():
        raise FileFormatError(
            path.name, "a file", "a folder", "name one file, or stack the files in a data frame first"
        )
    return Path(path.name.lower().removesuffix(".gz")).suffix.removeprefix(".")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than the system allows, a folder that may not be entered
        return False


def text_bytes(path: Path) -> bytes:
    """Return what a text file holds, unpacked where its name ends in ``.gz``.

    Raises
    ------
    FileFormatError
        If it cannot be read.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix.lower() == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise FileFormatError(
            path.name, "a readable file", type(error).__name__, "check the file and its permissions"
        ) from error


def _from_text(path: Path, encoding: str | None, delimiter: str | None) -> SourceTable:
    data = text_bytes(path)
    parsed = parse_delimited(data, path.name, encoding=encoding, delimiter=delimiter)
    names = _checked_names(parsed.table.column_names, path.name)
    columns = dict(zip(names, parsed.table.columns, strict=True))
    numbers = np.arange(1, parsed.table.num_rows + len(parsed.malformed) + 1, dtype=np.int64)
    rows = np.delete(numbers, parsed.malformed - 1)
    return SourceTable(path.name, columns, rows, parsed.malformed, parsed.notes)


def _from_parquet(path: Path) -> SourceTable:
    try:
        table = parquet.ParquetFile(path).read()
        _ = table.column_names  # damaged ones are no text
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileFormatError(
            path.name, "a Parquet file", "something else or damaged", "write the file again"
        ) from error
    return _from_arrow(table, path.name)


def _from_spss(path: Path) -> SourceTable:
    file = read_spss(path)
    table = _from_arrow(_arrow_of_pandas(file.frame), path.name)
    stored = _arrow_of_pandas(pd.DataFrame(file.as_stored))
    return replace(table, as_stored=dict(zip(stored.column_names, stored.columns, strict=True)))


def _from_frame(source: object) -> SourceTable:
    if isinstance(source, pd.DataFrame):
        return _from_arrow(_arrow_of_pandas(source), "data frame")
    if isinstance(source, pa.Table):
        return _from_arrow(source, "data frame")
    try:
        frame: Any = nw.from_native(source)
    except TypeError as error:
        raise InvalidArgumentError(
            "source", "a path or a data frame", type(source).__name__, "pass a file's path or a frame Narwhals reads"
        ) from error
    try:
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect(backend="pyarrow")
        native = nw.to_native(frame)
        table = _arrow_of_pandas(native) if isinstance(native, pd.DataFrame) else frame.to_arrow()
    except WorkforceMetricsError:
        raise
    except Exception as error:  # each library of frames has errors of its own
        raise InvalidDataError(
            "source", "a frame that becomes an Arrow table", type(error).__name__, "pass frame.to_pandas()"
        ) from error
    return _from_arrow(table, "data frame")


def _from_arrow(table: pa.Table, name: str) -> SourceTable:
    names = _checked_names(table.column_names, name)
    if not table.num_rows:
        raise FileFormatError(name, "at least one row", "no rows", "check the extract")
    try:
        table.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise FileFormatError(
            name, "cells of their column's type", "text that is not UTF-8, or damage", "write the extract again"
        ) from error
    return SourceTable(
        name, dict(zip(names, table.columns, strict=True)), np.arange(1, table.num_rows + 1, dtype=np.int64)
    )


def _arrow_of_pandas(frame: pd.DataFrame) -> pa.Table:
    """Return the columns as Arrow; a column of mixed objects becomes text, as it would stand in a CSV file."""
    names = [str(name).encode("utf-8", errors="replace").decode() for name in frame.columns]
    arrays = [_array_of_pandas(frame.iloc[:, position], name) for position, name in enumerate(names)]
    return pa.Table.from_arrays(arrays, names=names)


def _array_of_pandas(column: pd.Series, name: str) -> pa.Array:
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return _text_of_pandas(column, name)
    is_moment = isinstance(array, pa.Array) and (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type))
    if column.dtype == object and is_moment:
        cells = column.dropna()
        # Arrow would take the first cell's kind: times of day would go, and midnights of other zones change their day
        if len({(isinstance(cell, dt.datetime), str(getattr(cell, "tzinfo", None))) for cell in cells}) > 1:
            got = "dates with and without a time, or of several time zones"
            raise InvalidDataError(name, "dates of one kind", got, "convert the column with pandas.to_datetime first")
    return array


def _text_of_pandas(column: pd.Series, name: str) -> pa.Array:
    try:
        return pa.array(column.astype("string"), type=pa.string(), from_pandas=True)
    except Exception as error:  # a cell may be of any class, whose text raises anything
        raise InvalidDataError(
            name, "cells that can be written as text", type(error).__name__, "convert the column to text first"
        ) from error


def _checked_names(names: list[str], source: str) -> list[str]:
    stripped = [name.strip() for name in names]
    if not stripped:
        raise FileFormatError(source, "columns", "none", "check the file")
    if "" in stripped:
        raise FileFormatError(
            source, "a name for every column", f"{stripped.count('')} without", "name or remove those columns"
        )
    twice = next((name for name, count in Counter(stripped).items() if count > 1), None)
    if twice is not None:
        # by position: in a file without a header the names are the first person's cells
        places = [str(place) for place, name in enumerate(stripped, start=1) if name == twice]
        got = f"one name for columns {', '.join(places[:5])}"
        raise FileFormatError(source, "each column name once", got, "rename one, or add the header if there is none")
    return stripped
