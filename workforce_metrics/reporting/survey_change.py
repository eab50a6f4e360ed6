"""The part of a report on what changed between two editions of a survey, and how much of it is noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from workforce_metrics.estimation.comparison import DIFFERENCE, Comparison
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.estimation.trend_test import trend_test
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.reporting.asked import SurveyAsked
from workforce_metrics.reporting.chosen_indicators import Indicator
from workforce_metrics.reporting.content import Cell, Figure, Picture, Section, Table, figure_text
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.sentences import change_words, counted, listed
from workforce_metrics.reporting.shown import figure_of, number_of, rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["change_section", "safe_change"]

HEADING = "What changed, and how much is noise"
CHANCE = "no clear change"


def safe_change(survey: StaffSurvey, earlier: StaffSurvey, asked: SurveyAsked) -> Comparison:
    """Return the change of each indicator since an earlier edition, suppressed; p-values by Holm's rule."""
    compared = trend_test(
        [earlier, survey], asked.names, design=asked.design, adjust="holm", conf_level=asked.conf_level
    )
    return suppress(compared, min_n=asked.min_n)


def change_section(changed: Comparison, asked: SurveyAsked) -> Section:
    """Return the section of a suppressed comparison of two editions."""
    frame = changed.frame
    frame = frame[(frame["term"] == DIFFERENCE) & ~frame["suppressed"].astype(bool)].reset_index(drop=True)
    if frame.empty:
        return Section("trend", HEADING, ("Too few answered in one of the two editions to compare them.",))
    own = {item.name: item for item in asked.indicators}
    rows = rows_of(frame)
    verdicts = {own[row["indicator"]].label: _verdict(row, own[row["indicator"]], asked.conf_level) for row in rows}
    first, second = str(frame["against"].iloc[0]), str(frame["edition"].iloc[0])
    n_tests = int(frame["p_adjusted"].notna().sum())
    note = (
        f"Changes of shares are in percentage points. The verdict allows for {counted(n_tests, 'comparison')} made at"
        " once (Holm); intervals are each by itself."
    )
    cells = tuple(_cells(row, own[row["indicator"]], verdicts) for row in rows)
    table = Table(f"Change from {first} to {second}", ("Indicator", first, second, "Change", "Verdict"), cells, note)
    compared = frame[frame["estimate"].notna()]
    blocks = (*((_picture(compared, own, changed),) if len(compared) else ()), table)
    return Section("trend", HEADING, (_what_moved(verdicts, first, second),), blocks=blocks)


def _change(row: pd.Series, item: Indicator) -> Figure:
    return figure_of(row, "points" if item.is_share else "score change")


def _verdict(row: pd.Series, item: Indicator, conf_level: float) -> str:
    if row["break_before"]:
        return f"cannot be compared: {row['break_before']}"
    is_noise = not row["p_adjusted"] < 1 - conf_level
    return change_words(_change(row, item), is_noise=is_noise)


def _cells(row: pd.Series, item: Indicator, verdicts: Mapping[str, str]) -> tuple[Cell, ...]:
    before, after = (Figure(number_of(row, name), item.unit) for name in ("against_estimate", "group_estimate"))
    change: Cell = "–" if row["break_before"] else _change(row, item)
    return item.label, before, after, change, verdicts[item.label]


def _picture(frame: pd.DataFrame, own: Mapping[str, Indicator], changed: Comparison) -> Picture:
    told = []
    for row in rows_of(frame):
        item = own[row["indicator"]]
        told.append(f"{item.label}: {figure_text(_change(row, item))}{' percentage points' if item.is_share else ''}")
    what = "Change of each indicator between the two editions"
    return picture_of(lambda: _drawn(frame, own, changed), what, told, "Dot: the change; line: its interval.")


def _drawn(frame: pd.DataFrame, own: Mapping[str, Indicator], changed: Comparison) -> Axes:
    from workforce_metrics.plotting.dots import draw_estimates

    labels = {name: own[name].label for name in frame["indicator"]}
    return draw_estimates(
        frame, by=(), percent=[name for name in labels if own[name].is_share], labels=labels, order="group",
        reference=dict.fromkeys(labels, 0.0), reference_name="no change", caption=changed.caption,
    )  # fmt: skip


def _what_moved(verdicts: Mapping[str, str], first: str, second: str) -> str:
    moved = {
        word: [label for label, verdict in verdicts.items() if verdict.startswith(word)] for word in ("rose", "fell")
    }
    parts = [f"{listed(labels)} {word}" for word, labels in moved.items() if labels]
    n_still = sum(verdict == CHANCE for verdict in verdicts.values())
    if not parts:
        return f"From {first} to {second} nothing moved by more than chance would make it move."
    rest = f" The change of {counted(n_still, 'other indicator')} may be chance." if n_still else ""
    return f"From {first} to {second}, by more than chance: {'; '.join(parts)}.{rest}"
