"""From the hazards of all causes to the probability of each, and how it moves with every hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ImpliedIncidence", "implied_incidence", "share_and_bend"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ImpliedIncidence:
    """Probabilities of having left by each cause.

    Parameters
    ----------
    incidence : ndarray of float64, shape (n, n_times, n_causes)
        Up to and including each time.
    slope : ndarray of float64, shape (n, n_times, n_causes, n_causes)
        ``slope[:, s, k, c] - incidence[:, t, k]`` is the derivative of the incidence of k up to t with respect to the
        hazard of c at s, for s up to t.
    """

    incidence: Floats
    slope: Floats


def implied_incidence(hazard: Floats) -> ImpliedIncidence:
    """Return the incidences that hazards imply.

    Parameters
    ----------
    hazard : ndarray of float64, shape (n, n_times, n_causes)
        Of each person at each time, from 0.

    Returns
    -------
    ImpliedIncidence

    Notes
    -----
    With h the sum of the hazards h_c at a time and S the probability of staying before it, the incidence of k grows by
    ``S (h_k / h) (1 - exp(-h))`` and S falls by the factor ``exp(-h)``: the product of the exponentials of the
    matrices of hazards, as R's ``survfit`` of a multi-state ``coxph``. Staying and the incidences add up to 1, and one
    cause alone gives ``1 - exp(-H)``.

    References
    ----------
    Andersen PK, Borgan O, Gill RD, Keiding N (1993). Statistical Models Based on Counting Processes, section VII.2.3.
    doi:10.1007/978-1-4612-4348-9

    Examples
    --------
    >>> import numpy as np
    >>> implied_incidence(np.log([[[2.0, 1.0]]])).incidence.tolist()
    [[[0.5, 0.0]]]
    """
    total = hazard.sum(axis=2)
    before = np.exp(-(np.cumsum(total, axis=1) - total))
    each, bend = share_and_bend(total)
    incidence = np.cumsum(before[..., None] * hazard * each[..., None], axis=1)
    slope = np.repeat((before[..., None] * hazard * bend[..., None] + incidence)[..., None], hazard.shape[2], axis=3)
    causes = np.arange(hazard.shape[2])
    slope[:, :, causes, causes] += (before * each)[..., None]
    return ImpliedIncidence(incidence, slope)


def share_and_bend(total: Floats) -> tuple[Floats, Floats]:
    """Return ``(1 - exp(-h)) / h`` of hazards h from 0, and its derivative.

    Examples
    --------
    >>> import numpy as np
    >>> [values.round(4).tolist() for values in share_and_bend(np.array([0.0, 1.0]))]
    [[1.0, 0.6321], [-0.5, -0.2642]]
    """
    some = np.where(total > 0, total, 1.0)
    each = np.where(total > 0, -np.expm1(-some) / some, 1.0)
    return each, np.where(total > 0, (np.exp(-some) - each) / some, -0.5)
