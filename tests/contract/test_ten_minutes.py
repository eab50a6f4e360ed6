"""The path of a newcomer: the page's own lines run on two CSV files, and are no more than twenty."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial" / "ten_minutes.md").read_text(encoding="utf-8")
MADE_BY = re.search(r'\.venv/bin/python -c "(.+?)"\n```', PAGE, flags=re.DOTALL)
LINES = re.search(r"<!-- twenty lines -->\n```python\n(.+?)```\n<!-- end -->", PAGE, flags=re.DOTALL)


def run(code: str, folder: Path) -> str:
    asked = [sys.executable, "-W", "error", "-c", f"import matplotlib; matplotlib.use('agg')\n{code}"]
    return subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603 - the page's own code


def test_twenty_lines_are_twenty() -> None:
    assert LINES is not None
    assert len([line for line in LINES[1].splitlines() if line.strip()]) <= 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert MADE_BY is not None
    assert LINES is not None
    folder = tmp_path_factory.mktemp("newcomer")
    run(MADE_BY[1], folder)
    (folder / "said.txt").write_text(run(LINES[1], folder), encoding="utf-8")
    return folder


def test_both_accounts_are_printed(folder: Path) -> None:
    said = (folder / "said.txt").read_text(encoding="utf-8")

    assert said.count("rows read = ") == 2


def test_the_table_is_suppressed_and_the_curve_runs_to_five_years(folder: Path) -> None:
    table, curve = pd.read_csv(folder / "indicators.csv"), pd.read_csv(folder / "staying.csv")

    assert set(table["indicator"]) == {"burnout", "share:think_about_leaving"}
    assert table["suppressed"].dtype == bool
    assert table.loc[~table["suppressed"], "conf_low"].notna().all()
    assert curve["time"].tolist() == [1, 2, 3, 4, 5]
    assert curve["estimate"].is_monotonic_decreasing
    assert {path.name for path in folder.glob("*.provenance.json")} == {
        "indicators.provenance.json", "staying.provenance.json",
    }  # fmt: skip
    assert (folder / "staying.png").stat().st_size > 10_000
