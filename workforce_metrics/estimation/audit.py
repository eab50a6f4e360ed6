"""An attack on published tables: between which numbers a reader can place each hidden cell."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.joined_tables import JoinedTables, joined_tables
from workforce_metrics.estimation.possible_values import Sums, possible_values
from workforce_metrics.estimation.spread import equations, whole_spread
from workforce_metrics.estimation.table_lines import Lines
from workforce_metrics.groups import Codes
from workforce_metrics.provenance import united_inputs
from workforce_metrics.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DisclosureAudit", "audit_disclosure"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

PEOPLE, COUNTED, REST = "n", "n_event", "n in no group"
WHOLE = 1e-6
"""How far from a whole number a whole number may be."""


@dataclass(frozen=True, repr=False, eq=False)
class DisclosureAudit(Result):
    """What a reader can work out of hidden cells; `audit_disclosure` makes it. Not for publishing.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a hidden cell and number: the groups (missing where the cell is a total over them), `indicator`, `term`
        ("n", "n_event": how many are counted or left, "n in no group"), `possible_low`, `possible_high`, `too_close`.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Disclosure audit"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the range in which each number can be placed, the closest first."""
        from workforce_metrics.plotting.possible_values import draw_possible_values

        return draw_possible_values(
            self.frame, by=self.by, ax=ax, caption=f"least spread allowed: {self.provenance['min_n']}"
        )


@dataclass(frozen=True)
class _Known:
    """What is published of one number: shape (n_cells,) each; NaN where hidden, with what it is known to be within."""

    value: FloatArray
    present: BoolArray
    low: FloatArray
    high: FloatArray


def audit_disclosure(
    results: Result | Sequence[Result],
    *,
    min_n: int = 11,
    totals: Result | Sequence[Result] = (),
    total: Hashable = None,
) -> DisclosureAudit:
    """Try to recover what is hidden in published tables.

    Parameters
    ----------
    results : Result or sequence of Result
        Tables that are published together, of the same people, hidden cells missing.
    min_n : int, default 11
        A number of people is too close to known if there are fewer than that between the smallest and the largest that
        it can be. How many of them are counted (`n_event`) is, if it can be one number only.
    totals : Result or sequence of Result, optional
        What readers know from elsewhere: tables by fewer columns, such as ``estimate(data, "burnout")``.
    total : hashable, optional
        The value that marks a row as a total over a grouping column.

    Returns
    -------
    DisclosureAudit
        One row for each hidden cell and number; none where nothing is hidden.

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If a table has no `n`, or two have a row about the same.
    InvalidDataError
        If the published numbers contradict each other.

    Notes
    -----
    The equations: the groups that differ in one column add up to the cell that is a total over it, where a table has it
    (see `suppress`); and to totals further off. The bounds: no number is below 0; `n` is at most ``n + n_missing`` of
    an indicator that shows the group; those counted and those not are each 0 or more, and add up to `n`. A rounded
    number is any that rounds to it. The smallest and largest values are found by linear programming (HiGHS), and drawn
    in to whole numbers. Where a shown total is more than its shown groups, the people in none of them are a row too.

    *Not modelled*: means and their standard errors, weighted shares, what else a reader knows of people, the rule by
    which cells were hidden (that one of them is below `min_n`), tables that are not given, sums over causes (all rows
    of a group are hidden together, so they add nothing), and that people may be in no group where cells are hidden.

    References
    ----------
    Fischetti M, Salazar JJ (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science 47:1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a"] * 8 + ["b"] * 40 + ["c"] * 26, "hours": [30.0, 40.0] * 37})
    >>> table, everybody = wm.estimate(staff, "hours", by="team"), wm.estimate(staff, "hours")
    >>> careless = wm.suppress(table, complementary=False)
    >>> columns = ["team", "term", "possible_low", "possible_high", "too_close"]
    >>> wm.audit_disclosure(careless, totals=everybody).frame[columns]
      team term  possible_low  possible_high  too_close
    0    a    n           8.0            8.0       True
    >>> wm.audit_disclosure(wm.suppress(table), totals=everybody).frame[columns]
      team term  possible_low  possible_high  too_close
    0    a    n           0.0           34.0      False
    1    c    n           0.0           34.0      False
    """
    tables = [*_as_list(results, "results"), *_as_list(totals, "totals")]
    if isinstance(min_n, bool) or not isinstance(min_n, int | np.integer) or min_n < 1:
        raise InvalidArgumentError("min_n", "a whole number of 1 or more", repr(min_n), "write min_n=11")
    frames = [table.frame for table in tables]
    joined = joined_tables(tables, frames, total=total, counted=True)
    half = np.concatenate([np.full(len(frame), _half(table)) for table, frame in zip(tables, frames, strict=True)])
    labels = _labels_of(frames)
    pieces = [_of_indicator(joined, code, half, labels, min_n=int(min_n)) for code in range(len(joined.indicators))]
    columns = [*joined.names, "indicator", "term", "possible_low", "possible_high", "too_close"]
    found = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)
    made = {
        **united_inputs(table.provenance for table in tables),
        "min_n": int(min_n),
        "tables": len(tables),
        "hidden": len(found),
        "too_close": int(found["too_close"].sum()),
    }
    return DisclosureAudit(found[columns], joined.names, made)


def _as_list(results: Result | Sequence[Result], argument: str) -> list[Result]:
    tables = [results] if isinstance(results, Result) else list(results) if isinstance(results, list | tuple) else None
    if tables is None or not all(isinstance(table, Result) for table in tables):
        raise InvalidArgumentError(
            argument, "a result or a list of them", "something else", "pass what suppress returned"
        )
    return tables


def _half(table: Result) -> float:
    base = table.provenance.get("round_to")
    return base / 2 if isinstance(base, int) else 0.0


def _labels_of(frames: Sequence[pd.DataFrame]) -> Codes:
    """Return a code for each row's outcome, cause and time: rows of one code add up over groups."""
    labels = pd.concat(
        [frame.reindex(columns=["term", "outcome", "cause", "time"]).astype(object) for frame in frames],
        ignore_index=True,
    )
    return np.asarray(labels.astype(str).groupby(list(labels), sort=False).ngroup(), dtype=np.int64)


def _of_indicator(joined: JoinedTables, code: int, half: FloatArray, labels: Codes, *, min_n: int) -> pd.DataFrame:
    """Return the rows of one indicator."""
    rows = joined.rows
    of_it = np.flatnonzero(rows.indicator == code)
    first = of_it[np.unique(rows.cell[of_it], return_index=True)[1]]  # `n` is that of the group in all its rows
    most = np.full(joined.lines.n_cells, -np.inf)
    shown = np.isfinite(rows.people)
    np.maximum.at(most, rows.cell[shown], (rows.people + 2 * half)[shown])
    most[np.isneginf(most)] = np.inf
    people = _known(joined, first, rows.n, half, most)
    ranges = {PEOPLE: _ranges(joined.lines, people)}
    pieces = []
    for label in np.unique(labels[of_it]):
        at = of_it[labels[of_it] == label]
        counted = rows.counted[at]
        seen = counted[np.isfinite(counted)]
        if not len(seen) or half[at].any() or (np.abs(seen - np.round(seen)) > WHOLE).any():
            continue
        of_counted = _ranges(joined.lines, _known(joined, at, rows.counted, half, most))
        others = np.where(np.isfinite(rows.counted), rows.n - rows.counted, np.nan)
        of_others = _ranges(joined.lines, _known(joined, at, others, half, most))
        low, high = ranges[PEOPLE]
        ranges[PEOPLE] = np.fmax(low, of_counted[0] + of_others[0]), np.fmin(high, of_counted[1] + of_others[1])
        pieces.append(_rows(joined, code, COUNTED, of_counted, people.present & np.isnan(people.value), least=1))
    pieces.insert(0, _rows(joined, code, PEOPLE, ranges[PEOPLE], people.present & np.isnan(people.value), least=min_n))
    pieces.append(_in_no_group(joined, code, people, min_n=min_n))
    return pd.concat([piece for piece in pieces if len(piece)] or pieces[:1], ignore_index=True)


def _known(joined: JoinedTables, at: Codes, number: FloatArray, half: FloatArray, most: FloatArray) -> _Known:
    """Return one number by cell, from the rows `at`."""
    n_cells, cell = joined.lines.n_cells, joined.rows.cell[at]
    value, present = np.full(n_cells, np.nan), np.zeros(n_cells, dtype=bool)
    value[cell], present[cell] = number[at], True
    off = np.zeros(n_cells)
    off[cell] = half[at]
    low = np.where(np.isnan(value), 0.0, np.where(off > 0, np.maximum(np.ceil(value - off), 0.0), value))
    high = np.where(np.isnan(value), most, np.where(off > 0, np.ceil(value + off) - 1, value))
    return _Known(value, present, low, high)


def _ranges(lines: Lines, known: _Known) -> tuple[FloatArray, FloatArray]:
    """Return the smallest and largest whole number that each cell can hold, shape (n_cells,)."""
    hidden = known.present & np.isnan(known.value)
    unsure = known.present & (np.isnan(known.value) | (known.high > known.low))
    line, cell, sign = equations(lines, known.present, known.present, any_total=False)
    about = np.isin(line, line[hidden[cell]])
    line, cell, sign = line[about], cell[about], sign[about]
    used, equation = np.unique(line, return_inverse=True)
    fixed = ~unsure[cell]
    right = np.zeros(len(used))
    np.subtract.at(right, equation[fixed], (sign * np.nan_to_num(known.value)[cell])[fixed])
    at = np.flatnonzero(unsure)
    place = np.searchsorted(at, cell[~fixed])
    sums = Sums(equation[~fixed], place, sign[~fixed], right, known.low[at], known.high[at])
    low, high = known.low.copy(), known.high.copy()
    low[at], high[at] = possible_values(sums)
    return np.ceil(low - WHOLE) + 0.0, np.where(np.isinf(high), high, np.floor(high + WHOLE))


def _rows(
    joined: JoinedTables, code: int, term: str, ranges: tuple[FloatArray, FloatArray], chosen: BoolArray, *, least: int
) -> pd.DataFrame:
    at = np.flatnonzero(chosen)
    low, high = ranges[0][at], ranges[1][at]
    made = _groups(joined, at)
    return made.assign(
        indicator=joined.indicators[code], term=term, possible_low=low, possible_high=high,
        too_close=whole_spread(low, high) < least,
    )  # fmt: skip


def _groups(joined: JoinedTables, at: Codes) -> pd.DataFrame:
    """Return the groups of cells; missing where a cell is a total over the column."""
    return pd.DataFrame(
        {
            name: np.array([*levels, None], dtype=object)[codes]
            for name, levels, codes in zip(joined.names, joined.levels, joined.columns[at].T, strict=True)
        },
        index=range(len(at)),
    )


def _in_no_group(joined: JoinedTables, code: int, people: _Known, *, min_n: int) -> pd.DataFrame:
    """Return the totals that hold a few people more than their groups, all of them being shown."""
    lines = joined.lines
    here = people.present[lines.part]
    parts = np.full(lines.n_lines, np.nan)
    n_parts = np.bincount(lines.line[here], minlength=lines.n_lines)
    parts[n_parts > 0] = 0.0
    np.add.at(parts, lines.line[here], people.value[lines.part[here]])
    exact = (people.high == people.low) | ~people.present
    rest = np.where((lines.total >= 0) & exact[lines.total], people.value[lines.total] - parts, np.nan)
    few = np.flatnonzero((rest > 0) & (rest < min_n))
    made = _groups(joined, lines.total[few])
    return made.assign(
        indicator=joined.indicators[code], term=REST, possible_low=rest[few], possible_high=rest[few], too_close=True
    )
