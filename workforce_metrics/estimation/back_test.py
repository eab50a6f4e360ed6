"""A local extract held against the published figures of the same organisation, each difference explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.estimation.compared_figures import compare_figures
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.figures import FIGURE_COLUMNS, PublishedSurvey
from workforce_metrics.indicators.by_name import SHARE_PREFIX
from workforce_metrics.provenance import provenance_of, united_inputs
from workforce_metrics.results import Result, check_conf_level, column_list

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BackTest", "back_test"]

TEXTS = ("organisation", "breakdown", "level", "weighting", "option")
COLUMNS = [
    "indicator", "measure", "option", "edition", "release", "weighting", "estimate", "std_error", "conf_low",
    "conf_high", "n", "published", "published_n", "difference", "n_difference", "rounding", "weights", "possible_low",
    "possible_high", "explained_by", "definition",
]  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class BackTest(Result):
    """Own and published figures side by side, as `back_test` returns them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a published figure: see `back_test`.
    by : tuple of str
        Empty.
    provenance : mapping
        Data, organisation, design, level, number of respondents.
    """

    _title: ClassVar[str] = "BackTest"

    @property
    def summary(self) -> pd.DataFrame:
        """How many figures each explanation accounts for: explained_by, n."""
        counts = self.table.groupby("explained_by", sort=False).size()
        return counts.sort_values(ascending=False, kind="stable").rename("n").reset_index()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each figure of the extract with its interval, and the published one as a diamond.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from workforce_metrics.plotting.published import draw_back_test

        return draw_back_test(self.frame, ax=ax, caption=self.caption)


def back_test(
    data: StaffSurvey,
    published: PublishedSurvey | pd.DataFrame,
    *,
    organisation: str | None = None,
    organisation_column: str | None = None,
    indicators: str | Sequence[str] | None = None,
    design: SurveyDesign | None = None,
    conf_level: float = 0.95,
) -> BackTest:
    """Hold a local extract against the published figures of the same organisation, and explain each difference.

    Parameters
    ----------
    data : StaffSurvey
        The respondents. Each figure is held against those of its edition.
    published : PublishedSurvey or pandas.DataFrame
        What `read_published_survey` returns, or its frame or part of it. Only figures of the whole organisation,
        without breakdown, of editions in the extract are compared.
    organisation : str, optional
        The organisation as `published` names it; may be left out where it holds one.
    organisation_column : str, optional
        The column of `data` that says to which organisation a respondent belongs, in the same terms. Without it all
        respondents belong to it.
    indicators : str or sequence of str, optional
        Which to compare: names of scores, and "share:" before the concept of an item. Default: all there are.
    design : SurveyDesign, optional
        How respondents were selected and weighted.
    conf_level : float, default 0.95
        In (0, 1), for the interval of the extract's own figure.

    Returns
    -------
    BackTest
        One row a published figure, in its order: `indicator`, `measure`, `option`, `edition`, `release`, `weighting`;
        the extract's `estimate` by the published definition with `std_error`, `conf_low`, `conf_high` and `n`;
        `published`, `published_n`; `difference` (published minus own) and `n_difference`; `rounding` (how far rounding
        can have moved the published figure); `weights` (what leaving out the design's weights would change);
        `possible_low`, `possible_high` (where the figure could lie on the published base); `explained_by` and, where
        that is a definition, `definition`. Shares are from 0 to 1, scores from 0 to 10.

    Raises
    ------
    InvalidArgumentError
        If an argument is of another kind, or the organisation is not named where there are several.
    MissingColumnError
        If a column of `published`, of `data` or of the design is not there.
    InvalidDataError
        If `published` has no figure of the organisation, or `data` no respondent of it or of its editions.

    Notes
    -----
    `explained_by` is the first that holds: **agrees** (to 1e-9); **rounding** (within half the step to which the
    figures of the file are written); **suppression** (nothing is published); **not in the extract** (an item is absent,
    nobody answered, or the figure is a response rate); **weights** (agrees when every respondent counts once);
    **definition** (agrees when other answers are counted or another base is taken, which then is the published one
    where that is stated); **weights and definition**; **base** (the respondents by whom the bases differ, each counted
    once, could make up the difference); **release** (published in another release than its edition's: re-weighted);
    **not explained**. It accounts for a difference and does not prove its cause.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> answers = pd.DataFrame({"q12b": [4] * 31 + [2] * 69, "q11c": [1] * 40 + [2] * 60})
    >>> survey = wm.read_staff_survey(answers, edition=2024)
    >>> sheet = pd.DataFrame([["org_id", "q12b_2024", "q12b_n_2024", "q11c_2024", "q11c_n_2024"],
    ...                       ["R1", 0.31, 100, 0.42, 104]])
    >>> tested = wm.back_test(survey, wm.read_published_survey({"Acute": sheet}))
    >>> tested.frame[["indicator", "estimate", "published", "n_difference", "explained_by"]]
                     indicator  estimate  published  n_difference explained_by
    0  share:burnout_burnt_out      0.31       0.31             0       agrees
    1  share:unwell_work_stress      0.40       0.42             4         base
    """
    conf_level = check_conf_level(conf_level)
    design = SurveyDesign() if design is None else design
    if not isinstance(data, StaffSurvey):
        raise InvalidArgumentError("data", "a StaffSurvey", type(data).__name__, "read it with read_staff_survey")
    if not isinstance(design, SurveyDesign):
        raise InvalidArgumentError(
            "design", "a SurveyDesign", f"a {type(design).__name__}", "write design=wm.SurveyDesign(weight='...')"
        )
    figures, organisation = _figures(published, organisation, column_list(indicators))
    survey = _respondents(data, organisation, organisation_column)
    editions = survey.editions()
    figures = figures[figures["edition"].isin(np.unique(editions))]
    if figures.empty:
        raise InvalidDataError("published", "figures of the extract's edition", "none", "pass the file of its edition")
    parts = [
        compare_figures(_only(survey, editions == edition), rows, design, conf_level)
        for edition, rows in figures.groupby("edition", sort=False)
    ]
    table = pd.concat(parts).sort_index().reset_index(drop=True)[COLUMNS]
    provenance = {
        **data.provenance,
        **united_inputs([data.provenance, provenance_of(published, len(published))]),
        "data": data.codebook.name,
        "organisation": organisation,
        "design": design if design.columns else None,
        "conf_level": conf_level,
        "n_respondents": len(survey),
    }
    return BackTest(table, (), provenance)


def _figures(published: object, organisation: str | None, indicators: tuple[str, ...]) -> tuple[pd.DataFrame, str]:
    """Return the figures of the whole organisation, with the indicator each is of, and its name."""
    frame = published.frame if isinstance(published, PublishedSurvey) else published
    if not isinstance(frame, pd.DataFrame):
        raise InvalidArgumentError("published", "a PublishedSurvey or its frame", type(published).__name__,
                                   "read the file with read_published_survey")  # fmt: skip
    absent = [name for name in FIGURE_COLUMNS if name not in frame.columns]
    if absent:
        raise MissingColumnError("published", "the columns of a PublishedSurvey", f"none named {absent[0]!r}",
                                 "pass what read_published_survey returns")  # fmt: skip
    blank = {name: frame[name].astype(object).where(frame[name].notna(), "") for name in TEXTS}
    frame = frame.assign(**blank)  # a CSV file gives blank texts back as missing
    there = sorted({str(name) for name in frame["organisation"]} - {""})
    if organisation is None:
        if len(there) != 1:
            got = f"{len(there):,} organisations in the file" if there else "no organisation in the file"
            raise InvalidArgumentError("organisation", "which organisation the extract is of", got, "name it")
        organisation = there[0]
    if organisation not in there:
        raise InvalidArgumentError(
            "organisation", "an organisation of the file", repr(organisation), close_names(organisation, there)
        )
    whole = frame[(frame["organisation"] == organisation) & (frame["breakdown"] == "") & (frame["level"] == "")]
    names = np.where(whole["unit"] == "share", SHARE_PREFIX + whole["concept"].astype(str), whole["concept"])
    whole = whole.assign(indicator=names)
    unknown = [name for name in indicators if name not in set(names)]
    if unknown:
        raise InvalidArgumentError(
            "indicators", "indicators that are published", repr(unknown[0]), close_names(unknown[0], set(names))
        )
    if whole.empty:
        raise InvalidDataError("published", "figures of the whole organisation", "breakdowns alone", "pass its file")
    return whole[whole["indicator"].isin(indicators)] if indicators else whole, organisation


def _respondents(data: StaffSurvey, organisation: str, column: str | None) -> StaffSurvey:
    if column is None:
        return data
    if column not in data.table.columns:
        raise MissingColumnError("organisation_column", "a column of the extract", repr(column),
                                 close_names(column, map(str, data.table.columns)))  # fmt: skip
    own = (data.table[column].astype("str") == organisation).to_numpy(dtype=bool)
    if not own.any():
        raise InvalidDataError("organisation_column", "respondents of that organisation", "none", "check its codes")
    return _only(data, own)


def _only(survey: StaffSurvey, rows: npt.NDArray[np.bool_]) -> StaffSurvey:
    return replace(survey, table=survey.table[rows].reset_index(drop=True))
