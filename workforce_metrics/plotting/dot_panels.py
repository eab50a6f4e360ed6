"""What a dot plot shows, before anything is drawn: one row a group, one panel an indicator, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting.groups import groups_of, numbers, plain_words, suppressed_rows

__all__ = ["DotPanel", "Order", "dot_panels"]

Order = Literal["estimate", "smallest", "group"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DotPanel:
    """The dots of one panel.

    Parameters
    ----------
    title : str
        What is measured, in words.
    is_share : bool
        Whether the values are proportions.
    row : ndarray of int, shape (n_dots,)
        The row of each dot, 0 at the top.
    estimate, low, high, n, ring : ndarray of float, shape (n_dots,)
        NaN where missing.
    hidden : ndarray of bool, shape (n_dots,)
        Which were hidden by disclosure control.
    reference : float or None
        Where a line stands for all.
    """

    title: str
    is_share: bool
    row: npt.NDArray[np.intp]
    estimate: Floats
    low: Floats
    high: Floats
    n: Floats
    ring: Floats
    hidden: npt.NDArray[np.bool_]
    reference: float | None

    @property
    def extent(self) -> tuple[float, float]:
        """The least and the largest that the axis must hold; 0 and 1 where there is nothing."""
        reference = np.nan if self.reference is None else self.reference
        seen = np.concatenate([self.estimate, self.low, self.high, self.ring, [reference]])
        seen = seen[np.isfinite(seen)]
        return (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)


def dot_panels(
    frame: pd.DataFrame,
    by: tuple[str, ...],
    *,
    percent: bool | Collection[str],
    labels: Mapping[str, str],
    reference: Mapping[str, float],
    order: Order,
    rings: str | None = None,
) -> tuple[list[str], list[DotPanel]]:
    """Return the texts of the rows from the top, and the panels from the left.

    Without groups the indicators are the rows, shares in one panel and other scales in another. With them each
    indicator has a panel, and the rows stand in the order of the first panel's estimates, the largest on top (or the
    smallest) and those without one at the foot.
    """
    indicator = [str(name) for name in frame["indicator"]] if "indicator" in frame.columns else [""] * len(frame)
    is_share = {name: _is_share(name, percent) for name in dict.fromkeys(indicator)}
    heads: list[tuple[str, bool, float | None]]
    texts = {name: labels.get(name, plain_words(name)) for name in is_share}
    as_rows = not by and len(is_share) > 1
    if as_rows:
        row_texts = list(texts.values())
        row = np.array([list(texts).index(name) for name in indicator])
        units = list(dict.fromkeys(is_share.values()))
        panel = np.array([units.index(is_share[name]) for name in indicator])
        heads = [
            (_unit_text(unit) if len(units) > 1 else "", unit, _one_line(unit, is_share, reference)) for unit in units
        ]
    else:
        row_texts, row = _group_rows(frame, by)
        panel = np.array([list(texts).index(name) for name in indicator])
        heads = [(texts[name], is_share[name], reference.get(name)) for name in texts]
    if len(np.unique(np.stack([row, panel]), axis=1).T) < len(frame):
        raise InvalidDataError(
            "frame", "one row a group and indicator", "several", "name in by= what tells the rows apart"
        )
    estimate, low, high, n = (numbers(frame, name) for name in ("estimate", "conf_low", "conf_high", "n"))
    ring = np.full(len(frame), np.nan) if rings is None else numbers(frame, rings)
    rank = _ranks(row, panel, estimate, len(row_texts), order)
    hidden, panels = suppressed_rows(frame), []
    for code, (title, unit, line) in enumerate(heads):
        at = panel == code
        bounds = low[at], high[at]
        panels.append(DotPanel(title, unit, rank[row[at]], estimate[at], *bounds, n[at], ring[at], hidden[at], line))
    return [row_texts[code] for code in np.argsort(rank)], panels


def _one_line(unit: bool, is_share: Mapping[str, bool], reference: Mapping[str, float]) -> float | None:  # noqa: FBT001
    """Return the line of the indicators of a unit, where all of them have the same."""
    lines = {reference.get(name) for name, kind in is_share.items() if kind == unit}
    return lines.pop() if len(lines) == 1 else None


def _unit_text(is_share: bool) -> str:  # noqa: FBT001 - one value of a mapping over both
    return "shares" if is_share else "scores"


def _is_share(name: str, percent: bool | Collection[str]) -> bool:  # noqa: FBT001 - the public argument handed on
    return name.startswith("share:") or (percent if isinstance(percent, bool) else name in percent)


def _group_rows(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the groups' texts and the group of each row of the frame."""
    groups = groups_of(frame.reset_index(drop=True), by)
    row = np.empty(len(frame), dtype=np.intp)
    for code, group in enumerate(groups):
        row[group.rows.index.to_numpy()] = code
    return [group.label for group in groups], row


def _ranks(
    row: npt.NDArray[np.intp], panel: npt.NDArray[np.intp], estimate: Floats, n_rows: int, order: Order
) -> npt.NDArray[np.intp]:
    """Return the place of each row: by panel of its first dot, then estimate (missing last), then own order."""
    if order == "group":
        return np.arange(n_rows)
    first_panel, first = np.full(n_rows, len(panel)), np.full(n_rows, np.nan)
    for code in np.unique(panel)[::-1]:
        here = panel == code
        first_panel[row[here]], first[row[here]] = code, estimate[here]
    if len(np.unique(first_panel)) > 1 and np.bincount(row).max() > 1:  # a group that the first panel lacks
        first = np.where(first_panel == 0, first, np.nan)
        first_panel[:] = 0
    places = np.lexsort((np.arange(n_rows), first if order == "smallest" else -first, first_panel))
    rank = np.empty(n_rows, dtype=np.intp)
    rank[places] = np.arange(n_rows)
    return rank
