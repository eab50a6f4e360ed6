"""A register as one Parquet file: spells, and beside them the definition, the window, the report and the provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from workforce_metrics.errors import FileFormatError
from workforce_metrics.extracts import LoadReport, Register
from workforce_metrics.snapshot_report import CountedReport, SnapshotReport
from workforce_metrics.typed_columns import frame_as_text, frame_of_text
from workforce_metrics.typed_parquet import Facts, facts_of, read_typed, write_all_typed

__all__ = ["REGISTER", "SpellFacts", "read_register_file", "spell_facts", "write_register"]

REGISTER = "register"
"""What such a file says that it holds."""

CHANGES = "changes of a register"
REPORTS = {kind.__name__: kind for kind in (LoadReport, SnapshotReport, CountedReport)}


@dataclass(frozen=True)
class SpellFacts:
    """What spells mean: all that is needed to put them on the clock.

    Parameters
    ----------
    definition : str or None
    observed_from, observed_to : str or None
        ISO dates; `observed_from` is None where every leaving since the first joining would have been seen.
    provenance : mapping
    """

    definition: str | None
    observed_from: str | None
    observed_to: str
    provenance: Mapping[str, object]


def write_register(register: Register, path: Path) -> Path:
    """Write a register to Parquet, whole or not at all.

    Dates are written as dates and categories as text, so that DuckDB, Polars, Spark and R read them as such. What
    spells said at each change (`Register.changes`) stands in a file of its own beside it,
    ``_<name>.changes.parquet``: readers of a folder pass over names that begin with an underscore.

    Parameters
    ----------
    register : Register
    path : pathlib.Path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    MissingFileError, PermissionError, InvalidDataError
        If the folder is not there or cannot be written into, or a column holds values of several kinds.

    Examples
    --------
    >>> import tempfile
    >>> import workforce_metrics as wm
    >>> rows = pd.DataFrame({"PIN": ["1", "2"], "on": ["2014-06-01", "2016-02-29"], "off": ["2019-06-01", None]})
    >>> register = wm.read_register(rows, columns={"person_id": "PIN", "joined": "on", "left": "off"},
    ...     observed_from=None, observed_to="2025-03-31", date_formats="%Y-%m-%d", definition="left the register")
    >>> folder = tempfile.TemporaryDirectory()
    >>> wm.Register.from_parquet(register.to_parquet(f"{folder.name}/register.parquet"))
    <Register left the register: 2 spells, 1 left, observed from the start to 2025-03-31>
    >>> folder.cleanup()
    """
    said = {
        "definition": register.definition,
        "observed_from": None if pd.isna(register.observed_from) else str(register.observed_from.date()),
        "observed_to": str(register.observed_to.date()),
        "provenance": dict(register.provenance),
        "report": _report_as_text(register.report),
        "has_changes": register.changes is not None,
    }
    files = {path: (register.table, REGISTER, said)}
    if register.changes is not None:
        files[_beside(path)] = (register.changes, CHANGES, {"n_spells": len(register.table)})
    write_all_typed(files)
    return path


def read_register_file(path: Path) -> Register:
    """Read the register that `write_register` wrote.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    Register

    Raises
    ------
    MissingFileError, FileFormatError
        If the file is not there, damaged, or not a register that this library wrote.
    """
    table, facts = read_typed(path, kind=REGISTER)
    means = _means(facts, path.name)
    start: Any = pd.NaT if means.observed_from is None else pd.Timestamp(means.observed_from)
    return Register(
        table,
        means.definition or "",
        start,
        pd.Timestamp(means.observed_to),
        _report_of_text(facts.said["report"], path.name),
        means.provenance,
        _changes_of(path, len(table)) if facts.said.get("has_changes") else None,
    )


def spell_facts(schema: pa.Schema, name: str) -> tuple[Facts, SpellFacts] | None:
    """Return what the schema of a file says of its spells; None where this library did not write it."""
    facts = facts_of(schema, name, kind=REGISTER)
    if facts is None:
        return None
    return facts, _means(facts, name)


def _beside(path: Path) -> Path:
    return path.with_name(f"_{path.stem}.changes.parquet")


def _changes_of(path: Path, n_spells: int) -> pd.DataFrame:
    changes, facts = read_typed(_beside(path), kind=CHANGES)
    if facts.said.get("n_spells") != n_spells:
        raise FileFormatError(
            _beside(path).name,
            f"the changes of the spells in {path.name}",
            "those of others",
            "write the register again",
        )
    return changes


def _report_as_text(report: LoadReport) -> dict[str, object]:
    """Return a report's fields as JSON holds them, tables as tables."""
    values = {one.name: getattr(report, one.name) for one in fields(report)}
    frames = {name: frame_as_text(value) for name, value in values.items() if isinstance(value, pd.DataFrame)}
    return {
        "class": type(report).__name__,
        "frames": frames,
        "values": {k: v for k, v in values.items() if k not in frames},
    }


def _report_of_text(text: Mapping[str, Any], name: str) -> LoadReport:
    kind = REPORTS.get(str(text["class"]))
    if kind is None:
        raise FileFormatError(name, "a report that this version knows", "another", "update the package")
    frames: dict[str, Any] = {key: frame_of_text(frame) for key, frame in text["frames"].items()}
    made: LoadReport = kind(**text["values"], **frames)
    return made


def _means(facts: Facts, name: str) -> SpellFacts:
    try:
        said: Mapping[str, Any] = facts.said
        return SpellFacts(said["definition"], said["observed_from"], said["observed_to"], said["provenance"])
    except KeyError:
        raise FileFormatError(
            name, "a definition and a window beside the spells", "none", "write it with Register.to_parquet"
        ) from None
