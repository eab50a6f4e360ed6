"""The numbers at risk beneath a curve: what they are at each tick, and the table that shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import groups_of, numbers

__all__ = ["RiskRow", "draw_risk_rows", "numbers_at_risk", "risk_rows", "tick_times"]

SAME_TIME = 1.5e-8
"""Times within this relative distance are one time."""

MONTH_STEPS = (1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0, 120.0, 240.0)
ROW_HEIGHT = style.SMALL_SIZE * style.LINE_HEIGHT
CELL_GAP = 8.0  # points between the cells of a row
LABEL_GAP = 8.0  # points between a row's label and the widest number
LABEL_WRAP = 26  # characters


@dataclass(frozen=True)
class RiskRow:
    """One row of the table: a group's text and its numbers at risk, shape (n_ticks,); NaN where withheld."""

    key: tuple[str, ...]
    counts: npt.NDArray[np.float64]

    @property
    def label(self) -> str:
        """What stands at the left of the row; nothing where there is one risk set for all."""
        return style.wrap(", ".join(self.key), LABEL_WRAP)

    @property
    def cells(self) -> list[str]:
        """The numbers as text, without decimals."""
        return ["" if np.isnan(count) else style.format_number(count) for count in self.counts]


def tick_times(
    max_time: float, *, time_unit: str = "years", max_ticks: int = 8, start: float = 0.0
) -> npt.NDArray[np.float64]:
    """Return round times from `start` to at most `max_time`.

    Parameters
    ----------
    max_time : float
        The last time drawn, in `time_unit`.
    time_unit : str
        With "months" the steps are whole quarters, halves and years; else 1, 2 or 5 times a power of ten.
    max_ticks : int
        No more than this many.
    start : float
        The first time drawn, below `max_time`.

    Returns
    -------
    ndarray of float, shape (n_ticks,)
        Equally spaced; multiples of the step, so that 0 is the first where `start` is 0.

    Raises
    ------
    InvalidArgumentError
        If `max_time` is not a positive number or `max_ticks` is below 3.

    Examples
    --------
    >>> tick_times(5).tolist(), tick_times(36, time_unit="months").tolist()
    ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0])
    """
    if not (np.isfinite(max_time) and max_time > 0):
        raise InvalidArgumentError("max_time", "a positive number", "another", "pass the last time of the curve")
    if max_ticks < 3:
        raise InvalidArgumentError("max_ticks", "3 or more", str(max_ticks), "leave room for three ticks")
    reach, span = max_time * (1 + SAME_TIME), max_time - start
    power = 10.0 ** np.floor(np.log10(span / max_ticks))
    decades = [m * power * t for t in (1.0, 10.0, 100.0) for m in (1.0, 2.0, 5.0)]
    in_months = time_unit.startswith("month") and 2.0 <= span <= MONTH_STEPS[-1] * (max_ticks - 1)
    steps = MONTH_STEPS if in_months else decades
    step = next(step for step in steps if (reach - start) / step < max_ticks)
    return step * np.arange(np.ceil(start / step * (1 - SAME_TIME)), np.floor(reach / step) + 1.0)


def numbers_at_risk(
    time: npt.NDArray[np.float64],
    n_risk: npt.NDArray[np.float64],
    ticks: npt.NDArray[np.float64],
    *,
    start: float = 0.0,
) -> npt.NDArray[np.float64]:
    """Return the number at risk at each tick.

    Parameters
    ----------
    time, n_risk : ndarray of float, shape (n_times,)
        Every time at which the risk set changes and the (weighted) number at risk there; any order.
    ticks : ndarray of float, shape (n_ticks,)
        Where to look, at or after `start`.
    start : float
        When observation begins: from joining, or from a time already served.

    Returns
    -------
    ndarray of float, shape (n_ticks,)
        At `start` the number just after it, when those who start then are under observation.

    Notes
    -----
    A person is at risk at t when ``entry < t <= duration``: between two listed times the number is that of the later
    one, and after the last it is zero. With delayed entry it may rise.

    Examples
    --------
    Three from the start leave at 1, 3 and 4, a fourth comes in at 2 and leaves at 4:

    >>> listed, at_risk = np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 2.0, 3.0, 2.0])
    >>> numbers_at_risk(listed, at_risk, np.array([0.0, 2.0, 2.5, 5.0])).tolist()
    [3.0, 2.0, 3.0, 0.0]
    """
    order = np.argsort(time, kind="stable")
    listed, counts = time[order], np.append(n_risk[order], 0.0)
    first_at_or_after = np.searchsorted(listed, ticks * (1 - SAME_TIME), side="left")
    after_start = np.searchsorted(listed, start * (1 + SAME_TIME), side="right")
    return np.asarray(counts[np.where(ticks > start * (1 + SAME_TIME), first_at_or_after, after_start)])


def risk_rows(
    risk: pd.DataFrame, by: tuple[str, ...], ticks: npt.NDArray[np.float64], *, start: float = 0.0
) -> list[RiskRow]:
    """Return one row a group of `risk`, refusing a group that lists two numbers for one time."""
    rows = []
    for group in groups_of(risk, by):
        time, n_risk = numbers(group.rows, "time"), numbers(group.rows, "n_risk")
        order = np.lexsort((n_risk, time))
        same = np.diff(time[order]) == 0
        if (same & (np.diff(n_risk[order]) != 0)).any():
            raise InvalidDataError(
                "risk", "one n_risk a group and time", "several", "sum over strata, or name them in by="
            )
        counts = numbers_at_risk(time, n_risk, ticks, start=start)
        rows.append(RiskRow(group.key, np.full_like(counts, np.nan) if np.isnan(n_risk).any() else counts))
    return rows


def widest_cell(rows: list[RiskRow]) -> float:
    """Return the width in points that a column of the table needs."""
    return max(style.text_width(cell, style.SMALL_SIZE) for row in rows for cell in row.cells) + CELL_GAP


def label_width(rows: list[RiskRow], heading: str) -> float:
    """Return how far in points the table reaches to the left of the axes."""
    texts = [heading, *(row.label for row in rows)]
    return max(style.text_width(text, style.SMALL_SIZE) for text in texts) + widest_cell(rows) / 2 + LABEL_GAP


def table_height(rows: list[RiskRow]) -> float:
    """Return the height in points of the table with its heading."""
    return ROW_HEIGHT * (1.2 * _is_named(rows) + sum(row.label.count("\n") + 1 for row in rows))


def _is_named(rows: list[RiskRow]) -> bool:
    return any(row.key for row in rows)


def draw_risk_rows(
    ax: Axes,
    rows: list[RiskRow],
    ticks: npt.NDArray[np.float64],
    *,
    heading: str,
    tints: dict[tuple[str, ...], str],
    below: float,
) -> None:
    """Write the table under the axes, each number under its tick, starting `below` points from their foot."""
    edge = -(widest_cell(rows) / 2 + LABEL_GAP)
    layout.note(ax, heading, x=0.0, below=below, right=edge, align="right", tint=style.TEXT).set(weight="bold")
    below += 1.2 * ROW_HEIGHT * _is_named(rows)
    for row in rows:
        tint = tints.get(row.key, style.TEXT)
        layout.note(ax, row.label, x=0.0, below=below, right=edge, align="right", tint=tint).set_gid("risk label")
        if np.isnan(row.counts).all():
            layout.note(ax, "withheld", x=0.0, below=below, right=edge + LABEL_GAP).set(style="italic")
        else:
            _write_numbers(ax, row, ticks, below)
        below += style.height_of(row.label, style.SMALL_SIZE)


def _write_numbers(ax: Axes, row: RiskRow, ticks: npt.NDArray[np.float64], below: float) -> None:
    for tick, cell in zip(ticks, row.cells, strict=True):
        text = layout.note(ax, cell, x=0.0, below=below, align="center", tint=style.TEXT)
        text.xy, text.xycoords = (float(tick), 0.0), ("data", "axes fraction")
        text.set_gid("risk number")
