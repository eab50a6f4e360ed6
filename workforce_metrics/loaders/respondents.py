"""Respondents: their edition and weight, and who returned more than one questionnaire."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.answers import distinct_values, refuse_other_types
from workforce_metrics.loaders.columns import as_text, content_rank, is_text
from workforce_metrics.loaders.identifiers import Identifiers, read_identifiers
from workforce_metrics.loaders.item_columns import require_column

__all__ = [
    "NO_EDITION",
    "Respondents",
    "Roles",
    "conflicting",
    "read_editions",
    "read_respondents",
    "read_weights",
    "repeated",
]

NO_EDITION = -1
"""What stands for a cell that is no plain year."""

EDITION_UNREADABLE = "edition unreadable"
ID_MISSING = "respondent id missing"
ID_ROUNDED = "respondent id rounded on its way"
WEIGHT_UNUSABLE = "weight missing or negative"

_YEAR = re.compile(r"((?:19|20)\d\d)(?:\.0*)?", re.ASCII)
_DECIMAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class Roles:
    """Which columns say who answered; None where the source has none.

    Parameters
    ----------
    edition, respondent, weight : str or None
        Column names.
    """

    edition: str | None = None
    respondent: str | None = None
    weight: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a role."""
        return tuple(name for name in (self.edition, self.respondent, self.weight) if name is not None)

    def check(self, there: Mapping[str, object]) -> None:
        """Refuse a column that is not there or has two roles."""
        asked = {"edition_column": self.edition, "respondent_id": self.respondent, "weight": self.weight}
        for argument, name in asked.items():
            if name is not None:
                require_column(name, there, argument)
        if len(set(self.columns)) < len(self.columns):
            raise InvalidArgumentError(
                "edition_column, respondent_id, weight", "a column each", "one column twice", "correct the arguments"
            )


@dataclass(frozen=True)
class Respondents:
    """Who answered; None where the source has no such column.

    Parameters
    ----------
    editions : ndarray of int64 or None
        Shape (n_rows,), `NO_EDITION` where unreadable.
    ids : Identifiers or None
        Of arrays of shape (n_rows,).
    weights : ndarray of float64 or None
        Shape (n_rows,), NaN where unusable.
    """

    editions: npt.NDArray[np.int64] | None = None
    ids: Identifiers | None = None
    weights: npt.NDArray[np.float64] | None = None

    @property
    def who(self) -> npt.NDArray[np.int64] | None:
        """Return a number for each respondent and edition, shape (n_rows,), from 0; None without ids."""
        if self.ids is None:
            return None
        person = self.ids.codes + 1
        if self.editions is None:
            return person
        edition = np.unique(self.editions, return_inverse=True)[1]
        return person * (int(edition.max()) + 1) + edition


def read_respondents(cells: Mapping[str, pa.ChunkedArray], roles: Roles, account: RowAccount) -> Respondents:
    """Read edition, respondent id and weight, and set aside the rows that lack one that was asked for."""
    editions = ids = weights = None
    if roles.edition is not None:
        editions = read_editions(cells[roles.edition], roles.edition)
        account.set_aside(editions == NO_EDITION, EDITION_UNREADABLE, column=roles.edition)
    if roles.respondent is not None:
        ids = read_identifiers(cells[roles.respondent], name=roles.respondent)
        account.set_aside(ids.missing, ID_MISSING, column=roles.respondent)
        account.set_aside(ids.lost_digits, ID_ROUNDED, column=roles.respondent)
    if roles.weight is not None:
        weights = read_weights(cells[roles.weight], roles.weight)
        account.set_aside(np.isnan(weights), WEIGHT_UNUSABLE, column=roles.weight)
    return Respondents(editions, ids, weights)


def read_editions(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.int64]:
    """Return each row's edition, shape (n_rows,); `NO_EDITION` where the cell is not a plain year.

    Examples
    --------
    >>> import pyarrow as pa
    >>> read_editions(pa.chunked_array([["2023", " 2024.0", "NSS 2024", None]]), "year").tolist()
    [2023, 2024, -1, -1]
    """
    refuse_other_types(column, name, "years as numbers or text")
    distinct = distinct_values(column)
    found = [_YEAR.fullmatch("" if cell is None else str(cell).strip()) for cell in distinct.cells]
    years = np.array([*(int(match[1]) if match else NO_EDITION for match in found), NO_EDITION], dtype=np.int64)
    return years[distinct.positions]


def read_weights(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.float64]:
    """Return each row's weight, shape (n_rows,); NaN where the cell is no finite number of 0 or more.

    Notes
    -----
    Text is read with a decimal point; a decimal comma is not guessed at.

    Examples
    --------
    >>> import pyarrow as pa
    >>> read_weights(pa.chunked_array([["1.25", "0", "-1", "1,5", ""]]), "weight").tolist()
    [1.25, 0.0, nan, nan, nan]
    """
    refuse_other_types(column, name, "weights as numbers or text")
    if is_text(column):
        text = as_text(column)
        is_number = compute.match_substring_regex(text, _DECIMAL)
        numbers = compute.if_else(is_number, text, pa.scalar(None, pa.large_string())).cast(pa.float64())
    else:
        numbers = column.cast(pa.float64(), safe=False).combine_chunks()
    weights: npt.NDArray[np.float64] = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(weights) & (weights >= 0), weights, np.nan)


def repeated(
    who: npt.NDArray[np.int64],
    kept: npt.NDArray[np.bool_],
    content: Sequence[pa.ChunkedArray],
    changed: Sequence[npt.NDArray[np.int64]],
) -> npt.NDArray[np.bool_]:
    """Return all but one of the rows that say the same of the same respondent, shape (n_rows,).

    Parameters
    ----------
    who : ndarray of int64, shape (n_rows,)
        Who answered, with the edition; equal numbers are one respondent in one edition.
    kept : ndarray of bool, shape (n_rows,)
        The rows that are still in.
    content : sequence of pyarrow.ChunkedArray
        All that a row says once read, each of shape (n_rows,).
    changed : sequence of ndarray of int64
        Rows of which something was read otherwise than it stood, one array a change. Among rows that say the same, they
        decide which one stays, so that what is counted of it does not depend on the order of the rows.
    """
    result = np.zeros(len(who), dtype=bool)
    rows = np.flatnonzero(kept & _shared(who, kept))
    if len(rows):
        same = content_rank(content, rows)
        changes = content_rank([pa.chunked_array([np.isin(rows, some)]) for some in changed], np.arange(len(rows)))
        order = np.lexsort((changes, same, who[rows]))
        ordered = pd.DataFrame({"who": who[rows[order]], "same": same[order]})
        result[rows[order]] = ordered.duplicated().to_numpy()
    return result


def conflicting(who: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_], keep: str) -> npt.NDArray[np.bool_]:
    """Return the rows of respondents who are there more than once and are not to be kept, shape (n_rows,).

    Parameters
    ----------
    who, kept
        As for `repeated`.
    keep : {"set_aside", "first", "last"}
        Which row of such a respondent stays: none, or the first or last of the source.
    """
    result = np.zeros(len(who), dtype=bool)
    rows = np.flatnonzero(kept)
    respondents = pd.Series(who[rows])
    if keep == "set_aside":
        result[rows] = respondents.duplicated(keep=False).to_numpy()
    else:
        result[rows] = respondents.duplicated(keep="first" if keep == "first" else "last").to_numpy()
    return result


def _shared(who: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether a row's respondent is in more than one kept row, shape (n_rows,)."""
    return np.bincount(who, weights=kept, minlength=1)[who] > 1
