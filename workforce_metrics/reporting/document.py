"""The report as a whole, ready to be written as a page, a spreadsheet or a text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workforce_metrics.errors import InvalidArgumentError
from workforce_metrics.estimation.writing import check_target
from workforce_metrics.reporting.content import Headline, Section
from workforce_metrics.reporting.html import page_of
from workforce_metrics.reporting.markdown import markdown_of
from workforce_metrics.reporting.spreadsheet import workbook_of
from workforce_metrics.results import Result
from workforce_metrics.whole_files import write_whole

__all__ = ["Report"]

ENDINGS = (".html", ".md", ".xlsx")


@dataclass(frozen=True, repr=False, eq=False)
class Report:
    """A report that is ready to be written; `report` makes it.

    It holds what went through disclosure control and nothing else: no respondent, no spell, no hidden number.

    Parameters
    ----------
    title, organisation, date : str
        What stands at the head; the last two may be empty.
    notes : tuple of str
        The analyst's own paragraphs.
    headlines : tuple of Headline
    sections : tuple of Section
    results : mapping of str to Result
        The suppressed results that sentences, tables and pictures were made of, by name.

    Raises
    ------
    InvalidArgumentError
        If a result did not go through `suppress`.
    """

    title: str
    organisation: str = ""
    date: str = ""
    notes: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    sections: tuple[Section, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, result in self.results.items():
            if "suppressed_rows" not in result.provenance:
                raise InvalidArgumentError(
                    "results",
                    "results that went through suppress",
                    f"{name!r}, which did not",
                    "write wm.suppress(...)",
                )
        object.__setattr__(self, "results", MappingProxyType(dict(self.results)))

    def __reduce__(self) -> tuple[Callable[..., Report], tuple[dict[str, Any]]]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return _remade, ({**values, "results": dict(self.results)},)

    @property
    def html(self) -> str:
        """The report as one page: nothing is fetched and no script runs."""
        return page_of(self)

    @property
    def markdown(self) -> str:
        """The report as Markdown; in the place of a picture stand its numbers."""
        return markdown_of(self)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the report into a file.

        Parameters
        ----------
        path : str or path
            The end of its name says what is written: ``.html`` (one page, pictures in it), ``.xlsx`` (a sheet of words
            and one for each table; needs openpyxl) or ``.md``.

        Returns
        -------
        pathlib.Path
            The file. It is written under another name and then renamed, so that none is ever half written.

        Raises
        ------
        InvalidArgumentError, MissingFileError, MissingDependencyError
            If the name ends otherwise, the folder is not there, or openpyxl is not installed.
        """
        target = Path(path)
        ending = check_target(target, ENDINGS)
        if ending == ".xlsx":
            made = workbook_of(self)
        else:
            made = (self.html if ending == ".html" else self.markdown).encode("utf-8")
        write_whole(target, lambda part: part.write_bytes(made))
        return target

    def __repr__(self) -> str:
        return f"<Report {self.title}: {', '.join(section.heading for section in self.sections)}>"

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self.title)}" sandbox srcdoc="{escape(self.html)}"'
            ' style="width: 100%; height: 640px; border: 1px solid #ccc"></iframe>'
        )


def _remade(values: dict[str, Any]) -> Report:
    """Return a report from its fields, as pickling needs it: a read-only mapping cannot be pickled."""
    return Report(**values)
