"""From a register's dates to a cohort's days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.extracts import Register
from workforce_metrics.results import is_finite_number
from workforce_metrics.survival.at_change import check_covariates, split_at_changes
from workforce_metrics.survival.calendar import DAYS_PER_YEAR, anniversary
from workforce_metrics.survival.cohort import ONE_CAUSE, Cohort, checked_weights

__all__ = ["build_cohort", "check_whole_years", "cut_at_anniversary", "register_provenance", "require_register"]

UNKNOWN_CAUSE = "unknown"
NEVER_AT_RISK = "n_past_horizon_before_window"
JOINING_NOT_KNOWN = "n_joining_not_known"
SEEN_FROM = "seen_from"
"""The column of a register that says from when on a spell is known to be there, where it is made of snapshots."""


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
    ``entry`` = days from joining to `observed_from`. *Censoring*: at `observed_to`, or at the anniversary
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
    known = register.table["joined"].notna().to_numpy()
    spells = register.table[known].reset_index(drop=True)
    if weight is not None and weight not in spells.columns:
        raise MissingColumnError(weight, "a column of the register", "none of that name", close_names(weight, spells))
    joined = spells["joined"].to_numpy(dtype="datetime64[D]")
    left = spells["left"].to_numpy(dtype="datetime64[D]")
    end = np.where(np.isnat(left), np.datetime64(register.observed_to, "D"), left)
    duration, past = cut_at_anniversary(joined, end, horizon_years)
    codes, names, unmapped = _cause_codes(spells, causes)
    codes[np.isnat(left) | past] = 0
    entry, _ = cut_at_anniversary(joined, _watched_from(joined, spells, register.observed_from), horizon_years)
    at_risk = entry < duration
    if not at_risk.any():
        raise InvalidDataError(
            "register",
            "spells at risk within the window",
            f"none of {len(known):,}",
            "check the window and the horizon",
        )
    carried = spells.drop(columns=["left", *([weight] if weight else [])])
    cohort = Cohort(
        duration=duration[at_risk],
        cause=codes[at_risk],
        causes=names,
        entry=entry[at_risk],
        weight=checked_weights(spells[weight], weight)[at_risk] if weight else None,
        covariates=carried.loc[at_risk].reset_index(drop=True),
        time_unit="years",
        ticks_per_unit=DAYS_PER_YEAR,
        horizon_years=horizon_years,
        joined=joined[at_risk],
        provenance=_provenance(
            register, {NEVER_AT_RISK: int((~at_risk).sum()), JOINING_NOT_KNOWN: int((~known).sum())}, unmapped
        ),
    )
    return split_at_changes(cohort, register, np.flatnonzero(known)[at_risk]) if covariates == "at_change" else cohort


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


def cut_at_anniversary(
    joined: npt.NDArray[np.datetime64], end: npt.NDArray[np.datetime64], years: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return days from joining to `end` or the anniversary, and whether `end` lies past the anniversary.

    All who reached the anniversary have one same number of days.

    Parameters
    ----------
    joined, end : ndarray of datetime64[D], shape (n,)
    years : int

    Returns
    -------
    duration : ndarray of int64, shape (n,)
    past : ndarray of bool, shape (n,)
    """
    last_day = anniversary(joined, years)
    days = (end - joined).astype(np.int64)
    return np.where(end >= last_day, math.ceil(DAYS_PER_YEAR * years), days), end > last_day


def _watched_from(
    joined: npt.NDArray[np.datetime64], spells: pd.DataFrame, observed_from: pd.Timestamp
) -> npt.NDArray[np.datetime64]:
    """Return the day after which each leaving would have been seen."""
    start = pd.DatetimeIndex([observed_from]).to_numpy().astype("datetime64[D]")[0]
    opens = joined if np.isnat(start) else np.maximum(joined, start)
    if SEEN_FROM not in spells.columns:
        return opens
    seen: npt.NDArray[np.datetime64] = np.fmax(opens, spells[SEEN_FROM].to_numpy(dtype="datetime64[D]"))
    return seen


def _cause_codes(
    spells: pd.DataFrame, causes: Mapping[str, str | None] | None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], int | None]:
    """Return 0 / 1.. per spell, the causes' names, and how many leavings had no listed reason."""
    if causes is None:
        return np.ones(len(spells), dtype=np.int64), (ONE_CAUSE,), None
    if "reason" not in spells.columns:
        raise MissingColumnError("reason", "a reason column", "none", "map it in read_register(columns=)")
    listed = {normalise_label(reason): cause for reason, cause in causes.items()}
    position, reasons = pd.factorize(spells["reason"], sort=False)
    known = sorted({cause for cause in listed.values() if cause is not None} - {UNKNOWN_CAUSE})
    names = (*known, UNKNOWN_CAUSE)
    code_of = {cause: code for code, cause in enumerate(names, start=1)}
    found = [listed.get(normalise_label(str(reason)), UNKNOWN_CAUSE) for reason in reasons]
    codes = np.array([*(0 if cause is None else code_of[cause] for cause in found), code_of[UNKNOWN_CAUSE]])[position]
    listed_here = np.array([*(normalise_label(str(reason)) in listed for reason in reasons), False])[position]
    return codes.astype(np.int64), names, int((~listed_here & spells["left"].notna().to_numpy()).sum())


def register_provenance(register: Register) -> dict[str, object]:
    """Return what a result of a register carries of it: its provenance, the definition of leaving and the window."""
    start = None if pd.isna(register.observed_from) else str(register.observed_from.date())
    window = {"observed_from": start, "observed_to": str(register.observed_to.date())}
    return {**register.provenance, "definition": register.definition, **window}


def _provenance(register: Register, left_out: Mapping[str, int], unmapped: int | None) -> dict[str, object]:
    made = register_provenance(register) | {name: n for name, n in left_out.items() if n}
    if unmapped is not None:
        made["n_left_without_listed_reason"] = unmapped
    return made
