"""Risks by year: what joining years showed or are projected to show, and what each period's rates would lead to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import Group, groups_of, numbers, require_columns

__all__ = ["draw_periods"]

FIGURE_WIDTH, FIGURE_HEIGHT = 7.2, 4.0  # inches
SERIES_APART = 0.14  # of the distance between two years
YEAR_WRAP = 10  # characters


@dataclass(frozen=True)
class Kind:
    """How the rows of one `term` are drawn."""

    term: str
    label: str
    marker: str
    filled: bool
    joined_up: bool


KINDS = (
    Kind("observed", "joining year, observed", "o", filled=True, joined_up=False),
    Kind("projected", "joining year, projected", "o", filled=False, joined_up=False),
    Kind("period", "rates of the period", "s", filled=True, joined_up=True),
)


def draw_periods(
    frame: pd.DataFrame,
    *,
    by: tuple[str, ...] = (),
    ax: Axes | None = None,
    ylabel: str = "",
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw a dot and an interval for each year, filled where observed, hollow where projected, squares for periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `by`, `year` (text: a joining year or a period), `term` ("observed", "projected" or "period"),
        `estimate`, `conf_low`, `conf_high`. One row a group, year and term; a missing estimate is not drawn.
    by : tuple of str
        The grouping columns: one colour a group.
    ax : matplotlib.axes.Axes or None
        Where to draw; new axes if not given.
    ylabel, title, caption : str
        Texts; the caption tells the source and whether the data are real or simulated.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; a legend names the groups and what the marks mean.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty, or a `term` is another word.

    Examples
    --------
    >>> import pandas as pd
    >>> risks = pd.DataFrame({"year": ["2018", "2019"], "term": ["observed", "projected"], "estimate": [0.3, 0.35],
    ...                       "conf_low": [0.25, 0.28], "conf_high": [0.35, 0.42]})
    >>> ax = draw_periods(risks)
    >>> [text.get_text() for text in ax.get_xticklabels()]
    ['2018', '2019']
    """
    require_columns("frame", frame, [*by, "year", "term", "estimate", "conf_low", "conf_high"])
    if not set(frame["term"]) <= {kind.term for kind in KINDS}:
        raise InvalidDataError("term", "observed, projected or period", "another word", "pass frames of results")
    years = sorted(set(frame["year"]))
    groups = groups_of(frame, by)
    if ax is None:
        ax = layout.new_axes(FIGURE_WIDTH, FIGURE_HEIGHT)
    style.dress(ax)
    _draw_groups(ax, groups, years, both={"period"} < set(frame["term"]))
    _set_scales(ax, frame, [style.wrap(year, YEAR_WRAP) for year in years])
    ax.set_ylabel(ylabel)
    layout.add_caption(ax, caption, below=layout.BELOW_LABEL)
    layout.add_title(ax, title)
    _add_legend(ax, groups if by else [], [kind for kind in KINDS if kind.term in set(frame["term"])])
    return ax


def _draw_groups(ax: Axes, groups: list[Group], years: list[str], *, both: bool) -> None:
    """Draw each group's joining years and, beside them, its periods."""
    lanes = len(groups) * (1 + both)
    for position, group in enumerate(groups):
        for kind in KINDS:
            rows = group.rows[group.rows["term"] == kind.term]
            lane = position * (1 + both) + (both and kind.joined_up)
            shift = SERIES_APART * (lane - (lanes - 1) / 2)
            at = np.array([years.index(year) for year in rows["year"]]) + shift
            order = np.argsort(at, kind="stable")
            values = [numbers(rows, name)[order] for name in ("estimate", "conf_low", "conf_high")]
            if np.isfinite(values[0]).any():
                _draw_series(ax, at[order], *values, kind=kind, tint=style.colour(position))


def _draw_series(
    ax: Axes,
    at: npt.NDArray[np.float64],
    estimate: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    *,
    kind: Kind,
    tint: str,
) -> None:
    bounded = np.isfinite(low) & np.isfinite(high)
    ax.vlines(at[bounded], low[bounded], high[bounded], color=tint, linewidth=1.5).set_gid("interval")
    line = "-" if kind.joined_up else "none"
    (dots,) = ax.plot(at, estimate, kind.marker, linestyle=line, color=tint, markersize=5.5, linewidth=0.9)
    dots.set(gid=kind.term, markerfacecolor=tint if kind.filled else "white", zorder=3)


def _set_scales(ax: Axes, frame: pd.DataFrame, years: list[str]) -> None:
    ax.set_xlim(-0.6, len(years) - 0.4)
    ax.set_xticks(np.arange(len(years)), years)
    seen = np.concatenate([numbers(frame, name) for name in ("estimate", "conf_high")])
    ticks = style.axis_range(0.0, float(np.nanmax(seen)) if np.isfinite(seen).any() else 1.0)
    ax.set_yticks(ticks)
    ax.set_ylim(0.0, 1.015 * ticks[-1])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: style.format_percent(share)))


def _add_legend(ax: Axes, groups: list[Group], kinds: list[Kind]) -> None:
    """Name the groups by colour and the marks by shape, at the right of the axes."""
    handles, names = [], []
    for position, group in enumerate(groups):
        handles.extend(ax.plot([], [], linestyle="-", linewidth=3.0, color=style.colour(position)))
        names.append(style.wrap(group.label, 22))
    for kind in kinds:
        (mark,) = ax.plot([], [], kind.marker, linestyle="none", color=style.MUTED, markersize=5.5)
        mark.set_markerfacecolor(style.MUTED if kind.filled else "white")
        handles.append(mark)
        names.append(kind.label)
    width = 34.0 + max(style.text_width(name, style.TICK_SIZE) for name in names)
    layout.make_room(ax, right=width)
    legend = ax.legend(
        handles, names, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0,
        frameon=False, fontsize=style.TICK_SIZE, labelcolor=style.TEXT, handlelength=1.8,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
