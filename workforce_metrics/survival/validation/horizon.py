"""A cohort followed to a horizon: who left by it and how, who reached it, who was lost before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.results import is_finite_number
from workforce_metrics.survival.build_cohort import check_whole_years
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.spell_times import cut_at_anniversary
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["HorizonSample", "check_cause", "cohort_until", "horizon_sample", "rows_of"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HorizonSample:
    """People and their predicted risks, followed to the horizon at most.

    Parameters
    ----------
    duration : ndarray, shape (n,)
        Ticks; ties already exact.
    left : ndarray of bool, shape (n,)
        Left at `duration`, on or before the horizon, in the way that was predicted.
    reached : ndarray of bool, shape (n,)
        Still there at the horizon. Neither `gone` nor `reached`: lost from sight before it.
    entry : ndarray or None, shape (n,)
    weight : ndarray of float64, shape (n,)
    predicted : ndarray of float64, shape (n,)
    other : ndarray of bool, shape (n,), or None
        Left by another cause than the one predicted; None where there is no other.
    """

    duration: npt.NDArray[Any]
    left: Bools
    reached: Bools
    entry: npt.NDArray[Any] | None
    weight: Floats
    predicted: Floats
    other: Bools | None = None

    @property
    def gone(self) -> Bools:
        """Who left by the horizon, in whatever way."""
        return self.left if self.other is None else self.left | self.other

    def part(self, rows: npt.NDArray[Any]) -> HorizonSample:
        """Return some of the rows."""
        return HorizonSample(
            duration=self.duration[rows],
            left=self.left[rows],
            reached=self.reached[rows],
            entry=None if self.entry is None else self.entry[rows],
            weight=self.weight[rows],
            predicted=self.predicted[rows],
            other=None if self.other is None else self.other[rows],
        )


def check_cause(cohort: Cohort, cause: str | None) -> None:
    """Refuse a cause that the cohort does not know."""
    if cause is not None and cause not in cohort.causes:
        raise InvalidArgumentError(
            "cause", f"one of {', '.join(cohort.causes)}", repr(cause), "name a cause of the cohort, or leave it out"
        )


def cohort_until(cohort: Cohort, at: float) -> tuple[Cohort, Bools, Bools]:
    """Return a cohort cut at a horizon.

    Parameters
    ----------
    cohort : Cohort
    at : float
        In the unit of the cohort. A cohort with a horizon of its own takes whole years up to it and is cut at
        calendar anniversaries.

    Returns
    -------
    cut : Cohort
        Of the rows of positive weight that were at risk before the horizon.
    reached : ndarray of bool, shape (n_cut,)
        Who was still there at the horizon.
    keep : ndarray of bool, shape (n,)
        The rows of the cohort that are in `cut`.

    Raises
    ------
    InvalidArgumentError, InvalidDataError
        If `at` is no time, lies beyond the cohort's horizon or is not a whole year of it, or nobody is at risk before.
    """
    if not is_finite_number(at) or at <= 0:
        raise InvalidArgumentError("at", "a positive time", repr(at), "write at=5")
    if cohort.horizon_years is None:
        entry, duration, past, end = _cut_at_time(cohort, at * cohort.ticks_per_unit)
    else:
        entry, duration, past, end = _cut_at_years(cohort, at)
    keep = np.ones(len(cohort), dtype=bool) if entry is None else np.asarray(entry < duration)
    if cohort.weight is not None:
        keep &= cohort.weight > 0
    if not keep.any():
        raise InvalidDataError(
            "at", "people of positive weight at risk before that time", f"none of {len(cohort):,}", "ask for more"
        )
    cut = replace(cohort, duration=duration, entry=entry, cause=np.where(past, 0, cohort.cause))
    reached = (duration >= end) & ~cut.event
    return (cut if keep.all() else rows_of(cut, keep)), reached[keep], keep


def rows_of(cohort: Cohort, rows: npt.NDArray[Any]) -> Cohort:
    """Return a cohort of some of the rows, by position or by a mask."""

    def taken(values: Any) -> Any:
        return None if values is None else values[rows]

    return replace(
        cohort,
        duration=taken(cohort.duration),
        cause=taken(cohort.cause),
        entry=taken(cohort.entry),
        weight=taken(cohort.weight),
        covariates=cohort.covariates.iloc[rows].reset_index(drop=True),
        joined=taken(cohort.joined),
    )


def horizon_sample(cohort: Cohort, reached: Bools, predicted: Floats, cause: str | None = None) -> HorizonSample:
    """Return the arrays of a cohort that was cut, with one prediction a row, of leaving by `cause` or by any."""
    late = cohort.entry is not None and bool((cohort.entry > 0).any())
    left = cohort.event if cause is None else cohort.cause == cohort.causes.index(cause) + 1
    return HorizonSample(
        duration=cohort.duration,
        left=left,
        reached=reached,
        entry=cohort.entry if late else None,
        weight=np.ones(len(cohort)) if cohort.weight is None else cohort.weight,
        predicted=predicted,
        other=None if cause is None or len(cohort.causes) == 1 else cohort.event & ~left,
    )


def _cut_at_time(cohort: Cohort, end: float) -> tuple[Any, npt.NDArray[Any], Bools, float]:
    past = cohort.duration > end * (1 + TIE_TOLERANCE)
    whole = cohort.duration.dtype.kind == "i" and float(end).is_integer()
    last = int(end) if whole else float(end)
    near = past | (cohort.duration >= end * (1 - TIE_TOLERANCE))
    duration = np.where(near, last, cohort.duration)
    entry = cohort.entry
    if entry is not None:
        entry = np.where(entry >= end * (1 - TIE_TOLERANCE), last, entry).astype(duration.dtype)
    return entry, duration, past, last


def _cut_at_years(cohort: Cohort, at: float) -> tuple[Any, npt.NDArray[Any], Bools, float]:
    check_whole_years(at, "at")
    years, horizon = int(at), int(cohort.horizon_years or 0)
    if years > horizon:
        raise InvalidArgumentError(
            "at", f"at most the horizon of the cohort, {horizon}", repr(at), "build the cohort with a longer one"
        )
    joined: npt.NDArray[np.datetime64] = np.asarray(cohort.joined)
    end, _ = cut_at_anniversary(joined[:1], joined[:1] + np.timedelta64(366 * (years + 1), "D"), years)
    if years == horizon:
        return cohort.entry, cohort.duration, np.zeros(len(cohort), dtype=bool), float(end[0])
    stop = joined + cohort.duration.astype("timedelta64[D]")
    duration, past = cut_at_anniversary(joined, stop, years)
    entry = None
    if cohort.entry is not None:
        entry, _ = cut_at_anniversary(joined, joined + cohort.entry.astype("timedelta64[D]"), years)
    return entry, duration, past, float(end[0])
