"""Which column of a source holds which concept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from workforce_metrics.codebooks.codebook import Codebook
from workforce_metrics.errors import InvalidArgumentError, InvalidDataError, MissingColumnError, close_names
from workforce_metrics.loaders.arguments import AS_IN_THE_HEADER, shown

__all__ = ["find_item_columns", "looks_like_a_question", "require_column"]

_SEPARATOR = re.compile(r"(?<=\d)[\s._-]+(?=[a-z])|(?<=[a-z])[\s._-]+(?=\d)")
_QUESTION = re.compile(r"q\d{1,3}[a-z]?(_\d+)?", re.ASCII)


def require_column(name: str, there: Iterable[str], argument: str) -> str:
    """Return `name` if the source has that column, else say which are like it."""
    there = list(there)
    if not isinstance(name, str):
        raise InvalidArgumentError(argument, "the name of a column", shown(name), "give it as text")
    if name not in there:
        raise MissingColumnError(
            argument, "a column of the source", repr(name), close_names(name, there, otherwise=AS_IN_THE_HEADER)
        )
    return name


def find_item_columns(
    names: Iterable[str], codebook: Codebook, *, declared: Mapping[str, str], taken: Iterable[str]
) -> dict[str, str]:
    """Return column name to concept, in the order of the source.

    Parameters
    ----------
    names : iterable of str
        The source's columns.
    codebook : Codebook
        Concepts and the names of their columns.
    declared : mapping of str to str
        Concept to column name; such a concept is looked for under that name only.
    taken : iterable of str
        Columns that are something else: respondent id, weight, edition.

    Raises
    ------
    CodebookError, MissingColumnError, InvalidArgumentError
        If `declared` names a concept or column that is not there, or one column twice or as something else.
    InvalidDataError
        If no column or two columns hold one concept, or a column that is no item bears the name of a concept.

    Notes
    -----
    A column holds a concept if it was declared so, or else bears one of the concept's column names or the concept's own
    name, whatever its case and surrounding space, or else a column name of the concept once spaces, dots, underscores
    and hyphens between a digit and a letter are left out ("Q12 b", "q12_b", "Q12.b"; not between two digits).

    Examples
    --------
    >>> import workforce_metrics as wm
    >>> find_item_columns(["Q12 b", "team"], wm.nhs_staff_survey(2024), declared={}, taken=[])
    {'Q12 b': 'burnout_burnt_out'}
    """
    names, taken = list(names), set(taken)
    concept_of = _declared_columns(names, codebook, declared, taken)
    exact, loose = _known_names(codebook, set(declared))
    for name in names:
        key = name.strip().casefold()
        concept = exact.get(key) or loose.get(_SEPARATOR.sub("", key))
        if concept and name not in taken and name not in concept_of:
            concept_of[name] = concept
    _refuse_doubtful(names, concept_of, codebook)
    return {name: concept_of[name] for name in names if name in concept_of}


def _declared_columns(
    names: list[str], codebook: Codebook, declared: Mapping[str, str], taken: set[str]
) -> dict[str, str]:
    concept_of: dict[str, str] = {}
    for concept, name in declared.items():
        codebook.item(concept)
        require_column(name, names, f"columns[{concept!r}]")
        if name in concept_of or name in taken:
            raise InvalidArgumentError("columns", "each column for one thing", f"{name!r} twice", "correct columns=")
        concept_of[name] = concept
    return concept_of


def _known_names(codebook: Codebook, declared: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names under which concepts are found: exact ones, and those without separators where unambiguous."""
    items = [item for item in codebook.items.values() if item.concept not in declared]
    own_names = {item.concept.casefold(): item.concept for item in items}
    exact = own_names | {column.strip().casefold(): item.concept for item in items for column in item.columns}
    keys = {(_SEPARATOR.sub("", c.strip().casefold()), item.concept) for item in items for c in item.columns}
    owners = Counter(key for key, _ in keys)
    return exact, {key: concept for key, concept in keys if owners[key] == 1}


def _refuse_doubtful(names: list[str], concept_of: Mapping[str, str], codebook: Codebook) -> None:
    if not concept_of:
        raise InvalidDataError(
            "source",
            f"columns of {codebook.name}",
            f"{len(names):,} columns, none of which is one of its {len(codebook.items)} items",
            "declare the edition or codebook of the file, or say with columns= what its columns are called",
        )
    for concept, count in Counter(concept_of.values()).items():
        if count > 1:
            claimants = [repr(name) for name, claimed in concept_of.items() if claimed == concept]
            raise InvalidDataError(
                "source",
                f"one column for {concept!r}",
                f"{' and '.join(claimants)}",
                f"rename those that are not, or declare columns={{{concept!r}: ...}}",
            )
    for name in names:
        if name in codebook.items and name not in concept_of:
            raise InvalidDataError(
                name, "a column name that is no concept", "the name of a concept", "rename this column in the source"
            )


def looks_like_a_question(name: str) -> bool:
    """Whether a column that is no item is named like a question number, as another edition's would be.

    Examples
    --------
    >>> looks_like_a_question("Q22a"), looks_like_a_question("quarter")
    (True, False)
    """
    return _QUESTION.fullmatch(_SEPARATOR.sub("", name.strip().casefold())) is not None
