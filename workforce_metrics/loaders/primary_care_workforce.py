"""The primary care workforce by individual: one row a person and role at a census, as posts in tidy columns."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workforce_metrics.errors import (
    DataQualityWarning,
    InvalidArgumentError,
    InvalidDataError,
    MissingColumnError,
    close_names,
)
from workforce_metrics.extracts import StaffInPost
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER, check_mapping, shown
from workforce_metrics.loaders.columns import as_text, carried, content_rank, ranked, refuse_nested
from workforce_metrics.loaders.identifiers import read_identifiers, recurrence
from workforce_metrics.loaders.published_cells import NEITHER, NUMBER, read_cells
from workforce_metrics.loaders.tables import SourceTable, read_source
from workforce_metrics.loaders.workforce_layouts import header_key
from workforce_metrics.provenance import made_from

__all__ = ["read_primary_care_workforce"]

ROLES: Mapping[str, str] = {
    "person_id": "UNIQUE_IDENTIFIER",
    "year": "CENSUS_YEAR",
    "month": "CENSUS_MONTH",
    "fte": "FTE",
    "data_source": "Data_source",
    "organisation": "PCN_CODE",
    "organisation_name": "PCN_NAME",
    "sub_icb": "SUB_ICB_CODE",
    "sub_icb_name": "SUB_ICB_NAME",
    "icb": "ICB_CODE",
    "icb_name": "ICB_NAME",
    "region": "COMM_REGION_CODE",
    "region_name": "COMM_REGION_NAME",
    "staff_group": "STAFF_GROUP",
    "staff_role": "STAFF_ROLE",
    "detailed_staff_role": "DETAILED_STAFF_ROLE",
}
"""Role to column, as in the published files of Primary Care Networks. Status: documented by the file itself."""

NEEDED = ("person_id", "year", "month", "fte")
YEARS = range(1990, 2100)
FEW_RECUR = 0.5

NO_CENSUS, REPEATED = "census that is no year and month", "repeated row"
NO_IDENTIFIER, LOST_DIGITS = "person_id missing", "person_id lost digits"
FTE_MISSING, FTE_UNREADABLE, FTE_NEGATIVE = "fte missing", "fte that is no number", "fte below 0"
FTE_OVER, SEVERAL = "posts of more than one full-time equivalent", "people of a census in several posts"


def read_primary_care_workforce(
    source: object,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> StaffInPost:
    """Read the individual-level file of the primary care workforce as posts: one row a person and role at a census.

    Parameters
    ----------
    source : path or data frame
        ``.csv``, ``.txt``, ``.tsv`` (also ``.gz``), ``.parquet``, or any frame that Narwhals reads; of one census or
        several.
    columns : mapping of str to str, optional
        Role to column where it is named otherwise: "person_id" (UNIQUE_IDENTIFIER), "year" (CENSUS_YEAR), "month"
        (CENSUS_MONTH), "fte" (FTE), "data_source", "organisation" (PCN_CODE), "organisation_name", "sub_icb",
        "sub_icb_name", "icb", "icb_name", "region" (COMM_REGION_CODE), "region_name", "staff_group", "staff_role",
        "detailed_staff_role". Names are compared without regard to case, spaces and underscores.
    encoding, delimiter : str, optional
        Of a text file.

    Returns
    -------
    StaffInPost
        `posts`: `person_id` (string), `period` (the last day of the census month), `fte` (float64, missing where it
        is not known), the columns above under the names of their roles, and every other column under its own name;
        `report`.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
        If the source is not there, is not what its name says, or needs a package that is not installed.
    InvalidArgumentError, MissingColumnError
        If a role is not known, or the column of one of the first four is not there.
    InvalidDataError
        If no row is left.

    Warns
    -----
    DataQualityWarning
        If fewer than half of the identifiers of a census recur in the next: they do not follow people, and nobody's
        leaving can be seen from them.

    Notes
    -----
    Rows are set aside whose identifier is missing (staff of contracted services have none) or lost digits, whose
    census is no year and month, and that repeat another in every column. Unreadable and negative FTE are set missing;
    the row stays. Posts above one full-time equivalent and people with several posts are noted.

    The file is one of posts, not of spells: who left is a question to several censuses, and only where the
    identifier is persistent. That of the published files is not: it is drawn anew for each.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"UNIQUE_IDENTIFIER": ["11", "12", "NULL"], "CENSUS_YEAR": 2024, "CENSUS_MONTH": 6,
    ...                      "PCN_CODE": "U1", "STAFF_ROLE": ["Pharmacists", "Paramedics", "Paramedics"],
    ...                      "FTE": ["0.8", "1", "0.5"]})
    >>> staff = wm.read_primary_care_workforce(rows)
    >>> staff
    <StaffInPost: 2 posts of 2 identifiers, 2024-06-30>
    >>> staff.posts
      person_id     period  fte organisation   staff_role
    0        11 2024-06-30  0.8           U1  Pharmacists
    1        12 2024-06-30  1.0           U1   Paramedics
    >>> staff.report
    <LoadReport data frame: 3 rows read = 2 kept + 1 set aside (1 person_id missing)>
    """
    table = read_source(source, encoding=encoding, delimiter=delimiter)
    refuse_nested(table.columns)
    roles = _roles(table, columns)
    account = RowAccount(table.name, table.row_numbers, table.malformed)
    ids = read_identifiers(table.columns[roles["person_id"]], name=roles["person_id"])
    account.set_aside(ids.missing, NO_IDENTIFIER, column=roles["person_id"])
    account.set_aside(ids.lost_digits, LOST_DIGITS, column=roles["person_id"])
    period = _periods(table, roles)
    account.set_aside(np.isnat(period), NO_CENSUS, column=roles["year"])
    account.set_aside(_repeats(table, account.kept), REPEATED)
    fte = _fte(table.columns[roles["fte"]], account, roles["fte"])
    rows = np.flatnonzero(account.kept)
    for note in table.notes:
        account.note(note)
    if not len(rows):
        why = ", ".join(f"{n:,} {rule}" for rule, n in account.report().rows["rule"].value_counts().items())
        raise InvalidDataError(table.name, "posts of identified people", f"none ({why})", "check columns=")
    people = pd.array(pc.take(ids.values, pa.array(ids.codes[rows])), dtype=pd.StringDtype("pyarrow"))
    posts = {"person_id": pd.Series(people), "period": pd.Series(period[rows]), "fte": pd.Series(fte[rows])}
    role_of = {name: role for role, name in roles.items()}
    for name, column in table.columns.items():
        if role_of.get(name) not in NEEDED:
            posts[role_of.get(name, name)] = carried(column, rows)
    table_of_posts = pd.DataFrame(posts)
    _note_people(table_of_posts, account)
    report = account.report()
    made = made_from(report.source, report.n_read, report.n_kept, options={"columns": columns})
    return StaffInPost(table_of_posts, report, made)


def _roles(table: SourceTable, columns: Mapping[str, str] | None) -> dict[str, str]:
    """Return role to column, of the roles that have one."""
    declared = {} if columns is None else columns
    expected, fix = "a mapping of role to column name", "write {'person_id': ..., 'fte': ...}"
    check_mapping(declared, "columns", expected=expected, fix=fix)
    for role in declared:
        if role not in ROLES:
            raise InvalidArgumentError(
                "columns", f"roles among {', '.join(ROLES)}", shown(role), close_names(role, ROLES)
            )
    by_key = {header_key(name): name for name in reversed([*table.columns])}
    wanted = {**ROLES, **declared}
    roles = {role: by_key[header_key(name)] for role, name in wanted.items() if header_key(name) in by_key}
    for role, name in wanted.items():
        if role not in roles and (role in NEEDED or role in declared):
            fix = close_names(name, table.columns, otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError(f"columns[{role!r}]", "a column of the source", f"{name!r}, not there", fix)
    twice = next((name for name in roles.values() if [*roles.values()].count(name) > 1), None)
    if twice is not None:
        raise InvalidArgumentError("columns", "a column for each role", f"{twice!r} for two", "name another column")
    taken = {*ROLES, "period"} - {*roles.values()}
    clash = next((name for name in table.columns if name in taken), None)
    if clash is not None:
        raise InvalidArgumentError(
            "columns", f"the column {clash!r} under its role or another name", "neither", "rename it"
        )
    return roles


def _whole(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return whole numbers, -1 where a cell holds none."""
    codes, values = ranked(as_text(column))
    read = read_cells(np.array([*values.to_pylist(), None], dtype=object))
    is_whole = (
        (read.kind == NUMBER) & ~read.percent & (read.numbers == np.floor(read.numbers)) & (abs(read.numbers) < 1e6)
    )
    return np.where(is_whole, np.where(is_whole, read.numbers, 0).astype(np.int64), -1)[codes]


def _periods(table: SourceTable, roles: Mapping[str, str]) -> npt.NDArray[np.datetime64]:
    """Return the last day of each row's census month, NaT where it names none."""
    year, month = (_whole(table.columns[roles[role]]) for role in ("year", "month"))
    is_month = np.isin(year, YEARS) & (month >= 1) & (month <= 12)
    after = np.where(is_month, (year - 1970) * 12 + month, 0).astype("datetime64[M]")
    last = (after.astype("datetime64[D]") - 1).astype("datetime64[ns]")
    return np.where(is_month, last, np.datetime64("NaT", "ns"))


def _repeats(table: SourceTable, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the rows that repeat an earlier one in every column."""
    rows = np.flatnonzero(kept)
    again = np.zeros(len(kept), dtype=bool)
    again[rows] = pd.Series(content_rank([*table.columns.values()], rows)).duplicated().to_numpy()
    return again


def _fte(column: pa.ChunkedArray, account: RowAccount, name: str) -> npt.NDArray[np.float64]:
    codes, values = ranked(as_text(column))
    read = read_cells(np.array([*values.to_pylist(), None], dtype=object))
    numbers, kind, percent = read.numbers[codes], read.kind[codes], read.percent[codes]
    none = (kind == NEITHER) | percent
    with np.errstate(invalid="ignore"):
        negative = ~none & (numbers < 0)
        over = ~none & (numbers > 1)
    for which, rule in ((none, FTE_UNREADABLE), (negative, FTE_NEGATIVE), (~none & np.isnan(numbers), FTE_MISSING)):
        account.cells_set_missing(int((which & account.kept).sum()), rule, column=name)
    n_over = int((over & account.kept).sum())
    if n_over:
        account.note(FTE_OVER, column=name, n=n_over)
    return np.where(none | negative, np.nan, numbers)


def _note_people(posts: pd.DataFrame, account: RowAccount) -> None:
    """Note people in several posts, and whether identifiers recur from census to census."""
    n_posts = posts.groupby(["person_id", "period"], sort=False).size()
    if (n_posts > 1).any():
        account.note(SEVERAL, n=int((n_posts > 1).sum()))
    table = recurrence(posts["person_id"], posts["period"])
    if not len(table):
        account.note("one census: whether identifiers recur cannot be seen")
        return
    worst = int(table["estimate"].to_numpy().argmin())
    n_event, n = int(table["n_event"].iloc[worst]), int(table["n"].iloc[worst])
    account.note(f"at least {n_event / n:.0%} of the identifiers of a census recur in the next")
    if n_event < FEW_RECUR * n:
        warnings.warn(
            f"only {n_event:,} of {n:,} identifiers of a census recur in the next: they do not follow people, and"
            " leaving cannot be seen from them",
            DataQualityWarning,
            stacklevel=3,
        )
