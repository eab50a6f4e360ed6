"""Any frame, or files that Spark reads, as a lazy frame; and which engine a source is for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import FileFormatError, InvalidArgumentError, MissingDependencyError
from workforce_metrics.loaders.arguments import shown
from workforce_metrics.loaders.snapshots.arguments import Settings
from workforce_metrics.loaders.snapshots.lazy_steps import Frame
from workforce_metrics.loaders.tables import read_source

__all__ = ["ENGINES", "as_lazy", "runs_lazily"]

ENGINES = ("auto", "stream", "lazy", "spark")
"""By the source; in process, period by period; as expressions where the frame is; the same on Spark."""


def runs_lazily(source: object, engine: str) -> bool:
    """Return whether a source is for the engine of expressions.

    Raises
    ------
    InvalidArgumentError
        If the engine is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> runs_lazily(pd.DataFrame({"id": [1]}), "auto"), runs_lazily(pd.DataFrame({"id": [1]}), "lazy")
    (False, True)
    """
    if not isinstance(engine, str) or engine not in ENGINES:
        expected = f"one of {', '.join(map(repr, ENGINES))}"
        raise InvalidArgumentError("engine", expected, shown(engine), "leave it out, or choose one")
    if engine == "auto":
        return not _is_of_files(source) and isinstance(nw.from_native(source, pass_through=True), nw.LazyFrame)
    return engine != "stream"


def as_lazy(source: object, settings: Settings, *, engine: str = "lazy") -> Frame:
    """Return a frame as a lazy one.

    Parameters
    ----------
    source : any frame that Narwhals reads, or with "spark" a path, a pattern or several paths
    settings : Settings
    engine : str
        "lazy" keeps a lazy frame where it is; a frame in memory goes through Arrow into pandas, Polars stays Polars.
        "spark" takes what is not on Spark into the active session.

    Raises
    ------
    InvalidArgumentError
        If it is no frame, or its period would be in the names of files.
    MissingDependencyError
        If Spark is asked for and not installed.
    FileFormatError
        If Spark is to read files that are neither Parquet nor CSV.
    """
    if settings.period_from is not None:
        fix = "add a column with the period to the frame, and map it to 'period'"
        raise InvalidArgumentError("period_from", "none with a lazy frame", shown(settings.period_from), fix)
    if _is_of_files(source):
        if engine != "spark":
            fix = "pass the files as a lazy frame, such as polars.scan_parquet(...), or use engine='stream'"
            raise InvalidArgumentError("source", "a frame with engine='lazy'", shown(source), fix)
        return _as_frame(_files_on_spark(_paths(source), settings))
    frame = nw.from_native(source, pass_through=True)
    if not isinstance(frame, (nw.LazyFrame, nw.DataFrame)):
        raise InvalidArgumentError("source", "a frame", type(source).__name__, "pass a frame that Narwhals reads")
    if engine == "spark" and not frame.implementation.is_spark_like():
        arrow = frame.collect(backend="pyarrow") if isinstance(frame, nw.LazyFrame) else nw.to_native(frame)
        return _as_frame(_session().createDataFrame(_plain_table(arrow)))
    if isinstance(frame, nw.LazyFrame):
        return frame
    if frame.implementation.is_polars():
        return _as_frame(source)
    return _as_frame(_plain_table(source).to_pandas(types_mapper=pd.ArrowDtype))


def _as_frame(native: object) -> Frame:
    frame: Any = nw.from_native(native)
    lazy: Frame = frame.lazy()
    return lazy


def _plain_table(source: object) -> pa.Table:
    """Return a frame in memory as Arrow, categories as the texts they are."""
    columns = read_source(source).columns
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in columns.values()
    ]
    return pa.Table.from_arrays(plain, names=list(columns))


def _is_of_files(source: object) -> bool:
    return isinstance(source, (str, list, tuple)) or hasattr(source, "__fspath__")


def _paths(source: object) -> list[str]:
    listed = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    for one in listed:
        if not isinstance(one, (str, Path)):
            raise InvalidArgumentError("source", "paths or a frame", type(one).__name__, "pass one or the other")
    return [str(one) for one in listed]


def _files_on_spark(paths: list[str], settings: Settings) -> object:
    session = _session()
    ends_in = [{end for end in (".csv", ".csv.gz", ".txt", ".tsv") if path.lower().endswith(end)} for path in paths]
    if all(ends_in):
        delimiter = settings.delimiter or ","
        return session.read.csv(paths, header=True, sep=delimiter, encoding=settings.encoding or "UTF-8")
    if any(ends_in):
        raise FileFormatError(Path(paths[0]).name, "files of one kind", "Parquet and text", "name one kind of file")
    return session.read.parquet(*paths)


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        fix = "pip install 'workforce-metrics[spark]'; it needs Java 17"
        raise MissingDependencyError("engine", "pyspark with engine='spark'", "no such package", fix) from error
    session = SparkSession.getActiveSession()
    if session is None:
        fix = "start one: SparkSession.builder.getOrCreate()"
        raise InvalidArgumentError("engine", "an active Spark session with 'spark'", "none", fix)
    return session
