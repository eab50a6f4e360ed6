"""Parts of a whole over time, one stacked on the other, with the numbers at risk beneath."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting import style
from workforce_metrics.plotting.curves import draw_curves
from workforce_metrics.plotting.groups import groups_of, numbers, require_columns

__all__ = ["draw_stacked"]

SHADE = 0.35


def draw_stacked(
    frame: pd.DataFrame,
    *,
    risk: pd.DataFrame,
    part: str = "cause",
    start_time: float = 0.0,
    ax: Axes | None = None,
    time_unit: str = "years",
    risk_label: str = "At risk",
    ylabel: str = "",
    title: str = "",
    caption: str = "",
) -> Axes:
    """Draw the parts as areas that add up, each named where it ends, with the numbers at risk under the ticks.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `time`, `estimate` (a proportion) and the one named by `part`; every part has the same times. A value
        holds from its time on until the next; before the first all are zero.
    risk : pandas.DataFrame
        Columns `time` and `n_risk`: the number at risk at every time where it changes.
    part : str
        The column that tells the parts apart; the first in order lies at the bottom.
    start_time : float
        Where the axis of time begins, and all are zero.
    ax : matplotlib.axes.Axes or None
        Where to draw.
    time_unit, risk_label, ylabel, title, caption : str
        Texts, as in `draw_curves`.

    Returns
    -------
    matplotlib.axes.Axes
        The line over each area is the sum of the parts up to it.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If a frame is empty, a value is missing, or the parts have different times.

    Examples
    --------
    >>> import pandas as pd
    >>> left = pd.DataFrame({"time": [1.0, 2.0] * 2, "cause": ["resigned"] * 2 + ["retired"] * 2,
    ...                      "estimate": [0.1, 0.2, 0.05, 0.15]})
    >>> ax = draw_stacked(left, risk=pd.DataFrame({"time": [1.0, 2.0], "n_risk": [10, 9]}))
    >>> [round(float(line.get_ydata()[-1]), 2) for line in ax.lines]
    [0.2, 0.35]
    """
    require_columns("frame", frame, ["time", part, "estimate"])
    parts = [group.rows.sort_values("time", kind="stable") for group in groups_of(frame, (part,))]
    time = numbers(parts[0], "time")
    if any(not np.array_equal(numbers(rows, "time"), time) for rows in parts):
        raise InvalidDataError("frame", "the same times for every part", "others", "draw one group at a time")
    values = np.stack([numbers(rows, "estimate") for rows in parts])
    if np.isnan(values).any():
        raise InvalidDataError("frame", "an estimate in every row", "missing ones", "draw what is known")
    tops = np.cumsum(values, axis=0)
    lines = [rows[["time", part]].assign(estimate=top) for rows, top in zip(parts, tops, strict=True)]
    ax = draw_curves(
        pd.concat(lines, ignore_index=True), by=(part,), risk=risk, start=0.0, start_time=start_time, ax=ax,
        time_unit=time_unit, risk_label=risk_label, ylabel=ylabel, title=title, caption=caption,
    )  # fmt: skip
    time = np.insert(time, 0, start_time)
    tops = np.insert(tops, 0, 0.0, axis=1)
    floors = np.vstack([np.zeros_like(time), tops[:-1]])
    for i, (floor, top) in enumerate(zip(floors, tops, strict=True)):
        area = ax.fill_between(time, floor, top, step="post", color=style.colour(i), alpha=SHADE, linewidth=0.0)
        area.set_gid("part")
    return ax
