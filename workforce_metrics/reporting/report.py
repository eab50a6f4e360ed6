"""One report of a survey and a register: what is happening, how sure we are, what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.extracts import LoadReport, Register, StaffSurvey
from workforce_metrics.figures import PublishedSurvey
from workforce_metrics.reporting.asked import LeavingAsked, SurveyAsked
from workforce_metrics.reporting.benchmarks import benchmark_of
from workforce_metrics.reporting.change_in_leavers import change_findings
from workforce_metrics.reporting.chosen_indicators import chosen_indicators
from workforce_metrics.reporting.content import Findings, Section
from workforce_metrics.reporting.document import Report
from workforce_metrics.reporting.leaving import leaving_findings
from workforce_metrics.reporting.quality import quality_findings
from workforce_metrics.reporting.sentences import plain
from workforce_metrics.reporting.surveyed import survey_findings
from workforce_metrics.results import check_conf_level, grouping_columns
from workforce_metrics.survival.build_cohort import check_whole_years, require_register
from workforce_metrics.survival.period_risk import Period

__all__ = ["report"]

INTERVAL = (
    "The range in brackets: in {:g} of 100 such studies it holds the true value. It allows for chance, not for errors"
    " in the data."
)


def report(
    *,
    survey: StaffSurvey | None = None,
    earlier_survey: StaffSurvey | None = None,
    indicators: str | Sequence[str] | Mapping[str, str] | None = None,
    by: str | Sequence[str] | Mapping[str, str] | None = None,
    design: SurveyDesign | None = None,
    benchmark: PublishedSurvey | pd.DataFrame | StaffSurvey | None = None,
    benchmark_name: str | None = None,
    register: Register | None = None,
    years: int = 5,
    leaving_by: str | Sequence[str] | Mapping[str, str] | None = None,
    causes: Mapping[str, str | None] | None = None,
    periods: Sequence[Period] | None = None,
    first_month: int = 4,
    people: str = "people",
    title: str = "Workforce report",
    organisation: str = "",
    date: str = "",
    notes: str | Sequence[str] = (),
    min_n: int = 11,
    conf_level: float = 0.95,
) -> Report:
    """Report what a survey and a register say, in words that a board can read, safe to publish.

    Parameters
    ----------
    survey : StaffSurvey, optional
        What staff said. A survey or a register is needed; both may be given.
    earlier_survey : StaffSurvey, optional
        An earlier edition: what changed since, and how much of it is noise.
    indicators : str, sequence of str, or mapping of str to str, optional
        Names as `estimate` takes them, or names with the labels to print. Default: engagement, morale, team working,
        burnout, who is burnt out and who thinks about leaving, as far as the extract holds them.
    by : str, sequence of str, or mapping of str to str, optional
        Columns of the survey, such as the organisation or team, or columns with what to call them; each gives a table
        of its own.
    design : SurveyDesign, optional
        How respondents were selected and weighted, in all surveys that are given.
    benchmark : PublishedSurvey, its frame or part of it, or StaffSurvey, optional
        What to hold the indicators against: of published figures the median of the organisations, with the lowest and
        the highest, in the survey's edition; of another survey its estimate.
    benchmark_name : str, optional
        What to call it.
    register : Register, optional
        Who joined and left.
    years : int, default 5
        Leaving within so many years of joining.
    leaving_by : str, sequence of str, or mapping of str to str, optional
        Columns of the register, known at joining, or columns with what to call them; each gives a table of its own.
    causes : mapping of str to (str or None), optional
        Reason to cause, as `build_cohort` takes it. Without it reasons are not told apart.
    periods : sequence of two periods, optional
        Between which the number of leavers is split into more people and higher risk, as `period_risk` takes them.
        Default: the last twelve months observed and the twelve before, where the window holds both.
    first_month : int, default 4
        In which joining years begin: 4 for April to March.
    people : str, default "people"
        Who they are, in the plural: "nurses".
    title, organisation, date : str
        What stands at the head. No clock is read: without `date` there is none.
    notes : str or sequence of str, optional
        Paragraphs of your own, under the headlines.
    min_n : int, default 11
        The smallest number of people that is shown; see `suppress`.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    Report
        ``.write("board.html")``, ``.write("board.xlsx")``, ``.write("board.md")``, or ``.html`` and ``.markdown``.

    Raises
    ------
    InvalidArgumentError
        If neither a survey nor a register is given, an argument needs one that is not, or is not what it must be.
    InvalidDataError, MissingColumnError, CodebookError
        As the functions that estimate.

    Notes
    -----
    Everything is had from the library's own functions: `leaving_within`, `joining_years`, `period_risk`,
    `decompose_leavers`, `estimate`, `trend_test`. Every table goes through `suppress`; sentences and pictures are made
    of the suppressed tables. Hidden groups are not named, and people whose group is not known are a group like others.
    Reasons for leaving that fewer than `min_n` gave are taken together. The number of people by year of joining is left
    out where a few would be had from it by subtraction, and so are rows set aside by rules that met few. Reports
    of the same people at different times, or by other columns, are not looked at together.

    A change is called more than chance if its p-value, adjusted for all indicators by Holm's rule, is below
    ``1 - conf_level``; a difference from a benchmark is clear if the intervals do not touch.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> extract = wm.simulate_staff_survey(600, seed=1).extract
    >>> survey = wm.read_staff_survey(extract, edition=2024, weight="weight")
    >>> made = wm.report(survey=survey, indicators="burnout", title="Simulated",
    ...                  design=wm.SurveyDesign(weight="weight"))
    >>> made
    <Report Simulated: What staff say, How good are the data, What the words mean, What is not known>
    >>> made.headlines[0].sentence
    '5.00 (4.83 to 5.16) on a scale of 0 to 10; higher is better.'
    """
    conf_level = check_conf_level(conf_level)
    of_survey = {"earlier_survey": earlier_survey, "by": by, "benchmark": benchmark}
    of_register = {"leaving_by": leaving_by, "causes": causes, "periods": periods}
    _check(survey, register, of_survey, of_register, texts=(title, organisation, date))
    found: list[Findings] = []
    if register is not None:
        check_whole_years(years, "years")
        asked = LeavingAsked(
            int(years), _named(leaving_by, "leaving_by"), causes, first_month, people, min_n, conf_level
        )
        found += [leaving_findings(register, asked), change_findings(register, periods, asked)]
    if survey is not None:
        chosen = chosen_indicators(survey, indicators)
        held = None if benchmark is None else benchmark_of(
            benchmark, chosen, edition=survey.codebook.edition, name=benchmark_name, design=design, min_n=min_n,
            conf_level=conf_level,
        )  # fmt: skip
        wanted = SurveyAsked(chosen, _named(by, "by"), design, min_n, conf_level)
        found.append(survey_findings(survey, earlier_survey, held, wanted))
    found.append(quality_findings(_read(survey, earlier_survey, register), min_n))
    return Report(
        title=title,
        organisation=organisation,
        date=date,
        notes=(notes,) if isinstance(notes, str) else tuple(notes),
        headlines=tuple(headline for part in found for headline in part.headlines),
        sections=(*(section for part in found for section in part.sections), *_closing(found, min_n, conf_level)),
        results={name: result for part in found for name, result in part.results.items()},
    )


def _check(
    survey: object, register: object, of_survey: Mapping[str, object], of_register: Mapping[str, object], *,
    texts: Sequence[object],
) -> None:  # fmt: skip
    if survey is None and register is None:
        raise InvalidArgumentError("survey", "a survey, a register or both", "neither", "pass survey= or register=")
    if survey is not None and not isinstance(survey, StaffSurvey):
        raise InvalidArgumentError("survey", "a StaffSurvey", type(survey).__name__, "read it with read_staff_survey")
    if register is not None:
        require_register(register)
    for source, needs in ((survey, of_survey), (register, of_register)):
        given = [name for name, value in needs.items() if value is not None]
        if source is None and given:
            what = "survey" if needs is of_survey else "register"
            raise InvalidArgumentError(given[0], f"a {what} too", "none", f"pass {what}=, or leave {given[0]} out")
    if not all(isinstance(text, str) for text in texts):
        raise InvalidArgumentError("title, organisation, date", "texts", "something else", "write date='June 2025'")


def _named(columns: str | Sequence[str] | Mapping[str, str] | None, argument: str) -> dict[str, str]:
    """Return grouping columns with what to call them."""
    labels = columns if isinstance(columns, Mapping) else {}
    names = grouping_columns(list(columns) if isinstance(columns, Mapping) else columns, argument)
    return {name: labels.get(name, plain(name).capitalize()) for name in names}


def _read(
    survey: StaffSurvey | None, earlier: StaffSurvey | None, register: Register | None
) -> list[tuple[str, LoadReport]]:
    """Return what was read, by what it is called, with what became of its rows."""
    sources = [(_edition("Survey", one), one.report) for one in (survey, earlier) if one is not None]
    return sources + ([] if register is None else [("Register", register.report)])


def _edition(word: str, survey: StaffSurvey) -> str:
    return f"{word} {survey.codebook.edition}" if survey.codebook.edition else word


def _closing(found: Sequence[Findings], min_n: int, conf_level: float) -> tuple[Section, Section]:
    """Return the definitions and the limits, the report's own after those of its parts."""
    definitions = [definition for part in found for definition in part.definitions]
    definitions += [
        ("Interval", INTERVAL.format(100 * conf_level)),
        ("Not shown", f"Numbers of fewer than {min_n} people, and those from which they could be had by subtraction."),
    ]
    limits = [limit for part in found for limit in part.limits]
    limits += ["These numbers describe; they do not say why, or what would help."]
    return (
        Section("definitions", "What the words mean", points=tuple(definitions)),
        Section("limits", "What is not known", points=tuple(("", text) for text in dict.fromkeys(limits))),
    )
