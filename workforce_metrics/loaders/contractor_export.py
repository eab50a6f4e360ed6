"""The exports of a survey contractor: a row a figure, of one organisation and its breakdowns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.counted_answers import counted_label, favourable_codes, option_of
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.errors import MissingColumnError, close_names
from workforce_metrics.loaders.accounting import MALFORMED
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_figures import IDENTITY, Layout, cell_text
from workforce_metrics.loaders.published_measures import (
    OPTION_SHARE,
    POSITIVE_SHARE,
    SCORE,
    Measure,
    Names,
)
from workforce_metrics.loaders.tables import SourceTable
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["CONTRACTOR_COLUMNS", "CONTRACTOR_KINDS", "ContractorSettings", "contractor_layout", "sheet_of_table"]

CONTRACTOR_KINDS = ("contractor positive", "contractor options", "contractor scores")

_COMMON = {"edition": "Year", "question": "QuestionNumber", "breakdown": "DimName", "level": "DimValue"}
CONTRACTOR_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "contractor positive": {**_COMMON, "n": "BaseSize", "estimate": "Score"},
    "contractor options": {**_COMMON, "option_code": "OptionCode", "option": "OptionText", "estimate": "%"},
    "contractor scores": {**_COMMON, "n": "BaseSize", "estimate": "Score"},
}
"""Role to column, as quoted in one public script; no contractor documents its layout."""

_OPTIONAL = frozenset({"n", "option_code", "option", "breakdown", "level"})
WORDING = "questiontext"
MISSING_CODE = 99
EVERYBODY, COMPARATOR = "organisation", "comparator"

WORDING_LEFT, UNKNOWN = "wording of the question: not carried", "column that is not known"
EDITION_UNREADABLE, EDITION_UNKNOWN = "edition that is no year", "edition whose question numbers are not shipped"
QUESTION_UNKNOWN, OPTION_UNKNOWN = "question or score that is not known", "answer that is not on the question's scale"
OPTION_DISAGREES, OPTION_MISSING = "answer whose code and label differ", "share of those who did not answer"
NO_POSITIVE = "question without favourable answers"


@dataclass(frozen=True)
class ContractorSettings:
    """What the caller declared of an export.

    Parameters
    ----------
    kind : str
        One of `CONTRACTOR_KINDS`.
    organisation : str
        Whose export it is; empty where that was not said.
    numbering : int or None
        The edition whose question numbers hold for every row; None where each row has its own year's.
    percent : bool
        Whether shares stand as percentages.
    columns : mapping of str to str
        Role to column, before those of `CONTRACTOR_COLUMNS`.
    questions : mapping of str to str
        Question number or score in the file to concept or score.
    options : mapping of str to str
        The file's label of an answer to the codebook's, both normalised.
    """

    kind: str
    organisation: str = ""
    numbering: int | None = None
    percent: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


class _Asked(NamedTuple):
    """What a row says of the figure it holds."""

    edition: str
    question: str
    option_code: str
    option: str

    @property
    def where(self) -> tuple[str, str]:
        """Edition and question."""
        return self.edition, self.question


class _Figure(NamedTuple):
    """What the figure of a row is: edition, measure, and of a single answer its item and code."""

    edition: int
    measure: Measure
    item: Item | None = None
    code: int = -1


def sheet_of_table(table: SourceTable) -> Sheet:
    """Return a table as a sheet with its header in the first row; record 1 is row 2."""
    height = int(table.row_numbers.max(initial=0))
    cells = np.full((height + 1, len(table.columns)), None, dtype=object)
    for position, (name, column) in enumerate(table.columns.items()):
        cells[0, position] = name
        cells[table.row_numbers, position] = _objects(column)
    return Sheet(table.name, cells)


def _objects(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    values = column.to_pylist()
    cells = np.full(len(values), None, dtype=object)
    cells[:] = [None if value is None or (isinstance(value, str) and not value.strip()) else value for value in values]
    return cells


def contractor_layout(
    sheet: Sheet, account: CellAccount, settings: ContractorSettings, malformed: npt.NDArray[np.int64]
) -> list[Layout]:
    """Return where the figures of a contractor's export stand.

    Parameters
    ----------
    sheet : Sheet
        The export, its header in the first row.
    account : CellAccount
        Where rows and columns that hold no figure are set aside.
    settings : ContractorSettings
        Kind and layout as declared.
    malformed : ndarray of int64
        Records of a text file that had another number of fields than the header.

    Returns
    -------
    list of Layout
        One.

    Raises
    ------
    MissingColumnError
        If a column of the layout is not there.
    """
    account.open(sheet, header_rows=1)
    account.set_aside_records(sheet.name, malformed + 1, MALFORMED)
    at = _columns(sheet, settings)
    for column in range(sheet.cells.shape[1]):
        if column not in at.values():
            wording = sheet.text(0, column).casefold() == WORDING
            account.set_aside_columns(sheet.name, [column], WORDING_LEFT if wording else UNKNOWN)
    rows = 1 + np.flatnonzero(sheet.filled[1:].any(axis=1))
    blank = [""] * len(rows)
    text = dict.fromkeys((*_Asked._fields, *IDENTITY), blank)
    text |= {role: [cell_text(cell) for cell in sheet.cells[rows, column]] for role, column in at.items()}
    asked = [_Asked(*row) for row in zip(*(text[role] for role in _Asked._fields), strict=True)]
    told = _tell(asked, settings)
    rules = np.array([told[what] if isinstance(told[what], str) else "" for what in asked], dtype=object)
    for rule in dict.fromkeys(rule for rule in rules if rule):
        account.set_aside_rows(sheet.name, rows[rules == rule], rule)

    kept = rules == ""
    identity = pd.DataFrame({role: text[role] for role in IDENTITY}, index=rows)[kept]
    identity = _of_organisation(identity, settings.organisation)
    chosen = [(what, figure) for what in asked if not isinstance(figure := told[what], str)]
    measures = list(dict.fromkeys(figure.measure for _, figure in chosen))
    number = {measure: position for position, measure in enumerate(measures)}
    places = pd.DataFrame(
        {
            "row": rows[kept],
            "column": at["estimate"],
            "base": at.get("n", -1),
            "measure": np.array([number[figure.measure] for _, figure in chosen], dtype=np.int64),
            "edition": np.array([figure.edition for _, figure in chosen], dtype=np.int64),
        }
    )
    partial = {what.where for what, rule in told.items() if rule in (OPTION_UNKNOWN, OPTION_DISAGREES)}
    block, whole = _blocks(identity, chosen, partial)
    said = [column for role, column in at.items() if role not in {"estimate", "n"}]
    places = places.assign(block=block, whole=whole)
    return [Layout(sheet, places, measures, identity, said, percent=settings.percent)]


def _of_organisation(identity: pd.DataFrame, organisation: str) -> pd.DataFrame:
    """Say whose figures the rows are: without a breakdown those of "Organisation", or of a "Comparator"."""
    level = identity["level"].str.casefold()
    everybody = identity["breakdown"] == ""
    others = everybody & (level == COMPARATOR)
    return identity.assign(
        organisation=np.where(others, "", organisation),
        benchmark_group=identity["level"].where(others, ""),
        level=identity["level"].mask(everybody & level.isin([COMPARATOR, EVERYBODY]), ""),
    )


def _columns(sheet: Sheet, settings: ContractorSettings) -> dict[str, int]:
    """Return role to column."""
    there = [sheet.text(0, column) for column in range(sheet.cells.shape[1])]
    folded = {name.casefold(): column for column, name in reversed(list(enumerate(there)))}
    wanted = {**CONTRACTOR_COLUMNS[settings.kind], **settings.columns}
    at = {role: folded[name.casefold()] for role, name in wanted.items() if name.casefold() in folded}
    needed = [role for role in wanted if role not in at and (role in settings.columns or role not in _OPTIONAL)]
    if settings.kind == "contractor options" and not {"option", "option_code"} & at.keys():
        needed.append("option")
    if needed:
        name = wanted.get(needed[0], "")
        raise MissingColumnError(
            f"columns[{needed[0]!r}]",
            "a column of the export",
            repr(name),
            close_names(name, there, otherwise=AS_IN_THE_HEADER),
        )
    return at


def _tell(asked: Iterable[_Asked], settings: ContractorSettings) -> dict[_Asked, _Figure | str]:
    """Return what each kind of row tells, or the rule by which it is set aside."""
    names = {edition: Names(nhs_staff_survey(edition), settings.questions) for edition in EDITIONS}
    return {what: _figure(what, settings, names) for what in dict.fromkeys(asked)}


def _figure(asked: _Asked, settings: ContractorSettings, names: Mapping[int, Names]) -> _Figure | str:
    if not (asked.edition.isascii() and asked.edition.isdigit() and len(asked.edition) == 4):
        return EDITION_UNREADABLE
    edition = int(asked.edition)
    numbering = names.get(settings.numbering or edition)
    if numbering is None:
        return EDITION_UNKNOWN
    if settings.kind == "contractor scores":
        score = numbering.score(asked.question)
        return _Figure(edition, Measure(score.name, SCORE, unit="score 0-10")) if score else QUESTION_UNKNOWN
    item = numbering.item(asked.question)
    if item is None:
        return QUESTION_UNKNOWN
    return _of_item(item, edition, asked, settings)


def _of_item(item: Item, edition: int, asked: _Asked, settings: ContractorSettings) -> _Figure | str:
    if settings.kind == "contractor positive":
        codes = favourable_codes(item)
        label = counted_label(item.scale, codes)
        return _Figure(edition, Measure(item.concept, POSITIVE_SHARE, label)) if codes else NO_POSITIVE
    code = _code(item, asked.option_code, asked.option, settings)
    if isinstance(code, str):
        return code
    return _Figure(edition, Measure(item.concept, OPTION_SHARE, counted_label(item.scale, [code])), item, code)


def _code(item: Item, option_code: str, option: str, settings: ContractorSettings) -> int | str:
    """Return the code of an answer, or the rule by which its row is set aside."""
    scale = item.scale
    by_label = option_of(option, scale, settings.options) if option else None
    by_code = int(option_code) if option_code.isascii() and option_code.isdigit() and len(option_code) < 6 else None
    if by_code == MISSING_CODE and by_code not in scale.codes:
        return OPTION_MISSING
    if option and by_label is None and scale.code_of_label:
        return OPTION_UNKNOWN
    if option_code and by_label not in {None, by_code}:
        return OPTION_DISAGREES
    code = by_code if option_code else by_label
    return code if code is not None and code in scale.codes else OPTION_UNKNOWN


def _blocks(
    identity: pd.DataFrame, chosen: Sequence[tuple[_Asked, _Figure]], partial: Collection[tuple[str, str]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the block of each figure, -1 where it has none or its answer stands there twice, and whether it is whole.

    A block is whole if it has every answer of the scale; or of the published base, if no row of its question was
    set aside.
    """
    members: dict[tuple[object, ...], set[int]] = {}
    numbers: dict[tuple[object, ...], int] = {}
    block = np.full(len(chosen), -1, dtype=np.int64)
    keys = []
    for position, (who, (what, figure)) in enumerate(zip(identity.itertuples(index=False), chosen, strict=True)):
        key = (*who, *what.where)
        keys.append(key)
        if figure.item is not None and figure.code not in members.setdefault(key, set()):
            members[key].add(figure.code)
            block[position] = numbers.setdefault(key, len(numbers))
    whole = np.zeros(len(chosen), dtype=np.int64)
    for position, (key, (what, figure)) in enumerate(zip(keys, chosen, strict=True)):
        if figure.item is not None:
            every = members[key] == figure.item.scale.codes
            whole[position] = every or (members[key] == figure.item.base and what.where not in partial)
    return block, whole
