"""Pages and pictures written by a script are what it writes; the house that is drawn is the one that is held."""

import importlib.util
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

import workforce_metrics as wm
from workforce_metrics import errors, indicators
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.results import RESULT_COLUMNS, Result

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SVG = "{http://www.w3.org/2000/svg}"
WRITTEN = {"codebooks": "reference/codebooks.md", "layers": "images/layers.svg"}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_generate_{name}", DOCS / "_generate" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def layers() -> list[list[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    floors = next(contract for contract in contracts if contract["type"] == "layers")["layers"]
    return [[room.strip().rpartition(".")[2] for room in floor.split("|")] for floor in floors]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_by_a_script_is_what_it_writes(name: str) -> None:
    """Remake it with python docs/_generate/<name>.py."""
    assert (DOCS / WRITTEN[name]).read_text(encoding="utf-8") == script(name).text()


def test_every_script_is_held() -> None:
    assert {path.stem for path in (DOCS / "_generate").glob("*.py")} == set(WRITTEN)


def test_the_picture_shows_the_layers_that_are_held() -> None:
    rooms = {room for floor in layers() for room in floor}
    drawing = ET.parse(DOCS / "images" / "layers.svg").getroot()  # noqa: S314 - our own file

    words = [text.text for text in drawing.iter(f"{SVG}text")]
    tops = {text.text: float(text.attrib["y"]) for text in drawing.iter(f"{SVG}text") if text.text in rooms}

    assert set(words) >= rooms
    by_height = [{room for room in tops if tops[room] == y} for y in sorted(set(tops.values()))]
    assert by_height == [set(floor) for floor in layers()]


def test_the_architecture_page_writes_the_layers_that_are_held() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- layers -->\n```text\n(.+?)```", page, flags=re.DOTALL)

    assert block is not None
    written = [re.split(r"\s{2,}", line)[0].split(" | ") for line in block[1].splitlines()]
    assert written == layers()


def test_modules_that_the_architecture_page_names_are_there() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page))

    assert len(named) > 40
    assert {
        name for name in named if not any((top / name).exists() for top in (ROOT / "workforce_metrics", ROOT))
    } == set()


def test_every_concept_and_score_is_on_the_page_of_codebooks() -> None:
    page = (DOCS / "reference" / "codebooks.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z0-9_+]+)` \|", page, flags=re.MULTILINE))

    for edition in EDITIONS:
        book = nhs_staff_survey(edition)
        assert set(book.items) | set(book.scores) <= named


def test_every_result_column_is_in_the_dictionary() -> None:
    page = (DOCS / "reference" / "result_columns.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| (`.+?`) \|", page, flags=re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}

    assert set(RESULT_COLUMNS) - named == set()


def test_the_performance_page_shows_what_the_benchmarks_printed() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    benchmarks = ROOT / "tests" / "benchmarks"
    kept = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in (benchmarks / "printed").glob("*.txt")}

    assert set(re.findall(r"printed/(\w+)\.txt", page)) == set(kept)
    for name, lines in kept.items():
        assert f"python tests/benchmarks/{name}.py" in lines[0]
        assert re.match(r"# commit \w+(-dirty)?, \d{4}-\d\d-\d\d; \d+ cores, ", lines[1])
        assert re.match(r"# Python 3\.\d+\.\d+, numpy ", lines[2])
        assert (benchmarks / f"{name}.py").exists()
        assert any(line.strip() for line in lines[3:])


def on_the_api_page() -> set[str]:
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    return set(re.findall(r"^   ([A-Za-z_][\w.]*)$", page, flags=re.MULTILINE))


def test_every_public_name_is_on_the_api_page() -> None:
    public = {
        *(set(wm.__all__) - {"indicators"}),
        *(f"indicators.{name}" for name in set(indicators.__all__) - {"instruments"}),
        *(f"indicators.instruments.{name}" for name in indicators.instruments.__all__),
        *(f"errors.{name}" for name in errors.__all__ if inspect.isclass(getattr(errors, name))),
    }

    assert public - on_the_api_page() == set()


def test_every_kind_of_result_is_on_the_api_page() -> None:
    for module in pkgutil.walk_packages(wm.__path__, "workforce_metrics."):
        importlib.import_module(module.name)
    kinds, found = [Result], set()
    while kinds:
        kind = kinds.pop()
        found.add(kind.__name__)
        kinds += [sub for sub in kind.__subclasses__() if sub.__module__.startswith("workforce_metrics.")]

    assert found - {name.rpartition(".")[2] for name in on_the_api_page()} == set()
