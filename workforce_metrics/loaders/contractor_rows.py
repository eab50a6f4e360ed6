"""Rows of a contractor's export: what the figure of each tells, or the rule by which it is set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from workforce_metrics.codebooks.codebook import Item
from workforce_metrics.codebooks.counted_answers import counted_label, favourable_codes, option_of
from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.loaders.published_measures import OPTION_SHARE, POSITIVE_SHARE, SCORE, Measure, Names

__all__ = ["CONTRACTOR_KINDS", "OPTION_DISAGREES", "OPTION_UNKNOWN", "Asked", "ContractorSettings", "Told", "tell"]

CONTRACTOR_KINDS = ("contractor positive", "contractor options", "contractor scores")
MISSING_CODE = 99

EDITION_UNREADABLE, EDITION_UNKNOWN = "edition that is no year", "edition whose question numbers are not shipped"
QUESTION_UNKNOWN, OPTION_UNKNOWN = "question or score that is not known", "answer that is not on the question's scale"
OPTION_DISAGREES, OPTION_MISSING = "answer whose code and label differ", "share of those who did not answer"
NO_POSITIVE = "question without favourable answers"


@dataclass(frozen=True)
class ContractorSettings:
    """What the caller declared of an export.

    Parameters
    ----------
    kind : str
        One of `CONTRACTOR_KINDS`.
    organisation : str
        Whose export it is; empty where that was not said.
    numbering : int or None
        The edition whose question numbers hold for every row; None where each row has its own year's.
    percent : bool
        Whether shares stand as percentages.
    columns : mapping of str to str
        Role to column, before those of `CONTRACTOR_COLUMNS`.
    questions : mapping of str to str
        Question number or score in the file to concept or score.
    options : mapping of str to str
        The file's label of an answer to the codebook's, both normalised.
    """

    kind: str
    organisation: str = ""
    numbering: int | None = None
    percent: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


class Asked(NamedTuple):
    """What a row says of the figure it holds."""

    edition: str
    question: str
    option_code: str
    option: str

    @property
    def where(self) -> tuple[str, str]:
        """Edition and question."""
        return self.edition, self.question


class Told(NamedTuple):
    """What the figure of a row is: edition, measure, and of a single answer its item and code."""

    edition: int
    measure: Measure
    item: Item | None = None
    code: int = -1


def tell(asked: Iterable[Asked], settings: ContractorSettings) -> dict[Asked, Told | str]:
    """Return what each row tells, or the rule by which it is set aside.

    Parameters
    ----------
    asked : iterable of Asked
        The rows.
    settings : ContractorSettings
        Kind and layout as declared.

    Returns
    -------
    dict of Asked to Told or str
        Each different row once.
    """
    names = {edition: Names(nhs_staff_survey(edition), settings.questions) for edition in EDITIONS}
    return {what: _told(what, settings, names) for what in dict.fromkeys(asked)}


def _told(asked: Asked, settings: ContractorSettings, names: Mapping[int, Names]) -> Told | str:
    if not (asked.edition.isascii() and asked.edition.isdigit() and len(asked.edition) == 4):
        return EDITION_UNREADABLE
    edition = int(asked.edition)
    numbering = names.get(settings.numbering or edition)
    if numbering is None:
        return EDITION_UNKNOWN
    if settings.kind == "contractor scores":
        score = numbering.score(asked.question)
        return Told(edition, Measure(score.name, SCORE, unit="score 0-10")) if score else QUESTION_UNKNOWN
    item = numbering.item(asked.question)
    if item is None:
        return QUESTION_UNKNOWN
    return _of_item(item, edition, asked, settings)


def _of_item(item: Item, edition: int, asked: Asked, settings: ContractorSettings) -> Told | str:
    if settings.kind == "contractor positive":
        codes = favourable_codes(item)
        label = counted_label(item.scale, codes)
        return Told(edition, Measure(item.concept, POSITIVE_SHARE, label)) if codes else NO_POSITIVE
    code = _code(item, asked.option_code, asked.option, settings)
    if isinstance(code, str):
        return code
    return Told(edition, Measure(item.concept, OPTION_SHARE, counted_label(item.scale, [code])), item, code)


def _code(item: Item, option_code: str, option: str, settings: ContractorSettings) -> int | str:
    """Return the code of an answer, or the rule by which its row is set aside."""
    scale = item.scale
    by_label = option_of(option, scale, settings.options) if option else None
    by_code = int(option_code) if option_code.isascii() and option_code.isdigit() and len(option_code) < 6 else None
    if by_code == MISSING_CODE and by_code not in scale.codes:
        return OPTION_MISSING
    if option and by_label is None and scale.code_of_label:
        return OPTION_UNKNOWN
    if option_code and by_label not in {None, by_code}:
        return OPTION_DISAGREES
    code = by_code if option_code else by_label
    return code if code is not None and code in scale.codes else OPTION_UNKNOWN
