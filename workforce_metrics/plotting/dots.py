"""Estimates of groups as dots with their intervals, the number of people beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.dot_panels import DotPanel, Order, dot_panels
from workforce_metrics.plotting.groups import require_columns

__all__ = ["draw_estimates"]

LABEL_WRAP = 38  # characters
ROW_HEIGHT = 15.0  # points, on new axes
PANEL_WIDTHS = {1: 330.0, 2: 240.0, 3: 210.0}  # points; narrower from four on
NARROW_PANEL = 180.0
N_GAP, REFERENCE_HEIGHT = 8.0, 12.0
NEAR_END = 0.1  # of the axis: the words over a line there end at it, clear of what stands beside the axes
AXIS_LABELS = 36.0  # points at the left of axes that tick labels take anyway
Floats = npt.NDArray[np.float64]
NONE: Mapping[str, float] = MappingProxyType({})
NO_TEXT: Mapping[str, str] = MappingProxyType({})


def draw_estimates(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...],
    ax: Axes | None = None,
    percent: bool | Collection[str] = False,
    reference: Mapping[str, float] = NONE,
    reference_name: str = "",
    labels: Mapping[str, str] = NO_TEXT,
    order: Order = "estimate",
    rings: str | None = None,
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw a dot and an interval for every group, one panel an indicator.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `estimate`, `conf_low`, `conf_high`; where they are there also `indicator`, `n` and
        `suppressed`. One row a group and indicator.
    by : tuple of str
        The grouping columns. Without them the indicators are the rows.
    ax : matplotlib.axes.Axes or None
        Where to draw. With several panels they stand inside it, in ``ax.child_axes``. New axes are as high as the
        rows need.
    percent : bool or collection of str
        Whether the estimates are proportions, or the indicators of which they are; those named "share:..." always are.
    reference : mapping of str to float
        By indicator ("" where there is no such column), the value of all, drawn as a line.
    reference_name : str
        What stands over that line in place of "all" and the value.
    labels : mapping of str to str
        What to call an indicator instead of its name.
    order : {"estimate", "smallest", "group"}
        Rows by the first panel's estimates, the largest on top or the smallest, or in the groups' own order.
    rings : str or None
        A column to be drawn as rings on the rows, such as the estimate before an adjustment.
    title, caption : str
        Texts; the caption tells the source and whether the data are real or simulated.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty or has two rows for one group and indicator.
    InvalidArgumentError
        If `order` is another word.

    Notes
    -----
    An axis starts at zero where the values then still fill two fifths of it; where it does not, a note under it says
    where it starts. A suppressed row is there, marked "withheld", and stands below the others so that
    its place tells nothing; a missing estimate is marked "no estimate". A dot without an interval is hollow.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"site": ["A", "B"], "estimate": [0.3, 0.5], "conf_low": [0.2, 0.4],
    ...                       "conf_high": [0.4, 0.6], "n": [80, 90]})
    >>> ax = draw_estimates(table, by=("site",), percent=True)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['B', 'A']
    """
    require_columns("frame", frame, [*by, "estimate", "conf_low", "conf_high"])
    if order not in {"estimate", "smallest", "group"}:
        raise InvalidArgumentError("order", "'estimate', 'smallest' or 'group'", repr(order), "pass one of them")
    texts, panels = dot_panels(frame, by, percent=percent, labels=labels, reference=reference, order=order, rings=rings)
    texts = [style.wrap(text, LABEL_WRAP) for text in texts]
    heights = np.array([1.0 + 0.7 * text.count("\n") for text in texts])
    middle = np.cumsum(heights) - heights / 2
    width, n_width = max(style.text_width(t, style.TICK_SIZE) for t in texts), max(map(_n_width, panels))
    if ax is None:
        ax = _new_axes(len(panels), width + n_width, float(heights.sum()))
    below, over = _room_at_ends(panels)
    layout.make_room(ax, left=max(0.0, width - AXIS_LABELS), right=n_width if len(panels) == 1 else 0.0)
    under = layout.add_caption(ax, caption, below=below)
    layout.make_room(ax, below=below + under - layout.BELOW_TICKS)
    layout.settle(ax)
    size = float(np.clip(0.75 * layout.size_in_points(ax)[1] / heights.sum(), 4.0, style.TICK_SIZE))
    for i, (panel, place) in enumerate(zip(panels, _places(ax, len(panels), n_width), strict=True)):
        style.dress(place, grid="x")
        _set_rows(place, middle, texts if i == 0 else [""] * len(texts), float(heights.sum()), size)
        _set_scale(place, panel)
        _draw_dots(place, panel, middle[panel.row], style.colour(i), size)
        _write_beside(place, panel, middle[panel.row], min(size, style.SMALL_SIZE))
        _write_around(place, panel, alone=len(panels) == 1, over=over, name=reference_name)
    layout.add_title(ax, title, above=8.0 + over + (18.0 if len(panels) > 1 else 0.0))
    return ax


def _new_axes(n_panels: int, beside: float, lines: float) -> Axes:
    width = n_panels * PANEL_WIDTHS.get(n_panels, NARROW_PANEL) + beside + 30.0
    return layout.new_axes(width / layout.POINTS_PER_INCH, (ROW_HEIGHT * lines + 95.0) / layout.POINTS_PER_INCH)


def _n_width(panel: DotPanel) -> float:
    counts = panel.n[np.isfinite(panel.n)]
    return N_GAP + max((style.text_width(style.format_number(n), style.SMALL_SIZE) for n in counts), default=-N_GAP)


def _ticks(panel: DotPanel) -> Floats:
    return style.axis_range(*panel.extent)


def _leaves_zero_out(ticks: Floats) -> bool:
    return bool(ticks[0] > 0 or ticks[-1] < 0)


def _room_at_ends(panels: Sequence[DotPanel]) -> tuple[float, float]:
    """Return the points that texts under the panels take, and those that the lines for all take over them."""
    has_note = any(_leaves_zero_out(_ticks(panel)) for panel in panels)
    has_label = len(panels) == 1 and bool(panels[0].title)
    below = (layout.BELOW_LABEL if has_label else layout.BELOW_TICKS) + (14.0 if has_note else 4.0)
    over = REFERENCE_HEIGHT * any(panel.reference is not None for panel in panels)
    return below, over


def _places(ax: Axes, n_panels: int, n_width: float) -> list[Axes]:
    """Return the axes of the panels: `ax` itself for one, else insets side by side."""
    if n_panels == 1:
        return [ax]
    ax.set_axis_off()
    taken = min((n_width + 14.0) / layout.size_in_points(ax)[0], 0.5 / n_panels)
    return [ax.inset_axes((i / n_panels, 0.0, 1 / n_panels - taken, 1.0)) for i in range(n_panels)]


def _set_rows(ax: Axes, middle: Floats, texts: list[str], lines: float, size: float) -> None:
    ax.set_ylim(lines, 0.0)
    ax.set_yticks(middle, texts, parse_math=False)
    ax.tick_params(axis="y", length=0.0, labelsize=size)
    ax.spines["left"].set_visible(False)
    ax.hlines(middle, 0, 1, transform=ax.get_yaxis_transform(), color=style.FAINT, linewidth=0.6, zorder=0.5)


def _format(value: float, panel: DotPanel) -> str:
    return (style.format_percent(value) if panel.is_share else f"{value:.6g}").replace("-", "−")


def _set_scale(ax: Axes, panel: DotPanel) -> None:
    ticks = _ticks(panel)
    ax.set_xlim(ticks[0], ticks[-1])
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _format(value, panel)))


def _draw_dots(ax: Axes, panel: DotPanel, middle: Floats, tint: str, size: float) -> None:
    bounded = np.isfinite(panel.low) & np.isfinite(panel.high)
    scale = size / style.TICK_SIZE
    bars = ax.hlines(middle[bounded], panel.low[bounded], panel.high[bounded], color=tint, linewidth=1.7 * scale)
    bars.set(gid="interval", clip_on=False)
    for chosen, fill in ((bounded, tint), (~bounded & np.isfinite(panel.estimate), "white")):
        if not chosen.any():  # an empty line would stretch the layout to the figure's corner
            continue
        (dots,) = ax.plot(panel.estimate[chosen], middle[chosen], "o", color=tint, markersize=5.5 * scale)
        dots.set(gid="dot", clip_on=False, markerfacecolor=fill, zorder=3)
    ringed = np.isfinite(panel.ring)
    if ringed.any():
        (rings,) = ax.plot(panel.ring[ringed], middle[ringed], "o", color=style.MUTED, markersize=4.5 * scale)
        rings.set(gid="ring", clip_on=False, markerfacecolor="none", markeredgewidth=0.8, zorder=2.5)
    if panel.reference is not None:
        line = ax.axvline(panel.reference, color=style.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
        line.set(gid="all", clip_on=False)


def _write_beside(ax: Axes, panel: DotPanel, middle: Floats, size: float) -> None:
    """Write n at the right of each row, and what a row without a dot is without it for."""
    across = ax.get_yaxis_transform()
    for y, n, estimate, hidden in zip(middle, panel.n, panel.estimate, panel.hidden, strict=True):
        if hidden:
            ax.axhspan(y - 0.3, y + 0.3, facecolor="none", edgecolor="#C8C8C8", hatch="//////", linewidth=0.0, zorder=1)
        if hidden or np.isnan(estimate):
            word = ax.text(0.5, y, "withheld" if hidden else "no estimate", transform=across, ha="center", va="center")
            word.set(size=size, color=style.MUTED, style="italic", gid="no value")
            word.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})
        if np.isfinite(n):
            _beside(ax, style.format_number(n), y, size).set_gid("n")
    if np.isfinite(panel.n).any():
        _beside(ax, "n", 0.0, size).set(style="italic", va="bottom")


def _beside(ax: Axes, text: str, y: float, size: float) -> Annotation:
    return ax.annotate(
        text, xy=(1.0, y), xycoords=("axes fraction", "data"), xytext=(N_GAP, 0.0), textcoords="offset points",
        ha="left", va="center_baseline", size=size, color=style.MUTED, annotation_clip=False,
    )  # fmt: skip


def _write_around(ax: Axes, panel: DotPanel, *, alone: bool, over: float, name: str) -> None:
    """Write the panel's name, the value of the line for all, and whence the axis runs where not from zero."""
    ticks = _ticks(panel)
    if alone:
        ax.set_xlabel(panel.title)
    elif panel.title:
        head = ax.set_title(panel.title, loc="left", size=style.LABEL_SIZE, color=style.TEXT, pad=4.0 + over)
        head.set(weight="bold", parse_math=False)
    if panel.reference is not None:
        shown = name or f"all {_format(float(f'{panel.reference:.3g}'), panel)}"
        across = (panel.reference - ticks[0]) / (ticks[-1] - ticks[0])
        align = "left" if across < NEAR_END else "right" if across > 1 - NEAR_END else "center"
        ax.annotate(
            shown, xy=(panel.reference, 1.0), xycoords=("data", "axes fraction"), xytext=(0.0, 2.0),
            textcoords="offset points", ha=align, va="bottom", size=style.SMALL_SIZE, color=style.MUTED,
        )  # fmt: skip
    if _leaves_zero_out(ticks):
        below = layout.BELOW_LABEL if alone and panel.title else layout.BELOW_TICKS
        begins = f"axis starts at {_format(ticks[0], panel)}, not at 0"
        layout.note(ax, begins, x=0.5, below=below, align="center").set(style="italic", gid="axis note")
