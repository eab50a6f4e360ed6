"""Nine people in six snapshots, worked by hand: one for each rule of docs/explanation/snapshots.md.

Snapshots p0 to p5 are the last days of January to June 2021. In each cell, what the extract says of a person:

    person      p0     p1     p2     p3     p4     p5
    stayer      N      N      N      N      N      N      there throughout
    leaver      N      N      .      .      .      .      last seen p1
    gap         N      N      .      N      N      N      missing once
    mover       N      N      S      S      S      S      another organisation from p2
    late        .      .      S      S      S      S      joined on 10 March: before p2 (31 March), after p1
    back        N      .      .      N      N      N      away for two, states the old joining date
    two posts   N .6   N .6   N .6   N .4   N .4   N .4   a second post:
                S .4   S .4   S .4   S .6   S .6   S .6   the larger one is S from p3
    break       N on   N off  N off  N on   N on   N on   not active p1, p2
    last        .      .      .      .      .      N      first seen in the last snapshot
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.extracts import Register

P = [dt.date(2021, month, day) for month, day in [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30)]]
OLD = dt.date(2020, 11, 2)
Cell = tuple[str, int, str, float, bool, dt.date | None]


def rows() -> pd.DataFrame:
    cells: list[Cell] = []

    def there(person: str, where: str, when: range | list[int], **said: object) -> None:
        cells.extend((person, at, where, said.get("fte", 1.0), said.get("on", True), said.get("joined")) for at in when)

    there("stayer", "N", range(6), joined=OLD)
    there("leaver", "N", range(2), joined=OLD)
    there("gap", "N", [0, 1, 3, 4, 5], joined=OLD)
    there("mover", "N", range(2), joined=OLD)
    there("mover", "S", range(2, 6), joined=OLD)
    there("late", "S", range(2, 6), joined=dt.date(2021, 3, 10))
    there("back", "N", [0, 3, 4, 5], joined=OLD)
    there("two posts", "N", range(3), fte=0.6, joined=OLD)
    there("two posts", "S", range(3), fte=0.4, joined=OLD)
    there("two posts", "N", range(3, 6), fte=0.4, joined=OLD)
    there("two posts", "S", range(3, 6), fte=0.6, joined=OLD)
    there("break", "N", [0, 3, 4, 5])
    there("break", "N", [1, 2], on=False)
    there("last", "N", [5], joined=dt.date(2021, 6, 1))
    frame = pd.DataFrame(cells, columns=["pid", "at", "org", "fte", "on", "joined"])
    return frame.assign(period=[P[at] for at in frame.pop("at")])


def read(definition: str, **policy: object) -> Register:
    columns = {"person_id": "pid", "period": "period", "organisation": "org", "fte": "fte", "active": "on"}
    return wm.read_snapshots(rows(), columns=columns | {"joined": "joined"}, definition=definition, **policy)


def of(register: Register, person: str) -> list[tuple[object, ...]]:
    """Return organisation, joined, left, reason, seen_from, last_seen, first_missing of a person's spells."""
    spells = register.spells.query("person_id == @person")
    names = ["organisation", "joined", "left", "reason", "seen_from", "last_seen", "first_missing"]
    return [
        tuple(None if pd.isna(cell) else cell.date() if isinstance(cell, pd.Timestamp) else cell for cell in row)
        for row in spells[names].itertuples(index=False)
    ]


LEFT = "left the extract"
MARCH_16 = dt.date(2021, 3, 16)  # p1 + (31 + 1) // 2 days: p2 - p1 = 31
FEBRUARY_14 = dt.date(2021, 2, 14)  # p0 + (28 + 1) // 2 days


def test_left_the_extract_without_a_tolerated_gap() -> None:
    register = read(LEFT)
    assert (register.observed_from.date(), register.observed_to.date()) == (P[0], P[5])
    assert of(register, "stayer") == [("N", OLD, None, None, P[0], P[5], None)]
    assert of(register, "leaver") == [("N", OLD, MARCH_16, LEFT, P[0], P[1], P[2])]
    # a joining date before the last stay ended (p1) is not the second spell's: (p2, p3], p2 + (30 + 1) // 2 days
    assert of(register, "gap") == [
        ("N", OLD, MARCH_16, LEFT, P[0], P[1], P[2]),
        ("N", dt.date(2021, 4, 15), None, None, P[3], P[5], None),
    ]
    assert of(register, "mover") == [("N", OLD, None, None, P[0], P[5], None)]
    assert of(register, "late") == [("S", dt.date(2021, 3, 10), None, None, P[2], P[5], None)]
    assert of(register, "two posts") == [("N", OLD, None, None, P[0], P[5], None)]
    assert of(register, "break") == [("N", None, None, None, P[0], P[5], None)]  # in p0 without a date: not known
    assert of(register, "last") == [("N", dt.date(2021, 6, 1), None, None, P[5], P[5], None)]
    counts = register.report
    assert counts.count("joined before the last stay ended: joining known to an interval") == 2  # gap, back
    assert counts.count("joining not known: in the first snapshot without a date that fits") == 1  # break
    assert counts.count("people with several posts in a snapshot") == 6


def test_one_missed_snapshot_tolerated() -> None:
    register = read(LEFT, gap_periods=1)
    assert register.observed_to.date() == P[4]  # who is last seen in p4 may be back in the snapshot after p5
    assert of(register, "gap") == [("N", OLD, None, None, P[0], P[5], None)]
    assert of(register, "back") == [
        ("N", OLD, FEBRUARY_14, LEFT, P[0], P[0], P[1]),  # away from p1 and p2: more than one
        ("N", dt.date(2021, 4, 15), None, None, P[3], P[5], None),
    ]
    assert of(register, "last") == []
    assert register.report.count("spells first seen after the last settled snapshot, not in the register") == 1
    assert len(read(LEFT, gap_periods=2).spells.query("person_id == 'back'")) == 1


def test_left_the_organisation_tells_moves_from_leaving() -> None:
    register = read("left the organisation", gap_periods=1)
    moved = "moved organisation"
    assert of(register, "mover") == [
        ("N", OLD, MARCH_16, moved, P[0], P[1], P[2]),
        ("S", MARCH_16, None, None, P[2], P[5], None),  # the old date is that of the other stay
    ]
    assert of(register, "leaver")[0][3] == LEFT
    # N .6 and S .4, then N .4 and S .6: the larger post moves between p2 and p3; p2 + (30 + 1) // 2
    assert [spell[:4] for spell in of(register, "two posts")] == [
        ("N", OLD, dt.date(2021, 4, 15), moved),
        ("S", dt.date(2021, 4, 15), None, None),
    ]


def test_all_posts_are_units_of_their_own() -> None:
    register = read("left the organisation", posts="all")
    assert [spell[0] for spell in of(register, "two posts")] == ["N", "S"]
    assert [spell[2] for spell in of(register, "two posts")] == [None, None]
    assert [spell[1] for spell in of(register, "two posts")] == [OLD, OLD]
    assert [spell[3] for spell in of(register, "mover")] == ["moved organisation", None]


def test_became_not_active() -> None:
    register = read("became not active")
    assert of(register, "break") == [
        ("N", None, FEBRUARY_14, "not active", P[0], P[0], P[1]),
        ("N", dt.date(2021, 4, 15), None, None, P[3], P[5], None),
    ]
    assert of(register, "leaver")[0][3] == LEFT
    assert len(of(read("became not active", gap_periods=2), "break")) == 1


def test_dated_at_the_end_of_the_interval() -> None:
    register = read("left the organisation", dated_at="end")
    assert [spell[1:4] for spell in of(register, "mover")] == [(OLD, P[2], "moved organisation"), (P[2], None, None)]


def test_on_the_clock_only_from_when_they_were_seen() -> None:
    cohort = wm.build_cohort(read(LEFT), horizon_years=1)
    assert cohort.provenance["n_joining_not_known"] == 1  # break
    frame = cohort.frame.set_index(["person_id", "seen_from"])
    # joined 10 March, seen from 31 March: 21 days of the clock passed unseen; to 30 June: 112 days
    assert frame.loc[("late", pd.Timestamp(P[2])), ["entry", "duration", "event"]].tolist() == [21, 112, False]
    # joined 2 November, seen from 31 January (90 days), left on 16 March (134 days)
    assert frame.loc[("leaver", pd.Timestamp(P[0])), ["entry", "duration", "event"]].tolist() == [90, 134, True]
    # back on 15 April by the middle of the interval, seen from 30 April: 15 days; to 30 June: 76 days
    assert frame.loc[("back", pd.Timestamp(P[3])), ["entry", "duration", "event"]].tolist() == [15, 76, False]
    # first seen on the last day: never at risk
    assert ("last", pd.Timestamp(P[5])) not in frame.index
    assert cohort.provenance["n_past_horizon_before_window"] == 1


def test_the_report_of_the_snapshots() -> None:
    report = read(LEFT, gap_periods=1).report
    periods = report.periods
    #                                      p0: all but late, last; p2 lacks leaver, gap, back
    assert periods["n_people"].tolist() == [7, 6, 5, 7, 7, 8]
    assert periods["n_rows"].tolist() == [8, 7, 6, 8, 8, 9]  # and the second post
    assert periods["n_first_seen"].tolist() == [7, 0, 1, 0, 0, 1]
    assert periods["n_last_seen"].tolist() == [0, 1, 0, 0, 0, 8]
    assert periods["n_missing_once"].tolist() == [0, 0, 0, 1, 0, 0]  # gap; back missed two
    assert periods["share_recurring"].tolist()[1:] == [1.0, pytest.approx(4 / 5), 1.0, 1.0, 1.0]
    assert report.count("people in one snapshot only, before the last") == 0


def test_turnover_counts_those_who_were_there_all_along() -> None:
    register = read("became not active")
    rate = wm.indicators.leaver_rate(register, start="2021-01-31", end="2021-06-30", denominator="start")
    # in post on 31 January: stayer, leaver, gap, mover, back, two posts and break, whose joining is not known
    # left by 30 June: leaver, gap, back, break
    assert rate.frame[["n", "n_event"]].to_dict("records") == [{"n": 7, "n_event": 4}]


def test_what_changes_while_they_are_there() -> None:
    register = read(LEFT, gap_periods=1, covariates=["fte"], changes=True)
    changes = register.changes.query("person_id == 'two posts'")
    # the larger post: N .6 in p0 to p2, S .6 from p3: the FTE of the post that counts stays .6
    assert changes[["organisation", "fte"]].values.tolist() == [["N", 0.6], ["S", 0.6]]
    assert changes["valid_from"].dt.date.tolist() == [P[0], P[3]]

    cohort = wm.build_cohort(register, horizon_years=1, covariates="at_change").frame
    # joined 2 November; seen from 31 January (90 days); S known on 30 April (179 days); followed to 31 May (210 days)
    rows = cohort.query("person_id == 'two posts'")[["organisation", "entry", "duration", "event"]]
    assert rows.values.tolist() == [["N", 90, 179, False], ["S", 179, 210, False]]
    # one organisation: one row, which ends in leaving
    rows = cohort.query("person_id == 'leaver'")[["organisation", "entry", "duration", "event"]]
    assert rows.values.tolist() == [["N", 90, 134, True]]
    # the time at risk and the leavings are those of the cohort with a row a spell
    whole = wm.build_cohort(register, horizon_years=1).frame
    at_risk = [(frame["duration"] - frame["entry"]).sum() for frame in (cohort, whole)]
    assert at_risk[0] == at_risk[1]
    assert cohort["event"].sum() == whole["event"].sum() == 2  # leaver, back
