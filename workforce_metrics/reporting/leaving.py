"""The part of a report on leaving: how many leave, by year of joining, reason and group."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import Register
from workforce_metrics.plotting.groups import group_text
from workforce_metrics.reporting.asked import LeavingAsked
from workforce_metrics.reporting.content import NOT_KNOWN, Figure, Findings, Headline, Picture, Section, Table
from workforce_metrics.reporting.joining import joining_section, safe_joining_years
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.rare_causes import with_rare_causes_together
from workforce_metrics.reporting.sentences import day_in_words, natural_frequency, ordinal, plain
from workforce_metrics.reporting.shown import (
    MOST_DRAWN,
    figure_of,
    hidden_note,
    in_hundred,
    number_of,
    rows_of,
    without_hidden,
)
from workforce_metrics.results import Result
from workforce_metrics.survival.build_cohort import build_cohort
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cohort_columns import ANY_CAUSE
from workforce_metrics.survival.leaving_within import LeavingWithin, leaving_within

__all__ = ["leaving_findings"]

OF_100 = (
    "The risk of leaving, allowing for people who have not been followed to the end, and for people who joined before"
    " the window opened, who are counted only from then on."
)
LEGEND = "Dot: the share; line: its interval."


def leaving_findings(register: Register, asked: LeavingAsked) -> Findings:
    """Return what a register tells of leaving."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)  # what they warn of stands as "too few to say" in the tables
        cohort = build_cohort(register, horizon_years=asked.years, causes=asked.causes)
        overall, by_group = _overall_and_by_group(cohort, asked)
        by_cause = None if asked.causes is None else _by_cause(cohort, asked)
        by_joining = safe_joining_years(register, len(cohort), asked)
    base, many = natural_frequency(figure_of(overall.frame.iloc[0]))
    sentence = f"Of {base} {asked.people} who join, {many} leave {asked.within}."
    if many == NOT_KNOWN:
        sentence = f"How many {asked.people} leave {asked.within}: {NOT_KNOWN}."
    figure = f"{many.partition(' (')[0].removeprefix('about ')} in {base}"
    return Findings(
        headlines=() if many == NOT_KNOWN else (Headline(figure, f"leave {asked.within}", sentence),),
        sections=(
            joining_section(by_joining, asked, sentence),
            *(() if by_cause is None else (_cause_section(by_cause, asked),)),
            *((_group_section(by_group, asked),) if by_group else ()),
        ),
        results={
            "leaving": overall,
            **{f"leaving by {table.by[0]}": table for table in by_group},
            **({} if by_cause is None else {"leaving by cause": by_cause}),
            **({} if by_joining is None else {"leaving by joining year": by_joining}),
        },
        definitions=_definitions(register, asked),
        limits=_limits(register, asked),
    )


def _overall_and_by_group(cohort: Cohort, asked: LeavingAsked) -> tuple[Result, list[Result]]:
    """Return the risk of all and by each column, suppressed together: they are tables of the same people."""
    tables = [leaving_within(cohort, by=name, conf_level=asked.conf_level) for name in (None, *asked.by)]
    overall, *by_group = suppress(tables, min_n=asked.min_n)
    return overall, by_group


def _by_cause(cohort: Cohort, asked: LeavingAsked) -> LeavingWithin:
    pooled = with_rare_causes_together(cohort, asked.min_n)
    return suppress(leaving_within(pooled, causes="apart", conf_level=asked.conf_level), min_n=asked.min_n)


def _cause_section(found: LeavingWithin, asked: LeavingAsked) -> Section:
    heading, shown = "Leaving, by reason", without_hidden(found)
    frame = shown.frame.assign(cause=shown.frame["cause"].astype(str))
    parts = frame[frame["cause"] != ANY_CAUSE].sort_values("estimate", ascending=False, kind="stable")
    if len(parts) < 2 or parts["estimate"].isna().all():
        return Section("causes", heading, ("Too few left, or all for one reason, to tell reasons apart.",))
    base, many = natural_frequency(figure_of(parts.iloc[0]))
    first = f"The most frequent reason is “{plain(parts.iloc[0]['cause'])}”: of {base} who join, {many} leave for it."
    ordered = rows_of(pd.concat([parts, frame[frame["cause"] == ANY_CAUSE]]))
    rows = tuple((plain(row["cause"]), figure_of(row)) for row in ordered)
    told = [f"{plain(row['cause'])}: {in_hundred(row)}" for row in ordered]
    caption = f"Share who leave {asked.within}, by reason"
    note = f"Reasons given by fewer than {asked.min_n} are taken together. The reasons add up to any cause."
    blocks = (
        picture_of(shown.plot, caption, told, LEGEND),
        Table(caption, ("Reason", f"Leave {asked.within}"), rows, note),
    )
    return Section("causes", heading, (first,), blocks=blocks)


def _group_section(tables: Sequence[Result], asked: LeavingAsked) -> Section:
    blocks: list[Table | Picture] = []
    for found in tables:
        shown, name = without_hidden(found), found.by[0]
        frame = shown.frame
        if frame.empty:
            continue
        frame[name] = frame[name].astype(object).map(group_text)
        caption = f"Share who leave {asked.within}, by {asked.by[name].lower()}"
        if len(frame) <= MOST_DRAWN and frame["estimate"].notna().any():
            told = [f"{row[name]}: {in_hundred(row)}" for row in rows_of(frame)]
            blocks.append(picture_of(shown.plot, caption, told, LEGEND))
        rows = tuple((str(row[name]), figure_of(row), Figure(number_of(row, "n"), "count")) for row in rows_of(frame))
        headings = (asked.by[name], f"Leave {asked.within}", "Ever at risk")
        blocks.append(Table(caption, headings, rows, hidden_note(found)))
    text = () if blocks else ("No group is large enough to be shown.",)
    return Section("groups", "Leaving, by group", text, blocks=tuple(blocks))


def _definitions(register: Register, asked: LeavingAsked) -> tuple[tuple[str, str], ...]:
    opens = "the first joining" if pd.isna(register.observed_from) else day_in_words(register.observed_from)
    closes = day_in_words(register.observed_to)
    return (
        ("Leaving", register.definition),
        ("Observed", f"From {opens} to {closes}: a leaving between the two would have been seen."),
        (asked.within.capitalize(), f"On or before the {ordinal(asked.years)} anniversary of joining."),
        ("Of 100 who join", OF_100),
    )


def _limits(register: Register, asked: LeavingAsked) -> tuple[str, ...]:
    limits = ["Leaving is what the extract records under the definition given; what it does not record is missed."]
    if asked.causes is not None:
        limits.append("Reasons are as recorded; people whose reason is missing or not on the list are “unknown”.")
    if not pd.isna(register.observed_from):
        limits.append(f"Nothing is known of people who had left by {day_in_words(register.observed_from)}.")
    return tuple(limits)
