"""Many tests at once: p-values adjusted by a named rule."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError

__all__ = ["ADJUSTMENTS", "Adjustment", "adjusted_p_values", "check_adjustment"]

FloatArray = npt.NDArray[np.float64]
Adjustment = Literal["none", "bonferroni", "holm", "bh"]
ADJUSTMENTS = ("none", "bonferroni", "holm", "bh")


def check_adjustment(adjust: Adjustment) -> Adjustment:
    """Return the name of a rule if it is one, else refuse it.

    Examples
    --------
    >>> check_adjustment("holm")
    'holm'
    """
    if adjust not in ADJUSTMENTS:
        raise InvalidArgumentError(
            "adjust", " or ".join(map(repr, ADJUSTMENTS)), repr(adjust), "name how many tests at once are allowed for"
        )
    return adjust


def adjusted_p_values(p_value: FloatArray, adjust: Adjustment) -> FloatArray:
    """Return p-values adjusted for being tested together.

    Parameters
    ----------
    p_value : numpy.ndarray of float64, shape (n_tests,)
        NaN where no test was made; those do not count as tests.
    adjust : {"none", "bonferroni", "holm", "bh"}
        "bonferroni" and "holm" bound the chance of any false finding (Holm's is never weaker), "bh" the expected share
        of false ones among the findings.

    Returns
    -------
    numpy.ndarray of float64, shape (n_tests,)

    Notes
    -----
    With the p-values in ascending order, ``i`` from 1 to ``m``: Bonferroni ``m p``; Holm the running maximum of
    ``(m - i + 1) p_i``; Benjamini and Hochberg the running minimum, from the largest down, of ``m p_i / i``; none above
    1. As ``p.adjust`` of R.

    References
    ----------
    Holm S (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate. Journal of the Royal Statistical Society B 57,
    289-300. https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([0.01, 0.04, np.nan, 0.03])
    >>> adjusted_p_values(p, "holm").round(10).tolist()
    [0.03, 0.06, nan, 0.06]
    >>> adjusted_p_values(p, "bh").round(10).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    adjusted = p_value.copy()
    tested = np.flatnonzero(~np.isnan(p_value))
    order = tested[np.argsort(p_value[tested], kind="stable")]
    ascending, m = p_value[order], len(order)
    rank = np.arange(1, m + 1)
    if adjust == "bonferroni":
        adjusted[order] = m * ascending
    elif adjust == "holm":
        adjusted[order] = np.maximum.accumulate((m - rank + 1) * ascending)
    elif adjust == "bh":
        adjusted[order] = np.minimum.accumulate((m / rank * ascending)[::-1])[::-1]
    return np.minimum(adjusted, 1.0)
