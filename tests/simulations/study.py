"""What a simulation study is: one estimator on one kind of cohort, and what each cohort found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["STUDIES", "Finding", "Study", "found", "p_values", "study"]

Z95 = 1.959963984540054


class Finding(NamedTuple):
    """One interval of one cohort, and what it should hold; or, with a p-value alone, one test of a true hypothesis."""

    what: str
    truth: float = np.nan
    estimate: float = np.nan
    std_error: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    level: float = 0.95


Draw = Callable[[np.random.Generator, int], Iterable[Finding]]


@dataclass(frozen=True)
class Study:
    """An estimator on one kind of cohort.

    Parameters
    ----------
    estimator : str
        The public function.
    design : str
        The cohorts, in words.
    n : int
        People a cohort, before those who left unseen are taken away.
    draw : callable
        Simulates one cohort of n people and yields a finding for each interval.
    size : {"usual", "small", "large"}
        Whether it is of the size that the estimator is meant for.
    note : str
        What is known of its coverage.
    """

    estimator: str
    design: str
    n: int
    draw: Draw
    size: str = "usual"
    note: str = ""

    @property
    def name(self) -> str:
        """What the page calls it, and what its random numbers go by."""
        return f"{self.estimator}: {self.design}, {self.n:,} people"


STUDIES: list[Study] = []
"""Every study, in the order of the page."""


def study(
    estimator: str, design: str, *, n: int, small: int | None = None, large: int | None = None, note: str = ""
) -> Callable[[Draw], Draw]:
    """Register a function that draws one cohort as a study of n people, and of fewer or more where said."""

    def register(draw: Draw) -> Draw:
        for size, people in (("usual", n), ("small", small), ("large", large)):
            if people is not None:
                STUDIES.append(Study(estimator, design, people, draw, size, note))
        return draw

    return register


def found(frame: pd.DataFrame, what: str, truth: npt.ArrayLike, *, level: float = 0.95) -> Iterator[Finding]:
    """Yield a finding for each row of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `estimate`, `conf_low`, `conf_high` and mostly `std_error`.
    what : str
        A format of the frame's columns, such as ``"{cause}, month {time:g}"``.
    truth : array
        One a row, or one for all.
    level : float
        Of the intervals.
    """
    true = np.broadcast_to(np.ravel(np.asarray(truth, dtype=float)), len(frame))
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    for row, own in zip(rows, true, strict=True):
        error = row.get("std_error", np.nan)
        yield Finding(
            what.format(**row), float(own), row["estimate"], error, row["conf_low"], row["conf_high"], level=level
        )


def p_values(frame: pd.DataFrame, what: str) -> Iterator[Finding]:
    """Yield a finding for each row of a table of tests."""
    for row in frame.to_dict("records"):
        yield Finding(what.format(**row), p_value=row["p_value"])


def with_limits(frame: pd.DataFrame) -> pd.DataFrame:
    """Add 95 % limits, symmetric on the log scale, to estimates that come with a standard error alone."""
    reach = np.exp(Z95 * frame["std_error"] / frame["estimate"])
    return frame.assign(conf_low=frame["estimate"] / reach, conf_high=frame["estimate"] * reach)
