"""Disclosure control, the last step: small groups, and those that would give them away, become missing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.chosen_times import ChosenTimes, at_safe_times
from workforce_metrics.estimation.hidden_rows import hidden_rows
from workforce_metrics.estimation.joined_tables import LABELS, JoinedTables, column_of, joined_tables
from workforce_metrics.estimation.rounding import check_round_to, rounded
from workforce_metrics.provenance import without_counts
from workforce_metrics.results import Result

__all__ = ["suppress"]

BoolArray = npt.NDArray[np.bool_]
R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class _Settings:
    min_n: int
    complementary: bool
    hide_unanimous: bool
    min_event: int | None
    round_to: int | None

    def were(self, result: Result) -> bool:
        """Whether a result was suppressed before, and as strictly."""
        made = result.provenance
        earlier, event = made.get("min_n"), made.get("min_event")
        return (
            isinstance(earlier, int)
            and earlier >= self.min_n
            and made.get("complementary") is True
            and (made.get("hide_unanimous") is True or not self.hide_unanimous)
            and (self.min_event is None or (isinstance(event, int) and event >= self.min_event))
        )


@overload
def suppress(
    result: ChosenTimes, *, times: float | Sequence[float], min_n: int = 11, complementary: bool = True,
    hide_unanimous: bool = True, min_event: int | None = None, round_to: int | None = None, total: Hashable = None,
) -> Result: ...  # fmt: skip
@overload
def suppress(
    result: R, *, times: None = None, min_n: int = 11, complementary: bool = True,
    hide_unanimous: bool = True, min_event: int | None = None, round_to: int | None = None, total: Hashable = None,
) -> R: ...  # fmt: skip
@overload
def suppress(
    result: Sequence[Result], *, times: None = None, min_n: int = 11, complementary: bool = True,
    hide_unanimous: bool = True, min_event: int | None = None, round_to: int | None = None, total: Hashable = None,
) -> tuple[Result, ...]: ...  # fmt: skip
def suppress(
    result: Result | ChosenTimes | Sequence[Result],
    *,
    min_n: int = 11,
    complementary: bool = True,
    hide_unanimous: bool = True,
    min_event: int | None = None,
    round_to: int | None = None,
    times: float | Sequence[float] | None = None,
    total: Hashable = None,
) -> Any:
    """Return the same results with small groups hidden, safe to publish on their own or together.

    Parameters
    ----------
    result : Result, curve, RiskTable or sequence of Result
        A table of estimates whose frame has `n`; several that are published together, of the same people; or, with
        `times`, a curve or a risk table.
    min_n : int, default 11
        The smallest number of people that is shown, and the least that lies between the smallest and the largest
        number that a reader can work out for a hidden group.
    complementary : bool, default True
        Hide further groups, so that a hidden one cannot be had from the others and the totals.
    hide_unanimous : bool, default True
        Hide shares of exactly 0 or 1 in an `EstimateTable`: they tell the answer of every member. Hidden groups then
        hold, together, some who are counted and some who are not.
    min_event : int, optional
        Hide a row also if fewer people than that are counted in its share (or left), or fewer are not; or if those
        censored or still at risk are fewer, and some.
    round_to : int, optional
        Round numbers of people to multiples of it and estimates so that they do not tell more, and take out what would
        (limits, `std_error`, `df`, `n_effective`, `weight_sum`).
    times : float or sequence of float, optional
        Of a curve or a risk table: the times to publish, in its unit.
    total : hashable, optional
        The value that marks a row as a total over a grouping column ("all"), in a table that holds several breakdowns.

    Returns
    -------
    Result or tuple of Result
        Of the same type, or one for each. Hidden rows have `suppressed` True and every column missing but the groups
        and the labels (`term`, `indicator`, `outcome`, `cause`, `time` and such); columns of integers are nullable. The
        provenance holds the settings and the number of hidden rows; where a row is hidden or rounded it holds no number
        of people (``n_``) any more. A curve becomes a table of spans between the times; see Notes.

    Raises
    ------
    MissingColumnError
        If a frame has no `n`.
    InvalidArgumentError
        If a setting is not what it must be, a result holds more than its table, a row would be hidden whose `time` is
        its group's own and so tells of people, or two results have a row about the same.
    InvalidDataError
        If a total is smaller than the sum of its groups, so that results are not of the same people.

    Notes
    -----
    *Small.* A group is hidden in an indicator where its `n` is missing or below `min_n`, in all its rows of that
    indicator: outcomes, causes and times of a group tell of one another.

    *Partners.* A line is a set of groups that add up to a total: those that differ in one grouping column and share the
    others. The total may stand in another of the results, hidden itself or not; where none has it, readers are taken
    to know it. For each indicator, a line with a hidden group gets at least two, whose `n` together is at least
    `min_n`, unless all of it is hidden; and as long as the sums of all lines together place a hidden group's number of
    people within less than `min_n`, or the number of those counted in a share at one value, one more group is hidden.
    People who are in a total and in none of its groups count as a hidden group if they are fewer than `min_n`. The next
    to be hidden crosses a line with a hidden group (they then protect each other); among those it is the one with the
    smallest size (its largest `n` over all indicators), then the first in order. Groups hidden in every indicator need
    partners too, since `n` and `n_missing` of one indicator tell how many belong to a group. A group that is alone in
    its line is the line's total; whoever publishes the total publishes the group.

    *Comparisons and answers.* A row of `compare` or `trend_test` counts its smaller side, and is hidden too where
    either side's share is 0 or 1; the answers to an item are hidden where all gave the same, not where nobody gave one.

    *Curves.* The table has a row for each group and span between two of the times, in which at least `min_n` left, and
    entered, were censored, or left by each cause, nobody or at least `min_n`. Times that would leave less are left out
    for all groups; a group that has too few in all is hidden. Estimates are rounded to one person's worth or more.

    *Limits.* Tables that are not given together are not looked at together. Suppressing twice is suppressing once.
    `audit_disclosure` looks at what is left from the reader's side.

    References
    ----------
    Hundepool A, Domingo-Ferrer J, Franconi L, et al. (2012). Statistical Disclosure Control. Wiley.
    https://doi.org/10.1002/9781118348239

    Fischetti M, Salazar JJ (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science 47:1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805

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
    settings = _Settings(
        _whole(min_n, "min_n", "write 11 to show n >= 11"), complementary, hide_unanimous,
        None if min_event is None else _whole(min_event, "min_event", "write 5 to show 5 events and more"),
        check_round_to(round_to),
    )  # fmt: skip
    if isinstance(result, list | tuple):
        return tuple(_suppressed([_table(one, None, settings) for one in result], settings, total))
    return _suppressed([_table(result, times, settings)], settings, total)[0]


def _whole(value: object, argument: str, fix: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InvalidArgumentError(argument, "a whole number of 1 or more", repr(value), fix)
    return int(value)


def _table(result: object, times: float | Sequence[float] | None, settings: _Settings) -> Result:
    """Return what is a table already, or what a curve or risk table becomes at the times asked for."""
    if isinstance(result, ChosenTimes):
        if times is None:
            raise InvalidArgumentError(
                "result", "a table of estimates", f"a {type(result).__name__}, whose steps are single people",
                "name times=[1, 2, 3] to publish it at, or suppress leaving_within(...)",
            )  # fmt: skip
        return at_safe_times(result, times, min_n=settings.min_n)
    if not isinstance(result, Result):
        raise InvalidArgumentError("result", "a result", f"a {type(result).__name__}", "pass what estimate returned")
    if times is not None:
        raise InvalidArgumentError("times", "a curve or a risk table", type(result).__name__, "leave times out")
    if "breakdown" in result.by:  # groups taken whole are totals of their own levels, in every breakdown
        raise InvalidArgumentError(
            "result", "one table, or several", "groups whole and broken down in one", "pass the tables of .apart()"
        )
    if any(item.name not in result.publishable for item in fields(result)):
        raise InvalidArgumentError(
            "result", "a result that is only a table", type(result).__name__,
            "take small groups together before, or suppress leaving_within at chosen years",
        )  # fmt: skip
    rounded_to = result.provenance.get("round_to")
    if rounded_to is not None and not (settings.were(result) and rounded_to == settings.round_to):
        raise InvalidArgumentError(
            "result", "numbers as they are", "a result that was rounded", "suppress the result as it was before"
        )
    return result


def _suppressed(results: list[Result], settings: _Settings, total: Hashable) -> list[Result]:
    frames = [result.frame for result in results]
    tables = sorted(" x ".join(result.by) or "all" for result in results)
    together: object = None if len(results) == 1 else "; ".join(tables)
    earlier = {one.provenance.get("together") for one in results}
    before = str(next(iter(earlier))).split("; ") if len(earlier) == 1 else []
    was_safe = all(map(settings.were, results)) and (earlier == {together} or set(tables) <= set(before))
    if was_safe:
        together = results[0].provenance.get("together")
    look = settings.hide_unanimous or settings.min_event is not None
    joined = joined_tables(results, frames, total=total, counted=look)
    if was_safe:
        rows = np.isnan(joined.rows.n)
    else:
        own = np.concatenate([_own(*pair, settings) for pair in zip(results, frames, strict=True)])
        rows = hidden_rows(joined.rows, joined.lines, own, min_n=settings.min_n, complementary=settings.complementary)
    made: dict[str, object] = {**vars(settings), "together": together}
    return [
        _finished(result, frame, joined, position=position, rows=rows, made=made)
        for position, (result, frame) in enumerate(zip(results, frames, strict=True))
    ]


def _own(result: Result, frame: pd.DataFrame, settings: _Settings) -> BoolArray:
    """Return the rows to hide for their own sake."""
    n = result.n_told_of()
    own = ~(n >= settings.min_n)
    if settings.hide_unanimous:
        own |= result.is_unanimous()
    if settings.min_event is not None:
        counted = result.n_counted()
        own |= (counted < settings.min_event) | (n - counted < settings.min_event)
        for name in ("n_censor", "n_risk"):
            number = column_of(frame, name)
            own |= (number > 0) & (number < settings.min_event)
    return np.asarray(own)


def _finished(
    result: Result,
    frame: pd.DataFrame,
    joined: JoinedTables,
    *,
    position: int,
    rows: BoolArray,
    made: dict[str, object],
) -> Result:
    span = slice(*joined.first_row[position : position + 2])
    of_it, base = rows[span], made["round_to"]
    _refuse_own_times(result, frame, joined.rows.cell[span], of_it)
    shown = _blank(frame, of_it, result.by)
    if isinstance(base, int) and result.provenance.get("round_to") is None:
        shown = rounded(shown, base, keep=(*result.by, *LABELS, "suppressed"))
    return result.with_table(shown, **_without_counts(result, rows, of_it, base), **made)


def _refuse_own_times(result: Result, frame: pd.DataFrame, cell: npt.NDArray[np.int64], rows: BoolArray) -> None:
    if result.times_were_asked or "time" not in frame or not rows.any():
        return
    pairs = pd.DataFrame({"cell": cell, "time": frame["time"]}).drop_duplicates()
    n_cells, n_times = pairs["cell"].nunique(), pairs["time"].nunique(dropna=False)
    if len(pairs) < n_cells * n_times or (n_cells == 1 and n_times > 1):
        raise InvalidArgumentError(
            "result", "the same times in every group", "times of people", "suppress its estimates at a chosen time"
        )


def _blank(frame: pd.DataFrame, rows: BoolArray, by: tuple[str, ...]) -> pd.DataFrame:
    shown = frame.drop(columns="suppressed", errors="ignore").reset_index(drop=True)
    shown.attrs = {}
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


def _without_counts(result: Result, all_rows: BoolArray, rows: BoolArray, round_to: object) -> dict[str, object]:
    """Return what the provenance says instead of numbers of people."""
    counts: dict[str, object] = {}
    if all_rows.any() or round_to is not None:
        counts = {name: None for name in result.provenance if name.startswith("n_")}
        counts |= without_counts(result.provenance)
    n_hidden = int(rows.sum())
    return {**counts, "suppressed_rows": "all" if n_hidden and rows.all() else n_hidden}
