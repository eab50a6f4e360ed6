"""What became of every row of a source of snapshots, and what is odd about the snapshots themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from workforce_metrics.errors import InvalidDataError
from workforce_metrics.extracts import SET_ASIDE, LoadReport

__all__ = ["CountedReport", "SnapshotReport"]


@dataclass(frozen=True, repr=False, eq=False)
class SnapshotReport(LoadReport):
    """The account of every row of a source of snapshots, and the quality of the snapshots.

    ``n_read == n_kept + n_set_aside`` always. A row that adds nothing to a spell already running is kept: that the
    person was there is in the spell's `last_seen`.

    Parameters
    ----------
    source : str
        Name of what was read (a file or folder, or "data frame").
    n_read : int
        Rows in the source.
    counts : pandas.DataFrame
        One row a rule that applied, as in `LoadReport`; those about spells hold for the register's definition.
    rows : pandas.DataFrame
        One row for each row set aside: `file`, `row` (1 = first record in it) and `rule`.
    periods : pandas.DataFrame
        One row a snapshot: `period`, `n_rows`, `n_people`, `n_first_seen`, `n_last_seen`, `n_missing_once` (back after
        missing from no more snapshots than are tolerated), `share_recurring` (people who are also in the snapshot
        before, of the smaller of the two), `flag` ("partial" or missing).
    organisations : pandas.DataFrame
        One row an oddity: `organisation`, `period`, `n_before` (rows in the snapshot before), `n` (rows in this one),
        `flag`: "sudden jump", or "absent" from this snapshot between two in which it stands.
    missing_periods : tuple of pandas.Timestamp
        Days between the first snapshot and the last of which there should be one by the calendar and is none.

    Notes
    -----
    A snapshot is *partial* with fewer than 80 % of the rows of each of its neighbours. An organisation *jumps* where
    it has at least half as many rows again as in the snapshot before, or a third less. Differences of fewer than 20
    rows are not flagged.
    """

    periods: pd.DataFrame = field(default_factory=pd.DataFrame)
    organisations: pd.DataFrame = field(default_factory=pd.DataFrame)
    missing_periods: tuple[pd.Timestamp, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing_periods", tuple(map(pd.Timestamp, self.missing_periods)))
        if len(self.rows) > self.n_read or self.rows.duplicated(["file", "row"]).any():
            raise InvalidDataError(
                "report", "each row set aside once", "rows set aside more than once", "report this as a defect"
            )

    def __repr__(self) -> str:
        return super().__repr__().replace("<LoadReport", "<SnapshotReport", 1)


@dataclass(frozen=True, repr=False, eq=False)
class CountedReport(SnapshotReport):
    """The report of a source whose rows have no numbers: rows set aside are counted by rule, and `rows` is empty.

    Parameters
    ----------
    source, n_read, counts, rows, periods, organisations, missing_periods
        As of `SnapshotReport`.
    """

    @property
    def n_set_aside(self) -> int:
        """Number of rows that are not in the extract."""
        return int(self._set_aside()["n"].sum())

    def _set_aside(self) -> pd.DataFrame:
        return self.counts[self.counts["action"] == SET_ASIDE]

    def __repr__(self) -> str:
        listed = self._set_aside()[["n", "rule"]].itertuples(index=False)
        reasons = ", ".join(f"{n:,} {rule}" for n, rule in listed)
        counted = super().__repr__().removesuffix(">")
        return f"{counted} ({reasons})>" if reasons else f"{counted}>"
