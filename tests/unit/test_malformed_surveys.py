"""Every kind of malformed source that the docs list: refused, or read with every row accounted for."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    MissingFileError,
    WorkforceMetricsError,
)
from workforce_metrics.loaders.staff_survey import read_staff_survey

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "malformed_survey_files.md"
PERSON = "P7731"  # stands in the cells of every malformed source and in no message
HEADER = "pid,org_id,q12a,q12b\n"
GOOD = f"{PERSON},A,1,2\nP2,B,3,4\n"


@dataclass(frozen=True)
class Case:
    """A malformed source: how to make it, how it is read, what must come of it."""

    make: Callable[[Path], object]
    options: dict[str, object] = field(default_factory=dict)
    error: type[WorkforceMetricsError] | None = None
    set_aside: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    noted: str = ""
    n_read: int = 2


def text(content: str | bytes, name: str = "extract.csv") -> Callable[[Path], object]:
    """Make a file of that content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def given(source: object) -> Callable[[Path], object]:
    """Pass what needs no file."""

    def make(_: Path) -> object:
        return source

    return make


def frame(**columns: list[object]) -> Callable[[Path], object]:
    """Make a pandas frame with two good item columns unless others are given."""
    base: dict[str, list[object]] = {"pid": [PERSON, "P2"], "q12a": [1, 3], "q12b": [2, 4]}
    return given(pd.DataFrame({**base, **columns}))


ID = {"respondent_id": "pid"}

CASES = {
    # --- the file
    "absent": Case(lambda folder: folder / "none.csv", error=MissingFileError),
    "folder": Case(lambda folder: folder, error=FileFormatError),
    "other-ending": Case(text(HEADER + GOOD, "extract.docx"), error=FileFormatError),
    "no-ending": Case(text(HEADER + GOOD, "extract"), error=FileFormatError),
    "empty": Case(text(""), error=FileFormatError),
    "sep-line-alone": Case(text("sep=;\n"), error=FileFormatError),
    "header-alone": Case(text(HEADER), error=FileFormatError),
    "frame-without-rows": Case(given(pd.DataFrame({"q12a": []})), error=FileFormatError),
    "not-a-frame": Case(given({"q12a": [1]}), error=InvalidArgumentError),
    "spreadsheet-called-csv": Case(text(b"PK\x03\x04" + GOOD.encode()), error=FileFormatError),
    "nul-bytes": Case(text(HEADER + GOOD + "\x00"), error=FileFormatError),
    "damaged-gzip": Case(
        text(gzip.compress((HEADER + GOOD * 50).encode())[:40] + b"\x01" * 40, "extract.csv.gz"), error=FileFormatError
    ),
    "damaged-parquet": Case(text("PAR1 no more", "extract.parquet"), error=FileFormatError),
    "damaged-spss": Case(text("$FL2 no more", "extract.sav"), error=FileFormatError),
    "not-the-declared-encoding": Case(
        text((HEADER + GOOD + "P3,Ynys Môn,1,1\n").encode("cp1252")), {"encoding": "utf-8"}, error=FileFormatError
    ),
    "unknown-encoding": Case(text(HEADER + GOOD), {"encoding": "utf-9"}, error=FileFormatError),
    "windows-1252": Case(
        text((HEADER + GOOD + "P3,Ynys Môn,1,1\n").encode("cp1252")), noted="encoding detected: cp1252", n_read=3
    ),
    "byte-order-mark": Case(text((HEADER + GOOD).encode("utf-8-sig")), noted="encoding detected: utf-8"),
    "utf-16": Case(text((HEADER + GOOD).encode("utf-16")), noted="encoding detected: utf-16"),
    "semicolons": Case(text((HEADER + GOOD).replace(",", ";")), noted="delimiter detected: ';'"),
    "sep-line": Case(text("sep=;\r\n" + (HEADER + GOOD).replace(",", ";"))),
    "two-delimiters": Case(text("pid,q12a;q12b\n" + GOOD), error=FileFormatError),
    "wrong-declared-delimiter": Case(text(HEADER + GOOD), {"delimiter": ";"}, error=InvalidDataError),
    "impossible-delimiter": Case(text(HEADER + GOOD), {"delimiter": ";;"}, error=InvalidArgumentError),
    "quotation-never-closed": Case(text(HEADER + f'P1,"A,1,2\n{GOOD}'), error=FileFormatError),
    "quotation-never-closed-in-header": Case(text('"' + HEADER + GOOD), error=FileFormatError),
    "line-break-in-quotation": Case(
        text(HEADER + GOOD + 'P3,"A\nnorth, wing",1,1\n'),
        noted="line breaks inside quotation marks in: org_id",
        n_read=3,
    ),
    "old-line-ends": Case(text((HEADER + GOOD).replace("\n", "\r"))),
    "blank-lines": Case(text(HEADER + "\r\n\r\n" + GOOD + "\n\n")),
    "trailing-delimiters": Case(text((HEADER + GOOD).replace("\n", ",\n"))),
    "title-above-header": Case(text("Staff survey,,,\n" + HEADER + GOOD), error=FileFormatError),
    "column-name-twice": Case(text("pid,q12a,q12a\nP7731,1,2\n"), error=FileFormatError),
    "too-few-or-many-fields": Case(
        text(HEADER + GOOD + "P3,A,1\nP4,A,1,2,3\n"), set_aside={"another number of fields than the header": 2},
        n_read=4,
    ),
    # --- the columns
    "no-item-column": Case(text(f"pid,x1,x2\n{PERSON},1,2\n"), error=InvalidDataError),
    "two-columns-of-one-item": Case(text(f"pid,q12a,Q12 A\n{PERSON},1,2\n"), error=InvalidDataError),
    "column-called-like-a-concept": Case(
        frame(burnout_burnt_out=[1, 2]), {"columns": {"burnout_burnt_out": "q12b"}}, error=InvalidDataError
    ),
    "role-column-absent": Case(frame(), {"weight": "wt"}, error=MissingColumnError),
    "one-column-two-roles": Case(frame(), {"weight": "pid", **ID}, error=InvalidArgumentError),
    "boolean-item": Case(frame(q15=[True, False]), error=InvalidDataError),
    "nested-column": Case(frame(notes=[[PERSON], ["x"]]), error=InvalidDataError),
    "another-coding": Case(frame(q12c=["6", "7"]), error=InvalidDataError),
    "another-language": Case(frame(q12c=["nie", "oft"]), error=InvalidDataError),
    "question-of-another-edition": Case(
        frame(q98b=[1, 2]), noted="named like a question but not in the codebook: kept as background"
    ),
    "dates-as-id": Case(
        given(pd.DataFrame({"pid": pd.to_datetime(["2024-01-01"]), "q12a": [1]})), ID, error=InvalidDataError
    ),
    # --- the cells
    "code-outside": Case(frame(q12a=[1, 6]), counted={"code outside the item's scale": 1}),
    "half-and-infinite-codes": Case(frame(q12a=[1.5, np.inf], q12c=[1, 2]), error=InvalidDataError),
    "half-code": Case(frame(q12a=[1.5, 2]), counted={"code outside the item's scale": 1}),
    "label-outside": Case(frame(q12a=["Often", "Quite often"]), counted={"label not on the item's scale": 1}),
    "label-otherwise-spelt": Case(frame(q4a=["NEITHER  satisfied nor dissatisfied ", "satisfied"])),
    "codes-as-decimals": Case(text(HEADER + f"{PERSON},A,1.0,2.0\nP2,B,3.0,\n")),
    "ninety-nine": Case(frame(q12a=[99, 1], q12b=[2, "N/A"], q12c=["99.0", "3"])),
    "nine-where-it-is-no-answer": Case(frame(q12a=[9, 1]), counted={"code outside the item's scale": 1}),
    "spreadsheet-date": Case(
        frame(q13a=["Never", "05-Mar"]), counted={"label not on the item's scale": 1}
    ),
    "answered-though-not-asked": Case(
        frame(q11d=[2, 1], q11e=[1, 1]), counted={"answered though not routed there": 1}
    ),
    "unticked-though-not-asked": Case(
        frame(q16a=[2, 1], q16b=[2, 2], q16c_1=[2, 2]), counted={"tick-box left blank by those not asked": 1}
    ),
    # --- the rows
    "id-missing": Case(
        frame(pid=[PERSON, " "]), ID, set_aside={"respondent id missing": 1}
    ),
    "id-in-scientific-notation": Case(
        frame(pid=[PERSON, "1.23457E+11"]), ID, set_aside={"respondent id rounded on its way": 1}
    ),
    "id-with-decimal-point": Case(
        frame(pid=[388804.0, 388805.0]), ID, counted={"respondent id with a decimal point read as whole": 2}
    ),
    "repeated-row": Case(
        frame(pid=[PERSON, f" {PERSON}"], q12a=["1", "1.0"], q12b=[2, 2]), ID, set_aside={"repeated row": 1}
    ),
    "conflicting-rows": Case(
        frame(pid=[PERSON, PERSON, "P3"], q12a=[1, 2, 3], q12b=[1, 1, 1]),
        ID,
        set_aside={"conflicting respondent id": 2},
        n_read=3,
    ),
    "weight-unusable": Case(
        text("w,q12a\n1.5,1\n0,1\n,2\n-1,3\ninf,4\n\"1,5\",5\nnan,1\nheavy,1\n"),
        {"weight": "w"},
        set_aside={"weight missing or negative": 6},
        n_read=8,
    ),
    "edition-unreadable": Case(
        frame(year=["2023", "NSS 2024"]), {"edition_column": "year"}, set_aside={"edition unreadable": 1}
    ),
    "no-item-answered": Case(
        frame(q12a=[1, None], q12b=[2, None], q27a=[1, 1]), set_aside={"no item answered": 1}
    ),
    "nothing-left": Case(frame(q12a=[None, None], q12b=[None, ""]), error=InvalidDataError),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_or_accounted_for(case: Case, tmp_path: Path) -> None:
    source = case.make(tmp_path)

    if case.error is not None:
        with pytest.raises(case.error) as caught:
            read_staff_survey(source, edition=2024, **case.options)
        assert type(caught.value) is case.error
        assert PERSON not in str(caught.value)
        return
    survey = read_staff_survey(source, edition=2024, **case.options)

    report = survey.report
    assert report.n_read == case.n_read == report.n_kept + report.n_set_aside
    assert len(survey) == report.n_kept
    assert report.rows["rule"].value_counts().to_dict() == case.set_aside
    changes = report.frame[report.frame["action"].isin(["cell set missing", "row changed"])]
    assert changes.groupby("rule")["n"].sum().to_dict() == case.counted
    assert not case.noted or case.noted in set(report.frame["rule"])
    assert not report.frame.astype(str).apply(lambda column: column.str.contains(PERSON)).to_numpy().any()


def test_the_docs_list_these_and_no_others() -> None:
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert sorted(listed) == sorted(CASES)
    assert len(listed) >= 22


def test_rows_set_aside_carry_their_record_number(tmp_path: Path) -> None:
    path = text(HEADER + "P1,A,1,2\n\nP2,B,1\nP3,C,,\nP4,D,5,5\n")(tmp_path)

    rows = read_staff_survey(path, edition=2024).report.rows

    assert list(rows.itertuples(index=False, name=None)) == [
        (2, "another number of fields than the header"),
        (3, "no item answered"),
    ]
