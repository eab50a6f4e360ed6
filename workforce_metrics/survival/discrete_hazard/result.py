"""What a fitted discrete-time hazard says: parameters, and the risks they imply for people."""

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
from workforce_metrics.survival.discrete_hazard.patterns import A_PARAMETER_A_PERIOD
from workforce_metrics.survival.discrete_hazard.people import checked_times, long_table, predicted_people
from workforce_metrics.survival.discrete_hazard.prediction import HazardModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DiscreteHazard", "parameter_table"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class DiscreteHazard(Result):
    """Discrete-time hazards of leaving; `discrete_hazard` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a parameter (and cause, where there are several): `term`; `time`, the end of the interval that a
        baseline's parameter is for; `estimate` on the scale of the link; `std_error`; `statistic` and `p_value` of
        Wald's test; `conf_low`, `conf_high`; `n` people used and `n_event` leavings. With clusters `std_error` is
        robust and `model_std_error` beside it the model's.
    by, provenance
        See `Result`.
    model : HazardModel
        Parameters and their covariance, as predictions use them.
    design : DesignMatrix
        The coding of the covariates, without rows.
    causes : tuple of str
    counts : pandas.DataFrame
        `cause`, `time` (the interval's end), `n_risk` and `n_event` in it, as sums of weights.
    log_likelihood : float
        Of the binomial model; with several causes, added up over their models.
    time_unit : str
    """

    model: HazardModel = field(kw_only=True)
    design: DesignMatrix = field(kw_only=True)
    causes: tuple[str, ...] = field(kw_only=True)
    counts: pd.DataFrame = field(kw_only=True)
    log_likelihood: float = field(kw_only=True)
    time_unit: str = field(kw_only=True)

    _title: ClassVar[str] = "Discrete-time hazard"

    @property
    def ratios(self) -> pd.DataFrame:
        """The covariates' rows with `estimate` and interval as ratios; `std_error` stays that of the logarithm.

        Hazard ratios where the link is cloglog, odds ratios where it is logit.
        """
        rows = np.tile(np.arange(self.model.parameters.shape[1]) >= self.model.baseline.shape[1], len(self.causes))
        own = self.table[rows].drop(columns="time").reset_index(drop=True)
        return own.assign(**{name: np.exp(own[name]) for name in ("estimate", "conf_low", "conf_high")})

    @property
    def covariance(self) -> pd.DataFrame:
        """Variances and covariances of the estimates (robust where asked for), in the order of the table's rows."""
        return pd.DataFrame(self.model.covariance, index=self.table.index, columns=self.table.index)

    def predict_risk(
        self, people: Any, *, at: float | Sequence[float], given: float | str = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict each person's risk of leaving by the times asked for, by whatever cause.

        Parameters
        ----------
        people : data frame
            With the covariates of the formula; any frame that Narwhals reads.
        at : float or sequence of float
            Times since joining, in the cohort's unit, up to the end of the last interval.
        given : float or str
            Time already served: the risk is that of leaving after it and by `at`. A number, or a column of `people`.
        conf_level : float, optional
            In (0, 1); that of the model unless said.

        Returns
        -------
        pandas.DataFrame
            One row a person and time, in the order of `people`, under its index: `time`, `estimate`, `std_error`,
            `conf_low`, `conf_high`.

        Raises
        ------
        InvalidArgumentError, MissingColumnError, InvalidDataError
            If a time lies beyond the last interval, a covariate is missing or has a level not seen in fitting, or
            hazards by several causes add up to 1 or more.

        Notes
        -----
        One minus the product of ``1 - H_k``; inside an interval the logarithm of staying is taken as linear in time.
        Delta-method standard errors; the interval is symmetric for ``log(-log(1 - risk))``.

        Examples
        --------
        >>> import pandas as pd
        >>> from workforce_metrics.survival.cohort import Cohort
        >>> from workforce_metrics.survival.discrete_hazard.fit import discrete_hazard
        >>> staff = pd.DataFrame({"year": [1, 2, 2, 3, 3], "left": [True, True, False, True, False]})
        >>> cohort = Cohort.from_frame(staff, duration="year", event="left", time_unit="years")
        >>> discrete_hazard(cohort, "1").predict_risk(staff[:1], at=[1, 3])[["time", "estimate"]].round(3)
           time  estimate
        0   1.0       0.2
        0   3.0       0.7
        """
        times = checked_times(at, self.model.ends[-1], self.time_unit)
        index, made = predicted_people(self.model, self.design, people, times, given)
        risk, error = np.array([m.risk for m in made]).T, np.array([m.risk_std_error for m in made]).T
        return long_table(index, {"time": np.tile(times, len(index))}, risk, error, self._level(conf_level))

    def predict_incidence(
        self, people: Any, *, at: float | Sequence[float], given: float | str = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict each person's cumulative incidence of leaving by each cause; the causes add up to `predict_risk`.

        Parameters
        ----------
        people, at, given, conf_level
            As in `predict_risk`.

        Returns
        -------
        pandas.DataFrame
            One row a person, time and cause, in the order of `people`, under its index: `time`, `cause`, `estimate`,
            `std_error`, `conf_low`, `conf_high`.

        Raises
        ------
        InvalidArgumentError, MissingColumnError, InvalidDataError
            As in `predict_risk`.

        Notes
        -----
        ``sum_k S_(k-1) h_ck``, with delta-method standard errors over the parameters of all causes.

        Examples
        --------
        >>> import pandas as pd
        >>> from workforce_metrics.survival.cohort import Cohort
        >>> from workforce_metrics.survival.discrete_hazard.fit import discrete_hazard
        >>> staff = pd.DataFrame({"year": [1, 1, 1, 1], "left": [True, True, True, False], "why": list("abb") + [None]})
        >>> cohort = Cohort.from_frame(staff, duration="year", event="left", cause="why", time_unit="years")
        >>> discrete_hazard(cohort, "1").predict_incidence(staff[:1], at=1)[["cause", "estimate"]].round(3)
          cause  estimate
        0     a      0.25
        0     b      0.50
        """
        times = checked_times(at, self.model.ends[-1], self.time_unit)
        index, made = predicted_people(self.model, self.design, people, times, given)
        incidence = np.stack([m.incidence for m in made], axis=1)
        error = np.stack([m.std_error for m in made], axis=1)
        labels = {
            "time": np.tile(np.repeat(times, len(self.causes)), len(index)),
            "cause": pd.Categorical(list(self.causes) * (len(index) * len(made)), list(self.causes)),
        }
        return long_table(index, labels, incidence, error, self._level(conf_level))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the covariates' hazard ratios, or odds ratios, with their intervals on a logarithmic axis.

        Raises
        ------
        InvalidArgumentError
            If the formula has no covariate.
        """
        from workforce_metrics.plotting.forest import draw_forest

        ratios = self.ratios
        if not len(ratios):
            raise InvalidArgumentError("plot", "a model with covariates", "none", "plot predict_risk of a few times")
        if len(self.causes) > 1:
            ratios["term"] = ratios["term"] + ", " + ratios["cause"].astype(str)
        label = "Hazard ratio" if self.model.link == "cloglog" else "Odds ratio"
        return draw_forest(ratios, ax=ax, label=label, title=f"Leaving: {label.lower()}s", caption=self.caption)

    def _level(self, conf_level: float | None) -> float:
        return float(str(self.provenance["conf_level"])) if conf_level is None else conf_level


def parameter_table(
    model: HazardModel, by_model: Floats, counts: pd.DataFrame, terms: tuple[str, ...], *, conf_level: float, n: int
) -> pd.DataFrame:
    """Return one row a cause and parameter, with Wald's test and interval.

    Parameters
    ----------
    model : HazardModel
    by_model : ndarray of float64
        The model's covariance, shown beside another one that `model` holds.
    counts : pandas.DataFrame
        Columns `cause` and `n_event`.
    terms : tuple of str
    conf_level : float
    n : int
        People used.

    Returns
    -------
    pandas.DataFrame
    """
    from scipy.special import ndtr

    leavings = counts.groupby("cause", observed=False)["n_event"].sum()
    causes, n_terms, n_periods = list(leavings.index), len(terms), len(model.ends)
    estimate, error = model.parameters.ravel(), np.sqrt(np.maximum(np.diagonal(model.covariance), 0.0))
    time = np.full(n_terms, np.nan)
    if terms[0] == A_PARAMETER_A_PERIOD:
        time[:n_periods] = model.ends
    columns: dict[str, Any] = {}
    if len(causes) > 1:
        columns["cause"] = pd.Categorical(np.repeat(causes, n_terms), causes)
    columns |= {"term": list(terms) * len(causes), "time": np.tile(time, len(causes))}
    columns |= {"estimate": estimate, "std_error": error}
    if model.covariance is not by_model:
        columns["model_std_error"] = np.sqrt(np.diagonal(by_model))
    statistic = np.divide(estimate, error, out=np.full_like(error, np.nan), where=error > 0)
    half = normal_quantile(conf_level) * error
    columns |= {"statistic": statistic, "p_value": 2 * ndtr(-np.abs(statistic))}
    columns |= {"conf_low": estimate - half, "conf_high": estimate + half, "n": n}
    return pd.DataFrame({**columns, "n_event": np.repeat(leavings.to_numpy(), n_terms)})
