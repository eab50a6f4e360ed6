"""Arguments of `read_published_survey`: checked, and as settings of one layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workforce_metrics.codebooks.nhs_staff_survey import EDITIONS, nhs_staff_survey
from workforce_metrics.codebooks.scale import normalise_label
from workforce_metrics.errors import CodebookError, InvalidArgumentError, close_names
from workforce_metrics.loaders.arguments import check_mapping, check_optional_text, shown
from workforce_metrics.loaders.contractor_export import CONTRACTOR_COLUMNS
from workforce_metrics.loaders.contractor_rows import CONTRACTOR_KINDS, ContractorSettings
from workforce_metrics.loaders.detailed_header import ROLE_NAMES, DetailedSettings

__all__ = [
    "KINDS",
    "Declared",
    "Edition",
    "Shares",
    "check_kind",
    "contractor_settings",
    "declare",
    "detailed_settings",
]

KINDS = ("benchmark", "detailed", *CONTRACTOR_KINDS)
Shares = Literal["percent", "fraction"] | None
Edition = int | Literal["own"] | None
OWN = "own"
_MOST_ROWS = 1_000


@dataclass(frozen=True)
class Declared:
    """What a caller declared of a file, checked.

    Parameters
    ----------
    edition : int, "own" or None
        Whose question numbers hold.
    shares : str or None
        How shares stand.
    columns, questions, options : mapping of str to str
        Role to header; name in the file to concept or score; the file's label to the codebook's, normalised.
    question_row, header_row : int
        Rows of the detailed spreadsheets.
    """

    edition: Edition = None
    shares: Shares = None
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    question_row: int = 1
    header_row: int = 5


def check_kind(kind: object) -> None:
    """Refuse what is no kind of file."""
    if kind is not None and (not isinstance(kind, str) or kind not in KINDS):
        raise InvalidArgumentError("kind", f"one of {', '.join(map(repr, KINDS))}", shown(kind), "name one of them")


def declare(
    *,
    edition: object,
    shares: object,
    columns: object,
    questions: object,
    options: object,
    question_row: object,
    header_row: object,
) -> Declared:
    """Check what a caller declared.

    Raises
    ------
    InvalidArgumentError
        If an argument is of another kind than it must be, or a question is declared as what is no concept or score.
    """
    if edition is not None and edition != OWN and not _is_whole(edition):
        raise InvalidArgumentError(
            "edition", "a year as a whole number, or 'own'", shown(edition), "write edition=2024"
        )
    if shares not in (None, "percent", "fraction") or isinstance(shares, bool):
        raise InvalidArgumentError(
            "shares", "'percent' or 'fraction'", shown(shares), "say how shares stand in the file"
        )
    for argument, value in (("question_row", question_row), ("header_row", header_row)):
        if not _is_whole(value) or value not in range(1, _MOST_ROWS + 1):
            raise InvalidArgumentError(argument, f"a row from 1 to {_MOST_ROWS:,}", shown(value), "1 is the first row")
    if not question_row < header_row:  # type: ignore[operator]
        raise InvalidArgumentError("question_row", "a row above header_row", shown(question_row), "correct the two")
    asked = _mapping(questions, "questions", "name in the file to concept or score")
    known = {name for year in EDITIONS for book in (nhs_staff_survey(year),) for name in (*book.items, *book.scores)}
    for what in asked.values():
        if what not in known:
            raise InvalidArgumentError("questions", "concepts or scores of the codebook", shown(what),
                                       close_names(what, known))  # fmt: skip
    labels = _mapping(options, "options", "label in the file to label of the codebook")
    return Declared(
        edition,  # type: ignore[arg-type]
        shares,
        _mapping(columns, "columns", "role to header"),
        asked,
        {normalise_label(theirs.strip().removeprefix("%")): normalise_label(ours) for theirs, ours in labels.items()},
        question_row,  # type: ignore[arg-type]
        header_row,  # type: ignore[arg-type]
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _mapping(value: object, argument: str, what: str) -> dict[str, str]:
    if value is None:
        return {}
    check_mapping(value, argument, expected=f"a mapping of {what}", fix=f"write {argument}={{'...': '...'}}")
    return dict(value)  # type: ignore[call-overload,no-any-return]


def _check_roles(columns: Mapping[str, str], roles: Mapping[str, object], kind: str) -> None:
    for role in columns:
        if role not in roles:
            fix = close_names(role, roles)
            raise InvalidArgumentError("columns", f"roles of a {kind!r} file", shown(role), fix)


def detailed_settings(declared: Declared) -> DetailedSettings:
    """Return the settings of the detailed spreadsheets.

    Raises
    ------
    InvalidArgumentError, CodebookError
        If the edition is not declared, or is not shipped and no question is.
    """
    edition = declared.edition
    if not isinstance(edition, int):
        got = "none" if edition is None else shown(edition)
        raise InvalidArgumentError("edition", "the survey year of the file", got, "write edition=2024")
    if edition not in EDITIONS and not declared.questions:
        expected, fix = (
            f"a year from {EDITIONS[0]} to {EDITIONS[-1]}",
            "say with questions= which number is which concept",
        )
        raise CodebookError("edition", expected, str(edition), fix)
    _check_roles(declared.columns, ROLE_NAMES, "detailed")
    return DetailedSettings(
        edition=edition,
        book=nhs_staff_survey(min(max(edition, EDITIONS[0]), EDITIONS[-1])),
        own_numbers=edition in EDITIONS,
        question_row=declared.question_row,
        header_row=declared.header_row,
        percent=declared.shares != "fraction",
        columns=declared.columns,
        questions=declared.questions,
        options=declared.options,
    )


def contractor_settings(kind: str, organisation: object, declared: Declared) -> ContractorSettings:
    """Return the settings of a contractor's export.

    Raises
    ------
    InvalidArgumentError, CodebookError
        If whose question numbers hold, or how shares stand, is not declared and not known.
    """
    check_optional_text(organisation, "organisation", expected="an organisation's code", fix="for example 'RX1'")
    edition = declared.edition
    if edition is None:
        fix = "write edition=2024, or edition='own' where each row has the numbers of its own year"
        raise InvalidArgumentError("edition", "whose question numbers the rows have", "none", fix)
    if edition != OWN and edition not in EDITIONS:
        raise CodebookError("edition", f"a year from {EDITIONS[0]} to {EDITIONS[-1]}", str(edition), "name one of them")
    if declared.shares is None and kind == "contractor options":
        raise InvalidArgumentError("shares", "'percent' or 'fraction'", "none", "say how shares stand in the export")
    _check_roles(declared.columns, CONTRACTOR_COLUMNS[kind], kind)
    return ContractorSettings(
        kind=kind,
        organisation=str(organisation or ""),
        numbering=edition if isinstance(edition, int) else None,
        percent=declared.shares == "percent",
        columns=declared.columns,
        questions=declared.questions,
        options=declared.options,
    )
