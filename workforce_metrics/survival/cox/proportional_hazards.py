"""The test of proportional hazards: whether coefficients change with time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, RiskSetWarning
from workforce_metrics.results import Result
from workforce_metrics.survival.column_summary import row_blocks
from workforce_metrics.survival.counting import count_at_risk
from workforce_metrics.survival.cox.clock import CoxClock
from workforce_metrics.survival.cox.estimate import CoxFit
from workforce_metrics.survival.cox.likelihood import at_risk_factor, between
from workforce_metrics.survival.cox.residual_tables import schoenfeld_table
from workforce_metrics.survival.cox.risk_sets import CoxSample
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.product_limit import product_limit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ProportionalHazardsTest", "TimeTransform", "proportional_hazards_test", "transformed_times"]

Floats = npt.NDArray[np.float64]
TimeTransform = Literal["km", "rank", "identity", "log"]
ALL_TERMS = "all terms"
NO_INFORMATION = 1e-10


@dataclass(frozen=True, repr=False, eq=False)
class ProportionalHazardsTest(Result):
    """Whether hazard ratios change with time; `CoxModel.proportional_hazards_test` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a term of the formula and a last one for all: `term`, `statistic` (chi-squared), `df`, `p_value`.
    by, provenance
        See `Result`.
    residuals : pandas.DataFrame
        Scaled Schoenfeld residuals, one row a leaving: `time`, `transformed` (the time on the scale of the test), then
        one column a column of the formula.
    """

    residuals: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "Test of proportional hazards"

    def plot(self, ax: Axes | None = None, *, term: str | None = None) -> Axes:
        """Draw the scaled Schoenfeld residuals of one column of the formula, smoothed over time.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
        term : str, optional
            A column of the formula, such as ``route[T.overseas]``; the first unless said.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidArgumentError
            If there is no such column.
        """
        from workforce_metrics.plotting.schoenfeld import draw_schoenfeld

        columns = [str(name) for name in self.residuals.columns[2:]]
        shown = columns[0] if term is None else term
        if shown not in columns:
            raise InvalidArgumentError("term", f"one of {', '.join(columns)}", repr(term), "choose one")
        return draw_schoenfeld(
            self.residuals["time"].to_numpy(),
            self.residuals[shown].to_numpy(),
            ax=ax,
            time_label=f"Time since joining ({self.provenance['time_unit']})",
            label=f"Log hazard ratio of {shown}",
            title="Does the hazard ratio change with time?",
            caption=self.caption,
        )


def proportional_hazards_test(
    sample: CoxSample, fit: CoxFit, design: DesignMatrix, clock: CoxClock, transform: TimeTransform
) -> ProportionalHazardsTest:
    """Return the test that `CoxModel.proportional_hazards_test` describes.

    Notes
    -----
    The score test of coefficients ``theta`` in ``x (b + theta g(t))`` at ``theta = 0``, b at its estimate: with U the
    score of theta and I the information of b and theta, ``U' (I_tt - I_tb I_bb^-1 I_bt)^-1 U``, for the columns of each
    term and for all. As R's ``cox.zph`` since survival 3.0; the older test on scaled residuals approximates it.
    """
    from scipy.special import chdtrc

    times = transformed_times(sample, clock, transform)
    spread = float(np.sqrt(np.average((times - times.mean()) ** 2))) or 1.0
    centred = (times - np.average(times, weights=sample.event_weight)) / spread
    leavers = np.flatnonzero(sample.event)
    seen = np.zeros((len(sample.time), len(design.names)))
    for column in range(seen.shape[1]):
        weighted = sample.weight[leavers] * sample.columns[leavers, column]
        seen[:, column] = np.bincount(sample.last[leavers], weighted, len(seen))
    sums = fit.at.sums
    mean = sums.hazard[:, None] * sums.total_x - sums.hazard_tied[:, None] * sums.leaving_x
    score = centred @ (seen - mean)
    plain, crossed, squared = (_information(sample, fit, centred**power) for power in range(3))
    rest = squared - crossed @ np.linalg.solve(plain, crossed)
    terms = list(dict.fromkeys(design.terms))
    members = [[j for j, name in enumerate(design.terms) if name == term] for term in terms]
    members.append(list(range(len(design.terms))))
    size = np.diagonal(squared)
    tests = [_statistic(score[own], rest[np.ix_(own, own)], size[own]) for own in members]
    table = pd.DataFrame({"term": [*terms, ALL_TERMS]})
    table["statistic"], table["df"] = [statistic for statistic, _ in tests], [df for _, df in tests]
    table["p_value"] = chdtrc(np.maximum(table["df"].to_numpy(), 1), table["statistic"].to_numpy())
    _warn_of_no_test(table)
    residuals = schoenfeld_table(sample, fit, design, clock, scaled=True)
    residuals.insert(1, "transformed", times[sample.last[leavers]])
    made = {"transform": transform, "time_unit": clock.time_unit}
    return ProportionalHazardsTest(table, (), made, residuals=residuals.reset_index(drop=True))


def _statistic(score: Floats, information: Floats, size: Floats) -> tuple[float, int]:
    """Return the score test of some coefficients and its degrees of freedom; missing and 0 without information.

    Directions in which less than `NO_INFORMATION` of `size`, the information with b known, is left are not tested.
    """
    scale = 1 / np.sqrt(np.where(size > 0, size, 1.0))
    values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
    told = values > NO_INFORMATION
    if not told.any():
        return float("nan"), 0
    along = (score * scale) @ vectors[:, told]
    return float((along**2 / values[told]).sum()), int(told.sum())


def _warn_of_no_test(tests: pd.DataFrame) -> None:
    n = int(tests["statistic"].isna().sum())
    if n:
        warnings.warn(
            f"{n:,} test(s) of proportional hazards are missing: all leavings at which people at risk differ are at one"
            " time; follow for longer",
            RiskSetWarning,
            stacklevel=4,
        )


def transformed_times(sample: CoxSample, clock: CoxClock, transform: TimeTransform) -> Floats:
    """Return the function of time at each event time, shape (n_times,).

    "km" is one minus the Kaplan-Meier estimate just before it, unweighted and over all strata; "rank" the rank among
    all durations, ties sharing their mean.
    """
    if transform not in get_args(TimeTransform):
        raise InvalidArgumentError(
            "transform", f"one of {', '.join(get_args(TimeTransform))}", repr(transform), "choose one"
        )
    time: npt.NDArray[Any] = sample.time
    if transform == "km":
        one = np.zeros(len(clock.duration), dtype=np.int64)
        left = clock.event.astype(np.int64)
        counts = count_at_risk(clock.duration, left, n_causes=1, group=one, n_groups=1, entry=clock.entry)
        staying = product_limit(counts.group, counts.n_risk, counts.n_event[:, 0]).survival
        return np.asarray(1 - np.append(1.0, staying)[np.searchsorted(counts.time, time, side="left")])
    if transform == "rank":
        ordered = np.sort(clock.duration)
        below, up_to = (np.searchsorted(ordered, time, side=side) for side in ("left", "right"))
        return np.asarray((below + up_to + 1) / 2)
    units = time / clock.ticks_per_unit
    if transform == "identity":
        return np.asarray(units, dtype=np.float64)
    if (units <= 0).any():
        raise InvalidArgumentError(
            "transform", "'km', 'rank' or 'identity'", "'log' and leavings at time 0", "choose one"
        )
    return np.asarray(np.log(units))


def _information(sample: CoxSample, fit: CoxFit, factor: Floats) -> Floats:
    """Return the information with each event time counted `factor` times, shape (p, p)."""
    sums = fit.at.sums
    weight = fit.at.risk * at_risk_factor(sample, factor * sums.hazard, factor * sums.hazard_tied)
    gram = np.zeros((sample.columns.shape[1],) * 2)
    for rows in row_blocks(sample.columns):
        gram += (sample.columns[rows] * weight[rows, None]).T @ sample.columns[rows]
    return gram - between(sums, factor)
