"""Two runs row by row: which figures differ, what accounts for it, and what the two together would give away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce_metrics.estimation.explanations import EXACT
from workforce_metrics.estimation.run_changes import DISCLOSURE, Change
from workforce_metrics.estimation.runs import HIDDEN, STEP, Run

__all__ = [
    "HIDDEN_IN_BOTH",
    "NOT_THERE_BEFORE",
    "NOT_THERE_NOW",
    "NOW_HIDDEN",
    "NO_DIFFERENCE",
    "NO_LONGER_HIDDEN",
    "PEOPLE",
    "UNEXPLAINED",
    "WITHIN_ROUNDING",
    "MatchedRuns",
    "explanations_of",
    "matched_runs",
    "tells_of_few",
]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

NO_DIFFERENCE, WITHIN_ROUNDING = "no difference", "within rounding of the saved figures"
NOT_THERE_BEFORE, NOT_THERE_NOW = "row not there before", "row not there now"
NO_LONGER_HIDDEN, NOW_HIDDEN, HIDDEN_IN_BOTH = "suppressed before, not now", "suppressed now, not before", "suppressed"
PEOPLE, UNEXPLAINED = "other people in the row", "unexplained"
FEW = 11


@dataclass(frozen=True, eq=False)
class MatchedRuns:
    """The rows of both runs, each matched with the one about the same.

    Parameters
    ----------
    current, earlier : Run
    at, before : numpy.ndarray of int64, shape (n_rows,)
        The position of each row in the current and in the earlier run; -1 where it is not there.
    columns : tuple of str
        The columns that both have and that were compared.
    differs, rounding : numpy.ndarray of bool, shape (n_rows, n_columns)
        Whether both values are shown and differ; whether only by what rounding may have done.
    """

    current: Run
    earlier: Run
    at: Positions
    before: Positions
    columns: tuple[str, ...]
    differs: BoolArray
    rounding: BoolArray

    @property
    def hidden(self) -> tuple[BoolArray, BoolArray]:
        """Which rows the current and the earlier run hide."""
        return _taken(self.current.hidden, self.at), _taken(self.earlier.hidden, self.before)

    @property
    def shown(self) -> BoolArray:
        """Which rows both runs have and show."""
        now, then = self.hidden
        return (self.at >= 0) & (self.before >= 0) & ~now & ~then

    def values_of(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return a column of numbers of the current and the earlier run, missing where not both show the row."""
        found = []
        for run, where in ((self.current, self.at), (self.earlier, self.before)):
            values = np.full(len(self.at), np.nan)
            values[self.shown] = np.asarray(run.values_of(name), dtype=np.float64)[where[self.shown]]
            found.append(values)
        return found[0], found[1]


def matched_runs(current: Run, earlier: Run) -> MatchedRuns:
    """Match the rows of two runs and compare every column that both have.

    Returns
    -------
    MatchedRuns
        Rows in the order of the current run, then those that only the earlier has.
    """
    found = earlier.index.get_indexer(current.index)
    gone = np.setdiff1d(np.arange(len(earlier.index)), found)
    at = np.concatenate([np.arange(len(current.index)), np.full(len(gone), -1)])
    before = np.concatenate([found, gone]).astype(np.int64)
    columns = _compared_columns(current, earlier)
    both = (at >= 0) & (before >= 0) & ~_taken(current.hidden, at) & ~_taken(earlier.hidden, before)
    differs = np.zeros((len(at), len(columns)), dtype=bool)
    rounding = np.zeros((len(at), len(columns)), dtype=bool)
    for place, name in enumerate(columns):
        pair = (current.values_of(name)[at[both]], earlier.values_of(name)[before[both]])
        steps = (current.step_of(name)[at[both]], earlier.step_of(name)[before[both]])
        differs[both, place], rounding[both, place] = _differences(*pair, *steps)
    return MatchedRuns(current, earlier, at, before, columns, differs, rounding)


def explanations_of(matched: MatchedRuns, changes: Sequence[Change], *, rows_are_stated: bool) -> list[str]:
    """Return for each row what accounts for its difference.

    Parameters
    ----------
    matched : MatchedRuns
    changes : sequence of Change
        In what the runs differ.
    rows_are_stated : bool
        Whether both say how many rows their inputs had. Where they do not, other people in a row are an explanation of
        their own; where they do and the numbers are the same, they are what is to be explained.
    """
    of_pattern: dict[tuple[bool, ...], str] = {}
    counts = [place for place, name in enumerate(matched.columns) if name == "n"]
    texts = []
    for differs, rounding in zip(matched.differs, matched.rounding, strict=True):
        pattern = (*differs.tolist(), *rounding.tolist())
        if pattern not in of_pattern:
            people = not rows_are_stated and any(differs[place] and not rounding[place] for place in counts)
            moved = [name for name, is_off in zip(matched.columns, differs & ~rounding, strict=True) if is_off]
            of_pattern[pattern] = _explanation(moved, changes, people=people, rounded=bool(rounding.any()))
        texts.append(of_pattern[pattern])
    settings = "; ".join(change.said for change in changes if change.kind == DISCLOSURE)
    found = np.array(texts, dtype=object)
    now, then = matched.hidden
    for rows, said in (
        (now & ~then, f"{NOW_HIDDEN}{'; ' * bool(settings)}{settings}"),
        (then & ~now, f"{NO_LONGER_HIDDEN}{'; ' * bool(settings)}{settings}"),
        (now & then, HIDDEN_IN_BOTH),
        (matched.before < 0, NOT_THERE_BEFORE),
        (matched.at < 0, NOT_THERE_NOW),
    ):
        found[rows] = said
    return [str(text) for text in found]


def tells_of_few(matched: MatchedRuns) -> BoolArray:
    """Return the rows of which who holds both runs knows more than either was to tell, shape (n_rows,).

    Hidden in one and shown in the other; or shown in both, on numbers of people that differ by fewer than may be shown.
    Where neither run went through disclosure control, nothing is said.
    """
    if not (matched.current.is_safe or matched.earlier.is_safe):
        return np.zeros(len(matched.at), dtype=bool)
    now, then = matched.hidden
    few = (now != then) & (matched.at >= 0) & (matched.before >= 0)
    if "n" in matched.columns:
        here, there = matched.values_of("n")
        place = matched.columns.index("n")
        differs = matched.differs[:, place] & ~matched.rounding[:, place]
        few |= differs & (np.abs(here - there) < (max(matched.current.min_n, matched.earlier.min_n) or FEW))
    return np.asarray(few)


def _explanation(moved: Sequence[str], changes: Sequence[Change], *, people: bool, rounded: bool) -> str:
    if not moved:
        return WITHIN_ROUNDING if rounded else NO_DIFFERENCE
    said = [change.said for change in changes if any(map(change.can_move, moved))]
    if people:
        return "; ".join([*said, PEOPLE])
    left = [name for name in moved if not any(change.can_move(name) for change in changes)]
    if left:
        return "; ".join([*said, f"{UNEXPLAINED} ({', '.join(left)})" if said else UNEXPLAINED])
    return "; ".join(said)


def _compared_columns(current: Run, earlier: Run) -> tuple[str, ...]:
    names = [name for name in current.frame.columns if name in earlier.frame.columns]
    kept = [str(name) for name in names if name not in (*current.keys, *earlier.keys, HIDDEN, STEP)]
    return tuple(name for name in kept if not (_was_taken_out(current, name) or _was_taken_out(earlier, name)))


def _was_taken_out(run: Run, name: str) -> bool:
    """Whether rounding left a column without a value."""
    return bool(run.count_step) and bool(run.frame[name].isna().all())


def _taken(flags: BoolArray, where: Positions) -> BoolArray:
    return np.asarray(np.append(flags, np.False_)[where])  # -1 takes the last


def _differences(
    now: npt.NDArray[np.generic], then: npt.NDArray[np.generic], step: FloatArray, step_then: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Return which values differ, and which of them by no more than rounding both, or one, may have done."""
    if now.dtype.kind != "f" or then.dtype.kind != "f":
        differs = now.astype(str) != then.astype(str)
        return differs, np.zeros(len(now), dtype=bool)
    one, other = now.astype(np.float64), then.astype(np.float64)
    missing = np.isnan(one), np.isnan(other)
    apart = np.abs(np.where(one == other, 0.0, one - other))  # two infinite ones are the same
    slack = EXACT * np.maximum(1.0, np.nan_to_num(np.abs(other), posinf=1.0))
    differs = (missing[0] != missing[1]) | (apart > slack)
    rounding = differs & (apart <= slack + (step + step_then) / 2) & (step != step_then)
    return np.asarray(differs), np.asarray(rounding)
