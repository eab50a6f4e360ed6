"""Own figures with their intervals and the published ones beside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from workforce_metrics.plotting import style
from workforce_metrics.plotting.dots import draw_estimates
from workforce_metrics.plotting.groups import numbers, plain_words, require_columns

__all__ = ["draw_back_test"]

DIAMOND = 6.0  # points
SHARES, SCORES = "shares", "scores"
KEY = "Dot and line: this extract and its interval. Diamond: published, filled where it differs by more than rounding"
NEEDED = ["indicator", "option", "estimate", "conf_low", "conf_high", "n", "published", "explained_by"]
AS_EXPECTED = frozenset({"agrees", "rounding"})


def draw_back_test(frame: pd.DataFrame, *, ax: Axes | None = None, title: str = "", caption: str = "") -> Axes:
    """Draw a dot and an interval for each own figure, a diamond for the published one, and what explains a difference.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `indicator`, `option`, `estimate`, `conf_low`, `conf_high`, `n`, `published`, `explained_by`; where they
        tell rows apart also `measure`, `edition`, `release`, `weighting`.
    ax : matplotlib.axes.Axes or None
        Where to draw. New axes are as high as the rows need.
    title, caption : str
        Texts; the caption tells the source and whether the data are real or simulated.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, or the new ones.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the frame is empty.

    Notes
    -----
    The diamond of a published figure that agrees within rounding is hollow; that of another is filled, and the
    explanation stands in the row's text. Shares and scores have a panel each.

    Examples
    --------
    >>> import pandas as pd
    >>> tested = pd.DataFrame({"indicator": ["share:tired"], "option": ["Often"], "estimate": [0.3], "conf_low": [0.2],
    ...                        "conf_high": [0.4], "n": [80], "published": [0.35], "explained_by": ["weights"]})
    >>> draw_back_test(tested).get_yticklabels()[0].get_text()
    'tired: Often (weights)'
    """
    require_columns("frame", frame, NEEDED)
    is_share = frame["indicator"].astype(str).str.startswith("share:").to_numpy(dtype=bool)
    rows = frame.assign(indicator=np.where(is_share, SHARES, SCORES), figure=_texts(frame))
    rows = rows.sort_values(["indicator", "estimate"], ascending=[False, False], kind="stable", ignore_index=True)
    rows["figure"] = pd.Categorical(rows["figure"], categories=list(dict.fromkeys(rows["figure"])), ordered=True)
    units = list(dict.fromkeys(rows["indicator"]))
    shown = rows if len(units) > 1 else rows.drop(columns="indicator")
    axes = draw_estimates(
        shown, by=("figure",), ax=ax, percent=[SHARES] if len(units) > 1 else units == [SHARES], order="group",
        title=title, caption=". ".join(filter(None, [caption, KEY])),
    )  # fmt: skip
    panels = [panel for panel in axes.child_axes if isinstance(panel, Axes)] or [axes]
    middle = panels[0].get_yticks()[rows["figure"].cat.codes.to_numpy()]
    published = numbers(rows, "published")
    as_expected = rows["explained_by"].isin(AS_EXPECTED).to_numpy(dtype=bool)
    for panel, unit in zip(panels, units, strict=True):
        here = (rows["indicator"] == unit).to_numpy(dtype=bool) & np.isfinite(published)
        _reach(panel, published[here])
        for chosen, fill in ((here & as_expected, "none"), (here & ~as_expected, style.TEXT)):
            if chosen.any():
                (marks,) = panel.plot(published[chosen], middle[chosen], "D", color=style.TEXT, markersize=DIAMOND)
                marks.set(gid="published", clip_on=False, markerfacecolor=fill, markeredgewidth=1.2, zorder=4)
    return axes


def _reach(panel: Axes, values: npt.NDArray[np.float64]) -> None:
    """Let the axis reach these values too, and say so where it then starts elsewhere."""
    ends = panel.get_xlim()
    if not len(values) or (values.min() >= ends[0] and values.max() <= ends[1]):
        return
    ticks = style.axis_range(min(float(values.min()), ends[0]), max(float(values.max()), ends[1]))
    panel.set_xlim(ticks[0], ticks[-1])
    panel.set_xticks(ticks)
    for text in list(panel.texts):
        if text.get_gid() == "axis note" and ticks[0] == 0:
            text.remove()
        elif text.get_gid() == "axis note":
            text.set_text(f"axis starts at {panel.xaxis.get_major_formatter()(ticks[0], 0)}, not at 0")


def _texts(frame: pd.DataFrame) -> list[str]:
    """Return what each row is called: the indicator, what is counted, what tells it apart, and the explanation."""
    told = frame.assign(measure=frame["measure"].replace({"score": "", "share": ""})) if "measure" in frame else frame
    apart = [
        name
        for name in ("measure", "edition", "release", "weighting")
        if name in told.columns and len(set(told[name])) > 1
    ]
    texts = []
    for _, row in told.iterrows():
        name = plain_words(str(row["indicator"]).removeprefix("share:"))
        option = f": {row['option']}" if row["option"] else ""
        parts = [str(row[column]) for column in apart if row[column] != ""]
        parts += [str(row["explained_by"])] * (row["explained_by"] not in AS_EXPECTED)
        texts.append(f"{name}{option}" + (f" ({', '.join(parts)})" if parts else ""))
    return texts
