"""All item columns of a survey as answers by concept, with the cells that had to be set missing."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.errors import DataQualityWarning, InvalidDataError
from workforce_metrics.extracts import MISSING_CODE
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.answers import (
    CODE_OUTSIDE,
    LABEL_OUTSIDE,
    Answers,
    distinct_values,
    read_answers,
    refuse_other_types,
)
from workforce_metrics.loaders.routing import NOT_ROUTED, UNTICKED_NOT_ROUTED, Codes, find_misrouted

__all__ = ["BadCells", "SurveyAnswers", "account_for_cells", "read_survey_answers"]

MANY_BAD_CELLS = 20
LARGE_BAD_SHARE = 0.1


@dataclass(frozen=True)
class BadCells:
    """Cells of one column that were set missing, and why.

    Parameters
    ----------
    rule : str
        The rule that they met.
    concept : str
        The item.
    rows : ndarray of int64
        Positions of their rows in the source's table.
    """

    rule: str
    concept: str
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class SurveyAnswers:
    """Answers by concept.

    Parameters
    ----------
    codes : mapping of str to ndarray of int8 or int16
        Concept to option codes, each of shape (n_rows,), `MISSING_CODE` where there is none.
    answered : ndarray of bool
        Shape (n_rows,): whether any item that is not demographic is answered.
    bad_cells : tuple of BadCells
        What was set missing, by rule and item.
    """

    codes: Mapping[str, Codes]
    answered: npt.NDArray[np.bool_]
    bad_cells: tuple[BadCells, ...]


def read_survey_answers(
    cells: Mapping[str, pa.ChunkedArray],
    as_stored: Mapping[str, pa.ChunkedArray],
    concept_of: Mapping[str, str],
    book: Codebook,
    marks: frozenset[str],
) -> SurveyAnswers:
    """Read every item column, then set missing what the routing contradicts.

    Parameters
    ----------
    cells : mapping of str to pyarrow.ChunkedArray
        The source's columns, each of shape (n_rows,).
    as_stored : mapping of str to pyarrow.ChunkedArray
        Those of them of which the source itself declares some values missing, with these values. One that is an
        answer of the item is kept as the answer; any other is a missing mark.
    concept_of : mapping of str to str
        Column name to concept; at least one.
    book : Codebook
        What each concept is.
    marks : frozenset of str
        What stands for no answer.

    Raises
    ------
    InvalidDataError
        If a column has answered cells and none of them is on its item's scale, or holds neither numbers nor text.

    Notes
    -----
    Routing is judged by the answers as they stand in the source: blanking one contradiction does not make another.
    """
    codes: dict[str, Codes] = {}
    bad: list[BadCells] = []
    for column, concept in concept_of.items():
        refuse_other_types(cells[column], column, "codes or labels")
        answers = read_answers(distinct_values(as_stored.get(column, cells[column])), book.items[concept], marks)
        if column in as_stored:
            answers = _without(answers, cells[column])
        _refuse_other_coding(column, concept, answers)
        codes[concept] = answers.codes
        bad += [BadCells(CODE_OUTSIDE, concept, answers.code_outside)]
        bad += [BadCells(LABEL_OUTSIDE, concept, answers.label_outside)]
    misrouted = [cell for concept in codes for cell in _misrouted(book.items[concept], codes)]
    for cell in misrouted:
        codes[cell.concept] = codes[cell.concept].copy()
        codes[cell.concept][cell.rows] = MISSING_CODE
    answered = np.zeros(len(next(iter(codes.values()))), dtype=bool)
    for concept, values in codes.items():
        if book.items[concept].direction != "demographic":
            answered |= values != MISSING_CODE
    return SurveyAnswers(codes, answered, tuple(cell for cell in (*bad, *misrouted) if len(cell.rows)))


def _without(answers: Answers, declared: pa.ChunkedArray) -> Answers:
    """Return the answers without the cells outside the scale that the source declares missing (null in `declared`)."""
    absent = declared.is_null().to_numpy()
    code_outside, label_outside = (rows[~absent[rows]] for rows in (answers.code_outside, answers.label_outside))
    return replace(answers, code_outside=code_outside, label_outside=label_outside)


def _refuse_other_coding(column: str, concept: str, answers: Answers) -> None:
    """Refuse a column of which no answered cell is on the scale: another question, edition or coding."""
    n_outside = len(answers.code_outside) + len(answers.label_outside)
    if n_outside and not (answers.codes != MISSING_CODE).any():
        raise InvalidDataError(
            column,
            f"answers on the scale of {concept!r}",
            f"0 of {n_outside:,} answered cells on it",
            "declare the edition or codebook whose codes the source has, list its missing marks under missing=,"
            " or rename the column if it is another question",
        )


def _misrouted(item: Item, codes: Mapping[str, Codes]) -> Iterator[BadCells]:
    if item.routes and all(concept in codes for concept in item.routes):
        found = find_misrouted(item, codes)
        yield BadCells(NOT_ROUTED, item.concept, found.answered)
        yield BadCells(UNTICKED_NOT_ROUTED, item.concept, found.unticked)


def account_for_cells(account: RowAccount, answers: SurveyAnswers) -> None:
    """Count the cells set missing of the rows that stay, by rule and item; warn where they are many."""
    n_bad: Counter[str] = Counter()
    for cell in answers.bad_cells:
        n = int(account.kept[cell.rows].sum())
        account.cells_set_missing(n, cell.rule, column=cell.concept)
        n_bad[cell.concept] += n
    n_good = {concept: int((answers.codes[concept][account.kept] != MISSING_CODE).sum()) for concept in n_bad}
    many = [c for c, n in n_bad.items() if n >= MANY_BAD_CELLS and n >= LARGE_BAD_SHARE * (n + n_good[c])]
    if many:
        named = ", ".join(many[:5]) + (f" and {len(many) - 5} more" if len(many) > 5 else "")
        warnings.warn(
            f"a tenth or more of the answered cells of {named} contradict the codebook and were set missing; check that"
            " edition= or codebook= is that of the file, and see .report.frame",
            DataQualityWarning,
            stacklevel=3,
        )
