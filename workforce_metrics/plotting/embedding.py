"""Pictures as text: an SVG that is the same, character for character, whenever the same numbers are drawn."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

__all__ = ["svg_of"]

NO_CLOCK = {"Date": None, "Creator": None}


def svg_of(draw: Callable[[], Axes]) -> str:
    """Draw, and return the picture as SVG text; the figure is closed again.

    Parameters
    ----------
    draw : callable
        Makes the axes, in a figure of their own.

    Returns
    -------
    str
        From ``<svg`` on, letters as outlines so that no font is needed, without a date.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.plotting.dots import draw_estimates
    >>> rows = pd.DataFrame({"team": ["a"], "estimate": [0.5], "conf_low": [0.4], "conf_high": [0.6]})
    >>> picture = svg_of(lambda: draw_estimates(rows, by=("team",)))
    >>> picture[:4], picture == svg_of(lambda: draw_estimates(rows, by=("team",)))
    ('<svg', True)
    """
    with mpl.rc_context({"svg.hashsalt": "workforce_metrics", "svg.fonttype": "path"}):
        figure = draw().figure.canvas.figure
        written = StringIO()
        figure.savefig(written, format="svg", bbox_inches="tight", facecolor="white", metadata=NO_CLOCK)
        plt.close(figure)
    text = written.getvalue()
    return text[text.index("<svg") :]
