"""What extracts, tables and results were made from: inputs with their rows, options, the package's version."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from workforce_metrics.errors import InvalidDataError

__all__ = [
    "DATA_FRAME",
    "INPUTS",
    "VERSION",
    "Input",
    "from_json",
    "frozen",
    "inputs_of",
    "made_from",
    "one_line",
    "origin_of",
    "package_version",
    "plain",
    "provenance_of",
    "to_json",
    "united_inputs",
    "without_counts",
]

INPUTS, VERSION = "inputs", "version"
"""Under which names a provenance holds its inputs (a tuple of `Input`) and the version of the package."""

ORIGIN = (VERSION, INPUTS, "definition", "observed_from", "observed_to")
DATA_FRAME = "data frame"
"""What provenance calls data that came as a frame."""

DISTRIBUTION = "workforce-metrics"


@dataclass(frozen=True)
class Input:
    """One source: its name and rows, and how it was read.

    Parameters
    ----------
    name : str
        Name of the file without its folder, or what else it was ("data frame").
    n_read, n_kept : int or None
        Rows in the source, and those whose information was used; None where disclosure control took them out.
    unit : str
        What was counted, if not rows.
    options : tuple of (str, object)
        How it was read, as far as that can change a number; None is left out.

    Examples
    --------
    >>> print(Input("register.csv", 1204, 1190, options=(("rejoin_within_days", 183),)))
    register.csv: 1,204 rows read, 1,190 kept; rejoin_within_days=183
    """

    name: str
    n_read: int | None
    n_kept: int | None
    unit: str = "rows"
    options: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        size = "" if self.n_read is None else f": {self.n_read:,} {self.unit} read, {self.n_kept:,} kept"
        return "; ".join([f"{self.name}{size}", *(f"{key}={value}" for key, value in self.options)])


def made_from(
    name: str,
    n_read: int,
    n_kept: int | None = None,
    *,
    unit: str = "rows",
    options: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the provenance of what was made from one source: the source itself, and the version of the package.

    Parameters
    ----------
    name : str
        Name of the file, "data frame", or what else the source is. A folder before the name is left out.
    n_read : int
        Rows in the source.
    n_kept : int, optional
        Rows whose information was used; all, if not given.
    unit : str
        What was counted, if not rows.
    options : mapping of str to object, optional
        How it was read, as far as that can change a number. No clock, no path, no person.

    Returns
    -------
    dict of str to object
        To be handed on, with more items, by everything that is made from it.

    Examples
    --------
    >>> made_from("folder/register.csv", 1204, 1190, options={"within": None})["inputs"]
    (Input(name='register.csv', n_read=1204, n_kept=1190, unit='rows', options=()),)
    """
    kept = int(n_read) if n_kept is None else int(n_kept)
    said = tuple((key, frozen(plain(value))) for key, value in (options or {}).items() if value is not None)
    own_name = name.replace("\\", "/").rpartition("/")[2]
    return {INPUTS: (Input(own_name, int(n_read), kept, unit, said),), VERSION: package_version()}


def provenance_of(data: object, n_rows: int) -> dict[str, object]:
    """Return the provenance that an extract, a table or a result carries; a data frame is a source itself.

    Examples
    --------
    >>> import pandas as pd
    >>> provenance_of(pd.DataFrame({"tired": [1, 2]}), 2)["inputs"]
    (Input(name='data frame', n_read=2, n_kept=2, unit='rows', options=()),)
    """
    carried = getattr(data, "provenance", None)
    return dict(carried) if isinstance(carried, Mapping) else made_from(DATA_FRAME, n_rows)


def origin_of(provenance: Mapping[str, object]) -> dict[str, object]:
    """Return the items that hold for whatever is made of the same data: inputs, version, definition and window.

    Examples
    --------
    >>> origin_of({"definition": "left the register", "conf_level": 0.95})
    {'definition': 'left the register'}
    """
    return {name: provenance[name] for name in ORIGIN if name in provenance}


def one_line(provenance: Mapping[str, object]) -> list[str]:
    """Return what a one-line description says of a provenance: neither inputs nor version, nor what is None.

    Examples
    --------
    >>> one_line({**made_from("register.csv", 1204), "conf_level": 0.95, "strata": None})
    ['conf_level=0.95']
    """
    told = {key: value for key, value in provenance.items() if key not in (INPUTS, VERSION) and value is not None}
    return [f"{key}={value}" for key, value in told.items()]


def inputs_of(provenance: Mapping[str, object]) -> tuple[Input, ...]:
    """Return the inputs that a provenance names; none where it names none."""
    found = provenance.get(INPUTS, ())
    return tuple(one for one in found if isinstance(one, Input)) if isinstance(found, Iterable) else ()


def united_inputs(provenances: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Return the inputs of several together as one item of a provenance, in an order of their own; none without any.

    Examples
    --------
    >>> both = united_inputs([made_from("b.csv", 10), made_from("a.csv", 20)])
    >>> [(one.name, one.n_read) for one in both["inputs"]]
    [('a.csv', 20), ('b.csv', 10)]
    """
    every = [one for provenance in provenances for one in inputs_of(provenance)]
    return {INPUTS: tuple(sorted(every, key=_in_order))} if every else {}


def without_counts(provenance: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs of a provenance without their numbers of rows, as one item; none if it has none."""
    bare = tuple(replace(one, n_read=None, n_kept=None) for one in inputs_of(provenance))
    return {INPUTS: tuple(sorted(bare, key=_in_order))} if bare else {}


@cache
def package_version() -> str:
    """Return the version of this package as it was installed; "unknown" where it was not."""
    from importlib import metadata

    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"


def plain(value: object) -> object:
    """Return a value of a provenance as JSON holds it: what JSON has no word for becomes text.

    Examples
    --------
    >>> import pandas as pd
    >>> plain({"at": (1, 2.5), "from": pd.Timestamp("2024-04-01"), 5: float("inf")})
    {'at': [1, 2.5], 'from': '2024-04-01', '5': 'inf'}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dt.date):
        midnight = not isinstance(value, dt.datetime) or value.time() == dt.time()
        return value.strftime("%Y-%m-%d") if midnight else value.isoformat()
    if isinstance(value, Input):
        return _plain_input(value)
    return _plain_many(value)


def to_json(provenance: Mapping[str, object]) -> str:
    """Return a provenance as text: the same items in the same order give the same text; what is None is left out."""
    return json.dumps(plain({key: value for key, value in provenance.items() if value is not None}),
                      indent=2, ensure_ascii=False)  # fmt: skip


def from_json(text: str) -> dict[str, object]:
    """Return the provenance that `to_json` made text of; lists come back as tuples.

    Raises
    ------
    InvalidDataError
        If it is not such a text.

    Examples
    --------
    >>> made = made_from("register.csv", 1204, options={"date_formats": ["%Y-%m-%d"]})
    >>> from_json(to_json(made)) == made
    True
    """
    try:
        return dict(frozen(json.loads(text)))
    except (ValueError, AttributeError, KeyError, TypeError):
        raise InvalidDataError(
            "provenance", "the text of a provenance", "something else", "write the result again"
        ) from None


def _plain_input(one: Input) -> dict[str, object]:
    counts = {} if one.n_read is None else {"n_read": one.n_read, "n_kept": one.n_kept}
    unit = {} if one.unit == "rows" else {"unit": one.unit}
    options = {"options": {key: plain(value) for key, value in one.options}} if one.options else {}
    return {"name": one.name, **counts, **unit, **options}


def _plain_many(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)


def frozen(value: Any) -> Any:
    """Return a plain value with tuples for lists and `Input` records for inputs, all the way down."""
    if isinstance(value, dict):
        return {key: tuple(map(_input, item)) if key == INPUTS else frozen(item) for key, item in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def _input(found: Mapping[str, object]) -> Input:
    counts = [None if found.get(name) is None else int(str(found[name])) for name in ("n_read", "n_kept")]
    options = found.get("options", {})
    said = tuple((key, frozen(value)) for key, value in options.items()) if isinstance(options, Mapping) else ()
    return Input(str(found["name"]), counts[0], counts[1], str(found.get("unit", "rows")), said)


def _in_order(one: Input) -> tuple[str, int, int, str]:
    return one.name, -1 if one.n_read is None else one.n_read, -1 if one.n_kept is None else one.n_kept, str(one)
