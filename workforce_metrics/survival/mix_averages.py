"""Risks averaged over one mix of people, level by level of a covariate, with what is known of their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.survival.as_if import coded_as_if
from workforce_metrics.survival.risk_predictor import Predictor
from workforce_metrics.survival.risk_sums import Coded, Spans
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["averages_by_level"]

Floats = npt.NDArray[np.float64]


def averages_by_level(
    predictor: Predictor, rows: pd.DataFrame, levels: pd.Series[Any], mix: Floats, *, time: float, base: int | None
) -> Floats:
    """Return the risk of each level, its standard error, and those of the difference and log ratio to the level `base`.

    Parameters
    ----------
    predictor : Predictor
    rows : pandas.DataFrame
        One row a pattern of the other covariates.
    levels : pandas.Series
        The levels under the name of the covariate that is set.
    mix : ndarray of float64, shape (n_patterns,)
        Shares of the patterns.
    time : float
    base : int, optional
        The level that others are compared with.

    Returns
    -------
    ndarray of float64, shape (4, n_levels, n_outcomes)
        Missing where there is no `base`, or no ratio.

    Notes
    -----
    Levels are gone through one by one; of their effects (see `RiskSums`) only those of one and of `base` are held.
    """
    over, found = str(levels.name), np.full((4, len(levels), len(predictor.outcomes)), np.nan)
    at_base = None
    if base is not None:
        at_base = _average(predictor, next(coded_as_if(predictor, rows, over, levels.iloc[[base]])), mix, time)
    for level, patterns in enumerate(coded_as_if(predictor, rows, over, levels)):
        risk, effect = at_base if at_base is not None and level == base else _average(predictor, patterns, mix, time)
        found[0, level], found[1, level] = risk, _length(effect)
        if at_base is not None:
            found[2, level] = _length(effect - at_base[1])
            with np.errstate(divide="ignore", invalid="ignore"):
                found[3, level] = _length(effect / risk[:, None] - at_base[1] / at_base[0][:, None])
    return found


def _average(predictor: Predictor, patterns: Coded, mix: Floats, time: float) -> tuple[Floats, Floats]:
    """Return the average risks and their effects (see `RiskSums`); missing if somebody's risk is not known so far."""
    n = len(mix)
    made = predictor.sums(patterns, Spans(np.arange(n), mix, np.zeros(n), np.full(n, time)))
    if (patterns.last * (1 + TIE_TOLERANCE) < time).any():
        return made.chance @ mix * np.nan, made.effect * np.nan
    return made.chance @ mix, made.effect


def _length(effect: Floats) -> Floats:
    return np.asarray(np.sqrt((effect**2).sum(axis=-1)))
