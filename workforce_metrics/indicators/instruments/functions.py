"""Instruments as functions, made from the data that describe them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from workforce_metrics.codebooks.instruments import instrument
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.instruments.docstrings import instrument_docstring
from workforce_metrics.indicators.instruments.rules import CodeRange
from workforce_metrics.indicators.instruments.scoring import score_instrument

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["InstrumentFunction", "instrument_function"]


class InstrumentFunction(Protocol):
    """The function of an instrument."""

    __name__: str
    __qualname__: str

    def __call__(
        self,
        data: StaffSurvey | IntoFrame,
        *,
        scores: Sequence[str] | None = None,
        items: Mapping[str, str] | None = None,
        codes: Mapping[int, int] | None = None,
        not_scored: Collection[int] | None = None,
        min_answered: int | Mapping[str, int] | None = None,
        statistic: str | None = None,
        code_range: CodeRange | None = None,
    ) -> pd.DataFrame:
        """Return the scores of every respondent."""
        ...


def instrument_function(name: str, *, module: str) -> InstrumentFunction:
    """Return the function of an instrument.

    Parameters
    ----------
    name : str
        The instrument's short name, such as "CBI".
    module : str
        ``__name__`` of the module that holds the function, so that it pickles and documents as its own.

    Examples
    --------
    >>> who5 = instrument_function("WHO-5", module="workforce_metrics.indicators.instruments.named")
    >>> who5.__doc__.splitlines()[0]
    'Return the scores of the WHO-5 Well-Being Index (WHO-5) for every respondent.'
    """

    def function(
        data: StaffSurvey | IntoFrame,
        *,
        scores: Sequence[str] | None = None,
        items: Mapping[str, str] | None = None,
        codes: Mapping[int, int] | None = None,
        not_scored: Collection[int] | None = None,
        min_answered: int | Mapping[str, int] | None = None,
        statistic: str | None = None,
        code_range: CodeRange | None = None,
    ) -> pd.DataFrame:
        return score_instrument(
            data,
            name,
            scores=scores,
            items=items,
            codes=codes,
            not_scored=not_scored,
            min_answered=min_answered,
            statistic=statistic,
            code_range=code_range,
        )

    one = instrument(name)
    function.__name__ = function.__qualname__ = one.function
    function.__module__ = module
    function.__doc__ = instrument_docstring(one)
    return function
