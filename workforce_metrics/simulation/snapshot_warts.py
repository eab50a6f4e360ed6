"""What goes wrong in real staff-in-post snapshots, added to simulated ones in known numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_integer_dtype

__all__ = ["SNAPSHOT_WARTS", "add_snapshot_warts"]

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Generator = np.random.Generator

SHARE = 0.002
"""Of the people (or of the rows, for defects of rows), each wart takes this share, and at least two."""


def add_snapshot_warts(
    rng: Generator, extract: pd.DataFrame, careers: Integers, asked: Collection[str]
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the extract with the warts asked for, and how often each was put in.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    extract : pandas.DataFrame
        Sorted by period, person and post.
    careers : ndarray of int, shape (n_rows,)
        The stay that each row is of.
    asked : collection of str
        Among `SNAPSHOT_WARTS`.
    """
    table = extract.assign(career=careers, period_code=np.unique(extract["period"], return_inverse=True)[1])
    counts = {}
    for rule, add in SNAPSHOT_WARTS.items():
        if rule in asked:
            table, counts[rule] = add(rng, table)
    order = np.argsort(table["period_code"].to_numpy(), kind="stable")
    table = table.drop(columns=["career", "period_code"]).iloc[order].reset_index(drop=True)
    return table, pd.Series(counts, dtype="int64", name="n").rename_axis("rule")


def _organisation_missing(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Take one organisation out of one snapshot, neither the first nor the last; count rows."""
    n_periods = int(table["period_code"].max()) + 1
    if n_periods < 3:
        return table, 0
    period = int(rng.integers(1, n_periods - 1))
    organisation = rng.choice(table["organisation"].cat.categories)
    gone = (table["period_code"] == period) & (table["organisation"] == organisation)
    return table[~gone], int(gone.sum())


def _missing_once(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Take people out of one snapshot, with nothing changed between the one before and the one after; count people."""
    kept = ["career", "organisation", "staff_group", "active"]
    main = table[table["post"] % 10 == 1].sort_values(["career", "period_code"], kind="stable")
    plain = np.ones(len(main), dtype=bool)
    for shift in (1, -1):
        other = main.shift(shift)
        plain &= (main["period_code"] - other["period_code"]).eq(shift).to_numpy()
        for name in kept:
            plain &= (main[name] == other[name]).to_numpy()
    chosen = _one_each(rng, main.loc[plain, ["career", "period_code"]])
    gone = _in(table, chosen)
    return table[~gone], len(chosen)


def _recorded_late(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Take people who joined during the window out of their first snapshot, or their first two; count people."""
    first = table.groupby("career")["period_code"].agg(["min", "max"])
    late = first[(first["min"] > 0) & (first["max"] - first["min"] >= 4)]
    chosen = late.index.to_numpy()[_some(rng, len(late), _n_each(table))]
    until = pd.Series(late.loc[chosen, "min"].to_numpy() + rng.integers(1, 3, len(chosen)), index=chosen)
    gone = table["period_code"] < table["career"].map(until).fillna(-1)
    return table[~gone], len(chosen)


def _wrong_fte(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Write hours a week, or a number below 0, for the FTE of people with one post in the period; count cells."""
    alone = ~table.duplicated(["career", "period_code"], keep=False).to_numpy()
    rows = np.flatnonzero(alone)[_some(rng, int(alone.sum()), _n_each(table))]
    fte = table["fte"].to_numpy().copy()
    fte[rows] = rng.choice([37.5, -1.0], len(rows))
    return table.assign(fte=fte), len(rows)


def _birth_date_changed(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Move the date of birth by a year from somebody's second snapshot on; count people."""
    first = table.groupby("career")["period_code"].agg(["min", "max"])
    two = first[first["max"] > first["min"]]
    chosen = two.index.to_numpy()[_some(rng, len(two), _n_each(table))]
    since = table["career"].map(pd.Series(two.loc[chosen, "min"].to_numpy(), index=chosen))
    later = (table["period_code"] > since.fillna(np.inf)).to_numpy()
    moved = table["birth_date"] + pd.Timedelta(days=365)
    return table.assign(birth_date=table["birth_date"].where(~later, moved)), len(chosen)


def _no_joining_date(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Leave the date of joining blank throughout a stay; count stays."""
    stays = np.unique(table["career"])
    chosen = stays[_some(rng, len(stays), _n_each(table))]
    return table.assign(joined=table["joined"].mask(table["career"].isin(chosen))), len(chosen)


def _repeated_rows(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    copies = table.iloc[_some(rng, len(table), _n_each(table))]
    return pd.concat([table, copies]), len(copies)


def _no_id(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    some = table.iloc[_some(rng, len(table), _n_each(table))]
    if is_integer_dtype(table["person_id"].dtype):
        table, some = table.astype({"person_id": "Int64"}), some.astype({"person_id": "Int64"})
    some = some.assign(person_id=some["person_id"].mask(np.ones(len(some), dtype=bool)))
    return pd.concat([table, some]), len(some)


def _scientific_id(rng: Generator, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Add rows whose id a spreadsheet rounded; none where ids are whole numbers."""
    if is_integer_dtype(table["person_id"].dtype):
        return table, 0
    some = table.iloc[_some(rng, len(table), _n_each(table))].assign(person_id="1.23457E+11")
    return pd.concat([table, some]), len(some)


SNAPSHOT_WARTS: dict[str, Callable[[Generator, pd.DataFrame], tuple[pd.DataFrame, int]]] = {
    "missing from one snapshot": _missing_once,
    "recorded late": _recorded_late,
    "an organisation missing from one snapshot": _organisation_missing,
    "FTE out of range": _wrong_fte,
    "birth date changed": _birth_date_changed,
    "no date of joining": _no_joining_date,
    "a repeated row": _repeated_rows,
    "no id": _no_id,
    "an id in scientific notation": _scientific_id,
}
"""What can go wrong, in the order in which it is put in."""


def _n_each(table: pd.DataFrame) -> int:
    return max(2, round(SHARE * table["career"].nunique()))


def _some(rng: Generator, n: int, n_chosen: int) -> Integers:
    return np.sort(rng.permutation(n)[:n_chosen])


def _one_each(rng: Generator, candidates: pd.DataFrame) -> pd.DataFrame:
    """Return one row each of some careers."""
    drawn = candidates.iloc[rng.permutation(len(candidates))].drop_duplicates("career")
    return drawn.iloc[: max(2, round(SHARE * candidates["career"].nunique()))]


def _in(table: pd.DataFrame, chosen: pd.DataFrame) -> Booleans:
    period = table["career"].map(pd.Series(chosen["period_code"].to_numpy(), index=chosen["career"].to_numpy()))
    return (period == table["period_code"]).to_numpy()
