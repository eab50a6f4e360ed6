"""The times at which the hazards of all causes step up in one stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cause_specific.variance import CauseTerms
from workforce_metrics.survival.cox.prediction import hazard_ratios
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["HazardSteps", "hazard_steps", "ratios_by_cause"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HazardSteps:
    """Leaving times of one stratum, by whatever cause.

    Parameters
    ----------
    when : ndarray of float64, shape (m,)
        In the unit of the models.
    hazard : ndarray of float64, shape (m, n_causes)
        Of somebody whose standardised columns are 0; 0 where nobody left by the cause.
    rows : tuple of ndarray of int64, shape (m_c,)
        The event times of each cause's sample.
    steps : tuple of ndarray of int64, shape (m_c,)
        Which of `when` they are.
    """

    when: Floats
    hazard: Floats
    rows: tuple[Ints, ...]
    steps: tuple[Ints, ...]

    def until(self, times: Floats) -> Ints:
        """Return how many of the leaving times lie up to and including each time."""
        return np.asarray(np.searchsorted(self.when, times * (1 + TIE_TOLERANCE), side="right"))


def hazard_steps(
    terms: Sequence[CauseTerms], times: Sequence[Floats], stratum: int, *, after: float = -np.inf
) -> HazardSteps:
    """Put the leaving times of all causes of a stratum in one order.

    Parameters
    ----------
    terms : sequence of CauseTerms
        One a cause.
    times : sequence of ndarray of float64
        The event times of each cause's sample in the unit of the models.
    stratum : int
    after : float
        Those up to and including it are left out.

    Returns
    -------
    HazardSteps
    """
    rows = tuple(
        np.flatnonzero((term.sample.stratum == stratum) & (when > after * (1 + TIE_TOLERANCE)))
        for term, when in zip(terms, times, strict=True)
    )
    ticks = [term.sample.time[own] for term, own in zip(terms, rows, strict=True)]
    union, index = np.unique(np.concatenate(ticks), return_index=True)
    when = np.concatenate([all_times[own] for all_times, own in zip(times, rows, strict=True)])[index]
    steps = tuple(np.searchsorted(union, own) for own in ticks)
    hazard = np.zeros((len(union), len(terms)))
    for cause, term in enumerate(terms):
        hazard[steps[cause], cause] = term.hazard[rows[cause]]
    return HazardSteps(when, hazard, rows, steps)


def ratios_by_cause(terms: Sequence[CauseTerms], x: Floats) -> Floats:
    """Return each row's hazards over those of `HazardSteps`, shape (n, n_causes), from standardised columns."""
    return hazard_ratios(x @ np.array([term.coefficients for term in terms]).T)
