"""The docstrings of the published scores, written from the codebook."""

from __future__ import annotations

import textwrap

from workforce_metrics.codebooks.codebook import Codebook, Score
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey

__all__ = ["DOCUMENTED_EDITION", "SOURCE", "score_docstring"]

DOCUMENTED_EDITION = 2024
"""The edition whose question numbers stand in docstrings and, by default, in the catalogue."""

REFERENCES = {
    "burnout": "Kristensen TS, Borritz M, Villadsen E, Christensen KB. The Copenhagen Burnout Inventory: a new tool "
    "for the assessment of burnout. Work & Stress 2005;19(3):192-207. doi:10.1080/02678370500297720 (the inventory"
    " behind the items; the scoring is the survey's own)."
}
SOURCE = "NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com"
WIDTH = 108

RETURNS = """\
pandas.Series
    Shape (n_respondents,), float64, 0 to 10, named "{name}", NaN where missing; the index of
    ``survey.table``."""

RAISES = """\
MissingColumnError
    If the extract lacks an item: a score is never taken over fewer items than it has.
CodebookError
    If the survey's codebook has no score of this name.
InvalidArgumentError
    If a minimum is out of range.
InvalidDataError
    If an item holds a code outside its scale."""


def score_docstring(name: str) -> str:
    """Return the docstring of the function of a published score, with an example that runs.

    Examples
    --------
    >>> score_docstring("advocacy").splitlines()[0]
    'Return the score "Advocacy" (E_3) of every respondent, 0 to 10; higher is better.'
    """
    book = nhs_staff_survey(DOCUMENTED_EDITION)
    score = book.score(name)
    less = " Its items are turned round, so a higher score is less burnout." if score.name == "burnout" else ""
    sections = [
        f'Return the score "{score.label}" ({score.code}) of every respondent, 0 to 10; higher is better.',
        _fill(f"The {score.level} of the NHS Staff Survey, by the rules of the survey's own codebook.{less}"),
        _section("Parameters", _parameters(score)),
        _section("Returns", RETURNS.format(name=score.name)),
        _section("Raises", RAISES),
        _section("Notes", _notes(score, book)),
        _section("References", _references(score)),
        _section("Examples", _example(score, book)),
    ]
    return "\n\n".join(sections) + "\n"


def _parameters(score: Score) -> str:
    members, kind = (score.items, "items") if score.items else (score.parts, "parts")
    status = f"{score.min_answered} (status: {score.min_answered_status})"
    lines = [
        "survey : StaffSurvey",
        _fill("Answers by concept; every item below must be a column of it.", indent=4),
        "min_answered : int, optional",
        _fill(
            f"How many of the {len(members)} {kind} must be there; with fewer the score is missing. Default {status}.",
            indent=4,
        ),
    ]
    if score.parts:
        text = "Minimum of answered items of a part, by the part's name. Default: each part's own."
        lines += ["part_min_answered : mapping of str to int, optional", _fill(text, indent=4)]
    return "\n".join(lines)


def _notes(score: Score, book: Codebook) -> str:
    rule = (
        "The mean of the values of the answered items, each 0 to 10 with the favourable end at 10."
        if score.items
        else f"The mean of its parts ({', '.join(score.parts)}), not of their items; that parts weigh the same was"
        " checked on published values of PP4 and is assumed for the others."
    )
    missing = (
        'An item that was not answered, not asked, or answered "don\'t know" or "not applicable" counts as not'
        f" answered. Items, with their number in {DOCUMENTED_EDITION}:"
    )
    paragraphs = [_fill(rule), _fill(missing), _item_list(score, book)]
    if any(book.items[concept].scale.status != "documented" for concept in book.concepts_of(score)):
        paragraphs.append(_fill("Another value for an answer can be tried with ``score(..., item_values=...)``."))
    return "\n\n".join(paragraphs)


def _item_list(score: Score, book: Codebook) -> str:
    lines: list[str] = []
    for part in score.parts or (score.name,):
        if score.parts:
            lines += ["", f"{part}:", ""] if lines else [f"{part}:", ""]
        lines += [f"- {_item_line(concept, book)}" for concept in book.scores[part].items]
    return "\n".join(lines)


def _item_line(concept: str, book: Codebook) -> str:
    item = book.items[concept]
    remarks = [item.columns[0]]
    if item.direction == "negative":
        remarks.append("turned round")
    if item.scale.status != "documented":
        remarks.append(f"values of the scale: {item.scale.status}")
    return f"{concept} ({'; '.join(remarks)})"


def _references(score: Score) -> str:
    sources = [SOURCE + ".", *([REFERENCES[score.name]] if score.name in REFERENCES else [])]
    return "\n".join(
        textwrap.fill(source, WIDTH, initial_indent=f".. [{i}] ", subsequent_indent="   ")
        for i, source in enumerate(sources, start=1)
    )


def _example(score: Score, book: Codebook) -> str:
    """Return an example of two respondents: all answers favourable, all unfavourable."""
    cells: dict[str, tuple[int, int]] = {}
    for concept in book.concepts_of(score):
        item = book.items[concept]
        for asked_first, codes in item.routes.items():
            cells[book.items[asked_first].columns[0]] = (min(codes), min(codes))
        values = item.scale.values(item.direction)
        cells[item.columns[0]] = (max(values, key=values.__getitem__), min(values, key=values.__getitem__))
    written = ", ".join(f'"{column}": [{best}, {worst}]' for column, (best, worst) in cells.items())
    return "\n".join(
        (
            ">>> import pandas as pd",
            ">>> import workforce_metrics as wm",
            textwrap.fill(f">>> answers = pd.DataFrame({{{written}}})", WIDTH, subsequent_indent="...     "),
            f">>> survey = wm.read_staff_survey(answers, edition={DOCUMENTED_EDITION})",
            f">>> wm.indicators.{score.name}(survey).tolist()",
            "[10.0, 0.0]",
        )
    )


def _section(title: str, body: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{body}"


def _fill(text: str, *, indent: int = 0) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)
