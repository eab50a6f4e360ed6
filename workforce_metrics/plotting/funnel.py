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
BETWEEN_PANELS = 74.0  # points that the tick labels and the axis label of a panel take
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
    if ax is None:
        ax = layout.new_axes(PANEL_WIDTH * len(names), PANEL_HEIGHT)
    below = layout.BELOW_LABEL + 4.0
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    for name, place in zip(names, _places(ax, len(names)), strict=True):
        points, lines = _of(frame, name), _of(curves, name)
        style.dress(place)
        _draw_limits(place, lines, target[name])
        _set_scales(place, points, lines, is_share=name in percent)
        place.set_xlabel(size)
        _draw_points(place, points, by)
        _add_legend(place, lines)
        if name:
            place.set_ylabel(plain_words(name))
    layout.add_title(ax, title)
    return ax


def _places(ax: Axes, n_panels: int) -> list[Axes]:
    """Return the axes of the panels: `ax` itself for one, else insets side by side."""
    if n_panels == 1:
        return [ax]
    ax.set_axis_off()
    gap = min(BETWEEN_PANELS / layout.size_in_points(ax)[0], 0.5 / n_panels)
    return [ax.inset_axes((i / n_panels + gap / 2, 0.0, 1 / n_panels - gap, 1.0)) for i in range(n_panels)]


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


def _draw_points(ax: Axes, points: pd.DataFrame, by: tuple[str, ...]) -> None:
    widest = points[(points["limit"] == points["limit"].max()) & points["estimate"].notna() & points["size"].notna()]
    beyond = (widest["outside"] != "within").to_numpy()
    x, y = numbers(widest, "size"), numbers(widest, "estimate")
    for chosen, tint, gid in ((~beyond, INSIDE, "within"), (beyond, OUTSIDE, "beyond")):
        if chosen.any():
            (dots,) = ax.plot(x[chosen], y[chosen], "o", color=tint, markersize=4.5, linestyle="none")
            dots.set(gid=gid, alpha=0.9, markeredgecolor="white", markeredgewidth=0.4, zorder=3)
    _label(ax, widest[beyond], by)


def _label(ax: Axes, beyond: pd.DataFrame, by: tuple[str, ...]) -> None:
    """Name the groups furthest out, their labels spread so that none covers another, towards the nearer side."""
    if "statistic" in beyond:
        beyond = beyond.loc[beyond["statistic"].abs().sort_values(ascending=False).index[:LABELLED]]
    if beyond.empty:
        return
    texts = {int(group.rows.index[0]): style.wrap(group.label, LABEL_WRAP) for group in groups_of(beyond, by)}
    left, right = ax.get_xlim()
    foot, top = ax.get_ylim()
    at_right = (numbers(beyond, "size") < left + 0.6 * (right - left)).tolist()
    line = 1.15 * style.SMALL_SIZE * (top - foot) / layout.size_in_points(ax)[1]
    for is_right in (True, False):
        chosen = beyond[[flag is is_right for flag in at_right]]
        tall = max((texts[int(row)].count("\n") + 1 for row in chosen.index), default=1)
        heights = layout.spread(numbers(chosen, "estimate"), line * tall, foot + line / 2, top - line / 2)
        for row, x, y, height in zip(
            chosen.index, numbers(chosen, "size"), numbers(chosen, "estimate"), heights, strict=True
        ):
            text = ax.annotate(
                texts[int(row)], xy=(x, y), xytext=(x + (0.018 if is_right else -0.018) * (right - left), height),
                ha="left" if is_right else "right", va="center", size=style.SMALL_SIZE, color=style.ink(OUTSIDE),
                arrowprops={"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2},
                parse_math=False,
            )  # fmt: skip
            text.set_gid("outlier")


def _add_legend(ax: Axes, curves: pd.DataFrame) -> None:
    limits = sorted(curves["limit"].unique())
    handles = []
    for position in range(len(limits)):
        handles.extend(ax.plot([], [], color=style.MUTED, linewidth=1.0, linestyle=DASHES[position % len(DASHES)]))
    names = [f"{style.format_percent(float(limit))} limits" for limit in limits]
    ax.legend(handles, names, loc="best", frameon=False, fontsize=style.TICK_SIZE, labelcolor=style.TEXT)
