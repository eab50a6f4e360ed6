"""People in, predictions out: covariates read and checked, tidy rows made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.results import numbers_asked
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.patterns import find_patterns, rows_complete
from workforce_metrics.survival.discrete_hazard.prediction import HazardModel, Incidence, predicted_incidence
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.intervals import survival_interval
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["checked_times", "long_table", "predicted_people"]

Floats = npt.NDArray[np.float64]
SERVED = "time served"


def checked_times(at: float | Sequence[float], end: float, time_unit: str) -> Floats:
    """Return the times asked for, none beyond the end of the last interval.

    Examples
    --------
    >>> checked_times(5, 60.0, "months")
    array([5.])
    """
    times = numbers_asked(at, "at")
    if not ((times >= 0) & (times <= end * (1 + TIE_TOLERANCE))).all():
        raise InvalidArgumentError(
            "at", f"times from 0 to the end of the last interval, {end:g} {time_unit}", repr(at), "ask within them"
        )
    return times


def predicted_people(
    model: HazardModel, design: DesignMatrix, people: Any, times: Floats, given: float | str
) -> tuple[pd.Index, list[Incidence]]:
    """Return the people's index, and for each time what is predicted for each of them.

    Predictions are made once a distinct row of covariates and time served.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError
        If a column is not there, a covariate is missing or has a level not seen in fitting, a time served is not one,
        or hazards by several causes add up to 1 or more.
    """
    frame = pandas_frame(people, "people")
    names = list(design.variables)
    for name in names + [given] * isinstance(given, str):
        if name not in frame.columns:
            raise MissingColumnError(str(name), "a column of people", "none of that name", "check the name")
    rows_complete(frame, names, missing="refuse")
    served = _served(frame, given, float(times.min()))
    patterns = find_patterns(frame.loc[:, names].assign(**{SERVED: served}), [*names, SERVED])
    covariates = design.of(frame.loc[:, names].iloc[patterns.rows])
    made = []
    for time in times:
        found = predicted_incidence(model, covariates, served[patterns.rows], float(time))
        if found.impossible:
            raise InvalidDataError(
                "people",
                "hazards by all causes that together stay below 1",
                f"{found.impossible:,} covariate patterns beyond it in some interval",
                "fit with shorter intervals, or all causes together",
            )
        made.append(_of_everybody(found, patterns.codes))
    return frame.index, made


def _of_everybody(found: Incidence, pattern: npt.NDArray[np.int64]) -> Incidence:
    return Incidence(
        found.risk[pattern], found.risk_std_error[pattern], found.incidence[pattern], found.std_error[pattern], 0
    )


def _served(frame: pd.DataFrame, given: float | str, earliest: float) -> Floats:
    """Return the time that each person has served, none of it negative or beyond the first time asked for."""
    if isinstance(given, str):
        served = pd.to_numeric(frame[given], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        served = np.full(len(frame), given, dtype=np.float64)
    bad = ~((served >= 0) & (served <= earliest))
    if bad.any():
        raise InvalidArgumentError(
            "given",
            "times served, from 0 to the earliest time of at",
            f"{int(bad.sum()):,} people for whom it is missing or outside",
            "at counts from joining: ask for the time served plus the time ahead",
        )
    return served


def long_table(
    index: pd.Index, labels: dict[str, Any], estimate: Floats, error: Floats, conf_level: float
) -> pd.DataFrame:
    """Return one row a person, time and cause, from arrays of that shape, with the intervals.

    Parameters
    ----------
    index : pandas.Index
        That of the people.
    labels : dict of str to array
        `time` and `cause` of each row.
    estimate, error : ndarray of float64, shape (n_people, n_times) or (n_people, n_times, n_causes)
    conf_level : float

    Returns
    -------
    pandas.DataFrame
    """
    stay, natural = 1 - estimate.ravel(), error.ravel()
    of_log = np.divide(natural, stay, out=np.full_like(natural, np.nan), where=stay > 0)
    with np.errstate(over="ignore"):  # far outside the data an interval is all of (0, 1)
        low, high = survival_interval(stay, of_log, conf_type="log-log", conf_level=conf_level)
    columns = {**labels, "estimate": estimate.ravel(), "std_error": natural, "conf_low": 1 - high, "conf_high": 1 - low}
    return pd.DataFrame(columns, index=index.repeat(len(natural) // max(len(index), 1)))
