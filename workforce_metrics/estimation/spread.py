"""How closely a reader can place hidden cells by the sums of their lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.possible_values import SLACK, Sums, possible_values
from workforce_metrics.estimation.table_lines import Lines
from workforce_metrics.groups import Codes

__all__ = ["Amounts", "Spreads", "equations", "spreads", "whole_spread"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Amounts:
    """What adds up in cells.

    Parameters
    ----------
    n : numpy.ndarray of float64, shape (n_cells,)
        People; 0 where not known.
    counted : numpy.ndarray of float64, shape (n_cells,), or None
        How many of them are counted in a share; None where it is not a share.
    most : numpy.ndarray of float64, shape (n_cells,)
        How many people are known to belong to the cell from another indicator that shows it; infinite where not known.
    """

    n: FloatArray
    counted: FloatArray | None
    most: FloatArray


@dataclass(frozen=True)
class Spreads:
    """Between the smallest and the largest number that each hidden cell can have; infinite for other cells.

    Parameters
    ----------
    people : numpy.ndarray of float64, shape (n_cells,)
    kinds : tuple of numpy.ndarray of float64, each of shape (n_cells,)
        Of a share: of those who are counted, and of those who are not.
    """

    people: FloatArray
    kinds: tuple[FloatArray, ...]

    def short_of(self, min_n: int, *, reach: Spreads | None = None) -> BoolArray:
        """Return where people have a spread below `min_n`, or a kind one below 1; or below what is in `reach`."""
        short = self.people < (min_n if reach is None else np.minimum(reach.people, min_n))
        for position, kind in enumerate(self.kinds):
            short |= kind < (1.0 if reach is None else np.minimum(reach.kinds[position], 1.0))
        return np.asarray(short)


def whole_spread(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return how far apart the smallest and the largest whole number between two bounds are; -1 where there is none."""
    return np.asarray(np.maximum(np.floor(high + SLACK) - np.ceil(low - SLACK), -1.0))


def equations(
    lines: Lines, present: BoolArray, hidden: BoolArray, *, any_total: bool
) -> tuple[Codes, Codes, FloatArray]:
    """Return the terms of what a reader can write down of hidden cells.

    Parameters
    ----------
    lines : Lines
    present, hidden : numpy.ndarray of bool, shape (n_cells,)
    any_total : bool
        Whether readers know the totals that no table has.

    Returns
    -------
    line, cell : numpy.ndarray of int64, shape (n_terms,)
        A line, and a hidden cell in it.
    sign : numpy.ndarray of float64, shape (n_terms,)
        1 for a part, -1 for a total.

    Notes
    -----
    A total that no table has is not taken as known if it is that of one cell alone, which it would then give, or part
    of a hidden cell of a coarser table.
    """
    here = present[lines.part]
    has_total = (lines.total >= 0) & present[lines.total]
    covered = np.zeros(lines.n_lines, dtype=bool)
    covered[lines.cover_line[hidden[lines.cover] & present[lines.cover]]] = True
    n_parts = np.bincount(lines.line[here], minlength=lines.n_lines)
    used = (n_parts > 0) & (has_total | (any_total & ~covered & (n_parts > 1)))
    parts = np.flatnonzero(here & hidden[lines.part] & used[lines.line])
    totals = np.flatnonzero(has_total & hidden[lines.total] & used)
    return (
        np.concatenate([lines.line[parts], totals]),
        np.concatenate([lines.part[parts], lines.total[totals]]),
        np.concatenate([np.ones(len(parts)), -np.ones(len(totals))]),
    )


def spreads(
    lines: Lines, amounts: Amounts, present: BoolArray, hidden: BoolArray, *, min_n: int, any_total: bool
) -> Spreads:
    """Return how far apart the smallest and largest numbers are that the hidden cells can have.

    Parameters
    ----------
    lines : Lines
    amounts : Amounts
    present, hidden : numpy.ndarray of bool, shape (n_cells,)
    min_n : int
        Spreads of people that reach it need not be exact.
    any_total : bool
        Whether readers know the totals that no table has.

    Returns
    -------
    Spreads
    """
    terms = equations(lines, present, hidden, any_total=any_total)
    needs = np.full(len(hidden), float(min_n))
    people = _spread(terms, amounts.n, amounts.most, hidden, needs)
    if amounts.counted is None or not len(terms[0]):
        return Spreads(people, ())
    counted, others = amounts.counted, np.maximum(amounts.n - amounts.counted, 0.0)
    of_counted = _spread(terms, counted, amounts.most, hidden, np.ones(len(needs)))
    of_others = _spread(terms, others, amounts.most, hidden, np.maximum(needs - of_counted, 1.0))
    if (hidden & (of_counted + of_others < needs)).any():
        of_counted = _spread(terms, counted, amounts.most, hidden, np.maximum(needs - of_others, 1.0))
    return Spreads(np.minimum(people, of_counted + of_others), (of_counted, of_others))


def _spread(
    terms: tuple[Codes, Codes, FloatArray], truth: FloatArray, most: FloatArray, hidden: BoolArray, enough: FloatArray
) -> FloatArray:
    line, cell, sign = terms
    if not len(line):
        return np.full(len(hidden), np.inf)
    at = np.flatnonzero(hidden)
    used, equation = np.unique(line, return_inverse=True)
    known = np.zeros(len(used))
    np.add.at(known, equation, sign * truth[cell])
    sums = Sums(equation, np.searchsorted(at, cell), sign, known, np.zeros(len(at)), np.maximum(most, truth)[at])
    low, high = possible_values(sums, start=truth[at], enough=enough[at])
    spread = np.full(len(hidden), np.inf)
    whole = bool((truth == np.round(truth)).all())
    spread[at] = whole_spread(low, high) if whole else high - low
    return spread
