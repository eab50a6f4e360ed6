"""What a notebook shows: a line and a table for every object, escaped; names that lead."""

from __future__ import annotations

import importlib
import pkgutil
import re
from html import escape

import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.results import Result

EVIL = "<script>alert(1)</script>"


def every_kind_of_result() -> set[type[Result]]:
    for module in pkgutil.walk_packages(wm.__path__, "workforce_metrics."):
        importlib.import_module(module.name)
    found, new = set(), {Result}
    while new:
        found |= new
        new = {below for kind in new for below in kind.__subclasses__()} - found
    return found


def test_tab_completion_leads_to_public_names_only() -> None:
    assert dir(wm) == sorted([*wm.__all__, "errors"])


@pytest.mark.parametrize("kind", sorted(every_kind_of_result(), key=lambda kind: kind.__name__))
def test_results_do_not_undo_the_shared_reprs(kind: type[Result]) -> None:
    assert kind.__repr__ is not object.__repr__
    assert kind._repr_html_ is Result._repr_html_


def test_cohort_shows_outcomes_and_no_row_of_a_person() -> None:
    staff = pd.DataFrame({"month": [3, 8, 9], "left": [True, False, True], "why": [EVIL, None, "other"], "name": "Ann"})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")

    shown = cohort._repr_html_()

    cells = re.findall("<td>(.*?)</td>", shown)
    assert cells == ["not left", "1", escape(EVIL), "1", "other", "1"]
    assert "Ann" not in shown


def test_editions_show_how_many_answered() -> None:
    extracts = {year: wm.simulate_staff_survey(n, seed=1, edition=year).extract for year, n in ((2023, 40), (2024, 60))}
    stack = wm.stack_editions([wm.read_staff_survey(extract, edition=year) for year, extract in extracts.items()])

    assert "<td>2023</td>\n      <td>40</td>" in stack._repr_html_()
