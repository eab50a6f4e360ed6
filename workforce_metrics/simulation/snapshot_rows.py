"""Careers as the rows of staff-in-post snapshots, one row a post and period, and as the true spells behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.simulation.people import ROUTES, STAFF_GROUPS, People, labelled
from workforce_metrics.simulation.snapshot_careers import Careers
from workforce_metrics.simulation.timelines import Timeline

__all__ = ["DEFINITIONS", "PostRows", "dates", "post_rows", "snapshot_frame", "true_spells"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DEFINITIONS = {
    "left the extract": "left the extract",
    "left the organisation": "moved organisation",
    "left the staff group": "changed staff group",
    "became not active": "not active",
}
"""Definition of leaving to the reason of those who are still in the extract afterwards."""

AGE_LIMITS = np.array([[16, 21], [21, 31], [31, 41], [41, 51], [51, 66], [66, 75]])
"""Ages at joining in each age band: from, up to but not including."""


@dataclass(frozen=True)
class PostRows:
    """One row a post and period, sorted by period, person and post.

    Parameters
    ----------
    career, period : ndarray of int, shape (n_rows,)
        Positions among the careers and the periods.
    post : ndarray of int, shape (n_rows,)
        1 for the main post, 2 for a second one.
    organisation, staff_group, active : ndarray of int, shape (n_rows,)
    fte : ndarray of float, shape (n_rows,)
    """

    career: Integers
    period: Integers
    post: Integers
    organisation: Integers
    staff_group: Integers
    active: Integers
    fte: Floats


def post_rows(careers: Careers, periods: Integers) -> PostRows:
    """Return the rows of the snapshots taken on these days: a stay is seen where ``joined <= day < left``."""
    first, n_seen = seen_periods(careers.joined, careers.until, periods)
    career = np.repeat(np.arange(len(first)), n_seen)
    period = np.arange(len(career)) - np.repeat(np.cumsum(n_seen) - n_seen - first, n_seen)
    second = np.flatnonzero(periods[period] >= careers.second_since[career])
    post = np.repeat([1, 2], [len(career), len(second)])
    career, period = np.concatenate([career, career[second]]), np.concatenate([period, period[second]])
    order = np.lexsort((post, careers.spells.person[career], period))
    career, period, post = career[order], period[order], post[order]

    day = periods[period]
    organisation = careers.organisation.at(career, day)
    elsewhere = np.where(post == 2, careers.second_organisation[career], -1)
    return PostRows(
        career=career,
        period=period,
        post=post,
        organisation=np.where(elsewhere >= 0, elsewhere, organisation),
        staff_group=careers.staff_group.at(career, day),
        active=careers.active.at(career, day),
        fte=np.where(post == 2, careers.second_fte[career], careers.fte[career]),
    )


def seen_periods(since: Integers, until: Integers, periods: Integers) -> tuple[Integers, Integers]:
    """Return the first period on or after `since`, and how many there are from then up to but not including `until`."""
    first = np.searchsorted(periods, since, side="left")
    n_seen: Integers = np.searchsorted(periods, until, side="left") - first
    return first, n_seen


def snapshot_frame(
    rng: np.random.Generator, rows: PostRows, careers: Careers, people: People, periods: Integers, *, integers: bool
) -> pd.DataFrame:
    """Return the rows as the columns of an extract."""
    person = careers.spells.person[rows.career]
    org_id = people.organisations()["org_id"]
    number = np.arange(1, len(people.burnout) + 1)
    names = number if integers else people.person_id.astype(object)
    return pd.DataFrame(
        {
            "period": dates(periods[rows.period]),
            "person_id": names[person],
            "post": number[person] * 10 + rows.post,
            "organisation": labelled(rows.organisation, org_id),
            "staff_group": labelled(rows.staff_group, STAFF_GROUPS),
            "route": labelled(people.route[person], ROUTES),
            "active": rows.active.astype(bool),
            "fte": rows.fte,
            "joined": dates(careers.joined[rows.career]),
            "birth_date": dates(_birth_days(rng, careers, people)[person]),
        }
    )


def _birth_days(rng: np.random.Generator, careers: Careers, people: People) -> Integers:
    """Return a date of birth for everybody, by the age band at their first joining, shape (n_people,)."""
    low, high = AGE_LIMITS[people.age_band].T
    days_old = np.floor((low + rng.random(len(low)) * (high - low)) * 365.25).astype(np.int64)
    joined = np.full(len(low), np.iinfo(np.int64).max)
    np.minimum.at(joined, careers.spells.person, careers.joined)
    joined[joined == np.iinfo(np.int64).max] = 0  # not in the extract
    born: Integers = joined - days_old
    return born


def dates(days: Integers, unit: str = "s") -> npt.NDArray[np.datetime64]:
    """Return days since 1970-01-01 as dates, to the second unless said."""
    moments: npt.NDArray[np.datetime64] = days.astype("datetime64[D]").astype(f"datetime64[{unit}]")
    return moments


def true_spells(careers: Careers, people: People, periods: Integers, *, integers: bool) -> pd.DataFrame:
    """Return the spells under each definition of leaving, to the day, and in how many snapshots each is seen."""
    whole = Timeline(np.arange(len(careers.joined)), careers.joined, np.zeros(len(careers.joined), dtype=np.int64))
    timelines = (whole, careers.organisation, careers.staff_group, careers.active)
    tables = [
        _spells_of(line, definition, careers, periods) for line, definition in zip(timelines, DEFINITIONS, strict=True)
    ]
    table = pd.concat(tables, ignore_index=True)
    career, since = table.pop("career").to_numpy(), table.pop("since").to_numpy()
    person = careers.spells.person[career]
    names = np.arange(1, len(people.burnout) + 1) if integers else people.person_id.astype(object)
    table.insert(1, "person_id", names[person])
    table["organisation"] = labelled(careers.organisation.at(career, since), people.organisations()["org_id"])
    table["staff_group"] = labelled(careers.staff_group.at(career, since), STAFF_GROUPS)
    table["route"] = labelled(people.route[person], ROUTES)
    return table


def _spells_of(line: Timeline, definition: str, careers: Careers, periods: Integers) -> pd.DataFrame:
    until, last = line.until(careers.until)
    kept = line.value > 0 if definition == "became not active" else np.ones(len(last), dtype=bool)
    kept &= until > periods[0]
    runs = last & np.isnat(careers.spells.left)[line.career]
    left = np.where(runs, np.datetime64("NaT", "s"), dates(until))
    reason = np.where(last, "left the extract", DEFINITIONS[definition]).astype(object)
    reason[runs] = None
    table = pd.DataFrame(
        {
            "definition": definition,
            "joined": dates(line.since),
            "left": left,
            "reason": reason,
            "n_seen": seen_periods(line.since, until, periods)[1],
            "career": line.career,
            "since": line.since,
        }
    )
    return table.loc[np.flatnonzero(kept)]
