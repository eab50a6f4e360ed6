"""What is odd about the snapshots: periods that are missing or partial, organisations that jump or disappear."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import DataQualityWarning
from workforce_metrics.loaders.snapshots.endings import as_dates
from workforce_metrics.loaders.snapshots.presence import PresenceCounts

__all__ = ["is_partial", "missing_days", "notes_of", "organisation_oddities", "period_table", "warn_of_partial"]

Ints = npt.NDArray[np.int64]

LEAST_ROWS = 20
"""Differences of fewer rows are nothing odd."""

PARTIAL_SHARE = 0.8
"""A snapshot with fewer than this share of the rows of each of its neighbours is partial."""

JUMP_TIMES = 1.5
"""An organisation jumps that has so many times the rows of the snapshot before, or had of this one."""


def period_table(days: Ints, counts: PresenceCounts) -> pd.DataFrame:
    """Return one row a snapshot.

    Parameters
    ----------
    days : ndarray of int64, shape (n_periods,)
    counts : PresenceCounts
    """
    smaller = np.minimum(counts.n_people[1:], counts.n_people[:-1])
    return pd.DataFrame(
        {
            "period": as_dates(days),
            "n_rows": counts.n_rows,
            "n_people": counts.n_people,
            "n_first_seen": counts.n_first_seen,
            "n_last_seen": counts.n_last_seen,
            "n_missing_once": counts.n_back,
            "share_recurring": np.append(np.nan, counts.n_recurring[1:] / smaller),
            "flag": _flags(is_partial(counts.n_rows), "partial"),
        }
    )


def is_partial(n_rows: Ints) -> npt.NDArray[np.bool_]:
    """Return which snapshots have far fewer rows than each of their neighbours, shape (n_periods,).

    Examples
    --------
    >>> is_partial(np.array([100, 101, 60, 102])).tolist()
    [False, False, True, False]
    """
    most = np.iinfo(np.int64).max
    fewest = np.minimum(np.append(most, n_rows[:-1]), np.append(n_rows[1:], most))
    partial: npt.NDArray[np.bool_] = (n_rows < PARTIAL_SHARE * fewest) & (fewest - n_rows >= LEAST_ROWS)
    return partial


def _flags(where: npt.NDArray[np.bool_], flag: str) -> pd.Series:
    return pd.Series([flag if holds else None for holds in where.tolist()], dtype="object")


def missing_days(days: Ints) -> Ints:
    """Return the days of snapshots that should be there by the calendar and are not, between the first and the last.

    Parameters
    ----------
    days : ndarray of int64, shape (n_periods,)
        Ascending.

    Returns
    -------
    ndarray of int64
        Where no month has two snapshots: the last days of the months that are a multiple of the usual distance away.
        Else days, at the usual distance.

    Examples
    --------
    >>> days = np.array(["2024-01-31", "2024-02-29", "2024-03-31", "2024-05-31"], dtype="datetime64[D]")
    >>> missing_days(days.astype(np.int64)).astype("datetime64[D]").tolist()
    [datetime.date(2024, 4, 30)]
    """
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    by_month = bool((np.diff(months) > 0).all())
    count = months if by_month else days
    steps = np.diff(count)
    if not len(steps):
        return np.empty(0, dtype=np.int64)
    usual = int(np.bincount(steps).argmax())
    n_between = np.maximum((steps + usual // 2) // usual - 1, 0)
    which = np.repeat(np.arange(len(steps)), n_between)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(n_between) - n_between, n_between) + 1
    missing: Ints = count[which] + nth * usual
    if not by_month:
        return missing
    ends: Ints = (missing + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    return ends


def organisation_oddities(days: Ints, names: Sequence[str], n_rows: Ints) -> pd.DataFrame:
    """Return one row for each organisation and snapshot where its number of rows is odd.

    Parameters
    ----------
    days : ndarray of int64, shape (n_periods,)
    names : sequence of str of length n_organisations
    n_rows : ndarray of int64, shape (n_periods, n_organisations)
        Rows of each organisation in each snapshot.
    """
    there = n_rows > 0
    seen_before = np.cumsum(there, axis=0) > 0
    seen_after = np.cumsum(there[::-1], axis=0)[::-1] > 0
    absent = ~there & seen_before & seen_after
    before = np.vstack([np.zeros((1, n_rows.shape[1]), dtype=np.int64), n_rows[:-1]])
    larger, smaller = np.maximum(n_rows, before), np.minimum(n_rows, before)
    jumps = (larger - smaller >= LEAST_ROWS) & (larger >= JUMP_TIMES * smaller) & there & (before > 0)
    period, organisation = np.nonzero(absent | jumps)
    frame = pd.DataFrame(
        {
            "organisation": pd.Series([names[place] for place in organisation.tolist()], dtype="object"),
            "period": as_dates(days[period]),
            "n_before": before[period, organisation],
            "n": n_rows[period, organisation],
            "flag": np.where(absent[period, organisation], "absent", "sudden jump").astype(object),
        }
    )
    return frame.sort_values(["organisation", "period"], ignore_index=True)


def notes_of(periods: pd.DataFrame, missing: Ints) -> dict[str, int]:
    """Return a note for each snapshot that is partial, and for each that should be there by the calendar.

    Parameters
    ----------
    periods : pandas.DataFrame
        As `period_table` returns it.
    missing : ndarray of int64
        As `missing_days` returns it.
    """
    notes = {f"snapshot partial: {day.date()}": 1 for day in periods.loc[periods["flag"].notna(), "period"]}
    days = missing.astype("datetime64[D]")
    return notes | {f"no snapshot where the calendar has one: {day}": 1 for day in days}


def warn_of_partial(days: Ints, n_rows: Ints, gap_periods: int) -> None:
    """Warn of snapshots from which many people are missing who will count as having left unless the gap is bridged."""
    partial = is_partial(n_rows)
    partial[0] = False  # nobody can have left before it
    if partial.any() and gap_periods == 0:
        listed = ", ".join(map(str, days[partial].astype("datetime64[D]")))
        warnings.warn(
            f"far fewer rows than in the snapshots around: {listed}; who is missing there counts as having left."
            " Leave a partial snapshot out, or tolerate a gap with gap_periods=1",
            DataQualityWarning,
            stacklevel=4,
        )
