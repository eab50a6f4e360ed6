"""How closely hidden numbers can be placed: a bar from the smallest to the largest value that each can have."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import group_text, numbers, plain_words

__all__ = ["draw_possible_values"]

MOST_ROWS = 40
LABEL_WRAP = 46  # characters
ROW_HEIGHT = 15.0  # points
CLOSE, OPEN = style.colour(1), style.colour(0)


def draw_possible_values(
    frame: pd.DataFrame, *, by: tuple[str, ...], ax: Axes | None = None, caption: str = ""
) -> Axes:
    """Draw the range of each hidden number, the closest on top, those that are too close in another colour.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `indicator`, `term`, `possible_low`, `possible_high` (may be infinite), `too_close`.
    by : tuple of str
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes, as high as the rows need, if not given.
    caption : str
        The text beneath.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidDataError
        If nothing is hidden.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"team": ["a", "b"], "indicator": "x", "term": "n", "possible_low": [0.0, 4.0],
    ...                      "possible_high": [30.0, 4.0], "too_close": [False, True]})
    >>> [text.get_text() for text in draw_possible_values(rows, by=("team",)).get_yticklabels()]
    ['b: n, x', 'a: n, x']
    """
    if frame.empty:
        raise InvalidDataError("audit", "a hidden cell", "none", "draw the audit of tables that hide something")
    spread = numbers(frame, "possible_high") - numbers(frame, "possible_low")
    order = np.argsort(spread, kind="stable")[:MOST_ROWS]
    shown = frame.iloc[order]
    low, high = numbers(shown, "possible_low"), numbers(shown, "possible_high")
    close = shown["too_close"].to_numpy(dtype=bool)
    texts = [style.wrap(_label(row, by), LABEL_WRAP) for _, row in shown.iterrows()]
    if ax is None:
        width = 330.0 + max(style.text_width(text, style.TICK_SIZE) for text in texts)
        height = ROW_HEIGHT * style.lines_high(texts) * len(texts) + 105.0
        ax = layout.new_axes(width / layout.POINTS_PER_INCH, height / layout.POINTS_PER_INCH)
    style.dress(ax, grid="x")
    y = np.arange(len(texts), dtype=float)
    bounded = np.isfinite(high)
    ends = np.where(bounded, high, max(1.0, 1.15 * float(max(low.max(), high[bounded].max(initial=0.0)))))
    for chosen, tint in ((close, CLOSE), (~close, OPEN)):
        ax.hlines(y[chosen], low[chosen], ends[chosen], color=tint, linewidth=3.0, gid="range")
        for x, mark in ((low, bounded | True), (ends, bounded)):
            ax.plot(x[chosen & mark], y[chosen & mark], "|", color=tint, markersize=8.0, markeredgewidth=1.6)
        ax.plot(ends[chosen & ~bounded], y[chosen & ~bounded], ">", color=tint, markersize=5.0)
    ax.set_yticks(y, texts, parse_math=False)
    ax.set_ylim(len(texts) - 0.5, -0.5)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("numbers that it can be")
    left_out = len(frame) - len(shown)
    note = f"; the {len(shown)} closest of {len(frame):,}" if left_out else ""
    layout.add_caption(ax, caption + note, below=layout.BELOW_LABEL)
    n_close = int(frame["too_close"].sum())
    layout.add_title(ax, f"{n_close:,} of {len(frame):,} hidden numbers can be placed too closely")
    return ax


def _label(row: pd.Series, by: tuple[str, ...]) -> str:
    groups = ", ".join(group_text(row[name]) for name in by if row[name] is not None) or "all"
    return f"{groups}: {row['term']}, {plain_words(str(row['indicator']))}"
