"""Spells that a parametric model uses, identical ones as one row, on a scale on which a search is easy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidDataError, MissingColumnError, close_names
from workforce_metrics.groups import group_codes
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.checks import levels_compared
from workforce_metrics.survival.discrete_hazard.patterns import (
    covariates_in,
    find_patterns,
    pattern_columns,
    rows_complete,
)
from workforce_metrics.survival.risk_table import times_in_units

__all__ = ["Scaling", "SpellRows", "SpellSample", "spell_sample"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """What the search takes from the columns and the times.

    Parameters
    ----------
    centre, scale : ndarray of float64, shape (p,)
        Weighted mean and standard deviation of each column.
    log_unit : float
        Weighted mean of the logarithms of the times.
    """

    centre: Floats
    scale: Floats
    log_unit: float

    def columns(self, values: Floats) -> Floats:
        """Return the constant and the standardised columns, shape (n, 1 + p)."""
        return np.column_stack((np.ones(len(values)), (values - self.centre) / self.scale))


@dataclass(frozen=True, eq=False)
class SpellRows:
    """Distinct spells in the units of the search.

    Parameters
    ----------
    columns : ndarray of float64, shape (n_rows, 1 + p)
        The constant first.
    log_time, log_entry : ndarray of float64, shape (n_rows,)
        Logarithms of the times at the end and from which at risk; minus infinity for entry at 0.
    event : ndarray of bool, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
        How many spells a row stands for.
    """

    columns: Floats
    log_time: Floats
    log_entry: Floats
    event: npt.NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True, eq=False)
class SpellSample:
    """The spells used and what they were made of.

    Parameters
    ----------
    rows : SpellRows
    scaling : Scaling
    design : DesignMatrix
        The coding of the formula, without rows.
    row : ndarray of int64, shape (n_used,)
        The row of each spell.
    weight : ndarray of float64, shape (n_used,)
    cluster : ndarray of int64 or None, shape (n_used,)
    n_event : int
    followed : float
        The last time at which anybody was at risk, in the cohort's unit.
    counts : dict of str to int
        How many spells were used and how many left out, why.
    """

    rows: SpellRows
    scaling: Scaling
    design: DesignMatrix
    row: Ints
    weight: Floats
    cluster: Ints | None
    n_event: int
    followed: float
    counts: dict[str, int]


def spell_sample(
    cohort: Cohort, formula: str, *, cluster: str | None, missing: Literal["refuse", "drop"]
) -> SpellSample:
    """Return the spells with every covariate, each distinct one once, standardised.

    Raises
    ------
    MissingColumnError, InvalidDataError
        If a covariate or the cluster is not there or missing in some row, or some estimate cannot be finite: somebody
        leaves at time 0, or nobody leaves or nobody of a level.

    Examples
    --------
    >>> staff = pd.DataFrame({"year": [2.0, 2.0, 3.0], "left": [True, True, False]})
    >>> cohort = Cohort.from_frame(staff, duration="year", event="left", time_unit="years")
    >>> sample = spell_sample(cohort, "1", cluster=None, missing="refuse")
    >>> sample.row.tolist(), sample.rows.weight.tolist()
    ([0, 0, 1], [2.0, 1.0])
    """
    names, counts = covariates_in(formula, cohort.covariates), dict[str, int]()
    used = _rows_used(cohort, names, cluster, missing, counts)
    covariates = cohort.covariates.iloc[used].reset_index(drop=True)
    time = np.asarray(times_in_units(cohort.duration[used], cohort), dtype=np.float64)
    entry = np.zeros(len(used)) if cohort.entry is None else times_in_units(cohort.entry[used], cohort)
    weight = np.ones(len(used)) if cohort.weight is None else cohort.weight[used]
    event = cohort.event[used]
    alike = find_patterns(covariates, names)
    design = pattern_columns(covariates, names, alike, formula)
    _refuse_levels_without_leavers(design, np.bincount(alike.codes[event], minlength=len(alike.rows)) > 0)
    spells = pd.DataFrame({"pattern": alike.codes, "time": time, "entry": entry, "left": event})
    distinct = find_patterns(spells, ["pattern", "time", "entry", "left"])
    summed = np.zeros(len(distinct.rows))
    summed += np.bincount(distinct.codes, weights=weight, minlength=len(summed))
    columns, log_time = design.columns[alike.codes[distinct.rows]], np.log(time[distinct.rows])
    scaling = _scaling(columns, log_time, summed)
    with np.errstate(divide="ignore"):
        log_entry = np.log(entry[distinct.rows]) - scaling.log_unit
    left = event[distinct.rows]
    rows = SpellRows(scaling.columns(columns), log_time - scaling.log_unit, log_entry, left, summed)
    return SpellSample(
        rows=rows,
        scaling=scaling,
        design=replace(design, columns=design.columns[:0], kept=design.kept[:0]),
        row=distinct.codes,
        weight=weight,
        cluster=None if cluster is None else _clusters(covariates, cluster, counts),
        n_event=int(event.sum()),
        followed=float(time.max()),
        counts={**counts, "n_distinct": len(distinct.rows)},
    )


def _rows_used(cohort: Cohort, names: list[str], cluster: str | None, missing: str, counts: dict[str, int]) -> Ints:
    if cluster is not None and cluster not in cohort.covariates:
        raise MissingColumnError(
            cluster, "a covariate that says who belongs together", "none", close_names(cluster, cohort.covariates)
        )
    needed = names if cluster is None else [*names, cluster]
    complete = rows_complete(cohort.covariates, needed, missing=missing)
    positive = np.ones(len(cohort), dtype=bool) if cohort.weight is None else cohort.weight > 0
    at_risk = cohort.duration > 0
    at_zero = int((cohort.event & ~at_risk & complete & positive).sum())
    if at_zero:
        raise InvalidDataError(
            "cohort",
            "leavings after time 0, the only ones of which these distributions speak",
            f"{at_zero:,} at 0",
            "count time in a finer unit, use discrete_hazard, or leave them out and say so",
        )
    used = np.flatnonzero(complete & positive & at_risk)
    if not cohort.event[used].any():
        raise InvalidDataError("cohort", "somebody who left", "nobody", "follow for longer, or merge groups")
    counts["n"] = len(used)
    for name, out in (("n_never_at_risk", ~at_risk), ("n_missing", ~complete)):
        if out.any():
            counts[name] = int(out.sum())
    return used


def _refuse_levels_without_leavers(design: DesignMatrix, left: npt.NDArray[np.bool_]) -> None:
    for level, described in levels_compared(design):
        if not left[level].any():
            raise InvalidDataError(
                "formula",
                "leavings at every level",
                f"nobody leaving at {described}",
                "merge the level with another, or leave it out",
            )


def _scaling(columns: Floats, log_time: Floats, weight: Floats) -> Scaling:
    share = weight / weight.sum()
    centre = share @ columns
    spread = np.sqrt(share @ (columns - centre) ** 2)
    return Scaling(centre, np.where(spread > 0, spread, 1.0), float(share @ log_time))


def _clusters(covariates: pd.DataFrame, cluster: str, counts: dict[str, int]) -> Ints:
    groups = group_codes(covariates, (cluster,), missing="no group")
    if len(groups) < 2:
        raise InvalidDataError(cluster, "at least two clusters", f"{len(groups)}", "leave cluster out")
    counts["n_clusters"] = len(groups)
    return groups.codes
