"""The part of a report on why the number of leavers changed: more people, another mix of them, or a higher risk."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, RiskSetWarning
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import Register
from workforce_metrics.reporting.asked import LeavingAsked
from workforce_metrics.reporting.content import (
    NOT_KNOWN,
    Figure,
    Findings,
    Headline,
    Picture,
    Section,
    Table,
    figure_text,
)
from workforce_metrics.reporting.pictures import picture_of
from workforce_metrics.reporting.sentences import counted, natural_frequency
from workforce_metrics.reporting.shown import figure_of, rows_of, without_hidden
from workforce_metrics.results import Result
from workforce_metrics.survival.build_cohort import build_cohort
from workforce_metrics.survival.counted_spells import risk_table
from workforce_metrics.survival.decomposition import Decomposition, decompose_leavers
from workforce_metrics.survival.period_risk import Period, PeriodRisk, days_of, observed_between, period_risk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["change_findings", "last_two_years"]

HEADING = "Why the number of leavers changed"
SPLIT = (
    "Split exactly into more people who could leave, another mix of years since joining, and another risk, by the"
    " symmetric split of Das Gupta."
)
MEANING = {
    "before": "Leavers in the first period",
    "people at risk": "More or fewer people who could leave",
    "mix": "More or fewer of them in their early years",
    "risk": "A higher or lower risk of leaving",
    "after": "Leavers in the second period",
}


def last_two_years(register: Register) -> tuple[Period, Period] | None:
    """Return the last twelve months observed and the twelve before; None where the window does not hold both.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"PIN": ["1"], "on": ["2019-06-01"], "off": [None]})
    >>> register = wm.read_register(rows, columns={"person_id": "PIN", "joined": "on", "left": "off"},
    ...     observed_from="2020-01-01", observed_to="2024-03-31", date_formats=["%Y-%m-%d"], definition="left")
    >>> [[str(day) for day in period] for period in last_two_years(register)]
    [['2022-04-01', '2023-03-31'], ['2023-04-01', '2024-03-31']]
    """
    closes = register.observed_to
    days = [closes - pd.DateOffset(years=back) for back in (2, 1, 0)]
    first, second = ((start + pd.Timedelta(days=1), end) for start, end in pairwise(days))
    opens = register.table["joined"].min() if pd.isna(register.observed_from) else register.observed_from
    if first[0] < opens:
        return None
    return (first[0].date(), first[1].date()), (second[0].date(), second[1].date())


def change_findings(register: Register, periods: Sequence[Period] | None, asked: LeavingAsked) -> Findings:
    """Return the change in the number of leavers between two periods, split; nothing where there are not two.

    Raises
    ------
    InvalidArgumentError
        If `periods` are given and are not two, or as `period_risk` refuses them.
    """
    pair = last_two_years(register) if periods is None else tuple(periods)
    if pair is None:
        return Findings()
    if len(pair) != 2:
        raise InvalidArgumentError("periods", "two periods", f"{len(pair)}", "give the earlier and the later")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RiskSetWarning)
        try:
            found = period_risk(register, periods=pair, horizon_years=asked.years, conf_level=asked.conf_level)
        except InvalidDataError:  # nobody at risk in one of them
            if periods is None:
                return Findings()
            raise
        risk, change = suppress(found, min_n=asked.min_n), _change(register, pair, asked)
    results: dict[str, Result] = {"leaving by period": risk}
    rates = tuple(_rate_sentence(row, asked) for row in rows_of(without_hidden(risk).frame))
    if change is None:
        why = "The number of leavers cannot be split: too few left, or in some year since joining nobody was at risk."
        return Findings(sections=(Section("change", HEADING, (why, *rates)),), results=results)
    names, terms = tuple(risk.frame["period"]), _terms(change)
    what = f"Leavers {asked.within} of joining, {names[0]} to {names[1]}"
    told = [f"{MEANING[term]}: {figure_text(figure)}" for term, figure in terms.items()]
    blocks: tuple[Table | Picture, ...] = (
        picture_of(lambda: _drawn(change), what, told, "Bars: from the first number to the second; lines: intervals."),
        _table(terms, what),
        *_rate_table(without_hidden(risk), asked),
    )
    return Findings(
        headlines=(_headline(terms, names, asked),),
        sections=(Section("change", HEADING, (_split_sentence(terms, names, asked), *rates), blocks=blocks),),
        results={**results, "change in leavers": change},
        definitions=(("Change in leavers", SPLIT),),
    )


def _change(register: Register, pair: Sequence[Period], asked: LeavingAsked) -> Result | None:
    """Return the split, suppressed and without the years it is made of; None where it may not or cannot be told."""
    cohorts = [
        build_cohort(observed_between(register, first, last), horizon_years=asked.years)
        for first, last in days_of(pair, register)
    ]
    try:
        split = decompose_leavers(*map(risk_table, cohorts), years=asked.years, conf_level=asked.conf_level)
    except InvalidDataError:  # a year since joining in which nobody was at risk
        return None
    left = [int(cohort.event.sum()) for cohort in cohorts]
    fewest = min(*left, *(len(cohort) - n for cohort, n in zip(cohorts, left, strict=True)))
    safe = suppress(Result(split.frame.assign(n=fewest), provenance=split.provenance), min_n=asked.min_n)
    if safe.table["suppressed"].any():
        return None
    return Result(safe.frame.drop(columns="n"), provenance=safe.provenance)


def _drawn(change: Result) -> Axes:
    return Decomposition(change.frame, provenance=change.provenance, bands=pd.DataFrame()).plot()


def _terms(change: Result) -> dict[str, Figure]:
    levels = ("before", "after")
    return {
        str(row["term"]): figure_of(row, "count" if row["term"] in levels else "change")
        for row in rows_of(change.frame)
    }


def _is_noise(terms: Mapping[str, Figure]) -> bool:
    return terms["risk"].low <= 0 <= terms["risk"].high


def _split_sentence(terms: Mapping[str, Figure], names: Sequence[str], asked: LeavingAsked) -> str:
    before, after, risk = round(terms["before"].value), round(terms["after"].value), terms["risk"]
    moved = "as many as" if before == after else f"{abs(after - before):,} {'more' if after > before else 'fewer'} than"
    opening = (
        f"In {names[1]}, {counted(after, 'person', 'people')} left {asked.within} of joining, {moved} in {names[0]}"
        f" ({before:,})."
    )
    if _is_noise(terms):
        return (
            f"{opening} The risk itself shows no clear change: it accounts for {figure_text(risk)} leavers, which may"
            " be chance. The rest comes from how many people could leave, and how long ago they joined."
        )
    return (
        f"{opening} A {'higher' if risk.value > 0 else 'lower'} risk accounts for {figure_text(risk)} leavers, more"
        " than chance would make; the rest comes from how many people could leave, and how long ago they joined."
    )


def _headline(terms: Mapping[str, Figure], names: Sequence[str], asked: LeavingAsked) -> Headline:
    before, after = terms["before"], terms["after"]
    because = "no clear change in risk" if _is_noise(terms) else f"{figure_text(terms['risk'])} because of risk"
    return Headline(
        figure_text(Figure(after.value - before.value, "change")),
        f"leavers {asked.within} of joining, {names[0]} to {names[1]}",
        f"From {figure_text(before, limits=False)} to {figure_text(after, limits=False)}: {because}.",
    )


def _table(terms: Mapping[str, Figure], caption: str) -> Table:
    rows = tuple((MEANING[term], figure) for term, figure in terms.items())
    note = "The three changes add up, without a remainder, to the change in the number of leavers."
    return Table(caption, ("Part", "Leavers"), rows, note)


def _rate_sentence(row: pd.Series, asked: LeavingAsked) -> str:
    base, many = natural_frequency(figure_of(row))
    if many == NOT_KNOWN:
        return f"At the rates of {row['period']}: {NOT_KNOWN}."
    return f"At the rates of {row['period']}, of {base} who join {many} would leave {asked.within}."


def _rate_table(shown: PeriodRisk, asked: LeavingAsked) -> tuple[Table, ...]:
    rows = tuple((str(row["period"]), figure_of(row)) for row in rows_of(shown.frame))
    if not rows:
        return ()
    caption = f"Share who would leave {asked.within} at the rates of each period"
    note = "What the rates of one period would lead to if they held, as life expectancy does; no forecast."
    return (Table(caption, ("Period", "Leave"), rows, note),)
