"""What is asked of a report: of leaving, and of a survey; `report` says what each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.reporting.chosen_indicators import Indicator
from workforce_metrics.reporting.sentences import in_words

__all__ = ["LeavingAsked", "SurveyAsked"]


@dataclass(frozen=True)
class LeavingAsked:
    """What is asked about leaving; `by` holds grouping columns with what to call them."""

    years: int
    by: Mapping[str, str]
    causes: Mapping[str, str | None] | None
    first_month: int
    people: str
    min_n: int
    conf_level: float

    @property
    def within(self) -> str:
        """The horizon in words."""
        return f"within {in_words(self.years, 'year')}"


@dataclass(frozen=True)
class SurveyAsked:
    """What is asked of a survey; `by` holds grouping columns with what to call them."""

    indicators: tuple[Indicator, ...]
    by: Mapping[str, str]
    design: SurveyDesign | None
    min_n: int
    conf_level: float

    @property
    def names(self) -> list[str]:
        """The indicators' names, as `estimate` takes them."""
        return [indicator.name for indicator in self.indicators]

    @property
    def labels(self) -> dict[str, str]:
        """What each indicator is called."""
        return {indicator.name: indicator.label for indicator in self.indicators}
