"""Ratios as dots with their intervals on a logarithmic axis: a forest plot."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import require_columns

__all__ = ["draw_forest"]

LABEL_WRAP = 38  # characters
ROW_HEIGHT, PANEL_WIDTH, VALUE_GAP = 17.0, 300.0, 8.0  # points
STEPS = ((1.0, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0, 8.0, 9.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0,))
MOST_TICKS = 8
WIDEST = 1e3  # an interval that runs further is cut at the edge of the axes
Floats = npt.NDArray[np.float64]


def draw_forest(
    frame: pd.DataFrame, *, ax: Axes | None = None, label: str = "Ratio", title: str = "", caption: str = ""
) -> Axes:
    """Draw a dot and an interval for every term, with a line at the ratio 1.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `term`, `estimate`, `conf_low`, `conf_high`, the last three above 0; one row a term, drawn from the top.
    ax : matplotlib.axes.Axes or None
        Where to draw. New axes are as high as the rows need.
    label : str
        What the ratios are, under the axis.
    title, caption : str

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    MissingColumnError
        If a column is not there.

    Notes
    -----
    The numbers stand at the right of the rows. A ratio that is missing or not finite has no dot.

    Examples
    --------
    >>> import pandas as pd
    >>> ratios = pd.DataFrame({"term": ["age", "route"], "estimate": [0.9, 1.6],
    ...                        "conf_low": [0.8, 1.1], "conf_high": [1.01, 2.3]})
    >>> [text.get_text() for text in draw_forest(ratios).get_yticklabels()]
    ['age', 'route']
    """
    require_columns("frame", frame, ["term", "estimate", "conf_low", "conf_high"])
    texts = [style.wrap(str(term), LABEL_WRAP) for term in frame["term"]]
    values = frame[["estimate", "conf_low", "conf_high"]].to_numpy(dtype=np.float64)
    written = [_written(*row) for row in values]
    beside = max((style.text_width(text, style.SMALL_SIZE) for text in written), default=0.0) + VALUE_GAP
    if ax is None:
        width = PANEL_WIDTH + beside + max((style.text_width(t, style.TICK_SIZE) for t in texts), default=0.0)
        height = ROW_HEIGHT * style.lines_high(texts) * max(len(texts), 1) + 85.0
        ax = layout.new_axes(width / layout.POINTS_PER_INCH, height / layout.POINTS_PER_INCH)
    below = layout.BELOW_LABEL + 4.0
    layout.make_room(ax, right=beside)
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    style.dress(ax, grid="x")
    _set_rows(ax, texts)
    _set_scale(ax, values)
    _draw_rows(ax, values)
    _write_beside(ax, written)
    ax.set_xlabel(label)
    layout.add_title(ax, title)
    return ax


def _written(estimate: float, low: float, high: float) -> str:
    if not np.isfinite(estimate):
        return "no estimate"
    return f"{estimate:.2f} ({low:.2f} to {high:.2f})"


def _set_rows(ax: Axes, texts: list[str]) -> None:
    middle = np.arange(len(texts)) + 0.5
    ax.set_ylim(max(len(texts), 1), 0.0)
    ax.set_yticks(middle, texts, parse_math=False)
    ax.tick_params(axis="y", length=0.0)
    ax.spines["left"].set_visible(False)
    ax.hlines(middle, 0, 1, transform=ax.get_yaxis_transform(), color=style.FAINT, linewidth=0.6, zorder=0.5)


def _set_scale(ax: Axes, values: Floats) -> None:
    """Make the axis logarithmic, wide enough for the intervals and the ratio 1, with round numbers on it."""
    known = values[np.isfinite(values) & (values > 1 / WIDEST) & (values < WIDEST)]
    low, high = float(min(known.min(initial=1.0), 0.95)), float(max(known.max(initial=1.0), 1.05))
    ax.set_xscale("log")
    ax.set_xlim(low / 1.04, high * 1.04)
    for steps in STEPS:
        ticks = [step * 10.0**power for power in range(-4, 5) for step in steps]
        shown = [tick for tick in ticks if low / 1.04 <= tick <= high * 1.04]
        if len(shown) <= MOST_TICKS:
            break
    ax.xaxis.set_major_locator(FixedLocator(shown))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _draw_rows(ax: Axes, values: Floats) -> None:
    middle, tint = np.arange(len(values)) + 0.5, style.colour(0)
    ax.axvline(1.0, color=style.MUTED, linewidth=0.9, zorder=1).set_gid("no difference")
    known = np.isfinite(values).all(axis=1) & (values > 0).all(axis=1)
    bars = ax.hlines(middle[known], values[known, 1], values[known, 2], color=tint, linewidth=1.7)
    bars.set_gid("interval")
    if known.any():
        (dots,) = ax.plot(values[known, 0], middle[known], "o", color=tint, markersize=5.5)
        dots.set(gid="dot", zorder=3)


def _write_beside(ax: Axes, written: list[str]) -> None:
    for row, text in enumerate(written):
        ax.annotate(
            text, xy=(1.0, row + 0.5), xycoords=("axes fraction", "data"), xytext=(VALUE_GAP, 0.0),
            textcoords="offset points", ha="left", va="center_baseline", size=style.SMALL_SIZE, color=style.MUTED,
            annotation_clip=False,
        ).set_gid("value")  # fmt: skip
