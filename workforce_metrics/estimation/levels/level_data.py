"""The indicators that are asked for, added up in nested groups: where frames end and arrays begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.estimation.levels.nested_sums import NestedSums, nest_levels, nested_sums
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import ITEM_PREFIX, SHARE_PREFIX, indicator_values
from workforce_metrics.results import column_list

__all__ = ["LevelData", "level_data"]


@dataclass(frozen=True, eq=False)
class LevelData:
    """What each indicator adds up to.

    Parameters
    ----------
    sums : dict of str to NestedSums
        By indicator, in the order asked.
    n_respondents : int
        Rows of the data.
    n_grouped : int
        Those that have a group at every level.
    """

    sums: dict[str, NestedSums]
    n_respondents: int
    n_grouped: int


def level_data(data: StaffSurvey | IntoFrame, indicators: str | Sequence[str], columns: tuple[str, ...]) -> LevelData:
    """Return what each indicator adds up to in the groups that `columns` make.

    Parameters
    ----------
    data : StaffSurvey or data frame
    indicators : str or sequence of str
        As `estimate` takes them.
    columns : tuple of str
        From the largest groups to the smallest.

    Returns
    -------
    LevelData

    Raises
    ------
    MissingColumnError
        If a column or indicator is not there.
    InvalidArgumentError
        If no indicator is named, or one twice.
    InvalidDataError
        If the answers to one do not differ within any of the smallest groups.
    """
    names = column_list(indicators)
    if not names or len(set(names)) < len(names):
        raise InvalidArgumentError("indicators", "names, each once", "none, or one twice", "name scores or columns")
    stems = (name.removeprefix(SHARE_PREFIX).removeprefix(ITEM_PREFIX) for name in names)
    source = collected(data, tuple(dict.fromkeys([*columns, *stems])))
    table = columns_as_pandas(source, columns)
    nest = nest_levels(table, columns)
    sums = {}
    for name in names:
        indicator = indicator_values(source, name)
        sums[name] = nested_sums(indicator.values, nest)
        if not sums[name].within.sum() > 0:
            raise InvalidDataError(
                name, f"answers that differ within some {columns[-1]}", "none that do", "name larger groups"
            )
    return LevelData(sums, len(table), len(nest.rows))
