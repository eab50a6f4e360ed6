"""Published rates held against leavers, joiners and days over their denominators; FTE against head counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.indicators.possible_parts import (
    EPS,
    Bounds,
    average_of,
    bounds_of,
    half_steps,
    one_minus,
    ratio_of,
)

__all__ = [
    "ABOUT",
    "AGREES",
    "ROUNDING",
    "SEVERAL",
    "SUPPRESSED",
    "UNEXPLAINED",
    "check_rows",
    "first_that_holds",
    "rate_checks",
]

AGREES, ROUNDING, SUPPRESSED, NO_PARTS = "agrees", "rounding", "suppressed parts", "parts not published"
DENOMINATOR, HUNDREDFOLD, SEVERAL = "another denominator", "percent for fraction", "people in several parts"
UNEXPLAINED = "not explained"

WHO = (
    "region", "region_name", "ics", "ics_name", "organisation", "organisation_name", "cluster_group", "benchmark_group",
    "staff_group", "care_setting", "breakdown", "level",
)  # fmt: skip
KEY = ["sheet", "period", "start", "end", *WHO]
ABOUT = [
    "period",
    "start",
    "end",
    "organisation",
    "organisation_name",
    "staff_group",
    "care_setting",
    "breakdown",
    "level",
    "measure",
    "basis",
]
PLACE = ["sheet", "row", "column"]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def rate_checks(table: pd.DataFrame, denominator: str, hidden_below: float) -> pd.DataFrame:
    """Return a row for each published rate, and for each pair of FTE and head count of staff in post.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of `WORKFORCE_COLUMNS`.
    denominator : {"average", "start", "end"}
        What leavers and joiners are divided by.
    hidden_below : float
        Suppressed counts are below this.
    """
    group = table.groupby([*KEY, "basis"], sort=False, dropna=False).ngroup().to_numpy().astype(np.int64)
    n_groups = int(group.max()) + 1
    parts = {
        measure: _spread(table, (table["measure"] == measure).to_numpy(), group, n_groups, hidden_below)
        for measure in (
            "in_post_at_start",
            "in_post_at_end",
            "joiners",
            "leavers",
            "fte_days_lost",
            "fte_days_available",
        )
    }
    wholes = {
        "average": average_of(parts["in_post_at_start"], parts["in_post_at_end"]),
        "start": parts["in_post_at_start"],
        "end": parts["in_post_at_end"],
    }
    others = [name for name in wholes if name != denominator]
    ways = {
        f"{what[:-1]}_rate": [
            (f"{what} / {name}", ratio_of(parts[what], wholes[name])) for name in (denominator, *others)
        ]
        for what in ("joiners", "leavers")
    }
    stay = [
        (f"1 - leavers / {name}", one_minus(ratio_of(parts["leavers"], wholes[name])))
        for name in ("start", "average", "end")
    ]
    days = ratio_of(parts["fte_days_lost"], parts["fte_days_available"])
    ways |= {"stability_index": stay, "sickness_absence_rate": [("fte_days_lost / fte_days_available", days)]}
    checks = [_of_rate(table, measure, candidates, group) for measure, candidates in ways.items()]
    checks.append(_fte_and_headcount(table))
    checks = [check for check in checks if len(check)]
    return pd.concat(checks, ignore_index=True) if checks else pd.DataFrame()


def _spread(table: pd.DataFrame, chosen: Mask, group: npt.NDArray[np.int64], n_groups: int, below: float) -> Bounds:
    """Return the figures of one measure by group, NaN where a group has none."""
    value, half, hidden = np.full(n_groups, np.nan), np.zeros(n_groups), np.zeros(n_groups, dtype=bool)
    at = group[chosen]
    value[at] = table["estimate"].to_numpy()[chosen]
    half[at] = half_steps(table)[chosen]
    hidden[at] = table["suppressed"].to_numpy()[chosen]
    return bounds_of(value, half, hidden, below)


def _of_rate(
    table: pd.DataFrame, measure: str, ways: Sequence[tuple[str, Bounds]], group: npt.NDArray[np.int64]
) -> pd.DataFrame:
    chosen = ((table["measure"] == measure) & ~table["suppressed"]).to_numpy()
    rows, at = table[chosen], group[chosen]
    value, half = rows["estimate"].to_numpy(), half_steps(rows)
    bounds = [(name, Bounds(way.value[at], way.low[at], way.high[at])) for name, way in ways]
    own = bounds[0][1]
    holds: dict[str, Mask] = first_that_holds(value, half, own)
    absent = holds.pop(NO_PARTS)
    detail = np.full(len(rows), bounds[0][0], dtype=object)
    for name, other in bounds[1:]:
        agrees = _meets(value, half, other) & np.isfinite(other.value)
        fresh = agrees & ~np.any([*holds.values()], axis=0)
        detail[fresh] = name
        holds[DENOMINATOR] = holds.get(DENOMINATOR, np.zeros(len(rows), dtype=bool)) | fresh
    holds[HUNDREDFOLD] = np.isfinite(own.value) & (
        (_meets(value / 100, half / 100, own) & (value > 0)) | (_meets(value * 100, half * 100, own) & (value > 0))
    )
    holds[NO_PARTS] = absent
    return check_rows(rows, measure, own, holds, detail)


def _meets(value: Floats, half: Floats, bounds: Bounds) -> Mask:
    """Return where a figure, given its rounding, can be what the bounds hold."""
    slack = 4 * EPS * np.abs(value)
    with np.errstate(invalid="ignore"):
        return (value + half + slack >= bounds.low) & (value - half - slack <= bounds.high)


def first_that_holds(value: Floats, half: Floats, own: Bounds) -> dict[str, Mask]:
    """Return for each explanation, in their order, where it holds.

    Parameters
    ----------
    value, half : ndarray of float64, shape (n_rows,)
        Published figures, and half the step to which they are rounded.
    own : Bounds
        What their parts give, shape (n_rows,).
    """
    with np.errstate(invalid="ignore"):
        same = np.abs(value - own.value) <= half + 4 * EPS * np.maximum(np.abs(value), np.abs(own.value))
    meets, known = _meets(value, half, own), np.isfinite(own.value)
    absent = np.isnan(own.low) | np.isnan(own.high)
    return {AGREES: same & known, ROUNDING: meets & known, SUPPRESSED: meets & ~known & ~absent, NO_PARTS: absent}


def check_rows(
    rows: pd.DataFrame, check: str, own: Bounds, holds: Mapping[str, Mask], detail: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Return the checks of published figures as rows of the result.

    Parameters
    ----------
    rows : pandas.DataFrame
        The figures.
    check : str
        What is checked.
    own : Bounds
        What their parts give, shape (n_rows,).
    holds : mapping of str to ndarray of bool
        Explanations in the order in which they are looked at.
    detail : ndarray of object, shape (n_rows,)
        How it was worked out.
    """
    explained = np.select([*holds.values()], [*holds], UNEXPLAINED) if len(rows) else np.zeros(0, dtype=object)
    value = rows["estimate"].to_numpy()
    numbers = pd.DataFrame({
        "published": value, "recomputed": own.value, "difference": value - own.value, "possible_low": own.low,
        "possible_high": own.high, "explained_by": explained, "detail": detail,
    })  # fmt: skip
    about = rows[ABOUT].reset_index(drop=True)
    about.insert(0, "check", check)
    return pd.concat([about, numbers, rows[PLACE].reset_index(drop=True)], axis=1)


def _fte_and_headcount(table: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of FTE and head count of staff in post, the head count as the published figure."""
    stock = table["measure"].isin(["in_post", "in_post_at_start", "in_post_at_end"]) & ~table["suppressed"]
    heads, fte = (table[stock & (table["basis"] == basis)] for basis in ("headcount", "fte"))
    keys = [*KEY, "measure"]
    other = fte[[*keys, "estimate"]].rename(columns={"estimate": "fte"}).assign(fte_half=half_steps(fte))
    pairs = heads.merge(other, on=keys, how="inner")
    if not len(pairs):
        return pd.DataFrame()
    count, half = pairs["estimate"].to_numpy(), half_steps(pairs)
    found = bounds_of(pairs["fte"].to_numpy(), pairs["fte_half"].to_numpy(), np.zeros(len(pairs), dtype=bool), np.inf)
    plausible = (found.value <= count) & ((found.value > 0) == (count > 0))
    rounded = (
        (found.low <= count + half) & ((found.high > 0) | (count - half <= 0)) & ((count + half > 0) | (found.low <= 0))
    )
    detail = np.full(len(pairs), "fte <= headcount", dtype=object)
    return check_rows(pairs, "fte and headcount", found, {AGREES: plausible, ROUNDING: rounded}, detail)
