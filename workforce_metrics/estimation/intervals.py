"""Confidence intervals of means and shares from an estimate, its standard error and the design's degrees of freedom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["mean_interval", "share_interval"]

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.int64]


def mean_interval(
    mean: FloatArray, std_error: FloatArray, df: CodeArray, *, conf_level: float
) -> tuple[FloatArray, FloatArray]:
    """Return ``mean -+ t(df) * std_error``, missing where `df` is below 1.

    Parameters
    ----------
    mean, std_error : numpy.ndarray of float64, shape (n,)
        Estimates and their standard errors.
    df : numpy.ndarray of int64, shape (n,)
        Degrees of freedom.
    conf_level : float
        In (0, 1).

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n,)

    Notes
    -----
    Answers that are all alike have the standard error 0 and so an interval of no width: that is what the formula
    gives, and it says that the answers did not vary, not that the mean is known.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = mean_interval(np.array([5.0]), np.array([1.0]), np.array([1]), conf_level=0.5)
    >>> [round(float(limit[0]), 12) for limit in (low, high)]  # t with one degree of freedom: the quartile is 1
    [4.0, 6.0]
    """
    half = _t_quantile(df, conf_level) * std_error
    return mean - half, mean + half


def share_interval(
    share: FloatArray,
    std_error: FloatArray,
    df: CodeArray,
    n: CodeArray,
    n_effective: FloatArray,
    *,
    conf_level: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of a share, within (0, 1) on the logit scale, missing where `df` is below 1.

    Parameters
    ----------
    share, std_error : numpy.ndarray of float64, shape (n_estimates,)
        Shares in [0, 1] and their standard errors.
    df, n : numpy.ndarray of int64, shape (n_estimates,)
        Degrees of freedom, and how many answered.
    n_effective : numpy.ndarray of float64, shape (n_estimates,)
        Kish's effective number of those who answered.
    conf_level : float
        In (0, 1).

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n_estimates,)

    Notes
    -----
    Between 0 and 1: ``expit(logit(p) -+ t(df) * std_error / (p (1 - p)))``. At exactly 0 or 1 the standard error
    says nothing; there the limits are those of Korn and Graubard, Clopper and Pearson's on the effective number
    ``m = n_effective * (t(n - 1) / t(df))^2``: from 0 to ``1 - (a / 2)^(1 / m)``, or from ``(a / 2)^(1 / m)`` to 1,
    with ``a = 1 - conf_level``. With equal weights and no clusters that is Clopper and Pearson's interval. Neither
    knows of a finite population there, nor of likeness within clusters beyond the degrees of freedom.

    References
    ----------
    Korn EL, Graubard BI (1998). Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 24, 193-201.

    Examples
    --------
    >>> import numpy as np
    >>> arrays = np.array([0.0]), np.array([0.0]), np.array([9]), np.array([10]), np.array([10.0])
    >>> low, high = share_interval(*arrays, conf_level=0.95)
    >>> float(low[0]), round(float(high[0]), 12) == round(1 - 0.025 ** (1 / 10), 12)
    (0.0, True)
    """
    from scipy.special import expit, logit

    t = _t_quantile(df, conf_level)
    low, high = np.full(len(share), np.nan), np.full(len(share), np.nan)
    inside = (share > 0) & (share < 1)
    p = share[inside]
    half = t[inside] * std_error[inside] / (p * (1 - p))
    low[inside], high[inside] = expit(logit(p) - half), expit(logit(p) + half)

    edge = ((share <= 0) | (share >= 1)) & (df >= 1)
    at_one = share[edge] >= 1
    m = n_effective[edge] * (_t_quantile(n[edge] - 1, conf_level) / t[edge]) ** 2
    reach = ((1 - conf_level) / 2) ** (1 / m)
    low[edge], high[edge] = np.where(at_one, reach, 0.0), np.where(at_one, 1.0, 1 - reach)
    return low, high


def _t_quantile(df: CodeArray, conf_level: float) -> FloatArray:
    from scipy.special import stdtrit

    quantile = stdtrit(np.where(df >= 1, df, np.nan), (1 + conf_level) / 2)
    return np.asarray(quantile, dtype=np.float64)
