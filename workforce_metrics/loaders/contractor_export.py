"""The exports of a survey contractor: a row a figure, of one organisation and its breakdowns."""

from __future__ import annotations

from collections.abc import Mapping
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
    text = {role: [cell_text(cell) for cell in sheet.cells[rows, column]] for role, column in at.items()}
    blank = [""] * len(rows)
    asked = [_Asked(*row) for row in zip(*(text.get(role, blank) for role in _Asked._fields), strict=True)]
    names = {edition: Names(nhs_staff_survey(edition), settings.questions) for edition in EDITIONS}
    known = {what: _measure(what, settings, names) for what in dict.fromkeys(asked)}
    rules = np.array([known[what] if isinstance(known[what], str) else "" for what in asked], dtype=object)
    for rule in dict.fromkeys(rule for rule in rules if rule):
        account.set_aside_rows(sheet.name, rows[rules == rule], rule)

    found = {what: measure for what, measure in known.items() if not isinstance(measure, str)}
    measures = list(dict.fromkeys(measure for _, measure, _ in found.values()))
    kept = np.flatnonzero(rules == "")
    identity = pd.DataFrame({role: text.get(role, blank) for role in IDENTITY}, index=rows).iloc[kept]
    identity = _of_organisation(identity, settings.organisation)
    chosen = [found[asked[position]] for position in kept]
    places = pd.DataFrame(
        {
            "row": rows[kept],
            "column": at["estimate"],
            "base": at.get("n", -1),
            "measure": np.array([measures.index(measure) for _, measure, _ in chosen], dtype=np.int64),
            "edition": np.array([edition for edition, _, _ in chosen], dtype=np.int64),
        }
    )
    codes = [code for _, _, code in chosen]
    places = places.assign(**_blocks(places, measures, identity, codes, settings))
    said = [column for role, column in at.items() if role not in {"estimate", "n"}]
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


def _measure(asked: _Asked, settings: ContractorSettings, names: Mapping[int, Names]) -> tuple[int, Measure, int] | str:
    """Return edition, measure and answer of a row, or the rule by which it is set aside."""
    if not (asked.edition.isascii() and asked.edition.isdigit() and len(asked.edition) == 4):
        return EDITION_UNREADABLE
    edition = int(asked.edition)
    numbering = names.get(settings.numbering or edition)
    if numbering is None:
        return EDITION_UNKNOWN
    if settings.kind == "contractor scores":
        score = numbering.score(asked.question)
        return (edition, Measure(score.name, SCORE, unit="score 0-10"), -1) if score else QUESTION_UNKNOWN
    item = numbering.item(asked.question)
    if item is None:
        return QUESTION_UNKNOWN
    found = _positive(item) if settings.kind == "contractor positive" else _answer(item, asked, settings)
    return found if isinstance(found, str) else (edition, *found)


def _positive(item: Item) -> tuple[Measure, int] | str:
    codes = favourable_codes(item)
    return (Measure(item.concept, POSITIVE_SHARE, counted_label(item.scale, codes)), -1) if codes else NO_POSITIVE


def _answer(item: Item, asked: _Asked, settings: ContractorSettings) -> tuple[Measure, int] | str:
    code = _code(item, asked.option_code, asked.option, settings)
    if isinstance(code, str):
        return code
    return Measure(item.concept, OPTION_SHARE, counted_label(item.scale, [code])), code


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
    places: pd.DataFrame,
    measures: list[Measure],
    identity: pd.DataFrame,
    codes: list[int],
    settings: ContractorSettings,
) -> dict[str, npt.NDArray[np.int64]]:
    """Return the block of each figure and whether all answers of its block are there."""
    n = len(places)
    if settings.kind != "contractor options" or not n:
        return {"block": np.full(n, -1, dtype=np.int64), "whole": np.zeros(n, dtype=np.int64)}
    concept = np.array([measure.concept for measure in measures], dtype=object)[places["measure"].to_numpy()]
    who = [identity["breakdown"].to_numpy(), identity["level"].to_numpy(), places["edition"].to_numpy(), concept]
    block = pd.DataFrame(dict(enumerate(who))).groupby([0, 1, 2, 3], sort=False).ngroup().to_numpy(dtype=np.int64)
    given = pd.Series(codes).groupby(block).agg(frozenset)
    counts = pd.Series(codes).groupby(block).size()
    first = pd.DataFrame({"block": block, "concept": concept, "edition": places["edition"]}).drop_duplicates("block")
    whole = {}
    for number, name, edition in first.itertuples(index=False, name=None):
        item = nhs_staff_survey(settings.numbering or int(edition)).items[name]
        whole[number] = given[number] in (item.scale.codes, item.base) and counts[number] == len(given[number])
    return {"block": block.astype(np.int64), "whole": np.array([whole[number] for number in block], dtype=np.int64)}
