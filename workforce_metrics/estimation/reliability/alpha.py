"""Cronbach's alpha, its interval by three methods, and what each item contributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.results import normal_quantile

__all__ = ["INTERVALS", "Alpha", "IntervalMethod", "alpha_interval", "cronbach_alpha", "log_interval"]

FloatArray = npt.NDArray[np.float64]
IntervalMethod = Literal["feldt", "bonett", "distribution_free"]
INTERVALS = ("feldt", "bonett", "distribution_free")


@dataclass(frozen=True)
class Alpha:
    """Alpha of a scale and of the scale without each item.

    Parameters
    ----------
    estimate : float
        Cronbach's alpha.
    normal_error, free_error : float
        Its standard error if answers were normal, and without that assumption.
    item_rest : numpy.ndarray of float64, shape (n_items,)
        Correlation of each item with the sum of the others.
    without : numpy.ndarray of float64, shape (n_items,)
        Alpha of the others, missing where there are fewer than two.
    """

    estimate: float
    normal_error: float
    free_error: float
    item_rest: FloatArray
    without: FloatArray


def cronbach_alpha(answers: FloatArray) -> Alpha:
    """Return alpha and what goes with it.

    Parameters
    ----------
    answers : numpy.ndarray of float64, shape (n_respondents, n_items)
        Complete, with two items or more, each of which varies.

    Returns
    -------
    Alpha

    Notes
    -----
    With the covariance matrix ``C`` of ``k`` items, its trace ``t`` and the sum ``s`` of its entries, alpha is
    ``k / (k - 1) (1 - t / s)``. The standard error of normal answers is that of van Zyl, Neudecker and Nel (2000):
    ``2 k^2 / ((k - 1)^2 s^3) (s (tr C^2 + t^2) - 2 t 1'C^2 1) / n``. The other is that of the mean of each
    respondent's influence ``k / (k - 1) (t s_i / s^2 - t_i / s)``, with ``t_i`` and ``s_i`` the respondent's own sum of
    squared deviations and squared sum of deviations (the asymptotically distribution-free one).

    Examples
    --------
    >>> import numpy as np
    >>> found = cronbach_alpha(np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0], [4.0, 3.0]]))
    >>> round(found.estimate, 12), found.item_rest.round(12).tolist()  # r = 0.6, so 2 r / (1 + r)
    (0.75, [0.6, 0.6])
    """
    n, k = answers.shape
    deviations = answers - answers.mean(axis=0)
    c = deviations.T @ deviations / (n - 1)
    trace, total, per_item, own = float(np.trace(c)), float(c.sum()), c.sum(axis=1), np.diag(c)
    factor = k / (k - 1)
    spread = total * ((c * c).sum() + trace**2) - 2 * trace * (per_item @ per_item)
    squares, summed = (deviations**2).sum(axis=1), deviations.sum(axis=1) ** 2
    influence = factor * (trace * summed / total**2 - squares / total)
    rest = total - 2 * per_item + own
    without = np.full(k, np.nan)
    if k > 2:
        without = (k - 1) / (k - 2) * (1 - (trace - own) / rest)
    return Alpha(
        estimate=factor * (1 - trace / total),
        normal_error=float(np.sqrt(2 * factor**2 / total**3 * spread / n)),
        free_error=float(influence.std(ddof=1) / np.sqrt(n)),
        item_rest=(per_item - own) / np.sqrt(own * rest),
        without=without,
    )


def alpha_interval(
    alpha: Alpha, *, n: int, n_items: int, method: IntervalMethod, conf_level: float
) -> tuple[float, float, float]:
    """Return the standard error and the limits of alpha.

    Parameters
    ----------
    alpha : Alpha
    n, n_items : int
        Respondents with every answer, and items.
    method : {"feldt", "bonett", "distribution_free"}
        Feldt's exact interval of parallel normal items; Bonett's large-sample one; or the one that assumes neither.
    conf_level : float
        In (0, 1).

    Returns
    -------
    std_error, low, high : float

    Notes
    -----
    Feldt: ``1 - (1 - alpha) F`` with the quantiles of F of ``n - 1`` and ``(n - 1)(k - 1)`` degrees of freedom.
    Bonett: ``1 - exp(log(1 - alpha) +- z sqrt(2 k / ((k - 1)(n - 2))))``. Distribution-free: that of `log_interval`.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.zeros(3)
    >>> limits = alpha_interval(Alpha(0.8, 0.01, 0.02, flat, flat), n=101, n_items=3, method="feldt", conf_level=0.95)
    >>> [round(limit, 4) for limit in limits]
    [0.01, 0.7215, 0.8592]
    """
    from scipy.special import fdtri

    rest, factor = 1 - alpha.estimate, n_items / (n_items - 1)
    if method == "feldt":
        tail, df = (1 - conf_level) / 2, (n - 1, (n - 1) * (n_items - 1))
        return alpha.normal_error, 1 - rest * float(fdtri(*df, 1 - tail)), 1 - rest * float(fdtri(*df, tail))
    if method == "bonett":
        half = normal_quantile(conf_level) * float(np.sqrt(2 * factor / (n - 2))) if n > 2 else np.nan
        return alpha.normal_error, float(1 - rest * np.exp(half)), float(1 - rest * np.exp(-half))
    return (alpha.free_error, *log_interval(alpha.estimate, alpha.free_error, conf_level=conf_level))


def log_interval(estimate: float, std_error: float, *, conf_level: float) -> tuple[float, float]:
    """Return limits of a reliability, below 1: those of ``log(1 - estimate)``, taken back.

    Examples
    --------
    >>> [round(limit, 4) for limit in log_interval(0.8, 0.02, conf_level=0.95)]
    [0.7567, 0.8356]
    """
    rest = 1 - estimate
    half = normal_quantile(conf_level) * std_error / rest if rest > 0 else np.nan
    return float(1 - rest * np.exp(half)), float(1 - rest * np.exp(-half))
