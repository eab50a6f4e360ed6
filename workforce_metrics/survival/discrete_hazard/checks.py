"""What has no finite estimate, told by name before or after an attempt to fit it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.cells import Cells, period_totals

__all__ = ["levels_compared", "refuse_divergence", "refuse_separation", "refuse_silent_periods"]

Floats = npt.NDArray[np.float64]
NAMED = 5
MERGE = "merge intervals with interval=[...], or smooth the baseline, such as baseline='bs(time, df=4)'"
OTHER_LEVELS = "merge the level with another, leave it out, or take the causes together"


def refuse_silent_periods(cells: Cells, causes: tuple[str, ...], ends: Floats, *, a_parameter_a_period: bool) -> None:
    """Refuse a cause by which nobody left, and an interval whose own parameter has no finite estimate.

    Raises
    ------
    InvalidDataError
        Naming the cause and the intervals.
    """
    n_risk, n_event = period_totals(cells)
    for cause, leavings in zip(causes, n_event, strict=True):
        if not leavings.any():
            raise InvalidDataError(
                "cohort",
                f"leavings by every cause, also by {cause!r}",
                "none",
                "leave the cause out or lengthen the grid",
            )
        if not a_parameter_a_period:
            continue
        for wrong, got in (
            (n_risk <= 0, "nobody at risk"),
            (leavings <= 0, f"nobody leaving by {cause!r}"),
            (leavings >= n_risk * (1 - 1e-12), f"everybody at risk leaving by {cause!r}"),
        ):
            if wrong.any():
                raise InvalidDataError(
                    "interval",
                    "somebody leaving and somebody staying in every interval",
                    f"{got} in {_intervals(ends[wrong])}",
                    MERGE,
                )


def _intervals(ends: Floats) -> str:
    named = ", ".join(f"{end:g}" for end in ends[:NAMED]) + (", ..." if len(ends) > NAMED else "")
    return f"the interval ending at {named}" if len(ends) == 1 else f"{len(ends):,} intervals, ending at {named}"


def refuse_separation(cells: Cells, causes: tuple[str, ...], design: DesignMatrix) -> None:
    """Refuse a level at which nobody or everybody leaves by a cause, so that its parameter has no finite estimate.

    Raises
    ------
    InvalidDataError
        Naming the column and the level.
    """
    change = cells.change
    pattern, column = np.divmod(change.cell, change.width)
    exposed = change.amount * (cells.n_periods - column)
    n_risk = np.bincount(pattern, weights=exposed, minlength=cells.n_patterns)
    for cause, tally in zip(causes, cells.event, strict=True):
        n_event = np.bincount(tally.cell // tally.width, weights=tally.amount, minlength=cells.n_patterns)
        for level, described in levels_compared(design):
            leaving, there = n_event[level].sum(), n_risk[level].sum()
            if leaving > 0 and leaving < there * (1 - 1e-12):
                continue
            who = "nobody" if leaving <= 0 else "everybody"
            raise InvalidDataError(
                "formula",
                f"leavings and stays by {cause!r} at every level",
                f"{who} leaving at {described}",
                OTHER_LEVELS,
            )


def levels_compared(design: DesignMatrix) -> Iterator[tuple[npt.NDArray[np.bool_], str]]:
    """Yield the patterns at each level that has a column, and at the levels those are compared with."""
    values = design.columns
    is_level = ((values == 0) | (values == 1)).all(axis=0)
    for j in np.flatnonzero(is_level):
        yield values[:, j] == 1, design.describe(int(j))
    for term in dict.fromkeys(design.terms):
        own = np.array([name == term for name in design.terms])
        if is_level[own].all():
            reference = (values[:, own] == 0).all(axis=1)
            if reference.any():
                yield reference, f"{term}, the level that the others are compared with"


def refuse_divergence(per_spread: Floats, design: DesignMatrix, cause: str) -> None:
    """Refuse a fit that did not settle, naming the covariate whose parameter grew most in units of its own spread.

    Raises
    ------
    InvalidDataError
    """
    grown = design.describe(int(np.argmax(np.abs(per_spread)))) if len(per_spread) else "the baseline"
    raise InvalidDataError(
        "formula",
        f"a finite estimate for every parameter of {cause!r}",
        f"estimates that do not settle, most of all that of {grown}",
        "look for values at which nobody or everybody leaves, and merge or leave out",
    )
