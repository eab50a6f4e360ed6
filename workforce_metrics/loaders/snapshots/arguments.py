"""The arguments of `read_snapshots`: checked before a file is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from workforce_metrics.errors import InvalidArgumentError, close_names
from workforce_metrics.loaders.arguments import (
    as_day,
    check_mapping,
    check_optional_text,
    is_share,
    listed,
    refuse_two_roles,
    shown,
)
from workforce_metrics.loaders.dates import check_formats
from workforce_metrics.loaders.snapshots.definitions import DEFINITIONS, KEY_OF, LEFT, NOT_ACTIVE, POSTS
from workforce_metrics.loaders.snapshots.periods import check_period_format

__all__ = ["ROLES", "Settings", "checked_settings", "memory_bytes"]

ROLES = ("person_id", "period", "organisation", "staff_group", "active", "fte", "joined", "birth_date", "post")
"""What a column can be declared to be; person_id is needed, and period unless `period_from` says it."""

IN_THE_REGISTER = ("person_id", "period", "organisation", "staff_group", "joined")
_REGISTER_COLUMNS = frozenset(
    {"person_id", "joined", "left", "reason", "organisation", "staff_group", "seen_from", "last_seen", "first_missing"}
)
_MEMORY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(I?)B\s*", re.IGNORECASE)
_LEAST_MEMORY = 64 << 20
_MOST_GAPS = 1_000


@dataclass(frozen=True)
class Settings:
    """What was asked of a source of snapshots; each field as the argument of `read_snapshots`.

    Parameters
    ----------
    columns : mapping of str to str
        Role to column.
    definitions, covariates, date_formats : tuple of str
    sentinels : frozenset of int
        Days since 1970-01-01 that stand for no date.
    active_values : frozenset of str or None
    memory_limit : int
        Bytes.
    """

    columns: Mapping[str, str]
    definitions: tuple[str, ...]
    posts: str
    gap_periods: int
    dated_at: str
    covariates: tuple[str, ...]
    changes: bool
    period_format: str | None
    period_from: str | None
    month_day: str
    date_formats: tuple[str, ...]
    sentinels: frozenset[int]
    active_values: frozenset[str] | None
    fte_max: float
    min_recurring: float
    memory_limit: int
    spill_folder: Path | None
    progress: bool
    encoding: str | None
    delimiter: str | None

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns of the source that are read, each once, but for the period's."""
        roles = [name for role, name in self.columns.items() if role != "period"]
        return tuple(dict.fromkeys([*roles, *self.covariates]))

    @property
    def plain(self) -> frozenset[str]:
        """Columns of which most texts differ."""
        return frozenset(self.columns[role] for role in ("person_id", "post") if role in self.columns)

    def options(self) -> dict[str, object]:
        """Return what was asked as plain values, for the register's provenance."""
        return {
            "columns": dict(self.columns),
            "posts": self.posts,
            "gap_periods": self.gap_periods,
            "dated_at": self.dated_at,
            "covariates": list(self.covariates),
            "month_day": self.month_day,
            "fte_max": self.fte_max,
            "active_values": None if self.active_values is None else sorted(self.active_values),
        }


def checked_settings(
    *,
    columns: Mapping[str, str],
    definitions: Sequence[str] | str,
    posts: str,
    gap_periods: int,
    dated_at: str,
    covariates: Sequence[str] | str,
    period_format: str | None,
    period_from: str | None,
    month_day: str,
    date_formats: str | Sequence[str],
    sentinel_dates: Sequence[str | date],
    active_values: Sequence[object] | None,
    fte_max: float,
    min_recurring: float,
    memory_limit: str | int,
    spill_folder: str | Path | None,
    progress: bool,
    encoding: str | None,
    delimiter: str | None,
    changes: bool = False,
) -> Settings:
    """Return the arguments as they are used.

    Raises
    ------
    InvalidArgumentError
        Naming the argument that does not fit, or that another one needs.
    """
    roles = _roles(columns)
    asked = _definitions(definitions, roles)
    _one_of("posts", posts, POSTS)
    if posts == "largest_fte" and "fte" not in roles:
        fix = "map 'fte' in columns, or choose posts='first' or posts='all'"
        raise InvalidArgumentError("posts", "a column for 'fte' with 'largest_fte'", "none", fix)
    if not _is_whole(gap_periods) or not 0 <= gap_periods <= _MOST_GAPS:
        raise InvalidArgumentError("gap_periods", "a whole number of snapshots, 0 or more", shown(gap_periods), "try 1")
    _one_of("dated_at", dated_at, ("middle", "end"))
    _one_of("month_day", month_day, ("last", "first"))
    if not is_share(min_recurring):
        raise InvalidArgumentError("min_recurring", "a share from 0 to 1", shown(min_recurring), "for example 0.5")
    if isinstance(fte_max, bool) or not isinstance(fte_max, (int, float)) or not 0 < fte_max < np.inf:
        raise InvalidArgumentError("fte_max", "a number above 0", shown(fte_max), "for example 2")
    check_optional_text(period_format, "period_format", expected="a format of dates", fix="for example '%Y%m'")
    check_optional_text(period_from, "period_from", expected="a pattern of names", fix="for example 'staff_%Y-%m.csv'")
    check_period_format(period_format)
    if period_from is None and "period" not in roles:
        raise InvalidArgumentError(
            "columns", "a column for 'period'", "none", "add 'period', or say where it stands in period_from"
        )
    if period_from is not None and "%" not in period_from:
        fix = "write for example 'staff_%Y-%m.csv'; a folder named period=2025-03-31 needs columns={'period': 'period'}"
        raise InvalidArgumentError("period_from", "a pattern of file names with a date in it", shown(period_from), fix)
    days = listed(sentinel_dates, "sentinel_dates", expected="dates", fix="for example ['1900-01-01']")
    return Settings(
        columns=roles,
        definitions=asked,
        posts=posts,
        gap_periods=int(gap_periods),
        dated_at=dated_at,
        covariates=_covariates(covariates, roles),
        changes=bool(changes),
        period_format=period_format,
        period_from=period_from,
        month_day=month_day,
        date_formats=check_formats(date_formats),
        sentinels=frozenset(as_day(day, "sentinel_dates") for day in days),
        active_values=_active_values(active_values, roles),
        fte_max=float(fte_max),
        min_recurring=float(min_recurring),
        memory_limit=memory_bytes(memory_limit),
        spill_folder=None if spill_folder is None else Path(spill_folder),
        progress=bool(progress),
        encoding=encoding,
        delimiter=delimiter,
    )


def memory_bytes(limit: str | int) -> int:
    """Return a limit such as "1GB" or 500_000_000 in bytes; KB, MB, GB count by 1000, KiB, MiB, GiB by 1024.

    Raises
    ------
    InvalidArgumentError
        If it is neither, or less than any source can be read in.

    Examples
    --------
    >>> memory_bytes("1GB"), memory_bytes("512 MiB")
    (1000000000, 536870912)
    """
    found = _MEMORY.fullmatch(limit) if isinstance(limit, str) else None
    if found:
        step = 1024 if found[3] else 1000
        n_bytes = int(float(found[1]) * step ** " KMGT".index(found[2].upper() or " "))
    elif isinstance(limit, (int, np.integer)) and not isinstance(limit, bool):
        n_bytes = int(limit)
    else:
        raise InvalidArgumentError("memory_limit", "a size", shown(limit), "write for example '1GB'")
    if n_bytes < _LEAST_MEMORY:
        raise InvalidArgumentError("memory_limit", "64 MiB or more", shown(limit), "write for example '1GB'")
    return n_bytes


def _roles(columns: Mapping[str, str]) -> dict[str, str]:
    fix = "write {'person_id': ..., 'period': ...}"
    check_mapping(columns, "columns", expected="a mapping of role to column name", fix=fix)
    for role in columns:
        if role not in ROLES:
            expected = f"roles among {', '.join(ROLES)}"
            raise InvalidArgumentError("columns", expected, shown(role), close_names(role, ROLES))
    if "person_id" not in columns:
        raise InvalidArgumentError("columns", "a column for 'person_id'", "none", "add 'person_id': its column's name")
    roles = {role: str(columns[role]) for role in ROLES if role in columns}
    refuse_two_roles(roles)
    return roles


def _definitions(definitions: Sequence[str] | str, roles: Mapping[str, str]) -> tuple[str, ...]:
    fix = f"choose {', '.join(map(repr, DEFINITIONS))}"
    asked = listed(definitions, "definition", expected="what leaving means", fix=fix)
    if not asked or len(set(map(str, asked))) < len(asked):
        raise InvalidArgumentError("definitions", "different definitions", f"{len(asked)} of them", fix)
    for definition in asked:
        if not isinstance(definition, str) or definition not in KEY_OF:
            raise InvalidArgumentError("definition", "one that is known", shown(definition), fix)
        role = "active" if definition == NOT_ACTIVE else KEY_OF[definition]
        if role is not None and role not in roles:
            raise InvalidArgumentError(
                "columns", f"a column for {role!r} with {definition!r}", "none", f"map it, or choose {LEFT!r}"
            )
    return tuple(map(str, asked))


def _covariates(covariates: Sequence[str] | str, roles: Mapping[str, str]) -> tuple[str, ...]:
    names = listed(covariates, "covariates", expected="names of columns", fix="for example ['grade']")
    for name in names:
        if not isinstance(name, str):
            raise InvalidArgumentError("covariates", "names of columns", shown(name), "for example ['grade']")
        role = next((role for role in IN_THE_REGISTER if roles.get(role) == name), None)
        if role is not None:
            fix = "leave it out" if role != "period" else "the register has seen_from"
            raise InvalidArgumentError("covariates", "columns that are not in the register anyway", f"{role!r}", fix)
        if name in _REGISTER_COLUMNS:
            raise InvalidArgumentError(
                "covariates", "names the register does not use", repr(name), "rename that column"
            )
    return tuple(dict.fromkeys(map(str, names)))


def _active_values(values: Sequence[object] | None, roles: Mapping[str, str]) -> frozenset[str] | None:
    if values is None:
        return None
    if "active" not in roles:
        raise InvalidArgumentError("active_values", "a column for 'active'", "none", "map 'active' in columns")
    asked = listed(values, "active_values", expected="values that mean active", fix="for example ['Active']")
    return frozenset(str(value).strip() for value in asked)


def _one_of(argument: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidArgumentError(argument, f"one of {', '.join(map(repr, allowed))}", shown(value), "choose one")


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
