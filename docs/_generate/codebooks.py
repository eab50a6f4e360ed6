"""Write the reference page of the NHS Staff Survey's codebooks from the data that the package ships.

    python docs/_generate/codebooks.py

Concepts, question numbers, scales, scores and breaks; never the wording of a question.
"""

from __future__ import annotations

from pathlib import Path

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.codebooks.scale import Scale

PAGE = Path(__file__).parents[1] / "reference" / "codebooks.md"
HEAD = """# The NHS Staff Survey's codebooks

<!-- written by docs/_generate/codebooks.py from workforce_metrics/codebooks/data -->

What `nhs_staff_survey(edition)` holds, {first} to {last}: {items} concepts, {scales} scales and {scores} scores.
Concepts are this library's own short names for what a question asks; wording is not shipped. All facts are
from the questionnaires and technical documents of the [survey](https://www.nhsstaffsurveys.com); where one is inferred
or unverified, it says so and is an argument.

```python
>>> import workforce_metrics as wm
>>> book = wm.nhs_staff_survey({last})
>>> book.items["burnout_burnt_out"].columns, sorted(book.items["burnout_burnt_out"].counted)
(('q12b',), [4, 5])

```
"""
SCORES = """
## Scores

All run from 0 to 10, and higher is better. "At least" is how many of the members have to be there.

| score | code | level | the mean of | at least |
| --- | --- | --- | --- | --- |
"""
SCALES = """
## Scales

Codes and what they score. An answer without a value is counted as an answer and carries no score.

| scale | code, label and value |
| --- | --- |
"""
CONCEPTS = """
## Concepts

Question numbers by edition ("–": not asked). "Counted / base" are the codes in the numerator and denominator of the
published percentage; "better" says which way it points.

| concept | {editions} | scale | direction | counted / base | better |
| --- | {lines} | --- | --- | --- | --- |
"""
BREAKS = """
## Breaks

The first edition that cannot be compared with those before it. `trend` draws a gap there and `trend_test` tests nothing
across it.

| concept | first of the new kind | why |
| --- | --- | --- |
"""


def text() -> str:
    """Return the page."""
    books = {edition: nhs_staff_survey(edition) for edition in EDITIONS}
    latest = books[EDITIONS[-1]]
    items = {concept: item for book in books.values() for concept, item in book.items.items()}
    concepts = in_order_of_questions(books, items)
    scales = {item.scale.name: item.scale for item in items.values()}
    head = HEAD.format(
        first=EDITIONS[0], last=EDITIONS[-1], items=len(items), scales=len(scales), scores=len(latest.scores)
    )
    editions = " | ".join(map(str, EDITIONS))
    broken = [items[concept] for concept in concepts if items[concept].break_at]
    parts = [
        head,
        SCORES, *(score_row(score) for score in latest.scores.values()),
        SCALES, *(scale_row(scale) for scale in scales.values()),
        CONCEPTS.format(editions=editions, lines=" | ".join(["---"] * len(EDITIONS))),
        *(concept_row(items[concept], books) for concept in concepts),
        BREAKS, *(row(f"`{item.concept}`", item.break_at, item.break_reason) for item in broken),
    ]  # fmt: skip
    return "".join(parts)


def in_order_of_questions(books: dict[int, Codebook], items: dict[str, Item]) -> list[str]:
    """Return the concepts in the order of the latest questionnaire, then those that it no longer has."""
    latest = list(books[EDITIONS[-1]].items)
    return [*latest, *(concept for concept in items if concept not in latest)]


def score_row(score: Score) -> str:
    """Return the line of one score."""
    members = score.items or score.parts
    least = f"{score.min_answered} of {len(members)} ({score.min_answered_status})"
    return row(f"`{score.name}`", score.code, score.level, ", ".join(f"`{name}`" for name in members), least)


def scale_row(scale: Scale) -> str:
    """Return the line of one scale."""
    if not any(option.label for option in scale.options):
        return row(f"`{scale.name}`", f"{codes(scale.codes)}; labels are not shipped")
    options = (
        f"{option.code} {option.label}" + ("" if option.value is None else f" = {option.value:g}")
        for option in scale.options
    )
    return row(f"`{scale.name}`", "; ".join(options))


def concept_row(item: Item, books: dict[int, Codebook]) -> str:
    """Return the line of one concept."""
    asked = [book.items[item.concept].columns[0] if item.concept in book.items else "–" for book in books.values()]
    counted = f"{codes(item.counted)} / {codes(item.base)}" if item.counted else ""
    note = "" if item.base_status == "documented" or not counted else f" ({item.base_status})"
    better = item.favourable if counted else ""
    return row(f"`{item.concept}`", *asked, f"`{item.scale.name}`", item.direction, counted + note, better)


def codes(some: frozenset[int]) -> str:
    """Return codes in order, runs of three or more as a span."""
    ordered = sorted(some)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}–{ordered[-1]}"
    return ", ".join(map(str, ordered))


def row(*cells: object) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
