"""What everything was made from: filled in by readers, handed on by all that is made of it, the same in every run."""

from __future__ import annotations

import getpass
import json
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidDataError, WorkforceMetricsWarning
from workforce_metrics.extracts import Register
from workforce_metrics.indicators.instruments.positive import sops_hospital
from workforce_metrics.indicators.turnover import leaver_rate, stability_index
from workforce_metrics.provenance import (
    Input,
    from_json,
    inputs_of,
    made_from,
    one_line,
    package_version,
    plain,
    provenance_of,
    to_json,
    united_inputs,
)
from workforce_metrics.results import Result

COLUMNS = {"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"}


def _register(folder: Path) -> Register:
    return wm.read_register(
        folder / "register.csv", columns=COLUMNS, definition="left the register", observed_from="2018-04-01",
        observed_to="2025-03-31", date_formats=["%Y-%m-%d"], rejoin_within_days=183,
    )  # fmt: skip


def _extracts(folder: Path) -> dict[str, object]:
    register = _register(folder)
    surveys = [
        wm.read_staff_survey(
            folder / f"survey_{year}.csv", edition=year, respondent_id="respondent_id", weight="weight"
        )
        for year in (2023, 2024)
    ]
    sheet = pd.DataFrame([["org_id", "q12b_2024", "q12b_n_2024"], ["R1", 0.31, 100]])
    return {
        "register": register, "survey": surveys[1], "stack": wm.stack_editions(surveys),
        "published": wm.read_published_survey({"Acute": sheet}),
    }  # fmt: skip


def _of_the_register(register: Register) -> dict[str, object]:
    causes = {reason: cause if cause == "voluntary" else "other" for reason, cause in wm.leaving_causes().items()}
    cohort = wm.build_cohort(register, horizon_years=5, causes=causes)
    together = wm.build_cohort(register, horizon_years=5)
    table = wm.risk_table(together, by="route")
    cox = wm.cox(together, "route")
    served = pd.DataFrame({"route": ["UK degree"] * 4, "served": [0, 1, 1, 2]})
    discrete = wm.discrete_hazard(together, "route")
    risk = np.linspace(0.1, 0.6, len(together))
    return {
        "cohort": cohort, "table": table, "sum": table + table, "kaplan_meier": wm.kaplan_meier(table),
        "nelson_aalen": wm.nelson_aalen(together), "incidence": wm.cumulative_incidence(cohort, by="route"),
        "leaving_within": wm.leaving_within(together, by="route"),
        "logrank": wm.logrank_test(table, by="route"), "gray": wm.gray_test(cohort, by="route"),
        "restricted_mean": wm.restricted_mean(table), "cox": cox, "concordance": cox.concordance,
        "own concordance": wm.concordance(together, risk), "hazards": cox.proportional_hazards_test(),
        "cause_specific": wm.cause_specific(cohort, "route"),
        "fine_gray": wm.fine_gray(cohort, "route", cause="voluntary"), "discrete": discrete,
        "parametric": wm.parametric(together, "1"),
        "forecast": wm.forecast_leaving(discrete, served, served="served", years=1),
        "standardised_risk": wm.standardised_risk(discrete, together, over="route"),
        "joining_years": wm.joining_years(register, horizon_years=2),
        "period_risk": wm.period_risk(register, periods=[2023, 2024]),
        "decomposition": wm.decompose_leavers(table, table), "spans": table.between([1, 2]),
        "leaver_rate": leaver_rate(register, start="2023-03-31", end="2024-03-31"),
        "stability": stability_index(register, start="2023-03-31", end="2024-03-31"),
        "suppressed curve": wm.suppress(wm.kaplan_meier(together), times=[1, 2], round_to=5),
    }  # fmt: skip


def _of_people() -> dict[str, object]:
    staff = pd.DataFrame({"month": range(1, 41), "left": [True, False] * 20, "site": list("aabb") * 10})
    cohort = wm.Cohort.from_frame(staff, duration="month", event="left", time_unit="months", definition="left")
    risk = np.linspace(0.9, 0.1, 40)
    shares = pd.DataFrame({"time": [1, 2], "n_risk": [10, 8], "n_event": [1, 2]})
    answers = pd.DataFrame({"unit": ["A", "A", "B"], "C1": [5, 4, 2], "C2": [4, 9, 3], "C3": [1, 5, 4]})
    return {
        "frame cohort": cohort, "validation": wm.validate(cohort, risk, at=20, groups=2),
        "crossed": wm.cross_validate(cohort, lambda others: wm.parametric(others, "1"), at=20, fold="site", groups=1),
        "counts": wm.RiskTable.from_counts(shares),
        "sops": sops_hospital(answers, by="unit", scores=["sops_communication_about_error"]),
    }  # fmt: skip


def _of_the_survey(extracts: Mapping[str, object]) -> dict[str, object]:
    survey, stack = extracts["survey"], extracts["stack"]
    design = wm.SurveyDesign(weight="weight", stratum="org_id")
    table = wm.estimate(survey, ["burnout", "share:burnout_burnt_out"], by="org_id", design=design)
    scores = wm.estimate(survey, "burnout", by="org_id")
    staff = pd.DataFrame({"org_id": sorted(survey.table["org_id"].unique()), "population": 1000})
    hidden = wm.suppress(table, min_n=int(table.frame["n"].min()) + 1)
    items = ["burnout_burnt_out", "burnout_emotionally_exhausting"]
    return {
        "estimate": table, "suppressed": hidden, "audit": wm.audit_disclosure(hidden),
        "compare": wm.compare(survey, "burnout", by="org_id", design=design),
        "trend": wm.trend(stack, "burnout"), "trend_test": wm.trend_test(stack, "burnout"),
        "likert": wm.likert(survey, "burnout_burnt_out"), "reliability": wm.reliability(survey, {"burnout": items}),
        "icc": wm.intraclass_correlation(survey, "burnout", group="org_id"),
        "levels": wm.variance_by_level(survey, "burnout", levels="org_id"),
        "agreement": wm.group_agreement(survey, items, group="org_id"),
        "weights": wm.survey_weights(survey, population=staff, organisation="org_id", kind="organisation_size"),
        "standardised": wm.standardised_estimate(survey, "burnout", by="org_id", mix="staff_group",
            uncovered="missing"),
        "funnel": wm.funnel(scores), "ranks": wm.rank_intervals(scores, method="simultaneous"),
        "shrunk": wm.shrink(scores), "back_test": wm.back_test(survey, extracts["published"]),
    }  # fmt: skip


def _everything(folder: Path) -> dict[str, object]:
    extracts = _extracts(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WorkforceMetricsWarning)  # of few people: numbers do not matter here
        return {
            **extracts, **_of_the_register(extracts["register"]), **_of_people(), **_of_the_survey(extracts),
            "simulated": wm.simulate_register(5, seed=1), "simulated survey": wm.simulate_staff_survey(5, seed=1),
        }  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    register = wm.simulate_register(1500, seed=3, n_organisations=4)
    years = {year: wm.simulate_staff_survey(300, seed=3, n_organisations=4, edition=year) for year in (2023, 2024)}
    made = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("another_place")
    for folder in made:
        register.extract.to_csv(folder / "register.csv", index=False)
        for year, survey in years.items():
            survey.extract.to_csv(folder / f"survey_{year}.csv", index=False)
    return made


@pytest.fixture(scope="module")
def everything(folders: tuple[Path, Path]) -> dict[str, object]:
    return _everything(folders[0])


def test_everything_names_its_inputs_with_their_rows(everything: dict[str, object]) -> None:
    for name, made in everything.items():
        inputs = inputs_of(made.provenance)
        assert inputs, name
        assert made.provenance["version"] == package_version(), name
        for one in inputs:
            counted = one.n_read is not None
            assert counted == (name not in {"suppressed", "audit", "suppressed curve"}), name
            assert not counted or 0 < one.n_kept <= one.n_read, name


def test_the_names_and_rows_are_those_of_the_reports(everything: dict[str, object]) -> None:
    report, survey = everything["register"].report, everything["survey"].report
    of_curve, of_trend = (inputs_of(everything[name].provenance) for name in ("kaplan_meier", "trend"))

    assert [(one.name, one.n_read, one.n_kept) for one in of_curve] == [("register.csv", report.n_read, report.n_kept)]
    assert dict(of_curve[0].options)["rejoin_within_days"] == 183
    assert [one.name for one in of_trend] == ["survey_2023.csv", "survey_2024.csv"]
    assert (of_trend[1].n_read, of_trend[1].n_kept) == (survey.n_read, survey.n_kept)
    assert [one.name for one in inputs_of(everything["back_test"].provenance)] == ["sheets", "survey_2024.csv"]
    assert [one.name for one in inputs_of(everything["forecast"].provenance)] == ["data frame", "register.csv"]


@pytest.mark.parametrize(
    "name", ["kaplan_meier", "cox", "joining_years", "period_risk", "spans", "forecast", "hazards"]
)
def test_results_of_a_register_carry_definition_and_window(everything: dict[str, object], name: str) -> None:
    made = everything[name].provenance

    assert made["definition"] == "left the register"
    assert (made["observed_from"], made["observed_to"]) == ("2018-04-01", "2025-03-31")


def test_two_runs_in_two_folders_say_the_same_to_the_byte(
    everything: dict[str, object], folders: tuple[Path, Path]
) -> None:
    again = _everything(folders[1])

    assert {name: to_json(made.provenance) for name, made in everything.items()} == {
        name: to_json(made.provenance) for name, made in again.items()
    }


def test_no_path_no_person_no_clock(everything: dict[str, object], folders: tuple[Path, Path]) -> None:
    now = pd.Timestamp.now()
    people = everything["register"].table["person_id"].astype(str).head(50).tolist()
    for name, made in everything.items():
        text = json.dumps({key: plain(value) for key, value in made.provenance.items()})
        assert json.dumps(plain(made.provenance)) == text, name
        for told in (str(folders[0]), str(Path.home()), getpass.getuser() + "/", f"{now:%Y-%m-%d}", " at 0x"):
            assert told not in text, (name, told)
        assert not any(person in text for person in people), name


def test_reprs_stay_one_line_without_inputs(everything: dict[str, object]) -> None:
    for name, made in everything.items():
        assert "\n" not in repr(made), name
        assert "Input(" not in repr(made), name
        assert "version" not in repr(made), name


def test_pickled_and_read_back_provenance_is_the_same(everything: dict[str, object]) -> None:
    for name in ("register", "survey", "table", "kaplan_meier", "estimate", "suppressed", "weights"):
        made = everything[name]
        if name not in {"survey", "weights"}:  # which cannot be pickled
            assert dict(pickle.loads(pickle.dumps(made)).provenance) == dict(made.provenance), name  # noqa: S301
        read = from_json(to_json(made.provenance))
        assert to_json(read) == to_json(made.provenance), name
        assert inputs_of(read) == inputs_of(made.provenance), name


def test_a_sum_of_tables_names_all_inputs_in_one_order_and_adds_what_was_left_out() -> None:
    spells = pd.DataFrame({"joined": ["2010-01-01", "2020-02-01", "2021-03-01"], "who": list("abc")})
    registers = [
        wm.read_register(
            spells.head(n), columns={"person_id": "who", "joined": "joined"}, date_formats="%Y-%m-%d",
            definition="left", observed_from="2018-04-01", observed_to="2025-03-31",
        )
        for n in (2, 3)
    ]  # fmt: skip
    small, large = (wm.risk_table(wm.build_cohort(register)) for register in registers)

    one, other = small + large, large + small

    assert [item.n_read for item in inputs_of(one.provenance)] == [2, 3]
    assert to_json(one.provenance) == to_json(other.provenance)
    assert one.provenance["n_past_horizon_before_window"] == 2
    assert one.provenance["definition"] == "left"


def test_several_sums_of_tables_name_the_same_inputs_whatever_the_order() -> None:
    tables = [wm.RiskTable.from_counts(pd.DataFrame({"time": [1], "n_risk": [n], "n_event": [1]})) for n in (5, 6, 7)]

    assert to_json(((tables[0] + tables[1]) + tables[2]).provenance) == to_json(
        (tables[2] + (tables[0] + tables[1])).provenance
    )


def test_hidden_rows_take_the_numbers_of_the_inputs_with_them() -> None:
    """With what is visible, the number of all respondents would give the sum of the hidden groups."""
    staff = pd.DataFrame({"team": ["a"] * 8 + ["b"] * 40 + ["c"] * 26, "hours": [30.0, 40.0] * 37})
    table = wm.estimate(staff, "hours", by="team")

    hidden, shown = wm.suppress(table), wm.suppress(wm.estimate(staff, "hours"))

    assert inputs_of(hidden.provenance) == (Input("data frame", None, None),)
    assert "74" not in to_json(hidden.provenance)
    assert inputs_of(shown.provenance) == (Input("data frame", 74, 74),)
    assert dict(wm.suppress(hidden).provenance) == dict(hidden.provenance)


def test_weights_put_into_a_survey_are_told_by_what_is_estimated_with_them(everything: dict[str, object]) -> None:
    survey, weights = everything["survey"], everything["weights"]

    made = wm.estimate(weights.added_to(survey, "own"), "burnout", design=wm.SurveyDesign(weight="own")).provenance

    assert made["weights"] == "kind=organisation_size"


def test_a_folder_in_a_name_and_options_of_none_are_left_out() -> None:
    made = made_from("C:\\data\\2024/register.csv", 5, options={"within": None, "days": np.int64(3), "names": ["a"]})

    assert inputs_of(made) == (Input("register.csv", 5, 5, options=(("days", 3), ("names", ("a",)))),)


def test_plain_has_a_word_for_everything_and_the_same_one_each_time() -> None:
    value = {"b": {3, 1, 2}, "day": pd.Timestamp("2024-04-01 10:30"), "n": np.float64("nan"), "none": None}

    assert plain(value) == {"b": [1, 2, 3], "day": "2024-04-01T10:30:00", "n": "nan", "none": None}


def test_one_line_shows_what_was_asked() -> None:
    assert one_line({**made_from("x.csv", 1), "at": 5, "strata": None}) == ["at=5"]
    assert repr(Result(pd.DataFrame({"n": [1]}), provenance=made_from("x.csv", 1))) == "<Result: 1 row>"


def test_what_has_no_provenance_is_an_input_itself() -> None:
    frame = pd.DataFrame({"provenance": ["a column of that name"]})

    assert inputs_of(provenance_of(frame, 1)) == (Input("data frame", 1, 1),)
    assert united_inputs([{}, {"inputs": None}]) == {}


def test_an_unpickled_result_keeps_the_version_that_made_it() -> None:
    old = Result(pd.DataFrame({"n": [1]}), provenance={"version": "0.0.1"})

    assert pickle.loads(pickle.dumps(old)).provenance["version"] == "0.0.1"  # noqa: S301
    assert old.with_table(old.table).provenance["version"] == "0.0.1"


@pytest.mark.parametrize(
    "text", ["", "[1]", "5", '{"inputs": 3}', '{"inputs": [{}]}', '{"inputs": [{"name": "x", "n_read": "many"}]}']
)
def test_a_text_that_is_no_provenance_is_refused(text: str) -> None:
    with pytest.raises(InvalidDataError, match="the text of a provenance"):
        from_json(text)
