"""The result of comparisons: one row a group, indicator and term, with the two levels beside the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.contrast_cells import ContrastCells
from workforce_metrics.estimation.contrasts import Contrasts, domain_contrasts
from workforce_metrics.estimation.design import SurveyDesign
from workforce_metrics.estimation.estimate import check_design
from workforce_metrics.estimation.indicator_totals import Kind
from workforce_metrics.estimation.intervals import mean_interval
from workforce_metrics.indicators.by_name import SHARE_PREFIX, IndicatorValues
from workforce_metrics.multiplicity import Adjustment, adjusted_p_values
from workforce_metrics.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from workforce_metrics.plotting.dot_panels import Order

__all__ = ["DIFFERENCE", "RATIO", "Comparison", "comparison_design", "comparison_frame"]

FloatArray = npt.NDArray[np.float64]
DIFFERENCE, RATIO = "difference", "ratio"
COMPARED = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value", "p_adjusted")
NOTHING: Mapping[str, Any] = MappingProxyType({})
WHOLE = 1e-12
"""A share this near to 0 or 1 is 0 or 1: the rest's is had by taking a group's out of the whole's."""


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(Result):
    """Differences between groups, as `compare` and `trend_test` return them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each group, indicator and term: the grouping columns, `indicator`, `term` ("difference", and for
        shares "ratio"), `against`, `estimate`, `std_error`, `conf_low`, `conf_high`, `statistic`, `df`, `p_value`,
        `p_adjusted`, `group_estimate`, `against_estimate`, `n`, `n_missing`, `n_against`; of `trend_test` also
        `edition` and `break_before`; after `suppress` also `suppressed`.
    by : tuple of str
        Names of the grouping columns.
    provenance : mapping
        Data, what is compared with what, design, level, the rule for many tests and how many there are.
    kinds : mapping of str to str
        What each indicator is: "score" and "column" are means, "share" is a proportion from 0 to 1.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)

    _title: ClassVar[str] = "Comparison"

    publishable: ClassVar[frozenset[str]] = Result.publishable | {"kinds"}

    def is_unanimous(self) -> npt.NDArray[np.bool_]:
        """Return which rows of shares tell the answer of every member of one side."""
        shares = self.table["indicator"].isin([name for name, kind in self.kinds.items() if kind == "share"])
        one_answer = self.table[["group_estimate", "against_estimate"]].isin([0.0, 1.0]).any(axis=1)
        return np.asarray(shares & one_answer, dtype=bool)

    def n_told_of(self) -> npt.NDArray[np.float64]:
        """Return the number of people of the smaller side."""
        sides = self.table[["n", "n_against"]].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(sides.min(axis=1))

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    def plot(
        self,
        ax: Axes | None = None,
        *,
        term: Literal["difference", "ratio"] = "difference",
        order: Order = "estimate",
    ) -> Axes:
        """Draw the differences, or the ratios of shares, as dots with their intervals and a line at no difference.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes if not given.
        term : {"difference", "ratio"}, default "difference"
        order : {"estimate", "smallest", "group"}, default "estimate"
            By the first indicator, the largest on top or the smallest, or in the groups' own order, as of years.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidArgumentError
            If `term` is another word, or no share was compared and ratios are asked for.
        """
        from workforce_metrics.plotting.dots import draw_estimates

        frame = self.table[self.table["term"] == term].copy()
        if frame.empty:
            there = " or ".join(map(repr, dict.fromkeys(self.table["term"])))
            raise InvalidArgumentError("term", there, repr(term), "only shares have ratios")
        shares = [name for name, kind in self.kinds.items() if kind == "share"] if term == DIFFERENCE else []
        if term == RATIO:  # no longer a proportion
            frame["indicator"] = "ratio of " + frame["indicator"].str.removeprefix(SHARE_PREFIX)
        no_difference = dict.fromkeys(frame["indicator"].astype(str), 0.0 if term == DIFFERENCE else 1.0)
        caption = f"{term} against {self.provenance['against']}; line: no difference; {self.caption}"
        by = (*self.by, *(name for name in ("edition",) if name in frame.columns and name not in self.by))
        return draw_estimates(
            frame, by=by, ax=ax, percent=shares, reference=no_difference,
            reference_name="no difference", order=order, caption=caption,
        )  # fmt: skip


def comparison_design(design: SurveyDesign | None) -> SurveyDesign:
    """Return the design of a comparison; refuse what none is, and rules for lonely clusters that it does not know."""
    design = check_design(design)
    if design.lonely_cluster == "average" or design.lonely_in_group:
        raise InvalidArgumentError(
            "design",
            "lonely_cluster='fail', 'certainty' or 'adjust', without lonely_in_group",
            "another rule for lonely clusters",
            "use estimate for such a design, or choose one of the three",
        )
    return design


def comparison_frame(
    labels: pd.DataFrame,
    against: Sequence[str],
    indicators: Iterable[IndicatorValues],
    cells: ContrastCells,
    *,
    without_own: bool,
    tested: npt.NDArray[np.bool_],
    adjust: Adjustment,
    conf_level: float,
    apart: Mapping[str, npt.NDArray[np.bool_]] = NOTHING,
    notes: Mapping[str, npt.NDArray[np.object_]] = NOTHING,
) -> tuple[pd.DataFrame, dict[str, Kind]]:
    """Return the tidy table of comparisons and the kind of each indicator.

    Parameters
    ----------
    labels : pandas.DataFrame, shape (n_groups, n_columns)
        The groups, in order.
    against : sequence of str, length n_groups
        What each is compared with, in words.
    indicators : iterable of IndicatorValues
        Taken one at a time.
    cells : ContrastCells
        Groups and comparators over the design.
    without_own : bool
        As `domain_contrasts` takes it.
    tested : numpy.ndarray of bool, shape (n_groups,)
        Which groups get rows.
    adjust : {"none", "bonferroni", "holm", "bh"}
        Over all rows of one term.
    conf_level : float
    apart : mapping of str to numpy.ndarray of bool, shape (n_groups,)
        By indicator: which groups are given their levels and are not compared.
    notes : mapping of str to numpy.ndarray of object, shape (n_groups,)
        By indicator: what stands in `break_before`; without any there is no such column.
    """
    kinds: dict[str, Kind] = {}
    blocks = []
    for position, indicator in enumerate(indicators):
        kinds[indicator.name] = indicator.kind
        is_share = indicator.kind == "share"
        found = domain_contrasts(indicator.values, cells, without_own=without_own, ratio=is_share)
        for term in (DIFFERENCE, RATIO) if is_share else (DIFFERENCE,):
            block = pd.DataFrame(_columns(found, term=term, is_share=is_share, conf_level=conf_level))
            block.insert(0, "indicator", indicator.name)
            block.insert(1, "term", term)
            block.insert(2, "against", pd.Series(against, dtype=object))
            if indicator.name in apart:
                block.loc[apart[indicator.name], list(COMPARED)] = np.nan
            if indicator.name in notes:
                block["break_before"] = notes[indicator.name]
            blocks.append(block.assign(group=np.arange(len(labels)), position=position)[tested])
    rows = pd.concat(blocks, ignore_index=True).sort_values(["group", "position"], kind="stable", ignore_index=True)
    p_value, adjusted = rows["p_value"].to_numpy(dtype=np.float64), np.full(len(rows), np.nan)
    for term in dict.fromkeys(rows["term"]):
        of_term = (rows["term"] == term).to_numpy()
        adjusted[of_term] = adjusted_p_values(p_value[of_term], adjust)
    rows["p_adjusted"] = adjusted
    named = labels.take(rows["group"].to_numpy()).reset_index(drop=True)
    return pd.concat([named, rows.drop(columns=["group", "position"])], axis=1), kinds


def _columns(found: Contrasts, *, term: str, is_share: bool, conf_level: float) -> dict[str, npt.NDArray[np.generic]]:
    """Return the result columns of one indicator and term, each of shape (n_groups,)."""
    from scipy.special import stdtr

    mean, mean_against = found.mean, found.mean_against
    if is_share:
        mean, mean_against = _whole(mean), _whole(mean_against)
    if term == DIFFERENCE:
        estimate, on_scale, scale_error = mean - mean_against, mean - mean_against, np.sqrt(found.variance)
        std_error = scale_error
        low, high = mean_interval(estimate, scale_error, found.df, conf_level=conf_level)
    else:
        some = (mean > 0) & (mean_against > 0)
        estimate = np.full(len(mean), np.nan)
        np.divide(mean, mean_against, out=estimate, where=mean_against > 0)
        scale_error = np.where(some, np.sqrt(found.log_ratio_variance), np.nan)
        on_scale = np.log(np.where(some, estimate, np.nan))
        std_error = estimate * scale_error
        low, high = np.exp(mean_interval(on_scale, scale_error, found.df, conf_level=conf_level))
    statistic = np.full(len(mean), np.nan)
    np.divide(on_scale, scale_error, out=statistic, where=scale_error > 0)
    p_value = 2 * stdtr(np.where(found.df >= 1, found.df, np.nan), -np.abs(statistic))
    return {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "statistic": statistic,
        "df": found.df,
        "p_value": p_value,
        "p_adjusted": p_value,
        "group_estimate": mean,
        "against_estimate": mean_against,
        "n": found.n,
        "n_missing": found.n_missing,
        "n_against": found.n_against,
    }


def _whole(share: FloatArray) -> FloatArray:
    """Return shares with those that rounding keeps from 0 or 1 put there."""
    return np.where(np.abs(share - np.rint(share)) < WHOLE, np.rint(share), share)
