"""The colours of diverging bars and the names that stand over them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from workforce_metrics.plotting import layout, style
from workforce_metrics.plotting.likert_rows import ASIDE, LEFT, MIDDLE, RIGHT, LikertPanel

__all__ = ["add_legend", "legend_names", "legend_rows", "tints"]

LEFT_TINTS, RIGHT_TINTS = ("#F6C49A", "#B34700"), ("#A6CEE8", "#00568A")  # from the mildest to the furthest
KEY_WIDTH = 24.0  # points, of a patch of colour and the gaps about it
MIDDLE_TINT, ASIDE_TINT = "#CFCFCF", "#EBEBEB"


def tints(sides: tuple[str, ...]) -> list[str | tuple[float, float, float]]:
    """Return each option's colour: darker the further it lies from the middle."""
    left, right = sides.count(LEFT), sides.count(RIGHT)
    tints: list[str | tuple[float, float, float]] = []
    seen = 0
    for place, side in enumerate(sides):
        if side == LEFT:
            tints.append(_mixed(LEFT_TINTS, (left - 1 - place) / max(left - 1, 1) if left > 1 else 0.5))
        elif side == RIGHT:
            tints.append(_mixed(RIGHT_TINTS, seen / max(right - 1, 1) if right > 1 else 0.5))
            seen += 1
        else:
            tints.append(MIDDLE_TINT if side == MIDDLE else ASIDE_TINT)
    return tints


def _mixed(ends: tuple[str, str], far: float) -> tuple[float, float, float]:
    red, green, blue = np.array(to_rgb(ends[0])) * (1 - far) + np.array(to_rgb(ends[1])) * far
    return float(red), float(green), float(blue)


def legend_names(panels: list[LikertPanel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the options and their sides where all items have the same options, else what the sides are called."""
    seen = {(bar.outcomes, bar.sides): None for panel in panels for bar in panel.bars if bar is not None}
    if len(seen) == 1:
        return next(iter(seen))
    there = {side for _, sides in seen for side in sides}
    sides = tuple(side for side in (LEFT, MIDDLE, RIGHT, ASIDE) if side in there)
    return tuple("no opinion" if side == ASIDE else f"{side} answers" for side in sides), sides


def legend_rows(names: tuple[str, ...], width: float) -> int:
    """Return how many rows the names take in that many points."""
    taken = sum(style.text_width(name, style.TICK_SIZE) + KEY_WIDTH for name in names)
    return int(np.clip(np.ceil(taken / max(width, 1.0)), 1, len(names)))


def _fitting(name: str, width: float) -> str:
    """Return as many words of a name as that many points hold."""
    words = name.split()
    while len(words) > 1 and style.text_width(name, style.TICK_SIZE) > width:
        words = words[:-1]
        name = " ".join(words).rstrip(" ,;–—-") + " …"
    return name


def add_legend(ax: Axes, names: tuple[str, ...], sides: tuple[str, ...], *, n_rows: int, above: float) -> None:
    """Name the colours over the axes, `above` points clear of them, in so many rows."""
    patches = [Rectangle((0, 0), 1, 1, facecolor=tint) for tint in tints(sides)]
    lift = ScaledTranslation(0.0, above / layout.POINTS_PER_INCH, ax.figure.dpi_scale_trans)
    room = layout.size_in_points(ax)[0] - KEY_WIDTH
    fitting = [_fitting(name, room) for name in names]
    legend = ax.legend(
        patches, fitting, loc="lower left", bbox_to_anchor=(0.0, 1.0), bbox_transform=ax.transAxes + lift,
        ncols=-(-len(names) // n_rows), frameon=False, fontsize=style.TICK_SIZE, labelcolor=style.TEXT,
        handlelength=0.9, handleheight=0.9, handletextpad=0.4, columnspacing=1.1, borderaxespad=0.0, borderpad=0.0,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
