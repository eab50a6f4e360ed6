"""The account of a spreadsheet's cells while a loader works through its rules."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.figures import CELL_COLUMNS, COUNT_COLUMNS, CellReport
from workforce_metrics.loaders.workbook import Sheet, column_letters

__all__ = ["NOT_OF_LAYOUT", "CellAccount"]

Places = npt.NDArray[np.int64]

NOT_OF_LAYOUT = "cell that is no part of the layout"
_UNSEEN, _KEPT = 0, 1


class CellAccount:
    """Which cells of which sheet were kept, and by which rule each of the others was set aside.

    A cell meets one fate, the first. The object changes while it is used; `report` freezes it.

    Parameters
    ----------
    source : str
        Name of the source, without its folder.

    Examples
    --------
    >>> import numpy as np
    >>> account = CellAccount("x.xlsx")
    >>> account.open(Sheet("A", np.array([["org_id", "q1_2024"], ["R1", "?"]], dtype=object)), header_rows=1)
    >>> account.keep("A", np.array([1]), np.array([0]))
    >>> account.set_aside("A", np.array([1]), np.array([1]), "not a number")
    >>> account.report()
    <CellReport x.xlsx: 2 cells read = 1 kept + 1 set aside (1 not a number)>
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._filled: dict[str, npt.NDArray[np.bool_]] = {}
        self._fate: dict[str, npt.NDArray[np.int32]] = {}
        self._rules: list[str] = []
        self._notes: list[tuple[str, str, str, str, int]] = []
        self._records: list[tuple[str, int, str, str]] = []

    def open(self, sheet: Sheet, *, header_rows: int) -> None:
        """Take the cells of a sheet below its header into the account."""
        filled = sheet.filled
        filled[:header_rows] = False
        self._filled[sheet.name] = filled
        self._fate[sheet.name] = np.zeros(filled.shape, dtype=np.int32)

    def keep(self, sheet: str, rows: Places, columns: Places) -> None:
        """Say that the table holds these cells, blank ones too: a figure would stand there."""
        self._meet(sheet, rows, columns, _KEPT)

    def set_aside(self, sheet: str, rows: Places, columns: Places, rule: str) -> None:
        """Set aside these cells, blank ones too, where they have met no other fate."""
        if len(rows):
            self._meet(sheet, rows, columns, self._code(rule))

    def set_aside_rows(self, sheet: str, rows: Places, rule: str) -> None:
        """Set aside what stands in these rows."""
        self._set_aside_filled(sheet, np.isin(np.arange(len(self._fate[sheet])), rows)[:, None], rule)

    def set_aside_columns(self, sheet: str, columns: Iterable[int], rule: str) -> None:
        """Set aside what stands in these columns, and name each of them even where nothing does."""
        for column in columns:
            inside = np.zeros(self._fate[sheet].shape[1], dtype=bool)
            inside[column] = True
            n = self._set_aside_filled(sheet, inside[None, :], rule)
            self._notes.append(("column set aside", rule, sheet, column_letters(column), n))

    def set_aside_sheet(self, sheet: str, rule: str) -> None:
        """Set aside all that a sheet holds."""
        self._set_aside_filled(sheet, np.ones((1, 1), dtype=bool), rule)

    def set_aside_records(self, sheet: str, rows: Iterable[int], rule: str) -> None:
        """Set aside records that never became cells, each counted as one."""
        self._records.extend((sheet, int(row), "", rule) for row in rows)

    def note(self, rule: str, *, sheet: str = "", column: str = "", n: int = 0) -> None:
        """Say something about the source that concerns no single cell."""
        self._notes.append(("note", rule, sheet, column, n))

    def _code(self, rule: str) -> int:
        if rule not in self._rules:
            self._rules.append(rule)
        return _KEPT + 1 + self._rules.index(rule)

    def _meet(self, sheet: str, rows: Places, columns: Places, fate: int) -> None:
        unseen = self._fate[sheet][rows, columns] == _UNSEEN
        self._fate[sheet][rows[unseen], columns[unseen]] = fate

    def _set_aside_filled(self, sheet: str, inside: npt.NDArray[np.bool_], rule: str) -> int:
        fate = self._fate[sheet]
        meets = inside & self._filled[sheet] & (fate == _UNSEEN)
        fate[meets] = self._code(rule)
        return int(meets.sum())

    def report(self) -> CellReport:
        """Freeze the account; what met no fate is set aside as `NOT_OF_LAYOUT`."""
        parts, n_kept = [], 0
        for sheet, fate in self._fate.items():
            self._set_aside_filled(sheet, np.ones((1, 1), dtype=bool), NOT_OF_LAYOUT)
            n_kept += int((fate == _KEPT).sum())
            rows, columns = np.nonzero(fate > _KEPT)
            letters = np.array([column_letters(c) for c in range(fate.shape[1])], dtype=object)
            rules = np.array(["", "", *self._rules], dtype=object)[fate[rows, columns]]
            parts.append(pd.DataFrame({"sheet": sheet, "row": rows + 1, "column": letters[columns], "rule": rules}))
        parts.append(pd.DataFrame(self._records, columns=CELL_COLUMNS))
        cells = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        cells = cells[CELL_COLUMNS].astype({"row": "int64"})
        tally = cells.groupby(["rule", "sheet", "column"], sort=False).size().reset_index(name="n")
        named = {(note[1], note[2], note[3]) for note in self._notes if note[0] == "column set aside"}
        rest = [
            ("cell set aside", *row)
            for row in tally[["rule", "sheet", "column", "n"]].itertuples(index=False, name=None)
            if tuple(row[:3]) not in named
        ]
        counts = pd.DataFrame([*rest, *self._notes], columns=COUNT_COLUMNS).astype({"n": "int64"})
        return CellReport(self.source, n_kept + len(cells), n_kept, counts, cells)
