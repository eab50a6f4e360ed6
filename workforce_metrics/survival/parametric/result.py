"""What a fitted parametric model says, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import Result, normal_quantile
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.parametric.prediction import FittedDistribution, predicted_risk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ParametricModel", "parameter_table"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class ParametricModel(Result):
    """A parametric model of time to leaving; `parametric` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a parameter: `term` ("Intercept", the columns of the formula, then "log(scale)" or the spline's
        "gamma1", ...), `estimate`, `std_error`, `statistic` and `p_value` of Wald's test that it is 0, `conf_low`,
        `conf_high`, `n` spells used and `n_event` leavings. With clusters `std_error` is robust and `model_std_error`
        beside it the model's.
    by, provenance
        See `Result`.
    model : FittedDistribution
        Parameters and their covariance, as predictions use them.
    design : DesignMatrix
        The coding of the covariates, without rows.
    log_likelihood : float
        Of times in the cohort's unit.
    weight_sum : float
        The weights of the spells used, added up; their number where there are no weights.
    followed : float
        The last time at which anybody was at risk, in `time_unit`.
    time_unit : str
    """

    model: FittedDistribution = field(kw_only=True)
    design: DesignMatrix = field(kw_only=True)
    log_likelihood: float = field(kw_only=True)
    weight_sum: float = field(kw_only=True)
    followed: float = field(kw_only=True)
    time_unit: str = field(kw_only=True)

    _title: ClassVar[str] = "Parametric model"

    @property
    def aic(self) -> float:
        """Akaike's criterion, ``2 k - 2 log_likelihood``: of models of the same spells the lowest is best."""
        return 2 * len(self.table) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """The Bayesian criterion, ``k log(n) - 2 log_likelihood`` with n the sum of the weights."""
        return len(self.table) * float(np.log(self.weight_sum)) - 2 * self.log_likelihood

    @property
    def covariance(self) -> pd.DataFrame:
        """Variances and covariances of the estimates (robust where asked for), rows and columns by term."""
        _, turn = self.model.in_user_units()
        terms = list(self.table["term"])
        return pd.DataFrame(turn @ self.model.covariance @ turn.T, index=terms, columns=terms)

    @property
    def knots(self) -> tuple[float, ...]:
        """Times of the spline's knots, in `time_unit`; none but for the spline."""
        return tuple(np.exp(self.model.baseline.knots + self.model.scaling.log_unit).tolist())

    @property
    def time_ratios(self) -> pd.DataFrame:
        """The covariates' rows with `estimate` and interval as time ratios; `std_error` stays that of the logarithm.

        2: times to leaving are twice as long.

        Raises
        ------
        InvalidArgumentError
            If the model is a spline, whose coefficients are log hazard ratios.
        """
        if self.model.baseline.distribution == "spline":
            raise InvalidArgumentError(
                "time_ratios", "an accelerated failure time model", "a spline", "read hazard_ratios, or fit another"
            )
        return self._ratios()

    @property
    def hazard_ratios(self) -> pd.DataFrame:
        """The covariates' rows with `estimate` and interval as hazard ratios; `std_error` stays that of the logarithm.

        Raises
        ------
        InvalidArgumentError
            If the model is not a spline.
        """
        if self.model.baseline.distribution != "spline":
            raise InvalidArgumentError(
                "hazard_ratios",
                "a spline",
                f"a {self.model.baseline.distribution} model",
                "read time_ratios, or fit distribution='spline' or cox",
            )
        return self._ratios()

    def predict_risk(
        self, people: Any, *, at: float | Sequence[float], given: float = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict the risk of having left by some times.

        Parameters
        ----------
        people : data frame
            With the covariates of the formula; any frame that Narwhals reads.
        at : float or sequence of float
            Times since joining, in the unit of the model; also beyond the end of follow-up.
        given : float
            Time already served: the risk is that of leaving after it and by `at`.
        conf_level : float, optional
            In (0, 1); that of the model unless said.

        Returns
        -------
        pandas.DataFrame
            One row a person and time, in the order of `people`, under its index: `time`, `estimate`, `std_error`,
            `conf_low`, `conf_high`.

        Raises
        ------
        MissingColumnError, InvalidDataError, InvalidArgumentError
            If there is nobody, a column is not there, holds a level the model has not seen, or a time is not one.

        Warns
        -----
        RiskSetWarning
            If a time lies beyond the end of follow-up: nothing but the distribution speaks of it, and intervals do not
            say how wrong that can be.

        Notes
        -----
        ``1 - exp(H(given) - H(at))`` with delta-method standard errors; the interval is symmetric for
        ``log(-log(1 - risk))``.
        """
        level = float(str(self.provenance["conf_level"])) if conf_level is None else conf_level
        return predicted_risk(
            self.model,
            self.design,
            people,
            at=at,
            given=given,
            conf_level=level,
            followed=self.followed,
            time_unit=self.time_unit,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the covariates' time ratios, or a spline's hazard ratios, with their intervals.

        Raises
        ------
        InvalidArgumentError
            If the formula has no covariate.
        """
        from workforce_metrics.plotting.forest import draw_forest

        ratios = self._ratios()
        if not len(ratios):
            raise InvalidArgumentError("plot", "a model with covariates", "none", "plot predict_risk of a few times")
        label = "Hazard ratio" if self.model.baseline.distribution == "spline" else "Time ratio"
        return draw_forest(ratios, ax=ax, label=label, title=f"Leaving: {label.lower()}s", caption=self.caption)

    def _ratios(self) -> pd.DataFrame:
        own = self.table.iloc[1 : 1 + len(self.design.names)].reset_index(drop=True)
        return own.assign(**{name: np.exp(own[name]) for name in ("estimate", "conf_low", "conf_high")})


def parameter_table(
    model: FittedDistribution, terms: tuple[str, ...], *, conf_level: float, robust: bool
) -> pd.DataFrame:
    """Return the tidy table of a fit, without its counts."""
    from scipy.special import ndtr

    estimate, turn = model.in_user_units()
    std_error, by_model = (
        np.sqrt(np.einsum("ij,jk,ik->i", turn, covariance, turn))
        for covariance in (model.covariance, model.model_covariance)
    )
    statistic = estimate / std_error
    half = normal_quantile(conf_level) * std_error
    columns: dict[str, Any] = {"term": list(terms), "estimate": estimate, "std_error": std_error}
    if robust:
        columns["model_std_error"] = by_model
    columns |= {"statistic": statistic, "p_value": 2 * ndtr(-np.abs(statistic))}
    return pd.DataFrame({**columns, "conf_low": estimate - half, "conf_high": estimate + half})
