"""No error, warning or repr shows a person's identifier or an answer."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import WorkforceMetricsError

CANARY = "CANARY-4711"
CANARY_NUMBER = 987654321


def survey_frame(**change: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [CANARY, CANARY, "x"], "q12b": [1, 2, 3], "q12a": [1, 2, 3], "w": [1.0, 1.0, 1.0]}
    ).assign(**change)


def register_frame(**change: object) -> pd.DataFrame:
    return pd.DataFrame({"id": [CANARY, "b"], "on": ["2020-01-01", "2021-01-01"], "off": ["2022-01-01", None]}).assign(
        **change
    )


def read_register(frame: pd.DataFrame, **change: object) -> object:
    asked = {
        "columns": {"person_id": "id", "joined": "on", "left": "off"},
        "observed_from": None,
        "observed_to": "2025-01-01",
        "date_formats": ["%Y-%m-%d"],
        "definition": "left",
    }
    return wm.read_register(frame, **{**asked, **change})  # type: ignore[arg-type]


def cohort(frame: pd.DataFrame, **asked: str) -> object:
    return wm.Cohort.from_frame(frame, duration="t", event="left", time_unit="years", **asked)


CALLS: dict[str, Callable[[], object]] = {
    "all codes off the scale": lambda: wm.read_staff_survey(survey_frame(q12b=CANARY_NUMBER), edition=2024),
    "all labels off the scale": lambda: wm.read_staff_survey(survey_frame(q12b=CANARY), edition=2024),
    "conflicting ids": lambda: wm.read_staff_survey(survey_frame()[:2], edition=2024, respondent_id="id"),
    "bad weights": lambda: wm.read_staff_survey(survey_frame(w=CANARY), edition=2024, weight="w"),
    "unreadable dates": lambda: read_register(register_frame(on=CANARY)),
    "all before the window": lambda: read_register(register_frame(off="2020-02-02"), observed_from="2024-01-01"),
    "text as duration": lambda: cohort(pd.DataFrame({"t": [CANARY], "left": [True]})),
    "text as event": lambda: cohort(pd.DataFrame({"t": [1.0], "left": [CANARY]})),
    "negative weight": lambda: cohort(pd.DataFrame({"t": [1], "left": [True], "w": [-CANARY_NUMBER]}), weight="w"),
    "late entry": lambda: cohort(pd.DataFrame({"t": [1], "left": [True], "e": [CANARY_NUMBER]}), entry="e"),
    "text in estimate": lambda: wm.estimate(pd.DataFrame({"x": [CANARY]}), ["x"]),
    "negative design weight": lambda: wm.estimate(
        pd.DataFrame({"x": [1.0, 2.0], "w": [-CANARY_NUMBER, 1.0]}), ["x"], design=wm.SurveyDesign(weight="w")
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_errors_do_not_show_values(call: Callable[[], object]) -> None:
    with pytest.raises(WorkforceMetricsError) as raised:
        call()

    told = f"{raised.value} {raised.value.__dict__}"
    assert CANARY not in told
    assert not re.search(r"987.?654.?321", told)
    assert all((raised.value.argument, raised.value.expected, raised.value.got, raised.value.fix))


def test_reprs_do_not_show_identifiers() -> None:
    survey = wm.read_staff_survey(survey_frame(id=[CANARY, "y", "x"]), edition=2024, respondent_id="id")
    register = read_register(register_frame())
    built = wm.build_cohort(register)  # type: ignore[arg-type]
    shown = [survey, survey.report, register, built, wm.risk_table(built), wm.kaplan_meier(built)]

    for thing in shown:
        assert CANARY not in repr(thing)
        assert CANARY not in getattr(thing, "_repr_html_", lambda: "")()


def test_html_escapes_what_users_wrote() -> None:
    frame = pd.DataFrame({"org": ["<script>alert(1)</script>"] * 20, "x": np.arange(20.0)})

    html = wm.estimate(frame, ["x"], by="org")._repr_html_()

    assert "<script>" not in html
