"""What a spell is, in snapshots: the words of docs/explanation/snapshots.md in plain loops, one person at a time.

Slow and direct on purpose. The engines are compared with this; it knows none of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["KEY_OF", "MOVED", "Post", "Spell", "changes_by_the_words", "spells_by_the_words"]

SENTINELS = (dt.date(1900, 1, 1), dt.date(9999, 12, 31))
KEY_OF = {
    "left the extract": None,
    "left the organisation": "organisation",
    "left the staff group": "staff_group",
    "became not active": None,
}
MOVED = {
    "left the extract": "left the extract",
    "left the organisation": "moved organisation",
    "left the staff group": "changed staff group",
    "became not active": "not active",
}


@dataclass(frozen=True)
class Post:
    """One row of the source: a post of one person in one period; None is a missing cell."""

    person: str | None
    period: dt.date | None
    organisation: str | None = None
    staff_group: str | None = None
    active: bool | None = True
    fte: float | None = None
    joined: dt.date | None = None
    post: str | None = None
    covariates: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Spell:
    """One row of the register; `joined`, `left`, `reason`, `first_missing` are None where they are missing."""

    person_id: str
    joined: dt.date | None
    left: dt.date | None
    reason: str | None
    organisation: str | None
    staff_group: str | None
    covariates: tuple[str | None, ...]
    seen_from: dt.date
    last_seen: dt.date
    first_missing: dt.date | None


def missing_last(value: object) -> tuple[bool, object]:
    """Sort by value, code points for text, the missing after all others."""
    return (value is None, "" if value is None else value)


def order_of(post: Post, *, by_fte: bool) -> tuple[object, ...]:
    """Rule 2: the smallest of a person's rows in a period is the one that counts."""
    fte = (post.fte is None, -(post.fte or 0.0)) if by_fte else ()
    return (
        fte,
        missing_last(post.post),
        missing_last(post.organisation),
        missing_last(post.staff_group),
        post.active is not True,
        missing_last(None if post.joined in SENTINELS else post.joined),
        tuple(missing_last(value) for value in post.covariates),
    )


def within_range(post: Post, fte_max: float) -> Post:
    """Rule 1: an FTE out of range is a missing one."""
    out = post.fte is not None and not 0 <= post.fte <= fte_max
    return Post(**{**post.__dict__, "fte": None}) if out else post


def spells_by_the_words(
    rows: Sequence[Post],
    *,
    definition: str = "left the extract",
    posts: str = "largest_fte",
    gap_periods: int = 0,
    dated_at: str = "middle",
    fte_max: float = 2.0,
) -> list[Spell]:
    """Return the register's rows in the register's order."""
    kept = [within_range(row, fte_max) for row in rows if row.person is not None and row.period is not None]
    periods = sorted({row.period for row in kept})
    index = {period: position for position, period in enumerate(periods)}
    settled = len(periods) - 1 - gap_periods
    if settled < 1:
        raise ValueError("too few snapshots")
    spells: list[tuple[tuple[object, ...], Spell]] = []
    for person in sorted({row.person for row in kept}):
        own = [row for row in kept if row.person == person]
        others = spells_of(own, index, definition, posts, gap_periods)
        for key, first, last, row in others:
            if first > settled:
                continue  # rule 5: first seen after the last settled snapshot
            earlier = [spell[2] for spell in others if spell[2] < first]
            joined = joined_of(row.joined, first, max(earlier, default=None), periods, dated_at)
            left = reason = first_missing = None
            if last + 1 + gap_periods <= len(periods) - 1:
                first_missing = periods[last + 1]
                left = date_within(periods[last], first_missing, dated_at)
                reason = reason_of(own, index, definition, last, gap_periods)
            spell = Spell(
                person, joined, left, reason, row.organisation, row.staff_group, row.covariates,
                periods[first], periods[last], first_missing,
            )  # fmt: skip
            spells.append(((person, first, missing_last(key)), spell))
    return [spell for _, spell in sorted(spells, key=lambda pair: pair[0])]


def spells_of(
    own: Sequence[Post], index: dict[dt.date, int], definition: str, posts: str, gap_periods: int
) -> list[tuple[object, int, int, Post]]:
    """Rules 2 to 4: (key, first seen, last seen, the row that counts in the first period) of a person's spells."""
    return [
        (key, seen[0][0], seen[-1][0], seen[0][1])
        for key, seen in rows_of_spells(own, index, definition, posts, gap_periods)
    ]


def rows_of_spells(
    own: Sequence[Post], index: dict[dt.date, int], definition: str, posts: str, gap_periods: int
) -> list[tuple[object, list[tuple[int, Post]]]]:
    """For each spell its key, and for each period in which it is seen the row that counts."""
    role = KEY_OF[definition]
    if definition == "became not active":
        own = [row for row in own if row.active is True]
    by_fte = posts == "largest_fte" or (posts == "all" and any(row.fte is not None for row in own))
    units = {getattr(row, role) for row in own} if posts == "all" and role else {"the person"}
    found = []
    for unit in units:
        mine = own if unit == "the person" else [row for row in own if getattr(row, role) == unit]
        counts: dict[int, Post] = {}
        for period in {row.period for row in mine}:
            here = [row for row in mine if row.period == period]
            counts[index[period]] = min(here, key=lambda row: order_of(row, by_fte=by_fte))
        open_spell: tuple[object, list[tuple[int, Post]]] | None = None
        for position in sorted(counts):
            key = getattr(counts[position], role) if role else None
            same = open_spell and key == open_spell[0] and position - open_spell[1][-1][0] - 1 <= gap_periods
            if not same:
                open_spell = (key, [])
                found.append(open_spell)
            open_spell[1].append((position, counts[position]))
    return found


def changes_by_the_words(
    rows: Sequence[Post],
    *,
    definition: str = "left the extract",
    posts: str = "largest_fte",
    gap_periods: int = 0,
    dated_at: str = "middle",
    fte_max: float = 2.0,
) -> list[tuple[object, ...]]:
    """Return person, seen from, valid from, organisation, staff group and covariates of each change of the register."""
    kept = [within_range(row, fte_max) for row in rows if row.person is not None and row.period is not None]
    periods = sorted({row.period for row in kept})
    index = {period: position for position, period in enumerate(periods)}
    found = []
    for person in sorted({row.person for row in kept}):
        own = [row for row in kept if row.person == person]
        for key, seen in rows_of_spells(own, index, definition, posts, gap_periods):
            said: object = None
            for position, row in seen:
                says = (row.organisation, row.staff_group, *row.covariates)
                if says != said and seen[0][0] <= len(periods) - 1 - gap_periods:
                    order = (person, seen[0][0], missing_last(key), position)
                    found.append((order, (person, periods[seen[0][0]], periods[position], *says)))
                said = says
    return [change for _, change in sorted(found, key=lambda pair: pair[0])]


def reason_of(own: Sequence[Post], index: dict[dt.date, int], definition: str, last: int, gap_periods: int) -> str:
    """Rule 6: moved if the person, anywhere and active or not, is in one of the next snapshots within the tolerance."""
    still_there = any(last + 1 <= index[row.period] <= last + 1 + gap_periods for row in own)
    return MOVED[definition] if still_there else "left the extract"


def joined_of(
    stated: dt.date | None, first: int, previous_last: int | None, periods: Sequence[dt.date], dated_at: str
) -> dt.date | None:
    """Rule 7: the stated date if it fits, else within the interval before the first snapshot, else not known."""
    known = stated is not None and stated not in SENTINELS and stated <= periods[first]
    if known and (previous_last is None or stated > periods[previous_last]):
        return stated
    return date_within(periods[first - 1], periods[first], dated_at) if first > 0 else None


def date_within(before: dt.date, after: dt.date, dated_at: str) -> dt.date:
    """The day that stands for an interval open at `before` and closed at `after`."""
    days = (after - before).days
    return after if dated_at == "end" else before + dt.timedelta(days=(days + 1) // 2)
