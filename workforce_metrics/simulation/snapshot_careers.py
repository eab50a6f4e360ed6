"""Careers behind simulated snapshots: moves, changes of staff group, career breaks, second posts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.simulation.careers import Spells
from workforce_metrics.simulation.people import STAFF_GROUPS, People, draw_rows
from workforce_metrics.simulation.timelines import Timeline, draw_changes, timeline

__all__ = ["BREAKS_PER_YEAR", "MOVES_PER_YEAR", "STAFF_GROUP_CHANGES_PER_YEAR", "Careers", "draw_careers"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOVES_PER_YEAR, STAFF_GROUP_CHANGES_PER_YEAR, BREAKS_PER_YEAR = 0.06, 0.02, 0.03
"""Constant rates. A move draws an organisation and a change a staff group, which may be the one already held: then
nothing changes. A career has one break at most. Invented."""

BREAK_DAYS = (60, 365)
SECOND_POST_SHARE, ELSEWHERE_SHARE = 0.06, 0.5
"""How many careers come to hold a second post, and how many of those in another organisation. Invented."""

FTE = np.array([1.0, 0.8, 0.6, 0.5])
FTE_SHARE = np.array([0.6, 0.15, 0.15, 0.1])
FTE_WITH_A_SECOND = np.array([[0.6, 0.4], [0.8, 0.2], [0.5, 0.5]])
"""Full-time equivalents of one post, and of the two of those who hold two: the first is never the smaller."""


@dataclass(frozen=True)
class Careers:
    """Stays in the extract and what changes during each.

    Parameters
    ----------
    spells : Spells
        The stays, n_careers of them.
    joined, until : ndarray of int, shape (n_careers,)
        Days since 1970-01-01; `until` is the day after the last period where a stay goes on.
    organisation, staff_group, active : Timeline
        Positions of the organisation and the staff group of the main post; 1 while active, 0 during a break.
    fte : ndarray of float, shape (n_careers,)
        Of the main post.
    second_since : ndarray of int, shape (n_careers,)
        Day from which a second post is held; after `until` where there is none.
    second_organisation : ndarray of int, shape (n_careers,)
        Where the second post is; -1 stands for where the main post is.
    second_fte : ndarray of float, shape (n_careers,)
    """

    spells: Spells
    joined: Integers
    until: Integers
    organisation: Timeline
    staff_group: Timeline
    active: Timeline
    fte: Floats
    second_since: Integers
    second_organisation: Integers
    second_fte: Floats


def draw_careers(rng: np.random.Generator, spells: Spells, people: People, last: np.datetime64) -> Careers:
    """Draw what happens during stays that end by `left`, or after the day `last`."""
    joined = spells.joined.astype(np.int64)
    day_after = int(last.astype(np.int64)) + 1
    until = np.where(np.isnat(spells.left), day_after, spells.left.astype(np.int64))
    n = len(joined)

    career, day = draw_changes(rng, joined, until, per_year=MOVES_PER_YEAR)
    drawn = draw_rows(rng, people.organisation_share[None, :], np.zeros(len(career), dtype=np.int64))
    organisation = timeline(joined, spells.organisation, career, day, drawn)
    career, day = draw_changes(rng, joined, until, per_year=STAFF_GROUP_CHANGES_PER_YEAR)
    drawn = rng.integers(0, len(STAFF_GROUPS), len(career))
    staff_group = timeline(joined, people.staff_group[spells.person], career, day, drawn)

    second = rng.random(n) < SECOND_POST_SHARE
    begins = joined + np.floor(rng.random(n) * (until - joined)).astype(np.int64)
    elsewhere = draw_rows(rng, people.organisation_share[None, :], np.zeros(n, dtype=np.int64))
    shared = FTE_WITH_A_SECOND[rng.integers(0, len(FTE_WITH_A_SECOND), n)]
    alone = FTE[draw_rows(rng, FTE_SHARE[None, :], np.zeros(n, dtype=np.int64))]
    return Careers(
        spells=spells,
        joined=joined,
        until=until,
        organisation=organisation,
        staff_group=staff_group,
        active=_breaks(rng, joined, until),
        fte=np.where(second, shared[:, 0], alone),
        second_since=np.where(second, begins, day_after),
        second_organisation=np.where(rng.random(n) < ELSEWHERE_SHARE, elsewhere, -1),
        second_fte=shared[:, 1],
    )


def _breaks(rng: np.random.Generator, joined: Integers, until: Integers) -> Timeline:
    """Return when people are active: all the time but for the first break that was drawn."""
    career, begins = draw_changes(rng, joined, until, per_year=BREAKS_PER_YEAR)
    first = np.append(True, career[1:] != career[:-1])[: len(career)]
    career, begins = career[first], begins[first]
    ends = begins + rng.integers(BREAK_DAYS[0], BREAK_DAYS[1] + 1, len(begins))
    back = ends < until[career]
    return timeline(
        joined,
        np.ones(len(joined), dtype=np.int64),
        np.concatenate([career, career[back]]),
        np.concatenate([begins, ends[back]]),
        np.repeat([0, 1], [len(career), int(back.sum())]),
    )
