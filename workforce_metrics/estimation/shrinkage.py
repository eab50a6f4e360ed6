"""Estimates of groups drawn towards their mean by as much as they are noise: empirical Bayes, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.between_groups import BETWEEN, BetweenGroups, BetweenMethod, between_groups
from workforce_metrics.estimation.compared_groups import ComparedGroups, compared_groups
from workforce_metrics.estimation.group_comparison import GroupComparison, refuse_too_few, signal_of
from workforce_metrics.results import Result, check_conf_level, normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ShrunkTable", "Shrunken", "shrink", "shrunken"]

FloatArray = npt.NDArray[np.float64]
AT_LEAST = 4
"""The formulas divide by the number of groups less three."""

OWN_COLUMNS = ("observed", "reliability")


@dataclass(frozen=True)
class Shrunken:
    """Shrunken estimates; every array has shape (n_groups,).

    Parameters
    ----------
    estimate, std_error : numpy.ndarray of float64
        Mean and standard deviation of what is estimated, given its estimate and those of the other groups.
    reliability : numpy.ndarray of float64
        The weight of the group's own estimate against the mean of all.
    """

    estimate: FloatArray
    std_error: FloatArray
    reliability: FloatArray


@dataclass(frozen=True, repr=False, eq=False)
class ShrunkTable(GroupComparison):
    """Shrunken estimates by group and indicator; `shrink` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        The grouping columns, `indicator` and what else was asked; `estimate`, `std_error`, `conf_low`, `conf_high`
        after shrinking; `observed`, the estimate before; `reliability`, its weight; `n` and `suppressed` as the table
        had them.
    by, provenance, signal_table
        See `GroupComparison`.
    shares : frozenset of str
        The indicators that are proportions.
    """

    shares: frozenset[str] = frozenset()

    _title: ClassVar[str] = "Shrunken estimates"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the shrunken estimates with their intervals, the observed ones as rings, their mean as a line."""
        from workforce_metrics.plotting.dots import draw_estimates

        frame, means = self.drawn(self.table), self.drawn(self.signal_table)
        keys = means.get("indicator", [""])
        return draw_estimates(
            frame,
            by=self.by,
            ax=ax,
            percent=self.shares if "indicator" in frame else "" in self.shares,
            reference=dict(zip(keys, means["mean"], strict=True)),
            rings="observed",
            title="Drawn towards the mean of all as far as noise",
            caption=f"{self.caption}; rings: as observed",
        )


def shrink(
    table: Result | IntoFrame,
    *,
    by: str | Sequence[str] | None = None,
    method: BetweenMethod = "reml",
    conf_level: float = 0.95,
) -> ShrunkTable:
    """Draw each group's estimate towards the mean of all groups, by as much as it is noise.

    For reading a table of many small groups: the extremes of such a table are mostly the smallest groups' luck.

    Parameters
    ----------
    table : Result or data frame
        One row a group and indicator with `estimate` and `std_error`: what `estimate`, `standardised_estimate` or
        `leaving_within` returned, suppressed or not, or any frame. Each indicator is shrunk by itself.
    by : str or sequence of str, optional
        The grouping columns of a frame; a result knows its own.
    method : {"reml", "paule-mandel", "dersimonian-laird"}, default "reml"
        How the variance between groups is estimated. Restricted maximum likelihood unless said: of those that need no
        prior it is nearly unbiased and the most efficient (Viechtbauer 2005); Paule and Mandel's assumes no normal
        distribution; DerSimonian and Laird's is biased downwards where groups differ much.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    ShrunkTable
        Groups sorted. A group without an estimate or whose standard error is missing or 0 is in the table, not
        shrunk and without an estimate. Hidden rows stay hidden, and no number here depends on what they hold.

    Raises
    ------
    MissingColumnError
        If `estimate` or `std_error` is not there.
    InvalidArgumentError
        If there are no groups, or `method` is another word.
    InvalidDataError
        If fewer than four groups have an estimate and a standard error above 0, or a group has two rows.

    Notes
    -----
    The model is ``y_i ~ N(theta_i, v_i)``, ``theta_i ~ N(m, A)``, the ``v_i`` taken as known, the groups as
    independent. With ``w_i = 1 / (A + v_i)``, k groups and ``B_i = (k - 3) / (k - 1) v_i w_i``, the estimate is
    ``(1 - B_i) y_i + B_i m`` and its variance that of Morris (1983),

    ``v_i (1 - (1 - w_i / sum w) B_i) + 2 / (k - 3) B_i^2 (v_mean + A) / (v_i + A) (y_i - m)^2``,

    with ``v_mean = sum w v / sum w``: what is known given A and m, what the estimation of m adds and, in the last
    term, what that of A adds. Without the last two the intervals are too short. They hold on average over the groups,
    not for a chosen one: that of an unusual group is drawn too far. The scale is that of the estimates; limits of a
    share can pass 0 or 1 where groups are small.

    References
    ----------
    Morris CN (1983). Parametric empirical Bayes inference: theory and applications. Journal of the American
    Statistical Association 78, 47-55. https://doi.org/10.1080/01621459.1983.10477920

    Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
    Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> teams = pd.DataFrame({"team": list("abcde"), "estimate": [4.0, 5.0, 5.5, 6.0, 9.0],
    ...                       "std_error": [0.5, 0.5, 0.5, 0.5, 2.0]})
    >>> found = wm.shrink(teams, by="team")
    >>> found.frame[["team", "observed", "estimate", "reliability"]].round(2).to_dict("list")
    {'team': ['a', 'b', 'c', 'd', 'e'], 'observed': [4.0, 5.0, 5.5, 6.0, 9.0], \
'estimate': [4.19, 5.04, 5.47, 5.9, 7.4], 'reliability': [0.86, 0.86, 0.86, 0.86, 0.57]}
    """
    conf_level = check_conf_level(conf_level)
    if method not in BETWEEN:
        raise InvalidArgumentError("method", " or ".join(map(repr, BETWEEN)), repr(method), "write one of them")
    compared = compared_groups(table, by, own_columns=OWN_COLUMNS)
    z, found = normal_quantile(conf_level), []
    columns: dict[str, list[FloatArray]] = {
        name: [] for name in ("estimate", "std_error", "conf_low", "conf_high", *OWN_COLUMNS)
    }
    for panel, numbers in compared.each():
        y, error = numbers["estimate"], numbers["std_error"]
        usable = np.isfinite(y) & np.isfinite(error) & (error > 0)
        refuse_too_few(panel, int(usable.sum()), AT_LEAST)
        between = between_groups(y[usable], error[usable] ** 2, method=method)
        new = shrunken(y[usable], error[usable] ** 2, between)
        half = z * new.std_error
        values = (new.estimate, new.std_error, new.estimate - half, new.estimate + half, y[usable], new.reliability)
        for name, part in zip(columns, values, strict=True):
            columns[name].append(_spread(part, usable))
        columns["observed"][-1] = y
        found.append(between)
    signal, words = signal_of(compared, found, conf_level=conf_level)
    provenance = {**compared.provenance, "method": method, "conf_level": conf_level, "verdict": words}
    return ShrunkTable(compared.tidy(columns), compared.by, provenance, signal, _shares(compared))


def shrunken(estimate: FloatArray, variance: FloatArray, between: BetweenGroups) -> Shrunken:
    """Return Morris's empirical Bayes estimates of groups and their standard deviations.

    Parameters
    ----------
    estimate, variance : numpy.ndarray of float64, shape (n_groups,)
        Four groups or more; variances above 0.
    between : BetweenGroups
        Their mean and the variance between them.

    Returns
    -------
    Shrunken

    Examples
    --------
    >>> import numpy as np
    >>> y, v = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.full(5, 1.0)
    >>> found = shrunken(y, v, between_groups(y, v, method="reml"))  # between 1.5: B = 2 / 4 / 2.5 = 0.2
    >>> found.estimate.round(10).tolist()
    [0.4, 1.2, 2.0, 2.8, 3.6]
    """
    k, total = between.groups, between.between + variance
    weight = 1 / total
    share = weight / weight.sum()
    towards = (k - 3) / (k - 1) * variance * weight
    gap = estimate - between.mean
    typical = float(share @ variance) + between.between
    squared = variance * (1 - (1 - share) * towards) + 2 / (k - 3) * towards**2 * typical * weight * gap**2
    return Shrunken(estimate - towards * gap, np.sqrt(squared), 1 - towards)


def _spread(values: FloatArray, usable: npt.NDArray[np.bool_]) -> FloatArray:
    spread = np.full(len(usable), np.nan)
    spread[usable] = values
    return spread


def _shares(compared: ComparedGroups) -> frozenset[str]:
    return frozenset(panel.name for panel in compared.panels if panel.is_share)
