"""Identifiers of people: read without losing a digit, and tested for whether they follow people over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import IdentifierError, InvalidDataError
from workforce_metrics.loaders.columns import MISSING_MARKS, as_text, is_text, ranked

__all__ = ["Identifiers", "check_recurrence", "read_identifiers", "recurrence"]

_DECIMAL = r"^-?[0-9]+\.0+$"
_SCIENTIFIC = r"^-?[0-9]+(\.[0-9]+)?[eE]\+[0-9]+$"


@dataclass(frozen=True)
class Identifiers:
    """Who each row is about.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_rows,)
        Position in `values`; -1 where the row has no usable identifier.
    values : pyarrow.Array of large_string, shape (n_people,)
        The distinct identifiers in code-point order.
    missing : ndarray of bool, shape (n_rows,)
        Blank, or a mark for missing.
    lost_digits : ndarray of bool, shape (n_rows,)
        Rounded on its way here: scientific notation, a decimal of 2**53 or more, a number with a fraction.
    decimal : ndarray of bool, shape (n_rows,)
        A whole number that had become a decimal ("388804.0") and is read as whole.
    """

    codes: npt.NDArray[np.int64]
    values: pa.Array
    missing: npt.NDArray[np.bool_]
    lost_digits: npt.NDArray[np.bool_]
    decimal: npt.NDArray[np.bool_]


def read_identifiers(column: pa.ChunkedArray, *, name: str = "person_id") -> Identifiers:
    """Read a column of identifiers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n_rows,)
        Text, whole numbers, or whole numbers that were stored as decimals.
    name : str
        The column's name, for errors.

    Returns
    -------
    Identifiers

    Raises
    ------
    InvalidDataError
        If the column holds dates, booleans or another type that identifies nobody.

    Notes
    -----
    Surrounding space goes; case and leading zeros stay. "388804.0" is 388804. "1.23457E+11" stands for many
    identifiers and is none. Scientific notation is known by its plus sign, so that a PIN such as "12E3456" is a PIN.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ids = read_identifiers(pa.chunked_array([["007", "388804.0", "1.2E+11", " "]]))
    >>> ids.values.to_pylist(), ids.codes.tolist(), ids.lost_digits.tolist()
    (['007', '388804'], [0, 1, -1, -1], [False, False, True, False])
    """
    if not is_text(column):
        return _of_numbers(column, name)
    codes, values = ranked(as_text(column))
    # by distinct value, with one more at the end for the null that code -1 points at
    blank = np.append(_flags(pc.is_in(pc.utf8_lower(values), pa.array(sorted(MISSING_MARKS), pa.large_string()))), True)
    decimal = np.append(_flags(pc.match_substring_regex(values, _DECIMAL)), False)
    whole = pc.replace_substring_regex(values, r"\.0+$", "")
    size = pc.cast(pc.if_else(pa.array(decimal[:-1]), whole, "0"), pa.float64()).to_numpy(zero_copy_only=False)
    lost = np.append(_flags(pc.match_substring_regex(values, _SCIENTIFIC)) | (np.abs(size) >= 2**53), False)
    decimal &= ~lost
    clean = pc.if_else(pa.array(decimal[:-1]), whole, values)
    usable = pc.if_else(pa.array((blank | lost)[:-1]), pa.scalar(None, pa.large_string()), clean)
    position, people = ranked(usable)
    return Identifiers(np.append(position, -1)[codes], people, blank[codes], lost[codes], decimal[codes])


def _of_numbers(column: pa.ChunkedArray, name: str) -> Identifiers:
    column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    missing = _flags(column.is_null(nan_is_null=True).combine_chunks())
    none = np.zeros(len(missing), dtype=bool)
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(np.nan).to_numpy()
        exact_below = 2.0 ** (np.finfo(numbers.dtype).nmant + 1)
        whole = np.isfinite(numbers) & (np.abs(numbers) < exact_below)
        whole &= np.trunc(np.where(whole, numbers, 0)) == numbers
        text = pa.array(np.where(whole, numbers, 0).astype(np.int64), mask=~whole).cast(pa.large_string())
        return Identifiers(*ranked(text), missing, ~whole & ~missing, whole)
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        return Identifiers(*ranked(as_text(column)), missing, none, none)
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        return Identifiers(*ranked(as_text(column)), missing, none, none)
    raise InvalidDataError(name, "text or whole numbers", f"a column of type {column.type}", "name another column")


def _flags(array: pa.Array) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = array.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def recurrence(person_id: npt.ArrayLike, snapshot: npt.ArrayLike) -> pd.DataFrame:
    """Return which share of the identifiers of each snapshot recurs in the next one.

    An identifier that follows people recurs for everybody who stayed: nearly all of them over a quarter. One that is
    drawn anew for each publication recurs by chance, and linking on it would show a workforce that leaves at once.

    Parameters
    ----------
    person_id : array-like, shape (n_rows,)
        The identifier seen; rows where it or the snapshot is missing are left out.
    snapshot : array-like, shape (n_rows,)
        When it was seen: dates, or values that sort by time.

    Returns
    -------
    pandas.DataFrame
        One row a snapshot but the last: `snapshot`, `next_snapshot`, `n` (different identifiers in it), `n_event` (of
        them also in the next), `estimate` (the share, n_event / n).

    Examples
    --------
    >>> recurrence(["a", "b", "c", "b"], ["2020-03", "2020-03", "2020-06", "2020-06"])
      snapshot next_snapshot  n  n_event  estimate
    0  2020-03       2020-06  2        1       0.5
    """
    people, _ = pd.factorize(pd.Series(person_id))
    when, snapshots = pd.factorize(pd.Series(snapshot), sort=True)
    seen = (people >= 0) & (when >= 0)
    n, n_event = _recurring(people[seen].astype(np.int64), when[seen].astype(np.int64), len(snapshots))
    return pd.DataFrame(
        {
            "snapshot": snapshots[:-1],
            "next_snapshot": snapshots[1:],
            "n": n,
            "n_event": n_event,
            "estimate": n_event / n,
        }
    )


def _recurring(
    people: npt.NDArray[np.int64], when: npt.NDArray[np.int64], n_snapshots: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the identifiers in each snapshot but the last and those of them in the next, shape (n_snapshots - 1,)."""
    step = n_snapshots + 1  # the slot after the last snapshot stays empty, so that the last recurs in none
    seen = np.unique(people * step + when)
    again = np.isin(seen + 1, seen, assume_unique=True)
    n = np.bincount(seen % step, minlength=n_snapshots)
    n_event = np.bincount(seen[again] % step, minlength=n_snapshots)
    return n[: max(n_snapshots - 1, 0)], n_event[: max(n_snapshots - 1, 0)]


def check_recurrence(table: pd.DataFrame, *, min_recurring: float, name: str = "person_id") -> None:
    """Refuse an identifier of which too few recur between two snapshots.

    Parameters
    ----------
    table : pandas.DataFrame
        As `recurrence` returns it.
    min_recurring : float
        The least share that must recur between any two consecutive snapshots; 0 accepts all.
    name : str
        The identifier's column, for the error.

    Raises
    ------
    IdentifierError
        If the lowest share is below `min_recurring`.

    Examples
    --------
    >>> check_recurrence(recurrence([1, 2, 1, 2], [2020, 2020, 2021, 2021]), min_recurring=0.5)
    """
    share = table["estimate"].to_numpy(dtype=float)
    if len(share) and share.min() < min_recurring:
        worst = int(share.argmin())
        n, n_event = int(table["n"].iloc[worst]), int(table["n_event"].iloc[worst])
        raise IdentifierError(
            name,
            f"at least {min_recurring:.0%} of the identifiers of a snapshot again in the next",
            f"only {n_event:,} of {n:,} ({n_event / n:.0%}) that recur; the identifier is not persistent",
            "ask for an identifier that follows people over time, or pass min_recurring=0 to read it all the same",
        )
