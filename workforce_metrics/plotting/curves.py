"""Step curves over time with their intervals, and the numbers at risk beneath."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import at_risk, layout, style
from workforce_metrics.plotting.curve_names import Steps, curve_names, name_curves, names_width, tint_of
from workforce_metrics.plotting.groups import Group, groups_of, numbers, require_columns

__all__ = ["draw_curves"]

FIGURE_WIDTH, CURVE_HEIGHT = 7.2, 3.7  # inches
AXIS_LABELS = 40.0  # points at the left of axes that tick labels and label take anyway


def draw_curves(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...],
    risk: pd.DataFrame,
    value: str = "estimate",
    start: float | None = None,
    start_time: float = 0.0,
    ax: Axes | None = None,
    time_unit: str = "years",
    risk_label: str = "At risk",
    ylabel: str = "",
    title: str = "",
    caption: str = "",
    percent: bool = True,
) -> Axes:
    """Draw one step curve a group, its interval shaded, with the numbers at risk under the ticks.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `time`, the one named by `value`, and, where there are intervals, `conf_low` and `conf_high`. A
        value holds from its time on until the next; a curve ends at the group's last row.
    by : tuple of str
        The columns that tell the curves apart; empty for one curve.
    risk : pandas.DataFrame
        Columns `time` and `n_risk` and those of `by` that part the risk set (a cause does not): the number at risk at
        every time where it changes.
    value : str
        The column drawn.
    start : float or None
        The value at `start_time`, for a frame without a row there: 1 for survival, 0 for incidence. None begins each
        curve at its first row.
    start_time : float
        Where the axis of time begins.
    ax : matplotlib.axes.Axes or None
        Where to draw. On axes of a figure without a layout engine the axes shrink to leave room for the table.
    time_unit : str
        The unit of `time`, written under the axis.
    risk_label : str
        Heading of the table; say "weighted" here where the numbers are.
    ylabel, title, caption : str
        Texts; the caption tells the source and whether the data are real or simulated.
    percent : bool
        Whether the values are proportions, shown as percentages.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on. Up to six curves are named at their ends, more in a legend.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If a frame is empty, a curve has no numbers at risk, a group has two rows for one time, or the risk set has
        two sizes at one time.

    Notes
    -----
    The axis of values starts at zero unless one is negative. A group whose values are all missing is named
    "withheld". The number at risk at t is of those with ``entry < t <= duration``; at `start_time`, just after it.

    Examples
    --------
    >>> import pandas as pd
    >>> curve = pd.DataFrame({"time": [1.0, 2.0], "estimate": [0.9, 0.7]})
    >>> at_risk = pd.DataFrame({"time": [1.0, 2.0], "n_risk": [10, 9]})
    >>> ax = draw_curves(curve, by=(), risk=at_risk, start=1.0)
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "risk number"]
    ['10', '10', '10', '9', '9']
    """
    require_columns("frame", frame, [*by, "time", value])
    require_columns("risk", risk, ["time", "n_risk"])
    table_by = tuple(column for column in by if column in risk.columns)
    groups = groups_of(frame, by)
    curves = {group.key: _steps(group, value, start, start_time) for group in groups}
    tints = {group.key: tint_of(i, curves[group.key]) for i, group in enumerate(groups)}
    max_time = float(numbers(frame, "time").max())
    possible = at_risk.tick_times(max_time, time_unit=time_unit, start=start_time)
    rows = at_risk.risk_rows(risk, table_by, possible, start=start_time)
    _refuse_missing_rows(groups, by, table_by, rows)
    names = curve_names(groups, curves) if by else []
    beside = at_risk.label_width(rows, risk_label) - AXIS_LABELS, names_width(names)
    height = at_risk.table_height(rows)
    own = ax is None
    if ax is None:
        ax = _new_axes(names, sum(beside), height)
    style.dress(ax)
    for i, (key, steps) in enumerate(curves.items()):
        _draw_steps(ax, steps, tints[key], style.line_style(i), shade=0.16 if len(curves) <= 4 else 0.08)
    _set_scale(ax, curves, percent=percent)
    ax.set_xlabel(f"Time ({time_unit})")
    ax.set_ylabel(ylabel)

    at_caption = layout.BELOW_LABEL + height + 6.0
    layout.make_room(ax, left=max(0.0, beside[0]), right=beside[1])
    under = layout.add_caption(ax, caption, below=at_caption)
    layout.make_room(ax, below=at_caption + under - layout.BELOW_TICKS)
    room = layout.size_in_points(ax)[0] * (0.7 if own else 1.0)  # layout takes from the width of new axes
    ticks = _fitting_ticks(room, at_risk.widest_cell(rows), (start_time, max_time), time_unit)
    ax.set_xlim(start_time, max_time)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    at_risk.draw_risk_rows(
        ax,
        at_risk.risk_rows(risk, table_by, ticks, start=start_time),
        ticks,
        heading=risk_label,
        tints={key: style.ink(tint) for key, tint in tints.items()} if table_by == by and by else {},
        below=layout.BELOW_LABEL,
    )
    layout.add_title(ax, title)
    if names:
        name_curves(ax, names, list(curves.values()), max_time)
    return ax


def _steps(group: Group, value: str, start: float | None, start_time: float) -> Steps:
    """Put in the corners, so that a missing limit blanks its own step and no other."""
    time = numbers(group.rows, "time")
    order = np.argsort(time, kind="stable")
    time = time[order]
    if np.isnan(time).any() or (np.diff(time) == 0).any():
        raise InvalidDataError(
            "frame", "one row a group and time", "several, or a missing time", "name in by= what tells the rows apart"
        )
    columns = [numbers(group.rows, column)[order] for column in (value, "conf_low", "conf_high")]
    if start is not None and time[0] > start_time and not np.isnan(columns[0]).all():
        time, columns = np.insert(time, 0, start_time), [np.insert(column, 0, start) for column in columns]
    return Steps(np.repeat(time, 2)[1:], *(np.repeat(column, 2)[:-1] for column in columns))


def _refuse_missing_rows(
    groups: list[Group], by: tuple[str, ...], table_by: tuple[str, ...], rows: list[at_risk.RiskRow]
) -> None:
    there = {row.key for row in rows}
    places = [by.index(column) for column in table_by]
    if any(tuple(group.key[i] for i in places) not in there for group in groups):
        raise InvalidDataError(
            "risk", "numbers at risk for every curve", "a curve without", "build risk from the same cohort and by="
        )


def _draw_steps(
    ax: Axes, steps: Steps, tint: str, dashes: str | tuple[int, tuple[float, ...]], *, shade: float
) -> None:
    area = ax.fill_between(steps.time, steps.low, steps.high, color=tint, alpha=shade, linewidth=0.0)
    area.set_gid("interval")
    line = ax.plot(steps.time, steps.value, color=tint, linestyle=dashes, linewidth=1.7, solid_capstyle="butt")
    line[0].set_gid("curve")


def _set_scale(ax: Axes, curves: dict[tuple[str, ...], Steps], *, percent: bool) -> None:
    seen = np.concatenate([np.concatenate([s.value, s.low, s.high]) for s in curves.values()])
    seen = seen[np.isfinite(seen)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    if percent and high > 0.5:
        high = 1.0
    if low >= 0 and high > 0:
        ticks = style.axis_range(0.0, high)
        ax.set_yticks(ticks)
        ax.set_ylim(0.0, 1.015 * ticks[-1])  # a line at the top keeps its width
    if percent:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: style.format_percent(share)))


def _new_axes(names: list[str], beside: float, height: float) -> Axes:
    """Return axes wide enough for what stands beside them and high enough for the legend at their right."""
    legend = sum(style.height_of(name, style.TICK_SIZE) + 4.0 for name in names)
    curve = max(CURVE_HEIGHT, (legend + layout.BELOW_LABEL) / layout.POINTS_PER_INCH)
    wider = max(0.0, beside - 150.0) / layout.POINTS_PER_INCH
    return layout.new_axes(FIGURE_WIDTH + wider, curve + height / layout.POINTS_PER_INCH)


def _fitting_ticks(room: float, cell: float, span: tuple[float, float], time_unit: str) -> npt.NDArray[np.float64]:
    """Return as many ticks as leave `cell` points to each number in an axis of `room` points."""
    start, end = span
    for most in range(8, 3, -1):
        ticks = at_risk.tick_times(end, time_unit=time_unit, max_ticks=most, start=start)
        if len(ticks) < 2 or room * (ticks[1] - ticks[0]) / (end - start) >= cell:
            return ticks
    return at_risk.tick_times(end, time_unit=time_unit, max_ticks=3, start=start)
