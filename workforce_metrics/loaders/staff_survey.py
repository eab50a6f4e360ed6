"""Respondent-level staff-survey extracts: from a file or frame to answers by concept, every row accounted for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workforce_metrics.codebooks.codebook import Codebook
from workforce_metrics.codebooks.nhs_staff_survey import nhs_staff_survey
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError
from workforce_metrics.extracts import MISSING_CODE, StaffSurvey
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.answers import missing_marks
from workforce_metrics.loaders.arguments import check_mapping, shown
from workforce_metrics.loaders.columns import carried, refuse_nested
from workforce_metrics.loaders.item_columns import find_item_columns
from workforce_metrics.loaders.respondents import (
    Respondents,
    Roles,
    conflicting,
    read_respondents,
    repeated,
)
from workforce_metrics.loaders.routing import Codes
from workforce_metrics.loaders.survey_answers import SurveyAnswers, account_for_cells, read_survey_answers
from workforce_metrics.loaders.survey_notes import note_columns, note_marks, note_respondents, note_stacked_editions
from workforce_metrics.loaders.tables import read_source
from workforce_metrics.provenance import made_from

__all__ = ["read_staff_survey"]

NO_ITEM_ANSWERED = "no item answered"
REPEATED = "repeated row"
CONFLICTING = "conflicting respondent id"

_ON_DUPLICATE = ("set_aside", "first", "last")


def read_staff_survey(
    source: object,
    *,
    edition: int | None = None,
    codebook: Codebook | None = None,
    edition_column: str | None = None,
    respondent_id: str | None = None,
    weight: str | None = None,
    columns: Mapping[str, str] | None = None,
    missing: Collection[str | int] | None = None,
    on_duplicate: Literal["set_aside", "first", "last"] = "set_aside",
    encoding: str | None = None,
    delimiter: str | None = None,
) -> StaffSurvey:
    """Read a respondent-level staff-survey extract.

    Parameters
    ----------
    source : path or data frame
        A ``.csv``, ``.txt`` or ``.tsv`` file (also ``.gz``), ``.parquet``, ``.sav`` (extra ``spss``), or any frame that
        Narwhals reads. One row a respondent, one column a question.
    edition : int, optional
        The edition of the NHS Staff Survey, 2021 to 2025, whose question numbers and codes the columns have.
    codebook : Codebook, optional
        The codebook of any other staff survey. Exactly one of `edition` and `codebook`.
    edition_column : str, optional
        The column that names each row's edition as a plain year, where several are stacked under the numbering of
        `edition`.
    respondent_id : str, optional
        The column that identifies respondents. Without it no duplicate is looked for, and a note says so.
    weight : str, optional
        The column of survey weights: finite, 0 or more.
    columns : mapping of str to str, optional
        Concept to column name, for columns that the codebook does not know by their name.
    missing : collection of str or int, optional
        Marks that stand for no answer, beside a blank cell and the codebook's own marks. A mark yields to
        an item that has it as a code or label.
    on_duplicate : {"set_aside", "first", "last"}
        What becomes of several rows of one respondent that differ: all are set aside, or the first or last
        of the source is kept.
    encoding, delimiter : str, optional
        Of a text file. Where not declared: a byte-order mark, else UTF-8 if valid, else Windows-1252; and the one of
        comma, semicolon, tab and bar that occurs most often in the header. Both are noted in the report.

    Returns
    -------
    StaffSurvey
        `responses` has the source's columns in their order: items under their concept's name as Int8 option codes
        (Int16 where codes exceed 127), missing where not answered; the respondent id as text; the weight as
        float64; the edition as int64; all other columns as they are, text as a categorical (as strings
        with more than 1,000 different values) without surrounding space.

    Raises
    ------
    InvalidArgumentError
        If not exactly one of `edition` and `codebook` is given, or an argument contradicts another.
    MissingFileError, FileFormatError, MissingDependencyError
        If the source is not there, or not what its name says, or needs a package that is not installed.
    MissingColumnError
        If a column that was named is not there.
    CodebookError
        If the edition or a concept is not one that exists.
    InvalidDataError
        If no column is an item, two columns claim one concept, not one answered cell of an item's column is on its
        scale (another edition, another coding), or no row is left.

    Warns
    -----
    DataQualityWarning
        If a tenth or more of an item's answered cells (and at least 20) contradict the codebook: often another edition.

    Notes
    -----
    **Columns** are found whatever their case, surrounding space, and spaces, dots, underscores or hyphens between a
    digit and a letter ("Q12 b", "q12_b"). A column that bears a concept's name holds that concept, so that `responses`
    can be read back.

    **Cells** may hold codes (3, 3.0, ``"3"``) or labels in any case, spacing, quotation marks and dashes. A
    cell that is neither, nor a missing mark, becomes missing and is counted by item. A value that an SPSS file declares
    missing is an answer where the item has it, else a missing mark. Also set missing and counted is an answer that
    contradicts the questionnaire's routing: every filter question was answered and none with an answer that leads
    there. A tick-box left blank by those not asked is counted under a rule of its own.

    **Rows** are set aside by the first of these rules that they meet: another number of fields than the header;
    edition unreadable; respondent id missing, or rounded (scientific notation, a fraction); weight missing or negative;
    no item answered (background questions do not count); a repeat of another row of the same respondent
    (and edition), equal in every column once read; another row of the same respondent.

    Examples
    --------
    >>> import pandas as pd
    >>> import workforce_metrics as wm
    >>> extract = pd.DataFrame({"org_id": ["A", "B", "B"], "q12a": ["Often", "never", ""], "q12b": [4, 8, None]})
    >>> survey = wm.read_staff_survey(extract, edition=2024)
    >>> survey.report
    <LoadReport data frame: 3 rows read = 2 kept + 1 set aside (1 no item answered)>
    >>> survey.responses
      org_id  burnout_emotionally_exhausting  burnout_burnt_out
    0      A                               4                  4
    1      B                               1               <NA>
    """
    book = _codebook(edition, codebook)
    _check_arguments(on_duplicate, respondent_id, columns)
    declared = missing_marks(missing)
    source_table = read_source(source, encoding=encoding, delimiter=delimiter)
    cells = source_table.columns
    roles = Roles(edition_column, respondent_id, weight)
    roles.check(cells)
    concept_of = find_item_columns(cells, book, declared=columns or {}, taken=roles.columns)
    refuse_nested(cells)

    account = RowAccount(source_table.name, source_table.row_numbers, source_table.malformed)
    respondents = read_respondents(cells, roles, account)
    answers = read_survey_answers(cells, source_table.as_stored, concept_of, book, book.missing | declared)
    account.set_aside(~answers.answered, NO_ITEM_ANSWERED)
    background = [cells[name] for name in cells if name not in concept_of and name not in roles.columns]
    _set_duplicates_aside(account, respondents, answers, background, on_duplicate)
    _refuse_nothing_left(account)

    account_for_cells(account, answers)
    for note in source_table.notes:
        account.note(note)
    note_respondents(account, respondents, roles)
    note_columns(account, cells, concept_of, book)
    note_marks(account, declared, concept_of, book)
    if respondents.editions is not None:
        note_stacked_editions(account, respondents.editions[account.kept], concept_of, book)
    rows = np.flatnonzero(account.kept)
    read = _read_columns(concept_of, answers, roles, respondents, rows)
    table = pd.DataFrame({concept_of.get(c, c): read[c] if c in read else carried(cells[c], rows) for c in cells})
    report = account.report()
    read_as = {
        "codebook": book.name,
        "edition_column": edition_column,
        "respondent_id": respondent_id,
        "weight": weight,
        "columns": dict(columns) if columns else None,
        "missing": sorted(map(str, missing)) if missing else None,
        "on_duplicate": on_duplicate if respondent_id else None,
    }
    made = made_from(report.source, report.n_read, report.n_kept, options=read_as)
    return StaffSurvey(table, book, report, edition_column, made)


def _codebook(edition: int | None, codebook: Codebook | None) -> Codebook:
    if (edition is None) == (codebook is None):
        got = "neither" if edition is None else "both"
        raise InvalidArgumentError(
            "edition",
            "exactly one of edition= and codebook=",
            got,
            "write edition=2024, or codebook= for other surveys",
        )
    if codebook is not None:
        if not isinstance(codebook, Codebook):
            raise InvalidArgumentError("codebook", "a Codebook", type(codebook).__name__, "read it with read_codebook")
        return codebook
    if not isinstance(edition, (int, np.integer)) or isinstance(edition, bool):
        raise InvalidArgumentError("edition", "a year as a whole number", type(edition).__name__, "write edition=2024")
    return nhs_staff_survey(int(edition))


def _check_arguments(on_duplicate: str, respondent_id: str | None, columns: Mapping[str, str] | None) -> None:
    if not isinstance(on_duplicate, str) or on_duplicate not in _ON_DUPLICATE:
        raise InvalidArgumentError("on_duplicate", f"one of {_ON_DUPLICATE}", shown(on_duplicate), "name one of them")
    if on_duplicate != "set_aside" and respondent_id is None:
        raise InvalidArgumentError(
            "on_duplicate", "respondent_id= beside it", "none", "name the column that identifies respondents"
        )
    if columns is not None:
        check_mapping(columns, "columns", expected="a mapping of concept to column name", fix="write {concept: column}")


def _set_duplicates_aside(
    account: RowAccount,
    respondents: Respondents,
    answers: SurveyAnswers,
    background: Sequence[pa.ChunkedArray],
    on_duplicate: Literal["set_aside", "first", "last"],
) -> None:
    """Set aside rows that repeat another of the same respondent, then those that differ from another."""
    who = respondents.who
    if who is None:
        return
    content = [pa.chunked_array([pa.array(codes)]) for codes in answers.codes.values()]
    if respondents.weights is not None:
        content.append(pa.chunked_array([pa.array(respondents.weights)]))
    changed = [cell.rows for cell in answers.bad_cells]
    if respondents.ids is not None:
        changed.append(np.flatnonzero(respondents.ids.decimal))
    account.set_aside(repeated(who, account.kept, [*content, *background], changed), REPEATED)
    account.set_aside(conflicting(who, account.kept, on_duplicate), CONFLICTING)


def _refuse_nothing_left(account: RowAccount) -> None:
    if not account.kept.any():
        report = account.report()
        why = ", ".join(f"{n:,} {rule}" for rule, n in report.rows["rule"].value_counts().items())
        raise InvalidDataError(
            report.source, "at least one usable row", f"{report.n_read:,} set aside ({why})", "see to those rules first"
        )


def _read_columns(
    concept_of: Mapping[str, str],
    answers: SurveyAnswers,
    roles: Roles,
    respondents: Respondents,
    rows: npt.NDArray[np.int64],
) -> dict[str, object]:
    """Return the columns that were read rather than carried, by their name in the source, for the rows that stay."""
    read: dict[str, object] = {name: _nullable(answers.codes[concept][rows]) for name, concept in concept_of.items()}
    if roles.edition is not None and respondents.editions is not None:
        read[roles.edition] = respondents.editions[rows]
    if roles.respondent is not None and respondents.ids is not None:
        distinct = respondents.ids.values  # noqa: PD011 - a field of Identifiers, no pandas object
        text = distinct.take(pa.array(respondents.ids.codes[rows]))
        read[roles.respondent] = pd.array(text, dtype=pd.StringDtype("pyarrow"))
    if roles.weight is not None and respondents.weights is not None:
        read[roles.weight] = respondents.weights[rows]
    return read


def _nullable(codes: Codes) -> pd.arrays.IntegerArray:
    absent = codes == MISSING_CODE
    return pd.arrays.IntegerArray(np.where(absent, codes.dtype.type(1), codes), absent)
