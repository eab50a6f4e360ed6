"""Which rows of tables of several indicators are hidden: each indicator's partners, and those of what none shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.hidden_cells import Cells, hide_partners
from workforce_metrics.estimation.spread import Amounts
from workforce_metrics.estimation.table_lines import Lines
from workforce_metrics.groups import Codes

__all__ = ["TableRows", "cells_of_rows", "hidden_rows", "with_rests"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TableRows:
    """The rows of one table or several as the groups and indicators that they are about.

    Parameters
    ----------
    cell, indicator : numpy.ndarray of int64, shape (n_rows,)
        The group and the indicator of each row.
    n, people : numpy.ndarray of float64, shape (n_rows,)
        Who answered, and they and who did not; NaN where not known.
    counted : numpy.ndarray of float64, shape (n_rows,)
        How many of those who answered are counted in a share; NaN where the row is of no share, or not known.
    weight : numpy.ndarray of float64, shape (n_rows,)
        What those who answered weigh together; `n` where nobody has a weight.
    """

    cell: Codes
    indicator: Codes
    n: FloatArray
    people: FloatArray
    counted: FloatArray
    weight: FloatArray


def hidden_rows(rows: TableRows, lines: Lines, own: BoolArray, *, min_n: int, complementary: bool) -> BoolArray:
    """Return the rows to hide, given those that must be for their own sake.

    Parameters
    ----------
    rows : TableRows
    lines : Lines
    own : numpy.ndarray of bool, shape (n_rows,)
    min_n : int
        What the hidden groups of a line must hold together.
    complementary : bool
        Whether to hide partners.

    Returns
    -------
    numpy.ndarray of bool, shape (n_rows,)

    Notes
    -----
    Each indicator hides partners of its own. How many belong to a group is known from any indicator that shows it, so
    the groups that none shows are then looked at as one more table, and what that needs is hidden in all, until
    nothing changes. From the second round on a hidden group has at most the people that another indicator shows.
    """
    hidden, known_size = own, False
    kinds = [np.flatnonzero(rows.indicator == code) for code in range(int(rows.indicator.max(initial=-1)) + 1)]
    all_lines, n_cells = with_rests(lines), lines.n_cells
    size = np.zeros(all_lines.n_cells)
    np.maximum.at(size, rows.cell, np.nan_to_num(rows.n))
    while True:
        by_kind = []
        for code, of_it in enumerate(kinds):
            groups = np.zeros(n_cells, dtype=bool)
            groups[rows.cell[of_it[hidden[of_it]]]] = True
            if complementary:
                elsewhere = ~hidden & (rows.indicator != code) & known_size
                most = _known_people(rows, elsewhere, n_cells)
                cells, rest = cells_of_rows(rows, lines, of_it, most=most, size=size, min_n=min_n)
                start = np.concatenate([groups, rest])
                groups = hide_partners(all_lines, cells, start, min_n=min_n)[:n_cells]
            by_kind.append(groups)
        found = np.zeros(len(own), dtype=bool)
        for of_it, groups in zip(kinds, by_kind, strict=True):
            found[of_it] = groups[rows.cell[of_it]]
        if not complementary or len(kinds) < 2:
            return found
        found |= _shown_nowhere(rows, lines, all_lines, found, size, min_n=min_n)
        if known_size and (found == hidden).all():
            return found
        hidden, known_size = found, True


def with_rests(lines: Lines) -> Lines:
    """Return the lines with one more cell in each that has a total: who is in the total and in none of the parts."""
    with_total = np.flatnonzero(lines.total >= 0)
    rests = lines.n_cells + np.arange(len(with_total))
    return replace(
        lines,
        part=np.concatenate([lines.part, rests]),
        line=np.concatenate([lines.line, with_total]),
        n_cells=lines.n_cells + len(rests),
    )


def cells_of_rows(
    rows: TableRows, lines: Lines, of_it: Codes, *, most: FloatArray, size: FloatArray, min_n: int
) -> tuple[Cells, BoolArray]:
    """Return one indicator's cells, whose rows are `of_it`, and which of its rests are small, shape (n_rests,)."""
    n_cells, cell = lines.n_cells, rows.cell[of_it]
    n, counted, weight = np.full(n_cells, np.inf), np.full(n_cells, np.nan), np.full(n_cells, np.nan)
    np.minimum.at(n, cell, np.nan_to_num(rows.n[of_it], nan=-np.inf))
    np.fmax.at(counted, cell, rows.counted[of_it])
    np.fmax.at(weight, cell, rows.weight[of_it])
    present, unknown = ~np.isposinf(n), np.isneginf(n)
    n[~present | unknown] = np.nan
    is_share = bool(np.isfinite(counted).any())
    rest_n = _rests(lines, n, present)
    rest_counted = np.full(len(rest_n), np.nan)
    if is_share:
        rest_counted = _rest_counted(lines, np.minimum(counted, n) / n, weight, rest_n, present)
    is_small = (rest_n > 0) & (rest_n < min_n)
    truth = np.nan_to_num(np.concatenate([n, rest_n]))
    of_share = np.nan_to_num(np.concatenate([counted, rest_counted]))
    is_mixed = np.concatenate([~np.isfinite(counted) & ~unknown, np.zeros(len(rest_n), dtype=bool)])
    every = np.ones(len(truth), dtype=bool)
    some = (is_mixed | (of_share > 0), is_mixed | (of_share < truth)) if is_share else (every, every)
    cells = Cells(
        Amounts(
            truth,
            np.minimum(of_share, truth) if is_share else None,
            np.concatenate([most, np.full(len(rest_n), np.inf)]),
        ),
        np.concatenate([present, is_small]),
        size,
        some,
    )
    return cells, is_small


def _rests(lines: Lines, amount: FloatArray, present: BoolArray) -> FloatArray:
    """Return what each total holds beyond its parts; NaN where that is not known."""
    with_total = np.flatnonzero(lines.total >= 0)
    here = present[lines.part]
    sums = np.bincount(lines.line[here], amount[lines.part[here]], minlength=lines.n_lines)[with_total]
    has_parts = np.bincount(lines.line[here], minlength=lines.n_lines)[with_total] > 0
    rest = np.where(has_parts, amount[lines.total[with_total]] - sums, np.nan)
    if (rest < -1e-5).any():
        raise InvalidDataError(
            "results", "totals that hold their parts", "a total smaller than the sum of its groups",
            "suppress together tables of the same people and the same answers",
        )  # fmt: skip
    return np.where(np.isnan(rest), np.nan, np.maximum(np.round(rest, 6), 0.0))


def _rest_counted(
    lines: Lines, share: FloatArray, weight: FloatArray, rest_n: FloatArray, present: BoolArray
) -> FloatArray:
    """Return how many are counted in each total and in none of its parts: weighted shares add up in weights."""
    weighs, counted = _rests(lines, weight, present), _rests(lines, share * weight, present)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.where(rest_n > 0, np.minimum(counted / weighs, 1.0) * rest_n, counted)
    return np.asarray(np.round(rest, 6), dtype=np.float64)


def _known_people(rows: TableRows, elsewhere: BoolArray, n_cells: int) -> FloatArray:
    """Return how many belong to each group, where a row shown `elsewhere` says so; else infinite."""
    people = np.full(n_cells, -np.inf)
    shown = elsewhere & np.isfinite(rows.people)
    np.maximum.at(people, rows.cell[shown], rows.people[shown])
    return np.where(np.isneginf(people), np.inf, people)


def _shown_nowhere(
    rows: TableRows,
    lines: Lines,
    all_lines: Lines,
    hidden: BoolArray,
    size: FloatArray,
    *,
    min_n: int,
) -> BoolArray:
    """Return the rows of the groups that no indicator may show, so that those hidden in all have partners in that."""
    every = np.arange(len(rows.cell))
    nowhere = np.ones(lines.n_cells, dtype=bool)
    nowhere[rows.cell[~hidden]] = False
    as_people = replace(
        rows, n=np.where(np.isnan(rows.people), rows.n, rows.people), counted=np.full(len(hidden), np.nan)
    )
    most_n = np.full(lines.n_cells, np.nan)
    np.fmax.at(most_n, rows.cell, as_people.n)
    as_people = replace(as_people, n=most_n[rows.cell], weight=most_n[rows.cell])
    cells, rest = cells_of_rows(as_people, lines, every, most=np.full(lines.n_cells, np.inf), size=size, min_n=min_n)
    grown = hide_partners(all_lines, cells, np.concatenate([nowhere, rest]), min_n=min_n)
    return grown[: lines.n_cells][rows.cell]
