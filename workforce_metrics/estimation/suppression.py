"""Disclosure control, the last step: small groups, and those that would give them away, become missing."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, MissingColumnError
from workforce_metrics.estimation.comparison import Comparison
from workforce_metrics.estimation.estimate import EstimateTable
from workforce_metrics.estimation.hidden_rows import TableRows, hidden_rows
from workforce_metrics.estimation.likert import LikertTable
from workforce_metrics.groups import Codes, observed_pairs
from workforce_metrics.results import Result

__all__ = ["suppress"]

BoolArray = npt.NDArray[np.bool_]
R = TypeVar("R", bound=Result)

LABELS = ("term", "indicator", "measure", "outcome", "side", "cause", "time", "edition", "against")
"""Result columns that say what was asked, not what was found."""

PUBLIC_FIELDS = frozenset({"table", "by", "provenance", "kinds"})
"""What a result may hold to be safe once its table is; anything else could carry people along."""


def suppress(result: R, *, min_n: int = 11, complementary: bool = True, hide_unanimous: bool = True) -> R:
    """Return the same result with small groups hidden, for publishing on its own.

    Parameters
    ----------
    result : Result
        A table of estimates whose frame has `n`.
    min_n : int, default 11
        The smallest number of respondents that is shown.
    complementary : bool, default True
        Hide further groups, so that a hidden one cannot be had by subtracting the others from a total.
    hide_unanimous : bool, default True
        Hide shares of exactly 0 or 1 in an `EstimateTable`: they tell the answer of every member.

    Returns
    -------
    Result
        Of the same type. Hidden rows have `suppressed` True and every column missing but the groups and the labels
        (`term`, `indicator`, `measure`, `outcome`, `cause`, `time`); columns of integers are nullable. The provenance
        holds the three settings and the number of hidden rows; where a row is hidden it holds no number of people
        (``n_``) any more.

    Raises
    ------
    MissingColumnError
        If the frame has no `n`.
    InvalidArgumentError
        If `min_n` is not a whole number of 1 or more, the result holds more than its table, or a row would be hidden
        whose `time` is its group's own and so tells of people.

    Notes
    -----
    *Small.* A group is hidden in an indicator where its `n` is missing or below `min_n`, in all its rows of that
    indicator: outcomes, causes and times of a group tell of one another.

    *Partners.* A line is the set of groups that add up to a total: all groups where there is one grouping column;
    with several, the groups that differ in one column and share the others. For each indicator, a line with a hidden
    group gets at least two, whose `n` together is at least `min_n`, unless all of it is hidden; with two columns
    also no hidden group may follow from the totals of all rows and columns together. The next to be hidden is one
    that crosses a line with a hidden group (they then protect each other), and among those the one with the smallest
    size (its largest `n` over all indicators), then the first in order: a rule common to the indicators, so that
    those that hide the same groups have the same partners. With `hide_unanimous` the
    hidden groups of a share hold, together, some who are counted and some who are not: a total of nobody tells of
    each. Groups hidden in every indicator need partners too, since `n` and `n_missing` of one indicator tell how many
    belong to a group. A group that is alone in its line is the line's total; whoever publishes the total publishes
    the group.

    *Comparisons and answers.* A row of `compare` or `trend_test` counts its smaller side, and is hidden too where
    either side's share is 0 or 1; the answers to an item are hidden where all gave the same, not where nobody gave one.

    *Limits.* Small numbers of events are not looked at. One table is made safe: tables of the same people by
    other groups, or a little later, can be subtracted from it. Suppressing twice is suppressing once.

    References
    ----------
    Hundepool A, Domingo-Ferrer J, Franconi L, et al. (2012). Statistical Disclosure Control. Wiley.
    https://doi.org/10.1002/9781118348239

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a"] * 8 + ["b"] * 40 + ["c"] * 26, "hours": [30.0, 40.0] * 37})
    >>> wm.suppress(wm.estimate(staff, "hours", by="team")).frame[["team", "estimate", "n", "suppressed"]]
      team  estimate     n  suppressed
    0    a       NaN  <NA>        True
    1    b      35.0    40       False
    2    c       NaN  <NA>        True
    """
    if isinstance(min_n, bool) or not isinstance(min_n, (int, np.integer)) or min_n < 1:
        raise InvalidArgumentError("min_n", "a whole number of 1 or more", repr(min_n), "write 11 to show n >= 11")
    if not isinstance(result, Result):
        raise InvalidArgumentError("result", "a result", f"a {type(result).__name__}", "pass what estimate returned")
    frame = result.frame
    _refuse_unsafe(result, frame)
    own = ~(_people(frame) >= min_n)
    if hide_unanimous:
        own |= _unanimous(result, frame)
    table = _rows_of(result, frame, hide_unanimous=hide_unanimous)
    was_safe = _sums_were_safe(result, int(min_n))
    rows = hidden_rows(table, own, min_n=int(min_n), complementary=complementary, was_safe=was_safe)
    _refuse_own_times(frame, table.cell, rows)
    settings = {"min_n": int(min_n), "complementary": complementary, "hide_unanimous": hide_unanimous}
    return result.with_table(_blank(frame, rows, result.by), **_without_counts(result, rows), **settings)


def _rows_of(result: Result, frame: pd.DataFrame, *, hide_unanimous: bool) -> TableRows:
    cell, columns = _cells(frame, result.by)
    n, size = _people(frame), np.zeros(len(columns))
    np.maximum.at(size, cell, np.nan_to_num(n))
    missing = frame["n_missing"].to_numpy(dtype=np.float64, na_value=np.nan) if "n_missing" in frame else np.zeros(1)
    indicator = pd.factorize(frame["indicator"])[0] if "indicator" in frame else np.zeros(len(frame), dtype=np.int64)
    is_share = _of_shares(result, frame) & hide_unanimous
    mixed_before = np.isnan(n) & (result.provenance.get("hide_unanimous") is True)
    with np.errstate(invalid="ignore"):
        level = "group_estimate" if "group_estimate" in frame else "estimate"
        share = frame[level].to_numpy(dtype=np.float64, na_value=np.nan) if is_share.any() else np.zeros(len(frame))
        some = (~is_share | mixed_before | (share > 0), ~is_share | mixed_before | (share < 1))
    return TableRows(cell, indicator.astype(np.int64), columns, n, n + missing, size, some)


def _people(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return how many a row tells of: of a comparison the smaller side."""
    sides = [frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("n", "n_against") if name in frame]
    return sides[0] if len(sides) == 1 else np.minimum(*sides)


def _refuse_unsafe(result: Result, frame: pd.DataFrame) -> None:
    if "breakdown" in result.by:  # groups taken whole are totals of their own levels, in every breakdown
        raise InvalidArgumentError(
            "result", "one table", "groups whole and broken down, which give each other's hidden cells away",
            "publish one of its tables: .apart()",
        )  # fmt: skip
    if any(item.name not in PUBLIC_FIELDS for item in fields(result)):
        raise InvalidArgumentError(
            "result", "a result that is only a table", type(result).__name__,
            "take small groups together before, or suppress leaving_within at chosen years",
        )  # fmt: skip
    if "n" not in frame:
        raise MissingColumnError("n", "a result with numbers of people", "none", "suppress a table that has n")


def _cells(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[Codes, Codes]:
    """Return the cell of each row, and each cell's codes in the grouping columns, in order of appearance."""
    codes = [pd.factorize(frame[name], use_na_sentinel=False)[0].astype(np.int64) for name in by]
    cell = np.zeros(len(frame), dtype=np.int64)
    for column in codes:
        cell = observed_pairs(cell, column, int(column.max(initial=-1)) + 1)[0]
    columns = np.zeros((int(cell.max(initial=-1)) + 1, len(by)), dtype=np.int64)
    for position, column in enumerate(codes):
        columns[cell, position] = column
    return cell, columns


def _unanimous(result: Result, frame: pd.DataFrame) -> BoolArray:
    """Return the rows that tell the answer of every member; of an option that nobody chose that is not so."""
    if isinstance(result, LikertTable):
        return frame["estimate"].eq(1.0).to_numpy(dtype=bool)
    is_share = _of_shares(result, frame)
    levels = [name for name in ("group_estimate", "against_estimate") if name in frame] or ["estimate"]
    return is_share & frame[levels].isin([0.0, 1.0]).any(axis=1).to_numpy(dtype=bool) if is_share.any() else is_share


def _of_shares(result: Result, frame: pd.DataFrame) -> BoolArray:
    if not isinstance(result, EstimateTable | Comparison):
        return np.zeros(len(frame), dtype=bool)
    shares = [name for name, kind in result.kinds.items() if kind == "share"]
    return frame["indicator"].isin(shares).to_numpy(dtype=bool)


def _sums_were_safe(result: Result, min_n: int) -> bool:
    """Whether an earlier suppression, which took the numbers away, made hidden groups add up to `min_n`."""
    earlier = result.provenance.get("min_n")
    return isinstance(earlier, int) and earlier >= min_n and result.provenance.get("complementary") is True


def _refuse_own_times(frame: pd.DataFrame, cell: Codes, rows: BoolArray) -> None:
    if "time" not in frame or not rows.any():
        return
    pairs = pd.DataFrame({"cell": cell, "time": frame["time"]}).drop_duplicates()
    n_cells, n_times = pairs["cell"].nunique(), pairs["time"].nunique(dropna=False)
    if len(pairs) < n_cells * n_times or (n_cells == 1 and n_times > 1):
        raise InvalidArgumentError(
            "result", "the same times in every group", "times of people", "suppress its estimates at a chosen time"
        )


def _blank(frame: pd.DataFrame, rows: BoolArray, by: tuple[str, ...]) -> pd.DataFrame:
    shown = frame.drop(columns="suppressed", errors="ignore")
    for name in shown.columns:
        if name in by or name in LABELS:
            continue
        column = shown[name]
        if pd.api.types.is_integer_dtype(column):
            column = column.astype("Int64")
        elif not pd.api.types.is_float_dtype(column):
            column = column.astype(object)  # a category would keep the hidden values in its type
        shown[name] = column.mask(rows)
    shown["suppressed"] = rows
    return shown


def _without_counts(result: Result, rows: BoolArray) -> dict[str, object]:
    if not rows.any():
        return {"suppressed_rows": 0}
    counts: dict[str, object] = {name: None for name in result.provenance if name.startswith("n_")}
    return {**counts, "suppressed_rows": "all" if rows.all() else int(rows.sum())}
