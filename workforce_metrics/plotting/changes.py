"""Changes of many groups split into their parts: a panel of bars a part, on one scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import Group, groups_of, numbers, plain_words, require_columns
from workforce_metrics.plotting.waterfall import decimals_for, tints_of

__all__ = ["draw_changes"]

Floats = npt.NDArray[np.float64]

IN_ALL = "in all"
BAR_HEIGHT = 0.62
LABEL_WRAP = 34  # characters
ROW_HEIGHT, PANEL_WIDTH = 17.0, 132.0  # points, on new axes
PANEL_GAP, LABEL_GAP, VALUE_GAP = 10.0, 8.0, 4.0  # points
AXIS_LABELS = 36.0  # points at the left of axes that tick labels take anyway
TICK_REACH = 0.8  # of the longer side of the axis, where its tick stands at most


def draw_changes(
    frame: pd.DataFrame, *, by: tuple[str, ...], ax: Axes | None = None, title: str = "", caption: str = ""
) -> Axes:
    """Draw each group's changes as bars from zero, a panel a term, and what they add up to in the last.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `term`, `estimate`, and, where there are intervals, `conf_low` and `conf_high`. Of each group the
        first row is the level before and the last the level after; those between are changes, the same terms in every
        group.
    by : tuple of str
        The columns that tell the groups apart; a cause may be one of them.
    ax : matplotlib.axes.Axes or None
        Where to draw; the panels stand inside it, in ``ax.child_axes``. New axes are as high as the rows need.
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
        If an estimate is missing, or groups have different terms or fewer than three.

    Notes
    -----
    All panels have one scale, so that bars of one row may be added up by eye. Increases and decreases differ in colour
    and in the sign of their label; whiskers are intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> split = pd.DataFrame({"team": ["a"] * 4 + ["b"] * 4, "term": ["before", "people at risk", "risk", "after"] * 2,
    ...                       "estimate": [100, 30, -10, 120, 50, 5, 5, 60]})
    >>> [panel.get_title(loc="left") for panel in draw_changes(split, by=("team",)).child_axes]
    ['people at risk', 'risk', 'in all']
    """
    require_columns("frame", frame, [*by, "term", "estimate"])
    groups = groups_of(frame, by)
    panels = _panels(groups)
    texts = [style.wrap(group.label, LABEL_WRAP) for group in groups]
    heights = np.array([1.0 + 0.7 * text.count("\n") for text in texts])
    width = max(style.text_width(text, style.TICK_SIZE) for text in texts)
    if ax is None:
        wide, high = len(panels) * PANEL_WIDTH + width + 30.0, ROW_HEIGHT * float(heights.sum()) + 95.0
        ax = layout.new_axes(wide / layout.POINTS_PER_INCH, high / layout.POINTS_PER_INCH)
    below = layout.BELOW_TICKS + 4.0
    layout.make_room(ax, left=max(0.0, width + LABEL_GAP - AXIS_LABELS))
    under = layout.add_caption(ax, caption, below=below)
    layout.make_room(ax, below=below + under - layout.BELOW_TICKS)
    layout.settle(ax)
    over = _draw_panels(ax, panels, texts, heights)
    layout.add_title(ax, title, above=8.0 + over)
    return ax


def _draw_panels(ax: Axes, panels: dict[str, Floats], texts: list[str], heights: Floats) -> float:
    """Draw the panels side by side in `ax`; return the points that their names take over it."""
    points, high = layout.size_in_points(ax)
    share, room = 1 / len(panels), points / len(panels) - PANEL_GAP
    decimals = decimals_for(np.stack([values[0] for values in panels.values()]))
    written = {name: [style.format_number(x, decimals, signed=True) for x in panels[name][0]] for name in panels}
    widest = max(style.text_width(text, style.TICK_SIZE) for column in written.values() for text in column)
    row_size = float(np.clip(0.75 * high / heights.sum(), 4.0, style.TICK_SIZE))
    size = row_size * float(np.clip(room / (3 * (widest + VALUE_GAP)), 0.6, 1.0))  # two labels, a third for bars
    limits = _limits(np.stack(list(panels.values())), widest * size / style.TICK_SIZE + 2 * VALUE_GAP, room)
    heads = [style.wrap(plain_words(name), max(6, int(room / (0.66 * style.LABEL_SIZE)))) for name in panels]
    middle = np.cumsum(heights) - heights / 2
    ax.set_axis_off()
    for i, (name, values) in enumerate(panels.items()):
        place = ax.inset_axes((i * share, 0.0, room / points, 1.0))
        style.dress(place, grid="x")
        _set_rows(place, middle, texts if i == 0 else [""] * len(texts), float(heights.sum()), row_size)
        _set_scale(place, limits)
        _draw_bars(place, values, middle, written[name], size)
        head = place.set_title(heads[i], loc="left", size=style.LABEL_SIZE, color=style.TEXT, pad=4.0)
        head.set(weight="bold", parse_math=False)
    return 4.0 + max(style.height_of(head, style.LABEL_SIZE) for head in heads)


def _panels(groups: list[Group]) -> dict[str, Floats]:
    """Return by term the estimates and limits, shape (3, n_groups), and last what the changes come to."""
    terms = [str(term) for term in groups[0].rows["term"]]
    if len(terms) < 3 or any([str(term) for term in group.rows["term"]] != terms for group in groups):
        raise InvalidDataError(
            "frame", "a level, the same changes and a level in every group", "others", "name in by= what tells groups"
        )
    columns = ("estimate", "conf_low", "conf_high")
    values = np.array([[numbers(group.rows, column) for group in groups] for column in columns])
    if not np.isfinite(values[0]).all():
        raise InvalidDataError("frame", "an estimate in every row", "missing ones", "draw the groups that have them")
    in_all = np.full(values.shape[:2], np.nan)
    in_all[0] = values[0, :, -1] - values[0, :, 0]
    changes = {term: values[:, :, i] for i, term in enumerate(terms[1:-1], start=1)}
    return {**changes, IN_ALL: in_all}


def _limits(values: Floats, label: float, room: float) -> tuple[float, float]:
    """Return the ends of the common axis: zero, all bars and whiskers, and labels of `label` points beyond them."""
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    left, right = label * bool((values[:, 0] < 0).any()), label * bool((values[:, 0] >= 0).any())
    per_point = ((high - low) or 1.0) / max(room - left - right, room / 3)
    return low - left * per_point, high + right * per_point


def _set_rows(ax: Axes, middle: Floats, texts: list[str], lines: float, size: float) -> None:
    ax.set_ylim(lines, 0.0)
    ax.set_yticks(middle, texts, parse_math=False)
    ax.tick_params(axis="y", length=0.0, labelsize=size)
    ax.spines["left"].set_visible(False)


def _set_scale(ax: Axes, limits: tuple[float, float]) -> None:
    """Set two ticks, zero and a round number at the longer side: every bar has its value beside it."""
    ax.set_xlim(*limits)
    reach = TICK_REACH * max(limits, key=abs)
    power = 10.0 ** np.floor(np.log10(abs(reach)))
    step = max(m * power for m in (1.0, 2.0, 5.0) if m * power <= abs(reach))
    ax.set_xticks([0.0, float(np.copysign(step, reach))])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}".replace("-", "−")))
    ax.axvline(0.0, color=style.MUTED, linewidth=0.9, zorder=2)


def _draw_bars(ax: Axes, values: Floats, middle: Floats, written: list[str], size: float) -> None:
    """Draw the bars, their whiskers, and each value beyond both."""
    estimate, low, high = values
    ax.barh(middle, estimate, height=BAR_HEIGHT, color=tints_of(estimate), gid="bar")
    there = np.isfinite(low) & np.isfinite(high)
    if there.any():
        ax.hlines(middle[there], low[there], high[there], color=style.TEXT, linewidth=1.1).set_gid("interval")
    beyond = np.where(estimate < 0, np.fmin(estimate, low), np.fmax(estimate, high))
    for y, x, falls, text in zip(middle, beyond, estimate < 0, written, strict=True):
        _write_beyond(ax, text, (x, y), falls=bool(falls), size=size)


def _write_beyond(ax: Axes, text: str, end: tuple[float, float], *, falls: bool, size: float) -> None:
    ax.annotate(
        text, xy=end, xytext=(-VALUE_GAP if falls else VALUE_GAP, 0.0), textcoords="offset points",
        ha="right" if falls else "left", va="center_baseline", size=size, color=style.TEXT,
    ).set_gid("value")  # fmt: skip
