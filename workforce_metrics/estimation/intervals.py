"""Confidence intervals of means and shares from an estimate, its standard error and the design's degrees of freedom."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import normal_quantile

__all__ = ["SHARE_METHODS", "ShareMethod", "mean_interval", "share_interval"]

ShareMethod = Literal["logit", "wilson", "beta", "plain"]
SHARE_METHODS: tuple[ShareMethod, ...] = ("logit", "wilson", "beta", "plain")
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
    method: ShareMethod = "logit",
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of a share, missing where `df` is below 1.

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
    method : {"logit", "wilson", "beta", "plain"}
        Which interval; all but "plain" lie within 0 and 1.

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n_estimates,)

    Notes
    -----
    With ``a = 1 - conf_level`` and the effective number ``m = p (1 - p) / std_error^2 * (t(n - 1) / t(df))^2``:

    - "logit": ``expit(logit(p) -+ t(df) * std_error / (p (1 - p)))``;
    - "beta" (Korn and Graubard): the quantile ``a / 2`` of Beta(m p, m (1 - p) + 1) and the quantile ``1 - a / 2`` of
      Beta(m p + 1, m (1 - p)), Clopper and Pearson's interval on `m` respondents;
    - "wilson": ``(p + z^2 / 2m -+ z sqrt(p (1 - p) / m + z^2 / 4m^2)) / (1 + z^2 / m)`` with the normal quantile `z`,
      Wilson's interval on `m` respondents;
    - "plain": ``p -+ t(df) * std_error``, which may leave 0 to 1.

    At exactly 0 or 1 the standard error is 0 and says nothing. There "logit" and "beta" give Korn and Graubard's
    limits and "wilson" its own on ``m = n_effective * (t(n - 1) / t(df))^2``: "beta" from 0 to ``1 - (a / 2)^(1 / m)``,
    or from ``(a / 2)^(1 / m)`` to 1. With equal weights and no clusters that is Clopper and Pearson's interval. Neither
    knows of a finite population there, nor of likeness within clusters beyond the degrees of freedom. A share within 0
    and 1 whose standard error is 0 (every unit was drawn, or all clusters agree) has an interval of no width.

    References
    ----------
    Korn EL, Graubard BI (1998). Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 24, 193-201.

    Wilson EB (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Franco C, Little RJA, Louis TA, Slud EV (2019). Comparative study of confidence intervals for proportions in complex
    sample surveys. Journal of Survey Statistics and Methodology 7, 334-364. https://doi.org/10.1093/jssam/smy019

    Examples
    --------
    >>> import numpy as np
    >>> arrays = np.array([0.0]), np.array([0.0]), np.array([9]), np.array([10]), np.array([10.0])
    >>> low, high = share_interval(*arrays, conf_level=0.95)
    >>> float(low[0]), round(float(high[0]), 12) == round(1 - 0.025 ** (1 / 10), 12)
    (0.0, True)
    """
    if method == "plain":
        return mean_interval(share, std_error, df, conf_level=conf_level)
    t = _t_quantile(df, conf_level)
    low, high = np.full(len(share), np.nan), np.full(len(share), np.nan)
    inside = (share > 0) & (share < 1) & (df >= 1)
    no_width, known = inside & (std_error == 0), inside & (std_error > 0)
    low[no_width], high[no_width] = share[no_width], share[no_width]
    p, se = share[known], std_error[known]
    limits = _wilson_limits if method == "wilson" else _beta_limits
    if method == "logit":
        low[known], high[known] = _logit_limits(p, t[known] * se)
    else:
        m = p * (1 - p) / se**2 * (_t_quantile(n[known] - 1, conf_level) / t[known]) ** 2
        low[known], high[known] = limits(p, m, conf_level)
    edge = ((share <= 0) | (share >= 1)) & (df >= 1)
    m = n_effective[edge] * (_t_quantile(n[edge] - 1, conf_level) / t[edge]) ** 2
    low[edge], high[edge] = limits(share[edge], m, conf_level)
    return low, high


def _logit_limits(p: FloatArray, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    from scipy.special import expit, logit

    half = reach / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def _wilson_limits(p: FloatArray, m: FloatArray, conf_level: float) -> tuple[FloatArray, FloatArray]:
    z = normal_quantile(conf_level)
    centre, half = p + z**2 / (2 * m), z * np.sqrt(p * (1 - p) / m + (z / (2 * m)) ** 2)
    low, high = (centre - half) / (1 + z**2 / m), (centre + half) / (1 + z**2 / m)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


def _beta_limits(p: FloatArray, m: FloatArray, conf_level: float) -> tuple[FloatArray, FloatArray]:
    from scipy.special import betaincinv

    tail = (1 - conf_level) / 2
    low, high = np.zeros(len(p)), np.ones(len(p))
    above, below = p > 0, p < 1
    low[above] = betaincinv(m[above] * p[above], m[above] * (1 - p[above]) + 1, tail)
    high[below] = betaincinv(m[below] * p[below] + 1, m[below] * (1 - p[below]), 1 - tail)
    return low, high


def _t_quantile(df: CodeArray, conf_level: float) -> FloatArray:
    from scipy.special import stdtrit

    found, position = np.unique(df, return_inverse=True)  # many groups share one number
    quantile = np.asarray(stdtrit(np.where(found >= 1, found, np.nan), (1 + conf_level) / 2), dtype=np.float64)
    return quantile[position]
