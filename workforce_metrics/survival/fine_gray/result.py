"""What a fitted Fine and Gray model says, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.results import Result
from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.fine_gray.estimate import FineGrayFit
from workforce_metrics.survival.fine_gray.prediction import predicted_incidence
from workforce_metrics.survival.fine_gray.sample import FineGraySample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FineGrayModel"]


@dataclass(frozen=True, repr=False, eq=False)
class FineGrayModel(Result):
    """A regression of the subdistribution hazard of one cause of leaving; `fine_gray` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a column of the formula: `cause`, `term`, `estimate` (log ratio of subdistribution hazards), `std_error`
        (of the sandwich), `statistic`, `p_value`, `conf_low`, `conf_high`, `n` rows used and `n_event` leavings by the
        cause.
    by, provenance
        See `Result`.
    fit : FineGrayFit
        Coefficients, variance, likelihoods.
    sample : FineGraySample
        The rows in the order of their risk sets.
    design : DesignMatrix
        The coding of the formula; its `columns` are empty here.
    clock : CoxClock
        The unit of time, the strata and how long each was followed.
    cluster : ndarray of int64, shape (n_rows_used,), or None
    """

    fit: FineGrayFit = field(kw_only=True)
    sample: FineGraySample = field(kw_only=True)
    design: DesignMatrix = field(kw_only=True)
    clock: CoxClock = field(kw_only=True)
    cluster: npt.NDArray[np.int64] | None = field(kw_only=True)

    _title: ClassVar[str] = "Fine and Gray model"

    @property
    def log_likelihood(self) -> float:
        """The logarithm of the weighted partial likelihood at the estimates."""
        return self.fit.log_likelihood

    @property
    def null_log_likelihood(self) -> float:
        """The same with all coefficients 0."""
        return self.fit.null_log_likelihood

    @property
    def covariance(self) -> pd.DataFrame:
        """Variances and covariances of the estimates, by the sandwich, rows and columns by term."""
        return pd.DataFrame(self.fit.variance, index=list(self.design.names), columns=list(self.design.names))

    @property
    def subdistribution_hazard_ratios(self) -> pd.DataFrame:
        """The table with `estimate` and its interval as ratios; `std_error` stays that of the logarithm."""
        shown = ["estimate", "conf_low", "conf_high"]
        return self.table.assign(**{name: np.exp(self.table[name]) for name in shown})

    def tests(self) -> pd.DataFrame:
        """Return two tests that all coefficients are 0, both with the sandwich variance.

        Returns
        -------
        pandas.DataFrame
            Columns `term` ("wald", "score"), `statistic`, `df`, `p_value`. The ratio of the weighted likelihoods is not
            chi-squared, so that there is no likelihood-ratio test.
        """
        from scipy.special import chdtrc

        statistic, df = np.array([self.fit.wald, self.fit.score]), len(self.design.names)
        return pd.DataFrame(
            {
                "term": ["wald", "score"],
                "statistic": statistic,
                "df": df,
                "p_value": chdtrc(df, np.maximum(statistic, 0)),
            }
        )

    def predict_incidence(
        self, people: Any, *, at: float | Sequence[float], conf_level: float | None = None
    ) -> pd.DataFrame:
        """Predict the probability of having left by the cause up to some times, all causes being at work.

        Parameters
        ----------
        people : data frame
            With the covariates of the formula, the strata and the offset; any frame that Narwhals reads.
        at : float or sequence of float
            Times since joining, in the unit of the model.
        conf_level : float, optional
            In (0, 1); that of the model unless said.

        Returns
        -------
        pandas.DataFrame
            One row a person and time, in the order of `people`, under its index: `time`, `estimate`, `std_error`,
            `conf_low`, `conf_high`. Missing beyond the last follow-up of the stratum.

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
        ``1 - exp(-L(t) exp(x b))``, L the cumulated baseline of Breslow's or Efron's kind as the ties are. Its variance
        is the sum of squares of what each row, or cluster, adds to ``L(t) exp(x b)`` through the baseline, the
        coefficients and, where the model's does, the weights; the interval is on the log(-log) scale. There is no
        `given`: the model says nothing of who is still there after some time, because that depends on the other
        causes. `cause_specific` does.

        References
        ----------
        Fine JP, Gray RJ (1999). J Am Stat Assoc 94:496-509. doi:10.1080/01621459.1999.10474144
        """
        level = float(str(self.provenance["conf_level"])) if conf_level is None else conf_level
        return predicted_incidence(
            self.sample,
            self.fit,
            people,
            design=self.design,
            clock=self.clock,
            cluster=self.cluster,
            at=at,
            conf_level=level,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the ratios of subdistribution hazards with their intervals on a logarithmic axis."""
        from workforce_metrics.plotting.forest import draw_forest

        return draw_forest(
            self.subdistribution_hazard_ratios,
            ax=ax,
            label="Subdistribution hazard ratio",
            title=f"Leaving, {self.provenance['cause']}: subdistribution hazard ratios",
            caption=self.caption,
        )
