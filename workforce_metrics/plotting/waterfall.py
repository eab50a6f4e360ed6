"""A change from one level to another as a waterfall of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import numbers, plain_words, require_columns

__all__ = ["decimals_for", "draw_waterfall", "tints_of"]

Floats = npt.NDArray[np.float64]

MORE, LESS, LEVEL = "#D55E00", "#0072B2", "#8C8C8C"
BAR_WIDTH = 0.62
TERM_WRAP = 14  # characters
FIGURE_HEIGHT, COLUMN_WIDTH = 4.0, 1.25  # inches
RECONCILED = 1e-6
"""How far the parts may miss the whole, relative to the larger level."""


@dataclass(frozen=True)
class Bars:
    """The bars from left to right, every array of shape (n_terms,).

    Parameters
    ----------
    estimate, low, high : ndarray of float
        Each level or change and the limits of its interval, NaN where there is none.
    start, end : ndarray of float
        Where the bar starts and ends on the axis.
    is_level : ndarray of bool
        The first and the last.
    """

    estimate: Floats
    low: Floats
    high: Floats
    start: Floats
    end: Floats
    is_level: npt.NDArray[np.bool_]

    @property
    def reach(self) -> Floats:
        """Start, end and both limits on the axis, shape (4, n_terms)."""
        return np.stack([self.start, self.end, self.start + self.low, self.start + self.high])

    @property
    def tints(self) -> list[str]:
        """Colour by sign; levels and what does not change in grey."""
        return tints_of(np.where(self.is_level, 0.0, self.estimate))


def tints_of(changes: Floats) -> list[str]:
    """Return a colour by the sign of each change, grey for none."""
    return [str(tint) for tint in np.where(changes < 0, LESS, np.where(changes > 0, MORE, LEVEL))]


def decimals_for(values: Floats) -> int:
    """Return the decimals that show three figures of the largest value: none for counts of a hundred or more."""
    largest = float(np.abs(values).max())
    return 0 if largest == 0 else int(max(0, 2 - np.floor(np.log10(largest))))


def draw_waterfall(
    frame: pd.DataFrame, *, ax: Axes | None = None, ylabel: str = "", title: str = "", caption: str = ""
) -> Axes:
    """Draw how one level becomes another: a bar for each, and between them each change where the last one ended.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `term`, `estimate`, and, where there are intervals, `conf_low` and `conf_high`. The first row is the
        level before and the last the level after; those between are changes that add up from one to the other.
    ax : matplotlib.axes.Axes or None
        Where to draw; new axes if not given.
    ylabel, title, caption : str
        Texts; the caption tells the source and whether the data are real or simulated.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If there are fewer than two rows, an estimate is missing, or the changes do not add up.

    Notes
    -----
    Increases and decreases differ in colour and in the sign of their label. Whiskers are the changes' intervals, set
    at the end of their bars. The axis starts at zero.

    Examples
    --------
    >>> import pandas as pd
    >>> split = pd.DataFrame({"term": ["before", "people at risk", "risk", "after"], "estimate": [100, 30, -10, 120]})
    >>> ax = draw_waterfall(split)
    >>> [text.get_text() for text in ax.texts]
    ['100', '+30', '−10', '120']
    """
    require_columns("frame", frame, ["term", "estimate"])
    bars = _bars(*(numbers(frame, column) for column in ("estimate", "conf_low", "conf_high")))
    places = np.arange(len(bars.end))
    if ax is None:
        ax = layout.new_axes(COLUMN_WIDTH * max(len(places), 4) + 0.9, FIGURE_HEIGHT)
    column = layout.size_in_points(ax)[0] / len(places)
    characters = int(np.clip(column / (0.62 * style.LABEL_SIZE), 4, TERM_WRAP))
    terms = [style.wrap(plain_words(str(term)), characters) for term in frame["term"]]
    below = layout.BELOW_TICKS + (max(term.count("\n") for term in terms)) * style.LABEL_SIZE * style.LINE_HEIGHT + 8.0
    under = layout.add_caption(ax, caption, below=below)
    layout.make_room(ax, below=below + under - layout.BELOW_TICKS)

    style.dress(ax)
    ax.bar(places, bars.end - bars.start, bottom=bars.start, width=BAR_WIDTH, color=bars.tints, gid="bar")
    links = ax.hlines(bars.end[:-1], places[:-1] + BAR_WIDTH / 2, places[1:] - BAR_WIDTH / 2)
    links.set(color=style.MUTED, linewidth=0.9, linestyle=(0, (2, 1.5)), gid="connector")
    _draw_whiskers(ax, bars)
    _write_labels(ax, bars, column)
    ax.set_xticks(places, terms, parse_math=False)
    ax.tick_params(axis="x", length=0.0, labelsize=style.LABEL_SIZE)
    ax.set_xlim(-0.6, len(terms) - 0.4)
    _set_scale(ax, bars.reach[np.isfinite(bars.reach)])
    ax.set_ylabel(ylabel)
    layout.add_title(ax, title)
    return ax


def _bars(estimate: Floats, low: Floats, high: Floats) -> Bars:
    """Put each bar where the one before ended, refusing parts that do not make the whole."""
    if len(estimate) < 2 or not np.isfinite(estimate).all():
        raise InvalidDataError(
            "frame", "a level before, changes, a level after", "fewer or missing", "pass the frame of a decomposition"
        )
    reached = np.cumsum(estimate[:-1])
    if abs(reached[-1] - estimate[-1]) > RECONCILED * max(abs(estimate[0]), abs(estimate[-1])):
        raise InvalidDataError(
            "frame", "changes that add up from the first level to the last", "a remainder", "draw it as a change too"
        )
    is_level = np.zeros(len(estimate), dtype=np.bool_)
    is_level[[0, -1]] = True
    start = np.concatenate([[0.0], reached[:-1], [0.0]])
    return Bars(estimate, low, high, start, np.concatenate([reached, estimate[-1:]]), is_level)


def _draw_whiskers(ax: Axes, bars: Bars) -> None:
    there = np.flatnonzero(np.isfinite(bars.low) & np.isfinite(bars.high))
    _, _, low, high = bars.reach[:, there]
    ax.vlines(there, low, high, color=style.TEXT, linewidth=1.1).set_gid("interval")
    for ends in (low, high):
        ax.hlines(ends, there - 0.06, there + 0.06, color=style.TEXT, linewidth=1.1)


def _labels(bars: Bars) -> list[str]:
    """Return each value with its sign where it is a change, its interval beneath it."""
    decimals, texts = decimals_for(bars.estimate), []
    for value, low, high, is_level in zip(bars.estimate, bars.low, bars.high, bars.is_level, strict=True):
        text = style.format_number(value, decimals, signed=not is_level)
        if np.isfinite(low) and np.isfinite(high):
            text += f"\n({style.format_number(low, decimals)} to {style.format_number(high, decimals)})"
        texts.append(text)
    return texts


def _write_labels(ax: Axes, bars: Bars, column: float) -> None:
    """Write each label over its bar, under it for a decrease, small enough for columns of that many points."""
    texts = _labels(bars)
    widest = max(style.text_width(text, style.TICK_SIZE) for text in texts)
    size = style.TICK_SIZE * float(np.clip(0.92 * column / widest, 0.6, 1.0))
    for i, text in enumerate(texts):
        falls = bars.estimate[i] < 0 and not bars.is_level[i]
        edge = np.nanmin(bars.reach[:, i]) if falls else np.nanmax(bars.reach[:, i])
        ax.annotate(
            text, xy=(i, float(edge)), xytext=(0.0, -4.0 if falls else 4.0), textcoords="offset points", ha="center",
            va="top" if falls else "bottom", size=size, color=style.TEXT, linespacing=1.3,
        )  # fmt: skip


def _set_scale(ax: Axes, seen: Floats) -> None:
    low, high = min(0.0, float(seen.min())), max(0.0, float(seen.max()))
    room = 0.14 * (high - low or 1.0)  # two lines of label
    ax.set_ylim(low - room * (low < 0), high + room)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}".replace("-", "−")))
    if low < 0:
        ax.axhline(0.0, color=style.MUTED, linewidth=0.8)
