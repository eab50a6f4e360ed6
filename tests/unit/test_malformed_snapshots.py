"""Snapshot files as they should not be: named, refused or accounted for; nothing lost in silence."""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import workforce_metrics as wm
from workforce_metrics.errors import (
    DataQualityWarning,
    FileFormatError,
    IdentifierError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
    StorageError,
)

DAYS = [dt.date(2020, 1, 31), dt.date(2020, 2, 29), dt.date(2020, 3, 31), dt.date(2020, 4, 30)]
COLUMNS = {"person_id": "pid", "period": "month"}


def month(day: dt.date, people: list[object], **others: object) -> pd.DataFrame:
    return pd.DataFrame({"pid": people, "month": day, **others})


def write(folder: Path, day: dt.date, frame: pd.DataFrame) -> Path:
    path = folder / f"{day:%Y-%m}.parquet"
    frame.to_parquet(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "staff"
    made.mkdir()
    for day in DAYS:
        write(made, day, month(day, [1, 2, 3]))
    return made


def read(source: object, **others: object) -> wm.extracts.Register:
    return wm.read_snapshots(source, columns=COLUMNS, posts="first", progress=False, **others)


def changed(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-4] + b"XXXX",
        lambda _: b"",
        lambda _: b"pid,month\n1,2020-02-29\n",
    ],
    ids=["truncated", "bad end", "empty", "text"],
)
def test_a_damaged_file_among_others_is_named(folder: Path, change: Callable[[bytes], bytes]) -> None:
    changed(folder / "2020-02.parquet", change)
    with pytest.raises(FileFormatError, match=r"2020-02\.parquet") as caught:
        read(folder)
    assert str(folder) not in str(caught.value)


def test_a_file_damaged_within_its_pages_is_named(folder: Path) -> None:
    path = folder / "2020-03.parquet"
    month(DAYS[2], list(range(5000))).to_parquet(path)
    changed(path, lambda data: data[:4] + bytes(200) + data[204:])
    with pytest.raises(FileFormatError, match=r"2020-03\.parquet"):
        read(folder)


def test_text_that_is_no_utf8_is_named(folder: Path) -> None:
    for name in ("pid", "org"):
        table = pa.table({"pid": ["a", "b"], "org": ["x", "y"], "month": [DAYS[2]] * 2})
        bad = pa.Array.from_buffers(
            pa.string(), 2, [None, pa.array([0, 1, 2], pa.int32()).buffers()[1], pa.py_buffer(b"a\xff")]
        )
        table = table.set_column(table.column_names.index(name), name, bad)
        for day in DAYS:
            write(folder, day, month(day, ["a", "b"], org=["x", "y"]))
        parquet.write_table(table, folder / "2020-03.parquet")
        with pytest.raises(FileFormatError, match=r"2020-03\.parquet"):
            read(folder, covariates=["org"])


def test_one_wrong_byte_is_found_where_the_file_has_checksums(folder: Path) -> None:
    path = folder / "2020-03.parquet"
    month(DAYS[2], list(range(5000))).to_parquet(path, write_page_checksum=True, compression=None, use_dictionary=False)
    changed(path, lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:])
    with pytest.raises(FileFormatError, match=r"2020-03\.parquet"):
        read(folder)


def test_a_file_without_a_column_is_named(folder: Path) -> None:
    write(folder, DAYS[2], month(DAYS[2], [1, 2]).rename(columns={"pid": "PID"}))
    with pytest.raises(MissingColumnError, match=r"2020-03.parquet: .*'pid', not there.*'PID'"):
        read(folder)


def test_a_column_of_another_kind_is_refused_with_both_files(folder: Path) -> None:
    for day in DAYS:
        write(folder, day, month(day, [1, 2], grade=["5", "6"] if day != DAYS[1] else [5, 6]))
    with pytest.raises(InvalidDataError, match=r"grade: .*numbers in 2020-02.parquet, text in 2020-01.parquet"):
        read(folder, covariates=["grade"])


def test_identifiers_may_be_stored_in_any_type_that_holds_them(folder: Path) -> None:
    write(folder, DAYS[0], month(DAYS[0], [1, 2, 3]).astype({"pid": "int16"}))
    write(folder, DAYS[1], month(DAYS[1], [1.0, 2.0, None, 3.0]))
    write(folder, DAYS[2], month(DAYS[2], ["1", "2", " 3 "]))
    write(folder, DAYS[3], month(DAYS[3], pd.Categorical(["3", "2", "1"])))
    register = read(folder)
    assert register.spells["person_id"].tolist() == ["1", "2", "3"]
    assert register.spells["left"].isna().all()
    assert register.report.count("person_id is numbers in some files and text in others") == 1
    assert register.report.rows.values.tolist() == [["2020-02.parquet", 3, "person_id missing"]]


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.string(), pa.dictionary(pa.int8(), pa.string()), pa.string_view()]
)
def test_text_may_be_stored_in_any_type_of_text(folder: Path, kind: pa.DataType) -> None:
    for day in DAYS:
        write(folder, day, month(day, ["a", "b"], org=["x", "y"], grade=["5", None]))
    table = parquet.read_table(folder / "2020-02.parquet")
    for place, name in enumerate(table.column_names):
        if name != "month":
            array = table[name].combine_chunks()
            array = array.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else array.cast(kind)
            table = table.set_column(place, name, array)
    parquet.write_table(table, folder / "2020-02.parquet")
    register = wm.read_snapshots(
        folder, columns=COLUMNS | {"organisation": "org"}, posts="all", definition="left the organisation",
        covariates=["grade"],
    )  # fmt: skip
    assert register.spells["last_seen"].dt.date.tolist() == [DAYS[3]] * 2
    assert register.spells["organisation"].tolist() == ["x", "y"]


def test_numbers_and_dates_may_be_stored_in_any_type_of_them(folder: Path) -> None:
    born = pd.Timestamp("1980-01-01")
    for day, grade, dates in zip(
        DAYS,
        [pa.array([5, 6]), pa.array([5.0, None]), pa.array([5, 6], pa.uint8()), pa.nulls(2)],
        [pa.array([born.date()] * 2), pa.array([born] * 2, pa.timestamp("ns")), pa.array([dt.date(9999, 12, 31)] * 2),
         pa.array([born] * 2, pa.timestamp("s"))],
        strict=True,
    ):  # fmt: skip
        table = pa.table({"pid": [1, 2], "month": [day] * 2, "grade": grade, "since": dates})
        parquet.write_table(table, folder / f"{day:%Y-%m}.parquet")
    register = wm.read_snapshots(
        folder, columns=COLUMNS | {"joined": "since"}, posts="first", covariates=["grade"], changes=True
    )
    assert register.spells["grade"].tolist() == [5, 6]
    assert register.spells["joined"].dt.year.tolist() == [1980, 1980]
    assert len(register.changes) == 2 + 1 + 3  # person 1: missing at last; person 2: missing, 6 again, missing


def test_times_of_a_zone_beside_times_of_none_are_refused(folder: Path) -> None:
    for day in DAYS:
        zone = "Europe/London" if day == DAYS[2] else None
        write(folder, day, month(day, [1, 2], seen=pd.Timestamp("2019-05-05", tz=zone)))
    with pytest.raises(
        InvalidDataError, match=r"seen: .*times of the zone Europe/London in 2020-03\.parquet, dates in"
    ):
        read(folder, covariates=["seen"])


def test_files_without_a_row(folder: Path) -> None:
    write(folder, DAYS[1], month(DAYS[1], [1]).iloc[:0])
    register = read(folder)
    assert register.report.count("file without a row: 2020-02.parquet") == 1
    assert [str(day.date()) for day in register.report.missing_periods] == ["2020-02-29"]
    for day in DAYS:
        write(folder, day, month(day, [1]).iloc[:0])
    with pytest.raises(FileFormatError, match="at least one row"):
        read(folder)


def test_a_period_whose_rows_are_all_set_aside_is_no_snapshot(folder: Path) -> None:
    write(folder, DAYS[1], month(DAYS[1], [None, None]).astype({"pid": "Int64"}))
    register = read(folder)
    assert len(register.report.periods) == 3
    assert register.report.count("no usable row, so no snapshot: 2020-02-29") == 2
    assert register.spells["left"].isna().all()


def test_the_name_and_the_column_must_say_the_same_period(folder: Path) -> None:
    assert len(read(folder, period_from="%Y-%m.parquet")) == 3
    (folder / "2020-03.parquet").rename(folder / "2020-05.parquet")
    with pytest.raises(InvalidDataError, match=r"2020-05.parquet: .*another one in its column"):
        read(folder, period_from="%Y-%m.parquet")
    with pytest.raises(FileFormatError, match=r"2020-01\.parquet: expected a name that fits"):
        read(folder, period_from="staff_%Y-%m.parquet")


def test_the_same_period_in_two_files_adds_up(folder: Path) -> None:
    write(folder, DAYS[1], month(DAYS[1], [1]))
    month(DAYS[1], [3, 2]).to_parquet(folder / "more.parquet")
    register = read(folder)
    assert register.report.periods["n_people"].tolist() == [3, 3, 3, 3]
    assert len(register) == 3


def test_stray_files_are_left_out_by_name(folder: Path) -> None:
    for name in ("README.md", "_SUCCESS", ".2020-01.parquet.crc"):
        (folder / name).write_text("x")
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "part.parquet").write_text("x")
    report = read(folder).report
    assert report.frame.query("rule.str.startswith('file left out')")["rule"].tolist() == ["file left out: README.md"]


def test_a_folder_of_two_kinds_of_files_is_refused(folder: Path) -> None:
    month(DAYS[0], [1]).to_csv(folder / "old.csv", index=False)
    with pytest.raises(FileFormatError, match=r"Parquet \(2020-01.parquet\) and text files \(old.csv\)"):
        read(folder)


def test_what_is_not_there(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(MissingFileError, match="nothing of that name"):
        read(tmp_path / "none.parquet")
    with pytest.raises(MissingFileError, match="files of that pattern"):
        read(str(tmp_path / "*.parquet"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="an empty folder"):
        read(tmp_path / "empty")
    with pytest.raises(FileFormatError, match="each file once"):
        read([folder / "2020-01.parquet", str(folder / "2020-01.parquet")])
    (tmp_path / "staff.xlsx").write_text("x")
    with pytest.raises(FileFormatError, match=r"a \.xlsx file"):
        read(tmp_path / "staff.xlsx")
    with pytest.raises(InvalidArgumentError, match="a path or a data frame"):
        read(5)


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may read everything")
def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "2020-02.parquet").chmod(0)
    with pytest.raises(FileFormatError, match=r"2020-02.parquet: .*permission"):
        read(folder)


def test_no_permission_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = parquet.ParquetFile

    def refusing(path: Path, **others: object) -> parquet.ParquetFile:
        if path.name == "2020-02.parquet":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, **others)

    monkeypatch.setattr(parquet, "ParquetFile", refusing)
    with pytest.raises(FileFormatError, match=r"2020-02.parquet: .*no permission"):
        read(folder)


def test_folders_named_by_period(tmp_path: Path) -> None:
    for day in DAYS:
        part = tmp_path / "staff" / f"month={day}"
        part.mkdir(parents=True)
        month(day, [1, 2]).drop(columns="month").to_parquet(part / "part-0.parquet")
    register = read(tmp_path / "staff")
    assert register.spells["last_seen"].dt.date.tolist() == [DAYS[3]] * 2
    assert register.report.source == "staff (4 files)"
    (tmp_path / "staff" / "month=2020-04-30").rename(tmp_path / "staff" / "month=April")
    with pytest.raises(InvalidDataError, match=r"month=April/part-0\.parquet"):
        read(tmp_path / "staff")
    month(DAYS[0], [1]).to_parquet(tmp_path / "staff" / "all.parquet")
    (tmp_path / "staff" / "month=April").rename(tmp_path / "staff" / "month=2020-04-30")
    with pytest.raises(FileFormatError, match=r"all\.parquet: expected a period in each file's folder"):
        read(tmp_path / "staff")


def test_an_identifier_drawn_anew_for_every_file_is_refused(folder: Path) -> None:
    write(folder, DAYS[2], month(DAYS[2], [11, 12, 3]))
    with pytest.raises(IdentifierError, match=r"only 1 of 3 \(33%\) that recur; the identifier is not persistent"):
        read(folder)
    assert len(read(folder, min_recurring=0)) > 3


def test_a_partial_snapshot_is_flagged_and_not_taken_for_another_identifier(folder: Path) -> None:
    for day in DAYS:
        write(folder, day, month(day, list(range(10 if day == DAYS[1] else 40))))
    with pytest.warns(DataQualityWarning, match="around: 2020-02-29; who is missing there counts as having left"):
        report = read(folder).report
    periods = report.periods
    assert report.count("snapshot partial: 2020-02-29") == 1
    assert read(folder, gap_periods=1).spells["left"].isna().all()
    assert periods["flag"].tolist() == [None, "partial", None, None]
    assert periods["share_recurring"].tolist()[1:] == [1.0, 1.0, 1.0]


def test_too_few_snapshots_are_refused(folder: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"at least 5 snapshots with gap_periods=3, got 4 of 12 rows"):
        read(folder, gap_periods=3)
    with pytest.raises(InvalidDataError, match=r"got 0 of 2 rows, 2 rows person_id missing"):
        read(pd.DataFrame({"pid": [None, None], "month": DAYS[:2]}))


def test_text_files_with_warts(tmp_path: Path) -> None:
    for day in DAYS:
        text = f"pid;org;on\n007;Zürich;01/02/2019\n{'8;x' if day == DAYS[1] else '8;x;31/12/2018'}\n1.2E+11;x;\n"
        (tmp_path / f"staff_{day:%Y%m}_v2.csv").write_bytes(text.encode("cp1252"))
    register = wm.read_snapshots(
        tmp_path,
        columns={"person_id": "pid", "organisation": "org", "joined": "on"},
        period_from="staff_%Y%m_*.csv",
        posts="first",
        date_formats="%d/%m/%Y",
    )
    assert register.spells["person_id"].tolist() == ["007", "8", "8"]
    assert register.spells["organisation"].tolist() == ["Zürich", "x", "x"]
    assert register.spells["joined"].dt.date.tolist() == [
        dt.date(2019, 2, 1),
        dt.date(2018, 12, 31),
        dt.date(2020, 3, 16),
    ]
    rows = register.report.rows
    assert rows["rule"].value_counts().to_dict() == {
        "person_id lost digits": 4,
        "another number of fields than the header": 1,
    }
    assert rows.query("file == 'staff_202002_v2.csv'")["row"].tolist() == [2, 3]
    assert register.report.n_read == 12
    assert register.report.count("encoding detected: cp1252") == 4


def test_a_text_file_that_is_a_header_alone_or_lacks_a_column_is_named(tmp_path: Path) -> None:
    for day in DAYS:
        month(day, [1, 2]).to_csv(tmp_path / f"{day}.csv", index=False)
    (tmp_path / f"{DAYS[1]}.csv").write_text("pid,month\n")
    with pytest.raises(FileFormatError, match=r"2020-02-29.csv: .*a header alone"):
        read(tmp_path)
    (tmp_path / f"{DAYS[1]}.csv").write_text("pid,date\n1,2020-02-29\n")
    with pytest.raises(MissingColumnError, match=r"2020-02-29.csv: .*'month', not there"):
        read(tmp_path)


def test_a_large_text_file_is_read_in_blocks_of_whole_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f'{pid},{day},"{"a" * 40}\n""{pid}"""' for day in DAYS for pid in range(500)]
    rows.insert(700, "1,2")
    (tmp_path / "all.csv").write_text("pid,month,note\n" + "\n".join(rows) + "\n")
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.text_pieces.LEAST_BLOCK", 7_001)
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.text_pieces.SHARE_OF_MEMORY", 10**9)
    register = read(tmp_path / "all.csv", covariates=["note"])
    assert len(register) == 500
    assert register.spells["note"].tolist()[1] == f'{"a" * 40}\n"1"'
    assert register.report.rows.values.tolist() == [["all.csv", 701, "another number of fields than the header"]]
    assert (register.report.n_read, register.report.n_kept) == (2001, 2000)


def unsorted(path: Path, n: int = 4000) -> Path:
    frame = pd.concat([month(day, list(range(n))) for day in DAYS]).sample(frac=1, random_state=3)
    frame.to_parquet(path, row_group_size=1000)
    return path


@pytest.fixture
def spilling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.sweep.SHARE_THAT_WAITS", 10**6)


@pytest.mark.usefixtures("spilling")
def test_an_unsorted_source_goes_over_the_disk_and_leaves_nothing_there(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    register = read(unsorted(tmp_path / "all.parquet"), spill_folder=spill)
    assert len(register) == 4000
    assert list(spill.iterdir()) == []


@pytest.mark.usefixtures("spilling")
@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "a full disk"), (errno.EACCES, "no permission to write")])
def test_a_disk_that_fails_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()

    def failing(*_: object) -> list[int]:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("workforce_metrics.loaders.snapshots.spill.write_chunks", failing)
    with pytest.raises(StorageError, match=f"spill_folder: .*{said}"):
        read(unsorted(tmp_path / "all.parquet"), spill_folder=spill)
    assert list(spill.iterdir()) == []


@pytest.mark.usefixtures("spilling")
def test_a_spill_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such folder"):
        read(unsorted(tmp_path / "all.parquet"), spill_folder=tmp_path / "none")


@pytest.mark.usefixtures("spilling")
def test_an_error_or_an_interruption_midway_leaves_no_spill_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    source = unsorted(tmp_path / "all.parquet")
    monkeypatch.setattr(
        "workforce_metrics.loaders.snapshots.presence.Presence.see", lambda *_, **__: signal.raise_signal(signal.SIGINT)
    )
    with pytest.raises(KeyboardInterrupt):
        read(source, spill_folder=spill)
    assert list(spill.iterdir()) == []


def test_what_a_killed_process_leaves_is_removed_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    source = unsorted(tmp_path / "all.parquet")
    code = f"""
        import sys, time
        import workforce_metrics as wm
        from workforce_metrics.loaders.snapshots import presence, sweep
        sweep.SHARE_THAT_WAITS = 10**6
        presence.Presence.see = lambda *_, **__: time.sleep(60)
        wm.read_snapshots({str(source)!r}, columns={COLUMNS!r}, posts="first", spill_folder={str(spill)!r})
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])  # noqa: S603 - our own code
    try:
        until = time.monotonic() + 60
        while not list(spill.glob("*/*.arrows")) and time.monotonic() < until:
            time.sleep(0.05)
        monkeypatch.setattr("workforce_metrics.loaders.snapshots.sweep.SHARE_THAT_WAITS", 10**6)
        assert len(read(source, spill_folder=spill)) == 4000
        assert len(list(spill.iterdir())) == 1  # that of the process that is alive
    finally:
        process.kill()
        process.wait()
    assert len(list(spill.iterdir())) == 1
    assert len(read(source, spill_folder=spill)) == 4000
    assert list(spill.iterdir()) == []


def test_a_snapshot_larger_than_the_memory_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.concat([month(day, list(range(20_000))) for day in DAYS[:2]])
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.sweep.TIMES_ITS_SIZE", 500)
    with pytest.raises(InvalidArgumentError, match=r"memory_limit: expected at least \d+ MB, got 67 MB"):
        read(frame, memory_limit=67_108_864, spill_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"definition": "left"}, "definition: expected one that is known"),
        ({"posts": "largest_fte"}, "map 'fte' in columns, or choose posts='first'"),
        ({"posts": "sum"}, "posts: expected one of"),
        ({"gap_periods": -1}, "gap_periods"),
        ({"gap_periods": 1.5}, "gap_periods"),
        ({"dated_at": "start"}, "dated_at"),
        ({"definition": "left the organisation"}, "a column for 'organisation' with 'left the organisation'"),
        ({"definition": "became not active"}, "a column for 'active'"),
        ({"columns": {"period": "month"}}, "person_id"),
        ({"columns": {"person_id": "pid"}}, "period_from"),
        ({"columns": {"person_id": "pid", "month": "month"}}, "roles among"),
        ({"columns": {"person_id": "pid", "period": "pid"}}, "'pid' as person_id and period"),
        ({"covariates": ["pid"]}, "not in the register anyway"),
        ({"covariates": ["reason"]}, "names the register does not use"),
        ({"period_format": "%d"}, "period_format: expected a format with a month and a year"),
        ({"period_from": "month"}, "a pattern of file names"),
        ({"active_values": ["yes"]}, "active_values"),
        ({"fte_max": 0}, "fte_max"),
        ({"min_recurring": 2}, "min_recurring"),
        ({"memory_limit": "much"}, "memory_limit: expected a size"),
        ({"memory_limit": "1MB"}, "64 MiB or more"),
        ({"date_formats": "%m"}, "date_formats"),
    ],
)
def test_arguments_that_do_not_fit(given: dict[str, object], said: str) -> None:
    frame = pd.concat([month(day, [1, 2]) for day in DAYS])
    with pytest.raises(InvalidArgumentError, match=said):
        wm.read_snapshots(frame, **{"columns": COLUMNS, "posts": "first"} | given)


def test_a_message_never_shows_a_person(folder: Path) -> None:
    write(folder, DAYS[2], month(DAYS[2], [777777, 888888, 999999]))
    with pytest.raises(IdentifierError) as caught:
        read(folder)
    assert not any(secret in str(caught.value) for secret in ("777777", "888888", "999999"))


def test_the_page_about_malformed_files_lists_every_test() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/malformed_snapshot_files.md").read_text()
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(re.findall(r"`([a-z_0-9]{15,})`", page)) == tests - {"the_page_about_malformed_files_lists_every_test"}
