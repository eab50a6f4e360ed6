"""The detailed spreadsheets: a row an organisation or a group, a column an answer, its question over merged columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import InvalidArgumentError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER
from workforce_metrics.loaders.benchmark_workbook import SHEET_UNKNOWN, SHEET_WITHOUT
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.detailed_header import DetailedSettings, Header, header_texts, read_header
from workforce_metrics.loaders.published_figures import IDENTITY, Layout, cell_text
from workforce_metrics.loaders.published_measures import Names
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["detailed_layouts", "is_detailed"]

NO_FIGURES = frozenset({"notes"})
NOBODY = "row without an organisation or group"


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
            header = read_header(sheet, names, settings)
            found |= set(header.roles)
            layouts.append(_layout(sheet, header, account, settings))
        elif sheet.name.strip().casefold() in NO_FIGURES:
            account.note(SHEET_WITHOUT, sheet=sheet.name, n=int(sheet.filled.sum()))
        else:
            account.open(sheet, header_rows=0)
            account.set_aside_sheet(sheet.name, SHEET_UNKNOWN)
    for role in settings.columns:
        if layouts and role not in found:
            there = header_texts(layouts[0].sheet, settings.header_row)
            fix = close_names(settings.columns[role], there, otherwise=AS_IN_THE_HEADER)
            raise InvalidArgumentError(
                f"columns[{role!r}]", "a header before the first question", repr(settings.columns[role]), fix
            )
    return layouts


def _has_bases(sheet: Sheet, header_row: int) -> bool:
    return len(sheet.cells) >= header_row and any(
        normalise_label(text).startswith("base (") for text in header_texts(sheet, header_row)
    )


def _layout(sheet: Sheet, header: Header, account: CellAccount, settings: DetailedSettings) -> Layout:
    if "breakdown" in header.roles and "level" not in header.roles:
        there = [text for text in header_texts(sheet, settings.header_row)[: min(header.columns, default=6)] if text]
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


def _places(rows: npt.NDArray[np.int64], header: Header, settings: DetailedSettings) -> pd.DataFrame:
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
