"""The kernel of Aalen and Johansen: cumulative incidences from the rows of a risk table, and variances by counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.product_limit import product_limit

__all__ = [
    "ALL_LEFT",
    "AalenJohansen",
    "CountedVariance",
    "SquaredSteps",
    "aalen_johansen",
    "counted_variance",
    "none_when_all_left",
    "running_sum",
    "total_variance",
    "untied",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CountedVariance = Literal["greenwood", "aalen", "gray"]

ALL_LEFT = 1e-12
"""A share of those at risk so small that it is rounding: everyone has left."""


@dataclass(frozen=True)
class AalenJohansen:
    """The estimate at each row of a risk table, in whose order the rows are.

    Parameters
    ----------
    edges : ndarray of int64, shape (n_groups + 1,)
        The cells of group g are those from ``edges[g]`` to before ``edges[g + 1]``.
    before : ndarray of float64, shape (n_cells,)
        Probability of staying until just before.
    hazard : ndarray of float64, shape (n_causes, n_cells)
        Share of those at risk who leave there by each cause.
    any_hazard : ndarray of float64, shape (n_cells,)
        Share of those at risk who leave there.
    incidence : ndarray of float64, shape (n_causes, n_cells)
        Probability of having left by each cause, just after.
    away : ndarray of float64, shape (n_causes, n_cells)
        Incidence less what it is at the end of the group, not above 0.
    """

    edges: Ints
    before: Floats
    hazard: Floats
    any_hazard: Floats
    incidence: Floats
    away: Floats


@dataclass(frozen=True)
class SquaredSteps:
    """What each row adds to the squares of two processes, whose difference is the error of the estimate.

    Parameters
    ----------
    of_cause : ndarray of float64, shape (n_causes, n_cells)
        Of the process that leaving by the cause drives.
    product : ndarray of float64, shape (n_causes, n_cells)
        Of the product of both.
    of_any : ndarray of float64, shape (n_cells,) or (n_causes, n_cells)
        Of the process that leaving by any cause drives.
    """

    of_cause: Floats
    product: Floats
    of_any: Floats


def aalen_johansen(group: Ints, n_risk: Floats, n_event: Floats) -> AalenJohansen:
    """Return the cumulative incidence of each cause.

    Parameters
    ----------
    group : ndarray of int64, shape (n_cells,)
        Ascending.
    n_risk : ndarray of float64, shape (n_cells,)
        In order of time within each group.
    n_event : ndarray of float64, shape (n_causes, n_cells)

    Returns
    -------
    AalenJohansen

    Notes
    -----
    ``F_c(t) = sum S(s-) d_c(s) / n(s)`` over times s up to t, with S the Kaplan-Meier estimate of all causes together.

    References
    ----------
    Aalen OO, Johansen S (1978). Scand J Stat 5:141-150. https://www.jstor.org/stable/4615704
    """
    left = n_event.sum(axis=0)
    stay = product_limit(group, n_risk, left).survival
    edges = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
    before = np.append(1.0, stay[:-1])
    before[edges[:-1]] = 1.0
    n = np.where(left > 0, n_risk, 1.0)
    hazard = n_event / n
    incidence = running_sum(edges, before * hazard)
    away = incidence - np.repeat(incidence[:, edges[1:] - 1], np.diff(edges), axis=1)
    return AalenJohansen(edges, before, hazard, left / n, incidence, away)


def running_sum(edges: Ints, values: Floats) -> Floats:
    """Return the sums over the cells of each group so far, of the shape of `values`, (..., n_cells)."""
    total = np.empty_like(values)
    for start, stop in pairwise(edges):
        np.cumsum(values[..., start:stop], axis=-1, out=total[..., start:stop])
    return total


def counted_variance(estimate: AalenJohansen, n_risk: Floats, n_event: Floats, variance: CountedVariance) -> Floats:
    """Return the variance of each incidence from the counts alone, shape (n_causes, n_cells).

    Parameters
    ----------
    estimate : AalenJohansen
    n_risk : ndarray of float64, shape (n_cells,)
    n_event : ndarray of float64, shape (n_causes, n_cells)
    variance : {"greenwood", "aalen", "gray"}

    Notes
    -----
    Each sums ``(F_c(t) - F_c(s))^2 a - 2 (F_c(t) - F_c(s)) S(s-) b + S(s-)^2 v`` over times s up to t. With n at risk,
    d leaving, ``d_c`` by the cause and ``d_o`` by others, ``r_c = (n - d_c) / (n - 1)``, ``r_o`` likewise:

    - Greenwood: ``a = d / (n (n - d))``, ``b = d_c / n^2``, ``v = d_c (n - d_c) / n^3``;
    - Aalen: ``a = d / ((n - 1) (n - d))``, ``b = d_c r_c / (n (n - d))``, ``v = d_c r_c / n^2``;
    - Gray: as Aalen, but ``a = (d_c r_c + d_o r_o) / (n - d)^2``, which differs where causes tie.
    """
    d = n_event.sum(axis=0)
    n = np.where(d > 0, n_risk, 1.0)
    stay = np.where(n - d > n * ALL_LEFT, n - d, np.inf)  # after a time at which all leave nothing is to come
    before = estimate.before
    if variance == "greenwood":
        by_cause = (before / n) * estimate.hazard
        of_cause = by_cause * before * (1 - estimate.hazard)
        return none_when_all_left(estimate, _added_up(estimate, of_cause, by_cause, d / (n * stay)))
    spread = untied(n_event, n)
    of_any = d / (np.where(n > 1, n - 1, 1.0) * stay)
    if variance == "gray":
        of_any = (spread + untied(d - n_event, n)) / stay**2
    return _added_up(estimate, (before / n) ** 2 * spread, before * spread / (n * stay), of_any)


def none_when_all_left(estimate: AalenJohansen, variance: Floats) -> Floats:
    """Return a variance with 0 instead of rounding where everyone has left by one cause, shape (n_causes, n_cells)."""
    return np.where(estimate.incidence < 1 - ALL_LEFT, variance, 0.0)


def untied(leaving: Floats, n: Floats) -> Floats:
    """Return ``d (n - d) / (n - 1)``, how many leave less for their tying; d where not more than one leaves."""
    return np.asarray(leaving * np.where((n > 1) & (leaving > 1), (n - leaving) / np.where(n > 1, n - 1, 1.0), 1.0))


def _added_up(estimate: AalenJohansen, of_cause: Floats, product: Floats, of_any: Floats) -> Floats:
    """Return the sums over s up to t of ``of_cause - 2 (F(t) - F(s)) product + (F(t) - F(s))^2 of_any``."""
    away = estimate.away
    by_any = away * of_any
    steps = SquaredSteps(of_cause + away * (2 * product + by_any), product + by_any, of_any)
    return total_variance(estimate, steps)


def total_variance(estimate: AalenJohansen, steps: SquaredSteps) -> Floats:
    """Return the variance that the squared steps add up to, shape (n_causes, n_cells).

    The error of F(t) is one process less F(t), counted from the end of the group, times the other. Counted from there
    no term grows as fewer stay, and nothing is lost to cancellation.
    """
    away, edges = estimate.away, estimate.edges
    variance = running_sum(edges, steps.of_cause)
    variance -= away * (2 * running_sum(edges, steps.product) - away * running_sum(edges, steps.of_any))
    return np.where(estimate.incidence > 0, np.maximum(variance, 0.0), 0.0)
