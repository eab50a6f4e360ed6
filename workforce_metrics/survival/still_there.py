"""Who is still there after some time served: a cohort or a risk table from then on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.survival.build_cohort import check_whole_years
from workforce_metrics.survival.calendar import DAYS_PER_YEAR, anniversary
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.risk_table import RiskTable, refuse_other_kinds
from workforce_metrics.survival.spell_times import cut_at_anniversary
from workforce_metrics.survival.ties import TIE_TOLERANCE

__all__ = ["check_given", "followed_for", "still_there", "still_there_at_anniversary"]

Bools = npt.NDArray[np.bool_]


def check_given(given: float) -> float:
    """Return the time already served if it is a number from 0, else refuse it."""
    is_number = isinstance(given, int | float | np.integer | np.floating) and not isinstance(given, bool)
    if not is_number or not np.isfinite(given) or given < 0:
        raise InvalidArgumentError("given", "a time from 0", repr(given), "write the time already served")
    return float(given)


def still_there(data: Cohort | RiskTable, given: float) -> Cohort | RiskTable:
    """Return a cohort or a risk table of those still there after a time served, at risk from then on.

    Parameters
    ----------
    data : Cohort or RiskTable
    given : float
        In the unit of the curve, below a cohort's horizon. 0 = everybody, those who left at time 0 included.

    Returns
    -------
    Cohort or RiskTable
        Without the groups of which nobody was at risk later.

    Raises
    ------
    InvalidArgumentError, InvalidDataError
        If `given` is not a time from 0 below the horizon, or nobody was at risk later.

    Notes
    -----
    Who left or was censored up to `given` goes; who entered up to then is at risk from then on, who enters later from
    later. A weighted risk table with later entries does not tell how many people those are: `n` of its groups counts
    the rises of the number of people at risk, and is then the least that it can be.
    """
    refuse_other_kinds(data)
    given = check_given(given)
    if not given:
        return data
    horizon = data.horizon_years if isinstance(data, Cohort) else data.provenance.get("horizon_years")
    if isinstance(horizon, int) and given >= horizon:
        raise InvalidArgumentError("given", f"below the horizon, {horizon}", repr(given), "ask for less time served")
    return _of_cohort(data, given) if isinstance(data, Cohort) else _of_table(data, given)


def _of_cohort(cohort: Cohort, given: float) -> Cohort:
    served = given * cohort.ticks_per_unit * (1 + TIE_TOLERANCE)
    whole = cohort.duration.dtype.kind == "i"
    start = cohort.duration.dtype.type(math.floor(served) if whole else given * cohort.ticks_per_unit)
    entry = np.full(len(cohort), start) if cohort.entry is None else np.maximum(cohort.entry, start)
    return _kept(replace(cohort, entry=entry), cohort.duration > served, "given")


def _of_table(table: RiskTable, given: float) -> RiskTable:
    counts = table.counts
    rows = counts.time > given * (1 + TIE_TOLERANCE)
    _refuse_nobody(rows & (counts.n_people > 0), "given")
    old, first, group = np.unique(counts.group[rows], return_index=True, return_inverse=True)
    people = counts.n_people[rows]
    if table.is_weighted:
        entered = np.maximum(np.diff(people, append=0), 0)
    else:
        entered = np.rint(counts.n_entry[rows]).astype(np.int64)
    entered[np.append(first[1:], len(group)) - 1] *= not table.is_weighted  # the next row is another group's
    own = replace(
        counts,
        group=group.astype(np.int64),
        time=counts.time[rows],
        n_risk=counts.n_risk[rows],
        n_event=counts.n_event[rows],
        n_censor=counts.n_censor[rows],
        n_entry=counts.n_entry[rows],
        n_people=people,
        group_people=people[first] + np.add.reduceat(entered, first),
    )
    return replace(table, counts=own, groups=table.groups.take(old).reset_index(drop=True))


def followed_for(cohort: Cohort, years: int) -> Cohort:
    """Return a register's cohort cut at an earlier anniversary; spells not yet at risk by then go."""
    joined = np.asarray(cohort.joined)
    start, end = (joined + np.asarray(days).astype("timedelta64[D]") for days in (cohort.entry, cohort.duration))
    entry, _ = cut_at_anniversary(joined, start, years)
    duration, past = cut_at_anniversary(joined, end, years)
    cut = replace(cohort, duration=duration, cause=np.where(past, 0, cohort.cause), entry=entry, horizon_years=years)
    return _kept(cut, entry < duration, "years")


def still_there_at_anniversary(cohort: Cohort, years: float) -> Cohort:
    """Return those of a register's cohort who were still there after an anniversary, at risk from then on.

    Notes
    -----
    All are at risk from the same day, ``ceil(365.25 * years)``, whether their years held one leap day more or less:
    otherwise the first to reach the anniversary would be compared with few. Who left on the next day of a shorter count
    is given that day of the longer.
    """
    check_whole_years(years, "given")
    served = (anniversary(np.asarray(cohort.joined), int(years)) - np.asarray(cohort.joined)).astype(np.int64)
    start = math.ceil(DAYS_PER_YEAR * years)
    entry, duration = np.maximum(np.asarray(cohort.entry), start), np.maximum(cohort.duration, start + 1)
    return _kept(replace(cohort, entry=entry, duration=duration), cohort.duration > served, "given")


def _kept(cohort: Cohort, keep: Bools, argument: str) -> Cohort:
    _refuse_nobody(keep, argument)
    return replace(
        cohort,
        duration=cohort.duration[keep],
        cause=cohort.cause[keep],
        entry=None if cohort.entry is None else cohort.entry[keep],
        weight=None if cohort.weight is None else cohort.weight[keep],
        covariates=cohort.covariates.loc[keep].reset_index(drop=True),
        joined=None if cohort.joined is None else cohort.joined[keep],
    )


def _refuse_nobody(keep: Bools, argument: str) -> None:
    if not keep.any():
        fix = "ask for more years" if argument == "years" else "ask for less time served"
        raise InvalidDataError(argument, "spells at risk then", f"none of {len(keep):,}", fix)
