"""One look for every picture: colours, sizes, scales, numbers as text.

Everything is set on the artists drawn; no global option of matplotlib is read as policy or changed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

__all__ = [
    "COLOURS",
    "axis_range",
    "colour",
    "dress",
    "format_number",
    "format_percent",
    "height_of",
    "ink",
    "line_style",
    "lines_high",
    "text_width",
    "wrap",
]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours in order of contrast on white; their yellow is left out, being unreadable as a line."""

LINE_STYLES = ("solid", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
GAMMA, READABLE = 2.2, 0.175  # text of that luminance has the contrast 4.5 : 1 with white, and a little over
TEXT, MUTED, FAINT = "#262626", "#666666", "#E3E3E3"
TITLE_SIZE, LABEL_SIZE, TICK_SIZE, SMALL_SIZE = 11.0, 9.0, 8.0, 7.5
LINE_HEIGHT = 1.25
MAX_INTERVALS = 5  # between the ticks of an axis


def colour(position: int) -> str:
    """Return the colour of the group at that position; after seven they come round again."""
    return COLOURS[position % len(COLOURS)]


def line_style(position: int) -> str | tuple[int, tuple[float, ...]]:
    """Return the dash pattern of the group at that position: another one for each round of colours."""
    return LINE_STYLES[position // len(COLOURS) % len(LINE_STYLES)]


def ink(base: str) -> str:
    """Return `base` darkened so that text in it can be read on white.

    Examples
    --------
    >>> ink("#56B4E9")
    '#3a7a9e'
    """
    channels = np.array(to_rgb(base))
    luminance = float(np.dot(channels**GAMMA, (0.2126, 0.7152, 0.0722)))
    red, green, blue = channels * min(1.0, (READABLE / max(luminance, READABLE)) ** (1 / GAMMA))
    return to_hex((red, green, blue))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Return the width in points of the widest line of `text` at that size; no drawing is needed for it."""
    font = FontProperties(size=size)
    return max(TextToPath().get_text_width_height_descent(line, font, False)[0] for line in text.split("\n"))  # noqa: FBT003 - matplotlib's own signature


def height_of(text: str, size: float) -> float:
    """Return the height in points of the lines of `text` at that size."""
    return size * LINE_HEIGHT * (text.count("\n") + 1)


def lines_high(texts: Sequence[str]) -> float:
    r"""Return how high rows must be, in rows of one line, for the one of most lines to stand clear of the next.

    Examples
    --------
    >>> lines_high(["burnout", "thinking\nabout leaving"])
    1.7
    """
    return 1.0 + 0.7 * max((text.count("\n") for text in texts), default=0)


def wrap(text: str, characters: int) -> str:
    r"""Break `text` into lines of at most that many characters and of even length.

    Examples
    --------
    >>> wrap("Additional clinical services", 22)
    'Additional\nclinical services'
    """
    lines = textwrap.wrap(text, characters) or [text]
    longest = max(map(len, text.split()), default=0)  # a word is not broken to make lines even
    for narrower in range(characters - 1, max(characters // 2, longest - 1), -1):
        evener = textwrap.wrap(text, narrower)
        if len(evener) != len(lines):
            break
        lines = evener
    return "\n".join(lines)


def format_percent(proportion: float) -> str:
    """Return a proportion as a percentage, with the decimals it has.

    Examples
    --------
    >>> format_percent(0.434), format_percent(0.025)
    ('43.4%', '2.5%')
    """
    return f"{100 * proportion:.6g}%"


def format_number(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number with thousands set apart, a true minus, and its sign always where `signed`.

    Examples
    --------
    >>> format_number(2401.0), format_number(-0.25, 2), format_number(350, signed=True)
    ('2,401', '−0.25', '+350')
    """
    text = f"{abs(value):,.{decimals}f}"
    if not text.strip("0.,"):  # what rounds to nought has no sign
        return text
    return f"{'−' if value < 0 else '+' if signed else ''}{text}"


def dress(ax: Axes, *, grid: str = "y") -> None:
    """Give axes the house look: two spines, outward ticks, a faint grid across the axis named by `grid`."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    ax.spines[["left", "bottom"]].set_linewidth(0.8)
    ax.tick_params(labelsize=TICK_SIZE, length=3.0, pad=3.0, color=MUTED, labelcolor=TEXT)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(size=LABEL_SIZE, color=TEXT, parse_math=False)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis="y" if grid == "y" else "x", color=FAINT, linewidth=0.8)


def axis_range(low: float, high: float) -> npt.NDArray[np.float64]:
    """Return the ticks of an axis that holds `low` to `high`, its ends among them.

    It starts at zero unless that would leave the values less than two fifths of it.

    Examples
    --------
    >>> axis_range(0.2, 0.5).round(10).tolist()
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    >>> axis_range(5.1, 5.4).round(10).tolist()
    [5.1, 5.2, 5.3, 5.4]
    """
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # one value: its distance from zero is the scale there is
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    start = 0.0 if low >= 0 and high - low >= 0.4 * high else low
    power = 10.0 ** np.floor(np.log10((high - start) / MAX_INTERVALS))
    for step in power * np.array([1.0, 2.0, 5.0, 10.0, 20.0]):
        first, last = np.floor(start / step + 1e-9), np.ceil(high / step - 1e-9)  # an end on a tick is that tick
        if last - first <= MAX_INTERVALS:
            break
    return np.array(step * np.arange(first, last + 1), dtype=np.float64)
