"""What an analyst reads who passed the wrong thing: an error of the library, with a fix that can be followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    WorkforceMetricsError,
)

STAFF = pd.DataFrame({"month": [3.0, 8.0, 12.0], "left": [True, True, False], "route": ["a", "b", "b"]})


def cohort() -> wm.Cohort:
    return wm.Cohort.from_frame(STAFF, duration="month", event="left", time_unit="months")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wm.kaplan_meier(STAFF), "data: expected a Cohort or a RiskTable, got a DataFrame"),  # type: ignore[arg-type]
        (lambda: wm.leaving_within(STAFF), "data: expected a Cohort or a RiskTable, got a DataFrame"),  # type: ignore[arg-type]
        (lambda: wm.cox(STAFF, "1"), "cohort: expected a Cohort, got a DataFrame"),  # type: ignore[arg-type]
        (lambda: wm.risk_table(STAFF), "definition and window: expected what leaving means and when it was observed"),
        (lambda: wm.risk_table(3), "source: expected a data frame in memory"),
        (lambda: wm.build_cohort(STAFF), "register: expected a Register, got a DataFrame"),  # type: ignore[arg-type]
        (lambda: wm.suppress(STAFF), "result: expected a result, got a DataFrame"),  # type: ignore[type-var]
        (lambda: wm.estimate(STAFF, "month", design={"weight": "w"}), "design: expected a SurveyDesign, got a dict"),  # type: ignore[arg-type]
        (lambda: wm.leaving_within(cohort(), years="5"), "years: expected a positive number, got '5'"),  # type: ignore[arg-type]
    ],
)
def test_an_object_of_the_wrong_kind_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: wm.kaplan_meier(cohort(), by="Rout"),
        lambda: wm.estimate(STAFF, "month", by="Rout"),
        lambda: wm.estimate(STAFF, "month", design=wm.SurveyDesign(cluster="Rout")),
        lambda: wm.Cohort.from_frame(STAFF, duration="month", event="left", cause="Rout", time_unit="months"),
    ],
)
def test_a_column_that_is_not_there_brings_the_closest_name(call: Callable[[], object]) -> None:
    with pytest.raises(MissingColumnError, match=r"Fix: did you mean 'route'\?$"):
        call()


def test_missing_events_are_called_missing_not_a_type() -> None:
    unknown = STAFF.assign(left=pd.Series([True, None, False], dtype=object))

    with pytest.raises(InvalidDataError, match="got missing values in 1 rows"):
        wm.Cohort.from_frame(unknown, duration="month", event="left", time_unit="months")


def test_the_way_out_for_a_curve_can_be_followed() -> None:
    curve = wm.kaplan_meier(cohort(), by="route")

    with pytest.raises(InvalidArgumentError, match="suppress leaving_within"):
        wm.suppress(curve)
    shown = wm.suppress(wm.leaving_within(cohort(), years=1, by="route"))

    assert shown.frame["suppressed"].all()


def test_spreadsheet_days_and_times_of_day_are_named_in_the_fix() -> None:
    rows = pd.DataFrame({"pin": ["a", "b"], "on": [43831, 43900]})

    with pytest.raises(InvalidDataError, match=r"%H:%M:%S.*spreadsheet's day numbers"):
        wm.read_register(
            rows,
            columns={"person_id": "pin", "joined": "on"},
            definition="left",
            observed_from=None,
            observed_to="2025-03-31",
            date_formats="%Y-%m-%d",
        )


def test_utf_16_without_a_mark_can_be_declared(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_bytes("site,q12b\nA,1\n".encode("utf-16-le"))

    with pytest.raises(FileFormatError, match="declare encoding='utf-16-le'"):
        wm.read_staff_survey(path, edition=2024)

    assert len(wm.read_staff_survey(path, edition=2024, encoding="utf-16-le").responses) == 1


@pytest.mark.parametrize(("fix", "end"), [("write 1", "write 1."), ("did you mean 'a'?", "'a'?"), ("Stop.", "Stop.")])
def test_a_message_ends_in_one_mark(fix: str, end: str) -> None:
    message = str(WorkforceMetricsError("x", "one", "two", fix))

    assert message.endswith(end)
    assert not message.endswith(("?.", ".."))


def test_a_boolean_or_fraction_is_no_horizon() -> None:
    with pytest.raises(InvalidArgumentError, match="years: expected a positive number, got True"):
        wm.leaving_within(cohort(), years=True)
    with pytest.raises(InvalidArgumentError, match="years: expected a positive number, got nan"):
        wm.leaving_within(cohort(), years=np.nan)
