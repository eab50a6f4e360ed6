"""From spells as seen to the columns of a register, as expressions: when each began and ended, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import narwhals as nw

from workforce_metrics.loaders.snapshots.definitions import LEFT, MOVED
from workforce_metrics.loaders.snapshots.lazy_steps import Frame, date_at
from workforce_metrics.loaders.snapshots.lazy_windows import INDEX, LAST, NEXT, PREVIOUS

__all__ = ["HOW_JOINED", "IN_REGISTER", "STATED", "with_endings"]

STATED, HOW_JOINED, IN_REGISTER = "_wm_stated", "_wm_how_joined", "_wm_in_register"
"""The date of joining as the first row states it; how joining is known, a position in `endings.JOINED_COUNTS`, or
after the last of them; whether the spell began before the last settled snapshot."""


def with_endings(
    spells: Frame, *, periods: Sequence[dt.date], definition: str, gap_periods: int, dated_at: str
) -> Frame:
    """Return spells with joined, left, reason, seen_from, last_seen, first_missing, `HOW_JOINED` and `IN_REGISTER`.

    Parameters
    ----------
    spells : LazyFrame
        With `INDEX` (of the first snapshot), `LAST`, `NEXT`, `PREVIOUS` and `STATED`.
    periods : sequence of date
        The snapshots' days, ascending.
    definition, gap_periods, dated_at
        As `read_snapshots` takes them.

    Notes
    -----
    The words are in docs/explanation/snapshots.md, rules 5 to 7.
    """
    first, last = nw.col(INDEX), nw.col(LAST)
    between = [_day_within(before, after, dated_at) for before, after in pairwise(periods)]
    settled = len(periods) - 1 - gap_periods
    ended = last < settled
    moved = nw.col(NEXT) <= last + 1 + gap_periods
    reason = nw.when(moved).then(nw.lit(MOVED[definition])).otherwise(nw.lit(LEFT))
    spells = spells.with_columns(
        nw.when(ended).then(date_at(last, [*between, None])).alias("left"),
        nw.when(ended).then(reason).alias("reason"),
        date_at(first, periods).alias("seen_from"),
        date_at(last, periods).alias("last_seen"),
        nw.when(ended).then(date_at(last, [*periods[1:], None])).alias("first_missing"),
        (first <= settled).alias(IN_REGISTER),
    )
    stated = nw.col(STATED)
    late = stated > nw.col("seen_from")
    early = (nw.col(PREVIOUS) >= 0) & (stated <= date_at(nw.col(PREVIOUS), periods))
    misfit = nw.when(late).then(nw.lit(2)).otherwise(nw.when(early).then(nw.lit(3)).otherwise(nw.lit(0)))
    how = nw.when(stated.is_null()).then(nw.lit(1)).otherwise(misfit)
    told = date_at(first, [None, *between])
    return spells.with_columns(how.alias(HOW_JOINED)).with_columns(
        nw.when(nw.col(HOW_JOINED) == 0).then(stated).otherwise(told).alias("joined"),
        nw.when((nw.col(HOW_JOINED) > 0) & (first == 0))
        .then(nw.lit(4))
        .otherwise(nw.col(HOW_JOINED))
        .alias(HOW_JOINED),
    )


def _day_within(before: dt.date, after: dt.date, dated_at: str) -> dt.date:
    """Return the day that stands for an interval open at `before` and closed at `after`."""
    return after if dated_at == "end" else before + dt.timedelta(days=((after - before).days + 1) // 2)
