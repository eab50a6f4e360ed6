"""The people of a Fine and Gray model: those at risk, and those who left by another cause and count on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.cox.risk_sets import CoxSample, Segments, add_up, cox_sample
from workforce_metrics.survival.fine_gray.observation import Observation, from_the_start, observation

__all__ = ["FineGraySample", "Tail", "fine_gray_sample", "tail_sums"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tail:
    """Those who left by another cause and see a later leaving by the cause of interest, by group and leaving.

    Parameters
    ----------
    columns : ndarray of float64, shape (m, p)
        Standardised as those of the sample at risk.
    offset : ndarray of float64, shape (m,)
        Centred at the same mean.
    share : ndarray of float64, shape (m,)
        The case weight over the chance ``G(T-) H(T-)`` of being under observation at the own leaving T.
    first : ndarray of int64, shape (m,)
        The first event time after the own leaving.
    group : ndarray of int64, shape (m,)
        The group of censoring.
    order : ndarray of int64, shape (m,)
        Where each row stood in the input.
    by_first : Segments
        Rows by the cell ``group * n_times + first``.
    """

    columns: Floats
    offset: Floats
    share: Floats
    first: Ints
    group: Ints
    order: Ints
    by_first: Segments


@dataclass(frozen=True, eq=False)
class FineGraySample:
    """Rows in an order in which the weighted risk sets are cumulative sums.

    Parameters
    ----------
    at_risk : CoxSample
        Rows in the risk sets of the cause of interest while they are there; leaving by another cause ends that.
    tail : Tail
    chance : ndarray of float64, shape (n_groups, n_times)
        ``G(t-) H(t-)`` of each group of censoring at each event time: somebody of the tail counts there for `share`
        times it.
    observation : Observation
    before_exit : ndarray of int64, shape (n_input,)
        The cells of `observation` before the end of each row of the input, of earlier groups too.
    before_entry : ndarray of int64, shape (n_input,), or None
        The same before its entry, where there is delayed entry.
    group, weight : ndarray, shape (n_input,), or None
        The group of censoring and the case weight.
    censored : ndarray of bool, shape (n_input,)
    """

    at_risk: CoxSample
    tail: Tail
    chance: Floats
    observation: Observation
    before_exit: Ints
    before_entry: Ints | None
    group: Ints
    weight: Floats | None
    censored: npt.NDArray[np.bool_]


def fine_gray_sample(
    columns: Floats,
    duration: npt.NDArray[Any],
    cause: Ints,
    *,
    entry: npt.NDArray[Any] | None = None,
    weight: Floats | None = None,
    offset: Floats | None = None,
    stratum: Ints | None = None,
    group: Ints | None = None,
) -> FineGraySample:
    """Put rows into the order in which weighted risk sets are cumulative sums.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, p)
    duration : ndarray, shape (n,)
        Ties already exact.
    cause : ndarray of int64, shape (n,)
        0 = censored, 1 = left by the cause of interest (somebody of positive weight), 2 = by another.
    entry : ndarray, shape (n,), optional
    weight : ndarray of float64, shape (n,), optional
        Rows of weight 0 count nowhere.
    offset : ndarray of float64, shape (n,), optional
    stratum, group : ndarray of int64, shape (n,), optional
        Codes from 0 without gaps, of the baselines and of the groups in which censoring and entry are estimated.

    Returns
    -------
    FineGraySample

    Notes
    -----
    Somebody who left by another cause at T is at risk at t > T with the weight ``G(t-) H(t-) / (G(T-) H(T-))``: a
    number of the time over a number of the person, so that the sums of the tail are cumulative sums, too.
    """
    nought = np.zeros(len(duration), dtype=np.int64)
    strata, groups = nought if stratum is None else stratum, nought if group is None else group
    at_risk = cox_sample(columns, duration, cause == 1, entry=entry, weight=weight, offset=offset, stratum=stratum)
    observed = observation(duration, cause, entry=entry, weight=weight, group=groups)
    each_group = [np.full(len(at_risk.time), code) for code in range(len(observed.start) - 1)]
    before_exit = observed.cells_before(duration, groups)
    first, end = _first_after(at_risk, duration, strata)
    rows = np.flatnonzero((cause == 2) & (first < end) & (True if weight is None else weight > 0))
    rows = rows[np.lexsort((first[rows], groups[rows]))]
    cell = groups[rows] * len(at_risk.time) + first[rows]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    tail = Tail(
        columns=(columns[rows] - at_risk.centre) / at_risk.scale,
        offset=(0.0 if offset is None else offset[rows]) - np.full(len(rows), at_risk.offset_mean),
        share=(1.0 if weight is None else weight[rows]) / observed.chance[before_exit[rows] + groups[rows]],
        first=first[rows],
        group=groups[rows],
        order=rows,
        by_first=Segments(np.arange(len(rows)), starts, cell[starts], len(each_group) * len(at_risk.time)),
    )
    return FineGraySample(
        at_risk=at_risk,
        tail=tail,
        chance=np.vstack([observed.chance_before(at_risk.time, code) for code in each_group]),
        observation=observed,
        before_exit=before_exit,
        before_entry=None if entry is None else observed.cells_before(entry, groups),
        group=groups,
        weight=weight,
        censored=cause == 0,
    )


def tail_sums(sample: FineGraySample, columns: Floats | None, factor: Floats) -> Floats:
    """Return sums of ``factor * columns`` over those of the tail who left before each event time, by group.

    Parameters
    ----------
    sample : FineGraySample
    columns : ndarray of float64, shape (m, p), or None
        None = the sum of the factors alone.
    factor : ndarray of float64, shape (m,)

    Returns
    -------
    ndarray of float64, shape (n_groups, n_times, p) or (n_groups, n_times)
    """
    added = add_up(sample.tail.by_first, columns, factor)
    n_groups, n_times = sample.chance.shape
    starts = (np.arange(n_groups)[:, None] * n_times + sample.at_risk.stratum_start).ravel()
    return from_the_start(added, starts).reshape(n_groups, n_times, *added.shape[1:])


def _first_after(sample: CoxSample, duration: npt.NDArray[Any], stratum: Ints) -> tuple[Ints, Ints]:
    """Return the first event time of its stratum after each row's duration, and where the stratum's end."""
    ticks = np.unique(sample.time)
    width = len(ticks) + 1
    key = sample.stratum * width + np.searchsorted(ticks, sample.time)
    rank = np.searchsorted(ticks, duration, side="right")
    if not stratum.any():
        return rank, np.full(len(rank), len(key))
    return np.searchsorted(key, stratum * width + rank), np.searchsorted(sample.stratum, stratum, side="right")
