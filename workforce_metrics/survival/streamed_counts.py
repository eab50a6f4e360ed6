"""Spells counted batch by batch with NumPy: what is held at once is a batch and the counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.survival.build_cohort import SEEN_FROM
from workforce_metrics.survival.cell_sums import CellSums
from workforce_metrics.survival.cohort_columns import checked_weights
from workforce_metrics.survival.group_book import GroupBook, encoded
from workforce_metrics.survival.spell_batches import SpellPart, as_days
from workforce_metrics.survival.spell_counts import Asked, LeftOut, MarginCounts, SpellCounts
from workforce_metrics.survival.spell_times import ReasonCodes, SpellTimes, last_tick, reason_codes, spell_times
from workforce_metrics.typed_columns import kept_alike

__all__ = ["TimedBatch", "count_streamed", "timed_batches"]

JOINED, LEFT, REASON = "joined", "left", "reason"
MOST_PARTS = 8
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TimedBatch:
    """Some spells on the clock.

    Parameters
    ----------
    joined : ndarray of datetime64[D], shape (n,)
    times : SpellTimes
    cause : ndarray of int64, shape (n,)
        0 = not left, k = left by cause k.
    group : ndarray of int64, shape (n,)
        Codes of the `GroupBook`.
    weight : ndarray of float64 or None, shape (n,)
    n_unlisted : int
        Leavings without a listed reason.
    """

    joined: npt.NDArray[np.datetime64]
    times: SpellTimes
    cause: Ints
    group: Ints
    weight: Floats | None
    n_unlisted: int


def timed_batches(parts: Iterable[SpellPart], asked: Asked, book: GroupBook) -> Iterator[TimedBatch]:
    """Yield the spells on the clock, batch by batch.

    Parameters
    ----------
    parts : iterable of SpellPart
    asked : Asked
    book : GroupBook
        Of the columns `asked.by`; learns their values.

    Yields
    ------
    TimedBatch
    """
    for part in parts:
        own = [JOINED, LEFT, *([REASON] if asked.causes is not None else [])]
        own += [SEEN_FROM] if SEEN_FROM in part.schema.names else []
        own += [] if asked.weight is None else [asked.weight]
        columns = list(dict.fromkeys([*own, *asked.by]))
        for batch in part.batches(columns):
            if batch.num_rows:
                yield _timed(batch, part, asked, book)


def _timed(batch: pa.RecordBatch, part: SpellPart, asked: Asked, book: GroupBook) -> TimedBatch:
    joined, left = as_days(batch[JOINED], JOINED), as_days(batch[LEFT], LEFT)
    times = spell_times(
        joined,
        left,
        seen_from=as_days(batch[SEEN_FROM], SEEN_FROM) if SEEN_FROM in batch.schema.names else None,
        observed_from=part.means.observed_from,
        observed_to=part.means.observed_to,
        years=asked.years,
    )
    cause, n_unlisted = times.left.astype(np.int64), 0
    if asked.causes is not None:
        found, place = _reasons(batch[REASON], asked)
        cause *= found.codes[place]
        n_unlisted = int((~found.is_listed[place] & ~np.isnat(left)).sum())
    group = book.codes_of([batch[name] for name in asked.by], batch.num_rows)
    weight = None if asked.weight is None else checked_weights(batch[asked.weight].to_pandas(), asked.weight)
    return TimedBatch(joined, times, cause, group, weight, n_unlisted)


def _reasons(column: pa.Array, asked: Asked) -> tuple[ReasonCodes, Ints]:
    values, place = encoded(column)
    there = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
    found = reason_codes(values.take(pa.array(there)).to_pylist(), asked.causes)
    own = np.full(len(values), len(there), dtype=np.int64)
    own[there] = np.arange(len(there))
    return found, own[place]


def count_streamed(parts: list[SpellPart], asked: Asked) -> SpellCounts:
    """Count spells by group, day and outcome.

    Parameters
    ----------
    parts : list of SpellPart
    asked : Asked

    Returns
    -------
    SpellCounts

    Raises
    ------
    MissingColumnError, InvalidDataError, FileFormatError
        If a column is not there or not of its kind, weights are missing or negative, a file is damaged, or no spell was
        ever at risk.
    """
    book, causes = GroupBook(asked.by), reason_codes([], asked.causes).names
    exits = _Margin(last_tick(asked.years) + 1, len(causes) + 1)
    entries = _Margin(last_tick(asked.years) + 1, 1)
    grids = [] if asked.weight is None else _grids_of_weights(parts, asked.weight)
    out = LeftOut()
    for batch in timed_batches(parts, asked, book):
        at_risk = batch.times.at_risk
        out = out.with_batch(batch.times, batch.n_unlisted)
        who: Any = slice(None) if at_risk.all() else np.flatnonzero(at_risk)
        weights = [] if batch.weight is None else _exact_parts(batch.weight[who], grids)
        exits.add(batch.group[who], batch.times.duration[who], batch.cause[who], weights)
        entries.add(batch.group[who], batch.times.entry[who], None, weights)
    out.refuse_nobody()
    groups = book.frame(kept_alike([part.kept for part in parts]))
    return SpellCounts(exits.counts(exits.n_parts), entries.counts(exits.n_parts), groups, causes, out)


class _Margin:
    """Ends or beginnings by group, day and outcome, as batches are added."""

    def __init__(self, n_ticks: int, n_outcomes: int) -> None:
        self._n_ticks, self._n_outcomes = n_ticks, n_outcomes
        self._people = CellSums(np.int64)
        self._weights: list[CellSums] = []

    @property
    def n_parts(self) -> int:
        return len(self._weights)

    def add(self, group: Ints, tick: Ints, outcome: Ints | None, weights: list[Floats]) -> None:
        if not len(group):
            return
        cells = group * self._n_ticks
        cells += tick
        if outcome is not None:
            cells *= self._n_outcomes
            cells += outcome
        n_cells = (int(group.max()) + 1) * self._n_ticks * self._n_outcomes
        self._people.add(cells, n_cells)
        while len(self._weights) < len(weights):
            self._weights.append(CellSums(np.float64))
        for sums, part in zip(self._weights, weights, strict=False):
            sums.add(cells, n_cells, part)

    def counts(self, n_parts: int) -> MarginCounts:
        """Return what was counted; the margin is used up."""
        cells, people = self._people.filled()
        self._people = CellSums(np.int64)
        place = cells // self._n_outcomes
        outcome = (cells % self._n_outcomes).astype(np.int16)
        group, tick = (place // self._n_ticks).astype(np.int32), (place % self._n_ticks).astype(np.int32)
        del place
        weights = [np.zeros(len(cells)) for _ in range(n_parts)]
        for total, sums in zip(weights, self._weights, strict=False):
            filled, amounts = sums.filled()
            total[np.searchsorted(cells, filled)] = amounts
        return MarginCounts(group, tick, outcome, people, tuple(weights))


def _grids_of_weights(parts: list[SpellPart], weight: str) -> list[float]:
    """Return powers of two that cut weights into parts whose sums over all spells are exact, the coarsest first."""
    largest, n = 0.0, 0
    for part in parts:
        for batch in part.batches([weight]):
            own = checked_weights(batch[weight].to_pandas(), weight)
            largest, n = max(largest, float(own.max(initial=0.0))), n + len(own)
    size = math.frexp(n)[1]
    above = math.frexp(largest)[1] + size
    return [math.ldexp(1.0, above + (size - 53) * place) for place in range(MOST_PARTS)]


def _exact_parts(weight: Floats, grids: list[float]) -> list[Floats]:
    """Return parts that add up to the weights, cut in the same way in every batch."""
    parts: list[Floats] = []
    rest = weight
    for grid in grids:
        parts.append((grid + rest) - grid)
        rest = rest - parts[-1]
        if not rest.any():
            break
    return parts
