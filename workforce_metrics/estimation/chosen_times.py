"""Curves and risk tables at times that are safe to publish: in no span between two of them few people do anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.rounding import coarse_step
from workforce_metrics.results import Result, numbers_asked

__all__ = ["ChosenTimes", "at_safe_times"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


ESTIMATES = ("estimate", "std_error", "conf_low", "conf_high")


@runtime_checkable
class ChosenTimes(Protocol):
    """What shows its people step by step, but can be asked for spans between chosen times."""

    def between(self, times: float | Sequence[float]) -> Result:
        """Return a row for each group and span (and cause): `n_risk`, `n_event`, `n_censor`, `n_entry` and `n`."""
        ...


@dataclass(frozen=True)
class _Spans:
    """Counts of shape (n_groups, n_times) of the spans that end at each time; `n_event` also by cause."""

    n_risk: FloatArray
    n_event: FloatArray
    n_censor: FloatArray
    n_entry: FloatArray

    def are_safe(self, first: int, end: int, min_n: int) -> BoolArray:
        """Return in which groups the spans from `first` up to `end`, as one, hold enough: shape (n_groups,)."""
        by_cause = self.n_event[:, first:end].sum(axis=1)
        left, start = by_cause.sum(axis=1), self.n_risk[:, first]
        censored, entered = self.n_censor[:, first:end].sum(axis=1), self.n_entry[:, first:end].sum(axis=1)
        others = start + entered - left
        some = np.column_stack([by_cause, censored, entered, others - censored])
        enough = (np.column_stack([start, left, others]) >= min_n).all(axis=1)
        return np.asarray(enough & ((some <= 0) | (some >= min_n)).all(axis=1))


def at_safe_times(curve: ChosenTimes, times: float | Sequence[float], *, min_n: int) -> Result:
    """Return a curve or risk table between those of the times that are safe to publish.

    Parameters
    ----------
    curve : ChosenTimes
    times : float or sequence of float
    min_n : int

    Returns
    -------
    Result
        A row a group and span. `n` is missing in groups that have too few in every span: they are to be hidden.

    Raises
    ------
    InvalidArgumentError
        If counts are sums of weights, which are no numbers of people.

    Notes
    -----
    Of the times asked for, the most that leave every span of every group safe, the last among them: at the start of a
    span at least `min_n` are at risk, in it at least `min_n` leave and as many do not, and those who leave by each
    cause, are censored, enter, or are left at its end are nobody or `min_n` and more. All groups have the same times:
    a time that others showed would be had by subtraction.
    """
    asked = np.unique(numbers_asked(times, "times"))
    fine = curve.between(asked.tolist())
    if fine.provenance.get("weighted"):
        raise InvalidArgumentError(
            "result", "counts of people", "sums of weights", "suppress leaving_within(...) of a weighted cohort"
        )
    spans = _spans_of(fine, len(asked))
    for end in range(len(asked), 0, -1):
        whole = spans.are_safe(0, end, min_n)
        if whole.any():
            break
    else:
        end = len(asked)
    chosen = asked[_most_times(spans, whole, end, min_n)]
    coarse = curve.between(chosen.tolist())
    table, of_row = coarse.frame, np.repeat(np.arange(len(whole)), len(coarse.table) // max(len(whole), 1))
    safe = whole[of_row]
    step = coarse_step(np.where(safe, table["n"].to_numpy(dtype=np.float64), 1.0))
    for name in ESTIMATES:
        if name in table:
            table[name] = np.where(safe, np.round(np.round(table[name] / step) * step, 12), np.nan)
    table["n"] = table["n"].astype("Int64").mask(~safe)
    return coarse.with_table(table, times=tuple(chosen.tolist()), times_left_out=len(asked) - len(chosen))


def _spans_of(fine: Result, n_times: int) -> _Spans:
    frame = fine.table
    n_causes = frame["cause"].nunique() if "cause" in frame else 1
    shape = (-1, n_times, n_causes)
    counts = {
        name: frame[name].to_numpy(dtype=np.float64).reshape(shape)
        for name in ("n_risk", "n_event", "n_censor", "n_entry")
    }
    whole = {name: counts[name][..., 0] for name in ("n_risk", "n_censor", "n_entry")}
    return _Spans(n_event=counts["n_event"], **whole)


def _most_times(spans: _Spans, groups: BoolArray, end: int, min_n: int) -> npt.NDArray[np.int64]:
    """Return the positions of the most times, ending with the `end`-th, between which all `groups` are safe."""
    best: list[tuple[int, ...] | None] = [()] + [None] * end
    for last in range(1, end + 1):
        for first in range(last):
            before = best[first]
            if before is None or not spans.are_safe(first, last, min_n)[groups].all():
                continue
            found = best[last]
            if found is None or len(before) + 1 > len(found):
                best[last] = (*before, last - 1)
    return np.array(best[end] or (end - 1,), dtype=np.int64)
