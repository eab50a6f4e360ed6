"""parse_delimited: encodings, delimiters, and records that do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from workforce_metrics.errors import FileFormatError, InvalidArgumentError
from workforce_metrics.loaders.delimited import Parsed, parse_delimited


def parse(text: str | bytes, *, encoding: str | None = None, delimiter: str | None = None) -> Parsed:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_delimited(data, "x.csv", encoding=encoding, delimiter=delimiter)


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-8-sig", "utf-8"),
        ("utf-16", None),
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", None),
        ("latin-1", "latin-1"),
    ],
)
def test_text_is_the_same_in_every_encoding(codec: str, declared: str | None) -> None:
    parsed = parse("name,n\nMôn,1\n".encode(codec), encoding=declared)

    assert parsed.table.to_pydict() == {"name": ["Môn"], "n": ["1"]}
    assert ("encoding detected" in " ".join(parsed.notes)) is (declared is None)


@pytest.mark.parametrize(("declared", "codec"), [("utf-8", "cp1252"), ("utf-16", "utf-8"), ("ascii", "utf-8")])
def test_bytes_of_another_encoding_than_declared_are_refused(declared: str, codec: str) -> None:
    with pytest.raises(FileFormatError, match=f"text in {declared}"):
        parse("name,n\nMônx,1\n".encode(codec), encoding=declared)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_most_frequent_in_the_header(delimiter: str) -> None:
    parsed = parse(f'a{delimiter}"b,;|"{delimiter}c\n1{delimiter}2{delimiter}3\n')

    assert parsed.table.to_pydict() == {"a": ["1"], "b,;|": ["2"], "c": ["3"]}
    assert f"delimiter detected: {delimiter!r}" in parsed.notes


def test_a_declared_delimiter_is_not_noted() -> None:
    assert parse("a:b\n1:2\n", delimiter=":").notes == ("encoding detected: utf-8",)


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n", "é"])
def test_a_delimiter_that_cannot_be_one_is_refused(delimiter: str) -> None:
    with pytest.raises(InvalidArgumentError, match="one ASCII character"):
        parse("a,b\n1,2\n", delimiter=delimiter)


@pytest.mark.parametrize(
    ("text", "malformed"),
    [
        ("a,b\n1\n2,3\n4,5,6\n", [1, 3]),
        ("a,b\n\n\n1\n\n2,3\n", [1]),
        ('a,b\n"1\n1",2\n3\n4,5\n', [2]),
        ('"a\nx",b\n1,2\n3\n', [2]),
        ("\r\n\r\na,b\r\n1,2\r\n3\r\n", [2]),
        ("a,b\n1,2\n   \n3,4\n", [2]),
    ],
)
def test_records_that_do_not_fit_are_numbered_without_blank_lines_and_line_breaks_in_cells(
    text: str, malformed: list[int]
) -> None:
    assert parse(text).malformed.tolist() == malformed


def test_numbers_hold_over_blocks_of_a_large_file() -> None:
    n, width = 300_000, 40  # 12 MB: more than one block of the reader
    bad = np.array([1, 150_000, 299_999])
    lines = [f"{'x' * width},{i}" for i in range(1, n + 1)]
    for number in bad:
        lines[number - 1] += ",9"

    parsed = parse("a,b\n" + "\n".join(lines))

    assert parsed.malformed.tolist() == bad.tolist()
    assert parsed.table.num_rows == n - len(bad)


@pytest.mark.parametrize(
    "text", ['a,b\n1,"2\n3,4\n', 'a,b,c\n1,"2,3\n3,4,5\n', 'a,b\n"1,2\n3,4\n', 'a,b\n1,2\n3,"4\n5,6\n\n']
)
def test_a_quotation_without_end_is_refused_with_its_record(text: str) -> None:
    with pytest.raises(FileFormatError, match=r"one opened in record \d that is never closed"):
        parse(text)


def test_an_inch_mark_is_no_quotation() -> None:
    parsed = parse('size,says\n5",2\n3,"x\ny"\n')

    assert parsed.table.to_pydict() == {"size": ['5"', "3"], "says": ["2", "x\ny"]}


def test_a_header_that_swallows_the_file_is_refused() -> None:
    with pytest.raises(FileFormatError, match="first record that does not end"):
        parse('"a,b\n' + "1,2\n" * 50_000)


def test_line_breaks_in_cells_are_noted_by_column() -> None:
    swallowed = parse('a,b\n1,"2\n3,4\n5,"6\n7,8\n')  # two marks left open close each other

    assert "line breaks inside quotation marks in: b" in swallowed.notes
    assert not any("line breaks" in note for note in parse('a,b\n"1",2\n\n\n3,4\n').notes)


@pytest.mark.parametrize("text", ["", "\n\n", "  \n", "\ufeff", "sep=;\n", "sep=;", "a,b\n", "a,b\n1\n2\n"])
def test_a_file_without_usable_records_is_refused(text: str) -> None:
    with pytest.raises(FileFormatError):
        parse(text)


def test_nameless_columns_go_only_if_they_hold_nothing() -> None:
    assert parse("a,b,,\n1,2,, \n").table.column_names == ["a", "b"]
    assert parse("a,,b\n1,x,2\n").table.column_names == ["a", "", "b"]
