"""Groups over their size, within the limits that chance would keep them in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import groups_of, numbers, plain_words, require_columns

__all__ = ["draw_funnel"]

Floats = npt.NDArray[np.float64]
PANEL_WIDTH, PANEL_HEIGHT = 5.6, 4.2  # inches
BEFORE_PANEL = 58.0  # points that the tick labels and the axis label of a panel take
LABEL_GAP = 14.0  # points from the axes to the names beside them
LABELLED = 12
LABEL_WRAP = 22  # characters
DASHES = ((0, (4, 2)), "solid", (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5)))
INSIDE, OUTSIDE = style.COLOURS[0], style.COLOURS[1]


def draw_funnel(
    frame: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    by: tuple[str, ...],
    target: Mapping[str, float],
    percent: Collection[str] = (),
    size: str = "Effective number of respondents",
    ax: Axes | None = None,
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw a funnel plot, one panel an indicator.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `estimate`, `size`, `limit`, `outside`; where it is there also `indicator`. One row a group,
        indicator and limit; those without an estimate or a size, hidden ones among them, are not drawn.
    curves : pandas.DataFrame
        Columns `size`, `limit`, `limit_low`, `limit_high` and, where `frame` has it, `indicator`.
    by : tuple of str
    target : mapping of str to float
        By indicator ("" where there is no such column).
    percent : collection of str
        The indicators that are proportions.
    size : str
        What the axis across is called.
    ax : matplotlib.axes.Axes or None
        Where to draw; several panels stand inside it, in ``ax.child_axes``.
    title, caption : str

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty.

    Notes
    -----
    Groups beyond the outermost limit are named, the twelve furthest out at most.

    Examples
    --------
    >>> points = pd.DataFrame({"site": ["A"], "estimate": [0.5], "size": [80.0], "limit": [0.95]})
    >>> points["outside"] = "within"
    >>> lines = pd.DataFrame({"size": [40.0, 90.0], "limit": 0.95, "limit_low": [0.3, 0.4], "limit_high": [0.7, 0.6]})
    >>> draw_funnel(points, lines, by=("site",), target={"": 0.5}, percent={""}).get_xlabel()
    'Effective number of respondents'
    """
    require_columns("frame", frame, [*by, "estimate", "size", "limit", "outside"])
    require_columns("curves", curves, ["size", "limit", "limit_low", "limit_high"])
    names = list(target)
    points = {name: _of(frame, name) for name in names}
    outliers = {name: _outliers(points[name], by) for name in names}
    beside = max(
        (style.text_width(text, style.SMALL_SIZE) for one in outliers.values() for text, _ in one), default=-10.0
    )
    beside += LABEL_GAP + 4.0
    if ax is None:
        wide = PANEL_WIDTH + (beside / layout.POINTS_PER_INCH if len(names) > 1 else 0.0)
        ax = layout.new_axes(wide * len(names), PANEL_HEIGHT)
    below = layout.BELOW_LABEL + 4.0
    layout.make_room(ax, right=beside if len(names) == 1 else 0.0)
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    for name, place in zip(names, _places(ax, len(names), beside), strict=True):
        lines = _of(curves, name)
        style.dress(place)
        _draw_limits(place, lines, target[name])
        _set_scales(place, points[name], lines, is_share=name in percent)
        place.set_xlabel(size)
        _draw_points(place, points[name])
        _name(place, points[name], outliers[name])
        _add_legend(place, lines)
        if name:
            place.set_ylabel(plain_words(name))
    layout.add_title(ax, title)
    return ax


def _places(ax: Axes, n_panels: int, beside: float) -> list[Axes]:
    """Return the axes of the panels: `ax` itself for one, else insets side by side, each with room for its names."""
    if n_panels == 1:
        return [ax]
    ax.set_axis_off()
    across = layout.size_in_points(ax)[0]
    left, right = (min(room / across, 0.25 / n_panels) for room in (BEFORE_PANEL, beside))
    return [ax.inset_axes((i / n_panels + left, 0.0, 1 / n_panels - left - right, 1.0)) for i in range(n_panels)]


def _of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["indicator"].map(str) == name] if name and "indicator" in frame else frame


def _draw_limits(ax: Axes, curves: pd.DataFrame, target: float) -> None:
    ax.axhline(target, color=style.TEXT, linewidth=0.9, zorder=1.5).set_gid("target")
    for position, (_, line) in enumerate(curves.groupby("limit", sort=True)):
        for side in ("limit_low", "limit_high"):
            (drawn,) = ax.plot(line["size"], line[side], color=style.MUTED, linewidth=1.0)
            drawn.set(linestyle=DASHES[position % len(DASHES)], gid="limit", zorder=1.5)


def _set_scales(ax: Axes, points: pd.DataFrame, curves: pd.DataFrame, *, is_share: bool) -> None:
    there = np.isfinite(numbers(points, "size")) & np.isfinite(numbers(points, "estimate"))
    size, seen = numbers(points, "size")[there], numbers(points, "estimate")[there]
    least, largest = float(size.min()), float(size.max())
    beside = curves[curves["size"] >= 0.95 * least]  # nearer to the left the limits may leave the picture
    shown = np.concatenate([seen, numbers(beside, "limit_low"), numbers(beside, "limit_high")])
    low, high = float(shown.min()), float(shown.max())
    room = 0.06 * (high - low or 1.0)
    bounds = (max(low - room, 0.0), min(high + room, 1.0)) if is_share else (low - room, high + room)
    ax.set(xlim=(0.0 if least < 0.6 * largest else 0.8 * least, 1.05 * largest), ylim=bounds)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.format_number(value)))
    if is_share:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.format_percent(round(value, 6))))


def _at_widest(points: pd.DataFrame) -> pd.DataFrame:
    """Return one row a group that can be drawn, set against the outermost limits."""
    drawn = points["estimate"].notna() & points["size"].notna()
    widest: pd.DataFrame = points.loc[drawn & (points["limit"] == points["limit"].max())]
    return widest


def _draw_points(ax: Axes, points: pd.DataFrame) -> None:
    widest = _at_widest(points)
    beyond = (widest["outside"] != "within").to_numpy()
    x, y = numbers(widest, "size"), numbers(widest, "estimate")
    for chosen, tint, gid in ((~beyond, INSIDE, "within"), (beyond, OUTSIDE, "beyond")):
        if chosen.any():
            (dots,) = ax.plot(x[chosen], y[chosen], "o", color=tint, markersize=4.5, linestyle="none")
            dots.set(gid=gid, alpha=0.9, markeredgecolor="white", markeredgewidth=0.4, zorder=3)


def _outliers(points: pd.DataFrame, by: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return the texts of the groups furthest out beyond the outermost limits, and their rows."""
    widest = _at_widest(points)
    beyond = widest[widest["outside"] != "within"]
    if "statistic" in beyond:
        beyond = beyond.loc[beyond["statistic"].abs().sort_values(ascending=False, kind="stable").index[:LABELLED]]
    if beyond.empty:
        return []
    return [(style.wrap(group.label, LABEL_WRAP), int(group.rows.index[0])) for group in groups_of(beyond, by)]


def _name(ax: Axes, points: pd.DataFrame, outliers: list[tuple[str, int]]) -> None:
    """Write names at the right of the axes, none over another, a thin line from each to its point."""
    if not outliers:
        return
    texts, rows = zip(*outliers, strict=True)
    beyond = points.loc[list(rows)]
    foot, top = ax.get_ylim()
    wide, high = layout.size_in_points(ax)
    tallest = max(text.count("\n") + 1 for text in texts)
    line = style.LINE_HEIGHT * style.SMALL_SIZE * tallest * (top - foot) / high
    x, y = numbers(beyond, "size"), numbers(beyond, "estimate")
    heights = layout.spread(y, line, foot + line / 2, top - line / 2)
    for text, across, value, height in zip(texts, x, y, heights, strict=True):
        label = ax.annotate(
            text, xy=(across, value), xytext=(1 + LABEL_GAP / wide, height), textcoords=ax.get_yaxis_transform(),
            ha="left", va="center", size=style.SMALL_SIZE, color=style.ink(OUTSIDE), annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "alpha": 0.6, "shrinkB": 2},
            parse_math=False,
        )  # fmt: skip
        label.set_gid("outlier")


def _add_legend(ax: Axes, curves: pd.DataFrame) -> None:
    limits = sorted(curves["limit"].unique())
    handles = []
    for position in range(len(limits)):
        handles.extend(ax.plot([], [], color=style.MUTED, linewidth=1.0, linestyle=DASHES[position % len(DASHES)]))
    names = [f"{style.format_percent(float(limit))} limits" for limit in limits]
    ax.legend(handles, names, loc="best", frameon=False, fontsize=style.TICK_SIZE, labelcolor=style.TEXT)
