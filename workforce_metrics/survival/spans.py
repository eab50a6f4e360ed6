"""A curve or risk table as spans between chosen times: a life table that can be made safe to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import Result, numbers_asked
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workforce_metrics.survival.risk_table import RiskTable

__all__ = ["ESTIMATES", "Spans", "check_span_ends", "span_counts", "spans_of"]

Floats = npt.NDArray[np.float64]
ESTIMATES = ("estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, repr=False, eq=False)
class Spans(Result):
    """What happened between chosen times, by group; `Curve.between` and `RiskTable.between` make it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group and span (and cause): the groups, `time` (the end of the span; it begins after the one before),
        `n_risk` at its start, `n_event`, `n_censor` and `n_entry` in it, `n` people at risk at its start; from a curve
        also its `estimate`, `std_error`, `conf_low`, `conf_high` at `time`. Who was followed to a register's horizon is
        not censored in the span that ends there, but still there.
    by, provenance
        See `Result`.
    of_what : str
        The kind of curve; empty for a risk table.
    is_probability : bool
        Whether its estimates are shares of people.
    """

    of_what: str = ""
    is_probability: bool = True

    _title: ClassVar[str] = "Spans"
    publishable: ClassVar[frozenset[str]] = Result.publishable | {"of_what", "is_probability"}
    times_were_asked: ClassVar[bool] = True

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimate at the end of each span, a panel a time (and cause); only of a curve."""
        from workforce_metrics.plotting.dots import draw_estimates

        if "estimate" not in self.table:
            raise InvalidArgumentError("plot", "spans of a curve", "counts without estimates", "plot columns of .frame")
        frame, unit = self.frame, self.provenance["time_unit"]
        frame["indicator"] = frame["time"].map("{:g}".format) + f" {unit}"
        if "cause" in frame:
            frame["indicator"] = frame["cause"].astype(str) + ", " + frame["indicator"]
        return draw_estimates(
            frame, by=self.by, ax=ax, percent=self.is_probability, order="group", title=self.of_what,
            caption=self.caption,
        )  # fmt: skip

    def n_counted(self) -> Floats:
        """Return no number: who leaves in a span is no share of who starts it, as others enter."""
        return np.full(len(self.table), np.nan)


def check_span_ends(times: float | Sequence[float], start: float) -> Floats:
    """Return the ends of spans, in order; each after the start, none twice.

    Examples
    --------
    >>> check_span_ends([5, 1], 0.0).tolist()
    [1.0, 5.0]
    """
    ends = np.unique(numbers_asked(times, "times"))
    if ends[0] <= start * (1 + TIE_TOLERANCE):
        raise InvalidArgumentError("times", f"times after {start:g}", f"{ends[0]:g} among them", "leave it out")
    return ends


def span_counts(
    counts: RiskCounts, n_groups: int, ends: Floats, start: float, horizon: float = np.inf
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the counts of the spans that end at `ends`.

    Parameters
    ----------
    counts : RiskCounts
    n_groups : int
    ends : ndarray of float64, shape (n_ends,)
        Ascending, in the unit of the times of `counts`.
    start : float
        Where the first span begins.
    horizon : float
        Where follow-up was cut: who got there is still there, not censored.

    Returns
    -------
    dict
        `n_risk`, `n_censor`, `n_entry`, `n` of shape (n_groups, n_ends) and `n_event` of shape
        (n_groups, n_ends, n_causes).

    Notes
    -----
    Each of the four follows from the others: at risk at the start of a span are those of the span before, less those
    who left or were censored in it, and those who entered.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> found = span_counts(table.counts, 1, np.array([2.0, 5.0]), 0.0)
    >>> found["n_risk"].tolist(), found["n_event"][..., 0].tolist(), found["n_censor"].tolist()
    ([[3941.0, 3101.0]], [[840.0, 872.0]], [[0.0, 0.0]])
    """
    edges = np.concatenate([[start], ends]) * (1 + TIE_TOLERANCE)
    n_spans = len(ends)
    n_causes = counts.n_event.shape[1]
    first = np.searchsorted(counts.group, np.arange(n_groups + 1))
    span = np.searchsorted(edges, counts.time, side="left") - 1
    within = (span >= 0) & (span < n_spans)
    cell = counts.group[within] * n_spans + span[within]
    size = n_groups * n_spans
    n_censor = np.where(counts.time >= horizon * (1 - TIE_TOLERANCE), 0.0, counts.n_censor)
    made: dict[str, npt.NDArray[np.generic]] = {
        name: np.bincount(cell, values[within], minlength=size).reshape(n_groups, n_spans)
        for name, values in (("n_censor", n_censor), ("n_entry", counts.n_entry))
    }
    made["n_event"] = np.stack(
        [np.bincount(cell, counts.n_event[within, cause], minlength=size) for cause in range(n_causes)], axis=-1
    ).reshape(n_groups, n_spans, n_causes)
    at = np.stack(
        [
            first[group] + np.searchsorted(counts.time[first[group] : first[group + 1]], edges[:-1], side="right")
            for group in range(n_groups)
        ]
    )
    followed = at < first[1:, None]
    there = np.where(followed, at, 0)
    made["n_risk"] = np.where(followed, counts.n_risk[there], 0.0)
    made["n"] = np.where(followed, counts.n_people[there], 0)
    return made


def spans_of(risk: RiskTable, ends: Floats, start: float, *, by_cause: bool) -> Spans:
    """Return a risk table as spans that end at `ends`, the first beginning at `start`; causes apart or together."""
    n_groups, n_ends = len(risk.groups), len(ends)
    years = risk.provenance.get("horizon_years")
    horizon = float(years) * units_per_year(risk.time_unit) if isinstance(years, int) else np.inf
    found = span_counts(risk.counts, n_groups, ends, start, horizon)
    n_event = found["n_event"] if by_cause else found["n_event"].sum(axis=-1, keepdims=True)
    n_causes = n_event.shape[-1]
    columns: dict[str, object] = {"time": np.tile(np.repeat(ends, n_causes), n_groups)}
    if by_cause:
        columns["cause"] = pd.Categorical(list(risk.causes) * (n_groups * n_ends), list(risk.causes))
    columns["n_risk"] = np.repeat(found["n_risk"].ravel(), n_causes)
    columns["n_event"] = n_event.ravel()
    columns |= {name: np.repeat(found[name].ravel(), n_causes) for name in ("n_censor", "n_entry", "n")}
    groups = risk.groups.take(np.repeat(np.arange(n_groups), n_ends * n_causes)).reset_index(drop=True)
    made = {**risk.provenance, "time_unit": risk.time_unit, "weighted": risk.is_weighted or None}
    return Spans(pd.concat([groups, pd.DataFrame(columns)], axis=1), risk.by, made)
