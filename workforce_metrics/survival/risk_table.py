"""The risk table: the additive counts on which every curve and risk stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from workforce_metrics.errors import DefinitionMismatchError, InvalidArgumentError
from workforce_metrics.groups import group_codes
from workforce_metrics.provenance import made_from
from workforce_metrics.results import DATA_FRAME, ROWS_SHOWN, column_list, grouping_columns, html_of
from workforce_metrics.survival.calendar import units_per_year
from workforce_metrics.survival.cohort import ONE_CAUSE, Cohort, require_cohort
from workforce_metrics.survival.counting import RiskCounts, count_at_risk
from workforce_metrics.survival.frames import pandas_frame
from workforce_metrics.survival.published_counts import counts_from_frame
from workforce_metrics.survival.risk_addition import add_counts, added_provenance, causes_together, under_causes
from workforce_metrics.survival.spans import Spans, check_span_ends, spans_of

__all__ = ["RiskTable", "as_risk_table", "grouped_by", "refuse_other_kinds", "risk_table", "times_in_units"]

MAKE_A_COHORT = "make one of a register with build_cohort, of durations with Cohort.from_frame"


@dataclass(frozen=True, repr=False, eq=False)
class RiskTable:
    """How many are at risk, enter, leave and are censored, by group and time.

    Parameters
    ----------
    counts : RiskCounts
        The numbers, with times in `time_unit`.
    groups : pandas.DataFrame
        One row a group, in the order of the codes of `counts`.
    causes : tuple of str
        Names of the causes of leaving, in the order of the columns of ``counts.n_event``.
    time_unit : str
    is_weighted : bool
        Whether counts are sums of weights.
    provenance : mapping
        Inputs, definition, window and horizon: two tables add up only where definition and horizon say the same. A
        cause that one of them does not name had no leavings there.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> table
    <RiskTable: 12 times, 1 group, 3,941 people, 2,207 left, time in years>
    >>> (table + table).frame.loc[0, ["time", "n_risk", "n_event"]].tolist()
    [1.0, 7882.0, 912.0]
    """

    counts: RiskCounts
    groups: pd.DataFrame
    causes: tuple[str, ...]
    time_unit: str
    is_weighted: bool = False
    provenance: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_counts(
        cls,
        frame: Any,
        *,
        by: str | Sequence[str] | None = None,
        causes: str | Sequence[str] | None = None,
        time_unit: str = "years",
        definition: str | None = None,
    ) -> RiskTable:
        """Take a life table that is already counted, such as a published one.

        Parameters
        ----------
        frame : data frame
            Columns `time` (ascending within a group), `n_risk`, `n_event` (or one column a cause), optionally
            `n_censor` and `n_entry`, and the grouping columns; any frame that Narwhals reads.
        by : str or sequence of str, optional
        causes : str or sequence of str, optional
            Names of the columns that count leavings by cause, instead of `n_event`.
        time_unit : {"days", "weeks", "months", "quarters", "years"}
        definition : str, optional
            What leaving means in the table.

        Returns
        -------
        RiskTable

        Raises
        ------
        MissingColumnError, InvalidArgumentError, InvalidDataError
            If a column is not there, the unit is not known, more leave than are at risk, or numbers at risk do not
            follow from the row before: ``n_risk(next) = n_risk - n_event - n_censor + n_entry``.

        Notes
        -----
        Without `n_censor` the censored are what is left over between two rows; those still there after the last row are
        censored at its time. A number at risk that rises needs `n_entry`.

        Examples
        --------
        >>> import pandas as pd
        >>> import workforce_metrics as wm
        >>> wm.RiskTable.from_counts(pd.DataFrame({"time": [1, 2], "n_risk": [100, 90], "n_event": [8, 5]})).frame
           time  n_risk  n_event  n_censor  n_entry    n
        0   1.0   100.0      8.0       2.0      0.0  100
        1   2.0    90.0      5.0      85.0      0.0   90
        """
        units_per_year(time_unit)
        names = column_list(causes)
        table = pandas_frame(frame, "frame")
        counts, groups = counts_from_frame(table, grouping_columns(by), names or None)
        made = made_from(DATA_FRAME, len(table)) | ({} if definition is None else {"definition": definition})
        return cls(counts, groups, names or (ONE_CAUSE,), time_unit, provenance=made)

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the grouping columns."""
        return tuple(self.groups.columns)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a group, time and cause: n_risk, n_event, n_censor, n_entry and `n` people at risk; a fresh copy.

        With one cause there is no column `cause`. `n_censor` and `n_entry` stand on the row of every cause.
        """
        rows = pd.DataFrame(
            {
                "time": self.counts.time,
                "n_risk": self.counts.n_risk,
                "n_event": self.counts.n_event[:, 0],
                "n_censor": self.counts.n_censor,
                "n_entry": self.counts.n_entry,
                "n": self.counts.n_people,
            }
        )
        rows = pd.concat([self.groups.take(self.counts.group).reset_index(drop=True), rows], axis=1)
        if len(self.causes) == 1:
            return rows
        long = rows.loc[rows.index.repeat(len(self.causes))].reset_index(drop=True)
        long["n_event"] = self.counts.n_event.ravel()
        long.insert(
            len(self.by) + 1, "cause", pd.Series(pd.Categorical(list(self.causes) * len(rows), list(self.causes)))
        )
        return long

    def between(self, times: float | Sequence[float]) -> Spans:
        """Return what happened between the times asked for, a life table of few rows; all must be after 0.

        Returns
        -------
        Spans
            A row a group and span (and cause): `n_risk` at its start, `n_event`, `n_censor` and `n_entry` in it. Not
            safe to publish as it is: `suppress(table, times=...)`.

        Examples
        --------
        >>> import workforce_metrics as wm
        >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
        >>> table.between([2, 5]).frame[["time", "n_risk", "n_event"]].to_dict("records")
        [{'time': 2.0, 'n_risk': 3941.0, 'n_event': 840.0}, {'time': 5.0, 'n_risk': 3101.0, 'n_event': 872.0}]
        """
        return spans_of(self, check_span_ends(times, 0.0), 0.0, by_cause=len(self.causes) > 1)

    def all_causes(self) -> RiskTable:
        """Return the table with its causes taken together."""
        counts = replace(self.counts, n_event=self.counts.n_event.sum(axis=1, keepdims=True))
        return replace(self, counts=counts, causes=(ONE_CAUSE,))

    def __add__(self, other: RiskTable) -> RiskTable:
        for name in ("by", "time_unit", "is_weighted"):
            if getattr(self, name) != getattr(other, name):
                raise DefinitionMismatchError(
                    "risk tables", f"the same {name}", "different ones", f"build both with the same {name}"
                )
        for name in ("definition", "horizon_years"):
            if self.provenance.get(name) != other.provenance.get(name):
                raise DefinitionMismatchError(
                    "risk tables", f"the same {name}", "different ones", "add tables that mean the same"
                )
        causes = causes_together((self.counts, self.causes), (other.counts, other.causes), ONE_CAUSE)
        if causes is None:
            raise DefinitionMismatchError(
                "risk tables", "the same causes", f"one with {ONE_CAUSE!r} alone", "take both apart, or all_causes()"
            )
        own, others = (under_causes(table.counts, table.causes, causes) for table in (self, other))
        counts, groups = add_counts(own, self.groups, others, other.groups)
        both = added_provenance(self.provenance, other.provenance)
        return replace(self, counts=counts, groups=groups, causes=causes, provenance=both)

    def __repr__(self) -> str:
        n = len(self.groups)
        of = f"{n:,} group{'' if n == 1 else 's'}" + (f" by {', '.join(self.by)}" if self.by else "")
        return (
            f"<RiskTable: {len(self.counts.time):,} times, {of}, {int(self.counts.group_people.sum()):,} people,"
            f" {self.counts.n_event.sum():,.0f} left, time in {self.time_unit}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.frame.head(ROWS_SHOWN))


def risk_table(cohort: Cohort, *, by: str | Sequence[str] | None = None) -> RiskTable:
    """Count a cohort's risk sets, in one pass.

    Parameters
    ----------
    cohort : Cohort
    by : str or sequence of str, optional
        Covariates to group by. A missing value is a group of its own.

    Returns
    -------
    RiskTable
        Additive: the tables of two organisations add up to the table of both.

    Raises
    ------
    MissingColumnError
        If a grouping column is not a covariate of the cohort.

    Notes
    -----
    At risk at t: ``entry < t <= duration``; events come before censorings at the same time.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"from": [0, 0, 2], "month": [3, 8, 8], "left": [True, True, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")
    >>> wm.risk_table(cohort).frame
       time  n_risk  n_event  n_censor  n_entry  n
    0   0.0     0.0      0.0       0.0      2.0  0
    1   2.0     2.0      0.0       0.0      1.0  2
    2   3.0     3.0      1.0       0.0      0.0  3
    3   8.0     2.0      1.0       1.0      0.0  2
    """
    require_cohort(cohort)
    groups = group_codes(cohort.covariates, grouping_columns(by), missing="a group")
    counts = count_at_risk(
        cohort.duration,
        cohort.cause,
        n_causes=len(cohort.causes),
        group=groups.codes,
        n_groups=len(groups),
        entry=cohort.entry,
        weight=cohort.weight,
    )
    return RiskTable(
        counts=replace(counts, time=times_in_units(counts.time, cohort)),
        groups=groups.labels,
        causes=cohort.causes,
        time_unit=cohort.time_unit,
        is_weighted=cohort.weight is not None,
        provenance={**cohort.provenance, "horizon_years": cohort.horizon_years},
    )


def times_in_units(ticks: np.ndarray[Any, Any], cohort: Cohort) -> np.ndarray[Any, Any]:
    """Return times in the cohort's unit; the common last day of all who reached the horizon is the horizon itself."""
    times = ticks / cohort.ticks_per_unit
    return times if cohort.horizon_years is None else np.minimum(times, float(cohort.horizon_years))


def refuse_other_kinds(data: object) -> None:
    """Refuse what is neither a cohort nor a risk table."""
    if not isinstance(data, Cohort | RiskTable):
        raise InvalidArgumentError("data", "a Cohort or a RiskTable", f"a {type(data).__name__}", MAKE_A_COHORT)


def as_risk_table(data: Cohort | RiskTable, by: str | Sequence[str] | None) -> RiskTable:
    """Return the risk table of a cohort, or the table itself, which is grouped already."""
    if isinstance(data, Cohort):
        return risk_table(data, by=by)
    refuse_other_kinds(data)
    keys = column_list(by)
    if keys and keys != data.by:
        raise DefinitionMismatchError(
            "by", f"the groups of the risk table ({', '.join(data.by) or 'none'})", repr(by), "leave by out"
        )
    return data


def grouped_by(data: Cohort | RiskTable, by: tuple[str, ...], strata: tuple[str, ...]) -> RiskTable:
    """Return the risk table of what a test compares: of a cohort, or one that is grouped just so."""
    if not by or set(by) & set(strata):
        raise InvalidArgumentError("by", "columns that are not strata", "none or the same", "name what is compared")
    if isinstance(data, Cohort):
        return risk_table(data, by=(*by, *strata))
    if set(data.by) != {*by, *strata}:
        raise DefinitionMismatchError(
            "by and strata", f"the groups of the risk table ({', '.join(data.by) or 'none'})",
            ", ".join((*by, *strata)), "name all of them, or build the table by what is compared",
        )  # fmt: skip
    return data
