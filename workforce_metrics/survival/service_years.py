"""Kernels for joining years: who left by each anniversary, and who stays through each year at a period's rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.calendar import anniversary
from workforce_metrics.survival.counting import count_at_risk
from workforce_metrics.survival.product_limit import product_limit

__all__ = ["JoinedTogether", "StayRates", "left_by_anniversary", "stay_rates"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]
END_OF_YEAR = 366
"""The day of every anniversary on the clock of one year since joining, whether the year held a leap day or not."""


@dataclass(frozen=True)
class JoinedTogether:
    """People who joined in the same year, by cell (joining year and group).

    Parameters
    ----------
    n : ndarray of int64, shape (n_cells,)
    n_left : ndarray of int64, shape (n_cells, years)
        How many left on or before each anniversary.
    followed : ndarray of int64, shape (n_cells,)
        Through how many anniversaries everyone who joined that year was followed.
    """

    n: Ints
    n_left: Ints
    followed: Ints


@dataclass(frozen=True)
class StayRates:
    """Staying through each year since joining, at the rates of one period.

    Parameters
    ----------
    stay, log_variance : ndarray of float64, shape (years, n_groups)
        Probability of staying from one anniversary to the next, and the variance of its logarithm; missing where
        nobody was at risk up to the next although not everybody had left.
    people : ndarray of int64, shape (years, n_groups)
        At risk at the next anniversary.
    """

    stay: Floats
    log_variance: Floats
    people: Ints


def left_by_anniversary(
    joined: Dates, left: Dates, cell: Ints, year_of_cell: Ints, *, years: int, closes: np.datetime64
) -> JoinedTogether:
    """Count who left on or before each anniversary.

    Parameters
    ----------
    joined, left : ndarray of datetime64[D], shape (n,)
        `left` missing (NaT) where the spell was still running when the window closed.
    cell : ndarray of int64, shape (n,)
        0..n_cells - 1.
    year_of_cell : ndarray of int64, shape (n_cells,)
        The joining year of each cell.
    years : int
    closes : datetime64[D]

    Returns
    -------
    JoinedTogether
    """
    n_cells = len(year_of_cell)
    _, year = np.unique(year_of_cell, return_inverse=True)
    last = np.full(int(year.max()) + 1, joined.min())
    np.maximum.at(last, year[cell], joined)
    n_left, followed = np.zeros((n_cells, years), dtype=np.int64), np.zeros(len(last), dtype=np.int64)
    for k in range(1, years + 1):
        gone = left <= anniversary(joined, k)
        n_left[:, k - 1] = np.bincount(cell[gone], minlength=n_cells)
        followed += anniversary(last, k) <= closes
    return JoinedTogether(np.bincount(cell, minlength=n_cells), n_left, followed[year])


def stay_rates(
    joined: Dates, left: Dates, group: Ints, n_groups: int, *, opens: np.datetime64, closes: np.datetime64, years: int
) -> StayRates:
    """Estimate staying through each year since joining from what happened after `opens` and up to `closes`.

    Parameters
    ----------
    joined, left : ndarray of datetime64[D], shape (n,)
    group : ndarray of int64, shape (n,)
        0..n_groups - 1.
    n_groups : int
    opens, closes : datetime64[D]
    years : int

    Returns
    -------
    StayRates

    Notes
    -----
    For each year since joining the product-limit estimate, with Greenwood's variance, of the parts of spells that lie
    both in that year and in the period, on the clock from one anniversary to the
    next.
    """
    stay, log_variance = np.full((years, n_groups), np.nan), np.full((years, n_groups), np.nan)
    people = np.zeros((years, n_groups), dtype=np.int64)
    end = np.where(np.isnat(left), closes, np.minimum(left, closes))
    for k in range(years):
        first, last = anniversary(joined, k), anniversary(joined, k + 1)
        part = np.flatnonzero((end > np.maximum(first, opens)) & (last > opens))
        to_end, day = end[part] >= last[part], (end - first)[part].astype(np.int64)
        duration = np.where(to_end, END_OF_YEAR, day)
        gone = (left[part] <= np.minimum(last[part], closes)).astype(np.int64)
        entry = np.maximum((opens - first[part]).astype(np.int64), 0)
        if not len(part):
            continue
        counts = count_at_risk(duration, gone, n_causes=1, group=group[part], n_groups=n_groups, entry=entry)
        steps = product_limit(counts.group, counts.n_risk, counts.n_event[:, 0])
        there = np.unique(counts.group)
        at_end = np.searchsorted(counts.group, there, side="right") - 1
        reached = counts.time[at_end] == END_OF_YEAR
        people[k, there] = np.where(reached, counts.n_people[at_end], 0)
        known = reached | (steps.survival[at_end] <= 0)
        stay[k, there] = np.where(known, steps.survival[at_end], np.nan)
        log_variance[k, there] = np.where(known, steps.log_std_error[at_end] ** 2, np.nan)
    return StayRates(stay, log_variance, people)
