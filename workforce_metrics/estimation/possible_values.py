"""Between which bounds a reader can place each unknown number, given the sums that are known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.estimation.rings import moved_by_rings
from workforce_metrics.groups import Codes

__all__ = ["Sums", "possible_values"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MANY, DIRECTIONS = 16, 6
"""Of more unknowns than that, some random directions are tried before each is looked at by itself."""

SLACK = 1e-7
"""What the solver may be out by."""


@dataclass(frozen=True)
class Sums:
    """Known sums of unknown numbers.

    Parameters
    ----------
    equation, unknown : numpy.ndarray of int64, shape (n_terms,)
        Which unknown stands in which equation; none twice in one.
    sign : numpy.ndarray of float64, shape (n_terms,)
        1, or -1 where it is subtracted.
    known : numpy.ndarray of float64, shape (n_equations,)
        What each equation comes to.
    low, high : numpy.ndarray of float64, shape (n_unknowns,)
        What is known of each unknown before; `high` may be infinite.
    """

    equation: Codes
    unknown: Codes
    sign: FloatArray
    known: FloatArray
    low: FloatArray
    high: FloatArray


def possible_values(
    sums: Sums, *, start: FloatArray | None = None, enough: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest and the largest value that each unknown can have.

    Parameters
    ----------
    sums : Sums
    start : numpy.ndarray of float64, shape (n_unknowns,), optional
        Values that satisfy all equations, from which a shortcut may start.
    enough : numpy.ndarray of float64, shape (n_unknowns,), optional
        Stop looking further where the values found are that far apart; bounds may then be wider than said.

    Returns
    -------
    low, high : numpy.ndarray of float64, shape (n_unknowns,)

    Raises
    ------
    InvalidDataError
        If no values satisfy the equations.

    Notes
    -----
    Unknowns that share no equation, directly or through others, are solved apart. One equation is solved at sight,
    several by linear programming, twice for each unknown; with `start`, squares of four that can be moved at once are
    tried first. Whole numbers are not asked for: the bounds hold for them too.

    Examples
    --------
    >>> import numpy as np
    >>> square = Sums(np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 2, 3, 0, 2, 1, 3]), np.ones(8),
    ...               np.array([12.0, 40, 20, 32]), np.zeros(4), np.full(4, np.inf))
    >>> [bound.tolist() for bound in possible_values(square)]
    [[0.0, 0.0, 8.0, 20.0], [12.0, 12.0, 20.0, 32.0]]
    """
    low, high = sums.low.copy(), sums.high.copy()
    for unknowns, terms in _pieces(sums):
        if not len(terms):
            continue
        piece = _only(sums, unknowns, terms)
        if len(piece.known) == 1:
            found = _of_one_sum(piece)
        else:
            found = _by_programming(
                piece,
                None if start is None else start[unknowns],
                np.full(len(unknowns), np.inf) if enough is None else enough[unknowns],
            )
        low[unknowns], high[unknowns] = found
    return low, high


def _pieces(sums: Sums) -> list[tuple[Codes, Codes]]:
    """Return the unknowns and the terms of each set of equations that share no unknown with another."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_unknowns, n_equations = len(sums.low), len(sums.known)
    nodes = n_unknowns + n_equations
    links = coo_array(
        (np.ones(len(sums.unknown)), (sums.unknown, n_unknowns + sums.equation)), shape=(nodes, nodes)
    ).tocsr()
    n_pieces, piece = connected_components(links, directed=False)
    of_term = piece[sums.unknown]
    by_unknown, by_term = np.argsort(piece[:n_unknowns], kind="stable"), np.argsort(of_term, kind="stable")
    first = np.searchsorted(piece[:n_unknowns][by_unknown], np.arange(n_pieces + 1))
    first_term = np.searchsorted(of_term[by_term], np.arange(n_pieces + 1))
    return [
        (by_unknown[first[i] : first[i + 1]], by_term[first_term[i] : first_term[i + 1]])
        for i in range(n_pieces)
        if first[i] < first[i + 1]
    ]


def _only(sums: Sums, unknowns: Codes, terms: Codes) -> Sums:
    equations, equation = np.unique(sums.equation[terms], return_inverse=True)
    place = np.searchsorted(unknowns, sums.unknown[terms])  # in ascending order, being sorted stably
    return Sums(equation, place, sums.sign[terms], sums.known[equations], sums.low[unknowns], sums.high[unknowns])


def _of_one_sum(piece: Sums) -> tuple[FloatArray, FloatArray]:
    """Return the bounds by one equation: each is what the others leave, at their most and at their least."""
    sign = np.empty(len(piece.low))
    sign[piece.unknown] = piece.sign
    least, most = np.where(sign > 0, piece.low, -piece.high), np.where(sign > 0, piece.high, -piece.low)
    known = float(piece.known[0])
    if least.sum() > known + SLACK * max(1.0, abs(known)) or most.sum() < known - SLACK * max(1.0, abs(known)):
        raise _contradiction()
    endless = np.isinf(most)
    rest = np.where(endless, 0.0, most).sum() - np.where(endless, 0.0, most)
    others_endless = endless.sum() - endless > 0
    endless_below = np.isinf(least)
    rest_below = np.where(endless_below, 0.0, least).sum() - np.where(endless_below, 0.0, least)
    others_below = endless_below.sum() - endless_below > 0
    lowest = np.maximum(least, np.where(others_endless, -np.inf, known - rest))
    highest = np.minimum(most, np.where(others_below, np.inf, known - rest_below))
    return np.where(sign > 0, lowest, -highest), np.where(sign > 0, highest, -lowest)


def _by_programming(piece: Sums, start: FloatArray | None, enough: FloatArray) -> tuple[FloatArray, FloatArray]:
    from scipy.sparse import coo_array

    n = len(piece.low)
    matrix = coo_array((piece.sign, (piece.equation, piece.unknown)), shape=(len(piece.known), n)).tocsr()
    if start is None or not np.isfinite(enough).any():
        return _one_by_one(matrix, piece, piece.low.copy(), piece.high.copy(), np.full(n, np.inf))
    enough = np.minimum(enough, _widest(piece))
    low, high = moved_by_rings(piece.equation, piece.unknown, piece.sign, start=start, high=piece.high, enough=enough)
    random = np.random.default_rng(0)
    for _ in range(DIRECTIONS if n > MANY else 0):
        if (high - low >= enough).all():
            break
        values = _extreme(matrix, piece, random.choice([-1.0, 1.0], n))
        if values is not None:
            low, high = np.minimum(low, values), np.maximum(high, values)
    return _one_by_one(matrix, piece, low, high, enough)


def _widest(piece: Sums) -> FloatArray:
    """Return what no spread can be more than: of a sum of numbers of 0 and more, each lies between 0 and the sum."""
    is_sum = np.ones(len(piece.known), dtype=bool)
    is_sum[piece.equation[(piece.sign < 0) | (piece.low[piece.unknown] < 0)]] = False
    widest = np.full(len(piece.low), np.inf)
    of_sums = is_sum[piece.equation]
    np.minimum.at(widest, piece.unknown[of_sums], piece.known[piece.equation[of_sums]])
    return np.asarray(np.minimum(widest, piece.high - piece.low))


def _one_by_one(
    matrix: Any, piece: Sums, low: FloatArray, high: FloatArray, enough: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of each unknown by itself, but of those whose values found already are far enough apart."""
    exact = not np.isfinite(enough).any()
    for unknown in range(len(low)):
        for sign in (1.0, -1.0):
            if not exact and high[unknown] - low[unknown] >= enough[unknown]:
                break
            values = _extreme(matrix, piece, sign * (np.arange(len(low)) == unknown))
            if exact:
                bound = low if sign > 0 else high
                bound[unknown] = -sign * np.inf if values is None else values[unknown]
            elif values is None:
                high[unknown] = np.inf
            else:
                low, high = np.minimum(low, values), np.maximum(high, values)
    return low, high


def _extreme(matrix: Any, piece: Sums, direction: FloatArray) -> FloatArray | None:
    """Return the values that make ``direction @ values`` least; None where it has no least."""
    from scipy.optimize import linprog

    made = linprog(
        direction,
        A_eq=matrix,
        b_eq=piece.known,
        bounds=list(zip(piece.low.tolist(), piece.high.tolist(), strict=True)),
        method="highs",
    )
    if made.status == 0:
        return np.asarray(made.x, dtype=np.float64)
    if made.status == 3:
        return None
    raise _contradiction()


def _contradiction() -> InvalidDataError:
    return InvalidDataError(
        "tables", "numbers that add up", "sums that no numbers satisfy", "put together tables of the same people"
    )
