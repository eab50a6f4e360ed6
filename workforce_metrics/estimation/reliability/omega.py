"""McDonald's omega total: one factor fitted by maximum likelihood, and what it says of the sum of the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["OneFactor", "omega_total", "one_factor"]

FloatArray = npt.NDArray[np.float64]

LEAST_UNIQUE = 0.005
"""No item's own part falls below this share of its variance: where it would, one factor does not fit."""
MAX_STEPS = 500
CLOSE = 1e-12


@dataclass(frozen=True)
class OneFactor:
    """One factor behind the items.

    Parameters
    ----------
    loadings : numpy.ndarray of float64, shape (n_items,)
        In the units of the items, their sum 0 or more.
    unique : numpy.ndarray of float64, shape (n_items,)
        Variance of each item that the factor does not share.
    is_proper : bool
        Whether every item has a part of its own; where not, errors are not known.
    """

    loadings: FloatArray
    unique: FloatArray
    is_proper: bool


def omega_total(answers: FloatArray) -> tuple[float, float, float]:
    """Return omega total and its standard errors, if answers were normal and without that assumption.

    Parameters
    ----------
    answers : numpy.ndarray of float64, shape (n_respondents, n_items)
        Complete, with items that vary.

    Returns
    -------
    estimate, normal_error, free_error : float
        Missing where there are fewer than three items, or respondents, than a factor needs; errors are missing where
        an item's own variance is at its least.

    Notes
    -----
    ``(sum l)^2 / ((sum l)^2 + sum u)`` with the loadings ``l`` and own variances ``u`` of one factor: the share of the
    variance of the sum, as the model has it, that is the factor's (McDonald 1999). It is not the omega of a
    Schmid-Leiman solution with several factors. The errors go by the delta method from the expected information, and
    from the sandwich of it and the respondents' scores.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> factor = rng.normal(size=(5000, 1))
    >>> estimate, error, _ = omega_total(factor + rng.normal(size=(5000, 4)))
    >>> abs(estimate - 16 / (16 + 4)) < 4 * error
    True
    """
    n, k = answers.shape
    if k < 3 or n <= k:
        return np.nan, np.nan, np.nan
    deviations = answers - answers.mean(axis=0)
    fit = one_factor(deviations.T @ deviations / n)
    common, own = float(fit.loadings.sum() ** 2), float(fit.unique.sum())
    estimate = common / (common + own)
    if not fit.is_proper:
        return estimate, np.nan, np.nan
    total = common + own
    slope = np.repeat([2 * fit.loadings.sum() * own / total**2, -common / total**2], k)
    inverse, information = _inverse(fit.loadings, fit.unique), _information(fit.loadings, fit.unique)
    scaled = deviations @ inverse
    along = scaled @ fit.loadings
    scores = np.hstack([
        scaled * along[:, None] - inverse @ fit.loadings,
        (scaled**2 - np.diag(inverse)) / 2,
    ])  # fmt: skip
    direction = np.linalg.solve(information, slope)
    return (
        estimate,
        float(np.sqrt(slope @ direction / n)),
        float(np.sqrt(((scores @ direction) ** 2).sum()) / n),
    )


def one_factor(covariance: FloatArray) -> OneFactor:
    """Return the factor that makes a covariance matrix most likely.

    Parameters
    ----------
    covariance : numpy.ndarray of float64, shape (n_items, n_items)
        Three items or more, each of which varies.

    Returns
    -------
    OneFactor

    Notes
    -----
    Fisher scoring on the correlations, since the fit does not depend on units, with steps halved until
    ``log |S| + tr(R S^-1)`` falls.

    Examples
    --------
    >>> import numpy as np
    >>> loadings = np.array([0.9, 0.7, 0.5, 0.3])
    >>> fit = one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> fit.loadings.round(9).tolist(), fit.is_proper
    ([0.9, 0.7, 0.5, 0.3], True)
    """
    deviation = np.sqrt(np.diag(covariance))
    r, k = covariance / np.outer(deviation, deviation), len(covariance)
    values, vectors = np.linalg.eigh(r)
    first = vectors[:, -1] * np.sqrt(values[-1]) * 0.9
    x = np.concatenate([first, np.maximum(1 - first**2, LEAST_UNIQUE)])
    value = _misfit(x, r)
    for _ in range(MAX_STEPS):
        step = _scoring_step(x, r)
        x_new, value_new = x, value
        for halvings in range(30):
            moved = x + step / 2**halvings
            moved[k:] = np.maximum(moved[k:], LEAST_UNIQUE)
            value_moved = _misfit(moved, r)
            if value_moved <= value + 1e-14 * k:
                x_new, value_new = moved, value_moved
                break
        change, x, value = np.abs(x_new - x).max(), x_new, value_new
        if change < CLOSE:
            break
    sign = -1.0 if (x[:k] * deviation).sum() < 0 else 1.0
    is_proper = bool((x[k:] > LEAST_UNIQUE * (1 + 1e-6)).all())
    return OneFactor(sign * x[:k] * deviation, x[k:] * deviation**2, is_proper)


def _misfit(x: FloatArray, r: FloatArray) -> float:
    k = len(r)
    loadings, unique = x[:k], x[k:]
    ratio = 1 + loadings @ (loadings / unique)
    return float(np.log(unique).sum() + np.log(ratio) + (r * _inverse(loadings, unique)).sum())


def _scoring_step(x: FloatArray, r: FloatArray) -> FloatArray:
    """Return the step of Fisher's scoring, with own variances held that would fall below their least."""
    k = len(r)
    loadings, unique = x[:k], x[k:]
    inverse = _inverse(loadings, unique)
    residual = inverse - inverse @ r @ inverse
    gradient = np.concatenate([residual @ loadings, np.diag(residual) / 2])
    held = np.concatenate([np.zeros(k, dtype=bool), (unique <= LEAST_UNIQUE) & (gradient[k:] > 0)])
    free = np.flatnonzero(~held)
    step = np.zeros(2 * k)
    step[free] = -np.linalg.solve(_information(loadings, unique)[np.ix_(free, free)], gradient[free])
    return step


def _inverse(loadings: FloatArray, unique: FloatArray) -> FloatArray:
    """Return the inverse of ``l l' + diag(u)``, which needs no matrix to be inverted."""
    scaled = loadings / unique
    return np.asarray(np.diag(1 / unique) - np.outer(scaled, scaled) / (1 + loadings @ scaled))


def _information(loadings: FloatArray, unique: FloatArray) -> FloatArray:
    """Return the expected information of one respondent on loadings and own variances, shape (2 k, 2 k)."""
    inverse = _inverse(loadings, unique)
    along = inverse @ loadings
    of_loadings = inverse * (loadings @ along) + np.outer(along, along)
    across = inverse * along
    return np.block([[of_loadings, across], [across.T, inverse**2 / 2]])
