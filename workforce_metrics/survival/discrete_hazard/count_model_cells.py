"""Model cells from a cohort, from Parquet batch by batch, or from another engine's grouping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.groups import group_codes
from workforce_metrics.register_file import SpellFacts
from workforce_metrics.results import grouping_columns
from workforce_metrics.survival.build_cohort import check_whole_years
from workforce_metrics.survival.calendar import DAYS_PER_YEAR
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counted_spells import HORIZON, Engine, engine_for, in_cohort, spell_provenance
from workforce_metrics.survival.discrete_hazard.cells import in_patterns, up_to
from workforce_metrics.survival.discrete_hazard.grid import Incomplete, interval_ends, periods_at_risk
from workforce_metrics.survival.discrete_hazard.lazy_periods import grouped_lazily
from workforce_metrics.survival.discrete_hazard.model_cells import CountedSpells, ModelCells, Totals, add_up
from workforce_metrics.survival.formula import formula_variables, parse_formula
from workforce_metrics.survival.group_book import GroupBook
from workforce_metrics.survival.spell_batches import Window, meaning_of, parts_of
from workforce_metrics.survival.spell_counts import Asked, LeftOut
from workforce_metrics.survival.spell_times import last_tick, reason_codes
from workforce_metrics.survival.streamed_counts import TimedBatch, timed_batches
from workforce_metrics.typed_columns import kept_alike

__all__ = ["model_cells"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def model_cells(
    source: Any,
    covariates: str | Sequence[str],
    *,
    interval: str | Sequence[float] = "year",
    incomplete: Incomplete = "half",
    horizon_years: int | None = None,
    causes: Mapping[str, str | None] | None = None,
    weight: str | None = None,
    definition: str | None = None,
    window: Window | None = None,
    engine: Engine = "auto",
) -> ModelCells:
    """Count the cells of covariate pattern by interval on which `discrete_hazard` fits, wherever the spells are.

    Parameters
    ----------
    source : Cohort, Register, path, pyarrow.dataset.Dataset or data frame
        As in `risk_table`.
    covariates : str or sequence of str
        A formula, of which the covariates are taken, or their names. Those of every model that is to be fitted, and the
        column of clusters if there is to be one: the fit adds up over what it does not need.
    interval, incomplete : optional
        As in `discrete_hazard`.
    horizon_years, causes, weight, definition, window, engine : optional
        As in `risk_table`.

    Returns
    -------
    ModelCells
        ``discrete_hazard(cells, formula)`` is the fit to the cohort itself.

    Raises
    ------
    InvalidArgumentError, InvalidDataError
        As in `risk_table`; if the intervals are none.
    MissingColumnError, MissingFileError, FileFormatError, DefinitionMismatchError
        As in `risk_table`.

    Notes
    -----
    Only counts leave the engine, and cost grows with patterns: a covariate with a value of its own for everybody makes
    as many cells as people. Band it first.

    Examples
    --------
    >>> import polars as pl
    >>> import workforce_metrics as wm
    >>> spells = pl.LazyFrame({"joined": ["2016-02-29", "2017-05-01"] * 20, "route": ["home", "abroad"] * 20,
    ...                        "left": ["2017-03-01", None, "2018-09-30", "2019-05-01"] * 10})
    >>> cells = wm.model_cells(spells.with_columns(pl.col("joined", "left").str.to_date()), "route",
    ...                        definition="left the register", window=(None, "2025-03-31"), horizon_years=3)
    >>> cells
    <ModelCells: 2 patterns of route, 3 intervals, 40 spells, 30 left, time in years>
    """
    whose = engine_for(source, engine)
    names = _columns_in(covariates)
    if incomplete not in get_args(Incomplete):
        raise InvalidArgumentError("incomplete", "'half', 'full' or 'leave_out'", repr(incomplete), "choose one")
    asked_interval = interval if isinstance(interval, str) else tuple(map(float, np.atleast_1d(interval)))
    source = in_cohort(
        source, horizon_years=horizon_years, causes=causes, weight=weight, definition=definition, window=window
    )
    if isinstance(source, Cohort):
        return _of_cohort(source, names, asked_interval, incomplete)
    years = HORIZON if horizon_years is None else horizon_years
    check_whole_years(years, "horizon_years")
    asked = Asked(names, int(years), causes, weight)
    if whose == "lazy":
        return _lazily(source, asked, meaning_of(None, definition, window), asked_interval, incomplete)
    parts = parts_of(source, definition=definition, window=window)
    return _streamed(parts, asked, asked_interval, incomplete)


def _columns_in(covariates: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of covariates; of a formula, those that are not formulaic's own."""
    if isinstance(covariates, str):
        return formula_variables(parse_formula(covariates), pd.DataFrame())
    return grouping_columns(covariates, "covariates")


def _of_cohort(cohort: Cohort, names: tuple[str, ...], interval: Any, incomplete: Incomplete) -> ModelCells:
    groups = group_codes(cohort.covariates, names, missing="a group")
    periods = periods_at_risk(cohort, interval, incomplete=incomplete)
    counted = CountedSpells(
        groups.codes, periods, cohort.cause, np.ones(len(cohort), dtype=np.int64), cohort.weight,
        None if cohort.weight is None else cohort.weight > 0,
    )  # fmt: skip
    totals = add_up([counted], len(cohort.causes), periods.ends)
    return ModelCells(
        patterns=_one_row_each(cohort.covariates, names, groups.codes), **vars(totals), ends=periods.ends,
        causes=cohort.causes, interval=interval, incomplete=incomplete, time_unit=cohort.time_unit,
        is_weighted=cohort.weight is not None, provenance=dict(cohort.provenance),
    )  # fmt: skip


def _streamed(parts: list[Any], asked: Asked, interval: Any, incomplete: Incomplete) -> ModelCells:
    book, names = GroupBook(asked.by), reason_codes([], asked.causes).names
    grid = interval_ends(_one_spell(last_tick(asked.years), asked.years), interval)
    out, longest = LeftOut(), 0

    def counted() -> Iterator[CountedSpells]:
        nonlocal out, longest
        for part in parts:
            for batch in timed_batches([part], asked, book):
                out = out.with_batch(batch.times, batch.n_unlisted)
                cohort, who = _as_cohort(batch, part.means, names, asked.years)
                if not len(cohort):
                    continue
                longest = max(longest, int(cohort.duration.max()))
                periods = periods_at_risk(cohort, grid.tolist(), incomplete=incomplete)
                positive = None if cohort.weight is None else cohort.weight > 0
                n = np.ones(len(cohort), dtype=np.int64)
                yield CountedSpells(batch.group[who], periods, cohort.cause, n, cohort.weight, positive)

    totals = add_up(counted(), len(names), grid)
    out.refuse_nobody()
    kept = kept_alike([part.kept for part in parts])
    return _made(
        totals, book.frame(kept), out=out, means=[part.means for part in parts], asked=asked, causes=names,
        ends=interval_ends(_one_spell(longest, asked.years), interval), interval=interval, incomplete=incomplete,
    )  # fmt: skip


def _lazily(source: object, asked: Asked, means: SpellFacts, interval: Any, incomplete: Incomplete) -> ModelCells:
    grid = interval_ends(_one_spell(last_tick(asked.years), asked.years), interval)
    found = grouped_lazily(source, asked, means, grid, incomplete)
    found.out.refuse_nobody()
    totals = add_up([found.counted], len(found.causes), grid)
    return _made(
        totals, found.patterns, out=found.out, means=[means], asked=asked, causes=found.causes,
        ends=interval_ends(_one_spell(found.longest, asked.years), interval), interval=interval, incomplete=incomplete,
    )  # fmt: skip


def _made(
    totals: Totals,
    patterns: pd.DataFrame,
    *,
    out: LeftOut,
    means: Sequence[SpellFacts],
    asked: Asked,
    causes: tuple[str, ...],
    ends: Floats,
    interval: Any,
    incomplete: str,
) -> ModelCells:
    """Return the cells with patterns in their own order, up to the last interval that anybody reached."""
    there = np.flatnonzero(totals.n_spells)  # the book knows those of spells that were never at risk as well
    patterns = patterns.iloc[there].reset_index(drop=True)
    groups = group_codes(patterns, asked.by, missing="a group")
    code = np.full(totals.cells.n_patterns, -1, dtype=np.int64)
    code[there] = groups.codes
    cells = in_patterns(up_to(totals.cells, len(ends)), code, len(groups))
    return ModelCells(
        patterns=_one_row_each(patterns, asked.by, groups.codes),
        **{
            name: np.bincount(groups.codes, getattr(totals, name)[there], len(groups)).astype(kind)
            for name, kind in (("n_spells", int), ("n_at_risk", int), ("n_used", int), ("weight_sum", float))
        },
        cells=cells,
        ends=ends,
        causes=causes,
        leavings=totals.leavings,
        interval=interval,
        incomplete=incomplete,
        time_unit="years",
        is_weighted=asked.weight is not None,
        provenance=spell_provenance(out, means, asked),
    )


def _one_row_each(frame: pd.DataFrame, names: tuple[str, ...], codes: Ints) -> pd.DataFrame:
    """Return a row of each group, its columns of the type that they have, categories with all their levels."""
    rows = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    rows[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return frame.loc[:, list(names)].iloc[rows].reset_index(drop=True)


def _as_cohort(
    batch: TimedBatch, means: SpellFacts, causes: tuple[str, ...], years: int
) -> tuple[Cohort, npt.NDArray[np.bool_]]:
    """Return the spells of a batch that were ever at risk, without covariates, and which those are."""
    who = batch.times.at_risk
    cohort = Cohort(
        duration=batch.times.duration[who],
        cause=batch.cause[who],
        causes=causes,
        entry=batch.times.entry[who],
        weight=None if batch.weight is None else batch.weight[who],
        covariates=pd.DataFrame(index=pd.RangeIndex(int(who.sum()))),
        time_unit="years",
        ticks_per_unit=DAYS_PER_YEAR,
        horizon_years=years,
        joined=batch.joined[who],
        provenance={"observed_to": means.observed_to},
    )
    return cohort, who


def _one_spell(days: int, years: int) -> Cohort:
    """Return a cohort of one spell of so many days, on which a grid of intervals stands."""
    one = np.ones(1, dtype=np.int64)
    return Cohort(
        duration=one * days, cause=one, causes=("left",), entry=one * 0, weight=None,
        covariates=pd.DataFrame(index=[0]), time_unit="years", ticks_per_unit=DAYS_PER_YEAR, horizon_years=years,
        joined=np.array(["2000-01-01"], "M8[D]"),
    )  # fmt: skip
