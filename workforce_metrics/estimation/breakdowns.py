"""All groups and all their breakdowns as tables of one pass, and the labels of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.design import DesignArrays
from workforce_metrics.estimation.fine_cells import FinePass, fine_pass
from workforce_metrics.estimation.fine_sums import FineSums
from workforce_metrics.estimation.fine_totals import TableTotals, table_totals
from workforce_metrics.groups import group_codes
from workforce_metrics.results import grouping_columns

__all__ = ["ALL", "BREAKDOWN_COLUMNS", "GroupTables", "breakdown_columns", "group_tables"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

ALL = "all"
"""What stands in `breakdown` and `level` where a group is taken whole."""

BREAKDOWN_COLUMNS = ("breakdown", "level")


@dataclass(frozen=True, eq=False)
class GroupTables:
    """Groups, whole and broken down, ready to take any number of indicators.

    Parameters
    ----------
    laid : FinePass
        The rows and the tables; table 0 is the groups taken whole.
    labels : pandas.DataFrame, shape (n_labels, ...)
        The grouping columns and, with breakdowns, `breakdown` and `level`: one row a group and level, table after
        table.
    n_without_group : int
        Rows in no group.
    n_zero_weight : int
        Rows in a group whose weight is 0.
    n_without_level : dict of str to int
        By breakdown, rows in a group that have no level; those that have none are not there.
    """

    laid: FinePass
    labels: pd.DataFrame
    n_without_group: int
    n_zero_weight: int
    n_without_level: dict[str, int]

    def totals(self, sums_of: Callable[[Codes, int], FineSums]) -> TableTotals:
        """Return what one indicator comes to in every table, shape (n_labels,) each, in the order of `labels`.

        Parameters
        ----------
        sums_of : callable
            Takes each used row's cell and the number of cells, and returns their sums.
        """
        found: dict[int, TableTotals] = {}
        for pack in self.laid.packs:
            sums = sums_of(pack.code, pack.n_cells)
            for which, table in pack.tables:
                found[which] = table_totals(sums, table, self.laid.design)
        tables = [found[which] for which in sorted(found)]
        return TableTotals(
            **{item.name: np.concatenate([getattr(t, item.name) for t in tables]) for item in fields(TableTotals)}
        )


def breakdown_columns(breakdowns: str | Sequence[str] | None, by: tuple[str, ...]) -> tuple[str, ...]:
    """Return the breakdowns asked for, or refuse those that cannot be told from groups.

    Raises
    ------
    InvalidArgumentError
        If one stands twice, is a grouping column too, or has a name that means another thing in the result.

    Examples
    --------
    >>> breakdown_columns("sex", ("organisation",))
    ('sex',)
    """
    names = grouping_columns(breakdowns, "breakdowns")
    for name in names:
        if name in by or name == ALL:
            got = f"{name!r}, " + ("a column of by" if name in by else "which stands for a group taken whole")
            raise InvalidArgumentError("breakdowns", "columns that are not in by", got, "leave it out or rename it")
    return names


def group_tables(
    table: pd.DataFrame, by: tuple[str, ...], breakdowns: tuple[str, ...], design: DesignArrays
) -> GroupTables:
    """Lay the groups `by` and their breakdowns over a design.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n_rows, ...)
        With the columns `by` and `breakdowns`.
    by, breakdowns : tuple of str
        Grouping columns, and columns whose levels divide every group.
    design : DesignArrays
        The design on the same rows.

    Returns
    -------
    GroupTables

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If the values of a column cannot be put in order, or two of its levels read the same.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.estimation.design import SurveyDesign
    >>> staff = pd.DataFrame({"site": ["x", "x", "y"], "sex": ["F", "M", "F"]})
    >>> group_tables(staff, ("site",), ("sex",), SurveyDesign().on(staff)).labels
      site breakdown level
    0    x       all   all
    1    y       all   all
    2    x       sex     F
    3    x       sex     M
    4    y       sex     F
    """
    groups = group_codes(table, by, missing="no group")
    levels = [group_codes(table, (name,), missing="no group") for name in breakdowns]
    laid = fine_pass(groups.codes, [(level.codes, len(level)) for level in levels], design)
    there = groups.codes >= 0
    without = {name: int(((level.codes < 0) & there).sum()) for name, level in zip(breakdowns, levels, strict=True)}
    return GroupTables(
        laid=laid,
        labels=_labels(groups.labels, dict(zip(breakdowns, (level.labels for level in levels), strict=True)), laid),
        n_without_group=groups.n_without_group,
        n_zero_weight=int(((design.weight == 0) & there).sum()),
        n_without_level={name: n for name, n in without.items() if n},
    )


def _labels(groups: pd.DataFrame, levels: dict[str, pd.DataFrame], laid: FinePass) -> pd.DataFrame:
    if not levels:
        return groups
    tables = sorted((pair for pack in laid.packs for pair in pack.tables), key=lambda pair: pair[0])
    breakdown, level = [ALL] * tables[0][1].n_domains, [ALL] * tables[0][1].n_domains
    for (name, found), (_, table) in zip(levels.items(), tables[1:], strict=True):
        texts = _texts(name, found[name])
        breakdown += [name] * table.n_domains
        level += [texts[code] for code in table.labels[1].tolist()]
    labels = groups.take(np.concatenate([table.labels[0] for _, table in tables])).reset_index(drop=True)
    return labels.assign(breakdown=breakdown, level=level)


def _texts(name: str, levels: pd.Series) -> list[str]:
    """Return levels as text: a column of results holds the levels of many columns, numbers and words alike."""
    values = levels.tolist()
    texts = [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value) for value in values]
    if len(set(texts)) < len(texts):
        raise InvalidDataError(name, "levels that read differently", "two that read the same", "make it text")
    return texts
