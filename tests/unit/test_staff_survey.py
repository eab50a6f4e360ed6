"""read_staff_survey: sources, columns, cells, rows, editions and arguments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import (
    CodebookError,
    DataQualityWarning,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
)
from workforce_metrics.loaders.staff_survey import read_staff_survey


def small_codebook(**items: Item) -> Codebook:
    return Codebook("small survey", items)


def responses(source: object, **options: object) -> pd.DataFrame:
    return read_staff_survey(source, **{"edition": 2024, **options}).responses


class TestSources:
    @pytest.fixture
    def plain(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "pid": ["007", "8", "9"],
                "org_id": ["A", None, "B"],
                "q12a": ["Often", "never ", None],
                "q12b": ["4", "", "1"],
                "q15": ["9", "2", "Don’t know"],
            }
        )

    @pytest.mark.parametrize(
        "kind", ["csv", "gz", "parquet", "polars", "polars lazy", "arrow", "category", "pandas str"]
    )
    def test_every_source_gives_the_same_survey(self, kind: str, plain: pd.DataFrame, tmp_path: Path) -> None:
        source: object
        if kind in {"csv", "gz"}:
            source = tmp_path / ("extract.csv" if kind == "csv" else "extract.csv.gz")
            plain.to_csv(source, index=False)
        elif kind == "parquet":
            source = tmp_path / "extract.parquet"
            plain.to_parquet(source)
        else:
            source = {
                "polars": lambda: pl.from_pandas(plain),
                "polars lazy": lambda: pl.from_pandas(plain).lazy(),
                "arrow": lambda: pa.Table.from_pandas(plain, preserve_index=False),
                "category": lambda: plain.astype("category"),
                "pandas str": lambda: plain.astype("string"),
            }[kind]()

        found = responses(source, respondent_id="pid")

        expected = pd.DataFrame(
            {
                "pid": pd.array(["007", "8", "9"], dtype=pd.StringDtype("pyarrow")),
                "org_id": pd.Categorical(["A", None, "B"]),
                "burnout_emotionally_exhausting": pd.array([4, 1, None], dtype="Int8"),
                "burnout_burnt_out": pd.array([4, None, 1], dtype="Int8"),
                "fair_career_progression": pd.array([9, 2, 9], dtype="Int8"),
            }
        )
        pd.testing.assert_frame_equal(found, expected)

    def test_spss_codes_are_read_and_its_declared_missing_values_judged_by_the_codebook(self, tmp_path: Path) -> None:
        extract = pd.DataFrame(
            {"q12a": [1.0, -8.0, 2.0, 6.0], "q15": [9.0, 1.0, 99.0, 2.0], "band": [5.0, 6.0, 98.0, 7.0]}
        )
        path = tmp_path / "extract.sav"
        pyreadstat.write_sav(
            extract,
            path,
            missing_ranges={"q12a": [{"lo": -9, "hi": -1}], "q15": [9, 99], "band": [98]},
            variable_value_labels={"q12a": {1.0: "Never"}},
        )

        survey = read_staff_survey(path, edition=2024)

        assert survey.codes("burnout_emotionally_exhausting").tolist() == [1, -1, 2, -1]
        assert survey.codes("fair_career_progression").tolist() == [9, 1, -1, 2]  # "don't know" is an answer here
        assert survey.responses["band"].isna().tolist() == [False, False, True, False]
        assert survey.report.count("code outside the item's scale") == 1  # the 6; not the -8 that the file explains

    def test_responses_can_be_read_back(self, plain: pd.DataFrame) -> None:
        once = responses(plain, respondent_id="pid")

        again = responses(once, respondent_id="pid")

        pd.testing.assert_frame_equal(again, once)

    def test_the_source_is_not_changed(self, plain: pd.DataFrame) -> None:
        before = plain.copy(deep=True)

        responses(plain, respondent_id="pid")

        pd.testing.assert_frame_equal(plain, before)

    def test_an_extract_with_long_free_text_is_read_with_a_codebook_of_labels(self, tmp_path: Path) -> None:
        support = Scale("support", (Option(1, "Not at all – no talk", 0.0), Option(2, "Somewhat – now and then", 10.0)))
        book = Codebook("CPD", {"support": Item("support", ("Q14 a",), support)}, missing=frozenset({"-"}))
        path = tmp_path / "extract.csv"
        path.write_text(
            'id,q14a,says\n1,"Somewhat - now  and then","more time, please\nand ""money"""\n'
            "2,Not at all – no talk,\n3,–,nothing\n",
            encoding="utf-8",
        )

        survey = read_staff_survey(path, codebook=book, respondent_id="id")

        assert survey.codes("support").tolist() == [2, 1]
        assert survey.responses["says"].iloc[0] == 'more time, please\nand "money"'
        assert repr(survey.report) == (
            "<LoadReport extract.csv: 3 rows read = 2 kept + 1 set aside (1 no item answered)>"
        )


class TestColumns:
    @pytest.mark.parametrize(
        "name", ["q12b", "Q12B", " q12b ", "Q12 b", "q12_b", "q12.b", "q12-B", "burnout_burnt_out"]
    )
    def test_a_column_is_known_by_number_or_concept(self, name: str) -> None:
        assert list(responses(pd.DataFrame({name: [1]}))) == ["burnout_burnt_out"]

    def test_separators_between_digits_mean_something(self) -> None:
        found = responses(pd.DataFrame({"q16c_1": [1], "q16c_10": [1], "q12a": [1]}))

        assert list(found) == ["discrimination_ground_ethnic_background", "q16c_10", "burnout_emotionally_exhausting"]

    def test_names_that_differ_in_separators_only_must_be_exact(self) -> None:
        scale = Scale("yn", (Option(1), Option(2)))
        book = small_codebook(x=Item("x", ("a1_b",), scale), y=Item("y", ("a1b",), scale))

        found = read_staff_survey(pd.DataFrame({"A1_B": [1], "a1b": [2]}), codebook=book).responses

        assert found.iloc[0].to_dict() == {"x": 1, "y": 2}
        with pytest.raises(InvalidDataError, match="none of which"):
            read_staff_survey(pd.DataFrame({"a1.b": [1]}), codebook=book)

    def test_a_declared_column_goes_before_the_codebooks_names(self) -> None:
        extract = pd.DataFrame({"tired": [5], "q12b": [1], "q12a": [2]})

        found = responses(extract, columns={"burnout_burnt_out": "tired"})

        assert found.iloc[0].to_dict() == {"burnout_burnt_out": 5, "q12b": 1, "burnout_emotionally_exhausting": 2}

    def test_columns_declared_wrongly_are_refused_with_help(self) -> None:
        extract = pd.DataFrame({"q12a": [1], "tired": [1]})

        with pytest.raises(MissingColumnError, match="did you mean 'tired'"):
            responses(extract, columns={"burnout_burnt_out": "tierd"})
        with pytest.raises(CodebookError, match="did you mean 'burnout_burnt_out'"):
            responses(extract, columns={"burnout_burntout": "tired"})
        with pytest.raises(InvalidArgumentError, match="each column for one thing"):
            responses(extract, columns={"burnout_burnt_out": "tired", "burnout_worn_out": "tired"})
        with pytest.raises(InvalidArgumentError, match="mapping"):
            responses(extract, columns=["tired"])

    def test_columns_stand_in_the_order_of_the_source(self) -> None:
        extract = pd.DataFrame({"q12b": [1], "org_id": ["A"], "w": [2], "q12a": [1]})

        found = responses(extract, weight="w")

        assert list(found) == ["burnout_burnt_out", "org_id", "w", "burnout_emotionally_exhausting"]
        assert found["w"].dtype == np.float64

    def test_absent_items_are_one_note_with_their_number(self) -> None:
        survey = read_staff_survey(pd.DataFrame({"q12a": [1], "q12b": [1]}), edition=2024)

        n_items = len(nhs_staff_survey(2024).items)
        assert survey.report.count("items of the codebook that the source does not have") == n_items - 2

    def test_the_numbers_of_the_edition_decide(self) -> None:
        extract = pd.DataFrame({"q22a": [1], "q12a": [3]})

        assert "think_about_leaving" in responses(extract, edition=2021)
        assert "nutritious_food" not in responses(extract, edition=2021)
        assert "q22a" in responses(extract, edition=2023)


class TestArguments:
    def test_exactly_one_of_edition_and_codebook(self) -> None:
        extract = pd.DataFrame({"q12a": [1]})

        with pytest.raises(InvalidArgumentError, match="neither"):
            read_staff_survey(extract)
        with pytest.raises(InvalidArgumentError, match="both"):
            read_staff_survey(extract, edition=2024, codebook=nhs_staff_survey(2024))
        with pytest.raises(InvalidArgumentError, match="whole number"):
            read_staff_survey(extract, edition="2024")
        with pytest.raises(InvalidArgumentError, match="a Codebook"):
            read_staff_survey(extract, codebook={"items": []})
        with pytest.raises(CodebookError, match="2021 to 2025"):
            read_staff_survey(extract, edition=2019)


def test_another_edition_is_suspected_aloud() -> None:
    """A third of the cells off the scale is more than typing errors."""
    extract = pd.DataFrame({"q12b": [1, 2, 7] * 30, "q12a": [1, 2, 3] * 30})

    with pytest.warns(DataQualityWarning, match="burnout_burnt_out contradict"):
        survey = read_staff_survey(extract, edition=2024)

    assert survey.report.count("code outside the item's scale") == 30
