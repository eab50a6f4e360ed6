"""read_staff_survey: cells, rows and editions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError, InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import StaffSurvey
from workforce_metrics.loaders.staff_survey import read_staff_survey


def small_codebook(**items: Item) -> Codebook:
    return Codebook("small survey", items)


def responses(source: object, **options: object) -> pd.DataFrame:
    return read_staff_survey(source, **{"edition": 2024, **options}).responses


class TestCells:
    def test_codes_above_127_are_kept_in_two_bytes(self) -> None:
        book = small_codebook(area=Item("area", ("area",), Scale("area", (Option(3, "x"), Option(1200, "y")))))

        found = read_staff_survey(pd.DataFrame({"area": ["1200", "X", None, "3"]}), codebook=book).responses

        assert found["area"].dtype == "Int16"
        assert found["area"].tolist() == [1200, 3, 3]

    def test_a_mark_yields_to_an_answer_and_says_so(self) -> None:
        extract = pd.DataFrame({"q15": [9, 1], "q12a": ["9", "3"], "q12b": ["dk", "3"]})

        survey = read_staff_survey(extract, edition=2024, missing=[9, "DK"])

        assert survey.codes("fair_career_progression").tolist() == [9, 1]
        assert survey.codes("burnout_emotionally_exhausting").tolist() == [-1, 3]
        assert survey.codes("burnout_burnt_out").tolist() == [-1, 3]
        marked = survey.report.frame.query("rule.str.startswith('a declared missing mark')")["column"].tolist()
        assert marked == ["fair_career_progression"]
        assert survey.report.count("code outside the item's scale") == 0

    @pytest.mark.parametrize("missing", ["NA", 9, [True], [1.5]])
    def test_marks_that_are_no_collection_of_marks_are_refused(self, missing: object) -> None:
        with pytest.raises(InvalidArgumentError, match="missing"):
            responses(pd.DataFrame({"q12a": [1]}), missing=missing)

    def test_a_label_that_reads_as_another_options_code_is_refused(self) -> None:
        book = small_codebook(n=Item("n", ("n",), Scale("n", (Option(1, "2"), Option(2, "3 or more")))))

        with pytest.raises(CodebookError, match="labels that are not the codes"):
            read_staff_survey(pd.DataFrame({"n": [1]}), codebook=book)

    def test_a_label_that_reads_as_no_code_is_a_label(self) -> None:
        book = small_codebook(year=Item("year", ("year",), Scale("year", (Option(1, "2019"), Option(2, "2020")))))

        found = read_staff_survey(pd.DataFrame({"year": [2019, 2, 2020]}), codebook=book)

        assert found.codes("year").tolist() == [1, 2, 2]

    @pytest.mark.parametrize("cell", ["9" * 5_000, "1e999", "-0.5", "inf", "0x1"])
    def test_any_other_number_is_set_missing(self, cell: str) -> None:
        survey = read_staff_survey(pd.DataFrame({"q12a": [cell, "1"], "q12b": [2, 2]}), edition=2024)

        assert survey.codes("burnout_emotionally_exhausting").tolist() == [-1, 1]
        assert survey.report.frame["action"].tolist().count("cell set missing") == 1

    def test_cells_are_counted_by_item_and_only_in_rows_that_stay(self) -> None:
        extract = pd.DataFrame({"q12a": [1, 7, 8], "q12b": ["x", "1", "x"]})

        report = read_staff_survey(extract, edition=2024).report

        counted = report.frame.query("action == 'cell set missing'")[["rule", "column", "n"]]
        assert counted.to_numpy().tolist() == [
            ["code outside the item's scale", "burnout_emotionally_exhausting", 1],
            ["label not on the item's scale", "burnout_burnt_out", 1],
        ]
        assert report.count("no item answered") == 1

    def test_routing_is_open_if_any_filter_is_or_one_is_unanswered(self) -> None:
        extract = pd.DataFrame(
            {
                "q16a": [1, 2, 2, 2, None],
                "q16b": [2, 1, 2, None, None],
                "q16c_1": [1, 1, 1, 1, 1],
            }
        )

        survey = read_staff_survey(extract, edition=2024)

        assert survey.codes("discrimination_ground_ethnic_background").tolist() == [1, 1, -1, 1, 1]
        assert survey.report.count("answered though not routed there") == 1

    def test_routing_without_its_filter_is_noted(self) -> None:
        report = read_staff_survey(pd.DataFrame({"q11e": [1], "q16a": [2], "q16c_1": [1]}), edition=2024).report

        unchecked = report.frame.query("rule.str.startswith('routing not checked')")["column"].tolist()
        assert unchecked == ["pressure_from_manager_to_work", "discrimination_ground_ethnic_background"]
        assert report.count("answered though not routed there") == 0


class TestRows:
    EXTRACT = pd.DataFrame(
        {"pid": ["a", "b", "a", "a", "c"], "q12a": [1, 2, 1, 3, 4], "org_id": ["x", "x", "x", "x", "y"]}
    )

    @pytest.mark.parametrize(
        ("on_duplicate", "kept"), [("set_aside", [2, 4]), ("first", [1, 2, 4]), ("last", [2, 3, 4])]
    )
    def test_repeats_go_and_conflicts_are_settled_as_asked(self, on_duplicate: str, kept: list[int]) -> None:
        survey = read_staff_survey(self.EXTRACT, edition=2024, respondent_id="pid", on_duplicate=on_duplicate)

        assert survey.codes("burnout_emotionally_exhausting").tolist() == kept
        assert survey.report.count("repeated row") == 1
        assert survey.report.count("conflicting respondent id") == 4 - len(kept)

    def test_without_an_id_no_duplicate_is_looked_for_and_a_note_says_so(self) -> None:
        survey = read_staff_survey(self.EXTRACT, edition=2024)

        assert len(survey) == len(self.EXTRACT)
        assert "duplicates not looked for: no respondent_id" in set(survey.report.frame["rule"])
        with pytest.raises(InvalidArgumentError, match="respondent_id= beside it"):
            responses(self.EXTRACT, on_duplicate="first")
        with pytest.raises(InvalidArgumentError, match="one of"):
            responses(self.EXTRACT, respondent_id="pid", on_duplicate="drop")

    def test_a_blank_questionnaire_does_not_conflict_with_the_one_that_was_returned(self) -> None:
        extract = pd.DataFrame({"pid": ["a", "a"], "q12a": [None, 3]})

        survey = read_staff_survey(extract, edition=2024, respondent_id="pid")

        assert survey.codes("burnout_emotionally_exhausting").tolist() == [3]
        assert survey.report.rows["rule"].tolist() == ["no item answered"]

    def test_a_respondent_may_answer_in_several_editions(self) -> None:
        extract = pd.DataFrame({"pid": ["a", "a", "a"], "year": [2023, 2024, 2024], "q12a": [1, 2, 3]})

        survey = read_staff_survey(extract, edition=2024, respondent_id="pid", edition_column="year")

        assert survey.codes("burnout_emotionally_exhausting").tolist() == [1]
        assert survey.report.count("conflicting respondent id") == 2

    @pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
    def test_which_of_the_repeats_stays_does_not_hang_on_their_order(self, order: list[int]) -> None:
        extract = pd.DataFrame({"pid": ["1.0", "1", "2"], "q12a": ["3", "3", "3"], "q12b": ["", "6", "2"]})

        report = read_staff_survey(extract.iloc[order], edition=2024, respondent_id="pid").report

        assert report.count("repeated row") == 1
        assert report.count("code outside the item's scale") == 0
        assert report.count("respondent id with a decimal point read as whole") == 1

    def test_rows_that_differ_in_weight_conflict(self) -> None:
        extract = pd.DataFrame({"pid": ["a", "a"], "w": ["1.0", "1.1"], "q12a": [1, 1]})

        with pytest.raises(InvalidDataError, match="2 set aside \\(2 conflicting respondent id\\)"):
            responses(extract, respondent_id="pid", weight="w")
        assert len(responses(extract.assign(w=["1", "1.0"]), respondent_id="pid", weight="w")) == 1


class TestEditions:
    def stacked(self, years: list[object]) -> StaffSurvey:
        n = len(years)
        extract = pd.DataFrame(
            {"year": years, "q15": [1] * n, "q28": [1] * n, "q35": [1] * n, "q16c_1": [1] * n, "q12a": [1] * n}
        )
        return read_staff_survey(extract, edition=2025, edition_column="year")

    def test_the_edition_is_kept_as_a_whole_number(self) -> None:
        survey = self.stacked(["2023", " 2024.0", 2025])

        assert survey.editions().tolist() == [2023, 2024, 2025]
        assert survey.edition_column == "year"
        assert survey.responses["year"].dtype == np.int64

    def test_breaks_within_the_editions_are_noted_with_the_rows_before_them(self) -> None:
        report = self.stacked([2022, 2024, 2025]).report

        breaks = report.frame.query("rule.str.contains('editions') and n > 0 and column.notna()")
        assert breaks.set_index("column")[["rule", "n"]].T.to_dict("list") == {
            "fair_career_progression": ["not comparable with editions before 2025", 2],
            "ethnic_group": ["codes changed in 2025: check that earlier editions were recoded", 2],
            "occupational_group": ["codes changed in 2023: check that earlier editions were recoded", 1],
            "discrimination_ground_age": ["codes changed in 2025: check that earlier editions were recoded", 2],
        }

    def test_a_break_outside_the_editions_is_not_noted(self) -> None:
        report = self.stacked([2025, 2025]).report

        assert not report.frame["rule"].str.contains("before|codes changed").any()
