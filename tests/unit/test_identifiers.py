"""Identifiers: no digit lost, and persistence measured."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workforce_metrics.errors import IdentifierError, InvalidDataError
from workforce_metrics.loaders.identifiers import Identifiers, check_recurrence, read_identifiers, recurrence


def read(values: object, kind: pa.DataType | None = None) -> Identifiers:
    return read_identifiers(pa.chunked_array([pa.array(values, kind)]))


def named(ids: Identifiers) -> list[str | None]:
    names = [*ids.values.to_pylist(), None]
    return [names[code] for code in ids.codes]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("388804.0", "388804"),
        ("388804.000", "388804"),
        (" 388804 ", "388804"),
        ("007", "007"),
        ("98I2345E", "98I2345E"),
        ("98i2345e", "98i2345e"),
        ("12E3456", "12E3456"),
        ("1.2", "1.2"),
        ("9007199254740991.0", str(2**53 - 1)),
    ],
)
def test_text_is_kept_but_for_space_and_a_decimal_of_nought(text: str, name: str) -> None:
    ids = read([text])

    assert named(ids) == [name]
    assert ids.decimal.tolist() == [text.strip() != name]


@pytest.mark.parametrize("text", ["1.23457E+11", "1e+05", "9007199254740992.0", "-1.5E+3"])
def test_text_that_lost_digits_is_nobody(text: str) -> None:
    ids = read([text, "a"])

    assert ids.codes.tolist() == [-1, 0]
    assert ids.lost_digits.tolist() == [True, False]
    assert not ids.missing.any()
    assert not ids.decimal.any()


@pytest.mark.parametrize("text", ["", "   ", "NULL", "na", "N/A", "nan", "None", "-", ".", "#N/A", None, "\u00a0"])
def test_blank_and_marks_are_missing(text: str | None) -> None:
    ids = read([text, "a"])

    assert ids.missing.tolist() == [True, False]
    assert ids.codes.tolist() == [-1, 0]


def test_a_decimal_and_its_whole_are_one_person() -> None:
    ids = read(["5.0", "5", "05"])

    assert named(ids) == ["5", "5", "05"]
    assert ids.values.to_pylist() == ["05", "5"]


def test_numbers_are_read_as_whole_or_not_at_all() -> None:
    ids = read([3.0, None, 2.5, 2.0**53, np.inf, 0.0], pa.float64())

    assert named(ids) == ["3", None, None, None, None, "0"]
    assert ids.missing.tolist() == [False, True, False, False, False, False]
    assert ids.lost_digits.tolist() == [False, False, True, True, True, False]
    assert ids.decimal.tolist() == [True, False, False, False, False, True]


def test_short_decimals_hold_fewer_digits() -> None:
    ids = read([2.0**24 - 1, 2.0**24], pa.float32())

    assert named(ids) == [str(2**24 - 1), None]


def test_whole_numbers_of_any_width_are_read() -> None:
    largest = np.iinfo(np.int64).max

    assert named(read([largest, None], pa.int64())) == [str(largest), None]
    assert named(read([7], pa.int8())) == ["7"]
    assert named(read([Decimal(12)], pa.decimal128(5, 0))) == ["12"]
    assert named(read(pa.array(["x", None]).dictionary_encode())) == ["x", None]


def test_a_polars_like_nan_is_missing() -> None:
    assert read([np.nan, 1.0], pa.float64()).missing.tolist() == [True, False]


@pytest.mark.parametrize("values", [[True, False], pd.to_datetime(["2020-01-01"]), [Decimal("1.5")]])
def test_a_column_that_identifies_nobody_is_refused(values: object) -> None:
    with pytest.raises(InvalidDataError, match="text or whole numbers"):
        read(values)


def test_recurrence_is_the_share_seen_again_in_the_next_snapshot() -> None:
    people = ["a", "b", "c", "b", "b", "d", "a"]
    seen = [2020, 2020, 2020, 2021, 2021, 2021, 2022]

    table = recurrence(people, seen)

    assert table["snapshot"].tolist() == [2020, 2021]
    assert table["next_snapshot"].tolist() == [2021, 2022]
    assert table["n"].tolist() == [3, 2]  # b twice in 2021 is one person
    assert table["n_event"].tolist() == [1, 0]
    assert table["estimate"].tolist() == [1 / 3, 0 / 2]


def test_recurrence_leaves_out_rows_without_person_or_snapshot() -> None:
    table = recurrence(["a", None, "a", "b"], ["2020", "2020", "2021", None])

    assert table[["n", "n_event"]].to_numpy().tolist() == [[1, 1]]


def test_one_snapshot_has_no_next() -> None:
    assert recurrence(["a"], ["2020"]).empty
    assert recurrence([], []).empty


def test_the_worst_pair_of_snapshots_decides() -> None:
    people = [1, 2, 3, 4, 1, 2, 3, 4, 1, 5, 6, 7]
    table = recurrence(people, np.repeat([1, 2, 3], 4))

    check_recurrence(table, min_recurring=0.25)
    with pytest.raises(IdentifierError, match=r"only 1 of 4 \(25%\)") as caught:
        check_recurrence(table, min_recurring=0.26, name="key")
    assert caught.value.argument == "key"
