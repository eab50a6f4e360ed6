"""A codebook written as CSV: one row an item."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from workforce_metrics.codebooks.codebook import DIRECTIONS, Codebook, Item, Score
from workforce_metrics.codebooks.declarations import (
    FAVOURABLE,
    check_choice,
    check_columns,
    check_finite,
    check_minimum,
    check_names,
    check_once,
    placed,
    read_routes,
)
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError

__all__ = ["COLUMNS", "parse_csv"]

COLUMNS = (
    "concept", "column", "direction", "codes", "values", "score", "min_answered", "routed_from", "counted", "base",
    "favourable", "note",
)  # fmt: skip
"""The columns that a codebook in CSV may have; the first four are needed."""

_REQUIRED = COLUMNS[:4]
_SETTINGS = ("name", "edition", "missing")
_CODE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class _Row:
    """One row below the header: its line in the file and its cells by column, stripped."""

    line: int
    cells: Mapping[str, str]

    def parts(self, column: str) -> list[str]:
        text = self.cells.get(column, "")
        return [part.strip() for part in text.split(";")] if text else []


def parse_csv(text: str, name: str) -> Codebook:
    r"""Build the codebook that CSV text declares.

    Parameters
    ----------
    text : str
        The contents of the file: lines ``# name: ...``, ``# edition: ...`` and ``# missing: ...; ...`` where wanted,
        a header from `COLUMNS`, one row an item.
    name : str
        The file's name, with which every message starts.

    Returns
    -------
    Codebook
        Its name is that of the ``# name:`` line, or else the file's name.

    Raises
    ------
    CodebookError
        Naming the line and column at fault.

    Examples
    --------
    >>> parse_csv("concept,column,direction,codes\ntired,Q1,negative,1=Never; 2=Always", "example.csv")
    <Codebook example: 1 items, 0 scores>
    """
    with placed(name):
        settings, rows = _read(text)
        items: dict[str, Item] = {}
        for row in rows:
            with placed(f"line {row.line}"):
                item = _item(row)
                if item.concept in items:
                    raise CodebookError(
                        "concept", "each concept once", f"{item.concept!r} again", "remove one of the rows"
                    )
                items[item.concept] = item
        if not items:
            raise CodebookError("the file", "one row an item below the header", "none", "add the items")
        edition = settings.get("edition", "")
        if edition and not _CODE.fullmatch(edition):
            raise CodebookError("# edition:", "a year", repr(edition), "write, say, # edition: 2026")
        return Codebook(
            settings.get("name", "") or name.rpartition(".")[0].replace("_", " "),
            items,
            _scores(rows),
            int(edition) if edition else None,
            frozenset(mark.strip() for mark in settings.get("missing", "").split(";") if mark.strip()),
        )


def _read(text: str) -> tuple[dict[str, str], list[_Row]]:
    """Split the file into settings and rows; blank lines are nothing, wherever they stand."""
    lines = _lines(text)
    settings: dict[str, str] = {}
    header: list[str] = []
    rows: list[_Row] = []
    for number, cells in lines:
        with placed(f"line {number}"):
            if not header and cells[0].startswith("#"):
                key, _, value = ",".join(cells).rstrip(",").lstrip("#").partition(":")
                check_names([key.strip()], required=(), allowed=_SETTINGS)
                check_once("# settings", [*settings, key.strip()])
                settings[key.strip()] = value.strip()
            elif not header:
                check_names(cells, required=_REQUIRED, allowed=COLUMNS)
                check_once("the header", cells)
                header = cells
            elif len(cells) > len(header):
                raise CodebookError(
                    "the row", f"{len(header)} cells", str(len(cells)), "put cells that hold a comma in quotation marks"
                )
            else:
                rows.append(_Row(number, dict(zip_longest(header, cells, fillvalue=""))))
    return settings, rows


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record ends and its cells, stripped; trailing empty cells of a spreadsheet go."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise CodebookError(f"line {reader.line_num}", "CSV", str(error), "correct the quotation marks") from error


def _item(row: _Row) -> Item:
    routes = read_routes("routed_from", row.cells.get("routed_from", ""))
    scale = _scale(row)
    if row.parts("score") and not scale.is_scored:
        raise CodebookError("values", "values for an item of a score", "none", "write one value a code, or no score")
    return Item(
        concept=row.cells["concept"],
        columns=check_columns(row.parts("column")),
        scale=scale,
        direction=check_choice("direction", row.cells["direction"], DIRECTIONS),
        routes=routes,
        counted=frozenset(_code("counted", part) for part in row.parts("counted")),
        base=frozenset(_code("base", part) for part in row.parts("base")),
        base_status="declared",
        favourable=check_choice("favourable", row.cells.get("favourable", "") or "n/a", FAVOURABLE),
        note=row.cells.get("note", ""),
    )


def _scale(row: _Row) -> Scale:
    codes, values = row.parts("codes"), row.parts("values")
    if values and len(values) != len(codes):
        raise CodebookError(
            "values", f"{len(codes)} values, one a code", str(len(values)), "leave a value blank where none is scored"
        )
    options = []
    for text, value in zip_longest(codes, values, fillvalue=""):
        code, _, label = text.partition("=")
        options.append(Option(_code("codes", code.strip()), label.strip(), _value(value)))
    return Scale(row.cells["concept"], tuple(options), "declared")


def _code(column: str, text: str) -> int:
    if not _CODE.fullmatch(text):
        raise CodebookError(column, "whole codes separated by ;", repr(text), "write, say, 1=Never; 2=Always")
    return int(text)


def _value(text: str) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError as error:
        raise CodebookError(
            "values", "numbers separated by ;", repr(text), "write a point, not a decimal comma"
        ) from error
    return None if number is None else check_finite("values", number)


def _scores(rows: Sequence[_Row]) -> dict[str, Score]:
    items: dict[str, list[str]] = {}
    minimum: dict[str, str] = {}
    for row in rows:
        names, minima = row.parts("score"), row.parts("min_answered")
        with placed(f"line {row.line}"):
            check_once("score", names)
            if minima and len(minima) != len(names):
                raise CodebookError(
                    "min_answered", f"one for each of {len(names)} scores", str(len(minima)), "align them"
                )
            for score, stated in zip_longest(names, minima, fillvalue=""):
                items.setdefault(score, []).append(row.cells["concept"])
                if stated and minimum.setdefault(score, stated) != stated:
                    raise CodebookError(
                        "min_answered", f"{minimum[score]!r} as above for {score!r}", repr(stated), "declare one rule"
                    )
    return {name: _score(name, tuple(members), minimum.get(name)) for name, members in items.items()}


def _score(name: str, items: tuple[str, ...], stated: str | None) -> Score:
    with placed(f"score {name!r}"):
        minimum: object = int(stated) if stated and _CODE.fullmatch(stated) else stated
        return Score(name, name.replace("_", " "), items, check_minimum("min_answered", minimum, len(items)))
