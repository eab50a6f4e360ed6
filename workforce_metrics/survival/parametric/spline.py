"""Restricted cubic splines of the logarithm of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError

__all__ = ["DEFAULT_DF", "chosen_knots", "least_rise", "spline_basis"]

Floats = npt.NDArray[np.float64]
DEFAULT_DF = 3
POINTS_BETWEEN_KNOTS = 50


def spline_basis(log_time: Floats, knots: Floats) -> tuple[Floats, Floats]:
    """Return the columns of a restricted cubic spline and their derivatives, each of shape (n, df).

    Parameters
    ----------
    log_time : ndarray of float64, shape (n,)
    knots : ndarray of float64, shape (df + 1,)
        Ascending; the spline is straight before the first and after the last.

    Notes
    -----
    The first column is u, the logarithm of time. For each inner knot k, with those at the ends a and b and
    ``l = (b - k) / (b - a)``: ``(u - k)+^3 - l (u - a)+^3 - (1 - l) (u - b)+^3``.

    References
    ----------
    Royston P, Parmar MKB (2002). Stat Med 21:2175-2197. doi:10.1002/sim.1203

    Examples
    --------
    >>> columns, derivative = spline_basis(np.array([-1.0, 1.5, 3.0]), np.array([0.0, 1.0, 2.0]))
    >>> columns[:, 1].tolist(), derivative[:, 1].tolist()
    ([0.0, -1.5625, -6.0], [0.0, -2.625, -3.0])
    """
    first, inner, last = knots[0], knots[1:-1], knots[-1]
    share = (last - inner) / (last - first)
    above = np.maximum(log_time[:, None] - knots, 0.0)
    cubes, squares = above**3, 3 * above**2
    columns, derivatives = (p[:, 1:-1] - p[:, :1] * share - p[:, -1:] * (1 - share) for p in (cubes, squares))
    straight = np.ones(len(log_time))
    return np.column_stack((log_time, columns)), np.column_stack((straight, derivatives))


def least_rise(knots: Floats, shape: Floats) -> float:
    """Return the smallest slope of the spline over all times; the hazard is positive where it is.

    Examples
    --------
    >>> least_rise(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0]))
    1.0
    """
    between = np.linspace(knots[:-1], knots[1:], POINTS_BETWEEN_KNOTS).ravel()
    _, derivative = spline_basis(between, knots)
    return float((derivative @ shape).min())


def chosen_knots(
    time: Floats, weight: Floats, *, df: int | None, knots: Sequence[float] | None, time_unit: str
) -> Floats:
    """Return the logarithms of the knots' times, shape (df + 1,).

    Parameters
    ----------
    time, weight : ndarray of float64, shape (n_leavings,)
        When people left, and how many.
    df : int or None
    knots : sequence of float or None
        Times, the ends included.
    time_unit : str

    Notes
    -----
    Unless given, at the first and last leaving and at equally spaced quantiles between: the first time by which that
    share has left.

    Raises
    ------
    InvalidArgumentError, InvalidDataError
        If the knots are not ascending times, or leavings are at too few times to tell them apart.

    Examples
    --------
    >>> np.exp(chosen_knots(np.arange(1.0, 10.0), np.ones(9), df=3, knots=None, time_unit="years")).round(9).tolist()
    [1.0, 3.0, 6.0, 9.0]
    """
    if knots is not None:
        if df is not None:
            raise InvalidArgumentError("knots", "knots or df", "both", "leave df out")
        given = np.asarray(knots, dtype=np.float64)
        if len(given) < 3 or not (given[0] > 0 and np.isfinite(given).all() and (np.diff(given) > 0).all()):
            fix = "with two knots the spline is a Weibull model: write distribution='weibull'"
            raise InvalidArgumentError(
                "knots", f"at least three ascending times after 0, in {time_unit}", repr(knots), fix
            )
        return np.log(given)
    order = np.argsort(time, kind="stable")
    reached = np.cumsum(weight[order])
    n = DEFAULT_DF if df is None else df
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 2:
        raise InvalidArgumentError("df", "a whole number from 2", repr(df), "for df=1 write distribution='weibull'")
    share = np.arange(n + 1) / n * reached[-1]
    at = np.minimum(np.searchsorted(reached, share * (1 - 1e-12)), len(time) - 1)
    found = np.log(time[order][at])
    if (np.diff(found) <= 0).any():
        raise InvalidDataError(
            "cohort", f"leavings at times enough for df={n}", "knots that coincide", "take a smaller df, or give knots"
        )
    return np.asarray(found)
