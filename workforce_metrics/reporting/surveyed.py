"""The part of a report on what staff say: each indicator, against a benchmark, by group, since an earlier edition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from workforce_metrics.estimation.estimate import EstimateTable, estimate
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.plotting.groups import group_text
from workforce_metrics.reporting.asked import SurveyAsked
from workforce_metrics.reporting.benchmarks import Benchmark, benchmark_cells, standing
from workforce_metrics.reporting.chosen_indicators import Indicator
from workforce_metrics.reporting.content import Cell, Figure, Findings, Headline, Section, Table, figure_text
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.sentences import counted, listed, natural_frequency, score_sentence, share_sentence
from workforce_metrics.reporting.shown import figure_of, number_of, rows_of, without_hidden
from workforce_metrics.reporting.survey_change import change_section, safe_change
from workforce_metrics.reporting.survey_groups import survey_group_section

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["survey_findings"]

HEADLINES = 3


def survey_findings(
    survey: StaffSurvey, earlier: StaffSurvey | None, benchmark: Benchmark | None, asked: SurveyAsked
) -> Findings:
    """Return what a survey tells."""
    overall = _estimated(survey, None, asked)
    by_group = [_estimated(_with_not_stated(survey, name), name, asked) for name in asked.by]
    changed = None if earlier is None else safe_change(survey, earlier, asked)
    rows = {str(row["indicator"]): row for row in rows_of(without_hidden(overall).frame)}
    figures = {item: figure_of(rows[item.name], item.unit) for item in asked.indicators if item.name in rows}
    return Findings(
        headlines=_headlines(figures),
        sections=(
            _indicator_section(without_hidden(overall), rows, figures, benchmark, asked),
            *((survey_group_section(by_group, benchmark, asked),) if by_group else ()),
            *(() if changed is None else (change_section(changed, asked),)),
        ),
        results={
            "indicators": overall,
            **{f"indicators by {table.by[0]}": table for table in by_group},
            **({} if changed is None else {"change since the earlier edition": changed}),
            **({} if benchmark is None else benchmark.results),
        },
        definitions=tuple(_definition(indicator) for indicator in asked.indicators),
        limits=_limits(asked, benchmark),
    )


def _estimated(survey: StaffSurvey, by: str | None, asked: SurveyAsked) -> EstimateTable:
    table = estimate(survey, asked.names, by=by, design=asked.design, conf_level=asked.conf_level)
    return suppress(table, min_n=asked.min_n)


def _with_not_stated(survey: StaffSurvey, name: str) -> StaffSurvey:
    """Return the survey with those of whom the group is not known as a group of their own.

    All groups then add up to all who answered, so that each table, suppressed by itself, is safe beside the others.
    """
    column = survey.table.get(name)
    if column is None or not column.isna().any():
        return survey
    in_order = [*sorted(column.dropna().unique())] if column.dtype != "category" else [*column.cat.categories]
    texts = list(dict.fromkeys(map(group_text, [*in_order, None])))
    filled = pd.Categorical(column.astype(object).map(group_text), texts)
    return replace(survey, table=survey.table.assign(**{name: filled}))


def _headlines(figures: Mapping[Indicator, Figure]) -> tuple[Headline, ...]:
    """Return the first headlines, shares before scores: they are easier to picture."""
    known = {item: figure for item, figure in figures.items() if math.isfinite(figure.value)}
    made = []
    for item in sorted(known, key=lambda item: not item.is_share):
        if item.is_share:
            base, many = natural_frequency(known[item])
            shown = f"{many.partition(' (')[0].removeprefix('about ')} in {base}"
            made.append(Headline(shown, item.label, f"Of {base} who answered, {many}."))
        else:
            scale = f" on a scale of {item.scale}" if item.scale else ""
            better = "" if item.direction == "neither" else f"; {item.direction}"
            sentence = f"{figure_text(known[item])}{scale}{better}."
            made.append(Headline(figure_text(known[item], limits=False), item.label, sentence))
    return tuple(made[:HEADLINES])


def _indicator_section(
    shown: EstimateTable,
    rows: Mapping[str, pd.Series],
    figures: Mapping[Indicator, Figure],
    benchmark: Benchmark | None,
    asked: SurveyAsked,
) -> Section:
    n_hidden = len(asked.indicators) - len(figures)
    note = f"{counted(n_hidden, 'indicator')} cannot be shown: too few answered, or all alike." if n_hidden else ""
    if not figures:
        return Section("survey", "What staff say", (note,))
    told = tuple(
        share_sentence(item.label, figure) if item.is_share else score_sentence(item.label, figure, item.scale)
        for item, figure in figures.items()
    )
    headings: tuple[str, ...] = ("Indicator", "Result", "Answered")
    cells: list[tuple[Cell, ...]] = []
    for item, figure in figures.items():
        beside = () if benchmark is None else benchmark_cells(benchmark, item, figure)
        cells.append((item.label, figure, *beside, Figure(number_of(rows[item.name], "n"), "count")))
    legend = "Dot: the result; line: its interval."
    above: tuple[str, ...] = ()
    if benchmark is not None:
        headings = ("Indicator", "Result", *benchmark.headings, "Answered")
        legend, above = f"{legend} Ring: {benchmark.name}.", standing(benchmark, figures)
        note = f"{benchmark.rule} {note}".strip()
    picture = picture_of(
        lambda: _drawn(shown, asked.labels, benchmark), "Each indicator with its interval",
        [f"{item.label}: {figure_text(figure)}" for item, figure in figures.items()], legend,
    )  # fmt: skip
    return Section(
        "survey", "What staff say", above, points=tuple(("", sentence) for sentence in told),
        blocks=(picture, Table("Indicators of all who answered", headings, tuple(cells), note)),
    )  # fmt: skip


def _drawn(shown: EstimateTable, labels: Mapping[str, str], benchmark: Benchmark | None) -> Axes:
    from workforce_metrics.plotting.dots import draw_estimates

    frame = shown.frame
    if benchmark is not None:
        middle = {name: figure.value for name, figure in benchmark.middle.items()}
        frame["ring"] = frame["indicator"].map(middle).astype(float)
    return draw_estimates(
        frame, by=(), percent=[name for name, kind in shown.kinds.items() if kind == "share"], labels=labels,
        order="group", caption=shown.caption, rings=None if benchmark is None else "ring",
    )  # fmt: skip


def _definition(indicator: Indicator) -> tuple[str, str]:
    if indicator.is_share:
        answers = f"Share who answered “{indicator.counted}”" if indicator.counted else "Share counted"
        return indicator.label, f"{answers}, of those in the base of the item; {indicator.direction}."
    if not indicator.items:
        return indicator.label, "A mean of those who answered."
    items = listed([name.replace("_", " ") for name in indicator.items.split()])
    return indicator.label, f"A score from {indicator.scale}; {indicator.direction}. Made of {items}."


def _limits(asked: SurveyAsked, benchmark: Benchmark | None) -> tuple[str, ...]:
    limits = ["Who did not answer may feel otherwise; intervals allow for chance among those asked, not for that."]
    if asked.design is None or asked.design.weight is None:
        limits.append("Answers are not weighted: groups that answered more often count for more.")
    if benchmark is not None:
        limits.append("The benchmark is not adjusted for differences in the mix of staff.")
    return tuple(limits)
