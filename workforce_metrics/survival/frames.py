"""The user's frame, whichever it is, as a pandas one."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.exceptions import NarwhalsError

from workforce_metrics.errors import InvalidArgumentError

__all__ = ["pandas_frame"]


def pandas_frame(frame: Any, argument: str) -> pd.DataFrame:
    """Return a frame that Narwhals reads as a pandas frame, its index as it was.

    Categories of other libraries come as text: they are numbered as they appear, so that the order of rows would be
    that of levels. An Enum keeps its order.

    Parameters
    ----------
    frame : data frame
    argument : str
        What the caller calls it.

    Raises
    ------
    InvalidArgumentError
        If it is no frame, one that is not in memory, or one in which two columns have one name.

    Examples
    --------
    >>> pandas_frame({"age": [30]}, "people")
    Traceback (most recent call last):
    ...
    workforce_metrics.errors.InvalidArgumentError: people: expected a data frame in memory in which each column has a \
name of its own, got a dict. Fix: make a data frame of it, collect a lazy one, or rename columns of one name.
    """
    try:
        read = nw.from_native(frame, eager_only=True)
        if not isinstance(frame, pd.DataFrame):
            numbered = [name for name, dtype in read.schema.items() if dtype == nw.Categorical]
            read = read.with_columns(nw.col(*numbered).cast(nw.String)) if numbered else read
        made: pd.DataFrame = read.to_pandas()
    except (TypeError, NarwhalsError):
        raise InvalidArgumentError(
            argument,
            "a data frame in memory in which each column has a name of its own",
            f"a {type(frame).__name__}",
            "make a data frame of it, collect a lazy one, or rename columns of one name",
        ) from None
    return made
