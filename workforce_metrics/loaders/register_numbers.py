"""Numbers of professional registers: their form checked, and what a nurse's number tells of its registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.loaders.arguments import check_optional_text, shown
from workforce_metrics.loaders.identifiers import read_identifiers

__all__ = ["parse_register_numbers"]

Kind = Literal["nmc", "gmc", "gdc", "gphc", "hcpc"]

MISSING, LOST_DIGITS = "missing", "lost digits"
NOT_OF_FORM = "not of the register's form"
LENGTH, YEAR = "not eight characters", "no two digits for the year"
MONTH, SERIAL = "no month letter A to L, U or Y", "no four digits after the month letter"
COUNTRY = "country letter that is not known"

MONTH_LETTERS = "ABCDEFGHIJKL"
COUNTRIES: Mapping[str, tuple[str, str]] = {
    "E": ("England", "UK"), "S": ("Scotland", "UK"), "W": ("Wales", "UK"), "N": ("Northern Ireland", "UK"),
    "A": ("", "UK"), "D": ("", "UK"), "C": ("", "EU"), "O": ("", "overseas"),
}  # fmt: skip
"""Country letter of an NMC number to country, where it names one, and route. Status: documented."""

_PIN = ((YEAR, "^[0-9]{2}"), (MONTH, "^..[A-LUY]"), (SERIAL, "^...[0-9]{4}"), (COUNTRY, "^.......[ESWNADCO]$"))


@dataclass(frozen=True)
class _Form:
    """The form of a register's numbers: a pattern, and to how many digits one of digits alone may be filled up."""

    pattern: str
    digits: int = 0


FORMS: Mapping[str, _Form] = {
    "gmc": _Form("[0-9]{7}", 7),
    "gdc": _Form("[0-9]{4,6}"),
    "gphc": _Form("2[0-9]{6}", 7),
    "hcpc": _Form("[A-Z]{2}[0-9]{1,6}"),
}
"""Status: quoted from public guides of the NHS, none checked with the register; that of "gdc" is unverified."""


def parse_register_numbers(
    numbers: Any,
    *,
    kind: Kind,
    pivot_year: int | None = None,
    pattern: str | None = None,
    fill_zeros: bool = False,
) -> pd.DataFrame:
    """Check the form of professional register numbers, and read what those of nurses and midwives tell.

    Parameters
    ----------
    numbers : pandas.Series, list, array or Arrow array
        One number each: text, or whole numbers where the register's have no letters.
    kind : {"nmc", "gmc", "gdc", "gphc", "hcpc"}
        Whose numbers: nurses, midwives and nursing associates; doctors; dental professionals; pharmacy; the
        professions of the HCPC.
    pivot_year : int
        The latest year that a number can be from; needed for "nmc" and for no other. A two-digit year is taken as
        the last one with these digits up to it: with 2025, "25" is 2025 and "26" is 1926.
    pattern : str, optional
        A regular expression for the whole number, in capitals and without spaces, in place of a form below that is not
        verified: those of all but "nmc".
    fill_zeros : bool, default False
        Whether a number of digits alone that is too short is filled up with zeros on the left: what a spreadsheet took
        away. For "gmc" and "gphc".

    Returns
    -------
    pandas.DataFrame
        With the index of `numbers` where they are a pandas.Series, one row a number:

        - `number`: in capitals, without spaces and hyphens; missing where there is none;
        - `is_valid` (bool), and `rule`: the first rule it breaks, empty where it breaks none;
        - `registered_from`, `registered_to` (dates): between which days the registration lies; missing unless a
          valid NMC number;
        - `country` ("England", "Scotland", "Wales", "Northern Ireland") and `route` ("UK", "EU", "overseas"): of an NMC
          number, empty where it does not say;
        - `prefix`: the letters in front of an HCPC number.

    Raises
    ------
    InvalidArgumentError
        If `kind` is none of those, `pivot_year` is missing or out of place, or `pattern` is no regular expression.
    InvalidDataError
        If the numbers are dates, booleans or of another type that holds none.

    Notes
    -----
    **NMC** (status: documented): two digits of the year, a month letter (A for January to L for December), four
    digits, a country letter: E England, S Scotland, W Wales, N Northern Ireland, A and D the UK, C the EU, O overseas.
    The month letters U and Y carry no month: the registration lies anywhere in the year.

    **GMC**: seven digits. **GPhC**: seven digits, the first a 2. **HCPC**: two letters and up to six digits (status of
    these three: quoted from public guides of the NHS). **GDC**: four to six digits (status: unverified). A number
    of the right form need not have been given to anybody.

    Rules are counted, never shown with a number: ``frame["rule"].value_counts()``.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> pins = pd.Series(["98I2345E", "98y2345o", "98Z2345E", None])
    >>> parsed = wm.parse_register_numbers(pins, kind="nmc", pivot_year=2025)
    >>> parsed[["rule", "registered_from", "registered_to", "route"]]
                                 rule registered_from registered_to     route
    0                                      1998-09-01    1998-09-30        UK
    1                                      1998-01-01    1998-12-31  overseas
    2  no month letter A to L, U or Y             NaT           NaT
    3                         missing             NaT           NaT
    """
    _check(kind, pivot_year, pattern)
    index = numbers.index if isinstance(numbers, pd.Series) else None
    ids = read_identifiers(_chunked(numbers), name="numbers")
    values = pc.utf8_upper(pc.replace_substring_regex(ids.values, r"[\s\-]", ""))
    if fill_zeros and kind in FORMS and FORMS[kind].digits:
        digits = pc.match_substring_regex(values, "^[0-9]+$")
        values = pc.if_else(digits, pc.utf8_lpad(values, FORMS[kind].digits, "0"), values)
    rules = _pin_rules(values) if kind == "nmc" else _form_rules(values, kind, pattern)
    told = _told(values, rules, kind, pivot_year)
    # by distinct number, with one more at the end for the missing one that code -1 points at
    frame = told.iloc[np.where(ids.codes < 0, len(told) - 1, ids.codes)].reset_index(drop=True)
    frame.loc[ids.lost_digits, "rule"] = LOST_DIGITS
    return frame if index is None else frame.set_axis(index)


def _check(kind: object, pivot_year: object, pattern: object) -> None:
    known = ("nmc", *FORMS)
    if not isinstance(kind, str) or kind not in known:
        raise InvalidArgumentError("kind", f"one of {', '.join(map(repr, known))}", shown(kind), "name one of them")
    if kind != "nmc" and pivot_year is not None:
        fix = "leave it out: these numbers carry no year"
        raise InvalidArgumentError("pivot_year", f"none for {kind!r}", shown(pivot_year), fix)
    is_year = isinstance(pivot_year, (int, np.integer)) and not isinstance(pivot_year, bool)
    if kind == "nmc" and not (is_year and 1900 <= int(str(pivot_year)) < 2200):
        got, fix = "none" if pivot_year is None else shown(pivot_year), "for example the year of the extract"
        raise InvalidArgumentError("pivot_year", "the latest year that a number can be from", got, fix)
    expected, fix = "a regular expression", "for example '[0-9]{6}'"
    check_optional_text(pattern, "pattern", expected=expected, fix=fix)
    if kind == "nmc" and pattern is not None:
        raise InvalidArgumentError("pattern", "none for 'nmc'", shown(pattern), "leave it out: that form is documented")
    try:
        pc.match_substring_regex(pa.array([""]), f"^(?:{pattern})$")
    except pa.ArrowInvalid as error:
        raise InvalidArgumentError("pattern", expected, "one that does not compile", fix) from error


def _chunked(numbers: Any) -> pa.ChunkedArray:
    if isinstance(numbers, pa.ChunkedArray):
        return numbers
    if isinstance(numbers, pa.Array):
        return pa.chunked_array([numbers])
    series = numbers if isinstance(numbers, pd.Series) else pd.Series(numbers)
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):  # text and numbers in one column
        array = pa.array(series.astype("string"), type=pa.string(), from_pandas=True)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _pin_rules(values: pa.Array) -> npt.NDArray[np.object_]:
    """Return the first rule that each NMC number breaks, empty where none."""
    rules = np.full(len(values), "", dtype=object)
    rules[~_true(pc.equal(pc.utf8_length(values), 8))] = LENGTH
    for rule, form in _PIN:
        rules[~_true(pc.match_substring_regex(values, form)) & (rules == "")] = rule
    return rules


def _form_rules(values: pa.Array, kind: str, pattern: str | None) -> npt.NDArray[np.object_]:
    form = pattern if pattern is not None else FORMS[kind].pattern
    fits = _true(pc.match_substring_regex(values, f"^(?:{form})$"))
    return np.where(fits, "", NOT_OF_FORM).astype(object)


def _true(flags: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(flags.to_numpy(zero_copy_only=False), dtype=bool)


def _told(values: pa.Array, rules: npt.NDArray[np.object_], kind: str, pivot_year: int | None) -> pd.DataFrame:
    """Return what each distinct number tells, and a last row for no number."""
    told = pd.DataFrame(
        {"number": pd.array(values, dtype=pd.StringDtype("pyarrow")), "is_valid": rules == "", "rule": rules}
    )
    told["registered_from"] = told["registered_to"] = pd.Series(pd.NaT, index=told.index, dtype="datetime64[ns]")
    told["country"] = told["route"] = told["prefix"] = ""
    valid = told["is_valid"].to_numpy()
    if kind == "nmc" and pivot_year is not None:
        chosen = values.filter(pa.array(valid))
        first, last = _registered(chosen, int(pivot_year))
        told.loc[valid, "registered_from"], told.loc[valid, "registered_to"] = first, last
        letters = pc.utf8_slice_codeunits(chosen, 7, 8).to_pandas()
        for position, column in enumerate(("country", "route")):
            told.loc[valid, column] = letters.map({letter: at[position] for letter, at in COUNTRIES.items()}).to_numpy()
    elif kind == "hcpc":
        told.loc[valid, "prefix"] = pc.utf8_slice_codeunits(values.filter(pa.array(valid)), 0, 2).to_pandas().to_numpy()
    none = {"number": pd.NA, "is_valid": False, "rule": MISSING, "registered_from": pd.NaT, "registered_to": pd.NaT,
            "country": "", "route": "", "prefix": ""}  # fmt: skip
    return pd.concat([told, pd.DataFrame([none]).astype(told.dtypes.to_dict())], ignore_index=True)


def _registered(pins: pa.Array, pivot_year: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the first and the last day on which each of these valid numbers can have been registered."""
    digits = pc.utf8_slice_codeunits(pins, 0, 2).cast(pa.int64()).to_numpy(zero_copy_only=False)
    year = pivot_year - (pivot_year - digits) % 100
    month = pc.index_in(pc.utf8_slice_codeunits(pins, 2, 3), pa.array([*MONTH_LETTERS], pins.type))
    month = month.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    start = (year - 1970) * 12 + np.maximum(month, 0)
    after = start + np.where(month < 0, 12, 1)
    first, beyond = start.astype("datetime64[M]"), after.astype("datetime64[M]")
    return first.astype("datetime64[ns]"), (beyond.astype("datetime64[D]") - 1).astype("datetime64[ns]")
