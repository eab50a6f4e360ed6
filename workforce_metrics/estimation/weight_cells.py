"""The arithmetic of weights: what each respondent of an organisation and occupational group stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.group_sums import ratio_of

__all__ = ["WeightCells", "occupation_weights", "organisation_weights"]

FloatArray = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WeightCells:
    """One weight for every organisation and occupational group.

    Parameters
    ----------
    uncapped : numpy.ndarray of float64, shape (n_organisations, n_occupations)
        The share of staff over the share of respondents; missing where either is 0.
    weight : numpy.ndarray of float64, shape (n_organisations, n_occupations)
        The same, no larger than the cap, and rescaled where that was asked for.
    """

    uncapped: FloatArray
    weight: FloatArray


def occupation_weights(n: Counts, profile: FloatArray, *, cap: float | None, rescale: bool) -> WeightCells:
    """Return the weights that bring each organisation's respondents to a mix of occupations.

    Parameters
    ----------
    n : numpy.ndarray of int64, shape (n_organisations, n_occupations)
        Respondents.
    profile : numpy.ndarray of float64, shape (n_organisations, n_occupations)
        Staff: the mix to be reached, in any unit.
    cap : float or None
        The largest weight; None for no cap.
    rescale : bool
        Whether the capped weights of an organisation are made to add up to its respondents again.

    Returns
    -------
    WeightCells

    Examples
    --------
    >>> import numpy as np
    >>> occupation_weights(np.array([[30, 10]]), np.array([[60.0, 60.0]]), cap=1.5, rescale=False).weight
    array([[0.66666667, 1.5       ]])
    """
    usable = (n > 0) & (profile > 0)
    counted = np.where(usable, n, 0)
    share_of_staff = _shares(profile)
    share_of_respondents = _shares(counted.astype(np.float64))
    uncapped = np.full(n.shape, np.nan)
    np.divide(share_of_staff, share_of_respondents, out=uncapped, where=usable)
    weight = uncapped if cap is None else np.where(uncapped > cap, cap, uncapped)
    if rescale:
        total = np.nansum(counted * weight, axis=1, keepdims=True)
        factor = np.ones(total.shape)
        np.divide(counted.sum(axis=1, keepdims=True), total, out=factor, where=total > 0)
        weight = weight * factor
    return WeightCells(uncapped, weight)


def organisation_weights(n: Counts, staff: FloatArray) -> FloatArray:
    """Return the weights that bring organisations to their sizes, 1 on average over respondents.

    Parameters
    ----------
    n : numpy.ndarray of int64, shape (n_organisations,)
        Respondents.
    staff : numpy.ndarray of float64, shape (n_organisations,)
        Size.

    Returns
    -------
    numpy.ndarray of float64, shape (n_organisations,)
        Missing where nobody answered or there is no staff.

    Examples
    --------
    >>> import numpy as np
    >>> organisation_weights(np.array([10, 10, 0]), np.array([300.0, 100.0, 50.0])).tolist()
    [1.5, 0.5, nan]
    """
    usable = (n > 0) & (staff > 0)
    weight = ratio_of(np.where(usable, staff, np.nan), n)
    return weight * (n[usable].sum() / staff[usable].sum() if usable.any() else np.nan)


def _shares(amounts: FloatArray) -> FloatArray:
    total = amounts.sum(axis=1, keepdims=True)
    shares = np.zeros(amounts.shape)
    np.divide(amounts, total, out=shares, where=total > 0)
    return shares
