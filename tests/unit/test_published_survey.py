"""Published survey files: each layout, each wart, and what the report says became of it.

The fixtures have the documented layouts and invented wording, organisations and figures.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
import xlwt

import workforce_metrics as wm
from workforce_metrics.errors import (
    CodebookError,
    DataQualityWarning,
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingDependencyError,
    MissingFileError,
    WorkforceMetricsError,
)
from workforce_metrics.figures import FIGURE_COLUMNS, PublishedSurvey
from workforce_metrics.loaders import (
    benchmark_workbook,
    cell_account,
    contractor_export,
    contractor_rows,
    detailed_header,
    detailed_spreadsheet,
    published_figures,
    repeated_figures,
)

BASE = "Base (number of responses)"
FREQUENCY = ["% Never", "% Rarely", "% Sometimes", "% Often", "% Always"]
Cells = list[list[object]]
RULE_MODULES = (benchmark_workbook, cell_account, contractor_export, contractor_rows, detailed_header,
                detailed_spreadsheet, published_figures, repeated_figures)  # fmt: skip


def benchmark(*rows: list[object]) -> Cells:
    header: list[object] = ["org_id", "org_name", "org_type_reporting_name", "q12b_2023", "q12b_n_2023", "q12b_2024"]
    return [[*header, "q12b_n_2024", "q12b_2024_sig", "PP4_2_2024", "PP4_2_n_2024"], *rows]


ONE = ["R1", "One", "Acute", 0.31, 2047, 0.304, 2100, 1, 4.96, 2090]
TWO = ["R2", "Two", "Acute", 0.29, 950, 0.3, 940, 0, 5.02, 930]


def detailed(*rows: list[object], options: list[object] | None = None) -> Cells:
    """Return a sheet by organisation: q12b in columns D to I, then a score in J and K."""
    answers = FREQUENCY if options is None else options
    width = 3 + len(answers) + 3
    top: Cells = [[None] * width for _ in range(4)]
    top[0][3] = "Q12b - invented wording, with a hyphen - in it?"
    header = ["ODS code", "Organisation name", "Benchmarking group", *answers, BASE, "PP4_2 - score", BASE]
    return [*top, header, *rows]


GOOD = ["R1", "One", "Acute", 10.0, 20.0, 40.0, 20.0, 10.0, 1000, 5.5, 990]


def frames(**sheets: Cells) -> dict[str, pd.DataFrame]:
    width = {name: max(map(len, cells)) for name, cells in sheets.items()}
    return {
        name: pd.DataFrame([[*row, *[None] * (width[name] - len(row))] for row in cells], dtype=object)
        for name, cells in sheets.items()
    }


def write_xlsx(path: Path, sheets: dict[str, Cells], merged: tuple[tuple[int, int, int, int], ...] = ()) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, column, cell)
            for first_row, first, last_row, last in merged:
                sheet.merge_range(first_row, first, last_row, last, rows[first_row][first])
    return path


def write_xls(path: Path, sheets: dict[str, Cells]) -> Path:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
    book.save(str(path))
    return path


def read(**options: object) -> PublishedSurvey:
    return wm.read_published_survey(**options)  # type: ignore[arg-type]


def figures(published: PublishedSurvey, *columns: str) -> list[tuple[object, ...]]:
    frame = published.frame[list(columns)]
    return [tuple(row) for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)]


def asides(published: PublishedSurvey) -> list[tuple[object, ...]]:
    return [tuple(row) for row in published.report.cells.itertuples(index=False, name=None)]


def adds_up(published: PublishedSurvey) -> None:
    report = published.report
    assert report.n_read == report.n_kept + report.n_set_aside
    assert not report.cells[["sheet", "row", "column"]].duplicated().any()


class TestBenchmarkWorkbook:
    def test_every_figure_of_a_file_stands_in_the_table(self, tmp_path: Path) -> None:
        notes: Cells = [["Notes"], ["some text"]]
        sheets = {"Notes": notes, "Acute": benchmark(ONE, TWO), "Organisation Benchmark groups": [["x", "y"]]}
        path = write_xlsx(tmp_path / "benchmark.xlsx", sheets)

        published = read(source=path)

        assert published.kind == "benchmark"
        assert list(published.frame.columns) == list(FIGURE_COLUMNS)
        assert figures(
            published, "edition", "organisation", "concept", "measure", "option", "unit", "estimate", "n"
        ) == [
            (2023, "R1", "burnout_burnt_out", "share", "Often + Always", "share", 0.31, 2047),
            (2024, "R1", "burnout_burnt_out", "share", "Often + Always", "share", 0.304, 2100),
            (2024, "R1", "burnout", "score", "", "score 0-10", 4.96, 2090),
            (2023, "R2", "burnout_burnt_out", "share", "Often + Always", "share", 0.29, 950),
            (2024, "R2", "burnout_burnt_out", "share", "Often + Always", "share", 0.3, 940),
            (2024, "R2", "burnout", "score", "", "score 0-10", 5.02, 930),
        ]
        assert set(published.frame["benchmark_group"]) == {"Acute"}
        assert set(published.frame["release"]) == {"2024"}
        assert published.report.n_read == 20  # two rows of ten cells
        assert asides(published) == [
            ("Acute", 2, "C", "group compared with: the sheet is the benchmark group"),
            ("Acute", 2, "H", "significance of a change: no figure"),
            ("Acute", 3, "C", "group compared with: the sheet is the benchmark group"),
            ("Acute", 3, "H", "significance of a change: no figure"),
        ]
        assert published.report.count("sheet without figures: not read") == 4
        adds_up(published)

    def test_a_frame_for_each_sheet_reads_like_the_file(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", {"Acute": benchmark(ONE, TWO)})

        of_file, of_frames = read(source=path), read(source=frames(Acute=benchmark(ONE, TWO)))

        pd.testing.assert_frame_equal(of_file.frame, of_frames.frame)
        assert asides(of_file) == asides(of_frames)

    @pytest.mark.parametrize("mark", ["-", "*", "<10", "<11", "NA", "n/a", ".", "..", "[c]", "[z]", " [Z] ", None, " "])
    def test_a_mark_is_suppressed_and_never_zero(self, mark: str | None) -> None:
        published = read(source=frames(A=benchmark(ONE, [*TWO[:5], mark, mark, *TWO[7:]])))

        row = published.frame.query("organisation == 'R2' and edition == 2024 and unit == 'share'").iloc[0]
        assert row["suppressed"]
        assert np.isnan(row["estimate"])
        assert row["n"] is pd.NA
        assert row["mark"] == ("blank" if mark is None or not mark.strip() else mark.strip())
        assert published.report.n_set_aside == 4
        adds_up(published)

    def test_a_mark_of_the_caller_s_own(self) -> None:
        source = frames(A=benchmark(ONE, [*TWO[:5], "withheld", *TWO[6:]]))

        assert read(source=source, marks=["Withheld"]).frame["suppressed"].sum() == 1
        assert read(source=source).report.count("neither a number nor a mark of suppression") == 1

    def test_a_percentage_among_fractions_is_set_aside_and_a_percent_sign_is_read(self) -> None:
        source = frames(A=benchmark([*ONE[:5], 30.4, *ONE[6:]], [*TWO[:5], "30.0%", *TWO[6:]]))

        published = read(source=source)

        assert ("A", 2, "F", "share outside 0 to 1") in asides(published)
        assert ("A", 2, "G", "base of figures that were set aside") in asides(published)
        found = published.frame.query("organisation == 'R2' and edition == 2024 and unit == 'share'")
        assert found["estimate"].tolist() == [0.3]

    def test_many_percentages_among_fractions_are_warned_about(self) -> None:
        rows = [[f"R{i}", "x", "y", 31.0, 50, 30.0, 50, 0, 5.0, 50] for i in range(12)]

        with pytest.warns(DataQualityWarning, match="24 of 36 figures are outside their range"):
            published = read(source=frames(A=benchmark(*rows)))
        assert set(published.frame["unit"]) == {"score 0-10"}

    @pytest.mark.parametrize("score", [10.1, -0.1, 55])
    def test_a_score_outside_its_range_is_set_aside(self, score: float) -> None:
        published = read(source=frames(A=benchmark(ONE, [*TWO[:8], score, 930])))

        assert ("A", 3, "I", "score outside 0 to 10") in asides(published)

    @pytest.mark.parametrize("cell", ["0,31", "0.31 [1]", "about 0.3", True, "1e999", "٣"])
    def test_what_is_neither_number_nor_mark_is_set_aside(self, cell: object) -> None:
        published = read(source=frames(A=benchmark(ONE, [*TWO[:3], cell, *TWO[4:]])))

        assert ("A", 3, "D", "neither a number nor a mark of suppression") in asides(published)
        adds_up(published)

    @pytest.mark.parametrize(("base", "n"), [("2,047", 2047), (2047.0, 2047), ("<10", None), (None, None)])
    def test_bases_with_separators_and_marks(self, base: object, n: int | None) -> None:
        published = read(source=frames(A=benchmark([*ONE[:4], base, *ONE[5:]])))

        assert figures(published, "n")[0] == (n,)
        assert published.frame["estimate"].iloc[0] == 0.31

    @pytest.mark.parametrize("base", [-3, 10.5, "many", "45%", 1e40])
    def test_a_base_that_is_no_count_is_set_aside_and_its_figure_stays(self, base: object) -> None:
        published = read(source=frames(A=benchmark([*ONE[:4], base, *ONE[5:]])))

        assert ("A", 2, "E", "base that is no whole number") in asides(published)
        assert figures(published, "estimate", "n")[0] == (0.31, None)
        adds_up(published)

    def test_a_figure_over_a_base_of_zero_is_set_aside(self) -> None:
        published = read(source=frames(A=benchmark(ONE, [*TWO[:4], 0, *TWO[5:]])))

        assert ("A", 3, "D", "figure with a base of 0") in asides(published)

    def test_an_organisation_in_two_rows_that_differ_is_set_aside_in_both(self) -> None:
        published = read(source=frames(A=benchmark(ONE, TWO, [*TWO[:5], 0.4, *TWO[6:]])))

        assert set(published.frame["organisation"]) == {"R1"}
        assert published.report.count("two rows of one organisation or group that differ") == 6
        adds_up(published)

    def test_an_organisation_repeated_is_kept_once(self) -> None:
        published = read(source=frames(A=benchmark(ONE, TWO, TWO)))

        assert published.frame["row"].unique().tolist() == [2, 3]
        assert published.report.count("figure repeated") == 3
        adds_up(published)

    def test_an_organisation_in_two_groups_that_differ_is_set_aside_figure_by_figure(self) -> None:
        published = read(source=frames(A=benchmark(ONE), B=benchmark([*ONE[:5], 0.5, *ONE[6:]], TWO)))

        kept = published.frame.query("organisation == 'R1'")
        assert kept[["edition", "concept", "sheet"]].to_numpy().tolist() == [
            [2023, "burnout_burnt_out", "A"],
            [2024, "burnout", "A"],
        ]
        adds_up(published)

    def test_footnotes_and_totals_have_no_organisation(self) -> None:
        published = read(source=frames(A=benchmark(ONE, [None, "All", None, 0.3], [None] * 3, [None, "1. A note."])))

        assert [aside for aside in asides(published) if aside[3] == "row without an organisation"] == [
            ("A", 3, "B", "row without an organisation"),
            ("A", 3, "D", "row without an organisation"),
            ("A", 5, "B", "row without an organisation"),
        ]

    def test_unknown_sheets_columns_and_nameless_ones_are_set_aside_by_name(self) -> None:
        rows = benchmark(ONE)
        wide = [[*rows[0], "q99z_2024", "har_eth_summary_1_2024", None, "q12b_2024", "q2a_n_2024"]]
        wide.append([*ONE, 0.5, 0.4, "stray", 0.304, 12])

        published = read(source=frames(A=wide, Chart=[["a", 1]]))

        rules = {(sheet, column): rule for sheet, _, column, rule in asides(published)}
        assert rules["A", "K"] == rules["A", "L"] == "column that is not known"
        assert rules["A", "M"] == "column without a name"
        assert rules["A", "F"] == rules["A", "N"] == "column name twice"
        assert rules["A", "O"] == "base without its figure"
        assert rules["Chart", "A"] == rules["Chart", "B"] == "sheet that is no part of the layout"
        adds_up(published)

    def test_blank_columns_count_for_nothing(self) -> None:
        rows = [[*row[:3], None, *row[3:]] for row in benchmark(ONE)]

        published = read(source=frames(A=rows))

        assert published.report.n_read == 10
        assert len(published) == 3

    def test_all_years_stand_under_the_numbers_of_the_latest(self) -> None:
        """q24a asked about leaving in 2022 and about challenging work in 2023: a column of 2022 is read as 2023's."""
        of_2023 = read(source=frames(A=[["org_id", "q24a_2022", "q24a_2023"], ["R1", 0.5, 0.6]]))
        of_2022 = read(source=frames(A=[["org_id", "q24a_2022"], ["R1", 0.5]]))

        assert figures(of_2023, "edition", "concept") == [(2022, "challenging_work"), (2023, "challenging_work")]
        assert figures(of_2022, "edition", "concept") == [(2022, "think_about_leaving")]

    def test_an_edition_that_is_not_the_latest_year_is_refused(self) -> None:
        with pytest.raises(InvalidArgumentError, match="2024, the latest year"):
            read(source=frames(A=benchmark(ONE)), edition=2023)

    def test_a_workbook_of_years_without_codebook_is_refused(self) -> None:
        with pytest.raises(InvalidArgumentError, match="2019 as the latest year"):
            read(source=frames(A=[["org_id", "q12b_2019"], ["R1", 0.5]]))

    def test_themes_and_response_rate_go_by_their_own_prefixes(self) -> None:
        header = ["org_id", "theme_engagement_2024", "theme_morale_2024", "response_rate_2024", "E_1_2024"]
        published = read(source=frames(A=[header, ["R1", 6.8, 5.9, 0.5, 7.0]]))

        assert figures(published, "concept", "measure", "unit") == [
            ("staff_engagement", "score", "score 0-10"),
            ("morale", "score", "score 0-10"),
            ("response", "response rate", "share"),
            ("motivation", "score", "score 0-10"),
        ]

    def test_breaks_are_noted(self) -> None:
        header = ["org_id", "q11b_2024", "q11b_2025"]

        report = read(source=frames(A=[header, ["R1", 0.3, 0.31]])).report

        assert "msk_problems: not comparable with editions before 2025" in set(report.frame["rule"])

    def test_a_declared_name_says_what_a_column_holds(self) -> None:
        source = frames(A=[["org_id", "burn_2024", "q12b_2024"], ["R1", 4.9, 0.3]])

        published = read(source=source, questions={"burn": "burnout"}, release="v2")

        assert figures(published, "concept", "release") == [("burnout", "v2"), ("burnout_burnt_out", "v2")]

    def test_a_whole_number_code_keeps_no_decimal_point(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", {"A": [["org_id", "q12b_2024"], [388804, 0.3]]})

        assert read(source=path).frame["organisation"].tolist() == ["388804"]

    def test_row_order_changes_no_figure(self) -> None:
        keys = ["organisation", "edition", "concept"]
        forth = read(source=frames(A=benchmark(ONE, TWO))).frame.sort_values(keys, ignore_index=True)
        back = read(source=frames(A=benchmark(TWO, ONE))).frame.sort_values(keys, ignore_index=True)

        pd.testing.assert_frame_equal(forth.drop(columns="row"), back.drop(columns="row"))

    def test_rounding_is_told_from_all_figures_of_a_sheet(self) -> None:
        published = read(source=frames(A=benchmark(ONE, TWO)))

        assert dict(figures(published, "unit", "rounded_to")) == {"share": 0.001, "score 0-10": 0.01}


class TestDetailedSpreadsheets:
    def test_every_answer_of_a_file_with_merged_questions(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "NSS24.xlsx", {"HEALTH Q12": detailed(GOOD)}, merged=((0, 3, 0, 8),))

        published = read(source=path, edition=2024)

        assert published.kind == "detailed"
        assert figures(published, "concept", "measure", "option", "unit", "estimate", "n") == [
            ("burnout_burnt_out", "option share", "Never", "share", 0.1, 1000),
            ("burnout_burnt_out", "option share", "Rarely", "share", 0.2, 1000),
            ("burnout_burnt_out", "option share", "Sometimes", "share", 0.4, 1000),
            ("burnout_burnt_out", "option share", "Often", "share", 0.2, 1000),
            ("burnout_burnt_out", "option share", "Always", "share", 0.1, 1000),
            ("burnout", "score", "", "score 0-10", 5.5, 990),
        ]
        assert set(published.frame["organisation_name"]) == {"One"}
        assert set(published.frame["benchmark_group"]) == {"Acute"}
        assert published.report.n_set_aside == 0
        assert published.report.n_read == 11
        assert "wording" not in published.frame.astype(str).to_csv() + published.report.frame.to_csv()

    def test_people_promise_scores_stand_where_the_layout_has_them(self, tmp_path: Path) -> None:
        """Six columns before the scores, each score then its base: PP4_2 is in column AC and its base in AD."""
        codes = [score.code for score in wm.nhs_staff_survey(2024).scores.values() if score.code.startswith("PP")]
        codes.sort()
        before = ["ODS code", "Organisation name", "Benchmarking group", "Region", "System", "Weighting"]
        header = [*before, *(text for code in codes for text in (f"{code} - score", BASE))]
        values = [cell for position in range(len(codes)) for cell in (5 + position / 100, 900 + position)]
        rows: Cells = [["Title"], [], [], [], header, ["R1", "One", "Acute", "N", "S", "Occupation Group", *values]]
        path = write_xlsx(tmp_path / "NSS24.xlsx", {"PEOPLE PROMISE ELEMENTS": rows})

        published = read(source=path, edition=2024)

        at = published.frame.set_index("concept")
        assert len(at) == len(codes) == 22
        assert at.loc["burnout", "column"] == "AC"
        assert at.loc["burnout", "n"] == 900 + codes.index("PP4_2")
        assert at.loc["burnout", "estimate"] == 5 + codes.index("PP4_2") / 100
        assert set(at["weighting"]) == {"Occupation Group"}
        assert published.report.count("column before the first question that is not known") == 2

    def test_organisation_types_with_breakdowns_and_weighting(self) -> None:
        top: Cells = [[None] * 10 for _ in range(4)]
        top[0][4] = "Q12b - x"
        header = ["Base", "Breakdown", "Level", "Weighting", *FREQUENCY, BASE]
        rows = [
            ["Acute", "Age", "21-30", "Unweighted", 10, 20, 40, 20, 10, 1000],
            ["Acute", "Age", "31-40", "Unweighted", 20, 20, 20, 20, 20, 500],
            ["Acute", "Age", "31-40", "Occupation group", 20, 20, 20, 30, 10, 500],
        ]

        published = read(source=frames(Q12=[*top, header, *rows]), edition=2024)

        often = published.frame.query("option == 'Often'")
        assert often[["benchmark_group", "breakdown", "level", "weighting", "estimate"]].to_numpy().tolist() == [
            ["Acute", "Age", "21-30", "Unweighted", 0.2],
            ["Acute", "Age", "31-40", "Unweighted", 0.2],
            ["Acute", "Age", "31-40", "Occupation group", 0.3],
        ]
        assert set(published.frame["organisation"]) == {""}

    def test_levels_under_a_name_that_is_not_known_must_be_declared(self) -> None:
        top: Cells = [[None] * 9 for _ in range(4)]
        top[0][3] = "Q12b - x"
        rows: Cells = [
            ["Base", "Breakdown", "Which", *FREQUENCY, BASE],
            ["Acute", "Age", "21-30", 10, 20, 40, 20, 10, 9],
        ]

        with pytest.raises(InvalidArgumentError, match=r"columns=.*'level'.*'Base', 'Breakdown', 'Which'"):
            read(source=frames(A=[*top, *rows]), edition=2024)
        published = read(source=frames(A=[*top, *rows]), edition=2024, columns={"level": "Which"})
        assert set(published.frame["level"]) == {"21-30"}

    def test_the_same_number_is_another_concept_in_another_edition(self) -> None:
        sheet = detailed(GOOD)
        sheet[0][3] = "Q24a - x"
        sheet[4][3:8] = ["% Strongly disagree", "% Disagree", "% Neither agree nor disagree", "% Agree",
                         "% Strongly agree"]  # fmt: skip

        concepts = {year: read(source=frames(A=sheet), edition=year).frame["concept"].iloc[0] for year in (2022, 2023)}

        assert concepts == {2022: "think_about_leaving", 2023: "challenging_work"}

    @pytest.mark.parametrize("often", [17.0, 20.5, 23.0])
    def test_answers_that_do_not_add_up_are_set_aside_together(self, often: float) -> None:
        published = read(source=frames(A=detailed(GOOD, ["R2", *GOOD[1:6], often, *GOOD[7:]])), edition=2024)

        aside = [aside for aside in asides(published) if aside[1] == 7]
        rule = "options that do not add up to 100 %"
        assert [(column, why) for _, _, column, why in aside] == [
            *((letter, rule) for letter in "DEFGH"),
            ("I", "base of figures that were set aside"),
        ]
        adds_up(published)

    def test_rounded_answers_may_be_off_by_what_rounding_allows(self) -> None:
        rounded = [*GOOD[:3], 11, 21, 41, 20, 9, 1000, 5.5, 990]  # 102: five answers, half a point each
        beyond = ["R2", *rounded[1:3], 11, 21, 41, 20, 10, 1000, 5.5, 990]  # 103

        published = read(source=frames(A=detailed(rounded, beyond)), edition=2024)

        assert published.frame.query("unit == 'share'")["organisation"].unique().tolist() == ["R1"]

    def test_an_answer_withheld_leaves_the_others_unless_they_exceed_100(self) -> None:
        withheld = [*GOOD[:3], "*", 20.0, 40.0, 20.0, 10.0, 1000, 5.5, 990]
        beyond = ["R2", *GOOD[1:3], "*", 60.0, 40.0, 20.0, 10.0, 1000, 5.5, 990]

        published = read(source=frames(A=detailed(withheld, beyond)), edition=2024)

        shares = published.frame.query("unit == 'share'")
        assert shares["organisation"].unique().tolist() == ["R1"]
        assert shares["suppressed"].sum() == 1

    def test_fractions_where_percentages_are_expected_do_not_add_up(self) -> None:
        fractions = [*GOOD[:3], 0.1, 0.2, 0.4, 0.2, 0.1, 1000, 5.5, 990]

        published = read(source=frames(A=detailed(fractions)), edition=2024)

        assert set(published.frame["unit"]) == {"score 0-10"}
        assert published.report.count("options that do not add up to 100 %") == 5
        declared = read(source=frames(A=detailed(fractions)), edition=2024, shares="fraction")
        assert declared.frame["estimate"].tolist() == [0.1, 0.2, 0.4, 0.2, 0.1, 5.5]

    def test_an_unknown_answer_is_set_aside_and_may_be_declared(self) -> None:
        options = [*FREQUENCY[:4], "% All the time"]

        undeclared = read(source=frames(A=detailed(GOOD, options=options)), edition=2024)
        declared = read(
            source=frames(A=detailed(GOOD, options=options)), edition=2024, options={"All the time": "Always"}
        )

        assert ("A", 6, "H", "answer that is not on the question's scale") in asides(undeclared)
        assert len(undeclared) == 5
        assert len(declared) == 6

    @pytest.mark.parametrize(("label", "n"), [("% Does not apply", 5), ("% Not applicable to me", 6)])
    def test_an_unknown_answer_leaves_the_others_of_its_question(self, label: str, n: int) -> None:
        answers = ["% Strongly disagree", "% Disagree", "% Neither agree nor disagree", "% Agree", "% Strongly agree"]
        sheet = detailed(["R1", "One", "Acute", 10, 10, 10, 30, 20, 20, 900, None, None], options=[*answers, label])
        sheet[0][3] = "Q6a - x"

        published = read(source=frames(A=sheet), edition=2024)

        shares = published.frame.query("unit == 'share'")
        assert len(shares) == n
        assert set(shares["concept"]) == {"role_makes_difference"}

    def test_labels_that_a_spreadsheet_turned_into_dates_are_not_guessed(self) -> None:
        answers = ["% Never", pd.Timestamp("2024-02-01"), "% 3–5", "% 6-10", "% More than 10"]
        sheet = detailed(GOOD, options=answers)
        sheet[0][3] = "Q13a - x"

        published = read(source=frames(A=sheet), edition=2024)

        assert ("A", 6, "E", "answer that is not on the question's scale") in asides(published)

    def test_unknown_questions_columns_after_the_base_and_unknown_scores(self) -> None:
        sheet = detailed(GOOD)
        width = len(sheet[0])
        sheet[0] += ["Q99 - x", None, "Another heading", None, None]
        for row in sheet[1:4]:
            row.extend([None] * 5)
        sheet[4] += ["% Yes", BASE, "% No", "PP9 - score", "loose"]
        sheet[5] = [*GOOD, 50.0, 100, 40.0, 5.0, 1.0]

        published = read(source=frames(A=sheet), edition=2024)

        rules = {column: rule for _, _, column, rule in asides(published)}
        letters = [chr(ord("A") + width + i) for i in range(5)]
        assert [rules[letter] for letter in letters] == [
            "question that is not known",
            "base without its figure",
            "question that is not known",
            "score that is not known",
            "question that is not known",
        ]
        adds_up(published)

    def test_a_question_or_score_without_a_base_does_not_take_the_next_one_s(self) -> None:
        rows = [
            [None, "Q11b - x", None, "Q11c - x", *[None] * 5], *[[None] * 9] * 3,
            ["ODS code", "% Yes", "% No", "% Yes", "% No", BASE, "PP1 - score", "PP2 - score", BASE],
            ["R1", 30, 70, 40, 60, 900, 7.0, 6.0, 800],
        ]  # fmt: skip

        published = read(source=frames(A=rows), edition=2024)

        assert figures(published, "concept", "n") == [
            ("msk_problems", None), ("msk_problems", None), ("unwell_work_stress", 900), ("unwell_work_stress", 900),
            ("compassionate_and_inclusive", None), ("recognised_and_rewarded", 800),
        ]  # fmt: skip

    def test_columns_between_a_base_and_the_next_question(self) -> None:
        extra = [[None, None]] * 4 + [["% Never", "PP4_2 - score"], [7.0, 5.5]]
        sheet = [[*row, *more] for row, more in zip(detailed(GOOD), extra, strict=True)]

        published = read(source=frames(A=sheet), edition=2024)

        assert asides(published) == [
            ("A", 6, "L", "column without a question"),
            ("A", 6, "M", "answer or score twice in one sheet"),
        ]

    def test_columns_before_the_first_question_and_footnotes_below(self) -> None:
        extra = [None, None, None, None, "Region", "N"]
        rows = [[*row[:3], cell, *row[3:]] for row, cell in zip(detailed(GOOD), extra, strict=True)]
        rows.append([None, "Figures are weighted."])

        published = read(source=frames(A=rows, Contents=[["a"]]), edition=2024)

        assert ("A", 6, "D", "column before the first question that is not known") in asides(published)
        assert ("A", 7, "B", "row without an organisation or group") in asides(published)
        assert ("Contents", 1, "A", "sheet that is no part of the layout") in asides(published)
        assert len(published) == 6

    def test_an_xls_file_of_2018_with_its_own_rows_and_declared_questions(self, tmp_path: Path) -> None:
        answers = ["% Yes", "% No"]
        rows: Cells = [
            ["Invented title"],
            [None, None, "Q11c. x", None, None],
            ["Trust code", "Trust", *answers, "Base (unweighted)"],
            ["R1", "One", 39.8, 60.2, "1,234"],
            ["R2", "Two", "*", "*", "<11"],
        ]
        path = write_xls(tmp_path / "ST18 sheet4.xls", {"HEALTH": rows})
        asked = {"edition": 2018, "kind": "detailed", "question_row": 2, "header_row": 3,
                 "columns": {"organisation": "Trust code", "organisation_name": "Trust"}}  # fmt: skip

        published = read(source=path, questions={"Q11c": "unwell_work_stress"}, **asked)

        assert figures(published, "edition", "organisation", "concept", "option", "estimate", "n", "suppressed") == [
            (2018, "R1", "unwell_work_stress", "Yes", 39.8 / 100, 1234, False),
            (2018, "R1", "unwell_work_stress", "No", 60.2 / 100, 1234, False),
            (2018, "R2", "unwell_work_stress", "Yes", None, None, True),
            (2018, "R2", "unwell_work_stress", "No", None, None, True),
        ]
        with pytest.raises(CodebookError, match="questions="):
            read(source=path, **asked)

    def test_numbers_of_an_edition_that_is_not_shipped_are_never_taken_for_others(self) -> None:
        sheet = [row[:9] for row in detailed(GOOD)]

        with pytest.raises(InvalidDataError, match="question that is not known"):
            read(source=frames(A=sheet), edition=2019, questions={"Q99": "burnout_burnt_out"})

    def test_an_edition_must_be_declared(self) -> None:
        with pytest.raises(InvalidArgumentError, match="edition: expected the survey year"):
            read(source=frames(A=detailed(GOOD)))

    def test_a_declared_header_that_is_nowhere_is_refused(self) -> None:
        with pytest.raises(InvalidArgumentError, match=r"columns\['level'\]"):
            read(source=frames(A=detailed(GOOD)), edition=2024, columns={"level": "Nowhere"})


POSITIVE = ["Year", "QuestionNumber", "QuestionText", "DimName", "DimValue", "BaseSize", "Score"]
OPTIONS = ["Year", "QuestionNumber", "QuestionText", "OptionCode", "OptionText", "DimName", "DimValue", "%"]


class TestContractorExports:
    def test_positive_shares_count_the_favourable_answers(self) -> None:
        frame = pd.DataFrame(
            [
                [2024, "q12b", "x", None, "Organisation", 1000, 0.31],
                [2024, "q12b", "x", None, "Comparator", 90000, 0.30],
                [2024, "q3a", "x", "Age", "21-30", 55, 0.8],
            ],
            columns=POSITIVE,
        )

        published = read(source=frame, kind="contractor positive", edition=2024, organisation="R1")

        columns = [
            "organisation",
            "benchmark_group",
            "breakdown",
            "level",
            "concept",
            "measure",
            "option",
            "estimate",
            "n",
        ]
        assert figures(published, *columns) == [
            ("R1", "", "", "", "burnout_burnt_out", "positive share", "Never + Rarely", 0.31, 1000),
            ("", "Comparator", "", "", "burnout_burnt_out", "positive share", "Never + Rarely", 0.30, 90000),
            ("R1", "", "Age", "21-30", "know_responsibilities", "positive share", "Agree + Strongly agree", 0.8, 55),
        ]
        assert published.report.count("wording of the question: not carried") == 3
        adds_up(published)

    def test_questions_without_favourable_answers_have_no_positive_share(self) -> None:
        rows = [[2024, "q12b", "x", None, None, 900, 0.5], [2024, "q27a", "x", None, None, 900, 0.5]]

        published = read(source=pd.DataFrame(rows, columns=POSITIVE), kind="contractor positive", edition=2024)

        assert published.report.count("question without favourable answers") == 4

    def test_options_by_code_and_label_with_missing_and_contradictions(self, tmp_path: Path) -> None:
        answers = [(1, "Never", 10), (2, "Rarely", 20), (3, "Sometimes", 40), (4, "Often", 20), (5, "Always", 10)]
        rows = [[2024, "Q12b", "x", code, label, "", "", share] for code, label, share in answers]
        rows.append([2024, "Q12b", "x", 99, "Missing", "", "", 3])
        rows.append([2024, "Q12a", "x", 4, "Always", "", "", 30])
        rows.append([2024, "Q12a", "x", 7, "", "", "", 30])
        rows.append([2024, "Q12a", "x", 4, "Perhaps", "", "", 30])
        path = tmp_path / "breakdown_report.csv"
        pd.DataFrame(rows, columns=OPTIONS).to_csv(path, index=False)

        published = read(source=path, kind="contractor options", edition=2024, shares="percent")

        assert figures(published, "option", "estimate") == [(label, share / 100) for _, label, share in answers]
        rules = {row: rule for _, row, column, rule in asides(published) if column == "A"}
        assert rules == {
            7: "share of those who did not answer",
            8: "answer whose code and label differ",
            9: "answer that is not on the question's scale",
            10: "answer that is not on the question's scale",
        }
        adds_up(published)

    def test_options_that_do_not_add_up_are_set_aside_by_group(self) -> None:
        rows = [[2024, "q11c", "x", code, label, "Age", level, share] for level, yes in (("a", 0.41), ("b", 0.52))
                for code, label, share in ((1, "Yes", yes), (2, "No", 0.59))]  # fmt: skip

        published = read(
            source=pd.DataFrame(rows, columns=OPTIONS), kind="contractor options", edition=2024, shares="fraction"
        )

        assert figures(published, "level", "estimate") == [("a", 0.41), ("a", 0.59)]

    def test_comparators_and_repeats_are_not_added_to_the_organisation_s_answers(self) -> None:
        answers = [(1, "Yes", 41), (2, "No", 59)]
        rows = [[2024, "q11c", "x", code, label, None, level, share] for level in ("Organisation", "Comparator")
                for code, label, share in answers]  # fmt: skip
        rows.append(rows[0])

        published = read(
            source=pd.DataFrame(rows, columns=OPTIONS), kind="contractor options", edition=2024, shares="percent",
            organisation="R1",
        )  # fmt: skip

        assert figures(published, "organisation", "option", "estimate") == [
            ("R1", "Yes", 0.41), ("R1", "No", 0.59), ("", "Yes", 0.41), ("", "No", 0.59),
        ]  # fmt: skip
        assert published.report.count("figure repeated") == 1

    def test_an_answer_in_unknown_words_leaves_the_others(self) -> None:
        answers = [(1, "Strongly disagree", 10), (2, "Disagree", 10), (3, "Neither agree nor disagree", 10),
                   (4, "Agree", 30), (5, "Strongly agree", 20), (None, "Does not apply", 20)]  # fmt: skip
        rows = [[2024, "q6a", "x", code, label, None, None, share] for code, label, share in answers]

        published = read(
            source=pd.DataFrame(rows, columns=OPTIONS, dtype=object), kind="contractor options", edition=2024,
            shares="percent",
        )  # fmt: skip

        assert len(published) == 5
        assert published.report.count("answer that is not on the question's scale") > 0

    def test_scores_by_code_or_label_of_two_years(self) -> None:
        rows = [
            [2023, "PP4_2", "x", None, None, 900, 4.9],
            [2024, "Burnout", "x", None, None, 950, 5.0],
            [2024, "Theme 7", "x", None, None, 950, 5.0],
        ]

        published = read(source=pd.DataFrame(rows, columns=POSITIVE), kind="contractor scores", edition=2024)

        assert figures(published, "edition", "concept", "estimate", "unit") == [
            (2023, "burnout", 4.9, "score 0-10"),
            (2024, "burnout", 5.0, "score 0-10"),
        ]
        assert published.report.count("question or score that is not known") == 4

    def test_numbering_is_declared_for_two_years_in_one_sheet(self) -> None:
        rows = [[2022, "q24a", "x", None, None, 900, 0.5], [2023, "q24a", "x", None, None, 900, 0.6]]
        frame = pd.DataFrame(rows, columns=POSITIVE)

        own = read(source=frame, kind="contractor positive", edition="own")
        latest = read(source=frame, kind="contractor positive", edition=2023)

        assert figures(own, "edition", "concept") == [(2022, "think_about_leaving"), (2023, "challenging_work")]
        assert figures(latest, "edition", "concept") == [(2022, "challenging_work"), (2023, "challenging_work")]
        with pytest.raises(InvalidArgumentError, match="whose question numbers"):
            read(source=frame, kind="contractor positive")

    @pytest.mark.parametrize(("year", "rule"), [("20x4", "edition that is no year"), (1999, "edition whose question")])
    def test_years_that_cannot_be_used(self, year: object, rule: str) -> None:
        rows = [[year, "q12b", "x", None, None, 900, 0.5], [2023, "q12b", "x", None, None, 900, 0.6]]

        published = read(
            source=pd.DataFrame(rows, columns=POSITIVE).astype(str), kind="contractor positive", edition="own"
        )

        assert len(published) == 1
        assert published.report.cells["rule"].str.startswith(rule).sum() > 0

    def test_renamed_columns_are_declared(self) -> None:
        rows = [[2024, "q12b", 0.5, 900]]
        frame = pd.DataFrame(rows, columns=["Survey year", "Question", "Pos", "Responses"])
        names = {"edition": "Survey year", "question": "Question", "estimate": "Pos", "n": "Responses"}

        published = read(source=frame, kind="contractor positive", edition=2024, columns=names)

        assert figures(published, "estimate", "n") == [(0.5, 900)]
        with pytest.raises(MissingColumnError, match=r"columns\['edition'\]"):
            read(source=frame, kind="contractor positive", edition=2024)

    def test_records_of_another_width_are_in_the_account(self, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        path.write_text("Year,QuestionNumber,BaseSize,Score\n2024,q12b,900,0.5\n2024,q12a\n", encoding="utf-8")

        published = read(source=path, kind="contractor positive", edition=2024)

        assert asides(published) == [("p.csv", 3, "", "another number of fields than the header")]
        assert published.report.n_read == 5

    def test_an_export_saved_as_a_workbook(self, tmp_path: Path) -> None:
        path = write_xlsx(
            tmp_path / "p.xlsx", {"Export": [POSITIVE, [2024, "q12b", "x", None, None, 900, 0.5]], "S": []}
        )

        published = read(source=path, kind="contractor positive", edition=2024)

        assert figures(published, "concept", "estimate") == [("burnout_burnt_out", 0.5)]

    def test_how_options_stand_must_be_declared(self) -> None:
        with pytest.raises(InvalidArgumentError, match="shares: expected 'percent' or 'fraction'"):
            read(source=pd.DataFrame([[1]], columns=["a"]), kind="contractor options", edition=2024)


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"kind": "other"}, InvalidArgumentError),
            ({"kind": ["benchmark"]}, InvalidArgumentError),
            ({"edition": "2024"}, InvalidArgumentError),
            ({"edition": True}, InvalidArgumentError),
            ({"release": 1.5}, InvalidArgumentError),
            ({"shares": "both"}, InvalidArgumentError),
            ({"columns": ["a"]}, InvalidArgumentError),
            ({"questions": {"q1": "no such concept"}}, InvalidArgumentError),
            ({"options": {1: "Yes"}}, InvalidArgumentError),
            ({"marks": "x"}, InvalidArgumentError),
            ({"header_row": 0}, InvalidArgumentError),
            ({"question_row": 5}, InvalidArgumentError),
            ({"kind": "detailed", "edition": 2024, "columns": {"person": "x"}}, InvalidArgumentError),
            ({"kind": "contractor positive", "edition": 2019}, CodebookError),
        ],
    )
    def test_arguments(self, options: dict[str, object], error: type[WorkforceMetricsError]) -> None:
        with pytest.raises(error):
            read(source=frames(A=benchmark(ONE)), **options)

    @pytest.mark.parametrize(
        "source",
        [3, "figures.csv", Path("figures.parquet"), pd.DataFrame({"a": [1]}), {"A": [1]}, {1: pd.DataFrame()}, {}],
        ids=repr,
    )
    def test_sources(self, source: object) -> None:
        with pytest.raises(InvalidArgumentError):
            read(source=source)

    def test_a_file_that_is_not_there_or_is_none(self, tmp_path: Path) -> None:
        damaged = tmp_path / "x.xlsx"
        damaged.write_bytes(b"PK\x03\x04 no workbook")

        with pytest.raises(MissingFileError):
            read(source=tmp_path / "none.xlsx")
        with pytest.raises(FileFormatError, match=r"x\.xlsx: expected a spreadsheet"):
            read(source=damaged)

    def test_a_workbook_of_neither_layout_is_not_guessed(self) -> None:
        with pytest.raises(InvalidArgumentError, match="the header of neither"):
            read(source=frames(A=[["a", "b"], [1, 2]]))

    def test_a_file_without_one_figure_is_refused_with_the_rules(self) -> None:
        with pytest.raises(InvalidDataError, match="1 share outside 0 to 1"):
            read(source=frames(A=[["org_id", "q12b_2024"], ["R1", 31.0]]))

    def test_the_package_that_reads_spreadsheets_may_be_absent(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", {"A": benchmark(ONE)})
        monkeypatch.setitem(sys.modules, "python_calamine", None)

        with pytest.raises(MissingDependencyError, match=r"workforce-metrics\[excel\]"):
            read(source=path)


def test_the_object_shows_itself_and_hands_out_copies() -> None:
    published = read(source=frames(**{"A<b>": benchmark(ONE, [*TWO[:5], "*", *TWO[6:]])}))

    copy = published.frame
    copy["estimate"] = 0.0

    assert repr(published) == (
        "<PublishedSurvey benchmark: 6 figures (1 suppressed) of 2 organisations, 2 concepts, editions 2023 to 2024>"
    )
    assert "A<b>" not in published._repr_html_() + published.report._repr_html_()
    assert published.frame["estimate"].iloc[0] == 0.31
    assert len(published) == 6


@pytest.mark.parametrize("writer", [write_xlsx, write_xls])
def test_a_column_of_dates_or_errors_gives_no_figure(
    tmp_path: Path, writer: Callable[[Path, dict[str, Cells]], Path]
) -> None:
    path = writer(tmp_path / f"b{'.xls' if writer is write_xls else '.xlsx'}", {"A": benchmark(ONE, [*TWO[:3], True])})

    assert ("A", 3, "D", "neither a number nor a mark of suppression") in asides(read(source=path))


def test_the_docs_list_these_tests_and_every_rule() -> None:
    docs = Path(__file__).parents[2] / "docs" / "reference" / "published_survey_files.md"
    text = docs.read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([a-z0-9_]+)` \| [^|]+ \| [^|]+ \|$", text, flags=re.MULTILINE))
    listed -= {"kind", "benchmark"}
    tests = set(re.findall(r"def test_(\w+)\(", Path(__file__).read_text(encoding="utf-8")))
    rules = {
        value
        for module in RULE_MODULES
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and " " in value and name != "AS_IN_THE_HEADER"
    }

    assert listed <= tests
    assert len(listed) > 30
    assert [rule for rule in sorted(rules) if rule not in text] == []
