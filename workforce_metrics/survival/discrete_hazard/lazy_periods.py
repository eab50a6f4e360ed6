"""The intervals in which spells were at risk, as expressions that another engine groups by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.groups import group_codes
from workforce_metrics.register_file import SpellFacts
from workforce_metrics.survival.discrete_hazard.grid import MONTHS_PER_YEAR, Incomplete, Periods
from workforce_metrics.survival.discrete_hazard.model_cells import CountedSpells
from workforce_metrics.survival.lazy_clock import LazyTimes, Moment, days_in_month, least, moment_at
from workforce_metrics.survival.lazy_counts import (
    AT_RISK,
    HAS_LEFT,
    REASON,
    SEEN_LEAVING,
    STATUS,
    SUM,
    N,
    coded_reasons,
    grouped,
    lazy_spells,
    left_out,
    refuse_bad_weights,
)
from workforce_metrics.survival.spell_counts import Asked, LeftOut
from workforce_metrics.survival.spell_times import last_tick

__all__ = ["Grouped", "grouped_lazily"]

FIRST, LAST, INSIDE, WHOLE, POSITIVE = "first", "last", "inside", "whole", "is positive"
Floats = npt.NDArray[np.float64]
Months = list[int]


@dataclass(frozen=True)
class Grouped:
    """What the engine counted.

    Parameters
    ----------
    counted : CountedSpells
        Of the spells that were ever at risk.
    patterns : pandas.DataFrame
        One row a code of its patterns.
    out : LeftOut
    causes : tuple of str
    longest : int
        Days of the longest spell.
    """

    counted: CountedSpells
    patterns: pd.DataFrame
    out: LeftOut
    causes: tuple[str, ...]
    longest: int


def grouped_lazily(source: object, asked: Asked, means: SpellFacts, ends: Floats, incomplete: Incomplete) -> Grouped:
    """Group spells by pattern, intervals at risk and outcome, where they are; `periods_at_risk` says which intervals.

    Parameters
    ----------
    source : lazy frame, or one in memory
    asked : Asked
    means : SpellFacts
    ends : ndarray of float64, shape (n_periods,)
        Whole months, in years.
    incomplete : {"half", "full", "leave_out"}
    """
    months = np.rint(ends * MONTHS_PER_YEAR).astype(np.int64).tolist()
    more = [("joined months", lambda t: t.joined.months), ("joined day", lambda t: t.joined.day)]
    for name in ("start", "end"):
        more += [(f"{name} {part}", _part(name, part)) for part in ("months", "day")]
    spells = lazy_spells(source, asked, means, more)
    frame, size = spells.frame, len(months)
    joined = Moment(nw.col("joined months"), nw.col("joined day"), nw.lit(0))
    observed_to = moment_at(means.observed_to)
    frame = frame.with_columns(
        *_begun("start", Moment(nw.col("start months"), nw.col("start day"), nw.lit(0)), joined),
        *_begun("end", Moment(nw.col("end months"), nw.col("end day"), nw.lit(0)), joined),
        *_begun("observed", observed_to, joined),
    )
    frame = frame.with_columns(
        *_position(FIRST, "start", nw.col("entry"), months, asked.years),
        *_position(LAST, "end", nw.col("duration"), months, asked.years),
        _count_up_to(nw.col("observed begun") - (~nw.col("observed exact")).cast(nw.Int64), months).alias(WHOLE),
    )
    is_at_risk = nw.col(STATUS) == AT_RISK
    whole = [WHOLE] if incomplete == "leave_out" else []
    keys = [REASON, STATUS, HAS_LEFT, SEEN_LEAVING, FIRST, LAST, INSIDE, *whole]
    numbers = [FIRST, LAST, *whole]
    frame = frame.with_columns(
        *(nw.when(is_at_risk).then(nw.col(name)).otherwise(nw.lit(-1)).alias(name) for name in numbers),
        nw.col("last inside").fill_null(value=False).alias(INSIDE),
    )
    if asked.weight is not None:
        frame = frame.with_columns((nw.col(SUM) > 0).fill_null(value=False).alias(POSITIVE))
        keys.append(POSITIVE)
    rows = grouped(frame, [*spells.keys, *keys], weighted=asked.weight is not None)
    longest = frame.filter(is_at_risk).select(nw.col("duration").max().alias("longest")).collect().to_pandas()
    refuse_bad_weights(rows, asked)
    reasons, place = coded_reasons(rows[REASON], asked)
    out = left_out(rows, ~reasons.is_listed[place])
    out.refuse_nobody()
    there = rows[STATUS].to_numpy() == AT_RISK
    cause = (reasons.codes[place] * rows[HAS_LEFT].to_numpy(dtype=bool))[there]
    rows = rows[there].reset_index(drop=True)
    groups = group_codes(rows, tuple(spells.keys), missing="a group")
    counted = CountedSpells(
        pattern=groups.codes,
        periods=_periods(rows, cause > 0, ends, size, incomplete),
        cause=cause,
        n=rows[N].to_numpy(dtype=np.int64),
        weight=rows[SUM].to_numpy(dtype=np.float64) if SUM in rows else None,
        is_positive=rows[POSITIVE].to_numpy(dtype=bool) if POSITIVE in rows else None,
    )
    labels = groups.labels.set_axis(list(asked.by), axis=1)
    return Grouped(counted, labels, out, reasons.names, int(longest.iloc[0, 0]))


def _part(name: str, part: str) -> Any:
    def of(times: LazyTimes) -> nw.Expr:
        found: nw.Expr = getattr(getattr(times, name), part)
        return found

    return of


def _begun(name: str, moment: Moment, joined: Moment) -> list[nw.Expr]:
    """Return how many months from joining have begun by a date, and whether it is on an anniversary."""
    gap = moment.day - least(joined.day, days_in_month(moment.months))
    begun = moment.months - joined.months + (gap > 0).cast(nw.Int64)
    return [begun.alias(f"{name} begun"), (gap == 0).alias(f"{name} exact")]


def _position(name: str, moment: str, tick: nw.Expr, months: Months, years: int) -> list[nw.Expr]:
    """Return how many intervals have begun before a day, and whether it lies inside the last of them."""
    reached = tick >= last_tick(years)
    horizon = nw.lit(years * MONTHS_PER_YEAR, nw.Int64)
    begun = nw.when(reached).then(horizon).otherwise(nw.col(f"{moment} begun"))
    position = _count_up_to(begun - 1, months)
    on_end = (nw.col(f"{moment} exact") | reached) & _is_end(begun, months)
    after_start = tick > 0
    counted = nw.when(after_start).then(position + 1).otherwise(nw.lit(0, nw.Int64))
    return [counted.alias(name), (~on_end & after_start & (position < len(months))).alias(f"{name} inside")]


def _count_up_to(value: nw.Expr, months: Months) -> nw.Expr:
    """Return how many ends of intervals are at most `value`."""
    step = months[0]
    if months == list(range(step, step * len(months) + 1, step)):
        return nw.when(value >= months[-1]).then(nw.lit(len(months), nw.Int64)).otherwise(value // step)
    return nw.sum_horizontal(*((value >= month).cast(nw.Int64) for month in months))


def _is_end(value: nw.Expr, months: Months) -> nw.Expr:
    return value.is_in(months)


def _periods(rows: pd.DataFrame, event: npt.NDArray[np.bool_], ends: Floats, size: int, incomplete: str) -> Periods:
    """Return the intervals at risk, as `periods_at_risk` does from the same positions."""
    first, last = (rows[name].to_numpy(dtype=np.int64) for name in (FIRST, LAST))
    left, half = event & (last <= size), ~event & rows[INSIDE].to_numpy(dtype=bool)
    last = np.minimum(last, size)
    if incomplete == "leave_out":
        whole = rows[WHOLE].to_numpy(dtype=np.int64)
        left, half = left & (last <= whole), half & (last <= whole)
        last = np.minimum(last, whole)
    return Periods(ends, first, last - 1, left, half & (incomplete != "full"))
