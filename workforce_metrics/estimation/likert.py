"""The answers to items as shares of their options, for diverging bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.scale import Option
from workforce_metrics.errors import CodebookError, InvalidArgumentError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import check_design, estimate
from workforce_metrics.estimation.indicator_totals import indicator_names
from workforce_metrics.estimation.input_columns import columns_as_pandas
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.results import Result, check_conf_level, grouping_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SIDES", "LikertTable", "likert"]

SIDES = ("unfavourable", "neutral", "favourable", "aside")
"""Where an option stands: by its value below, at or above the middle of its scale, or without a value."""


@dataclass(frozen=True, repr=False, eq=False)
class LikertTable(Result):
    """Shares of the options of items, as `likert` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, item and option: the grouping columns, `indicator` (the item), `outcome` (the option's
        label), `side`, `estimate`, `std_error`, `conf_low`, `conf_high`, `n`, `n_missing`, `n_effective`, `weight_sum`,
        `df`; after `suppress` also `suppressed`.
    by : tuple of str
        Names of the grouping columns.
    provenance : mapping
        Data, design, level and number of respondents.
    """

    _title: ClassVar[str] = "LikertTable"

    def is_unanimous(self) -> npt.NDArray[np.bool_]:
        """Return which rows tell that all gave one answer; of an option that nobody chose that is not so."""
        return self.table["estimate"].eq(1.0).to_numpy(dtype=bool, na_value=False)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        neutral: Literal["split", "aside"] = "split",
        order: Literal["favourable", "group"] = "favourable",
    ) -> Axes:
        """Draw diverging bars: unfavourable answers to the left of a line, favourable ones to the right.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.
        neutral : {"split", "aside"}, default "split"
            Whether neutral answers lie half on either side of the line, or in a strip of their own at the right.
        order : {"favourable", "group"}, default "favourable"
            Rows by the share of favourable answers (to the first item, where there are several panels), the largest on
            top, or in their own order.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from workforce_metrics.plotting.likert import draw_likert

        design = self.provenance.get("design")
        weight = design.weight if isinstance(design, SurveyDesign) else None
        weighted = f", weighted by {weight}" if weight else ""
        caption = f"{self.provenance['data']}; shares of those who answered{weighted}"
        return draw_likert(self.frame, by=self.by, ax=ax, neutral=neutral, order=order, caption=caption)


def likert(
    survey: StaffSurvey,
    items: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    conf_level: float = 0.95,
) -> LikertTable:
    """Estimate the share of each option of items, with intervals, from the least to the most favourable.

    Parameters
    ----------
    survey : StaffSurvey
        Answers by concept.
    items : str or sequence of str
        Concepts whose scale has values and which have a direction, such as "burnout_burnt_out".
    by : str or sequence of str, optional
        Columns whose combinations are the groups; with none, all respondents are one.
    design : SurveyDesign, optional
        How respondents were selected and weighted; without it each counts once and was drawn independently.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    LikertTable
        One row for each group, item and option. Estimates of a group and item add up to 1. `n` counts who gave one of
        the options, `n_missing` who did not answer, was not asked, or answered outside the item's base.

    Raises
    ------
    InvalidArgumentError
        If it is not a survey, or an item is named twice.
    CodebookError
        If the codebook has no such item, or the item's options have no order.
    MissingColumnError, InvalidDataError
        As `estimate`.

    Notes
    -----
    The options are those in the base of the published percentage, or all where none is published. `side` comes from
    an option's value with the item's direction applied: "Often" is unfavourable where the item says "burnt out". An
    option in the base without a value is "aside". Intervals are those of a share.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> extract = wm.simulate_staff_survey(1000, seed=1).extract
    >>> survey = wm.read_staff_survey(extract, edition=2024)
    >>> table = wm.likert(survey, "burnout_burnt_out", design=wm.SurveyDesign(weight="weight"))
    >>> table.frame[["outcome", "side", "estimate"]].round(2)
         outcome          side  estimate
    0     Always  unfavourable      0.06
    1      Often  unfavourable      0.22
    2  Sometimes       neutral      0.41
    3     Rarely    favourable      0.23
    4      Never    favourable      0.08
    """
    if not isinstance(survey, StaffSurvey):
        raise InvalidArgumentError(
            "survey",
            "a StaffSurvey",
            f"a {type(survey).__name__}",
            "read it with read_staff_survey: its codebook orders the options",
        )
    design, conf_level = check_design(design), check_conf_level(conf_level)
    concepts, groups_by = indicator_names(items), grouping_columns(by)
    table = columns_as_pandas(survey, tuple(dict.fromkeys([*groups_by, *design.columns])))
    frames = []
    for concept in concepts:
        options = _options(survey.codebook.item(concept))
        codes = survey.codes(concept)
        in_base = np.isin(codes, [option.code for option, _ in options])
        columns = {
            f"{concept} = {option.code}": np.where(in_base, codes == option.code, np.nan) for option, _ in options
        }
        found = estimate(
            table.assign(**columns), [SHARE_PREFIX + name for name in columns], by=groups_by, design=design,
            conf_level=conf_level,
        )  # fmt: skip
        frames.append(_labelled(found.frame, concept, options))
    provenance = {**found.provenance, "data": survey.codebook.name}
    return LikertTable(_in_order(frames), groups_by, provenance)


def _options(item: Item) -> list[tuple[Option, str]]:
    """Return the options and their sides, the least favourable first, those without a value last."""
    if not item.scale.is_scored or item.direction not in {"positive", "negative"}:
        raise CodebookError(
            f"item {item.concept!r}", "an item with values and a direction", f"a {item.direction} item",
            "take the share of an option",
        )  # fmt: skip
    values = item.scale.values(item.direction)
    middle = (min(values.values()) + max(values.values())) / 2
    asked = [option for option in item.scale.options if option.code in (item.base or item.scale.codes)]
    valued = sorted((option for option in asked if option.code in values), key=lambda option: values[option.code])
    sides = [SIDES[1 + int(np.sign(values[option.code] - middle))] for option in valued]
    aside = [option for option in asked if option.code not in values]
    return [*zip(valued, sides, strict=True), *((option, SIDES[3]) for option in aside)]


def _labelled(frame: pd.DataFrame, concept: str, options: list[tuple[Option, str]]) -> pd.DataFrame:
    """Return the estimates of one item with option and side in place of the columns made for them."""
    n_groups, place = len(frame) // len(options), list(frame.columns).index("indicator")
    frame["indicator"] = concept
    frame.insert(place + 1, "outcome", [option.label or f"code {option.code}" for option, _ in options] * n_groups)
    frame.insert(place + 2, "side", [side for _, side in options] * n_groups)
    return frame.assign(_group=np.repeat(np.arange(n_groups), len(options)))


def _in_order(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the items' rows group by group, items as asked."""
    frame = pd.concat(frames, ignore_index=True).sort_values("_group", kind="stable", ignore_index=True)
    return frame.drop(columns="_group")
