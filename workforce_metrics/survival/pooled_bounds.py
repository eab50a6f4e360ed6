"""Between which bounds a pooled risk lies when houses share spans of counts, some of them hidden, and never rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.groups import group_codes
from workforce_metrics.results import RESULT_COLUMNS, Result, is_finite_number
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.risk_addition import refuse_differences
from workforce_metrics.survival.spans import Spans
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PooledRiskBounds", "SpanTotals", "bounds_of_staying", "pooled_risk_bounds"]

Floats = npt.NDArray[np.float64]
COUNTS = ("n_risk", "n_event", "n_censor", "n_entry")
HOUSE, HIDDEN, GROUP = OWN = ("of which house", "is hidden", "of which group")
"""Columns that no user's table has."""


@dataclass(frozen=True, repr=False, eq=False)
class PooledRiskBounds(Result):
    """Bounds of a pooled risk of leaving; `pooled_risk_bounds` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group: `time` (years), `estimate`, `possible_low`, `possible_high`, `n` people whose counts are shown,
        `n_missing` people who may be in hidden rows besides, `n_event` leavings shown.
    by, provenance
        See `Result`.
    """

    _title: ClassVar[str] = "Bounds of the pooled risk"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each group's estimate between its bounds."""
        from workforce_metrics.plotting.dots import draw_estimates

        frame = self.frame.rename(columns={"possible_low": "conf_low", "possible_high": "conf_high"})
        title = f"Leaving within {self.provenance['years']:g} years: where the pooled risk lies"
        frame = frame.drop(columns=["time", "n_missing"]).assign(indicator="left")
        return draw_estimates(frame, by=self.by, ax=ax, percent=True, title=title, caption=self.caption)


@dataclass(frozen=True)
class SpanTotals:
    """What the tables show, house by house, of one group.

    Parameters
    ----------
    n_risk, n_event, n_censor, n_entry : ndarray of float64, shape (n_tables, n_spans)
        At risk at the start of each span; what happened in it. 0 where a table hides the group or has none of it.
    """

    n_risk: Floats
    n_event: Floats
    n_censor: Floats
    n_entry: Floats


def pooled_risk_bounds(
    tables: Sequence[Any], *, years: float = 5.0, hidden_at_most: int | None = None
) -> PooledRiskBounds:
    """Bound the risk of leaving within `years` that the pooled rows of several houses would give.

    Each house shares what `suppress(risk_table(...), times=[...])` gives, and no row. The bounds hold whatever the
    order of leavings, entries and censorings inside the spans was, and whoever is hidden.

    Parameters
    ----------
    tables : sequence of Spans or data frame
        What `suppress` made of a risk table or curve at chosen times, or `RiskTable.between`; or the same rows read
        from a file: `time`, `n_risk`, `n_event`, `n_censor`, `n_entry`, `cause` where causes are apart, and grouping
        columns of the same names in all. Rows whose counts are missing are hidden.
    years : float
        How far ahead. In every table a span must end there.
    hidden_at_most : int, optional
        The most people who were ever at risk in one hidden group of one table. Needed where a row is hidden: rows are
        hidden because few left or were censored, or to protect others, and not only where people are few, so it cannot
        be told from the tables. Numbers of staff that are public will do.

    Returns
    -------
    PooledRiskBounds
        `possible_low` and `possible_high` are no confidence limits: they say where the estimate lies, not how sure it
        is. `estimate` is the life table's, as if entries and censorings were spread evenly over each span; hidden rows
        have no part in it.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If no span ends at `years` in a table, rows are hidden and nobody says how many people they may hold, counts are
        weighted or rounded, or a column is not there.
    DefinitionMismatchError
        If tables are of different definitions, units or horizons.

    Notes
    -----
    Spans are taken between the ends that all tables share. In a span with ``D`` leavings, the product-limit factor is a
    product of ``1 - 1 / r`` over leavings one by one, each with r at risk. r is largest if everybody enters before and
    nobody is censored until after the last leaving, and smallest the other way about, so

    ``1 - D / sum_h max(R_h - C_h, 0)  <=  factor  <=  1 - D / (sum_h R_h + E_h)``

    with R at risk at the start of the span, C censored, E entering in it in house h. H hidden people could have been at
    risk throughout without leaving, so the upper limit has ``+ H`` beneath D; or each could have entered when fewest
    were at risk, m in all, and left at once: the lower limit of the product is multiplied by ``(m / (m + 1)) ** H``.
    The bounds are attained, so that no narrower ones follow from the tables, if in each span every house has at least
    as many at risk at its start as are censored and leave in it (and days enough for one after the other); else the
    upper bound of the risk may be a little too high. A house with finer spans than the others could narrow them: its
    finer ends are not used.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> north, south = (
    ...     pd.DataFrame({"time": [1, 5], "n_risk": [1000, 790], "n_event": [150, n], "n_censor": 60, "n_entry": 0})
    ...     for n in (120, 90))
    >>> found = wm.pooled_risk_bounds([north, south]).frame
    >>> found[["estimate", "possible_low", "possible_high", "n"]].round(4)
       estimate  possible_low  possible_high     n
    0    0.2714         0.263         0.2805  2000
    """
    if not is_finite_number(years) or years <= 0:
        raise InvalidArgumentError("years", "a positive number", repr(years), "write years=5")
    if isinstance(tables, Spans) or not isinstance(tables, Sequence) or not tables:
        raise InvalidArgumentError("tables", "a list of span tables", repr(type(tables).__name__), "pass [one, other]")
    made = [table.provenance for table in tables if isinstance(table, Spans)]
    unit = _refuse_unlike(made)
    rows = _stacked(tables, float(years) * unit)
    by = tuple(str(name) for name in rows if name not in {*RESULT_COLUMNS, *OWN})
    groups = group_codes(rows, by, missing="a group")
    rows = rows.assign(**{GROUP: groups.codes})
    rows[HIDDEN] = rows.groupby([GROUP, HOUSE])[HIDDEN].transform("any")
    n_hidden = rows.loc[rows[HIDDEN]].drop_duplicates([GROUP, HOUSE]).groupby(GROUP).size()
    if len(n_hidden) and hidden_at_most is None:
        raise InvalidArgumentError(
            "hidden_at_most", "how many people a hidden row may hold", f"{int(n_hidden.sum())} hidden",
            "say hidden_at_most=200, a number from elsewhere; min_n is not it",
        )  # fmt: skip
    if hidden_at_most is not None and (not is_finite_number(hidden_at_most) or hidden_at_most < 0):
        raise InvalidArgumentError("hidden_at_most", "a number from 0", repr(hidden_at_most), "write 200")
    figures = []
    for code in range(len(groups)):
        own = rows[(rows[GROUP] == code) & ~rows[HIDDEN]]
        hidden = int(n_hidden.get(code, 0)) * int(hidden_at_most or 0)
        figures.append(_of_group(own, hidden=hidden))
    table = groups.labels.assign(time=float(years)).join(pd.DataFrame(figures))
    said = {name: value for name, value in (made[0] if made else {}).items() if name in ("definition", "horizon_years")}
    asked = {"years": float(years), "hidden_at_most": hidden_at_most, "houses": len(tables)}
    return PooledRiskBounds(table, by, {**said, **asked})


def bounds_of_staying(shown: SpanTotals, hidden: int) -> tuple[float, float]:
    """Return the least and the greatest product-limit estimate of staying that the spans allow.

    Parameters
    ----------
    shown : SpanTotals
    hidden : int
        People who may have been at risk besides.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> one = SpanTotals(*(np.array([[value]]) for value in (10.0, 2.0, 4.0, 5.0)))
    >>> [round(bound, 4) for bound in bounds_of_staying(one, 0)]  # 1 - 2 / (10 - 4), 1 - 2 / (10 + 5)
    [0.6667, 0.8667]
    """
    events = shown.n_event.sum(axis=0)
    least_at_risk = np.maximum(shown.n_risk - shown.n_censor, 0.0).sum(axis=0)
    most_at_risk = (shown.n_risk + shown.n_entry).sum(axis=0) + hidden
    some = events > 0
    lowest = np.where(some, 1 - events / np.where(least_at_risk > 0, least_at_risk, events + (events == 0)), 1.0)
    highest = np.where(some, 1 - events / np.where(some, most_at_risk, 1.0), 1.0)
    fewest = float(np.maximum(shown.n_risk - shown.n_censor - shown.n_event, 0.0).sum(axis=0).min())
    return float(np.maximum(lowest, 0.0).prod()) * (fewest / (fewest + 1)) ** hidden, float(highest.prod())


def _of_group(rows: pd.DataFrame, *, hidden: int) -> dict[str, float]:
    """Return the figures of one group from its rows that are shown, one a house and span."""
    ends = np.sort(rows["time"].unique())
    if not len(ends):
        return {"estimate": np.nan, "possible_low": 0.0, "possible_high": float(hidden > 0), "n": 0,
                "n_missing": hidden, "n_event": 0.0}  # fmt: skip
    rows = rows.sort_values([HOUSE, "time"])
    shape = (rows[HOUSE].nunique(), len(ends))
    shown = SpanTotals(*(_checked(rows[name].to_numpy(dtype=np.float64), shape) for name in COUNTS))
    if (shown.n_event + shown.n_censor > shown.n_risk + shown.n_entry + 1e-9).any():
        raise InvalidDataError(
            "n_event", "at most as many leaving or censored as there are", "more in some span", "check the table"
        )
    low, high = bounds_of_staying(shown, hidden)
    at_risk, events = shown.n_risk.sum(axis=0), shown.n_event.sum(axis=0)
    exposed = at_risk + (shown.n_entry - shown.n_censor).sum(axis=0) / 2
    factor = np.where(events > 0, 1 - events / np.where(exposed > 0, exposed, np.nan), 1.0)
    return {
        "estimate": float(1 - np.maximum(factor, 0.0).prod()),
        "possible_low": 1 - high,
        "possible_high": 1 - low,
        "n": int(at_risk[0] + shown.n_entry.sum()),
        "n_missing": hidden,
        "n_event": float(events.sum()),
    }


def _checked(values: Floats, shape: tuple[int, int]) -> Floats:
    """Return the counts by house and span; refuse negative ones, and a house that lacks a span."""
    if len(values) != shape[0] * shape[1] or (values < 0).any():
        raise InvalidDataError(
            "tables", "counts from 0, in every house a row for each span", "others", "pass the tables whole"
        )
    return values.reshape(shape)


def _refuse_unlike(made: list[Mapping[str, object]]) -> float:
    """Return units per year of tables that say what they are; refuse those that cannot be taken together."""
    if not made:
        return 1.0
    refuse_differences(made, ("definition", "horizon_years", "time_unit"))
    for name, got in (("weighted", "sums of weights"), ("round_to", "rounded ones")):
        if any(one.get(name) for one in made):
            raise InvalidArgumentError(
                "tables", "counts of people as they are", got, "share unrounded counts of people"
            )
    return units_per_year(str(made[0]["time_unit"]))


def _stacked(tables: Sequence[Any], horizon: float) -> pd.DataFrame:
    """Return the rows of all tables up to the horizon, one a house, group and span between the ends that all share."""
    frames = [_one_row_a_span(table, house) for house, table in enumerate(tables)]
    names = {tuple(sorted(str(name) for name in frame if name not in {*RESULT_COLUMNS, *OWN})) for frame in frames}
    if len(names) > 1:
        raise InvalidDataError(
            "tables", "the same grouping columns in all", "different ones", "build all with the same by"
        )
    ends: npt.NDArray[np.float64] | None = None
    for frame in frames:
        own = frame["time"].unique()
        ends = own if ends is None else ends[np.isclose(ends[:, None], own, rtol=TIE_TOLERANCE, atol=0).any(axis=1)]
    shared = np.sort(np.asarray(ends, dtype=np.float64))
    shared = shared[shared <= horizon * (1 + TIE_TOLERANCE)]
    if not len(shared) or shared[-1] < horizon * (1 - TIE_TOLERANCE):
        raise InvalidArgumentError(
            "years", "a time at which a span ends in every table", f"{horizon:g}, at which one does not",
            "ask every house for that time, leave a table out, or ask for fewer years",
        )  # fmt: skip
    return pd.concat([_merged(frame, shared) for frame in frames], ignore_index=True)


def _one_row_a_span(table: Any, house: int) -> pd.DataFrame:
    frame = table.frame if isinstance(table, Spans) else pandas_frame(table, "tables")
    for name in ("time", *COUNTS):
        if name not in frame:
            raise MissingColumnError(name, "a column of the span table", "none of that name", "pass what suppress gave")
    by = [name for name in frame if name not in RESULT_COLUMNS]
    counts = frame[[*by, "time"]].assign(**{HOUSE: house}, **{name: _numbers(frame, name) for name in COUNTS})
    counts[HIDDEN] = counts[list(COUNTS)].isna().any(axis=1)
    keys = [*by, "time", HOUSE]
    how = {"n_event": "sum", "n_risk": "first", "n_censor": "first", "n_entry": "first", HIDDEN: "any"}
    return counts.groupby(keys, dropna=False, observed=True, sort=False).agg(how).reset_index()


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    return np.asarray(pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))


def _merged(frame: pd.DataFrame, ends: Floats) -> pd.DataFrame:
    """Return the rows of one house with its finer spans added up."""
    place = np.searchsorted(ends * (1 + TIE_TOLERANCE), frame["time"].to_numpy(dtype=np.float64))
    frame = frame[place < len(ends)].assign(time=ends[place[place < len(ends)]])
    keys = [name for name in frame if name not in {*COUNTS, HIDDEN}]
    how = {"n_event": "sum", "n_risk": "first", "n_censor": "sum", "n_entry": "sum", HIDDEN: "any"}
    return frame.groupby(keys, dropna=False, observed=True, sort=False).agg(how).reset_index()
