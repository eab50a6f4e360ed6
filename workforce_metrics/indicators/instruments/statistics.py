"""From the mean of the answered items to the score: sums, percentages, converted sums."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from workforce_metrics.indicators.item_means import Means

__all__ = ["score_values"]


def score_values(
    means: Means, statistic: str, *, n_items: int, low: float, high: float, conversion: Mapping[int, float]
) -> npt.NDArray[np.float64]:
    """Return the score of every respondent.

    Parameters
    ----------
    means : Means
        Of items whose values are whole numbers.
    statistic : {"mean", "sum", "percent", "converted"}
        See `workforce_metrics.codebooks.instrument_records.STATISTICS`.
    n_items : int
        Number of items of the score.
    low, high : float
        The least and the greatest value of an item.
    conversion : mapping of int to float
        Sum of all items to published value, for "converted".

    Returns
    -------
    numpy.ndarray
        Shape (n_respondents,), float64, NaN where the mean is.

    Notes
    -----
    With t the sum over the k answered of n items: mean t / k, sum t n / k, percent 100 (t - k low) / (k (high - low)).
    Each is one division of whole numbers, so a score that stands on a cut-off stands on it exactly.

    Examples
    --------
    >>> import numpy as np
    >>> means = Means(np.array([1.4, np.nan]), np.array([5, 2], dtype=np.int16))
    >>> score_values(means, "percent", n_items=5, low=0, high=5, conversion={}).tolist()
    [28.0, nan]
    """
    if statistic == "mean":
        return means.mean
    n_answered = np.maximum(means.n_answered, 1).astype(np.float64)
    total = np.rint(means.mean * n_answered)
    if statistic == "sum":
        return total * n_items / n_answered
    if statistic == "percent":
        return 100 * (total - n_answered * low) / (n_answered * (high - low))
    return _converted(total, conversion)


def _converted(total: npt.NDArray[np.float64], conversion: Mapping[int, float]) -> npt.NDArray[np.float64]:
    least = min(conversion)
    published = np.array([conversion[value] for value in range(least, max(conversion) + 1)])
    there = ~np.isnan(total)
    values = np.full(len(total), np.nan)
    values[there] = published[total[there].astype(np.int64) - least]
    return values
