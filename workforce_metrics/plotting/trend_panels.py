"""What a picture of a trend shows, before anything is drawn: a panel an indicator, a line a group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.plotting.groups import groups_of, numbers, plain_words, suppressed_rows

__all__ = ["Line", "Panel", "trend_panels", "trend_years"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One group in one panel, a value an edition of the picture; NaN where there is none.

    Parameters
    ----------
    label : str
    estimate, low, high : ndarray of float, shape (n_editions,)
    hidden : ndarray of bool, shape (n_editions,)
    broken : ndarray of bool, shape (n_editions,)
        Where the line must not come from the edition before.
    """

    label: str
    estimate: Floats
    low: Floats
    high: Floats
    hidden: npt.NDArray[np.bool_]
    broken: npt.NDArray[np.bool_]

    @property
    def pieces(self) -> list[npt.NDArray[np.intp]]:
        """The runs of editions that one stroke may join."""
        there = np.flatnonzero(np.isfinite(self.estimate))
        cuts = np.flatnonzero((np.diff(there) > 1) | self.broken[there[1:]]) + 1
        return [piece for piece in np.split(there, cuts) if len(piece)]


@dataclass(frozen=True)
class Panel:
    """The lines of one indicator and why they break: edition (by place) to reason."""

    title: str
    is_share: bool
    lines: tuple[Line, ...]
    breaks: Mapping[int, str]


def trend_panels(
    frame: pd.DataFrame, by: tuple[str, ...], edition: str, *, percent: Collection[str], labels: Mapping[str, str]
) -> list[Panel]:
    """Return a panel for each indicator, its lines in the order of the groups.

    Raises
    ------
    InvalidDataError
        If a group, edition and indicator has two rows.
    """
    if frame.duplicated([*by, edition, "indicator"]).any():
        raise InvalidDataError(
            "frame", "one row a group, edition and indicator", "several", "name in by= what tells them apart"
        )
    years = trend_years(frame, edition)
    panels = []
    groups = [group.label for group in groups_of(frame, by)]
    for name in dict.fromkeys(str(name) for name in frame["indicator"]):
        rows = frame[frame["indicator"] == name]
        found = {group.label: _line(group.label, group.rows, edition, years) for group in groups_of(rows, by)}
        why = _breaks(rows, edition, years)
        lines = tuple(found[label] if label in found else _absent(label, len(years)) for label in groups)
        panels.append(
            Panel(labels.get(name, plain_words(name)), name.startswith("share:") or name in percent, lines, why)
        )
    return panels


def trend_years(frame: pd.DataFrame, edition: str) -> list[int]:
    """Return the editions of the picture, ascending."""
    return sorted({int(year) for year in frame[edition]})


def _line(label: str, rows: pd.DataFrame, edition: str, years: list[int]) -> Line:
    at = np.array([years.index(year) for year in rows[edition]])
    values = np.full((3, len(years)), np.nan)
    for position, column in enumerate(("estimate", "conf_low", "conf_high")):
        values[position, at] = numbers(rows, column)
    flags = np.zeros((2, len(years)), dtype=np.bool_)
    flags[0, at] = suppressed_rows(rows)
    flags[1, at] = [_is_reason(reason) for reason in rows.get("break_before", [""] * len(rows))]
    return Line(label, *values, *flags)


def _absent(label: str, n: int) -> Line:
    nothing, no = np.full(n, np.nan), np.zeros(n, dtype=np.bool_)
    return Line(label, nothing, nothing, nothing, no, no)


def _breaks(rows: pd.DataFrame, edition: str, years: list[int]) -> dict[int, str]:
    if "break_before" not in rows.columns:
        return {}
    told = rows[[_is_reason(reason) for reason in rows["break_before"]]]
    return {years.index(year): str(reason) for year, reason in zip(told[edition], told["break_before"], strict=True)}


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and value != ""
