"""Rooms import only from below, and importing the package stays light."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
HEAVY = (
    "lifelines",
    "statsmodels",
    "matplotlib",
    "formulaic",
    "scipy.stats",
    "scipy.special",
    "polars",
    "pyspark",
    "pyarrow.dataset",
    "tqdm",
)


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_heavy_packages_load_only_when_used() -> None:
    code = f"import sys, workforce_metrics; print([m for m in {HEAVY!r} if m in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert found.stdout.strip() == "[]"


def test_modules_are_short() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text().splitlines()) for path in ROOT.glob("workforce_metrics/**/*.py")
    }

    assert {str(path): n for path, n in lengths.items() if n > 300} == {}
