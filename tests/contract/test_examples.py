"""What the gallery promises of its examples: one question each, short, seeded, and plain about what is real."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import workforce_metrics as wm

ROOT = Path(__file__).parents[2]
MAIN_JOB = "quickstart.py"  # the README's first command, no example of the gallery
SECTIONS = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
EXAMPLES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "examples").glob("*.py"))
    if path.name != MAIN_JOB
}
MODULES = {"importlib", "lifelines", "numpy", "pandas", "statsmodels", "workforce_metrics"}
KINDS = ("real", "simulated", "fictional")
SOURCES = {"lifelines", "peopleanalyticsdata", "statsmodels"} | {
    name for name in wm.__all__ if name.startswith("load_published") or name == "load_special_educators"
}

example = pytest.mark.parametrize("name", list(EXAMPLES))


def docstring(name: str) -> list[str]:
    """Return the paragraphs under the title."""
    return (ast.get_docstring(ast.parse(EXAMPLES[name])) or "").split("\n\n")


def kind(name: str) -> str:
    found = re.match(r"[^\n]+\n=+\n\nData: (\w+)\. ", "\n\n".join(docstring(name)))
    assert found is not None, "under its title an example says 'Data: real.', 'Data: simulated.' or 'Data: fictional.'"
    return found[1]


def test_there_are_enough_and_enough_of_them_are_real() -> None:
    kinds = [kind(name) for name in EXAMPLES]

    assert len(kinds) >= 15
    assert kinds.count("real") >= 6
    assert set(kinds) <= set(KINDS)


@example
def test_it_is_short_and_asks_one_question(name: str) -> None:
    title, line = docstring(name)[0].split("\n")

    assert len(EXAMPLES[name].splitlines()) < 80
    assert title.endswith("?")
    assert line == "=" * len(title)
    assert EXAMPLES[name].count("\n# %%\n") >= 2  # cells


@example
def test_its_first_paragraph_says_where_the_data_come_from(name: str) -> None:
    said = docstring(name)[1].replace("\n", " ")

    if kind(name) == "simulated":
        assert re.search(r"nobody in (it|them) exists", said)
    else:
        used = {source for source in SOURCES if source in EXAMPLES[name]}
        assert used
        assert all(f"`{source}`" in said for source in used)
    if kind(name) == "fictional":
        assert "Nobody in it exists." in said
    if kind(name) == "real":
        assert "othing here is simulated" in said or "othing is simulated" in said


@example
def test_it_draws_a_picture_and_prints_what_it_found(name: str) -> None:
    assert re.search(r"\.plot\(", EXAMPLES[name])
    assert "print(" in EXAMPLES[name]


@example
def test_chance_is_seeded_and_simulations_are_said(name: str) -> None:
    calls = [node for node in ast.walk(ast.parse(EXAMPLES[name])) if isinstance(node, ast.Call)]
    simulations = [call for call in calls if ast.unparse(call.func).startswith("wm.simulate_")]
    generators = [call for call in calls if ast.unparse(call.func).endswith("default_rng")]

    for call in simulations:
        named = {keyword.arg for keyword in call.keywords}
        assert "seed" in named or None in named  # or **people, which holds it
    assert all(call.args for call in generators)
    assert not re.search(r"np\.random\.(?!default_rng)", EXAMPLES[name])
    assert not simulations or kind(name) == "simulated"


@example
def test_it_reaches_no_network_and_no_file_of_somebodys(name: str) -> None:
    tree = ast.parse(EXAMPLES[name])
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]

    assert imported <= MODULES
    assert not [text for text in texts if re.match(r"(https?:|/|~|\.\.?/|[A-Za-z]:\\)", text)]
    assert not re.search(r"\b(open|to_csv|to_parquet|savefig|write_result)\(", EXAMPLES[name])


@example
def test_it_stands_in_one_section_of_the_page(name: str) -> None:
    patterns = re.findall(r"\.\./examples/(\S+)\.py", SECTIONS)

    assert sum(Path(name).match(pattern) for pattern in patterns) == 1


@example
def test_a_picture_of_a_simulated_survey_says_that_it_is(name: str) -> None:
    text = EXAMPLES[name]

    if "simulate_register(" in text:
        assert 'left the register (simulated)"' in text  # the definition stands under every curve
    elif "simulate_staff_survey(" in text:
        assert re.search(r'\.figure\.suptitle\(\s*"Simulated: nobody in it exists"', text)
