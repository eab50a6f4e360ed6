"""A table of estimates as the groups that are compared in it, indicator by indicator, hidden rows left out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.estimation.estimate import EstimateTable
from workforce_metrics.estimation.input_columns import columns_as_pandas
from workforce_metrics.estimation.joined_tables import LABELS
from workforce_metrics.groups import group_codes
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.provenance import provenance_of
from workforce_metrics.results import DATA_FRAME, Result, as_floats, grouping_columns

__all__ = ["ComparedGroups", "Panel", "compared_groups"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
NUMBERS = ("estimate", "std_error", "n", "n_effective")


@dataclass(frozen=True, eq=False)
class Panel:
    """The rows that are compared with each other: those of one indicator.

    Parameters
    ----------
    name : str
        What it is about, for messages.
    rows : numpy.ndarray of int64, shape (n_groups,)
        Their places in the frame.
    is_share : bool
        Whether the estimates are proportions.
    """

    name: str
    rows: npt.NDArray[np.int64]
    is_share: bool


@dataclass(frozen=True, eq=False)
class ComparedGroups:
    """A table of estimates, its rows in the order of the groups.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (n_rows, ...)
        The grouping columns and the columns that say what was asked (`indicator`, `term`, `cause`, `time`).
    numbers : mapping of str to numpy.ndarray of float64, shape (n_rows,)
        `estimate`, `std_error`, `n`, `n_effective`: NaN where missing, hidden, or no such column.
    people : pandas.Series, shape (n_rows,), or None
        The column `n` as it stands in the table, hidden rows missing.
    hidden : numpy.ndarray of bool, shape (n_rows,), or None
        Which rows disclosure control has hidden; None where the table was not suppressed.
    by : tuple of str
    panels : tuple of Panel
    provenance : mapping
    """

    labels: pd.DataFrame
    numbers: Mapping[str, FloatArray]
    people: pd.Series[Any] | None
    hidden: BoolArray | None
    by: tuple[str, ...]
    panels: tuple[Panel, ...]
    provenance: Mapping[str, object]

    def each(self) -> Iterator[tuple[Panel, dict[str, FloatArray]]]:
        """Go through the panels, each with the numbers of its rows."""
        for panel in self.panels:
            yield panel, {name: values[panel.rows] for name, values in self.numbers.items()}

    def tidy(self, columns: Mapping[str, Sequence[npt.NDArray[Any]]]) -> pd.DataFrame:
        """Return a frame of the labels and of new columns given panel by panel, hidden rows missing in all of them.

        Parameters
        ----------
        columns : mapping of str to sequence of arrays, one a panel, of shape (n_groups,)

        Returns
        -------
        pandas.DataFrame, shape (n_rows, ...)
        """
        frame = self.labels.copy()
        rows = np.concatenate([panel.rows for panel in self.panels])
        for name, parts in columns.items():
            together = np.concatenate(parts)
            values = np.empty(len(frame), dtype=together.dtype)
            values[rows] = together
            frame[name] = values
        if self.people is not None:
            frame["n"] = self.people
        if self.hidden is not None:
            frame["suppressed"] = self.hidden
        return frame


def compared_groups(
    table: Result | IntoFrame,
    by: str | Sequence[str] | None,
    *,
    own_columns: Sequence[str],
    needs: Sequence[str] = ("estimate", "std_error"),
    shares: bool | None = None,
) -> ComparedGroups:
    """Return the groups of a result, or of a frame, for comparing them.

    Parameters
    ----------
    table : Result or data frame
        One row a group and indicator, with the columns `needs`.
    by : str, sequence of str or None
        The grouping columns of a frame; a result knows its own.
    own_columns : sequence of str
        Columns that the comparison adds, and no grouping column may have as its name.
    needs : sequence of str
        Columns that must be there.
    shares : bool, optional
        Whether the estimates are proportions; unless said, as the table knows, or as "share:" before an indicator's
        name tells.

    Returns
    -------
    ComparedGroups

    Raises
    ------
    InvalidArgumentError
        If there are no grouping columns, or a name is taken.
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If a group has two rows in one indicator, or a standard error is negative.
    """
    frame, groups_by, provenance = _frame_of(table, by)
    taken = [name for name in groups_by if name in own_columns]
    if taken:
        raise InvalidArgumentError(
            "by", "columns not named as a column of the result", repr(taken[0]), "rename the column in the table"
        )
    for name in needs:
        if name not in frame:
            raise MissingColumnError(name, "a column of the table", "none of that name", "pass a table of estimates")
    asked = tuple(name for name in LABELS if name in frame and name not in groups_by)
    frame, panel, names = _in_group_order(frame, groups_by, asked)
    hidden = None
    if "suppressed" in frame:
        hidden = frame["suppressed"].to_numpy(dtype=np.bool_, na_value=False)
    numbers = {name: _numbers(frame, name, hidden) for name in NUMBERS}
    if (numbers["std_error"] < 0).any():
        raise InvalidDataError("std_error", "standard errors of 0 or more", "negative ones", "correct the table")
    kinds = table.kinds if isinstance(table, EstimateTable) else {}
    found = []
    for code, (name, indicator) in enumerate(names):
        known = kinds.get(indicator) == "share" or indicator.startswith(SHARE_PREFIX)
        found.append(Panel(name, np.flatnonzero(panel == code), known if shares is None else shares))
    labels, people = frame[[*groups_by, *asked]], _people(frame, hidden)
    return ComparedGroups(labels, numbers, people, hidden, groups_by, tuple(found), provenance)


def _frame_of(
    table: Result | IntoFrame, by: str | Sequence[str] | None
) -> tuple[pd.DataFrame, tuple[str, ...], Mapping[str, object]]:
    if isinstance(table, Result):
        if by is not None:
            raise InvalidArgumentError("by", "nothing for a result, which knows its groups", repr(by), "leave it out")
        frame, groups_by, provenance = table.frame, table.by, table.provenance
    else:
        native = _eager(table)
        columns = tuple(nw.from_native(native, eager_only=True).columns)
        frame, groups_by = columns_as_pandas(native, columns), grouping_columns(by)
        provenance = {**provenance_of(native, len(frame)), "data": DATA_FRAME}
    if not len(frame):
        raise InvalidDataError("table", "at least one row", "none", "pass a table of estimates")
    if not groups_by:
        raise InvalidArgumentError("by", "the groups that are compared", "none", "estimate with by=, or name them here")
    return frame, groups_by, provenance


def _eager(table: Any) -> Any:
    try:
        frame = nw.from_native(table)
    except TypeError:
        raise InvalidArgumentError(
            "table", "a table of estimates or a data frame", type(table).__name__, "pass what estimate returned"
        ) from None
    return frame.collect().to_native() if isinstance(frame, nw.LazyFrame) else table


def _in_group_order(
    frame: pd.DataFrame, groups_by: tuple[str, ...], asked: tuple[str, ...]
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], list[tuple[str, str]]]:
    """Return the rows group by group, the panel of each, and of each panel its name and its indicator."""
    group = group_codes(frame, groups_by, missing="a group").codes
    panel, names = _panels(frame, asked)
    order = np.lexsort((panel, group))
    panel, group = panel[order], group[order]
    if ((np.diff(group) == 0) & (np.diff(panel) == 0)).any():
        raise InvalidDataError(
            "table", "one row a group and indicator", "several", "name in by all that tells them apart"
        )
    return frame.take(order).reset_index(drop=True), panel, names


def _panels(frame: pd.DataFrame, asked: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], list[tuple[str, str]]]:
    """Return the panel of each row in order of appearance, and of each panel its name and its indicator."""
    groups = group_codes(frame, asked, missing="a group")
    codes, in_order = pd.factorize(groups.codes)
    keys = groups.labels.take(in_order).astype(object)
    indicators = list(keys["indicator"].map(str)) if "indicator" in asked else [""] * len(keys)
    names = [", ".join(map(str, key)) for key in zip(*(keys[name] for name in asked), strict=True)] or [""]
    return codes.astype(np.int64), list(zip(names, indicators, strict=True))


def _numbers(frame: pd.DataFrame, name: str, hidden: BoolArray | None) -> FloatArray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    column = frame[name]
    values = (
        column.to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(column)
        else as_floats(column.to_list(), name)
    )
    return np.where(hidden, np.nan, values) if hidden is not None else values


def _people(frame: pd.DataFrame, hidden: BoolArray | None) -> pd.Series[Any] | None:
    if "n" not in frame:
        return None
    column = frame["n"]
    if hidden is None or not hidden.any():
        return column
    return (column.astype("Int64") if pd.api.types.is_integer_dtype(column) else column).mask(hidden)
