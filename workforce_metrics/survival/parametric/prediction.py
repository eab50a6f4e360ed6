"""Fitted distributions, and the risk of leaving that they imply for people."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError, RiskSetWarning, close_names
from workforce_metrics.survival.cox.prediction import times_asked
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.patterns import find_patterns, rows_complete
from workforce_metrics.survival.discrete_hazard.people import long_table
from workforce_metrics.survival.parametric.hazards import Baseline, cumulative_hazard
from workforce_metrics.survival.parametric.sample import Scaling
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["FittedDistribution", "predicted_risk"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FittedDistribution:
    """The numbers of a fitted model, in the units of the search.

    Parameters
    ----------
    baseline : Baseline
    scaling : Scaling
    parameters : ndarray of float64, shape (1 + p + n_shapes,)
        The constant, coefficients, shape.
    covariance, model_covariance : ndarray of float64, shape (k, k)
        That of the estimates, robust where asked for; and the model's.
    """

    baseline: Baseline
    scaling: Scaling
    parameters: Floats
    covariance: Floats
    model_covariance: Floats

    def in_user_units(self) -> tuple[Floats, Floats]:
        """Return the parameters for columns and times as they came, and the matrix that turned them.

        Notes
        -----
        ``log T - u = b_0 + b (x - c) / s`` becomes ``log T = (u + b_0 - b c / s) + b / s x``. The spline is one of
        ``log T - u``: with its knots moved by u the bends are the same, and the constant changes by ``-gamma_1 u``.
        """
        scaling, p = self.scaling, len(self.scaling.scale)
        turn = np.eye(len(self.parameters))
        turn[1 : 1 + p, 1 : 1 + p] /= scaling.scale[:, None]
        turn[0, 1 : 1 + p] = -scaling.centre / scaling.scale
        if self.baseline.distribution == "spline":
            turn[0, 1 + p] = -scaling.log_unit
            return turn @ self.parameters, turn
        shift = np.zeros(len(turn))
        shift[0] = scaling.log_unit
        return turn @ self.parameters + shift, turn

    def hazard(self, columns: Floats, time: float) -> tuple[Floats, Floats]:
        """Return the cumulative hazard up to a time and its derivatives by the parameters.

        Parameters
        ----------
        columns : ndarray of float64, shape (n, 1 + p)
            Standardised, the constant first.
        time : float
            In the unit of the cohort.

        Returns
        -------
        value : ndarray of float64, shape (n,)
        gradient : ndarray of float64, shape (n, 1 + p + n_shapes)
        """
        n_columns = columns.shape[1]
        log_time = np.log(time) - self.scaling.log_unit if time > 0 else -np.inf
        predictor, shape = columns @ self.parameters[:n_columns], self.parameters[n_columns:]
        made = cumulative_hazard(np.full(len(columns), log_time), predictor, shape, self.baseline)
        return made.value, np.hstack((made.slope[:, :1] * columns, made.slope[:, 1:]))


def predicted_risk(
    model: FittedDistribution,
    design: DesignMatrix,
    people: Any,
    *,
    at: float | Sequence[float],
    given: float,
    conf_level: float,
    followed: float,
    time_unit: str,
) -> pd.DataFrame:
    """Return the table that `ParametricModel.predict_risk` describes."""
    times = times_asked(at, given)
    frame: pd.DataFrame = nw.from_native(people, eager_only=True).to_pandas()
    if not len(frame):
        raise InvalidDataError("people", "somebody", "no rows", "check how the people were chosen")
    names = list(design.variables)
    for name in names:
        if name not in frame.columns:
            raise MissingColumnError(name, "a column of people", "none of that name", close_names(name, frame))
    rows_complete(frame, names, missing="refuse")
    patterns = find_patterns(frame, names)
    columns = model.scaling.columns(design.of(frame.loc[:, names].iloc[patterns.rows]))
    before, gradient_before = model.hazard(columns, given)
    risk, error = np.empty((len(columns), len(times))), np.empty((len(columns), len(times)))
    for k, time in enumerate(times):
        value, gradient = model.hazard(columns, float(time))
        slope = gradient - gradient_before
        variance = np.einsum("ij,ij->i", slope @ model.covariance, slope)
        risk[:, k] = -np.expm1(before - value)
        error[:, k] = (1 - risk[:, k]) * np.sqrt(np.maximum(variance, 0.0))
    _warn_of_extrapolation(times, followed, time_unit, model.baseline)
    return long_table(
        frame.index, {"time": np.tile(times, len(frame))}, risk[patterns.codes], error[patterns.codes], conf_level
    )


def _warn_of_extrapolation(times: Floats, followed: float, time_unit: str, baseline: Baseline) -> None:
    if (times > followed * (1 + TIE_TOLERANCE)).any():
        warnings.warn(
            f"nobody was followed beyond {followed:g} {time_unit}: later risks rest on the {baseline.distribution}"
            " distribution alone; say so where they are shown",
            RiskSetWarning,
            stacklevel=4,
        )
