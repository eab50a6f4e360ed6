"""The exports of a survey contractor: a row a figure, of one organisation and its breakdowns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import MissingColumnError, close_names
from workforce_metrics.loaders.accounting import MALFORMED
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.contractor_rows import (
    OPTION_DISAGREES,
    OPTION_UNKNOWN,
    Asked,
    ContractorSettings,
    Told,
    tell,
)
from workforce_metrics.loaders.published_figures import IDENTITY, Layout, cell_text
from workforce_metrics.loaders.tables import SourceTable
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["CONTRACTOR_COLUMNS", "contractor_layout", "sheet_of_table"]

_COMMON = {"edition": "Year", "question": "QuestionNumber", "breakdown": "DimName", "level": "DimValue"}
CONTRACTOR_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "contractor positive": {**_COMMON, "n": "BaseSize", "estimate": "Score"},
    "contractor options": {**_COMMON, "option_code": "OptionCode", "option": "OptionText", "estimate": "%"},
    "contractor scores": {**_COMMON, "n": "BaseSize", "estimate": "Score"},
}
"""Role to column, as quoted in one public script; no contractor documents its layout."""

_OPTIONAL = frozenset({"n", "option_code", "option", "breakdown", "level"})
WORDING = "questiontext"
EVERYBODY, COMPARATOR = "organisation", "comparator"

WORDING_LEFT, UNKNOWN = "wording of the question: not carried", "column that is not known"


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
    text = dict.fromkeys((*Asked._fields, *IDENTITY), blank)
    text |= {role: [cell_text(cell) for cell in sheet.cells[rows, column]] for role, column in at.items()}
    asked = [Asked(*row) for row in zip(*(text[role] for role in Asked._fields), strict=True)]
    told = tell(asked, settings)
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


def _blocks(
    identity: pd.DataFrame, chosen: Sequence[tuple[Asked, Told]], partial: Collection[tuple[str, str]]
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
