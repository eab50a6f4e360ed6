"""The indicators that were asked for, each taken once through the tables of a pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.breakdowns import GroupTables
from workforce_metrics.estimation.fine_sums import share_answers, sums_of_ratio, sums_of_share, sums_of_values
from workforce_metrics.estimation.fine_totals import TableTotals
from workforce_metrics.estimation.ratio import Ratio
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import each_indicator, indicator_values

__all__ = ["Kind", "indicator_names", "indicator_totals", "indicators_asked", "parts_of"]

Kind = Literal["score", "share", "column", "ratio"]


def indicators_asked(indicators: str | Ratio | Sequence[str | Ratio]) -> tuple[str | Ratio, ...]:
    """Return the indicators as a tuple.

    Raises
    ------
    InvalidArgumentError
        If there is none, one is neither a name nor a ratio, or two would have one name.

    Examples
    --------
    >>> indicators_asked("burnout")
    ('burnout',)
    """
    asked = (indicators,) if isinstance(indicators, str | Ratio) else tuple(indicators)
    if not asked or not all(isinstance(indicator, str | Ratio) for indicator in asked):
        raise InvalidArgumentError("indicators", "one or more names", "none, or not text", "see indicators.catalogue()")
    labels = [_label(indicator) for indicator in asked]
    twice = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if twice:
        raise InvalidArgumentError("indicators", "each name once", f"{twice[0]!r} more than once", "leave one out")
    return asked


def indicator_names(indicators: str | Sequence[str]) -> tuple[str, ...]:
    """Return the indicators as a tuple of names, where ratios of two columns have no meaning."""
    names = tuple(name for name in indicators_asked(indicators) if isinstance(name, str))
    if len(names) < len(indicators_asked(indicators)):
        raise InvalidArgumentError("indicators", "names", "a Ratio", "make the ratio a column, or use estimate")
    return names


def parts_of(indicator: str | Ratio) -> tuple[str, ...]:
    """Return the names that an indicator is made of.

    Examples
    --------
    >>> parts_of(Ratio("sick_days", "days"))
    ('sick_days', 'days')
    """
    return (indicator.numerator, indicator.denominator) if isinstance(indicator, Ratio) else (indicator,)


def indicator_totals(
    source: StaffSurvey | IntoFrame, asked: Sequence[str | Ratio], groups: GroupTables, *, with_spread: bool
) -> Iterator[tuple[str, Kind, TableTotals]]:
    """Yield each indicator's name, kind and totals in every table; values are dropped before the next are made.

    Parameters
    ----------
    source : StaffSurvey or data frame
        One row a respondent.
    asked : sequence of str or Ratio
        What `indicators_asked` returned.
    groups : GroupTables
        The tables, of the same rows.
    with_spread : bool
        Whether design effects will be asked of the totals.

    Yields
    ------
    str, {"score", "share", "column", "ratio"}, TableTotals
    """
    laid = groups.laid
    named = each_indicator(source, [indicator for indicator in asked if isinstance(indicator, str)])
    for indicator in asked:
        if isinstance(indicator, Ratio):
            above, below = (laid.used(indicator_values(source, name).values) for name in parts_of(indicator))
            yield indicator.label, "ratio", groups.totals(partial(sums_of_ratio, above, below, laid.weights))
            continue
        found = next(named)
        values = laid.used(found.values)
        if found.kind == "share":
            totals = groups.totals(partial(sums_of_share, share_answers(values), laid.weights, with_spread=with_spread))
        else:
            totals = groups.totals(partial(sums_of_values, values, laid.weights, with_spread=with_spread))
        yield indicator, found.kind, totals


def _label(indicator: str | Ratio) -> str:
    return indicator.label if isinstance(indicator, Ratio) else indicator
