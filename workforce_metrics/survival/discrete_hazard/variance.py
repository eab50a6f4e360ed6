"""Covariance of all causes' parameters together: the model's, and the sandwich by clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workforce_metrics.survival.discrete_hazard.cells import Cells, blocks_of
from workforce_metrics.survival.discrete_hazard.newton import Coordinates, HazardFit
from workforce_metrics.survival.discrete_hazard.scoring import GramSum, Link, hazard_and_slope, scores_and_weights

__all__ = ["model_covariance", "sandwich_covariance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def model_covariance(cells: Cells, coordinates: Coordinates, fits: Sequence[HazardFit], link: Link) -> Floats:
    """Return the model's covariance of the parameters of all causes, shape (n_causes * n_parameters,) squared.

    Parameters
    ----------
    cells : Cells
    coordinates : Coordinates
    fits : sequence of HazardFit
        One a cause.
    link : {"cloglog", "logit"}

    Returns
    -------
    ndarray of float64

    Notes
    -----
    A cause's own block is the inverse of its information. Leavings by two causes from the same risk set are
    multinomial with covariance ``-n h_c h_d``, so the blocks between them are ``I_c^-1 M I_d^-1`` with
    ``M = -sum n r_c r_d z z'`` over cells, where ``r = h' / (1 - h)`` and h' is the hazard's derivative.
    """
    inverse = [fit.inverse_information for fit in fits]
    size = len(inverse[0])
    covariance = np.zeros((len(fits) * size, len(fits) * size))
    for c, own in enumerate(inverse):
        covariance[c * size : (c + 1) * size, c * size : (c + 1) * size] = own
    pairs = [(c, d) for c in range(len(fits)) for d in range(c)]
    grams = {pair: GramSum(coordinates.baseline, coordinates.patterns.shape[1]) for pair in pairs}
    for block in blocks_of(cells, 0) if pairs else ():
        patterns = coordinates.patterns[block.rows]
        ratio = [_slope_per_stay(_predictor(patterns, coordinates.baseline, fit.parameters), link) for fit in fits]
        for c, d in pairs:
            grams[c, d].add(-block.n_risk * ratio[c] * ratio[d], patterns)
    for (c, d), gram in grams.items():
        between = inverse[c] @ gram.matrix() @ inverse[d]
        covariance[c * size : (c + 1) * size, d * size : (d + 1) * size] = between
        covariance[d * size : (d + 1) * size, c * size : (c + 1) * size] = between.T
    return covariance


def sandwich_covariance(
    cells: Cells, coordinates: Coordinates, fits: Sequence[HazardFit], link: Link, *, pattern: Ints, cluster: Ints
) -> Floats:
    """Return the cluster-robust covariance of the parameters of all causes.

    Parameters
    ----------
    cells : Cells
        By (cluster, pattern) in place of pattern, in the order of the clusters.
    coordinates : Coordinates
    fits : sequence of HazardFit
    link : {"cloglog", "logit"}
    pattern, cluster : ndarray of int64, shape (n_pairs,)
        What each row of `cells` is made of; `cluster` ascending.

    Returns
    -------
    ndarray of float64, shape (n_causes * n_parameters, n_causes * n_parameters)

    Notes
    -----
    ``A M A`` with A the inverse informations and ``M = sum U_g U_g'``, where U_g adds up the scores of the cells of
    cluster g. No small-sample factor, as in R's ``sandwich::vcovCL(type = "HC0", cadjust = FALSE)``. Sums pass from
    block to block, so memory does not grow with the number of clusters.

    References
    ----------
    White H (1982). Econometrica 50:1-25. doi:10.2307/1912526
    """
    size = len(fits[0].parameters)
    bread = np.zeros((len(fits) * size, len(fits) * size))
    for c, fit in enumerate(fits):
        bread[c * size : (c + 1) * size, c * size : (c + 1) * size] = fit.inverse_information
    meat, carried, last = np.zeros_like(bread), np.zeros(len(bread)), -1
    for blocks in zip(*(blocks_of(cells, c) for c in range(len(fits))), strict=True):
        own = cluster[blocks[0].rows]
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        patterns = coordinates.patterns[pattern[blocks[0].rows]]
        sums = []
        for block, fit in zip(blocks, fits, strict=True):
            residual = scores_and_weights(block, _predictor(patterns, coordinates.baseline, fit.parameters), link)[1]
            sums.append(np.add.reduceat(residual, starts, axis=0) @ coordinates.baseline)
            sums.append(np.add.reduceat(residual.sum(axis=1)[:, None] * patterns, starts, axis=0))
        score = np.hstack(sums)
        if own[0] == last:
            score[0] += carried
        else:
            meat += np.outer(carried, carried)
        meat += score[:-1].T @ score[:-1]
        carried, last = score[-1], int(own[-1])
    meat += np.outer(carried, carried)
    return np.asarray(bread @ meat @ bread)


def _predictor(patterns: Floats, baseline: Floats, parameters: Floats) -> Floats:
    n_baseline = baseline.shape[1]
    return np.asarray((patterns @ parameters[n_baseline:])[:, None] + baseline @ parameters[:n_baseline])


def _slope_per_stay(eta: Floats, link: Link) -> Floats:
    hazard, slope = hazard_and_slope(eta, link)
    return hazard if link == "logit" else np.asarray(slope / np.maximum(1 - hazard, np.finfo(float).tiny))
