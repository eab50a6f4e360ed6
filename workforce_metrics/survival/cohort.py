"""Spells on the analysis clock: entry, duration, event, cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.provenance import made_from
from workforce_metrics.results import DATA_FRAME
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort_columns import ONE_CAUSE, causes_of, checked_weights, events_of, times_of
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.ties import fix_ties, tolerance_of

__all__ = ["ONE_CAUSE", "Cohort", "checked_weights", "of_causes_that_occur", "require_cohort"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, repr=False, eq=False)
class Cohort:
    """Spells put on the analysis clock; `build_cohort` and `Cohort.from_frame` make it.

    Parameters
    ----------
    duration : ndarray, shape (n,)
        Time from joining to leaving or censoring, in ticks: whole days for a register, the user's unit else.
    cause : ndarray of int64, shape (n,)
        0 = not left (censored), k = left by `causes[k - 1]`.
    causes : tuple of str
        Names of the causes.
    entry : ndarray or None, shape (n,)
        Time since joining from which the spell is at risk; at risk at t means ``entry < t <= duration``.
        None = from the start, time 0 included.
    weight : ndarray of float64 or None, shape (n,)
    covariates : pandas.DataFrame
        Every other column, row by row.
    time_unit : str
        The unit of `time` in results.
    ticks_per_unit : float
        How many ticks make one such unit.
    horizon_years : int or None
        Follow-up was cut there, at calendar anniversaries.
    joined : ndarray of datetime64[D] or None, shape (n,)
        Dates of joining, where known.
    provenance : mapping
        Definition, window and what was left out, with counts.
    """

    duration: Array
    cause: npt.NDArray[np.int64]
    causes: tuple[str, ...]
    entry: Array | None
    weight: npt.NDArray[np.float64] | None
    covariates: pd.DataFrame
    time_unit: str
    ticks_per_unit: float = 1.0
    horizon_years: int | None = None
    joined: npt.NDArray[np.datetime64] | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        duration: str,
        event: str,
        entry: str | None = None,
        cause: str | None = None,
        weight: str | None = None,
        time_unit: str,
        definition: str | None = None,
    ) -> Cohort:
        """Take durations that are already numbers.

        Parameters
        ----------
        frame : data frame
            One row a spell; any frame that Narwhals reads.
        duration : str
            Column of times from joining to leaving or to the end of follow-up, not negative.
        event : str
            Boolean column: True = left at `duration`, False = still there. Never 1/2 or 0/1 codes.
        entry : str, optional
            Column of times from which each spell is at risk; must be below `duration`.
        cause : str, optional
            Column of reasons for leaving; needed where `event` is True, ignored elsewhere.
        weight : str, optional
            Column of case weights, not negative.
        time_unit : {"days", "weeks", "months", "quarters", "years"}
            What the durations count.
        definition : str, optional
            What leaving means here, in words; it stands in every result.

        Returns
        -------
        Cohort
            With every other column as a covariate.

        Raises
        ------
        MissingColumnError, InvalidArgumentError, InvalidDataError
            If a column is not there, the unit is not known, or values are missing, negative or not what was declared.

        Notes
        -----
        Times equal to within 1.5e-8 (absolutely, or relative to the mean time) are one time, as in R's
        ``survival::aeqSurv``; to within the last bits of a column of single precision (`tolerance_of`).
        Where nobody left, `cause` names none, and there is the one cause "left".

        Examples
        --------
        >>> import pandas as pd
        >>> import workforce_metrics as wm
        >>> staff = pd.DataFrame({"month": [3, 8, 12, 12], "left": [True, True, False, False]})
        >>> wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months")
        <Cohort: 4 spells, 2 left, time in months>
        """
        units_per_year(time_unit)
        data = pandas_frame(frame, "frame").reset_index(drop=True)
        asked = {"duration": duration, "event": event, "entry": entry, "cause": cause, "weight": weight}
        roles = [name for name in asked.values() if name is not None]
        for name in roles:
            if name not in data.columns:
                raise MissingColumnError(name, "a column of the frame", "none of that name", close_names(name, data))
        if not len(data):
            raise InvalidDataError("frame", "at least one spell", "none", "check the rows that were kept")
        exit_time = times_of(data[duration], duration)
        left = events_of(data[event], event)
        start = None if entry is None else times_of(data[entry], entry)
        timed = data[[name for name in (duration, entry) if name is not None]]
        exit_time, start = _without_near_ties(exit_time, start, tolerance_of(*timed.dtypes))
        if start is not None and (start >= exit_time).any():
            raise InvalidDataError(
                entry or "entry",
                f"an entry before {duration}",
                f"{int((start >= exit_time).sum()):,} rows that are not",
                "leave out spells that were never at risk, or correct the entry",
            )
        codes, causes = causes_of(None if cause is None else data[cause], left, cause)
        weights = None if weight is None else checked_weights(data[weight], weight)
        if weights is not None and not weights.any():
            raise InvalidDataError(
                weight or "weight", "a weight above 0 in some row", "0 in all", "correct the weights"
            )
        return cls(
            duration=exit_time,
            cause=codes,
            causes=causes,
            entry=start,
            weight=weights,
            covariates=data.drop(columns=roles),
            time_unit=time_unit,
            provenance=_provenance(len(data), asked, definition),
        )

    @property
    def event(self) -> npt.NDArray[np.bool_]:
        """Whether each spell ended in leaving, shape (n,)."""
        return self.cause > 0

    @property
    def frame(self) -> pd.DataFrame:
        """One row a spell: entry, duration, event, cause, weight, then the covariates; a fresh copy."""
        names = np.array([None, *self.causes], dtype=object)
        columns: dict[str, Any] = {
            "entry": np.zeros(len(self), dtype=self.duration.dtype) if self.entry is None else self.entry,
            "duration": self.duration,
            "event": self.event,
            "cause": pd.Categorical(names[self.cause], categories=list(self.causes)),
        }
        if self.weight is not None:
            columns["weight"] = self.weight
        own = pd.DataFrame(columns, copy=True)
        return pd.concat([own, self.covariates.drop(columns=[c for c in own if c in self.covariates])], axis=1)

    def to_lifelines(self) -> pd.DataFrame:
        """Return the frame that lifelines' fitters take; see `workforce_metrics.survival.bridges.to_lifelines`."""
        from workforce_metrics.survival.bridges import to_lifelines

        return to_lifelines(self)

    def to_scikit_survival(self) -> tuple[pd.DataFrame, npt.NDArray[np.void]]:
        """Return the covariates and the structured array that scikit-survival takes; see `survival.bridges`."""
        from workforce_metrics.survival.bridges import to_scikit_survival

        return to_scikit_survival(self)

    def to_start_stop(self) -> pd.DataFrame:
        """Return rows of start, stop and event, as R's ``Surv(start, stop, event)`` takes; see `survival.bridges`."""
        from workforce_metrics.survival.bridges import to_start_stop

        return to_start_stop(self)

    def __len__(self) -> int:
        return len(self.duration)

    def __repr__(self) -> str:
        definition = self.provenance.get("definition")
        shown = f" {definition}" if definition else ""
        horizon = f", followed for {self.horizon_years} years" if self.horizon_years else ""
        return (
            f"<Cohort{shown}: {len(self):,} spells, {int(self.event.sum()):,} left, time in {self.time_unit}{horizon}>"
        )


def require_cohort(cohort: object) -> None:
    """Refuse what is no cohort."""
    if not isinstance(cohort, Cohort):
        raise InvalidArgumentError(
            "cohort",
            "a Cohort",
            f"a {type(cohort).__name__}",
            "make one of a register with build_cohort, of durations with Cohort.from_frame",
        )


def of_causes_that_occur(cohort: Cohort) -> tuple[Cohort, dict[str, object]]:
    """Return the cohort with only the causes by which somebody left, and what to say of the others.

    A cause that was declared and never happened has no hazard to model. Where nobody left at all, all causes stay.
    """
    counted = cohort.cause if cohort.weight is None else cohort.cause[cohort.weight > 0]
    occurs = np.bincount(counted, minlength=len(cohort.causes) + 1)[1:] > 0
    if occurs.all() or not occurs.any():
        return cohort, {}
    names = np.array(cohort.causes, dtype=object)
    only = replace(cohort, cause=np.append(0, occurs.cumsum() * occurs)[cohort.cause], causes=tuple(names[occurs]))
    return only, {"causes_without_leavings": ", ".join(names[~occurs])}


def _provenance(n_rows: int, columns: Mapping[str, str | None], definition: str | None) -> dict[str, object]:
    made = made_from(DATA_FRAME, n_rows, options=columns)
    return made if definition is None else {**made, "definition": definition}


def _without_near_ties(exit_time: Array, start: Array | None, tolerance: float) -> tuple[Array, Array | None]:
    whole = exit_time.dtype.kind == "i" and (start is None or start.dtype.kind == "i")
    if whole:
        return exit_time, start
    if start is None:
        return fix_ties(exit_time.astype(np.float64), tolerance=tolerance)[0], None
    fixed = fix_ties(exit_time.astype(np.float64), start.astype(np.float64), tolerance=tolerance)
    return fixed[0], fixed[1]
