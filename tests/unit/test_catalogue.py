"""The catalogue: one row an indicator, every rule with its status, every name usable."""

import pandas as pd
import pytest

from workforce_metrics import indicators
from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.indicators.catalogue import CATALOGUE_COLUMNS, catalogue

STATUSES = {"documented", "declared", "inferred", "unverified", "unknown"}


@pytest.fixture
def table() -> pd.DataFrame:
    return catalogue().set_index("name")


def test_there_are_thirty_scores_each_with_its_function(table: pd.DataFrame) -> None:
    scores = table[table["kind"] == "score"]

    assert scores["level"].value_counts().to_dict() == {"element": 7, "theme": 2, "sub-score": 21}
    assert all(callable(getattr(indicators, name)) for name in scores.index)
    assert set(scores["range"]) == {"0 to 10"}
    assert set(scores["direction"]) == {"higher is better"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_published_percentage_is_a_share(edition: int) -> None:
    book = nhs_staff_survey(edition)

    table = catalogue(book)

    assert list(table.columns) == list(CATALOGUE_COLUMNS)
    assert table["name"].is_unique
    published = {f"share:{item.concept}" for item in book.items.values() if item.counted}
    assert set(table.loc[table["kind"] == "share", "name"]) == published


def test_every_rule_has_a_status_from_the_list(table: pd.DataFrame) -> None:
    scores, shares = table[table["kind"] == "score"], table[table["kind"] == "share"]

    assert set(scores["min_answered_status"]) == {"documented", "inferred"}
    assert set(scores["values_status"]) <= STATUSES
    assert set(shares["base_status"]) == {"documented", "unknown"}
    unknown = shares.index[shares["base_status"] == "unknown"].str.removeprefix("share:")
    assert set(unknown) == {
        "errors_treated_fairly", "errors_encouraged_report", "errors_action_taken", "errors_feedback",
        "access_clinical_supervision",
    }  # fmt: skip


def test_rows_say_what_an_analyst_must_know(table: pd.DataFrame) -> None:
    burnt_out, negative = table.loc["share:burnout_burnt_out"], table.loc["negative_experiences"]

    assert (burnt_out["code"], burnt_out["counted"], burnt_out["base"]) == ("q12b", "4 5", "1 2 3 4 5")
    assert (burnt_out["label"], burnt_out["direction"]) == ("Burnout burnt out: Often or Always", "lower is better")
    assert (negative["values_status"], negative["break_at"], negative["min_answered"]) == ("inferred", 2025, 6)
    assert table.loc["diversity_and_equality", "values_status"] == "unknown"
    assert table.loc["appraisals", "values_status"] == "unverified"
    assert table.loc["morale", "note"] == "mean of 3 parts: thinking_about_leaving work_pressure stressors"
    assert table.loc["share:patient_contact", "direction"] == "neither"
    assert set(table["source"]) == {
        "NHS Staff Survey, questionnaires and technical documents, https://www.nhsstaffsurveys.com"
    }


def test_range_of_another_survey_is_that_of_its_values() -> None:
    seven = Scale("seven", tuple(Option(code, value=float(code)) for code in range(1, 8)))
    binary = Scale("binary", (Option(0, value=0.0), Option(1, value=1.0)), status="declared")
    items = {
        "calm": Item("calm", ("c1",), seven),
        "rested": Item("rested", ("c2",), binary, counted=frozenset({1}), base=frozenset({0, 1}), favourable="higher"),
    }
    scores = {
        "ease": Score("ease", "Ease", ("calm", "rested"), 1),
        "calmness": Score("calmness", "Calmness", ("calm",), 1),
        "both": Score("both", "Both", (), 1, parts=("ease", "calmness")),
    }

    table = catalogue(Codebook("Pulse", items, scores)).set_index("name")

    assert table.loc["ease", "range"] == f"{(1 + 0) / 2:g} to {(7 + 1) / 2:g}"
    assert table.loc["both", "range"] == f"{(0.5 + 1) / 2:g} to {(4 + 7) / 2:g}"
    assert table.loc["share:rested", ["label", "direction", "source"]].tolist() == [
        "Rested: code 1", "higher is better", "Pulse",
    ]  # fmt: skip
    assert table.loc["ease", "values_status"] == "declared"
