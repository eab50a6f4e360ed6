"""The account of a source's rows while a loader works through its rules."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.extracts import REPORT_COLUMNS, SET_ASIDE, LoadReport

__all__ = ["MALFORMED", "RowAccount"]

MALFORMED = "another number of fields than the header"
"""The rule under which a record of a CSV file is set aside before it reaches a loader."""


class RowAccount:
    """Which rows are still in, and by which rule each of the others was set aside.

    A row is set aside by the first rule that it meets and counted once. The one object of the loaders that
    changes while it is used; `report` freezes it.

    Parameters
    ----------
    source : str
        Name of the source, without its folder.
    row_numbers : ndarray of int, shape (n_rows,)
        Record number of each row of the table (1 = first below the header).
    malformed : ndarray of int
        Record numbers that never reached the table.

    Examples
    --------
    >>> import numpy as np
    >>> account = RowAccount("x.csv", np.array([1, 2, 4]), malformed=np.array([3]))
    >>> account.set_aside(np.array([True, False, False]), "no item answered")
    >>> account.kept.tolist(), account.report()
    ([False, True, True], <LoadReport x.csv: 4 rows read = 2 kept + 2 set aside (1 no item answered, 1 another
    number of fields than the header)>)
    """

    def __init__(
        self, source: str, row_numbers: npt.NDArray[np.int64], malformed: npt.NDArray[np.int64] | None = None
    ) -> None:
        self._source = source
        self._row_numbers = row_numbers
        self._malformed = np.empty(0, dtype=np.int64) if malformed is None else malformed
        self.kept: npt.NDArray[np.bool_] = np.ones(len(row_numbers), dtype=bool)
        self._set_aside: list[tuple[npt.NDArray[np.int64], str]] = []
        self._counts: list[tuple[str, str, str | None, int]] = []
        if len(self._malformed):
            self._record(self._malformed, MALFORMED, None)

    def set_aside(self, meets_rule: npt.NDArray[np.bool_], rule: str, *, column: str | None = None) -> None:
        """Set aside the rows still in where `meets_rule` (over all rows of the table) holds."""
        newly = self.kept & meets_rule
        if newly.any():
            self.kept = self.kept & ~newly
            self._record(self._row_numbers[newly], rule, column)

    def _record(self, rows: npt.NDArray[np.int64], rule: str, column: str | None) -> None:
        self._set_aside.append((rows, rule))
        self._counts.append((SET_ASIDE, rule, column, len(rows)))

    def cells_set_missing(self, n: int, rule: str, *, column: str) -> None:
        """Count cells that became missing while their rows stay."""
        self._count("cell set missing", rule, column, n)

    def rows_changed(self, n: int, rule: str, *, column: str | None = None) -> None:
        """Count rows that stay with something of them read otherwise than it stood."""
        self._count("row changed", rule, column, n)

    def note(self, rule: str, *, column: str | None = None, n: int = 0) -> None:
        """Say something about the source that concerns no single row."""
        self._counts.append(("note", rule, column, n))

    def _count(self, action: str, rule: str, column: str | None, n: int) -> None:
        if n:
            self._counts.append((action, rule, column, int(n)))

    def report(self) -> LoadReport:
        """Freeze the account."""
        rows = [pd.DataFrame({"row": numbers, "rule": rule}) for numbers, rule in self._set_aside]
        table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"row": [], "rule": []})
        table = table.astype({"row": "int64", "rule": "object"}).sort_values("row", ignore_index=True)
        counts = pd.DataFrame(self._counts, columns=REPORT_COLUMNS, dtype=object).astype({"n": "int64"})
        return LoadReport(self._source, len(self._row_numbers) + len(self._malformed), counts, table)
