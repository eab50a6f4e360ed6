"""Small invented histories as rows of snapshots, and the settings and comparisons that tests of engines share."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from snapshots_by_the_words import KEY_OF, SENTINELS, Post, Spell

from workforce_metrics.loaders.snapshots.arguments import Settings, checked_settings
from workforce_metrics.loaders.snapshots.lazy import lazy_snapshots
from workforce_metrics.loaders.snapshots.lazy_endings import IN_REGISTER
from workforce_metrics.loaders.snapshots.lazy_registers import read_lazy, spell_table
from workforce_metrics.loaders.snapshots.lazy_sources import as_lazy
from workforce_metrics.loaders.snapshots.stream import read_stream

ROLES = ("person_id", "period", "organisation", "staff_group", "active", "fte", "joined", "post")
COVARIATES = ("grade", "site")
PERIODS = [dt.date(2023, 1, 31), dt.date(2023, 2, 28), dt.date(2023, 4, 30), dt.date(2023, 5, 31), dt.date(2023, 6, 30),
           dt.date(2023, 9, 30), dt.date(2023, 10, 31)]  # fmt: skip
JOINED = [None, *SENTINELS, dt.date(2015, 6, 1), dt.date(2023, 1, 31), dt.date(2023, 2, 1), dt.date(2023, 2, 28),
          dt.date(2023, 5, 2), dt.date(2023, 7, 1), dt.date(2024, 1, 1)]  # fmt: skip
FTE = [None, -1.0, 0.0, 0.5, 0.5, 1.0, 2.0, 2.5]
TEXTS = [None, "a", "b", "\u00e9", "\U0001f600", "\uffee"]
SCHEMA = pa.schema(
    [("person_id", pa.string()), ("period", pa.date32()), ("organisation", pa.string()), ("staff_group", pa.string()),
     ("active", pa.bool_()), ("fte", pa.float64()), ("joined", pa.date32()), ("post", pa.string()),
     *((name, pa.string()) for name in COVARIATES)]
)  # fmt: skip

EVERY_SETTING = [
    {"definition": definition, "posts": posts, "gap_periods": gap_periods, "dated_at": dated_at}
    for definition, posts, gap_periods, dated_at in itertools.product(
        KEY_OF, ("largest_fte", "first", "all"), (0, 1, 2), ("middle", "end")
    )
]

A_DOZEN = [
    {"definition": definition, "posts": posts, "gap_periods": place % 3, "dated_at": ("middle", "end")[place % 2]}
    for place, (definition, posts) in enumerate(itertools.product(KEY_OF, ("largest_fte", "first", "all")))
]
"""Each definition with each rule for several posts, for what takes long."""


@st.composite
def some_posts(draw: st.DrawFn) -> list[Post]:
    """A few people over at most seven snapshots, so dense that gaps, moves and second posts meet."""
    rows = st.builds(
        Post,
        person=st.sampled_from(["p", "q", "Q", "10", "9", None]),
        period=st.sampled_from([*PERIODS, None]),
        organisation=st.sampled_from(TEXTS[:4]),
        staff_group=st.sampled_from(TEXTS[:3]),
        active=st.sampled_from([True, True, False, None]),
        fte=st.sampled_from(FTE),
        joined=st.sampled_from(JOINED),
        post=st.sampled_from(TEXTS),
        covariates=st.tuples(st.sampled_from(TEXTS[:3]), st.sampled_from(TEXTS)),
    )
    return draw(st.lists(rows, min_size=1, max_size=40))


def many_posts(seed: int, n_people: int) -> list[Post]:
    """Many people over seven snapshots, each of another kind: there for long or now and then, with one post or more."""
    rng = np.random.default_rng(seed)
    rows: list[Post] = []

    def one_of(values: Sequence[object], stay: float = 0.0, now: object = None) -> object:
        return now if rng.random() < stay else values[rng.integers(len(values))]

    for person in range(n_people):
        there, n_posts, calm = rng.random() * 0.9 + 0.1, rng.integers(1, 4), rng.random()
        organisation, group, joined = TEXTS[1], TEXTS[1], one_of(JOINED)
        for period in PERIODS:
            if rng.random() > there:
                continue
            organisation = one_of(TEXTS, calm, organisation)
            group = one_of(TEXTS[:3], calm, group)
            for _ in range(rng.integers(1, n_posts + 1)):
                post = Post(
                    person=f"{person:03d}" if person % 2 else f"\u00e9{person}",
                    period=period,
                    organisation=one_of(TEXTS, calm, organisation),
                    staff_group=group,
                    active=one_of([True, False, None], 0.7, now=True),
                    fte=one_of(FTE),
                    joined=one_of(JOINED, calm, joined),
                    post=one_of(TEXTS),
                    covariates=(one_of(TEXTS[:3]), one_of(TEXTS)),
                )
                rows += [post] * (2 if rng.random() < 0.05 else 1)
    rows += [Post(None, PERIODS[0], covariates=(None, None)), Post("nowhere", None, covariates=(None, None))]
    return [rows[place] for place in rng.permutation(len(rows))]


def as_table(rows: Sequence[Post]) -> pa.Table:
    """The rows as a source."""
    names = ("person", "period", "organisation", "staff_group", "active", "fte", "joined", "post")
    columns = [[getattr(row, name) for row in rows] for name in names]
    columns += [[row.covariates[place] for row in rows] for place in range(len(COVARIATES))]
    arrays = [pa.array(cells, kind) for cells, kind in zip(columns, SCHEMA.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def settings_of(**asked: object) -> Settings:
    """The settings that stand for the columns of `as_table`, with what is asked."""
    given: dict[str, object] = {
        "columns": {role: role for role in ROLES}, "definitions": asked.pop("definition", "left the extract"),
        "posts": "largest_fte", "gap_periods": 0, "dated_at": "middle", "covariates": COVARIATES, "period_format": None,
        "period_from": None, "month_day": "last", "date_formats": "%Y-%m-%d",
        "sentinel_dates": ("1900-01-01", "9999-12-31"), "active_values": None, "fte_max": 2.0, "min_recurring": 0,
        "memory_limit": "1GB", "spill_folder": None, "progress": False, "encoding": None, "delimiter": None,
    }  # fmt: skip
    return checked_settings(**{**given, **asked})  # type: ignore[arg-type]


def as_rows(spells: Sequence[Spell]) -> list[tuple[object, ...]]:
    """The spells by the words, a tuple each, in the columns of a register."""
    before = ("person_id", "joined", "left", "reason", "organisation", "staff_group")
    after = ("seen_from", "last_seen", "first_missing")
    return [
        (*(getattr(spell, name) for name in before), *spell.covariates, *(getattr(spell, name) for name in after))
        for spell in spells
    ]


CELLS = {
    "person_id": ["a", " a ", "\u00a0b\u2003", "b", "007", "7", "388804.0", "388804", "1.2E+11", "9007199254740993.0",
                  "NaN", "n/a", "", None, "12E3456", "c", "\u00e9"],
    "period": ["2023-01", "2023-01-31", " 2023-02 ", "2023-03-31", "2023-04-30", "2023-04", "soon", "2023-13", "",
               None],
    "organisation": ["north", " north", "south ", "", None, "\U0001f600", "\uffee"],
    "staff_group": ["nurse", "nurse", " ", None],
    "active": ["On duty", "On duty ", "on duty", "Career break", "", None],
    "fte": ["0.5", " 1 ", "1e0", "+0.5", ".5", "1.", "37.5", "-1", "half", "-", "n/a", "nan", "", None, "2"],
    "joined": ["2022-05-06", " 2022-05-06", "6/5/2022", "16/5/2022", "5/16/2022", "05/05/2022", "2023-02-29",
               "29/02/2024", "2024-02-29", "1900-01-01", "00/00/0000", "n/a", "2023-02-15 00:00:00", "later",
               "2023-2-3", "", None],
    "post": ["1", "2", "10", None],
    "grade": ["5", "6 ", None],
    "birth_date": ["1980-01-02", "02/01/1980", "1/2/1980", "1980-01-03", "?", None],
}  # fmt: skip
"""What stands in the cells of real files."""


def as_files_hold_them(seed: int, n_rows: int = 400) -> pa.Table:
    """A source whose every column is text, untidy as it comes."""
    rng = np.random.default_rng(seed)
    columns = {name: [cells[place] for place in rng.integers(0, len(cells), n_rows)] for name, cells in CELLS.items()}
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


REGISTER_COLUMNS = (
    *("person_id", "joined", "left", "reason", "organisation", "staff_group"),
    *COVARIATES,
    *("seen_from", "last_seen", "first_missing"),
)


def found(frame: object, **asked: object) -> list[tuple[object, ...]]:
    """The spells that the engine of lazy frames finds, a tuple each."""
    snapshots = lazy_snapshots(as_lazy(frame, settings_of(**asked)), settings_of(**asked))
    table = spell_table(snapshots, str(asked["definition"]))
    table = table.filter(table[IN_REGISTER])
    return list(zip(*(table[name].to_pylist() for name in REGISTER_COLUMNS), strict=True))


EVERY_DEFINITION = ["left the extract", "left the organisation", "left the staff group", "became not active"]


def check_registers(frame: object, source: object, settings_of_both: Settings) -> None:
    """Compare everything that the two engines say of one source, but for row numbers."""
    streamed, lazy = read_stream(source, settings_of_both), read_lazy(frame, settings_of_both)
    assert list(lazy) == list(streamed)
    for definition, expected in streamed.items():
        register = lazy[definition]
        pd.testing.assert_frame_equal(register.spells, expected.spells)
        if expected.changes is None:
            assert register.changes is None
        else:
            assert len(expected.changes) > len(expected)
            pd.testing.assert_frame_equal(register.changes, expected.changes)
        assert register.observed_from == expected.observed_from
        assert register.observed_to == expected.observed_to
        assert register.provenance == expected.provenance
        report, by = register.report, ["action", "rule", "column"]
        pd.testing.assert_frame_equal(report.periods, expected.report.periods)
        pd.testing.assert_frame_equal(report.organisations, expected.report.organisations)
        pd.testing.assert_frame_equal(
            report.frame.sort_values(by, ignore_index=True), expected.report.frame.sort_values(by, ignore_index=True)
        )
        assert report.missing_periods == expected.report.missing_periods
        assert (report.n_read, report.n_kept) == (expected.report.n_read, expected.report.n_kept)
        assert report.n_set_aside == len(expected.report.rows)


def settings_for_files(**asked: object) -> Settings:
    """The settings that stand for the columns of `as_files_hold_them`."""
    return settings_of(
        columns={role: role for role in (*ROLES, "birth_date")},
        covariates=["fte", "grade"],
        active_values=["On duty"],
        date_formats=["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"],
        **asked,
    )
