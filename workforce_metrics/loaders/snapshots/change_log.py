"""What changes of people while their spells run: organisation, staff group and covariates, snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.loaders.snapshots.cells import Labels
from workforce_metrics.loaders.snapshots.key_index import grown
from workforce_metrics.loaders.snapshots.kinds import ANY, kind_of

__all__ = ["ChangeLog", "content_codes"]

Ints = npt.NDArray[np.int64]


class ChangeLog:
    """What each spell's latest row said, and the rows that said something else than the one before.

    One of the objects that change while a source is read.

    Parameters
    ----------
    n_columns : int
        How many columns are watched.

    Examples
    --------
    >>> import numpy as np, pyarrow as pa
    >>> log = ChangeLog(1)
    >>> for t, code in enumerate([4, 4, 5]):
    ...     log.see(t, np.array([0]), [np.array([code])], lambda rows: pa.table({"grade": [code]}))
    >>> spell, t, cells = log.changes()
    >>> spell.tolist(), t.tolist(), cells.to_pylist()
    ([0], [2], [{'grade': 5}])
    """

    def __init__(self, n_columns: int) -> None:
        self._latest: list[Ints] = [np.empty(0, dtype=np.int64) for _ in range(n_columns)]
        self._n_spells = 0
        self._changed: list[tuple[Ints, int, pa.Table]] = []

    def see(self, t: int, spell: Ints, codes: Sequence[Ints], cells_of: Callable[[Ints], pa.Table]) -> None:
        """Take in the rows of snapshot `t`.

        Parameters
        ----------
        t : int
        spell : ndarray of int64, shape (n,)
            Which spell each row belongs to, each once; numbers never seen are spells that begin.
        codes : sequence of ndarray of int64, each of shape (n,)
            For each column numbers that are equal where cells are.
        cells_of : function
            From positions among the n to the table of what these rows say.
        """
        runs = spell < self._n_spells
        n_spells = max(self._n_spells, int(spell.max(initial=-1)) + 1)
        differs = np.zeros(len(spell), dtype=bool)
        for place, code in enumerate(codes):
            latest = grown(self._latest[place], n_spells)
            differs |= runs & (latest[spell] != code)
            latest[spell] = code
            self._latest[place] = latest
        self._n_spells = n_spells
        rows = np.flatnonzero(differs)
        if len(rows):
            self._changed.append((spell[rows], t, cells_of(rows)))

    def changes(self) -> tuple[Ints, Ints, pa.Table]:
        """Return the spell, the snapshot's index and the cells of each row that said something new."""
        if not self._changed:
            none = np.empty(0, dtype=np.int64)
            return none, none, pa.table({})
        spells, when, cells = zip(*self._changed, strict=True)
        sizes = [len(part) for part in spells]
        return np.concatenate(spells), np.repeat(when, sizes), pa.concat_tables(cells, promote_options="permissive")


def content_codes(column: pa.ChunkedArray, labels: Labels) -> Ints:
    """Return numbers that are equal where the cells of a column are, from one snapshot to the next.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
    labels : Labels
        The texts met so far; for a column of text, or of another kind that is compared as text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> content_codes(pa.chunked_array([[1.5, None, 1.5]]), Labels()).tolist()[0] == 0
    False
    """
    is_date = pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)
    if not is_date and kind_of(column.type) not in {"numbers", "booleans", ANY}:
        return labels.codes(column).astype(np.int64)
    none = np.iinfo(np.int64).min
    if pa.types.is_null(column.type):
        return np.full(len(column), none)
    if is_date:
        moments = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)))
        days: Ints = moments.cast(pa.int64()).fill_null(none).to_numpy()
        return days
    numbers = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    # as decimals, so that 5 in one file and 5.0 in another are no change
    decimals = pc.add(numbers.cast(pa.float64(), safe=False).fill_null(np.nan), 0.0).to_numpy()
    codes: Ints = np.where(np.isnan(decimals), none, decimals.view(np.int64))
    return codes
