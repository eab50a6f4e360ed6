"""Scores in words: published cut-offs, and the user's own."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from workforce_metrics.codebooks.instrument_records import Bands, InstrumentScore
from workforce_metrics.codebooks.instruments import instrument_score
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.indicators.checks import refuse_others

__all__ = ["bands", "in_band"]


def bands(
    score: pd.Series[float],
    *,
    name: str | None = None,
    cut_offs: Sequence[float] | None = None,
    closed: Literal["left", "right"] | None = None,
    labels: Sequence[str] | None = None,
) -> pd.Series[str]:
    """Return the band in which each score falls, as an ordered category.

    Parameters
    ----------
    score : pandas.Series
        One score of an instrument in its usual statistic, as its function returns it.
    name : str, optional
        The score's name. Default: the name of the series.
    cut_offs : sequence of float, optional
        Where each band but the first begins, ascending. Default: the published ones, whose status ("documented" or
        "unverified") stands in `catalogue`; a score without any needs `cut_offs`, `closed` and `labels`.
    closed : {"left", "right"}, optional
        "left": a score on a cut-off falls in the band above it; "right": in the band below. Default: as published. The
        Professional Fulfillment Index counts from 3.0 on; a source that asks for more than 3.0 is ``closed="right"``.
    labels : sequence of str, optional
        One more than `cut_offs`, from the lowest values to the highest. Default: the published ones.

    Returns
    -------
    pandas.Series
        Ordered categorical, lowest values first, missing where the score is, with the index and name of `score`.

    Raises
    ------
    CodebookError
        If no instrument has a score of that name.
    InvalidArgumentError
        If no cut-offs are published and none are given, or they are not ascending, or labels do not fit them.
    InvalidDataError
        If a score lies outside the range that it can have: it is not in the usual statistic.

    Notes
    -----
    Cut-offs are conventions of their authors. They are not a diagnosis, and the share in a band throws information
    away: report the mean beside it.

    Examples
    --------
    >>> import pandas as pd
    >>> from workforce_metrics.indicators.instruments import bands
    >>> bands(pd.Series([25.0, 50.0, 75.0, None], name="gmc_burnout")).tolist()
    ['high risk', 'moderate risk', 'low risk', nan]
    >>> own = bands(pd.Series([2.0, 3.0], name="bat12_total"), cut_offs=[2.5], closed="left", labels=["low", "high"])
    >>> own.tolist(), own.cat.ordered
    (['low', 'high'], True)
    """
    if not isinstance(score, pd.Series):
        raise InvalidArgumentError("score", "a Series", f"a {type(score).__name__}", "pass one column of the scores")
    rule = instrument_score(str(score.name) if name is None else name)
    used = _chosen(rule, cut_offs, closed, labels)
    values = score.to_numpy(dtype=np.float64, na_value=np.nan)
    low, high = _limits(rule)
    n_outside = int(((values < low) | (values > high)).sum())
    if n_outside:
        raise InvalidDataError(
            rule.name,
            f"scores from {low:g} to {high:g}, the usual statistic ({rule.statistics[0]})",
            f"others in {n_outside:,} rows",
            "take the score without statistic=",
        )
    edges = [-math.inf, *used.cut_offs, math.inf]
    found = pd.cut(values, edges, right=used.closed == "right", labels=list(used.labels), ordered=True)
    return pd.Series(found, index=score.index, name=score.name)


def in_band(
    score: pd.Series[float],
    band: str | Collection[str],
    *,
    name: str | None = None,
    cut_offs: Sequence[float] | None = None,
    closed: Literal["left", "right"] | None = None,
    labels: Sequence[str] | None = None,
) -> pd.Series[float]:
    """Return 1 for every score in a band, 0 for the others, NaN for the missing: a share for `estimate`.

    Parameters
    ----------
    score, name, cut_offs, closed, labels
        As `bands` takes them.
    band : str or collection of str
        The band, or the bands taken together.

    Returns
    -------
    pandas.Series
        float64, with the index and name of `score`. Comparing the bands themselves would count the missing as not
        in the band.

    Raises
    ------
    CodebookError, InvalidArgumentError, InvalidDataError
        As `bands`, or if there is no such band.

    Examples
    --------
    >>> import pandas as pd
    >>> in_band(pd.Series([20.0, 60.0, None], name="gmc_burnout"), ["high risk", "moderate risk"]).tolist()
    [1.0, 0.0, nan]
    """
    found = bands(score, name=name, cut_offs=cut_offs, closed=closed, labels=labels)
    wanted = [band] if isinstance(band, str) else list(band)
    refuse_others("band", wanted, list(found.cat.categories), "bands of the score")
    return found.isin(wanted).astype("float64").where(found.notna())


def _limits(rule: InstrumentScore) -> tuple[float, float]:
    """Return the widest range of the usual statistic over the known editions."""
    ends = [rule.limits(rule.statistics[0], codes) for codes in (rule.codes, rule.other_codes) if codes]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _chosen(
    rule: InstrumentScore,
    cut_offs: Sequence[float] | None,
    closed: Literal["left", "right"] | None,
    labels: Sequence[str] | None,
) -> Bands:
    own = rule.bands
    starts = own.cut_offs if cut_offs is None and own else cut_offs
    names = own.labels if labels is None and own else labels
    side = own.closed if closed is None and own else closed
    if starts is None or names is None or side is None:
        raise InvalidArgumentError(
            "cut_offs",
            f"cut_offs, closed and labels for {rule.name}, which has no published bands here",
            "less",
            "pass all three, with the source of the cut-offs beside them",
        )
    if side not in {"left", "right"}:
        raise InvalidArgumentError("closed", "'left' or 'right'", repr(side), "say to which band a cut-off belongs")
    is_ascending = all(a < b for a, b in pairwise(starts)) and all(map(math.isfinite, starts))
    if not starts or not is_ascending:
        raise InvalidArgumentError("cut_offs", "finite numbers, ascending", repr(list(starts)), "put them in order")
    if isinstance(names, str) or len(names) != len(starts) + 1 or len(set(names)) < len(names):
        raise InvalidArgumentError("labels", f"{len(starts) + 1} different names", repr(names), "one name a band")
    return Bands(tuple(names), tuple(starts), side, "declared")
