"""Small registers against a plain reading, row by row, of what the documentation says a spell is."""

# ruff: noqa: S311 - the registers need not be unpredictable, only the same every time

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.loaders.register import read_register

Row = tuple[str, int, int | None, str | None, str, int]  # person, joined, left, reason, organisation, snapshot
LAST, START = 16, dt.date(2020, 1, 1)


def spells_by_the_words(
    rows: Iterable[Row], *, tolerance: int, start: int, within: bool, one_day: bool
) -> tuple[list[tuple[object, ...]], int]:
    """Return the spells and the number of rows set aside, by the words of docs/explanation/what_is_a_leaver.md."""
    distinct = list(dict.fromkeys(rows))
    usable = []
    for who, joined, left, why, org, seen in distinct:
        if joined > LAST or (left is not None and (left < joined or (left == joined and not one_day))):
            continue
        end = None if left is None else left + (left == joined)
        end = None if end is None or end > LAST else end
        usable.append((who, joined, end, why if end is not None else None, org, seen))
    spells, n_kept = [], 0
    for key in {(row[0], row[4] if within else "") for row in usable}:
        own = sorted((r for r in usable if (r[0], r[4] if within else "") == key), key=lambda r: (r[1], r[5]))
        chains: list[list[Row]] = []
        for row in own:
            told = chains and [r for r in chains[-1] if r[5] == max(s[5] for s in own if s[1] == r[1])]
            reach = max((np.inf if r[2] is None else r[2] for r in told or []), default=-np.inf)
            joins = chains and (row[1] <= reach + tolerance or row[1] == chains[-1][-1][1])
            chains[-1].append(row) if joins else chains.append([row])
        for chain in chains:
            told = [r for r in chain if r[5] == max(s[5] for s in chain if s[1] == r[1])]
            end = None if any(r[2] is None for r in told) else max(r[2] for r in told)
            if end is not None and end <= start:
                continue
            n_kept += len(chain)
            why = min((r[3] for r in told if r[2] == end and r[3] and end is not None), default=None)
            firsts = {r[4] for r in chain if (r[1], r[5]) == (chain[0][1], chain[0][5])}
            spells.append((key[0], chain[0][1], end, why, firsts))
    return spells, n_kept


@pytest.mark.parametrize("seed", range(300))
def test_a_small_register_equals_the_one_made_by_the_words(seed: int) -> None:
    chance = random.Random(seed)
    snapshots = chance.choice([1, 3])
    rows: list[Row] = [("z", 0, None, None, "A", seen) for seen in range(snapshots)]
    for _ in range(chance.randrange(1, 14)):
        joined = chance.randrange(LAST + 3)
        left = None if chance.random() < 0.1 else joined + chance.randrange(-1, 6)
        rows.append((chance.choice("ab"), joined, left, chance.choice(["x", "y", None]), chance.choice("AB"),
                     chance.randrange(snapshots)))  # fmt: skip
    tolerance, start = chance.choice([0, 0, 1, 3, 50]), chance.choice([-1, 3, 8])
    within, one_day = chance.random() < 0.5, chance.random() < 0.5
    frame = pd.DataFrame(rows, columns=["pid", "on", "off", "why", "org", "seen"], dtype=object)
    for name in ("on", "off"):
        frame[name] = [None if pd.isna(day) else START + dt.timedelta(days=int(day)) for day in frame[name]]
    frame["seen"] = 2020 + frame["seen"].astype(int)

    register = read_register(
        frame,
        columns={
            "person_id": "pid",
            "joined": "on",
            "left": "off",
            "reason": "why",
            **({"snapshot": "seen"} if snapshots > 1 else {}),
        },
        definition="left",
        observed_from=START + dt.timedelta(days=start),
        observed_to=START + dt.timedelta(days=LAST),
        rejoin_within_days=tolerance,
        within="org" if within else None,
        zero_length="one_day" if one_day else "set_aside",
        min_recurring=0,
    )

    expected, n_kept = spells_by_the_words(rows, tolerance=tolerance, start=start, within=within, one_day=one_day)
    found = [
        (
            row.person_id,
            (row.joined.date() - START).days,
            None if pd.isna(row.left) else (row.left.date() - START).days,
            None if pd.isna(row.reason) else row.reason,
            row.org,
        )
        for row in register.spells.itertuples()
    ]
    assert sorted(map(repr, (s[:4] for s in found))) == sorted(map(repr, (s[:4] for s in expected)))
    for spell in found:
        assert any(spell[:4] == other[:4] and spell[4] in other[4] for other in expected)
    assert (register.report.n_read, register.report.n_kept) == (len(rows), n_kept)
