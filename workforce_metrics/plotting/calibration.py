"""Observed against predicted risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style

__all__ = ["draw_calibration"]


def draw_calibration(
    shares: pd.DataFrame,
    smoothed: pd.DataFrame,
    *,
    by: tuple[str, ...] = (),
    ax: Axes | None = None,
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw the observed risk of each share of the predictions, and along them.

    Parameters
    ----------
    shares : pandas.DataFrame
        `expected`, `estimate`, `conf_low`, `conf_high` and the groups: points with intervals.
    smoothed : pandas.DataFrame
        The same columns: a line, with a band where there is one group.
    by : tuple of str
        The grouping columns, one colour a group.
    ax : matplotlib.axes.Axes or None
    title, caption : str

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones. The dashed line is where predicted and observed are equal.

    Raises
    ------
    InvalidDataError
        If there is nothing to draw.

    Examples
    --------
    >>> import pandas as pd
    >>> found = {"expected": [0.1, 0.4], "estimate": [0.2, 0.4], "conf_low": [0.1, 0.3], "conf_high": [0.3, 0.5]}
    >>> draw_calibration(pd.DataFrame(found), pd.DataFrame(found)).get_xlabel()
    'Predicted risk'
    """
    if not len(shares):
        raise InvalidDataError("calibration", "one row or more", "none", "plot the validation before suppressing it")
    if ax is None:
        ax = layout.new_axes(5.2, 4.8)
    below = layout.BELOW_LABEL + 4.0
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    style.dress(ax)
    labels = _labels(shares, by)
    smooth_labels = _labels(smoothed, by)
    names = list(dict.fromkeys(labels))
    for position, name in enumerate(names):
        tint = style.colour(position)
        _draw_group(ax, shares[labels == name], smoothed[smooth_labels == name], tint, band=len(names) == 1, name=name)
    both = pd.concat([shares, smoothed])
    top = float(np.nanmax(both[["expected", "estimate"]].to_numpy()))
    top = min(1.0, max(top, float(np.nanmax([top, *shares["conf_high"]]))) * 1.05) or 1.0
    (line,) = ax.plot([0.0, top], [0.0, top], color=style.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1.0)
    line.set_gid("equal")
    ax.set(xlim=(0.0, top), ylim=(0.0, top), xlabel="Predicted risk", ylabel="Observed risk")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0))
    if len(names) > 1:
        ax.legend(frameon=False, fontsize=style.TICK_SIZE, loc="upper left")
    layout.add_title(ax, title)
    return ax


def _draw_group(ax: Axes, shares: pd.DataFrame, smoothed: pd.DataFrame, tint: str, *, band: bool, name: str) -> None:
    if band:
        area = ax.fill_between(
            smoothed["expected"], smoothed["conf_low"], smoothed["conf_high"], color=tint, alpha=0.15
        )
        area.set(gid="band", linewidth=0.0)
    (line,) = ax.plot(smoothed["expected"], smoothed["estimate"], color=tint, linewidth=1.5)
    line.set_gid("smooth")
    ax.vlines(shares["expected"], shares["conf_low"], shares["conf_high"], color=tint, linewidth=1.0)
    (dots,) = ax.plot(shares["expected"], shares["estimate"], "o", color=tint, markersize=4.5, label=name)
    dots.set_gid("share")


def _labels(table: pd.DataFrame, by: tuple[str, ...]) -> pd.Series[str]:
    if not by:
        return pd.Series("", index=table.index)
    return table[list(by)].astype(object).apply(lambda row: ", ".join(map(str, row)), axis=1)
