"""The coefficients at which the partial likelihood is highest, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.cox.likelihood import PartialLikelihood

__all__ = ["Maximum", "maximise"]

Floats = npt.NDArray[np.float64]
Likelihood = Callable[[Floats], PartialLikelihood]
MAX_ITERATIONS, MAX_HALVINGS = 60, 30
CONVERGED, ROUNDING, CLOSE = 1e-26, 1e-16, 1e-10
"""The gain still to be had, relative to the log-likelihood and a leaver's mean weight: one that ends the search, one
that ends it where it no longer falls fast (what is left is rounding), and one that is accepted where no step helps."""
DEPENDENT = 1e-11
"""Columns are dependent where the information, scaled to a correlation matrix, has a smaller eigenvalue than this."""


@dataclass(frozen=True)
class Maximum:
    """Where the search ended.

    Parameters
    ----------
    at : PartialLikelihood
    null : PartialLikelihood
        With all coefficients 0.
    iterations : int
    """

    at: PartialLikelihood
    null: PartialLikelihood
    iterations: int


def maximise(likelihood: Likelihood, columns: Floats, described: Sequence[str], *, unit: float) -> Maximum:
    """Find the highest partial likelihood by Newton's method with step halving, from coefficients of 0.

    Parameters
    ----------
    likelihood : callable
        Returns the `PartialLikelihood` at coefficients of shape (p,).
    columns : ndarray of float64, shape (n, p)
        The standardised columns of the rows at risk.
    described : sequence of str
        What to call each column in a message.
    unit : float
        The mean weight of a leaver, by which gains are judged.

    Returns
    -------
    Maximum

    Raises
    ------
    InvalidDataError
        If a column does not vary within risk sets or is determined there by others, if a coefficient grows without
        bound (monotone likelihood: the column separates leavers from the others), or if the search does not converge.

    Notes
    -----
    The likelihood is taken as monotone where a Newton step still moves somebody's linear predictor although it promises
    no gain, and the information along it has all but vanished.

    References
    ----------
    Bryson MC, Johnson ME (1981). Technometrics 23:381-383. doi:10.1080/00401706.1981.10487683
    """
    null = likelihood(np.zeros(columns.shape[1]))
    _refuse_dependent(null.information, described, unit)
    here, last_gain = null, np.inf
    for iteration in range(MAX_ITERATIONS):
        step = _newton_step(here, described)
        gain = float(here.score @ step)
        size = unit + abs(here.log_likelihood)
        if gain <= CONVERGED * size or (gain <= ROUNDING * size and gain > 0.1 * last_gain):
            return Maximum(here, null, iteration)
        if _is_flat(columns, null, step, gain, unit):
            raise _monotone(step * np.ptp(columns, axis=0), described)
        there = _improved(likelihood, here, step)
        if there is None:
            break
        here, last_gain = there, gain
    if gain <= CLOSE * size:
        return Maximum(here, null, iteration)
    column = int(np.argmax(np.abs(step)))
    raise InvalidDataError(
        "formula",
        "a likelihood with a highest point",
        f"no convergence in {iteration + 1} iterations, least of all for {described[column]}",
        "look at its extreme values and whether it all but tells leavers from stayers, or leave it out",
    )


def _newton_step(here: PartialLikelihood, described: Sequence[str]) -> Floats:
    """Return the Newton step; on the way up the information is lost only where a coefficient runs away."""
    size = np.sqrt(np.maximum(np.diagonal(here.information), np.finfo(float).tiny))
    with np.errstate(over="ignore"):
        correlation = here.information / np.outer(size, size)
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        raise _monotone(here.coefficients, described) from None
    return np.asarray(np.linalg.solve(root.T, np.linalg.solve(root, here.score / size)) / size)


def _improved(likelihood: Likelihood, here: PartialLikelihood, step: Floats) -> PartialLikelihood | None:
    """Return the likelihood after the step, halved until it does not fall; None where no part of the step helps."""
    slack = 1e-12 * (1 + abs(here.log_likelihood))
    for halving in range(MAX_HALVINGS):
        there = likelihood(here.coefficients + step / 2**halving)
        if np.isfinite(there.information).all() and there.log_likelihood >= here.log_likelihood - slack:
            return there
    return None


def _is_flat(columns: Floats, null: PartialLikelihood, step: Floats, gain: float, unit: float) -> bool:
    if gain > 1e-6 * unit or gain > 1e-3 * float(step @ null.information @ step):
        return False
    return float(np.abs(columns @ step).max()) > 0.3


def _monotone(growth: Floats, described: Sequence[str]) -> InvalidDataError:
    size = np.abs(growth)
    columns = np.flatnonzero(size >= 0.5 * size.max())
    return InvalidDataError(
        "formula",
        "covariates at whose every level some leave and some stay",
        f"{_named(columns, described)}, whose coefficient grows without bound: it tells leavers from stayers entirely",
        "merge the level with another, or leave the covariate out",
    )


def _refuse_dependent(information: Floats, described: Sequence[str], unit: float) -> None:
    """Refuse columns without information of their own; `unit` is the mean weight of a leaver."""
    own = np.diagonal(information)
    flat = np.flatnonzero(~(own > 1e-12 * max(float(own.max()), unit)))
    if len(flat):
        raise InvalidDataError(
            "formula",
            "covariates in which people at risk at the same time differ",
            f"{_named(flat, described)}, which is the same for all of them whenever somebody leaves",
            "leave it out, or out of strata",
        )
    size = np.sqrt(own)
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    if values[0] < DEPENDENT:
        columns = np.flatnonzero(np.abs(vectors[:, 0]) > 0.1 * np.abs(vectors[:, 0]).max())
        raise InvalidDataError(
            "formula",
            "columns of which none follows from the others within risk sets",
            f"some that do: {_named(columns, described)}",
            "leave one of them out of the formula or out of strata",
        )


def _named(columns: npt.NDArray[np.int64], described: Sequence[str]) -> str:
    named = [described[int(column)] for column in columns[:3]]
    return "; ".join(named) + (f" and {len(columns) - 3:,} more" if len(columns) > 3 else "")
