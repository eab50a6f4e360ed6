"""Who stands in the extract when, whatever the definition: what the report of quality is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import IdentifierError
from workforce_metrics.loaders.dates import NO_DATE
from workforce_metrics.loaders.snapshots.key_index import grown
from workforce_metrics.loaders.snapshots.spell_log import NEVER

__all__ = ["Presence", "PresenceCounts", "check_recurring"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PresenceCounts:
    """People by snapshot.

    Parameters
    ----------
    n_rows, n_people, n_first_seen, n_last_seen, n_back, n_recurring : ndarray of int64, shape (n_periods,)
        Rows; people; of them for the first time; for the last; back after missing from up to `gap_periods` snapshots;
        also in the snapshot before.
    n_seen_once : int
        People in one snapshot only, which is not the last.
    n_birth_dates_changed : int
        People with different dates of birth.
    """

    n_rows: Ints
    n_people: Ints
    n_first_seen: Ints
    n_last_seen: Ints
    n_back: Ints
    n_recurring: Ints
    n_seen_once: int
    n_birth_dates_changed: int


class Presence:
    """When each person was last seen, updated snapshot by snapshot.

    One of the objects that change while a source is read.

    Parameters
    ----------
    gap_periods : int
    min_recurring : float
        The least share of identifiers that two snapshots in a row must have in common, of the smaller one.
    id_column : str
        The identifier's column, for errors.
    """

    def __init__(self, *, gap_periods: int, min_recurring: float, id_column: str) -> None:
        self._gap = gap_periods
        self._min_recurring = min_recurring
        self._id_column = id_column
        self._last: npt.NDArray[np.int16] = np.empty(0, dtype=np.int16)
        self._birth: Ints = np.empty(0, dtype=np.int64)
        self._differs: npt.NDArray[np.bool_] = np.empty(0, dtype=bool)
        self._n_known = [0]
        self._counts: list[tuple[int, int, int, int]] = []

    def see(self, t: int, person: Ints, n_known: int, *, n_rows: int) -> None:
        """Take in the people of snapshot `t`.

        Parameters
        ----------
        t : int
            Index of the snapshot, ascending by 1 from call to call.
        person : ndarray of int64, shape (n_people,)
            The people there, each once.
        n_known : int
            How many people there have been so far; the new ones have the last positions.
        n_rows : int
            Rows of the snapshot.

        Raises
        ------
        IdentifierError
            If too few of them were in the snapshot before.
        """
        self._last = grown(self._last, n_known, fill=-NEVER)
        missed = t - 1 - self._last[person].astype(np.int32)
        n_recurring = int((missed == 0).sum())
        n_back = int(((missed > 0) & (missed <= self._gap)).sum())
        self._last[person] = t
        self._check(n_recurring, len(person))
        self._counts.append((n_rows, len(person), n_back, n_recurring))
        self._n_known.append(n_known)

    def see_births(self, person: Ints, days: Ints) -> None:
        """Compare dates of birth, one a row, with those seen before."""
        n_known = int(person.max(initial=-1)) + 1
        self._birth = grown(self._birth, n_known, fill=NO_DATE)
        self._differs = grown(self._differs, n_known, fill=0)
        stated = days != NO_DATE
        person, days = person[stated], days[stated]
        unknown = self._birth[person] == NO_DATE
        self._birth[person[unknown]] = days[unknown]
        self._differs[person[self._birth[person] != days]] = True

    def counts(self) -> PresenceCounts:
        """Return the counts of all snapshots seen."""
        n_periods = len(self._counts)
        rows, people, back, recurring = np.array(self._counts, dtype=np.int64).reshape(-1, 4).T
        n_known = self._n_known[-1]
        last = self._last[:n_known].astype(np.int64)
        first = np.repeat(np.arange(n_periods), np.diff(self._n_known))
        return PresenceCounts(
            n_rows=rows,
            n_people=people,
            n_first_seen=np.diff(self._n_known),
            n_last_seen=np.bincount(last, minlength=n_periods),
            n_back=back,
            n_recurring=recurring,
            n_seen_once=int(((first == last) & (last < n_periods - 1)).sum()),
            n_birth_dates_changed=int(self._differs.sum()),
        )

    def _check(self, n_recurring: int, n_people: int) -> None:
        if self._counts:
            n = min(n_people, self._counts[-1][1])
            check_recurring(n_recurring, n, min_recurring=self._min_recurring, id_column=self._id_column)


def check_recurring(n_recurring: int, n: int, *, min_recurring: float, id_column: str) -> None:
    """Refuse an identifier of which too few recur from one snapshot to the next.

    Parameters
    ----------
    n_recurring : int
        People in both snapshots.
    n : int
        People in the smaller of the two.
    min_recurring : float
    id_column : str
        The identifier's column, for the error.

    Raises
    ------
    IdentifierError
        If the share is below `min_recurring`.

    Examples
    --------
    >>> check_recurring(9, 10, min_recurring=0.5, id_column="PIN")
    """
    if n_recurring < min_recurring * n:
        raise IdentifierError(
            id_column,
            f"at least {min_recurring:.0%} of the identifiers of a snapshot again in the next",
            f"only {n_recurring:,} of {n:,} ({n_recurring / n:.0%}) that recur; the identifier is not persistent",
            "ask for an identifier that follows people over time, or pass min_recurring=0 to read it all the same",
        )
