"""Results into files that others read: only what went through disclosure control, with what was done beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from workforce_metrics.errors import InvalidArgumentError, MissingDependencyError
from workforce_metrics.results import Result
from workforce_metrics.whole_files import refuse_no_folder, write_whole

__all__ = ["write_result"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet takes a text for a formula."""

LEAST_WORDS = 3
"""Of a reason for publishing what was not suppressed."""


def write_result(result: Result, path: str | os.PathLike[str], *, unsuppressed: str | None = None) -> Path:
    """Write a result that went through disclosure control, as CSV, Excel or HTML.

    Parameters
    ----------
    result : Result
        What `suppress` returned.
    path : str or path
        The end of its name says what is written: ``.csv`` (UTF-8, the provenance beside it in a file of the same name
        and ``.provenance.json``), ``.xlsx`` (the provenance on a second sheet; needs openpyxl) or ``.html`` (a page).
    unsuppressed : str, optional
        Why a result that did not go through `suppress` may be written all the same, in words of your own; they are
        written into the provenance.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InvalidArgumentError
        If the result did not go through `suppress` and nobody said why that is right, or the name ends otherwise.
    MissingFileError
        If the folder is not there.
    MissingDependencyError
        If openpyxl is not installed and ``.xlsx`` is asked for.
    PermissionError
        If the folder cannot be written into.

    Notes
    -----
    Texts that a spreadsheet would run as formulas (they begin with ``=``, ``+``, ``-``, ``@`` or white space that it
    skips) have an apostrophe before them. In HTML every text is escaped. A file is written under another name and then
    renamed, so that none is ever half written; one that was there before is replaced.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> staff = pd.DataFrame({"team": ["=a"] * 28 + ["b"] * 40, "hours": [30.0, 40.0] * 34})
    >>> safe = wm.suppress(wm.estimate(staff, "hours", by="team"))
    >>> folder = tempfile.TemporaryDirectory()
    >>> print(wm.write_result(safe, f"{folder.name}/hours.csv").read_text()[:38])
    team,indicator,estimate,std_error,conf
    >>> folder.cleanup()
    """
    target = Path(path)
    _refuse_unsafe(result, unsuppressed)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise InvalidArgumentError(
            "path", f"a name that ends in {', '.join(WRITERS)}", repr(target.suffix), "choose one"
        )
    refuse_no_folder(target)
    provenance = {name: value for name, value in result.provenance.items() if value is not None}
    if unsuppressed is not None:
        provenance["unsuppressed"] = unsuppressed
    made: dict[str, object] = {
        name: value if isinstance(value, bool | int | float) else str(value) for name, value in provenance.items()
    }
    writer(_harmless(result.frame), made, target)
    return target


def _refuse_unsafe(result: object, unsuppressed: str | None) -> None:
    if not isinstance(result, Result):
        raise InvalidArgumentError("result", "a result", f"a {type(result).__name__}", "pass what suppress returned")
    if unsuppressed is not None:
        if not isinstance(unsuppressed, str) or len(unsuppressed.split()) < LEAST_WORDS:
            raise InvalidArgumentError(
                "unsuppressed", "a reason in a few words", repr(unsuppressed),
                "write unsuppressed='counts of published reports, checked by ...'",
            )  # fmt: skip
        return
    if "suppressed_rows" not in result.provenance or "suppressed" not in result.table:
        raise InvalidArgumentError(
            "result", "one that went through suppress", "one that did not",
            "write wm.suppress(result), or say in unsuppressed='...' why it may be published as it is",
        )  # fmt: skip


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, names of columns too, no spreadsheet takes for formulas."""
    made = frame.copy()
    for name in made.columns:
        if not (pd.api.types.is_numeric_dtype(made[name]) or pd.api.types.is_datetime64_any_dtype(made[name])):
            made[name] = made[name].astype(object).map(_as_text, na_action="ignore")
    return made.rename(columns=_as_text)


def _as_text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _write_csv(frame: pd.DataFrame, provenance: dict[str, object], target: Path) -> None:
    beside = target.with_name(f"{target.stem}.provenance.json")
    text = json.dumps(provenance, indent=2, ensure_ascii=False) + "\n"
    write_whole(beside, lambda part: part.write_text(text, encoding="utf-8"))
    write_whole(target, lambda part: frame.to_csv(part, index=False, encoding="utf-8", lineterminator="\n"))


def _write_html(frame: pd.DataFrame, provenance: dict[str, object], target: Path) -> None:
    table = frame.to_html(index=False, escape=True, na_rep="", border=0)
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in provenance.items())
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Result</title></head>\n'
        f"<body>\n{table}\n<dl>{rows}</dl>\n</body></html>\n"
    )
    write_whole(target, lambda part: part.write_text(page, encoding="utf-8"))


def _write_excel(frame: pd.DataFrame, provenance: dict[str, object], target: Path) -> None:
    try:
        from openpyxl import Workbook
    except ImportError:
        raise MissingDependencyError(
            "path", "openpyxl, which writes .xlsx", "no such package",
            "pip install 'workforce-metrics[excel]', or write .csv",
        ) from None  # fmt: skip
    book = Workbook()
    sheet = book.active
    sheet.title = "result"
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False, name=None):
        sheet.append([_as_cell(value) for value in row])
    beside = book.create_sheet("provenance")
    for name, value in provenance.items():
        beside.append([_as_text(name), _as_text(value)])
    write_whole(target, book.save)


def _as_cell(value: object) -> object:
    """Return a value as Excel stores it: what is missing as an empty cell."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | pd.Timestamp) else str(value)


WRITERS: dict[str, Callable[[pd.DataFrame, dict[str, object], Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_excel,
    ".html": _write_html,
}
