"""Results written and read back: the same rows, kinds and provenance, or a refusal that says what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workforce_metrics as wm
from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingDependencyError,
    MissingFileError,
)
from workforce_metrics.estimation.file_cells import as_text, as_written
from workforce_metrics.provenance import made_from
from workforce_metrics.results import Result

WORDS = "made up, nobody is real"
KINDS = ["csv", "xlsx"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\t\n\r"), min_size=1)
EXCEL = 1e-15
"""Excel keeps 15 or 16 digits of a number."""


@pytest.fixture
def safe() -> Result:
    staff = pd.DataFrame({"team": ["01"] * 28 + ["=02"] * 40 + ["'=03"] * 31 + ["NA"] * 5, "hours": [30.0, 41.0] * 52})
    return wm.suppress(wm.estimate(staff, "hours", by="team"))


def _mixed() -> Result:
    table = pd.DataFrame({
        "organisation": pd.Categorical(["b", "a", None]), "year": [2023, 2024, 2025],
        "day": pd.to_datetime(["2024-04-01", None, "2025-01-31"]), "estimate": [0.1 + 0.2, np.nan, 1e-300],
        "n": pd.array([5, None, 7], dtype="Int64"), "truncated": [True, False, True],
        "maybe": pd.array([True, None, False], dtype="boolean"), "break_before": ["", "reworded, twice", "-"],
    })  # fmt: skip
    made = made_from("register.csv", 12, options={"date_formats": ["%Y"]}) | {"at": (1, 2.5), "n_by": {"x": 1}}
    return Result(table, ("organisation", "year"), made)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_kinds_and_provenance_come_back(safe: Result, tmp_path: Path, kind: str) -> None:
    saved = wm.read_result(wm.write_result(safe, tmp_path / f"hours.{kind}"))

    pd.testing.assert_frame_equal(
        saved.frame, safe.frame, check_dtype=False, rtol=EXCEL if kind == "xlsx" else 0.0, atol=0.0
    )
    assert saved.frame["team"].tolist() == ["'=03", "01", "=02", "NA"]
    assert saved.by == ("team",)
    assert saved.kind == "EstimateTable"
    assert dict(saved.provenance) == {name: value for name, value in safe.provenance.items() if value is not None}
    assert repr(saved).startswith("<Saved EstimateTable: 4 rows by team; ")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column_comes_back(tmp_path: Path, kind: str) -> None:
    result = _mixed()

    saved = wm.read_result(wm.write_result(result, tmp_path / f"mixed.{kind}", unsuppressed=WORDS))

    found = saved.frame
    assert found["organisation"].tolist()[:2] == ["b", "a"]
    assert found["organisation"].isna().tolist() == [False, False, True]
    assert found["estimate"].tolist()[::2] == [0.1 + 0.2 if kind == "csv" else 0.3, 1e-300]
    pd.testing.assert_series_equal(found["day"], result.frame["day"], check_dtype=False)
    assert found["break_before"].tolist()[1:] == ["reworded, twice", "-"]
    assert found["break_before"].isna().tolist() == [True, False, False]  # an empty text is an empty cell
    for name in ("year", "n", "truncated", "maybe"):
        pd.testing.assert_series_equal(found[name], result.frame[name])
    assert dict(saved.provenance) == {**result.provenance, "unsuppressed": WORDS}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_is_written_as_it_was(safe: Result, tmp_path: Path, kind: str) -> None:
    first = wm.write_result(safe, tmp_path / f"first.{kind}")
    second = wm.write_result(wm.read_result(first), tmp_path / f"second.{kind}")
    third = wm.write_result(wm.read_result(second), tmp_path / f"third.{kind}")

    pd.testing.assert_frame_equal(wm.read_result(third).frame, wm.read_result(first).frame)
    assert dict(wm.read_result(third).provenance) == dict(wm.read_result(first).provenance)
    if kind == "csv":
        assert first.read_bytes() == second.read_bytes()
        beside = [path.with_name(f"{path.stem}.provenance.json").read_bytes() for path in (first, second)]
        assert beside[0] == beside[1]


def test_the_page_names_inputs_one_a_line_and_lists_without_brackets(tmp_path: Path) -> None:
    page = wm.write_result(_mixed(), tmp_path / "mixed.html", unsuppressed=WORDS).read_text(encoding="utf-8")

    assert "<dt>inputs</dt><dd>register.csv: 12 rows read, 12 kept; date_formats=(&#x27;%Y&#x27;,)</dd>" in page
    assert "<dt>at</dt><dd>1, 2.5</dd>" in page
    assert "sha256" not in page


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_comes_back_from_a_csv_file(texts: list[str], tmp_path: Path) -> None:
    result = Result(pd.DataFrame({"team": texts, "estimate": 0.5}), ("team",))

    saved = wm.read_result(wm.write_result(result, tmp_path / "texts.csv", unsuppressed=WORDS))

    assert saved.frame["team"].tolist() == texts


@pytest.mark.parametrize("text", ["a\rb", "\r", "a\r\nb", "a\nb", 'a "b", c', " a ", "None", "nan", "1e5", "TRUE"])
def test_texts_that_parsers_change_come_back_from_a_csv_file(text: str, tmp_path: Path) -> None:
    result = Result(pd.DataFrame({"team": [text, "x"], "estimate": 0.5}), ("team",))

    saved = wm.read_result(wm.write_result(result, tmp_path / "texts.csv", unsuppressed=WORDS))

    assert saved.frame["team"].tolist() == [text, "x"]


@given(text=st.text())
def test_a_harmless_text_is_read_as_it_was(text: str) -> None:
    assert as_written(as_text(text)) == text
    assert not str(as_text(text)).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_table_without_its_provenance_is_refused(safe: Result, tmp_path: Path) -> None:
    path = wm.write_result(safe, tmp_path / "hours.csv")
    (tmp_path / "hours.provenance.json").unlink()

    with pytest.raises(MissingFileError, match=r"hours\.provenance\.json"):
        wm.read_result(path)


@pytest.mark.parametrize("change", ["table", "provenance"])
def test_a_changed_table_or_the_provenance_of_another_is_refused(safe: Result, tmp_path: Path, change: str) -> None:
    path = wm.write_result(safe, tmp_path / "hours.csv")
    if change == "table":
        path.write_bytes(path.read_bytes().replace(b"35", b"36"))
    else:
        other = wm.write_result(_mixed(), tmp_path / "other.csv", unsuppressed=WORDS)
        other.with_name("other.provenance.json").replace(tmp_path / "hours.provenance.json")

    with pytest.raises(InvalidDataError, match="another, or one that was changed"):
        wm.read_result(path)


def test_a_file_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("team,n\nx,1\n")
    (tmp_path / "a.provenance.json").write_text('{"min_n": 11}')
    with pytest.raises(InvalidDataError, match="a file that write_result wrote"):
        wm.read_result(tmp_path / "a.csv")

    (tmp_path / "a.provenance.json").write_text("not JSON")
    with pytest.raises(InvalidDataError, match="the text of a provenance"):
        wm.read_result(tmp_path / "a.csv")

    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    pd.DataFrame({"n": [1]}).to_excel(tmp_path / "c.xlsx")
    for name in ("b.xlsx", "c.xlsx"):
        with pytest.raises(FileFormatError, match="a workbook that write_result wrote"):
            wm.read_result(tmp_path / name)


def test_a_workbook_whose_columns_were_changed_is_refused(safe: Result, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = wm.write_result(safe, tmp_path / "hours.xlsx")
    book = openpyxl.load_workbook(path)
    book["result"]["C1"] = "mean"
    book.save(path)
    with pytest.raises(InvalidDataError, match="the columns that were written"):
        wm.read_result(path)

    book["result"]["C1"], book["result"]["C3"] = "estimate", "about 40"
    book.save(path)
    with pytest.raises(InvalidDataError, match="cells of the kind that was written"):
        wm.read_result(path)


def test_names_that_are_no_written_result_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"ends in \.csv, \.xlsx"):
        wm.read_result(tmp_path / "page.html")
    with pytest.raises(MissingFileError, match=r"nothing called 'absent\.csv'"):
        wm.read_result(tmp_path / "absent.csv")


def test_a_saved_result_is_not_suppressed_again(safe: Result, tmp_path: Path) -> None:
    saved = wm.read_result(wm.write_result(safe, tmp_path / "hours.csv"))

    with pytest.raises(InvalidArgumentError, match="only a table"):
        wm.suppress(saved)


def test_a_run_killed_while_writing_leaves_the_files_of_before(
    safe: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wm.write_result(safe, tmp_path / "hours.csv")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    write, calls = Path.write_bytes, []

    def _killed(self: Path, data: bytes) -> int:
        calls.append(self)
        if len(calls) == 2:
            write(self, data[: len(data) // 2])
            raise KeyboardInterrupt
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", _killed)
    with pytest.raises(KeyboardInterrupt):
        wm.write_result(_mixed(), path, unsuppressed=WORDS)

    assert len(calls) == 2
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_run_killed_between_the_two_files_is_found_out(
    safe: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wm.write_result(safe, tmp_path / "hours.csv")
    replace, calls = Path.replace, []

    def _killed(self: Path, target: Path) -> Path:
        calls.append(target.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", _killed)
    with pytest.raises(KeyboardInterrupt):
        wm.write_result(_mixed(), path, unsuppressed=WORDS)

    assert calls == ["hours.provenance.json", "hours.csv"]
    with pytest.raises(InvalidDataError, match="another, or one that was changed"):
        wm.read_result(path)


def test_without_openpyxl_reading_a_workbook_says_what_to_install(
    safe: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wm.write_result(safe, tmp_path / "hours.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(MissingDependencyError, match="openpyxl"):
        wm.read_result(path)


def test_many_inputs_stand_on_lines_of_their_own_in_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    tables = [wm.RiskTable.from_counts(pd.DataFrame({"time": [1], "n_risk": [n], "n_event": [1]})) for n in (50, 60)]
    path = wm.write_result(wm.leaving_within(tables[0] + tables[1], years=1), tmp_path / "sum.xlsx", unsuppressed=WORDS)

    rows = list(openpyxl.load_workbook(path)["provenance"].iter_rows(values_only=True))

    assert [json.loads(value)["name"] for name, value in rows if name == "inputs"] == ["data frame", "data frame"]
    assert len(wm.read_result(path).provenance["inputs"]) == 2
