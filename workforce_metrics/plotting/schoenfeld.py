"""Scaled Schoenfeld residuals over time, with their smooth: does a coefficient change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import layout, style

__all__ = ["draw_schoenfeld", "local_line"]

MOST_POINTS = 4000
SMOOTH_AT = 60
NEIGHBOURS = 0.5
Floats = npt.NDArray[np.float64]


def draw_schoenfeld(
    time: Floats,
    residual: Floats,
    *,
    ax: Axes | None = None,
    time_label: str = "Time",
    label: str = "",
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw residuals as points and their smooth with a band.

    Parameters
    ----------
    time, residual : ndarray of float64, shape (n,)
        One a leaving.
    ax : matplotlib.axes.Axes or None
    time_label, label, title, caption : str

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    InvalidDataError
        If there is no residual.

    Notes
    -----
    The line is `local_line`; the band is two of its standard errors to either side; the dashed line is the mean, the
    coefficient of proportional hazards. The axis is cut to the middle 98 % of points, so that single ones do not
    flatten the line. At most 4,000 points are drawn, evenly over time; the smooth takes all.

    Examples
    --------
    >>> import numpy as np
    >>> ax = draw_schoenfeld(np.arange(50.0), np.sin(np.arange(50.0)), label="age")
    >>> ax.get_ylabel()
    'age'
    """
    if not len(time):
        raise InvalidDataError("residual", "one residual or more", "none", "fit to people of whom some leave")
    if ax is None:
        ax = layout.new_axes(6.0, 3.8)
    below = layout.BELOW_LABEL + 4.0
    layout.make_room(ax, below=below + layout.add_caption(ax, caption, below=below) - layout.BELOW_TICKS)
    layout.settle(ax)
    style.dress(ax)
    order = np.argsort(time, kind="stable")
    shown = order[:: 1 + len(order) // MOST_POINTS]
    (dots,) = ax.plot(time[shown], residual[shown], "o", color=style.MUTED, markersize=2.2, alpha=0.5)
    dots.set(gid="residual", markeredgewidth=0.0)
    at = np.linspace(time.min(), time.max(), SMOOTH_AT) if time.max() > time.min() else time[:1]
    smooth, error = local_line(time, residual, at)
    tint = style.colour(0)
    ax.fill_between(at, smooth - 2 * error, smooth + 2 * error, color=tint, alpha=0.18, linewidth=0.0).set_gid("band")
    (line,) = ax.plot(at, smooth, color=tint, linewidth=1.8)
    line.set_gid("smooth")
    ax.axhline(float(residual.mean()), color=style.MUTED, linewidth=0.9, linestyle=(0, (3, 2))).set_gid("mean")
    low, high = np.quantile(residual, [0.01, 0.99])
    room = 0.05 * (high - low) or 1.0
    ax.set_ylim(min(low, np.nanmin(smooth)) - room, max(high, np.nanmax(smooth)) + room)
    ax.set_xlabel(time_label)
    ax.set_ylabel(label, parse_math=False)
    layout.add_title(ax, title)
    return ax


def local_line(x: Floats, y: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return a straight line fitted to the neighbours of each point, and its standard error.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
    at : ndarray of float64, shape (k,)

    Returns
    -------
    smooth, std_error : ndarray of float64, shape (k,)

    Notes
    -----
    Half of all points are neighbours, weighted by the tricube of their distance.

    References
    ----------
    Cleveland WS (1979). J Am Stat Assoc 74:829-836. doi:10.1080/01621459.1979.10481038

    Examples
    --------
    >>> import numpy as np
    >>> smooth, error = local_line(np.arange(9.0), 2 * np.arange(9.0), np.array([4.0]))
    >>> smooth.round(9).tolist(), error.round(9).tolist()
    ([8.0], [0.0])
    """
    smooth, error = np.empty(len(at)), np.empty(len(at))
    nearest = max(3, int(np.ceil(NEIGHBOURS * len(x))))
    for place, point in enumerate(at):
        away = np.abs(x - point)
        reach = np.partition(away, min(nearest, len(x)) - 1)[min(nearest, len(x)) - 1]
        weight = (1 - np.minimum(away / (reach * (1 + 1e-9) + np.finfo(float).tiny), 1.0) ** 3) ** 3
        smooth[place], error[place] = _line_at(x - point, y, weight)
    return smooth, error


def _line_at(x: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Return a weighted line's value at 0 and its standard error; the mean where all x are one."""
    total = weight.sum()
    mean_x, mean_y = float(weight @ x / total), float(weight @ y / total)
    spread = float(weight @ (x - mean_x) ** 2)
    slope = float(weight @ ((x - mean_x) * (y - mean_y))) / spread if spread > 1e-12 * total else 0.0
    lever = weight * (1 / total - ((x - mean_x) * mean_x / spread if spread > 1e-12 * total else 0.0))
    rest = y - mean_y - slope * (x - mean_x)
    return mean_y - slope * mean_x, float(np.sqrt((lever**2) @ rest**2))
