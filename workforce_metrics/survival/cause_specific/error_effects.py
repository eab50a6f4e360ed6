"""How sums of incidences move with the errors of the models of all causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cause_specific.variance import CauseTerms, robust_influence
from workforce_metrics.survival.cox.risk_sets import add_up, cluster_segments
from workforce_metrics.survival.risk_sums import covariance_root

__all__ = ["CauseErrors", "ModelErrors", "RootErrors", "RowErrors", "errors_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MOST_NUMBERS = 1 << 25
"""What every cluster adds to every hazard and coefficient is kept where it has no more numbers than this (256 MB)."""
MOST_SLOPES = 1000
"""Where there are no more hazards and coefficients than this, the covariance of what rows add is kept in its place."""


@dataclass(frozen=True, eq=False)
class ModelErrors:
    """Errors of models that are taken as true, of independent people: causes and steps are independent.

    Parameters
    ----------
    own : tuple of ndarray of float64, shape (n_times_c,)
        Standard errors of the baseline hazards of each cause with the coefficients known.
    roots : tuple of ndarray of float64, shape (p, p)
        Of the covariances of the coefficients.
    """

    own: tuple[Floats, ...]
    roots: tuple[Floats, ...]

    def effect(self, slopes: Sequence[Floats], directions: Sequence[Floats]) -> Floats:
        """Return how far quantities move with each of several independent standard normal errors.

        Parameters
        ----------
        slopes : sequence of ndarray of float64, shape (n, n_times_c)
            Derivatives of each quantity by the baseline hazards of each cause.
        directions : sequence of ndarray of float64, shape (n, p)
            By the coefficients, the baselines moving with them.

        Returns
        -------
        ndarray of float64, shape (n, n_directions)
        """
        by_time = [slope * own for slope, own in zip(slopes, self.own, strict=True)]
        return np.hstack((*by_time, *(along @ root for along, root in zip(directions, self.roots, strict=True))))


@dataclass(frozen=True, eq=False)
class RootErrors:
    """Errors by the infinitesimal jackknife, all hazards and coefficients together.

    Parameters
    ----------
    root : ndarray of float64, shape (n_slopes, n_directions)
        What each cluster adds to the hazards and coefficients of each cause in turn, or a root of their covariance.
    """

    root: Floats

    def effect(self, slopes: Sequence[Floats], directions: Sequence[Floats]) -> Floats:
        """Return how far quantities move; see `ModelErrors`."""
        both = [part for pair in zip(slopes, directions, strict=True) for part in pair]
        return np.asarray(np.hstack(both) @ self.root)


@dataclass(frozen=True, eq=False)
class RowErrors:
    """Errors by the infinitesimal jackknife, each row or cluster gone through when asked: exact at any size, but slow.

    Parameters
    ----------
    terms : tuple of CauseTerms
    cluster : ndarray of int64, shape (n_input,), or None
    """

    terms: tuple[CauseTerms, ...]
    cluster: Ints | None

    def effect(self, slopes: Sequence[Floats], directions: Sequence[Floats]) -> Floats:
        """Return how far quantities move; see `ModelErrors`."""
        return np.asarray(robust_influence(self.terms, slopes, directions, self.cluster).T)


CauseErrors = ModelErrors | RootErrors | RowErrors


def errors_of(terms: Sequence[CauseTerms], cluster: Ints | None, *, robust: bool) -> CauseErrors:
    """Return the errors of the models of all causes.

    Parameters
    ----------
    terms : sequence of CauseTerms
        One a cause; with what each row adds to the coefficients where the models are robust.
    cluster : ndarray of int64, shape (n_input,), or None
        Codes from 0. None = each row is its own.
    robust : bool

    Returns
    -------
    ModelErrors, RootErrors or RowErrors

    Notes
    -----
    As of `predict_incidence`: by the model, or by the infinitesimal jackknife over rows or clusters, in which causes
    may be correlated. What clusters add to every hazard and coefficient is one matrix M, and the covariance is
    ``M' M``: M is kept, or where it is too large a root of ``M' M``; where that is too large as well, rows are gone
    through anew for every sum.
    """
    if not robust:
        own = tuple(np.sqrt(np.maximum(term.own, 0.0)) for term in terms)
        return ModelErrors(own, tuple(covariance_root(term.covariance) for term in terms))
    codes = np.arange(terms[0].sample.n_input) if cluster is None else cluster
    n_slopes = sum(len(term.sample.time) + len(term.coefficients) for term in terms)
    n_clusters = int(codes.max(initial=-1)) + 1
    if n_clusters * n_slopes <= MOST_NUMBERS:
        return RootErrors(next(_added(terms, codes, n_clusters)).T)
    if n_slopes <= MOST_SLOPES:
        products = np.zeros((n_slopes, n_slopes))
        for added in _added(terms, codes, max(1, MOST_NUMBERS // (8 * n_slopes))):
            products += added.T @ added
        return RootErrors(covariance_root(products))
    return RowErrors(tuple(terms), cluster)


def _added(terms: Sequence[CauseTerms], cluster: Ints, height: int) -> Iterator[Floats]:
    """Yield what clusters, `height` at a time, add to the hazards and coefficients, shape (n_some, n_slopes)."""
    codes = [cluster[term.sample.order] for term in terms]
    orders = [np.argsort(code, kind="stable") for code in codes]
    for start in range(0, int(cluster.max(initial=-1)) + 1, height):
        parts = []
        for term, code, order in zip(terms, codes, orders, strict=True):
            first, end = np.searchsorted(code[order], [start, start + height])
            rows = order[first:end]
            parts.append(_added_to_cause(term, rows, code[rows] - start, height))
        yield np.hstack(parts)


def _added_to_cause(term: CauseTerms, rows: Ints, code: Ints, n: int) -> Floats:
    """Return what rows add to the hazards and the coefficients of one cause, by code, shape (n, n_times + p)."""
    sample, n_times = term.sample, len(term.sample.time)
    last, risk, width = sample.last[rows], term.risk[rows], n_times + 1
    come = np.bincount(code * width + sample.first[rows], risk, n * width)
    go = np.bincount(code * width + last + 1, risk, n * width)
    to_hazard = np.cumsum((go - come).reshape(n, width), axis=1)[:, :-1] * term.own
    own = np.where(sample.event[rows], sample.weight[rows] * term.per_leaver[last] + risk * term.tied[last], 0.0)
    to_hazard += np.bincount(code * n_times + last, own, n * n_times).reshape(n, n_times)
    to_coefficients = np.zeros((n, len(term.coefficients)))
    if term.dfbeta is not None and len(rows):
        found = add_up(cluster_segments(code), term.dfbeta[rows], np.ones(len(rows)))
        to_coefficients[: len(found)] = found
    return np.hstack((to_hazard, to_coefficients))
