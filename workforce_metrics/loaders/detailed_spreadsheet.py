"""The detailed spreadsheets: a row an organisation or a group, a column an answer, its question over merged columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.counted_answers import counted_label, option_of
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import InvalidArgumentError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.benchmark_workbook import SHEET_UNKNOWN, SHEET_WITHOUT
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_figures import IDENTITY, Layout, cell_text
from workforce_metrics.loaders.published_measures import OPTION_SHARE, SCORE, Measure, Names
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["DetailedSettings", "detailed_layouts", "is_detailed"]

ROLE_NAMES: Mapping[str, tuple[str, ...]] = {
    "organisation": ("ods code", "org_id", "organisation code"),
    "organisation_name": ("organisation name", "org_name"),
    "benchmark_group": ("base", "benchmarking group", "benchmark group", "organisation type"),
    "breakdown": ("breakdown",),
    "level": ("breakdown level", "level"),
    "weighting": ("weighting",),
}
"""Headers before the first question. "ODS code", "Base", "Breakdown" and "Weighting" are quoted in public scripts."""

NO_FIGURES = frozenset({"notes"})
_QUESTION = re.compile(r"(q\s*\d{1,3}\s*[a-z]?(?:[_.]\d{1,2})?)(?!\w)", re.ASCII | re.IGNORECASE)
_SCORE = re.compile(r"(.+?)\s*-\s*score", re.IGNORECASE)

QUESTION_UNKNOWN = "question that is not known"
OPTION_UNKNOWN = "answer that is not on the question's scale"
TWICE = "answer or score twice in one sheet"
SCORE_UNKNOWN = "score that is not known"
NO_QUESTION = "column without a question"
BASE_ONLY = "base without its figure"
IDENTITY_UNKNOWN = "column before the first question that is not known"
NOBODY = "row without an organisation or group"


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
class _Header:
    """What the header says so far: the columns of roles and figures, and why others hold none."""

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


def is_detailed(sheets: Sequence[Sheet], header_row: int) -> bool:
    """Return whether a sheet has the header of the detailed spreadsheets."""
    return any(_has_bases(sheet, header_row) for sheet in sheets)


def detailed_layouts(sheets: Sequence[Sheet], account: CellAccount, settings: DetailedSettings) -> list[Layout]:
    """Return where the figures of the detailed spreadsheets stand.

    Parameters
    ----------
    sheets : sequence of Sheet
        All sheets of the file.
    account : CellAccount
        Where sheets, rows and columns that hold no figure are set aside.
    settings : DetailedSettings
        Edition and layout as declared.

    Returns
    -------
    list of Layout
        One a sheet with figures.

    Raises
    ------
    InvalidArgumentError
        If a declared column is nowhere, or there are breakdowns without a column of their levels.

    Notes
    -----
    Documented: question text, beginning with its number, in row 1 over merged columns; header in row 5 and data from
    row 6; percentages; the answers of a question, then "Base (number of responses)"; scores as "PP4_2 - score". A
    question reaches to its base: a column after it belongs to none until the next begins.
    """
    names = Names(settings.book, settings.questions, declared_only=not settings.own_numbers)
    layouts, found = [], set()
    for sheet in sheets:
        if _has_bases(sheet, settings.header_row):
            account.open(sheet, header_rows=settings.header_row)
            header = _read_header(sheet, names, settings)
            found |= set(header.roles)
            layouts.append(_layout(sheet, header, account, settings))
        elif sheet.name.strip().casefold() in NO_FIGURES:
            account.note(SHEET_WITHOUT, sheet=sheet.name, n=int(sheet.filled.sum()))
        else:
            account.open(sheet, header_rows=0)
            account.set_aside_sheet(sheet.name, SHEET_UNKNOWN)
    for role in settings.columns:
        if layouts and role not in found:
            there = _headers(layouts[0].sheet, settings.header_row)
            fix = close_names(settings.columns[role], there, otherwise=AS_IN_THE_HEADER)
            raise InvalidArgumentError(
                f"columns[{role!r}]", "a header before the first question", repr(settings.columns[role]), fix
            )
    return layouts


def _headers(sheet: Sheet, header_row: int) -> list[str]:
    return [sheet.text(header_row - 1, column) for column in range(sheet.cells.shape[1])]


def _has_bases(sheet: Sheet, header_row: int) -> bool:
    return len(sheet.cells) >= header_row and any(
        normalise_label(text).startswith("base (") for text in _headers(sheet, header_row)
    )


def _read_header(sheet: Sheet, names: Names, settings: DetailedSettings) -> _Header:
    header, filled = _Header(), sheet.filled
    roles = {normalise_label(name): role for role, known in ROLE_NAMES.items() for name in known}
    roles = {name: role for name, role in roles.items() if role not in settings.columns}
    roles |= {normalise_label(name): role for role, name in settings.columns.items()}
    for column, text in enumerate(_headers(sheet, settings.header_row)):
        question = sheet.text(settings.question_row - 1, column)
        asked = _QUESTION.match(question)
        if asked:
            header.question, header.item, header.began = asked[1], names.item(asked[1]), True
        elif question and header.began:
            header.question, header.item = question, None
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


def _take_base(header: _Header, column: int) -> None:
    if not header.open:
        header.unused[column] = BASE_ONLY
    for position in header.open:
        header.bases[position] = column
    header.open, header.question, header.item = [], None, None


def _take_figure(header: _Header, column: int, text: str, names: Names, settings: DetailedSettings) -> None:
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


def _why_unused(header: _Header, text: str) -> str:
    if _SCORE.fullmatch(text):
        return SCORE_UNKNOWN
    if header.item is not None:
        return OPTION_UNKNOWN
    if not header.began:
        return IDENTITY_UNKNOWN
    return NO_QUESTION if header.question is None else QUESTION_UNKNOWN


def _layout(sheet: Sheet, header: _Header, account: CellAccount, settings: DetailedSettings) -> Layout:
    if "breakdown" in header.roles and "level" not in header.roles:
        there = [text for text in _headers(sheet, settings.header_row)[: min(header.columns, default=6)] if text]
        fix = f"write columns={{'level': ...}}; before the first question stand {', '.join(map(repr, there[:12]))}"
        raise InvalidArgumentError("columns", "the header of the breakdowns' levels", "none that is known", fix)
    for column, rule in header.unused.items():
        account.set_aside_columns(sheet.name, [column], rule)
    top = settings.header_row
    texts = {
        role: [cell_text(cell) for cell in sheet.cells[top:, header.roles[role]]] if role in header.roles else ""
        for role in IDENTITY
    }
    identity = pd.DataFrame(texts, index=np.arange(top, len(sheet.cells)), columns=list(IDENTITY))
    nobody = identity["organisation" if "organisation" in header.roles else "benchmark_group"] == ""
    account.set_aside_rows(sheet.name, identity.index[nobody].to_numpy(dtype=np.int64), NOBODY)
    identity = identity[~nobody]
    return Layout(
        sheet,
        _places(identity.index.to_numpy(dtype=np.int64), header, settings),
        header.measures,
        identity,
        sorted(header.roles.values()),
        percent=settings.percent,
    )


def _places(rows: np.ndarray, header: _Header, settings: DetailedSettings) -> pd.DataFrame:
    """Return the places of the figures: row by row, a block for each question of each row."""
    concepts = [concept if code >= 0 else "" for concept, code in header.codes]
    asked = list(dict.fromkeys(concept for concept in concepts if concept))
    number = np.array([asked.index(concept) if concept else -1 for concept in concepts], dtype=np.int64)
    given = {concept: {code for other, code in header.codes if other == concept} for concept in asked}
    is_whole = {
        concept: concept not in header.partial and _is_whole(codes, settings.book.items[concept])
        for concept, codes in given.items()
    }
    whole = [is_whole.get(concept, False) for concept in concepts]
    block = np.where(number >= 0, np.arange(len(rows))[:, None] * max(len(asked), 1) + number, -1)
    n = len(header.columns)
    return pd.DataFrame(
        {
            "row": np.repeat(rows, n),
            "column": np.tile(np.array(header.columns, dtype=np.int64), len(rows)),
            "base": np.tile(np.array(header.bases, dtype=np.int64), len(rows)),
            "measure": np.tile(np.arange(n), len(rows)),
            "edition": settings.edition,
            "block": block.ravel().astype(np.int64),
            "whole": np.tile(np.array(whole, dtype=np.int64), len(rows)),
        }
    )


def _is_whole(codes: set[int], item: Item) -> bool:
    return codes in (set(item.scale.codes), set(item.base))
