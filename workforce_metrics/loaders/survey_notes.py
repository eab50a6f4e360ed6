"""What a survey's report says beside the account of rows: what was detected, absent, unchecked or not comparable."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workforce_metrics.codebooks.codebook import Codebook, Item
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.loaders.accounting import RowAccount
from workforce_metrics.loaders.item_columns import looks_like_a_question
from workforce_metrics.loaders.respondents import Respondents, Roles

__all__ = ["note_columns", "note_marks", "note_respondents", "note_stacked_editions"]

NO_RESPONDENT_ID = "duplicates not looked for: no respondent_id"
ID_DECIMAL = "respondent id with a decimal point read as whole"
ITEMS_ABSENT = "items of the codebook that the source does not have"
QUESTION_UNKNOWN = "named like a question but not in the codebook: kept as background"
FILTER_ABSENT = "routing not checked: its filter is not in the source"
MARK_IS_ANSWER = "a declared missing mark is an answer of this item: kept as the answer"
MOST_NAMED = 10
NOT_COMPARABLE = "not comparable with editions before {edition}"
CODES_CHANGED = "codes changed in {edition}: check that earlier editions were recoded"


def note_respondents(account: RowAccount, respondents: Respondents, roles: Roles) -> None:
    """Note that duplicates were not looked for, or count the ids that had become decimals."""
    if respondents.ids is None:
        account.note(NO_RESPONDENT_ID)
    else:
        account.rows_changed(int(respondents.ids.decimal[account.kept].sum()), ID_DECIMAL, column=roles.respondent)


def note_columns(
    account: RowAccount, cells: Mapping[str, pa.ChunkedArray], concept_of: Mapping[str, str], book: Codebook
) -> None:
    """Note the items that are absent, columns that look like items and are none, and filters that are absent."""
    present = set(concept_of.values())
    absent = [concept for concept in book.items if concept not in present]
    if absent:
        named = ", ".join(absent[:MOST_NAMED]) + (", ..." if len(absent) > MOST_NAMED else "")
        account.note(ITEMS_ABSENT, column=named, n=len(absent))
    for name in cells:
        if name not in concept_of and looks_like_a_question(name):
            account.note(QUESTION_UNKNOWN, column=name)
    for concept in concept_of.values():
        if not present.issuperset(book.items[concept].routes):
            account.note(FILTER_ABSENT, column=concept)


def note_marks(account: RowAccount, declared: frozenset[str], concept_of: Mapping[str, str], book: Codebook) -> None:
    """Note the items of which a mark that the caller declared missing is an answer."""
    for concept in concept_of.values():
        scale = book.items[concept].scale
        if not declared.isdisjoint({str(code) for code in scale.codes} | set(scale.code_of_label)):
            account.note(MARK_IS_ANSWER, column=concept)


def note_stacked_editions(
    account: RowAccount, editions: npt.NDArray[np.int64], concept_of: Mapping[str, str], book: Codebook
) -> None:
    """Note each item present that is not comparable over the editions stacked, and whose codes changed meaning.

    Parameters
    ----------
    account : RowAccount
        The account to note it in.
    editions : ndarray of int64
        The editions of the rows that stay.
    concept_of : mapping of str to str
        Column name to concept.
    book : Codebook
        The codebook under whose numbering the editions stand.
    """
    for concept in concept_of.values():
        item = book.items[concept]
        if item.break_at is None:
            continue
        n_before = int((editions < item.break_at).sum())
        if 0 < n_before < len(editions):
            rule = CODES_CHANGED if _codes_changed(item, book) else NOT_COMPARABLE
            account.note(rule.format(edition=item.break_at), column=concept, n=n_before)


def _codes_changed(item: Item, book: Codebook) -> bool:
    """Whether numbers changed meaning at the break: other codes, or another place among the tick-boxes."""
    if book.edition is None or item.break_at is None or not {item.break_at - 1, item.break_at} <= set(EDITIONS):
        return False
    before, after = (nhs_staff_survey(year).items.get(item.concept) for year in (item.break_at - 1, item.break_at))
    if before is None or after is None:
        return True
    return before.columns != after.columns or before.scale.codes != after.scale.codes
