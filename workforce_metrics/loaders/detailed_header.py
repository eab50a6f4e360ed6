"""The header of a detailed spreadsheet: which column holds whom, which an answer or score, which a base, which none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.counted_answers import counted_label, option_of
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.loaders.published_measures import OPTION_SHARE, SCORE, Measure, Names
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["ROLE_NAMES", "DetailedSettings", "Header", "header_texts", "read_header"]

ROLE_NAMES: Mapping[str, tuple[str, ...]] = {
    "organisation": ("ods code", "org_id", "organisation code"),
    "organisation_name": ("organisation name", "org_name"),
    "benchmark_group": ("base", "benchmarking group", "benchmark group", "organisation type"),
    "breakdown": ("breakdown",),
    "level": ("breakdown level", "level"),
    "weighting": ("weighting",),
}
"""Headers before the first question. "ODS code", "Base", "Breakdown" and "Weighting" are quoted in public scripts."""

_QUESTION = re.compile(r"(q\s*\d{1,3}\s*[a-z]?(?:[_.]\d{1,2})?)(?!\w)", re.ASCII | re.IGNORECASE)
_SCORE = re.compile(r"(.+?)\s*-\s*score", re.IGNORECASE)

QUESTION_UNKNOWN = "question that is not known"
OPTION_UNKNOWN = "answer that is not on the question's scale"
TWICE = "answer or score twice in one sheet"
SCORE_UNKNOWN = "score that is not known"
NO_QUESTION = "column without a question"
BASE_ONLY = "base without its figure"
IDENTITY_UNKNOWN = "column before the first question that is not known"


@dataclass(frozen=True)
class DetailedSettings:
    """What the caller declared of the layout.

    Parameters
    ----------
    edition : int
        The survey year.
    book : Codebook
        Whose answers hold.
    own_numbers : bool
        Whether its question numbers hold too.
    question_row, header_row : int
        Rows of the question and of the answers, 1 = the first of the sheet.
    percent : bool
        Whether shares stand as percentages.
    columns : mapping of str to str
        Role to header.
    questions : mapping of str to str
        Question number or score code in the file to concept or score.
    options : mapping of str to str
        The file's label of an answer to the codebook's, both normalised.
    """

    edition: int
    book: Codebook
    own_numbers: bool = True
    question_row: int = 1
    header_row: int = 5
    percent: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Header:
    """What the header says so far; it grows while it is read.

    `roles` and `unused` go by role and by column; `columns`, `bases` (-1 for none), `measures` and `codes` by figure.
    """

    roles: dict[str, int] = field(default_factory=dict)
    columns: list[int] = field(default_factory=list)
    bases: list[int] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    codes: list[tuple[str, int]] = field(default_factory=list)  # concept and answer
    unused: dict[int, str] = field(default_factory=dict)
    item: Item | None = None  # the question over the column
    question: str | None = None  # how the file numbers it, None after its base
    open: list[int] = field(default_factory=list)  # figures that wait for their base
    began: bool = False  # whether a question or figure has been met
    partial: set[str] = field(default_factory=set)  # concepts of which an answer is not known


def header_texts(sheet: Sheet, header_row: int) -> list[str]:
    """Return the texts of the header, one a column."""
    return [sheet.text(header_row - 1, column) for column in range(sheet.cells.shape[1])]


def read_header(sheet: Sheet, names: Names, settings: DetailedSettings) -> Header:
    """Read the header from left to right: first what says whom a row describes, then questions, each to its base.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    names : Names
        What questions and scores are called.
    settings : DetailedSettings
        Edition and layout as declared.

    Returns
    -------
    Header
    """
    header, filled = Header(), sheet.filled
    roles = {normalise_label(name): role for role, known in ROLE_NAMES.items() for name in known}
    roles = {name: role for name, role in roles.items() if role not in settings.columns}
    roles |= {normalise_label(name): role for role, name in settings.columns.items()}
    for column, text in enumerate(header_texts(sheet, settings.header_row)):
        question = sheet.text(settings.question_row - 1, column)
        asked = _QUESTION.match(question)
        if asked:
            header.question, header.item, header.began = asked[1], names.item(asked[1]), True
            header.open = []  # a question without a base does not take the next one's
        elif question and header.began:
            header.question, header.item, header.open = question, None, []
        if not text and not filled[settings.header_row :, column].any():
            continue
        label = normalise_label(text)
        role = None if header.began else roles.get(label)
        if role is not None and role not in header.roles:
            header.roles[role] = column
        elif header.began and label.startswith("base"):
            _take_base(header, column)
        else:
            _take_figure(header, column, text, names, settings)
    return header


def _take_base(header: Header, column: int) -> None:
    if not header.open:
        header.unused[column] = BASE_ONLY
    for position in header.open:
        header.bases[position] = column
    header.open, header.question, header.item = [], None, None


def _take_figure(header: Header, column: int, text: str, names: Names, settings: DetailedSettings) -> None:
    """Enter a column as a figure, or why it is none."""
    measure, code = _score(text, names) or _option(text, header.item, settings) or (None, -1)
    if measure is None:
        header.unused[column] = _why_unused(header, text)
        header.partial |= {header.item.concept} if header.item else set()
        return
    key = (measure.concept, code)
    if key in header.codes:
        header.unused[column] = TWICE
        return
    header.began = True
    header.open = [] if measure.measure == SCORE else header.open
    header.open.append(len(header.columns))
    header.columns.append(column)
    header.bases.append(-1)
    header.measures.append(measure)
    header.codes.append(key)


def _score(text: str, names: Names) -> tuple[Measure, int] | None:
    found = _SCORE.fullmatch(text)
    score = names.score(found[1]) if found else None
    return (Measure(score.name, SCORE, unit="score 0-10"), -1) if score else None


def _option(text: str, item: Item | None, settings: DetailedSettings) -> tuple[Measure, int] | None:
    code = option_of(text, item.scale, settings.options) if item else None
    if item is None or code is None:
        return None
    return Measure(item.concept, OPTION_SHARE, counted_label(item.scale, [code])), code


def _why_unused(header: Header, text: str) -> str:
    if _SCORE.fullmatch(text):
        return SCORE_UNKNOWN
    if header.item is not None:
        return OPTION_UNKNOWN
    if not header.began:
        return IDENTITY_UNKNOWN
    return NO_QUESTION if header.question is None else QUESTION_UNKNOWN
