"""The benchmark workbook: a sheet a benchmark group, a row an organisation, a column a measure and year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_figures import IDENTITY, Layout, cell_text
from workforce_metrics.loaders.published_measures import Measure, Names
from workforce_metrics.loaders.workbook import Sheet

__all__ = ["benchmark_edition", "benchmark_layouts", "is_benchmark"]

ROLES = {"organisation": "org_id", "organisation_name": "org_name"}
NO_FIGURES = frozenset({"notes", "organisation benchmark groups"})
_COLUMN = re.compile(r"(?P<measure>.+?)(?P<base>_n)?_(?P<year>20\d\d)", re.ASCII)

SHEET_UNKNOWN, SHEET_WITHOUT = "sheet that is no part of the layout", "sheet without figures: not read"
SIGNIFICANCE = "significance of a change: no figure"
COMPARISON = "group compared with: the sheet is the benchmark group"
UNKNOWN, TWICE, NAMELESS = "column that is not known", "column name twice", "column without a name"
BASE_ONLY = "base without its figure"
NO_ORGANISATION = "row without an organisation"


@dataclass(frozen=True)
class _Header:
    """The first row of a sheet: column of each role, and of each figure with its base and year."""

    roles: Mapping[str, int]
    figures: Sequence[tuple[int, int, int, Measure]]


def is_benchmark(sheets: Sequence[Sheet]) -> bool:
    """Return whether a sheet has the header of the benchmark workbook."""
    return any(ROLES["organisation"] in _names(sheet) for sheet in sheets)


def benchmark_edition(sheets: Sequence[Sheet], edition: int | str | None) -> int:
    """Return the latest year of the columns: under its question numbers stand all years.

    Raises
    ------
    InvalidArgumentError
        If `edition` is another, or that edition's question numbers are not shipped.
    """
    years = [int(found["year"]) for sheet in _data_sheets(sheets) for found in map(_parsed, _names(sheet)) if found]
    latest = max(years, default=0)
    if latest not in EDITIONS:
        got = f"{latest} as the latest year" if latest else "no column of a measure and year"
        fix = "pass a workbook whose latest year is among them"
        raise InvalidArgumentError("source", f"columns up to {EDITIONS[0]}-{EDITIONS[-1]}", got, fix)
    if edition not in {None, latest}:
        fix = f"leave edition= out: all years stand under the question numbers of {latest}"
        raise InvalidArgumentError("edition", f"{latest}, the latest year of the workbook", str(edition), fix)
    return latest


def benchmark_layouts(
    sheets: Sequence[Sheet], account: CellAccount, *, edition: int, questions: Mapping[str, str]
) -> list[Layout]:
    """Return where the figures of the benchmark workbook stand.

    Parameters
    ----------
    sheets : sequence of Sheet
        All sheets of the file.
    account : CellAccount
        Where sheets, rows and columns that hold no figure are set aside.
    edition : int
        Whose question numbers hold.
    questions : mapping of str to str
        Name of a measure in the file to concept or score.

    Returns
    -------
    list of Layout
        One a sheet with figures.

    Notes
    -----
    Documented: header in row 1, ``org_id``, ``org_name``; ``<measure>_<year>``, ``<measure>_n_<year>``; fractions; one
    sheet a benchmark group; sheets "Notes" and "Organisation Benchmark groups". Columns with ``_sig`` in their name
    tell the significance of a change, ``org_type_reporting_name`` the group compared with.
    """
    names = Names(nhs_staff_survey(edition), questions)
    data = {sheet.name for sheet in _data_sheets(sheets)}
    layouts = []
    for sheet in sheets:
        if sheet.name in data:
            account.open(sheet, header_rows=1)
            layouts.append(_layout(sheet, _header(sheet, account, names), account))
        elif sheet.name.strip().casefold() in NO_FIGURES:
            account.note(SHEET_WITHOUT, sheet=sheet.name, n=int(sheet.filled.sum()))
        else:
            account.open(sheet, header_rows=0)
            account.set_aside_sheet(sheet.name, SHEET_UNKNOWN)
    return layouts


def _data_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    return [sheet for sheet in sheets if ROLES["organisation"] in _names(sheet)]


def _names(sheet: Sheet) -> list[str]:
    return [sheet.text(0, column).casefold() for column in range(sheet.cells.shape[1])] if len(sheet.cells) else []


def _parsed(name: str) -> re.Match[str] | None:
    return None if "_sig" in name or name.startswith("org_") else _COLUMN.fullmatch(name)


def _header(sheet: Sheet, account: CellAccount, names: Names) -> _Header:
    """Read the header; columns that hold no figure are set aside."""
    texts = _names(sheet)
    count = Counter(texts)
    at = {text: column for column, text in enumerate(texts) if text and count[text] == 1}
    figures, bases = [], set()
    for text, column in at.items():
        found = _parsed(text)
        measure = names.measure(found["measure"]) if found and not found["base"] else None
        if found is None or measure is None:
            continue
        base = at.get(f"{found['measure']}_n_{found['year']}", -1)
        figures.append((column, base, int(found["year"]), measure))
        bases.add(base)
    roles = {role: at[text] for role, text in ROLES.items() if text in at}
    used = {column for column, *_ in figures} | bases | set(roles.values())
    filled: npt.NDArray[np.bool_] = np.any(sheet.filled[1:], axis=0)
    for column, text in enumerate(texts):
        if column not in used and (text or filled[column]):
            account.set_aside_columns(sheet.name, [column], _why_unused(text, count[text]))
    return _Header(roles, figures)


def _why_unused(name: str, times: int) -> str:
    if not name:
        return NAMELESS
    if times > 1:
        return TWICE
    if "_sig" in name:
        return SIGNIFICANCE
    if name == "org_type_reporting_name":
        return COMPARISON
    found = _parsed(name)
    return BASE_ONLY if found and found["base"] else UNKNOWN


def _layout(sheet: Sheet, header: _Header, account: CellAccount) -> Layout:
    texts = {
        role: [cell_text(cell) for cell in sheet.cells[1:, header.roles[role]]] if role in header.roles else ""
        for role in IDENTITY
    }
    identity = pd.DataFrame(texts, index=np.arange(1, len(sheet.cells)), columns=list(IDENTITY))
    identity["benchmark_group"] = sheet.name
    nobody = identity["organisation"] == ""
    account.set_aside_rows(sheet.name, identity.index[nobody].to_numpy(dtype=np.int64), NO_ORGANISATION)
    identity = identity[~nobody]
    rows, figures = identity.index.to_numpy(dtype=np.int64), header.figures
    wide = np.array([figure[:3] for figure in figures], dtype=np.int64).reshape(-1, 3)
    column, base, year = np.tile(wide, (len(rows), 1)).T
    places = pd.DataFrame(
        {
            "row": np.repeat(rows, len(figures)),
            "column": column,
            "base": base,
            "measure": np.tile(np.arange(len(figures)), len(rows)),
            "edition": year,
            "block": -1,
            "whole": 0,
        }
    )
    measures = [figure[3] for figure in figures]
    return Layout(sheet, places, measures, identity, sorted(header.roles.values()), percent=False)
