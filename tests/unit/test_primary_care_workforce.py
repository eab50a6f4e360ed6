"""The primary care workforce by individual; fixtures have the published layout and invented people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import DataQualityWarning, InvalidArgumentError, InvalidDataError, MissingColumnError

HEAD = "Data_source,CENSUS_YEAR,CENSUS_MONTH,PCN_CODE,STAFF_GROUP,DETAILED_STAFF_ROLE,FTE,UNIQUE_IDENTIFIER,Extra"
ROWS = [
    "NWRS Staff,2020,3,U1,Directors,Clinical Director – Medical,0.2,11,a",
    "NWRS Staff,2020,3,U1,Other,Pharmacist,1.5,11,a",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,1,12,b",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,1,12,b",
    "NWRS contracted services,2020,3,U2,Other,Pharmacist,1,NULL,",
    "NWRS Staff,2020,13,U2,Other,Pharmacist,1,13,",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,-1,14,",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,many,15,",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,,16,",
    "NWRS Staff,2020,3,U2,Other,Pharmacist,1,1.2E+11,",
    "short",
]


def frame(*censuses: tuple[int, list[int]]) -> pd.DataFrame:
    return pd.concat([
        pd.DataFrame({"unique identifier": people, "Census Year": 2024, "census_month": month, "fte": 1.0})
        for month, people in censuses
    ])  # fmt: skip


def test_posts_and_the_account_of_a_file_in_windows_encoding(tmp_path: Path) -> None:
    path = tmp_path / "pcn.csv"
    path.write_bytes("\r\n".join([HEAD, *ROWS]).encode("cp1252"))

    staff = wm.read_primary_care_workforce(path)

    assert staff.posts["person_id"].tolist() == ["11", "11", "12", "14", "15", "16"]
    assert staff.posts["period"].unique().tolist() == [pd.Timestamp("2020-03-31")]
    assert staff.posts["fte"].tolist() == pytest.approx([0.2, 1.5, 1, np.nan, np.nan, np.nan], nan_ok=True)
    assert staff.posts["detailed_staff_role"].iloc[0] == "Clinical Director – Medical"
    assert list(staff.posts.columns) == [
        "person_id", "period", "fte", "data_source", "organisation", "staff_group", "detailed_staff_role", "Extra",
    ]  # fmt: skip
    report = staff.report
    assert report.n_read == report.n_kept + report.n_set_aside == 11
    assert dict(zip(report.rows["row"], report.rows["rule"], strict=True)) == {
        4: "repeated row", 5: "person_id missing", 6: "census that is no year and month", 10: "person_id lost digits",
        11: "another number of fields than the header",
    }  # fmt: skip
    for rule in ("fte below 0", "fte that is no number", "fte missing", "people of a census in several posts",
                 "posts of more than one full-time equivalent"):  # fmt: skip
        assert report.count(rule) == 1, rule


def test_identifiers_that_do_not_recur_are_warned_about() -> None:
    with pytest.warns(DataQualityWarning, match="only 1 of 4 identifiers"):
        staff = wm.read_primary_care_workforce(frame((3, [1, 2, 3, 4]), (6, [4, 5, 6, 7])))
    assert "2 periods" in repr(staff)
    kept = wm.read_primary_care_workforce(frame((3, [1, 2, 3, 4]), (6, [1, 2, 3, 7])))
    assert "at least 75% of the identifiers of a census recur in the next" in set(kept.report.frame["rule"])


def test_columns_are_declared_and_checked() -> None:
    source = frame((3, [1, 2]))
    renamed = source.rename(columns={"unique identifier": "id"})

    assert len(wm.read_primary_care_workforce(renamed, columns={"person_id": "ID"})) == 2
    with pytest.raises(MissingColumnError, match="person_id"):
        wm.read_primary_care_workforce(renamed)
    for columns in ({"nobody": "id"}, {"person_id": "fte"}, 3):
        with pytest.raises(InvalidArgumentError):
            wm.read_primary_care_workforce(source, columns=columns)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="period"):
        wm.read_primary_care_workforce(source.assign(period=1))
    with pytest.raises(InvalidDataError, match="person_id missing"):
        wm.read_primary_care_workforce(source.assign(**{"unique identifier": "NULL"}))


def test_nothing_of_a_person_is_shown() -> None:
    staff = wm.read_primary_care_workforce(frame((3, [987654321])))

    assert "987654321" not in repr(staff) + repr(staff.report) + staff._repr_html_()
