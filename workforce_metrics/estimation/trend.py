"""Scores and shares through the editions of a survey, with the breaks that a line must not cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from workforce_metrics.estimation.breaks import break_between
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.editions import (
    EDITION,
    EditionStack,
    editions_asked,
    pooled_columns,
    stack_editions,
)
from workforce_metrics.estimation.estimate import EstimateTable, check_design, estimate
from workforce_metrics.estimation.indicator_totals import Kind, indicator_names
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import group_codes
from workforce_metrics.results import check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrendTable", "as_stack", "lacking_words", "trend"]


@dataclass(frozen=True, repr=False, eq=False)
class TrendTable(EstimateTable):
    """Estimates by group, edition and indicator, as `trend` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, edition and indicator: the columns of an `EstimateTable`, `edition` among the groups,
        and `break_before`: why the row cannot be compared with the edition before, empty where it can.
    by : tuple of str
        Names of the grouping columns, "edition" the last.
    provenance : mapping
        As of an `EstimateTable`; `lacking` names the indicators that an edition does not hold.
    kinds : mapping of str to str
        What each indicator is.
    """

    _title: ClassVar[str] = "TrendTable"

    def plot(self, ax: Axes | None = None, *, kind: Literal["lines", "dots", "heatmap"] = "lines") -> Axes:
        """Draw a line through the editions for each group, a panel an indicator, with gaps at breaks.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.
        kind : {"lines", "dots", "heatmap"}, default "lines"
            The others as of any `EstimateTable`, a row each group and edition.

        Returns
        -------
        matplotlib.axes.Axes
        """
        if kind != "lines":
            return super().plot(ax, kind=kind)
        from workforce_metrics.plotting.trend import draw_trend

        shares = [name for name, what in self.kinds.items() if what == "share"]
        caption = self.caption + ("; scores: higher is better" if "score" in self.kinds.values() else "")
        return draw_trend(self.frame, by=self.by[:-1], ax=ax, percent=shares, caption=caption)


def trend(
    surveys: EditionStack | StaffSurvey | Sequence[StaffSurvey],
    indicators: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    conf_level: float = 0.95,
) -> TrendTable:
    """Estimate scores and shares in each edition of a survey, joined by concept, breaks flagged.

    Parameters
    ----------
    surveys : EditionStack, StaffSurvey or sequence of StaffSurvey
        Editions, as `stack_editions` takes them.
    indicators : str or sequence of str
        Names as `estimate` takes them. An edition that does not hold one has no row for it.
    by : str or sequence of str, optional
        Columns whose combinations are the groups, of the same names in every edition.
    design : SurveyDesign, optional
        How respondents of each edition were selected and weighted.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    TrendTable
        One row for each group, edition and indicator, with `break_before`.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError, CodebookError
        As `estimate` and `stack_editions`; an indicator that no edition holds is refused.

    Notes
    -----
    A row is what `estimate` returns for that edition alone. `break_before` compares with the edition before it among
    those that hold the indicator: the item was reworded, its answers or their codes changed, it is scored or counted
    otherwise, a score is made of other items, or a grouping column is a concept whose codes changed. No line is
    drawn over it and `trend_test` makes no test over it.

    Weights belong to a release: earlier years are re-weighted in a later one. Take all editions from one release, and
    name it in `stack_editions`.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> made = [wm.simulate_staff_survey(2000, seed=year, edition=year) for year in (2023, 2024, 2025)]
    >>> years = [wm.read_staff_survey(year.extract, edition=year.settings["edition"]) for year in made]
    >>> table = wm.trend(years, "share:fair_career_progression", design=wm.SurveyDesign(weight="weight"))
    >>> table.frame[["edition", "n", "break_before"]]
       edition     n                       break_before
    0     2023  1920
    1     2024  1920
    2     2025  1900  fair_career_progression: reworded
    """
    stack, design, names = as_stack(surveys), check_design(design), indicator_names(indicators)
    conf_level, groups_by = check_conf_level(conf_level), grouping_columns(by)
    pooled_columns(stack, groups_by)  # refuses a column that an edition lacks before anything is computed
    held = {name: editions_asked(stack, name) for name in names}
    kinds: dict[str, Kind] = {}
    frames, counts = [], {"n_respondents": 0, "n_without_group": 0, "n_zero_weight": 0}
    for edition, survey in zip(stack.editions, stack.surveys, strict=True):
        here = [name for name in names if edition in held[name]]
        if not here:
            continue
        table = estimate(survey, here, by=groups_by, design=design, conf_level=conf_level)
        kinds |= dict(table.kinds)
        for count in counts:
            counts[count] += int(str(table.provenance[count] or 0))
        frame = table.frame
        frame.insert(len(groups_by), EDITION, edition)
        reasons = {name: _break_before(stack, held[name], edition, name, groups_by) for name in here}
        frame["break_before"] = frame["indicator"].map(reasons)
        frames.append(frame)
    provenance = {
        **stack.provenance,
        "data": stack.name,
        "design": design if design.columns else None,
        "conf_level": conf_level,
        "lacking": lacking_words(stack, held) or None,
        **{name: count or None for name, count in counts.items()},
    }
    kinds = {name: kinds[name] for name in names}
    return TrendTable(_in_order(frames, groups_by), (*groups_by, EDITION), provenance, kinds)


def as_stack(surveys: EditionStack | StaffSurvey | Sequence[StaffSurvey]) -> EditionStack:
    """Return the editions as a stack."""
    return surveys if isinstance(surveys, EditionStack) else stack_editions(surveys)


def lacking_words(stack: EditionStack, held: Mapping[str, Sequence[int]]) -> str:
    """Return which editions do not hold which indicators, in words; empty where all hold all.

    Examples
    --------
    >>> lacking_words(EditionStack((), (2023, 2024)), {"burnout": (2024,), "morale": (2023, 2024)})
    'burnout in 2023'
    """
    absent = {name: [str(year) for year in stack.editions if year not in there] for name, there in held.items()}
    return "; ".join(f"{name} in {', '.join(years)}" for name, years in absent.items() if years)


def _break_before(stack: EditionStack, held: tuple[int, ...], edition: int, name: str, by: tuple[str, ...]) -> str:
    place = held.index(edition)
    return break_between(stack, held[place - 1], edition, name, by) if place else ""


def _in_order(frames: list[pd.DataFrame], by: tuple[str, ...]) -> pd.DataFrame:
    """Return the editions' rows group by group, within a group by edition, indicators as asked."""
    frame = pd.concat(frames, ignore_index=True)
    codes = group_codes(frame, by, missing="a group").codes
    return frame.take(np.argsort(codes, kind="stable")).reset_index(drop=True)
