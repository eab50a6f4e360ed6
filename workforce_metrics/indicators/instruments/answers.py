"""The answers to an instrument: columns of any frame as arrays of whole codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.scale import LARGEST_CODE
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.extracts import MISSING_CODE, StaffSurvey

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["OFF_SCALE", "answer_columns", "collected", "frame_of", "item_codes"]

OFF_SCALE = -2
"""What stands for a number that can be no code: a negative one, a fraction, one beyond `LARGEST_CODE`."""


def answer_columns(data: StaffSurvey | IntoFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns that hold the items, under the items' codes.

    Parameters
    ----------
    data : StaffSurvey or data frame
        Any frame that Narwhals reads, lazy ones included; of a pandas frame the index is kept.
    columns : mapping of str to str
        Item to the name of its column, each column once.

    Returns
    -------
    pandas.DataFrame
        Shape (n_respondents, n_items).

    Raises
    ------
    InvalidArgumentError
        If `data` is no frame, or two items claim one column.
    MissingColumnError
        If columns are not there; one error names all.
    InvalidDataError
        If two columns of the frame have one of the names.

    Examples
    --------
    >>> import pandas as pd
    >>> answer_columns(pd.DataFrame({"q1": [1, 2], "age": [30, 40]}), {"B1": "q1"})
       B1
    0   1
    1   2
    """
    wanted = list(columns.values())
    twice = sorted({column for column in wanted if wanted.count(column) > 1})
    if twice:
        raise InvalidArgumentError("items", "a column of its own for each item", f"{twice[0]!r} twice", "correct items")
    return frame_of(data, wanted, names=columns).set_axis(list(columns), axis="columns")


def frame_of(
    data: StaffSurvey | IntoFrame, columns: Sequence[str], *, names: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return columns of any frame as pandas, one row a respondent.

    Parameters
    ----------
    data : StaffSurvey or data frame
        Any frame that Narwhals reads; of a pandas frame the index is kept.
    columns : sequence of str
        Columns, each once; with none the frame has rows only.
    names : mapping of str to str, optional
        What to call a column in an error, as name to column.
    """
    held = collected(data)
    if isinstance(held, pd.DataFrame):
        _require(columns, held.columns, names)
        selected = held[list(columns)]
        if selected.columns.has_duplicates:
            raise InvalidDataError("data", "columns of different names", "one name twice", "rename one of them")
        return selected
    _require(columns, held.columns, names)
    return pd.DataFrame({name: held.get_column(name).to_pandas() for name in columns}, index=range(len(held)))


def collected(data: StaffSurvey | IntoFrame) -> Any:
    """Return a pandas frame as it is, any other as an eager Narwhals frame: its rows keep one order from then on."""
    native: Any = data.table if isinstance(data, StaffSurvey) else data
    if isinstance(native, pd.DataFrame):
        return native
    try:
        frame: Any = nw.from_native(native)
    except TypeError:
        raise InvalidArgumentError(
            "data", "a data frame or a StaffSurvey", f"a {type(data).__name__}", "pass the answers as a frame"
        ) from None
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _require(columns: Sequence[str], there: Collection[str], names: Mapping[str, str] | None) -> None:
    absent = [column for column in columns if column not in there]
    if absent:
        by_column = {column: name for name, column in (names or {}).items()}
        named = [f"{by_column[c]} ({c})" if by_column.get(c, c) != c else c for c in absent]
        fix = "name the columns in items=, or ask for fewer scores" if names else "check the name"
        raise MissingColumnError(
            ", ".join(named),
            "a column for every item of the scores asked for" if names else "a column of the data",
            "none of that name",
            close_names(absent[0], there, otherwise=fix) if len(absent) == 1 else fix,
        )


def item_codes(answers: pd.Series[Any], not_scored: Collection[int] = ()) -> npt.NDArray[np.int16]:
    """Return one item's codes, shape (n_respondents,).

    Parameters
    ----------
    answers : pandas.Series
        Whole numbers of any numeric type; NaN, NA or None where not answered.
    not_scored : collection of int
        Codes that count as not answered.

    Returns
    -------
    numpy.ndarray of int16
        `MISSING_CODE` where not answered, `OFF_SCALE` where the number can be no code.

    Raises
    ------
    InvalidDataError
        If the column holds text, truth values or dates.

    Examples
    --------
    >>> import pandas as pd
    >>> item_codes(pd.Series([1, 9, None, 2.5, -1]), not_scored=[9]).tolist()
    [1, -1, -1, -2, -2]
    """
    if pd.api.types.is_bool_dtype(answers) or not pd.api.types.is_numeric_dtype(answers):
        if not answers.isna().all():
            raise InvalidDataError(
                str(answers.name),
                "whole numbers, the codes of the answers",
                f"a column of {answers.dtype}",
                "put codes in place of the labels",
            )
        return np.full(len(answers), MISSING_CODE, dtype=np.int16)
    numbers = answers.to_numpy(dtype=np.float64, na_value=np.nan)
    absent = np.isnan(numbers)
    for code in not_scored:
        absent |= numbers == code
    codes = np.where((numbers >= 0) & (numbers <= LARGEST_CODE), numbers, OFF_SCALE).astype(np.int16)
    codes[codes != numbers] = OFF_SCALE
    codes[absent] = MISSING_CODE
    return codes
