"""The account of the rows of many files while snapshots are read."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.extracts import REPORT_COLUMNS, SET_ASIDE

__all__ = ["Located", "SnapshotAccount"]

Ints = npt.NDArray[np.int64]


class Located(Protocol):
    """Rows that know in which file they stand."""

    def origin(self, at: Ints) -> tuple[Ints, Ints]:
        """Return the file and the record number of the rows at some ascending positions."""


class SnapshotAccount:
    """Which rows of which file were set aside by which rule, and what else was met.

    One of the objects that change while a source is read; `counts` and `rows` freeze it. Each row reaches one rule
    at most, the first that it meets, because a row that was set aside is handed on to nobody.

    Parameters
    ----------
    files : sequence of str
        The files' names, as messages show them.
    """

    def __init__(self, files: tuple[str, ...]) -> None:
        self._files = files
        self.n_read = 0
        self._set_aside: list[tuple[Ints, Ints, str]] = []
        self._counts: Counter[tuple[str, str, str | None]] = Counter()

    def set_aside(self, rows: Located, at: Ints, rule: str) -> None:
        """Set aside the rows at some positions of a part of the source."""
        if len(at):
            files, numbers = rows.origin(at)
            self.set_aside_records(files, numbers, rule)

    def set_aside_records(self, files: Ints, numbers: Ints, rule: str) -> None:
        """Set aside records by file and number."""
        if len(numbers):
            self._set_aside.append((files, numbers, rule))
            self._counts[SET_ASIDE, rule, None] += len(numbers)

    def cells_set_missing(self, n: int, rule: str, *, column: str) -> None:
        """Count cells that became missing while their rows stay."""
        self._count("cell set missing", rule, column, n)

    def rows_changed(self, n: int, rule: str, *, column: str | None = None) -> None:
        """Count rows that stay with something of them read otherwise than it stood."""
        self._count("row changed", rule, column, n)

    def note(self, rule: str, *, column: str | None = None, n: int = 0) -> None:
        """Say something about the source that concerns no single row; equal notes add up."""
        self._counts["note", rule, column] += int(n)

    def count_posts(self, n_several: int, n_repeated: int) -> None:
        """Note how many people have several posts in a snapshot, and rows that repeat another."""
        if n_several:
            self.note("people with several posts in a snapshot", n=n_several)
        if n_repeated:
            self.note("posts that repeat another of the same person and snapshot", n=n_repeated)

    def _count(self, action: str, rule: str, column: str | None, n: int) -> None:
        if n:
            self._counts[action, rule, column] += int(n)

    def counts(self) -> pd.DataFrame:
        """Return one row a rule: action, rule, column, n."""
        listed = [(*key, n) for key, n in self._counts.items()]
        return pd.DataFrame(listed, columns=REPORT_COLUMNS, dtype=object).astype({"n": "int64"})

    def rows(self) -> pd.DataFrame:
        """Return one row for each row set aside: file, row, rule; sorted by file and row."""
        none = (np.empty(0, np.int64), np.empty(0, np.int64), "")
        files, numbers, rules = zip(*(self._set_aside or [none]), strict=True)
        sizes = [len(part) for part in numbers]
        file, row = np.concatenate(files), np.concatenate(numbers)
        order = np.lexsort((row, file))
        rule = np.repeat(np.arange(len(rules)), sizes)[order]
        names = pd.Index(self._files, dtype=object)
        frame = pd.DataFrame({"file": names.take(file[order]), "row": row[order]})
        frame["rule"] = np.array(rules, dtype=object)[rule]
        return frame
