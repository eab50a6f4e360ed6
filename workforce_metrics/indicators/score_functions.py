"""The published scores as functions, made from the codebook: scores of items, and scores of parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pandas as pd

from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.score_docstrings import score_docstring
from workforce_metrics.indicators.scoring import score

__all__ = ["ItemScoreFunction", "PartScoreFunction", "item_score_function", "part_score_function"]


class ItemScoreFunction(Protocol):
    """A score that is a mean of items."""

    __name__: str
    __qualname__: str

    def __call__(self, survey: StaffSurvey, *, min_answered: int | None = None) -> pd.Series[float]:
        """Return the score of every respondent."""
        ...


class PartScoreFunction(Protocol):
    """A score that is a mean of other scores."""

    __name__: str
    __qualname__: str

    def __call__(
        self,
        survey: StaffSurvey,
        *,
        min_answered: int | None = None,
        part_min_answered: Mapping[str, int] | None = None,
    ) -> pd.Series[float]:
        """Return the score of every respondent."""
        ...


def item_score_function(name: str, *, module: str) -> ItemScoreFunction:
    """Return the function of a published score of items.

    Parameters
    ----------
    name : str
        The score's name in the codebook of the NHS Staff Survey.
    module : str
        ``__name__`` of the module that holds the function, so that it pickles and documents as its own.

    Examples
    --------
    >>> motivation = item_score_function("motivation", module="workforce_metrics.indicators.engagement")
    >>> motivation.__doc__.splitlines()[0]
    'Return the score "Motivation" (E_1) of every respondent, 0 to 10; higher is better.'
    """

    def function(survey: StaffSurvey, *, min_answered: int | None = None) -> pd.Series[float]:
        return score(survey, name, min_answered=min_answered)

    _dress(function, name, module)
    return function


def part_score_function(name: str, *, module: str) -> PartScoreFunction:
    """Return the function of a published score of parts; arguments as `item_score_function`.

    Examples
    --------
    >>> morale = part_score_function("morale", module="workforce_metrics.indicators.morale")
    >>> "thinking_about_leaving" in morale.__doc__
    True
    """

    def function(
        survey: StaffSurvey,
        *,
        min_answered: int | None = None,
        part_min_answered: Mapping[str, int] | None = None,
    ) -> pd.Series[float]:
        return score(survey, name, min_answered=min_answered, part_min_answered=part_min_answered)

    _dress(function, name, module)
    return function


def _dress(function: ItemScoreFunction | PartScoreFunction, name: str, module: str) -> None:
    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = score_docstring(name)
