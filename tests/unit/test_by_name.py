"""Indicators by name: what each name means, on surveys and on frames of several libraries."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError, MissingColumnError
from workforce_metrics.extracts import LoadReport, StaffSurvey
from workforce_metrics.indicators.by_name import indicator_values

NAN = np.nan
COLUMNS = {"hours": [37.5, None, 20.0], "stayed": [True, None, False], "flag": [1, 0, None]}


@pytest.fixture
def survey() -> StaffSurvey:
    table = pd.DataFrame(
        {
            "look_forward_to_work": pd.array([5, 1, None], dtype="Int8"),
            "enthusiastic_job": pd.array([5, 1, None], dtype="Int8"),
            "time_passes_quickly": pd.array([5, 3, None], dtype="Int8"),
            "years": [1.0, 2.0, NAN],
            "left": [True, False, True],
            "team": ["a", "b", "b"],
        }
    )
    report = LoadReport("test", 3, pd.DataFrame(columns=["rule", "n"]), pd.DataFrame({"row": [], "rule": []}))
    return StaffSurvey(table, nhs_staff_survey(2024), report)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("motivation", "score", [10, (0 + 0 + 5) / 3, NAN]),
        ("share:enthusiastic_job", "share", [1, 0, NAN]),
        ("item:time_passes_quickly", "score", [10, 5, NAN]),
        ("years", "column", [1, 2, NAN]),
        ("left", "share", [1, 0, 1]),
        ("share:left", "share", [1, 0, 1]),
    ],
)
def test_names_on_a_survey(survey: StaffSurvey, name: str, kind: str, expected: list[float]) -> None:
    indicator = indicator_values(survey, name)

    assert (indicator.kind, indicator.name, indicator.values.dtype) == (kind, name, np.dtype("float64"))
    np.testing.assert_allclose(indicator.values, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [
        ("enthusiastic_job", InvalidArgumentError, 'write "share:enthusiastic_job"'),
        ("burnout", MissingColumnError, r"burnout_burnt_out \(q12b\)"),
        ("share:years", InvalidDataError, "0 and 1"),
        ("team", InvalidDataError, "numeric or boolean"),
        ("motivatoin", MissingColumnError, "did you mean 'motivation'"),
        ("share:enthusiastic_jobs", MissingColumnError, "did you mean 'share:enthusiastic_job'"),
        ("item:years", CodebookError, "concept"),
        (5, InvalidArgumentError, "a name"),
    ],
)
def test_names_that_are_refused_on_a_survey(survey: StaffSurvey, name: str, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        indicator_values(survey, name)


def test_score_and_column_of_one_name_are_refused(survey: StaffSurvey) -> None:
    both = StaffSurvey(survey.table.assign(motivation=1.0), survey.codebook, survey.report)

    with pytest.raises(InvalidArgumentError, match="a score and a column"):
        indicator_values(both, "motivation")


PANDAS = pd.DataFrame(COLUMNS).assign(stayed=pd.array(COLUMNS["stayed"], dtype="boolean"))
NULLABLE = PANDAS.convert_dtypes()


@pytest.mark.parametrize(
    "frame",
    [PANDAS, NULLABLE, pl.DataFrame(COLUMNS), pl.DataFrame(COLUMNS).lazy(), pa.table(COLUMNS)],
    ids=["pandas", "nullable", "polars", "lazy", "pyarrow"],
)
def test_names_on_any_frame(frame: object) -> None:
    for name, kind, expected in (
        ("hours", "column", [37.5, NAN, 20]),
        ("stayed", "share", [1, NAN, 0]),
        ("share:stayed", "share", [1, NAN, 0]),
        ("flag", "column", [1, 0, NAN]),
        ("share:flag", "share", [1, 0, NAN]),
    ):
        indicator = indicator_values(frame, name)

        assert indicator.kind == kind
        np.testing.assert_array_equal(indicator.values, expected)


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [
        ("burnout", MissingColumnError, "none of that name"),
        ("hour", MissingColumnError, "did you mean 'hours'"),
        ("share:hours", InvalidDataError, "0 and 1"),
        ("item:hours", InvalidArgumentError, "a survey"),
        ("answers", InvalidDataError, "Object"),
        ("endless", InvalidDataError, "finite"),
        ("date", InvalidDataError, "Datetime"),
    ],
)
def test_names_that_are_refused_on_a_frame(name: str, error: type[Exception], match: str) -> None:
    frame = pd.DataFrame({"hours": [37.5, 20.0], "answers": pd.Series([True, None], dtype=object), "endless": np.inf})

    with pytest.raises(error, match=match):
        indicator_values(frame.assign(date=pd.Timestamp("2024-01-01")), name)


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="a StaffSurvey or a data frame"):
        indicator_values([1, 2], "hours")
