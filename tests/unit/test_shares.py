"""Shares: who is counted over whom, and what is refused."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.indicators.shares import share

BOOK = nhs_staff_survey(2024)
NAN = np.nan


def survey_of(answers: Mapping[str, Sequence[int | None]]) -> StaffSurvey:
    table = pd.DataFrame({concept: pd.array(list(codes), dtype="Int8") for concept, codes in answers.items()})
    counts = pd.DataFrame(columns=["action", "rule", "column", "n"])
    return StaffSurvey(table, BOOK, LoadReport("test", len(table), counts, pd.DataFrame({"row": [], "rule": []})))


@pytest.mark.parametrize(
    ("concept", "codes", "expected"),
    [
        ("burnout_burnt_out", [1, 2, 3, 4, 5, None], [0, 0, 0, 1, 1, NAN]),
        ("unrealistic_time_pressures", [1, 2, 3, 4, 5, None], [1, 1, 0, 0, 0, NAN]),
        ("patient_contact", [1, 2, 3], [1, 1, 0]),
        ("violence_public", [1, 2, 5], [0, 1, 1]),
        ("fair_career_progression", [1, 2, 9, None], [1, 0, 0, NAN]),
        ("role_makes_difference", [5, 3, 9], [1, 0, NAN]),
        ("violence_reported", [1, 2, 3, 4, 6, 9], [1, 1, 0, NAN, 1, NAN]),
        ("had_appraisal", [1, 2, 3], [1, 0, 0]),
        ("errors_feedback", [4, 1, 9], [1, 0, NAN]),
    ],
)
def test_share_follows_the_published_rule(concept: str, codes: list[int | None], expected: list[float]) -> None:
    counted = share(survey_of({concept: codes}), concept)

    np.testing.assert_array_equal(counted, expected)
    assert (counted.name, counted.dtype) == (concept, np.dtype("float64"))


@pytest.mark.parametrize("concept", [item.concept for item in BOOK.items.values() if item.counted])
def test_every_published_share_counts_its_codes_over_its_base(concept: str) -> None:
    item = BOOK.items[concept]
    codes = sorted(item.scale.codes)

    counted = share(survey_of({concept: codes}), concept)

    assert counted.notna().sum() == len(item.base)
    assert counted.mean() == pytest.approx(len(item.counted) / len(item.base), rel=1e-15)


def test_those_not_asked_are_not_in_the_base() -> None:
    survey = survey_of({"had_appraisal": [2, 1, 1], "appraisal_felt_valued": [None, 1, 3]})

    np.testing.assert_array_equal(share(survey, "appraisal_felt_valued"), [NAN, 1, 0])


def test_base_whose_status_is_unknown_can_be_widened() -> None:
    survey = survey_of({"errors_treated_fairly": [5, 1, 9, None]})

    widened = share(survey, "errors_treated_fairly", base=[1, 2, 3, 4, 5, 9])

    np.testing.assert_array_equal(widened, [1, 0, 0, NAN])


def test_item_without_a_published_percentage_takes_counted_over_every_answer() -> None:
    survey = survey_of({"leaving_destination": [1, 2, 9, None]})

    np.testing.assert_array_equal(share(survey, "leaving_destination", counted=[2]), [0, 1, 0, NAN])
    np.testing.assert_array_equal(
        share(survey, "leaving_destination", counted=[2], base=[1, 2, 3, 4, 5]), [0, 1, NAN, NAN]
    )
    with pytest.raises(InvalidArgumentError, match="no percentage of 'leaving_destination' is published"):
        share(survey, "leaving_destination")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"counted": [9]}, "codes of 'burnout_burnt_out'"),
        ({"counted": []}, "name codes"),
        ({"counted": ["4"]}, "name codes"),
        ({"counted": "45"}, "name codes"),
        ({"counted": [True]}, "name codes"),
        ({"base": [1, 2, 3]}, "add the counted codes"),
        ({"base": [4, 5, 99]}, "codes of 'burnout_burnt_out'"),
    ],
)
def test_codes_that_do_not_fit_are_refused(options: dict[str, object], match: str) -> None:
    with pytest.raises(InvalidArgumentError, match=match):
        share(survey_of({"burnout_burnt_out": [1]}), "burnout_burnt_out", **options)


def test_unknown_and_absent_items_and_foreign_codes_are_refused() -> None:
    survey = survey_of({"burnout_burnt_out": [1, 7]})

    with pytest.raises(CodebookError, match="did you mean 'burnout_burnt_out'"):
        share(survey, "burnout_burntout")
    with pytest.raises(MissingColumnError, match=r"think_about_leaving \(q26a\)"):
        share(survey, "think_about_leaving")
    with pytest.raises(InvalidDataError, match="another code in 1 rows"):
        share(survey, "burnout_burnt_out")
    with pytest.raises(InvalidArgumentError, match="read_staff_survey"):
        share(survey.table, "burnout_burnt_out")
