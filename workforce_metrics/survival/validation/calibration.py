"""The kernels of calibration: observed beside predicted risk, overall, in groups and along the predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.aalen_johansen import ALL_LEFT
from workforce_metrics.survival.cox.pairs import score_ranks
from workforce_metrics.survival.cumulative_incidence import incidence_interval
from workforce_metrics.survival.intervals import survival_interval
from workforce_metrics.survival.validation.horizon import HorizonSample
from workforce_metrics.survival.validation.influence import (
    clustered_std_error,
    curve_until,
    incidence_of,
    moved_by_curve,
)

__all__ = ["ObservedRisk", "observed_risk", "risk_groups", "smoothed_risk"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SMOOTH_AT = 40
NEIGHBOURS = 0.3
NO_WEIGHT = 1e-6
"""People whose tricube is less are left out: sums of weights keep their digits."""


@dataclass(frozen=True)
class ObservedRisk:
    """The Kaplan-Meier risk at the horizon, or the Aalen-Johansen incidence of a cause.

    Parameters
    ----------
    estimate : float
        Missing where nobody was followed to the horizon although some had not left.
    std_error : float
        Missing where all had left.
    log_std_error : float
        Of the logarithm of staying.
    by_cause : bool
        Whether it is the incidence of a cause.
    emptied : bool
        Whether all who were at risk had left while others had still to enter.
    """

    estimate: float
    std_error: float
    log_std_error: float
    by_cause: bool = False
    emptied: bool = False

    def interval(self, conf_level: float) -> tuple[float, float]:
        """Return the limits of the risk; missing at 0 and 1.

        They are on the log(-log) scale of staying, or of the incidence of a cause.
        """
        if self.by_cause:
            incidence, error = np.array([self.estimate]), np.array([self.std_error])
            low, high = incidence_interval(incidence, error, conf_type="log-log", conf_level=conf_level)
            return float(low[0]), float(high[0])
        staying, error = np.array([1 - self.estimate]), np.array([self.log_std_error])
        low, high = survival_interval(staying, error, conf_type="log-log", conf_level=conf_level)
        return float(1 - high[0]), float(1 - low[0])


def observed_risk(
    sample: HorizonSample, *, weight: Floats | None = None, cluster: Ints | None = None, robust: bool = False
) -> ObservedRisk:
    """Return the Kaplan-Meier risk at the horizon, or, where there are other causes, the Aalen-Johansen incidence.

    Parameters
    ----------
    sample : HorizonSample
        With delayed entry where there is any.
    weight : ndarray of float64, shape (n,), optional
        In place of the sample's.
    cluster : ndarray of int64, shape (n,), optional
        Whose rows count as one.
    robust : bool
        Whether the standard error is the infinitesimal jackknife, as it is with clusters and by cause, or Greenwood's.

    Returns
    -------
    ObservedRisk
    """
    weight = sample.weight if weight is None else weight
    curve = curve_until(sample.duration, sample.gone, weight, entry=sample.entry)
    staying, by_cause = float(curve.survival[-1]), sample.other is not None
    if staying > 0 and not (sample.reached & (weight > 0)).any():
        return ObservedRisk(np.nan, np.nan, np.nan, by_cause)
    emptied = staying <= 0 and bool((weight[curve.first > curve.factor.argmin()] > 0).any())
    if by_cause:
        risk, moved = incidence_of(curve, sample.left, weight)
        return _incidence_at(risk, clustered_std_error(weight * moved, cluster), emptied=emptied)
    if staying <= 0:
        return ObservedRisk(1.0, np.nan, np.nan, emptied=emptied)
    if robust or cluster is not None:
        moved = weight * moved_by_curve(curve, np.ones_like(curve.factor))
        error = clustered_std_error(moved, cluster)
    else:
        error = float(np.sqrt((curve.n_event / (curve.n_risk * (curve.n_risk - curve.n_event))).sum()))
    return ObservedRisk(1 - staying, staying * error, error)


def _incidence_at(risk: float, error: float, *, emptied: bool) -> ObservedRisk:
    if risk >= 1 - ALL_LEFT:
        return ObservedRisk(1.0, np.nan, np.nan, by_cause=True, emptied=emptied)
    return ObservedRisk(risk, error, error / (1 - risk), by_cause=True, emptied=emptied)


def risk_groups(predicted: Floats, weight: Floats, n_groups: int) -> Ints:
    """Return which of `n_groups` equal shares of the weight each prediction falls into, from 0; equal ones together.

    Examples
    --------
    >>> import numpy as np
    >>> risk_groups(np.array([0.4, 0.1, 0.2, 0.2, 0.3]), np.ones(5), 2).tolist()
    [1, 0, 0, 0, 1]
    """
    rank = score_ranks(predicted)
    total = np.bincount(rank, weights=weight)
    middle = (np.cumsum(total) - total / 2) / total.sum()
    group = np.minimum((middle * n_groups).astype(np.int64), n_groups - 1)[rank]
    return np.asarray(np.unique(group, return_inverse=True)[1].reshape(-1))


def smoothed_risk(sample: HorizonSample, *, cluster: Ints | None = None) -> tuple[Floats, list[ObservedRisk]]:
    """Return the observed risk of people with about the same prediction.

    Parameters
    ----------
    sample : HorizonSample
        With delayed entry where there is any.
    cluster : ndarray of int64, shape (n,), optional

    Returns
    -------
    predicted : ndarray of float64, shape (k,)
        The mean prediction of the people around each point.
    observed : list of ObservedRisk, k long

    Notes
    -----
    A Kaplan-Meier estimate, or by cause an Aalen-Johansen one, around each of up to 40 quantiles of the predictions, in
    which the 30 % with the nearest predictions count by the tricube of their distance. Set against the mean prediction
    by the same weights, a straight relation stays straight to the ends. The standard error is the infinitesimal
    jackknife.

    References
    ----------
    Beran R (1981). Nonparametric regression with randomly censored survival data. University of California, Berkeley.
    Gerds TA, Andersen PK, Kattan MW (2014). Stat Med 33:3191-3203. doi:10.1002/sim.6152
    Austin PC, Harrell FE, van Klaveren D (2020). Stat Med 39:2714-2742. doi:10.1002/sim.8570
    """
    order = np.argsort(sample.predicted, kind="stable")
    ordered = sample.part(order)
    groups = None if cluster is None else cluster[order]
    risk, n = ordered.predicted, len(order)
    points = np.unique(np.quantile(risk, np.linspace(0.01, 0.99, SMOOTH_AT), method="inverted_cdf"))
    nearest = min(n, max(3, int(np.ceil(NEIGHBOURS * n))))
    at, found = np.empty(len(points)), []
    for place, point in enumerate(points):
        reach = np.partition(np.abs(risk - point), nearest - 1)[nearest - 1]
        reach = reach * (1 + 1e-9) + 1e-12
        rows = slice(*np.searchsorted(risk, [point - reach, point + reach], side="right"))
        near = ordered.part(np.arange(n)[rows])
        tricube = (1 - np.minimum(np.abs(near.predicted - point) / reach, 1.0) ** 3) ** 3
        kernel = near.weight * np.where(tricube < NO_WEIGHT, 0.0, tricube)
        at[place] = kernel @ near.predicted / kernel.sum()
        found.append(observed_risk(near, weight=kernel, cluster=None if groups is None else groups[rows], robust=True))
    return at, found
