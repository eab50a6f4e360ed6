"""Reading snapshots: periods, posts, covariates, provenance, and the parts under them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.endings import moved_told_by_spells
from workforce_metrics.loaders.snapshots.identifier_words import LONGEST, order_as_text
from workforce_metrics.loaders.snapshots.key_index import KeyIndex
from workforce_metrics.loaders.snapshots.people import People
from workforce_metrics.loaders.snapshots.periods import NamePattern, period_days
from workforce_metrics.loaders.snapshots.posts import choose_rows
from workforce_metrics.loaders.snapshots.quality import missing_days, organisation_oddities
from workforce_metrics.loaders.snapshots.spell_log import RawSpells
from workforce_metrics.loaders.snapshots.spill import PeriodStore

DAYS = [dt.date(2020, 1, 31), dt.date(2020, 2, 29), dt.date(2020, 3, 31), dt.date(2020, 4, 30)]
COLUMNS = {"person_id": "pid", "period": "month"}


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]").astype(np.int64)


def history() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 400
    frame = pd.DataFrame(
        {
            "pid": rng.integers(0, 60, n).astype(str),
            "month": [DAYS[at] for at in rng.integers(0, 4, n)],
            "org": rng.choice(["A", "B", "C"], n),
            "group": rng.choice(["x", "y"], n),
            "fte": rng.choice([0.4, 1.0, np.nan], n),
            "on": rng.random(n) < 0.8,
            "grade": rng.integers(2, 9, n),
        }
    )
    return frame.assign(born=pd.Timestamp("1980-01-01"))


ALL = COLUMNS | {"organisation": "org", "staff_group": "group", "fte": "fte", "active": "on", "birth_date": "born"}


@pytest.mark.parametrize(
    ("cells", "form", "expected"),
    [
        (pa.array([DAYS[0]]), None, "2020-01-31"),
        (pa.array([dt.datetime(2020, 1, 15, 13)]), None, "2020-01-15"),
        (pa.array(["2020-02"]), None, "2020-02-29"),
        (pa.array([" 2020-02-05 "]), None, "2020-02-05"),
        (pa.array([202002]), "%Y%m", "2020-02-29"),
        (pa.array(["Feb 2020"]), "%b %Y", "2020-02-29"),
        (pa.array(["05/02/2020"]), "%d/%m/%Y", "2020-02-05"),
        (pa.array([20200205]), "%Y%m%d", "2020-02-05"),
    ],
)
def test_periods_as_they_are_written(cells: pa.Array, form: str | None, expected: str) -> None:
    column = pa.chunked_array([cells, cells.slice(0, 0), pa.nulls(1, cells.type)])
    found = period_days(column, period_format=form, month_day="last", name="month")
    assert found.tolist() == [days(expected)[0], NO_DATE]


def test_the_day_that_stands_for_a_month_is_declared() -> None:
    column = pa.chunked_array([["2020-02", "2021-02"]])
    assert (
        period_days(column, period_format=None, month_day="first", name="m").tolist()
        == days("2020-02-01", "2021-02-01").tolist()
    )


def test_periods_that_cannot_be_read() -> None:
    with pytest.raises(InvalidDataError, match="declare period_format"):
        period_days(pa.chunked_array([["31/01/2020"]]), period_format=None, month_day="last", name="month")
    with pytest.raises(InvalidArgumentError, match=r"period_format: .*which holds numbers"):
        period_days(pa.chunked_array([[202001]]), period_format=None, month_day="last", name="month")
    column = pa.chunked_array([["2020-01", "?", None]])
    assert period_days(column, period_format=None, month_day="last", name="m").tolist()[1:] == [NO_DATE] * 2


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("staff_%Y-%m.csv", "staff_2020-02.csv", "2020-02-29"),
        ("*%B%Y*.csv", "GP Level CSV March2020 v2.CSV", "2020-03-31"),
        ("%d.%m.%y.parquet", "05.02.20.parquet", "2020-02-05"),
        ("year=%Y/month=%m/*.parquet", "staff/year=2020/month=2/part-0.parquet", "2020-02-29"),
        ("%Y%m.csv", "20202.csv", None),
        ("staff_%Y-%m.csv", "staff_2020-02-03.csv", None),
        ("staff_%Y%m.csv", "staff_202013.csv", None),
    ],
)
def test_patterns_of_file_names(pattern: str, name: str, expected: str | None) -> None:
    assert NamePattern(pattern, "last").day(name) == (days(expected)[0] if expected else NO_DATE)


def test_months_and_other_steps_that_are_missing() -> None:
    assert (
        missing_days(days("2020-01-31", "2020-02-29", "2020-06-30")).tolist()
        == days("2020-03-31", "2020-04-30", "2020-05-31").tolist()
    )
    quarters = days("2020-03-31", "2020-06-30", "2020-12-31", "2021-03-31")
    assert missing_days(quarters).tolist() == days("2020-09-30").tolist()
    weeks = days("2020-01-06", "2020-01-13", "2020-01-27", "2020-02-03")
    assert missing_days(weeks).tolist() == days("2020-01-20").tolist()
    assert missing_days(days("2020-01-06")).tolist() == []


def test_organisations_that_jump_or_disappear() -> None:
    n_rows = np.array([[100, 40, 5, 0], [101, 60, 0, 0], [100, 61, 5, 9], [33, 61, 9, 9]])
    table = organisation_oddities(np.arange(4), ["a", "b", "c", "d"], n_rows)
    assert table[["organisation", "n_before", "n", "flag"]].values.tolist() == [
        ["a", 100, 33, "sudden jump"],
        ["b", 40, 60, "sudden jump"],
        ["c", 5, 0, "absent"],
    ]


@pytest.mark.parametrize("width", [1, 3])
def test_keys_keep_their_positions(width: int) -> None:
    rng = np.random.default_rng(1)
    index, known = KeyIndex(1), {}
    for n in (5, 3000, 20_000, 7):
        words = rng.integers(0, 40, (n, width)).astype(np.uint64)
        for key, position in zip(map(bytes, words), index.positions(words).tolist(), strict=True):
            assert known.setdefault(key, position) == position
    assert list(known.values()) == list(range(len(index)))  # in the order in which they were met


@pytest.mark.parametrize(
    "values",
    [[5, 3, 5, -2], [2**62, -(2**63), 7, 2**62], ["b", "a", "b", "é" * 9], ["x" * 20, "x" * 19, "x" * 20, ""]],
)
def test_people_are_the_same_in_every_part_and_sorted_by_code_points(values: list[int] | list[str]) -> None:
    people = People()
    first = people.positions(pa.chunked_array([values[:2], values[2:]]), "id")
    again = people.positions(pa.chunked_array([values[::-1]]), "id")[::-1]
    assert first.tolist() == again.tolist()
    names = people.names().to_pylist()
    assert [names[at] if at >= 0 else "" for at in first] == [str(value) for value in values]
    assert [names[at] for at in np.argsort(people.order())] == sorted(names)


def test_whole_numbers_in_the_order_of_their_text() -> None:
    rng = np.random.default_rng(4)
    edges = [0, 1, -1, 9, 10, 99, 100, 10**18, 2**63 - 1, -(2**63) + 1]
    for numbers in (
        np.concatenate([rng.integers(-(2**63), 2**63 - 1, 300), rng.integers(-999, 9999, 300), edges]),
        np.array([5, -(2**63), 40]),
    ):
        texts = [str(number) for number in numbers[order_as_text(numbers)]]
        assert texts == sorted(texts)


def test_texts_are_read_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pa.chunked_array([["b", " a", "7.0", "1E+9", None, "a", "7", "c", "b ", "d"]])
    whole = People()
    expected = [whole.names().to_pylist()[at] if at >= 0 else at for at in whole.positions(cells, "id")]
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.people.AT_ONCE", 2)
    people = People()
    found = people.positions(cells, "id")
    assert [people.names().to_pylist()[at] if at >= 0 else at for at in found] == expected
    assert expected == ["b", "a", "7", -2, -1, "a", "7", "c", "b", "d"]


def test_identifiers_of_any_length_are_refused() -> None:
    with pytest.raises(InvalidDataError, match=f"at most {LONGEST} bytes"):
        People().positions(pa.chunked_array([["x" * (LONGEST + 1)]]), "id")


def test_whole_numbers_far_apart_and_near() -> None:
    people = People()
    near = people.positions(pa.chunked_array([np.arange(1000)]), "id")
    far = people.positions(pa.chunked_array([np.array([5, 10**15, -4])]), "id")
    assert near[5] == far[0]
    assert people.names().to_pylist()[far[1]] == "1000000000000000"
    texts = people.positions(pa.chunked_array([["-4", "999", "x", "1000000000000000"]]), "id")
    assert texts.tolist() == [far[2], near[999], 1002, far[1]]
    assert people.positions(pa.chunked_array([np.array([998])]), "id").tolist() == [near[998]]
    assert len(people) == 1003


def test_the_row_that_counts_does_not_depend_on_where_it_stands() -> None:
    rng = np.random.default_rng(3)
    unit, fte, other = rng.integers(0, 30, 200).astype(np.int32), rng.integers(0, 3, 200), rng.permutation(200)
    chosen = choose_rows(unit, 30, lambda at: [-fte[at], other[at]])
    assert chosen.rows is not None
    best = {u: min((-f, o) for v, f, o in zip(unit, fte, other, strict=True) if v == u) for u in set(unit.tolist())}
    assert {int(unit[at]): (-fte[at], other[at]) for at in chosen.rows} == best
    shuffled = rng.permutation(200)
    again = choose_rows(unit[shuffled], 30, lambda at: [-fte[shuffled][at], other[shuffled][at]])
    assert set(other[chosen.rows].tolist()) == set(other[shuffled][again.rows].tolist())


def test_moved_is_told_by_the_other_spells_of_the_person() -> None:
    spells = RawSpells(
        person=np.array([0, 0, 1, 1, 2]),
        key=np.zeros(5, dtype=int),
        first=np.array([0, 2, 0, 4, 0]),
        last=np.array([1, 5, 1, 5, 1]),
        next_seen=None,
        cells=pa.table({}),
    )
    assert moved_told_by_spells(spells, 0).tolist() == [True, False, False, False, False]
    assert moved_told_by_spells(spells, 2).tolist() == [True, False, True, False, False]


def test_rows_wait_on_disk_with_their_files_and_numbers(tmp_path: Path) -> None:
    from workforce_metrics.loaders.snapshots.chunks import Chunk

    coded = pa.table({"id": ["a", "b"], "org": pa.array(["x", "y"]).dictionary_encode()})
    other = pa.table({"id": ["c"], "org": pa.array(["z"]).dictionary_encode()})
    with PeriodStore(budget=60, folder=tmp_path) as store:
        store.add(3, Chunk(coded, 0, 11))
        store.add(3, Chunk(other, 1, np.array([7])))
        store.add(5, Chunk(coded, 0, 1))
        assert store.n_rows_written > 0
        assert store.days() == {3, 5}
        chunks = list(store.taken(3))
        assert [chunk.table.to_pylist() for chunk in chunks] == [coded.to_pylist(), other.to_pylist()]
        assert [(chunk.file, chunk.numbers(np.array([0])).tolist()) for chunk in chunks] == [(0, [11]), (1, [7])]
        assert store.days() == {5}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("posts", ["largest_fte", "first", "all"])
def test_one_pass_for_several_definitions_equals_a_pass_for_each(posts: str) -> None:
    definitions = ["left the extract", "left the organisation", "left the staff group", "became not active"]
    together = wm.read_snapshots_by_definition(
        history(), columns=ALL, definitions=definitions, posts=posts, gap_periods=1, covariates=["grade"]
    )
    assert list(together) == definitions
    for definition, register in together.items():
        alone = wm.read_snapshots(
            history(), columns=ALL, definition=definition, posts=posts, gap_periods=1, covariates=["grade"]
        )
        pd.testing.assert_frame_equal(register.spells, alone.spells)
        pd.testing.assert_frame_equal(
            register.report.frame.sort_values(["rule"], ignore_index=True),
            alone.report.frame.sort_values(["rule"], ignore_index=True),
        )


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    how = {"columns": ALL, "definition": "left the organisation", "covariates": ["grade"]}
    register = wm.read_snapshots(history(), **how)
    shuffled = wm.read_snapshots(history().sample(frac=1, random_state=seed), **how)
    pd.testing.assert_frame_equal(register.spells, shuffled.spells)
    pd.testing.assert_frame_equal(register.report.periods, shuffled.report.periods)


def test_any_frame_is_accepted() -> None:
    frame = history()
    register = wm.read_snapshots(frame, columns=ALL)
    for other in (pl.from_pandas(frame), pl.from_pandas(frame).lazy(), pa.Table.from_pandas(frame)):
        pd.testing.assert_frame_equal(register.spells, wm.read_snapshots(other, columns=ALL).spells)


def test_columns_of_the_register() -> None:
    register = wm.read_snapshots(history(), columns=ALL, covariates=["grade", "fte"])
    assert list(register.spells) == [
        "person_id", "joined", "left", "reason", "organisation", "staff_group", "grade", "fte", "seen_from",
        "last_seen", "first_missing",
    ]  # fmt: skip
    assert str(register.spells["person_id"].dtype) == "string"
    assert register.spells["organisation"].cat.categories.tolist() == ["A", "B", "C"]
    assert register.spells["grade"].dtype == "int64"
    assert isinstance(register.report, wm.SnapshotReport)
    assert repr(register.report).startswith("<SnapshotReport data frame: 400 rows read = 400 kept")


def test_what_the_report_counts() -> None:
    frame = pd.DataFrame(
        {
            "pid": ["a", "a", "b", "b", "c", "c", "d", "d", "e"],
            "month": [DAYS[at] for at in (0, 1, 0, 1, 0, 1, 0, 0, 0)],
            "fte": ["1.0", "37.5", "-", "?", "0.5", "0.5", "1", "1", "1"],
            "born": ["1980-01-01", "1980-01-02", "1990-01-01", None, "1970-01-01", "x", *["1960-01-01"] * 3],
        }
    )
    report = wm.read_snapshots(frame, columns=COLUMNS | {"fte": "fte", "birth_date": "born"}).report
    counts = {
        "fte out of range": 1,
        "fte unreadable": 1,
        "birth_date unreadable": 1,
        "people with different dates of birth": 1,
        "people with several posts in a snapshot": 1,
        "posts that repeat another of the same person and snapshot": 1,
        "people in one snapshot only, before the last": 2,
    }
    assert {rule: report.count(rule) for rule in counts} == counts
    assert report.n_read == report.n_kept == len(frame)


def test_organisations_in_the_report() -> None:
    here = [{"pid": f"{org}{who}", "month": day, "org": org} for day in DAYS for org in "AB" for who in range(30)]
    frame = pd.DataFrame(here)
    frame = frame[~((frame["org"] == "B") & (frame["month"] == DAYS[1]))]
    with pytest.warns(wm.errors.DataQualityWarning, match="2020-02-29"):
        report = wm.read_snapshots(frame, columns=COLUMNS | {"organisation": "org"}, posts="first").report
    assert report.organisations[["organisation", "flag"]].values.tolist() == [["B", "absent"]]
    assert report.organisations["period"].dt.date.tolist() == [DAYS[1]]


def test_provenance_says_what_it_was_made_from(tmp_path: Path) -> None:
    for day in DAYS:
        history().query("month == @day").to_parquet(tmp_path / f"{day}.parquet")
    register = wm.read_snapshots(tmp_path, columns=ALL, gap_periods=1)
    (source,) = register.provenance["inputs"]
    assert (source.name, source.n_read) == (f"{tmp_path.name} (4 files)", 400)
    assert dict(source.options)["gap_periods"] == 1
    cohort = wm.build_cohort(wm.read_snapshots(history().assign(since=DAYS[0]), columns=ALL | {"joined": "since"}))
    assert cohort.provenance["inputs"][0].name == "data frame"


def test_a_text_that_means_active_is_declared() -> None:
    frame = history().assign(on=lambda rows: np.where(rows["on"], "Active ", "Break"))
    with pytest.raises(InvalidDataError, match="active_values"):
        wm.read_snapshots(frame, columns=ALL, definition="became not active")
    how = {"columns": ALL, "definition": "became not active"}
    declared = wm.read_snapshots(frame, active_values=["Active"], **how)
    pd.testing.assert_frame_equal(declared.spells, wm.read_snapshots(history(), **how).spells)
    with pytest.raises(InvalidDataError, match="people who are active"):
        wm.read_snapshots(frame, active_values=["active"], **how)


def test_a_sentinel_is_no_date_of_joining() -> None:
    frame = pd.DataFrame({"pid": ["a"] * 3, "month": DAYS[1:], "since": dt.date(1900, 1, 1)})
    how = {"columns": COLUMNS | {"joined": "since"}, "posts": "first"}
    assert wm.read_snapshots(frame, **how).spells["joined"].isna().all()
    assert not wm.read_snapshots(frame, sentinel_dates=[], **how).spells["joined"].isna().any()


def test_joining_dates_in_no_declared_format_are_refused() -> None:
    frame = pd.DataFrame({"pid": ["a"] * 3, "month": DAYS[1:], "since": "31/01/2020"})
    how = {"columns": COLUMNS | {"joined": "since"}, "posts": "first"}
    with pytest.raises(InvalidDataError, match="since: expected dates that exactly one"):
        wm.read_snapshots(frame, **how)
    assert str(wm.read_snapshots(frame, date_formats="%d/%m/%Y", **how).spells["joined"][0].date()) == "2020-01-31"


def test_a_sorted_file_is_read_once_without_waiting_for_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"pid": np.tile(np.arange(1000), 4), "month": np.repeat(DAYS, 1000)})
    frame.to_parquet(tmp_path / "all.parquet", row_group_size=700)
    waiting: list[int] = []
    real = PeriodStore.add

    def noting(store: PeriodStore, day: int, chunk: object) -> None:
        real(store, day, chunk)
        waiting.append(len(store.days()))

    monkeypatch.setattr(PeriodStore, "add", noting)
    register = wm.read_snapshots(tmp_path / "all.parquet", columns=COLUMNS, posts="first")
    assert len(register) == 1000
    assert register.report.n_read == 4000
    assert max(waiting) == 2


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_folders_may_stand_for_other_columns_too(tmp_path: Path, ending: str) -> None:
    for (day, org), rows in history().groupby(["month", "org"]):
        name = org if org != "C" else "__HIVE_DEFAULT_PARTITION__"
        folder = tmp_path / f"month={day} 00%3A00%3A00" / f"org={name}"
        folder.mkdir(parents=True)
        part = rows.drop(columns=["month", "org"])
        _ = part.to_parquet(folder / "0.parquet") if ending == "parquet" else part.to_csv(folder / "0.csv", index=False)
    how = {"columns": COLUMNS | {"organisation": "org", "fte": "fte"}, "definition": "left the organisation"}
    expected = wm.read_snapshots(history().assign(org=lambda rows: rows["org"].where(rows["org"] != "C")), **how)
    pd.testing.assert_frame_equal(wm.read_snapshots(tmp_path, **how).spells, expected.spells)


def test_a_month_in_the_name_stands_for_any_day_of_it_in_the_column(tmp_path: Path) -> None:
    for day in DAYS:
        frame = pd.DataFrame({"pid": [1, 2], "month": day.replace(day=14)})
        frame.to_parquet(tmp_path / f"{day:%Y%m}.parquet")
    register = wm.read_snapshots(tmp_path, columns=COLUMNS, period_from="%Y%m.parquet", posts="first")
    assert register.report.periods["period"].dt.date.tolist() == DAYS


def test_a_bar_is_shown_if_it_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history().to_parquet(tmp_path / "all.parquet")
    wm.read_snapshots(tmp_path / "all.parquet", columns=ALL)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("workforce_metrics.loaders.snapshots.sweep.SECONDS_IN_SILENCE", 0.0)
    wm.read_snapshots(tmp_path / "all.parquet", columns=ALL)
    assert "snapshots: 100%" in capsys.readouterr().err
    wm.read_snapshots(tmp_path / "all.parquet", columns=ALL, progress=False)
    assert capsys.readouterr().err == ""


def long_register() -> wm.extracts.Register:
    rng = np.random.default_rng(2)
    months = pd.date_range("2018-01-31", periods=48, freq="ME")
    rows = []
    for who in range(200):
        start = int(rng.integers(0, 40)) if who % 3 else 0
        stays = int(rng.integers(1, 48))
        since = months[start] - pd.Timedelta(days=int(rng.integers(0, 25))) if who % 4 else None
        rows += [(f"p{who}", month, since) for month in months[start : start + stays]]
    frame = pd.DataFrame(rows, columns=["pid", "month", "since"])
    return wm.read_snapshots(frame, columns=COLUMNS | {"joined": "since"}, posts="first")


def test_who_joined_at_an_unknown_time_is_left_out_and_counted() -> None:
    register = long_register()
    unknown = register.spells["joined"].isna()
    assert unknown.sum() > 5
    known = replace(register, table=register.table[~unknown].reset_index(drop=True))
    cohort = wm.build_cohort(register, horizon_years=2)
    assert cohort.provenance["n_joining_not_known"] == unknown.sum()
    assert "n_joining_not_known" not in wm.build_cohort(known, horizon_years=2).provenance
    pd.testing.assert_frame_equal(cohort.frame, wm.build_cohort(known, horizon_years=2).frame)
    for question in (
        lambda some: wm.joining_years(some, horizon_years=2).frame,
        lambda some: wm.period_risk(some, periods=[2019, 2020], horizon_years=1).frame,
    ):
        pd.testing.assert_frame_equal(question(register), question(known))
    years = wm.joining_years(register, horizon_years=2).provenance
    before = wm.joining_years(known, horizon_years=2).provenance
    assert years["n_joined_before_window"] == before["n_joined_before_window"] + unknown.sum()


def test_at_risk_only_after_the_first_snapshot_that_shows_them() -> None:
    cohort = wm.build_cohort(long_register(), horizon_years=2).frame
    seen = (cohort["seen_from"] - cohort["joined"]).dt.days
    assert (cohort["entry"] == seen.clip(lower=0)).all()
    assert (seen > 0).any()
    assert (cohort["entry"] < cohort["duration"]).all()


def test_turnover_takes_an_unknown_joining_for_one_before_the_window() -> None:
    register = long_register()
    filled = register.table.assign(joined=register.table["joined"].fillna(pd.Timestamp("1970-01-01")))
    for day in ("2018-01-31", "2019-06-30"):
        asked = {"start": day, "end": "2020-06-30"}
        with_dates = wm.indicators.leaver_rate(replace(register, table=filled), **asked).frame
        pd.testing.assert_frame_equal(wm.indicators.leaver_rate(register, **asked).frame, with_dates)


def test_asking_for_changes_counts_no_cell_twice() -> None:
    """The joining date is read where a spell begins; what changes later says nothing of it."""
    extract = wm.simulate_snapshots(600, n_periods=24, seed=2).extract
    extract["joined"] = "nonsense"
    extract.loc[extract["period"] == extract["period"].min(), "joined"] = "2019-01-31"
    columns = {name: name for name in ("person_id", "period", "organisation", "staff_group", "fte", "joined")}

    counts = [
        wm.read_snapshots(extract, columns=columns, changes=asked, progress=False).report.counts
        for asked in (False, True)
    ]

    pd.testing.assert_frame_equal(*counts)
    assert "joined unreadable" in set(counts[0]["rule"])
