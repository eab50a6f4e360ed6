"""Every Python block of README and docs runs: as a doctest, or in a test that runs it as it stands."""

import re
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

import workforce_metrics as wm

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^[ ]*```python\n(.*?)^[ ]*```", flags=re.MULTILINE | re.DOTALL)
RUN_AS_THEY_STAND = {
    "README.md": "tests/contract/test_readme.py",
    "docs/index.md": "tests/contract/test_code_blocks.py",
    "docs/tutorial/ten_minutes.md": "tests/contract/test_ten_minutes.py",
    "docs/howto/use_it_on_spark.md": "tests/spark/test_on_spark.py",
}


def blocks(path: Path) -> list[str]:
    return [block for block in BLOCK.findall(path.read_text(encoding="utf-8")) if ">>>" not in block]


def test_no_python_block_is_left_out() -> None:
    found = {page.relative_to(ROOT).as_posix(): len(blocks(page)) for page in PAGES if blocks(page)}

    assert found == {**dict.fromkeys(RUN_AS_THEY_STAND, 1), "docs/howto/use_it_on_spark.md": 4}
    assert all((ROOT / test).exists() for test in RUN_AS_THEY_STAND.values())


def test_no_doctest_is_cut_off_by_a_fence() -> None:
    """A fence that follows an output without a blank line would be taken for its last line."""
    cut = [
        (page.name, block.splitlines()[-1])
        for page in PAGES
        for block in re.findall(r"^```(?:python|pycon)\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        if ">>>" in block and block.splitlines()[-1].strip()
    ]

    assert cut == []


def test_the_block_of_the_front_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks(ROOT / "docs" / "index.md")
    monkeypatch.chdir(tmp_path)
    wm.simulate_staff_survey(1500, seed=3, n_organisations=4).extract.to_csv("survey.csv", index=False)
    names: dict[str, object] = {}

    exec(compile(block, "docs/index.md", "exec"), names)  # noqa: S102 - the page's own code
    plt.close("all")

    assert len(names["table"].frame) == 8  # type: ignore[attr-defined]
