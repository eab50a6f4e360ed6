"""Cox's partial likelihood, its score and information, without a loop over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.column_summary import row_blocks
from workforce_metrics.survival.cox.risk_sets import CoxSample, add_up, from_the_end, so_far

__all__ = ["PartialLikelihood", "RiskSums", "Ties", "at_risk_factor", "between", "partial_likelihood", "weighted_gram"]

Floats = npt.NDArray[np.float64]
Ties = Literal["efron", "breslow"]


@dataclass(frozen=True)
class RiskSums:
    """Sums over the risk set of each event time, with ``r = weight * exp(x b)``.

    With m leavers at an event time and Efron's ties, the j-th of them (j = 0..m-1) leaves from a risk set in which the
    tied leavers count for ``1 - f``, f = j / m: its sum of r is ``total - f * leaving``. Breslow's ties have f = 0.
    `hazard` is the weight of the leavers over m times the sum over j of ``1 / (total - f leaving)``; `hazard_tied` has
    f in each term; `square`, `square_tied`, `square_tied2` are the same over ``(total - f leaving)**2`` with f to the
    power 0, 1, 2.

    Parameters
    ----------
    total, leaving : ndarray of float64, shape (n_times,)
        Sums of r over the risk set and over its leavers.
    total_x, leaving_x : ndarray of float64, shape (n_times, p)
        Sums of r x.
    hazard, hazard_tied, square, square_tied, square_tied2 : ndarray of float64, shape (n_times,)
    """

    total: Floats
    leaving: Floats
    total_x: Floats
    leaving_x: Floats
    hazard: Floats
    hazard_tied: Floats
    square: Floats
    square_tied: Floats
    square_tied2: Floats

    @property
    def drift(self) -> Floats:
        """The mean of the columns times the hazard, at each event time, shape (n_times, p)."""
        return np.asarray(self.square[:, None] * self.total_x - self.square_tied[:, None] * self.leaving_x)


@dataclass(frozen=True)
class PartialLikelihood:
    """The logarithm of the partial likelihood at one set of coefficients, with its derivatives.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (p,)
        Of the standardised columns.
    log_likelihood : float
    score : ndarray of float64, shape (p,)
    information : ndarray of float64, shape (p, p)
    risk : ndarray of float64, shape (n,)
        ``weight * exp(x b + offset)`` of each row of the sample.
    expected : ndarray of float64, shape (n,)
        Weight times the number of leavings expected of the row.
    sums : RiskSums
    """

    coefficients: Floats
    log_likelihood: float
    score: Floats
    information: Floats
    risk: Floats
    expected: Floats
    sums: RiskSums


def partial_likelihood(
    sample: CoxSample, coefficients: Floats, ties: Ties, *, also: tuple[Floats, Floats] | None = None
) -> PartialLikelihood:
    """Evaluate the partial likelihood.

    Parameters
    ----------
    sample : CoxSample
    coefficients : ndarray of float64, shape (p,)
        Of the standardised columns.
    ties : {"efron", "breslow"}
    also : tuple of ndarray of float64, shapes (n_times,) and (n_times, p), optional
        Sums of r and r x of others who are at risk and do not leave; what they add to the information is the caller's.

    Returns
    -------
    PartialLikelihood

    Notes
    -----
    With ``S0, S1`` the sums of r and r x over a risk set, and M a row's r times ``w / S0`` added up over the event
    times at which it is at risk, the information is ``X' diag(M) X - sum_t w (S1 / S0)(S1 / S0)'``: one weighted Gram
    matrix and one small term an event time. Efron's ties replace each term by its mean over the tied leavers.

    References
    ----------
    Cox DR (1972). J R Stat Soc B 34:187-220. doi:10.1111/j.2517-6161.1972.tb00899.x
    Efron B (1977). J Am Stat Assoc 72:557-565. doi:10.1080/01621459.1977.10480613
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        linear = sample.columns @ coefficients + sample.offset
        risk = sample.weight * np.exp(linear)
        sums, log_sum = _risk_sums(sample, risk, ties, also)
        log_likelihood = float(sample.event_sum @ coefficients) + sample.event_offset - log_sum
        mean_x = sums.hazard[:, None] * sums.total_x - sums.hazard_tied[:, None] * sums.leaving_x
        score = sample.event_sum - mean_x.sum(axis=0)
        expected = risk * at_risk_factor(sample, sums.hazard, sums.hazard_tied)
        information = weighted_gram(sample.columns, expected) - between(sums)
    return PartialLikelihood(coefficients, log_likelihood, score, information, risk, expected, sums)


def at_risk_factor(sample: CoxSample, per_time: Floats, tied: Floats) -> Floats:
    """Return `per_time` added up over the event times at which each row is at risk, less `tied` at a leaver's own.

    Parameters
    ----------
    sample : CoxSample
    per_time, tied : ndarray of float64, shape (n_times,) or (n_times, p)

    Returns
    -------
    ndarray of float64, shape (n,) or (n, p)
    """
    total = so_far(per_time)
    factor = total[sample.last + 1] - total[sample.first]
    leavers = np.flatnonzero(sample.event)
    factor[leavers] -= tied[sample.last[leavers]]
    return np.asarray(factor)


def weighted_gram(columns: Floats, weight: Floats) -> Floats:
    """Return ``columns' diag(weight) columns``, shape (p, p)."""
    gram = np.zeros((columns.shape[1], columns.shape[1]))
    root = np.sqrt(np.maximum(weight, 0.0))
    for rows in row_blocks(columns):
        half = columns[rows] * root[rows, None]
        gram += half.T @ half
    return gram


def between(sums: RiskSums, factor: Floats | None = None) -> Floats:
    """Return the sum over event times, each counted `factor` times, of the products of the means of x, shape (p, p)."""
    square, tied, tied2 = sums.square, sums.square_tied, sums.square_tied2
    if factor is not None:
        square, tied, tied2 = factor * square, factor * tied, factor * tied2
    cross = sums.total_x.T @ (tied[:, None] * sums.leaving_x)
    own = sums.leaving_x.T @ (tied2[:, None] * sums.leaving_x)
    return np.asarray(sums.total_x.T @ (square[:, None] * sums.total_x) - cross - cross.T + own)


def _risk_sums(
    sample: CoxSample, risk: Floats, ties: Ties, also: tuple[Floats, Floats] | None
) -> tuple[RiskSums, float]:
    """Return the sums over risk sets, and the logarithms of the denominators added up."""
    leaving_x, total_x = _both_sums(sample, sample.columns, risk)
    leaving, total = _both_sums(sample, None, risk)
    total = np.maximum(total, leaving)  # leavers are at risk; rounding must not take them out
    if also is not None:
        total, total_x = total + also[0], total_x + also[1]
    weight = sample.event_weight / sample.n_event
    if ties == "breslow":
        none = np.zeros_like(total)
        hazard, log_sum = sample.event_weight / total, float(sample.event_weight @ np.log(total))
        return RiskSums(
            total, leaving, total_x, leaving_x, hazard, none, sample.event_weight / total**2, none, none
        ), log_sum
    time = np.repeat(np.arange(len(total)), sample.n_event)
    start = np.cumsum(sample.n_event) - sample.n_event
    share = (np.arange(len(time)) - start[time]) / sample.n_event[time]
    left = total[time] - share * leaving[time]
    inverse = 1 / left
    powers = (inverse, share * inverse, inverse**2, share * inverse**2, (share * inverse) ** 2)
    added = [weight * np.add.reduceat(power, start) for power in powers]
    log_sum = float(weight @ np.add.reduceat(np.log(left), start))
    return RiskSums(total, leaving, total_x, leaving_x, *added), log_sum


def _both_sums(sample: CoxSample, columns: Floats | None, risk: Floats) -> tuple[Floats, Floats]:
    """Return the sums of r x, or of r, over the leavers and over the risk set of each event time."""
    exits = add_up(sample.exits, columns, risk)
    leaving = exits[0::2]
    change = leaving + exits[1::2]
    if len(sample.entries.rows):
        change -= add_up(sample.entries, columns, risk)
    return leaving, from_the_end(change, sample.stratum_start)
