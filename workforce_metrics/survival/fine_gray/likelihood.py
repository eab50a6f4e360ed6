"""Fine and Gray's partial likelihood: Cox's, with those who left by another cause counting on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.likelihood import PartialLikelihood, Ties, partial_likelihood, weighted_gram
from workforce_metrics.survival.cox.risk_sets import from_the_end
from workforce_metrics.survival.fine_gray.sample import FineGraySample, tail_sums

__all__ = ["subdistribution_likelihood", "tail_risk", "upcoming"]

Floats = npt.NDArray[np.float64]


def subdistribution_likelihood(sample: FineGraySample, coefficients: Floats, ties: Ties) -> PartialLikelihood:
    """Evaluate the partial likelihood of the subdistribution hazard.

    Parameters
    ----------
    sample : FineGraySample
    coefficients : ndarray of float64, shape (p,)
        Of the standardised columns.
    ties : {"efron", "breslow"}

    Returns
    -------
    PartialLikelihood
        Its sums take in the tail; `risk` and `expected` are of the rows of ``sample.at_risk``.

    Notes
    -----
    With r the risk of a row, A = G H and T its leaving, S0 at t is the sum of r over those at risk plus ``A(t)`` times
    the sum of ``r / A(T)`` over those who left by another cause before t; S1 the same of r x. The information is
    ``X' diag(M) X - sum_t w (S1 / S0)(S1 / S0)'``, where M of somebody who left by another cause has a second part:
    ``r / A(T)`` times the sum over later event times of ``A(t) dL(t)``, L the cumulated baseline.

    References
    ----------
    Fine JP, Gray RJ (1999). J Am Stat Assoc 94:496-509. doi:10.1080/01621459.1999.10474144
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        risk = tail_risk(sample, coefficients)
        chance, columns = sample.chance, sample.tail.columns
        also = (
            (chance * tail_sums(sample, None, risk)).sum(axis=0),
            (chance[..., None] * tail_sums(sample, columns, risk)).sum(axis=0),
        )
        at = partial_likelihood(sample.at_risk, coefficients, ties, also=also)
        expected = risk * upcoming(sample, at.sums.hazard)
        return replace(at, information=at.information + weighted_gram(columns, expected))


def tail_risk(sample: FineGraySample, coefficients: Floats) -> Floats:
    """Return ``weight exp(x b + offset) / A(T)`` of those of the tail, shape (m,)."""
    return np.asarray(sample.tail.share * np.exp(sample.tail.columns @ coefficients + sample.tail.offset))


def upcoming(sample: FineGraySample, per_time: Floats) -> Floats:
    """Return ``A(t)`` times `per_time` added up over the event times after the leaving of each row of the tail.

    Parameters
    ----------
    sample : FineGraySample
    per_time : ndarray of float64, shape (n_times,) or (n_times, k)

    Returns
    -------
    ndarray of float64, shape (m,) or (m, k)
    """
    first, total = sample.tail.first, np.empty((len(sample.tail.first), *per_time.shape[1:]))
    edges = np.searchsorted(sample.tail.group, np.arange(len(sample.chance) + 1))
    for chance, start, stop in zip(sample.chance, edges[:-1], edges[1:], strict=True):
        later = from_the_end((chance * per_time.T).T, sample.at_risk.stratum_start)
        total[start:stop] = later[first[start:stop]]
    return total
