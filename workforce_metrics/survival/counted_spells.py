"""Risk tables of spells wherever they are: a cohort or register in memory, Parquet on disk, another engine's frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import narwhals as nw
import numpy as np

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.extracts import Register
from workforce_metrics.register_file import SpellFacts
from workforce_metrics.results import grouping_columns
from workforce_metrics.survival.build_cohort import build_cohort, check_whole_years, cohort_provenance
from workforce_metrics.survival.calendar import DAYS_PER_YEAR
from workforce_metrics.survival.cohort import Cohort
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.lazy_counts import count_lazily
from workforce_metrics.survival.risk_addition import pooled_provenance, refuse_differences
from workforce_metrics.survival.risk_table import RiskTable, table_of_cohort
from workforce_metrics.survival.spell_batches import Window, meaning_of, parts_of
from workforce_metrics.survival.spell_counts import Asked, LeftOut, SpellCounts, risk_counts_of
from workforce_metrics.survival.streamed_counts import count_streamed

__all__ = ["HORIZON", "Engine", "engine_for", "in_cohort", "risk_table", "spell_provenance"]

Engine = Literal["auto", "stream", "lazy"]
HORIZON = 5
WINDOW = ("observed_from", "observed_to")


def risk_table(
    source: Any,
    *,
    by: str | Sequence[str] | None = None,
    horizon_years: int | None = None,
    causes: Mapping[str, str | None] | None = None,
    weight: str | None = None,
    definition: str | None = None,
    window: Window | None = None,
    engine: Engine = "auto",
) -> RiskTable:
    """Count the risk sets of spells, in one pass, wherever the spells are.

    Parameters
    ----------
    source : Cohort, Register, path, pyarrow.dataset.Dataset or data frame
        A cohort; or spells that `build_cohort` would take, in memory or not: a file that `Register.to_parquet` wrote or
        a folder of them, a dataset of Arrow, any frame that Narwhals reads, also a lazy one of Polars, DuckDB or Spark.
        Columns `joined` and `left` (dates); `reason` where `causes` are given; `seen_from` where there is one.
    by : str or sequence of str, optional
        Covariates to group by. A missing value is a group of its own.
    horizon_years, causes, weight : optional
        Of spells, as in `build_cohort`; 5 years unless said. A cohort has its own.
    definition : str, optional
        What leaving means, where the spells do not say it themselves.
    window : (observed_from, observed_to), optional
        When leaving was observed, where the spells do not say it; ``(None, "2025-03-31")`` if every leaving since the
        first joining would have been seen. The files of a folder may each have a window of their own.
    engine : {"auto", "stream", "lazy"}
        Who counts: "stream" reads batches and counts them here with NumPy (files, datasets, frames in memory); "lazy"
        asks the frame's own engine to group (lazy frames; also frames in memory). "auto" takes what suits the source.

    Returns
    -------
    RiskTable
        Additive: the tables of two organisations add up to the table of both.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    InvalidArgumentError
        If an argument does not go with the source, or nothing says what leaving means and when it was observed.
    MissingFileError, FileFormatError
        If a file is not there, damaged, or not Parquet; it is named.
    DefinitionMismatchError
        If files are of different definitions, or say otherwise than the arguments.
    InvalidDataError
        If no spell was ever at risk, dates are no dates, or weights are missing or negative.

    Notes
    -----
    At risk at t: ``entry < t <= duration``; events come before censorings at the same time. The table is that of
    ``risk_table(build_cohort(register, ...))`` whoever counts: exactly, but for sums of weights by another engine,
    which agree to rounding. What is held in memory is a batch of rows and the counts, not the spells.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"from": [0, 0, 2], "month": [3, 8, 8], "left": [True, True, False]})
    >>> cohort = wm.Cohort.from_frame(staff, duration="month", event="left", entry="from", time_unit="months")
    >>> wm.risk_table(cohort).frame
       time  n_risk  n_event  n_censor  n_entry  n
    0   0.0     0.0      0.0       0.0      2.0  0
    1   2.0     2.0      0.0       0.0      1.0  2
    2   3.0     3.0      1.0       0.0      0.0  3
    3   8.0     2.0      1.0       1.0      0.0  2

    Of spells in another engine's frame:

    >>> import polars as pl
    >>> spells = pl.LazyFrame({"joined": ["2016-02-29", "2017-05-01"], "left": ["2017-03-01", None]})
    >>> wm.risk_table(spells.select(pl.all().str.to_date()), definition="left the register",
    ...               window=("2016-01-01", "2025-03-31"))
    <RiskTable: 3 times, 1 group, 2 people, 1 left, time in years>
    """
    whose = engine_for(source, engine)
    source = in_cohort(
        source, horizon_years=horizon_years, causes=causes, weight=weight, definition=definition, window=window
    )
    if isinstance(source, Cohort):
        return table_of_cohort(source, by=by)
    years = HORIZON if horizon_years is None else horizon_years
    check_whole_years(years, "horizon_years")
    asked = Asked(grouping_columns(by), int(years), causes, weight)
    if whose == "lazy":
        means = meaning_of(None, definition, window)
        return _table(count_lazily(source, asked, means), [means], asked)
    parts = parts_of(source, definition=definition, window=window)
    return _table(count_streamed(parts, asked), [part.means for part in parts], asked)


def engine_for(source: object, engine: str) -> str:
    """Return "stream" or "lazy", whichever suits the source; refuse one that does not.

    Examples
    --------
    >>> engine_for("register.parquet", "auto")
    'stream'
    """
    if engine not in get_args(Engine):
        raise InvalidArgumentError("engine", f"one of {', '.join(get_args(Engine))}", repr(engine), "choose one")
    if isinstance(source, str | Path):
        if engine == "lazy":
            raise InvalidArgumentError(
                "engine",
                "'stream' for files",
                "'lazy'",
                "open the file with the engine, e.g. polars.scan_parquet(path)",
            )
        return "stream"
    try:
        is_lazy = isinstance(nw.from_native(source, pass_through=True), nw.LazyFrame)
    except TypeError:
        is_lazy = False
    if is_lazy and engine == "stream":
        raise InvalidArgumentError(
            "engine", "'lazy' for a lazy frame", "'stream'", "write it to Parquet, or collect it first"
        )
    return "lazy" if is_lazy or engine == "lazy" else "stream"


def in_cohort(
    source: Any,
    *,
    horizon_years: int | None,
    causes: Mapping[str, str | None] | None,
    weight: str | None,
    definition: str | None,
    window: Window | None,
) -> Any:
    """Return the cohort of a register; a cohort, and spells that need not be in memory, as they are.

    Raises
    ------
    InvalidArgumentError
        If an argument says what the cohort, or the register, says itself.
    """
    if isinstance(source, Cohort | Register):
        said = {"horizon_years": horizon_years, "causes": causes, "weight": weight}
        _refuse_said_again(source, {**said, "definition": definition, "window": window})
    if isinstance(source, Register):
        return build_cohort(source, horizon_years=horizon_years or HORIZON, causes=causes, weight=weight)
    return source


def _refuse_said_again(source: Cohort | Register, asked: Mapping[str, object]) -> None:
    """Refuse what a cohort, or a register, says itself."""
    own = asked if isinstance(source, Cohort) else {name: asked[name] for name in ("definition", "window")}
    for name, value in own.items():
        if value is not None:
            kind = type(source).__name__.lower()
            raise InvalidArgumentError(name, f"none for a {kind}, which has its own", "one", f"leave {name} out")


def _table(found: SpellCounts, means: Sequence[SpellFacts], asked: Asked) -> RiskTable:
    counts, groups = risk_counts_of(found, asked.by)
    return RiskTable(
        counts=_in_years(counts, asked.years),
        groups=groups,
        causes=found.causes,
        time_unit="years",
        is_weighted=asked.weight is not None,
        provenance={**spell_provenance(found.out, means, asked), "horizon_years": asked.years},
    )


def spell_provenance(out: LeftOut, means: Sequence[SpellFacts], asked: Asked) -> dict[str, object]:
    """Return what the counts of spells were made from; a window only where all parts have the same."""
    refuse_differences([{"definition": one.definition} for one in means], ("definition",))
    made = cohort_provenance(
        pooled_provenance([one.provenance for one in means]),
        definition=means[0].definition,
        observed_from=means[0].observed_from,
        observed_to=means[0].observed_to,
        n_never=out.n_never,
        n_unknown=out.n_unknown,
        unmapped=None if asked.causes is None else out.n_unlisted,
    )
    same = {name: len({getattr(one, name) for one in means}) == 1 for name in WINDOW}
    return {name: value for name, value in made.items() if same.get(name, True)}


def _in_years(counts: RiskCounts, years: int) -> RiskCounts:
    return replace(counts, time=np.minimum(counts.time / DAYS_PER_YEAR, float(years)))
