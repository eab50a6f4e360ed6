"""Results into files that others read: only what went through disclosure control, with what was done beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.file_cells import as_cell, as_text, harmless, kinds_of_columns, new_workbook
from workforce_metrics.estimation.saved_results import PROVENANCE_SHEET, RESULT_SHEET, TABLE, SavedResult, beside
from workforce_metrics.provenance import INPUTS, plain, to_json
from workforce_metrics.results import Result
from workforce_metrics.whole_files import refuse_no_folder, write_all_whole, write_whole

__all__ = ["check_target", "write_result"]

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
    renamed, so that none is ever half written; one that was there before is replaced. `read_result` gives what was
    written as ``.csv`` or ``.xlsx`` back; a ``.csv`` and a provenance of different results, or a ``.csv`` that was
    changed, it refuses.

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
    writer = WRITERS[check_target(target, tuple(WRITERS))]
    made = {name: value for name, value in result.provenance.items() if value is not None}
    if unsuppressed is not None:
        made["unsuppressed"] = unsuppressed
    frame = result.frame
    kind = result.kind if isinstance(result, SavedResult) else type(result).__name__
    table = {"kind": kind, "by": list(result.by), "columns": kinds_of_columns(frame)}
    writer(harmless(frame), {**made, TABLE: table}, target)
    return target


def check_target(target: Path, endings: Sequence[str]) -> str:
    """Return the end of a file's name in lower case; refuse another than `endings`, and a folder that is not there."""
    ending = target.suffix.lower()
    if ending not in endings:
        raise InvalidArgumentError(
            "path", f"a name that ends in {', '.join(endings)}", repr(target.suffix), "choose one"
        )
    refuse_no_folder(target)
    return ending


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


def _write_csv(frame: pd.DataFrame, provenance: dict[str, Any], target: Path) -> None:
    cells = frame.to_csv(index=False, lineterminator="\n").encode()
    table = {**provenance[TABLE], "sha256": hashlib.sha256(cells).hexdigest()}
    text = to_json({**provenance, TABLE: table}) + "\n"
    write_all_whole(
        {beside(target): lambda part: part.write_bytes(text.encode()), target: lambda part: part.write_bytes(cells)}
    )


def _write_html(frame: pd.DataFrame, provenance: dict[str, Any], target: Path) -> None:
    table = frame.to_html(index=False, escape=True, na_rep="", border=0)
    rows = "".join(
        f"<dt>{escape(name)}</dt>{''.join(f'<dd>{escape(line)}</dd>' for line in _in_lines(name, value))}"
        for name, value in provenance.items()
        if name != TABLE
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Result</title></head>\n'
        f"<body>\n{table}\n<dl>{rows}</dl>\n</body></html>\n"
    )
    write_whole(target, lambda part: part.write_bytes(page.encode()))


def _in_lines(name: str, value: Any) -> list[str]:
    if name == INPUTS and isinstance(value, tuple):
        return [str(one) for one in value]
    simple = plain(value)
    return [", ".join(map(str, simple)) if isinstance(simple, list) else str(simple)]


def _write_excel(frame: pd.DataFrame, provenance: dict[str, Any], target: Path) -> None:
    book = new_workbook(instead=".csv")
    sheet = book.active
    sheet.title = RESULT_SHEET
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False, name=None):
        sheet.append([as_cell(value) for value in row])
    second = book.create_sheet(PROVENANCE_SHEET)
    for name, value in provenance.items():
        for line in value if name == INPUTS and isinstance(value, tuple) else [value]:
            simple = plain(line)
            told = json.dumps(simple, ensure_ascii=False) if isinstance(simple, list | dict) else as_text(simple)
            second.append([as_text(name), told])
    write_whole(target, book.save)


WRITERS: dict[str, Callable[[pd.DataFrame, dict[str, Any], Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_excel,
    ".html": _write_html,
}
