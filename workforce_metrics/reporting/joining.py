"""The part of a report on years of joining: how many of those who joined then left, or are projected to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import Register
from workforce_metrics.reporting.asked import LeavingAsked
from workforce_metrics.reporting.content import Figure, Picture, Section, Table
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.sentences import in_words, natural_frequency
from workforce_metrics.reporting.shown import figure_of, hidden_note, in_hundred, number_of, rows_of, without_hidden
from workforce_metrics.survival.joining_years import JoiningYears, joining_years

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["joining_section", "safe_joining_years"]

SIZE, MOST_YEARS_NAMED = (8.8, 3.9), 12
HOW_KNOWN = (
    "Observed: everybody who joined that year was followed that far. Projected: what was seen of them, completed by the"
    " rates of the last twelve months; it holds only if these rates do."
)


def safe_joining_years(register: Register, n_at_risk: int, asked: LeavingAsked) -> JoiningYears | None:
    """Return the risk at the horizon for each year of joining, suppressed; None where the window holds no such year.

    Parameters
    ----------
    register : Register
    n_at_risk : int
        How many people are counted by other tables of the report.
    asked : LeavingAsked

    Returns
    -------
    JoiningYears or None
        Without numbers of people where those tables and this one differ by a few: they could be had by subtraction.
    """
    try:
        found = joining_years(
            register, horizon_years=asked.years, first_month=asked.first_month, conf_level=asked.conf_level
        )
    except InvalidDataError:  # nobody joined in a year that was observed from its start
        return None
    table = found.frame
    table = table[table["time"] == asked.years].reset_index(drop=True)
    safe = suppress(found.with_table(table), min_n=asked.min_n)
    n_others = abs(n_at_risk - int(table["n"].sum()))
    if not 0 < n_others < asked.min_n:
        return safe
    made = {name: value for name, value in safe.provenance.items() if not name.startswith("n_")}
    return JoiningYears(safe.frame.assign(n=np.nan, n_event=np.nan), safe.by, made)


def joining_section(found: JoiningYears | None, asked: LeavingAsked, overall: str) -> Section:
    """Return the section; `overall` is the sentence on all who join."""
    heading = "Leaving, by year of joining"
    if found is None:
        gap = "Nobody joined in a year that was observed from its start, so years of joining cannot be told apart."
        return Section("joining", heading, (overall, gap))
    shown = without_hidden(found)
    if shown.table.empty:
        return Section("joining", heading, (overall, "In no year did enough people join to be shown."))
    what = f"Share of {asked.people} who leave {asked.within}, by year of joining"
    told = [f"{row['joining_year']} ({row['term']}): {in_hundred(row)}" for row in rows_of(shown.frame)]
    pictures: tuple[Picture, ...] = ()
    if shown.table["estimate"].notna().any():
        legend = "Dot: the share; line: its interval. Hollow: projected."
        pictures = (picture_of(lambda: _drawn(shown), what, told, legend),)
    return Section(
        "joining", heading, (overall, _first_and_last(shown, asked)), blocks=(*pictures, _table(found, shown, asked))
    )


def _table(found: JoiningYears, shown: JoiningYears, asked: LeavingAsked) -> Table:
    has_counts = bool(shown.table["n"].notna().any())
    rows = tuple(
        (str(row["joining_year"]), figure_of(row), str(row["term"]),
         *((Figure(number_of(row, "n"), "count"),) if has_counts else ()))
        for row in rows_of(shown.frame)
    )  # fmt: skip
    headings = ("Joined in", f"Leave {asked.within}", "How known", *(("Joined",) if has_counts else ()))
    note = f"{HOW_KNOWN} {hidden_note(found, 'joining year')}".strip()
    return Table(f"Share who leave {asked.within}, by year of joining", headings, rows, note)


def _first_and_last(shown: JoiningYears, asked: LeavingAsked) -> str:
    """Return the first and the last year that was followed to the end, in words."""
    frame = shown.frame
    seen = frame[(frame["term"] == "observed") & frame["estimate"].notna()]
    if seen.empty:
        return f"No year of joining has been followed for {in_words(asked.years, 'year')} yet; all are projected."
    told = []
    for place in dict.fromkeys((0, len(seen) - 1)):
        row = seen.iloc[place]
        base, many = natural_frequency(figure_of(row))
        told.append(f"Of {base} {asked.people} who joined in {row['joining_year']}, {many} left {asked.within}.")
    return " ".join(told)


def _drawn(shown: JoiningYears) -> Axes:
    """Draw on axes wide enough for the years' names; of many years, not each is named."""
    from workforce_metrics.plotting.layout import new_axes

    ax = shown.plot(new_axes(*SIZE))
    names = [label.get_text() for label in ax.get_xticklabels()]
    step = -(-len(names) // MOST_YEARS_NAMED)
    ax.set_xticks(ax.get_xticks(), [name if place % step == 0 else "" for place, name in enumerate(names)])
    return ax
