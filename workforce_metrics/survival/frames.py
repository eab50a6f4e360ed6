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
        made: pd.DataFrame = nw.from_native(frame, eager_only=True).to_pandas()
    except (TypeError, NarwhalsError):
        raise InvalidArgumentError(
            argument,
            "a data frame in memory in which each column has a name of its own",
            f"a {type(frame).__name__}",
            "make a data frame of it, collect a lazy one, or rename columns of one name",
        ) from None
    return made
