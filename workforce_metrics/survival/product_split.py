"""The change of a product of factors, split among them: the average over all orders in which they may change."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
import numpy.typing as npt

__all__ = ["split_product"]

Floats = npt.NDArray[np.float64]


def split_product(first: Sequence[Floats], second: Sequence[Floats]) -> Floats:
    """Return what each factor's change does to the product of all.

    Parameters
    ----------
    first, second : sequence of ndarray of float64
        The k factors before and after, in the same order; shapes that broadcast to one another.

    Returns
    -------
    ndarray of float64, shape (k, ...)
        The effects; over the factors they add up to ``prod(second) - prod(first)`` in every cell.

    Notes
    -----
    When factor i changes while the factors of a set S have changed already, the product moves by ``second[i] -
    first[i]`` times the second values of S and the first values of the rest. Of all k! orders ``|S|! (k-1-|S|)!`` let
    just those go before; so each set has the weight ``|S|! (k-1-|S|)! / k!``, the same for all sets of one size. Sums
    over the sets of each size grow factor by factor, as the coefficients of a product of polynomials. For k = 3 the
    weights are 1/3, 1/6, 1/3; for k = 4 they are 1/4, 1/12, 1/12, 1/4.

    References
    ----------
    Das Gupta P (1993). Standardization and decomposition of rates: a user's manual. US Bureau of the Census, Current
    Population Reports P23-186.

    Examples
    --------
    >>> import numpy as np
    >>> split_product([np.array(2.0), np.array(3.0)], [np.array(4.0), np.array(5.0)]).tolist()
    [8.0, 6.0]
    """
    k = len(first)
    weights = np.array([factorial(size) * factorial(k - 1 - size) for size in range(k)]) / factorial(k)
    effects = []
    for i in range(k):
        of_size: list[Floats] = [np.array(1.0)]  # sum over the sets of 0, 1, ... factors at their second value
        for old, new in ((first[j], second[j]) for j in range(k) if j != i):
            nothing = np.zeros_like(old)
            not_there, there = [s * old for s in of_size], [s * new for s in of_size]
            of_size = [a + b for a, b in zip([*not_there, nothing], [nothing, *there], strict=True)]
        effects.append((second[i] - first[i]) * sum(w * s for w, s in zip(weights, of_size, strict=True)))
    return np.stack(np.broadcast_arrays(*effects))
