"""Published totals held against the sum of the rows that they are the totals of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.indicators.possible_parts import bounds_of, half_steps, sums_of
from workforce_metrics.indicators.reconciled_rates import SEVERAL, UNEXPLAINED, check_rows, first_that_holds

__all__ = ["DIMENSIONS", "total_checks"]

DIMENSIONS = ("staff_group", "care_setting", "level", "organisation")
WHERE = ("region", "region_name", "ics", "ics_name", "cluster_group", "benchmark_group")
SUBTOTALS = "; subtotals among them? declare totals="
Parts = Mapping[str, tuple[str, ...]]


def total_checks(table: pd.DataFrame, declared: Mapping[str, Parts], hidden_below: float) -> pd.DataFrame:
    """Return a row for each published total of counts with its parts beside it.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of `WORKFORCE_COLUMNS`.
    declared : mapping
        Column to totals and their parts; the other columns have one total and all other labels are its parts.
    hidden_below : float
        Suppressed counts are below this.
    """
    counts = table[(table["unit"] == "count")].reset_index(drop=True)
    checks = []
    for column in DIMENSIONS:
        keys = _keys(column)
        if column in declared:
            pairs = [
                (counts[counts[column] == total], counts[counts[column].isin(parts)])
                for total, parts in declared[column].items()
            ]
        else:
            is_total = _is_total(counts, column)
            named = counts[column] if column != "organisation" else counts["organisation"] + counts["organisation_name"]
            pairs = [(counts[is_total], counts[~is_total & (named != "").to_numpy()])]
        checks += [
            _of_pair(total, parts, column, keys, hidden_below, sure=column in declared) for total, parts in pairs
        ]
    checks = [check for check in checks if len(check)]
    return pd.concat(checks, ignore_index=True) if checks else pd.DataFrame()


def _keys(column: str) -> list[str]:
    """Return what a total and its parts have in common."""
    others = ["organisation", "organisation_name", *WHERE] if column != "organisation" else []
    rest = [name for name in ("staff_group", "care_setting", "level") if name != column]
    return ["sheet", "period", "start", "end", "breakdown", "measure", "basis", *rest, *others]


def _is_total(counts: pd.DataFrame, column: str) -> npt.NDArray[np.bool_]:
    return np.array([column in of.split(" + ") for of in counts["total_of"]], dtype=bool)


def _of_pair(
    totals: pd.DataFrame, parts: pd.DataFrame, column: str, keys: list[str], hidden_below: float, *, sure: bool
) -> pd.DataFrame:
    """Return the checks of the totals that stand alone in their group and have parts there."""
    both = pd.concat([totals, parts], ignore_index=True)
    group = both.groupby(keys, sort=False, dropna=False).ngroup().to_numpy().astype(np.int64)
    n_groups = int(group.max(initial=-1)) + 1
    of_total, of_part = group[: len(totals)], group[len(totals) :]
    n_parts, n_totals = (np.bincount(codes, minlength=n_groups) for codes in (of_part, of_total))
    chosen = (n_parts[of_total] > 0) & (n_totals[of_total] == 1) & ~totals["suppressed"].to_numpy(dtype=bool)
    rows, at = totals[chosen], of_total[chosen]
    if not len(rows):
        return pd.DataFrame()
    bounds = bounds_of(
        parts["estimate"].to_numpy(),
        half_steps(parts),
        parts["suppressed"].to_numpy(dtype=bool),
        hidden_below,
    )
    summed = sums_of(bounds, of_part, n_groups)
    own = type(summed)(summed.value[at], summed.low[at], summed.high[at])
    value, half = rows["estimate"].to_numpy(), half_steps(rows)
    holds = first_that_holds(value, half, own)
    largest = np.zeros(n_groups)
    np.maximum.at(largest, of_part, bounds.low)
    heads = (rows["basis"] == "headcount").to_numpy()
    holds[SEVERAL] = heads & (value - half <= own.high) & (value + half >= largest[at])
    detail = np.array([f"sum of {n:,} parts" for n in n_parts[at]], dtype=object)
    checked = check_rows(rows, f"total of {column}", own, holds, detail)
    if not sure:
        more = (checked["explained_by"] == UNEXPLAINED) & (checked["difference"] < 0)
        checked.loc[more | (checked["explained_by"] == SEVERAL), "detail"] += SUBTOTALS
    return checked
