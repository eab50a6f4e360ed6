"""Risk tables of spells outside memory: what is asked back, what is refused, what a folder may hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import workforce_metrics as wm
from workforce_metrics.errors import (
    DefinitionMismatchError,
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
)

CANARY = "CANARY-4711"
MEANS: dict[str, Any] = {"definition": "left the register", "window": ("2015-03-31", "2025-03-31")}


def register(
    n: int = 40, *, seed: int = 1, definition: str = "left the register", to: str = "2025-03-31"
) -> wm.Register:
    rng = np.random.default_rng(seed)
    joined = np.datetime64("2012-01-01") + rng.integers(0, 4_000, n)
    left = joined + rng.integers(30, 3_000, n)
    rows = pd.DataFrame(
        {"PIN": [f"p{i}" for i in range(n)], "on": joined.astype(str), "off": left.astype(str),
         "site": rng.choice(["a", "b"], n), "why": rng.choice(["retired", "moved"], n), "w": rng.choice([1.0, 2.0], n)}
    )  # fmt: skip
    rows.loc[left > np.datetime64(to), "off"] = None
    return wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "on", "left": "off", "reason": "why"},
        observed_from="2015-03-31", observed_to=to, date_formats="%Y-%m-%d", definition=definition,
    )  # fmt: skip


def frame() -> pd.DataFrame:
    return register().table.astype({"site": object, "reason": object})


def test_a_register_goes_in_as_it_is() -> None:
    own = register()

    found = wm.risk_table(own, by="site", horizon_years=3)

    expected = wm.risk_table(wm.build_cohort(own, horizon_years=3), by="site")
    pd.testing.assert_frame_equal(found.frame, expected.frame)


def test_eager_frames_are_streamed() -> None:
    expected = wm.risk_table(register(), by="site").frame

    for source in (frame(), pl.from_pandas(frame()), pa.Table.from_pandas(frame())):
        pd.testing.assert_frame_equal(
            wm.risk_table(source, by="site", **MEANS).frame, expected, check_dtype=False, check_categorical=False
        )


@pytest.mark.parametrize("asked", [{}, {"definition": "left"}, {"window": ("2015-03-31", "2025-03-31")}])
def test_what_leaving_means_is_asked_for(asked: dict[str, Any]) -> None:
    for source in (frame(), pl.from_pandas(frame()).lazy()):
        with pytest.raises(InvalidArgumentError, match="definition and window"):
            wm.risk_table(source, **asked)


@pytest.mark.parametrize(
    "window", ["2025-03-31", ("2025-03-31",), ("2025-03-31", "2015-03-31"), ("x", "y"), (None, None)]
)
def test_a_window_is_two_days(window: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="window"):
        wm.risk_table(frame(), definition="left", window=window)


def test_a_window_open_at_its_start() -> None:
    own = register()
    open_at_start = replace(own, observed_from=pd.NaT)

    found = wm.risk_table(frame(), definition="left the register", window=(None, "2025-03-31"))

    pd.testing.assert_frame_equal(found.frame, wm.risk_table(wm.build_cohort(open_at_start)).frame)
    assert found.provenance["observed_from"] is None


def test_what_a_file_says_may_not_be_said_otherwise(tmp_path: Path) -> None:
    path = register().to_parquet(tmp_path / "one.parquet")

    assert len(wm.risk_table(path, **MEANS).frame)
    with pytest.raises(DefinitionMismatchError, match="definition"):
        wm.risk_table(path, definition="left the organisation")
    with pytest.raises(DefinitionMismatchError, match="window"):
        wm.risk_table(path, window=("2016-03-31", "2025-03-31"))


def test_what_a_cohort_says_may_not_be_said_again() -> None:
    cohort = wm.build_cohort(register())

    for name, value in {**MEANS, "horizon_years": 5, "causes": {}, "weight": "w"}.items():
        with pytest.raises(InvalidArgumentError, match=name):
            wm.risk_table(cohort, **{name: value})
    with pytest.raises(InvalidArgumentError, match="window"):
        wm.risk_table(register(), window=MEANS["window"])


def test_the_engine_suits_the_source(tmp_path: Path) -> None:
    path = register().to_parquet(tmp_path / "one.parquet")

    with pytest.raises(InvalidArgumentError, match="scan_parquet"):
        wm.risk_table(path, engine="lazy")
    with pytest.raises(InvalidArgumentError, match="lazy frame"):
        wm.risk_table(pl.scan_parquet(path), engine="stream", **MEANS)
    with pytest.raises(InvalidArgumentError, match="engine"):
        wm.risk_table(path, engine="spark")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="source"):
        wm.risk_table(object(), **MEANS)


@pytest.mark.parametrize("lazily", [False, True])
def test_columns_and_cells_that_are_not_what_they_must_be(*, lazily: bool) -> None:
    def table(change: pd.DataFrame, **asked: Any) -> wm.RiskTable:
        source = pl.from_pandas(change).lazy() if lazily else change
        return wm.risk_table(source, **MEANS, **asked)

    n = len(frame())
    with pytest.raises(MissingColumnError, match="joined"):
        table(frame().drop(columns="joined"))
    with pytest.raises(MissingColumnError, match="reason"):
        table(frame().drop(columns="reason"), causes={})
    with pytest.raises(MissingColumnError, match="ward"):
        table(frame(), by="ward")
    with pytest.raises(InvalidDataError, match="dates"):
        table(frame().assign(joined=CANARY))
    with pytest.raises(InvalidDataError, match="2 missing or negative"):
        table(frame().assign(w=[-1.0, np.nan, *[1.0] * (n - 2)]), weight="w")
    with pytest.raises(InvalidDataError, match=f"none of {n}"):
        table(frame().assign(joined=pd.Timestamp("1990-01-01")))
    with pytest.raises(InvalidDataError, match=f"none of {n}"):
        table(frame().assign(joined=pd.Series([pd.NaT] * n, dtype="datetime64[s]")))


@pytest.mark.parametrize("lazily", [False, True])
def test_spells_of_unknown_joining_are_left_out_and_counted(*, lazily: bool) -> None:
    change = frame()
    change.loc[:4, "joined"] = pd.NaT
    own = replace(register(), table=change)

    cohort = wm.build_cohort(own)
    found = wm.risk_table(pl.from_pandas(change).lazy() if lazily else change, **MEANS)

    assert cohort.provenance["n_joining_not_known"] == 5
    assert found.provenance["n_joining_not_known"] == 5
    pd.testing.assert_frame_equal(found.frame, wm.risk_table(cohort).frame)


def test_nobody_is_at_risk_before_being_seen() -> None:
    rows = pd.DataFrame(
        {"joined": pd.to_datetime(["2016-01-01"] * 3), "left": pd.to_datetime(["2018-01-01", None, "2016-06-01"]),
         "seen_from": pd.to_datetime(["2017-01-01", None, "2016-09-01"])}
    )  # fmt: skip

    found = wm.risk_table(rows, **MEANS)

    table = found.frame.assign(day=(found.frame["time"] * 365.25).round())
    assert table[["day", "n_risk", "n_event", "n_entry"]].to_numpy().tolist() == [
        [0, 0, 0, 1], [366, 1, 0, 1], [731, 2, 1, 0], [1826, 1, 0, 0],
    ]  # fmt: skip
    assert found.provenance["n_past_horizon_before_window"] == 1  # gone before it was seen


def test_files_of_a_folder_may_have_windows_of_their_own(tmp_path: Path) -> None:
    first, second = register(seed=1), register(seed=2, to="2023-03-31")
    first.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "org=x").mkdir()
    second.to_parquet(tmp_path / "org=x" / "b.parquet")
    (tmp_path / ".hidden").write_text("left by a killed run")

    found = wm.risk_table(tmp_path, by="site")

    expected = wm.risk_table(wm.build_cohort(first), by="site") + wm.risk_table(wm.build_cohort(second), by="site")
    pd.testing.assert_frame_equal(found.frame, expected.frame, check_categorical=False)
    assert "observed_to" not in found.provenance
    assert dict(found.provenance) == dict(expected.provenance)
    by_folder = wm.risk_table(tmp_path / "org=x", by="site")
    assert by_folder.frame["n_event"].sum() == wm.risk_table(wm.build_cohort(second)).frame["n_event"].sum()


def test_folders_name_their_columns(tmp_path: Path) -> None:
    for place, seed in (("north", 1), ("south", 2)):
        (tmp_path / f"org={place}").mkdir()
        register(seed=seed).to_parquet(tmp_path / f"org={place}" / "spells.parquet")

    found = wm.risk_table(tmp_path, by="org")

    assert found.groups["org"].tolist() == ["north", "south"]
    assert found.counts.group_people.tolist() == [
        int(wm.risk_table(wm.build_cohort(register(seed=seed))).counts.group_people.sum()) for seed in (1, 2)
    ]


def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nothing"):
        wm.risk_table(tmp_path / "none")
    with pytest.raises(FileFormatError, match="empty folder"):
        wm.risk_table(tmp_path)
    register().to_parquet(tmp_path / "a.parquet")
    (tmp_path / "notes.txt").write_text("stray")
    with pytest.raises(FileFormatError, match=r"notes\.txt"):
        wm.risk_table(tmp_path)
    (tmp_path / "notes.txt").unlink()
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-50])
    with pytest.raises(FileFormatError, match=r"b\.parquet"):
        wm.risk_table(tmp_path)
    (tmp_path / "b.parquet").unlink()
    register(definition="left the organisation").to_parquet(tmp_path / "c.parquet")
    with pytest.raises(DefinitionMismatchError, match="definition"):
        wm.risk_table(tmp_path)
    (tmp_path / "c.parquet").unlink()
    parquet.write_table(pa.table({"joined": [1]}), tmp_path / "d.parquet")
    with pytest.raises(InvalidArgumentError, match="definition and window"):
        wm.risk_table(tmp_path)


def test_a_page_damaged_inside_a_file_is_named(tmp_path: Path) -> None:
    path = register(2_000).to_parquet(tmp_path / "a.parquet")
    column = parquet.ParquetFile(path).metadata.row_group(0).column(1)
    data = bytearray(path.read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle] ^= 1  # one bit of one date
    path.write_bytes(bytes(data))

    with pytest.raises(FileFormatError, match=r"a\.parquet"):
        wm.risk_table(path, by="site")
    with pytest.raises(FileFormatError, match=r"a\.parquet"):
        wm.Register.from_parquet(path)


def test_many_groups_take_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where groups are so many that a full table would not fit, the cells that occur are added up."""
    from workforce_metrics.survival import cell_sums, spell_counts

    table = frame().assign(person=[f"g{i}" for i in range(len(frame()))])
    expected = wm.risk_table(table, by=["person", "site"], weight="w", **MEANS).frame
    monkeypatch.setattr(cell_sums, "MOST_DENSE", 1_000)
    monkeypatch.setattr(cell_sums, "MOST_PENDING", 10)
    monkeypatch.setattr(spell_counts, "CELLS_AT_ONCE", 5)

    pd.testing.assert_frame_equal(wm.risk_table(table, by=["person", "site"], weight="w", **MEANS).frame, expected)


def test_curves_and_changes_run_on_such_tables(tmp_path: Path) -> None:
    own, causes = register(900), {"retired": "retired"}  # to move is the cause "unknown"
    path = own.to_parquet(tmp_path / "one.parquet")
    cohort = wm.build_cohort(own, causes=causes)
    same = wm.risk_table(cohort, by="site")
    table = wm.risk_table(path, by="site", causes=causes)
    later = wm.risk_table(register(900, seed=3).to_parquet(tmp_path / "two.parquet"), causes=causes)

    for make in (wm.kaplan_meier, wm.nelson_aalen, wm.cumulative_incidence, wm.restricted_mean):
        pd.testing.assert_frame_equal(make(table).frame, make(same).frame)
    for test in (wm.logrank_test, wm.gray_test):
        pd.testing.assert_frame_equal(test(table, by="site").frame, test(same, by="site").frame)
    for rows in ("together", "apart"):
        pd.testing.assert_frame_equal(
            wm.leaving_within(table, causes=rows).frame,  # type: ignore[arg-type]
            wm.leaving_within(same, causes=rows).frame,  # type: ignore[arg-type]
        )
    pd.testing.assert_frame_equal(
        wm.suppress(table, times=[1, 2, 3, 4, 5]).frame,
        wm.suppress(same, times=[1, 2, 3, 4, 5]).frame,
    )
    assert len(wm.decompose_leavers(wm.risk_table(path, causes=causes), later, years=5).frame)


def test_categories_of_another_engine_are_text_and_enums_keep_their_order() -> None:
    """Categories of Polars are numbered as they appear, so that the order of rows would be that of groups."""
    rows = pl.from_pandas(frame()).with_columns(site=pl.col("site").cast(pl.Categorical))
    ordered = rows.with_columns(site=pl.col("site").cast(pl.Enum(["b", "a"])))

    for source in (rows, rows.lazy()):
        assert wm.risk_table(source, by="site", **MEANS).groups["site"].tolist() == ["a", "b"]
    for source in (ordered, ordered.lazy()):
        assert wm.risk_table(source, by="site", **MEANS).groups["site"].tolist() == ["b", "a"]


@pytest.mark.parametrize(
    "change", [{"interval": "week"}, {"incomplete": "none"}, {"interval": [0.3]}, {"interval": [7]}]
)
def test_model_cells_refuse_what_is_no_grid(change: dict[str, Any]) -> None:
    for source in (frame(), pl.from_pandas(frame()).lazy()):
        with pytest.raises(InvalidArgumentError, match=next(iter(change))):
            wm.model_cells(source, "site", **change, **MEANS)
    with pytest.raises(InvalidArgumentError, match=next(iter(change))):
        wm.model_cells(wm.build_cohort(register()), "site", **change)


def test_a_fit_to_cells_says_what_it_lacks() -> None:
    cells = wm.model_cells(register(300), ["site", "reason"], interval=[1, 3, 5])

    assert "patterns of site, reason, 3 intervals" in repr(cells)
    assert cells.frame["n"].sum() == cells.n_used.sum()
    assert wm.discrete_hazard(cells, "site").provenance["interval"] == (1.0, 3.0, 5.0)
    with pytest.raises(InvalidArgumentError, match="interval"):
        wm.discrete_hazard(cells, "site", interval="month")
    with pytest.raises(InvalidArgumentError, match="incomplete"):
        wm.discrete_hazard(cells, "site", incomplete="full")
    with pytest.raises(MissingColumnError, match="ward"):
        wm.discrete_hazard(cells, "ward")
    with pytest.raises(MissingColumnError, match="ward"):
        wm.discrete_hazard(cells, "site", cluster="ward")
    with pytest.raises(InvalidDataError, match=r"reason: expected a value in every row, got \d+ missing"):
        wm.discrete_hazard(cells, "reason")
    with pytest.raises(InvalidArgumentError, match="cohort"):
        wm.discrete_hazard(register(), "site")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "levels", [["a", "b", "c"], [10, 9, 2], [pd.Interval(0, 10), pd.Interval(10, 20), pd.Interval(2, 3)]]
)
def test_files_whose_categories_differ(tmp_path: Path, levels: list[Any]) -> None:
    """No value is lost, and they come in the order of values, as those of tables that are added up."""
    tables = []
    for number, own in enumerate((levels[:2], levels[1:])):
        one = register(seed=number + 1)
        kinds = pd.Categorical.from_codes(np.arange(len(one)) % 2, pd.Index(own))
        one = replace(one, table=one.table.assign(kind=kinds))
        one.to_parquet(tmp_path / f"{number}.parquet")
        tables.append(wm.risk_table(one, by="kind"))

    found, expected = wm.risk_table(tmp_path, by="kind"), wm.RiskTable.pooled(tables)

    assert found.groups["kind"].tolist() == sorted(levels)
    pd.testing.assert_frame_equal(found.frame.drop(columns="kind"), expected.frame.drop(columns="kind"))
    assert found.groups["kind"].tolist() == expected.groups["kind"].tolist()


def test_datasets_of_arrow(tmp_path: Path) -> None:
    from pyarrow import dataset

    table = pa.Table.from_pandas(frame(), preserve_index=False)
    expected = wm.risk_table(frame(), by="site", **MEANS).frame

    for source in (dataset.dataset(table), dataset.dataset(register().to_parquet(tmp_path / "a.parquet"))):
        found = wm.risk_table(source, by="site", **MEANS).frame
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_categorical=False)
    with pytest.raises(InvalidArgumentError, match="filtered"):
        wm.risk_table(dataset.dataset(table).filter(dataset.field("site") == "a"), **MEANS)
