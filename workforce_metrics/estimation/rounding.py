"""Numbers of people rounded, and estimates with them, so that no figure tells more than the rounded number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError

__all__ = ["check_round_to", "coarse_step", "rounded"]

FloatArray = npt.NDArray[np.float64]

COUNTS = ("n", "n_missing", "n_risk", "n_event", "n_censor", "n_entry")


def check_round_to(round_to: int | None) -> int | None:
    """Return `round_to` if it is None or a whole number of 2 or more, else refuse it.

    Examples
    --------
    >>> check_round_to(5)
    5
    """
    if round_to is None:
        return None
    if isinstance(round_to, bool) or not isinstance(round_to, (int, np.integer)) or round_to < 2:
        raise InvalidArgumentError("round_to", "a whole number of 2 or more", repr(round_to), "write round_to=5")
    return int(round_to)


def coarse_step(n: FloatArray, worth: float = 1.0) -> FloatArray:
    """Return what estimates of `n` people are rounded to: 1, 2 or 5 times a power of ten, ``worth / n`` or more.

    Parameters
    ----------
    n : numpy.ndarray of float64, shape (n_rows,)
        Above 0; NaN gives NaN.
    worth : float
        How many people's answers a step is to be worth, where an answer changes by 1.

    Examples
    --------
    >>> import numpy as np
    >>> coarse_step(np.array([18.0, 98.0, 1000.0])).round(6).tolist()
    [0.1, 0.02, 0.001]
    """
    least = worth / n
    power = 10.0 ** np.floor(np.log10(least) + 1e-9)
    times = np.ceil(np.round(least / power, 9))
    return np.asarray(power * np.select([times <= 1, times <= 2, times <= 5], [1.0, 2.0, 5.0], 10.0))


def rounded(frame: pd.DataFrame, base: int, *, keep: tuple[str, ...]) -> pd.DataFrame:
    """Return a table with its numbers of people as multiples of `base` and nothing that tells them more exactly.

    Parameters
    ----------
    frame : pandas.DataFrame
        With `n`, missing in hidden rows.
    base : int
    keep : tuple of str
        Columns that stay as they are.

    Returns
    -------
    pandas.DataFrame

    Notes
    -----
    A share is a whole number over `n`, so many decimals of it tell `n`. The estimate is rounded to a step
    (`coarse_step`) of two people's worth in the smallest group that the rounded `n` may stand for: each whole `n`
    within half of `base` of the rounded one then has a share that rounds to the same figure; so has a mean of answers
    that differ by whole numbers or less. Every other column of numbers is made missing. Limits would tell more than
    they say: where they are rounded too, some pairs of estimate and limits belong to one `n` only.

    Examples
    --------
    >>> import pandas as pd
    >>> rounded(pd.DataFrame({"estimate": [17 / 43], "n": [43], "df": [42]}), 5, keep=()).to_dict("records")
    [{'estimate': 0.4, 'n': 45, 'df': nan}]
    """
    made = frame.copy()
    n = base * np.floor(frame["n"].to_numpy(dtype=np.float64, na_value=np.nan) / base + 0.5)
    step = coarse_step(np.maximum(n - base / 2, 1.0), worth=2.0)
    for name in frame.columns:
        if name in keep:
            continue
        if name in COUNTS:
            number = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            made[name] = pd.array(base * np.floor(number / base + 0.5), dtype="Int64")
        elif name == "estimate":
            value = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            made[name] = np.round(np.floor(np.round(value / step, 9) + 0.5) * step, 12)
        else:
            made[name] = np.nan
    return made
