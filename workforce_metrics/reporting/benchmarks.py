"""What a survey's indicators are held against: published figures of other organisations, or another survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import estimate
from workforce_metrics.estimation.suppression import suppress
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.figures import FIGURE_COLUMNS, PublishedSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.reporting.chosen_indicators import Indicator
from workforce_metrics.reporting.content import NOT_KNOWN, Cell, Figure
from workforce_metrics.reporting.sentences import counted, listed
from workforce_metrics.reporting.shown import figure_of, rows_of, without_hidden
from workforce_metrics.results import Result

__all__ = ["Benchmark", "benchmark_cells", "benchmark_of", "position", "standing"]

PUBLISHED_MEASURES = ("share", "score")
NO_FIGURE, ALIKE = "no figure", "no clear difference"


@dataclass(frozen=True)
class Benchmark:
    """What each indicator is compared with.

    Parameters
    ----------
    name : str
        What the comparator is, in words.
    middle : mapping of str to Figure
        By indicator: the median organisation, or the other survey's estimate with its interval.
    ends : mapping of str to (Figure, Figure)
        By indicator the lowest and the highest, where there are several organisations.
    results : mapping of str to Result
        The suppressed results it was made of.
    """

    name: str
    middle: Mapping[str, Figure]
    ends: Mapping[str, tuple[Figure, Figure]] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of its columns in a table."""
        return (self.name[:1].upper() + self.name[1:], *(("Lowest", "Highest") if self.ends else ()), "Beside it")

    @property
    def rule(self) -> str:
        """When a difference from it is called clear."""
        if any(figure.has_interval for figure in self.middle.values()):
            return "A difference is clear where the two intervals do not touch."
        return "A difference is clear where the interval does not reach the benchmark."


def benchmark_of(
    benchmark: PublishedSurvey | pd.DataFrame | StaffSurvey,
    indicators: Sequence[Indicator],
    *,
    edition: int | None,
    name: str | None,
    design: SurveyDesign | None,
    min_n: int,
    conf_level: float,
) -> Benchmark:
    """Return what each indicator is compared with.

    Parameters
    ----------
    benchmark : PublishedSurvey, its frame or part of it, or StaffSurvey
        Of published figures those of whole organisations in the survey's edition are taken.
    indicators : sequence of Indicator
    edition : int or None
        Of the survey that is compared.
    name : str, optional
        What to call it.
    design : SurveyDesign, optional
        Of another survey.
    min_n, conf_level
        As `report` takes them.

    Raises
    ------
    InvalidArgumentError
        If it is none of the three.
    InvalidDataError
        If published figures hold none of the indicators in that edition.
    """
    if isinstance(benchmark, StaffSurvey):
        names = [indicator.name for indicator in indicators]
        table = suppress(estimate(benchmark, names, design=design, conf_level=conf_level), min_n=min_n)
        rows = {str(row["indicator"]): row for row in rows_of(without_hidden(table).frame)}
        middle = {item.name: figure_of(rows[item.name], item.unit) for item in indicators if item.name in rows}
        return Benchmark(name or benchmark.codebook.name, middle, results={"benchmark": table})
    frame = benchmark.frame if isinstance(benchmark, PublishedSurvey) else benchmark
    if not isinstance(frame, pd.DataFrame) or not set(FIGURE_COLUMNS) <= set(frame.columns):
        raise InvalidArgumentError(
            "benchmark", "published figures, or another survey", f"a {type(benchmark).__name__}",
            "read the file with read_published_survey, or pass a StaffSurvey",
        )  # fmt: skip
    return _published(frame, indicators, edition, name)


def position(own: Figure, other: Figure, direction: str) -> str:
    """Return where a figure stands beside another, in words.

    The two differ where their intervals do not touch; a published figure without an interval is taken as it stands.

    Examples
    --------
    >>> position(Figure(0.31, "share", 0.30, 0.32), Figure(0.28, "share"), "lower is better")
    'higher (worse)'
    >>> position(Figure(6.8, "score", 6.7, 6.9), Figure(6.85, "score"), "higher is better")
    'no clear difference'
    """
    if not own.has_interval:
        return NOT_KNOWN
    low, high = (other.low, other.high) if other.has_interval else (other.value, other.value)
    if own.low <= high and low <= own.high:
        return ALIKE
    is_higher = own.value > other.value
    is_better = {"higher is better": is_higher, "lower is better": not is_higher}.get(direction)
    judged = "" if is_better is None else " (better)" if is_better else " (worse)"
    return f"{'higher' if is_higher else 'lower'}{judged}"


def benchmark_cells(benchmark: Benchmark, indicator: Indicator, own: Figure) -> tuple[Cell, ...]:
    """Return the cells of an indicator under the benchmark's headings."""
    other = benchmark.middle.get(indicator.name)
    if other is None:
        return (NO_FIGURE,) * len(benchmark.headings)
    return (other, *benchmark.ends.get(indicator.name, ()), position(own, other, indicator.direction))


def standing(benchmark: Benchmark, figures: Mapping[Indicator, Figure]) -> tuple[str, ...]:
    """Return where all indicators stand beside the benchmark, in one sentence; none where it has no figure of them."""
    places: dict[str, list[str]] = {}
    for item, figure in figures.items():
        if item.name in benchmark.middle:
            place = position(figure, benchmark.middle[item.name], item.direction)
            places.setdefault(place, []).append(f"“{item.label}”")
    parts = [f"{place}: {listed(labels)}" for place, labels in places.items()]
    return (f"Beside the benchmark ({benchmark.name}): {'; '.join(parts)}.",) if parts else ()


def _published(
    frame: pd.DataFrame, indicators: Sequence[Indicator], edition: int | None, name: str | None
) -> Benchmark:
    is_whole = (frame["breakdown"].fillna("") == "") & (frame["level"].fillna("") == "")
    is_figure = frame["measure"].isin(PUBLISHED_MEASURES) & frame["estimate"].notna() & (frame["edition"] == edition)
    rows = frame[is_whole & is_figure]
    names = rows["concept"].astype(str).where(rows["unit"] != "share", SHARE_PREFIX + rows["concept"].astype(str))
    values = rows["estimate"].groupby(names)
    held = [item for item in indicators if item.name in values.groups]
    if not held:
        raise InvalidDataError(
            "benchmark", f"figures of the indicators in edition {edition}", "none", "pass the file of that edition"
        )
    own = rows[names.isin([item.name for item in held])]
    n = int(own["organisation"].nunique())
    only = str(own["organisation_name"].iloc[0] or own["organisation"].iloc[0] or "the published figure")
    median, least, most = (values.agg(how) for how in ("median", "min", "max"))
    ends = {item.name: (Figure(least[item.name], item.unit), Figure(most[item.name], item.unit)) for item in held}
    return Benchmark(
        name or (f"median of {counted(n, 'organisation')}" if n > 1 else only),
        {item.name: Figure(float(median[item.name]), item.unit) for item in held},
        ends if n > 1 else {},
    )
