"""Groups by indicators as a heat map: where each group stands within each indicator, and what is withheld."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import groups_of, numbers, plain_words, require_columns, suppressed_rows

__all__ = ["draw_heat_map"]

Floats = npt.NDArray[np.float64]
NO_TEXT: Mapping[str, str] = MappingProxyType({})
ABOVE, BELOW, LEVEL = "#4C9ACB", "#E58A4A", "#F7F7F7"  # light enough for dark numbers to be read on them
HATCH = "#B5B5B5"
ROW_HEIGHT, COLUMN_WIDTH = 17.0, 62.0  # points, on new axes
LEAST_WIDTH = 130.0  # points of all columns together, under which the words beneath would stand out
LABEL_WRAP, HEAD_WRAP = 34, 13  # characters
AXIS_LABELS = 36.0  # points at the left of axes that tick labels take anyway


@dataclass(frozen=True)
class Cells:
    """The map's cells, groups by indicators.

    Parameters
    ----------
    groups, indicators : list of str
        Texts of the rows from the top and of the columns from the left.
    estimate : ndarray of float, shape (n_groups, n_indicators)
        NaN where there is none.
    there, hidden : ndarray of bool, shape (n_groups, n_indicators)
        Which the frame has, and which of them are withheld.
    is_share : ndarray of bool, shape (n_indicators,)
    """

    groups: list[str]
    indicators: list[str]
    estimate: Floats
    there: npt.NDArray[np.bool_]
    hidden: npt.NDArray[np.bool_]
    is_share: npt.NDArray[np.bool_]

    @property
    def position(self) -> Floats:
        """How far each cell is from the middle of its column, -1 to 1; NaN where there is no estimate."""
        known = np.isfinite(self.estimate)
        count = np.maximum(known.sum(axis=0), 1)
        apart = self.estimate - np.where(known, self.estimate, 0.0).sum(axis=0) / count
        reach = np.abs(np.where(known, apart, 0.0)).max(axis=0, initial=0.0)
        return np.asarray(apart / np.where(reach > 0, reach, 1.0), dtype=np.float64)


def draw_heat_map(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...],
    ax: Axes | None = None,
    percent: Collection[str] = (),
    labels: Mapping[str, str] = NO_TEXT,
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw a cell for every group and indicator, coloured by where the group stands among the groups shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `indicator`, `estimate`; where it is there also `suppressed`. One row a group and indicator.
    by : tuple of str
        The grouping columns: a row each combination, in their own order.
    ax : matplotlib.axes.Axes or None
        Where to draw; new axes are as large as the cells need.
    percent : collection of str
        The indicators that are proportions; those named "share:..." always are.
    labels : mapping of str to str
        What to call an indicator instead of its name.
    title, caption : str

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty or has two rows for one cell.

    Notes
    -----
    Indicators have scales of their own, so the colour is the distance from the mean of the column's groups, as part of
    the largest: blue above, orange below. It does not say which is better, and is no test. Every cell has its number. A
    withheld cell is hatched and has none, and no part in its column's colours; a cell without an estimate has a dash.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"ward": ["Ash", "Elm"] * 2, "indicator": ["burnout"] * 2 + ["share:tired"] * 2,
    ...                       "estimate": [5.0, 6.0, 0.25, None], "suppressed": [False, False, False, True]})
    >>> ax = draw_heat_map(table, by=("ward",))
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "value"]
    ['5.0', '25%', '6.0']
    >>> sum(patch.get_gid() == "withheld" for patch in ax.patches)
    1
    """
    require_columns("frame", frame, [*by, "indicator", "estimate"])
    cells = _cells(frame, by, percent, labels)
    rows = [style.wrap(text, LABEL_WRAP) for text in cells.groups]
    heads = [style.wrap(text, max(HEAD_WRAP, *map(len, text.split()))) for text in cells.indicators]
    heights = np.array([1.0 + 0.6 * text.count("\n") for text in rows])
    width = max(style.text_width(text, style.TICK_SIZE) for text in rows)
    over = max(style.height_of(text, style.TICK_SIZE) for text in heads)
    if ax is None:
        wide = width + max(COLUMN_WIDTH * len(heads), LEAST_WIDTH) + 30.0
        high = ROW_HEIGHT * heights.sum() + over + 70.0
        ax = layout.new_axes(max(wide, 300.0) / layout.POINTS_PER_INCH, high / layout.POINTS_PER_INCH)
    layout.make_room(ax, left=max(0.0, width + 6.0 - AXIS_LABELS), above=max(0.0, over - layout.ABOVE_AXES + 12.0))
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    _set_axes(ax, edges, rows, heads)
    layout.settle(ax)  # the words beneath are as wide as the names at the left leave
    layout.make_room(ax, below=max(0.0, _write_under(ax, cells, caption) - layout.BELOW_TICKS))
    layout.settle(ax)
    _set_sizes(ax, float(edges[-1]), heads)
    _draw_cells(ax, cells, edges)
    layout.add_title(ax, title, above=over + 12.0)
    return ax


def _cells(frame: pd.DataFrame, by: tuple[str, ...], percent: Collection[str], labels: Mapping[str, str]) -> Cells:
    if frame.duplicated([*by, "indicator"]).any():
        raise InvalidDataError("frame", "one row a group and indicator", "several", "name in by= what tells them apart")
    names = list(dict.fromkeys(str(name) for name in frame["indicator"]))
    groups = groups_of(frame, by)
    estimate = np.full((len(groups), len(names)), np.nan)
    there, hidden = np.zeros(estimate.shape, dtype=np.bool_), np.zeros(estimate.shape, dtype=np.bool_)
    for row, group in enumerate(groups):
        column = [names.index(str(name)) for name in group.rows["indicator"]]
        estimate[row, column], hidden[row, column] = numbers(group.rows, "estimate"), suppressed_rows(group.rows)
        there[row, column] = True
    is_share = np.array([name.startswith("share:") or name in percent for name in names])
    texts = [labels.get(name, plain_words(name)) for name in names]
    return Cells([group.label for group in groups], texts, estimate, there, hidden, is_share)


def _set_axes(ax: Axes, edges: Floats, rows: list[str], heads: list[str]) -> None:
    style.dress(ax, grid="")
    ax.spines[:].set_visible(False)
    ax.set_xlim(0.0, len(heads))
    ax.set_ylim(edges[-1], 0.0)
    ax.set_yticks((edges[:-1] + edges[1:]) / 2, rows, parse_math=False)
    ax.xaxis.tick_top()
    ax.set_xticks(np.arange(len(heads)) + 0.5, heads, parse_math=False)
    ax.tick_params(length=0.0)


def _set_sizes(ax: Axes, lines: float, heads: list[str]) -> None:
    """Make the names at the left and over the columns as small as they must be."""
    size = float(np.clip(0.75 * layout.size_in_points(ax)[1] / lines, 4.0, style.TICK_SIZE))
    ax.tick_params(axis="y", labelsize=size)
    widest = max(style.text_width(head, style.TICK_SIZE) for head in heads) + 4.0
    column = layout.size_in_points(ax)[0] / len(heads)
    ax.tick_params(axis="x", labelsize=float(np.clip(style.TICK_SIZE * column / widest, 4.0, style.TICK_SIZE)))


def _tint(position: float) -> tuple[float, float, float]:
    end = np.array(to_rgb(ABOVE if position > 0 else BELOW))
    red, green, blue = np.array(to_rgb(LEVEL)) * (1 - abs(position)) + end * abs(position)
    return float(red), float(green), float(blue)


def _draw_cells(ax: Axes, cells: Cells, edges: Floats) -> None:
    wide, high = layout.size_in_points(ax)
    size = float(np.clip(min(0.62 * high / edges[-1], 0.2 * wide / len(cells.indicators)), 3.5, style.TICK_SIZE))
    position = cells.position
    for row, column in np.argwhere(cells.there):
        corner, height = (float(column), float(edges[row])), float(edges[row + 1] - edges[row])
        if cells.hidden[row, column]:
            patch = Rectangle(corner, 1.0, height, facecolor="white", edgecolor=HATCH, hatch="//////", linewidth=0.0)
            ax.add_patch(patch).set_gid("withheld")
        else:
            known = bool(np.isfinite(position[row, column]))
            tint = _tint(float(position[row, column])) if known else "white"
            ax.add_patch(Rectangle(corner, 1.0, height, facecolor=tint, linewidth=0.0)).set_gid("cell")
            text = _text(float(cells.estimate[row, column]), is_share=bool(cells.is_share[column])) if known else "–"
            word = ax.text(column + 0.5, edges[row] + height / 2, text, ha="center", va="center_baseline", size=size)
            word.set(color=style.TEXT, gid="value" if known else "no value")
    ax.hlines(edges[1:-1], 0.0, len(cells.indicators), color="white", linewidth=1.2).set_gid("gap")
    ax.vlines(np.arange(1, len(cells.indicators)), 0.0, edges[-1], color="white", linewidth=1.2).set_gid("gap")


def _text(value: float, *, is_share: bool) -> str:
    return f"{100 * value:.0f}%" if is_share else style.format_number(value, 1)


def _write_under(ax: Axes, cells: Cells, caption: str) -> float:
    """Write what the colours and the hatching mean, and the source; return the points that it takes."""
    key = "blue: above the mean of the groups shown; orange: below; colours are by column"
    if cells.hidden.any():
        key += "; hatched: withheld"
    taken = layout.add_caption(ax, key, below=6.0)
    return 6.0 + taken + layout.add_caption(ax, caption, below=8.0 + taken)
