"""From a register's dates to a cohort's days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.extracts import Register
from workforce_metrics.results import is_finite_number
from workforce_metrics.survival.at_change import check_covariates, split_at_changes
from workforce_metrics.survival.calendar import DAYS_PER_YEAR
from workforce_metrics.survival.cohort import ONE_CAUSE, Cohort, checked_weights
from workforce_metrics.survival.spell_times import reason_codes, spell_times

__all__ = ["SEEN_FROM", "build_cohort", "check_whole_years", "cohort_provenance", "require_register"]

NEVER_AT_RISK = "n_past_horizon_before_window"
JOINING_NOT_KNOWN = "n_joining_not_known"
SEEN_FROM = "seen_from"
"""The column of a register of snapshots that says from when a spell was seen."""


class _Window(TypedDict):
    observed_from: str | None
    observed_to: str


def build_cohort(
    register: Register,
    *,
    horizon_years: int = 5,
    causes: Mapping[str, str | None] | None = None,
    weight: str | None = None,
    covariates: Literal["at_joining", "at_change"] = "at_joining",
) -> Cohort:
    """Put a register's spells on the clock that starts when each person joins.

    Parameters
    ----------
    register : Register
        Spells under one definition of leaving.
    horizon_years : int
        How many whole years each spell is followed. Leaving on or before the anniversary counts as leaving within.
    causes : mapping of str to (str or None), optional
        Reason to cause, compared without regard to case and spacing; None = not a leaving, so the spell is
        censored there. A missing or unlisted reason is the cause "unknown". Without `causes` there is one: "left".
        `wm.leaving_causes()` gives a suggested mapping of payroll reasons.
    weight : str, optional
        Column of case weights, not negative.
    covariates : {"at_joining", "at_change"}
        "at_change" gives each spell several rows, one for each time between changes of what `register.changes` says;
        each is at risk only in its own time, and only the last can end in leaving. They are rows of one person: use
        ``cluster="person_id"``.

    Returns
    -------
    Cohort
        Time in years; `entry` and `duration` in whole days.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If the horizon is not whole years from 1, the weight column is not there or holds missing or negative
        values, or no spell was ever at risk.

    Notes
    -----
    *Delayed entry*: a spell that was running when the window opened is at risk only after `observed_from`:
    ``entry`` = days from joining to `observed_from`, or to `seen_from` where the register has such a column and it is
    later. *Censoring*: at `observed_to`, or at the anniversary
    `horizon_years` after joining (29 February: the last day of February). Everyone who reached the anniversary has the
    same `duration`, ``ceil(365.25 * horizon_years)`` days, whether their years held one leap day or two: otherwise
    those who leave exactly on it (contracts of whole years do) would be compared with half of those at risk.
    A register made of snapshots has a column `seen_from`, the first snapshot that shows a spell: it is at risk only
    after that day too, since a spell that ended before would never have been seen.
    *Never at risk*: spells already past the horizon when the window opened are left out, and counted in `provenance`;
    so are spells whose joining is not known, which have no place on this clock.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"PIN": ["1", "2", "3"], "on": ["2014-06-01", "2016-02-29", "2018-09-03"],
    ...                      "off": ["2019-06-01", "2021-03-01", None]})
    >>> register = wm.read_register(rows, columns={"person_id": "PIN", "joined": "on", "left": "off"},
    ...     observed_from="2015-03-31", observed_to="2025-03-31", date_formats=["%Y-%m-%d"],
    ...     definition="left the register")
    >>> cohort = wm.build_cohort(register, horizon_years=5)
    >>> cohort.frame[["entry", "duration", "event"]].to_dict("list")
    {'entry': [303, 0, 0], 'duration': [1827, 1827, 1827], 'event': [True, False, False]}
    """
    require_register(register)
    check_whole_years(horizon_years, "horizon_years")
    check_covariates(covariates, register)
    spells = register.table.reset_index(drop=True)
    if weight is not None and weight not in spells.columns:
        raise MissingColumnError(weight, "a column of the register", "none of that name", close_names(weight, spells))
    window = _window(register)
    joined = _days(spells["joined"])
    times = spell_times(
        joined,
        _days(spells["left"]),
        seen_from=_days(spells[SEEN_FROM]) if SEEN_FROM in spells else None,
        **window,
        years=horizon_years,
    )
    codes, names, unmapped = _cause_codes(spells, causes)
    codes[~times.left] = 0
    at_risk = times.at_risk
    if not at_risk.any():
        raise InvalidDataError(
            "register",
            "spells at risk within the window",
            f"none of {len(spells):,}",
            "check the window and the horizon",
        )
    carried = spells.drop(columns=["left", *([weight] if weight else [])])
    cohort = Cohort(
        duration=times.duration[at_risk],
        cause=codes[at_risk],
        causes=names,
        entry=times.entry[at_risk],
        weight=checked_weights(spells[weight], weight)[at_risk] if weight else None,
        covariates=carried.loc[at_risk].reset_index(drop=True),
        time_unit="years",
        ticks_per_unit=DAYS_PER_YEAR,
        horizon_years=horizon_years,
        joined=joined[at_risk],
        provenance=cohort_provenance(
            register.provenance,
            definition=register.definition,
            **window,
            n_never=int((times.known & ~at_risk).sum()),
            n_unknown=int((~times.known).sum()),
            unmapped=unmapped,
        ),
    )
    return split_at_changes(cohort, register, np.flatnonzero(at_risk)) if covariates == "at_change" else cohort


def require_register(register: object) -> None:
    """Refuse what is no register."""
    if not isinstance(register, Register):
        raise InvalidArgumentError(
            "register",
            "a Register",
            f"a {type(register).__name__}",
            "read it with read_register, or put durations on the clock with Cohort.from_frame",
        )


def check_whole_years(years: float, argument: str) -> None:
    """Refuse a number of years that has no calendar anniversary."""
    if not is_finite_number(years) or years != int(years) or years < 1:
        raise InvalidArgumentError(
            argument, "whole years from 1", repr(years), "calendar anniversaries are whole years"
        )


def cohort_provenance(
    made_from: Mapping[str, object],
    *,
    definition: str | None,
    observed_from: str | None,
    observed_to: str | None,
    n_never: int,
    n_unknown: int,
    unmapped: int | None,
) -> dict[str, object]:
    """Return what a cohort or table of spells says it was made from.

    Parameters
    ----------
    made_from : mapping
        What the register says of itself.
    definition, observed_from, observed_to : str or None
    n_never, n_unknown : int
        Spells left out: past the horizon before they could be seen, and of unknown joining.
    unmapped : int or None
        Leavings without a listed reason; None where causes were not told apart.
    """
    made = {**made_from, "definition": definition, "observed_from": observed_from, "observed_to": observed_to}
    if n_never:
        made[NEVER_AT_RISK] = n_never
    if n_unknown:
        made[JOINING_NOT_KNOWN] = n_unknown
    if unmapped is not None:
        made["n_left_without_listed_reason"] = unmapped
    return made


def _window(register: Register) -> _Window:
    start = None if pd.isna(register.observed_from) else str(register.observed_from.date())
    return {"observed_from": start, "observed_to": str(register.observed_to.date())}


def _days(column: pd.Series) -> npt.NDArray[np.datetime64]:
    return column.to_numpy(dtype="datetime64[D]")


def _cause_codes(
    spells: pd.DataFrame, causes: Mapping[str, str | None] | None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], int | None]:
    """Return 0 / 1.. per spell, the causes' names, and how many leavings had no listed reason."""
    if causes is None:
        return np.ones(len(spells), dtype=np.int64), (ONE_CAUSE,), None
    if "reason" not in spells.columns:
        raise MissingColumnError("reason", "a reason column", "none", "map it in read_register(columns=)")
    position, reasons = pd.factorize(spells["reason"], sort=False)
    found = reason_codes(list(reasons), causes)
    n_unlisted = int((~found.is_listed[position] & spells["left"].notna().to_numpy()).sum())
    return found.codes[position], found.names, n_unlisted
