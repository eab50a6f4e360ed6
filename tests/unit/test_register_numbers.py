"""Register numbers: each rule of their form, and the dates that a nurse's number allows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workforce_metrics as wm
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError


def nmc(*numbers: object, pivot_year: int = 2025) -> pd.DataFrame:
    return wm.parse_register_numbers([*numbers], kind="nmc", pivot_year=pivot_year)


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("98I2345E", ""),
        (" 98i 2345-e ", ""),
        ("98I2345", "not eight characters"),
        ("98I23456E", "not eight characters"),
        ("9OI2345E", "no two digits for the year"),
        ("98M2345E", "no month letter A to L, U or Y"),
        ("98I23A5E", "no four digits after the month letter"),
        ("98I2345X", "country letter that is not known"),
        (None, "missing"),
        ("", "missing"),
        ("n/a", "missing"),
        ("12E3456E", ""),
        ("1.2E+11", "lost digits"),
        ("98I\u0662345E", "no four digits after the month letter"),
    ],
)
def test_the_first_rule_that_a_number_breaks(number: object, rule: str) -> None:
    told = nmc(number, "98I2345E")

    assert told["rule"].tolist() == [rule, ""]
    assert told["is_valid"].tolist() == [rule == "", True]
    assert told["registered_from"].isna().tolist() == [rule != "", False]


@pytest.mark.parametrize(("letter", "month"), [*zip("ABCDEFGHIJKL", range(1, 13), strict=True)])
def test_a_month_letter_is_a_month(letter: str, month: int) -> None:
    row = nmc(f"24{letter}0001E").iloc[0]

    assert row["registered_from"] == pd.Timestamp(2024, month, 1)
    assert row["registered_to"] == pd.Timestamp(2024, month, 1) + pd.offsets.MonthEnd(0)


@pytest.mark.parametrize("letter", "UY")
def test_a_letter_without_a_month_is_a_year(letter: str) -> None:
    row = nmc(f"24{letter}0001E").iloc[0]

    assert (row["registered_from"], row["registered_to"]) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31"))


@pytest.mark.parametrize(
    ("digits", "pivot", "year"),
    [
        ("25", 2025, 2025),
        ("26", 2025, 1926),
        ("00", 2025, 2000),
        ("99", 2025, 1999),
        ("99", 1999, 1999),
        ("00", 1999, 1900),
    ],
)
def test_the_century_is_an_argument(digits: str, pivot: int, year: int) -> None:
    assert nmc(f"{digits}A0001E", pivot_year=pivot)["registered_from"].dt.year.tolist() == [year]


def test_countries_and_routes() -> None:
    told = nmc(*(f"20A0001{letter}" for letter in "ESWNADCO"))

    assert told["country"].tolist() == ["England", "Scotland", "Wales", "Northern Ireland", "", "", "", ""]
    assert told["route"].tolist() == ["UK"] * 6 + ["EU", "overseas"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("gmc", ["7654321", 7654321, 7654321.0], ["765432", "L123456", "C7654321"]),
        ("gphc", ["2012345"], ["1012345", "201234"]),
        ("hcpc", ["PH95159", "ph 095159", "RA1"], ["P95159", "PH", "PH1234567"]),
        ("gdc", ["12345", "123456"], ["123", "1234567", "A12345"]),
    ],
)
def test_other_registers(kind: str, good: list[object], bad: list[object]) -> None:
    for number in good:
        assert wm.parse_register_numbers([number], kind=kind)["is_valid"].all()  # type: ignore[arg-type]
    told = wm.parse_register_numbers(bad, kind=kind)  # type: ignore[arg-type]
    assert set(told["rule"]) == {"not of the register's form"}
    assert told["registered_from"].isna().all()


def test_prefix_pattern_and_zeros_that_a_spreadsheet_took() -> None:
    assert wm.parse_register_numbers(["PH95159"], kind="hcpc")["prefix"].tolist() == ["PH"]
    assert wm.parse_register_numbers(["L123456"], kind="gmc", pattern="[0-9]{7}|L[0-9]{6}")["is_valid"].all()
    told = wm.parse_register_numbers([123456, None], kind="gmc", fill_zeros=True)
    assert told["number"].tolist()[0] == "0123456"
    assert told["is_valid"].tolist() == [True, False]


def test_any_column_and_its_index() -> None:
    numbers = ["98I2345E", None, "98I2345E"]
    told = wm.parse_register_numbers(pd.Series(numbers, index=["x", "y", "z"]), kind="nmc", pivot_year=2025)

    assert told.index.tolist() == ["x", "y", "z"]
    for column in (
        pa.array(numbers),
        pa.chunked_array([numbers]),
        pd.Series(numbers, dtype="category"),
        np.array(numbers, dtype=object),
    ):
        pd.testing.assert_frame_equal(
            wm.parse_register_numbers(column, kind="nmc", pivot_year=2025), told.reset_index(drop=True)
        )
    assert wm.parse_register_numbers([], kind="nmc", pivot_year=2025).empty


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "nmc"},
        {"kind": "nmc", "pivot_year": 25},
        {"kind": "nmc", "pivot_year": True},
        {"kind": "other"},
        {"kind": 3},
        {"kind": "gmc", "pivot_year": 2025},
        {"kind": "gmc", "pattern": "("},
        {"kind": "nmc", "pivot_year": 2025, "pattern": "x"},
    ],
)
def test_arguments_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        wm.parse_register_numbers(["98I2345E"], **options)  # type: ignore[arg-type]
    assert "98I2345E" not in str(raised.value)


def test_a_column_that_holds_no_numbers_is_refused_without_a_value() -> None:
    with pytest.raises(InvalidDataError, match="text or whole numbers"):
        wm.parse_register_numbers(pd.to_datetime(["2024-01-01"]).to_series(), kind="gmc")
