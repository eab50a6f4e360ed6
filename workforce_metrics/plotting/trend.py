"""Estimates through the editions of a survey as lines, with gaps where a line would say what is not known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import require_columns
from workforce_metrics.plotting.trend_panels import Panel, trend_panels, trend_years

__all__ = ["draw_trend"]

NO_TEXT: Mapping[str, str] = MappingProxyType({})
PANEL_WIDTH, PANEL_HEIGHT, MOST_IN_A_ROW = 250.0, 190.0, 3  # points, on new axes
GAP_ACROSS, GAP_DOWN, NAME_GAP = 46.0, 78.0, 7.0  # points
APART = 0.05  # of the distance between two editions, from one group's interval to the next
LABEL_WRAP, NOTE_WRAP = 22, 64  # characters
MOST_BROKEN, MOST_HIDDEN = 3, 4  # breaks and withheld groups named under a panel


def draw_trend(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...] = (),
    ax: Axes | None = None,
    edition: str = "edition",
    percent: Collection[str] = (),
    labels: Mapping[str, str] = NO_TEXT,
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw a line through the editions for each group, a panel an indicator.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, the edition, `indicator`, `estimate`, `conf_low`, `conf_high`; where they are there also
        `break_before` (a reason, empty for none) and `suppressed`. One row a group, edition and indicator.
    by : tuple of str
        The grouping columns: one colour a group, named where its line ends.
    ax : matplotlib.axes.Axes or None
        Where to draw. Several panels stand inside it, in ``ax.child_axes``. New axes are as large as they need.
    edition : str
        The column of the editions.
    percent : collection of str
        The indicators that are proportions; those named "share:..." always are.
    labels : mapping of str to str
        What to call an indicator instead of its name.
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
        If the frame is empty or has two rows for one group, edition and indicator.

    Notes
    -----
    A line joins an edition only to the one before it, and neither over a break, which a dotted line marks and a note
    explains, nor over an edition that is missing or withheld. What is withheld is hatched at the foot of the panel.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"edition": [2023, 2024, 2025], "indicator": "share:fair", "estimate": [0.5, 0.52, 0.6],
    ...                       "conf_low": [0.4, 0.45, 0.5], "conf_high": [0.6, 0.6, 0.7],
    ...                       "break_before": ["", "", "fair: reworded"]})
    >>> ax = draw_trend(table)
    >>> [line.get_xdata().tolist() for line in ax.lines if line.get_gid() == "line"]
    [[0.0, 1.0], [2.0]]
    """
    require_columns("frame", frame, [*by, edition, "indicator", "estimate", "conf_low", "conf_high"])
    years = trend_years(frame, edition)
    panels = trend_panels(frame, by, edition, percent=percent, labels=labels)
    beside = _name_width(panels[0]) if by else 0.0
    rows = -(-len(panels) // MOST_IN_A_ROW)
    across = -(-len(panels) // rows)
    if ax is None:
        width, height = across * (PANEL_WIDTH + beside + GAP_ACROSS), rows * (PANEL_HEIGHT + GAP_DOWN)
        ax = layout.new_axes((width + 20.0) / layout.POINTS_PER_INCH, (height + 30.0) / layout.POINTS_PER_INCH)
    below = layout.BELOW_TICKS + 4.0 + max(_note_height(panel, years) for panel in panels)
    layout.make_room(ax, right=beside if len(panels) == 1 else 0.0)
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    for panel, place in zip(panels, _places(ax, len(panels), across, rows, beside), strict=True):
        style.dress(place)
        _set_scales(place, panel, [str(year) for year in years])
        _draw_lines(place, panel)
        _mark_breaks(place, panel)
        _mark_hidden(place, panel)
        if by:
            _name_lines(place, panel)
        _write_around(place, panel, years, alone=len(panels) == 1)
    layout.add_title(ax, title, above=8.0 + (18.0 if panels[0].title or len(panels) > 1 else 0.0))
    return ax


def _name_width(panel: Panel) -> float:
    return NAME_GAP + max(style.text_width(style.wrap(line.label, LABEL_WRAP), style.TICK_SIZE) for line in panel.lines)


def _places(ax: Axes, n_panels: int, across: int, rows: int, beside: float) -> list[Axes]:
    """Return the axes of the panels: `ax` itself for one, else insets row by row."""
    if n_panels == 1:
        return [ax]
    ax.set_axis_off()
    wide, high = layout.size_in_points(ax)
    gap_across = min((beside + GAP_ACROSS) / wide, 0.5 / across)
    gap_down = min(GAP_DOWN / high, 0.5 / rows)
    width, height = 1 / across - gap_across, (1 - (rows - 1) * gap_down) / rows
    return [
        ax.inset_axes(((i % across) / across, (rows - 1 - i // across) * (height + gap_down), width, height))
        for i in range(n_panels)
    ]


def _set_scales(ax: Axes, panel: Panel, years: list[str]) -> None:
    seen = np.concatenate([np.concatenate([line.estimate, line.low, line.high]) for line in panel.lines])
    seen = seen[np.isfinite(seen)]
    ticks = style.axis_range(float(seen.min()), float(seen.max())) if len(seen) else np.array([0.0, 1.0])
    ax.set_xlim(-0.45, len(years) - 0.55)
    ax.set_xticks(np.arange(len(years)), years)
    ax.set_yticks(ticks)
    ax.set_ylim(ticks[0], ticks[-1])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _format(value, is_share=panel.is_share)))


def _format(value: float, *, is_share: bool) -> str:
    return style.format_percent(value) if is_share else f"{value:.6g}".replace("-", "−")


def _shift(panel: Panel, position: int) -> float:
    return APART * (position - (len(panel.lines) - 1) / 2) if len(panel.lines) <= len(style.COLOURS) else 0.0


def _draw_lines(ax: Axes, panel: Panel) -> None:
    for position, line in enumerate(panel.lines):
        tint, shift = style.colour(position), _shift(panel, position)
        bounded = np.flatnonzero(np.isfinite(line.low) & np.isfinite(line.high))
        bars = ax.vlines(bounded + shift, line.low[bounded], line.high[bounded], color=tint, linewidth=1.3, alpha=0.75)
        bars.set(gid="interval", clip_on=False)
        for piece in line.pieces:
            (stroke,) = ax.plot(piece + shift, line.estimate[piece], "o", color=tint, markersize=4.0, linewidth=1.6)
            stroke.set(linestyle=style.line_style(position), gid="line", clip_on=False, zorder=3)


def _mark_breaks(ax: Axes, panel: Panel) -> None:
    for place in panel.breaks:
        mark = ax.axvline(place - 0.5, color=style.MUTED, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1)
        mark.set_gid("break")
        word = ax.annotate(
            "break", xy=(place - 0.5, 1.0), xycoords=("data", "axes fraction"), xytext=(0.0, 1.0),
            textcoords="offset points", ha="center", va="bottom", size=style.SMALL_SIZE, color=style.MUTED,
        )  # fmt: skip
        word.set(style="italic", gid="break name")


def _mark_hidden(ax: Axes, panel: Panel) -> None:
    """Hatch the foot of the panel where a group is withheld, in the group's colour and place."""
    n_lines = len(panel.lines)
    for position, line in enumerate(panel.lines):
        for place in np.flatnonzero(line.hidden):
            wide = 0.8 / n_lines
            start = place - 0.4 + position * wide
            ax.axvspan(
                start, start + wide, ymax=0.07, facecolor="white", edgecolor=style.colour(position), hatch="////////",
                linewidth=0.0, zorder=2, gid="withheld",
            )  # fmt: skip


def _name_lines(ax: Axes, panel: Panel) -> None:
    """Write each group's name beside the last value of its line, apart from the others."""
    last = [(line, line.pieces[-1][-1]) if line.pieces else (line, -1) for line in panel.lines]
    named = [(position, line, int(at)) for position, (line, at) in enumerate(last) if at >= 0]
    if not named:
        return
    low, high = ax.get_ylim()
    scale = layout.size_in_points(ax)[1] / (high - low)
    texts = [style.wrap(line.label, LABEL_WRAP) for _, line, _ in named]
    size = style.TICK_SIZE if len(named) <= 12 else style.SMALL_SIZE
    gap = max(style.height_of(text, size) for text in texts)
    wanted = np.array([(line.estimate[at] - low) * scale for _, line, at in named])
    places = layout.spread(wanted, gap, 0.0, max((high - low) * scale, gap * len(named)))
    for (position, _, _), text, y in zip(named, texts, places, strict=True):
        ax.annotate(
            text, xy=(1.0, low + y / scale), xycoords=("axes fraction", "data"), xytext=(NAME_GAP, 0.0),
            textcoords="offset points", ha="left", va="center", size=size, color=style.ink(style.colour(position)),
            annotation_clip=False, parse_math=False,
        ).set_gid("name")  # fmt: skip


def _notes(panel: Panel, years: list[int]) -> list[str]:
    """Return why lines break and what the hatching means."""
    notes = [
        f"{years[place]}: {reason.replace('_', ' ').replace(': ', ', ')}"
        for place, reason in sorted(panel.breaks.items())
    ]
    if len(notes) > MOST_BROKEN:
        notes = [*notes[:MOST_BROKEN], f"and {len(notes) - MOST_BROKEN} more"]
    hidden = [line.label for line in panel.lines if line.hidden.any()]
    if hidden:
        named = f" ({', '.join(hidden)})" if len(panel.lines) > 1 and len(hidden) <= MOST_HIDDEN else ""
        notes.append(f"hatched: withheld{named}")
    return [style.wrap(note, NOTE_WRAP) for note in notes]


def _note_height(panel: Panel, years: list[int]) -> float:
    text = "\n".join(_notes(panel, years))
    return style.height_of(text, style.SMALL_SIZE) + 2.0 if text else 0.0


def _write_around(ax: Axes, panel: Panel, years: list[int], *, alone: bool) -> None:
    head = ax.set_title(
        panel.title, loc="left", size=style.LABEL_SIZE, color=style.TEXT, pad=14.0 if panel.breaks else 6.0
    )
    head.set(weight="normal" if alone else "bold", parse_math=False)
    text = "\n".join(_notes(panel, years))
    if text:
        layout.note(ax, text, x=0.0, below=layout.BELOW_TICKS).set(style="italic", gid="notes")
