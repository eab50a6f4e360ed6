"""Rows of a published workforce table: whom, when and what their figures are about, or why they are set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.loaders.accounting import MALFORMED
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_figures import cell_text
from workforce_metrics.loaders.workbook import Sheet
from workforce_metrics.loaders.workforce_layouts import IDENTITY_ROLES, SORT_ORDERS, Header, header_key
from workforce_metrics.loaders.workforce_periods import read_period

__all__ = ["DataSheet", "Figures", "figures_of_rows", "places_of"]

BASES = {"fte": "fte", "wte": "fte", "hc": "headcount", "headcount": "headcount"}
MEASURES = {
    "joiners": "joiners", "joiner": "joiners", "leavers": "leavers", "leaver": "leavers",
    "denominatoratstartofperiod": "in_post_at_start", "denominatoratendofperiod": "in_post_at_end",
}  # fmt: skip

UNKNOWN, TWICE, NAMELESS = "column that is not known", "column name twice", "column without a name"
SORT_ORDER = "sort order: not carried"
HEADER_AGAIN, NO_FIGURES = "header again", "row without figures: title or footnote"
PERIOD_UNREADABLE = "period that cannot be read"
NO_ORGANISATION = "row without an organisation"
BASIS_UNKNOWN, MEASURE_UNKNOWN = "basis that is not known", "measure that is not known"

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class DataSheet:
    """A sheet of figures and its header.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    header : Header
        Which column is what.
    n_fields : ndarray of int64, shape (n_rows,), or None
        Fields of each record of a text file.
    formats : sequence of str
        Declared formats of periods.
    """

    sheet: Sheet
    header: Header
    n_fields: npt.NDArray[np.int64] | None = None
    formats: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Figures:
    """Where the figures of a sheet stand, and what each is.

    Parameters
    ----------
    sheet : Sheet
        The sheet; it is open in the account.
    places : pandas.DataFrame
        One row a figure: `row`, `column` (int64, 0 = the first), `period`, `start`, `end` (datetime64), `measure`,
        `basis`, `breakdown`, `level`, and the identity columns.
    said : sequence of int
        The columns that the identity was read from.
    percent : mapping of int to bool
        Of each column of rates whether its header says that they are percentages.
    """

    sheet: Sheet
    places: pd.DataFrame
    said: Sequence[int]
    percent: Mapping[int, bool] = field(default_factory=dict)


def figures_of_rows(data: DataSheet, account: CellAccount) -> Figures:
    """Return where the figures below a header stand; rows and columns that hold none are set aside.

    Parameters
    ----------
    data : DataSheet
        The sheet, its header and how its periods are written.
    account : CellAccount
        Where the sheet is opened and rows and columns are set aside.

    Returns
    -------
    Figures
    """
    sheet, header = data.sheet, data.header
    account.open(sheet, header_rows=header.row + 1)
    rows = header.row + 1 + np.flatnonzero(sheet.filled[header.row + 1 :].any(axis=1))
    text = {role: _texts(sheet.cells[rows, column]) for role, column in header.columns.items()}
    spans, codes = _spans(text["period"], data)
    rule = _rules(data, rows, text, [spans[code] is None for code in codes])
    for name in dict.fromkeys(name for name in rule if name):
        account.set_aside_rows(sheet.name, rows[rule == name], name)
    _set_aside_columns(sheet, header, account)
    kept = rule == ""
    about = _about(sheet, header, rows[kept], {role: column[kept] for role, column in text.items()})
    starts, ends = ([span and span[side] for span in spans] for side in (0, 1))
    about["start"] = np.array(starts, dtype="datetime64[D]").astype("datetime64[ns]")[codes[kept]]
    about["end"] = np.array(ends, dtype="datetime64[D]").astype("datetime64[ns]")[codes[kept]]
    return _of_columns(sheet, header, rows[kept], about)


def places_of(
    rows: npt.NDArray[np.int64], column: int, about: pd.DataFrame, measure: str | Texts, basis: str | Texts
) -> pd.DataFrame:
    """Return the places of the figures of one column."""
    return about.assign(row=rows, column=column, measure=measure, basis=basis)


def _of_columns(sheet: Sheet, header: Header, rows: npt.NDArray[np.int64], about: pd.DataFrame) -> Figures:
    said = {role: about.pop(f"said {role}") for role in header.layout.said}
    parts = []
    for role, figure in header.layout.figures.items():
        if role not in header.columns:
            continue
        measure = figure.measure or said["measure"].to_numpy()
        basis = figure.basis or said["basis"].to_numpy()
        parts.append(places_of(rows, header.columns[role], about, measure, basis))
    places = pd.concat(parts, ignore_index=True)
    percent = {column: header.keys[column].endswith("percent") for column in header.columns.values()}
    return Figures(sheet, places.sort_values(["row", "column"], ignore_index=True), header.said, percent)


def _set_aside_columns(sheet: Sheet, header: Header, account: CellAccount) -> None:
    known = {*header.columns.values(), *header.breakdowns}
    filled = np.atleast_1d(sheet.filled[header.row + 1 :].any(axis=0))
    for column, key in enumerate(header.keys):
        if column in known or (not key and not filled[column]):
            continue
        rule = NAMELESS if not key else TWICE if key in header.keys[:column] else UNKNOWN
        account.set_aside_columns(sheet.name, [column], SORT_ORDER if key in SORT_ORDERS else rule)


def _texts(cells: npt.NDArray[np.object_]) -> Texts:
    known: dict[tuple[type, object], str] = {}
    texts = np.full(len(cells), "", dtype=object)
    for position, cell in enumerate(cells):
        if not isinstance(cell, str):
            texts[position] = cell_text(cell)
            continue
        found = known.get((str, cell))
        if found is None:
            found = known[(str, cell)] = cell_text(cell)
        texts[position] = found
    return texts


def _spans(period: Texts, data: DataSheet) -> tuple[list[tuple[object, object] | None], npt.NDArray[np.int64]]:
    """Return the different periods, and which of them each row has."""
    codes, texts = pd.factorize(period)
    spans = [read_period(str(text), data.header.layout.period, data.formats) for text in texts]
    return [*spans], codes.astype(np.int64)


def _rules(data: DataSheet, rows: npt.NDArray[np.int64], text: Mapping[str, Texts], no_period: Sequence[bool]) -> Texts:
    """Return the rule by which each row is set aside, empty where by none."""
    sheet, header = data.sheet, data.header
    filled = sheet.filled[rows]
    figures = [column for role, column in header.columns.items() if role in header.layout.figures]
    empty = ~filled[:, figures].any(axis=1)
    bad = np.array(no_period, dtype=bool)
    again = [header_key(str(found)) == header.keys[header.columns["period"]] for found in text["period"]]
    rule = np.full(len(rows), "", dtype=object)

    def meets(which: npt.ArrayLike, name: str) -> None:
        rule[np.asarray(which, dtype=bool) & (rule == "")] = name

    meets(np.array(again, dtype=bool) & bad, HEADER_AGAIN)
    meets(bad & empty, NO_FIGURES)
    if data.n_fields is not None:
        width = int(data.n_fields[header.row])
        beyond = filled[:, width:].any(axis=1)
        meets((data.n_fields[rows] < width) | beyond, MALFORMED)
    meets(bad, PERIOD_UNREADABLE)
    whose = [text[role] for role in ("organisation", "organisation_name") if role in text]
    if whose:
        meets(np.all([column == "" for column in whose], axis=0), NO_ORGANISATION)
    for role, known, name in (("basis", BASES, BASIS_UNKNOWN), ("measure", MEASURES, MEASURE_UNKNOWN)):
        if role in text:
            meets([header_key(str(said)) not in known for said in text[role]], name)
    return rule


def _about(sheet: Sheet, header: Header, rows: npt.NDArray[np.int64], text: Mapping[str, Texts]) -> pd.DataFrame:
    """Return whom and when each row is about, and what it says of its figures."""
    blank = np.full(len(rows), "", dtype=object)
    about = {"period": text["period"], **{role: text.get(role, blank) for role in IDENTITY_ROLES}}
    levels = [_texts(sheet.cells[rows, column]) for column in header.breakdowns]
    about["breakdown"] = np.full(
        len(rows), " + ".join(header.names[column] for column in header.breakdowns), dtype=object
    )
    about["level"] = (
        np.array([" + ".join(parts) for parts in zip(*levels, strict=True)], dtype=object) if levels else blank
    )
    for role, known in (("basis", BASES), ("measure", MEASURES)):
        if role in header.layout.said:
            about[f"said {role}"] = np.array([known[header_key(str(said))] for said in text[role]], dtype=object)
    return pd.DataFrame(about)
