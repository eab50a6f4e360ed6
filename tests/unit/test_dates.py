"""Dates in declared formats."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.loaders.arguments import as_day
from workforce_metrics.loaders.dates import NO_DATE, Dates, check_formats, read_dates

GOOD = "1999-12-31"
FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]


def day(text: str) -> int:
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


def read(values: object, *formats: str, kind: pa.DataType | None = None, sentinels: tuple[int, ...] = ()) -> Dates:
    return read_dates(pa.chunked_array([pa.array(values, kind)]), formats=formats, sentinels=sentinels)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("31/12/2019", "%d/%m/%Y", "2019-12-31"),
        ("12/31/2019", "%m/%d/%Y", "2019-12-31"),
        ("1/2/2019", "%d/%m/%Y", "2019-02-01"),
        (" 2019-02-01 ", "%Y-%m-%d", "2019-02-01"),
        ("01-Feb-2019", "%d-%b-%Y", "2019-02-01"),
        ("1 february 2019", "%d %B %Y", "2019-02-01"),
        ("20190201", "%Y%m%d", "2019-02-01"),
        ("2019-032", "%Y-%j", "2019-02-01"),
        ("2019-W05-5", "%G-W%V-%u", "2019-02-01"),
        ("01/02/68", "%d/%m/%y", "2068-02-01"),
        ("01/02/69", "%d/%m/%y", "1969-02-01"),
        ("29/02/2020", "%d/%m/%Y", "2020-02-29"),
        ("9998-12-31", "%Y-%m-%d", "9998-12-31"),
        ("0001-01-01", "%Y-%m-%d", "0001-01-01"),
    ],
)
def test_a_value_is_read_in_its_format(text: str, form: str, expected: str) -> None:
    dates = read([text], form)

    assert dates.days.tolist() == [day(expected)]
    assert dates.matched == {form}


@pytest.mark.parametrize(
    "text",
    ["2019", "31/02/2019", "29/02/2019", "2019-13-01", "2019-02", "43831", "01/02/19", "2019-02-01x", "soon", "?",
     "2019-02-01 10:00", "10000-01-01"],
)  # fmt: skip
def test_what_no_format_reads_is_unreadable(text: str) -> None:
    dates = read([text, GOOD], *FORMATS)

    assert dates.unreadable.tolist() == [True, False]
    assert dates.days.tolist() == [NO_DATE, day(GOOD)]


@pytest.mark.parametrize(
    "text", ["NULL", "na", "N/A", "NaT", "nan", "None", "-", "--", ".", "00/00/0000", "0000-00-00", "0", "  /  /    "]
)
def test_marks_are_no_date(text: str) -> None:
    dates = read([text, "", None, GOOD], *FORMATS)

    assert dates.blank.tolist() == [True, True, True, False]
    assert dates.mark.tolist() == [True, False, False, False]
    assert not dates.unreadable.any()


def test_parts_that_run_together_need_their_full_width() -> None:
    dates = read(["2019111", "20191101"], "%Y%m%d")

    assert dates.unreadable.tolist() == [True, False]


def test_two_formats_that_disagree_make_a_value_ambiguous() -> None:
    dates = read(["01/02/2019", "03/03/2019", "31/01/2019"], "%d/%m/%Y", "%m/%d/%Y")

    assert dates.ambiguous.tolist() == [True, False, False]
    assert dates.days.tolist() == [NO_DATE, day("2019-03-03"), day("2019-01-31")]


def test_sentinels_are_dates_that_are_none() -> None:
    sentinels = (day("1900-01-01"), day("9999-12-31"))

    dates = read(["01/01/1900", "9999-12-31", GOOD], *FORMATS, sentinels=sentinels)

    assert dates.sentinel.tolist() == [True, True, False]
    assert dates.days.tolist() == [NO_DATE, NO_DATE, day(GOOD)]
    assert not dates.blank.any()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_lose_their_time_of_day_before_1970_too(unit: str) -> None:
    moments = np.array(["1969-12-31T23:59:59", "1970-01-01", "NaT"], dtype=f"datetime64[{unit}]")

    dates = read(moments, kind=pa.timestamp(unit))

    assert dates.days.tolist() == [-1, 0, NO_DATE]
    assert dates.timed.tolist() == [True, False, False]
    assert dates.blank.tolist() == [False, False, True]


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_dates_are_taken_as_they_are(kind: pa.DataType) -> None:
    dates = read([dt.date(9999, 12, 31), None, dt.date(1, 1, 1)], kind=kind)

    assert dates.days.tolist() == [day("9999-12-31"), NO_DATE, day("0001-01-01")]


def test_a_moment_with_a_time_zone_is_its_own_day() -> None:
    late = pd.Series(pd.to_datetime(["2019-06-30 23:30:00+00:00"])).dt.tz_convert("Europe/London")  # 00:30 on 1 July

    dates = read_dates(pa.chunked_array([pa.array(late)]), formats=[])

    assert dates.days.tolist() == [day("2019-07-01")]
    assert dates.timed.tolist() == [True]


def test_years_that_no_calendar_has_are_unreadable() -> None:
    dates = read(np.array([10**14, 0]), kind=pa.timestamp("s"))

    assert dates.unreadable.tolist() == [True, False]
    assert dates.days.tolist() == [NO_DATE, 0]


def test_whole_numbers_are_read_in_the_formats() -> None:
    whole = read([20190201, None], "%Y%m%d", kind=pa.int32())
    decimal = read([20190201.0, 20190201.5, np.nan, np.inf], "%Y%m%d", kind=pa.float64())

    assert whole.days.tolist() == [day("2019-02-01"), NO_DATE]
    assert decimal.days.tolist() == [day("2019-02-01"), NO_DATE, NO_DATE, NO_DATE]
    assert decimal.unreadable.tolist() == [False, True, False, True]
    assert decimal.blank.tolist() == [False, False, True, False]


def test_a_categorical_and_an_empty_column_are_read() -> None:
    encoded = pa.chunked_array([pa.array(["01/02/2019", None, "01/02/2019"]).dictionary_encode()])

    assert read_dates(encoded, formats=["%d/%m/%Y"]).days.tolist() == [day("2019-02-01"), NO_DATE, day("2019-02-01")]
    assert read([None, None]).blank.all()


def test_a_time_in_the_format_is_dropped_and_flagged() -> None:
    dates = read(["2019-02-01 00:00:00", "2019-02-01 10:00:00"], "%Y-%m-%d %H:%M:%S")

    assert dates.days.tolist() == [day("2019-02-01")] * 2
    assert dates.timed.tolist() == [False, True]


def test_text_without_a_format_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="date_formats"):
        read([GOOD])


@pytest.mark.parametrize("values", [["31/12/2019", "30/12/2019"], ["31/02/2019"]])
def test_a_column_without_one_readable_date_is_refused(values: list[str]) -> None:
    with pytest.raises(InvalidDataError, match=f"{len(values)} cells, none of them") as caught:
        read(values, "%Y-%m-%d")

    assert values[0] not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind"), [([True], None), ([dt.time(1)], None), ([dt.timedelta(1)], None), ([b"x"], None)]
)
def test_a_column_of_another_type_is_refused(values: list[object], kind: pa.DataType | None) -> None:
    with pytest.raises(InvalidDataError, match="expected dates"):
        read(values, "%Y-%m-%d", kind=kind)


@pytest.mark.parametrize("form", ["%Y", "%Y-%m", "%d/%m", "%x", "%Q/%d/%m/%Y", "%d/%m/%Y %", "", "%H:%M", "%%Y-%m-%d"])
def test_a_format_without_day_month_and_year_is_refused(form: str) -> None:
    with pytest.raises(InvalidArgumentError, match="a day, a month and a year"):
        check_formats([form])


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%d%%%m%%%Y"])
def test_other_parts_are_allowed_in_a_format(form: str) -> None:
    assert check_formats(form) == (form,)


@pytest.mark.parametrize(
    "value",
    ["2019-02-01", dt.date(2019, 2, 1), dt.datetime(2019, 2, 1), pd.Timestamp("2019-02-01"),
     np.datetime64("2019-02-01"), np.datetime64("2019-02-01", "ns")],
)  # fmt: skip
def test_an_argument_is_a_date_in_any_of_its_types(value: object) -> None:
    assert as_day(value, "observed_to") == day("2019-02-01")


@pytest.mark.parametrize(
    "value",
    [
        "01/02/2019",
        "2019",
        "",
        None,
        2019,
        pd.NaT,
        np.datetime64("NaT", "D"),
        dt.datetime(2019, 2, 1, 12),
        float("nan"),
    ],
)
def test_an_argument_that_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(InvalidArgumentError, match="observed_to"):
        as_day(value, "observed_to")
