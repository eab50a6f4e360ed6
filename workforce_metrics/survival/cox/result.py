"""What a fitted Cox model says, and what can be asked of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.provenance import origin_of
from workforce_metrics.results import Result, normal_quantile
from workforce_metrics.survival.cox.baseline import baseline_table
from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.cox.concordance import Concordance, concordance_of_sample
from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.prediction import predicted_risk
from workforce_metrics.survival.cox.proportional_hazards import (
    ProportionalHazardsTest,
    TimeTransform,
    proportional_hazards_test,
)
from workforce_metrics.survival.cox.residual_tables import residual_table
from workforce_metrics.survival.cox.residuals import ResidualKind
from workforce_metrics.survival.cox.risk_sets import CoxSample
from workforce_metrics.survival.cox.robust_baseline import robust_parts
from workforce_metrics.survival.design_matrix import DesignMatrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CoxModel", "coefficient_table"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class CoxModel(Result):
    """A Cox regression of leaving; `cox` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a column of the formula: `term`, `estimate` (log hazard ratio), `std_error` (the robust one where it
        was asked for, the model's then beside it as `model_std_error`), `statistic`, `p_value`, `conf_low`,
        `conf_high`, `n` rows used and `n_event` leavings.
    by, provenance
        See `Result`.
    fit : CoxFit
        Coefficients, variances, likelihoods.
    sample : CoxSample
        The rows in the order of their risk sets.
    design : DesignMatrix
        The coding of the formula; its `columns` are empty here.
    clock : CoxClock
        The unit of time, the strata and how long each was followed.
    cluster : ndarray of int64, shape (n_rows_used,), or None
    """

    fit: CoxFit = field(kw_only=True)
    sample: CoxSample = field(kw_only=True)
    design: DesignMatrix = field(kw_only=True)
    clock: CoxClock = field(kw_only=True)
    cluster: npt.NDArray[np.int64] | None = field(kw_only=True)

    _title: ClassVar[str] = "Cox model"

    @property
    def log_likelihood(self) -> float:
        """The logarithm of the partial likelihood at the estimates."""
        return self.fit.log_likelihood

    @property
    def null_log_likelihood(self) -> float:
        """The same with all coefficients 0."""
        return self.fit.null_log_likelihood

    @property
    def covariance(self) -> pd.DataFrame:
        """Variances and covariances of the estimates (robust where asked for), rows and columns by term."""
        return pd.DataFrame(self.fit.variance, index=list(self.design.names), columns=list(self.design.names))

    @property
    def hazard_ratios(self) -> pd.DataFrame:
        """The table with `estimate` and its interval as hazard ratios; `std_error` stays that of the logarithm."""
        shown = ["estimate", "conf_low", "conf_high"]
        return self.table.assign(**{name: np.exp(self.table[name]) for name in shown})

    @property
    def concordance(self) -> Concordance:
        """How often the higher predicted hazard leaves first, with its standard error; computed when asked for."""
        found = concordance_of_sample(
            self.sample, self.sample.columns @ self.fit.at.coefficients + self.sample.offset, self.cluster
        )
        return replace(found, provenance={**origin_of(self.provenance), **found.provenance})

    def tests(self) -> pd.DataFrame:
        """Return the three tests that all coefficients are 0.

        Returns
        -------
        pandas.DataFrame
            Columns `term` ("likelihood ratio", "wald", "score"), `statistic`, `df`, `p_value`. The Wald test takes the
            robust variance where there is one; the other two suppose independent rows.
        """
        from scipy.special import chdtrc

        statistic = np.array([self.fit.likelihood_ratio, self.fit.wald, self.fit.score])
        df = len(self.design.names)
        names = ["likelihood ratio", "wald", "score"]
        return pd.DataFrame(
            {"term": names, "statistic": statistic, "df": df, "p_value": chdtrc(df, np.maximum(statistic, 0))}
        )

    def baseline_hazard(self) -> pd.DataFrame:
        """Return the cumulated hazard of somebody with average numbers and the reference levels.

        Returns
        -------
        pandas.DataFrame
            Columns: the strata, `time`, `estimate` (cumulated hazard), `std_error`, `n_event`; one row a time at which
            somebody leaves. Columns of the formula that hold only -1, 0 and 1 are taken as 0, others and the offset at
            their mean (weighted for the columns). Of a robust model the coefficients' part of `std_error` is robust,
            the baseline's own is not; `predict_risk` is robust in both.

        References
        ----------
        Breslow NE (1972). J R Stat Soc B 34:216-217. Efron B (1977). J Am Stat Assoc 72:557-565.
        doi:10.1080/01621459.1977.10480613
        """
        return baseline_table(self.sample, self.fit, self.clock)

    def predict_risk(
        self, people: Any, *, at: float | Sequence[float], given: float = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict the risk of having left by some times.

        Parameters
        ----------
        people : data frame
            With the covariates of the formula, the strata and the offset; any frame that Narwhals reads.
        at : float or sequence of float
            Times since joining, in the unit of the model.
        given : float
            Time already served: the risk is that of leaving after it and by `at`. At 0 nothing has been served, and
            leavings at time 0 are counted.
        conf_level : float, optional
            In (0, 1); that of the model unless said.

        Returns
        -------
        pandas.DataFrame
            One row a person and time, in the order of `people`, under its index: `time`, `estimate`, `std_error`,
            `conf_low`, `conf_high`. Missing beyond the last follow-up of the stratum; the interval also where the risk
            is 0 or 1.

        Raises
        ------
        MissingColumnError, InvalidDataError, InvalidArgumentError
            If a column is not there, holds a level the model has not seen, or a time is not one.

        Warns
        -----
        RiskSetWarning
            If nobody of a stratum was followed to one of the times.

        Notes
        -----
        ``1 - exp(-H(t) exp(x b))`` with the interval on the log(-log) scale; its variance takes in that of the baseline
        and that of the coefficients. Where the model is robust, so is all of it: the infinitesimal jackknife over rows,
        or clusters. (R's ``survfit.coxph`` then keeps the model's variance for the baseline.)

        References
        ----------
        Tsiatis AA (1981). Ann Stat 9:93-108. doi:10.1214/aos/1176345335
        """
        level = float(str(self.provenance["conf_level"])) if conf_level is None else conf_level
        robust = robust_parts(self.sample, self.fit, self.cluster) if self.provenance["robust"] else None
        return predicted_risk(
            self.sample, self.fit, self.design, self.clock, people, at=at, given=given, conf_level=level, robust=robust
        )

    def residuals(self, kind: ResidualKind) -> pd.DataFrame:
        """Return residuals.

        Parameters
        ----------
        kind : {"martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"}

        Returns
        -------
        pandas.DataFrame
            Under the positions of the cohort's rows. "martingale" and "deviance": one column `estimate`. "score" and
            "dfbeta": one column a term; dfbeta are weighted and in the units of the coefficients. The two kinds of
            Schoenfeld's have one row a leaving, by stratum and time, with `time` before the terms.

        Raises
        ------
        InvalidArgumentError
            If `kind` is not one of these.
        """
        return residual_table(self.sample, self.fit, self.design, self.clock, kind)

    def proportional_hazards_test(self, *, transform: TimeTransform = "km") -> ProportionalHazardsTest:
        """Test whether hazard ratios change with time.

        Parameters
        ----------
        transform : {"km", "rank", "identity", "log"}
            The function of time with which the coefficients may change.

        Returns
        -------
        ProportionalHazardsTest
            One row a term and one for all. Where leavings are all at one time the statistic is missing and `df` is 0.

        Raises
        ------
        InvalidArgumentError
            If `transform` is not one of these.

        Warns
        -----
        RiskSetWarning
            If a statistic is missing.

        References
        ----------
        Grambsch PM, Therneau TM (1994). Biometrika 81:515-526. doi:10.1093/biomet/81.3.515
        """
        found = proportional_hazards_test(self.sample, self.fit, self.design, self.clock, transform)
        return replace(found, provenance={**origin_of(self.provenance), **found.provenance})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hazard ratios with their intervals on a logarithmic axis."""
        from workforce_metrics.plotting.forest import draw_forest

        return draw_forest(
            self.hazard_ratios, ax=ax, label="Hazard ratio", title="Leaving: hazard ratios", caption=self.caption
        )


def coefficient_table(fit: CoxFit, names: tuple[str, ...], *, robust: bool, conf_level: float) -> pd.DataFrame:
    """Return the tidy table of a fit, without its counts."""
    std_error = np.sqrt(np.diagonal(fit.variance))
    statistic = fit.coefficients / std_error
    half = normal_quantile(conf_level) * std_error
    columns: dict[str, Any] = {"term": list(names), "estimate": fit.coefficients, "std_error": std_error}
    if robust:
        columns["model_std_error"] = np.sqrt(np.diagonal(fit.model_variance))
    columns["statistic"] = statistic
    columns["p_value"] = [math.erfc(abs(value) / math.sqrt(2)) for value in statistic]
    return pd.DataFrame({**columns, "conf_low": fit.coefficients - half, "conf_high": fit.coefficients + half})
