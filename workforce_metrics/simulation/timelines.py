"""What changes during a career, such as the organisation: since when which value holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Timeline", "draw_changes", "timeline"]

Integers = npt.NDArray[np.int64]

DAYS_PER_YEAR = 365.25
STEP = 1_000_000
"""More than the days between any two dates of a simulation: career * STEP + day sorts by career, then day."""


@dataclass(frozen=True)
class Timeline:
    """Which value holds since when, for each career; sorted by career and day.

    Parameters
    ----------
    career : ndarray of int, shape (n_segments,)
        Position among the careers; every career has a segment that begins when it does.
    since : ndarray of int, shape (n_segments,)
        First day of the segment, days since 1970-01-01.
    value : ndarray of int, shape (n_segments,)
        What holds from then on; it differs from the value before.
    """

    career: Integers
    since: Integers
    value: Integers

    def at(self, career: Integers, day: Integers) -> Integers:
        """Return the value that holds in each of these careers on each of these days, shape (n,)."""
        starts = self.career * STEP + self.since
        found: Integers = self.value[np.searchsorted(starts, career * STEP + day, side="right") - 1]
        return found

    def until(self, career_end: Integers) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """Return the day on which each segment ends, and whether that is the end of the career, shape (n_segments,)."""
        last = np.append(self.career[1:] != self.career[:-1], True)
        return np.where(last, career_end[self.career], np.append(self.since[1:], 0)), last


def draw_changes(
    rng: np.random.Generator, joined: Integers, until: Integers, *, per_year: float
) -> tuple[Integers, Integers]:
    """Draw the days of changes at a constant rate within careers.

    Returns
    -------
    career, day : ndarray of int, shape (n_changes,)
        Sorted; no two on a day; after the first day and before the end of the career.
    """
    n_days = until - joined
    n_changes = np.where(n_days > 1, rng.poisson(per_year * n_days / DAYS_PER_YEAR), 0)
    career = np.repeat(np.arange(len(joined)), n_changes)
    day = joined[career] + 1 + np.floor(rng.random(len(career)) * (n_days[career] - 1)).astype(np.int64)
    order = np.lexsort((day, career))
    career, day = career[order], day[order]
    other = np.append(True, (career[1:] != career[:-1]) | (day[1:] != day[:-1]))[: len(career)]
    return career[other], day[other]


def timeline(joined: Integers, first: Integers, career: Integers, day: Integers, value: Integers) -> Timeline:
    """Return the timeline of careers that begin with a value and then change; changes to the same value are none."""
    careers = np.concatenate([np.arange(len(joined)), career])
    since, values = np.concatenate([joined, day]), np.concatenate([first, value])
    order = np.lexsort((since, careers))
    careers, since, values = careers[order], since[order], values[order]
    kept = np.append(True, (careers[1:] != careers[:-1]) | (values[1:] != values[:-1]))
    return Timeline(careers[kept], since[kept], values[kept])
