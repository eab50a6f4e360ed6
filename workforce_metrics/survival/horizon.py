"""What a risk table says of its groups at a horizon."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import RiskSetWarning
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["AtHorizon", "at_horizon", "warn_of_unfollowed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AtHorizon:
    """Where in a risk table the horizon lies, group by group.

    Parameters
    ----------
    within : ndarray of bool, shape (n_cells,)
        The rows up to the horizon.
    last : ndarray of int64, shape (n_groups,)
        The last such row of each group; -1 where there is none.
    first_later : ndarray of int64, shape (n_groups,)
        The first row at the horizon or later; -1 where nobody was followed so far.
    n_event : ndarray of float64, shape (n_groups, n_causes)
        Who left up to the horizon, by cause.
    n_censor, n_risk : ndarray of float64, shape (n_groups,)
        Censored up to the horizon; at risk at it.
    people : ndarray of int64, shape (n_groups,)
        At risk at it, each counted once.
    """

    within: Bools
    last: Ints
    first_later: Ints
    n_event: Floats
    n_censor: Floats
    n_risk: Floats
    people: Ints

    def reached(self, steps: Floats, before: float) -> Floats:
        """Return what steps of shape (..., n_cells) come to, shape (..., n_groups); `before` is before the first."""
        return np.where(self.last >= 0, steps[..., self.last], before)


def at_horizon(risk: RiskTable, horizon: float) -> AtHorizon:
    """Return where in `risk` the horizon lies, in the unit of its times."""
    counts = risk.counts
    first = np.searchsorted(counts.group, np.arange(len(risk.groups)))
    after = np.append(first[1:], len(counts.time))
    within = counts.time <= horizon * (1 + TIE_TOLERANCE)
    n_within = np.add.reduceat(within, first, dtype=np.int64)
    first_later = first + np.add.reduceat(counts.time < horizon * (1 - TIE_TOLERANCE), first, dtype=np.int64)
    followed = first_later < after
    later = np.where(followed, first_later, 0)
    return AtHorizon(
        within=within,
        last=np.where(n_within > 0, first + n_within - 1, -1),
        first_later=np.where(followed, first_later, -1),
        n_event=np.add.reduceat(counts.n_event * within[:, None], first),
        n_censor=np.add.reduceat(counts.n_censor * within, first),
        n_risk=np.where(followed, counts.n_risk[later], 0.0),
        people=np.where(followed, counts.n_people[later], 0),
    )


def warn_of_unfollowed(unknown: Bools) -> None:
    """Warn of groups, shape (n_groups,), of which nobody was followed to the horizon although not all had left."""
    if unknown.any():
        warnings.warn(
            f"in {int(unknown.sum()):,} group(s) nobody was followed to the horizon, so the risk there is not known and"
            " is missing; ask for fewer years or merge groups",
            RiskSetWarning,
            stacklevel=3,
        )
