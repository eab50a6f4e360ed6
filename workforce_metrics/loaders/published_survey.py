"""Published survey files to one tidy table of figures, every cell accounted for."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.errors import DataQualityWarning, InvalidArgumentError, InvalidDataError
from workforce_metrics.figures import PublishedSurvey
from workforce_metrics.loaders.answers import missing_marks
from workforce_metrics.loaders.arguments import shown
from workforce_metrics.loaders.benchmark_workbook import benchmark_edition, benchmark_layouts, is_benchmark
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.contractor_export import contractor_layout, sheet_of_table
from workforce_metrics.loaders.contractor_rows import CONTRACTOR_KINDS
from workforce_metrics.loaders.detailed_spreadsheet import detailed_layouts, is_detailed
from workforce_metrics.loaders.published_arguments import (
    Declared,
    Edition,
    Shares,
    check_kind,
    contractor_settings,
    declare,
    detailed_settings,
)
from workforce_metrics.loaders.published_cells import SUPPRESSION_MARKS
from workforce_metrics.loaders.published_figures import SCORE_OUTSIDE, SHARE_OUTSIDE, Layout, read_layouts
from workforce_metrics.loaders.survey_notes import NOT_COMPARABLE
from workforce_metrics.loaders.tables import read_source
from workforce_metrics.loaders.workbook import Sheet, is_spreadsheet, read_workbook, sheets_of_frames
from workforce_metrics.provenance import made_from

__all__ = ["read_published_survey"]

Kind = Literal["benchmark", "detailed", "contractor positive", "contractor options", "contractor scores"]
RELEASE_INFERRED = "release not declared: taken as the latest edition"
MANY_OUTSIDE, FEW_OUTSIDE = 0.1, 20


@dataclass(frozen=True, eq=False)
class _File:
    """The sheets of a source, and what was noticed as they were read."""

    name: str
    sheets: Sequence[Sheet]
    malformed: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()


def read_published_survey(
    source: object,
    *,
    kind: Kind | None = None,
    edition: Edition = None,
    release: int | str | None = None,
    organisation: str | None = None,
    shares: Shares = None,
    columns: Mapping[str, str] | None = None,
    questions: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    marks: Collection[str] | None = None,
    question_row: int = 1,
    header_row: int = 5,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> PublishedSurvey:
    """Read published figures of the NHS Staff Survey from any of its files into one tidy shape.

    Parameters
    ----------
    source : path, mapping of str to pandas.DataFrame, or data frame
        A spreadsheet (``.xlsx``, ``.xls``, ``.xlsm``, ``.xlsb``, ``.ods``; extra ``excel``); or its sheets as
        ``pandas.read_excel(path, sheet_name=None, header=None)`` gives them. A contractor's export may also be a
        text file, a Parquet file or any frame that Narwhals reads.
    kind : str, optional
        "benchmark" (the benchmark workbook), "detailed" (the detailed spreadsheets, by organisation or organisation
        type), or a contractor's export: "contractor positive", "contractor options", "contractor scores". The first
        two are told from their headers where not declared; a contractor's never is.
    edition : int or "own", optional
        Whose question numbers hold. Of the benchmark workbook it is the latest year (documented) and may be left out.
        Detailed spreadsheets need their survey year. A contractor's export needs the edition under whose
        numbers all its years stand, or "own" where each row has its own year's (which of the two is not documented).
    release : int or str, optional
        The publication the figures stand in. Where not declared: the latest edition among them, and a note says so.
    organisation : str, optional
        Whose export a contractor's is; its files do not say.
    shares : {"percent", "fraction"}, optional
        How shares stand. Documented: fractions in the benchmark workbook, percentages in the detailed spreadsheets.
        "contractor positive" is taken as fractions (status: quoted from one public script), "contractor options"
        must be declared (status: unknown).
    columns : mapping of str to str, optional
        Role to header, for layouts that were renamed. Detailed: "organisation", "organisation_name",
        "benchmark_group", "breakdown", "level", "weighting". Contractor: "edition", "question", "option_code",
        "option", "breakdown", "level", "n", "estimate". The contractors' own names are not documented (status: quoted
        from one public script), nor those of the detailed files beyond "ODS code", "Base", "Breakdown", "Weighting".
    questions : mapping of str to str, optional
        Question number, column name or score in the file to a concept or score of the codebook: for what the edition's
        codebook does not know. Detailed spreadsheets before 2021 need it: their numbers are not shipped.
    options : mapping of str to str, optional
        Label of an answer in the file to the codebook's.
    marks : collection of str, optional
        Marks of suppression beside a blank cell and ``- * <10 <11 NA N/A . .. [c] [z]``.
    question_row, header_row : int, default 1 and 5
        Rows of the detailed spreadsheets that hold the questions and the answers. Documented for 2021 and later; the
        layout of 2018 is not documented: declare its rows.
    encoding, delimiter : str, optional
        Of a text file.

    Returns
    -------
    PublishedSurvey
        `frame` (see `PublishedSurvey` for the columns) and `report`.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
        If the source is not there, is not what its name says, or needs a package that is not installed.
    InvalidArgumentError, MissingColumnError
        If an argument is not one of those above or contradicts the file, or a declared column is not there.
    CodebookError
        If `edition` is not shipped and `questions` is not given.
    InvalidDataError
        If no figure is left.

    Warns
    -----
    DataQualityWarning
        If a tenth or more of the figures, and at least 20, are outside their range: often percentages taken for
        fractions.

    Notes
    -----
    **Joined by concept.** A question number is looked up in the edition whose numbers hold, and only the concept goes
    into the table. Wording of questions is read for the number at its head and not carried.

    **Every cell is accounted for.** Cells are set aside with their sheet, row, column and rule: sheets, columns,
    questions, answers and scores that are not known; rows without an organisation (footnotes, totals); a figure that is
    neither a number nor a mark; a share outside 0 to 1, a score outside 0 to 10; a base that is no whole number (its
    figures stay, without base); a number over a base of 0; answers of a question that do not add up to 100 % within
    rounding; two rows of one organisation (or group) that differ; repeats. A percent sign in a cell says its unit,
    whatever `shares` says. "Nothing there" is suppressed, never 0.

    **Shares and scores** keep their units: `unit` says which. The published percentage of an item ("share") counts the
    answers in `option`; it is not one minus a contractor's "positive share" (status of what that counts: inferred).

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> trusts = pd.DataFrame([["org_id", "org_name", "q12b_2023", "q12b_n_2023", "q12b_2024", "PP4_2_2024"],
    ...                        ["R1", "One", 0.31, 2047, 0.304, 4.96], ["R2", "Two", "*", None, 45.3, 5.02]])
    >>> published = wm.read_published_survey({"Acute Trusts": trusts})
    >>> published
    <PublishedSurvey benchmark: 5 figures (1 suppressed) of 2 organisations, 2 concepts, editions 2023 to 2024>
    >>> published.frame[["edition", "organisation", "concept", "unit", "estimate", "n"]]
       edition organisation            concept        unit  estimate     n
    0     2023           R1  burnout_burnt_out       share     0.310  2047
    1     2024           R1  burnout_burnt_out       share     0.304  <NA>
    2     2024           R1            burnout  score 0-10     4.960  <NA>
    3     2023           R2  burnout_burnt_out       share       NaN  <NA>
    4     2024           R2            burnout  score 0-10     5.020  <NA>
    >>> published.report.cells
              sheet  row column                  rule
    0  Acute Trusts    3      E  share outside 0 to 1
    """
    check_kind(kind)
    declared = declare(
        edition=edition, shares=shares, columns=columns, questions=questions, options=options,
        question_row=question_row, header_row=header_row,
    )  # fmt: skip
    _check_release(release)
    known_marks = SUPPRESSION_MARKS | missing_marks(marks)
    file = _open(source, kind, encoding, delimiter)
    found = kind or _kind_of(file.sheets, header_row)
    account = CellAccount(file.name)
    layouts = _layouts(file, found, account, declared, organisation)
    latest = max((int(layout.places["edition"].max()) for layout in layouts if len(layout.places)), default=0)
    table = read_layouts(layouts, account, marks=known_marks, release=str(latest if release is None else release))
    for note in (*file.notes, *([] if release is not None else [RELEASE_INFERRED])):
        account.note(note)
    _note_breaks(account, table)
    report = account.report()
    if table.empty:
        why = ", ".join(f"{n:,} {rule}" for rule, n in report.cells["rule"].value_counts().items())
        got = f"{report.n_read:,} cells, none of them one" + (f" ({why})" if why else "")
        raise InvalidDataError(file.name, "figures of known questions", got, "check kind=, edition= and questions=")
    n_outside = report.count(SHARE_OUTSIDE) + report.count(SCORE_OUTSIDE)
    if n_outside >= max(FEW_OUTSIDE, MANY_OUTSIDE * (len(table) + n_outside)):
        warnings.warn(
            f"{n_outside:,} of {len(table) + n_outside:,} figures are outside their range: check shares= and kind=",
            DataQualityWarning,
            stacklevel=2,
        )
    read_as = {"kind": found, "edition": edition, "release": release, "organisation": organisation, "shares": shares}
    made = made_from(report.source, report.n_read, report.n_kept, unit="cells", options=read_as)
    return PublishedSurvey(table, report, found, made)


def _check_release(release: object) -> None:
    if release is not None and (isinstance(release, bool) or not isinstance(release, (int, str))):
        raise InvalidArgumentError("release", "a year or a name", shown(release), "for example release=2024")


def _open(source: object, kind: str | None, encoding: str | None, delimiter: str | None) -> _File:
    none = np.empty(0, dtype=np.int64)
    if is_spreadsheet(source):
        path = Path(str(source))
        return _File(path.name, read_workbook(path), none)
    if isinstance(source, Mapping):
        return _File("sheets", sheets_of_frames(source), none)
    if kind not in CONTRACTOR_KINDS:
        raise InvalidArgumentError(
            "source",
            "a spreadsheet, or its sheets as data frames",
            "a path with another ending" if isinstance(source, (str, Path)) else type(source).__name__,
            "pass the workbook, or {sheet name: frame}; of a contractor's export declare kind=",
        )
    table = read_source(source, encoding=encoding, delimiter=delimiter)
    return _File(table.name, [sheet_of_table(table)], table.malformed, table.notes)


def _kind_of(sheets: Sequence[Sheet], header_row: int) -> str:
    found = [
        kind
        for kind, fits in (("benchmark", is_benchmark(sheets)), ("detailed", is_detailed(sheets, header_row)))
        if fits
    ]
    if len(found) != 1:
        got = "the headers of both" if found else "the header of neither"
        raise InvalidArgumentError(
            "kind", "a benchmark workbook or detailed spreadsheets", got, "declare kind=; a contractor's is never told"
        )
    return found[0]


def _layouts(
    file: _File, kind: str, account: CellAccount, declared: Declared, organisation: str | None
) -> list[Layout]:
    if kind == "detailed":
        return detailed_layouts(file.sheets, account, detailed_settings(declared))
    if kind == "benchmark":
        edition = benchmark_edition(file.sheets, declared.edition)
        layouts = benchmark_layouts(file.sheets, account, edition=edition, questions=declared.questions)
        return [replace(layout, percent=declared.shares == "percent") for layout in layouts]
    settings = contractor_settings(kind, organisation, declared)
    filled = [sheet for sheet in file.sheets if sheet.cells.size]
    if len(filled) != 1:
        fix = "pass that sheet alone, as {name: frame}"
        raise InvalidArgumentError("source", "one sheet with the export", f"{len(filled)} sheets with cells", fix)
    return contractor_layout(filled[0], account, settings, file.malformed)


def _note_breaks(account: CellAccount, table: pd.DataFrame) -> None:
    """Note each concept whose editions here lie on both sides of a break."""
    items = {concept: item for year in EDITIONS for concept, item in nhs_staff_survey(year).items.items()}
    for concept, editions in table.groupby(table["concept"].astype(str), sort=False)["edition"]:
        break_at = items[concept].break_at if concept in items else None
        n_before = int((editions < break_at).sum()) if break_at else 0
        if 0 < n_before < len(editions):
            account.note(f"{concept}: {NOT_COMPARABLE.format(edition=break_at)}", n=n_before)
