"""Published workforce files: each layout, each wart, and what the report says became of it.

The fixtures have the documented layouts and invented organisations and figures.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

import workforce_metrics as wm
from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
)
from workforce_metrics.figures import WORKFORCE_COLUMNS, PublishedWorkforce
from workforce_metrics.loaders import (
    accounting,
    published_workforce,
    reasons_for_leaving,
    repeated_figures,
    workforce_figures,
    workforce_rows,
)
from workforce_metrics.loaders.published_figures import NOT_A_NUMBER, ROW_EMPTY
from workforce_metrics.loaders.workforce_periods import read_period

HEAD = "Date,NHSE_Region_Code,ICS code,Org Code,Org Name,Staff Group Sort Order,Staff Group,Data Type,Total"
ONE = '31/03/2025,Y56,QKK,RX1,One NHS Trust,1,All staff groups,HC,"1,234"'
TWO = "31/03/2025,Y56,QKK,RX1,One NHS Trust,2,Nurses,FTE,1000.25"
TURNOVER = [
    "Org code",
    "Period",
    "Type",
    "Joiner",
    "Leaver",
    "Denominator at start of period",
    "Leaver rate",
    "Stability index",
    "AfC band",
]
SPAN = "202303 to 202403"
Cells = list[list[object]]


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def read(source: object, **options: object) -> PublishedWorkforce:
    published = wm.read_published_workforce(source, **options)  # type: ignore[arg-type]
    report = published.report
    assert report.n_read == report.n_kept + report.n_set_aside
    assert not report.cells[["sheet", "row", "column"]].duplicated().any()
    assert list(published.frame.columns) == list(WORKFORCE_COLUMNS)
    return published


def sheet(*rows: list[object]) -> dict[str, pd.DataFrame]:
    width = max(map(len, rows))
    return {"Grade": pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows], dtype=object)}


def turnover(*rows: list[object]) -> dict[str, pd.DataFrame]:
    return sheet(TURNOVER, *rows)


GOOD: list[object] = ["RX1", SPAN, "HC", 90, 110, 1000, 0.11, 0.89, "Band 5"]


class TestStaffInPost:
    def test_every_figure_of_the_monthly_file(self, tmp_path: Path) -> None:
        published = read(write(tmp_path / "a.csv", HEAD, ONE, TWO))

        frame = published.frame
        assert published.layout == "staff in post"
        assert frame["estimate"].tolist() == [1234.0, 1000.25]
        assert frame["basis"].tolist() == ["headcount", "fte"]
        assert frame["measure"].tolist() == ["in_post", "in_post"]
        assert frame["total_of"].tolist() == ["staff_group", ""]
        assert frame["end"].tolist() == [pd.Timestamp("2025-03-31")] * 2
        assert frame["start"].isna().all()
        assert frame["rounded_to"].tolist() == [1.0, 0.01]
        assert frame[["region", "ics", "organisation"]].iloc[0].tolist() == ["Y56", "QKK", "RX1"]
        assert published.report.count("sort order: not carried") == 2

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_encodings(self, tmp_path: Path, encoding: str) -> None:
        lines = (HEAD, ONE.replace("One NHS", "Café – NHS"))

        published = read(write(tmp_path / "a.csv", *lines, encoding=encoding))

        assert published.frame["organisation_name"].tolist() == ["Café – NHS Trust"]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_titles_above_blank_lines_and_footnotes_below(self, tmp_path: Path, delimiter: str) -> None:
        row = f"31/03/2025,Y56,QKK,RX1,One,1,Nurses,HC,5\n,,,,,,,,\n{HEAD}".replace(",", delimiter).split("\n")
        path = write(
            tmp_path / "a.csv",
            "NHS Workforce Statistics, March 2025",
            "",
            HEAD.replace(",", delimiter),
            *row,
            "",
            "1. Some staff, in several groups; all of them",
            "Source: invented",
        )

        published = read(path)

        assert len(published) == 1
        assert published.frame["row"].tolist() == [4]
        assert published.report.count("header again") == 9
        assert published.report.count("row without figures: title or footnote") >= 2
        assert f"delimiter detected: {delimiter!r}" in set(published.report.frame["rule"])

    @pytest.mark.parametrize("mark", ["-", "..", "*", "[c]", "[z]", ".", "", " "])
    def test_a_mark_is_suppressed_and_never_zero(self, tmp_path: Path, mark: str) -> None:
        published = read(write(tmp_path / "a.csv", HEAD, ONE, TWO.replace("1000.25", mark)))

        row = published.frame.iloc[1]
        assert row["suppressed"]
        assert np.isnan(row["estimate"])
        assert row["mark"] == (mark.strip() or "blank")

    def test_a_mark_and_a_total_of_the_caller_s_own(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.csv", HEAD, ONE.replace("All staff groups", "Everybody"), TWO.replace("1000.25", "low")
        )

        published = read(path, marks=["Low"], totals=["EVERYBODY"])

        assert published.frame["suppressed"].tolist() == [False, True]
        assert published.frame["is_total"].tolist() == [True, False]
        assert read(path).report.count(NOT_A_NUMBER) == 1

    def test_records_of_another_width_are_set_aside(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", HEAD, ONE, TWO.replace("One NHS", "One, NHS"), TWO.removesuffix(",1000.25"))

        published = read(path)

        assert len(published) == 1
        assert set(published.report.cells["rule"]) == {
            "sort order: not carried",
            "another number of fields than the header",
        }

    def test_rows_that_cannot_be_used(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.csv",
            HEAD,
            ONE,
            TWO.replace("31/03/2025", "Easter"),
            TWO.replace("FTE", "WTE?"),
            TWO.replace("RX1,One NHS Trust", ","),
            TWO.replace("1000.25", "-5"),
            ONE.replace("1,234", "10.5").replace("All", "No"),
        )

        report = read(path).report

        for rule in (
            "period that cannot be read",
            "basis that is not known",
            "row without an organisation",
            "figure below 0",
            "headcount that is no whole number",
        ):
            assert report.count(rule) > 0, rule
        assert report.count(ROW_EMPTY) > 0

    def test_rows_of_the_same_people_that_differ_and_repeats(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", HEAD, ONE, ONE, TWO, TWO.replace("1000.25", "999"))

        published = read(path)

        assert published.frame["estimate"].tolist() == [1234.0]
        assert published.report.count("figure repeated") == 1
        assert published.report.count("two rows of the same people and period that differ") == 2

    def test_columns_that_are_not_known_twice_or_nameless(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", HEAD + ",Colour,Total,", ONE + ",red,9,x", TWO + ",blue,8,y")

        report = read(path).report

        for rule in ("column that is not known", "column name twice", "column without a name"):
            assert report.count(rule) == 2

    def test_header_names_vary_in_case_space_and_underscore(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", HEAD.upper().replace(" ", "_"), ONE, TWO)

        assert read(path).frame["estimate"].tolist() == [1234.0, 1000.25]

    def test_renamed_columns_are_declared(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", HEAD.replace("Data Type", "Counted as"), ONE)

        with pytest.raises(MissingColumnError, match="no row with a column for basis"):
            read(path, layout="staff in post")
        assert len(read(path, columns={"basis": "counted_as"})) == 1
        with pytest.raises(MissingColumnError, match="care_setting"):
            read(write(tmp_path / "b.csv", HEAD, ONE), columns={"care_setting": "Nowhere"})

    def test_a_quotation_mark_that_is_never_closed(self, tmp_path: Path) -> None:
        with pytest.raises(FileFormatError, match="quotation marks"):
            read(write(tmp_path / "a.csv", HEAD, ONE, TWO.replace("Nurses", '"Nurses')))

    def test_line_breaks_inside_quotation_marks_are_noted(self, tmp_path: Path) -> None:
        published = read(write(tmp_path / "a.csv", HEAD, ONE.replace("One NHS Trust", '"One\nNHS Trust"')))

        assert published.frame["organisation_name"].tolist() == ["One NHS Trust"]
        assert "line breaks inside quotation marks in 1 cells" in set(published.report.frame["rule"])

    def test_data_frames_and_parquet_read_like_the_file(self, tmp_path: Path) -> None:
        rows = [line.split(",") for line in (HEAD, ONE.replace('"1,234"', "1234"), TWO)]
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        frame.to_parquet(tmp_path / "a.parquet")

        of_file = read(write(tmp_path / "a.csv", HEAD, ONE, TWO)).frame.drop(columns="sheet")

        for source in (frame, tmp_path / "a.parquet"):
            pd.testing.assert_frame_equal(read(source).frame.drop(columns="sheet"), of_file)


class TestTurnover:
    def test_a_workbook_with_a_sheet_a_breakdown(self, tmp_path: Path) -> None:
        path = tmp_path / "turnover.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name, last in (("Notes", None), ("Grade", "AfC band"), ("Gender", "Gender")):
                page = book.add_worksheet(name)
                rows: Cells = (
                    [["About these figures"]] if last is None else [["Title"], [], [*TURNOVER[:-1], last], GOOD]
                )
                for number, row in enumerate(rows):
                    page.write_row(number, 0, row)

        published = read(path, rates="fraction", definition="left the NHS")

        assert published.layout == "turnover"
        assert set(published.frame["breakdown"]) == {"AfC band", "Gender"}
        assert len(published) == 10
        assert published.report.count("sheet without the header of a known layout") == 1
        assert published.frame["start"].unique().tolist() == [pd.Timestamp("2023-03-31")]
        assert "leaving: left the NHS" in repr(published)

    def test_how_rates_stand_is_declared_or_said_never_guessed(self) -> None:
        with pytest.raises(InvalidArgumentError, match="rates"):
            read(turnover(GOOD))
        signs = read(turnover([*GOOD[:6], "11.0%", "89.0%", GOOD[8]]))
        percent = read(turnover([*GOOD[:6], 11.0, 89.0, GOOD[8]]), rates="percent")
        headed = read(
            sheet([*TURNOVER[:6], "Leaver rate (%)", "Stability index (%)", TURNOVER[8]], [*GOOD[:6], 11.0, 89.0, "B"])
        )
        for published, step in ((signs, 0.001), (percent, 0.01), (headed, 0.01)):  # "11.0%" tells a decimal
            assert published.frame.query("unit == 'share'")["estimate"].tolist() == pytest.approx(
                [0.11, 0.89], abs=1e-15
            )
            assert published.frame.query("unit == 'share'")["rounded_to"].tolist() == [step] * 2

    def test_a_rate_of_joining_may_exceed_1_a_stability_index_may_not(self) -> None:
        published = read(turnover([*GOOD[:6], 1.5, 1.2, "Band 5"]), rates="fraction")

        assert published.frame.query("measure == 'leaver_rate'")["estimate"].tolist() == [1.5]
        assert published.report.count("share above 1") == 1

    def test_rounding_to_five_is_seen_in_enough_counts_or_declared(self) -> None:
        rows = [["RX1", SPAN, "HC", 5 * n, 10, 1000, "*", "*", f"Band {n}"] for n in range(1, 12)]

        seen = read(turnover(*rows)).frame.query("measure == 'joiners'")["rounded_to"]
        few = turnover(*rows[:3])

        assert set(seen) == {5.0}
        assert set(read(few).frame.query("measure == 'joiners'")["rounded_to"]) == {1.0}
        assert set(read(few, counts_rounded_to=5).frame.query("measure == 'joiners'")["rounded_to"]) == {5.0}

    def test_a_breakdown_of_another_name_is_declared(self) -> None:
        source = sheet([*TURNOVER[:-1], "Nationality"], GOOD)

        assert read(source, rates="fraction", columns={"breakdown": "Nationality"}).frame[
            "level"
        ].unique().tolist() == ["Band 5"]
        assert set(read(source, rates="fraction").frame["breakdown"]) == {""}

    def test_a_row_for_each_type(self) -> None:
        head = ["PERIOD", "NHSE_REGION_NAME", "STAFF_GROUP", "TYPE", "HC", "FTE"]
        rows: Cells = [
            [SPAN, "London", "All staff groups", kind, n, n + 0.5]
            for n, kind in enumerate(
                ["Joiners", "Leavers", "Denominator at start of period", "Denominator at end of period", "Movers"],
                start=5,
            )
        ]

        published = read(sheet(head, *rows))

        assert published.layout == "turnover by type"
        assert published.frame["measure"].tolist() == [
            m for m in ("joiners", "leavers", "in_post_at_start", "in_post_at_end") for _ in range(2)
        ]
        assert published.report.count("measure that is not known") == 6
        assert "what leaving means is not declared" in set(published.report.frame["rule"])


class TestSicknessAbsence:
    @pytest.mark.parametrize(
        "head",
        [
            [
                "DATE",
                "ORG_CODE",
                "ORG_NAME",
                "STAFF_GROUP",
                "FTE_DAYS_LOST",
                "FTE_DAYS_AVAILABLE",
                "SICKNESS_ABSENCE_RATE_PERCENT",
            ],
            [
                "Tm End Date",
                "Org code",
                "Org name",
                "Staff group",
                "FTE days lost",
                "FTE days available",
                "Sickness absence rate (%)",
            ],
            ["Date", "Org Code", "Org Name", "Staff Group", "FTE Days Sick", "FTE Days Available", "SA Rate (%)"],
        ],
    )
    @pytest.mark.parametrize("date", ["30/04/2024", "2024-APR", "2024-04-01", dt.date(2024, 4, 30), "202404"])
    def test_headers_and_dates_of_every_release(self, head: list[str], date: object) -> None:
        published = read(sheet(list(head), [date, "RX1", "One", "All staff groups", "1,234.56", "24,691.2", "5.00"]))

        frame = published.frame
        assert frame["measure"].tolist() == ["fte_days_lost", "fte_days_available", "sickness_absence_rate"]
        assert frame["estimate"].tolist() == [1234.56, 24691.2, 0.05]
        assert frame["start"].unique().tolist() == [pd.Timestamp("2024-03-31")]
        assert frame["end"].unique().tolist() == [pd.Timestamp("2024-04-30")]

    def test_a_day_that_may_be_a_month_is_not_guessed(self) -> None:
        source = sheet(["DATE", "ORG_CODE", "FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE"], ["01/04/2024", "RX1", 1, 2])

        with pytest.raises(InvalidDataError, match="period that cannot be read"):
            read(source)
        assert read(source, date_formats="%d/%m/%Y").frame["end"].iloc[0] == pd.Timestamp("2024-04-30")


class TestReasonsForLeaving:
    def test_quarters_below_financial_years(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "r.csv",
            "Reasons for leaving, invented",
            "",
            "",
            "",
            ",2011-12,,,,2012-13,,Note",
            ",Q1,Q2,Q3,Q4,Q1,Q2,",
            'Death in Service,10,-,..,"1,200",3,4,a',
            "Total,10,5,5,1200,3,4,b",
            ",1,1,1,1,1,1,",
            "A new reason,0,0,0,0,0,0,",
            "Footnote: counts,,,,,,,",
        )

        published = read(path)

        frame = published.frame
        assert published.layout == "reasons for leaving"
        assert frame["level"].tolist() == ["Death in Service"] * 6 + ["Total"] * 6 + ["A new reason"] * 6
        assert frame["estimate"].tolist()[:6] == pytest.approx([10, np.nan, np.nan, 1200, 3, 4], nan_ok=True)
        assert frame["end"].tolist()[:5] == [
            pd.Timestamp(day) for day in ("2011-06-30", "2011-09-30", "2011-12-31", "2012-03-31", "2012-06-30")
        ]
        assert set(frame.loc[frame["is_total"], "level"]) == {"Total"}
        assert published.report.count("column without a quarter of a year") == 2
        assert published.report.count("row without a reason") == 6
        assert published.report.count("row without figures: title or footnote") == 1
        assert published.report.count("reasons that are not among those of load_leaving_reasons") == 1


@pytest.mark.parametrize(
    ("text", "kind", "end"),
    [
        ("2025-03-31 00:00:00", "day", "2025-03-31"),
        ("31-Mar-2025", "day", "2025-03-31"),
        ("Sept 2024", "day", "2024-09-30"),
        ("2025-02", "day", "2025-02-28"),
        ("05/05/2025", "day", "2025-05-05"),
        ("201202", "month", "2012-02-29"),
        ("March 2023 to March 2024", "span", "2024-03-31"),
    ],
)
def test_periods_that_can_be_read(text: str, kind: str, end: str) -> None:
    found = read_period(text, kind)  # type: ignore[arg-type]

    assert found is not None
    assert found[1] == dt.date.fromisoformat(end)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("04/03/2025", "day"),
        ("Mar-25", "day"),
        ("2023-24", "day"),
        ("31/02/2025", "day"),
        ("45747", "day"),
        ("", "day"),
        ("202413", "month"),
        ("2023-24", "span"),
        ("202403 to 202303", "span"),
        ("March", "month"),
        ("Foo 2024", "month"),
    ],
)
def test_periods_that_are_not_guessed(text: str, kind: str) -> None:
    assert read_period(text, kind) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "other"},
        {"rates": "permille"},
        {"columns": {"nothing": "x"}},
        {"columns": {"leavers": "a", "joiners": "A"}},
        {"totals": [3]},
        {"counts_rounded_to": 0},
        {"counts_rounded_to": True},
        {"date_formats": "%Y"},
        {"definition": 3},
        {"marks": "x"},
        {"columns": 3},
    ],
)
def test_arguments_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(InvalidArgumentError):
        read(turnover(GOOD), **options)


def test_sources_that_hold_no_layout() -> None:
    with pytest.raises(InvalidArgumentError, match="a header of none of them"):
        read(sheet(["a", "b"], [1, 2]))
    with pytest.raises(InvalidArgumentError, match="no row of quarters"):
        read(sheet(["a", "b"], [1, 2]), layout="reasons for leaving")
    with pytest.raises(MissingFileError):
        read("nowhere.csv")
    both = turnover(GOOD) | {"B": sheet(HEAD.split(","), ["31/03/2025", "a", "b", "c", "d", 1, "e", "HC", 3])["Grade"]}
    with pytest.raises(InvalidArgumentError, match="sheets of one layout"):
        read(both)
    assert len(read(both, layout="staff in post")) == 1


def test_the_object_shows_itself_and_hands_out_copies() -> None:
    published = read(turnover(GOOD), rates="fraction")

    frame = published.frame
    frame.loc[0, "estimate"] = -1

    assert published.table["estimate"].iloc[0] == 90
    assert "5 figures (0 suppressed) of 1 organisations, 5 measures" in repr(published)
    assert "RX1" in published._repr_html_()


def test_the_page_lists_every_rule_and_every_test() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/published_workforce_files.md").read_text(encoding="utf-8")
    modules = (published_workforce, reasons_for_leaving, workforce_figures, workforce_rows)
    rules = {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper()
        and isinstance(value, str)
        and " " in value
        and name not in {"AS_IN_THE_HEADER", "REASONS", "BREAKDOWN"}
    } | {accounting.MALFORMED, repeated_figures.REPEATED}
    warts = page.split("## Every cell")[1].split("## The primary care")[0]
    named = set(re.findall(r"^\| `(\w+)`", warts, flags=re.MULTILINE))
    here = Path(__file__).read_text(encoding="utf-8")

    assert [rule for rule in sorted(rules) if rule not in page] == []
    assert len(rules) > 15
    assert len(named) > 15
    assert [name for name in sorted(named) if f"def test_{name}(" not in here] == []
