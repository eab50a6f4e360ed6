"""Room for texts: where captions, titles and labels stand, and what axes give up for them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Annotation

from workforce_metrics.plotting import style

__all__ = [
    "add_caption",
    "add_title",
    "make_room",
    "new_axes",
    "note",
    "settle",
    "size_in_points",
    "spread",
]

POINTS_PER_INCH = 72.0
ABOVE_AXES = 24.0  # points over axes that a title may take anyway
BELOW_TICKS = 20.0  # points from the foot of the axes to below their tick labels, as `dress` sizes them
BELOW_LABEL = BELOW_TICKS + 16.0  # the same to below a one-line axis label


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of that size in inches, known to pyplot so that a notebook shows it."""
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    _, ax = plt.subplots(figsize=(width, height), layout=layout, facecolor="white")
    ax.set_facecolor("white")
    return ax


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes in points, as last laid out."""
    box, scale = ax.get_window_extent(), POINTS_PER_INCH / ax.figure.dpi
    return float(box.width * scale), float(box.height * scale)


def settle(ax: Axes) -> None:
    """Let the figure's layout engine, if it has one, find the size of the axes now."""
    if ax.figure.get_layout_engine() is not None:
        ax.figure.canvas.figure.draw_without_rendering()


def make_room(ax: Axes, *, left: float = 0.0, right: float = 0.0, below: float = 0.0, above: float = 0.0) -> None:
    """Shrink axes by that many points a side, where no layout engine will make the room for what stands beside them.

    At least a third of the width and of the height is left to the axes.
    """
    if ax.figure.get_layout_engine() is not None:
        return
    box, scale = ax.get_position(), POINTS_PER_INCH / ax.figure.dpi
    wide, high = ax.figure.bbox.width * scale, ax.figure.bbox.height * scale
    squeeze = min(1.0, 2 / 3 * box.width * wide / max(left + right, 1e-9))
    x0, width = box.x0 + squeeze * left / wide, box.width - squeeze * (left + right) / wide
    press = min(1.0, 2 / 3 * box.height * high / max(below + above, 1e-9))
    y0, height = box.y0 + press * below / high, box.height - press * (below + above) / high
    ax.set_position((x0, y0, width, height))


def note(
    ax: Axes, text: str, *, x: float, below: float, right: float = 0.0, align: str = "left", tint: str = style.MUTED
) -> Annotation:
    """Write small text `below` points under the axes at `x` of their width, moved `right` points."""
    return ax.annotate(
        text,
        xy=(x, 0.0),
        xycoords="axes fraction",
        xytext=(right, -below),
        textcoords="offset points",
        ha=align,
        va="top",
        size=style.SMALL_SIZE,
        color=tint,
        annotation_clip=False,
        parse_math=False,
    )


def add_title(ax: Axes, title: str, *, above: float = 8.0) -> None:
    """Write the title over the left end of the axes, `above` points clear of them; nothing where it is empty."""
    if title:
        text = style.wrap(title, max(20, int(size_in_points(ax)[0] / (0.62 * style.TITLE_SIZE))))
        make_room(ax, above=max(0.0, above + style.height_of(text, style.TITLE_SIZE) - ABOVE_AXES))
        ax.set_title(
            text, loc="left", size=style.TITLE_SIZE, color=style.TEXT, weight="bold", pad=above, parse_math=False
        )


def add_caption(ax: Axes, caption: str, *, below: float) -> float:
    """Write the source line `below` points under the axes; return the height in points that it takes."""
    if not caption:
        return 0.0
    text = style.wrap(caption, max(30, int(size_in_points(ax)[0] / (0.54 * style.SMALL_SIZE))))
    note(ax, text, x=0.0, below=below).set_gid("caption")
    return style.height_of(text, style.SMALL_SIZE)


def spread(wanted: npt.NDArray[np.float64], gap: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """Move labels as little as possible so that neighbours stand `gap` apart within `low` to `high`.

    Parameters
    ----------
    wanted : ndarray of float, shape (n,)
        Where each label would stand; any order.
    gap, low, high : float
        In the unit of `wanted`. Where ``high - low`` cannot hold them all they start at `low` and run over `high`.

    Returns
    -------
    ndarray of float, shape (n,)
        Positions in the order given; of two labels the one that was lower stays lower.

    Notes
    -----
    Least squares under the gaps: subtracting ``i * gap`` from the i-th in order makes it an isotonic regression,
    solved by pooling neighbours that are out of order.

    Examples
    --------
    >>> spread(np.array([5.0, 1.0, 5.0]), 2.0, 0.0, 10.0).tolist()
    [4.0, 1.0, 6.0]
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    pools: list[tuple[float, int]] = []
    for value in wanted[order] - steps:
        mean, size = float(value), 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    level = np.repeat([mean for mean, _ in pools], [size for _, size in pools]) if pools else np.empty(0)
    ceiling = max(low, high - gap * max(len(wanted) - 1, 0))
    placed = np.empty(len(wanted))
    placed[order] = np.clip(level, low, ceiling) + steps
    return placed
