"""Every public estimator is held against an independent route, and the validation table is what the tests say."""

import ast
import csv
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreement import COLUMNS, TABLE

import workforce_metrics as wm

ROOT = Path(__file__).parents[2]
REMADE_BY = "python -m pytest -m validates --write-validation"
NO_NUMBERS = (
    "read_",
    "load_",
    "simulate_",
    "build_",
    "write_",
    "plot_",
    "stack_",
)  # the verbs of what estimates nothing
NOT_ESTIMATED = {"indicators", "leaving_causes", "nhs_staff_survey"}
EQUAL = {
    "compare_definitions",
    "compare_runs",
    "model_cells",
    "parse_register_numbers",
    "pooled_risk_bounds",
    "reconcile",
    "report",
    "spells_from_snapshots",
}  # rows, counts and bounds that are equal or not: the page says in words what they are held against
INDICATORS = {
    f"indicators.{name}"
    for name in ("score", "share", "item_score", "people_promise", "leaver_rate", "stability_index",
                 "instruments.score_instrument")
}  # fmt: skip

Claim = tuple[str, str, str, str]


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def public_estimators() -> set[str]:
    names = {name for name in wm.__all__ if not name.startswith(NO_NUMBERS) and name not in NOT_ESTIMATED | EQUAL}
    return {name for name in names if inspect.isfunction(getattr(wm, name))} | INDICATORS


def claims() -> Iterator[Claim]:
    """Yield estimator, route, data and file of every ``validates`` mark in the tests."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.validates":
                said = {word.arg: word.value for word in node.keywords}
                values = [*node.args, said["against"], said["data"]]
                texts = [named[v.id] if isinstance(v, ast.Name) else ast.literal_eval(v) for v in values]
                yield (*texts, path.relative_to(ROOT).as_posix())


def test_what_is_equal_or_not_is_said_in_words() -> None:
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")

    assert {name for name in EQUAL if f"`{name}`" not in page} == set()


def test_every_public_estimator_is_held_against_an_independent_route() -> None:
    assert public_estimators() - {row["estimator"] for row in rows()} == set()


def test_the_table_names_what_there_is() -> None:
    found = {row["estimator"] for row in rows()}

    assert found <= public_estimators()


def test_the_table_is_what_the_tests_claim() -> None:
    """A new or changed mark means that the table has to be remade: see REMADE_BY."""
    written = {(row["estimator"], row["against"], row["data"], row["test"]) for row in rows()}

    assert set(claims()) == written, f"remake it with {REMADE_BY}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['estimator']}-{row['asked']}")
def test_no_difference_is_larger_than_asked(row: dict[str, str]) -> None:
    asked = 0.0 if row["asked"] == "equal" else float(row["asked"].split()[0])

    assert tuple(row) == COLUMNS
    assert row["compared"]
    assert float(row["largest"]) <= asked
    assert int(row["numbers"]) > 0


def test_the_page_says_how_it_is_made() -> None:
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")

    assert REMADE_BY in page
    assert re.search(r":file: validation_table\.csv", page)
