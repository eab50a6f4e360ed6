"""Registers and risk tables in Parquet: as they were, whole or not at all, and clear about what is wrong."""

import datetime as dt
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import workforce_metrics as wm
from workforce_metrics.errors import FileFormatError, InvalidDataError, MissingFileError
from workforce_metrics.typed_columns import frame_as_text, frame_of_text
from workforce_metrics.typed_parquet import read_typed, write_typed

CANARY = "CANARY-4711"


def every_type() -> pd.DataFrame:
    n = 6
    return pd.DataFrame(
        {
            "seconds": np.array(["2020-01-01", "NaT"] * 3, dtype="datetime64[s]"),
            "nanoseconds": np.array(["2020-01-01", "NaT"] * 3, dtype="datetime64[ns]"),
            "moment": pd.to_datetime(["2020-01-01 10:00"] * n),
            "zone": pd.to_datetime(["2020-01-01 10:00"] * n).tz_localize("Europe/London"),
            "date": pd.Series([dt.date(2020, 1, 1), None] * 3, dtype=object),
            "arrow text": pd.array(["a", None, "c"] * 2, dtype=pd.StringDtype("pyarrow")),
            "python text": pd.array(["a", None, "c"] * 2, dtype=pd.StringDtype("python")),
            "newer text": pd.array(["a", None, "c"] * 2, dtype=pd.StringDtype(na_value=np.nan)),
            "object": pd.Series(["a", None, "c"] * 2, dtype=object),
            "category": pd.Categorical(["z", "a", None] * 2, ["z", "unused", "a"]),
            "ordered": pd.Categorical(["z", "a", None] * 2, ["z", "unused", "a"], ordered=True),
            "numbered": pd.Categorical([3, 1, None] * 2, [3, 9, 1]),
            "band": pd.cut(pd.Series([1.0, 2, 3, 4, 5, 6]), [0, 2, 4, 6]),
            "none of them": pd.Categorical([None] * n, ["a"]),
            "whole": pd.array([2**60 + 1, None, 3] * 2, dtype="Int64"),
            "yes": pd.array([True, None, False] * 2, dtype="boolean"),
            "flag": [True, False] * 3,
            "number": [1.0, np.nan, 3] * 2,
            "small": np.arange(n, dtype="int8"),
        }
    )


@pytest.mark.parametrize("rows", [slice(None), slice(0)])
def test_every_type_comes_back(tmp_path: Path, rows: slice) -> None:
    frame = every_type().iloc[rows].reset_index(drop=True)

    found, facts = read_typed(
        write_typed(frame, tmp_path / "all.parquet", kind="x", said={"list": [1, None], "nested": {"a": [2.5]}}),
        kind="x",
    )

    for made in (found, frame_of_text(frame_as_text(frame))):
        pd.testing.assert_frame_equal(made, frame)
        for name in ("category", "numbered", "band"):
            assert made[name].cat.categories.dtype == frame[name].cat.categories.dtype
    assert facts.said == {"list": (1, None), "nested": {"a": (2.5,)}}


def test_other_readers_see_dates_and_text(tmp_path: Path) -> None:
    path = write_typed(every_type(), tmp_path / "all.parquet", kind="x", said={})

    schema = parquet.ParquetFile(path).schema_arrow

    assert pa.types.is_date32(schema.field("seconds").type)
    assert parquet.ParquetFile(path).schema.column(list(schema.names).index("band")).logical_type.type == "STRING"


def test_mixed_columns_cannot_be_written_and_are_not_shown(tmp_path: Path) -> None:
    for frame in (
        pd.DataFrame({"x": pd.Series([CANARY, 1], dtype=object)}),
        pd.DataFrame({"x": pd.Categorical([1, "1"])}),
    ):
        with pytest.raises(InvalidDataError, match="x: expected") as raised:
            write_typed(frame, tmp_path / "x.parquet", kind="x", said={})
        assert CANARY not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def risk_table() -> wm.RiskTable:
    return wm.RiskTable.from_counts(wm.load_special_educators())


def test_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    table = risk_table().to_parquet(tmp_path / "table.parquet")
    other = tmp_path / "other.parquet"
    parquet.write_table(pa.table({"time": [1.0]}), other)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(table.read_bytes()[:200])
    later = tmp_path / "later.parquet"
    whole = parquet.read_table(table)
    meta = {key: value.replace(b'"version": 1', b'"version": 2') for key, value in whole.schema.metadata.items()}
    parquet.write_table(whole.replace_schema_metadata(meta), later)
    garbled = tmp_path / "garbled.parquet"
    parquet.write_table(whole.replace_schema_metadata({b"workforce_metrics": b"{]"}), garbled)
    partial = tmp_path / "partial.parquet"
    parquet.write_table(whole.drop_columns(["n_entry"]).replace_schema_metadata(whole.schema.metadata), partial)

    for path, kind, message in (
        (tmp_path / "none.parquet", wm.RiskTable, "nothing of that name"),
        (other, wm.RiskTable, "another Parquet file"),
        (broken, wm.RiskTable, "damaged"),
        (later, wm.RiskTable, "version 2"),
        (garbled, wm.RiskTable, "beside its rows"),
        (partial, wm.RiskTable, "a part of one"),
        (table, wm.Register, "expected a register, got a risk table"),
    ):
        with pytest.raises((FileFormatError, MissingFileError), match=message) as raised:
            kind.from_parquet(path)
        assert raised.value.argument == path.name
        assert str(tmp_path) not in str(raised.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="folder"):
        risk_table().to_parquet(tmp_path / "no" / "table.parquet")


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = risk_table().to_parquet(tmp_path / "table.parquet")
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        risk_table().to_parquet(path)

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["table.parquet"]


def test_a_killed_run_leaves_no_file_of_the_name(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from workforce_metrics.whole_files import write_whole\n"
        "def write(part):\n"
        "    part.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_whole(Path(sys.argv[1]), write)\n"
    )
    path = tmp_path / "table.parquet"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False, env=environment)  # noqa: S603

    assert done.returncode != 0
    assert not path.exists()
    assert all(one.name.startswith(".") for one in tmp_path.iterdir())  # and such are not read from a folder


def test_a_register_keeps_its_report(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"PIN": ["1", "2", None, "4"], "on": ["2014-06-01", "2016-02-29", "2018-09-03", "nonsense"],
         "off": ["2019-06-01", None, None, None], "why": ["Retired", None, None, None]}
    )  # fmt: skip
    register = wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "on", "left": "off", "reason": "why"}, observed_from=None,
        observed_to="2025-03-31", date_formats=["%Y-%m-%d"], definition="left the register",
    )  # fmt: skip

    found = wm.Register.from_parquet(register.to_parquet(tmp_path / "register.parquet"))

    pd.testing.assert_frame_equal(found.table, register.table)
    pd.testing.assert_frame_equal(found.report.counts, register.report.counts)
    pd.testing.assert_frame_equal(found.report.rows, register.report.rows)
    assert repr(found.report) == repr(register.report)
    assert repr(found) == repr(register)
    assert pd.isna(found.observed_from)
    assert found.provenance == register.provenance


def _register_of_snapshots(**options: object) -> wm.Register:
    extract = wm.simulate_snapshots(400, n_periods=18, seed=4, warts=True).extract
    columns = {name: name for name in ("person_id", "period", "organisation", "staff_group", "fte", "joined")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wm.errors.WorkforceMetricsWarning)  # of warts that were asked for
        return wm.read_snapshots(extract, columns=columns, covariates=["route"], progress=False, **options)


@pytest.mark.parametrize("engine", ["stream", "lazy"])
def test_a_register_of_snapshots_keeps_its_report_and_its_changes(tmp_path: Path, engine: str) -> None:
    register = _register_of_snapshots(engine=engine, changes=True)

    found = wm.Register.from_parquet(register.to_parquet(tmp_path / "register.parquet"))

    pd.testing.assert_frame_equal(found.table, register.table)
    pd.testing.assert_frame_equal(found.changes, register.changes)
    assert type(found.report) is type(register.report)
    for name in ("counts", "rows", "periods", "organisations"):
        pd.testing.assert_frame_equal(getattr(found.report, name), getattr(register.report, name))
    assert found.report.missing_periods == register.report.missing_periods
    assert found.provenance == register.provenance
    at_change = [wm.build_cohort(one, horizon_years=1, covariates="at_change").frame for one in (found, register)]
    pd.testing.assert_frame_equal(*at_change)


def test_changes_beside_a_register_are_no_register_of_its_folder(tmp_path: Path) -> None:
    register = _register_of_snapshots(changes=True)
    register.to_parquet(tmp_path / "register.parquet")

    counted = wm.risk_table(tmp_path, horizon_years=1).frame

    pd.testing.assert_frame_equal(counted, wm.risk_table(register, horizon_years=1).frame)


def test_changes_that_are_gone_or_of_another_register_are_named(tmp_path: Path) -> None:
    register = _register_of_snapshots(changes=True)
    path = register.to_parquet(tmp_path / "register.parquet")
    beside = tmp_path / "_register.changes.parquet"
    other = tmp_path / "_other.changes.parquet"
    fewer = replace(register, table=register.table.head(5), changes=register.changes.query("spell < 5"))
    fewer.to_parquet(tmp_path / "other.parquet")

    beside.unlink()
    with pytest.raises(wm.errors.MissingFileError, match=r"_register\.changes\.parquet"):
        wm.Register.from_parquet(path)
    other.rename(beside)
    with pytest.raises(wm.errors.FileFormatError, match="the changes of the spells in register"):
        wm.Register.from_parquet(path)
