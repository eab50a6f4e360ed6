"""Model cells as one Parquet file that comes back exactly as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workforce_metrics.errors import FileFormatError
from workforce_metrics.survival.discrete_hazard.cells import Cells, Tally
from workforce_metrics.survival.discrete_hazard.model_cells import ModelCells
from workforce_metrics.typed_columns import frame_as_text, frame_of_text
from workforce_metrics.typed_parquet import read_typed, write_typed

__all__ = ["read_model_cells", "write_model_cells"]

KIND = "model cells"
BY_PATTERN = ("n_spells", "n_at_risk", "n_used", "weight_sum")
AS_IT_IS = ("interval", "incomplete", "time_unit", "is_weighted")


def write_model_cells(cells: ModelCells, path: Path) -> Path:
    """Write model cells to Parquet, whole or not at all: the patterns as rows, the counts beside them.

    Parameters
    ----------
    cells : ModelCells
    path : pathlib.Path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    MissingFileError, PermissionError, InvalidDataError
        If the folder is not there or cannot be written into, or a covariate holds values of several kinds.

    Examples
    --------
    >>> import tempfile
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"year": [1, 2, 2, 3], "left": [True, True, False, True], "site": list("abab")})
    >>> cells = wm.model_cells(wm.Cohort.from_frame(staff, duration="year", event="left", time_unit="years"), "site")
    >>> folder = tempfile.TemporaryDirectory()
    >>> read_model_cells(write_model_cells(cells, Path(folder.name) / "cells.parquet"))
    <ModelCells: 2 patterns of site, 3 intervals, 4 spells, 3 left, time in years>
    >>> folder.cleanup()
    """
    tallies = (cells.cells.change, *cells.cells.event)
    said: dict[str, Any] = {
        "by_pattern": frame_as_text(pd.DataFrame({name: getattr(cells, name) for name in BY_PATTERN})),
        "tallies": {
            str(place): frame_as_text(pd.DataFrame({"cell": tally.cell, "amount": tally.amount}))
            for place, tally in enumerate(tallies)
        },
        "ends": cells.ends.tolist(),
        "causes": cells.causes,
        "leavings": cells.leavings.tolist(),
        "provenance": dict(cells.provenance),
        **{name: getattr(cells, name) for name in AS_IT_IS},
    }
    return write_typed(cells.patterns, path, kind=KIND, said=said)


def read_model_cells(path: Path) -> ModelCells:
    """Read the model cells that `write_model_cells` wrote.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    ModelCells

    Raises
    ------
    MissingFileError, FileFormatError
        If the file is not there, damaged, or not of model cells that this library wrote.
    """
    patterns, facts = read_typed(path, kind=KIND)
    said = facts.said
    try:
        n_periods, counts = len(said["ends"]), frame_of_text(said["by_pattern"])
        tables = [frame_of_text(said["tallies"][str(place)]) for place in range(len(said["tallies"]))]
        change, *event = (
            Tally(table["cell"].to_numpy(), table["amount"].to_numpy(), n_periods + (place == 0))
            for place, table in enumerate(tables)
        )
        as_they_are: dict[str, Any] = {name: said[name] for name in AS_IT_IS}
        by_pattern: dict[str, Any] = {name: counts[name].to_numpy() for name in BY_PATTERN}
        return ModelCells(
            patterns=patterns if len(patterns.columns) else pd.DataFrame(index=pd.RangeIndex(len(counts))),
            **by_pattern,
            cells=Cells(len(counts), n_periods, change, tuple(event)),
            ends=np.array(said["ends"], dtype=np.float64),
            causes=tuple(said["causes"]),
            leavings=np.array(said["leavings"], dtype=np.int64),
            provenance=said["provenance"],
            **as_they_are,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise FileFormatError(path.name, "all of some model cells", "a part of them", "write it again") from error
