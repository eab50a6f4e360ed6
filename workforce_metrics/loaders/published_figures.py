"""Figures at known places of a sheet to rows of one tidy table, by rules that every layout shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.figures import FIGURE_COLUMNS
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_cells import MARK, NEITHER, NUMBER, read_cells, rounding_step
from workforce_metrics.loaders.published_measures import Measure
from workforce_metrics.loaders.repeated_figures import without_twins
from workforce_metrics.loaders.workbook import Sheet, column_letters

__all__ = ["IDENTITY", "Layout", "cell_text", "read_layouts"]

IDENTITY = ("organisation", "organisation_name", "benchmark_group", "breakdown", "level", "weighting")

NOT_A_NUMBER = "neither a number nor a mark of suppression"
SHARE_OUTSIDE, SCORE_OUTSIDE = "share outside 0 to 1", "score outside 0 to 10"
BASE_UNREADABLE, BASE_ZERO = "base that is no whole number", "figure with a base of 0"
BASE_ALONE = "base of figures that were set aside"
SUM_WRONG = "options that do not add up to 100 %"
CONFLICTING = "two rows of one organisation or group that differ"
ROW_EMPTY = "row of which no figure was kept"
COARSEST = {"percentage": 0, "share": 2, "score": 1}
"""The fewest decimals figures are written with: whole per cent, and scores to one decimal."""

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the figures of one sheet stand.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    places : pandas.DataFrame
        One row a figure, all int64: `row`, `column`, `base` (its column, -1 for none), `measure` (position in
        `measures`), `edition`, `block` (figures of one block are the answers of one question in one group; -1 for
        none) and `whole` (1 where the answers of the block are all there are).
    measures : sequence of Measure
        What the figures tell.
    identity : pandas.DataFrame
        Of each data row, indexed by the row of the sheet: the texts of `IDENTITY`.
    identity_columns : sequence of int
        The columns those were read from.
    percent : bool
        Whether shares stand as percentages.
    """

    sheet: Sheet
    places: pd.DataFrame
    measures: Sequence[Measure]
    identity: pd.DataFrame
    identity_columns: Sequence[int]
    percent: bool


def cell_text(cell: object) -> str:
    """Return a cell as text: without surrounding space, a whole number without its decimal point, blank as empty.

    Examples
    --------
    >>> cell_text(" RX1 "), cell_text(2024.0), cell_text(None)
    ('RX1', '2024', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return " ".join(str(cell).split())


def read_layouts(
    layouts: Sequence[Layout], account: CellAccount, *, marks: Collection[str], release: str
) -> pd.DataFrame:
    """Read the figures of every sheet, set aside those that meet a rule, and account for every cell.

    Parameters
    ----------
    layouts : sequence of Layout
        Where figures stand; their sheets are open in `account`.
    account : CellAccount
        Where the fate of every cell is written down.
    marks : collection of str
        Suppression marks, normalised.
    release : str
        The publication, for the column of that name.

    Returns
    -------
    pandas.DataFrame
        The columns of `FIGURE_COLUMNS`, in the order of the file.

    Notes
    -----
    A figure is set aside by the first of these that it meets: neither a number nor a mark; a share outside 0 to 1 or a
    score outside 0 to 10; a number over a base of 0; an answer of a question whose answers do not add up to 100 %
    within what rounding allows (half a step each; where some are withheld or unknown, only above 100 %); two
    rows of one organisation (or group, breakdown, level and weighting) in a sheet that differ, or the same figure
    in two sheets that differ: all of them; a figure that repeats another: those after the first.
    """
    tables = [_figures(layout, account, marks) for layout in layouts]
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(FIGURE_COLUMNS))
    table = pd.concat(tables, ignore_index=True)
    table = _without_twins(table, account)
    for layout in layouts:
        _keep(layout, table[table["sheet"] == layout.sheet.name], account)
    letters = {column: column_letters(column) for column in table["column"].unique()}
    table = table.assign(release=release, row=table["row"] + 1, column=table["column"].map(letters))
    return table[list(FIGURE_COLUMNS)].reset_index(drop=True)


def _figures(layout: Layout, account: CellAccount, marks: Collection[str]) -> pd.DataFrame:
    """Return the figures of one sheet, those set aside by a rule of their own left out."""
    places, name = layout.places, layout.sheet.name
    rows, columns = places["row"].to_numpy(), places["column"].to_numpy()
    read = read_cells(layout.sheet.cells[rows, columns], marks)
    units = np.array([measure.unit for measure in layout.measures], dtype=object)[places["measure"].to_numpy()]
    is_share = units == "share"
    divisor = np.where(is_share & layout.percent & ~read.percent, 100.0, 1.0)
    values = read.numbers / divisor
    out = np.ones(len(places), dtype=bool)

    def set_aside(meets: Mask, rule: str) -> None:
        meets = meets & out
        account.set_aside(name, rows[meets], columns[meets], rule)
        out[meets] = False

    set_aside(read.kind == NEITHER, NOT_A_NUMBER)
    is_number = read.kind == NUMBER
    with np.errstate(invalid="ignore"):
        set_aside(is_number & is_share & ((values < 0) | (values > 1)), SHARE_OUTSIDE)
        set_aside(is_number & ~is_share & ((values < 0) | (values > 10)), SCORE_OUTSIDE)
    n = _bases(layout, account, marks)
    set_aside(is_number & (n == 0), BASE_ZERO)
    step = _steps(read.numbers, divisor, is_share, is_number & out)
    set_aside(_off_sum(places, np.where(is_number, values, np.nan), out, step), SUM_WRONG)

    told = [(measure.concept, measure.measure, measure.option, measure.unit) for measure in layout.measures]
    measures = pd.DataFrame(told, columns=["concept", "measure", "option", "unit"])
    texts = measures.iloc[places["measure"].to_numpy()].reset_index(drop=True)
    who = layout.identity.loc[rows].reset_index(drop=True)
    figures = pd.DataFrame(
        {
            "edition": places["edition"].to_numpy(),
            "estimate": values,
            "n": pd.array(np.where(n < 0, 0, n), dtype="Int64"),
            "suppressed": read.kind == MARK,
            "mark": read.marks,
            "rounded_to": step,
            "sheet": name,
            "row": rows,
            "column": columns,
            "base": places["base"].to_numpy(),
        }
    )
    figures.loc[n < 0, "n"] = pd.NA
    return pd.concat([who, texts, figures], axis=1)[out]


def _bases(layout: Layout, account: CellAccount, marks: Collection[str]) -> Ints:
    """Return the base of each figure, -1 where it is not stated, withheld or unreadable."""
    places = layout.places
    n = np.full(len(places), -1, dtype=np.int64)
    has = places["base"].to_numpy() >= 0
    rows, columns = places["row"].to_numpy()[has], places["base"].to_numpy()[has]
    read = read_cells(layout.sheet.cells[rows, columns], marks)
    with np.errstate(invalid="ignore"):
        is_count = (read.kind == NUMBER) & ~read.percent & (read.numbers >= 0) & (read.numbers < 2**53)
        is_count &= read.numbers == np.floor(read.numbers)
    bad = ~is_count & (read.kind != MARK)
    account.set_aside(layout.sheet.name, rows[bad], columns[bad], BASE_UNREADABLE)
    n[np.flatnonzero(has)[is_count]] = read.numbers[is_count].astype(np.int64)
    return n


def _steps(
    written: npt.NDArray[np.float64], divisor: npt.NDArray[np.float64], is_share: Mask, counts: Mask
) -> npt.NDArray[np.float64]:
    """Return the rounding step of each figure in its unit: that of all shares, or of all scores, of the sheet."""
    step = np.zeros(len(written))
    for chosen in (is_share, ~is_share):
        if chosen.any():
            unit = float(divisor[chosen].max())
            among = chosen & counts
            coarsest = COARSEST["percentage" if unit > 1 else "share" if is_share[chosen][0] else "score"]
            step[chosen] = rounding_step(written[among] * (unit / divisor[among]), coarsest=coarsest) / unit
    return step


def _off_sum(places: pd.DataFrame, values: npt.NDArray[np.float64], out: Mask, step: npt.NDArray[np.float64]) -> Mask:
    """Return the figures of blocks whose answers do not add up."""
    blocks = places["block"].to_numpy()
    off = np.zeros(len(places), dtype=bool)
    if not (blocks >= 0).any():
        return off
    inside = blocks >= 0
    codes = blocks[inside]
    n_blocks = int(codes.max()) + 1
    known = out[inside] & np.isfinite(values[inside])
    total = np.bincount(codes, np.where(known, values[inside], 0.0), n_blocks)
    size = np.bincount(codes, minlength=n_blocks)
    n_known = np.bincount(codes, known, n_blocks)
    whole = (np.bincount(codes, places["whole"].to_numpy()[inside], n_blocks) == size) & (n_known == size)
    slack = np.bincount(codes, step[inside], n_blocks) / 2 + 1e-8
    wrong = (total > 1 + slack) | (whole & (total < 1 - slack))
    off[inside] = wrong[codes]
    return off


def _without_twins(table: pd.DataFrame, account: CellAccount) -> pd.DataFrame:
    """Set aside rows of one organisation or group that differ, then figures that stand there twice."""
    group = table["benchmark_group"].where(table["organisation"] == "", "")  # an organisation is in one group alone
    who = [table["organisation"], group, table["breakdown"], table["level"], table["weighting"]]
    return without_twins(
        table, account, who=who, what=["edition", "concept", "measure", "option"],
        content=["estimate", "n", "suppressed", "mark"], conflicting=CONFLICTING,
    )  # fmt: skip


def _keep(layout: Layout, figures: pd.DataFrame, account: CellAccount) -> None:
    """Keep the figures left of a sheet, their bases, and what says whom they describe; set aside the other bases."""
    name, filled = layout.sheet.name, layout.sheet.filled
    rows = figures["row"].to_numpy(dtype=np.int64)
    account.keep(name, rows, figures["column"].to_numpy(dtype=np.int64))
    with_base = figures["base"].to_numpy(dtype=np.int64) >= 0
    account.keep(name, rows[with_base], figures["base"].to_numpy(dtype=np.int64)[with_base])
    columns = np.array(layout.identity_columns, dtype=np.int64)
    kept_rows = np.unique(rows)
    where = filled[np.ix_(kept_rows, columns)]
    inside = np.nonzero(where)
    account.keep(name, kept_rows[inside[0]], columns[inside[1]])
    base = layout.places["base"].to_numpy()
    at = (layout.places["row"].to_numpy()[base >= 0], base[base >= 0])
    stands = filled[at]
    account.set_aside(name, at[0][stands], at[1][stands], BASE_ALONE)
    account.set_aside_rows(name, np.setdiff1d(layout.identity.index.to_numpy(dtype=np.int64), kept_rows), ROW_EMPTY)
