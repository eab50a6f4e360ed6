"""The kernel of the restricted mean: areas under the curve of staying and over those of leaving, up to a horizon."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["Areas", "areas_to"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Areas:
    """Mean times up to a horizon, by group.

    Parameters
    ----------
    stay, stay_variance : ndarray of float64, shape (n_groups,)
        Mean time still there, and its sampling variance.
    lost, lost_variance : ndarray of float64, shape (n_groups, n_causes)
        Mean time lost by each cause; ``stay + lost.sum(axis=1)`` is the horizon.
    """

    stay: Floats
    stay_variance: Floats
    lost: Floats
    lost_variance: Floats


def areas_to(
    horizon: float, group: npt.NDArray[np.int64], time: Floats, *, n_risk: Floats, n_event: Floats, survival: Floats
) -> Areas:
    """Return the areas of each group up to the horizon.

    Parameters
    ----------
    horizon : float
    group : ndarray of int64, shape (n_cells,)
        Ascending, from 0, each there.
    time, n_risk, survival : ndarray of float64, shape (n_cells,)
        In order of time within each group; survival just after each time.
    n_event : ndarray of float64, shape (n_cells, n_causes)

    Returns
    -------
    Areas

    Notes
    -----
    With ``h_c = d_c / n``, ``h = sum h_c`` at time t, and u the horizon, leaving by cause c at t loses ``u - t``:
    ``L_c = sum S(t-) h_c (u - t)``. Let ``R_c(t)`` be that sum over times after t. A change of ``h_c`` alters L_c by
    ``g = S(t-) (u - t) - R_c / (1 - h)``, a change of another cause's by ``o = -R_c / (1 - h)``. The hazards of one
    time are multinomial, those of different times uncorrelated, so that
    ``var L_c = sum (h_c g^2 + (h - h_c) o^2 - (h_c g + (h - h_c) o)^2) / n``. With one cause this is Greenwood's
    ``sum A(t)^2 d / (n (n - d))``, A the area from t to u, which the time still there has whatever the causes.
    """
    edges = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
    n_groups, n_causes = len(edges) - 1, n_event.shape[1]
    found = Areas(*(np.zeros(shape) for shape in (n_groups, n_groups, (n_groups, n_causes), (n_groups, n_causes))))
    for code, (start, stop) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((time[start:stop] <= horizon) & (n_event[start:stop] > 0).any(axis=1)) + start
        before = np.append(1.0, survival[inside])[:-1]
        remain, n, hazard = horizon - time[inside], n_risk[inside], n_event[inside] / n_risk[inside, None]
        total = hazard.sum(axis=1, keepdims=True)
        found.lost[code], found.lost_variance[code] = _lost(before * remain, n, hazard, total, survival[inside])
        all_lost, found.stay_variance[code] = (
            part[0] for part in _lost(before * remain, n, total, total, survival[inside])
        )
        found.stay[code] = horizon - all_lost
    return found


def _lost(loss: Floats, n: Floats, hazard: Floats, total: Floats, survival: Floats) -> tuple[Floats, Floats]:
    """Return time lost and its variance, each of shape (n_causes,); `loss` is ``S(t-) (u - t)``, shape (n_times,)."""
    lost = loss[:, None] * hazard
    later = lost[::-1].cumsum(axis=0)[::-1] - lost
    stays = (survival > 0)[:, None]
    other = np.where(stays, -later / np.where(stays, 1 - total, 1.0), 0.0)
    own = loss[:, None] + other
    rest = np.maximum(total - hazard, 0.0)
    variance = hazard * own**2 + rest * other**2 - (hazard * own + rest * other) ** 2
    return lost.sum(axis=0), (np.maximum(variance, 0.0) / n[:, None]).sum(axis=0)
