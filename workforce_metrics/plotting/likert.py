"""Answers as diverging bars: unfavourable to the left of a line, favourable to the right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import require_columns
from workforce_metrics.plotting.likert_legend import add_legend, legend_names, legend_rows, tints
from workforce_metrics.plotting.likert_rows import ASIDE, Bar, LikertOrder, LikertPanel, Neutral, likert_panels

__all__ = ["draw_likert"]

Floats = npt.NDArray[np.float64]
BAR_HEIGHT = 0.74
ROW_HEIGHT, LEGEND_HEIGHT, TITLE_HEIGHT = 19.0, 18.0, 16.0  # points
PANEL_WIDTHS = {1: 350.0, 2: 250.0}  # points; narrower from three on
NARROW_PANEL, N_GAP, AXIS_LABELS, PANEL_GAP = 215.0, 8.0, 36.0, 14.0
STRIP_GAP = 0.06  # of a share of 1, between the bars and what stands aside
LABEL_WRAP = 34  # characters
LIGHT = 0.45  # of the luminance of white: on darker tints numbers are white
TICK_STEPS = (0.1, 0.2, 0.25, 0.5)
MOST_TICKS = 7


def draw_likert(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...] = (),
    ax: Axes | None = None,
    neutral: Neutral = "split",
    order: LikertOrder = "favourable",
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw the shares of the options as bars that part at a line.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `indicator` (an item), `outcome` (an option), `side` ("unfavourable", "neutral", "favourable" or
        "aside"), `estimate` (its share), `n`; where it is there also `suppressed`. The options of a group and item
        stand together, the least favourable first.
    by : tuple of str
        The grouping columns: the groups are the rows, and each item has a panel. Without them the items are the rows.
    ax : matplotlib.axes.Axes or None
        Where to draw. Several panels stand inside it, in ``ax.child_axes``. New axes are as high as the rows need.
    neutral : {"split", "aside"}
        Whether neutral answers lie half on either side of the line, or in a strip at the right.
    order : {"favourable", "group"}
        Rows by their favourable share in the first panel, the largest on top, or in their own order.
    title, caption : str

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty, or an option stands twice in a group and item.
    InvalidArgumentError
        If `neutral` or `order` is another word.

    Notes
    -----
    All panels have one scale. The share stands in each part that has room for it, and n at the right. A withheld row is
    hatched and stands at the foot with no number. The further an answer is from the middle, the darker its colour.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"indicator": "rest", "outcome": ["No", "Partly", "Yes"],
    ...                         "side": ["unfavourable", "neutral", "favourable"],
    ...                         "estimate": [0.3, 0.2, 0.5], "n": 80})
    >>> ax = draw_likert(answers)
    >>> [round(float(bar.get_x()), 2) for bar in ax.patches if bar.get_gid() == "option"]
    [-0.4, -0.1, 0.1]
    """
    require_columns("frame", frame, [*by, "indicator", "outcome", "side", "estimate", "n"])
    for argument, word, words in (("neutral", neutral, ("split", "aside")), ("order", order, ("favourable", "group"))):
        if word not in words:
            raise InvalidArgumentError(argument, " or ".join(map(repr, words)), repr(word), "pass one of them")
    texts, panels = likert_panels(frame, by, order=order)
    texts = [style.wrap(text, LABEL_WRAP) for text in texts]
    heights = np.array([1.0 + 0.55 * text.count("\n") for text in texts])
    middle, limits, strip = np.cumsum(heights) - heights / 2, _limits(panels, neutral), _strip(panels, neutral)
    name_width, n_width = max(style.text_width(t, style.TICK_SIZE) for t in texts), max(map(_n_width, panels))
    if ax is None:
        ax = _new_axes(len(panels), name_width, n_width, float(heights.sum()))
    names = legend_names(panels)
    n_rows = legend_rows(names[0], layout.size_in_points(ax)[0] - name_width)
    over = n_rows * LEGEND_HEIGHT + (TITLE_HEIGHT if panels[0].title or strip else 0.0)
    below = layout.BELOW_TICKS + 4.0
    layout.make_room(
        ax, left=max(0.0, name_width + 6.0 - AXIS_LABELS), right=n_width if len(panels) == 1 else 0.0, above=over
    )
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    size = float(np.clip(0.75 * layout.size_in_points(ax)[1] / heights.sum(), 4.0, style.TICK_SIZE))
    small, strip_at = min(size, style.SMALL_SIZE), limits[1] + STRIP_GAP if strip else None
    places = _places(ax, len(panels), n_width)
    for i, (panel, place) in enumerate(zip(panels, places, strict=True)):
        style.dress(place, grid="x")
        _set_axes(place, middle, texts if i == 0 else [""] * len(texts), float(heights.sum()), limits)
        place.tick_params(axis="y", labelsize=size)
        place.set_xlim(limits[0], limits[1] + (STRIP_GAP + strip if strip else 0.0))
        _write_beside(place, panel, middle, size=small)
        _write_over(place, panel, strip_at)
    layout.settle(ax)  # the names of the rows have taken their room
    for panel, place in zip(panels, places, strict=True):
        for y, bar in zip(middle, panel.bars, strict=True):
            _draw_bar(place, bar, float(y), neutral, strip_at=strip_at, size=small)
    add_legend(ax, *names, n_rows=n_rows, above=over - n_rows * LEGEND_HEIGHT + 2.0)
    layout.add_title(ax, title, above=8.0 + over)
    return ax


def _new_axes(n_panels: int, name_width: float, n_width: float, lines: float) -> Axes:
    width = n_panels * (PANEL_WIDTHS.get(n_panels, NARROW_PANEL) + n_width + PANEL_GAP) + name_width + 20.0
    return layout.new_axes(width / layout.POINTS_PER_INCH, (ROW_HEIGHT * lines + 115.0) / layout.POINTS_PER_INCH)


def _places(ax: Axes, n_panels: int, n_width: float) -> list[Axes]:
    """Return the axes of the panels: `ax` itself for one, else insets side by side."""
    if n_panels == 1:
        return [ax]
    ax.set_axis_off()
    taken = min((n_width + PANEL_GAP) / layout.size_in_points(ax)[0], 0.5 / n_panels)
    return [ax.inset_axes((i / n_panels, 0.0, 1 / n_panels - taken, 1.0)) for i in range(n_panels)]


def _known(panels: list[LikertPanel]) -> list[Bar]:
    return [bar for panel in panels for bar in panel.bars if bar is not None and bar.known]


def _limits(panels: list[LikertPanel], neutral: Neutral) -> tuple[float, float]:
    """Return the ends of the axis, at ticks, for all panels."""
    low, high = -0.1, 0.1
    for bar in _known(panels):
        starts, main = bar.starts(neutral), ~bar.is_apart(neutral)
        if main.any():
            low, high = min(low, starts[main].min()), max(high, (starts + bar.share)[main].max())
    step = _step(low, high)
    return step * np.floor(low / step + 1e-9), step * np.ceil(high / step - 1e-9)


def _step(low: float, high: float) -> float:
    return next((step for step in TICK_STEPS if (high - low) / step <= MOST_TICKS), TICK_STEPS[-1])


def _strip(panels: list[LikertPanel], neutral: Neutral) -> float:
    """Return how wide the strip of what stands aside is; 0 where nothing does."""
    return max((float(bar.share[bar.is_apart(neutral)].sum()) for bar in _known(panels)), default=0.0)


def _set_axes(ax: Axes, middle: Floats, texts: list[str], lines: float, limits: tuple[float, float]) -> None:
    ax.set_ylim(lines, 0.0)
    ax.set_yticks(middle, texts, parse_math=False)
    ax.tick_params(axis="y", length=0.0)
    ax.spines["left"].set_visible(False)
    step = _step(*limits)
    ax.set_xticks(np.arange(round(limits[0] / step), round(limits[1] / step) + 1) * step)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: style.format_percent(abs(round(share, 6)))))
    ax.axvline(0.0, color=style.MUTED, linewidth=1.0, zorder=4).set_gid("middle")


def _draw_bar(ax: Axes, bar: Bar | None, y: float, neutral: Neutral, *, strip_at: float | None, size: float) -> None:
    """Draw the parts of one row with their numbers, or what it is without a bar for."""
    if bar is None or not bar.known:
        _write_no_bar(ax, y, hidden=bar is not None and bar.hidden, size=size)
        return
    starts = bar.starts(neutral) + np.where(bar.is_apart(neutral), strip_at or 0.0, 0.0)
    low, high = ax.get_xlim()
    per_point = (high - low) / layout.size_in_points(ax)[0]
    for start, share, tint in zip(starts, bar.share, tints(bar.sides), strict=True):
        part = ax.barh(y, share, left=start, height=BAR_HEIGHT, color=tint, edgecolor="white", linewidth=0.6, zorder=2)
        part[0].set_gid("option")
        text = f"{100 * share:.0f}"
        wide = per_point * (style.text_width(text, size) + 5.0)
        at = start + share / 2
        if abs(at) < wide / 2 < start + share - wide / 2:  # beside the line, not under it
            at = wide / 2
        if share > wide:
            dark = float(np.dot(np.array(to_rgb(tint)) ** style.GAMMA, (0.2126, 0.7152, 0.0722))) < LIGHT
            number = ax.text(at, y, text, ha="center", va="center_baseline", size=size, zorder=5)
            number.set(color="white" if dark else style.TEXT, gid="share")


def _write_no_bar(ax: Axes, y: float, *, hidden: bool, size: float) -> None:
    if hidden:
        half = BAR_HEIGHT / 2
        ax.axhspan(
            y - half, y + half, facecolor="none", edgecolor="#C8C8C8", hatch="//////", linewidth=0.0, gid="withheld"
        )
    word = ax.text(0.5, y, "withheld" if hidden else "no answers", transform=ax.get_yaxis_transform())
    word.set(ha="center", va="center", size=size, color=style.MUTED, style="italic", zorder=5, gid="no value")
    word.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})


def _n_width(panel: LikertPanel) -> float:
    counts = [style.format_number(bar.n) for bar in panel.bars if bar is not None and np.isfinite(bar.n)]
    return N_GAP + max((style.text_width(text, style.SMALL_SIZE) for text in counts), default=-N_GAP)


def _write_beside(ax: Axes, panel: LikertPanel, middle: Floats, *, size: float) -> None:
    """Write n at the right of each row that shows it."""
    shown = [(y, bar.n) for y, bar in zip(middle, panel.bars, strict=True) if bar is not None and np.isfinite(bar.n)]
    for y, text in [*((y, style.format_number(n)) for y, n in shown), *([(0.0, "n")] if shown else [])]:
        beside = ax.annotate(
            text, xy=(1.0, float(y)), xycoords=("axes fraction", "data"), xytext=(N_GAP, 0.0),
            textcoords="offset points", ha="left", va="center_baseline" if text != "n" else "bottom",
            size=size, color=style.MUTED, annotation_clip=False,
        )  # fmt: skip
        beside.set(gid="n", style="italic" if text == "n" else "normal")


def _write_over(ax: Axes, panel: LikertPanel, strip_at: float | None) -> None:
    """Write the panel's name, and what the strip at the right holds."""
    if panel.title:
        head = ax.set_title(panel.title, loc="left", size=style.LABEL_SIZE, color=style.TEXT, pad=4.0)
        head.set(weight="bold", parse_math=False)
    if strip_at is not None:
        apart = any(bar is not None and ASIDE in bar.sides for bar in panel.bars)
        over = ax.annotate(
            "aside" if apart else "neutral", xy=(strip_at, 1.0), xycoords=("data", "axes fraction"), xytext=(0.0, 2.0),
            textcoords="offset points", ha="left", va="bottom", size=style.SMALL_SIZE, color=style.MUTED,
        )  # fmt: skip
        over.set(gid="strip", style="italic")
