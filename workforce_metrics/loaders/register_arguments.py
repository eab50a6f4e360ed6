"""The arguments of `read_register`: checked before a row is looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from workforce_metrics.errors import InvalidArgumentError, MissingColumnError, close_names
from workforce_metrics.loaders.arguments import (
    AS_IN_THE_HEADER,
    check_mapping,
    is_share,
    listed,
    refuse_two_roles,
    shown,
)
from workforce_metrics.loaders.spells import OPEN

__all__ = ["ROLES", "carried_columns", "check_policy", "roles_of", "within_columns"]

ROLES = ("person_id", "joined", "left", "reason", "snapshot")
"""What a column can be declared to be; the first two are needed."""

Columns = Mapping[str, pa.ChunkedArray]


def check_policy(definition: str, rejoin_within_days: int, zero_length: str, min_recurring: float) -> None:
    """Refuse a policy that does not say what it must.

    Raises
    ------
    InvalidArgumentError
        Naming the argument.
    """
    if not isinstance(definition, str) or not definition.strip():
        raise InvalidArgumentError(
            "definition", "what leaving means, in words", shown(definition), "for example 'left the register'"
        )
    whole = isinstance(rejoin_within_days, (int, np.integer)) and not isinstance(rejoin_within_days, bool)
    if not whole or not 0 <= rejoin_within_days < OPEN:
        raise InvalidArgumentError(
            "rejoin_within_days", "a whole number of days, 0 or more", shown(rejoin_within_days), "for example 183"
        )
    if not isinstance(zero_length, str) or zero_length not in {"set_aside", "one_day"}:
        raise InvalidArgumentError("zero_length", "'set_aside' or 'one_day'", shown(zero_length), "choose one")
    if not is_share(min_recurring):
        raise InvalidArgumentError("min_recurring", "a share from 0 to 1", shown(min_recurring), "for example 0.5")


def roles_of(columns: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """Return role to column name, each of them there and used once.

    Raises
    ------
    InvalidArgumentError
        If a role is unknown, a needed one is not declared, or a column has two.
    MissingColumnError
        If a column is not there; names like it are suggested.
    """
    check_mapping(
        columns, "columns", expected="a mapping of role to column name", fix="write {'person_id': ..., 'joined': ...}"
    )
    for role in columns:
        if role not in ROLES:
            raise InvalidArgumentError(
                "columns", f"roles among {', '.join(ROLES)}", shown(role), close_names(role, ROLES)
            )
    for role in ROLES[:2]:
        if role not in columns:
            raise InvalidArgumentError("columns", f"a column for {role!r}", "none", f"add {role!r}: its column's name")
    roles = {role: str(name).strip() for role, name in columns.items()}
    for role, name in roles.items():
        _refuse_absent(f"columns[{role!r}]", name, there)
    refuse_two_roles(roles)
    return roles


def _refuse_absent(argument: str, name: str, there: Collection[str]) -> None:
    if name not in there:
        fix = close_names(name, there, otherwise=AS_IN_THE_HEADER)
        raise MissingColumnError(argument, "a column of the source", f"{name!r}, not there", fix)


def carried_columns(source: Columns, roles: Mapping[str, str]) -> dict[str, pa.ChunkedArray]:
    """Return the columns without a role, none of them under a name that the register itself uses.

    Raises
    ------
    InvalidArgumentError
        If such a name is in the way.
    """
    others = {name: column for name, column in source.items() if name not in roles.values()}
    for name in others:
        if name in ROLES[:4]:
            raise InvalidArgumentError(
                "columns", f"the column {name!r} under a role or another name", "neither", "declare or rename it"
            )
    return others


def within_columns(within: str | Sequence[str] | None, source: Columns, roles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns within which spells are merged, each of them there and without a role.

    Raises
    ------
    MissingColumnError, InvalidArgumentError
        If one is not there, or has a role.
    """
    names = []
    for name in listed(within, "within", expected="names of columns", fix="for example within='organisation'"):
        if not isinstance(name, str):
            raise InvalidArgumentError("within", "names of columns", shown(name), "for example within='organisation'")
        names.append(name.strip())
    for name in names:
        _refuse_absent("within", name, source)
        if name in roles.values():
            raise InvalidArgumentError(
                "within", "columns without a role", repr(name), "name for example the employer's"
            )
    return tuple(names)
