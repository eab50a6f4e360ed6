"""A cohort in the shape that other survival packages take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cohort import Cohort, require_cohort
from workforce_metrics.survival.risk_table import times_in_units

__all__ = ["to_lifelines", "to_scikit_survival", "to_start_stop"]


def to_lifelines(cohort: Cohort) -> pd.DataFrame:
    """Return a cohort as the frame that lifelines' fitters take.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    pandas.DataFrame
        `duration` in the unit of the cohort and `event` (0 or 1); `entry` where somebody enters late; `weight` where
        there are weights; `cause` (0 = not left, k = ``cohort.causes[k - 1]``) where there are several; then the
        covariates. A fresh copy.

    Raises
    ------
    InvalidDataError
        If a covariate bears one of those names.

    Notes
    -----
    ``CoxPHFitter().fit(frame, duration_col="duration", event_col="event", entry_col="entry", weights_col="weight",
    formula=...)``; ``AalenJohansenFitter().fit(frame["duration"], frame["cause"], event_of_interest=1)``. lifelines
    takes somebody who enters at t to be at risk from just after t, as here.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8], "left": [True, False], "age": [30, 41]})
    >>> to_lifelines(wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months"))
       duration  event  age
    0       3.0      1   30
    1       8.0      0   41
    """
    _check(cohort)
    columns: dict[str, Any] = {"duration": _in_units(cohort, cohort.duration), "event": cohort.event.astype(np.int64)}
    if _enters_late(cohort):
        columns["entry"] = _in_units(cohort, np.asarray(cohort.entry))
    if cohort.weight is not None:
        columns["weight"] = cohort.weight
    if len(cohort.causes) > 1:
        columns["cause"] = cohort.cause
    return _beside_covariates(columns, cohort)


def to_scikit_survival(cohort: Cohort) -> tuple[pd.DataFrame, npt.NDArray[np.void]]:
    """Return a cohort as the covariates and outcomes that scikit-survival takes.

    Parameters
    ----------
    cohort : Cohort
        Without delayed entry and weights. Causes are taken together.

    Returns
    -------
    covariates : pandas.DataFrame
        A fresh copy; scikit-survival wants them as numbers (``sksurv.preprocessing.OneHotEncoder``).
    outcome : ndarray, shape (n,)
        Structured, with the fields `event` (bool) and `time` (float64, in the unit of the cohort).

    Raises
    ------
    InvalidDataError
        If somebody enters late or there are weights: scikit-survival knows neither and would count them wrongly.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"month": [3, 8], "left": [True, False], "age": [30, 41]})
    >>> x, y = to_scikit_survival(wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months"))
    >>> y["event"].tolist(), y["time"].tolist()
    ([True, False], [3.0, 8.0])
    """
    _check(cohort)
    if _enters_late(cohort):
        n = int((np.asarray(cohort.entry) > 0).sum())
        raise InvalidDataError(
            "cohort", "everybody at risk from joining, as scikit-survival assumes", f"{n:,} spells that enter late",
            "use cox or discrete_hazard here, or keep those who joined in the window",
        )  # fmt: skip
    if cohort.weight is not None:
        raise InvalidDataError(
            "cohort", "no weights, which scikit-survival's outcomes cannot carry", "a weighted cohort",
            "build it without the weight, and give the weights to those of its models that take sample_weight",
        )  # fmt: skip
    outcome = np.empty(len(cohort), dtype=[("event", np.bool_), ("time", np.float64)])
    outcome["event"], outcome["time"] = cohort.event, _in_units(cohort, cohort.duration)
    return cohort.covariates.copy(), outcome


def to_start_stop(cohort: Cohort) -> pd.DataFrame:
    """Return a cohort as counting-process rows: at risk after `start` and up to `stop`.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    pandas.DataFrame
        `start` and `stop` in the unit of the cohort, `event` (bool), `cause` (categorical, missing where nobody left),
        `weight` where there are weights, then the covariates. A fresh copy.

    Raises
    ------
    InvalidDataError
        If a covariate bears one of those names, or a spell ends at time 0, when ``start < stop`` cannot hold.

    Notes
    -----
    For R's ``Surv(start, stop, event)``, statsmodels' ``PHReg(entry=)`` and the like.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"from": [0, 2], "month": [3, 8], "left": [True, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")
    >>> to_start_stop(cohort)[["start", "stop", "event"]]
       start  stop  event
    0    0.0   3.0   True
    1    2.0   8.0  False
    """
    _check(cohort)
    stop = _in_units(cohort, cohort.duration)
    start = np.zeros(len(cohort)) if cohort.entry is None else _in_units(cohort, cohort.entry)
    if (start >= stop).any():
        raise InvalidDataError(
            "cohort", "spells that end after they start", f"{int((start >= stop).sum()):,} of no length",
            "leave out spells of length 0, or count their time in a finer unit",
        )  # fmt: skip
    names = np.array([None, *cohort.causes], dtype=object)
    columns: dict[str, Any] = {
        "start": start,
        "stop": stop,
        "event": cohort.event,
        "cause": pd.Categorical(names[cohort.cause], categories=list(cohort.causes)),
    }
    if cohort.weight is not None:
        columns["weight"] = cohort.weight
    return _beside_covariates(columns, cohort)


def _check(cohort: Cohort) -> None:
    require_cohort(cohort)


def _enters_late(cohort: Cohort) -> bool:
    return cohort.entry is not None and bool((cohort.entry > 0).any())


def _in_units(cohort: Cohort, ticks: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(times_in_units(ticks, cohort), dtype=np.float64)


def _beside_covariates(columns: dict[str, Any], cohort: Cohort) -> pd.DataFrame:
    taken = [name for name in columns if name in cohort.covariates]
    if taken:
        raise InvalidDataError(
            "covariates", f"none named {', '.join(columns)}", ", ".join(map(repr, taken)), "rename the covariate"
        )
    return pd.concat([pd.DataFrame(columns, copy=True), cohort.covariates.reset_index(drop=True)], axis=1)
