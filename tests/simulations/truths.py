"""What simulated cohorts hold by construction: incidences, hazards and measures, in closed form or by quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NODES, WEIGHTS = (array / 2 for array in np.polynomial.legendre.leggauss(40))
NODES = NODES + 0.5
POWER = 5
"""Time runs as u**POWER in the quadrature: where every shape is a multiple of 1 / POWER the integrand has no kink."""


@dataclass(frozen=True)
class Hazards:
    """Weibull hazards by cause: cumulated to t years they are ``rate t**shape exp(x effect)``.

    Parameters
    ----------
    rate, shape : ndarray, shape (n_causes,)
    effect : ndarray, shape (p, n_causes)
        Log hazard ratios.
    """

    rate: Floats
    shape: Floats
    effect: Floats

    def cumulated(self, t: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Return cumulated hazards, shape (n, n_causes, n_times)."""
        ratio = np.exp(np.atleast_2d(x) @ self.effect)
        time = np.atleast_1d(np.asarray(t, dtype=float))
        return (self.rate * ratio)[:, :, None] * time ** self.shape[:, None]

    def risk(self, t: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Return the probability of having left, shape (n, n_times)."""
        return -np.expm1(-self.cumulated(t, x).sum(axis=1))

    def incidence(self, t: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        """Return the probability of having left by each cause, shape (n, n_causes, n_times), by quadrature.

        Gauss and Legendre's rule for ``int S(s) dH_c(s)`` with ``s = t u**5``: ``dH_c = 5 shape H_c(t u**5) / u du``.
        """
        time = np.atleast_1d(np.asarray(t, dtype=float))
        parts = []
        for end in time:
            hazard = self.cumulated(end * NODES**POWER, x)
            density = np.exp(-hazard.sum(axis=1, keepdims=True)) * hazard * self.shape[:, None] * POWER / NODES
            parts.append(density @ WEIGHTS)
        return np.stack(parts, axis=2)

    def incidence_seen(self, t: npt.ArrayLike, x: npt.ArrayLike, index: float) -> Floats:
        """Return `incidence` where causes of one shape share a positive stable frailty that is averaged out.

        At any frailty each cause has the same share of the risk, and so it has of ``1 - exp(-H**index)``.
        """
        hazard = self.cumulated(t, x)
        total = hazard.sum(axis=1, keepdims=True)
        return np.asarray(hazard / total * -np.expm1(-(total**index)))

    def draw(self, rng: np.random.Generator, x: Floats, *, served: Floats | float = 0.0) -> tuple[Floats, Ints]:
        """Draw times of leaving in years, after those served, and causes from 1: the first of independent times."""
        return self.draw_with(rng, x, np.ones(len(x)), served=served)

    def draw_with(
        self, rng: np.random.Generator, x: Floats, frailty: Floats, *, served: Floats | float = 0.0
    ) -> tuple[Floats, Ints]:
        """Draw the same with everybody's hazards multiplied by a `frailty`."""
        rate = self.rate * np.exp(x @ self.effect) * frailty[:, None]
        passed = np.broadcast_to(served, len(x))[:, None] ** self.shape
        times = (passed + rng.exponential(size=rate.shape) / rate) ** (1 / self.shape)
        first = times.argmin(axis=1)
        return times[np.arange(len(x)), first], first + 1

    def seen_marginally(self, index: float) -> Hazards:
        """Return the hazards of one cause that show once a shared positive stable frailty is averaged out.

        ``E exp(-Z H) = exp(-H**index)``: still proportional, effects and shape multiplied by the index.
        """
        return Hazards(self.rate**index, self.shape * index, self.effect * index)


def positive_stable(rng: np.random.Generator, index: float, n: int) -> Floats:
    """Draw frailties Z with ``E exp(-s Z) = exp(-s**index)``, by Kanter's representation (Ann Probab 1975, 3:697)."""
    angle, size = rng.uniform(0, np.pi, n), rng.exponential(size=n)
    part = np.sin(index * angle) ** (index / (1 - index)) * np.sin((1 - index) * angle)
    return (part / np.sin(angle) ** (1 / (1 - index)) / size) ** ((1 - index) / index)


@dataclass(frozen=True)
class Subdistribution:
    """An incidence proportional on Fine and Gray's scale: ``1 - (1 - share (1 - exp(-rate t)))**exp(x effect)``.

    Who does not leave by this cause leaves by the other one, at a constant hazard.

    Parameters
    ----------
    share : float
        Who leaves by the cause sooner or later, where x is 0.
    rate, other : float
        A year, of those who leave by it, and of the others.
    effect : ndarray, shape (p,)
        Log ratios of subdistribution hazards.
    """

    share: float
    rate: float
    other: float
    effect: Floats

    def incidence(self, t: npt.ArrayLike, x: npt.ArrayLike, *, index: float = 1.0) -> Floats:
        """Return the probability of having left by the cause, shape (n, n_times), with a frailty averaged out."""
        baseline = -np.log1p(self.share * np.expm1(-self.rate * np.atleast_1d(np.asarray(t, dtype=float))))
        return -np.expm1(-((np.exp(np.atleast_2d(x) @ self.effect)[:, None] * baseline) ** index))

    def draw(self, rng: np.random.Generator, x: Floats, frailty: Floats | float = 1.0) -> tuple[Floats, Ints]:
        """Draw times in years and causes, 1 or 2; a frailty multiplies everybody's subdistribution hazard."""
        reached = -np.expm1(-rng.exponential(size=len(x)) / (np.exp(x @ self.effect) * frailty)) / self.share
        own = reached < 1
        time = np.where(
            own, -np.log1p(-np.where(own, reached, 0.0)) / self.rate, rng.exponential(size=len(x)) / self.other
        )
        return time, np.where(own, 1, 2)


@dataclass(frozen=True)
class IntervalHazards:
    """Probabilities of leaving by each cause in each interval: ``link(h) = intercept + x effect``.

    Parameters
    ----------
    intercept : ndarray, shape (n_intervals, n_causes)
    effect : ndarray, shape (p, n_causes)
    link : {"cloglog", "logit"}
    """

    intercept: Floats
    effect: Floats
    link: Literal["cloglog", "logit"]

    def hazards(self, x: npt.ArrayLike) -> Floats:
        """Return hazards, shape (n, n_intervals, n_causes)."""
        linear = self.intercept + (np.atleast_2d(x) @ self.effect)[:, None, :]
        return -np.expm1(-np.exp(linear)) if self.link == "cloglog" else 1 / (1 + np.exp(-linear))

    def incidence(self, x: npt.ArrayLike, *, given: int = 0) -> Floats:
        """Return the probability of having left by each cause at the end of each interval, after `given` of them."""
        hazards = self.hazards(x)
        hazards[:, :given] = 0.0
        staying = np.cumprod(1 - hazards.sum(axis=2), axis=1)
        before = np.concatenate([np.ones((len(staying), 1)), staying[:, :-1]], axis=1)
        return np.cumsum(before[:, :, None] * hazards, axis=1)

    def draw(self, rng: np.random.Generator, x: Floats, *, served: Ints | int = 0) -> tuple[Ints, Ints]:
        """Draw the interval of leaving (one after the last for who stays) and the cause from 1 (0 for who stays)."""
        hazards = self.hazards(x)
        n, n_intervals, n_causes = hazards.shape
        hazards[np.arange(n_intervals) < np.broadcast_to(served, n)[:, None]] = 0.0
        where, cause = np.full(n, n_intervals + 1), np.zeros(n, dtype=np.int64)
        for k in range(n_intervals):
            outcome = (rng.random(n)[:, None] < np.cumsum(hazards[:, k], axis=1)).sum(axis=1)
            leaves = (outcome > 0) & (cause == 0)
            where[leaves], cause[leaves] = k + 1, n_causes + 1 - outcome[leaves]
        return where, cause


def cumulated_in_steps(incidence: Floats) -> Floats:
    """Return ``sum dF_c(k) / S(k - 1)``, the hazard that leaving known to whole units cumulates to.

    Parameters
    ----------
    incidence : ndarray, shape (n_causes, n_units + 1)
        At 0, 1, 2, ... units.
    """
    staying = 1 - incidence.sum(axis=0)
    return np.cumsum(np.diff(incidence, axis=1) / staying[:-1], axis=1)


def years_lost(incidence: Floats, units_per_year: float) -> Floats:
    """Return years lost up to the last unit where people leave at ends of units: the sum of ``F_c(k)`` before it."""
    return incidence[..., :-1].sum(axis=-1) / units_per_year


@dataclass(frozen=True)
class Levels:
    """A few kinds of people: shares, probabilities of having left after 0, 1, 2, ... units, and a score of each.

    Parameters
    ----------
    share : ndarray, shape (k,)
        Of those who join.
    left : ndarray, shape (k, n_units + 1)
        By any cause, or by one, of which who left by another then never leaves.
    score : ndarray, shape (k,)
    """

    share: Floats
    left: Floats
    score: Floats

    def concordance(self, at_risk: Floats) -> float:
        """Return the limit of Harrell's concordance.

        Parameters
        ----------
        at_risk : ndarray, shape (n_units,)
            The probability, for who has not left, to be under observation in unit 1, 2, ...; it enters once for each of
            the two. Its square root where pairs are weighted by it once more; 1 up to a horizon for Uno's.

        Notes
        -----
        Somebody of kind i leaves in unit t while somebody of kind j is there and stays through it:
        ``share_i share_j sum_t dF_i(t) S_j(t) at_risk(t)**2``.
        """
        leaves, stays = np.diff(self.left, axis=1), 1 - self.left[:, 1:]
        pairs = np.outer(self.share, self.share) * ((leaves * at_risk**2) @ stays.T)
        return float((pairs * self._won()).sum() / pairs.sum())

    def auc(self, unit: int) -> float:
        """Return how often who has left by a unit has the higher score than who has not."""
        pairs = np.outer(self.share * self.left[:, unit], self.share * (1 - self.left[:, unit]))
        return float((pairs * self._won()).sum() / pairs.sum())

    def brier(self, unit: int) -> float:
        """Return the mean squared distance of the score, as a predicted risk, and having left by a unit."""
        left = self.left[:, unit]
        return float(self.share @ (left * (1 - self.score) ** 2 + (1 - left) * self.score**2))

    def risk(self, unit: int) -> float:
        """Return the share that has left by a unit."""
        return float(self.share @ self.left[:, unit])

    def _won(self) -> Floats:
        return np.asarray((np.sign(self.score[:, None] - self.score) + 1) / 2)
