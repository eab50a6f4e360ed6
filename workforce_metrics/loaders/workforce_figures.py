"""Cells of published workforce files to rows of one tidy table, by rules that every layout shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.figures import WORKFORCE_COLUMNS
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.published_cells import MARK, NEITHER, NUMBER, Read, read_cells, rounding_step
from workforce_metrics.loaders.published_figures import NOT_A_NUMBER, ROW_EMPTY
from workforce_metrics.loaders.repeated_figures import without_twins
from workforce_metrics.loaders.workbook import column_letters
from workforce_metrics.loaders.workforce_layouts import IDENTITY_ROLES
from workforce_metrics.loaders.workforce_rows import Figures
from workforce_metrics.loaders.workforce_totals import totals_of

__all__ = ["RATES", "Rates", "WorkforceSettings", "count_step", "read_figures"]

RATES = frozenset({"joiner_rate", "leaver_rate", "stability_index", "sickness_absence_rate"})
AT_MOST_ALL = ("stability_index", "sickness_absence_rate")
Rates = Literal["percent", "fraction"] | None

NEGATIVE, OVER_ONE = "figure below 0", "share above 1"
FRACTION = "headcount that is no whole number"
CONFLICTING = "two rows of the same people and period that differ"
COARSE = (100, 50, 20, 10, 5)
ENOUGH = 10
"""So many counts, none of them 0, must be multiples of 5 (or of more) before they are taken for rounded to it."""


@dataclass(frozen=True)
class WorkforceSettings:
    """What the caller declared, checked.

    Parameters
    ----------
    marks : collection of str
        Suppression marks, normalised.
    rates : {"percent", "fraction"} or None
        How rates stand where neither header nor cell says it.
    totals : collection of str
        Labels of totals, normalised.
    counts_rounded_to : int or None
        To which step counts are rounded.
    """

    marks: Collection[str]
    rates: Rates = None
    totals: Collection[str] = ()
    counts_rounded_to: int | None = None


def count_step(counts: npt.NDArray[np.float64]) -> float:
    """Return the step to which counts are rounded: 100, 50, 20, 10, 5, 1, 0.1, ..., or 0 where they are not.

    Parameters
    ----------
    counts : ndarray of float64
        As they are written; missing ones do not count.

    Notes
    -----
    A step above 1 is seen only in `ENOUGH` counts other than 0: that so many are multiples of 5 by chance
    happens once in ten million.

    Examples
    --------
    >>> count_step(np.arange(5.0, 105.0, 5.0)), count_step(np.array([5.0, 10.0])), count_step(np.array([0.25]))
    (5.0, 1.0, 0.01)
    """
    step = rounding_step(counts)
    told = counts[np.isfinite(counts) & (counts != 0)]
    if step == 1 and len(told) >= ENOUGH:
        return next((float(coarse) for coarse in COARSE if not (told % coarse).any()), 1.0)
    return step


def read_figures(sheets: Sequence[Figures], account: CellAccount, settings: WorkforceSettings) -> pd.DataFrame:
    """Read the figures of every sheet, set aside those that meet a rule, and account for every cell.

    Parameters
    ----------
    sheets : sequence of Figures
        Where figures stand; the sheets are open in `account`.
    account : CellAccount
        Where the fate of every cell is written down.
    settings : WorkforceSettings
        What the caller declared.

    Returns
    -------
    pandas.DataFrame
        The columns of `WORKFORCE_COLUMNS`, in the order of the file.

    Raises
    ------
    InvalidArgumentError
        If how rates stand is neither declared nor said by the file.

    Notes
    -----
    A figure is set aside by the first of these that it meets: neither a number nor a mark; below 0; a stability index
    or an absence rate above 1; a headcount that is no whole number; two rows of the same people and period that differ:
    all their figures; a figure that repeats another.
    """
    tables = [_of_sheet(figures, account, settings) for figures in sheets]
    tables = [table for table in tables if len(table)]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*WORKFORCE_COLUMNS])
    if tables:
        table = without_twins(
            table, account, who=["start", "end", *IDENTITY_ROLES, "breakdown", "level", "basis"], what=["measure"],
            content=["estimate", "suppressed", "mark"], conflicting=CONFLICTING,
        )  # fmt: skip
    for figures in sheets:
        _keep(figures, table[table["sheet"] == figures.sheet.name], account)
    letters = {column: column_letters(column) for column in table["column"].unique()}
    total_of = totals_of(table, settings.totals)
    table = table.assign(
        row=table["row"] + 1, column=table["column"].map(letters), total_of=total_of, is_total=total_of != ""
    )
    return table[[*WORKFORCE_COLUMNS]].reset_index(drop=True)


def _of_sheet(figures: Figures, account: CellAccount, settings: WorkforceSettings) -> pd.DataFrame:
    """Return the figures of one sheet, those set aside by a rule of their own left out."""
    places, name = figures.places, figures.sheet.name
    rows, columns = places["row"].to_numpy(dtype=np.int64), places["column"].to_numpy(dtype=np.int64)
    read = read_cells(figures.sheet.cells[rows, columns], settings.marks)
    is_rate = places["measure"].isin(RATES).to_numpy()
    in_percent = _percent(figures, columns, is_rate, read, settings.rates)
    divisor = np.where(in_percent & ~read.percent, 100.0, 1.0)
    values = read.numbers / divisor
    out = np.ones(len(places), dtype=bool)

    def set_aside(meets: npt.NDArray[np.bool_], rule: str) -> None:
        account.set_aside(name, rows[meets & out], columns[meets & out], rule)
        out[meets] = False

    set_aside((read.kind == NEITHER) | (read.percent & ~is_rate), NOT_A_NUMBER)
    is_number = read.kind == NUMBER
    with np.errstate(invalid="ignore"):
        set_aside(is_number & (values < 0), NEGATIVE)
        set_aside(is_number & places["measure"].isin(AT_MOST_ALL).to_numpy() & (values > 1), OVER_ONE)
        fraction = (places["basis"] == "headcount").to_numpy() & ~is_rate & (values != np.floor(values))
        set_aside(is_number & fraction, FRACTION)
    decimals = np.array([_decimals(cell) for cell in figures.sheet.cells[rows, columns]])
    decimals[~(is_number & out)] = -1
    return places.assign(
        unit=np.where(is_rate, "share", "count"),
        estimate=values,
        suppressed=read.kind == MARK,
        mark=read.marks,
        rounded_to=_steps(places, read, divisor, decimals, settings),
        sheet=name,
    )[out]


def _percent(
    figures: Figures, columns: npt.NDArray[np.int64], is_rate: npt.NDArray[np.bool_], read: Read, declared: Rates
) -> npt.NDArray[np.bool_]:
    """Return which figures are percentages."""
    if declared is not None:
        return is_rate & (declared == "percent")
    said = np.isin(columns, [column for column, percent in figures.percent.items() if percent])
    open_ = is_rate & ~said & ~read.percent & (read.kind == NUMBER)
    if open_.any():
        got = f"rates of which {int(open_.sum()):,} stand without a percent sign, in cell or header"
        fix = "say how they stand: leavers over the denominators tell which"
        raise InvalidArgumentError("rates", "'percent' or 'fraction'", got, fix)
    return is_rate & said


def _steps(
    places: pd.DataFrame,
    read: Read,
    divisor: npt.NDArray[np.float64],
    decimals: npt.NDArray[np.int64],
    settings: WorkforceSettings,
) -> npt.NDArray[np.float64]:
    """Return the rounding step of each figure in its unit: that of all of its measure and basis in the sheet.

    `decimals` are those that stand in a text, 0 in a number, -1 where there is no figure: "11.00" is written to 0.01.
    """
    step = np.zeros(len(places))
    written = np.where(read.percent, read.numbers * 100, read.numbers)
    unit = np.where(read.percent, 100.0, divisor)
    is_rate = places["measure"].isin(RATES).to_numpy()
    groups = places.assign(unit=unit).groupby(["measure", "basis", "unit"], sort=False).ngroup().to_numpy()
    for group in np.unique(groups):
        inside = groups == group
        told, n_decimals = written[inside & (decimals >= 0)], int(decimals[inside].max())
        found = rounding_step(told) if is_rate[inside][0] else count_step(told)
        found = min(found, 10.0**-n_decimals) if n_decimals > 0 else found
        if not is_rate[inside][0]:
            found = max(found, float(settings.counts_rounded_to or 0))
        step[inside] = found / unit[inside]
    return step


def _decimals(cell: object) -> int:
    """Return how many decimals stand in a text, 0 where it has none or the cell is a number."""
    return len(cell.strip().rstrip("% ").partition(".")[2]) if isinstance(cell, str) else 0


def _keep(figures: Figures, table: pd.DataFrame, account: CellAccount) -> None:
    """Keep the figures left of a sheet and what says whom and when they describe; set aside the rest of other rows."""
    name = figures.sheet.name
    rows = table["row"].to_numpy(dtype=np.int64)
    account.keep(name, rows, table["column"].to_numpy(dtype=np.int64))
    columns, kept_rows = np.array(figures.said, dtype=np.int64), np.unique(rows)
    inside = np.nonzero(figures.sheet.filled[np.ix_(kept_rows, columns)])
    account.keep(name, kept_rows[inside[0]], columns[inside[1]])
    others = np.setdiff1d(figures.places["row"].to_numpy(dtype=np.int64), kept_rows)
    account.set_aside_rows(name, others, ROW_EMPTY)
