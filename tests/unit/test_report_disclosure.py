"""Nothing of a small group is in a report: not in a file, not in the object, nor to be had by subtraction."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import workforce_metrics as wm
from workforce_metrics.extracts import LoadReport, Register, StaffSurvey
from workforce_metrics.reporting.content import Figure, Picture
from workforce_metrics.reporting.document import Report
from workforce_metrics.reporting.quality import quality_findings
from workforce_metrics.reporting.rare_causes import OTHER_CAUSES, with_rare_causes_together
from workforce_metrics.results import Result

SMALL, LOST = "Zebra ward", "Quagga route"
COLUMNS = {"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"}


def planted_survey(n: int = 900, small: int = 7, seed: int = 5) -> StaffSurvey:
    """Return a survey in which a ward of few answers as nobody else does."""
    made = wm.simulate_staff_survey(n, seed=seed, n_organisations=4)
    extract = made.extract.assign(ward=made.extract["org_name"].astype(str))
    rows = extract.index[:small]
    extract.loc[rows, "ward"] = SMALL
    extract.loc[rows, [f"q12{letter}" for letter in "abcdefg"]] = 5
    extract.loc[rows[:1], ["q12b", "q12c"]] = 2
    return wm.read_staff_survey(extract, edition=2024, weight="weight")


def planted_register(n: int = 2500, small: int = 5, seed: int = 5) -> Register:
    """Return a register in which few came by one route, and joined before anybody else, and few left for one reason."""
    extract = wm.simulate_register(n, seed=seed).extract.copy()
    extract["route"] = extract["route"].astype(str)
    extract["Lapse reason"] = extract["Lapse reason"].astype(object)
    stayed = extract.index[extract["Lapsed"].notna()][:small]
    extract.loc[stayed, "route"] = LOST
    extract.loc[stayed, "Lapse reason"] = "Abducted"
    return wm.read_register(
        extract, columns=COLUMNS, observed_from="2015-04-01", observed_to="2025-03-31",
        date_formats=["%Y-%m-%d"], definition="left (simulated)",
    )  # fmt: skip


def causes() -> dict[str, str]:
    return {**wm.simulate_register(10, seed=1).truth["causes"], "Abducted": "abduction"}


@pytest.fixture(scope="module")
def report() -> Report:
    return wm.report(
        survey=planted_survey(), indicators=["burnout", "share:burnout_burnt_out"], by=["ward", "staff_group"],
        register=planted_register(), leaving_by="route", causes=causes(),
    )  # fmt: skip


def texts_of(report: Report, folder: Path) -> str:
    """Return all that a reader of any of the files can read."""
    book = load_workbook(report.write(folder / "report.xlsx"))
    cells = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value]
    drawn = [block.svg for part in report.sections for block in part.blocks if isinstance(block, Picture)]
    return "\n".join([report.html, report.markdown, repr(report), *cells, *drawn])


def numbers_of(thing: object) -> Iterator[float]:
    """Return every number that an object of a report holds, however deep."""
    if isinstance(thing, pd.DataFrame):
        for name in thing.columns:
            yield from numbers_of(tuple(thing[name]))
    elif isinstance(thing, Result | Report) or hasattr(thing, "__dataclass_fields__"):
        for item in fields(thing):  # type: ignore[arg-type]
            yield from numbers_of(getattr(thing, item.name))
    elif hasattr(thing, "values") and not isinstance(thing, np.ndarray):
        for value in thing.values():
            yield from numbers_of(value)
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from numbers_of(value)
    elif isinstance(thing, int | float | np.number) and not isinstance(thing, bool):
        yield float(thing)


def test_a_small_ward_is_nowhere_in_any_file(report: Report, tmp_path: Path) -> None:
    told = texts_of(report, tmp_path)

    for name in (SMALL, LOST, "abduction", "Abducted"):
        assert name not in told
    assert "not shown: too few people" in told


def test_the_small_ward_is_there_if_nothing_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workforce_metrics.plotting.embedding.svg_of", lambda _: '<svg width="1pt" height="1pt"/>')

    careless = wm.report(
        survey=planted_survey(), indicators="burnout", by="ward", register=planted_register(), leaving_by="route",
        causes=causes(), min_n=1,
    )  # fmt: skip

    for name in (SMALL, LOST, "abduction"):
        assert name in careless.html


def test_no_number_of_a_small_ward_is_in_the_object(report: Report) -> None:
    survey, register = planted_survey(), planted_register()
    ward = wm.estimate(survey, ["burnout", "share:burnout_burnt_out"], by="ward").frame.query("ward == @SMALL")
    route = wm.leaving_within(wm.build_cohort(register), by="route").frame.query("route == @LOST")
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    telling = np.concatenate([ward[columns].to_numpy().ravel(), route[columns].to_numpy().ravel()])
    secret = telling[np.isfinite(telling) & (telling != np.rint(telling))]

    held = np.array(list(numbers_of(pickle.loads(pickle.dumps(report)))))  # noqa: S301 - our own

    assert len(held) > 200
    assert len(secret) >= 8
    for value in secret:
        assert not np.isclose(held, value, rtol=1e-9, atol=0).any()


def test_an_object_holds_no_respondent_and_no_spell(report: Report) -> None:
    assert not any(isinstance(value, StaffSurvey | Register) for value in vars(report).values())
    assert len(pickle.dumps(report)) < 3_000_000
    for result in report.results.values():
        hidden = result.frame[result.frame["suppressed"].astype(bool)]
        assert hidden.filter(["estimate", "std_error", "conf_low", "conf_high", "n", "n_event"]).isna().all(axis=None)


def test_hidden_groups_cannot_be_had_by_subtraction(report: Report) -> None:
    survey = planted_survey()
    everybody = wm.estimate(survey, ["burnout", "share:burnout_burnt_out"])
    wards, staff = (report.results[f"indicators by {name}"] for name in ("ward", "staff_group"))
    leaving = [report.results["leaving"], report.results["leaving by route"]]
    rows = report.results

    told = wm.audit_disclosure([report.results["indicators"], wards, staff], totals=[])
    known = wm.audit_disclosure([wards, staff], totals=[everybody])
    left = wm.audit_disclosure(leaving)

    assert wards.frame["suppressed"].any()
    assert rows["leaving by route"].frame["suppressed"].any()
    for audit in (told, known, left):
        assert len(audit.frame)
        assert not audit.frame["too_close"].any()


@pytest.mark.parametrize("small", [1, 4, 10])
def test_a_group_without_a_name_is_protected_too(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workforce_metrics.plotting.embedding.svg_of", lambda _: '<svg width="1pt" height="1pt"/>')
    survey = planted_survey(400, small)
    table = survey.table.assign(ward=survey.table["ward"].where(survey.table["ward"] != SMALL))

    made = wm.report(survey=replace(survey, table=table), indicators="burnout", by="ward")

    frame = made.results["indicators by ward"].frame
    assert frame.loc[frame["ward"] == "not stated", "suppressed"].all()
    assert frame["suppressed"].sum() >= 2
    assert not wm.audit_disclosure([made.results["indicators"], made.results["indicators by ward"]]).frame[
        "too_close"
    ].any()  # fmt: skip


def joined(first: str, n: int, prefix: str) -> pd.DataFrame:
    days = pd.date_range(first, periods=n, freq="7D").strftime("%Y-%m-%d")
    return pd.DataFrame({"PIN": [f"{prefix}{i:04d}" for i in range(n)], "on": days, "off": None})


@pytest.mark.parametrize(("n_before", "told"), [(0, True), (4, False), (30, True)])
def test_numbers_by_year_of_joining_stand_only_where_no_few_are_left_over(
    *, n_before: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workforce_metrics.plotting.embedding.svg_of", lambda _: '<svg width="1pt" height="1pt"/>')
    rows = pd.concat([joined("2019-01-02", 150, "a"), joined("2018-01-03", n_before, "b")], ignore_index=True)
    rows.loc[::5, "off"] = "2022-06-30"
    register = wm.read_register(
        rows, columns={"person_id": "PIN", "joined": "on", "left": "off"}, observed_from="2019-01-01",
        observed_to="2023-12-31", date_formats=["%Y-%m-%d"], definition="left",
    )  # fmt: skip

    made = wm.report(register=register, years=2, first_month=1, leaving_by=[])

    (table,) = [table for table in made.sections[0].tables if "by year of joining" in table.caption]
    assert ("Joined" in table.headings) is told
    assert made.results["leaving by joining year"].frame["n"].notna().all() == told


def test_rare_reasons_are_taken_together() -> None:
    def cohort_of(**n_left: int) -> wm.Cohort:
        why = [name for name, n in n_left.items() for _ in range(n)]
        staff = pd.DataFrame({"month": range(1, len(why) + 1), "left": True, "why": why})
        return wm.Cohort.from_frame(staff, duration="month", event="left", cause="why", time_unit="months")

    enough = with_rare_causes_together(cohort_of(moved=20, ill=9, died=3), 11)
    joined_by_the_next = with_rare_causes_together(cohort_of(moved=20, retired=14, died=3), 11)
    nothing_left_apart = with_rare_causes_together(cohort_of(moved=20, died=3), 11)
    untouched = cohort_of(moved=20, retired=14)

    assert enough.causes == ("moved", OTHER_CAUSES)
    assert np.bincount(enough.cause).tolist() == [0, 20, 12]
    assert joined_by_the_next.causes == ("moved", OTHER_CAUSES)
    assert np.bincount(joined_by_the_next.cause).tolist() == [0, 20, 17]
    assert nothing_left_apart.causes == (OTHER_CAUSES,)
    assert with_rare_causes_together(untouched, 11).causes == untouched.causes


def rows_set_aside(**n_by_rule: int) -> LoadReport:
    rules = [rule.replace("_", " ") for rule, n in n_by_rule.items() for _ in range(n)]
    rows = pd.DataFrame({"row": range(1, len(rules) + 1), "rule": rules})
    counts = rows["rule"].value_counts().rename_axis("rule").rename("n").reset_index()
    return LoadReport("extract.csv", 1000, counts.assign(action="row set aside", column=None), rows)


def told_of(**n_by_rule: int) -> tuple[str, list[tuple[str, float]]]:
    section = quality_findings([("Survey", rows_set_aside(**n_by_rule))], 11).sections[0]
    rows = [row for table in section.tables for row in table.rows]
    return section.paragraphs[0], [(str(row[0]), row[1].value) for row in rows if isinstance(row[1], Figure)]


def test_rows_set_aside_are_told_by_rule_with_their_reasons() -> None:
    told, rows = told_of(weight_missing=40, repeated_row=20)

    assert told == "Survey: 940 rows are used. Of 1,000 rows read, 60 rows were set aside."
    assert rows == [("weight missing", 40.0), ("repeated row", 20.0)]


def test_few_rows_set_aside_are_not_told_by_number() -> None:
    assert told_of(repeated_row=995) == ("Survey: fewer than 11 rows are used.", [])
    assert told_of() == ("Survey: 1,000 rows are used. None was set aside.", [])
    assert told_of(repeated_row=3) == ("Survey: 997 rows are used. Fewer than 11 were set aside.", [])
    _, rows = told_of(weight_missing=40, repeated_row=20, no_item_answered=2)
    assert rows == [("weight missing", 40.0)]  # the total less two rules would be the third
