"""The part of a report on what groups of staff say: a table and a picture for each column that divides them."""

from __future__ import annotations

from collections.abc import Sequence

from workforce_metrics.estimation.estimate import EstimateTable
from workforce_metrics.plotting.groups import group_text
from workforce_metrics.reporting.asked import SurveyAsked
from workforce_metrics.reporting.benchmarks import Benchmark
from workforce_metrics.reporting.content import Cell, Figure, Picture, Section, Table, figure_text
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.shown import MOST_DRAWN, figure_of, hidden_note, number_of, rows_of, without_hidden

__all__ = ["survey_group_section"]

PANELS = 3
"""So many indicators a picture holds side by side."""


def survey_group_section(tables: Sequence[EstimateTable], benchmark: Benchmark | None, asked: SurveyAsked) -> Section:
    """Return the section of suppressed tables by one column each."""
    blocks: list[Table | Picture] = []
    for found in tables:
        shown, name = without_hidden(found), found.by[0]
        if shown.table.empty:
            continue
        caption = f"Indicators by {asked.by[name].lower()}"
        if shown.table[name].nunique() <= MOST_DRAWN:
            blocks.append(_picture(shown, caption, benchmark, asked))
        blocks.append(_table(found, shown, caption, asked))
    text = () if blocks else ("No group is large enough to be shown.",)
    return Section("survey-groups", "What staff say, by group", text, blocks=tuple(blocks))


def _table(found: EstimateTable, shown: EstimateTable, caption: str, asked: SurveyAsked) -> Table:
    name, rows = found.by[0], []
    for group, part in shown.frame.groupby(name, sort=False, observed=True):
        own = {str(row["indicator"]): row for row in rows_of(part)}
        cells: list[Cell] = [
            figure_of(own[item.name], item.unit) if item.name in own else "not shown" for item in asked.indicators
        ]
        n = max(number_of(row, "n") for row in own.values())
        rows.append((group_text(group), *cells, Figure(n, "count")))
    headings = (asked.by[name], *asked.labels.values(), "Answered")
    return Table(caption, headings, tuple(rows), hidden_note(found))


def _picture(shown: EstimateTable, caption: str, benchmark: Benchmark | None, asked: SurveyAsked) -> Picture:
    from workforce_metrics.plotting.dots import draw_estimates

    there = set(shown.table["indicator"])
    drawn = {item.name: item for item in [item for item in asked.indicators if item.name in there][-PANELS:]}
    frame = shown.frame[shown.frame["indicator"].isin(list(drawn))]
    middle = {} if benchmark is None else benchmark.middle
    lines = {name: middle[name].value for name in drawn if name in middle}
    told = []
    for row in rows_of(frame):
        item = drawn[str(row["indicator"])]
        told.append(f"{group_text(row[shown.by[0]])}, {item.label}: {figure_text(figure_of(row, item.unit))}")
    legend = "Dot: the result; line: its interval." + (" Line across: the benchmark." if lines else "")
    return picture_of(
        lambda: draw_estimates(
            frame, by=shown.by, percent=[name for name, item in drawn.items() if item.is_share], labels=asked.labels,
            reference=lines, reference_name="benchmark", caption=shown.caption,
        ),
        caption, told, legend,
    )  # fmt: skip
