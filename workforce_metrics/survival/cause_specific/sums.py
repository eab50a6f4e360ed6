"""Sums of people's incidences by all causes, and how they move with every hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.groups import observed_pairs
from workforce_metrics.survival.cause_specific.incidence import share_and_bend

__all__ = ["IncidenceSums", "incidence_sums"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CELLS = 1 << 18
"""Patterns are worked on so many at a time that no array has many more numbers than this."""
DEEPEST = 500.0
"""People of one pattern are taken together where their cumulated hazards differ by less."""


@dataclass(frozen=True)
class IncidenceSums:
    """Each row's probability of leaving by each cause, and how the weighted sums move.

    Parameters
    ----------
    chance : ndarray of float64, shape (n_causes, n)
    by_step : ndarray of float64, shape (n_causes, n_causes, m)
        ``by_step[k, c, s]`` is the derivative of the weighted sum of the chances of k by the baseline hazard of c at
        step s.
    along : ndarray of float64, shape (n_causes, n_causes, p)
        That by the coefficients of c, with the baseline held fixed.
    """

    chance: Floats
    by_step: Floats
    along: Floats


def incidence_sums(
    hazard: Floats, ratio: Floats, x: Floats, pattern: Ints, *, weight: Floats, given: Ints, to: Ints
) -> IncidenceSums:
    """Add up what the models of all causes predict in one stratum.

    Parameters
    ----------
    hazard : ndarray of float64, shape (m, n_causes)
        The baseline hazards at each step.
    ratio : ndarray of float64, shape (n_patterns, n_causes)
    x : ndarray of float64, shape (n_patterns, p)
    pattern : ndarray of int64, shape (n,)
        Of each row.
    weight : ndarray of float64, shape (n,)
    given, to : ndarray of int64, shape (n,)
        How many steps there are up to the time served, and up to the time asked.

    Returns
    -------
    IncidenceSums

    Notes
    -----
    A pattern has the hazards ``h_c`` at a step, h their sum, S what stays, and ``W_k`` the chance from 0 of leaving by
    k after a step and up to the last one asked for. The increments of the incidence are those of `implied_incidence`. A
    row's chance is ``(W_k(given) - W_k(to)) / S(given)``, and its derivative by ``h_c`` at a step between the two is

    ``(S- (1[k = c] e + h_k e') - W_k + W_k(to)) / S(given)``

    with S- before the step, ``e = (1 - exp(-h)) / h`` and e' its derivative. All rows of a pattern are added up before
    the steps are gone through, as sums of ``weight / S(given)`` and of the same times ``W_k(to)`` over who is watched
    at a step: the cost is patterns times steps, however many times served there are.
    """
    n_causes = hazard.shape[1]
    chance, by_step = np.zeros((n_causes, len(pattern))), np.zeros((n_causes, n_causes, len(hazard)))
    along, hazard = np.zeros((n_causes, n_causes, x.shape[1])), hazard[: int(to.max(initial=0))]
    order = np.argsort(pattern, kind="stable")
    height = max(1, CELLS // max(hazard.size, 1))
    starts = np.arange(0, len(ratio), height)
    ends = np.searchsorted(pattern[order], starts + height)
    for start, first, end in zip(starts, np.append(0, ends[:-1]), ends, strict=True):
        rows, some = order[first:end], slice(start, start + height)
        made = _of_patterns(
            hazard, ratio[some], x[some], pattern[rows] - start, weight=weight[rows], given=given[rows], to=to[rows]
        )
        chance[:, rows] = made.chance
        by_step[..., : len(hazard)] += made.by_step
        along += made.along
    return IncidenceSums(chance, by_step, along)


def _of_patterns(
    hazard: Floats, ratio: Floats, x: Floats, pattern: Ints, *, weight: Floats, given: Ints, to: Ints
) -> IncidenceSums:
    n_steps, n_causes = hazard.shape
    passed = np.zeros((len(ratio), n_steps + 1))
    np.cumsum(ratio @ hazard.T, axis=1, out=passed[:, 1:])
    part, who, base = _parts(pattern, passed[pattern, given])
    ratio, x, n_parts, width = ratio[who], x[who], len(who), n_steps + 1
    stay = np.exp(-np.clip(passed[who] - base[:, None], 0.0, 700.0))
    own = ratio[:, None, :] * hazard
    total = own.sum(axis=2)
    each, bend = share_and_bend(total)
    later = np.zeros((n_parts, width, n_causes))
    later[:, :-1] = (own * (stay[:, :-1] * each)[..., None])[:, ::-1].cumsum(axis=1)[:, ::-1]
    served = stay[part, given]
    chance = (later[part, given] - later[part, to]) / served[:, None]

    def watched(value: Floats) -> Floats:
        """Return the sum of the values of the rows of a part that are watched at each step, shape (n_parts, m)."""
        come, go = (np.bincount(part * width + at, value, n_parts * width) for at in (given, to))
        return np.asarray(np.cumsum((come - go).reshape(n_parts, width), axis=1)[:, :-1])

    heft = weight / served
    there = watched(heft)
    rest = np.stack([watched(heft * later[part, to, k]) for k in range(n_causes)], axis=2)
    through = there[..., None] * (own * (stay[:, :-1] * bend)[..., None] - later[:, 1:]) + rest
    direct = there * stay[:, :-1] * each
    by_step = (
        (ratio.T @ through.reshape(n_parts, n_steps * n_causes)).reshape(n_causes, n_steps, n_causes).transpose(2, 0, 1)
    )
    moved = through.transpose(0, 2, 1) @ hazard
    causes = np.arange(n_causes)
    by_step[causes, causes] += ratio.T @ direct
    moved[:, causes, causes] += direct @ hazard
    moved *= ratio[:, None, :]
    along = (moved.reshape(n_parts, n_causes**2).T @ x).reshape(n_causes, n_causes, x.shape[1])
    return IncidenceSums(chance.T, by_step, along)


def _parts(pattern: Ints, served: Floats) -> tuple[Ints, Ints, Floats]:
    """Divide patterns where so much hazard lies between times served that staying through it is no longer a number.

    Parameters
    ----------
    pattern : ndarray of int64, shape (n,)
    served : ndarray of float64, shape (n,)
        Hazard cumulated up to the time served.

    Returns
    -------
    part : ndarray of int64, shape (n,)
    who : ndarray of int64, shape (n_parts,)
        The pattern of each part.
    base : ndarray of float64, shape (n_parts,)
        The least hazard served in it.
    """
    depths, depth = np.unique(np.floor(served / DEEPEST), return_inverse=True)
    part, who, _ = observed_pairs(pattern, depth.reshape(-1), len(depths))
    base = np.full(len(who), np.inf)
    np.minimum.at(base, part, served)
    return part, who, base
