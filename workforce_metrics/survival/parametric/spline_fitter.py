"""Royston and Parmar's spline as a model of lifelines; imported only when used, for it loads lifelines.

lifelines' own (`CoxPHFitter` with ``baseline_estimation_method="spline"``) does not converge with given knots: the
last of its columns is 0 everywhere; and without, its knots depend on how rows are repeated, not on their weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from autograd import numpy as anp
from lifelines.fitters import ParametricRegressionFitter
from lifelines.fitters.mixins import SplineFitterMixin

__all__ = ["SplineFitter"]

Floats = npt.NDArray[np.float64]


class SplineFitter(SplineFitterMixin, ParametricRegressionFitter):  # type: ignore[misc]  # lifelines has no types
    """The logarithm of the cumulative hazard as covariates plus a restricted cubic spline of log time.

    Parameters
    ----------
    knots : ndarray of float64, shape (df + 1,)
        Logarithms of times, ascending.
    """

    fit_intercept = True
    _FAST_MEDIAN_PREDICT = False
    _scipy_fit_method = "SLSQP"

    def __init__(self, knots: Floats) -> None:
        self._knots = knots
        self._shapes = [f"gamma{j:02}_" for j in range(1, len(knots))]  # lifelines sorts them
        self._fitted_parameter_names = ["beta_", *self._shapes]
        super().__init__()

    def regressors_of(self, names: list[str]) -> dict[str, list[str]]:
        """Return which columns each parameter has, beside the constant."""
        return {"beta_": names, **{shape: [] for shape in self._shapes}}

    def _create_initial_point(self, Ts: Any, E: Any, entries: Any, weights: Any, Xs: Any) -> dict[str, Floats]:  # noqa: N803
        """Start from the exponential model without covariates."""
        point = {shape: np.zeros(1) for shape in self._shapes}
        beta = np.zeros(Xs["beta_"].shape[1])
        beta[-1] = np.log(weights[E].sum() / (weights * (Ts[0] - entries)).sum())
        return {"beta_": beta, **point, self._shapes[0]: np.ones(1)}

    def _log_cumulative(self, params: Any, log_time: Any, Xs: Any) -> Any:  # noqa: N803
        value = Xs["beta_"] @ params["beta_"] + params[self._shapes[0]][0] * log_time
        for shape, knot in zip(self._shapes[1:], self._knots[1:-1], strict=True):
            value = value + params[shape][0] * self.basis(log_time, knot, self._knots[0], self._knots[-1])
        return value

    def _cumulative_hazard(self, params: Any, T: Any, Xs: Any) -> Any:  # noqa: N803
        return anp.exp(self._log_cumulative(params, anp.log(T), Xs))
