"""What the README tells a reader is there and runs."""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

import workforce_metrics as wm

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["quickstart", "tests"])
def test_the_two_commands_stand_between_their_markers(name: str) -> None:
    block = re.search(rf"<!-- {name} -->\n```sh\n(.+)\n```\n<!-- end -->", README)

    assert block is not None
    assert block[1].startswith("python3 -m venv .venv && ")


def test_every_link_of_readme_and_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]
    broken = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_python_block_runs_on_simulated_extracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = re.search(r"```python\n(.+?)```", README, flags=re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    wm.simulate_staff_survey(1500, seed=3, n_organisations=4).extract.to_csv("survey.csv", index=False)
    wm.simulate_register(3000, seed=3).extract.to_csv("register.csv", index=False)
    names: dict[str, object] = {}

    exec(compile(ast.parse(block[1]), "README.md", "exec"), names)  # noqa: S102 - the README's own code

    assert isinstance(names["cohort"], wm.Cohort)
    assert isinstance(names["table"].frame, pd.DataFrame)  # type: ignore[attr-defined]
