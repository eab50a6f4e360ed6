"""Composites: the mean over items of each item's share, with its linearised standard error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["composite"]

Floats = npt.NDArray[np.float64]


def composite(
    positive: Floats, codes: npt.NDArray[np.int64], n_groups: int, *, conf_level: float
) -> dict[str, npt.NDArray[np.float64] | npt.NDArray[np.int64]]:
    """Return the composite of every group.

    Parameters
    ----------
    positive : numpy.ndarray
        Shape (n_respondents, n_items): 1, 0, NaN where not answered.
    codes : numpy.ndarray
        Shape (n_respondents,): the group of each, -1 for none.
    n_groups : int
        Number of groups.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    dict of str to numpy.ndarray
        `estimate`, `std_error`, `conf_low`, `conf_high`, `n`, `n_missing`, each of shape (n_groups,).

    Examples
    --------
    >>> import numpy as np
    >>> found = composite(np.array([[1.0, 0.0], [1.0, np.nan]]), np.array([0, 0]), 1, conf_level=0.95)
    >>> found["estimate"].tolist(), found["n"].tolist()
    ([0.5], [2])
    """
    there = codes >= 0
    group, answers = codes[there], positive[there]
    answered = ~np.isnan(answers)
    n_items, n_all = positive.shape[1], len(positive)
    estimate, influence = np.zeros(n_groups), np.zeros(len(group))
    for item in range(n_items):
        n_answered = np.bincount(group, weights=answered[:, item], minlength=n_groups)
        counted = np.where(answered[:, item], answers[:, item], 0.0)
        share = np.full(n_groups, np.nan)
        np.divide(np.bincount(group, weights=counted, minlength=n_groups), n_answered, out=share, where=n_answered > 0)
        estimate += share / n_items
        deviation = np.where(answered[:, item], counted - share[group], 0.0)
        influence += deviation / (n_items * np.maximum(n_answered[group], 1))
    n_there = np.bincount(group, minlength=n_groups)
    n = np.bincount(group, weights=answered.any(axis=1), minlength=n_groups).astype(np.int64)
    squares = np.bincount(group, weights=influence**2, minlength=n_groups)
    std_error = np.full(n_groups, np.nan)
    is_measured = (n > 1) & ~np.isnan(estimate)
    std_error[is_measured] = np.sqrt(squares[is_measured] * n_all / (n_all - 1))
    low, high = _interval(estimate, std_error, n, conf_level)
    return {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "n": n,
        "n_missing": n_there - n,
    }


def _interval(
    estimate: Floats, std_error: Floats, n: npt.NDArray[np.int64], conf_level: float
) -> tuple[Floats, Floats]:
    """Return limits inside 0 and 1: symmetric on the logit scale, with the t quantile of n - 1 degrees of freedom."""
    from scipy.special import expit, logit, stdtrit

    low, high = np.full(len(estimate), np.nan), np.full(len(estimate), np.nan)
    inside = (estimate > 0) & (estimate < 1) & ~np.isnan(std_error)
    share = estimate[inside]
    reach = stdtrit(n[inside] - 1, (1 + conf_level) / 2) * std_error[inside] / (share * (1 - share))
    low[inside], high[inside] = expit(logit(share) - reach), expit(logit(share) + reach)
    return low, high
