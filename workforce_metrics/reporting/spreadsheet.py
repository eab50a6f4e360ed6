"""A report as a workbook: what it says on the first sheet, then a sheet for each table, numbers as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workforce_metrics.estimation.file_cells import as_text, new_workbook
from workforce_metrics.reporting.content import Cell, Contents, Figure, Table, Unit, printable

__all__ = ["workbook_of"]

NUMBER_FORMATS: dict[Unit, str] = {
    "share": "0.0%", "score": "0.00", "count": "#,##0",
    "points": "+0.0%;-0.0%;0.0%", "score change": "+0.00;-0.00;0.00", "change": "+#,##0;-#,##0;0",
}  # fmt: skip
LIMITS = ("from", "to")
NO_CLOCK = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
WIDEST, NARROWEST, TEXT_WIDTH = 48, 10, 110
MOST_SHEET_NAME = 31
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")


def workbook_of(report: Contents) -> bytes:
    """Return a report as a workbook, the same bytes whenever the same report is written.

    Raises
    ------
    MissingDependencyError
        If openpyxl is not installed.
    """
    book = new_workbook(instead=".html or .md")
    book.properties.created = NO_CLOCK
    book.properties.creator = "workforce_metrics"
    book.properties.title = printable(report.title)
    _write_words(book.active, report)
    taken: list[str] = []
    for section in report.sections:
        for table in section.tables:
            taken.append(_sheet_name(table.caption, taken))
            _write_table(book.create_sheet(taken[-1]), table)
    written = BytesIO()
    book.save(written)
    return _without_clock(written.getvalue())


def _write_words(sheet: Any, report: Contents) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = "Report"
    lines = [(report.title, Font(bold=True, size=16))]
    lines += [(text, None) for text in (report.organisation, report.date) if text]
    lines += [(f"{one.figure} {one.label}. {one.sentence}", None) for one in report.headlines]
    lines += [(note, None) for note in report.notes]
    for section in report.sections:
        lines += [("", None), (section.heading, Font(bold=True, size=13))]
        lines += [(text, None) for text in section.paragraphs]
        lines += [(f"{term}: {text}" if term else text, None) for term, text in section.points]
        for block in section.blocks:
            lines.append((f"Table: {block.caption}" if isinstance(block, Table) else f"Picture: {block.alt}", None))
    for row, (text, font) in enumerate(lines, start=1):
        cell = sheet.cell(row=row, column=1, value=_text(text))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if font is not None:
            cell.font = font
    sheet.column_dimensions["A"].width = TEXT_WIDTH


def _write_table(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    heads: list[str] = []
    for column, heading in enumerate(table.headings):
        heads += [heading, *(f"{heading}, {limit}" for limit in LIMITS)] if table.has_interval(column) else [heading]
    sheet.cell(row=1, column=1, value=_text(table.caption)).font = Font(bold=True)
    for position, heading in enumerate(heads, start=1):
        cell = sheet.cell(row=2, column=position, value=_text(heading))
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(position)].width = max(NARROWEST, min(len(heading) + 2, WIDEST / 2))
    for number, row in enumerate(table.rows, start=3):
        position = 1
        for column, value in enumerate(row):
            for part in _parts(value, table.has_interval(column)):
                _write_cell(sheet.cell(row=number, column=position), part)
                position += 1
    names = [row[0] for row in table.rows if isinstance(row[0], str)]
    sheet.column_dimensions["A"].width = max(NARROWEST, min(max(map(len, names), default=0) + 2, WIDEST))
    if table.note:
        sheet.cell(row=len(table.rows) + 4, column=1, value=_text(table.note))
    sheet.freeze_panes = "B3"


def _parts(cell: Cell, has_interval: bool) -> list[Cell]:  # noqa: FBT001 - one fact of a column
    """Return what stands in a cell of the table as one cell of the sheet, or with its limits as three."""
    if not isinstance(cell, Figure):
        return [cell, "", ""] if has_interval else [cell]
    value = Figure(cell.value, cell.unit)
    return [value, Figure(cell.low, cell.unit), Figure(cell.high, cell.unit)] if has_interval else [value]


def _write_cell(cell: Any, part: Cell) -> None:
    if not isinstance(part, Figure):
        cell.value = _text(part) or None
    elif math.isfinite(part.value):
        cell.value, cell.number_format = part.value, NUMBER_FORMATS[part.unit]


def _text(text: str) -> object:
    return as_text(printable(text))


def _sheet_name(caption: str, taken: Sequence[str]) -> str:
    """Return a name that Excel takes for a sheet: short, without its signs, and not there yet."""
    plain = NOT_IN_SHEET_NAMES.sub(" ", caption)
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split()) or "Table"
    name, number = plain[:MOST_SHEET_NAME].strip(), 1
    while name.casefold() in {"report", *(other.casefold() for other in taken)}:
        number += 1
        name = f"{plain[: MOST_SHEET_NAME - 4].strip()} {number}"
    return name


def _without_clock(written: bytes) -> bytes:
    """Return the same workbook with the time of writing taken out, so that equal reports are equal files."""
    kept = BytesIO()
    with ZipFile(BytesIO(written)) as old, ZipFile(kept, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = ZipInfo(item.filename, date_time=NO_CLOCK.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, data)
    return kept.getvalue()
