"""Intervals for a survival probability from the standard error of its logarithm."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import normal_quantile

__all__ = ["ConfType", "survival_interval"]

Floats = npt.NDArray[np.float64]
ConfType = Literal["log-log", "log", "plain", "logit", "arcsine"]


def survival_interval(
    survival: Floats, log_std_error: Floats, *, conf_type: ConfType, conf_level: float
) -> tuple[Floats, Floats]:
    """Return lower and upper limits, each of shape (n,).

    Parameters
    ----------
    survival : ndarray of float64, shape (n,)
    log_std_error : ndarray of float64, shape (n,)
        Standard error of log survival, ``std_error / survival``.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale on which the interval is symmetric.
    conf_level : float

    Returns
    -------
    low, high : ndarray of float64, shape (n,)
        Within [0, 1]. Missing where survival is 0 (its logarithm has no standard error), and where it is 1 on the
        three scales on which 1 lies at infinity, as in R's ``survfit``.

    Raises
    ------
    InvalidArgumentError
        If `conf_type` is not one of the five or `conf_level` is not in (0, 1).

    References
    ----------
    Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data, 2nd ed. (2002), section 1.4.
    doi:10.1002/9781118032985

    Examples
    --------
    >>> import numpy as np
    >>> low, high = survival_interval(np.array([0.75]), np.array([0.25]), conf_type="plain", conf_level=0.95)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.3825], [1.0])
    """
    if conf_type not in get_args(ConfType):
        raise InvalidArgumentError(
            "conf_type", f"one of {', '.join(get_args(ConfType))}", repr(conf_type), "choose one"
        )
    z = normal_quantile(conf_level)
    finite = (survival > 0) & ((survival < 1) | (conf_type in {"plain", "log"}))
    with np.errstate(over="ignore"):  # a limit beyond all numbers is 0 or 1
        low, high = _limits(np.where(finite, survival, np.nan), z * np.where(finite, log_std_error, np.nan), conf_type)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _limits(survival: Floats, half: Floats, conf_type: ConfType) -> tuple[Floats, Floats]:
    if conf_type == "plain":
        return survival - half * survival, survival + half * survival
    if conf_type == "log":
        return survival * np.exp(-half), survival * np.exp(half)
    if conf_type == "log-log":
        log_survival = np.log(survival)
        width = half / log_survival
        return np.exp(log_survival * np.exp(-width)), np.exp(log_survival * np.exp(width))
    if conf_type == "logit":
        centre, width = np.log(survival / (1 - survival)), half / (1 - survival)
        return 1 / (1 + np.exp(width - centre)), 1 / (1 + np.exp(-width - centre))
    angle, width = np.arcsin(np.sqrt(survival)), half / 2 * np.sqrt(survival / (1 - survival))
    return np.sin(np.maximum(angle - width, 0)) ** 2, np.sin(np.minimum(angle + width, np.pi / 2)) ** 2
