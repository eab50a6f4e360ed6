"""Whatever a loader is given, it accounts for every row or refuses with an error of the library that shows no cell."""

# ruff: noqa: S311 - damage need not be unpredictable, only the same every time

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from workforce_metrics.codebooks.read import read_codebook
from workforce_metrics.errors import FileFormatError, InvalidArgumentError, InvalidDataError, WorkforceMetricsError
from workforce_metrics.extracts import Register, StaffSurvey
from workforce_metrics.loaders.delimited import parse_delimited
from workforce_metrics.loaders.register import read_register
from workforce_metrics.loaders.staff_survey import read_staff_survey

CANARY = "P7731"
SURVEYS = (
    f'pid,org,q12a,q12b\n{CANARY},A,1,2\nb,B,3,4\nc,"A, B",Often,2\n'.encode(),
    f"pid;org;q12a;q12b\r\n{CANARY};A;1;2\r\nb;B;3;4\r\n".encode(),
    f"\ufeffpid\torg\tq12a\tq12b\n{CANARY}\té\t1\t2\nb\tB\t3\t4\n".encode("utf-16"),
    f"sep=;\rpid;org;q12a;q12b\r{CANARY};A;1;2\rb;B;3;4\r".encode(),
)
REGISTER = (
    f'pid,org,on,off\n{CANARY},A,2018-01-01,2019-01-01\nb,"B\nC",2018-03-01,NULL\n{CANARY},A,01/02/2018,\n'.encode()
)
TOML = b"""name = "E"
missing = ["x"]
[scales.freq]
options = [{code = 1, label = "Never", value = 1.5}, {code = 2, label = "Always", value = 3}]
[items.tired]
column = "Q1"
scale = "freq"
direction = "negative"
[scores.strain]
items = ["tired"]
min_answered = "two thirds"
"""
TOKENS = (
    b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b" ",
    b'"\n', b',"', b'",', b"sep=,\n", b'sep="\n', b"1e999", b"9" * 30, b"\x1a", b"\xa0", b"\x85", b"\x0b", b"-", b"1.0",
    b"9" * 5000, b"0x" + b"f" * 400, b"[" * 2000, b"nan",
)  # fmt: skip
ROLES = {"person_id": "pid", "joined": "on", "left": "off"}
SETTINGS = {"columns": ROLES, "definition": "left", "observed_from": None, "observed_to": "2025-03-31",
            "date_formats": ["%Y-%m-%d", "%d/%m/%Y"]}  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(len(result) + 1)
        to = at + chance.randrange(20)
        match chance.randrange(5):
            case 0 if result:
                result[at % len(result)] ^= 1 << chance.randrange(8)
            case 1:
                del result[at:]
            case 2:
                del result[at:to]
            case 3:
                result[at:at] = result[at:to]
            case _:
                result[at:at] = chance.choice(TOKENS)
    return bytes(result)


def accounted(read: Callable[[], StaffSurvey | Register]) -> WorkforceMetricsError | None:
    """Read, and hold to the promise: a report that adds up, or an error of the library without a cell."""
    caught: WorkforceMetricsError | None = None
    try:
        extract = read()
    except WorkforceMetricsError as error:
        caught = error
    if caught is not None:
        # damage can grow a cell onto a column's name, and close names are shown
        assert CANARY not in f"{caught} {caught.__dict__}" or "did you mean" in caught.fix
        return caught
    report = extract.report
    counted = report.frame.loc[report.frame["action"] == "row set aside", "n"].sum()
    assert report.n_read == report.n_kept + report.n_set_aside
    assert report.n_set_aside == counted
    if isinstance(extract, StaffSurvey):
        assert len(extract) == report.n_kept
    return None


@pytest.mark.parametrize("seed", range(2))
def test_damaged_csv_is_accounted_for_or_refused(seed: int, tmp_path: Path) -> None:
    chance, path = random.Random(seed), tmp_path / "extract.csv"
    for _ in range(50):
        path.write_bytes(damaged(chance.choice(SURVEYS), chance))
        ids = chance.choice([None, "pid"])
        accounted(lambda ids=ids: read_staff_survey(path, edition=2024, respondent_id=ids))
        path.write_bytes(damaged(REGISTER, chance))
        accounted(lambda: read_register(path, **SETTINGS))


def test_damaged_parquet_is_accounted_for_or_refused(tmp_path: Path) -> None:
    chance, path, buffer = random.Random(0), tmp_path / "extract.parquet", io.BytesIO()
    frame = pd.DataFrame({"pid": [CANARY, "b"], "q12a": [1, 2], "q12b": ["Often", None]})
    parquet.write_table(pa.Table.from_pandas(frame), buffer, compression=None)
    for _ in range(250):
        path.write_bytes(damaged(buffer.getvalue(), chance))
        accounted(lambda: read_staff_survey(path, edition=2024))


def test_a_damaged_codebook_is_read_or_refused(tmp_path: Path) -> None:
    chance, path = random.Random(0), tmp_path / "book.toml"
    for _ in range(300):
        path.write_bytes(damaged(TOML, chance))
        try:
            read_codebook(path)
        except WorkforceMetricsError:
            continue


ANYTHING = (None, 3, -1, 1.5, float("nan"), True, ["a"], [], {"a": "b"}, {1: 2}, {"burnout_burnt_out": None}, b"x",
            object(), "zz", "", (1,), {1}, np.array([1, 2]), pd.Series([1]), pd.DataFrame({"q12a": [CANARY]}), pd.NaT,
            pd.NA, 10**30, "a\0b", [["a"]], int, [None], "\ud800", 1j, dt.date(2020, 1, 1), "x" * 5000)  # fmt: skip
SURVEY_ARGUMENTS = ("source", "edition", "codebook", "edition_column", "respondent_id", "weight", "columns", "missing",
                    "on_duplicate", "encoding", "delimiter")  # fmt: skip
REGISTER_ARGUMENTS = ("source", "columns", "definition", "observed_from", "observed_to", "date_formats", "within",
                      "rejoin_within_days", "sentinel_dates", "zero_length", "min_recurring",
                      "encoding", "delimiter")  # fmt: skip


@pytest.mark.parametrize("argument", SURVEY_ARGUMENTS)
def test_an_argument_of_any_type_is_taken_or_refused_by_the_survey(argument: str, tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(SURVEYS[0])
    for value in ANYTHING:
        settings = {"source": path, "edition": None if argument == "codebook" else 2024, argument: value}
        source = settings.pop("source")
        accounted(lambda source=source, settings=settings: read_staff_survey(source, **settings))


@pytest.mark.parametrize("argument", REGISTER_ARGUMENTS)
def test_an_argument_of_any_type_is_taken_or_refused_by_the_register(argument: str, tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(REGISTER)
    for value in ANYTHING:
        settings = {"source": path, **SETTINGS, argument: value}
        source = settings.pop("source")
        accounted(lambda source=source, settings=settings: read_register(source, **settings))


@pytest.mark.parametrize(
    "value", [v for v in ANYTHING if not isinstance(v, str)], ids=lambda value: type(value).__name__
)
def test_a_path_of_another_type_is_refused_by_the_codebook(value: object) -> None:
    with pytest.raises(InvalidArgumentError):
        read_codebook(value)  # type: ignore[arg-type] - what is tried


class Mute:
    def __str__(self) -> str:
        raise RuntimeError


COLUMNS = {
    "mixed": [1, "a", None, dt.date(2020, 1, 1)],
    "too large for 64 bits": [10**40, 1, 2, 3],
    "unsigned": np.array([2**64 - 1, 1, 2, 3], dtype="uint64"),
    "infinite": [np.inf, -np.inf, np.nan, 1.0],
    "complex": np.array([1, 2, 3, 4j]),
    "lone surrogate": pd.Series(["\ud800", "1", "2", None], dtype=object),
    "mute": [Mute() for _ in range(4)],
    "intervals": pd.cut([1, 2, 3, 4], 2),
    "periods": pd.period_range("2020-01", periods=4, freq="M"),
    "durations": pd.to_timedelta([1, 2, 3, None], unit="D"),
    "first and last day": [dt.date(1, 1, 1), dt.date(9999, 12, 31), None, dt.date(2018, 1, 1)],
    "lists": [[1], [2], None, []],
    "long text": ["9" * 5000, "9" * 400 + ".0", "1e99999999", "9" * 5000 + "x"],
    "beyond the calendar": pa.array([2**62, -(2**62), None, 0], pa.timestamp("s")),
    "days beyond it": pa.array([2**62, -(2**62), None, 0], pa.date64()),
    "unknown zone": pa.array([1, 2, 3, 4], pa.timestamp("s", "Mars/Olympus")),
    "nanoseconds of a day": pa.array([1, 2, 3, 4], pa.time64("ns")),
    "calendar intervals": pa.array([(1, 2, 3)] * 4, pa.month_day_nano_interval()),
    "not UTF-8": pa.Array.from_buffers(
        pa.string(), 4, [None, pa.py_buffer(np.arange(5, dtype="int32").tobytes()), pa.py_buffer(b"\xff\xfe\xfd\xfc")]
    ),
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_a_column_of_any_type_is_read_or_refused(cells: object) -> None:
    table = {"pid": list("abca"), "q12a": [1, 2, 3, 1], "on": [dt.date(2018, 1, 1)] * 4, "off": [None] * 4}
    make = pa.table if isinstance(cells, pa.Array) else pd.DataFrame
    formats = {"columns": {"person_id": "pid", "joined": "on"}, "date_formats": ["%Y%m%d"], "within": "x"}
    for role in (None, "respondent_id", "weight", "edition_column"):
        asked = {} if role is None else {role: "x"}
        source = make({**table, "x": cells})
        accounted(lambda source=source, asked=asked: read_staff_survey(source, edition=2024, **asked))
    accounted(lambda: read_staff_survey(make({**table, "q12a": cells}), edition=2024, respondent_id="pid"))
    for within in (None, "x"):
        source = make({name: cell for name, cell in {**table, "x": cells}.items() if name != "off"})
        accounted(lambda source=source, w=within: read_register(source, **{**SETTINGS, **formats, "within": w}))
    for role in ("pid", "on", "off"):
        accounted(lambda role=role: read_register(make({**table, role: cells}), **SETTINGS))


def test_frames_with_a_name_twice_or_that_cannot_be_computed_are_refused() -> None:
    import polars as pl

    twice = pd.DataFrame([[CANARY, CANARY]], columns=[CANARY, CANARY])
    for source in (twice, pa.table([[1], [2]], names=["q12a", "q12a"]), pl.LazyFrame({"a": [1]}).select(pl.col("b"))):
        assert accounted(lambda source=source: read_staff_survey(source, edition=2024)) is not None


@pytest.mark.parametrize(
    "cells",
    [
        [dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 5)],
        [pd.Timestamp("2020-01-01", tz="Europe/London"), pd.Timestamp("2020-07-01", tz="Asia/Tokyo")],
        [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1)],
    ],
)
def test_dates_of_several_kinds_in_one_column_are_refused(cells: list[object]) -> None:
    extract = pd.DataFrame({"pid": ["a", "b"], "on": pd.Series(cells, dtype=object), "off": [None, None]})

    with pytest.raises(InvalidDataError, match="dates of one kind"):
        read_register(extract, **SETTINGS)


def test_a_file_without_a_header_shows_nobody(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(f"{CANARY},1990-01-01,UK\nb,1991-01-01,EU\n")
    assert accounted(lambda: read_register(path, **SETTINGS)) is not None
    path.write_text(f"{CANARY},1990-01-01,{CANARY}\nb,1991-01-01,EU\n")
    assert accounted(lambda: read_register(path, **SETTINGS)) is not None


def notes(text: str | bytes, **declared: str) -> tuple[str, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_delimited(data, "x.csv", **{"encoding": None, "delimiter": None, **declared}).notes


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ('a,b,c\n1,2,"x\n3,4,x"\n1,2,y', "line breaks inside quotation marks in: c"),
        ('a,b,c\n1,"x\n3,4,x\n1,2",2,7\n1,2,y\n', "line breaks inside quotation marks in 1 of the records set aside"),
    ],
)
def test_records_that_a_quotation_swallows_are_noted(text: str, noted: str) -> None:
    assert noted in notes(text)


def test_an_unclosed_quotation_is_found_whatever_ends_the_lines() -> None:
    with pytest.raises(FileFormatError, match="never closed"):
        notes('a,b,c\r1,2,"x\r3,4,x\r1,2,y\r')


def test_a_mark_of_utf_8_contradicts_another_encoding() -> None:
    with pytest.raises(FileFormatError, match="byte-order mark"):
        notes(b"\xef\xbb\xbfa,b\n1,2\n", encoding="cp1252")


def test_a_mark_of_utf_8_twice_is_no_part_of_a_name() -> None:
    parsed = parse_delimited(b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n", "x.csv", encoding=None, delimiter=None)

    assert parsed.table.column_names == ["a", "b"]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_stated_delimiter_is_read_whatever_ends_the_lines(end: str) -> None:
    text = end.join(["sep=;", "a;b,c,d", "1;2", ""])

    parsed = parse_delimited(text.encode(), "x.csv", encoding=None, delimiter=None)

    assert parsed.table.column_names == ["a", "b,c,d"]


def test_a_record_longer_than_two_blocks_is_read() -> None:
    data = b"a,b\n1," + b"x" * (17 << 20) + b"\n1,2,3\n4,5\n"

    parsed = parse_delimited(data, "x.csv", encoding=None, delimiter=None)

    assert parsed.table.num_rows == 2
    assert parsed.malformed.tolist() == [2]
