"""Results read back from the files that `write_result` made, with what they say they were made from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from workforce_metrics.errors import (
    FileFormatError,
    InvalidArgumentError,
    InvalidDataError,
    MissingDependencyError,
    MissingFileError,
)
from workforce_metrics.estimation.file_cells import as_written, typed
from workforce_metrics.provenance import INPUTS, from_json
from workforce_metrics.results import Result

__all__ = ["PROVENANCE_SHEET", "RESULT_SHEET", "TABLE", "SavedResult", "beside", "read_result"]

TABLE = "table"
"""What a written provenance calls the description of the table: the kind of result, its groups and columns."""

RESULT_SHEET, PROVENANCE_SHEET = "result", "provenance"
WRITE_AGAIN = "write the result again with write_result"


@dataclass(frozen=True, repr=False, eq=False)
class SavedResult(Result):
    """A result that was written into a file; `read_result` makes it.

    It is for looking, comparing (`compare_runs`) and writing again. `suppress` refuses it: it no longer knows which of
    its estimates are shares.

    Parameters
    ----------
    table, by, provenance
        See `Result`; the provenance is that of the run that wrote it.
    kind : str
        What kind of result it was, such as "EstimateTable".
    """

    kind: str = "Result"

    def __post_init__(self) -> None:
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __repr__(self) -> str:
        return super().__repr__().replace(type(self).__name__, f"Saved {self.kind}", 1)


def read_result(path: str | os.PathLike[str]) -> SavedResult:
    """Read back a result that `write_result` wrote.

    Parameters
    ----------
    path : str or path
        The ``.csv`` file, with its ``.provenance.json`` beside it, or the ``.xlsx`` file (needs openpyxl).

    Returns
    -------
    SavedResult
        The same rows and columns and the same provenance. Categories come back as text, an empty text as missing;
        Excel keeps 15 digits of a number.

    Raises
    ------
    MissingFileError
        If the file is not there, or of a ``.csv`` not its provenance.
    InvalidArgumentError
        If the name ends otherwise; a ``.html`` page is for people.
    FileFormatError, InvalidDataError
        If the file was not written by `write_result` or was changed since, or the provenance beside it is another's.
    MissingDependencyError
        If openpyxl is not installed and the file is ``.xlsx``.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["01"] * 28 + ["02"] * 40, "hours": [30.0, 40.0] * 34})
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = wm.write_result(wm.suppress(wm.estimate(staff, "hours", by="team")), f"{folder.name}/hours.csv")
    >>> saved = wm.read_result(path)
    >>> saved.frame[["team", "estimate", "n"]]
      team  estimate   n
    0   01      35.0  28
    1   02      35.0  40
    >>> saved.provenance["inputs"][0].n_read
    68
    >>> folder.cleanup()
    """
    source = Path(path)
    reader = READERS.get(source.suffix.lower())
    if reader is None:
        raise InvalidArgumentError(
            "path", f"a name that ends in {', '.join(READERS)}", repr(source.suffix), "name the file that was written"
        )
    if not source.is_file():
        raise MissingFileError("path", "a file", f"nothing called {source.name!r}", "check the name and the folder")
    cells, provenance = reader(source)
    about = provenance.pop(TABLE, None)
    if not isinstance(about, Mapping) or not isinstance(about.get("columns"), Mapping):
        raise InvalidDataError("path", "a file that write_result wrote", "another", WRITE_AGAIN)
    kinds = {str(name): str(kind) for name, kind in about["columns"].items()}
    return SavedResult(typed(cells, kinds), tuple(about.get("by", ())), provenance, str(about.get("kind", "Result")))


def beside(path: Path) -> Path:
    """Return where the provenance of a CSV file stands.

    Examples
    --------
    >>> beside(Path("tired.csv")).name
    'tired.provenance.json'
    """
    return path.with_name(f"{path.stem}.provenance.json")


def _from_csv(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    if not beside(path).is_file():
        raise MissingFileError(
            "path", f"{beside(path).name!r} beside the table", "none", "keep the two together, or write them again"
        )
    cells = path.read_bytes()
    provenance = from_json(beside(path).read_text(encoding="utf-8"))
    about = provenance.get(TABLE)
    if isinstance(about, Mapping) and about.get("sha256") != hashlib.sha256(cells).hexdigest():
        raise InvalidDataError(
            "path", "the table that the provenance beside it describes", "another, or one that was changed", WRITE_AGAIN
        )
    try:
        table = pd.read_csv(io.BytesIO(cells), dtype=str, keep_default_na=False, na_values=[""], lineterminator="\n")
    except ValueError:  # pandas' errors of parsing are of this kind
        raise FileFormatError("path", "a CSV file", "something else", WRITE_AGAIN) from None
    return table, provenance


def _from_excel(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise MissingDependencyError(
            "path", "openpyxl, which reads .xlsx", "no such package",
            "pip install 'workforce-metrics[excel]', or read the .csv",
        ) from None  # fmt: skip
    try:
        book = load_workbook(path, data_only=True)
        header, *rows = book[RESULT_SHEET].iter_rows(values_only=True)
        lines = list(book[PROVENANCE_SHEET].iter_rows(values_only=True))
    except (InvalidFileException, KeyError, OSError, ValueError, zipfile.BadZipFile):
        raise FileFormatError("path", "a workbook that write_result wrote", "another file", WRITE_AGAIN) from None
    table = pd.DataFrame(rows, columns=pd.Index([str(name) for name in header]), dtype=object)
    return table.where(table.notna()), from_json(json.dumps(_items(lines)))


def _items(lines: Iterable[tuple[object, ...]]) -> dict[str, object]:
    """Return the items of a sheet of names and values, each input on a line of its own."""
    items: dict[str, object] = {}
    inputs = []
    for name, value, *_ in lines:
        nested = isinstance(value, str) and value.startswith(("[", "{"))
        found = json.loads(str(value)) if nested else as_written(value)
        if name == INPUTS:
            inputs.append(found)
        items[str(as_written(name))] = inputs if name == INPUTS else found
    return items


READERS = {".csv": _from_csv, ".xlsx": _from_excel}
