"""Columns of a survey or of any data frame, brought to pandas without touching the others."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.extracts import StaffSurvey

__all__ = ["collected", "columns_as_pandas"]


def collected(data: StaffSurvey | IntoFrame, names: tuple[str, ...]) -> StaffSurvey | IntoFrame:
    """Return `data`, or the columns `names` of a lazy frame collected: its rows keep one order from then on.

    Parameters
    ----------
    data : StaffSurvey or data frame
        A survey and an eager frame are returned as they are.
    names : tuple of str
        The columns that will be asked for.

    Returns
    -------
    StaffSurvey or data frame

    Raises
    ------
    InvalidArgumentError
        If `data` is neither a survey nor a frame.
    MissingColumnError
        If a lazy frame lacks a column.
    """
    if isinstance(data, StaffSurvey | pd.DataFrame):
        return data
    try:
        frame = nw.from_native(data)
    except TypeError:
        raise InvalidArgumentError(
            "data", "a StaffSurvey or a data frame", type(data).__name__, "read the file with read_staff_survey"
        ) from None
    if isinstance(frame, nw.LazyFrame):
        _require(names, set(frame.collect_schema().names()))
        eager: IntoFrame = frame.select(*dict.fromkeys(names)).collect().to_native()
        return eager
    return data


def columns_as_pandas(data: StaffSurvey | IntoFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return columns as a pandas frame with one row a respondent; the others are not touched.

    Parameters
    ----------
    data : StaffSurvey or data frame
        What `collected` returned.
    names : tuple of str
        Columns, each once; with none the frame has rows only.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, len(names))

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidDataError
        If two columns have one of the names.

    Examples
    --------
    >>> import pandas as pd
    >>> columns_as_pandas(pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[7, 7]), ("b",))
       b
    0  3
    1  4
    """
    native: Any = data.table if isinstance(data, StaffSurvey) else data
    if isinstance(native, pd.DataFrame):
        _require(names, set(native.columns))
        selected = native[list(names)]
        if selected.columns.has_duplicates:
            raise InvalidDataError("data", "columns of different names", "one name twice", "rename one of them")
        return selected.reset_index(drop=True)
    frame = nw.from_native(native, eager_only=True)
    _require(names, set(frame.columns))
    return pd.DataFrame({name: frame.get_column(name).to_pandas() for name in names}, index=range(len(frame)))


def _require(names: tuple[str, ...], there: set[str]) -> None:
    for name in names:
        if name not in there:
            raise MissingColumnError(name, "a column of the data", "none of that name", close_names(name, there))
