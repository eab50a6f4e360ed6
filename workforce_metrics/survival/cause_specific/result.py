"""What the models of all causes say, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workforce_metrics.results import Result
from workforce_metrics.survival.cause_specific.prediction import predicted_incidence, predicted_risk_of_any
from workforce_metrics.survival.cox.result import CoxModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CauseSpecificModel"]


@dataclass(frozen=True, repr=False, eq=False)
class CauseSpecificModel(Result):
    """A Cox regression of each cause of leaving; `cause_specific` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a cause and column of the formula: `cause`, then the columns of `CoxModel.table`, `estimate` being the
        log ratio of the hazards of leaving by the cause and `n_event` the leavings by it.
    by, provenance
        See `Result`.
    models : mapping of str to CoxModel
        The model of each cause, with its tests, residuals and baseline.
    """

    models: Mapping[str, CoxModel] = field(kw_only=True)

    _title: ClassVar[str] = "Cause-specific Cox models"

    @property
    def hazard_ratios(self) -> pd.DataFrame:
        """The table with `estimate` and its interval as hazard ratios; `std_error` stays that of the logarithm."""
        shown = ["estimate", "conf_low", "conf_high"]
        return self.table.assign(**{name: np.exp(self.table[name]) for name in shown})

    def predict_incidence(
        self, people: Any, *, at: float | Sequence[float], given: float = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict the probability of having left by each cause up to some times, all causes being at work.

        Parameters
        ----------
        people : data frame
            With the covariates of the formula and the strata; any frame that Narwhals reads.
        at : float or sequence of float
            Times since joining, in the unit of the models.
        given : float
            Time already served: the probability is that of leaving after it and by `at`.
        conf_level : float, optional
            In (0, 1); that of the models unless said.

        Returns
        -------
        pandas.DataFrame
            One row a person, time and cause, in the order of `people`, under its index: `time`, `cause`, `estimate`,
            `std_error`, `conf_low`, `conf_high`. Missing beyond the last follow-up of the stratum.

        Raises
        ------
        MissingColumnError, InvalidDataError, InvalidArgumentError
            If a column is not there, holds a level the models have not seen, or a time is not one.

        Warns
        -----
        RiskSetWarning
            If nobody of a stratum was followed to one of the times.

        Notes
        -----
        ``F_k(t) = sum_s S(s-) (h_k(s) / h(s)) (1 - exp(-h(s)))`` with h_k the predicted hazard of cause k, h their sum
        and S what remains. The standard error is the delta method over the baselines and the coefficients of all
        causes: the model's, in which causes are independent, or the infinitesimal jackknife over rows or clusters
        where the models are robust. The interval is on the log(-log) scale of the incidence.

        References
        ----------
        Benichou J, Gail MH (1990). Biometrics 46:813-826. doi:10.2307/2532098
        Cheng SC, Fine JP, Wei LJ (1998). Biometrics 54:219-228. doi:10.2307/2534009
        """
        level = float(str(self.provenance["conf_level"])) if conf_level is None else conf_level
        return predicted_incidence(self.models, people, at=at, given=given, conf_level=level)

    def predict_risk(
        self, people: Any, *, at: float | Sequence[float], given: float = 0.0, conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict the risk of having left by some times, by whatever cause: the sum of `predict_incidence` over causes.

        Parameters
        ----------
        people, at, given, conf_level
            As in `predict_incidence`.

        Returns
        -------
        pandas.DataFrame
            As of `CoxModel.predict_risk`: one row a person and time, in the order of `people`, under its index: `time`,
            `estimate`, `std_error`, `conf_low`, `conf_high`. Missing beyond the last follow-up of the stratum; the
            interval also where the risk is 0 or 1.

        Raises
        ------
        MissingColumnError, InvalidDataError, InvalidArgumentError
            As in `predict_incidence`.

        Warns
        -----
        RiskSetWarning
            If nobody of a stratum was followed to one of the times.

        Notes
        -----
        ``1 - exp(-sum_s h(s))`` with h the sum of the predicted hazards of all causes. The standard error is that of
        the sum of the incidences, with their covariances; the interval is on the log(-log) scale of staying. Of one
        cause it is `CoxModel.predict_risk`.

        References
        ----------
        Cheng SC, Fine JP, Wei LJ (1998). Biometrics 54:219-228. doi:10.2307/2534009

        Examples
        --------
        >>> import pandas as pd
        >>> import workforce_metrics as wm
        >>> staff = pd.DataFrame({"month": [2, 3, 5, 5, 8, 9, 9, 11], "age": [24, 61, 35, 30, 58, 29, 47, 55],
        ...                       "left": [True, True, True, False, True, True, True, True],
        ...                       "reason": ["job", "retired", "job", None, "job", "job", "retired", "retired"]})
        >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="reason", time_unit="months")
        >>> wm.cause_specific(cohort, "age").predict_risk(pd.DataFrame({"age": [50]}), at=9)["estimate"].round(3).item()
        0.645
        """
        level = float(str(self.provenance["conf_level"])) if conf_level is None else conf_level
        return predicted_risk_of_any(self.models, people, at=at, given=given, conf_level=level)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hazard ratios of every cause with their intervals on a logarithmic axis."""
        from workforce_metrics.plotting.forest import draw_forest

        shown = self.hazard_ratios
        labels = shown["cause"].astype(str) + ": " + shown["term"].astype(str)
        return draw_forest(
            shown.assign(term=labels),
            ax=ax,
            label="Hazard ratio",
            title="Leaving by cause: hazard ratios",
            caption=self.caption,
        )
