"""Scores and shares by group as if every group had the same mix of staff: direct standardisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.typing import IntoFrame

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import EstimateTable, estimate
from workforce_metrics.estimation.input_columns import collected, columns_as_pandas
from workforce_metrics.estimation.intervals import mean_interval, share_interval
from workforce_metrics.estimation.standard_mix import mix_cells
from workforce_metrics.estimation.standardised_means import StandardisedMeans, standardised_means
from workforce_metrics.estimation.totals import DomainCells, domain_cells, domain_totals
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.groups import group_codes
from workforce_metrics.indicators.by_name import SHARE_PREFIX, indicator_values
from workforce_metrics.results import grouping_columns

__all__ = ["StandardisedTable", "standardised_estimate"]

Uncovered = Literal["refuse", "missing", "renormalise"]
UNCOVERED = ("refuse", "missing", "renormalise")
NOT_COVERED = "not_covered"


@dataclass(frozen=True, repr=False, eq=False)
class StandardisedTable(EstimateTable):
    """Estimates by group over one mix of staff; `standardised_estimate` makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `EstimateTable`, and `not_covered`, the share of the standard mix in cells of which the group has no
        answer.
    by, provenance, kinds
        See `EstimateTable`.
    """

    _title: ClassVar[str] = "Standardised estimates"

    @property
    def caption(self) -> str:
        """What stands under the picture."""
        mix = self.provenance.get("mix")
        named = ", ".join(map(str, mix)) if isinstance(mix, tuple) else "staff"
        return "; ".join(part for part in (super().caption, f"same mix of {named}") if part)


def standardised_estimate(
    data: StaffSurvey | IntoFrame,
    indicators: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = "organisation",
    mix: str | Sequence[str],
    standard: IntoFrame | None = None,
    uncovered: Uncovered = "refuse",
    design: SurveyDesign | None = None,
    conf_level: float = 0.95,
) -> StandardisedTable:
    """Estimate means and shares by group as if each had the same mix of staff.

    For comparing organisations or teams that differ in whom they employ: direct standardisation of what people said.
    (`standardised_risk` does it for leaving, by a model.)

    Parameters
    ----------
    data : StaffSurvey or data frame
        One row a respondent: a survey, or any frame that Narwhals reads (a lazy one is collected once).
    indicators : str or sequence of str
        As in `estimate`.
    by : str or sequence of str, default "organisation"
        Columns whose combinations are compared.
    mix : str or sequence of str
        Columns whose combinations are the cells of the mix, such as staff group and age band.
    standard : data frame, optional
        The mix that every group gets: the columns of `mix` and `share` (shares or numbers of staff, brought to a sum
        of 1). Unless given, the weighted mix of all respondents whose cell is known.
    uncovered : {"refuse", "missing", "renormalise"}, default "refuse"
        What to do where a group has no answer in some cell of the standard: refuse, naming how many; leave the
        estimate missing; or average over the cells that the group has, which is then another mix than that of others.
    design : SurveyDesign, optional
        How respondents were selected and weighted; without it each counts once and was drawn independently.
    conf_level : float, default 0.95
        In (0, 1).

    Returns
    -------
    StandardisedTable
        Rows and columns as in `estimate`, and `not_covered`. `n` counts the respondents of
        weight above 0 whose answers are used; `n_missing` all others of the group, for want of an answer, of a cell,
        or because the standard gives their cell no share. `n_effective` is Kish's under the weights of the mix.

    Raises
    ------
    MissingColumnError
        If a column of `by`, `mix`, the design or the standard is not there.
    InvalidArgumentError
        If `mix` is empty or has a column of `by`, or `uncovered` is another word; and as in `estimate`.
    InvalidDataError
        If a group lacks a cell and `uncovered` is "refuse", or the standard has no row for a cell that occurs, two
        for one, or shares that are missing, negative or all 0; and as in `estimate`.

    Notes
    -----
    ``estimate = sum_c s_c mean_gc`` over the cells c of the mix, with the standard's shares ``s_c`` and the weighted
    mean of the group's respondents in the cell. The standard error is linearised over the design: that of the
    domain total of ``w s_c (y - mean_gc) / W_gc``, where ``W_gc`` is the sum of weights of the cell. The standard is
    taken as known, also where it is estimated from the same respondents. Intervals and degrees of freedom as in
    `estimate`.

    Deviations are from the mean of the cell, so what a cell of m answers adds to the variance is short by about one
    m-th, and one of a single answer adds nothing: cells of fewer than about ten are better taken together;
    ``provenance["n_single"]`` counts those of one. Where no cell of a group has two answers there is no standard
    error. Weights stand for selection; what the mix does comes on top of them.

    *Disclosure.* The group's own mean is not in the table: beside the standardised one it gives both means of a group
    of two cells, however few are in them. Whoever publishes both publishes the cells.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions, 3rd ed., chapter 19. Wiley.
    https://doi.org/10.1002/0471445428

    Binder DA (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review 51, 279-292. https://doi.org/10.2307/1402588

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"organisation": ["A"] * 6 + ["B"] * 6, "grade": list("nnnndd" "nndddd"),
    ...                       "tired": [6, 7, 6, 7, 2, 3, 6, 7, 2, 3, 2, 3]})
    >>> wm.estimate(staff, "tired", by="organisation").frame["estimate"].round(2).tolist()
    [5.17, 3.83]
    >>> wm.standardised_estimate(staff, "tired", mix="grade").frame["estimate"].round(2).tolist()
    [4.5, 4.5]
    """
    groups_by, cells_by = grouping_columns(by), grouping_columns(mix, "mix")
    _check_asked(groups_by, cells_by, uncovered)
    design = SurveyDesign() if design is None else design
    names = (indicators,) if isinstance(indicators, str) else tuple(indicators)
    columns = [str(name).removeprefix(SHARE_PREFIX) for name in names]
    needed = tuple(dict.fromkeys([*groups_by, *cells_by, *getattr(design, "columns", ())]))
    source = collected(data, (*needed, *columns))
    crude = estimate(source, names, by=groups_by, design=design, conf_level=conf_level)
    table = columns_as_pandas(source, needed)
    groups, arrays = group_codes(table, groups_by, missing="no group"), design.on(table)
    cells = mix_cells(table, cells_by, arrays.weight, groups.codes, standard)
    domains = domain_cells(groups.codes, len(groups), arrays)
    found, n_single = [], 0
    for name in names:
        indicator = indicator_values(source, name)
        means = standardised_means(
            indicator.values, groups.codes, cells.codes, arrays.weight, cells.share, n_groups=len(groups)
        )
        found.append(_estimates(means, domains, is_share=indicator.kind == "share", conf_level=conf_level))
        n_single = max(n_single, means.n_single)
    frame = _uncovered_rows(_tidy(crude, found), uncovered)
    asked = {
        "mix": cells_by,
        "standard": "all respondents" if standard is None else "given",
        "mix_cells": len(cells.share),
        "uncovered": uncovered,
        "n_without_cell": int((cells.codes < 0).sum()) or None,
        "n_single": n_single or None,
    }
    return StandardisedTable(frame, groups_by, {**crude.provenance, **asked}, crude.kinds)


def _check_asked(groups_by: tuple[str, ...], cells_by: tuple[str, ...], uncovered: str) -> None:
    if NOT_COVERED in groups_by:
        raise InvalidArgumentError(
            "by", "columns not named as a column of the result", repr(NOT_COVERED), "rename the column in the data"
        )
    if not cells_by:
        raise InvalidArgumentError("mix", "one or more columns", "none", 'write mix=["staff_group", "age_band"]')
    shared = [name for name in cells_by if name in groups_by]
    if shared:
        raise InvalidArgumentError("mix", "columns that are not in by", repr(shared[0]), "leave it out of one of them")
    if uncovered not in UNCOVERED:
        raise InvalidArgumentError("uncovered", " or ".join(map(repr, UNCOVERED)), repr(uncovered), "write one of them")


def _estimates(
    means: StandardisedMeans, domains: DomainCells, *, is_share: bool, conf_level: float
) -> dict[str, npt.NDArray[Any]]:
    """Return the result columns of one indicator, each of shape (n_groups,)."""
    totals = domain_totals(means.values, domains)
    std_error = np.where(means.has_error, np.sqrt(totals.variance), np.nan)
    if is_share:
        low, high = share_interval(means.mean, std_error, totals.df, totals.n, means.n_effective, conf_level=conf_level)
    else:
        low, high = mean_interval(means.mean, std_error, totals.df, conf_level=conf_level)
    return {
        "estimate": means.mean,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "n": totals.n,
        "n_missing": totals.n_missing,
        "n_effective": means.n_effective,
        "weight_sum": totals.weight_sum,
        "df": totals.df,
        NOT_COVERED: means.not_covered,
    }


def _tidy(crude: EstimateTable, found: list[dict[str, npt.NDArray[Any]]]) -> pd.DataFrame:
    """Put the standardised numbers in the place of the groups' own."""
    columns = {name: np.column_stack([numbers[name] for numbers in found]).ravel() for name in found[0]}
    return crude.frame[[*crude.by, "indicator"]].assign(**columns)


def _uncovered_rows(frame: pd.DataFrame, uncovered: Uncovered) -> pd.DataFrame:
    partly = (frame[NOT_COVERED] > 0).to_numpy()
    if uncovered == "refuse" and partly.any():
        worst = frame[NOT_COVERED].max()
        raise InvalidDataError(
            "mix",
            "an answer of every group in every cell of the standard",
            f"cells without one in {int(partly.sum()):,} of {len(frame):,} rows, up to {worst:.1%} of the standard",
            "take cells together (fewer columns or wider bands), or pass uncovered='missing' or 'renormalise'",
        )
    if uncovered != "missing":
        return frame
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    return frame.assign(**{name: frame[name].mask(partly) for name in numbers})
