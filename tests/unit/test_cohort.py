"""`Cohort.from_frame`: what is taken and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError

STAFF = pd.DataFrame(
    {
        "from": [0, 2, 0, 5],
        "months": [3, 8, 12, 12],
        "left": [True, True, False, True],
        "why": ["retired", "moved", None, "retired"],
        "w": [1.0, 2.0, 1.5, 1.0],
        "route": ["a", "b", "a", "b"],
    }
)


def test_columns_are_put_on_the_clock() -> None:
    cohort = wm.Cohort.from_frame(
        STAFF, duration="months", event="left", entry="from", cause="why", weight="w", time_unit="months"
    )

    assert cohort.causes == ("moved", "retired")
    assert cohort.frame.to_dict("list") == {
        "entry": [0, 2, 0, 5],
        "duration": [3, 8, 12, 12],
        "event": [True, True, False, True],
        "cause": ["retired", "moved", np.nan, "retired"],
        "weight": [1.0, 2.0, 1.5, 1.0],
        "route": ["a", "b", "a", "b"],
    }


def test_any_frame_that_narwhals_reads_gives_the_same() -> None:
    from_pandas = wm.Cohort.from_frame(STAFF, duration="months", event="left", time_unit="months")
    from_polars = wm.Cohort.from_frame(pl.from_pandas(STAFF), duration="months", event="left", time_unit="months")

    np.testing.assert_array_equal(from_polars.duration, from_pandas.duration)
    np.testing.assert_array_equal(from_polars.event, from_pandas.event)


@pytest.mark.parametrize("codes", [[1, 2, 1, 2], [0, 1, 0, 1], ["yes", "no", "no", "yes"]])
def test_event_codes_are_refused_with_the_fix(codes: list[object]) -> None:
    with pytest.raises(InvalidDataError, match=r"frame\['left'\] == 1"):
        wm.Cohort.from_frame(STAFF.assign(left=codes), duration="months", event="left", time_unit="months")


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        ({"left": pd.array([True, None, False, True], dtype="boolean")}, {}, "missing values"),
        ({"months": [3, -8, 12, 12]}, {}, "1 negative"),
        ({"months": [3, np.nan, 12, 12]}, {}, "1 rows without"),
        ({"months": ["3", "8", "12", "12"]}, {}, "expected numbers"),
        ({"from": [0, 8, 0, 5]}, {"entry": "from"}, "1 rows that are not"),
        ({"why": ["retired", None, None, "retired"]}, {"cause": "why"}, "1 without"),
        ({"w": [1.0, -2.0, 1.0, np.nan]}, {"weight": "w"}, "2 missing or negative"),
    ],
)
def test_contradictory_data_are_refused(change: dict[str, object], asked: dict[str, str], message: str) -> None:
    with pytest.raises((InvalidDataError, InvalidArgumentError), match=message):
        wm.Cohort.from_frame(STAFF.assign(**change), duration="months", event="left", time_unit="months", **asked)


def test_absent_column_and_unknown_unit_are_refused() -> None:
    with pytest.raises(MissingColumnError, match="departed"):
        wm.Cohort.from_frame(STAFF, duration="months", event="departed", time_unit="months")
    with pytest.raises(InvalidArgumentError, match="time_unit"):
        wm.Cohort.from_frame(STAFF, duration="months", event="left", time_unit="fortnights")


def test_the_frame_is_a_fresh_copy() -> None:
    cohort = wm.Cohort.from_frame(STAFF, duration="months", event="left", time_unit="months")

    frame = cohort.frame
    frame.loc[:, "duration"] = 0

    assert cohort.duration.tolist() == [3, 8, 12, 12]


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_no_spell_is_no_cohort(kind: str) -> None:
    frame = pd.DataFrame({"months": np.array([], dtype=kind), "left": np.array([], dtype=bool)})

    with pytest.raises(InvalidDataError, match="at least one spell"):
        wm.Cohort.from_frame(frame, duration="months", event="left", time_unit="months")


def test_the_definition_stands_in_results() -> None:
    cohort = wm.Cohort.from_frame(
        STAFF, duration="months", event="left", time_unit="months", definition="left the practice"
    )

    assert wm.kaplan_meier(cohort).provenance["definition"] == "left the practice"
