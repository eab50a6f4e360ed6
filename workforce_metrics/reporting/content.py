"""What a report is made of: figures, tables, pictures and sections, before anybody says how they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from workforce_metrics.results import Result

__all__ = [
    "NOT_KNOWN",
    "Cell",
    "Contents",
    "Figure",
    "Findings",
    "Headline",
    "Picture",
    "Section",
    "Table",
    "Unit",
    "figure_text",
    "printable",
]

Unit = Literal["share", "score", "count", "points", "score change", "change"]
"""What a figure is: a proportion from 0 to 1, a score, people; or the change of one of the three."""

DECIMALS: Mapping[Unit, int] = {"share": 1, "score": 2, "count": 0, "points": 1, "score change": 2, "change": 0}
CHANGES: tuple[Unit, ...] = ("points", "score change", "change")
PROPORTIONS: tuple[Unit, ...] = ("share", "points")
NOT_KNOWN = "too few to say"
MOST_ROWS = 400
"""So many rows a table on a page has; a workbook holds them all."""

NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Figure:
    """A number with its unit and, where it has one, its interval; missing numbers are NaN."""

    value: float
    unit: Unit
    low: float = math.nan
    high: float = math.nan

    @property
    def has_interval(self) -> bool:
        """Whether both limits are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    """A table: a caption, headings, and rows whose first cell is the row's heading; `note` stands under it."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def is_number(self, column: int) -> bool:
        """Return whether a column holds figures."""
        return any(isinstance(row[column], Figure) for row in self.rows)

    def on_a_page(self) -> Table:
        """Return the table as a page holds it: a long one is cut, and says where the rest is."""
        n_more = len(self.rows) - MOST_ROWS
        if n_more <= 0:
            return self
        note = f"{n_more:,} more rows are in the workbook. {self.note}".strip()
        return replace(self, rows=self.rows[:MOST_ROWS], note=note)

    def has_interval(self, column: int) -> bool:
        """Return whether a column holds figures with intervals."""
        cells = [row[column] for row in self.rows]
        return any(isinstance(cell, Figure) and cell.has_interval for cell in cells)


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG text, with the words that tell its numbers to who cannot see it."""

    svg: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Headline:
    """A number that comes first: the figure, what it is of, and the sentence that says how sure it is."""

    figure: str
    label: str
    sentence: str


@dataclass(frozen=True)
class Section:
    """A part of a report under a heading of its own.

    `points` are a list, a term before its explanation where it has one; `blocks` are tables and pictures in order.
    """

    key: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Table | Picture, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))


class Contents(Protocol):
    """What a writer writes: the head, the headlines and the sections of a report."""

    @property
    def title(self) -> str:
        """The heading."""
        ...

    @property
    def organisation(self) -> str:
        """Whose report it is; may be empty."""
        ...

    @property
    def date(self) -> str:
        """Of when it is; may be empty."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Paragraphs of the analyst's own."""
        ...

    @property
    def headlines(self) -> tuple[Headline, ...]:
        """The numbers that come first."""
        ...

    @property
    def sections(self) -> tuple[Section, ...]:
        """Its parts, in order."""
        ...


@dataclass(frozen=True)
class Findings:
    """What one part of the work has to tell: headlines, sections, and the suppressed results they were made of."""

    headlines: tuple[Headline, ...] = ()
    sections: tuple[Section, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)
    definitions: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()


def figure_text(figure: Figure, *, limits: bool = True) -> str:
    """Return a figure as it is printed, its interval in brackets.

    Examples
    --------
    >>> figure_text(Figure(0.249, "share", 0.23, 0.27)), figure_text(Figure(float("nan"), "share"))
    ('24.9% (23.0% to 27.0%)', 'too few to say')
    >>> figure_text(Figure(-0.012, "points", -0.02, -0.004)), figure_text(Figure(12345, "count"))
    ('−1.2 (−2.0 to −0.4)', '12,345')
    """
    if not math.isfinite(figure.value):
        return NOT_KNOWN
    value, low, high = (_printed(number, figure.unit) for number in (figure.value, figure.low, figure.high))
    return f"{value} ({low} to {high})" if limits and figure.has_interval else value


def printable(text: str) -> str:
    r"""Return a text without the characters that neither HTML nor a workbook may hold.

    Examples
    --------
    >>> printable("Ward\x00 9\x1b")
    'Ward 9'
    """
    return NOT_PRINTABLE.sub("", text)


def _printed(value: float, unit: Unit) -> str:
    """Return a number with its decimals, a true minus, and its sign where it is a change; nought has no sign."""
    if not math.isfinite(value):
        return ""
    decimals = DECIMALS[unit]
    shown = round((100 if unit in PROPORTIONS else 1) * value, decimals) + 0.0
    text = f"{shown:{'+' if unit in CHANGES and shown else ''},.{decimals}f}".replace("-", "−")
    return f"{text}%" if unit == "share" else text
