"""Risks of leaving at a horizon, by all causes together or by each, with intervals that have width."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import check_conf_level
from workforce_metrics.survival.aalen_johansen import aalen_johansen
from workforce_metrics.survival.cluster_jackknife import clusters_at_risk
from workforce_metrics.survival.clusters import cluster_counts
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.cumulative_incidence import incidence_interval
from workforce_metrics.survival.horizon import AtHorizon
from workforce_metrics.survival.incidence_variance import incidence_variance
from workforce_metrics.survival.intervals import ConfType, survival_interval
from workforce_metrics.survival.kaplan_meier import natural_std_error
from workforce_metrics.survival.product_limit import ProductLimit
from workforce_metrics.survival.risk_table import RiskTable

__all__ = ["Risks", "followed_to", "risk_of_any", "risks_by_cause"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Risks:
    """Risks of leaving by the horizon.

    Parameters
    ----------
    estimate, std_error, conf_low, conf_high : ndarray of float64, shape (n_outcomes, n_groups)
        An outcome is a cause, or any.
    """

    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats

    def where_known(self, known: npt.NDArray[np.bool_]) -> Risks:
        """Return the risks of known groups, shape (n_groups,), and missing values of the others."""
        return Risks(*(np.where(known, values, np.nan) for values in vars(self).values()))


def followed_to(data: Cohort | RiskTable, risk: RiskTable, at: AtHorizon, cluster: str | None) -> Ints:
    """Return how many people, or with a cluster how many clusters, are at risk at the horizon, shape (n_groups,).

    Clusters are counted where somebody did not leave by some cause: only there are they asked for.
    """
    if cluster is None or at.n_event.all():
        return at.people
    there = clusters_at_risk(cluster_counts(data, risk, cluster), len(risk.counts.time))
    return np.where(at.first_later >= 0, there[at.first_later], 0).astype(np.int64)


def risk_of_any(steps: ProductLimit, at: AtHorizon, followed: Ints, *, conf_type: ConfType, conf_level: float) -> Risks:
    """Return the risk of leaving by any cause.

    Parameters
    ----------
    steps : ProductLimit
        Survival just after each row of the risk table.
    at : AtHorizon
    followed : ndarray of int64, shape (n_groups,)
        See `followed_to`: what the upper limit stands on where nobody left.
    conf_type : {"log-log", "log", "plain", "logit", "arcsine"}
        The scale of the interval of staying.
    conf_level : float
    """
    end = ProductLimit(at.reached(steps.survival, 1.0)[None], at.reached(steps.log_std_error, 0.0)[None])
    low, high = survival_interval(end.survival, end.log_std_error, conf_type=conf_type, conf_level=conf_level)
    nobody_left = end.survival >= 1
    return Risks(
        estimate=1 - end.survival,
        std_error=natural_std_error(end),
        conf_low=np.where(nobody_left, 0.0, 1 - high),
        conf_high=np.where(nobody_left, _limit_of_none(followed, conf_level), 1 - low),
    )


def risks_by_cause(
    data: Cohort | RiskTable,
    risk: RiskTable,
    steps: ProductLimit,
    at: AtHorizon,
    followed: Ints,
    *,
    conf_type: ConfType,
    conf_level: float,
    cluster: str | None,
) -> Risks:
    """Return the risk of leaving by each cause and, last, by any, with the default variance of `cumulative_incidence`.

    With one cause that is the risk of any alone.

    Parameters
    ----------
    data : Cohort or RiskTable
    risk : RiskTable
        Of `data`, with its causes.
    steps, at, followed, conf_type, conf_level
        As in `risk_of_any`; the interval of a cause is that of its incidence.
    cluster : str, optional
    """
    counts = risk.counts
    together = _together(data), risk.all_causes()
    of_all = aalen_johansen(counts.group, counts.n_risk, together[1].counts.n_event.T)
    squared = incidence_variance(*together, of_all, None, cluster)[1][0]
    gone = steps.survival <= 0
    relative = np.where(gone, np.inf, np.sqrt(squared) / np.where(gone, 1.0, steps.survival))
    of_any = risk_of_any(
        ProductLimit(steps.survival, relative), at, followed, conf_type=conf_type, conf_level=conf_level
    )
    if len(risk.causes) == 1:
        return of_any
    estimate = aalen_johansen(counts.group, counts.n_risk, np.ascontiguousarray(counts.n_event.T))
    _, variance = incidence_variance(data, risk, estimate, None, cluster)
    incidence, std_error = at.reached(estimate.incidence, 0.0), np.sqrt(at.reached(variance, 0.0))
    low, high = incidence_interval(incidence, std_error, conf_type=conf_type, conf_level=conf_level)
    none_left = incidence <= 0
    return Risks(
        estimate=np.vstack((incidence, of_any.estimate)),
        std_error=np.vstack((std_error, of_any.std_error)),
        conf_low=np.vstack((np.where(none_left, 0.0, low), of_any.conf_low)),
        conf_high=np.vstack((np.where(none_left, _limit_of_none(followed, conf_level), high), of_any.conf_high)),
    )


def _limit_of_none(followed: Ints, conf_level: float) -> Floats:
    """Return the upper limit of a risk where none of those followed to the horizon left, shape (n_groups,).

    References
    ----------
    Fay MP, Brittain EH, Proschan MA (2013). Biostatistics 14:723-736. doi:10.1093/biostatistics/kxt016
    """
    return np.asarray(1 - ((1 - check_conf_level(conf_level)) / 2) ** (1 / np.maximum(followed, 1)))


def _together(data: Cohort | RiskTable) -> Cohort | RiskTable:
    if isinstance(data, RiskTable):
        return data.all_causes()
    return replace(data, cause=(data.cause > 0).astype(np.int64), causes=data.causes[:1])
