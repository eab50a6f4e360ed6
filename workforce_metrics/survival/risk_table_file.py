"""A risk table as one Parquet file that comes back exactly as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import FileFormatError
from workforce_metrics.survival.counting import RiskCounts
from workforce_metrics.survival.risk_table import RiskTable
from workforce_metrics.typed_columns import frame_as_text, frame_of_text
from workforce_metrics.typed_parquet import read_typed, write_typed

__all__ = ["read_risk_table", "write_risk_table"]

KIND = "risk table"


def write_risk_table(table: RiskTable, path: Path) -> Path:
    """Write a risk table to Parquet, whole or not at all.

    The rows are those of `RiskTable.frame`, for any reader; beside them stand the groups, causes, unit and provenance.

    Parameters
    ----------
    table : RiskTable
    path : pathlib.Path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    MissingFileError, PermissionError, InvalidDataError
        If the folder is not there or cannot be written into, or a column of groups holds values of several kinds.

    Examples
    --------
    >>> import tempfile
    >>> import workforce_metrics as wm
    >>> table = wm.RiskTable.from_counts(wm.load_special_educators())
    >>> folder = tempfile.TemporaryDirectory()
    >>> wm.RiskTable.from_parquet(table.to_parquet(f"{folder.name}/teachers.parquet"))
    <RiskTable: 12 times, 1 group, 3,941 people, 2,207 left, time in years>
    >>> folder.cleanup()
    """
    counts, n_groups = table.counts, len(table.groups)
    said = {
        "groups": frame_as_text(table.groups),
        "group_people": counts.group_people.tolist(),
        "group_rows": np.bincount(counts.group, minlength=n_groups).tolist(),
        "causes": table.causes,
        "time_type": str(counts.time.dtype),
        "time_unit": table.time_unit,
        "is_weighted": table.is_weighted,
        "provenance": dict(table.provenance),
    }
    return write_typed(table.frame, path, kind=KIND, said=said)


def read_risk_table(path: Path) -> RiskTable:
    """Read the risk table that `write_risk_table` wrote.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    RiskTable

    Raises
    ------
    MissingFileError, FileFormatError
        If the file is not there, damaged, or not a risk table that this library wrote.
    """
    frame, facts = read_typed(path, kind=KIND)
    said = facts.said
    try:
        causes, people = tuple(said["causes"]), np.array(said["group_people"], dtype=np.int64)
        group = np.repeat(np.arange(len(people)), said["group_rows"]).astype(np.int64)
        rows: Any = frame.iloc[:: len(causes)]

        def column(name: str) -> npt.NDArray[np.float64]:
            return np.asarray(rows[name].to_numpy(dtype=np.float64))

        counts = RiskCounts(
            group=group,
            time=column("time").astype(said["time_type"]),
            n_risk=column("n_risk"),
            n_event=frame["n_event"].to_numpy(dtype=np.float64).reshape(len(group), len(causes)),
            n_censor=column("n_censor"),
            n_entry=column("n_entry"),
            n_people=rows["n"].to_numpy(dtype=np.int64),
            group_people=people,
        )
        return RiskTable(
            counts=counts,
            groups=frame_of_text(said["groups"]),
            causes=causes,
            time_unit=said["time_unit"],
            is_weighted=said["is_weighted"],
            provenance=said["provenance"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise FileFormatError(path.name, "all of a risk table", "a part of one", "write it again") from error
