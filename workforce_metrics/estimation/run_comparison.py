"""A run held against saved or published figures: every row matched, every difference explained as far as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.estimation.run_changes import changes_between, rows_are_stated
from workforce_metrics.estimation.run_differences import (
    HIDDEN_IN_BOTH,
    NO_DIFFERENCE,
    NO_LONGER_HIDDEN,
    NOT_THERE_BEFORE,
    NOT_THERE_NOW,
    NOW_HIDDEN,
    UNEXPLAINED,
    WITHIN_ROUNDING,
    MatchedRuns,
    explanations_of,
    matched_runs,
    tells_of_few,
)
from workforce_metrics.estimation.runs import HasRows, check_step, groups_asked, run_of
from workforce_metrics.provenance import united_inputs
from workforce_metrics.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workforce_metrics.figures import PublishedSurvey

__all__ = ["RunComparison", "compare_runs"]

CHANGE_COLUMNS = ("kind", "item", "earlier", "current", "said")
ROWS_DRAWN = 40
NOT_BOTH = (NO_LONGER_HIDDEN, NOW_HIDDEN, HIDDEN_IN_BOTH, NOT_THERE_BEFORE, NOT_THERE_NOW)
KEY = "Dot: this run. Ring: the earlier one, where it differs"


@dataclass(frozen=True, repr=False, eq=False)
class RunComparison(Result):
    """Two runs side by side; `compare_runs` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a row of either run: see `compare_runs`.
    by : tuple of str
        The grouping columns.
    provenance : mapping
        The inputs of both runs, the version that compared them and the column compared.
    changes : pandas.DataFrame
        In what the runs differ: `kind` ("definition", "window", "options", "reading of inputs", "rows of inputs",
        "package", "disclosure control"), `item`, `earlier`, `current`, and `said`, the same in words.
    """

    changes: pd.DataFrame = field(kw_only=True)

    _title: ClassVar[str] = "RunComparison"

    @property
    def counts(self) -> pd.DataFrame:
        """How many rows each explanation accounts for: explained_by, n."""
        counts = self.table.groupby("explained_by", sort=False).size()
        return counts.sort_values(ascending=False, kind="stable").rename("n").reset_index()

    @property
    def summary(self) -> str:
        """What was found, in a few sentences."""
        why, n_few = self.table["explained_by"].astype(str), int(self.table["too_close"].sum())
        same, near = int((why == NO_DIFFERENCE).sum()), int((why == WITHIN_ROUNDING).sum())
        apart = int(why.str.startswith(NOT_BOTH).sum())
        unknown = int(why.str.contains(UNEXPLAINED, regex=False).sum())
        differ = len(why) - same - near - apart
        counted = f"{same:,} show no difference, {near:,} differ within rounding and {differ:,} by more"
        known = f"{differ - unknown:,} accounted for, {unknown:,} not"
        said = [f"Of {len(why):,} rows {counted} ({known}); {apart:,} cannot be compared."]
        moved = "; ".join(self.changes["said"])
        said += [f"Between the runs: {moved}."] if moved else ["The runs say nothing in which they differ."]
        if n_few:
            why_few = "hidden in one and shown in the other, or on numbers of people that hardly differ"
            said.append(
                f"{n_few:,} of them tell of few people to whoever holds both runs ({why_few}): look at them first."
            )
        return " ".join(said)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a dot for each figure of this run and a ring for the earlier one; of many rows those furthest apart.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidDataError
            If no row is shown in both.
        """
        from workforce_metrics.plotting.dots import draw_estimates

        column = str(self.provenance["column"])
        shown = self.table[self.table[column].notna() & self.table["earlier"].notna()]
        if shown.empty:
            raise InvalidDataError("runs", "a row that both show", "none", "look at .frame")
        furthest = shown["difference"].abs().sort_values(ascending=False, kind="stable").index[:ROWS_DRAWN]
        rows = shown.loc[sorted(furthest)]
        rows = rows.assign(estimate=rows[column], conf_low=rows[column], conf_high=rows[column])
        left_out = f"{len(rows)} of {len(shown):,} rows, those furthest apart" if len(rows) < len(shown) else ""
        labels = [name for name in self.table.columns[: self.table.columns.get_loc(column)] if name != "indicator"]
        return draw_estimates(
            rows.drop(columns="n", errors="ignore"), by=tuple(labels), ax=ax, order="group", rings="earlier",
            title="This run and the earlier one", caption=". ".join(filter(None, [KEY, left_out])),
        )  # fmt: skip


def compare_runs(
    current: HasRows | PublishedSurvey | IntoFrame,
    earlier: HasRows | PublishedSurvey | IntoFrame,
    *,
    by: str | Sequence[str] | None = None,
    column: str = "estimate",
    rounded_to: float | None = None,
) -> RunComparison:
    """Hold a run against the last saved or published figures, and explain each difference as far as can be.

    Parameters
    ----------
    current, earlier : Result, RiskTable, PublishedSurvey or data frame
        Results, what `read_result` or `read_published_survey` returns, or a table in memory with the same columns. A
        data frame does not say what it was made from, so little can be explained from it.
    by : str or sequence of str, optional
        The columns that group the rows; needed only between two data frames.
    column : str, default "estimate"
        The column whose values stand side by side. Every other column that both have is compared too.
    rounded_to : float, optional
        The step to which the figures of `earlier` are written, if it does not say so itself.

    Returns
    -------
    RunComparison
        One row a row of either run, in the order of the current one: the grouping columns and labels (`indicator`,
        `cause`, `time` ...); the column asked for, `earlier` and `difference` (current minus earlier); `n`, `earlier_n`
        and `n_difference` where both have `n`; `differs` (the names of all columns that differ, beyond rounding or
        within it); `too_close`; `explained_by`. Numbers stand only in rows that both runs have and show.

    Raises
    ------
    InvalidArgumentError
        If an argument is of another kind, the runs are grouped otherwise, or one has two rows about the same.
    MissingColumnError
        If a column is not in both.
    InvalidDataError
        If a run has no row, or no row of one is in the other.

    Notes
    -----
    A row is matched by its groups and labels; numbers, texts and categories that read the same are the same. Values are
    the same to 1e-9, relative to those above 1. `explained_by` is "no difference"; "within rounding of the saved
    figures" (half the step to which each side is written; figures both written to the same step differ by more than
    rounding); "row not there before", "row not there now"; "suppressed before, not now", "suppressed now, not before",
    "suppressed" (in both); else *everything* that could account for it, joined by semicolons:

    - other definition, data or release; other window; other options;
    - other reading of an input; more or fewer rows in it; another input;
    - other package version; other disclosure control;
    - "other people in the row", where `n` differs and a run does not say how many rows its inputs had;
    - "unexplained", where nothing can, or ``unexplained (columns)`` where that holds of some columns only.

    An option accounts only for columns that it can move: another `conf_level` for limits, never for an estimate. That a
    change could account for a difference does not prove that it did; that inputs have the same name and number of
    rows does not prove that their cells are the same. Disclosure control takes numbers of rows out of what a run says.

    *Two publications can be subtracted.* `too_close` marks rows hidden in one run and shown in the other, and rows
    whose numbers of people differ by fewer than the smallest number shown (11 where no run says): the people by whom
    they differ can be read off. Each row is looked at for itself; totals and lines are not. The comparison is for who
    made both runs: it has not been through disclosure control, and `suppress` refuses it.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["a"] * 30 + ["b"] * 40, "hours": [30.0, 40.0] * 35})
    >>> last = wm.estimate(staff, "hours", by="team")
    >>> now = wm.estimate(staff, "hours", by="team", conf_level=0.9)
    >>> compared = wm.compare_runs(now, last)
    >>> compared.frame[["team", "difference", "differs", "explained_by"]]
      team  difference              differs                             explained_by
    0    a         0.0  conf_low, conf_high  other options: conf_level 0.95 -> 0.9
    1    b         0.0  conf_low, conf_high  other options: conf_level 0.95 -> 0.9
    """
    groups, step = groups_asked(current, earlier, by), check_step(rounded_to)
    now, then = run_of(current, "current", groups), run_of(earlier, "earlier", groups, step)
    for argument, run in (("current", now), ("earlier", then)):
        if column not in run.frame or not pd.api.types.is_numeric_dtype(run.frame[column]):
            raise MissingColumnError(
                "column", f"a column of numbers of {argument}", f"{column!r}, not one", close_names(column, run.frame)
            )
    if now.keys != then.keys:
        raise InvalidArgumentError(
            "earlier", f"rows told apart by {', '.join(now.keys) or 'nothing'}, as in current",
            ", ".join(then.keys) or "nothing", "compare results of the same kind",
        )  # fmt: skip
    matched = matched_runs(now, then)
    if not ((matched.at >= 0) & (matched.before >= 0)).any():
        raise InvalidDataError(
            "earlier", "rows about the same groups and indicators", "none", "compare runs of the same question"
        )
    changes = changes_between(then.provenance, now.provenance)
    stated = rows_are_stated(now.provenance) and rows_are_stated(then.provenance)
    table = _tidy(matched, column).assign(
        too_close=tells_of_few(matched), explained_by=explanations_of(matched, changes, rows_are_stated=stated)
    )
    rows = [{name: getattr(change, name) for name in CHANGE_COLUMNS} for change in changes]
    provenance = {**united_inputs([now.provenance, then.provenance]), "column": column, "rounded_to": step}
    return RunComparison(table, groups, provenance, changes=pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)))


def _tidy(matched: MatchedRuns, column: str) -> pd.DataFrame:
    """Return the rows with their labels, the column asked for on both sides, and numbers of people."""
    keys = list(matched.current.keys)
    gone = matched.earlier.frame.iloc[matched.before[matched.at < 0]]
    labels = [frame[keys].astype(object) for frame in (matched.current.frame, gone)]
    table = pd.concat(labels, ignore_index=True).infer_objects()
    now, then = matched.values_of(column)
    table[column], table["earlier"], table["difference"] = now, then, now - then
    if "n" in matched.columns and column != "n":
        people, before = matched.values_of("n")
        columns = {"n": people, "earlier_n": before, "n_difference": people - before}
        whole = all(np.array_equal(side, np.round(side), equal_nan=True) for side in (people, before))
        table = table.assign(**columns).astype(dict.fromkeys(columns, "Int64" if whole else "float64"))
    names = np.array(matched.columns, dtype=object)
    table["differs"] = [", ".join(names[flags]) for flags in matched.differs]
    return table
