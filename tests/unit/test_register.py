"""read_register on files with warts: every row accounted for, or an error that says what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import (
    FileFormatError,
    IdentifierError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
    WorkforceMetricsError,
)
from workforce_metrics.extracts import Register
from workforce_metrics.loaders.register import read_register

COLUMNS = {"person_id": "PIN", "joined": "from", "left": "to", "reason": "why"}
HEADER = "PIN,from,to,why,route"
GOOD = "PIN-good,01/02/2018,03/04/2021,Retirement,UK"
SETTINGS = {
    "columns": COLUMNS,
    "definition": "left the register",
    "observed_from": "2015-04-01",
    "observed_to": "2025-03-31",
    "date_formats": ["%d/%m/%Y", "%Y-%m-%d"],
}
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "malformed_register_files.md"


@dataclass(frozen=True)
class Case:
    """A source with one wart: what it holds, how it is read, and what must come of it."""

    name: str
    source: str | bytes | pd.DataFrame
    expected: type[WorkforceMetricsError] | tuple[str, str, int]
    settings: dict[str, object] = field(default_factory=dict)
    file: str = "register.csv"


def rows(*lines: str) -> str:
    return "\n".join((HEADER, GOOD, *lines)) + "\n"


def frame(**columns: object) -> pd.DataFrame:
    base = {"PIN": ["PIN-one", "PIN-two"], "from": ["01/02/2018"] * 2, "to": ["03/04/2021", None], "why": ["x", None]}
    return pd.DataFrame({**base, **columns})


def aside(rule: str, n: int = 1) -> tuple[str, str, int]:
    return ("row set aside", rule, n)


def changed(rule: str, n: int = 1) -> tuple[str, str, int]:
    return ("row changed", rule, n)


def note(rule: str, n: int = 0) -> tuple[str, str, int]:
    return ("note", rule, n)


STACKED = {"columns": {**COLUMNS, "snapshot": "seen"}}
AMBIGUOUS = {"date_formats": ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]}
AMBIGUOUS_TEXT = f"{HEADER}\nPIN-good,2018-02-01,2021-04-30,,UK\n"
MIDNIGHTS = pd.to_datetime(["2018-02-01 00:00", "2018-02-01 09:30"])
CASES = [
    # the file
    Case("empty-file", b"", FileFormatError),
    Case("header-only", HEADER + "\n", FileFormatError),
    Case("spreadsheet-renamed", b"PK\x03\x04" + b"\x00" * 40, FileFormatError),
    Case("nul-bytes", rows("PIN-nul\x00,01/02/2018,,,UK"), FileFormatError),
    Case("unclosed-quotation", rows('"PIN-open,01/02/2018,,,UK', "PIN-next,01/02/2018,,,UK"), FileFormatError),
    Case("wrong-encoding", rows("PIN-é,01/02/2018,,,UK").encode("cp1252"), FileFormatError, {"encoding": "utf-8"}),
    Case("windows-encoding", rows("PIN-é,01/02/2018,,,UK").encode("cp1252"), note("encoding detected: cp1252")),
    Case("byte-order-mark", rows().encode("utf-8-sig"), note("encoding detected: utf-8")),
    Case("semicolons", rows().replace(",", ";"), note("delimiter detected: ';'")),
    Case("too-few-fields", rows("PIN-short,01/02/2018"), aside("another number of fields than the header")),
    Case("too-many-fields", rows("PIN-long,01/02/2018,,,UK,EU"), aside("another number of fields than the header")),
    Case("column-name-twice", "PIN,from,to,why,why\nPIN-a,01/02/2018,,,\n", FileFormatError),
    Case("no-such-file", "", MissingFileError, file="absent.csv"),
    Case("unknown-ending", rows(), FileFormatError, file="register.xlsb"),
    # the columns
    Case("absent-column", rows(), MissingColumnError, {"columns": {**COLUMNS, "left": "too"}}),
    Case("absent-within", rows(), MissingColumnError, {"within": "employer"}),
    Case("unknown-role", rows(), InvalidArgumentError, {"columns": {**COLUMNS, "leaving": "route"}}),
    Case("role-not-declared", rows(), InvalidArgumentError, {"columns": {"person_id": "PIN"}}),
    Case("column-with-two-roles", rows(), InvalidArgumentError, {"columns": {**COLUMNS, "left": "from"}}),
    Case("reserved-name", rows().replace("route", "left"), InvalidArgumentError),
    Case("no-leaving-column", rows(), note("no leaving date declared: every spell is still running"),
         {"columns": {"person_id": "PIN", "joined": "from"}}),
    Case("formats-not-declared", rows(), InvalidArgumentError, {"date_formats": None}),
    Case("incomplete-format", rows(), InvalidArgumentError, {"date_formats": ["%Y"]}),
    Case("not-a-format", rows(), InvalidArgumentError, {"date_formats": ["%d/%m/%Y %Q"]}),
    Case("no-date-in-the-formats", rows(), InvalidDataError, {"date_formats": ["%Y%m%d"]}),
    Case("format-that-no-date-has", rows(), note("format that no date has: %Y-%m-%d")),
    Case("nested-column", frame(posts=[["a"], ["b"]]), InvalidDataError),
    Case("identifiers-are-dates", frame(PIN=MIDNIGHTS), InvalidDataError),
    Case("dates-are-booleans", frame(**{"from": [True, False]}), InvalidDataError),
    # the identifier
    Case("person-id-blank", rows("  ,01/02/2018,,,UK"), aside("person_id missing")),
    Case("person-id-mark", rows("NULL,01/02/2018,,,UK", "n/a,01/02/2018,,,UK"), aside("person_id missing", 2)),
    Case("person-id-scientific", rows("1.23457E+11,01/02/2018,,,UK"), aside("person_id lost digits")),
    Case("person-id-long-decimal", rows("12345678901234567890.0,01/02/2018,,,UK"), aside("person_id lost digits")),
    Case("person-id-fraction", frame(PIN=[1.5, 2.0]), aside("person_id lost digits")),
    Case("person-id-beyond-2-53", frame(PIN=[2.0**53, 2.0]), aside("person_id lost digits")),
    Case("person-id-decimal", rows("388804.0,01/02/2018,,,UK"), changed("person_id read as a whole number")),
    Case("identifier-not-persistent", frame(seen=["2020-03", "2020-06"]), IdentifierError, STACKED),
    Case("one-snapshot", frame(seen=["2020-03"] * 2), note("one snapshot: whether identifiers recur cannot be seen"),
         STACKED),
    Case("snapshot-missing", frame(seen=["2020-03", None]), aside("snapshot missing or unreadable"), STACKED),
    Case("snapshot-without-order", frame(seen=["March 2020", "June 2020"]), InvalidDataError, STACKED),
    # joining
    Case("joined-blank", rows("PIN-a,,,,UK"), aside("joined missing")),
    Case("joined-sentinel", rows("PIN-a,01/01/1900,,,UK"), aside("joined missing")),
    Case("joined-impossible", rows("PIN-a,31/02/2018,,,UK"), aside("joined unreadable")),
    Case("joined-plain-year", rows("PIN-a,2018,,,UK"), aside("joined unreadable")),
    Case("joined-spreadsheet-serial", rows("PIN-a,43831,,,UK"), aside("joined unreadable")),
    Case("joined-ambiguous", AMBIGUOUS_TEXT + "PIN-a,01/02/2018,,,UK\n",
         aside("date ambiguous under the declared formats"), AMBIGUOUS),
    Case("joined-after-the-window", rows("PIN-a,01/04/2025,,,UK"), aside("joined after observed_to")),
    Case("joined-time-of-day", frame(**{"from": MIDNIGHTS}), changed("time of day dropped")),
    Case("joined-two-digit-year", rows("PIN-a,01-02-18,,,UK"), note("two-digit years read as 1969-2068: %d-%m-%y"),
         {"date_formats": ["%d/%m/%Y", "%d-%m-%y"]}),
    # leaving
    Case("left-impossible", rows("PIN-a,01/02/2018,30/02/2019,,UK"), aside("left unreadable")),
    Case("left-ambiguous", AMBIGUOUS_TEXT + "PIN-a,2018-02-01,01/02/2019,,UK\n",
         aside("date ambiguous under the declared formats"), AMBIGUOUS),
    Case("left-before-joining", rows("PIN-a,01/02/2018,31/01/2018,,UK"), aside("leaving before joining")),
    Case("left-sentinel", rows("PIN-a,01/02/2018,31/12/9999,,UK"), changed("sentinel date read as still there")),
    Case("left-mark", rows("PIN-a,01/02/2018,00/00/0000,,UK", "PIN-b,01/02/2018,-,,UK"),
         changed("mark for no date read as still there", 2)),
    Case("left-far-future", rows("PIN-a,01/02/2018,01/01/2999,,UK"),
         changed("left after observed_to read as still there")),
    Case("left-after-the-window", rows("PIN-a,01/02/2018,01/04/2025,x,UK"),
         changed("left after observed_to read as still there")),
    Case("left-before-the-window", rows("PIN-a,01/02/2012,01/04/2015,,UK"), aside("left on or before observed_from")),
    Case("zero-length", rows("PIN-a,01/02/2018,01/02/2018,,UK"), aside("zero-length spell")),
    Case("zero-length-kept", rows("PIN-a,01/02/2018,01/02/2018,,UK"), changed("zero-length spell read as one day"),
         {"zero_length": "one_day"}),
    Case("reason-without-leaving", rows("PIN-a,01/02/2018,,Retirement,UK"),
         changed("reason without a leaving date cleared")),
    Case("reason-mark", rows("PIN-a,01/02/2018,01/02/2019,NULL,UK"), changed("mark for no reason read as none")),
    # several rows of a person
    Case("exact-duplicate", rows(GOOD, GOOD), aside("exact duplicate", 2)),
    Case("overlap", rows("PIN-good,01/03/2018,01/01/2020,,UK"), changed("overlapping spells joined")),
    Case("same-day-transfer", rows("PIN-good,03/04/2021,01/01/2023,,UK"), changed("same-day transfer joined")),
    Case("rejoining", rows("PIN-good,03/05/2021,01/01/2023,,UK"), changed("re-joined within tolerance"),
         {"rejoin_within_days": 30}),
    Case("seen-in-two-snapshots",
         frame(PIN=["PIN-one"] * 2, seen=["2020-03", "2021-06"], to=[None, "03/04/2021"], why=[None, "x"]),
         changed("seen again in a later snapshot"), STACKED),
    Case("last-reasons-differ", rows("PIN-good,01/03/2018,03/04/2021,Resignation,UK"),
         note("spells with several last reasons, the first taken", 1)),
    Case("nothing-usable", f"{HEADER}\nPIN-a,01/02/2012,01/04/2013,,UK\n", InvalidDataError),
]  # fmt: skip


def read(case: Case, folder: Path) -> Register:
    if isinstance(case.source, pd.DataFrame):
        source: object = case.source
    else:
        source = folder / case.file
        if case.name != "no-such-file":
            source.write_bytes(case.source if isinstance(case.source, bytes) else case.source.encode())
    return read_register(source, **{**SETTINGS, **case.settings})


def cells_of(case: Case) -> set[str]:
    if isinstance(case.source, pd.DataFrame):
        return {str(cell) for column in case.source for cell in case.source[column] if isinstance(cell, str)} - {"x"}
    text = case.source if isinstance(case.source, str) else case.source.decode("cp1252")
    return {cell.strip() for line in text.splitlines()[1:] for cell in re.split("[,;]", line) if len(cell.strip()) > 2}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_wart_is_an_error_or_a_line_of_the_report(case: Case, tmp_path: Path) -> None:
    if isinstance(case.expected, type):
        with pytest.raises(case.expected) as caught:
            read(case, tmp_path)
        error = caught.value
        assert error.argument
        assert error.fix
        said = str(error)
    else:
        action, rule, n = case.expected
        register = read(case, tmp_path)
        report = register.report
        line = report.frame[(report.frame["action"] == action) & (report.frame["rule"] == rule)]
        assert line["n"].tolist() == [n]
        assert report.n_read == report.n_kept + report.n_set_aside
        assert report.n_set_aside == (n if action == "row set aside" else 0)
        said = f"{report!r}{report.frame.to_csv()}{report.rows.to_csv()}{register!r}"
    assert not [cell for cell in cells_of(case) if cell in said]


def test_the_documentation_lists_exactly_what_is_tried() -> None:
    documented = re.findall(r"^\| `([a-z0-9-]+)` \|", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert documented == [case.name for case in CASES]


def spells(text: str, folder: Path, **settings: object) -> pd.DataFrame:
    path = folder / "register.csv"
    path.write_text(text, encoding="utf-8")
    return read_register(path, **{**SETTINGS, **settings}).spells


def test_a_row_of_a_clean_file_becomes_a_typed_spell(tmp_path: Path) -> None:
    table = spells(rows("PIN-b,2019-05-06,,,EU"), tmp_path)

    assert table.columns.tolist() == ["person_id", "joined", "left", "reason", "route"]
    assert table["person_id"].tolist() == ["PIN-b", "PIN-good"]
    assert isinstance(table["person_id"].dtype, pd.StringDtype)
    assert table["joined"].dtype == table["left"].dtype == np.dtype("datetime64[s]")
    assert table["joined"].tolist() == [pd.Timestamp("2019-05-06"), pd.Timestamp("2018-02-01")]
    assert table["left"].isna().tolist() == [True, False]
    assert table["reason"].cat.categories.tolist() == ["Retirement"]
    assert table["route"].tolist() == ["EU", "UK"]


def test_csv_parquet_and_frames_of_three_libraries_read_alike(tmp_path: Path) -> None:
    import polars as pl
    import pyarrow as pa

    text = rows("PIN-b,2019-05-06,,,EU", "PIN-c,01/02/2018,05/06/2019,Unheard of,UK")
    expected = spells(text, tmp_path)
    data = pd.read_csv(tmp_path / "register.csv", dtype="str")
    data.to_parquet(tmp_path / "register.parquet")
    sources = [tmp_path / "register.parquet", data, pl.from_pandas(data), pl.from_pandas(data).lazy(),
               pa.Table.from_pandas(data), data.astype("category")]  # fmt: skip

    for source in sources:
        pd.testing.assert_frame_equal(read_register(source, **SETTINGS).spells, expected)


def test_columns_keep_their_types(tmp_path: Path) -> None:
    bands = pd.Categorical(["young", "old"], categories=["young", "old"])
    source = frame(age=[30, 60], fte=[1.0, None], grade=pd.array([5, None], "Int64"), flag=[True, None], band=bands)

    table = read_register(source.convert_dtypes(), **SETTINGS).spells.set_index("person_id")

    assert table["age"].tolist() == [30, 60]
    assert table["grade"].dtype == "Int64"
    assert table["flag"].dtype == "boolean"
    assert table["fte"].isna().tolist() == [False, True]
    assert table["band"].cat.categories.tolist() == ["young", "old"]


def test_many_different_texts_are_carried_as_strings() -> None:
    n = 1_001
    source = pd.DataFrame({"PIN": np.arange(n), "from": "01/02/2018", "to": None, "why": None})
    source["note"] = "n" + source["PIN"].astype(str)

    table = read_register(source, **SETTINGS).spells

    assert isinstance(table["note"].dtype, pd.StringDtype)
    assert (table["note"] == "n" + table["person_id"]).all()


def test_the_window_holds_its_last_day_and_not_its_first() -> None:
    source = pd.DataFrame({"PIN": list("abcd"), "from": ["01/02/2012"] * 4})
    source["to"] = ["01/04/2015", "02/04/2015", "31/03/2025", "01/04/2025"]

    register = read_register(source, **{**SETTINGS, "columns": {"person_id": "PIN", "joined": "from", "left": "to"}})

    assert register.spells["person_id"].tolist() == ["b", "c", "d"]
    assert register.spells["left"].isna().tolist() == [False, False, True]
    assert register.observed_from == pd.Timestamp("2015-04-01")
    assert register.observed_to == pd.Timestamp("2025-03-31")


def test_without_a_start_every_leaving_counts() -> None:
    source = frame(to=["03/04/1990", None], **{"from": ["01/02/1980", "01/02/2018"]})

    register = read_register(source, **{**SETTINGS, "observed_from": None})

    assert len(register) == 2
    assert pd.isna(register.observed_from)


def test_back_across_the_start_of_the_window_is_one_running_spell(tmp_path: Path) -> None:
    text = rows("PIN-a,01/02/2012,01/03/2015,Lapsed,UK", "PIN-a,01/05/2015,01/06/2016,Moved,EU")

    back = spells(text, tmp_path, rejoin_within_days=61).set_index("person_id").loc["PIN-a"]
    apart = spells(text, tmp_path, rejoin_within_days=60).set_index("person_id").loc["PIN-a"]

    assert (back["joined"], back["reason"], back["route"]) == (pd.Timestamp("2012-02-01"), "Moved", "UK")
    assert (apart["joined"], apart["route"]) == (pd.Timestamp("2015-05-01"), "EU")


def test_within_an_organisation_a_move_is_leaving(tmp_path: Path) -> None:
    text = rows("PIN-a,01/02/2018,01/06/2019,Promotion,RX1", "PIN-a,01/06/2019,,, RY2", "PIN-a,01/02/2018,,,RY2")

    anywhere = spells(text, tmp_path)
    within = spells(text, tmp_path, within="route")

    assert anywhere.loc[anywhere["person_id"] == "PIN-a", "left"].isna().tolist() == [True]
    moved = within[within["person_id"] == "PIN-a"]
    assert moved["route"].tolist() == ["RX1", "RY2"]
    assert moved["left"].tolist() == [pd.Timestamp("2019-06-01"), pd.NaT]
    assert moved["joined"].tolist() == [pd.Timestamp("2018-02-01")] * 2


def test_the_latest_snapshot_says_how_a_stay_ended_and_the_earliest_how_it_began() -> None:
    source = pd.DataFrame(
        {
            "PIN": ["a", "a", "a", "b", "b", "b"],
            "from": ["01/02/2018"] * 6,
            "to": [None, "03/04/2021", "05/06/2021", "01/01/2021", None, None],
            "why": [None, "Lapse", "Retirement", "Lapse", None, None],
            "band": ["five", "six", "seven"] * 2,
            "seen": ["2020-Q1", "2021-Q2", "2021-Q3"] * 2,
        }
    )

    register = read_register(source, **{**SETTINGS, **STACKED})

    assert register.spells["left"].tolist() == [pd.Timestamp("2021-06-05"), pd.NaT]
    assert register.spells["reason"].tolist() == ["Retirement", np.nan]
    assert register.spells["band"].tolist() == ["five", "five"]
    assert "seen" not in register.spells
    assert register.report.count("seen again in a later snapshot") == 4


def test_an_identifier_drawn_anew_is_refused_in_numbers_and_read_on_request() -> None:
    first, second = np.arange(499), np.arange(464, 2_464)  # 499 - 464 = 35 recur
    source = pd.DataFrame({"UNIQUE_IDENTIFIER": np.concatenate([first, second])})
    source["census"] = np.where(np.arange(len(source)) < len(first), "2020-03", "2020-06")
    source["joined_on"] = source["census"] + "-01"
    settings = {
        "columns": {"person_id": "UNIQUE_IDENTIFIER", "joined": "joined_on", "snapshot": "census"},
        "definition": "not in the next snapshot",
        "observed_from": None,
        "observed_to": "2020-06-30",
        "date_formats": "%Y-%m-%d",
    }

    with pytest.raises(IdentifierError, match=r"only 35 of 499 \(7%\) that recur; the identifier is not persistent"):
        read_register(source, **settings)
    register = read_register(source, min_recurring=0, **settings)

    assert len(register) == len(first) + len(second) - 35


def test_changes_are_counted_only_on_rows_that_stay(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text(rows("388804.0,31/02/2018,,,UK", "388805.0,01/02/2018,,,UK"), encoding="utf-8")

    report = read_register(path, **SETTINGS).report

    assert report.count("person_id read as a whole number") == 1
    assert report.rows["row"].tolist() == [2]


def test_dates_of_frames_beyond_nanoseconds_do_not_fail() -> None:
    left = np.array(["9999-12-31", "2999-01-01"], dtype="datetime64[s]")
    source = frame(**{"from": np.array(["0001-01-01", "2018-02-01"], dtype="datetime64[s]"), "to": left})

    register = read_register(source, **{**SETTINGS, "date_formats": None})

    assert register.spells["joined"].dt.year.tolist() == [1, 2018]
    assert register.spells["left"].isna().all()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("definition", "  "),
        ("observed_to", "31/03/2025"),
        ("observed_to", pd.NaT),
        ("observed_to", pd.Timestamp("2025-03-31 12:00")),
        ("observed_from", "2025-03-31"),
        ("rejoin_within_days", -1),
        ("rejoin_within_days", True),
        ("rejoin_within_days", 1.5),
        ("zero_length", "drop"),
        ("min_recurring", 50),
        ("sentinel_dates", ["never"]),
        ("within", ["PIN"]),
    ],
)
def test_a_policy_that_says_nothing_is_refused(argument: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_register(frame(), **{**SETTINGS, argument: value})

    assert caught.value.argument == argument


def test_a_misspelt_column_is_met_with_those_like_it() -> None:
    with pytest.raises(MissingColumnError, match="did you mean 'PIN'"):
        read_register(frame(), **{**SETTINGS, "columns": {**COLUMNS, "person_id": "pins"}})
