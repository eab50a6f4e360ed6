"""What every curve over time since joining shares: its risk table, and its values at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.results import Result, numbers_asked
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.survival.spans import ESTIMATES, Spans, check_span_ends, spans_of
from workforce_metrics.survival.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Curve"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class Curve(Result):
    """Step functions of the time since joining, by group (and cause).

    Parameters
    ----------
    table, by, provenance
        See `Result`; one row for each time at which somebody leaves or is censored (and cause).
    risk : RiskTable
        What it was made from.
    row_group : ndarray of int64, shape (n_rows,)
        The group of each row of `table`, as a position in ``risk.groups``.
    given : float
        The time served from which it runs.
    """

    risk: RiskTable = field(kw_only=True)
    row_group: npt.NDArray[np.int64] = field(kw_only=True)
    given: float = field(kw_only=True, default=0.0)

    _at_start: ClassVar[tuple[float, float, float, float]]
    """`ESTIMATES` before the first time."""
    _is_probability: ClassVar[bool] = True

    def with_table(self, table: pd.DataFrame, **provenance: object) -> Self:  # noqa: ARG002 - refused whatever is asked
        """Refuse: a curve shows its people step by step, so replacing its table would hide nothing."""
        raise InvalidArgumentError(
            "result", "a table of estimates", "a curve, whose steps are single people", "take between(times) first"
        )

    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Return the same columns at the times asked for.

        Parameters
        ----------
        times : float or sequence of float
            In the unit of the curve (years for a register's cohort, where a year is 365.25 days; `leaving_within`
            goes by calendar anniversaries), none before `given`.

        Returns
        -------
        pandas.DataFrame
            One row a group and time (and cause). `n_risk` and `n` count those at risk at that time (at `given`, just
            after it); `n_event` and `n_censor` those up to and including it. The estimate is missing after a group's
            last time, unless everyone had left and it cannot change.

        Raises
        ------
        InvalidArgumentError
            If a time lies before `given`.

        Examples
        --------
        >>> import workforce_metrics as wm
        >>> km = wm.kaplan_meier(wm.RiskTable.from_counts(wm.load_special_educators()))
        >>> km.at(5)[["time", "estimate", "n_risk"]].round(3).to_dict("records")
        [{'time': 5.0, 'estimate': 0.566, 'n_risk': 2447.0}]
        """
        asked = numbers_asked(times, "times")
        if self.given and (asked < self.given * (1 - TIE_TOLERANCE)).any():
            raise InvalidArgumentError(
                "times", f"times from {self.given:g}, the time served", repr(times), "leave given out for earlier times"
            )
        pieces = [self._group_at(code, asked) for code in range(len(self.risk.groups))]
        groups = self.risk.groups.take(np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces]))
        return pd.concat([groups.reset_index(drop=True), pd.concat(pieces, ignore_index=True)], axis=1)

    def between(self, times: float | Sequence[float]) -> Spans:
        """Return the curve at the times asked for, with what happened between them.

        Parameters
        ----------
        times : float or sequence of float
            In the unit of the curve, after `given`; the first span begins there, or at joining.

        Returns
        -------
        Spans
            One row a group and span (and cause): the estimate and its interval at `time`, `n_risk` at the start of the
            span, `n_event`, `n_censor` and `n_entry` in it. Not safe to publish as it is: `suppress(curve, times=...)`.

        Raises
        ------
        InvalidArgumentError
            If a time is not after the start.

        Examples
        --------
        >>> import workforce_metrics as wm
        >>> km = wm.kaplan_meier(wm.RiskTable.from_counts(wm.load_special_educators()))
        >>> km.between([2, 5]).frame[["time", "estimate", "n_risk", "n_event"]].round(3).to_dict("records")
        [{'time': 2.0, 'estimate': 0.787, 'n_risk': 3941.0, 'n_event': 840.0},
         {'time': 5.0, 'estimate': 0.566, 'n_risk': 3101.0, 'n_event': 872.0}]
        """
        ends = check_span_ends(times, self.given)
        by_cause = "cause" in self.table
        spans, at = spans_of(self.risk, ends, self.given, by_cause=by_cause), self.at(ends.tolist())
        table = spans.frame
        for position, name in enumerate(ESTIMATES, len(self.risk.by) + 1 + by_cause):
            table.insert(position, name, at[name].to_numpy())
        made = {**self.provenance, **spans.provenance}
        return Spans(table, spans.by, made, of_what=self._title, is_probability=self._is_probability)

    @property
    def _of_whom(self) -> str:
        """What a title adds where the curve speaks of those who have served some time."""
        unit = self.risk.time_unit.removesuffix("s") if self.given == 1 else self.risk.time_unit
        return f", of those still there after {self.given:g} {unit}" if self.given else ""

    def _drawn(
        self,
        ax: Axes | None,
        *,
        by: tuple[str, ...],
        start: float,
        ylabel: str,
        title: str,
        percent: bool = True,
        frame: pd.DataFrame | None = None,
    ) -> Axes:
        """Draw the curves, or those of their rows in `frame`, with their intervals, and the numbers at risk beneath."""
        from workforce_metrics.plotting.curves import draw_curves

        return draw_curves(
            self.frame if frame is None else frame,
            by=by,
            risk=self.risk.all_causes().frame,
            start=start,
            start_time=self.given,
            ax=ax,
            time_unit=self.risk.time_unit,
            risk_label="At risk (weighted)" if self.risk.is_weighted else "At risk",
            ylabel=ylabel,
            title=title,
            caption=self.caption,
            percent=percent,
        )

    def _is_final(self, last: Floats) -> bool:  # noqa: ARG002 - a curve that can end looks at it
        """Whether estimates `last`, of shape (n_causes,), stay as they are after a group's last time."""
        return False

    def _group_at(self, code: int, times: Floats) -> pd.DataFrame:
        """Look the step functions of one group up at each time."""
        counts, curve = self.risk.counts, self.table[self.row_group == code]
        width = len(self.risk.causes) if "cause" in curve else 1
        own = curve["time"].to_numpy()[::width]
        steps = {name: curve[name].to_numpy().reshape(-1, width) for name in (*ESTIMATES, "n_event", "n_censor")}
        position = np.searchsorted(own, times * (1 + TIE_TOLERANCE), side="right")
        beyond = times > own.max(initial=0.0) * (1 + TIE_TOLERANCE)
        if len(own) and self._is_final(steps["estimate"][-1]):
            beyond &= False
        columns: dict[str, object] = {"time": np.repeat(times, width)}
        if "cause" in curve:
            columns["cause"] = pd.Categorical(list(self.risk.causes) * len(times), list(self.risk.causes))
        for name, at_start in zip(ESTIMATES, self._at_start, strict=True):
            values = np.vstack([np.full(width, at_start), steps[name]])[position]
            columns[name] = np.where(beyond[:, None], np.nan, values).ravel()
        rows = slice(*np.searchsorted(counts.group, [code, code + 1]))
        after_given = self.given * (1 + TIE_TOLERANCE)
        first = np.searchsorted(counts.time[rows], np.maximum(times * (1 - TIE_TOLERANCE), after_given), side="left")
        columns["n_risk"] = np.repeat(np.append(counts.n_risk[rows], 0.0)[first], width)
        for name in ("n_event", "n_censor"):
            columns[name] = np.vstack([np.zeros(width), np.cumsum(steps[name], axis=0)])[position].ravel()
        return pd.DataFrame({**columns, "n": np.repeat(np.append(counts.n_people[rows], 0)[first], width)})
