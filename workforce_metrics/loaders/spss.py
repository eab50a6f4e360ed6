"""SPSS files: codes instead of labels, and the values that the file itself declares missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.errors import FileFormatError, MissingDependencyError

__all__ = ["SpssFile", "read_spss"]


@dataclass(frozen=True)
class SpssFile:
    """The columns of an SPSS file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Shape (n_rows, n_columns): codes, missing where the file declares a value missing.
    as_stored : mapping of str to pandas.Series
        The columns with declared missing values, each of shape (n_rows,), with those values still in them.
    """

    frame: pd.DataFrame
    as_stored: Mapping[str, pd.Series]


def read_spss(path: Path) -> SpssFile:
    """Read a ``.sav`` or ``.zsav`` file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SpssFile

    Raises
    ------
    MissingDependencyError
        If pyreadstat is not installed.
    FileFormatError
        If the file is none of SPSS.

    Notes
    -----
    Analysts declare "don't know" missing as well as "no answer". What a value is belongs to the codebook, so both
    readings are kept.
    """
    try:
        import pyreadstat
    except ImportError as error:
        raise MissingDependencyError(
            path.name, "the package pyreadstat", "none", "pip install 'workforce-metrics[spss]'"
        ) from error
    try:
        stored, about = pyreadstat.read_sav(str(path), apply_value_formats=False, user_missing=True)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError) as error:
        raise FileFormatError(
            path.name, "an SPSS file", "something else or damaged", "export the file again"
        ) from error
    declared = {name: _in_ranges(stored[name], ranges) for name, ranges in about.missing_ranges.items() if ranges}
    frame = stored.assign(**{name: stored[name].mask(absent) for name, absent in declared.items()})
    return SpssFile(frame, {name: stored[name] for name in declared})


def _in_ranges(column: pd.Series, ranges: Sequence[Any]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(column), dtype=bool)
    for limits in ranges:
        inside |= column.between(limits["lo"], limits["hi"]).to_numpy(dtype=bool, na_value=False)
    return inside
