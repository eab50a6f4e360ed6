"""A report as one page: nothing is fetched, no script runs, every text is escaped."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import cache
from html import escape as as_html
from importlib.resources import files

from workforce_metrics.reporting.content import (
    Cell,
    Contents,
    Figure,
    Headline,
    Picture,
    Section,
    Table,
    figure_text,
    printable,
)

__all__ = ["page_of"]

POINTS_TO_PIXELS = 1.15 * 96 / 72
SVG_HEAD = 500
"""Characters of a picture within which it says how large it is."""
MOST_IN_LINE = 2
"""In so many columns an interval stands beside its figure; in more it stands under it."""

ON_ONE_PAGE = 16
"""A table of so many rows is not broken over pages in print."""

SHORT = "In short"


def escape(text: str) -> str:
    """Return a text as HTML shows it: nothing in it is markup."""
    return as_html(printable(text))


def page_of(report: Contents) -> str:
    """Return a report as a page of HTML 5 in British English.

    It has a heading of the first order, sections under headings of the second, landmarks, and a link that skips the
    contents.
    """
    over = f'<p class="kicker">{escape(report.organisation)}</p>\n' if report.organisation else ""
    under = f'<p class="dated">{escape(report.date)}</p>\n' if report.date else ""
    whole = f"{report.title} – {report.organisation}" if report.organisation else report.title
    has_short = bool(report.headlines or report.notes)
    links = [("short", SHORT)] if has_short else []
    links += [(section.key, section.heading) for section in report.sections]
    contents = "\n".join(f'<li><a href="#{escape(key)}">{escape(heading)}</a></li>' for key, heading in links)
    body = "\n".join(
        [*([_short(report.headlines, report.notes)] if has_short else []), *map(_section, report.sections)]
    )
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(whole)}</title>
<style>
{_style()}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
{over}<h1>{escape(report.title)}</h1>
{under}</header>
<nav aria-label="Contents">
<ol>
{contents}
</ol>
</nav>
<main id="main">
{body}
</main>
<footer>
<p>{escape(FOOT)}</p>
</footer>
</body>
</html>
"""


FOOT = (
    "Made with workforce_metrics. Numbers of few people, and those that would give them away, are not in this report."
)


@cache
def _style() -> str:
    return files("workforce_metrics.reporting").joinpath("style.css").read_text(encoding="utf-8")


def _short(headlines: Sequence[Headline], notes: Sequence[str]) -> str:
    items = "\n".join(
        f"<li><strong>{escape(headline.figure)}</strong>"
        f'<span class="label">{escape(headline.label)}</span><p>{escape(headline.sentence)}</p></li>'
        for headline in headlines
    )
    shown = f'<ul class="headlines">\n{items}\n</ul>\n' if headlines else ""
    return _wrapped("short", SHORT, shown + "".join(f"<p>{escape(note)}</p>\n" for note in notes))


def _section(section: Section) -> str:
    parts = [f"<p>{escape(text)}</p>\n" for text in section.paragraphs]
    parts.append(_points(section.points))
    for number, block in enumerate(section.blocks, start=1):
        parts.append(
            _table(block.on_a_page(), f"{section.key}-{number}") if isinstance(block, Table) else _picture(block)
        )
    return _wrapped(section.key, section.heading, "".join(parts))


def _wrapped(key: str, heading: str, body: str) -> str:
    key = escape(key)
    head = f'<h2 id="{key}-heading">{escape(heading)}</h2>'
    return f'<section id="{key}" aria-labelledby="{key}-heading">\n{head}\n{body}</section>'


def _points(points: Sequence[tuple[str, str]]) -> str:
    if not points:
        return ""
    if any(term for term, _ in points):
        items = "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in points)
        return f"<dl>\n{items}\n</dl>\n"
    items = "\n".join(f"<li>{escape(text)}</li>" for _, text in points)
    return f'<ul class="points">\n{items}\n</ul>\n'


def _picture(picture: Picture) -> str:
    """Return a picture as an image of its own, so that its names cannot clash with the page's."""
    data = base64.b64encode(picture.svg.encode("utf-8")).decode("ascii")
    points = [re.search(rf'\b{name}="([\d.]+)pt"', picture.svg[:SVG_HEAD]) for name in ("width", "height")]
    size = "".join(
        f' {name}="{float(found[1]) * POINTS_TO_PIXELS:.0f}"'
        for name, found in zip(("width", "height"), points, strict=True)
        if found
    )
    caption, what = escape(picture.caption), escape(picture.alt.partition(".")[0])
    return (
        f'<figure>\n<div class="picture" role="region" aria-label="Picture: {what}" tabindex="0">'
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(picture.alt)}"{size}></div>\n'
        f"<figcaption>{caption}</figcaption>\n</figure>\n"
    )


def _table(table: Table, key: str) -> str:
    numbers = [table.is_number(column) for column in range(len(table.headings))]
    heads = "".join(
        f'<th scope="col"{_class(is_number)}>{escape(heading)}</th>'
        for heading, is_number in zip(table.headings, numbers, strict=True)
    )
    rows = "\n".join(_row(row, numbers) for row in table.rows)
    n_intervals = sum(map(table.has_interval, range(len(table.headings))))
    short = " short" if len(table.rows) <= ON_ONE_PAGE else ""
    stacked = ' class="stacked"' if n_intervals > MOST_IN_LINE else ""
    note = f'<p class="note">{escape(table.note)}</p>\n' if table.note else ""
    return (
        f'<div class="scroll{short}" role="region" aria-labelledby="{key}" tabindex="0">\n<table{stacked}>\n'
        f'<caption id="{key}"><span>{escape(table.caption)}</span></caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n{note}"
    )


def _row(row: Sequence[Cell], numbers: Sequence[bool]) -> str:
    first, *rest = row
    cells = "".join(
        f"<td{_class(is_number)}>{_cell(cell)}</td>" for cell, is_number in zip(rest, numbers[1:], strict=True)
    )
    return f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>'


def _class(is_number: bool) -> str:  # noqa: FBT001 - one fact of a column
    return ' class="number"' if is_number else ""


def _cell(cell: Cell) -> str:
    if not isinstance(cell, Figure):
        return escape(cell)
    text = figure_text(cell)
    value, bracket, limits = text.partition(" (")
    if not bracket:
        return escape(text)
    return f'{escape(value)} <span class="limits">({escape(limits)}</span>'
