"""Who is at risk and leaves, by covariates and interval: what hazards are fitted on, from spells wherever they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.results import html_of
from workforce_metrics.survival.cell_sums import CellSums
from workforce_metrics.survival.discrete_hazard.cells import Cells, Tally, count_cells
from workforce_metrics.survival.discrete_hazard.grid import Periods

__all__ = ["CountedSpells", "ModelCells", "Totals", "add_up"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False, eq=False)
class ModelCells:
    """Counts at risk and leaving by covariate pattern and interval; `model_cells` makes it.

    Cells are small: they are for fitting models, not for publishing.

    Parameters
    ----------
    patterns : pandas.DataFrame, shape (n_patterns, n_covariates)
        The different rows of the covariates, missing values among them.
    n_spells, n_at_risk, n_used : ndarray of int64, shape (n_patterns,)
        Spells of each pattern; those at risk in a whole interval; of these, those of a weight above 0.
    weight_sum : ndarray of float64, shape (n_patterns,)
        Of those used.
    cells : Cells
    ends : ndarray of float64, shape (n_periods,)
        Where each interval ends, in `time_unit`; the first starts at 0.
    causes : tuple of str
    leavings : ndarray of int64, shape (n_causes,)
        By cause, whether or not in a whole interval.
    interval : str or tuple of float
        As asked for.
    incomplete : str
        How spells count in the interval inside which they were censored.
    time_unit : str
    is_weighted : bool
    provenance : mapping
    """

    patterns: pd.DataFrame
    n_spells: Ints
    n_at_risk: Ints
    n_used: Ints
    weight_sum: Floats
    cells: Cells
    ends: Floats
    causes: tuple[str, ...]
    leavings: Ints
    interval: str | tuple[float, ...]
    incomplete: str
    time_unit: str
    is_weighted: bool
    provenance: dict[str, object] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a pattern: the covariates and `n`, the spells used; a fresh copy."""
        return self.patterns.assign(n=self.n_used)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the cells to Parquet; see `discrete_hazard.model_cells_file`."""
        from workforce_metrics.survival.discrete_hazard.model_cells_file import write_model_cells

        return write_model_cells(self, Path(path))

    @staticmethod
    def from_parquet(path: str | os.PathLike[str]) -> ModelCells:
        """Read what `to_parquet` wrote, exactly as it was."""
        from workforce_metrics.survival.discrete_hazard.model_cells_file import read_model_cells

        return read_model_cells(Path(path))

    def __repr__(self) -> str:
        return (
            f"<ModelCells: {len(self.patterns):,} patterns of {', '.join(self.patterns.columns) or 'no covariate'},"
            f" {len(self.ends):,} intervals, {int(self.n_used.sum()):,} spells, {int(self.leavings.sum()):,} left,"
            f" time in {self.time_unit}>"
        )

    def _repr_html_(self) -> str:
        return html_of(self, self.frame.head())


@dataclass(frozen=True)
class CountedSpells:
    """Spells on the grid of intervals, each row standing for one of them or for many that are alike.

    Parameters
    ----------
    pattern : ndarray of int64, shape (n,)
    periods : Periods
    cause : ndarray of int64, shape (n,)
        0 = not left, k = left by cause k, also where the leaving is in no whole interval.
    n : ndarray of int64, shape (n,)
        How many spells the row stands for.
    weight : ndarray of float64 or None, shape (n,)
        The sum of their weights.
    is_positive : ndarray of bool or None, shape (n,)
        Whether their weights are above 0.
    """

    pattern: Ints
    periods: Periods
    cause: Ints
    n: Ints
    weight: Floats | None = None
    is_positive: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Totals:
    """Fields of `ModelCells` of the same names."""

    n_spells: Ints
    n_at_risk: Ints
    n_used: Ints
    weight_sum: Floats
    cells: Cells
    leavings: Ints


def add_up(batches: Iterable[CountedSpells], n_causes: int, ends: Floats) -> Totals:
    """Add up batches of spells by pattern and interval.

    Parameters
    ----------
    batches : iterable of CountedSpells
        Later ones may have more patterns.
    n_causes : int
    ends : ndarray of float64, shape (n_periods,)
        Of the grid that the batches are on.
    """
    width, n_patterns, leavings = len(ends) + 1, 0, np.zeros(n_causes + 1, dtype=np.int64)
    spells, at_risk, used = CellSums(np.int64), CellSums(np.int64), CellSums(np.int64)
    weights, change, event = CellSums(np.float64), CellSums(np.float64), [CellSums(np.float64) for _ in range(n_causes)]
    for batch in batches:
        n_patterns = max(n_patterns, int(batch.pattern.max(initial=-1)) + 1)
        positive = np.ones(len(batch.n), dtype=bool) if batch.is_positive is None else batch.is_positive
        leavings += np.bincount(batch.cause[positive], batch.n[positive], n_causes + 1).astype(np.int64)
        there = batch.periods.first <= batch.periods.last
        kept = np.flatnonzero(there & positive)
        amount = batch.n.astype(np.float64) if batch.weight is None else batch.weight
        for sums, rows in ((spells, slice(None)), (at_risk, there), (used, kept)):
            sums.add(batch.pattern[rows], n_patterns, batch.n[rows])
        weights.add(batch.pattern[kept], n_patterns, amount[kept])
        periods = Periods(ends, *(getattr(batch.periods, name)[kept] for name in ("first", "last", "left", "half")))
        counted = count_cells(
            batch.pattern[kept], n_patterns, periods, cause=batch.cause[kept], n_causes=n_causes, weight=amount[kept]
        )
        for sums, tally in zip((change, *event), (counted.change, *counted.event), strict=True):
            sums.add(tally.cell, n_patterns * tally.width, tally.amount)
    tallies = [Tally(*_not_empty(sums), width - place) for sums, place in ((change, 0), *((one, 1) for one in event))]
    return Totals(
        n_spells=_by_pattern(spells, n_patterns),
        n_at_risk=_by_pattern(at_risk, n_patterns),
        n_used=_by_pattern(used, n_patterns),
        weight_sum=_by_pattern(weights, n_patterns),
        cells=Cells(n_patterns, len(ends), tallies[0], tuple(tallies[1:])),
        leavings=leavings[1:],
    )


def _not_empty(sums: CellSums) -> tuple[Ints, Floats]:
    cells, amounts = sums.filled()
    some = amounts != 0
    return cells[some], amounts[some]


def _by_pattern(sums: CellSums, n_patterns: int) -> npt.NDArray[Any]:
    where, amounts = sums.filled()
    total = np.zeros(n_patterns, dtype=amounts.dtype)
    total[where] = amounts
    return total
