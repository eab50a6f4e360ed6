"""Spells counted by an engine of its own (Polars, DuckDB, Spark): it groups, and only counts come here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from narwhals.exceptions import NarwhalsError

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.groups import group_codes
from workforce_metrics.register_file import SpellFacts
from workforce_metrics.survival.build_cohort import SEEN_FROM
from workforce_metrics.survival.lazy_clock import LazyTimes, lazy_times
from workforce_metrics.survival.spell_counts import Asked, LeftOut, MarginCounts, SpellCounts
from workforce_metrics.survival.spell_times import ReasonCodes, reason_codes

__all__ = [
    "AT_RISK",
    "HAS_LEFT",
    "REASON",
    "SEEN_LEAVING",
    "STATUS",
    "SUM",
    "LazySpells",
    "N",
    "coded_reasons",
    "count_lazily",
    "group_names",
    "grouped",
    "lazy_spells",
    "left_out",
    "refuse_bad_weights",
]

JOINED, LEFT, REASON = "joined", "left", "reason"
N, SUM, BAD = "n of spells", "sum of weights", "n of bad weights"
TICK, STATUS, HAS_LEFT, SEEN_LEAVING = "day", "status", "has left", "was seen leaving"
UNKNOWN, NEVER, AT_RISK = 0, 1, 2
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LazySpells:
    """A frame of spells with the clock's columns in it, not yet computed.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        Columns of `group_names`, the reason, status and outcome, days of entry and end, and what was asked for besides.
    keys : list of str
        Names of the grouping columns in it.
    asked : Asked
    """

    frame: Any
    keys: list[str]
    asked: Asked


def group_names(n: int) -> list[str]:
    """Return names for grouping columns that no column of a user's has.

    Examples
    --------
    >>> group_names(2)
    ['group 0', 'group 1']
    """
    return [f"group {position}" for position in range(n)]


def lazy_spells(source: Any, asked: Asked, means: SpellFacts, more: Sequence[tuple[str, Any]] = ()) -> LazySpells:
    """Return a frame of spells with the clock's columns in it.

    Parameters
    ----------
    source : lazy frame, or one in memory
        Any that Narwhals reads.
    asked : Asked
    means : SpellFacts
    more : sequence of (str, callable)
        Further columns, each from the `LazyTimes`.

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        If it is no frame, a column is not there, or dates are no dates.
    """
    try:
        frame: Any = nw.from_native(source).lazy()
        schema = frame.collect_schema()
    except (TypeError, NarwhalsError):
        raise InvalidArgumentError(
            "source", "a lazy frame that Narwhals reads", f"a {type(source).__name__}", "pass one of Polars or DuckDB"
        ) from None
    wanted = [JOINED, LEFT, *asked.by] + [REASON] * (asked.causes is not None) + [asked.weight] * bool(asked.weight)
    for name in wanted:
        if name not in schema:
            raise MissingColumnError(str(name), "a column of the spells", "none", close_names(str(name), schema))
    seen_from = SEEN_FROM if SEEN_FROM in schema else None
    for name in (JOINED, LEFT, *([seen_from] if seen_from else [])):
        kind = schema[name]
        if kind != nw.Date and (not isinstance(kind, nw.Datetime) or kind.time_zone is not None):
            raise InvalidDataError(name, "dates without a time zone", f"a column of type {kind}", "cast it to dates")
    kept = frame.select(*dict.fromkeys([*wanted, *([seen_from] if seen_from else [])]))
    times = lazy_times(
        kept, joined=JOINED, left=LEFT, seen_from=seen_from, observed_from=means.observed_from,
        observed_to=means.observed_to, years=asked.years,
    )  # fmt: skip
    keys = group_names(len(asked.by))
    of_user = [
        (nw.col(name).cast(nw.String) if schema[name] == nw.Categorical else nw.col(name)).alias(key)
        for key, name in zip(keys, asked.by, strict=True)
    ]
    reason = (nw.col(REASON).cast(nw.String) if asked.causes is not None else nw.lit("")).alias(REASON)
    weight = [] if asked.weight is None else [nw.col(asked.weight).cast(nw.Float64).alias(SUM)]
    own = [make(times).alias(name) for name, make in more]
    made = times.frame.select(
        *of_user, reason, *weight, *own, _status(times).alias(STATUS), times.left.alias(HAS_LEFT),
        times.seen_leaving.alias(SEEN_LEAVING), times.entry.alias("entry"), times.duration.alias("duration"),
    )  # fmt: skip
    return LazySpells(made, keys, asked)


def _status(times: LazyTimes) -> nw.Expr:
    at_risk = nw.when(times.entry < times.duration).then(nw.lit(AT_RISK)).otherwise(nw.lit(NEVER))
    return nw.when(times.known).then(at_risk).otherwise(nw.lit(UNKNOWN))


def count_lazily(source: object, asked: Asked, means: SpellFacts) -> SpellCounts:
    """Count spells by group, day and outcome where they are; only the counts are collected.

    Parameters
    ----------
    source : lazy frame, or one in memory
    asked : Asked
    means : SpellFacts

    Returns
    -------
    SpellCounts

    Raises
    ------
    InvalidArgumentError, MissingColumnError, InvalidDataError
        As `lazy_spells`; if weights are missing or negative, or no spell was ever at risk.
    """
    spells = lazy_spells(source, asked, means)
    is_at_risk = nw.col(STATUS) == AT_RISK
    day = nw.when(is_at_risk).then(nw.col("duration")).otherwise(nw.lit(-1))
    exits = _grouped(spells.frame.with_columns(day.alias(TICK)), spells, [REASON, STATUS, HAS_LEFT, SEEN_LEAVING, TICK])
    entries = _grouped(spells.frame.filter(is_at_risk).with_columns(nw.col("entry").alias(TICK)), spells, [TICK])
    refuse_bad_weights(exits, asked)
    reasons, place = coded_reasons(exits[REASON], asked)
    out = left_out(exits, ~reasons.is_listed[place])
    out.refuse_nobody()
    there = exits[STATUS].to_numpy() == AT_RISK
    outcome = reasons.codes[place] * exits[HAS_LEFT].to_numpy(dtype=bool)
    both = pd.concat([exits.loc[there, spells.keys], entries[spells.keys]], ignore_index=True)
    groups = group_codes(both, tuple(spells.keys), missing="a group")
    labels = groups.labels.set_axis(list(asked.by), axis=1)
    n_exits = int(there.sum())
    return SpellCounts(
        exits=_margin(exits[there], groups.codes[:n_exits], outcome[there]),
        entries=_margin(entries, groups.codes[n_exits:], np.zeros(len(entries), dtype=np.int64)),
        groups=labels,
        causes=reasons.names,
        out=out,
    )


def coded_reasons(column: pd.Series[Any], asked: Asked) -> tuple[ReasonCodes, Ints]:
    """Return the causes behind the reasons of some rows, and each row's place among them."""
    place, reasons = pd.factorize(column.astype(object), sort=False)
    return reason_codes(list(reasons), asked.causes), place.astype(np.int64)


def left_out(rows: pd.DataFrame, is_unlisted: npt.NDArray[np.bool_]) -> LeftOut:
    """Return how many spells the rows stand for, and how many were never at risk."""
    n = rows[N].to_numpy(dtype=np.int64)
    by_status = np.bincount(rows[STATUS].to_numpy(dtype=np.int64), n, 3).astype(np.int64)
    unlisted = n[is_unlisted & rows[SEEN_LEAVING].to_numpy(dtype=bool)].sum()
    return LeftOut(int(n.sum()), int(by_status[NEVER]), int(by_status[UNKNOWN]), int(unlisted))


def refuse_bad_weights(rows: pd.DataFrame, asked: Asked) -> None:
    """Refuse weights that are missing or negative, counted by the engine."""
    n = int(rows[BAD].sum()) if BAD in rows else 0
    if n:
        raise InvalidDataError(
            str(asked.weight), "weights from 0", f"{n:,} missing or negative", "correct or leave out"
        )


def _grouped(frame: Any, spells: LazySpells, keys: list[str]) -> pd.DataFrame:
    return grouped(frame, [*spells.keys, *keys], weighted=spells.asked.weight is not None)


def grouped(frame: Any, keys: list[str], *, weighted: bool) -> pd.DataFrame:
    """Return how many spells there are of each combination of the keys, and what weight, as a pandas frame."""
    totals = [nw.len().alias(N)]
    if weighted:
        weight = nw.col(SUM)
        is_bad = weight.is_null() | ~weight.is_finite().fill_null(value=False) | (weight < 0).fill_null(value=False)
        frame = frame.with_columns(is_bad.cast(nw.Int64).alias(BAD))
        totals += [weight.sum().alias(SUM), nw.col(BAD).sum().alias(BAD)]
    found = frame.group_by(*keys).agg(*totals).collect()
    made: pd.DataFrame = found.to_pandas()
    return made


def _margin(rows: pd.DataFrame, group: Ints, outcome: Ints) -> MarginCounts:
    weights = (rows[SUM].to_numpy(dtype=np.float64),) if SUM in rows else ()
    tick, people = rows[TICK].to_numpy(dtype=np.int64), rows[N].to_numpy(dtype=np.int64)
    return MarginCounts(group, tick, outcome.astype(np.int64), people, weights)
