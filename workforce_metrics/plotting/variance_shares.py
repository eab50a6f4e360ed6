"""Shares of variance by level: a bar a score, and beside it the levels above persons with their intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import numbers, plain_words, require_columns

__all__ = ["draw_variance_shares"]

Floats = npt.NDArray[np.float64]

BAR_HEIGHT = 0.56
BAR_PART, GAP = 0.44, 0.09  # of the width: the bars, and what lies between them and the dots
LABEL_WRAP = 24  # characters
PERSON_TINT = "#C9C9C9"
ROW_HEIGHT, WIDTH = 0.62, 7.6  # inches, on new axes
LEGEND_ROOM = 26.0  # points over the panels


def draw_variance_shares(
    frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "Where the differences lie", caption: str = ""
) -> Axes:
    """Draw how the variance of each score divides over levels.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `indicator`, `term` (the level, the same in every indicator, persons last), `estimate` (shares that
        add up to 1) and, where there are intervals, `conf_low` and `conf_high`.
    ax : matplotlib.axes.Axes or None
        Where to draw; the two panels stand inside it, in ``ax.child_axes``. New axes are as high as the rows need.
    title, caption : str
        Texts; the caption tells the source and the level of the intervals.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If a share is missing, or indicators have different levels or fewer than two.

    Notes
    -----
    In the left panel whole bars are all of the variance. In the right one the scale is that of the levels above
    persons, whose shares are small, with their intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> shares = pd.DataFrame({"indicator": "burnout", "term": ["organisation", "team", "person"],
    ...                        "estimate": [0.02, 0.06, 0.92]})
    >>> bars, dots = draw_variance_shares(shares).child_axes
    >>> [round(float(bar.get_width()), 2) for bar in bars.patches]
    [0.02, 0.06, 0.92]
    """
    require_columns("frame", frame, ["indicator", "term", "estimate"])
    rows = dict(list(frame.groupby("indicator", sort=False)))
    levels = _levels(list(rows.values()))
    shares, low, high = (
        np.array([numbers(part, name) for part in rows.values()]) for name in ("estimate", "conf_low", "conf_high")
    )
    if not np.isfinite(shares).all():
        raise InvalidDataError("frame", "a share in every row", "missing ones", "draw the scores that have them")
    texts = [style.wrap(plain_words(str(name)), LABEL_WRAP) for name in rows]
    if ax is None:
        ax = layout.new_axes(WIDTH, ROW_HEIGHT * len(rows) + 1.6)
    ax.set_axis_off()
    width = max(style.text_width(text, style.TICK_SIZE) for text in texts)
    layout.make_room(ax, left=width)
    bars = ax.inset_axes((0.0, 0.0, BAR_PART, 1.0))
    dots = ax.inset_axes((BAR_PART + GAP, 0.0, 1.0 - BAR_PART - GAP, 1.0))
    _draw_bars(bars, shares, texts)
    _draw_dots(dots, shares[:, :-1], low[:, :-1], high[:, :-1])
    _add_legend(ax, levels)
    under = layout.add_caption(ax, caption, below=layout.BELOW_LABEL + 4.0)
    layout.make_room(ax, below=layout.BELOW_LABEL + under)
    layout.settle(ax)
    layout.add_title(ax, title, above=LEGEND_ROOM)
    return ax


def _levels(parts: list[pd.DataFrame]) -> list[str]:
    levels = [str(term) for term in parts[0]["term"]]
    if len(levels) < 2 or any([str(term) for term in part["term"]] != levels for part in parts):
        raise InvalidDataError("frame", "the same two levels or more in every indicator", "others", "draw each apart")
    return levels


def _tint(level: int, n_levels: int) -> str:
    return PERSON_TINT if level == n_levels - 1 else style.colour(level)


def _draw_bars(ax: Axes, shares: Floats, texts: list[str]) -> None:
    """Draw the whole of each score, the largest groups first, with the percentage where it has room."""
    style.dress(ax, grid="x")
    row, left = np.arange(len(shares)), np.zeros(len(shares))
    room = layout.size_in_points(ax)[0]
    for level, share in enumerate(shares.T):
        tint = _tint(level, shares.shape[1])
        ax.barh(row, share, left=left, height=BAR_HEIGHT, color=tint, edgecolor="white", linewidth=0.6)
        for y, (part, start) in enumerate(zip(share, left, strict=True)):
            text = f"{100 * part:.0f}%"
            if part * room > style.text_width(text, style.SMALL_SIZE) + 6.0:
                ink = style.TEXT if tint == PERSON_TINT else "white"
                ax.text(start + part / 2, y, text, ha="center", va="center_baseline", size=style.SMALL_SIZE, color=ink)
        left = left + share
    ax.set_yticks(row, texts, parse_math=False)
    _finish(ax, len(shares), (0.0, 1.0), "all of the variance")
    ax.set_xticks([0.0, 0.5, 1.0])


def _draw_dots(ax: Axes, shares: Floats, low: Floats, high: Floats) -> None:
    """Draw each level above persons as a dot and an interval, one under the other."""
    style.dress(ax, grid="x")
    n_levels = shares.shape[1]
    step = BAR_HEIGHT / n_levels
    for level in range(n_levels):
        y = np.arange(len(shares)) + step * (level - (n_levels - 1) / 2)
        tint = style.colour(level)
        there = np.isfinite(low[:, level]) & np.isfinite(high[:, level])
        ax.hlines(y[there], low[there, level], high[there, level], color=tint, linewidth=1.4).set_gid("interval")
        ax.plot(shares[:, level], y, "o", markersize=4.0, color=tint, gid="share")
    seen = np.concatenate([shares.ravel(), high[np.isfinite(high)]])
    ticks = style.axis_range(0.0, float(seen.max()))
    _finish(ax, len(shares), (0.0, float(ticks[-1])), "levels above persons")
    ax.set_xticks(ticks)
    ax.tick_params(axis="y", labelleft=False)


def _finish(ax: Axes, n_rows: int, limits: tuple[float, float], label: str) -> None:
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.set_xlim(*limits)
    ax.tick_params(axis="y", length=0.0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.format_percent(round(value, 10))))
    ax.set_xlabel(label, parse_math=False)


def _add_legend(ax: Axes, levels: list[str]) -> None:
    marks = [
        Line2D([], [], marker="s", linestyle="none", markersize=7.0, color=_tint(level, len(levels)), label=name)
        for level, name in enumerate(levels)
    ]
    legend = ax.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=min(len(levels), 5), frameon=False,
        fontsize=style.TICK_SIZE, handletextpad=0.3, columnspacing=1.2, borderaxespad=0.6, borderpad=0.0,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set(parse_math=False, color=style.TEXT)
