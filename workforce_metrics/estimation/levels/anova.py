"""Variance components of nested groups by the analysis of variance: exact expected sums of squares, and a jackknife."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.levels.nested_sums import NestedSums
from workforce_metrics.estimation.levels.spread import Spread

__all__ = ["AnovaSums", "anova_sums", "components", "jackknife"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AnovaSums:
    """What the analysis of variance needs, of each group of level 0 apart; the last axis is that group.

    Levels are numbered 1 (the largest groups) to K, persons are K + 1, and 0 is all together.

    Parameters
    ----------
    n, total : numpy.ndarray of float64, shape (n_top,)
        Respondents who answered, and the sum of their answers, measured from the mean of all.
    n_squared : numpy.ndarray of float64, shape (K + 1, n_top)
        For level m: the sum of squared numbers of respondents of its groups.
    squares : numpy.ndarray of float64, shape (K + 1, n_top)
        For level l: the sum over its groups of ``n * mean^2``; for persons the sum of squares.
    expected : numpy.ndarray of float64, shape (K + 1, K + 1, n_top)
        How many times component m stands in the expectation of ``squares[l]``.
    """

    n: FloatArray
    total: FloatArray
    n_squared: FloatArray
    squares: FloatArray
    expected: FloatArray


def anova_sums(sums: NestedSums) -> AnovaSums:
    """Return the sums of squares and their expectations, of each group of level 0 apart.

    Parameters
    ----------
    sums : NestedSums

    Returns
    -------
    AnovaSums

    Notes
    -----
    With ``n_g`` the respondents of group g, ``T_l = sum_g n_g mean_g^2`` over the groups of level l has the
    expectation ``N mu^2 + sum_m k_lm sigma_m^2`` with ``k_lm = N`` for m up to l, and ``sum_h n_h^2 / n_g(h)`` over
    the groups h of level m, g(h) being the group of level l that h lies in, for m beyond l.
    """
    n_levels = len(sums.parents)
    size: list[FloatArray] = [sums.n]
    total: list[FloatArray] = [sums.n * sums.mean]
    for parent, n_above in zip(sums.parents[:0:-1], sums.n_groups[-2::-1], strict=True):
        size.insert(0, _added(parent, size[0], n_above))
        total.insert(0, _added(parent, total[0], n_above))
    n_top, n = len(size[0]), size[0]
    squares, n_squared = np.zeros((n_levels + 1, n_top)), np.zeros((n_levels + 1, n_top))
    expected = np.zeros((n_levels + 1, n_levels + 1, n_top)) + n
    for level in range(n_levels):
        top = _ancestor(sums, level, 0)
        squares[level] = np.bincount(top, total[level] ** 2 / size[level], n_top)
        n_squared[level] = np.bincount(top, size[level] ** 2, n_top)
        for above in range(level):
            share = size[level] ** 2 / size[above][_ancestor(sums, level, above)]
            expected[above, level] = np.bincount(top, share, n_top)
        expected[level, n_levels] = np.bincount(top, minlength=n_top)
    n_squared[n_levels] = n
    squares[n_levels] = squares[n_levels - 1] + np.bincount(_ancestor(sums, n_levels - 1, 0), sums.within, n_top)
    return AnovaSums(n, total[0], n_squared, squares, expected)


def components(sums: AnovaSums, *, without: bool = False) -> FloatArray:
    """Return the variance components, level 1 first and persons last, as the equations give them.

    Parameters
    ----------
    sums : AnovaSums
    without : bool, default False
        Whether to return, for each group of level 0, the components of all the others.

    Returns
    -------
    numpy.ndarray of float64, shape (K + 1,), or (K + 1, n_top) where `without`
        May be negative; NaN where a level has no degree of freedom.

    Notes
    -----
    ``T_l - T_(l-1)`` set equal to its expectation, solved from persons upwards (Henderson's method 1, which for
    nested groups is the analysis of variance).
    """

    def over(part: FloatArray) -> FloatArray:
        whole = part.sum(axis=-1, keepdims=True)
        return np.asarray(whole - part if without else whole)

    n = over(sums.n)
    squares = np.vstack([over(sums.total) ** 2 / n, over(sums.squares)])
    expected = np.concatenate([(over(sums.n_squared) / n)[None], over(sums.expected)])
    difference, coefficient = np.diff(squares, axis=0), np.diff(expected, axis=0)
    found = np.zeros_like(difference)
    for level in range(len(found) - 1, -1, -1):
        known = (coefficient[level, level + 1 :] * found[level + 1 :]).sum(axis=0)
        own = coefficient[level, level]
        found[level] = np.divide(difference[level] - known, own, out=np.full_like(own, np.nan), where=own > 1e-9 * n)
    return found if without else found[:, 0]


def jackknife(sums: AnovaSums, n_groups: tuple[int, ...], *, conf_level: float) -> tuple[Spread, Spread]:
    """Return the spread of the components and of their shares, from leaving out each group of level 0 in turn.

    Parameters
    ----------
    sums : AnovaSums
    n_groups : tuple of int
        Number of groups of each level.
    conf_level : float
        In (0, 1).

    Returns
    -------
    of_variances, of_shares : Spread
        Missing where a level has no degree of freedom without one of the groups.

    Notes
    -----
    Limits are those of ``log(x + c)`` with t of (groups of level 0 less 1) degrees of freedom, taken back and cut at
    0 and, of a share, at 1. ``c`` is the total variance (of a share 1) over the mean number of respondents in a group
    of that level, which makes it the logarithm of a ratio of mean squares but for a factor (Arvesen and Schmitz 1970).
    """
    from scipy.special import stdtrit

    whole, each = components(sums), components(sums, without=True)
    per_group = sums.n.sum() / np.array([*n_groups, sums.n.sum()])
    n_top = each.shape[1]
    t = float(stdtrit(n_top - 1, (1 + conf_level) / 2)) if n_top > 1 else np.nan
    of_variances = _on_log_scale(whole, each, whole.sum() / per_group, t, ceiling=np.inf)
    return of_variances, _on_log_scale(whole / whole.sum(), each / each.sum(axis=0), 1 / per_group, t, ceiling=1.0)


def _on_log_scale(x: FloatArray, others: FloatArray, offset: FloatArray, t: float, *, ceiling: float) -> Spread:
    with np.errstate(invalid="ignore"):
        z, half = np.log(x + offset), t * _std_error(np.log(others + offset[:, None]))
    low, high = np.exp(z - half) - offset, np.exp(z + half) - offset
    return Spread(_std_error(others), np.clip(low, 0.0, ceiling), np.clip(high, 0.0, ceiling))


def _std_error(others: FloatArray) -> FloatArray:
    """Return the jackknife's standard error from estimates without each group, shape (..., n_top)."""
    n_top = others.shape[-1]
    centred = others - others.mean(axis=-1, keepdims=True)
    return np.asarray(np.sqrt((n_top - 1) / n_top * (centred**2).sum(axis=-1)))


def _added(codes: npt.NDArray[np.int64], amounts: FloatArray, size: int) -> FloatArray:
    return np.bincount(codes, amounts, size).astype(np.float64, copy=False)


def _ancestor(sums: NestedSums, level: int, above: int) -> npt.NDArray[np.int64]:
    """Return, for each group of `level`, the group of the level `above` that it lies in."""
    found = np.arange(sums.n_groups[level])
    for at in range(level, above, -1):
        found = sums.parents[at][found]
    return found
