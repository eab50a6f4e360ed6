"""Published workforce files to one tidy table of figures, every cell accounted for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.figures import PublishedWorkforce
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER, check_optional_text, shown
from workforce_metrics.loaders.cell_account import CellAccount
from workforce_metrics.loaders.contractor_export import sheet_of_table
from workforce_metrics.loaders.published_figures import cell_text
from workforce_metrics.loaders.reasons_for_leaving import REASONS, QuarterHeader, figures_of_reasons, find_quarters
from workforce_metrics.loaders.tables import TEXT_FILES, read_source, suffix_of, text_bytes
from workforce_metrics.loaders.text_grid import read_text_grid
from workforce_metrics.loaders.workbook import Sheet, is_spreadsheet, read_workbook, sheets_of_frames
from workforce_metrics.loaders.workforce_arguments import WorkforceDeclared, declare_workforce
from workforce_metrics.loaders.workforce_figures import Rates, read_figures
from workforce_metrics.loaders.workforce_layouts import (
    DEEPEST_HEADER,
    LAYOUTS,
    Header,
    find_header,
    header_key,
    missing_roles,
)
from workforce_metrics.loaders.workforce_rows import DataSheet, Figures, figures_of_rows
from workforce_metrics.provenance import made_from

__all__ = ["read_published_workforce"]

Layout = Literal["staff in post", "turnover", "turnover by type", "sickness absence", "reasons for leaving"]
Head = Header | QuarterHeader
NO_HEADER = "sheet without the header of a known layout"
NO_DEFINITION = "what leaving means is not declared"


@dataclass(frozen=True, eq=False)
class _File:
    """The sheets of a source, and what was noticed as they were read."""

    name: str
    sheets: Sequence[Sheet]
    n_fields: npt.NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()


def read_published_workforce(
    source: object,
    *,
    layout: Layout | None = None,
    definition: str | None = None,
    rates: Rates = None,
    columns: Mapping[str, str] | None = None,
    totals: Collection[str] | None = None,
    marks: Collection[str] | None = None,
    counts_rounded_to: int | None = None,
    date_formats: str | Sequence[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> PublishedWorkforce:
    """Read published workforce figures from any of the NHS's files into one tidy shape.

    Parameters
    ----------
    source : path, mapping of str to pandas.DataFrame, or data frame
        A text file (``.csv``, ``.txt``, ``.tsv``, also ``.gz``), with or without titles above its header and footnotes
        below it; a spreadsheet (``.xlsx``, ``.xls``, ``.xlsm``, ``.xlsb``, ``.ods``; extra ``excel``), or its sheets as
        ``pandas.read_excel(path, sheet_name=None, header=None)`` gives them; a Parquet file, or any frame that
        Narwhals reads, whose column names are the header.
    layout : str, optional
        "staff in post" (the monthly file by staff group and organisation), "turnover" (joiners, leavers, rates and
        stability in columns; also the workbooks with a sheet a breakdown), "turnover by type" (a row for joiners,
        leavers and each denominator), "sickness absence" or "reasons for leaving". Told from the header where not
        declared. Status: "staff in post", "turnover" and "reasons for leaving" documented; the other two
        quoted from public scripts.
    definition : str, optional
        What leaving means in the file ("left the organisation", "left the NHS"): the file itself does not say.
    rates : {"percent", "fraction"}, optional
        How rates stand. Needed where neither the header ("%", "percent") nor the cells (a percent sign) say it; for
        turnover workbooks this is not documented.
    columns : mapping of str to str, optional
        Role to header, for layouts that were renamed: "period", "basis", "staff_group", "organisation", a measure such
        as "leavers", or "breakdown" for a column that divides further ("AfC band", "Gender", "Age band" and "Ethnic
        group" are known).
    totals : collection of str, optional
        Labels of totals, beside those that begin with "All" or "Total" or are "England".
    marks : collection of str, optional
        Marks of suppression beside a blank cell and ``- * <10 <11 NA N/A . .. [c] [z]``.
    counts_rounded_to : int, optional
        To which step counts are rounded, where the file says it. Otherwise it is seen from the figures: rounding to 5
        or more only in ten counts or more.
    date_formats : str or sequence of str, optional
        How periods are written, in the notation of `datetime.datetime.strptime`. Without it only what cannot be
        mistaken is read: see the notes of `workforce_metrics.loaders.workforce_periods.read_period`.
    encoding, delimiter : str, optional
        Of a text file.

    Returns
    -------
    PublishedWorkforce
        `frame` (see `PublishedWorkforce` for the columns) and `report`.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
        If the source is not there, is not what its name says, or needs a package that is not installed.
    InvalidArgumentError, MissingColumnError
        If an argument is not one of those above, a declared column is not there, no sheet or several layouts
        are found, or how rates stand is not said.
    InvalidDataError
        If no figure is left.

    Notes
    -----
    **Every cell is accounted for.** Cells below the header are set aside with their sheet, row, column and rule: sheets
    without a known header, columns that are not known, titles and footnotes, a header that stands there again, periods
    that cannot be read, records with another number of fields than the header, rows without an organisation, figures
    that are neither a number nor a mark, negative ones, rows of the same people and period that differ, repeats.
    "Nothing there" is suppressed, never 0: a "-" may stand for none or for hidden.

    **Rates are shares** from 0 to 1; joiner and leaver rates of small groups may exceed 1.

    **Totals** stay among the rows and are marked. A label is a total if it begins with "All" (but not "All other") or
    "Total", or is "England", or is declared; subtotals of other names ("HCHS doctors") are not known from the file.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> sheet = pd.DataFrame([["Turnover, invented figures", None, None, None, None, None],
    ...                       ["Org code", "Period", "Type", "Leaver", "Denominator at start of period", "AfC band"],
    ...                       ["RX1", "202303 to 202403", "HC", "1,210", "11,000", "All AfC bands"],
    ...                       ["RX1", "202303 to 202403", "HC", "*", "40", "Band 9"],
    ...                       ["Counts are rounded", None, None, None, None, None]])
    >>> published = wm.read_published_workforce({"Grade": sheet}, definition="left the organisation")
    >>> published
    <PublishedWorkforce turnover: 4 figures (1 suppressed) of 1 organisations, 2 measures, 2024-03-31, leaving: left the
    organisation>
    >>> published.frame[["organisation", "level", "measure", "basis", "estimate", "is_total"]]
      organisation          level           measure      basis  estimate  is_total
    0          RX1  All AfC bands           leavers  headcount    1210.0      True
    1          RX1  All AfC bands  in_post_at_start  headcount   11000.0      True
    2          RX1         Band 9           leavers  headcount       NaN     False
    3          RX1         Band 9  in_post_at_start  headcount      40.0     False
    >>> published.report
    <CellReport sheets: 13 cells read = 12 kept + 1 set aside (1 row without figures: title or footnote)>
    """
    check_optional_text(definition, "definition", expected="what leaving means, in words", fix="'left the NHS'")
    declared = declare_workforce(
        layout=layout, rates=rates, columns=columns, totals=totals, marks=marks, counts_rounded_to=counts_rounded_to,
        date_formats=date_formats,
    )  # fmt: skip
    file = _open(source, declared, encoding, delimiter)
    account = CellAccount(file.name)
    heads = {sheet.name: _head(sheet, declared) for sheet in file.sheets}
    found = _one_layout(file, heads, declared)
    sheets = [_figures(file, sheet, heads[sheet.name], account, declared) for sheet in file.sheets]
    table = read_figures([figures for figures in sheets if figures is not None], account, declared.settings)
    for note in (*file.notes, *([NO_DEFINITION] if definition is None and "leavers" in {*table["measure"]} else [])):
        account.note(note)
    report = account.report()
    if table.empty:
        why = ", ".join(f"{n:,} {rule}" for rule, n in report.cells["rule"].value_counts().items())
        got = f"{report.n_read:,} cells, none of them one" + (f" ({why})" if why else "")
        raise InvalidDataError(file.name, f"figures of {found}", got, "check layout=, columns= and date_formats=")
    read_as = {
        "layout": found,
        "definition": definition,
        "rates": rates,
        "columns": columns,
        "totals": None if totals is None else sorted(totals),
        "marks": None if marks is None else sorted(marks),
        "counts_rounded_to": counts_rounded_to,
        "date_formats": date_formats,
    }
    made = made_from(report.source, report.n_read, report.n_kept, unit="cells", options=read_as)
    return PublishedWorkforce(table, report, found, definition or "", made)


def _open(source: object, declared: WorkforceDeclared, encoding: str | None, delimiter: str | None) -> _File:
    if isinstance(source, Mapping):
        return _File("sheets", sheets_of_frames(source))
    if is_spreadsheet(source):
        path = Path(str(source))
        return _File(path.name, read_workbook(path))
    if isinstance(source, (str, Path)) and suffix_of(Path(source)) in TEXT_FILES:
        path = Path(source)
        grid = read_text_grid(
            text_bytes(path), path.name, encoding=encoding, delimiter=delimiter,
            has_header=lambda rows: _head_of(rows, declared) is not None,
        )  # fmt: skip
        return _File(path.name, [grid.sheet], grid.n_fields, notes=grid.notes)
    table = read_source(source, encoding=encoding, delimiter=delimiter)
    return _File(table.name, [sheet_of_table(table)], notes=table.notes)


def _head(sheet: Sheet, declared: WorkforceDeclared) -> Head | None:
    return _head_of([[cell_text(cell) for cell in row] for row in sheet.cells[:DEEPEST_HEADER]], declared)


def _head_of(rows: Sequence[Sequence[str]], declared: WorkforceDeclared) -> Head | None:
    layouts = [LAYOUTS[name] for name in LAYOUTS if declared.layout in (None, name)]
    head: Head | None = find_header(rows, layouts, declared.columns)
    if head is None and declared.layout in (None, REASONS):
        head = find_quarters(rows)
    return head


def _layout_of(head: Head) -> str:
    return head.layout.name if isinstance(head, Header) else REASONS


def _one_layout(file: _File, heads: Mapping[str, Head | None], declared: WorkforceDeclared) -> str:
    """Return the layout that all sheets with figures have."""
    found = sorted({_layout_of(head) for head in heads.values() if head is not None})
    if len(found) > 1:
        got, fix = " and ".join(map(repr, found)), "declare layout=, or pass the sheets of one of them"
        raise InvalidArgumentError("layout", "sheets of one layout", got, fix)
    if not found:
        raise _no_header(file, declared)
    there = {key for head in heads.values() if isinstance(head, Header) for key in head.keys}
    for role, name in declared.columns.items():
        if header_key(name) not in there:
            names = [name for head in heads.values() if isinstance(head, Header) for name in head.names if name]
            fix = close_names(name, names, otherwise=AS_IN_THE_HEADER)
            raise MissingColumnError(f"columns[{role!r}]", "a column of the file", shown(name), fix)
    return found[0]


def _no_header(file: _File, declared: WorkforceDeclared) -> InvalidArgumentError | MissingColumnError:
    if declared.layout in LAYOUTS:
        rows = [[cell_text(cell) for cell in row] for sheet in file.sheets for row in sheet.cells[:DEEPEST_HEADER]]
        lacking = missing_roles(rows, LAYOUTS[str(declared.layout)], declared.columns)
        got = f"no row with a column for {', '.join(lacking)}"
        expected = f"a header of {declared.layout!r} in the first {DEEPEST_HEADER} rows"
        return MissingColumnError("columns", expected, got, "say with columns= which header is which role")
    got = "a header of none of them" if declared.layout is None else "no row of quarters below one of financial years"
    return InvalidArgumentError(
        "layout", ", ".join(map(repr, (*LAYOUTS, REASONS))), got, "declare layout= and name its columns with columns="
    )


def _figures(
    file: _File, sheet: Sheet, head: Head | None, account: CellAccount, declared: WorkforceDeclared
) -> Figures | None:
    if head is None:
        account.open(sheet, header_rows=0)
        account.set_aside_sheet(sheet.name, NO_HEADER)
        account.note(NO_HEADER, sheet=sheet.name)
        return None
    if isinstance(head, QuarterHeader):
        return figures_of_reasons(sheet, head, account)
    return figures_of_rows(DataSheet(sheet, head, file.n_fields, declared.formats), account)
