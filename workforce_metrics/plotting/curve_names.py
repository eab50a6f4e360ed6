"""Which curve is which: each named at its end where there is room, else in a legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.groups import Group

__all__ = ["Steps", "curve_names", "is_withheld", "name_curves", "names_width", "tint_of"]

MAX_DIRECT_LABELS = 6
END_LABEL_WRAP, LEGEND_WRAP = 22, 36  # characters
NAME_GAP, KEY_WIDTH = 8.0, 34.0  # points before a name at a curve's end, and before one in the legend


@dataclass(frozen=True)
class Steps:
    """The corners of one right-continuous step curve; `time`, `value`, `low`, `high` all of shape (2 n - 1,)."""

    time: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def is_withheld(steps: Steps) -> bool:
    """Return whether there is nothing to draw."""
    return bool(np.isnan(steps.value).all())


def tint_of(position: int, steps: Steps) -> str:
    """Return the colour of the curve at that position, grey for one withheld."""
    return style.MUTED if is_withheld(steps) else style.colour(position)


def curve_names(groups: list[Group], curves: dict[tuple[str, ...], Steps]) -> list[str]:
    """Return what each curve is called, in lines short enough for where it will stand."""
    characters = END_LABEL_WRAP if len(groups) <= MAX_DIRECT_LABELS else LEGEND_WRAP
    labels = [f"{group.label} (withheld)" if is_withheld(curves[group.key]) else group.label for group in groups]
    return [style.wrap(label, characters) for label in labels]


def names_width(names: list[str]) -> float:
    """Return what the names take at the right of the axes, in points."""
    if not names:
        return 0.0
    key = NAME_GAP if len(names) <= MAX_DIRECT_LABELS else KEY_WIDTH
    return key + max(style.text_width(name, style.TICK_SIZE) for name in names)


def name_curves(ax: Axes, names: list[str], curves: list[Steps], max_time: float) -> None:
    """Name up to six curves at their ends, more in a legend at the right."""
    if len(names) > MAX_DIRECT_LABELS:
        lines = [line for line in ax.lines if line.get_gid() == "curve"]
        legend = ax.legend(
            lines, names, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0,
            frameon=False, fontsize=style.TICK_SIZE, labelcolor=style.TEXT, handlelength=2.2,
        )  # fmt: skip
        for text in legend.get_texts():
            text.set_parse_math(False)
    else:
        _label_ends(ax, names, curves, max_time)


def _label_ends(ax: Axes, names: list[str], curves: list[Steps], max_time: float) -> None:
    """Name each curve at the right of the axes, level with its end or as near as the others leave room."""
    labels, ends = [], []
    for i, (name, steps) in enumerate(zip(names, curves, strict=True)):
        tint = tint_of(i, steps)
        ends.append(_draw_to_edge(ax, steps, tint, max_time))
        leader = {"arrowstyle": "-", "color": tint, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 0,
                  "relpos": (0.0, 0.5)}  # fmt: skip
        label = ax.annotate(
            name, xy=(1.0, ends[-1]), xycoords=("axes fraction", "data"), xytext=(NAME_GAP, 0.0),
            textcoords="offset points", ha="left", va="center", size=style.TICK_SIZE, color=style.ink(tint),
            annotation_clip=False, parse_math=False, arrowprops=None if is_withheld(steps) else leader,
        )  # fmt: skip
        label.set_gid("curve name")
        labels.append(label)
    layout.settle(ax)
    height = layout.size_in_points(ax)[1]
    bottom, top = ax.get_ylim()
    level = height * (np.array(ends) - bottom) / (top - bottom)
    lines = max(name.count("\n") + 1 for name in names)
    placed = layout.spread(level, style.TICK_SIZE * style.LINE_HEIGHT * lines, 0.0, height)
    for label, move in zip(labels, placed - level, strict=True):
        label.xyann = (NAME_GAP, float(move))


def _draw_to_edge(ax: Axes, steps: Steps, tint: str, max_time: float) -> float:
    """Lead the eye from a curve that ends early to the edge; return its last value, the top of the axes for none."""
    drawn = np.flatnonzero(~np.isnan(steps.value))
    if not len(drawn):
        return ax.get_ylim()[1]
    last, end = float(steps.time[drawn[-1]]), float(steps.value[drawn[-1]])
    if last < max_time:
        ax.hlines(end, last, max_time, color=tint, linewidth=0.8, linestyle=(0, (1, 2.5)))
    return end
