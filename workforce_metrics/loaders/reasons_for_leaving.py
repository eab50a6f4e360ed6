"""The table of reasons for leaving: a row a reason, a column a quarter, with the financial year once above four."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workforce_metrics.codebooks.leaving_reasons import load_leaving_reasons
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_figures import cell_text
from workforce_metrics.loaders.workbook import Sheet
from workforce_metrics.loaders.workforce_layouts import DEEPEST_HEADER, IDENTITY_ROLES
from workforce_metrics.loaders.workforce_periods import Quarter, financial_quarter
from workforce_metrics.loaders.workforce_rows import NO_FIGURES, Figures, places_of
from workforce_metrics.loaders.workforce_totals import is_total_label

__all__ = ["REASONS", "QuarterHeader", "figures_of_reasons", "find_quarters"]

REASONS = "reasons for leaving"
BREAKDOWN = "Reason for leaving"
NO_QUARTER, NO_REASON = "column without a quarter of a year", "row without a reason"
REASON_NEW = "reasons that are not among those of load_leaving_reasons"


@dataclass(frozen=True, eq=False)
class QuarterHeader:
    """The two rows of the header.

    Parameters
    ----------
    row : int
        The second of them, 0 = the first row of the sheet.
    quarters : dict of int to tuple
        Column to its name ("2011-12 Q1") and period.
    """

    row: int
    quarters: dict[int, tuple[str, Quarter]]


def find_quarters(rows: Sequence[Sequence[str]]) -> QuarterHeader | None:
    """Return the header of a table of reasons among the first rows, None where there is none.

    Examples
    --------
    >>> header = find_quarters([["", "2011-12", ""], ["", "Q1", "Q2"]])
    >>> header.row, [name for name, period in header.quarters.values()]
    (1, ['2011-12 Q1', '2011-12 Q2'])
    """
    for number in range(1, min(len(rows), DEEPEST_HEADER)):
        quarters = _quarters(rows[number - 1], rows[number])
        if quarters:
            return QuarterHeader(number, quarters)
    return None


def _quarters(years: Sequence[str], quarters: Sequence[str]) -> dict[int, tuple[str, Quarter]]:
    """Return the columns that stand under a quarter, each year holding until the next."""
    found, year = {}, ""
    for column, quarter in enumerate(quarters):
        year = (years[column] if column < len(years) else "") or year
        period = financial_quarter(year, quarter)
        if period is not None:
            found[column] = (f"{year} {quarter}", period)
    return found


def figures_of_reasons(sheet: Sheet, header: QuarterHeader, account: CellAccount) -> Figures:
    """Return where the counts of a table of reasons stand; rows and columns that hold none are set aside.

    Parameters
    ----------
    sheet : Sheet
        The table, reasons in its first column.
    header : QuarterHeader
        Its header.
    account : CellAccount
        Where the sheet is opened and rows and columns are set aside.
    """
    account.open(sheet, header_rows=header.row + 1)
    filled = sheet.filled
    filled[: header.row + 1] = False
    columns = sorted(column for column in header.quarters if column)
    for column in range(1, filled.shape[1]):
        if column not in columns and filled[:, column].any():
            account.set_aside_columns(sheet.name, [column], NO_QUARTER)
    rows = np.flatnonzero(filled.any(axis=1))
    reason = np.array([cell_text(cell) for cell in sheet.cells[rows, 0]], dtype=object)
    empty = ~filled[rows][:, columns].any(axis=1)
    account.set_aside_rows(sheet.name, rows[empty], NO_FIGURES)
    account.set_aside_rows(sheet.name, rows[(reason == "") & ~empty], NO_REASON)
    kept = (reason != "") & ~empty
    _note_new(reason[kept], sheet, account)

    blank = dict.fromkeys(IDENTITY_ROLES, "")
    parts = []
    for column in columns:
        name, (start, end) = header.quarters[column]
        about = pd.DataFrame({"period": name, **blank, "breakdown": BREAKDOWN, "level": reason[kept]}, dtype=object)
        about = about.assign(start=pd.Timestamp(start), end=pd.Timestamp(end))
        parts.append(places_of(rows[kept], column, about, "leavers", ""))
    places = pd.concat(parts, ignore_index=True).sort_values(["row", "column"], ignore_index=True)
    return Figures(sheet, places, [0])


def _note_new(reasons: Sequence[str], sheet: Sheet, account: CellAccount) -> None:
    known = {normalise_label(label) for label in load_leaving_reasons()["label"]}
    n_new = sum(normalise_label(reason) not in known and not is_total_label(reason) for reason in {*reasons})
    if n_new:
        account.note(REASON_NEW, sheet=sheet.name, n=n_new)
