"""The baseline hazard of a Cox model, and what is needed for its variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.risk_sets import CoxSample, so_far

__all__ = ["Baseline", "baseline", "baseline_table", "hazard_variance"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """Sums up to each event time, of somebody whose standardised columns and centred offset are 0.

    All begin with the sum before the first event time; they run on through the strata, so that only differences within
    a stratum mean something.

    Parameters
    ----------
    hazard : ndarray of float64, shape (n_times + 1,)
        Cumulated hazard.
    own : ndarray of float64, shape (n_times + 1,)
        Its variance with the coefficients known.
    drift : ndarray of float64, shape (n_times + 1, p)
        Cumulated mean of the columns times the hazard.
    """

    hazard: Floats
    own: Floats
    drift: Floats


def baseline(fit: CoxFit) -> Baseline:
    """Return the cumulated baseline hazard, by Breslow's or Efron's estimate as the fit's ties are."""
    sums = fit.at.sums
    return Baseline(so_far(sums.hazard), so_far(sums.square), so_far(sums.drift))


def hazard_variance(variance: Floats, hazard: Floats, own: Floats, drift: Floats, x: Floats) -> Floats:
    """Return the variance of the cumulated hazard at ``exp(x b) = 1``.

    Parameters
    ----------
    variance : ndarray of float64, shape (p, p)
        That of the coefficients of the standardised columns.
    hazard, own : ndarray of float64, shape (m,)
        Differences of those of `Baseline`.
    drift, x : ndarray of float64, shape (m, p)
        Differences of drift; standardised columns.

    Returns
    -------
    ndarray of float64, shape (m,)

    Notes
    -----
    ``own + (drift - x H)' V (drift - x H)``, V the variance of the coefficients.
    """
    apart = drift - x * hazard[:, None]
    return np.asarray(own + ((apart @ variance) * apart).sum(axis=1))


def baseline_table(sample: CoxSample, fit: CoxFit, clock: CoxClock) -> pd.DataFrame:
    """Return the cumulated hazard at the mean of numbers and the reference levels, by stratum and time."""
    sums = baseline(fit)
    before = np.repeat(sample.stratum_start, np.diff(np.append(sample.stratum_start, len(sample.time))))
    hazard, own = sums.hazard[1:] - sums.hazard[before], sums.own[1:] - sums.own[before]
    drift = sums.drift[1:] - sums.drift[before]
    x = (clock.reference - sample.centre) / sample.scale
    ratio = float(np.exp(x @ fit.at.coefficients + clock.reference_offset - sample.offset_mean))
    variance = fit.variance * np.outer(sample.scale, sample.scale)
    std_error = ratio * np.sqrt(hazard_variance(variance, hazard, own, drift, np.tile(x, (len(hazard), 1))))
    table = pd.DataFrame(
        {
            "time": clock.in_units(sample.time),
            "estimate": ratio * hazard,
            "std_error": std_error,
            "n_event": sample.n_event,
        }
    )
    return pd.concat([clock.strata.take(sample.stratum).reset_index(drop=True), table], axis=1)
