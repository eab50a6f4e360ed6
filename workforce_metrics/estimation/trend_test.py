"""Change between editions of a survey, tested: with the edition before, or with one edition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.breaks import break_between
from workforce_metrics.estimation.comparison import Comparison, comparison_design, comparison_frame
from workforce_metrics.estimation.contrast_cells import contrast_cells
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.edition_designs import Pairing, design_of_editions
from workforce_metrics.estimation.editions import (
    EDITION,
    EditionStack,
    editions_asked,
    pooled_columns,
    pooled_values,
)
from workforce_metrics.estimation.indicator_totals import indicator_names
from workforce_metrics.estimation.trend import as_stack, lacking_words
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import Groups, group_codes
from workforce_metrics.multiplicity import Adjustment, check_adjustment
from workforce_metrics.results import check_conf_level, grouping_columns

__all__ = ["Breaks", "trend_test"]

Breaks = Literal["leave out", "compare anyway"]
BREAKS = ("leave out", "compare anyway")
PREVIOUS = "the edition before"


def trend_test(
    surveys: EditionStack | StaffSurvey | Sequence[StaffSurvey],
    indicators: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    reference: int | None = None,
    design: SurveyDesign | None = None,
    pairing: Pairing = "independent",
    breaks: Breaks = "leave out",
    adjust: Adjustment = "none",
    conf_level: float = 0.95,
) -> Comparison:
    """Test the change of each group from edition to edition, or since one edition.

    Parameters
    ----------
    surveys : EditionStack, StaffSurvey or sequence of StaffSurvey
        Editions, as `stack_editions` takes them.
    indicators : str or sequence of str
        Names as `estimate` takes them.
    by : str or sequence of str, optional
        Columns whose combinations are the groups, of the same names in every edition.
    reference : int, optional
        The edition to compare every other one with; without it each is compared with the one before it in the stack.
    design : SurveyDesign, optional
        How respondents of each edition were selected and weighted.
    pairing : {"independent", "clusters"}, default "independent"
        Whether each edition was drawn anew, or the same clusters of the design (such as organisations) were asked again
        and answered by other or the same people. Then a cluster of one name is one cluster in all editions, and what
        is lasting in it cancels in the difference.
    breaks : {"leave out", "compare anyway"}, default "leave out"
        What to do where a break lies between two editions: give their levels and no comparison, or compare all the
        same. `break_before` states the break either way.
    adjust : {"none", "bonferroni", "holm", "bh"}, default "none"
        How `p_adjusted` allows for all tests of the call.
    conf_level : float, default 0.95
        In (0, 1); of each interval by itself.

    Returns
    -------
    Comparison
        One row for each group, edition that is compared, indicator and term ("difference"; for shares also "ratio"):
        `edition` less `against`, with the two levels, numbers, tests and `break_before`. A group that an edition does
        not have is not compared with it, nor an indicator that it does not hold. `suppress` hides a group in all its
        editions or in none, since an edition's level stands in two rows.

    Raises
    ------
    MissingColumnError, InvalidArgumentError, InvalidDataError, CodebookError
        As `trend`; also if there is one edition only, `reference` is not among them, or `pairing="clusters"` without a
        cluster in the design.

    Notes
    -----
    With ``pairing="independent"`` every edition has strata of its own and the variance of a difference is the sum of
    both; the same person answering twice makes the truth smaller where answers last, so the test errs to the side of no
    change. With ``pairing="clusters"`` it is the variance of the difference of influences by cluster (see
    `workforce_metrics.estimation.contrasts.domain_contrasts`); it rests on the number of clusters, and needs many.

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> made = [wm.simulate_staff_survey(3000, seed=5, edition=year) for year in (2022, 2023)]
    >>> years = [wm.read_staff_survey(year.extract, edition=year.settings["edition"]) for year in made]
    >>> design = wm.SurveyDesign(weight="weight", cluster="org_id")
    >>> alone, paired = (wm.trend_test(years, "share:burnout_burnt_out", design=design, pairing=pairing).frame
    ...                  for pairing in ("independent", "clusters"))
    >>> paired[["edition", "against", "term"]].to_numpy().tolist()
    [[2023, '2022', 'difference'], [2023, '2022', 'ratio']]
    >>> bool(paired["std_error"][0] < alone["std_error"][0])  # the same organisations, and here the same people
    True
    """
    stack, names, groups_by = as_stack(surveys), indicator_names(indicators), grouping_columns(by)
    design, conf_level = comparison_design(design), check_conf_level(conf_level)
    adjust = check_adjustment(adjust)
    _check(stack, reference, breaks)
    tables = pooled_columns(stack, tuple(dict.fromkeys([*groups_by, *design.columns])))
    table, every = pd.concat(tables, ignore_index=True), (*groups_by, EDITION)
    groups = group_codes(table, every, missing="no group")
    of_edition = groups.labels[EDITION].to_numpy(dtype=np.int64)
    against = np.array([_compared_with(stack, year, reference) for year in of_edition], dtype=np.int64)
    target = _place(groups, groups_by, against)
    cells = contrast_cells(groups.codes, len(groups), groups.codes, target, design_of_editions(design, tables, pairing))
    held = {name: editions_asked(stack, name) for name in names}
    reasons = {name: _reasons(stack, name, groups_by, against, of_edition) for name in names}
    frame, kinds = comparison_frame(
        groups.labels, [str(year) for year in against], (pooled_values(stack, name, held[name]) for name in names),
        cells, without_own=False, tested=target >= 0, adjust=adjust, conf_level=conf_level,
        apart={} if breaks == "compare anyway" else {name: reason != "" for name, reason in reasons.items()},
        notes=reasons,
    )  # fmt: skip
    both_held = pd.Series(data=False, index=frame.index)
    for name in names:
        years = [frame[EDITION].astype(int), frame["against"].astype(int)]
        both_held |= (frame["indicator"] == name) & years[0].isin(held[name]) & years[1].isin(held[name])
    provenance = {
        **stack.provenance,
        "data": stack.name,
        "against": PREVIOUS if reference is None else str(reference),
        "design": design if design.columns else None,
        "pairing": pairing,
        "breaks": breaks,
        "adjust": adjust,
        "conf_level": conf_level,
        "lacking": lacking_words(stack, held) or None,
        "n_respondents": len(table),
        "n_without_group": groups.n_without_group,
    }
    return Comparison(frame[both_held].reset_index(drop=True), groups_by, provenance, kinds)


def _check(stack: EditionStack, reference: int | None, breaks: Breaks) -> None:
    if len(stack.editions) < 2:
        raise InvalidArgumentError("surveys", "at least two editions", "one", "add the one to compare with")
    if reference is not None and reference not in stack.editions:
        raise InvalidArgumentError(
            "reference", f"an edition among {', '.join(map(str, stack.editions))}", repr(reference), "name one of them"
        )
    if breaks not in BREAKS:
        raise InvalidArgumentError(
            "breaks", " or ".join(map(repr, BREAKS)), repr(breaks), "say what to do where editions cannot be compared"
        )


def _reasons(
    stack: EditionStack, name: str, by: tuple[str, ...], against: npt.NDArray[np.int64], edition: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """Return the break between each group's edition and that compared with, shape (n_groups,)."""
    pairs, place = np.unique(np.stack([against, edition]), axis=1, return_inverse=True)
    reasons = [break_between(stack, int(before), int(year), name, by) for before, year in pairs.T]
    return np.array(reasons, dtype=object)[place.ravel()]


def _compared_with(stack: EditionStack, edition: int, reference: int | None) -> int:
    """Return the edition that one is compared with: itself where with none."""
    if reference is not None:
        return reference
    return stack.editions[max(stack.editions.index(edition) - 1, 0)]


def _place(groups: Groups, by: tuple[str, ...], against: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where the same group of the edition compared with stands, -1 where it does not or is the group itself."""
    group = group_codes(groups.labels, by, missing="no group").codes
    here = pd.MultiIndex.from_arrays([group, groups.labels[EDITION].to_numpy(dtype=np.int64)])
    place = here.get_indexer(pd.MultiIndex.from_arrays([group, against])).astype(np.int64)
    return np.where(place == np.arange(len(groups)), -1, place)
