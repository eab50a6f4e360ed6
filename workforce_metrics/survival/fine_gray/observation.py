"""How likely somebody who has left would still be under observation: the weights of Fine and Gray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.survival.counting import count_at_risk
from workforce_metrics.survival.cox.risk_sets import from_the_end
from workforce_metrics.survival.product_limit import product_limit

__all__ = ["Observation", "from_the_start", "observation"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EMPTIED = 1e-12
"""A share of a risk set so small that it is rounding."""
SMALLEST = 1e-250
"""Chances of being under observation below this are not divided by."""


@dataclass(frozen=True, eq=False)
class Observation:
    """Counts of censorings and entries, group by group in the order of time, and what they say of observation.

    A cell is a group and a time at which somebody of it enters, leaves or is censored.

    Parameters
    ----------
    group : ndarray of int64, shape (n_cells,)
    start : ndarray of int64, shape (n_groups + 1,)
        The first cell of each group, and the number of cells.
    ticks : ndarray, shape (n_ticks,)
        The distinct times of all groups.
    key : ndarray of int64, shape (n_cells,)
        ``group * (n_ticks + 1)`` and the rank of the time among `ticks`, ascending.
    n_censor, censor_risk : ndarray of float64, shape (n_cells,)
        Censored at the time, and those who could have been: at risk and not leaving then.
    n_entry, entry_risk : ndarray of float64, shape (n_cells,)
        Entering at the time, and at risk just after it.
    chance : ndarray of float64, shape (n_cells + n_groups,)
        ``G(t-) H(t-)`` at each cell, and 0 after the last cell of each group.
    """

    group: Ints
    start: Ints
    ticks: npt.NDArray[Any]
    key: Ints
    n_censor: Floats
    censor_risk: Floats
    n_entry: Floats
    entry_risk: Floats
    chance: Floats

    def cells_before(self, time: npt.NDArray[Any], group: Ints) -> Ints:
        """Return how many cells of earlier groups, and of the row's own before `time`, there are, shape (n,)."""
        rank = np.searchsorted(self.ticks, time, side="left")
        if len(self.start) > 2:
            rank = np.searchsorted(self.key, group * (len(self.ticks) + 1) + rank, side="left")
        return np.asarray(rank)

    def chance_before(self, time: npt.NDArray[Any], group: Ints) -> Floats:
        """Return ``G(t-) H(t-)`` of the group at each time, shape (n,)."""
        return np.asarray(self.chance[self.cells_before(time, group) + group])


def observation(
    duration: npt.NDArray[Any],
    cause: Ints,
    *,
    entry: npt.NDArray[Any] | None,
    weight: Floats | None,
    group: Ints,
) -> Observation:
    """Estimate, in each group, the chances of being under observation.

    Parameters
    ----------
    duration : ndarray, shape (n,)
        Ties already exact.
    cause : ndarray of int64, shape (n,)
        0 = censored, 1 = left by the cause of interest, 2 = by another.
    entry : ndarray, shape (n,), or None
    weight : ndarray of float64, shape (n,), or None
    group : ndarray of int64, shape (n,)
        Codes from 0 without gaps.

    Returns
    -------
    Observation

    Raises
    ------
    InvalidDataError
        If between a leaving by another cause and one by the cause nobody was at risk who had not just entered: how many
        of those who had left would have been seen then is not known.

    Notes
    -----
    ``G(t-)`` is the product over earlier times u of ``1 - censored / (at risk at u and not leaving then)``: events come
    before censorings. ``H(t-)`` is the product over s from t on of ``1 - entering / (at risk just after s)``, the
    product-limit estimate on the reversed clock. Only ratios of ``G H`` from the first leaving by another cause on
    matter, so that factors before it are left out. After the last time of a group both are taken as 0, as ``crr`` does.

    References
    ----------
    Geskus RB (2011). Biometrics 67:39-49. doi:10.1111/j.1541-0420.2010.01420.x
    """
    n_groups = int(group.max(initial=0)) + 1
    counts = count_at_risk(duration, cause, n_causes=2, group=group, n_groups=n_groups, entry=entry, weight=weight)
    start = np.searchsorted(counts.group, np.arange(n_groups + 1))
    stays = np.maximum(counts.n_risk - counts.n_event.sum(axis=1), counts.n_censor)
    next_risk = np.maximum(stays - counts.n_censor, 0.0) + counts.n_entry
    matters = from_the_start((counts.n_event[:, 1] > 0).astype(np.float64), start[:-1]) > 0
    last_event = counts.time[counts.n_event[:, 0] > 0].max(initial=counts.time[0])
    emptied = matters & (counts.n_entry > 0) & (next_risk - counts.n_entry <= EMPTIED * next_risk)
    _refuse_emptied(int((emptied & (counts.time < last_event)).sum()))
    staying = product_limit(counts.group, stays, counts.n_censor * matters).survival
    entered = product_limit(
        n_groups - 1 - counts.group[::-1], next_risk[::-1], (counts.n_entry * (matters & ~emptied))[::-1]
    ).survival[::-1]
    ticks = np.unique(counts.time)
    made = Observation(
        group=counts.group,
        start=start,
        ticks=ticks,
        key=counts.group * (len(ticks) + 1) + np.searchsorted(ticks, counts.time),
        n_censor=counts.n_censor,
        censor_risk=stays,
        n_entry=counts.n_entry,
        entry_risk=next_risk,
        chance=_just_before(staying, start) * _from_here(entered, start),
    )
    others = np.flatnonzero((cause == 2) & (duration < last_event) & (True if weight is None else weight > 0))
    unlikely = others[made.chance_before(duration[others], group[others]) < SMALLEST]
    _refuse_emptied(len(np.unique(duration[unlikely])))
    return made


def from_the_start(values: Floats, starts: Ints) -> Floats:
    """Return the sums of `values` from the start of each segment up to and with each row, shape as `values`."""
    return from_the_end(values[::-1], (len(values) - np.append(starts[1:], len(values)))[::-1])[::-1]


def _just_before(after: Floats, start: Ints) -> Floats:
    """Return the value just before each cell and after the last of each group, shape (n_cells + n_groups,)."""
    return np.asarray(np.insert(after, start[:-1], 1.0))


def _from_here(at: Floats, start: Ints) -> Floats:
    """Return the value at each cell and, beyond the last of each group, where nobody is seen any more, 0."""
    return np.asarray(np.insert(at, start[1:], 0.0))


def _refuse_emptied(n: int) -> None:
    if n:
        raise InvalidDataError(
            "cohort",
            "somebody at risk at all times between the first leaving and the last entry",
            f"{n:,} time(s) at which all who were there had gone before others entered",
            "start the clock later, leave out the earliest entries, or merge groups of censoring_by",
        )
