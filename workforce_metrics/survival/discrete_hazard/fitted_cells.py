"""What a discrete-time hazard is fitted to: cells by pattern of its formula, of a cohort or counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.groups import group_codes, observed_pairs
from workforce_metrics.survival.cohort import Cohort, of_causes_that_occur
from workforce_metrics.survival.design_matrix import DesignMatrix
from workforce_metrics.survival.discrete_hazard.cells import Cells, count_cells, in_patterns
from workforce_metrics.survival.discrete_hazard.grid import Incomplete
from workforce_metrics.survival.discrete_hazard.model_cells import ModelCells
from workforce_metrics.survival.discrete_hazard.patterns import (
    covariates_in,
    design_of_patterns,
    find_patterns,
    pattern_columns,
    refuse_missing,
)
from workforce_metrics.survival.discrete_hazard.sample import Used, spells_used

__all__ = ["ClusterCells", "FittedCells", "cells_of_cohort", "cells_of_counts", "refuse_other_grid"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClusterCells:
    """Cells by cluster and pattern.

    Parameters
    ----------
    cells : Cells
        A row a pair that occurs.
    pattern, cluster : ndarray of int64, shape (n_pairs,)
    n_clusters : int
    """

    cells: Cells
    pattern: Ints
    cluster: Ints
    n_clusters: int


@dataclass(frozen=True)
class FittedCells:
    """All that a fit needs.

    Parameters
    ----------
    cells : Cells
        By pattern of the formula's covariates; weights in units of `unit`.
    design : DesignMatrix
        One row a pattern.
    by_cluster : ClusterCells or None
    ends : ndarray of float64, shape (n_periods,)
    causes : tuple of str
        Those by which anybody left.
    unit : float
        A power of two near the mean weight: whether the data say something of a parameter does not depend on it.
    counts : dict of str to int
        Spells used and left out.
    silent : dict
        What to say of causes by which nobody left.
    time_unit : str
    interval, incomplete : object
        As they were asked for.
    provenance : mapping
    """

    cells: Cells
    design: DesignMatrix
    by_cluster: ClusterCells | None
    ends: Floats
    causes: tuple[str, ...]
    unit: float
    counts: dict[str, int]
    silent: dict[str, object]
    time_unit: str
    interval: object
    incomplete: object
    provenance: Mapping[str, object]


def cells_of_cohort(
    cohort: Cohort,
    formula: str,
    *,
    interval: str | Sequence[float],
    incomplete: Incomplete,
    missing: str,
    cluster: str | None,
) -> FittedCells:
    """Count a cohort's cells by pattern of the formula's covariates; `spells_used` says what is refused."""
    cohort, silent = of_causes_that_occur(cohort)
    used = spells_used(cohort, formula, interval, incomplete=incomplete, missing=missing, cluster=cluster)
    used, unit = _weights_about_one(used)
    names, n_causes = covariates_in(formula, used.covariates), len(cohort.causes)
    patterns = find_patterns(used.covariates, names)
    by_cluster = None
    if cluster is not None:
        groups = group_codes(used.covariates, (cluster,), missing="no group")
        pair, of_cluster, of_pattern = observed_pairs(groups.codes, patterns.codes, len(patterns.rows))
        own = _counted(used, pair, len(of_pattern), n_causes)
        by_cluster = _checked(ClusterCells(own, of_pattern, of_cluster, len(groups)), cluster)
    return FittedCells(
        cells=_counted(used, patterns.codes, len(patterns.rows), n_causes),
        design=pattern_columns(used.covariates, names, patterns, formula),
        by_cluster=by_cluster,
        ends=used.periods.ends,
        causes=cohort.causes,
        unit=unit,
        counts=used.counts,
        silent=silent,
        time_unit=cohort.time_unit,
        interval=interval,
        incomplete=incomplete,
        provenance=cohort.provenance,
    )


def cells_of_counts(counted: ModelCells, formula: str, *, missing: str, cluster: str | None) -> FittedCells:
    """Add counted cells up by pattern of the formula's covariates.

    Raises
    ------
    MissingColumnError, InvalidDataError
        If a covariate or the cluster is not among those counted by, or missing in some row, or no spell is left.
    """
    frame = counted.patterns
    if cluster is not None and cluster not in frame.columns:
        raise MissingColumnError(
            cluster, "a column that the cells were counted by", "none", "name it in model_cells(covariates=)"
        )
    names = covariates_in(formula, frame)
    complete = np.ones(len(frame), dtype=bool)
    for name in [*names, *([cluster] if cluster is not None else [])]:
        absent = frame[name].isna().to_numpy()
        refuse_missing(name, int(counted.n_spells[absent].sum()), missing)
        complete &= ~absent
    keep = complete & (counted.n_used > 0)
    if not keep.any():
        raise InvalidDataError(
            "cells", "spells at risk in a whole interval", "none", "take shorter intervals, or check the covariates"
        )
    rows = frame.loc[keep].reset_index(drop=True)
    patterns = find_patterns(rows, names)
    n_patterns, n_used = len(patterns.rows), counted.n_used[keep]
    mean = counted.weight_sum[keep].sum() / n_used.sum()
    unit = 2.0 ** round(np.log2(mean)) if counted.is_weighted else 1.0
    cells, causes, silent = _of_causes_that_occur(counted, unit)
    by_cluster = None
    if cluster is not None:
        groups = group_codes(rows, (cluster,), missing="no group")
        pair, of_cluster, of_pattern = observed_pairs(groups.codes, patterns.codes, n_patterns)
        own = in_patterns(cells, _code(keep, pair), len(of_pattern))
        by_cluster = _checked(ClusterCells(own, of_pattern, of_cluster, len(groups)), cluster)
    counts = {"n": int(n_used.sum())}
    counts |= {"n_never_at_risk": int((counted.n_spells - counted.n_at_risk).sum())}
    counts |= {"n_missing": int(counted.n_spells[~complete].sum())}
    n_rows = np.bincount(patterns.codes, n_used, n_patterns).astype(np.int64)
    return FittedCells(
        cells=in_patterns(cells, _code(keep, patterns.codes), n_patterns),
        design=design_of_patterns(rows.loc[:, names].iloc[patterns.rows].reset_index(drop=True), n_rows, formula),
        by_cluster=by_cluster,
        ends=counted.ends,
        causes=causes,
        unit=unit,
        counts={name: n for name, n in counts.items() if n},
        silent=silent,
        time_unit=counted.time_unit,
        interval=counted.interval,
        incomplete=counted.incomplete,
        provenance=counted.provenance,
    )


def refuse_other_grid(counted: ModelCells, interval: Any, incomplete: str) -> None:
    """Refuse an interval or a rule for incomplete ones that is neither the default nor that of the cells."""
    for name, asked, default in (("interval", interval, "year"), ("incomplete", incomplete, "half")):
        own = getattr(counted, name)
        given = asked if isinstance(asked, str) else tuple(map(float, np.atleast_1d(asked)))
        if given not in (default, own):
            raise InvalidArgumentError(
                name, f"{own!r}, that of the cells", repr(asked), f"leave {name} out, or count the cells anew"
            )


def _of_causes_that_occur(counted: ModelCells, unit: float) -> tuple[Cells, tuple[str, ...], dict[str, object]]:
    """Return the cells in units of weight, with only the causes by which somebody left."""
    occurs = counted.leavings > 0
    occurs |= not occurs.any()
    names = np.array(counted.causes, dtype=object)
    tallies = [counted.cells.change, *(t for t, there in zip(counted.cells.event, occurs, strict=True) if there)]
    scaled = [replace(tally, amount=tally.amount / unit) for tally in tallies]
    cells = replace(counted.cells, change=scaled[0], event=tuple(scaled[1:]))
    silent: dict[str, object] = {} if occurs.all() else {"causes_without_leavings": ", ".join(names[~occurs])}
    return cells, tuple(names[occurs]), silent


def _code(keep: npt.NDArray[np.bool_], codes: Ints) -> Ints:
    of_all = np.full(len(keep), -1, dtype=np.int64)
    of_all[keep] = codes
    return of_all


def _checked(found: ClusterCells, cluster: str) -> ClusterCells:
    if found.n_clusters < 2:
        raise InvalidDataError(cluster, "at least two clusters", f"{found.n_clusters}", "leave cluster out")
    return found


def _weights_about_one(used: Used) -> tuple[Used, float]:
    """Return weights divided by a power of two near their mean, which is exact, and that power."""
    if used.weight is None:
        return used, 1.0
    unit = 2.0 ** round(np.log2(used.weight.mean()))
    return replace(used, weight=used.weight / unit), unit


def _counted(used: Used, row: Ints, n_rows: int, n_causes: int) -> Cells:
    return count_cells(row, n_rows, used.periods, cause=used.cause, n_causes=n_causes, weight=used.weight)
