"""A run's figures as rows that can be found again: what each row is about, what is hidden, how figures are rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.estimation.joined_tables import LABELS, column_of
from workforce_metrics.estimation.rounding import COUNTS, coarse_step
from workforce_metrics.figures import PublishedSurvey
from workforce_metrics.results import grouping_columns, is_finite_number

__all__ = ["HasRows", "Run", "check_step", "groups_asked", "run_of"]

FloatArray = npt.NDArray[np.float64]

PUBLISHED_GROUPS = ("organisation", "benchmark_group", "breakdown", "level", "weighting", "concept", "option")
PUBLISHED_VALUES = ("estimate", "n", "suppressed", "rounded_to")
HIDDEN, STEP = "suppressed", "rounded_to"
MISSING = "\0missing"


class HasRows(Protocol):
    """A result, a risk table, or anything else with tidy rows that says how they are grouped and what they are from."""

    @property
    def frame(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def by(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def provenance(self) -> Mapping[str, object]: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Run:
    """The figures of one run.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows as they were given.
    keys : tuple of str
        The columns that say what a row is about: the grouping columns, then the labels of results.
    index : pandas.MultiIndex, shape (n_rows,)
        The same as text, for finding a row in another run.
    provenance : mapping
        What the run says it was made from; empty where it does not say.
    step : numpy.ndarray of float64, shape (n_rows,)
        The step to which the figures of a row are written; 0 where they are not rounded.
    estimate_step : numpy.ndarray of float64, shape (n_rows,)
        That of `estimate` alone, where disclosure control rounded it.
    count_step : float
        That of numbers of people.
    """

    frame: pd.DataFrame
    keys: tuple[str, ...]
    index: pd.MultiIndex
    provenance: Mapping[str, object]
    step: FloatArray
    estimate_step: FloatArray
    count_step: float

    @property
    def is_safe(self) -> bool:
        """Whether the run went through disclosure control, or says which figures were withheld."""
        return HIDDEN in self.frame

    @property
    def hidden(self) -> npt.NDArray[np.bool_]:
        """Which rows are hidden, shape (n_rows,)."""
        if not self.is_safe:
            return np.zeros(len(self.frame), dtype=bool)
        return np.asarray(self.frame[HIDDEN].to_numpy(dtype=bool, na_value=False))

    @property
    def min_n(self) -> int:
        """The smallest number of people that disclosure control showed; 0 where there was none."""
        found = self.provenance.get("min_n")
        return found if isinstance(found, int) and not isinstance(found, bool) else 0

    def values_of(self, name: str) -> FloatArray | npt.NDArray[np.object_]:
        """Return a column as floats, or as text where it is no number."""
        column = self.frame[name]
        if pd.api.types.is_numeric_dtype(column):
            return column_of(self.frame, name)
        return _as_texts(column)

    def step_of(self, name: str) -> FloatArray:
        """Return the step to which each row of a column is rounded, shape (n_rows,)."""
        if name in COUNTS:
            return np.full(len(self.frame), self.count_step)
        return np.maximum(self.step, self.estimate_step) if name == "estimate" else self.step


def run_of(data: Any, argument: str, groups: tuple[str, ...], rounded_to: float | None = None) -> Run:
    """Return the figures of a result, a published survey or a data frame as a run.

    Parameters
    ----------
    data : Result, PublishedSurvey, RiskTable or data frame
    argument : str
        What the caller calls it.
    groups : tuple of str
        What `groups_asked` returned.
    rounded_to : float, optional
        The step to which its figures are written.

    Raises
    ------
    InvalidArgumentError, MissingColumnError
        If it is nothing of that kind, lacks a grouping column, or has two rows about the same.
    """
    frame, provenance = _frame_and_provenance(data, argument)
    for name in groups:
        if name not in frame:
            raise MissingColumnError(argument, f"a column {name!r}", "none of that name", close_names(name, frame))
    keys = (*groups, *(name for name in LABELS if name in frame and name not in groups))
    index = pd.MultiIndex.from_arrays([_as_texts(frame[name]) for name in keys] if keys else [np.zeros(len(frame))])
    if index.has_duplicates:
        raise InvalidArgumentError(
            argument, "one row a group and indicator, outcome, cause and time", "some twice",
            "put what tells them apart into by",
        )  # fmt: skip
    step = column_of(frame, STEP) if STEP in frame else np.full(len(frame), float(rounded_to or 0.0))
    base = provenance.get("round_to")
    count_step = float(base) if isinstance(base, int | float) and not isinstance(base, bool) else 0.0
    of_estimate = np.zeros(len(frame))
    if count_step and "n" in frame:
        of_estimate = np.nan_to_num(coarse_step(np.maximum(column_of(frame, "n") - count_step / 2, 1.0), worth=2.0))
    return Run(frame, keys, index, provenance, np.nan_to_num(step), of_estimate, count_step)


def groups_asked(current: Any, earlier: Any, by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns that group the rows of both runs: those asked for, or those that a result says.

    Raises
    ------
    InvalidArgumentError
        If the two are grouped otherwise, or neither says how.
    """
    if by is not None:
        return grouping_columns(by)
    said = [groups for groups in map(_groups_of, (current, earlier)) if groups is not None]
    if not said:
        raise InvalidArgumentError(
            "by", "the columns that group the rows of two data frames", "none", "write by=['organisation', ...]"
        )
    if set(said[0]) != set(said[-1]):
        published = isinstance(current, PublishedSurvey) or isinstance(earlier, PublishedSurvey)
        fix = (
            "hold an extract against published figures with back_test" if published else "make both by the same groups"
        )
        got = f"rows by {', '.join(said[-1]) or 'nothing'}"
        raise InvalidArgumentError("earlier", f"rows by {', '.join(said[0]) or 'nothing'}, as in current", got, fix)
    return said[0]


def check_step(rounded_to: float | None) -> float | None:
    """Return the step to which figures are written if it is a number above 0, or None."""
    if rounded_to is not None and not (is_finite_number(rounded_to) and rounded_to > 0):
        raise InvalidArgumentError(
            "rounded_to", "the step to which the earlier figures are written, above 0", repr(rounded_to),
            "write rounded_to=0.001 for three decimals",
        )  # fmt: skip
    return rounded_to


def _groups_of(data: Any) -> tuple[str, ...] | None:
    if isinstance(data, PublishedSurvey):
        return PUBLISHED_GROUPS
    groups = getattr(data, "by", None)
    return groups if isinstance(groups, tuple) else None


def _frame_and_provenance(data: Any, argument: str) -> tuple[pd.DataFrame, Mapping[str, object]]:
    if isinstance(data, PublishedSurvey):
        named = [name for name in (*PUBLISHED_GROUPS, *LABELS, *PUBLISHED_VALUES) if name in data.table]
        releases = ", ".join(sorted(map(str, data.table["release"].unique())))
        return data.table[named], {**data.provenance, "release": releases}
    provenance = getattr(data, "provenance", {})
    frame = getattr(data, "frame", None)
    if not isinstance(frame, pd.DataFrame):
        frame = _as_pandas(data, argument)
    if not len(frame):
        raise InvalidDataError(argument, "at least one row", "none", "pass a result that has rows")
    return frame, provenance if isinstance(provenance, Mapping) else {}


def _as_pandas(data: Any, argument: str) -> pd.DataFrame:
    try:
        made: pd.DataFrame = nw.from_native(data, eager_only=True).to_pandas()
    except TypeError:
        raise InvalidArgumentError(
            argument, "a result, what read_result or read_published_survey returns, or a data frame",
            f"a {type(data).__name__}", "read the file with read_result",
        ) from None  # fmt: skip
    return made


def _as_texts(column: pd.Series) -> npt.NDArray[np.object_]:
    """Return values as text that is the same for a number and its text, and for a category and its level."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.array([MISSING if np.isnan(value) else f"{value:.12g}" for value in numbers], dtype=object)
    return column.astype(object).map(str, na_action="ignore").fillna(MISSING).to_numpy(dtype=object)
