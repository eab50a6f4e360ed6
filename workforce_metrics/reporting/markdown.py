"""A report as Markdown: plain tables, the words of each picture in its place, every text escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from workforce_metrics.reporting.content import Cell, Contents, Figure, Table, figure_text, printable

__all__ = ["escaped", "markdown_of"]

SPECIAL = re.compile(r"([\\`*_{}\[\]|~#])")
AT_START = re.compile(r"^(\d*)([-+=.)])")


def markdown_of(report: Contents) -> str:
    """Return a report as Markdown, with headings of two orders."""
    parts = [f"# {escaped(report.title)}", *(escaped(text) for text in (report.organisation, report.date) if text)]
    if report.headlines or report.notes:
        parts.append("## In short")
    parts += [f"- **{escaped(one.figure)}** {escaped(one.label)}. {escaped(one.sentence)}" for one in report.headlines]
    parts += [escaped(note) for note in report.notes]
    for section in report.sections:
        parts.append(f"## {escaped(section.heading)}")
        parts += [escaped(text) for text in section.paragraphs]
        parts += [f"- {f'**{escaped(term)}**: ' if term else ''}{escaped(text)}" for term, text in section.points]
        for block in section.blocks:
            parts.append(_table(block.on_a_page()) if isinstance(block, Table) else f"> Picture: {escaped(block.alt)}")
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Return a text in one line that Markdown, and HTML within it, takes as it stands.

    Examples
    --------
    >>> escaped("<b>A | B</b>"), escaped("1. *not* a list")
    ('&lt;b&gt;A \\| B&lt;/b&gt;', '1\\. \\*not\\* a list')
    """
    line = SPECIAL.sub(r"\\\1", escape(" ".join(printable(text).split()), quote=False))
    return AT_START.sub(r"\1\\\2", line)


def _table(table: Table) -> str:
    numbers = [table.is_number(column) for column in range(len(table.headings))]
    lines = [
        f"**{escaped(table.caption)}**", "",
        _line([escaped(heading) for heading in table.headings]),
        _line(["---:" if is_number else "---" for is_number in numbers]),
        *(_line([_cell(cell) for cell in row]) for row in table.rows),
    ]  # fmt: skip
    return "\n".join([*lines, *(["", escaped(table.note)] if table.note else [])])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return figure_text(cell) if isinstance(cell, Figure) else escaped(cell)
